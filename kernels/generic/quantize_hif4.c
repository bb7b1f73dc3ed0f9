/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantize_hif4.c: rows of HiFloat4, 64 elements at a time.
 *
 *   c = bf16(1/7)   E6M2 = code of bf16(max |x| * c)   R = bf16(1 / E6M2)
 *   e8[i] = max |x| over 8 * R >= 4      e16[j] = max |x| over 4 * R * 2^-e8 >= 2      y = |x| * R * 2^-(e8 + e16)
 *
 * Its implementations differ in the precision of these products (rule below) and in how y is rounded (opts.round).
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/block.h"
#include "kernels/generic/hif4.h"

#include <math.h>

enum { N = LOWPK_HIF4_GROUP, E6M2_MAX = 0xfe, SEARCH_STEPS = 3 };

typedef enum precision { EXACT, F32, BF16 } precision;

typedef struct rule {
  uint8_t input_bf16; /* 1: x is rounded to bf16 before anything else */
  uint8_t max;        /* precision of max |x| * c before its rounding to bf16 */
  uint8_t threshold;  /* of the products compared with 4 and 2 */
  uint8_t y;          /* of y before it becomes a code */
  uint8_t nan_keeps;  /* 1: a group with NaN or Inf keeps the codes and bits it would have with zeros there */
} rule;

/* To bf16, nearest even, of a value whose exponent bf16 has: f64 has 45 bits more behind the point, f32 sixteen. */
LOWPK_INLINE double f64_to_bf16(double v) {
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  bits += ((uint64_t)1 << 44) - 1 + (bits >> 45 & 1);
  bits &= ~(((uint64_t)1 << 45) - 1);
  memcpy(&v, &bits, sizeof v);
  return v;
}

/* a * b; f64 holds it exactly, b having eight significant bits. */
LOWPK_INLINE double product(float a, float b, uint8_t p) {
  return p == EXACT ? (double)a * (double)b : p == F32 ? a * b : lowpk_f32_to_bf16(a * b);
}

/* One group under way. */
typedef struct group {
  const lowpk_job *job;
  size_t row, col;  /* of the first element */
  float x[N], a[N]; /* the elements and their magnitudes */
  float max4[16], max8[8];
} group;

LOWPK_INLINE uint32_t code_of(const group *g, rule r, int i, float f) {
  lowp_round round = g->job->opts->round;
  if (round == LOWP_ROUND_HALF_AWAY || round == LOWP_ROUND_RNE) {
    uint32_t q;
    if (r.y == EXACT) { /* as lowpk_hif4_nearest, in f64 */
      double t = product(g->a[i], f, EXACT) * 4.0 + 0.5;
      q = t < 7.5 ? (uint32_t)t : 7;
      if (round == LOWP_ROUND_RNE) q -= (uint32_t)((double)q == t) & q;
    } else {
      q = lowpk_hif4_nearest((float)product(g->a[i], f, r.y), round == LOWP_ROUND_HALF_AWAY);
    }
    return q | (g->x[i] < 0.0f ? 8u : 0u);
  }
  lowp_encode_rules rules = lowpk_rules(g->job, LOWP_S1P2);
  uint32_t random = lowpk_random(g->job, rules.round, g->row, g->col + (size_t)i);
  float y = (float)product(g->a[i], f, r.y);
  return lowp_encode_with(LOWP_S1P2, g->x[i] < 0.0f ? -y : y, rules, random);
}

/* The word and the codes that go with a level-1 scale. */
LOWPK_INLINE uint32_t encode_group(const group *g, rule r, uint32_t e6m2, uint8_t *codes) {
  uint32_t word = e6m2;
  float rec = lowpk_hif4_reciprocal(e6m2);
  for (int i = 0; i < 8; i++) word |= (uint32_t)(product(g->max8[i], rec, r.threshold) >= 4.0) << (8 + i);
  for (int j = 0; j < 16; j++) {
    uint32_t e8 = word >> (8 + j / 2) & 1;
    word |= (uint32_t)(product(g->max4[j], rec, r.threshold) >= (e8 ? 4.0 : 2.0)) << (16 + j);
    float f = rec / (float)(1u << lowpk_hif4_exponent(word, j));
    for (int i = 4 * j; i < 4 * j + 4; i++) codes[i] = (uint8_t)code_of(g, r, i, f);
  }
  return word;
}

static double error_of(const group *g, uint32_t word, const uint8_t *codes) {
  double scale = lowp_decode(LOWP_E6M2, word & 0xff), sum = 0;
  for (int i = 0; i < N; i++) {
    double v = scale * (double)(1u << lowpk_hif4_exponent(word, i / 4)) * (codes[i] & 7) * 0.25;
    double e = (codes[i] & 8 ? -v : v) - (double)g->x[i];
    sum += e * e;
  }
  return sum;
}

LOWPK_INLINE uint32_t quantize_group(group *g, rule r, uint8_t *codes) {
  uint32_t nonfinite = 0;
  for (int i = 0; i < N; i++) {
    uint32_t bits = lowpk_magnitude(g->x[i]);
    if (r.input_bf16 && bits < LOWPK_F32_INF) {
      g->x[i] = lowpk_f32_to_bf16(g->x[i]);
      bits = lowpk_magnitude(g->x[i]);
    }
    if (bits >= LOWPK_F32_INF) {
      nonfinite = 1;
      if (r.nan_keeps) g->x[i] = 0.0f, bits = 0;
    }
    g->a[i] = lowp_f32_from_bits(bits);
  }
  if (nonfinite && !r.nan_keeps) {
    memset(codes, 0, N);
    return LOWPK_HIF4_NAN;
  }
  for (int j = 0; j < 16; j++) {
    g->max4[j] = 0.0f;
    for (int i = 4 * j; i < 4 * j + 4; i++) g->max4[j] = g->a[i] > g->max4[j] ? g->a[i] : g->max4[j];
  }
  float amax = 0.0f;
  for (int i = 0; i < 8; i++) {
    g->max8[i] = g->max4[2 * i] > g->max4[2 * i + 1] ? g->max4[2 * i] : g->max4[2 * i + 1];
    amax = g->max8[i] > amax ? g->max8[i] : amax;
  }
  uint32_t e6m2 = lowp_encode(LOWP_E6M2, (float)f64_to_bf16(product(amax, 0.142578125f, r.max))), word;
  if (g->job->opts->scale_rule == LOWP_SCALE_MSE) {
    /* the neighbours in ascending order; the first of those with least error stays */
    double best = INFINITY;
    uint32_t first = e6m2 > SEARCH_STEPS ? e6m2 - SEARCH_STEPS : 0;
    uint32_t last = e6m2 + SEARCH_STEPS < E6M2_MAX ? e6m2 + SEARCH_STEPS : E6M2_MAX;
    word = 0;
    for (uint32_t c = first; c <= last; c++) {
      uint8_t tried[N];
      uint32_t w = encode_group(g, r, c, tried);
      double e = error_of(g, w, tried);
      if (!(e < best)) continue;
      best = e;
      word = w;
      memcpy(codes, tried, N);
    }
  } else {
    word = encode_group(g, r, e6m2, codes);
  }
  return nonfinite ? word | LOWPK_HIF4_NAN : word;
}

/* One function per implementation, so that its rule is a constant. */
#define GROUP_RULE(name, ...) \
  static uint32_t group_##name(group *g, uint8_t *codes) { return quantize_group(g, (rule){__VA_ARGS__}, codes); }
/*         name          input max    threshold y      NaN */
GROUP_RULE(lowp, 0, F32, F32, BF16, 0)
GROUP_RULE(amct, 0, F32, F32, BF16, 1)
GROUP_RULE(hif4_authors, 0, EXACT, EXACT, EXACT, 0)
GROUP_RULE(cann, 1, F32, BF16, BF16, 0)

void lowpk_quantize_hif4_generic(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,
                                 void *zero) {
  static uint32_t (*const rules[LOWP_COMPAT_COUNT])(group *, uint8_t *) = {
      [LOWP_COMPAT_LOWP] = group_lowp,
      [LOWP_COMPAT_AMCT] = group_amct,
      [LOWP_COMPAT_HIF4_AUTHORS] = group_hif4_authors,
      [LOWP_COMPAT_CANN] = group_cann,
  };
  uint32_t (*quantize)(group *, uint8_t *) = rules[job->opts->compat] ? rules[job->opts->compat] : group_lowp;
  group g = {.job = job, .row = row};
  uint8_t unpacked[N];
  (void)zero;
  for (size_t i = 0; i < job->cols_padded; i += N) {
    g.col = i;
    memcpy(g.x, (const char *)x + i * sizeof *x, sizeof g.x);
    lowpk_hif4_store_word(quantize(&g, unpacked), scales + i / N * 4);
    for (size_t j = 0; j < N / 2; j++) codes[i / 2 + j] = (uint8_t)(unpacked[2 * j] | unpacked[2 * j + 1] << 4);
  }
}
