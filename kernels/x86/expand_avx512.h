/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expand_avx512.h: how codes become lanes, and values by tables, behind vec_avx512.h; with VBMI where the file that
 * includes it is compiled for that. expand_avx2.h has the same names, so that decoders are written once.
 */
#ifndef LOWPK_X86_EXPAND_AVX512_H
#define LOWPK_X86_EXPAND_AVX512_H

#include "kernels/x86/vec_avx512.h"

/* VEC bytes, or words, widened. */
VEC_INLINE vec_i expand_u8(const void *p) { return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)); }
VEC_INLINE vec_i expand_s8(const void *p) { return _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)); }
VEC_INLINE vec_i expand_u16(const void *p) { return _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)); }

#define expand_right_signed(v, n) _mm512_srai_epi32(v, n)

VEC_INLINE vec_m expand_nan(vec_f v) { return _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q); }

VEC_INLINE vec_m expand_nan_of_two(vec_f a, vec_f b) { return _mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q); } /* in either */

/* 2 s where `word` has the lane's bit, else s. */
VEC_INLINE vec_f expand_double_if(vec_f s, vec_i word, vec_i bit) {
  return _mm512_mask_add_ps(s, _mm512_test_epi32_mask(word, bit), s, s);
}

/* VEC binary16 numbers; subnormals are numbers whatever DAZ says. */
VEC_INLINE float expand_f16_one(uint16_t code) { return _cvtsh_ss(code); }
VEC_INLINE vec_f expand_f16(const void *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
/* VEC bytes as the upper halves of binary16 numbers: that is E5M2. */
VEC_INLINE vec_f expand_f16_upper(const void *p) {
  __m256i words = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)p));
  return _mm512_cvtph_ps(_mm256_slli_epi16(words, 8));
}

/* VEC nibbles in the low bits of lanes; what is above them is of no meaning. */
VEC_INLINE vec_i expand_nibbles(const uint8_t *p) {
  const vec_i shift = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 0, 4, 8, 12, 16, 20, 24, 28);
  int32_t half[2];
  memcpy(half, p, sizeof half);
  __m512i words = _mm512_inserti64x4(_mm512_set1_epi32(half[0]), _mm256_set1_epi32(half[1]), 1);
  return _mm512_srlv_epi32(words, shift);
}

/*
 * VEC six-bit codes, the j-th of the two vectors in a block of 24 bytes, in the low bits. Four codes are three bytes:
 * 128 bits of the result. The second vector is read from byte 8 on, so that nothing behind the block is touched.
 */
VEC_INLINE vec_i expand_sixes(const uint8_t *block, int j) {
  const __m512i shift = _mm512_set4_epi32(2, 4, 6, 0);
  const __m512i first =
      _mm512_set4_epi32((int32_t)0x80808002u, (int32_t)0x80800201u, (int32_t)0x80800100u, (int32_t)0x80800100u);
  const __m512i step =
      _mm512_setr_epi32(0, 0, 0, 0, 0x303, 0x303, 0x303, 0x3, 0x606, 0x606, 0x606, 0x6, 0x909, 0x909, 0x909, 0x9);
  const __m512i behind = _mm512_set4_epi32(4, 0x404, 0x404, 0x404);
  __m512i at = _mm512_add_epi32(first, step);
  if (j) at = _mm512_add_epi32(at, behind);
  __m512i bytes = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(block + 8 * j)));
  return _mm512_srlv_epi32(_mm512_shuffle_epi8(bytes, at), shift);
}

/* Values of 4-bit codes: the upper eight of the table are the lower eight with a minus. */
typedef __m512 expand_table;
VEC_INLINE expand_table expand_table_of(const float values[16], vec_f scale) {
  return _mm512_mul_ps(_mm512_loadu_ps(values), scale);
}
VEC_INLINE vec_f expand_table_at(expand_table t, vec_i nibbles) { return _mm512_permutexvar_ps(nibbles, t); }

/* Values of 6-bit codes: 32 magnitudes, and the sign in bit 5. */
#define EXPAND_HAS_TABLE32 1
VEC_INLINE vec_f expand_table32(const float values[32], vec_i codes) {
  __m512 v = _mm512_permutex2var_ps(_mm512_loadu_ps(values), codes, _mm512_loadu_ps(values + 16));
  return vec_f_bits(vec_with_sign_of(vec_i_bits(v), vec_shl(codes, 26)));
}

/*
 * 4 * VEC bytes, ordered so that expand_spread of results gives them in their order: it takes the t-th 32 bits of each
 * 128-bit part as vector t.
 */
VEC_INLINE vec_i expand_bytes_load(const uint8_t *p) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_permutexvar_epi32(order, _mm512_loadu_si512(p));
}
/* Bytes hi : lo : 0 : 0, the upper half of f32, as four vectors. */
VEC_INLINE void expand_spread(vec_i hi, vec_i lo, vec_f out[4]) {
  const __m512i zero = _mm512_setzero_si512();
  __m512i first = _mm512_unpacklo_epi8(lo, hi), second = _mm512_unpackhi_epi8(lo, hi);
  out[0] = vec_f_bits(_mm512_unpacklo_epi16(zero, first));
  out[1] = vec_f_bits(_mm512_unpackhi_epi16(zero, first));
  out[2] = vec_f_bits(_mm512_unpacklo_epi16(zero, second));
  out[3] = vec_f_bits(_mm512_unpackhi_epi16(zero, second));
}
VEC_INLINE vec_i expand_bytes_and(vec_i a, int b) { return _mm512_and_si512(a, _mm512_set1_epi8((char)b)); }
VEC_INLINE vec_i expand_bytes_or(vec_i a, vec_i b) { return _mm512_or_si512(a, b); }
/* `yes` where x is the byte b, else `no`. */
VEC_INLINE vec_i expand_bytes_if(vec_i x, int b, int yes, vec_i no) {
  __mmask64 m = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8((char)b));
  return _mm512_mask_mov_epi8(no, m, _mm512_set1_epi8((char)yes));
}

/* table[x] for bytes x < 128. */
VEC_INLINE vec_i expand_bytes_at(const uint8_t table[128], vec_i x) {
#ifdef __AVX512VBMI__
  return _mm512_permutex2var_epi8(_mm512_loadu_si512(table), x, _mm512_loadu_si512(table + 64));
#else
  /* Sixteen entries at a time: x ^ 16 r is below 16 where x is of row r, and 112 more sets bit 7 everywhere else. */
  __m512i sum = _mm512_setzero_si512();
  for (int r = 0; r < 8; r++) {
    __m512i at = _mm512_adds_epu8(_mm512_xor_si512(x, _mm512_set1_epi8((char)(16 * r))), _mm512_set1_epi8(0x70));
    __m512i row = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)(table + 16 * r)));
    sum = _mm512_or_si512(sum, _mm512_shuffle_epi8(row, at));
  }
  return sum;
#endif
}

#endif
