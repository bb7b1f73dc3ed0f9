/* SPDX-License-Identifier: Apache-2.0 */
/* read.c: strict reading of JSON by tables of keys: what is known, what is required, and every place named. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/read_kinds.h"

/* --- refusing ----------------------------------------------------------------------------------------------------- */

static size_t print_place(const lowpi_place *at, char *text, size_t room) {
  if (!at->up) return (size_t)snprintf(text, room, "$");
  size_t used = print_place(at->up, text, room);
  if (used >= room) return used;
  if (at->key)
    used += (size_t)snprintf(text + used, room - used, ".%.60s", at->key);
  else
    used += (size_t)snprintf(text + used, room - used, "[%zu]", at->index);
  return used;
}

bool lowpi_refuse(lowpi_reader *r, const lowpi_place *at, const char *format, ...) {
  if (r->status) return false; /* the first failure is the one that is told */
  char place[160], text[280];
  print_place(at, place, sizeof place);
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  r->status = lowpi_fail(r->error, LOWP_E_FORMAT, "%s: %s: %s", lowpi_shown(r->path), place, text);
  return false;
}

bool lowpi_out_of_memory(lowpi_reader *r) {
  if (!r->status) r->status = lowpi_no_memory(r->path, r->error);
  return false;
}

/* --- objects and lists -------------------------------------------------------------------------------------------- */

json_t *lowpi_value_of(const json_t *object, const char *key) {
  json_t *value = json_object_get(object, key);
  return json_is_null(value) ? NULL : value;
}

static const lowpi_key *find(const lowpi_key *keys, const char *name) {
  for (; keys && keys->name; keys++)
    if (strcmp(keys->name, name) == 0) return keys;
  return NULL;
}

bool lowpi_read_keys(lowpi_reader *r, const lowpi_place *at, json_t *object, const lowpi_key *keys,
                     const lowpi_key *more, void *out) {
  const char *name;
  json_t *value;
  if (!json_is_object(object)) return lowpi_refuse(r, at, "an object is expected here");
  json_object_foreach(object, name, value) if (!find(keys, name) && !find(more, name)) return lowpi_refuse(
      r, at, "unknown key '%.80s'", name);
  for (; keys->name; keys++) {
    const lowpi_place here = {at, keys->name, 0};
    value = lowpi_value_of(object, keys->name);
    if (!value && keys->required) return lowpi_refuse(r, at, "'%s' is missing", keys->name);
    lowpi_kind_reader *read = lowpi_kind_readers[keys->kind];
    if (value && read && !read(r, &here, value, keys, out)) return false;
  }
  return true;
}

bool lowpi_entries(lowpi_reader *r, const lowpi_place *at, json_t *list, const lowpi_key *key, size_t *count) {
  if (!json_is_array(list)) return lowpi_refuse(r, at, "a list is expected here");
  *count = json_array_size(list);
  if (*count >= key->least && *count <= key->most) return true;
  return lowpi_refuse(r, at, "a list of %zu to %zu entries is expected", key->least, key->most);
}

bool lowpi_read_list(lowpi_reader *r, const lowpi_place *at, json_t *object, const lowpi_key *keys, const char *name,
                     json_t **list, size_t *count) {
  const lowpi_place here = {at, name, 0};
  *list = lowpi_value_of(object, name);
  *count = 0;
  return !*list || lowpi_entries(r, &here, *list, find(keys, name), count);
}

bool lowpi_read_sources(lowpi_reader *r, const lowpi_place *at, json_t *root) {
  const lowpi_place here = {at, "sources", 0};
  const char *key;
  json_t *source;
  lowp_article ignored;
  r->sources = lowpi_value_of(root, "sources");
  if (!r->sources) return true;
  if (!json_is_object(r->sources)) return lowpi_refuse(r, &here, "an object is expected here");
  json_object_foreach(r->sources, key, source) {
    const lowpi_place entry = {&here, key, 0};
    if (!lowpi_read_keys(r, &entry, source, lowpi_source_keys, NULL, &ignored)) return false;
  }
  return true;
}
