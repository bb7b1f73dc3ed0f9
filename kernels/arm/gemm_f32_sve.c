/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_f32_sve.c: f32 FMA on exactly decoded weights, by the loops of gemm_f32.h, with vectors of any length: as many
 * of the 16 lanes of a panel at a time as a vector holds. Four k of a row are the same in every segment of 128 bits,
 * and go to FMAs by index. Eight sums, of up to eight rows or four panels; vectors cannot be in arrays, so each is
 * written by EACH.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/arm/gemm_store.h"
#include "kernels/arm/sve.h"
#include "kernels/gemm_f32.h"

enum { KC = 2 * LOWPK_STEP };
#define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define EACH_PANEL(X) X(0) X(1) X(2) X(3)

/* Sum i: row i / np, panel i % np. */
LOWPK_TILE_INLINE void lanes(const size_t mr, const size_t np, size_t kc, const float *a, const float *b, float *sums,
                             int first, size_t lane) {
  const svbool_t p = svwhilelt_b32_u64(lane, LOWPK_NR), all = svptrue_b32();
#define BEGIN(i) svfloat32_t s##i = first || mr * np <= i ? svdup_n_f32(0) : svld1_f32(p, sums + i * LOWPK_NR + lane);
  EACH(BEGIN)
#undef BEGIN
  for (size_t k = 0; k < kc; k += 4) {
#define LOAD(i) \
  svfloat32_t x##i = mr > i ? svld1rq_f32(all, a + i * KC + k) : svdup_n_f32(0); \
  if (mr > i) LOWPK_SVE_INDEXED(x##i);
    EACH(LOAD)
#undef LOAD
#define LOAD(j) const svfloat32_t w##j = svld1_f32(p, b + ((np > j ? j : 0) * KC + k + at) * LOWPK_NR + lane);
#define X(i) \
  (i / np == 0   ? x0 \
   : i / np == 1 ? x1 \
   : i / np == 2 ? x2 \
   : i / np == 3 ? x3 \
   : i / np == 4 ? x4 \
   : i / np == 5 ? x5 \
   : i / np == 6 ? x6 \
                 : x7)
#define W(i) (i % np == 0 ? w0 : i % np == 1 ? w1 : i % np == 2 ? w2 : w3)
#define FMA(i) \
  if (mr * np > i) s##i = svmla_lane_f32(s##i, W(i), X(i), AT);
#define FOUR \
  { \
    const size_t at = AT; \
    EACH_PANEL(LOAD) \
    EACH(FMA) \
  }
#define AT 0
    FOUR
#undef AT
#define AT 1
        FOUR
#undef AT
#define AT 2
            FOUR
#undef AT
#define AT 3
                FOUR
#undef AT
  }
#define STORE(i) \
  if (mr * np > i) svst1_f32(p, sums + i * LOWPK_NR + lane, s##i);
  EACH(STORE)
#undef STORE
}

#define TILE(mr, np) \
  static void tile_##mr##x##np(size_t kc, const float *a, const float *b, float *sums, int first) { \
    for (size_t lane = 0; lane < LOWPK_NR; lane += svcntw()) lanes(mr, np, kc, a, b, sums, first, lane); \
  }
TILE(1, 1)
TILE(1, 2)
TILE(1, 3)
TILE(1, 4)
TILE(2, 1)
TILE(2, 2)
TILE(2, 3)
TILE(2, 4)
TILE(3, 1)
TILE(3, 2)
TILE(4, 1)
TILE(4, 2)
TILE(5, 1)
TILE(6, 1)
TILE(7, 1)
TILE(8, 1)

static void store(const lowpk_gemm *g, size_t panel, size_t np, const float *sums) {
  lowpk_neon_store s[LOWPK_TILE_PANELS];
  for (size_t j = 0; j < np; j++) s[j] = lowpk_neon_store_begin(g, panel + j);
  for (size_t r = 0; r < g->m; r++)
    for (size_t j = 0; j < np; j++, sums += LOWPK_NR) lowpk_neon_store_row(g, &s[j], r, sums);
}

static const lowpk_tiling_f32 tiling = {
    .rows = 8,
    .kc = KC,
    .panels = {4, 4, 2, 2, 1, 1, 1, 1},
    .store = store,
    .tile = {{tile_1x1, tile_1x2, tile_1x3, tile_1x4},
             {tile_2x1, tile_2x2, tile_2x3, tile_2x4},
             {tile_3x1, tile_3x2},
             {tile_4x1, tile_4x2},
             {tile_5x1},
             {tile_6x1},
             {tile_7x1},
             {tile_8x1}},
};

void lowpk_gemm_f32_sve(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  lowpk_gemm_f32_blocked(g, &tiling, panel0, panel1, scratch);
}
