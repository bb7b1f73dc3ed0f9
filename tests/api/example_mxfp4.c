/* SPDX-License-Identifier: Apache-2.0 */
/* example_mxfp4.c: the example of mxfp4.h, and what it says of the result. */
#include <lowp/mxfp4.h>

int main(void) {
  float x[40], y[40];
  uint8_t codes[LOWP_MXFP4_CODES_BYTES(40)], scales[LOWP_MXFP4_SCALES_BYTES(40)];
  for (int i = 0; i < 40; i++) x[i] = (float)(i - 20);
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_MXFP4);
  opts.scale_rule = LOWP_SCALE_RCEIL;
  if (lowp_mxfp4_quantize(40, x, codes, scales, &opts) != LOWP_OK) return 1;
  if (lowp_mxfp4_dequantize(40, codes, scales, y) != LOWP_OK) return 1;

  /* 127 + log2 4; the second block has amax 19 and the same scale */
  if (scales[0] != 129 || scales[1] != 129 || y[0] != -16.0f || lowp_fp4_get(codes, 0) != 0xe) return 2;
  for (int i = 0; i < 40; i++)
    if (y[i] != lowp_mxfp4_decode(lowp_fp4_get(codes, (size_t)i), scales[i / LOWP_MXFP4_BLOCK])) return 3;
  return 0;
}
