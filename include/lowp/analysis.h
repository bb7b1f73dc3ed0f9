/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file analysis.h  All of the error analysis; each header is the manual of its part. docs/error-analysis.md explains how
 * to read the figures.
 *
 *   accumulate.h    models of accumulators
 *   error_stats.h   sums of errors, NMSE, QSNR, bias, cosine
 *   measure.h       everything that one pass over a tensor tells about one format: sums, histograms, blocks, the worst
 *   describe.h      what a tensor is like before any format: crest factors, kurtosis, outlier features
 *   histogram.h     counts on a logarithmic scale, and their quantiles
 *   outlier.h       what outliers do to the rest of their block
 *   random.h        numbers of known distribution
 *   rounding.h      how codes and scales round
 *   theory.h        what a format should cost, in closed form
 */
#ifndef LOWP_ANALYSIS_H
#define LOWP_ANALYSIS_H

#include <lowp/accumulate.h>
#include <lowp/describe.h>
#include <lowp/error_stats.h>
#include <lowp/histogram.h>
#include <lowp/measure.h>
#include <lowp/outlier.h>
#include <lowp/random.h>
#include <lowp/rounding.h>
#include <lowp/theory.h>

#endif
