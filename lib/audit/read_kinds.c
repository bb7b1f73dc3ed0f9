/* SPDX-License-Identifier: Apache-2.0 */
/* read_kinds.c: a reader for each kind of value that keys.h names. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/read_kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a key is read into. */
static void *field(void *out, size_t offset) { return (char *)out + offset; }

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

static bool read_text(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out) {
  return text_of(r, at, value, field(out, key->offset));
}

static bool digits(const char *text, size_t n, int low, int high) {
  int value = 0;
  for (size_t i = 0; i < n; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = 10 * value + (text[i] - '0');
  }
  return value >= low && value <= high;
}

static bool read_date(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out) {
  const char *t;
  if (!text_of(r, at, value, &t)) return false;
  const size_t n = strlen(t);
  const bool good = (n == 4 || n == 7 || n == 10) && digits(t, 4, 1900, 2999) &&
                    (n < 7 || (t[4] == '-' && digits(t + 5, 2, 1, 12))) &&
                    (n < 10 || (t[7] == '-' && digits(t + 8, 2, 1, 31)));
  if (!good) return lowpi_refuse(r, at, "'%.40s' is no date of the form 2026, 2026-03 or 2026-03-20", t);
  *(const char **)field(out, key->offset) = t;
  return true;
}

static bool texts_of(lowpi_reader *r, const lowpi_place *at, json_t *list, const lowpi_key *key, size_t *count,
                     const char ***out) {
  if (!lowpi_entries(r, at, list, key, count)) return false;
  const char **texts = lowpi_arena_alloc(r->arena, *count, sizeof *texts);
  if (!texts) return lowpi_out_of_memory(r);
  for (size_t i = 0; i < *count; i++) {
    const lowpi_place item = {at, NULL, i};
    if (!text_of(r, &item, json_array_get(list, i), &texts[i])) return false;
    if (lowpi_has_name(i, texts, texts[i])) return lowpi_refuse(r, &item, "'%.80s' is there twice", texts[i]);
  }
  *out = texts;
  return true;
}

static bool read_texts(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out) {
  const char **texts;
  if (!texts_of(r, at, value, key, field(out, key->count), &texts)) return false;
  *(const char *const **)field(out, key->offset) = texts;
  return true;
}

/* --- names -------------------------------------------------------------------------------------------------------- */

static bool read_choice(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out) {
  const char *text;
  char known[200] = "";
  size_t used = 0;
  if (!text_of(r, at, value, &text)) return false;
  for (unsigned i = 0; key->choices[i]; i++) {
    if (strcmp(key->choices[i], text) == 0) {
      const unsigned choice = i + 1;
      memcpy(field(out, key->offset), &choice, sizeof choice); /* an enum, of whatever signedness */
      return true;
    }
    if (used < sizeof known)
      used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", key->choices[i]);
  }
  return lowpi_refuse(r, at, "'%.40s' is none of: %s", text, known);
}

static bool format_of(lowpi_reader *r, const lowpi_place *at, const char *name, lowp_number_format *out) {
  *out = lowp_number_format_from_name(name);
  return *out ? true : lowpi_refuse(r, at, "'%.40s' is no known format", name);
}

static bool read_format(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out) {
  const char *name;
  return text_of(r, at, value, &name) && format_of(r, at, name, field(out, key->offset));
}

static bool read_formats(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out) {
  size_t *count = field(out, key->count);
  const char **names;
  if (!texts_of(r, at, value, key, count, &names)) return false;
  lowp_number_format *formats = lowpi_arena_alloc(r->arena, *count, sizeof *formats);
  if (!formats) return lowpi_out_of_memory(r);
  for (size_t i = 0; i < *count; i++) {
    const lowpi_place item = {at, NULL, i};
    if (!format_of(r, &item, names[i], &formats[i])) return false;
  }
  *(const lowp_number_format **)field(out, key->offset) = formats;
  return true;
}

static bool read_quantity(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out) {
  const char *name;
  if (!text_of(r, at, value, &name)) return false;
  int i = 0;
  while (i < LOWP_QUANTITY_COUNT && strcmp(lowp_quantity_name((lowp_quantity)i), name) != 0) i++;
  *(lowp_quantity *)field(out, key->offset) = (lowp_quantity)i;
  return i < LOWP_QUANTITY_COUNT ? true : lowpi_refuse(r, at, "'%.40s' is no known quantity", name);
}

static bool read_flag(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out) {
  if (!json_is_boolean(value)) return lowpi_refuse(r, at, "true or false is expected here");
  *(int *)field(out, key->offset) = json_is_true(value);
  return true;
}

/* --- numbers ------------------------------------------------------------------------------------------------------ */

bool lowpi_read_number(lowpi_reader *r, const lowpi_place *at, json_t *value, bool zero, double *out) {
  if (!json_is_number(value)) return lowpi_refuse(r, at, "a number is expected here");
  const double number = json_number_value(value);
  if (!(number <= LOWPI_AUDIT_NUMBER) || number < 0 || (number == 0 && !zero))
    return lowpi_refuse(r, at, "%g is not %s 0 and at most %g", number, zero ? "at least" : "above",
                        LOWPI_AUDIT_NUMBER);
  *out = number;
  return true;
}

static bool count_of(lowpi_reader *r, const lowpi_place *at, json_t *value, double *out) {
  if (!lowpi_read_number(r, at, value, false, out)) return false;
  if (*out > LOWPI_AUDIT_COUNT) return lowpi_refuse(r, at, "%g is more than %g", *out, LOWPI_AUDIT_COUNT);
  return *out == lowpi_ceil(*out) ? true : lowpi_refuse(r, at, "a whole number is expected here");
}

static bool read_count(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out) {
  return count_of(r, at, value, field(out, key->offset));
}

static bool read_counts(lowpi_reader *r, const lowpi_place *at, json_t *list, const lowpi_key *key, void *out) {
  size_t *count = field(out, key->count);
  if (!lowpi_entries(r, at, list, key, count)) return false;
  double *counts = lowpi_arena_alloc(r->arena, *count, sizeof *counts);
  if (!counts) return lowpi_out_of_memory(r);
  for (size_t i = 0; i < *count; i++) {
    const lowpi_place item = {at, NULL, i};
    if (!count_of(r, &item, json_array_get(list, i), &counts[i])) return false;
    if (i && counts[i] <= counts[i - 1]) return lowpi_refuse(r, &item, "%s must ascend", key->name);
  }
  *(const double **)field(out, key->offset) = counts;
  return true;
}

bool lowpi_read_unit(lowpi_reader *r, const lowpi_place *at, json_t *object, lowpi_dimension dimension,
                     const lowpi_unit **out) {
  const lowpi_place here = {at, "unit", 0};
  json_t *value = lowpi_value_of(object, "unit");
  const char *name;
  char list[LOWPI_UNITS_TEXT];
  if (!value) return lowpi_refuse(r, at, "'unit' is missing");
  if (!text_of(r, &here, value, &name)) return false;
  *out = lowpi_unit_of(name);
  if (dimension == LOWPI_DIM_ANY) return *out ? true : lowpi_refuse(r, &here, "'%.40s' is no known unit", name);
  if (!*out || (*out)->dimension != dimension)
    return lowpi_refuse(r, &here, "'%.40s' is no unit for this; use %s", name, lowpi_unit_list(dimension, list));
  return true;
}

/* 10^-decimals of the shortest text that reads back as this number: 2.87 gives 0.01, 70 gives 1. */
static double last_digit(double value) {
  char text[40];
  int digits_used = 0;
  do snprintf(text, sizeof text, "%.*e", digits_used++, value);
  while (digits_used < 17 && strtod(text, NULL) != value);
  const char *e = strchr(text, 'e');
  int decimals = digits_used - 1 - (e ? (int)strtol(e + 1, NULL, 10) : 0);
  double unit = 1;
  for (; decimals > 0; decimals--) unit /= 10;
  return unit;
}

bool lowpi_read_amount(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_unit *unit,
                       lowp_amount *out) {
  double number;
  if (!lowpi_read_number(r, at, value, true, &number)) return false;
  out->value = number * unit->factor;
  out->half = 0.5 * last_digit(number) * unit->factor;
  out->unit = unit->name;
  return true;
}

/* {"value": 140, "unit": "GB"} */
static bool amount_of(lowpi_reader *r, const lowpi_place *at, json_t *value, lowpi_dimension dimension,
                      lowp_amount *out) {
  const lowpi_place place = {at, "value", 0};
  const lowpi_unit *unit;
  return lowpi_read_keys(r, at, value, lowpi_amount_keys, NULL, out) &&
         lowpi_read_unit(r, at, value, dimension, &unit) &&
         lowpi_read_amount(r, &place, json_object_get(value, "value"), unit, out);
}

static bool read_amount(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out) {
  return amount_of(r, at, value, key->dimension, field(out, key->offset));
}

static bool read_share(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out) {
  const lowpi_place place = {at, "value", 0};
  lowp_amount *share = field(out, key->offset);
  if (!amount_of(r, at, value, key->dimension, share)) return false;
  return share->value < 1 ? true : lowpi_refuse(r, &place, "a share below 100 %% is expected");
}

static bool read_amounts(lowpi_reader *r, const lowpi_place *at, json_t *list, const lowpi_key *key, void *out) {
  size_t *count = field(out, key->count);
  if (!lowpi_entries(r, at, list, key, count)) return false;
  lowp_amount *amounts = lowpi_arena_alloc(r->arena, *count, sizeof *amounts);
  if (!amounts) return lowpi_out_of_memory(r);
  for (size_t i = 0; i < *count; i++) {
    const lowpi_place item = {at, NULL, i};
    if (!amount_of(r, &item, json_array_get(list, i), key->dimension, &amounts[i])) return false;
  }
  *(const lowp_amount **)field(out, key->offset) = amounts;
  return true;
}

/* --- figures ------------------------------------------------------------------------------------------------------ */

static bool read_source(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out) {
  lowp_figure *figure = field(out, key->offset);
  lowp_article source = {0};
  const char *name;
  if (!text_of(r, at, value, &name)) return false;
  json_t *entry = json_object_get(r->sources, name);
  if (!entry) return lowpi_refuse(r, at, "'%.80s' is not in \"sources\"", name);
  if (!lowpi_read_keys(r, at, entry, lowpi_source_keys, NULL, &source)) return false;
  figure->source = source.title;
  figure->date = source.date;
  return true;
}

static bool figure_of(lowpi_reader *r, const lowpi_place *at, json_t *value, lowpi_dimension dimension,
                      lowp_figure *out) {
  const lowpi_place place = {at, "value", 0}, range = {at, "range", 0};
  const lowpi_unit *unit;
  lowp_figure figure = {0};
  if (!lowpi_read_keys(r, at, value, lowpi_figure_keys, NULL, &figure) ||
      !lowpi_read_number(r, &place, json_object_get(value, "value"), false, &figure.value) ||
      !lowpi_read_unit(r, at, value, dimension, &unit))
    return false;
  figure.value *= unit->factor;
  figure.low = figure.high = figure.value;
  json_t *bounds = lowpi_value_of(value, "range");
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

static bool read_figure(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out) {
  return figure_of(r, at, value, key->dimension, field(out, key->offset));
}

/* --- structs ------------------------------------------------------------------------------------------------------ */

static bool read_object(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *key, void *out) {
  return lowpi_read_keys(r, at, value, key->keys, NULL, field(out, key->offset));
}

/* Names of rates are keys: as written, so that none can be there twice. */
static bool read_by_rate(lowpi_reader *r, const lowpi_place *at, json_t *object, const lowpi_key *key, void *out) {
  const char *name;
  json_t *value;
  if (!json_is_object(object)) return lowpi_refuse(r, at, "an object is expected here");
  json_object_foreach(object, name, value) {
    const lowpi_place here = {at, name, 0};
    const lowp_rate rate = lowp_rate_from_name(name);
    if (rate == LOWP_RATE_COUNT || strcmp(name, lowp_rate_name(rate)) != 0)
      return lowpi_refuse(r, at, "unknown key '%.80s'", name);
    if (json_is_null(value)) continue;
    void *entry = field(out, key->offset + (size_t)rate * key->stride);
    if (!(key->keys ? lowpi_read_keys(r, &here, value, key->keys, NULL, entry)
                    : figure_of(r, &here, value, key->dimension, entry)))
      return false;
  }
  return true;
}

lowpi_kind_reader *const lowpi_kind_readers[LOWPI_KEY_KINDS] = {
    [LOWPI_KEY_TEXT] = read_text,         [LOWPI_KEY_DATE] = read_date,      [LOWPI_KEY_TEXTS] = read_texts,
    [LOWPI_KEY_CHOICE] = read_choice,     [LOWPI_KEY_FORMAT] = read_format,  [LOWPI_KEY_FORMATS] = read_formats,
    [LOWPI_KEY_QUANTITY] = read_quantity, [LOWPI_KEY_FLAG] = read_flag,      [LOWPI_KEY_COUNT] = read_count,
    [LOWPI_KEY_COUNTS] = read_counts,     [LOWPI_KEY_FIGURE] = read_figure,  [LOWPI_KEY_SOURCE] = read_source,
    [LOWPI_KEY_AMOUNT] = read_amount,     [LOWPI_KEY_SHARE] = read_share,    [LOWPI_KEY_AMOUNTS] = read_amounts,
    [LOWPI_KEY_OBJECT] = read_object,     [LOWPI_KEY_BY_RATE] = read_by_rate};
