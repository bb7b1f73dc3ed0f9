/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_bf16.h: what a tile of gemm_bf16_loops.h is. */
#ifndef LOWPK_ARM_GEMM_BF16_H
#define LOWPK_ARM_GEMM_BF16_H

#include "kernels/arm/gemm_int8_arrange.h"
#include "kernels/arm/gemm_store.h"

enum { PANELS = 4, CHUNK = 256, TILE_ROWS = 8, PANEL_WORDS = CHUNK * LOWPK_NR };

/* x: row 0 of the first tile of 32 k, rows 32 values apart, tiles `tile`; sums: [rows][16]. */
typedef void rows_fn(size_t k, const uint16_t *x, size_t tile, const uint16_t *w, float *sums);

#endif
