/* SPDX-License-Identifier: Apache-2.0 */
/* quantize_nvfp4.c: rows of NVFP4, block by block, by the rule of opts.compat (nvfp4.h). */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/block.h"
#include "kernels/generic/nvfp4.h"

enum { N = LOWPK_NVFP4_BLOCK, SCALE_NAN = 0x7f, SCALE_MAX = 0x7e };

/* One block under way. */
typedef struct block {
  const lowpk_job *job;
  const lowpk_nvfp4_rule *rule;
  size_t row, col; /* of its first element */
  float x[N];
} block;

/*
 * E2M1 to nearest even: the code is the number of boundaries passed; where the code above is the even one, a tie
 * passes. NaN, which 0 under a scale that over- or underflowed gives, is 0: its sign is not the same on all machines.
 */
static void encode_nearest_even(const float *y, uint8_t *codes) {
  for (int i = 0; i < N; i++) {
    uint32_t bits = lowp_f32_bits(y[i]);
    float a = lowp_f32_from_bits(bits & LOWPK_F32_MAGNITUDE);
    uint32_t code = (uint32_t)(a > 0.25f) + (uint32_t)(a >= 0.75f) + (uint32_t)(a > 1.25f) + (uint32_t)(a >= 1.75f) +
                    (uint32_t)(a > 2.5f) + (uint32_t)(a >= 3.5f) + (uint32_t)(a > 5.0f);
    codes[i] = (uint8_t)(code | (bits >> 31 & (uint32_t)(a == a)) << 3);
  }
}

static void encode_rounded(const block *b, const float *y, uint8_t *codes) {
  lowp_encode_rules rules = lowpk_rules(b->job, LOWP_E2M1);
  for (size_t i = 0; i < N; i++) {
    uint32_t random = lowpk_random(b->job, rules.round, b->row, b->col + i);
    codes[i] = y[i] == y[i] ? (uint8_t)lowp_encode_with(LOWP_E2M1, y[i], rules, random) : 0;
  }
}

/*
 * The code whose decoded value is nearest in f32, the first of equals: ties go toward zero, and -0 is never chosen. As
 * ggml does, with doubled codes and half of the scale.
 */
static void encode_search(const block *b, float d, uint8_t *codes) {
  for (int i = 0; i < N; i++) {
    float a = b->x[i] < 0.0f ? -b->x[i] : b->x[i], best_error = a;
    unsigned best = 0;
    for (unsigned c = 1; c < 8; c++) {
      float e = 2.0f * lowpk_e2m1_values[c] * (0.5f * d) - a;
      if (e < 0.0f) e = -e;
      if (e < best_error) {
        best_error = e;
        best = c;
      }
    }
    codes[i] = (uint8_t)(best && b->x[i] < 0.0f ? best | 8 : best);
  }
}

/* Codes of the block under the scale s. */
static void encode_block(const block *b, float s, uint8_t *codes) {
  const lowpk_nvfp4_rule *rule = b->rule;
  float f = rule->factor(b->job, s), y[N];
  if (rule->op == LOWPK_NVFP4_SEARCH) {
    encode_search(b, f, codes);
    return;
  }
  /* -0 + 0 = +0, everything else stays as it is */
  float input_zero = rule->minus == LOWPK_NVFP4_MINUS_INPUT ? 0.0f : -0.0f;
  float output_zero = rule->minus == LOWPK_NVFP4_MINUS_DROP ? 0.0f : -0.0f;
  if (rule->op == LOWPK_NVFP4_DIVIDE)
    for (int i = 0; i < N; i++) y[i] = (b->x[i] + input_zero) / f + output_zero;
  else
    for (int i = 0; i < N; i++) y[i] = (b->x[i] + input_zero) * f + output_zero;
  if (b->job->opts->round == LOWP_ROUND_RNE)
    encode_nearest_even(y, codes);
  else
    encode_rounded(b, y, codes);
  if (rule->op == LOWPK_NVFP4_MULTIPLY_OPEN && b->job->opts->scale_rule != LOWP_SCALE_MSE)
    for (int i = 0; i < N; i++)
      if (y[i] >= 7.0f || y[i] <= -7.0f) codes[i] = (uint8_t)(LOWPK_NVFP4_OPEN + (y[i] < 0.0f));
}

static uint8_t cast_scale(const lowpk_nvfp4_rule *rule, float base) {
  uint8_t scale = rule->cast(base > rule->smallest ? base : rule->smallest);
  return scale ? scale : rule->underflow;
}

static void four_over_six(const block *b, float amax, uint8_t *scale, uint8_t *codes) {
  float base = b->rule->base_4over6(b->job, amax);
  uint8_t codes4[N], scale6 = cast_scale(b->rule, base), scale4 = cast_scale(b->rule, base * 1.5f);
  float s6 = lowpk_e4m3(scale6), s4 = lowpk_e4m3(scale4);
  encode_block(b, s6, codes);
  encode_block(b, s4, codes4);
  *scale = scale6;
  if (b->rule->error(b->job, s4, b->x, codes4) < b->rule->error(b->job, s6, b->x, codes)) {
    *scale = scale4;
    memcpy(codes, codes4, sizeof codes4);
  }
}

/*
 * Every positive E4M3, of which the first with least error stays. The choice by amax comes first, only to have a bound:
 * no sum of squares is below the square that the largest element adds, which is that of its distance to the nearest
 * value.
 */
static void search_all(const block *b, float amax, uint8_t *scale, uint8_t *codes) {
  uint8_t tried[N], start = cast_scale(b->rule, b->rule->base(b->job, amax));
  *scale = start >= 1 && start <= SCALE_MAX ? start : SCALE_MAX;
  encode_block(b, lowpk_e4m3(*scale), codes);
  double error = lowpk_nvfp4_squares(b->job, lowpk_e4m3(*scale), b->x, codes);
  for (uint8_t candidate = 1; candidate <= SCALE_MAX; candidate++) {
    float s = lowpk_e4m3(candidate), d = s * b->job->tensor_scale;
    double nearest = (double)amax * (double)amax;
    for (int c = 1; c < 8; c++) {
      double e = (double)(lowpk_e2m1_values[c] * d) - (double)amax;
      nearest = e * e < nearest ? e * e : nearest;
    }
    if (nearest > error) continue;
    encode_block(b, s, tried);
    double e = lowpk_nvfp4_squares(b->job, s, b->x, tried);
    if (e < error || (e == error && candidate < *scale)) {
      error = e;
      *scale = candidate;
      memcpy(codes, tried, sizeof tried);
    }
  }
}

static uint8_t quantize_block(const block *b, uint8_t *codes) {
  const lowp_quant_opts *opts = b->job->opts;
  uint32_t amax_bits = 0;
  uint8_t scale;
  for (int i = 0; i < N; i++) {
    uint32_t bits = lowpk_magnitude(b->x[i]);
    amax_bits = bits > amax_bits ? bits : amax_bits;
  }
  memset(codes, 0, N);
  if (amax_bits >= LOWPK_F32_INF) return SCALE_NAN;
  if (b->job->tensor_scale == 0.0f) return 0;
  if (amax_bits == 0) {
    if (b->rule->minus == LOWPK_NVFP4_MINUS_KEEP_ALL)
      for (int i = 0; i < N; i++) codes[i] = (uint8_t)(lowp_f32_bits(b->x[i]) >> 31 << 3);
    return b->rule->zero_block;
  }
  float amax = lowp_f32_from_bits(amax_bits);
  if (opts->scale_rule == LOWP_SCALE_FOUR_OVER_SIX) {
    four_over_six(b, amax, &scale, codes);
  } else if (opts->scale_rule == LOWP_SCALE_MSE) {
    search_all(b, amax, &scale, codes);
  } else {
    scale = cast_scale(b->rule, b->rule->base(b->job, amax));
    encode_block(b, lowpk_e4m3(scale), codes);
  }
  for (int i = 0; i < N; i++)
    if (codes[i] >= LOWPK_NVFP4_OPEN) codes[i] = 8;
  if (scale == SCALE_NAN) memset(codes, 0, N);
  return scale;
}

void lowpk_quantize_nvfp4_generic(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,
                                  void *zero) {
  block b = {.job = job, .rule = lowpk_nvfp4_rule_of(job->opts->compat), .row = row};
  uint8_t unpacked[N];
  (void)zero;
  for (size_t i = 0; i < job->cols_padded; i += N) {
    b.col = i;
    memcpy(b.x, (const char *)x + i * sizeof *x, sizeof b.x);
    scales[i / N] = quantize_block(&b, unpacked);
    for (size_t j = 0; j < N / 2; j++) codes[i / 2 + j] = (uint8_t)(unpacked[2 * j] | unpacked[2 * j + 1] << 4);
  }
}
