/* SPDX-License-Identifier: Apache-2.0 */
/* lowp-dequant: quantized checkpoints back to f32, bf16 or f16 safetensors. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/aside.h"
#include "tools/common.h"
#include "tools/source.h"
#include "tools/transform.h"

/* Elements decoded at a time: 4 MiB of f32 stay in cache and keep memory small whatever the tensor. */
enum { CHUNK = 1 << 20 };

typedef struct settings {
  const char *output;
  int dtype;
  bool force;
  bool quiet;
  tool_raw_options raw;
} settings;

static const char *const dtype_names[] = {"f32", "bf16", "f16", NULL};
static const lowp_dtype dtypes[] = {LOWP_DTYPE_F32, LOWP_DTYPE_BF16, LOWP_DTYPE_F16};

static const tool_option options[] = {
    {TOOL_STRING, 'o', "output", "OUT", offsetof(settings, output), NULL,
     "default: STEM.TYPE.safetensors beside IN; for a directory NAME-TYPE"},
    {TOOL_CHOICE, 't', "to", NULL, offsetof(settings, dtype), dtype_names, "type of what was quantized (f32)"},
    {TOOL_FLAG, 'f', "force", NULL, offsetof(settings, force), NULL, "replace an existing output"},
    {TOOL_FLAG, 'q', "quiet", NULL, offsetof(settings, quiet), NULL, "print errors only"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "Arrays without a header:"},
    TOOL_RAW_OPTIONS(settings),
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, NULL}};

static void examples(void) {
  printf("\nExamples:\n"
         "  lowp-dequant model.nvfp4.safetensors               writes model.nvfp4.f32.safetensors\n"
         "  lowp-dequant model-mxfp4/ -o model-back --to bf16  a directory of shards\n"
         "\nTensors that were not quantized are copied as they are. In a directory the shards keep their names, config.json\n"
         "loses its quantization_config, and the other small files are copied. Rotation and smoothing by lowp-quant are\n"
         "undone.\n");
}

static const tool_program program = {"IN [-o OUT] [options]",
                                     "Writes the values of a quantized checkpoint as an ordinary one.", options, examples};

/* STEM.TYPE.safetensors, or NAME-TYPE for a directory. */
static char *default_output(const tool_source *source, bool directory, const char *type) {
  const char *folder = lowp_file_directory(source->file);
  size_t length = strlen(folder);
  while (directory && length > 1 && folder[length - 1] == '/') length--;
  if (directory) return tool_format("%.*s-%s", (int)length, folder, type);
  length = strlen(source->path);
  const char *slash = strrchr(source->path, '/'), *dot = strrchr(source->path, '.');
  if (dot != NULL && (slash == NULL || dot > slash + 1)) length = (size_t)(dot - source->path);
  return tool_format("%.*s.%s.safetensors", (int)length, source->path, type);
}

static bool is_quantized(const lowp_model_tensor *t) { return t->scheme != LOWP_SCHEME_NONE; }

/* Decodes tensor i of the model into tensor k of the writer, rows at a time. */
static lowp_status write_values(tool_source *source, size_t i, lowp_dtype dtype, lowp_writer *writer, size_t k,
                                lowp_error *error) {
  const lowp_model_tensor *t = lowp_model_get(source->model, i);
  size_t step = t->cols == 0 ? 1 : t->cols > CHUNK ? 1 : CHUNK / t->cols, size = lowp_dtype_bits(dtype) / 8;
  float *values = tool_alloc(step * t->cols, sizeof *values);
  void *codes = tool_alloc(step * t->cols, size);
  lowp_status status = LOWP_OK;
  for (size_t row = 0; row < t->rows && status == LOWP_OK; row += step) {
    size_t end = row + step < t->rows ? row + step : t->rows, n = (end - row) * t->cols;
    status = tool_transforms_load(source, i, row, end, values, error);
    if (status == LOWP_OK)
      status = lowp_element_encode_n(lowp_dtype_element(dtype), NULL, 0, 0, n, values, codes);
    if (status == LOWP_OK) status = lowp_writer_write(writer, k, row * t->cols * size, codes, n * size, error);
  }
  free(codes);
  free(values);
  return status;
}

/* The tensors of one shard of the input (of all, with SIZE_MAX): one output file. */
static lowp_status write_shard(tool_source *source, size_t shard, const settings *s, const char *path,
                               lowp_shards *shards, lowp_error *error) {
  size_t count = lowp_model_count(source->model), n = 0;
  lowp_tensor_spec *specs = tool_alloc(count, sizeof *specs);
  size_t *which = tool_alloc(count, sizeof *which);
  lowp_dtype dtype = dtypes[s->dtype];
  for (size_t i = 0; i < count; i++) {
    const lowp_model_tensor *t = lowp_model_get(source->model, i);
    if (shard != SIZE_MAX && lowp_file_get(source->file, t->parts[0].file_index)->shard != shard) continue;
    if (tool_transforms_hides(source, i)) continue;
    which[n] = i;
    specs[n++] = (lowp_tensor_spec){t->name, is_quantized(t) ? dtype : t->dtype, t->rank, t->shape};
  }
  lowp_pair metadata = {"format", "pt"};
  lowp_write_options write = {.struct_size = sizeof write, .replace = s->force, .metadata_count = 1, .metadata = &metadata};
  lowp_writer *writer = NULL;
  lowp_status status = shards != NULL ? lowp_shards_writer(shards, path, &write, n, specs, &writer, error)
                                      : lowp_writer_create(path, &write, n, specs, &writer, error);
  for (size_t k = 0; k < n && status == LOWP_OK; k++) {
    const lowp_model_tensor *t = lowp_model_get(source->model, which[k]);
    const lowp_file_tensor *plain = lowp_file_get(source->file, t->parts[0].file_index);
    status = is_quantized(t) ? write_values(source, which[k], dtype, writer, k, error)
                             : lowp_writer_write(writer, k, 0, plain->data, plain->nbytes, error);
    lowp_model_release(source->model, which[k]);
  }
  if (status == LOWP_OK) status = lowp_writer_commit(writer, error);
  if (status != LOWP_OK) lowp_writer_abort(writer);
  free(which);
  free(specs);
  return status;
}

static lowp_status write_directory(tool_source *source, const settings *s, const char *path, lowp_error *error) {
  lowp_write_options write = {.struct_size = sizeof write, .replace = s->force};
  lowp_shards *shards = NULL;
  lowp_status status = lowp_shards_create(path, &write, LOWP_PARTIAL_DISCARD, &shards, error);
  for (size_t i = 0; i < lowp_file_shard_count(source->file) && status == LOWP_OK; i++) {
    const char *shard = lowp_file_shard_path(source->file, i), *slash = strrchr(shard, '/');
    status = write_shard(source, i, s, slash != NULL ? slash + 1 : shard, shards, error);
  }
  if (status == LOWP_OK) status = tool_copy_aside(source->file, lowp_shards_directory(shards), true, error);
  if (status == LOWP_OK) status = lowp_shards_commit(shards, error);
  if (status != LOWP_OK) lowp_shards_abort(shards, 0);
  return status;
}

int main(int argc, char **argv) {
  settings s = {0};
  tool_source source;
  int rest;
  tool_begin("lowp-dequant");
  int code = tool_parse(&program, argc, argv, &s, &rest);
  if (code >= 0) return tool_end(code);
  if (argc - rest != 1) return tool_fail(TOOL_USAGE, "one input is needed; see --help");
  tool_quiet = s.quiet;
  code = tool_source_open(&source, argv[rest], &s.raw, false);
  if (code != TOOL_OK) return code;
  code = tool_transforms_open(&source);
  if (code != TOOL_OK) {
    tool_source_close(&source);
    return code;
  }

  lowp_error error = {0};
  lowp_container kind = lowp_file_container(source.file);
  bool directory = kind == LOWP_CONTAINER_INDEX || kind == LOWP_CONTAINER_DIRECTORY;
  const char *type = dtype_names[s.dtype];
  char *output = s.output != NULL ? tool_format("%s", s.output) : default_output(&source, directory, type);
  lowp_status status;
  if (lowp_file_is_input(source.file, output)) {
    code = tool_fail(TOOL_USAGE, "%s: the output would replace the input; choose another with -o", tool_safe(output));
  } else {
    status = directory ? write_directory(&source, &s, output, &error)
                       : write_shard(&source, SIZE_MAX, &s, output, NULL, &error);
    code = status == LOWP_OK ? TOOL_OK : tool_fail_status(status, &error);
  }
  if (code == TOOL_OK) {
    size_t count = lowp_model_count(source.model), decoded = 0, hidden = 0;
    for (size_t i = 0; i < count; i++) {
      decoded += is_quantized(lowp_model_get(source.model, i));
      hidden += tool_transforms_hides(&source, i);
    }
    tool_note("%s: %zu tensors to %s, %zu copied", tool_safe(output), decoded, type, count - decoded - hidden);
  }
  free(output);
  tool_source_close(&source);
  return tool_end(code);
}
