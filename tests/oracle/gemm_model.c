/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_model.c: the tile instruction from 64-bit arithmetic. A product of two bf16 is exact in double; its sum with a
 * float need not be, so the error of that addition decides the rounding to f32 where the double lies just between two
 * floats.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "oracle/gemm_model.h"

#include <math.h>
#include <string.h>

static const double smallest = 0x1p-126;

static double value(uint16_t code) {
  uint32_t bits = (uint32_t)code << 16;
  float x;
  memcpy(&x, &bits, sizeof x);
  return fabs((double)x) < smallest ? copysign(0.0, (double)x) : (double)x;
}

/*
 * a + b rounded to f32 once; a and b are far inside the range of double. Subnormal results, before or after, become
 * zero.
 */
static float add(double a, double b) {
  double sum = a + b, c = sum - a, error = (a - (sum - c)) + (b - c);
  if (isfinite(sum) && error != 0) {
    /* Round to odd: the last bit of the double stands for everything behind it. */
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    if (!(bits & 1)) {
      bits += (error > 0) == (sum > 0) ? 1 : (uint64_t)-1;
      memcpy(&sum, &bits, sizeof sum);
    }
  }
  /* Tiny is what is tiny with 24 bits and exponents without end: scaled up, where f32 has them all. */
  if (fabs(sum) < 0x1p-100 && fabs((double)(float)(sum * 0x1p80)) < 0x1p-126 * 0x1p80)
    return copysignf(0.0f, (float)sum);
  return (float)sum;
}

float lowpt_tile_dot(float s, size_t n, const uint16_t *x, const uint16_t *w) {
  float part[2] = {0, 0};
  for (size_t i = 0; i < n; i++) part[i % 2] = add(value(x[i]) * value(w[i]), (double)part[i % 2]);
  return add((double)s, (double)add((double)part[0], (double)part[1]));
}
