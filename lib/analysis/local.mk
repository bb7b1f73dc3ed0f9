# SPDX-License-Identifier: Apache-2.0
# The error measures, and vmath: SLEEF or libm behind one header.
libcore_la_SOURCES += %D%/error.c %D%/random.c %D%/vmath.h
libcore_la_SOURCES += \
  %D%/outlier.c %D%/outlier_internal.h %D%/outlier_plan.c %D%/outlier_rows.c \
  %D%/rounding.c %D%/rounding_grid.c %D%/rounding_grid.h %D%/rounding_scheme.c \
  %D%/theory.c
libcore_la_SOURCES += %D%/accumulate.c %D%/accumulate_exact.c %D%/accumulate_gemm.c %D%/accumulate_internal.h \
  %D%/accumulate_round.c %D%/accumulate_stats.c
if HAVE_SLEEF
libcore_la_SOURCES += %D%/vmath_sleef.c
else
libcore_la_SOURCES += %D%/vmath_libm.c
endif
