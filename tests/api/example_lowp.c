/* SPDX-License-Identifier: Apache-2.0 */
/* example_lowp.c: the example of lowp.h: a matrix through NVFP4 and back. */
#include <lowp/lowp.h>
#include <stdio.h>

int main(void) {
  float w[4 * 100];
  for (int i = 0; i < 4 * 100; i++) w[i] = (float)(i % 13 - 6) * 0.25f;
  lowp_view view = lowp_view_of(LOWP_F32, 4, 100, w);
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
  opts.scale_rule = LOWP_SCALE_MSE;
  lowp_qtensor *q;
  lowp_error error;
  if (lowp_qtensor_create(&q, LOWP_SCHEME_NVFP4, view.rows, view.cols) != LOWP_OK) return 1;
  lowp_status status = lowp_quantize(&opts, &view, q, &error);
  if (status == LOWP_OK) status = lowp_dequantize(q, &view, &error);
  if (status != LOWP_OK) printf("%s: %s\n", lowp_status_name(status), error.text);
  lowp_qtensor_destroy(q);

  if (status != LOWP_OK) return 2;
  /* values 0.25 apart up to 1.5: the error of a searched scale is less than a tenth of the largest */
  for (int i = 0; i < 4 * 100; i++) {
    float d = w[i] - (float)(i % 13 - 6) * 0.25f;
    if (!(d < 0.15f && d > -0.15f)) return 3;
  }
  return 0;
}
