/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_npy.c: the .npy header. The input is read twice: as a file, and as text of which the first three characters give
 * the size of the payload ('0' is 0, '1' is 1 ...), the dtype asked for ('0' is none) and the version, and the rest is
 * the dict.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "io/io_internal.h"

int lowpt_accepted;

static void parse(const uint8_t *bytes, size_t size, lowp_dtype as) {
  lowpi_arena arena = {NULL};
  lowp_file_tensor t;
  lowp_error error = {LOWP_OK, ""};
  bool big_endian = false;
  lowp_status status = lowpi_npy_parse("input", bytes, size, as, "x", &arena, &t, &big_endian, &error);
  if (status == LOWP_OK) {
    lowpt_accepted = 1;
    size_t nbytes = 0, count = 1;
    LOWPT_ALWAYS(lowp_dtype_bytes(t.dtype, t.rank, t.shape, &nbytes) == LOWP_OK && nbytes == t.nbytes);
    for (size_t k = 0; k < t.rank; k++) count *= t.shape[k];
    LOWPT_ALWAYS(count == t.count);
    LOWPT_ALWAYS(t.data == bytes + t.offset && t.offset + t.nbytes == size);
    LOWPT_ALWAYS(!as || t.dtype == as);
  } else {
    LOWPT_ALWAYS((status == LOWP_E_FORMAT || (as && status == LOWP_E_SHAPE)) && error.status == status);
    LOWPT_ALWAYS(strncmp(error.text, "input: ", 7) == 0 && !strpbrk(error.text, "\n\r\x1b"));
  }
  lowpi_arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lowpt_accepted = 0;
  parse(data, size, LOWP_DTYPE_NONE);
  if (size < 3 || size - 3 > UINT16_MAX) return 0;
  size_t payload = (uint8_t)(data[0] - '0'), dict = size - 3, at = 8;
  lowp_dtype as = (lowp_dtype)((uint8_t)(data[1] - '0') % LOWP_DTYPE_COUNT);
  uint8_t *file = calloc(1, 12 + dict + payload);
  if (!file) return 0;
  memcpy(file, "\x93NUMPY", 6);
  file[6] = (uint8_t)(data[2] - '0');
  for (int i = 0; i < (file[6] == 1 ? 2 : 4); i++) file[at++] = (uint8_t)(dict >> (8 * i));
  memcpy(file + at, data + 3, dict);
  parse(file, at + dict + payload, as);
  free(file);
  return 0;
}
