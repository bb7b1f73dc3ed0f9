/* SPDX-License-Identifier: Apache-2.0 */
/* layout_raw.c: the JSON file beside raw planes, and reading planes by it. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/json.h"
#include "io/layout_internal.h"

#define KIND "lowp-planes"
/* A description is a few hundred bytes; whatever is much longer is none. */
#define MAX_SIDECAR 65536u

static const char *const role_names[LOWP_PARTS_MAX] = {"codes", "scales", "zeros", "tensor_scale"};

static json_t *shape_json(size_t rank, const size_t *shape) {
  json_t *array = json_array();
  for (size_t i = 0; i < rank; i++) json_array_append_new(array, json_integer((json_int_t)shape[i]));
  return array;
}

static json_t *describe(const lowp_layout_plan *plan, const lowp_qtensor *q) {
  const lowp_scheme_info *scheme = lowp_scheme_info_of(plan->scheme);
  json_t *planes = json_object();
  for (size_t i = 0; i < plan->count; i++) {
    const lowp_part *part = &plan->parts[i];
    json_object_set_new(planes, role_names[part->role],
                        json_pack("{s:s, s:s, s:o}", "file", lowpi_path_name(part->name), "dtype",
                                  lowp_dtype_name(part->dtype), "shape", shape_json(part->rank, part->shape)));
  }
  json_t *root = json_pack("{s:s, s:s, s:s, s:o, s:o}", "kind", KIND, "version", LOWP_FORMAT_VERSION, "scheme",
                           scheme->name, "shape", shape_json(plan->rank, plan->shape), "planes", planes);
  if (root && scheme->tensor_scale) {
    /* 17 digits, which a f32 needs 9 of: reading gives the same bits. */
    json_object_set_new(root, "tensor_scale", json_real((double)q->tensor_scale));
    json_object_set_new(root, "tensor_scale_inv", json_real((double)q->tensor_scale_inv));
  }
  const char *rules = plan->metadata_value;
  for (int i = 0; i < 3 && rules; i++) rules = (rules = strchr(rules, ' ')) ? rules + 1 : NULL;
  if (root && rules) json_object_set_new(root, "rules", json_string(rules));
  return root;
}

lowp_status lowp_raw_save_sidecar(const lowp_layout_plan *plan, const lowp_qtensor *q,
                                  const lowp_write_options *options, lowp_error *error) {
  if (!plan || plan->layout != LOWP_LAYOUT_RAW || !q || q->scheme != plan->scheme)
    return lowpi_fail(error, LOWP_E_ARGUMENT, LOWPI_NAME ": not a plan of layout raw and its tensor",
                      plan ? plan->name : "?");
  lowpi_arena arena = {0};
  const size_t n = strlen(plan->name);
  char *path = lowpi_arena_alloc(&arena, n + sizeof ".json", 1);
  json_t *root = path ? describe(plan, q) : NULL;
  lowp_status status;
  if (!root) {
    status = lowpi_no_memory(plan->name, error);
  } else {
    memcpy(path, plan->name, n);
    memcpy(path + n, ".json", sizeof ".json");
    status = lowpi_json_save(path, root, false, options && options->replace, error);
  }
  json_decref(root);
  lowpi_arena_free(&arena);
  return status;
}

/* --- reading --- */

typedef struct sidecar {
  const char *path, *scheme, *kind, *version;
  json_t *root, *shape, *planes;
  double tensor_scale, tensor_scale_inv;
} sidecar;

static lowp_status unpack(sidecar *s, lowp_error *error) {
  json_error_t why;
  s->tensor_scale = s->tensor_scale_inv = 1.0;
  if (json_unpack_ex(s->root, &why, 0, "{s:s, s:s, s:s, s:o, s:o, s?F, s?F}", "kind", &s->kind, "version", &s->version,
                     "scheme", &s->scheme, "shape", &s->shape, "planes", &s->planes, "tensor_scale", &s->tensor_scale,
                     "tensor_scale_inv", &s->tensor_scale_inv))
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: not a description of raw planes: %.200s", lowpi_shown(s->path),
                      why.text);
  if (strcmp(s->kind, KIND) != 0 || strcmp(s->version, LOWP_FORMAT_VERSION) != 0)
    return lowpi_fail(error, LOWP_E_FORMAT,
                      "%s: kind \"%.40s\" version \"%.40s\", expected \"" KIND "\" version \"%s\"",
                      lowpi_shown(s->path), s->kind, s->version, LOWP_FORMAT_VERSION);
  return LOWP_OK;
}

static lowp_status shape_of(const sidecar *s, size_t *rank, size_t shape[LOWP_LAYOUT_MAX_RANK], lowp_error *error) {
  *rank = json_array_size(s->shape); /* 0 for anything but an array */
  bool good = *rank >= 1 && *rank <= LOWP_LAYOUT_MAX_RANK;
  for (size_t i = 0; good && i < *rank; i++) {
    json_t *item = json_array_get(s->shape, i);
    good = json_is_integer(item) && json_integer_value(item) >= 0;
    if (good) shape[i] = (size_t)json_integer_value(item);
  }
  if (good) return LOWP_OK;
  return lowpi_fail(error, LOWP_E_FORMAT, "%s: \"shape\" is no array of 1 to %d sizes", lowpi_shown(s->path),
                    LOWP_LAYOUT_MAX_RANK);
}

/* Opens the plane of one part as a raw array, which checks its size. */
static lowp_status open_part(const sidecar *s, const lowpi_draft *draft, size_t i, lowpi_arena *arena, lowp_file **file,
                             lowp_error *error) {
  const lowpi_part *part = &draft->parts[i];
  const char *role = role_names[part->role], *name = NULL, *dtype = NULL;
  json_t *plane = json_object_get(s->planes, role);
  if (!plane || json_unpack(plane, "{s:s, s:s}", "file", &name, "dtype", &dtype))
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: plane \"%s\" of %s is missing or has no file and dtype",
                      lowpi_shown(s->path), role, draft->scheme->name);
  if (!lowpi_path_is_plain(name))
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: plane \"%s\": " LOWPI_NAME " is no plain file name",
                      lowpi_shown(s->path), role, name);
  if (lowp_dtype_from_name(dtype) != part->dtype)
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: plane \"%s\" is %.20s, but %s has %s", lowpi_shown(s->path), role,
                      dtype, draft->scheme->name, lowp_dtype_name(part->dtype));
  char *directory = lowpi_path_directory(arena, s->path);
  char *path = directory ? lowpi_path_join(arena, directory, name) : NULL;
  if (!path) return lowpi_no_memory(s->path, error);
  const lowp_open_options options = {.struct_size = sizeof options,
                                     .container = LOWP_CONTAINER_RAW,
                                     .dtype = part->dtype,
                                     .rank = part->rank,
                                     .shape = part->shape};
  return lowp_file_open(path, &options, file, error);
}

/* Nothing is allocated for a shape before all planes were seen to have it: the description alone may say anything. */
static lowp_status load_planes(const sidecar *s, const lowpi_draft *draft, lowpi_arena *arena, lowp_qtensor **q,
                               lowp_error *error) {
  lowp_file *files[LOWP_PARTS_MAX] = {NULL};
  lowp_qtensor *tensor = NULL;
  lowp_status status = LOWP_OK;
  for (size_t i = 0; !status && i < draft->count; i++) status = open_part(s, draft, i, arena, &files[i], error);
  if (!status && lowp_qtensor_create(&tensor, draft->scheme->id, draft->rows, draft->cols))
    status = lowpi_no_memory(s->path, error);
  for (size_t i = 0; !status && i < draft->count; i++)
    status = lowpi_part_import(draft, i, lowp_file_get(files[i], 0)->data, tensor, error);
  for (size_t i = 0; i < draft->count; i++) lowp_file_close(files[i]);
  if (status)
    lowp_qtensor_destroy(tensor);
  else
    *q = tensor;
  return status;
}

static lowp_status load(sidecar *s, lowpi_arena *arena, lowp_layout_plan **plan, lowp_qtensor **q, lowp_error *error) {
  size_t rank, shape[LOWP_LAYOUT_MAX_RANK];
  lowp_status status = unpack(s, error);
  if (!status) status = shape_of(s, &rank, shape, error);
  if (status) return status;
  const lowp_scheme scheme = lowp_scheme_from_name(s->scheme);
  if (!scheme) return lowpi_fail(error, LOWP_E_FORMAT, "%s: unknown scheme \"%.40s\"", lowpi_shown(s->path), s->scheme);
  /* The name of the plan is the path without ".json", as it was when the planes were written. */
  const size_t n = strlen(s->path) - (lowpi_path_has_suffix(s->path, ".json") ? sizeof ".json" - 1 : 0);
  const char *stem = lowpi_arena_copy(arena, s->path, n);
  if (!stem) return lowpi_no_memory(s->path, error);
  lowpi_draft draft;
  status = lowpi_draft_make(LOWP_LAYOUT_RAW, scheme, stem, rank, shape, &draft, error);
  if (status) return status;
  lowp_qtensor *tensor;
  status = load_planes(s, &draft, arena, &tensor, error);
  if (status) return status;
  tensor->tensor_scale = (float)s->tensor_scale;
  tensor->tensor_scale_inv = (float)s->tensor_scale_inv;
  if (!(isfinite(tensor->tensor_scale) && tensor->tensor_scale > 0 && isfinite(tensor->tensor_scale_inv) &&
        tensor->tensor_scale_inv > 0))
    status = lowpi_fail(error, LOWP_E_FORMAT, "%s: the tensor scale is not a positive number", lowpi_shown(s->path));
  if (!status && plan) status = lowp_layout_plan_create(LOWP_LAYOUT_RAW, scheme, stem, rank, shape, NULL, plan, error);
  if (status) {
    lowp_qtensor_destroy(tensor);
    return status;
  }
  *q = tensor;
  return LOWP_OK;
}

lowp_status lowpi_raw_read(const char *path, json_t *root, lowp_layout_plan **plan, lowp_qtensor **q,
                           lowp_error *error) {
  sidecar s = {.path = path, .root = root};
  lowpi_arena arena = {0};
  lowp_status status = load(&s, &arena, plan, q, error);
  lowpi_arena_free(&arena);
  return status;
}

lowp_status lowp_raw_load(const char *path, lowp_layout_plan **plan, lowp_qtensor **q, lowp_error *error) {
  if (!path || !q) return lowpi_fail(error, LOWP_E_ARGUMENT, "no path or no place for the tensor given");
  json_t *root = NULL;
  lowp_status status = lowpi_json_load(path, "description", MAX_SIDECAR, &root, error);
  if (!status) status = lowpi_raw_read(path, root, plan, q, error);
  json_decref(root);
  return status;
}
