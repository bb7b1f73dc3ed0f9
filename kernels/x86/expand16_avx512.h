/* SPDX-License-Identifier: Apache-2.0 */
/* expand16_avx512.h: the names of expand16_avx2.h by permutations of words. */
#ifndef LOWPK_X86_EXPAND16_AVX512_H
#define LOWPK_X86_EXPAND16_AVX512_H

#include "kernels/simd/put.h"
#include "kernels/simd/upper.h"

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

/*
 * Minifloats of 8 and 6 bits, names and ranges as in expand16_avx2.h. Of 8 bits the table has the 2^m values of field 0 and, behind
 * them, those of field 1 less that field, which is added to every value, with the sign; of 6 bits all 32 magnitudes.
 */
#define EXPAND_HAS_MX_TABLES 1
#define WORD(i, m, bias) \
  ((i) == 0 \
       ? 0 \
       : EXPAND_MINIFLOAT(i, m, bias, EXPAND_NEVER, EXPAND_NEVER) - 127 * 128 - ((bias) > 3 && (i) >> (m) ? 128 : 0))
#define WORDS(m, bias) \
  { EXPAND_16_OF((uint16_t)WORD, 0, m, bias), EXPAND_16_OF((uint16_t)WORD, 16, m, bias) }
static const uint16_t expand_mx_words[4][32] = {WORDS(3, 7), WORDS(2, 15), WORDS(3, 1), WORDS(2, 3)};
#undef WORDS
#undef WORD
VEC_INLINE expand_table16 expand_mx_table(lowp_element id, uint8_t s) {
  const int of = id == LOWP_E4M3FN ? 0 : id == LOWP_E5M2 ? 1 : id == LOWP_E2M3 ? 2 : 3;
  const __m512i t = _mm512_loadu_si512(expand_mx_words[of]);
  return _mm512_mask_add_epi16(t, ~(__mmask32)1, t, _mm512_set1_epi16((short)(s << 7)));
}
#define EXPAND_HAS_E4M3_TABLE 1
VEC_INLINE expand_table16 expand_e4m3_table(float scale) {
  const __m512 i = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  __m512i words = put_bf16(PUT_NUMBERS, vec_mulf(vec_mulf(i, vec_set(0x1p-9f)), vec_set(scale)));
  words = _mm512_mask_sub_epi32(words, 0xff00, words, _mm512_set1_epi32(0x80));
  return _mm512_castsi256_si512(_mm512_cvtepi32_epi16(words));
}
/* 32 codes of six bits in the low bits of words, whatever is above: 8 codes are the 6 bytes of a 128-bit part. */
VEC_INLINE __m512i expand_32_sixes(const uint8_t *p) {
  const __m512i at =
      _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_setr_epi8(0, 1, 0, 1, 1, 2, 2, 2, 3, 4, 3, 4, 4, 5, 5, 5, 6, 7,
                                                                 6, 7, 7, 8, 8, 8, 9, 10, 9, 10, 10, 11, 11, 11)),
                         _mm256_setr_epi8(4, 5, 4, 5, 5, 6, 6, 6, 7, 8, 7, 8, 8, 9, 9, 9, 10, 11, 10, 11, 11, 12, 12,
                                          12, 13, 14, 13, 14, 14, 15, 15, 15),
                         1);
  const __m512i right = _mm512_set1_epi64(0x0002000400060000);
  __m512i bytes = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(const void *)p));
  bytes = _mm512_inserti32x4(bytes, _mm_loadu_si128((const __m128i *)(const void *)(p + 8)), 1);
  return _mm512_srlv_epi16(_mm512_shuffle_epi8(_mm512_shuffle_i64x2(bytes, bytes, 0x50), at), right);
}
VEC_INLINE int expand_put_fields(lowp_element id, expand_table16 t, int past, const uint8_t *codes, void *y) {
  const lowp_element_row row = lowp_element_row_of(id);
  const int m = row.minifloat.m;
  const __m512i sign = _mm512_set1_epi16((short)0x8000);
  if (row.bits == 6) {
    __m512i c = expand_32_sixes(codes);
    put_store(past, y, _mm512_ternarylogic_epi32(_mm512_permutexvar_epi16(c, t), _mm512_slli_epi16(c, 10), sign, 0xf8));
    return 1;
  }
  const __m512i fields = _mm512_set1_epi16((short)(0x8000 | ((1 << row.minifloat.e) - 1) << 7));
  __m512i c = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)codes));
  __m512i size = _mm512_and_si512(c, _mm512_set1_epi16(0x7f));
  const __m512i most = _mm512_set1_epi16((short)lowp_minifloat_max_code(row.minifloat));
  if (__builtin_expect(_mm512_cmpgt_epi16_mask(size, most) != 0, 0)) return 0;
  /* n of field 0, and 2^m + n of others: (size & (2^m - 1)) | 2^m is more than size in field 0 alone */
  __m512i at = _mm512_ternarylogic_epi32(size, _mm512_set1_epi16((short)((1 << m) - 1)),
                                         _mm512_set1_epi16((short)(1 << m)), 0xea);
  at = _mm512_min_epu16(at, size);
  __m512i above = _mm512_and_si512(_mm512_slli_epi16(c, (unsigned)(7 - m)), fields);
  put_store(past, y, _mm512_add_epi16(_mm512_permutexvar_epi16(at, t), above));
  return 1;
}

#define EXPAND_HAS_E2M1_TABLES 1
/* The bf16 of positive scales in the low halves, of them times 1.5 in the upper ones: all significands of E2M1. */
VEC_INLINE __m512i expand_e2m1_scales(vec_f s) {
  __m512i one = put_bf16(PUT_NUMBERS, s), more = put_rounded(vec_mulf(s, vec_set(1.5f)));
  return _mm512_mask_blend_epi16(0xaaaaaaaau, one, more);
}
/* From such words for the first 16 of 32 nibbles and for the others, or one for all: 1/2 is from the word before its own. */
VEC_INLINE expand_table16 expand_e2m1_table(int words, const uint32_t *of) {
  const __m512i octaves = _mm512_broadcast_i64x4(_mm256_setr_epi16(
      0, -0x80, 0, 0, 0x80, 0x80, 0x100, 0x100, -0x8000, 0x7f80, -0x8000, -0x8000, -0x7f80, -0x7f80, -0x7f00, -0x7f00));
  __m512i v = _mm512_set1_epi32((int)of[0]);
  if (words == 2) v = _mm512_mask_set1_epi32(v, 0xff00, (int)of[1]);
  __m512i t = _mm512_mask_add_epi16(octaves, 0xfcfcfcfcu, octaves, v);
  return _mm512_mask_add_epi16(t, 0x02020202u, t, _mm512_slli_epi32(v, 16));
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
