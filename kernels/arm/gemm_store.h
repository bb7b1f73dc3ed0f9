/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_store.h: the end of a multiplication, 16 columns at a time by NEON, with the bits of generic/gemm_store.h:
 *
 *     y = convert(f32(f32(S * lhs_outer[m]) * rhs_outer[n]) + bias[n])
 *
 * A factor that is left out is 1, a bias that is left out is -0: both change no bit of any value.
 */
#ifndef LOWPK_ARM_GEMM_STORE_H
#define LOWPK_ARM_GEMM_STORE_H

#include "kernels/arm/neon.h"
#include <string.h>

/* What belongs to the columns of a panel. */
typedef struct lowpk_neon_store {
  float32x4_t outer[4], bias[4];
  size_t columns; /* below n, at most 16 */
  char *y;        /* row 0 of the panel */
} lowpk_neon_store;

static inline lowpk_neon_store lowpk_neon_store_begin(const lowpk_gemm *g, size_t panel) {
  const size_t n0 = panel * LOWPK_NR, left = g->w->n - n0;
  lowpk_neon_store s = {.columns = left < LOWPK_NR ? left : (size_t)LOWPK_NR};
  float bias[LOWPK_NR];
  for (size_t i = 0; i < LOWPK_NR; i++) bias[i] = -0.0f;
  if (g->bias) memcpy(bias, g->bias + n0, s.columns * sizeof *bias);
  for (size_t i = 0; i < 4; i++) {
    s.outer[i] = g->rhs_outer ? vld1q_f32(g->rhs_outer + n0 + 4 * i) : vdupq_n_f32(1.0f);
    s.bias[i] = vld1q_f32(bias + 4 * i);
  }
  s.y = (char *)g->y + n0 * (g->y_element == LOWP_F32 ? sizeof(float) : sizeof(uint16_t));
  return s;
}

/* 16-bit codes: RNE, overflow to Inf, NaN to 0x7fff as lowp_encode has it. */
static inline uint16x4_t lowpk_neon_16_bits(lowp_element element, float32x4_t x) {
  const uint16x4_t number = vmovn_u32(vceqq_f32(x, x));
  uint16x4_t code;
  if (element == LOWP_BF16) {
    const uint32x4_t u = vreinterpretq_u32_f32(x), odd = vandq_u32(vshrq_n_u32(u, 16), vdupq_n_u32(1));
    code = vshrn_n_u32(vaddq_u32(u, vaddq_u32(odd, vdupq_n_u32(0x7fff))), 16);
  } else {
    code = vreinterpret_u16_f16(vcvt_f16_f32(x));
  }
  return vbsl_u16(number, code, vdup_n_u16(0x7fff));
}

/* Row m of the panel; sum: S of its 16 columns. */
static inline void lowpk_neon_store_row(const lowpk_gemm *g, const lowpk_neon_store *s, size_t m, const float *sum) {
  char *y = s->y + (ptrdiff_t)m * g->y_stride;
  uint16_t codes[LOWPK_NR];
  float values[LOWPK_NR];
  LOWPK_NEON_UNROLL
  for (size_t i = 0; i < 4; i++) {
    float32x4_t x = vld1q_f32(sum + 4 * i);
    if (g->lhs_outer) x = vmulq_n_f32(x, g->lhs_outer[m]);
    x = vaddq_f32(vmulq_f32(x, s->outer[i]), s->bias[i]);
    if (g->y_element == LOWP_F32)
      vst1q_f32(values + 4 * i, x);
    else
      vst1_u16(codes + 4 * i, lowpk_neon_16_bits(g->y_element, x));
  }
  if (g->y_element == LOWP_F32)
    memcpy(y, values, s->columns * sizeof *values);
  else
    memcpy(y, codes, s->columns * sizeof *codes);
}

#endif
