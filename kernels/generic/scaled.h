/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scaled.h: schemes with one plain scale s for a block, a row, or a tensor, and perhaps a zero point z:
 *
 *   symmetric  q = encode(f32(x / s))                    y = f32(q * s)
 *   I32        q = clamp(round(f32(x / s)) + z)          y = f32(f32(q - z) * s)
 *   F32        q = encode(f32(f32(x / s) + z))           y = f32(f32(q - z) * s)
 *
 * Default scales, from the finite values of the block (lo = min(0, min), hi = max(0, max)):
 *
 *   symmetric  s = f32(amax / target); target: the element's largest value; opts.hif8_target; INT8 127 or 127.5; INT4 7
 *   I32        s = f32(f32(hi - lo) / 255), z = rne(f32(-128 - f32(lo / s))) in -128..127
 *   F32        s as I32, z = f32(127 - f32(hi / s))
 *
 * A block of zeros has s = 1 and z = 0. A scale that would underflow to 0 is the smallest subnormal. FP16 scales are
 * rounded first (RNE, at least 2^-24, at most 65504), and x is divided by what is stored. Presets change formulas, and
 * which of x / s and x * f32(1 / s) is taken: see `measured`.
 */
#ifndef LOWPK_GENERIC_SCALED_H
#define LOWPK_GENERIC_SCALED_H

#include "kernels/generic/block.h"
#include <float.h>

/* What the scale of a block depends on; over finite values only. */
typedef struct lowpk_stats {
  float amax, min, max; /* min and max are 0 before the first value */
  float extreme;        /* the first value of magnitude amax, with its sign */
  int any, nonfinite;
} lowpk_stats;

/* How x becomes q, and back. */
typedef struct lowpk_scaled {
  float scale;  /* as stored */
  float factor; /* x / factor, or x * factor */
  int multiply;
  float offset; /* F32 zero point */
  int32_t zero; /* I32 zero point */
} lowpk_scaled;

static inline void lowpk_stats_add(lowpk_stats *s, size_t n, const float *x) {
  for (size_t i = 0; i < n; i++) {
    float v = x[i], a = v < 0 ? -v : v;
    if (!lowpk_is_finite(v)) {
      s->nonfinite = 1;
      continue;
    }
    if (a > s->amax) s->amax = a, s->extreme = v;
    if (!s->any || v < s->min) s->min = v;
    if (!s->any || v > s->max) s->max = v;
    s->any = 1;
  }
}

static inline int lowpk_is_integer(const lowp_scheme_info *scheme) {
  return lowp_element_row_of(scheme->element).kind == LOWP_KIND_FIXED;
}

/* Elements without a NaN cannot say that one value is none: the scale has to. */
static inline int lowpk_scale_takes_nan(const lowp_scheme_info *scheme) {
  lowp_element_row row = lowp_element_row_of(scheme->element);
  return row.kind == LOWP_KIND_FIXED ||
         (row.kind == LOWP_KIND_MINIFLOAT && row.minifloat.specials == LOWP_SPECIALS_NONE);
}

/* The element value that amax maps to. */
static inline float lowpk_scaled_target(const lowpk_job *job) {
  if (job->scheme->element == LOWP_HIF8) return job->opts->hif8_target;
  return lowpk_element_max(job->scheme->element) + (job->opts->int_range == LOWP_INT_RANGE_127_5 ? 0.5f : 0);
}

static inline float lowpk_at_least_tiny(float scale) { return scale > 0 ? scale : 0x1p-149f; }

/* v rounded to an integer, saturating at +-2^30; NaN gives 0. */
static inline int32_t lowpk_round_integer(float v, uint8_t round, uint8_t sr_bits, uint32_t random) {
  uint32_t magnitude = lowpk_magnitude(v), m;
  int e, negative = (int)(lowp_f32_bits(v) >> 31);
  if (magnitude == 0 || magnitude > LOWPK_F32_INF) return 0;
  m = lowp_detail_split(magnitude, &e);
  if (e >= 30) {
    m = (uint32_t)1 << 30;
  } else if (e >= 23) {
    m <<= e - 23;
  } else {
    int shift = 23 - e > 63 ? 63 : 23 - e;
    uint32_t q = (uint32_t)((uint64_t)m >> shift);
    m = lowp_detail_round(m, shift, negative, q & 1, round, sr_bits, random);
  }
  return negative ? -(int32_t)m : (int32_t)m;
}

static inline lowpk_scaled lowpk_scaled_divide(float scale) { return (lowpk_scaled){.scale = scale, .factor = scale}; }

/* lowp's own formulas for a zero point. */
static inline lowpk_scaled lowpk_scaled_asymmetric(const lowpk_job *job, float min, float max) {
  float lo = min < 0 ? min : 0, hi = max > 0 ? max : 0, range = hi - lo;
  if (lo == 0 && hi == 0) return lowpk_scaled_divide(1.0f);
  /* hi - lo overflows before its 255th part does */
  float scale = lowpk_at_least_tiny(range <= FLT_MAX ? range / 255.0f : hi / 255.0f - lo / 255.0f);
  lowpk_scaled s = lowpk_scaled_divide(scale);
  if (job->scheme->zero == LOWP_ZERO_F32) {
    s.offset = 127.0f - hi / scale;
  } else {
    int32_t z = lowpk_round_integer(-128.0f - lo / scale, LOWP_ROUND_RNE, 0, 0);
    s.zero = z < -128 ? -128 : z > 127 ? 127 : z;
  }
  return s;
}

/*
 * vLLM and Ascend do not widen the range to 0. Where theirs has no width, or a width f32 cannot hold, lowp's is taken.
 */
static inline lowpk_scaled lowpk_scaled_asymmetric_as(const lowpk_job *job, const lowpk_stats *stats) {
  lowp_compat compat = job->opts->compat;
  float range = stats->max - stats->min, scale = compat == LOWP_COMPAT_CANN ? range * (1.0f / 255.0f) : range / 255.0f;
  if ((compat != LOWP_COMPAT_VLLM && compat != LOWP_COMPAT_CANN) || !(scale > 0) || scale > FLT_MAX)
    return lowpk_scaled_asymmetric(job, stats->min, stats->max);
  lowpk_scaled s = lowpk_scaled_divide(scale);
  if (compat == LOWP_COMPAT_CANN) {
    s.offset = 127.0f - stats->max / scale;
  } else {
    s.factor = 1.0f / scale;
    s.multiply = 1;
    s.zero = lowpk_round_integer(-128.0f - stats->min / scale, LOWP_ROUND_RNE, 0, 0);
  }
  return s;
}

static inline lowpk_scaled lowpk_scaled_multiply(float scale, float factor) {
  return (lowpk_scaled){.scale = scale, .factor = factor, .multiply = 1};
}

static inline lowpk_scaled lowpk_scaled_symmetric(const lowpk_job *job, const lowpk_stats *stats) {
  float amax = stats->amax, target = lowpk_scaled_target(job), scale = amax / target;
  switch (job->opts->compat) {
  case LOWP_COMPAT_VLLM:
    if (job->scheme->block_rows == 1) return lowpk_scaled_multiply(scale, amax > 0 ? target / amax : 0);
    break;
  case LOWP_COMPAT_GGML: /* Q8_0; Q4_0 has codes -8..7 and gives the -8 to the extreme */
    if (job->scheme->element == LOWP_INT4) scale = stats->extreme / -8.0f;
    return lowpk_scaled_multiply(scale, scale != 0 ? 1.0f / scale : 0);
  case LOWP_COMPAT_SMOOTHQUANT:
    return lowpk_scaled_divide((amax > 1e-5f ? amax : 1e-5f) / target);
  case LOWP_COMPAT_COMPRESSED_TENSORS: /* FLT_EPSILON where the scale is 0 */
    return lowpk_scaled_divide(scale > 0 ? scale : FLT_EPSILON);
  case LOWP_COMPAT_CANN:
    if (lowpk_is_integer(job->scheme)) return lowpk_scaled_divide(amax * (1.0f / target));
    break;
  default:
    break;
  }
  return lowpk_scaled_divide(amax > 0 ? lowpk_at_least_tiny(scale) : 1.0f);
}

/* Replaces the scale by what an FP16 plane holds; presets divide by the scale as it was before. */
static inline void lowpk_scaled_store_fp16(const lowpk_job *job, lowpk_scaled *s) {
  uint32_t code = lowp_encode(LOWP_FP16, s->scale);
  int preset = job->opts->compat != LOWP_COMPAT_LOWP;
  if (!preset && code == 0) code = 1;
  if (!preset && code == 0x7c00) code = 0x7bff; /* Inf to 65504 */
  s->scale = lowp_decode(LOWP_FP16, code);
  if (!preset) s->factor = s->scale;
}

/*
 * The AMAX rule: scale and zero point from what was measured; a scale of NaN where elements without NaN met something
 * not finite.
 */
static inline lowpk_scaled lowpk_scaled_measured(const lowpk_job *job, const lowpk_stats *stats) {
  lowpk_scaled s;
  if (stats->nonfinite && lowpk_scale_takes_nan(job->scheme))
    return lowpk_scaled_divide(lowp_f32_from_bits(LOWPK_F32_NAN));
  s = job->scheme->zero == LOWP_ZERO_NONE ? lowpk_scaled_symmetric(job, stats) : lowpk_scaled_asymmetric_as(job, stats);
  if (job->scheme->scale == LOWP_FP16) lowpk_scaled_store_fp16(job, &s);
  return s;
}

/*
 * The scale and zero point that lib/quant chose before. vLLM multiplies by 1 / s where there is an integer zero point.
 */
static inline lowpk_scaled lowpk_scaled_ready(const lowpk_job *job, const uint8_t *scales, const void *zero, size_t k) {
  lowpk_scaled s = {0};
  memcpy(&s.scale, scales + k * sizeof s.scale, sizeof s.scale);
  s.factor = s.scale;
  if (job->scheme->zero == LOWP_ZERO_F32) memcpy(&s.offset, zero, sizeof s.offset);
  if (job->scheme->zero == LOWP_ZERO_I32) {
    memcpy(&s.zero, zero, sizeof s.zero);
    if (job->opts->compat == LOWP_COMPAT_VLLM) s = (lowpk_scaled){s.scale, 1.0f / s.scale, 1, 0, s.zero};
  }
  return s;
}

static inline void lowpk_scaled_store(const lowpk_job *job, const lowpk_scaled *s, uint8_t *scales, size_t k,
                                      void *zero) {
  if (job->scheme->scale == LOWP_FP16) {
    uint16_t code = (uint16_t)lowp_encode(LOWP_FP16, s->scale);
    memcpy(scales + k * sizeof code, &code, sizeof code);
  } else {
    memcpy(scales + k * sizeof s->scale, &s->scale, sizeof s->scale);
  }
  if (job->scheme->zero == LOWP_ZERO_I32) memcpy(zero, &s->zero, sizeof s->zero);
  if (job->scheme->zero == LOWP_ZERO_F32) memcpy(zero, &s->offset, sizeof s->offset);
}

/* The MSE rule: candidate i of the scale that AMAX chose; the zero point stays. */
enum { LOWPK_SCALED_CANDIDATES = 65 };
static inline lowpk_scaled lowpk_scaled_candidate(const lowpk_job *job, lowpk_scaled s, int i) {
  s.scale = s.factor = lowpk_at_least_tiny(s.scale * (1.0f - (float)i * 0x1p-7f));
  if (job->scheme->scale == LOWP_FP16) lowpk_scaled_store_fp16(job, &s);
  return s;
}

/*
 * x / s, or x * (1 / s). A quotient that overflows f32 stays finite, so that it saturates and is not taken for an Inf.
 */
LOWPK_INLINE float lowpk_scaled_quotient(const lowpk_scaled *s, float x) {
  float v = s->multiply ? x * s->factor : x / s->factor;
  if (lowpk_magnitude(v) == LOWPK_F32_INF && lowpk_is_finite(x)) v = x < 0 ? -FLT_MAX : FLT_MAX;
  return v;
}

static inline int32_t lowpk_clamp_code(int32_t q, int32_t min, int32_t max) {
  return q < min ? min : q > max ? max : q;
}

/*
 * Smallest integer code: lowp's own symmetric ranges are symmetric, -127..127 and -7..7; with 127.5, with a zero point,
 * and in presets the whole range is used.
 */
static inline int32_t lowpk_scaled_min_code(const lowpk_job *job) {
  lowp_fixed f = lowp_element_row_of(job->scheme->element).fixed;
  int whole = job->opts->compat != LOWP_COMPAT_LOWP || job->scheme->zero != LOWP_ZERO_NONE ||
              job->opts->int_range == LOWP_INT_RANGE_127_5;
  return whole ? f.min : -f.max;
}

/* The code of x, as an integer for integer elements. */
LOWPK_INLINE int32_t lowpk_scaled_encode(lowp_element id, lowp_zero zero, const lowpk_job *job, const lowpk_scaled *s,
                                         int32_t min_code, float x, lowp_encode_rules rules, uint32_t random) {
  const lowp_element_row row = lowp_element_row_of(id);
  float v = lowpk_scaled_quotient(s, x);
  if (row.kind != LOWP_KIND_FIXED) return (int32_t)lowp_encode_with(id, v, rules, random);
  if (zero == LOWP_ZERO_I32)
    return lowpk_clamp_code(lowpk_round_integer(v, rules.round, rules.sr_bits, random) + s->zero, row.fixed.min,
                            row.fixed.max);
  if (zero == LOWP_ZERO_F32) v = v + s->offset;
  if (id == LOWP_INT4 && job->opts->compat == LOWP_COMPAT_GGML && rules.round == LOWP_ROUND_HALF_AWAY)
    return lowpk_clamp_code(lowpk_round_integer(v + 8.5f, LOWP_ROUND_RTZ, 0, 0) - 8, row.fixed.min, row.fixed.max);
  return lowpk_clamp_code(lowpk_round_integer(v, rules.round, rules.sr_bits, random), min_code, row.fixed.max);
}

/* y of a code as lowpk_scaled_encode returns it. */
LOWPK_INLINE float lowpk_scaled_decode(lowp_element id, lowp_zero zero, const lowpk_values *values,
                                       const lowpk_scaled *s, int32_t code) {
  if (lowp_element_row_of(id).kind != LOWP_KIND_FIXED) return lowpk_value(id, values, (uint32_t)code) * s->scale;
  if (zero == LOWP_ZERO_I32) return (float)((int64_t)code - s->zero) * s->scale;
  return ((float)code - (zero == LOWP_ZERO_F32 ? s->offset : 0.0f)) * s->scale;
}

/* The rules of elements: an Inf or NaN that gets this far is one in the result. */
LOWPK_INLINE lowp_encode_rules lowpk_scaled_rules(const lowpk_job *job, lowp_element id) {
  lowp_encode_rules rules = lowpk_rules(job, id);
  rules.inf = LOWP_INF_NONFINITE;
  return rules;
}

/* Error of n elements from (row, col) on under s. */
LOWPK_INLINE double lowpk_scaled_error(lowp_element id, lowp_zero zero, const lowpk_job *job, const lowpk_scaled *s,
                                       size_t row, size_t col, size_t n, const float *x) {
  lowp_encode_rules rules = lowpk_scaled_rules(job, id);
  int32_t min_code = lowpk_scaled_min_code(job);
  lowpk_values values;
  double sum = 0;
  lowpk_values_fill(id, n, &values);
  for (size_t i = 0; i < n; i++) {
    uint32_t random = lowpk_random(job, rules.round, row, col + i);
    int32_t code = lowpk_scaled_encode(id, zero, job, s, min_code, x[i], rules, random);
    sum += lowpk_error(x[i], lowpk_scaled_decode(id, zero, &values, s, code));
  }
  return sum;
}

#endif
