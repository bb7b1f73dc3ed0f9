/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vec_neon.h: the operations of kernels/x86/vec_avx512.h on 4 lanes; masks are lanes of all ones. Where two instruction
 * sets differ the names mean what x86 does, as far as the kernels depend on it: vec_minf and vec_maxf of a NaN and a number
 * are the number, and kernels put what may be a NaN first.
 */
#ifndef LOWPK_ARM_VEC_NEON_H
#define LOWPK_ARM_VEC_NEON_H

#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VEC_NAME(op) lowpk_##op##_neon
#define VEC_INLINE static inline __attribute__((always_inline, unused))

enum { VEC = 4, VEC_BYTES = 16 };
typedef float32x4_t vec_f;
typedef uint32x4_t vec_i;
typedef uint16x4_t vec_h;
typedef uint32x4_t vec_m;
typedef uint8x16_t vec_table;
#define VEC_TABLE(...) ((uint8x16_t)(int8x16_t){__VA_ARGS__})

/* Lanes of other widths. */
VEC_INLINE int32x4_t vec_s32(vec_i a) { return vreinterpretq_s32_u32(a); }
VEC_INLINE int16x8_t vec_s16(vec_i a) { return vreinterpretq_s16_u32(a); }
VEC_INLINE uint16x8_t vec_u16(vec_i a) { return vreinterpretq_u16_u32(a); }
VEC_INLINE int8x16_t vec_s8(vec_i a) { return vreinterpretq_s8_u32(a); }
VEC_INLINE uint8x16_t vec_u8(vec_i a) { return vreinterpretq_u8_u32(a); }
VEC_INLINE vec_i vec_of_s32(int32x4_t a) { return vreinterpretq_u32_s32(a); }
VEC_INLINE vec_i vec_of_s16(int16x8_t a) { return vreinterpretq_u32_s16(a); }
VEC_INLINE vec_i vec_of_u16(uint16x8_t a) { return vreinterpretq_u32_u16(a); }
VEC_INLINE vec_i vec_of_s8(int8x16_t a) { return vreinterpretq_u32_s8(a); }
VEC_INLINE vec_i vec_of_u8(uint8x16_t a) { return vreinterpretq_u32_u8(a); }

VEC_INLINE vec_f vec_f_bits(vec_i a) { return vreinterpretq_f32_u32(a); }
VEC_INLINE vec_i vec_i_bits(vec_f a) { return vreinterpretq_u32_f32(a); }
VEC_INLINE vec_f vec_set(float a) { return vdupq_n_f32(a); }
VEC_INLINE vec_i vec_set_i(uint32_t a) { return vdupq_n_u32(a); }
VEC_INLINE vec_i vec_set_16(uint32_t a) { return vec_of_u16(vdupq_n_u16((uint16_t)a)); }
VEC_INLINE vec_i vec_set_8(uint32_t a) { return vec_of_u8(vdupq_n_u8((uint8_t)a)); }
VEC_INLINE vec_i vec_zero(void) { return vdupq_n_u32(0); }

VEC_INLINE vec_m vec_first_mask(size_t n) {
  const vec_i lane = {0, 1, 2, 3};
  return vcltq_u32(lane, vdupq_n_u32((uint32_t)n));
}
/* Loads and stores of bytes ask for no alignment, and cost the same. */
VEC_INLINE vec_i vec_load_i(const void *p) { return vec_of_u8(vld1q_u8((const uint8_t *)p)); }
VEC_INLINE void vec_store_i(void *p, vec_i a) { vst1q_u8((uint8_t *)p, vec_u8(a)); }
VEC_INLINE vec_f vec_load(const float *p) { return vec_f_bits(vec_load_i(p)); }
VEC_INLINE void vec_store(float *p, vec_f a) { vec_store_i(p, vec_i_bits(a)); }
VEC_INLINE vec_i vec_load_bytes(const void *p, size_t n) {
  uint8_t bytes[VEC_BYTES] = {0};
  if (n == VEC_BYTES) return vec_load_i(p);
  memcpy(bytes, p, n);
  return vec_load_i(bytes);
}
VEC_INLINE void vec_store_bytes(void *p, vec_i a, size_t n) {
  uint8_t bytes[VEC_BYTES];
  if (n == VEC_BYTES) {
    vec_store_i(p, a);
  } else if (n == 8 || n == 12) {
    vst1_u8((uint8_t *)p, vget_low_u8(vec_u8(a)));
    if (n == 12) memcpy((uint8_t *)p + 8, &(uint32_t){vgetq_lane_u32(a, 2)}, 4);
  } else {
    vec_store_i(bytes, a);
    memcpy(p, bytes, n);
  }
}
VEC_INLINE vec_f vec_load_first(const float *p, size_t n) { return vec_f_bits(vec_load_bytes(p, n * sizeof *p)); }
VEC_INLINE void vec_store_first(float *p, vec_f a, size_t n) { vec_store_bytes(p, vec_i_bits(a), n * sizeof *p); }

VEC_INLINE vec_i vec_and(vec_i a, vec_i b) { return vandq_u32(a, b); }
VEC_INLINE vec_i vec_andnot(vec_i a, vec_i b) { return vbicq_u32(b, a); }
VEC_INLINE vec_i vec_or(vec_i a, vec_i b) { return vorrq_u32(a, b); }
VEC_INLINE vec_i vec_or_and(vec_i a, vec_i b, vec_i c) { return vorrq_u32(a, vandq_u32(b, c)); }
VEC_INLINE vec_i vec_xor(vec_i a, vec_i b) { return veorq_u32(a, b); }
VEC_INLINE vec_i vec_add(vec_i a, vec_i b) { return vaddq_u32(a, b); }
VEC_INLINE vec_i vec_sub(vec_i a, vec_i b) { return vsubq_u32(a, b); }
/* A shift by a constant becomes one of the instructions with an immediate. */
VEC_INLINE vec_i vec_shl(vec_i a, unsigned n) { return vshlq_u32(a, vdupq_n_s32((int)n)); }
VEC_INLINE vec_i vec_shr(vec_i a, unsigned n) { return vshlq_u32(a, vdupq_n_s32(-(int)n)); }
VEC_INLINE vec_i vec_shlv(vec_i a, vec_i n) { return vshlq_u32(a, vec_s32(n)); }
VEC_INLINE vec_i vec_shrv(vec_i a, vec_i n) { return vshlq_u32(a, vnegq_s32(vec_s32(n))); }
VEC_INLINE vec_i vec_max_u(vec_i a, vec_i b) { return vmaxq_u32(a, b); }
VEC_INLINE vec_i vec_min_u(vec_i a, vec_i b) { return vminq_u32(a, b); }
VEC_INLINE vec_i vec_max_s(vec_i a, vec_i b) { return vec_of_s32(vmaxq_s32(vec_s32(a), vec_s32(b))); }
VEC_INLINE vec_i vec_min_s(vec_i a, vec_i b) { return vec_of_s32(vminq_s32(vec_s32(a), vec_s32(b))); }
VEC_INLINE vec_i vec_with_sign_of(vec_i b, vec_i a) { return vorrq_u32(b, vandq_u32(a, vdupq_n_u32(0x80000000u))); }
VEC_INLINE uint32_t vec_reduce_max_u(vec_i a) { return vmaxvq_u32(a); }
VEC_INLINE vec_i vec_max_across(const vec_i *a) { return vpmaxq_u32(vpmaxq_u32(a[0], a[1]), vpmaxq_u32(a[2], a[3])); }
VEC_INLINE vec_i vec_max_of_four(vec_i a) { return vdupq_n_u32(vmaxvq_u32(a)); }

VEC_INLINE vec_f vec_addf(vec_f a, vec_f b) { return vaddq_f32(a, b); }
VEC_INLINE vec_f vec_subf(vec_f a, vec_f b) { return vsubq_f32(a, b); }
VEC_INLINE vec_f vec_mulf(vec_f a, vec_f b) { return vmulq_f32(a, b); }
VEC_INLINE vec_f vec_divf(vec_f a, vec_f b) { return vdivq_f32(a, b); }
VEC_INLINE vec_f vec_minf(vec_f a, vec_f b) { return vminnmq_f32(a, b); }
VEC_INLINE vec_f vec_maxf(vec_f a, vec_f b) { return vmaxnmq_f32(a, b); }
VEC_INLINE vec_f vec_fma(vec_f a, vec_f b, vec_f c) { return vfmaq_f32(c, a, b); }
VEC_INLINE vec_f vec_fnma(vec_f a, vec_f b, vec_f c) { return vfmsq_f32(c, a, b); }
VEC_INLINE vec_i vec_to_int(vec_f a) { return vec_of_s32(vcvtnq_s32_f32(a)); }
VEC_INLINE vec_i vec_truncate(vec_f a) { return vec_of_s32(vcvtq_s32_f32(a)); }
VEC_INLINE vec_f vec_to_float(vec_i a) { return vcvtq_f32_s32(vec_s32(a)); }
VEC_INLINE float vec_reduce_minf(vec_f a) { return vminnmvq_f32(a); }
VEC_INLINE float vec_reduce_maxf(vec_f a) { return vmaxnmvq_f32(a); }

VEC_INLINE vec_m vec_eq(vec_i a, vec_i b) { return vceqq_u32(a, b); }
VEC_INLINE vec_m vec_gt_s(vec_i a, vec_i b) { return vcgtq_s32(vec_s32(a), vec_s32(b)); }
VEC_INLINE vec_m vec_ltf(vec_f a, vec_f b) { return vcltq_f32(a, b); }
VEC_INLINE vec_m vec_lef(vec_f a, vec_f b) { return vcleq_f32(a, b); }
VEC_INLINE vec_m vec_eqf(vec_f a, vec_f b) { return vceqq_f32(a, b); }
VEC_INLINE vec_i vec_select(vec_m m, vec_i a, vec_i b) { return vbslq_u32(m, a, b); }
VEC_INLINE vec_f vec_selectf(vec_m m, vec_f a, vec_f b) { return vbslq_f32(m, a, b); }
VEC_INLINE vec_i vec_add_if(vec_m m, vec_i a, vec_i b) { return vaddq_u32(a, vandq_u32(m, b)); }
VEC_INLINE vec_i vec_and_if(vec_m m, vec_i a) { return vandq_u32(m, a); }
VEC_INLINE vec_i vec_andnot_if(vec_m m, vec_i a) { return vbicq_u32(a, m); }
VEC_INLINE vec_m vec_and_m(vec_m a, vec_m b) { return vandq_u32(a, b); }
VEC_INLINE vec_m vec_m_and(vec_m a, vec_m b) { return vandq_u32(a, b); }
VEC_INLINE vec_m vec_m_or(vec_m a, vec_m b) { return vorrq_u32(a, b); }
VEC_INLINE vec_m vec_m_andnot(vec_m a, vec_m b) { return vbicq_u32(b, a); }
VEC_INLINE int vec_any(vec_m m) { return vmaxvq_u32(m) != 0; }
VEC_INLINE vec_f vec_fill_behind(vec_f a, size_t n, float with) {
  return vbslq_f32(vec_first_mask(n), a, vdupq_n_f32(with));
}

/* Sums of pairs of products; those of vec_madd_8 fit wherever it is used. */
VEC_INLINE vec_i vec_madd_16(vec_i a, vec_i b) {
  int16x8_t x = vec_s16(a), y = vec_s16(b);
  return vec_of_s32(vpaddq_s32(vmull_s16(vget_low_s16(x), vget_low_s16(y)), vmull_high_s16(x, y)));
}
VEC_INLINE vec_i vec_madd_8(vec_i a, vec_i b) {
  uint8x16_t x = vec_u8(a), y = vec_u8(b);
  return vec_of_u16(vpaddq_u16(vmull_u8(vget_low_u8(x), vget_low_u8(y)), vmull_high_u8(x, y)));
}
VEC_INLINE vec_i vec_add_16(vec_i a, vec_i b) { return vec_of_u16(vaddq_u16(vec_u16(a), vec_u16(b))); }
VEC_INLINE vec_i vec_sub_16(vec_i a, vec_i b) { return vec_of_u16(vsubq_u16(vec_u16(a), vec_u16(b))); }
VEC_INLINE vec_i vec_max_u16(vec_i a, vec_i b) { return vec_of_u16(vmaxq_u16(vec_u16(a), vec_u16(b))); }
VEC_INLINE vec_i vec_subs_u16(vec_i a, vec_i b) { return vec_of_u16(vqsubq_u16(vec_u16(a), vec_u16(b))); }
VEC_INLINE vec_i vec_sub_8(vec_i a, vec_i b) { return vec_of_u8(vsubq_u8(vec_u8(a), vec_u8(b))); }
VEC_INLINE vec_i vec_shr_16(vec_i a, unsigned n) {
  return vec_of_u16(vshlq_u16(vec_u16(a), vdupq_n_s16((int16_t) - (int)n)));
}
VEC_INLINE vec_i vec_shl_16(vec_i a, unsigned n) { return vec_of_u16(vshlq_u16(vec_u16(a), vdupq_n_s16((int16_t)n))); }
VEC_INLINE vec_i vec_min_u8(vec_i a, vec_i b) { return vec_of_u8(vminq_u8(vec_u8(a), vec_u8(b))); }
VEC_INLINE vec_i vec_max_s8(vec_i a, vec_i b) { return vec_of_s8(vmaxq_s8(vec_s8(a), vec_s8(b))); }
VEC_INLINE vec_i vec_min_s8(vec_i a, vec_i b) { return vec_of_s8(vminq_s8(vec_s8(a), vec_s8(b))); }
VEC_INLINE vec_i vec_pack_s32(vec_i a, vec_i b) {
  return vec_of_s16(vqmovn_high_s32(vqmovn_s32(vec_s32(a)), vec_s32(b)));
}
VEC_INLINE vec_i vec_pack_u32(vec_i a, vec_i b) {
  return vec_of_u16(vqmovun_high_s32(vqmovun_s32(vec_s32(a)), vec_s32(b)));
}
VEC_INLINE vec_i vec_pack_s16(vec_i a, vec_i b) {
  return vec_of_s8(vqmovn_high_s16(vqmovn_s16(vec_s16(a)), vec_s16(b)));
}
VEC_INLINE vec_i vec_pack_u16(vec_i a, vec_i b) {
  return vec_of_u8(vqmovun_high_s16(vqmovun_s16(vec_s16(a)), vec_s16(b)));
}
VEC_INLINE vec_i vec_shuffle_8(vec_i a, vec_table index) { return vec_of_u8(vqtbl1q_u8(vec_u8(a), index)); }
/* An index with bit 7 gives 0; bits 4 to 6 do not count. */
VEC_INLINE vec_i vec_lookup_8(vec_table table, vec_i index) {
  return vec_of_u8(vqtbl1q_u8(table, vandq_u8(vec_u8(index), vdupq_n_u8(0x8f))));
}
VEC_INLINE vec_f vec_lookup_4(const float table[4], vec_i index) {
  const vec_i spread = vdupq_n_u32(0x04040404), bytes = vdupq_n_u32(0x03020100);
  vec_i at = vmlaq_u32(bytes, vandq_u32(index, vdupq_n_u32(3)), spread);
  return vec_f_bits(vec_of_u8(vqtbl1q_u8(vreinterpretq_u8_f32(vld1q_f32(table)), vec_u8(at))));
}

/* There is one 128-bit lane, so packs are in order. */
VEC_INLINE vec_i vec_order_2(vec_i a) { return a; }
VEC_INLINE vec_i vec_order_4(vec_i a) { return a; }
VEC_INLINE vec_i vec_join_12(vec_i a) { return a; }

VEC_INLINE vec_f vec_gather(const float *p, vec_i index) {
  return (vec_f){p[vgetq_lane_u32(index, 0)], p[vgetq_lane_u32(index, 1)], p[vgetq_lane_u32(index, 2)],
                 p[vgetq_lane_u32(index, 3)]};
}

VEC_INLINE vec_f vec_from_half(vec_h a) { return vcvt_f32_f16(vreinterpret_f16_u16(a)); }
VEC_INLINE vec_h vec_to_half(vec_f a) { return vreinterpret_u16_f16(vcvt_f16_f32(a)); }
/* The other modes from the nearest: one step back where that went too far; in signed magnitudes a step of -1. */
VEC_INLINE vec_h vec_to_half_down(vec_f a) {
  vec_h nearest = vec_to_half(a);
  return vadd_u16(nearest, vmovn_u32(vcagtq_f32(vec_from_half(nearest), a)));
}
VEC_INLINE vec_h vec_to_half_up(vec_f a) {
  vec_h nearest = vec_to_half(a);
  vec_m below = vcltq_f32(vec_from_half(nearest), a), negative = vcltzq_s32(vreinterpretq_s32_f32(a));
  /* a mask is -1: 1 where it has to go up from a positive one, -1 from a negative one */
  vec_i step = vorrq_u32(vandq_u32(below, negative), vandq_u32(vbicq_u32(below, negative), vdupq_n_u32(1)));
  return vadd_u16(nearest, vmovn_u32(step));
}
VEC_INLINE void vec_stream(void *p, vec_i a) { vec_store_i(p, a); } /* whole lines are not read first */
VEC_INLINE void vec_stream_half(void *p, vec_h a) { vst1_u8((uint8_t *)p, vreinterpret_u8_u16(a)); }
VEC_INLINE void vec_store_half(void *p, vec_h a, size_t n) {
  uint16_t halves[VEC];
  if (n == VEC) {
    vst1_u8((uint8_t *)p, vreinterpret_u8_u16(a));
  } else {
    vst1_u16(halves, a);
    memcpy(p, halves, 2 * n);
  }
}

#endif
