/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/analyze_baseline.h"

#include <jansson.h>
#include <lowp/version.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common.h"

/* Significant digits of an NMSE. More than a tolerance can mean, fewer than a sum in f64 has. */
enum { DIGITS = 9 };
/* A tolerance beyond this lets everything pass. */
static const double tolerance_max = 200;

/* --- reading ------------------------------------------------------------------------------------------------------ */

typedef struct reader {
  char *problem;
  size_t room;
} reader;

static bool refuse(const reader *r, const char *format, ...) LOWP_PRINTF(2, 3);
static bool refuse(const reader *r, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(r->problem, r->room, format, args);
  va_end(args);
  return false;
}

/* Every key is known: a misspelt tolerance must not be a tolerance that nobody looks at. */
static bool check_keys(const reader *r, const char *where, json_t *object, const char *const *required,
                       const char *const *optional) {
  const char *key;
  json_t *value;
  if (!json_is_object(object)) return refuse(r, "%s is no object", where);
  json_object_foreach(object, key, value) {
    bool known = false;
    for (size_t i = 0; required[i] != NULL; i++) known = known || strcmp(key, required[i]) == 0;
    for (size_t i = 0; optional[i] != NULL; i++) known = known || strcmp(key, optional[i]) == 0;
    if (!known) return refuse(r, "%s has an unknown key '%.100s'", where, tool_safe(key));
  }
  for (size_t i = 0; required[i] != NULL; i++)
    if (json_object_get(object, required[i]) == NULL) return refuse(r, "%s has no '%s'", where, required[i]);
  return true;
}

static bool read_tolerance(const reader *r, const char *where, json_t *value, double *db) {
  if (!json_is_number(value)) return refuse(r, "'tolerance_db' of %s is no number", where);
  *db = json_number_value(value);
  if (!(*db >= 0 && *db <= tolerance_max)) return refuse(r, "'tolerance_db' of %s is not between 0 and 200", where);
  return true;
}

static bool read_formats(const reader *r, json_t *object, analyze_baseline *b) {
  const char *key;
  json_t *value;
  if (!json_is_object(object) || json_object_size(object) == 0) return refuse(r, "'formats' is no object, or empty");
  b->formats = tool_alloc(json_object_size(object), sizeof *b->formats);
  json_object_foreach(object, key, value) {
    baseline_format *f = &b->formats[b->format_count];
    f->scheme = lowp_scheme_from_name(key);
    if (f->scheme == LOWP_SCHEME_NONE || strcmp(key, lowp_scheme_info_of(f->scheme)->name) != 0)
      return refuse(r, "'%.100s' is no format of this version", tool_safe(key));
    if (!json_is_string(value)) return refuse(r, "the rules of '%s' are no text", key);
    f->rules = tool_format("%s", json_string_value(value));
    b->format_count++;
  }
  return true;
}

static bool read_shape(const reader *r, const char *where, json_t *shape, baseline_tensor *t) {
  if (!json_is_array(shape) || json_array_size(shape) > BASELINE_MAX_RANK)
    return refuse(r, "'shape' of %s is no list of up to %d sizes", where, BASELINE_MAX_RANK);
  for (t->rank = 0; t->rank < json_array_size(shape); t->rank++) {
    json_t *size = json_array_get(shape, t->rank);
    if (!json_is_integer(size) || json_integer_value(size) < 0)
      return refuse(r, "'shape' of %s has a size that is none", where);
    t->shape[t->rank] = (size_t)json_integer_value(size);
  }
  return true;
}

static bool read_hash(const reader *r, const char *where, json_t *hash, baseline_tensor *t) {
  const char *text = json_string_value(hash);
  if (text == NULL || strlen(text) != BASELINE_HASH - 1 || strspn(text, "0123456789abcdef") != BASELINE_HASH - 1)
    return refuse(r, "'hash' of %s is not 32 hexadecimal digits", where);
  memcpy(t->hash, text, BASELINE_HASH);
  return true;
}

static bool read_nmse(const reader *r, const char *where, json_t *object, const analyze_baseline *b,
                      baseline_tensor *t) {
  if (!json_is_object(object) || json_object_size(object) != b->format_count)
    return refuse(r, "'nmse' of %s does not have one value for each format", where);
  t->nmse = tool_alloc(b->format_count, sizeof *t->nmse);
  for (size_t f = 0; f < b->format_count; f++) {
    json_t *value = json_object_get(object, lowp_scheme_info_of(b->formats[f].scheme)->name);
    if (value == NULL) return refuse(r, "'nmse' of %s lacks a format", where);
    t->nmse[f] = json_is_null(value) ? INFINITY : json_number_value(value);
    if ((!json_is_null(value) && !json_is_number(value)) || !(t->nmse[f] >= 0))
      return refuse(r, "'nmse' of %s has a value that is none", where);
    t->nmse[f] = analyze_baseline_round(t->nmse[f]);
  }
  return true;
}

static bool read_tensors(const reader *r, json_t *object, analyze_baseline *b) {
  static const char *const required[] = {"shape", "hash", "nmse", NULL}, *const optional[] = {"tolerance_db", NULL};
  const char *key;
  json_t *value;
  if (!json_is_object(object)) return refuse(r, "'tensors' is no object");
  b->tensors = tool_alloc(json_object_size(object), sizeof *b->tensors);
  json_object_foreach(object, key, value) {
    char where[160];
    snprintf(where, sizeof where, "'%.150s'", tool_safe(key));
    if (!check_keys(r, where, value, required, optional)) return false;
    baseline_tensor *t = &b->tensors[b->count++];
    t->name = tool_format("%s", key);
    t->tolerance_db = -1;
    json_t *tolerance = json_object_get(value, "tolerance_db");
    if (tolerance != NULL && !read_tolerance(r, where, tolerance, &t->tolerance_db)) return false;
    if (!read_shape(r, where, json_object_get(value, "shape"), t) ||
        !read_hash(r, where, json_object_get(value, "hash"), t) ||
        !read_nmse(r, where, json_object_get(value, "nmse"), b, t))
      return false;
  }
  return true;
}

static bool read_root(const reader *r, json_t *root, analyze_baseline *b) {
  static const char *const required[] = {"lowp_baseline", "tolerance_db", "formats", "tensors", NULL};
  static const char *const optional[] = {"written_by", NULL};
  if (!check_keys(r, "the file", root, required, optional)) return false;
  json_t *version = json_object_get(root, "lowp_baseline");
  if (!json_is_integer(version) || json_integer_value(version) != BASELINE_VERSION)
    return refuse(r, "'lowp_baseline' is not %d, the version that this program reads", BASELINE_VERSION);
  return read_tolerance(r, "the file", json_object_get(root, "tolerance_db"), &b->tolerance_db) &&
         read_formats(r, json_object_get(root, "formats"), b) && read_tensors(r, json_object_get(root, "tensors"), b);
}

bool analyze_baseline_parse(const char *text, size_t size, analyze_baseline *baseline, char *problem, size_t room) {
  reader r = {problem, room};
  json_error_t error;
  *baseline = (analyze_baseline){0};
  json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
  if (root == NULL) return refuse(&r, "line %d: %.120s", error.line, tool_safe(error.text));
  bool good = read_root(&r, root, baseline);
  json_decref(root);
  if (!good) analyze_baseline_free(baseline);
  return good;
}

void analyze_baseline_free(analyze_baseline *b) {
  for (size_t i = 0; i < b->format_count; i++) free(b->formats[i].rules);
  for (size_t i = 0; i < b->count; i++) {
    free(b->tensors[i].name);
    free(b->tensors[i].nmse);
  }
  free(b->formats);
  free(b->tensors);
  *b = (analyze_baseline){0};
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

double analyze_baseline_round(double nmse) {
  char text[40];
  snprintf(text, sizeof text, "%.*e", DIGITS - 1, nmse);
  return isfinite(nmse) ? strtod(text, NULL) : nmse;
}

static json_t *tensor_object(const analyze_baseline *b, const baseline_tensor *t) {
  json_t *o = json_object(), *shape = json_array(), *nmse = json_object();
  for (size_t i = 0; i < t->rank; i++) json_array_append_new(shape, json_integer((json_int_t)t->shape[i]));
  for (size_t f = 0; f < b->format_count; f++)
    json_object_set_new(nmse, lowp_scheme_info_of(b->formats[f].scheme)->name,
                        isfinite(t->nmse[f]) ? json_real(t->nmse[f]) : json_null());
  json_object_set_new(o, "shape", shape);
  json_object_set_new(o, "hash", json_string(t->hash));
  if (t->tolerance_db >= 0) json_object_set_new(o, "tolerance_db", json_real(t->tolerance_db));
  json_object_set_new(o, "nmse", nmse);
  return o;
}

char *analyze_baseline_text(const analyze_baseline *b) {
  json_t *root = json_object(), *formats = json_object(), *tensors = json_object();
  for (size_t f = 0; f < b->format_count; f++)
    json_object_set_new(formats, lowp_scheme_info_of(b->formats[f].scheme)->name, json_string(b->formats[f].rules));
  for (size_t i = 0; i < b->count; i++)
    json_object_set_new(tensors, b->tensors[i].name, tensor_object(b, &b->tensors[i]));
  json_object_set_new(root, "lowp_baseline", json_integer(BASELINE_VERSION));
  json_object_set_new(root, "written_by", json_string(lowp_version_string()));
  json_object_set_new(root, "tolerance_db", json_real(b->tolerance_db));
  json_object_set_new(root, "formats", formats);
  json_object_set_new(root, "tensors", tensors);
  char *text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(DIGITS));
  json_decref(root);
  return text;
}
