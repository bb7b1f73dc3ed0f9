/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file histogram.h  Counts of positive numbers on a logarithmic scale, and their quantiles.
 *
 * An octave [2^e, 2^(e+1)) is cut into 2^b bins of equal width, so that the bin of a float is a part of its bits. Counts
 * are integers: histograms may be filled and merged in any order with one result.
 *
 * Thread safety: no hidden state.
 */
#ifndef LOWP_HISTOGRAM_H
#define LOWP_HISTOGRAM_H

#include <lowp/status.h>
#include <stdint.h>

LOWP_BEGIN_DECLS

enum { LOWP_HISTOGRAM_BINS = 1024 };

/** Bin i covers 2^(first + i / 2^b) * [1 + (i % 2^b) / 2^b, 1 + (i % 2^b + 1) / 2^b), the division i / 2^b rounded down. */
typedef struct lowp_histogram {
  int32_t first; /**< exponent of the first octave */
  uint32_t bits; /**< b: 0..10 */
  uint64_t below,
      above; /**< below 2^first, zero and negative included; not below 2^(first + 1024 / 2^b), +Inf included */
  uint64_t count[LOWP_HISTOGRAM_BINS];
} lowp_histogram;

/** An empty histogram. Preconditions: bits <= 10, -126 <= first, first + 1024 / 2^bits <= 128. */
LOWP_API void lowp_histogram_init(lowp_histogram *h, int32_t first, uint32_t bits);

/** Counts one number. NaN is not counted. */
LOWP_API void lowp_histogram_add(lowp_histogram *h, float value);

/** Adds the counts of `from`. Precondition: the same first and bits. */
LOWP_API void lowp_histogram_merge(lowp_histogram *into, const lowp_histogram *from);

/** All that was counted, below and above included. */
LOWP_API uint64_t lowp_histogram_total(const lowp_histogram *h);

/** Where bin i begins, 0 <= i <= 1024. */
LOWP_API double lowp_histogram_edge(const lowp_histogram *h, size_t i);

/**
 * The p-quantile, 0 <= p <= 1: the number that p * total of what was counted lie below, the numbers of a bin taken as
 * spread evenly over it. Off by less than the width of a bin, which is at most 2^-bits of the value; for a smooth
 * distribution much less. 0 if it lies below the first bin, +Inf above the last, NaN without counts.
 */
LOWP_API double lowp_histogram_quantile(const lowp_histogram *h, double p);

LOWP_END_DECLS
#endif
