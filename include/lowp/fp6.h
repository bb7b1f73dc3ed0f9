/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file fp6.h  6-bit floating point: E3M2 and E2M3 of the OCP MX formats, and their dense storage.
 *
 * A code is s eee mm (E3M2) or s ee mmm (E2M3) in the low six bits of a byte, sign in bit 5. Every code is finite.
 *
 *   value = (-1)^s * 2^(e - bias) * (1 + m / 2^M)       e > 0
 *   value = (-1)^s * 2^(1 - bias) * (m / 2^M)           e = 0, subnormal
 *
 *   format  bias  max       min normal  min     -0
 *   E3M2       3  28 (1F)   1/4         1/16    20
 *   E2M3       1  7.5 (1F)  1           1/8     20
 *
 * The encoders round to nearest even and saturate, Inf included; NaN becomes the largest positive value (1F), as CUDA
 * does, because there is no code for it: look for NaN before. Other rules: lowp_encode_with(); arrays, one code per
 * byte: lowp_element_encode_n(). Pure, total, safe from any thread.
 *
 * Source: OCP Microscaling Formats (MX) 1.0, section 5.3.2.
 */
#ifndef LOWP_FP6_H
#define LOWP_FP6_H

#include <lowp/element.h>

LOWP_BEGIN_DECLS

#define LOWP_E3M2_BIAS         3       /**< 2^(3-1) - 1 */
#define LOWP_E3M2_MAX          28.0f   /**< 2^(7-3) * (1 + 3/4) */
#define LOWP_E3M2_MIN_NORMAL   0.25f   /**< 2^(1-3) */
#define LOWP_E3M2_MIN_POSITIVE 0.0625f /**< 2^(1-3) / 2^2 */
#define LOWP_E3M2_CODE_MAX     0x1f    /**< sign 0 */
#define LOWP_E2M3_BIAS         1      /**< 2^(2-1) - 1 */
#define LOWP_E2M3_MAX          7.5f   /**< 2^(3-1) * (1 + 7/8) */
#define LOWP_E2M3_MIN_NORMAL   1.0f   /**< 2^(1-1) */
#define LOWP_E2M3_MIN_POSITIVE 0.125f /**< 2^(1-1) / 2^3 */
#define LOWP_E2M3_CODE_MAX     0x1f   /**< sign 0 */

/** The E3M2 code of x, 00..3F. */
static inline uint8_t lowp_e3m2_encode(float x) { return (uint8_t)lowp_encode(LOWP_E3M2, x); }
/** The value of a code, exact; bits 6 and 7 are ignored. */
static inline float lowp_e3m2_decode(uint8_t code) { return lowp_decode(LOWP_E3M2, code); }
/** The E2M3 code of x, 00..3F. */
static inline uint8_t lowp_e2m3_encode(float x) { return (uint8_t)lowp_encode(LOWP_E2M3, x); }
/** The value of a code, exact; bits 6 and 7 are ignored. */
static inline float lowp_e2m3_decode(uint8_t code) { return lowp_decode(LOWP_E2M3, code); }

/**
 * Dense storage, the canonical form of lowp: four codes in three bytes, code i in bits 6i..6i+5 of the 24-bit
 * little-endian word. OCP MX leaves the order open.
 *
 *   byte 0 = code1[1:0] code0[5:0]    byte 1 = code2[3:0] code1[5:2]    byte 2 = code3[5:0] code2[5:4]
 */
static inline void lowp_fp6_pack4(const uint8_t codes[4], uint8_t bytes[3]) {
  uint32_t word = (codes[0] & 63u) | (codes[1] & 63u) << 6 | (codes[2] & 63u) << 12 | (codes[3] & 63u) << 18;
  bytes[0] = (uint8_t)word;
  bytes[1] = (uint8_t)(word >> 8);
  bytes[2] = (uint8_t)(word >> 16);
}
/** The reverse of lowp_fp6_pack4. */
static inline void lowp_fp6_unpack4(const uint8_t bytes[3], uint8_t codes[4]) {
  uint32_t word = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
  for (int i = 0; i < 4; i++) codes[i] = (uint8_t)(word >> 6 * i & 63u);
}
/** Code i of a dense row. Reads only the bytes that hold bits of it. */
static inline uint8_t lowp_fp6_get(const uint8_t *row, size_t i) {
  const uint8_t *p = row + i / 4 * 3;
  switch (i % 4) {
  case 0: return p[0] & 63u;
  case 1: return (uint8_t)((p[0] >> 6 | p[1] << 2) & 63);
  case 2: return (uint8_t)((p[1] >> 4 | p[2] << 4) & 63);
  default: return (uint8_t)(p[2] >> 2);
  }
}

LOWP_END_DECLS
#endif
