/* SPDX-License-Identifier: Apache-2.0 */
/* decode_fp6.h: steps of MXFP6; see decode_bf16.h. Three words are eight rows. */
#ifndef LOWPK_X86_DECODE_FP6_H
#define LOWPK_X86_DECODE_FP6_H

#include "kernels/x86/decode_sink.h"
#include "kernels/simd/unroll.h"

/* bf16 of the magnitudes of 5 bits, times 2^-127 modulo 2^16, as MXFP4 has them. */
static const uint16_t lowpk_e2m3_table[32] = {0x0000, 0xfe80, 0xff00, 0xff40, 0xff80, 0xffa0, 0xffc0, 0xffe0,
                                              0x0000, 0x0010, 0x0020, 0x0030, 0x0040, 0x0050, 0x0060, 0x0070,
                                              0x0080, 0x0090, 0x00a0, 0x00b0, 0x00c0, 0x00d0, 0x00e0, 0x00f0,
                                              0x0100, 0x0110, 0x0120, 0x0130, 0x0140, 0x0150, 0x0160, 0x0170};
static const uint16_t lowpk_e3m2_table[32] = {0x0000, 0xfe00, 0xfe80, 0xfec0, 0xff00, 0xff20, 0xff40, 0xff60,
                                              0xff80, 0xffa0, 0xffc0, 0xffe0, 0x0000, 0x0020, 0x0040, 0x0060,
                                              0x0080, 0x00a0, 0x00c0, 0x00e0, 0x0100, 0x0120, 0x0140, 0x0160,
                                              0x0180, 0x01a0, 0x01c0, 0x01e0, 0x0200, 0x0220, 0x0240, 0x0260};

/* Two rows of four codes of 6 bits, in bytes whose upper bits are anything. nonzero: bits of the magnitude. */
LOWPK_INLINE void lowpk_fp6_rows(lowpk_sink to, size_t r, __m512i c, __m512i table, __m512i d) {
  __m512i x[2];
  __m512i lower = c, upper = _mm512_srli_epi16(c, 8);
  const __m512i sign = _mm512_set1_epi16((short)0x8000);
  /* The sign is bit 5 of the code. In the table it is added, not set: above it nothing is left. */
  x[0] = _mm512_add_epi16(_mm512_permutexvar_epi16(lower, table), _mm512_and_si512(_mm512_slli_epi16(c, 10), sign));
  x[1] = _mm512_add_epi16(_mm512_permutexvar_epi16(upper, table), _mm512_and_si512(_mm512_slli_epi16(c, 2), sign));
  x[0] = _mm512_mask_add_epi16(x[0], _mm512_test_epi16_mask(c, _mm512_set1_epi16(0x001f)), x[0], d);
  x[1] = _mm512_mask_add_epi16(x[1], _mm512_test_epi16_mask(c, _mm512_set1_epi16(0x1f00)), x[1], d);
  lowpk_put(to, r, x[0]);
  lowpk_put(to, r + 1, x[1]);
}

/* With a table for each byte of the bf16 value instead, by the whole code: fewer steps from codes to rows. */
#if defined(__AVX512VBMI__)
LOWPK_INLINE void lowpk_fp6_tables(const uint16_t table[32], __m512i *lower, __m512i *upper) {
  __m512i words = lowpk_tab(table);
  __m256i l = _mm512_cvtepi16_epi8(words), u = _mm512_cvtepi16_epi8(_mm512_srli_epi16(words, 8));
  *lower = _mm512_broadcast_i64x4(l);
  *upper =
      _mm512_inserti64x4(_mm512_castsi256_si512(u), _mm256_xor_si256(u, _mm256_set1_epi8((char)0x80)), 1); /* signs */
}
LOWPK_INLINE void lowpk_fp6_bytes(lowpk_sink to, size_t r, __m512i c, __m512i lower, __m512i upper, __m512i d) {
  __m512i x[2];
  lowpk_put_bytes(_mm512_permutexvar_epi8(c, lower), _mm512_permutexvar_epi8(c, upper), x);
  lowpk_put(to, r, _mm512_mask_add_epi16(x[0], _mm512_test_epi16_mask(c, _mm512_set1_epi16(0x001f)), x[0], d));
  lowpk_put(to, r + 1, _mm512_mask_add_epi16(x[1], _mm512_test_epi16_mask(c, _mm512_set1_epi16(0x1f00)), x[1], d));
}
#endif

/* Codes k + 4j .. k + 4j + 3 of 16, as bytes: nibbles below, their bits of the third word above. */
LOWPK_INLINE void lowpk_fp6_codes(const uint8_t *words, __m512i c[4]) {
  const __m512i low = _mm512_set1_epi8(0x0f);
  __m512i a = lowpk_load(words), b = lowpk_load(words + 64), top = lowpk_load(words + 128);
  c[0] = lowpk_select(low, a, _mm512_slli_epi16(top, 4));
  c[1] = lowpk_select(low, _mm512_srli_epi16(a, 4), _mm512_slli_epi16(top, 2));
  c[2] = lowpk_select(low, b, top);
  c[3] = lowpk_select(low, _mm512_srli_epi16(b, 4), _mm512_srli_epi16(top, 2));
}

LOWPK_INLINE void lowpk_step_mxfp6(lowp_element id, const uint8_t *step, lowpk_sink to) {
  const uint16_t *table = id == LOWP_E2M3 ? lowpk_e2m3_table : lowpk_e3m2_table;
#if defined(__AVX512VBMI__)
  __m512i lower, upper;
  lowpk_fp6_tables(table, &lower, &upper);
#else
  const __m512i words = lowpk_tab(table);
#endif
  for (size_t i = 0; i < 8; i++) {
    __m512i d = lowpk_mx_addend(step + i / 2 * 16), c[4];
    lowpk_fp6_codes(step + 64 + i * 192, c);
    VEC_UNROLL
    for (size_t j = 0; j < 4; j++) {
#if defined(__AVX512VBMI__)
      lowpk_fp6_bytes(to, i * 8 + j * 2, c[j], lower, upper, d);
#else
      lowpk_fp6_rows(to, i * 8 + j * 2, c[j], words, d);
#endif
    }
  }
}

#endif
