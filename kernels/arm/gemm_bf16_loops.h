/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_bf16_loops.h: the loops around tiles of bf16 dot products, for files that define LOWPK_GEMM_BF16, its name, and
 * as rows_fn one_row, for one row and decoded weights as they come, and rows1 to rows8, for that many and weights that
 * were arranged: sums go on by k values of each row. Four panels at a time, in chunks of k: activations that were read
 * once meet all of them. The decoded weights of a chunk, 8 KiB a panel, stay in L1; sums of all rows wait in scratch.
 */
#include "kernels/arm/gemm_bf16.h"

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static void some_panels(const lowpk_gemm *g, size_t panel, size_t panels, uint16_t *decoded, float *sums) {
  static rows_fn *const tiles[TILE_ROWS] = {rows1, rows2, rows3, rows4, rows5, rows6, rows7, rows8};
  const size_t kp = g->w->kp, m = g->m;
  memset(sums, 0, panels * m * LOWPK_NR * sizeof *sums);
  for (size_t k0 = 0; k0 < kp; k0 += CHUNK) {
    const size_t k = least(CHUNK, kp - k0);
    for (size_t p = 0; p < panels; p++) {
      g->panel_bf16(g->w, panel + p, k0, k0 + k, decoded + p * PANEL_WORDS);
      if (m > 1) arrange((int8_t *)(decoded + p * PANEL_WORDS), 2 * k);
    }
    size_t count;
    for (size_t r = 0; r < m; r += count) {
      const size_t first = r / LOWPK_MR * LOWPK_MR, h = least(LOWPK_MR, m - first);
      count = least(TILE_ROWS, first + h - r);
      const uint16_t *x = (const uint16_t *)g->lhs + first * kp + k0 * h + (r - first) * 32;
      for (size_t p = 0; p < panels; p++)
        (m == 1 ? one_row : tiles[count - 1])(k, x, h * 32, decoded + p * PANEL_WORDS, sums + (p * m + r) * LOWPK_NR);
    }
  }
  for (size_t p = 0; p < panels; p++) {
    const lowpk_neon_store to = lowpk_neon_store_begin(g, panel + p);
    for (size_t r = 0; r < m; r++) lowpk_neon_store_row(g, &to, r, sums + (p * m + r) * LOWPK_NR);
  }
}

void LOWPK_GEMM_BF16(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  uint16_t *decoded = scratch;
  float *sums = (float *)(void *)(decoded + PANELS * PANEL_WORDS);
  for (size_t panel = panel0; panel < panel1; panel += PANELS)
    some_panels(g, panel, least(PANELS, panel1 - panel), decoded, sums);
}
