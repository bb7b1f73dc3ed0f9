/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arm_bf16_model.c: rounding to odd by 64-bit arithmetic. A product of two bf16 is exact in double. A sum of two floats
 * need not be: its error makes the double odd, which any shorter rounding to odd sees as what was there.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "oracle/arm_bf16_model.h"

#include <math.h>
#include <string.h>

static const double smallest = 0x1p-126;

static double flushed(double x) { return fabs(x) < smallest ? copysign(0.0, x) : x; }

static double value(uint16_t code) {
  uint32_t bits = (uint32_t)code << 16;
  float x;
  memcpy(&x, &bits, sizeof x);
  return flushed((double)x);
}

/* x is exact, or itself rounded to odd. */
static double odd(double x) {
  const uint64_t rest = ((uint64_t)1 << 29) - 1; /* 52 bits of mantissa less 23 */
  uint64_t bits;
  if (isnan(x) || isinf(x)) return x;
  if (fabs(x) >= 0x1p128) return copysign(HUGE_VAL, x);
  x = flushed(x);
  memcpy(&bits, &x, sizeof bits);
  if (bits & rest) bits = (bits & ~rest) | (rest + 1);
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* Both are floats. The error of the sum by Knuth's TwoSum. */
static double add(double a, double b) {
  double sum = a + b, c = sum - a, error = (a - (sum - c)) + (b - c);
  if (isfinite(sum) && error != 0) {
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    if (!(bits & 1)) bits += (error > 0) == (sum > 0) ? 1 : (uint64_t)-1;
    memcpy(&sum, &bits, sizeof sum);
  }
  return odd(sum);
}

float lowpt_arm_bfdot(float s, const uint16_t x[2], const uint16_t w[2]) {
  double p = odd(value(x[0]) * value(w[0])), q = odd(value(x[1]) * value(w[1]));
  return (float)add(flushed((double)s), add(p, q));
}
