/* SPDX-License-Identifier: Apache-2.0 */
/* pairs.h: sums over runs of pairs (x, y), the inner loop of every error measure. */
#ifndef LOWPI_PAIRS_H
#define LOWPI_PAIRS_H

#include <lowp/measure.h>

/* What a run adds up to. */
typedef struct lowpi_pair_sums {
  double xx, yy, xy, e, ee;
  double max_abs, max_rel;
  uint32_t amax; /* bits of max |x| */
  uint32_t flushed;
} lowpi_pair_sums;

/* What a block, or the part of one that lies in the run, adds up to. */
typedef struct lowpi_block_sums {
  double xx, ee;
  double top_ee; /* of the first element that has amax */
  uint32_t amax; /* bits of max |x| */
} lowpi_block_sums;

/* Sums by magnitude, in several copies: neighbours do not wait for each other's sums, and the order stays defined. */
enum { LOWPI_BIN_COPIES = 4 };
typedef struct lowpi_bins {
  struct {
    double e, xx, ee;
    uint64_t count;
  } at[LOWP_MEASURE_BINS][LOWPI_BIN_COPIES];
} lowpi_bins;

/*
 * n finite pairs. *sums is overwritten. bins: added to; or NULL. blocks: one for each run of `block` pairs, but that the
 * first has `head` pairs, 0 < head <= block, and the last what is left; or NULL, then head and block do not matter.
 *
 * The order of every sum: eight lanes, lane l of the run has elements l, l + 8, ..., and of a block the same counted
 * from its own beginning; lanes are joined as ((0 + 4) + (1 + 5)) + ((2 + 6) + (3 + 7)). Element i goes to copy i % 4 of its bin.
 */
void lowpi_pairs_add(size_t n, const float *x, const float *y, lowpi_pair_sums *sums, lowpi_bins *bins, size_t head,
                     size_t block, lowpi_block_sums *blocks);

/* Adds the copies of each bin. */
void lowpi_bins_join(const lowpi_bins *bins, lowp_measure_bin *out);

/* Adds a run to stats, n included. */
void lowpi_stats_add(lowp_error_stats *stats, size_t n, const lowpi_pair_sums *sums);

/*
 * Copies n pairs to cx and cy with (0, 0) in the place of each that has NaN or Inf in it, counts those in *stats (which
 * otherwise stays as it is), and returns how many there were.
 */
size_t lowpi_pairs_clean(size_t n, const float *x, const float *y, float *cx, float *cy, lowp_error_stats *stats);

/* Is any of n values NaN or Inf? */
int lowpi_any_nonfinite(size_t n, const float *x);

#endif
