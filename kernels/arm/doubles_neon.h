/* SPDX-License-Identifier: Apache-2.0 */
/* doubles_neon.h: f64 for each of 4 lanes. Behind vec_neon.h. */
#ifndef LOWPK_ARM_DOUBLES_NEON_H
#define LOWPK_ARM_DOUBLES_NEON_H

typedef struct vec_f64 {
  float64x2_t lo, hi;
} vec_f64;
VEC_INLINE vec_f64 vec_f64_set(double a) { return (vec_f64){vdupq_n_f64(a), vdupq_n_f64(a)}; }
VEC_INLINE vec_f64 vec_f64_zero(void) { return vec_f64_set(0); }
VEC_INLINE vec_f64 vec_f64_of(vec_f a) { return (vec_f64){vcvt_f64_f32(vget_low_f32(a)), vcvt_high_f64_f32(a)}; }
VEC_INLINE vec_f64 vec_f64_add(vec_f64 a, vec_f64 b) { return (vec_f64){vaddq_f64(a.lo, b.lo), vaddq_f64(a.hi, b.hi)}; }
VEC_INLINE vec_f64 vec_f64_sub(vec_f64 a, vec_f64 b) { return (vec_f64){vsubq_f64(a.lo, b.lo), vsubq_f64(a.hi, b.hi)}; }
VEC_INLINE vec_f64 vec_f64_mul(vec_f64 a, vec_f64 b) { return (vec_f64){vmulq_f64(a.lo, b.lo), vmulq_f64(a.hi, b.hi)}; }
VEC_INLINE vec_f64 vec_f64_min(vec_f64 a, vec_f64 b) {
  return (vec_f64){vminnmq_f64(a.lo, b.lo), vminnmq_f64(a.hi, b.hi)};
}
VEC_INLINE vec_f64 vec_f64_max(vec_f64 a, vec_f64 b) {
  return (vec_f64){vmaxnmq_f64(a.lo, b.lo), vmaxnmq_f64(a.hi, b.hi)};
}
VEC_INLINE vec_f64 vec_f64_abs(vec_f64 a) { return (vec_f64){vabsq_f64(a.lo), vabsq_f64(a.hi)}; }
VEC_INLINE vec_m vec_f64_lt(vec_f64 a, vec_f64 b) {
  return vmovn_high_u64(vmovn_u64(vcltq_f64(a.lo, b.lo)), vcltq_f64(a.hi, b.hi));
}
VEC_INLINE vec_f64 vec_f64_select(vec_m m, vec_f64 a, vec_f64 b) {
  uint64x2_t lo = vreinterpretq_u64_u32(vzip1q_u32(m, m)), hi = vreinterpretq_u64_u32(vzip2q_u32(m, m));
  return (vec_f64){vbslq_f64(lo, a.lo, b.lo), vbslq_f64(hi, a.hi, b.hi)};
}

/* Names of vec_avx512.h for the same. */
typedef vec_f64 vec_d;
#define vec_to_d vec_f64_of
#define vec_zero_d vec_f64_zero
#define vec_add_d vec_f64_add
#define vec_sub_d vec_f64_sub
#define vec_mul_d vec_f64_mul
#define vec_min_d vec_f64_min
#define vec_lt_d vec_f64_lt

#endif
