/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f32_few_avx2.c: few rows with weights decoded in registers, as few_rows.h says; how many columns at a time. */
#include "kernels/x86/few_avx2.h"
#include "kernels/x86/few_rows.h"
#include "kernels/x86/gemm_store_avx2.h"

/* Three and four rows: one vector after the other for MX of six and eight bits, which have more to keep in registers. */
#define PAIR(kind) (few_traits_of(FEW_##kind).scaling == FEW_DIVIDE && FEW_##kind != FEW_MX_E2M1 ? 1 : 2)
/* One row takes four vectors of integers at a time, where nothing but a scale is to be kept beside. */
#define FOUR(kind) \
  (few_traits_of(FEW_##kind).form == FEW_INTEGERS && FEW_##kind != FEW_HIF4 && FEW_##kind != FEW_INT8_ZERO ? 4 : 1)
/*
 * Eight sums of one row measured faster than four, though not all of them are in registers. Five rows and more decode
 * eight columns for all rows at once; twice as many sums would not stay in registers.
 */
static const size_t vectors[MOST_ROWS] = {8, 4, 2, 2, 1, 1, 1, 1};
#define KIND(kind, ...) \
  FEW(kind, 1, 8, FOUR(kind)) \
  FEW(kind, 2, 4, 1) \
  FEW(kind, 3, 2, PAIR(kind)) \
  FEW(kind, 4, 2, PAIR(kind)) \
  FEW(kind, 5, 1, 1) \
  FEW(kind, 6, 1, 1) \
  FEW(kind, 7, 1, 1) \
  FEW(kind, 8, 1, 1)
#include "kernels/x86/few.def"
#undef KIND

static few_fn *const functions[FEW_KINDS][MOST_ROWS] = {
#define KIND(kind, ...) FEW_OF_KIND(kind)
#include "kernels/x86/few.def"
#undef KIND
};

size_t lowpk_few_panels_avx2(const lowpk_gemm *g, float *room, const float **x) {
  return few_prepare(g, room, x) ? (vectors[g->m - 1] + 1) / 2 : 0;
}

int lowpk_few_group_avx2(const lowpk_gemm *g, size_t panel, const float *x) {
  const size_t nv = vectors[g->m - 1], end = (panel + (nv + 1) / 2) * LOWPK_NR;
  few_fn *const multiply = functions[few_kind_of(g->w->scheme)][g->m - 1];
  float s[MOST_ROWS * LOWPK_NR]; /* fewer rows take no more than as many more panels */
  for (size_t column = panel * LOWPK_NR; column < end; column += VEC * nv)
    if (!multiply(g->w, column, x, s)) return 0;
  const float *from = s;
  for (; panel < end / LOWPK_NR; panel++) {
    lowpk_store_avx2 store = lowpk_store_begin_avx2(g, panel);
    for (size_t r = 0; r < g->m; r++, from += LOWPK_NR)
      lowpk_store_row_avx2(g, &store, r, vec_load(from), vec_load(from + VEC));
  }
  return 1;
}
