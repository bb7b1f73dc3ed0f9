# SPDX-License-Identifier: Apache-2.0
kernel_checker = \
  %D%/cases_element.c \
  %D%/cases_gemm.c \
  %D%/cases_describe.c \
  %D%/cases_measure.c \
  %D%/cases_pack.c \
  %D%/cases_panel.c \
  %D%/cases_quant.c \
  %D%/checker.c %D%/checker.h \
  $(element_oracle)

cmocka_tests += %D%/test_dispatch %D%/test_kernels %D%/test_selftest
long_tests += %D%/test_kernels
fast_tests += %D%/test_dispatch %D%/test_kernels

%C%_test_dispatch_SOURCES = %D%/test_dispatch.c
%C%_test_dispatch_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_dispatch_CFLAGS = $(AM_CFLAGS) -pthread
%C%_test_dispatch_LDADD = $(TEST_LIBS)

%C%_test_kernels_SOURCES = %D%/test_kernels.c $(kernel_checker)
%C%_test_kernels_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_kernels_LDADD = $(TEST_LIBS)

%C%_test_selftest_SOURCES = %D%/test_selftest.c $(kernel_checker)
%C%_test_selftest_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_selftest_LDADD = $(TEST_LIBS)

if HAVE_HWY
cmocka_tests += %D%/test_hwy
fast_tests += %D%/test_hwy
endif
%C%_test_hwy_SOURCES = %D%/test_hwy.c
%C%_test_hwy_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_hwy_LDADD = $(TEST_LIBS)

TESTS += %D%/bench.sh
EXTRA_DIST += %D%/bench.sh
