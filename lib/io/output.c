/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.c: a file that has another name until it is whole.
 *
 * The temporary file lies in the same directory, so that rename() is atomic, and takes all its space at the start, so
 * that a full disk is found before hours of work. A process that dies leaves at most `.NAME.tmp-PID`, never a partial
 * NAME.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io_internal.h"

/* Several writers of one process may have the same destination, one after the other or by mistake at once. */
#define ATTEMPTS 100
#define PREFIX_ROOM 216

static lowp_status check_destination(const lowpi_output *output, lowp_error *error) {
  struct stat st;
  const char *name = lowpi_path_name(output->path);
  if (!lowpi_path_is_plain(name))
    return lowpi_fail(error, LOWP_E_ARGUMENT, "%s: not the name of a file", lowpi_shown(output->path));
  if (stat(output->path, &st) != 0) return LOWP_OK;
  if (S_ISDIR(st.st_mode)) return lowpi_io_error(error, "cannot write", output->path, EISDIR, 0);
  if (!output->replace)
    return lowpi_fail(error, LOWP_E_CONSTRAINT, "%s: already there; remove it, or ask for it to be replaced",
                      lowpi_shown(output->path));
  return LOWP_OK;
}

/* ".NAME.tmp-"; a long NAME is cut, so that the rest fits NAME_MAX. */
static void temporary_prefix(const lowpi_output *output, char prefix[PREFIX_ROOM]) {
  snprintf(prefix, PREFIX_ROOM, ".%.200s.tmp-", lowpi_path_name(output->path));
}

/* Removes the file if no living writer holds its lock. A file system without locks keeps what was left on it. */
static void remove_if_stale(const char *path) {
  struct stat opened, named;
  int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return;
  bool stale = flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &opened) == 0 && lstat(path, &named) == 0 &&
               opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
  if (stale) unlink(path);
  close(fd);
}

/* What killed writers of the same file left: as large as the file, and hidden. Failing to find it is no failure. */
static void remove_stale(const lowpi_output *output) {
  lowpi_arena arena = {NULL};
  lowpi_names names;
  char prefix[PREFIX_ROOM];
  temporary_prefix(output, prefix);
  size_t n = strlen(prefix);
  if (lowpi_directory_list(output->directory, &arena, &names, NULL) == LOWP_OK)
    for (size_t i = 0; i < names.count; i++) {
      const char *rest = names.names[i] + n;
      if (strncmp(names.names[i], prefix, n) != 0 || !*rest || rest[strspn(rest, "0123456789.")]) continue;
      const char *path = lowpi_path_join(&arena, output->directory, names.names[i]);
      if (path) remove_if_stale(path);
    }
  lowpi_arena_free(&arena);
}

static lowp_status create_temporary(lowpi_output *output, lowp_error *error) {
  char prefix[PREFIX_ROOM], name[PREFIX_ROOM + 40];
  struct stat st;
  temporary_prefix(output, prefix);
  for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
    snprintf(name, sizeof name, attempt ? "%s%ld.%d" : "%s%ld", prefix, (long)getpid(), attempt);
    output->temporary = lowpi_path_join(&output->arena, output->directory, name);
    if (!output->temporary) return lowpi_no_memory(output->path, error);
    output->fd = open(output->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (output->fd < 0 && errno != EEXIST) break;
    if (output->fd < 0) continue;
    /* Until it is locked another writer may take it for stale: then it has no name any more. */
    flock(output->fd, LOCK_EX | LOCK_NB);
    if (fstat(output->fd, &st) == 0 && st.st_nlink > 0) return LOWP_OK;
    close(output->fd);
    output->fd = -1;
    errno = EAGAIN;
  }
  return lowpi_io_error(error, "cannot create", output->path, errno, 0);
}

/* Reserves the space. Where the file system cannot, the size alone is set, and a full disk shows while writing. */
static lowp_status reserve(const lowpi_output *output, uint64_t size, lowp_error *error) {
  if (size > INT64_MAX) return lowpi_io_error(error, "cannot write", output->path, EFBIG, 0);
  if (size == 0) return LOWP_OK;
  int failed;
  do failed = fallocate(output->fd, 0, 0, (off_t)size);
  while (failed && errno == EINTR);
  if (failed && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL))
    failed = ftruncate(output->fd, (off_t)size);
  return failed ? lowpi_io_error(error, "cannot write", output->path, errno, size) : LOWP_OK;
}

lowp_status lowpi_output_open(lowpi_output *output, const char *path, bool replace, uint64_t size, lowp_error *error) {
  *output = (lowpi_output){.fd = -1, .replace = replace};
  output->path = lowpi_arena_copy(&output->arena, path, strlen(path));
  output->directory = lowpi_path_directory(&output->arena, path);
  lowp_status status =
      output->path && output->directory ? check_destination(output, error) : lowpi_no_memory(path, error);
  if (!status) remove_stale(output);
  if (!status) status = create_temporary(output, error);
  if (!status) status = reserve(output, size, error);
  if (status) lowpi_output_abort(output);
  return status;
}

lowp_status lowpi_output_write(const lowpi_output *output, uint64_t offset, const void *bytes, size_t n,
                               lowp_error *error) {
  const char *p = bytes;
  while (n > 0) {
    ssize_t done = pwrite(output->fd, p, n, (off_t)offset);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return lowpi_io_error(error, "cannot write", output->path, errno, n);
    p += done;
    n -= (size_t)done;
    offset += (uint64_t)done;
  }
  return LOWP_OK;
}

lowp_status lowpi_output_commit(lowpi_output *output, lowp_error *error) {
  if (fsync(output->fd) != 0) return lowpi_io_error(error, "cannot write to disk", output->path, errno, 0);
  int reason = lowpi_rename(output->temporary, output->path, output->replace);
  if (reason == EEXIST)
    return lowpi_fail(error, LOWP_E_CONSTRAINT, "%s: has appeared meanwhile; remove it, or ask for it to be replaced",
                      lowpi_shown(output->path));
  if (reason) return lowpi_io_error(error, "cannot rename to", output->path, reason, 0);
  reason = lowpi_sync_directory(output->directory);
  lowp_status status = reason ? lowpi_io_error(error, "cannot write to disk", output->directory, reason, 0) : LOWP_OK;
  close(output->fd);
  output->fd = -1;
  lowpi_arena_free(&output->arena);
  return status;
}

void lowpi_output_abort(lowpi_output *output) {
  if (output->fd >= 0) {
    unlink(output->temporary);
    close(output->fd);
    output->fd = -1;
  }
  lowpi_arena_free(&output->arena);
}

lowp_status lowp_write_file(const char *path, const lowp_write_options *options, const void *bytes, size_t n,
                            lowp_error *error) {
  lowpi_output output;
  if (!path || (n && !bytes) || (options && options->struct_size != sizeof *options))
    return lowpi_fail(error, LOWP_E_ARGUMENT, "lowp_write_file: a pointer is NULL or struct_size unknown");
  lowp_status status = lowpi_output_open(&output, path, options && options->replace, n, error);
  if (status) return status;
  status = lowpi_output_write(&output, 0, bytes, n, error);
  if (!status) status = lowpi_output_commit(&output, error);
  if (status) lowpi_output_abort(&output);
  return status;
}

/* How much of a large file is mapped into this process at a time. */
#define STEP ((size_t)16 << 20)

static lowp_status copy_bytes(const lowpi_map *map, const lowpi_output *output, lowp_error *error) {
  for (size_t done = 0, n; done < map->size; done += n) {
    n = map->size - done < STEP ? map->size - done : STEP;
    lowp_status status = lowpi_output_write(output, done, map->bytes + done, n, error);
    if (status) return status;
    lowpi_map_release(map->bytes + done, n);
  }
  return LOWP_OK;
}

lowp_status lowp_copy_file(const char *from, const char *to, const lowp_write_options *options, lowp_error *error) {
  lowpi_map map;
  lowpi_output output;
  struct stat st;
  if (!from || !to || (options && options->struct_size != sizeof *options))
    return lowpi_fail(error, LOWP_E_ARGUMENT, "lowp_copy_file: a pointer is NULL or struct_size unknown");
  lowp_status status = lowpi_map_open(from, &map, error);
  if (status) return status;
  if (stat(to, &st) == 0 && st.st_dev == map.device && st.st_ino == map.inode)
    status = lowpi_fail(error, LOWP_E_ARGUMENT, "%s: cannot be copied onto itself", lowpi_shown(from));
  if (!status) status = lowpi_output_open(&output, to, options && options->replace, map.size, error);
  if (!status) {
    status = copy_bytes(&map, &output, error);
    if (!status) status = lowpi_output_commit(&output, error);
    if (status) lowpi_output_abort(&output);
  }
  lowpi_map_close(&map);
  return status;
}
