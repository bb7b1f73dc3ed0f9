/* SPDX-License-Identifier: Apache-2.0 */
/* dequantize_nvfp4.c: x = f32(e2m1 * f32(e4m3 * tensor_scale)), one rounding in each. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/nvfp4.h"

void lowpk_dequantize_nvfp4_generic(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                    float *x) {
  enum { N = LOWPK_NVFP4_BLOCK };
  (void)zero;
  for (size_t i = 0; i < job->cols_padded; i += N) {
    float d = lowpk_e4m3(scales[i / N]) * job->tensor_scale, y[N];
    for (size_t j = 0; j < N / 2; j++) {
      uint8_t pair = codes[i / 2 + j];
      y[2 * j] = lowpk_e2m1_values[pair & 15] * d;
      y[2 * j + 1] = lowpk_e2m1_values[pair >> 4] * d;
    }
    memcpy((char *)x + i * sizeof *x, y, sizeof y);
  }
}
