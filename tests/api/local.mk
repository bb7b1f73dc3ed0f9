# SPDX-License-Identifier: Apache-2.0
cmocka_tests += %D%/test_status %D%/test_harness
fast_tests += %D%/test_status
%C%_test_status_SOURCES = %D%/test_status.c
%C%_test_status_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_status_LDADD = $(TEST_LIBS)
%C%_test_harness_SOURCES = %D%/test_harness.c
%C%_test_harness_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_harness_LDADD = $(TEST_LIBS)

# The pages in docs/ against the library. check-long measures the error table again to its last digit.
cmocka_tests += %D%/test_docs_formats %D%/test_docs_schemes %D%/test_docs_measured
long_tests += %D%/test_docs_measured
docs_table = %D%/docs_table.c %D%/docs_table.h
%C%_test_docs_formats_SOURCES = %D%/test_docs_formats.c $(docs_table)
%C%_test_docs_formats_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_docs_formats_LDADD = $(TEST_LIBS)
%C%_test_docs_schemes_SOURCES = %D%/test_docs_schemes.c $(docs_table)
%C%_test_docs_schemes_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_docs_schemes_LDADD = $(TEST_LIBS)
%C%_test_docs_measured_SOURCES = %D%/test_docs_measured.c $(docs_table)
%C%_test_docs_measured_CPPFLAGS = $(TEST_CPPFLAGS)
%C%_test_docs_measured_LDADD = $(TEST_LIBS)

structure_tests = \
  %D%/docs_kernels.sh \
  %D%/exports.sh \
  %D%/harness.sh \
  %D%/headers.sh \
  %D%/isa-leak.sh \
  %D%/readme.sh \
  %D%/structure.sh \
  %D%/tools.sh
TESTS += $(structure_tests)
EXTRA_DIST += $(structure_tests) %D%/install.sh %D%/exports-lowp.txt %D%/exports-lowp-calib.txt %D%/exports-lowp-io.txt

# The examples of the headers, linked as a user would: against the library and nothing of its insides.
example_programs = \
  %D%/example_hifloat4 \
  %D%/example_lowp \
  %D%/example_measure \
  %D%/example_model_shape \
  %D%/example_mxfp4 \
  %D%/example_mxfp6 \
  %D%/example_mxfp8 \
  %D%/example_mxint8 \
  %D%/example_nvfp4
check_PROGRAMS += $(example_programs)
TESTS += %D%/examples.sh
EXTRA_DIST += %D%/examples.sh
%C%_example_hifloat4_SOURCES = %D%/example_hifloat4.c
%C%_example_hifloat4_CPPFLAGS = -I$(top_srcdir)/include
%C%_example_hifloat4_LDADD = liblowp.la
%C%_example_lowp_SOURCES = %D%/example_lowp.c
%C%_example_lowp_CPPFLAGS = -I$(top_srcdir)/include
%C%_example_lowp_LDADD = liblowp.la
%C%_example_measure_SOURCES = %D%/example_measure.c
%C%_example_measure_CPPFLAGS = -I$(top_srcdir)/include
%C%_example_measure_LDADD = liblowp.la
%C%_example_model_shape_SOURCES = %D%/example_model_shape.c
%C%_example_model_shape_CPPFLAGS = -I$(top_srcdir)/include
%C%_example_model_shape_LDADD = liblowp-io.la liblowp.la
%C%_example_mxfp4_SOURCES = %D%/example_mxfp4.c
%C%_example_mxfp4_CPPFLAGS = -I$(top_srcdir)/include
%C%_example_mxfp4_LDADD = liblowp.la
%C%_example_mxfp6_SOURCES = %D%/example_mxfp6.c
%C%_example_mxfp6_CPPFLAGS = -I$(top_srcdir)/include
%C%_example_mxfp6_LDADD = liblowp.la
%C%_example_mxfp8_SOURCES = %D%/example_mxfp8.c
%C%_example_mxfp8_CPPFLAGS = -I$(top_srcdir)/include
%C%_example_mxfp8_LDADD = liblowp.la
%C%_example_mxint8_SOURCES = %D%/example_mxint8.c
%C%_example_mxint8_CPPFLAGS = -I$(top_srcdir)/include
%C%_example_mxint8_LDADD = liblowp.la
%C%_example_nvfp4_SOURCES = %D%/example_nvfp4.c
%C%_example_nvfp4_CPPFLAGS = -I$(top_srcdir)/include
%C%_example_nvfp4_LDADD = liblowp.la
