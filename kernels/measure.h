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

/* Sums by magnitude in a copy for each lane: sums xx, ee, e and a count, bins as lowp_measure_bin defines. 32-byte aligned. */
enum { LOWPK_LANES = 8 };
typedef struct lowpk_bins {
  double at[LOWP_MEASURE_BINS][LOWPK_LANES][4];
} lowpk_bins;

/* Of block k: its sums; crest = (float)(amax sqrt(length / xx)) and nmse = (float)(ee / xx), both 0 if xx = 0. */
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
 * Sums: element i is in lane i % 8; with xx and ee those of i and i + 8, i % 16 < 8, are added first, a missing one being 0:
 * lane += x[i]^2 + x[i + 8]^2. Of a block the same, counted from its beginning. Lanes are joined as
 * ((0 + 4) + (1 + 5)) + ((2 + 6) + (3 + 7)).
 */
typedef void lowpk_measure_fn(size_t n, const float *x, const float *y, lowpk_pair_sums *sums, lowpk_bins *bins,
                              size_t head, size_t block, const lowpk_blocks *blocks);

#endif
