/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rounding.h: scaled values to element codes, a *group* of four vectors at a time, and groups to packed rows. Written in the
 * operations of vec_*.h, one of which is included before.
 */
#ifndef LOWPK_SIMD_ROUNDING_H
#define LOWPK_SIMD_ROUNDING_H

#include "kernels/simd/lanes.h"
#include "kernels/simd/unroll.h"

enum { GROUP = 4 * VEC };

/*
 * Kernels measure a stretch before they encode it, and memory would be idle meanwhile: so encoding asks for what is
 * measured next. p may lie behind the row, where a request is void.
 */
VEC_INLINE void prefetch_group(const float *p) {
  for (size_t i = 0; i < GROUP; i += 16) __builtin_prefetch(p + i);
}

/* Magnitude bits of blocks of 32: lane k has amax of block k, 0 from `count` <= VEC on. */
enum { BLOCK_32 = 32 };
VEC_INLINE vec_i blocks_amax_of(size_t count, const float *x) {
  const vec_i magnitude = vec_set_i(0x7fffffffu);
  vec_i most[VEC];
  VEC_UNROLL
  for (size_t k = 0; k < VEC; k++) {
    most[k] = vec_zero();
    if (k >= count) continue;
    VEC_UNROLL
    for (size_t i = 0; i < BLOCK_32; i += VEC)
      most[k] = vec_max_u(most[k], vec_and(vec_i_bits(vec_load(x + k * BLOCK_32 + i)), magnitude));
  }
  return vec_max_across(most);
}
VEC_INLINE vec_i blocks_amax(size_t count, const float *x) {
  return count == VEC ? blocks_amax_of(VEC, x) : blocks_amax_of(count, x);
}

/* --- minifloats ---------------------------------------------------------------------------------------------------- */

/*
 * In each lane the sign * 2^15 + (E' << 7) + (q << (7 - m)), E' = E + 23 - m with the bias of f32, as an int32 that fits
 * in 16 bits: vpmaddwd adds the high half of the sum, sign and exponent, to the low half, q, times 2^(7-m).
 */
VEC_INLINE vec_i minifloat_words(lowp_minifloat f, lowp_round round, vec_f y) {
  vec_f c, r = minifloat_sum(f, round, y, &c);
  return vec_madd_16(vec_i_bits(r), vec_set_i((uint32_t)1 << 16 | (uint32_t)1 << (7 - f.m)));
}

/* The value of the code of y. */
VEC_INLINE vec_f minifloat_values(lowp_minifloat f, lowp_round round, vec_f y) {
  const float max = lowp_minifloat_decode(f, lowp_minifloat_max_code(f));
  vec_f c, r = minifloat_sum(f, round, y, &c);
  vec_f v = vec_subf(r, vec_mulf(c, vec_set(vec_pow2(23 - f.m))));
  return vec_maxf(vec_minf(v, vec_set(max)), vec_set(-max));
}

/* Codes of a group in order, one byte each, saturated. */
VEC_INLINE vec_i minifloat_codes(lowp_minifloat f, lowp_round round, minus_zero minus, const vec_f y[4]) {
  const vec_i magnitude = vec_set_16(0x7fff), offset = vec_set_16((uint32_t)(1 - f.bias + 150 - f.m) << 7);
  vec_i w0 = vec_pack_s32(minifloat_words(f, round, y[0]), minifloat_words(f, round, y[1]));
  vec_i w1 = vec_pack_s32(minifloat_words(f, round, y[2]), minifloat_words(f, round, y[3]));
  vec_i m0 = vec_shr_16(vec_sub_16(vec_and(w0, magnitude), offset), 7u - f.m);
  vec_i m1 = vec_shr_16(vec_sub_16(vec_and(w1, magnitude), offset), 7u - f.m);
  vec_i codes = vec_min_u8(vec_pack_u16(m0, m1), vec_set_8(lowp_minifloat_max_code(f)));
  vec_i sign = vec_pack_s16(w0, w1); /* its bit 7 */
  if (minus == MINUS_DROP) sign = vec_and(sign, vec_sub_8(vec_zero(), codes));
  sign = vec_shr_16(vec_and(sign, vec_set_8(0x80)), 7u - f.e - f.m);
  return vec_order_4(vec_or(codes, sign));
}

/* --- integers ------------------------------------------------------------------------------------------------------ */

/* Integer lanes of a group to bytes in order, saturated at -128 and 127. */
VEC_INLINE vec_i integer_bytes(const vec_i q[4]) {
  return vec_order_4(vec_pack_s16(vec_pack_s32(q[0], q[1]), vec_pack_s32(q[2], q[3])));
}

/* --- packing ------------------------------------------------------------------------------------------------------- */

/*
 * Stores n <= GROUP codes as the canonical row has them (generic/pack.h). Codes have no bits above their width. n is even
 * for 4 bits, a multiple of four for 6.
 */
VEC_INLINE void store_codes(uint8_t *row, unsigned bits, vec_i codes, size_t n) {
  if (bits == 4) {
    vec_i bytes = vec_madd_8(codes, vec_set_16(0x1001)); /* code0 + 16 * code1 */
    codes = vec_order_2(vec_pack_u16(bytes, bytes));
  } else if (bits == 6) {
    vec_i pairs = vec_madd_8(codes, vec_set_16(0x4001)), fours = vec_madd_16(pairs, vec_set_i(0x10000001u));
    codes = vec_join_12(vec_shuffle_8(fours, VEC_TABLE(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1)));
  }
  vec_store_bytes(row, codes, n * bits / 8);
}

#endif
