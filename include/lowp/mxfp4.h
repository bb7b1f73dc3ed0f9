/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mxfp4.h  OCP MXFP4: E2M1 elements, one power of two per 32 of them; 4.25 bits per value.
 *
 *   value = 2^(scale - 127) * e2m1(code)                   block of 32 along the reduction dimension
 *
 *   scale   eeeeeeee                                       E8M0, FF is NaN
 *   codes   c1 c0 | c3 c2 | ... | c31 c30                  a nibble s ee m each, the even element low
 *
 * Largest value 6 * 2^127, smallest positive 0.5 * 2^-127. Codes 0..7 are 0, 0.5, 1, 1.5, 2, 3, 4, 6; 8..F negative.
 *
 * Scale by default 2^(floor(log2 amax) - 2), the rule of MX 1.0 section 6.3: it puts amax in 4..8, so what scales to
 * 6..8 is clipped to 6. opts.scale_rule offers rules that never clip (LOWP_SCALE_RCEIL), and a search for the least
 * squared error (LOWP_SCALE_MSE). Elements round to nearest even. Every figure of accuracy must name its scale rule.
 * NaN or Inf in a block make its scale FF and all 32 values NaN, unless opts.nan_policy says otherwise.
 *
 * @code
 * float x[40], y[40];
 * uint8_t codes[LOWP_MXFP4_CODES_BYTES(40)], scales[LOWP_MXFP4_SCALES_BYTES(40)];
 * for (int i = 0; i < 40; i++) x[i] = (float)(i - 20);
 * lowp_quant_opts opts;
 * lowp_quant_opts_init(&opts, LOWP_SCHEME_MXFP4);
 * opts.scale_rule = LOWP_SCALE_RCEIL;
 * if (lowp_mxfp4_quantize(40, x, codes, scales, &opts) != LOWP_OK) return 1;
 * if (lowp_mxfp4_dequantize(40, codes, scales, y) != LOWP_OK) return 1;
 * @endcode
 * 40 values are two blocks. The first has amax 20 and the scale 2^ceil(log2(20 / 6)) = 4, the byte 129; -20 / 4 = -5 is
 * a tie between -4 and -6, and goes to the even code, so that y[0] = -16.
 *
 * Source: OCP Microscaling Formats (MX) 1.0, sections 5 and 6.
 */
#ifndef LOWP_MXFP4_H
#define LOWP_MXFP4_H

#include <lowp/fp4.h>
#include <lowp/fp8.h>
#include <lowp/quant.h>

LOWP_BEGIN_DECLS

#define LOWP_MXFP4_BLOCK 32       /**< values that share a scale */
#define LOWP_MXFP4_EMAX 2         /**< floor(log2 6): exponent of the largest element */
#define LOWP_MXFP4_SCALE_NAN 0xff /**< makes its whole block NaN */
/** Bytes of the planes of n values: whole blocks of 16 bytes of codes and one of scale. */
#define LOWP_MXFP4_BLOCKS(n) ((n) / LOWP_MXFP4_BLOCK + ((n) % LOWP_MXFP4_BLOCK != 0))
#define LOWP_MXFP4_CODES_BYTES(n) (LOWP_MXFP4_BLOCKS(n) * 16)
#define LOWP_MXFP4_SCALES_BYTES(n) LOWP_MXFP4_BLOCKS(n)

/**
 * One block by itself, in lowp's order. GGUF's block_mxfp4 has the same 17 bytes in ANOTHER order of nibbles: its byte
 * j holds elements j (low) and j + 16 (high). Files of gpt-oss keep scales and codes in two tensors, like the planes
 * below.
 */
typedef struct lowp_mxfp4_block {
  uint8_t scale;
  uint8_t codes[16]; /**< element 2 i in the low nibble of byte i, 2 i + 1 in the high one */
} lowp_mxfp4_block;
LOWP_STATIC_ASSERT(sizeof(lowp_mxfp4_block) == 17, "no padding: 8 + 32 * 4 bits");

/** The value of one code under its scale, exact unless it exceeds f32 (then Inf); NaN under LOWP_MXFP4_SCALE_NAN. */
static inline float lowp_mxfp4_decode(uint8_t code, uint8_t scale) {
  return lowp_e2m1_decode(code) * lowp_e8m0_decode(scale);
}

/** Element i, 0..31, of a block. */
static inline float lowp_mxfp4_block_get(const lowp_mxfp4_block *block, size_t i) {
  return lowp_mxfp4_decode(lowp_fp4_get(block->codes, i), block->scale);
}

/**
 * n contiguous values into planes: LOWP_MXFP4_CODES_BYTES(n) of codes, LOWP_MXFP4_SCALES_BYTES(n) of scales; the last
 * block is filled up with zeros. opts NULL: the defaults above. The same bytes on every CPU; safe from any thread.
 * LOWP_E_ARGUMENT: NULL with n > 0, or options that are not for this scheme; LOWP_E_NONFINITE if that is the policy;
 * LOWP_E_NOMEM. On failure the planes are unspecified. Matrices with strides: lowp_quantize().
 */
static inline LOWP_CHECKED lowp_status lowp_mxfp4_quantize(size_t n, const float *x, uint8_t *codes, uint8_t *scales,
                                                          const lowp_quant_opts *opts) {
  return lowp_quantize_planes(LOWP_SCHEME_MXFP4, opts, n, x, codes, scales, NULL);
}

/** The values of the first n codes, exact. */
static inline LOWP_CHECKED lowp_status lowp_mxfp4_dequantize(size_t n, const uint8_t *codes, const uint8_t *scales,
                                                            float *x) {
  return lowp_dequantize_planes(LOWP_SCHEME_MXFP4, n, codes, scales, 1.0f, x);
}

LOWP_END_DECLS
#endif
