/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c: an arena, and the texts that messages are made of. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/io_internal.h"

struct lowpi_chunk {
  lowpi_chunk *below;
  size_t used, size;
  alignas(max_align_t) unsigned char bytes[];
};

/* Small allocations share chunks of this size; a model of 100,000 tensors then needs a few hundred mallocs. */
#define CHUNK 65536

void *lowpi_arena_alloc(lowpi_arena *arena, size_t count, size_t size) {
  size_t n, total;
  if (!lowpi_mul(count, size, &n) || !lowpi_add(n, alignof(max_align_t), &n)) return NULL;
  n &= ~(alignof(max_align_t) - 1); /* rounded up: never 0 bytes, so every result is a distinct pointer */
  lowpi_chunk *top = arena->top;
  if (!top || top->size - top->used < n) {
    size_t room = n > CHUNK ? n : CHUNK;
    if (!lowpi_add(room, sizeof *top, &total)) return NULL;
    top = calloc(1, total);
    if (!top) return NULL;
    top->size = room;
    top->below = arena->top;
    arena->top = top;
  }
  void *p = top->bytes + top->used;
  top->used += n;
  return p;
}

char *lowpi_arena_copy(lowpi_arena *arena, const char *text, size_t length) {
  size_t n;
  char *copy = lowpi_add(length, 1, &n) ? lowpi_arena_alloc(arena, n, 1) : NULL;
  if (copy) memcpy(copy, text, length);
  return copy;
}

void lowpi_arena_free(lowpi_arena *arena) {
  for (lowpi_chunk *c = arena->top, *below; c; c = below) {
    below = c->below;
    free(c);
  }
  arena->top = NULL;
}

lowp_status lowpi_no_memory(const char *path, lowp_error *error) {
  return lowpi_fail(error, LOWP_E_NOMEM, "%s: not enough memory", lowpi_shown(path));
}

const char *lowpi_shown(const char *path) {
  const size_t room = 140;
  size_t n = strlen(path);
  return n > room ? path + n - room : path;
}

const char *lowpi_shape_text(size_t rank, const size_t *shape, char text[LOWPI_SHAPE_TEXT]) {
  size_t used = 1, i = 0;
  text[0] = '[';
  for (; i < rank && used + 28 < LOWPI_SHAPE_TEXT; i++) /* room for 20 digits, ", ", "...]" and the terminator */
    used += (size_t)snprintf(text + used, LOWPI_SHAPE_TEXT - used, "%zu%s", shape[i], i + 1 < rank ? ", " : "");
  snprintf(text + used, LOWPI_SHAPE_TEXT - used, i < rank ? "...]" : "]");
  return text;
}
