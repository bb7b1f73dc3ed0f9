/* SPDX-License-Identifier: Apache-2.0 */
/*
 * element_oracle.h: elements once more, built another way. A format is the sorted list of the numbers it can say, each
 * computed in f64 from the formula of the format; encoding is a search for the two neighbours of a value and a choice
 * between them. Nothing of the codecs in element.h is used: from there come only the ids, the parameters in element.def
 * and the names of the rules.
 *
 * All arithmetic on values is exact in f64: an f32 has 24 significant bits, and so has its distance to a neighbour.
 */
#ifndef LOWPT_ELEMENT_ORACLE_H
#define LOWPT_ELEMENT_ORACLE_H

#include <lowp/element.h>
#include <stdbool.h>

/* A representable magnitude of one sign. */
typedef struct lowpt_point {
  double value; /* >= 0 */
  uint32_t code;
  bool even; /* a tie goes to the neighbour that is; two odd ones (precision 1): to the larger */
} lowpt_point;

/* All finite magnitudes of one sign in ascending order, and where the sequence would go on if it did not end. */
typedef struct lowpt_side {
  lowpt_point *points;
  size_t count;
  double next;
  bool next_even;
} lowpt_side;

typedef struct lowpt_format {
  lowp_element id;
  const char *name;
  unsigned bits;
  lowp_element_kind kind;
  lowp_specials specials; /* of minifloats */
  unsigned mbits;         /* of minifloats */
  lowp_encode_rules rules; /* the defaults, as element.def states them */
  bool is_signed;
  bool negative_zero;
  double *values;   /* of each code; NaN and infinities where it is one */
  lowpt_side side[2]; /* not negative, negative; the latter empty if unsigned */
  uint32_t nan_plain, nan_quiet[2], inf[2]; /* codes for NaN under either lowp_nan rule, and for infinity, by sign */
} lowpt_format;

/* The formats of element.def that have codes (no native types), in its order. Built at the first call. */
const lowpt_format *lowpt_formats(size_t *count);

/* The code of x, by search. */
uint32_t lowpt_oracle_encode(const lowpt_format *format, float x, lowp_encode_rules rules, uint32_t random);

#endif
