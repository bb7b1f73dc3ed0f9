/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_store_avx512.h: the end of a multiplication, 16 columns at a time, with the bits of generic/gemm_store.h:
 *
 *     y = convert(f32(f32(S * lhs_outer[m]) * rhs_outer[n]) + bias[n])
 *
 * A factor that is left out is 1, a bias that is left out is -0: both change no bit of any value. Columns from n on are
 * neither read (rhs_outer is padded, bias is not) nor stored.
 */
#ifndef LOWPK_GEMM_STORE_AVX512_H
#define LOWPK_GEMM_STORE_AVX512_H

#include "kernels/kernel.h"
#include <immintrin.h>

/* What belongs to the columns of a panel. */
typedef struct lowpk_store_avx512 {
  __m512 outer, bias;
  __mmask16 live; /* columns below n */
  char *y;        /* row 0 of the panel */
} lowpk_store_avx512;

static inline lowpk_store_avx512 lowpk_store_begin_avx512(const lowpk_gemm *g, size_t panel) {
  size_t n0 = panel * LOWPK_NR, left = g->w->n - n0;
  lowpk_store_avx512 s;
  s.live = left < LOWPK_NR ? (__mmask16)((1u << left) - 1) : (__mmask16)-1;
  s.outer = g->rhs_outer ? _mm512_loadu_ps(g->rhs_outer + n0) : _mm512_set1_ps(1.0f);
  s.bias = _mm512_set1_ps(-0.0f);
  if (g->bias) s.bias = _mm512_mask_loadu_ps(s.bias, s.live, g->bias + n0);
  s.y = (char *)g->y + n0 * (g->y_element == LOWP_F32 ? sizeof(float) : sizeof(uint16_t));
  return s;
}

/* RNE, overflow to Inf, NaN to the code that lowp_encode gives it. */
static inline __m256i lowpk_to_bf16_avx512(__m512 x) {
  __m512i u = _mm512_castps_si512(x), odd = _mm512_and_si512(_mm512_srli_epi32(u, 16), _mm512_set1_epi32(1));
  u = _mm512_srli_epi32(_mm512_add_epi32(u, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff))), 16);
  u = _mm512_mask_mov_epi32(u, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), _mm512_set1_epi32(0x7fff));
  return _mm512_cvtepi32_epi16(u);
}

static inline __m256i lowpk_to_fp16_avx512(__m512 x) {
  __m256i h = _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return _mm256_mask_mov_epi16(h, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), _mm256_set1_epi16(0x7fff));
}

/* Row m of the panel; sum: S of its 16 columns. */
static inline void lowpk_store_row_avx512(const lowpk_gemm *g, const lowpk_store_avx512 *s, size_t m, __m512 sum) {
  char *y = s->y + (ptrdiff_t)m * g->y_stride;
  if (g->lhs_outer) sum = _mm512_mul_ps(sum, _mm512_set1_ps(g->lhs_outer[m]));
  sum = _mm512_add_ps(_mm512_mul_ps(sum, s->outer), s->bias);
  if (g->y_element == LOWP_F32)
    _mm512_mask_storeu_ps(y, s->live, sum);
  else if (g->y_element == LOWP_BF16)
    _mm256_mask_storeu_epi16(y, s->live, lowpk_to_bf16_avx512(sum));
  else
    _mm256_mask_storeu_epi16(y, s->live, lowpk_to_fp16_avx512(sum));
}

#endif
