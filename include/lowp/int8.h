/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file int8.h  Integers as elements, and INT8 with f32 scales (w8a8).
 *
 *   element  code             value      range        note
 *   INT8     two's complement code       -128..127    the scale makes the number, see below
 *   INT4     two's complement code       -8..7        low four bits of a byte; two to a byte as in fp4.h
 *
 * The encoders round to nearest even and clamp, Inf included; NaN gives 0, as integer conversions of CUDA do. There is
 * no NaN code and no -0. Other rules: lowp_encode_with(); arrays: lowp_element_encode_n(). Pure, total, any thread.
 *
 * w8a8: weights with one f32 scale per output channel (row of [n, k]), activations with one per token or per tensor.
 *
 *   symmetric   scale = amax / 127             q = clamp(rne(x / scale), -127, 127)          x ~ scale * q
 *   asymmetric  scale = (max - min) / 255      q = clamp(rne(x / scale) + zero, -128, 127)   x ~ scale * (q - zero)
 *   product     y[m,n] = scale_x[m] * (scale_w[n] * sum_k (q_x[m,k] - zero[m]) * q_w[n,k]), the sum exact in int32 for
 *               k < 2^31 / (128 * 128) = 131072 without a zero point
 *
 * Implementations differ in 127 or 127.5 and in multiplying by 127 / amax instead of dividing, which moves codes that
 * lie on ties: quant.h has presets for each. Matrices: lowp_quantize() with LOWP_SCHEME_INT8_CHANNEL and its siblings.
 */
#ifndef LOWP_INT8_H
#define LOWP_INT8_H

#include <lowp/quant.h>

LOWP_BEGIN_DECLS

#define LOWP_INT8_MAX 127  /**< 2^7 - 1; the largest code, and what amax maps to in symmetric schemes */
#define LOWP_INT8_MIN -128 /**< -2^7; symmetric schemes stop at -127 */
#define LOWP_INT4_MAX 7    /**< 2^3 - 1 */
#define LOWP_INT4_MIN -8   /**< -2^3 */

/** clamp(rne(x), -128, 127); NaN gives 0. */
static inline int8_t lowp_int8_encode(float x) {
  return (int8_t)lowp_fixed_encode(lowp_element_row_of(LOWP_INT8).fixed, x, lowp_encode_default(LOWP_INT8), 0);
}
/** The integer as f32, exact. */
static inline float lowp_int8_decode(int8_t code) { return (float)code; }

/** clamp(rne(x), -8, 7) as a code 0..F in two's complement; NaN gives 0. */
static inline uint8_t lowp_int4_encode(float x) { return (uint8_t)lowp_encode(LOWP_INT4, x); }
/** -8..7, exact; the upper four bits are ignored. */
static inline float lowp_int4_decode(uint8_t code) { return lowp_decode(LOWP_INT4, code); }

/**
 * One row (channel, token) of n values: n codes and one scale, the decode multiplier. opts NULL: the defaults of w8a8.
 * A row of zeros, and n = 0, are legal. Errors as lowp_quantize().
 */
static inline LOWP_CHECKED lowp_status lowp_w8a8_quantize(size_t n, const float *x, int8_t *codes, float *scale,
                                                          const lowp_quant_opts *opts) {
  return lowp_quantize_planes(LOWP_SCHEME_INT8_CHANNEL, opts, n, x, codes, scale, NULL);
}

/** x[i] = codes[i] * scale, rounded once. */
static inline LOWP_CHECKED lowp_status lowp_w8a8_dequantize(size_t n, const int8_t *codes, float scale, float *x) {
  return lowp_dequantize_planes(LOWP_SCHEME_INT8_CHANNEL, n, codes, &scale, 1.0f, x);
}

LOWP_END_DECLS
#endif
