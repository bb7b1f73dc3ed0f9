/* SPDX-License-Identifier: Apache-2.0 */
/* decode.c: the scalar codec of element.h over an array, once per element so that its row folds into the code. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/kernel.h"

static inline uint32_t load(const void *codes, size_t i, int wide) {
  uint16_t c;
  if (!wide) return ((const uint8_t *)codes)[i];
  memcpy(&c, (const char *)codes + i * sizeof c, sizeof c);
  return c;
}

#define DECODE_ALL(ID)                                                                                                \
  static void decode_##ID(size_t n, const void *codes, float *x) {                                                    \
    for (size_t i = 0; i < n; i++) {                                                                                  \
      float value = lowp_decode(LOWP_##ID, load(codes, i, lowp_element_row_of(LOWP_##ID).bits > 8));                  \
      memcpy((char *)x + i * sizeof value, &value, sizeof value);                                                     \
    }                                                                                                                 \
  }
#define LOWP_MINIFLOAT(ID, name, s, e, m, bias, specials, round, overflow, text) DECODE_ALL(ID)
#define LOWP_FIXED(ID, name, bits, frac, min, max, text) DECODE_ALL(ID)
#define LOWP_TAPERED(ID, name, bits, round, overflow, text) DECODE_ALL(ID)
#define LOWP_NATIVE(ID, name, bits, text)
#include <lowp/element.def>
#undef LOWP_MINIFLOAT
#undef LOWP_FIXED
#undef LOWP_TAPERED

typedef void decode_fn(size_t, const void *, float *);

static decode_fn *const decoders[LOWP_ELEMENT_COUNT] = {
#define LOWP_MINIFLOAT(ID, name, s, e, m, bias, specials, round, overflow, text) [LOWP_##ID] = decode_##ID,
#define LOWP_FIXED(ID, name, bits, frac, min, max, text) [LOWP_##ID] = decode_##ID,
#define LOWP_TAPERED(ID, name, bits, round, overflow, text) [LOWP_##ID] = decode_##ID,
#include <lowp/element.def>
#undef LOWP_MINIFLOAT
#undef LOWP_FIXED
#undef LOWP_TAPERED
#undef LOWP_NATIVE
};

/* The same as the codec, in two instructions: weights are mostly in this type, and every pass over them begins here. */
static void decode_bf16(size_t n, const void *codes, float *x) {
  for (size_t i = 0; i < n; i++) {
    uint32_t u = load(codes, i, 1) << 16;
    if ((u & 0x7fffffffu) > 0x7f800000u) u = 0x7fc00000u;
    memcpy((char *)x + i * sizeof u, &u, sizeof u);
  }
}

void lowpk_decode_generic(lowp_element id, size_t n, const void *codes, float *x) {
  if (id == LOWP_BF16)
    decode_bf16(n, codes, x);
  else
    decoders[id](n, codes, x);
}
