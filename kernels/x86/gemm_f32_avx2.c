/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_f32_avx2.c: f32 FMA on exactly decoded weights. Tiles of 6 rows by one panel: 12 sums, 2 vectors of weights
 * and 2 broadcasts fill the 16 registers; 12 FMAs (6 cycles on two ports) come with 8 loads. Fewer rows take more
 * panels, so that there are 8 sums or more: 4 cycles of latency on two ports.
 */
#include "kernels/x86/gemm_f32_few.h"
#include "kernels/x86/gemm_store_avx2.h"

/* One panel of 256 x 16 floats is 16 KiB, half of the smallest L1; longer blocks hardly save any traffic of sums. */
enum { KC = 2 * LOWPK_STEP };

LOWPK_TILE_INLINE void tile(const int mr, const int np, size_t kc, const float *a, const float *b, float *sums,
                            int first) {
  __m256 s[LOWPK_TILE_ROWS][2 * LOWPK_TILE_PANELS];
  LOWPK_UNROLL
  for (int r = 0; r < mr; r++) {
    LOWPK_UNROLL
    for (int j = 0; j < 2 * np; j++)
      s[r][j] = first ? _mm256_setzero_ps() : _mm256_loadu_ps(sums + r * np * LOWPK_NR + j * 8);
  }
  for (size_t k = 0; k < kc; k++) {
    __m256 w[2 * LOWPK_TILE_PANELS];
    LOWPK_UNROLL
    for (int j = 0; j < 2 * np; j++) w[j] = _mm256_load_ps(b + ((size_t)(j / 2) * KC + k) * LOWPK_NR + j % 2 * 8);
    LOWPK_UNROLL
    for (int r = 0; r < mr; r++) {
      __m256 x = _mm256_set1_ps(a[(size_t)r * KC + k]);
      LOWPK_UNROLL
      for (int j = 0; j < 2 * np; j++) s[r][j] = _mm256_fmadd_ps(x, w[j], s[r][j]);
    }
  }
  LOWPK_UNROLL
  for (int r = 0; r < mr; r++) {
    LOWPK_UNROLL
    for (int j = 0; j < 2 * np; j++) _mm256_storeu_ps(sums + r * np * LOWPK_NR + j * 8, s[r][j]);
  }
}

#define TILE(mr, np) \
  static void tile_##mr##x##np(size_t kc, const float *a, const float *b, float *sums, int first) { \
    if (first) \
      tile(mr, np, kc, a, b, sums, 1); \
    else \
      tile(mr, np, kc, a, b, sums, 0); \
  }
TILE(1, 1)
TILE(1, 2)
TILE(1, 3)
TILE(1, 4)
TILE(2, 1)
TILE(2, 2)
TILE(2, 3)
TILE(3, 1)
TILE(3, 2)
TILE(4, 1)
TILE(5, 1)
TILE(6, 1)

static void store(const lowpk_gemm *g, size_t panel, size_t np, const float *sums) {
  lowpk_store_avx2 s[LOWPK_TILE_PANELS];
  for (size_t j = 0; j < np; j++) s[j] = lowpk_store_begin_avx2(g, panel + j);
  for (size_t r = 0; r < g->m; r++)
    for (size_t j = 0; j < np; j++, sums += LOWPK_NR)
      lowpk_store_row_avx2(g, &s[j], r, _mm256_load_ps(sums), _mm256_load_ps(sums + 8));
}

static const lowpk_tiling_f32 tiling = {
    .rows = 6,
    .kc = KC,
    .panels = {4, 3, 2, 1, 1, 1},
    .store = store,
    .tile = {{tile_1x1, tile_1x2, tile_1x3, tile_1x4},
             {tile_2x1, tile_2x2, tile_2x3},
             {tile_3x1, tile_3x2},
             {tile_4x1},
             {tile_5x1},
             {tile_6x1}},
};

void lowpk_gemm_f32_avx2(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  float *room = (float *)(void *)((char *)scratch + LOWPK_FEW_TILES); /* beside what the tiles use for so few rows */
  const float *x = NULL;
  const size_t np = lowpk_few_panels_avx2(g, room, &x);
  for (; np && panel1 - panel0 >= np; panel0 += np)
    if (!lowpk_few_group_avx2(g, panel0, x)) lowpk_gemm_f32_blocked(g, &tiling, panel0, panel0 + np, scratch);
  lowpk_gemm_f32_blocked(g, &tiling, panel0, panel1, scratch);
}
