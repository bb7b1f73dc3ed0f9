# SPDX-License-Identifier: Apache-2.0
cmocka_tests += %D%/test_mx_vectors
fast_tests += %D%/test_mx_vectors
%C%_test_mx_vectors_SOURCES = %D%/test_mx_vectors.c %D%/arrays.c %D%/arrays.h
%C%_test_mx_vectors_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_mx_vectors_LDADD = $(TEST_LIBS)

cmocka_tests += %D%/test_int_vectors
fast_tests += %D%/test_int_vectors
%C%_test_int_vectors_SOURCES = %D%/test_int_vectors.c %D%/arrays.c %D%/arrays.h
%C%_test_int_vectors_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_int_vectors_LDADD = $(TEST_LIBS)

cmocka_tests += %D%/test_properties
fast_tests += %D%/test_properties
%C%_test_properties_SOURCES = %D%/test_properties.c %D%/schemes.c %D%/schemes.h
%C%_test_properties_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_properties_LDADD = $(TEST_LIBS)

cmocka_tests += %D%/test_tensors
fast_tests += %D%/test_tensors
%C%_test_tensors_SOURCES = %D%/test_tensors.c %D%/schemes.c %D%/schemes.h
%C%_test_tensors_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_tensors_LDADD = $(TEST_LIBS)

cmocka_tests += %D%/test_options
fast_tests += %D%/test_options
%C%_test_options_SOURCES = %D%/test_options.c %D%/schemes.c %D%/schemes.h
%C%_test_options_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_options_LDADD = $(TEST_LIBS)

cmocka_tests += %D%/test_rules
fast_tests += %D%/test_rules
%C%_test_rules_SOURCES = %D%/test_rules.c %D%/schemes.c %D%/schemes.h
%C%_test_rules_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_rules_LDADD = $(TEST_LIBS)

EXTRA_DIST += tests/golden/quant.py tests/golden/quant-int.csv tests/golden/quant-mx.csv

cmocka_tests += %D%/test_nvfp4 %D%/test_nvfp4_vectors %D%/test_hif4
fast_tests += %D%/test_nvfp4_vectors
%C%_test_nvfp4_SOURCES = %D%/test_nvfp4.c %D%/nvfp4_model.h
%C%_test_nvfp4_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_nvfp4_LDADD = $(TEST_LIBS)
%C%_test_nvfp4_vectors_SOURCES = %D%/test_nvfp4_vectors.c %D%/nvfp4_model.h %D%/arrays.c %D%/arrays.h
%C%_test_nvfp4_vectors_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_nvfp4_vectors_LDADD = $(TEST_LIBS)
%C%_test_hif4_SOURCES = %D%/test_hif4.c %D%/arrays.c %D%/arrays.h
%C%_test_hif4_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_hif4_LDADD = $(TEST_LIBS)
EXTRA_DIST += tests/golden/quant_fp4.py tests/golden/quant-hif4.csv tests/golden/quant-nvfp4.csv

cmocka_tests += %D%/test_column
fast_tests += %D%/test_column
%C%_test_column_SOURCES = %D%/test_column.c %D%/schemes.c %D%/schemes.h
%C%_test_column_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_column_LDADD = $(TEST_LIBS)

cmocka_tests += %D%/test_mx_values
fast_tests += %D%/test_mx_values
%C%_test_mx_values_SOURCES = %D%/test_mx_values.c
%C%_test_mx_values_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_mx_values_LDADD = $(TEST_LIBS)
