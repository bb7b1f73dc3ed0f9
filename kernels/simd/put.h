/* SPDX-License-Identifier: Apache-2.0 */
/*
 * put.h: where row decoders leave their values: as f32, or rounded to bf16 or f16 in registers, as the op `encode` does under
 * the default rules. NaNs have one code there whatever their bits, so vectors with one go to the generic encoder; every
 * other f32, Inf and subnormals included, is right by the additions of bf16_lanes, or by the processor's conversion.
 */
#ifndef LOWPK_SIMD_PUT_H
#define LOWPK_SIMD_PUT_H

#include "kernels/kernel.h"
#include "kernels/simd/unroll.h"

/* Bytes of an element of the output. */
#define PUT_SIZE(to) ((to) == LOWP_F32 ? sizeof(float) : sizeof(uint16_t))

/* Vectors by value: whatever has an address would be in memory always. */
static __attribute__((noinline, unused)) void put_nan(lowp_element to, size_t n, vec_f a, vec_f b, vec_f c, vec_f d,
                                                      void *y) {
  float x[4 * VEC];
  vec_store(x, a);
  vec_store(x + VEC, b);
  vec_store(x + 2 * VEC, c);
  vec_store(x + 3 * VEC, d);
  lowpk_encode_generic(to, lowp_encode_default(to), 0, 0, n * VEC, x, y);
}

/*
 * What is known of the values: nothing; that none is a NaN; that besides none lies half way between two of bf16; or that bf16
 * has them as they are: a power of two and an element of 8 bits as long as they are normal.
 */
typedef enum put_kind { PUT_ANY = 0, PUT_NUMBERS, PUT_NO_TIES, PUT_EXACT } put_kind;

/* Finite or Inf, rounded to nearest even to the upper half; what is below it is of no meaning. */
VEC_INLINE vec_i put_rounded(vec_f v) {
  vec_i bits = vec_i_bits(v), odd = vec_and(vec_shr(bits, 16), vec_set_i(1));
  return vec_add(vec_add(bits, vec_set_i(0x7fff)), odd);
}
VEC_INLINE vec_i put_bf16(put_kind kind, vec_f v) {
  const vec_i bits = vec_i_bits(v);
  return vec_shr(kind == PUT_EXACT     ? bits
                 : kind == PUT_NO_TIES ? vec_add(bits, vec_set_i(0x8000))
                                       : put_rounded(v),
                 16);
}

/* A whole vector; past the caches, where its place is a multiple of its size. */
VEC_INLINE void put_store(int past, void *y, vec_i v) {
  if (past)
    vec_stream(y, v);
  else
    vec_store_i(y, v);
}

/* Stores n vectors, 1, 2 or 4, from y on; all but past, v and y are constants. */
VEC_INLINE void put(lowp_element to, put_kind kind, int past, const vec_f *v, size_t n, void *y) {
  char *out = y;
  if (to == LOWP_F32) {
    VEC_UNROLL
    for (size_t j = 0; j < n; j++) put_store(past, out + j * VEC_BYTES, vec_i_bits(v[j]));
    return;
  }
  if (kind == PUT_ANY) {
    vec_m nan = n == 1 ? expand_nan(v[0]) : expand_nan_of_two(v[0], v[1]);
    if (n == 4) nan = vec_m_or(nan, expand_nan_of_two(v[2], v[3]));
    if (__builtin_expect(vec_any(nan), 0)) {
      put_nan(to, n, v[0], v[n > 1 ? 1 : 0], v[n > 2 ? 2 : 0], v[n > 2 ? 3 : 0], y);
      return;
    }
  }
  if (to == LOWP_FP16) {
    VEC_UNROLL
    for (size_t j = 0; j < n; j++)
      if (past)
        vec_stream_half(out + j * (VEC_BYTES / 2), vec_to_half(v[j]));
      else
        vec_store_half(out + j * (VEC_BYTES / 2), vec_to_half(v[j]), VEC);
  } else if (n == 1) {
    vec_i q = put_bf16(kind, v[0]);
    vec_store_bytes(out, vec_order_2(vec_pack_u32(q, q)), VEC_BYTES / 2);
  } else {
    VEC_UNROLL
    for (size_t j = 0; j < n; j += 2)
      put_store(past, out + j * (VEC_BYTES / 2),
                vec_order_2(vec_pack_u32(put_bf16(kind, v[j]), put_bf16(kind, v[j + 1]))));
  }
}

#endif
