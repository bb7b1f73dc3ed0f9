/* SPDX-License-Identifier: Apache-2.0 */
/* amax_avx512.c: as amax_avx2.c, with the tail under a mask. */
#include "kernels/x86/vec_avx512.h"

#include "kernels/simd/amax16.h"
#include <immintrin.h>

uint32_t lowpk_amax_avx512(size_t n, const float *x) {
  const __m512i magnitude = _mm512_set1_epi32(0x7fffffff);
  __m512i m[4];
  VEC_UNROLL
  for (int j = 0; j < 4; j++) m[j] = _mm512_setzero_si512();
  size_t i = 0;
  for (; i + 64 <= n; i += 64) {
    VEC_UNROLL
    for (int j = 0; j < 4; j++)
      m[j] = _mm512_max_epu32(m[j], _mm512_and_si512(_mm512_loadu_si512(x + i + 16 * j), magnitude));
  }
  for (; i < n; i += 16) {
    __mmask16 tail = n - i < 16 ? (__mmask16)((1u << (n - i)) - 1) : (__mmask16)-1;
    m[0] = _mm512_max_epu32(m[0], _mm512_and_si512(_mm512_maskz_loadu_epi32(tail, x + i), magnitude));
  }
  m[0] = _mm512_max_epu32(_mm512_max_epu32(m[0], m[1]), _mm512_max_epu32(m[2], m[3]));
  return _mm512_reduce_max_epu32(m[0]);
}
