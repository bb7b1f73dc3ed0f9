/* SPDX-License-Identifier: Apache-2.0 */
/* Formats compared: what a stored bit brings, and how the tensors of the model spread. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <string.h>

#include "tools/analyze_html.h"

/* Beyond this a format is as good as exact, and an axis that went there would squeeze the others. */
static const double highest_db = 80;

typedef struct spread {
  double least, most, all;
} spread;

/* And with more bits than this a format does not fit the tensors it was tried on. */
static const double most_bits = 18;

static double clamp_db(double db) { return db < -10 ? -10 : db > highest_db ? highest_db : db; }

static spread spread_of(const analyze_job *job, size_t f) {
  spread s = {INFINITY, -INFINITY, clamp_db(lowp_error_qsnr_db(&job->totals[f].stats))};
  for (size_t i = 0; i < job->count; i++) {
    if (job->tensors[i].kept != NULL) continue;
    double db = clamp_db(lowp_error_qsnr_db(&job->tensors[i].results[f].stats));
    s.least = fmin(s.least, db);
    s.most = fmax(s.most, db);
  }
  return s;
}

static double bits_of(const analyze_job *job, size_t f) { return analyze_bits(job->totals[f].bytes, job->weights); }

/* --- bits against QSNR -------------------------------------------------------------------------------------------- */

static void draw_mixture(const analyze_job *job, svg *s) {
  size_t kept;
  bool open = false;
  svg_path_begin(s, 5, true);
  for (double db = s->y0; db <= s->y1; db += 0.25) {
    double bits = analyze_mixture_bits(job, db, &kept);
    if (kept == 0 && bits >= s->x0 && bits <= s->x1) svg_path_point(s, bits, db, &open);
  }
  svg_path_end(s);
}

static void draw_ideal(svg *s) {
  double from = fmax(s->x0, s->y0 / 6.02), to = fmin(s->x1, s->y1 / 6.02);
  if (from < to) svg_line(s, svg_x(s, from), svg_y(s, 6.02 * from), svg_x(s, to), svg_y(s, 6.02 * to), "p c5");
}

static void bits_table(const analyze_job *job, FILE *out) {
  fputs("<thead><tr><th>format<th>bits per weight<th>QSNR dB<th>worst tensor<th>best tensor</thead>\n", out);
  for (size_t f = 0; f < job->format_count; f++) {
    spread p = spread_of(job, f);
    fprintf(out, "<tr><th scope=\"row\">%s<td>%.3f", job->formats[f].info->name, bits_of(job, f));
    html_decibel(out, p.all);
    html_decibel(out, p.least);
    html_decibel(out, p.most);
    fputc('\n', out);
  }
}

void html_plot_bits(const analyze_job *job, FILE *out) {
  svg s;
  double x0 = INFINITY, x1 = -INFINITY, y0 = INFINITY, y1 = -INFINITY;
  svg_names names = {0};
  for (size_t f = 0; f < job->format_count; f++) {
    spread p = spread_of(job, f);
    if (bits_of(job, f) > most_bits) continue;
    x0 = fmin(x0, bits_of(job, f)), x1 = fmax(x1, bits_of(job, f));
    y0 = fmin(y0, p.least), y1 = fmax(y1, p.most);
  }
  if (!(x0 <= x1)) x0 = 0, x1 = most_bits, y0 = 0, y1 = highest_db;
  svg_nice(&x0, &x1, 0.08);
  svg_nice(&y0, &y1, 0.06);
  html_figure(
      out, "What a stored bit brings",
      "Each mark is a format over the whole model, its bar the range of the tensors. The straight line is 6.02 dB a "
      "bit, what an ideal quantizer of Gaussian weights reaches; the dashed one mixes formats by tensor: the fewest "
      "bits with which every tensor has that QSNR.");
  svg_entry entries[] = {{5, "6.02 dB a bit", true, false, false}, {5, "cheapest mixture", true, false, true}};
  svg_begin(&s, out, "bits", 330, "QSNR of each format against its bits per weight",
            "Scatter plot of formats; the numbers are in the table below.");
  svg_area(&s, 46, 12, 14, 58);
  svg_axis_x(&s, x0, x1, "stored bits per weight");
  svg_axis_y(&s, y0, y1, "QSNR, dB");
  draw_ideal(&s);
  draw_mixture(job, &s);
  for (size_t f = 0; f < job->format_count; f++) {
    spread p = spread_of(job, f);
    double x = svg_x(&s, bits_of(job, f));
    if (bits_of(job, f) > most_bits) continue;
    svg_names_mark(&names, x, svg_y(&s, p.all));
    fprintf(out, "<g class=\"c%zu\">", f % SVG_COLOURS);
    svg_line(&s, x, svg_y(&s, p.least), x, svg_y(&s, p.most), "w");
    fputs("</g>", out);
    svg_marks_begin(&s, f, false);
    svg_mark(&s, f, x, svg_y(&s, p.all));
    svg_marks_end(&s);
  }
  for (size_t f = 0; f < job->format_count; f++)
    if (bits_of(job, f) <= most_bits)
      svg_name(&s, &names, svg_x(&s, bits_of(job, f)), svg_y(&s, spread_of(job, f).all), job->formats[f].info->name);
  svg_names_free(&names);
  svg_legend(&s, s.height - 20, entries, 2);
  svg_end(&s);
  html_figure_table(out);
  bits_table(job, out);
  html_figure_end(out, true);
}

/* --- QSNR of every tensor ----------------------------------------------------------------------------------------- */

void html_plot_tensors(const analyze_job *job, FILE *out) {
  enum { ROW = 24 };
  svg s;
  double x0 = job->options.target.value, x1 = x0, widest = 0;
  for (size_t f = 0; f < job->format_count; f++) {
    spread p = spread_of(job, f);
    x0 = fmin(x0, p.least), x1 = fmax(x1, p.most);
    widest = fmax(widest, 6.7 * (double)strlen(job->formats[f].info->name));
  }
  svg_nice(&x0, &x1, 0.03);
  html_figure(
      out, "How the tensors spread",
      "Each dot is a tensor, the upright bar the whole model. Formats are in the order of the ranking. A format whose "
      "dots lie apart is one to choose by tensor.");
  svg_begin(&s, out, "spread", ROW * (double)job->format_count + 66, "QSNR of every tensor in every format",
            "One row of dots for each format; the numbers are in the table of all tensors.");
  svg_area(&s, widest + 16, 22, 14, 44);
  svg_axis_x(&s, x0, x1, "QSNR, dB");
  double target = svg_x(&s, job->options.target.value);
  svg_line(&s, target, s.top, target, s.bottom, "r d");
  svg_text(&s, target, s.top - 7,
           target > s.right - 40  ? "end"
           : target < s.left + 40 ? "start"
                                  : "middle",
           "", "target %g dB", job->options.target.value);
  for (size_t i = 0; i < job->format_count; i++) {
    size_t f = job->ranking[i];
    double y = s.top + ROW * ((double)i + 0.5);
    svg_text(&s, s.left - 8, y + 4, "end", "n", "%s", job->formats[f].info->name);
    svg_marks_begin(&s, 0, true);
    for (size_t k = 0; k < job->count; k++)
      if (job->tensors[k].kept == NULL)
        svg_mark(&s, 0, svg_x(&s, clamp_db(lowp_error_qsnr_db(&job->tensors[k].results[f].stats))), y);
    svg_marks_end(&s);
    double x = svg_x(&s, spread_of(job, f).all);
    svg_line(&s, x, y - 9, x, y + 9, "k");
  }
  svg_end(&s);
  html_figure_end(out, false);
}
