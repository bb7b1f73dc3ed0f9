/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_index.c: the index of a sharded checkpoint, and with it the JSON reader. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "io/io_internal.h"

int lowpt_accepted;

/* Names ascend without repetition, and every shard is a plain name that some tensor lies in. */
static void check(const lowpi_index *index, lowpi_arena *arena) {
  bool *used = lowpi_arena_alloc(arena, index->shard_count, sizeof *used);
  LOWPT_ALWAYS(used);
  for (size_t i = 0; i < index->count; i++) {
    LOWPT_ALWAYS(index->entries[i].shard < index->shard_count);
    LOWPT_ALWAYS(i == 0 || strcmp(index->entries[i - 1].tensor, index->entries[i].tensor) < 0);
    used[index->entries[i].shard] = true;
  }
  for (size_t i = 0; i < index->shard_count; i++) {
    const char *name = index->shards[i];
    LOWPT_ALWAYS(used[i] && *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
    LOWPT_ALWAYS(i == 0 || strcmp(index->shards[i - 1], name) < 0);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lowpi_arena arena = {NULL};
  lowpi_index index;
  lowp_error error = {LOWP_OK, ""};
  lowp_status status = lowpi_index_parse("input", data, size, &arena, &index, &error);
  lowpt_accepted = status == LOWP_OK;
  if (lowpt_accepted) {
    check(&index, &arena);
  } else {
    LOWPT_ALWAYS(status == LOWP_E_FORMAT && error.status == status);
    LOWPT_ALWAYS(strncmp(error.text, "input: ", 7) == 0 && !strpbrk(error.text, "\n\r\x1b"));
  }
  lowpi_arena_free(&arena);
  return 0;
}
