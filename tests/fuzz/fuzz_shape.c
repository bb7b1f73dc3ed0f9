/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_shape.c: a config.json is refused, or a shape that passes its check and has finite counts. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tests/fuzz/fuzz.h"

#include <lowp/model_shape.h>
#include <string.h>

int lowpt_accepted;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lowp_model_shape shape = {.layers = 7};
  lowp_error error = {LOWP_OK, ""};
  const lowp_status status = lowp_model_shape_parse("input", data, size, &shape, &error);
  lowpt_accepted = !status;
  if (status) {
    LOWPT_ALWAYS(status == LOWP_E_FORMAT || status == LOWP_E_RANGE || status == LOWP_E_UNSUPPORTED);
    LOWPT_ALWAYS(error.status == status && strncmp(error.text, "input: ", 7) == 0 && shape.layers == 7);
    return 0;
  }
  lowp_roofline_model model;
  LOWPT_ALWAYS(lowp_model_shape_check(&shape, NULL) == LOWP_OK);
  LOWPT_ALWAYS(lowp_model_shape_roofline(&shape, &model, NULL) == LOWP_OK);
  const double total = lowp_roofline_model_total(&model), active = lowp_roofline_model_active(&model);
  LOWPT_ALWAYS(active > 0 && active <= total && total < 1e40);
  return 0;
}
