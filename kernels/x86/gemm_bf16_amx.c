/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_bf16_amx.c: bf16 products in tiles. MODEL (tests/oracle/gemm_model.c): for every (m, n), for each 32 k of bf16
 * order, ascending,
 *
 *     E = fma(x[k], w[k], E) over the even places of bf16 order, O the same over the odd ones, both from +0
 *     S = S + (E + O)
 *
 * with S = +0 at first; every operation RNE in f32, subnormal inputs count as zero, subnormal results become zero. m,
 * n, blocking and threads do not enter: the order of k is the same everywhere.
 *
 * This file: up to 16 rows, one tile of activations, where the speed of memory is the bound and a core reads one stream
 * of it at two thirds of what it can. So four panels are walked at once, far apart, 128 k of each at a time: decoded to
 * 16 KiB that stay in L1, then multiplied with the tile of activations that all four share. The sums of four panels are
 * four chains of products, of 52 cycles each and one in 10 cycles. More rows: gemm_bf16_amx_wide.c.
 */
#include "kernels/x86/gemm_bf16_amx.h"
#include "kernels/x86/gemm_few_avx512.h"

enum { STREAMS = 4, DECODED = LOWPK_STEP * LOWPK_NR };

/* One step of up to 4 panels. Panels that are missing are multiplied with what is there, and never stored. */
static inline void step_products(const char *x, size_t h, const uint16_t *decoded) {
  for (size_t t = 0; t < LOWPK_STEP / LOWPK_TILE_K; t++) {
    const char *w = (const char *)decoded + t * LOWPK_TILE_BYTES;
    LOWPK_TILE_LOAD(4, x + t * h * LOWPK_TILE_ROW, LOWPK_TILE_ROW);
    LOWPK_TILE_LOAD(6, w, LOWPK_TILE_ROW);
    LOWPK_TILE_DOT_BF16(0, 4, 6);
    LOWPK_TILE_LOAD(7, w + DECODED * 2, LOWPK_TILE_ROW);
    LOWPK_TILE_DOT_BF16(1, 4, 7);
    LOWPK_TILE_LOAD(6, w + DECODED * 4, LOWPK_TILE_ROW);
    LOWPK_TILE_DOT_BF16(2, 4, 6);
    LOWPK_TILE_LOAD(7, w + DECODED * 6, LOWPK_TILE_ROW);
    LOWPK_TILE_DOT_BF16(3, 4, 7);
  }
}

static void narrow(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  uint16_t *decoded = scratch;
  float *sums = (float *)(decoded + STREAMS * DECODED);
  const size_t run = (panel1 - panel0 + STREAMS - 1) / STREAMS; /* panels of a stream */
  memset(decoded, 0, STREAMS * DECODED * sizeof *decoded);
  for (size_t p = 0; p < run; p++) {
    size_t h;
    const char *x = lowpk_lhs_panel(g, 0, &h);
    LOWPK_TILE_LOAD(0, lowpk_tile_zeros, LOWPK_TILE_ROW);
    LOWPK_TILE_LOAD(1, lowpk_tile_zeros, LOWPK_TILE_ROW);
    LOWPK_TILE_LOAD(2, lowpk_tile_zeros, LOWPK_TILE_ROW);
    LOWPK_TILE_LOAD(3, lowpk_tile_zeros, LOWPK_TILE_ROW);
    for (size_t k = 0; k < g->w->kp; k += LOWPK_STEP, x += LOWPK_STEP / LOWPK_TILE_K * h * LOWPK_TILE_ROW) {
      for (size_t j = 0; j < STREAMS && panel0 + j * run + p < panel1; j++)
        g->panel_bf16(g->w, panel0 + j * run + p, k, k + LOWPK_STEP, decoded + j * DECODED);
      step_products(x, h, decoded);
    }
    LOWPK_TILE_STORE(0, sums, LOWPK_TILE_ROW);
    LOWPK_TILE_STORE(1, sums + 256, LOWPK_TILE_ROW);
    LOWPK_TILE_STORE(2, sums + 512, LOWPK_TILE_ROW);
    LOWPK_TILE_STORE(3, sums + 768, LOWPK_TILE_ROW);
    for (size_t j = 0; j < STREAMS && panel0 + j * run + p < panel1; j++)
      lowpk_tile_finish(g, panel0 + j * run + p, 0, h, sums + j * 256);
  }
}

void lowpk_gemm_bf16_amx(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  if (g->m == 0 || panel0 >= panel1) return;
  if (lowpk_gemm_bf16_one_avx512(g, panel0, panel1, scratch)) return;
  if (g->m > LOWPK_MR) {
    lowpk_gemm_bf16_amx_wide(g, panel0, panel1, scratch);
  } else {
    lowpk_tiles_configure(g->m, g->m);
    narrow(g, panel0, panel1, scratch);
  }
  LOWPK_TILE_RELEASE();
}
