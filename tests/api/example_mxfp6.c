/* SPDX-License-Identifier: Apache-2.0 */
/* example_mxfp6.c: the example of mxfp6.h, and what it says of the result. */
#include <lowp/mxfp6.h>

int main(void) {
  float x[32], y[32];
  lowp_mxfp6_block block;
  for (int i = 0; i < 32; i++) x[i] = (float)(i - 16) / 8.0f;
  if (lowp_mxfp6_quantize(32, x, block.codes, &block.scale, NULL) != LOWP_OK) return 1;
  if (lowp_mxfp6_dequantize(32, block.codes, &block.scale, y) != LOWP_OK) return 1;

  if (block.scale != 126) return 2;
  for (size_t i = 0; i < 32; i++)
    if (y[i] != x[i] || lowp_mxfp6_block_get(&block, i) != x[i]) return 3;
  return 0;
}
