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

#define EACH(ID)                                                                                                \
  static void decode_##ID(size_t n, const void *codes, float *x) {                                                    \
    for (size_t i = 0; i < n; i++) {                                                                                  \
      float value = lowp_decode(LOWP_##ID, load(codes, i, lowp_element_row_of(LOWP_##ID).bits > 8));                  \
      memcpy((char *)x + i * sizeof value, &value, sizeof value);                                                     \
    }                                                                                                                 \
  }
#include "kernels/generic/each_element.h"

typedef void decode_fn(size_t, const void *, float *);

static decode_fn *const decoders[LOWP_ELEMENT_COUNT] = {
#define EACH(ID) [LOWP_##ID] = decode_##ID,
#include "kernels/generic/each_element.h"
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
