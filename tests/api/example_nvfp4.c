/* SPDX-License-Identifier: Apache-2.0 */
/* example_nvfp4.c: the example of nvfp4.h, and what it says of the result. */
#include <lowp/nvfp4.h>

int main(void) {
  float x[32], y[32], tensor_scale;
  uint8_t codes[LOWP_NVFP4_CODES_BYTES(32)], scales[LOWP_NVFP4_SCALES_BYTES(32)];
  for (int i = 0; i < 32; i++) x[i] = (float)(i + 1) / 32.0f;
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
  opts.scale_rule = LOWP_SCALE_FOUR_OVER_SIX;
  opts.nvfp4_scale_max = 256;
  if (lowp_nvfp4_quantize(32, x, codes, scales, &tensor_scale, &opts) != LOWP_OK) return 1;
  if (lowp_nvfp4_dequantize(32, codes, scales, tensor_scale, y) != LOWP_OK) return 1;

  if (tensor_scale != 1.0f / 1536.0f || lowp_e4m3fn_decode(scales[1]) != 384.0f || y[31] != 1.0f) return 2;
  for (size_t i = 0; i < 32; i++)
    if (y[i] != lowp_nvfp4_decode(lowp_fp4_get(codes, i), scales[i / LOWP_NVFP4_BLOCK], tensor_scale)) return 3;
  return 0;
}
