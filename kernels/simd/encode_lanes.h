/* SPDX-License-Identifier: Apache-2.0 */
/* encode_lanes.h: finite numbers to the codes of HiF8, of the formats of scales and of bf16, one vector at a time; and which. */
#ifndef LOWPK_SIMD_ENCODE_LANES_H
#define LOWPK_SIMD_ENCODE_LANES_H

#include "kernels/simd/lanes.h"

enum { F32_INF = 0x7f800000, F32_MAGNITUDE = 0x7fffffff };

/*
 * HiF8, ties away. T_k are tables by |e|, 0 .. 15; 0x70 is added to the index, so that it is above 0x7f, for which a byte
 * shuffle gives 0, from 16 on, where there is no mantissa. The upper bytes of a lane ask for 0 too.
 */
VEC_INLINE vec_i hif8_lanes(vec_f y) {
  const vec_table width = VEC_TABLE(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1);
  const vec_table code_of =
      VEC_TABLE(0x08, 0x10, 0x20, 0x28, 0x40, 0x44, 0x48, 0x4c, 0x60, 0x62, 0x64, 0x66, 0x68, 0x6a, 0x6c, 0x6e);
  const vec_table minus = VEC_TABLE(0, 8, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
  const vec_i zero = vec_zero(), bias = vec_set_i(127), index = vec_set_i(0x80808070u), mantissa = vec_set_i(0x7fffff);
  vec_i a = vec_min_u(vec_and(vec_i_bits(y), vec_set_i(F32_MAGNITUDE)), vec_i_bits(vec_set(0x1p15f)));
  vec_i e = vec_sub(vec_shr(a, 23), bias);
  vec_i w = vec_lookup_8(width, vec_add(vec_max_s(e, vec_sub(zero, e)), index));
  /* half of the last place; a carry into the next power of two leaves no mantissa that any width would show */
  vec_i u = vec_add(a, vec_shrv(vec_set_i(0x400000), w));
  e = vec_sub(vec_shr(u, 23), bias);
  vec_i at = vec_add(vec_max_s(e, vec_sub(zero, e)), index);
  w = vec_lookup_8(width, at);
  vec_i code = vec_add(vec_lookup_8(code_of, at), vec_shrv(vec_and(u, mantissa), vec_sub(vec_set_i(23), w)));
  code = vec_add_if(vec_gt_s(zero, e), code, vec_lookup_8(minus, at));
  /* 2^-22 .. 2^-16 have the codes 1 .. 7, and what is at least half of the smallest becomes the smallest */
  vec_i small = vec_max_s(vec_add(e, vec_set_i(23)), zero);
  small = vec_select(vec_gt_s(a, vec_set_i((104u << 23) - 1)), vec_max_s(small, vec_set_i(1)), zero);
  code = vec_select(vec_gt_s(vec_set_i((uint32_t)-15), e), small, code);
  vec_i sign = vec_and(vec_shr(vec_i_bits(y), 24), vec_set_i(0x80));
  return vec_select(vec_eq(code, zero), zero, vec_or(code, sign));
}

/* The formats of scales, of |y|: E8M0 cuts the mantissa off, E6M2 rounds to two bits, and clamps at its ends. */
VEC_INLINE vec_i scale_lanes(lowp_minifloat f, vec_f y) {
  const unsigned shift = 23u - f.m;
  vec_i bits = vec_and(vec_i_bits(y), vec_set_i(F32_MAGNITUDE));
  if (f.m != 0) {
    vec_i odd = vec_and(vec_shr(bits, shift), vec_set_i(1));
    bits = vec_add(vec_add(bits, vec_set_i(((uint32_t)1 << (shift - 1)) - 1)), odd);
  }
  vec_i code = vec_sub(vec_shr(bits, shift), vec_set_i((uint32_t)(127 - f.bias) << f.m));
  return vec_min_s(vec_max_s(code, vec_zero()), vec_set_i(lowp_minifloat_max_code(f)));
}

/* bf16 is the upper half of f32: rounding is an addition to the bits. */
VEC_INLINE vec_i bf16_lanes(lowp_round round, vec_f y) {
  vec_i bits = vec_i_bits(y);
  if (round == LOWP_ROUND_RNE) bits = vec_add(bits, vec_and(vec_shr(bits, 16), vec_set_i(1)));
  if (round == LOWP_ROUND_RNE || round == LOWP_ROUND_HALF_ZERO) bits = vec_add(bits, vec_set_i(0x7fff));
  if (round == LOWP_ROUND_HALF_AWAY) bits = vec_add(bits, vec_set_i(0x8000));
  return vec_shr(bits, 16);
}

typedef struct encode_call {
  lowp_element id;
  lowp_encode_rules rules;
  uint32_t seed;
  uint64_t counter;
} encode_call;

/*
 * The largest magnitude, as bits, that lanes can do: the largest finite number where overflow does not saturate, else
 * the largest finite f32, or Inf where that saturates too. bf16 overflows to Inf by the same addition.
 */
static uint32_t encode_limit(const encode_call *c) {
  const int nonfinite = c->rules.overflow == LOWP_OVERFLOW_NONFINITE;
  lowp_element_row row = lowp_element_row_of(c->id);
  if (row.kind == LOWP_KIND_FIXED) return F32_INF;
  if (c->id == LOWP_BF16 && nonfinite) return F32_INF;
  if (nonfinite || c->id == LOWP_BF16)
    return row.kind == LOWP_KIND_TAPERED
               ? 0x47000000u /* 2^15 */
               : lowp_f32_bits(lowp_minifloat_decode(row.minifloat, lowp_minifloat_max_code(row.minifloat)));
  /* the sums of minifloat_codes want y * 2^23 to be finite */
  if (row.kind == LOWP_KIND_MINIFLOAT && row.bits <= 8 && row.minifloat.specials != LOWP_SPECIALS_SCALE)
    return 0x71800000u; /* 2^100 */
  return c->rules.inf == LOWP_INF_NONFINITE ? F32_INF - 1 : F32_INF;
}

#endif
