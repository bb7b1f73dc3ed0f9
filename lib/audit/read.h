/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.h: strict reading of JSON into structs, with messages that name the place. Private to the readers of lib/audit;
 * files of arithmetic do not include it.
 */
#ifndef LOWPI_AUDIT_READ_H
#define LOWPI_AUDIT_READ_H

#include <jansson.h>

#include "audit/audit_internal.h"

/*
 * Largest file of profiles or claims, most entries of one list, most profiles in a set (names are compared in pairs), most
 * names of one profile, longest text.
 */
#define LOWPI_AUDIT_FILE ((size_t)4 << 20)
#define LOWPI_AUDIT_LIST 10000u
#define LOWPI_AUDIT_PROFILES 1000u
#define LOWPI_AUDIT_NAMES 32u
#define LOWPI_AUDIT_TEXT 4096u

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

/*
 * An object whose keys are all among `known` (each one a NULL-terminated list; the second may be NULL). A key that
 * begins with "_" is refused like any other: a remark belongs into "note".
 */
bool lowpi_read_object(lowpi_reader *r, const lowpi_place *at, json_t *value, const char *const *known,
                       const char *const *more);

/* Texts of 1 to LOWPI_AUDIT_TEXT bytes without control characters. An absent key or null is NULL, or refused. */
bool lowpi_read_text(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key, bool required,
                     const char **out);
/* "2026", "2026-03", "2026-03-20". */
bool lowpi_read_date(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key, bool required,
                     const char **out);
/* A list of texts; none if absent. No text may occur twice, whatever the case. */
bool lowpi_read_texts(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key, size_t *count,
                      const char *const **out);
/* A finite number > 0 (>= 0 if `zero`) and <= 1e30. `at` is the number's own place. */
bool lowpi_read_number(lowpi_reader *r, const lowpi_place *at, json_t *value, bool zero, double *out);
/* "unit" of an object; of this dimension unless that is NONE. */
bool lowpi_read_unit(lowpi_reader *r, const lowpi_place *at, json_t *object, lowpi_dimension dimension,
                     const lowpi_unit **out);
/* An index into the `count` names, case as written. */
bool lowpi_read_choice(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key, bool required,
                       const char *const *names, size_t count, size_t *out);
/* The key must be a list of at most LOWPI_AUDIT_LIST entries if it is there. *count 0 otherwise. */
bool lowpi_read_list(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key, json_t **list,
                     size_t *count);

/* A figure under a key: absent or null leaves *out unknown. */
bool lowpi_read_figure(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key,
                       lowpi_dimension dimension, lowp_figure *out);
/* "source", "grade" and "note" of an object, which must have the first two. */
bool lowpi_read_source(lowpi_reader *r, const lowpi_place *at, json_t *object, lowp_figure *out);
bool lowpi_read_fields(lowpi_reader *r, const lowpi_place *at, json_t *object, const lowpi_field *fields, void *out);

/* All of the file's "sources" are well formed; keeps them for lowpi_read_source. */
bool lowpi_read_sources(lowpi_reader *r, const lowpi_place *at, json_t *root);

bool lowpi_read_chip(lowpi_reader *r, const lowpi_place *at, json_t *value, lowp_chip *out);
bool lowpi_read_model(lowpi_reader *r, const lowpi_place *at, json_t *value, lowp_audit_model *out);

#endif
