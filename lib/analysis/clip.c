/* SPDX-License-Identifier: Apache-2.0 */
/* clip.c: which elements lie beyond the largest code. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/clip.h"
#include "kernels/generic/pack.h"
#include <math.h>
#include <string.h>

#define F32_INF 0x7f800000u

/* The two largest finite magnitudes of one sign among the values of all codes. */
static void clip_rule_sign(const float *values, unsigned codes, float sign, float *half_step) {
  float largest = 0, second = 0;
  unsigned at = 0;
  for (unsigned code = 0; code < codes; code++) {
    const float v = values[code] * sign;
    if (!(v > 0) || isinf(v)) continue;
    if (v > largest) {
      second = largest;
      largest = v;
      at = code;
    } else if (v > second && v < largest) {
      second = v;
    }
  }
  if (largest > 0) half_step[at] = (largest - second) / (2 * largest);
}

lowpi_clip_rule lowpi_clip_rule_of(const lowp_scheme_info *scheme) {
  lowp_element_row row = lowp_element_row_of(scheme->element);
  lowpi_clip_rule rule = {.bits = row.bits, .by_step = scheme->zero != LOWP_ZERO_NONE};
  float values[256];
  if (row.bits > 8) return rule;
  const unsigned codes = 1u << row.bits;
  rule.any = true;
  for (unsigned code = 0; code < codes; code++) values[code] = lowp_decode(scheme->element, code);
  clip_rule_sign(values, codes, 1, rule.half_step);
  clip_rule_sign(values, codes, -1, rule.half_step);
  /* A symmetric quantizer may leave the most negative integer unused: then -max is where it clips. */
  if (row.kind == LOWP_KIND_FIXED)
    rule.half_step[(unsigned)-row.fixed.max & (codes - 1)] = rule.half_step[row.fixed.max];
  /* Values are rounded once more after decoding; half of half a step leaves room for that. */
  rule.sevens = row.bits == 4 && !rule.by_step;
  for (unsigned code = 0; code < codes; code++) {
    const float v = fabsf(values[code]), limit = v * (1 + rule.half_step[code] / 2);
    rule.infinite |= isinf(v) != 0;
    rule.sevens &= (rule.half_step[code] > 0) == ((code & 7) == 7);
    if (rule.half_step[code] > 0 && (rule.limit == 0 || limit < rule.limit)) rule.limit = limit;
  }
  rule.sevens &= rule.half_step[7] == rule.half_step[15];
  return rule;
}

uint64_t lowpi_count_clipped_above(const lowpi_clip_rule *rule, const uint8_t *codes, size_t at, double limit, size_t n,
                                   const float *x, const float *y) {
  uint64_t clipped = 0;
  if (rule->sevens) return lowpi_count_clipped_sevens(rule, codes, at, n, x, y);
  const float bound = (float)limit; /* if rounding raised it, then not as far as half of half a step */
  for (size_t i = 0; i < n; i++)
    if (fabsf(x[i]) > bound) clipped += lowpi_count_clipped(rule, codes, at + i, 0, 1, x + i, y + i);
  return clipped;
}

/* half: half of a step as a fraction of the code's value, or 0; half_a_step: of the scale, where the rule is by_step. */
static inline bool is_clipped(float half, double half_a_step, float x, float y) {
  const double from = (double)x, to = (double)y;
  if (!isfinite(x)) return false;
  if (isinf(y)) return true;
  if (!(half > 0)) return false;
  return half_a_step > 0 ? fabs(from - to) > half_a_step : fabs(from) - fabs(to) > (double)half * fabs(to);
}

uint64_t lowpi_count_clipped(const lowpi_clip_rule *rule, const uint8_t *codes, size_t at, float scale, size_t n,
                             const float *x, const float *y) {
  const double half_a_step = rule->by_step ? 0.5 * fabs((double)scale) : 0;
  uint64_t clipped = 0;
  if (!rule->any) return 0;
  for (size_t i = 0; i < n; i++)
    clipped += is_clipped(rule->half_step[lowpk_get_code(codes, rule->bits, at + i)], half_a_step, x[i], y[i]);
  return clipped;
}

/* Codes of 16 elements, element j in bits 4 j .. 4 j + 3. */
static uint64_t word_of(const uint8_t *codes) {
  uint64_t word;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  memcpy(&word, codes, sizeof word);
#else
  word = 0;
  for (unsigned k = 0; k < 8; k++) word |= (uint64_t)codes[k] << 8 * k;
#endif
  return word;
}

/* Of codes of 16 elements: bit 4 j is left where code j has the magnitude 7. */
static uint64_t sevens_of(uint64_t word) { return word & word >> 1 & word >> 2 & 0x1111111111111111u; }

uint64_t lowpi_count_clipped_sevens(const lowpi_clip_rule *rule, const uint8_t *codes, size_t at, size_t n,
                                    const float *x, const float *y) {
  const double half = (double)rule->half_step[7];
  uint64_t clipped = 0;
  size_t i = 0;
  for (size_t m; at % 2 == 0 && i + 16 <= n; i += m) {
    m = n - i < 64 ? (n - i) / 16 * 16 : 64;
    /* Bit 4 j + k is of element 16 k + j. All are looked at in one loop: where it ends is what no branch predictor knows. */
    uint64_t set = 0;
    for (size_t k = 0; k < m / 16; k++) set |= sevens_of(word_of(codes + (at + i) / 2 + 8 * k)) << k;
    for (; set != 0; set &= set - 1) {
      const unsigned bit = (unsigned)__builtin_ctzll(set);
      const size_t e = i + 16 * (bit % 4) + bit / 4;
      const double a = fabs((double)x[e]), b = fabs((double)y[e]);
      clipped += (uint64_t)((a - b > half * b) & ((lowp_f32_bits(x[e]) & F32_INF) != F32_INF));
    }
  }
  return clipped + lowpi_count_clipped(rule, codes, at + i, 0, n - i, x + i, y + i);
}
