/* SPDX-License-Identifier: Apache-2.0 */
/* calib_internal.h: what the files of lib/calib share. They use the public functions of liblowp, as any other library would. */
#ifndef LOWPI_CALIB_INTERNAL_H
#define LOWPI_CALIB_INTERNAL_H

#include <lowp/calib.h>
#include "internal.h"

struct lowp_hessian {
  size_t k;
  uint64_t tokens;
  double h[]; /* [k, k]; on and below the diagonal */
};

struct lowp_gptq {
  size_t k;
  double u[]; /* [k, k]; on and above the diagonal, 0 below */
};

/* Allocates `head` bytes and k * k doubles, zeroed. LOWP_E_SHAPE if that overflows, LOWP_E_NOMEM. */
lowp_status lowpi_square_alloc(size_t head, size_t k, void **out);

/*
 * In place, n x n in column order (LAPACK's): the lower triangle of a becomes that of L^-1, L L^T = A. LOWP_E_RANGE if A
 * is not positive definite, LOWP_E_UNSUPPORTED without LAPACK.
 */
lowp_status lowpi_inverse_cholesky(double *a, size_t n, lowp_error *error);

/* row[c] -= e * u[c]: the inner loop of several functions, in runs of a fixed length that compilers vectorize. */
static inline void lowpi_subtract(size_t n, double e, const double *restrict u, double *restrict row) {
  size_t c = 0;
  for (; c + 8 <= n; c += 8)
    for (size_t i = 0; i < 8; i++) row[c + i] -= e * u[c + i];
  for (; c < n; c++) row[c] -= e * u[c];
}

/* LOWP_E_SHAPE, with a text, unless row0 <= row1 <= rows. */
lowp_status lowpi_rows_check(size_t row0, size_t row1, size_t rows, lowp_error *error);

/* Loads a row and refuses what is not finite. */
lowp_status lowpi_load_finite(const lowp_view *x, size_t row, float *to, lowp_error *error);

#endif
