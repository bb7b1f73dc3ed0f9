/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_codes_avx512.c: codes to lanes, sixteen rows at a time: each row, 64 bytes of it, is put in the order of its lane, then the
 * sixteen registers are transposed as a matrix of 32-bit words. A step is one to four such squares.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/seen.h"
#include <immintrin.h>

enum { ROWS = LOWPK_NR, WORD = 4 * LOWPK_NR };

static inline __m512i every(__m128i v) { return _mm512_broadcast_i32x4(v); }

/*
 * Word j of all rows becomes sixteen lanes. Words of 4 rows first, then of 8 and 16: after the two rounds of unpacking,
 * register 4 i + j holds words j, 4 + j, 8 + j, 12 + j of rows 4 i .. 4 i + 3.
 */
static inline __attribute__((always_inline)) void transpose(const __m512i r[ROWS], __m512i word[ROWS]) {
  __m512i q[ROWS];
  for (int i = 0; i < ROWS; i += 4) {
    __m512i a = _mm512_unpacklo_epi32(r[i], r[i + 1]), b = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    __m512i c = _mm512_unpacklo_epi32(r[i + 2], r[i + 3]), d = _mm512_unpackhi_epi32(r[i + 2], r[i + 3]);
    q[i] = _mm512_unpacklo_epi64(a, c);
    q[i + 1] = _mm512_unpackhi_epi64(a, c);
    q[i + 2] = _mm512_unpacklo_epi64(b, d);
    q[i + 3] = _mm512_unpackhi_epi64(b, d);
  }
  for (int j = 0; j < 4; j++) {
    __m512i low02 = _mm512_shuffle_i32x4(q[j], q[4 + j], 0x88), low13 = _mm512_shuffle_i32x4(q[j], q[4 + j], 0xdd);
    __m512i high02 = _mm512_shuffle_i32x4(q[8 + j], q[12 + j], 0x88);
    __m512i high13 = _mm512_shuffle_i32x4(q[8 + j], q[12 + j], 0xdd);
    word[j] = _mm512_shuffle_i32x4(low02, high02, 0x88);
    word[4 + j] = _mm512_shuffle_i32x4(low13, high13, 0x88);
    word[8 + j] = _mm512_shuffle_i32x4(low02, high02, 0xdd);
    word[12 + j] = _mm512_shuffle_i32x4(low13, high13, 0xdd);
  }
}
static inline __attribute__((always_inline)) void store_transposed(const __m512i r[ROWS], uint8_t *words) {
  __m512i word[ROWS];
  transpose(r, word);
  for (size_t j = 0; j < ROWS; j++) _mm512_store_si512(words + j * WORD, word[j]);
}

static void pack_bytes(const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t at = 0; at < 128; at += 64) {
    __m512i r[ROWS];
    for (size_t i = 0; i < ROWS; i++) r[i] = _mm512_loadu_si512(rows + i * stride + at);
    store_transposed(r, words + at * ROWS);
  }
}

/* Code i of eight: nibble i (bits b2 b1 b0 of its place) to nibble b1 b0 b2: the middle bytes, then the middle nibbles change places. */
static void pack_nibbles(const uint8_t *rows, size_t stride, uint8_t *words) {
  const __m512i bytes = every(_mm_setr_epi8(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15));
  const __m512i mask = _mm512_set1_epi16(0x00f0);
  __m512i r[ROWS];
  for (size_t i = 0; i < ROWS; i++) {
    __m512i v = _mm512_shuffle_epi8(_mm512_loadu_si512(rows + i * stride), bytes);
    __m512i t = _mm512_and_si512(_mm512_xor_si512(_mm512_srli_epi16(v, 4), v), mask);
    r[i] = _mm512_ternarylogic_epi32(v, t, _mm512_slli_epi16(t, 4), 0x96); /* v ^ t ^ t << 4 */
  }
  store_transposed(r, words);
}

/* Codes k, k+1, k+2, k+3: the middle ones change places. */
static void pack_halves(const uint8_t *rows, size_t stride, uint8_t *words) {
  const __m512i bytes = every(_mm_setr_epi8(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15));
  for (size_t at = 0; at < 256; at += 64) {
    __m512i r[ROWS];
    for (size_t i = 0; i < ROWS; i++) r[i] = _mm512_shuffle_epi8(_mm512_loadu_si512(rows + i * stride + at), bytes);
    store_transposed(r, words + at * ROWS);
  }
}

/*
 * 64 codes, 48 bytes, of a row, 16 in each quarter, as pack_codes_avx2.c has them: words 0 and 1 of a quarter are the packed ones; of
 * the third, word 2 has bits 0..3 of each byte, word 3 bits 4..7.
 */
static inline __attribute__((always_inline)) __m512i lanes_of_sixes(const uint8_t *p) {
  const __m512i quarters = _mm512_setr_epi32(0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11);
  const __m512i first = every(_mm_setr_epi8(0, 3, 6, 9, 0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11));
  const __m512i second = every(_mm_setr_epi8(-1, -1, -1, -1, 1, 4, 7, 10, 2, 5, 8, 11, -1, -1, -1, -1));
  const __m512i right = every(_mm_setr_epi32(0, 6, 4, 2)), left = every(_mm_setr_epi32(0, 2, 4, 0));
  const __m512i lower = every(_mm_setr_epi32(0x3f3f3f3f, 0x03030303, 0x0f0f0f0f, 0x3f3f3f3f));
  const __m512i upper = every(_mm_setr_epi32(0, 0x3c3c3c3c, 0x30303030, 0));
  const __m512i bytes = every(_mm_setr_epi8(0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15));
  __m512i v = _mm512_permutexvar_epi32(quarters, _mm512_maskz_loadu_epi32(0x0fff, p));
  __m512i a = _mm512_and_si512(_mm512_srlv_epi32(_mm512_shuffle_epi8(v, first), right), lower);
  __m512i b = _mm512_sllv_epi32(_mm512_shuffle_epi8(v, second), left);
  __m512i code = _mm512_ternarylogic_epi32(a, b, upper, 0xf8); /* a | (b & upper) */
  __m512i low = _mm512_and_si512(code, _mm512_set1_epi8(0x0f));
  __m512i top = _mm512_xor_si512(code, low);
  low = _mm512_maddubs_epi16(low, _mm512_set1_epi16(0x1001));
  top = _mm512_maddubs_epi16(top, _mm512_set1_epi16(0x4010));
  return _mm512_shuffle_epi8(_mm512_or_si512(low, top), bytes);
}

static void pack_sixes(const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t at = 0; at < 96; at += 48) {
    __m512i r[ROWS], w[ROWS];
    for (size_t i = 0; i < ROWS; i++) r[i] = lanes_of_sixes(rows + i * stride + at);
    transpose(r, w);
    for (size_t quarter = 0; quarter < ROWS; quarter += 4, words += 3 * WORD) {
      _mm512_store_si512(words, w[quarter]);
      _mm512_store_si512(words + WORD, w[quarter + 1]);
      _mm512_store_si512(words + 2 * WORD, _mm512_or_si512(w[quarter + 2], _mm512_slli_epi32(w[quarter + 3], 4)));
    }
  }
}

/* Neighbours of the bytes of a step, 32 words, fit 16 bits. */
static void look_at_bytes(const uint8_t *words, lowpk_seen *seen) {
  const __m512i magnitude = _mm512_set1_epi8(0x7f), one = _mm512_set1_epi8(1);
  __m512i most = _mm512_setzero_si512(), pairs = _mm512_setzero_si512();
  for (size_t i = 0; i < LOWPK_STEP / 4; i++) {
    const __m512i v = _mm512_load_si512(words + i * WORD);
    most = _mm512_max_epu8(most, _mm512_and_si512(v, magnitude));
    pairs = _mm512_add_epi16(pairs, _mm512_maddubs_epi16(one, v));
  }
  const __m512i sums = _mm512_madd_epi16(pairs, _mm512_set1_epi16(1));
  _mm512_storeu_si512(seen->sums, _mm512_add_epi32(_mm512_loadu_si512(seen->sums), sums));
  uint8_t all[64];
  _mm512_storeu_si512(all, most);
  for (size_t i = 0; i < sizeof all; i++)
    if (all[i] > seen->most) seen->most = all[i];
}

void lowpk_pack_codes_avx512(unsigned bits, const uint8_t *rows, size_t stride, uint8_t *words, lowpk_seen *seen) {
  switch (bits) {
  case 4:
    pack_nibbles(rows, stride, words);
    break;
  case 6:
    pack_sixes(rows, stride, words);
    break;
  case 8:
    pack_bytes(rows, stride, words);
    look_at_bytes(words, seen);
    break;
  default:
    pack_halves(rows, stride, words);
    break;
  }
  lowpk_checksum_add(&seen->checksum, words, (size_t)LOWPK_STEP * LOWPK_NR / 8 * bits);
}
