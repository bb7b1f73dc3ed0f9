/* SPDX-License-Identifier: Apache-2.0 */
/*
 * safetensors_read.c: the header of a safetensors file, every rule of the format enforced.
 *
 *   | N: u64 little-endian | N bytes of JSON | payload ............ to the end of the file |
 *
 * JSON maps each name to {dtype, shape, data_offsets: [begin, end)}, offsets counting from the payload, and may hold
 * __metadata__. Sorted by offset the tensors must tile the payload exactly: then no byte of the file is unaccounted
 * for, and none has two meanings.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/io_internal.h"
#include "io/json.h"

#define PREFIX 8 /* bytes of N */

typedef struct reader {
  const char *path;
  const uint8_t *bytes;
  size_t size, payload; /* payload: first byte of it */
  lowpi_arena *arena;
  lowp_error *error;
} reader;

/* One message form for all that is wrong with a tensor: file, tensor, then the text. */
#define BAD(r, ...) lowpi_fail((r)->error, LOWP_E_FORMAT, "%s: tensor '" LOWPI_NAME "': " __VA_ARGS__)
#define AT(r, name) lowpi_shown((r)->path), name

/* A JSON number that is a size. */
static bool as_size(const json_t *value, size_t *out) {
  if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
  if ((uintmax_t)json_integer_value(value) > SIZE_MAX) return false;
  *out = (size_t)json_integer_value(value);
  return true;
}

static lowp_status read_dtype(const reader *r, const char *name, const json_t *value, lowp_file_tensor *t) {
  if (!json_is_string(value)) return BAD(r, "dtype is missing or not a string", AT(r, name));
  const char *text = json_string_value(value);
  lowp_dtype dtype = LOWP_DTYPE_NONE;
  for (int d = 1; d < LOWP_DTYPE_COUNT && !dtype; d++) /* exact: other spellings are not the format's */
    if (strcmp(text, lowp_dtype_name((lowp_dtype)d)) == 0) dtype = (lowp_dtype)d;
  if (!dtype) return BAD(r, "unknown dtype '%.40s'", AT(r, name), text);
  t->dtype = dtype;
  t->dtype_name = lowp_dtype_name(dtype);
  t->element = lowp_dtype_element(dtype);
  t->bits = lowp_dtype_bits(dtype);
  return LOWP_OK;
}

static lowp_status read_shape(const reader *r, const char *name, const json_t *value, lowp_file_tensor *t) {
  if (!json_is_array(value)) return BAD(r, "shape is missing or not an array", AT(r, name));
  t->rank = json_array_size(value);
  size_t *shape = lowpi_arena_alloc(r->arena, t->rank, sizeof *shape);
  if (!shape) return lowpi_no_memory(r->path, r->error);
  t->count = 1;
  for (size_t i = 0; i < t->rank; i++) {
    if (!as_size(json_array_get(value, i), &shape[i]))
      return BAD(r, "dimension %zu of the shape is not a non-negative integer", AT(r, name), i);
    if (!lowpi_mul(t->count, shape[i], &t->count)) return BAD(r, "the product of its shape overflows", AT(r, name));
  }
  t->shape = shape;
  return LOWP_OK;
}

/* data_offsets, against the size that dtype and shape ask for. Leaves `offset` relative to the payload. */
static lowp_status read_offsets(const reader *r, const char *name, const json_t *value, lowp_file_tensor *t) {
  size_t begin, end, bits;
  char text[LOWPI_SHAPE_TEXT];
  if (!json_is_array(value) || json_array_size(value) != 2 || !as_size(json_array_get(value, 0), &begin) ||
      !as_size(json_array_get(value, 1), &end))
    return BAD(r, "data_offsets is missing or not two non-negative integers", AT(r, name));
  if (end < begin) return BAD(r, "data_offsets end (%zu) before they begin (%zu)", AT(r, name), end, begin);
  if (!lowpi_mul(t->count, t->bits, &bits)) return BAD(r, "its size in bits overflows", AT(r, name));
  if (bits % 8 != 0)
    return BAD(r, "%zu elements of %u bits are not a whole number of bytes", AT(r, name), t->count, t->bits);
  t->nbytes = bits / 8;
  if (end - begin != t->nbytes)
    return BAD(r, "data_offsets span %zu bytes, but %s %s takes %zu", AT(r, name), end - begin, t->dtype_name,
               lowpi_shape_text(t->rank, t->shape, text), t->nbytes);
  t->offset = begin;
  return LOWP_OK;
}

static lowp_status read_tensor(const reader *r, const char *name, const json_t *entry, lowp_file_tensor *t) {
  if (!json_is_object(entry)) return BAD(r, "its entry is not a JSON object", AT(r, name));
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)entry, key, value) {
    if (strcmp(key, "dtype") != 0 && strcmp(key, "shape") != 0 && strcmp(key, "data_offsets") != 0)
      return BAD(r, "unknown key '%.40s'; only dtype, shape and data_offsets are allowed", AT(r, name), key);
  }
  t->name = lowpi_arena_copy(r->arena, name, strlen(name));
  if (!t->name) return lowpi_no_memory(r->path, r->error);
  lowp_status status = read_dtype(r, name, json_object_get(entry, "dtype"), t);
  if (!status) status = read_shape(r, name, json_object_get(entry, "shape"), t);
  if (!status) status = read_offsets(r, name, json_object_get(entry, "data_offsets"), t);
  return status;
}

static int by_key(const void *a, const void *b) {
  return strcmp(((const lowp_file_pair *)a)->key, ((const lowp_file_pair *)b)->key);
}

static lowp_status read_metadata(const reader *r, const json_t *entry, lowpi_header *header) {
  if (!json_is_object(entry))
    return lowpi_fail(r->error, LOWP_E_FORMAT, "%s: __metadata__ is not a JSON object", lowpi_shown(r->path));
  header->pairs = lowpi_arena_alloc(r->arena, json_object_size(entry), sizeof *header->pairs);
  if (!header->pairs) return lowpi_no_memory(r->path, r->error);
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)entry, key, value) {
    if (!json_is_string(value))
      return lowpi_fail(r->error, LOWP_E_FORMAT, "%s: __metadata__ entry '" LOWPI_NAME "' is not a string",
                        lowpi_shown(r->path), key);
    lowp_file_pair *pair = &header->pairs[header->pair_count++];
    pair->key = lowpi_arena_copy(r->arena, key, strlen(key));
    pair->value = lowpi_arena_copy(r->arena, json_string_value(value), json_string_length(value));
    if (!pair->key || !pair->value) return lowpi_no_memory(r->path, r->error);
  }
  if (header->pair_count) qsort(header->pairs, header->pair_count, sizeof *header->pairs, by_key);
  return LOWP_OK;
}

/* Tensors of no bytes may share an offset with others: they come before the tensor that has bytes there. */
static int by_offset(const void *a, const void *b) {
  const lowp_file_tensor *x = a, *y = b;
  if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
  if ((x->nbytes == 0) != (y->nbytes == 0)) return x->nbytes == 0 ? -1 : 1;
  return strcmp(x->name, y->name);
}

/* Sorted by offset, the tensors must tile the payload from its first byte to the end of the file. */
static lowp_status check_tiling(const reader *r, lowpi_header *header) {
  size_t end = 0, have = r->size - r->payload;
  const char *last = NULL;
  for (size_t i = 0; i < header->count; i++) {
    lowp_file_tensor *t = &header->tensors[i];
    if (t->offset > end)
      return BAD(r, "begins at byte %" PRIu64 " of the payload, leaving a hole from byte %zu; safetensors allow none",
                 AT(r, t->name), t->offset, end);
    if (t->offset < end)
      return BAD(r, "begins at byte %" PRIu64 " of the payload and overlaps '" LOWPI_NAME "', which ends at %zu",
                 AT(r, t->name), t->offset, last, end);
    if (!lowpi_add(end, t->nbytes, &end)) return BAD(r, "its end overflows", AT(r, t->name));
    if (end > have)
      return BAD(r, "ends at byte %zu of the payload, but the file holds %zu: it is truncated; fetch it again",
                 AT(r, t->name), end, have);
    last = t->name;
    t->data = r->bytes + r->payload + t->offset;
    t->offset += r->payload;
  }
  if (end != have)
    return lowpi_fail(r->error, LOWP_E_FORMAT,
                      "%s: %zu bytes after the last tensor ('" LOWPI_NAME "') that belong to none",
                      lowpi_shown(r->path), have - end, last ? last : "none");
  return LOWP_OK;
}

static lowp_status read_root(const reader *r, const json_t *root, lowpi_header *header) {
  if (!json_is_object(root))
    return lowpi_fail(r->error, LOWP_E_FORMAT, "%s: the header is not a JSON object", lowpi_shown(r->path));
  header->tensors = lowpi_arena_alloc(r->arena, json_object_size(root), sizeof *header->tensors);
  if (!header->tensors) return lowpi_no_memory(r->path, r->error);
  const char *name;
  json_t *entry;
  json_object_foreach((json_t *)root, name, entry) {
    bool metadata = strcmp(name, "__metadata__") == 0;
    lowp_status status =
        metadata ? read_metadata(r, entry, header) : read_tensor(r, name, entry, &header->tensors[header->count++]);
    if (status) return status;
  }
  if (header->count) qsort(header->tensors, header->count, sizeof *header->tensors, by_offset);
  return check_tiling(r, header);
}

lowp_status lowpi_safetensors_parse(const char *path, const uint8_t *bytes, size_t size, lowpi_arena *arena,
                                    lowpi_header *header, lowp_error *error) {
  reader r = {path, bytes, size, 0, arena, error};
  uint64_t n;
  memset(header, 0, sizeof *header);
  if (size < PREFIX)
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: %zu bytes are too few for a safetensors file; fetch it again",
                      lowpi_shown(path), size);
  memcpy(&n, bytes, sizeof n);
  if (n > LOWPI_MAX_HEADER)
    return lowpi_fail(error, LOWP_E_FORMAT,
                      "%s: header length %" PRIu64 " exceeds %u: not a safetensors file, or damaged", lowpi_shown(path),
                      n, LOWPI_MAX_HEADER);
  if (n > size - PREFIX)
    return lowpi_fail(error, LOWP_E_FORMAT,
                      "%s: the header should have %" PRIu64
                      " bytes, but the file ends after %zu: it is truncated; fetch it again",
                      lowpi_shown(path), n, size - PREFIX);
  r.payload = PREFIX + (size_t)n;
  json_t *root = NULL;
  lowp_status status = lowpi_json_parse(path, "header", bytes + PREFIX, (size_t)n, &root, error);
  if (!status) status = read_root(&r, root, header);
  json_decref(root);
  return status;
}
