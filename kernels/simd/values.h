/* SPDX-License-Identifier: Apache-2.0 */
/*
 * values.h: vectors of element values, exact, from codes in bytes or packed; for every element and any vector width. To
 * be included behind one of the expand_*.h. The element id is a constant wherever these are called, so that all that
 * depends on it folds away. As in the scalar codec nothing depends on the rounding mode or on those that flush
 * subnormals: a subnormal code becomes a number by a product of normal ones; what is subnormal in f32 comes from bits.
 */
#ifndef LOWPK_SIMD_VALUES_H
#define LOWPK_SIMD_VALUES_H

#include "kernels/kernel.h"
#include "kernels/simd/unroll.h"
#include "kernels/simd/upper.h"

VEC_INLINE vec_f expand_quiet(vec_f v) {
  return vec_f_bits(vec_select(expand_nan(v), vec_set_i(EXPAND_NAN), vec_i_bits(v)));
}

/* Any minifloat of up to eight bits; `c` may have other bits above its width. */
VEC_INLINE vec_f expand_minifloat(lowp_minifloat f, vec_i c) {
  const int width = f.e + f.m, all = (1 << width) - 1, max = (int)lowp_minifloat_max_code(f);
  const vec_i magnitude = vec_and(c, vec_set_i(all));
  /* The exponent field on top of that of f32, its bias corrected. */
  vec_i v = vec_add(vec_shl(magnitude, 23 - f.m), vec_set_i((127 - f.bias) * (1 << 23)));
  if (f.specials == LOWP_SPECIALS_SCALE) {
    /* no subnormals; but the power 2^-127 of code 0 of E8M0 is one of f32 */
    if (f.bias == 127) v = vec_select(vec_eq(magnitude, vec_set_i(0)), vec_set_i(1 << 22), v);
  } else if (f.m > 0) {
    /* Field 0: m * 2^(1 - bias - M). */
    vec_f subnormal = vec_mulf(vec_to_float(magnitude), vec_f_bits(vec_set_i((128u - f.bias - f.m) << 23)));
    v = vec_select(vec_gt_s(vec_set_i(1u << f.m), magnitude), vec_i_bits(subnormal), v);
  } else {
    v = vec_select(vec_eq(magnitude, vec_set_i(0)), vec_set_i(0), v);
  }
  if (f.specials == LOWP_SPECIALS_IEEE || f.specials == LOWP_SPECIALS_P3109)
    v = vec_select(vec_gt_s(magnitude, vec_set_i(max)), vec_set_i(EXPAND_INF), v);
  if (f.s) v = vec_with_sign_of(v, vec_shl(c, 31 - width));
  if (f.specials == LOWP_SPECIALS_IEEE)
    v = vec_select(vec_gt_s(magnitude, vec_set_i(max + 1)), vec_set_i(EXPAND_NAN), v);
  if (f.specials == LOWP_SPECIALS_FN || f.specials == LOWP_SPECIALS_SCALE)
    v = vec_select(vec_eq(magnitude, vec_set_i(all)), vec_set_i(EXPAND_NAN), v);
  if (f.specials == LOWP_SPECIALS_FNUZ || f.specials == LOWP_SPECIALS_P3109)
    v = vec_select(vec_eq(vec_and(c, vec_set_i(2 * all + 1)), vec_set_i(all + 1)), vec_set_i(EXPAND_NAN), v);
  return vec_f_bits(v);
}

/* Values of VEC codes in bytes (BF16, FP16: in two bytes). */
VEC_INLINE vec_f expand_value(lowp_element id, const void *codes) {
  const lowp_element_row row = lowp_element_row_of(id);
  if (id == LOWP_BF16) return expand_quiet(vec_f_bits(vec_shl(expand_u16(codes), 16)));
  if (id == LOWP_FP16) return expand_quiet(expand_f16(codes));
  if (id == LOWP_E5M2) return expand_quiet(expand_f16_upper(codes));
  if (row.kind == LOWP_KIND_FIXED) {
    vec_i v = expand_s8(codes);
    if (row.bits < 8) v = expand_right_signed(vec_shl(v, 32 - row.bits), 32 - row.bits);
    return row.fixed.frac ? vec_mulf(vec_to_float(v), vec_set(1.0f / (float)(1 << row.fixed.frac))) : vec_to_float(v);
  }
  return expand_minifloat(row.minifloat, expand_u8(codes));
}

/* Values of 4 * VEC codes as expand_value takes them, and of HiF8 too. */
VEC_INLINE void expand_values(lowp_element id, const uint8_t *codes, vec_f out[4]) {
  static const uint8_t hif8_hi[128] = {EXPAND_128(EXPAND_HIF8_HI)}, hif8_lo[128] = {EXPAND_128(EXPAND_HIF8_LO)};
  if (id == LOWP_HIF8) {
    vec_i c = expand_bytes_load(codes), magnitude = expand_bytes_and(c, 0x7f);
    vec_i hi = expand_bytes_or(expand_bytes_at(hif8_hi, magnitude), expand_bytes_and(c, 0x80));
    vec_i lo = expand_bytes_at(hif8_lo, magnitude);
    /* the only NaN is the code of -0 */
    expand_spread(expand_bytes_if(c, 0x80, EXPAND_NAN >> 24, hi), expand_bytes_if(c, 0x80, EXPAND_NAN >> 16 & 255, lo),
                  out);
  } else {
    VEC_UNROLL
    for (int j = 0; j < 4; j++) out[j] = expand_value(id, codes + j * VEC * (lowp_element_row_of(id).bits > 8 ? 2 : 1));
  }
}

/* E2M1, and the quarters of E1M2 and S1P2; a 4-bit integer has no table. */
VEC_INLINE expand_table expand_table_for(lowp_element id, vec_f scale) {
  static const float e2m1[16] = {0.0f,  0.5f,  1.0f,  1.5f,  2.0f,  3.0f,  4.0f,  6.0f,
                                 -0.0f, -0.5f, -1.0f, -1.5f, -2.0f, -3.0f, -4.0f, -6.0f};
  static const float quarters[16] = {0.0f,  0.25f,  0.5f,  0.75f,  1.0f,  1.25f,  1.5f,  1.75f,
                                     -0.0f, -0.25f, -0.5f, -0.75f, -1.0f, -1.25f, -1.5f, -1.75f};
  return expand_table_of(id == LOWP_E2M1 ? e2m1 : quarters, scale);
}

/* Values of the j-th VEC of the 32 codes of six bits in 24 bytes. */
VEC_INLINE vec_f expand_six_values(lowp_element id, const uint8_t *block, int j) {
  vec_i codes = expand_sixes(block, j);
#ifdef EXPAND_HAS_TABLE32
/* c = 4 e + m: (4 + m) / 16 * 2^e, or m / 8 * 2^0; and c = 8 e + m with eighths */
#define E3M2(c) ((c) < 4 ? (c)*0.0625f : (float)(4 + ((c)&3)) * 0.03125f * (float)(1 << ((c) >> 2)))
#define E2M3(c) ((c) < 8 ? (c)*0.125f : (float)(8 + ((c)&7)) * 0.0625f * (float)(1 << ((c) >> 3)))
  static const float e3m2[32] = {EXPAND_16(E3M2, 0), EXPAND_16(E3M2, 16)};
  static const float e2m3[32] = {EXPAND_16(E2M3, 0), EXPAND_16(E2M3, 16)};
#undef E3M2
#undef E2M3
  return expand_table32(id == LOWP_E3M2 ? e3m2 : e2m3, codes);
#else
  return expand_minifloat(lowp_element_row_of(id).minifloat, codes);
#endif
}

#endif
