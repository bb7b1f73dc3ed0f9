/* SPDX-License-Identifier: Apache-2.0 */
/* hif8.h: HiF8 by arithmetic of bytes. */
#ifndef LOWPK_X86_HIF8_H
#define LOWPK_X86_HIF8_H

enum { LOWPK_HIF8_UNIT = -104 };

/*
 * Upper halves of f32: the values of the bytes of v times 2^LOWPK_HIF8_UNIT, those of even and of odd bytes; not of NaN and
 * Inf. With three bits of mantissa and exponents from -23 on, of which none is left for subnormals, the magnitude
 * c = 16 r + x is
 *
 *     8 (exponent + 23) + mantissa = base[r] + step[r] * (x xor mask[r])
 *
 * from r = 2 on. mask turns round negative exponents, which become smaller with x; step is 1 for three bits of mantissa, 2
 * for two, 4 for one. r = 1 are the exponents 1 and -1: one is missing between them, 8 for the larger. r = 0 are eight
 * powers of two, with 2^-23 in the place of 0, and the eighths from 1 on: a table. The sum is below 312, so that sixteen
 * times as much, its place in the half, is what products of bytes and their sums hold. Bit 3 of r is the sign, which
 * makes no difference.
 */
VEC_INLINE void lowpk_hif8_upper(vec_i v, vec_i *even, vec_i *odd) {
#define TABLE(...) VEC_TABLE(__VA_ARGS__)
#define TWICE(...) TABLE(__VA_ARGS__, __VA_ARGS__)
  const vec_table base = TWICE(0, (char)176, (char)200, (char)160, (char)216, (char)128, (char)248, 64);
  const vec_table mask = TWICE(0, 8, 0, 8, 0, 12, 0, 14), step = TWICE(0, 16, 16, 16, 32, 32, 64, 64);
  const vec_table few = TABLE(0, 8, 16, 24, 32, 40, 48, 56, (char)184, (char)185, (char)186, (char)187, (char)188,
                              (char)189, (char)190, (char)191);
  const vec_table larger = TWICE(0, 8, 0, 0, 0, 0, 0, 0);
#undef TWICE
#undef TABLE
  const vec_i nibble = vec_set_8(15), sign = vec_set_16(0x8000);
  const vec_i low = vec_set_16(0xff), sixteen = vec_set_8(16);
  vec_i c = vec_and(v, vec_set_8(0x7f));
  vec_i r = vec_and(vec_shr_16(v, 4), nibble), x = vec_and(v, nibble);
  x = vec_xor(x, vec_lookup_8(mask, r));
  /* an index with its top bit set gives 0: from 16 on */
  vec_i b = vec_add_8(vec_lookup_8(base, r), vec_lookup_8(few, vec_adds_u8(c, vec_set_8(0x70))));
  b = vec_add_8(b, vec_and(x, vec_lookup_8(larger, r)));
  vec_i factor = vec_lookup_8(step, r);
#define SUM(these) vec_add_16(vec_madd_8(b, vec_and(sixteen, these)), vec_madd_8(x, vec_and(factor, these)))
  *even = vec_or(SUM(low), vec_and(vec_shl_16(v, 8), sign));
  *odd = vec_or(SUM(vec_shl_16(low, 8)), vec_and(v, sign));
#undef SUM
}

#endif
