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
 * Word j of all rows becomes eight lanes: words 0..3 of the low halves of the registers, then those of the high ones. After two
 * rounds of unpacking q[4 i + j] holds words j and j + 4 of rows 4 i .. 4 i + 3.
 */
LOWPK_TILE_INLINE void transpose(const __m256i r[ROWS], __m256i word[ROWS]) {
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
  for (int j = 0; j < 4; j++) {
    word[j] = _mm256_permute2x128_si256(q[j], q[4 + j], 0x20);
    word[4 + j] = _mm256_permute2x128_si256(q[j], q[4 + j], 0x31);
  }
}

LOWPK_TILE_INLINE void store(uint8_t *word, __m256i v) { _mm256_store_si256((__m256i *)(void *)word, v); }
LOWPK_TILE_INLINE void store_transposed(const __m256i r[ROWS], uint8_t *words) {
  __m256i word[ROWS];
  transpose(r, word);
  LOWPK_UNROLL
  for (size_t j = 0; j < ROWS; j++) store(words + j * WORD, word[j]);
}

static void pack_bytes(const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t at = 0; at < 128; at += 32) {
    __m256i r[ROWS];
    LOWPK_UNROLL
    for (size_t i = 0; i < ROWS; i++) r[i] = load(rows + i * stride + at);
    store_transposed(r, words + at / 4 * WORD);
  }
}

/* Code i of eight to nibble b1 b0 b2 of its place b2 b1 b0: the middle bytes, then the middle nibbles change places. */
static void pack_nibbles(const uint8_t *rows, size_t stride, uint8_t *words) {
  const __m256i bytes = both(_mm_setr_epi8(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15));
  const __m256i mask = _mm256_set1_epi16(0x00f0);
  for (size_t at = 0; at < 64; at += 32) {
    __m256i r[ROWS];
    LOWPK_UNROLL
    for (size_t i = 0; i < ROWS; i++) {
      __m256i v = _mm256_shuffle_epi8(load(rows + i * stride + at), bytes);
      __m256i t = _mm256_and_si256(_mm256_xor_si256(_mm256_srli_epi16(v, 4), v), mask);
      r[i] = _mm256_xor_si256(_mm256_xor_si256(v, t), _mm256_slli_epi16(t, 4));
    }
    store_transposed(r, words + at / 4 * WORD);
  }
}

/* Codes k, k+1, k+2, k+3: the middle ones change places. */
static void pack_halves(const uint8_t *rows, size_t stride, uint8_t *words) {
  const __m256i bytes = both(_mm_setr_epi8(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15));
  for (size_t at = 0; at < 256; at += 32) {
    __m256i r[ROWS];
    LOWPK_UNROLL
    for (size_t i = 0; i < ROWS; i++) r[i] = _mm256_shuffle_epi8(load(rows + i * stride + at), bytes);
    store_transposed(r, words + at / 4 * WORD);
  }
}

/*
 * 32 codes, 24 bytes, of a row, 16 in each half. Codes i, i+4, i+8, i+12 of a half begin at the same bit of bytes three apart: they
 * go to word i together, a code in each byte, from the byte `first` and the one behind it, `second`. In that order neighbours are what
 * shares a byte of the packed layout, so a product joins them: low nibbles j, j+1 in the lower byte of a pair, the bits above them
 * in the upper one. Word 0 and 1 of the result are the packed ones; of the third, word 2 has bits 0..3 of each byte, word 3 bits 4..7.
 * The second 12 bytes are the end of 16, so that nothing behind a row is read.
 */
LOWPK_TILE_INLINE __m256i lanes_of_sixes(const uint8_t *p) {
  const __m256i first = _mm256_setr_epi8(0, 3, 6, 9, 0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, 4, 7, 10, 13, 4, 7, 10, 13,
                                         5, 8, 11, 14, 6, 9, 12, 15);
  const __m256i second = _mm256_setr_epi8(-1, -1, -1, -1, 1, 4, 7, 10, 2, 5, 8, 11, -1, -1, -1, -1, -1, -1, -1, -1, 5,
                                          8, 11, 14, 6, 9, 12, 15, -1, -1, -1, -1);
  const __m256i right = both(_mm_setr_epi32(0, 6, 4, 2)), left = both(_mm_setr_epi32(0, 2, 4, 0));
  const __m256i lower = both(_mm_setr_epi32(0x3f3f3f3f, 0x03030303, 0x0f0f0f0f, 0x3f3f3f3f));
  const __m256i upper = both(_mm_setr_epi32(0, 0x3c3c3c3c, 0x30303030, 0));
  const __m256i bytes = both(_mm_setr_epi8(0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15));
  __m256i v = _mm256_set_m128i(_mm_loadu_si128((const __m128i *)(const void *)(p + 8)),
                               _mm_loadu_si128((const __m128i *)(const void *)p));
  __m256i a = _mm256_and_si256(_mm256_srlv_epi32(_mm256_shuffle_epi8(v, first), right), lower);
  __m256i b = _mm256_and_si256(_mm256_sllv_epi32(_mm256_shuffle_epi8(v, second), left), upper);
  __m256i code = _mm256_or_si256(a, b), low = _mm256_and_si256(code, _mm256_set1_epi8(0x0f));
  __m256i top = _mm256_xor_si256(code, low); /* in bits 4 and 5; to bits 8 and 9, 10 and 11 */
  low = _mm256_maddubs_epi16(low, _mm256_set1_epi16(0x1001));
  top = _mm256_maddubs_epi16(top, _mm256_set1_epi16(0x4010));
  return _mm256_shuffle_epi8(_mm256_or_si256(low, top), bytes);
}

static void pack_sixes(const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t at = 0; at < 96; at += 24, words += 6 * WORD) {
    __m256i r[ROWS], w[ROWS];
    LOWPK_UNROLL
    for (size_t i = 0; i < ROWS; i++) r[i] = lanes_of_sixes(rows + i * stride + at);
    transpose(r, w);
    LOWPK_UNROLL
    for (size_t half = 0; half < 2; half++) {
      store(words + (3 * half) * WORD, w[4 * half]);
      store(words + (3 * half + 1) * WORD, w[4 * half + 1]);
      store(words + (3 * half + 2) * WORD, _mm256_or_si256(w[4 * half + 2], _mm256_slli_epi32(w[4 * half + 3], 4)));
    }
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
