/* SPDX-License-Identifier: Apache-2.0 */
/* benefit.c: what the error of a matrix would lose if a column were not quantized, and the choice under a budget. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "calib/calib_internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- columns ------------------------------------------------------------------------------------------------------ */

/* One row under way: as it is, without the leaders of its blocks, and what both come back as. */
typedef struct work {
  float *x, *without, *y, *z;
  size_t *leader; /* of each block: its first largest magnitude, SIZE_MAX in a block of zeros */
} work;

static size_t leader_of(const float *x, size_t c0, size_t c1) {
  size_t best = SIZE_MAX;
  float most = 0;
  for (size_t c = c0; c < c1; c++) {
    const float a = x[c] < 0 ? -x[c] : x[c];
    if (a > most) most = a, best = c;
  }
  return best;
}

static double weighted(const double *weight, size_t c, double e) { return (weight ? weight[c] : 1) * e * e; }

/* Quantizes a row as row r of the tensor, and back. */
static lowp_status there_and_back(const lowp_quant_opts *opts, lowp_qtensor *q, const float *x, float *y,
                                  lowp_error *error) {
  const lowp_view in = lowp_view_of(LOWP_F32, 1, q->cols, x), out = lowp_view_of(LOWP_F32, 1, q->cols, y);
  lowp_status status = lowp_quantize_rows(opts, &in, q, 0, 1, error);
  return status == LOWP_OK ? lowp_dequantize_rows(q, 0, 1, &out, error) : status;
}

/* Rows whose blocks are their own. */
static lowp_status row_benefit(const lowp_quant_opts *opts, lowp_qtensor *q, size_t block, const double *weight,
                               const work *w, double *benefit, lowp_error *error) {
  const size_t k = q->cols;
  memcpy(w->without, w->x, k * sizeof *w->x);
  for (size_t b = 0; b * block < k; b++) {
    const size_t end = k - b * block < block ? k : (b + 1) * block;
    w->leader[b] = leader_of(w->x, b * block, end);
    if (w->leader[b] != SIZE_MAX) w->without[w->leader[b]] = 0;
  }
  lowp_status status = there_and_back(opts, q, w->x, w->y, error);
  if (status == LOWP_OK) status = there_and_back(opts, q, w->without, w->z, error);
  for (size_t c = 0; c < k && status == LOWP_OK; c++) {
    const size_t leader = w->leader[c / block];
    const double with = weighted(weight, c, (double)w->x[c] - (double)w->y[c]);
    benefit[c] += with;
    if (leader != c && leader != SIZE_MAX)
      benefit[leader] += with - weighted(weight, c, (double)w->without[c] - (double)w->z[c]);
  }
  return status;
}

/* Under scales that rows do not decide about. */
static lowp_status own_errors(const lowp_view *x, const lowp_qtensor *q, const double *weight, size_t row0, size_t row1,
                              const work *w, double *benefit, lowp_error *error) {
  const lowp_view out = lowp_view_of(LOWP_F32, 1, x->cols, w->y);
  lowp_status status = LOWP_OK;
  for (size_t r = row0; r < row1 && status == LOWP_OK; r++) {
    lowp_view_load_row(x, r, w->x);
    status = lowp_dequantize_rows(q, r, r + 1, &out, error);
    for (size_t c = 0; c < x->cols && status == LOWP_OK; c++)
      benefit[c] += weighted(weight, c, (double)w->x[c] - (double)w->y[c]);
  }
  return status;
}

static lowp_status measure(lowp_scheme scheme, const lowp_quant_opts *opts, const lowp_view *x, const double *weight,
                           size_t row0, size_t row1, const work *w, double *benefit, lowp_error *error) {
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  const bool rows_alone = info->block_rows == 1 || info->family == LOWP_FAMILY_CAST;
  lowp_qtensor *q = NULL, one;
  lowp_status status = LOWP_OK;
  for (size_t r = row0; r < row1 && status == LOWP_OK; r++) status = lowpi_load_finite(x, r, w->x, error);
  if (status == LOWP_OK) status = lowp_qtensor_create(&q, scheme, x->rows, x->cols);
  if (status == LOWP_OK) status = lowp_quantize_begin(opts, x, q, error);
  if (status == LOWP_OK && !rows_alone) {
    status = lowp_quantize_rows(opts, x, q, row0, row1, error);
    if (status == LOWP_OK) status = own_errors(x, q, weight, row0, row1, w, benefit, error);
  }
  for (size_t r = row0; r < row1 && status == LOWP_OK && rows_alone; r++) {
    one = *q; /* its first row serves for all of them */
    one.rows = 1;
    lowp_view_load_row(x, r, w->x);
    status = row_benefit(opts, &one, info->block_cols ? info->block_cols : x->cols, weight, w, benefit, error);
  }
  lowp_qtensor_destroy(q);
  return status;
}

lowp_status lowp_measure_column_benefit(lowp_scheme scheme, const lowp_quant_opts *opts, const lowp_view *x,
                                        const double *weight, size_t row0, size_t row1, double *benefit,
                                        lowp_error *error) {
  lowp_status status = lowp_view_check(x);
  if (status != LOWP_OK || !benefit || !lowp_scheme_info_of(scheme))
    return lowpi_fail(error, status != LOWP_OK ? status : LOWP_E_ARGUMENT, "no matrix, no scheme, or no result");
  status = lowpi_rows_check(row0, row1, x->rows, error);
  if (status != LOWP_OK || row0 == row1 || x->cols == 0) return status;
  const size_t k = x->cols;
  size_t bytes;
  if (!lowpi_mul(k, 4 * sizeof(float) + sizeof(size_t) + sizeof(double), &bytes))
    return lowpi_fail(error, LOWP_E_SHAPE, "%zu columns", k);
  double *sums = calloc(1, bytes);
  if (!sums) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for rows of %zu columns", k);
  work w = {.leader = (size_t *)(sums + k)};
  w.x = (float *)(w.leader + k);
  w.without = w.x + k;
  w.y = w.x + 2 * k;
  w.z = w.x + 3 * k;
  status = measure(scheme, opts, x, weight, row0, row1, &w, sums, error);
  for (size_t c = 0; c < k && status == LOWP_OK; c++) benefit[c] += sums[c];
  free(sums);
  return status;
}

/* --- the choice --------------------------------------------------------------------------------------------------- */

enum { EXACT = 16 };

static void best_of_all(size_t count, const double *benefit, const double *cost, double budget, uint8_t *keep) {
  uint32_t best = 0;
  double most = 0;
  for (uint32_t set = 1; set < (uint32_t)1 << count; set++) {
    double gain = 0, price = 0;
    bool useful = true;
    for (size_t i = 0; i < count; i++) {
      if (!(set >> i & 1)) continue;
      useful = useful && benefit[i] > 0;
      gain += benefit[i];
      price += cost[i];
    }
    if (useful && price <= budget && gain > most) most = gain, best = set;
  }
  for (size_t i = 0; i < count; i++) keep[i] = (uint8_t)(best >> i & 1);
}

typedef struct item {
  double benefit, cost;
  size_t index;
} item;

static int by_density(const void *a, const void *b) {
  const item *x = a, *y = b;
  const double dx = x->benefit / x->cost, dy = y->benefit / y->cost;
  if (dx != dy) return dx > dy ? -1 : 1;
  return x->index < y->index ? -1 : x->index > y->index;
}

static void greedy(size_t count, item *items, double budget, uint8_t *keep) {
  double left = budget, gain = 0;
  const item *single = NULL;
  qsort(items, count, sizeof *items, by_density);
  memset(keep, 0, count);
  for (size_t i = 0; i < count; i++) {
    const item *it = &items[i];
    if (!(it->benefit > 0) || it->cost > budget) continue;
    if (!single || it->benefit > single->benefit) single = it;
    if (it->cost > left) continue;
    left -= it->cost;
    gain += it->benefit;
    keep[it->index] = 1;
  }
  if (!single || single->benefit <= gain) return;
  memset(keep, 0, count);
  keep[single->index] = 1;
}

lowp_status lowp_guard_select(size_t count, const double *benefit, const double *cost, double budget, uint8_t *keep) {
  if (count == 0) return LOWP_OK;
  if (!benefit || !cost || !keep) return LOWP_E_ARGUMENT;
  if (isnan(budget)) return LOWP_E_RANGE;
  for (size_t i = 0; i < count; i++)
    if (isnan(benefit[i]) || !(cost[i] > 0) || isinf(cost[i])) return LOWP_E_RANGE;
  if (count <= EXACT) {
    best_of_all(count, benefit, cost, budget, keep);
    return LOWP_OK;
  }
  item *items = calloc(count, sizeof *items);
  if (!items) return LOWP_E_NOMEM;
  for (size_t i = 0; i < count; i++) items[i] = (item){benefit[i], cost[i], i};
  greedy(count, items, budget, keep);
  free(items);
  return LOWP_OK;
}
