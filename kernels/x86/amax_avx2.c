/* SPDX-License-Identifier: Apache-2.0 */
/* amax_avx2.c: magnitudes are compared as integers, so four independent maxima hide the latency. */
#include "kernels/x86/vec_avx2.h"

#include "kernels/simd/amax16.h"
#include <immintrin.h>

uint32_t lowpk_amax_avx2(size_t n, const float *x) {
  const __m256i magnitude = _mm256_set1_epi32(0x7fffffff);
  __m256i m[4];
  VEC_UNROLL
  for (int j = 0; j < 4; j++) m[j] = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    VEC_UNROLL
    for (int j = 0; j < 4; j++) {
      __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(x + i + 8 * j));
      m[j] = _mm256_max_epu32(m[j], _mm256_and_si256(v, magnitude));
    }
  }
  for (; i + 8 <= n; i += 8) {
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(x + i));
    m[0] = _mm256_max_epu32(m[0], _mm256_and_si256(v, magnitude));
  }
  m[0] = _mm256_max_epu32(_mm256_max_epu32(m[0], m[1]), _mm256_max_epu32(m[2], m[3]));
  __m128i h = _mm_max_epu32(_mm256_castsi256_si128(m[0]), _mm256_extracti128_si256(m[0], 1));
  h = _mm_max_epu32(h, _mm_shuffle_epi32(h, 0x4e));
  h = _mm_max_epu32(h, _mm_shuffle_epi32(h, 0xb1));
  uint32_t most = (uint32_t)_mm_cvtsi128_si32(h);
  for (; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, (const char *)x + i * sizeof bits, sizeof bits); /* x may lie anywhere */
    bits &= 0x7fffffffu;
    most = bits > most ? bits : most;
  }
  return most;
}
