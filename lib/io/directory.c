/* SPDX-License-Identifier: Apache-2.0 */
/* directory.c: the names in a directory, and the removal of a directory of plain files. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io_internal.h"

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static lowp_status append(const char *path, lowpi_arena *arena, lowpi_names *names, size_t *room, const char *name,
                          lowp_error *error) {
  if (names->count == *room) {
    size_t larger = *room ? *room * 2 : 64;
    const char **grown = lowpi_arena_alloc(arena, larger, sizeof *grown);
    if (!grown) return lowpi_no_memory(path, error);
    if (names->count) memcpy(grown, names->names, names->count * sizeof *grown);
    names->names = grown;
    *room = larger;
  }
  const char *copy = lowpi_arena_copy(arena, name, strlen(name));
  if (!copy) return lowpi_no_memory(path, error);
  names->names[names->count++] = copy;
  return LOWP_OK;
}

lowp_status lowpi_directory_list(const char *path, lowpi_arena *arena, lowpi_names *names, lowp_error *error) {
  *names = (lowpi_names){0, NULL};
  DIR *directory = opendir(path);
  if (!directory) return lowpi_io_error(error, "cannot list", path, errno, 0);
  size_t room = 0;
  lowp_status status = LOWP_OK;
  struct dirent *entry;
  while (!status && (errno = 0, entry = readdir(directory)) != NULL)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      status = append(path, arena, names, &room, entry->d_name, error);
  if (!status && errno) status = lowpi_io_error(error, "cannot list", path, errno, 0);
  closedir(directory);
  if (!status && names->count) qsort(names->names, names->count, sizeof *names->names, by_text);
  return status;
}

lowp_status lowpi_directory_clear(const char *path, bool (*which)(const char *name), lowp_error *error) {
  lowpi_arena arena = {NULL};
  lowpi_names names;
  lowp_status status = lowpi_directory_list(path, &arena, &names, error);
  for (size_t i = 0; !status && i < names.count; i++) {
    if (which && !which(names.names[i])) continue;
    const char *file = lowpi_path_join(&arena, path, names.names[i]);
    if (!file)
      status = lowpi_no_memory(path, error);
    else if (unlink(file) != 0)
      status = lowpi_io_error(error, "cannot remove", file, errno, 0);
  }
  lowpi_arena_free(&arena);
  return status;
}
