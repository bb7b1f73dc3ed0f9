# SPDX-License-Identifier: Apache-2.0
# Not installed: its numbers are of interest where lowp is built.
noinst_PROGRAMS += %D%/lowp-bench
%C%_lowp_bench_SOURCES = \
  %D%/analysis.c \
  %D%/bench.h \
  %D%/ceilings.c \
  %D%/gemm.c %D%/gemm.h \
  %D%/gemm_log.c %D%/gemm_log.h \
  %D%/gemm_main.c \
  %D%/jobs.c \
  %D%/lowp-bench.c \
  %D%/peers.c \
  %D%/peers_ggml.c \
  %D%/probe.h %D%/probe_generic.c \
  %D%/profile.c %D%/profile.h \
  %D%/profile_gemm.c
%C%_lowp_bench_CPPFLAGS = $(TOOL_CPPFLAGS)
%C%_lowp_bench_CFLAGS = $(TOOL_CFLAGS)
%C%_lowp_bench_LDADD = $(bench_probes) $(TOOL_LIBS) $(DNNL_LIBS) $(DL_LIBS)

# The probes of one instruction set each, with its flags.
bench_probes =
if HAVE_AVX2
noinst_LTLIBRARIES += libprobe_avx2.la
libprobe_avx2_la_SOURCES = %D%/probe_avx2.c
libprobe_avx2_la_CFLAGS = $(AM_CFLAGS) $(AVX2_CFLAGS)
bench_probes += libprobe_avx2.la
endif
if HAVE_AVXVNNI
noinst_LTLIBRARIES += libprobe_avxvnni.la
libprobe_avxvnni_la_SOURCES = %D%/probe_dot.c
libprobe_avxvnni_la_CFLAGS = $(AM_CFLAGS) $(AVXVNNI_CFLAGS)
bench_probes += libprobe_avxvnni.la
endif
if HAVE_AVX512
noinst_LTLIBRARIES += libprobe_avx512.la
libprobe_avx512_la_SOURCES = %D%/probe_avx512.c
libprobe_avx512_la_CFLAGS = $(AM_CFLAGS) $(AVX512_CFLAGS)
bench_probes += libprobe_avx512.la
endif
if HAVE_AVX512VNNI
noinst_LTLIBRARIES += libprobe_avx512vnni.la
libprobe_avx512vnni_la_SOURCES = %D%/probe_dot.c
libprobe_avx512vnni_la_CFLAGS = $(AM_CFLAGS) $(AVX512VNNI_CFLAGS)
bench_probes += libprobe_avx512vnni.la
endif
if HAVE_AVX512BF16
noinst_LTLIBRARIES += libprobe_avx512bf16.la
libprobe_avx512bf16_la_SOURCES = %D%/probe_dot.c
libprobe_avx512bf16_la_CFLAGS = $(AM_CFLAGS) $(AVX512BF16_CFLAGS)
bench_probes += libprobe_avx512bf16.la
endif
if HAVE_AMX
noinst_LTLIBRARIES += libprobe_amx.la
libprobe_amx_la_SOURCES = %D%/probe_amx.c
libprobe_amx_la_CFLAGS = $(AM_CFLAGS) $(AMX_CFLAGS)
bench_probes += libprobe_amx.la
endif
