/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.c: every element encoded and decoded, every scheme quantized and dequantized, through the public calls. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "bench/bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lowp_status copy(bench_job *job, bench_data *data) {
  (void)job;
  memcpy(data->y, data->x, data->n * sizeof *data->x);
  return LOWP_OK;
}

static lowp_status encode(bench_job *job, bench_data *data) {
  return lowp_element_encode_n((lowp_element)job->id, NULL, 0, 0, data->n, data->x, data->codes);
}

static lowp_status decode(bench_job *job, bench_data *data) {
  return lowp_element_decode_n((lowp_element)job->id, data->n, data->codes, data->y);
}

static lowp_status quantize(bench_job *job, bench_data *data) {
  lowp_view x = lowp_view_of(LOWP_F32, data->rows, data->cols, data->x);
  return lowp_quantize(NULL, &x, &job->q, NULL);
}

static lowp_status dequantize(bench_job *job, bench_data *data) {
  lowp_view y = lowp_view_of(LOWP_F32, data->rows, data->cols, data->y);
  return lowp_dequantize(&job->q, &y, NULL);
}

/* Decoding starts from codes of the same values, since special codes may take other paths than ordinary ones. */
lowp_status bench_prepare(bench_job *job, bench_data *data) {
  if (job->run == decode) return encode(job, data);
  if (job->run == dequantize) return quantize(job, data);
  return LOWP_OK;
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
    job->bytes = data->n * sizeof(float) + planes.codes_bytes + planes.scales_bytes;
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
  *data = (bench_data){.n = n, .rows = rows, .cols = cols};
  data->x = malloc(n * sizeof *data->x);
  data->y = malloc(n * sizeof *data->y);
  /* Rows are padded by less than 128 columns; a code takes at most 2 bytes, scales 1 of 16 values or 4 of a row. */
  data->codes = calloc(n + 128 * rows, 2);
  data->scales = calloc(n + 128 * rows, 1);
  data->zeros = calloc(rows, 4);
  if (!data->x || !data->y || !data->codes || !data->scales || !data->zeros) return false;
  for (size_t i = 0; i < n; i++) data->x[i] = normal(i);
  memset(data->y, 0, n * sizeof *data->y);
  return true;
}

void bench_data_destroy(bench_data *data) {
  free(data->x);
  free(data->y);
  free(data->codes);
  free(data->scales);
  free(data->zeros);
}
