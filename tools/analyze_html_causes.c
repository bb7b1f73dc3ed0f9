/* SPDX-License-Identifier: Apache-2.0 */
/* Why formats differ: QSNR against crest factor beside the closed forms, and error by magnitude. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/theory.h>
#include <math.h>
#include <stdlib.h>

#include "tools/analyze_html.h"

/* More lines than this cannot be told apart. */
enum { LINES = 6 };
/* Formats of more bits have little to explain. */
static const double most_bits = 7;

/* The formats of few bits, at most LINES; `blocks`: those with a scale for a run of columns. */
static size_t choose(const analyze_job *job, bool blocks, size_t chosen[LINES]) {
  size_t n = 0;
  for (size_t f = 0; f < job->format_count && n < LINES; f++) {
    const lowp_scheme_info *info = job->formats[f].info;
    bool block = info->block_rows == 1 && info->block_cols > 1;
    if (blocks && !block) continue;
    if (lowp_scheme_nominal_bits(info->id) <= most_bits) chosen[n++] = f;
  }
  for (size_t f = 0; n == 0 && f < job->format_count && n < LINES; f++)
    if (!blocks || (job->formats[f].info->block_rows == 1 && job->formats[f].info->block_cols > 1)) chosen[n++] = f;
  return n;
}

/* --- crest factor ------------------------------------------------------------------------------------------------- */

/* The closed form for a format; NaN where there is none. Powers of two: rho = 1.5, as for the ceil rule. */
static double theory(const analyze_format *format, double kappa) {
  lowp_theory_format element;
  const lowp_scheme_info *info = format->info;
  if (info->family == LOWP_FAMILY_HIF4 || lowp_theory_format_of(info->element, &element) != LOWP_OK) return NAN;
  bool power = info->scale == LOWP_E8M0;
  return lowp_theory_qsnr_db(&element, power ? LOWP_THEORY_E8M0 : LOWP_THEORY_E4M3, kappa, power ? 1.5 : 1,
                             (double)info->block_cols);
}

static void crest_table(const analyze_job *job, const size_t *chosen, size_t n, FILE *out) {
  fputs("<thead><tr><th>tensor<th>format<th>crest factor<th>QSNR dB<th>closed form dB</thead>\n", out);
  for (size_t i = 0; i < job->count; i++)
    for (size_t k = 0; k < n && job->tensors[i].kept == NULL; k++) {
      const analyze_result *r = &job->tensors[i].results[chosen[k]];
      fputs("<tr><th scope=\"row\"><bdi>", out);
      html_text(out, job->tensors[i].label);
      fprintf(out, "</bdi><td>%s<td>%.3f", job->formats[chosen[k]].info->name, r->crest);
      html_decibel(out, lowp_error_qsnr_db(&r->stats));
      html_decibel(out, theory(&job->formats[chosen[k]], r->crest));
      fputc('\n', out);
    }
}

static void draw_theory(svg *s, const analyze_format *format, size_t series) {
  bool open = false;
  svg_path_begin(s, series, true);
  for (int i = 0; i <= 60; i++) {
    double kappa = s->x0 + (s->x1 - s->x0) * i / 60, db = theory(format, kappa);
    svg_path_point(s, kappa, db < s->y0 || db > s->y1 ? NAN : db, &open);
  }
  svg_path_end(s);
}

void html_plot_crest(const analyze_job *job, FILE *out) {
  size_t chosen[LINES], n = choose(job, true, chosen);
  double x0 = INFINITY, x1 = -INFINITY, y0 = INFINITY, y1 = -INFINITY;
  svg s;
  svg_entry entries[LINES];
  for (size_t k = 0; k < n; k++) {
    const analyze_format *format = &job->formats[chosen[k]];
    entries[k] = (svg_entry){chosen[k], format->info->name, isfinite(theory(format, 2)), true, true};
    for (size_t i = 0; i < job->count; i++) {
      if (job->tensors[i].kept != NULL) continue;
      const analyze_result *r = &job->tensors[i].results[chosen[k]];
      double db = lowp_error_qsnr_db(&r->stats), law = theory(format, r->crest);
      if (!(r->crest > 0) || !isfinite(db)) continue;
      x0 = fmin(x0, r->crest), x1 = fmax(x1, r->crest);
      y0 = fmin(y0, fmin(db, isfinite(law) ? law : db)), y1 = fmax(y1, fmax(db, isfinite(law) ? law : db));
    }
  }
  if (!(x1 > 0)) return;
  x0 = fmax(1, x0 - 0.5), x1 += 0.5;
  svg_nice(&x0, &x1, 0);
  svg_nice(&y0, &y1, 0.12);
  html_figure(
      out, "QSNR against crest factor",
      "Crest factor: the largest magnitude of a block over its root mean square. Each mark is a tensor, placed at the "
      "mean of its blocks. Dashed: the closed form for Gaussian blocks (scale 1.5 times the least where it is a "
      "power of two). Marks below their line have a cause other than their crest factor.");
  double rows = (double)svg_legend_rows(entries, n);
  svg_begin(&s, out, "crest", 320 + 18 * rows, "QSNR of every tensor against the crest factor of its blocks",
            "Scatter plot with one curve for each format; the numbers are in the table below.");
  svg_area(&s, 46, 12, 14, 48 + 18 * rows);
  svg_axis_x(&s, fmax(1, x0), x1, "crest factor of the format's blocks, mean");
  svg_axis_y(&s, y0, y1, "QSNR, dB");
  for (size_t k = 0; k < n; k++) draw_theory(&s, &job->formats[chosen[k]], chosen[k]);
  for (size_t k = 0; k < n; k++) {
    svg_marks_begin(&s, chosen[k], false);
    for (size_t i = 0; i < job->count; i++) {
      if (job->tensors[i].kept != NULL) continue;
      const analyze_result *r = &job->tensors[i].results[chosen[k]];
      double db = lowp_error_qsnr_db(&r->stats);
      if (r->crest > 0 && isfinite(db)) svg_mark(&s, chosen[k], svg_x(&s, r->crest), svg_y(&s, db));
    }
    svg_marks_end(&s);
  }
  svg_legend(&s, s.bottom + 42, entries, n);
  svg_end(&s);
  html_figure_table(out);
  crest_table(job, chosen, n, out);
  html_figure_end(out, true);
}

/* --- magnitude ---------------------------------------------------------------------------------------------------- */

/* Bins that hold less than this share of the weights are left out. */
static const double least_share = 1e-6;

static double bin_db(const lowp_measure_bin *bin) {
  return bin->sum_ee > 0 ? 10 * log10(bin->sum_xx / bin->sum_ee) : NAN;
}

/* Below this all is lost, and lines at 0 dB tell nothing. */
static const double worth_drawing = 0.05;

/* The range of bins in which there is something that one of the formats keeps. */
static bool used_bins(const analyze_job *job, const size_t *chosen, size_t n, size_t *first, size_t *last) {
  const lowp_measurement *m = &job->sums[chosen[0]];
  *first = LOWP_MEASURE_BINS, *last = 0;
  for (size_t i = 1; i < LOWP_MEASURE_BINS; i++) {
    if ((double)m->bins[i].count < least_share * (double)m->error.count || m->bins[i].count == 0) continue;
    bool kept = false;
    for (size_t k = 0; k < n; k++) kept = kept || !(bin_db(&job->sums[chosen[k]].bins[i]) < worth_drawing);
    if (*first == LOWP_MEASURE_BINS && kept) *first = i > 1 ? i - 1 : i;
    *last = i;
  }
  return *first <= *last;
}

static void magnitude_table(const analyze_job *job, const size_t *chosen, size_t n, size_t first, size_t last,
                            FILE *out) {
  fputs("<thead><tr><th>|x| from<th>weights %<th>energy %", out);
  for (size_t k = 0; k < n; k++) fprintf(out, "<th>%s dB", job->formats[chosen[k]].info->name);
  fputs("</thead>\n", out);
  for (size_t i = first; i <= last; i++) {
    const lowp_measurement *m = &job->sums[chosen[0]];
    fprintf(out, "<tr><th scope=\"row\">2<sup>%d</sup><td>%.3g<td>%.3g", (int)i + LOWP_MEASURE_BIN_FIRST,
            100 * (double)m->bins[i].count / (double)m->error.count, 100 * m->bins[i].sum_xx / m->error.sum_xx);
    for (size_t k = 0; k < n; k++) html_decibel(out, bin_db(&job->sums[chosen[k]].bins[i]));
    fputc('\n', out);
  }
}

void html_plot_magnitude(const analyze_job *job, FILE *out) {
  size_t chosen[LINES], n = choose(job, false, chosen), first, last;
  if (n == 0 || !used_bins(job, chosen, n, &first, &last)) return;
  svg s;
  svg_entry entries[LINES];
  double y0 = 0, y1 = 5, most = 0;
  for (size_t k = 0; k < n; k++) {
    entries[k] = (svg_entry){chosen[k], job->formats[chosen[k]].info->name, true, true, false};
    for (size_t i = first; i <= last; i++) {
      double db = bin_db(&job->sums[chosen[k]].bins[i]);
      if (isfinite(db)) y1 = fmax(y1, db), y0 = fmin(y0, db);
    }
  }
  const lowp_measurement *m = &job->sums[chosen[0]];
  for (size_t i = first; i <= last; i++) most = fmax(most, m->bins[i].sum_xx);
  svg_nice(&y0, &y1, 0);
  html_figure(
      out, "Error by magnitude",
      "QSNR of the weights in each octave of magnitude, over the whole model. Grey bars: where the energy is, which is "
      "where error counts. At 0 dB nothing is left: such weights become zero.");
  double rows = (double)svg_legend_rows(entries, n);
  svg_begin(&s, out, "magnitude", 320 + 18 * rows, "QSNR by magnitude of the weights",
            "One line for each format over the logarithm of the magnitude; the numbers are in the table below.");
  svg_area(&s, 46, 12, 14, 48 + 18 * rows);
  svg_axis_x(&s, (double)first + LOWP_MEASURE_BIN_FIRST, (double)last + 1 + LOWP_MEASURE_BIN_FIRST, "log2 of |weight|");
  svg_axis_y(&s, y0, y1, "QSNR in the octave, dB");
  for (size_t i = first; i <= last; i++) {
    double x = svg_x(&s, (double)i + LOWP_MEASURE_BIN_FIRST), next = svg_x(&s, (double)i + 1 + LOWP_MEASURE_BIN_FIRST);
    double height = most > 0 ? m->bins[i].sum_xx / most * (s.bottom - s.top) * 0.4 : 0;
    if (height >= 0.3) svg_rect(&s, x + 1, s.bottom - height, next - x - 2, height, "u", NULL);
  }
  for (size_t k = 0; k < n; k++) {
    const lowp_measurement *own = &job->sums[chosen[k]];
    bool open = false;
    svg_path_begin(&s, chosen[k], false);
    for (size_t i = first; i <= last; i++)
      svg_path_point(&s, (double)i + 0.5 + LOWP_MEASURE_BIN_FIRST, bin_db(&own->bins[i]), &open);
    svg_path_end(&s);
    svg_marks_begin(&s, chosen[k], false);
    for (size_t i = first; i <= last; i++)
      if (isfinite(bin_db(&own->bins[i])))
        svg_mark(&s, chosen[k], svg_x(&s, (double)i + 0.5 + LOWP_MEASURE_BIN_FIRST), svg_y(&s, bin_db(&own->bins[i])));
    svg_marks_end(&s);
  }
  svg_legend(&s, s.bottom + 42, entries, n);
  svg_end(&s);
  html_figure_table(out);
  magnitude_table(job, chosen, n, first, last, out);
  html_figure_end(out, true);
}
