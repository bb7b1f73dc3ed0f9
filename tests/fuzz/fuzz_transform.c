/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_transform.c: the metadata that says what was done to weights. The input is the text of one tensor; what is not refused
 * is undone, on a file with tensors that fit it and others that do not.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tests/fuzz/fuzz.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "io/io_internal.h"
#include "tools/common.h"
#include "tools/transform.h"

int lowpt_accepted;

enum { ROWS = 2, COLS = 8, KEPT = 2 };

/* The payload, in the order of the header below. */
typedef struct payload {
  float weights[ROWS * COLS], factors[COLS], zero_factors[COLS];
  int32_t columns[KEPT], far_columns[KEPT];
  float values[ROWS * KEPT];
} payload;

static uint8_t *image(const char *text, size_t length, size_t *size) {
  static const payload data = {.weights = {1, 2, 3, 4, 5, 6, 7, 8},
                               .factors = {1, 2, 4, 8, 1, 2, 4, 8},
                               .zero_factors = {1, 0, 1, 1, 1, 1, 1, 1},
                               .columns = {1, 6},
                               .far_columns = {1, COLS},
                               .values = {-1, -2, -3, -4}};
#define AT(field) \
  "data_offsets", (json_int_t)offsetof(payload, field), (json_int_t)(offsetof(payload, field) + sizeof data.field)
  json_t *root = json_pack("{s:{s:s%}, s:{s:s, s:[i, i], s:[I, I]}, s:{s:s, s:[i], s:[I, I]}, s:{s:s, s:[i], s:[I, "
                           "I]}, s:{s:s, s:[i], s:[I, I]},"
                           " s:{s:s, s:[i], s:[I, I]}, s:{s:s, s:[i, i], s:[I, I]}}",
                           "__metadata__", TOOL_TRANSFORM_KEY "w", text, length, /* may be no UTF-8 */
                           "w", "dtype", "F32", "shape", ROWS, COLS, AT(weights), "f", "dtype", "F32", "shape", COLS,
                           AT(factors), "zero", "dtype", "F32", "shape", COLS, AT(zero_factors), "c", "dtype", "I32",
                           "shape", KEPT, AT(columns), "far", "dtype", "I32", "shape", KEPT, AT(far_columns), "v",
                           "dtype", "F32", "shape", ROWS, KEPT, AT(values));
#undef AT
  char *json = root ? json_dumps(root, JSON_COMPACT) : NULL;
  json_decref(root);
  const uint64_t header = json ? strlen(json) : 0;
  uint8_t *out = json ? malloc(sizeof header + header + sizeof data) : NULL;
  if (out) {
    memcpy(out, &header, sizeof header);
    memcpy(out + sizeof header, json, header);
    memcpy(out + sizeof header + header, &data, sizeof data);
    *size = sizeof header + header + sizeof data;
  }
  free(json);
  return out;
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const lowp_file_tensor *)a)->name, ((const lowp_file_tensor *)b)->name);
}

/* Whatever was accepted leaves numbers that are finite, and every tensor readable in any range of rows. */
static void undo(tool_source *source) {
  for (size_t i = 0; i < lowp_model_count(source->model); i++) {
    const lowp_model_tensor *t = lowp_model_get(source->model, i);
    float whole[ROWS * COLS], row[COLS];
    lowp_error error = {LOWP_OK, ""};
    LOWPT_ALWAYS(t->rows * t->cols <= ROWS * COLS);
    LOWPT_ALWAYS(tool_transforms_load(source, i, 0, t->rows, whole, &error) == LOWP_OK);
    for (size_t r = 0; r < t->rows; r++) {
      LOWPT_ALWAYS(tool_transforms_load(source, i, r, r + 1, row, &error) == LOWP_OK);
      LOWPT_ALWAYS(memcmp(row, whole + r * t->cols, t->cols * sizeof *row) == 0);
      for (size_t c = 0; c < t->cols; c++) LOWPT_ALWAYS(isfinite(row[c]));
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static FILE *nowhere; /* a refusal is a message on stderr, thousands a second */
  if (!nowhere && (nowhere = fopen("/dev/null", "w"))) stderr = nowhere;
  lowpt_accepted = 0;
  size_t n = 0;
  uint8_t *bytes = image((const char *)data, size, &n);
  if (!bytes) return 0;
  lowp_file file = {.container = LOWP_CONTAINER_SAFETENSORS, .directory = ".", .shard_count = 0};
  lowpi_header header;
  if (lowpi_safetensors_parse("input", bytes, n, &file.arena, &header, NULL) == LOWP_OK) {
    file.count = header.count;
    file.tensors = header.tensors;
    file.pair_count = header.pair_count;
    file.pairs = header.pairs;
    qsort(header.tensors, header.count, sizeof *header.tensors, by_name);
    const lowp_model_options options = {.struct_size = sizeof options, .config = ""};
    tool_source source = {.path = "input", .file = &file};
    LOWPT_ALWAYS(lowp_model_open(&file, &options, &source.model, NULL) == LOWP_OK);
    const int code = tool_transforms_open(&source);
    LOWPT_ALWAYS(code == TOOL_OK || code == TOOL_INPUT);
    if (code == TOOL_OK) {
      lowpt_accepted = 1;
      undo(&source);
    }
    tool_transforms_close(source.transforms);
    lowp_model_close(source.model);
  }
  lowpi_arena_free(&file.arena);
  free(bytes);
  return 0;
}
