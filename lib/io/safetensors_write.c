/* SPDX-License-Identifier: Apache-2.0 */
/* safetensors_write.c: lays out a safetensors file, its header and the place of every tensor. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "io/safetensors_write.h"

#include <stdlib.h>
#include <string.h>

#include "io/io_internal.h"
#include "io/json.h"

/* dtype.def ascends by width, so descending ids keep every tensor aligned to its elements. */
static int by_layout(const void *a, const void *b) {
  const lowp_tensor_spec *x = *(const lowp_tensor_spec *const *)a, *y = *(const lowp_tensor_spec *const *)b;
  if (x->dtype != y->dtype) return x->dtype > y->dtype ? -1 : 1;
  return strcmp(x->name, y->name);
}

static int by_key(const void *a, const void *b) {
  return strcmp((*(const lowp_pair *const *)a)->key, (*(const lowp_pair *const *)b)->key);
}

/* `entry` under `name`, which must be new and UTF-8. Takes the reference. */
static lowp_status put(const char *path, const char *what, json_t *object, const char *name, json_t *entry,
                       lowp_error *error) {
  lowp_status status = LOWP_OK;
  if (json_object_get(object, name))
    status =
        lowpi_fail(error, LOWP_E_ARGUMENT, "%s: %s '" LOWPI_NAME "' is given twice", lowpi_shown(path), what, name);
  else if (!entry || json_object_set(object, name, entry) != 0)
    status = lowpi_fail(error, LOWP_E_ARGUMENT, "%s: %s '" LOWPI_NAME "' is not UTF-8, or there is no memory",
                        lowpi_shown(path), what, name);
  json_decref(entry);
  return status;
}

static lowp_status put_metadata(const char *path, json_t *root, size_t count, const lowp_pair *pairs,
                                lowp_error *error) {
  const lowp_pair **sorted = calloc(count + 1, sizeof *sorted);
  json_t *object = json_object();
  lowp_status status = sorted && object ? LOWP_OK : lowpi_no_memory(path, error);
  for (size_t i = 0; !status && i < count; i++) sorted[i] = &pairs[i];
  if (!status) qsort(sorted, count, sizeof *sorted, by_key);
  for (size_t i = 0; !status && i < count; i++)
    status = put(path, "metadata key", object, sorted[i]->key, json_string(sorted[i]->value), error);
  free(sorted);
  if (status) {
    json_decref(object);
    return status;
  }
  return put(path, "key", root, "__metadata__", object, error);
}

static json_t *tensor_entry(const lowp_tensor_spec *t, uint64_t begin, size_t nbytes) {
  json_t *shape = json_array();
  for (size_t i = 0; i < t->rank; i++)
    if (json_array_append_new(shape, json_integer((json_int_t)t->shape[i])) != 0) {
      json_decref(shape);
      return NULL;
    }
  return json_pack("{s:s, s:o, s:[I, I]}", "dtype", lowp_dtype_name(t->dtype), "shape", shape, "data_offsets",
                   (json_int_t)begin, (json_int_t)(begin + nbytes));
}

/* Places the tensors one after the other and says so in the JSON. `begins` are relative to the payload. */
static lowp_status put_tensors(const char *path, json_t *root, size_t count, const lowp_tensor_spec *tensors,
                               uint64_t *begins, size_t *nbytes, uint64_t *end, lowp_error *error) {
  const lowp_tensor_spec **sorted = calloc(count + 1, sizeof *sorted);
  lowp_status status = sorted ? LOWP_OK : lowpi_no_memory(path, error);
  for (size_t i = 0; !status && i < count; i++) sorted[i] = &tensors[i];
  if (!status) qsort(sorted, count, sizeof *sorted, by_layout);
  uint64_t at = 0;
  for (size_t k = 0; !status && k < count; k++) {
    const lowp_tensor_spec *t = sorted[k];
    size_t i = (size_t)(t - tensors);
    status = lowp_dtype_bytes(t->dtype, t->rank, t->shape, &nbytes[i]);
    if (status || nbytes[i] > (uint64_t)INT64_MAX - at) {
      status = lowpi_fail(error, LOWP_E_SHAPE, "%s: tensor '" LOWPI_NAME "': too large, or not a whole number of bytes",
                          lowpi_shown(path), t->name);
      break;
    }
    begins[i] = at;
    at += nbytes[i];
    status = put(path, "tensor", root, t->name, tensor_entry(t, begins[i], nbytes[i]), error);
  }
  free(sorted);
  *end = at;
  return status;
}

/* The length, the JSON, and spaces. */
static lowp_status print_header(const char *path, const json_t *root, char **header, size_t *size, lowp_error *error) {
  size_t n = json_dumpb(root, NULL, 0, JSON_COMPACT);
  size_t total = (8 + n + LOWPI_PAYLOAD_ALIGNMENT - 1) / LOWPI_PAYLOAD_ALIGNMENT * LOWPI_PAYLOAD_ALIGNMENT;
  uint64_t length = total - 8;
  if (length > LOWPI_MAX_HEADER)
    return lowpi_fail(error, LOWP_E_UNSUPPORTED,
                      "%s: a header of %zu bytes is beyond what safetensors allows (%u); use shards", lowpi_shown(path),
                      (size_t)length, LOWPI_MAX_HEADER);
  char *text = malloc(total);
  if (!text || n == 0) {
    free(text);
    return lowpi_no_memory(path, error);
  }
  memcpy(text, &length, 8);
  json_dumpb(root, text + 8, n, JSON_COMPACT);
  memset(text + 8 + n, ' ', total - 8 - n);
  *header = text;
  *size = total;
  return LOWP_OK;
}

lowp_status lowpi_safetensors_layout(const char *path, size_t count, const lowp_tensor_spec *tensors, size_t pair_count,
                                     const lowp_pair *pairs, uint64_t *begins, size_t *nbytes, char **header,
                                     size_t *header_size, uint64_t *end, lowp_error *error) {
  json_t *root = json_object();
  lowp_status status = root ? LOWP_OK : lowpi_no_memory(path, error);
  if (!status && pair_count) status = put_metadata(path, root, pair_count, pairs, error);
  if (!status) status = put_tensors(path, root, count, tensors, begins, nbytes, end, error);
  if (!status) status = print_header(path, root, header, header_size, error);
  json_decref(root);
  if (status) return status;
  for (size_t i = 0; i < count; i++) begins[i] += *header_size;
  *end += *header_size;
  return LOWP_OK;
}
