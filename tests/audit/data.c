/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/data.h"

#include <stdlib.h>

#include "harness/suite.h"

const char *lowpt_source_path(const char *name) {
  static char path[2048];
  const char *source = getenv("LOWP_SRCDIR");
  snprintf(path, sizeof path, "%s/%s", source ? source : ".", name);
  return path;
}

lowp_profiles *lowpt_profiles(void) {
  static const char *const files[] = {"data/chips.json", "data/models.json"};
  lowp_profiles *set = NULL;
  lowp_error error = {LOWP_OK, ""};
  assert_int_equal(lowp_profiles_create(&set), LOWP_OK);
  for (size_t i = 0; i < 2; i++) {
    lowp_status status = lowp_profiles_load(set, lowpt_source_path(files[i]), &error);
    LOWP_CHECK(status == LOWP_OK, "%s", error.text);
  }
  return set;
}

char *lowpt_read(const char *path, size_t *n) {
  FILE *f = fopen(path, "rb");
  LOWP_CHECK(f != NULL, "%s cannot be read", path);
  size_t room = 1 << 20;
  char *text = malloc(room);
  assert_non_null(text);
  *n = fread(text, 1, room - 1, f);
  fclose(f);
  assert_true(*n < room - 1);
  text[*n] = 0;
  return text;
}
