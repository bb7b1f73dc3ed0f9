/* SPDX-License-Identifier: Apache-2.0 */
/* audit_data.c: where profiles come from, and amounts for people. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/model_shape.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "tools/audit.h"

char *audit_data_path(const char *name) {
  const char *folder = getenv("LOWP_DATA");
  if (folder == NULL || *folder == 0) folder = LOWP_DATADIR;
  return tool_format("%s/%s", folder, name);
}

static int load(lowp_profiles *set, const char *path) {
  lowp_error error;
  lowp_status status = lowp_profiles_load(set, path, &error);
  return status == LOWP_OK ? TOOL_OK : tool_fail_status(status, &error);
}

int audit_load_profiles(const tool_list *files, lowp_profiles **out) {
  static const char *const shipped[] = {"chips.json", "models.json"};
  lowp_profiles *set;
  lowp_status status = lowp_profiles_create(&set);
  if (status != LOWP_OK) return tool_fail_status(status, NULL);
  int code = TOOL_OK;
  for (size_t i = 0; i < sizeof shipped / sizeof shipped[0] && code == TOOL_OK; i++) {
    char *path = audit_data_path(shipped[i]);
    code = load(set, path);
    if (code == TOOL_IO) tool_note("LOWP_DATA names the folder of chips.json where lowp is not installed");
    free(path);
  }
  for (size_t i = 0; i < files->count && code == TOOL_OK; i++) code = load(set, files->items[i]);
  if (code == TOOL_OK)
    *out = set;
  else
    lowp_profiles_destroy(set);
  return code;
}

/* --- models from a config.json ------------------------------------------------------------------------------------ */

static lowp_figure counted(double value, const char *path, const char *date) {
  return (lowp_figure){value, value, value, LOWP_GRADE_DERIVED, path, date, "counted from its sizes"};
}

static int add_model(lowp_profiles *set, const char *name, const char *path) {
  lowp_model_shape shape;
  lowp_roofline_model counts = {.struct_size = sizeof counts};
  lowp_error error;
  lowp_status status = lowp_model_shape_load(path, &shape, &error);
  if (status == LOWP_OK) status = lowp_model_shape_roofline(&shape, &counts, &error);
  if (status != LOWP_OK) return tool_fail_status(status, &error);
  /* The date of the source is that of the file. */
  struct stat file;
  struct tm day;
  char date[32] = "";
  if (stat(path, &file) != 0 || gmtime_r(&file.st_mtime, &day) == NULL ||
      strftime(date, sizeof date, "%Y-%m-%d", &day) == 0)
    return tool_fail(TOOL_IO, "%s: its date cannot be read", tool_safe(path));
  const double read = lowp_roofline_model_active(&counts), all = lowp_roofline_model_total(&counts);
  lowp_audit_model model = {.name = name,
                            .params = counted(all, path, date),
                            .active = counted(counts.experts > 0 ? read : all, path, date),
                            .read = counted(read, path, date),
                            .multiplied = counted(lowp_roofline_model_multiplied(&counts), path, date),
                            .kept = counted(lowp_roofline_model_kept(&counts), path, date)};
  if (counts.kv > 0 && !(counts.kv_window > 0)) model.kv = counted(2 * counts.kv, path, date);
  const lowp_audit_model *models[] = {&model};
  char *text = NULL;
  status = lowp_profiles_text(0, NULL, 1, models, &text, &error);
  if (status == LOWP_OK) status = lowp_profiles_parse(set, path, text, strlen(text), &error);
  free(text);
  return status == LOWP_OK ? TOOL_OK : tool_fail_status(status, &error);
}

int audit_add_models(const tool_list *models, lowp_profiles *set) {
  int code = TOOL_OK;
  for (size_t i = 0; i < models->count && code == TOOL_OK; i++) {
    const char *equals = strchr(models->items[i], '=');
    if (equals == NULL || equals == models->items[i])
      return tool_fail(TOOL_USAGE, "--model: '%s' is not NAME=config.json", tool_safe(models->items[i]));
    char *name = tool_format("%.*s", (int)(equals - models->items[i]), models->items[i]);
    code = add_model(set, name, equals + 1);
    free(name);
  }
  return code;
}

/* --- looking up --------------------------------------------------------------------------------------------------- */

const lowp_chip *audit_find_chip(const lowp_profiles *set, const char *name) {
  const lowp_chip *chip = lowp_profiles_find_chip(set, name);
  if (chip != NULL) return chip;
  tool_fail(TOOL_USAGE, "no chip is called '%s'; there are:", tool_safe(name));
  for (size_t i = 0; i < lowp_profiles_chip_count(set); i++)
    fprintf(stderr, "  %s\n", tool_safe(lowp_profiles_chip(set, i)->name));
  return NULL;
}

/* --- amounts ------------------------------------------------------------------------------------------------------ */

/* Steps of 1000 from the base unit, the largest first; NULL ends. */
static const struct step {
  double factor;
  const char *unit;
} steps[][5] = {
    [AUDIT_OPS] = {{1e18, "EFLOPS"}, {1e15, "PFLOPS"}, {1e12, "TFLOPS"}, {1e9, "GFLOPS"}, {0, NULL}},
    [AUDIT_BYTES] = {{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1, "B"}, {0, NULL}},
    [AUDIT_BYTES_PER_S] = {{1e15, "PB/s"}, {1e12, "TB/s"}, {1e9, "GB/s"}, {1, "B/s"}, {0, NULL}},
    [AUDIT_WATT] = {{1, "W"}, {0, NULL}},
    [AUDIT_HERTZ] = {{1e9, "GHz"}, {1e6, "MHz"}, {1, "Hz"}, {0, NULL}},
    [AUDIT_PLAIN] = {{1, ""}, {0, NULL}},
};

const char *audit_amount(audit_kind kind, double value, char text[TOOL_TEXT]) {
  const struct step *s = steps[kind];
  while (s[1].unit != NULL && value < s->factor) s++;
  if (value > 0)
    snprintf(text, TOOL_TEXT, "%.4g%s%s", value / s->factor, *s->unit ? " " : "", s->unit);
  else
    snprintf(text, TOOL_TEXT, "-");
  return text;
}
