/* SPDX-License-Identifier: Apache-2.0 */
/* bf16_dot_model.c: fmaf with subnormals flushed on both sides. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "oracle/bf16_dot_model.h"

#include <math.h>
#include <string.h>

static const float smallest = 0x1p-126f;

static float from_bf16(uint16_t code) {
  uint32_t bits = (uint32_t)code << 16;
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static float flushed(float x) { return fabsf(x) < smallest ? copysignf(0.0f, x) : x; }

static float multiply_add(float x, float w, float s) {
  x = flushed(x), w = flushed(w), s = flushed(s);
  float result = fmaf(x, w, s);
  /*
   * What lies just below 2^-126 may have become 2^-126 only because subnormals are spaced so widely. Far above them
   * everything is rounded to 24 bits: x * 2^64 does not overflow, since x w is about as small as s.
   */
  if (fabsf(result) == smallest && fabsf(fmaf(ldexpf(x, 64), w, ldexpf(s, 64))) < ldexpf(smallest, 64))
    return copysignf(0.0f, result);
  return flushed(result);
}

float lowpt_bf16_dot(float s, const uint16_t x[2], const uint16_t w[2]) {
  s = multiply_add(from_bf16(x[1]), from_bf16(w[1]), s);
  return multiply_add(from_bf16(x[0]), from_bf16(w[0]), s);
}
