/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "lib/analysis/vmath.h"

#include <sleef.h>

void lowpi_vlogf(size_t n, const float *x, float *y) {
  for (size_t i = 0; i < n; i++) y[i] = Sleef_cinz_logf1_u10purec(x[i]);
}

void lowpi_vsincosf(size_t n, const float *x, float *s, float *c) {
  for (size_t i = 0; i < n; i++) {
    Sleef_float_2 both = Sleef_cinz_sincosf1_u10purec(x[i]);
    s[i] = both.x;
    c[i] = both.y;
  }
}

void lowpi_vpow(size_t n, const double *x, double p, double *y) {
  for (size_t i = 0; i < n; i++) y[i] = Sleef_cinz_powd1_u10purec(x[i], p);
}

int lowpi_vmath_portable(void) { return 1; }
