/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arrays.h: the golden arrays of the quantizers, from either of two places: all of them below $LOWP_VECTORS, or a few
 * rows of each in tests/golden/quant-GROUP.csv (lines `name,hex of one row`), which is always there. The names are the
 * same.
 */
#ifndef LOWPT_ARRAYS_H
#define LOWPT_ARRAYS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum lowpt_source { LOWPT_GOLDEN, LOWPT_VECTORS } lowpt_source;

/*
 * The whole array GROUP/NAME of *count items of `item` bytes (any number if *count is 0); the caller frees it. Fails
 * the calling test if it is not there, or skips it if LOWP_VECTORS is not set.
 */
void *lowpt_array(lowpt_source source, const char *group, const char *name, size_t item, size_t *count);

/* Is the array there? Golden rows leave some out. */
bool lowpt_array_exists(lowpt_source source, const char *group, const char *name);

/* The arrays of one implementation are VARIANT.scale.u8, VARIANT.codes.u8 ...: the same by variant and suffix. */
typedef struct lowpt_set {
  lowpt_source source;
  const char *group, *variant;
} lowpt_set;

void *lowpt_set_load(lowpt_set set, const char *suffix, size_t item, size_t *count);
bool lowpt_set_exists(lowpt_set set, const char *suffix);

/* lowpt_vectors_report() under the name GROUP/VARIANT WHAT. */
void lowpt_set_report(lowpt_set set, const char *what, size_t compared, size_t different);

#endif
