/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_int8_pairs_avx2.h: integer dots of small elements by VPMADDUBSW, for gemm_int8_dot.h: two products of an unsigned and a
 * signed byte, added in 16 bits, and added up there, over the words of a part of a block.
 *
 * Weights are the unsigned side, as w + offset. With W and X the largest magnitudes of both sides and offset = W
 *
 *   2 (2 W) X <= 32767      no pair saturates
 *   words 2 W X <= 32767    so many words of four k have true sums w x that 16 bits hold
 *
 * The second bound knows no offset: each 16-bit lane begins at -offset times the sum of just those activations that it will
 * meet, and additions wrap. What neither bound admits, both sides of 8 bits, takes 16-bit products.
 *
 *   W, X      E2M1 12   E2M1 8 bits   S1P2 28   S1P2 8 bits   E2M3 60   E2M3 8 bits   INT4 8 bits   8 bits of both
 *   words     113       10            20        4             4         2             15            none
 */
#ifndef LOWPK_X86_GEMM_INT8_PAIRS_AVX2_H
#define LOWPK_X86_GEMM_INT8_PAIRS_AVX2_H

/* What gcc 12 is kept from besides: keeping the sums of a block on the stack, beside those in memory. */
#define IN_MEMORY() __asm__ volatile("" : : : "memory")

/* Words of a part: 2, 4, 8 or 16, at most a block; 0 where pairs might saturate. */
static size_t words_of_part(lowp_element w, lowp_element x, size_t block) {
  const int product = 2 * largest_integer(w) * largest_integer(x);
  size_t words = MOST_WORDS;
  if (2 * product > INT16_MAX) return 0;
  while (words * (size_t)product > INT16_MAX || words * 4 > block) words /= 2;
  return words;
}

/* starts of all rows in hand and of all parts: in each half of a lane, -offset times the sum of the activations that meet it. */
static void find_pair_starts(const state *t) {
  const lowpk_gemm *g = t->g;
  const __m256i offset = _mm256_set1_epi8((char)t->offset);
  int32_t lanes[8];
  for (size_t m = t->m0; m < t->m1; m++) {
    const size_t i = m / LOWPK_MR, h = least(LOWPK_MR, g->m - i * LOWPK_MR);
    const int8_t *x = (const int8_t *)g->lhs + i * LOWPK_MR * g->w->kp + m % LOWPK_MR * 64;
    int32_t *start = t->start + (m - t->m0) * t->blocks;
    __m256i before = _mm256_setzero_si256();
    for (size_t k = 0; k < g->w->kp; k += 32) {
      __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(x + k / 64 * h * 64 + k % 64));
      v = _mm256_sub_epi16(_mm256_setzero_si256(), _mm256_maddubs_epi16(offset, v));
      v = _mm256_add_epi16(v, _mm256_shuffle_epi32(v, 0xb1));
      if (t->words > 2) v = _mm256_add_epi16(v, _mm256_shuffle_epi32(v, 0x4e));
      if (t->words > 4) v = _mm256_add_epi16(v, _mm256_permute2x128_si256(v, v, 1));
      if (t->words > 8 && k % 64 == 0) {
        before = v;
        continue;
      }
      _mm256_storeu_si256((__m256i *)(void *)lanes, t->words > 8 ? _mm256_add_epi16(v, before) : v);
      for (size_t l = 0; l < 8; l += t->words) *start++ = lanes[l];
    }
  }
}

/* Integers of `k` k of a panel become unsigned. */
static void add_offset(unsigned offset, int8_t *integers, size_t k) {
  for (size_t i = 0; i < k * LOWPK_NR; i += 32)
    lowpk_b_store(integers + i, _mm256_add_epi8(lowpk_b_load(integers + i), _mm256_set1_epi8((char)offset)));
}

/* Four k of a row of activations at x times both halves of a word of weights. */
LOWPK_INLINE void add_pairs(__m256i u0, __m256i u1, const int8_t *x, __m256i pair[PARTS]) {
  const __m256i v = four_bytes(x);
  __m256i a = _mm256_maddubs_epi16(u0, v), b = _mm256_maddubs_epi16(u1, v);
  IN_ORDER(a);
  IN_ORDER(b);
  pair[0] = _mm256_add_epi16(pair[0], a);
  pair[1] = _mm256_add_epi16(pair[1], b);
  IN_ORDER(pair[0]);
  IN_ORDER(pair[1]);
}

/*
 * A part of `words` words (constant): from a tile of activations on, a row every 64 bytes, and unsigned weights. start: of
 * row r at r * t->blocks.
 */
LOWPK_INLINE void dot_part(int count, size_t words, const state *t, const int8_t *x, const int8_t *w,
                           const int32_t *start, __m256i pair[][PARTS]) {
#pragma GCC unroll 4
  for (int r = 0; r < count; r++) pair[r][0] = pair[r][1] = _mm256_set1_epi32(start[(size_t)r * t->blocks]);
  HIDDEN(x, w);
#pragma GCC unroll 16
  for (size_t j = 0; j < words; j++) {
    const __m256i u0 = lowpk_b_load(w + j * 64), u1 = lowpk_b_load(w + j * 64 + 32);
#pragma GCC unroll 4
    for (int r = 0; r < count; r++) add_pairs(u0, u1, x + r * 64 + j * 4, pair[r]);
  }
}

/* block_rows() by parts of `words` words; whole: a block is one part. */
LOWPK_INLINE void pair_rows(int count, size_t words, bool whole, const state *t, const some_rows *a, const weights *v,
                            size_t k, float *sums) {
  const size_t block = t->g->block;
  const int32_t *start = a->start + a->first_block;
  const __m256i one = _mm256_set1_epi16(1);
  for (size_t b = 0, k0 = 0; b < k / block; b++) {
    __m256i pair[MOST_ROWS][PARTS], sum[MOST_ROWS][PARTS];
    if (!whole) {
#pragma GCC unroll 4
      for (int r = 0; r < count; r++) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
    }
    do {
      dot_part(count, words, t, a->x + k0 / 64 * a->tile + k0 % 64, v->w + k0 * LOWPK_NR, start++, pair);
      k0 += words * 4;
#pragma GCC unroll 4
      for (int r = 0; r < count; r++)
#pragma GCC unroll 2
        for (int i = 0; i < PARTS; i++) {
          const __m256i d = _mm256_madd_epi16(pair[r][i], one);
          sum[r][i] = whole ? d : _mm256_add_epi32(sum[r][i], d);
        }
    } while (!whole && k0 % block);
    IN_MEMORY();
    end_block(count, a, b, v->sw, v->sw_shift, sum, sums);
  }
}

LOWPK_INLINE void pair_panel(int count, const state *t, const some_rows *a, const weights *v, size_t k, float *sums) {
  const bool whole = t->g->block == t->words * 4;
  switch (t->words) {
#define PART(words) \
  case words: \
    if (whole) \
      pair_rows(count, words, true, t, a, v, k, sums); \
    else \
      pair_rows(count, words, false, t, a, v, k, sums); \
    break
    PART(4);
    PART(8);
    PART(16);
#undef PART
  default:
    pair_rows(count, 2, false, t, a, v, k, sums);
    break;
  }
}

#endif
