/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lhs_int8.h: the op lhs_int8, one tile of 64 codes at a time in their canonical order, for files that define its name,
 * LOWPK_LHS_INT8, and lhs_tile_of, the integers of a whole tile, and lhs_sum, their sum.
 */
#ifndef LOWPK_SIMD_LHS_INT8_H
#define LOWPK_SIMD_LHS_INT8_H

#include "kernels/generic/panel.h"

LOWPK_INLINE void lhs_row(const lowp_scheme_info *s, lowp_element id, size_t cols, size_t kp, const uint8_t *codes,
                          const uint8_t *scales, int8_t *dst, size_t tile_stride, int32_t *sum) {
  const size_t bits = lowp_element_row_of(id).bits, tile_bytes = LHS_TILE * bits / 8;
  uint32_t total = 0; /* as in the generic kernel */
  for (size_t k = 0; k < kp; k += LHS_TILE, dst += tile_stride, codes += tile_bytes) {
    uint8_t rest[LHS_TILE] = {0};
    const uint8_t *from = codes;
    uint32_t word = 0;
    if (k >= cols) {
      memset(dst, 0, LHS_TILE);
      continue;
    }
    if (id == LOWP_S1P2) word = lowpk_hif4_load_word(scales + k / 64 * s->scale_bytes);
    if (cols - k < LHS_TILE) { /* the last codes, and zeros behind them */
      memcpy(rest, codes, ((cols - k) * bits + 7) / 8);
      from = rest;
    }
    lhs_tile_of(id, from, word, dst);
    total += (uint32_t)lhs_sum(dst);
  }
  *sum = (int32_t)total;
}

void LOWPK_LHS_INT8(const lowp_scheme_info *scheme, size_t cols_padded, size_t kp, const uint8_t *codes,
                    const uint8_t *scales, int8_t *dst, size_t tile_stride, float *dst_scales, size_t scale_stride,
                    int32_t *sum) {
  switch (scheme->element) {
#define ROW(ID) \
  case LOWP_##ID: \
    lhs_row(scheme, LOWP_##ID, cols_padded, kp, codes, scales, dst, tile_stride, sum); \
    break
    ROW(E2M1);
    ROW(E2M3);
    ROW(S1P2);
    ROW(MXINT8);
    ROW(INT8);
    ROW(INT4);
#undef ROW
  default: /* an element of integers that was added since */
    lowpk_lhs_int8_generic(scheme, cols_padded, kp, codes, scales, dst, tile_stride, dst_scales, scale_stride, sum);
    return;
  }
  const size_t block = scheme->block_cols; /* a scale for 16 to 128 codes: few, and strided; plain C */
  for (size_t b = 0; block && b < kp / block; b++)
    dst_scales[b * scale_stride] =
        b * block < cols_padded ? lowpk_integer_scale(scheme, scales + b * scheme->scale_bytes) : 0;
}

#endif
