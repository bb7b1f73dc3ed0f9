/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_bf16.c: bf16 times bf16, which f32 holds exactly, added in f32 as gemm_f32 does. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/gemm_store.h"
#include "kernels/generic/panel.h"
#include <math.h>

static float value(uint16_t code) { return lowp_f32_from_bits((uint32_t)code << 16); }

void lowpk_gemm_bf16_generic(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch) {
  float *s = scratch;
  uint16_t *decoded = (uint16_t *)(void *)(s + g->m * LOWPK_NR);
  for (size_t panel = panel0; panel < panel1; panel++) {
    memset(s, 0, g->m * LOWPK_NR * sizeof *s);
    for (size_t k0 = 0; k0 < g->w->kp; k0 += LOWPK_STEP) {
      g->panel_bf16(g->w, panel, k0, k0 + LOWPK_STEP, decoded);
      for (size_t m = 0; m < g->m; m++) {
        size_t i = m / LOWPK_MR, r = m % LOWPK_MR, h = g->m - i * LOWPK_MR < LOWPK_MR ? g->m - i * LOWPK_MR : LOWPK_MR;
        const uint16_t *x = (const uint16_t *)g->lhs + i * LOWPK_MR * g->w->kp + r * 32;
        for (size_t k = k0; k < k0 + LOWPK_STEP; k++) {
          float v = value(x[k / 32 * h * 32 + lowpk_bf16_place(k % 32)]);
          size_t place = lowpk_bf16_place(k - k0);
          const uint16_t *row = decoded + place / 2 * LOWPK_NR * 2 + place % 2;
          for (size_t lane = 0; lane < LOWPK_NR; lane++)
            s[m * LOWPK_NR + lane] = fmaf(v, value(row[lane * 2]), s[m * LOWPK_NR + lane]);
        }
      }
    }
    lowpk_gemm_store_panel(g, panel, s);
  }
}
