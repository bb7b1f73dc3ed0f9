/* SPDX-License-Identifier: Apache-2.0 */
/* profile_read.c: one chip or model from JSON. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/read.h"

static bool read_formats(lowpi_reader *r, const lowpi_place *at, json_t *object, lowp_chip *chip) {
  static const char *const known[] = {"names", "source", "grade", "note", NULL};
  const lowpi_place here = {at, "formats", 0}, names = {&here, "names", 0};
  json_t *value = json_object_get(object, "formats");
  const char *const *texts;
  size_t count;
  if (!value || json_is_null(value)) return true;
  if (!lowpi_read_object(r, &here, value, known, NULL) || !lowpi_read_texts(r, &here, value, "names", &count, &texts) ||
      !lowpi_read_source(r, &here, value, &chip->formats_source))
    return false;
  if (count == 0) return lowpi_refuse(r, &names, "no format is named");
  lowp_number_format *formats = lowpi_arena_alloc(r->arena, count, sizeof *formats);
  if (!formats) return lowpi_out_of_memory(r);
  for (size_t i = 0; i < count; i++) {
    const lowpi_place item = {&names, NULL, i};
    formats[i] = lowp_number_format_from_name(texts[i]);
    if (formats[i] == LOWP_NUMBER_FORMAT_NONE) return lowpi_refuse(r, &item, "'%.40s' is no known format", texts[i]);
  }
  chip->formats = formats;
  chip->format_count = count;
  chip->formats_source.value = chip->formats_source.low = chip->formats_source.high = (double)count;
  return true;
}

static bool read_peaks(lowpi_reader *r, const lowpi_place *at, json_t *object, lowp_chip *chip) {
  static const char *const known[] = {"dense", "sparse", "measured", NULL};
  const lowpi_place here = {at, "peaks", 0};
  json_t *peaks = json_object_get(object, "peaks"), *value;
  const char *key;
  if (!peaks || json_is_null(peaks)) return true;
  if (!json_is_object(peaks)) return lowpi_refuse(r, &here, "an object is expected here");
  json_object_foreach(peaks, key, value) {
    const lowpi_place entry = {&here, key, 0};
    const lowp_rate rate = lowp_rate_from_name(key);
    if (rate == LOWP_RATE_COUNT) return lowpi_refuse(r, &here, "unknown key '%.40s'", key);
    lowp_peak *peak = &chip->peaks[rate];
    if (!lowpi_read_object(r, &entry, value, known, NULL) ||
        !lowpi_read_figure(r, &entry, value, "dense", LOWPI_DIM_OPS, &peak->dense) ||
        !lowpi_read_figure(r, &entry, value, "sparse", LOWPI_DIM_OPS, &peak->sparse) ||
        !lowpi_read_figure(r, &entry, value, "measured", LOWPI_DIM_OPS, &peak->measured))
      return false;
    if (peak->dense.grade && peak->sparse.grade && peak->sparse.value < peak->dense.value)
      return lowpi_refuse(r, &entry, "the sparse peak is below the dense one");
  }
  return true;
}

static bool read_units(lowpi_reader *r, const lowpi_place *at, json_t *object, const char *key, lowp_units *units) {
  static const char *const known[] = {"count", "per_clock", NULL};
  const lowpi_place here = {at, key, 0}, place = {&here, "per_clock", 0};
  json_t *value = json_object_get(object, key), *item;
  const char *name;
  if (!value || json_is_null(value)) return true;
  if (!lowpi_read_object(r, &here, value, known, NULL) ||
      !lowpi_read_figure(r, &here, value, "count", LOWPI_DIM_COUNT, &units->count))
    return false;
  json_t *per_clock = json_object_get(value, "per_clock");
  if (!per_clock || json_is_null(per_clock)) return true;
  if (!json_is_object(per_clock)) return lowpi_refuse(r, &place, "an object is expected here");
  json_object_foreach(per_clock, name, item) {
    const lowp_rate rate = lowp_rate_from_name(name);
    if (rate == LOWP_RATE_COUNT) return lowpi_refuse(r, &place, "unknown key '%.40s'", name);
    if (!lowpi_read_figure(r, &place, per_clock, name, LOWPI_DIM_OPS_PER_CLOCK, &units->per_clock[rate])) return false;
  }
  return true;
}

/* The keys of the figures are among the known ones. */
static const char *const *keys_of(const lowpi_field *fields, const char **keys) {
  size_t n = 0;
  for (; fields[n].key; n++) keys[n] = fields[n].key;
  keys[n] = NULL;
  return keys;
}

bool lowpi_read_chip(lowpi_reader *r, const lowpi_place *at, json_t *value, lowp_chip *out) {
  static const char *const known[] = {"name",        "vendor",  "scope", "status",       "aliases",
                                      "families",    "formats", "peaks", "matrix_units", "vector_units",
                                      "accumulator", "note",    NULL};
  const char *fields[32];
  lowp_chip chip = {0};
  if (!lowpi_read_object(r, at, value, known, keys_of(lowpi_chip_fields, fields)) ||
      !lowpi_read_text(r, at, value, "name", true, &chip.name) ||
      !lowpi_read_text(r, at, value, "vendor", true, &chip.vendor) ||
      !lowpi_read_text(r, at, value, "scope", true, &chip.scope) ||
      !lowpi_read_text(r, at, value, "status", true, &chip.status) ||
      !lowpi_read_text(r, at, value, "note", false, &chip.note) ||
      !lowpi_read_text(r, at, value, "accumulator", false, &chip.accumulator) ||
      !lowpi_read_texts(r, at, value, "aliases", &chip.alias_count, &chip.aliases) ||
      !lowpi_read_texts(r, at, value, "families", &chip.family_count, &chip.families) ||
      !read_formats(r, at, value, &chip) || !read_peaks(r, at, value, &chip) ||
      !read_units(r, at, value, "matrix_units", &chip.matrix) ||
      !read_units(r, at, value, "vector_units", &chip.vector) ||
      !lowpi_read_fields(r, at, value, lowpi_chip_fields, &chip))
    return false;
  if (chip.memory.grade && chip.memory_physical.grade && chip.memory_physical.value < chip.memory.value)
    return lowpi_refuse(r, at, "'memory_physical' is below 'memory'");
  *out = chip;
  return true;
}

static bool read_release(lowpi_reader *r, const lowpi_place *at, json_t *object, lowp_audit_model *model) {
  static const char *const known[] = {"date", "source", "grade", "note", NULL};
  const lowpi_place here = {at, "released", 0};
  json_t *value = json_object_get(object, "released");
  if (!value || json_is_null(value)) return true;
  if (!lowpi_read_object(r, &here, value, known, NULL) ||
      !lowpi_read_date(r, &here, value, "date", true, &model->released) ||
      !lowpi_read_source(r, &here, value, &model->released_source))
    return false;
  model->released_source.value = model->released_source.low = model->released_source.high = 1;
  return true;
}

static bool read_platforms(lowpi_reader *r, const lowpi_place *at, json_t *object, lowp_audit_model *model) {
  static const char *const known[] = {"names", "source", "grade", "note", NULL};
  const lowpi_place here = {at, "platforms", 0}, names = {&here, "names", 0};
  json_t *value = json_object_get(object, "platforms");
  if (!value || json_is_null(value)) return true;
  if (!lowpi_read_object(r, &here, value, known, NULL) ||
      !lowpi_read_texts(r, &here, value, "names", &model->platform_count, &model->platforms) ||
      !lowpi_read_source(r, &here, value, &model->platforms_source))
    return false;
  if (model->platform_count == 0) return lowpi_refuse(r, &names, "no platform is named");
  lowp_figure *source = &model->platforms_source;
  source->value = source->low = source->high = (double)model->platform_count;
  return true;
}

bool lowpi_read_model(lowpi_reader *r, const lowpi_place *at, json_t *value, lowp_audit_model *out) {
  static const char *const known[] = {"name", "note", "aliases", "families", "platforms", "released", NULL};
  const char *fields[32];
  lowp_audit_model model = {0};
  if (!lowpi_read_object(r, at, value, known, keys_of(lowpi_model_fields, fields)) ||
      !lowpi_read_text(r, at, value, "name", true, &model.name) ||
      !lowpi_read_text(r, at, value, "note", false, &model.note) ||
      !lowpi_read_texts(r, at, value, "aliases", &model.alias_count, &model.aliases) ||
      !lowpi_read_texts(r, at, value, "families", &model.family_count, &model.families) ||
      !read_platforms(r, at, value, &model) || !read_release(r, at, value, &model) ||
      !lowpi_read_fields(r, at, value, lowpi_model_fields, &model))
    return false;
  const struct {
    const char *key;
    const lowp_figure *figure;
  } parts[] = {
      {"active", &model.active}, {"read", &model.read}, {"multiplied", &model.multiplied}, {"kept", &model.kept}};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    if (model.params.grade && parts[i].figure->grade && parts[i].figure->value > model.params.value)
      return lowpi_refuse(r, at, "'%s' is above 'params'", parts[i].key);
  *out = model;
  return true;
}
