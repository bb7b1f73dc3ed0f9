/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode.h: arrays of f32 to element codes, a group of four vectors at a time, with the lane arithmetic of rounding.h.
 * Lanes know finite numbers and saturation. What a NaN, an Inf or an overflow becomes depends on the rules; such values
 * are rare, so a group with one is left to the generic kernel as a whole. Left to it altogether are stochastic rounding
 * and rounding upward, the rule that gives unsigned formats a NaN for negative numbers, HiF8 and the scale formats under
 * other than their default rounding, and processes that changed the floating-point mode.
 */
#ifndef LOWPK_SIMD_ENCODE_H
#define LOWPK_SIMD_ENCODE_H

#include "kernels/simd/encode_lanes.h"
#include "kernels/simd/rounding.h"

/* --- one group ------------------------------------------------------------------------------------------------------ */

/* The low bytes of four vectors of lanes below 256, in order. */
VEC_INLINE vec_i low_bytes(const vec_i q[4]) {
  return vec_order_4(vec_pack_u16(vec_pack_u32(q[0], q[1]), vec_pack_u32(q[2], q[3])));
}

/* Stores the GROUP codes of y; `id` and `round` are constants. */
VEC_INLINE void encode_group(lowp_element id, lowp_round round, const vec_f y[4], uint8_t *codes) {
  const lowp_element_row row = lowp_element_row_of(id);
  const lowp_minifloat f = row.minifloat;
  vec_i q[4];
  if (id == LOWP_BF16) {
    VEC_UNROLL
    for (int j = 0; j < 4; j++) q[j] = bf16_lanes(round, y[j]);
    vec_store_i(codes, vec_order_2(vec_pack_u32(q[0], q[1])));
    vec_store_i(codes + VEC_BYTES, vec_order_2(vec_pack_u32(q[2], q[3])));
  } else if (id == LOWP_FP16) {
    VEC_UNROLL
    for (int j = 0; j < 4; j++) {
      vec_f most = vec_set(65504.0f), v = vec_maxf(vec_minf(y[j], most), vec_set(-65504.0f));
      vec_store_half(codes + j * (VEC_BYTES / 2), vec_to_half(v), VEC);
    }
  } else if (id == LOWP_HIF8) {
    VEC_UNROLL
    for (int j = 0; j < 4; j++) q[j] = hif8_lanes(y[j]);
    vec_store_i(codes, low_bytes(q));
  } else if (row.kind == LOWP_KIND_FIXED) {
    VEC_UNROLL
    for (int j = 0; j < 4; j++) /* far beyond any code, and within what fixed_lanes can do */
      q[j] = fixed_lanes(row.fixed.frac, round, vec_maxf(vec_minf(y[j], vec_set(1024.0f)), vec_set(-1024.0f)));
    vec_i bytes = integer_bytes(q);
    if (row.bits < 8) {
      bytes = vec_min_s8(vec_max_s8(bytes, vec_set_8((uint32_t)row.fixed.min)), vec_set_8((uint32_t)row.fixed.max));
      bytes = vec_and(bytes, vec_set_8(((uint32_t)1 << row.bits) - 1));
    }
    vec_store_i(codes, bytes);
  } else if (f.specials == LOWP_SPECIALS_SCALE) {
    VEC_UNROLL
    for (int j = 0; j < 4; j++) q[j] = scale_lanes(f, y[j]);
    vec_store_i(codes, low_bytes(q));
  } else {
    int no_minus = f.specials == LOWP_SPECIALS_FNUZ || f.specials == LOWP_SPECIALS_P3109;
    vec_store_i(codes, minifloat_codes(f, round, no_minus ? MINUS_DROP : MINUS_KEEP, y));
  }
}

/* --- arrays --------------------------------------------------------------------------------------------------------- */

VEC_INLINE void encode_array(lowp_element id, lowp_round round, const encode_call *c, size_t n, const char *x,
                             uint8_t *codes) {
  const size_t size = lowp_element_row_of(id).bits > 8 ? 2 : 1;
  const vec_i limit = vec_set_i(encode_limit(c));
  for (size_t i = 0; i < n; i += GROUP) {
    uint8_t last_codes[2 * GROUP], *to = codes + i * size;
    float last[GROUP];
    vec_f y[4];
    vec_i most = vec_zero();
    const char *from = x + i * sizeof(float);
    vec_prefetch(from, GROUP);
    size_t count = n - i < GROUP ? n - i : GROUP;
    if (count < GROUP) { /* the last ones, with zeros behind */
      memset(last, 0, sizeof last);
      memcpy(last, from, count * sizeof(float));
      from = (const char *)last;
      to = last_codes;
    }
    VEC_UNROLL
    for (size_t j = 0; j < 4; j++) {
      y[j] = vec_f_bits(vec_load_i(from + j * VEC_BYTES));
      most = vec_max_u(most, vec_and(vec_i_bits(y[j]), vec_set_i(F32_MAGNITUDE)));
    }
    if (vec_any(vec_gt_s(most, limit))) {
      lowpk_encode_generic(id, c->rules, c->seed, c->counter + i, count, (const float *)(const void *)from,
                           codes + i * size);
      continue;
    }
    encode_group(id, round, y, to);
    if (count < GROUP) memcpy(codes + i * size, last_codes, count * size);
  }
}

#include "kernels/simd/encode_ops.h"

#endif
