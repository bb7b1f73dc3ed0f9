/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_config.c: a key put into any JSON object as text leaves the object as it was, apart from that key. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "io/config.h"

int lowpt_accepted;

#define KEY "quantization_config"

static void splice(const uint8_t *data, size_t size, json_t *config, int replace) {
  char *out = NULL;
  size_t n = 0;
  lowp_error error = {LOWP_OK, ""};
  const lowp_status status = lowpi_config_splice("input", data, size, config, replace, &out, &n, &error);
  if (status) {
    LOWPT_ALWAYS(!out && error.status == status && (status == LOWP_E_FORMAT || status == LOWP_E_CONSTRAINT));
    LOWPT_ALWAYS(strncmp(error.text, "input: ", 7) == 0);
    return;
  }
  lowpt_accepted = 1;
  json_t *was = json_loadb((const char *)data, size, 0, NULL), *is = json_loadb(out, n, JSON_REJECT_DUPLICATES, NULL);
  LOWPT_ALWAYS(was && is);
  LOWPT_ALWAYS(json_object_get(was, KEY) ? replace : 1);
  json_object_set(was, KEY, config);
  LOWPT_ALWAYS(json_equal(was, is));
  json_decref(was);
  json_decref(is);
  free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lowpt_accepted = 0;
  json_t *config = json_pack("{s:s, s:[s, i]}", "quant_method", "x\"}", "ignore", "]", 1);
  splice(data, size, config, 0);
  splice(data, size, config, 1);
  json_decref(config);
  return 0;
}
