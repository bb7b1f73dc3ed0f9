/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nvfp4_lanes.h: the formulas of generic/nvfp4_rules.c on one block in each lane: same operations, same order. Included
 * by quantize_nvfp4.h behind blocks_*.h.
 *
 * Two of generic's cares are met before: the tensor scale and its inverse are ordinary numbers (row_is_ordinary), so that
 * products and quotients with block scales neither overflow nor vanish and no factor is Inf or NaN.
 */
#ifndef LOWPK_SIMD_NVFP4_LANES_H
#define LOWPK_SIMD_NVFP4_LANES_H

#include "kernels/generic/block.h"
#include "kernels/generic/nvfp4.h"
#include <float.h>
#include <math.h>

enum { SCALE_NAN = 0x7f, SCALE_MAX = 0x7e };

/* A row under way. */
typedef struct nvfp4_row {
  const lowpk_job *job;
  const lowpk_nvfp4_rule *rule;
  lowp_compat compat;
  size_t some; /* times VEC blocks at a time */
} nvfp4_row;

/* The block scales in units of E4M3, for Four Over Six or not. */
VEC_INLINE vec_f nvfp4_base(const nvfp4_row *r, vec_f a, int four_over_six) {
  const float target = r->job->opts->nvfp4_target, dec = r->job->tensor_scale, enc = r->job->tensor_scale_inv;
  switch (r->compat) {
  case LOWP_COMPAT_TRANSFORMER_ENGINE:
    if (!four_over_six) return vec_mulf(a, vec_set(enc * (1.0f / 6.0f)));
    return vec_mulf(vec_divf(a, vec_set(target)), vec_set(enc));
  case LOWP_COMPAT_VLLM:
    return vec_mulf(vec_set(enc), vec_mulf(a, vec_set(1.0f / 6.0f)));
  case LOWP_COMPAT_TORCHAO:
  case LOWP_COMPAT_GGML:
    return vec_divf(vec_divf(a, vec_set(target)), vec_set(dec));
  case LOWP_COMPAT_COMPRESSED_TENSORS:
  case LOWP_COMPAT_FOUROVERSIX:
    return vec_mulf(vec_divf(a, vec_set(target)), vec_set(enc));
  default:
    return vec_divf(a, vec_set(target * dec));
  }
}

/* What elements are divided by or multiplied with, from the value of the block scale. */
VEC_INLINE vec_f nvfp4_factor(const nvfp4_row *r, vec_f s) {
  const float dec = r->job->tensor_scale, enc = r->job->tensor_scale_inv;
  vec_f d;
  switch (r->compat) {
  case LOWP_COMPAT_TRANSFORMER_ENGINE:
    d = vec_divf(vec_set(1.0f), vec_mulf(s, vec_set(1.0f / enc)));
    return vec_minf(d, vec_set(FLT_MAX));
  case LOWP_COMPAT_VLLM:
  case LOWP_COMPAT_FOUROVERSIX:
    d = vec_mulf(s, vec_set(1.0f / enc));
    return vec_f_bits(vec_andnot_if(vec_eqf(d, vec_set(0.0f)), vec_i_bits(vec_divf(vec_set(1.0f), d))));
  case LOWP_COMPAT_TORCHAO:
    return vec_divf(vec_set(1.0f / dec), s);
  case LOWP_COMPAT_COMPRESSED_TENSORS:
    return vec_divf(s, vec_set(enc));
  default:
    return vec_mulf(s, vec_set(dec));
  }
}

/* The values of scale bytes without a sign: subnormals are units of 2^-9, 7f is NaN. */
VEC_INLINE vec_f nvfp4_e4m3(vec_i code) {
  vec_f low = vec_mulf(vec_to_float(code), vec_set(0x1p-9f));
  vec_f v = vec_f_bits(vec_shl(vec_add(code, vec_set_i(120u << 3)), 20));
  v = vec_selectf(vec_gt_s(vec_set_i(8), code), low, v);
  return vec_selectf(vec_eq(code, vec_set_i(SCALE_NAN)), vec_f_bits(vec_set_i(LOWPK_F32_NAN)), v);
}

/*
 * E4M3 to nearest even. A number with the unit u of its binade as last place, added to base, leaves base / u rounded in
 * the low bits: below the normals u is that of the smallest. `most` is where codes stop: 448 or NaN.
 */
VEC_INLINE vec_i nvfp4_cast_rne(vec_f base, uint32_t most) {
  vec_i bits = vec_i_bits(vec_minf(base, vec_set(1024.0f)));
  vec_i e = vec_max_u(vec_and(bits, vec_set_i(LOWPK_F32_INF)), vec_set_i(121u << 23));
  vec_i anchor = vec_add(e, vec_set_i(20u << 23));
  vec_i q = vec_sub(vec_i_bits(vec_addf(vec_f_bits(bits), vec_f_bits(anchor))), anchor);
  vec_i code = vec_add(q, vec_shr(vec_sub(e, vec_set_i(121u << 23)), 20));
  return vec_min_s(code, vec_set_i(most));
}

/* ggml's own: see generic. From 256 on everything is 448. */
VEC_INLINE vec_i nvfp4_cast_ggml(vec_f base) {
  base = vec_minf(base, vec_set(512.0f));
  vec_i bits = vec_i_bits(base);
  vec_i low = vec_truncate(vec_addf(vec_mulf(base, vec_set(512.0f)), vec_set(0.5f)));
  vec_i code = vec_sub(vec_shr(vec_add(bits, vec_set_i(1u << 19)), 20), vec_set_i(120u << 3));
  low = vec_min_s(low, vec_set_i(7));
  code = vec_select(vec_gt_s(code, vec_set_i(0x77)), vec_set_i(SCALE_MAX), code);
  code = vec_select(vec_gt_s(vec_set_i(121u << 23), bits), low, code);
  return vec_andnot_if(vec_gt_s(vec_set_i(1), bits), code);
}

VEC_INLINE vec_i nvfp4_cast(const nvfp4_row *r, vec_f base) {
  vec_i code;
  base = vec_maxf(base, vec_set(r->rule->smallest)); /* a NaN gives the second, as the comparison of generic does */
  if (r->compat == LOWP_COMPAT_GGML)
    code = nvfp4_cast_ggml(base);
  else
    code = nvfp4_cast_rne(base, r->compat == LOWP_COMPAT_FOUROVERSIX ? SCALE_NAN : SCALE_MAX);
  return vec_select(vec_eq(code, vec_zero()), vec_set_i(r->rule->underflow), code);
}

/*
 * E2M1 of y, 0 <= y < 7, to nearest even, by the same addition as above: the binade decides which unit is rounded to. *value
 * receives the number. Exponents lie in the upper halves of lanes, so a saturating difference of halves does for them.
 */
VEC_INLINE vec_i nvfp4_round(vec_f y, vec_f *value) {
  vec_i bits = vec_i_bits(y);
  vec_i e = vec_subs_u16(vec_and(bits, vec_set_i(LOWPK_F32_INF)), vec_set_i(127u << 23));
  vec_i anchor = vec_add(e, vec_set_i(149u << 23)); /* 2^22 for the unit 0.5 of all below 2 */
  vec_f sum = vec_addf(vec_f_bits(bits), vec_f_bits(anchor));
  *value = vec_subf(sum, vec_f_bits(anchor));
  return vec_add(vec_sub(vec_i_bits(sum), anchor), vec_shr(e, 22));
}

/* ggml's search: the nearest in f32, the first of equals. */
VEC_INLINE vec_i nvfp4_nearest(vec_f x, vec_f d, vec_f *value) {
  vec_f a = vec_f_bits(vec_and(vec_i_bits(x), vec_set_i(LOWPK_F32_MAGNITUDE))), best = a,
        half = vec_mulf(vec_set(0.5f), d);
  vec_i code = vec_zero();
  *value = vec_set(0.0f);
  VEC_UNROLL
  for (uint32_t c = 1; c < 8; c++) {
    vec_f e = vec_subf(vec_mulf(vec_set(2.0f * lowpk_e2m1_values[c]), half), a);
    e = vec_f_bits(vec_and(vec_i_bits(e), vec_set_i(LOWPK_F32_MAGNITUDE)));
    vec_m closer = vec_ltf(e, best);
    best = vec_selectf(closer, e, best);
    code = vec_select(closer, vec_set_i(c), code);
    *value = vec_selectf(closer, vec_set(lowpk_e2m1_values[c]), *value);
  }
  vec_i sign = vec_and(vec_shr(vec_i_bits(x), 28), vec_set_i(8));
  return vec_andnot_if(vec_eq(code, vec_zero()), vec_or(code, sign));
}

/*
 * a / f correctly rounded, where it is not negligible, with the correctly rounded inverse of f: a first quotient within
 * two ulps, a second within one, and by Markstein's theorem the third is right. A division of 16 lanes takes its
 * unit for ten cycles, five operations on two ports half of that; one of 8 lanes is cheap enough. Scales are ordinary, so nothing overflows, and remainders are exact for
 * every quotient from 2^-20 on; below that all there is to know is that it is small.
 */
VEC_INLINE vec_f nvfp4_quotient(vec_f a, vec_f f, vec_f inverse) {
  if (VEC == 8) return vec_divf(a, f);
  vec_f q = vec_mulf(a, inverse);
  q = vec_fma(vec_fnma(q, f, a), inverse, q);
  return vec_fma(vec_fnma(q, f, a), inverse, q);
}

/* What a block's elements have in common. */
typedef struct nvfp4_by {
  vec_f f, inverse, most; /* most: what saturates, whatever lies above it */
} nvfp4_by;

/* The code of x under the factor f, and the magnitude of its value. `op` and `minus` are constants. */
VEC_INLINE vec_i nvfp4_encode(int op, int minus, vec_f x, nvfp4_by by, vec_f *value) {
  if (op == LOWPK_NVFP4_SEARCH) return nvfp4_nearest(x, by.f, value);
  if (minus == LOWPK_NVFP4_MINUS_INPUT) x = vec_addf(x, vec_set(0.0f)); /* -0 + 0 = +0, others stay */
  const vec_i magnitude = vec_set_i(LOWPK_F32_MAGNITUDE);
  vec_f y = x, a;
  if (op == LOWPK_NVFP4_DIVIDE && minus != LOWPK_NVFP4_MINUS_DROP) {
    a = vec_minf(vec_f_bits(vec_and(vec_i_bits(x), magnitude)), by.most);
    a = nvfp4_quotient(a, by.f, by.inverse);
  } else { /* -0 is dropped: a quotient that vanishes has to be told from one that is small */
    y = op == LOWPK_NVFP4_DIVIDE ? vec_divf(x, by.f) : vec_mulf(x, by.f);
    if (minus == LOWPK_NVFP4_MINUS_DROP) y = vec_addf(y, vec_set(0.0f));
    a = vec_f_bits(vec_and(vec_i_bits(y), magnitude));
  }
  vec_f within = op == LOWPK_NVFP4_DIVIDE && minus != LOWPK_NVFP4_MINUS_DROP ? a : vec_minf(a, vec_set(6.0f));
  vec_i code = vec_or_and(nvfp4_round(within, value), vec_shr(vec_i_bits(y), 28), vec_set_i(8));
  if (op == LOWPK_NVFP4_MULTIPLY_OPEN) {
    vec_m open = vec_lef(vec_set(7.0f), a);
    code = vec_select(open, vec_set_i(8), code);
    *value = vec_selectf(open, vec_set(8.0f), *value);
  }
  return code;
}

/* Eight codes to a word, the first lowest. */
typedef struct nvfp4_words {
  vec_i lo, hi;
} nvfp4_words;
VEC_INLINE nvfp4_words nvfp4_encode_block(int op, int minus, const vec_f x[16], vec_f f, vec_f value[16]) {
  const nvfp4_by by = {f, vec_divf(vec_set(1.0f), f), vec_mulf(f, vec_set(6.5f))};
  vec_i w[2];
  VEC_UNROLL
  for (int h = 0; h < 2; h++) {
    w[h] = nvfp4_encode(op, minus, x[8 * h + 7], by, &value[8 * h + 7]);
    VEC_UNROLL
    for (int i = 8 * h + 6; i >= 8 * h; i--)
      w[h] = vec_or(vec_shl(w[h], 4), nvfp4_encode(op, minus, x[i], by, &value[i]));
  }
  return (nvfp4_words){w[0], w[1]};
}

VEC_INLINE vec_f nvfp4_amax(const vec_f x[16]) {
  vec_i most = vec_zero();
  VEC_UNROLL
  for (int i = 0; i < 16; i++) most = vec_max_u(most, vec_and(vec_i_bits(x[i]), vec_set_i(LOWPK_F32_MAGNITUDE)));
  return vec_f_bits(most);
}

#endif
