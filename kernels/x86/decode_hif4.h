/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_hif4.h: steps of HiFloat4; see decode_bf16.h. The product of S1P2, 2 bits and a sign, and the 2 mantissa bits of E6M2 has
 * 6 bits, and comes from a table of both. The rest is powers of two: the exponent of E6M2, one bit for 8 elements, one for 4.
 */
#ifndef LOWPK_X86_DECODE_HIF4_H
#define LOWPK_X86_DECODE_HIF4_H

#include "kernels/x86/decode_sink.h"

/* By code | mantissa << 4: sign, 2 bits of exponent (0: 2^-2), 5 bits of mantissa of the product. */
static const uint8_t lowpk_hif4_products[64] = {
    0x00, 0x00, 0x20, 0x30, 0x40, 0x48, 0x50, 0x58, 0x80, 0x80, 0xa0, 0xb0, 0xc0, 0xc8, 0xd0, 0xd8,
    0x00, 0x08, 0x28, 0x3c, 0x48, 0x52, 0x5c, 0x63, 0x80, 0x88, 0xa8, 0xbc, 0xc8, 0xd2, 0xdc, 0xe3,
    0x00, 0x10, 0x30, 0x44, 0x50, 0x5c, 0x64, 0x6a, 0x80, 0x90, 0xb0, 0xc4, 0xd0, 0xdc, 0xe4, 0xea,
    0x00, 0x18, 0x38, 0x4a, 0x58, 0x63, 0x6a, 0x71, 0x80, 0x98, 0xb8, 0xca, 0xd8, 0xe3, 0xea, 0xf1};

/* codes: nibbles; mantissa: that of the lane's scale in bits 4 and 5 of each byte. */
LOWPK_INLINE __m512i lowpk_hif4_lookup(__m512i codes, __m512i mantissa) {
  const __m512i low = _mm512_set1_epi8(0x0f);
#if defined(__AVX512VBMI__)
  return _mm512_permutexvar_epi8(lowpk_select(low, codes, mantissa), _mm512_loadu_si512(lowpk_hif4_products));
#else /* four tables of 16; the index of a byte with its top bit set would give 0 */
  const __m512i nibbles = _mm512_and_si512(codes, low);
  __m512i x = _mm512_setzero_si512();
#define PART(j) \
  x = _mm512_mask_shuffle_epi8( \
      x, _mm512_cmpeq_epi8_mask(mantissa, _mm512_set1_epi8((j)*16)), \
      _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)(lowpk_hif4_products + (j)*16))), nibbles)
  PART(0), PART(1), PART(2), PART(3);
#undef PART
  return x;
#endif
}

/* Two rows from four products in bytes, of the codes that `bits` select in w. d: bf16 exponents for product exponent 0. */
LOWPK_INLINE void lowpk_hif4_rows(lowpk_sink to, size_t r, __m512i products, __m512i w, int bits, __m512i d) {
  const __m512i mask = _mm512_set1_epi16((short)0x81fc);
  __m512i x0 = _mm512_and_si512(_mm512_srai_epi16(_mm512_slli_epi16(products, 8), 6), mask);
  __m512i x1 = _mm512_and_si512(_mm512_srai_epi16(products, 6), mask);
  __mmask32 nonzero0 = _mm512_test_epi16_mask(w, _mm512_set1_epi16((short)bits));
  __mmask32 nonzero1 = _mm512_test_epi16_mask(w, _mm512_set1_epi16((short)(bits << 8)));
  lowpk_put(to, r, _mm512_mask_add_epi16(x0, nonzero0, x0, d));
  lowpk_put(to, r + 1, _mm512_mask_add_epi16(x1, nonzero1, x1, d));
}

/* 8 k: `bit` says where the exponent bits of this word are. */
LOWPK_INLINE void lowpk_hif4_word(lowpk_sink to, size_t r, __m512i w, __m512i scale, __m512i mantissa, __m512i d,
                                  int i) {
  const __m512i one = _mm512_set1_epi32(0x00800080); /* of a bf16 exponent, in both halves */
  d = _mm512_mask_add_epi32(d, _mm512_test_epi32_mask(scale, _mm512_set1_epi32(1 << (8 + i))), d, one);
  __m512i d0 = _mm512_mask_add_epi32(d, _mm512_test_epi32_mask(scale, _mm512_set1_epi32(1 << (16 + 2 * i))), d, one);
  __m512i d1 =
      _mm512_mask_add_epi32(d, _mm512_test_epi32_mask(scale, _mm512_set1_epi32((int)(2u << (16 + 2 * i)))), d, one);
  lowpk_hif4_rows(to, r, lowpk_hif4_lookup(w, mantissa), w, 0x0007, d0);
  lowpk_hif4_rows(to, r + 2, lowpk_hif4_lookup(_mm512_srli_epi16(w, 4), mantissa), w, 0x0070, d1);
}

LOWPK_INLINE void lowpk_step_hif4(const uint8_t *step, lowpk_sink to) {
  for (size_t b = 0; b < 2; b++) {
    const uint8_t *words = step + 128 + b * 512;
    const size_t r = b * 32;
    __m512i scale = lowpk_load(step + b * 64);
    /* E6M2 = 2^(E - 48) 1.m; with the 2^-2 above the field of bf16 is E + 77. */
    __m512i e = _mm512_slli_epi32(_mm512_and_si512(scale, _mm512_set1_epi32(0xfc)), 5);
    __m512i d = _mm512_add_epi16(_mm512_or_si512(e, _mm512_slli_epi32(e, 16)), _mm512_set1_epi16(77 << 7));
    __m512i mantissa = _mm512_shuffle_epi8(_mm512_slli_epi32(_mm512_and_si512(scale, _mm512_set1_epi32(3)), 4),
                                           _mm512_set4_epi32(0x0c0c0c0c, 0x08080808, 0x04040404, 0x00000000));
#define WORD(i) lowpk_hif4_word(to, r + 4 * (i), lowpk_load(words + (i)*64), scale, mantissa, d, i)
    WORD(0), WORD(1), WORD(2), WORD(3), WORD(4), WORD(5), WORD(6), WORD(7);
#undef WORD
  }
}

#endif
