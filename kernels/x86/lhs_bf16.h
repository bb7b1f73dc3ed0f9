/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lhs_bf16.h: the op lhs_bf16, for AVX2 and AVX-512 BW; the including file defines its name, LOWPK_LHS_BF16. The conversion
 * instruction of AVX512-BF16 is not used: it flushes subnormals, and lowp_encode does not.
 */
#include "kernels/generic/block.h"
#include <immintrin.h>

/*
 * RNE on the bits of f32: half a unit less one, and one more where the lowest bit that stays is 1; overflow becomes Inf by itself.
 * Any NaN becomes 0x7fff, which is the element's default.
 */
#if defined(__AVX512BW__)
typedef __m512i lhs_vec;
LOWPK_INLINE lhs_vec lhs_load(const float *x) {
  __m512i u = _mm512_castps_si512(_mm512_loadu_ps(x));
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(u, 16), _mm512_set1_epi32(1));
  __m512i r = _mm512_add_epi32(_mm512_add_epi32(u, _mm512_set1_epi32(0x7fff)), odd);
  __mmask16 nan = _mm512_cmp_ps_mask(_mm512_castsi512_ps(u), _mm512_castsi512_ps(u), _CMP_UNORD_Q);
  return _mm512_mask_mov_epi32(r, nan, _mm512_set1_epi32(0x7fff0000));
}
/* 32 values from rounded f32: pairs k, k + 2 by 64-bit halves of both, then the values of one register behind each other. */
LOWPK_INLINE void lhs_tile(const float *x, uint16_t *dst) {
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
  __m512i a = lhs_load(x), b = lhs_load(x + 16);
  __m512i low = _mm512_srli_epi32(_mm512_unpacklo_epi64(a, b), 16), high = _mm512_unpackhi_epi64(a, b);
  _mm512_storeu_si512(dst, _mm512_permutexvar_epi64(order, _mm512_mask_blend_epi16(0xaaaaaaaau, low, high)));
}
#else
typedef __m256i lhs_vec;
LOWPK_INLINE lhs_vec lhs_load(const float *x) {
  __m256i u = _mm256_castps_si256(_mm256_loadu_ps(x));
  __m256i odd = _mm256_and_si256(_mm256_srli_epi32(u, 16), _mm256_set1_epi32(1));
  __m256i r = _mm256_add_epi32(_mm256_add_epi32(u, _mm256_set1_epi32(0x7fff)), odd);
  __m256 nan = _mm256_cmp_ps(_mm256_castsi256_ps(u), _mm256_castsi256_ps(u), _CMP_UNORD_Q);
  return _mm256_blendv_epi8(r, _mm256_set1_epi32(0x7fff0000), _mm256_castps_si256(nan));
}
/* 16 values, twice. */
LOWPK_INLINE void lhs_tile(const float *x, uint16_t *dst) {
  for (int i = 0; i < 32; i += 16) {
    __m256i a = lhs_load(x + i), b = lhs_load(x + i + 8);
    __m256i low = _mm256_srli_epi32(_mm256_unpacklo_epi64(a, b), 16), high = _mm256_unpackhi_epi64(a, b);
    __m256i pairs = _mm256_permute4x64_epi64(_mm256_blend_epi16(low, high, 0xaa), 0xd8);
    _mm256_storeu_si256((__m256i *)(void *)(dst + i), pairs);
  }
}
#endif

void LOWPK_LHS_BF16(size_t kp, const float *x, uint16_t *dst, size_t tile_stride) {
  for (size_t k = 0; k < kp; k += 32, dst += tile_stride) lhs_tile(x + k, dst);
}
