/* SPDX-License-Identifier: Apache-2.0 */
/* audit_schema.c: `lowp-audit schema profiles|claims`: the JSON Schema of a kind of file. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "tools/audit.h"

static const tool_option options[] = {{TOOL_HEADING, 0, NULL, NULL, 0, NULL, NULL}};

static void examples(void) {
  printf(
      "\nExamples:\n"
      "  lowp-audit schema profiles >profiles.schema.json\n"
      "  lowp-audit schema claims >claims.schema.json\n"
      "\nAn editor that knows JSON Schema then completes keys, units and names, and says what each is, in a file that\n"
      "begins with {\"$schema\": \"claims.schema.json\", ...\n");
}

const tool_program audit_schema_program = {
    "schema profiles|claims",
    "Prints the JSON Schema (draft 2020-12) of files of profiles (--chips) or of claims, made of the tables by which\n"
    "they are read.",
    options, examples};

static const struct kind {
  const char *name;
  lowp_status (*make)(char **text, lowp_error *error);
} kinds[] = {{"profiles", lowp_profiles_schema}, {"claims", lowp_claims_schema}};

int audit_schema_main(int argc, char **argv) {
  int rest;
  const int code = tool_parse(&audit_schema_program, argc, argv, NULL, &rest);
  if (code >= 0) return code;
  for (size_t i = 0; argc - rest == 1 && i < sizeof kinds / sizeof kinds[0]; i++) {
    char *text = NULL;
    lowp_error error;
    if (strcmp(argv[rest], kinds[i].name) != 0) continue;
    const lowp_status status = kinds[i].make(&text, &error);
    if (status != LOWP_OK) return tool_fail_status(status, &error);
    fputs(text, stdout);
    free(text);
    return TOOL_OK;
  }
  return tool_fail(TOOL_USAGE, "schema: of what, 'profiles' or 'claims'?");
}
