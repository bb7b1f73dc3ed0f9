/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file describe.h  What a tensor is like before any format: the numbers that decide which format suits it.
 *
 * Values that are NaN or Inf are counted and left out of everything else; a block in which there is one is left out of
 * the crest factors. docs/error-analysis.md explains how to read the figures.
 *
 * Sums are in f64 over chunks of lowp_error_chunk_rows(cols) rows counted from row 0, added in ascending order; all else
 * is counts and maxima. The bits do not depend on threads if rows are cut at multiples of that and merged in order.
 *
 * Thread safety: no hidden state.
 */
#ifndef LOWP_DESCRIBE_H
#define LOWP_DESCRIBE_H

#include <lowp/error_stats.h>
#include <lowp/histogram.h>
#include <lowp/tensor.h>

LOWP_BEGIN_DECLS

enum { LOWP_DESCRIBE_BLOCKS = 4 }; /**< block lengths for which crest factors are measured: 16, 32, 64, 128 columns */

/** Crest factors max |x| / RMS of the blocks of one length (arXiv 2510.25602 eq. 11), a short last block included. */
typedef struct lowp_crest_stats {
  uint64_t block;  /**< columns */
  uint64_t blocks; /**< that have one: finite and not all zero */
  double sum;
  float max;
  uint32_t reserved;
  lowp_histogram histogram; /**< from 1, 64 bins an octave */
} lowp_crest_stats;

/** A plain value of about 44 KiB: it may be copied and stored. */
typedef struct lowp_description {
  size_t struct_size;
  uint64_t rows, count; /**< rows and values fed */
  uint64_t nan, inf, zeros;
  uint64_t large; /**< |x| >= 6 */
  double sum_x, sum_xx, sum_xxx, sum_xxxx;
  float amax;
  uint32_t reserved;
  lowp_histogram magnitude; /**< of |x|, from 2^-40, 16 bins an octave; zeros and smaller count as below */
  lowp_crest_stats crest[LOWP_DESCRIBE_BLOCKS];
} lowp_description;

/** What threads fill for themselves besides a description, where it is wanted; each pointer may be NULL. */
typedef struct lowp_describe_channels {
  size_t struct_size;
  float *row_amax;     /**< [rows] of the tensor; written at the rows that are described */
  float *col_amax;     /**< [cols]; raised where needed: zero it first */
  uint32_t *col_large; /**< [cols]; adds the number of rows with |x| >= 6 in that column: zero it first */
} lowp_describe_channels;

LOWP_API void lowp_description_init(lowp_description *d);

/**
 * Adds rows row0..row1-1 of x. LOWP_E_ARGUMENT, LOWP_E_SHAPE (no readable matrix), LOWP_E_RANGE, LOWP_E_NOMEM; *d is
 * then unchanged. channels may be NULL.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_describe_rows(lowp_description *d, const lowp_view *x, size_t row0, size_t row1,
                                                     const lowp_describe_channels *channels);

/** Adds `from`, which covers what follows `into`. Column arrays of threads are joined by their maximum and sum. */
LOWP_API void lowp_describe_merge(lowp_description *into, const lowp_description *from);

/** sum_xx / n. */
LOWP_API double lowp_description_mean_square(const lowp_description *d);

/**
 * Excess kurtosis: fourth central moment / variance^2 - 3: 0 for a Gaussian, 3 for a Laplace, -1.2 for a uniform
 * distribution. NaN without variance. From sums of powers: loses digits where the mean is much larger than the deviation.
 */
LOWP_API double lowp_description_kurtosis(const lowp_description *d);

/** Median of |x|, zeros included, from `magnitude`: within 2^-4 of itself, for a smooth distribution within 2^-9. */
LOWP_API double lowp_description_median(const lowp_description *d);

/** amax / median; +Inf if more than half of the values are zero and not all; 0 for zeros alone. */
LOWP_API double lowp_description_max_over_median(const lowp_description *d);

/**
 * Incoherence mu = max |W| sqrt(m n) / ||W||_F (QuIP, arXiv 2307.13304): 1 if all magnitudes are equal, sqrt(m n) if one
 * element is all there is. The crest factor of the tensor by another name. 0 for zeros alone.
 */
LOWP_API double lowp_description_incoherence(const lowp_description *d);

/**
 * Massive activations (arXiv 2402.17762): |x| > 100 and |x| > 1000 times the median of |x|. The threshold that follows,
 * and whether the tensor has such a value.
 */
LOWP_API double lowp_description_massive_threshold(const lowp_description *d);
LOWP_API int lowp_description_is_massive(const lowp_description *d);

/**
 * The ratio of largest to median of n channel maxima (row_amax or col_amax), exact; for even n the median is the mean of
 * the middle two. +Inf if the median is 0 and the largest is not, 0 for n = 0 or zeros alone. LOWP_E_NOMEM: 4 n bytes.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_channel_amax_ratio(size_t n, const float *amax, double *ratio);

/**
 * The test of LLM.int8() (arXiv 2208.07339) in one tensor of activations [positions, features]: column c is an outlier
 * feature if |x| >= 6 in at least 6 % of the positions. Adds 1 to layers[c] where it is, so that a caller who walks
 * through the layers gets how many of them each feature is an outlier in; a feature counts as such for the model from
 * 25 % of the layers on. Returns the number of outlier features of this tensor. layers may be NULL.
 */
LOWP_API size_t lowp_outlier_features(size_t rows, size_t cols, const uint32_t *col_large, uint32_t *layers);

/** The number of c with layers[c] >= 25 % of `total` layers, total > 0. */
LOWP_API size_t lowp_outlier_features_of_model(size_t cols, const uint32_t *layers, size_t total);

LOWP_END_DECLS
#endif
