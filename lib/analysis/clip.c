/* SPDX-License-Identifier: Apache-2.0 */
/* clip.c: which elements lie beyond the largest code. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/clip.h"
#include "kernels/generic/pack.h"
#include <math.h>

/* The two largest finite magnitudes of one sign are found by decoding every code. */
static void clip_rule_sign(lowp_element element, unsigned codes, float sign, float *half_step) {
  float largest = 0, second = 0;
  unsigned at = 0;
  for (unsigned code = 0; code < codes; code++) {
    float v = lowp_decode(element, code) * sign;
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
  if (row.bits > 8) return rule;
  rule.any = true;
  clip_rule_sign(scheme->element, 1u << row.bits, 1, rule.half_step);
  clip_rule_sign(scheme->element, 1u << row.bits, -1, rule.half_step);
  /* A symmetric quantizer may leave the most negative integer unused: then -max is where it clips. */
  if (row.kind == LOWP_KIND_FIXED)
    rule.half_step[(unsigned)-row.fixed.max & ((1u << row.bits) - 1)] = rule.half_step[row.fixed.max];
  /* Values are rounded once more after decoding; half of half a step leaves room for that. */
  for (unsigned code = 0; code < 1u << row.bits; code++) {
    const float v = fabsf(lowp_decode(scheme->element, code)), limit = v * (1 + rule.half_step[code] / 2);
    rule.infinite |= isinf(v) != 0;
    if (rule.half_step[code] > 0 && (rule.limit == 0 || limit < rule.limit)) rule.limit = limit;
  }
  return rule;
}

uint64_t lowpi_count_clipped_above(const lowpi_clip_rule *rule, const uint8_t *codes, size_t at, double limit, size_t n,
                                   const float *x, const float *y) {
  uint64_t clipped = 0;
  const float bound = (float)limit; /* if rounding raised it, then not as far as half of half a step */
  for (size_t i = 0; i < n; i++)
    if (fabsf(x[i]) > bound) clipped += lowpi_count_clipped(rule, codes, at + i, 0, 1, x + i, y + i);
  return clipped;
}

uint64_t lowpi_count_clipped(const lowpi_clip_rule *rule, const uint8_t *codes, size_t at, float scale, size_t n,
                             const float *x, const float *y) {
  const double half_a_step = 0.5 * fabs((double)scale);
  uint64_t clipped = 0;
  if (!rule->any) return 0;
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(x[i])) continue;
    const float half = rule->half_step[lowpk_get_code(codes, rule->bits, at + i)];
    const double from = (double)x[i], to = (double)y[i];
    if (isinf(y[i]))
      clipped++;
    else if (half > 0 && rule->by_step && half_a_step > 0)
      clipped += fabs(from - to) > half_a_step;
    else if (half > 0)
      clipped += fabs(from) - fabs(to) > (double)half * fabs(to);
  }
  return clipped;
}

uint64_t lowpi_count_clipped_s1p2(const lowpi_clip_rule *rule, const uint8_t *codes, size_t at, size_t n,
                                  const float *x, const float *y) {
  uint64_t clipped = 0;
  size_t i = 0;
  if (at % 2 == 0)
    for (; i + 16 <= n; i += 16) {
      uint64_t word = 0;
      for (unsigned k = 0; k < 8; k++) word |= (uint64_t)codes[(at + i) / 2 + k] << 8 * k;
      /* Bit 4 j is left where code j has the magnitude 7. */
      for (word &= word >> 1 & word >> 2 & 0x1111111111111111u; word != 0; word &= word - 1) {
        const size_t j = i + (size_t)__builtin_ctzll(word) / 4;
        clipped += lowpi_count_clipped(rule, codes, at + j, 0, 1, x + j, y + j);
      }
    }
  return clipped + lowpi_count_clipped(rule, codes, at + i, 0, n - i, x + i, y + i);
}
