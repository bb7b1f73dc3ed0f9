/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dequantize_scaled.h: the row decoder of schemes with a plain scale, for all vector widths, as dequantize_rows.h:
 * y = f32(f32(q - zero) * scale), where f32(q - 0) is q.
 */
#ifndef LOWPK_SIMD_DEQUANTIZE_SCALED_H
#define LOWPK_SIMD_DEQUANTIZE_SCALED_H

#include "kernels/kernel.h"
#include "kernels/simd/mode.h"
#include "kernels/simd/put.h"

/* What one scale and the zero point are to a vector. */
typedef struct scaled {
  vec_f scale, offset;
  vec_i zero;
  int times256; /* scale * 2^8 is finite */
} scaled;

/* 4 * VEC values from codes in bytes. */
VEC_INLINE void scaled_step(lowp_element id, lowp_element to, lowp_zero zero, const scaled *s, const uint8_t *codes,
                            void *y) {
  vec_f v[4];
#ifdef EXPAND_HAS_E4M3
  if (id == LOWP_E4M3FN && s->times256 && !expand_e4m3_nan(codes, 4 * VEC)) {
    const vec_f scale = vec_mulf(s->scale, vec_set(256.0f));
    expand_e4m3(codes, v);
    expand_e4m3(codes + 2 * VEC, v + 2);
    VEC_UNROLL
    for (int j = 0; j < 4; j++) v[j] = vec_mulf(v[j], scale);
    put(to, PUT_ANY, v, 4, y);
    return;
  }
#endif
  if (zero == LOWP_ZERO_I32) {
    VEC_UNROLL
    for (int j = 0; j < 4; j++) v[j] = vec_to_float(vec_sub(expand_s8(codes + j * VEC), s->zero));
  } else {
    expand_values(id, codes, v);
  }
  VEC_UNROLL
  for (int j = 0; j < 4; j++) {
    if (zero == LOWP_ZERO_F32) v[j] = vec_subf(v[j], s->offset);
    v[j] = vec_mulf(v[j], s->scale);
  }
  put(to, PUT_ANY, v, 4, y);
}

/* n values from codes in bytes; the rest goes through a buffer. */
VEC_INLINE void scaled_bytes(lowp_element id, lowp_element to, lowp_zero zero, const scaled *s, size_t n,
                             const uint8_t *codes, char *y) {
  enum { STEP = 4 * VEC };
  size_t i = 0;
  for (; n - i >= STEP; i += STEP) scaled_step(id, to, zero, s, codes + i, y + i * PUT_SIZE(to));
  if (i == n) return;
  uint8_t rest[STEP] = {0};
  char last[STEP * sizeof(float)];
  memcpy(rest, codes + i, n - i);
  scaled_step(id, to, zero, s, rest, last);
  memcpy(y + i * PUT_SIZE(to), last, (n - i) * PUT_SIZE(to));
}

/* n values, a multiple of 32, from 4-bit integers. */
VEC_INLINE void scaled_nibbles(lowp_element to, const scaled *s, size_t n, const uint8_t *codes, char *y) {
  for (size_t i = 0; i < n; i += 2 * VEC) {
    vec_f v[2];
    VEC_UNROLL
    for (size_t j = 0; j < 2; j++) {
      vec_i q = expand_right_signed(vec_shl(expand_nibbles(codes + (i + j * VEC) / 2), 28), 28);
      v[j] = vec_mulf(vec_to_float(q), s->scale);
    }
    put(to, PUT_ANY, v, 2, y + i * PUT_SIZE(to));
  }
}

VEC_INLINE void scaled_row(lowp_element id, lowp_element to, lowp_element scale, size_t cols, lowp_zero zero_type,
                           const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                           void *y) {
  const size_t n = cols ? cols : job->cols_padded;
  const int nibbles = lowp_element_row_of(id).bits == 4;
  int32_t point = 0;
  float offset = 0;
  if (zero_type == LOWP_ZERO_I32) memcpy(&point, zero, sizeof point);
  if (zero_type == LOWP_ZERO_F32) memcpy(&offset, zero, sizeof offset);
  /* q - zero beyond 32 bits: never what lowp writes, but a file may hold it. */
  if (point > INT32_MAX - 128 || point < INT32_MIN + 128 || (scale == LOWP_FP16 && !vec_ieee_half())) {
    if (to == LOWP_F32)
      lowpk_dequantize_scaled_generic(job, codes, scales, zero, y);
    else
      lowpk_dequantize16_generic(job, to, codes, scales, zero, y);
    return;
  }
  for (size_t i = 0, k = 0; i < job->cols_padded; i += n, k++) {
    float value;
    if (scale == LOWP_FP16) {
      uint16_t code;
      memcpy(&code, scales + k * sizeof code, sizeof code);
      value = expand_f16_one(code);
    } else {
      memcpy(&value, scales + k * sizeof value, sizeof value);
    }
    char *out = (char *)y + i * PUT_SIZE(to);
    const scaled s = {vec_set(value), vec_set(offset), vec_set_i(point),
                      lowp_f32_bits(value * 256.0f) << 1 < 0xff000000u};
    if (nibbles)
      scaled_nibbles(to, &s, n, codes + i / 2, out);
    else
      scaled_bytes(id, to, zero_type, &s, n, codes + i, out);
  }
}

#define EACH_SCALED(ID, element, scale, cols, zero_type) \
  static void scaled_##ID(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero, \
                          float *x) { \
    scaled_row(LOWP_##element, LOWP_F32, LOWP_##scale, cols, LOWP_ZERO_##zero_type, job, codes, scales, zero, x); \
  }
#include "kernels/generic/each_scheme.h"

static lowpk_dequantize_fn *const scaled_rows[LOWP_SCHEME_COUNT] = {
#define EACH_SCALED(ID, ...) [LOWP_SCHEME_##ID] = scaled_##ID,
#include "kernels/generic/each_scheme.h"
};

void VEC_NAME(dequantize_scaled)(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                 float *x) {
  scaled_rows[job->scheme->id](job, codes, scales, zero, x);
}

#endif
