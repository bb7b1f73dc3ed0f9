/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "lib/analysis/rounding_grid.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

lowp_status lowpi_grid_create(lowp_element id, lowpi_grid *grid) {
  lowp_element_row row = lowp_element_row_of(id);
  if (row.kind == LOWP_KIND_NONE) return LOWP_E_ARGUMENT;
  if (row.kind == LOWP_KIND_NATIVE) return LOWP_E_UNSUPPORTED;
  uint32_t codes = (uint32_t)1 << row.bits;
  grid->values = malloc(codes * sizeof *grid->values);
  if (grid->values == NULL) return LOWP_E_NOMEM;
  size_t n = 0;
  for (uint32_t code = 0; code < codes; code++) {
    float v = lowp_decode(id, code);
    if (isfinite(v)) grid->values[n++] = (double)v + 0.0; /* -0 becomes 0 */
  }
  qsort(grid->values, n, sizeof *grid->values, ascending);
  grid->count = 0;
  for (size_t i = 0; i < n; i++)
    if (i == 0 || grid->values[i] != grid->values[grid->count - 1]) grid->values[grid->count++] = grid->values[i];
  return LOWP_OK;
}

void lowpi_grid_destroy(lowpi_grid *grid) { free(grid->values); }

static double at(const lowpi_grid *g, size_t i, double scale, double zero) { return scale * (g->values[i] - zero); }

/* The last value that is not above x, scaled; the caller has seen that x is within the grid. */
static size_t below(const lowpi_grid *g, double x, double scale, double zero) {
  size_t lo = 0, hi = g->count - 1;
  while (lo < hi) {
    size_t mid = hi - (hi - lo) / 2;
    if (at(g, mid, scale, zero) <= x)
      lo = mid;
    else
      hi = mid - 1;
  }
  return lo;
}

bool lowpi_grid_is_tie(const lowpi_grid *g, double x, double scale) {
  if (x < at(g, 0, scale, 0) || x >= at(g, g->count - 1, scale, 0)) return false;
  size_t i = below(g, x, scale, 0);
  return x == scale * ((g->values[i] + g->values[i + 1]) / 2);
}

bool lowpi_grid_add(const lowpi_grid *g, double x, double scale, double zero, double y, lowp_rounding_stats *s) {
  double first = at(g, 0, scale, zero), last = at(g, g->count - 1, scale, zero);
  double limit = x < 0 ? first : last, reach = limit != 0 ? x / limit : 0;
  s->count++;
  s->flushed += x != 0 && y == zero;
  if (reach > s->reach) s->reach = reach;
  if (!isfinite(y) || x < first || x > last) {
    s->saturated++;
    return true;
  }
  size_t i = below(g, x, scale, zero);
  double lo = at(g, i, scale, zero), value = scale * (y - zero);
  if (lo == x) {
    s->exact++;
    if (value == x) return false;
    s->wrong_side++;
  } else if (y != g->values[i] && y != g->values[i + 1]) {
    s->wrong_side++;
  }
  size_t upper = i + 1 < g->count ? i + 1 : i, lower = upper - 1;
  double step = scale * (g->values[upper] - g->values[lower]), error = (value - x) / step;
  s->ties += lo != x && x == scale * ((g->values[lower] + g->values[upper]) / 2 - zero);
  s->sum_signed += error;
  if (x < 0) error = -error;
  s->sum_ulp += error;
  s->sum_ulp2 += error * error;
  if (fabs(error) > s->max_ulp) s->max_ulp = fabs(error);
  return false;
}
