/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_scaled.c: a row of a scheme with plain scales; scaled.h has the arithmetic. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/scaled.h"

typedef struct block {
  const lowpk_job *job;
  const float *x;
  size_t n, row, col;
  lowpk_scaled amax_scale;
} block;

static inline lowpk_scaled choose(const block *b, lowpk_trial *trial) {
  lowpk_stats stats = {0};
  block searched = *b;
  lowpk_stats_add(&stats, b->n, b->x);
  lowpk_scaled s = lowpk_scaled_measured(b->job, &stats);
  if (b->job->opts->scale_rule != LOWP_SCALE_MSE || !lowpk_is_finite(s.scale)) return s;
  searched.amax_scale = s;
  return lowpk_scaled_candidate(b->job, s, lowpk_search(LOWPK_SCALED_CANDIDATES, trial, &searched));
}

LOWPK_INLINE void encode_block(lowp_element id, lowp_zero zero, const block *b, const lowpk_scaled *s,
                               lowp_encode_rules rules, uint8_t *codes) {
  const unsigned bits = lowp_element_row_of(id).bits;
  int32_t min_code = lowpk_scaled_min_code(b->job);
  for (size_t i = 0; i < b->n; i++) {
    uint32_t random = lowpk_random(b->job, rules.round, b->row, b->col + i);
    int32_t code = lowpk_scaled_encode(id, zero, b->job, s, min_code, b->x[i], rules, random);
    lowpk_store_code(codes, bits, b->col + i, (uint32_t)code & (((uint32_t)1 << bits) - 1));
  }
}

LOWPK_INLINE void quantize_row(lowp_element id, lowp_zero zero_type, lowpk_trial *trial, const lowpk_job *job,
                               size_t row, const float *x, uint8_t *codes, uint8_t *scales, void *zero) {
  const unsigned bits = lowp_element_row_of(id).bits;
  lowp_encode_rules rules = lowpk_scaled_rules(job, id), nearest = rules;
  nearest.round = LOWP_ROUND_RNE; /* a constant, unlike rules.round */
  block b = {.job = job, .n = job->scheme->block_cols ? job->scheme->block_cols : job->cols_padded, .row = row};
  memset(codes, 0, (job->cols_padded * bits + 7) / 8);
  for (size_t k = 0; k * b.n < job->cols_padded; k++) {
    b.col = k * b.n;
    b.x = x + b.col;
    lowpk_scaled s = job->scales_ready ? lowpk_scaled_ready(job, scales, zero, k) : choose(&b, trial);
    if (!job->scales_ready) lowpk_scaled_store(job, &s, scales, k, zero);
    if (lowpk_magnitude(s.scale) > LOWPK_F32_INF) continue;
    if (rules.round == LOWP_ROUND_RNE)
      encode_block(id, zero_type, &b, &s, nearest, codes);
    else
      encode_block(id, zero_type, &b, &s, rules, codes);
  }
}

/* One trial and one row function for each scheme of the family. */
#define EACH_SCALED(ID, element, scale, cols, zero_type) \
  static double trial_##ID(const void *context, int candidate) { \
    const block *b = context; \
    lowpk_scaled s = lowpk_scaled_candidate(b->job, b->amax_scale, candidate); \
    return lowpk_scaled_error(LOWP_##element, LOWP_ZERO_##zero_type, b->job, &s, b->row, b->col, b->n, b->x); \
  } \
  static void row_##ID(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales, \
                       void *zero) { \
    quantize_row(LOWP_##element, LOWP_ZERO_##zero_type, trial_##ID, job, row, x, codes, scales, zero); \
  }
#include "kernels/generic/each_scheme.h"

static lowpk_quantize_fn *const row_of[LOWP_SCHEME_COUNT] = {
#define EACH_SCALED(ID, ...) [LOWP_SCHEME_##ID] = row_##ID,
#include "kernels/generic/each_scheme.h"
};

void lowpk_quantize_scaled_generic(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,
                                   void *zero) {
  row_of[job->scheme->id](job, row, x, codes, scales, zero);
}
