/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/analyze.h"
#include "tools/table.h"

static void heading(FILE *stream, bool gap, const char *text) {
  fprintf(stream, "%s%s%s%s\n", gap ? "\n" : "", tool_escape(stream, TOOL_BOLD), text, tool_escape(stream, TOOL_PLAIN));
}

/* --- formats by tensor --------------------------------------------------------------------------------------------- */

static void print_tensors(const analyze_job *job, FILE *stream) {
  size_t n = job->format_count;
  tool_column *columns = tool_alloc(n + 2, sizeof *columns);
  columns[0] = (tool_column){"QSNR dB", TOOL_SHRINK};
  columns[1] = (tool_column){"shape", TOOL_RIGHT};
  for (size_t f = 0; f < n; f++) columns[f + 2] = (tool_column){job->formats[f].info->name, TOOL_RIGHT};
  tool_table *table = tool_table_create(columns, n + 2);
  char shape[TOOL_SHAPE_TEXT], text[TOOL_TEXT];
  for (size_t i = 0; i < job->count; i++) {
    const analyze_tensor *t = &job->tensors[i];
    if (t->kept != NULL) continue;
    tool_table_cell(table, "%s", tool_safe(t->label));
    tool_table_cell(table, "%s", tool_shape(t->tensor->rank, t->tensor->shape, shape));
    for (size_t f = 0; f < n; f++)
      tool_table_cell(table, "%s%s", tool_decibel(lowp_error_qsnr_db(&t->results[f].stats), text),
                      t->results[f].misfit ? "*" : "");
    tool_table_end_row(table);
  }
  tool_table_rule(table);
  tool_table_cell(table, "all, %zu tensors", job->measured);
  tool_table_cell(table, " ");
  for (size_t f = 0; f < n; f++)
    tool_table_cell(table, "%s", tool_decibel(lowp_error_qsnr_db(&job->totals[f].stats), text));
  tool_table_end_row(table);
  tool_table_print(table, stream);
  tool_table_destroy(table);
  free(columns);
  for (size_t f = 0; f < n; f++)
    if (job->totals[f].misfit) {
      fprintf(stream, "* rows are no multiple of the block: padded here; lowp-quant needs --on-misfit\n");
      break;
    }
}

/* --- ranking ------------------------------------------------------------------------------------------------------ */

static void print_ranking(const analyze_job *job, FILE *stream) {
  static const tool_column columns[] = {
      {"format", TOOL_LEFT},     {"bpw", TOOL_RIGHT},          {"NMSE", TOOL_RIGHT},   {"QSNR dB", TOOL_RIGHT},
      {"eff. bits", TOOL_RIGHT}, {"eff./bpw", TOOL_RIGHT},     {"clip %", TOOL_RIGHT}, {"flush %", TOOL_RIGHT},
      {"worst dB", TOOL_RIGHT},  {"worst tensor", TOOL_SHRINK}};
  heading(stream, !job->options.brief, "Ranking over the whole model");
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < job->format_count; i++) {
    size_t f = job->ranking[i], worst = analyze_worst(job, f);
    const analyze_result *r = &job->totals[f];
    char text[TOOL_TEXT];
    double bits = analyze_bits(r->bytes, job->weights), effective = analyze_effective_bits(&r->stats);
    tool_table_cell(table, "%s", job->formats[f].info->name);
    tool_table_cell(table, "%.3f", bits);
    tool_table_cell(table, "%.3e", lowp_error_nmse(&r->stats));
    tool_table_cell(table, "%s", tool_decibel(lowp_error_qsnr_db(&r->stats), text));
    tool_table_cell(table, "%s", tool_decibel(effective, text));
    tool_table_cell(table, "%s", tool_decibel(effective / bits, text));
    tool_table_cell(table, "%s", tool_percent((double)r->stats.clipped, (double)r->stats.count, text));
    tool_table_cell(table, "%s", tool_percent((double)r->stats.flushed, (double)r->stats.count, text));
    tool_table_cell(table, "%s", tool_decibel(lowp_error_qsnr_db(&job->tensors[worst].results[f].stats), text));
    tool_table_cell(table, "%s", tool_safe(job->tensors[worst].label));
    tool_table_end_row(table);
  }
  tool_table_print(table, stream);
  tool_table_destroy(table);
}

/* --- recommendation ----------------------------------------------------------------------------------------------- */

static void print_recommendation(const analyze_job *job, FILE *stream) {
  static const double targets[] = {15, 18, 20, 22, 25, 30, 35, 40};
  size_t kept;
  double bits = analyze_mixture_bits(job, job->options.target.value, &kept);
  heading(stream, true, "Recommendation");
  fprintf(stream, "cheapest format of each tensor with at least %g dB: %.3f bits per weight", job->options.target.value,
          bits);
  if (kept != 0) fprintf(stream, "; %zu of %zu tensors stay as they are", kept, job->measured);
  fprintf(stream, "\n");
  for (size_t f = 0; f < job->format_count; f++) {
    size_t n = 0;
    double weights = 0;
    char text[TOOL_TEXT];
    for (size_t i = 0; i < job->count; i++)
      if (job->tensors[i].chosen == f) n++, weights += job->tensors[i].weights;
    if (n != 0)
      fprintf(stream, "  %-12s %zu tensor%s, %s %% of the weights\n", job->formats[f].info->name, n, n == 1 ? "" : "s",
              tool_percent(weights, job->weights, text));
  }
  fprintf(stream, "target dB ");
  for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) fprintf(stream, " %6g", targets[i]);
  fprintf(stream, "\nbpw       ");
  for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
    fprintf(stream, " %6.2f", analyze_mixture_bits(job, targets[i], &kept));
  fprintf(stream, "\n");
}

/* --- the worst, and why ------------------------------------------------------------------------------------------- */

/* Blocks that are listed for each tensor. */
enum { BLOCKS = 3 };

static void print_blocks(const analyze_detail *d, FILE *stream) {
  const lowp_worst_blocks *worst = &d->measurement.worst_sse;
  for (size_t i = 0; i < worst->count && i < BLOCKS; i++) {
    const lowp_block_record *b = &worst->at[i];
    char db[TOOL_TEXT], part[TOOL_TEXT];
    fprintf(
        stream,
        "    row %llu, columns %llu to %llu: %s %% of the error, %s dB, amax %.4g, crest factor %.2f, %llu to zero\n",
        (unsigned long long)b->row, (unsigned long long)b->col, (unsigned long long)(b->col + b->length - 1),
        tool_percent(b->sum_ee, d->measurement.error.sum_ee, part),
        tool_decibel(b->sum_ee > 0 ? -10 * log10(b->sum_ee / b->sum_xx) : INFINITY, db), (double)b->amax,
        (double)b->crest, (unsigned long long)b->flushed);
  }
}

static void print_worst(const analyze_job *job, FILE *stream) {
  char *title = tool_format("Worst tensors in %s, and why", job->formats[job->focus].info->name);
  heading(stream, true, title);
  free(title);
  for (size_t i = 0; i < job->detail_count; i++) {
    const analyze_detail *d = &job->details[i];
    char text[TOOL_TEXT];
    fprintf(stream, "%s: %s dB\n", tool_safe(d->tensor->label),
            tool_decibel(lowp_error_qsnr_db(&d->tensor->results[job->focus].stats), text));
    for (size_t k = 0; k < d->finding_count; k++)
      fprintf(stream, "  %s: %s\n", d->findings[k].kind, d->findings[k].text);
    print_blocks(d, stream);
  }
}

static void print_descriptions(const analyze_job *job, FILE *stream) {
  static const tool_column columns[] = {{"what the tensors are like", TOOL_SHRINK},
                                        {"amax", TOOL_RIGHT},
                                        {"rms", TOOL_RIGHT},
                                        {"kurtosis", TOOL_RIGHT},
                                        {"max/med", TOOL_RIGHT},
                                        {"crest16", TOOL_RIGHT},
                                        {"crest32", TOOL_RIGHT},
                                        {"rows", TOOL_RIGHT},
                                        {"cols", TOOL_RIGHT},
                                        {"mu", TOOL_RIGHT},
                                        {"NaN", TOOL_RIGHT},
                                        {"flags; why not quantized", TOOL_SHRINK}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  if (job->measured != 0) fprintf(stream, "\n");
  for (size_t i = 0; i < job->count; i++) {
    const analyze_tensor *t = &job->tensors[i];
    const analyze_description *d = &t->description;
    const double values[] = {d->amax,      d->rms,       d->kurtosis, d->max_over_median, d->crest16, d->crest32,
                             d->row_ratio, d->col_ratio, d->mu};
    char flags[64] = "";
    tool_table_cell(table, "%s", tool_safe(t->label));
    for (size_t k = 0; k < sizeof values / sizeof values[0]; k++)
      tool_table_cell(table, d->known && !isnan(values[k]) ? "%.3g" : "-", values[k]);
    tool_table_cell(table, "%llu", (unsigned long long)d->nonfinite);
    snprintf(flags, sizeof flags, "%s", d->massive ? "massive " : "");
    if (d->int8_outliers != 0)
      snprintf(flags + strlen(flags), sizeof flags - strlen(flags), "%zu LLM.int8 columns ", d->int8_outliers);
    tool_table_cell(table, "%s%s", flags, t->kept != NULL ? tool_safe(t->kept) : "");
    if (d->nonfinite != 0) tool_table_style(table, TOOL_RED);
    tool_table_end_row(table);
  }
  tool_table_print(table, stream);
  tool_table_destroy(table);
}

/* --- rules -------------------------------------------------------------------------------------------------------- */

/* The name as a pattern. What a line of a rules file would take for something else becomes a regular expression. */
static void print_pattern(const char *name, FILE *stream) {
  size_t length = strlen(name);
  bool plain = length != 0 && strncmp(name, "re:", 3) != 0 && *name != '#' && *name != ' ' && name[length - 1] != ' ';
  for (size_t i = 0; i < length; i++) plain = plain && (unsigned char)name[i] >= 0x20 && name[i] != '=';
  fputs(plain ? "" : "re:", stream);
  for (const unsigned char *c = (const unsigned char *)name; *c != 0; c++) {
    if (plain || *c >= 0x80 || (*c >= '0' && *c <= '9') || ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z'))
      fputc(*c, stream);
    else
      fprintf(stream, "\\x%02x", *c);
  }
  fputs(plain ? "" : "$", stream);
}

bool analyze_report_rules(const analyze_job *job, FILE *stream) {
  size_t kept;
  fprintf(stream, "# lowp-quant --rules: cheapest format of each tensor with QSNR >= %g dB, %.3f bits per weight\n",
          job->options.target.value, analyze_mixture_bits(job, job->options.target.value, &kept));
  for (size_t i = 0; i < job->count; i++) {
    const analyze_tensor *t = &job->tensors[i];
    if (t->kept != NULL) continue;
    print_pattern(t->tensor->name, stream);
    fprintf(stream, "=%s\n", t->chosen == SIZE_MAX ? "keep" : job->formats[t->chosen].info->name);
  }
  return !ferror(stream);
}

void analyze_report_text(const analyze_job *job, FILE *stream) {
  if (job->measured != 0) {
    if (!job->options.brief) print_tensors(job, stream);
    print_ranking(job, stream);
    print_recommendation(job, stream);
    if (job->detail_count != 0) print_worst(job, stream);
  }
  if (!job->options.brief) print_descriptions(job, stream);
  if (job->measured != 0) fprintf(stream, "\n");
  for (size_t f = 0; f < job->format_count && job->measured != 0; f++)
    fprintf(stream, "%-10s %s\n", job->formats[f].info->name, job->formats[f].rules);
}
