/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantize_nvfp4.h: rows of NVFP4, VEC blocks at a time, one in each lane: their sixteen elements are sixteen vectors.
 * So the scales of all of them are computed together, Four Over Six adds the errors of a block in the order of generic,
 * and no lane is ever treated differently from its neighbours. What a rule is made of is constant in the inner loops.
 */
#ifndef LOWPK_SIMD_QUANTIZE_NVFP4_H
#define LOWPK_SIMD_QUANTIZE_NVFP4_H

#include "kernels/simd/nvfp4_lanes.h"
#include "kernels/simd/nvfp4_search.h"
#include "kernels/simd/rounding.h"

enum { N = LOWPK_NVFP4_BLOCK };

/* Sums of f64 differences: element by element, the double of a product in f32 less the double of x. */
VEC_INLINE vec_f64 nvfp4_error_f64(const nvfp4_row *r, vec_f s, const vec_f x[N], const vec_f value[N]) {
  const lowp_search_metric metric = r->job->opts->metric;
  if (metric == LOWP_METRIC_MSE) return nvfp4_squares(r, s, x, value);
  vec_f d = vec_mulf(s, vec_set(r->job->tensor_scale));
  vec_f64 sum = vec_f64_zero();
  VEC_UNROLL
  for (int i = 0; i < N; i++) {
    vec_f a = vec_f_bits(vec_and(vec_i_bits(x[i]), vec_set_i(LOWPK_F32_MAGNITUDE)));
    vec_f64 e = vec_f64_abs(vec_f64_sub(vec_f64_of(vec_mulf(value[i], d)), vec_f64_of(a)));
    sum = metric == LOWP_METRIC_MAX ? vec_f64_max(e, sum) : vec_f64_add(sum, e);
  }
  return sum;
}

/* One element's error in f32, decoded through amax and the range as the two implementations that do so. */
VEC_INLINE vec_f nvfp4_error_of(lowp_search_metric metric, vec_f s, vec_f amax, vec_f range, vec_f x, vec_f value) {
  vec_f a = vec_f_bits(vec_and(vec_i_bits(x), vec_set_i(LOWPK_F32_MAGNITUDE)));
  vec_f e = vec_subf(vec_divf(vec_mulf(vec_mulf(value, s), amax), range), a);
  if (metric == LOWP_METRIC_MSE) return vec_mulf(e, e);
  return vec_f_bits(vec_and(vec_i_bits(e), vec_set_i(LOWPK_F32_MAGNITUDE)));
}

/* Sums of f32, in order, or element i with element i + 8 first. */
VEC_INLINE vec_f nvfp4_error_f32(const nvfp4_row *r, int halves, vec_f s, const vec_f x[N], const vec_f value[N]) {
  const lowp_search_metric metric = r->job->opts->metric;
  const float range = 6.0f * r->job->opts->nvfp4_scale_max, of_tensor = r->job->tensor_amax;
  const vec_f all = vec_set(range), amax = vec_set(of_tensor > 0.0f ? of_tensor : r->job->tensor_scale * range);
  vec_f sum = vec_set(0.0f);
  for (int i = 0; i < (halves ? N / 2 : N); i++) {
    vec_f e = nvfp4_error_of(metric, s, amax, all, x[i], value[i]);
    if (halves) {
      vec_f b = nvfp4_error_of(metric, s, amax, all, x[i + 8], value[i + 8]);
      e = metric == LOWP_METRIC_MAX ? vec_maxf(b, e) : vec_addf(e, b);
    }
    sum = metric == LOWP_METRIC_MAX ? vec_maxf(e, sum) : vec_addf(sum, e);
  }
  return sum;
}

/* Where the second scale has less error than the first. */
VEC_INLINE vec_m nvfp4_better(const nvfp4_row *r, vec_f s4, const vec_f v4[N], vec_f s6, const vec_f v6[N],
                              const vec_f x[N]) {
  if (r->compat == LOWP_COMPAT_FOUROVERSIX)
    return vec_ltf(nvfp4_error_f32(r, 1, s4, x, v4), nvfp4_error_f32(r, 1, s6, x, v6));
  if (r->compat == LOWP_COMPAT_TRANSFORMER_ENGINE)
    return vec_ltf(nvfp4_error_f32(r, 0, s4, x, v4), nvfp4_error_f32(r, 0, s6, x, v6));
  return vec_f64_lt(nvfp4_error_f64(r, s4, x, v4), nvfp4_error_f64(r, s6, x, v6));
}

VEC_INLINE nvfp4_words nvfp4_four_over_six(const nvfp4_row *r, int op, int minus, vec_f amax, const vec_f x[N],
                                           vec_i *scale) {
  vec_f v6[N], v4[N], base = nvfp4_base(r, amax, 1);
  vec_i scale6 = nvfp4_cast(r, base), scale4 = nvfp4_cast(r, vec_mulf(base, vec_set(1.5f)));
  vec_f s6 = nvfp4_e4m3(scale6), s4 = nvfp4_e4m3(scale4);
  nvfp4_words w6 = nvfp4_encode_block(op, minus, x, nvfp4_factor(r, s6), v6);
  nvfp4_words w4 = nvfp4_encode_block(op, minus, x, nvfp4_factor(r, s4), v4);
  vec_m better = nvfp4_better(r, s4, v4, s6, v6, x);
  *scale = vec_select(better, scale4, scale6);
  return (nvfp4_words){vec_select(better, w4.lo, w6.lo), vec_select(better, w4.hi, w6.hi)};
}

/* Stores codes and scales. Zeros have the codes of their signs, or none; blocks with a scale of NaN have none. */
VEC_INLINE void nvfp4_store(const nvfp4_row *r, vec_f amax, vec_i scale, nvfp4_words w, uint8_t *codes,
                            uint8_t *scales) {
  vec_m zero = vec_eq(vec_i_bits(amax), vec_zero());
  vec_m nonfinite = vec_gt_s(vec_i_bits(amax), vec_set_i(LOWPK_F32_INF - 1));
  scale = vec_select(zero, vec_set_i(r->rule->zero_block), scale);
  scale = vec_select(nonfinite, vec_set_i(SCALE_NAN), scale);
  vec_m empty = vec_eq(scale, vec_set_i(SCALE_NAN));
  if (r->rule->minus != LOWPK_NVFP4_MINUS_KEEP_ALL) empty = vec_m_or(empty, zero);
  vec_store_pairs(codes, vec_andnot_if(empty, w.lo), vec_andnot_if(empty, w.hi));
  vec_store_low_bytes(scales, scale);
}

/*
 * The rule by amax for some times VEC blocks, first their scales: each is a chain of operations that the codes of its blocks wait for,
 * and several of them are under way together.
 */
enum { NVFP4_SOME = VEC == 8 ? 4 : 1 };
VEC_INLINE void nvfp4_some_blocks(const nvfp4_row *r, int op, int minus, size_t count, const float *from,
                                  uint8_t *codes, uint8_t *scales) {
  vec_f x[NVFP4_SOME][N], amax[NVFP4_SOME], f[NVFP4_SOME], value[N];
  vec_i scale[NVFP4_SOME];
  for (size_t j = 0; j < count; j++) {
    vec_f t[N];
    vec_load_blocks(from + j * VEC * N, N, t);
    amax[j] = nvfp4_amax(t);
    scale[j] = nvfp4_cast(r, nvfp4_base(r, amax[j], 0));
    f[j] = nvfp4_factor(r, nvfp4_e4m3(scale[j]));
    VEC_UNROLL
    for (size_t i = 0; i < N; i++) x[j][i] = t[i];
  }
  for (size_t j = 0; j < count; j++)
    nvfp4_store(r, amax[j], scale[j], nvfp4_encode_block(op, minus, x[j], f[j], value), codes + j * VEC * (N / 2),
                scales + j * VEC);
}

/* VEC blocks. 0: they need the generic kernel, and nothing is written. `rule` is the scale rule. */
VEC_INLINE int nvfp4_blocks(const nvfp4_row *r, int op, int minus, int rule, const float *from, uint8_t *codes,
                            uint8_t *scales) {
  if (rule == LOWP_SCALE_AMAX) {
    nvfp4_some_blocks(r, op, minus, NVFP4_SOME == 1 ? 1 : r->some, from, codes, scales);
    return 1;
  }
  vec_f x[N];
  vec_i scale;
  nvfp4_words w;
  vec_load_blocks(from, N, x);
  vec_f amax = nvfp4_amax(x);
  vec_m zero = vec_eq(vec_i_bits(amax), vec_zero());
  vec_m nonfinite = vec_gt_s(vec_i_bits(amax), vec_set_i(LOWPK_F32_INF - 1));
  if (rule == LOWP_SCALE_FOUR_OVER_SIX) {
    w = nvfp4_four_over_six(r, op, minus, amax, x, &scale);
  } else if (!nvfp4_search(r, op, minus, amax, vec_m_or(zero, nonfinite), x, &scale, &w)) {
    return 0;
  }
  nvfp4_store(r, amax, scale, w, codes, scales);
  return 1;
}

typedef int nvfp4_blocks_fn(const nvfp4_row *r, const float *x, uint8_t *codes, uint8_t *scales);

/* One function for each way an element becomes a code, and for each scale rule. */
#define NVFP4_BLOCKS(name, op, minus, rule) \
  static int name(const nvfp4_row *r, const float *x, uint8_t *codes, uint8_t *scales) { \
    return nvfp4_blocks(r, LOWPK_NVFP4_##op, LOWPK_NVFP4_MINUS_##minus, LOWP_SCALE_##rule, x, codes, scales); \
  }
#define NVFP4_RULES(name, op, search_op, minus) \
  NVFP4_BLOCKS(name##_amax, op, minus, AMAX) \
  NVFP4_BLOCKS(name##_4over6, op, minus, FOUR_OVER_SIX) \
  NVFP4_BLOCKS(name##_mse, search_op, minus, MSE)
/* The signs of zero blocks are seen to above, so KEEP and KEEP_ALL are the same here; no open top in the MSE search. */
NVFP4_RULES(divide_keep, DIVIDE, DIVIDE, KEEP)
NVFP4_RULES(divide_drop, DIVIDE, DIVIDE, DROP)
NVFP4_RULES(multiply_keep, MULTIPLY, MULTIPLY, KEEP)
NVFP4_RULES(multiply_input, MULTIPLY, MULTIPLY, INPUT)
NVFP4_RULES(multiply_drop, MULTIPLY, MULTIPLY, DROP)
NVFP4_RULES(open_drop, MULTIPLY_OPEN, MULTIPLY, DROP)
NVFP4_RULES(search, SEARCH, SEARCH, DROP)

static nvfp4_blocks_fn *nvfp4_blocks_of(const lowpk_nvfp4_rule *rule, lowp_scale_rule scale_rule) {
#define THREE(name) \
  { name##_amax, name##_4over6, name##_mse }
  static nvfp4_blocks_fn *const functions[7][3] = {THREE(divide_keep),    THREE(divide_drop),   THREE(multiply_keep),
                                                   THREE(multiply_input), THREE(multiply_drop), THREE(open_drop),
                                                   THREE(search)};
#undef THREE
  int drop = rule->minus == LOWPK_NVFP4_MINUS_DROP, input = rule->minus == LOWPK_NVFP4_MINUS_INPUT, way = 6;
  if (rule->op == LOWPK_NVFP4_DIVIDE) way = drop;
  if (rule->op == LOWPK_NVFP4_MULTIPLY) way = drop ? 4 : input ? 3 : 2;
  if (rule->op == LOWPK_NVFP4_MULTIPLY_OPEN) way = 5;
  return functions[way][scale_rule == LOWP_SCALE_MSE ? 2 : scale_rule == LOWP_SCALE_FOUR_OVER_SIX];
}

/*
 * Tensor scales within 2^+-60 of 1, inverse to one another but for rounding: what the lanes rely on. And roundings of
 * elements other than to nearest even are left to generic, but ggml's, which asks for none.
 */
static int row_is_ordinary(const lowpk_job *job, const lowpk_nvfp4_rule *rule) {
  float dec = job->tensor_scale, enc = job->tensor_scale_inv, one = dec * enc;
  return dec >= 0x1p-60f && dec <= 0x1p60f && enc >= 0x1p-60f && enc <= 0x1p60f && one > 1 - 0x1p-20f &&
         one < 1 + 0x1p-20f && (job->opts->round == LOWP_ROUND_RNE || rule->op == LOWPK_NVFP4_SEARCH);
}

void VEC_NAME(quantize_nvfp4)(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,
                              void *zero) {
  nvfp4_row r = {job, lowpk_nvfp4_rule_of(job->opts->compat), job->opts->compat, 1};
  if (!row_is_ordinary(job, r.rule) || !vec_default_mode()) {
    lowpk_quantize_nvfp4_generic(job, row, x, codes, scales, zero);
    return;
  }
  nvfp4_blocks_fn *blocks = nvfp4_blocks_of(r.rule, job->opts->scale_rule);
  const size_t count = job->cols_padded / N;
  size_t i = 0;
  if (job->opts->scale_rule != LOWP_SCALE_MSE && job->opts->scale_rule != LOWP_SCALE_FOUR_OVER_SIX)
    for (r.some = NVFP4_SOME; count - i >= VEC * r.some; i += VEC * r.some) {
      vec_prefetch(x + i * N, VEC * N * r.some);
      blocks(&r, x + i * N, codes + i * (N / 2), scales + i);
    }
  r.some = 1;
  for (; i < count; i += VEC) {
    size_t n = count - i < VEC ? count - i : VEC;
    uint8_t last_codes[VEC * N / 2], last_scales[VEC];
    float last[VEC * N];
    int whole = n == VEC, done;
    vec_prefetch(x + i * N, VEC * N);
    if (whole) {
      done = blocks(&r, x + i * N, codes + i * (N / 2), scales + i);
    } else { /* the last blocks of a row, with zeros behind */
      memset(last, 0, sizeof last);
      memcpy(last, x + i * N, n * N * sizeof *x);
      done = blocks(&r, last, last_codes, last_scales);
    }
    if (!done) {
      lowpk_job part = *job; /* only random words would depend on where in the row it lies */
      part.cols = part.cols_padded = n * N;
      lowpk_quantize_nvfp4_generic(&part, row, x + i * N, codes + i * (N / 2), scales + i, zero);
    } else if (!whole) {
      memcpy(codes + i * (N / 2), last_codes, n * (N / 2));
      memcpy(scales + i, last_scales, n);
    }
  }
}

#endif
