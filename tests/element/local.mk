# SPDX-License-Identifier: Apache-2.0
element_oracle = \
  %D%/edges.c %D%/edges.h \
  tests/oracle/element_oracle.c tests/oracle/element_oracle.h

cmocka_tests += %D%/test_api %D%/test_exhaustive %D%/test_golden %D%/test_oracle %D%/test_stochastic
mpfr_tests += %D%/test_mpfr
fast_tests += %D%/test_api %D%/test_golden
long_tests += %D%/test_exhaustive
if HAVE_MPFR
long_tests += %D%/test_mpfr
endif

%C%_test_api_SOURCES = %D%/test_api.c $(element_oracle)
%C%_test_api_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_api_LDADD = $(TEST_LIBS)

# The walks of the long run share the processors where the compiler offers OpenMP.
%C%_test_exhaustive_SOURCES = %D%/test_exhaustive.c $(element_oracle)
%C%_test_exhaustive_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_exhaustive_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
%C%_test_exhaustive_LDADD = $(TEST_LIBS)

%C%_test_golden_SOURCES = %D%/test_golden.c
%C%_test_golden_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_golden_LDADD = $(TEST_LIBS)
EXTRA_DIST += \
  tests/golden/README.md \
  tests/golden/element.py \
  tests/golden/element_decode.csv \
  tests/golden/element_encode.csv

%C%_test_mpfr_SOURCES = %D%/test_mpfr.c $(element_oracle)
%C%_test_mpfr_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_mpfr_LDADD = $(TEST_LIBS) $(MPFR_LIBS)

%C%_test_oracle_SOURCES = %D%/test_oracle.c $(element_oracle)
%C%_test_oracle_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_oracle_LDADD = $(TEST_LIBS)

%C%_test_stochastic_SOURCES = %D%/test_stochastic.c
%C%_test_stochastic_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_stochastic_LDADD = $(TEST_LIBS)
