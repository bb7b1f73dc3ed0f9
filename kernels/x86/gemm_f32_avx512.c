/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_f32_avx512.c: f32 FMA on exactly decoded weights. Tiles of 8 rows by 3 panels: 24 sums, 3 vectors of weights
 * and a few broadcasts fill the 32 registers, and 24 FMAs (12 cycles on two ports) come with 11 loads, of 24 that
 * could be done. Fewer rows take more panels: 4 cycles of latency on two ports want 8 sums or more.
 */
#include "kernels/x86/gemm_f32_few.h"
#include "kernels/x86/gemm_store_avx512.h"

/* 3 panels of 128 x 16 floats are 24 KiB, half of L1; the rows of x stream past them. */
enum { KC = LOWPK_STEP };

LOWPK_TILE_INLINE void tile(const int mr, const int np, size_t kc, const float *a, const float *b, float *sums,
                            int first) {
  __m512 s[LOWPK_TILE_ROWS][LOWPK_TILE_PANELS];
  LOWPK_UNROLL
  for (int r = 0; r < mr; r++) {
    LOWPK_UNROLL
    for (int j = 0; j < np; j++)
      s[r][j] = first ? _mm512_setzero_ps() : _mm512_loadu_ps(sums + (r * np + j) * LOWPK_NR);
  }
  for (size_t k = 0; k < kc; k++) {
    __m512 w[LOWPK_TILE_PANELS];
    LOWPK_UNROLL
    for (int j = 0; j < np; j++) w[j] = _mm512_load_ps(b + ((size_t)j * KC + k) * LOWPK_NR);
    LOWPK_UNROLL
    for (int r = 0; r < mr; r++) {
      __m512 x = _mm512_set1_ps(a[(size_t)r * KC + k]);
      LOWPK_UNROLL
      for (int j = 0; j < np; j++) s[r][j] = _mm512_fmadd_ps(x, w[j], s[r][j]);
    }
  }
  LOWPK_UNROLL
  for (int r = 0; r < mr; r++) {
    LOWPK_UNROLL
    for (int j = 0; j < np; j++) _mm512_storeu_ps(sums + (r * np + j) * LOWPK_NR, s[r][j]);
  }
}

#define TILE(mr, np) \
  static void tile_##mr##x##np(size_t kc, const float *a, const float *b, float *sums, int first) { \
    if (first) \
      tile(mr, np, kc, a, b, sums, 1); \
    else \
      tile(mr, np, kc, a, b, sums, 0); \
  }
#define TILES_3(mr) TILE(mr, 1) TILE(mr, 2) TILE(mr, 3)
#define TILES_4(mr) TILES_3(mr) TILE(mr, 4)
#define TILES_6(mr) TILES_4(mr) TILE(mr, 5) TILE(mr, 6)
TILES_6(1)
TILES_6(2)
TILES_6(3)
TILES_4(4)
TILES_3(5)
TILES_3(6)
TILES_3(7)
TILES_3(8)

static void store(const lowpk_gemm *g, size_t panel, size_t np, const float *sums) {
  lowpk_store_avx512 s[LOWPK_TILE_PANELS];
  for (size_t j = 0; j < np; j++) s[j] = lowpk_store_begin_avx512(g, panel + j);
  for (size_t r = 0; r < g->m; r++)
    for (size_t j = 0; j < np; j++) lowpk_store_row_avx512(g, &s[j], r, _mm512_load_ps(sums + (r * np + j) * LOWPK_NR));
}

static const lowpk_tiling_f32 tiling = {
    .rows = 8,
    .kc = KC,
    .panels = {6, 6, 6, 4, 3, 3, 3, 3},
    .store = store,
    .tile = {{tile_1x1, tile_1x2, tile_1x3, tile_1x4, tile_1x5, tile_1x6},
             {tile_2x1, tile_2x2, tile_2x3, tile_2x4, tile_2x5, tile_2x6},
             {tile_3x1, tile_3x2, tile_3x3, tile_3x4, tile_3x5, tile_3x6},
             {tile_4x1, tile_4x2, tile_4x3, tile_4x4},
             {tile_5x1, tile_5x2, tile_5x3},
             {tile_6x1, tile_6x2, tile_6x3},
             {tile_7x1, tile_7x2, tile_7x3},
             {tile_8x1, tile_8x2, tile_8x3}},
};

void lowpk_gemm_f32_avx512(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  float *room = (float *)(void *)((char *)scratch + LOWPK_FEW_TILES); /* beside what the tiles use for so few rows */
  const float *x = NULL;
  const size_t np = lowpk_few_panels_avx512(g, room, &x);
  for (; np && panel1 - panel0 >= np; panel0 += np)
    if (!lowpk_few_group_avx512(g, panel0, x)) lowpk_gemm_f32_blocked(g, &tiling, panel0, panel0 + np, scratch);
  lowpk_gemm_f32_blocked(g, &tiling, panel0, panel1, scratch);
}
