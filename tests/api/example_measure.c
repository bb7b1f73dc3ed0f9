/* SPDX-License-Identifier: Apache-2.0 */
/* example_measure.c: the example of measure.h, and what it says of the result. */
#include <lowp/measure.h>

int main(void) {
  float x[64];
  for (int i = 0; i < 64; i++) x[i] = i % 32 == 0 ? 7.0f : 1.0f;
  lowp_view view = lowp_view_of(LOWP_F32, 2, 32, x);
  lowp_measure_desc desc;
  lowp_measure_desc_init(&desc, &view);
  desc.scheme = LOWP_SCHEME_MXFP4;
  lowp_measurement m;
  if (lowp_measure(&desc, &m, NULL) != LOWP_OK) return 1;
  double nmse = lowp_error_nmse(&m.error), top = lowp_measurement_mse_top(&m);

  if (nmse != 1.0 / 80 || top != 1) return 2;
  return m.blocks == 2 && m.error.count == 64 && m.scale_min == 1 && m.codes[7] == 2 && m.codes[2] == 62 ? 0 : 3;
}
