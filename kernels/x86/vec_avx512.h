/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vec_avx512.h: the operations that row kernels are written in, on 16 lanes. vec_avx2.h has the same names on 8 lanes; a
 * kernel is one header of its own that includes neither, and one .c file for each bundle that includes both. Lanes are
 * 32 bits, f32 or integer; operations on 16- and 8-bit lanes say so, and packs work inside 128-bit lanes.
 */
#ifndef LOWPK_X86_VEC_AVX512_H
#define LOWPK_X86_VEC_AVX512_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VEC_NAME(op) lowpk_##op##_avx512
#define VEC_INLINE static inline __attribute__((always_inline, unused))

enum { VEC = 16, VEC_BYTES = 64 };
typedef __m512 vec_f;
typedef __m512i vec_i;
typedef __m256i vec_h;   /* 16-bit lanes, as many as vec_f has */
typedef __mmask16 vec_m; /* one bit for each lane */
typedef __m128i vec_table;
#define VEC_TABLE _mm_setr_epi8

VEC_INLINE vec_f vec_f_bits(vec_i a) { return _mm512_castsi512_ps(a); }
VEC_INLINE vec_i vec_i_bits(vec_f a) { return _mm512_castps_si512(a); }
VEC_INLINE vec_f vec_set(float a) { return _mm512_set1_ps(a); }
VEC_INLINE vec_i vec_set_i(uint32_t a) { return _mm512_set1_epi32((int)a); }
VEC_INLINE vec_i vec_set_16(uint32_t a) { return _mm512_set1_epi16((short)a); }
VEC_INLINE vec_i vec_set_8(uint32_t a) { return _mm512_set1_epi8((char)a); }
VEC_INLINE vec_i vec_zero(void) { return _mm512_setzero_si512(); }

/* Memory. The _first forms touch n <= VEC floats (n <= VEC_BYTES bytes) only; lanes that are not loaded are 0. */
VEC_INLINE vec_f vec_load(const float *p) { return _mm512_loadu_ps(p); }
VEC_INLINE void vec_store(float *p, vec_f a) { _mm512_storeu_ps(p, a); }
VEC_INLINE vec_i vec_load_i(const void *p) { return _mm512_loadu_si512(p); }
VEC_INLINE void vec_store_i(void *p, vec_i a) { _mm512_storeu_si512(p, a); }
VEC_INLINE void vec_stream(void *p, vec_i a) { _mm512_stream_si512((__m512i *)p, a); }
VEC_INLINE void vec_stream_half(void *p, vec_h a) { _mm256_stream_si256((__m256i *)p, a); }
VEC_INLINE vec_f vec_load_first(const float *p, size_t n) {
  return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}
VEC_INLINE void vec_store_first(float *p, vec_f a, size_t n) {
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), a);
}
VEC_INLINE void vec_store_bytes(void *p, vec_i a, size_t n) {
  _mm512_mask_storeu_epi8(p, n < 64 ? ((__mmask64)1 << n) - 1 : ~(__mmask64)0, a);
}
VEC_INLINE vec_i vec_load_bytes(const void *p, size_t n) {
  return _mm512_maskz_loadu_epi8(n < 64 ? ((__mmask64)1 << n) - 1 : ~(__mmask64)0, p);
}

/* Integers. */
VEC_INLINE vec_i vec_and(vec_i a, vec_i b) { return _mm512_and_si512(a, b); }
VEC_INLINE vec_i vec_andnot(vec_i a, vec_i b) { return _mm512_andnot_si512(a, b); } /* ~a & b */
VEC_INLINE vec_i vec_or(vec_i a, vec_i b) { return _mm512_or_si512(a, b); }
VEC_INLINE vec_i vec_xor(vec_i a, vec_i b) { return _mm512_xor_si512(a, b); }
VEC_INLINE vec_i vec_add(vec_i a, vec_i b) { return _mm512_add_epi32(a, b); }
VEC_INLINE vec_i vec_sub(vec_i a, vec_i b) { return _mm512_sub_epi32(a, b); }
VEC_INLINE vec_i vec_shl(vec_i a, unsigned n) { return _mm512_slli_epi32(a, n); }
VEC_INLINE vec_i vec_shr(vec_i a, unsigned n) { return _mm512_srli_epi32(a, n); }
VEC_INLINE vec_i vec_shlv(vec_i a, vec_i n) { return _mm512_sllv_epi32(a, n); }
VEC_INLINE vec_i vec_shrv(vec_i a, vec_i n) { return _mm512_srlv_epi32(a, n); }
VEC_INLINE vec_i vec_max_u(vec_i a, vec_i b) { return _mm512_max_epu32(a, b); }
VEC_INLINE vec_i vec_min_u(vec_i a, vec_i b) { return _mm512_min_epu32(a, b); }
VEC_INLINE vec_i vec_max_s(vec_i a, vec_i b) { return _mm512_max_epi32(a, b); }
VEC_INLINE vec_i vec_min_s(vec_i a, vec_i b) { return _mm512_min_epi32(a, b); }
VEC_INLINE vec_i vec_with_sign_of(vec_i b, vec_i a) {
  return _mm512_ternarylogic_epi32(b, a, _mm512_set1_epi32((int)0x80000000u), 0xf8); /* b | (a & sign) */
}
VEC_INLINE uint32_t vec_reduce_max_u(vec_i a) { return _mm512_reduce_max_epu32(a); }

/* Lane k: the largest lane of a[k], k < VEC. Each step halves the width of what is left and the number of vectors. */
VEC_INLINE vec_i vec_max_across(const vec_i *a) {
  vec_i h[8], q[4], d[2];
  for (int i = 0; i < 8; i++) { /* halves of a[j] and of a[j + 4] */
    vec_i lo = a[(i & 4) * 2 + (i & 3)], hi = a[(i & 4) * 2 + (i & 3) + 4];
    h[i] = vec_max_u(_mm512_shuffle_i64x2(lo, hi, 0x44), _mm512_shuffle_i64x2(lo, hi, 0xee));
  }
  for (int i = 0; i < 4; i++) /* quarters of a[i], a[i + 4], a[i + 8], a[i + 12] */
    q[i] = vec_max_u(_mm512_shuffle_i64x2(h[i], h[i + 4], 0x88), _mm512_shuffle_i64x2(h[i], h[i + 4], 0xdd));
  for (int i = 0; i < 2; i++)
    d[i] = vec_max_u(_mm512_unpacklo_epi64(q[2 * i], q[2 * i + 1]), _mm512_unpackhi_epi64(q[2 * i], q[2 * i + 1]));
  __m512 a0 = _mm512_castsi512_ps(d[0]), a1 = _mm512_castsi512_ps(d[1]);
  return vec_max_u(_mm512_castps_si512(_mm512_shuffle_ps(a0, a1, 0x88)),
                   _mm512_castps_si512(_mm512_shuffle_ps(a0, a1, 0xdd)));
}
/* Each lane: the largest of the four in its 128-bit lane. */
VEC_INLINE vec_i vec_max_of_four(vec_i a) {
  a = vec_max_u(a, _mm512_shuffle_epi32(a, (_MM_PERM_ENUM)0x4e));
  return vec_max_u(a, _mm512_shuffle_epi32(a, (_MM_PERM_ENUM)0xb1));
}

/* Floats. */
VEC_INLINE vec_f vec_addf(vec_f a, vec_f b) { return _mm512_add_ps(a, b); }
VEC_INLINE vec_f vec_subf(vec_f a, vec_f b) { return _mm512_sub_ps(a, b); }
VEC_INLINE vec_f vec_mulf(vec_f a, vec_f b) { return _mm512_mul_ps(a, b); }
VEC_INLINE vec_f vec_divf(vec_f a, vec_f b) { return _mm512_div_ps(a, b); }
VEC_INLINE vec_f vec_minf(vec_f a, vec_f b) { return _mm512_min_ps(a, b); }
VEC_INLINE vec_f vec_maxf(vec_f a, vec_f b) { return _mm512_max_ps(a, b); }
VEC_INLINE vec_f vec_fma(vec_f a, vec_f b, vec_f c) { return _mm512_fmadd_ps(a, b, c); }   /* a * b + c */
VEC_INLINE vec_f vec_fnma(vec_f a, vec_f b, vec_f c) { return _mm512_fnmadd_ps(a, b, c); } /* c - a * b */
VEC_INLINE vec_i vec_to_int(vec_f a) { return _mm512_cvtps_epi32(a); }                     /* RNE */
VEC_INLINE vec_f vec_to_float(vec_i a) { return _mm512_cvtepi32_ps(a); }
VEC_INLINE float vec_reduce_minf(vec_f a) { return _mm512_reduce_min_ps(a); }
VEC_INLINE float vec_reduce_maxf(vec_f a) { return _mm512_reduce_max_ps(a); }
/* Lanes from n on replaced. */
VEC_INLINE vec_f vec_fill_behind(vec_f a, size_t n, float with) {
  return _mm512_mask_blend_ps((__mmask16)((1u << n) - 1), _mm512_set1_ps(with), a);
}

/* Comparisons, and a where m is set, else b. */
VEC_INLINE vec_m vec_eq(vec_i a, vec_i b) { return _mm512_cmpeq_epi32_mask(a, b); }
VEC_INLINE vec_m vec_gt_s(vec_i a, vec_i b) { return _mm512_cmpgt_epi32_mask(a, b); }
VEC_INLINE vec_m vec_ltf(vec_f a, vec_f b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
VEC_INLINE vec_m vec_eqf(vec_f a, vec_f b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
VEC_INLINE vec_i vec_select(vec_m m, vec_i a, vec_i b) { return _mm512_mask_blend_epi32(m, b, a); }
VEC_INLINE vec_f vec_selectf(vec_m m, vec_f a, vec_f b) { return _mm512_mask_blend_ps(m, b, a); }
VEC_INLINE vec_i vec_add_if(vec_m m, vec_i a, vec_i b) {
  return _mm512_mask_add_epi32(a, m, a, b);
} /* a + (m ? b : 0) */
VEC_INLINE vec_m vec_and_m(vec_m a, vec_m b) { return a & b; }
VEC_INLINE vec_m vec_m_or(vec_m a, vec_m b) { return a | b; }
VEC_INLINE int vec_any(vec_m m) { return m != 0; }

/* 16-bit and 8-bit lanes. */
VEC_INLINE vec_i vec_madd_16(vec_i a, vec_i b) { return _mm512_madd_epi16(a, b); }
VEC_INLINE vec_i vec_madd_8(vec_i a, vec_i b) { return _mm512_maddubs_epi16(a, b); } /* a unsigned, b signed */
VEC_INLINE vec_i vec_add_16(vec_i a, vec_i b) { return _mm512_add_epi16(a, b); }
VEC_INLINE vec_i vec_add_8(vec_i a, vec_i b) { return _mm512_add_epi8(a, b); }
VEC_INLINE vec_i vec_adds_u8(vec_i a, vec_i b) { return _mm512_adds_epu8(a, b); }
VEC_INLINE vec_i vec_sub_16(vec_i a, vec_i b) { return _mm512_sub_epi16(a, b); }
VEC_INLINE vec_i vec_subs_u16(vec_i a, vec_i b) { return _mm512_subs_epu16(a, b); } /* 0 where it would be negative */
VEC_INLINE vec_i vec_max_u16(vec_i a, vec_i b) { return _mm512_max_epu16(a, b); }
VEC_INLINE vec_i vec_count_gt_16(vec_i n, vec_i a, vec_i b) { /* n + (a > b) */
  return _mm512_mask_add_epi16(n, _mm512_cmpgt_epi16_mask(a, b), n, _mm512_set1_epi16(1));
}
VEC_INLINE vec_i vec_sub_8(vec_i a, vec_i b) { return _mm512_sub_epi8(a, b); }
VEC_INLINE vec_i vec_shr_16(vec_i a, unsigned n) { return _mm512_srli_epi16(a, n); }
VEC_INLINE vec_i vec_shl_16(vec_i a, unsigned n) { return _mm512_slli_epi16(a, n); }
VEC_INLINE vec_i vec_sar_16(vec_i a, unsigned n) { return _mm512_srai_epi16(a, n); }
VEC_INLINE vec_i vec_min_u8(vec_i a, vec_i b) { return _mm512_min_epu8(a, b); }
VEC_INLINE vec_i vec_max_s8(vec_i a, vec_i b) { return _mm512_max_epi8(a, b); }
VEC_INLINE vec_i vec_min_s8(vec_i a, vec_i b) { return _mm512_min_epi8(a, b); }
VEC_INLINE vec_i vec_pack_s32(vec_i a, vec_i b) { return _mm512_packs_epi32(a, b); }
VEC_INLINE vec_i vec_pack_u32(vec_i a, vec_i b) { return _mm512_packus_epi32(a, b); }
VEC_INLINE vec_i vec_pack_s16(vec_i a, vec_i b) { return _mm512_packs_epi16(a, b); }
VEC_INLINE vec_i vec_pack_u16(vec_i a, vec_i b) { return _mm512_packus_epi16(a, b); }
VEC_INLINE vec_i vec_shuffle_8(vec_i a, __m128i index) { return _mm512_shuffle_epi8(a, _mm512_broadcast_i32x4(index)); }
/* Bytes of a table by the bytes of index: 0 where bit 7 is set, else by the low four bits. */
VEC_INLINE vec_i vec_lookup_8(vec_table table, vec_i index) {
  return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(table), index);
}

/* Two packs of a pair leave its 64-bit parts, packs of four vectors their 32-bit parts, in the order of 128-bit lanes. */
VEC_INLINE vec_i vec_order_2(vec_i a) { return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), a); }
VEC_INLINE vec_i vec_order_4(vec_i a) {
  return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), a);
}
/* The first 12 bytes of each 128-bit lane, joined. */
VEC_INLINE vec_i vec_join_12(vec_i a) {
  return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15), a);
}
/* Lanes from p + index, and f64 lanes: as many as vec_f has, in two halves. */
VEC_INLINE vec_f vec_gather(const float *p, vec_i index) { return _mm512_i32gather_ps(index, p, 4); }
typedef struct vec_d {
  __m512d lo, hi;
} vec_d;
VEC_INLINE vec_d vec_to_d(vec_f a) {
  return (vec_d){_mm512_cvtps_pd(_mm512_castps512_ps256(a)), _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1))};
}
VEC_INLINE vec_d vec_zero_d(void) { return (vec_d){_mm512_setzero_pd(), _mm512_setzero_pd()}; }
VEC_INLINE vec_d vec_add_d(vec_d a, vec_d b) { return (vec_d){_mm512_add_pd(a.lo, b.lo), _mm512_add_pd(a.hi, b.hi)}; }
VEC_INLINE vec_d vec_sub_d(vec_d a, vec_d b) { return (vec_d){_mm512_sub_pd(a.lo, b.lo), _mm512_sub_pd(a.hi, b.hi)}; }
VEC_INLINE vec_d vec_mul_d(vec_d a, vec_d b) { return (vec_d){_mm512_mul_pd(a.lo, b.lo), _mm512_mul_pd(a.hi, b.hi)}; }
VEC_INLINE vec_d vec_min_d(vec_d a, vec_d b) { return (vec_d){_mm512_min_pd(a.lo, b.lo), _mm512_min_pd(a.hi, b.hi)}; }
VEC_INLINE vec_m vec_lt_d(vec_d a, vec_d b) {
  return (vec_m)(_mm512_cmp_pd_mask(a.lo, b.lo, _CMP_LT_OQ) | _mm512_cmp_pd_mask(a.hi, b.hi, _CMP_LT_OQ) << 8);
}

/* Half precision: to nearest even, toward zero, toward +Inf, whatever the mode of the processor. */
VEC_INLINE vec_h vec_to_half(vec_f a) { return _mm512_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
VEC_INLINE vec_h vec_to_half_down(vec_f a) { return _mm512_cvtps_ph(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
VEC_INLINE vec_h vec_to_half_up(vec_f a) { return _mm512_cvtps_ph(a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC); }
VEC_INLINE void vec_store_half(void *p, vec_h a, size_t n) {
  _mm256_mask_storeu_epi16(p, (__mmask16)((1u << n) - 1), a);
}
VEC_INLINE vec_f vec_from_half(vec_h a) { return _mm512_cvtph_ps(a); }
VEC_INLINE vec_f vec_load_f16(const void *p) { return vec_from_half(_mm256_loadu_si256((const __m256i *)p)); }
VEC_INLINE vec_f vec_load_bf16(const void *p) {
  return vec_f_bits(vec_shl(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)), 16));
}

#endif
