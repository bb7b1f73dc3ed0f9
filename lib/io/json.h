/* SPDX-License-Identifier: Apache-2.0 */
/* json.h: JSON files, strictly read and atomically written. Private to lib/io, beside jansson's own interface. */
#ifndef LOWPI_IO_JSON_H
#define LOWPI_IO_JSON_H

#include <jansson.h>
#include <lowp/status.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The value in `n` bytes of JSON text. White space around it is accepted; anything else after it, a key given twice,
 * invalid UTF-8, U+0000, nesting beyond 2048 and numbers out of range are LOWP_E_FORMAT. `what` describes the text in
 * the message ("header", "index"). *out is owned by the caller (json_decref).
 */
lowp_status lowpi_json_parse(const char *path, const char *what, const void *bytes, size_t n, json_t **out,
                             lowp_error *error);

/* The same for a whole file of at most `limit` bytes. */
lowp_status lowpi_json_load(const char *path, const char *what, size_t limit, json_t **out, lowp_error *error);

/*
 * A value as text with 2 spaces of indent and a final newline, which the caller frees; NULL without memory, or for no
 * value. Keys stay in the order in which they were inserted, or ascend if `sorted`.
 */
char *lowpi_json_text(const json_t *value, bool sorted);

/* Writes that text: temporary file, sync, rename. `replace` as in lowp_write_options. */
lowp_status lowpi_json_save(const char *path, const json_t *value, bool sorted, bool replace, lowp_error *error);

#endif
