/* SPDX-License-Identifier: Apache-2.0 */
/* pairs.h: what surrounds the kernel that adds up pairs (x, y). */
#ifndef LOWPI_PAIRS_H
#define LOWPI_PAIRS_H

#include "kernels/kernel.h"
#include <lowp/measure.h>

/* Pairs of one call of the kernel: x, y and the tables of counts fit in the first-level cache. A multiple of all blocks. */
enum { LOWPI_PAIRS = 2048 };

/* Arrays of lowpk_blocks for so many; the kernel may overwrite three entries behind the last. */
typedef struct lowpi_block_arrays {
  double xx[LOWPI_PAIRS + 3], ee[LOWPI_PAIRS + 3], top_ee[LOWPI_PAIRS + 3];
  uint32_t amax[LOWPI_PAIRS + 3];
  float crest[LOWPI_PAIRS + 3], nmse[LOWPI_PAIRS + 3];
} lowpi_block_arrays;

static inline lowpk_blocks lowpi_blocks_of(lowpi_block_arrays *b) {
  return (lowpk_blocks){b->xx, b->ee, b->top_ee, b->amax, b->crest, b->nmse};
}

/* Sums of a run go to stats, n included. The kernel raises maxima from what stats has. */
lowpk_pair_sums lowpi_stats_begin(const lowp_error_stats *stats);
void lowpi_stats_add(lowp_error_stats *stats, size_t n, const lowpk_pair_sums *sums);

/* Adds the lanes of each bin to out[LOWP_MEASURE_BINS]. */
void lowpi_bins_join(const lowpk_bins *bins, lowp_measure_bin *out);

/*
 * Copies n pairs to cx and cy with (0, 0) in the place of each that has NaN or Inf in it, counts those in *stats (which
 * otherwise stays as it is), and returns how many there were.
 */
size_t lowpi_pairs_clean(size_t n, const float *x, const float *y, float *cx, float *cy, lowp_error_stats *stats);

/* Is any of n values NaN or Inf? */
int lowpi_any_nonfinite(size_t n, const float *x);

#endif
