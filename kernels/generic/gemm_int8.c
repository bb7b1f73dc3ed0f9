/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_int8.c: blocks of k whose products are integers: an exact sum for each, then one fused multiply-add with the product
 * of the scales. A block may be a whole row, over many steps, so sums have 64 bits and wait beside those of f32.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/gemm_store.h"
#include <math.h>

typedef struct sums {
  int64_t dot[LOWPK_NR];
  float s[LOWPK_NR];
} sums;

/* d with its zero points: sum (x - zx)(w - zw) over the k that there are; what is padded is zero in x and w. */
static int64_t with_zeros(const lowpk_gemm *g, size_t m, size_t n, int64_t d) {
  int32_t zx = g->lhs_zero ? g->lhs_zero[m] : 0, zw = 0;
  if (g->w->zeros) memcpy(&zw, (const char *)g->w->zeros + n * sizeof zw, sizeof zw);
  return lowpk_with_zeros(d, g->w->k, zx, zw, zw ? g->lhs_sum[m] : 0, zx ? g->w->row_sum[n] : 0);
}

/* The end of a block at k, k0 being the step that `scales` belongs to: its dots go into the sums. */
static void end_block(const lowpk_gemm *g, size_t panel, size_t m, size_t k, const float *scales, sums *t) {
  size_t i = m / LOWPK_MR, r = m % LOWPK_MR, h = g->m - i * LOWPK_MR < LOWPK_MR ? g->m - i * LOWPK_MR : LOWPK_MR;
  size_t blocks = g->w->kp / g->lhs_block, rhs_block = g->w->scheme->block_cols;
  const float *lhs = g->lhs_scales ? g->lhs_scales + i * LOWPK_MR * blocks + k / g->lhs_block * h + r : NULL;
  const float *rhs = rhs_block ? scales + k % LOWPK_STEP / rhs_block * LOWPK_NR : NULL;
  for (size_t lane = 0; lane < LOWPK_NR; lane++) {
    size_t n = panel * LOWPK_NR + lane;
    float p = (lhs ? *lhs : 1.0f) * (rhs ? rhs[lane] : 1.0f);
    int64_t d = t->dot[lane];
    if (g->lhs_zero || g->w->zeros) d = with_zeros(g, m, n, d);
    t->s[lane] = fmaf((float)d, p, t->s[lane]);
    t->dot[lane] = 0;
  }
}

static void add_step(const lowpk_gemm *g, size_t panel, size_t m, size_t k0, const int8_t *w, const float *scales,
                     sums *t) {
  size_t i = m / LOWPK_MR, r = m % LOWPK_MR, h = g->m - i * LOWPK_MR < LOWPK_MR ? g->m - i * LOWPK_MR : LOWPK_MR;
  const int8_t *x = (const int8_t *)g->lhs + i * LOWPK_MR * g->w->kp + r * 64;
  for (size_t k = k0; k < k0 + LOWPK_STEP; k++) {
    int v = x[k / 64 * h * 64 + k % 64];
    const int8_t *row = w + (k - k0) / 4 * LOWPK_NR * 4 + k % 4;
    for (size_t lane = 0; lane < LOWPK_NR; lane++) t->dot[lane] += v * row[lane * 4];
    if ((k + 1) % g->block == 0) end_block(g, panel, m, k, scales, t);
  }
}

void lowpk_gemm_int8_generic(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  enum { SCALES = LOWPK_STEP / 16 * LOWPK_NR }; /* the smallest block has 16 */
  sums *t = scratch;
  float *scales = (float *)(void *)(t + g->m);
  int8_t *decoded = (int8_t *)(scales + SCALES);
  for (size_t panel = panel0; panel < panel1; panel++) {
    memset(t, 0, g->m * sizeof *t);
    for (size_t k0 = 0; k0 < g->w->kp; k0 += LOWPK_STEP) {
      g->panel_int8(g->w, panel, k0, k0 + LOWPK_STEP, decoded, scales);
      for (size_t m = 0; m < g->m; m++) add_step(g, panel, m, k0, decoded, scales, &t[m]);
    }
    for (size_t m = 0; m < g->m; m++) {
      size_t n0 = panel * LOWPK_NR;
      for (size_t lane = 0; lane < LOWPK_NR && n0 + lane < g->w->n; lane++)
        lowpk_gemm_store(g, m, n0 + lane, t[m].s[lane]);
    }
  }
}
