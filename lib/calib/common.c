/* SPDX-License-Identifier: Apache-2.0 */
/* common.c: checks and allocations that several files need. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "calib/calib_internal.h"
#include <stdlib.h>

lowp_status lowpi_square_alloc(size_t head, size_t k, void **out) {
  size_t bytes;
  if (!lowpi_mul(k, k, &bytes) || !lowpi_mul(bytes, sizeof(double), &bytes) || !lowpi_add(bytes, head, &bytes))
    return LOWP_E_SHAPE;
  void *p = calloc(1, bytes);
  if (!p) return LOWP_E_NOMEM;
  *out = p;
  return LOWP_OK;
}

lowp_status lowpi_rows_check(size_t row0, size_t row1, size_t rows, lowp_error *error) {
  if (row0 <= row1 && row1 <= rows) return LOWP_OK;
  return lowpi_fail(error, LOWP_E_SHAPE, "rows %zu..%zu of %zu", row0, row1, rows);
}

lowp_status lowpi_load_finite(const lowp_view *x, size_t row, float *to, lowp_error *error) {
  lowp_view_load_row(x, row, to);
  for (size_t c = 0; c < x->cols; c++)
    if ((lowp_f32_bits(to[c]) & 0x7fffffffu) >= 0x7f800000u)
      return lowpi_fail(error, LOWP_E_NONFINITE, "element (%zu, %zu) is not finite", row, c);
  return LOWP_OK;
}
