/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blocks_avx512.h: what kernels need that hold one block, or one group, in each lane. Then the order of sums inside of a
 * block is that of plain C, and scales are computed for 16 blocks at once. blocks_avx2.h has the same for 8.
 */
#ifndef LOWPK_X86_BLOCKS_AVX512_H
#define LOWPK_X86_BLOCKS_AVX512_H

#include "kernels/simd/unroll.h"
#include "kernels/x86/vec_avx512.h"

/* t[i] = element i, i < 16, of the VEC blocks that begin at x, x + stride, x + 2 stride, ... */
VEC_INLINE void vec_load_blocks(const float *x, size_t stride, vec_f t[16]) {
  __m512 r[16], u[16];
  VEC_UNROLL
  for (size_t b = 0; b < 16; b++) r[b] = _mm512_loadu_ps(x + b * stride);
  VEC_UNROLL
  for (int g = 0; g < 16; g += 4) {
    __m512 a = _mm512_unpacklo_ps(r[g], r[g + 1]), b = _mm512_unpackhi_ps(r[g], r[g + 1]);
    __m512 c = _mm512_unpacklo_ps(r[g + 2], r[g + 3]), d = _mm512_unpackhi_ps(r[g + 2], r[g + 3]);
    u[g] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(c)));
    u[g + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(c)));
    u[g + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(b), _mm512_castps_pd(d)));
    u[g + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(b), _mm512_castps_pd(d)));
  }
  VEC_UNROLL
  for (int c = 0; c < 4; c++) { /* 128-bit lane l of u[g + c]: element 4 l + c of blocks g .. g + 3 */
    __m512 a = _mm512_shuffle_f32x4(u[c], u[4 + c], 0x44), b = _mm512_shuffle_f32x4(u[8 + c], u[12 + c], 0x44);
    __m512 d = _mm512_shuffle_f32x4(u[c], u[4 + c], 0xee), e = _mm512_shuffle_f32x4(u[8 + c], u[12 + c], 0xee);
    t[c] = _mm512_shuffle_f32x4(a, b, 0x88);
    t[4 + c] = _mm512_shuffle_f32x4(a, b, 0xdd);
    t[8 + c] = _mm512_shuffle_f32x4(d, e, 0x88);
    t[12 + c] = _mm512_shuffle_f32x4(d, e, 0xdd);
  }
}

/* The magnitudes of 16 halves in the upper halves of lanes: the largest is among them. Below may be anything. */
VEC_INLINE vec_i vec_magnitudes_16(const void *p) {
  vec_i a = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p));
  return vec_and(vec_shl(a, 16), vec_set_i(0x7fffffffu));
}
/* w[0] for the first 16 halves, w[1] for the next, if there are any. */
VEC_INLINE vec_i vec_spread_16(const uint32_t *w) {
  return _mm512_inserti64x4(_mm512_set1_epi32((int)w[0]), _mm256_set1_epi32((int)w[1]), 1);
}

/* Block b's words lo[b], hi[b] behind each other: 8 bytes a block. */
VEC_INLINE void vec_store_pairs(uint8_t *p, vec_i lo, vec_i hi) {
  const __m512i first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i second = _mm512_add_epi32(first, _mm512_set1_epi32(8));
  _mm512_storeu_si512(p, _mm512_permutex2var_epi32(lo, first, hi));
  _mm512_storeu_si512(p + 64, _mm512_permutex2var_epi32(lo, second, hi));
}

/* Block b's words w[0][b] .. w[7][b] behind each other: 32 bytes a block. */
VEC_INLINE void vec_store_eights(uint8_t *p, const vec_i w[8]) {
  __m512i u[2][4];
  VEC_UNROLL
  for (int g = 0; g < 2; g++) {
    __m512i a = _mm512_unpacklo_epi32(w[4 * g], w[4 * g + 1]), b = _mm512_unpackhi_epi32(w[4 * g], w[4 * g + 1]);
    __m512i c = _mm512_unpacklo_epi32(w[4 * g + 2], w[4 * g + 3]);
    __m512i d = _mm512_unpackhi_epi32(w[4 * g + 2], w[4 * g + 3]);
    u[g][0] = _mm512_unpacklo_epi64(a, c), u[g][1] = _mm512_unpackhi_epi64(a, c);
    u[g][2] = _mm512_unpacklo_epi64(b, d), u[g][3] = _mm512_unpackhi_epi64(b, d);
  }
  VEC_UNROLL
  for (int c = 0; c < 4; c += 2) { /* 128-bit lane l of u[g][c]: words 4 g .. 4 g + 3 of block 4 l + c */
    __m512i a = _mm512_shuffle_i32x4(u[0][c], u[1][c], 0x44), b = _mm512_shuffle_i32x4(u[0][c + 1], u[1][c + 1], 0x44);
    __m512i d = _mm512_shuffle_i32x4(u[0][c], u[1][c], 0xee), e = _mm512_shuffle_i32x4(u[0][c + 1], u[1][c + 1], 0xee);
    _mm512_storeu_si512(p + 32 * c, _mm512_shuffle_i32x4(a, b, 0x88));
    _mm512_storeu_si512(p + 32 * (c + 4), _mm512_shuffle_i32x4(a, b, 0xdd));
    _mm512_storeu_si512(p + 32 * (c + 8), _mm512_shuffle_i32x4(d, e, 0x88));
    _mm512_storeu_si512(p + 32 * (c + 12), _mm512_shuffle_i32x4(d, e, 0xdd));
  }
}

/* The low byte of every lane: VEC bytes. */
VEC_INLINE void vec_store_low_bytes(uint8_t *p, vec_i a) { _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8(a)); }

/* a | (b & c) */
VEC_INLINE vec_i vec_or_and(vec_i a, vec_i b, vec_i c) { return _mm512_ternarylogic_epi32(a, b, c, 0xf8); }
VEC_INLINE vec_i vec_truncate(vec_f a) { return _mm512_cvttps_epi32(a); }
VEC_INLINE vec_i vec_and_if(vec_m m, vec_i a) { return _mm512_maskz_mov_epi32(m, a); } /* m ? a : 0 */
VEC_INLINE vec_i vec_andnot_if(vec_m m, vec_i a) { return _mm512_maskz_mov_epi32((__mmask16)~m, a); }
VEC_INLINE vec_f vec_lookup_4(const float table[4], vec_i index) {
  return _mm512_permutevar_ps(_mm512_broadcast_f32x4(_mm_loadu_ps(table)), index);
}

/* Masks of lanes. */
VEC_INLINE vec_m vec_lef(vec_f a, vec_f b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
VEC_INLINE vec_m vec_m_and(vec_m a, vec_m b) { return a & b; }
VEC_INLINE vec_m vec_m_andnot(vec_m a, vec_m b) { return (vec_m)(~a & b); }

/* f64, in two halves. */
typedef struct vec_f64 {
  __m512d lo, hi;
} vec_f64;
VEC_INLINE vec_f64 vec_f64_zero(void) { return (vec_f64){_mm512_setzero_pd(), _mm512_setzero_pd()}; }
VEC_INLINE vec_f64 vec_f64_set(double a) { return (vec_f64){_mm512_set1_pd(a), _mm512_set1_pd(a)}; }
VEC_INLINE vec_f64 vec_f64_of(vec_f a) {
  return (vec_f64){_mm512_cvtps_pd(_mm512_castps512_ps256(a)), _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1))};
}
VEC_INLINE vec_f64 vec_f64_add(vec_f64 a, vec_f64 b) {
  return (vec_f64){_mm512_add_pd(a.lo, b.lo), _mm512_add_pd(a.hi, b.hi)};
}
VEC_INLINE vec_f64 vec_f64_sub(vec_f64 a, vec_f64 b) {
  return (vec_f64){_mm512_sub_pd(a.lo, b.lo), _mm512_sub_pd(a.hi, b.hi)};
}
VEC_INLINE vec_f64 vec_f64_mul(vec_f64 a, vec_f64 b) {
  return (vec_f64){_mm512_mul_pd(a.lo, b.lo), _mm512_mul_pd(a.hi, b.hi)};
}
VEC_INLINE vec_f64 vec_f64_max(vec_f64 a, vec_f64 b) { /* a > b ? a : b */
  return (vec_f64){_mm512_max_pd(a.lo, b.lo), _mm512_max_pd(a.hi, b.hi)};
}
VEC_INLINE vec_f64 vec_f64_abs(vec_f64 a) { return (vec_f64){_mm512_abs_pd(a.lo), _mm512_abs_pd(a.hi)}; }
VEC_INLINE vec_m vec_f64_lt(vec_f64 a, vec_f64 b) {
  return (vec_m)(_mm512_cmp_pd_mask(a.lo, b.lo, _CMP_LT_OQ) | _mm512_cmp_pd_mask(a.hi, b.hi, _CMP_LT_OQ) << 8);
}
VEC_INLINE vec_f64 vec_f64_select(vec_m m, vec_f64 a, vec_f64 b) {
  return (vec_f64){_mm512_mask_blend_pd((__mmask8)m, b.lo, a.lo), _mm512_mask_blend_pd((__mmask8)(m >> 8), b.hi, a.hi)};
}

#endif
