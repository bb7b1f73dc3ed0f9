/* SPDX-License-Identifier: Apache-2.0 */
/* expand16_avx2.h: values in 16 bits without a lane of f32 for each: nibbles by byte tables, E4M3 by way of binary16. */
#ifndef LOWPK_X86_EXPAND16_AVX2_H
#define LOWPK_X86_EXPAND16_AVX2_H

#include "kernels/simd/put.h"
#include "kernels/simd/upper.h"

/* The low and the high bytes of the values of the 16 nibbles; a table in each half. */
typedef struct expand_table16 {
  __m256i lo, hi;
} expand_table16;

/* For the first 16 of 32 nibbles under the scale a and for the others under b, both finite. All others are constants. */
VEC_INLINE expand_table16 expand_table16_of(lowp_element id, lowp_element to, put_kind kind, float a, float b) {
  const __m256 s = _mm256_set_m128(_mm_set1_ps(b), _mm_set1_ps(a));
  const float unit = id == LOWP_E2M1 ? 0.5f : 0.25f;
  const __m256 low = _mm256_setr_ps(0, unit, 2 * unit, 3 * unit, 0, unit, 2 * unit, 3 * unit);
  const __m256 high = id == LOWP_E2M1 ? _mm256_setr_ps(2, 3, 4, 6, 2, 3, 4, 6)
                                      : _mm256_setr_ps(1, 1.25f, 1.5f, 1.75f, 1, 1.25f, 1.5f, 1.75f);
  const __m256i minus = _mm256_setr_epi32(0, 0, INT32_MIN | 0x808080, INT32_MIN | 0x808080, 0, 0, INT32_MIN | 0x808080,
                                          INT32_MIN | 0x808080);
  __m256 t = _mm256_mul_ps(low, s), u = _mm256_mul_ps(high, s);
  __m256i words, lo, hi;
  if (to == LOWP_FP16) { /* in order */
    __m128i v = _mm256_cvtps_ph(t, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m128i w = _mm256_cvtps_ph(u, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    words = _mm256_set_m128i(_mm_unpackhi_epi64(v, w), _mm_unpacklo_epi64(v, w));
    lo = _mm256_setr_epi8(0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6,
                          8, 10, 12, 14);
  } else { /* 0, 4, 1, 5, 2, 6, 3, 7 */
    __m256i v = kind == PUT_EXACT ? _mm256_castps_si256(t) : put_rounded(t);
    __m256i w = kind == PUT_EXACT ? _mm256_castps_si256(u) : put_rounded(u);
    words = _mm256_blend_epi16(_mm256_srli_epi32(v, 16), w, 0xaa);
    lo = _mm256_setr_epi8(0, 4, 8, 12, 2, 6, 10, 14, 0, 4, 8, 12, 2, 6, 10, 14, 0, 4, 8, 12, 2, 6, 10, 14, 0, 4, 8, 12,
                          2, 6, 10, 14);
  }
  hi = _mm256_add_epi8(lo, _mm256_set1_epi8(1));
  return (expand_table16){_mm256_shuffle_epi8(words, lo), _mm256_xor_si256(_mm256_shuffle_epi8(words, hi), minus)};
}

/* 32 nibbles as bytes, in order, and values from their low and high bytes. */
VEC_INLINE __m256i expand_32_nibbles(const uint8_t *p) {
  __m256i words = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)p));
  return _mm256_and_si256(_mm256_or_si256(words, _mm256_slli_epi16(words, 4)), _mm256_set1_epi8(15));
}
VEC_INLINE void expand_store_words(int past, void *y, __m256i first,
                                   __m256i second) { /* words 0-7, 16-23 and 8-15, 24-31 */
  put_store(past, y, _mm256_permute2x128_si256(first, second, 0x20));
  put_store(past, (char *)y + 32, _mm256_permute2x128_si256(first, second, 0x31));
}
/* Stores the values of 32 nibbles. */
VEC_INLINE void expand_put_32(expand_table16 t, int past, const uint8_t *codes, void *y) {
  __m256i c = expand_32_nibbles(codes), lo = _mm256_shuffle_epi8(t.lo, c), hi = _mm256_shuffle_epi8(t.hi, c);
  expand_store_words(past, y, _mm256_unpacklo_epi8(lo, hi), _mm256_unpackhi_epi8(lo, hi));
}
/*
 * HiF4, whose scale, not NaN, is 2^(e - 48) (1 + m / 4): the bf16 of q (1 + m / 4) / 4, and what their exponents have in addition, with
 * the bits 8 + i / 2 and 16 + i of the group's word that double elements 4 i to 4 i + 3; negative, in byte i of each half.
 */
#define LOG2(n) ((n) < 2 ? 0 : (n) < 4 ? 1 : (n) < 8 ? 2 : (n) < 16 ? 3 : (n) < 32 ? 4 : 5)
#define BF16(n) ((n) ? (127 - 4 + LOG2(n)) * 128 + ((n) << (7 - LOG2(n))) - 128 : 0)
#define LO(m) \
  BF16(0) & 255, BF16(m) & 255, BF16(2 * m) & 255, BF16(3 * m) & 255, BF16(4 * m) & 255, BF16(5 * m) & 255, \
      BF16(6 * m) & 255, BF16(7 * m) & 255
#define HI(m, s) \
  s | BF16(0) >> 8, s | BF16(m) >> 8, s | BF16(2 * m) >> 8, s | BF16(3 * m) >> 8, s | BF16(4 * m) >> 8, \
      s | BF16(5 * m) >> 8, s | BF16(6 * m) >> 8, s | BF16(7 * m) >> 8
static const uint8_t expand_hif4_planes[4][2][16] = {{{LO(4), LO(4)}, {HI(4, 0), HI(4, 128)}},
                                                     {{LO(5), LO(5)}, {HI(5, 0), HI(5, 128)}},
                                                     {{LO(6), LO(6)}, {HI(6, 0), HI(6, 128)}},
                                                     {{LO(7), LO(7)}, {HI(7, 0), HI(7, 128)}}};
#undef HI
#undef LO
#undef BF16
#undef LOG2
VEC_INLINE expand_table16 expand_hif4_table(uint32_t word) {
  const uint8_t(*p)[16] = expand_hif4_planes[word & 3];
  return (expand_table16){_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p[0])),
                          _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p[1]))};
}
VEC_INLINE __m256i expand_hif4_exponents(uint32_t word) {
  const __m256i from8 = _mm256_set1_epi8(1), from16 = _mm256_setr_epi64x(0x0202020202020202, 0x0303030303030303,
                                                                         0x0202020202020202, 0x0303030303030303);
  const __m256i bit16 = _mm256_set1_epi64x((long long)0x8040201008040201u);
  const __m256i bit8 = _mm256_setr_epi64x(0x0808040402020101, (long long)0x8080404020201010u, 0x0808040402020101,
                                          (long long)0x8080404020201010u);
  __m256i w = _mm256_set1_epi32((int)word);
  __m256i e8 = _mm256_and_si256(_mm256_shuffle_epi8(w, from8), bit8);
  __m256i e16 = _mm256_and_si256(_mm256_shuffle_epi8(w, from16), bit16);
  __m256i e = _mm256_sub_epi8(_mm256_set1_epi8(48), _mm256_set1_epi8((char)(word >> 2 & 63)));
  return _mm256_add_epi8(_mm256_add_epi8(_mm256_cmpeq_epi8(e8, bit8), _mm256_cmpeq_epi8(e16, bit16)), e);
}
/* Values of the h-th 32 elements of a group: what is not 0 gets its exponent. */
VEC_INLINE void expand_put_hif4(expand_table16 t, __m256i exponents, int h, int past, const uint8_t *codes, void *y) {
  const __m256i quads =
      _mm256_add_epi8(_mm256_set1_epi8((char)(8 * h)), _mm256_setr_epi64x(0x0101010100000000, 0x0303030302020202,
                                                                          0x0505050504040404, 0x0707070706060606));
  const __m256i of_zero = _mm256_set1_epi64x(0x80); /* 128 for the codes 0 and 8 */
  __m256i c = expand_32_nibbles(codes), zero = _mm256_setzero_si256();
  __m256i minus = _mm256_shuffle_epi8(exponents, _mm256_or_si256(quads, _mm256_shuffle_epi8(of_zero, c)));
  __m256i lo = _mm256_shuffle_epi8(t.lo, c), hi = _mm256_shuffle_epi8(t.hi, c);
  __m256i first = _mm256_unpacklo_epi8(lo, hi), second = _mm256_unpackhi_epi8(lo, hi);
  first = _mm256_sub_epi16(first, _mm256_srai_epi16(_mm256_unpacklo_epi8(zero, minus), 1));
  second = _mm256_sub_epi16(second, _mm256_srai_epi16(_mm256_unpackhi_epi8(zero, minus), 1));
  expand_store_words(past, y, first, second);
}

/*
 * 32 codes of six bits, each at the top of a byte, in the order of vec_order_2: two to a word from 12 of its bits, of which the words of
 * the lower bytes have to be moved up.
 */
VEC_INLINE __m256i expand_sixes_above(const uint8_t *p) {
  const __m256i at = _mm256_setr_epi8(0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10, 10, 11, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11,
                                      11, 12, 13, 14, 14, 15);
  __m256i bytes = _mm256_set_m128i(_mm_loadu_si128((const __m128i *)(const void *)(p + 8)),
                                   _mm_loadu_si128((const __m128i *)(const void *)p));
  __m256i words = _mm256_mullo_epi16(_mm256_shuffle_epi8(bytes, at), _mm256_set1_epi32(0x00010010));
  __m256i even = _mm256_and_si256(_mm256_srli_epi16(words, 2), _mm256_set1_epi16(0xfc));
  return vec_order_2(_mm256_or_si256(even, _mm256_and_si256(words, _mm256_set1_epi16((short)0xfc00))));
}

/*
 * The values of E4M3 under a scale in bf16, |scale| from 2^-120 to 2^118: the first eight as they are, the eight of the first normal
 * exponent less that exponent. Each further one adds 1 to the exponent of the product and changes nothing about its rounding.
 */
#define EXPAND_HAS_E4M3_TABLE 1
VEC_INLINE expand_table16 expand_e4m3_table(float scale) {
  const __m256 i = _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7), unit = _mm256_set1_ps(0x1p-9f), s = _mm256_set1_ps(scale);
  __m256i low = put_bf16(PUT_NUMBERS, _mm256_mul_ps(_mm256_mul_ps(i, unit), s));
  __m256i high = put_bf16(PUT_NUMBERS, _mm256_mul_ps(_mm256_mul_ps(_mm256_add_ps(i, _mm256_set1_ps(8)), unit), s));
  __m256i words = vec_order_2(_mm256_packus_epi32(low, _mm256_sub_epi32(high, _mm256_set1_epi32(0x80))));
  __m256i bytes = _mm256_packus_epi16(_mm256_and_si256(words, _mm256_set1_epi16(0xff)), _mm256_srli_epi16(words, 8));
  return (expand_table16){_mm256_permute4x64_epi64(bytes, 0x88), _mm256_permute4x64_epi64(bytes, 0xdd)};
}
/*
 * Stores 32 values of a minifloat `id` of 8 or 6 bits, unless one is not finite: 0. Its table has at n < 2^m the value of n in field 0,
 * and from 16 - 2^m on those of the first normal exponent less that exponent; the sign and the exponent are added where bf16 has them.
 */
VEC_INLINE int expand_put_fields(lowp_element id, expand_table16 t, int past, const uint8_t *codes, void *y) {
  const lowp_element_row row = lowp_element_row_of(id);
  const int m = row.minifloat.m, below = 8 - (int)row.bits; /* bits of no meaning below a code of 6 bits */
  const __m256i fields = _mm256_set1_epi16((short)(0x8000 | ((1 << row.minifloat.e) - 1) << 7));
  const __m256i zero = _mm256_setzero_si256(), most = _mm256_set1_epi8((char)lowp_minifloat_max_code(row.minifloat));
  __m256i c, size;
  if (below) {
    c = expand_sixes_above(codes);
    size = _mm256_and_si256(_mm256_srli_epi16(c, 2), _mm256_set1_epi8(0x1f));
  } else {
    c = vec_order_2(_mm256_loadu_si256((const __m256i *)(const void *)codes));
    size = _mm256_and_si256(c, _mm256_set1_epi8(0x7f));
    if (__builtin_expect(_mm256_movemask_epi8(_mm256_cmpgt_epi8(size, most)), 0)) return 0;
  }
  __m256i normal = _mm256_cmpgt_epi8(size, _mm256_set1_epi8((char)((1 << m) - 1)));
  __m256i at = _mm256_or_si256(size, _mm256_and_si256(normal, _mm256_set1_epi8((char)(16 - (1 << m)))));
  __m256i lo = _mm256_shuffle_epi8(t.lo, at), hi = _mm256_shuffle_epi8(t.hi, at);
  __m256i first = _mm256_and_si256(_mm256_srai_epi16(_mm256_unpacklo_epi8(zero, c), 1 + m + below), fields);
  __m256i second = _mm256_and_si256(_mm256_srai_epi16(_mm256_unpackhi_epi8(zero, c), 1 + m + below), fields);
  put_store(past, y, _mm256_add_epi16(_mm256_unpacklo_epi8(lo, hi), first));
  put_store(past, (char *)y + 32, _mm256_add_epi16(_mm256_unpackhi_epi8(lo, hi), second));
  return 1;
}

/*
 * Such tables under the scale 2^(s - 127) of MX, where all values but 0 are normal. s / 2 counts in the upper byte of bf16, s % 2 is a
 * choice between two tables, from which 127 is taken.
 */
#define EXPAND_HAS_MX_TABLES 1
#define WORD(i, m, bias, odd) \
  ((i) == 0 ? 0 \
   : (i) < (1 << (m)) \
       ? EXPAND_MINIFLOAT(i, m, bias, EXPAND_NEVER, EXPAND_NEVER) + ((odd)-127) * 128 \
       : EXPAND_MINIFLOAT(((i)&15) - 16 + (2 << (m)), m, bias, EXPAND_NEVER, EXPAND_NEVER) + ((odd)-128) * 128)
#define LO(i, ...) (uint8_t)(WORD(i, __VA_ARGS__) & 255)
#define HI(i, ...) (uint8_t)(WORD(i, __VA_ARGS__) >> 8 & 255)
#define PLANES(m, bias) \
  { \
    {{EXPAND_16_OF(LO, 0, m, bias, 0)}, {EXPAND_16_OF(HI, 0, m, bias, 0)}}, { \
      {EXPAND_16_OF(LO, 0, m, bias, 1)}, { EXPAND_16_OF(HI, 0, m, bias, 1) } \
    } \
  }
static const uint8_t expand_mx_planes[4][2][2][16] = {PLANES(3, 7), PLANES(2, 15), PLANES(3, 1), PLANES(2, 3)};
#undef PLANES
#undef HI
#undef LO
#undef WORD
VEC_INLINE expand_table16 expand_mx_table(lowp_element id, uint8_t s) {
  const int of = id == LOWP_E4M3FN ? 0 : id == LOWP_E5M2 ? 1 : id == LOWP_E2M3 ? 2 : 3;
  const uint8_t(*p)[16] = expand_mx_planes[of][s & 1];
  const __m256i not_zero = _mm256_setr_epi8(0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, -1, -1,
                                            -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  __m256i lo = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p[0]));
  __m256i hi = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p[1]));
  return (expand_table16){lo, _mm256_add_epi8(hi, _mm256_and_si256(_mm256_set1_epi8((char)(s >> 1)), not_zero))};
}

/* The bf16 of positive scales in the low halves, of them times 1.5 in the upper ones: all significands of E2M1. */
#define EXPAND_HAS_E2M1_TABLES 1
VEC_INLINE __m256i expand_e2m1_scales(__m256 s) {
  __m256i one = put_bf16(PUT_NUMBERS, s), more = put_rounded(_mm256_mul_ps(s, _mm256_set1_ps(1.5f)));
  return _mm256_blend_epi16(one, more, 0xaa);
}
/* From such words for the first 16 of 32 nibbles and for the others, or one for all. In each half: 1/2, -, 1, 3/2, 2, 3, 4, 6. */
VEC_INLINE expand_table16 expand_e2m1_table(int words, const uint32_t *of) {
  const __m256i signs = _mm256_set_epi64x(INT64_C(-0x7f7f7f7f7f7f7f80), 0, INT64_C(-0x7f7f7f7f7f7f7f80), 0);
  const __m256i lo = _mm256_setr_epi8(-1, 0, 4, 6, 8, 10, 12, 14, -1, 0, 4, 6, 8, 10, 12, 14, -1, 0, 4, 6, 8, 10, 12,
                                      14, -1, 0, 4, 6, 8, 10, 12, 14);
  const __m256i hi = _mm256_setr_epi8(-1, 1, 5, 7, 9, 11, 13, 15, -1, 1, 5, 7, 9, 11, 13, 15, -1, 1, 5, 7, 9, 11, 13,
                                      15, -1, 1, 5, 7, 9, 11, 13, 15);
  const __m256i octaves =
      _mm256_setr_epi16(-0x80, 0, 0, 0, 0x80, 0x80, 0x100, 0x100, -0x80, 0, 0, 0, 0x80, 0x80, 0x100, 0x100);
  __m256i v = _mm256_set1_epi32((int)of[0]);
  if (words == 2) {
    long long two;
    memcpy(&two, of, sizeof two);
    v = _mm256_castps_si256(
        _mm256_permutevar_ps(_mm256_castsi256_ps(_mm256_set1_epi64x(two)), _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1)));
  }
  v = _mm256_add_epi16(v, octaves);
  return (expand_table16){_mm256_shuffle_epi8(v, lo), _mm256_xor_si256(_mm256_shuffle_epi8(v, hi), signs)};
}

#define EXPAND_HAS_E4M3 1
/* Two vectors of E4M3 by way of binary16: values times 2^-8, a NaN as if it were 480; and whether n codes, 4 VEC or 32, have one. */
VEC_INLINE void expand_e4m3(const uint8_t *codes, vec_f out[2]) {
  __m256i words = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)codes));
  words = _mm256_and_si256(_mm256_slli_epi16(words, 7), _mm256_set1_epi16((short)0xbfff));
  out[0] = _mm256_cvtph_ps(_mm256_castsi256_si128(words));
  out[1] = _mm256_cvtph_ps(_mm256_extracti128_si256(words, 1));
}
VEC_INLINE int expand_e4m3_nan(const uint8_t *codes, size_t n) {
  __m256i c = _mm256_loadu_si256((const __m256i *)(const void *)codes);
  (void)n; /* 32 both */
  return _mm256_movemask_epi8(
      _mm256_cmpeq_epi8(_mm256_or_si256(c, _mm256_set1_epi8((char)0x80)), _mm256_set1_epi8(-1)));
}

#endif
