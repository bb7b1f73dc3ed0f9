/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/arrays.h"
#include "harness/suite.h"
#include "harness/vectors.h"
#include <stdlib.h>
#include <string.h>

static int nibble(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* Appends the bytes of all rows of `name`; returns their number. out may be NULL. */
static size_t rows_of(const char *text, const char *name, unsigned char *out) {
  size_t length = strlen(name), n = 0;
  for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
    if (strncmp(line, name, length) != 0 || line[length] != ',') continue;
    for (const char *c = line + length + 1; nibble(c[0]) >= 0 && nibble(c[1]) >= 0; c += 2) {
      if (out) out[n] = (unsigned char)(nibble(c[0]) << 4 | nibble(c[1]));
      n++;
    }
  }
  return n;
}

static char *golden_text(const char *group) {
  char file[64];
  size_t size;
  snprintf(file, sizeof file, "quant-%s.csv", group);
  return lowpt_golden_text(file, &size);
}

bool lowpt_array_exists(lowpt_source source, const char *group, const char *name) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", group, name);
  if (source == LOWPT_VECTORS) return lowpt_vectors_exists(path);
  char *text = golden_text(group);
  bool found = rows_of(text, name, NULL) > 0;
  free(text);
  return found;
}

void *lowpt_array(lowpt_source source, const char *group, const char *name, size_t item, size_t *count) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", group, name);
  if (source == LOWPT_VECTORS) return lowpt_vectors_load(path, item, count);
  char *text = golden_text(group);
  size_t bytes = rows_of(text, name, NULL);
  unsigned char *data = malloc(bytes + 1);
  assert_non_null(data);
  rows_of(text, name, data);
  free(text);
  LOWP_CHECK(bytes > 0 && bytes % item == 0 && (*count == 0 || *count == bytes / item),
             "%s: %zu bytes in the golden rows", path, bytes);
  *count = bytes / item;
  return data;
}

static void full_name(lowpt_set set, const char *suffix, char name[64]) {
  snprintf(name, 64, "%s%s", set.variant, suffix);
}

void *lowpt_set_load(lowpt_set set, const char *suffix, size_t item, size_t *count) {
  char name[64];
  full_name(set, suffix, name);
  return lowpt_array(set.source, set.group, name, item, count);
}

bool lowpt_set_exists(lowpt_set set, const char *suffix) {
  char name[64];
  full_name(set, suffix, name);
  return lowpt_array_exists(set.source, set.group, name);
}

void lowpt_set_report(lowpt_set set, const char *what, size_t compared, size_t different) {
  char text[96];
  snprintf(text, sizeof text, "%s/%s %s%s", set.group, set.variant, what,
           set.source == LOWPT_GOLDEN ? " (golden rows)" : "");
  lowpt_vectors_report(text, compared, different);
}
