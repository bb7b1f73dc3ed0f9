/* SPDX-License-Identifier: Apache-2.0 */
/* audit_compare_text.c: the comparison as tables for a terminal. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <string.h>

#include "tools/audit_compare.h"

static void heading(FILE *out, const char *title) {
  fprintf(out, "\n%s%s%s\n", tool_escape(out, TOOL_BOLD), title, tool_escape(out, TOOL_PLAIN));
}

static void ratio(tool_table *table, double a, double b) {
  if (a > 0 && b > 0 && isfinite(a) && isfinite(b))
    tool_table_cell(table, "%.3g", a / b);
  else
    tool_table_cell(table, "-");
}

/* "33.6", "1240": three digits, whole from 1000 on. */
static void cell(tool_table *table, double value) { tool_table_cell(table, value >= 1000 ? "%.0f" : "%.3g", value); }

/* --- figures ------------------------------------------------------------------------------------------------------ */

static void figure_cells(tool_table *table, audit_kind kind, const lowp_figure *figure) {
  char text[TOOL_TEXT];
  const bool known = figure != NULL && figure->grade != LOWP_GRADE_NONE;
  tool_table_cell(table, "%s", audit_amount(kind, known ? figure->value : 0, text));
  tool_table_cell(table, "%s", known ? lowp_grade_name(figure->grade) : "");
}

static void figure_row(tool_table *table, const char *name, audit_kind kind, const lowp_figure *a,
                       const lowp_figure *b) {
  const double x = a != NULL ? a->value : 0, y = b != NULL ? b->value : 0;
  if (x == 0 && y == 0) return;
  tool_table_cell(table, "%s", name);
  figure_cells(table, kind, a);
  figure_cells(table, kind, b);
  ratio(table, x, y);
  tool_table_end_row(table);
}

static void print_units(const compare_job *job, FILE *out) {
  char text[COMPARE_UNITS_TEXT];
  for (size_t c = 0; c < COMPARE_CHIPS; c++)
    if (compare_units_text(job, c, text))
      fprintf(out, "Peaks of %s count vector units, which multiply no matrices. Without them (derived): %s.\n",
              tool_safe(job->labels[c]), text);
}

static void print_figures(const compare_job *job, FILE *out) {
  const tool_column columns[] = {{"figure", TOOL_LEFT}, {job->labels[0], TOOL_RIGHT},
                                 {"", TOOL_LEFT},       {job->labels[1], TOOL_RIGHT},
                                 {"", TOOL_LEFT},       {"ratio", TOOL_RIGHT}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  char name[64];
  heading(out, "What data sheets compare: dense peaks, memory, power");
  for (int i = LOWP_RATE_COUNT - 1; i >= 0; i--) {
    snprintf(name, sizeof name, "%s peak", lowp_rate_name((lowp_rate)i));
    figure_row(table, name, AUDIT_OPS, compare_peak(job, 0, (lowp_rate)i), compare_peak(job, 1, (lowp_rate)i));
  }
  lowp_rate rates[COMPARE_CHIPS];
  const lowp_figure *a = compare_highest(job, 0, &rates[0]), *b = compare_highest(job, 1, &rates[1]);
  if (a != NULL && b != NULL && rates[0] != rates[1]) {
    snprintf(name, sizeof name, "%s against %s", lowp_rate_name(rates[0]), lowp_rate_name(rates[1]));
    figure_row(table, name, AUDIT_OPS, a, b);
  }
  figure_row(table, "bandwidth", AUDIT_BYTES_PER_S, compare_bandwidth(job, 0), compare_bandwidth(job, 1));
  figure_row(table, "memory", AUDIT_BYTES, &job->chips[0]->memory, &job->chips[1]->memory);
  figure_row(table, "power", AUDIT_WATT, &job->chips[0]->tdp, &job->chips[1]->tdp);
  tool_table_print(table, out);
  tool_table_destroy(table);
  print_units(job, out);
}

/* --- bounds at equal format --------------------------------------------------------------------------------------- */

static void point_cells(const compare_job *job, tool_table *table, size_t chip, const compare_point *p, bool prefill) {
  if (!p->fits) {
    tool_table_cell(table, "needs %llu", (unsigned long long)p->chips);
    tool_table_cell(table, "%s", "");
    return;
  }
  if (!p->bounded) {
    tool_table_cell(table, "-");
    tool_table_cell(table, "no %s peak known", lowp_rate_name(p->way.rate));
    return;
  }
  cell(table, prefill ? 1000 * p->time.seconds : p->time.tokens_per_second);
  tool_table_cell(table, "%s%s, %s", p->time.compute_bound ? "compute" : "memory", p->way.native ? "" : "*",
                  compare_basis(job, chip, p));
}

static void print_points(const compare_job *job, FILE *out, bool prefill) {
  const tool_column columns[] = {{"weights", TOOL_LEFT}, {"batch", TOOL_RIGHT},        {job->labels[0], TOOL_RIGHT},
                                 {"limit", TOOL_LEFT},   {job->labels[1], TOOL_RIGHT}, {"limit", TOOL_LEFT},
                                 {"ratio", TOOL_RIGHT}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  compare_row row;
  for (size_t f = 0; compare_row_of(job, f, &row); f++)
    for (size_t i = 0; i < (prefill ? 1 : job->batch_count); i++) {
      compare_point points[COMPARE_CHIPS];
      for (size_t c = 0; c < COMPARE_CHIPS; c++)
        points[c] =
            prefill ? compare_prefill(job, c, row.ways[c]) : compare_decode(job, c, row.ways[c], job->batches[i]);
      tool_table_cell(table, "%s", i == 0 ? row.name : "");
      tool_table_cell(table, "%llu", prefill ? 1 : (unsigned long long)job->batches[i]);
      for (size_t c = 0; c < COMPARE_CHIPS; c++) point_cells(job, table, c, &points[c], prefill);
      if (points[0].bounded && points[1].bounded)
        ratio(table, points[0].time.tokens_per_second, points[1].time.tokens_per_second);
      else
        tool_table_cell(table, "-");
      tool_table_end_row(table);
    }
  tool_table_print(table, out);
  tool_table_destroy(table);
}

static void print_capacity(const compare_job *job, FILE *out) {
  static const tool_column columns[] = {{"weights", TOOL_LEFT},        {"chip", TOOL_LEFT},
                                        {"bytes", TOOL_RIGHT},         {"cache of one", TOOL_RIGHT},
                                        {"largest batch", TOOL_RIGHT}, {"compute-bound from batch", TOOL_RIGHT}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  heading(out, "Room, and the batch from which compute is the limit (derived)");
  for (size_t f = 0; f < job->format_count; f++)
    for (size_t c = 0; c < COMPARE_CHIPS; c++) {
      char text[TOOL_TEXT];
      const compare_way way = compare_way_of(job, c, job->formats[f], compare_native(job->chips[c], job->formats[f]));
      const lowp_roofline_fit_result fit = compare_fit(job, c, way, 1);
      const uint64_t crossover = compare_crossover(job, c, way);
      tool_table_cell(table, "%s", c == 0 ? lowp_number_format_name(job->formats[f]) : "");
      tool_table_cell(table, "%s%s", tool_safe(job->labels[c]), way.native ? "" : "*");
      tool_table_cell(table, "%s", audit_amount(AUDIT_BYTES, fit.weight_bytes, text));
      tool_table_cell(table, "%s", audit_amount(AUDIT_BYTES, fit.kv_bytes, text));
      if (fit.max_batch == 0)
        tool_table_cell(table, "needs %llu", (unsigned long long)fit.chips);
      else if (fit.max_batch == UINT64_MAX)
        tool_table_cell(table, "any");
      else
        tool_table_cell(table, "%llu", (unsigned long long)fit.max_batch);
      if (crossover == UINT64_MAX)
        tool_table_cell(table, "none");
      else
        tool_table_cell(table, "%llu", (unsigned long long)crossover);
      tool_table_end_row(table);
    }
  tool_table_print(table, out);
  tool_table_destroy(table);
}

/* --- accuracy ----------------------------------------------------------------------------------------------------- */

static void decibel(tool_table *table, double nmse) {
  char text[TOOL_TEXT];
  tool_table_cell(table, "%s", tool_decibel(nmse > 0 ? -10 * log10(nmse) : isnan(nmse) ? NAN : INFINITY, text));
}

static void print_accuracy(const compare_job *job, FILE *out) {
  const bool tensors = job->options.weights != NULL;
  const tool_column columns[] = {{"format", TOOL_LEFT},
                                 {"bits", TOOL_RIGHT},
                                 {"Gaussian", TOOL_RIGHT},
                                 {"effective bits", TOOL_RIGHT},
                                 {"Laplace", TOOL_RIGHT},
                                 {tensors ? "tensors" : "", TOOL_RIGHT},
                                 {"product, weights alone", TOOL_RIGHT},
                                 {"both operands", TOOL_RIGHT}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  heading(out, "Accuracy: QSNR in dB (measured)");
  for (int f = 1; f < LOWP_NUMBER_FORMAT_COUNT; f++) {
    const lowp_number_format format = (lowp_number_format)f;
    const double *nmse = job->accuracy.nmse[f];
    if (audit_scheme(format) == LOWP_SCHEME_NONE || format == LOWP_NUMBER_FORMAT_FP4) continue; /* MXFP4 again */
    tool_table_cell(table, "%s", lowp_number_format_name(format));
    tool_table_cell(table, "%g", lowp_number_format_stored_bits(format));
    decibel(table, nmse[AUDIT_NORMAL]);
    tool_table_cell(table, "%.2f", -10 * log10(nmse[AUDIT_NORMAL]) / 6.0206);
    decibel(table, nmse[AUDIT_LAPLACE]);
    if (tensors)
      decibel(table, nmse[AUDIT_TENSORS]);
    else
      tool_table_cell(table, "%s", "");
    decibel(table, audit_output_nmse(&job->accuracy, job->law, format, LOWP_NUMBER_FORMAT_BF16));
    decibel(table, audit_output_nmse(&job->accuracy, job->law, format, format));
    tool_table_end_row(table);
  }
  tool_table_print(table, out);
  tool_table_destroy(table);
  if (tensors)
    fprintf(out, "Tensors: %zu matrices, %.4g weights of %s.\n", job->accuracy.tensors, job->accuracy.weights,
            tool_safe(job->options.weights));
  fprintf(out, "Products are those of the %s%s with Gaussian activations: e_w + e_a + e_w e_a (derived).\n",
          audit_law_names[job->law], job->law == AUDIT_TENSORS ? "" : " weights");
  for (size_t c = 0; c < COMPARE_CHIPS; c++)
    if (isfinite(job->accumulator[c]))
      fprintf(out,
              "%s sums FP8 products in %g bits of mantissa (%s): that alone costs %.1f dB at k = 4096 without\n"
              "promotion (measured, model of accumulate.h).\n",
              tool_safe(job->labels[c]), job->chips[c]->accumulator_bits.value,
              lowp_grade_name(job->chips[c]->accumulator_bits.grade), -10 * log10(job->accumulator[c]));
}

static void way_text(const compare_best *best, char text[64]) {
  const char *fast = lowp_number_format_name(best->fast.format), *fine = lowp_number_format_name(best->fine.format);
  if (best->share > 0 && best->share < 1)
    snprintf(text, 64, "%.0f%% %s%s + %s%s", 100 * (1 - best->share), fast, best->fast.native ? "" : "*", fine,
             best->fine.native ? "" : "*");
  else
    snprintf(text, 64, "%s%s", best->share > 0 ? fine : fast,
             (best->share > 0 ? best->fine : best->fast).native ? "" : "*");
}

static void best_cells(tool_table *table, const compare_best *best, bool prefill) {
  char text[64];
  if (!best->found) {
    tool_table_cell(table, "-");
    tool_table_cell(table, "none fits");
    return;
  }
  way_text(best, text);
  cell(table, prefill ? 1000 * best->seconds : best->tokens_per_second);
  tool_table_cell(table, "%s", text);
}

static void print_best(const compare_job *job, FILE *out) {
  const tool_column columns[] = {{"", TOOL_LEFT},   {job->labels[0], TOOL_RIGHT},
                                 {"in", TOOL_LEFT}, {job->labels[1], TOOL_RIGHT},
                                 {"in", TOOL_LEFT}, {"ratio", TOOL_RIGHT}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  char title[160];
  snprintf(title, sizeof title, "At equal accuracy: the fastest that gives products %g dB (derived)",
           job->options.target.value);
  heading(out, title);
  for (size_t i = 0; i <= job->batch_count; i++) {
    const bool prefill = i == job->batch_count;
    const uint64_t batch = prefill ? 0 : job->batches[i];
    const compare_best a = compare_best_of(job, 0, batch), b = compare_best_of(job, 1, batch);
    if (prefill)
      tool_table_cell(table, "prefill, ms");
    else
      tool_table_cell(table, "decode, batch %llu, tok/s", (unsigned long long)batch);
    best_cells(table, &a, prefill);
    best_cells(table, &b, prefill);
    ratio(table, a.tokens_per_second, b.tokens_per_second);
    tool_table_end_row(table);
  }
  tool_table_print(table, out);
  tool_table_destroy(table);
}

/* --- cost --------------------------------------------------------------------------------------------------------- */

static void print_cost(const compare_job *job, FILE *out) {
  const tool_column columns[] = {{"weights", TOOL_LEFT},
                                 {"batch", TOOL_RIGHT},
                                 {job->labels[0], TOOL_RIGHT},
                                 {job->labels[1], TOOL_RIGHT},
                                 {"ratio", TOOL_RIGHT}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  heading(out, "Cost of 1e6 tokens at the bound, in the unit of --price: no software is cheaper (derived)");
  compare_row row;
  for (size_t f = 0; compare_row_of(job, f, &row); f++)
    for (size_t i = 0; i <= job->batch_count; i++) {
      const bool prefill = i == job->batch_count;
      double cost[COMPARE_CHIPS];
      tool_table_cell(table, "%s", i == 0 ? row.name : "");
      if (prefill)
        tool_table_cell(table, "prompt");
      else
        tool_table_cell(table, "%llu", (unsigned long long)job->batches[i]);
      for (size_t c = 0; c < COMPARE_CHIPS; c++) {
        const compare_point p =
            prefill ? compare_prefill(job, c, row.ways[c]) : compare_decode(job, c, row.ways[c], job->batches[i]);
        cost[c] = compare_cost(job, c, &p);
        if (isnan(cost[c]))
          tool_table_cell(table, "-");
        else
          tool_table_cell(table, "%.3g", cost[c]);
      }
      ratio(table, cost[0], cost[1]);
      tool_table_end_row(table);
    }
  tool_table_print(table, out);
  tool_table_destroy(table);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

void compare_text(const compare_job *job, FILE *out) {
  const double total = lowp_roofline_model_total(&job->model), active = lowp_roofline_model_active(&job->model);
  fprintf(out, "%s%s against %s%s: %s, %.4g billion parameters", tool_escape(out, TOOL_BOLD), tool_safe(job->labels[0]),
          tool_safe(job->labels[1]), tool_escape(out, TOOL_PLAIN), tool_safe(job->model_name), total / 1e9);
  if (job->model.experts > 0 || job->counts_only) fprintf(out, ", %.4g active", active / 1e9);
  fprintf(out, " (%s)\n%llu chip%s of each, context %llu, cache in %s%s.\n", tool_safe(job->model_source),
          (unsigned long long)job->options.count, job->options.count == 1 ? "" : "s taken for one",
          (unsigned long long)job->options.context, lowp_number_format_name(job->kv),
          job->options.achieved ? "; measured rates where one is known" : "");
  if (job->counts_only)
    fprintf(out, "Of this model only counts are known: bounds leave out its cache, its attention, and all experts but\n"
                 "those of one token.\n");
  print_figures(job, out);
  heading(out, "Decode: tokens per second at most (derived)");
  print_points(job, out, false);
  char title[120];
  snprintf(title, sizeof title, "Prefill of %llu tokens: milliseconds to the first token at least (derived)",
           (unsigned long long)job->options.context);
  heading(out, title);
  print_points(job, out, true);
  fprintf(
      out,
      "Limit: what is slower, and the grade of the figure behind it. *: not computed in by this chip; weights are\n"
      "stored in it and multiplied in 16 bits, or in 32 by a chip without such. needs N: weights and caches fit in N\n"
      "chips with %g %% of memory free.\n"
      "Ratios are of speeds: above 1 the first chip is faster.\n",
      job->options.margin.value);
  print_capacity(job, out);
  if (job->price[0] > 0) print_cost(job, out);
  print_accuracy(job, out);
  print_best(job, out);
  fputs("A mixture does the given share of the work in the faster format and the rest in the other, so that the mean\n"
        "error is the target. Embeddings and head are taken for 16 bits everywhere.\n",
        out);
  if (job->model.experts > 0)
    fprintf(out, "%s\n",
            job->options.same_experts ? "All tokens of a step are taken to choose the same experts."
                                      : "Tokens are taken to choose experts evenly and independently.");
}
