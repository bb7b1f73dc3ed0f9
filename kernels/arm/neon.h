/* SPDX-License-Identifier: Apache-2.0 */
/* neon.h: what the NEON kernels share. */
#ifndef LOWPK_ARM_NEON_H
#define LOWPK_ARM_NEON_H

#include "kernels/kernel.h"
#include <arm_neon.h>

/* Loops over registers are unrolled at every optimization level: an array is in memory otherwise. */
#if defined(__clang__)
#define LOWPK_NEON_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LOWPK_NEON_UNROLL _Pragma("GCC unroll 32")
#endif

/* Byte k of lane n to place 4 k + n: four lanes of four bytes, transposed. */
static inline __attribute__((always_inline, unused)) uint8x16_t lowpk_neon_by_k(uint8x16_t w) {
  static const uint8_t places[16] = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
  return vqtbl1q_u8(w, vld1q_u8(places));
}

/* Integers of the 4-bit codes: E2M1 doubled, INT4, S1P2 times 4; of the 6-bit codes: E2M3 times 8. */
static const int8_t lowpk_neon_e2m1_integers[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
static const int8_t lowpk_neon_int4_integers[16] = {0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1};
static const int8_t lowpk_neon_s1p2_integers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 0, -1, -2, -3, -4, -5, -6, -7};
static const int8_t lowpk_neon_e2m3_integers[64] = {
    0,   1,   2,   3,   4,   5,   6,   7,   8,   9,   10,  11,  12,  13,  14,  15,  16,  18,  20,  22, 24,  26,
    28,  30,  32,  36,  40,  44,  48,  52,  56,  60,  0,   -1,  -2,  -3,  -4,  -5,  -6,  -7,  -8,  -9, -10, -11,
    -12, -13, -14, -15, -16, -18, -20, -22, -24, -26, -28, -30, -32, -36, -40, -44, -48, -52, -56, -60};

#endif
