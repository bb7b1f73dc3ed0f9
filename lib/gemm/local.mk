# SPDX-License-Identifier: Apache-2.0
libcore_la_SOURCES += \
  %D%/args.c \
  %D%/blob.c \
  %D%/engine.c \
  %D%/gemm_internal.h \
  %D%/irregular.c \
  %D%/lhs.c \
  %D%/list.c \
  %D%/pack.c \
  %D%/plan.c \
  %D%/run.c \
  %D%/scales.c \
  %D%/unpack.c

# The one file with OpenMP, and so with its flags. Whoever links libcore.la finds them in CORE_LIBS.
noinst_LTLIBRARIES += libthreads.la
libthreads_la_SOURCES = %D%/threads.c
libthreads_la_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
libcore_la_LIBADD += libthreads.la
