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
VEC_INLINE void expand_store_words(void *y, __m256i first, __m256i second) { /* words 0-7, 16-23 and 8-15, 24-31 */
  _mm256_storeu_si256((__m256i *)y, _mm256_permute2x128_si256(first, second, 0x20));
  _mm256_storeu_si256((__m256i *)(void *)((char *)y + 32), _mm256_permute2x128_si256(first, second, 0x31));
}
/* Stores the values of 32 nibbles. */
VEC_INLINE void expand_put_32(expand_table16 t, const uint8_t *codes, void *y) {
  __m256i c = expand_32_nibbles(codes), lo = _mm256_shuffle_epi8(t.lo, c), hi = _mm256_shuffle_epi8(t.hi, c);
  expand_store_words(y, _mm256_unpacklo_epi8(lo, hi), _mm256_unpackhi_epi8(lo, hi));
}
/* Values of the h-th 32 elements of a group of HiF4 as bf16: what is not 0 is doubled where bits 8 + i / 8, 16 + i / 4 are set. */
VEC_INLINE void expand_put_hif4(expand_table16 t, uint32_t word, int h, const uint8_t *codes, void *y) {
  const __m256i bit8 = _mm256_slli_epi16(
      _mm256_setr_epi64x(0x0101010101010101, 0x0202020202020202, 0x0404040404040404, 0x0808080808080808), 4 * h);
  const __m256i bit16 =
      _mm256_setr_epi64x(0x0202020201010101, 0x0808080804040404, 0x2020202010101010, (long long)0x8080808040404040u);
  __m256i c = expand_32_nibbles(codes), zero = _mm256_setzero_si256();
  __m256i e8 = _mm256_set1_epi8((char)(word >> 8)), e16 = _mm256_set1_epi8((char)(word >> (16 + 8 * h)));
  __m256i minus = _mm256_add_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(e8, bit8), bit8),
                                  _mm256_cmpeq_epi8(_mm256_and_si256(e16, bit16), bit16));
  minus = _mm256_andnot_si256(_mm256_cmpeq_epi8(_mm256_and_si256(c, _mm256_set1_epi8(7)), zero), minus);
  __m256i lo = _mm256_shuffle_epi8(t.lo, c), hi = _mm256_shuffle_epi8(t.hi, c);
  __m256i first = _mm256_unpacklo_epi8(lo, hi), second = _mm256_unpackhi_epi8(lo, hi);
  first = _mm256_sub_epi16(first, _mm256_srai_epi16(_mm256_unpacklo_epi8(zero, minus), 1));
  second = _mm256_sub_epi16(second, _mm256_srai_epi16(_mm256_unpackhi_epi8(zero, minus), 1));
  expand_store_words(y, first, second);
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
