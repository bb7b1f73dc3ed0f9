/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.c: every element encoded and decoded, every scheme quantized and dequantized, through the public calls. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "bench/bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Does a part of a job: items begin..end-1, whatever an item is. */
typedef lowp_status part_fn(bench_job *job, bench_data *data, size_t begin, size_t end);

/* All of `count` items, an even share for each thread. */
static lowp_status split(part_fn *part, bench_job *job, bench_data *data, size_t count) {
  const size_t threads = data->threads;
  if (threads == 1) return part(job, data, 0, count);
  lowp_status worst = LOWP_OK;
#ifdef _OPENMP
#pragma omp parallel for num_threads((int)threads) schedule(static, 1)
#endif
  for (size_t t = 0; t < threads; t++) {
    lowp_status status = part(job, data, count / threads * t + count % threads * t / threads,
                              count / threads * (t + 1) + count % threads * (t + 1) / threads);
    if (status == LOWP_OK) continue;
#ifdef _OPENMP
#pragma omp critical
#endif
    worst = status;
  }
  return worst;
}

static lowp_status copy_part(bench_job *job, bench_data *data, size_t begin, size_t end) {
  (void)job;
  memcpy((char *)data->y + data->copied_to + begin, (const char *)data->x + data->copied_to + begin, end - begin);
  return LOWP_OK;
}
void bench_copy(bench_data *data, size_t bytes) {
  const size_t most = data->n * sizeof *data->x, half = bytes / 2 < most ? bytes / 2 : most;
  if (most - data->copied_to < half) data->copied_to = 0;
  lowp_status never = split(copy_part, NULL, data, half);
  (void)never;
  data->copied_to += half;
}
static lowp_status copy(bench_job *job, bench_data *data) {
  bench_copy(data, job->bytes);
  return LOWP_OK;
}

static lowp_status encode_part(bench_job *job, bench_data *data, size_t begin, size_t end) {
  const lowp_element id = (lowp_element)job->id;
  char *codes = (char *)data->codes + begin * lowp_element_size(id);
  return lowp_element_encode_n(id, NULL, 0, begin, end - begin, data->x + begin, codes);
}
static lowp_status encode(bench_job *job, bench_data *data) { return split(encode_part, job, data, data->n); }

static lowp_status decode_part(bench_job *job, bench_data *data, size_t begin, size_t end) {
  const lowp_element id = (lowp_element)job->id;
  const char *codes = (const char *)data->codes + begin * lowp_element_size(id);
  return lowp_element_decode_n(id, end - begin, codes, (float *)data->y + begin);
}
static lowp_status decode(bench_job *job, bench_data *data) { return split(decode_part, job, data, data->n); }

/* Rows begin..end-1 of a dense matrix. */
static lowp_view rows_of(const bench_data *data, lowp_element type, const void *matrix, size_t begin, size_t end) {
  const char *first = (const char *)matrix + begin * data->cols * lowp_element_size(type);
  return lowp_view_of(type, end - begin, data->cols, first);
}

static lowp_status quantize_part(bench_job *job, bench_data *data, size_t begin, size_t end) {
  lowp_view x = rows_of(data, data->from, data->source, 0, data->rows);
  return lowp_quantize_rows(&job->opts, &x, &job->q, begin, end, NULL);
}

/* Rows of blocks, each range as a tensor of its own: what a caller with threads does where scales span rows. */
static lowp_status quantize_block_rows(bench_job *job, bench_data *data, size_t begin, size_t end) {
  const size_t height = lowp_scheme_info_of(job->q.scheme)->block_rows;
  const size_t row0 = begin * height, row1 = end * height < data->rows ? end * height : data->rows;
  lowp_view x = rows_of(data, data->from, data->source, row0, row1);
  lowp_qtensor q = job->q;
  q.rows = row1 - row0;
  q.codes += row0 * q.codes_stride;
  q.scales += begin * q.scales_stride;
  return lowp_quantize(&job->opts, &x, &q, NULL);
}

/* The largest magnitude of the tensor, by all threads: lowp_quantize_begin runs on one. */
static lowp_status amax_part(bench_job *job, bench_data *data, size_t begin, size_t end) {
  lowp_view x = rows_of(data, data->from, data->source, 0, data->rows);
  float amax;
  lowp_status status = lowp_measure_amax(&x, begin, end, &amax, NULL);
#ifdef _OPENMP
#pragma omp critical
#endif
  if (status == LOWP_OK && amax > job->opts.tensor_amax) job->opts.tensor_amax = amax;
  return status;
}

static lowp_status quantize(bench_job *job, bench_data *data) {
  const lowp_scheme_info *info = lowp_scheme_info_of(job->q.scheme);
  lowp_status status = LOWP_OK;
  lowp_quant_opts_init(&job->opts, job->q.scheme);
  if (info->block_rows > 1) {
    const size_t block_rows = data->rows / info->block_rows + (data->rows % info->block_rows != 0);
    return split(quantize_block_rows, job, data, block_rows);
  }
  const bool one_scale = info->tensor_scale || (info->family == LOWP_FAMILY_SCALED && info->block_rows == 0);
  if (data->threads > 1 && one_scale && info->zero == LOWP_ZERO_NONE) {
    status = split(amax_part, job, data, data->rows);
    job->opts.tensor_scale_from = LOWP_TENSOR_SCALE_AMAX;
  }
  lowp_view x = rows_of(data, data->from, data->source, 0, data->rows);
  if (status == LOWP_OK) status = lowp_quantize_begin(&job->opts, &x, &job->q, NULL);
  return status == LOWP_OK ? split(quantize_part, job, data, data->rows) : status;
}

static lowp_status dequantize_part(bench_job *job, bench_data *data, size_t begin, size_t end) {
  lowp_view y = rows_of(data, data->to, data->y, begin, end);
  return lowp_dequantize_rows(&job->q, begin, end, &y, NULL);
}
static lowp_status dequantize(bench_job *job, bench_data *data) {
  return split(dequantize_part, job, data, data->rows);
}

/*
 * Decoding starts from codes of the same values, since special codes may take other paths than ordinary ones. They are
 * made once where no other job has written in between.
 */
lowp_status bench_prepare(bench_job *job, bench_data *data) {
  const bool element = job->run == encode || job->run == decode, decodes = job->run == decode || job->run == dequantize;
  const int id = element ? job->id : -job->id;
  lowp_status status = LOWP_OK;
  if (decodes && data->codes_of != id) status = element ? encode(job, data) : quantize(job, data);
  if (job->run != copy) data->codes_of = id;
  return status;
}

typedef struct list {
  bench_job *jobs;
  size_t count;
  const char *const *filters;
  size_t filter_count;
} list;

static bench_job *add(list *l, const char *verb, const char *name, bool always) {
  bench_job *job = &l->jobs[l->count];
  *job = (bench_job){.id = 0};
  snprintf(job->name, sizeof job->name, "%s%s%s", verb, *name ? " " : "", name);
  bool wanted = always || l->filter_count == 0;
  for (size_t i = 0; i < l->filter_count; i++) wanted |= strstr(job->name, l->filters[i]) != NULL;
  if (!wanted) return NULL;
  l->count++;
  return job;
}

static void add_element(list *l, lowp_element id, const bench_data *data) {
  const lowp_element_info *info = lowp_element_info_of(id);
  if (info->row.kind == LOWP_KIND_NATIVE) return;
  lowp_status (*const runs[])(bench_job *, bench_data *) = {encode, decode};
  for (int i = 0; i < 2; i++) {
    bench_job *job = add(l, i ? "decode" : "encode", info->name, false);
    if (!job) continue;
    job->run = runs[i];
    job->id = id;
    job->bytes = data->n * (sizeof(float) + lowp_element_size(id));
  }
}

static void add_scheme(list *l, lowp_scheme id, const bench_data *data) {
  const lowp_scheme_info *info = lowp_scheme_info_of(id);
  lowp_status (*const runs[])(bench_job *, bench_data *) = {quantize, dequantize};
  lowp_planes planes;
  if (lowp_scheme_planes(id, data->rows, data->cols, &planes) != LOWP_OK) return;
  for (int i = 0; i < 2; i++) {
    bench_job *job = add(l, i ? "dequantize" : "quantize", info->name, false);
    if (!job) continue;
    job->run = runs[i];
    job->id = id;
    job->bytes = data->n * lowp_element_size(i ? data->to : data->from) + planes.codes_bytes + planes.scales_bytes;
    if (lowp_qtensor_bind(&job->q, id, data->rows, data->cols, data->codes, data->scales, data->zeros) != LOWP_OK)
      l->count--;
  }
}

bench_job *bench_jobs(const bench_data *data, const char *const *filters, size_t filter_count, size_t *count) {
  list l = {calloc(2 * (LOWP_ELEMENT_COUNT + LOWP_SCHEME_COUNT) + 1, sizeof *l.jobs), 0, filters, filter_count};
  if (!l.jobs) return NULL;
  bench_job *first = add(&l, "copy", "", true);
  first->run = copy;
  first->bytes = 2 * data->n * sizeof(float);
  for (int id = LOWP_ELEMENT_NONE + 1; id < LOWP_ELEMENT_COUNT; id++) add_element(&l, (lowp_element)id, data);
  for (int id = LOWP_SCHEME_NONE + 1; id < LOWP_SCHEME_COUNT; id++) add_scheme(&l, (lowp_scheme)id, data);
  *count = l.count;
  return l.jobs;
}

/* A sum of four uniforms of variance 1/12 each, scaled to variance 1: near enough to a normal law for a benchmark. */
static float normal(uint64_t i) {
  uint64_t word = lowp_philox(1, i);
  float sum = 0;
  for (int k = 0; k < 4; k++) sum += (float)(word >> 16 * k & 0xffff) * 0x1p-16f - 0.5f;
  return sum * 1.7320508f;
}

bool bench_data_create(bench_data *data, size_t n) {
  size_t cols = n < BENCH_COLS ? n : BENCH_COLS, rows = n / cols;
  n = rows * cols;
  data->n = n, data->rows = rows, data->cols = cols;
  data->x = malloc(n * sizeof *data->x);
  data->y = malloc(n * sizeof *data->x);
  data->source = data->from == LOWP_F32 ? data->x : malloc(n * lowp_element_size(data->from));
  /* Rows are padded by less than 128 columns; a code takes at most 2 bytes, scales 1 of 16 values or 4 of a row. */
  data->codes = calloc(n + 128 * rows, 2);
  data->scales = calloc(n + 128 * rows, 1);
  data->zeros = calloc(rows, 4);
  if (!data->x || !data->y || !data->source || !data->codes || !data->scales || !data->zeros) return false;
  for (size_t i = 0; i < n; i++) data->x[i] = normal(i);
  memset(data->y, 0, n * sizeof *data->x);
  return data->from == LOWP_F32 || lowp_element_encode_n(data->from, NULL, 0, 0, n, data->x, data->source) == LOWP_OK;
}

void bench_data_destroy(bench_data *data) {
  if (data->source != data->x) free(data->source);
  free(data->x);
  free(data->y);
  free(data->codes);
  free(data->scales);
  free(data->zeros);
}
