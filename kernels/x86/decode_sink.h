/* SPDX-License-Identifier: Apache-2.0 */
/* decode_sink.h: where decoded weights go, as bf16 or as f32, and how block scales come to their lanes; for decode_bf16.h. */
#ifndef LOWPK_X86_DECODE_SINK_H
#define LOWPK_X86_DECODE_SINK_H

#include "kernels/generic/block.h"
#include <immintrin.h>

/* Where a decoder puts its results, and as what. `wide` is a constant wherever one is made, so that nothing is asked at run time. */
typedef struct lowpk_sink {
  uint16_t *bf16;
  float *f32;
  int wide; /* 1: f32, 0: bf16 */
} lowpk_sink;

/* Rows of bf16 that hold exact cores: row r has k = 4 (r / 2) + r % 2 in its low halves, k + 2 in its high ones. */
LOWPK_INLINE void lowpk_put(lowpk_sink to, size_t r, __m512i x) {
  if (!to.wide) {
    _mm512_store_si512(to.bf16 + r * 32, x);
  } else {
    float *out = to.f32 + (r / 2 * 4 + r % 2) * 16;
    _mm512_store_si512(out, _mm512_slli_epi32(x, 16));
    _mm512_store_si512(out + 32, _mm512_and_si512(x, _mm512_set1_epi32((int)0xffff0000)));
  }
}

/* The same from f32. RNE on the bits: half a unit less one, and one more where the lowest bit that stays is 1. No NaN here. */
LOWPK_INLINE __m512i lowpk_round_high(__m512i u) {
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(u, 16), _mm512_set1_epi32(1));
  return _mm512_add_epi32(_mm512_add_epi32(u, _mm512_set1_epi32(0x7fff)), odd);
}
LOWPK_INLINE __m512i lowpk_pair(__m512i low, __m512i high) {
  return _mm512_mask_blend_epi16(0xaaaaaaaau, _mm512_srli_epi32(low, 16), high);
}
#if defined(__AVX512BF16__)
/* The instruction flushes subnormals; the decoders have none, nor results below the normal numbers: weights are not irregular. */
LOWPK_INLINE __m512i lowpk_rounded_pair(__m512 low, __m512 high) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                         5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(high, low));
}
#else
LOWPK_INLINE __m512i lowpk_rounded_pair(__m512 low, __m512 high) {
  return lowpk_pair(lowpk_round_high(_mm512_castps_si512(low)), lowpk_round_high(_mm512_castps_si512(high)));
}
#endif
LOWPK_INLINE void lowpk_put_f32(lowpk_sink to, size_t r, __m512 low, __m512 high) {
  if (!to.wide) {
    _mm512_store_si512(to.bf16 + r * 32, lowpk_rounded_pair(low, high));
  } else {
    float *out = to.f32 + (r / 2 * 4 + r % 2) * 16;
    _mm512_store_ps(out, low);
    _mm512_store_ps(out + 32, high);
  }
}

/* From f32 that bf16 holds exactly. */
LOWPK_INLINE void lowpk_put_exact(lowpk_sink to, size_t r, __m512 low, __m512 high) {
  if (!to.wide)
    _mm512_store_si512(to.bf16 + r * 32, lowpk_pair(_mm512_castps_si512(low), _mm512_castps_si512(high)));
  else
    lowpk_put_f32(to, r, low, high);
}

/* The f32 of a row of bf16. */
LOWPK_INLINE __m512 lowpk_low_f32(__m512i x) { return _mm512_castsi512_ps(_mm512_slli_epi32(x, 16)); }
LOWPK_INLINE __m512 lowpk_high_f32(__m512i x) {
  return _mm512_castsi512_ps(_mm512_and_si512(x, _mm512_set1_epi32((int)0xffff0000)));
}

/* (a & mask) | (b & ~mask), (a & mask) | b: one instruction each. */
LOWPK_INLINE __m512i lowpk_select(__m512i mask, __m512i a, __m512i b) {
  return _mm512_ternarylogic_epi32(mask, a, b, 0xca);
}
LOWPK_INLINE __m512i lowpk_and_or(__m512i a, __m512i mask, __m512i b) {
  return _mm512_ternarylogic_epi32(a, mask, b, 0xea);
}

/*
 * Four bytes of codes in a lane -> two rows of bf16 halves, from the lower and the upper bytes of the bf16 values.
 */
LOWPK_INLINE void lowpk_put_bytes(__m512i lower, __m512i upper, __m512i rows[2]) {
  const __m512i high = _mm512_set1_epi16((short)0xff00);
  rows[0] = lowpk_select(high, _mm512_slli_epi16(upper, 8), lower);
  rows[1] = lowpk_select(high, upper, _mm512_srli_epi16(lower, 8));
}

/*
 * 64 bytes of a step. What lies 4 KiB further on is asked for at the same time, into L2: packed weights are read once, in one stream,
 * and the hardware's own prefetching ends with each page. A request for what is not there does no harm. Asking for L1 instead, or
 * for a whole step at once, keeps too many of the few buffers of L1 busy.
 */
#ifndef LOWPK_DECODE_AHEAD
#define LOWPK_DECODE_AHEAD 4096
#endif
LOWPK_INLINE void lowpk_ask(const void *p) { _mm_prefetch((const char *)p + LOWPK_DECODE_AHEAD, _MM_HINT_T1); }
LOWPK_INLINE __m512i lowpk_load(const void *p) {
  lowpk_ask(p);
  return _mm512_load_si512(p);
}
LOWPK_INLINE __m512i lowpk_tab(const uint16_t table[32]) { return _mm512_loadu_si512(table); }

/* Byte n of 16, for both halves of lane n: `control` is the pattern of one lane's bytes relative to 0x00 = its byte; 0x80: 0. */
LOWPK_INLINE __m512i lowpk_spread(const uint8_t *bytes, int pattern) {
  const __m512i lanes =
      _mm512_set_epi32(0x0f0f0f0f, 0x0e0e0e0e, 0x0d0d0d0d, 0x0c0c0c0c, 0x0b0b0b0b, 0x0a0a0a0a, 0x09090909, 0x08080808,
                       0x07070707, 0x06060606, 0x05050505, 0x04040404, 0x03030303, 0x02020202, 0x01010101, 0x00000000);
  __m512i all = _mm512_broadcast_i32x4(_mm_load_si128((const __m128i *)(const void *)bytes));
  return _mm512_shuffle_epi8(all, _mm512_or_si512(lanes, _mm512_set1_epi32(pattern)));
}

/* MX: s << 7 of 16 scale bytes. Tables hold elements times 2^-127, modulo 2^16, so that this is the whole addend. */
LOWPK_INLINE __m512i lowpk_mx_addend(const uint8_t *scales) {
  return _mm512_srli_epi16(lowpk_spread(scales, 0x00800080), 1);
}

#endif
