/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_f32.h: the loops around a tile, for the f32 kernels of every width. The weights of a few panels are decoded
 * once for one block of k, and meet all rows of the call while they are in the L1 cache; the sums wait in scratch
 * between blocks. k is walked in ascending order and every sum is one chain of FMAs that starts from +0, so it is
 * EXACT for any blocking.
 *
 *   for NC columns:                         sums stay in L2: 512 x 512 x 4 bytes, half of the usual 2 MiB
 *     for KC of k:                          x [m][KC], copied: rows of x are a power of two apart as a rule, so that
 *                                           all would fall into the same few sets of L1
 *       for NP panels:
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
 * sums[(r * np + j) * 16 + lane] goes on (from +0 if `first`) by fma(a[r * KC + k], b[(j * KC + k) * 16 + lane]) for
 * all k < kc.
 * a and b are 64-byte aligned.
 */
typedef void lowpk_tile_f32_fn(size_t kc, const float *a, const float *b, float *sums, int first);

/* Stores np panels from `panel` on; sums[m][np][16]. */
typedef void lowpk_store_f32_fn(const lowpk_gemm *g, size_t panel, size_t np, const float *sums);

/* How a kernel cuts its work. tile[mr - 1][np - 1] for mr <= rows, np <= panels[mr - 1]. */
enum { LOWPK_TILE_ROWS = 8, LOWPK_TILE_PANELS = 6 };
typedef struct lowpk_tiling_f32 {
  size_t rows, kc;
  uint8_t panels[LOWPK_TILE_ROWS];
  lowpk_tile_f32_fn *tile[LOWPK_TILE_ROWS][LOWPK_TILE_PANELS];
  lowpk_store_f32_fn *store;
} lowpk_tiling_f32;

/* Equal parts rather than whole ones and a rest: the size of the next part of `left`, each at most `most`. */
static inline size_t lowpk_part(size_t left, size_t most) {
  size_t parts = (left + most - 1) / most;
  return (left + parts - 1) / parts;
}

/*
 * Asks for bytes [from, to) of each of `count` chunks. Chunks of a row of x or of a panel are too short for the
 * hardware to foresee; so each tile asks for its share of what the next ones need, no more than the memory can bring
 * meanwhile.
 */
static inline void lowpk_prefetch(const void *data, size_t stride, size_t count, size_t from, size_t to) {
#if defined(__GNUC__)
  for (size_t j = 0; j < count; j++)
    for (size_t i = (from + 63) / 64 * 64; i < to; i += 64)
      __builtin_prefetch((const char *)data + j * stride + i, 0, 2);
#else
  (void)data, (void)stride, (void)count, (void)from, (void)to;
#endif
}

static inline void lowpk_gemm_f32_blocked(const lowpk_gemm *g, const lowpk_tiling_f32 *t, size_t panel0, size_t panel1,
                                          void *scratch) {
  const lowpk_rhs *w = g->w;
  const float *x = g->lhs;
  const size_t m = g->m, kp = w->kp, most = t->panels[lowpk_part(m, t->rows) - 1];
  float *sums = scratch, *a = sums + (m + LOWPK_MR - 1) / LOWPK_MR * LOWPK_MR * LOWPK_GEMM_NC, *b = a + m * t->kc;
  for (size_t panel = panel0, count; panel < panel1; panel += count) {
    count = lowpk_part(panel1 - panel, LOWPK_GEMM_NC / LOWPK_NR);
    for (size_t k0 = 0, kc; k0 < kp; k0 += kc) {
      kc = kp - k0 < t->kc ? kp - k0 : t->kc;
      const float *next_x = x + (k0 + kc < kp ? k0 + kc : 0);
      for (size_t r = 0; r < m; r++) memcpy(a + r * t->kc, x + r * kp + k0, kc * sizeof *a);
      for (size_t p = 0, np; p < count; p += np) {
        np = lowpk_part(count - p, most);
        float *s = sums + p * LOWPK_NR * m; /* [m][np][16] */
        const uint8_t *next_w = w->data + (panel + p + np) * w->panel_bytes + k0 / LOWPK_STEP * w->step_bytes;
        const size_t next_np = p + np < count ? lowpk_part(count - p - np, most) : 0,
                     chunk = kc / LOWPK_STEP * w->step_bytes;
        for (size_t j = 0; j < np; j++) g->panel_f32(w, panel + p + j, k0, k0 + kc, b + j * t->kc * LOWPK_NR);
        for (size_t r = 0, mr; r < m; r += mr) {
          mr = lowpk_part(m - r, t->rows);
          lowpk_prefetch(next_w, w->panel_bytes, next_np, r * chunk / m, (r + mr) * chunk / m);
          for (size_t i = (p * m + r * np) / count; i < (p * m + (r + mr) * np) / count; i++)
            lowpk_prefetch(next_x + i * kp, 0, 1, 0, kc * sizeof *x);
          t->tile[mr - 1][np - 1](kc, a + r * t->kc, b, s + r * np * LOWPK_NR, k0 == 0);
        }
        if (k0 + kc == kp) t->store(g, panel + p, np, s);
      }
    }
  }
}

#endif
