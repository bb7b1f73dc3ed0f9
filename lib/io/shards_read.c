/* SPDX-License-Identifier: Apache-2.0 */
/* shards_read.c: one or several safetensors files as one set of tensors. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/io_internal.h"
#include "io/json.h"

#define INDEX_SUFFIX ".safetensors.index.json"
#define SHARD_SUFFIX ".safetensors"
#define LONE_FILE "model.safetensors"

/* --- the shards, merged --- */

/* By name; equal names (an error, reported later) by shard, so that the message is always the same. */
static int by_name(const void *a, const void *b) {
  const lowp_file_tensor *x = a, *y = b;
  int c = strcmp(x->name, y->name);
  return c ? c : (x->shard > y->shard) - (x->shard < y->shard);
}

/* Where a tensor is, with the index it has once sorted by name. */
typedef struct place {
  const lowp_file_tensor *tensor;
  size_t index;
} place;

static int by_place(const void *a, const void *b) {
  const lowp_file_tensor *x = ((const place *)a)->tensor, *y = ((const place *)b)->tensor;
  if (x->shard != y->shard) return x->shard < y->shard ? -1 : 1;
  if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
  if ((x->nbytes == 0) != (y->nbytes == 0)) return x->nbytes == 0 ? -1 : 1;
  return strcmp(x->name, y->name);
}

static lowp_status order_by_place(lowp_file *file, lowp_error *error) {
  file->order = lowpi_arena_alloc(&file->arena, file->count, sizeof *file->order);
  place *places = calloc(file->count + 1, sizeof *places);
  if (!file->order || !places) {
    free(places);
    return lowpi_no_memory(file->directory, error);
  }
  for (size_t i = 0; i < file->count; i++) places[i] = (place){&file->tensors[i], i};
  qsort(places, file->count, sizeof *places, by_place);
  for (size_t i = 0; i < file->count; i++) file->order[i] = places[i].index;
  free(places);
  return LOWP_OK;
}

static lowp_status merge(lowp_file *file, const lowpi_header *headers, lowp_error *error) {
  for (size_t s = 0; s < file->shard_count; s++) {
    file->count += headers[s].count;
    file->pair_count += headers[s].pair_count;
  }
  file->tensors = lowpi_arena_alloc(&file->arena, file->count, sizeof *file->tensors);
  file->pairs = lowpi_arena_alloc(&file->arena, file->pair_count, sizeof *file->pairs);
  if (!file->tensors || !file->pairs) return lowpi_no_memory(file->directory, error);
  size_t t = 0, p = 0;
  for (size_t s = 0; s < file->shard_count; s++) {
    for (size_t i = 0; i < headers[s].count; i++, t++) {
      file->tensors[t] = headers[s].tensors[i];
      file->tensors[t].shard = s;
    }
    for (size_t i = 0; i < headers[s].pair_count; i++, p++) {
      file->pairs[p] = headers[s].pairs[i];
      file->pairs[p].shard = s;
    }
  }
  if (file->count) qsort(file->tensors, file->count, sizeof *file->tensors, by_name);
  for (size_t i = 1; i < file->count; i++) {
    const lowp_file_tensor *x = &file->tensors[i - 1], *y = &file->tensors[i];
    if (strcmp(x->name, y->name) == 0)
      return lowpi_fail(error, LOWP_E_FORMAT,
                        "%s: tensor '" LOWPI_NAME "' is in two shards, '" LOWPI_NAME "' and '" LOWPI_NAME
                        "'; remove the stale one",
                        lowpi_shown(file->directory), x->name, lowpi_path_name(file->shards[x->shard].path),
                        lowpi_path_name(file->shards[y->shard].path));
  }
  return order_by_place(file, error);
}

/* Both lists ascend by name: walk them together. */
static lowp_status check_index(const lowp_file *file, const lowpi_index *index, lowp_error *error) {
  size_t i = 0, t = 0;
  while (i < index->count || t < file->count) {
    const lowpi_index_entry *e = i < index->count ? &index->entries[i] : NULL;
    const lowp_file_tensor *x = t < file->count ? &file->tensors[t] : NULL;
    int c = !e ? 1 : !x ? -1 : strcmp(e->tensor, x->name);
    if (c < 0)
      return lowpi_fail(error, LOWP_E_FORMAT,
                        "%s: the index lists tensor '" LOWPI_NAME "' in '" LOWPI_NAME
                        "', which does not hold it; the index is stale or the shard incomplete",
                        lowpi_shown(file->directory), e->tensor, index->shards[e->shard]);
    const char *shard = lowpi_path_name(file->shards[x->shard].path);
    if (c > 0)
      return lowpi_fail(error, LOWP_E_FORMAT,
                        "%s: tensor '" LOWPI_NAME "' of '" LOWPI_NAME "' is not in the index; the index is stale",
                        lowpi_shown(file->directory), x->name, shard);
    if (e->shard != x->shard)
      return lowpi_fail(error, LOWP_E_FORMAT,
                        "%s: the index places tensor '" LOWPI_NAME "' in '" LOWPI_NAME "', but it is in '" LOWPI_NAME
                        "'; the index is stale",
                        lowpi_shown(file->directory), e->tensor, index->shards[e->shard], shard);
    i++, t++;
  }
  return LOWP_OK;
}

lowp_status lowpi_open_shards(lowp_file *file, const char *directory, size_t count, const char *const *names,
                              const lowpi_index *index, lowp_error *error) {
  file->shards = lowpi_arena_alloc(&file->arena, count, sizeof *file->shards);
  lowpi_header *headers = lowpi_arena_alloc(&file->arena, count, sizeof *headers);
  if (!file->shards || !headers) return lowpi_no_memory(directory, error);
  for (size_t s = 0; s < count; s++) {
    lowpi_shard *shard = &file->shards[s];
    shard->path = lowpi_path_join(&file->arena, directory, names[s]);
    if (!shard->path) return lowpi_no_memory(directory, error);
    lowp_status status = lowpi_map_open(shard->path, &shard->map, error);
    if (status) return status;
    file->shard_count++;
    status = lowpi_safetensors_parse(shard->path, shard->map.bytes, shard->map.size, &file->arena, &headers[s], error);
    if (status) return status;
    lowpi_map_release(shard->map.bytes, shard->map.size);
  }
  lowp_status status = merge(file, headers, error);
  return !status && index ? check_index(file, index, error) : status;
}

/* --- through an index --- */

static int by_tensor(const void *a, const void *b) {
  return strcmp(((const lowpi_index_entry *)a)->tensor, ((const lowpi_index_entry *)b)->tensor);
}

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Sorts `texts` and drops repetitions; returns how many remain. */
static size_t unique(const char **texts, size_t n) {
  size_t kept = 0;
  if (n) qsort(texts, n, sizeof *texts, by_text);
  for (size_t i = 0; i < n; i++)
    if (kept == 0 || strcmp(texts[kept - 1], texts[i]) != 0) texts[kept++] = texts[i];
  return kept;
}

static lowp_status read_entry(const char *path, const char *tensor, const json_t *value, lowp_error *error) {
  if (!json_is_string(value))
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: tensor '" LOWPI_NAME "': its shard is not a string", lowpi_shown(path),
                      tensor);
  if (!lowpi_path_is_plain(json_string_value(value)))
    return lowpi_fail(error, LOWP_E_FORMAT,
                      "%s: tensor '" LOWPI_NAME "': shard '" LOWPI_NAME "' is not a plain file name beside the index",
                      lowpi_shown(path), tensor, json_string_value(value));
  return LOWP_OK;
}

static lowp_status read_map(const char *path, const json_t *map, lowpi_arena *arena, lowpi_index *index,
                            lowp_error *error) {
  size_t n = json_object_size(map), i = 0;
  index->entries = lowpi_arena_alloc(arena, n, sizeof *index->entries);
  index->shards = lowpi_arena_alloc(arena, n, sizeof *index->shards);
  const char **texts = lowpi_arena_alloc(arena, n, sizeof *texts);
  if (!index->entries || !index->shards || !texts) return lowpi_no_memory(path, error);
  const char *tensor;
  json_t *value;
  json_object_foreach((json_t *)map, tensor, value) {
    lowp_status status = read_entry(path, tensor, value, error);
    if (status) return status;
    index->entries[i].tensor = lowpi_arena_copy(arena, tensor, strlen(tensor));
    texts[i] = lowpi_arena_copy(arena, json_string_value(value), json_string_length(value));
    if (!index->entries[i].tensor || !texts[i]) return lowpi_no_memory(path, error);
    index->shards[i] = texts[i];
    i++;
  }
  index->count = n;
  index->shard_count = unique(index->shards, n);
  for (i = 0; i < n; i++) {
    const char **found = bsearch(&texts[i], index->shards, index->shard_count, sizeof *texts, by_text);
    index->entries[i].shard = (size_t)(found - index->shards);
  }
  if (n) qsort(index->entries, n, sizeof *index->entries, by_tensor);
  return LOWP_OK;
}

lowp_status lowpi_index_parse(const char *path, const uint8_t *bytes, size_t size, lowpi_arena *arena,
                              lowpi_index *index, lowp_error *error) {
  json_t *root = NULL;
  memset(index, 0, sizeof *index);
  if (size > LOWPI_MAX_INDEX)
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: %zu bytes are too many for an index", lowpi_shown(path), size);
  lowp_status status = lowpi_json_parse(path, "index", bytes, size, &root, error);
  if (status) return status;
  const json_t *map = json_object_get(root, "weight_map");
  if (!json_is_object(map))
    status = lowpi_fail(error, LOWP_E_FORMAT, "%s: no object \"weight_map\" in it, so it is not a safetensors index",
                        lowpi_shown(path));
  else
    status = read_map(path, map, arena, index, error);
  json_decref(root);
  return status;
}

lowp_status lowpi_open_index(lowp_file *file, const char *path, lowp_error *error) {
  lowpi_map map;
  lowpi_index index;
  file->directory = lowpi_path_directory(&file->arena, path);
  if (!file->directory) return lowpi_no_memory(path, error);
  lowp_status status = lowpi_map_open(path, &map, error);
  if (status) return status;
  status = lowpi_index_parse(path, map.bytes, map.size, &file->arena, &index, error);
  lowpi_map_close(&map);
  return status ? status : lowpi_open_shards(file, file->directory, index.shard_count, index.shards, &index, error);
}

/* --- through a directory --- */

typedef struct listing {
  const char **shards; /* *.safetensors, ascending */
  size_t shard_count;
  const char *index;
  size_t index_count;
} listing;

/* Keeps what the reader looks at. Hidden files are temporary ones, or none of its business. */
static void sort_out(const lowpi_names *names, listing *list) {
  for (size_t i = 0; i < names->count; i++) {
    const char *name = names->names[i];
    if (name[0] == '.') continue;
    if (lowpi_path_has_suffix(name, INDEX_SUFFIX)) {
      list->index = name;
      list->index_count++;
    } else if (lowpi_path_has_suffix(name, SHARD_SUFFIX)) {
      list->shards[list->shard_count++] = name;
    }
  }
}

/* "-00002-of-00005.safetensors" at the end of a name: 5, else 0. */
static unsigned series_length(const char *name) {
  unsigned number, total;
  int used = 0;
  const char *of = strstr(name, "-of-");
  if (!of || of - name < 6) return 0;
  if (sscanf(of - 6, "-%5u-of-%9u%n", &number, &total, &used) != 2 || strcmp(of - 6 + used, SHARD_SUFFIX) != 0)
    return 0;
  return total;
}

/* Without an index nothing else says that a shard is missing. */
static lowp_status check_series(const char *path, const listing *list, lowp_error *error) {
  for (size_t i = 0; i < list->shard_count; i++) {
    unsigned total = series_length(list->shards[i]), have = 0;
    for (size_t j = 0; total && j < list->shard_count; j++) have += series_length(list->shards[j]) == total;
    if (have != total)
      return lowpi_fail(error, LOWP_E_FORMAT,
                        "%s: %u of the %u shards that '" LOWPI_NAME "' counts are there, and no index; fetch the rest",
                        lowpi_shown(path), have, total, list->shards[i]);
  }
  return LOWP_OK;
}

static lowp_status open_listed(lowp_file *file, const char *path, const listing *list, lowp_error *error) {
  static const char *const lone = LONE_FILE;
  if (list->index_count > 1)
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: %zu indexes (*" INDEX_SUFFIX ") in one directory; pass the one to use",
                      lowpi_shown(path), list->index_count);
  if (list->index) {
    const char *index = lowpi_path_join(&file->arena, path, list->index);
    file->container = LOWP_CONTAINER_INDEX;
    return index ? lowpi_open_index(file, index, error) : lowpi_no_memory(path, error);
  }
  if (list->shard_count == 0)
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: no *.safetensors in this directory", lowpi_shown(path));
  for (size_t i = 0; i < list->shard_count; i++)
    if (strcmp(list->shards[i], LONE_FILE) == 0) return lowpi_open_shards(file, path, 1, &lone, NULL, error);
  lowp_status status = check_series(path, list, error);
  return status ? status : lowpi_open_shards(file, path, list->shard_count, list->shards, NULL, error);
}

lowp_status lowpi_open_directory(lowp_file *file, const char *path, lowp_error *error) {
  lowpi_names names;
  file->directory = lowpi_arena_copy(&file->arena, path, strlen(path));
  if (!file->directory) return lowpi_no_memory(path, error);
  lowp_status status = lowpi_directory_list(path, &file->arena, &names, error);
  if (status) return status;
  listing list = {NULL, 0, NULL, 0};
  list.shards = lowpi_arena_alloc(&file->arena, names.count, sizeof *list.shards);
  if (!list.shards) return lowpi_no_memory(path, error);
  sort_out(&names, &list);
  return open_listed(file, file->directory, &list, error);
}
