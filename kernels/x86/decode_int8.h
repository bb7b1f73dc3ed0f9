/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_int8.h: one step of a panel (gemm.h) to integers and f32 block scales, for AVX2, AVX-512 BW and VBMI, whichever the flags
 * of the including file have. A kernel that multiplies what it decodes may include it and call
 *
 *   lowpk_decode_int8_step(LOWP_SCHEME_x, step, out, scales)   out: 32 rows of 16 x 4 bytes, scales: 128 / block rows of 16
 *
 * with a constant scheme, for weights that are not irregular; out at 64 bytes. A word of nibbles is two rows, a word of bytes one.
 */
#ifndef LOWPK_X86_DECODE_INT8_H
#define LOWPK_X86_DECODE_INT8_H

#include "kernels/generic/block.h"
#include <immintrin.h>

/* As many lanes as a register has: 16, or 8 and everything twice. */
#if defined(__AVX512BW__)
enum { LOWPK_BYTES = 64 };
typedef __m512i lowpk_ints;
typedef __m512 lowpk_floats;
#define LOWPK_V(name) _mm512_##name
#define LOWPK_W(name) _mm512_##name##_si512
LOWPK_INLINE lowpk_ints lowpk_b_table(const int8_t *table) {
  return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)table));
}
LOWPK_INLINE lowpk_ints lowpk_b_bytes16(const uint8_t *p) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
LOWPK_INLINE lowpk_floats lowpk_b_fp16(const uint8_t *p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
/* All ones in the lanes that have the bit, in bytes with the bit, in lanes below. */
LOWPK_INLINE lowpk_ints lowpk_b_lanes(lowpk_ints v, int bit) {
  return _mm512_movm_epi32(_mm512_test_epi32_mask(v, _mm512_set1_epi32(bit)));
}
LOWPK_INLINE lowpk_ints lowpk_b_has(lowpk_ints v, int bit) {
  return _mm512_movm_epi8(_mm512_test_epi8_mask(v, _mm512_set1_epi8((char)bit)));
}
#else
enum { LOWPK_BYTES = 32 };
typedef __m256i lowpk_ints;
typedef __m256 lowpk_floats;
#define LOWPK_V(name) _mm256_##name
#define LOWPK_W(name) _mm256_##name##_si256
LOWPK_INLINE lowpk_ints lowpk_b_table(const int8_t *table) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table));
}
LOWPK_INLINE lowpk_ints lowpk_b_bytes16(const uint8_t *p) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}
LOWPK_INLINE lowpk_floats lowpk_b_fp16(const uint8_t *p) {
  return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}
LOWPK_INLINE lowpk_ints lowpk_b_lanes(lowpk_ints v, int bit) {
  return _mm256_cmpeq_epi32(_mm256_and_si256(v, _mm256_set1_epi32(bit)), _mm256_set1_epi32(bit));
}
LOWPK_INLINE lowpk_ints lowpk_b_has(lowpk_ints v, int bit) {
  return _mm256_cmpeq_epi8(_mm256_and_si256(v, _mm256_set1_epi8((char)bit)), _mm256_set1_epi8((char)bit));
}
#endif

LOWPK_INLINE lowpk_ints lowpk_b_load(const void *p) { return LOWPK_W(load)((const lowpk_ints *)p); }
LOWPK_INLINE void lowpk_b_store(int8_t *p, lowpk_ints v) { LOWPK_W(store)((lowpk_ints *)(void *)p, v); }

/* --- integers --------------------------------------------------------------------------------------------------------- */

/* E2M1 doubled, INT4, S1P2 times 4; E2M3 times 8 of the magnitudes below and from 16. */
static const int8_t lowpk_e2m1_integers[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
static const int8_t lowpk_int4_integers[16] = {0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1};
static const int8_t lowpk_s1p2_integers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 0, -1, -2, -3, -4, -5, -6, -7};
static const int8_t lowpk_e2m3_integers[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                               16, 18, 20, 22, 24, 26, 28, 30, 32, 36, 40, 44, 48, 52, 56, 60};

/* With VBMI a table has 64 entries and the two upper bits of an index byte do not count: nothing is masked. */
LOWPK_INLINE lowpk_ints lowpk_nibble_table(const int8_t *table) { return lowpk_b_table(table); }
LOWPK_INLINE lowpk_ints lowpk_nibbles(lowpk_ints w, lowpk_ints table) {
#if defined(__AVX512VBMI__)
  return _mm512_permutexvar_epi8(w, table); /* four times the same 16 */
#else
  return LOWPK_V(shuffle_epi8)(table, LOWPK_W(and)(w, LOWPK_V(set1_epi8)(0x0f)));
#endif
}

LOWPK_INLINE void lowpk_int8_nibbles(const int8_t *integers, const uint8_t *codes, int8_t *out) {
  const lowpk_ints table = lowpk_nibble_table(integers);
  for (size_t i = 0; i < 16; i++) {
    for (size_t h = 0; h < 64; h += LOWPK_BYTES) {
      lowpk_ints w = lowpk_b_load(codes + i * 64 + h);
      lowpk_b_store(out + i * 128 + h, lowpk_nibbles(w, table));
      lowpk_b_store(out + i * 128 + 64 + h, lowpk_nibbles(LOWPK_V(srli_epi16)(w, 4), table));
    }
  }
}

/* x where the lanes' bit is not set, 2 x where it is. */
LOWPK_INLINE lowpk_ints lowpk_double(lowpk_ints x, lowpk_ints word, int bit) {
  return LOWPK_V(add_epi8)(x, LOWPK_W(and)(x, lowpk_b_lanes(word, bit)));
}

/* words: 8 of a group, 64 k; bit 8 + i of the lane's scale doubles word i, bits 16 + 2i and 17 + 2i its nibbles below and above. */
LOWPK_INLINE void lowpk_int8_hif4(const uint8_t *scales, const uint8_t *words, int8_t *out) {
  const lowpk_ints table = lowpk_nibble_table(lowpk_s1p2_integers);
  for (size_t h = 0; h < 64; h += LOWPK_BYTES) {
    lowpk_ints scale = lowpk_b_load(scales + h);
    for (size_t i = 0; i < 8; i++) {
      lowpk_ints w = lowpk_b_load(words + i * 64 + h);
      lowpk_ints x = lowpk_nibbles(w, table), y = lowpk_nibbles(LOWPK_V(srli_epi16)(w, 4), table);
      x = lowpk_double(x, scale, 1 << 8);
      y = lowpk_double(y, scale, 1 << 8);
      lowpk_b_store(out + i * 128 + h, lowpk_double(x, scale, 1 << 16));
      lowpk_b_store(out + i * 128 + 64 + h, lowpk_double(y, scale, 1 << 17));
      /* The next word: one bit on for 8 elements, two for 4. */
      const lowpk_ints upper = LOWPK_V(set1_epi32)((int)0xffff0000);
      scale = LOWPK_W(or)(LOWPK_W(and)(upper, LOWPK_V(srli_epi32)(LOWPK_W(and)(upper, scale), 2)),
                          LOWPK_V(srli_epi32)(LOWPK_W(andnot)(upper, scale), 1));
    }
  }
}

/* 6-bit codes in bytes whose two upper bits are anything. */
LOWPK_INLINE lowpk_ints lowpk_e2m3_lookup(lowpk_ints c) {
#if defined(__AVX512VBMI__)
  int8_t table[64];
  for (int i = 0; i < 64; i++) table[i] = (int8_t)(i < 32 ? lowpk_e2m3_integers[i] : -lowpk_e2m3_integers[i - 32]);
  return _mm512_permutexvar_epi8(c, _mm512_loadu_si512(table));
#else
  const lowpk_ints low = LOWPK_W(and)(c, LOWPK_V(set1_epi8)(0x0f));
  lowpk_ints x = LOWPK_V(shuffle_epi8)(lowpk_b_table(lowpk_e2m3_integers), low);
  lowpk_ints y = LOWPK_V(shuffle_epi8)(lowpk_b_table(lowpk_e2m3_integers + 16), low);
  lowpk_ints large = lowpk_b_has(c, 0x10), minus = lowpk_b_has(c, 0x20);
  x = LOWPK_W(xor)(x, LOWPK_W(and)(large, LOWPK_W(xor)(x, y)));
  return LOWPK_V(sub_epi8)(LOWPK_W(xor)(x, minus), minus);
#endif
}

LOWPK_INLINE void lowpk_int8_e2m3(const uint8_t *codes, int8_t *out) {
  const lowpk_ints low = LOWPK_V(set1_epi8)(0x0f), top = LOWPK_V(set1_epi8)(0x30);
#define CODE(nibbles, bits) LOWPK_W(or)(LOWPK_W(and)(nibbles, low), LOWPK_W(and)(bits, top))
  for (size_t i = 0; i < 8; i++) {
    for (size_t h = 0; h < 64; h += LOWPK_BYTES) {
      const uint8_t *p = codes + i * 192 + h;
      int8_t *y = out + i * 256 + h;
      lowpk_ints a = lowpk_b_load(p), b = lowpk_b_load(p + 64), c = lowpk_b_load(p + 128);
      lowpk_b_store(y, lowpk_e2m3_lookup(CODE(a, LOWPK_V(slli_epi16)(c, 4))));
      lowpk_b_store(y + 64, lowpk_e2m3_lookup(CODE(LOWPK_V(srli_epi16)(a, 4), LOWPK_V(slli_epi16)(c, 2))));
      lowpk_b_store(y + 128, lowpk_e2m3_lookup(CODE(b, c)));
      lowpk_b_store(y + 192, lowpk_e2m3_lookup(CODE(LOWPK_V(srli_epi16)(b, 4), LOWPK_V(srli_epi16)(c, 2))));
    }
  }
#undef CODE
}

LOWPK_INLINE void lowpk_int8_copy(const uint8_t *codes, int8_t *out) {
  for (size_t i = 0; i < LOWPK_STEP * LOWPK_NR; i += LOWPK_BYTES) lowpk_b_store(out + i, lowpk_b_load(codes + i));
}

/* --- scales ----------------------------------------------------------------------------------------------------------- */

/* f32 of lanes h / 4 .. of block b. */
LOWPK_INLINE lowpk_floats lowpk_scale_f32(lowp_element id, const uint8_t *scales, size_t b, size_t h) {
  if (id == LOWP_FP16) return lowpk_b_fp16(scales + b * 32 + h / 2);
  if (id == LOWP_E6M2) { /* bias 48, 2 bits of mantissa */
    lowpk_ints c = LOWPK_W(and)(lowpk_b_load(scales + b * 64 + h), LOWPK_V(set1_epi32)(0xff));
    return (lowpk_floats)LOWPK_V(add_epi32)(LOWPK_V(slli_epi32)(c, 21), LOWPK_V(set1_epi32)(79 << 23));
  }
  lowpk_ints c = lowpk_b_bytes16(scales + b * 16 + h / 4);
  if (id == LOWP_E8M0) /* code 0 is 2^-127, subnormal: the one whose bits are not the code shifted */
    return (lowpk_floats)LOWPK_V(max_epi32)(LOWPK_V(slli_epi32)(c, 23), LOWPK_V(set1_epi32)(1 << 22));
  /* E4M3: the code in front of the bits of f32, with its bias; subnormal ones are integers of 2^-9. */
  lowpk_ints magnitude = LOWPK_W(and)(c, LOWPK_V(set1_epi32)(0x7f));
  lowpk_ints sign = LOWPK_V(slli_epi32)(LOWPK_V(srli_epi32)(c, 7), 31);
  lowpk_ints normal = LOWPK_V(add_epi32)(LOWPK_V(slli_epi32)(magnitude, 20), LOWPK_V(set1_epi32)(120 << 23));
  lowpk_ints tiny = (lowpk_ints)LOWPK_V(mul_ps)(LOWPK_V(cvtepi32_ps)(magnitude), LOWPK_V(set1_ps)(0x1p-9f));
  lowpk_ints small = lowpk_b_lanes(LOWPK_V(sub_epi32)(magnitude, LOWPK_V(set1_epi32)(8)), INT32_MIN);
  normal = LOWPK_W(xor)(normal, LOWPK_W(and)(small, LOWPK_W(xor)(normal, tiny)));
  return (lowpk_floats)LOWPK_W(or)(normal, sign);
}

LOWPK_INLINE void lowpk_int8_scales(lowp_element id, size_t blocks, float factor, const uint8_t *step, float *scales) {
  for (size_t b = 0; b < blocks; b++)
    for (size_t h = 0; h < 64; h += LOWPK_BYTES) LOWPK_V(storeu_ps)
  (scales + b * 16 + h / 4, LOWPK_V(mul_ps)(lowpk_scale_f32(id, step, b, h), LOWPK_V(set1_ps)(factor)));
}

LOWPK_INLINE int lowpk_has_int8_step(lowp_scheme id) {
  switch (id) {
  case LOWP_SCHEME_MXFP6_E2M3:
  case LOWP_SCHEME_MXFP4:
  case LOWP_SCHEME_MXINT8:
  case LOWP_SCHEME_NVFP4:
  case LOWP_SCHEME_HIF4:
  case LOWP_SCHEME_INT8_CHANNEL:
  case LOWP_SCHEME_INT8_TENSOR:
  case LOWP_SCHEME_INT8_CHANNEL_ZP:
  case LOWP_SCHEME_INT8_TENSOR_ZP:
  case LOWP_SCHEME_INT8_G32:
  case LOWP_SCHEME_INT4_G32:
  case LOWP_SCHEME_INT4_G128:
    return 1;
  default:
    return 0; /* not of integers, or added since: for the generic kernel */
  }
}

LOWPK_INLINE void lowpk_decode_int8_step(lowp_scheme id, const uint8_t *step, int8_t *out, float *scales) {
  switch (id) {
  case LOWP_SCHEME_MXFP6_E2M3:
    lowpk_int8_scales(LOWP_E8M0, 4, 0.125f, step, scales);
    lowpk_int8_e2m3(step + 64, out);
    break;
  case LOWP_SCHEME_MXFP4:
    lowpk_int8_scales(LOWP_E8M0, 4, 0.5f, step, scales);
    lowpk_int8_nibbles(lowpk_e2m1_integers, step + 64, out);
    break;
  case LOWP_SCHEME_MXINT8:
    lowpk_int8_scales(LOWP_E8M0, 4, 0x1p-6f, step, scales);
    lowpk_int8_copy(step + 64, out);
    break;
  case LOWP_SCHEME_NVFP4:
    lowpk_int8_scales(LOWP_E4M3FN, 8, 0.5f, step, scales);
    lowpk_int8_nibbles(lowpk_e2m1_integers, step + 128, out);
    break;
  case LOWP_SCHEME_HIF4:
    lowpk_int8_scales(LOWP_E6M2, 2, 0.25f, step, scales);
    lowpk_int8_hif4(step, step + 128, out);
    lowpk_int8_hif4(step + 64, step + 640, out + 1024);
    break;
  case LOWP_SCHEME_INT8_CHANNEL:
  case LOWP_SCHEME_INT8_TENSOR:
  case LOWP_SCHEME_INT8_CHANNEL_ZP:
  case LOWP_SCHEME_INT8_TENSOR_ZP:
    lowpk_int8_copy(step, out);
    break;
  case LOWP_SCHEME_INT8_G32:
    lowpk_int8_scales(LOWP_FP16, 4, 1.0f, step, scales);
    lowpk_int8_copy(step + 128, out);
    break;
  case LOWP_SCHEME_INT4_G32:
    lowpk_int8_scales(LOWP_FP16, 4, 1.0f, step, scales);
    lowpk_int8_nibbles(lowpk_int4_integers, step + 128, out);
    break;
  case LOWP_SCHEME_INT4_G128:
    lowpk_int8_scales(LOWP_FP16, 1, 1.0f, step, scales);
    lowpk_int8_nibbles(lowpk_int4_integers, step + 64, out);
    break;
  default:
    break;
  }
}

#endif
