/* SPDX-License-Identifier: Apache-2.0 */
/* config.h: the quantization_config of config.json, written and read. */
#ifndef LOWPI_IO_CONFIG_H
#define LOWPI_IO_CONFIG_H

#include <lowp/layout.h>

#include "io/json.h"

/* config.json has a line or two per module of the model at most. */
#define LOWPI_MAX_CONFIG 67108864u

/* How compressed-tensors names the arguments of a scheme's weights. */
const char *lowpi_config_strategy(const lowp_scheme_info *scheme);
const char *lowpi_config_type(const lowp_scheme_info *scheme);
int lowpi_config_bits(const lowp_scheme_info *scheme);

/* The object itself, see lowp_config_text(). *out is the caller's (json_decref). */
lowp_status lowpi_config_make(lowp_layout layout, size_t count, const lowp_config_module *modules,
                              const lowp_config_options *options, json_t **out, lowp_error *error);

/* The text of a JSON object with "quantization_config" set to `config`; *out is the caller's (free), not terminated. */
lowp_status lowpi_config_splice(const char *from, const void *bytes, size_t n, const json_t *config, bool replace,
                                char **out, size_t *length, lowp_error *error);

/* What a config.json says that matters for recognising tensors. */
typedef struct lowpi_config {
  bool quantized;                /* there is a quantization_config */
  bool understood;               /* its quant_method is one of those read here */
  char method[40];               /* shortened, for messages */
  bool named[LOWP_SCHEME_COUNT]; /* schemes that its groups describe */
} lowpi_config;

/* An empty *config if the file does not exist and `optional` is set. */
lowp_status lowpi_config_read(const char *path, bool optional, lowpi_config *config, lowp_error *error);

#endif
