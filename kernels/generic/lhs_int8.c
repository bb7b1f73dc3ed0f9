/* SPDX-License-Identifier: Apache-2.0 */
/* lhs_int8.c: a quantized row of activations to integers and f32 scales, into its tiles. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/panel.h"

void lowpk_lhs_int8_generic(const lowp_scheme_info *scheme, size_t cols_padded, size_t kp, const uint8_t *codes,
                            const uint8_t *scales, int8_t *dst, size_t tile_stride, float *dst_scales,
                            size_t scale_stride, int32_t *sum) {
  const unsigned bits = lowp_element_row_of(scheme->element).bits;
  const size_t block = scheme->block_cols;
  uint32_t total = 0; /* 2^24 k of -128 are too many for 31 bits, but only sums of at most 2^17 are used */
  for (size_t k = 0; k < kp; k++) {
    const uint8_t *scale = block && k < cols_padded ? scales + k / block * scheme->scale_bytes : NULL;
    int8_t v = 0;
    if (k < cols_padded) v = lowpk_integer(scheme, lowpk_load_code(codes, bits, k), scale, block ? k % block : 0);
    dst[k / 64 * tile_stride + k % 64] = v;
    total += (uint32_t)v;
    if (block && k % block == 0) dst_scales[k / block * scale_stride] = scale ? lowpk_integer_scale(scheme, scale) : 0;
  }
  *sum = (int32_t)total;
}
