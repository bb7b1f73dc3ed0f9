/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common.h"
#include "tools/transform.h"

/* "128x256" or "128,256" into at most 8 sizes; 0 if it is neither. */
static size_t parse_shape(const char *text, size_t shape[8]) {
  size_t rank = 0;
  for (;;) {
    char *end;
    if (rank == 8 || !(*text >= '0' && *text <= '9')) return 0;
    errno = 0;
    unsigned long long size = strtoull(text, &end, 10);
    if (errno != 0 || size > SIZE_MAX) return 0;
    shape[rank++] = (size_t)size;
    if (*end == 0) return rank;
    if (*end != 'x' && *end != ',') return 0;
    text = end + 1;
  }
}

int tool_source_open(tool_source *source, const char *path, const tool_raw_options *raw, bool problems) {
  lowp_error error = {0};
  size_t shape[8];
  lowp_open_options options = {.struct_size = sizeof options, .offset = raw->offset,
                               .big_endian = raw->big_endian, .name = raw->name};
  lowp_model_options model_options = {.struct_size = sizeof model_options, .keep_problems = problems};
  *source = (tool_source){.path = path};
  if (raw->dtype != NULL) {
    options.dtype = lowp_dtype_from_name(raw->dtype);
    if (options.dtype == LOWP_DTYPE_NONE) return tool_fail(TOOL_USAGE, "--dtype: '%s' is no type", tool_safe(raw->dtype));
  }
  if (raw->shape != NULL) {
    options.rank = parse_shape(raw->shape, shape);
    options.shape = shape;
    if (options.rank == 0)
      return tool_fail(TOOL_USAGE, "--shape: '%s' is not a shape such as 4096x14336", tool_safe(raw->shape));
  }
  lowp_status status = lowp_file_open(path, &options, &source->file, &error);
  if (status == LOWP_OK) {
    if (lowp_file_note(source->file) != NULL) tool_note("%s: %s", tool_safe(path), lowp_file_note(source->file));
    status = lowp_model_open(source->file, &model_options, &source->model, &error);
  }
  if (status == LOWP_OK) return TOOL_OK;
  int code = tool_fail_status(status, &error);
  tool_source_close(source);
  return code;
}

void tool_source_close(tool_source *source) {
  tool_transforms_close(source->transforms);
  lowp_model_close(source->model);
  lowp_file_close(source->file);
  source->transforms = NULL;
  source->model = NULL;
  source->file = NULL;
}

const char *tool_shape(size_t rank, const size_t *shape, char text[TOOL_SHAPE_TEXT]) {
  size_t used = 0;
  if (rank == 0) return "[]";
  for (size_t i = 0; i < rank && used < TOOL_SHAPE_TEXT; i++) {
    int n = snprintf(text + used, TOOL_SHAPE_TEXT - used, "%s%zu", i == 0 ? "" : "x", shape[i]);
    used += n > 0 ? (size_t)n : 0;
  }
  return text;
}

const char *tool_format_name(const lowp_model_tensor *tensor) {
  const lowp_scheme_info *info = lowp_scheme_info_of(tensor->scheme);
  return info != NULL ? info->name : lowp_dtype_name(tensor->dtype);
}
