/* SPDX-License-Identifier: Apache-2.0 */
/* panel_f32.c: cores of a panel as f32. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/panel.h"

void lowpk_panel_f32_generic(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, float *out) {
  for (size_t k = k0; k < k1; k++)
    for (size_t lane = 0; lane < LOWPK_NR; lane++)
      out[(k - k0) * LOWPK_NR + lane] = lowpk_panel_core(w, panel, k, lane);
}
