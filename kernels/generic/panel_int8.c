/* SPDX-License-Identifier: Apache-2.0 */
/* panel_int8.c: integers of a panel, and the f32 scales of their blocks. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/panel.h"

void lowpk_panel_int8_generic(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, int8_t *out, float *scales) {
  const lowp_scheme_info *s = w->scheme;
  const size_t block = s->block_cols;
  for (size_t k = k0; k < k1; k++)
    for (size_t lane = 0; lane < LOWPK_NR; lane++) {
      const uint8_t *scale = block ? lowpk_panel_scale(w, panel, k, lane) : NULL;
      uint32_t code = lowpk_panel_code(w, panel, k, lane);
      out[((k - k0) / 4 * LOWPK_NR + lane) * 4 + k % 4] = lowpk_integer(s, code, scale, block ? k % block : 0);
      if (block && k % block == 0) scales[(k - k0) / block * LOWPK_NR + lane] = lowpk_integer_scale(s, scale);
    }
}
