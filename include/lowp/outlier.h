/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file outlier.h  Outlier amplification: what one large value costs the others that share its scale.
 *
 * For a block with quantized values y, let O be its outliers and N the rest, n = |N|. Let y0 be what the block becomes
 * if O is set to zero and it is quantized again by the same rules, the tensor scale (NVFP4) staying as it is. Then
 *
 *   A = sum_N (x - y)^2 / sum_N (x - y0)^2            counterfactual ratio; 1: the outlier costs the others nothing
 *   z = |{N: x != 0, y = 0}| / n, z0 with y0          share of N that is flushed to zero, with and without the outlier
 *   D = sum_N ((x - y)^2 - (x - y0)^2) / (sum_N x^2 / n)   blast radius: added squared error in units of the mean
 *   square
 *
 * A compares formats of one block size only: a block four times as long has four times as many values to spoil. D
 * counts how many values' worth of energy an outlier destroys and compares across block sizes: report both. D may be
 * negative and A below 1 where the block's scale happened to suit N better with the outlier in place.
 *
 * The *block* is what shares a scale: 16 to 128 elements of a row, a row, a 128 x 128 tile, the whole tensor
 * (per-tensor schemes, and plain casts, whose A is 1). Padding belongs to no block. A block that holds NaN or Inf, in
 * x, y or y0, is counted and left out.
 *
 * Cost: every row is quantized once, and a second time where it has an outlier; amax and median of a block take one
 * pass each. Per-tensor schemes need up to four passes of lowp_outlier_plan_create over the tensor and, while it runs,
 * an f32 copy of it. Rules that read the whole tensor (RMS, NVFP4's scale) take one pass more.
 *
 * The same digits for any number of threads if rows are cut as described at lowp_outlier_measure_rows.
 * Thread safety: no hidden state. A plan is read only; any number of threads may measure with it.
 */
#ifndef LOWP_OUTLIER_H
#define LOWP_OUTLIER_H

#include <lowp/quant.h>

LOWP_BEGIN_DECLS

/**
 * What is in O. Ties for the maximum: the first in row order. The median of m magnitudes is the ((m + 1) / 2)th
 * smallest.
 */
typedef enum lowp_outlier_rule {
  LOWP_OUTLIER_MEDIAN = 0, /**< the arg-max of |x| if it exceeds threshold (8) times the median of |x| of the block */
  LOWP_OUTLIER_RMS,        /**< every |x| above threshold (6) times the root mean square of the tensor */
  LOWP_OUTLIER_ARGMAX      /**< the arg-max of every block that is not all zeros: for sweeps with planted outliers */
} lowp_outlier_rule;

/** One block that has outliers. */
typedef struct lowp_outlier_block {
  size_t row, col, rows, cols; /**< where it is, and its size without padding */
  size_t amax_row, amax_col;   /**< of its largest magnitude, the first in row order */
  double amax;
  uint64_t outliers;           /**< |O| */
  uint64_t rest;               /**< n = |N| */
  double rest_xx;              /**< sum_N x^2 */
  double rest_ee, rest_ee0;    /**< sum_N (x - y)^2, sum_N (x - y0)^2 */
  double a;                    /**< A; 1 if both sums are 0, +Inf if only the second is */
  double z, z0;
  double d;                    /**< D; 0 if N is all zeros */
} lowp_outlier_block;

/** Called for each block with outliers, in ascending order within one call of lowp_outlier_measure_rows. */
typedef void lowp_outlier_visit(void *context, const lowp_outlier_block *block);

typedef struct lowp_outlier_opts {
  size_t struct_size;
  lowp_outlier_rule rule;
  double threshold; /**< finite, >= 0; 0 means 8 for MEDIAN and 6 for RMS */
  /**
   * NULL, or a function that gets every block with outliers, on the thread that measures. Not called for the one block
   * of a per-tensor scheme, which is complete only in lowp_outlier_summarize.
   */
  lowp_outlier_visit *visit;
  void *context;
} lowp_outlier_opts;

/** The default: MEDIAN, 8, no visitor. */
LOWP_API void lowp_outlier_opts_init(lowp_outlier_opts *opts);

/** Blocks that lowp_outlier_stats keeps, and its bins of A: 64 to each power of two from 2^-8 to 2^24. */
enum { LOWP_OUTLIER_WORST = 16, LOWP_OUTLIER_BINS = 2048 };

/** Sums over blocks. Zeroed by lowp_outlier_stats_init; may be copied. Sums are in f64. */
typedef struct lowp_outlier_stats {
  size_t struct_size;
  uint64_t blocks;           /**< all */
  uint64_t outlier_blocks;   /**< those with outliers and with a rest; the sums below are over these */
  uint64_t nonfinite_blocks; /**< left out */
  uint64_t outliers;         /**< elements in O */
  uint64_t unbounded;        /**< blocks with A = +Inf */
  double all_xx, all_ee;     /**< sum x^2 and sum (x - y)^2 over all blocks that are finite */
  uint64_t rest;             /**< elements in N */
  double rest_xx, rest_ee, rest_ee0;
  double weight, weighted_a; /**< sum of rest_xx, and of rest_xx * A, over blocks with finite A */
  double sum_z, sum_z0, sum_d;
  uint64_t histogram[LOWP_OUTLIER_BINS]; /**< of A, clamped into the first and last bin */
  uint64_t worst_count;
  lowp_outlier_block worst[LOWP_OUTLIER_WORST]; /**< by D, descending; equal D by position */
  lowp_outlier_block open; /**< per-tensor schemes: the sums so far of the one block; cols = 0 for others */
  uint64_t open_nonfinite;
} lowp_outlier_stats;

/** What to report. */
typedef struct lowp_outlier_summary {
  size_t struct_size;
  uint64_t blocks, outlier_blocks, nonfinite_blocks, outliers, unbounded;
  double a_mean;    /**< mean of A weighted by the energy of N, blocks of infinite A left out */
  double a_ratio;   /**< sum of errors in N over the sum of errors without outliers: weighted by error */
  double a_p50, a_p99; /**< smallest A that 50, 99 % of the blocks do not exceed, rounded down to 6 bits after the point
                            of the significand: at most 1.6 % low, exact for A = 1 */
  double z_mean, z0_mean; /**< means over blocks; z_mean - z0_mean is what the outliers flush */
  double d_mean, d_sum;
  /**
   * mean added error of a block over the mean square of all N together: d_mean without the excess that blocks of small
   * energy give it, n / (n - 2) for normal bodies
   */
  double d_pooled;
  /** sum over N of the added error / error of the whole tensor: what removing outliers could gain */
  double error_share;
  uint64_t worst_count;
  lowp_outlier_block worst[LOWP_OUTLIER_WORST];
} lowp_outlier_summary;

LOWP_API void lowp_outlier_stats_init(lowp_outlier_stats *stats);

/** Adds the sums of `from`, which covers what follows `into`. */
LOWP_API void lowp_outlier_stats_merge(lowp_outlier_stats *into, const lowp_outlier_stats *from);

/**
 * The measures; means are 1 (A) or 0 (z, D) where no block has outliers. Nothing else of *summary need be set before.
 * LOWP_E_ARGUMENT for NULL or an uninitialised struct.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_outlier_summarize(const lowp_outlier_stats *stats,
                                                         lowp_outlier_summary *summary);

/** What has to be known of the whole tensor before its rows: scale, RMS. Borrows the view's data until destroyed. */
typedef struct lowp_outlier_plan lowp_outlier_plan;

/**
 * Prepares to measure matrix x in a scheme, under quantization options (NULL: defaults) and outlier options (NULL:
 * defaults). The options are copied. Stochastic rounding draws the numbers that lowp_quantize would.
 * One exception: while the MSE rule tries scales of 128 x 128 tiles under stochastic rounding, candidates draw other
 * numbers, so that the scale may differ from that of lowp_quantize.
 * Errors: those of lowp_quant_opts_check and lowp_view_check; LOWP_E_NONFINITE under that policy; LOWP_E_RANGE for the
 * threshold; LOWP_E_NOMEM. *plan is untouched on failure. Free it with lowp_outlier_plan_destroy.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_outlier_plan_create(lowp_outlier_plan **plan, lowp_scheme scheme,
                                                           const lowp_quant_opts *quant, const lowp_outlier_opts *opts,
                                                           const lowp_view *x, lowp_error *error);
LOWP_API void lowp_outlier_plan_destroy(lowp_outlier_plan *plan); /**< NULL is fine */

/** Rows of one partial sum: a multiple of the rows of a block, about 2^17 elements. */
LOWP_API size_t lowp_outlier_chunk_rows(const lowp_outlier_plan *plan);

/**
 * Adds rows row0..row1-1. Sums are made per chunk of lowp_outlier_chunk_rows, counted from row 0, and merged in
 * ascending order: ranges cut at multiples of that number, each into stats of its own, merged in order, give the bits
 * of one call. LOWP_E_RANGE if the rows are outside or cut a 128-row tile; LOWP_E_NONFINITE under that policy;
 * LOWP_E_NOMEM; *stats is then unchanged. Scratch: about 20 bytes per padded column (times 128 for tiles).
 */
LOWP_API LOWP_CHECKED lowp_status lowp_outlier_measure_rows(const lowp_outlier_plan *plan, size_t row0, size_t row1,
                                                            lowp_outlier_stats *stats, lowp_error *error);

/** Plan, all rows, summary, in one call. */
LOWP_API LOWP_CHECKED lowp_status lowp_measure_outliers(lowp_scheme scheme, const lowp_quant_opts *quant,
                                                        const lowp_outlier_opts *opts, const lowp_view *x,
                                                        lowp_outlier_summary *summary, lowp_error *error);

/**
 * Plants outliers for a sweep: in each block of the scheme, of the matrix x [rows, cols], one element becomes +k or -k.
 * Position and sign come from lowp_philox(seed, number of the block in row order). Fill x with a body of your choice
 * first (variance 1, for k in units of sigma) and measure with LOWP_OUTLIER_ARGMAX. Plain casts get one in the tensor.
 * LOWP_E_ARGUMENT (unknown scheme, NULL), LOWP_E_SHAPE (sizes overflow), LOWP_E_RANGE (k not finite or <= 0).
 */
LOWP_API LOWP_CHECKED lowp_status lowp_outlier_plant(lowp_scheme scheme, double k, uint32_t seed, size_t rows,
                                                     size_t cols, float *x);

LOWP_END_DECLS
#endif
