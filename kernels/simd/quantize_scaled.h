/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantize_scaled.h: rows with plain scales. A scale comes from what a vector pass measured and the scalar formulas of
 * generic/scaled.h; groups with an FP16 scale choose VEC scales at a time. Elements are divided
 * where the definition divides: by three steps of Markstein's theorem, or vdivps where a step could leave the normal range.
 *
 * Left to the generic kernel: directed and stochastic rounding, the search for a scale, rows under another floating-point
 * mode, HiF8 other than to nearest with ties away, Q4_0 of GGML, and whatever is not finite or far beyond the codes.
 */
#include "kernels/generic/scaled.h"
#include "kernels/simd/rounding.h"

/* A ready scale may lead a row astray piece by piece: pieces of this many elements are measured and then encoded. */
enum { SCALED_PIECE = 512, SCALED_FAR = 65536 };

/*
 * Below this bound of |quotient| integers are rounded by the adder, and a zero point may be added. Above it every code is
 * a saturated one, but for rounding modes and Inf; such data is rare.
 */
#define SCALED_BOUND 0x1p21f

typedef enum scaled_mode { SCALED_MARKSTEIN, SCALED_DIVIDE, SCALED_MULTIPLY } scaled_mode;

/* What a run of elements has in common. */
typedef struct scaled_rules {
  scaled_mode mode;
  lowp_round round;
  int32_t min_code; /* of integers */
  float offset;
  int32_t zero;
  int far; /* see scaled_ask */
} scaled_rules;

/*
 * x / f. With y = RN(1 / f) and q a faithful quotient, q + y * (x - q * f), the remainder exact in an FMA, is RN(x / f)
 * (Markstein 1990), provided that nothing underflows. x * y has an error of up to two ulp, so a first such step makes it
 * faithful. The mode is chosen so that remainders of quotients that do not round to zero in any element are normal.
 * A zero loses its sign on the way, and has it back in the end.
 */
VEC_INLINE vec_f scaled_quotient(scaled_mode mode, vec_f x, vec_f f, vec_f y) {
  if (mode == SCALED_MULTIPLY) return vec_mulf(x, f);
  if (mode == SCALED_DIVIDE) return vec_divf(x, f);
  vec_f q = vec_mulf(x, y);
  q = vec_fma(vec_fnma(q, f, x), y, q);
  q = vec_fma(vec_fnma(q, f, x), y, q);
  return vec_f_bits(vec_with_sign_of(vec_i_bits(q), vec_i_bits(x)));
}

/*
 * Quotients from 2^-24 on count (half of HiF8's smallest number is 2^-23): x above 2^-74, its remainder above 2^-122.
 */
static inline scaled_mode scaled_mode_of(const lowpk_scaled *s) {
  if (s->multiply) return SCALED_MULTIPLY;
  return s->factor >= 0x1p-50f && s->factor <= 0x1p100f ? SCALED_MARKSTEIN : SCALED_DIVIDE;
}

/* HiF8 of finite y, ties away, in the low byte of each lane. */
VEC_INLINE vec_i hif8_lanes(vec_f y) {
  const vec_table place = VEC_TABLE(20, 20, 20, 20, 21, 21, 21, 21, 22, 22, 22, 22, 22, 22, 22, 22); /* 23 - width */
  const vec_table prefix =
      VEC_TABLE(0x08, 0x10, 0x20, 0x28, 0x40, 0x44, 0x48, 0x4c, 0x60, 0x62, 0x64, 0x66, 0x68, 0x6a, 0x6c, 0x6e);
  const vec_table minus = VEC_TABLE(0, 8, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16);
  const vec_i bias = vec_set_i(127), one = vec_set_i(1), powers = vec_set_i(127 - 15), none = vec_set_i(0x80808000u);
  vec_i bits = vec_i_bits(y), a = vec_and(bits, vec_set_i(0x7fffffffu));
  vec_m nothing = vec_gt_s(vec_i_bits(vec_set(0x1p-23f)), a);
  /* what saturates is 2^15; what lies between 2^-23 and 2^-22 goes up */
  vec_i v = vec_max_s(vec_min_s(a, vec_i_bits(vec_set(0x1p15f))), vec_i_bits(vec_set(0x1p-22f)));
  /* half a step: below 2^-15 only powers of two are left */
  vec_i field = vec_shr(v, 23), e = vec_sub(field, bias), size = vec_max_s(e, vec_sub(vec_zero(), e));
  vec_i index = vec_or(vec_min_s(size, vec_set_i(15)), none); /* the other bytes of a lane become 0 */
  vec_i shift = vec_select(vec_gt_s(powers, field), vec_set_i(23), vec_lookup_8(place, index));
  v = vec_add(v, vec_shlv(one, vec_sub(shift, one)));
  /* after a carry the mantissa is zero at any width: what is left of it is below half a step of the narrower one */
  field = vec_shr(v, 23), e = vec_sub(field, bias), size = vec_max_s(e, vec_sub(vec_zero(), e));
  index = vec_or(vec_min_s(size, vec_set_i(15)), none);
  vec_i m = vec_shrv(vec_and(v, vec_set_i(0x7fffffu)), vec_lookup_8(place, index));
  vec_i code = vec_add(vec_lookup_8(prefix, index), m);
  code = vec_add_if(vec_gt_s(bias, field), code, vec_lookup_8(minus, index));
  code = vec_select(vec_gt_s(powers, field), vec_add(e, vec_set_i(23)), code);
  code = vec_or(code, vec_shr(vec_and(bits, vec_set_i(0x80000000u)), 24));
  return vec_select(nothing, vec_zero(), code);
}

/* Stores the codes of n quotients. */
VEC_INLINE void scaled_store(lowp_element id, lowp_zero zero, const scaled_rules *r, lowp_round round, vec_f y[4],
                             size_t n, uint8_t *codes) {
  const lowp_element_row row = lowp_element_row_of(id);
  vec_i q[4], bytes;
  if (row.kind == LOWP_KIND_MINIFLOAT) {
    store_codes(codes, row.bits, minifloat_codes(row.minifloat, round, MINUS_KEEP, y), n);
    return;
  }
  VEC_UNROLL
  for (size_t v = 0; v < 4; v++) {
    if (row.kind == LOWP_KIND_TAPERED) {
      q[v] = hif8_lanes(y[v]);
      continue;
    }
    if (zero == LOWP_ZERO_F32) y[v] = vec_addf(y[v], vec_set(r->offset));
    q[v] = fixed_lanes(0, round, y[v]);
    if (zero == LOWP_ZERO_I32) q[v] = vec_add(q[v], vec_set_i((uint32_t)r->zero));
  }
  if (row.kind == LOWP_KIND_TAPERED) {
    bytes = vec_order_4(vec_pack_u16(vec_pack_s32(q[0], q[1]), vec_pack_s32(q[2], q[3])));
  } else {
    bytes = vec_max_s8(integer_bytes(q), vec_set_8((uint32_t)r->min_code));
    if (row.bits == 4) bytes = vec_and(vec_min_s8(bytes, vec_set_8(7)), vec_set_8(15));
  }
  store_codes(codes, row.bits, bytes, n);
}

/*
 * What memory is asked for while a group is encoded: the next piece, or, after a row that was measured as a whole, the
 * row below where that stays in the second-level cache. Eight lanes take as long as the memory needs for all of it; of
 * 16 lanes half is asked for here and the rest while it is measured.
 */
VEC_INLINE void scaled_ask(int far, const float *x, size_t i, size_t n) {
  if (!far)
    prefetch_group(x + i + SCALED_PIECE);
  else if (VEC == 8)
    prefetch_group(x + n + i);
  else
    for (size_t k = 0; k < GROUP / 2; k += 16) __builtin_prefetch(x + n + i / 2 + k);
}

/* A group: `share` elements each have a factor f[0], f[1], ... and its reciprocal; 0: one for all. */
VEC_INLINE void scaled_group(lowp_element id, lowp_zero zero, const scaled_rules *r, scaled_mode mode, lowp_round round,
                             size_t share, const float *f, const float *inverse, size_t n, const float *x,
                             uint8_t *codes) {
  vec_f y[4];
  VEC_UNROLL
  for (size_t v = 0; v < 4; v++) {
    size_t left = n - v * VEC, k = share ? v * VEC / share : 0;
    vec_f in = n == GROUP    ? vec_load(x + v * VEC)
               : v * VEC < n ? vec_load_first(x + v * VEC, left < VEC ? left : VEC)
                             : vec_set(0);
    y[v] = scaled_quotient(mode, in, vec_set(f[k]), vec_set(inverse[k]));
  }
  scaled_store(id, zero, r, round, y, n, codes);
}

VEC_INLINE void scaled_run(lowp_element id, lowp_zero zero, const scaled_rules *r, scaled_mode mode, lowp_round round,
                           size_t share, const float *f, const float *inverse, size_t n, const float *x,
                           uint8_t *codes) {
  const unsigned bits = lowp_element_row_of(id).bits;
  size_t i = 0;
  for (; i + GROUP <= n; i += GROUP) {
    size_t k = share ? i / share : 0;
    scaled_ask(r->far, x, i, n);
    scaled_group(id, zero, r, mode, round, share, f + k, inverse + k, GROUP, x + i, codes + i * bits / 8);
  }
  size_t k = share ? i / share : 0;
  if (i < n) scaled_group(id, zero, r, mode, round, share, f + k, inverse + k, n - i, x + i, codes + i * bits / 8);
}

/* The usual rules have a loop of their own. */
VEC_INLINE void scaled_encode(lowp_element id, lowp_zero zero, const scaled_rules *r, size_t share, const float *f,
                              const float *inverse, size_t n, const float *x, uint8_t *codes) {
  const lowp_round usual = (lowp_round)lowp_encode_default(id).round;
  if (r->round == usual && r->mode == SCALED_MARKSTEIN)
    scaled_run(id, zero, r, SCALED_MARKSTEIN, usual, share, f, inverse, n, x, codes);
  else
    scaled_run(id, zero, r, r->mode, r->round, share, f, inverse, n, x, codes);
}

/* What lowpk_stats_add measures, but for `extreme`, which only Q4_0 asks for; 0 if anything is not finite. */
VEC_INLINE int scaled_measure(int with_range, size_t n, const float *x, lowpk_stats *stats) {
  const vec_i magnitude = vec_set_i(0x7fffffffu);
  vec_i most[4] = {vec_zero(), vec_zero(), vec_zero(), vec_zero()};
  vec_f min[2], max[2];
  for (int j = 0; j < 2; j++) min[j] = max[j] = vec_set(n ? x[0] : 0);
  size_t i = 0;
  for (; i + GROUP <= n; i += GROUP) {
    if (VEC == 16 && n > SCALED_PIECE) prefetch_group(x + i + SCALED_PIECE);
    VEC_UNROLL
    for (size_t v = 0; v < 4; v++) {
      vec_f a = vec_load(x + i + v * VEC);
      most[v] = vec_max_u(most[v], vec_and(vec_i_bits(a), magnitude));
      if (with_range) min[v & 1] = vec_minf(min[v & 1], a), max[v & 1] = vec_maxf(max[v & 1], a);
    }
  }
  for (; i < n; i += VEC) {
    vec_f a = n - i < VEC ? vec_load_first(x + i, n - i) : vec_load(x + i);
    most[0] = vec_max_u(most[0], vec_and(vec_i_bits(a), magnitude));
    /* lanes behind the end repeat the last value */
    if (with_range && n - i < VEC) a = vec_fill_behind(a, n - i, x[n - 1]);
    if (with_range) min[0] = vec_minf(min[0], a), max[0] = vec_maxf(max[0], a);
  }
  uint32_t amax = vec_reduce_max_u(vec_max_u(vec_max_u(most[0], most[1]), vec_max_u(most[2], most[3])));
  *stats = (lowpk_stats){.amax = lowp_f32_from_bits(amax), .any = n > 0};
  if (with_range) stats->min = vec_reduce_minf(vec_minf(min[0], min[1]));
  if (with_range) stats->max = vec_reduce_maxf(vec_maxf(max[0], max[1]));
  return amax < LOWPK_F32_INF;
}

/* Is this scale, for values up to amax, one that the vector code can do? */
static inline int scaled_fits(const lowpk_scaled *s, float amax) {
  if (!(s->factor >= 0 && s->factor <= FLT_MAX) || (!s->multiply && s->factor == 0)) return 0;
  if (!(s->offset >= -SCALED_BOUND && s->offset <= SCALED_BOUND)) return 0;
  if (s->zero > (1 << 24) || s->zero < -(1 << 24)) return 0;
  return (s->multiply ? amax * s->factor : amax / s->factor) < SCALED_BOUND;
}

/* n elements of one scale; 0: not by vectors. */
VEC_INLINE int scaled_one(lowp_element id, lowp_zero zero, const lowpk_job *job, const lowpk_scaled *s, float amax,
                          size_t n, const float *x, uint8_t *codes) {
  if (!scaled_fits(s, amax)) return 0;
  const int far = !job->scales_ready && n > SCALED_PIECE && n <= SCALED_FAR;
  scaled_rules r = {scaled_mode_of(s), job->opts->round, lowpk_scaled_min_code(job), s->offset, s->zero, far};
  float f = s->factor, inverse = 1.0f / f;
  scaled_encode(id, zero, &r, 0, &f, &inverse, n, x, codes);
  return 1;
}

/* A part of a row by the generic kernel; the rules that come here do not look at a column's number. */
static inline void scaled_generic(const lowpk_job *job, size_t row, size_t n, const float *x, uint8_t *codes,
                                  uint8_t *scales, void *zero) {
  lowpk_job part = *job;
  part.cols = part.cols_padded = n;
  lowpk_quantize_scaled_generic(&part, row, x, codes, scales, zero);
}

/* The scale of block k is there already. */
VEC_INLINE void scaled_ready_block(lowp_element id, lowp_zero zero_type, const lowpk_job *job, size_t row, size_t n,
                                   const float *x, uint8_t *codes, uint8_t *scale, void *zero) {
  const unsigned bits = lowp_element_row_of(id).bits;
  lowpk_scaled s = lowpk_scaled_ready(job, scale, zero, 0);
  if (lowpk_magnitude(s.scale) > LOWPK_F32_INF) {
    memset(codes, 0, n * bits / 8);
    return;
  }
  for (size_t i = 0; i < n; i += SCALED_PIECE) {
    size_t piece = n - i < SCALED_PIECE ? n - i : SCALED_PIECE;
    uint8_t *to = codes + i * bits / 8;
    lowpk_stats stats;
    if (!scaled_measure(0, piece, x + i, &stats) || !scaled_one(id, zero_type, job, &s, stats.amax, piece, x + i, to))
      scaled_generic(job, row, piece, x + i, to, scale, zero);
  }
}

/* One scale for the row, from the row. */
VEC_INLINE void scaled_row(lowp_element id, lowp_zero zero_type, const lowpk_job *job, size_t row, const float *x,
                           uint8_t *codes, uint8_t *scales, void *zero) {
  const size_t n = job->cols_padded;
  lowpk_stats stats;
  if (scaled_measure(zero_type != LOWP_ZERO_NONE, n, x, &stats)) {
    lowpk_scaled s = lowpk_scaled_measured(job, &stats);
    if (scaled_one(id, zero_type, job, &s, stats.amax, n, x, codes)) {
      lowpk_scaled_store(job, &s, scales, 0, zero);
      return;
    }
  }
  lowpk_quantize_scaled_generic(job, row, x, codes, scales, zero);
}

/*
 * VEC blocks of 32 at a time: lane k has what block k needs, and the four of a group of 128 the same. lowp's own scale is
 * amax / target in FP16, from 2^-24 to 65504, and divides; Q8_0 multiplies by the reciprocal of amax / target in f32.
 */
VEC_INLINE vec_h scaled_block_scales(vec_i amax, float target, int multiply, float *f, float *inverse) {
  vec_m none = vec_eq(amax, vec_zero());
  vec_f s = vec_divf(vec_f_bits(amax), vec_set(target));
  if (multiply) {
    vec_store(f, vec_selectf(none, vec_set(0), vec_divf(vec_set(1), s)));
    return vec_to_half(s);
  }
  s = vec_selectf(none, vec_set(1), vec_minf(vec_maxf(s, vec_set(0x1p-24f)), vec_set(65504)));
  vec_h half = vec_to_half(s);
  s = vec_from_half(half);
  vec_store(f, s);
  vec_store(inverse, vec_divf(vec_set(1), s));
  return half;
}

/* A scale for each block of the row, from the block; width is 32 or 128. */
VEC_INLINE void scaled_blocks(lowp_element id, const lowpk_job *job, size_t row, size_t width, const float *x,
                              uint8_t *codes, uint8_t *scales) {
  const unsigned bits = lowp_element_row_of(id).bits;
  const int multiply = job->opts->compat == LOWP_COMPAT_GGML;
  const float target = lowpk_scaled_target(job);
  const scaled_mode mode = multiply ? SCALED_MULTIPLY : SCALED_MARKSTEIN;
  const scaled_rules r = {mode, job->opts->round, lowpk_scaled_min_code(job), 0, 0, 0};
  /* quotients stay small below 2^22, and reciprocals of a scale finite above 2^-100 */
  const vec_i most = vec_i_bits(vec_set(0x1p22f)), least = vec_i_bits(vec_set(0x1p-100f));
  for (size_t i = 0; i < job->cols_padded; i += VEC * BLOCK_32) {
    size_t n = job->cols_padded - i < VEC * BLOCK_32 ? job->cols_padded - i : VEC * BLOCK_32;
    uint8_t *to = codes + i * bits / 8, *scale = scales + i / width * sizeof(uint16_t);
    vec_i amax = blocks_amax(n / BLOCK_32, x + i);
    if (width == 128) amax = vec_max_of_four(amax);
    vec_m small = vec_and_m(vec_gt_s(least, amax), vec_gt_s(amax, vec_zero()));
    if (vec_any(vec_gt_s(amax, most)) || (multiply && vec_any(small))) {
      scaled_generic(job, row, n, x + i, to, scale, NULL);
      continue;
    }
    float f[VEC], inverse[VEC] = {0};
    uint16_t halves[VEC];
    vec_store_half(halves, scaled_block_scales(amax, target, multiply, f, inverse), VEC);
    if (width == BLOCK_32)
      memcpy(scale, halves, n / BLOCK_32 * sizeof *halves);
    else
      for (size_t k = 0; k < n / width; k++) memcpy(scale + k * sizeof *halves, halves + 4 * k, sizeof *halves);
    scaled_encode(id, LOWP_ZERO_NONE, &r, BLOCK_32, f, inverse, n, x + i, to);
  }
}

static inline int scaled_is_fast(const lowpk_job *job) {
  const lowp_quant_opts *o = job->opts;
  if (!vec_default_mode() || !vec_has_round(o->round)) return 0;
  if (o->scale_rule == LOWP_SCALE_MSE && !job->scales_ready) return 0;
  if (job->scheme->element == LOWP_HIF8 && o->round != LOWP_ROUND_HALF_AWAY) return 0;
  return !(job->scheme->element == LOWP_INT4 && o->compat == LOWP_COMPAT_GGML);
}

VEC_INLINE void scaled_any(lowp_element id, lowp_zero zero_type, size_t width, const lowpk_job *job, size_t row,
                           const float *x, uint8_t *codes, uint8_t *scales, void *zero) {
  const unsigned bits = lowp_element_row_of(id).bits;
  if (!job->scales_ready && width) {
    scaled_blocks(id, job, row, width, x, codes, scales);
  } else if (!job->scales_ready) {
    scaled_row(id, zero_type, job, row, x, codes, scales, zero);
  } else {
    const size_t n = width ? width : job->cols_padded;
    for (size_t i = 0, k = 0; i < job->cols_padded; i += n, k++)
      scaled_ready_block(id, zero_type, job, row, n, x + i, codes + i * bits / 8, scales + k * sizeof(float), zero);
  }
}

/* One row function for each scheme of the family. */
#define EACH_SCALED(ID, element, scale, cols, zero_type) \
  static void scaled_row_##ID(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales, \
                              void *zero) { \
    scaled_any(LOWP_##element, LOWP_ZERO_##zero_type, cols, job, row, x, codes, scales, zero); \
  }
#include "kernels/generic/each_scheme.h"

static lowpk_quantize_fn *const scaled_row_of[LOWP_SCHEME_COUNT] = {
#define EACH_SCALED(ID, ...) [LOWP_SCHEME_##ID] = scaled_row_##ID,
#include "kernels/generic/each_scheme.h"
};

void VEC_NAME(quantize_scaled)(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,
                               void *zero) {
  if (scaled_is_fast(job))
    scaled_row_of[job->scheme->id](job, row, x, codes, scales, zero);
  else
    lowpk_quantize_scaled_generic(job, row, x, codes, scales, zero);
}
