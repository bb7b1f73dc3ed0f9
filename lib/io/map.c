/* SPDX-License-Identifier: Apache-2.0 */
/* map.c: files as read-only bytes. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io_internal.h"

/* An empty file cannot be mapped; it still has an address. */
static const uint8_t nothing[1];

static lowp_status map_descriptor(const char *path, int fd, lowpi_map *map, lowp_error *error) {
  struct stat st;
  if (fstat(fd, &st) != 0) return lowpi_io_error(error, "cannot examine", path, errno, 0);
  if (S_ISDIR(st.st_mode)) return lowpi_io_error(error, "cannot read", path, EISDIR, 0);
  if (!S_ISREG(st.st_mode))
    return lowpi_fail(error, LOWP_E_IO, "%s: cannot read: neither a regular file nor a directory", lowpi_shown(path));
  if ((uintmax_t)st.st_size > SIZE_MAX) return lowpi_io_error(error, "cannot map", path, EFBIG, 0);
  *map = (lowpi_map){nothing, (size_t)st.st_size, st.st_dev, st.st_ino};
  if (map->size == 0) return LOWP_OK;
  void *p = mmap(NULL, map->size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (p == MAP_FAILED) {
    map->bytes = NULL;
    return lowpi_io_error(error, "cannot map", path, errno, 0);
  }
  map->bytes = p;
  return LOWP_OK;
}

lowp_status lowpi_map_open(const char *path, lowpi_map *map, lowp_error *error) {
  memset(map, 0, sizeof *map);
  /* O_NONBLOCK: opening a FIFO would otherwise wait for a writer. It means nothing to regular files. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return lowpi_io_error(error, "cannot open", path, errno, 0);
  lowp_status status = map_descriptor(path, fd, map, error);
  close(fd);
  return status;
}

void lowpi_map_close(lowpi_map *map) {
  if (map->bytes && map->size) munmap((void *)(uintptr_t)map->bytes, map->size);
  map->bytes = NULL;
}

void lowpi_map_release(const uint8_t *p, size_t n) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = (uintptr_t)p & ~(page - 1);
  /* Rounded outwards: a neighbour that shares a page merely faults it in again from the page cache. */
  if (n) madvise((void *)first, (uintptr_t)p + n - first, MADV_DONTNEED);
}
