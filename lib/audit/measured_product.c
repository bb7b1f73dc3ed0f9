/* SPDX-License-Identifier: Apache-2.0 */
/* measured_product.c: which outputs are looked at, exact products over them, and how y fits these. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/measured_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UNIT 0x1p-24 /* u of f32 */
enum { MOST_OUTPUTS = 1 << 16, SCREEN_PRODUCTS = 1 << 18, SCREEN_OUTPUTS = 64 };

/* Where stratum i of `count` begins in 0..size-1: size * i / count without the product. */
static size_t begin_of(size_t size, size_t count, size_t i) { return size / count * i + size % count * i / count; }

/* One index from each stratum. */
static size_t *strata(size_t size, size_t count, uint32_t seed) {
  size_t *at = malloc(count * sizeof *at);
  for (size_t i = 0; at && i < count; i++) {
    const size_t first = begin_of(size, count, i), end = begin_of(size, count, i + 1);
    at[i] = first + (size_t)(lowp_philox(seed, i) % (end - first));
  }
  return at;
}

static bool holds(lowp_element out, double y) {
  const float f = (float)y;
  return !isfinite(y) || ((double)f == y && lowp_decode(out, lowp_encode(out, f)) == f);
}

double lowpi_half_ulp(double y, lowp_element out) {
  const int digits = out == LOWP_BF16 ? 8 : out == LOWP_FP16 ? 11 : 24;
  const int smallest = out == LOWP_FP16 ? -24 : out == LOWP_BF16 ? -133 : -149;
  int exponent;
  if (!isfinite(y)) return 0;
  frexp(y, &exponent); /* y = 0: exponent 0, and nothing was rounded unless below the smallest number */
  const int last = y == 0 || exponent - digits < smallest ? smallest : exponent - digits;
  return ldexp(0.5, last);
}

lowp_status lowpi_sample_make(lowpi_sample *s, const lowp_measured_desc *desc) {
  const size_t m = desc->x->rows, n = desc->w->rows, k = desc->x->cols;
  const size_t budget = desc->products ? desc->products : (size_t)1 << 25;
  const size_t outputs = budget / k < 1 ? 1 : budget / k > MOST_OUTPUTS ? MOST_OUTPUTS : budget / k;
  *s = (lowpi_sample){.m = m, .n = n, .k = k, .rows = m, .cols = n};
  while (s->rows > outputs / s->cols) { /* rows * cols > outputs, without the product */
    size_t *larger = s->rows > s->cols ? &s->rows : &s->cols;
    if (*larger == 1) break;
    *larger = (*larger + 1) / 2;
  }
  s->count = s->rows * s->cols;
  s->row = strata(m, s->rows, desc->seed);
  s->col = strata(n, s->cols, desc->seed + 1);
  s->y = malloc(s->count * sizeof *s->y);
  s->half = malloc(s->count * sizeof *s->half);
  float *line = malloc(n * sizeof *line);
  if (!s->row || !s->col || !s->y || !s->half || !line) {
    free(line);
    return LOWP_E_NOMEM;
  }
  bool bf16 = true, fp16 = true;
  for (size_t i = 0; i < s->rows; i++) {
    lowp_view_load_row(desc->y, s->row[i], line);
    for (size_t j = 0; j < s->cols; j++) {
      const double y = (double)line[s->col[j]];
      s->y[i * s->cols + j] = y;
      bf16 = bf16 && holds(LOWP_BF16, y);
      fp16 = fp16 && holds(LOWP_FP16, y);
    }
  }
  free(line);
  s->out = desc->y->element == LOWP_BF16 || bf16 ? LOWP_BF16 : fp16 ? LOWP_FP16 : LOWP_F32;
  for (size_t i = 0; i < s->count; i++) s->half[i] = lowpi_half_ulp(s->y[i], s->out);
  return LOWP_OK;
}

void lowpi_sample_free(lowpi_sample *s) {
  free(s->row);
  free(s->col);
  free(s->y);
  free(s->half);
  *s = (lowpi_sample){.m = 0};
}

void lowpi_product_free(lowpi_product *p) {
  free(p->x);
  free(p->w);
  free(p->c);
  free(p->sum_abs);
  *p = (lowpi_product){.x = NULL};
}

/* Every `step`-th of these rows. */
static lowp_status load(const lowpi_check *check, const lowp_view *view, const lowpi_spec *spec, size_t count,
                        const size_t *rows, size_t step, float *values) {
  lowpi_operand o;
  lowp_status status = lowpi_operand_open(&o, view, spec, check->error);
  for (size_t i = 0; status == LOWP_OK && i < count; i += step)
    status = lowpi_operand_row(&o, rows[i], values + i * check->sample.k, check->error);
  lowpi_operand_close(&o);
  return status;
}

enum { LANES = 4 }; /* columns at a time: each is a chain of additions, and chains overlap */

typedef struct sums {
  double ee, pp;
  size_t count;
} sums;

/* Outputs of row i in the `lanes` columns j, j + step ... */
static void multiply_lanes(const lowpi_sample *s, lowpi_product *p, size_t i, size_t j, size_t step, size_t lanes,
                           sums *all) {
  const float *x = p->x + i * s->k, *w[LANES];
  double c[LANES] = {0}, a[LANES] = {0}, pp[LANES] = {0};
  float f[LANES] = {0};
  for (size_t l = 0; l < LANES; l++) w[l] = p->w + (l < lanes ? j + l * step : j) * s->k;
  for (size_t b = 0; b < s->k; b++)
    for (size_t l = 0; l < LANES; l++) {
      const double v = (double)x[b] * (double)w[l][b];
      c[l] += v;
      a[l] += fabs(v);
      pp[l] += v * v;
      f[l] += x[b] * w[l][b];
    }
  for (size_t l = 0; l < lanes; l++) {
    const size_t at = i * s->cols + j + l * step;
    const double e = isfinite(f[l]) ? (double)f[l] - c[l] : 0;
    p->c[at] = c[l];
    p->sum_abs[at] = a[l];
    all->ee += e * e;
    all->pp += pp[l];
    all->count++;
  }
}

/* Every `step`-th row and column; the other outputs become NaN. */
static void multiply(const lowpi_sample *s, lowpi_product *p, size_t step) {
  sums all = {0};
  for (size_t i = 0; step > 1 && i < s->count; i++) p->c[i] = (double)NAN;
  for (size_t i = 0; i < s->rows; i += step)
    for (size_t j = 0; j < s->cols; j += LANES * step) {
      const size_t left = (s->cols - j + step - 1) / step;
      multiply_lanes(s, p, i, j, step, left < LANES ? left : LANES, &all);
    }
  p->noise = sqrt(all.ee / (double)all.count) + 4 * UNIT * sqrt(all.pp / (double)all.count);
}

static double bound_of(const lowpi_check *check, size_t i) {
  const double d = (double)check->sample.k + 8, gamma = d * UNIT / (1 - d * UNIT);
  return (gamma > 0 && gamma < 1 ? gamma : 1) * check->p.sum_abs[i] + check->sample.half[i] + d * 0x1p-149;
}

void lowpi_fit_of(const lowpi_check *check, const double *c, lowpi_fit *fit) {
  const lowpi_sample *s = &check->sample;
  double sum_ee = 0, sum_cc = 0, sum_excess = 0;
  *fit = (lowpi_fit){.count = 0};
  for (size_t i = 0; i < s->count; i++) {
    if (!isfinite(s->y[i])) {
      fit->nonfinite += isfinite(c[i]) != 0;
      continue;
    }
    if (!isfinite(c[i])) continue;
    const double e = s->y[i] - c[i], excess = fabs(e) > s->half[i] ? fabs(e) - s->half[i] : 0;
    const double ratio = fabs(e) / bound_of(check, i);
    fit->count++;
    fit->outside += ratio > 1;
    if (ratio > fit->bound_ratio) fit->bound_ratio = ratio;
    sum_ee += e * e;
    sum_cc += c[i] * c[i];
    sum_excess += excess * excess;
  }
  fit->nmse = sum_ee == 0 ? 0 : sum_cc > 0 ? sum_ee / sum_cc : INFINITY;
  fit->excess = fit->count ? sqrt(sum_excess / (double)fit->count) : 0;
  fit->pass = fit->count > 0 && fit->nonfinite == 0 && fit->outside == 0 && fit->excess <= 8 * check->p.noise;
}

static bool same_spec(const lowpi_spec *a, const lowpi_spec *b) {
  return a->scheme == b->scheme && a->each_row == b->each_row && a->round == b->round && a->prune == b->prune &&
         (a->scheme == LOWP_SCHEME_NONE || memcmp(&a->opts, &b->opts, sizeof a->opts) == 0);
}

static lowp_status try_some(lowpi_check *check, const lowpi_spec *lhs, const lowpi_spec *rhs, size_t step,
                            lowpi_fit *fit) {
  const lowpi_sample *s = &check->sample;
  lowpi_product *p = &check->p;
  lowp_status status = LOWP_OK;
  if (!p->x) {
    p->x = malloc(s->rows * s->k * sizeof *p->x + 1);
    p->w = malloc(s->cols * s->k * sizeof *p->w + 1);
    p->c = malloc(s->count * sizeof *p->c);
    p->sum_abs = malloc(s->count * sizeof *p->sum_abs);
    if (!p->x || !p->w || !p->c || !p->sum_abs) return lowpi_fail(check->error, LOWP_E_NOMEM, "no memory for a sample");
  }
  if (!(p->lhs_step == 1 || p->lhs_step == step) || !same_spec(&p->lhs, lhs)) {
    p->lhs_step = 0;
    status = load(check, check->desc->x, lhs, s->rows, s->row, step, p->x);
    if (status != LOWP_OK) return status;
    p->lhs = *lhs;
    p->lhs_step = step;
  }
  if (!(p->rhs_step == 1 || p->rhs_step == step) || !same_spec(&p->rhs, rhs)) {
    p->rhs_step = 0;
    status = load(check, check->desc->w, rhs, s->cols, s->col, step, p->w);
    if (status != LOWP_OK) return status;
    p->rhs = *rhs;
    p->rhs_step = step;
  }
  multiply(s, p, step);
  lowpi_fit_of(check, p->c, fit);
  return LOWP_OK;
}

lowp_status lowpi_try(lowpi_check *check, const lowpi_spec *lhs, const lowpi_spec *rhs, lowpi_fit *fit) {
  return try_some(check, lhs, rhs, 1, fit);
}

lowp_status lowpi_screen(lowpi_check *check, const lowpi_spec *lhs, const lowpi_spec *rhs, lowpi_fit *fit) {
  const lowpi_sample *s = &check->sample;
  const size_t few = SCREEN_PRODUCTS / s->k > SCREEN_OUTPUTS ? SCREEN_PRODUCTS / s->k : SCREEN_OUTPUTS;
  size_t step = 1;
  while ((s->rows / (step + 1) + 1) * (s->cols / (step + 1) + 1) >= few) step++;
  const lowp_status status = try_some(check, lhs, rhs, step, fit);
  return status == LOWP_OK && fit->pass && step > 1 ? try_some(check, lhs, rhs, 1, fit) : status;
}
