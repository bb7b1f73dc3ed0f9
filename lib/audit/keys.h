/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys.h: which keys files of profiles and of claims have. Files are read by these tables and their schemas are made of
 * them, so that neither knows a key, a unit or a choice that the other does not. Nothing here knows JSON.
 */
#ifndef LOWPI_AUDIT_KEYS_H
#define LOWPI_AUDIT_KEYS_H

#include <lowp/claim.h>

#include "audit/audit_internal.h"

/*
 * Largest file of profiles or claims, most entries of one list, most profiles in a set (names are compared in pairs), most
 * names of one profile, longest text, most numbers or parts of one claim, largest number, largest whole number.
 */
#define LOWPI_AUDIT_FILE ((size_t)4 << 20)
#define LOWPI_AUDIT_LIST 10000u
#define LOWPI_AUDIT_PROFILES 1000u
#define LOWPI_AUDIT_NAMES 32u
#define LOWPI_AUDIT_TEXT 4096u
#define LOWPI_AUDIT_PARTS 64u
#define LOWPI_AUDIT_NUMBER 1e30
#define LOWPI_AUDIT_COUNT 1e12

/* What stands under a key, and what it becomes at `offset` of a struct. */
typedef enum lowpi_kind {
  LOWPI_KEY_TEXT = 0, /* const char *: 1 to LOWPI_AUDIT_TEXT bytes without control characters */
  LOWPI_KEY_DATE,     /* const char *: "2026", "2026-03", "2026-03-20" */
  LOWPI_KEY_TEXTS,    /* const char *const *, and a size_t at `count`: no text twice, whatever the case */
  LOWPI_KEY_CHOICE,   /* an enum: 1 for the first of `choices`, case as written; 0 where nothing is stated */
  LOWPI_KEY_FORMAT,   /* lowp_number_format, in any case */
  LOWPI_KEY_FORMATS,  /* const lowp_number_format *, as TEXTS */
  LOWPI_KEY_QUANTITY, /* lowp_quantity */
  LOWPI_KEY_FLAG,     /* int */
  LOWPI_KEY_COUNT,    /* double: a whole number from 1 to LOWPI_AUDIT_COUNT */
  LOWPI_KEY_COUNTS,   /* const double *, and a size_t at `count`: ascending */
  LOWPI_KEY_FIGURE,   /* lowp_figure of `dimension` */
  LOWPI_KEY_SOURCE,   /* of a lowp_figure source and date: the key of an entry of the file's "sources" */
  LOWPI_KEY_AMOUNT,   /* lowp_amount of `dimension` */
  LOWPI_KEY_SHARE,    /* lowp_amount of `dimension`, below 1 of its base unit */
  LOWPI_KEY_AMOUNTS,  /* const lowp_amount *, and a size_t at `count` */
  LOWPI_KEY_OBJECT,   /* a struct with `keys` */
  LOWPI_KEY_BY_RATE,  /* an array over rates, `stride` apart: structs with `keys`, or figures of `dimension` without */
  /* Read by those who know what to make of it: `offset` is not used. */
  LOWPI_KEY_POSITIVE, /* a number above 0 */
  LOWPI_KEY_NUMBER,   /* a number from 0 */
  LOWPI_KEY_RANGE,    /* two numbers above 0 */
  LOWPI_KEY_UNIT,     /* of the dimension that the object is of */
  LOWPI_KEY_VALUE,    /* a number, a list of them, or an object with `keys` */
  LOWPI_KEY_LIST,     /* objects with `keys`, `most` at most; also with `more` */
  LOWPI_KEY_NAMED,    /* objects with `keys`, under names of the file's own */
  LOWPI_KEY_KINDS
} lowpi_kind;

/* One key. Tables end with a name NULL. A key that is absent or null leaves the struct as it is. */
typedef struct lowpi_key {
  const char *name;
  lowpi_kind kind;
  bool required;
  const char *text; /* for people, in the schema */
  size_t offset, count, stride;
  lowpi_dimension dimension;
  size_t least, most;         /* entries of a list */
  const char *const *choices; /* end with NULL */
  const struct lowpi_key *keys, *more;
} lowpi_key;

/* Of whole files, from which all others can be reached. */
extern const lowpi_key lowpi_profiles_keys[], lowpi_claims_keys[];
/* What these are read into. */
typedef struct lowpi_head {
  int schema; /* always 1, the only choice */
  const char *language, *note;
  lowp_article article; /* of claims */
} lowpi_head;

extern const lowpi_key lowpi_chip_keys[], lowpi_model_keys[];      /* of lowp_chip, lowp_audit_model */
extern const lowpi_key lowpi_source_keys[], lowpi_article_keys[];  /* of lowp_article */
extern const lowpi_key lowpi_figure_keys[], lowpi_amount_keys[];   /* of lowp_figure; amounts are read by hand */
extern const lowpi_key lowpi_claim_keys[], lowpi_statement_keys[]; /* of lowp_claim; either may have `subject` */
extern const lowpi_key lowpi_bound_keys[];                         /* of a value that is a range */

/* Grades in files, and names of the schemas; NULL ends. */
extern const char *const lowpi_grades[], *const lowpi_profiles_schema[], *const lowpi_claims_schema[];

#define LOWPI_SCHEMA_KEYS(versions) \
  {.name = "$schema", \
   .offset = offsetof(lowpi_head, language), \
   .text = "where editors find this schema; it is not looked at"}, \
  { \
    .name = "schema", .kind = LOWPI_KEY_CHOICE, .required = true, .offset = offsetof(lowpi_head, schema), \
    .choices = versions, .text = "the version of this schema" \
  }

#endif
