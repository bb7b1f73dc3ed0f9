/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file fp4.h  4-bit floating point: E2M1 (OCP MX, NVFP4) and E1M2, and how two codes share a byte.
 *
 * A code is s ee m (E2M1) or s e mm (E1M2) in the low four bits of a byte, sign in bit 3. Every code is finite, and the
 * sixteen values are these and their negatives (8 is -0):
 *
 *   code   0     1     2     3     4     5     6     7
 *   E2M1   0     0.5   1     1.5   2     3     4     6       bias 1, 2^(e-1) * (1 + m/2), subnormal 0.5
 *   E1M2   0     0.25  0.5   0.75  1     1.25  1.5   1.75    bias 1, code / 4
 *
 * The encoders round to nearest even and saturate, Inf included; NaN becomes the largest positive value (7), as CUDA
 * does, because there is no code for it: look for NaN before. -0, and negative values that round to zero, give 8. Other
 * rules: lowp_encode_with(); arrays, one code per byte: lowp_element_encode_n(). Pure, total, safe from any thread.
 * The HiFloat4 element S1P2 has the bits of E1M2 with ties away from zero: see hifloat4.h.
 *
 * Sources: OCP Microscaling Formats (MX) 1.0, section 5.3.3; for E1M2 the definition used by Huawei's CANN.
 */
#ifndef LOWP_FP4_H
#define LOWP_FP4_H

#include <lowp/element.h>

LOWP_BEGIN_DECLS

#define LOWP_E2M1_BIAS         1    /**< 2^(2-1) - 1 */
#define LOWP_E2M1_MAX          6.0f /**< 2^(3-1) * (1 + 1/2) */
#define LOWP_E2M1_MIN_NORMAL   1.0f /**< 2^(1-1) */
#define LOWP_E2M1_MIN_POSITIVE 0.5f /**< 2^(1-1) / 2 */
#define LOWP_E2M1_CODE_MAX     0x7  /**< sign 0 */
#define LOWP_E1M2_BIAS         1     /**< so that codes step by 1/4 throughout */
#define LOWP_E1M2_MAX          1.75f /**< 2^(1-1) * (1 + 3/4) */
#define LOWP_E1M2_MIN_NORMAL   1.0f  /**< 2^(1-1) */
#define LOWP_E1M2_MIN_POSITIVE 0.25f /**< 2^(1-1) / 2^2 */
#define LOWP_E1M2_CODE_MAX     0x7   /**< sign 0 */

/** The E2M1 code of x, 0..F. */
static inline uint8_t lowp_e2m1_encode(float x) { return (uint8_t)lowp_encode(LOWP_E2M1, x); }
/** The value of a code, exact; the upper four bits are ignored. */
static inline float lowp_e2m1_decode(uint8_t code) { return lowp_decode(LOWP_E2M1, code); }
/** The E1M2 code of x, 0..F. */
static inline uint8_t lowp_e1m2_encode(float x) { return (uint8_t)lowp_encode(LOWP_E1M2, x); }
/** The value of a code, exact; the upper four bits are ignored. */
static inline float lowp_e1m2_decode(uint8_t code) { return lowp_decode(LOWP_E1M2, code); }

/**
 * Two codes in a byte, the canonical form of lowp and that of CUDA, compressed-tensors and gpt-oss: the even element in
 * the low nibble. GGUF splits a block in halves instead; HiFloat4's first descriptions put the even element high.
 */
static inline uint8_t lowp_fp4_pack2(uint8_t even, uint8_t odd) { return (uint8_t)((even & 15u) | (odd & 15u) << 4); }
/** The even (low) and the odd (high) code of a byte. */
static inline uint8_t lowp_fp4_even(uint8_t byte) { return byte & 15u; }
static inline uint8_t lowp_fp4_odd(uint8_t byte) { return (uint8_t)(byte >> 4); }
/** Code i of a packed row, and its replacement, which leaves the neighbour in the byte alone. */
static inline uint8_t lowp_fp4_get(const uint8_t *row, size_t i) {
  return i % 2 ? lowp_fp4_odd(row[i / 2]) : lowp_fp4_even(row[i / 2]);
}
static inline void lowp_fp4_set(uint8_t *row, size_t i, uint8_t code) {
  uint8_t byte = row[i / 2];
  row[i / 2] = i % 2 ? lowp_fp4_pack2(byte, code) : lowp_fp4_pack2(code, lowp_fp4_odd(byte));
}

LOWP_END_DECLS
#endif
