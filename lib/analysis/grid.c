/* SPDX-License-Identifier: Apache-2.0 */
/* grid.c: heat maps of squared error. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/measure_internal.h"
#include <math.h>
#include <stdlib.h>

/* More cells than any picture has; products of two such numbers fit. */
enum { MOST = 65536 };

/* i * size / cells, rounded down, i <= cells <= MOST; i * size alone might not fit. */
static size_t border(size_t i, size_t size, size_t cells) {
  return i * (size / cells) + (size_t)((uint64_t)i * (size % cells) / cells);
}

static void add_part(const lowpi_part *part, size_t cols, size_t grid_cols, lowp_grid_cell *cells) {
  size_t j = 0;
  for (size_t i = 0; i < part->n;) {
    while (border(j + 1, cols, grid_cols) <= part->c + i) j++;
    const size_t to = border(j + 1, cols, grid_cols) - part->c, end = to < part->n ? to : part->n;
    double xx = 0, ee = 0;
    for (; i < end; i++) {
      const double x = (double)part->x[i], e = (double)part->y[i] - x;
      if (!isfinite(x) || !isfinite(e)) continue;
      xx += x * x;
      ee += e * e;
    }
    cells[j].sum_xx += xx;
    cells[j].sum_ee += ee;
  }
}

lowp_status lowp_measure_grid(const lowp_measure_job *job, size_t grid_rows, size_t grid_cols, size_t i0, size_t i1,
                              lowp_grid_cell *cells, lowp_error *error) {
  if (!job || (!cells && i0 != i1)) return lowpi_fail(error, LOWP_E_ARGUMENT, "no job or no cells");
  if (grid_rows == 0 || grid_cols == 0 || grid_rows > MOST || grid_cols > MOST || i0 > i1 || i1 > grid_rows)
    return lowpi_fail(error, LOWP_E_RANGE, "rows %zu..%zu of a grid of %zu x %zu", i0, i1, grid_rows, grid_cols);
  const lowp_view *x = &job->source.x;
  lowpi_scratch *t = lowpi_scratch_create(&job->source);
  if (!t) return lowpi_fail(error, LOWP_E_NOMEM, "no memory to measure %zu columns", x->cols);
  if (i0 != i1) memset(cells, 0, (i1 - i0) * grid_cols * sizeof *cells);
  lowp_status status = LOWP_OK;
  for (size_t i = i0; i < i1 && x->cols; i++) {
    const size_t end = border(i + 1, x->rows, grid_rows);
    for (size_t r = border(i, x->rows, grid_rows); r < end && status == LOWP_OK; r++)
      for (size_t c = 0; c < x->cols && status == LOWP_OK; c += LOWPI_PAIRS) {
        lowpi_part part;
        status = lowpi_source_part(&job->source, r, c, t, &part, error);
        if (status == LOWP_OK) add_part(&part, x->cols, grid_cols, cells + (i - i0) * grid_cols);
      }
  }
  free(t);
  return status;
}
