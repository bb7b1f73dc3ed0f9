/* SPDX-License-Identifier: Apache-2.0 */
/* hif8_avx2.h: HiF8 by arithmetic of bytes. */
#ifndef LOWPK_X86_HIF8_AVX2_H
#define LOWPK_X86_HIF8_AVX2_H

#include "kernels/gemm_f32.h"
#include <immintrin.h>

enum { LOWPK_HIF8_UNIT = -104 };

/*
 * Upper halves of f32: the values of the bytes of v times 2^LOWPK_HIF8_UNIT, those of even and of odd bytes; not of NaN and
 * Inf. With three bits of mantissa and exponents from -23 on, of which none is left for subnormals, the magnitude
 * c = 16 r + x is
 *
 *     8 (exponent + 23) + mantissa = base[r] + step[r] * (x xor mask[r])
 *
 * from r = 2 on. mask turns round negative exponents, which become smaller with x; step is 1 for three bits of mantissa, 2
 * for two, 4 for one. r = 1 are the exponents 1 and -1: one is missing between them, 8 for the larger. r = 0 are eight
 * powers of two, with 2^-23 in the place of 0, and the eighths from 1 on: a table. The sum is below 312, so that sixteen
 * times as much, its place in the half, is what products of bytes and their sums hold. Bit 3 of r is the sign, which
 * makes no difference.
 */
LOWPK_TILE_INLINE void lowpk_hif8_upper(__m256i v, __m256i *even, __m256i *odd) {
#define TABLE(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))
#define TWICE(...) TABLE(__VA_ARGS__, __VA_ARGS__)
  const __m256i base = TWICE(0, (char)176, (char)200, (char)160, (char)216, (char)128, (char)248, 64);
  const __m256i mask = TWICE(0, 8, 0, 8, 0, 12, 0, 14), step = TWICE(0, 16, 16, 16, 32, 32, 64, 64);
  const __m256i few = TABLE(0, 8, 16, 24, 32, 40, 48, 56, (char)184, (char)185, (char)186, (char)187, (char)188,
                            (char)189, (char)190, (char)191);
  const __m256i larger = TWICE(0, 8, 0, 0, 0, 0, 0, 0);
#undef TWICE
#undef TABLE
  const __m256i nibble = _mm256_set1_epi8(15), sign = _mm256_set1_epi16((short)0x8000);
  const __m256i low = _mm256_set1_epi16(0xff), sixteen = _mm256_set1_epi8(16);
  __m256i c = _mm256_and_si256(v, _mm256_set1_epi8(0x7f));
  __m256i r = _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble), x = _mm256_and_si256(v, nibble);
  x = _mm256_xor_si256(x, _mm256_shuffle_epi8(mask, r));
  /* an index with its top bit set gives 0: from 16 on */
  __m256i b = _mm256_add_epi8(_mm256_shuffle_epi8(base, r),
                              _mm256_shuffle_epi8(few, _mm256_adds_epu8(c, _mm256_set1_epi8(0x70))));
  b = _mm256_add_epi8(b, _mm256_and_si256(x, _mm256_shuffle_epi8(larger, r)));
  __m256i factor = _mm256_shuffle_epi8(step, r);
#define SUM(these) \
  _mm256_add_epi16(_mm256_maddubs_epi16(b, _mm256_and_si256(sixteen, these)), \
                   _mm256_maddubs_epi16(x, _mm256_and_si256(factor, these)))
  *even = _mm256_or_si256(SUM(low), _mm256_and_si256(_mm256_slli_epi16(v, 8), sign));
  *odd = _mm256_or_si256(SUM(_mm256_slli_epi16(low, 8)), _mm256_and_si256(v, sign));
#undef SUM
}

#endif
