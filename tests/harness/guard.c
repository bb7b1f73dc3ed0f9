/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/guard.h"
#include "harness/suite.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

lowpt_guard lowpt_guard_new(size_t size, lowpt_edge edge, size_t offset) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t inner = (size + offset + page - 1) / page * page;
  if (inner == 0) inner = page;
  uint8_t *all = mmap(NULL, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  LOWP_CHECK(all != MAP_FAILED && mprotect(all + page, inner, PROT_READ | PROT_WRITE) == 0, "no memory for %zu bytes",
             size);
  lowpt_guard guard = {.size = size, .map = all + page, .map_size = inner};
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
}

bool lowpt_guard_intact(const lowpt_guard *guard) {
  for (const uint8_t *p = guard->map; p < guard->map + guard->map_size; p++) {
    if (p == guard->data) p += guard->size;
    if (p < guard->map + guard->map_size && *p != LOWPT_POISON) return false;
  }
  return true;
}

void lowpt_guard_free(lowpt_guard *guard) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  if (guard->map) munmap(guard->map - page, guard->map_size + 2 * page);
  *guard = (lowpt_guard){0};
}
