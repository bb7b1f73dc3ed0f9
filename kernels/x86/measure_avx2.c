/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_avx2.c: sums over pairs in three steps, so that what is alive in each fits the sixteen registers: pairs, sixteen at
 * a time, leave four partial sums of squares and a vector of magnitudes behind; from those come the sums of runs, four at a
 * time; from these the sums of blocks.
 */
#include "kernels/generic/measure.h"
#include "kernels/kernel.h"
#include <immintrin.h>
#include <stdbool.h>

enum { RUN = 16, RUNS = 32, STEP = RUN * RUNS }; /* of a step: its tables are 5 KiB */

#define INLINE static inline __attribute__((always_inline))

/* What goes on from step to step. */
typedef struct state {
  __m256d yy[2], xy[2], e[2]; /* lanes 0..3 and 4..7 */
  __m256d xx, ee;             /* lanes of runs */
  __m256i flushed, amax;
  double max_abs, max_rel;
} state;

/* What a step leaves behind for each run. */
typedef struct table {
  __m256d part_xx[RUNS], part_ee[RUNS]; /* lanes l and l + 4 joined */
  __m256i most[RUNS];                   /* magnitude bits */
  uint32_t bin[STEP];                   /* byte offset of the bin of each pair */
  double xx[RUNS], ee[RUNS];
} table;

/* --- pairs -------------------------------------------------------------------------------------------------------- */

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

/* What is done in integers with eight pairs: magnitudes, zeros, the places of bins. */
INLINE __m256i look_at(__m256i *flushed, const float *x, const float *y, uint32_t *bin, bool with_bins) {
  const __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)x);
  const __m256i bits = _mm256_and_si256(v, _mm256_set1_epi32(0x7fffffff));
  const __m256i zero_x = _mm256_cmpeq_epi32(bits, _mm256_setzero_si256());
  const __m256i zero_y = _mm256_castps_si256(_mm256_cmp_ps(_mm256_loadu_ps(y), _mm256_setzero_ps(), _CMP_EQ_OQ));
  *flushed = _mm256_sub_epi32(*flushed, _mm256_andnot_si256(zero_x, zero_y));
  if (with_bins) {
    _Static_assert(sizeof(double[LOWPK_LANES][4]) == 256, "a bin is 2^8 bytes");
    const __m256i at = _mm256_and_si256(_mm256_srli_epi32(v, 23 - 8), _mm256_set1_epi32(0xff00));
    _mm256_storeu_si256((__m256i *)(void *)bin, at);
  }
  return bits;
}

INLINE void look_at_runs(state *s, size_t runs, const float *x, const float *y, bool with_bins, table *t) {
  __m256i flushed = s->flushed, amax = s->amax;
  for (size_t r = 0, i = 0; r < runs; r++, i += RUN) {
    const __m256i lower = look_at(&flushed, x + i, y + i, t->bin + i, with_bins);
    const __m256i upper = look_at(&flushed, x + i + 8, y + i + 8, t->bin + i + 8, with_bins);
    t->most[r] = _mm256_max_epu32(lower, upper);
    amax = _mm256_max_epu32(amax, t->most[r]);
  }
  s->flushed = flushed, s->amax = amax;
}

/* cut^2 such that no m^2 above it, rounded, is missed for m > max; where that is exact, equal ones are passed over. */
static double cut_of(double max) {
  const double few_digits = (double)(float)max;
  return few_digits == max ? max * max : max * max * (1 - 0x1p-50);
}

/* Raises the maxima to those of 4 pairs. */
static __attribute__((noinline)) void raise_maxima(double *max_abs, double *max_rel, __m256d error, __m256d magnitude) {
  double e[4], m[4];
  _mm256_storeu_pd(e, error);
  _mm256_storeu_pd(m, magnitude);
  for (int l = 0; l < 4; l++) {
    if (e[l] > *max_abs) *max_abs = e[l];
    if (m[l] > 0 && e[l] / m[l] > *max_rel) *max_rel = e[l] / m[l];
  }
}

/* Pairs of whole runs among which there is a new maximum. */
static __attribute__((noinline)) void find_maxima(state *s, size_t runs, const float *x, const float *y) {
  const __m256d no_sign = _mm256_castsi256_pd(_mm256_set1_epi64x(0x7fffffffffffffff));
  for (size_t i = 0; i < runs * RUN; i += 4) {
    const __m256d v = _mm256_cvtps_pd(_mm_loadu_ps(x + i)), w = _mm256_cvtps_pd(_mm_loadu_ps(y + i));
    const __m256d e = _mm256_and_pd(_mm256_sub_pd(w, v), no_sign), ee = _mm256_mul_pd(e, e);
    const __m256d bound = _mm256_mul_pd(_mm256_mul_pd(v, v), _mm256_set1_pd(cut_of(s->max_rel)));
    const __m256d most = _mm256_min_pd(bound, _mm256_set1_pd(cut_of(s->max_abs)));
    const __m256d larger = _mm256_cmp_pd(ee, _mm256_mul_pd(most, _mm256_set1_pd(1 - 0x1p-50)), _CMP_GT_OQ);
    if (!_mm256_testz_pd(larger, larger)) raise_maxima(&s->max_abs, &s->max_rel, e, _mm256_and_pd(v, no_sign));
  }
}

/* What goes on from run to run; in registers, so that everything that takes it has to be inlined. */
typedef struct lane_sums {
  __m256d yy[2], xy[2], e[2];
  __m256d most_ee, excess; /* largest e^2, and e^2 - cut x^2 */
} lane_sums;

/* Four pairs: x^2 and e^2, and all sums but these. half: of the lanes. */
INLINE void add_four(lane_sums *l, int half, const float *px, const float *py, __m256d cut, __m256d *xx, __m256d *ee,
                     lowpk_bins *bins, const uint32_t *bin) {
  const __m256d x = _mm256_cvtps_pd(_mm_loadu_ps(px)), y = _mm256_cvtps_pd(_mm_loadu_ps(py)), e = _mm256_sub_pd(y, x);
  /* Products of two f32 are exact in f64: fused or not, the sum is rounded once. */
  l->yy[half] = _mm256_fmadd_pd(y, y, l->yy[half]);
  l->xy[half] = _mm256_fmadd_pd(x, y, l->xy[half]);
  l->e[half] = _mm256_add_pd(l->e[half], e);
  *xx = _mm256_mul_pd(x, x);
  *ee = _mm256_mul_pd(e, e);
  l->most_ee = _mm256_max_pd(l->most_ee, *ee);
  l->excess = _mm256_max_pd(l->excess, _mm256_fnmadd_pd(*xx, cut, *ee));
  if (bins) add_to_bins(bins, bin, 4 * half, *xx, *ee, e);
}

/* Everything of whole runs that is done pair by pair. */
INLINE void add_pairs(state *s, size_t runs, const float *x, const float *y, lowpk_bins *bins, table *t) {
  look_at_runs(s, runs, x, y, bins != NULL, t);
  const __m256d zero = _mm256_setzero_pd(), cut = _mm256_set1_pd(cut_of(s->max_rel));
  lane_sums l = {{s->yy[0], s->yy[1]}, {s->xy[0], s->xy[1]}, {s->e[0], s->e[1]}, zero, zero};
  for (size_t r = 0, i = 0; r < runs; r++, i += RUN) {
    __m256d xx0, xx1, ee0, ee1, part_xx, part_ee;
    add_four(&l, 0, x + i, y + i, cut, &xx0, &ee0, bins, t->bin + i);
    add_four(&l, 0, x + i + 8, y + i + 8, cut, &xx1, &ee1, bins, t->bin + i + 8);
    part_xx = _mm256_add_pd(xx0, xx1);
    part_ee = _mm256_add_pd(ee0, ee1);
    add_four(&l, 1, x + i + 4, y + i + 4, cut, &xx0, &ee0, bins, t->bin + i + 4);
    add_four(&l, 1, x + i + 12, y + i + 12, cut, &xx1, &ee1, bins, t->bin + i + 12);
    t->part_xx[r] = _mm256_add_pd(part_xx, _mm256_add_pd(xx0, xx1));
    t->part_ee[r] = _mm256_add_pd(part_ee, _mm256_add_pd(ee0, ee1));
  }
  for (int half = 0; half < 2; half++) s->yy[half] = l.yy[half], s->xy[half] = l.xy[half], s->e[half] = l.e[half];
  const __m256d above = _mm256_cmp_pd(l.most_ee, _mm256_set1_pd(cut_of(s->max_abs)), _CMP_GT_OQ);
  const __m256d found = _mm256_or_pd(above, _mm256_cmp_pd(l.excess, zero, _CMP_GT_OQ));
  if (!_mm256_testz_pd(found, found)) find_maxima(s, runs, x, y);
}

/* --- runs --------------------------------------------------------------------------------------------------------- */

/* The sums of four runs. */
INLINE __m256d join_runs(const __m256d *part) {
  const __m256d a = _mm256_hadd_pd(part[0], part[1]), b = _mm256_hadd_pd(part[2], part[3]);
  return _mm256_add_pd(_mm256_permute2f128_pd(a, b, 0x20), _mm256_permute2f128_pd(a, b, 0x31));
}

INLINE void add_runs(state *s, size_t runs, table *t) {
  for (; runs % 8 != 0; runs++) t->part_xx[runs] = t->part_ee[runs] = _mm256_setzero_pd();
  for (size_t r = 0; r < runs; r += 4) {
    const __m256d xx = join_runs(t->part_xx + r), ee = join_runs(t->part_ee + r);
    _mm256_storeu_pd(t->xx + r, xx);
    _mm256_storeu_pd(t->ee + r, ee);
    s->xx = _mm256_add_pd(s->xx, xx);
    s->ee = _mm256_add_pd(s->ee, ee);
  }
}

/* --- blocks ------------------------------------------------------------------------------------------------------- */

/* A block that began and may go on in the next step. */
typedef struct open_block {
  double xx[4], ee[4];
  __m256i most;
  size_t runs; /* added so far */
  size_t k;    /* its number */
} open_block;

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

/* Maximum and the error at it of block k, of n pairs. */
INLINE void set_top(const lowpk_blocks *blocks, size_t k, __m256i most, size_t n, const float *x, const float *y) {
  const uint32_t amax = largest(most);
  const size_t top = find(n, x, amax);
  const double e = (double)y[top] - (double)x[top];
  blocks->amax[k] = amax;
  blocks->top_ee[k] = e * e;
}

/* (0 + 1) + (2 + 3) */
INLINE double join4(__m256d v) {
  const __m256d pairs = _mm256_hadd_pd(v, v);
  return _mm_cvtsd_f64(_mm_add_pd(_mm256_castpd256_pd128(pairs), _mm256_extractf128_pd(pairs, 1)));
}

/* The sum of 1, 2, 4 or 8 runs. Those that are not there are 0. */
INLINE double join_block(const double *run, size_t length) {
  if (length == 1) return run[0];
  if (length == 2) return run[0] + run[1];
  const __m256d lanes = _mm256_loadu_pd(run);
  return join4(length == 4 ? lanes : _mm256_add_pd(lanes, _mm256_loadu_pd(run + 4)));
}

/* Magnitudes of runs r0 to r1 - 1. */
INLINE __m256i most_of(const table *t, size_t r0, size_t r1) {
  __m256i most = t->most[r0];
  while (++r0 < r1) most = _mm256_max_epu32(most, t->most[r0]);
  return most;
}

/* Runs of the step that begins at pair `from`, of blocks of 1, 2, 4 or 8 runs each. */
INLINE void add_short_blocks(const lowpk_blocks *blocks, open_block *b, size_t runs, const table *t, size_t n,
                             const float *x, const float *y, size_t from, size_t length) {
  for (size_t r = 0; r < runs; r += length, from += length * RUN, b->k++) {
    const __m256i most = most_of(t, r, r + length < runs ? r + length : runs);
    blocks->xx[b->k] = join_block(t->xx + r, length);
    blocks->ee[b->k] = join_block(t->ee + r, length);
    set_top(blocks, b->k, most, n - from < length * RUN ? n - from : length * RUN, x + from, y + from);
  }
}

/* The same where amax alone is wanted. */
static void add_short_maxima(const lowpk_blocks *blocks, open_block *b, size_t runs, const table *t, size_t length) {
  for (size_t r = 0; r < runs; r += length)
    blocks->amax[b->k++] = largest(most_of(t, r, r + length < runs ? r + length : runs));
}

/* The same of blocks of any number of runs. */
static void add_blocks(const lowpk_blocks *blocks, open_block *b, size_t runs, const table *t, size_t n, const float *x,
                       const float *y, size_t head, size_t block) {
  for (size_t r = 0; r < runs;) {
    const size_t begin = b->k ? head + (b->k - 1) * block : 0, length = b->k ? block : head;
    const size_t m = n - begin < length ? n - begin : length, whole = (m + RUN - 1) / RUN;
    const size_t end = whole - b->runs < runs - r ? r + (whole - b->runs) : runs;
    if (b->runs == 0) *b = (open_block){.k = b->k};
    __m256i most = b->most;
    for (; r < end; r++, b->runs++) {
      b->xx[b->runs % 4] += t->xx[r];
      b->ee[b->runs % 4] += t->ee[r];
      most = _mm256_max_epu32(most, t->most[r]);
    }
    b->most = most;
    if (b->runs < whole) return;
    if (blocks->top_ee) {
      blocks->xx[b->k] = (b->xx[0] + b->xx[1]) + (b->xx[2] + b->xx[3]);
      blocks->ee[b->k] = (b->ee[0] + b->ee[1]) + (b->ee[2] + b->ee[3]);
      set_top(blocks, b->k, most, m, x + begin, y + begin);
    } else {
      blocks->amax[b->k] = largest(most);
    }
    b->runs = 0;
    b->k++;
  }
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

/* --- all ---------------------------------------------------------------------------------------------------------- */

/* A run that is not whole: zeros stand for what is missing, and are taken out of their bin again. */
static __attribute__((noinline)) void pad(size_t n, const float *x, const float *y, float *padded, lowpk_bins *bins) {
  memset(padded, 0, 2 * RUN * sizeof *padded);
  memcpy(padded, x, n * sizeof *x);
  memcpy(padded + RUN, y, n * sizeof *y);
  for (size_t i = n; i < RUN && bins; i++) bins->at[0][i % LOWPK_LANES][3] -= 1;
}

INLINE void add_all(state *s, size_t n, const float *x, const float *y, lowpk_bins *bins, size_t head, size_t block,
                    const lowpk_blocks *blocks) {
  table t;
  float padded[2 * RUN];
  open_block b = {.k = 0};
  for (size_t i = 0; i < n; i += STEP) {
    const size_t m = n - i < STEP ? n - i : STEP, rest = m % RUN;
    size_t runs = m / RUN;
    add_pairs(s, runs, x + i, y + i, bins, &t);
    if (__builtin_expect(rest != 0, 0)) {
      table last;
      pad(rest, x + i + m - rest, y + i + m - rest, padded, bins);
      add_pairs(s, 1, padded, padded + RUN, bins, &last);
      t.part_xx[runs] = last.part_xx[0];
      t.part_ee[runs] = last.part_ee[0];
      t.most[runs++] = last.most[0];
    }
    add_runs(s, runs, &t);
    if (!blocks) continue;
    if (!blocks->top_ee && head == block && block % RUN == 0 && RUNS % (block / RUN) == 0)
      add_short_maxima(blocks, &b, runs, &t, block / RUN);
    else if (head == block && block == RUN)
      add_short_blocks(blocks, &b, runs, &t, n, x, y, i, 1);
    else if (head == block && block == 2 * RUN)
      add_short_blocks(blocks, &b, runs, &t, n, x, y, i, 2);
    else if (head == block && block == 4 * RUN)
      add_short_blocks(blocks, &b, runs, &t, n, x, y, i, 4);
    else if (head == block && block == 8 * RUN)
      add_short_blocks(blocks, &b, runs, &t, n, x, y, i, 8);
    else
      add_blocks(blocks, &b, runs, &t, n, x, y, head, block);
  }
  if (!blocks || !blocks->top_ee) return;
  /* The first and the last may have other lengths than the rest. */
  const size_t last = b.k > 1 ? n - head - (b.k - 2) * block : head;
  ratios(blocks, 0, 1, head);
  ratios(blocks, 1, b.k, block);
  if (last != block && b.k > 1) ratios(blocks, b.k - 1, b.k, last);
}

void lowpk_measure_avx2(size_t n, const float *x, const float *y, lowpk_pair_sums *sums, lowpk_bins *bins, size_t head,
                        size_t block, const lowpk_blocks *blocks) {
  if (!blocks) head = block = n;
  if ((head % RUN && head != n) || (block % RUN && n - head > block)) {
    lowpk_measure_generic(n, x, y, sums, bins, head, block, blocks);
    return;
  }
  state s = {.max_abs = sums->max_abs, .max_rel = sums->max_rel};
  if (bins)
    add_all(&s, n, x, y, bins, head, block, blocks);
  else
    add_all(&s, n, x, y, NULL, head, block, blocks);
  uint32_t flushed[8];
  _mm256_storeu_si256((__m256i *)(void *)flushed, s.flushed);
  sums->flushed = 0;
  for (int j = 0; j < 8; j++) sums->flushed += flushed[j];
  *sums = (lowpk_pair_sums){.xx = join4(s.xx),
                            .ee = join4(s.ee),
                            .yy = join4(_mm256_add_pd(s.yy[0], s.yy[1])),
                            .xy = join4(_mm256_add_pd(s.xy[0], s.xy[1])),
                            .e = join4(_mm256_add_pd(s.e[0], s.e[1])),
                            .max_abs = s.max_abs,
                            .max_rel = s.max_rel,
                            .amax = largest(s.amax),
                            .flushed = sums->flushed};
}
