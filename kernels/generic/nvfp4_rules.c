/* SPDX-License-Identifier: Apache-2.0 */
/* nvfp4_rules.c: the rows of nvfp4.h. Read next to the table in docs/formats.md. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/nvfp4.h"

#include <float.h>

const float lowpk_e2m1_values[LOWPK_NVFP4_OPEN + 2] = {0.0f,  0.5f,  1.0f,  1.5f,  2.0f,  3.0f,  4.0f,  6.0f, -0.0f,
                                                       -0.5f, -1.0f, -1.5f, -2.0f, -3.0f, -4.0f, -6.0f, 8.0f, -8.0f};

/* --- base: the block scale in units of E4M3 ----------------------------------------------------------------------- */

static float over_target_dec(const lowpk_job *job, float a) {
  return a / (job->opts->nvfp4_target * job->tensor_scale);
}

static float over_target_over_dec(const lowpk_job *job, float a) {
  return a / job->opts->nvfp4_target / job->tensor_scale;
}

static float over_target_times_enc(const lowpk_job *job, float a) {
  return a / job->opts->nvfp4_target * job->tensor_scale_inv;
}

/* S times the reciprocal of six first, then amax: TransformerEngine folds the two constants of a tensor into one. */
static float times_folded_enc(const lowpk_job *job, float a) { return a * (job->tensor_scale_inv * (1.0f / 6.0f)); }

static float enc_times_sixth(const lowpk_job *job, float a) { return job->tensor_scale_inv * (a * (1.0f / 6.0f)); }

/* --- factor: what elements are divided by or multiplied with ------------------------------------------------------ */

static float scale_dec(const lowpk_job *job, float s) { return s * job->tensor_scale; }

static float scale_over_enc(const lowpk_job *job, float s) { return s / job->tensor_scale_inv; }

static float capped_reciprocal(const lowpk_job *job, float s) {
  float f = 1.0f / (s * (1.0f / job->tensor_scale_inv));
  return f < FLT_MAX ? f : FLT_MAX;
}

static float reciprocal_or_zero(const lowpk_job *job, float s) {
  float d = s * (1.0f / job->tensor_scale_inv);
  return d == 0.0f ? 0.0f : 1.0f / d;
}

static float enc_over_scale(const lowpk_job *job, float s) { return 1.0f / job->tensor_scale / s; }

/* --- cast: f32 to the scale byte ---------------------------------------------------------------------------------- */

static uint8_t cast_saturate(float base) { return (uint8_t)lowp_encode(LOWP_E4M3FN, base); }

static uint8_t cast_nan(float base) {
  lowp_encode_rules rules = {LOWP_ROUND_RNE, LOWP_OVERFLOW_NONFINITE, 0, 0, 0, 32};
  return (uint8_t)lowp_encode_with(LOWP_E4M3FN, base, rules, 0);
}

/*
 * ggml's unsigned E4M3: the bit below the mantissa is added to it, so ties go up; from 2^8 on everything is 448; below
 * the normals x * 512 is rounded half up and stops at 7, so that 2^-6 is not reached from below.
 */
static uint8_t cast_ggml(float base) {
  if (!(base > 0.0f)) return 0;
  uint32_t bits = lowp_f32_bits(base);
  int e = (int)(bits >> 23) - 127 + 7;
  if (e <= 0) {
    int m = (int)(base * 512.0f + 0.5f);
    return (uint8_t)(m > 7 ? 7 : m);
  }
  uint32_t code = ((uint32_t)e << 3 | (bits >> 20 & 7)) + (bits >> 19 & 1);
  return (uint8_t)(e >= 15 || code >= 0x78 ? 0x7e : code);
}

/* --- error of a candidate scale ----------------------------------------------------------------------------------- */

double lowpk_nvfp4_squares(const lowpk_job *job, float s, const float *x, const uint8_t *codes) {
  float d = s * job->tensor_scale;
  double sum = 0;
  for (int i = 0; i < LOWPK_NVFP4_BLOCK; i++) {
    double e = (double)(lowpk_e2m1_values[codes[i]] * d) - (double)x[i];
    sum += e * e;
  }
  return sum;
}

static double error_f64(const lowpk_job *job, float s, const float *x, const uint8_t *codes) {
  if (job->opts->metric == LOWP_METRIC_MSE) return lowpk_nvfp4_squares(job, s, x, codes);
  float d = s * job->tensor_scale;
  double sum = 0, largest = 0;
  for (int i = 0; i < LOWPK_NVFP4_BLOCK; i++) {
    double e = (double)(lowpk_e2m1_values[codes[i]] * d) - (double)x[i];
    if (e < 0) e = -e;
    sum += e;
    if (e > largest) largest = e;
  }
  return job->opts->metric == LOWP_METRIC_MAX ? largest : sum;
}

/* Decoded as q * s * amax / (6 M), not through the tensor scale; without amax it is what the scale was made from. */
static float candidate_error(const lowpk_job *job, float s, float x, uint8_t code) {
  float range = 6.0f * job->opts->nvfp4_scale_max;
  float amax = job->tensor_amax > 0.0f ? job->tensor_amax : job->tensor_scale * range;
  float e = lowpk_e2m1_values[code] * s * amax / range - x;
  return job->opts->metric == LOWP_METRIC_MSE ? e * e : e < 0.0f ? -e : e;
}

static double error_f32(const lowpk_job *job, float s, const float *x, const uint8_t *codes) {
  float sum = 0.0f;
  for (int i = 0; i < LOWPK_NVFP4_BLOCK; i++) {
    float e = candidate_error(job, s, x[i], codes[i]);
    sum = job->opts->metric != LOWP_METRIC_MAX ? sum + e : e > sum ? e : sum;
  }
  return sum;
}

/* The same summed as torch does: element i with element i + 8, then in order. */
static double error_f32_halves(const lowpk_job *job, float s, const float *x, const uint8_t *codes) {
  float sum = 0.0f;
  for (int i = 0; i < LOWPK_NVFP4_BLOCK / 2; i++) {
    float a = candidate_error(job, s, x[i], codes[i]), b = candidate_error(job, s, x[i + 8], codes[i + 8]);
    if (job->opts->metric != LOWP_METRIC_MAX) {
      sum += a + b;
    } else {
      if (b > a) a = b;
      if (a > sum) sum = a;
    }
  }
  return sum;
}

/* --- the rows ----------------------------------------------------------------------------------------------------- */

#define SMALLEST 0x1p-9f        /* the smallest E4M3 */
#define SMALLEST_NORMAL 0x1p-6f /* the smallest with all its mantissa */
#define ROW(COMPAT, base, base_4over6, factor, cast, error, smallest, underflow, zero_block, op, minus) \
  [LOWP_COMPAT_##COMPAT] = {base,     base_4over6, factor,     cast_##cast,      error_##error, \
                            smallest, underflow,   zero_block, LOWPK_NVFP4_##op, LOWPK_NVFP4_MINUS_##minus}
static const lowpk_nvfp4_rule rules[LOWP_COMPAT_COUNT] = {
    ROW(LOWP, over_target_dec, over_target_dec, scale_dec, saturate, f64, SMALLEST, 0, 0x00, DIVIDE, KEEP),
    ROW(TRANSFORMER_ENGINE, times_folded_enc, over_target_times_enc, capped_reciprocal, saturate, f32, 0, 0, 0x00,
        MULTIPLY, DROP),
    ROW(VLLM, enc_times_sixth, enc_times_sixth, reciprocal_or_zero, saturate, f64, 0, 0, 0x00, MULTIPLY, INPUT),
    ROW(MODELOPT, over_target_dec, over_target_dec, scale_dec, saturate, f64, SMALLEST, 0, 0x38, DIVIDE, DROP),
    ROW(TORCHAO, over_target_over_dec, over_target_over_dec, enc_over_scale, saturate, f64, SMALLEST_NORMAL, 0, 0x08,
        MULTIPLY, KEEP_ALL),
    ROW(COMPRESSED_TENSORS, over_target_times_enc, over_target_times_enc, scale_over_enc, saturate, f64, 0, 0x20, 0x20,
        DIVIDE, KEEP_ALL),
    ROW(FOUROVERSIX, over_target_times_enc, over_target_times_enc, reciprocal_or_zero, nan, f32_halves, 0, 0, 0x00,
        MULTIPLY_OPEN, DROP),
    ROW(GGML, over_target_over_dec, over_target_over_dec, scale_dec, ggml, f64, 0, 0, 0x00, SEARCH, DROP),
};

const lowpk_nvfp4_rule *lowpk_nvfp4_rule_of(lowp_compat compat) {
  return &rules[(unsigned)compat < LOWP_COMPAT_COUNT && rules[compat].base ? compat : LOWP_COMPAT_LOWP];
}
