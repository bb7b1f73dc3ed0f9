/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file calib.h  Mitigations of quantization error that look at activations or transform weights: liblowp-calib.
 *
 * Weights w are [n, k], activations x [tokens, k], the product y = x w^T. What is here runs offline, once per matrix:
 *
 *   lowp_hessian    H = sum over tokens of x^T x: how much an error in each weight matters, and the error of a product
 *   lowp_gptq       error feedback: each column's rounding error is made up for by the columns not yet rounded
 *   lowp_rotate     block Hadamard rotation of weights, and the same of activations
 *   lowp_smooth     migration of activation outliers into the weights, column by column (SmoothQuant, AWQ)
 *   lowp_measure_*  channel maxima, and what keeping a column or tensor in 16 bits would gain; lowp_guard_select chooses
 *
 * The search of block scales, which needs no activations, is LOWP_SCALE_MSE of quant.h.
 *
 * This library is separate from liblowp because factoring H takes LAPACK, which an inference engine has no use for.
 * Built without LAPACK it has the same functions, and lowp_gptq_create returns LOWP_E_UNSUPPORTED.
 *
 * Determinism: everything but the factor of H is the same bits on every CPU, compiler and thread count, and where work is
 * given by ranges, for every way of cutting it. The factor comes from LAPACK, whose rounding depends on its build and CPU;
 * so do codes made with it. With the same factor they are the same everywhere. Exceptions are named where they occur.
 *
 * Thread safety: no hidden state; a const object may be used by several threads.
 */
#ifndef LOWP_CALIB_H
#define LOWP_CALIB_H

#include <lowp/quant.h>

LOWP_BEGIN_DECLS

/* --- channels ----------------------------------------------------------------------------------------------------- */

/**
 * Adds rows row0..row1-1 of x to statistics of its columns, each array of x->cols entries that may be NULL:
 * amax[j] = max(amax[j], |x_j|), sum_abs[j] += |x_j|, sum_sq[j] += x_j^2, the sums in f64 in ascending order of rows. The
 * caller sets them to 0 before the first call. LOWP_E_NONFINITE, naming the element, if x has NaN or Inf there; the arrays
 * are then unchanged. LOWP_E_SHAPE if the rows are outside of x.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measure_channels(const lowp_view *x, size_t row0, size_t row1, float *amax,
                                                        double *sum_abs, double *sum_sq, lowp_error *error);

/* --- the Hessian -------------------------------------------------------------------------------------------------- */

/** H = sum over tokens t of x_t^T x_t, [k, k], f64: half the Hessian of the squared error of a product in one row of w. */
typedef struct lowp_hessian lowp_hessian;

/** H = 0 for k = cols columns. Takes 8 k^2 bytes. LOWP_E_SHAPE for cols = 0 or an overflow, LOWP_E_NOMEM. */
LOWP_API LOWP_CHECKED lowp_status lowp_hessian_create(lowp_hessian **h, size_t cols);
LOWP_API void lowp_hessian_destroy(lowp_hessian *h); /**< NULL is fine */

/**
 * Adds tokens token0..token1-1, rows of x, in ascending order: each element of H is one f64 sum over all tokens ever
 * added, in the order of adding. LOWP_E_SHAPE if x has other columns or not those rows, LOWP_E_NONFINITE naming the first
 * element that is NaN or Inf; H is then unchanged.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_hessian_add(lowp_hessian *h, const lowp_view *x, size_t token0, size_t token1,
                                                   lowp_error *error);

/**
 * The same for rows row0..row1-1 of H alone, for threads: the ranges of several threads are disjoint, together they are
 * 0..k, and all get the same tokens. The call whose range begins at row 0 counts the tokens. The bits are those of
 * lowp_hessian_add.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_hessian_add_rows(lowp_hessian *h, const lowp_view *x, size_t token0,
                                                        size_t token1, size_t row0, size_t row1, lowp_error *error);

LOWP_API size_t lowp_hessian_cols(const lowp_hessian *h);     /**< k */
LOWP_API uint64_t lowp_hessian_tokens(const lowp_hessian *h); /**< added so far */
/** H[i, j]. Preconditions: i, j < k. */
LOWP_API double lowp_hessian_at(const lowp_hessian *h, size_t i, size_t j);

/**
 * Error of the product over the tokens of H if rows row0..row1-1 of w are replaced by those of y:
 * *error_sum += sum over rows of (w - y) H (w - y)^T, *signal_sum += sum over rows of w H w^T. Their ratio is the output
 * NMSE; of H over tokens that were not used to make y, the held-out one. Costs 2 k^2 multiplications a row. Each row adds
 * one term to the sums, so partial sums over the same row ranges, added in ascending order, are reproducible.
 * LOWP_E_SHAPE, LOWP_E_NOMEM; the sums are then unchanged.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_hessian_output_error(const lowp_hessian *h, const lowp_view *w,
                                                            const lowp_view *y, size_t row0, size_t row1,
                                                            double *error_sum, double *signal_sum);

/* --- GPTQ --------------------------------------------------------------------------------------------------------- */

/** Rules of lowp_gptq_create; lowp_gptq_opts_init gives the defaults. */
typedef struct lowp_gptq_opts {
  size_t struct_size;
  /** Added to the diagonal of H, times its mean: 0.01. In 0..1. Where H is singular (dead channels), more than 0. */
  double damping;
  /** Fewer tokens than this times k are refused: 4. With fewer, H fits the tokens and not the layer. 0 allows any number. */
  double tokens_per_column;
} lowp_gptq_opts;
LOWP_API void lowp_gptq_opts_init(lowp_gptq_opts *opts);

/** The factor of (H + damping)^-1 that tells how a column's error is spread over later ones. */
typedef struct lowp_gptq lowp_gptq;

/**
 * Factors H, which may be destroyed afterwards: U upper triangular with U^T U = (H + d I)^-1, d = damping * mean of the
 * diagonal. Takes 8 k^2 bytes, and as much again while it runs; k^3 / 3 multiplications, in LAPACK.
 *
 * LOWP_E_CONSTRAINT for too few tokens (the text says how many there are and how many it takes), LOWP_E_RANGE if H + d I
 * is not positive definite or an option is out of range, LOWP_E_UNSUPPORTED in a build without LAPACK, LOWP_E_NOMEM.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_gptq_create(lowp_gptq **g, const lowp_hessian *h, const lowp_gptq_opts *opts,
                                                   lowp_error *error);
LOWP_API void lowp_gptq_destroy(lowp_gptq *g); /**< NULL is fine */

/** U[i, j], 0 below the diagonal. Preconditions: i, j < k. */
LOWP_API double lowp_gptq_factor_at(const lowp_gptq *g, size_t i, size_t j);

/**
 * Quantizes rows row0..row1-1 of w into *q with error feedback (Frantar et al., GPTQ, arXiv 2210.17323). Column by column
 * in ascending order: w_j is rounded to q_j under the scale of its block, then
 *
 *   w_t -= (w_j - q_j) / U[j, j] * U[j, t]      for all t > j, in f64
 *
 * A block's scale is chosen when its first column is reached, by the rule of `opts` (searches included), from the weights
 * as they then are; the scale of a whole row or tensor beforehand, from w itself. Columns are not reordered. The result is
 * a qtensor like any other.
 *
 * Call lowp_quantize_begin(opts, w, q) before; ranges of rows may then be given to several threads. Where a block has
 * several rows a range begins and ends with a block (LOWP_E_SHAPE). opts as for lowp_quantize_column: compat LOWP.
 * Weights that are not finite are refused (LOWP_E_NONFINITE), or read as 0 under LOWP_NONFINITE_ZERO. LOWP_E_SHAPE if w
 * has other columns than H. Costs n k^2 / 2 multiplications in all, and 8 * 32 * k bytes of scratch (8 * 128 * k where
 * blocks have 128 rows). On failure the planes' contents are unspecified.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_gptq_rows(const lowp_gptq *g, const lowp_quant_opts *opts, const lowp_view *w,
                                                 lowp_qtensor *q, size_t row0, size_t row1, lowp_error *error);

/** lowp_quantize_begin and all rows at once. */
LOWP_API LOWP_CHECKED lowp_status lowp_gptq_quantize(const lowp_gptq *g, const lowp_quant_opts *opts,
                                                     const lowp_view *w, lowp_qtensor *q, lowp_error *error);

/* --- block Hadamard rotation -------------------------------------------------------------------------------------- */

/**
 * R = blockdiag(D_b H / sqrt(size)): in each run of `size` columns signs D, then the Hadamard matrix of Sylvester's
 * construction, H[i, j] = (-1)^popcount(i & j). R is orthogonal: (x R) (w R)^T = x w^T.
 */
typedef struct lowp_rotation {
  size_t struct_size;
  uint32_t size;  /**< a power of two, 2..65536; divides the columns */
  uint32_t signs; /**< 1: column j has the sign of bit 0 of lowp_philox(seed, j), 1 being minus; 0: all plus */
  uint32_t seed;
} lowp_rotation;

/**
 * Rows row0..row1-1 of x times R, or times R^T if `inverse` is nonzero, into the same rows of y, which has x's shape and
 * may be x itself. Sums in f64 in the order of the fast transform, one rounding to f32, then what y's element needs: the
 * same bits everywhere. Inverse after forward is the identity of real numbers; through f32 an element comes back within
 * 2^-22 of the largest magnitude that its block has.
 *
 * LOWP_E_RANGE for a size that is no power of two in range, LOWP_E_SHAPE if it does not divide the columns or shapes
 * differ, LOWP_E_NOMEM. Overlapping views other than x = y are not supported.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_rotate(const lowp_rotation *rotation, const lowp_view *x, const lowp_view *y,
                                              size_t row0, size_t row1, int inverse, lowp_error *error);

/* --- scale migration ---------------------------------------------------------------------------------------------- */

/**
 * SmoothQuant (arXiv 2211.10438): s[j] = amax_x[j]^alpha / amax_w[j]^(1 - alpha), alpha in 0..1; 1 where either is 0 or s
 * would not be a normal f32. Weights are multiplied by s and activations divided: (x / s) (w s)^T = x w^T. At alpha 0,
 * 1/2 and 1 the same bits everywhere; otherwise a last bit may follow the C library's pow. LOWP_E_RANGE for another alpha
 * or an amax that is negative or not finite, LOWP_E_ARGUMENT for NULL; s is then unchanged.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_smooth_factors(size_t cols, const float *amax_x, const float *amax_w,
                                                      double alpha, float *s);

/** Rows row0..row1-1: y = x * s by columns, or x / s if `divide` is nonzero, rounded in f32. y may be x. */
LOWP_API LOWP_CHECKED lowp_status lowp_smooth_columns(const float *s, const lowp_view *x, const lowp_view *y,
                                                      size_t row0, size_t row1, int divide);

/** What lowp_awq_search found. */
typedef struct lowp_awq_result {
  size_t struct_size;
  double alpha;
  double error_plain; /**< output NMSE over the tokens without migration */
  double error_best;  /**< and with the factors found */
} lowp_awq_result;

/**
 * AWQ (arXiv 2306.00978): tries alpha = i / steps, i = 0..steps, with s[j] = m_j^alpha / sqrt(max_j m_j^alpha * min_j
 * m_j^alpha), m_j = mean |x_j| (1 where that is 0), and takes the first alpha with the least squared error of
 * x (w - Q(w s) / s)^T over the tokens of x, Q being quantization by `scheme` and `opts`. alpha = 0 is no migration. Both
 * matrices finite. Costs (steps + 1) * n * k * tokens multiplications: give a sample of the tokens. steps in 1..1000.
 * A last bit of s may follow the C library's pow, as above.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_awq_search(lowp_scheme scheme, const lowp_quant_opts *opts, const lowp_view *w,
                                                  const lowp_view *x, unsigned steps, float *s, lowp_awq_result *result,
                                                  lowp_error *error);

/* --- guard rails -------------------------------------------------------------------------------------------------- */

/**
 * benefit[j] += what the squared error of x in `scheme` would lose if column j were not in it, x being weights or
 * activations: its own error, and, where it sets the scale of a block (it has the block's first largest magnitude), the
 * error that it adds to the others of the block, which is the blast radius D of docs/error-analysis.md before it is
 * divided. Column i counts weight[i] times (NULL: once): with the diagonal of H an estimate of the output error, for
 * activations with the squared norms of the weight columns. Rows row0..row1-1; rows are independent, sums in ascending
 * order. Blocks of several rows, and whole tensors, keep their scale, so that there a column counts with its own error.
 *
 * x is finite (LOWP_E_NONFINITE). Costs two quantizations.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measure_column_benefit(lowp_scheme scheme, const lowp_quant_opts *opts,
                                                              const lowp_view *x, const double *weight, size_t row0,
                                                              size_t row1, double *benefit, lowp_error *error);

/**
 * Chooses items for which sum of cost <= budget and sum of benefit is large: keep[i] = 1 or 0. Up to 16 items the best
 * choice there is, the one with the smallest binary number (item 0 being the lowest bit) of equals; beyond that greedy by
 * benefit / cost, ties by index, passing over what does not fit, or the one most useful item if that alone is better:
 * never below half of the best. Items without benefit are not kept. LOWP_E_RANGE if a cost is not positive and finite, or
 * a benefit or the budget is NaN; LOWP_E_NOMEM; keep is then unchanged.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_guard_select(size_t count, const double *benefit, const double *cost,
                                                    double budget, uint8_t *keep);

LOWP_END_DECLS
#endif
