/* SPDX-License-Identifier: Apache-2.0 */
/* nvfp4_model.h: NVFP4 from its definition, for the tests: sorted values, nearest by distance. */
#ifndef LOWPT_NVFP4_MODEL_H
#define LOWPT_NVFP4_MODEL_H

#include <lowp/nvfp4.h>
#include "harness/suite.h"
#include <math.h>

enum { B = 16, K = 256, BLOCKS = K / B };

static const double e2m1[8] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};

/* 0..7F without NaN: subnormals of 2^-9, then 2^(e-7) (1 + m/8). */
static inline double e4m3(unsigned code) {
  return code < 8 ? ldexp(code, -9) : ldexp(8 + (code & 7), (int)(code >> 3) - 10);
}

/*
 * The code nearest to v >= 0 among `count` ascending values, a tie to the even code; v beyond the last gives the last.
 */
static inline unsigned nearest(double v, unsigned count, double (*value)(unsigned)) {
  unsigned best = 0;
  for (unsigned c = 1; c < count; c++) {
    double d = fabs(value(c) - v), d_best = fabs(value(best) - v);
    if (d < d_best || (d == d_best && c % 2 == 0)) best = c;
  }
  return best;
}

static inline double e2m1_value(unsigned code) { return e2m1[code & 7]; }

static inline uint8_t model_code(float y) {
  return (uint8_t)(nearest(fabs((double)y), 8, e2m1_value) | (signbit(y) ? 8u : 0u));
}

/* f32(e2m1 * f32(e4m3 * g)); the products are made in f64, where they are exact, and rounded once. */
static inline float model_value(unsigned code, unsigned scale, float g) {
  if (scale == 0x7f) return NAN;
  float s = (float)(e4m3(scale) * (double)g);
  float v = (float)(e2m1[code & 7] * (double)s);
  return code & 8 ? -v : v;
}

static inline bool same(float a, float b) { return isnan(a) ? isnan(b) : lowp_f32_bits(a) == lowp_f32_bits(b); }

/* One row as a tensor. */
typedef struct result {
  lowp_qtensor q;
  uint8_t packed[K / 2], scales[BLOCKS], codes[K];
  float y[K];
} result;

static inline void quantize(const lowp_quant_opts *opts, const float *x, result *r) {
  lowp_view in = lowp_view_of(LOWP_F32, 1, K, x), out = lowp_view_of(LOWP_F32, 1, K, r->y);
  assert_int_equal(lowp_qtensor_bind(&r->q, LOWP_SCHEME_NVFP4, 1, K, r->packed, r->scales, NULL), LOWP_OK);
  assert_int_equal(lowp_quantize(opts, &in, &r->q, NULL), LOWP_OK);
  assert_int_equal(lowp_dequantize(&r->q, &out, NULL), LOWP_OK);
  for (size_t i = 0; i < K; i++) r->codes[i] = r->packed[i / 2] >> (i % 2 ? 4 : 0) & 15;
}

#endif
