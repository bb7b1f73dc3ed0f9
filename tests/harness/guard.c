/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/guard.h"
#include "harness/suite.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Mappings that were freed, read and write: mapping pages, not kernels, would take most of the time of a kernel test, and of
 * an emulator's more. */
enum { KEPT = 16 };
static struct kept {
  uint8_t *map;
  size_t map_size;
} kept[KEPT];
static size_t kept_next;

static uint8_t *take_kept(size_t map_size) {
  for (size_t i = 0; i < KEPT; i++)
    if (kept[i].map && kept[i].map_size == map_size) {
      uint8_t *map = kept[i].map;
      kept[i].map = NULL;
      return map;
    }
  return NULL;
}

lowpt_guard lowpt_guard_new(size_t size, lowpt_edge edge, size_t offset) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t inner = (size + offset + page - 1) / page * page;
  if (inner == 0) inner = page;
  uint8_t *map = take_kept(inner);
  if (!map) {
    uint8_t *all = mmap(NULL, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    LOWP_CHECK(all != MAP_FAILED && mprotect(all + page, inner, PROT_READ | PROT_WRITE) == 0, "no memory for %zu bytes",
               size);
    map = all + page;
  }
  lowpt_guard guard = {.size = size, .map = map, .map_size = inner};
  guard.data = guard.map + (edge == LOWPT_LOWER ? offset : inner - size - offset);
  memset(guard.map, LOWPT_POISON, inner);
  return guard;
}

lowpt_guard lowpt_guard_copy(const void *source, size_t size, lowpt_edge edge, size_t offset) {
  lowpt_guard guard = lowpt_guard_new(size, edge, offset);
  if (size) memcpy(guard.data, source, size);
  return guard;
}

void lowpt_guard_protect(lowpt_guard *guard, bool writable) {
  LOWP_CHECK(mprotect(guard->map, guard->map_size, writable ? PROT_READ | PROT_WRITE : PROT_READ) == 0, "mprotect");
  guard->read_only = !writable;
}

/* Each byte is its neighbour, and the first is poison. */
static bool all_poison(const uint8_t *p, const uint8_t *end) {
  return p == end || (*p == LOWPT_POISON && memcmp(p, p + 1, (size_t)(end - p) - 1) == 0);
}

bool lowpt_guard_intact(const lowpt_guard *guard) {
  return all_poison(guard->map, guard->data) && all_poison(guard->data + guard->size, guard->map + guard->map_size);
}

void lowpt_guard_free(lowpt_guard *guard) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  if (guard->map) {
    struct kept *place = &kept[kept_next++ % KEPT];
    if (place->map) munmap(place->map - page, place->map_size + 2 * page);
    if (guard->read_only) lowpt_guard_protect(guard, true);
    *place = (struct kept){guard->map, guard->map_size};
  }
  *guard = (lowpt_guard){0};
}
