/* SPDX-License-Identifier: Apache-2.0 */
/*
 * product.h: one multiplication for the tests of the API, and what it should give, from the public definitions alone: element
 * values, planes of qtensors, the arithmetic that lowp/gemm.h promises. No kernel and no packed byte is looked at.
 */
#ifndef LOWPT_PRODUCT_H
#define LOWPT_PRODUCT_H

#include "harness/rng.h"
#include "harness/suite.h"
#include <lowp/gemm.h>

/* How the numbers are made. */
typedef enum lowpt_data {
  LOWPT_DATA_NORMAL = 0, /* normal, rows of different size, quantized by the defaults */
  LOWPT_DATA_EXACT,      /* small multiples of powers of two: no sum is ever rounded, whatever its order */
  LOWPT_DATA_CODES       /* weights of any code and scale that give finite cores: x as NORMAL */
} lowpt_data;

/* What to multiply. */
typedef struct lowpt_spec {
  lowp_scheme rhs, lhs;
  lowp_compute compute;
  size_t m, n, k;
  lowpt_data data;
  lowp_element ex, ey; /* 0: F32 */
  bool bias, lhs_scale, rhs_scale;
  bool quantized; /* x comes as xq */
} lowpt_spec;

typedef struct lowpt_product {
  lowpt_spec spec;
  lowp_gemm_plan *plan;
  lowp_qtensor *w, *xq, **xrow; /* xrow: what each row of x becomes where it is quantized on the fly */
  void *packed;
  size_t packed_bytes;
  float *xf; /* values of x */
  void *x, *y;
  float *bias, *lhs_scale, *rhs_scale;
  lowp_gemm_args args;
} lowpt_product;

/* Makes everything from a seed; x and w depend on the seed, m-th row and n-th row alone, and on k, not on m and n. */
void lowpt_product_make(lowpt_product *p, const lowpt_spec *spec, uint64_t seed);
void lowpt_product_free(lowpt_product *p);

/* lowp_gemm_run with a workspace of its own; y is filled with 0xa5 first. */
void lowpt_product_run(lowpt_product *p, size_t threads);

/* y[i][j] as f32. */
float lowpt_product_y(const lowpt_product *p, size_t i, size_t j);

/* What REPRODUCIBLE promises, to the bit. */
float lowpt_product_model(const lowpt_product *p, size_t i, size_t j);

/* The product in f64 of the dequantized operands, and the error that the compute class may make. */
double lowpt_product_exact(const lowpt_product *p, size_t i, size_t j, double *bound);

/* Both checks, as they apply, for all of y; `what` begins the message. */
void lowpt_product_check(const lowpt_product *p, const char *what);

/* A name for messages: not thread safe. */
const char *lowpt_spec_text(const lowpt_spec *spec);

/* Memory at a multiple of 64, filled with 0x5a. */
void *lowpt_aligned(size_t bytes);

#endif
