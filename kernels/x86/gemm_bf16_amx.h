/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_bf16_amx.h: what the two halves of gemm_bf16_amx share: sizes of tiles, their configuration, the end of a tile
 * of sums.
 */
#ifndef LOWPK_GEMM_BF16_AMX_H
#define LOWPK_GEMM_BF16_AMX_H

#include "kernels/x86/amx.h"
#include "kernels/x86/gemm_store_avx512.h"

enum {
  LOWPK_TILE_K = 32,      /* k of a tile of bf16 */
  LOWPK_TILE_ROW = 64,    /* bytes of a row, of any tile */
  LOWPK_TILE_BYTES = 1024 /* of 16 rows */
};

/* Sums to begin with. Not TILEZERO: a product into a tile that it has cleared waits for all products before it. */
static const float lowpk_tile_zeros[16][16] __attribute__((aligned(64)));

/* Tiles 0, 1 (sums) and 4 (activations) of h0 rows; 2, 3 and 5 of h1; 6, 7 (weights) of 16. */
static inline void lowpk_tiles_configure(size_t h0, size_t h1) {
  lowpk_tile_config c = {.palette = 1};
  for (int t = 0; t < 8; t++) {
    c.colsb[t] = LOWPK_TILE_ROW;
    c.rows[t] = (uint8_t)(t >= 6 ? 16 : t == 2 || t == 3 || t == 5 ? h1 : h0);
  }
  LOWPK_TILE_CONFIG(&c);
}

/*
 * First byte of tile 0 of panel i of the activations; *h: rows of its tiles. A tile of them is *h rows after the one
 * before.
 */
static inline const char *lowpk_lhs_panel(const lowpk_gemm *g, size_t i, size_t *h) {
  *h = g->m - i * LOWPK_MR < LOWPK_MR ? g->m - i * LOWPK_MR : LOWPK_MR;
  return (const char *)g->lhs + i * LOWPK_MR * g->w->kp * sizeof(uint16_t);
}

/* y of `rows` rows from row m on, of one panel; their sums stand one after the other. */
static inline void lowpk_tile_finish(const lowpk_gemm *g, size_t panel, size_t m, size_t rows, const float *sums) {
  const lowpk_store_avx512 s = lowpk_store_begin_avx512(g, panel);
  for (size_t r = 0; r < rows; r++) lowpk_store_row_avx512(g, &s, m + r, _mm512_load_ps(sums + r * LOWPK_NR));
}

/* m > 16; the tiles are configured and released by the caller. */
void lowpk_gemm_bf16_amx_wide(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch);

#endif
