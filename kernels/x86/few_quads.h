/* SPDX-License-Identifier: Apache-2.0 */
/*
 * few_quads.h: the quads of few_kinds.h, decoded in registers, and the scales that go with them. Include few_avx2.h or few_avx512.h
 * first.
 */
#ifndef LOWPK_X86_FEW_QUADS_H
#define LOWPK_X86_FEW_QUADS_H

#include "kernels/x86/few_kinds.h"

/* Integers, all of a quad in the first; halves of k and k + 2, of k + 1 and k + 3; binary16 of each k. */
typedef struct few_quad {
  vec_i even, odd;
  vec_h half[4];
} few_quad;

/*
 * Integers of 16 codes; of E2M3 what those from 16 on are more than their low nibble. Of E3M2 codes below 16 with another
 * exponent, so that subnormal ones are powers of two and 1.5 times one: those from 4 on are 8 more.
 */
VEC_INLINE vec_i few_table(few_kind kind) {
  switch (kind) {
  case FEW_HIF4:
    return few_repeat(VEC_TABLE(0, 1, 2, 3, 4, 5, 6, 7, 0, -1, -2, -3, -4, -5, -6, -7));
  case FEW_INT4:
    return few_repeat(VEC_TABLE(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1));
  case FEW_MX_E3M2:
    return few_repeat(VEC_TABLE(0, 4, 8, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23));
  case FEW_MX_E2M3:
    return few_repeat(VEC_TABLE(16, 17, 18, 19, 20, 21, 22, 23, 24, 27, 30, 33, 36, 39, 42, 45));
  default:
    return few_repeat(VEC_TABLE(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12));
  }
}

/* Two bits of each byte, sign and larger exponent bit, to its top, whatever is below. */
VEC_INLINE vec_i few_top_bits(vec_i bits, int quad) { return quad < 3 ? vec_shl_16(bits, 6 - 2 * quad) : bits; }

/* From the top bytes of halves, with their signs at the top still. */
VEC_INLINE vec_i few_mask(int right, vec_i v) { return vec_and(v, vec_set_16(0x8000 | 0x7f00 >> right)); }
VEC_INLINE vec_i few_place(int right, vec_i v) { return few_mask(right, vec_sar_16(v, right)); }

/* From the bottom bytes: two shifts, or one product on a port of the FMAs where those are few. */
VEC_INLINE vec_i few_place_low(int right, vec_i v, int rows) {
  if (rows > 2) return few_place(right, vec_shl_16(v, 8));
  return few_mask(right, vec_madd_8(vec_set_16(0x100 >> right), v));
}

/* Bytes of six bits: integers of E2M3; of E3M2 sign, 0 and the six bits of the table. bits: its word of them. */
VEC_INLINE vec_i few_six_bits(few_kind kind, vec_i table, vec_i low, vec_i bits, int q) {
  const vec_i top = vec_set_8(0x80);
  vec_i sign = few_top_bits(bits, q), large = vec_shl_16(sign, 1);
  if (kind == FEW_MX_E3M2) {
    vec_i more = vec_add_8(low, vec_set_8(16 + 8));
    return vec_or(few_where_top(large, more, few_shuffle(table, low)), vec_and(sign, top));
  }
  /* An index with its top bit set gives 0: codes below 16 are their integers. The sign of a zero changes nothing. */
  vec_i index = vec_or(low, vec_andnot(large, top));
  return few_with_sign(vec_add_8(low, few_shuffle(table, index)), sign);
}

typedef struct few_constants {
  vec_i table, nibble, byte[4]; /* to the top of a lane: by shuffle, of byte 3 by mask */
} few_constants;

VEC_INLINE few_constants few_constants_of(few_kind kind) {
  const char n = (char)0x80; /* makes zeros below */
#define LANE(i, b) n, n, n, (char)(4 * (i) + (b))
#define BYTE(b) FEW_EACH(LANE(0, b), LANE(1, b), LANE(2, b), LANE(3, b))
  return (few_constants){few_table(kind), vec_set_8(15), {BYTE(0), BYTE(1), BYTE(2), vec_set_i(0xff000000)}};
#undef BYTE
#undef LANE
}

/* Bytes of quad q of a group. p: its words for the rows of a register. */
VEC_INLINE vec_i few_bytes(few_kind kind, const few_constants *c, const uint8_t *p, int q) {
  const few_traits t = few_traits_of(kind);
  if (t.quads == 1) return vec_load_i(p);
  vec_i v = vec_load_i(p + q / 2 * 64);
  vec_i low = vec_and(q % 2 ? vec_shr_16(v, 4) : v, c->nibble);
  return t.words == 1 ? few_shuffle(c->table, low) : few_six_bits(kind, c->table, low, vec_load_i(p + 128), q);
}

/* Quad q of a group, for so many rows of x. p: its words for the rows of weights of a register. */
VEC_INLINE few_quad few_quad_of(few_kind kind, const few_constants *c, const uint8_t *p, int q, int rows) {
  const few_traits t = few_traits_of(kind);
  few_quad v = {vec_zero(), vec_zero(), {few_no_half()}};
  if (t.form == FEW_BINARY16) {
    few_halves(p, v.half);
  } else if (t.words == 2) {
    v.even = vec_load_i(p);
    v.odd = vec_load_i(p + 64);
  } else if (kind == FEW_HIF8) {
    lowpk_hif8_upper(vec_load_i(p), &v.even, &v.odd);
  } else {
    v.even = few_bytes(kind, c, p, q);
    if (t.form == FEW_UPPER) v.odd = few_place(t.right, v.even);
    if (t.form == FEW_UPPER) v.even = few_place_low(t.right, v.even, rows);
  }
  return v;
}

/* Element b of a quad, times 2^unit. */
VEC_INLINE vec_f few_element(few_kind kind, vec_i byte, few_quad quad, int b) {
  const few_traits t = few_traits_of(kind);
  const vec_i pair = b & 1 ? quad.odd : quad.even;
  if (t.form == FEW_BINARY16) return vec_from_half(quad.half[b]);
  if (t.form == FEW_UPPER) return vec_f_bits(b & 2 ? vec_and(pair, vec_set_i(0xffff0000)) : vec_shl(pair, 16));
  return vec_to_float(b < 3 ? few_shuffle(quad.even, byte) : vec_and(quad.even, byte));
}

/* 2^e in all lanes, e a constant in the normal range. */
VEC_INLINE vec_f few_power(int e) { return vec_f_bits(vec_set_i((127 + e) * (1 << 23))); }

/*
 * Scales to multiply by, of the rows, times 2^-unit; p: those of the block for these rows. Of HiF4 the E6M2 alone. Those of
 * E4M3 may be infinite then: few_infinite().
 */
VEC_INLINE vec_f few_scale(few_kind kind, const uint8_t *p) {
  switch (kind) {
  case FEW_NVFP4:
    return vec_mulf(few_e4m3(p), few_power(-25));
  case FEW_HIF4: {
    vec_i c = vec_shl(vec_and(vec_load_i(p), vec_set_i(0xff)), 21);
    return vec_f_bits(vec_add(c, vec_set_i((127 - 48 - 26) << 23)));
  }
  case FEW_E4M3_BLOCK:
    return vec_mulf(vec_f_bits(vec_load_i(p)), few_power(120));
  default:
    return vec_mulf(vec_from_half(few_load_h(p)), few_power(-24));
  }
}

/* Not 0 if one of these scales has left the range of f32. */
VEC_INLINE int few_infinite(vec_f scale) {
  vec_i magnitude = vec_and(vec_i_bits(scale), vec_set_i(0x7fffffff));
  return vec_any(vec_eq(magnitude, vec_set_i(0xffu << 23)));
}

/* The zero points of the rows. */
VEC_INLINE vec_f few_zero(const lowpk_rhs *w, size_t column) {
  const vec_i bits = vec_load_i((const uint8_t *)w->zeros + column * 4);
  return w->scheme->zero == LOWP_ZERO_I32 ? vec_to_float(bits) : vec_f_bits(bits);
}

/*
 * The exponents of HiF4 for its sixteen groups of four k, 2 bits each, group i at bit 2 i: bit 16 + i of the word, plus
 * bit 8 + i / 2. Bits move apart by halves: of the first from bit i to 2 i, of the second to 4 i.
 */
VEC_INLINE vec_i few_hif4_exponents(vec_i word) {
#define SPREAD(v, n, mask) vec_and(vec_or(v, vec_shl(v, n)), vec_set_i(mask))
  vec_i four = vec_shr(word, 16), eight = vec_and(vec_shr(word, 8), vec_set_i(255));
  four = SPREAD(four, 8, 0x00ff00ff);
  four = SPREAD(four, 4, 0x0f0f0f0f);
  four = SPREAD(four, 2, 0x33333333);
  four = SPREAD(four, 1, 0x55555555);
  eight = SPREAD(eight, 12, 0x000f000f);
  eight = SPREAD(eight, 6, 0x03030303);
  eight = SPREAD(eight, 3, 0x11111111);
#undef SPREAD
  return vec_add(four, vec_add(eight, vec_shl(eight, 2)));
}

/* s * 2^(exponent of group i), which is below 4. */
VEC_INLINE vec_f few_hif4_scale(vec_f s, vec_i exponents, int i) {
  vec_i e = vec_and(vec_shl(exponents, 23 - 2 * i), vec_set_i(3 << 23));
  return vec_f_bits(vec_add(vec_i_bits(s), e));
}

#endif
