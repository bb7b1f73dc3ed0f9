/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lanes.h: what rounds one vector. No arrays of vectors and no constant number of lanes in here, so that vectors may be of a
 * type without a size.
 *
 * Minifloats round in the float adder. With c = 2^E for the exponent E of y, but at least that of the smallest normal,
 * c * 2^(23-m) + y has an ulp of 2^(E-m): the m mantissa bits of the format, fewer below its normals. One FMA makes that
 * sum; its low bits are q = round(|y| / 2^(E-m)), hidden one included, and (E << m) + q is the code but for a constant. A
 * carry of q into 2^(m+1) is the next exponent by the same sum. Rounding is then the processor's, so kernels leave rows to
 * the generic one unless its mode is the default one (mode.h); other modes are corrections by the exact remainder.
 */
#ifndef LOWPK_SIMD_LANES_H
#define LOWPK_SIMD_LANES_H

#include "kernels/kernel.h"
#include "kernels/simd/mode.h"

/* What presets do about the sign of a zero. */
typedef enum minus_zero {
  MINUS_KEEP = 0,
  MINUS_DROP,  /* GGML: no code -0 */
  MINUS_CODES, /* microxcaling: -0 only for what is not zero before the rounding to the element */
  MINUS_ALWAYS /* ModelOpt: zeros have the sign bit, see `zeros_minus` of quantize_mx.h */
} minus_zero;

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

#endif
