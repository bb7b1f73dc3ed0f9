/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scales.c: scales that span rows: 128x128 blocks and whole tensors. One pass over the rows of a block measures, and
 * under the MSE rule a second one adds up the error of every candidate; the arithmetic is that of the row kernel.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/quant_internal.h"
#include "kernels/generic/scaled.h"
#include <stdlib.h>

typedef double error_fn(const lowpk_job *, const lowpk_scaled *, size_t row, size_t col, size_t n, const float *);

/* The error of a run of elements, one function for each scheme of the family. */
#define EACH_SCALED(ID, element, scale, cols, zero) \
  static double error_##ID(const lowpk_job *job, const lowpk_scaled *s, size_t row, size_t col, size_t n, \
                           const float *x) { \
    return lowpk_scaled_error(LOWP_##element, LOWP_ZERO_##zero, job, s, row, col, n, x); \
  }
#include "kernels/generic/each_scheme.h"

static error_fn *const error_of[LOWP_SCHEME_COUNT] = {
#define EACH_SCALED(ID, ...) [LOWP_SCHEME_##ID] = error_##ID,
#include "kernels/generic/each_scheme.h"
};

/* The range of finite values, in lanes, so that the compiler makes vectors of them. */
static void add_range(lowpk_stats *s, size_t n, const float *x) {
  enum { LANES = 16 };
  float min[LANES], max[LANES];
  for (int j = 0; j < LANES; j++) min[j] = s->any ? s->min : x[0], max[j] = s->any ? s->max : x[0];
  size_t i = 0;
  for (; n - i >= LANES; i += LANES)
    for (int j = 0; j < LANES; j++) {
      min[j] = x[i + j] < min[j] ? x[i + j] : min[j];
      max[j] = x[i + j] > max[j] ? x[i + j] : max[j];
    }
  for (; i < n; i++) {
    min[0] = x[i] < min[0] ? x[i] : min[0];
    max[0] = x[i] > max[0] ? x[i] : max[0];
  }
  s->min = min[0], s->max = max[0];
  for (int j = 1; j < LANES; j++) {
    if (min[j] < s->min) s->min = min[j];
    if (max[j] > s->max) s->max = max[j];
  }
}

/* What is known of one block of the current row of blocks. */
typedef struct column {
  lowpk_stats stats;
  lowpk_scaled scale;
  double error[LOWPK_SCALED_CANDIDATES];
} column;

typedef struct pass {
  const lowpk_job *job;
  const lowp_view *x;
  float *scratch; /* cols_padded */
  const float *row;
  column *columns;
  size_t count, width;
} pass;

/*
 * What lowpk_stats_add measures of finite values, as far as it is asked for: only zero points need the range, and only
 * INT4, whose scales never span rows, needs the sign of the extreme value.
 */
static void measure(pass *p, size_t r, column *c, size_t col) {
  const float *x = p->row + col;
  const uint32_t most = lowpk_ops_get()->amax(p->width, x);
  lowpk_stats *s = &c->stats;
  (void)r;
  if (most >= LOWPK_F32_INF) {
    lowpk_stats_add(s, p->width, x);
    return;
  }
  const float amax = lowp_f32_from_bits(most);
  if (amax > s->amax) s->amax = s->extreme = amax;
  if (p->job->scheme->zero != LOWP_ZERO_NONE) add_range(s, p->width, x);
  s->any = 1;
}

static void try_candidates(pass *p, size_t r, column *c, size_t col) {
  for (int i = 0; i < LOWPK_SCALED_CANDIDATES; i++) {
    lowpk_scaled s = lowpk_scaled_candidate(p->job, c->scale, i);
    c->error[i] += error_of[p->job->scheme->id](p->job, &s, r, col, p->width, p->row + col);
  }
}

static lowp_status over_rows(pass *p, size_t row0, size_t row1, void (*each)(pass *, size_t, column *, size_t),
                             lowp_error *error) {
  lowp_status status = LOWP_OK;
  for (size_t r = row0; r < row1 && status == LOWP_OK; r++) {
    p->row = lowpi_load_part(p->x, r, 0, p->job->cols_padded, p->job->opts->nan_policy, p->scratch, &status, error);
    for (size_t k = 0; k < p->count && status == LOWP_OK; k++) each(p, r, &p->columns[k], k * p->width);
  }
  return status;
}

static double error_at(const void *column_, int candidate) { return ((const column *)column_)->error[candidate]; }

/* The options' own tensor scale or amax in place of what was measured; a tensor that must become NaN stays measured. */
static lowpk_scaled chosen(const lowpk_job *job, const lowpk_stats *measured) {
  const lowp_quant_opts *o = job->opts;
  lowpk_stats stats = *measured;
  bool poisoned = stats.nonfinite && lowpk_scale_takes_nan(job->scheme);
  if (o->tensor_scale_from == LOWP_TENSOR_SCALE_GIVEN && !poisoned)
    return (lowpk_scaled){.scale = o->tensor_scale, .factor = o->tensor_scale, .zero = o->tensor_zero};
  if (o->tensor_scale_from == LOWP_TENSOR_SCALE_AMAX)
    stats.amax = stats.max = stats.extreme = o->tensor_amax, stats.min = -o->tensor_amax;
  return lowpk_scaled_measured(job, &stats);
}

/* A zero point is only defined for a whole row of blocks: schemes that have one have one column. */
static void store(const lowpk_job *job, const lowpk_scaled *s, uint8_t *scale, void *zero) {
  memcpy(scale, &s->scale, sizeof s->scale);
  if (job->scheme->zero == LOWP_ZERO_I32) memcpy(zero, &s->zero, sizeof s->zero);
  if (job->scheme->zero == LOWP_ZERO_F32) memcpy(zero, &s->offset, sizeof s->offset);
}

static bool searches(const lowp_quant_opts *o) {
  return o->scale_rule == LOWP_SCALE_MSE && o->tensor_scale_from != LOWP_TENSOR_SCALE_GIVEN;
}

static lowp_status choose_block_row(pass *p, size_t row0, size_t row1, uint8_t *scales, void *zero, lowp_error *error) {
  const lowp_quant_opts *o = p->job->opts;
  memset(p->columns, 0, p->count * sizeof *p->columns);
  lowp_status status = LOWP_OK;
  /*
   * without a NaN among the elements all are looked through in any case: one value that is not finite is in the scale
   */
  if (o->tensor_scale_from == LOWP_TENSOR_SCALE_MEASURE || lowpk_scale_takes_nan(p->job->scheme))
    status = over_rows(p, row0, row1, measure, error);
  for (size_t k = 0; k < p->count; k++) p->columns[k].scale = chosen(p->job, &p->columns[k].stats);
  const bool search = searches(o);
  if (search && status == LOWP_OK) status = over_rows(p, row0, row1, try_candidates, error);
  if (status != LOWP_OK) return status;
  for (size_t k = 0; k < p->count; k++) {
    column *c = &p->columns[k];
    if (search && lowpk_is_finite(c->scale.scale))
      c->scale = lowpk_scaled_candidate(p->job, c->scale, lowpk_search(LOWPK_SCALED_CANDIDATES, error_at, c));
    store(p->job, &c->scale, scales + k * sizeof c->scale.scale, zero);
  }
  return LOWP_OK;
}

lowp_status lowpi_choose_scales(const lowpk_job *job, const lowp_view *x, lowp_qtensor *q, size_t row0, size_t row1,
                                lowp_error *error) {
  if (q->rows == 0 || q->cols == 0) return LOWP_OK;
  size_t width = job->scheme->block_cols ? job->scheme->block_cols : job->cols_padded;
  size_t height = job->scheme->block_rows ? job->scheme->block_rows : q->rows;
  pass p = {.job = job, .x = x, .count = job->cols_padded / width, .width = width};
  size_t row_bytes, column_bytes;
  if (!lowpi_mul(job->cols_padded, sizeof *p.scratch, &row_bytes) ||
      !lowpi_mul(p.count, sizeof *p.columns, &column_bytes))
    return lowpi_fail(error, LOWP_E_SHAPE, "%zu columns", q->cols);
  p.scratch = malloc(row_bytes);
  p.columns = malloc(column_bytes);
  lowp_status status = LOWP_OK;
  if (!p.scratch || !p.columns) status = lowpi_fail(error, LOWP_E_NOMEM, "no memory for a row of %zu columns", q->cols);
  for (size_t r = row0; r < row1 && status == LOWP_OK; r += height) {
    size_t end = q->rows - r < height ? q->rows : r + height;
    status = choose_block_row(&p, r, end, lowpi_scales_at(q, job->scheme, r), lowpi_zero_at(q, job->scheme, r), error);
  }
  free(p.scratch);
  free(p.columns);
  return status;
}

/* --- one row ------------------------------------------------------------------------------------------------------ */

typedef struct one_row {
  const lowpk_job *job;
  const float *x;
  lowpk_scaled base;
} one_row;

static double row_error(const void *context, int candidate) {
  const one_row *r = context;
  const lowpk_scaled s = lowpk_scaled_candidate(r->job, r->base, candidate);
  return error_of[r->job->scheme->id](r->job, &s, 0, 0, r->job->cols_padded, r->x);
}

void lowpi_choose_row_scale(const lowpk_job *job, const float *x, uint8_t *scale, void *zero) {
  lowpk_stats stats = {0};
  lowpk_stats_add(&stats, job->cols_padded, x);
  one_row r = {job, x, chosen(job, &stats)};
  if (searches(job->opts) && lowpk_is_finite(r.base.scale))
    r.base = lowpk_scaled_candidate(job, r.base, lowpk_search(LOWPK_SCALED_CANDIDATES, row_error, &r));
  store(job, &r.base, scale, zero);
}
