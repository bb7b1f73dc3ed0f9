/* SPDX-License-Identifier: Apache-2.0 */
/* blocks_neon.h: the operations of kernels/x86/blocks_avx512.h on 4 blocks, and the f64 lanes of both. */
#ifndef LOWPK_ARM_BLOCKS_NEON_H
#define LOWPK_ARM_BLOCKS_NEON_H

#include "kernels/arm/vec_neon.h"
#include "kernels/arm/doubles_neon.h"
#include "kernels/simd/unroll.h"

/* Rows of four lanes become columns. */
VEC_INLINE void vec_transpose(const vec_i r[4], vec_i t[4]) {
  uint64x2_t a = vreinterpretq_u64_u32(vtrn1q_u32(r[0], r[1])), b = vreinterpretq_u64_u32(vtrn2q_u32(r[0], r[1]));
  uint64x2_t c = vreinterpretq_u64_u32(vtrn1q_u32(r[2], r[3])), d = vreinterpretq_u64_u32(vtrn2q_u32(r[2], r[3]));
  t[0] = vreinterpretq_u32_u64(vtrn1q_u64(a, c));
  t[1] = vreinterpretq_u32_u64(vtrn1q_u64(b, d));
  t[2] = vreinterpretq_u32_u64(vtrn2q_u64(a, c));
  t[3] = vreinterpretq_u32_u64(vtrn2q_u64(b, d));
}
VEC_INLINE void vec_load_blocks(const float *x, size_t stride, vec_f t[16]) {
  VEC_UNROLL
  for (size_t c = 0; c < 16; c += 4) {
    vec_i r[4], columns[4];
    VEC_UNROLL
    for (size_t b = 0; b < 4; b++) r[b] = vec_load_i(x + b * stride + c);
    vec_transpose(r, columns);
    VEC_UNROLL
    for (size_t i = 0; i < 4; i++) t[c + i] = vec_f_bits(columns[i]);
  }
}

VEC_INLINE void vec_store_pairs(uint8_t *p, vec_i lo, vec_i hi) {
  vec_store_i(p, vzip1q_u32(lo, hi));
  vec_store_i(p + 16, vzip2q_u32(lo, hi));
}
VEC_INLINE void vec_store_eights(uint8_t *p, const vec_i w[8]) {
  vec_i t[2][4];
  vec_transpose(w, t[0]);
  vec_transpose(w + 4, t[1]);
  VEC_UNROLL
  for (int k = 0; k < 4; k++) {
    vec_store_i(p + 32 * k, t[0][k]);
    vec_store_i(p + 32 * k + 16, t[1][k]);
  }
}
VEC_INLINE void vec_store_low_bytes(uint8_t *p, vec_i a) {
  uint32_t bytes = vgetq_lane_u32(vec_shuffle_8(a, VEC_TABLE(0, 4, 8, 12)), 0);
  memcpy(p, &bytes, sizeof bytes);
}

#endif
