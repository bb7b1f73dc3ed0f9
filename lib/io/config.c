/* SPDX-License-Identifier: Apache-2.0 */
/* config.c: the quantization_config of a model, from the schemes of its modules. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "io/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/io_internal.h"

const char *lowpi_config_strategy(const lowp_scheme_info *scheme) {
  if (scheme->block_rows == 0) return "tensor";
  if (scheme->block_rows > 1) return "block";
  if (scheme->block_cols == 0) return "channel";
  return scheme->tensor_scale ? "tensor_group" : "group";
}

const char *lowpi_config_type(const lowp_scheme_info *scheme) {
  return lowp_element_row_of(scheme->element).kind == LOWP_KIND_FIXED ? "int" : "float";
}

int lowpi_config_bits(const lowp_scheme_info *scheme) { return lowp_element_row_of(scheme->element).bits; }

/*
 * The smallest set of keys: readers refuse keys they do not know, and older ones know fewer. scale_dtype is there for
 * the MX formats alone, whose readers tell them by it.
 */
static json_t *arguments(const lowp_scheme_info *scheme, const char *strategy, uint32_t group, bool dynamic) {
  json_t *args =
      json_pack("{s:i, s:s, s:b, s:s}", "num_bits", lowpi_config_bits(scheme), "type", lowpi_config_type(scheme),
                "symmetric", dynamic || scheme->zero == LOWP_ZERO_NONE, "strategy", strategy);
  if (group) json_object_set_new(args, "group_size", json_integer(group));
  json_object_set_new(args, "dynamic", json_boolean(dynamic));
  if (scheme->scale == LOWP_E8M0) json_object_set_new(args, "scale_dtype", json_string("torch.uint8"));
  return args;
}

static json_t *weights(const lowp_scheme_info *scheme, const lowp_config_options *options) {
  const bool block = scheme->block_rows > 1;
  json_t *args = arguments(scheme, lowpi_config_strategy(scheme), block ? 0 : scheme->block_cols, false);
  if (!block) return args;
  json_t *structure = options->block_structure_text
                          ? json_sprintf("%ux%u", (unsigned)scheme->block_rows, (unsigned)scheme->block_cols)
                          : json_pack("[i, i]", (int)scheme->block_rows, (int)scheme->block_cols);
  json_object_set_new(args, "block_structure", structure);
  return args;
}

/* JSON null for weights only. */
static json_t *activations(const lowp_scheme_info *scheme, lowp_activations choice) {
  if (choice == LOWP_ACTIVATIONS_NONE) return json_null();
  if (scheme->block_cols == 0) return arguments(scheme, "token", 0, true);
  if (scheme->block_rows > 1) return arguments(scheme, "group", scheme->block_cols, true);
  return choice == LOWP_ACTIVATIONS_SAME ? arguments(scheme, "group", scheme->block_cols, true) : json_null();
}

/* --- modules --- */

static bool quantized(lowp_scheme scheme) {
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  return info && info->family != LOWP_FAMILY_CAST;
}

static size_t module_length(const char *name) {
  static const char suffix[] = ".weight";
  const size_t n = strlen(name), s = sizeof suffix - 1;
  return n > s && strcmp(name + n - s, suffix) == 0 ? n - s : n;
}

static json_t *module_name(const char *name) { return json_stringn(name, module_length(name)); }

static lowp_status check_modules(lowp_layout layout, size_t count, const lowp_config_module *modules,
                                 lowp_activations choice, lowp_error *error) {
  size_t found = 0;
  for (size_t i = 0; i < count; i++) {
    const lowp_scheme_info *info = lowp_scheme_info_of(modules[i].scheme);
    if (!modules[i].name || (!info && modules[i].scheme != LOWP_SCHEME_NONE))
      return lowpi_fail(error, LOWP_E_ARGUMENT, "module %zu has %s", i,
                        modules[i].name ? "an unknown scheme" : "no name");
    if (!quantized(modules[i].scheme)) continue;
    found++;
    if (!lowp_layout_supports(layout, info->id))
      return lowpi_fail(error, LOWP_E_UNSUPPORTED, LOWPI_NAME ": layout %s has no form for %s; use --layout lowp",
                        modules[i].name, lowp_layout_info_of(layout)->name, info->name);
    if (choice == LOWP_ACTIVATIONS_SAME && info->tensor_scale)
      return lowpi_fail(error, LOWP_E_CONSTRAINT,
                        LOWPI_NAME ": %s activations need a calibrated input scale; leave them in 16 bits",
                        modules[i].name, info->name);
  }
  return found ? LOWP_OK
               : lowpi_fail(error, LOWP_E_CONSTRAINT, "no module is quantized, so there is nothing to configure");
}

/* --- compressed-tensors --- */

static json_t *ct_group(json_t *targets, const lowp_scheme_info *scheme, bool mixed,
                        const lowp_config_options *options) {
  json_t *group = json_object();
  json_object_set_new(group, "targets", targets);
  if (mixed) json_object_set_new(group, "format", json_string(lowp_layout_ct_format(scheme->id)));
  json_object_set_new(group, "weights", weights(scheme, options));
  json_object_set_new(group, "input_activations", activations(scheme, options->activations));
  return group;
}

static json_t *ct_config(size_t count, const lowp_config_module *modules, const lowp_config_options *options) {
  json_t *targets[LOWP_SCHEME_COUNT] = {NULL}, *ignore = json_array(), *groups = json_object();
  size_t schemes = 0;
  const char *format = NULL;
  for (size_t i = 0; i < count; i++) {
    const lowp_scheme scheme = modules[i].scheme;
    if (quantized(scheme) && !targets[scheme]) {
      targets[scheme] = json_array();
      schemes++;
      format = lowp_layout_ct_format(scheme);
    }
    json_array_append_new(quantized(scheme) ? targets[scheme] : ignore, module_name(modules[i].name));
  }
  const bool mixed = schemes > 1;
  /* Groups are numbered in the order in which their first modules come. */
  size_t group = 0;
  for (size_t i = 0; i < count; i++) {
    const lowp_scheme scheme = modules[i].scheme;
    if (!quantized(scheme) || !targets[scheme]) continue;
    char key[32];
    snprintf(key, sizeof key, "group_%zu", group++);
    json_t *list = targets[scheme];
    targets[scheme] = NULL;
    if (!mixed) {
      json_decref(list);
      list = json_pack("[s]", "Linear");
    }
    json_object_set_new(groups, key, ct_group(list, lowp_scheme_info_of(scheme), mixed, options));
  }
  return json_pack("{s:s, s:s, s:s, s:o, s:n, s:o}", "quant_method", "compressed-tensors", "format",
                   mixed ? "mixed-precision" : format, "quantization_status", "compressed", "config_groups", groups,
                   "kv_cache_scheme", "ignore", ignore);
}

/* --- gpt-oss --- */

/* The name with every component of digits alone replaced by '*', as the published files write it. */
static json_t *starred(const char *name) {
  const size_t n = module_length(name);
  char *text = malloc(n + 1);
  if (!text) return NULL;
  size_t used = 0;
  for (size_t i = 0; i < n;) {
    size_t end = i, digits = 0;
    for (; end < n && name[end] != '.'; end++) digits += name[end] >= '0' && name[end] <= '9';
    if (digits && digits == end - i)
      text[used++] = '*';
    else
      for (; i < end; i++) text[used++] = name[i];
    i = end;
    if (i < n) text[used++] = name[i++];
  }
  json_t *result = json_stringn(text, used);
  free(text);
  return result;
}

static json_t *gptoss_config(size_t count, const lowp_config_module *modules) {
  json_t *list = json_array(), *seen = json_object(), *taken = json_object();
  for (size_t i = 0; i < count; i++) {
    json_t *name = quantized(modules[i].scheme) ? starred(modules[i].name) : NULL;
    if (name) json_object_set_new(taken, json_string_value(name), json_true());
    json_decref(name);
  }
  for (size_t i = 0; i < count; i++) {
    if (quantized(modules[i].scheme)) continue;
    json_t *name = starred(modules[i].name);
    /* A pattern that would also cover a quantized module gives way to the exact name. */
    if (name && json_object_get(taken, json_string_value(name))) {
      json_decref(name);
      name = module_name(modules[i].name);
    }
    if (name && !json_object_get(seen, json_string_value(name))) {
      json_object_set_new(seen, json_string_value(name), json_true());
      json_array_append(list, name);
    }
    json_decref(name);
  }
  json_decref(seen);
  json_decref(taken);
  return json_pack("{s:s, s:o}", "quant_method", "mxfp4", "modules_to_not_convert", list);
}

lowp_status lowpi_config_make(lowp_layout layout, size_t count, const lowp_config_module *modules,
                              const lowp_config_options *options, json_t **out, lowp_error *error) {
  static const lowp_config_options defaults = {.struct_size = sizeof defaults};
  if (!options) options = &defaults;
  if ((count && !modules) || options->struct_size != sizeof *options ||
      (unsigned)options->activations > LOWP_ACTIVATIONS_SAME)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "no modules, or unknown options");
  if (layout != LOWP_LAYOUT_CT && layout != LOWP_LAYOUT_GPTOSS)
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, "layout %s has no quantization_config",
                      lowp_layout_info_of(layout) ? lowp_layout_info_of(layout)->name : "?");
  lowp_status status = check_modules(layout, count, modules, options->activations, error);
  if (status) return status;
  *out = layout == LOWP_LAYOUT_CT ? ct_config(count, modules, options) : gptoss_config(count, modules);
  return *out ? LOWP_OK : lowpi_fail(error, LOWP_E_NOMEM, "not enough memory for the quantization_config");
}

lowp_status lowp_config_text(lowp_layout layout, size_t count, const lowp_config_module *modules,
                             const lowp_config_options *options, char **text, lowp_error *error) {
  if (!text) return lowpi_fail(error, LOWP_E_ARGUMENT, "no place for the text given");
  json_t *config = NULL;
  lowp_status status = lowpi_config_make(layout, count, modules, options, &config, error);
  if (status) return status;
  char *made = lowpi_json_text(config, false);
  json_decref(config);
  if (!made) return lowpi_fail(error, LOWP_E_NOMEM, "not enough memory for the quantization_config");
  *text = made;
  return LOWP_OK;
}
