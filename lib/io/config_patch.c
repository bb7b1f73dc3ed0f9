/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_patch.c: puts a quantization_config into a copy of config.json as text, so that every other byte stays:
 * numbers as they were written, the order of keys, white space.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "io/config.h"
#include "io/io_internal.h"

#define KEY "quantization_config"

/*
 * Where things are in the text of a JSON object; offsets. The text has been parsed, so only its structure is followed.
 */
typedef struct places {
  size_t last; /* just after the last member, or after '{' if there is none */
  bool empty;
  size_t begin, end; /* the value of KEY; equal if it is not there */
} places;

static bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* The offset after the string that begins at i. */
static size_t after_string(const char *text, size_t i) {
  for (i++; text[i] != '"'; i++)
    if (text[i] == '\\') i++;
  return i + 1;
}

/* The offset after the value that begins at i. */
static size_t after_value(const char *text, size_t i) {
  size_t depth = 0;
  do {
    if (text[i] == '"') {
      i = after_string(text, i);
      continue;
    }
    if (depth == 0 && text[i] != '{' && text[i] != '[') { /* a number or a word */
      while (!space(text[i]) && !strchr(",}]", text[i])) i++;
      return i;
    }
    if (text[i] == '{' || text[i] == '[') depth++;
    if (text[i] == '}' || text[i] == ']') depth--;
    i++;
  } while (depth);
  return i;
}

static places find(const char *text) {
  places p = {.empty = true};
  size_t i = strcspn(text, "{") + 1;
  p.last = i;
  for (;;) {
    while (space(text[i]) || text[i] == ',') i++;
    if (text[i] == '}') return p;
    const size_t key = i;
    i = after_string(text, i);
    const bool wanted = i - key == sizeof KEY + 1 && memcmp(text + key + 1, KEY, sizeof KEY - 1) == 0;
    while (space(text[i]) || text[i] == ':') i++;
    const size_t value = i;
    i = after_value(text, i);
    if (wanted) p.begin = value, p.end = i;
    p.last = i;
    p.empty = false;
  }
}

/* The object as text, indented as the value of a key of a top-level object. */
static char *value_text(const json_t *config) {
  json_t *holder = json_pack("{s:O}", KEY, config);
  char *text = holder ? json_dumps(holder, JSON_INDENT(2)) : NULL;
  json_decref(holder);
  if (!text) return NULL;
  /* {\n  "KEY": VALUE\n} */
  char *value = strchr(text, ':') + 2;
  size_t n = strlen(value) - 2;
  memmove(text, value, n);
  text[n] = '\0';
  return text;
}

/* `text` is that of `root`, with a terminator. */
static lowp_status splice(const char *from, const json_t *root, const char *text, size_t n, const json_t *config,
                          bool replace, char **result, size_t *length, lowp_error *error) {
  const places p = find(text);
  const bool there = json_object_get(root, KEY) != NULL;
  if (there && p.begin == p.end)
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: the key " KEY " is written with escapes", lowpi_shown(from));
  if (there && !replace)
    return lowpi_fail(error, LOWP_E_CONSTRAINT, "%s: has a " KEY " already; the model is quantized", lowpi_shown(from));
  static const char key[] = "\n  \"" KEY "\": ";
  char *value = value_text(config);
  const size_t value_length = value ? strlen(value) : 0;
  char *out = value ? malloc(n + value_length + sizeof key + 2) : NULL;
  if (!out) {
    free(value);
    return lowpi_no_memory(from, error);
  }
  const size_t head = there ? p.begin : p.last, tail = there ? p.end : p.last;
  size_t used = head;
  memcpy(out, text, head);
  if (!there && !p.empty) out[used++] = ',';
  if (!there) {
    memcpy(out + used, key, sizeof key - 1);
    used += sizeof key - 1;
  }
  memcpy(out + used, value, value_length);
  used += value_length;
  if (!there && p.empty) out[used++] = '\n';
  memcpy(out + used, text + tail, n - tail);
  free(value);
  *result = out;
  *length = used + n - tail;
  return LOWP_OK;
}

lowp_status lowpi_config_splice(const char *from, const void *bytes, size_t n, const json_t *config, bool replace,
                                char **out, size_t *length, lowp_error *error) {
  json_t *root = NULL;
  if (n > LOWPI_MAX_CONFIG)
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: %zu bytes are too many for a configuration", lowpi_shown(from), n);
  lowp_status status = lowpi_json_parse(from, "configuration", bytes, n, &root, error);
  if (status) return status;
  char *text = malloc(n + 1);
  if (!json_is_object(root)) {
    status = lowpi_fail(error, LOWP_E_FORMAT, "%s: not a JSON object", lowpi_shown(from));
  } else if (!text) {
    status = lowpi_no_memory(from, error);
  } else {
    memcpy(text, bytes, n);
    text[n] = '\0';
    status = splice(from, root, text, n, config, replace, out, length, error);
  }
  free(text);
  json_decref(root);
  return status;
}

lowp_status lowp_config_patch(const char *from, const char *to, lowp_layout layout, size_t count,
                              const lowp_config_module *modules, const lowp_config_options *options,
                              const lowp_write_options *write, lowp_error *error) {
  if (!from || !to) return lowpi_fail(error, LOWP_E_ARGUMENT, "no path given");
  json_t *config = NULL;
  lowp_status status = lowpi_config_make(layout, count, modules, options, &config, error);
  if (status) return status;
  lowpi_map map;
  status = lowpi_map_open(from, &map, error);
  if (!status) {
    char *out = NULL;
    size_t length = 0;
    status = lowpi_config_splice(from, map.bytes, map.size, config, options && options->replace, &out, &length, error);
    lowpi_map_close(&map);
    if (!status) status = lowp_write_file(to, write, out, length, error);
    free(out);
  }
  json_decref(config);
  return status;
}
