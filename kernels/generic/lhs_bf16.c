/* SPDX-License-Identifier: Apache-2.0 */
/* lhs_bf16.c: a row of activations to bf16, into its tiles. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/panel.h"

void lowpk_lhs_bf16_generic(size_t kp, const float *x, uint16_t *dst, size_t tile_stride) {
  for (size_t k = 0; k < kp; k++)
    dst[k / 32 * tile_stride + lowpk_bf16_place(k % 32)] = (uint16_t)lowp_encode(LOWP_BF16, x[k]);
}
