/* SPDX-License-Identifier: Apache-2.0 */
/* path.c: parts of paths, the reasons of failed system calls, renaming and syncing. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "io/io_internal.h"

/* The last component, trailing slashes being no part of it. */
static size_t name_start(const char *path, size_t n) {
  while (n > 0 && path[n - 1] != '/') n--;
  return n;
}

const char *lowpi_path_name(const char *path) { return path + name_start(path, strlen(path)); }

char *lowpi_path_directory(lowpi_arena *arena, const char *path) {
  size_t n = name_start(path, strlen(path));
  while (n > 1 && path[n - 1] == '/') n--;
  return n == 0 ? lowpi_arena_copy(arena, ".", 1) : lowpi_arena_copy(arena, path, n);
}

char *lowpi_path_join(lowpi_arena *arena, const char *directory, const char *name) {
  size_t d = strcmp(directory, ".") == 0 ? 0 : strlen(directory), n = strlen(name), total;
  if (!lowpi_add(d, n, &total) || !lowpi_add(total, 2, &total)) return NULL;
  char *path = lowpi_arena_alloc(arena, total, 1);
  if (path) snprintf(path, total, "%.*s%s%s", (int)d, directory, d && directory[d - 1] != '/' ? "/" : "", name);
  return path;
}

bool lowpi_path_is_plain(const char *name) {
  return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

bool lowpi_path_has_suffix(const char *path, const char *suffix) {
  size_t n = strlen(path), s = strlen(suffix);
  return n >= s && strcmp(path + n - s, suffix) == 0;
}

/* Free space where `path` is or would be, if that can be asked. */
static bool free_space(const char *path, uint64_t *bytes) {
  lowpi_arena arena = {NULL};
  struct statvfs fs;
  const char *directory = lowpi_path_directory(&arena, path);
  bool known = directory && statvfs(directory, &fs) == 0;
  if (known) *bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
  lowpi_arena_free(&arena);
  return known;
}

/* What can be done about an errno value; "" where the reason says it all. */
static const char *remedy(int reason) {
  static const struct {
    int reason;
    const char *text;
  } remedies[] = {
      {ENOENT, "; check the path"},
      {ENOTDIR, "; check the path"},
      {EACCES, "; check the permissions"},
      {EPERM, "; check the permissions"},
      {EROFS, "; write to another place"},
      {ENOSPC, "; free some space or write to another place"},
      {EDQUOT, "; free some space or write to another place"},
      {EFBIG, "; raise the limit on file sizes (ulimit -f) or write to another place"},
      {EMFILE, "; raise the limit on open files (ulimit -n)"},
  };
  for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++)
    if (remedies[i].reason == reason) return remedies[i].text;
  return "";
}

lowp_status lowpi_io_error(lowp_error *error, const char *operation, const char *path, int reason, uint64_t wanted) {
  char space[96] = "";
  uint64_t bytes;
  bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
  if (full && wanted && free_space(path, &bytes))
    snprintf(space, sizeof space, " (%" PRIu64 " bytes wanted, %" PRIu64 " free)", wanted, bytes);
  return lowpi_fail(error, LOWP_E_IO, "%s: %s: %s%s%s", lowpi_shown(path), operation, strerror(reason), space,
                    remedy(reason));
}

int lowpi_rename(const char *from, const char *to, bool replace) {
  if (replace) return rename(from, to) == 0 ? 0 : errno;
#ifdef RENAME_NOREPLACE
  if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
#endif
  /* Not every file system or kernel can refuse to replace; then look first. */
  struct stat st;
  if (lstat(to, &st) == 0) return EEXIST;
  return rename(from, to) == 0 ? 0 : errno;
}

int lowpi_sync_directory(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  /* Some file systems cannot sync a directory and say EINVAL: nothing more can be done there. */
  int reason = fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
  close(fd);
  return reason;
}
