/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantize_mx.h: rows of MX blocks, VEC blocks at a time (a *chunk*), so that the lanes of one vector choose their scales.
 *
 * All scale rules are one formula. The stored scale is the exponent field of amax - emax, and the rules differ in when
 * they take the next field: never, or above a mantissa t (CEIL: 0, RCEIL: that of the largest element), or as if rounded.
 * Adding 2^23 - 1 - t to the bits of amax carries into the field just then. Clamping at 0 is the clamp of the exponent at
 * -127. Elements are x * 2^-e, exact in f32: |x| < 2^(e + emax + 1), and what falls below f32 is zero in every format.
 *
 * MSE: see mx_search.h. Left to the generic kernel: directed and stochastic rounding, rows under another floating-point mode, and chunks with
 * anything that is not finite.
 */
#include "kernels/generic/block.h"
#include "kernels/simd/mx_search.h"

enum { MX_BLOCK = BLOCK_32, MX_CHUNK = VEC * MX_BLOCK, MX_AHEAD = VEC == 8 ? 1024 : 512 };

typedef struct mx_plan {
  lowp_round round;
  minus_zero minus;
  uint32_t add;              /* to the bits of amax */
  uint32_t subnormal;        /* above these bits a subnormal amax has field 1; matters where emax is 0 */
  uint32_t nan_from;         /* from these bits of amax on a chunk is not for vectors */
  uint32_t emax, zero_block; /* scale of a block of zeros */
  int32_t min_code;          /* of MXINT8 */
  int search;                /* MSE */
} mx_plan;

/* The mantissa of amax above which the next scale is taken. */
static inline uint32_t mx_threshold(const lowp_quant_opts *opts, uint32_t max_mantissa, uint32_t width) {
  switch (opts->scale_rule) {
  case LOWP_SCALE_CEIL:
    return 0;
  case LOWP_SCALE_RCEIL:
    return max_mantissa;
  case LOWP_SCALE_EVEN: /* rounded half up to `width` bits */
    return 0x7fffffu - ((uint32_t)1 << (22 - width));
  default:
    return 0x7fffffu;
  }
}

/* False: not for this kernel. */
static inline int mx_plan_of(const lowpk_job *job, mx_plan *p) {
  const lowp_quant_opts *o = job->opts;
  const lowp_element_row row = lowp_element_row_of(job->scheme->element);
  const uint32_t max = lowpk_magnitude(lowpk_element_max(job->scheme->element)), inf = LOWPK_F32_INF;
  uint32_t width = row.kind == LOWP_KIND_FIXED ? row.fixed.frac : row.minifloat.m;
  if (o->compat == LOWP_COMPAT_COMPRESSED_TENSORS) width = 1;
  if (!vec_has_round(o->round) || !vec_default_mode()) return 0;
  const uint32_t threshold = mx_threshold(o, max & 0x7fffffu, width);
  *p = (mx_plan){.round = o->round, .add = 0x7fffffu - threshold, .nan_from = inf, .emax = (max >> 23) - 127};
  p->min_code = -128;
  p->search = o->scale_rule == LOWP_SCALE_MSE;
  /* m 2^-127 with m above 1.t is a subnormal of half those bits; EVEN rounds the bits of f32, subnormals too */
  p->subnormal =
      o->scale_rule == LOWP_SCALE_CEIL || o->scale_rule == LOWP_SCALE_RCEIL ? 0x400000u + threshold / 2 : threshold;
  switch (o->compat) {
  case LOWP_COMPAT_TORCHAO: /* EVEN: its own f32 becomes Inf */
    if (o->scale_rule == LOWP_SCALE_EVEN) p->nan_from = inf - p->add;
    break;
  case LOWP_COMPAT_GGML:
    p->minus = MINUS_DROP;
    break;
  case LOWP_COMPAT_MODELOPT:
    p->minus = MINUS_ALWAYS;
    break;
  case LOWP_COMPAT_MICROXCALING:
    p->minus = MINUS_CODES;
    p->zero_block = p->emax == 0;
    p->min_code = -127;
    break;
  default:
    break;
  }
  return 1;
}

/* Stored scales. 255 - emax from a carry out of the largest exponent is clamped to 254 as well. */
VEC_INLINE vec_i mx_scales(const mx_plan *p, vec_i amax) {
  vec_i field = vec_shr(vec_add(amax, vec_set_i(p->add)), 23);
  vec_i subnormal = vec_select(vec_gt_s(amax, vec_set_i(p->subnormal)), vec_set_i(1), vec_zero());
  field = vec_select(vec_gt_s(vec_set_i(0x800000u), amax), subnormal, field);
  vec_i scale = vec_max_s(vec_sub(field, vec_set_i(p->emax)), vec_zero());
  scale = vec_select(vec_eq(amax, vec_zero()), vec_set_i(p->zero_block), scale);
  return vec_min_s(scale, vec_set_i(254));
}

/* Subnormal amax have exponents below field 0, which candidates reach where emax is less than 2. */
VEC_INLINE int mx_is_deep(const mx_plan *p, vec_i amax) {
  return p->emax < 2 && vec_any(vec_and_m(vec_gt_s(vec_set_i(0x800000u), amax), vec_gt_s(amax, vec_zero())));
}

VEC_INLINE vec_i mx_searched(lowp_element id, const mx_plan *p, size_t count, const float *x, vec_i amax) {
  vec_i floor = vec_sub(vec_shr(amax, 23), vec_set_i(p->emax)), scale;
  if (p->round == LOWP_ROUND_RNE)
    scale = mx_search(id, LOWP_ROUND_RNE, p->min_code, count, x, floor);
  else
    scale = mx_search(id, p->round, p->min_code, count, x, floor);
  return vec_select(vec_eq(amax, vec_zero()), vec_set_i(p->zero_block), scale);
}

/* Codes of n elements from x on; inverse: 2^-e of their blocks. */
VEC_INLINE void mx_group(lowp_element id, const mx_plan *p, lowp_round round, minus_zero minus, size_t n,
                         const float *inverse, const float *x, uint8_t *codes) {
  const lowp_element_row row = lowp_element_row_of(id);
  vec_f y[4];
  VEC_UNROLL
  for (size_t v = 0; v < 4; v++) {
    size_t left = n - v * VEC;
    vec_f in = n == GROUP    ? vec_load(x + v * VEC)
               : v * VEC < n ? vec_load_first(x + v * VEC, left < VEC ? left : VEC)
                             : vec_set(0);
    y[v] = vec_mulf(in, vec_set(inverse[v * VEC / MX_BLOCK]));
    /* ModelOpt: a zero of the input has the sign bit; microxcaling: a quotient of zero has none */
    if (minus == MINUS_ALWAYS) y[v] = vec_selectf(vec_eqf(in, vec_set(0)), vec_set(-0.0f), y[v]);
    if (minus == MINUS_CODES) y[v] = vec_selectf(vec_eqf(y[v], vec_set(0)), vec_set(0), y[v]);
  }
  if (row.kind == LOWP_KIND_FIXED) {
    vec_i q[4];
    VEC_UNROLL
    for (size_t v = 0; v < 4; v++) q[v] = fixed_lanes(row.fixed.frac, round, y[v]);
    store_codes(codes, row.bits, vec_max_s8(integer_bytes(q), vec_set_8((uint32_t)p->min_code)), n);
  } else {
    store_codes(codes, row.bits, minifloat_codes(row.minifloat, round, minus, y), n);
  }
}

VEC_INLINE void mx_chunk(lowp_element id, const mx_plan *p, lowp_round round, minus_zero minus, size_t n,
                         const float *inverse, const float *x, uint8_t *codes) {
  const unsigned bits = lowp_element_row_of(id).bits;
  size_t i = 0;
  for (; i + GROUP <= n; i += GROUP) {
    prefetch_group(x + i + MX_AHEAD);
    mx_group(id, p, round, minus, GROUP, inverse + i / MX_BLOCK, x + i, codes + i * bits / 8);
  }
  if (i < n) mx_group(id, p, round, minus, n - i, inverse + i / MX_BLOCK, x + i, codes + i * bits / 8);
}

/* A part of a row by the generic kernel; the rules that come here do not look at a column's number. */
static inline void mx_generic(const lowpk_job *job, size_t row, size_t n, const float *x, uint8_t *codes,
                              uint8_t *scales) {
  lowpk_job part = *job;
  part.cols = part.cols_padded = n;
  lowpk_quantize_mx_generic(&part, row, x, codes, scales, NULL);
}

VEC_INLINE void mx_row(lowp_element id, const mx_plan *p, const lowpk_job *job, size_t row, const float *x,
                       uint8_t *codes, uint8_t *scales) {
  const unsigned bits = lowp_element_row_of(id).bits;
  const int usual = p->round == LOWP_ROUND_RNE && p->minus == MINUS_KEEP;
  for (size_t i = 0; i < job->cols_padded; i += MX_CHUNK) {
    size_t n = job->cols_padded - i < MX_CHUNK ? job->cols_padded - i : MX_CHUNK;
    uint8_t *to = codes + i * bits / 8;
    vec_i amax = blocks_amax(n / MX_BLOCK, x + i);
    if (vec_any(vec_gt_s(amax, vec_set_i(p->nan_from - 1))) || (p->search && mx_is_deep(p, amax))) {
      mx_generic(job, row, n, x + i, to, scales + i / MX_BLOCK);
      continue;
    }
    float inverse[VEC];
    vec_i scale = mx_scales(p, amax);
    if (p->search) scale = mx_searched(id, p, n / MX_BLOCK, x + i, amax);
    vec_store(inverse, mx_inverse(scale));
    vec_i zero = vec_zero(), q[4] = {scale, zero, zero, zero};
    vec_store_bytes(scales + i / MX_BLOCK, vec_order_4(vec_pack_u16(vec_pack_s32(q[0], zero), zero)), n / MX_BLOCK);
    if (usual)
      mx_chunk(id, p, LOWP_ROUND_RNE, MINUS_KEEP, n, inverse, x + i, to);
    else
      mx_chunk(id, p, p->round, p->minus, n, inverse, x + i, to);
  }
}

/* One row function for each scheme of the family. */
typedef void mx_row_fn(const mx_plan *, const lowpk_job *, size_t, const float *, uint8_t *, uint8_t *);
#define EACH_MX(ID, element, ...) \
  static void mx_row_##ID(const mx_plan *p, const lowpk_job *job, size_t row, const float *x, uint8_t *codes, \
                          uint8_t *scales) { \
    mx_row(LOWP_##element, p, job, row, x, codes, scales); \
  }
#include "kernels/generic/each_scheme.h"

static mx_row_fn *const mx_row_of[LOWP_SCHEME_COUNT] = {
#define EACH_MX(ID, ...) [LOWP_SCHEME_##ID] = mx_row_##ID,
#include "kernels/generic/each_scheme.h"
};

void VEC_NAME(quantize_mx)(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,
                           void *zero) {
  mx_plan plan;
  if (mx_plan_of(job, &plan))
    mx_row_of[job->scheme->id](&plan, job, row, x, codes, scales);
  else
    lowpk_quantize_mx_generic(job, row, x, codes, scales, zero);
}
