/* SPDX-License-Identifier: Apache-2.0 */
/* outlier_plan.c: what the whole tensor has to tell before its rows are measured. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "lib/analysis/outlier_internal.h"

#include <lowp/analysis.h>
#include <stdlib.h>

typedef struct row_reader {
  const lowp_outlier_plan *plan;
  float *scratch; /* cols */
} row_reader;

static const float *read_row(const row_reader *in, size_t r, lowp_status *status, lowp_error *error) {
  return lowpi_load_part(&in->plan->x, r, 0, in->plan->x.cols, in->plan->quant.nan_policy, in->scratch, status, error);
}

/* Root mean square of the finite elements, by partial sums over lowp_error_chunk_rows-like chunks of rows. */
static lowp_status measure_rms(lowp_outlier_plan *p, const row_reader *in, lowp_error *error) {
  double sum = 0, part = 0;
  uint64_t count = 0;
  lowp_status status = LOWP_OK;
  for (size_t r = 0; r < p->x.rows; r++) {
    const float *x = read_row(in, r, &status, error);
    if (status != LOWP_OK) return status;
    for (size_t c = 0; c < p->x.cols; c++) {
      double v = (double)x[c];
      if (!isfinite(v)) continue;
      part += v * v;
      count++;
    }
    if ((r + 1) % p->chunk == 0 || r + 1 == p->x.rows) {
      sum += part;
      part = 0;
    }
  }
  p->rms_limit = count != 0 ? p->opts.threshold * sqrt(sum / (double)count) : 0;
  return LOWP_OK;
}

/* Per-tensor schemes: is there an outlier, and where is amax. Leaves has_outlier false if something is not finite. */
static lowp_status find_tensor_outlier(lowp_outlier_plan *p, const row_reader *in, lowp_error *error) {
  lowp_status status = LOWP_OK;
  uint64_t far_below = 0;
  for (size_t r = 0; r < p->x.rows; r++) {
    const float *x = read_row(in, r, &status, error);
    if (status != LOWP_OK) return status;
    uint32_t bits = lowpk_ops_get()->amax(p->x.cols, x);
    if (bits >= 0x7f800000u || bits <= lowp_f32_bits(p->amax)) continue;
    p->amax = lowp_f32_from_bits(bits);
    p->amax_row = r;
    p->amax_col = lowpi_find_magnitude(x, p->amax);
  }
  if (p->opts.rule == LOWP_OUTLIER_MEDIAN && p->amax > 0) {
    uint32_t limit = lowpi_far_below(p->opts.threshold, p->amax);
    for (size_t r = 0; r < p->x.rows; r++) {
      const float *x = read_row(in, r, &status, error);
      if (status != LOWP_OK) return status;
      far_below += lowpi_count_below(p->x.cols, x, limit);
    }
    p->has_outlier = lowpi_beyond_median(far_below, (uint64_t)p->x.rows * p->x.cols);
  } else {
    p->has_outlier = p->opts.rule == LOWP_OUTLIER_ARGMAX ? p->amax > 0 : (double)p->amax > p->rms_limit;
  }
  return LOWP_OK;
}

/* The tensor with its outliers set to zero. */
static lowp_status without_outliers(const lowp_outlier_plan *p, const row_reader *in, float *copy, lowp_error *error) {
  lowp_status status = LOWP_OK;
  for (size_t r = 0; r < p->x.rows && status == LOWP_OK; r++) {
    const float *x = read_row(in, r, &status, error);
    float *to = copy + r * p->x.cols;
    if (status != LOWP_OK) break;
    for (size_t c = 0; c < p->x.cols; c++)
      to[c] = p->opts.rule == LOWP_OUTLIER_RMS && fabs((double)x[c]) > p->rms_limit ? 0 : x[c];
    if (p->opts.rule != LOWP_OUTLIER_RMS && r == p->amax_row) to[p->amax_col] = 0;
  }
  return status;
}

static lowp_status choose_side(const lowp_outlier_plan *p, const lowp_view *x, lowpi_outlier_side *side,
                               lowp_error *error) {
  lowp_qtensor q = {.struct_size = sizeof q,
                    .scheme = p->scheme->id,
                    .rows = p->x.rows,
                    .cols = p->x.cols,
                    .scales = (uint8_t *)&side->scale,
                    .scales_stride = sizeof side->scale,
                    .zeros = p->scheme->zero == LOWP_ZERO_NONE ? NULL : (void *)&side->zero,
                    .tensor_scale = 1,
                    .tensor_scale_inv = 1};
  lowpk_job job = lowpi_job_of(&p->quant, &q);
  return lowpi_choose_scales(&job, x, &q, 0, q.rows, error);
}

static lowp_status choose_tensor_scales(lowp_outlier_plan *p, const row_reader *in, lowp_error *error) {
  lowp_status status = choose_side(p, &p->x, &p->side[0], error);
  if (status != LOWP_OK || !p->has_outlier) return status;
  size_t bytes;
  if (!lowpi_mul(p->x.rows, p->x.cols, &bytes) || !lowpi_mul(bytes, sizeof(float), &bytes))
    return lowpi_fail(error, LOWP_E_SHAPE, "%zu x %zu", p->x.rows, p->x.cols);
  float *copy = malloc(bytes);
  if (copy == NULL) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for a copy of %zu bytes", bytes);
  status = without_outliers(p, in, copy, error);
  if (status == LOWP_OK) {
    lowp_view view = lowp_view_of(LOWP_F32, p->x.rows, p->x.cols, copy);
    status = choose_side(p, &view, &p->side[1], error);
  }
  free(copy);
  return status;
}

static lowp_status look_through(lowp_outlier_plan *p, lowp_error *error) {
  size_t bytes;
  if (!lowpi_mul(p->x.cols, sizeof(float), &bytes)) return lowpi_fail(error, LOWP_E_SHAPE, "%zu columns", p->x.cols);
  row_reader in = {p, malloc(bytes + sizeof(float))};
  if (in.scratch == NULL) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for a row of %zu columns", p->x.cols);
  lowp_status status = LOWP_OK;
  if (p->opts.rule == LOWP_OUTLIER_RMS) status = measure_rms(p, &in, error);
  if (status == LOWP_OK && p->whole) status = find_tensor_outlier(p, &in, error);
  if (status == LOWP_OK && p->whole && lowpi_scales_first(p->scheme)) status = choose_tensor_scales(p, &in, error);
  free(in.scratch);
  if (status != LOWP_OK) return status;
  lowp_qtensor q = {.struct_size = sizeof q, .scheme = p->scheme->id, .rows = p->x.rows, .cols = p->x.cols};
  status = lowpi_choose_tensor_scale(&p->quant, &p->x, &q, error);
  p->tensor_scale = q.tensor_scale;
  p->tensor_scale_inv = q.tensor_scale_inv;
  p->tensor_amax = q.tensor_amax;
  return status;
}

static lowp_status check_opts(const lowp_outlier_opts *opts, lowp_outlier_opts *out, lowp_error *error) {
  if (opts == NULL)
    lowp_outlier_opts_init(out);
  else
    *out = *opts;
  if (out->struct_size != sizeof *out || (unsigned)out->rule > LOWP_OUTLIER_ARGMAX)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "outlier options are not initialised, or their rule is unknown");
  if (!isfinite(out->threshold) || out->threshold < 0)
    return lowpi_fail(error, LOWP_E_RANGE, "the outlier threshold must be finite and not negative");
  if (out->threshold == 0) out->threshold = out->rule == LOWP_OUTLIER_RMS ? 6 : 8;
  return LOWP_OK;
}

lowp_status lowp_outlier_plan_create(lowp_outlier_plan **out, lowp_scheme scheme, const lowp_quant_opts *quant,
                                     const lowp_outlier_opts *opts, const lowp_view *x, lowp_error *error) {
  lowp_outlier_plan p = {.scheme = lowp_scheme_info_of(scheme)};
  if (out == NULL || x == NULL || p.scheme == NULL)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "NULL, or unknown scheme %d", (int)scheme);
  lowp_status status = lowp_view_check(x);
  if (status != LOWP_OK) return lowpi_fail(error, status, "the input is not a readable matrix");
  status = check_opts(opts, &p.opts, error);
  if (status == LOWP_OK) status = lowpi_quant_opts_resolve(quant, scheme, &p.quant, error);
  if (status != LOWP_OK) return status;
  status = lowp_scheme_planes(scheme, x->rows, x->cols, &p.planes);
  if (status != LOWP_OK) return lowpi_fail(error, status, "%zu x %zu", x->rows, x->cols);
  p.x = *x;
  p.whole = p.scheme->block_rows == 0;
  p.band = p.whole ? 1 : p.scheme->block_rows;
  p.chunk = lowpi_ceil_div(lowp_error_chunk_rows(x->cols), p.band) * p.band;
  if (x->rows != 0 && x->cols != 0) status = look_through(&p, error);
  if (status != LOWP_OK) return status;
  lowp_outlier_plan *plan = malloc(sizeof *plan);
  if (plan == NULL) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for a plan");
  *plan = p;
  *out = plan;
  return LOWP_OK;
}

void lowp_outlier_plan_destroy(lowp_outlier_plan *plan) { free(plan); }

size_t lowp_outlier_chunk_rows(const lowp_outlier_plan *plan) { return plan->chunk; }
