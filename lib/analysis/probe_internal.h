/* SPDX-License-Identifier: Apache-2.0 */
/* probe_internal.h: the list of probes as the judge sees it. */
#ifndef LOWPI_PROBE_INTERNAL_H
#define LOWPI_PROBE_INTERNAL_H

#include <lowp/probe.h>
#include <stdbool.h>

/* One dot product. Products at places beyond `length` are zero. */
typedef struct lowpi_probe {
  lowp_probe_family family;
  bool wide, negative;  /* exponents up to 60, or to 14; sign of v */
  uint32_t t, distance; /* ALIGN, PRODUCT, CARRY. STAIR: t is j. RANDOM: t is the number */
  int e;                /* SINGLE */
  uint32_t length;
} lowpi_probe;

/* Exponents of products: L = 2^high, s = 2^low. */
typedef struct lowpi_probe_range {
  int high, low;
} lowpi_probe_range;

typedef struct lowpi_probe_plan {
  lowp_probe_opts opts;
  lowpi_probe_range narrow, wide; /* wide.high = 0 = wide.low if it is the same */
  bool has_wide;
  size_t count;
  lowpi_probe *probes; /* owned */
} lowpi_probe_plan;

/* Checks the options and lists the probes; freed by free(plan->probes). */
lowp_status lowpi_probe_plan_make(const lowp_probe_opts *opts, lowpi_probe_plan *plan);

/* The inputs of one probe, n of each. */
void lowpi_probe_inputs(const lowpi_probe_plan *plan, const lowpi_probe *probe, float *x, float *w);

/* probe_guess.c: what results suggest, to be tried. */
enum { LOWPI_GUESSES = 28 };
typedef struct lowpi_guess {
  uint32_t value[LOWPI_GUESSES];
  uint32_t count;
} lowpi_guess;

typedef struct lowpi_guesses {
  lowpi_guess fraction, acc_fraction, chunk, ways, promote, group, group_bits;
  lowp_element out[3];
  uint32_t outs;
} lowpi_guesses;

void lowpi_probe_guess(const lowpi_probe_plan *plan, const float *results, lowpi_guesses *guesses);

/* For two levels: what was guessed of F is of groups, and F shows where the places are farther apart. */
void lowpi_probe_guess_groups(const lowpi_probe_plan *plan, const float *results, lowpi_guesses *guesses);

#endif
