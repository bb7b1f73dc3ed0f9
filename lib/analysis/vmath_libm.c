/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "lib/analysis/vmath.h"

#include <math.h>

void lowpi_vlogf(size_t n, const float *x, float *y) {
  for (size_t i = 0; i < n; i++) y[i] = logf(x[i]);
}

void lowpi_vsincosf(size_t n, const float *x, float *s, float *c) {
  for (size_t i = 0; i < n; i++) {
    float angle = x[i];
    s[i] = sinf(angle);
    c[i] = cosf(angle);
  }
}

void lowpi_vpow(size_t n, const double *x, double p, double *y) {
  for (size_t i = 0; i < n; i++) y[i] = pow(x[i], p);
}

int lowpi_vmath_portable(void) { return 0; }
