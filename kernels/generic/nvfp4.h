/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nvfp4.h: NVFP4 as its implementations compute it. They agree on the format and on little else, so each is one row of
 * a table: how the scale of a block of 16 comes from its amax, what becomes of small and zero blocks, what an element
 * is multiplied with or divided by, and how two candidate scales are compared.
 *
 * In the formulas g is the decode multiplier of the tensor, S its encode multiplier, a the block's amax, T the E2M1
 * value that amax is mapped to (6), M the E4M3 value of the largest block (448 or 256), s a block scale after its cast
 * to E4M3. All arithmetic is f32, rounded after every operation, in the order written.
 */
#ifndef LOWPK_GENERIC_NVFP4_H
#define LOWPK_GENERIC_NVFP4_H

#include "kernels/kernel.h"

enum { LOWPK_NVFP4_BLOCK = 16 };

/* How an element becomes a code, f being the row's factor. */
typedef enum lowpk_nvfp4_op {
  LOWPK_NVFP4_DIVIDE = 0,    /* E2M1 of y = x / f */
  LOWPK_NVFP4_MULTIPLY,      /* of y = x * f */
  LOWPK_NVFP4_MULTIPLY_OPEN, /* the same without saturation: |y| >= 7 counts as 8, and is stored as code 8, -0 */
  LOWPK_NVFP4_SEARCH         /* the nearest code times f */
} lowpk_nvfp4_op;

/* When -0 is code 8. A negative number that rounds to zero is always code 8, except under SEARCH. */
typedef enum lowpk_nvfp4_minus {
  LOWPK_NVFP4_MINUS_KEEP = 0, /* always, but an all-zero block has all codes 0 */
  LOWPK_NVFP4_MINUS_KEEP_ALL, /* in all-zero blocks too */
  LOWPK_NVFP4_MINUS_INPUT,    /* not if x was -0 */
  LOWPK_NVFP4_MINUS_DROP      /* never */
} lowpk_nvfp4_minus;

typedef struct lowpk_nvfp4_rule {
  float (*base)(const lowpk_job *job, float a);        /* the block's scale before the cast to E4M3 */
  float (*base_4over6)(const lowpk_job *job, float a); /* the same under Four Over Six */
  float (*factor)(const lowpk_job *job, float s);
  uint8_t (*cast)(float base); /* to E4M3; never a sign */
  /* error of a candidate of Four Over Six by opts.metric */
  double (*error)(const lowpk_job *job, float s, const float *x, const uint8_t *codes);
  float smallest;     /* base is raised to this in blocks that are not zero; 0: it is not */
  uint8_t underflow;  /* scale byte where the cast gave 0 in a block that is not zero */
  uint8_t zero_block; /* scale byte of an all-zero block */
  uint8_t op;         /* lowpk_nvfp4_op */
  uint8_t minus;      /* lowpk_nvfp4_minus, of y */
} lowpk_nvfp4_rule;

/* Sum of squares in f64: the error of the search over all scales, whatever the row. */
double lowpk_nvfp4_squares(const lowpk_job *job, float s, const float *x, const uint8_t *codes);

/* The row of opts.compat; lowp's own for an implementation without NVFP4. */
const lowpk_nvfp4_rule *lowpk_nvfp4_rule_of(lowp_compat compat);

/*
 * Value of a scale byte, as lowp_decode gives it: E4M3 in place of the upper bits of f32, whose bias is larger by 120.
 */
static inline float lowpk_e4m3(uint8_t code) {
  uint32_t magnitude = code & 0x7fu;
  if (magnitude == 0x7f) return lowp_f32_from_bits(0x7fc00000u);
  float v = magnitude < 8 ? (float)magnitude * 0x1p-9f : lowp_f32_from_bits((magnitude + (120u << 3)) << 20);
  return code & 0x80 ? -v : v;
}

/* Values of the codes of E2M1, and behind them +8 and -8 of LOWPK_NVFP4_MULTIPLY_OPEN. */
enum { LOWPK_NVFP4_OPEN = 16 };
extern const float lowpk_e2m1_values[LOWPK_NVFP4_OPEN + 2];

#endif
