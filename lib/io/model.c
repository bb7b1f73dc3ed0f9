/* SPDX-License-Identifier: Apache-2.0 */
/* model.c: opening a model, and reading its tensors. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/quant.h>
#include <stdlib.h>
#include <string.h>

#include "io/model_internal.h"

static int by_name(const void *a, const void *b) {
  return strcmp(((const lowpi_entry *)a)->tensor.name, ((const lowpi_entry *)b)->tensor.name);
}

static lowp_status read_config(lowp_model *model, const char *given, lowp_error *error) {
  if (given && !*given) return LOWP_OK;
  const char *path = given ? given : lowpi_path_join(&model->arena, lowp_file_directory(model->file), "config.json");
  if (!path) return lowpi_fail(error, LOWP_E_NOMEM, "not enough memory for the model");
  return lowpi_config_read(path, !given, &model->config, error);
}

/* Two tensors of a file may stand for one name: X.weight beside X.weight_packed. */
static lowp_status check_names(lowp_model *model, lowp_error *error) {
  qsort(model->entries, model->count, sizeof *model->entries, by_name);
  for (size_t i = 1; i < model->count; i++) {
    lowp_model_tensor *t = &model->entries[i].tensor;
    if (strcmp(t->name, model->entries[i - 1].tensor.name) != 0 || t->problem || model->entries[i - 1].tensor.problem)
      continue;
    if (!model->keep_problems)
      return lowpi_fail(error, LOWP_E_FORMAT, LOWPI_NAME ": stored twice, in different ways", t->name);
    t->problem = "stored twice, in different ways";
    t->scheme = LOWP_SCHEME_NONE;
    t->layout = LOWP_LAYOUT_NONE;
  }
  return LOWP_OK;
}

lowp_status lowp_model_open(const lowp_file *file, const lowp_model_options *options, lowp_model **out,
                            lowp_error *error) {
  if (!file || !out || (options && options->struct_size != sizeof *options))
    return lowpi_fail(error, LOWP_E_ARGUMENT, "no file, no place for the model, or unknown options");
  lowp_model *model = calloc(1, sizeof *model);
  if (!model) return lowpi_fail(error, LOWP_E_NOMEM, "not enough memory for the model");
  model->file = file;
  model->keep_problems = options && options->keep_problems;
  lowp_status status = read_config(model, options ? options->config : NULL, error);
  if (!status) status = lowpi_model_recognise(model, error);
  if (!status) status = check_names(model, error);
  if (status) {
    lowp_model_close(model);
    return status;
  }
  *out = model;
  return LOWP_OK;
}

void lowp_model_close(lowp_model *model) {
  if (!model) return;
  for (size_t i = 0; i < model->count; i++) free(model->entries[i].q);
  free(model->entries);
  lowpi_arena_free(&model->arena);
  free(model);
}

size_t lowp_model_count(const lowp_model *model) { return model ? model->count : 0; }

const lowp_model_tensor *lowp_model_get(const lowp_model *model, size_t i) {
  return model && i < model->count ? &model->entries[i].tensor : NULL;
}

size_t lowp_model_find(const lowp_model *model, const char *name) {
  if (!model || !name || !model->count) return SIZE_MAX;
  const lowpi_entry key = {.tensor.name = name};
  const lowpi_entry *found = bsearch(&key, model->entries, model->count, sizeof key, by_name);
  return found ? (size_t)(found - model->entries) : SIZE_MAX;
}

/* --- import --- */

static size_t aligned(size_t n) { return (n + 15) & ~(size_t)15; }

/*
 * One block: the struct, zero points, scales, and the codes unless they are borrowed from the file. The sizes were
 * checked when the tensor was recognised: every plane is at most 128 rows or columns larger than bytes that exist.
 */
static lowp_qtensor *allocate(const lowpi_draft *draft, const void *borrowed_codes) {
  const lowp_planes *p = &draft->planes;
  const size_t head = aligned(sizeof(lowp_qtensor)), zeros = aligned(p->zeros_bytes), scales = aligned(p->scales_bytes);
  size_t total;
  if (!lowpi_add(head + zeros, scales, &total) || !lowpi_add(total, borrowed_codes ? 0 : p->codes_bytes, &total))
    return NULL;
  uint8_t *block = calloc(1, total);
  if (!block) return NULL;
  lowp_qtensor *q = (lowp_qtensor *)(void *)block;
  void *codes = borrowed_codes ? (void *)(uintptr_t)borrowed_codes : block + head + zeros + scales;
  if (lowp_qtensor_bind(q, draft->scheme->id, draft->rows, draft->cols, codes, block + head + zeros,
                        p->zeros_bytes ? block + head : NULL)) {
    free(block);
    return NULL;
  }
  return q;
}

/* The bytes of a part as its draft says: scales in BF16 or F16 become F32, in *converted, which the caller frees. */
static const void *part_bytes(const lowpi_part *part, const lowp_file_tensor *t, float **converted) {
  if (part->dtype != LOWP_DTYPE_F32 || t->dtype == LOWP_DTYPE_F32) return t->data;
  float *values = malloc(t->count * sizeof *values + !t->count);
  if (values && lowp_element_decode_n(t->element, t->count, t->data, values)) {
    free(values);
    values = NULL;
  }
  return *converted = values;
}

static lowp_status import(const lowp_model *model, const lowp_model_tensor *t, lowp_qtensor **out, lowp_error *error) {
  lowpi_draft draft;
  lowp_status status = lowpi_draft_make(t->layout, t->scheme, t->name, t->rank, t->shape, &draft, error);
  if (status) return status;
  const void *codes = lowp_file_get(model->file, t->parts[0].file_index)->data;
  const bool borrow = draft.parts[0].row_bytes == draft.planes.codes_stride;
  lowp_qtensor *q = allocate(&draft, borrow ? codes : NULL);
  if (!q) return lowpi_fail(error, LOWP_E_NOMEM, LOWPI_NAME ": not enough memory", t->name);
  for (size_t i = borrow; !status && i < draft.count; i++) {
    float *converted = NULL;
    const void *bytes = part_bytes(&draft.parts[i], lowp_file_get(model->file, t->parts[i].file_index), &converted);
    status = bytes ? lowpi_part_import(&draft, i, bytes, q, error)
                   : lowpi_fail(error, LOWP_E_NOMEM, LOWPI_NAME ": not enough memory", t->name);
    free(converted);
  }
  if (status)
    free(q);
  else
    *out = q;
  return status;
}

static lowp_status entry_of(lowp_model *model, size_t i, lowpi_entry **entry, lowp_error *error) {
  if (!model || i >= model->count) return lowpi_fail(error, LOWP_E_ARGUMENT, "the model has no tensor %zu", i);
  *entry = &model->entries[i];
  const lowp_model_tensor *t = &(*entry)->tensor;
  return t->problem ? lowpi_fail(error, LOWP_E_FORMAT, LOWPI_NAME ": %.300s", t->name, t->problem) : LOWP_OK;
}

lowp_status lowp_model_qtensor(lowp_model *model, size_t i, const lowp_qtensor **q, lowp_error *error) {
  lowpi_entry *entry = NULL;
  lowp_status status = entry_of(model, i, &entry, error);
  if (status) return status;
  if (!q || entry->tensor.scheme == LOWP_SCHEME_NONE)
    return lowpi_fail(error, LOWP_E_ARGUMENT, LOWPI_NAME ": %s", entry->tensor.name,
                      q ? "a plain tensor, not a quantized one" : "no place for the tensor given");
  if (!entry->q) status = import(model, &entry->tensor, &entry->q, error);
  if (!status) *q = entry->q;
  return status;
}

lowp_status lowp_model_load_rows(lowp_model *model, size_t i, size_t row0, size_t row1, float *dst, lowp_error *error) {
  lowpi_entry *entry = NULL;
  lowp_status status = entry_of(model, i, &entry, error);
  if (status) return status;
  const lowp_model_tensor *t = &entry->tensor;
  if (row0 > row1 || row1 > t->rows)
    return lowpi_fail(error, LOWP_E_RANGE, LOWPI_NAME ": no rows %zu to %zu, it has %zu", t->name, row0, row1, t->rows);
  if (!dst && row1 > row0 && t->cols)
    return lowpi_fail(error, LOWP_E_ARGUMENT, LOWPI_NAME ": no buffer given", t->name);
  if (t->scheme == LOWP_SCHEME_NONE)
    return lowpi_load_values(lowp_file_get(model->file, t->parts[0].file_index), row0 * t->cols,
                             (row1 - row0) * t->cols, dst, error);
  const lowp_qtensor *q;
  status = lowp_model_qtensor(model, i, &q, error);
  if (status) return status;
  const lowp_view view = lowp_view_of(LOWP_F32, row1 - row0, t->cols, dst);
  return lowp_dequantize_rows(q, row0, row1, &view, error);
}

void lowp_model_release(lowp_model *model, size_t i) {
  if (!model || i >= model->count) return;
  lowpi_entry *entry = &model->entries[i];
  free(entry->q);
  entry->q = NULL;
  for (size_t p = 0; p < entry->tensor.count; p++) lowp_file_release(model->file, entry->tensor.parts[p].file_index);
}
