/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nvfp4.h: NVFP4 as its implementations compute it. They agree on the format and on little else, so each is one row of a
 * table: how the scale of a block of 16 comes from its amax, what becomes of small and zero blocks, what an element is
 * multiplied with or divided by, and how two candidate scales are compared.
 *
 * In the formulas g is the decode multiplier of the tensor, S its encode multiplier, a the block's amax, T the E2M1 value
 * that amax is mapped to (6), M the E4M3 value of the largest block (448 or 256), s a block scale after its cast to E4M3.
 * All arithmetic is f32, rounded after every operation, in the order written.
 */
#ifndef LOWPK_GENERIC_NVFP4_H
#define LOWPK_GENERIC_NVFP4_H

#include "kernels/kernel.h"

enum { LOWPK_NVFP4_BLOCK = 16 };

/* How an element becomes a number for E2M1: y = x * f or y = x / f, f being the row's factor, or by nearest search. */
typedef enum lowpk_nvfp4_op { LOWPK_NVFP4_DIVIDE = 0, LOWPK_NVFP4_MULTIPLY, LOWPK_NVFP4_SEARCH } lowpk_nvfp4_op;

typedef struct lowpk_nvfp4_rule {
  float (*base)(const lowpk_job *job, float a);      /* the block's scale before the cast to E4M3 */
  float (*base_4over6)(const lowpk_job *job, float a); /* the same under Four Over Six */
  float (*factor)(const lowpk_job *job, float s);
  uint8_t (*cast)(float base);                       /* to E4M3; never a sign */
  /* error of a candidate; smaller is better */
  double (*error)(const lowpk_job *job, float s, const float *x, const uint8_t *codes);
  float smallest;       /* base is raised to this in blocks that are not zero; 0: it is not */
  uint8_t underflow;    /* scale byte where the cast gave 0 in a block that is not zero */
  uint8_t zero_block;   /* scale byte of an all-zero block */
  uint8_t op;           /* lowpk_nvfp4_op */
  uint8_t negative_zero; /* 1: y = -0 is code 8; 0: it is code 0, and only y < 0 has a sign */
} lowpk_nvfp4_rule;

/* The row of opts.compat; lowp's own for an implementation without NVFP4. */
const lowpk_nvfp4_rule *lowpk_nvfp4_rule_of(lowp_compat compat);

/* Value of an E4M3 scale byte. */
static inline float lowpk_e4m3(uint8_t code) { return lowp_decode(LOWP_E4M3FN, code); }

/* Values of the codes of E2M1. */
extern const float lowpk_e2m1_values[16];

#endif
