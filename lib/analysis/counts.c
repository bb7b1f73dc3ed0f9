/* SPDX-License-Identifier: Apache-2.0 */
/* counts.c: histograms of codes and scales. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/measure_internal.h"
#include "kernels/generic/pack.h"
#include <math.h>

/* What is to be done about a scale code besides counting it. */
enum { PLAIN, NONFINITE, TOP, BOTTOM, OTHER };

void lowpi_counts_begin(lowpi_counts *k, const lowpi_source *source) {
  memset(k, 0, sizeof *k);
  k->source = source;
  if (!source->scheme) return;
  if (source->clip.bits <= 8) k->bits = source->clip.bits;
  const lowp_element scale = source->scheme->scale;
  if (scale == LOWP_ELEMENT_NONE) return;
  k->bytes = source->scheme->scale_bytes;
  k->by_code = lowp_element_row_of(scale).bits <= 8;
  if (!k->by_code) return;
  unsigned top = 0, bottom = 0;
  bool any = false;
  for (unsigned code = 0; code < 256; code++) {
    const float v = lowp_decode(scale, code);
    k->kind[code] = !isfinite(v) ? NONFINITE : signbit(v) ? OTHER : PLAIN;
    if (v == 0) k->kind[code] = BOTTOM;
    if (k->kind[code] != PLAIN) continue;
    if (!any || v > lowp_decode(scale, top)) top = code;
    if (!any || v < lowp_decode(scale, bottom)) bottom = code;
    any = true;
  }
  k->kind[top] = TOP;
  k->kind[bottom] = BOTTOM;
}

uint32_t lowpi_scale_code(const lowpi_counts *k, const lowpi_part *part, size_t i) {
  if (!k->bytes) return 0;
  return k->by_code ? part->scales[i * k->bytes] : lowp_f32_bits(lowpi_source_scale(k->source, part, i)) >> 23 & 0xff;
}

static bool any_nonzero(size_t n, const float *x) {
  for (size_t i = 0; i < n; i++)
    if (x[i] != 0) return true;
  return false;
}

/* A scale that is more than one more of its code: scale i of a part, of columns from .. from + n - 1. */
static void count_scale(lowpi_counts *k, lowp_measurement *m, const lowpi_part *part, size_t i, size_t from, size_t n,
                        unsigned kind) {
  const float value = lowpi_source_scale(k->source, part, i);
  if (!isfinite(value)) kind = NONFINITE;
  if (kind != NONFINITE) lowpi_merge_scales(m, 1, value, value);
  m->scales++;
  switch (kind) {
  case NONFINITE:
    m->scales_nan++;
    break;
  case TOP:
    m->scales_top++;
    m->scales_saturated += lowpi_source_clipped(k->source, part, from, n) > 0;
    break;
  case BOTTOM:
    m->scales_bottom += any_nonzero(n, part->x + from);
    break;
  default:
    break;
  }
}

/* Scales of one byte. Those that are nothing special are counted, and their smallest and largest kept, by themselves. */
static void count_byte_scales(lowpi_counts *k, lowp_measurement *m, const lowpi_part *part, size_t width) {
  const size_t count = lowpi_ceil_div(part->n, width);
  const uint8_t *scales = part->scales;
  const float *value_of = k->source->scale_of;
  float min = INFINITY, max = -INFINITY;
  uint64_t plain = 0;
  for (size_t i = 0; i < count; i++) {
    const uint8_t code = scales[i * k->bytes];
    const float value = value_of[code];
    m->scale_codes[code]++;
    if (k->kind[code] != PLAIN || !isfinite(value)) {
      const size_t from = i * width;
      count_scale(k, m, part, i, from, part->n - from < width ? part->n - from : width, k->kind[code]);
      continue;
    }
    min = value < min ? value : min;
    max = value > max ? value : max;
    plain++;
  }
  lowpi_merge_scales(m, plain, min, max);
  m->scales += plain;
}

void lowpi_count_scales(lowpi_counts *k, lowp_measurement *m, const lowpi_part *part) {
  if (!k->bytes) return;
  const size_t height = k->source->scheme->block_rows, width = k->source->scheme->block_cols;
  if (height ? part->r % height != 0 : part->r != 0) return;
  if (k->by_code) {
    count_byte_scales(k, m, part, width);
    return;
  }
  const size_t step = width ? width : part->n;
  if (!width && part->c != 0) return;
  for (size_t from = 0, i = 0; from < part->n; from += step, i++) {
    const bool zero = lowpi_source_scale(k->source, part, i) == 0;
    m->scale_codes[lowpi_scale_code(k, part, i)]++;
    count_scale(k, m, part, i, from, part->n - from < step ? part->n - from : step, zero ? BOTTOM : PLAIN);
  }
}

/* Bytes, eight at a time; the order of those in a word does not matter. */
static size_t count_bytes(lowpi_counts *k, const uint8_t *codes, size_t bytes) {
  size_t i = 0;
  for (; i + 8 <= bytes; i += 8) {
    uint64_t word;
    memcpy(&word, codes + i, sizeof word);
    k->codes[0][word & 255]++;
    k->codes[1][word >> 8 & 255]++;
    k->codes[2][word >> 16 & 255]++;
    k->codes[3][word >> 24 & 255]++;
    k->codes[0][word >> 32 & 255]++;
    k->codes[1][word >> 40 & 255]++;
    k->codes[2][word >> 48 & 255]++;
    k->codes[3][word >> 56]++;
  }
  for (; i < bytes; i++) k->codes[0][codes[i]]++;
  return bytes;
}

/* Codes of six bits, four in three bytes. Returns how many. */
static size_t count_sixes(lowpi_counts *k, const uint8_t *codes, size_t n) {
  for (size_t i = 0; i < n / 4; i++, codes += 3) {
    const uint32_t word = codes[0] | (uint32_t)codes[1] << 8 | (uint32_t)codes[2] << 16;
    k->codes[0][word & 63]++;
    k->codes[1][word >> 6 & 63]++;
    k->codes[2][word >> 12 & 63]++;
    k->codes[3][word >> 18]++;
  }
  return n / 4 * 4;
}

void lowpi_count_codes(lowpi_counts *k, const lowpi_part *part, lowp_measurement *m) {
  const uint8_t *codes = part->codes;
  const size_t n = part->n;
  if (k->bits == 4 || k->bits == 8) {
    const size_t bytes = count_bytes(k, codes, k->bits == 4 ? n / 2 : n);
    if (k->bits == 4 && n % 2) m->codes[codes[bytes] & 15]++;
  } else if (k->bits) {
    for (size_t i = k->bits == 6 ? count_sixes(k, codes, n) : 0; i < n; i++)
      k->codes[i % 4][lowpk_get_code(codes, k->bits, i)]++;
  }
}

void lowpi_counts_end(lowpi_counts *k, lowp_measurement *m) {
  for (size_t byte = 0; byte < 256; byte++) {
    const uint64_t count = k->codes[0][byte] + k->codes[1][byte] + k->codes[2][byte] + k->codes[3][byte];
    if (k->bits == 4) {
      m->codes[byte & 15] += count;
      m->codes[byte >> 4] += count;
    } else {
      m->codes[byte] += count;
    }
  }
}
