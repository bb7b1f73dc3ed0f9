/* SPDX-License-Identifier: Apache-2.0 */
/* channels.c: statistics of columns. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "calib/calib_internal.h"
#include <stdlib.h>

lowp_status lowp_measure_channels(const lowp_view *x, size_t row0, size_t row1, float *amax, double *sum_abs,
                                  double *sum_sq, lowp_error *error) {
  lowp_status status = lowp_view_check(x);
  if (status != LOWP_OK) return lowpi_fail(error, status, "not a readable matrix");
  status = lowpi_rows_check(row0, row1, x->rows, error);
  if (status != LOWP_OK || row0 == row1 || x->cols == 0) return status;
  float *row = calloc(x->cols, sizeof *row);
  if (!row) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for a row of %zu columns", x->cols);
  for (size_t r = row0; r < row1 && status == LOWP_OK; r++) status = lowpi_load_finite(x, r, row, error);
  for (size_t r = row0; r < row1 && status == LOWP_OK; r++) {
    lowp_view_load_row(x, r, row);
    for (size_t c = 0; c < x->cols; c++) {
      const float a = row[c] < 0 ? -row[c] : row[c];
      if (amax && a > amax[c]) amax[c] = a;
      if (sum_abs) sum_abs[c] += (double)a;
      if (sum_sq) sum_sq[c] += (double)a * (double)a;
    }
  }
  free(row);
  return status;
}
