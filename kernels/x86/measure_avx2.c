/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_avx2.c: sums over pairs, sixteen at a time. A half has lanes 0..3 or 4..7 of elements i and i + 8; what is alive
 * between halves fits the sixteen registers: that, and not the number of operations, is the limit here.
 */
#include "kernels/generic/measure.h"
#include "kernels/kernel.h"
#include <immintrin.h>
#include <stdbool.h>

enum { RUN = 16 };

/* Everything that goes on from run to run. */
typedef struct state {
  __m256d xx[2], ee[2]; /* lanes 0..3 and 4..7 */
  __m256d yy[2], xy[2], e[2];
  __m256d max_abs;
  __m256d bound; /* what |e| / |x| has to exceed to be looked at */
  double max_rel;
  __m256i flushed;
} state;

/* The lanes of a block. */
typedef struct lanes {
  __m256d xx[2], ee[2];
} lanes;

#define INLINE static inline __attribute__((always_inline))

INLINE __m256d magnitude_of(__m256d v) {
  return _mm256_and_pd(v, _mm256_castsi256_pd(_mm256_set1_epi64x(0x7fffffffffffffff)));
}

/*
 * A quotient |e| / |x| that is larger than max_rel when rounded has |e| > max_rel |x|. The product is exact where max_rel
 * has few digits, as the 1 of values flushed to zero has, and then equal ones are passed over; else it is taken a little
 * smaller, so that its rounding does not matter.
 */
static __m256d bound_of(double max_rel) {
  const double cut = (double)(float)max_rel;
  return _mm256_set1_pd(cut == max_rel ? max_rel : max_rel * (1 - 0x1p-50));
}

/* Everything is passed by value here: sums whose address is taken would live in memory. */
static __attribute__((noinline)) double raised_max_rel(double max_rel, __m256d error, __m256d magnitude) {
  double e[4], m[4];
  _mm256_storeu_pd(e, error);
  _mm256_storeu_pd(m, magnitude);
  for (int l = 0; l < 4; l++)
    if (m[l] > 0 && e[l] / m[l] > max_rel) max_rel = e[l] / m[l];
  return max_rel;
}

INLINE void add_to_bin(lowpk_bins *bins, uint32_t bin, int lane, __m256d terms) {
  double *at = (double *)(void *)((char *)bins->at[0][lane] + bin);
  _mm256_store_pd(at, _mm256_add_pd(_mm256_load_pd(at), terms));
}

/* Four elements into their bins: one addition of (x^2, e^2, e, 1) each. `bin`: byte offsets of their bins. */
INLINE void add_to_bins(lowpk_bins *bins, const uint32_t *bin, int lane, __m256d xx, __m256d ee, __m256d e) {
  const __m256d one = _mm256_set1_pd(1);
  const __m256d xe02 = _mm256_unpacklo_pd(xx, ee), xe13 = _mm256_unpackhi_pd(xx, ee);
  const __m256d e02 = _mm256_unpacklo_pd(e, one), e13 = _mm256_unpackhi_pd(e, one);
  add_to_bin(bins, bin[0], lane, _mm256_permute2f128_pd(xe02, e02, 0x20));
  add_to_bin(bins, bin[1], lane + 1, _mm256_permute2f128_pd(xe13, e13, 0x20));
  add_to_bin(bins, bin[2], lane + 2, _mm256_permute2f128_pd(xe02, e02, 0x31));
  add_to_bin(bins, bin[3], lane + 3, _mm256_permute2f128_pd(xe13, e13, 0x31));
}

/* x, e and their squares of four elements; adds them to all sums but xx and ee. */
INLINE void add_four(state *s, int half, const float *px, const float *py, __m256d *xx, __m256d *ee, lowpk_bins *bins,
                     const uint32_t *bin) {
  const __m256d x = _mm256_cvtps_pd(_mm_loadu_ps(px)), y = _mm256_cvtps_pd(_mm_loadu_ps(py)), e = _mm256_sub_pd(y, x);
  /* Products of two f32 are exact in f64: fused or not, the sum is rounded once. */
  s->yy[half] = _mm256_fmadd_pd(y, y, s->yy[half]);
  s->xy[half] = _mm256_fmadd_pd(x, y, s->xy[half]);
  s->e[half] = _mm256_add_pd(s->e[half], e);
  const __m256d error = magnitude_of(e), magnitude = magnitude_of(x);
  s->max_abs = _mm256_max_pd(s->max_abs, error);
  const __m256d larger = _mm256_cmp_pd(error, _mm256_mul_pd(s->bound, magnitude), _CMP_GT_OQ);
  if (__builtin_expect(!_mm256_testz_pd(larger, larger), 0)) {
    s->max_rel = raised_max_rel(s->max_rel, error, magnitude);
    s->bound = bound_of(s->max_rel);
  }
  *xx = _mm256_mul_pd(x, x);
  *ee = _mm256_mul_pd(e, e);
  if (bins) add_to_bins(bins, bin, 4 * half, *xx, *ee, e);
}

/* Lanes 0..3 (half 0) or 4..7 of a run. */
INLINE void add_half(state *s, lanes *b, int half, const float *x, const float *y, lowpk_bins *bins,
                     const uint32_t *bin) {
  __m256d xx0, xx1, ee0, ee1;
  const int at = 4 * half;
  add_four(s, half, x + at, y + at, &xx0, &ee0, bins, bin + at);
  add_four(s, half, x + 8 + at, y + 8 + at, &xx1, &ee1, bins, bin + 8 + at);
  xx0 = _mm256_add_pd(xx0, xx1);
  ee0 = _mm256_add_pd(ee0, ee1);
  s->xx[half] = _mm256_add_pd(s->xx[half], xx0);
  s->ee[half] = _mm256_add_pd(s->ee[half], ee0);
  b->xx[half] = _mm256_add_pd(b->xx[half], xx0);
  b->ee[half] = _mm256_add_pd(b->ee[half], ee0);
}

/* What is done in f32 and integers with eight pairs: magnitudes, zeros, the places of bins. */
INLINE __m256i look_at(state *s, __m256 x, __m256 y, uint32_t *bin, bool with_bins) {
  const __m256 zero = _mm256_setzero_ps();
  const __m256i bits = _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(0x7fffffff));
  const __m256 flushed = _mm256_andnot_ps(_mm256_cmp_ps(x, zero, _CMP_EQ_OQ), _mm256_cmp_ps(y, zero, _CMP_EQ_OQ));
  s->flushed = _mm256_sub_epi32(s->flushed, _mm256_castps_si256(flushed));
  if (with_bins) {
    __m256i n = _mm256_sub_epi32(_mm256_srli_epi32(bits, 23), _mm256_set1_epi32(LOWPK_BIN_BIAS));
    n = _mm256_min_epi32(_mm256_max_epi32(n, _mm256_setzero_si256()), _mm256_set1_epi32(LOWP_MEASURE_BINS - 1));
    _Static_assert(sizeof(double[LOWPK_LANES][4]) == 256, "a bin is 2^8 bytes");
    _mm256_storeu_si256((__m256i *)(void *)bin, _mm256_slli_epi32(n, 8));
  }
  return bits;
}

/* Sixteen pairs. Returns the larger magnitude bits of i and i + 8 in each lane. */
INLINE __m256i add_run(state *s, lanes *b, const float *x, const float *y, lowpk_bins *bins) {
  uint32_t bin[RUN];
  const __m256i lower = look_at(s, _mm256_loadu_ps(x), _mm256_loadu_ps(y), bin, bins != NULL);
  const __m256i upper = look_at(s, _mm256_loadu_ps(x + 8), _mm256_loadu_ps(y + 8), bin + 8, bins != NULL);
  add_half(s, b, 0, x, y, bins, bin);
  add_half(s, b, 1, x, y, bins, bin);
  return _mm256_max_epu32(lower, upper);
}

/* A run that is not whole: zeros stand for what is missing, and are taken out of their bin again. */
static __attribute__((noinline)) void pad(size_t n, const float *x, const float *y, float *padded, lowpk_bins *bins) {
  memset(padded, 0, 2 * RUN * sizeof *padded);
  memcpy(padded, x, n * sizeof *x);
  memcpy(padded + RUN, y, n * sizeof *y);
  for (size_t i = n; i < RUN && bins; i++) bins->at[0][i % LOWPK_LANES][3] -= 1;
}

/* ((0 + 4) + (1 + 5)) + ((2 + 6) + (3 + 7)) of two sets of lanes. */
INLINE __m128d join2(const __m256d *a, const __m256d *b) {
  const __m256d pairs = _mm256_hadd_pd(_mm256_add_pd(a[0], a[1]), _mm256_add_pd(b[0], b[1]));
  return _mm_add_pd(_mm256_castpd256_pd128(pairs), _mm256_extractf128_pd(pairs, 1));
}

INLINE uint32_t largest(__m256i m) {
  __m128i h = _mm_max_epu32(_mm256_castsi256_si128(m), _mm256_extracti128_si256(m, 1));
  h = _mm_max_epu32(h, _mm_shuffle_epi32(h, 0x4e));
  h = _mm_max_epu32(h, _mm_shuffle_epi32(h, 0xb1));
  return (uint32_t)_mm_cvtsi128_si32(h);
}

/* Which of eight elements have these magnitude bits. */
INLINE uint64_t equal(const float *x, __m256i want) {
  const __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)x);
  const __m256i same = _mm256_cmpeq_epi32(_mm256_and_si256(v, _mm256_set1_epi32(0x7fffffff)), want);
  return (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(same));
}

/*
 * The first of n elements whose magnitude has these bits. There is one. All of a short block is looked at: where the
 * search ends is what no branch predictor knows.
 */
INLINE size_t find(size_t n, const float *x, uint32_t bits) {
  const __m256i want = _mm256_set1_epi32((int)bits);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    uint64_t found = equal(x + i, want) | equal(x + i + 8, want) << 8;
    if (i + 32 <= n) found |= equal(x + i + 16, want) << 16 | equal(x + i + 24, want) << 24;
    if (found) return i + (size_t)__builtin_ctzll(found);
    if (i + 32 <= n) i += 16;
  }
  while ((lowp_f32_bits(x[i]) & 0x7fffffffu) != bits) i++;
  return i;
}

/* crest and nmse of blocks k0..k1-1, all of `length` elements; up to three more are overwritten. */
static void ratios(const lowpk_blocks *b, size_t k0, size_t k1, size_t length) {
  const __m256d n = _mm256_set1_pd((double)length), zero = _mm256_setzero_pd();
  for (size_t k = k0; k < k1; k += 4) {
    const __m256d xx = _mm256_loadu_pd(b->xx + k), ee = _mm256_loadu_pd(b->ee + k);
    const __m256d amax = _mm256_cvtps_pd(_mm_loadu_ps((const float *)(const void *)(b->amax + k)));
    const __m256d some = _mm256_cmp_pd(xx, zero, _CMP_NEQ_OQ);
    const __m256d crest = _mm256_mul_pd(amax, _mm256_sqrt_pd(_mm256_div_pd(n, xx)));
    _mm_storeu_ps(b->crest + k, _mm256_cvtpd_ps(_mm256_and_pd(some, crest)));
    _mm_storeu_ps(b->nmse + k, _mm256_cvtpd_ps(_mm256_and_pd(some, _mm256_div_pd(ee, xx))));
  }
}

INLINE void add_blocks(state *s, size_t n, const float *x, const float *y, lowpk_bins *bins, size_t head, size_t block,
                       const lowpk_blocks *blocks, uint32_t *amax) {
  float padded[2 * RUN];
  size_t k = 0;
  for (size_t i = 0, length = head; i < n; i += length, length = block, k++) {
    if (length > n - i) length = n - i;
    lanes b;
    for (int j = 0; j < 2; j++) b.xx[j] = b.ee[j] = _mm256_setzero_pd();
    __m256i m = _mm256_setzero_si256();
    for (size_t c = i; c < i + length; c += RUN) {
      const float *px = x + c, *py = y + c;
      if (__builtin_expect(c + RUN > i + length, 0)) {
        pad(i + length - c, px, py, padded, bins);
        px = padded, py = padded + RUN;
      }
      m = _mm256_max_epu32(m, add_run(s, &b, px, py, bins));
    }
    const uint32_t most = largest(m);
    *amax = most > *amax ? most : *amax;
    if (!blocks) continue;
    const __m128d squares = join2(b.xx, b.ee);
    _mm_storel_pd(blocks->xx + k, squares);
    _mm_storeh_pd(blocks->ee + k, squares);
    blocks->amax[k] = most;
    const size_t top = i + find(length, x + i, most);
    const double e = (double)y[top] - (double)x[top];
    blocks->top_ee[k] = e * e;
  }
  if (!blocks) return;
  /* The first and the last may have other lengths than the rest. */
  const size_t last = k > 1 ? n - head - (k - 2) * block : head;
  ratios(blocks, 0, 1, head);
  ratios(blocks, 1, k, block);
  if (last != block && k > 1) ratios(blocks, k - 1, k, last);
}

void lowpk_measure_avx2(size_t n, const float *x, const float *y, lowpk_pair_sums *sums, lowpk_bins *bins, size_t head,
                        size_t block, const lowpk_blocks *blocks) {
  if (!blocks) head = block = n;
  if ((head % RUN && head != n) || (block % RUN && n - head > block)) {
    lowpk_measure_generic(n, x, y, sums, bins, head, block, blocks);
    return;
  }
  state s;
  for (int j = 0; j < 2; j++) s.xx[j] = s.ee[j] = s.yy[j] = s.xy[j] = s.e[j] = _mm256_setzero_pd();
  s.max_abs = _mm256_set1_pd(sums->max_abs);
  s.max_rel = sums->max_rel;
  s.bound = bound_of(s.max_rel);
  s.flushed = _mm256_setzero_si256();
  sums->amax = sums->flushed = 0;
  if (bins)
    add_blocks(&s, n, x, y, bins, head, block, blocks, &sums->amax);
  else
    add_blocks(&s, n, x, y, NULL, head, block, blocks, &sums->amax);
  double pair[2], abs[4];
  uint32_t flushed[8];
  _mm_storeu_pd(pair, join2(s.xx, s.ee));
  sums->xx = pair[0], sums->ee = pair[1];
  _mm_storeu_pd(pair, join2(s.yy, s.xy));
  sums->yy = pair[0], sums->xy = pair[1];
  _mm_storeu_pd(pair, join2(s.e, s.e));
  sums->e = pair[0];
  _mm256_storeu_pd(abs, s.max_abs);
  for (int j = 0; j < 4; j++) sums->max_abs = abs[j] > sums->max_abs ? abs[j] : sums->max_abs;
  sums->max_rel = s.max_rel;
  _mm256_storeu_si256((__m256i *)(void *)flushed, s.flushed);
  for (int j = 0; j < 8; j++) sums->flushed += flushed[j];
}
