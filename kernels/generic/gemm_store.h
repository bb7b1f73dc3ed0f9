/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_store.h: the end of every multiplication: the factors of row and column, bias, the type of y. */
#ifndef LOWPK_GENERIC_GEMM_STORE_H
#define LOWPK_GENERIC_GEMM_STORE_H

#include "kernels/kernel.h"

/* y[m, n] from its sum; three roundings to f32 and one to the type of y. */
static inline void lowpk_gemm_store(const lowpk_gemm *g, size_t m, size_t n, float s) {
  char *row = (char *)g->y + (ptrdiff_t)m * g->y_stride;
  if (g->lhs_outer) s *= g->lhs_outer[m];
  if (g->rhs_outer) s *= g->rhs_outer[n];
  if (g->bias) s += g->bias[n];
  if (g->y_element == LOWP_F32) {
    memcpy(row + n * sizeof s, &s, sizeof s);
  } else {
    uint16_t code = (uint16_t)lowp_encode(g->y_element, s);
    memcpy(row + n * sizeof code, &code, sizeof code);
  }
}

/* Stores the sums s[m][16] of a panel; columns behind n are padding. */
static inline void lowpk_gemm_store_panel(const lowpk_gemm *g, size_t panel, const float *s) {
  size_t n0 = panel * LOWPK_NR, lanes = g->w->n - n0 < LOWPK_NR ? g->w->n - n0 : LOWPK_NR;
  for (size_t m = 0; m < g->m; m++)
    for (size_t lane = 0; lane < lanes; lane++) lowpk_gemm_store(g, m, n0 + lane, s[m * LOWPK_NR + lane]);
}

#endif
