/* SPDX-License-Identifier: Apache-2.0 */
/* profiles.c: sets of profiles from files. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "audit/read.h"
#include "io/json.h"

lowp_status lowp_profiles_create(lowp_profiles **out) {
  if (!out) return LOWP_E_ARGUMENT;
  lowp_profiles *set = calloc(1, sizeof *set);
  if (!set) return LOWP_E_NOMEM;
  *out = set;
  return LOWP_OK;
}

void lowp_profiles_destroy(lowp_profiles *set) {
  if (!set) return;
  lowpi_arena_free(&set->arena);
  free(set->chips);
  free(set->models);
  free(set);
}

size_t lowp_profiles_chip_count(const lowp_profiles *set) { return set ? set->chip_count : 0; }
size_t lowp_profiles_model_count(const lowp_profiles *set) { return set ? set->model_count : 0; }

const lowp_chip *lowp_profiles_chip(const lowp_profiles *set, size_t i) {
  return set && i < set->chip_count ? set->chips[i] : NULL;
}

const lowp_audit_model *lowp_profiles_model(const lowp_profiles *set, size_t i) {
  return set && i < set->model_count ? set->models[i] : NULL;
}

const lowp_chip *lowp_profiles_find_chip(const lowp_profiles *set, const char *name) {
  for (size_t i = 0; set && name && i < set->chip_count; i++) {
    const lowp_chip *chip = set->chips[i];
    if (lowpi_same_name(chip->name, name) || lowpi_has_name(chip->alias_count, chip->aliases, name)) return chip;
  }
  return NULL;
}

const lowp_audit_model *lowp_profiles_find_model(const lowp_profiles *set, const char *name) {
  for (size_t i = 0; set && name && i < set->model_count; i++) {
    const lowp_audit_model *model = set->models[i];
    if (lowpi_same_name(model->name, name) || lowpi_has_name(model->alias_count, model->aliases, name)) return model;
  }
  return NULL;
}

/* --- parsing ------------------------------------------------------------------------------------------------------ */

/* A pointer array with room for `more` beyond *count. */
static bool grow(lowpi_reader *r, const lowpi_place *at, void *array, size_t *room, size_t count, size_t more) {
  size_t need, bytes;
  void **items = array;
  if (count + more > LOWPI_AUDIT_PROFILES) return lowpi_refuse(r, at, "more than %u profiles", LOWPI_AUDIT_PROFILES);
  if (!lowpi_add(count, more, &need) || !lowpi_mul(need, sizeof(void *), &bytes)) return lowpi_out_of_memory(r);
  if (need <= *room) return true;
  void *grown = realloc(*items, bytes);
  if (!grown) return lowpi_out_of_memory(r);
  *items = grown;
  *room = need;
  return true;
}

/* Neither the name nor an alias may be another profile's; families are shared by their nature, but no name is one. */
static bool chip_is_new(lowpi_reader *r, const lowpi_place *at, const lowp_profiles *set, const lowp_chip *chip) {
  for (size_t k = 0; k <= chip->alias_count; k++) {
    const char *name = k ? chip->aliases[k - 1] : chip->name;
    if (lowp_profiles_find_chip(set, name)) return lowpi_refuse(r, at, "there is already a chip '%.120s'", name);
    for (size_t i = 0; i < set->chip_count; i++)
      if (lowpi_has_name(set->chips[i]->family_count, set->chips[i]->families, name))
        return lowpi_refuse(r, at, "'%.120s' is already the name of a family", name);
  }
  for (size_t k = 0; k < chip->family_count; k++)
    if (lowp_profiles_find_chip(set, chip->families[k]))
      return lowpi_refuse(r, at, "the family '%.120s' is already the name of a chip", chip->families[k]);
  return true;
}

static bool model_is_new(lowpi_reader *r, const lowpi_place *at, const lowp_profiles *set,
                         const lowp_audit_model *model) {
  for (size_t k = 0; k <= model->alias_count; k++) {
    const char *name = k ? model->aliases[k - 1] : model->name;
    if (lowp_profiles_find_model(set, name)) return lowpi_refuse(r, at, "there is already a model '%.120s'", name);
  }
  return true;
}

static bool read_all(lowpi_reader *r, lowp_profiles *set, json_t *root) {
  const lowpi_place top = {NULL, NULL, 0}, chips = {&top, "chips", 0}, models = {&top, "models", 0};
  lowpi_head head = {0};
  json_t *list;
  size_t n;
  if (!lowpi_read_keys(r, &top, root, lowpi_profiles_keys, NULL, &head) || !lowpi_read_sources(r, &top, root) ||
      !lowpi_read_list(r, &top, root, lowpi_profiles_keys, "chips", &list, &n))
    return false;
  if (!grow(r, &chips, &set->chips, &set->chip_room, set->chip_count, n)) return false;
  for (size_t i = 0; i < n; i++) {
    const lowpi_place at = {&chips, NULL, i};
    lowp_chip *chip = lowpi_arena_alloc(r->arena, 1, sizeof *chip);
    if (!chip) return lowpi_out_of_memory(r);
    if (!lowpi_read_chip(r, &at, json_array_get(list, i), chip) || !chip_is_new(r, &at, set, chip)) return false;
    set->chips[set->chip_count++] = chip;
  }
  if (!lowpi_read_list(r, &top, root, lowpi_profiles_keys, "models", &list, &n)) return false;
  if (!grow(r, &models, &set->models, &set->model_room, set->model_count, n)) return false;
  for (size_t i = 0; i < n; i++) {
    const lowpi_place at = {&models, NULL, i};
    lowp_audit_model *model = lowpi_arena_alloc(r->arena, 1, sizeof *model);
    if (!model) return lowpi_out_of_memory(r);
    if (!lowpi_read_model(r, &at, json_array_get(list, i), model) || !model_is_new(r, &at, set, model)) return false;
    set->models[set->model_count++] = model;
  }
  return true;
}

static lowp_status add(lowp_profiles *set, const char *path, json_t *root, lowp_error *error) {
  lowpi_reader r = {path, &set->arena, NULL, error, LOWP_OK};
  const size_t chips = set->chip_count, models = set->model_count;
  if (!read_all(&r, set, root)) {
    set->chip_count = chips;
    set->model_count = models;
  }
  json_decref(root);
  return r.status;
}

lowp_status lowp_profiles_load(lowp_profiles *set, const char *path, lowp_error *error) {
  json_t *root = NULL;
  if (!set || !path) return lowpi_fail(error, LOWP_E_ARGUMENT, "no set or no path given");
  lowp_status status = lowpi_json_load(path, "file of profiles", LOWPI_AUDIT_FILE, &root, error);
  return status ? status : add(set, path, root, error);
}

lowp_status lowp_profiles_parse(lowp_profiles *set, const char *name, const void *bytes, size_t n, lowp_error *error) {
  json_t *root = NULL;
  if (!set || !name || (n && !bytes)) return lowpi_fail(error, LOWP_E_ARGUMENT, "no set, name or text given");
  if (n > LOWPI_AUDIT_FILE) return lowpi_fail(error, LOWP_E_FORMAT, "%s: %zu bytes are too many", lowpi_shown(name), n);
  lowp_status status = lowpi_json_parse(name, "text", bytes, n, &root, error);
  return status ? status : add(set, name, root, error);
}
