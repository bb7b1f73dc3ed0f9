/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shards_write.c: a directory that has another name until it is whole.
 *
 * NAME.partial is a fixed name, so that a later run finds what an interrupted one has finished: files appear in it only
 * by rename, so each that is there is whole. The index is made from the headers of the shards, never from what a caller
 * believes is in them.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io_internal.h"
#include "io/json.h"

#define INDEX_NAME "model.safetensors.index.json"

struct lowp_shards {
  lowpi_arena arena;
  const char *path, *parent, *partial, *replaced; /* replaced: where the old directory goes */
  int lock;
  bool replace;
};

/* --- creation --- */

static bool is_temporary(const char *name) { return name[0] == '.' && strstr(name, ".tmp-"); }

/* Only a flat directory with safetensors in it may be replaced: then a slip of the keyboard does not remove a home. */
static lowp_status check_replaceable(const lowp_shards *s, const lowpi_names *names, lowp_error *error) {
  lowpi_arena arena = {NULL};
  struct stat st;
  bool model = false, flat = true;
  for (size_t i = 0; i < names->count; i++) {
    const char *file = lowpi_path_join(&arena, s->path, names->names[i]);
    model |= lowpi_path_has_suffix(names->names[i], ".safetensors");
    flat &= file && lstat(file, &st) == 0 && !S_ISDIR(st.st_mode);
  }
  lowpi_arena_free(&arena);
  if (model && flat) return LOWP_OK;
  return lowpi_fail(error, LOWP_E_CONSTRAINT, "%s: not replaced, because it %s; remove it yourself or write elsewhere",
                    lowpi_shown(s->path), flat ? "holds no safetensors file" : "has subdirectories");
}

static lowp_status check_destination(const lowp_shards *s, lowp_error *error) {
  struct stat st;
  lowpi_arena arena = {NULL};
  lowpi_names names;
  if (lstat(s->path, &st) != 0) return LOWP_OK;
  if (!S_ISDIR(st.st_mode))
    return lowpi_fail(error, LOWP_E_CONSTRAINT, "%s: already there, and not a directory; remove it or write elsewhere",
                      lowpi_shown(s->path));
  lowp_status status = lowpi_directory_list(s->path, &arena, &names, error);
  if (!status && names.count > 0)
    status = s->replace ? check_replaceable(s, &names, error)
                        : lowpi_fail(error, LOWP_E_CONSTRAINT,
                                     "%s: already there and not empty; remove it, or ask for it to be replaced",
                                     lowpi_shown(s->path));
  lowpi_arena_free(&arena);
  return status;
}

/* Holds a lock on the directory while the handle lives, for its fixed name invites two runs at once. */
static lowp_status lock_partial(lowp_shards *s, lowp_error *error) {
  s->lock = open(s->partial, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (s->lock < 0)
    return errno == ENOTDIR || errno == ELOOP
               ? lowpi_fail(error, LOWP_E_CONSTRAINT, "%s: in the way, and not a directory; remove it",
                            lowpi_shown(s->partial))
               : lowpi_io_error(error, "cannot open", s->partial, errno, 0);
  if (flock(s->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return lowpi_fail(error, LOWP_E_CONSTRAINT, "%s: another run is writing there; wait for it",
                      lowpi_shown(s->partial));
  return LOWP_OK;
}

static lowp_status take_partial(lowp_shards *s, lowp_partial what, lowp_error *error) {
  bool is_new = mkdir(s->partial, 0777) == 0;
  if (!is_new && errno != EEXIST) return lowpi_io_error(error, "cannot create", s->partial, errno, 0);
  lowp_status status = lock_partial(s, error);
  if (status || is_new) return status;
  if (what == LOWP_PARTIAL_REFUSE)
    return lowpi_fail(error, LOWP_E_CONSTRAINT, "%s: left by an interrupted run; resume that, or remove it",
                      lowpi_shown(s->partial));
  return lowpi_directory_clear(s->partial, what == LOWP_PARTIAL_RESUME ? is_temporary : NULL, error);
}

static lowp_status set_names(lowp_shards *s, const char *path, lowp_error *error) {
  size_t n = strlen(path);
  while (n > 1 && path[n - 1] == '/') n--;
  s->path = lowpi_arena_copy(&s->arena, path, n);
  s->parent = s->path ? lowpi_path_directory(&s->arena, s->path) : NULL;
  if (!s->parent) return lowpi_no_memory(path, error);
  const char *name = lowpi_path_name(s->path);
  if (!lowpi_path_is_plain(name))
    return lowpi_fail(error, LOWP_E_ARGUMENT, "%s: not the name of a new directory", lowpi_shown(path));
  size_t room = strlen(name) + 40;
  char *partial = lowpi_arena_alloc(&s->arena, room, 1), *replaced = lowpi_arena_alloc(&s->arena, room, 1);
  if (!partial || !replaced) return lowpi_no_memory(path, error);
  snprintf(partial, room, "%s.partial", name);
  snprintf(replaced, room, ".%s.tmp-%ld", name, (long)getpid());
  s->partial = lowpi_path_join(&s->arena, s->parent, partial);
  s->replaced = lowpi_path_join(&s->arena, s->parent, replaced);
  return s->partial && s->replaced ? LOWP_OK : lowpi_no_memory(path, error);
}

static void free_shards(lowp_shards *s) {
  if (s->lock >= 0) close(s->lock);
  lowpi_arena_free(&s->arena);
  free(s);
}

lowp_status lowp_shards_create(const char *path, const lowp_write_options *options, lowp_partial partial,
                               lowp_shards **out, lowp_error *error) {
  if (!path || !out || (options && options->struct_size != sizeof *options) || (unsigned)partial > LOWP_PARTIAL_DISCARD)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "lowp_shards_create: a pointer is NULL or an option out of range");
  lowp_shards *s = calloc(1, sizeof *s);
  if (!s) return lowpi_no_memory(path, error);
  s->lock = -1;
  s->replace = options && options->replace;
  lowp_status status = set_names(s, path, error);
  if (!status) status = check_destination(s, error);
  if (!status) status = take_partial(s, partial, error);
  if (status)
    free_shards(s);
  else
    *out = s;
  return status;
}

/* --- files in it --- */

const char *lowp_shards_directory(const lowp_shards *s) { return s->partial; }

int lowp_shards_has(const lowp_shards *s, const char *name) {
  lowpi_arena arena = {NULL};
  struct stat st;
  if (!name || !lowpi_path_is_plain(name)) return 0;
  const char *path = lowpi_path_join(&arena, s->partial, name);
  int has = path && lstat(path, &st) == 0 && S_ISREG(st.st_mode);
  lowpi_arena_free(&arena);
  return has;
}

lowp_status lowp_shards_writer(lowp_shards *s, const char *name, const lowp_write_options *options, size_t count,
                               const lowp_tensor_spec *tensors, lowp_writer **out, lowp_error *error) {
  lowp_write_options o = options ? *options : (lowp_write_options){.struct_size = sizeof o};
  if (!s || !name || !lowpi_path_is_plain(name) || name[0] == '.' || !lowpi_path_has_suffix(name, ".safetensors") ||
      o.container > LOWP_CONTAINER_SAFETENSORS)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "%s: the name of a shard must be plain and end in .safetensors",
                      name ? lowpi_shown(name) : "lowp_shards_writer");
  const char *path = lowpi_path_join(&s->arena, s->partial, name);
  if (!path) return lowpi_no_memory(s->path, error);
  o.replace = 1;
  return lowp_writer_create(path, &o, count, tensors, out, error);
}

/* --- the end --- */

/* {"metadata": {"total_size": bytes of all tensors}, "weight_map": {tensor: shard}} */
static lowp_status save_index(const lowp_shards *s, const lowp_file *file, lowp_error *error) {
  lowpi_arena arena = {NULL};
  json_t *map = json_object(), *root;
  json_int_t total = 0;
  bool whole = map != NULL;
  for (size_t i = 0; whole && i < file->count; i++) {
    const lowp_file_tensor *t = &file->tensors[i];
    total += (json_int_t)t->nbytes;
    whole = json_object_set_new(map, t->name, json_string(lowpi_path_name(file->shards[t->shard].path))) == 0;
  }
  root = json_pack("{s:{s:I}, s:o}", "metadata", "total_size", total, "weight_map", map);
  const char *path = lowpi_path_join(&arena, s->partial, INDEX_NAME);
  lowp_status status =
      whole && root && path ? lowpi_json_save(path, root, false, true, error) : lowpi_no_memory(s->path, error);
  json_decref(root);
  lowpi_arena_free(&arena);
  return status;
}

static lowp_status choose_shards(const lowp_shards *s, lowpi_names *names, lowp_error *error) {
  size_t kept = 0;
  for (size_t i = 0; i < names->count; i++) {
    const char *name = names->names[i];
    if (is_temporary(name))
      return lowpi_fail(error, LOWP_E_CONSTRAINT, "%s: '" LOWPI_NAME "' is still being written",
                        lowpi_shown(s->partial), name);
    if (lowpi_path_has_suffix(name, ".safetensors")) names->names[kept++] = name;
  }
  names->count = kept;
  return kept ? LOWP_OK : lowpi_fail(error, LOWP_E_CONSTRAINT, "%s: no shard was written", lowpi_shown(s->path));
}

static lowp_status make_index(const lowp_shards *s, lowp_error *error) {
  lowp_file *file = calloc(1, sizeof *file);
  lowpi_names names;
  if (!file) return lowpi_no_memory(s->path, error);
  file->directory = s->partial;
  lowp_status status = lowpi_directory_list(s->partial, &file->arena, &names, error);
  if (!status) status = choose_shards(s, &names, error);
  if (!status) status = lowpi_open_shards(file, s->partial, names.count, names.names, NULL, error);
  if (!status && (names.count > 1 || strcmp(names.names[0], "model.safetensors") != 0))
    status = save_index(s, file, error);
  lowp_file_close(file);
  return status;
}

/*
 * Gives the directory its name. The new one first leaves NAME.partial, lest a crash between the exchange and the
 * removal leave the old one there, where a resumed run would take it for its own.
 */
static int exchange(const lowp_shards *s) {
  if (rename(s->partial, s->path) == 0) return 0; /* there was none, or an empty one */
  if (!s->replace || (errno != ENOTEMPTY && errno != EEXIST)) return errno;
  if (rename(s->partial, s->replaced) != 0) return errno;
#ifdef RENAME_EXCHANGE
  if (renameat2(AT_FDCWD, s->replaced, AT_FDCWD, s->path, RENAME_EXCHANGE) == 0) return 0;
#endif
  int reason = errno;
  rename(s->replaced, s->partial);
  return reason;
}

lowp_status lowp_shards_commit(lowp_shards *s, lowp_error *error) {
  if (!s) return lowpi_fail(error, LOWP_E_ARGUMENT, "lowp_shards_commit: shards is NULL");
  lowp_status status = make_index(s, error);
  if (!status) status = check_destination(s, error);
  if (status) return status;
  int reason = lowpi_sync_directory(s->partial);
  if (!reason) reason = exchange(s);
  if (reason) return lowpi_io_error(error, "cannot give the output its name", s->path, reason, 0);
  reason = lowpi_sync_directory(s->parent);
  struct stat st;
  if (lstat(s->replaced, &st) == 0) { /* what was replaced; it was seen to be flat */
    status = lowpi_directory_clear(s->replaced, NULL, error);
    if (!status && rmdir(s->replaced) != 0) status = lowpi_io_error(error, "cannot remove", s->replaced, errno, 0);
  }
  if (!status && reason) status = lowpi_io_error(error, "cannot write to disk", s->parent, reason, 0);
  if (!status) free_shards(s);
  return status;
}

void lowp_shards_abort(lowp_shards *s, int keep) {
  if (!s) return;
  if (!keep && lowpi_directory_clear(s->partial, NULL, NULL) == LOWP_OK) rmdir(s->partial);
  free_shards(s);
}
