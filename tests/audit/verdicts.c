/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdicts.c: reads lines "profiles JSON" and "claims JSON" from standard input and prints for each a line: "ok", or why the
 * reader of such files refuses it. For tests that have many small files.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/claim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lowp_status read_profiles(const char *text, lowp_error *error) {
  lowp_profiles *set = NULL;
  lowp_status status = lowp_profiles_create(&set);
  if (status == LOWP_OK) status = lowp_profiles_parse(set, "x", text, strlen(text), error);
  lowp_profiles_destroy(set);
  return status;
}

static lowp_status read_claims(const char *text, lowp_error *error) {
  lowp_claims *set = NULL;
  lowp_status status = lowp_claims_create(&set);
  if (status == LOWP_OK) status = lowp_claims_parse(set, "x", text, strlen(text), error);
  lowp_claims_destroy(set);
  return status;
}

int main(void) {
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, stdin) > 0) {
    lowp_error error = {LOWP_OK, ""};
    char *text = strchr(line, ' ');
    if (text == NULL) return 1;
    *text++ = 0;
    const lowp_status status = strcmp(line, "claims") == 0 ? read_claims(text, &error) : read_profiles(text, &error);
    printf("%s\n", status == LOWP_OK ? "ok" : error.text);
  }
  free(line);
  return 0;
}
