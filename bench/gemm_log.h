/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_log.h: a log of multiplications that `lowp-audit measured` reads (lowp/measured.h). */
#ifndef LOWP_BENCH_GEMM_LOG_H
#define LOWP_BENCH_GEMM_LOG_H

#include <lowp/gemm.h>
#include <stdio.h>

/* Inputs of all cases: streams of lowp_random_fill, so that others can make them again. Weights are times BENCH_SIGMA. */
enum { BENCH_SEED_X = 7, BENCH_SEED_W = 8 };
#define BENCH_SIGMA 0.02

/* All NULL: no log. */
typedef struct bench_log {
  const char *path, *outputs, *device; /* file; folder for outputs or NULL; name of the profile or NULL */
  FILE *stream;
  char *text;
  size_t size, rows;
} bench_log;

/* Starts the text in memory; returns an exit code. */
int bench_log_open(bench_log *log);
/* A row: y [m, n] of activations called `lhs` in this class. */
int bench_log_add(bench_log *log, size_t m, size_t n, size_t k, const char *lhs, const char *rhs, const char *compute,
                  double seconds, const float *y);
/* Writes the file unless code is an error, which it then returns. */
int bench_log_close(bench_log *log, int code);

#endif
