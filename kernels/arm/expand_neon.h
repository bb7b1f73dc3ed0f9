/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expand_neon.h: codes to values, sixteen at a time. Every element of up to eight bits has few enough significant bits for
 * the upper half of an f32: two bytes, each from a table by the magnitude. Nothing here depends on the floating-point mode,
 * but for binary16 (vec_ieee_half).
 */
#ifndef LOWPK_ARM_EXPAND_NEON_H
#define LOWPK_ARM_EXPAND_NEON_H

#include "kernels/arm/tables.h"
#include "kernels/arm/vec_neon.h"
#include "kernels/kernel.h"
#include "kernels/simd/unroll.h"

VEC_INLINE vec_m expand_nan(vec_f v) { return vmvnq_u32(vceqq_f32(v, v)); }
VEC_INLINE vec_m expand_nan_of_two(vec_f a, vec_f b) { return vmvnq_u32(vandq_u32(vceqq_f32(a, a), vceqq_f32(b, b))); }

/* The lower and the upper bytes of a table of 128, of which an element uses as many as it has magnitudes. */
typedef struct expand_planes {
  uint8x16x4_t lo[2], hi[2];
} expand_planes;

VEC_INLINE expand_planes expand_planes_of(lowp_element id) {
  expand_planes p;
  const int rows = expand_width(id) <= 4 ? 1 : expand_width(id) == 5 ? 2 : 8;
  VEC_UNROLL
  for (int r = 0; r < 8; r++) {
    uint8x16x2_t row = vld2q_u8((const uint8_t *)(expand_upper[id] + (r < rows ? 16 * r : 0)));
    p.lo[r / 4].val[r % 4] = row.val[0];
    p.hi[r / 4].val[r % 4] = row.val[1];
  }
  return p;
}

VEC_INLINE uint8x16_t expand_at(const uint8x16x4_t t[2], unsigned width, uint8x16_t magnitude) {
  if (width <= 4) return vqtbl1q_u8(t[0].val[0], magnitude);
  if (width == 5) return vqtbl2q_u8((uint8x16x2_t){{t[0].val[0], t[0].val[1]}}, magnitude);
  /* an index out of range gives 0, or what was there before */
  return vqtbx4q_u8(vqtbl4q_u8(t[0], magnitude), t[1], vsubq_u8(magnitude, vdupq_n_u8(64)));
}

/* Sixteen upper halves of f32. */
VEC_INLINE void expand_halves(uint16x8_t first, uint16x8_t second, vec_f out[4]) {
  out[0] = vec_f_bits(vshll_n_u16(vget_low_u16(first), 16));
  out[1] = vec_f_bits(vshll_high_n_u16(first, 16));
  out[2] = vec_f_bits(vshll_n_u16(vget_low_u16(second), 16));
  out[3] = vec_f_bits(vshll_high_n_u16(second, 16));
}

/* Signed elements of up to eight bits that are no integers; bits of c above the width are ignored. */
VEC_INLINE void expand_tabulated(lowp_element id, const expand_planes *p, uint8x16_t c, vec_f out[4]) {
  const unsigned width = expand_width(id);
  uint8x16_t magnitude = vandq_u8(c, vdupq_n_u8((uint8_t)((1u << width) - 1)));
  uint8x16_t hi = expand_at(p->hi, width, magnitude), lo = expand_at(p->lo, width, magnitude);
  uint8x16_t sign = vandq_u8(vshlq_u8(c, vdupq_n_s8((int8_t)(7 - width))), vdupq_n_u8(0x80));
  /* NaNs have no sign; some formats have their NaN in the place of -0 */
  if (expand_nan_from(id) < 256) sign = vbicq_u8(sign, vcgeq_u8(magnitude, vdupq_n_u8((uint8_t)expand_nan_from(id))));
  hi = vorrq_u8(hi, sign);
  if (expand_minus_zero_is_nan(id)) {
    uint8x16_t nan = vceqq_u8(c, vdupq_n_u8(0x80));
    hi = vbslq_u8(nan, vdupq_n_u8(EXPAND_NAN >> 24), hi);
    lo = vbslq_u8(nan, vdupq_n_u8(EXPAND_NAN >> 16 & 255), lo);
  }
  expand_halves(vreinterpretq_u16_u8(vzip1q_u8(lo, hi)), vreinterpretq_u16_u8(vzip2q_u8(lo, hi)), out);
}

/* Integers in bytes, less a zero point. */
VEC_INLINE void expand_integers(int8x16_t c, int32x4_t zero, vec_f out[4]) {
  int16x8_t a = vmovl_s8(vget_low_s8(c)), b = vmovl_high_s8(c);
  out[0] = vcvtq_f32_s32(vsubq_s32(vmovl_s16(vget_low_s16(a)), zero));
  out[1] = vcvtq_f32_s32(vsubq_s32(vmovl_high_s16(a), zero));
  out[2] = vcvtq_f32_s32(vsubq_s32(vmovl_s16(vget_low_s16(b)), zero));
  out[3] = vcvtq_f32_s32(vsubq_s32(vmovl_high_s16(b), zero));
}

/* The formats of scales: the exponent field at its place in the upper half, with the bias corrected; FF is NaN. */
VEC_INLINE uint16x8_t expand_scale_halves(lowp_minifloat f, uint8x8_t c) {
  uint16x8_t v =
      vaddq_u16(vshlq_u16(vmovl_u8(c), vdupq_n_s16((int16_t)(7 - f.m))), vdupq_n_u16((uint16_t)((127 - f.bias) << 7)));
  /* the power 2^-127 of code 0 of E8M0 is a subnormal of f32 */
  if (f.bias == 127) v = vmaxq_u16(v, vdupq_n_u16(0x40));
  uint16x8_t nan = vceqq_u16(vmovl_u8(c), vdupq_n_u16(0xff));
  return vbslq_u16(nan, vdupq_n_u16(EXPAND_NAN >> 16), v);
}

/* Sixteen codes in bytes. */
VEC_INLINE void expand_bytes(lowp_element id, const expand_planes *p, uint8x16_t c, vec_f out[4]) {
  const lowp_element_row row = lowp_element_row_of(id);
  if (row.kind == LOWP_KIND_FIXED) {
    int8x16_t q = vreinterpretq_s8_u8(c);
    if (row.bits < 8) q = vshrq_n_s8(vshlq_n_s8(q, 4), 4);
    expand_integers(q, vdupq_n_s32(0), out);
    VEC_UNROLL
    for (int j = 0; j < 4; j++)
      if (row.fixed.frac) out[j] = vec_mulf(out[j], vec_set(1.0f / (float)(1 << row.fixed.frac)));
  } else if (row.kind == LOWP_KIND_MINIFLOAT && row.minifloat.specials == LOWP_SPECIALS_SCALE) {
    expand_halves(expand_scale_halves(row.minifloat, vget_low_u8(c)),
                  expand_scale_halves(row.minifloat, vget_high_u8(c)), out);
  } else {
    expand_tabulated(id, p, c, out);
  }
}

VEC_INLINE vec_f expand_quiet(vec_f v) { return vec_selectf(vec_eqf(v, v), v, vec_f_bits(vec_set_i(EXPAND_NAN))); }
VEC_INLINE float expand_f16_one(uint16_t code) {
  return vgetq_lane_f32(vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(code))), 0);
}

/* Values of 4 * VEC codes in bytes, of BF16 and FP16 in two bytes each. */
VEC_INLINE void expand_values(lowp_element id, const uint8_t *codes, vec_f out[4]) {
  if (lowp_element_row_of(id).bits == 16) {
    VEC_UNROLL
    for (int j = 0; j < 4; j++) {
      uint16x4_t c = vreinterpret_u16_u8(vld1_u8(codes + 8 * j));
      out[j] = expand_quiet(id == LOWP_BF16 ? vec_f_bits(vshll_n_u16(c, 16)) : vec_from_half(c));
    }
  } else {
    expand_planes p = expand_planes_of(id);
    expand_bytes(id, &p, vld1q_u8(codes), out);
  }
}

/* For dequantize_scaled.h: integers to lanes; four of four bits from two bytes, with anything above them. */
#define expand_right_signed(v, n) vec_of_s32(vshrq_n_s32(vec_s32(v), n))
VEC_INLINE vec_i expand_s8(const uint8_t *p) {
  uint32_t word;
  memcpy(&word, p, sizeof word);
  return vec_of_s32(vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u32(vdup_n_u32(word))))));
}
VEC_INLINE vec_i expand_nibbles(const uint8_t *p) {
  const int32x4_t shift = {0, -4, -8, -12};
  uint16_t word;
  memcpy(&word, p, sizeof word);
  return vshlq_u32(vdupq_n_u32(word), shift);
}

/* Sixteen codes from a packed row: of 8 bytes, or of 12 of which the first is byte `skip` of the 16 at p. */
VEC_INLINE uint8x16_t expand_packed_4(const uint8_t *p) {
  uint8x8_t pairs = vld1_u8(p), lo = vand_u8(pairs, vdup_n_u8(15)), hi = vshr_n_u8(pairs, 4);
  return vcombine_u8(vzip1_u8(lo, hi), vzip2_u8(lo, hi));
}
VEC_INLINE uint8x16_t expand_packed_6(const uint8_t *p, int skip) {
  const uint8x16_t first = VEC_TABLE(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
  const uint8x16_t last = VEC_TABLE(4, 5, 6, -1, 7, 8, 9, -1, 10, 11, 12, -1, 13, 14, 15, -1);
  uint32x4_t w = vreinterpretq_u32_u8(vqtbl1q_u8(vld1q_u8(p), skip ? last : first)); /* four codes in 24 bits */
  uint32x4_t c = vandq_u32(w, vdupq_n_u32(0x3f));
  c = vorrq_u32(c, vandq_u32(vshlq_n_u32(w, 2), vdupq_n_u32(0x3f00)));
  c = vorrq_u32(c, vandq_u32(vshlq_n_u32(w, 4), vdupq_n_u32(0x3f0000)));
  return vreinterpretq_u8_u32(vorrq_u32(c, vandq_u32(vshlq_n_u32(w, 6), vdupq_n_u32(0x3f000000))));
}

#endif
