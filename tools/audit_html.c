/* SPDX-License-Identifier: Apache-2.0 */
/* audit_html.c: plots of lowp-audit's pages. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/audit_html.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "tools/common.h"

plot plot_roofline(const char *id, const char *heading, const char *text) {
  return (plot){.id = id,
                .heading = heading,
                .text = text,
                .x_label = "FLOP for each byte read",
                .y_label = "FLOP/s",
                .x_column = "FLOP/B",
                .y_column = "FLOP/s",
                .x_log = true,
                .y_log = true};
}

plot_series *plot_add(plot *p, size_t colour, const char *format, ...) {
  va_list args;
  p->series = tool_grow(p->series, &p->room, p->count, sizeof *p->series);
  plot_series *s = &p->series[p->count++];
  *s = (plot_series){.colour = colour};
  va_start(args, format);
  vsnprintf(s->label, sizeof s->label, format, args);
  va_end(args);
  return s;
}

void plot_add_point(plot_series *s, double x, double y, const char *format, ...) {
  va_list args;
  s->points = tool_grow(s->points, &s->room, s->count, sizeof *s->points);
  plot_point *point = &s->points[s->count++];
  *point = (plot_point){.x = x, .y = y};
  va_start(args, format);
  vsnprintf(point->name, sizeof point->name, format, args);
  va_end(args);
}

void plot_add_roof(plot_series *s, double bandwidth, double peak, double from, double to) {
  const double ridge = peak / bandwidth, low = fmin(from, ridge);
  s->line = true;
  plot_add_point(s, low, low * bandwidth, "%s", "");
  plot_add_point(s, ridge, peak, "ridge");
  plot_add_point(s, fmax(to, ridge), peak, "%s", "");
}

/* Where a value lies on its axis; NaN where it has no place. */
static double place(bool logarithmic, double value) {
  if (!isfinite(value) || (logarithmic && value <= 0)) return NAN;
  return logarithmic ? log10(value) : value;
}

typedef struct range {
  double from, to;
} range;

static range range_of(const plot *p, bool y) {
  range r = {INFINITY, -INFINITY};
  const bool logarithmic = y ? p->y_log : p->x_log;
  for (size_t s = 0; s < p->count; s++)
    for (size_t i = 0; i < p->series[s].count; i++) {
      const plot_point *point = &p->series[s].points[i];
      const double v = place(logarithmic, y ? point->y : point->x);
      /* A point that is nowhere on the other axis is not in the plot. */
      if (isnan(v) || isnan(place(y ? p->x_log : p->y_log, y ? point->x : point->y))) continue;
      r.from = fmin(r.from, v), r.to = fmax(r.to, v);
    }
  if (!(r.from <= r.to)) return r;
  if (!logarithmic) {
    svg_nice(&r.from, &r.to, 0.05);
  } else {
    const double room = fmax(0.06 * (r.to - r.from), 0.05);
    r.from -= room, r.to += room;
  }
  return r;
}

/* --- the plot ----------------------------------------------------------------------------------------------------- */

static void draw_line(const plot *p, const plot_series *series, svg *s) {
  bool open = false;
  svg_path_begin(s, series->colour, series->dashed);
  for (size_t i = 0; i < series->count; i++)
    svg_path_point(s, place(p->x_log, series->points[i].x), place(p->y_log, series->points[i].y), &open);
  svg_path_end(s);
}

static bool where(const plot *p, const svg *s, const plot_point *point, double *x, double *y) {
  const double px = place(p->x_log, point->x), py = place(p->y_log, point->y);
  if (isnan(px) || isnan(py)) return false;
  *x = svg_x(s, px);
  *y = svg_y(s, py);
  return true;
}

static void draw_series(const plot *p, svg *s) {
  svg_names names = {0};
  double x, y;
  for (size_t k = 0; k < p->count; k++)
    if (p->series[k].line) draw_line(p, &p->series[k], s);
  for (size_t k = 0; k < p->count; k++) {
    const plot_series *series = &p->series[k];
    if (!series->marks) continue;
    svg_marks_begin(s, series->colour, false);
    for (size_t i = 0; i < series->count; i++)
      if (where(p, s, &series->points[i], &x, &y)) {
        svg_mark(s, series->colour, x, y);
        svg_names_mark(&names, x, y);
      }
    svg_marks_end(s);
  }
  for (size_t k = 0; k < p->count; k++) {
    const plot_series *series = &p->series[k];
    if (*series->end != 0 && series->count != 0 && where(p, s, &series->points[series->count - 1], &x, &y))
      svg_name_end(s, &names, x, y, series->end);
    for (size_t i = 0; i < series->count && series->names; i++)
      if (where(p, s, &series->points[i], &x, &y)) svg_name(s, &names, x, y, series->points[i].name);
  }
  svg_names_free(&names);
}

static void print_table(const plot *p, FILE *out) {
  fprintf(out, "<thead><tr><th>series<th class=\"s\">point<th>%s<th>%s</thead>\n", p->x_column, p->y_column);
  for (size_t k = 0; k < p->count; k++)
    for (size_t i = 0; i < p->series[k].count; i++) {
      const plot_point *point = &p->series[k].points[i];
      if (*point->name == 0 || isnan(place(p->x_log, point->x)) || isnan(place(p->y_log, point->y))) continue;
      fputs("<tr><th scope=\"row\">", out);
      html_text(out, p->series[k].label);
      fputs("<td class=\"s\">", out);
      html_text(out, point->name);
      html_number(out, point->x);
      html_number(out, point->y);
      fputc('\n', out);
    }
}

static void finish(plot *p) {
  for (size_t k = 0; k < p->count; k++) free(p->series[k].points);
  free(p->series);
  p->series = NULL;
  p->count = p->room = 0;
}

void plot_print(plot *p, FILE *out) {
  const range rx = range_of(p, false), ry = range_of(p, true);
  svg_entry *entries = tool_alloc(p->count, sizeof *entries);
  size_t n = 0;
  svg s;
  for (size_t k = 0; k < p->count; k++)
    if (*p->series[k].end == 0 && !p->series[k].unlisted)
      entries[n++] = (svg_entry){p->series[k].colour, p->series[k].label, p->series[k].line,
                                 p->series[k].marks || p->series[k].key, p->series[k].dashed};
  if (rx.from <= rx.to && ry.from <= ry.to) {
    const double legend = n == 0 ? 0 : 18 * (double)svg_legend_rows(entries, n) + 8;
    html_figure(out, p->heading, p->text);
    svg_begin(&s, out, p->id, 330 + legend, p->heading, "The numbers are in the table below.");
    svg_area(&s, 56, 14, 14, 40 + legend);
    (p->x_log ? svg_axis_x_log : svg_axis_x)(&s, rx.from, rx.to, p->x_label);
    (p->y_log ? svg_axis_y_log : svg_axis_y)(&s, ry.from, ry.to, p->y_label);
    draw_series(p, &s);
    if (n != 0) svg_legend(&s, s.height - legend + 6, entries, n);
    svg_end(&s);
    html_figure_table(out);
    print_table(p, out);
    html_figure_end(out, true);
  }
  free(entries);
  finish(p);
}
