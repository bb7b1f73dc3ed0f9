/* SPDX-License-Identifier: Apache-2.0 */
/* expand16_avx512.h: the names of expand16_avx2.h by permutations of words. */
#ifndef LOWPK_X86_EXPAND16_AVX512_H
#define LOWPK_X86_EXPAND16_AVX512_H

#include "kernels/simd/put.h"

/* The values of the 16 nibbles, twice. */
typedef __m512i expand_table16;

VEC_INLINE __m256i expand_half_table16(lowp_element to, put_kind kind, expand_table t) {
  if (to == LOWP_FP16) return vec_to_half(t);
  return _mm512_cvtepi32_epi16(_mm512_srli_epi32(kind == PUT_EXACT ? vec_i_bits(t) : put_rounded(t), 16));
}
/* For the first 16 of 32 nibbles under the scale a and for the others under b, both finite. All others are constants. */
VEC_INLINE expand_table16 expand_table16_of(lowp_element id, lowp_element to, put_kind kind, float a, float b) {
  __m256i first = expand_half_table16(to, kind, expand_table_for(id, vec_set(a)));
  __m256i second = expand_half_table16(to, kind, expand_table_for(id, vec_set(b)));
  return _mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1);
}

/* 32 nibbles in words, in order. */
VEC_INLINE __m512i expand_32_nibbles(const uint8_t *p) {
  __m256i words = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)p));
  words = _mm256_and_si256(_mm256_or_si256(words, _mm256_slli_epi16(words, 4)), _mm256_set1_epi8(15));
  return _mm512_cvtepu8_epi16(words);
}
/* Stores the values of 32 nibbles. */
VEC_INLINE void expand_put_32(expand_table16 t, int past, const uint8_t *codes, void *y) {
  const __m512i second = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi16(16), 1);
  put_store(past, y, _mm512_permutexvar_epi16(_mm512_or_si512(expand_32_nibbles(codes), second), t));
}
VEC_INLINE expand_table16 expand_hif4_table(uint32_t word) {
  const float scale = lowp_f32_from_bits(((word & 0xff) << 21) + ((127 - 48) << 23));
  return expand_table16_of(LOWP_S1P2, LOWP_BF16, PUT_EXACT, scale, scale);
}
VEC_INLINE uint32_t expand_hif4_exponents(uint32_t word) { return word; }
/* Values of the h-th 32 elements of a group of HiF4 as bf16: what is not 0 is doubled where bits 8 + i / 8, 16 + i / 4 are set. */
VEC_INLINE void expand_put_hif4(expand_table16 t, uint32_t word, int h, int past, const uint8_t *codes, void *y) {
  const __m512i of8 = _mm512_inserti64x4(
      _mm512_castsi256_si512(
          _mm256_setr_epi64x(0x0001000100010001, 0x0001000100010001, 0x0002000200020002, 0x0002000200020002)),
      _mm256_setr_epi64x(0x0004000400040004, 0x0004000400040004, 0x0008000800080008, 0x0008000800080008), 1);
  const __m512i of16 = _mm512_inserti64x4(
      _mm512_castsi256_si512(
          _mm256_setr_epi64x(0x0001000100010001, 0x0002000200020002, 0x0004000400040004, 0x0008000800080008)),
      _mm256_setr_epi64x(0x0010001000100010, 0x0020002000200020, 0x0040004000400040, 0x0080008000800080), 1);
  const __m512i double_it = _mm512_set1_epi16(1 << 7);
  __m512i v = _mm512_permutexvar_epi16(expand_32_nibbles(codes), t);
  __mmask32 number = _mm512_test_epi16_mask(v, _mm512_set1_epi16(0x7fff));
  __mmask32 e8 = _mm512_test_epi16_mask(_mm512_set1_epi16((short)(word >> (8 + 4 * h) & 15)), of8);
  __mmask32 e16 = _mm512_test_epi16_mask(_mm512_set1_epi16((short)(word >> (16 + 8 * h) & 255)), of16);
  v = _mm512_mask_add_epi16(v, e8 & number, v, double_it);
  put_store(past, y, _mm512_mask_add_epi16(v, e16 & number, v, double_it));
}

#define EXPAND_HAS_E4M3 1
/* Two vectors of E4M3 by way of binary16: values times 2^-8, a NaN as if it were 480; and whether n codes, 4 VEC or 32, have one. */
VEC_INLINE void expand_e4m3(const uint8_t *codes, vec_f out[2]) {
  __m512i words = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)codes));
  words = _mm512_and_si512(_mm512_slli_epi16(words, 7), _mm512_set1_epi16((short)0xbfff));
  out[0] = _mm512_cvtph_ps(_mm512_castsi512_si256(words));
  out[1] = _mm512_cvtph_ps(_mm512_extracti64x4_epi64(words, 1));
}
VEC_INLINE int expand_e4m3_nan(const uint8_t *codes, size_t n) {
  __m512i c = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(const void *)codes));
  c = n == 64 ? _mm512_loadu_si512(codes) : _mm512_inserti64x4(c, _mm512_castsi512_si256(c), 1);
  return _mm512_cmpeq_epi8_mask(_mm512_or_si512(c, _mm512_set1_epi8((char)0x80)), _mm512_set1_epi8(-1)) != 0;
}

#endif
