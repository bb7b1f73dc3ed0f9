/* SPDX-License-Identifier: Apache-2.0 */
/* decode_fp4.h: steps of MXFP4 and NVFP4; see decode_bf16.h. A word is four rows, in nibbles 0, 2, 1, 3 of the halves. */
#ifndef LOWPK_X86_DECODE_FP4_H
#define LOWPK_X86_DECODE_FP4_H

#include "kernels/x86/decode_sink.h"

/* E2M1 / 2^127. The table has 32 entries and its halves are equal: bits above the nibble need not be cleared. */
static const uint16_t lowpk_mxfp4_table[32] = {0x0000, 0xff80, 0x0000, 0x0040, 0x0080, 0x00c0, 0x0100, 0x0140,
                                               0x8000, 0x7f80, 0x8000, 0x8040, 0x8080, 0x80c0, 0x8100, 0x8140,
                                               0x0000, 0xff80, 0x0000, 0x0040, 0x0080, 0x00c0, 0x0100, 0x0140,
                                               0x8000, 0x7f80, 0x8000, 0x8040, 0x8080, 0x80c0, 0x8100, 0x8140};

/* Zero codes, found in the packed word itself, keep what the table says: their sign. */
LOWPK_INLINE void lowpk_mxfp4_row(lowpk_sink to, size_t r, __m512i word, __m512i shifted, int bits, __m512i table,
                                  __m512i d) {
  __m512i x = _mm512_permutexvar_epi16(shifted, table);
  lowpk_put(to, r, _mm512_mask_add_epi16(x, _mm512_test_epi16_mask(word, _mm512_set1_epi16((short)bits)), x, d));
}
LOWPK_INLINE void lowpk_step_mxfp4(const uint8_t *step, lowpk_sink to) {
  const __m512i table = lowpk_tab(lowpk_mxfp4_table);
  for (size_t b = 0; b < 4; b++) {
    __m512i d = lowpk_mx_addend(step + b * 16);
    for (size_t i = 0; i < 4; i++) {
      __m512i w = lowpk_load(step + 64 + (b * 4 + i) * 64);
      size_t r = (b * 4 + i) * 4;
      lowpk_mxfp4_row(to, r + 0, w, w, 0x0007, table, d);
      lowpk_mxfp4_row(to, r + 1, w, _mm512_srli_epi16(w, 8), 0x0700, table, d);
      lowpk_mxfp4_row(to, r + 2, w, _mm512_srli_epi16(w, 4), 0x0070, table, d);
      lowpk_mxfp4_row(to, r + 3, w, _mm512_srli_epi16(w, 12), 0x7000, table, d);
    }
  }
}

/*
 * NVFP4. In bf16 bits a normal E4M3 code c is c << 4, plus the difference 120 of the biases, which the table has together with
 * the sign and the power of two of the E2M1 code. A significand of 1.5 adds X(c), of the mantissa of c alone: 1.5 * 1.m - 1.m
 * in bf16 bits. So the rest is a dot product of two bytes: (16, 0), (16, 1) or for zeros (0, 0) by the code, (c, X) by the lane.
 */
static const uint16_t lowpk_nvfp4_table[32] = {0x0000, 0x3b80, 0x3c00, 0x3c00, 0x3c80, 0x3c80, 0x3d00, 0x3d00,
                                               0x8000, 0xbb80, 0xbc00, 0xbc00, 0xbc80, 0xbc80, 0xbd00, 0xbd00,
                                               0x0000, 0x3b80, 0x3c00, 0x3c00, 0x3c80, 0x3c80, 0x3d00, 0x3d00,
                                               0x8000, 0xbb80, 0xbc00, 0xbc00, 0xbc80, 0xbc80, 0xbd00, 0xbd00};
static const uint16_t lowpk_nvfp4_weights[32] = {0x0000, 0x0010, 0x0010, 0x0110, 0x0010, 0x0110, 0x0010, 0x0110,
                                                 0x0000, 0x0010, 0x0010, 0x0110, 0x0010, 0x0110, 0x0010, 0x0110,
                                                 0x0000, 0x0010, 0x0010, 0x0110, 0x0010, 0x0110, 0x0010, 0x0110,
                                                 0x0000, 0x0010, 0x0010, 0x0110, 0x0010, 0x0110, 0x0010, 0x0110};

LOWPK_INLINE __m512i lowpk_nvfp4_row(__m512i shifted, __m512i table, __m512i weights, __m512i lane) {
  return _mm512_add_epi16(_mm512_permutexvar_epi16(shifted, table),
                          _mm512_maddubs_epi16(_mm512_permutexvar_epi16(shifted, weights), lane));
}

/* E4M3 bytes as f32, of any sign, zero and subnormal too; no NaN. */
LOWPK_INLINE __m512 lowpk_e4m3_f32(const uint8_t *bytes) {
  __m512i c = _mm512_cvtepu8_epi32(_mm_load_si128((const __m128i *)(const void *)bytes));
  __m512i magnitude = _mm512_and_si512(c, _mm512_set1_epi32(0x7f));
  __m512i sign = _mm512_slli_epi32(_mm512_and_si512(c, _mm512_set1_epi32(0x80)), 24);
  __m512 tiny = _mm512_mul_ps(_mm512_cvtepi32_ps(magnitude), _mm512_set1_ps(0x1p-9f));
  __m512i normal = _mm512_add_epi32(_mm512_slli_epi32(magnitude, 20), _mm512_set1_epi32(120 << 23));
  __mmask16 small = _mm512_cmplt_epu32_mask(magnitude, _mm512_set1_epi32(8));
  return _mm512_castsi512_ps(_mm512_or_si512(_mm512_mask_mov_epi32(normal, small, _mm512_castps_si512(tiny)), sign));
}

LOWPK_INLINE __m512 lowpk_e2m1_f32(__m512i nibbles) {
  const __m512 table = _mm512_setr_ps(0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 6.0f, -0.0f, -0.5f, -1.0f, -1.5f, -2.0f,
                                      -3.0f, -4.0f, -6.0f);
  return _mm512_permutexvar_ps(nibbles, table);
}

/* One word, four rows, by f32 products. */
LOWPK_INLINE void lowpk_nvfp4_by_products(lowpk_sink to, size_t r, __m512i w, __m512 scale) {
  __m512 x[8];
#define VALUE(j) _mm512_mul_ps(lowpk_e2m1_f32(_mm512_srli_epi32(w, 4 * (j))), scale)
  x[0] = VALUE(0), x[1] = VALUE(2), x[2] = VALUE(4), x[3] = VALUE(6);
  x[4] = VALUE(1), x[5] = VALUE(3), x[6] = VALUE(5), x[7] = VALUE(7);
#undef VALUE
  lowpk_put_f32(to, r + 0, x[0], x[2]);
  lowpk_put_f32(to, r + 1, x[1], x[3]);
  lowpk_put_f32(to, r + 2, x[4], x[6]);
  lowpk_put_f32(to, r + 3, x[5], x[7]);
}

LOWPK_INLINE void lowpk_step_nvfp4(const uint8_t *step, lowpk_sink to) {
  /* Zero, subnormal and negative scales are rare, and the bits above do not add up for them. */
  const __m512i smallest = _mm512_set1_epi8(8), range = _mm512_set1_epi8(0x78);
  __mmask64 ordinary = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(lowpk_load(step), smallest), range) &
                       _mm512_cmplt_epu8_mask(_mm512_sub_epi8(lowpk_load(step + 64), smallest), range);
  if (ordinary != ~(__mmask64)0) {
    for (size_t i = 0; i < 16; i++)
      lowpk_nvfp4_by_products(to, i * 4, lowpk_load(step + 128 + i * 64), lowpk_e4m3_f32(step + i / 2 * 16));
    return;
  }
  const __m512i table = lowpk_tab(lowpk_nvfp4_table), weights = lowpk_tab(lowpk_nvfp4_weights);
  const __m512i x = _mm512_broadcast_i32x4(_mm_setr_epi8(64, 72, 80, 84, 80, 76, 72, 68, 64, 72, 80, 84, 80, 76, 72,
                                                         68)); /* twice: bit 3 of c is not its mantissa */
  for (size_t b = 0; b < 8; b++) {
    __m512i c = lowpk_spread(step + b * 16, 0);
    __m512i lane = _mm512_mask_shuffle_epi8(c, 0xaaaaaaaaaaaaaaaau, x, c);
    for (size_t i = 0; i < 2; i++) {
      __m512i w = lowpk_load(step + 128 + (b * 2 + i) * 64);
      size_t r = (b * 2 + i) * 4;
      lowpk_put(to, r + 0, lowpk_nvfp4_row(w, table, weights, lane));
      lowpk_put(to, r + 1, lowpk_nvfp4_row(_mm512_srli_epi16(w, 8), table, weights, lane));
      lowpk_put(to, r + 2, lowpk_nvfp4_row(_mm512_srli_epi16(w, 4), table, weights, lane));
      lowpk_put(to, r + 3, lowpk_nvfp4_row(_mm512_srli_epi16(w, 12), table, weights, lane));
    }
  }
}

#endif
