/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/quant.h"
#include "tools/table.h"

/* --- order -------------------------------------------------------------------------------------------------------- */

static const quant_job *sorting;

static int by_name(const void *a, const void *b) {
  size_t i = *(const size_t *)a, k = *(const size_t *)b;
  int order = tool_natural(sorting->items[i].tensor->name, sorting->items[k].tensor->name);
  return order != 0 ? order : i < k ? -1 : 1;
}

size_t *quant_report_order(const quant_job *job) {
  size_t *order = tool_alloc(job->count, sizeof *order);
  for (size_t i = 0; i < job->count; i++) order[i] = i;
  sorting = job;
  qsort(order, job->count, sizeof *order, by_name);
  return order;
}

/* --- sums --------------------------------------------------------------------------------------------------------- */

quant_totals quant_total(const quant_job *job) {
  quant_totals t = {0};
  lowp_error_stats_init(&t.stats);
  for (size_t i = 0; i < job->count; i++) {
    const quant_item *item = &job->items[i];
    uint64_t weights = (uint64_t)item->tensor->rows * item->tensor->cols;
    t.all_weights += weights;
    t.all_before += item->tensor->nbytes;
    t.all_after += item->stored;
    if (item->scheme == LOWP_SCHEME_NONE) {
      t.kept++;
      continue;
    }
    t.quantized++;
    t.fused += item->fused != SIZE_MAX;
    t.weights += weights;
    t.bytes_before += item->tensor->nbytes;
    t.bytes_after += item->stored;
    lowp_error_stats_merge(&t.stats, &item->stats);
  }
  return t;
}

/* --- tables ------------------------------------------------------------------------------------------------------- */

static double bits_of(const quant_item *item) {
  double weights = (double)item->tensor->rows * (double)item->tensor->cols;
  return weights > 0 ? 8 * (double)item->stored / weights : 0;
}

/* What a table is for: columns that say nothing are left out where the terminal is narrow. */
typedef struct view {
  const quant_job *job;
  bool narrow, cosine, nan, by;
} view;

static uint64_t special(const lowp_error_stats *s) { return s->x_nan + s->x_inf + s->y_nonfinite; }

static view view_of(const quant_job *job, FILE *stream) {
  /* Columns of a table whose names are as long as those of a large model, and of one without cosine, NaN and rule. */
  enum { WIDE = 136, TIGHT = 110 };
  size_t room = tool_table_room(stream);
  view v = {.job = job, .narrow = room != 0 && room < WIDE};
  v.nan = v.by = !v.narrow;
  v.cosine = room == 0 || room >= TIGHT;
  for (size_t i = 0; i < job->count; i++) {
    v.nan = v.nan || special(&job->items[i].stats) != 0;
    v.by = v.by || job->items[i].guarded || (job->items[i].scheme != LOWP_SCHEME_NONE && job->items[i].rule != NULL);
  }
  return v;
}

/* What all names have in common goes first where room is short. */
static void name_cell(tool_table *table, const view *v, const char *name) {
  size_t length = v->narrow ? quant_module_length(name) : strlen(name);
  size_t skip = v->narrow && strncmp(name, "model.", 6) == 0 ? 6 : 0;
  tool_table_cell(table, "%.*s", (int)(length - skip), tool_safe(name) + skip);
}

/* "--fmt", or the number of the rule; the rules are listed below the table. */
static void rule_cell(tool_table *table, const view *v, const quant_item *item) {
  if (!v->by) return;
  if (item->guarded)
    tool_table_cell(table, "guard rail");
  else if (item->rule == NULL)
    tool_table_cell(table, "--fmt");
  else
    tool_table_cell(table, "rule %zu", (size_t)(item->rule - v->job->rules.rules) + 1);
}

/* Rows with a QSNR below this, which is the loss of all but a bit and a half, are shown in red. */
enum { POOR_DB = 10 };

static void metrics(tool_table *table, const view *v, const lowp_error_stats *s) {
  char text[TOOL_TEXT];
  double db = lowp_error_qsnr_db(s);
  tool_table_cell(table, "%s", tool_significant(s->x_amax, text));
  tool_table_cell(table, "%s", tool_decibel(db, text));
  if (v->cosine) tool_table_cell(table, "%.6f", lowp_error_cosine(s));
  tool_table_cell(table, "%s", tool_significant(s->max_abs, text));
  tool_table_cell(table, "%s", tool_percent((double)s->clipped, (double)s->count, text));
  tool_table_cell(table, "%s", tool_percent((double)s->flushed, (double)s->count, text));
  if (v->nan) tool_table_cell(table, "%llu", (unsigned long long)special(s));
  if (special(s) != 0 || db < POOR_DB) tool_table_style(table, TOOL_RED);
}

static void print_quantized(const quant_job *job, const size_t *order, FILE *stream) {
  static const tool_column full[] = {{"tensor", TOOL_SHRINK}, {"shape", TOOL_RIGHT},   {"fmt", TOOL_LEFT},
                                     {"bpw", TOOL_RIGHT},     {"amax", TOOL_RIGHT},    {"QSNR dB", TOOL_RIGHT},
                                     {"cosine", TOOL_RIGHT},  {"max err", TOOL_RIGHT}, {"clip %", TOOL_RIGHT},
                                     {"flush %", TOOL_RIGHT}, {"NaN", TOOL_RIGHT},     {"by", TOOL_LEFT}};
  static const tool_column dry[] = {{"tensor", TOOL_SHRINK}, {"shape", TOOL_RIGHT}, {"dtype", TOOL_LEFT},
                                    {"fmt", TOOL_LEFT},      {"bpw", TOOL_RIGHT},   {"bytes", TOOL_RIGHT},
                                    {"after", TOOL_RIGHT},   {"by", TOOL_LEFT}};
  enum { FULL = sizeof full / sizeof full[0], DRY = sizeof dry / sizeof dry[0], COSINE_COLUMN = 6, NAN_COLUMN = 10 };
  bool plan_only = job->options.dry_run;
  view v = view_of(job, stream);
  tool_column columns[FULL];
  size_t count = 0, all = plan_only ? DRY : FULL;
  for (size_t i = 0; i < all; i++) {
    if (i + 1 == all && !v.by) continue;
    if (!plan_only && ((i == NAN_COLUMN && !v.nan) || (i == COSINE_COLUMN && !v.cosine))) continue;
    columns[count++] = plan_only ? dry[i] : full[i];
  }
  tool_table *table = tool_table_create(columns, count);
  for (size_t i = 0; i < job->count; i++) {
    const quant_item *item = &job->items[order[i]];
    char text[TOOL_TEXT], shape[TOOL_SHAPE_TEXT];
    if (item->scheme == LOWP_SCHEME_NONE) continue;
    name_cell(table, &v, item->tensor->name);
    tool_table_cell(table, "%s", tool_shape(item->tensor->rank, item->tensor->shape, shape));
    if (plan_only) tool_table_cell(table, "%s", lowp_dtype_name(item->tensor->dtype));
    tool_table_cell(table, "%s", lowp_scheme_info_of(item->scheme)->name);
    tool_table_cell(table, "%.2f", bits_of(item));
    if (plan_only) {
      tool_table_cell(table, "%s", tool_bytes((double)item->tensor->nbytes, text));
      tool_table_cell(table, "%s", tool_bytes((double)item->stored, text));
    } else {
      metrics(table, &v, &item->stats);
    }
    rule_cell(table, &v, item);
    tool_table_end_row(table);
  }
  tool_table_print(table, stream);
  tool_table_destroy(table);
}

static void print_kept(const quant_job *job, const size_t *order, FILE *stream) {
  static const tool_column columns[] = {{"kept as it is", TOOL_SHRINK},
                                        {"shape", TOOL_RIGHT},
                                        {"dtype", TOOL_LEFT},
                                        {"bytes", TOOL_RIGHT},
                                        {"why", TOOL_SHRINK}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < job->count; i++) {
    const quant_item *item = &job->items[order[i]];
    char text[TOOL_TEXT], shape[TOOL_SHAPE_TEXT];
    if (item->scheme != LOWP_SCHEME_NONE) continue;
    tool_table_cell(table, "%s", tool_safe(item->tensor->name));
    tool_table_cell(table, "%s", tool_shape(item->tensor->rank, item->tensor->shape, shape));
    tool_table_cell(table, "%s", lowp_dtype_name(item->tensor->dtype));
    tool_table_cell(table, "%s", tool_bytes((double)item->tensor->nbytes, text));
    tool_table_cell(table, "%s", item->reason);
    tool_table_end_row(table);
  }
  tool_table_print(table, stream);
  tool_table_destroy(table);
}

static void print_rules(const quant_job *job, FILE *stream) {
  for (size_t i = 0; i < job->rules.count; i++) {
    const quant_rule *rule = &job->rules.rules[i];
    fprintf(stream, "rule %zu  %s = %s  (%zu tensors, %s)\n", i + 1, tool_safe(rule->pattern.text),
            rule->keep ? "keep" : lowp_scheme_info_of(rule->scheme)->name, rule->pattern.hits, rule->source);
  }
}

/* The default ignore list as it was applied: which patterns kept something. */
static void print_ignored(const quant_job *job, FILE *stream) {
  size_t first = job->rules.user_ignore, hits = 0;
  for (size_t i = first; i < job->rules.ignore_count; i++) hits += job->rules.ignore[i].pattern.hits != 0;
  if (first == job->rules.ignore_count) return;
  fprintf(stream, "default ignore list: %zu of %zu patterns match", hits, job->rules.ignore_count - first);
  for (size_t i = first; i < job->rules.ignore_count; i++) {
    const quant_rule *rule = &job->rules.ignore[i];
    if (rule->pattern.hits != 0 || job->options.dry_run || job->options.verbose)
      fprintf(stream, "\n  %4zu  %-24s%s", rule->pattern.hits, rule->text + strlen("default: "), rule->pattern.text);
  }
  fprintf(stream, "\n");
}

static double ratio_bits(uint64_t bytes, uint64_t weights) {
  return weights > 0 ? 8 * (double)bytes / (double)weights : 0;
}

static void print_totals(const quant_job *job, const quant_totals *t, FILE *stream) {
  char a[TOOL_TEXT], b[TOOL_TEXT];
  fprintf(stream, "%squantized%s  %zu of %zu tensors, %s -> %s, %.3f bits per weight", tool_escape(stream, TOOL_BOLD),
          tool_escape(stream, TOOL_PLAIN), t->quantized, t->quantized + t->kept, tool_bytes((double)t->bytes_before, a),
          tool_bytes((double)t->bytes_after, b), ratio_bits(t->bytes_after, t->weights));
  if (!job->options.dry_run && t->quantized != 0) {
    bool exact = t->stats.sum_ee == 0;
    fprintf(stream, ", QSNR %s%s", tool_decibel(lowp_error_qsnr_db(&t->stats), a), exact ? "" : " dB");
    fprintf(stream, ", clipped %s %%", tool_percent((double)t->stats.clipped, (double)t->stats.count, a));
    fprintf(stream, ", flushed %s %%", tool_percent((double)t->stats.flushed, (double)t->stats.count, a));
  }
  fprintf(stream, "\n%swhole%s      %s -> %s, %.3f bits per weight\n", tool_escape(stream, TOOL_BOLD),
          tool_escape(stream, TOOL_PLAIN), tool_bytes((double)t->all_before, a), tool_bytes((double)t->all_after, b),
          ratio_bits(t->all_after, t->all_weights));
  if (t->fused != 0)
    fprintf(stream, "%zu tensors in %zu fused groups share a tensor scale\n", t->fused, job->fused_count);
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++)
    if (job->recipes[id].used)
      fprintf(stream, "%-10s %s\n", lowp_scheme_info_of((lowp_scheme)id)->name, job->recipes[id].text);
}

static double db(double nmse) { return nmse > 0 ? -10 * log10(nmse) : INFINITY; }

/* Error feedback: QSNR of the output, plain and with it. */
static void print_feedback(const quant_job *job, const size_t *order, FILE *stream) {
  static const tool_column columns[] = {
      {"error feedback", TOOL_SHRINK}, {"tokens", TOOL_RIGHT},   {"plain dB", TOOL_RIGHT}, {"GPTQ dB", TOOL_RIGHT},
      {"held out", TOOL_RIGHT},        {"plain dB", TOOL_RIGHT}, {"GPTQ dB", TOOL_RIGHT},  {"", TOOL_LEFT}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < job->count; i++) {
    const quant_item *item = &job->items[order[i]];
    const quant_feedback *f = &item->feedback;
    char text[TOOL_TEXT];
    if (!f->measured) continue;
    tool_table_cell(table, "%s", tool_safe(item->tensor->name));
    tool_table_cell(table, "%zu", f->tokens);
    tool_table_cell(table, "%s", tool_decibel(db(f->plain_train), text));
    tool_table_cell(table, "%s", tool_decibel(db(f->train), text));
    tool_table_cell(table, "%zu", f->held_tokens);
    tool_table_cell(table, "%s", f->held_tokens != 0 ? tool_decibel(db(f->plain_held), text) : "-");
    tool_table_cell(table, "%s", f->held_tokens != 0 ? tool_decibel(db(f->held), text) : "-");
    tool_table_cell(table, "%s", f->used ? "used" : "worse, rounded plainly");
    if (!f->used) tool_table_style(table, TOOL_YELLOW);
    tool_table_end_row(table);
  }
  tool_table_print(table, stream);
  tool_table_destroy(table);
  fputc('\n', stream);
}

/* What was done to the weights and is not to be seen in the tables. */
static void print_mitigations(const quant_job *job, const size_t *order, FILE *stream) {
  const quant_options *o = &job->options;
  if (o->gptq && !o->dry_run) print_feedback(job, order, stream);
  if (o->smooth != NULL || o->hadamard != NULL)
    fprintf(stream, "weights were changed before:%s%s%s%s; errors are those of the changed ones\n",
            o->smooth != NULL ? " --smooth " : "", o->smooth != NULL ? o->smooth : "",
            o->hadamard != NULL ? " --hadamard " : "", o->hadamard != NULL ? o->hadamard : "");
  if (o->target_bpw.given)
    fprintf(stream, "guard rails: %zu of the %s to quantize stay in 16 bits%s%s; %.3f of %g bits per weight\n",
            job->guarded, quant_guards[o->guard], job->guard_by != NULL ? ", by " : "",
            job->guard_by != NULL ? job->guard_by : "", job->guard_bpw, o->target_bpw.value);
}

void quant_report_text(const quant_job *job, FILE *stream) {
  quant_totals totals = quant_total(job);
  size_t *order = quant_report_order(job);
  if (totals.quantized != 0) print_quantized(job, order, stream);
  if (totals.kept != 0) {
    if (totals.quantized != 0) fputc('\n', stream);
    print_kept(job, order, stream);
  }
  fputc('\n', stream);
  print_mitigations(job, order, stream);
  free(order);
  print_rules(job, stream);
  print_ignored(job, stream);
  print_totals(job, &totals, stream);
}
