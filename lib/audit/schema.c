/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.c: JSON Schema (draft 2020-12) of files of profiles and claims, made of the tables by which they are read. What a
 * schema cannot say is listed in docs/audit.md.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdio.h>
#include <string.h>

#include "audit/keys.h"
#include "audit/rules.h"
#include "io/json.h"

/* The schema under construction. jansson's calls take NULL for a value that could not be made, and say so by failing. */
typedef struct maker {
  json_t *defs; /* "$defs" */
  bool failed;
} maker;

static json_t *set(maker *m, json_t *object, const char *key, json_t *value) {
  if (json_object_set_new(object, key, value)) m->failed = true;
  return object;
}

static json_t *append(maker *m, json_t *list, json_t *value) {
  if (json_array_append_new(list, value)) m->failed = true;
  return list;
}

static json_t *reference(const char *name) { return json_sprintf("#/$defs/%s", name); }

/* The same with a description before it, which is where people look. */
static json_t *described(maker *m, json_t *schema, const char *text) {
  json_t *made = json_pack("{s:s}", "description", text);
  if (json_object_update(made, schema)) m->failed = true;
  json_decref(schema);
  return made;
}

/* What has this type and is as described under `name` in "$defs". */
static json_t *typed(maker *m, const char *type, const char *name) {
  return set(m, json_pack("{s:s}", "type", type), "$ref", reference(name));
}

/* The same but for null, which stands for a key that is absent. Descriptions under "$defs" do not say "type". */
static json_t *or_null(maker *m, json_t *schema) {
  json_t *type = json_object_get(schema, "type"), *names = json_object_get(schema, "enum");
  if (names) append(m, names, json_null());
  if (json_is_string(type)) set(m, schema, "type", json_pack("[O, s]", type, "null"));
  if (json_is_array(type)) append(m, type, json_string("null"));
  return schema;
}

/* --- names -------------------------------------------------------------------------------------------------------- */

static json_t *unit_names(maker *m, lowpi_dimension dimension) {
  json_t *names = json_array();
  const lowpi_unit *unit;
  for (size_t i = 0; (unit = lowpi_unit_at(i)) != NULL; i++)
    if (dimension == LOWPI_DIM_ANY || unit->dimension == dimension) append(m, names, json_string(unit->name));
  return names;
}

/* "figure_B_per_s": the name under "$defs" of what is measured in a dimension. */
static const char *dimension_name(const char *what, lowpi_dimension dimension, char text[64]) {
  size_t n = (size_t)snprintf(text, 64, "%s_", what);
  const char *base = dimension == LOWPI_DIM_ANY ? "any" : lowpi_unit_base(dimension)->name;
  for (; *base && n + 6 < 64; base++) n += (size_t)snprintf(text + n, 64 - n, *base == '/' ? "_per_" : "%c", *base);
  return text;
}

static const char *const rate_texts[] = {
#define LOWP_RATE(ID, name, text) text,
#include <lowp/rate.def>
#undef LOWP_RATE
};

static const char *const quantity_texts[] = {
#define LOWP_QUANTITY(ID, name, dimension, rule, text) text,
#include <lowp/quantity.def>
#undef LOWP_QUANTITY
};

/* --- "$defs" ------------------------------------------------------------------------------------------------------ */

static json_t *object_of(maker *m, const lowpi_key *keys, const lowpi_key *more, lowpi_dimension dimension);

/* An object under "$defs", by a name that tells its keys. */
static json_t *defined(maker *m, const char *name, const lowpi_key *keys, lowpi_dimension dimension) {
  if (!json_object_get(m->defs, name)) {
    json_t *object = object_of(m, keys, NULL, dimension);
    json_object_del(object, "type");
    set(m, m->defs, name, object);
  }
  return typed(m, "object", name);
}

static json_t *figure_of(maker *m, lowpi_dimension dimension) {
  char name[64];
  return defined(m, dimension_name("figure", dimension, name), lowpi_figure_keys, dimension);
}

static json_t *amount_of(maker *m, lowpi_dimension dimension) {
  char name[64];
  return defined(m, dimension_name("amount", dimension, name), lowpi_amount_keys, dimension);
}

/* An amount that is less than one base unit, whatever its own unit is. */
static json_t *share_of(maker *m, lowpi_dimension dimension) {
  json_t *rules = json_array();
  const lowpi_unit *unit;
  for (size_t i = 0; (unit = lowpi_unit_at(i)) != NULL; i++)
    if (unit->dimension == dimension)
      append(m, rules,
             json_pack("{s:{s:{s:{s:s}}}, s:{s:{s:{s:f}}}}", "if", "properties", "unit", "const", unit->name, "then",
                       "properties", "value", "exclusiveMaximum", 1 / unit->factor));
  return set(m, amount_of(m, dimension), "allOf", rules);
}

static json_t *text_rules(void) {
  return json_pack("{s:i, s:i, s:{s:s, s:s}}", "minLength", 1, "maxLength", (int)LOWPI_AUDIT_TEXT, "not", "type",
                   "string", "pattern", "[\\u0000-\\u001f\\u007f]");
}

static json_t *date_rules(void) {
  return json_pack("{s:s, s:s}", "$ref", "#/$defs/text", "pattern",
                   "^(19|2[0-9])[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$");
}

/* The names as they are written here, which editors offer, or in any case. */
static json_t *format_rules(maker *m) {
  json_t *names = json_array();
  char pattern[1024] = "^(";
  size_t n = strlen(pattern);
  for (int i = 1; i < LOWP_NUMBER_FORMAT_COUNT; i++) {
    const char *name = lowp_number_format_name((lowp_number_format)i);
    append(m, names, json_string(name));
    if (i > 1) n += (size_t)snprintf(pattern + n, sizeof pattern - n, "|");
    for (const char *c = name; *c && n < sizeof pattern; c++)
      n += *c >= 'a' && *c <= 'z' ? (size_t)snprintf(pattern + n, sizeof pattern - n, "[%c%c]", *c - 'a' + 'A', *c)
                                  : (size_t)snprintf(pattern + n, sizeof pattern - n, "%c", *c);
  }
  if (n + 3 > sizeof pattern) {
    m->failed = true;
    n = 0;
  }
  snprintf(pattern + n, sizeof pattern - n, ")$");
  return json_pack("{s:s, s:[{s:o}, {s:s}]}", "$ref", "#/$defs/text", "anyOf", "enum", names, "pattern", pattern);
}

static json_t *quantity_rules(maker *m) {
  json_t *list = json_array();
  for (int i = 0; i < LOWP_QUANTITY_COUNT; i++)
    append(m, list,
           json_pack("{s:s, s:s}", "const", lowp_quantity_name((lowp_quantity)i), "description", quantity_texts[i]));
  return json_pack("{s:o}", "anyOf", list);
}

/* --- kinds of values ---------------------------------------------------------------------------------------------- */

static json_t *number_of(bool zero) {
  return json_pack("{s:s, s:i, s:f}", "type", "number", zero ? "minimum" : "exclusiveMinimum", 0, "maximum",
                   LOWPI_AUDIT_NUMBER);
}

static json_t *count_of(void) {
  return json_pack("{s:s, s:i, s:f}", "type", "integer", "minimum", 1, "maximum", LOWPI_AUDIT_COUNT);
}

static json_t *list_of(maker *m, json_t *items, size_t least, size_t most, bool unique) {
  json_t *list = json_pack("{s:s, s:i}", "type", "array", "maxItems", (int)most);
  if (least) set(m, list, "minItems", json_integer((json_int_t)least));
  if (unique) set(m, list, "uniqueItems", json_true());
  return set(m, list, "items", items);
}

static json_t *choice_of(maker *m, const char *const *choices) {
  json_t *names = json_array();
  for (; *choices; choices++) append(m, names, json_string(*choices));
  return json_pack("{s:o}", "enum", names);
}

/* Keywords for numbers, lists and objects each heed values of their own type. */
static json_t *value_of(maker *m, const lowpi_key *key) {
  json_t *value = list_of(m, number_of(true), 1, LOWPI_AUDIT_PARTS, false), *number = number_of(true);
  json_t *bounds = object_of(m, key->keys, NULL, LOWPI_DIM_NONE);
  if (json_object_update(value, bounds) || json_object_update(value, number)) m->failed = true;
  json_decref(bounds);
  json_decref(number);
  return set(m, value, "type", json_pack("[s, s, s]", "number", "array", "object"));
}

static json_t *by_rate(maker *m, const lowpi_key *key) {
  json_t *rates = json_object();
  for (int i = 0; i < LOWP_RATE_COUNT; i++) {
    json_t *entry =
        or_null(m, key->keys ? defined(m, key->name, key->keys, LOWPI_DIM_NONE) : figure_of(m, key->dimension));
    set(m, rates, lowp_rate_name((lowp_rate)i), described(m, entry, rate_texts[i]));
  }
  return json_pack("{s:s, s:o, s:b}", "type", "object", "properties", rates, "additionalProperties", 0);
}

/*
 * What the quantity of a statement says of its value and unit: one rule for each dimension, since a schema is read by
 * people too.
 */
static json_t *unit_rules(maker *m) {
  json_t *rules = json_array();
  for (int d = 0; d < LOWPI_DIMENSIONS; d++) {
    json_t *names = json_array(), *then;
    for (int i = 0; i < LOWP_QUANTITY_COUNT; i++)
      if (lowpi_quantity_dimension((lowp_quantity)i) == (lowpi_dimension)d)
        append(m, names, json_string(lowp_quantity_name((lowp_quantity)i)));
    if (json_array_size(names) == 0) {
      json_decref(names);
      continue;
    }
    if (d == LOWPI_DIM_NONE)
      then = json_pack("{s:{s:{s:s}, s:{s:s}}}", "properties", "value", "type", "null", "unit", "type", "null");
    else
      then = json_pack("{s:[s, s], s:{s:{s:{s:s}}, s:{s:o}}}", "required", "value", "unit", "properties", "value",
                       "not", "type", "null", "unit", "enum", unit_names(m, (lowpi_dimension)d));
    append(m, rules,
           json_pack("{s:{s:[s], s:{s:{s:o}}}, s:o}", "if", "required", "quantity", "properties", "quantity", "enum",
                     names, "then", then));
  }
  return json_pack("{s:o}", "allOf", rules);
}

/* A list of statements; of claims, which are one statement or have parts, where keys are split in two tables. */
static json_t *objects_of(maker *m, const lowpi_key *key) {
  json_t *object = object_of(m, key->keys, key->more, LOWPI_DIM_ANY);
  if (key->keys == lowpi_statement_keys) set(m, object, "$ref", reference("statement"));
  if (key->more) {
    json_t *absent = json_object(), *required = json_array();
    for (const lowpi_key *k = key->more; k->name; k++) {
      bool shared = false;
      for (const lowpi_key *own = key->keys; own->name; own++) shared = shared || strcmp(own->name, k->name) == 0;
      if (!shared) set(m, absent, k->name, json_false());
      if (k->required) append(m, required, json_string(k->name));
    }
    set(m, object, "if",
        json_pack("{s:[s], s:{s:{s:s}}}", "required", "parts", "properties", "parts", "type", "array"));
    set(m, object, "then", json_pack("{s:o}", "properties", absent));
    set(m, object, "else", json_pack("{s:s, s:o}", "$ref", "#/$defs/statement", "required", required));
  }
  return list_of(m, object, key->least, key->most, false);
}

/* What stands under a key of an object that is of this dimension. */
static json_t *value_under(maker *m, const lowpi_key *key, lowpi_dimension dimension) {
  switch (key->kind) {
  case LOWPI_KEY_TEXT:
  case LOWPI_KEY_SOURCE:
    return typed(m, "string", "text");
  case LOWPI_KEY_DATE:
    return typed(m, "string", "date");
  case LOWPI_KEY_TEXTS:
    return list_of(m, typed(m, "string", "text"), key->least, key->most, true);
  case LOWPI_KEY_CHOICE:
    return choice_of(m, key->choices);
  case LOWPI_KEY_FORMAT:
    return typed(m, "string", "format");
  case LOWPI_KEY_FORMATS:
    return list_of(m, typed(m, "string", "format"), key->least, key->most, true);
  case LOWPI_KEY_QUANTITY:
    return typed(m, "string", "quantity");
  case LOWPI_KEY_FLAG:
    return json_pack("{s:s}", "type", "boolean");
  case LOWPI_KEY_COUNT:
    return count_of();
  case LOWPI_KEY_COUNTS:
    return list_of(m, count_of(), key->least, key->most, true);
  case LOWPI_KEY_FIGURE:
    return figure_of(m, key->dimension);
  case LOWPI_KEY_AMOUNT:
    return amount_of(m, key->dimension);
  case LOWPI_KEY_SHARE:
    return share_of(m, key->dimension);
  case LOWPI_KEY_AMOUNTS:
    return list_of(m, amount_of(m, key->dimension), key->least, key->most, false);
  case LOWPI_KEY_OBJECT:
    return defined(m, key->name, key->keys, LOWPI_DIM_NONE);
  case LOWPI_KEY_BY_RATE:
    return by_rate(m, key);
  case LOWPI_KEY_POSITIVE:
    return number_of(false);
  case LOWPI_KEY_NUMBER:
    return number_of(true);
  case LOWPI_KEY_RANGE:
    return list_of(m, number_of(false), 2, 2, false);
  case LOWPI_KEY_UNIT:
    /* Where it is not required the quantity says whether there is one, and which: unit_rules(). */
    return key->required ? json_pack("{s:o}", "enum", unit_names(m, dimension)) : typed(m, "string", "text");
  case LOWPI_KEY_VALUE:
    return value_of(m, key);
  case LOWPI_KEY_LIST:
    return objects_of(m, key);
  case LOWPI_KEY_NAMED:
    return json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
                     object_of(m, key->keys, NULL, LOWPI_DIM_NONE));
  case LOWPI_KEY_KINDS:
    break;
  }
  return NULL;
}

static json_t *object_of(maker *m, const lowpi_key *keys, const lowpi_key *more, lowpi_dimension dimension) {
  json_t *properties = json_object(), *required = json_array();
  for (const lowpi_key *tables[] = {keys, more, NULL}, **t = tables; *t; t++)
    for (const lowpi_key *k = *t; k->name; k++) {
      if (json_object_get(properties, k->name)) continue;
      json_t *value = value_under(m, k, dimension);
      if (!k->required) value = or_null(m, value);
      set(m, properties, k->name, described(m, value, k->text));
      if (k->required && *t == keys) append(m, required, json_string(k->name));
    }
  return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required", required,
                   "additionalProperties", 0);
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static lowp_status schema_of(const lowpi_key *keys, const char *version, const char *about, char **text,
                             lowp_error *error) {
  if (!text) return lowpi_fail(error, LOWP_E_ARGUMENT, "no place for the schema given");
  maker m = {json_object(), false};
  set(&m, m.defs, "text", text_rules());
  set(&m, m.defs, "date", date_rules());
  set(&m, m.defs, "format", format_rules(&m));
  if (keys == lowpi_claims_keys) {
    set(&m, m.defs, "quantity", quantity_rules(&m));
    set(&m, m.defs, "statement", unit_rules(&m));
  }
  json_t *root = json_pack("{s:s, s:s, s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
                           version, "description", about);
  json_t *object = object_of(&m, keys, NULL, LOWPI_DIM_NONE);
  if (json_object_update(root, object)) m.failed = true;
  json_decref(object);
  set(&m, root, "$defs", m.defs);
  char *made = m.failed ? NULL : lowpi_json_text(root, false);
  json_decref(root);
  if (!made) return lowpi_fail(error, LOWP_E_NOMEM, "not enough memory for the schema");
  *text = made;
  return LOWP_OK;
}

lowp_status lowp_profiles_schema(char **text, lowp_error *error) {
  return schema_of(
      lowpi_profiles_keys, lowpi_profiles_schema[0],
      "Profiles of chips and models for lowp-audit: every figure has a unit, a grade and a source. A figure that "
      "is not known is left out or null.",
      text, error);
}

lowp_status lowp_claims_schema(char **text, lowp_error *error) {
  return schema_of(
      lowpi_claims_keys, lowpi_claims_schema[0],
      "What a text claims of chips and models, for lowp-audit. Conditions are what the text states, and nothing "
      "else.",
      text, error);
}
