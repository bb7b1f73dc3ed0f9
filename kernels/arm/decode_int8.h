/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_int8.h: one step of a panel to integers and f32 block scales; see decode.h. Nothing is transposed: lanes stay
 * lanes.
 */
#ifndef LOWPK_ARM_DECODE_INT8_H
#define LOWPK_ARM_DECODE_INT8_H

#include "kernels/arm/decode.h"

LOWPK_INLINE void lowpk_neon_int8_nibbles(const int8_t *integers, const uint8_t *codes, int8_t *out) {
  const int8x16_t table = vld1q_s8(integers);
  for (size_t i = 0; i < 16; i++) {
    LOWPK_NEON_UNROLL
    for (size_t h = 0; h < 64; h += 16) {
      const uint8x16_t w = vld1q_u8(codes + i * 64 + h);
      vst1q_s8(out + i * 128 + h, vqtbl1q_s8(table, vandq_u8(w, vdupq_n_u8(0x0f))));
      vst1q_s8(out + i * 128 + 64 + h, vqtbl1q_s8(table, vshrq_n_u8(w, 4)));
    }
  }
}

/* x, or 2 x in the lanes whose word has the bit. */
LOWPK_INLINE int8x16_t lowpk_neon_int8_double(int8x16_t x, uint32x4_t word, int bit) {
  const uint32x4_t has = vtstq_u32(word, vdupq_n_u32((uint32_t)1 << bit));
  return vaddq_s8(x, vandq_s8(x, vreinterpretq_s8_u32(has)));
}

/* 64 k: bit 8 + i of the lane's scale doubles word i, bits 16 + 2 i and 17 + 2 i its nibbles below and above. */
LOWPK_INLINE void lowpk_neon_int8_hif4(const uint8_t *scales, const uint8_t *words, int8_t *out) {
  const int8x16_t table = vld1q_s8(lowpk_neon_s1p2_integers);
  for (size_t h = 0; h < 64; h += 16) {
    const uint32x4_t word = vreinterpretq_u32_u8(vld1q_u8(scales + h));
    LOWPK_NEON_UNROLL
    for (int i = 0; i < 8; i++) {
      const uint8x16_t w = vld1q_u8(words + i * 64 + h);
      int8x16_t x = vqtbl1q_s8(table, vandq_u8(w, vdupq_n_u8(0x0f))), y = vqtbl1q_s8(table, vshrq_n_u8(w, 4));
      x = lowpk_neon_int8_double(lowpk_neon_int8_double(x, word, 8 + i), word, 16 + 2 * i);
      y = lowpk_neon_int8_double(lowpk_neon_int8_double(y, word, 8 + i), word, 17 + 2 * i);
      vst1q_s8(out + i * 128 + h, x);
      vst1q_s8(out + i * 128 + 64 + h, y);
    }
  }
}

LOWPK_INLINE void lowpk_neon_int8_e2m3(const uint8_t *codes, int8_t *out) {
  const int8x16x4_t table = vld1q_s8_x4(lowpk_neon_e2m3_integers);
  for (size_t i = 0; i < 8; i++)
    for (size_t h = 0; h < 64; h += 16) {
      const uint8_t *p = codes + i * 192 + h;
      uint8x16_t c[4];
      lowpk_neon_sixes(vld1q_u8(p), vld1q_u8(p + 64), vld1q_u8(p + 128), c);
      LOWPK_NEON_UNROLL
      for (size_t j = 0; j < 4; j++) vst1q_s8(out + i * 256 + j * 64 + h, vqtbl4q_s8(table, c[j]));
    }
}

LOWPK_INLINE void lowpk_neon_int8_scales(lowp_element id, size_t blocks, float factor, const uint8_t *step,
                                         float *scales) {
  for (size_t b = 0; b < blocks; b++)
    for (size_t h = 0; h < 4; h++)
      vst1q_f32(scales + b * 16 + h * 4, vmulq_n_f32(lowpk_neon_scale(id, step, b, h), factor));
}

/*
 * A scheme of integers, as a table: its scales, the factor of gemm.h, bytes of scales in a step, how its codes are laid
 * out. LOWPK_NEON_COPY: the codes are the integers.
 */
typedef enum lowpk_neon_codes {
  LOWPK_NEON_NONE = 0, /* not of integers, or added since: for the generic kernel */
  LOWPK_NEON_COPY,
  LOWPK_NEON_NIBBLES,
  LOWPK_NEON_SIXES,
  LOWPK_NEON_HIF4
} lowpk_neon_codes;
typedef struct lowpk_neon_integers {
  lowpk_neon_codes codes;
  lowp_element scale;
  size_t blocks, scale_bytes; /* in a step */
  float factor;
  const int8_t *table; /* of nibbles */
} lowpk_neon_integers;

LOWPK_INLINE lowpk_neon_integers lowpk_neon_integers_of(lowp_scheme id) {
  switch (id) {
  case LOWP_SCHEME_MXFP6_E2M3:
    return (lowpk_neon_integers){LOWPK_NEON_SIXES, LOWP_E8M0, 4, 64, 0.125f, NULL};
  case LOWP_SCHEME_MXFP4:
    return (lowpk_neon_integers){LOWPK_NEON_NIBBLES, LOWP_E8M0, 4, 64, 0.5f, lowpk_neon_e2m1_integers};
  case LOWP_SCHEME_MXINT8:
    return (lowpk_neon_integers){LOWPK_NEON_COPY, LOWP_E8M0, 4, 64, 0x1p-6f, NULL};
  case LOWP_SCHEME_NVFP4:
    return (lowpk_neon_integers){LOWPK_NEON_NIBBLES, LOWP_E4M3FN, 8, 128, 0.5f, lowpk_neon_e2m1_integers};
  case LOWP_SCHEME_HIF4:
    return (lowpk_neon_integers){LOWPK_NEON_HIF4, LOWP_E6M2, 2, 128, 0.25f, NULL};
  case LOWP_SCHEME_INT8_CHANNEL:
  case LOWP_SCHEME_INT8_TENSOR:
  case LOWP_SCHEME_INT8_CHANNEL_ZP:
  case LOWP_SCHEME_INT8_TENSOR_ZP:
    return (lowpk_neon_integers){LOWPK_NEON_COPY, LOWP_F32, 0, 0, 1.0f, NULL};
  case LOWP_SCHEME_INT8_G32:
    return (lowpk_neon_integers){LOWPK_NEON_COPY, LOWP_FP16, 4, 128, 1.0f, NULL};
  case LOWP_SCHEME_INT4_G32:
    return (lowpk_neon_integers){LOWPK_NEON_NIBBLES, LOWP_FP16, 4, 128, 1.0f, lowpk_neon_int4_integers};
  case LOWP_SCHEME_INT4_G128:
    return (lowpk_neon_integers){LOWPK_NEON_NIBBLES, LOWP_FP16, 1, 64, 1.0f, lowpk_neon_int4_integers};
  default:
    return (lowpk_neon_integers){LOWPK_NEON_NONE, LOWP_F32, 0, 0, 1.0f, NULL};
  }
}

/* 0: not known. */
LOWPK_INLINE int lowpk_neon_int8_step(lowp_scheme id, const uint8_t *step, int8_t *out, float *scales) {
  const lowpk_neon_integers s = lowpk_neon_integers_of(id);
  const uint8_t *codes = step + s.scale_bytes;
  if (s.blocks) lowpk_neon_int8_scales(s.scale, s.blocks, s.factor, step, scales);
  switch (s.codes) {
  case LOWPK_NEON_COPY:
    memcpy(out, codes, LOWPK_STEP * LOWPK_NR);
    return 1;
  case LOWPK_NEON_NIBBLES:
    lowpk_neon_int8_nibbles(s.table, codes, out);
    return 1;
  case LOWPK_NEON_SIXES:
    lowpk_neon_int8_e2m3(codes, out);
    return 1;
  case LOWPK_NEON_HIF4:
    lowpk_neon_int8_hif4(step, codes, out);
    lowpk_neon_int8_hif4(step + 64, codes + 512, out + 1024);
    return 1;
  default:
    return 0;
  }
}

#endif
