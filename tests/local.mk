# SPDX-License-Identifier: Apache-2.0
# How tests are built and run. Each folder below lists its own, in its local.mk:
#   cmocka_tests += %D%/test_x                 a test program (mpfr_tests if it needs MPFR too)
#   fast_tests += %D%/test_x                   if it is quick enough for valgrind and for emulators
#   %C%_test_x_SOURCES = %D%/test_x.c
#   %C%_test_x_CPPFLAGS = $(TEST_CPPFLAGS)
#   %C%_test_x_LDADD = $(TEST_LIBS)            or $(TEST_IO_LIBS); add $(MPFR_LIBS) for mpfr_tests
#   TESTS += %D%/y.sh                          a shell test, which sources tests/harness/lib.sh;
#   EXTRA_DIST += %D%/y.sh                     name every data file of a test here as well, never a folder
harness_sources = \
  %D%/harness/guard.c %D%/harness/guard.h \
  %D%/harness/rng.h \
  %D%/harness/suite.c %D%/harness/suite.h \
  %D%/harness/vectors.c %D%/harness/vectors.h
EXTRA_DIST += %D%/harness/lib.sh %D%/harness/not-run.sh

TEST_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CMOCKA_CFLAGS) $(MPFR_CFLAGS)
TEST_LIBS = tests/harness/libharness.la libcore.la $(CORE_LIBS) $(CMOCKA_LIBS) $(LIBM)
TEST_CALIB_LIBS = tests/harness/libharness.la libcalibcore.la libcore.la $(CALIB_LIBS) $(CORE_LIBS) $(CMOCKA_LIBS) $(LIBM)
TEST_IO_LIBS = tests/harness/libharness.la libiocore.la libcore.la $(IO_LIBS) $(CORE_LIBS) $(CMOCKA_LIBS) $(LIBM)

TEST_EXTENSIONS = .sh
LOG_COMPILER = $(LIBTOOL) --mode=execute $(EMULATOR)
SH_LOG_COMPILER = bash
AM_TESTS_ENVIRONMENT = \
  LOWP_EMULATOR='$(EMULATOR)'; export LOWP_EMULATOR; \
  LOWP_BUILDDIR='$(abs_top_builddir)'; export LOWP_BUILDDIR; \
  LOWP_SRCDIR='$(abs_top_srcdir)'; export LOWP_SRCDIR; \
  LOWP_TOOLS='$(bin_PROGRAMS)'; export LOWP_TOOLS; \
  LOWP_CORE_LIBS='$(CORE_LIBS)'; export LOWP_CORE_LIBS; \
  LOWP_NOT_BUILT='$(not_built)'; export LOWP_NOT_BUILT; \
  CC='$(CC)'; export CC; CXX='$(CXX)'; export CXX; NM='$(NM)'; export NM; OBJDUMP='$(OBJDUMP)'; export OBJDUMP; \
  CPPFLAGS='$(CPPFLAGS)'; export CPPFLAGS; CFLAGS='$(CFLAGS)'; export CFLAGS; \
  CXXFLAGS='$(CXXFLAGS)'; export CXXFLAGS; LDFLAGS='$(LDFLAGS)'; export LDFLAGS;

include %D%/api/local.mk
include %D%/element/local.mk
include %D%/kernel/local.mk
include %D%/gemm/local.mk
include %D%/quant/local.mk
include %D%/analysis/local.mk
include %D%/io/local.mk
include %D%/audit/local.mk
include %D%/calib/local.mk
include %D%/fuzz/local.mk
include %D%/cli/local.mk

TESTS += $(cli_tests)
EXTRA_DIST += $(cli_tests)

not_built =
if HAVE_CMOCKA
check_LTLIBRARIES += tests/harness/libharness.la
tests_harness_libharness_la_SOURCES = $(harness_sources)
tests_harness_libharness_la_CPPFLAGS = $(TEST_CPPFLAGS)
check_PROGRAMS += $(cmocka_tests)
TESTS += $(cmocka_tests)
if HAVE_MPFR
check_PROGRAMS += $(mpfr_tests)
TESTS += $(mpfr_tests)
else
not_built += $(mpfr_tests)
endif
else
not_built += $(cmocka_tests) $(mpfr_tests)
endif
# Reports, as skipped, the programs that could not be built; with all of them built it has nothing to say.
if HAVE_CMOCKA
if HAVE_MPFR
else
TESTS += tests/harness/not-run.sh
endif
else
TESTS += tests/harness/not-run.sh
endif

# Replaces automake's rule of this name, so that the line of totals closes `make check` whether or not a test failed.
check-TESTS: $(check_PROGRAMS) $(check_LTLIBRARIES)
	@rm -f $(TEST_SUITE_LOG) $(TEST_LOGS) $(TEST_LOGS:.log=.trs)
	@rc=0; $(MAKE) $(AM_MAKEFLAGS) $(TEST_SUITE_LOG) || rc=1; \
	bash $(top_srcdir)/scripts/summary $(TEST_LOGS) || rc=1; exit $$rc

# Hours rather than seconds of arithmetic: exhaustive walks. Not part of check.
check-long: all
	@$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(long_tests)' check_PROGRAMS='$(long_tests)' LOWP_LONG=1
.PHONY: check-long

# Of the kernels those that are written for one ISA: generic ones run beside them as their specification, and what Highway
# reads and writes is watched by guard pages and AddressSanitizer, while a process for each subject is slow here.
check-valgrind: all
	@LOWP_TEST_STRIDE=$${LOWP_TEST_STRIDE:-41} LOWP_TEST_FILTER='!(*_generic|*_hwy)' \
	  $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(fast_tests)' \
	  LOG_COMPILER='$(LIBTOOL) --mode=execute valgrind -q --error-exitcode=9 --leak-check=full'
.PHONY: check-valgrind

# The quick programs and every format by the command line. Not the tests of the source text, which do not depend on the
# machine, nor those that interrupt, time or start programs in ways of their own. Where quick is not quick enough: LOWP_TEST_STRIDE.
check-emulated: all
	@$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(fast_tests) tests/cli/quant_formats.sh tests/api/isa-leak.sh' \
	  check_PROGRAMS='$(fast_tests) tests/cli/json_get'
.PHONY: check-emulated

# libFuzzer programs; only with clang and -fsanitize=fuzzer-no-link in CFLAGS.
fuzz: $(fuzz_programs)
.PHONY: fuzz
