/* SPDX-License-Identifier: Apache-2.0 */
/* aside.h: the files of a model directory that hold no weights: config.json, tokenizer, templates, licence. */
#ifndef LOWP_TOOLS_ASIDE_H
#define LOWP_TOOLS_ASIDE_H

#include <lowp/io.h>
#include <stdbool.h>

/*
 * Copies them from the directory of `file` to `directory`, but for weight files of any kind (safetensors and their index,
 * pickles, GGUF, ONNX ...), hidden files and subdirectories, which are named in a note where somebody might miss them.
 * drop_config: the copy of config.json loses its quantization_config, and hf_quant_config.json is left out.
 */
lowp_status tool_copy_aside(const lowp_file *file, const char *directory, bool drop_config, lowp_error *error);

/* Nonzero for a file name that holds weights, or describes where they are. */
bool tool_is_weight_file(const char *name);

#endif
