/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.h: the op `decode`, written once for all vector widths: for files that have included an
 * expand_*.h and values.h.
 */
#ifndef LOWPK_SIMD_DECODE_H
#define LOWPK_SIMD_DECODE_H

#include "kernels/kernel.h"
#include "kernels/simd/mode.h"

/*
 * x[i] = value of codes[i], four vectors at a time. The rest goes through a buffer, so that nothing outside of the
 * arrays is touched.
 */
VEC_INLINE void decode_all(lowp_element id, size_t n, const uint8_t *codes, float *x) {
  enum { STEP = 4 * VEC };
  const size_t size = lowp_element_row_of(id).bits > 8 ? 2 : 1;
  vec_f v[4];
  size_t i = 0;
  for (; n - i >= STEP; i += STEP) {
    expand_values(id, codes + i * size, v);
    for (int j = 0; j < 4; j++) vec_store(x + i + j * VEC, v[j]);
  }
  if (i == n) return;
  uint8_t rest[2 * STEP] = {0};
  float y[STEP];
  memcpy(rest, codes + i * size, (n - i) * size);
  expand_values(id, rest, v);
  for (int j = 0; j < 4; j++) vec_store(y + j * VEC, v[j]);
  memcpy((char *)x + i * sizeof *x, y, (n - i) * sizeof *x);
}

typedef void decode_fn(size_t, const uint8_t *, float *);

#define EACH(ID) \
  static void decode_##ID(size_t n, const uint8_t *codes, float *x) { decode_all(LOWP_##ID, n, codes, x); }
#include "kernels/generic/each_element.h"

static decode_fn *const decoders[LOWP_ELEMENT_COUNT] = {
#define EACH(ID) [LOWP_##ID] = decode_##ID,
#include "kernels/generic/each_element.h"
};

void VEC_NAME(decode)(lowp_element id, size_t n, const void *codes, float *x) {
  if (id == LOWP_FP16 && !vec_ieee_half())
    lowpk_decode_generic(id, n, codes, x);
  else
    decoders[id](n, codes, x);
}

#endif
