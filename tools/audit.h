/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit.h: how lowp-audit is made. Each subcommand is one row of audit_commands with its own table of options, and a
 * file of its own; the first row is what runs when no subcommand is named. audit_data.c finds and loads profiles.
 */
#ifndef LOWP_TOOLS_AUDIT_H
#define LOWP_TOOLS_AUDIT_H

#include <lowp/claim.h>

#include "tools/common.h"
#include "tools/options.h"
#include "tools/table.h"

struct json_t;

typedef struct audit_command {
  const char *name; /* the first argument; NULL for the command that runs without a name */
  const tool_program *program;
  int (*run)(int argc, char **argv); /* argv[0] is the subcommand's name; returns an exit code */
} audit_command;

/* Ends with a row whose run is NULL. */
extern const audit_command audit_commands[];

extern const tool_program audit_claims_program;
int audit_claims_main(int argc, char **argv);
extern const tool_program audit_chip_program;
int audit_chip_main(int argc, char **argv);
extern const tool_program audit_compare_program;
int audit_compare_main(int argc, char **argv);
extern const tool_program audit_measured_program;
int audit_measured_main(int argc, char **argv);
extern const tool_program audit_schema_program;
int audit_schema_main(int argc, char **argv);
/*
 * Checks logs and prints what was found, or leaves it in *value. An exit code: TOOL_ACCURACY if one has a verdict of fail_on.
 */
int audit_measured_logs(const lowp_profiles *set, size_t count, const char *const *paths, int fail_on,
                        struct json_t **value);

/* Claims with their verdicts, in the order of the files; counts are of each verdict. */
typedef struct audit_result {
  const lowp_claim *claim;
  lowp_finding *finding;
} audit_result;
typedef struct audit_results {
  audit_result *items;
  size_t count, counts[LOWP_VERDICT_COUNT];
} audit_results;

/* audit_claims_html.c: the page of `lowp-audit CLAIMS --html`. False if it could not be made. */
typedef struct audit_page {
  const lowp_profiles *profiles;
  const audit_results *results;
  const char *weights; /* file on whose tensors formats are measured, or NULL */
} audit_page;
bool audit_claims_html(const void *page, FILE *out);

/* --fail-on: which verdict, or a worse one, makes the exit code TOOL_ACCURACY; the first choice is the default. */
extern const char *const audit_fail_choices[];
bool audit_fails(int fail_on, const size_t counts[LOWP_VERDICT_COUNT]);
#define AUDIT_FAIL_ON(type) \
  { \
    TOOL_CHOICE, 0, "fail-on", NULL, offsetof(type, fail_on), audit_fail_choices, \
        "which verdict, or a worse one, makes the\nexit code 5; default inconsistent" \
  }

/* Options that all subcommands have; `type` has a tool_list chips and a bool json and no_colour. */
#define AUDIT_COMMON_OPTIONS(type) \
  {TOOL_LIST, 'c', "chips", "FILE", offsetof(type, chips), NULL, "also the profiles of this file; may be repeated"}, \
      {TOOL_FLAG, 0, "json", NULL, offsetof(type, json), NULL, "print JSON instead of tables"}, { \
    TOOL_FLAG, 0, "no-color", NULL, offsetof(type, no_colour), NULL, "plain text; NO_COLOR does the same" \
  }

/*
 * The profiles that are installed (or in $LOWP_DATA), then those of `files`. A message and an exit code on failure.
 * *set is freed by the caller with lowp_profiles_destroy().
 */
int audit_load_profiles(const tool_list *files, lowp_profiles **set);
/* Adds models to the set, each item NAME=config.json: parameters and cache as they follow from the sizes in the file. */
int audit_add_models(const tool_list *models, lowp_profiles *set);
/* The path of a file of the data folder, in memory of its own. */
char *audit_data_path(const char *name);

/* The chip with this name, or NULL after a message that lists what there is. */
const lowp_chip *audit_find_chip(const lowp_profiles *set, const char *name);

/* "1.56 PFLOPS", "112 GB", "1.4 TB/s": a value in a unit for people, in `text`, which is returned; "-" for 0. */
typedef enum audit_kind {
  AUDIT_OPS = 0,
  AUDIT_BYTES,
  AUDIT_BYTES_PER_S,
  AUDIT_WATT,
  AUDIT_HERTZ,
  AUDIT_PLAIN
} audit_kind;
const char *audit_amount(audit_kind kind, double value, char text[TOOL_TEXT]);

#endif
