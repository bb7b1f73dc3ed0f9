/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accum_oracle.h: what lowp/accumulate.h defines, on MPFR numbers of thousands of bits: real arithmetic, quanta and
 * integer parts, no shifts, no significands.
 */
#ifndef LOWPT_ACCUM_ORACLE_H
#define LOWPT_ACCUM_ORACLE_H

#include <lowp/accumulate.h>

/* A row: value[i] * scale[i / block]; scale NULL: 1. Elements have no exponent below emin. All finite. */
typedef struct lowpt_row {
  const float *value, *scale;
  size_t block;
  int emin;
} lowpt_row;

float lowpt_accum_dot(const lowp_accum *accum, size_t n, const lowpt_row *x, const lowpt_row *w);

/* The exact dot product, rounded to f64; and y minus it. */
double lowpt_exact_dot(size_t n, const lowpt_row *x, const lowpt_row *w);
double lowpt_exact_error(size_t n, const lowpt_row *x, const lowpt_row *w, float y);

#endif
