/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nvfp4_search.h: the MSE rule, the E4M3 scale of least squared error out of 126, the first of equals. The exact sum of
 * a candidate is dear: a quotient and two f64 differences an element. So candidates are estimated in f32 first, in units
 * of amax, and only those that may be the best are summed as generic does. Three facts leave few to look at:
 *
 *   - An estimate is close. Products and quotients are a few roundings from generic's, and where one of them moves an
 *     element over a tie the error hardly changes. With no element beyond 2 amax after rounding, each difference is
 *     within 2^-21 amax of the exact one and the root of a sum of sixteen squares within 2^-19 amax. ENOUGH allows for
 *     much more: (r + n)^2 <= r^2 (1 + 2^-8) + n^2 (1 + 2^8) with n = 2^-14.
 *   - Below, the largest element alone errs by amax - 6 d.
 *   - Above, where amax <= 2.4 d, elements become 0, 0.5, 1, 1.5 or 2 times d, and the scale half as large has all of
 *     these: it is no worse. So such a candidate (its scale can be halved: code >= 16) is looked at only if the one an
 *     octave below, 8 codes, is close to the best itself; along a chain of 15 the slack of n grows 15-fold, which n has.
 */
#ifndef LOWPK_SIMD_NVFP4_SEARCH_H
#define LOWPK_SIMD_NVFP4_SEARCH_H

#include "kernels/simd/nvfp4_lanes.h"

/* Candidates start - DOWN .. start + 55 at most; blocks that would need others are left to generic. */
enum { SEARCH_DOWN = 8, SEARCH_TRIED = 64 };

VEC_INLINE vec_f64 nvfp4_squares(const nvfp4_row *r, vec_f s, const vec_f x[16], const vec_f value[16]) {
  vec_f d = vec_mulf(s, vec_set(r->job->tensor_scale));
  vec_f64 sum = vec_f64_zero();
  VEC_UNROLL
  for (int i = 0; i < 16; i++) {
    vec_f a = vec_f_bits(vec_and(vec_i_bits(x[i]), vec_set_i(LOWPK_F32_MAGNITUDE)));
    vec_f64 e = vec_f64_sub(vec_f64_of(vec_mulf(value[i], d)), vec_f64_of(a));
    sum = vec_f64_add(sum, vec_f64_mul(e, e));
  }
  return sum;
}

/* Error over amax^2 with scale d, in units of amax; `unit` has the magnitudes of x in the same units. */
VEC_INLINE vec_f nvfp4_estimate(vec_f d, const vec_f unit[16]) {
  vec_f inverse = vec_divf(vec_set(1.0f), d), sum[2] = {vec_set(0.0f), vec_set(0.0f)}, value;
  VEC_UNROLL
  for (int i = 0; i < 16; i++) {
    (void)nvfp4_round(vec_minf(vec_mulf(unit[i], inverse), vec_set(6.0f)), &value);
    vec_f e = vec_fnma(value, d, unit[i]);
    sum[i & 1] = vec_fma(e, e, sum[i & 1]);
  }
  return vec_addf(sum[0], sum[1]);
}

/* ENOUGH of the comment above. */
VEC_INLINE vec_f nvfp4_enough(vec_f least) { return vec_fma(least, vec_set(1 + 0x1p-8f), vec_set(0x1p-19f)); }

typedef struct nvfp4_best {
  vec_f64 error;
  vec_i scale;
  nvfp4_words words;
} nvfp4_best;

/* The exact error of candidates, in ascending order; lanes of `these` only. */
VEC_INLINE void nvfp4_try(const nvfp4_row *r, int op, int minus, vec_m these, vec_i scale, const vec_f x[16],
                          nvfp4_best *best) {
  vec_f value[16], s = nvfp4_e4m3(scale);
  nvfp4_words w = nvfp4_encode_block(op, minus, x, nvfp4_factor(r, s), value);
  vec_f64 error = nvfp4_squares(r, s, x, value);
  vec_m better = vec_m_and(these, vec_f64_lt(error, best->error));
  best->error = vec_f64_select(better, error, best->error);
  best->scale = vec_select(better, scale, best->scale);
  best->words.lo = vec_select(better, w.lo, best->words.lo);
  best->words.hi = vec_select(better, w.hi, best->words.hi);
}

/* Estimates of candidate start - SEARCH_DOWN + k in estimates[k]; infinite where it cannot be the best. 0: too many. */
VEC_INLINE int nvfp4_estimate_all(const nvfp4_row *r, vec_i start, vec_f inverse, vec_m live, const vec_f unit[16],
                                  vec_f estimates[SEARCH_TRIED], vec_f *least, int *tried) {
  const vec_f none = vec_f_bits(vec_set_i(LOWPK_F32_INF)), one = vec_set(1.0f);
  const vec_f to_unit = vec_mulf(vec_set(r->job->tensor_scale), inverse);
  *least = estimates[SEARCH_DOWN] = nvfp4_estimate(vec_mulf(nvfp4_e4m3(start), to_unit), unit);
  int k = SEARCH_DOWN;
  while (k > 0) {
    vec_i code = vec_sub(start, vec_set_i((uint32_t)(SEARCH_DOWN - --k)));
    vec_m exists = vec_m_and(live, vec_gt_s(code, vec_zero()));
    vec_f d = vec_mulf(nvfp4_e4m3(vec_max_s(code, vec_set_i(1))), to_unit);
    vec_f gap = vec_maxf(vec_subf(one, vec_mulf(vec_set(6.0f), d)), vec_set(0.0f));
    vec_m open = vec_m_and(exists, vec_lef(vec_mulf(gap, gap), nvfp4_enough(*least)));
    if (!vec_any(open)) {
      for (int i = k; i >= 0; i--) estimates[i] = none;
      break;
    }
    if (k == 0) return 0;
    estimates[k] = vec_selectf(open, nvfp4_estimate(d, unit), none);
    *least = vec_minf(*least, estimates[k]);
  }
  int idle = 0;
  for (k = SEARCH_DOWN + 1; idle < SEARCH_DOWN; k++) {
    if (k == SEARCH_TRIED) return 0;
    vec_i code = vec_add(start, vec_set_i((uint32_t)(k - SEARCH_DOWN)));
    vec_m exists = vec_m_and(live, vec_gt_s(vec_set_i(SCALE_NAN), code));
    vec_f d = vec_mulf(nvfp4_e4m3(vec_min_s(code, vec_set_i(SCALE_MAX))), to_unit);
    vec_m open = vec_m_or(vec_gt_s(vec_set_i(16), code), vec_ltf(vec_mulf(vec_set(2.4f), d), one));
    open = vec_m_and(exists, vec_m_or(open, vec_lef(estimates[k - SEARCH_DOWN], nvfp4_enough(*least))));
    estimates[k] = none;
    idle++;
    if (!vec_any(open)) continue;
    idle = 0;
    estimates[k] = vec_selectf(open, nvfp4_estimate(d, unit), none);
    *least = vec_minf(*least, estimates[k]);
  }
  *tried = k;
  return 1;
}

/* Scales and codes of VEC blocks; `idle` lanes, of zeros or not finite, get codes only. 0: some block is beyond what is said above. */
VEC_INLINE int nvfp4_search(const nvfp4_row *r, int op, int minus, vec_f amax, vec_m idle, const vec_f x[16],
                            vec_i *scale, nvfp4_words *words) {
  vec_f unit[16], value[16], estimates[SEARCH_TRIED], least;
  int tried;
  amax = vec_selectf(idle, vec_set(1.0f), amax);
  vec_m live = vec_m_andnot(idle, vec_eq(vec_zero(), vec_zero()));
  vec_i start = nvfp4_cast_rne(vec_divf(amax, vec_set(6.0f * r->job->tensor_scale)), SCALE_MAX);
  start = vec_max_s(start, vec_set_i(1));
  /* amax far above the largest scale, or far below the smallest, or where its inverse or a square could not be held */
  vec_f most = vec_divf(amax, vec_mulf(nvfp4_e4m3(start), vec_set(r->job->tensor_scale)));
  vec_m usual = vec_m_and(vec_lef(most, vec_set(6.5f)), vec_lef(vec_set(0x1p-10f), most));
  usual = vec_m_and(usual, vec_m_and(vec_lef(amax, vec_set(0x1p100f)), vec_lef(vec_set(0x1p-100f), amax)));
  if (vec_any(vec_m_andnot(usual, live))) return 0;
  vec_f inverse = vec_divf(vec_set(1.0f), amax);
  VEC_UNROLL
  for (int i = 0; i < 16; i++)
    unit[i] = vec_mulf(vec_f_bits(vec_and(vec_i_bits(x[i]), vec_set_i(LOWPK_F32_MAGNITUDE))), inverse);
  if (!nvfp4_estimate_all(r, start, inverse, live, unit, estimates, &least, &tried)) return 0;
  const vec_f enough = nvfp4_enough(least);
  const vec_i first = vec_sub(start, vec_set_i(SEARCH_DOWN));
  /* the first 32 as bits, so that each lane walks through its own; those above are rare */
  vec_i left = vec_zero();
  for (int k = 0; k < tried && k < 32; k++)
    left = vec_add_if(vec_lef(estimates[k], enough), left, vec_set_i((uint32_t)1 << k));
  left = vec_andnot_if(idle, left);
  nvfp4_best best = {vec_f64_set(HUGE_VAL), start, {vec_zero(), vec_zero()}};
  if (vec_any(idle)) best.words = nvfp4_encode_block(op, minus, x, vec_set(1.0f), value); /* signs of zeros */
  for (;;) {
    vec_m none = vec_eq(left, vec_zero());
    vec_m some = vec_m_andnot(none, live);
    if (!vec_any(some)) break;
    vec_i lowest = vec_and(left, vec_sub(vec_zero(), left));
    vec_i k = vec_sub(vec_and(vec_shr(vec_i_bits(vec_to_float(lowest)), 23), vec_set_i(0xff)), vec_set_i(127));
    nvfp4_try(r, op, minus, some, vec_select(some, vec_add(first, k), start), x, &best);
    left = vec_sub(left, lowest);
  }
  for (int k = 32; k < tried; k++) {
    vec_m some = vec_m_and(live, vec_lef(estimates[k], enough));
    if (!vec_any(some)) continue;
    nvfp4_try(r, op, minus, some, vec_select(some, vec_add(first, vec_set_i((uint32_t)k)), start), x, &best);
  }
  *scale = best.scale;
  *words = best.words;
  return 1;
}

#endif
