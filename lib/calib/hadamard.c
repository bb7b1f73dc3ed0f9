/* SPDX-License-Identifier: Apache-2.0 */
/* hadamard.c: the fast Walsh-Hadamard transform of each run of `size` columns, with signs. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "calib/calib_internal.h"
#include <stdlib.h>

enum { SIZE_MAX_ROTATION = 65536 };

/* In place, n a power of two: butterflies of growing distance, additions only. */
static void transform(size_t n, double *v) {
  for (size_t half = 1; half < n; half *= 2)
    for (size_t i = 0; i < n; i += 2 * half)
      for (size_t j = i; j < i + half; j++) {
        const double a = v[j], b = v[j + half];
        v[j] = a + b;
        v[j + half] = a - b;
      }
}

/* 1 / sqrt(n) for n = 2^m: a power of two, times sqrt(1/2) rounded to f64 where m is odd. */
static double scale_of(size_t n) {
  double s = 1;
  for (; n >= 4; n /= 4) s *= 0.5;
  return n == 2 ? s * 0x1.6a09e667f3bcdp-1 : s;
}

static double sign_of(const lowp_rotation *r, size_t column) {
  return r->signs && (lowp_philox(r->seed, column) & 1) ? -1.0 : 1.0;
}

static void rotate_row(const lowp_rotation *r, size_t cols, float *row, double *v, int inverse) {
  const size_t n = r->size;
  const double scale = scale_of(n);
  for (size_t c = 0; c < cols; c += n) {
    for (size_t i = 0; i < n; i++) v[i] = (double)row[c + i] * (inverse ? 1.0 : sign_of(r, c + i));
    transform(n, v);
    for (size_t i = 0; i < n; i++) row[c + i] = (float)(v[i] * scale * (inverse ? sign_of(r, c + i) : 1.0));
  }
}

static lowp_status check(const lowp_rotation *r, const lowp_view *x, const lowp_view *y, lowp_error *error) {
  if (!r || r->struct_size != sizeof *r) return lowpi_fail(error, LOWP_E_ARGUMENT, "the rotation is not initialised");
  if (r->size < 2 || r->size > SIZE_MAX_ROTATION || (r->size & (r->size - 1)))
    return lowpi_fail(error, LOWP_E_RANGE, "a rotation of %u: not a power of two in 2..%d", r->size, SIZE_MAX_ROTATION);
  lowp_status status = lowp_view_check(x);
  if (status == LOWP_OK) status = lowp_view_check(y);
  if (status != LOWP_OK) return lowpi_fail(error, status, "not a readable matrix, or not a writable one");
  if (x->rows != y->rows || x->cols != y->cols)
    return lowpi_fail(error, LOWP_E_SHAPE, "%zu x %zu into %zu x %zu", x->rows, x->cols, y->rows, y->cols);
  if (x->cols % r->size)
    return lowpi_fail(error, LOWP_E_SHAPE, "%zu columns are no multiple of a rotation of %u", x->cols, r->size);
  return LOWP_OK;
}

lowp_status lowp_rotate(const lowp_rotation *r, const lowp_view *x, const lowp_view *y, size_t row0, size_t row1,
                        int inverse, lowp_error *error) {
  lowp_status status = check(r, x, y, error);
  if (status == LOWP_OK) status = lowpi_rows_check(row0, row1, x->rows, error);
  if (status != LOWP_OK || row0 == row1 || x->cols == 0) return status;
  size_t bytes;
  if (!lowpi_mul(x->cols, sizeof(float), &bytes) || !lowpi_add(bytes, r->size * sizeof(double), &bytes))
    return lowpi_fail(error, LOWP_E_SHAPE, "%zu columns", x->cols);
  double *v = malloc(bytes);
  if (!v) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for a row of %zu columns", x->cols);
  float *row = (float *)(v + r->size);
  for (size_t i = row0; i < row1; i++) {
    lowp_view_load_row(x, i, row);
    rotate_row(r, x->cols, row, v, inverse);
    lowp_view_store_row(y, i, row);
  }
  free(v);
  return LOWP_OK;
}
