/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_f32_wide_avx512.c: few rows with weights of 6, 8 and 16 bits decoded in registers, as few_rows.h says; a vector is a
 * panel. 4 bits have a shorter way: gemm_f32_few_avx512.c.
 */
#include "kernels/x86/few_avx512.h"
#include "kernels/x86/few_rows.h"
#include "kernels/x86/gemm_store_avx512.h"

/* Eight sums and more keep both ports busy; 16 of them, what decoding takes and the constants fill the registers well. */
enum { MOST_SUMS = 16 };
static const size_t panels[MOST_ROWS] = {8, 4, 4, 4, 2, 2, 2, 2};
#define FEW_WIDE_CODES
#define KIND(kind, ...) \
  FEW(kind, 1, 8, 1) \
  FEW(kind, 2, 4, 1) \
  FEW(kind, 3, 4, 4) \
  FEW(kind, 4, 4, 4) \
  FEW(kind, 5, 2, 2) \
  FEW(kind, 6, 2, 2) \
  FEW(kind, 7, 2, 2) \
  FEW(kind, 8, 2, 2)
#include "kernels/x86/few.def"
#undef KIND

static few_fn *const functions[FEW_KINDS][MOST_ROWS] = {
#define KIND(kind, ...) FEW_OF_KIND(kind)
#include "kernels/x86/few.def"
#undef KIND
};

size_t lowpk_wide_panels_avx512(const lowpk_gemm *g, float *room, const float **x) {
  return few_prepare(g, room, x) ? panels[g->m - 1] : 0;
}

int lowpk_wide_group_avx512(const lowpk_gemm *g, size_t panel, const float *x) {
  float s[MOST_SUMS * LOWPK_NR];
  if (!functions[few_kind_of(g->w->scheme)][g->m - 1](g->w, panel * LOWPK_NR, x, s)) return 0;
  const float *from = s;
  for (const size_t end = panel + panels[g->m - 1]; panel < end; panel++) {
    lowpk_store_avx512 store = lowpk_store_begin_avx512(g, panel);
    for (size_t r = 0; r < g->m; r++, from += LOWPK_NR) lowpk_store_row_avx512(g, &store, r, vec_load(from));
  }
  return 1;
}
