/* SPDX-License-Identifier: Apache-2.0 */
/* opts.c: the options of a quantization: defaults, presets, and what goes together. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/quant_internal.h"
#include <float.h>

void lowp_quant_opts_init(lowp_quant_opts *opts, lowp_scheme scheme) {
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  *opts = (lowp_quant_opts){
      .struct_size = sizeof *opts,
      .compat = LOWP_COMPAT_LOWP,
      .round = info ? (lowp_round)lowp_encode_default(info->element).round : LOWP_ROUND_RNE,
      .tensor_scale = 1.0f,
      .nvfp4_scale_max = 448.0f,
      .nvfp4_target = 6.0f,
      .hif8_target = LOWPI_HIF8_TARGET,
      .sr_bits = 32,
  };
}

lowp_status lowp_quant_opts_compat(lowp_quant_opts *opts, lowp_scheme scheme, lowp_compat compat) {
  if (!opts || !lowp_scheme_info_of(scheme) || (unsigned)compat >= LOWP_COMPAT_COUNT) return LOWP_E_ARGUMENT;
  const lowpi_compat_row *row = lowpi_compat_row_of(compat, scheme);
  if (!row && compat != LOWP_COMPAT_LOWP) return LOWP_E_UNSUPPORTED;
  lowp_quant_opts_init(opts, scheme);
  if (!row) return LOWP_OK;
  opts->compat = compat;
  opts->round = (lowp_round)row->round;
  opts->scale_rule = (lowp_scale_rule)row->scale_rule;
  opts->int_range = (lowp_int_range)row->int_range;
  opts->tensor_scale_from = (lowp_tensor_scale_from)row->tensor_scale_from;
  if (row->nvfp4_scale_max > 0) opts->nvfp4_scale_max = row->nvfp4_scale_max;
  if (row->nvfp4_target > 0) opts->nvfp4_target = row->nvfp4_target;
  if (row->hif8_target > 0) opts->hif8_target = row->hif8_target;
  return LOWP_OK;
}

/* The scale rules each family has; the first is what LOWP_SCALE_DEFAULT means. */
#define BIT(rule) (1u << LOWP_SCALE_##rule)
static const struct {
  lowp_scale_rule standard;
  unsigned legal;
} family_rules[LOWP_FAMILY_COUNT] = {
    [LOWP_FAMILY_MX] = {LOWP_SCALE_FLOOR, BIT(FLOOR) | BIT(CEIL) | BIT(RCEIL) | BIT(EVEN) | BIT(MSE)},
    [LOWP_FAMILY_NVFP4] = {LOWP_SCALE_AMAX, BIT(AMAX) | BIT(MSE) | BIT(FOUR_OVER_SIX)},
    [LOWP_FAMILY_HIF4] = {LOWP_SCALE_AMAX, BIT(AMAX) | BIT(MSE)},
    [LOWP_FAMILY_SCALED] = {LOWP_SCALE_AMAX, BIT(AMAX) | BIT(MSE)},
    [LOWP_FAMILY_CAST] = {LOWP_SCALE_AMAX, BIT(AMAX)},
};

static bool in(float x, float above, float most) { return x > above && x <= most; }

static bool known_enums(const lowp_quant_opts *o) {
  return (unsigned)o->compat < LOWP_COMPAT_COUNT && (unsigned)o->round <= LOWP_ROUND_STOCHASTIC &&
         (unsigned)o->scale_rule <= LOWP_SCALE_FOUR_OVER_SIX && (unsigned)o->metric <= LOWP_METRIC_MAX &&
         (unsigned)o->nan_policy <= LOWP_NONFINITE_ZERO && (unsigned)o->int_range <= LOWP_INT_RANGE_127_5 &&
         (unsigned)o->tensor_scale_from <= LOWP_TENSOR_SCALE_GIVEN;
}

static lowp_status check_ranges(const lowp_quant_opts *o, lowp_error *error) {
  if (o->tensor_scale_from == LOWP_TENSOR_SCALE_AMAX && !(o->tensor_amax >= 0 && o->tensor_amax <= FLT_MAX))
    return lowpi_fail(error, LOWP_E_RANGE, "tensor_amax must be finite and not negative");
  if (o->tensor_scale_from == LOWP_TENSOR_SCALE_GIVEN && !in(o->tensor_scale, 0, FLT_MAX))
    return lowpi_fail(error, LOWP_E_RANGE, "tensor_scale must be finite and above 0");
  if (!in(o->nvfp4_scale_max, 0, 448)) return lowpi_fail(error, LOWP_E_RANGE, "nvfp4_scale_max must be in (0, 448]");
  if (!in(o->nvfp4_target, 0, 6)) return lowpi_fail(error, LOWP_E_RANGE, "nvfp4_target must be in (0, 6]");
  if (!in(o->hif8_target, 0, 32768)) return lowpi_fail(error, LOWP_E_RANGE, "hif8_target must be in (0, 32768]");
  if (o->sr_bits < 1 || o->sr_bits > 32) return lowpi_fail(error, LOWP_E_RANGE, "sr_bits must be 1..32");
  return LOWP_OK;
}

lowp_status lowp_quant_opts_check(const lowp_quant_opts *o, lowp_scheme scheme, lowp_error *error) {
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  if (!info) return lowpi_fail(error, LOWP_E_ARGUMENT, "unknown scheme %d", (int)scheme);
  if (!o || o->struct_size != sizeof *o)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "options are not initialised (struct_size)");
  if (!known_enums(o)) return lowpi_fail(error, LOWP_E_ARGUMENT, "an option has a value outside its enumeration");
  if (o->compat != LOWP_COMPAT_LOWP && !lowpi_compat_row_of(o->compat, scheme))
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, "compat: %s has no preset for %s", lowp_compat_name(o->compat),
                      info->name);
  if (o->scale_rule != LOWP_SCALE_DEFAULT && !(family_rules[info->family].legal >> o->scale_rule & 1))
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, "scale_rule: %s has no such rule", info->name);
  if (info->family == LOWP_FAMILY_SCALED && o->scale_rule == LOWP_SCALE_MSE && o->compat != LOWP_COMPAT_LOWP)
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, "scale_rule: no search under the preset %s",
                      lowp_compat_name(o->compat));
  bool one_scale = info->tensor_scale || (info->family == LOWP_FAMILY_SCALED && !info->block_rows && !info->block_cols);
  if (o->tensor_scale_from != LOWP_TENSOR_SCALE_MEASURE && !one_scale)
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, "tensor_scale_from: %s has no scale of the whole tensor", info->name);
  if (o->int_range != LOWP_INT_RANGE_127 && (info->element != LOWP_INT8 || info->zero != LOWP_ZERO_NONE))
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, "int_range: %s is not symmetric INT8", info->name);
  return check_ranges(o, error);
}

lowp_status lowpi_quant_opts_resolve(const lowp_quant_opts *opts, lowp_scheme scheme, lowp_quant_opts *out,
                                     lowp_error *error) {
  lowp_quant_opts defaults;
  if (!opts) {
    lowp_quant_opts_init(&defaults, scheme);
    opts = &defaults;
  }
  lowp_status status = lowp_quant_opts_check(opts, scheme, error);
  if (status != LOWP_OK) return status;
  *out = *opts;
  if (out->scale_rule == LOWP_SCALE_DEFAULT)
    out->scale_rule = family_rules[lowp_scheme_info_of(scheme)->family].standard;
  return LOWP_OK;
}
