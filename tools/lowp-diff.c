/* SPDX-License-Identifier: Apache-2.0 */
/* lowp-diff: the error of every tensor of one checkpoint against another, with gates for regression runs. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/analysis.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common.h"
#include "tools/json_out.h"
#include "tools/source.h"
#include "tools/table.h"
#include "tools/transform.h"

typedef struct settings {
  tool_decimal min_qsnr, max_nmse;
  uint64_t worst;
  bool allow_missing, json, quiet, no_colour;
  tool_raw_options raw;
} settings;

static const tool_option options[] = {
    {TOOL_DECIMAL, 0, "min-qsnr", "DB", offsetof(settings, min_qsnr), NULL, "exit with 5 if a tensor has a lower QSNR"},
    {TOOL_DECIMAL, 0, "max-nmse", "X", offsetof(settings, max_nmse), NULL, "exit with 5 if a tensor has a higher NMSE"},
    {TOOL_FLAG, 0, "allow-missing", NULL, offsetof(settings, allow_missing), NULL,
     "compare what both have; otherwise a tensor\nthat only one has is an error (exit 4)"},
    {TOOL_UNSIGNED, 'n', "worst", "N", offsetof(settings, worst), NULL, "show only the N tensors of largest NMSE"},
    {TOOL_FLAG, 0, "json", NULL, offsetof(settings, json), NULL, "print JSON instead of a table"},
    {TOOL_FLAG, 'q', "quiet", NULL, offsetof(settings, quiet), NULL, "no table: only the gates and the exit code"},
    {TOOL_FLAG, 0, "no-color", NULL, offsetof(settings, no_colour), NULL, "plain text; NO_COLOR does the same"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "Arrays without a header (both inputs):"},
    TOOL_RAW_OPTIONS(settings),
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, NULL}};

static void examples(void) {
  printf("\nExamples:\n"
         "  lowp-diff model.safetensors model.nvfp4.safetensors\n"
         "  lowp-diff model/ model-mxfp4/ --min-qsnr 15 --worst 10\n"
         "\nA is the original, B what is judged; either may be quantized, in any layout that lowp reads. NMSE is the "
         "sum of\n"
         "squared errors over the sum of squares of A, QSNR = -10 log10 NMSE. A tensor fails a gate too if B has NaN "
         "or Inf\n"
         "where A has a number.\n");
}

static const tool_program program = {"A B [options]", "Compares two checkpoints, tensor by tensor.", options, examples};

typedef struct comparison {
  const lowp_model_tensor *a, *b;
  lowp_error_stats stats;
  double nmse;
  bool failed;
} comparison;

/* Sums over chunks of a fixed number of rows, in order: the same digits as every other report of lowp. */
static lowp_status compare(tool_source *x, size_t i, tool_source *y, size_t j, lowp_error_stats *stats,
                           lowp_error *error) {
  const lowp_model_tensor *t = lowp_model_get(x->model, i);
  size_t step = lowp_error_chunk_rows(t->cols);
  if (step > t->rows) step = t->rows;
  float *a = tool_alloc(step * t->cols, sizeof *a), *b = tool_alloc(step * t->cols, sizeof *b);
  lowp_status status = LOWP_OK;
  lowp_error_stats_init(stats);
  for (size_t row = 0; row < t->rows && status == LOWP_OK; row += step) {
    size_t end = row + step < t->rows ? row + step : t->rows;
    status = tool_transforms_load(x, i, row, end, a, error);
    if (status == LOWP_OK) status = tool_transforms_load(y, j, row, end, b, error);
    if (status != LOWP_OK) break;
    /* One chunk at a time: the digits of lowp-quant's own figures. */
    const lowp_view left = lowp_view_of(LOWP_F32, end - row, t->cols, a);
    const lowp_view right = lowp_view_of(LOWP_F32, end - row, t->cols, b);
    status = lowp_error_stats_rows(stats, &left, &right, 0, end - row);
  }
  free(b);
  free(a);
  lowp_model_release(x->model, i);
  lowp_model_release(y->model, j);
  return status;
}

static bool fails(const settings *s, const lowp_error_stats *stats) {
  bool gated = s->min_qsnr.given || s->max_nmse.given;
  return (gated && stats->y_nonfinite > 0) ||
         (s->min_qsnr.given && !(lowp_error_qsnr_db(stats) >= s->min_qsnr.value)) ||
         (s->max_nmse.given && !(lowp_error_nmse(stats) <= s->max_nmse.value));
}

/* Names that one side lacks: messages, unless they are allowed; returns how many there are. */
static size_t report_missing(const tool_source *from, const tool_source *in, bool allowed) {
  size_t missing = 0;
  for (size_t i = 0; i < lowp_model_count(from->model); i++) {
    const char *name = lowp_model_get(from->model, i)->name;
    if (lowp_model_find(in->model, name) != SIZE_MAX || tool_transforms_hides(from, i)) continue;
    missing++;
    if (!allowed)
      tool_fail(TOOL_CONSTRAINT, "%s: not in %s (--allow-missing compares the rest)", tool_safe(name),
                tool_safe(in->path));
  }
  return missing;
}

static int by_nmse(const void *left, const void *right) {
  double a = ((const comparison *)left)->nmse, b = ((const comparison *)right)->nmse;
  return a < b ? 1 : a > b ? -1 : strcmp(((const comparison *)left)->a->name, ((const comparison *)right)->a->name);
}

static void print_table(const comparison *rows, size_t count, const lowp_error_stats *total) {
  static const tool_column columns[] = {{"tensor", TOOL_LEFT},   {"shape", TOOL_LEFT},     {"A", TOOL_LEFT},
                                        {"B", TOOL_LEFT},        {"amax", TOOL_RIGHT},     {"NMSE", TOOL_RIGHT},
                                        {"QSNR dB", TOOL_RIGHT}, {"cosine", TOOL_RIGHT},   {"max abs", TOOL_RIGHT},
                                        {"max rel", TOOL_RIGHT}, {"B NaN/Inf", TOOL_RIGHT}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  char shape[TOOL_SHAPE_TEXT], t[5][TOOL_TEXT];
  for (size_t i = 0; i <= count; i++) {
    const comparison *c = i < count ? &rows[i] : NULL;
    const lowp_error_stats *s = c != NULL ? &c->stats : total;
    if (c == NULL) tool_table_rule(table);
    if (c != NULL && c->failed) tool_table_style(table, TOOL_RED);
    tool_table_cell(table, "%s", c != NULL ? tool_safe(c->a->name) : "all");
    tool_table_cell(table, "%s", c != NULL ? tool_shape(c->a->rank, c->a->shape, shape) : "");
    tool_table_cell(table, "%s", c != NULL ? tool_format_name(c->a) : "");
    tool_table_cell(table, "%s", c != NULL ? tool_format_name(c->b) : "");
    tool_table_cell(table, "%s", tool_significant(s->x_amax, t[0]));
    tool_table_cell(table, "%s", tool_significant(lowp_error_nmse(s), t[1]));
    tool_table_cell(table, "%s", tool_decibel(lowp_error_qsnr_db(s), t[2]));
    tool_table_cell(table, "%.6f", lowp_error_cosine(s));
    tool_table_cell(table, "%s", tool_significant(s->max_abs, t[3]));
    tool_table_cell(table, "%s", tool_significant(s->max_rel, t[4]));
    tool_table_cell(table, "%llu", (unsigned long long)s->y_nonfinite);
    tool_table_end_row(table);
  }
  tool_table_print(table, stdout);
  tool_table_destroy(table);
}

/* JSON has no Inf and no NaN: null. A tensor without error has no QSNR. */
static json_t *measures(const lowp_error_stats *s) {
  return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "count", (json_int_t)s->count, "amax",
                   tool_number(s->x_amax), "nmse", tool_number(lowp_error_nmse(s)), "qsnr_db",
                   tool_number(lowp_error_qsnr_db(s)), "cosine", tool_number(lowp_error_cosine(s)), "max_abs",
                   tool_number(s->max_abs), "max_rel", tool_number(s->max_rel), "nonfinite",
                   (json_int_t)s->y_nonfinite);
}

static void print_json(const char *a, const char *b, const comparison *rows, size_t count,
                       const lowp_error_stats *total) {
  json_t *list = json_array();
  for (size_t i = 0; i < count; i++) {
    json_t *row = json_pack("{s:s, s:s, s:s, s:b}", "tensor", rows[i].a->name, "a", tool_format_name(rows[i].a), "b",
                            tool_format_name(rows[i].b), "failed", rows[i].failed);
    json_object_update_new(row, measures(&rows[i].stats));
    json_array_append_new(list, row);
  }
  json_t *root = json_pack("{s:s, s:s, s:o, s:o}", "a", a, "b", b, "total", measures(total), "tensors", list);
  json_dumpf(root, stdout, JSON_INDENT(2));
  printf("\n");
  json_decref(root);
}

/* Compares all that both have; the table's rows go to `rows`. Returns an exit code. */
static int compare_all(tool_source *a, tool_source *b, const settings *s, comparison *rows, size_t *count,
                       lowp_error_stats *total) {
  lowp_error error = {0};
  lowp_error_stats_init(total);
  *count = 0;
  for (size_t i = 0; i < lowp_model_count(a->model); i++) {
    const lowp_model_tensor *t = lowp_model_get(a->model, i);
    size_t j = lowp_model_find(b->model, t->name);
    if (j == SIZE_MAX) continue;
    comparison *c = &rows[*count];
    *c = (comparison){.a = t, .b = lowp_model_get(b->model, j)};
    if (t->rank != c->b->rank || memcmp(t->shape, c->b->shape, t->rank * sizeof *t->shape) != 0) {
      char left[TOOL_SHAPE_TEXT], right[TOOL_SHAPE_TEXT];
      return tool_fail(TOOL_CONSTRAINT, "%s: shape %s in A, %s in B", tool_safe(t->name),
                       tool_shape(t->rank, t->shape, left), tool_shape(c->b->rank, c->b->shape, right));
    }
    lowp_status status = compare(a, i, b, j, &c->stats, &error);
    if (status != LOWP_OK) return tool_fail_status(status, &error);
    c->nmse = lowp_error_nmse(&c->stats);
    c->failed = fails(s, &c->stats);
    lowp_error_stats_merge(total, &c->stats);
    (*count)++;
  }
  return TOOL_OK;
}

int main(int argc, char **argv) {
  settings s = {0};
  tool_source a = {0}, b = {0};
  int rest;
  tool_begin("lowp-diff");
  int code = tool_parse(&program, argc, argv, &s, &rest);
  if (code >= 0) return tool_end(code);
  if (argc - rest != 2) return tool_fail(TOOL_USAGE, "two inputs are needed; see --help");
  tool_no_colour = s.no_colour;
  code = tool_source_open(&a, argv[rest], &s.raw, false);
  if (code == TOOL_OK) code = tool_source_open(&b, argv[rest + 1], &s.raw, false);
  if (code == TOOL_OK) code = tool_transforms_open(&a);
  if (code == TOOL_OK) code = tool_transforms_open(&b);
  if (code == TOOL_OK && report_missing(&a, &b, s.allow_missing) + report_missing(&b, &a, s.allow_missing) > 0 &&
      !s.allow_missing)
    code = TOOL_CONSTRAINT;
  if (code == TOOL_OK) {
    size_t count, failed = 0;
    lowp_error_stats total;
    comparison *rows = tool_alloc(lowp_model_count(a.model), sizeof *rows);
    code = compare_all(&a, &b, &s, rows, &count, &total);
    for (size_t i = 0; i < count; i++) failed += rows[i].failed;
    size_t shown = count;
    if (s.worst > 0) {
      qsort(rows, count, sizeof *rows, by_nmse);
      if (s.worst < count) shown = (size_t)s.worst;
    }
    if (code == TOOL_OK && count == 0) code = tool_fail(TOOL_CONSTRAINT, "the inputs have no tensor in common");
    if (code == TOOL_OK && s.json) print_json(argv[rest], argv[rest + 1], rows, shown, &total);
    if (code == TOOL_OK && !s.json && !s.quiet) print_table(rows, shown, &total);
    if (code == TOOL_OK && failed > 0)
      code = tool_fail(TOOL_ACCURACY, "%zu of %zu tensors fail the gate", failed, count);
    free(rows);
  }
  tool_source_close(&b);
  tool_source_close(&a);
  return tool_end(code);
}
