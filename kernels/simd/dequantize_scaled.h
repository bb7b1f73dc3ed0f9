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
  float value;  /* the scale */
  int finite;   /* scale and zero point */
  int times256; /* scale * 2^8 is finite */
  int table;    /* products with E4M3 are normal, the largest of them and bf16 */
  int past;     /* stores go past the caches */
} scaled;

/* 4 * VEC values from codes in bytes. */
VEC_INLINE void scaled_step(lowp_element id, lowp_element to, put_kind kind, lowp_zero zero, const scaled *s,
                            const uint8_t *codes, void *y) {
  vec_f v[4];
#ifdef EXPAND_HAS_E4M3
  if (id == LOWP_E4M3FN && s->times256 && !expand_e4m3_nan(codes, 4 * VEC)) {
    const vec_f scale = vec_mulf(s->scale, vec_set(256.0f));
    expand_e4m3(codes, v);
    expand_e4m3(codes + 2 * VEC, v + 2);
    VEC_UNROLL
    for (int j = 0; j < 4; j++) v[j] = vec_mulf(v[j], scale);
    put(to, PUT_NUMBERS, s->past, v, 4, y);
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
  put(to, kind, s->past, v, 4, y);
}

/*
 * What the products of integers are: numbers if the scale is one. A long row is looked at for ties of bf16, among 128
 * magnitudes: most scales have none.
 */
VEC_INLINE put_kind scaled_kind(lowp_element id, lowp_element to, lowp_zero zero, const scaled *s, size_t n) {
  if (to == LOWP_F32 || lowp_element_row_of(id).kind != LOWP_KIND_FIXED || !s->finite) return PUT_ANY;
  if (to != LOWP_BF16 || zero != LOWP_ZERO_NONE || n < 1024) return PUT_NUMBERS;
  float first[VEC];
  for (int i = 0; i < VEC; i++) first[i] = (float)(i + 1);
  vec_f q = vec_load(first);
  vec_i half = vec_set_i(0x80000000u), least = vec_set_i(0xffffffffu);
  for (int i = 0; i < 128; i += VEC, q = vec_addf(q, vec_set(VEC)))
    least = vec_min_u(least, vec_xor(vec_shl(vec_i_bits(vec_mulf(q, s->scale)), 16), half));
  return vec_any(vec_eq(least, vec_zero())) ? PUT_NUMBERS : PUT_NO_TIES;
}

/* What the table does not have, out of the way of its loop. */
static __attribute__((noinline, unused)) void scaled_e4m3(const scaled *s, const uint8_t *codes, void *y) {
  scaled_step(LOWP_E4M3FN, LOWP_BF16, PUT_ANY, LOWP_ZERO_NONE, s, codes, y);
}

/* n values from codes in bytes, a multiple of 4 VEC of them. */
VEC_INLINE void scaled_steps(lowp_element id, lowp_element to, put_kind kind, lowp_zero zero, const scaled *s, size_t n,
                             const uint8_t *codes, char *y) {
  enum { STEP = 4 * VEC };
#ifdef EXPAND_HAS_E4M3_TABLE
  if (id == LOWP_E4M3FN && to == LOWP_BF16 && s->table) {
    const expand_table16 t = expand_e4m3_table(s->value);
    for (size_t i = 0; i < n; i += STEP) {
      int put = 1;
      VEC_UNROLL
      for (size_t j = i; j < i + STEP; j += 32)
        put &= expand_put_fields(LOWP_E4M3FN, t, s->past, codes + j, y + j * PUT_SIZE(to));
      if (__builtin_expect(!put, 0)) scaled_e4m3(s, codes + i, y + i * PUT_SIZE(to));
    }
    return;
  }
#endif
  for (size_t i = 0; i < n; i += STEP) scaled_step(id, to, kind, zero, s, codes + i, y + i * PUT_SIZE(to));
}

/* n values from codes in bytes; the rest goes through a buffer. */
VEC_INLINE void scaled_bytes(lowp_element id, lowp_element to, lowp_zero zero, const scaled *s, size_t n,
                             const uint8_t *codes, char *y) {
  enum { STEP = 4 * VEC };
  const size_t i = n / STEP * STEP;
  const put_kind kind = scaled_kind(id, to, zero, s, n);
  if (kind == PUT_NO_TIES)
    scaled_steps(id, to, PUT_NO_TIES, zero, s, i, codes, y);
  else if (kind == PUT_NUMBERS)
    scaled_steps(id, to, PUT_NUMBERS, zero, s, i, codes, y);
  else
    scaled_steps(id, to, PUT_ANY, zero, s, i, codes, y);
  if (i == n) return;
  uint8_t rest[STEP] = {0};
  char last[STEP * sizeof(float)];
  memcpy(rest, codes + i, n - i);
  scaled here = *s;
  here.past = 0;
  scaled_step(id, to, PUT_ANY, zero, &here, rest, last);
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
    put(to, PUT_ANY, s->past, v, 2, y + i * PUT_SIZE(to));
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
    const uint32_t size = lowp_f32_bits(value) & 0x7fffffff;
    const scaled s = {.scale = vec_set(value),
                      .offset = vec_set(offset),
                      .zero = vec_set_i(point),
                      .value = value,
                      .finite = size < 0x7f800000 && (lowp_f32_bits(offset) & 0x7fffffff) < 0x7f800000,
                      .times256 = size < (127 + 120) << 23,
                      .table = size >= (127 - 120) << 23 && size <= (127 + 118) << 23,
                      .past = job->past_caches};
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
