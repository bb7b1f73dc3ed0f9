# SPDX-License-Identifier: Apache-2.0
if HAVE_HWY
cmocka_tests += %D%/test_hwy
fast_tests += %D%/test_hwy
endif
%C%_test_hwy_SOURCES = %D%/test_hwy.c
%C%_test_hwy_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_hwy_LDADD = $(TEST_LIBS)
