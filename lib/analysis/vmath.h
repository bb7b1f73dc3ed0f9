/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vmath.h: elementary functions over arrays. One of vmath_sleef.c and vmath_libm.c is built.
 *
 * SLEEF's `cinz` functions in plain C use no FMA and give the same bits on every machine; SLEEF's SIMD versions of them
 * are faster and agree bit for bit, but can only be called by names that contain an instruction set. libm gives whatever
 * this machine's C library gives. Errors are below one ulp in both.
 */
#ifndef LOWPI_VMATH_H
#define LOWPI_VMATH_H

#include <stddef.h>

/* y[i] = ln x[i]; x may be y. */
void lowpi_vlogf(size_t n, const float *x, float *y);
/* s[i] = sin x[i], c[i] = cos x[i]; x may be s or c. */
void lowpi_vsincosf(size_t n, const float *x, float *s, float *c);
/* y[i] = x[i]^p, x[i] > 0; x may be y. */
void lowpi_vpow(size_t n, const double *x, double p, double *y);
/* Nonzero if these are the same bits on every machine. */
int lowpi_vmath_portable(void);

#endif
