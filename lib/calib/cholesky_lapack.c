/* SPDX-License-Identifier: Apache-2.0 */
/* cholesky_lapack.c: the one file with LAPACK. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "calib/calib_internal.h"
#include <lapacke.h>

/* The _work functions in column order allocate nothing and print nothing. */
lowp_status lowpi_inverse_cholesky(double *a, size_t n, lowp_error *error) {
  const lapack_int size = (lapack_int)n;
  if (size < 0 || (size_t)size != n) return lowpi_fail(error, LOWP_E_SHAPE, "%zu columns are too many for LAPACK", n);
  lapack_int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', size, a, size);
  if (info == 0) info = LAPACKE_dtrtri_work(LAPACK_COL_MAJOR, 'L', 'N', size, a, size);
  if (info == 0) return LOWP_OK;
  return lowpi_fail(error, LOWP_E_RANGE,
                    "the Hessian is not positive definite at column %zu: more damping, or more tokens",
                    info > 0 && (size_t)info <= n ? n - (size_t)info : 0);
}
