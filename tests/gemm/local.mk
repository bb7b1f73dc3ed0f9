# SPDX-License-Identifier: Apache-2.0
cmocka_tests += %D%/test_bf16_dot
fast_tests += %D%/test_bf16_dot

%C%_test_bf16_dot_SOURCES = %D%/test_bf16_dot.c tests/oracle/bf16_dot_model.c tests/oracle/bf16_dot_model.h \
  tests/oracle/arm_bf16_model.c tests/oracle/arm_bf16_model.h
%C%_test_bf16_dot_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_bf16_dot_LDADD = $(TEST_LIBS)

# One product in all its variants, and the definition that it is compared with.
gemm_product = %D%/product.c %D%/product.h
cmocka_tests += %D%/test_pack %D%/test_pairs %D%/test_run %D%/test_shapes
fast_tests += %D%/test_pack %D%/test_pairs
%C%_test_pack_SOURCES = %D%/test_pack.c $(gemm_product)
%C%_test_pack_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_pack_LDADD = $(TEST_LIBS)
%C%_test_run_SOURCES = %D%/test_run.c $(gemm_product)
%C%_test_run_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_run_LDADD = $(TEST_LIBS)
%C%_test_shapes_SOURCES = %D%/test_shapes.c $(gemm_product)
%C%_test_shapes_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_shapes_LDADD = $(TEST_LIBS)
%C%_test_pairs_SOURCES = %D%/test_pairs.c $(gemm_product)
%C%_test_pairs_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_pairs_LDADD = $(TEST_LIBS)

cmocka_tests += %D%/test_same_bits
%C%_test_same_bits_SOURCES = %D%/test_same_bits.c tests/api/docs_table.c tests/api/docs_table.h
EXTRA_DIST += tests/golden/same_bits.csv
%C%_test_same_bits_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_same_bits_LDADD = $(TEST_LIBS)

cli_tests += %D%/example.sh

cmocka_tests += %D%/test_bf16_model
fast_tests += %D%/test_bf16_model
%C%_test_bf16_model_SOURCES = %D%/test_bf16_model.c tests/oracle/gemm_model.c tests/oracle/gemm_model.h
%C%_test_bf16_model_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_bf16_model_LDADD = $(TEST_LIBS)

cmocka_tests += %D%/test_bf16_one
%C%_test_bf16_one_SOURCES = %D%/test_bf16_one.c
%C%_test_bf16_one_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_bf16_one_LDADD = $(TEST_LIBS)

cmocka_tests += %D%/test_few
fast_tests += %D%/test_few
%C%_test_few_SOURCES = %D%/test_few.c
%C%_test_few_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_few_LDADD = $(TEST_LIBS)
