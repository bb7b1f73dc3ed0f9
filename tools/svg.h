/* SPDX-License-Identifier: Apache-2.0 */
/*
 * svg.h: plots for a page that stands alone: inline SVG whose colours are the page's CSS variables, so that they follow
 * light and dark, and HTML text. A plot is drawn in its own pixels and scaled by the page; SVG_WIDTH is chosen so that
 * its text can be read at the width of a phone.
 *
 * Series are told apart by colour and by shape or dashes, so that no reader depends on colour.
 */
#ifndef LOWP_TOOLS_SVG_H
#define LOWP_TOOLS_SVG_H

#include <lowp/status.h>
#include <stdbool.h>
#include <stdio.h>

enum { SVG_WIDTH = 480, SVG_COLOURS = 8, SVG_SHAPES = 7, SVG_HEAT = 9 };

/* A number of either kind is never printed otherwise: no locale, no NaN, at most `digits` after the point. */
void svg_number(FILE *out, double value, int digits);

/* Text from anywhere, as HTML: markup is escaped; control characters, broken UTF-8 and marks that turn the direction of
 * writing become U+FFFD. */
void html_text(FILE *out, const char *text);
/* printf whose result is escaped. */
void html_print(FILE *out, const char *format, ...) LOWP_PRINTF(2, 3);

typedef struct svg {
  FILE *out;
  double width, height;
  double left, right, top, bottom; /* the area between the axes, in pixels */
  double x0, x1, y0, y1;           /* what its edges mean */
} svg;

/* Begins a plot with a title and a description for those who cannot see it. `id` is unique in the page. */
void svg_begin(svg *s, FILE *out, const char *id, double height, const char *title, const char *description);
void svg_end(svg *s);

/* Margins around the area. */
void svg_area(svg *s, double left, double top, double right, double bottom);

/* Axes with grid lines and numbers at round values. The range is used as it is; widen it with svg_nice first. */
void svg_axis_x(svg *s, double from, double to, const char *label);
void svg_axis_y(svg *s, double from, double to, const char *label);
/* The same for logarithms to base 10: numbers at powers of ten, 1 2 5 of them where these are few; "1k", "20T". */
void svg_axis_x_log(svg *s, double from, double to, const char *label);
void svg_axis_y_log(svg *s, double from, double to, const char *label);
/* Widens a range to round values that leave some room around the data. */
void svg_nice(double *from, double *to, double room);

double svg_x(const svg *s, double value);
double svg_y(const svg *s, double value);

/* Text at a pixel. `anchor`: start, middle, end. `kind`: a CSS class, or "". */
void svg_text(svg *s, double x, double y, const char *anchor, const char *kind, const char *format, ...)
    LOWP_PRINTF(6, 7);
/* A rectangle of pixels with a CSS class; `hint` is shown to a pointer that rests on it, or NULL. */
void svg_rect(svg *s, double x, double y, double width, double height, const char *kind, const char *hint);
/* A straight line of pixels. */
void svg_line(svg *s, double x0, double y0, double x1, double y1, const char *kind);

/* A run of connected values in the colour and dashes of a series; values that are not finite interrupt it. */
void svg_path_begin(svg *s, size_t series, bool dashed);
void svg_path_point(svg *s, double x, double y, bool *open);
void svg_path_end(svg *s);

/* Marks of a series, all in one path. */
void svg_marks_begin(svg *s, size_t series, bool faint);
void svg_mark(svg *s, size_t series, double x, double y); /* pixels */
void svg_marks_end(svg *s);

/*
 * Names beside marks. All marks are told first, so that no name covers one. A name that has no room near its mark is left out:
 * further away it would be taken for that of another, and a table has it too.
 */
typedef struct svg_box {
  double x0, y0, x1, y1;
} svg_box;
typedef struct svg_names {
  svg_box *taken;
  size_t count, room;
} svg_names;
void svg_names_mark(svg_names *names, double x, double y);                     /* pixels */
void svg_name(svg *s, svg_names *names, double x, double y, const char *name); /* of the mark there */
void svg_name_end(svg *s, svg_names *names, double x, double y,
                  const char *name); /* of the level line that ends there */
void svg_names_free(svg_names *names);

/* Legend entries in rows below y; returns the y below them. A width for each is estimated from its text. */
typedef struct svg_entry {
  size_t series;
  const char *text;
  bool line, mark, dashed;
} svg_entry;
double svg_legend(svg *s, double y, const svg_entry *entries, size_t count);
/* Rows that such a legend takes. */
size_t svg_legend_rows(const svg_entry *entries, size_t count);

#endif
