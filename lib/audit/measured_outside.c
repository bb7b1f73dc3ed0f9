/* SPDX-License-Identifier: Apache-2.0 */
/* measured_outside.c: outputs that are not in the sample, by a projection of each row on random signs (Freivalds). */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/measured_internal.h"

#include <math.h>
#include <stdlib.h>

static double sign(uint32_t seed, size_t j) { return lowp_philox(seed ^ 0x5eed5eedu, j / 64) >> j % 64 & 1 ? -1 : 1; }

static double norm(size_t n, const float *x) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
  return sqrt(sum);
}

/* The largest error of the sample in units of |x[i]| |w[j]|, no less than one rounding to the type of y. */
static double largest_error(const lowpi_check *check) {
  const lowpi_sample *s = &check->sample;
  double largest = 0x1p-24;
  double *w = malloc(s->cols * sizeof *w);
  if (!w) return -1;
  for (size_t j = 0; j < s->cols; j++) w[j] = norm(s->k, check->p.w + j * s->k);
  for (size_t i = 0; i < s->rows; i++) {
    const double x = norm(s->k, check->p.x + i * s->k);
    for (size_t j = 0; j < s->cols; j++) {
      const double e = fabs(s->y[i * s->cols + j] - check->p.c[i * s->cols + j]) / (x * w[j]);
      if (isfinite(e) && e > largest) largest = e;
    }
  }
  free(w);
  return largest;
}

lowp_status lowpi_find_outside(lowpi_check *check, const lowpi_candidate *candidate, bool *found) {
  const lowpi_sample *s = &check->sample;
  const lowp_measured_desc *d = check->desc;
  lowpi_operand x = {.view = NULL}, w = {.view = NULL};
  float *row = malloc((s->k > s->n ? s->k : s->n) * sizeof *row);
  double *z = calloc(s->k, sizeof *z), sum_ww = 0, worst = 0;
  lowp_status status = row && z ? LOWP_OK : LOWP_E_NOMEM;
  size_t wrong = 0, first = 0;
  *found = false;
  if (s->count == s->m * s->n) goto done;
  const double c = status == LOWP_OK ? largest_error(check) : -1;
  if (c < 0) status = LOWP_E_NOMEM;
  if (status == LOWP_OK) status = lowpi_operand_open(&w, d->w, &candidate->rhs, check->error);
  for (size_t j = 0; status == LOWP_OK && j < s->n; j++) {
    status = lowpi_operand_row(&w, j, row, check->error);
    const double r = sign(d->seed, j), length = status == LOWP_OK ? norm(s->k, row) : 0;
    for (size_t l = 0; status == LOWP_OK && l < s->k; l++) z[l] += r * (double)row[l];
    sum_ww += length * length;
  }
  if (status == LOWP_OK) status = lowpi_operand_open(&x, d->x, &candidate->lhs, check->error);
  for (size_t i = 0; status == LOWP_OK && i < s->m; i++) {
    status = lowpi_operand_row(&x, i, row, check->error);
    if (status != LOWP_OK) break;
    double should = 0, is = 0;
    for (size_t l = 0; l < s->k; l++) should += (double)row[l] * z[l];
    const double allowed = 16 * c * norm(s->k, row) * sqrt(sum_ww);
    lowp_view_load_row(d->y, i, row);
    for (size_t j = 0; j < s->n; j++) is += sign(d->seed, j) * (double)row[j];
    if (fabs(is - should) <= allowed) continue;
    if (wrong++ == 0) first = i;
    if (!(fabs(is - should) <= worst * allowed)) worst = allowed > 0 ? fabs(is - should) / allowed : INFINITY;
  }
  if (status == LOWP_OK && wrong > 0) {
    *found = true;
    lowpi_report_add(
        check->report, LOWP_MEASURED_OUTSIDE_SAMPLE, LOWP_VERDICT_INCONSISTENT,
        "%zu of %zu rows are wrong outside of the %zu x %zu outputs looked at, row %zu first: projected on "
        "random signs they are off by up to %.3g times what is allowed",
        wrong, s->m, s->rows, s->cols, first, worst);
  }
done:
  lowpi_operand_close(&x);
  lowpi_operand_close(&w);
  free(row);
  free(z);
  return status;
}
