/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vec_sve.h: the operations of kernels/x86/vec_avx512.h that one vector needs, for vectors of any length: VEC is a number of
 * run time, and there are neither arrays nor structures of vectors. Packs are stores of the low bytes of lanes.
 */
#ifndef LOWPK_ARM_VEC_SVE_H
#define LOWPK_ARM_VEC_SVE_H

#include <arm_sve.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VEC_NAME(op) lowpk_##op##_sve
#define VEC_INLINE static inline __attribute__((always_inline, unused))
#define VEC svcntw()

typedef svfloat32_t vec_f;
typedef svuint32_t vec_i;
typedef svbool_t vec_m;
typedef svuint8_t vec_table;

VEC_INLINE svbool_t vec_all(void) { return svptrue_b32(); }
VEC_INLINE vec_f vec_f_bits(vec_i a) { return svreinterpret_f32(a); }
VEC_INLINE vec_i vec_i_bits(vec_f a) { return svreinterpret_u32(a); }
VEC_INLINE svint32_t vec_s32(vec_i a) { return svreinterpret_s32(a); }
VEC_INLINE vec_i vec_of_s32(svint32_t a) { return svreinterpret_u32(a); }
VEC_INLINE vec_f vec_set(float a) { return svdup_f32(a); }
VEC_INLINE vec_i vec_set_i(uint32_t a) { return svdup_u32(a); }
VEC_INLINE vec_i vec_zero(void) { return svdup_u32(0); }

VEC_INLINE vec_i vec_and(vec_i a, vec_i b) { return svand_x(vec_all(), a, b); }
VEC_INLINE vec_i vec_or(vec_i a, vec_i b) { return svorr_x(vec_all(), a, b); }
VEC_INLINE vec_i vec_add(vec_i a, vec_i b) { return svadd_x(vec_all(), a, b); }
VEC_INLINE vec_i vec_sub(vec_i a, vec_i b) { return svsub_x(vec_all(), a, b); }
VEC_INLINE vec_i vec_shl(vec_i a, unsigned n) { return svlsl_x(vec_all(), a, n); }
VEC_INLINE vec_i vec_shr(vec_i a, unsigned n) { return svlsr_x(vec_all(), a, n); }
VEC_INLINE vec_i vec_shrv(vec_i a, vec_i n) { return svlsr_x(vec_all(), a, n); }
VEC_INLINE vec_i vec_max_u(vec_i a, vec_i b) { return svmax_x(vec_all(), a, b); }
VEC_INLINE vec_i vec_min_u(vec_i a, vec_i b) { return svmin_x(vec_all(), a, b); }
VEC_INLINE vec_i vec_max_s(vec_i a, vec_i b) { return vec_of_s32(svmax_x(vec_all(), vec_s32(a), vec_s32(b))); }
VEC_INLINE vec_i vec_min_s(vec_i a, vec_i b) { return vec_of_s32(svmin_x(vec_all(), vec_s32(a), vec_s32(b))); }
VEC_INLINE vec_i vec_with_sign_of(vec_i b, vec_i a) { return vec_or(b, svand_x(vec_all(), a, 0x80000000u)); }

VEC_INLINE vec_f vec_addf(vec_f a, vec_f b) { return svadd_x(vec_all(), a, b); }
VEC_INLINE vec_f vec_subf(vec_f a, vec_f b) { return svsub_x(vec_all(), a, b); }
VEC_INLINE vec_f vec_mulf(vec_f a, vec_f b) { return svmul_x(vec_all(), a, b); }
VEC_INLINE vec_f vec_minf(vec_f a, vec_f b) { return svminnm_x(vec_all(), a, b); }
VEC_INLINE vec_f vec_maxf(vec_f a, vec_f b) { return svmaxnm_x(vec_all(), a, b); }
VEC_INLINE vec_f vec_fma(vec_f a, vec_f b, vec_f c) { return svmla_x(vec_all(), c, a, b); }

VEC_INLINE vec_m vec_eq(vec_i a, vec_i b) { return svcmpeq(vec_all(), a, b); }
VEC_INLINE vec_m vec_gt_s(vec_i a, vec_i b) { return svcmpgt(vec_all(), vec_s32(a), vec_s32(b)); }
VEC_INLINE vec_m vec_eqf(vec_f a, vec_f b) { return svcmpeq(vec_all(), a, b); }
VEC_INLINE vec_i vec_select(vec_m m, vec_i a, vec_i b) { return svsel(m, a, b); }
VEC_INLINE vec_i vec_add_if(vec_m m, vec_i a, vec_i b) { return svadd_m(m, a, b); }
VEC_INLINE int vec_any(vec_m m) { return svptest_any(vec_all(), m); }

/* Sixteen bytes, with zeros behind; indices with bit 7 find no other, as the longest vectors have 256 bytes. */
VEC_INLINE vec_table vec_table_at(const uint8_t bytes[16]) { return svld1(svwhilelt_b8_u32(0, 16), bytes); }
#define VEC_TABLE(...) vec_table_at((const uint8_t[16]){__VA_ARGS__})
VEC_INLINE vec_i vec_lookup_8(vec_table table, vec_i index) {
  return svreinterpret_u32(svtbl(table, svreinterpret_u8(svand_x(vec_all(), index, 0x8f8f8f8fu))));
}

#endif
