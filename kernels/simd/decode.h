/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.h: the op `decode`, written once for all vector widths: for files that have included an
 * expand_*.h and values.h.
 */
#ifndef LOWPK_SIMD_DECODE_H
#define LOWPK_SIMD_DECODE_H

#include "kernels/kernel.h"
#include "kernels/simd/mode.h"
#include "kernels/simd/put.h"

/*
 * y[i] = value of codes[i], as f32, bf16 or f16, four vectors at a time. The rest goes through a buffer, so that nothing
 * outside of the arrays is touched.
 */
VEC_INLINE void decode_all(lowp_element id, lowp_element to, int past, size_t n, const uint8_t *codes, char *y) {
  enum { STEP = 4 * VEC };
  const size_t size = lowp_element_row_of(id).bits > 8 ? 2 : 1;
  vec_f v[4];
  size_t i = 0;
  for (; n - i >= STEP; i += STEP) {
    expand_values(id, codes + i * size, v);
    put(to, PUT_ANY, past, v, 4, y + i * PUT_SIZE(to));
  }
  if (i == n) return;
  uint8_t rest[2 * STEP] = {0};
  char last[STEP * sizeof(float)];
  memcpy(rest, codes + i * size, (n - i) * size);
  expand_values(id, rest, v);
  put(to, PUT_ANY, 0, v, 4, last);
  memcpy(y + i * PUT_SIZE(to), last, (n - i) * PUT_SIZE(to));
}

typedef void decode_fn(int, size_t, const uint8_t *, char *);

#define EACH(ID) \
  static void decode_##ID(int past, size_t n, const uint8_t *codes, char *x) { \
    decode_all(LOWP_##ID, LOWP_F32, past, n, codes, x); \
  }
#include "kernels/generic/each_element.h"

static decode_fn *const decoders[LOWP_ELEMENT_COUNT] = {
#define EACH(ID) [LOWP_##ID] = decode_##ID,
#include "kernels/generic/each_element.h"
};

void VEC_NAME(decode)(lowp_element id, size_t n, const void *codes, float *x) {
  if (id == LOWP_FP16 && !vec_ieee_half())
    lowpk_decode_generic(id, n, codes, x);
  else
    decoders[id](0, n, codes, (char *)x);
}

#endif
