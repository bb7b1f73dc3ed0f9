/* SPDX-License-Identifier: Apache-2.0 */
/* audit_claims.c: `lowp-audit CLAIMS...`: the verdict on every claim of some files, and how it came about. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/audit.h"
#include "tools/page.h"

typedef struct settings {
  tool_list chips, ids, measured, models;
  int fail_on, only;
  bool explain, json, no_colour;
  const char *html, *weights;
} settings;

const char *const audit_fail_choices[] = {"inconsistent", "mislabelled", "unverifiable", "nothing", NULL};

bool audit_fails(int fail_on, const size_t counts[LOWP_VERDICT_COUNT]) {
  static const lowp_verdict from[] = {LOWP_VERDICT_INCONSISTENT, LOWP_VERDICT_MISLABELLED, LOWP_VERDICT_UNVERIFIABLE,
                                      LOWP_VERDICT_COUNT};
  for (int v = from[fail_on]; v < LOWP_VERDICT_COUNT; v++)
    if (counts[v] > 0) return true;
  return false;
}

/* In the order of lowp_verdict, behind the choice that is the default. */
static const char *const only_choices[] = {"all", "consistent", "unverifiable", "mislabelled", "inconsistent", NULL};

static const tool_option options[] = {
    AUDIT_COMMON_OPTIONS(settings),
    {TOOL_FLAG, 'e', "explain", NULL, offsetof(settings, explain), NULL, "print the calculation of every verdict"},
    {TOOL_LIST, 0, "id", "ID", offsetof(settings, ids), NULL, "only the claim with this id; may be repeated"},
    {TOOL_CHOICE, 0, "only", NULL, offsetof(settings, only), only_choices, "only claims with this verdict"},
    AUDIT_FAIL_ON(settings),
    {TOOL_LIST, 'm', "model", "NAME=FILE", offsetof(settings, models), NULL,
     "the model that claims call NAME has the sizes of this\nconfig.json; may be repeated"},
    {TOOL_LIST, 0, "measured", "LOG", offsetof(settings, measured), NULL,
     "also check this log of measured products, as the command of that\nname does; CLAIMS may then be left out"},
    {TOOL_STRING, 0, "html", "FILE", offsetof(settings, html), NULL,
     "write a page with all verdicts and plots; it needs nothing from\nelsewhere"},
    {TOOL_STRING, 'w', "weights", "FILE", offsetof(settings, weights), NULL,
     "measure the formats of that page on the matrices of weights in\nFILE; default: Gaussian numbers"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, NULL}};

static void more_help(void) {
  for (const audit_command *c = audit_commands + 1; c->run != NULL; c++) {
    printf("\n  lowp-audit %s\n%s\n", c->program->usage, c->program->purpose);
    tool_print_options(c->program->options);
  }
  printf(
      "\nExamples:\n"
      "  lowp-audit a0\n"
      "  lowp-audit --explain --id C01 a0\n"
      "  lowp-audit --chips mine.json --fail-on mislabelled claims.json\n"
      "  lowp-audit a0 a1 a2 a3 a4 --html report.html\n"
      "  lowp-audit chip \"Ascend 950PR\"\n"
      "  lowp-audit --measured gemm.csv --chips cpu.json\n"
      "\nCLAIMS is a file, or the name of one of those that are installed: a0 to a4, of five articles.\n"
      "\nExit codes: 0 done, 1 usage, or no such chip, model or id, 2 bad input, 3 input/output, 4 nothing to measure\n"
      "in --weights, or a profile lacks what a bound needs, 5 a verdict of --fail-on.\n");
}

const tool_program audit_claims_program = {
    "[options] CLAIMS...\n       lowp-audit COMMAND [options] ...      see the commands below",
    "Computes verdicts on claims about chips: consistent, mislabelled, inconsistent, unverifiable.", options,
    more_help};

/* --- results ------------------------------------------------------------------------------------------------------ */

static bool wanted(const settings *s, const lowp_claim *claim) {
  for (size_t i = 0; i < s->ids.count; i++)
    if (strcmp(s->ids.items[i], claim->id) == 0) return true;
  return s->ids.count == 0;
}

static int find_all(const settings *s, const lowp_profiles *profiles, const lowp_claims *claims,
                    audit_results *results) {
  const size_t n = lowp_claims_count(claims);
  results->items = tool_alloc(n, sizeof *results->items);
  for (size_t i = 0; i < n; i++) {
    const lowp_claim *claim = lowp_claims_get(claims, i);
    lowp_error error;
    lowp_finding *finding = NULL;
    if (!wanted(s, claim)) continue;
    const lowp_status status = lowp_audit_claim(profiles, claim, &finding, &error);
    if (status != LOWP_OK) return tool_fail_status(status, &error);
    results->counts[finding->verdict]++;
    results->items[results->count++] = (audit_result){claim, finding};
  }
  for (size_t i = 0; i < s->ids.count; i++)
    if (lowp_claims_find(claims, s->ids.items[i]) == NULL)
      return tool_fail(TOOL_USAGE, "there is no claim '%s'", tool_safe(s->ids.items[i]));
  return TOOL_OK;
}

static void free_results(audit_results *results) {
  for (size_t i = 0; i < results->count; i++) lowp_finding_destroy(results->items[i].finding);
  free(results->items);
}

/* --- printing ----------------------------------------------------------------------------------------------------- */

static tool_style style_of(lowp_verdict verdict) {
  static const tool_style styles[] = {TOOL_GREEN, TOOL_DIM, TOOL_YELLOW, TOOL_RED};
  return styles[verdict];
}

static bool shown(const settings *s, const lowp_finding *finding) {
  return s->only == 0 || (lowp_verdict)(s->only - 1) == finding->verdict;
}

static void print_table(const settings *s, const audit_results *results) {
  static const tool_column columns[] = {{"id", TOOL_LEFT},      {"verdict", TOOL_LEFT}, {"by", TOOL_RIGHT},
                                        {"subject", TOOL_LEFT}, {"claim", TOOL_SHRINK}, {"why", TOOL_SHRINK}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < results->count; i++) {
    const audit_result *r = &results->items[i];
    if (!shown(s, r->finding)) continue;
    tool_table_cell(table, "%s", tool_safe(r->claim->id));
    tool_table_cell(table, "%s", lowp_verdict_name(r->finding->verdict));
    if (r->finding->factor > 1)
      tool_table_cell(table, "%.3gx", r->finding->factor);
    else
      tool_table_cell(table, "%s", "");
    tool_table_cell(table, "%s", tool_safe(r->claim->subject));
    tool_table_cell(table, "%s", tool_safe(r->claim->text));
    tool_table_cell(table, "%s", tool_safe(r->finding->reason));
    tool_table_style(table, style_of(r->finding->verdict));
    tool_table_end_row(table);
  }
  tool_table_print(table, stdout);
  tool_table_destroy(table);
}

static void print_explained(const settings *s, const audit_results *results) {
  const lowp_article *article = NULL;
  for (size_t i = 0; i < results->count; i++) {
    const audit_result *r = &results->items[i];
    if (!shown(s, r->finding)) continue;
    if (r->claim->article != article) {
      article = r->claim->article;
      printf("%s%s%s (%s, %s)\n\n", tool_escape(stdout, TOOL_BOLD), tool_safe(article->title),
             tool_escape(stdout, TOOL_PLAIN), tool_safe(article->kind), article->date);
    }
    printf("%s  %s\n", tool_safe(r->claim->id), tool_safe(r->claim->text));
    for (size_t k = 0; k < r->finding->line_count; k++) printf("    %s\n", tool_safe(r->finding->lines[k]));
    printf("  %s%s%s", tool_escape(stdout, style_of(r->finding->verdict)), lowp_verdict_name(r->finding->verdict),
           tool_escape(stdout, TOOL_PLAIN));
    if (r->finding->factor > 1) printf(" by %.3gx", r->finding->factor);
    printf(": %s\n\n", tool_safe(r->finding->reason));
  }
}

static void print_counts(const audit_results *results) {
  printf("%zu claim%s:", results->count, results->count == 1 ? "" : "s");
  for (int v = 0; v < LOWP_VERDICT_COUNT; v++)
    printf(" %zu %s%s", results->counts[v], lowp_verdict_name((lowp_verdict)v),
           v + 1 < LOWP_VERDICT_COUNT ? "," : "\n");
  printf("Claims are the articles'; verdicts are computed from them and from the profiles.\n");
}

static json_t *result_value(const audit_result *r) {
  json_t *lines = json_array();
  for (size_t i = 0; i < r->finding->line_count; i++) json_array_append_new(lines, json_string(r->finding->lines[i]));
  json_t *object = json_pack("{s:s, s:s, s:s, s:s}", "id", r->claim->id, "article", r->claim->article->title, "subject",
                             r->claim->subject, "claim", r->claim->text);
  if (r->claim->part_count == 0)
    json_object_set_new(object, "quantity", json_string(lowp_quantity_name(r->claim->quantity)));
  json_object_set_new(object, "verdict", json_string(lowp_verdict_name(r->finding->verdict)));
  if (r->finding->factor > 0) json_object_set_new(object, "factor", json_real(r->finding->factor));
  json_object_set_new(object, "reason", json_string(r->finding->reason));
  json_object_set_new(object, "calculation", lines);
  return object;
}

/* measured: the report on logs, taken over, or NULL. */
static void print_json(const settings *s, const audit_results *results, json_t *measured) {
  json_t *list = json_array(), *counts = json_object();
  for (size_t i = 0; i < results->count; i++)
    if (shown(s, results->items[i].finding)) json_array_append_new(list, result_value(&results->items[i]));
  for (int v = 0; v < LOWP_VERDICT_COUNT; v++)
    json_object_set_new(counts, lowp_verdict_name((lowp_verdict)v), json_integer((json_int_t)results->counts[v]));
  json_t *root = json_pack("{s:o, s:o}", "claims", list, "counts", counts);
  if (measured) json_object_set_new(root, "measured", measured);
  json_dumpf(root, stdout, JSON_INDENT(2));
  printf("\n");
  json_decref(root);
}

/* --- the command -------------------------------------------------------------------------------------------------- */

static int load(lowp_claims *claims, const char *name) {
  lowp_error error;
  const bool shipped = strchr(name, '/') == NULL && access(name, F_OK) != 0;
  char *file = shipped ? tool_format("claims/%s.json", name) : NULL, *path = shipped ? audit_data_path(file) : NULL;
  const bool found = shipped && access(path, F_OK) == 0;
  int code = TOOL_OK;
  if (shipped && !found) {
    code = tool_fail(TOOL_IO, "'%s' is no file, no command (chip, compare, measured, schema), and no %s",
                     tool_safe(name), tool_safe(path));
  } else {
    const lowp_status status = lowp_claims_load(claims, found ? path : name, &error);
    if (status != LOWP_OK) code = tool_fail_status(status, &error);
  }
  free(file);
  free(path);
  return code;
}

static int run(const settings *s, int count, char **names) {
  lowp_profiles *profiles = NULL;
  lowp_claims *claims = NULL;
  audit_results results = {0};
  json_t *logs = NULL;
  int code = audit_load_profiles(&s->chips, &profiles);
  if (code == TOOL_OK) code = audit_add_models(&s->models, profiles);
  if (code == TOOL_OK && lowp_claims_create(&claims) != LOWP_OK) code = tool_fail_status(LOWP_E_NOMEM, NULL);
  for (int i = 0; i < count && code == TOOL_OK; i++) code = load(claims, names[i]);
  if (code == TOOL_OK) code = find_all(s, profiles, claims, &results);
  if (code == TOOL_OK) {
    int measured = TOOL_OK; /* of logs */
    if (!s->json && count > 0) {
      if (s->explain)
        print_explained(s, &results);
      else
        print_table(s, &results);
      print_counts(&results);
    }
    if (s->measured.count > 0)
      measured =
          audit_measured_logs(profiles, s->measured.count, s->measured.items, s->fail_on, s->json ? &logs : NULL);
    if (s->json && (measured == TOOL_OK || measured == TOOL_ACCURACY)) print_json(s, &results, logs);
    if (s->html != NULL) {
      const audit_page page = {profiles, &results, s->weights};
      code = html_write(s->html, audit_claims_html, &page);
    }
    if (code == TOOL_OK) code = measured;
    if (code == TOOL_OK && audit_fails(s->fail_on, results.counts)) code = TOOL_ACCURACY;
  }
  free_results(&results);
  lowp_claims_destroy(claims);
  lowp_profiles_destroy(profiles);
  return code;
}

int audit_claims_main(int argc, char **argv) {
  settings s = {0};
  int rest;
  int code = tool_parse(&audit_claims_program, argc, argv, &s, &rest);
  if (code < 0) {
    tool_no_colour = s.no_colour;
    if (s.weights != NULL && s.html == NULL)
      code = tool_fail(TOOL_USAGE, "--weights is for the page of --html; verdicts do not depend on it");
    else
      code = rest < argc || s.measured.count > 0 ? run(&s, argc - rest, argv + rest)
                                                 : tool_fail(TOOL_USAGE, "no claims are named; see --help");
  }
  free(s.chips.items);
  free(s.ids.items);
  free(s.models.items);
  free(s.measured.items);
  return code;
}
