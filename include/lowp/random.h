/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file random.h  Numbers of known distribution: simple streams, and matrices with outliers, channels and correlation.
 *
 * Every number depends on its description, seed and index alone: streams and matrices may be made in pieces, in any
 * order, by any thread. The same bits on every machine where lowp_random_portable() is nonzero: logarithm, power and the
 * circular functions then come from SLEEF's consistent C versions. Built without SLEEF they are the C library's, and the
 * last bit of a number may differ between C libraries.
 *
 * Thread safety: no hidden state.
 */
#ifndef LOWP_RANDOM_H
#define LOWP_RANDOM_H

#include <lowp/element.h>

LOWP_BEGIN_DECLS

/** Distributions, all of mean 0 and variance 1 but for STUDENT with nu <= 2, which has no variance. */
typedef enum lowp_distribution {
  LOWP_DISTRIBUTION_NORMAL = 0, /**< Box-Muller */
  LOWP_DISTRIBUTION_LAPLACE,    /**< by inversion; excess kurtosis 3 */
  LOWP_DISTRIBUTION_STUDENT4, /**< Student's t, 4 degrees of freedom, by Bailey's method: heavy tails, infinite kurtosis */
  LOWP_DISTRIBUTION_UNIFORM, /**< on (-sqrt 3, sqrt 3); excess kurtosis -1.2 */
  LOWP_DISTRIBUTION_STUDENT  /**< Student's t with lowp_distribution_desc.nu degrees; not for lowp_random_fill */
} lowp_distribution;

/**
 * x[i] = random number `first + i` of the stream `seed`, which depends on nothing else. Uniform variates are
 * lowp_philox(seed, index / 2) in steps of 2^-23. LOWP_E_ARGUMENT for an unknown distribution, STUDENT or NULL.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_random_fill(lowp_distribution distribution, uint32_t seed, uint64_t first,
                                                   size_t n, float *x);

/** Nonzero if the numbers are the same bits everywhere. */
LOWP_API int lowp_random_portable(void);

/** How the columns of a row are correlated. */
typedef enum lowp_correlation {
  LOWP_CORRELATION_NONE = 0,
  /** x[c] = a x[c-1] + sqrt(1 - a^2) z[c], |a| < 1: the correlation of columns i and j is a^|i - j| */
  LOWP_CORRELATION_AR1,
  /**
   * Covariance with eigenvalues proportional to (1 + j)^-a, a >= 0: a row is S H D z / sqrt(P), D the square roots of the
   * eigenvalues, of mean 1, H the Hadamard matrix of the next power of two P >= cols, S random signs. Every column has
   * variance 1. What activations look like to GPTQ: a few directions have most of the energy.
   */
  LOWP_CORRELATION_POWER
} lowp_correlation;

/** What an outlier is. */
typedef enum lowp_outlier {
  LOWP_OUTLIER_VALUE = 0, /**< exactly outlier_k * sigma, with a random sign */
  LOWP_OUTLIER_SCALE      /**< the number that stood there times outlier_k */
} lowp_outlier;

/**
 * A matrix distribution, row-major with `cols` columns: number i is element (i / cols, i % cols). Made in this order:
 * body, correlation, outliers, channels, times sigma, plus mean. lowp_distribution_desc_init() gives a standard normal
 * body and nothing else.
 */
typedef struct lowp_distribution_desc {
  size_t struct_size;
  lowp_distribution body;
  lowp_correlation correlation;
  double nu; /**< degrees of freedom of STUDENT, >= 0.5; scaled to variance 1 for nu > 2, unscaled else */
  double mean, sigma;
  size_t cols;             /**< 0: one row without end; needed by correlation and channels */
  double correlation_a;    /**< AR1: the correlation of neighbours; POWER: the exponent */
  double outlier_fraction; /**< 0..1: each element is an outlier with this probability */
  size_t outlier_every; /**< > 0: also one outlier at a random place of each run of so many numbers, counted from 0 */
  double outlier_k;
  lowp_outlier outlier;
  size_t channels;       /**< outlier channels: so many columns, evenly spread, their first at random */
  double channel_factor; /**< what they are multiplied with */
} lowp_distribution_desc;

LOWP_API void lowp_distribution_desc_init(lowp_distribution_desc *desc);

/**
 * x[i] = number `first + i` of the matrix distribution under this seed. Without correlation each number costs the same.
 * With it a piece that begins or ends inside a row also costs the rest of that row, and takes 20 P bytes of scratch (P = cols for AR1).
 * LOWP_E_ARGUMENT for a description that makes no sense, LOWP_E_NOMEM; x is then unspecified.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_random_matrix(const lowp_distribution_desc *desc, uint32_t seed, uint64_t first,
                                                     size_t n, float *x);

LOWP_END_DECLS
#endif
