# SPDX-License-Identifier: Apache-2.0
element_oracle = \
  %D%/edges.c %D%/edges.h \
  tests/oracle/element_oracle.c tests/oracle/element_oracle.h

cmocka_tests += %D%/test_oracle
%C%_test_oracle_SOURCES = %D%/test_oracle.c $(element_oracle)
%C%_test_oracle_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_oracle_LDADD = $(TEST_LIBS)
