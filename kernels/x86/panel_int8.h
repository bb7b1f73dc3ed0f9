/* SPDX-License-Identifier: Apache-2.0 */
/* panel_int8.h: the op panel_int8 from decode_int8.h, for files that define its name, LOWPK_PANEL_INT8. */
#include "kernels/x86/decode_int8.h"

/* How far ahead of the step in hand the packed bytes are fetched; as in decode_bf16.h. */
enum { INT8_AHEAD = 4096 };

LOWPK_INLINE void walk_int8(lowp_scheme id, const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, int8_t *out,
                            float *scales) {
  const size_t bytes = w->step_bytes, block = w->scheme->block_cols;
  const uint8_t *step = w->data + panel * w->panel_bytes + k0 / LOWPK_STEP * bytes;
  for (size_t k = k0; k < k1; k += LOWPK_STEP, step += bytes, out += LOWPK_STEP * LOWPK_NR) {
    for (size_t i = 0; i < bytes; i += 64) _mm_prefetch((const char *)step + INT8_AHEAD + i, _MM_HINT_T1);
    lowpk_decode_int8_step(id, step, out, scales);
    if (block) scales += LOWPK_STEP / block * LOWPK_NR;
  }
}

void LOWPK_PANEL_INT8(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, int8_t *out, float *scales) {
  const lowp_scheme scheme = w->irregular ? LOWP_SCHEME_NONE : w->scheme->id;
  switch (scheme) {
#define LOWP_SCHEME(ID, name, family, element, rows, cols, scale, bytes, ts, zero, text) \
  case LOWP_SCHEME_##ID: \
    if (!lowpk_has_int8_step(LOWP_SCHEME_##ID)) break; \
    walk_int8(LOWP_SCHEME_##ID, w, panel, k0, k1, out, scales); \
    return;
#include <lowp/scheme.def>
#undef LOWP_SCHEME
  default:
    break;
  }
  lowpk_panel_int8_generic(w, panel, k0, k1, out, scales); /* NaN scales */
}
