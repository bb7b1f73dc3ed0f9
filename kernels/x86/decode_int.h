/* SPDX-License-Identifier: Apache-2.0 */
/* decode_int.h: steps of INT8, INT4 and MXINT8, of all scales and zero points; see decode_bf16.h. */
#ifndef LOWPK_X86_DECODE_INT_H
#define LOWPK_X86_DECODE_INT_H

#include "kernels/x86/decode_sink.h"

/*
 * Four signed bytes to f32: 2^23 + u is an f32 whose low bits are u = v + 128, so subtracting `origin` = 2^23 + 128 leaves v,
 * exactly, and an origin with an integer zero point added leaves the difference.
 */
LOWPK_INLINE void lowpk_int8_f32(__m512i w, __m512 origin, __m512 v[4]) {
  const __m512i top = _mm512_set1_epi32(0x4b000000), byte = _mm512_set1_epi32(0xff);
  __m512i u = _mm512_xor_si512(w, _mm512_set1_epi8((char)0x80));
  v[0] = _mm512_sub_ps(_mm512_castsi512_ps(lowpk_and_or(u, byte, top)), origin);
  v[1] = _mm512_sub_ps(_mm512_castsi512_ps(lowpk_and_or(_mm512_srli_epi32(u, 8), byte, top)), origin);
  v[2] = _mm512_sub_ps(_mm512_castsi512_ps(lowpk_and_or(_mm512_srli_epi32(u, 16), byte, top)), origin);
  v[3] = _mm512_sub_ps(_mm512_castsi512_ps(_mm512_or_si512(_mm512_srli_epi32(u, 24), top)), origin);
}
#define LOWPK_INT8_ORIGIN (0x1p23f + 128.0f)

/* Whole rows share a scale: the integers, less the zero point; all of them are exact in bf16. */
LOWPK_INLINE void lowpk_step_int8(const uint8_t *step, const void *zeros, lowpk_sink to) {
  __m512 origin = _mm512_set1_ps(LOWPK_INT8_ORIGIN), v[4];
  if (zeros) origin = _mm512_add_ps(origin, _mm512_cvtepi32_ps(_mm512_loadu_si512(zeros)));
  for (size_t i = 0; i < 32; i++) {
    lowpk_int8_f32(lowpk_load(step + i * 64), origin, v);
    lowpk_put_exact(to, i * 2, v[0], v[2]);
    lowpk_put_exact(to, i * 2 + 1, v[1], v[3]);
  }
}

LOWPK_INLINE void lowpk_step_int8_offset(const uint8_t *step, const void *zeros, lowpk_sink to) {
  const __m512 origin = _mm512_set1_ps(LOWPK_INT8_ORIGIN), offset = _mm512_loadu_ps(zeros);
  for (size_t i = 0; i < 32; i++) {
    __m512 v[4];
    lowpk_int8_f32(lowpk_load(step + i * 64), origin, v);
    for (int j = 0; j < 4; j++) v[j] = _mm512_sub_ps(v[j], offset);
    lowpk_put_f32(to, i * 2, v[0], v[2]);
    lowpk_put_f32(to, i * 2 + 1, v[1], v[3]);
  }
}

/* 16 scales in fp16. */
LOWPK_INLINE __m512 lowpk_fp16_scales(const uint8_t *p) {
  return _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)(const void *)p));
}

LOWPK_INLINE void lowpk_step_int8_g32(const uint8_t *step, lowpk_sink to) {
  const __m512 origin = _mm512_set1_ps(LOWPK_INT8_ORIGIN);
  for (size_t i = 0; i < 32; i++) {
    __m512 v[4], scale = lowpk_fp16_scales(step + i / 8 * 32);
    lowpk_int8_f32(lowpk_load(step + 128 + i * 64), origin, v);
    for (int j = 0; j < 4; j++) v[j] = _mm512_mul_ps(v[j], scale);
    lowpk_put_f32(to, i * 2, v[0], v[2]);
    lowpk_put_f32(to, i * 2 + 1, v[1], v[3]);
  }
}

/* words: of the packed codes that share a scale; scale_bytes: of all scales of the step. */
LOWPK_INLINE void lowpk_step_int4(const uint8_t *step, size_t words, size_t scale_bytes, lowpk_sink to) {
  const __m512 table = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1);
  for (size_t i = 0; i < 16; i++) {
    __m512i w = lowpk_load(step + scale_bytes + i * 64);
    __m512 scale = lowpk_fp16_scales(step + i / words * 32);
#define VALUE(j) _mm512_mul_ps(_mm512_permutexvar_ps(_mm512_srli_epi32(w, 4 * (j)), table), scale)
    lowpk_put_f32(to, i * 4 + 0, VALUE(0), VALUE(4));
    lowpk_put_f32(to, i * 4 + 1, VALUE(2), VALUE(6));
    lowpk_put_f32(to, i * 4 + 2, VALUE(1), VALUE(5));
    lowpk_put_f32(to, i * 4 + 3, VALUE(3), VALUE(7));
#undef VALUE
  }
}

/* Integers of 64ths: 6 less in the exponent. */
LOWPK_INLINE void lowpk_step_mxint8(const uint8_t *step, lowpk_sink to) {
  const __m512 origin = _mm512_set1_ps(LOWPK_INT8_ORIGIN);
  const __m512i magnitude = _mm512_set1_epi16(0x7fff);
  for (size_t b = 0; b < 4; b++) {
    __m512i d = _mm512_sub_epi16(lowpk_mx_addend(step + b * 16), _mm512_set1_epi16((127 + 6) << 7));
    for (size_t i = b * 8; i < b * 8 + 8; i++) {
      __m512 v[4];
      lowpk_int8_f32(lowpk_load(step + 64 + i * 64), origin, v);
      for (size_t j = 0; j < 2; j++) {
        __m512i x = lowpk_pair(_mm512_castps_si512(v[j]), _mm512_castps_si512(v[j + 2]));
        lowpk_put(to, i * 2 + j, _mm512_mask_add_epi16(x, _mm512_test_epi16_mask(x, magnitude), x, d));
      }
    }
  }
}

#endif
