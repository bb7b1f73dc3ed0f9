/* SPDX-License-Identifier: Apache-2.0 */
/* expand_avx2.h: the names of expand_avx512.h for 8 lanes, behind vec_avx2.h. */
#ifndef LOWPK_X86_EXPAND_AVX2_H
#define LOWPK_X86_EXPAND_AVX2_H

#include "kernels/x86/vec_avx2.h"

VEC_INLINE vec_i expand_u8(const void *p) { return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)); }
VEC_INLINE vec_i expand_s8(const void *p) { return _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p)); }
VEC_INLINE vec_i expand_u16(const void *p) { return _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p)); }

#define expand_right_signed(v, n) _mm256_srai_epi32(v, n)

VEC_INLINE vec_m expand_nan(vec_f v) { return vec_i_bits(_mm256_cmp_ps(v, v, _CMP_UNORD_Q)); }
VEC_INLINE vec_m expand_nan_of_two(vec_f a, vec_f b) { return vec_i_bits(_mm256_cmp_ps(a, b, _CMP_UNORD_Q)); }
VEC_INLINE vec_f expand_double_if(vec_f s, vec_i word, vec_i bit) {
  vec_m m = vec_eq(vec_and(word, bit), bit);
  return _mm256_add_ps(s, vec_f_bits(vec_and(m, vec_i_bits(s))));
}

VEC_INLINE float expand_f16_one(uint16_t code) { return _cvtsh_ss(code); }
VEC_INLINE vec_f expand_f16(const void *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }
VEC_INLINE vec_f expand_f16_upper(const void *p) {
  return _mm256_cvtph_ps(_mm_unpacklo_epi8(_mm_setzero_si128(), _mm_loadl_epi64((const __m128i *)p)));
}

VEC_INLINE vec_i expand_nibbles(const uint8_t *p) {
  int32_t word;
  memcpy(&word, p, sizeof word);
  return _mm256_srlv_epi32(_mm256_set1_epi32(word), _mm256_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28));
}

/* Four vectors of six bytes each: two from the first 16 bytes of the block, two from the last. */
VEC_INLINE vec_i expand_sixes(const uint8_t *block, int j) {
  const char from = (char)(6 * j - 8 * (j / 2)), z = (char)0x80;
#define AT(lane, byte) (char)(from + 3 * (lane) + (byte))
#define PART(lane) \
  AT(lane, 0), AT(lane, 1), z, z, AT(lane, 0), AT(lane, 1), z, z, AT(lane, 1), AT(lane, 2), z, z, AT(lane, 2), z, z, z
  const __m256i at = _mm256_setr_epi8(PART(0), PART(1));
#undef PART
#undef AT
  __m256i bytes = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(block + 8 * (j / 2))));
  return _mm256_srlv_epi32(_mm256_shuffle_epi8(bytes, at), _mm256_setr_epi32(0, 6, 4, 2, 0, 6, 4, 2));
}

/* Eight magnitudes are one vector; the sign is bit 3. */
typedef __m256 expand_table;
VEC_INLINE expand_table expand_table_of(const float values[16], vec_f scale) {
  return _mm256_mul_ps(_mm256_loadu_ps(values), scale);
}
VEC_INLINE vec_f expand_table_at(expand_table t, vec_i nibbles) {
  vec_i sign = vec_and(vec_shl(nibbles, 28), vec_set_i(INT32_MIN));
  return _mm256_xor_ps(_mm256_permutevar8x32_ps(t, nibbles), vec_f_bits(sign));
}

VEC_INLINE vec_i expand_bytes_load(const uint8_t *p) {
  return _mm256_permutevar8x32_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p),
                                     _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
}
VEC_INLINE void expand_spread(vec_i hi, vec_i lo, vec_f out[4]) {
  const __m256i zero = _mm256_setzero_si256();
  __m256i first = _mm256_unpacklo_epi8(lo, hi), second = _mm256_unpackhi_epi8(lo, hi);
  out[0] = vec_f_bits(_mm256_unpacklo_epi16(zero, first));
  out[1] = vec_f_bits(_mm256_unpackhi_epi16(zero, first));
  out[2] = vec_f_bits(_mm256_unpacklo_epi16(zero, second));
  out[3] = vec_f_bits(_mm256_unpackhi_epi16(zero, second));
}
VEC_INLINE vec_i expand_bytes_and(vec_i a, int b) { return _mm256_and_si256(a, _mm256_set1_epi8((char)b)); }
VEC_INLINE vec_i expand_bytes_or(vec_i a, vec_i b) { return _mm256_or_si256(a, b); }
VEC_INLINE vec_i expand_bytes_if(vec_i x, int b, int yes, vec_i no) {
  __m256i m = _mm256_cmpeq_epi8(x, _mm256_set1_epi8((char)b));
  return _mm256_blendv_epi8(no, _mm256_set1_epi8((char)yes), m);
}
VEC_INLINE vec_i expand_bytes_at(const uint8_t table[128], vec_i x) {
  __m256i sum = _mm256_setzero_si256();
  for (int r = 0; r < 8; r++) {
    __m256i at = _mm256_adds_epu8(_mm256_xor_si256(x, _mm256_set1_epi8((char)(16 * r))), _mm256_set1_epi8(0x70));
    __m256i row = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(table + 16 * r)));
    sum = _mm256_or_si256(sum, _mm256_shuffle_epi8(row, at));
  }
  return sum;
}

#endif
