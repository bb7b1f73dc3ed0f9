/* SPDX-License-Identifier: Apache-2.0 */
/* counts.c: histograms of codes and scales. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/measure_internal.h"
#include "kernels/generic/pack.h"
#include <math.h>

lowpi_scale_rule lowpi_scale_rule_of(const lowpi_source *source) {
  lowpi_scale_rule rule = {.factor = 1};
  if (!source->scheme || source->scheme->scale == LOWP_ELEMENT_NONE) return rule;
  rule.element = source->scheme->scale;
  rule.bytes = source->scheme->scale_bytes;
  rule.by_code = lowp_element_row_of(rule.element).bits <= 8;
  rule.factor = source->scheme->tensor_scale ? source->q.tensor_scale : 1;
  if (!rule.by_code) return rule;
  bool any = false;
  for (uint32_t code = 0; code < 256; code++) {
    const float v = lowp_decode(rule.element, code);
    if (!isfinite(v) || signbit(v)) continue;
    if (!any || v > lowp_decode(rule.element, rule.top)) rule.top = code;
    if (!any || v < lowp_decode(rule.element, rule.bottom)) rule.bottom = code;
    any = true;
  }
  return rule;
}

static float decoded(const lowpi_scale_rule *rule, const uint8_t *scale) {
  float value;
  uint16_t half;
  if (rule->by_code) return lowp_decode(rule->element, scale[0]);
  if (rule->bytes == sizeof half) {
    memcpy(&half, scale, sizeof half);
    return lowp_decode(rule->element, half);
  }
  memcpy(&value, scale, sizeof value);
  return value;
}

float lowpi_scale_value(const lowpi_scale_rule *rule, const uint8_t *scale) {
  return rule->bytes ? decoded(rule, scale) * rule->factor : 1;
}

uint32_t lowpi_scale_code(const lowpi_scale_rule *rule, const uint8_t *scale) {
  if (!rule->bytes) return 0;
  return rule->by_code ? scale[0] : lowp_f32_bits(decoded(rule, scale)) >> 23 & 0xff;
}

static bool any_nonzero(size_t n, const float *x) {
  for (size_t i = 0; i < n; i++)
    if (x[i] != 0) return true;
  return false;
}

/* The scale of columns from .. from + n - 1 of a part. */
static void count_scale(lowp_measurement *m, const lowpi_source *s, const lowpi_scale_rule *rule,
                        const lowpi_part *part, const uint8_t *scale, size_t from, size_t n) {
  const float value = lowpi_scale_value(rule, scale);
  m->scale_codes[lowpi_scale_code(rule, scale)]++;
  if (isfinite(value)) lowpi_merge_scales(m, 1, value, value);
  m->scales++;
  if (!isfinite(value)) {
    m->scales_nan++;
    return;
  }
  if (rule->by_code && scale[0] == rule->top) {
    m->scales_top++;
    m->scales_saturated += lowpi_source_clipped(s, part, from, n) > 0;
  }
  const bool bottom = (rule->by_code && scale[0] == rule->bottom) || value == 0;
  if (bottom) m->scales_bottom += any_nonzero(n, part->x + from);
}

void lowpi_count_scales(lowp_measurement *m, const lowpi_source *s, const lowpi_scale_rule *rule,
                        const lowpi_part *part) {
  if (!rule->bytes) return;
  const size_t height = s->scheme->block_rows, width = s->scheme->block_cols;
  if (height ? part->r % height != 0 : part->r != 0) return;
  if (!width) {
    if (part->c == 0) count_scale(m, s, rule, part, part->scales, 0, part->n);
    return;
  }
  for (size_t from = 0, k = 0; from < part->n; from += width, k++)
    count_scale(m, s, rule, part, part->scales + k * rule->bytes, from,
                part->n - from < width ? part->n - from : width);
}

void lowpi_count_codes(lowp_measurement *m, const lowpi_source *s, const lowpi_part *part) {
  if (!s->scheme || s->clip.bits > 8) return;
  for (size_t i = 0; i < part->n; i++) m->codes[lowpk_get_code(part->codes, s->clip.bits, i)]++;
}
