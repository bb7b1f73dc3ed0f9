# SPDX-License-Identifier: Apache-2.0
cmocka_tests += %D%/test_status %D%/test_harness
fast_tests += %D%/test_status
%C%_test_status_SOURCES = %D%/test_status.c
%C%_test_status_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_status_LDADD = $(TEST_LIBS)
%C%_test_harness_SOURCES = %D%/test_harness.c
%C%_test_harness_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_harness_LDADD = $(TEST_LIBS)
structure_tests = \
  %D%/exports.sh \
  %D%/harness.sh \
  %D%/headers.sh \
  %D%/isa-leak.sh \
  %D%/readme.sh \
  %D%/structure.sh \
  %D%/tools.sh
TESTS += $(structure_tests)
EXTRA_DIST += $(structure_tests) %D%/install.sh %D%/exports-lowp.txt %D%/exports-lowp-io.txt
