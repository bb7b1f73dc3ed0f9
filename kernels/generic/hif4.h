/* SPDX-License-Identifier: Apache-2.0 */
/* hif4.h: the 32-bit word of a HiFloat4 group, for its two kernels. */
#ifndef LOWPK_GENERIC_HIF4_H
#define LOWPK_GENERIC_HIF4_H

#include "kernels/kernel.h"

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

#endif
