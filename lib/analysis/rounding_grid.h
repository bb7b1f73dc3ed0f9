/* SPDX-License-Identifier: Apache-2.0 */
/* rounding_grid.h: the values of an element in ascending order, and one rounding looked at on them. */
#ifndef LOWPI_ROUNDING_GRID_H
#define LOWPI_ROUNDING_GRID_H

#include <lowp/rounding.h>
#include <stdbool.h>

typedef struct lowpi_grid {
  double *values; /* each finite value once, ascending */
  size_t count;
} lowpi_grid;

/* LOWP_E_ARGUMENT, LOWP_E_UNSUPPORTED (native types), LOWP_E_NOMEM. */
lowp_status lowpi_grid_create(lowp_element id, lowpi_grid *grid);
void lowpi_grid_destroy(lowpi_grid *grid);

/*
 * x lies at x / scale + zero on the grid and became the code of value y. Comparisons are made as x against
 * scale * (value - zero), which is exact in f64 for f32 scales and integer zeros. scale > 0, all finite.
 */
bool lowpi_grid_add(const lowpi_grid *grid, double x, double scale, double zero, double y, lowp_rounding_stats *stats);

/* Is x exactly half way between two codes at this scale? */
bool lowpi_grid_is_tie(const lowpi_grid *grid, double x, double scale);

#endif
