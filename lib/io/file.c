/* SPDX-License-Identifier: Apache-2.0 */
/* file.c: opening any readable file, and the questions one may ask of it. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/io_internal.h"

/* --- one array in one file --- */

/* The tensor's default name: that of the file up to its extension. */
static const char *stem_of(lowpi_arena *arena, const char *path) {
  const char *name = lowpi_path_name(path), *dot = strrchr(name, '.');
  return lowpi_arena_copy(arena, name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

/* A private little-endian copy of the payload. */
static lowp_status swap_payload(lowp_file *file, const char *path, lowp_error *error) {
  lowp_file_tensor *t = file->tensors;
  /* The halves of a complex number are swapped one by one. */
  size_t width = t->dtype == LOWP_DTYPE_C64 ? 4 : t->bits / 8;
  if (width <= 1 || t->nbytes == 0) return LOWP_OK;
  const uint8_t *from = t->data;
  uint8_t *to = malloc(t->nbytes);
  if (!to) return lowpi_no_memory(path, error);
  for (size_t i = 0; i < t->nbytes; i += width)
    for (size_t j = 0; j < width; j++) to[i + j] = from[i + width - 1 - j];
  t->data = file->swapped = to;
  return LOWP_OK;
}

static lowp_status open_array(lowp_file *file, const char *path, const lowp_open_options *options, lowp_error *error) {
  const char *name = options->name ? lowpi_arena_copy(&file->arena, options->name, strlen(options->name))
                                   : stem_of(&file->arena, path);
  file->shards = lowpi_arena_alloc(&file->arena, 1, sizeof *file->shards);
  file->tensors = lowpi_arena_alloc(&file->arena, 1, sizeof *file->tensors);
  file->order = lowpi_arena_alloc(&file->arena, 1, sizeof *file->order);
  if (!name || !file->shards || !file->tensors || !file->order) return lowpi_no_memory(path, error);
  lowpi_shard *shard = file->shards;
  shard->path = lowpi_arena_copy(&file->arena, path, strlen(path));
  if (!shard->path) return lowpi_no_memory(path, error);
  lowp_status status = lowpi_map_open(path, &shard->map, error);
  if (status) return status;
  file->shard_count = file->count = 1;
  bool big_endian = options->big_endian != 0;
  if (file->container == LOWP_CONTAINER_NPY)
    status = lowpi_npy_parse(path, shard->map.bytes, shard->map.size, options->dtype, name, &file->arena, file->tensors,
                             &big_endian, error);
  else
    status = lowpi_raw_parse(path, shard->map.bytes, shard->map.size, options, name, &file->arena, file->tensors,
                             &file->note, error);
  return !status && big_endian ? swap_payload(file, path, error) : status;
}

/* --- which of them --- */

static const struct {
  const char *suffix;
  lowp_container container;
} suffixes[] = {
    {".safetensors", LOWP_CONTAINER_SAFETENSORS},
    {".json", LOWP_CONTAINER_INDEX},
    {".npy", LOWP_CONTAINER_NPY},
    {".bin", LOWP_CONTAINER_RAW},
    {".raw", LOWP_CONTAINER_RAW},
    {".dat", LOWP_CONTAINER_RAW},
};

/* What the file should be read as, before its contents have their say. */
static lowp_container expected(const char *path, const lowp_open_options *options, lowp_container found) {
  if (options->container) return options->container;
  if (found == LOWP_CONTAINER_DIRECTORY) return found;
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
    if (lowpi_path_has_suffix(path, suffixes[i].suffix)) return suffixes[i].container;
  if (found != LOWP_CONTAINER_UNKNOWN) return found;
  return options->dtype || options->rank ? LOWP_CONTAINER_RAW : LOWP_CONTAINER_UNKNOWN;
}

static lowp_status refuse(const char *path, lowp_container found, lowp_container wanted, lowp_error *error) {
  const char *shown = lowpi_shown(path);
  if (*lowp_container_hint(found))
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: this is %s, which is not read: %s", shown, lowp_container_name(found),
                      lowp_container_hint(found));
  if (wanted == LOWP_CONTAINER_UNKNOWN)
    return lowpi_fail(error, LOWP_E_FORMAT,
                      "%s: not recognised as safetensors or .npy; give a dtype and a shape to read it as a raw array",
                      shown);
  return lowpi_fail(error, LOWP_E_FORMAT, "%s: the contents are %s, not %s; rename the file, or ask for %s", shown,
                    lowp_container_name(found), lowp_container_name(wanted), lowp_container_name(found));
}

/* The contents must be what was expected. Where nothing was recognised the reader itself says what is wrong. */
static lowp_status agree(const char *path, lowp_container found, lowp_container wanted, lowp_error *error) {
  bool readable = wanted >= LOWP_CONTAINER_SAFETENSORS && wanted <= LOWP_CONTAINER_RAW;
  if (!readable) return refuse(path, found, wanted, error);
  if (wanted == LOWP_CONTAINER_RAW && found == LOWP_CONTAINER_INDEX)
    return LOWP_OK; /* '{"' is too little to refuse on */
  if (found == wanted || found == LOWP_CONTAINER_UNKNOWN) return LOWP_OK;
  return refuse(path, found, wanted, error);
}

static lowp_status open_as(lowp_file *file, const char *path, const lowp_open_options *options, lowp_error *error) {
  const char *name = lowpi_path_name(path);
  switch (file->container) {
  case LOWP_CONTAINER_DIRECTORY:
    return lowpi_open_directory(file, path, error);
  case LOWP_CONTAINER_INDEX:
    return lowpi_open_index(file, path, error);
  case LOWP_CONTAINER_SAFETENSORS:
    file->directory = lowpi_path_directory(&file->arena, path);
    if (!file->directory) return lowpi_no_memory(path, error);
    return lowpi_open_shards(file, file->directory, 1, &name, NULL, error);
  default:
    file->directory = lowpi_path_directory(&file->arena, path);
    if (!file->directory) return lowpi_no_memory(path, error);
    return open_array(file, path, options, error);
  }
}

lowp_status lowp_file_open(const char *path, const lowp_open_options *options, lowp_file **out, lowp_error *error) {
  const lowp_open_options none = {.struct_size = sizeof none};
  if (!options) options = &none;
  if (!path || !out || options->struct_size != sizeof none || (options->rank && !options->shape) ||
      (unsigned)options->dtype >= LOWP_DTYPE_COUNT || (unsigned)options->container > LOWP_CONTAINER_RAW)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "lowp_file_open: a pointer is NULL or an option out of range");
  lowp_container found;
  lowp_status status = lowp_sniff(path, &found, error);
  if (status) return status;
  lowp_container wanted = expected(path, options, found);
  status = agree(path, found, wanted, error);
  if (status) return status;
  lowp_file *file = calloc(1, sizeof *file);
  if (!file) return lowpi_no_memory(path, error);
  file->container = wanted;
  status = open_as(file, path, options, error);
  if (status)
    lowp_file_close(file);
  else
    *out = file;
  return status;
}

void lowp_file_close(lowp_file *file) {
  if (!file) return;
  for (size_t i = 0; i < file->shard_count; i++) lowpi_map_close(&file->shards[i].map);
  free(file->swapped);
  lowpi_arena_free(&file->arena);
  free(file);
}

/* --- questions --- */

lowp_container lowp_file_container(const lowp_file *file) { return file->container; }
size_t lowp_file_count(const lowp_file *file) { return file->count; }
const char *lowp_file_directory(const lowp_file *file) { return file->directory; }
const char *lowp_file_note(const lowp_file *file) { return file->note; }
size_t lowp_file_shard_count(const lowp_file *file) { return file->shard_count; }
size_t lowp_file_metadata_count(const lowp_file *file) { return file->pair_count; }

const lowp_file_tensor *lowp_file_get(const lowp_file *file, size_t i) {
  return i < file->count ? &file->tensors[i] : NULL;
}

size_t lowp_file_in_order(const lowp_file *file, size_t k) { return k < file->count ? file->order[k] : SIZE_MAX; }

size_t lowp_file_find(const lowp_file *file, const char *name) {
  size_t low = 0, high = name ? file->count : 0;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int c = strcmp(name, file->tensors[middle].name);
    if (c == 0) return middle;
    if (c < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return SIZE_MAX;
}

const lowp_file_pair *lowp_file_metadata_get(const lowp_file *file, size_t i) {
  return i < file->pair_count ? &file->pairs[i] : NULL;
}

const char *lowp_file_metadata_find(const lowp_file *file, const char *key) {
  for (size_t i = 0; key && i < file->pair_count; i++)
    if (strcmp(key, file->pairs[i].key) == 0) return file->pairs[i].value;
  return NULL;
}

const char *lowp_file_shard_path(const lowp_file *file, size_t shard) {
  return shard < file->shard_count ? file->shards[shard].path : NULL;
}

uint64_t lowp_file_shard_size(const lowp_file *file, size_t shard) {
  return shard < file->shard_count ? file->shards[shard].map.size : 0;
}

int lowp_file_is_input(const lowp_file *file, const char *path) {
  struct stat st;
  if (!path || stat(path, &st) != 0) return 0;
  for (size_t i = 0; i < file->shard_count; i++)
    if (file->shards[i].map.device == st.st_dev && file->shards[i].map.inode == st.st_ino) return 1;
  return 0;
}

void lowp_file_release(const lowp_file *file, size_t i) {
  if (i >= file->count) return;
  const lowp_file_tensor *t = &file->tensors[i];
  /* From the map, not from `data`: that of a swapped array is ordinary memory, which a release would zero. */
  lowpi_map_release(file->shards[t->shard].map.bytes + t->offset, t->nbytes);
}
