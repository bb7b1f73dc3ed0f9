/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_int8_i8mm.c: integer dots by SMMLA, two rows of 8 k times two columns of 8 k; up to four rows by SDOT, see
 * gemm_int8_neon.h. The integers in scratch are arranged for it: of each two words a quarter, four lanes, becomes lanes
 * 0, 1 and lanes 2, 3 of 8 k. SVE has the same arrangement, whatever its length: a segment of 128 bits is such a
 * quarter.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#define LOWPK_DOT 1
#include "kernels/arm/gemm_int8_neon.h"
#include "kernels/arm/gemm_int8_arrange.h"

LOWPK_INLINE int32x4_t both_low(int32x4_t a, int32x4_t b) {
  return vreinterpretq_s32_s64(vzip1q_s64(vreinterpretq_s64_s32(a), vreinterpretq_s64_s32(b)));
}
LOWPK_INLINE int32x4_t both_high(int32x4_t a, int32x4_t b) {
  return vreinterpretq_s32_s64(vzip2q_s64(vreinterpretq_s64_s32(a), vreinterpretq_s64_s32(b)));
}

/* `count` rows in pairs; a last odd one is its own partner. Lanes 8 h .. 8 h + 7. */
LOWPK_INLINE void matrix_lanes(const int count, const bool whole, const int8_work *t, size_t h) {
  const int pairs = (count + 1) / 2;
  int32x4_t sum[2][4]; /* of a pair: lanes 0, 1; 2, 3; 4, 5; 6, 7 */
  float32x4_t total[4][HALVES];
  LOWPK_NEON_UNROLL
  for (int r = 0; r < 2 * pairs; r++) {
    LOWPK_NEON_UNROLL
    for (int i = 0; i < HALVES; i++) {
      sum[r / 2][r % 2 * 2 + i] = vdupq_n_s32(0);
      total[r][i] = vld1q_f32(t->sums + (r < count ? r : r - 1) * LOWPK_NR + h * 8 + (size_t)i * 4);
    }
  }
  size_t b = 0;
  for (size_t step = 0; step < t->steps; step++) {
    const uint8_t *w = t->w + step * t->w_stride + h * 32;
    const int8_t *x = t->x + step * 2 * t->x_tile;
    for (size_t k = 0; k < LOWPK_STEP; b++) {
      const size_t end = k + t->block;
      for (; k < end; k += 16, w += 256) {
        const int8_t *from = x + k / 64 * t->x_tile + k % 64;
        int32x4_t v[4];
        LOWPK_NEON_UNROLL
        for (int r = 0; r < 2 * pairs; r++) v[r] = vreinterpretq_s32_s8(vld1q_s8(from + (r < count ? r : r - 1) * 64));
        LOWPK_NEON_UNROLL
        for (int at = 0; at < 2; at++) {
          LOWPK_NEON_UNROLL
          for (int j = 0; j < 4; j++) {
            const int8x16_t y = vld1q_s8((const int8_t *)w + at * 128 + j % 2 * 64 + j / 2 * 16);
            LOWPK_NEON_UNROLL
            for (int p = 0; p < pairs; p++) {
              const int32x4_t a = at ? both_high(v[2 * p], v[2 * p + 1]) : both_low(v[2 * p], v[2 * p + 1]);
              sum[p][j] = vmmlaq_s32(sum[p][j], vreinterpretq_s8_s32(a), y);
            }
          }
        }
      }
      if (whole) continue;
      float32x4_t y[HALVES];
      LOWPK_NEON_UNROLL
      for (int i = 0; i < HALVES; i++)
        y[i] = t->sw ? vld1q_f32(t->sw + (b >> t->sw_shift) * LOWPK_NR + h * 8 + (size_t)i * 4) : vdupq_n_f32(1.0f);
      LOWPK_NEON_UNROLL
      for (int r = 0; r < count; r++) {
        const float scale = t->sx ? t->sx[(b >> t->sx_shift) * t->sx_stride + (size_t)r] : 1.0f;
        LOWPK_NEON_UNROLL
        for (int i = 0; i < HALVES; i++) {
          const int32x4_t *s = &sum[r / 2][i * 2];
          const int32x4_t d = r % 2 ? both_high(s[0], s[1]) : both_low(s[0], s[1]);
          total[r][i] = vfmaq_f32(total[r][i], vcvtq_f32_s32(d), vmulq_n_f32(y[i], scale));
        }
      }
      LOWPK_NEON_UNROLL
      for (int p = 0; p < pairs; p++) {
        LOWPK_NEON_UNROLL
        for (int j = 0; j < 4; j++) sum[p][j] = vdupq_n_s32(0);
      }
    }
  }
  LOWPK_NEON_UNROLL
  for (int r = 0; r < count; r++) {
    LOWPK_NEON_UNROLL
    for (int i = 0; i < HALVES; i++) {
      float *to = t->sums + r * LOWPK_NR + h * 8 + (size_t)i * 4;
      const int32x4_t *s = &sum[r / 2][i * 2];
      const int32x4_t d = r % 2 ? both_high(s[0], s[1]) : both_low(s[0], s[1]);
      vst1q_f32(to, whole ? vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(total[r][i]), d)) : total[r][i]);
    }
  }
}

LOWPK_INLINE void matrix(const int count, const int8_work *t) {
  for (size_t h = 0; h < 2; h++) {
    if (t->rows)
      matrix_lanes(count, true, t, h);
    else
      matrix_lanes(count, false, t, h);
  }
}
static void matrix1(const int8_work *t) { matrix(1, t); }
static void matrix2(const int8_work *t) { matrix(2, t); }
static void matrix3(const int8_work *t) { matrix(3, t); }
static void matrix4(const int8_work *t) { matrix(4, t); }

static void matrix_tile(size_t rows, const int8_work *t) {
  if (!t->arranged)
    int8_tile(rows, t);
  else
    (rows == 1 ? matrix1 : rows == 2 ? matrix2 : rows == 3 ? matrix3 : matrix4)(t);
}

#define int8_tile matrix_tile
#define LOWPK_GEMM_INT8 lowpk_gemm_int8_i8mm
#include "kernels/arm/gemm_int8_loops.h"
