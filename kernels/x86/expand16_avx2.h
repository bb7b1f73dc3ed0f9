/* SPDX-License-Identifier: Apache-2.0 */
/* expand16_avx2.h: values in 16 bits without a lane of f32 for each: nibbles by byte tables, E4M3 by way of binary16. */
#ifndef LOWPK_X86_EXPAND16_AVX2_H
#define LOWPK_X86_EXPAND16_AVX2_H

#include "kernels/simd/put.h"

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
/* Stores 32 values, unless one is NaN: 0. */
VEC_INLINE int expand_put_e4m3(expand_table16 t, int past, const uint8_t *codes, void *y) {
  const __m256i fields = _mm256_set1_epi16((short)0x8780); /* the sign, the exponent where bf16 has it */
  __m256i c = vec_order_2(_mm256_loadu_si256((const __m256i *)(const void *)codes)), zero = _mm256_setzero_si256();
  __m256i size = _mm256_and_si256(c, _mm256_set1_epi8(0x7f));
  if (_mm256_movemask_epi8(_mm256_cmpeq_epi8(size, _mm256_set1_epi8(0x7f)))) return 0;
  __m256i normal = _mm256_and_si256(_mm256_cmpgt_epi8(size, _mm256_set1_epi8(7)), _mm256_set1_epi8(8));
  __m256i at = _mm256_or_si256(size, normal), lo = _mm256_shuffle_epi8(t.lo, at), hi = _mm256_shuffle_epi8(t.hi, at);
  __m256i first = _mm256_and_si256(_mm256_srai_epi16(_mm256_unpacklo_epi8(zero, c), 4), fields);
  __m256i second = _mm256_and_si256(_mm256_srai_epi16(_mm256_unpackhi_epi8(zero, c), 4), fields);
  put_store(past, y, _mm256_add_epi16(_mm256_unpacklo_epi8(lo, hi), first));
  put_store(past, (char *)y + 32, _mm256_add_epi16(_mm256_unpackhi_epi8(lo, hi), second));
  return 1;
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
