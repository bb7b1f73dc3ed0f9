# SPDX-License-Identifier: Apache-2.0
libcore_la_SOURCES += %D%/kernel.h %D%/gemm.h %D%/describe.h %D%/measure.h %D%/kernels.def %D%/registry.c %D%/gemm_f32.h %D%/tables.h \
  %D%/generic/amax.c \
  %D%/generic/decode.c \
  %D%/generic/each_element.h \
  %D%/generic/each_scheme.h \
  %D%/generic/encode.c \
  %D%/generic/describe.c %D%/generic/measure.c %D%/generic/measure.h \
  %D%/generic/stream.c
libcore_la_SOURCES += \
  %D%/generic/block.h \
  %D%/generic/dequantize16.c %D%/generic/dequantize16.h \
  %D%/generic/dequantize_cast.c \
  %D%/generic/dequantize_mx.c \
  %D%/generic/dequantize_scaled.c \
  %D%/generic/pack.h \
  %D%/generic/quantize16.c %D%/generic/quantize16.h \
  %D%/generic/quantize_cast.c \
  %D%/generic/quantize_mx.c \
  %D%/generic/quantize_scaled.c \
  %D%/generic/scaled.h
libcore_la_SOURCES += \
  %D%/generic/dequantize_hif4.c \
  %D%/generic/dequantize_nvfp4.c \
  %D%/generic/hif4.h \
  %D%/generic/nvfp4.h \
  %D%/generic/nvfp4_rules.c \
  %D%/generic/quantize_hif4.c \
  %D%/generic/quantize_nvfp4.c
libcore_la_SOURCES += \
  %D%/generic/gemm_bf16.c \
  %D%/generic/gemm_f32.c \
  %D%/generic/gemm_int8.c \
  %D%/generic/gemm_store.h \
  %D%/generic/lhs_bf16.c \
  %D%/generic/lhs_int8.c \
  %D%/generic/lanes.h \
  %D%/generic/pack_codes.c \
  %D%/generic/panel.h \
  %D%/generic/panel_bf16.c \
  %D%/generic/panel_f32.c \
  %D%/generic/panel_int8.c \
  %D%/generic/seen.h \
  %D%/generic/unpack_codes.c

# Kernels written once for several instruction sets, in the operations of a header of each.
libcore_la_SOURCES += \
  %D%/simd/amax16.h \
  %D%/simd/decode.h \
  %D%/simd/dequantize.h \
  %D%/simd/dequantize16.h \
  %D%/simd/dequantize_rows.h \
  %D%/simd/dequantize_scaled.h \
  %D%/simd/encode.h \
  %D%/simd/encode_lanes.h \
  %D%/simd/encode_ops.h \
  %D%/simd/lanes.h \
  %D%/simd/lhs_int8.h \
  %D%/simd/mode.h \
  %D%/simd/mx_search.h \
  %D%/simd/nvfp4_lanes.h \
  %D%/simd/nvfp4_search.h \
  %D%/simd/put.h \
  %D%/simd/quantize16.h \
  %D%/simd/quantize16_parts.h \
  %D%/simd/quantize_cast.h \
  %D%/simd/quantize_hif4.h \
  %D%/simd/quantize_mx.h \
  %D%/simd/quantize_mx16.h \
  %D%/simd/quantize_nvfp4.h \
  %D%/simd/quantize_nvfp4_16.h \
  %D%/simd/quantize_scaled.h \
  %D%/simd/rounding.h \
  %D%/simd/unroll.h \
  %D%/simd/upper.h \
  %D%/simd/values.h

# The Highway tier. Never any -m or -march flag here: Highway sets its targets inside the source. The objects need no C++
# run-time library, so the public library is still linked as C.
if HAVE_HWY
noinst_LTLIBRARIES += libhwytier.la
libhwytier_la_SOURCES = \
  %D%/hwy/amax.cc \
  %D%/hwy/convert.cc \
  %D%/hwy/dequantize.cc \
  %D%/hwy/dequantize16.c \
  %D%/hwy/gemm.cc \
  %D%/hwy/lanes.h \
  %D%/hwy/measure.cc \
  %D%/hwy/panel.cc \
  %D%/hwy/plan.h \
  %D%/hwy/quantize16.c \
  %D%/hwy/quantize_fp4.cc \
  %D%/hwy/quantize_mx.cc \
  %D%/hwy/quantize_scaled.cc \
  %D%/hwy/scaled.c \
  %D%/hwy/shim.cc %D%/hwy/shim.h
libhwytier_la_CPPFLAGS = $(AM_CPPFLAGS) $(HWY_CFLAGS) -DHWY_WANT_AVX3_DL
libhwytier_la_CFLAGS = $(AM_CFLAGS)
libhwytier_la_CXXFLAGS = $(AM_CXXFLAGS) -fno-exceptions -fno-rtti
libcore_la_LIBADD += libhwytier.la
endif

include %D%/x86/local.mk
include %D%/arm/local.mk
