/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_store_avx2.h: the end of a multiplication, 16 columns at a time, with the bits of generic/gemm_store.h:
 *
 *     y = convert(f32(f32(S * lhs_outer[m]) * rhs_outer[n]) + bias[n])
 *
 * A factor that is left out is 1, a bias that is left out is -0: both change no bit of any value. Columns from n on are
 * neither read (rhs_outer is padded, bias is not) nor stored.
 */
#ifndef LOWPK_GEMM_STORE_AVX2_H
#define LOWPK_GEMM_STORE_AVX2_H

#include "kernels/kernel.h"
#include <immintrin.h>
#include <string.h>

/* What belongs to the columns of a panel. */
typedef struct lowpk_store_avx2 {
  __m256 outer[2], bias[2];
  __m256i live[2]; /* all ones in columns below n */
  size_t columns;  /* how many those are, at most 16 */
  char *y;         /* row 0 of the panel */
} lowpk_store_avx2;

static inline lowpk_store_avx2 lowpk_store_begin_avx2(const lowpk_gemm *g, size_t panel) {
  size_t n0 = panel * LOWPK_NR, left = g->w->n - n0;
  lowpk_store_avx2 s;
  s.columns = left < LOWPK_NR ? left : (size_t)LOWPK_NR;
  for (int i = 0; i < 2; i++) {
    __m256i column = _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(8 * i));
    s.live[i] = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)s.columns), column);
    s.outer[i] = g->rhs_outer ? _mm256_loadu_ps(g->rhs_outer + n0 + 8 * i) : _mm256_set1_ps(1.0f);
    s.bias[i] = g->bias ? _mm256_maskload_ps(g->bias + n0 + 8 * i, s.live[i]) : _mm256_set1_ps(-0.0f);
  }
  s.y = (char *)g->y + n0 * (g->y_element == LOWP_F32 ? sizeof(float) : sizeof(uint16_t));
  return s;
}

/* RNE, overflow to Inf, NaN to the code that lowp_encode gives it; the result in the low half of each lane. */
static inline __m256i lowpk_to_bf16_avx2(__m256 x) {
  __m256i u = _mm256_castps_si256(x), odd = _mm256_and_si256(_mm256_srli_epi32(u, 16), _mm256_set1_epi32(1));
  u = _mm256_srli_epi32(_mm256_add_epi32(u, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff))), 16);
  __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
  return _mm256_blendv_epi8(u, _mm256_set1_epi32(0x7fff), nan);
}

/* 16 values in order, as 16-bit codes. */
static inline __m256i lowpk_to_16_bits_avx2(lowp_element element, const __m256 x[2]) {
  if (element == LOWP_BF16) /* packing works within halves of 128 bits */
    return _mm256_permute4x64_epi64(_mm256_packus_epi32(lowpk_to_bf16_avx2(x[0]), lowpk_to_bf16_avx2(x[1])), 0xd8);
  __m128i h[2];
  for (int i = 0; i < 2; i++) {
    __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(x[i], x[i], _CMP_UNORD_Q));
    __m128i nan16 = _mm_packs_epi32(_mm256_castsi256_si128(nan), _mm256_extracti128_si256(nan, 1));
    h[i] = _mm_blendv_epi8(_mm256_cvtps_ph(x[i], _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC), _mm_set1_epi16(0x7fff),
                           nan16);
  }
  return _mm256_set_m128i(h[1], h[0]);
}

/* Row m of the panel; sum: S of its 16 columns. */
static inline void lowpk_store_row_avx2(const lowpk_gemm *g, const lowpk_store_avx2 *s, size_t m, __m256 sum0,
                                        __m256 sum1) {
  char *y = s->y + (ptrdiff_t)m * g->y_stride;
  __m256 x[2] = {sum0, sum1};
  for (int i = 0; i < 2; i++) {
    if (g->lhs_outer) x[i] = _mm256_mul_ps(x[i], _mm256_set1_ps(g->lhs_outer[m]));
    x[i] = _mm256_add_ps(_mm256_mul_ps(x[i], s->outer[i]), s->bias[i]);
  }
  if (g->y_element == LOWP_F32) {
    if (s->columns == LOWPK_NR) {
      _mm256_storeu_ps((float *)(void *)y, x[0]);
      _mm256_storeu_ps((float *)(void *)(y + 32), x[1]);
    } else {
      _mm256_maskstore_ps((float *)(void *)y, s->live[0], x[0]);
      if (s->columns > 8) _mm256_maskstore_ps((float *)(void *)(y + 32), s->live[1], x[1]);
    }
    return;
  }
  __m256i codes = lowpk_to_16_bits_avx2(g->y_element, x);
  if (s->columns == LOWPK_NR)
    _mm256_storeu_si256((__m256i *)(void *)y, codes);
  else { /* AVX2 has no masked stores of 16-bit lanes */
    uint16_t tail[LOWPK_NR];
    memcpy(tail, &codes, sizeof tail);
    memcpy(y, tail, s->columns * sizeof *tail);
  }
}

#endif
