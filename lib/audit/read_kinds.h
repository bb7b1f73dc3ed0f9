/* SPDX-License-Identifier: Apache-2.0 */
/* read_kinds.h: a reader for each kind of value. */
#ifndef LOWPI_READ_KINDS_H
#define LOWPI_READ_KINDS_H

#include "audit/read.h"

/* Reads `value`, which stands at `at`, into the struct `out`. */
typedef bool lowpi_kind_reader(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out);

/* By lowpi_kind; NULL for what is read by hand. */
extern lowpi_kind_reader *const lowpi_kind_readers[LOWPI_KEY_KINDS];

/* A list of key->least to key->most entries. */
bool lowpi_entries(lowpi_reader *r, const lowpi_place *at, json_t *list, const lowpi_key *key, size_t *count);

#endif
