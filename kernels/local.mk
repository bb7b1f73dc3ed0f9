# SPDX-License-Identifier: Apache-2.0
libcore_la_SOURCES += %D%/kernel.h %D%/kernels.def %D%/registry.c \
  %D%/generic/amax.c \
  %D%/generic/decode.c \
  %D%/generic/encode.c
libcore_la_SOURCES += \
  %D%/generic/dequantize_hif4.c \
  %D%/generic/dequantize_nvfp4.c \
  %D%/generic/hif4.h \
  %D%/generic/nvfp4.h \
  %D%/generic/nvfp4_rules.c \
  %D%/generic/quantize_hif4.c \
  %D%/generic/quantize_nvfp4.c
