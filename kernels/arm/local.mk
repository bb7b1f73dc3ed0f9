# SPDX-License-Identifier: Apache-2.0
# One convenience library for each bundle of lib/cpu/isa.def, compiled with the flags of that bundle and no others, as in
# kernels/x86/local.mk.
if HAVE_NEON
noinst_LTLIBRARIES += libneon.la
libneon_la_SOURCES = %D%/amax_neon.c
libneon_la_SOURCES += %D%/vec_neon.h %D%/blocks_neon.h %D%/doubles_neon.h
libneon_la_SOURCES += %D%/expand_neon.h %D%/decode_neon.c %D%/stream_neon.c
libneon_la_SOURCES += %D%/encode_neon.c %D%/quantize16_neon.c %D%/quantize_cast_neon.c %D%/quantize_hif4_neon.c %D%/quantize_mx_neon.c \
  %D%/quantize_nvfp4_neon.c %D%/quantize_scaled_neon.c
libneon_la_SOURCES += %D%/neon.h %D%/decode.h %D%/decode_int8.h %D%/panel_neon.c %D%/lhs_neon.c %D%/pack_codes_neon.c
libneon_la_SOURCES += %D%/gemm_store.h %D%/gemm_f32_neon.c
libneon_la_SOURCES += %D%/gemm_int8.h %D%/gemm_int8_arrange.h %D%/gemm_int8_loops.h %D%/gemm_int8_neon.h %D%/gemm_int8_neon.c
libneon_la_CFLAGS = $(AM_CFLAGS) $(NEON_CFLAGS)
libcore_la_LIBADD += libneon.la
endif

if HAVE_SVE
noinst_LTLIBRARIES += libsve.la
libsve_la_SOURCES = %D%/amax_sve.c
libsve_la_SOURCES += %D%/sve.h %D%/gemm_f32_sve.c %D%/gemm_int8_sve.h %D%/gemm_int8_sve.c
libsve_la_SOURCES += %D%/vec_sve.h %D%/expand_sve.h %D%/tables.h %D%/decode_sve.h %D%/decode_sve.c %D%/encode_sve.c
libsve_la_CFLAGS = $(AM_CFLAGS) $(SVE_CFLAGS)
libcore_la_LIBADD += libsve.la
endif

if HAVE_DOTPROD
noinst_LTLIBRARIES += libdotprod.la
libdotprod_la_SOURCES = %D%/gemm_int8_dotprod.c
libdotprod_la_CFLAGS = $(AM_CFLAGS) $(DOTPROD_CFLAGS)
libcore_la_LIBADD += libdotprod.la
endif

if HAVE_I8MM
noinst_LTLIBRARIES += libi8mm.la
libi8mm_la_SOURCES = %D%/gemm_int8_i8mm.c
libi8mm_la_CFLAGS = $(AM_CFLAGS) $(I8MM_CFLAGS)
libcore_la_LIBADD += libi8mm.la
endif

if HAVE_ARMBF16
noinst_LTLIBRARIES += libarmbf16.la
libarmbf16_la_SOURCES = %D%/gemm_bf16.h %D%/gemm_bf16_loops.h %D%/gemm_bf16_armbf16.c
libarmbf16_la_CFLAGS = $(AM_CFLAGS) $(ARMBF16_CFLAGS)
libcore_la_LIBADD += libarmbf16.la
endif

if HAVE_SVEI8MM
noinst_LTLIBRARIES += libsvei8mm.la
libsvei8mm_la_SOURCES = %D%/gemm_bf16_svei8mm.c %D%/gemm_int8_svei8mm.c
libsvei8mm_la_CFLAGS = $(AM_CFLAGS) $(SVEI8MM_CFLAGS)
libcore_la_LIBADD += libsvei8mm.la
endif

if HAVE_SVE2
noinst_LTLIBRARIES += libsve2.la
libsve2_la_SOURCES = %D%/decode_sve2.c
libsve2_la_CFLAGS = $(AM_CFLAGS) $(SVE2_CFLAGS)
libcore_la_LIBADD += libsve2.la
endif
