/* SPDX-License-Identifier: Apache-2.0 */
/* source.h: an input of lowp-inspect, lowp-diff and lowp-dequant: a file or directory, and the logical tensors in it. */
#ifndef LOWP_TOOLS_SOURCE_H
#define LOWP_TOOLS_SOURCE_H

#include <lowp/model.h>
#include <stdbool.h>

#include "tools/options.h"

typedef struct tool_source {
  const char *path;
  lowp_file *file;
  lowp_model *model;
  struct tool_transforms *transforms; /* of those who ask for it: transform.h */
} tool_source;

/* What raw and .npy inputs do not say of themselves. The strings are those of the command line, NULL where not given. */
typedef struct tool_raw_options {
  const char *dtype;
  const char *shape;
  uint64_t offset;
  int big_endian;
  const char *name; /* of the tensor */
} tool_raw_options;

/* Rows of the option table for a struct that has a tool_raw_options member called `raw`. */
#define TOOL_RAW_OPTIONS(struct_type)                                                                                   \
  {TOOL_STRING, 0, "dtype", "TYPE", offsetof(struct_type, raw.dtype), NULL, "of a raw or .npy input: f32, bf16, f16 ..."}, \
      {TOOL_STRING, 0, "shape", "NxK", offsetof(struct_type, raw.shape), NULL, "of a raw input; default: one row"},     \
      {TOOL_SIZE, 0, "offset", "BYTES", offsetof(struct_type, raw.offset), NULL, "before the array of a raw input"}

/* Opens it, says what was assumed, and returns TOOL_OK or the exit code after a message. `problems`: list wrong groups. */
int tool_source_open(tool_source *source, const char *path, const tool_raw_options *raw, bool problems);
void tool_source_close(tool_source *source);

/*
 * Metadata of a file: this and the name of a quantized tensor, with JSON that says what was done to its weights before.
 * docs/layouts.md has the definition.
 */
#define TOOL_TRANSFORM_KEY "lowp.transform."

/* "4096x14336", "[]" for rank 0, in `text`, which is returned. */
#define TOOL_SHAPE_TEXT 96
const char *tool_shape(size_t rank, const size_t *shape, char text[TOOL_SHAPE_TEXT]);

/* "nvfp4", or the dtype of a plain tensor. */
const char *tool_format_name(const lowp_model_tensor *tensor);

#endif
