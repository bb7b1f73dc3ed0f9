/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpack_codes_avx2.c: lanes to codes, the reverse of pack_codes_avx2.c: eight words of eight rows are transposed, then each
 * row is put in canonical order.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/x86/codes_avx2.h"

/* The middle nibbles, then the middle bytes change places. */
LOWPK_TILE_INLINE __m256i nibbles_of_lanes(__m256i v) {
  __m256i t = _mm256_and_si256(_mm256_xor_si256(_mm256_srli_epi16(v, 4), v), _mm256_set1_epi16(0x00f0));
  v = _mm256_xor_si256(v, _mm256_mullo_epi16(t, _mm256_set1_epi16(0x11))); /* v ^ t ^ t << 4 */
  return _mm256_shuffle_epi8(v, both(_mm_setr_epi8(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15)));
}

/* Codes k, k+1, k+2, k+3: the middle ones change places. */
LOWPK_TILE_INLINE __m256i halves_of_lanes(__m256i v) {
  return _mm256_shuffle_epi8(v, both(_mm_setr_epi8(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15)));
}

/* Low nibbles at the bottom of each byte of n, the bits above them at bits 4 and 5 of t. */
LOWPK_TILE_INLINE __m256i codes_of(__m256i n, __m256i t) {
  return _mm256_or_si256(_mm256_and_si256(n, _mm256_set1_epi8(0x0f)), _mm256_and_si256(t, _mm256_set1_epi8(0x30)));
}

/* Three words of 16 codes to four words of four, a code in each byte. */
LOWPK_TILE_INLINE void spread_sixes(const uint8_t *words, __m256i w[4]) {
  const __m256i a = load(words), b = load(words + WORD), top = load(words + 2 * WORD);
  w[0] = codes_of(a, _mm256_slli_epi32(top, 4));
  w[1] = codes_of(_mm256_srli_epi32(a, 4), _mm256_slli_epi32(top, 2));
  w[2] = codes_of(b, top);
  w[3] = codes_of(_mm256_srli_epi32(b, 4), _mm256_srli_epi32(top, 2));
}

/* 32 codes of six bits, a byte each, to 24 bytes. */
LOWPK_TILE_INLINE void store_sixes(uint8_t *p, __m256i v) {
  const __m256i triples = both(_mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
  v = _mm256_maddubs_epi16(v, _mm256_set1_epi16(0x4001));
  v = _mm256_shuffle_epi8(_mm256_madd_epi16(v, _mm256_set1_epi32(0x10000001)), triples);
  v = _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
  _mm_storeu_si128((__m128i *)(void *)p, _mm256_castsi256_si128(v));
  _mm_storel_epi64((__m128i *)(void *)(p + 16), _mm256_extracti128_si256(v, 1));
}

/* bits: a constant. 64 bytes of a row, of six bits 48, are two squares. */
LOWPK_TILE_INLINE void unpack(unsigned bits, const uint8_t *words, uint8_t *rows, size_t stride) {
  const size_t bytes = bits == 6 ? 24 : 32, end = LOWPK_STEP / 8 * bits;
  for (size_t at = 0; at < end; at += 2 * bytes)
    for (size_t half = 0; half < 2; half++) {
      LOWPK_UNROLL
      for (size_t part = 0; part < 2; part++) {
        const uint8_t *from = words + (at + part * bytes) / 4 * WORD + half * 4 * ROWS;
        uint8_t *to = rows + half * ROWS * stride + at + part * bytes;
        __m256i w[ROWS], q[ROWS], r[ROWS];
        LOWPK_UNROLL
        for (size_t i = 0; i < ROWS; i += 4) {
          if (bits == 6) {
            spread_sixes(from + i / 4 * 3 * WORD, w + i);
          } else {
            LOWPK_UNROLL
            for (size_t j = i; j < i + 4; j++) w[j] = load(from + j * WORD);
          }
          interleave(w + i, q + i);
        }
        join(q, r);
        LOWPK_UNROLL
        for (size_t i = 0; i < ROWS; i++) {
          if (bits == 4) r[i] = nibbles_of_lanes(r[i]);
          if (bits == 16) r[i] = halves_of_lanes(r[i]);
          if (bits == 6)
            store_sixes(to + i * stride, r[i]);
          else
            _mm256_storeu_si256((__m256i *)(void *)(to + i * stride), r[i]);
        }
      }
    }
}

void lowpk_unpack_codes_avx2(unsigned bits, const uint8_t *words, uint8_t *rows, size_t stride) {
  switch (bits) {
  case 4:
    unpack(4, words, rows, stride);
    break;
  case 6:
    unpack(6, words, rows, stride);
    break;
  case 8:
    unpack(8, words, rows, stride);
    break;
  default:
    unpack(16, words, rows, stride);
    break;
  }
}
