/* SPDX-License-Identifier: Apache-2.0 */
/* clip.h: which elements of a quantized tensor lie beyond its largest code; the definition is at lowp_error_stats.clipped. */
#ifndef LOWPI_CLIP_H
#define LOWPI_CLIP_H

#include <lowp/scheme.h>
#include <stdbool.h>

/* For each code of up to 8 bits: 0, or half of the step before it as a fraction of its value, if it is the largest. */
typedef struct lowpi_clip_rule {
  bool any;      /* codes can be told at all: not for casts to 16 bits */
  bool by_step;  /* with a zero point y is no multiple of the code's value, and the step is the scale itself */
  unsigned bits; /* of a code */
  float half_step[256];
  float limit;   /* nothing up to this times the scale is clipped, in schemes with one scale per block */
  bool infinite; /* the element has codes for infinity */
  bool sevens;   /* of four bits, sign and magnitude, with 7 and 15 for the largest; the scale does not matter */
} lowpi_clip_rule;

lowpi_clip_rule lowpi_clip_rule_of(const lowp_scheme_info *scheme);

/*
 * How many of n elements are clipped. Their codes are numbers `at` to at + n - 1 of a row of codes; `scale`: of the row,
 * where the rule is by_step.
 */
uint64_t lowpi_count_clipped(const lowpi_clip_rule *rule, const uint8_t *codes, size_t at, float scale, size_t n,
                             const float *x, const float *y);

/* The same where nothing up to `limit` is clipped: few are looked at. */
uint64_t lowpi_count_clipped_above(const lowpi_clip_rule *rule, const uint8_t *codes, size_t at, double limit, size_t n,
                                   const float *x, const float *y);

/* The same where the rule has `sevens` and no y is infinite: few codes are candidates. */
uint64_t lowpi_count_clipped_sevens(const lowpi_clip_rule *rule, const uint8_t *codes, size_t at, size_t n,
                                    const float *x, const float *y);

#endif
