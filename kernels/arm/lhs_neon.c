/* SPDX-License-Identifier: Apache-2.0 */
/* lhs_neon.c: rows of activations into the order of the tiles: bf16, and integers with their scales. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/arm/decode.h"
#include "kernels/generic/panel.h"

/* Rounded to bf16 in the upper halves; NaN as lowp_encode has it. */
LOWPK_INLINE uint16x8_t rounded(const float *x) {
  const float32x4_t v = vld1q_f32(x);
  const uint32x4_t number = vceqq_f32(v, v);
  return vreinterpretq_u16_u32(vbslq_u32(number, lowpk_neon_round(v), vdupq_n_u32(0x7fff0000)));
}

/* Eight values: upper halves of k .. k + 7 in order, then the middle two of each four change places. */
void lowpk_lhs_bf16_neon(size_t kp, const float *x, uint16_t *dst, size_t tile_stride) {
  static const uint8_t order[16] = {0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15};
  const uint8x16_t places = vld1q_u8(order);
  for (size_t k = 0; k < kp; k += 32, dst += tile_stride) LOWPK_NEON_UNROLL
  for (size_t i = 0; i < 32; i += 8) {
    uint16x8_t v = vuzp2q_u16(rounded(x + k + i), rounded(x + k + i + 4));
    vst1q_u16(dst + i, vreinterpretq_u16_u8(vqtbl1q_u8(vreinterpretq_u8_u16(v), places)));
  }
}

enum { LHS_TILE = 64 };

/* 64 codes, whole: their integers. HiF4: word is the scale of these 64. */
LOWPK_INLINE void lhs_tile_of(lowp_element id, const uint8_t *codes, uint32_t word, int8_t *out) {
  static const uint8_t triples[16] = {0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255};
  if (id == LOWP_INT8 || id == LOWP_MXINT8) {
    memcpy(out, codes, LHS_TILE);
    return;
  }
  if (id == LOWP_E2M3) { /* three bytes are four codes */
    for (size_t i = 0; i < 4; i++) {
      uint8_t twelve[16] = {0};
      memcpy(twelve, codes + i * 12, 12);
      const uint32x4_t v = vreinterpretq_u32_u8(vqtbl1q_u8(vld1q_u8(twelve), vld1q_u8(triples)));
      uint32x4_t c = vandq_u32(v, vdupq_n_u32(0x3f));
      c = vorrq_u32(c, vandq_u32(vshlq_n_u32(v, 2), vdupq_n_u32(0x3f00)));
      c = vorrq_u32(c, vandq_u32(vshlq_n_u32(v, 4), vdupq_n_u32(0x3f0000)));
      c = vorrq_u32(c, vandq_u32(vshlq_n_u32(v, 6), vdupq_n_u32(0x3f000000)));
      vst1q_s8(out + i * 16, vqtbl4q_s8(vld1q_s8_x4(lowpk_neon_e2m3_integers), vreinterpretq_u8_u32(c)));
    }
    return;
  }
  const int8x16_t table = vld1q_s8(id == LOWP_INT4   ? lowpk_neon_int4_integers
                                   : id == LOWP_S1P2 ? lowpk_neon_s1p2_integers
                                                     : lowpk_neon_e2m1_integers);
  for (size_t i = 0; i < 2; i++) {
    const uint8x16_t c = vld1q_u8(codes + i * 16), a = vandq_u8(c, vdupq_n_u8(0x0f)), b = vshrq_n_u8(c, 4);
    int8x16_t x[2] = {vqtbl1q_s8(table, vzip1q_u8(a, b)), vqtbl1q_s8(table, vzip2q_u8(a, b))};
    LOWPK_NEON_UNROLL
    for (size_t j = 0; j < 2; j++) {
      if (id == LOWP_S1P2) { /* element e: bit 8 + e / 8 and bit 16 + e / 4; a 32-bit piece is four of them */
        static const int32_t pieces[4] = {0, 1, 2, 3};
        const int32x4_t four = vaddq_s32(vld1q_s32(pieces), vdupq_n_s32((int32_t)(i * 8 + j * 4)));
        const uint32x4_t w = vdupq_n_u32(word), one = vdupq_n_u32(1);
        uint32x4_t b8 = vshlq_u32(one, vaddq_s32(vshrq_n_s32(four, 1), vdupq_n_s32(8)));
        uint32x4_t b4 = vshlq_u32(one, vaddq_s32(four, vdupq_n_s32(16)));
        x[j] = vaddq_s8(x[j], vandq_s8(x[j], vreinterpretq_s8_u32(vtstq_u32(w, b8))));
        x[j] = vaddq_s8(x[j], vandq_s8(x[j], vreinterpretq_s8_u32(vtstq_u32(w, b4))));
      }
      vst1q_s8(out + i * 32 + j * 16, x[j]);
    }
  }
}

LOWPK_INLINE int32_t lhs_sum(const int8_t *v) {
  int16x8_t s = vdupq_n_s16(0);
  LOWPK_NEON_UNROLL
  for (size_t i = 0; i < LHS_TILE; i += 16) s = vpadalq_s8(s, vld1q_s8(v + i));
  return vaddlvq_s16(s);
}

#define LOWPK_LHS_INT8 lowpk_lhs_int8_neon
#include "kernels/simd/lhs_int8.h"
