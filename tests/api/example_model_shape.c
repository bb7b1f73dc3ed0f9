/* SPDX-License-Identifier: Apache-2.0 */
/* example_model_shape.c: the example of model_shape.h, and what it says of the result. */
#include <lowp/model_shape.h>

int main(void) {
  lowp_roofline r = {.struct_size = sizeof r, .bits = lowp_roofline_bits_of(8, 8)};
  r.chip = (lowp_roofline_chip){.struct_size = sizeof r.chip, .peak = 1979e12, .bandwidth = 4.8e12, .memory = 141e9};
  lowp_roofline_time t;
  lowp_roofline_fit_result fit;
  lowp_error error;
  if (lowp_model_info_roofline(lowp_model_info_from_name("llama-3.3-70b"), &r.model) != LOWP_OK) return 1;
  if (lowp_roofline_decode(&r, 32, 2048, &t, &error) != LOWP_OK) return 1;
  if (lowp_roofline_fit(&r, 32, 2048, 0.1, &fit, &error) != LOWP_OK) return 1;

  return t.tokens_per_second > 1889 && t.tokens_per_second < 1890 && !t.compute_bound && fit.max_batch == 161 ? 0 : 2;
}
