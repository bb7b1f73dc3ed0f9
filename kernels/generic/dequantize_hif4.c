/* SPDX-License-Identifier: Apache-2.0 */
/* dequantize_hif4.c: x = E6M2 * 2^(e8 + e16) * S1P2, exact in f32; a NaN scale makes its 64 elements NaN. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/hif4.h"

void lowpk_dequantize_hif4_generic(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                   float *x) {
  enum { N = LOWPK_HIF4_GROUP };
  static const float values[16] = {0.0f,  0.25f,  0.5f,  0.75f,  1.0f,  1.25f,  1.5f,  1.75f,
                                   -0.0f, -0.25f, -0.5f, -0.75f, -1.0f, -1.25f, -1.5f, -1.75f};
  (void)zero;
  for (size_t i = 0; i < job->cols_padded; i += N) {
    uint32_t word = lowpk_hif4_load_word(scales + i / N * 4);
    float scale = lowp_decode(LOWP_E6M2, word & 0xff), y[N];
    for (int j = 0; j < N / 4; j++) {
      float s = scale * (float)(1u << lowpk_hif4_exponent(word, j));
      for (int k = 0; k < 2; k++) {
        uint8_t pair = codes[i / 2 + (size_t)(2 * j + k)];
        y[4 * j + 2 * k] = values[pair & 15] * s;
        y[4 * j + 2 * k + 1] = values[pair >> 4] * s;
      }
    }
    memcpy((char *)x + i * sizeof *x, y, sizeof y);
  }
}
