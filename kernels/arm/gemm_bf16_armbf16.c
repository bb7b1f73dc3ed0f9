/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_bf16_armbf16.c: bf16 dot products by BFMMLA, two rows of four k times two columns of four k, and by BFDOT for
 * one row. Both take the pairs of bf16 order one after the other,
 *
 *   S = odd(S + odd(odd(x0 w0) + odd(x1 w1)))      x0, w0 the first of a pair
 *
 * where odd() rounds to odd, takes results below 2^-126 as zero, and operands that are subnormal too, whatever FPCR
 * says. So one model, tests/oracle/arm_bf16_model.c, is for all rows and columns. (A CPU with FEAT_EBF16 does this as
 * long as FPCR.EBF is 0, as it is unless a program sets it.)
 *
 * Tiles of eight rows by half a panel: 16 sums, each of two rows and two columns, 4 registers of x, one of weights at a
 * time. Decoded weights are arranged as gemm_int8_arrange.h says: a pair of bf16 is as wide as four integers.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/arm/gemm_bf16.h"

static inline __attribute__((always_inline)) bfloat16x8_t load(const uint16_t *p) {
  return vreinterpretq_bf16_u16(vld1q_u16(p));
}
/* The lower, the upper 64 bits of both. */
static inline __attribute__((always_inline)) float32x4_t both(int upper, float32x4_t a, float32x4_t b) {
  const uint64x2_t u = vreinterpretq_u64_f32(a), v = vreinterpretq_u64_f32(b);
  return vreinterpretq_f32_u64(upper ? vzip2q_u64(u, v) : vzip1q_u64(u, v));
}

/*
 * `count` rows of x, a constant; a last odd one is its own partner. x: row 0 of the first tile of 32 k. Lanes 8 h .. 8
 * h + 7.
 */
static inline __attribute__((always_inline)) void matrix(const int count, size_t k, const uint16_t *x, size_t tile,
                                                         const uint16_t *w, float *sums, size_t h) {
  const int pairs = (count + 1) / 2;
  float32x4_t sum[TILE_ROWS / 2][4];
  LOWPK_NEON_UNROLL
  for (int p = 0; p < pairs; p++) {
    const float *first = sums + 2 * p * LOWPK_NR + h * 8, *second = 2 * p + 1 < count ? first + LOWPK_NR : first;
    LOWPK_NEON_UNROLL
    for (int j = 0; j < 4; j++) sum[p][j] = both(j % 2, vld1q_f32(first + j / 2 * 4), vld1q_f32(second + j / 2 * 4));
  }
  for (size_t i = 0; i < k; i += 8) {
    const uint16_t *from = x + i / 32 * tile + i % 32;
    LOWPK_NEON_UNROLL
    for (int at = 0; at < 2; at++) {
      float32x4_t a[TILE_ROWS / 2];
      LOWPK_NEON_UNROLL
      for (int p = 0; p < pairs; p++) {
        const uint16_t *first = from + 2 * p * 32, *second = 2 * p + 1 < count ? first + 32 : first;
        a[p] = both(at, vreinterpretq_f32_bf16(load(first)), vreinterpretq_f32_bf16(load(second)));
      }
      LOWPK_NEON_UNROLL
      for (int j = 0; j < 4; j++) {
        const bfloat16x8_t b = load(w + (i + (size_t)at * 4) * LOWPK_NR + j % 2 * 32 + j / 2 * 8 + h * 16);
        LOWPK_NEON_UNROLL
        for (int p = 0; p < pairs; p++) sum[p][j] = vbfmmlaq_f32(sum[p][j], vreinterpretq_bf16_f32(a[p]), b);
      }
    }
  }
  LOWPK_NEON_UNROLL
  for (int r = 0; r < count; r++) {
    LOWPK_NEON_UNROLL
    for (int i = 0; i < 2; i++)
      vst1q_f32(sums + r * LOWPK_NR + h * 8 + (size_t)i * 4, both(r % 2, sum[r / 2][i * 2], sum[r / 2][i * 2 + 1]));
  }
}

#define ROWS(count) \
  static void rows##count(size_t k, const uint16_t *x, size_t tile, const uint16_t *w, float *sums) { \
    for (size_t h = 0; h < 2; h++) matrix(count, k, x, tile, w, sums, h); \
  }
ROWS(1)
ROWS(2)
ROWS(3)
ROWS(4)
ROWS(5)
ROWS(6)
ROWS(7)
ROWS(8)
#undef ROWS

/* One row times weights that are not arranged: pairs by index. */
static void one_row(size_t k, const uint16_t *x, size_t tile, const uint16_t *w, float *sums) {
  float32x4_t sum[4];
  LOWPK_NEON_UNROLL
  for (int j = 0; j < 4; j++) sum[j] = vld1q_f32(sums + j * 4);
  for (size_t i = 0; i < k; i += 8) {
    const bfloat16x8_t a = load(x + i / 32 * tile + i % 32);
#define DOTS(pair) \
  LOWPK_NEON_UNROLL \
  for (int j = 0; j < 4; j++) sum[j] = vbfdotq_laneq_f32(sum[j], load(w + i * LOWPK_NR + (pair)*32 + j * 8), a, pair);
    DOTS(0)
    DOTS(1)
    DOTS(2)
    DOTS(3)
#undef DOTS
  }
  LOWPK_NEON_UNROLL
  for (int j = 0; j < 4; j++) vst1q_f32(sums + j * 4, sum[j]);
}

#define LOWPK_GEMM_BF16 lowpk_gemm_bf16_armbf16
#include "kernels/arm/gemm_bf16_loops.h"
