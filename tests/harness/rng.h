/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rng.h: the same pseudo-random numbers everywhere. The state is a counter and the output a mix of it, so a generator
 * can be started anywhere; the sequence is fixed, tests may rely on it.
 */
#ifndef LOWPT_RNG_H
#define LOWPT_RNG_H

#include <stdint.h>
#include <string.h>

typedef struct lowpt_rng {
  uint64_t counter;
} lowpt_rng;

/* The increment is 2^64 / golden ratio, odd: a full period. The finalizer is Stafford's variant 13 of Murmur3's. */
static inline uint64_t lowpt_u64(lowpt_rng *rng) {
  uint64_t z = rng->counter += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static inline uint32_t lowpt_u32(lowpt_rng *rng) { return (uint32_t)(lowpt_u64(rng) >> 32); }

/* 0 .. bound - 1; bound > 0. The bias is below bound / 2^32. */
static inline uint32_t lowpt_below(lowpt_rng *rng, uint32_t bound) {
  return (uint32_t)(((uint64_t)lowpt_u32(rng) * bound) >> 32);
}

/* Uniform on [0, 1), a multiple of 2^-53. */
static inline double lowpt_unit(lowpt_rng *rng) { return (double)(lowpt_u64(rng) >> 11) * 0x1p-53; }

/* Any f32 at all: every sign, exponent and mantissa, NaN and infinity included. */
static inline float lowpt_any_f32(lowpt_rng *rng) {
  uint32_t bits = lowpt_u32(rng);
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* Near enough to a normal law of variance 1 (sum of twelve uniforms), by additions alone: the same bits everywhere. */
static inline double lowpt_normal(lowpt_rng *rng) {
  double sum = -6.0;
  for (int i = 0; i < 12; i++) sum += lowpt_unit(rng);
  return sum;
}

#endif
