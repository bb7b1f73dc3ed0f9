/* SPDX-License-Identifier: Apache-2.0 */
/*
 * few_quads_avx2.h: what gemm_f32_few_avx2.c decodes in registers. A *quad* is four k of eight rows: a vector of bytes,
 * four for each row, from which a shift, a mask or a byte shuffle takes one k at a time. Two forms:
 *
 *   integers   elements times a power of two that are integers of a byte; such a byte alone at the top of its lane is
 *              converted to f32: element * 2^unit
 *   halves     minifloats of a byte, moved to where sign, exponent and mantissa are in f32, in two vectors of halves: k
 *              and k + 2, k + 1 and k + 3. The bias of the exponent is not corrected: element * 2^unit, with a unit
 *              below zero. Codes that are subnormal become subnormal numbers of f32, which are exact unless the process
 *              flushes them; some CPUs take long for such a factor, but where scales come from the largest value one
 *              code in thousands is one.
 */
#ifndef LOWPK_X86_FEW_QUADS_AVX2_H
#define LOWPK_X86_FEW_QUADS_AVX2_H

#include "kernels/gemm_f32.h"
#include <immintrin.h>

typedef enum few_kind {
  FEW_NONE, /* not for these kernels */
  FEW_MX_E2M1,
  FEW_MX_E2M3,
  FEW_MX_INT8,
  FEW_MX_E4M3,
  FEW_MX_E5M2,
  FEW_NVFP4,
  FEW_HIF4,
  FEW_INT4,
  FEW_INT8,
  FEW_INT8_G,
  FEW_E4M3,
  FEW_E5M2,
  FEW_KINDS
} few_kind;

/* How block scales come in: not at all, by dividing the sums by a power of two, or by a product with each element. */
typedef enum few_scaling { FEW_OUTER, FEW_DIVIDE, FEW_MULTIPLY } few_scaling;

typedef struct few_traits {
  few_scaling scaling;
  int unit;       /* what comes out of a quad is element * 2^unit */
  int shift;      /* x is multiplied by 2^shift, to bring products back into range */
  int halves;     /* minifloats in halves: how far right of the top of a half */
  unsigned quads; /* in a group of words: */
  unsigned words; /* 64 bytes each */
  unsigned block; /* k to the next scale */
} few_traits;

LOWPK_TILE_INLINE few_traits few_traits_of(few_kind kind) {
  switch (kind) {
  case FEW_MX_E2M1:
    return (few_traits){FEW_DIVIDE, 25, 0, 0, 2, 1, 32};
  case FEW_MX_E2M3:
    return (few_traits){FEW_DIVIDE, 27, 0, 0, 4, 3, 32};
  case FEW_MX_INT8:
    return (few_traits){FEW_DIVIDE, 30, 0, 0, 1, 1, 32};
  case FEW_MX_E4M3:
    return (few_traits){FEW_DIVIDE, -120, 96, 4, 1, 1, 32};
  case FEW_MX_E5M2:
    return (few_traits){FEW_DIVIDE, -112, 96, 3, 1, 1, 32};
  case FEW_NVFP4:
    return (few_traits){FEW_MULTIPLY, 25, 0, 0, 2, 1, 16};
  case FEW_HIF4:
    return (few_traits){FEW_MULTIPLY, 26, 0, 0, 2, 1, 64};
  case FEW_INT4:
    return (few_traits){FEW_MULTIPLY, 24, 0, 0, 2, 1, 32};
  case FEW_INT8_G:
    return (few_traits){FEW_MULTIPLY, 24, 0, 0, 1, 1, 32};
  case FEW_E4M3:
    return (few_traits){FEW_OUTER, -120, 96, 4, 1, 1, LOWPK_STEP};
  case FEW_E5M2:
    return (few_traits){FEW_OUTER, -112, 96, 3, 1, 1, LOWPK_STEP};
  default:
    return (few_traits){FEW_OUTER, 24, 0, 0, 1, 1, LOWPK_STEP};
  }
}

LOWPK_TILE_INLINE __m256i few_load32(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
LOWPK_TILE_INLINE __m128i few_load16(const uint8_t *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }
LOWPK_TILE_INLINE __m128i few_load8(const uint8_t *p) { return _mm_loadl_epi64((const __m128i *)(const void *)p); }

/* Integers of 16 codes; of E2M3 what those from 16 on are more than their low nibble. */
LOWPK_TILE_INLINE __m256i few_table(few_kind kind) {
  switch (kind) {
  case FEW_HIF4:
    return _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 0, -1, -2, -3, -4, -5, -6, -7));
  case FEW_INT4:
    return _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1));
  case FEW_MX_E2M3:
    return _mm256_broadcastsi128_si256(_mm_setr_epi8(16, 17, 18, 19, 20, 21, 22, 23, 24, 27, 30, 33, 36, 39, 42, 45));
  default:
    return _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12));
  }
}

/* Two bits of each byte, sign and larger exponent bit, to its top, whatever is below. */
LOWPK_TILE_INLINE __m256i few_top_bits(__m256i bits, int quad) {
  return quad < 3 ? _mm256_slli_epi16(bits, 6 - 2 * quad) : bits;
}

/* From the top bytes of halves, with their signs at the top still. */
LOWPK_TILE_INLINE __m256i few_place(int right, __m256i v) {
  return _mm256_and_si256(_mm256_srai_epi16(v, right), _mm256_set1_epi16((short)(0x8000 | 0x7f00 >> right)));
}

/* Quad q of a group: integers, or k and k + 2 of a minifloat. p: its words for the eight rows. */
LOWPK_TILE_INLINE __m256i few_quad(few_kind kind, __m256i table, const uint8_t *p, int q) {
  const __m256i nibble = _mm256_set1_epi8(15);
  const few_traits t = few_traits_of(kind);
  if (t.halves) {
    return few_place(t.halves, _mm256_slli_epi16(few_load32(p), 8));
  }
  if (t.words == 1 && t.quads == 1) return few_load32(p);
  __m256i v = few_load32(p + q / 2 * 64), low = _mm256_and_si256(q % 2 ? _mm256_srli_epi16(v, 4) : v, nibble);
  if (t.words == 1) return _mm256_shuffle_epi8(table, low);
  /* An index with its top bit set gives 0: codes below 16 are their integers. The sign of a zero changes nothing. */
  const __m256i top = _mm256_set1_epi8((char)0x80), one = _mm256_set1_epi8(1);
  __m256i bits = few_load32(p + 128), large = _mm256_slli_epi16(few_top_bits(bits, q), 1);
  __m256i index = _mm256_or_si256(low, _mm256_andnot_si256(large, top));
  __m256i magnitude = _mm256_add_epi8(low, _mm256_shuffle_epi8(table, index));
  return _mm256_sign_epi8(magnitude, _mm256_or_si256(few_top_bits(bits, q), one));
}

/* k + 1 and k + 3 of a minifloat. */
LOWPK_TILE_INLINE __m256i few_odd(few_kind kind, const uint8_t *p) {
  return few_place(few_traits_of(kind).halves, few_load32(p));
}

/* Element b of a quad, times 2^unit. */
LOWPK_TILE_INLINE __m256 few_element(few_kind kind, __m256i quad, __m256i odd, int b) {
  const __m256i upper = _mm256_set1_epi32((int)0xff000000);
  if (few_traits_of(kind).halves) {
    __m256i pair = b & 1 ? odd : quad;
    return _mm256_castsi256_ps(b & 2 ? _mm256_and_si256(pair, _mm256_set1_epi32((int)0xffff0000))
                                     : _mm256_slli_epi32(pair, 16));
  }
  if (b == 3) return _mm256_cvtepi32_ps(_mm256_and_si256(quad, upper));
  /* byte b of each lane to the top, zeros below */
  const char n = (char)0x80, c = (char)b;
#define LANE(i) n, n, n, (char)(4 * (i) + c)
  const __m256i at = _mm256_setr_epi8(LANE(0), LANE(1), LANE(2), LANE(3), LANE(0), LANE(1), LANE(2), LANE(3));
#undef LANE
  return _mm256_cvtepi32_ps(_mm256_shuffle_epi8(quad, at));
}

/* E4M3 by way of FP16, which has the same fields further left and a bias larger by 8. */
LOWPK_TILE_INLINE __m256 few_e4m3(__m128i codes) {
  __m128i c = _mm_cvtepi8_epi16(codes); /* the sign is in bit 15 already */
  c = _mm_or_si128(_mm_slli_epi16(_mm_and_si128(c, _mm_set1_epi16(0x7f)), 7),
                   _mm_and_si128(c, _mm_set1_epi16((short)0x8000)));
  return _mm256_mul_ps(_mm256_cvtph_ps(c), _mm256_set1_ps(256.0f));
}

/* Scales to multiply by, of 8 rows, times 2^-unit; p: those of the block for these rows. Of HiF4 the E6M2 alone. */
LOWPK_TILE_INLINE __m256 few_scale(few_kind kind, const uint8_t *p) {
  switch (kind) {
  case FEW_NVFP4:
    return _mm256_mul_ps(few_e4m3(few_load8(p)), _mm256_set1_ps(0x1p-25f));
  case FEW_HIF4: {
    __m256i c = _mm256_slli_epi32(_mm256_and_si256(few_load32(p), _mm256_set1_epi32(0xff)), 21);
    return _mm256_castsi256_ps(_mm256_add_epi32(c, _mm256_set1_epi32((127 - 48 - 26) << 23)));
  }
  default:
    return _mm256_mul_ps(_mm256_cvtph_ps(few_load16(p)), _mm256_set1_ps(0x1p-24f));
  }
}

/*
 * The exponents of HiF4 for its sixteen groups of four k, 2 bits each, group i at bit 2 i: bit 16 + i of the word, plus
 * bit 8 + i / 2. Bits move apart by halves: of the first from bit i to 2 i, of the second to 4 i.
 */
LOWPK_TILE_INLINE __m256i few_hif4_exponents(__m256i word) {
#define SPREAD(v, n, mask) _mm256_and_si256(_mm256_or_si256(v, _mm256_slli_epi32(v, n)), _mm256_set1_epi32(mask))
  __m256i four = _mm256_srli_epi32(word, 16),
          eight = _mm256_and_si256(_mm256_srli_epi32(word, 8), _mm256_set1_epi32(255));
  four = SPREAD(four, 8, 0x00ff00ff);
  four = SPREAD(four, 4, 0x0f0f0f0f);
  four = SPREAD(four, 2, 0x33333333);
  four = SPREAD(four, 1, 0x55555555);
  eight = SPREAD(eight, 12, 0x000f000f);
  eight = SPREAD(eight, 6, 0x03030303);
  eight = SPREAD(eight, 3, 0x11111111);
#undef SPREAD
  return _mm256_add_epi32(four, _mm256_add_epi32(eight, _mm256_slli_epi32(eight, 2)));
}

/* s * 2^(exponent of group i), which is below 4. */
LOWPK_TILE_INLINE __m256 few_hif4_scale(__m256 s, __m256i exponents, int i) {
  __m256i e = _mm256_and_si256(_mm256_slli_epi32(exponents, 23 - 2 * i), _mm256_set1_epi32(3 << 23));
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(s), e));
}

#endif
