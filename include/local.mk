# SPDX-License-Identifier: Apache-2.0
lowpincludedir = $(includedir)/lowp
lowpinclude_HEADERS = \
  %D%/lowp/accumulate.def \
  %D%/lowp/accumulate.h \
  %D%/lowp/analysis.h \
  %D%/lowp/audit.h \
  %D%/lowp/calib.h \
  %D%/lowp/claim.h \
  %D%/lowp/cpu.h \
  %D%/lowp/describe.h \
  %D%/lowp/dtype.def \
  %D%/lowp/element.def \
  %D%/lowp/element.h \
  %D%/lowp/error_stats.h \
  %D%/lowp/fp4.h \
  %D%/lowp/fp6.h \
  %D%/lowp/fp8.h \
  %D%/lowp/gemm.h \
  %D%/lowp/gemm_error.h \
  %D%/lowp/hifloat8.h \
  %D%/lowp/histogram.h \
  %D%/lowp/int8.h \
  %D%/lowp/io.h \
  %D%/lowp/layout.def \
  %D%/lowp/layout.h \
  %D%/lowp/measure.h \
  %D%/lowp/measured.h \
  %D%/lowp/model.h \
  %D%/lowp/model_shape.h \
  %D%/lowp/number_format.def \
  %D%/lowp/probe.h \
  %D%/lowp/quant.h \
  %D%/lowp/random.h \
  %D%/lowp/quantity.def \
  %D%/lowp/rate.def \
  %D%/lowp/roofline.h \
  %D%/lowp/scheme.def \
  %D%/lowp/scheme.h \
  %D%/lowp/status.h \
  %D%/lowp/tensor.h \
  %D%/lowp/verdict.h \
  %D%/lowp/version.h
lowpinclude_HEADERS += \
  %D%/lowp/hifloat4.h \
  %D%/lowp/lowp.h \
  %D%/lowp/mxfp4.h \
  %D%/lowp/mxfp6.h \
  %D%/lowp/mxfp8.h \
  %D%/lowp/mxint8.h \
  %D%/lowp/nvfp4.h \
  %D%/lowp/outlier.h \
  %D%/lowp/rounding.h \
  %D%/lowp/theory.h
