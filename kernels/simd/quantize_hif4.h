/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantize_hif4.h: rows of HiFloat4, VEC groups at a time, one in each lane: their 64 elements are 64 vectors, so a
 * group's two levels of exponents are comparisons of whole vectors, and the search adds its squares in generic's order.
 * The formulas are those of generic/quantize_hif4.c. Its f64 arithmetic is not needed: a product that counts as exact is
 * only compared with numbers, and the sign of a fused multiply-add that subtracts the number is exact.
 */
#ifndef LOWPK_SIMD_QUANTIZE_HIF4_H
#define LOWPK_SIMD_QUANTIZE_HIF4_H

#include "kernels/generic/block.h"
#include "kernels/generic/hif4.h"
#include "kernels/simd/rounding.h"
#include <math.h>

enum { N = LOWPK_HIF4_GROUP, E6M2_MAX = 0xfe, SEARCH_STEPS = 3 };

typedef enum hif4_precision { HIF4_EXACT, HIF4_F32, HIF4_BF16 } hif4_precision;

/* As in generic: the precision of max |x| / 7, of the products compared with 4 and 2, and of y. */
typedef struct hif4_rule {
  int input_bf16, max, threshold, y;
} hif4_rule;

typedef struct hif4_groups {
  vec_f x[N];
  vec_f max4[16], max8[8];
  const float *from;
} hif4_groups;

VEC_INLINE vec_f hif4_magnitude(vec_f x) { return vec_f_bits(vec_and(vec_i_bits(x), vec_set_i(LOWPK_F32_MAGNITUDE))); }

/* To bf16, nearest even. */
VEC_INLINE vec_f hif4_bf16(vec_f v) {
  vec_i bits = vec_i_bits(v), odd = vec_and(vec_shr(bits, 16), vec_set_i(1));
  bits = vec_add(vec_add(bits, vec_set_i(0x7fff)), odd);
  return vec_f_bits(vec_and(bits, vec_set_i(0xffff0000u)));
}

/* The level-1 scales. An exact product is first rounded to odd, after which a second rounding does no harm. */
VEC_INLINE vec_i hif4_e6m2(hif4_rule r, vec_f amax) {
  const vec_f seventh = vec_set(0.142578125f), zero = vec_set(0.0f);
  vec_f p = vec_mulf(amax, seventh);
  if (r.max == HIF4_EXACT) {
    vec_f rest = vec_fma(amax, seventh, vec_subf(zero, p));
    vec_i bits = vec_add_if(vec_ltf(rest, zero), vec_i_bits(p), vec_set_i(0xffffffffu));
    p = vec_f_bits(vec_select(vec_eqf(rest, zero), bits, vec_or(bits, vec_set_i(1))));
  }
  vec_i bits = vec_i_bits(hif4_bf16(p)), odd = vec_and(vec_shr(bits, 21), vec_set_i(1));
  bits = vec_add(vec_add(bits, vec_set_i(0xfffff)), odd); /* two mantissa bits stay */
  bits = vec_sub(vec_shr(bits, 21), vec_set_i((127 - 48) << 2));
  return vec_min_s(vec_max_s(bits, vec_zero()), vec_set_i(E6M2_MAX));
}

/* bf16(1 / E6M2): four mantissas, and a power of two. */
VEC_INLINE vec_f hif4_reciprocal(vec_i e6m2) {
  static const float of_mantissa[4] = {0x1p48f, 0x1p48f * 0.80078125f, 0x1p48f * 0.66796875f, 0x1p48f * 0.5703125f};
  return vec_f_bits(vec_sub(vec_i_bits(vec_lookup_4(of_mantissa, e6m2)), vec_shl(vec_shr(e6m2, 2), 23)));
}

/* Is m * rec at least `limit`? A product that rounds to bf16 reaches it from half a step below on: 2 and 4 are even. */
VEC_INLINE vec_m hif4_reaches(hif4_rule r, vec_f m, vec_f rec, vec_f limit) {
  if (r.threshold == HIF4_EXACT) return vec_lef(vec_set(0.0f), vec_fma(m, rec, vec_subf(vec_set(0.0f), limit)));
  if (r.threshold == HIF4_BF16) limit = vec_f_bits(vec_sub(vec_i_bits(limit), vec_set_i(0x8000)));
  return vec_lef(limit, vec_mulf(m, rec));
}

/*
 * y = a * f in quarters, rounded, at most 7. For ties away from zero the steps are at odd eighths, bf16 numbers with an
 * even last bit: whether y rounded to bf16 reaches one does not depend on where other ties of bf16 go, so adding half
 * will do.
 */
VEC_INLINE vec_i hif4_quarters(hif4_rule r, int away, vec_f a, vec_f f) {
  const vec_f half = vec_set(0.5f), four = vec_set(4.0f), most = vec_set(7.0f);
  if (r.y == HIF4_BF16) {
    vec_f p = vec_mulf(a, f);
    if (!away) return vec_to_int(vec_minf(vec_mulf(hif4_bf16(p), four), most));
    p = vec_f_bits(vec_and(vec_add(vec_i_bits(p), vec_set_i(0x8000)), vec_set_i(0xffff0000u)));
    return vec_truncate(vec_minf(vec_fma(p, four, half), most));
  }
  /* one rounding of 4 y + 0.5 may have reached an integer that the sum does not */
  f = vec_mulf(f, four);
  vec_i q = vec_truncate(vec_minf(vec_fma(a, f, half), most));
  vec_f rest = vec_fma(a, f, vec_subf(half, vec_to_float(q)));
  if (!away) { /* a tie that went up to an odd number goes back */
    vec_i odd = vec_and(q, vec_set_i(1));
    return vec_select(vec_ltf(vec_set(0.0f), rest), q,
                      vec_sub(q, vec_select(vec_eqf(rest, vec_set(0.0f)), odd, vec_set_i(1))));
  }
  return vec_add_if(vec_ltf(rest, vec_set(0.0f)), q, vec_set_i(0xffffffffu));
}

/* The words and the codes that go with level-1 scales; eight codes to a word. The squared error if `error` is not NULL. */
VEC_INLINE vec_i hif4_encode(hif4_rule r, int away, const hif4_groups *g, vec_i e6m2, vec_i codes[8], vec_f64 *error) {
  const vec_f rec = hif4_reciprocal(e6m2), two = vec_set(2.0f), four = vec_set(4.0f);
  const vec_i halve = vec_set_i((uint32_t)-1 << 23), twice = vec_set_i(1u << 23);
  /* E6M2 over four, as f32: what a quarter is worth. Codes 0 .. 254 have the exponents -48 .. 15. */
  const vec_i quarter = vec_add(vec_shl(e6m2, 21), vec_set_i((127 - 48 - 2) << 23));
  vec_i word = e6m2;
  vec_f64 sum = vec_f64_zero();
  for (int i = 0; i < 8; i++) {
    vec_m e8 = hif4_reaches(r, g->max8[i], rec, four);
    vec_f limit = vec_selectf(e8, four, two);
    word = vec_add_if(e8, word, vec_set_i((uint32_t)1 << (8 + i)));
    vec_i out = vec_zero();
    VEC_UNROLL
    for (int j = 0; j < 2; j++) {
      vec_m e16 = hif4_reaches(r, g->max4[2 * i + j], rec, limit);
      word = vec_add_if(e16, word, vec_set_i((uint32_t)1 << (16 + 2 * i + j)));
      vec_f f = vec_f_bits(vec_add_if(e16, vec_add_if(e8, vec_i_bits(rec), halve), halve));
      vec_f unit = vec_f_bits(vec_add_if(e16, vec_add_if(e8, quarter, twice), twice));
      VEC_UNROLL
      for (int k = 0; k < 4; k++) {
        vec_f x = g->x[8 * i + 4 * j + k], a = hif4_magnitude(x);
        vec_i q = hif4_quarters(r, away, a, f);
        if (error) {
          vec_f64 e = vec_f64_sub(vec_f64_of(vec_mulf(vec_to_float(q), unit)), vec_f64_of(a));
          sum = vec_f64_add(sum, vec_f64_mul(e, e));
        }
        q = vec_add_if(vec_ltf(x, vec_set(0.0f)), q, vec_set_i(8));
        out = vec_or(out, vec_shl(q, (unsigned)(4 * j + k) * 4));
      }
    }
    codes[i] = out;
    if (!error) vec_prefetch(g->from + i * (VEC * N / 8), VEC * N / 8); /* not all at once: few can be under way */
  }
  if (error) *error = sum;
  return word;
}

/* The neighbours of a scale in ascending order; the first of those with least error stays. */
VEC_INLINE vec_i hif4_search(hif4_rule r, int away, const hif4_groups *g, vec_i e6m2, vec_i codes[8]) {
  vec_f64 best = vec_f64_set(HUGE_VAL), error;
  vec_i word = e6m2, tried[8];
  for (int step = -SEARCH_STEPS; step <= SEARCH_STEPS; step++) {
    vec_i c = vec_add(e6m2, vec_set_i((uint32_t)step));
    /* beyond an end: the end, which is not better than itself when it had its turn or has it yet */
    c = vec_min_s(vec_max_s(c, vec_zero()), vec_set_i(E6M2_MAX));
    vec_i w = hif4_encode(r, away, g, c, tried, &error);
    vec_m better = vec_f64_lt(error, best);
    best = vec_f64_select(better, error, best);
    word = vec_select(better, w, word);
    for (int i = 0; i < 8; i++) codes[i] = vec_select(better, tried[i], codes[i]);
  }
  return word;
}

/* VEC groups; `nonfinite` receives a word for each, not 0 where NaN or Inf is in it and the results are void. */
VEC_INLINE void hif4_quantize(hif4_rule r, int away, int search, const float *from, uint8_t *codes, uint8_t *scales,
                              uint32_t nonfinite[VEC]) {
  hif4_groups g;
  g.from = from;
  vec_i out[8], all = vec_zero(), raw = vec_zero();
  for (int i = 0; i < N; i += 16) vec_load_blocks(from + i, N, g.x + i);
  for (int j = 0; j < 16; j++) {
    vec_i most = vec_zero();
    for (int i = 4 * j; i < 4 * j + 4; i++) {
      if (r.input_bf16) {
        raw = vec_max_u(raw, vec_i_bits(hif4_magnitude(g.x[i])));
        g.x[i] = hif4_bf16(g.x[i]);
      }
      most = vec_max_u(most, vec_i_bits(hif4_magnitude(g.x[i])));
    }
    g.max4[j] = vec_f_bits(most);
    all = vec_max_u(all, most);
  }
  for (int i = 0; i < 8; i++)
    g.max8[i] = vec_f_bits(vec_max_u(vec_i_bits(g.max4[2 * i]), vec_i_bits(g.max4[2 * i + 1])));
  vec_m bad = vec_gt_s(vec_max_u(all, raw), vec_set_i(LOWPK_F32_INF - 1));
  vec_store_i(nonfinite, vec_and_if(bad, vec_set_i(1)));
  vec_i e6m2 = hif4_e6m2(r, vec_f_bits(all));
  for (int i = 0; i < 8; i++) out[i] = vec_zero();
  vec_i word = search ? hif4_search(r, away, &g, e6m2, out) : hif4_encode(r, away, &g, e6m2, out, NULL);
  vec_store_eights(codes, out);
  vec_store_i(scales, word);
}

typedef void hif4_quantize_fn(const float *x, uint8_t *codes, uint8_t *scales, uint32_t nonfinite[VEC]);

#define HIF4_ONE(name, away, search, ...) \
  static void name(const float *x, uint8_t *codes, uint8_t *scales, uint32_t nonfinite[VEC]) { \
    hif4_quantize((hif4_rule){__VA_ARGS__}, away, search, x, codes, scales, nonfinite); \
  }
#define HIF4_RULE(name, ...) \
  HIF4_ONE(name##_away, 1, 0, __VA_ARGS__) \
  HIF4_ONE(name##_even, 0, 0, __VA_ARGS__) \
  HIF4_ONE(name##_away_search, 1, 1, __VA_ARGS__) \
  HIF4_ONE(name##_even_search, 0, 1, __VA_ARGS__) \
  static hif4_quantize_fn *const name[4] = {name##_even, name##_away, name##_even_search, name##_away_search};
/*        name           input max       threshold   y */
HIF4_RULE(hif4_lowp, 0, HIF4_F32, HIF4_F32, HIF4_BF16)
HIF4_RULE(hif4_authors, 0, HIF4_EXACT, HIF4_EXACT, HIF4_EXACT)
HIF4_RULE(hif4_cann, 1, HIF4_F32, HIF4_BF16, HIF4_BF16)

void VEC_NAME(quantize_hif4)(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,
                             void *zero) {
  const lowp_quant_opts *opts = job->opts;
  const int away = opts->round == LOWP_ROUND_HALF_AWAY, search = opts->scale_rule == LOWP_SCALE_MSE;
  /* other roundings, also of the processor */
  if ((!away && opts->round != LOWP_ROUND_RNE) || !vec_default_mode()) {
    lowpk_quantize_hif4_generic(job, row, x, codes, scales, zero);
    return;
  }
  hif4_quantize_fn *const *of_rule = opts->compat == LOWP_COMPAT_CANN           ? hif4_cann
                                     : opts->compat == LOWP_COMPAT_HIF4_AUTHORS ? hif4_authors
                                                                                : hif4_lowp;
  hif4_quantize_fn *quantize = of_rule[2 * search + away];
  const size_t count = job->cols_padded / N;
  for (size_t i = 0; i < count; i += VEC) {
    size_t n = count - i < VEC ? count - i : VEC;
    uint32_t nonfinite[VEC];
    if (n == VEC) {
      quantize(x + i * N, codes + i * (N / 2), scales + i * 4, nonfinite);
    } else { /* the last groups of a row, with zeros behind */
      float last[VEC * N];
      uint8_t last_codes[VEC * N / 2], last_scales[VEC * 4];
      memset(last, 0, sizeof last);
      memcpy(last, x + i * N, n * N * sizeof *x);
      quantize(last, last_codes, last_scales, nonfinite);
      memcpy(codes + i * (N / 2), last_codes, n * (N / 2));
      memcpy(scales + i * 4, last_scales, n * 4);
    }
    for (size_t j = i; j < i + n; j++) {
      if (!nonfinite[j - i]) continue;
      lowpk_job group = *job; /* nothing random in it, so it may stand alone */
      group.cols = group.cols_padded = N;
      lowpk_quantize_hif4_generic(&group, row, x + j * N, codes + j * (N / 2), scales + j * 4, zero);
    }
  }
}

#endif
