/* SPDX-License-Identifier: Apache-2.0 */
/* cholesky_none.c: in place of cholesky_lapack.c where LAPACK was configured out. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "calib/calib_internal.h"

lowp_status lowpi_inverse_cholesky(double *a, size_t n, lowp_error *error) {
  (void)a;
  (void)n;
  return lowpi_fail(error, LOWP_E_UNSUPPORTED, "this build of lowp has no LAPACK, which error feedback needs");
}
