/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rounding.h: scaled values to element codes, a *group* of four vectors at a time, and groups to packed rows. Written in the
 * operations of vec_*.h, one of which is included before.
 *
 * Minifloats round in the float adder. With c = 2^E for the exponent E of y, but at least that of the smallest normal,
 * c * 2^(23-m) + y has an ulp of 2^(E-m): the m mantissa bits of the format, fewer below its normals. One FMA makes that
 * sum; its low bits are q = round(|y| / 2^(E-m)), hidden one included, and (E << m) + q is the code but for a constant. A
 * carry of q into 2^(m+1) is the next exponent by the same sum. Rounding is then the processor's, so kernels leave rows to
 * the generic one unless its mode is the default one (mode.h); other modes are corrections by the exact remainder.
 */
#ifndef LOWPK_SIMD_ROUNDING_H
#define LOWPK_SIMD_ROUNDING_H

#include "kernels/kernel.h"
#include "kernels/simd/mode.h"

enum { GROUP = 4 * VEC };

/* What presets do about the sign of a zero. */
typedef enum minus_zero {
  MINUS_KEEP = 0,
  MINUS_DROP,  /* GGML: no code -0 */
  MINUS_CODES, /* microxcaling: -0 only for what is not zero before the rounding to the element */
  MINUS_ALWAYS /* ModelOpt: zeros have the sign bit, see `zeros_minus` of quantize_mx.h */
} minus_zero;

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
  for (size_t k = 0; k < VEC; k++) {
    most[k] = vec_zero();
    if (k < count)
      for (size_t i = 0; i < BLOCK_32; i += VEC)
        most[k] = vec_max_u(most[k], vec_and(vec_i_bits(vec_load(x + k * BLOCK_32 + i)), magnitude));
  }
  return vec_max_across(most);
}
VEC_INLINE vec_i blocks_amax(size_t count, const float *x) {
  return count == VEC ? blocks_amax_of(VEC, x) : blocks_amax_of(count, x);
}

/* Rounding modes that are written in vectors. */
static inline int vec_has_round(lowp_round round) { return round <= LOWP_ROUND_RTZ; }

/*
 * Whether lanes rounded to nearest even, `rounded`, have to change for another mode: `up` lanes by one step away from
 * zero, `down` lanes by one toward it. half: half a step with the sign of y. A lane that overflowed to Inf has a
 * remainder of NaN; it may go down, and is saturated all the same.
 */
VEC_INLINE vec_i vec_correct(lowp_round round, vec_f y, vec_f rounded, vec_f half, vec_i r, vec_i step) {
  const vec_i magnitude = vec_set_i(0x7fffffffu);
  switch (round) {
  case LOWP_ROUND_HALF_AWAY:
    return vec_add_if(vec_eqf(vec_subf(y, rounded), half), r, step);
  case LOWP_ROUND_HALF_ZERO:
    return vec_add_if(vec_eqf(vec_subf(rounded, y), half), r, vec_sub(vec_zero(), step));
  case LOWP_ROUND_RTZ:
    return vec_add_if(vec_gt_s(vec_and(vec_i_bits(rounded), magnitude), vec_and(vec_i_bits(y), magnitude)), r,
                      vec_sub(vec_zero(), step));
  default:
    return r;
  }
}

/* --- minifloats ---------------------------------------------------------------------------------------------------- */

/* 2^k as f32, for constants. */
static inline float vec_pow2(int k) { return lowp_f32_from_bits((uint32_t)(k + 127) << 23); }

/* The sum of the top of this file, with the sign of y; *c has it too. */
VEC_INLINE vec_f minifloat_sum(lowp_minifloat f, lowp_round round, vec_f y, vec_f *c) {
  const vec_i exponent = vec_set_i(0x7f800000u), least = vec_i_bits(vec_set(vec_pow2(1 - f.bias)));
  const vec_f ulps = vec_set(vec_pow2(23 - f.m));
  vec_i bits = vec_i_bits(y);
  *c = vec_f_bits(vec_with_sign_of(vec_max_u(vec_and(bits, exponent), least), bits));
  vec_f r = vec_fma(*c, ulps, y);
  if (round == LOWP_ROUND_RNE) return r;
  vec_f rounded = vec_subf(r, vec_mulf(*c, ulps)), half = vec_mulf(*c, vec_set(vec_pow2(-1 - f.m)));
  return vec_f_bits(vec_correct(round, y, rounded, half, vec_i_bits(r), vec_set_i(1)));
}

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

/* round(y * 2^frac), |y| < 2^(21 - frac): the adder rounds at the ulp of 1.5 * 2^(23 - frac). */
VEC_INLINE vec_i fixed_lanes(unsigned frac, lowp_round round, vec_f y) {
  const vec_f magic = vec_set(1.5f * vec_pow2(23 - (int)frac));
  vec_f r = vec_addf(y, magic);
  vec_i q = vec_sub(vec_i_bits(r), vec_i_bits(magic));
  if (round == LOWP_ROUND_RNE) return q;
  vec_i sign = vec_and(vec_i_bits(y), vec_set_i(0x80000000u));
  vec_f half = vec_f_bits(vec_or(sign, vec_i_bits(vec_set(vec_pow2(-1 - (int)frac)))));
  vec_i step = vec_select(vec_gt_s(vec_zero(), sign), vec_set_i(0xffffffffu), vec_set_i(1));
  return vec_correct(round, y, vec_subf(r, magic), half, q, step);
}

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
