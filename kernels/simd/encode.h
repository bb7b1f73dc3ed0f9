/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode.h: arrays of f32 to element codes, a group of four vectors at a time, with the lane arithmetic of rounding.h.
 * Lanes know finite numbers and saturation. What a NaN, an Inf or an overflow becomes depends on the rules; such values
 * are rare, so a group with one is left to the generic kernel as a whole. Left to it altogether are stochastic rounding
 * and rounding upward, the rule that gives unsigned formats a NaN for negative numbers, HiF8 and the scale formats under
 * other than their default rounding, and processes that changed the floating-point mode.
 */
#ifndef LOWPK_SIMD_ENCODE_H
#define LOWPK_SIMD_ENCODE_H

#include "kernels/simd/rounding.h"

enum { F32_INF = 0x7f800000, F32_MAGNITUDE = 0x7fffffff };

typedef struct encode_call {
  lowp_element id;
  lowp_encode_rules rules;
  uint32_t seed;
  uint64_t counter;
} encode_call;

/* --- one group ------------------------------------------------------------------------------------------------------ */

/* The low bytes of four vectors of lanes below 256, in order. */
VEC_INLINE vec_i low_bytes(const vec_i q[4]) {
  return vec_order_4(vec_pack_u16(vec_pack_u32(q[0], q[1]), vec_pack_u32(q[2], q[3])));
}

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

/* Stores the GROUP codes of y; `id` and `round` are constants. */
VEC_INLINE void encode_group(lowp_element id, lowp_round round, const vec_f y[4], uint8_t *codes) {
  const lowp_element_row row = lowp_element_row_of(id);
  const lowp_minifloat f = row.minifloat;
  vec_i q[4];
  if (id == LOWP_BF16) {
    VEC_UNROLL
    for (int j = 0; j < 4; j++) q[j] = bf16_lanes(round, y[j]);
    vec_store_i(codes, vec_order_2(vec_pack_u32(q[0], q[1])));
    vec_store_i(codes + VEC_BYTES, vec_order_2(vec_pack_u32(q[2], q[3])));
  } else if (id == LOWP_FP16) {
    VEC_UNROLL
    for (int j = 0; j < 4; j++) {
      vec_f most = vec_set(65504.0f), v = vec_maxf(vec_minf(y[j], most), vec_set(-65504.0f));
      vec_store_half(codes + j * (VEC_BYTES / 2), vec_to_half(v), VEC);
    }
  } else if (id == LOWP_HIF8) {
    VEC_UNROLL
    for (int j = 0; j < 4; j++) q[j] = hif8_lanes(y[j]);
    vec_store_i(codes, low_bytes(q));
  } else if (row.kind == LOWP_KIND_FIXED) {
    VEC_UNROLL
    for (int j = 0; j < 4; j++) /* far beyond any code, and within what fixed_lanes can do */
      q[j] = fixed_lanes(row.fixed.frac, round, vec_maxf(vec_minf(y[j], vec_set(1024.0f)), vec_set(-1024.0f)));
    vec_i bytes = integer_bytes(q);
    if (row.bits < 8) {
      bytes = vec_min_s8(vec_max_s8(bytes, vec_set_8((uint32_t)row.fixed.min)), vec_set_8((uint32_t)row.fixed.max));
      bytes = vec_and(bytes, vec_set_8(((uint32_t)1 << row.bits) - 1));
    }
    vec_store_i(codes, bytes);
  } else if (f.specials == LOWP_SPECIALS_SCALE) {
    VEC_UNROLL
    for (int j = 0; j < 4; j++) q[j] = scale_lanes(f, y[j]);
    vec_store_i(codes, low_bytes(q));
  } else {
    int no_minus = f.specials == LOWP_SPECIALS_FNUZ || f.specials == LOWP_SPECIALS_P3109;
    vec_store_i(codes, minifloat_codes(f, round, no_minus ? MINUS_DROP : MINUS_KEEP, y));
  }
}

/* --- arrays --------------------------------------------------------------------------------------------------------- */

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

VEC_INLINE void encode_array(lowp_element id, lowp_round round, const encode_call *c, size_t n, const char *x,
                             uint8_t *codes) {
  const size_t size = lowp_element_row_of(id).bits > 8 ? 2 : 1;
  const vec_i limit = vec_set_i(encode_limit(c));
  for (size_t i = 0; i < n; i += GROUP) {
    uint8_t last_codes[2 * GROUP], *to = codes + i * size;
    float last[GROUP];
    vec_f y[4];
    vec_i most = vec_zero();
    const char *from = x + i * sizeof(float);
    vec_prefetch(from, GROUP);
    size_t count = n - i < GROUP ? n - i : GROUP;
    if (count < GROUP) { /* the last ones, with zeros behind */
      memset(last, 0, sizeof last);
      memcpy(last, from, count * sizeof(float));
      from = (const char *)last;
      to = last_codes;
    }
    VEC_UNROLL
    for (size_t j = 0; j < 4; j++) {
      y[j] = vec_f_bits(vec_load_i(from + j * VEC_BYTES));
      most = vec_max_u(most, vec_and(vec_i_bits(y[j]), vec_set_i(F32_MAGNITUDE)));
    }
    if (vec_any(vec_gt_s(most, limit))) {
      lowpk_encode_generic(id, c->rules, c->seed, c->counter + i, count, (const float *)(const void *)from,
                           codes + i * size);
      continue;
    }
    encode_group(id, round, y, to);
    if (count < GROUP) memcpy(codes + i * size, last_codes, count * size);
  }
}

/* One function an element: what it is made of is constant, and its default rounding has a loop of its own. */
typedef int encode_fn(const encode_call *c, size_t n, const char *x, uint8_t *codes);

VEC_INLINE int encode_any(lowp_element id, const encode_call *c, size_t n, const char *x, uint8_t *codes) {
  const lowp_element_row row = lowp_element_row_of(id);
  const int only_default = row.kind == LOWP_KIND_TAPERED || row.minifloat.specials == LOWP_SPECIALS_SCALE;
  if (c->rules.round == row.rules.round)
    encode_array(id, (lowp_round)row.rules.round, c, n, x, codes);
  else if (only_default || id == LOWP_FP16)
    return 0;
  else if (c->rules.round == LOWP_ROUND_RNE)
    encode_array(id, LOWP_ROUND_RNE, c, n, x, codes);
  else if (c->rules.round == LOWP_ROUND_HALF_AWAY)
    encode_array(id, LOWP_ROUND_HALF_AWAY, c, n, x, codes);
  else if (c->rules.round == LOWP_ROUND_HALF_ZERO)
    encode_array(id, LOWP_ROUND_HALF_ZERO, c, n, x, codes);
  else if (c->rules.round == LOWP_ROUND_RTZ)
    encode_array(id, LOWP_ROUND_RTZ, c, n, x, codes);
  else
    return 0;
  return 1;
}

#define ENCODE(ID) \
  static int encode_##ID(const encode_call *c, size_t n, const char *x, uint8_t *codes) { \
    return encode_any(LOWP_##ID, c, n, x, codes); \
  }
#define LOWP_MINIFLOAT(ID, name, s, e, m, bias, specials, round, overflow, text) ENCODE(ID)
#define LOWP_FIXED(ID, name, bits, frac, min, max, text) ENCODE(ID)
#define LOWP_TAPERED(ID, name, bits, round, overflow, text) ENCODE(ID)
#define LOWP_NATIVE(ID, name, bits, text)
#include <lowp/element.def>
#undef LOWP_MINIFLOAT
#undef LOWP_FIXED
#undef LOWP_TAPERED

static encode_fn *const encoders[LOWP_ELEMENT_COUNT] = {
#define LOWP_MINIFLOAT(ID, name, s, e, m, bias, specials, round, overflow, text) [LOWP_##ID] = encode_##ID,
#define LOWP_FIXED(ID, name, bits, frac, min, max, text) [LOWP_##ID] = encode_##ID,
#define LOWP_TAPERED(ID, name, bits, round, overflow, text) [LOWP_##ID] = encode_##ID,
#include <lowp/element.def>
#undef LOWP_MINIFLOAT
#undef LOWP_FIXED
#undef LOWP_TAPERED
#undef LOWP_NATIVE
};

void VEC_NAME(encode)(lowp_element id, lowp_encode_rules rules, uint32_t seed, uint64_t counter, size_t n,
                      const float *x, void *codes) {
  encode_call c = {id, rules, seed, counter};
  int is_unsigned = lowp_element_row_of(id).kind == LOWP_KIND_MINIFLOAT && !lowp_element_row_of(id).minifloat.s;
  if (!vec_default_mode() || (is_unsigned && rules.negative != LOWP_NEGATIVE_ABS) ||
      !encoders[id](&c, n, (const char *)x, codes))
    lowpk_encode_generic(id, rules, seed, counter, n, x, codes);
}

#endif
