# SPDX-License-Identifier: Apache-2.0
# Error measures, descriptors, random numbers; and vmath: SLEEF or libm behind one header.
libcore_la_SOURCES += \
  %D%/clip.c %D%/clip.h \
  %D%/counts.c \
  %D%/describe.c \
  %D%/error.c \
  %D%/grid.c \
  %D%/histogram.c %D%/histogram_internal.h \
  %D%/measure.c %D%/measure_internal.h \
  %D%/measurement.c \
  %D%/outlier.c %D%/outlier_internal.h %D%/outlier_plan.c %D%/outlier_rows.c \
  %D%/pairs.c %D%/pairs.h \
  %D%/random.c %D%/random_internal.h \
  %D%/random_matrix.c \
  %D%/rounding.c %D%/rounding_grid.c %D%/rounding_grid.h %D%/rounding_scheme.c \
  %D%/source.c %D%/source.h \
  %D%/theory.c \
  %D%/vmath.h
libcore_la_SOURCES += %D%/accumulate.c %D%/accumulate_exact.c %D%/accumulate_gemm.c %D%/accumulate_internal.h \
  %D%/accumulate_round.c %D%/accumulate_stats.c %D%/gemm_error.c \
  %D%/probe_guess.c %D%/probe_internal.h %D%/probe_judge.c %D%/probe_plan.c
if HAVE_SLEEF
libcore_la_SOURCES += %D%/vmath_sleef.c
else
libcore_la_SOURCES += %D%/vmath_libm.c
endif
