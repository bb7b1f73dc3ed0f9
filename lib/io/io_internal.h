/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io_internal.h: what the sources of lib/io share. The *_parse functions work on bytes in memory and open nothing, so
 * that fuzzers and tests can call them; everything they hand out lives in the caller's arena or in those bytes.
 */
#ifndef LOWPI_IO_INTERNAL_H
#define LOWPI_IO_INTERNAL_H

#include <lowp/io.h>
#include <stdbool.h>
#include <sys/types.h>

#include "internal.h"

/* The formats read here are little-endian, and payloads are handed out as they lie in the file. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "lib/io needs a little-endian host");

/* Limits on what is read into memory. The first is the safetensors format's own; an index has one short line per
 * tensor. */
#define LOWPI_MAX_HEADER 100000000u
#define LOWPI_MAX_INDEX 200000000u

/* How much of a name from a file a message shows: lowp_error has room for one path, two names and a sentence. */
#define LOWPI_NAME "%.120s"

/* The end of a path that a message has room for. */
const char *lowpi_shown(const char *path);

/* "[2, 3]" into text; long shapes are cut. Returns text. */
#define LOWPI_SHAPE_TEXT 80
const char *lowpi_shape_text(size_t rank, const size_t *shape, char text[LOWPI_SHAPE_TEXT]);

/* --- memory that is freed all at once --- */

typedef struct lowpi_chunk lowpi_chunk;
typedef struct lowpi_arena {
  lowpi_chunk *top;
} lowpi_arena;

/* `count` elements of `size` bytes, zeroed, aligned for any type; NULL if there is no memory or the product overflows.
 */
void *lowpi_arena_alloc(lowpi_arena *arena, size_t count, size_t size);
char *lowpi_arena_copy(lowpi_arena *arena, const char *text, size_t length);
void lowpi_arena_free(lowpi_arena *arena);

lowp_status lowpi_no_memory(const char *path, lowp_error *error);

/* --- files as bytes --- */

typedef struct lowpi_map {
  const uint8_t *bytes; /* never NULL while open */
  size_t size;
  dev_t device;
  ino_t inode;
} lowpi_map;

/* Maps a regular file read-only. LOWP_E_IO with the reason otherwise. */
lowp_status lowpi_map_open(const char *path, lowpi_map *map, lowp_error *error);
void lowpi_map_close(lowpi_map *map);
/* Lets the pages that touch [p, p + n) leave the process. */
void lowpi_map_release(const uint8_t *p, size_t n);

/* What the first bytes say; `size` is that of the whole file, of which `n` bytes are given. */
lowp_container lowpi_sniff_bytes(const uint8_t *bytes, size_t n, uint64_t size);
#define LOWPI_SNIFF_BYTES 512

/* --- parsers --- */

/* A safetensors header: tensors by offset (then name), `shard` 0, `data` pointing into the bytes; pairs by key. */
typedef struct lowpi_header {
  size_t count, pair_count;
  lowp_file_tensor *tensors;
  lowp_file_pair *pairs;
} lowpi_header;

lowp_status lowpi_safetensors_parse(const char *path, const uint8_t *bytes, size_t size, lowpi_arena *arena,
                                    lowpi_header *header, lowp_error *error);

/* An index: names of tensors with the shard that should hold each, both ascending; `shard` counts in `shards`. */
typedef struct lowpi_index_entry {
  const char *tensor;
  size_t shard;
} lowpi_index_entry;
typedef struct lowpi_index {
  size_t count, shard_count;
  lowpi_index_entry *entries;
  const char **shards;
} lowpi_index;

lowp_status lowpi_index_parse(const char *path, const uint8_t *bytes, size_t size, lowpi_arena *arena,
                              lowpi_index *index, lowp_error *error);

/* A .npy file; `big_endian` asks for a swap of the payload. `as` as in lowp_open_options.dtype. `name` is borrowed. */
lowp_status lowpi_npy_parse(const char *path, const uint8_t *bytes, size_t size, lowp_dtype as, const char *name,
                            lowpi_arena *arena, lowp_file_tensor *tensor, bool *big_endian, lowp_error *error);

/* A raw array as the options describe it. `note` receives what was assumed, or NULL. */
lowp_status lowpi_raw_parse(const char *path, const uint8_t *bytes, size_t size, const lowp_open_options *options,
                            const char *name, lowpi_arena *arena, lowp_file_tensor *tensor, const char **note,
                            lowp_error *error);

/* --- an open file --- */

typedef struct lowpi_shard {
  const char *path;
  lowpi_map map;
} lowpi_shard;

struct lowp_file {
  lowp_container container;
  lowpi_arena arena;
  const char *directory;
  const char *note;
  size_t count, shard_count, pair_count;
  lowp_file_tensor *tensors; /* by name */
  size_t *order;             /* indices into tensors, by shard, then offset, then name */
  lowpi_shard *shards;
  lowp_file_pair *pairs;
  void *swapped; /* payload of a big-endian array, else NULL */
};

/* Each fills an empty *file, whose arena and maps lowp_file_close() frees also after a failure. */
lowp_status lowpi_open_shards(lowp_file *file, const char *directory, size_t count, const char *const *names,
                              const lowpi_index *index, lowp_error *error);
lowp_status lowpi_open_index(lowp_file *file, const char *path, lowp_error *error);
lowp_status lowpi_open_directory(lowp_file *file, const char *path, lowp_error *error);

/* --- paths --- */

/* directory/name, "." being dropped; dirname with "." for none; the last component. All in the arena or in `path`. */
char *lowpi_path_join(lowpi_arena *arena, const char *directory, const char *name);
char *lowpi_path_directory(lowpi_arena *arena, const char *path);
const char *lowpi_path_name(const char *path);
/* A name that stays in its directory: not empty, no '/', not "." or "..". */
bool lowpi_path_is_plain(const char *name);
bool lowpi_path_has_suffix(const char *path, const char *suffix);

/* --- directories --- */

typedef struct lowpi_names {
  size_t count;
  const char **names;
} lowpi_names;

/* All names in a directory but "." and "..", ascending, in the arena. */
lowp_status lowpi_directory_list(const char *path, lowpi_arena *arena, lowpi_names *names, lowp_error *error);
/* Removes the files in a directory, those alone for which `which` is true if it is given. Subdirectories are an error.
 */
lowp_status lowpi_directory_clear(const char *path, bool (*which)(const char *name), lowp_error *error);

/* --- temporary files that become whole ones --- */

typedef struct lowpi_output {
  lowpi_arena arena;
  const char *path, *temporary, *directory;
  int fd;
  bool replace;
} lowpi_output;

/* Creates the temporary file with `size` bytes reserved. After a failure nothing is left. */
lowp_status lowpi_output_open(lowpi_output *output, const char *path, bool replace, uint64_t size, lowp_error *error);
lowp_status lowpi_output_write(const lowpi_output *output, uint64_t offset, const void *bytes, size_t n,
                               lowp_error *error);
/* Sync, rename, sync of the directory, and close. After a failure the output is still to be aborted. */
lowp_status lowpi_output_commit(lowpi_output *output, lowp_error *error);
void lowpi_output_abort(lowpi_output *output);

/* rename() that does not replace `to` unless told to. Returns 0 or an errno value. */
int lowpi_rename(const char *from, const char *to, bool replace);
/* Makes the names in a directory durable. Returns 0 or an errno value. */
int lowpi_sync_directory(const char *path);
/* LOWP_E_IO with the operation, the path, the reason, and for a full disk the sizes. */
lowp_status lowpi_io_error(lowp_error *error, const char *operation, const char *path, int reason, uint64_t wanted);

#endif
