/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_profiles.c: profiles that are read come back the same when they are written and read again. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tests/fuzz/fuzz.h"

#include <lowp/audit.h>
#include <string.h>

int lowpt_accepted;

/* The text of a whole set. */
static char *text_of(const lowp_profiles *set) {
  const size_t n = lowp_profiles_chip_count(set), m = lowp_profiles_model_count(set);
  const lowp_chip **chips = calloc(n + 1, sizeof *chips);
  const lowp_audit_model **models = calloc(m + 1, sizeof *models);
  char *text = NULL;
  LOWPT_ALWAYS(chips && models);
  for (size_t i = 0; i < n; i++) {
    chips[i] = lowp_profiles_chip(set, i);
    LOWPT_ALWAYS(lowp_profiles_find_chip(set, chips[i]->name) == chips[i]);
    for (int k = 0; k < LOWP_RATE_COUNT; k++) {
      lowp_restated r;
      LOWPT_ALWAYS(lowp_chip_restate(chips[i], (lowp_rate)k, &r) == LOWP_OK && r.matrix >= 0 &&
                   r.total >= r.matrix * (r.total > 0));
    }
  }
  for (size_t i = 0; i < m; i++) models[i] = lowp_profiles_model(set, i);
  LOWPT_ALWAYS(lowp_profiles_text(n, chips, m, models, &text, NULL) == LOWP_OK);
  free(chips);
  free(models);
  return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lowp_profiles *set = NULL, *again = NULL;
  lowp_error error = {LOWP_OK, ""};
  lowpt_accepted = 0;
  LOWPT_ALWAYS(lowp_profiles_create(&set) == LOWP_OK && lowp_profiles_create(&again) == LOWP_OK);
  const lowp_status status = lowp_profiles_parse(set, "input", data, size, &error);
  if (status) {
    LOWPT_ALWAYS(status == LOWP_E_FORMAT && error.status == status && strncmp(error.text, "input: ", 7) == 0);
    LOWPT_ALWAYS(lowp_profiles_chip_count(set) == 0 && lowp_profiles_model_count(set) == 0);
  } else {
    lowpt_accepted = 1;
    char *first = text_of(set);
    LOWPT_ALWAYS(lowp_profiles_parse(again, "again", first, strlen(first), &error) == LOWP_OK);
    char *second = text_of(again);
    LOWPT_ALWAYS(strcmp(first, second) == 0);
    free(first);
    free(second);
  }
  lowp_profiles_destroy(set);
  lowp_profiles_destroy(again);
  return 0;
}
