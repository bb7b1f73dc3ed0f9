/* SPDX-License-Identifier: Apache-2.0 */
/* roofline_internal.h: which numbers are amounts and rates. */
#ifndef LOWPI_ROOFLINE_INTERNAL_H
#define LOWPI_ROOFLINE_INTERNAL_H

#include <float.h>
#include <stdbool.h>

/* The largest size in a shape: products of two are exact in f64. */
#define LOWPI_SIZE_MAX (1u << 24)

/* Not negative, not NaN, finite. */
static inline bool lowpi_amount(double value) { return value >= 0 && value <= DBL_MAX; }
/* Positive; +Inf is a rate that limits nothing. */
static inline bool lowpi_rate(double value) { return value > 0; }

#endif
