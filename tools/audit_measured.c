/* SPDX-License-Identifier: Apache-2.0 */
/* audit_measured.c: `lowp-audit measured LOG...`: what was computed in a measurement, and whether it can have been so fast. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <jansson.h>
#include <lowp/measured.h>
#include <stdlib.h>
#include <string.h>

#include "tools/audit.h"

typedef struct settings {
  tool_list chips;
  int fail_on;
  bool json, no_colour;
} settings;

/* The default, then as lowp_verdict falls. */
static const tool_option options[] = {
    AUDIT_COMMON_OPTIONS(settings), AUDIT_FAIL_ON(settings), {TOOL_HEADING, 0, NULL, NULL, 0, NULL, NULL}};

static void examples(void) {
  printf("\nExamples:\n"
         "  lowp-audit measured gemm.csv\n"
         "  lowp-audit measured --chips cpu.json --fail-on mislabelled gemm.csv\n"
         "\nA LOG is CSV or JSON: m, n, k, lhs, rhs and seconds of each product; with x, w and output, or a checksum, "
         "what was\ncomputed is checked too. lowp-bench writes such logs.\n"
         "\nExit codes: 0 done, 1 usage, 2 bad input, 3 input/output, 5 a verdict of --fail-on.\n");
}

const tool_program audit_measured_program = {
    "measured [options] LOG...",
    "Checks measured products: whether outputs are what formats and accumulator should give, and speed\n"
    "against the peaks of the device.",
    options, examples};

/* --- peaks -------------------------------------------------------------------------------------------------------- */

/* The multipliers that a product of operands in this scheme needs. */
static lowp_rate rate_of(lowp_scheme scheme) {
  if (scheme == LOWP_SCHEME_NONE) return LOWP_RATE_FP32;
  switch (lowp_scheme_info_of(scheme)->element) {
  case LOWP_E2M1:
  case LOWP_S1P2:
    return LOWP_RATE_FP4;
  case LOWP_INT4:
    return LOWP_RATE_INT4;
  case LOWP_E2M3:
  case LOWP_E3M2:
    return LOWP_RATE_FP6;
  case LOWP_INT8:
  case LOWP_MXINT8:
    return LOWP_RATE_INT8;
  case LOWP_BF16:
  case LOWP_FP16:
    return LOWP_RATE_FP16;
  default:
    return LOWP_RATE_FP8;
  }
}

static bool is_integer(lowp_rate r) { return r == LOWP_RATE_INT8 || r == LOWP_RATE_INT4; }
static double bits_of(lowp_rate r) {
  static const double bits[LOWP_RATE_COUNT] = {
      [LOWP_RATE_FP64] = 64, [LOWP_RATE_FP32] = 32, [LOWP_RATE_TF32] = 32, [LOWP_RATE_FP16] = 16, [LOWP_RATE_INT8] = 8,
      [LOWP_RATE_FP8] = 8,   [LOWP_RATE_FP6] = 6,   [LOWP_RATE_INT4] = 4,  [LOWP_RATE_FP4] = 4};
  return bits[r];
}

/* The multipliers that both operands fit: the wider ones, and of an integer and a float those of 16 bits at least. */
static lowp_rate rate_of_pair(lowp_scheme lhs, lowp_scheme rhs) {
  const lowp_rate a = rate_of(lhs), b = rate_of(rhs);
  const lowp_rate wider = bits_of(a) >= bits_of(b) ? a : b;
  return is_integer(a) != is_integer(b) && bits_of(wider) < 16 ? LOWP_RATE_FP16 : wider;
}

/*
 * The peak of these formats; where the profile has none they are computed with other multipliers, and the fastest of all
 * that it has is a bound.
 */
static lowp_measured_peaks peaks_of(const lowp_chip *chip, lowp_rate rate) {
  lowp_measured_peaks p = {chip->peaks[rate].dense.value, chip->peaks[rate].sparse.value};
  for (int r = 0; r < LOWP_RATE_COUNT && chip->peaks[rate].dense.value == 0; r++) {
    if (chip->peaks[r].dense.value > p.dense) p.dense = chip->peaks[r].dense.value;
    if (chip->peaks[r].sparse.value > p.sparse) p.sparse = chip->peaks[r].sparse.value;
  }
  return p;
}

/* --- results ------------------------------------------------------------------------------------------------------ */

typedef struct totals {
  size_t of[LOWP_VERDICT_COUNT];
} totals;

static const char *format_name(lowp_scheme s) { return s == LOWP_SCHEME_NONE ? "f32" : lowp_scheme_info_of(s)->name; }

static void print_row(const lowp_measured_row *row, const lowp_measured_report *r) {
  static const tool_style styles[LOWP_VERDICT_COUNT] = {TOOL_GREEN, TOOL_DIM, TOOL_YELLOW, TOOL_RED};
  printf("%s%s%s %s%s%s%s%s: %zu x %zu x %zu, %s x %s\n", tool_escape(stdout, styles[r->verdict]),
         lowp_verdict_name(r->verdict), tool_escape(stdout, TOOL_PLAIN), row->name ? "'" : "row ",
         row->name ? tool_safe(row->name) : "", row->name ? "'" : "", row->device ? " on " : "",
         row->device ? tool_safe(row->device) : "", row->m, row->n, row->k, format_name(row->lhs),
         format_name(row->rhs));
  for (size_t i = 0; i < r->count; i++)
    printf("  %s (%s): %s\n", lowp_measured_kind_name(r->finding[i].kind), lowp_verdict_name(r->finding[i].verdict),
           r->finding[i].text);
}

static json_t *row_json(const lowp_measured_row *row, const lowp_measured_report *r) {
  json_t *findings = json_array(), *object = json_object();
  for (size_t i = 0; i < r->count; i++)
    json_array_append_new(findings, json_pack("{s:s, s:s, s:s}", "finding", lowp_measured_kind_name(r->finding[i].kind),
                                              "verdict", lowp_verdict_name(r->finding[i].verdict), "calculation",
                                              r->finding[i].text));
  json_object_set_new(object, "place", json_integer((json_int_t)row->line));
  if (row->name) json_object_set_new(object, "name", json_string(row->name));
  if (row->device) json_object_set_new(object, "device", json_string(row->device));
  json_object_set_new(object, "m", json_integer((json_int_t)row->m));
  json_object_set_new(object, "n", json_integer((json_int_t)row->n));
  json_object_set_new(object, "k", json_integer((json_int_t)row->k));
  json_object_set_new(object, "lhs", json_string(format_name(row->lhs)));
  json_object_set_new(object, "rhs", json_string(format_name(row->rhs)));
  json_object_set_new(object, "flops", json_real(r->rate));
  json_object_set_new(object, "verdict", json_string(lowp_verdict_name(r->verdict)));
  if (r->sample_rows > 0) {
    json_object_set_new(object, "outputs_compared", json_integer((json_int_t)(r->sample_rows * r->sample_cols)));
    json_object_set_new(object, "nmse", json_real(r->nmse_declared));
    json_object_set_new(object, "of_bound", json_real(r->bound_ratio));
    json_object_set_new(object, "of_f32_sums", json_real(r->f32_ratio));
    json_object_set_new(object, "found_lhs", json_string(format_name(r->lhs)));
    json_object_set_new(object, "found_rhs", json_string(format_name(r->rhs)));
  }
  json_object_set_new(object, "findings", findings);
  return object;
}

static int check_log(const lowp_profiles *set, const char *path, json_t *rows, totals *all) {
  lowp_measured_log *log = NULL;
  lowp_error error = {.status = LOWP_OK};
  lowp_status status = lowp_measured_log_load(path, &log, &error);
  int code = status == LOWP_OK ? TOOL_OK : tool_fail_status(status, &error);
  for (size_t i = 0; code == TOOL_OK && i < lowp_measured_log_count(log); i++) {
    const lowp_measured_row *row = lowp_measured_log_get(log, i);
    const lowp_chip *chip = row->device ? audit_find_chip(set, row->device) : NULL;
    lowp_measured_peaks peaks = {0, 0};
    lowp_measured_report report;
    if (row->device && !chip) {
      code = TOOL_USAGE;
      break;
    }
    if (chip) peaks = peaks_of(chip, rate_of_pair(row->lhs, row->rhs));
    lowp_measured_report_init(&report);
    status = lowp_measured_check_row(log, i, &peaks, &report, &error);
    if (status != LOWP_OK) {
      code = tool_fail_status(status, &error);
      break;
    }
    all->of[report.verdict]++;
    if (rows)
      json_array_append_new(rows, row_json(row, &report));
    else
      print_row(row, &report);
  }
  lowp_measured_log_free(log);
  return code;
}

static json_t *report_value(json_t *rows, const totals *all) {
  json_t *counts = json_object();
  for (int v = 0; v < LOWP_VERDICT_COUNT; v++)
    json_object_set_new(counts, lowp_verdict_name((lowp_verdict)v), json_integer((json_int_t)all->of[v]));
  return json_pack("{s:o, s:o}", "counts", counts, "results", rows);
}

int audit_measured_logs(const lowp_profiles *set, size_t count, const char *const *paths, int fail_on, json_t **value) {
  totals all = {{0}};
  json_t *rows = value ? json_array() : NULL;
  int code = TOOL_OK;
  for (size_t i = 0; code == TOOL_OK && i < count; i++) code = check_log(set, paths[i], rows, &all);
  if (code != TOOL_OK) {
    json_decref(rows);
    return code;
  }
  if (value)
    *value = report_value(rows, &all);
  else
    printf("\n%zu consistent, %zu unverifiable, %zu mislabelled, %zu inconsistent\n", all.of[0], all.of[1], all.of[2],
           all.of[3]);
  return audit_fails(fail_on, all.of) ? TOOL_ACCURACY : TOOL_OK;
}

int audit_measured_main(int argc, char **argv) {
  settings s = {0};
  int rest, code = tool_parse(&audit_measured_program, argc, argv, &s, &rest);
  if (code < 0) {
    lowp_profiles *set = NULL;
    json_t *value = NULL;
    tool_no_colour = s.no_colour;
    code = rest == argc ? tool_fail(TOOL_USAGE, "name a log; --help shows an example")
                        : audit_load_profiles(&s.chips, &set);
    if (code == TOOL_OK)
      code = audit_measured_logs(set, (size_t)(argc - rest), (const char *const *)(argv + rest), s.fail_on,
                                 s.json ? &value : NULL);
    if (value) {
      json_dumpf(value, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
      printf("\n");
    }
    json_decref(value);
    lowp_profiles_destroy(set);
  }
  free(s.chips.items);
  return code;
}
