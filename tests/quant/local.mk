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
EXTRA_DIST += tests/golden/quant.py tests/golden/quant-int.csv tests/golden/quant-mx.csv
