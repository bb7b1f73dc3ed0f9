/* SPDX-License-Identifier: Apache-2.0 */
/*
 * panel.h: one code, one scale, one core of the packed layout of gemm.h. As plain as can be: this is what the layout means.
 */
#ifndef LOWPK_GENERIC_PANEL_H
#define LOWPK_GENERIC_PANEL_H

#include "kernels/generic/block.h"
#include "kernels/generic/hif4.h"
#include "kernels/generic/nvfp4.h"

/* The step that holds k of a panel: its scales, its codes behind them. */
static inline const uint8_t *lowpk_step(const lowpk_rhs *w, size_t panel, size_t k) {
  return w->data + panel * w->panel_bytes + k / LOWPK_STEP * w->step_bytes;
}

/* Code of column k < 128 of a step in a lane, 0..2^bits - 1. */
static inline uint32_t lowpk_packed_code(const uint8_t *codes, unsigned bits, size_t k, size_t lane) {
  const uint8_t *p = codes + 4 * lane; /* the lane in word 0; a word has 64 bytes */
  uint32_t nibble, top;
  size_t j;
  uint16_t half;
  switch (bits) {
  case 4:
    return p[k / 8 * 64 + k % 4] >> (k % 8 / 4 * 4) & 15u;
  case 6: /* three words for 16 k: two of low nibbles, one of the bits above them */
    p += k / 16 * 192;
    j = k % 16;
    nibble = p[j / 8 * 64 + j % 4] >> (j % 8 / 4 * 4) & 15u;
    top = p[128 + j % 4] >> (j / 4 * 2) & 3u;
    return top << 4 | nibble;
  case 8:
    return p[k / 4 * 64 + k % 4];
  default: /* 16 */
    memcpy(&half, p + k / 4 * 128 + (k & 1) * 64 + (k & 2), sizeof half);
    return half;
  }
}
static inline uint32_t lowpk_panel_code(const lowpk_rhs *w, size_t panel, size_t k, size_t lane) {
  const unsigned bits = lowp_element_row_of(w->scheme->element).bits;
  return lowpk_packed_code(lowpk_step(w, panel, k) + w->step_scale_bytes, bits, k % LOWPK_STEP, lane);
}

/* The bytes of the block scale for k in a lane; not where blocks are whole rows. */
static inline const uint8_t *lowpk_panel_scale(const lowpk_rhs *w, size_t panel, size_t k, size_t lane) {
  size_t block = k % LOWPK_STEP / w->scheme->block_cols;
  return lowpk_step(w, panel, k) + (block * LOWPK_NR + lane) * w->scheme->scale_bytes;
}

/* Value of a block scale; of HiF4 the E6M2 alone. */
static inline float lowpk_scale_value(const lowp_scheme_info *s, const uint8_t *scale) {
  uint16_t half;
  float value;
  switch (s->scale) {
  case LOWP_FP16:
    memcpy(&half, scale, sizeof half);
    return lowp_decode(LOWP_FP16, half);
  case LOWP_F32:
    memcpy(&value, scale, sizeof value);
    return value;
  default:
    return lowp_decode(s->scale, *scale);
  }
}

/* Element times its block scale, f32; j: place of the element in its block. */
static inline float lowpk_core(const lowp_scheme_info *s, uint32_t code, const uint8_t *scale, size_t j) {
  float v = lowp_decode(s->element, code);
  switch (s->family) {
  case LOWP_FAMILY_MX: /* never through 2^e alone: the product is exact where that has left the range of f32 */
    return *scale == 0xff ? lowp_f32_from_bits(LOWPK_F32_NAN) : lowpk_mul_pow2(v, *scale - 127);
  case LOWP_FAMILY_HIF4:
    return v * (lowp_decode(LOWP_E6M2, *scale) *
                (float)(1u << lowpk_hif4_exponent(lowpk_hif4_load_word(scale), (int)j / 4)));
  case LOWP_FAMILY_NVFP4:
  case LOWP_FAMILY_SCALED:
    return v * lowpk_scale_value(s, scale);
  default:
    return v;
  }
}

/* core (k, n) of the weights; n = 16 panel + lane. */
static inline float lowpk_panel_core(const lowpk_rhs *w, size_t panel, size_t k, size_t lane) {
  const lowp_scheme_info *s = w->scheme;
  uint32_t code = lowpk_panel_code(w, panel, k, lane);
  size_t n = panel * LOWPK_NR + lane;
  float v, z;
  int32_t iz;
  if (w->irregular && k >= w->k) return 0; /* code 0 is not core 0 under a scale or zero point that is not finite */
  if (s->block_cols) return lowpk_core(s, code, lowpk_panel_scale(w, panel, k, lane), k % s->block_cols);
  v = lowp_decode(s->element, code);
  switch (s->zero) {
  case LOWP_ZERO_I32:
    memcpy(&iz, (const char *)w->zeros + n * sizeof iz, sizeof iz);
    return (float)((int64_t)v - iz);
  case LOWP_ZERO_F32:
    memcpy(&z, (const char *)w->zeros + n * sizeof z, sizeof z);
    return v - z;
  default:
    return v;
  }
}

/* The integer of an element of lowpk_is_integer_dot(): value / factor. scale, j as in lowpk_core. */
static inline int8_t lowpk_integer(const lowp_scheme_info *s, uint32_t code, const uint8_t *scale, size_t j) {
  float v = lowp_decode(s->element, code) / lowpk_integer_factor(s->element);
  if (s->family == LOWP_FAMILY_HIF4) v *= (float)(1u << lowpk_hif4_exponent(lowpk_hif4_load_word(scale), (int)j / 4));
  return (int8_t)v;
}

/* The f32 scale that belongs to the integers of a block. */
static inline float lowpk_integer_scale(const lowp_scheme_info *s, const uint8_t *scale) {
  return lowpk_scale_value(s, scale) * lowpk_integer_factor(s->element);
}

/* Where k of four consecutive ones stands in bf16 order: k, k+2, k+1, k+3. */
static inline size_t lowpk_bf16_place(size_t k) { return (k & ~(size_t)3) + (k & 1) * 2 + (k & 2) / 2; }

#endif
