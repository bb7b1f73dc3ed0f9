/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mxint8.h  OCP MXINT8: 8-bit integers over 64, one power of two per 32 of them; 8.25 bits per value.
 *
 *   value = 2^(scale - 127) * code / 64                    block of 32 along the reduction dimension
 *
 *   scale   eeeeeeee                                       E8M0, FF is NaN
 *   codes   one byte each, two's complement: -2, -1.984375 ... 1.984375, steps of 1/64
 *
 * Scale by default 2^floor(log2 amax): amax lies in 1..2, and what rounds to 2 is clipped to 127/64 (-2 is a code, +2
 * is not). Other rules by opts.scale_rule. Elements round to nearest even. Microsoft's emulator never writes -128: that
 * is LOWP_COMPAT_MICROXCALING. NaN or Inf in a block make its scale FF and all 32 values NaN, unless opts.nan_policy
 * says otherwise.
 *
 * @code
 * float x[32], y[32];
 * lowp_mxint8_block block;
 * for (int i = 0; i < 32; i++) x[i] = (float)(i - 16) / 16.0f;
 * if (lowp_mxint8_quantize(32, x, block.codes, &block.scale, NULL) != LOWP_OK) return 1;
 * if (lowp_mxint8_dequantize(32, block.codes, &block.scale, y) != LOWP_OK) return 1;
 * @endcode
 * amax = 1 gives the scale 1, the byte 127; sixteenths are whole multiples of 1/64, so y equals x.
 *
 * Source: OCP Microscaling Formats (MX) 1.0, sections 5 and 6.
 */
#ifndef LOWP_MXINT8_H
#define LOWP_MXINT8_H

#include <lowp/fp8.h>
#include <lowp/int8.h>
#include <lowp/quant.h>

LOWP_BEGIN_DECLS

#define LOWP_MXINT8_BLOCK 32       /**< values that share a scale */
#define LOWP_MXINT8_EMAX 0         /**< floor(log2(127 / 64)) */
#define LOWP_MXINT8_MAX 1.984375f  /**< 127 / 64 */
#define LOWP_MXINT8_SCALE_NAN 0xff /**< makes its whole block NaN */
/** Bytes of the planes of n values: whole blocks of 32 bytes of codes and one of scale. */
#define LOWP_MXINT8_BLOCKS(n) ((n) / LOWP_MXINT8_BLOCK + ((n) % LOWP_MXINT8_BLOCK != 0))
#define LOWP_MXINT8_CODES_BYTES(n) (LOWP_MXINT8_BLOCKS(n) * 32)
#define LOWP_MXINT8_SCALES_BYTES(n) LOWP_MXINT8_BLOCKS(n)

/** One block by itself. */
typedef struct lowp_mxint8_block {
  uint8_t scale;
  int8_t codes[32];
} lowp_mxint8_block;
LOWP_STATIC_ASSERT(sizeof(lowp_mxint8_block) == 33, "no padding: 8 + 32 * 8 bits");

/** The value of one code under its scale, exact unless it exceeds f32 (then Inf); NaN under LOWP_MXINT8_SCALE_NAN. */
static inline float lowp_mxint8_decode(int8_t code, uint8_t scale) {
  return (float)code / 64.0f * lowp_e8m0_decode(scale);
}

/**
 * n contiguous values into planes: LOWP_MXINT8_CODES_BYTES(n) of codes, LOWP_MXINT8_SCALES_BYTES(n) of scales; the last
 * block is filled up with zeros. opts NULL: the defaults above. The same bytes on every CPU; safe from any thread.
 * LOWP_E_ARGUMENT: NULL with n > 0, or options that are not for this scheme; LOWP_E_NONFINITE if that is the policy;
 * LOWP_E_NOMEM. On failure the planes are unspecified. Matrices with strides: lowp_quantize().
 */
static inline LOWP_CHECKED lowp_status lowp_mxint8_quantize(size_t n, const float *x, int8_t *codes, uint8_t *scales,
                                                            const lowp_quant_opts *opts) {
  return lowp_quantize_planes(LOWP_SCHEME_MXINT8, opts, n, x, codes, scales, NULL);
}

/** The values of the first n codes, exact. */
static inline LOWP_CHECKED lowp_status lowp_mxint8_dequantize(size_t n, const int8_t *codes, const uint8_t *scales,
                                                            float *x) {
  return lowp_dequantize_planes(LOWP_SCHEME_MXINT8, n, codes, scales, 1.0f, x);
}

LOWP_END_DECLS
#endif
