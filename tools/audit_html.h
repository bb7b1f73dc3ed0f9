/* SPDX-License-Identifier: Apache-2.0 */
/* audit_html.h: plots of lowp-audit's pages: lines and named points on axes that may be logarithmic. */
#ifndef LOWP_TOOLS_AUDIT_HTML_H
#define LOWP_TOOLS_AUDIT_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tools/page.h"
#include "tools/svg.h"

typedef struct plot_point {
  double x, y; /* not finite, or not positive on a logarithmic axis: the line is interrupted */
  char name[48];
} plot_point;

typedef struct plot_series {
  char label[80];
  size_t colour;
  bool dashed, line, marks;
  bool names;    /* write the names of points beside them, where there is room */
  char end[24];  /* not empty: written at the last point, and the series is not in the legend */
  bool key;      /* the legend shows the mark of the colour too, that of another series */
  bool unlisted; /* not in the legend */
  size_t count, room;
  plot_point *points;
} plot_series;

typedef struct plot {
  const char *id, *heading, *text;                     /* `id` is unique in the page */
  const char *x_label, *y_label, *x_column, *y_column; /* of the axes, and of the table */
  bool x_log, y_log;
  size_t count, room;
  plot_series *series;
} plot;

/* A plot with the axes of a roofline. */
plot plot_roofline(const char *id, const char *heading, const char *text);

/* A new series; valid until the next is added. Then its points. */
plot_series *plot_add(plot *p, size_t colour, const char *format, ...) LOWP_PRINTF(3, 4);
void plot_add_point(plot_series *series, double x, double y, const char *format, ...) LOWP_PRINTF(4, 5);

/* What a bandwidth and a peak allow between two intensities, which are stretched to the ridge if it lies outside. */
void plot_add_roof(plot_series *series, double bandwidth, double peak, double from, double to);

/* The figure with a table of its points; then frees the series. A plot without points prints nothing. */
void plot_print(plot *p, FILE *out);

#endif
