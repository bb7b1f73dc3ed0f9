/* SPDX-License-Identifier: Apache-2.0 */
/* blocks_avx2.h: the operations of blocks_avx512.h on 8 blocks. */
#ifndef LOWPK_X86_BLOCKS_AVX2_H
#define LOWPK_X86_BLOCKS_AVX2_H

#include "kernels/simd/unroll.h"
#include "kernels/x86/vec_avx2.h"

/* Rows of eight lanes become columns; the 128-bit halves are put together by the loads. */
VEC_INLINE void vec_transpose_8(const float *x, size_t stride, __m256 t[8]) {
  VEC_UNROLL
  for (int h = 0; h < 2; h++) { /* columns 4 h .. 4 h + 3 */
    __m256 r[4];
    VEC_UNROLL
    for (size_t b = 0; b < 4; b++)
      r[b] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(x + b * stride + 4 * h)),
                                  _mm_loadu_ps(x + (b + 4) * stride + 4 * h), 1);
    __m256d a = _mm256_castps_pd(_mm256_unpacklo_ps(r[0], r[1])), b = _mm256_castps_pd(_mm256_unpackhi_ps(r[0], r[1]));
    __m256d c = _mm256_castps_pd(_mm256_unpacklo_ps(r[2], r[3])), d = _mm256_castps_pd(_mm256_unpackhi_ps(r[2], r[3]));
    t[4 * h] = _mm256_castpd_ps(_mm256_unpacklo_pd(a, c));
    t[4 * h + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(a, c));
    t[4 * h + 2] = _mm256_castpd_ps(_mm256_unpacklo_pd(b, d));
    t[4 * h + 3] = _mm256_castpd_ps(_mm256_unpackhi_pd(b, d));
  }
}
VEC_INLINE void vec_load_blocks(const float *x, size_t stride, vec_f t[16]) {
  vec_transpose_8(x, stride, t);
  vec_transpose_8(x + 8, stride, t + 8);
}

/* The magnitudes of 16 halves in the upper halves of lanes, but not in all of them: the largest is there. Below is anything. */
VEC_INLINE vec_i vec_magnitudes_16(const void *p) {
  vec_i a = vec_and(vec_load_i(p), vec_set_16(0x7fff));
  return vec_max_u(a, vec_shl(a, 16));
}
/* w[0] for the first 16 halves, w[1] for the next, if there are any. */
VEC_INLINE vec_i vec_spread_16(const uint32_t *w) {
  return vec_i_bits(_mm256_broadcast_ss((const float *)(const void *)w));
}

VEC_INLINE void vec_store_pairs(uint8_t *p, vec_i lo, vec_i hi) {
  __m256i a = _mm256_unpacklo_epi32(lo, hi), b = _mm256_unpackhi_epi32(lo, hi);
  vec_store_i(p, _mm256_permute2x128_si256(a, b, 0x20));
  vec_store_i(p + 32, _mm256_permute2x128_si256(a, b, 0x31));
}

VEC_INLINE void vec_store_eights(uint8_t *p, const vec_i w[8]) {
  __m256i u[2][4];
  VEC_UNROLL
  for (int g = 0; g < 2; g++) {
    __m256i a = _mm256_unpacklo_epi32(w[4 * g], w[4 * g + 1]), b = _mm256_unpackhi_epi32(w[4 * g], w[4 * g + 1]);
    __m256i c = _mm256_unpacklo_epi32(w[4 * g + 2], w[4 * g + 3]);
    __m256i d = _mm256_unpackhi_epi32(w[4 * g + 2], w[4 * g + 3]);
    u[g][0] = _mm256_unpacklo_epi64(a, c), u[g][1] = _mm256_unpackhi_epi64(a, c);
    u[g][2] = _mm256_unpacklo_epi64(b, d), u[g][3] = _mm256_unpackhi_epi64(b, d);
  }
  VEC_UNROLL
  for (int c = 0; c < 4; c++) {
    vec_store_i(p + 32 * c, _mm256_permute2x128_si256(u[0][c], u[1][c], 0x20));
    vec_store_i(p + 32 * (c + 4), _mm256_permute2x128_si256(u[0][c], u[1][c], 0x31));
  }
}

VEC_INLINE void vec_store_low_bytes(uint8_t *p, vec_i a) {
  const __m256i low = _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 4, 8, 12, -1, -1,
                                       -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  __m256i v = _mm256_shuffle_epi8(a, low);
  _mm_storel_epi64((__m128i *)p, _mm_unpacklo_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)));
}

VEC_INLINE vec_i vec_or_and(vec_i a, vec_i b, vec_i c) { return _mm256_or_si256(a, _mm256_and_si256(b, c)); }
VEC_INLINE vec_i vec_truncate(vec_f a) { return _mm256_cvttps_epi32(a); }
VEC_INLINE vec_i vec_and_if(vec_m m, vec_i a) { return _mm256_and_si256(m, a); }
VEC_INLINE vec_i vec_andnot_if(vec_m m, vec_i a) { return _mm256_andnot_si256(m, a); }
VEC_INLINE vec_f vec_lookup_4(const float table[4], vec_i index) {
  return _mm256_permutevar_ps(_mm256_broadcast_ps((const __m128 *)(const void *)table), index);
}

VEC_INLINE vec_m vec_lef(vec_f a, vec_f b) { return vec_i_bits(_mm256_cmp_ps(a, b, _CMP_LE_OQ)); }
VEC_INLINE vec_m vec_m_and(vec_m a, vec_m b) { return _mm256_and_si256(a, b); }
VEC_INLINE vec_m vec_m_andnot(vec_m a, vec_m b) { return _mm256_andnot_si256(a, b); }

typedef struct vec_f64 {
  __m256d lo, hi;
} vec_f64;
VEC_INLINE vec_f64 vec_f64_zero(void) { return (vec_f64){_mm256_setzero_pd(), _mm256_setzero_pd()}; }
VEC_INLINE vec_f64 vec_f64_set(double a) { return (vec_f64){_mm256_set1_pd(a), _mm256_set1_pd(a)}; }
VEC_INLINE vec_f64 vec_f64_of(vec_f a) {
  return (vec_f64){_mm256_cvtps_pd(_mm256_castps256_ps128(a)), _mm256_cvtps_pd(_mm256_extractf128_ps(a, 1))};
}
VEC_INLINE vec_f64 vec_f64_add(vec_f64 a, vec_f64 b) {
  return (vec_f64){_mm256_add_pd(a.lo, b.lo), _mm256_add_pd(a.hi, b.hi)};
}
VEC_INLINE vec_f64 vec_f64_sub(vec_f64 a, vec_f64 b) {
  return (vec_f64){_mm256_sub_pd(a.lo, b.lo), _mm256_sub_pd(a.hi, b.hi)};
}
VEC_INLINE vec_f64 vec_f64_mul(vec_f64 a, vec_f64 b) {
  return (vec_f64){_mm256_mul_pd(a.lo, b.lo), _mm256_mul_pd(a.hi, b.hi)};
}
VEC_INLINE vec_f64 vec_f64_max(vec_f64 a, vec_f64 b) {
  return (vec_f64){_mm256_max_pd(a.lo, b.lo), _mm256_max_pd(a.hi, b.hi)};
}
VEC_INLINE vec_f64 vec_f64_abs(vec_f64 a) {
  const __m256d sign = _mm256_set1_pd(-0.0);
  return (vec_f64){_mm256_andnot_pd(sign, a.lo), _mm256_andnot_pd(sign, a.hi)};
}
VEC_INLINE vec_m vec_f64_lt(vec_f64 a, vec_f64 b) {
  __m256 lo = _mm256_castpd_ps(_mm256_cmp_pd(a.lo, b.lo, _CMP_LT_OQ));
  __m256 hi = _mm256_castpd_ps(_mm256_cmp_pd(a.hi, b.hi, _CMP_LT_OQ));
  return _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(lo, hi, 0x88)), 0xd8);
}
VEC_INLINE vec_f64 vec_f64_select(vec_m m, vec_f64 a, vec_f64 b) {
  __m256d lo = _mm256_castsi256_pd(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(m)));
  __m256d hi = _mm256_castsi256_pd(_mm256_cvtepi32_epi64(_mm256_extracti128_si256(m, 1)));
  return (vec_f64){_mm256_blendv_pd(b.lo, a.lo, lo), _mm256_blendv_pd(b.hi, a.hi, hi)};
}

#endif
