/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_sve.h: decode, and the row decoders, for vectors of any length. Compiled twice: SVE2 looks up in two registers at
 * once, which halves the steps.
 */
#ifndef LOWPK_ARM_DECODE_SVE_H
#define LOWPK_ARM_DECODE_SVE_H

#ifdef HAVE_CONFIG_H
#include <config.h> /* which declares the kernels for NEON */
#endif
#include "kernels/arm/expand_sve.h"
#include "kernels/simd/mode.h"
#include "kernels/simd/unroll.h"

/* --- decode --------------------------------------------------------------------------------------------------------- */

VEC_INLINE void decode_halves(lowp_element id, size_t n, const uint8_t *codes, float *x) {
  for (size_t i = 0; i < n; i += VEC) {
    svbool_t p = svwhilelt_b32_u64(i, n);
    svuint32_t c = svld1uh_u32(p, (const uint16_t *)(const void *)codes + i);
    vec_f v = id == LOWP_BF16 ? vec_f_bits(vec_shl(c, 16)) : svcvt_f32_x(p, svreinterpret_f16(c));
    svst1(p, x + i, svsel(svcmpuo(p, v, v), vec_f_bits(vec_set_i(EXPAND_NAN)), v));
  }
}

VEC_INLINE void decode_bytes(lowp_element id, size_t n, const uint8_t *codes, float *x) {
  const lowp_element_row row = lowp_element_row_of(id);
  for (size_t i = 0; i < n; i += svcntb()) {
    svuint8_t c = svld1(svwhilelt_b8_u64(i, n), codes + i);
    svuint16_t first = svdup_u16(0), second = first;
    if (row.kind != LOWP_KIND_FIXED) expand_halves(id, c, &first, &second);
    VEC_UNROLL
    for (int t = 0; t < 4; t++) {
      size_t at = i + (size_t)t * VEC;
      vec_f v = expand_quarter(first, second, t);
      if (row.kind == LOWP_KIND_FIXED) {
        v = svcvt_f32_x(vec_all(), expand_integer_quarter(expand_signed(row.bits, c), t));
        if (row.fixed.frac) v = vec_mulf(v, vec_set(1.0f / (float)(1 << row.fixed.frac)));
      }
      svst1(svwhilelt_b32_u64(at, n), x + at, v);
    }
  }
}

VEC_INLINE void decode_all(lowp_element id, size_t n, const uint8_t *codes, float *x) {
  if (lowp_element_row_of(id).bits == 16)
    decode_halves(id, n, codes, x);
  else
    decode_bytes(id, n, codes, x);
}

typedef void decode_fn(size_t, const uint8_t *, float *);

#define EACH(ID) \
  static void decode_##ID(size_t n, const uint8_t *codes, float *x) { decode_all(LOWP_##ID, n, codes, x); }
#include "kernels/generic/each_element.h"

static decode_fn *const decoders[LOWP_ELEMENT_COUNT] = {
#define EACH(ID) [LOWP_##ID] = decode_##ID,
#include "kernels/generic/each_element.h"
};

void VEC_NAME(decode)(lowp_element id, size_t n, const void *codes, float *x) {
  if (id == LOWP_FP16 && !vec_ieee_half())
    lowpk_decode_generic(id, n, codes, x);
  else if (vec_is_narrow())
    lowpk_decode_neon(id, n, codes, x);
  else
    decoders[id](n, codes, x);
}

/* --- rows ----------------------------------------------------------------------------------------------------------- */

/*
 * Codes of n <= 2^shift VEC elements with a scale for each 2^shift of them, in the lanes of `scales`: the scales of a vector of
 * values are a permutation of those lanes.
 */
VEC_INLINE void row_chunk(lowp_element id, unsigned shift, vec_f scales, size_t n, const uint8_t *codes, float *x) {
  const unsigned bits = lowp_element_row_of(id).bits;
  for (size_t i = 0; i < n; i += svcntb()) {
    svuint8_t c = expand_packed(bits, codes, i, n);
    svuint16_t first = svdup_u16(0), second = first;
    if (id != LOWP_MXINT8) expand_halves(id, c, &first, &second);
    VEC_UNROLL
    for (int t = 0; t < 4; t++) {
      size_t at = i + (size_t)t * VEC;
      vec_f s = svtbl(scales, vec_shr(svindex_u32((uint32_t)at, 1), shift)), v = expand_quarter(first, second, t);
      if (id == LOWP_MXINT8)
        v = vec_mulf(svcvt_f32_x(vec_all(), expand_integer_quarter(svreinterpret_s8(c), t)), vec_set(0x1p-6f));
      svst1(svwhilelt_b32_u64(at, n), x + at, vec_mulf(v, s));
    }
  }
}

VEC_INLINE void mx_row(lowp_element id, const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, float *x) {
  const size_t blocks = job->cols_padded / 32, bytes = 4u * lowp_element_row_of(id).bits;
  for (size_t b = 0; b < blocks; b += VEC) {
    svuint32_t s = svld1ub_u32(svwhilelt_b32_u64(b, blocks), scales + b);
    svuint32_t power = vec_max_u(vec_shl(s, 23), vec_set_i(1u << 22)); /* 2^-127 is a subnormal */
    power = vec_select(vec_eq(s, vec_set_i(0xff)), vec_set_i(EXPAND_NAN), power);
    size_t count = blocks - b < VEC ? blocks - b : VEC;
    row_chunk(id, 5, vec_f_bits(power), count * 32, codes + b * bytes, x + b * 32);
  }
}

typedef void mx_row_fn(const lowpk_job *, const uint8_t *, const uint8_t *, float *);

#define EACH_MX(ID, element, ...) \
  static void mx_##ID(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, float *x) { \
    mx_row(LOWP_##element, job, codes, scales, x); \
  }
#include "kernels/generic/each_scheme.h"

static mx_row_fn *const mx_rows[LOWP_SCHEME_COUNT] = {
#define EACH_MX(ID, ...) [LOWP_SCHEME_##ID] = mx_##ID,
#include "kernels/generic/each_scheme.h"
};

void VEC_NAME(dequantize_mx)(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                             float *x) {
  if (vec_is_narrow())
    lowpk_dequantize_mx_neon(job, codes, scales, zero, x);
  else
    mx_rows[job->scheme->id](job, codes, scales, x);
}

void VEC_NAME(dequantize_nvfp4)(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                float *x) {
  const size_t blocks = job->cols_padded / 16;
  if (vec_is_narrow()) {
    lowpk_dequantize_nvfp4_neon(job, codes, scales, zero, x);
    return;
  }
  for (size_t b = 0; b < blocks; b += VEC) {
    size_t count = blocks - b < VEC ? blocks - b : VEC;
    svuint16_t first, second;
    expand_halves(LOWP_E4M3FN, svld1(svwhilelt_b8_u64(0, count), scales + b), &first, &second);
    vec_f s = vec_mulf(expand_quarter(first, second, 0), vec_set(job->tensor_scale));
    row_chunk(LOWP_E2M1, 4, s, count * 16, codes + b * 8, x + b * 16);
  }
}

/* The scales of elements at, at + 1, ... of the groups whose words are given: E6M2, and two bits of the word that double it. */
VEC_INLINE vec_f hif4_scales(svuint32_t words, size_t at) {
  svuint32_t i = svindex_u32((uint32_t)at, 1), in_group = vec_and(i, vec_set_i(63));
  svuint32_t word = svtbl(words, vec_shr(i, 6)), e6m2 = vec_and(word, vec_set_i(0xff));
  svuint32_t e8 = vec_shrv(word, vec_add(vec_shr(in_group, 3), vec_set_i(8)));
  svuint32_t e16 = vec_shrv(word, vec_add(vec_shr(in_group, 2), vec_set_i(16)));
  svuint32_t exponent = vec_add(vec_and(e8, vec_set_i(1)), vec_and(e16, vec_set_i(1)));
  svuint32_t bits = vec_add(vec_add(vec_shl(e6m2, 21), vec_set_i((127 - 48) << 23)), vec_shl(exponent, 23));
  return vec_f_bits(vec_select(vec_eq(e6m2, vec_set_i(0xff)), vec_set_i(EXPAND_NAN), bits));
}

void VEC_NAME(dequantize_hif4)(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                               float *x) {
  const size_t groups = job->cols_padded / 64;
  if (vec_is_narrow()) {
    lowpk_dequantize_hif4_neon(job, codes, scales, zero, x);
    return;
  }
  for (size_t g = 0; g < groups; g += VEC) {
    const size_t n = (groups - g < VEC ? groups - g : VEC) * 64;
    svuint32_t words = svld1(svwhilelt_b32_u64(g, groups), (const uint32_t *)(const void *)scales + g);
    for (size_t i = 0; i < n; i += svcntb()) {
      svuint16_t first, second;
      expand_halves(LOWP_S1P2, expand_packed(4, codes + g * 32, i, n), &first, &second);
      VEC_UNROLL
      for (int t = 0; t < 4; t++) {
        size_t at = i + (size_t)t * VEC;
        vec_f v = vec_mulf(expand_quarter(first, second, t), hif4_scales(words, at));
        svst1(svwhilelt_b32_u64(at, n), x + g * 64 + at, v);
      }
    }
  }
}

/* --- plain scales --------------------------------------------------------------------------------------------------- */

/* y = f32(f32(q - zero) * scale) */
VEC_INLINE void scaled_run(lowp_element id, lowp_zero zero_type, float scale, float offset, int32_t zero, size_t n,
                           const uint8_t *codes, float *x) {
  const lowp_element_row row = lowp_element_row_of(id);
  for (size_t i = 0; i < n; i += svcntb()) {
    svuint8_t c = expand_packed(row.bits, codes, i, n);
    svuint16_t first = svdup_u16(0), second = first;
    if (row.kind != LOWP_KIND_FIXED) expand_halves(id, c, &first, &second);
    VEC_UNROLL
    for (int t = 0; t < 4; t++) {
      size_t at = i + (size_t)t * VEC;
      vec_f v = expand_quarter(first, second, t);
      if (row.kind == LOWP_KIND_FIXED) {
        svint32_t q = expand_integer_quarter(expand_signed(row.bits, c), t);
        v = svcvt_f32_x(vec_all(), zero_type == LOWP_ZERO_I32 ? svsub_x(vec_all(), q, zero) : q);
      }
      if (zero_type == LOWP_ZERO_F32) v = vec_subf(v, vec_set(offset));
      svst1(svwhilelt_b32_u64(at, n), x + at, vec_mulf(v, vec_set(scale)));
    }
  }
}

VEC_INLINE void scaled_row(lowp_element id, lowp_element scale, size_t cols, lowp_zero zero_type, const lowpk_job *job,
                           const uint8_t *codes, const uint8_t *scales, const void *zero, float *x) {
  const size_t n = cols ? cols : job->cols_padded;
  int32_t point = 0;
  float offset = 0;
  if (zero_type == LOWP_ZERO_I32) memcpy(&point, zero, sizeof point);
  if (zero_type == LOWP_ZERO_F32) memcpy(&offset, zero, sizeof offset);
  /* q - zero beyond 32 bits: never what lowp writes, but a file may hold it. */
  if (point > INT32_MAX - 128 || point < INT32_MIN + 128) {
    lowpk_dequantize_scaled_generic(job, codes, scales, zero, x);
    return;
  }
  for (size_t i = 0, k = 0; i < job->cols_padded; i += n, k++) {
    float value;
    if (scale == LOWP_FP16) {
      uint16_t code;
      memcpy(&code, scales + k * sizeof code, sizeof code);
      value = lowp_decode(LOWP_FP16, code);
    } else {
      memcpy(&value, scales + k * sizeof value, sizeof value);
    }
    scaled_run(id, zero_type, value, offset, point, n, codes + i * lowp_element_row_of(id).bits / 8, x + i);
  }
}

#define EACH_SCALED(ID, element, scale, cols, zero_type) \
  static void scaled_##ID(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero, \
                          float *x) { \
    scaled_row(LOWP_##element, LOWP_##scale, cols, LOWP_ZERO_##zero_type, job, codes, scales, zero, x); \
  }
#include "kernels/generic/each_scheme.h"

static lowpk_dequantize_fn *const scaled_rows[LOWP_SCHEME_COUNT] = {
#define EACH_SCALED(ID, ...) [LOWP_SCHEME_##ID] = scaled_##ID,
#include "kernels/generic/each_scheme.h"
};

void VEC_NAME(dequantize_scaled)(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                 float *x) {
  if (vec_is_narrow())
    lowpk_dequantize_scaled_neon(job, codes, scales, zero, x);
  else
    scaled_rows[job->scheme->id](job, codes, scales, zero, x);
}

void VEC_NAME(dequantize_cast)(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                               float *x) {
  (void)scales;
  (void)zero;
  VEC_NAME(decode)(job->scheme->element, job->cols_padded, codes, x);
}

#endif
