/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_model.c: from any safetensors header to logical tensors and their values. The input is text: its first line is the
 * header's JSON, of which data_offsets are filled in by the target (the search need not find sums), the rest is the payload,
 * repeated as often as needed.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tests/fuzz/fuzz.h"

#include <lowp/model.h>
#include <jansson.h>
#include <string.h>

#include "io/io_internal.h"

int lowpt_accepted;

/* Sizes beyond this are for the header's own target. */
#define MOST 65536

/* Bytes of one entry, or SIZE_MAX if it is too large or no tensor. */
static size_t entry_bytes(json_t *entry) {
  const lowp_dtype dtype = lowp_dtype_from_name(json_string_value(json_object_get(entry, "dtype")));
  json_t *sizes = json_object_get(entry, "shape");
  size_t shape[32], bytes;
  const size_t rank = json_array_size(sizes);
  if (rank > 32) return SIZE_MAX;
  for (size_t i = 0; i < rank; i++) shape[i] = (size_t)json_integer_value(json_array_get(sizes, i));
  return lowp_dtype_bytes(dtype, rank, shape, &bytes) == LOWP_OK && bytes <= MOST ? bytes : SIZE_MAX;
}

/* The image of a safetensors file, or NULL. */
static uint8_t *image(const char *text, size_t length, const uint8_t *seed, size_t seeds, size_t *size) {
  json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
  size_t end = 0;
  const char *key;
  json_t *entry;
  json_object_foreach(root, key, entry) {
    if (strcmp(key, "__metadata__") == 0) continue;
    const size_t bytes = entry_bytes(entry);
    if (bytes == SIZE_MAX || end + bytes > MOST) {
      json_decref(root);
      return NULL;
    }
    json_object_set_new(entry, "data_offsets", json_pack("[I, I]", (json_int_t)end, (json_int_t)(end + bytes)));
    end += bytes;
  }
  char *json = json_is_object(root) ? json_dumps(root, JSON_COMPACT) : NULL;
  json_decref(root);
  const uint64_t header = json ? strlen(json) : 0;
  uint8_t *out = json ? calloc(1, 8 + header + end + 1) : NULL;
  if (out) {
    memcpy(out, &header, 8);
    memcpy(out + 8, json, header);
    for (size_t i = 0; i < end && seeds; i++) out[8 + header + i] = seed[i % seeds];
    *size = 8 + header + end;
  }
  free(json);
  return out;
}

/* Everything a tensor can be asked. */
static void use(lowp_model *model, size_t i) {
  const lowp_model_tensor *t = lowp_model_get(model, i);
  const lowp_qtensor *q;
  lowp_error error = {LOWP_OK, ""};
  LOWPT_ALWAYS(t->name && t->count <= LOWP_PARTS_MAX);
  LOWPT_ALWAYS(!t->problem || (t->scheme == LOWP_SCHEME_NONE && t->layout == LOWP_LAYOUT_NONE));
  LOWPT_ALWAYS((t->scheme == LOWP_SCHEME_NONE) == (t->layout == LOWP_LAYOUT_NONE));
  lowp_status status = lowp_model_qtensor(model, i, &q, &error);
  if (status)
    LOWPT_ALWAYS(strstr(error.text, ": ") && error.status == status);
  else
    LOWPT_ALWAYS(q->rows == t->rows && q->cols == t->cols && q->scheme == t->scheme);
  if (t->cols && t->rows > MOST * 8 / t->cols) return;
  float *values = malloc((t->rows * t->cols + 1) * sizeof *values);
  if (values) status = lowp_model_load_rows(model, i, 0, t->rows, values, &error);
  free(values);
}

static void open_model(const lowp_file *file, int keep) {
  const lowp_model_options options = {.struct_size = sizeof options, .config = "", .keep_problems = keep};
  lowp_model *model = NULL;
  lowp_error error = {LOWP_OK, ""};
  const lowp_status status = lowp_model_open(file, &options, &model, &error);
  if (status) {
    LOWPT_ALWAYS(!model && *error.text && error.status == status && !strpbrk(error.text, "\n\r\x1b"));
    return;
  }
  if (!keep) lowpt_accepted = 1;
  size_t parts = 0;
  for (size_t i = 0; i < lowp_model_count(model); i++) {
    const lowp_model_tensor *t = lowp_model_get(model, i);
    parts += t->problem ? 0 : t->count; /* a problem lists the first parts of what it claims */
    const size_t found = lowp_model_find(model, t->name);
    LOWPT_ALWAYS(found < lowp_model_count(model) && strcmp(lowp_model_get(model, found)->name, t->name) == 0);
    use(model, i);
  }
  LOWPT_ALWAYS(keep ? parts <= lowp_file_count(file) : parts == lowp_file_count(file));
  lowp_model_close(model);
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const lowp_file_tensor *)a)->name, ((const lowp_file_tensor *)b)->name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lowpt_accepted = 0;
  const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
  const size_t length = line ? (size_t)(line - data) : size, used = line ? length + 1 : size;
  size_t n = 0;
  uint8_t *bytes = image((const char *)data, length, data + used, size - used, &n);
  if (!bytes) return 0;
  lowp_file file = {.container = LOWP_CONTAINER_SAFETENSORS, .directory = ".", .shard_count = 0};
  lowpi_header header;
  if (lowpi_safetensors_parse("input", bytes, n, &file.arena, &header, NULL) == LOWP_OK) {
    file.count = header.count;
    file.tensors = header.tensors;
    file.pair_count = header.pair_count;
    file.pairs = header.pairs;
    if (header.count) qsort(header.tensors, header.count, sizeof *header.tensors, by_name);
    open_model(&file, 0);
    open_model(&file, 1);
  }
  lowpi_arena_free(&file.arena);
  free(bytes);
  return 0;
}
