# SPDX-License-Identifier: Apache-2.0
# The third library, liblowp-calib, and the one file of it that has LAPACK or does without.
libcalibcore_la_SOURCES += \
  %D%/benefit.c \
  %D%/calib_internal.h \
  %D%/channels.c \
  %D%/common.c \
  %D%/gptq.c \
  %D%/hadamard.c \
  %D%/hessian.c \
  %D%/smooth.c
if HAVE_LAPACK
libcalibcore_la_SOURCES += %D%/cholesky_lapack.c
else
libcalibcore_la_SOURCES += %D%/cholesky_none.c
endif
