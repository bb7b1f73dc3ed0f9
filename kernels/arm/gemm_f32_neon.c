/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_f32_neon.c: f32 FMA on exactly decoded weights, by the loops of gemm_f32.h. A tile of 5 rows by one panel: 20
 * sums, 4 vectors of weights, 5 of which each holds four k of a row and gives one of them to an FMA by index: 29 of 32
 * registers, 21 loads for 80 FMAs. Fewer rows take more panels, so that there are 16 sums: 4 cycles of latency on up to
 * four pipes.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/arm/gemm_store.h"
#include "kernels/gemm_f32.h"

/* One panel of 256 x 16 floats is 16 KiB, a quarter of L1. */
enum { KC = 2 * LOWPK_STEP };

LOWPK_TILE_INLINE float32x4_t fma_lane(float32x4_t s, float32x4_t w, float32x4_t x, int i) {
  return i == 0   ? vfmaq_laneq_f32(s, w, x, 0)
         : i == 1 ? vfmaq_laneq_f32(s, w, x, 1)
         : i == 2 ? vfmaq_laneq_f32(s, w, x, 2)
                  : vfmaq_laneq_f32(s, w, x, 3);
}

LOWPK_TILE_INLINE void tile(const int mr, const int np, size_t kc, const float *a, const float *b, float *sums,
                            int first) {
  float32x4_t s[LOWPK_TILE_ROWS][4 * LOWPK_TILE_PANELS];
  LOWPK_UNROLL
  for (int r = 0; r < mr; r++) {
    LOWPK_UNROLL
    for (int j = 0; j < 4 * np; j++) s[r][j] = first ? vdupq_n_f32(0) : vld1q_f32(sums + r * np * LOWPK_NR + j * 4);
  }
  for (size_t k = 0; k < kc; k += 4) {
    float32x4_t x[LOWPK_TILE_ROWS];
    LOWPK_UNROLL
    for (int r = 0; r < mr; r++) x[r] = vld1q_f32(a + (size_t)r * KC + k);
    LOWPK_UNROLL
    for (int i = 0; i < 4; i++) {
      LOWPK_UNROLL
      for (int j = 0; j < 4 * np; j++) {
        const float32x4_t w = vld1q_f32(b + ((size_t)(j / 4) * KC + k + (size_t)i) * LOWPK_NR + j % 4 * 4);
        LOWPK_UNROLL
        for (int r = 0; r < mr; r++) s[r][j] = fma_lane(s[r][j], w, x[r], i);
      }
    }
  }
  LOWPK_UNROLL
  for (int r = 0; r < mr; r++) {
    LOWPK_UNROLL
    for (int j = 0; j < 4 * np; j++) vst1q_f32(sums + r * np * LOWPK_NR + j * 4, s[r][j]);
  }
}

#define TILE(mr, np) \
  static void tile_##mr##x##np(size_t kc, const float *a, const float *b, float *sums, int first) { \
    tile(mr, np, kc, a, b, sums, first); \
  }
TILE(1, 1)
TILE(1, 2)
TILE(1, 3)
TILE(1, 4)
TILE(2, 1)
TILE(2, 2)
TILE(3, 1)
TILE(4, 1)
TILE(5, 1)

static void store(const lowpk_gemm *g, size_t panel, size_t np, const float *sums) {
  lowpk_neon_store s[LOWPK_TILE_PANELS];
  for (size_t j = 0; j < np; j++) s[j] = lowpk_neon_store_begin(g, panel + j);
  for (size_t r = 0; r < g->m; r++)
    for (size_t j = 0; j < np; j++, sums += LOWPK_NR) lowpk_neon_store_row(g, &s[j], r, sums);
}

static const lowpk_tiling_f32 tiling = {
    .rows = 5,
    .kc = KC,
    .panels = {4, 2, 1, 1, 1},
    .store = store,
    .tile = {{tile_1x1, tile_1x2, tile_1x3, tile_1x4}, {tile_2x1, tile_2x2}, {tile_3x1}, {tile_4x1}, {tile_5x1}},
};

void lowpk_gemm_f32_neon(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  lowpk_gemm_f32_blocked(g, &tiling, panel0, panel1, scratch);
}
