/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_codes_avx2.c: codes to lanes as in pack_codes_avx512.c, eight rows at a time and 32 bytes of each: put in the
 * order of a lane, then transposed as a square of 32-bit words.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/gemm_f32.h"
#include <immintrin.h>

enum { ROWS = 8, WORD = 4 * LOWPK_NR };

LOWPK_TILE_INLINE __m256i load(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
LOWPK_TILE_INLINE __m256i both(__m128i v) { return _mm256_broadcastsi128_si256(v); }

/*
 * Word j of all rows becomes eight lanes. After two rounds of unpacking q[4 i + j] holds words j and j + 4 of rows
 * 4 i .. 4 i + 3. Six bits have three words in each half, the others four.
 */
LOWPK_TILE_INLINE void store_transposed(const __m256i r[ROWS], size_t half, uint8_t *words) {
  __m256i q[ROWS];
  LOWPK_UNROLL
  for (int i = 0; i < ROWS; i += 4) {
    __m256i a = _mm256_unpacklo_epi32(r[i], r[i + 1]), b = _mm256_unpackhi_epi32(r[i], r[i + 1]);
    __m256i c = _mm256_unpacklo_epi32(r[i + 2], r[i + 3]), d = _mm256_unpackhi_epi32(r[i + 2], r[i + 3]);
    q[i] = _mm256_unpacklo_epi64(a, c);
    q[i + 1] = _mm256_unpackhi_epi64(a, c);
    q[i + 2] = _mm256_unpacklo_epi64(b, d);
    q[i + 3] = _mm256_unpackhi_epi64(b, d);
  }
  LOWPK_UNROLL
  for (size_t j = 0; j < half; j++) {
    _mm256_store_si256((__m256i *)(void *)(words + j * WORD), _mm256_permute2x128_si256(q[j], q[4 + j], 0x20));
    _mm256_store_si256((__m256i *)(void *)(words + (half + j) * WORD), _mm256_permute2x128_si256(q[j], q[4 + j], 0x31));
  }
}

static void pack_bytes(const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t at = 0; at < 128; at += 32) {
    __m256i r[ROWS];
    for (size_t i = 0; i < ROWS; i++) r[i] = load(rows + i * stride + at);
    store_transposed(r, 4, words + at / 4 * WORD);
  }
}

/* Code i of eight to nibble b1 b0 b2 of its place b2 b1 b0: the middle bytes, then the middle nibbles change places. */
static void pack_nibbles(const uint8_t *rows, size_t stride, uint8_t *words) {
  const __m256i bytes = both(_mm_setr_epi8(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15));
  const __m256i mask = _mm256_set1_epi16(0x00f0);
  for (size_t at = 0; at < 64; at += 32) {
    __m256i r[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
      __m256i v = _mm256_shuffle_epi8(load(rows + i * stride + at), bytes);
      __m256i t = _mm256_and_si256(_mm256_xor_si256(_mm256_srli_epi16(v, 4), v), mask);
      r[i] = _mm256_xor_si256(_mm256_xor_si256(v, t), _mm256_slli_epi16(t, 4));
    }
    store_transposed(r, 4, words + at / 4 * WORD);
  }
}

/* Codes k, k+1, k+2, k+3: the middle ones change places. */
static void pack_halves(const uint8_t *rows, size_t stride, uint8_t *words) {
  const __m256i bytes = both(_mm_setr_epi8(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15));
  for (size_t at = 0; at < 256; at += 32) {
    __m256i r[ROWS];
    for (size_t i = 0; i < ROWS; i++) r[i] = _mm256_shuffle_epi8(load(rows + i * stride + at), bytes);
    store_transposed(r, 4, words + at / 4 * WORD);
  }
}

/* Eight 6-bit codes in the low 48 bits of each 64 to a code in each byte: halves, quarters, eighths move apart. */
LOWPK_TILE_INLINE __m256i spread_sixes(__m256i v) {
  const __m256i low24 = _mm256_set1_epi64x(0x0000000000ffffff), low12 = _mm256_set1_epi32(0x00000fff);
  const __m256i low6 = _mm256_set1_epi16(0x003f);
  v = _mm256_or_si256(_mm256_and_si256(v, low24), _mm256_slli_epi64(_mm256_andnot_si256(low24, v), 8));
  v = _mm256_or_si256(_mm256_and_si256(v, low12), _mm256_slli_epi32(_mm256_andnot_si256(low12, v), 4));
  return _mm256_or_si256(_mm256_and_si256(v, low6), _mm256_slli_epi16(_mm256_andnot_si256(low6, v), 2));
}

/*
 * 32 codes, 24 bytes, of a row to three words in each half: the nibbles of eight codes, those of the next eight, the upper
 * bits of all. The second 12 bytes are the end of 16, so that nothing behind a row is read.
 */
LOWPK_TILE_INLINE __m256i lanes_of_sixes(const uint8_t *p) {
  const __m256i six_bytes = _mm256_setr_epi8(0, 1, 2, 3, 4, 5, -1, -1, 6, 7, 8, 9, 10, 11, -1, -1, 4, 5, 6, 7, 8, 9, -1,
                                             -1, 10, 11, 12, 13, 14, 15, -1, -1);
  __m256i v = _mm256_set_m128i(_mm_loadu_si128((const __m128i *)(const void *)(p + 8)),
                               _mm_loadu_si128((const __m128i *)(const void *)p));
  v = spread_sixes(_mm256_shuffle_epi8(v, six_bytes));
  __m256i low = _mm256_and_si256(v, _mm256_set1_epi8(0x0f));
  __m256i top = _mm256_and_si256(_mm256_srli_epi64(v, 4), _mm256_set1_epi8(0x03));
  low = _mm256_or_si256(low, _mm256_srli_epi64(low, 28));
  top = _mm256_or_si256(top, _mm256_srli_epi64(top, 30));
  top = _mm256_or_si256(_mm256_shuffle_epi32(top, 0x44), _mm256_slli_epi32(_mm256_shuffle_epi32(top, 0xee), 4));
  return _mm256_blend_epi32(_mm256_shuffle_epi32(low, 0x88), top, 0x44);
}

static void pack_sixes(const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t at = 0; at < 96; at += 24) {
    __m256i r[ROWS];
    for (size_t i = 0; i < ROWS; i++) r[i] = lanes_of_sixes(rows + i * stride + at);
    store_transposed(r, 3, words + at / 4 * WORD);
  }
}

void lowpk_pack_codes_avx2(unsigned bits, const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t i = 0; i < LOWPK_NR; i += ROWS, rows += ROWS * stride, words += 4 * ROWS) {
    switch (bits) {
    case 4:
      pack_nibbles(rows, stride, words);
      break;
    case 6:
      pack_sixes(rows, stride, words);
      break;
    case 8:
      pack_bytes(rows, stride, words);
      break;
    default:
      pack_halves(rows, stride, words);
      break;
    }
  }
}
