/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_bf16_avx512bf16.c: bf16 dot products with vdpbf16ps, for CPUs without tiles. MODEL: for each pair of bf16
 * order (low half, high half), k ascending,
 *
 *     S = fma(x high, w high, S), then S = fma(x low, w low, S); S = +0 at first
 *
 * where inputs that are subnormal count as zero and results that would be subnormal become zero: see
 * tests/oracle/bf16_dot_model.c.
 *
 * The instruction itself is slow (half of the f32 FMA's rate where it was measured), so tiles only have to keep it
 * busy: 8 rows by 3 panels as in gemm_f32_avx512.c, x straight from its tiles.
 */
#include "kernels/gemm_f32.h"
#include "kernels/x86/gemm_store_avx512.h"

/* A pair of k is 64 bytes of a panel: 3 panels of 256 k are 24 KiB, half of L1. */
enum { KC = 2 * LOWPK_STEP, TILE_K = 32 };

/* One pair of x in all lanes. */
static inline __m512bh pair(const uint16_t *x) {
  int32_t both;
  memcpy(&both, x, sizeof both);
  return (__m512bh)_mm512_set1_epi32(both);
}

/* As lowpk_tile_f32_fn; a: row 0 of the first tile of x, whose tiles have h rows. */
LOWPK_TILE_INLINE void tile(const int mr, const int np, size_t kc, const uint16_t *a, size_t h, const uint16_t *b,
                            float *sums, int first) {
  __m512 s[LOWPK_TILE_ROWS][LOWPK_TILE_PANELS];
  LOWPK_UNROLL
  for (int r = 0; r < mr; r++) {
    LOWPK_UNROLL
    for (int j = 0; j < np; j++)
      s[r][j] = first ? _mm512_setzero_ps() : _mm512_loadu_ps(sums + r * LOWPK_GEMM_NC + j * LOWPK_NR);
  }
  for (size_t k = 0; k < kc; k += TILE_K, a += h * TILE_K)
    for (size_t i = 0; i < TILE_K; i += 2, b += 2 * LOWPK_NR) {
      __m512bh w[LOWPK_TILE_PANELS];
      LOWPK_UNROLL
      for (int j = 0; j < np; j++) w[j] = (__m512bh)_mm512_load_si512(b + (size_t)j * KC * LOWPK_NR);
      LOWPK_UNROLL
      for (int r = 0; r < mr; r++) {
        __m512bh x = pair(a + (size_t)r * TILE_K + i);
        LOWPK_UNROLL
        for (int j = 0; j < np; j++) s[r][j] = _mm512_dpbf16_ps(s[r][j], x, w[j]);
      }
    }
  LOWPK_UNROLL
  for (int r = 0; r < mr; r++) {
    LOWPK_UNROLL
    for (int j = 0; j < np; j++) _mm512_storeu_ps(sums + r * LOWPK_GEMM_NC + j * LOWPK_NR, s[r][j]);
  }
}

typedef void tile_fn(size_t kc, const uint16_t *a, size_t h, const uint16_t *b, float *sums, int first);
#define TILE(mr, np) \
  static void tile_##mr##x##np(size_t kc, const uint16_t *a, size_t h, const uint16_t *b, float *sums, int first) { \
    tile(mr, np, kc, a, h, b, sums, first); \
  }
#define TILES_3(mr) TILE(mr, 1) TILE(mr, 2) TILE(mr, 3)
#define TILES_6(mr) TILES_3(mr) TILE(mr, 4) TILE(mr, 5) TILE(mr, 6)
TILES_6(1)
TILES_6(2)
TILES_6(3)
TILES_3(4)
TILES_3(5)
TILES_3(6)
TILES_3(7)
TILES_3(8)

static const size_t panels[LOWPK_TILE_ROWS] = {6, 6, 6, 3, 3, 3, 3, 3};
static tile_fn *const tiles[LOWPK_TILE_ROWS][LOWPK_TILE_PANELS] = {
    {tile_1x1, tile_1x2, tile_1x3, tile_1x4, tile_1x5, tile_1x6},
    {tile_2x1, tile_2x2, tile_2x3, tile_2x4, tile_2x5, tile_2x6},
    {tile_3x1, tile_3x2, tile_3x3, tile_3x4, tile_3x5, tile_3x6},
    {tile_4x1, tile_4x2, tile_4x3},
    {tile_5x1, tile_5x2, tile_5x3},
    {tile_6x1, tile_6x2, tile_6x3},
    {tile_7x1, tile_7x2, tile_7x3},
    {tile_8x1, tile_8x2, tile_8x3},
};

/* All rows of one panel of x against np decoded panels. */
static void row_panel(const lowpk_gemm *g, size_t i, size_t k0, size_t kc, size_t np, const uint16_t *b, float *sums) {
  const size_t left = g->m - i * LOWPK_MR, h = left < LOWPK_MR ? left : (size_t)LOWPK_MR;
  const uint16_t *a = (const uint16_t *)g->lhs + i * LOWPK_MR * g->w->kp + k0 * h;
  for (size_t r = 0, mr; r < h; r += mr) {
    mr = lowpk_part(h - r, LOWPK_TILE_ROWS);
    tiles[mr - 1][np - 1](kc, a + r * TILE_K, h, b, sums + (i * LOWPK_MR + r) * LOWPK_GEMM_NC, k0 == 0);
  }
}

void lowpk_gemm_bf16_avx512bf16(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  const size_t kp = g->w->kp, row_panels = (g->m + LOWPK_MR - 1) / LOWPK_MR;
  const size_t most = panels[(g->m < LOWPK_TILE_ROWS ? g->m : LOWPK_TILE_ROWS) - 1];
  float *sums = scratch;
  uint16_t *b = (uint16_t *)(void *)(sums + row_panels * LOWPK_MR * LOWPK_GEMM_NC);
  for (size_t panel = panel0, count; panel < panel1; panel += count) {
    count = lowpk_part(panel1 - panel, LOWPK_GEMM_NC / LOWPK_NR);
    for (size_t k0 = 0; k0 < kp; k0 += KC) {
      const size_t kc = kp - k0 < KC ? kp - k0 : KC;
      for (size_t p = 0, np; p < count; p += np) {
        np = lowpk_part(count - p, most);
        for (size_t j = 0; j < np; j++) g->panel_bf16(g->w, panel + p + j, k0, k0 + kc, b + j * KC * LOWPK_NR);
        for (size_t i = 0; i < row_panels; i++) row_panel(g, i, k0, kc, np, b, sums + p * LOWPK_NR);
      }
    }
    for (size_t p = 0; p < count; p++) {
      lowpk_store_avx512 store = lowpk_store_begin_avx512(g, panel + p);
      for (size_t r = 0; r < g->m; r++)
        lowpk_store_row_avx512(g, &store, r, _mm512_loadu_ps(sums + r * LOWPK_GEMM_NC + p * LOWPK_NR));
    }
  }
}
