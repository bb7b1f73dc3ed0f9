/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench.h: what lowp-bench measures. A job is a call that can be repeated; the jobs of a run take turns, so that a
 * machine that slows down for a while slows all of them. Each is judged by its median and its fastest repetition,
 * beside the speed of a plain copy.
 */
#ifndef LOWP_BENCH_H
#define LOWP_BENCH_H

#include <lowp/lowp.h>
#include <stdbool.h>

/* The data that all jobs work on: a matrix of n values, and planes large enough for every scheme. */
enum { BENCH_COLS = 4096 };
typedef struct bench_data {
  size_t n, rows, cols;
  float *x;       /* normal values of variance 1 */
  float *y;       /* where values are written */
  void *codes;    /* any element and any scheme fits */
  uint8_t *scales;
  void *zeros;
} bench_data;

typedef struct bench_job {
  char name[64];
  size_t bytes;      /* read and written by one repetition */
  lowp_status (*run)(struct bench_job *job, bench_data *data);
  int id;            /* element or scheme */
  lowp_qtensor q;    /* of schemes: bound to the planes of the data */
  double *seconds;   /* one of each repetition */
} bench_job;

/*
 * The jobs whose name contains one of the filters (all without filters); "copy" always comes first. NULL if memory runs
 * out.
 */
bench_job *bench_jobs(const bench_data *data, const char *const *filters, size_t filter_count, size_t *count);

/* Makes the codes that a decoding job reads; to be called before each of its repetitions, untimed. */
lowp_status bench_prepare(bench_job *job, bench_data *data);

/* Buffers and values, n rounded down to whole rows of BENCH_COLS; n > 0. False if memory runs out. */
bool bench_data_create(bench_data *data, size_t n);
void bench_data_destroy(bench_data *data);

#endif
