/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mx_search.h: the MSE rule of MX. Lane k works on block k of a chunk, so that every sum of squares goes through its block
 * from the first element to the last in f64, as the definition has it, and four candidates of VEC blocks run at a time.
 */
#ifndef LOWPK_SIMD_MX_SEARCH_H
#define LOWPK_SIMD_MX_SEARCH_H

#include "kernels/simd/rounding.h"

enum { MX_CANDIDATES = 4 };

/* 2^(127 - scale), which for a scale of 254 is a subnormal of f32; and 2^(scale - 127), one for a scale of 0. */
VEC_INLINE vec_f mx_inverse(vec_i scale) {
  return vec_f_bits(vec_max_u(vec_shl(vec_sub(vec_set_i(254), scale), 23), vec_set_i(0x400000u)));
}
VEC_INLINE vec_f mx_power(vec_i scale) { return vec_f_bits(vec_max_u(vec_shl(scale, 23), vec_set_i(0x400000u))); }

/* The value of the code of y. */
VEC_INLINE vec_f mx_values(lowp_element id, lowp_round round, int32_t min_code, vec_f y) {
  const lowp_element_row row = lowp_element_row_of(id);
  if (row.kind != LOWP_KIND_FIXED) return minifloat_values(row.minifloat, round, y);
  const float step = vec_pow2(-(int)row.fixed.frac);
  vec_f v = vec_mulf(vec_to_float(fixed_lanes(row.fixed.frac, round, y)), vec_set(step));
  return vec_maxf(vec_minf(v, vec_set((float)row.fixed.max * step)), vec_set((float)min_code * step));
}

/*
 * Scales of the least error, the first of equals, from the scale before that of FLOOR on; `floor` has not been clamped.
 * Lanes from `count` on repeat block 0.
 */
VEC_INLINE vec_i mx_search(lowp_element id, lowp_round round, int32_t min_code, size_t count, const float *x,
                           vec_i floor) {
  vec_i scale[MX_CANDIDATES], best;
  vec_f inverse[MX_CANDIDATES], power[MX_CANDIDATES];
  vec_d sum[MX_CANDIDATES], least;
  int32_t start[VEC];
  for (size_t k = 0; k < VEC; k++) start[k] = k < count ? (int32_t)(k * BLOCK_32) : 0;
  const vec_i index = vec_load_i(start);
  for (int c = 0; c < MX_CANDIDATES; c++) {
    vec_i s = vec_add(floor, vec_set_i((uint32_t)(c - 1)));
    scale[c] = vec_min_s(vec_max_s(s, vec_zero()), vec_set_i(254));
    inverse[c] = mx_inverse(scale[c]);
    power[c] = mx_power(scale[c]);
    sum[c] = vec_zero_d();
  }
  for (size_t i = 0; i < BLOCK_32; i++) {
    vec_f in = vec_gather(x + i, index);
    vec_d wide = vec_to_d(in);
    for (int c = 0; c < MX_CANDIDATES; c++) {
      vec_f v = mx_values(id, round, min_code, vec_mulf(in, inverse[c]));
      vec_d d = vec_sub_d(wide, vec_to_d(vec_mulf(v, power[c]))); /* exact, or Inf */
      sum[c] = vec_add_d(sum[c], vec_mul_d(d, d));
    }
  }
  best = scale[0];
  least = sum[0];
  for (int c = 1; c < MX_CANDIDATES; c++) {
    best = vec_select(vec_lt_d(sum[c], least), scale[c], best);
    least = vec_min_d(sum[c], least);
  }
  return best;
}

#endif
