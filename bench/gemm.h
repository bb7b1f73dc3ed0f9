/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm.h: measuring matrix multiplications. A case is one (weights, activations, compute, shape, m, threads, cold or warm); all
 * cases of a run with the same weights take turns, and each turn also runs the probes that bound it.
 */
#ifndef LOWP_BENCH_GEMM_H
#define LOWP_BENCH_GEMM_H

#include "bench/bench.h"
#include "tools/options.h"

/* What to measure; empty lists stand for the defaults that --help names. */
typedef struct bench_gemm_options {
  tool_list rhs, lhs, compute, shapes, m, threads;
  uint64_t repeats;
  uint64_t memory; /* bytes of weights that count as cold; 0: one and a half times the last-level cache */
  bool cold, warm; /* neither: both */
  bool peers;
  bool quantized; /* activations come quantized, instead of being quantized by each run */
  bool json;
  const char *log, *outputs, *device; /* gemm_log.h; NULL */
} bench_gemm_options;

/* Measures and prints; returns an exit code. */
int bench_gemm(const bench_gemm_options *options);

/* "NxK" into two numbers of 1..2^24; false: something else. */
bool bench_shape(const char *text, size_t *n, size_t *k);

/* The programs `lowp-bench gemm` and `lowp-bench ceilings`; argv[0] is that word. Return exit codes. */
int bench_gemm_main(int argc, char **argv);
int bench_ceilings_main(int argc, char **argv);

/* `lowp-bench analysis`. */
int bench_analysis_main(int argc, char **argv);

/* A multiplication of another library, on plain or quantized data of its own, same m, n, k. */
typedef struct bench_peer {
  const char *name;                                              /* "OpenBLAS sgemm" */
  const char *operands;                                          /* "f32 x f32" */
  void *(*create)(size_t m, size_t n, size_t k, size_t threads); /* NULL if it cannot */
  void (*run)(void *state);
  void (*destroy)(void *state);
} bench_peer;

/* Those that may be had; *count receives how many. Of ggml: none unless LOWP_GGML says where it is. */
const bench_peer *bench_peers(size_t *count);
const bench_peer *bench_peers_ggml(size_t *count);

#endif
