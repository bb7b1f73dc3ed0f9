/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/transform.h"

#include <jansson.h>
#include <lowp/calib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common.h"

typedef struct transform {
  float *factors;  /* of the columns, NULL: none */
  size_t kept;     /* columns that were kept apart */
  size_t *columns; /* [kept] */
  size_t values;   /* tensor that holds them, [rows, kept] */
  lowp_rotation rotation;
  bool hidden;
} transform;

typedef struct tool_transforms {
  size_t count;
  transform of[]; /* as the tensors of the model */
} tool_transforms;

static int bad(const tool_source *source, const lowp_model_tensor *t, const char *what) {
  return tool_fail(TOOL_INPUT, "%s: metadata %s%s: %s", tool_safe(source->path), TOOL_TRANSFORM_KEY, tool_safe(t->name),
                   what);
}

/* Only what is known may be undone: a key that is not, could have changed the weights too. */
static int read_rotation(const tool_source *source, const lowp_model_tensor *t, const json_t *o, transform *out) {
  json_int_t size, seed;
  int signs;
  if (json_unpack((json_t *)(uintptr_t)o, "{s:I, s:b, s:I !}", "size", &size, "signs", &signs, "seed", &seed) != 0)
    return bad(source, t, "'hadamard' is not {size, signs, seed}");
  if (size < 2 || size > 65536 || (size & (size - 1)) != 0 || seed < 0 || seed > (json_int_t)UINT32_MAX)
    return bad(source, t, "'hadamard' has a size or seed out of range");
  if (t->cols % (size_t)size != 0) return bad(source, t, "'hadamard' does not fit the columns of the tensor");
  out->rotation = (lowp_rotation){sizeof out->rotation, (uint32_t)size, signs != 0, (uint32_t)seed};
  return TOOL_OK;
}

static int read_factors(const tool_source *source, const lowp_model_tensor *t, const json_t *name, transform *out) {
  const size_t k = json_is_string(name) ? lowp_model_find(source->model, json_string_value(name)) : SIZE_MAX;
  if (k == SIZE_MAX) return bad(source, t, "'smooth' names no tensor of the file");
  const lowp_model_tensor *f = lowp_model_get(source->model, k);
  if (f->rank != 1 || f->cols != t->cols || f->dtype != LOWP_DTYPE_F32)
    return bad(source, t, "'smooth' is no F32 vector with a factor for each column");
  lowp_error error = {0};
  out->factors = tool_alloc(t->cols, sizeof *out->factors);
  lowp_status status = lowp_model_load_rows(source->model, k, 0, 1, out->factors, &error);
  if (status != LOWP_OK) return tool_fail_status(status, &error);
  for (size_t c = 0; c < t->cols; c++)
    if (!(out->factors[c] > 0) || isinf(out->factors[c]))
      return bad(source, t, "'smooth' has factors that are not positive");
  source->transforms->of[k].hidden = true;
  return TOOL_OK;
}

/* Columns that were kept: their numbers, and the tensor that has their values. */
static int read_columns(const tool_source *source, const lowp_model_tensor *t, const json_t *o, transform *out) {
  const char *columns, *values;
  if (json_unpack((json_t *)(uintptr_t)o, "{s:s, s:s}", "columns", &columns, "values", &values) != 0)
    return bad(source, t, "'columns' and 'values' are the names of two tensors");
  const size_t c = lowp_model_find(source->model, columns), v = lowp_model_find(source->model, values);
  if (c == SIZE_MAX || v == SIZE_MAX) return bad(source, t, "'columns' or 'values' names no tensor of the file");
  const lowp_model_tensor *numbers = lowp_model_get(source->model, c), *kept = lowp_model_get(source->model, v);
  if (numbers->rank != 1 || numbers->dtype != LOWP_DTYPE_I32 || numbers->cols > t->cols || kept->rank != 2 ||
      kept->scheme != LOWP_SCHEME_NONE || kept->rows != t->rows || kept->cols != numbers->cols)
    return bad(source, t, "'columns' is no I32 vector, or 'values' does not have them for all rows");
  const lowp_file_tensor *raw = lowp_file_get(source->file, numbers->parts[0].file_index);
  out->columns = tool_alloc(numbers->cols, sizeof *out->columns);
  for (size_t i = 0; i < numbers->cols; i++) {
    int32_t n;
    memcpy(&n, (const char *)raw->data + i * sizeof n, sizeof n);
    if (n < 0 || (size_t)n >= t->cols) return bad(source, t, "'columns' has a number that is no column");
    out->columns[i] = (size_t)n;
  }
  out->kept = numbers->cols;
  out->values = v;
  source->transforms->of[c].hidden = source->transforms->of[v].hidden = true;
  return TOOL_OK;
}

static int read_one(const tool_source *source, size_t i) {
  transform *out = &source->transforms->of[i];
  const lowp_model_tensor *t = lowp_model_get(source->model, i);
  char *key = tool_format("%s%s", TOOL_TRANSFORM_KEY, t->name);
  const char *text = lowp_file_metadata_find(source->file, key);
  free(key);
  if (text == NULL) return TOOL_OK;
  json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
  int code = json_is_object(root) ? TOOL_OK : bad(source, t, "no JSON object");
  const char *name;
  json_t *value;
  json_object_foreach(root, name, value) {
    if (code != TOOL_OK) break;
    if (strcmp(name, "smooth") == 0)
      code = read_factors(source, t, value, out);
    else if (strcmp(name, "hadamard") == 0)
      code = read_rotation(source, t, value, out);
    else if (strcmp(name, "columns") == 0 || strcmp(name, "values") == 0)
      code = out->columns != NULL ? TOOL_OK : read_columns(source, t, root, out);
    else
      code = bad(source, t, "a transformation that this version does not know");
  }
  json_decref(root);
  return code;
}

int tool_transforms_open(tool_source *source) {
  const size_t count = lowp_model_count(source->model);
  tool_transforms *all = tool_alloc(1, sizeof *all + count * sizeof all->of[0]);
  all->count = count;
  source->transforms = all;
  int code = TOOL_OK;
  for (size_t i = 0; i < count && code == TOOL_OK; i++) code = read_one(source, i);
  return code;
}

void tool_transforms_close(tool_transforms *all) {
  for (size_t i = 0; all != NULL && i < all->count; i++) {
    free(all->of[i].factors);
    free(all->of[i].columns);
  }
  free(all);
}

bool tool_transforms_hides(const tool_source *source, size_t i) { return source->transforms->of[i].hidden; }

lowp_status tool_transforms_load(const tool_source *source, size_t i, size_t row0, size_t row1, float *values,
                                 lowp_error *error) {
  const transform *t = &source->transforms->of[i];
  lowp_status status = lowp_model_load_rows(source->model, i, row0, row1, values, error);
  if (status != LOWP_OK || row0 == row1) return status;
  const size_t cols = lowp_model_get(source->model, i)->cols;
  for (size_t r = row0; t->kept != 0 && r < row1 && status == LOWP_OK; r++) {
    float *row = values + (r - row0) * cols, *kept = tool_alloc(t->kept, sizeof *kept);
    status = lowp_model_load_rows(source->model, t->values, r, r + 1, kept, error);
    for (size_t k = 0; k < t->kept && status == LOWP_OK; k++) row[t->columns[k]] = kept[k];
    free(kept);
  }
  if (status != LOWP_OK) return status;
  const lowp_view v = lowp_view_of(LOWP_F32, row1 - row0, cols, values);
  if (t->rotation.size != 0) status = lowp_rotate(&t->rotation, &v, &v, 0, v.rows, 1, error);
  if (status == LOWP_OK && t->factors != NULL) status = lowp_smooth_columns(t->factors, &v, &v, 0, v.rows, 1);
  return status;
}
