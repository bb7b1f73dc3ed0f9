/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack_codes_avx2.c: codes to lanes as in pack_codes_avx512.c, eight rows at a time and 32 bytes of each: put in the
 * order of a lane, then transposed as a square of 32-bit words. Two squares are whole words, which enter the checksum at
 * once: its products run in units that vectors leave idle.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/seen.h"
#include "kernels/x86/codes_avx2.h"

/* Code i of eight to nibble b1 b0 b2 of its place b2 b1 b0: the middle bytes, then the middle nibbles change places. */
LOWPK_TILE_INLINE __m256i lanes_of_nibbles(__m256i v) {
  v = _mm256_shuffle_epi8(v, both(_mm_setr_epi8(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15)));
  __m256i t = _mm256_and_si256(_mm256_xor_si256(_mm256_srli_epi16(v, 4), v), _mm256_set1_epi16(0x00f0));
  return _mm256_xor_si256(v, _mm256_mullo_epi16(t, _mm256_set1_epi16(0x11))); /* v ^ t ^ t << 4 */
}

/* Codes k, k+1, k+2, k+3: the middle ones change places. */
LOWPK_TILE_INLINE __m256i lanes_of_halves(__m256i v) {
  return _mm256_shuffle_epi8(v, both(_mm_setr_epi8(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15)));
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

/* Eight words of a square, of six bits six. */
LOWPK_TILE_INLINE void store(unsigned bits, uint8_t *words, __m256i w[ROWS]) {
  size_t count = ROWS;
  if (bits == 6) {
    w[2] = _mm256_or_si256(w[2], _mm256_slli_epi32(w[3], 4));
    w[3] = w[4];
    w[4] = w[5];
    w[5] = _mm256_or_si256(w[6], _mm256_slli_epi32(w[7], 4));
    count = 6;
  }
  LOWPK_UNROLL
  for (size_t j = 0; j < count; j++) _mm256_store_si256((__m256i *)(void *)(words + j * WORD), w[j]);
}

/* bits: a constant. */
LOWPK_TILE_INLINE void pack(unsigned bits, const uint8_t *rows, size_t stride, uint8_t *words, lowpk_seen *seen) {
  const size_t bytes = bits == 6 ? 24 : 32, end = LOWPK_STEP / 8 * bits, step = bytes / 4 * WORD;
  const __m256i magnitude = _mm256_set1_epi8(0x7f), one = _mm256_set1_epi8(1);
  __m256i most = _mm256_setzero_si256(), pairs[2] = {most, most}; /* sums of neighbours, of 32 words: they fit */
  uint64_t lane[8];
  lowpk_seen_copy(seen->checksum.lane, lane);
  for (size_t at = 0; at < end; at += 2 * bytes, words += 2 * step) {
    for (size_t half = 0; half < 2; half++) {
      LOWPK_UNROLL
      for (size_t part = 0; part < 2; part++) {
        __m256i q[ROWS], w[ROWS];
        LOWPK_UNROLL
        for (size_t four = 0; four < ROWS; four += 4) {
          __m256i r[4];
          LOWPK_UNROLL
          for (size_t i = 0; i < 4; i++) {
            const uint8_t *p = rows + (half * ROWS + four + i) * stride + at + part * bytes;
            r[i] = bits == 6 ? lanes_of_sixes(p) : load(p);
            if (bits == 4) r[i] = lanes_of_nibbles(r[i]);
            if (bits == 8) most = _mm256_max_epu8(most, _mm256_and_si256(r[i], magnitude));
            if (bits == 16) r[i] = lanes_of_halves(r[i]);
          }
          interleave(r, q + four);
        }
        join(q, w);
        LOWPK_UNROLL
        for (size_t j = 0; j < ROWS && bits == 8; j++)
          pairs[half] = _mm256_add_epi16(pairs[half], _mm256_maddubs_epi16(one, w[j]));
        store(bits, words + part * step + half * 4 * ROWS, w);
      }
    }
    lowpk_absorb_pairs(lane, seen->checksum.odd, words, 2 * step);
  }
  lowpk_seen_copy(lane, seen->checksum.lane);
  if (bits != 8) return;
  LOWPK_UNROLL
  for (size_t half = 0; half < 2; half++) {
    __m256i *sums = (__m256i *)(void *)(seen->sums + half * ROWS);
    const __m256i sum = _mm256_madd_epi16(pairs[half], _mm256_set1_epi16(1));
    _mm256_storeu_si256(sums, _mm256_add_epi32(_mm256_loadu_si256(sums), sum));
  }
  uint8_t all[32];
  _mm256_storeu_si256((__m256i *)(void *)all, most);
  for (size_t i = 0; i < sizeof all; i++)
    if (all[i] > seen->most) seen->most = all[i];
}

void lowpk_pack_codes_avx2(unsigned bits, const uint8_t *rows, size_t stride, uint8_t *words, lowpk_seen *seen) {
  switch (bits) {
  case 4:
    pack(4, rows, stride, words, seen);
    break;
  case 6:
    pack(6, rows, stride, words, seen);
    break;
  case 8:
    pack(8, rows, stride, words, seen);
    break;
  default:
    pack(16, rows, stride, words, seen);
    break;
  }
}
