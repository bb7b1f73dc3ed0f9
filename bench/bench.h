/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench.h: what lowp-bench measures. A job is a call that can be repeated; the jobs of a run take turns, so that a
 * machine that slows down for a while slows all of them. Each is judged by its median and its fastest repetition,
 * beside the speed of a plain copy of as many bytes in the same turn. This is the codec part; multiplications are in
 * gemm.h.
 */
#ifndef LOWP_BENCH_H
#define LOWP_BENCH_H

#include <lowp/lowp.h>
#include <stdbool.h>

/* The data that all jobs work on: a matrix of n values, and planes large enough for every scheme. */
enum { BENCH_COLS = 4096 };
typedef struct bench_data {
  size_t n, rows, cols;
  size_t threads;
  lowp_element from, to; /* what tensors are quantized from and dequantized to: F32, BF16, FP16 */
  float *x;              /* normal values of variance 1 */
  void *source;          /* the same in type `from`: x itself for F32 */
  void *y;               /* where values are written: room for n floats */
  void *codes;           /* any element and any scheme fits */
  uint8_t *scales;
  void *zeros;
  size_t copied_to; /* where the next copy begins: not in what the last one left in a cache */
  int codes_of;     /* the id of the codes that are there now, negative for a scheme; 0: none */
} bench_data;

typedef struct bench_job {
  char name[64];
  size_t bytes; /* read and written by one repetition */
  lowp_status (*run)(struct bench_job *job, bench_data *data);
  int id;          /* element or scheme */
  const char *isa; /* names for lowp_cpu_limit; NULL: as it is */
  lowp_qtensor q;  /* of schemes: bound to the planes of the data */
  lowp_quant_opts opts;
  double *seconds; /* one of each repetition */
  double *copy;    /* the same of a copy that reads and writes as many bytes, right after it */
} bench_job;

/*
 * The jobs whose name contains one of the filters (all without filters); "copy" always comes first. NULL if memory runs
 * out.
 */
bench_job *bench_jobs(const bench_data *data, const char *const *filters, size_t filter_count, size_t *count);

/* Makes the codes that a decoding job reads; to be called before each of its repetitions, untimed. */
lowp_status bench_prepare(bench_job *job, bench_data *data);

/*
 * Copies bytes / 2 bytes of the data, at most n floats, by as many threads as the jobs have; the next bytes at the next
 * call.
 */
void bench_copy(bench_data *data, size_t bytes);

/*
 * Buffers and values for data->threads, ->from and ->to, n rounded down to whole rows of BENCH_COLS; n > 0. False if
 * memory runs out.
 */
bool bench_data_create(bench_data *data, size_t n);
void bench_data_destroy(bench_data *data);

#endif
