/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure.h: what a kernel of the op `measure` adds up. The order of every sum is part of the definition, so that all of
 * them give the same bits.
 */
#ifndef LOWPK_MEASURE_H
#define LOWPK_MEASURE_H

#include <lowp/measure.h>

/* e = y - x, all in f64. Sums are set, maxima are raised from what they were. */
typedef struct lowpk_pair_sums {
  double xx, yy, xy, e, ee;
  double max_abs;   /* of |e| */
  double max_rel;   /* of |e| / |x|, rounded, where x != 0 */
  uint32_t amax;    /* bits of max |x|; set */
  uint32_t flushed; /* x != 0, y = 0; set */
} lowpk_pair_sums;

/*
 * Sums by magnitude in a copy for each lane: sums xx, ee, e and a count, by the exponent field of x as f32; lowp_measure_bin
 * joins some of them. 32-byte aligned.
 */
enum { LOWPK_LANES = 8, LOWPK_BINS = 256 };
typedef struct lowpk_bins {
  double at[LOWPK_BINS][LOWPK_LANES][4];
} lowpk_bins;

/*
 * Of block k: its sums; crest = (float)(amax sqrt(length / xx)) and nmse = (float)(ee / xx), both 0 if xx = 0. Where top_ee is
 * NULL amax alone is wanted, and the others may be NULL.
 */
typedef struct lowpk_blocks {
  double *xx, *ee, *top_ee; /* top_ee: e^2 of the first element with |x| = amax */
  uint32_t *amax;           /* bits */
  float *crest, *nmse;
} lowpk_blocks;

/*
 * n finite pairs, 0 < n. bins are added to, or NULL. blocks: the first has `head` pairs, 0 < head <= n, the others
 * `block`, the last what is left; or NULL, then head and block do not matter. At most three more entries than there are
 * blocks may be overwritten.
 *
 * xx and ee are added up by runs of 16 pairs, counted from the first; what the last lacks is 0. With a[l] = x[l]^2 + x[l + 8]^2,
 * l < 8, a run has ((a[0] + a[4]) + (a[1] + a[5])) + ((a[2] + a[6]) + (a[3] + a[7])). Run r goes to lane r % 4, and the lanes
 * are joined as (0 + 1) + (2 + 3). Of a block the same, its runs counted from its beginning. (So blocks of 16 need the sums of
 * runs alone, and the pairs are added up once for both.) For yy, xy, e and bins pair i is in lane i % 8, and lanes are joined
 * as ((0 + 4) + (1 + 5)) + ((2 + 6) + (3 + 7)).
 */
typedef void lowpk_measure_fn(size_t n, const float *x, const float *y, lowpk_pair_sums *sums, lowpk_bins *bins,
                              size_t head, size_t block, const lowpk_blocks *blocks);

#endif
