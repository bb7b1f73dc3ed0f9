/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard.h: buffers between two inaccessible pages. An access outside faults, also a masked, gathered or tile access
 * that the sanitizers do not see; a stray write inside the mapping is found by lowpt_guard_intact.
 *
 *   | no access |  poison ... data[0..size) ... poison  | no access |
 */
#ifndef LOWPT_GUARD_H
#define LOWPT_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum lowpt_edge {
  LOWPT_LOWER, /* data begins `offset` bytes after the page in front */
  LOWPT_UPPER  /* data ends `offset` bytes before the page behind */
} lowpt_edge;

typedef struct lowpt_guard {
  uint8_t *data;
  size_t size;
  uint8_t *map; /* the accessible pages */
  size_t map_size;
  bool read_only;
} lowpt_guard;

/* The byte that surrounds the data, and that fills it at first. */
enum { LOWPT_POISON = 0xa5 };

/* size may be 0. Fails the calling test if the system has no memory. */
lowpt_guard lowpt_guard_new(size_t size, lowpt_edge edge, size_t offset);

/* The same with a copy of `source` as the data. */
lowpt_guard lowpt_guard_copy(const void *source, size_t size, lowpt_edge edge, size_t offset);

/* From now on a write to the buffer faults (or, with writable, no longer does). */
void lowpt_guard_protect(lowpt_guard *guard, bool writable);

/* Is every byte around the data still poison? */
bool lowpt_guard_intact(const lowpt_guard *guard);

/* The pages are kept for another buffer: what is read or written through `data` from now on is not found. */
void lowpt_guard_free(lowpt_guard *guard);

#endif
