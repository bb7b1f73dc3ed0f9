/* SPDX-License-Identifier: Apache-2.0 */
/* svg_names.c: names beside marks, where they cover neither marks nor each other. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "tools/common.h"
#include "tools/svg.h"

/* Pixels from a mark to its name's baseline, the nearest and plainest first. */
typedef struct place {
  double dx, dy;
  const char *anchor;
} place;
static const place beside_mark[] = {{8, 4, "start"},   {0, -8, "middle"}, {-8, 4, "end"},
                                    {0, 17, "middle"}, {7, -7, "start"},  {-7, -7, "end"},
                                    {7, 15, "start"},  {-7, 15, "end"},   {0, -21, "middle"}};
static const place at_end[] = {{0, -4, "end"}, {0, 13, "end"}};

static bool is_free(const svg *s, const svg_names *names, svg_box b) {
  if (b.x0 < s->left || b.x1 > s->right || b.y0 < s->top || b.y1 > s->bottom) return false;
  for (size_t i = 0; i < names->count; i++) {
    const svg_box *o = &names->taken[i];
    if (b.x0 < o->x1 && o->x0 < b.x1 && b.y0 < o->y1 && o->y0 < b.y1) return false;
  }
  return true;
}

static void take(svg_names *names, svg_box b) {
  names->taken = tool_grow(names->taken, &names->room, names->count, sizeof *names->taken);
  names->taken[names->count++] = b;
}

void svg_names_mark(svg_names *names, double x, double y) { take(names, (svg_box){x - 5, y - 5, x + 5, y + 5}); }

static void write_name(svg *s, svg_names *names, const place *places, size_t count, double x, double y,
                       const char *name) {
  const double width = 6.7 * (double)strlen(name);
  for (size_t i = 0; i < count; i++) {
    const place *p = &places[i];
    const double left = x + p->dx - (*p->anchor == 's' ? 0 : *p->anchor == 'e' ? width : width / 2);
    const svg_box b = {left, y + p->dy - 10, left + width, y + p->dy + 2};
    if (!is_free(s, names, b)) continue;
    take(names, b);
    svg_text(s, x + p->dx, y + p->dy, p->anchor, "n", "%s", name);
    return;
  }
}

void svg_name(svg *s, svg_names *names, double x, double y, const char *name) {
  write_name(s, names, beside_mark, sizeof beside_mark / sizeof beside_mark[0], x, y, name);
}

void svg_name_end(svg *s, svg_names *names, double x, double y, const char *name) {
  write_name(s, names, at_end, sizeof at_end / sizeof at_end[0], x, y, name);
}

void svg_names_free(svg_names *names) {
  free(names->taken);
  *names = (svg_names){0};
}
