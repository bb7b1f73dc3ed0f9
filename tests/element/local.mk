# SPDX-License-Identifier: Apache-2.0
element_oracle = \
  %D%/edges.c %D%/edges.h \
  tests/oracle/element_oracle.c tests/oracle/element_oracle.h

cmocka_tests += %D%/test_oracle
%C%_test_oracle_SOURCES = %D%/test_oracle.c $(element_oracle)
%C%_test_oracle_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_oracle_LDADD = $(TEST_LIBS)

cmocka_tests += %D%/test_golden
fast_tests += %D%/test_golden
%C%_test_golden_SOURCES = %D%/test_golden.c
%C%_test_golden_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_golden_LDADD = $(TEST_LIBS)
EXTRA_DIST += \
  tests/golden/README.md \
  tests/golden/element.py \
  tests/golden/element_decode.csv \
  tests/golden/element_encode.csv
