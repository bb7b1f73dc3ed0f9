# SPDX-License-Identifier: Apache-2.0
cmocka_tests += %D%/test_error %D%/test_random
fast_tests += %D%/test_error
%C%_test_error_SOURCES = %D%/test_error.c
%C%_test_error_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_error_LDADD = $(TEST_LIBS)
%C%_test_random_SOURCES = %D%/test_random.c
%C%_test_random_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_random_LDADD = $(TEST_LIBS)
