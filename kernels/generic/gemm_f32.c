/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f32.c: one fused multiply-add for each k, ascending. fmaf is exact wherever it comes from; here it may be slow. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/gemm_store.h"
#include <math.h>

void lowpk_gemm_f32_generic(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  float *decoded = scratch, *s = decoded + LOWPK_STEP * LOWPK_NR;
  const float *x = g->lhs;
  for (size_t panel = panel0; panel < panel1; panel++) {
    memset(s, 0, g->m * LOWPK_NR * sizeof *s);
    for (size_t k0 = 0; k0 < g->w->kp; k0 += LOWPK_STEP) {
      g->panel_f32(g->w, panel, k0, k0 + LOWPK_STEP, decoded);
      for (size_t m = 0; m < g->m; m++)
        for (size_t k = 0; k < LOWPK_STEP; k++)
          for (size_t lane = 0; lane < LOWPK_NR; lane++)
            s[m * LOWPK_NR + lane] =
                fmaf(x[m * g->w->kp + k0 + k], decoded[k * LOWPK_NR + lane], s[m * LOWPK_NR + lane]);
    }
    lowpk_gemm_store_panel(g, panel, s);
  }
}
