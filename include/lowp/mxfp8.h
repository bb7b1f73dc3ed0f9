/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mxfp8.h  OCP MXFP8: E4M3 or E5M2 elements, one power of two per 32 of them; 8.25 bits per value.
 *
 *   value = 2^(scale - 127) * element(code)                block of 32 along the reduction dimension
 *
 *   scale   eeeeeeee                                       E8M0, FF is NaN
 *   codes   one byte each:  E4M3  s eeee mmm               E5M2  s eeeee mm
 *
 * E4M3 has precision, E5M2 range, and Inf: lowp_mxfp8_* is E4M3, lowp_mxfp8_e5m2_* is E5M2.
 *
 * Scale by default 2^(floor(log2 amax) - emax), emax 8 for E4M3 and 15 for E5M2 (MX 1.0 section 6.3): amax then lies in
 * 256..512 of an element that ends at 448, and above that is clipped. Training libraries round the scale up instead
 * (opts.scale_rule = LOWP_SCALE_RCEIL) and never clip. Elements round to nearest even.
 * NaN or Inf in a block make its scale FF and all 32 values NaN, unless opts.nan_policy says otherwise; the elements'
 * own NaN and Inf codes are read but never written by the default rules.
 *
 * @code
 * float x[32], y[32];
 * uint8_t codes[LOWP_MXFP8_CODES_BYTES(32)], scales[LOWP_MXFP8_SCALES_BYTES(32)];
 * for (int i = 0; i < 32; i++) x[i] = (float)i * 15.5f;
 * lowp_quant_opts opts;
 * if (lowp_quant_opts_compat(&opts, LOWP_SCHEME_MXFP8_E4M3, LOWP_COMPAT_TORCHAO) != LOWP_OK) return 1;
 * opts.scale_rule = LOWP_SCALE_RCEIL;
 * if (lowp_mxfp8_quantize(32, x, codes, scales, &opts) != LOWP_OK) return 1;
 * if (lowp_mxfp8_dequantize(32, codes, scales, y) != LOWP_OK) return 1;
 * @endcode
 * These are the bits of torchao's RCEIL mode. amax = 480.5 is more than 448, so the scale is 2 and not 1; 480.5 / 2 is
 * rounded to 240, and y[31] = 480. The default rule would have clipped it to 448.
 *
 * Source: OCP Microscaling Formats (MX) 1.0, sections 5 and 6; elements: OCP 8-bit Floating Point (OFP8) 1.0.
 */
#ifndef LOWP_MXFP8_H
#define LOWP_MXFP8_H

#include <lowp/fp8.h>
#include <lowp/quant.h>

LOWP_BEGIN_DECLS

#define LOWP_MXFP8_BLOCK 32       /**< values that share a scale */
#define LOWP_MXFP8_EMAX 8         /**< floor(log2 448), E4M3 */
#define LOWP_MXFP8_E5M2_EMAX 15   /**< floor(log2 57344) */
#define LOWP_MXFP8_SCALE_NAN 0xff /**< makes its whole block NaN */
/** Bytes of the planes of n values: whole blocks of 32 bytes of codes and one of scale. */
#define LOWP_MXFP8_BLOCKS(n) ((n) / LOWP_MXFP8_BLOCK + ((n) % LOWP_MXFP8_BLOCK != 0))
#define LOWP_MXFP8_CODES_BYTES(n) (LOWP_MXFP8_BLOCKS(n) * 32)
#define LOWP_MXFP8_SCALES_BYTES(n) LOWP_MXFP8_BLOCKS(n)

/** One block by itself. Tensor cores want the scales of 128 rows in one tile instead: that is a packed layout. */
typedef struct lowp_mxfp8_block {
  uint8_t scale;
  uint8_t codes[32];
} lowp_mxfp8_block;
LOWP_STATIC_ASSERT(sizeof(lowp_mxfp8_block) == 33, "no padding: 8 + 32 * 8 bits");

/** The value of one code under its scale, exact unless it exceeds f32 (then Inf); NaN under LOWP_MXFP8_SCALE_NAN. */
static inline float lowp_mxfp8_decode(uint8_t code, uint8_t scale) {
  return lowp_e4m3fn_decode(code) * lowp_e8m0_decode(scale);
}
static inline float lowp_mxfp8_e5m2_decode(uint8_t code, uint8_t scale) {
  return lowp_e5m2_decode(code) * lowp_e8m0_decode(scale);
}

/**
 * n contiguous values into planes: LOWP_MXFP8_CODES_BYTES(n) of codes, LOWP_MXFP8_SCALES_BYTES(n) of scales; the last
 * block is filled up with zeros. opts NULL: the defaults above. The same bytes on every CPU; safe from any thread.
 * LOWP_E_ARGUMENT: NULL with n > 0, or options that are not for this scheme; LOWP_E_NONFINITE if that is the policy;
 * LOWP_E_NOMEM. On failure the planes are unspecified. Matrices with strides: lowp_quantize().
 */
static inline LOWP_CHECKED lowp_status lowp_mxfp8_quantize(size_t n, const float *x, uint8_t *codes, uint8_t *scales,
                                                          const lowp_quant_opts *opts) {
  return lowp_quantize_planes(LOWP_SCHEME_MXFP8_E4M3, opts, n, x, codes, scales, NULL);
}

/** The values of the first n codes, exact. */
static inline LOWP_CHECKED lowp_status lowp_mxfp8_dequantize(size_t n, const uint8_t *codes, const uint8_t *scales,
                                                            float *x) {
  return lowp_dequantize_planes(LOWP_SCHEME_MXFP8_E4M3, n, codes, scales, 1.0f, x);
}

/** The same with E5M2 elements. */
static inline LOWP_CHECKED lowp_status lowp_mxfp8_e5m2_quantize(size_t n, const float *x, uint8_t *codes,
                                                               uint8_t *scales, const lowp_quant_opts *opts) {
  return lowp_quantize_planes(LOWP_SCHEME_MXFP8_E5M2, opts, n, x, codes, scales, NULL);
}
static inline LOWP_CHECKED lowp_status lowp_mxfp8_e5m2_dequantize(size_t n, const uint8_t *codes, const uint8_t *scales,
                                                                 float *x) {
  return lowp_dequantize_planes(LOWP_SCHEME_MXFP8_E5M2, n, codes, scales, 1.0f, x);
}

LOWP_END_DECLS
#endif
