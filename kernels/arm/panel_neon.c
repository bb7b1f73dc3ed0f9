/* SPDX-License-Identifier: Apache-2.0 */
/* panel_neon.c: the decoders of packed weights; one loop for each scheme, so that what it is folds into the code. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/arm/decode_int8.h"

LOWPK_INLINE int walk(lowp_scheme id, const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, lowpk_neon_sink to) {
  const uint8_t *step = w->data + panel * w->panel_bytes + k0 / LOWPK_STEP * w->step_bytes;
  const char *zeros = w->zeros ? (const char *)w->zeros + panel * LOWPK_NR * 4 : NULL;
  for (size_t k = k0; k < k1; k += LOWPK_STEP, step += w->step_bytes) {
    if (!lowpk_neon_step(id, step, zeros, to)) return 0;
    if (to.wide)
      to.f32 += LOWPK_STEP * LOWPK_NR;
    else
      to.bf16 += LOWPK_STEP * LOWPK_NR;
  }
  return 1;
}

LOWPK_INLINE int walk_int8(lowp_scheme id, const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, int8_t *out,
                           float *scales) {
  const uint8_t *step = w->data + panel * w->panel_bytes + k0 / LOWPK_STEP * w->step_bytes;
  for (size_t k = k0; k < k1; k += LOWPK_STEP, step += w->step_bytes) {
    if (!lowpk_neon_int8_step(id, step, out, scales)) return 0;
    out += LOWPK_STEP * LOWPK_NR;
    scales += lowpk_neon_integers_of(id).blocks * LOWPK_NR;
  }
  return 1;
}

#define LOWP_SCHEME(ID, name, family, element, rows, cols, scale, bytes, ts, zero, text) \
  static int f32_##ID(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, float *out) { \
    return walk(LOWP_SCHEME_##ID, w, panel, k0, k1, (lowpk_neon_sink){out, NULL, 1, 1}); \
  } \
  static int bf16_##ID(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, uint16_t *out) { \
    return walk(LOWP_SCHEME_##ID, w, panel, k0, k1, (lowpk_neon_sink){NULL, out, 0, 1}); \
  } \
  static int int8_##ID(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, int8_t *out, float *scales) { \
    return walk_int8(LOWP_SCHEME_##ID, w, panel, k0, k1, out, scales); \
  }
#include <lowp/scheme.def>
#undef LOWP_SCHEME

static const struct {
  int (*f32)(const lowpk_rhs *, size_t, size_t, size_t, float *);
  int (*bf16)(const lowpk_rhs *, size_t, size_t, size_t, uint16_t *);
  int (*int8)(const lowpk_rhs *, size_t, size_t, size_t, int8_t *, float *);
} decoders[LOWP_SCHEME_COUNT] = {
#define LOWP_SCHEME(ID, name, family, element, rows, cols, scale, bytes, ts, zero, text) \
  [LOWP_SCHEME_##ID] = {f32_##ID, bf16_##ID, int8_##ID},
#include <lowp/scheme.def>
#undef LOWP_SCHEME
};

void lowpk_panel_f32_neon(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, float *out) {
  if (w->irregular || !decoders[w->scheme->id].f32(w, panel, k0, k1, out))
    lowpk_panel_f32_generic(w, panel, k0, k1, out);
}

void lowpk_panel_bf16_neon(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, uint16_t *out) {
  if (w->irregular || !decoders[w->scheme->id].bf16(w, panel, k0, k1, out))
    lowpk_panel_bf16_generic(w, panel, k0, k1, out);
}

void lowpk_panel_int8_neon(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, int8_t *out, float *scales) {
  if (w->irregular || !decoders[w->scheme->id].int8(w, panel, k0, k1, out, scales))
    lowpk_panel_int8_generic(w, panel, k0, k1, out, scales);
}
