/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform.h: values of tensors whose weights lowp-quant smoothed or rotated before it quantized them, as they were
 * before: the metadata that it wrote says how. docs/layouts.md has the definition.
 */
#ifndef LOWP_TOOLS_TRANSFORM_H
#define LOWP_TOOLS_TRANSFORM_H

#include "tools/source.h"

/* Reads the metadata for all tensors of a source into source->transforms. TOOL_OK, or an exit code after a message. */
int tool_transforms_open(tool_source *source);
/* Called by tool_source_close. NULL is fine. */
void tool_transforms_close(struct tool_transforms *transforms);

/* Is tensor i the factors of another one, and nothing by itself? */
bool tool_transforms_hides(const tool_source *source, size_t i);

/* As lowp_model_load_rows, with what was done to the weights undone. */
lowp_status tool_transforms_load(const tool_source *source, size_t i, size_t row0, size_t row1, float *values,
                                 lowp_error *error);

#endif
