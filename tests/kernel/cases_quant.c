/* SPDX-License-Identifier: Apache-2.0 */
/* cases_quant.c: cases of the row kernels, quantize_ and dequantize_, for every scheme of the family in their name. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernel/checker.h"
#include "quant/quant_internal.h"

#include <math.h>
#include <stdio.h>

enum { MOST = 4224, CASES = (LOWPT_TAIL + 1 + 4) * LOWPT_PLACES, FLOAT = sizeof(float) };

static const char *const families[LOWP_FAMILY_COUNT] = {
    [LOWP_FAMILY_MX] = "mx",         [LOWP_FAMILY_NVFP4] = "nvfp4", [LOWP_FAMILY_HIF4] = "hif4",
    [LOWP_FAMILY_SCALED] = "scaled", [LOWP_FAMILY_CAST] = "cast",
};

static bool in_family(const char *op, int id) {
  const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
  return info && strcmp(strchr(op, '_') + 1, families[info->family]) == 0;
}
static bool any_family(const char *op, int id) {
  (void)op;
  return lowp_scheme_info_of((lowp_scheme)id) != NULL;
}
static const char *scheme_name(int id) { return lowp_scheme_info_of((lowp_scheme)id)->name; }

/* Options that the scheme accepts: a preset or none, then fields changed at random as long as they pass the check. */
static lowp_quant_opts some_opts(lowpt_case *c, lowp_scheme scheme) {
  lowp_quant_opts o, resolved;
  if (lowp_quant_opts_compat(&o, scheme, (lowp_compat)lowpt_below(&c->rng, LOWP_COMPAT_COUNT)) != LOWP_OK)
    lowp_quant_opts_init(&o, scheme);
  o.seed = lowpt_u32(&c->rng);
  o.sr_bits = 1 + lowpt_below(&c->rng, 32);
  for (int i = 0; i < 4; i++) {
    lowp_quant_opts next = o;
    switch (lowpt_below(&c->rng, 6)) {
    case 0: next.round = (lowp_round)lowpt_below(&c->rng, LOWP_ROUND_STOCHASTIC + 1); break;
    case 1: next.scale_rule = (lowp_scale_rule)lowpt_below(&c->rng, LOWP_SCALE_FOUR_OVER_SIX + 1); break;
    case 2: next.metric = (lowp_search_metric)lowpt_below(&c->rng, LOWP_METRIC_MAX + 1); break;
    case 3: next.nan_policy = (lowp_nan_policy)lowpt_below(&c->rng, LOWP_NONFINITE_ZERO + 1); break;
    case 4: next.int_range = (lowp_int_range)lowpt_below(&c->rng, LOWP_INT_RANGE_127_5 + 1); break;
    default: next.hif8_target = ldexpf(1.0f, (int)lowpt_below(&c->rng, 16)); break;
    }
    if (lowp_quant_opts_check(&next, scheme, NULL) == LOWP_OK) o = next;
  }
  return lowpi_quant_opts_resolve(&o, scheme, &resolved, NULL) == LOWP_OK ? resolved : o;
}

typedef struct setting {
  lowp_qtensor q;
  lowp_planes planes;
  lowp_quant_opts opts;
  lowpk_job job;
  size_t row;
} setting;

/* One row of some width; NVFP4 gets a tensor scale that suits, or does not suit, the row. */
static bool some_setting(lowpt_case *c, setting *s) {
  size_t cols = lowpt_case_size(c);
  lowp_scheme scheme = (lowp_scheme)c->subject;
  s->q = (lowp_qtensor){.struct_size = sizeof s->q, .scheme = scheme, .rows = 1, .cols = cols + (cols == 0),
                        .tensor_scale = 1, .tensor_scale_inv = 1};
  if (lowp_scheme_planes(scheme, 1, s->q.cols, &s->planes) != LOWP_OK || s->planes.cols_padded > MOST) return false;
  s->opts = some_opts(c, scheme);
  s->row = lowpt_below(&c->rng, 4) ? lowpt_below(&c->rng, 100) : 0;
  if (lowp_scheme_info_of(scheme)->tensor_scale) {
    float amax = (float)fabs(lowpt_normal(&c->rng)) * ldexpf(1.0f, (int)lowpt_below(&c->rng, 40) - 20);
    if (lowpt_below(&c->rng, 4)) {
      lowpi_nvfp4_tensor_scale(&s->opts, amax, &s->q.tensor_scale, &s->q.tensor_scale_inv);
      s->q.tensor_amax = amax;
    }
  }
  s->job = lowpi_job_of(&s->opts, &s->q);
  return true;
}

static void describe(lowpt_case *c, const setting *s, const void *x, const void *codes) {
  snprintf(c->text, sizeof c->text,
           "cols %zu, row %zu, compat %s, round %d rule %d metric %d nan %d range %d, x %% 64 = %zu, codes %% 64 = %zu",
           s->q.cols, s->row, lowp_compat_name(s->opts.compat), (int)s->opts.round, (int)s->opts.scale_rule,
           (int)s->opts.metric, (int)s->opts.nan_policy, (int)s->opts.int_range, (size_t)((uintptr_t)x % 64),
           (size_t)((uintptr_t)codes % 64));
}

/* Scales and zero points as a file could hold them: mostly sensible, sometimes any bits. */
static void some_scales(lowpt_case *c, const setting *s, uint8_t *scales, uint8_t zero[4]) {
  const lowp_scheme_info *info = s->job.scheme;
  for (size_t i = 0; i < s->planes.scales_stride; i++) scales[i] = (uint8_t)lowpt_u32(&c->rng);
  if (info->scale == LOWP_E4M3FN && lowpt_below(&c->rng, 4)) /* positive numbers */
    for (size_t i = 0; i < s->planes.scales_stride; i++) scales[i] = (uint8_t)(1 + lowpt_below(&c->rng, 0x7e));
  if (info->scale == LOWP_E8M0 && lowpt_below(&c->rng, 4))
    for (size_t i = 0; i < s->planes.scales_stride; i++) scales[i] = (uint8_t)(64 + lowpt_below(&c->rng, 128));
  if (info->scale == LOWP_F32 && lowpt_below(&c->rng, 4)) {
    const bool few_bits = lowpt_below(&c->rng, 2) == 0; /* products that lie half way between two bf16 */
    for (size_t i = 0; i + FLOAT <= s->planes.scales_stride; i += FLOAT) {
      float scale = (float)(lowpt_unit(&c->rng) + 1) * ldexpf(1.0f, (int)lowpt_below(&c->rng, 30) - 20);
      if (few_bits) scale = lowp_f32_from_bits(lowp_f32_bits(scale) & 0xfffe0000u);
      memcpy(scales + i, &scale, FLOAT);
    }
  }
  int32_t point = (int32_t)lowpt_below(&c->rng, 256) - 128;
  float offset = (float)(lowpt_unit(&c->rng) * 255 - 128);
  if (info->zero == LOWP_ZERO_F32)
    memcpy(zero, &offset, 4);
  else
    memcpy(zero, &point, 4);
}

/* From f32 by the kernel of the family, or from bf16 or f16 by the one for all. */
static void quantize(lowpt_function *kernel, lowp_element from, const setting *s, const void *x, uint8_t *codes,
                     uint8_t *scales, void *zero) {
  if (from == LOWP_F32)
    ((lowpk_quantize_fn *)kernel)(&s->job, s->row, x, codes, scales, zero);
  else
    ((lowpk_quantize16_fn *)kernel)(&s->job, from, s->row, x, codes, scales, zero);
}

static bool run_quantize_from(lowpt_case *c, lowp_element from) {
  const size_t size = lowp_element_size(from);
  static float x[MOST];
  static uint16_t halves[MOST];
  static uint8_t codes[MOST * 2], scales[MOST * 4], zero[4];
  setting s;
  if (!some_setting(c, &s)) return false;
  const lowp_scheme_info *info = s.job.scheme;
  if (from != LOWP_F32) {
    if (s.opts.round == LOWP_ROUND_STOCHASTIC) s.opts.round = LOWP_ROUND_RNE;
    if (info->family == LOWP_FAMILY_SCALED && !info->block_cols) s.job.scales_ready = 1;
  }
  lowpt_case_floats(c, info->element, s.opts.nan_policy != LOWP_NONFINITE_PROPAGATE, s.q.cols, x);
  for (size_t i = s.q.cols; i < s.planes.cols_padded; i++) x[i] = 0;
  if (from != LOWP_F32) lowpk_encode_generic(from, lowp_encode_default(from), 0, 0, s.planes.cols_padded, x, halves);
  const void *source = from == LOWP_F32 ? (const void *)x : halves;
  size_t zero_bytes = info->zero == LOWP_ZERO_NONE ? 0 : 4;
  if (s.job.scales_ready) some_scales(c, &s, scales, zero);
  lowpt_guard ready = {0}, ready_zero = {0};
  if (s.job.scales_ready) {
    ready = lowpt_case_buffer(c, scales, s.planes.scales_stride, 1);
    ready_zero = lowpt_case_buffer(c, zero, zero_bytes, 1);
    lowpt_guard_protect(&ready, false); /* chosen before, and not to be touched */
    lowpt_guard_protect(&ready_zero, false);
  }
  quantize(c->reference, from, &s, source, codes, scales, zero_bytes ? zero : NULL);
  lowpt_guard in = lowpt_case_buffer(c, source, s.planes.cols_padded * size, from == LOWP_F32 ? FLOAT : 1);
  lowpt_guard out = lowpt_case_output(c, codes, s.planes.codes_stride, 1);
  lowpt_guard out_scales = s.job.scales_ready ? ready : lowpt_case_output(c, scales, s.planes.scales_stride, 1);
  lowpt_guard out_zero = s.job.scales_ready ? ready_zero : lowpt_case_output(c, zero, zero_bytes, 1);
  lowpt_guard_protect(&in, false);
  describe(c, &s, in.data, out.data);
  quantize(c->candidate, from, &s, in.data, out.data, out_scales.data, zero_bytes ? out_zero.data : NULL);
  bool ok = lowpt_case_same(&out, codes) && lowpt_case_same(&out_zero, zero) &&
            (info->scale == LOWP_F32 ? lowpt_case_same_floats : lowpt_case_same)(&out_scales, scales);
  lowpt_guard_free(&in);
  lowpt_guard_free(&out);
  lowpt_guard_free(&out_scales);
  lowpt_guard_free(&out_zero);
  return ok;
}

static bool run_quantize(lowpt_case *c) { return run_quantize_from(c, LOWP_F32); }
static bool run_quantize16(lowpt_case *c) {
  return run_quantize_from(c, lowpt_below(&c->rng, 3) ? LOWP_BF16 : LOWP_FP16);
}

/* To f32 by the kernel of the family, or to bf16 or f16 by the one for all. */
static void dequantize(lowpt_function *kernel, lowp_element to, const lowpk_job *job, const uint8_t *codes,
                       const uint8_t *scales, const void *zero, void *y) {
  if (to == LOWP_F32)
    ((lowpk_dequantize_fn *)kernel)(job, codes, scales, zero, y);
  else
    ((lowpk_dequantize16_fn *)kernel)(job, to, codes, scales, zero, y);
}

static bool run_dequantize_to(lowpt_case *c, lowp_element to) {
  const size_t size = lowp_element_size(to);
  static float want[MOST];
  static uint8_t codes[MOST * 2], scales[MOST * 4], zero[4];
  setting s;
  if (!some_setting(c, &s)) return false;
  const lowp_scheme_info *info = s.job.scheme;
  for (size_t i = 0; i < s.planes.codes_stride; i++) codes[i] = (uint8_t)lowpt_u32(&c->rng);
  some_scales(c, &s, scales, zero);
  bool has_zero = info->zero != LOWP_ZERO_NONE;
  dequantize(c->reference, to, &s.job, codes, scales, has_zero ? zero : NULL, want);
  lowpt_guard in = lowpt_case_buffer(c, codes, s.planes.codes_stride, 1);
  lowpt_guard in_scales = lowpt_case_buffer(c, scales, s.planes.scales_stride, 1);
  lowpt_guard in_zero = lowpt_case_buffer(c, zero, has_zero ? 4 : 0, 1);
  const size_t alignment = lowpt_below(&c->rng, 2) ? 64 : to == LOWP_F32 ? FLOAT : 1;
  lowpt_guard out = lowpt_case_output(c, want, s.planes.cols_padded * size, alignment);
  s.job.past_caches = alignment == 64 && (uintptr_t)out.data % 64 == 0;
  lowpt_guard_protect(&in, false);
  lowpt_guard_protect(&in_scales, false);
  lowpt_guard_protect(&in_zero, false);
  describe(c, &s, out.data, in.data);
  dequantize(c->candidate, to, &s.job, in.data, in_scales.data, has_zero ? in_zero.data : NULL, out.data);
  bool ok = to == LOWP_F32 ? lowpt_case_same_floats(&out, want) : lowpt_case_same(&out, want);
  lowpt_guard_free(&in);
  lowpt_guard_free(&in_scales);
  lowpt_guard_free(&in_zero);
  lowpt_guard_free(&out);
  return ok;
}

static bool run_dequantize(lowpt_case *c) { return run_dequantize_to(c, LOWP_F32); }
static bool run_dequantize16(lowpt_case *c) {
  return run_dequantize_to(c, lowpt_below(&c->rng, 2) ? LOWP_BF16 : LOWP_FP16);
}

const lowpt_op lowpt_op_quantize = {"quantize_", LOWP_SCHEME_COUNT, in_family, scheme_name, CASES, run_quantize};
const lowpt_op lowpt_op_quantize16 = {"quantize16", LOWP_SCHEME_COUNT, any_family, scheme_name, CASES, run_quantize16};
const lowpt_op lowpt_op_dequantize = {"dequantize_", LOWP_SCHEME_COUNT, in_family, scheme_name, CASES, run_dequantize};
const lowpt_op lowpt_op_dequantize16 = {"dequantize16", LOWP_SCHEME_COUNT, any_family, scheme_name, CASES,
                                        run_dequantize16};
