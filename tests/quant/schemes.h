/* SPDX-License-Identifier: Apache-2.0 */
/* schemes.h: what the tests that walk through scheme.def share. */
#ifndef LOWPT_SCHEMES_H
#define LOWPT_SCHEMES_H

#include <lowp/quant.h>
#include "harness/rng.h"
#include "harness/suite.h"

/* A dense matrix and what became of it. Free with lowpt_done. */
typedef struct lowpt_result {
  lowp_qtensor *q;
  lowp_planes planes;
  float *y; /* [rows, cols] */
} lowpt_result;

/* Quantizes and dequantizes; fails the test if either does. opts NULL: the defaults. */
lowpt_result lowpt_quantize(lowp_scheme scheme, const lowp_quant_opts *opts, size_t rows, size_t cols, const float *x);
void lowpt_done(lowpt_result *r);

/* Are all planes and the tensor scales the same bytes? */
bool lowpt_same_planes(const lowpt_result *a, const lowpt_result *b);
bool lowpt_same_qtensor(const lowp_qtensor *a, const lowp_qtensor *b);

/* malloc'ed: rows of different magnitude (2^-3 .. 2^3), near Gaussian, a few outliers and exact zeros. */
float *lowpt_matrix(uint64_t seed, size_t rows, size_t cols);

/* The scale of element (r, c) as f64, tensor scale included; HiF4's without its one-bit exponents. */
double lowpt_scale(const lowp_qtensor *q, size_t r, size_t c);

/* Do elements (r, c) and (r2, c2) share a scale? */
bool lowpt_same_block(const lowp_scheme_info *info, size_t r, size_t c, size_t r2, size_t c2);

/* Sum of squared errors in f64. */
double lowpt_error(size_t n, const float *x, const float *y);

/* One test for each scheme that it applies to (NULL: to all); *state points to the scheme. */
typedef struct lowpt_scheme_test {
  const char *name;
  void (*run)(void **state);
  bool (*applies)(const lowp_scheme_info *info);
} lowpt_scheme_test;
#define LOWP_SCHEME_TEST(run, applies) \
  { #run, run, applies }
#define LOWP_EACH_SCHEME(suite, tests) lowpt_each_scheme(suite, sizeof(tests) / sizeof((tests)[0]), tests)
int lowpt_each_scheme(const char *suite, size_t count, const lowpt_scheme_test *tests);

#endif
