/* SPDX-License-Identifier: Apache-2.0 */
/* audit_compare_html.c: the comparison as a page: rooflines, speed by batch, accuracy against speed, and the tables. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/version.h>
#include <math.h>

#include "tools/audit_compare.h"
#include "tools/audit_html.h"

/* --- plots -------------------------------------------------------------------------------------------------------- */

static void add_roof(const compare_job *job, plot *p, size_t c, lowp_rate rate, bool dashed) {
  const lowp_figure *peak = compare_peak(job, c, rate);
  plot_series *s = plot_add(p, c, "%s, %s", job->labels[c], lowp_rate_name(rate));
  snprintf(s->end, sizeof s->end, "%s", lowp_rate_name(rate));
  s->dashed = dashed;
  plot_add_roof(s, compare_bandwidth(job, c)->value, peak->value, 0.5, 20000);
}

static double flop_of(const compare_point *p) { return p->time.linear_flop + p->time.attention_flop; }

static void add_work(const compare_job *job, plot *p, size_t c) {
  compare_way way;
  if (!compare_headline(job, c, &way)) return;
  plot_series *s = plot_add(p, c, "%s in %s", job->labels[c], lowp_number_format_name(way.format));
  const double n = (double)job->options.count;
  s->marks = s->names = true;
  for (size_t i = 0; i <= job->batch_count; i++) {
    const bool prefill = i == job->batch_count;
    const compare_point at = prefill ? compare_prefill(job, c, way) : compare_decode(job, c, way, job->batches[i]);
    if (!at.fits) continue;
    if (prefill)
      plot_add_point(s, flop_of(&at) / at.time.bytes, flop_of(&at) / at.time.seconds / n, "prefill");
    else
      plot_add_point(s, flop_of(&at) / at.time.bytes, flop_of(&at) / at.time.seconds / n, "%llu",
                     (unsigned long long)job->batches[i]);
  }
}

static void plot_work(const compare_job *job, FILE *out) {
  plot p =
      plot_roofline("roofline", "Roofline of one chip",
                    "What a byte read from memory is good for, and the speed that follows. On the slope memory is "
                    "the limit, on the flat the peak of a format. Marks: decode steps by batch, and prefill, in the "
                    "format of the chip's highest peak.");
  /* Integers where there is no such float, and what is not computed in goes by the last. */
  for (size_t c = 0; c < COMPARE_CHIPS; c++) {
    const lowp_rate eight = compare_peak(job, c, LOWP_RATE_FP8) != NULL ? LOWP_RATE_FP8 : LOWP_RATE_INT8;
    const lowp_rate rates[] = {LOWP_RATE_FP4, eight, compare_wide(job, c)};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
      if (compare_peak(job, c, rates[i]) != NULL)
        add_roof(job, &p, c, rates[i], i + 1 == sizeof rates / sizeof rates[0]);
  }
  for (size_t c = 0; c < COMPARE_CHIPS; c++) add_work(job, &p, c);
  plot_print(&p, out);
}

static void plot_batches(const compare_job *job, FILE *out) {
  plot p = {.id = "batches",
            .heading = "Decode by batch",
            .text = "Tokens per second at most. Lines end where weights and caches do not fit any more. Dashed: the "
                    "format is stored, and multiplied in 16 bits or 32.",
            .x_label = "sequences in a step",
            .y_label = "tokens per second",
            .x_column = "batch",
            .y_column = "tok/s",
            .x_log = true,
            .y_log = true};
  enum { LARGEST = 1 << 12 };
  size_t colour = 0;
  for (size_t f = 0; f < job->format_count; f++)
    for (size_t c = 0; c < COMPARE_CHIPS; c++, colour++) {
      const compare_way way = compare_way_of(job, c, job->formats[f], compare_native(job->chips[c], job->formats[f]));
      plot_series *s =
          plot_add(&p, colour, "%s, %s%s", job->labels[c], lowp_number_format_name(way.format), way.native ? "" : "*");
      s->line = true;
      s->dashed = !way.native;
      for (uint64_t batch = 1; batch <= LARGEST; batch *= 2) {
        const compare_point at = compare_decode(job, c, way, batch);
        if (at.fits)
          plot_add_point(s, (double)batch, at.time.tokens_per_second, "batch %llu", (unsigned long long)batch);
      }
      if (s->count == 0) p.count--;
    }
  plot_print(&p, out);
}

/* The batch in the middle of those that were asked for. */
static uint64_t middle_batch(const compare_job *job) { return job->batches[job->batch_count / 2]; }

static double decibel(double nmse) { return -10 * log10(nmse); }

static void add_formats(const compare_job *job, plot *p, size_t c, uint64_t batch) {
  plot_series *s = plot_add(p, c, "%s", job->labels[c]);
  s->marks = s->names = true;
  for (int f = 1; f < LOWP_NUMBER_FORMAT_COUNT; f++) {
    const lowp_number_format format = (lowp_number_format)f;
    if (audit_scheme(format) == LOWP_SCHEME_NONE || format == LOWP_NUMBER_FORMAT_FP4) continue;
    const bool native = compare_native(job->chips[c], format);
    const compare_way way = compare_way_of(job, c, format, native);
    const compare_point at = batch == 0 ? compare_prefill(job, c, way) : compare_decode(job, c, way, batch);
    if (at.fits && at.way.peak != NULL)
      plot_add_point(s, at.time.tokens_per_second, decibel(at.way.nmse), "%s%s", lowp_number_format_name(format),
                     native ? "" : "*");
  }
}

static void add_frontier(const compare_job *job, plot *p, size_t c, uint64_t batch) {
  compare_job copy = *job;
  plot_series *s = plot_add(p, c, "%s, best mixture", job->labels[c]);
  s->line = s->dashed = true;
  for (double db = 14; db <= 52; db += 1) {
    copy.target = pow(10, -db / 10);
    const compare_best best = compare_best_of(&copy, c, batch);
    if (best.found) plot_add_point(s, best.tokens_per_second, db, "%.0f dB", db);
  }
}

/* Decode at a batch, or prefill for batch = 0. */
static void plot_accuracy(const compare_job *job, uint64_t batch, FILE *out) {
  char heading[80];
  snprintf(heading, sizeof heading, batch == 0 ? "Accuracy against prefill" : "Accuracy against decode at batch %llu",
           (unsigned long long)batch);
  plot p = {.id = batch == 0 ? "accuracy-prefill" : "accuracy-decode",
            .heading = heading,
            .text = "Each mark is a format: to the right is faster, up is more accurate. The dashed lines are the "
                    "fastest mixtures of two formats of each accuracy; compare chips along a level. *: stored so, "
                    "multiplied in 16 bits or 32.",
            .x_label = "tokens per second at most",
            .y_label = "QSNR of products, dB",
            .x_column = "tok/s",
            .y_column = "dB",
            .x_log = true};
  for (size_t c = 0; c < COMPARE_CHIPS; c++) add_frontier(job, &p, c, batch);
  for (size_t c = 0; c < COMPARE_CHIPS; c++) add_formats(job, &p, c, batch);
  plot_print(&p, out);
}

/* --- tables ------------------------------------------------------------------------------------------------------- */

static void table_begin(FILE *out, const char *heading, const char *columns) {
  fprintf(out, "<h2>%s</h2><div class=\"scroll\"><table><thead><tr>%s</thead>\n", heading, columns);
}

static void table_end(FILE *out) { fputs("</table></div>\n", out); }

static void name_columns(const compare_job *job, FILE *out, const char *first, const char *second) {
  fprintf(out, "<div class=\"scroll\"><table><thead><tr>%s", first);
  for (size_t c = 0; c < COMPARE_CHIPS; c++) {
    fputs("<th>", out);
    html_text(out, job->labels[c]);
    fprintf(out, "<th class=\"s\">%s", second);
  }
  fputs("<th>ratio</thead>\n", out);
}

static void ratio(FILE *out, double a, double b) {
  if (a > 0 && b > 0 && isfinite(a) && isfinite(b))
    fprintf(out, "<td>%.3g\n", a / b);
  else
    fputs("<td>&ndash;\n", out);
}

static void figure_row(FILE *out, const char *name, audit_kind kind, const lowp_figure *a, const lowp_figure *b) {
  const lowp_figure *both[] = {a, b};
  char text[TOOL_TEXT];
  if ((a == NULL || a->value == 0) && (b == NULL || b->value == 0)) return;
  fprintf(out, "<tr><th scope=\"row\">%s", name);
  for (size_t c = 0; c < COMPARE_CHIPS; c++) {
    const bool known = both[c] != NULL && both[c]->grade != LOWP_GRADE_NONE;
    fprintf(out, "<td>%s<td class=\"s\">", known ? audit_amount(kind, both[c]->value, text) : "&ndash;");
    if (!known) continue;
    fprintf(out, "<span class=\"tag\">%s</span> ", lowp_grade_name(both[c]->grade));
    if (both[c]->source != NULL) html_text(out, both[c]->source);
  }
  ratio(out, a != NULL ? a->value : 0, b != NULL ? b->value : 0);
}

static void print_figures(const compare_job *job, FILE *out) {
  char name[64];
  fputs("<h2>What data sheets compare</h2>", out);
  name_columns(job, out, "<th>figure", "grade and source");
  for (int i = LOWP_RATE_COUNT - 1; i >= 0; i--) {
    snprintf(name, sizeof name, "%s peak, dense", lowp_rate_name((lowp_rate)i));
    figure_row(out, name, AUDIT_OPS, compare_peak(job, 0, (lowp_rate)i), compare_peak(job, 1, (lowp_rate)i));
  }
  figure_row(out, "bandwidth", AUDIT_BYTES_PER_S, compare_bandwidth(job, 0), compare_bandwidth(job, 1));
  figure_row(out, "memory", AUDIT_BYTES, &job->chips[0]->memory, &job->chips[1]->memory);
  figure_row(out, "power", AUDIT_WATT, &job->chips[0]->tdp, &job->chips[1]->tdp);
  table_end(out);
  char text[COMPARE_UNITS_TEXT];
  for (size_t c = 0; c < COMPARE_CHIPS; c++)
    if (compare_units_text(job, c, text))
      html_print(out, "Peaks of %s count vector units, which multiply no matrices. Without them (derived): %s. ",
                 job->labels[c], text);
}

static void point_cells(const compare_job *job, FILE *out, size_t c, const compare_point *p, bool prefill) {
  if (!p->fits) {
    fprintf(out, "<td>&ndash;<td class=\"s\">needs %llu chips", (unsigned long long)p->chips);
    return;
  }
  if (!p->bounded) {
    fprintf(out, "<td>&ndash;<td class=\"s\">no %s peak known", lowp_rate_name(p->way.rate));
    return;
  }
  html_number(out, prefill ? 1000 * p->time.seconds : p->time.tokens_per_second);
  fprintf(out, "<td class=\"s\">%s%s <span class=\"tag\">%s</span>", p->time.compute_bound ? "compute" : "memory",
          p->way.native ? "" : "*", compare_basis(job, c, p));
}

static void print_points(const compare_job *job, FILE *out, bool prefill) {
  compare_row row;
  name_columns(job, out, prefill ? "<th>weights" : "<th>weights<th>batch", "limit");
  for (size_t f = 0; compare_row_of(job, f, &row); f++)
    for (size_t i = 0; i < (prefill ? 1 : job->batch_count); i++) {
      compare_point points[COMPARE_CHIPS];
      fprintf(out, "<tr><th scope=\"row\">%s", row.name);
      if (!prefill) fprintf(out, "<td>%llu", (unsigned long long)job->batches[i]);
      for (size_t c = 0; c < COMPARE_CHIPS; c++) {
        points[c] =
            prefill ? compare_prefill(job, c, row.ways[c]) : compare_decode(job, c, row.ways[c], job->batches[i]);
        point_cells(job, out, c, &points[c], prefill);
      }
      const bool both = points[0].bounded && points[1].bounded;
      ratio(out, both ? points[0].time.tokens_per_second : 0, both ? points[1].time.tokens_per_second : 0);
    }
  table_end(out);
}

static void way_text(FILE *out, const compare_best *best) {
  const compare_way *only = best->share > 0 ? &best->fine : &best->fast;
  if (best->share > 0 && best->share < 1)
    fprintf(out, "%.0f %% %s%s, rest %s%s", 100 * (1 - best->share), lowp_number_format_name(best->fast.format),
            best->fast.native ? "" : "*", lowp_number_format_name(best->fine.format), best->fine.native ? "" : "*");
  else
    fprintf(out, "%s%s", lowp_number_format_name(only->format), only->native ? "" : "*");
}

static void print_best(const compare_job *job, FILE *out) {
  fprintf(out,
          "<h2>At equal accuracy: products with %g dB</h2><p>The fastest format, or mixture of two, whose products "
          "have that QSNR on %s. What more bits cost is in it, so that this is the ratio to buy by.</p>",
          job->options.target.value, job->law == AUDIT_TENSORS ? "the given tensors" : "Gaussian numbers");
  name_columns(job, out, "<th>phase", "in");
  for (size_t i = 0; i <= job->batch_count; i++) {
    const bool prefill = i == job->batch_count;
    compare_best best[COMPARE_CHIPS];
    if (prefill)
      fputs("<tr><th scope=\"row\">prefill, ms", out);
    else
      fprintf(out, "<tr><th scope=\"row\">batch %llu, tok/s", (unsigned long long)job->batches[i]);
    for (size_t c = 0; c < COMPARE_CHIPS; c++) {
      best[c] = compare_best_of(job, c, prefill ? 0 : job->batches[i]);
      if (!best[c].found) {
        fputs("<td>&ndash;<td class=\"s\">none fits", out);
        continue;
      }
      html_number(out, prefill ? 1000 * best[c].seconds : best[c].tokens_per_second);
      fputs("<td class=\"s\">", out);
      way_text(out, &best[c]);
    }
    ratio(out, best[0].found ? best[0].tokens_per_second : 0, best[1].found ? best[1].tokens_per_second : 0);
  }
  table_end(out);
}

static void print_capacity(const compare_job *job, FILE *out) {
  table_begin(out, "Room, and the batch from which compute is the limit",
              "<th>weights, chip<th>bytes<th>cache of one sequence<th>largest batch<th>compute-bound from "
              "batch");
  for (size_t f = 0; f < job->format_count; f++)
    for (size_t c = 0; c < COMPARE_CHIPS; c++) {
      char bytes[TOOL_TEXT], cache[TOOL_TEXT];
      const compare_way way = compare_way_of(job, c, job->formats[f], compare_native(job->chips[c], job->formats[f]));
      const lowp_roofline_fit_result fit = compare_fit(job, c, way, 1);
      const uint64_t crossover = compare_crossover(job, c, way);
      fprintf(out, "<tr><th scope=\"row\">%s, ", lowp_number_format_name(way.format));
      html_print(out, "%s%s", job->labels[c], way.native ? "" : "*");
      fprintf(out, "<td>%s<td>%s", audit_amount(AUDIT_BYTES, fit.weight_bytes, bytes),
              audit_amount(AUDIT_BYTES, fit.kv_bytes, cache));
      if (fit.max_batch == 0)
        fprintf(out, "<td>needs %llu chips", (unsigned long long)fit.chips);
      else if (fit.max_batch == UINT64_MAX)
        fputs("<td>any", out);
      else
        fprintf(out, "<td>%llu", (unsigned long long)fit.max_batch);
      if (crossover == UINT64_MAX)
        fputs("<td>none\n", out);
      else
        fprintf(out, "<td>%llu\n", (unsigned long long)crossover);
    }
  table_end(out);
}

static void print_cost(const compare_job *job, FILE *out) {
  fprintf(out,
          "<h2>Cost of a million tokens at the bound</h2><p>For %g and %g an hour and chip; no software is cheaper. A "
          "prompt is of %llu tokens.</p><div class=\"scroll\"><table><thead><tr><th>weights<th>batch",
          job->price[0], job->price[1], (unsigned long long)job->options.context);
  for (size_t c = 0; c < COMPARE_CHIPS; c++) {
    fputs("<th>", out);
    html_text(out, job->labels[c]);
  }
  fputs("<th>ratio</thead>\n", out);
  compare_row row;
  for (size_t f = 0; compare_row_of(job, f, &row); f++)
    for (size_t i = 0; i <= job->batch_count; i++) {
      const bool prefill = i == job->batch_count;
      double cost[COMPARE_CHIPS];
      fprintf(out, "<tr><th scope=\"row\">%s", row.name);
      if (prefill)
        fputs("<td>prompt", out);
      else
        fprintf(out, "<td>%llu", (unsigned long long)job->batches[i]);
      for (size_t c = 0; c < COMPARE_CHIPS; c++) {
        const compare_point p =
            prefill ? compare_prefill(job, c, row.ways[c]) : compare_decode(job, c, row.ways[c], job->batches[i]);
        cost[c] = compare_cost(job, c, &p);
        if (isnan(cost[c]))
          fputs("<td>&ndash;", out);
        else
          fprintf(out, "<td>%.3g", cost[c]);
      }
      ratio(out, cost[0], cost[1]);
    }
  table_end(out);
}

static void print_accuracy(const compare_job *job, FILE *out) {
  const bool tensors = job->options.weights != NULL;
  table_begin(out, "Accuracy of formats: QSNR in dB, measured",
              tensors
                  ? "<th>format<th>bits<th>Gaussian<th>effective bits<th>Laplace<th>own tensors<th>product, weights "
                    "alone<th>both operands"
                  : "<th>format<th>bits<th>Gaussian<th>effective bits<th>Laplace<th>product, weights alone<th>both "
                    "operands");
  for (int f = 1; f < LOWP_NUMBER_FORMAT_COUNT; f++) {
    const lowp_number_format format = (lowp_number_format)f;
    const double *nmse = job->accuracy.nmse[f];
    if (audit_scheme(format) == LOWP_SCHEME_NONE || format == LOWP_NUMBER_FORMAT_FP4) continue;
    fprintf(out, "<tr><th scope=\"row\">%s<td>%g", lowp_number_format_name(format),
            lowp_number_format_stored_bits(format));
    html_decibel(out, decibel(nmse[AUDIT_NORMAL]));
    fprintf(out, "<td>%.2f", decibel(nmse[AUDIT_NORMAL]) / 6.0206);
    html_decibel(out, decibel(nmse[AUDIT_LAPLACE]));
    if (tensors) html_decibel(out, decibel(nmse[AUDIT_TENSORS]));
    html_decibel(out, decibel(audit_output_nmse(&job->accuracy, job->law, format, LOWP_NUMBER_FORMAT_BF16)));
    html_decibel(out, decibel(audit_output_nmse(&job->accuracy, job->law, format, format)));
    fputc('\n', out);
  }
  table_end(out);
}

/* --- the page ----------------------------------------------------------------------------------------------------- */

static void ratio_card(FILE *out, double a, double b, const char *text) {
  char value[32];
  if (!(a > 0) || !(b > 0) || !isfinite(a / b)) return;
  snprintf(value, sizeof value, "%.3g \xc3\x97", a / b);
  html_card(out, value, text);
}

static double speed(const compare_best *best) { return best->found ? best->tokens_per_second : 0; }

static void print_cards(const compare_job *job, FILE *out) {
  char text[160];
  const lowp_figure *a = compare_peak(job, 0, LOWP_RATE_FP16), *b = compare_peak(job, 1, LOWP_RATE_FP16);
  const compare_best one[] = {compare_best_of(job, 0, job->batches[0]), compare_best_of(job, 1, job->batches[0])};
  const compare_best first[] = {compare_best_of(job, 0, 0), compare_best_of(job, 1, 0)};
  fputs("<div class=\"cards\">", out);
  if (a != NULL && b != NULL) ratio_card(out, a->value, b->value, "16-bit peaks, the ratio of data sheets");
  ratio_card(out, compare_bandwidth(job, 0)->value, compare_bandwidth(job, 1)->value, "bandwidth");
  snprintf(text, sizeof text, "decode at batch %llu and %g dB", (unsigned long long)job->batches[0],
           job->options.target.value);
  ratio_card(out, speed(&one[0]), speed(&one[1]), text);
  snprintf(text, sizeof text, "prefill of %llu tokens at %g dB", (unsigned long long)job->options.context,
           job->options.target.value);
  ratio_card(out, speed(&first[0]), speed(&first[1]), text);
  fputs("</div>\n", out);
}

static void print_head(const compare_job *job, FILE *out) {
  fputs("<h1>", out);
  html_text(out, job->labels[0]);
  fputs(" against ", out);
  html_text(out, job->labels[1]);
  fputs("</h1><p class=\"sub\">", out);
  html_text(out, job->model_name);
  fprintf(out, ", %.4g billion parameters; %llu chip%s of each, context %llu, cache in %s%s. lowp-audit %s.</p>\n",
          lowp_roofline_model_total(&job->model) / 1e9, (unsigned long long)job->options.count,
          job->options.count == 1 ? "" : "s taken for one", (unsigned long long)job->options.context,
          lowp_number_format_name(job->kv), job->options.achieved ? "; measured rates where one is known" : "",
          lowp_version_string());
}

static void print_method(const compare_job *job, FILE *out) {
  fputs("<h2>How it was calculated</h2>\n<dl><dt>Bounds</dt><dd>The time of a step is at least its bytes over the "
        "bandwidth and its FLOP over the peak, whichever is more. Software reaches less. All speeds are derived from "
        "the figures of the first table, by the formulas of lowp/roofline.h.</dd>\n"
        "<dt>Limit</dt><dd>Which of the two is more, and the grade of the figure behind it.</dd>\n"
        "<dt>*</dt><dd>The chip does not compute in this format: weights are stored in it and multiplied in 16 "
        "bits, or in 32 by a chip without such.</dd>\n<dt>a:b</dt><dd>Each chip in the format of its highest peak, "
        "whatever that costs in "
        "accuracy.</dd>\n<dt>Accuracy</dt><dd>NMSE of products: e_w + e_a + e_w e_a, errors of weights and activations "
        "measured here; activations are Gaussian.</dd>\n<dt>Mixture</dt><dd>The share of the work that keeps the mean "
        "error at the target is done in the finer format.</dd>\n",
        out);
  fprintf(out,
          "<dt>Room</dt><dd>Weights and caches fit with %g %% of the memory free. Embeddings and head are in 16 "
          "bits.</dd>\n",
          job->options.margin.value);
  if (job->model.experts > 0)
    fprintf(out, "<dt>Experts</dt><dd>%s</dd>\n",
            job->options.same_experts
                ? "All tokens of a step choose the same: the bound without an assumption."
                : "Each token chooses evenly and independently; E (1 - (1 - k/E)^batch) are read.");
  fputs("</dl>\n", out);
}

bool compare_html(const void *data, FILE *out) {
  const compare_job *job = data;
  char subject[160];
  snprintf(subject, sizeof subject, "%s against %s", job->labels[0], job->labels[1]);
  html_page(out, subject, "what arithmetic allows");
  print_head(job, out);
  if (job->counts_only)
    fputs(
        "<p>Of this model only counts are known: bounds leave out its cache, its attention, and all experts but those "
        "of one token.</p>\n",
        out);
  print_cards(job, out);
  fputs("<div class=\"plots\">", out);
  plot_work(job, out);
  plot_batches(job, out);
  plot_accuracy(job, middle_batch(job), out);
  plot_accuracy(job, 0, out);
  fputs("</div>\n", out);
  print_best(job, out);
  fputs("<h2>Decode at equal format: tokens per second at most</h2>", out);
  print_points(job, out, false);
  fputs("<h2>Prefill: milliseconds to the first token at least</h2>", out);
  print_points(job, out, true);
  print_capacity(job, out);
  if (job->price[0] > 0) print_cost(job, out);
  print_accuracy(job, out);
  print_figures(job, out);
  print_method(job, out);
  html_page_end(out);
  return !ferror(out);
}
