/* SPDX-License-Identifier: Apache-2.0 */
/*
 * panel_avx512.h: the ops panel_bf16 and panel_f32 from decode_bf16.h, one function per scheme. The including file defines the
 * names of its kernels, LOWPK_PANEL_BF16 and LOWPK_PANEL_F32, those of them that it has.
 */
#include "kernels/x86/decode_bf16.h"

typedef void panel_walk(const lowpk_rhs *, size_t, size_t, size_t, lowpk_sink);

#if defined(LOWPK_PANEL_BF16)
#define LOWP_SCHEME(ID, name, family, element, rows, cols, scale, bytes, ts, zero, text) \
  static void bf16_##ID(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, lowpk_sink to) { \
    lowpk_panel_walk(LOWP_SCHEME_##ID, w, panel, k0, k1, (lowpk_sink){to.bf16, NULL, 0}); \
  }
#include <lowp/scheme.def>
#undef LOWP_SCHEME

static panel_walk *const bf16_walks[LOWP_SCHEME_COUNT] = {
#define LOWP_SCHEME(ID, name, family, element, rows, cols, scale, bytes, ts, zero, text) [LOWP_SCHEME_##ID] = bf16_##ID,
#include <lowp/scheme.def>
#undef LOWP_SCHEME
};

void LOWPK_PANEL_BF16(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, uint16_t *out) {
  if (w->irregular || !lowpk_has_bf16_step(w->scheme->id)) /* rare, or not worth it: see decode_bf16.h */
    lowpk_panel_bf16_generic(w, panel, k0, k1, out);
  else
    bf16_walks[w->scheme->id](w, panel, k0, k1, (lowpk_sink){out, NULL, 0});
}
#endif

#if defined(LOWPK_PANEL_F32)
#define LOWP_SCHEME(ID, name, family, element, rows, cols, scale, bytes, ts, zero, text) \
  static void f32_##ID(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, lowpk_sink to) { \
    lowpk_panel_walk(LOWP_SCHEME_##ID, w, panel, k0, k1, (lowpk_sink){NULL, to.f32, 1}); \
  }
#include <lowp/scheme.def>
#undef LOWP_SCHEME

static panel_walk *const f32_walks[LOWP_SCHEME_COUNT] = {
#define LOWP_SCHEME(ID, name, family, element, rows, cols, scale, bytes, ts, zero, text) [LOWP_SCHEME_##ID] = f32_##ID,
#include <lowp/scheme.def>
#undef LOWP_SCHEME
};

void LOWPK_PANEL_F32(const lowpk_rhs *w, size_t panel, size_t k0, size_t k1, float *out) {
  if (w->irregular || !lowpk_has_bf16_step(w->scheme->id)) /* as above */
    lowpk_panel_f32_generic(w, panel, k0, k1, out);
  else
    f32_walks[w->scheme->id](w, panel, k0, k1, (lowpk_sink){NULL, out, 1});
}
#endif
