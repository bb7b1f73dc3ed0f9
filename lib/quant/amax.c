/* SPDX-License-Identifier: Apache-2.0 */
/* amax.c: the largest finite magnitude of a matrix. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/quant_internal.h"
#include <stdlib.h>

lowp_status lowp_measure_amax(const lowp_view *x, size_t row0, size_t row1, float *amax, uint64_t *nonfinite) {
  const uint32_t inf = 0x7f800000u;
  lowp_status status = lowp_view_check(x);
  if (status != LOWP_OK) return status;
  if (!amax) return LOWP_E_ARGUMENT;
  if (row0 > row1 || row1 > x->rows) return LOWP_E_SHAPE;
  size_t bytes;
  if (!lowpi_mul(x->cols, sizeof(float), &bytes)) return LOWP_E_SHAPE;
  float *row = NULL;
  if (x->cols && row0 < row1 && !(row = malloc(bytes))) return LOWP_E_NOMEM;
  uint32_t largest = 0;
  uint64_t count = 0;
  for (size_t r = row0; r < row1 && row; r++) {
    lowp_view_load_row(x, r, row);
    uint32_t m = lowpk_ops_get()->amax(x->cols, row);
    if (m >= inf) { /* rare: once more, element by element */
      m = 0;
      for (size_t c = 0; c < x->cols; c++) {
        uint32_t bits = lowp_f32_bits(row[c]) & 0x7fffffffu;
        count += bits >= inf;
        if (bits < inf && bits > m) m = bits;
      }
    }
    if (m > largest) largest = m;
  }
  free(row);
  *amax = lowp_f32_from_bits(largest);
  if (nonfinite) *nonfinite = count;
  return LOWP_OK;
}
