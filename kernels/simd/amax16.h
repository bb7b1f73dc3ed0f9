/* SPDX-License-Identifier: Apache-2.0 */
/* amax16.h: the op `amax16`, for all vector widths: magnitudes are compared as integers, in four chains. */
#ifndef LOWPK_SIMD_AMAX16_H
#define LOWPK_SIMD_AMAX16_H

#include "kernels/kernel.h"
#include "kernels/simd/unroll.h"

uint32_t VEC_NAME(amax16)(size_t n, const void *x) {
  enum { HALVES = 2 * VEC };
  const vec_i magnitude = vec_set_16(0x7fff);
  const char *p = x;
  vec_i m[4] = {vec_zero(), vec_zero(), vec_zero(), vec_zero()};
  size_t i = 0;
  for (; n - i >= 4 * HALVES; i += 4 * HALVES) {
    VEC_UNROLL
    for (size_t j = 0; j < 4; j++) m[j] = vec_max_u16(m[j], vec_and(vec_load_i(p + 2 * i + j * VEC_BYTES), magnitude));
  }
  for (; i < n; i += HALVES)
    m[0] = vec_max_u16(m[0], vec_and(vec_load_bytes(p + 2 * i, n - i < HALVES ? 2 * (n - i) : VEC_BYTES), magnitude));
  vec_i all = vec_max_u16(vec_max_u16(m[0], m[1]), vec_max_u16(m[2], m[3]));
  return vec_reduce_max_u(vec_max_u(vec_and(all, vec_set_i(0xffff)), vec_shr(all, 16)));
}

#endif
