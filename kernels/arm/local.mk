# SPDX-License-Identifier: Apache-2.0
# One convenience library for each bundle of lib/cpu/isa.def, compiled with the flags of that bundle and no others, as in
# kernels/x86/local.mk.
if HAVE_NEON
noinst_LTLIBRARIES += libneon.la
libneon_la_SOURCES = %D%/amax_neon.c
libneon_la_SOURCES += %D%/vec_neon.h %D%/blocks_neon.h %D%/doubles_neon.h
libneon_la_SOURCES += %D%/expand_neon.h %D%/decode_neon.c %D%/stream_neon.c
libneon_la_SOURCES += %D%/encode_neon.c %D%/quantize_cast_neon.c %D%/quantize_hif4_neon.c %D%/quantize_mx_neon.c \
  %D%/quantize_nvfp4_neon.c %D%/quantize_scaled_neon.c
libneon_la_CFLAGS = $(AM_CFLAGS) $(NEON_CFLAGS)
libcore_la_LIBADD += libneon.la
endif

if HAVE_SVE
noinst_LTLIBRARIES += libsve.la
libsve_la_SOURCES = %D%/amax_sve.c
libsve_la_CFLAGS = $(AM_CFLAGS) $(SVE_CFLAGS)
libcore_la_LIBADD += libsve.la
endif
