/* SPDX-License-Identifier: Apache-2.0 */
/* panel_bf16.c: cores of a panel rounded to bf16, in bf16 order. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/panel.h"

void lowpk_panel_bf16_generic(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, uint16_t *out) {
  for (size_t k = k0; k < k1; k++)
    for (size_t lane = 0; lane < LOWPK_NR; lane++) {
      size_t place = lowpk_bf16_place(k - k0);
      float core = lowpk_panel_core(w, panel, k, lane);
      out[(place / 2 * LOWPK_NR + lane) * 2 + place % 2] = (uint16_t)lowp_encode(LOWP_BF16, core);
    }
}
