/* SPDX-License-Identifier: Apache-2.0 */
/* few_avx2.h: what few_rows.h needs besides vec_avx2.h: a register has half of a panel. few_avx512.h has the same names. */
#ifndef LOWPK_X86_FEW_AVX2_H
#define LOWPK_X86_FEW_AVX2_H

#include "kernels/x86/vec_avx2.h"

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
VEC_INLINE vec_f few_fma(int in_place, vec_f a, vec_f b, vec_f sum) {
#if defined(__GNUC__)
  if (in_place) {
    __asm__("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
    return sum;
  }
#endif
  (void)in_place;
  return vec_fma(a, b, sum);
}
enum { FEW_IN_PLACE = 5 }; /* rows, where compilers are short of registers */
VEC_INLINE vec_f few_broadcast(const float *p) { return _mm256_broadcast_ss(p); }
VEC_INLINE vec_f few_fms(vec_f a, vec_f b, vec_f c) { return _mm256_fmsub_ps(a, b, c); } /* a * b - c */

#define FEW_EACH(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__) /* 128 bits */
/* Bytes of a table in each 128 bits, and taken from there. */
VEC_INLINE vec_i few_repeat(vec_table table) { return _mm256_broadcastsi128_si256(table); }
VEC_INLINE vec_i few_shuffle(vec_i table, vec_i index) { return _mm256_shuffle_epi8(table, index); }
/* Bytes a where the top bit of m is set, else b; bytes a with the sign that the top bit of s is. */
VEC_INLINE vec_i few_where_top(vec_i m, vec_i a, vec_i b) { return _mm256_blendv_epi8(b, a, m); }
VEC_INLINE vec_i few_with_sign(vec_i a, vec_i s) { return _mm256_sign_epi8(a, _mm256_or_si256(s, vec_set_8(1))); }

/* Binary16 of a quad, of rows 0, 4, 1, 5, 2, 6, 3, 7. */
VEC_INLINE vec_h few_no_half(void) { return _mm_setzero_si128(); }
VEC_INLINE vec_h few_load_h(const void *p) { return _mm_loadu_si128((const __m128i *)p); }
VEC_INLINE void few_halves(const uint8_t *p, vec_h half[4]) {
  for (int i = 0; i < 2; i++, p += 64) {
    vec_h four = few_load_h(p), more = few_load_h(p + 16);
    half[i] = _mm_blend_epi16(four, _mm_slli_epi32(more, 16), 0xaa);
    half[i + 2] = _mm_blend_epi16(_mm_srli_epi32(four, 16), more, 0xaa);
  }
}
VEC_INLINE vec_f few_rows_in_order(vec_f sums) {
  return _mm256_permutevar8x32_ps(sums, _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
}

/* Bytes to lanes. */
VEC_INLINE vec_i few_widen(const uint8_t *p) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}
/* E4M3 by way of FP16, which has the same fields further left and a bias larger by 8. */
VEC_INLINE vec_f few_e4m3(const uint8_t *p) {
  vec_h c = _mm_cvtepi8_epi16(_mm_loadl_epi64((const __m128i *)(const void *)p)); /* the sign is in bit 15 already */
  c = _mm_or_si128(_mm_slli_epi16(_mm_and_si128(c, _mm_set1_epi16(0x7f)), 7),
                   _mm_and_si128(c, _mm_set1_epi16((short)0x8000)));
  return vec_mulf(vec_from_half(c), vec_set(256.0f));
}

#endif
