/* SPDX-License-Identifier: Apache-2.0 */
/* example_mxfp8.c: the example of mxfp8.h, and what it says of the result. */
#include <lowp/mxfp8.h>

int main(void) {
  float x[32], y[32];
  uint8_t codes[LOWP_MXFP8_CODES_BYTES(32)], scales[LOWP_MXFP8_SCALES_BYTES(32)];
  for (int i = 0; i < 32; i++) x[i] = (float)i * 15.5f;
  lowp_quant_opts opts;
  if (lowp_quant_opts_compat(&opts, LOWP_SCHEME_MXFP8_E4M3, LOWP_COMPAT_TORCHAO) != LOWP_OK) return 1;
  opts.scale_rule = LOWP_SCALE_RCEIL;
  if (lowp_mxfp8_quantize(32, x, codes, scales, &opts) != LOWP_OK) return 1;
  if (lowp_mxfp8_dequantize(32, codes, scales, y) != LOWP_OK) return 1;

  if (scales[0] != 128 || y[31] != 480.0f || lowp_mxfp8_decode(codes[31], scales[0]) != 480.0f) return 2;
  if (lowp_mxfp8_quantize(32, x, codes, scales, NULL) != LOWP_OK) return 1;
  if (scales[0] != 127 || lowp_mxfp8_decode(codes[31], scales[0]) != 448.0f) return 3;
  return 0;
}
