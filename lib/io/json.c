/* SPDX-License-Identifier: Apache-2.0 */
/* json.c: strict reading and atomic writing of JSON, on jansson. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "io/json.h"

#include <lowp/io.h>
#include <stdlib.h>
#include <string.h>

#include "io/io_internal.h"

lowp_status lowpi_json_parse(const char *path, const char *what, const void *bytes, size_t n, json_t **out,
                             lowp_error *error) {
  json_error_t why;
  if (!n) return lowpi_fail(error, LOWP_E_FORMAT, "%s: the %s is not valid JSON: it is empty", lowpi_shown(path), what);
  /* jansson passes over a byte 0 after a number or a word. */
  const char *nul = n ? memchr(bytes, 0, n) : NULL; /* of no bytes there may be no address */
  if (nul)
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: the %s is not valid JSON: a byte 0 at offset %zu", lowpi_shown(path),
                      what, (size_t)(nul - (const char *)bytes));
  json_t *value = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, &why);
  if (!value) {
    if (json_error_code(&why) == json_error_out_of_memory) return lowpi_no_memory(path, error);
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: the %s is not valid JSON: %s (line %d, column %d)", lowpi_shown(path),
                      what, why.text, why.line, why.column);
  }
  *out = value;
  return LOWP_OK;
}

lowp_status lowpi_json_load(const char *path, const char *what, size_t limit, json_t **out, lowp_error *error) {
  lowpi_map map;
  lowp_status status = lowpi_map_open(path, &map, error);
  if (status) return status;
  if (map.size > limit)
    status = lowpi_fail(error, LOWP_E_FORMAT, "%s: %zu bytes, but the %s may have at most %zu", lowpi_shown(path),
                        map.size, what, limit);
  else
    status = lowpi_json_parse(path, what, map.bytes, map.size, out, error);
  lowpi_map_close(&map);
  return status;
}

char *lowpi_json_text(const json_t *value, bool sorted) {
  char *text = json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY | (sorted ? JSON_SORT_KEYS : 0));
  if (!text) return NULL;
  const size_t n = strlen(text);
  char *line = realloc(text, n + 2);
  if (line)
    memcpy(line + n, "\n", 2);
  else
    free(text);
  return line;
}

lowp_status lowpi_json_save(const char *path, const json_t *value, bool sorted, bool replace, lowp_error *error) {
  char *text = lowpi_json_text(value, sorted);
  if (!text) return lowpi_no_memory(path, error);
  lowp_write_options options = {.struct_size = sizeof options, .replace = replace};
  lowp_status status = lowp_write_file(path, &options, text, strlen(text), error);
  free(text);
  return status;
}
