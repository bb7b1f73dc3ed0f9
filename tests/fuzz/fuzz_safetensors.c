/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_safetensors.c: the safetensors header. The input is read twice: as a file, and as text of which the first
 * character gives the size of the payload ('0' is 0, '1' is 1 ...) and the rest is the JSON, so that the search does not
 * have to find the length field.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "io/io_internal.h"

int lowpt_accepted;

/* An accepted header accounts for every byte of the file, and its tensors are what it says. */
static void check(const uint8_t *bytes, size_t size, const lowpi_header *h) {
  const uint8_t *end = NULL;
  for (size_t i = 0; i < h->count; i++) {
    const lowp_file_tensor *t = &h->tensors[i];
    size_t nbytes = 0, count = 1;
    LOWPT_ALWAYS(t->name && strlen(t->name) < size);
    LOWPT_ALWAYS(lowp_dtype_bytes(t->dtype, t->rank, t->shape, &nbytes) == LOWP_OK && nbytes == t->nbytes);
    for (size_t k = 0; k < t->rank; k++) count *= t->shape[k];
    LOWPT_ALWAYS(count == t->count);
    LOWPT_ALWAYS(t->data == bytes + t->offset && t->offset <= size && t->nbytes <= size - t->offset);
    LOWPT_ALWAYS(!end || t->data == end);
    end = (const uint8_t *)t->data + t->nbytes;
  }
  LOWPT_ALWAYS(!end || end == bytes + size);
  for (size_t i = 0; i < h->pair_count; i++) LOWPT_ALWAYS(h->pairs[i].key && h->pairs[i].value);
}

static void parse(const uint8_t *bytes, size_t size) {
  lowpi_arena arena = {NULL};
  lowpi_header header;
  lowp_error error = {LOWP_OK, ""};
  lowp_status status = lowpi_safetensors_parse("input", bytes, size, &arena, &header, &error);
  if (status == LOWP_OK) {
    lowpt_accepted = 1;
    check(bytes, size, &header);
  } else {
    LOWPT_ALWAYS(status == LOWP_E_FORMAT && error.status == status);
    LOWPT_ALWAYS(strncmp(error.text, "input: ", 7) == 0 && !strpbrk(error.text, "\n\r\x1b"));
  }
  lowpi_arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lowpt_accepted = 0;
  lowpi_sniff_bytes(data, size < LOWPI_SNIFF_BYTES ? size : LOWPI_SNIFF_BYTES, size);
  parse(data, size);
  if (size == 0) return 0;
  size_t payload = (uint8_t)(data[0] - '0'), total = 8 + size - 1 + payload;
  uint64_t length = size - 1;
  uint8_t *file = calloc(1, total);
  if (!file) return 0;
  memcpy(file, &length, 8);
  memcpy(file + 8, data + 1, size - 1);
  parse(file, total);
  free(file);
  return 0;
}
