# SPDX-License-Identifier: Apache-2.0
cmocka_tests += %D%/test_error %D%/test_measure %D%/test_random
cmocka_tests += %D%/test_outlier %D%/test_outlier_table %D%/test_rounding %D%/test_theory
fast_tests += %D%/test_error %D%/test_theory
%C%_test_error_SOURCES = %D%/test_error.c
%C%_test_error_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_error_LDADD = $(TEST_LIBS)
%C%_test_random_SOURCES = %D%/test_random.c
%C%_test_random_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_random_LDADD = $(TEST_LIBS)
%C%_test_outlier_SOURCES = %D%/test_outlier.c
%C%_test_outlier_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_outlier_LDADD = $(TEST_LIBS)
%C%_test_outlier_table_SOURCES = %D%/test_outlier_table.c
%C%_test_outlier_table_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_outlier_table_LDADD = $(TEST_LIBS)
%C%_test_theory_SOURCES = %D%/test_theory.c
%C%_test_theory_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_theory_LDADD = $(TEST_LIBS)
%C%_test_rounding_SOURCES = %D%/test_rounding.c
%C%_test_rounding_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_rounding_LDADD = $(TEST_LIBS)
%C%_test_measure_SOURCES = %D%/test_measure.c
%C%_test_measure_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_measure_LDADD = $(TEST_LIBS)

accum_oracle = tests/oracle/accum_oracle.c tests/oracle/accum_oracle.h
mpfr_tests += %D%/test_accumulate_mpfr
%C%_test_accumulate_mpfr_SOURCES = %D%/test_accumulate_mpfr.c $(accum_oracle)
%C%_test_accumulate_mpfr_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_accumulate_mpfr_LDADD = $(TEST_LIBS) $(MPFR_LIBS)
cmocka_tests += %D%/test_accumulate
%C%_test_accumulate_SOURCES = %D%/test_accumulate.c tests/oracle/bf16_dot_model.c tests/oracle/bf16_dot_model.h \
  tests/oracle/gemm_model.c tests/oracle/gemm_model.h
%C%_test_accumulate_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_accumulate_LDADD = $(TEST_LIBS)
