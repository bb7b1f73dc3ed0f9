/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.h: strict reading of JSON into structs, with messages that name the place. Private to the readers of lib/audit;
 * files of arithmetic do not include it.
 */
#ifndef LOWPI_AUDIT_READ_H
#define LOWPI_AUDIT_READ_H

#include <jansson.h>

#include "audit/keys.h"

typedef struct lowpi_reader {
  const char *path; /* in messages */
  lowpi_arena *arena;
  json_t *sources; /* of the file */
  lowp_error *error;
  lowp_status status; /* the first failure */
} lowpi_reader;

/* Where a value is: a chain on the stack, printed as "$.chips[3].memory". `key` NULL: `index` counts. */
typedef struct lowpi_place {
  const struct lowpi_place *up; /* NULL: the root, whose key is not printed */
  const char *key;
  size_t index;
} lowpi_place;

/* LOWP_E_FORMAT with "PATH: PLACE: ..."; returns false. */
bool lowpi_refuse(lowpi_reader *r, const lowpi_place *at, const char *format, ...) LOWP_PRINTF(3, 4);
bool lowpi_out_of_memory(lowpi_reader *r);

/* The value under a key; NULL if it is absent or null. */
json_t *lowpi_value_of(const json_t *object, const char *key);

/*
 * An object whose keys are all among `keys` and `more` (which may be NULL), and has those of `keys` that are required; what
 * stands under `keys` is read into *out. A key that begins with "_" is refused like any other: a remark belongs into "note".
 */
bool lowpi_read_keys(lowpi_reader *r, const lowpi_place *at, json_t *object, const lowpi_key *keys,
                     const lowpi_key *more, void *out);

/* A list of least to most entries under the key named `name`; none (and *list NULL) if it is absent. */
bool lowpi_read_list(lowpi_reader *r, const lowpi_place *at, json_t *object, const lowpi_key *keys, const char *name,
                     json_t **list, size_t *count);

/* A finite number > 0 (>= 0 if `zero`) and <= LOWPI_AUDIT_NUMBER. `at` is the number's own place. */
bool lowpi_read_number(lowpi_reader *r, const lowpi_place *at, json_t *value, bool zero, double *out);
/* "unit" of an object; of this dimension unless that is ANY. */
bool lowpi_read_unit(lowpi_reader *r, const lowpi_place *at, json_t *object, lowpi_dimension dimension,
                     const lowpi_unit **out);
/* A number as a text prints it, from 0; `at` is its own place. */
bool lowpi_read_amount(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_unit *unit, lowp_amount *out);

/* All of the file's "sources" are well formed; keeps them for the keys that name one. */
bool lowpi_read_sources(lowpi_reader *r, const lowpi_place *at, json_t *root);

bool lowpi_read_chip(lowpi_reader *r, const lowpi_place *at, json_t *value, lowp_chip *out);
bool lowpi_read_model(lowpi_reader *r, const lowpi_place *at, json_t *value, lowp_audit_model *out);
bool lowpi_read_claim(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowp_article *article,
                      lowp_claim *out);

#endif
