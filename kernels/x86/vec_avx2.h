/* SPDX-License-Identifier: Apache-2.0 */
/* vec_avx2.h: the operations of vec_avx512.h on 8 lanes; masks are lanes of all ones. */
#ifndef LOWPK_X86_VEC_AVX2_H
#define LOWPK_X86_VEC_AVX2_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VEC_NAME(op) lowpk_##op##_avx2
#define VEC_INLINE static inline __attribute__((always_inline, unused))

enum { VEC = 8, VEC_BYTES = 32 };
typedef __m256 vec_f;
typedef __m256i vec_i;
typedef __m128i vec_h;
typedef __m256i vec_m;
typedef __m128i vec_table;
#define VEC_TABLE _mm_setr_epi8

VEC_INLINE vec_f vec_f_bits(vec_i a) { return _mm256_castsi256_ps(a); }
VEC_INLINE vec_i vec_i_bits(vec_f a) { return _mm256_castps_si256(a); }
VEC_INLINE vec_f vec_set(float a) { return _mm256_set1_ps(a); }
VEC_INLINE vec_i vec_set_i(uint32_t a) { return _mm256_set1_epi32((int)a); }
VEC_INLINE vec_i vec_set_16(uint32_t a) { return _mm256_set1_epi16((short)a); }
VEC_INLINE vec_i vec_set_8(uint32_t a) { return _mm256_set1_epi8((char)a); }
VEC_INLINE vec_i vec_zero(void) { return _mm256_setzero_si256(); }

VEC_INLINE __m256i vec_first_mask(size_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
VEC_INLINE vec_f vec_load(const float *p) { return _mm256_loadu_ps(p); }
VEC_INLINE void vec_store(float *p, vec_f a) { _mm256_storeu_ps(p, a); }
VEC_INLINE vec_i vec_load_i(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
VEC_INLINE void vec_store_i(void *p, vec_i a) { _mm256_storeu_si256((__m256i *)p, a); }
VEC_INLINE void vec_stream(void *p, vec_i a) { _mm256_stream_si256((__m256i *)p, a); }
VEC_INLINE void vec_stream_half(void *p, vec_h a) { _mm_stream_si128((__m128i *)p, a); }
VEC_INLINE vec_f vec_load_first(const float *p, size_t n) { return _mm256_maskload_ps(p, vec_first_mask(n)); }
VEC_INLINE void vec_store_first(float *p, vec_f a, size_t n) { _mm256_maskstore_ps(p, vec_first_mask(n), a); }
VEC_INLINE void vec_store_bytes(void *p, vec_i a, size_t n) {
  uint8_t bytes[VEC_BYTES];
  if (n == VEC_BYTES) {
    vec_store_i(p, a);
  } else if (n == 16 || n == 24) {
    _mm_storeu_si128((__m128i *)p, _mm256_castsi256_si128(a));
    if (n == 24) _mm_storel_epi64((__m128i *)(void *)((uint8_t *)p + 16), _mm256_extracti128_si256(a, 1));
  } else {
    vec_store_i(bytes, a);
    memcpy(p, bytes, n);
  }
}
VEC_INLINE vec_i vec_load_bytes(const void *p, size_t n) {
  uint8_t bytes[VEC_BYTES] = {0};
  if (n == VEC_BYTES) return vec_load_i(p);
  memcpy(bytes, p, n);
  return vec_load_i(bytes);
}

VEC_INLINE vec_i vec_and(vec_i a, vec_i b) { return _mm256_and_si256(a, b); }
VEC_INLINE vec_i vec_andnot(vec_i a, vec_i b) { return _mm256_andnot_si256(a, b); }
VEC_INLINE vec_i vec_or(vec_i a, vec_i b) { return _mm256_or_si256(a, b); }
VEC_INLINE vec_i vec_xor(vec_i a, vec_i b) { return _mm256_xor_si256(a, b); }
VEC_INLINE vec_i vec_add(vec_i a, vec_i b) { return _mm256_add_epi32(a, b); }
VEC_INLINE vec_i vec_sub(vec_i a, vec_i b) { return _mm256_sub_epi32(a, b); }
VEC_INLINE vec_i vec_shl(vec_i a, unsigned n) { return _mm256_slli_epi32(a, (int)n); }
VEC_INLINE vec_i vec_shr(vec_i a, unsigned n) { return _mm256_srli_epi32(a, (int)n); }
VEC_INLINE vec_i vec_shlv(vec_i a, vec_i n) { return _mm256_sllv_epi32(a, n); }
VEC_INLINE vec_i vec_shrv(vec_i a, vec_i n) { return _mm256_srlv_epi32(a, n); }
VEC_INLINE vec_i vec_max_u(vec_i a, vec_i b) { return _mm256_max_epu32(a, b); }
VEC_INLINE vec_i vec_min_u(vec_i a, vec_i b) { return _mm256_min_epu32(a, b); }
VEC_INLINE vec_i vec_max_s(vec_i a, vec_i b) { return _mm256_max_epi32(a, b); }
VEC_INLINE vec_i vec_min_s(vec_i a, vec_i b) { return _mm256_min_epi32(a, b); }
VEC_INLINE vec_i vec_with_sign_of(vec_i b, vec_i a) {
  return _mm256_or_si256(b, _mm256_and_si256(a, _mm256_set1_epi32((int)0x80000000u)));
}
VEC_INLINE uint32_t vec_reduce_max_u(vec_i a) {
  __m128i h = _mm_max_epu32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
  h = _mm_max_epu32(h, _mm_shuffle_epi32(h, 0x4e));
  h = _mm_max_epu32(h, _mm_shuffle_epi32(h, 0xb1));
  return (uint32_t)_mm_cvtsi128_si32(h);
}

VEC_INLINE vec_i vec_max_across(const vec_i *a) {
  vec_i h[4], d[2];
  for (int i = 0; i < 4; i++)
    h[i] = vec_max_u(_mm256_permute2x128_si256(a[i], a[i + 4], 0x20), _mm256_permute2x128_si256(a[i], a[i + 4], 0x31));
  for (int i = 0; i < 2; i++)
    d[i] = vec_max_u(_mm256_unpacklo_epi64(h[2 * i], h[2 * i + 1]), _mm256_unpackhi_epi64(h[2 * i], h[2 * i + 1]));
  __m256 a0 = _mm256_castsi256_ps(d[0]), a1 = _mm256_castsi256_ps(d[1]);
  return vec_max_u(_mm256_castps_si256(_mm256_shuffle_ps(a0, a1, 0x88)),
                   _mm256_castps_si256(_mm256_shuffle_ps(a0, a1, 0xdd)));
}
VEC_INLINE vec_i vec_max_of_four(vec_i a) {
  a = vec_max_u(a, _mm256_shuffle_epi32(a, 0x4e));
  return vec_max_u(a, _mm256_shuffle_epi32(a, 0xb1));
}

VEC_INLINE vec_f vec_addf(vec_f a, vec_f b) { return _mm256_add_ps(a, b); }
VEC_INLINE vec_f vec_subf(vec_f a, vec_f b) { return _mm256_sub_ps(a, b); }
VEC_INLINE vec_f vec_mulf(vec_f a, vec_f b) { return _mm256_mul_ps(a, b); }
VEC_INLINE vec_f vec_divf(vec_f a, vec_f b) { return _mm256_div_ps(a, b); }
VEC_INLINE vec_f vec_minf(vec_f a, vec_f b) { return _mm256_min_ps(a, b); }
VEC_INLINE vec_f vec_maxf(vec_f a, vec_f b) { return _mm256_max_ps(a, b); }
VEC_INLINE vec_f vec_fma(vec_f a, vec_f b, vec_f c) { return _mm256_fmadd_ps(a, b, c); }
VEC_INLINE vec_f vec_fnma(vec_f a, vec_f b, vec_f c) { return _mm256_fnmadd_ps(a, b, c); }
VEC_INLINE vec_i vec_to_int(vec_f a) { return _mm256_cvtps_epi32(a); }
VEC_INLINE vec_f vec_to_float(vec_i a) { return _mm256_cvtepi32_ps(a); }
VEC_INLINE float vec_reduce_minf(vec_f a) {
  __m128 h = _mm_min_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  h = _mm_min_ps(h, _mm_movehl_ps(h, h));
  return _mm_cvtss_f32(_mm_min_ss(h, _mm_movehdup_ps(h)));
}
VEC_INLINE float vec_reduce_maxf(vec_f a) {
  __m128 h = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  h = _mm_max_ps(h, _mm_movehl_ps(h, h));
  return _mm_cvtss_f32(_mm_max_ss(h, _mm_movehdup_ps(h)));
}
VEC_INLINE vec_f vec_fill_behind(vec_f a, size_t n, float with) {
  return _mm256_blendv_ps(_mm256_set1_ps(with), a, _mm256_castsi256_ps(vec_first_mask(n)));
}

VEC_INLINE vec_m vec_eq(vec_i a, vec_i b) { return _mm256_cmpeq_epi32(a, b); }
VEC_INLINE vec_m vec_gt_s(vec_i a, vec_i b) { return _mm256_cmpgt_epi32(a, b); }
VEC_INLINE vec_m vec_ltf(vec_f a, vec_f b) { return vec_i_bits(_mm256_cmp_ps(a, b, _CMP_LT_OQ)); }
VEC_INLINE vec_m vec_eqf(vec_f a, vec_f b) { return vec_i_bits(_mm256_cmp_ps(a, b, _CMP_EQ_OQ)); }
VEC_INLINE vec_i vec_select(vec_m m, vec_i a, vec_i b) { return _mm256_blendv_epi8(b, a, m); }
VEC_INLINE vec_f vec_selectf(vec_m m, vec_f a, vec_f b) { return _mm256_blendv_ps(b, a, vec_f_bits(m)); }
VEC_INLINE vec_i vec_add_if(vec_m m, vec_i a, vec_i b) { return _mm256_add_epi32(a, _mm256_and_si256(m, b)); }
VEC_INLINE vec_m vec_and_m(vec_m a, vec_m b) { return _mm256_and_si256(a, b); }
VEC_INLINE vec_m vec_m_or(vec_m a, vec_m b) { return _mm256_or_si256(a, b); }
VEC_INLINE int vec_any(vec_m m) { return _mm256_movemask_epi8(m) != 0; }

VEC_INLINE vec_i vec_madd_16(vec_i a, vec_i b) { return _mm256_madd_epi16(a, b); }
VEC_INLINE vec_i vec_madd_8(vec_i a, vec_i b) { return _mm256_maddubs_epi16(a, b); }
VEC_INLINE vec_i vec_add_16(vec_i a, vec_i b) { return _mm256_add_epi16(a, b); }
VEC_INLINE vec_i vec_add_8(vec_i a, vec_i b) { return _mm256_add_epi8(a, b); }
VEC_INLINE vec_i vec_adds_u8(vec_i a, vec_i b) { return _mm256_adds_epu8(a, b); }
VEC_INLINE vec_i vec_sub_16(vec_i a, vec_i b) { return _mm256_sub_epi16(a, b); }
VEC_INLINE vec_i vec_subs_u16(vec_i a, vec_i b) { return _mm256_subs_epu16(a, b); }
VEC_INLINE vec_i vec_max_u16(vec_i a, vec_i b) { return _mm256_max_epu16(a, b); }
VEC_INLINE vec_i vec_count_gt_16(vec_i n, vec_i a, vec_i b) { return _mm256_sub_epi16(n, _mm256_cmpgt_epi16(a, b)); }
VEC_INLINE vec_i vec_sub_8(vec_i a, vec_i b) { return _mm256_sub_epi8(a, b); }
VEC_INLINE vec_i vec_shr_16(vec_i a, unsigned n) { return _mm256_srli_epi16(a, (int)n); }
VEC_INLINE vec_i vec_shl_16(vec_i a, unsigned n) { return _mm256_slli_epi16(a, (int)n); }
VEC_INLINE vec_i vec_sar_16(vec_i a, unsigned n) { return _mm256_srai_epi16(a, (int)n); }
VEC_INLINE vec_i vec_min_u8(vec_i a, vec_i b) { return _mm256_min_epu8(a, b); }
VEC_INLINE vec_i vec_max_s8(vec_i a, vec_i b) { return _mm256_max_epi8(a, b); }
VEC_INLINE vec_i vec_min_s8(vec_i a, vec_i b) { return _mm256_min_epi8(a, b); }
VEC_INLINE vec_i vec_pack_s32(vec_i a, vec_i b) { return _mm256_packs_epi32(a, b); }
VEC_INLINE vec_i vec_pack_u32(vec_i a, vec_i b) { return _mm256_packus_epi32(a, b); }
VEC_INLINE vec_i vec_pack_s16(vec_i a, vec_i b) { return _mm256_packs_epi16(a, b); }
VEC_INLINE vec_i vec_pack_u16(vec_i a, vec_i b) { return _mm256_packus_epi16(a, b); }
VEC_INLINE vec_i vec_shuffle_8(vec_i a, vec_table index) {
  return _mm256_shuffle_epi8(a, _mm256_broadcastsi128_si256(index));
}
VEC_INLINE vec_i vec_lookup_8(vec_table table, vec_i index) {
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), index);
}

VEC_INLINE vec_i vec_order_2(vec_i a) { return _mm256_permute4x64_epi64(a, 0xd8); } /* 0, 2, 1, 3 */
VEC_INLINE vec_i vec_order_4(vec_i a) {
  return _mm256_permutevar8x32_epi32(a, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}
VEC_INLINE vec_i vec_join_12(vec_i a) {
  return _mm256_permutevar8x32_epi32(a, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
}

VEC_INLINE vec_f vec_gather(const float *p, vec_i index) { return _mm256_i32gather_ps(p, index, 4); }
typedef struct vec_d {
  __m256d lo, hi;
} vec_d;
VEC_INLINE vec_d vec_to_d(vec_f a) {
  return (vec_d){_mm256_cvtps_pd(_mm256_castps256_ps128(a)), _mm256_cvtps_pd(_mm256_extractf128_ps(a, 1))};
}
VEC_INLINE vec_d vec_zero_d(void) { return (vec_d){_mm256_setzero_pd(), _mm256_setzero_pd()}; }
VEC_INLINE vec_d vec_add_d(vec_d a, vec_d b) { return (vec_d){_mm256_add_pd(a.lo, b.lo), _mm256_add_pd(a.hi, b.hi)}; }
VEC_INLINE vec_d vec_sub_d(vec_d a, vec_d b) { return (vec_d){_mm256_sub_pd(a.lo, b.lo), _mm256_sub_pd(a.hi, b.hi)}; }
VEC_INLINE vec_d vec_mul_d(vec_d a, vec_d b) { return (vec_d){_mm256_mul_pd(a.lo, b.lo), _mm256_mul_pd(a.hi, b.hi)}; }
VEC_INLINE vec_d vec_min_d(vec_d a, vec_d b) { return (vec_d){_mm256_min_pd(a.lo, b.lo), _mm256_min_pd(a.hi, b.hi)}; }
VEC_INLINE vec_m vec_lt_d(vec_d a, vec_d b) { /* the low halves of the f64 masks, in order */
  __m256 lo = _mm256_castpd_ps(_mm256_cmp_pd(a.lo, b.lo, _CMP_LT_OQ));
  __m256 hi = _mm256_castpd_ps(_mm256_cmp_pd(a.hi, b.hi, _CMP_LT_OQ));
  return _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(lo, hi, 0x88)), 0xd8);
}

VEC_INLINE vec_h vec_to_half(vec_f a) { return _mm256_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
VEC_INLINE vec_h vec_to_half_down(vec_f a) { return _mm256_cvtps_ph(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
VEC_INLINE vec_h vec_to_half_up(vec_f a) { return _mm256_cvtps_ph(a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC); }
VEC_INLINE void vec_store_half(void *p, vec_h a, size_t n) {
  uint8_t bytes[sizeof a];
  if (n == VEC) {
    _mm_storeu_si128((__m128i *)p, a);
  } else {
    _mm_storeu_si128((__m128i *)(void *)bytes, a);
    memcpy(p, bytes, 2 * n);
  }
}
VEC_INLINE vec_f vec_from_half(vec_h a) { return _mm256_cvtph_ps(a); }
VEC_INLINE vec_f vec_load_f16(const void *p) { return vec_from_half(_mm_loadu_si128((const __m128i *)p)); }
VEC_INLINE vec_f vec_load_bf16(const void *p) {
  return vec_f_bits(vec_shl(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p)), 16));
}

#endif
