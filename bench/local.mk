# SPDX-License-Identifier: Apache-2.0
# Not installed: its numbers are of interest where lowp is built.
noinst_PROGRAMS += %D%/lowp-bench
%C%_lowp_bench_SOURCES = %D%/bench.h %D%/jobs.c %D%/lowp-bench.c
%C%_lowp_bench_CPPFLAGS = $(TOOL_CPPFLAGS)
%C%_lowp_bench_CFLAGS = $(TOOL_CFLAGS)
%C%_lowp_bench_LDADD = $(TOOL_LIBS)
