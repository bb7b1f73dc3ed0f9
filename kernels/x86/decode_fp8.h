/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_fp8.h: steps of FP8, MXFP8, FP8 with 128 x 128 blocks, HiFloat8, bf16 and fp16; see decode_bf16.h. A word of bytes is two rows,
 * in the lower and the upper bytes of the halves.
 */
#ifndef LOWPK_X86_DECODE_FP8_H
#define LOWPK_X86_DECODE_FP8_H

#include "kernels/tables.h"
#include "kernels/x86/decode_sink.h"

/*
 * A normal code becomes bf16 by a shift that leaves its exponent where bf16 has the low bits of its own, and one addition d: the
 * difference of the biases, and the power of two of the block. Subnormal codes are rare: words without any take the short way.
 */
typedef struct lowpk_fp8 {
  int shift;        /* from the upper byte of a half */
  int mask;         /* sign, exponent, mantissa after it */
  int bias;         /* (127 - bias of the format) << 7 */
  int exponent;     /* of the code */
  uint16_t tiny[8]; /* for mantissa m of a subnormal code: bf16 of its value, less m shifted, less bias */
} lowpk_fp8;

LOWPK_INLINE lowpk_fp8 lowpk_fp8_of(lowp_element id) {
  if (id == LOWP_E5M2) return (lowpk_fp8){3, 0x8fe0, 112 << 7, 0x7c, {0, 0xff60, 0xffc0, 0xffe0, 0, 0, 0, 0}};
  return (lowpk_fp8){4, 0x87f0, 120 << 7, 0x78, {0, 0xfef0, 0xff60, 0xff90, 0xffc0, 0xffd0, 0xffe0, 0xfff0}};
}

/* A row with subnormal codes or zeros. The index of the table is 5 bits: those of the exponent in it are 0 where it is used. */
LOWPK_INLINE __m512i lowpk_fp8_tiny_row(lowpk_fp8 f, __m512i y, __m512i x, __m512i d) {
  const __m512i table = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(const void *)f.tiny));
  __mmask32 nonzero = _mm512_test_epi16_mask(y, _mm512_set1_epi16(0x7f00));
  __mmask32 tiny = _mm512_testn_epi16_mask(y, _mm512_set1_epi16((short)(f.exponent << 8)));
  x = _mm512_mask_add_epi16(x, nonzero, x, d);
  return _mm512_mask_add_epi16(x, tiny, x, _mm512_permutexvar_epi16(_mm512_srli_epi16(y, 8), table));
}

LOWPK_INLINE void lowpk_fp8_rows(lowp_element id, __m512i w, __m512i d, __m512i x[2]) {
  const lowpk_fp8 f = lowpk_fp8_of(id);
  const __m512i mask = _mm512_set1_epi16((short)f.mask);
  __m512i low = _mm512_slli_epi16(w, 8);
  x[0] = _mm512_and_si512(_mm512_srai_epi16(low, (unsigned)f.shift), mask);
  x[1] = _mm512_and_si512(_mm512_srai_epi16(w, (unsigned)f.shift), mask);
  if (__builtin_expect(_mm512_testn_epi8_mask(w, _mm512_set1_epi8((char)f.exponent)) == 0, 1)) {
    x[0] = _mm512_add_epi16(x[0], d);
    x[1] = _mm512_add_epi16(x[1], d);
  } else {
    x[0] = lowpk_fp8_tiny_row(f, low, x[0], d);
    x[1] = lowpk_fp8_tiny_row(f, w, x[1], d);
  }
}

LOWPK_INLINE void lowpk_step_mxfp8(lowp_element id, const uint8_t *step, lowpk_sink to) {
  const __m512i bias = _mm512_set1_epi16((short)(lowpk_fp8_of(id).bias - (127 << 7)));
  for (size_t b = 0; b < 4; b++) {
    __m512i d = _mm512_add_epi16(lowpk_mx_addend(step + b * 16), bias);
    for (size_t i = b * 8; i < b * 8 + 8; i++) {
      __m512i x[2];
      lowpk_fp8_rows(id, lowpk_load(step + 64 + i * 64), d, x);
      lowpk_put(to, i * 2, x[0]);
      lowpk_put(to, i * 2 + 1, x[1]);
    }
  }
}

/* No block scales. */
LOWPK_INLINE void lowpk_step_fp8(lowp_element id, const uint8_t *step, lowpk_sink to) {
  const __m512i bias = _mm512_set1_epi16((short)lowpk_fp8_of(id).bias);
  for (size_t i = 0; i < 32; i++) {
    __m512i x[2];
    lowpk_fp8_rows(id, lowpk_load(step + i * 64), bias, x);
    lowpk_put(to, i * 2, x[0]);
    lowpk_put(to, i * 2 + 1, x[1]);
  }
}

/* An f32 scale of each row for the whole step. */
LOWPK_INLINE void lowpk_step_fp8_block(lowp_element id, const uint8_t *step, lowpk_sink to) {
  const __m512i bias = _mm512_set1_epi16((short)lowpk_fp8_of(id).bias);
  const __m512 scale = _mm512_load_ps(step);
  for (size_t i = 0; i < 32; i++) {
    __m512i x[2];
    lowpk_fp8_rows(id, lowpk_load(step + 64 + i * 64), bias, x);
    for (size_t j = 0; j < 2; j++)
      lowpk_put_f32(to, i * 2 + j, _mm512_mul_ps(lowpk_low_f32(x[j]), scale),
                    _mm512_mul_ps(lowpk_high_f32(x[j]), scale));
  }
}

/* Bytes of a table of 128, by the low seven bits of each byte of w. */
LOWPK_INLINE __m512i lowpk_lookup128(const uint8_t table[128], __m512i w) {
#if defined(__AVX512VBMI__)
  return _mm512_permutex2var_epi8(_mm512_loadu_si512(table), w, _mm512_loadu_si512(table + 64));
#else /* eight tables of 16 */
  const __m512i low = _mm512_and_si512(w, _mm512_set1_epi8(0x0f));
  const __m512i high = _mm512_and_si512(w, _mm512_set1_epi8(0x70));
  __m512i x = _mm512_setzero_si512();
#define PART(j) \
  x = _mm512_mask_shuffle_epi8( \
      x, _mm512_cmpeq_epi8_mask(high, _mm512_set1_epi8((j)*16)), \
      _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)(table + (j)*16))), low)
  PART(0), PART(1), PART(2), PART(3), PART(4), PART(5), PART(6), PART(7);
#undef PART
  return x;
#endif
}

LOWPK_INLINE void lowpk_step_hif8(const uint8_t *step, lowpk_sink to) {
  for (size_t i = 0; i < 32; i++) {
    __m512i w = lowpk_load(step + i * 64), x[2];
    __m512i upper = lowpk_and_or(w, _mm512_set1_epi8((char)0x80), lowpk_lookup128(lowpk_hif8_upper, w));
    lowpk_put_bytes(lowpk_lookup128(lowpk_hif8_lower, w), upper, x);
    lowpk_put(to, i * 2, x[0]);
    lowpk_put(to, i * 2 + 1, x[1]);
  }
}

LOWPK_INLINE void lowpk_step_bf16(const uint8_t *step, lowpk_sink to) {
  for (size_t r = 0; r < 64; r++) lowpk_put(to, r, lowpk_load(step + r * 64));
}

LOWPK_INLINE void lowpk_step_fp16(const uint8_t *step, lowpk_sink to) {
  for (size_t r = 0; r < 64; r++) {
    __m512i w = lowpk_load(step + r * 64);
    lowpk_put_f32(to, r, _mm512_cvtph_ps(_mm512_cvtepi32_epi16(w)),
                  _mm512_cvtph_ps(_mm512_cvtepi32_epi16(_mm512_srli_epi32(w, 16))));
  }
}

#endif
