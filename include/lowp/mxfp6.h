/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mxfp6.h  OCP MXFP6: E2M3 or E3M2 elements, one power of two per 32 of them; 6.25 bits per value.
 *
 *   value = 2^(scale - 127) * element(code)                block of 32 along the reduction dimension
 *
 *   scale   eeeeeeee                                       E8M0, FF is NaN
 *   codes   four to three bytes, the first in the low bits: c1.. c0 | ..c2.. c1 | c3 c2..   (little-endian 24-bit word)
 *           E2M3  s ee mmm   0..7.5, steps of 1/8 below 2         E3M2  s eee mm   0..28, steps of 1/16 below 0.5
 *
 * E2M3 has precision, E3M2 range: lowp_mxfp6_* is E2M3, lowp_mxfp6_e3m2_* is E3M2. The MX specification leaves the
 * packing of 6-bit codes open; this dense one is common. CUDA and torchao keep one code per byte.
 *
 * Scale by default 2^(floor(log2 amax) - emax), emax 2 for E2M3 and 4 for E3M2 (MX 1.0 section 6.3); other rules by
 * opts.scale_rule. Elements round to nearest even; what scales beyond 7.5 (28) is clipped.
 * NaN or Inf in a block make its scale FF and all 32 values NaN, unless opts.nan_policy says otherwise.
 *
 * @code
 * float x[32], y[32];
 * lowp_mxfp6_block block;
 * for (int i = 0; i < 32; i++) x[i] = (float)(i - 16) / 8.0f;
 * if (lowp_mxfp6_quantize(32, x, block.codes, &block.scale, NULL) != LOWP_OK) return 1;
 * if (lowp_mxfp6_dequantize(32, block.codes, &block.scale, y) != LOWP_OK) return 1;
 * @endcode
 * amax = 2 gives the scale 2^(1 - 2) = 0.5; eighths are multiples of 0.5 * 2^-3 and below 2, so y equals x.
 *
 * Source: OCP Microscaling Formats (MX) 1.0, sections 5 and 6.
 */
#ifndef LOWP_MXFP6_H
#define LOWP_MXFP6_H

#include <lowp/fp6.h>
#include <lowp/fp8.h>
#include <lowp/quant.h>

LOWP_BEGIN_DECLS

#define LOWP_MXFP6_BLOCK 32       /**< values that share a scale */
#define LOWP_MXFP6_EMAX 2         /**< floor(log2 7.5), E2M3 */
#define LOWP_MXFP6_E3M2_EMAX 4    /**< floor(log2 28) */
#define LOWP_MXFP6_SCALE_NAN 0xff /**< makes its whole block NaN */
/** Bytes of the planes of n values: whole blocks of 24 bytes of codes and one of scale. */
#define LOWP_MXFP6_BLOCKS(n) ((n) / LOWP_MXFP6_BLOCK + ((n) % LOWP_MXFP6_BLOCK != 0))
#define LOWP_MXFP6_CODES_BYTES(n) (LOWP_MXFP6_BLOCKS(n) * 24)
#define LOWP_MXFP6_SCALES_BYTES(n) LOWP_MXFP6_BLOCKS(n)

/** One block by itself, in lowp's order. */
typedef struct lowp_mxfp6_block {
  uint8_t scale;
  uint8_t codes[24]; /**< code i in bits 6 i .. 6 i + 5, little-endian */
} lowp_mxfp6_block;
LOWP_STATIC_ASSERT(sizeof(lowp_mxfp6_block) == 25, "no padding: 8 + 32 * 6 bits");

/** The value of one code under its scale, exact unless it exceeds f32 (then Inf); NaN under LOWP_MXFP6_SCALE_NAN. */
static inline float lowp_mxfp6_decode(uint8_t code, uint8_t scale) {
  return lowp_e2m3_decode(code) * lowp_e8m0_decode(scale);
}
static inline float lowp_mxfp6_e3m2_decode(uint8_t code, uint8_t scale) {
  return lowp_e3m2_decode(code) * lowp_e8m0_decode(scale);
}

/** Element i, 0..31, of a block of E2M3 or E3M2. */
static inline float lowp_mxfp6_block_get(const lowp_mxfp6_block *block, size_t i) {
  return lowp_mxfp6_decode(lowp_fp6_get(block->codes, i), block->scale);
}
static inline float lowp_mxfp6_e3m2_block_get(const lowp_mxfp6_block *block, size_t i) {
  return lowp_mxfp6_e3m2_decode(lowp_fp6_get(block->codes, i), block->scale);
}

/**
 * n contiguous values into planes: LOWP_MXFP6_CODES_BYTES(n) of codes, LOWP_MXFP6_SCALES_BYTES(n) of scales; the last
 * block is filled up with zeros. opts NULL: the defaults above. The same bytes on every CPU; safe from any thread.
 * LOWP_E_ARGUMENT: NULL with n > 0, or options that are not for this scheme; LOWP_E_NONFINITE if that is the policy;
 * LOWP_E_NOMEM. On failure the planes are unspecified. Matrices with strides: lowp_quantize().
 */
static inline LOWP_CHECKED lowp_status lowp_mxfp6_quantize(size_t n, const float *x, uint8_t *codes, uint8_t *scales,
                                                          const lowp_quant_opts *opts) {
  return lowp_quantize_planes(LOWP_SCHEME_MXFP6_E2M3, opts, n, x, codes, scales, NULL);
}

/** The values of the first n codes, exact. */
static inline LOWP_CHECKED lowp_status lowp_mxfp6_dequantize(size_t n, const uint8_t *codes, const uint8_t *scales,
                                                            float *x) {
  return lowp_dequantize_planes(LOWP_SCHEME_MXFP6_E2M3, n, codes, scales, 1.0f, x);
}

/** The same with E3M2 elements. */
static inline LOWP_CHECKED lowp_status lowp_mxfp6_e3m2_quantize(size_t n, const float *x, uint8_t *codes,
                                                               uint8_t *scales, const lowp_quant_opts *opts) {
  return lowp_quantize_planes(LOWP_SCHEME_MXFP6_E3M2, opts, n, x, codes, scales, NULL);
}
static inline LOWP_CHECKED lowp_status lowp_mxfp6_e3m2_dequantize(size_t n, const uint8_t *codes, const uint8_t *scales,
                                                                 float *x) {
  return lowp_dequantize_planes(LOWP_SCHEME_MXFP6_E3M2, n, codes, scales, 1.0f, x);
}

LOWP_END_DECLS
#endif
