# SPDX-License-Identifier: Apache-2.0
cmocka_tests += %D%/test_gptq %D%/test_transforms %D%/test_guard
fast_tests += %D%/test_transforms %D%/test_guard
%C%_test_gptq_SOURCES = %D%/test_gptq.c
%C%_test_gptq_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_gptq_LDADD = $(TEST_CALIB_LIBS)
%C%_test_transforms_SOURCES = %D%/test_transforms.c
%C%_test_transforms_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_transforms_LDADD = $(TEST_CALIB_LIBS)
%C%_test_guard_SOURCES = %D%/test_guard.c
%C%_test_guard_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_guard_LDADD = $(TEST_CALIB_LIBS)
