/* SPDX-License-Identifier: Apache-2.0 */
/* block.h: what the quantizers of all families share: exact powers of two, random words, the search for a scale. */
#ifndef LOWPK_GENERIC_BLOCK_H
#define LOWPK_GENERIC_BLOCK_H

#include "kernels/kernel.h"
#include "kernels/generic/pack.h"

/* Row functions are instantiated once per scheme, so that the row of its element folds into the code. */
#if defined(__GNUC__)
#define LOWPK_INLINE static inline __attribute__((always_inline))
#else
#define LOWPK_INLINE static inline
#endif

enum { LOWPK_F32_INF = 0x7f800000, LOWPK_F32_NAN = 0x7fc00000, LOWPK_F32_MAGNITUDE = 0x7fffffff };

static inline uint32_t lowpk_magnitude(float x) { return lowp_f32_bits(x) & LOWPK_F32_MAGNITUDE; }
static inline int lowpk_is_finite(float x) { return lowpk_magnitude(x) < LOWPK_F32_INF; }

/*
 * x * 2^k from the bits: exact wherever f32 holds the product, Inf above. Below the subnormals it is rounded to odd, so
 * that a later rounding, directed or stochastic, still sees that the value is not zero.
 */
LOWPK_INLINE float lowpk_mul_pow2(float x, int k) {
  uint32_t bits = lowp_f32_bits(x), magnitude = bits & LOWPK_F32_MAGNITUDE, sign = bits - magnitude;
  int field = (int)(magnitude >> 23) + k;
  if (magnitude >> 23 != 0 && magnitude < LOWPK_F32_INF && field >= 1 && field <= 254)
    return lowp_f32_from_bits(bits + ((uint32_t)k << 23));
  if (magnitude == 0 || magnitude >= LOWPK_F32_INF) return x;
  int e;
  uint32_t m = lowp_detail_split(magnitude, &e);
  e += k;
  if (e > 127) return lowp_f32_from_bits(sign | LOWPK_F32_INF);
  if (e >= -126) return lowp_f32_from_bits(sign | (uint32_t)(e + 127) << 23 | (m & 0x7fffffu));
  int shift = -126 - e;
  if (shift > 24) shift = 24; /* m < 2^24: nothing is left but the odd bit */
  uint32_t rest = m & (((uint32_t)1 << shift) - 1);
  return lowp_f32_from_bits(sign | m >> shift | (rest != 0));
}

/* The random word of element (row, col) under stochastic rounding; 0 when nothing is random. */
LOWPK_INLINE uint32_t lowpk_random(const lowpk_job *job, uint8_t round, size_t row, size_t col) {
  if (round != LOWP_ROUND_STOCHASTIC) return 0;
  return (uint32_t)lowp_philox(job->opts->seed, (uint64_t)row * job->cols_padded + col);
}

/* The rules of an element under the options: its own, with the rounding that was asked for, saturating. */
LOWPK_INLINE lowp_encode_rules lowpk_rules(const lowpk_job *job, lowp_element id) {
  lowp_encode_rules rules = lowp_encode_default(id);
  rules.round = (uint8_t)job->opts->round;
  rules.sr_bits = (uint8_t)job->opts->sr_bits;
  rules.overflow = LOWP_OVERFLOW_SATURATE;
  return rules;
}

/* Largest finite value of an element. */
static inline float lowpk_element_max(lowp_element id) {
  lowp_element_row row = lowp_element_row_of(id);
  switch (row.kind) {
  case LOWP_KIND_MINIFLOAT:
    return lowp_minifloat_decode(row.minifloat, lowp_minifloat_max_code(row.minifloat));
  case LOWP_KIND_FIXED:
    return (float)row.fixed.max / (float)((uint32_t)1 << row.fixed.frac);
  default:
    return 0x1p15f; /* HiF8 */
  }
}

/* Puts code i of a row; rows of codes narrower than a byte were zeroed before. */
LOWPK_INLINE void lowpk_store_code(uint8_t *codes, unsigned bits, size_t i, uint32_t code) {
  if (bits == 8)
    codes[i] = (uint8_t)code;
  else
    lowpk_put_code(codes, bits, i, code);
}
LOWPK_INLINE uint32_t lowpk_load_code(const uint8_t *codes, unsigned bits, size_t i) {
  return bits == 8 ? codes[i] : lowpk_get_code(codes, bits, i);
}

/*
 * The value of a code, from a table of all of them where the row is long enough to pay for it; integers need none. One
 * table per row: kernels have no state.
 */
typedef struct lowpk_values {
  float of[256];
  int filled;
} lowpk_values;
LOWPK_INLINE void lowpk_values_fill(lowp_element id, size_t row_length, lowpk_values *v) {
  const lowp_element_row row = lowp_element_row_of(id);
  const uint32_t codes = (uint32_t)1 << row.bits;
  v->filled = row.kind != LOWP_KIND_FIXED && row_length >= 2 * codes;
  for (uint32_t code = 0; v->filled && code < codes; code++) v->of[code] = lowp_decode(id, code);
}
LOWPK_INLINE float lowpk_value(lowp_element id, const lowpk_values *v, uint32_t code) {
  const int table = lowp_element_row_of(id).kind != LOWP_KIND_FIXED && v->filled;
  return table ? v->of[code] : lowp_decode(id, code);
}

/* Squared error of one element in f64; inputs that are not finite have none. */
static inline double lowpk_error(float x, float y) {
  double d = (double)x - (double)y;
  return lowpk_is_finite(x) ? d * d : 0;
}

/* The candidate 0..count-1 of least error, the first of equals. `trial` returns the error of one. */
typedef double lowpk_trial(const void *context, int candidate);
LOWPK_INLINE int lowpk_search(int count, lowpk_trial *trial, const void *context) {
  int best = 0;
  double least = trial(context, 0);
  for (int i = 1; i < count; i++) {
    double error = trial(context, i);
    if (error < least) {
      least = error;
      best = i;
    }
  }
  return best;
}

#endif
