/* SPDX-License-Identifier: Apache-2.0 */
/* edges.h: the f32 inputs at which something happens in a format. */
#ifndef LOWPT_EDGES_H
#define LOWPT_EDGES_H

#include "oracle/element_oracle.h"

typedef struct lowpt_edges {
  uint32_t *bits;
  size_t count;
} lowpt_edges;

/*
 * Zeros, infinities, NaNs of both kinds and signs, the limits of f32, a few powers of two; and of each format value,
 * each middle and quarter between two of them, and the same at the step beyond the largest: the f32 itself, and those one
 * and two units in the last place away. Both signs. The caller frees bits. `limits` leaves out the inner values: only the
 * three smallest and the three largest magnitudes and what lies between and beside them.
 */
lowpt_edges lowpt_edges_of(const lowpt_format *format, bool limits);

#endif
