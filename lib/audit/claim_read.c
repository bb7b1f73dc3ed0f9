/* SPDX-License-Identifier: Apache-2.0 */
/* claim_read.c: one claim from JSON. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/claim_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/rules.h"

/* --- numbers as printed ------------------------------------------------------------------------------------------- */

/* 10^-decimals of the shortest text that reads back as this number: 2.87 gives 0.01, 70 gives 1. */
static double last_digit(double value) {
  char text[40];
  int digits = 0;
  do snprintf(text, sizeof text, "%.*e", digits++, value);
  while (digits < 17 && strtod(text, NULL) != value);
  const char *e = strchr(text, 'e');
  int decimals = digits - 1 - (e ? (int)strtol(e + 1, NULL, 10) : 0);
  double unit = 1;
  for (; decimals > 0; decimals--) unit /= 10;
  return unit;
}

static bool amount_of(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_unit *unit, lowp_amount *out) {
  double number;
  if (!lowpi_read_number(r, at, value, true, &number)) return false;
  out->value = number * unit->factor;
  out->half = 0.5 * last_digit(number) * unit->factor;
  out->unit = unit->name;
  return true;
}

/* {"value": 140, "unit": "GB"} under a key, or as an entry of a list if `key` is NULL. */
static bool read_amount(lowpi_reader *r, const lowpi_place *at, json_t *value, lowpi_dimension dimension,
                        lowp_amount *out) {
  static const char *const known[] = {"value", "unit", NULL};
  const lowpi_place place = {at, "value", 0};
  const lowpi_unit *unit;
  return lowpi_read_object(r, at, value, known, NULL) && lowpi_read_unit(r, at, value, dimension, &unit) &&
         amount_of(r, &place, json_object_get(value, "value"), unit, out);
}

static bool read_value(lowpi_reader *r, const lowpi_place *at, json_t *object, lowpi_dimension dimension,
                       lowp_claim *claim) {
  static const char *const bounds[] = {"low", "high", NULL};
  const lowpi_place here = {at, "value", 0};
  json_t *value = json_object_get(object, "value");
  const lowpi_unit *unit;
  if (dimension == LOWPI_DIM_NONE) {
    if (value || json_object_get(object, "unit"))
      return lowpi_refuse(r, &here, "'%s' has no value and no unit", lowp_quantity_name(claim->quantity));
    return true;
  }
  if (!lowpi_read_unit(r, at, object, dimension == LOWPI_DIM_ANY ? LOWPI_DIM_NONE : dimension, &unit)) return false;
  claim->is_range = json_is_object(value);
  const size_t n = claim->is_range ? 2 : json_is_array(value) ? json_array_size(value) : 1;
  if (n == 0 || n > 64) return lowpi_refuse(r, &here, "a list of 1 to 64 numbers is expected");
  if (claim->is_range && !lowpi_read_object(r, &here, value, bounds, NULL)) return false;
  lowp_amount *values = lowpi_arena_alloc(r->arena, n, sizeof *values);
  if (!values) return lowpi_out_of_memory(r);
  for (size_t i = 0; i < n; i++) {
    const lowpi_place item = {&here, claim->is_range ? bounds[i] : NULL, i};
    json_t *number = claim->is_range        ? json_object_get(value, bounds[i])
                     : json_is_array(value) ? json_array_get(value, i)
                                            : value;
    if (!amount_of(r, claim->is_range || json_is_array(value) ? &item : &here, number, unit, &values[i])) return false;
  }
  if (claim->is_range && values[0].value > values[1].value) return lowpi_refuse(r, &here, "'low' is above 'high'");
  claim->values = values;
  claim->value_count = n;
  return true;
}

/* --- conditions --------------------------------------------------------------------------------------------------- */

static const char *const sparsities[] = {NULL, "dense", "sparse"};
static const char *const phases[] = {NULL, "prefill", "decode"};
static const char *const bases[] = {NULL, "peak", "bandwidth", "memory", "tdp"};
static const char *const causes[] = {NULL, "bandwidth", "compute", "format", "software", "training"};
static const char *const keys[] = {"format", "formats", "sparsity", "phase",          "basis", "cause", "baseline",
                                   "model",  "params",  "weights",  "weights_format", "chips", "batch", "context",
                                   "drafts", "group",   "batches",  "from",           "of",    "until", NULL};

static bool read_choice(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key,
                        const char *const *names, size_t count, int *out) {
  size_t index = 0;
  if (!lowpi_read_choice(r, at, object, key, false, names, count, &index)) return false;
  *out = (int)index;
  return true;
}

static bool read_format(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key,
                        lowp_number_format *out) {
  const lowpi_place here = {at, key, 0};
  const char *name;
  if (!lowpi_read_text(r, at, object, key, false, &name)) return false;
  *out = lowp_number_format_from_name(name);
  return name && !*out ? lowpi_refuse(r, &here, "'%.40s' is no known format", name) : true;
}

static bool read_formats(lowpi_reader *r, const lowpi_place *at, json_t *object, lowp_claim *claim) {
  const lowpi_place here = {at, "formats", 0};
  const char *const *names;
  if (!lowpi_read_texts(r, at, object, "formats", &claim->format_count, &names)) return false;
  lowp_number_format *formats = lowpi_arena_alloc(r->arena, claim->format_count, sizeof *formats);
  if (!formats) return lowpi_out_of_memory(r);
  for (size_t i = 0; i < claim->format_count; i++) {
    const lowpi_place item = {&here, NULL, i};
    formats[i] = lowp_number_format_from_name(names[i]);
    if (!formats[i]) return lowpi_refuse(r, &item, "'%.40s' is no known format", names[i]);
  }
  claim->formats = formats;
  return true;
}

/* A positive number without a unit, a whole one if `whole`. */
static bool read_count(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key, double *out) {
  const lowpi_place here = {at, key, 0};
  json_t *value = json_object_get(object, key);
  if (!value) return true;
  if (!lowpi_read_number(r, &here, value, false, out)) return false;
  if (!json_is_integer(value)) return lowpi_refuse(r, &here, "a whole number is expected here");
  return *out <= 1e12 ? true : lowpi_refuse(r, &here, "%g is more than 1e12", *out);
}

static bool read_batches(lowpi_reader *r, const lowpi_place *at, json_t *object, lowp_claim *claim) {
  const lowpi_place here = {at, "batches", 0};
  json_t *list;
  if (!lowpi_read_list(r, at, object, "batches", &list, &claim->batch_count)) return false;
  if (claim->batch_count > 64) return lowpi_refuse(r, &here, "more than 64 entries");
  double *batches = lowpi_arena_alloc(r->arena, claim->batch_count, sizeof *batches);
  if (!batches) return lowpi_out_of_memory(r);
  for (size_t i = 0; i < claim->batch_count; i++) {
    const lowpi_place item = {&here, NULL, i};
    json_t *value = json_array_get(list, i);
    if (!lowpi_read_number(r, &item, value, false, &batches[i])) return false;
    if (!json_is_integer(value) || batches[i] > 1e12)
      return lowpi_refuse(r, &item, "a whole number up to 1e12 is expected");
    if (i && batches[i] <= batches[i - 1]) return lowpi_refuse(r, &item, "batches must ascend");
  }
  claim->batches = batches;
  return true;
}

static bool read_from(lowpi_reader *r, const lowpi_place *at, json_t *object, lowp_claim *claim) {
  const lowpi_place here = {at, "from", 0};
  json_t *list;
  if (!lowpi_read_list(r, at, object, "from", &list, &claim->from_count)) return false;
  if (claim->from_count > 64) return lowpi_refuse(r, &here, "more than 64 entries");
  lowp_amount *from = lowpi_arena_alloc(r->arena, claim->from_count, sizeof *from);
  if (!from) return lowpi_out_of_memory(r);
  for (size_t i = 0; i < claim->from_count; i++) {
    const lowpi_place item = {&here, NULL, i};
    if (!read_amount(r, &item, json_array_get(list, i), LOWPI_DIM_NONE, &from[i])) return false;
  }
  claim->from = from;
  return true;
}

static bool read_quantity(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key, bool required,
                          lowp_quantity *out) {
  const lowpi_place here = {at, key, 0};
  const char *name;
  if (!lowpi_read_text(r, at, object, key, required, &name)) return false;
  int i = 0;
  while (name && i < LOWP_QUANTITY_COUNT && strcmp(lowp_quantity_name((lowp_quantity)i), name) != 0) i++;
  *out = (lowp_quantity)i;
  return i < LOWP_QUANTITY_COUNT ? true : lowpi_refuse(r, &here, "'%.40s' is no known quantity", name);
}

static bool read_conditions(lowpi_reader *r, const lowpi_place *up, json_t *object, lowp_claim *claim) {
  const lowpi_place at = {up, "conditions", 0}, params = {&at, "params", 0}, weights = {&at, "weights", 0};
  json_t *c = json_object_get(object, "conditions");
  int sparsity = 0, phase = 0, basis = 0, cause = 0;
  if (!c) return true;
  if (!lowpi_read_object(r, &at, c, keys, NULL) || !read_format(r, &at, c, "format", &claim->format) ||
      !read_formats(r, &at, c, claim) || !read_choice(r, &at, c, "sparsity", sparsities, 3, &sparsity) ||
      !read_choice(r, &at, c, "phase", phases, 3, &phase) || !read_choice(r, &at, c, "basis", bases, 5, &basis) ||
      !read_choice(r, &at, c, "cause", causes, 6, &cause) ||
      !lowpi_read_text(r, &at, c, "baseline", false, &claim->baseline) ||
      !lowpi_read_text(r, &at, c, "model", false, &claim->model) ||
      !read_format(r, &at, c, "weights_format", &claim->weights_format) ||
      !read_count(r, &at, c, "chips", &claim->chips) || !read_count(r, &at, c, "batch", &claim->batch) ||
      !read_count(r, &at, c, "context", &claim->context) || !read_count(r, &at, c, "drafts", &claim->drafts) ||
      !read_count(r, &at, c, "group", &claim->group) || !read_batches(r, &at, c, claim) ||
      !read_from(r, &at, c, claim) || !lowpi_read_date(r, &at, c, "until", false, &claim->until))
    return false;
  claim->sparsity = (lowp_sparsity)sparsity;
  claim->phase = (lowp_phase)phase;
  claim->basis = (lowp_basis)basis;
  claim->cause = (lowp_cause)cause;
  json_t *value = json_object_get(c, "params");
  if (value && !read_amount(r, &params, value, LOWPI_DIM_PARAMS, &claim->params)) return false;
  value = json_object_get(c, "weights");
  if (value && !read_amount(r, &weights, value, LOWPI_DIM_BYTES, &claim->weights)) return false;
  return json_object_get(c, "of") ? read_quantity(r, &at, c, "of", true, &claim->of) : true;
}

/* --- claims ------------------------------------------------------------------------------------------------------- */

/* What a part of a claim has, and a claim without parts. */
static bool read_statement(lowpi_reader *r, const lowpi_place *at, json_t *value, lowp_claim *claim) {
  const lowpi_place place = {at, "approximate", 0};
  json_t *approximate = json_object_get(value, "approximate");
  if (approximate && !json_is_boolean(approximate)) return lowpi_refuse(r, &place, "true or false is expected here");
  claim->approximate = json_is_true(approximate);
  return lowpi_read_text(r, at, value, "subject", true, &claim->subject) &&
         read_quantity(r, at, value, "quantity", true, &claim->quantity) &&
         read_value(r, at, value, lowpi_quantity_dimension(claim->quantity), claim) &&
         read_conditions(r, at, value, claim);
}

static bool read_parts(lowpi_reader *r, const lowpi_place *at, json_t *list, lowp_claim *claim) {
  static const char *const known[] = {"subject", "quantity", "value", "unit", "approximate", "conditions", NULL};
  const lowpi_place here = {at, "parts", 0};
  const size_t n = json_array_size(list);
  if (!json_is_array(list) || n == 0 || n > 64) return lowpi_refuse(r, &here, "a list of 1 to 64 parts is expected");
  lowp_claim *parts = lowpi_arena_alloc(r->arena, n, sizeof *parts);
  if (!parts) return lowpi_out_of_memory(r);
  for (size_t i = 0; i < n; i++) {
    const lowpi_place item = {&here, NULL, i};
    json_t *value = json_array_get(list, i);
    parts[i] = (lowp_claim){.id = claim->id, .article = claim->article, .text = claim->text, .of = LOWP_QUANTITY_COUNT};
    if (!lowpi_read_object(r, &item, value, known, NULL) || !read_statement(r, &item, value, &parts[i])) return false;
  }
  claim->parts = parts;
  claim->part_count = n;
  claim->quantity = LOWP_QUANTITY_COUNT;
  return true;
}

bool lowpi_read_claim(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowp_article *article,
                      lowp_claim *out) {
  static const char *const single[] = {"id",   "text",        "subject",    "quantity", "value",
                                       "unit", "approximate", "conditions", NULL};
  static const char *const several[] = {"id", "text", "subject", "parts", NULL};
  lowp_claim claim = {.article = article, .of = LOWP_QUANTITY_COUNT};
  json_t *parts = json_object_get(value, "parts");
  if (!lowpi_read_object(r, at, value, parts ? several : single, NULL) ||
      !lowpi_read_text(r, at, value, "id", true, &claim.id) ||
      !lowpi_read_text(r, at, value, "text", true, &claim.text) ||
      !lowpi_read_text(r, at, value, "subject", true, &claim.subject))
    return false;
  if (!(parts ? read_parts(r, at, parts, &claim) : read_statement(r, at, value, &claim))) return false;
  *out = claim;
  return true;
}
