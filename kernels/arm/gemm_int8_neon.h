/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_int8_neon.h: the tile of gemm_int8.h for 128-bit registers: eight lanes at a time, two registers of weights for
 * each 4 k, and TILE_ROWS rows, whose sums of the block and of all blocks stay in registers for the whole chunk.
 *
 *   LOWPK_DOT defined     SDOT: four products for each lane, with four bytes of a row by index
 *   else                  SMULL, SMLAL where two products fit 16 bits, SADALP: pairs of products for each lane
 */
#include "kernels/arm/gemm_int8.h"

enum { HALVES = 2 }; /* registers of eight lanes */
#if defined(LOWPK_DOT)
enum { PARTS = 1, TILE_ROWS = 4 };
#else
enum { PARTS = 2, TILE_ROWS = 2 }; /* sums of four lanes, two for each */
#endif

/* Two words, 8 k, of four lanes. */
typedef struct two_words {
  int8x16_t k0, k4;
} two_words;

LOWPK_INLINE two_words load_words(bool nibbles, const uint8_t *w, int8x16_t table) {
  if (!nibbles) return (two_words){vld1q_s8((const int8_t *)w), vld1q_s8((const int8_t *)w + 64)};
  const uint8x16_t c = vld1q_u8(w);
  return (two_words){vqtbl1q_s8(table, vandq_u8(c, vdupq_n_u8(0x0f))), vqtbl1q_s8(table, vshrq_n_u8(c, 4))};
}

/* sum += dots of 8 k, bytes 8 at .. 8 at + 7 of x (`at` is 0 or 1). */
LOWPK_INLINE void dot8(bool wide, int at, two_words w, int8x16_t x, int32x4_t sum[PARTS]) {
#if defined(LOWPK_DOT)
  (void)wide;
  if (at == 0)
    sum[0] = vdotq_laneq_s32(vdotq_laneq_s32(sum[0], w.k0, x, 0), w.k4, x, 1);
  else
    sum[0] = vdotq_laneq_s32(vdotq_laneq_s32(sum[0], w.k0, x, 2), w.k4, x, 3);
#else
  const int32x4_t v = vreinterpretq_s32_s8(x);
  const int8x16_t a = vreinterpretq_s8_s32(at ? vdupq_laneq_s32(v, 2) : vdupq_laneq_s32(v, 0));
  const int8x16_t b = vreinterpretq_s8_s32(at ? vdupq_laneq_s32(v, 3) : vdupq_laneq_s32(v, 1));
  int16x8_t low = vmull_s8(vget_low_s8(w.k0), vget_low_s8(a)), high = vmull_high_s8(w.k0, a);
  if (wide) {
    sum[0] = vpadalq_s16(sum[0], low);
    sum[1] = vpadalq_s16(sum[1], high);
    low = vmull_s8(vget_low_s8(w.k4), vget_low_s8(b)), high = vmull_high_s8(w.k4, b);
  } else {
    low = vmlal_s8(low, vget_low_s8(w.k4), vget_low_s8(b)), high = vmlal_high_s8(high, w.k4, b);
  }
  sum[0] = vpadalq_s16(sum[0], low);
  sum[1] = vpadalq_s16(sum[1], high);
#endif
}

LOWPK_INLINE int32x4_t four_lanes(const int32x4_t sum[PARTS]) {
#if defined(LOWPK_DOT)
  return sum[0];
#else
  return vpaddq_s32(sum[0], sum[1]);
#endif
}

/* Lanes 8 h .. 8 h + 7. */
LOWPK_INLINE void eight_lanes(const int rows, const bool whole, const bool nibbles, const bool wide, const int8_work *t,
                              size_t h) {
  const int8x16_t table = nibbles ? vld1q_s8(t->table) : vdupq_n_s8(0);
  const size_t words_of_16 = nibbles ? 128 : 256; /* bytes of 16 k */
  int32x4_t sum[4][HALVES][PARTS];
  float32x4_t total[4][HALVES];
  LOWPK_NEON_UNROLL
  for (int r = 0; r < rows; r++) {
    LOWPK_NEON_UNROLL
    for (int i = 0; i < HALVES; i++) {
      total[r][i] = vld1q_f32(t->sums + r * LOWPK_NR + h * 8 + (size_t)i * 4);
      LOWPK_NEON_UNROLL
      for (int j = 0; j < PARTS; j++) sum[r][i][j] = vdupq_n_s32(0);
    }
  }
  const float *sx = t->sx, *sw = t->sw;
  size_t b = 0;
  for (size_t step = 0; step < t->steps; step++) {
    const uint8_t *w = t->w + step * t->w_stride + h * 32;
    const int8_t *x = t->x + step * 2 * t->x_tile;
    for (size_t k = 0; k < LOWPK_STEP; b++) {
      const size_t end = k + t->block;
      for (; k < end; k += 16, w += words_of_16) {
        const int8_t *from = x + k / 64 * t->x_tile + k % 64;
        int8x16_t v[4];
        LOWPK_NEON_UNROLL
        for (int r = 0; r < rows; r++) v[r] = vld1q_s8(from + r * 64);
        LOWPK_NEON_UNROLL
        for (int at = 0; at < 2; at++) {
          LOWPK_NEON_UNROLL
          for (int i = 0; i < HALVES; i++) {
            const two_words words = load_words(nibbles, w + (size_t)at * words_of_16 / 2 + (size_t)i * 16, table);
            LOWPK_NEON_UNROLL
            for (int r = 0; r < rows; r++) dot8(wide, at, words, v[r], sum[r][i]);
          }
        }
      }
      if (whole) continue;
      float32x4_t y[HALVES];
      LOWPK_NEON_UNROLL
      for (int i = 0; i < HALVES; i++)
        y[i] = sw ? vld1q_f32(sw + (b >> t->sw_shift) * LOWPK_NR + h * 8 + (size_t)i * 4) : vdupq_n_f32(1.0f);
      LOWPK_NEON_UNROLL
      for (int r = 0; r < rows; r++) {
        const float scale = sx ? sx[(b >> t->sx_shift) * t->sx_stride + (size_t)r] : 1.0f;
        LOWPK_NEON_UNROLL
        for (int i = 0; i < HALVES; i++) {
          total[r][i] = vfmaq_f32(total[r][i], vcvtq_f32_s32(four_lanes(sum[r][i])), vmulq_n_f32(y[i], scale));
          LOWPK_NEON_UNROLL
          for (int j = 0; j < PARTS; j++) sum[r][i][j] = vdupq_n_s32(0);
        }
      }
    }
  }
  LOWPK_NEON_UNROLL
  for (int r = 0; r < rows; r++) {
    LOWPK_NEON_UNROLL
    for (int i = 0; i < HALVES; i++) {
      float *to = t->sums + r * LOWPK_NR + h * 8 + (size_t)i * 4;
      if (whole)
        vst1q_f32(to, vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(total[r][i]), four_lanes(sum[r][i]))));
      else
        vst1q_f32(to, total[r][i]);
    }
  }
}

/* Constants, all of them, in each of these. */
LOWPK_INLINE void rows_of(const int rows, const int8_work *t) {
  for (size_t h = 0; h < 2; h++) {
    if (t->rows) /* only INT8 and what has blocks with activations that have none: those are not rows */
      eight_lanes(rows, true, false, true, t, h);
    else if (t->table)
      eight_lanes(rows, false, true, false, t, h);
    else if (t->wide)
      eight_lanes(rows, false, false, true, t, h);
    else
      eight_lanes(rows, false, false, false, t, h);
  }
}
static void rows1(const int8_work *t) { rows_of(1, t); }
static void rows2(const int8_work *t) { rows_of(2, t); }
#if defined(LOWPK_DOT)
static void rows3(const int8_work *t) { rows_of(3, t); }
static void rows4(const int8_work *t) { rows_of(4, t); }
#endif

static void int8_tile(size_t rows, const int8_work *t) {
#if defined(LOWPK_DOT)
  (rows == 1 ? rows1 : rows == 2 ? rows2 : rows == 3 ? rows3 : rows4)(t);
#else
  (rows == 1 ? rows1 : rows2)(t);
#endif
}
