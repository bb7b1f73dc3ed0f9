/* SPDX-License-Identifier: Apache-2.0 */
/* read.c: strict reading of JSON: every key known, every unit of the right dimension, every place named. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/read.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

static bool in_list(const char *const *list, const char *key) {
  for (; list && *list; list++)
    if (strcmp(*list, key) == 0) return true;
  return false;
}

bool lowpi_read_object(lowpi_reader *r, const lowpi_place *at, json_t *value, const char *const *known,
                       const char *const *more) {
  const char *key;
  json_t *item;
  if (!json_is_object(value)) return lowpi_refuse(r, at, "an object is expected here");
  json_object_foreach(value, key, item) if (!in_list(known, key) &&
                                            !in_list(more, key)) return lowpi_refuse(r, at, "unknown key '%.80s'", key);
  return true;
}

bool lowpi_read_list(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key, json_t **list,
                     size_t *count) {
  const lowpi_place here = {at, key, 0};
  *list = json_object_get(object, key);
  *count = 0;
  if (!*list || json_is_null(*list)) return true;
  if (!json_is_array(*list)) return lowpi_refuse(r, &here, "a list is expected here");
  *count = json_array_size(*list);
  if (*count > LOWPI_AUDIT_LIST) return lowpi_refuse(r, &here, "more than %u entries", LOWPI_AUDIT_LIST);
  return true;
}

/* --- texts -------------------------------------------------------------------------------------------------------- */

static bool text_of(lowpi_reader *r, const lowpi_place *at, json_t *value, const char **out) {
  if (!json_is_string(value)) return lowpi_refuse(r, at, "a text is expected here");
  const char *text = json_string_value(value);
  const size_t n = strlen(text);
  if (n == 0 || n > LOWPI_AUDIT_TEXT)
    return lowpi_refuse(r, at, "a text of 1 to %u bytes is expected", LOWPI_AUDIT_TEXT);
  for (size_t i = 0; i < n; i++)
    if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
      return lowpi_refuse(r, at, "the text has a control character");
  *out = lowpi_arena_copy(r->arena, text, n);
  return *out ? true : lowpi_out_of_memory(r);
}

bool lowpi_read_text(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key, bool required,
                     const char **out) {
  json_t *value = json_object_get(object, key);
  const lowpi_place here = {at, key, 0};
  *out = NULL;
  if (value && !json_is_null(value)) return text_of(r, &here, value, out);
  return required ? lowpi_refuse(r, at, "'%s' is missing", key) : true;
}

static bool digits(const char *text, size_t n, int low, int high) {
  int value = 0;
  for (size_t i = 0; i < n; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = 10 * value + (text[i] - '0');
  }
  return value >= low && value <= high;
}

bool lowpi_read_date(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key, bool required,
                     const char **out) {
  const lowpi_place here = {at, key, 0};
  if (!lowpi_read_text(r, at, object, key, required, out)) return false;
  if (!*out) return true;
  const char *t = *out;
  const size_t n = strlen(t);
  const bool good = (n == 4 || n == 7 || n == 10) && digits(t, 4, 1900, 2999) &&
                    (n < 7 || (t[4] == '-' && digits(t + 5, 2, 1, 12))) &&
                    (n < 10 || (t[7] == '-' && digits(t + 8, 2, 1, 31)));
  return good ? true : lowpi_refuse(r, &here, "'%.40s' is no date of the form 2026, 2026-03 or 2026-03-20", t);
}

bool lowpi_read_texts(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key, size_t *count,
                      const char *const **out) {
  const lowpi_place here = {at, key, 0};
  json_t *list;
  *out = NULL;
  if (!lowpi_read_list(r, at, object, key, &list, count)) return false;
  if (*count == 0) return true;
  if (*count > LOWPI_AUDIT_NAMES) return lowpi_refuse(r, &here, "more than %u entries", LOWPI_AUDIT_NAMES);
  const char **texts = lowpi_arena_alloc(r->arena, *count, sizeof *texts);
  if (!texts) return lowpi_out_of_memory(r);
  for (size_t i = 0; i < *count; i++) {
    const lowpi_place item = {&here, NULL, i};
    if (!text_of(r, &item, json_array_get(list, i), &texts[i])) return false;
    if (lowpi_has_name(i, texts, texts[i])) return lowpi_refuse(r, &item, "'%.80s' is there twice", texts[i]);
  }
  *out = texts;
  return true;
}

bool lowpi_read_choice(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key, bool required,
                       const char *const *names, size_t count, size_t *out) {
  const lowpi_place here = {at, key, 0};
  const char *text;
  if (!lowpi_read_text(r, at, object, key, required, &text)) return false;
  if (!text) return true;
  for (size_t i = 0; i < count; i++)
    if (names[i] && strcmp(names[i], text) == 0) {
      *out = i;
      return true;
    }
  char known[200] = "";
  size_t used = 0;
  for (size_t i = 0; i < count && used < sizeof known; i++)
    if (names[i]) used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", names[i]);
  return lowpi_refuse(r, &here, "'%.40s' is none of: %s", text, known);
}

/* --- numbers ------------------------------------------------------------------------------------------------------ */

bool lowpi_read_number(lowpi_reader *r, const lowpi_place *at, json_t *value, bool zero, double *out) {
  if (!json_is_number(value)) return lowpi_refuse(r, at, "a number is expected here");
  const double number = json_number_value(value);
  if (!(number <= 1e30) || number < 0 || (number == 0 && !zero))
    return lowpi_refuse(r, at, "%g is not %s 0 and at most 1e30", number, zero ? "at least" : "above");
  *out = number;
  return true;
}

bool lowpi_read_unit(lowpi_reader *r, const lowpi_place *at, json_t *object, lowpi_dimension dimension,
                     const lowpi_unit **out) {
  const lowpi_place here = {at, "unit", 0};
  const char *name;
  char list[LOWPI_UNITS_TEXT];
  if (!lowpi_read_text(r, at, object, "unit", true, &name)) return false;
  *out = lowpi_unit_of(name);
  if (!*out && dimension == LOWPI_DIM_NONE) return lowpi_refuse(r, &here, "'%.40s' is no known unit", name);
  if (!*out || (dimension != LOWPI_DIM_NONE && (*out)->dimension != dimension))
    return lowpi_refuse(r, &here, "'%.40s' is no unit for this; use %s", name, lowpi_unit_list(dimension, list));
  return true;
}

/* --- figures ------------------------------------------------------------------------------------------------------ */

static const char *const grades[] = {NULL, "vendor", "reported", "derived", "measured"};

bool lowpi_read_source(lowpi_reader *r, const lowpi_place *at, json_t *object, lowp_figure *out) {
  const char *key;
  size_t grade = LOWP_GRADE_NONE;
  const lowpi_place here = {at, "source", 0};
  if (!lowpi_read_text(r, at, object, "source", true, &key)) return false;
  json_t *source = json_object_get(r->sources, key);
  if (!source) return lowpi_refuse(r, &here, "'%.80s' is not in \"sources\"", key);
  const lowpi_place root = {NULL, NULL, 0}, sources = {&root, "sources", 0}, entry = {&sources, key, 0};
  if (!lowpi_read_text(r, &entry, source, "title", true, &out->source) ||
      !lowpi_read_date(r, &entry, source, "date", true, &out->date) ||
      !lowpi_read_choice(r, at, object, "grade", true, grades, LOWP_GRADE_COUNT, &grade) ||
      !lowpi_read_text(r, at, object, "note", false, &out->note))
    return false;
  out->grade = (lowp_grade)grade;
  return true;
}

bool lowpi_read_figure(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key,
                       lowpi_dimension dimension, lowp_figure *out) {
  static const char *const known[] = {"value", "unit", "grade", "source", "range", "note", NULL};
  const lowpi_place here = {at, key, 0}, place = {&here, "value", 0}, range = {&here, "range", 0};
  json_t *value = json_object_get(object, key);
  const lowpi_unit *unit;
  lowp_figure figure = {0};
  if (!value || json_is_null(value)) return true;
  if (!lowpi_read_object(r, &here, value, known, NULL)) return false;
  if (!lowpi_read_number(r, &place, json_object_get(value, "value"), false, &figure.value) ||
      !lowpi_read_unit(r, &here, value, dimension, &unit) || !lowpi_read_source(r, &here, value, &figure))
    return false;
  figure.value *= unit->factor;
  figure.low = figure.high = figure.value;
  json_t *bounds = json_object_get(value, "range");
  if (bounds) {
    if (!json_is_array(bounds) || json_array_size(bounds) != 2)
      return lowpi_refuse(r, &range, "two numbers are expected here");
    if (!lowpi_read_number(r, &range, json_array_get(bounds, 0), false, &figure.low) ||
        !lowpi_read_number(r, &range, json_array_get(bounds, 1), false, &figure.high))
      return false;
    figure.low *= unit->factor;
    figure.high *= unit->factor;
    if (figure.low > figure.value || figure.value > figure.high)
      return lowpi_refuse(r, &range, "the value does not lie in it");
  }
  *out = figure;
  return true;
}

bool lowpi_read_fields(lowpi_reader *r, const lowpi_place *at, json_t *object, const lowpi_field *fields, void *out) {
  for (; fields->key; fields++) {
    lowp_figure *figure = (lowp_figure *)(void *)((char *)out + fields->offset);
    if (!lowpi_read_figure(r, at, object, fields->key, fields->dimension, figure)) return false;
  }
  return true;
}

bool lowpi_read_sources(lowpi_reader *r, const lowpi_place *at, json_t *root) {
  static const char *const known[] = {"title", "date", "url", NULL};
  const lowpi_place here = {at, "sources", 0};
  const char *key, *text;
  json_t *source, *sources = json_object_get(root, "sources");
  r->sources = sources;
  if (!sources) return true;
  if (!json_is_object(sources)) return lowpi_refuse(r, &here, "an object is expected here");
  json_object_foreach(sources, key, source) {
    const lowpi_place entry = {&here, key, 0};
    if (!lowpi_read_object(r, &entry, source, known, NULL) ||
        !lowpi_read_text(r, &entry, source, "title", true, &text) ||
        !lowpi_read_date(r, &entry, source, "date", true, &text) ||
        !lowpi_read_text(r, &entry, source, "url", false, &text))
      return false;
  }
  return true;
}
