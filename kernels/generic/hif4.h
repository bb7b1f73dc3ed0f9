/* SPDX-License-Identifier: Apache-2.0 */
/* hif4.h: the 32-bit word of a HiFloat4 group, for its two kernels. */
#ifndef LOWPK_GENERIC_HIF4_H
#define LOWPK_GENERIC_HIF4_H

#include "kernels/generic/block.h"

enum { LOWPK_HIF4_GROUP = 64, LOWPK_HIF4_NAN = 0xff };

/* Little-endian: E6M2 in bits 0..7, the bits of eight elements from bit 8, those of four elements from bit 16. */
static inline uint32_t lowpk_hif4_load_word(const uint8_t *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void lowpk_hif4_store_word(uint32_t word, uint8_t *p) {
  for (int i = 0; i < 4; i++) p[i] = (uint8_t)(word >> 8 * i);
}

/* 0, 1 or 2: the power of two of elements 4 j .. 4 j + 3. */
static inline uint32_t lowpk_hif4_exponent(uint32_t word, int j) {
  return (word >> (8 + j / 2) & 1) + (word >> (16 + j) & 1);
}

/* To bf16, nearest even, of a finite value that stays finite. */
LOWPK_INLINE float lowpk_f32_to_bf16(float v) {
  uint32_t bits = lowp_f32_bits(v);
  bits += 0x7fff + (bits >> 16 & 1);
  return lowp_f32_from_bits(bits & 0xffff0000u);
}

/* bf16(1 / E6M2): one of four for its mantissa, 1 to 1.75; the reciprocal of the power of two is exact. */
static inline float lowpk_hif4_reciprocal(uint32_t e6m2) {
  static const float of[4] = {1.0f, 0.80078125f, 0.66796875f, 0.5703125f};
  return of[e6m2 & 3] * lowp_f32_from_bits((127 + 48 - (e6m2 >> 2)) << 23);
}

/* S1P2 magnitude of y >= 0: quarters plus a half, cut off; under RNE a tie goes back down from an odd code. */
LOWPK_INLINE uint32_t lowpk_hif4_nearest(float y, int half_away) {
  float t = y * 4.0f + 0.5f;
  uint32_t q = t < 7.5f ? (uint32_t)t : 7, tie = (float)q == t;
  return half_away ? q : q - (tie & q);
}

#endif
