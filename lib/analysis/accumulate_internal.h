/* SPDX-License-Identifier: Apache-2.0 */
/* accumulate_internal.h: exact numbers for models of accumulators, and the sum of products in fixed point. */
#ifndef LOWPI_ACCUMULATE_INTERNAL_H
#define LOWPI_ACCUMULATE_INTERNAL_H

#include <lowp/accumulate.h>
#include <stdbool.h>

/* Both compilers have it on every 64-bit machine. */
__extension__ typedef unsigned __int128 lowpi_u128;
__extension__ typedef __int128 lowpi_i128;

/*
 * The exact value m 2^q, negated if `negative`. e is the exponent by which it is aligned, at least floor(log2 value).
 * An accumulator that has overflowed is `infinite`; two that did so in opposite directions add up to `nan`, which is
 * infinite too.
 */
typedef struct lowpi_term {
  uint64_t m;
  int q, e;
  bool negative, infinite, nan;
} lowpi_term;

/*
 * A row of an operand: value[i] * scale[i / block], without scales if `scale` is NULL. Elements are not below 2^emin
 * but as subnormals.
 */
typedef struct lowpi_row {
  const float *value, *scale;
  size_t block;
  int emin;
} lowpi_row;

/* The exponent of the smallest normal number of an element; that of f32 where an element has no subnormals. */
int lowpi_element_emin(lowp_element element);

/* The finite number x. m has at most 24 bits, and no trailing zeros if `strip`. */
lowpi_term lowpi_term_of(float x, int emin, bool strip);

/*
 * Product i of two rows, all finite. At most 24 + 24 + 4 + 4 bits: scales are E8M0, E4M3 or E6M2. `scaled` tells what
 * e shall count.
 */
lowpi_term lowpi_product(const lowpi_row *x, const lowpi_row *w, size_t i);

/*
 * The result that NaN and Inf among the operands force, in *y: false if there are none. n products.
 */
bool lowpi_row_special(const lowpi_row *x, const lowpi_row *w, size_t n, float *y);

/* The dot product under a checked model. */
float lowpi_accum_dot(const lowp_accum *a, size_t n, const lowpi_row *x, const lowpi_row *w);

/* accumulate_round.c: rounding to 1 + fraction bits with exponents emin..emax. */
typedef struct lowpi_format {
  int fraction, emin, emax;
  lowp_accum_round round;
  bool flush;
} lowpi_format;

/* m 2^q, negated if `negative`, rounded; e is at least emin. */
lowpi_term lowpi_round(bool negative, lowpi_u128 m, int q, const lowpi_format *format);

/* The exact sum of two finite terms, rounded. */
lowpi_term lowpi_round_sum(lowpi_term a, lowpi_term b, const lowpi_format *format);

/* A term as `out` (F32, BF16 or FP16), RNE. */
float lowpi_term_to(lowp_element out, lowpi_term t);

/* m / 2^shift as an integer, rounded; shift > 0. */
lowpi_u128 lowpi_shift_round(bool negative, lowpi_u128 m, int shift, lowp_accum_round round);

/*
 * accumulate_exact.c: a sum in fixed point. Digits of 32 bits in 64: 2^31 terms fit before carries must be carried.
 * From 2^-576, below the smallest product of two f32 and two scales 2^-127 (2^-552), to 2^576, above 2^31 products of
 * the largest (2^542).
 */
enum { LOWPI_EXACT_DIGITS = 36, LOWPI_EXACT_LOW = -576 };
typedef struct lowpi_exact {
  int64_t digit[LOWPI_EXACT_DIGITS];
  uint32_t pending;
} lowpi_exact;

void lowpi_exact_init(lowpi_exact *sum);
void lowpi_exact_add(lowpi_exact *sum, lowpi_term term);
double lowpi_exact_round(const lowpi_exact *sum); /* RNE */

/* *exact = sum of the n products of finite rows. */
void lowpi_exact_dot(size_t n, const lowpi_row *x, const lowpi_row *w, lowpi_exact *exact);

/*
 * accumulate_gemm.c: one side of a multiplication, whose rows are taken apart. Every scheme is decoded by
 * lowp_dequantize; where scales are to be kept apart they are replaced by 1 in a copy first.
 */
typedef struct lowpi_side {
  const lowp_view *view;
  const lowp_qtensor *q;
  const lowp_scheme_info *info;
  size_t rows, k, blocks; /* blocks: scales of a row that are kept apart, 0: none */
  bool outer;             /* the scale of the row is applied afterwards */
  int emin;
  float *value, *scale; /* allocated together */
  uint8_t *unit;        /* one row of scales, all 1 */
} lowpi_side;

/* Checks and describes an operand, called `name` in errors; allocates nothing. */
lowp_status lowpi_side_of(const lowp_accum_operand *operand, const char *name, lowpi_side *side, lowp_error *error);

/* Room for one row, freed by free(side->value). */
bool lowpi_side_alloc(lowpi_side *side);

/* Takes row r apart, into the side; what is to be multiplied afterwards into *outer. */
lowp_status lowpi_side_load(const lowpi_side *side, size_t r, lowpi_row *row, float *outer);

/* Adds one dot product to the stats: `y` beside the exact value. finite: both. */
void lowpi_accum_stats_add(lowp_accum_stats *stats, bool finite, float y, const lowpi_exact *exact);

#endif
