/* SPDX-License-Identifier: Apache-2.0 */
/* config_read.c: what the quantization_config of an existing model says. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/config.h"
#include "io/io_internal.h"

/* Quant methods whose tensors are recognised; "fp8" is that of DeepSeek. */
static const char *const methods[] = {"compressed-tensors", "mxfp4", "modelopt", "fp8", NULL};

/* Marks the schemes whose weights are described by the "weights" object of a group. */
static void name_schemes(json_t *weights, lowpi_config *config) {
  const char *type = json_string_value(json_object_get(weights, "type"));
  const char *strategy = json_string_value(json_object_get(weights, "strategy"));
  const json_int_t bits = json_integer_value(json_object_get(weights, "num_bits"));
  const json_int_t group = json_integer_value(json_object_get(weights, "group_size"));
  if (!type || !strategy) return;
  for (int id = LOWP_SCHEME_NONE + 1; id < LOWP_SCHEME_COUNT; id++) {
    const lowp_scheme_info *scheme = lowp_scheme_info_of((lowp_scheme)id);
    if (!lowp_layout_ct_format(scheme->id) || bits != lowpi_config_bits(scheme) ||
        strcmp(type, lowpi_config_type(scheme)) != 0 || strcmp(strategy, lowpi_config_strategy(scheme)) != 0)
      continue;
    const bool grouped = strstr(strategy, "group") != NULL;
    if (!grouped || group == (json_int_t)scheme->block_cols) config->named[id] = true;
  }
}

lowp_status lowpi_config_read(const char *path, bool optional, lowpi_config *config, lowp_error *error) {
  *config = (lowpi_config){.quantized = false};
  if (optional && access(path, F_OK) != 0) return LOWP_OK;
  json_t *root = NULL;
  lowp_status status = lowpi_json_load(path, "configuration", LOWPI_MAX_CONFIG, &root, error);
  if (status) return status;
  json_t *quantization = json_object_get(root, "quantization_config");
  if (json_is_object(quantization)) {
    const char *method = json_string_value(json_object_get(quantization, "quant_method"));
    config->quantized = true;
    snprintf(config->method, sizeof config->method, "%s", method ? method : "");
    for (int i = 0; methods[i]; i++) config->understood |= strcmp(config->method, methods[i]) == 0;
    const char *key;
    json_t *group;
    json_object_foreach(json_object_get(quantization, "config_groups"), key, group)
        name_schemes(json_object_get(group, "weights"), config);
  }
  json_decref(root);
  return LOWP_OK;
}
