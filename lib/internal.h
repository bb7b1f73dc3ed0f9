/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h: checked arithmetic and error text, for the sources of the libraries. */
#ifndef LOWPI_INTERNAL_H
#define LOWPI_INTERNAL_H

#include <lowp/status.h>
#include <stdbool.h>

/* Each returns false, leaving *out alone, when the result does not fit size_t. */
static inline bool lowpi_mul(size_t a, size_t b, size_t *out) {
  size_t r;
  if (__builtin_mul_overflow(a, b, &r)) return false;
  *out = r;
  return true;
}
static inline bool lowpi_add(size_t a, size_t b, size_t *out) {
  size_t r;
  if (__builtin_add_overflow(a, b, &r)) return false;
  *out = r;
  return true;
}

/* a / b rounded up; b > 0, never overflows. */
static inline size_t lowpi_ceil_div(size_t a, size_t b) { return a / b + (a % b != 0); }

/* Fills *error if it is not NULL, and returns status, so that a failing function can end with `return lowpi_fail(...)`. */
lowp_status lowpi_fail(lowp_error *error, lowp_status status, const char *format, ...) LOWP_PRINTF(3, 4);

#endif
