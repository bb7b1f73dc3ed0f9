/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.h: one step of a panel (gemm.h: 128 k of 16 rows) to f32, to bf16, to integers, by NEON: tables of 16 to 128
 * bytes give the two bytes of an element's bf16, which is exact for every element but FP16; the product with the block
 * scale is that of f32, as the generic decoder has it. For weights that are not irregular.
 *
 *   lowpk_neon_step(LOWP_SCHEME_x, step, zeros, sink)        f32 or bf16
 *   lowpk_neon_int8_step(LOWP_SCHEME_x, step, out, scales)   integers: 32 rows of 16 x 4 bytes; 128 / block of 16 scales
 *
 * with a constant scheme. A register holds a quarter of a word: four lanes (n), four bytes (k) of each. Results are
 * wanted by k: one table lookup moves byte k of lane n to place 4 k + n.
 */
#ifndef LOWPK_ARM_DECODE_H
#define LOWPK_ARM_DECODE_H

#include "kernels/arm/neon.h"
#include "kernels/generic/block.h"
#include "kernels/tables.h"

/* Where cores go. `wide` and `exact` are constants wherever one is made. */
typedef struct lowpk_neon_sink {
  float *f32;     /* [128][16] */
  uint16_t *bf16; /* [64][16][2] */
  int wide;       /* f32, else bf16 */
  int exact;      /* bf16 holds the cores: nothing to round */
} lowpk_neon_sink;

/* RNE on the bits: half a unit less one, and one more where the lowest bit that stays is 1. No NaN here. */
LOWPK_INLINE uint32x4_t lowpk_neon_round(float32x4_t x) {
  const uint32x4_t u = vreinterpretq_u32_f32(x), odd = vandq_u32(vshrq_n_u32(u, 16), vdupq_n_u32(1));
  return vaddq_u32(vaddq_u32(u, vdupq_n_u32(0x7fff)), odd);
}

/* v[i]: k + i of lanes 4 h .. 4 h + 3. */
LOWPK_INLINE void lowpk_neon_put(lowpk_neon_sink to, size_t k, size_t h, const float32x4_t v[4]) {
  if (to.wide) {
    LOWPK_NEON_UNROLL
    for (size_t i = 0; i < 4; i++) vst1q_f32(to.f32 + (k + i) * LOWPK_NR + h * 4, v[i]);
    return;
  }
  LOWPK_NEON_UNROLL
  for (size_t i = 0; i < 2; i++) { /* the upper halves of k + i and k + i + 2, lane by lane */
    uint32x4_t low = to.exact ? vreinterpretq_u32_f32(v[i]) : lowpk_neon_round(v[i]);
    uint32x4_t high = to.exact ? vreinterpretq_u32_f32(v[i + 2]) : lowpk_neon_round(v[i + 2]);
    vst1q_u16(to.bf16 + k * 16 + i * 32 + h * 8, vtrn2q_u16(vreinterpretq_u16_u32(low), vreinterpretq_u16_u32(high)));
  }
}

/* --- elements ----------------------------------------------------------------------------------------------------- */

/* bf16 of all codes of four bits, of the magnitudes of six bits. */
static const uint16_t lowpk_neon_e2m1[16] = {0x0000, 0x3f00, 0x3f80, 0x3fc0, 0x4000, 0x4040, 0x4080, 0x40c0,
                                             0x8000, 0xbf00, 0xbf80, 0xbfc0, 0xc000, 0xc040, 0xc080, 0xc0c0};
static const uint16_t lowpk_neon_s1p2[16] = {0x0000, 0x3e80, 0x3f00, 0x3f40, 0x3f80, 0x3fa0, 0x3fc0, 0x3fe0,
                                             0x8000, 0xbe80, 0xbf00, 0xbf40, 0xbf80, 0xbfa0, 0xbfc0, 0xbfe0};
static const uint16_t lowpk_neon_int4[16] = {0x0000, 0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0, 0x40c0, 0x40e0,
                                             0xc100, 0xc0e0, 0xc0c0, 0xc0a0, 0xc080, 0xc040, 0xc000, 0xbf80};
static const uint16_t lowpk_neon_e2m3[32] = {0x0000, 0x3e00, 0x3e80, 0x3ec0, 0x3f00, 0x3f20, 0x3f40, 0x3f60,
                                             0x3f80, 0x3f90, 0x3fa0, 0x3fb0, 0x3fc0, 0x3fd0, 0x3fe0, 0x3ff0,
                                             0x4000, 0x4010, 0x4020, 0x4030, 0x4040, 0x4050, 0x4060, 0x4070,
                                             0x4080, 0x4090, 0x40a0, 0x40b0, 0x40c0, 0x40d0, 0x40e0, 0x40f0};
static const uint16_t lowpk_neon_e3m2[32] = {0x0000, 0x3d80, 0x3e00, 0x3e40, 0x3e80, 0x3ea0, 0x3ec0, 0x3ee0,
                                             0x3f00, 0x3f20, 0x3f40, 0x3f60, 0x3f80, 0x3fa0, 0x3fc0, 0x3fe0,
                                             0x4000, 0x4020, 0x4040, 0x4060, 0x4080, 0x40a0, 0x40c0, 0x40e0,
                                             0x4100, 0x4120, 0x4140, 0x4160, 0x4180, 0x41a0, 0x41c0, 0x41e0};

/* The lower and the upper bytes of 16 entries. */
LOWPK_INLINE void lowpk_neon_table(const uint16_t *t, uint8x16_t *low, uint8x16_t *high) {
  uint8x16_t a = vreinterpretq_u8_u16(vld1q_u16(t)), b = vreinterpretq_u8_u16(vld1q_u16(t + 8));
  *low = vuzp1q_u8(a, b);
  *high = vuzp2q_u8(a, b);
}

/* 16 bf16 in bytes to f32. */
LOWPK_INLINE void lowpk_neon_join(uint8x16_t low, uint8x16_t high, float32x4_t v[4]) {
  uint16x8_t a = vreinterpretq_u16_u8(vzip1q_u8(low, high)), b = vreinterpretq_u16_u8(vzip2q_u8(low, high));
  v[0] = vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(a), 16));
  v[1] = vreinterpretq_f32_u32(vshll_high_n_u16(a, 16));
  v[2] = vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(b), 16));
  v[3] = vreinterpretq_f32_u32(vshll_high_n_u16(b, 16));
}

/*
 * Half floats that are E4M3 moved to the left, 2^-8 of it, or E5M2: FP16 has the same fields; its subnormals are
 * theirs.
 */
LOWPK_INLINE float32x4_t lowpk_neon_e4m3(int16x4_t codes) {
  codes = vand_s16(vshl_n_s16(codes, 7), vdup_n_s16((int16_t)0xbfff));
  return vmulq_f32(vcvt_f32_f16(vreinterpret_f16_s16(codes)), vdupq_n_f32(256.0f));
}
LOWPK_INLINE float32x4_t lowpk_neon_e5m2(int16x4_t codes) {
  return vcvt_f32_f16(vreinterpret_f16_s16(vshl_n_s16(codes, 8)));
}

/* The two bytes of the bf16 of codes of four or six bits, one in each byte, nothing above them. */
LOWPK_INLINE void lowpk_neon_lookup(lowp_element id, uint8x16_t c, uint8x16_t *low, uint8x16_t *high) {
  uint8x16_t a, b;
  uint8x16x4_t lower, upper;
  if (id == LOWP_E2M3 || id == LOWP_E3M2) {
    LOWPK_NEON_UNROLL
    for (int i = 0; i < 2; i++) {
      lowpk_neon_table((id == LOWP_E2M3 ? lowpk_neon_e2m3 : lowpk_neon_e3m2) + i * 16, &lower.val[i], &upper.val[i]);
      lower.val[2 + i] = lower.val[i];
      upper.val[2 + i] = veorq_u8(upper.val[i], vdupq_n_u8(0x80));
    }
    *low = vqtbl4q_u8(lower, c);
    *high = vqtbl4q_u8(upper, c);
    return;
  }
  lowpk_neon_table(id == LOWP_E2M1 ? lowpk_neon_e2m1 : id == LOWP_S1P2 ? lowpk_neon_s1p2 : lowpk_neon_int4, &a, &b);
  *low = vqtbl1q_u8(a, c);
  *high = vqtbl1q_u8(b, c);
}

/* Codes of four or eight bits, one in each byte; six bits: the upper two bits are clear. */
LOWPK_INLINE void lowpk_neon_values(lowp_element id, uint8x16_t c, float32x4_t v[4]) {
  uint8x16_t low, high;
  uint8x16x4_t lower, upper;
  const int8x16_t s = vreinterpretq_s8_u8(c);
  const int16x8_t wide[2] = {vmovl_s8(vget_low_s8(s)), vmovl_high_s8(s)};
  switch (id) {
  case LOWP_E2M1:
  case LOWP_S1P2:
  case LOWP_INT4:
  case LOWP_E2M3:
  case LOWP_E3M2:
    lowpk_neon_lookup(id, c, &low, &high);
    lowpk_neon_join(low, high, v);
    return;
  case LOWP_HIF8: /* 128 entries: the second 64 where the first have nothing */
    low = vandq_u8(c, vdupq_n_u8(0x7f));
    high = veorq_u8(low, vdupq_n_u8(0x40));
    lower = vld1q_u8_x4(lowpk_hif8_lower), upper = vld1q_u8_x4(lowpk_hif8_upper);
    {
      uint8x16_t a = vqtbl4q_u8(lower, low), b = vqtbl4q_u8(upper, low);
      a = vqtbx4q_u8(a, vld1q_u8_x4(lowpk_hif8_lower + 64), high);
      b = vqtbx4q_u8(b, vld1q_u8_x4(lowpk_hif8_upper + 64), high);
      lowpk_neon_join(a, vorrq_u8(b, vandq_u8(c, vdupq_n_u8(0x80))), v);
    }
    return;
  case LOWP_E4M3FN:
  case LOWP_E5M2:
    LOWPK_NEON_UNROLL
    for (int i = 0; i < 4; i++) {
      int16x4_t x = i % 2 ? vget_high_s16(wide[i / 2]) : vget_low_s16(wide[i / 2]);
      v[i] = id == LOWP_E4M3FN ? lowpk_neon_e4m3(x) : lowpk_neon_e5m2(x);
    }
    return;
  default: /* INT8, MXINT8 */
    LOWPK_NEON_UNROLL
    for (int i = 0; i < 4; i++) {
      int32x4_t x = i % 2 ? vmovl_high_s16(wide[i / 2]) : vmovl_s16(vget_low_s16(wide[i / 2]));
      v[i] = id == LOWP_MXINT8 ? vcvtq_n_f32_s32(x, 6) : vcvtq_f32_s32(x);
    }
    return;
  }
}

/* --- scales ------------------------------------------------------------------------------------------------------- */

/* f32 of lanes 4 h .. 4 h + 3 of block b; `scales`: those of the step. */
LOWPK_INLINE float32x4_t lowpk_neon_scale(lowp_element id, const uint8_t *scales, size_t b, size_t h) {
  uint32x4_t c;
  uint16x4_t halves;
  if (id == LOWP_F32) {
    return vreinterpretq_f32_u8(vld1q_u8(scales + b * 64 + h * 16));
  } else if (id == LOWP_FP16) {
    memcpy(&halves, scales + b * 32 + h * 8, sizeof halves);
    return vcvt_f32_f16(vreinterpret_f16_u16(halves));
  } else if (id == LOWP_E6M2) { /* bias 48, 2 bits of mantissa */
    c = vandq_u32(vreinterpretq_u32_u8(vld1q_u8(scales + b * 64 + h * 16)), vdupq_n_u32(0xff));
    return vreinterpretq_f32_u32(vaddq_u32(vshlq_n_u32(c, 21), vdupq_n_u32(79u << 23)));
  }
  uint32_t four;
  memcpy(&four, scales + b * 16 + h * 4, sizeof four);
  uint16x8_t wide = vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four)));
  if (id == LOWP_E4M3FN) {
    int16x8_t s = vmovl_s8(vreinterpret_s8_u32(vdup_n_u32(four)));
    return lowpk_neon_e4m3(vget_low_s16(s));
  }
  /* E8M0. Code 0 is 2^-127, subnormal: the one whose bits are not the code shifted. */
  c = vshlq_n_u32(vmovl_u16(vget_low_u16(wide)), 23);
  return vreinterpretq_f32_u32(vmaxq_u32(c, vdupq_n_u32(1u << 22)));
}

/* --- steps -------------------------------------------------------------------------------------------------------- */

/*
 * MX to bf16: 2^e times a number that is not zero adds e << 7 to its bits. Those of the scale are e + 127 and no
 * mantissa, but for 2^-127, whose exponent field is 0 as it should be.
 */
LOWPK_INLINE void lowpk_neon_mx_bf16(lowpk_neon_sink to, lowp_element id, size_t k, size_t h, uint8x16_t codes,
                                     float32x4_t scale) {
  const uint16x4_t upper = vshrn_n_u32(vreinterpretq_u32_f32(scale), 16),
                   exponent = vand_u16(upper, vdup_n_u16(0xff80));
  const uint16x4_t e = vsub_u16(exponent, vdup_n_u16(127 << 7));
  const uint16x8_t d = vcombine_u16(e, e);
  uint16x8_t magnitude = vdupq_n_u16(0x7fff);
  __asm__("" : "+w"(magnitude)); /* gcc 12 makes three instructions of a test with a constant */
  uint8x16_t low, high;
  lowpk_neon_lookup(id, codes, &low, &high);
  uint16x8_t a = vreinterpretq_u16_u8(vzip1q_u8(low, high)), b = vreinterpretq_u16_u8(vzip2q_u8(low, high));
  a = vaddq_u16(a, vandq_u16(d, vtstq_u16(a, magnitude))); /* k, k + 1 */
  b = vaddq_u16(b, vandq_u16(d, vtstq_u16(b, magnitude))); /* k + 2, k + 3 */
  vst1q_u16(to.bf16 + k * 16 + h * 8, vzip1q_u16(a, b));
  vst1q_u16(to.bf16 + k * 16 + 32 + h * 8, vzip2q_u16(a, b));
}

LOWPK_INLINE void lowpk_neon_scaled(lowpk_neon_sink to, lowp_element id, size_t k, size_t h, uint8x16_t codes,
                                    int scaled, float32x4_t scale) {
  float32x4_t v[4];
  lowpk_neon_values(id, codes, v);
  LOWPK_NEON_UNROLL
  for (int i = 0; scaled && i < 4; i++) v[i] = vmulq_f32(v[i], scale);
  lowpk_neon_put(to, k, h, v);
}

/* Codes k + 4 j .. k + 4 j + 3 of 16, of six bits: nibbles, and the bits of the third word above them. */
LOWPK_INLINE void lowpk_neon_sixes(uint8x16_t a, uint8x16_t b, uint8x16_t top, uint8x16_t c[4]) {
  const uint8x16_t low = vdupq_n_u8(0x0f), six = vdupq_n_u8(0x3f);
  c[0] = vandq_u8(vbslq_u8(low, a, vshlq_n_u8(top, 4)), six);
  c[1] = vandq_u8(vbslq_u8(low, vshrq_n_u8(a, 4), vshlq_n_u8(top, 2)), six);
  c[2] = vandq_u8(vbslq_u8(low, b, top), six);
  c[3] = vbslq_u8(low, vshrq_n_u8(b, 4), vshrq_n_u8(top, 2)); /* the shift has cleared the two above */
}

/* Elements of 4, 6 or 8 bits, blocks of `block` k with scales of `scale`, or 0 and none. */
LOWPK_INLINE void lowpk_neon_blocks(lowp_element id, size_t block, lowp_element scale, const uint8_t *step,
                                    size_t scale_bytes, lowpk_neon_sink to) {
#define PUT(k, codes) \
  do { \
    if (!to.wide && scale == LOWP_E8M0 && bits < 8) \
      lowpk_neon_mx_bf16(to, id, k, h, codes, s); \
    else \
      lowpk_neon_scaled(to, id, k, h, codes, block != 0, s); \
  } while (0)
  const size_t bits = lowp_element_row_of(id).bits, part = block ? block : LOWPK_STEP;
  const uint8_t *codes = step + scale_bytes;
  for (size_t k = 0; k < LOWPK_STEP; k += part) {
    for (size_t h = 0; h < 4; h++) {
      const float32x4_t s = block ? lowpk_neon_scale(scale, step, k / part, h) : vdupq_n_f32(1.0f);
      const uint8_t *p = codes + k * bits * 2 + h * 16; /* 16 lanes: 2 bytes for each bit of one k */
      for (size_t j = 0; j < part;) {
        if (bits == 8) {
          PUT(k + j, lowpk_neon_by_k(vld1q_u8(p)));
          j += 4, p += 64;
        } else if (bits == 4) {
          const uint8x16_t w = lowpk_neon_by_k(vld1q_u8(p));
          PUT(k + j, vandq_u8(w, vdupq_n_u8(0x0f)));
          PUT(k + j + 4, vshrq_n_u8(w, 4));
          j += 8, p += 64;
        } else {
          uint8x16_t c[4];
          lowpk_neon_sixes(lowpk_neon_by_k(vld1q_u8(p)), lowpk_neon_by_k(vld1q_u8(p + 64)),
                           lowpk_neon_by_k(vld1q_u8(p + 128)), c);
          LOWPK_NEON_UNROLL
          for (size_t i = 0; i < 4; i++) PUT(k + j + 4 * i, c[i]);
          j += 16, p += 192;
        }
      }
    }
  }
#undef PUT
}

/* Two more of the exponent where the lanes' word has the bits: of eight elements, of four. */
LOWPK_INLINE float32x4_t lowpk_neon_doubled(float32x4_t s, uint32x4_t word, int shift) {
  const uint32x4_t bit = vandq_u32(vshlq_u32(word, vdupq_n_s32(-shift)), vdupq_n_u32(1));
  return vreinterpretq_f32_u32(vaddq_u32(vreinterpretq_u32_f32(s), vshlq_n_u32(bit, 23)));
}

LOWPK_INLINE void lowpk_neon_hif4(const uint8_t *step, lowpk_neon_sink to) {
  for (size_t b = 0; b < 2; b++)
    for (size_t h = 0; h < 4; h++) {
      const uint32x4_t word = vreinterpretq_u32_u8(vld1q_u8(step + b * 64 + h * 16));
      const float32x4_t s = lowpk_neon_scale(LOWP_E6M2, step, b, h);
      for (int i = 0; i < 8; i++) {
        const size_t k = b * 64 + (size_t)i * 8;
        const uint8x16_t w = lowpk_neon_by_k(vld1q_u8(step + 128 + k * 8 + h * 16));
        const float32x4_t t = lowpk_neon_doubled(s, word, 8 + i);
        lowpk_neon_scaled(to, LOWP_S1P2, k, h, vandq_u8(w, vdupq_n_u8(0x0f)), 1,
                          lowpk_neon_doubled(t, word, 16 + 2 * i));
        lowpk_neon_scaled(to, LOWP_S1P2, k + 4, h, vshrq_n_u8(w, 4), 1, lowpk_neon_doubled(t, word, 17 + 2 * i));
      }
    }
}

/* INT8 less a zero point, integer or not; the difference of integers is exact. */
LOWPK_INLINE void lowpk_neon_zeros(const uint8_t *step, const void *zeros, int integer, lowpk_neon_sink to) {
  for (size_t h = 0; h < 4; h++) {
    const uint8x16_t z = vld1q_u8((const uint8_t *)zeros + h * 16);
    const float32x4_t zero = integer ? vcvtq_f32_s32(vreinterpretq_s32_u8(z)) : vreinterpretq_f32_u8(z);
    for (size_t k = 0; k < LOWPK_STEP; k += 4) {
      float32x4_t v[4];
      lowpk_neon_values(LOWP_INT8, lowpk_neon_by_k(vld1q_u8(step + k * 16 + h * 16)), v);
      LOWPK_NEON_UNROLL
      for (int i = 0; i < 4; i++) v[i] = vsubq_f32(v[i], zero);
      lowpk_neon_put(to, k, h, v);
    }
  }
}

/* Lanes of two halves: k and k + 2, k + 1 and k + 3. */
LOWPK_INLINE void lowpk_neon_halves(lowp_element id, const uint8_t *step, lowpk_neon_sink to) {
  for (size_t k = 0; k < LOWPK_STEP; k += 4)
    for (size_t h = 0; h < 4; h++) {
      float32x4_t v[4];
      LOWPK_NEON_UNROLL
      for (size_t i = 0; i < 2; i++) {
        const uint16x8_t w = vreinterpretq_u16_u8(vld1q_u8(step + k * 32 + i * 64 + h * 16));
        if (id == LOWP_BF16) {
          v[i] = vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_u16(w), 16));
          v[i + 2] = vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_u16(w), vdupq_n_u32(0xffff0000)));
        } else {
          v[i] = vcvt_f32_f16(vreinterpret_f16_u16(vget_low_u16(vuzp1q_u16(w, w))));
          v[i + 2] = vcvt_f32_f16(vreinterpret_f16_u16(vget_low_u16(vuzp2q_u16(w, w))));
        }
      }
      lowpk_neon_put(to, k, h, v);
    }
}

/* A scheme that is added must be added here; until then it is decoded by the generic kernel. 0: not known. */
LOWPK_INLINE int lowpk_neon_step(lowp_scheme id, const uint8_t *step, const void *zeros, lowpk_neon_sink to) {
  switch (id) {
#define BLOCKS(ID, element, block, scale, bytes, is_exact) \
  case LOWP_SCHEME_##ID: \
    to.exact = is_exact; \
    lowpk_neon_blocks(LOWP_##element, block, LOWP_##scale, step, bytes, to); \
    return 1
    BLOCKS(MXFP8_E4M3, E4M3FN, 32, E8M0, 64, 1);
    BLOCKS(MXFP8_E5M2, E5M2, 32, E8M0, 64, 1);
    BLOCKS(MXFP6_E2M3, E2M3, 32, E8M0, 64, 1);
    BLOCKS(MXFP6_E3M2, E3M2, 32, E8M0, 64, 1);
    BLOCKS(MXFP4, E2M1, 32, E8M0, 64, 1);
    BLOCKS(MXINT8, MXINT8, 32, E8M0, 64, 1);
    BLOCKS(NVFP4, E2M1, 16, E4M3FN, 128, 1);
    BLOCKS(FP8_TENSOR, E4M3FN, 0, F32, 0, 1);
    BLOCKS(FP8_CHANNEL, E4M3FN, 0, F32, 0, 1);
    BLOCKS(FP8_BLOCK128, E4M3FN, 128, F32, 64, 0);
    BLOCKS(FP8_E5M2, E5M2, 0, F32, 0, 1);
    BLOCKS(HIF8_TENSOR, HIF8, 0, F32, 0, 1);
    BLOCKS(HIF8_CHANNEL, HIF8, 0, F32, 0, 1);
    BLOCKS(INT8_CHANNEL, INT8, 0, F32, 0, 1);
    BLOCKS(INT8_TENSOR, INT8, 0, F32, 0, 1);
    BLOCKS(INT8_G32, INT8, 32, FP16, 128, 0);
    BLOCKS(INT4_G32, INT4, 32, FP16, 128, 0);
    BLOCKS(INT4_G128, INT4, 128, FP16, 64, 0);
#undef BLOCKS
  case LOWP_SCHEME_HIF4:
    to.exact = 1;
    lowpk_neon_hif4(step, to);
    return 1;
  case LOWP_SCHEME_INT8_CHANNEL_ZP:
  case LOWP_SCHEME_INT8_TENSOR_ZP:
    to.exact = 1;
    lowpk_neon_zeros(step, zeros, 1, to);
    return 1;
  case LOWP_SCHEME_INT8_CHANNEL_OFFSET:
    to.exact = 0;
    lowpk_neon_zeros(step, zeros, 0, to);
    return 1;
  case LOWP_SCHEME_BF16_CAST:
    to.exact = 1;
    lowpk_neon_halves(LOWP_BF16, step, to);
    return 1;
  case LOWP_SCHEME_FP16_CAST:
    to.exact = 0;
    lowpk_neon_halves(LOWP_FP16, step, to);
    return 1;
  default:
    return 0;
  }
}

#endif
