/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lhs_int8.h: the op lhs_int8, for AVX2 and AVX-512 BW; the including file defines its name, LOWPK_LHS_INT8. One tile of 64 codes at
 * a time, in their canonical order: nibbles and 6-bit codes are first spread to bytes, then looked up as in decode_int8.h.
 */
#include "kernels/x86/decode_int8.h"
#include "kernels/generic/panel.h"

/* 64 codes in 128-bit pieces: what a lane of AVX2 or AVX-512 can shuffle. */
enum { LHS_TILE = 64 };

/* 32 bytes of nibbles to 64 codes: the low one of a byte first. */
LOWPK_INLINE void lhs_spread4(const uint8_t *codes, uint8_t *out) {
  const __m128i low = _mm_set1_epi8(0x0f);
  for (size_t i = 0; i < 2; i++) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(codes + i * 16));
    __m128i a = _mm_and_si128(v, low), b = _mm_and_si128(_mm_srli_epi16(v, 4), low);
    _mm_storeu_si128((__m128i *)(void *)(out + i * 32), _mm_unpacklo_epi8(a, b));
    _mm_storeu_si128((__m128i *)(void *)(out + i * 32 + 16), _mm_unpackhi_epi8(a, b));
  }
}

/*
 * 48 bytes to 64 codes of 6 bits. Three bytes are four codes: put into 32 bits, the codes are moved to their bytes. The load of the
 * last 12 bytes is one of 8 and one of 4, so that nothing behind them is read.
 */
LOWPK_INLINE void lhs_spread6(const uint8_t *codes, uint8_t *out) {
  const __m128i triples = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
  for (size_t i = 0; i < 4; i++) {
    int32_t last;
    memcpy(&last, codes + i * 12 + 8, sizeof last);
    __m128i v = _mm_insert_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(codes + i * 12)), last, 2);
    v = _mm_shuffle_epi8(v, triples);
    __m128i a = _mm_and_si128(v, _mm_set1_epi32(0x0000003f));
    __m128i b = _mm_and_si128(_mm_slli_epi32(v, 2), _mm_set1_epi32(0x00003f00));
    __m128i c = _mm_and_si128(_mm_slli_epi32(v, 4), _mm_set1_epi32(0x003f0000));
    __m128i d = _mm_and_si128(_mm_slli_epi32(v, 6), _mm_set1_epi32(0x3f000000));
    _mm_storeu_si128((__m128i *)(void *)(out + i * 16), _mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d)));
  }
}

/* A tile that is whole: its integers in place. HiF4: word is the scale of these 64. */
LOWPK_INLINE void lhs_tile_of(lowp_element id, const uint8_t *codes, uint32_t word, int8_t *out) {
  uint8_t bytes[LHS_TILE];
  if (id == LOWP_INT8 || id == LOWP_MXINT8) {
    memcpy(out, codes, LHS_TILE);
    return;
  }
  if (id == LOWP_E2M3)
    lhs_spread6(codes, bytes);
  else
    lhs_spread4(codes, bytes);
  const int8_t *table = id == LOWP_INT4   ? lowpk_int4_integers
                        : id == LOWP_S1P2 ? lowpk_s1p2_integers
                                          : lowpk_e2m1_integers;
  for (size_t h = 0; h < LHS_TILE; h += 32) {
    __m256i c = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + h)), x;
    if (id == LOWP_E2M3) {
      const __m256i low = _mm256_and_si256(c, _mm256_set1_epi8(0x0f));
      const __m256i small =
          _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)lowpk_e2m3_integers));
      const __m256i large =
          _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(lowpk_e2m3_integers + 16)));
      /* Bits 4 and 5 as signs of bytes: the shifts of words bring in bits of the neighbour below them only. */
      x = _mm256_blendv_epi8(_mm256_shuffle_epi8(small, low), _mm256_shuffle_epi8(large, low), _mm256_slli_epi16(c, 3));
      __m256i minus = _mm256_cmpgt_epi8(c, _mm256_set1_epi8(0x1f));
      x = _mm256_sub_epi8(_mm256_xor_si256(x, minus), minus);
    } else {
      x = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table)), c);
    }
    if (id == LOWP_S1P2) {
      /* Element i: bit 8 + i / 8 and bit 16 + i / 4 of the word. 64-bit pieces are 8 elements, 32-bit ones 4. */
      const __m256i w = _mm256_set1_epi32((int)word), first = _mm256_set1_epi32((int)(h / 4));
      const __m256i four = _mm256_add_epi32(first, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
      const __m256i one = _mm256_set1_epi32(1), all = _mm256_setzero_si256();
      __m256i b4 = _mm256_and_si256(_mm256_srlv_epi32(w, _mm256_add_epi32(four, _mm256_set1_epi32(16))), one);
      __m256i b8 = _mm256_and_si256(
          _mm256_srlv_epi32(w, _mm256_add_epi32(_mm256_srli_epi32(four, 1), _mm256_set1_epi32(8))), one);
      x = _mm256_add_epi8(x, _mm256_and_si256(x, _mm256_sub_epi32(all, b8)));
      x = _mm256_add_epi8(x, _mm256_and_si256(x, _mm256_sub_epi32(all, b4)));
    }
    _mm256_storeu_si256((__m256i *)(void *)(out + h), x);
  }
}

/* Sum of 64 integers: as bytes without a sign, 128 more each. */
LOWPK_INLINE int32_t lhs_sum(const int8_t *v) {
  const __m256i flip = _mm256_set1_epi8((char)0x80), zero = _mm256_setzero_si256();
  __m256i a = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(const void *)v), flip);
  __m256i b = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(const void *)(v + 32)), flip);
  __m256i s = _mm256_add_epi64(_mm256_sad_epu8(a, zero), _mm256_sad_epu8(b, zero));
  __m128i t = _mm_add_epi64(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
  return (int32_t)(_mm_cvtsi128_si64(t) + _mm_extract_epi64(t, 1)) - LHS_TILE * 128;
}

#include "kernels/simd/lhs_int8.h"
