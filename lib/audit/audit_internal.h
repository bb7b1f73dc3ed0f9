/* SPDX-License-Identifier: Apache-2.0 */
/* audit_internal.h: units, and what the arithmetic of lib/audit shares. Nothing here knows JSON: that is in read.h. */
#ifndef LOWPI_AUDIT_INTERNAL_H
#define LOWPI_AUDIT_INTERNAL_H

#include <lowp/audit.h>
#include <stdbool.h>

#include "io/io_internal.h"

/* What a number measures; unit.def says in which units it may be written. */
typedef enum lowpi_dimension {
  LOWPI_DIM_NONE = 0,
  LOWPI_DIM_ANY, /* of a quantity: any unit */
  LOWPI_DIM_COUNT,
  LOWPI_DIM_OPS,
  LOWPI_DIM_OPS_PER_CLOCK,
  LOWPI_DIM_BYTES,
  LOWPI_DIM_BYTES_PER_S,
  LOWPI_DIM_WATT,
  LOWPI_DIM_HERTZ,
  LOWPI_DIM_SECONDS,
  LOWPI_DIM_RATIO,
  LOWPI_DIM_TOKENS_PER_S,
  LOWPI_DIM_REQUESTS_PER_S,
  LOWPI_DIM_PER_S,
  LOWPI_DIM_PARAMS,
  LOWPI_DIM_TOKENS,
  LOWPI_DIM_BYTES_PER_TOKEN,
  LOWPI_DIM_USD,
  LOWPI_DIM_USD_PER_HOUR,
  LOWPI_DIM_USD_PER_MTOK,
  LOWPI_DIM_NANOMETRE,
  LOWPI_DIM_BITS,
  LOWPI_DIMENSIONS
} lowpi_dimension;

typedef struct lowpi_unit {
  const char *name;
  lowpi_dimension dimension;
  double factor;
} lowpi_unit;

/* The unit with exactly this name, or NULL. */
const lowpi_unit *lowpi_unit_of(const char *name);
/* All units, in the order of unit.def; NULL from their number on. */
const lowpi_unit *lowpi_unit_at(size_t i);
/* The base unit of a dimension, never NULL but for NONE. */
const lowpi_unit *lowpi_unit_base(lowpi_dimension dimension);
/* "GB, GiB, TB ..." into text, which is returned; cut at its end. */
#define LOWPI_UNITS_TEXT 128
const char *lowpi_unit_list(lowpi_dimension dimension, char text[LOWPI_UNITS_TEXT]);

/* Equal names, whatever the case (ASCII). */
bool lowpi_same_name(const char *a, const char *b);
/* True if one of `count` names is this one. */
bool lowpi_has_name(size_t count, const char *const *names, const char *name);

/*
 * Two figures are the same if they differ by at most half a percent: data sheets print three digits, of which the last
 * may be cut instead of rounded.
 */
#define LOWPI_SAME 0.005
static inline bool lowpi_near(double a, double b, double tolerance) {
  const double larger = a > b ? a : b, smaller = a > b ? b : a;
  return larger - smaller <= tolerance * larger;
}

/* x >= 0 rounded up to a whole number; from 2^53 on every double is one. */
static inline double lowpi_ceil(double x) {
  if (!(x < 9007199254740992.0)) return x;
  const double whole = (double)(uint64_t)x;
  return whole < x ? whole + 1 : whole;
}

struct lowp_profiles {
  lowpi_arena arena;
  size_t chip_count, chip_room, model_count, model_room;
  const lowp_chip **chips;
  const lowp_audit_model **models;
};

#endif
