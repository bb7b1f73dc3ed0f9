/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/svg.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common.h"

/* Pixels of a character of plot text (12 px, sans serif), taken large. */
static const double character = 6.7;

void svg_number(FILE *out, double value, int digits) {
  char text[64];
  if (!isfinite(value)) value = 0;
  snprintf(text, sizeof text, "%.*f", digits, value);
  if (strchr(text, '.') != NULL) {
    char *end = text + strlen(text);
    while (end[-1] == '0') *--end = 0;
    if (end[-1] == '.') end[-1] = 0;
  }
  fputs(strcmp(text, "-0") == 0 ? "0" : text, out);
}

/* --- text --------------------------------------------------------------------------------------------------------- */

/* Bytes of the UTF-8 sequence at `text`, and its code point; 0 if it is none. */
static size_t sequence(const unsigned char *text, unsigned *point) {
  static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t n = *text < 0x80 ? 1 : *text < 0xc2 ? 0 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : *text < 0xf5 ? 4 : 0;
  if (n == 0) return 0;
  *point = n == 1 ? *text : *text & (0x7fu >> n);
  for (size_t i = 1; i < n; i++) {
    if ((text[i] & 0xc0) != 0x80) return 0;
    *point = *point << 6 | (text[i] & 0x3f);
  }
  return *point >= least[n] && *point <= 0x10ffff && (*point < 0xd800 || *point > 0xdfff) ? n : 0;
}

static bool unwanted(unsigned c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c >= 0xfff0;
}

void html_text(FILE *out, const char *text) {
  const unsigned char *c = (const unsigned char *)text;
  while (*c != 0) {
    unsigned point;
    size_t n = sequence(c, &point);
    if (n == 0 || (unwanted(point) && point < 0x10000))
      fputs("\xef\xbf\xbd", out);
    else if (strchr("&<>\"'`", *c) != NULL)
      fprintf(out, "&#%u;", *c);
    else
      fwrite(c, 1, n, out);
    c += n == 0 ? 1 : n;
  }
}

static void print_escaped(FILE *out, const char *format, va_list args) {
  char *text;
  if (vasprintf(&text, format, args) < 0) return;
  html_text(out, text);
  free(text);
}

void html_print(FILE *out, const char *format, ...) {
  va_list args;
  va_start(args, format);
  print_escaped(out, format, args);
  va_end(args);
}

/* --- the plot ----------------------------------------------------------------------------------------------------- */

void svg_begin(svg *s, FILE *out, const char *id, double height, const char *title, const char *description) {
  *s = (svg){.out = out, .width = SVG_WIDTH, .height = height};
  fprintf(out, "<svg viewBox=\"0 0 %d ", SVG_WIDTH);
  svg_number(out, height, 0);
  fprintf(out, "\" role=\"img\" aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">", id, id, id);
  html_text(out, title);
  fprintf(out, "</title><desc id=\"%s-d\">", id);
  html_text(out, description);
  fputs("</desc>\n", out);
  svg_area(s, 46, 14, 14, 40);
}

void svg_end(svg *s) { fputs("</svg>\n", s->out); }

void svg_area(svg *s, double left, double top, double right, double bottom) {
  s->left = left;
  s->top = top;
  s->right = s->width - right;
  s->bottom = s->height - bottom;
}

double svg_x(const svg *s, double v) { return s->left + (v - s->x0) / (s->x1 - s->x0) * (s->right - s->left); }
double svg_y(const svg *s, double v) { return s->bottom - (v - s->y0) / (s->y1 - s->y0) * (s->bottom - s->top); }

/* 1, 2 or 5 times a power of ten, such that about `count` of them make up `span`. */
static double step_of(double span, double count) {
  double raw = span / count, power = pow(10, floor(log10(raw)));
  double lead = raw / power;
  return (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10) * power;
}

void svg_nice(double *from, double *to, double room) {
  if (!(*to > *from)) {
    *from -= 1;
    *to += 1;
  }
  double space = (*to - *from) * room, step = step_of(*to - *from, 12);
  *from = floor((*from - space) / step) * step;
  *to = ceil((*to + space) / step) * step;
}

static int digits_of(double step) { return step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3; }

static void line_x(svg *s, double v, const char *text) {
  svg_line(s, svg_x(s, v), s->top, svg_x(s, v), s->bottom, "g");
  svg_text(s, svg_x(s, v), s->bottom + 15, "middle", "", "%s", text);
}

static void line_y(svg *s, double v, const char *text) {
  svg_line(s, s->left, svg_y(s, v), s->right, svg_y(s, v), "g");
  svg_text(s, s->left - 6, svg_y(s, v) + 4, "end", "", "%s", text);
}

/* `draw` for each round value of the axis. */
static void ticks(svg *s, double from, double to, double count, void (*draw)(svg *s, double v, const char *text)) {
  double step = step_of(to - from, count);
  for (double v = ceil(from / step - 1e-9) * step; v <= to + step * 1e-9; v += step) {
    char text[32];
    snprintf(text, sizeof text, "%.*f", digits_of(step), fabs(v) < step * 1e-6 ? 0 : v);
    draw(s, v, text);
  }
}

/* 2 * 10^13 as "20T". */
static void power_text(int lead, int power, char text[32]) {
  static const char *const prefixes[] = {"", "k", "M", "G", "T", "P", "E"};
  const int group = power < 0 ? 0 : power / 3 > 6 ? 6 : power / 3;
  if (power < 0)
    snprintf(text, 32, "%.*f", -power, lead * pow(10, power));
  else
    snprintf(text, 32, "%.0f%s", lead * pow(10, power - 3 * group), prefixes[group]);
}

static void ticks_log(svg *s, double from, double to, void (*draw)(svg *s, double v, const char *text)) {
  static const int leads[] = {1, 2, 5};
  const int shown = to - from < 2.5 ? 3 : 1;
  for (int power = (int)floor(from); power <= (int)ceil(to); power++)
    for (int i = 0; i < shown; i++) {
      const double v = power + log10(leads[i]);
      char text[32];
      if (v < from - 1e-9 || v > to + 1e-9) continue;
      power_text(leads[i], power, text);
      draw(s, v, text);
    }
}

static void finish_x(svg *s, const char *label) {
  svg_line(s, s->left, s->bottom, s->right, s->bottom, "a");
  svg_text(s, (s->left + s->right) / 2, s->bottom + 33, "middle", "l", "%s", label);
}

static void finish_y(svg *s, const char *label) {
  double y = (s->top + s->bottom) / 2;
  fputs("<text class=\"l\" text-anchor=\"middle\" transform=\"translate(12,", s->out);
  svg_number(s->out, y, 0);
  fputs(") rotate(-90)\">", s->out);
  html_text(s->out, label);
  fputs("</text>\n", s->out);
}

static void range_x(svg *s, double from, double to) {
  s->x0 = from;
  s->x1 = to;
}

static void range_y(svg *s, double from, double to) {
  s->y0 = from;
  s->y1 = to;
}

void svg_axis_x(svg *s, double from, double to, const char *label) {
  range_x(s, from, to);
  ticks(s, from, to, 7, line_x);
  finish_x(s, label);
}

void svg_axis_y(svg *s, double from, double to, const char *label) {
  range_y(s, from, to);
  ticks(s, from, to, 6, line_y);
  finish_y(s, label);
}

void svg_axis_x_log(svg *s, double from, double to, const char *label) {
  range_x(s, from, to);
  ticks_log(s, from, to, line_x);
  finish_x(s, label);
}

void svg_axis_y_log(svg *s, double from, double to, const char *label) {
  range_y(s, from, to);
  ticks_log(s, from, to, line_y);
  finish_y(s, label);
}

void svg_text(svg *s, double x, double y, const char *anchor, const char *kind, const char *format, ...) {
  va_list args;
  fputs("<text x=\"", s->out);
  svg_number(s->out, x, 1);
  fputs("\" y=\"", s->out);
  svg_number(s->out, y, 1);
  fprintf(s->out, "\" text-anchor=\"%s\"%s%s%s>", anchor, *kind != 0 ? " class=\"" : "", kind, *kind != 0 ? "\"" : "");
  va_start(args, format);
  print_escaped(s->out, format, args);
  va_end(args);
  fputs("</text>\n", s->out);
}

void svg_rect(svg *s, double x, double y, double width, double height, const char *kind, const char *hint) {
  fprintf(s->out, "<rect class=\"%s\" x=\"", kind);
  svg_number(s->out, x, 1);
  fputs("\" y=\"", s->out);
  svg_number(s->out, y, 1);
  fputs("\" width=\"", s->out);
  svg_number(s->out, width, 2);
  fputs("\" height=\"", s->out);
  svg_number(s->out, height, 2);
  if (hint == NULL) {
    fputs("\"/>", s->out);
    return;
  }
  fputs("\"><title>", s->out);
  html_text(s->out, hint);
  fputs("</title></rect>\n", s->out);
}

void svg_line(svg *s, double x0, double y0, double x1, double y1, const char *kind) {
  fprintf(s->out, "<path class=\"%s\" d=\"M", kind);
  svg_number(s->out, x0, 1);
  fputc(' ', s->out);
  svg_number(s->out, y0, 1);
  fputc('L', s->out);
  svg_number(s->out, x1, 1);
  fputc(' ', s->out);
  svg_number(s->out, y1, 1);
  fputs("\"/>", s->out);
}

/* --- series ------------------------------------------------------------------------------------------------------- */

void svg_path_begin(svg *s, size_t series, bool dashed) {
  /* Dashes change each time the colours begin anew. */
  fprintf(s->out, "<path class=\"p c%zu%s\" d=\"", series % SVG_COLOURS,
          dashed                  ? " d"
          : series >= SVG_COLOURS ? " e"
                                  : "");
}

void svg_path_point(svg *s, double x, double y, bool *open) {
  if (!isfinite(x) || !isfinite(y)) {
    *open = false;
    return;
  }
  fputc(*open ? 'L' : 'M', s->out);
  svg_number(s->out, svg_x(s, x), 1);
  fputc(' ', s->out);
  svg_number(s->out, svg_y(s, y), 1);
  *open = true;
}

void svg_path_end(svg *s) { fputs("\"/>\n", s->out); }

void svg_marks_begin(svg *s, size_t series, bool faint) {
  fprintf(s->out, "<path class=\"m c%zu%s\" d=\"", series % SVG_COLOURS, faint ? " f" : "");
}

void svg_mark(svg *s, size_t series, double x, double y) {
  /* From the upper left, or the top, of a shape of about 8 pixels. */
  static const struct {
    double x, y;
    const char *path;
  } shapes[SVG_SHAPES] = {{-3.5, 0, "a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"},
                          {-3.2, -3.2, "h6.4v6.4h-6.4z"},
                          {0, -4.2, "l4.2 7.4h-8.4z"},
                          {0, -4.6, "l4.6 4.6l-4.6 4.6l-4.6-4.6z"},
                          {0, 4.2, "l4.2-7.4h-8.4z"},
                          {-4, -1.3, "h2.7v-2.7h2.6v2.7h2.7v2.6h-2.7v2.7h-2.6v-2.7h-2.7z"},
                          {-3.8, -2, "l1.8-1.8l2 2l2-2l1.8 1.8l-2 2l2 2l-1.8 1.8l-2-2l-2 2l-1.8-1.8l2-2z"}};
  size_t k = series % SVG_SHAPES;
  fputc('M', s->out);
  svg_number(s->out, x + shapes[k].x, 1);
  fputc(' ', s->out);
  svg_number(s->out, y + shapes[k].y, 1);
  fputs(shapes[k].path, s->out);
}

void svg_marks_end(svg *s) { fputs("\"/>\n", s->out); }

/* --- legend ------------------------------------------------------------------------------------------------------- */

enum { LEGEND_ROW = 18, LEGEND_KEY = 30, LEGEND_GAP = 14 };

static double entry_width(const svg_entry *e) { return LEGEND_KEY + character * (double)strlen(e->text) + LEGEND_GAP; }

size_t svg_legend_rows(const svg_entry *entries, size_t count) {
  size_t rows = 1;
  double x = 0;
  for (size_t i = 0; i < count; i++) {
    if (x > 0 && x + entry_width(&entries[i]) > SVG_WIDTH - 40) rows++, x = 0;
    x += entry_width(&entries[i]);
  }
  return rows;
}

double svg_legend(svg *s, double y, const svg_entry *entries, size_t count) {
  double x = 0, middle = y + LEGEND_ROW / 2.0;
  for (size_t i = 0; i < count; i++) {
    const svg_entry *e = &entries[i];
    if (x > 0 && x + entry_width(e) > SVG_WIDTH - 40) middle += LEGEND_ROW, x = 0;
    double left = x + 30;
    if (e->line) {
      fprintf(s->out, "<path class=\"p c%zu%s\" d=\"M", e->series % SVG_COLOURS,
              e->dashed                  ? " d"
              : e->series >= SVG_COLOURS ? " e"
                                         : "");
      svg_number(s->out, left, 1);
      fputc(' ', s->out);
      svg_number(s->out, middle, 1);
      fputs("h24\"/>", s->out);
    }
    if (e->mark) {
      svg_marks_begin(s, e->series, false);
      svg_mark(s, e->series, left + 12, middle);
      svg_marks_end(s);
    }
    svg_text(s, left + LEGEND_KEY, middle + 4, "start", "", "%s", e->text);
    x += entry_width(e);
  }
  return middle + LEGEND_ROW / 2.0;
}
