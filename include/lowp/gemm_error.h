/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file gemm_error.h  What quantization costs at the output of y = x w^T: by weights, by activations, by both.
 *
 * With x [m, k] and w [n, k] the originals, dx = xq - x and dw = wq - w what quantization changed, an output y
 * changes by
 *
 *     weights alone      x . dw                    e_w    = sum (x . dw)^2 / sum y^2 over all outputs
 *     activations alone  dx . w                    e_a    = sum (dx . w)^2 / sum y^2
 *     both               x . dw + dx . w + dx . dw e_both
 *
 * Errors that are independent, of mean 0 and spread alike over columns give e_both = e_w + e_a + e_w e_a; how far the
 * measured value is from that is reported. The usual causes are a correlation of the two errors, which is reported
 * too, and columns in which both operands are large.
 *
 * All dot products are f64 sums of differences, not differences of sums, in an order that depends on k alone.
 *
 * Thread safety: no hidden state; rows of x may be measured by several threads.
 */
#ifndef LOWP_GEMM_ERROR_H
#define LOWP_GEMM_ERROR_H

#include <lowp/accumulate.h>
#include <lowp/random.h>

LOWP_BEGIN_DECLS

/** What is multiplied. Fill it with lowp_gemm_error_init, then change what you need. */
typedef struct lowp_gemm_error_desc {
  size_t struct_size;
  const lowp_view *w;                   /**< [n, k] */
  const lowp_qtensor *wq;               /**< w quantized; NULL: weights are not */
  const lowp_view *x;                   /**< [m, k]; or NULL, and the three fields below */
  size_t m;                             /**< rows of x from a distribution */
  const lowp_distribution_desc *x_from; /**< x as a matrix of k columns; its `cols` is ignored */
  uint32_t x_seed;
  /**
   * How activations are quantized: xq, [m, k], if it is given; else x_scheme, on the fly, every row as a tensor of
   * its own as in gemm.h. NONE and NULL: they are not.
   */
  lowp_scheme x_scheme;
  const lowp_quant_opts *x_opts; /**< rules for x_scheme; NULL: the defaults */
  const lowp_qtensor *xq;
  const lowp_accum *accum; /**< also through this accumulator; NULL: not */
} lowp_gemm_error_desc;

LOWP_API void lowp_gemm_error_init(lowp_gemm_error_desc *desc);

/** Sums, of which lowp_gemm_error_of makes ratios. Zeroed by lowp_gemm_error_stats_init. */
typedef struct lowp_gemm_error_stats {
  size_t struct_size;
  uint64_t count;     /**< outputs */
  uint64_t nonfinite; /**< outputs that NaN, Inf or overflow left out of the sums */
  double sum_yy;      /**< (x . w)^2 */
  double sum_w;       /**< (x . dw)^2 */
  double sum_a;       /**< (dx . w)^2 */
  double sum_wa;      /**< (x . dw) (dx . w) */
  double sum_both;    /**< (x . dw + dx . w + dx . dw)^2 */
  double sum_accum;   /**< (accumulator's y - xq . wq)^2 */
  double sum_total;   /**< (accumulator's y - x . w)^2 */
} lowp_gemm_error_stats;

LOWP_API void lowp_gemm_error_stats_init(lowp_gemm_error_stats *stats);
/** Adds `from`, which covers what follows `into`. */
LOWP_API void lowp_gemm_error_stats_merge(lowp_gemm_error_stats *into, const lowp_gemm_error_stats *from);

/**
 * Adds rows row0..row1-1 of x, against all rows of w. A sum depends on its order: stats of one row at a time, merged
 * in ascending order, are the bits of one call for all rows. Weights are decoded once for 16 rows: give threads
 * multiples of 16.
 *
 * Errors: ARGUMENT (no w, or not exactly one of x and x_from, both xq and x_scheme, accum or x_from make no sense),
 * SHAPE, RANGE (rows outside), NOMEM, and those of quantizing; *stats is then untouched. Scratch: about 300 k bytes.
 * Time: 4 multiplications in f64 for each product; with an accumulator some tens of nanoseconds for each product more.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_gemm_error_rows(const lowp_gemm_error_desc *desc, size_t row0, size_t row1,
                                                       lowp_gemm_error_stats *stats, lowp_error *error);

/** The measures. All are NMSE of the output but for the last two of the first five. */
typedef struct lowp_gemm_error {
  size_t struct_size;
  double e_w, e_a, e_both;
  double predicted;   /**< e_w + e_a + e_w e_a */
  double deviation;   /**< e_both / predicted - 1; 0 if both are 0 */
  double correlation; /**< of the error by weights and the error by activations, -1..1; 0 without either */
  double e_accum;     /**< of the accumulator alone */
  double e_total;     /**< of everything; e_both without an accumulator */
} lowp_gemm_error;

/** 0 / 0 is 0: no error. */
LOWP_API lowp_gemm_error lowp_gemm_error_of(const lowp_gemm_error_stats *stats);

LOWP_END_DECLS
#endif
