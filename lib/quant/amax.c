/* SPDX-License-Identifier: Apache-2.0 */
/* amax.c: the largest finite magnitude of a matrix. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/quant_internal.h"

enum { INF = 0x7f800000 };

/* The largest magnitude of a part of a row, as bits, and how many elements are not finite. */
static uint32_t part_amax(size_t n, const float *x, uint64_t *count) {
  uint32_t m = lowpk_ops_get()->amax(n, x);
  if (m < INF) return m;
  m = 0; /* rare: once more, element by element */
  for (size_t i = 0; i < n; i++) {
    uint32_t bits = lowp_f32_bits(x[i]) & 0x7fffffffu;
    *count += bits >= INF;
    if (bits < INF && bits > m) m = bits;
  }
  return m;
}

/* The same of bf16 or f16 where they lie; what is not finite is left to floats. */
static bool part_amax16(lowp_element id, size_t n, const void *x, uint32_t *m) {
  const uint16_t most = (uint16_t)lowpk_ops_get()->amax16(n, x);
  float value;
  lowp_status never = lowp_element_decode_n(id, 1, &most, &value);
  (void)never;
  *m = lowp_f32_bits(value);
  return *m < INF;
}

lowp_status lowp_measure_amax(const lowp_view *x, size_t row0, size_t row1, float *amax, uint64_t *nonfinite) {
  lowp_status status = lowp_view_check(x);
  if (status != LOWP_OK) return status;
  if (!amax) return LOWP_E_ARGUMENT;
  if (row0 > row1 || row1 > x->rows) return LOWP_E_SHAPE;
  uint32_t largest = 0;
  uint64_t count = 0;
  for (size_t r = row0; r < row1 && x->cols; r++) {
    float values[LOWPI_PART], *floats = lowpi_view_floats(x, r);
    const size_t part = floats ? x->cols : LOWPI_PART;
    for (size_t c = 0; c < x->cols; c += part) {
      const size_t n = x->cols - c < part ? x->cols - c : part;
      uint32_t m;
      if (!lowpi_view_halves(x) || !part_amax16(x->element, n, lowpi_view_at(x, r, c), &m)) {
        if (!floats) lowpi_view_load(x, r, c, n, values);
        m = part_amax(n, floats ? floats : values, &count);
      }
      if (m > largest) largest = m;
    }
  }
  *amax = lowp_f32_from_bits(largest);
  if (nonfinite) *nonfinite = count;
  return LOWP_OK;
}
