/* SPDX-License-Identifier: Apache-2.0 */
/* codes_avx2.h: squares of eight rows by eight words of 32 bits, for packing codes and unpacking them. */
#ifndef LOWPK_X86_CODES_AVX2_H
#define LOWPK_X86_CODES_AVX2_H

#include "kernels/gemm_f32.h"
#include <immintrin.h>

enum { ROWS = 8, WORD = 4 * LOWPK_NR };

LOWPK_TILE_INLINE __m256i load(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
LOWPK_TILE_INLINE __m256i both(__m128i v) { return _mm256_broadcastsi128_si256(v); }

/*
 * Four rows, unpacked twice: q[j] holds words j and j + 4 of them. Those of four rows more beside, words 0..3 of the low halves and
 * then of the high ones become eight lanes each.
 */
LOWPK_TILE_INLINE void interleave(const __m256i r[4], __m256i q[4]) {
  const __m256i a = _mm256_unpacklo_epi32(r[0], r[1]), b = _mm256_unpackhi_epi32(r[0], r[1]);
  const __m256i c = _mm256_unpacklo_epi32(r[2], r[3]), d = _mm256_unpackhi_epi32(r[2], r[3]);
  q[0] = _mm256_unpacklo_epi64(a, c);
  q[1] = _mm256_unpackhi_epi64(a, c);
  q[2] = _mm256_unpacklo_epi64(b, d);
  q[3] = _mm256_unpackhi_epi64(b, d);
}
LOWPK_TILE_INLINE void join(const __m256i q[ROWS], __m256i word[ROWS]) {
  LOWPK_UNROLL
  for (int j = 0; j < 4; j++) {
    word[j] = _mm256_permute2x128_si256(q[j], q[4 + j], 0x20);
    word[4 + j] = _mm256_permute2x128_si256(q[j], q[4 + j], 0x31);
  }
}

#endif
