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

/*
 * Stores words 0..count-1 of the transposed square. Words of 4 rows first, then of 8 and 16: after the two rounds of unpacking,
 * register 4 i + j holds words j, 4 + j, 8 + j, 12 + j of rows 4 i .. 4 i + 3.
 */
static inline __attribute__((always_inline)) void store_transposed(const __m512i r[ROWS], int count, uint8_t *words) {
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
    _mm512_store_si512(words + j * WORD, _mm512_shuffle_i32x4(low02, high02, 0x88));
    _mm512_store_si512(words + (4 + j) * WORD, _mm512_shuffle_i32x4(low13, high13, 0x88));
    _mm512_store_si512(words + (8 + j) * WORD, _mm512_shuffle_i32x4(low02, high02, 0xdd));
    if (count > 12) _mm512_store_si512(words + (12 + j) * WORD, _mm512_shuffle_i32x4(low13, high13, 0xdd));
  }
}

static void pack_bytes(const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t at = 0; at < 128; at += 64) {
    __m512i r[ROWS];
    for (size_t i = 0; i < ROWS; i++) r[i] = _mm512_loadu_si512(rows + i * stride + at);
    store_transposed(r, 16, words + at * ROWS);
  }
}

/* Code i of eight: nibble i (bits b2 b1 b0 of its place) to nibble b1 b0 b2: the middle bytes, then the middle nibbles change places. */
static void pack_nibbles(const uint8_t *rows, size_t stride, uint8_t *words) {
  const __m512i bytes = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15));
  const __m512i mask = _mm512_set1_epi16(0x00f0);
  __m512i r[ROWS];
  for (size_t i = 0; i < ROWS; i++) {
    __m512i v = _mm512_shuffle_epi8(_mm512_loadu_si512(rows + i * stride), bytes);
    __m512i t = _mm512_and_si512(_mm512_xor_si512(_mm512_srli_epi16(v, 4), v), mask);
    r[i] = _mm512_ternarylogic_epi32(v, t, _mm512_slli_epi16(t, 4), 0x96); /* v ^ t ^ t << 4 */
  }
  store_transposed(r, 16, words);
}

/* Codes k, k+1, k+2, k+3: the middle ones change places. */
static void pack_halves(const uint8_t *rows, size_t stride, uint8_t *words) {
  const __m512i bytes = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15));
  for (size_t at = 0; at < 256; at += 64) {
    __m512i r[ROWS];
    for (size_t i = 0; i < ROWS; i++) r[i] = _mm512_shuffle_epi8(_mm512_loadu_si512(rows + i * stride + at), bytes);
    store_transposed(r, 16, words + at * ROWS);
  }
}

/* Eight 6-bit codes in the low 48 bits of each 64 to a code in each byte: halves, quarters, eighths move apart. */
static inline __m512i spread_sixes(__m512i v) {
  const __m512i low24 = _mm512_set1_epi64(0x0000000000ffffff), low12 = _mm512_set1_epi32(0x00000fff);
  const __m512i low6 = _mm512_set1_epi16(0x003f);
  v = _mm512_or_si512(_mm512_and_si512(v, low24), _mm512_slli_epi64(_mm512_andnot_si512(low24, v), 8));
  v = _mm512_or_si512(_mm512_and_si512(v, low12), _mm512_slli_epi32(_mm512_andnot_si512(low12, v), 4));
  return _mm512_or_si512(_mm512_and_si512(v, low6), _mm512_slli_epi16(_mm512_andnot_si512(low6, v), 2));
}

/*
 * 64 codes, 48 bytes, of a row to twelve words: a quarter of a register for each 16 codes, of which 64 bits are codes 0..7 and 64
 * codes 8..15. From those come the nibbles of each half in its lower word, and the upper bits of both together.
 */
static inline __m512i lanes_of_sixes(const uint8_t *p) {
  const __m512i quarters = _mm512_setr_epi32(0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11);
  const __m512i six_bytes = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 2, 3, 4, 5, -1, -1, 6, 7, 8, 9, 10, 11, -1, -1));
  const __m512i together = _mm512_setr_epi32(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15);
  __m512i v = _mm512_permutexvar_epi32(quarters, _mm512_maskz_loadu_epi32(0x0fff, p));
  v = spread_sixes(_mm512_shuffle_epi8(v, six_bytes));
  __m512i low = _mm512_and_si512(v, _mm512_set1_epi8(0x0f));
  __m512i top = _mm512_and_si512(_mm512_srli_epi64(v, 4), _mm512_set1_epi8(0x03));
  low = _mm512_or_si512(low, _mm512_srli_epi64(low, 28));
  top = _mm512_or_si512(top, _mm512_srli_epi64(top, 30));
  top = _mm512_or_si512(_mm512_shuffle_epi32(top, 0x44), _mm512_slli_epi32(_mm512_shuffle_epi32(top, 0xee), 4));
  v = _mm512_mask_blend_epi32(0x4444, _mm512_shuffle_epi32(low, 0x88), top); /* word 2 of each quarter */
  return _mm512_permutexvar_epi32(together, v);
}

static void pack_sixes(const uint8_t *rows, size_t stride, uint8_t *words) {
  for (size_t half = 0; half < 2; half++) {
    __m512i r[ROWS];
    for (size_t i = 0; i < ROWS; i++) r[i] = lanes_of_sixes(rows + i * stride + half * 48);
    store_transposed(r, 12, words + half * 12 * WORD);
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
