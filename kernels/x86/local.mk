# SPDX-License-Identifier: Apache-2.0
# One convenience library for each bundle of lib/cpu/isa.def, compiled with the flags of that bundle and no others. A file
# belongs to the smallest bundle that has its instructions.
libcore_la_SOURCES += %D%/amx.h %D%/gemm_store_avx512.h %D%/gemm_store_avx2.h %D%/gemm_f32_few.h
libcore_la_SOURCES += %D%/few.def %D%/few_kinds.h %D%/few_quads.h %D%/few_rows.h %D%/hif8.h

if HAVE_AVX2
noinst_LTLIBRARIES += libavx2.la
libavx2_la_SOURCES = %D%/vec_avx2.h %D%/amax_avx2.c %D%/gemm_f32_avx2.c %D%/gemm_f32_few_avx2.c
libavx2_la_SOURCES += %D%/few_avx2.h
libavx2_la_SOURCES += %D%/expand_avx2.h %D%/expand16_avx2.h %D%/decode_avx2.c %D%/stream_avx2.c
libavx2_la_SOURCES += %D%/blocks_avx2.h %D%/quantize_nvfp4_avx2.c
libavx2_la_SOURCES += %D%/quantize_hif4_avx2.c
libavx2_la_SOURCES += %D%/decode_int8.h %D%/panel_int8.h %D%/panel_int8_avx2.c
libavx2_la_SOURCES += %D%/encode_avx2.c
libavx2_la_SOURCES += %D%/lhs_bf16.h %D%/lhs_int8.h %D%/lhs_avx2.c
libavx2_la_SOURCES += %D%/gemm_int8_dot.h %D%/gemm_int8_few.h %D%/gemm_int8_pairs_avx2.h %D%/gemm_int8_few_avx2.h %D%/gemm_int8_avx2.c
libavx2_la_SOURCES += %D%/describe_avx2.c
libavx2_la_SOURCES += %D%/measure_avx2.c
libavx2_la_SOURCES += %D%/pack_codes_avx2.c %D%/unpack_codes_avx2.c %D%/codes_avx2.h %D%/panel_f32_avx2.c
libavx2_la_SOURCES += %D%/quantize_mx_avx2.c %D%/quantize_scaled_avx2.c %D%/quantize_cast_avx2.c
libavx2_la_CFLAGS = $(AM_CFLAGS) $(AVX2_CFLAGS)
libcore_la_LIBADD += libavx2.la
endif

if HAVE_AVXVNNI
noinst_LTLIBRARIES += libavxvnni.la
libavxvnni_la_SOURCES = %D%/gemm_int8_avxvnni.c
libavxvnni_la_CFLAGS = $(AM_CFLAGS) $(AVXVNNI_CFLAGS)
libcore_la_LIBADD += libavxvnni.la
endif

if HAVE_AVX512
noinst_LTLIBRARIES += libavx512.la
libavx512_la_SOURCES = %D%/vec_avx512.h %D%/amax_avx512.c %D%/gemm_f32_avx512.c %D%/gemm_f32_few_avx512.c \
  %D%/gemm_few_avx512.h %D%/gemm_bf16_one_avx512.c %D%/gemm_f32_wide_avx512.c %D%/few_avx512.h
libavx512_la_SOURCES += %D%/expand_avx512.h %D%/expand16_avx512.h %D%/decode_avx512.c %D%/stream_avx512.c
libavx512_la_SOURCES += %D%/blocks_avx512.h %D%/quantize_nvfp4_avx512.c
libavx512_la_SOURCES += %D%/decode_bf16.h %D%/decode_sink.h %D%/decode_fp4.h %D%/decode_fp6.h \
  %D%/decode_fp8.h %D%/decode_hif4.h %D%/decode_int.h %D%/panel_avx512.h %D%/panel_avx512.c %D%/lhs_avx512.c %D%/panel_int8_avx512.c
libavx512_la_SOURCES += %D%/quantize_hif4_avx512.c
libavx512_la_SOURCES += %D%/encode_avx512.c
libavx512_la_SOURCES += %D%/gemm_int8_avx512.c
libavx512_la_SOURCES += %D%/pack_codes_avx512.c
libavx512_la_SOURCES += %D%/quantize_mx_avx512.c %D%/quantize_scaled_avx512.c %D%/quantize_cast_avx512.c
libavx512_la_CFLAGS = $(AM_CFLAGS) $(AVX512_CFLAGS)
libcore_la_LIBADD += libavx512.la
endif

if HAVE_AVX512VNNI
noinst_LTLIBRARIES += libavx512vnni.la
libavx512vnni_la_SOURCES = %D%/decode_avx512vnni.c
libavx512vnni_la_SOURCES += %D%/panel_avx512vnni.c %D%/panel_int8_avx512vnni.c
libavx512vnni_la_SOURCES += %D%/gemm_int8_avx512vnni.c
libavx512vnni_la_CFLAGS = $(AM_CFLAGS) $(AVX512VNNI_CFLAGS)
libcore_la_LIBADD += libavx512vnni.la
endif

if HAVE_AVX512BF16
noinst_LTLIBRARIES += libavx512bf16.la
libavx512bf16_la_SOURCES = %D%/gemm_bf16_avx512bf16.c
libavx512bf16_la_SOURCES += %D%/panel_avx512bf16.c
libavx512bf16_la_CFLAGS = $(AM_CFLAGS) $(AVX512BF16_CFLAGS)
libcore_la_LIBADD += libavx512bf16.la
endif

if HAVE_AMX
noinst_LTLIBRARIES += libamx.la
libamx_la_SOURCES = %D%/gemm_int8_amx.c %D%/gemm_int8_amx.h
libamx_la_SOURCES += %D%/gemm_bf16_amx.c %D%/gemm_bf16_amx.h %D%/gemm_bf16_amx_wide.c
libamx_la_CFLAGS = $(AM_CFLAGS) $(AMX_CFLAGS)
libcore_la_LIBADD += libamx.la
endif
