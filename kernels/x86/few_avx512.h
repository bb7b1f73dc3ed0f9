/* SPDX-License-Identifier: Apache-2.0 */
/* few_avx512.h: what few_rows.h needs besides vec_avx512.h, as in few_avx2.h: a register has a panel. */
#ifndef LOWPK_X86_FEW_AVX512_H
#define LOWPK_X86_FEW_AVX512_H

#include "kernels/x86/vec_avx512.h"

#define FEW_IN_MEMORY(v) (void)(v)
enum { FEW_IN_PLACE = 3 };
VEC_INLINE vec_f few_fma(int in_place, vec_f a, vec_f b, vec_f sum) {
#if defined(__GNUC__)
  if (in_place) {
    __asm__("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
  }
#endif
  (void)in_place;
  return vec_fma(a, b, sum);
}
VEC_INLINE vec_f few_broadcast(const float *p) { return _mm512_set1_ps(*p); }
VEC_INLINE vec_f few_fms(vec_f a, vec_f b, vec_f c) { return _mm512_fmsub_ps(a, b, c); }

#define FEW_EACH(...) few_repeat(VEC_TABLE(__VA_ARGS__))
VEC_INLINE vec_i few_repeat(vec_table table) { return _mm512_broadcast_i32x4(table); }
VEC_INLINE vec_i few_shuffle(vec_i table, vec_i index) { return _mm512_shuffle_epi8(table, index); }
VEC_INLINE vec_i few_where_top(vec_i m, vec_i a, vec_i b) {
  return _mm512_mask_blend_epi8(_mm512_movepi8_mask(m), b, a);
}
VEC_INLINE vec_i few_with_sign(vec_i a, vec_i s) {
  return _mm512_mask_sub_epi8(a, _mm512_movepi8_mask(s), _mm512_setzero_si512(), a);
}

/* Of rows 0, 8, 1, 9 and so on. */
VEC_INLINE vec_h few_no_half(void) { return _mm256_setzero_si256(); }
VEC_INLINE vec_h few_load_h(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
VEC_INLINE void few_halves(const uint8_t *p, vec_h half[4]) {
  for (int i = 0; i < 2; i++, p += 64) {
    vec_h eight = few_load_h(p), more = few_load_h(p + 32);
    half[i] = _mm256_blend_epi16(eight, _mm256_slli_epi32(more, 16), 0xaa);
    half[i + 2] = _mm256_blend_epi16(_mm256_srli_epi32(eight, 16), more, 0xaa);
  }
}
VEC_INLINE vec_f few_rows_in_order(vec_f sums) {
  return _mm512_permutexvar_ps(_mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15), sums);
}

VEC_INLINE vec_i few_widen(const uint8_t *p) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
VEC_INLINE vec_f few_e4m3(const uint8_t *p) {
  vec_h c = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)p));
  c = _mm256_or_si256(_mm256_slli_epi16(_mm256_and_si256(c, _mm256_set1_epi16(0x7f)), 7),
                      _mm256_and_si256(c, _mm256_set1_epi16((short)0x8000)));
  return vec_mulf(vec_from_half(c), vec_set(256.0f));
}

#endif
