/* SPDX-License-Identifier: Apache-2.0 */
/* profile_write.c: profiles as JSON text. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdio.h>
#include <string.h>

#include "audit/keys.h"
#include "io/json.h"

/* `sources` is the object of the file; the entries get the names "1", "2" ... in the order of their first use. */
typedef struct writer {
  json_t *sources;
  bool bad; /* an argument breaks its contract, or jansson has no memory */
} writer;

static void set(writer *w, json_t *object, const char *key, json_t *value) {
  if (json_object_set_new(object, key, value)) w->bad = true;
}

static void set_text(writer *w, json_t *object, const char *key, const char *text) {
  if (text) set(w, object, key, json_string(text));
}

static void set_texts(writer *w, json_t *object, const char *key, size_t count, const char *const *texts) {
  json_t *list = json_array();
  for (size_t i = 0; i < count; i++)
    if (json_array_append_new(list, json_string(texts[i]))) w->bad = true;
  if (count)
    set(w, object, key, list);
  else
    json_decref(list);
}

static const char *source_key(writer *w, const lowp_figure *f, char text[24]) {
  const char *key;
  json_t *source;
  json_object_foreach(w->sources, key,
                      source) if (strcmp(json_string_value(json_object_get(source, "title")), f->source) == 0 &&
                                  strcmp(json_string_value(json_object_get(source, "date")), f->date) == 0) return key;
  snprintf(text, 24, "%zu", json_object_size(w->sources) + 1);
  set(w, w->sources, text, json_pack("{s:s, s:s}", "title", f->source, "date", f->date));
  return text;
}

/* Source, grade and note into the object. */
static void set_source(writer *w, json_t *object, const lowp_figure *f) {
  char text[24];
  if (!f->source || !f->date || f->grade == LOWP_GRADE_NONE || (unsigned)f->grade >= LOWP_GRADE_COUNT) {
    w->bad = true;
    return;
  }
  set_text(w, object, "grade", lowpi_grades[f->grade - 1]);
  set_text(w, object, "source", source_key(w, f, text));
  set_text(w, object, "note", f->note);
}

static void set_figure(writer *w, json_t *object, const char *key, lowpi_dimension dimension, const lowp_figure *f) {
  if (f->grade == LOWP_GRADE_NONE) return;
  if (!(f->value > 0)) w->bad = true;
  json_t *value = json_pack("{s:f, s:s}", "value", f->value, "unit", lowpi_unit_base(dimension)->name);
  set_source(w, value, f);
  if (f->low < f->value || f->high > f->value) set(w, value, "range", json_pack("[f, f]", f->low, f->high));
  set(w, object, key, value);
}

static void set_figures(writer *w, json_t *object, const lowpi_key *keys, const void *profile) {
  for (; keys->name; keys++)
    if (keys->kind == LOWPI_KEY_FIGURE)
      set_figure(w, object, keys->name, keys->dimension,
                 (const lowp_figure *)(const void *)((const char *)profile + keys->offset));
}

/* Sets a key to an object unless that is empty. */
static void set_filled(writer *w, json_t *object, const char *key, json_t *value) {
  if (json_object_size(value))
    set(w, object, key, value);
  else
    json_decref(value);
}

static void set_units(writer *w, json_t *object, const char *key, const lowp_units *units) {
  json_t *value = json_object(), *per_clock = json_object();
  set_figure(w, value, "count", LOWPI_DIM_COUNT, &units->count);
  for (int i = 0; i < LOWP_RATE_COUNT; i++)
    set_figure(w, per_clock, lowp_rate_name((lowp_rate)i), LOWPI_DIM_OPS_PER_CLOCK, &units->per_clock[i]);
  set_filled(w, value, "per_clock", per_clock);
  set_filled(w, object, key, value);
}

static json_t *chip_value(writer *w, const lowp_chip *chip) {
  json_t *object = json_object(), *peaks = json_object();
  if (!chip->name || !chip->vendor || !chip->scope || !chip->status) w->bad = true;
  set_text(w, object, "name", chip->name);
  set_text(w, object, "vendor", chip->vendor);
  set_texts(w, object, "aliases", chip->alias_count, chip->aliases);
  set_texts(w, object, "families", chip->family_count, chip->families);
  set_text(w, object, "scope", chip->scope);
  set_text(w, object, "status", chip->status);
  if (chip->format_count) {
    json_t *formats = json_object(), *names = json_array();
    for (size_t i = 0; i < chip->format_count; i++)
      json_array_append_new(names, json_string(lowp_number_format_name(chip->formats[i])));
    set(w, formats, "names", names);
    set_source(w, formats, &chip->formats_source);
    set(w, object, "formats", formats);
  }
  for (int i = 0; i < LOWP_RATE_COUNT; i++) {
    json_t *peak = json_object();
    set_figure(w, peak, "dense", LOWPI_DIM_OPS, &chip->peaks[i].dense);
    set_figure(w, peak, "sparse", LOWPI_DIM_OPS, &chip->peaks[i].sparse);
    set_figure(w, peak, "measured", LOWPI_DIM_OPS, &chip->peaks[i].measured);
    set_filled(w, peaks, lowp_rate_name((lowp_rate)i), peak);
  }
  set_filled(w, object, "peaks", peaks);
  set_units(w, object, "matrix_units", &chip->matrix);
  set_units(w, object, "vector_units", &chip->vector);
  set_figures(w, object, lowpi_chip_keys, chip);
  set_text(w, object, "accumulator", chip->accumulator);
  set_text(w, object, "note", chip->note);
  return object;
}

static json_t *model_value(writer *w, const lowp_audit_model *model) {
  json_t *object = json_object();
  if (!model->name) w->bad = true;
  set_text(w, object, "name", model->name);
  set_texts(w, object, "aliases", model->alias_count, model->aliases);
  set_texts(w, object, "families", model->family_count, model->families);
  if (model->platform_count) {
    json_t *platforms = json_object();
    set_texts(w, platforms, "names", model->platform_count, model->platforms);
    set_source(w, platforms, &model->platforms_source);
    set(w, object, "platforms", platforms);
  }
  if (model->released) {
    json_t *released = json_object();
    set_text(w, released, "date", model->released);
    set_source(w, released, &model->released_source);
    set(w, object, "released", released);
  }
  set_figures(w, object, lowpi_model_keys, model);
  set_text(w, object, "note", model->note);
  return object;
}

lowp_status lowp_profiles_text(size_t chip_count, const lowp_chip *const *chips, size_t model_count,
                               const lowp_audit_model *const *models, char **text, lowp_error *error) {
  if (!text || (chip_count && !chips) || (model_count && !models))
    return lowpi_fail(error, LOWP_E_ARGUMENT, "no profiles, or no place for the text given");
  json_t *root = json_object(), *chip_list = json_array(), *model_list = json_array();
  writer w = {json_object(), false};
  for (size_t i = 0; i < chip_count && !w.bad; i++) json_array_append_new(chip_list, chip_value(&w, chips[i]));
  for (size_t i = 0; i < model_count && !w.bad; i++) json_array_append_new(model_list, model_value(&w, models[i]));
  set(&w, root, "schema", json_string(lowpi_profiles_schema[0]));
  set(&w, root, "sources", w.sources);
  set(&w, root, "chips", chip_list);
  set(&w, root, "models", model_list);
  char *made = w.bad ? NULL : lowpi_json_text(root, false);
  json_decref(root);
  if (w.bad) return lowpi_fail(error, LOWP_E_ARGUMENT, "a profile lacks a name, or a figure its source, date or value");
  if (!made) return lowpi_fail(error, LOWP_E_NOMEM, "not enough memory for the profiles");
  *text = made;
  return LOWP_OK;
}
