/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file error_stats.h  Sums of errors, and the measures that follow from them.
 *
 * x is the original, y what came back. All sums are in f64 over the whole tensor: NMSE is one ratio of two sums, never a
 * mean of block ratios. Pairs in which x or y is NaN or Inf are counted and left out of every sum and maximum.
 *
 * Thread safety: no function here has hidden state.
 */
#ifndef LOWP_ERROR_STATS_H
#define LOWP_ERROR_STATS_H

#include <lowp/tensor.h>

LOWP_BEGIN_DECLS

/**
 * Sums from which the measures below are computed. Zeroed by lowp_error_stats_init; may be copied and stored.
 *
 * A floating-point sum depends on the order of its terms. These are the same bits for any number of threads if the work
 * is cut by shape alone: partial sums over lowp_error_chunk_rows(cols) rows each, merged in ascending order. That is what
 * lowp_error_stats_rows and _qtensor do with a longer range, so that one call over all rows gives those bits too.
 */
typedef struct lowp_error_stats {
  size_t struct_size;
  uint64_t count;        /**< pairs fed */
  uint64_t x_nan, x_inf; /**< x was NaN, Inf */
  uint64_t y_nonfinite;  /**< x was finite, y was not */
  uint64_t flushed;      /**< x != 0 and y == 0 */
  /**
   * The largest code was too small: y has the largest magnitude code of its sign (in two's complement also -max), and
   * |x| exceeds |y| by more than half of the step between that code and the one before it. Also counted: x finite and
   * y infinite. Counted by lowp_error_stats_qtensor alone, since it takes codes to know.
   */
  uint64_t clipped;
  double x_amax; /**< max |x| */
  double sum_xx, sum_yy, sum_xy;
  double sum_e, sum_ee; /**< e = y - x */
  double max_abs;       /**< max |e| */
  double max_rel;       /**< max |e| / |x| over x != 0 */
} lowp_error_stats;

LOWP_API void lowp_error_stats_init(lowp_error_stats *stats);

/** Adds n pairs. The result depends on how the data are cut into calls: see above. Preconditions: valid pointers. */
LOWP_API void lowp_error_stats_add(lowp_error_stats *stats, size_t n, const float *x, const float *y);

/** Adds the sums of `from`, which covers what follows `into`. */
LOWP_API void lowp_error_stats_merge(lowp_error_stats *into, const lowp_error_stats *from);

/** Rows of one partial sum in a tensor of `cols` columns: at least 1, about 2^17 elements. */
LOWP_API size_t lowp_error_chunk_rows(size_t cols);

/**
 * Adds rows row0..row1-1 of two matrices of the same shape. F64 is rounded to f32 first. LOWP_E_SHAPE if the shapes
 * differ, LOWP_E_RANGE if the rows are outside, LOWP_E_NOMEM; *stats is then unchanged. Takes 8 * cols bytes of scratch.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_error_stats_rows(lowp_error_stats *stats, const lowp_view *x, const lowp_view *y,
                                                        size_t row0, size_t row1);

/** The same for a matrix and its quantized form, decoded row by row. Takes 9 * cols bytes of scratch and little more. */
LOWP_API LOWP_CHECKED lowp_status lowp_error_stats_qtensor(lowp_error_stats *stats, const lowp_view *x,
                                                           const lowp_qtensor *y, size_t row0, size_t row1);

/** sum e^2 / sum x^2; 0 without error, +Inf if there is error but no signal. */
LOWP_API double lowp_error_nmse(const lowp_error_stats *stats);

/** -10 log10 NMSE: 6.02 dB is one bit. +Inf without error. The last digits follow the C library's log10. */
LOWP_API double lowp_error_qsnr_db(const lowp_error_stats *stats);

/** sum e^2 / pairs that counted; 0 without any. */
LOWP_API double lowp_error_mse(const lowp_error_stats *stats);

/** sum e / pairs that counted: positive if y is larger on average; 0 without any. */
LOWP_API double lowp_error_bias(const lowp_error_stats *stats);

/** sum x y / sqrt(sum x^2 sum y^2); 1 if both are zero, 0 if one is. */
LOWP_API double lowp_error_cosine(const lowp_error_stats *stats);

/** Effective bits of a Gaussian source: QSNR / 6.02. +Inf without error. */
LOWP_API double lowp_error_effective_bits(const lowp_error_stats *stats);

/** Pairs that are in the sums: count less x_nan, x_inf and y_nonfinite. Fractions of pairs are of these. */
LOWP_API uint64_t lowp_error_counted(const lowp_error_stats *stats);

LOWP_END_DECLS
#endif
