/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/aside.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "tools/common.h"

bool tool_is_weight_file(const char *name) {
  static const char *const endings[] = {".safetensors", ".safetensors.index.json", ".bin", ".bin.index.json", ".pt", ".pth",
                                        ".ckpt", ".gguf", ".onnx", ".onnx_data", ".h5", ".msgpack", ".npz", ".npy", ".pkl"};
  size_t length = strlen(name);
  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
    size_t ending = strlen(endings[i]);
    if (length >= ending && strcasecmp(name + length - ending, endings[i]) == 0) return true;
  }
  return false;
}

/* A copy of config.json without what says that the weights are quantized. */
static lowp_status copy_config(const char *from, const char *to, lowp_error *error) {
  json_error_t where;
  lowp_write_options replace = {.struct_size = sizeof replace, .replace = 1};
  json_t *config = json_load_file(from, JSON_REJECT_DUPLICATES, &where);
  if (!json_is_object(config)) {
    json_decref(config);
    snprintf(error->text, sizeof error->text, "%s: line %d: %s", tool_safe(from), where.line,
             where.text[0] != 0 ? where.text : "no JSON object");
    return error->status = LOWP_E_FORMAT;
  }
  json_object_del(config, "quantization_config");
  char *text = json_dumps(config, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
  lowp_status status = text == NULL ? LOWP_E_NOMEM : lowp_write_file(to, &replace, text, strlen(text), error);
  free(text);
  json_decref(config);
  return status;
}

static lowp_status copy_one(const char *from, const char *to, const char *name, bool drop_config, lowp_error *error) {
  lowp_write_options replace = {.struct_size = sizeof replace, .replace = 1};
  struct stat info;
  if (stat(from, &info) != 0 || !S_ISREG(info.st_mode)) {
    tool_note("not copied: %s (no regular file)", tool_safe(from));
    return LOWP_OK;
  }
  if (tool_is_weight_file(name)) {
    if (strcasestr(name, ".safetensors") == NULL) tool_note("not copied: %s (other weights)", tool_safe(from));
    return LOWP_OK;
  }
  if (drop_config && strcmp(name, "config.json") == 0) return copy_config(from, to, error);
  if (drop_config && strcmp(name, "hf_quant_config.json") == 0) return LOWP_OK;
  return lowp_copy_file(from, to, &replace, error);
}

lowp_status tool_copy_aside(const lowp_file *file, const char *directory, bool drop_config, lowp_error *error) {
  const char *source = lowp_file_directory(file);
  DIR *listing = opendir(source);
  if (listing == NULL) {
    snprintf(error->text, sizeof error->text, "%s: %s", tool_safe(source), strerror(errno));
    return error->status = LOWP_E_IO;
  }
  lowp_status status = LOWP_OK;
  struct dirent *entry;
  while (status == LOWP_OK && (entry = readdir(listing)) != NULL) {
    if (entry->d_name[0] == '.') continue;
    char *from = tool_format("%s/%s", source, entry->d_name), *to = tool_format("%s/%s", directory, entry->d_name);
    status = copy_one(from, to, entry->d_name, drop_config, error);
    free(to);
    free(from);
  }
  closedir(listing);
  return status;
}
