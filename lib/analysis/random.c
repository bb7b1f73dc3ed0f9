/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/random_internal.h"

#include <math.h>

#include "analysis/vmath.h"

/* Pairs made at a time: three arrays of this many floats fit in the first-level cache. */
enum { PAIRS = 512 };

/* Centres of 2^23 equal intervals, so that neither 0 nor 1 occurs; those of 2^24 would round to 1 at the upper end. */
static float uniform(uint32_t word) { return (float)(word >> 9) * 0x1p-23f + 0x1p-24f; }

/*
 * Makes the pair (a, b) from two uniforms. The radius of a polar pair is sqrt(-2 ln u) for the normal, and by Bailey
 * ("Polar generation of random variates with the t-distribution", 1994) sqrt(nu (u^(-2/nu) - 1)) for Student's t, which
 * for nu = 4 takes a square root alone; its variance nu / (nu - 2) is divided out. The two halves of a pair of t
 * variates are uncorrelated but share their radius.
 */
static void polar_pairs(lowp_distribution distribution, double nu, size_t pairs, const float *u, const float *v,
                        float *a, float *b) {
  float radius[PAIRS];
  if (distribution == LOWP_DISTRIBUTION_NORMAL) {
    lowpi_vlogf(pairs, u, radius);
    for (size_t i = 0; i < pairs; i++) radius[i] = sqrtf(-2.0f * radius[i]);
  } else if (distribution == LOWP_DISTRIBUTION_STUDENT) {
    const double factor = nu > 2 ? nu - 2 : nu;
    double power[PAIRS];
    for (size_t i = 0; i < pairs; i++) power[i] = (double)u[i];
    lowpi_vpow(pairs, power, -2 / nu, power);
    for (size_t i = 0; i < pairs; i++) radius[i] = (float)sqrt(factor * (power[i] - 1));
  } else {
    for (size_t i = 0; i < pairs; i++) radius[i] = sqrtf(2.0f * (1.0f / sqrtf(u[i]) - 1.0f));
  }
  for (size_t i = 0; i < pairs; i++) a[i] = 6.283185307f * v[i];
  lowpi_vsincosf(pairs, a, b, a);
  for (size_t i = 0; i < pairs; i++) {
    a[i] *= radius[i];
    b[i] *= radius[i];
  }
}

/* By inversion: -sign(u - 1/2) ln(1 - 2 |u - 1/2|) / sqrt 2. The argument stays >= 2^-23. */
static void laplace(size_t n, const float *u, float *x) {
  for (size_t i = 0; i < n; i++) x[i] = 1.0f - 2.0f * fabsf(u[i] - 0.5f);
  lowpi_vlogf(n, x, x);
  for (size_t i = 0; i < n; i++) x[i] = copysignf(0.70710678f * x[i], u[i] - 0.5f);
}

/* On (-sqrt 3, sqrt 3), where the variance is 1. */
static void spread(size_t n, const float *u, float *x) {
  for (size_t i = 0; i < n; i++) x[i] = (u[i] - 0.5f) * 3.4641016f;
}

void lowpi_random_body(lowp_distribution distribution, double nu, uint32_t seed, uint64_t first, size_t n, float *x) {
  float u[PAIRS], v[PAIRS], a[PAIRS], b[PAIRS];
  /* A range may begin at the second half of a pair: numbers are made by whole pairs and copied from `skip` on. */
  size_t skip = (size_t)(first & 1);
  for (uint64_t pair = first / 2; n != 0;) {
    size_t pairs = n < 2 * PAIRS - 1 ? (n + skip + 1) / 2 : PAIRS;
    for (size_t i = 0; i < pairs; i++) {
      uint64_t word = lowp_philox(seed, pair + i);
      u[i] = uniform((uint32_t)word);
      v[i] = uniform((uint32_t)(word >> 32));
    }
    if (distribution == LOWP_DISTRIBUTION_LAPLACE) {
      laplace(pairs, u, a);
      laplace(pairs, v, b);
    } else if (distribution == LOWP_DISTRIBUTION_UNIFORM) {
      spread(pairs, u, a);
      spread(pairs, v, b);
    } else {
      polar_pairs(distribution, nu, pairs, u, v, a, b);
    }
    size_t made = 2 * pairs - skip;
    if (made > n) made = n;
    for (size_t i = 0; i < made; i++) x[i] = (i + skip) & 1 ? b[(i + skip) / 2] : a[(i + skip) / 2];
    x += made;
    n -= made;
    pair += pairs;
    skip = 0;
  }
}

lowp_status lowp_random_fill(lowp_distribution distribution, uint32_t seed, uint64_t first, size_t n, float *x) {
  if ((unsigned)distribution >= LOWP_DISTRIBUTION_STUDENT || (x == NULL && n != 0)) return LOWP_E_ARGUMENT;
  lowpi_random_body(distribution, 0, seed, first, n, x);
  return LOWP_OK;
}

int lowp_random_portable(void) { return lowpi_vmath_portable(); }
