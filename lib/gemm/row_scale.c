/* SPDX-License-Identifier: Apache-2.0 */
/*
 * row_scale.c: the scale of the one row of a tensor, for schemes whose scale belongs to the tensor: what lib/quant chooses for a
 * matrix of one row, without its memory.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"
#include "kernels/generic/scaled.h"

typedef double error_fn(const lowpk_job *, const lowpk_scaled *, const float *);

/* The error of the row, one function for each scheme of the family. */
#define ROW_SCALED(ID, element, zero) \
  static double error_##ID(const lowpk_job *job, const lowpk_scaled *s, const float *x) { \
    return lowpk_scaled_error(LOWP_##element, LOWP_ZERO_##zero, job, s, 0, 0, job->cols_padded, x); \
  }
#define ROW_MX(ID, element, zero)
#define ROW_NVFP4(ID, element, zero)
#define ROW_HIF4(ID, element, zero)
#define ROW_CAST(ID, element, zero)
#define LOWP_SCHEME(ID, name, family, element, rows, cols, scale, bytes, ts, zero, text) ROW_##family(ID, element, zero)
#include <lowp/scheme.def>
#undef LOWP_SCHEME
#undef ROW_SCALED

static error_fn *const error_of[LOWP_SCHEME_COUNT] = {
#define ROW_SCALED(ID, element, zero) [LOWP_SCHEME_##ID] = error_##ID,
#define LOWP_SCHEME(ID, name, family, element, rows, cols, scale, bytes, ts, zero, text) ROW_##family(ID, element, zero)
#include <lowp/scheme.def>
#undef LOWP_SCHEME
};

typedef struct search {
  const lowpk_job *job;
  const float *x;
  lowpk_scaled base;
} search;

static double trial(const void *context, int candidate) {
  const search *s = context;
  lowpk_scaled scale = lowpk_scaled_candidate(s->job, s->base, candidate);
  return error_of[s->job->scheme->id](s->job, &scale, s->x);
}

void lowpi_row_scale(const lowpk_job *job, const float *x, uint8_t *scale, void *zero) {
  const lowp_quant_opts *o = job->opts;
  lowpk_stats stats = {0};
  lowpk_stats_add(&stats, job->cols_padded, x);
  const bool poisoned = stats.nonfinite && lowpk_scale_takes_nan(job->scheme);
  if (o->tensor_scale_from == LOWP_TENSOR_SCALE_AMAX)
    stats.amax = stats.max = stats.extreme = o->tensor_amax, stats.min = -o->tensor_amax;
  search s = {job, x, lowpk_scaled_measured(job, &stats)};
  if (o->tensor_scale_from == LOWP_TENSOR_SCALE_GIVEN && !poisoned)
    s.base = (lowpk_scaled){.scale = o->tensor_scale, .zero = o->tensor_zero};
  else if (o->scale_rule == LOWP_SCALE_MSE && o->tensor_scale_from != LOWP_TENSOR_SCALE_GIVEN &&
           lowpk_is_finite(s.base.scale))
    s.base = lowpk_scaled_candidate(job, s.base, lowpk_search(LOWPK_SCALED_CANDIDATES, trial, &s));
  memcpy(scale, &s.base.scale, sizeof s.base.scale);
  if (job->scheme->zero == LOWP_ZERO_I32) memcpy(zero, &s.base.zero, sizeof s.base.zero);
  if (job->scheme->zero == LOWP_ZERO_F32) memcpy(zero, &s.base.offset, sizeof s.base.offset);
}

/* NVFP4's scale of the tensor, both directions, and the amax that belongs to it. */
void lowpi_row_tensor_scale(lowpk_job *job, float measured) {
  const lowp_quant_opts *o = job->opts;
  job->tensor_scale = o->tensor_scale;
  job->tensor_scale_inv = 1.0f / o->tensor_scale;
  job->tensor_amax = 0;
  if (o->tensor_scale_from == LOWP_TENSOR_SCALE_GIVEN) return;
  job->tensor_amax = o->tensor_scale_from == LOWP_TENSOR_SCALE_AMAX ? o->tensor_amax : measured;
  lowpi_nvfp4_tensor_scale(o, job->tensor_amax, &job->tensor_scale, &job->tensor_scale_inv);
}
