/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_f32.h: the loops around a tile, for the f32 kernels of every width. The weights of a few panels are decoded once for
 * one block of k, and meet all rows of the call while they are in the L1 cache; the sums wait in scratch between blocks.
 * k is walked in ascending order and every sum is one chain of FMAs that starts from +0, so it is EXACT for any blocking.
 *
 *   for NC columns:                         sums [m][NC] stay in L2: 512 x 512 x 4 bytes are half of the usual 2 MiB
 *     for KC of k:                          x [m][KC], copied: rows of x are a power of two apart as a rule, and would
 *       for NP panels:                      all fall into the same few sets of L1
 *         decode [KC][16] of each           stays in L1
 *         for MR rows: tile                 MR x NP panels of sums in registers
 */
#ifndef LOWPK_GEMM_F32_H
#define LOWPK_GEMM_F32_H

#include "kernels/kernel.h"
#include <string.h>

#if defined(__GNUC__)
#define LOWPK_TILE_INLINE static inline __attribute__((always_inline))
#else
#define LOWPK_TILE_INLINE static inline
#endif

/* Loops over registers of a tile must be unrolled whatever the optimization level: an array is in memory otherwise. */
#if defined(__clang__)
#define LOWPK_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define LOWPK_UNROLL _Pragma("GCC unroll 32")
#else
#define LOWPK_UNROLL
#endif

/*
 * sums[r * LOWPK_GEMM_NC + 16 j + lane] goes on (from +0 if `first`) by fma(a[r * KC + k], b[(j * KC + k) * 16 + lane]), k < kc.
 * a and b are 64-byte aligned.
 */
typedef void lowpk_tile_f32_fn(size_t kc, const float *a, const float *b, float *sums, int first);

/* How a kernel cuts its work. tile[mr - 1][np - 1] for mr <= rows, np <= panels[mr - 1]. */
enum { LOWPK_TILE_ROWS = 8, LOWPK_TILE_PANELS = 6 };
typedef struct lowpk_tiling_f32 {
  size_t rows, kc;
  uint8_t panels[LOWPK_TILE_ROWS];
  lowpk_tile_f32_fn *tile[LOWPK_TILE_ROWS][LOWPK_TILE_PANELS];
} lowpk_tiling_f32;

/* Equal parts rather than whole ones and a rest: the size of the next part of `left`, each at most `most`. */
static inline size_t lowpk_part(size_t left, size_t most) {
  size_t parts = (left + most - 1) / most;
  return (left + parts - 1) / parts;
}

/* Adds up S of `count` panels from `panel` on for all rows, to sums[m][LOWPK_GEMM_NC]; room: for x and decoded weights. */
LOWPK_TILE_INLINE void lowpk_sums_f32(const lowpk_gemm *g, const lowpk_tiling_f32 *t, size_t panel, size_t count,
                                      float *sums, float *room) {
  const size_t m = g->m, kp = g->w->kp, most = t->panels[lowpk_part(m, t->rows) - 1];
  float *a = room, *b = room + (m * t->kc + 15) / 16 * 16;
  for (size_t k0 = 0; k0 < kp; k0 += t->kc) {
    const size_t kc = kp - k0 < t->kc ? kp - k0 : t->kc;
    for (size_t r = 0; r < m; r++) memcpy(a + r * t->kc, (const float *)g->lhs + r * kp + k0, kc * sizeof *a);
    for (size_t p = 0, np; p < count; p += np) {
      np = lowpk_part(count - p, most);
      for (size_t j = 0; j < np; j++) g->panel_f32(g->w, panel + p + j, k0, k0 + kc, b + j * t->kc * LOWPK_NR);
      for (size_t r = 0, mr; r < m; r += mr) {
        mr = lowpk_part(m - r, t->rows);
        t->tile[mr - 1][np - 1](kc, a + r * t->kc, b, sums + r * LOWPK_GEMM_NC + p * LOWPK_NR, k0 == 0);
      }
    }
  }
}

#endif
