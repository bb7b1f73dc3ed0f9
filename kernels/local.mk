# SPDX-License-Identifier: Apache-2.0
libcore_la_SOURCES += %D%/kernel.h %D%/kernels.def %D%/registry.c \
  %D%/generic/amax.c \
  %D%/generic/decode.c \
  %D%/generic/encode.c
