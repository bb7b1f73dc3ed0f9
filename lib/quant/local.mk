# SPDX-License-Identifier: Apache-2.0
libcore_la_SOURCES += %D%/amax.c %D%/compat.c %D%/compat.def %D%/dequantize.c %D%/opts.c %D%/planes.c %D%/quant_internal.h \
  %D%/quantize.c %D%/scales.c
libcore_la_SOURCES += %D%/column.c %D%/tensor_scale.c
