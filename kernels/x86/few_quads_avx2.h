/* SPDX-License-Identifier: Apache-2.0 */
/* few_quads_avx2.h: the quads of few_kinds_avx2.h, decoded in registers, and the scales that go with them. */
#ifndef LOWPK_X86_FEW_QUADS_AVX2_H
#define LOWPK_X86_FEW_QUADS_AVX2_H

#include "kernels/x86/few_kinds_avx2.h"

/* Integers, all of a quad in the first; halves of k and k + 2, of k + 1 and k + 3; binary16 of each k. */
typedef struct few_quad {
  __m256i even, odd;
  __m128i half[4];
} few_quad;

LOWPK_TILE_INLINE __m256i few_load32(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
LOWPK_TILE_INLINE __m128i few_load16(const uint8_t *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }
LOWPK_TILE_INLINE __m128i few_load8(const uint8_t *p) { return _mm_loadl_epi64((const __m128i *)(const void *)p); }

/*
 * Integers of 16 codes; of E2M3 what those from 16 on are more than their low nibble. Of E3M2 codes below 16 with another
 * exponent, so that subnormal ones are powers of two and 1.5 times one: those from 4 on are 8 more.
 */
LOWPK_TILE_INLINE __m256i few_table(few_kind kind) {
  switch (kind) {
  case FEW_HIF4:
    return _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 0, -1, -2, -3, -4, -5, -6, -7));
  case FEW_INT4:
    return _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1));
  case FEW_MX_E3M2:
    return _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 4, 8, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23));
  case FEW_MX_E2M3:
    return _mm256_broadcastsi128_si256(_mm_setr_epi8(16, 17, 18, 19, 20, 21, 22, 23, 24, 27, 30, 33, 36, 39, 42, 45));
  default:
    return _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12));
  }
}

/* Two bits of each byte, sign and larger exponent bit, to its top, whatever is below. */
LOWPK_TILE_INLINE __m256i few_top_bits(__m256i bits, int quad) {
  return quad < 3 ? _mm256_slli_epi16(bits, 6 - 2 * quad) : bits;
}

/* From the top bytes of halves, with their signs at the top still. */
LOWPK_TILE_INLINE __m256i few_mask(int right, __m256i v) {
  return _mm256_and_si256(v, _mm256_set1_epi16((short)(0x8000 | 0x7f00 >> right)));
}
LOWPK_TILE_INLINE __m256i few_place(int right, __m256i v) { return few_mask(right, _mm256_srai_epi16(v, right)); }

/* From the bottom bytes: two shifts, or one product on a port of the FMAs where those are few. */
LOWPK_TILE_INLINE __m256i few_place_low(int right, __m256i v, int rows) {
  if (rows > 2) return few_place(right, _mm256_slli_epi16(v, 8));
  return few_mask(right, _mm256_maddubs_epi16(_mm256_set1_epi16((short)(0x100 >> right)), v));
}

/* Bytes of six bits: integers of E2M3; of E3M2 sign, 0 and the six bits of the table. bits: its word of them. */
LOWPK_TILE_INLINE __m256i few_six_bits(few_kind kind, __m256i table, __m256i low, __m256i bits, int q) {
  const __m256i top = _mm256_set1_epi8((char)0x80), one = _mm256_set1_epi8(1);
  __m256i sign = few_top_bits(bits, q), large = _mm256_slli_epi16(sign, 1);
  if (kind == FEW_MX_E3M2) {
    __m256i more = _mm256_add_epi8(low, _mm256_set1_epi8(16 + 8));
    return _mm256_or_si256(_mm256_blendv_epi8(_mm256_shuffle_epi8(table, low), more, large),
                           _mm256_and_si256(sign, top));
  }
  /* An index with its top bit set gives 0: codes below 16 are their integers. The sign of a zero changes nothing. */
  __m256i index = _mm256_or_si256(low, _mm256_andnot_si256(large, top));
  return _mm256_sign_epi8(_mm256_add_epi8(low, _mm256_shuffle_epi8(table, index)), _mm256_or_si256(sign, one));
}

/*
 * For loops that need every register for sums and quads. Compilers keep constants in registers, whatever becomes of the
 * sums: these are said to change in memory. And they let an FMA overwrite a factor and move the sum by way of the stack:
 * this one overwrites the sum.
 */
#if defined(__GNUC__)
#define FEW_IN_MEMORY(v) __asm__("" : "+m"(v))
#else
#define FEW_IN_MEMORY(v) (void)(v)
#endif
LOWPK_TILE_INLINE __m256 few_fma(int in_place, __m256 a, __m256 b, __m256 sum) {
#if defined(__GNUC__)
  if (in_place) {
    __asm__("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
    return sum;
  }
#endif
  (void)in_place;
  return _mm256_fmadd_ps(a, b, sum);
}

typedef struct few_constants {
  __m256i table, nibble, byte[4]; /* to the top of a lane: by shuffle, of byte 3 by mask */
} few_constants;

LOWPK_TILE_INLINE few_constants few_constants_of(few_kind kind) {
  const char n = (char)0x80; /* makes zeros below */
#define LANE(i, b) n, n, n, (char)(4 * (i) + (b))
#define BYTE(b) \
  _mm256_setr_epi8(LANE(0, b), LANE(1, b), LANE(2, b), LANE(3, b), LANE(0, b), LANE(1, b), LANE(2, b), LANE(3, b))
  return (few_constants){
      few_table(kind), _mm256_set1_epi8(15), {BYTE(0), BYTE(1), BYTE(2), _mm256_set1_epi32((int)0xff000000)}};
#undef BYTE
#undef LANE
}

/* Bytes of quad q of a group. p: its words for the eight rows. */
LOWPK_TILE_INLINE __m256i few_bytes(few_kind kind, const few_constants *c, const uint8_t *p, int q) {
  const few_traits t = few_traits_of(kind);
  if (t.quads == 1) return few_load32(p);
  __m256i v = few_load32(p + q / 2 * 64);
  __m256i low = _mm256_and_si256(q % 2 ? _mm256_srli_epi16(v, 4) : v, c->nibble);
  return t.words == 1 ? _mm256_shuffle_epi8(c->table, low) : few_six_bits(kind, c->table, low, few_load32(p + 128), q);
}

/* Binary16 of a quad, of rows 0, 4, 1, 5, 2, 6, 3, 7. */
LOWPK_TILE_INLINE void few_halves(const uint8_t *p, __m128i half[4]) {
  LOWPK_UNROLL
  for (int i = 0; i < 2; i++, p += 64) {
    __m128i four = few_load16(p), more = few_load16(p + 16);
    half[i] = _mm_blend_epi16(four, _mm_slli_epi32(more, 16), 0xaa);
    half[i + 2] = _mm_blend_epi16(_mm_srli_epi32(four, 16), more, 0xaa);
  }
}
LOWPK_TILE_INLINE __m256 few_rows_in_order(__m256 sums) {
  return _mm256_permutevar8x32_ps(sums, _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
}

/* Quad q of a group, for so many rows of x. p: its words for the eight rows of weights. */
LOWPK_TILE_INLINE few_quad few_quad_of(few_kind kind, const few_constants *c, const uint8_t *p, int q, int rows) {
  const few_traits t = few_traits_of(kind);
  few_quad v = {_mm256_setzero_si256(), _mm256_setzero_si256(), {_mm_setzero_si128()}};
  if (t.form == FEW_BINARY16) {
    few_halves(p, v.half);
  } else if (t.words == 2) {
    v.even = few_load32(p);
    v.odd = few_load32(p + 64);
  } else if (kind == FEW_HIF8) {
    lowpk_hif8_upper(few_load32(p), &v.even, &v.odd);
  } else {
    v.even = few_bytes(kind, c, p, q);
    if (t.form == FEW_UPPER) v.odd = few_place(t.right, v.even);
    if (t.form == FEW_UPPER) v.even = few_place_low(t.right, v.even, rows);
  }
  return v;
}

/* Element b of a quad, times 2^unit. */
LOWPK_TILE_INLINE __m256 few_element(few_kind kind, __m256i byte, few_quad quad, int b) {
  const few_traits t = few_traits_of(kind);
  const __m256i pair = b & 1 ? quad.odd : quad.even;
  if (t.form == FEW_BINARY16) return _mm256_cvtph_ps(quad.half[b]);
  if (t.form == FEW_UPPER)
    return _mm256_castsi256_ps(b & 2 ? _mm256_and_si256(pair, _mm256_set1_epi32((int)0xffff0000))
                                     : _mm256_slli_epi32(pair, 16));
  return _mm256_cvtepi32_ps(b < 3 ? _mm256_shuffle_epi8(quad.even, byte) : _mm256_and_si256(quad.even, byte));
}

/* E4M3 by way of FP16, which has the same fields further left and a bias larger by 8. */
LOWPK_TILE_INLINE __m256 few_e4m3(__m128i codes) {
  __m128i c = _mm_cvtepi8_epi16(codes); /* the sign is in bit 15 already */
  c = _mm_or_si128(_mm_slli_epi16(_mm_and_si128(c, _mm_set1_epi16(0x7f)), 7),
                   _mm_and_si128(c, _mm_set1_epi16((short)0x8000)));
  return _mm256_mul_ps(_mm256_cvtph_ps(c), _mm256_set1_ps(256.0f));
}

/* 2^e in all lanes, e a constant in the normal range. */
LOWPK_TILE_INLINE __m256 few_power(int e) { return _mm256_castsi256_ps(_mm256_set1_epi32((127 + e) * (1 << 23))); }

/*
 * Scales to multiply by, of 8 rows, times 2^-unit; p: those of the block for these rows. Of HiF4 the E6M2 alone. Those of
 * E4M3 may be infinite then: few_infinite().
 */
LOWPK_TILE_INLINE __m256 few_scale(few_kind kind, const uint8_t *p) {
  switch (kind) {
  case FEW_NVFP4:
    return _mm256_mul_ps(few_e4m3(few_load8(p)), few_power(-25));
  case FEW_HIF4: {
    __m256i c = _mm256_slli_epi32(_mm256_and_si256(few_load32(p), _mm256_set1_epi32(0xff)), 21);
    return _mm256_castsi256_ps(_mm256_add_epi32(c, _mm256_set1_epi32((127 - 48 - 26) << 23)));
  }
  case FEW_E4M3_BLOCK:
    return _mm256_mul_ps(_mm256_castsi256_ps(few_load32(p)), few_power(120));
  default:
    return _mm256_mul_ps(_mm256_cvtph_ps(few_load16(p)), few_power(-24));
  }
}

/* Not 0 if one of these scales has left the range of f32. */
LOWPK_TILE_INLINE int few_infinite(__m256 scale) {
  __m256 magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), scale);
  return _mm256_movemask_ps(_mm256_cmp_ps(magnitude, _mm256_castsi256_ps(_mm256_set1_epi32(0xff << 23)), _CMP_EQ_OQ));
}

/* The zero points of 8 rows. */
LOWPK_TILE_INLINE __m256 few_zero(const lowpk_rhs *w, size_t column) {
  const __m256i bits = few_load32((const uint8_t *)w->zeros + column * 4);
  return w->scheme->zero == LOWP_ZERO_I32 ? _mm256_cvtepi32_ps(bits) : _mm256_castsi256_ps(bits);
}

/*
 * The exponents of HiF4 for its sixteen groups of four k, 2 bits each, group i at bit 2 i: bit 16 + i of the word, plus
 * bit 8 + i / 2. Bits move apart by halves: of the first from bit i to 2 i, of the second to 4 i.
 */
LOWPK_TILE_INLINE __m256i few_hif4_exponents(__m256i word) {
#define SPREAD(v, n, mask) _mm256_and_si256(_mm256_or_si256(v, _mm256_slli_epi32(v, n)), _mm256_set1_epi32(mask))
  __m256i four = _mm256_srli_epi32(word, 16),
          eight = _mm256_and_si256(_mm256_srli_epi32(word, 8), _mm256_set1_epi32(255));
  four = SPREAD(four, 8, 0x00ff00ff);
  four = SPREAD(four, 4, 0x0f0f0f0f);
  four = SPREAD(four, 2, 0x33333333);
  four = SPREAD(four, 1, 0x55555555);
  eight = SPREAD(eight, 12, 0x000f000f);
  eight = SPREAD(eight, 6, 0x03030303);
  eight = SPREAD(eight, 3, 0x11111111);
#undef SPREAD
  return _mm256_add_epi32(four, _mm256_add_epi32(eight, _mm256_slli_epi32(eight, 2)));
}

/* s * 2^(exponent of group i), which is below 4. */
LOWPK_TILE_INLINE __m256 few_hif4_scale(__m256 s, __m256i exponents, int i) {
  __m256i e = _mm256_and_si256(_mm256_slli_epi32(exponents, 23 - 2 * i), _mm256_set1_epi32(3 << 23));
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(s), e));
}

#endif
