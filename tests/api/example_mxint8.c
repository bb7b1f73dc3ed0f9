/* SPDX-License-Identifier: Apache-2.0 */
/* example_mxint8.c: the example of mxint8.h, and what it says of the result. */
#include <lowp/mxint8.h>

int main(void) {
  float x[32], y[32];
  lowp_mxint8_block block;
  for (int i = 0; i < 32; i++) x[i] = (float)(i - 16) / 16.0f;
  if (lowp_mxint8_quantize(32, x, block.codes, &block.scale, NULL) != LOWP_OK) return 1;
  if (lowp_mxint8_dequantize(32, block.codes, &block.scale, y) != LOWP_OK) return 1;

  if (block.scale != 127) return 2;
  for (int i = 0; i < 32; i++)
    if (y[i] != x[i] || lowp_mxint8_decode(block.codes[i], block.scale) != x[i]) return 3;
  return 0;
}
