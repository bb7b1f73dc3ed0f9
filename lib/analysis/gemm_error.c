/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_error.c: output errors of a multiplication, by blocks of rows of x against single rows of w. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/gemm_error.h>

#include <math.h>
#include <stdlib.h>

#include "lib/analysis/accumulate_internal.h"
#include "lib/internal.h"

/* Rows of x for which w is decoded once; partial sums of a dot product, which fill vector registers. */
enum { BLOCK = 16, LANES = 4 };

void lowp_gemm_error_init(lowp_gemm_error_desc *desc) { *desc = (lowp_gemm_error_desc){.struct_size = sizeof *desc}; }

void lowp_gemm_error_stats_init(lowp_gemm_error_stats *stats) {
  *stats = (lowp_gemm_error_stats){.struct_size = sizeof *stats};
}

void lowp_gemm_error_stats_merge(lowp_gemm_error_stats *into, const lowp_gemm_error_stats *from) {
  into->count += from->count;
  into->nonfinite += from->nonfinite;
  into->sum_yy += from->sum_yy;
  into->sum_w += from->sum_w;
  into->sum_a += from->sum_a;
  into->sum_wa += from->sum_wa;
  into->sum_both += from->sum_both;
  into->sum_accum += from->sum_accum;
  into->sum_total += from->sum_total;
}

static double ratio(double a, double b) { return a == 0 ? 0 : a / b; }

lowp_gemm_error lowp_gemm_error_of(const lowp_gemm_error_stats *s) {
  lowp_gemm_error e = {.struct_size = sizeof e};
  e.e_w = ratio(s->sum_w, s->sum_yy);
  e.e_a = ratio(s->sum_a, s->sum_yy);
  e.e_both = ratio(s->sum_both, s->sum_yy);
  e.predicted = e.e_w + e.e_a + e.e_w * e.e_a;
  e.deviation = e.predicted == e.e_both ? 0 : e.e_both / e.predicted - 1;
  e.correlation = ratio(s->sum_wa, sqrt(s->sum_w) * sqrt(s->sum_a));
  e.e_accum = ratio(s->sum_accum, s->sum_yy);
  e.e_total = ratio(s->sum_total, s->sum_yy);
  return e;
}

/* --- what is given ------------------------------------------------------------------------------------------------ */

typedef struct work {
  const lowp_gemm_error_desc *d;
  lowp_distribution_desc from;
  size_t m, n, k, kp;   /* kp: k up to a multiple of LANES; the rest is zeros */
  double *x, *dx;       /* [BLOCK, kp] */
  double *w, *dw;       /* [kp] */
  float *row, *decoded; /* [k] */
  lowp_view row_view;
  lowp_qtensor *quantized[BLOCK];
  lowpi_side x_side[BLOCK], w_side;
} work;

static lowp_status same_shape(const lowp_qtensor *q, size_t rows, size_t k, const char *name, lowp_error *error) {
  if (q == NULL || (q->rows == rows && q->cols == k)) return LOWP_OK;
  return lowpi_fail(error, LOWP_E_SHAPE, "%s is %zu x %zu, quantized it is %zu x %zu", name, rows, k, q->rows, q->cols);
}

static lowp_status check(work *v, const lowp_gemm_error_desc *d, lowp_error *error) {
  if (d == NULL || d->struct_size != sizeof *d)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "the description is not filled by lowp_gemm_error_init");
  if (d->w == NULL || !d->x == !d->x_from || (d->xq && d->x_scheme != LOWP_SCHEME_NONE))
    return lowpi_fail(error, LOWP_E_ARGUMENT, "give w, one of x and x_from, and no more than one of xq and x_scheme");
  if (lowp_view_check(d->w) != LOWP_OK) return lowpi_fail(error, LOWP_E_ARGUMENT, "w is not a readable matrix");
  *v = (work){.d = d, .m = d->m, .n = d->w->rows, .k = d->w->cols};
  if (d->x) {
    if (lowp_view_check(d->x) != LOWP_OK) return lowpi_fail(error, LOWP_E_ARGUMENT, "x is not a readable matrix");
    if (d->x->cols != v->k) return lowpi_fail(error, LOWP_E_SHAPE, "x has %zu columns, w has %zu", d->x->cols, v->k);
    v->m = d->x->rows;
  } else {
    v->from = *d->x_from;
    v->from.cols = v->k;
  }
  lowp_status status = same_shape(d->wq, v->n, v->k, "w", error);
  if (status == LOWP_OK) status = same_shape(d->xq, v->m, v->k, "x", error);
  if (status == LOWP_OK && d->accum) status = lowp_accum_check(d->accum, error);
  if (status != LOWP_OK || d->x_scheme == LOWP_SCHEME_NONE) return status;
  if (lowp_scheme_info_of(d->x_scheme) == NULL) return lowpi_fail(error, LOWP_E_ARGUMENT, "x_scheme is no scheme");
  if (d->x_opts) status = lowp_quant_opts_check(d->x_opts, d->x_scheme, error);
  return status;
}

static lowp_status prepare(work *v, lowp_error *error) {
  size_t doubles, floats;
  v->kp = v->k + (LANES - v->k % LANES) % LANES;
  if (v->kp < v->k || !lowpi_mul(v->kp, (2 * BLOCK + 2) * sizeof(double), &doubles) ||
      !lowpi_mul(v->k, 2 * sizeof(float), &floats))
    return lowpi_fail(error, LOWP_E_SHAPE, "rows of %zu are too long", v->k);
  v->x = calloc(doubles + 1, 1);
  v->row = malloc(floats + 1);
  if (v->x == NULL || v->row == NULL) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for rows of %zu", v->k);
  v->dx = v->x + BLOCK * v->kp;
  v->w = v->dx + BLOCK * v->kp;
  v->dw = v->w + v->kp;
  v->decoded = v->row + v->k;
  if (v->d->x_scheme != LOWP_SCHEME_NONE)
    for (int i = 0; i < BLOCK; i++) {
      lowp_status status = lowp_qtensor_create(&v->quantized[i], v->d->x_scheme, 1, v->k);
      if (status != LOWP_OK) return lowpi_fail(error, status, "no memory for a quantized row of %zu", v->k);
    }
  return LOWP_OK;
}

/* Operands of the accumulator: they are described once, and one row of each is held. */
static lowp_status prepare_accum(work *v, lowp_error *error) {
  lowp_accum_operand w = v->d->wq ? lowp_accum_of_qtensor(v->d->wq) : lowp_accum_of_view(v->d->w);
  lowp_status status = lowpi_side_of(&w, "w", &v->w_side, error);
  bool memory = status == LOWP_OK && lowpi_side_alloc(&v->w_side);
  v->row_view = lowp_view_of(LOWP_F32, 1, v->k, v->row);
  for (int i = 0; i < BLOCK && status == LOWP_OK; i++) {
    const lowp_qtensor *q = v->d->xq ? v->d->xq : v->quantized[i];
    lowp_accum_operand x = q ? lowp_accum_of_qtensor(q) : lowp_accum_of_view(v->d->x ? v->d->x : &v->row_view);
    status = lowpi_side_of(&x, "x", &v->x_side[i], error);
    if (status == LOWP_OK) memory = lowpi_side_alloc(&v->x_side[i]) && memory;
  }
  return status == LOWP_OK && !memory ? lowpi_fail(error, LOWP_E_NOMEM, "no memory for rows of %zu", v->k) : status;
}

static void finish(work *v) {
  free(v->x);
  free(v->row);
  free(v->w_side.value);
  for (int i = 0; i < BLOCK; i++) {
    lowp_qtensor_destroy(v->quantized[i]);
    free(v->x_side[i].value);
  }
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

/* x[i] = row[i], dx[i] = decoded[i] - row[i] */
static void spread(size_t k, const float *row, const float *decoded, double *x, double *dx) {
  for (size_t i = 0; i < k; i++) {
    x[i] = (double)row[i];
    dx[i] = (double)decoded[i] - (double)row[i];
  }
}

/* Row r of x into place i of the block. */
static lowp_status load_x(work *v, size_t r, size_t i, lowpi_row *row, float *outer, lowp_error *error) {
  lowp_status status = LOWP_OK;
  if (v->d->x)
    lowp_view_load_row(v->d->x, r, v->row);
  else
    status = lowp_random_matrix(&v->from, v->d->x_seed, (uint64_t)r * v->k, v->k, v->row);
  if (status != LOWP_OK) return lowpi_fail(error, status, "the distribution of x makes no sense");
  lowp_view view = lowp_view_of(LOWP_F32, 1, v->k, v->row), out = lowp_view_of(LOWP_F32, 1, v->k, v->decoded);
  if (v->quantized[i]) status = lowp_quantize(v->d->x_opts, &view, v->quantized[i], error);
  if (status == LOWP_OK && v->quantized[i]) status = lowp_dequantize(v->quantized[i], &out, error);
  if (v->d->xq) status = lowp_dequantize_rows(v->d->xq, r, r + 1, &out, error);
  if (status != LOWP_OK) return status;
  bool changed = v->d->xq || v->quantized[i];
  spread(v->k, v->row, changed ? v->decoded : v->row, v->x + i * v->kp, v->dx + i * v->kp);
  if (!v->d->accum) return LOWP_OK;
  if (changed || v->d->x) return lowpi_side_load(&v->x_side[i], v->d->xq || !changed ? r : 0, row, outer);
  memcpy(v->x_side[i].value, v->row, v->k * sizeof(float));
  *row = (lowpi_row){.value = v->x_side[i].value, .emin = -126};
  *outer = 1;
  return LOWP_OK;
}

static lowp_status load_w(work *v, size_t n, lowpi_row *row, float *outer, lowp_error *error) {
  lowp_view out = lowp_view_of(LOWP_F32, 1, v->k, v->decoded);
  lowp_view_load_row(v->d->w, n, v->row);
  lowp_status status = v->d->wq ? lowp_dequantize_rows(v->d->wq, n, n + 1, &out, error) : LOWP_OK;
  if (status != LOWP_OK) return status;
  spread(v->k, v->row, v->d->wq ? v->decoded : v->row, v->w, v->dw);
  return v->d->accum ? lowpi_side_load(&v->w_side, n, row, outer) : LOWP_OK;
}

typedef struct dots {
  double y, w, a, c; /* x . w, x . dw, dx . w, dx . dw */
} dots;

static double total(const double s[LANES]) { return (s[0] + s[1]) + (s[2] + s[3]); }

static dots dots_of(const work *v, size_t i) {
  const double *x = v->x + i * v->kp, *dx = v->dx + i * v->kp, *w = v->w, *dw = v->dw;
  double y[LANES] = {0}, sw[LANES] = {0}, a[LANES] = {0}, c[LANES] = {0};
  for (size_t k = 0; k < v->kp; k += LANES)
    for (size_t l = 0; l < LANES; l++) {
      y[l] += x[k + l] * w[k + l];
      sw[l] += x[k + l] * dw[k + l];
      a[l] += dx[k + l] * w[k + l];
      c[l] += dx[k + l] * dw[k + l];
    }
  return (dots){.y = total(y), .w = total(sw), .a = total(a), .c = total(c)};
}

static void add(lowp_gemm_error_stats *s, dots d, bool accum, float y) {
  double both = (d.w + d.a) + d.c, got = accum ? (double)y : d.y + both;
  s->count++;
  if (!isfinite(d.y) || !isfinite(both) || !isfinite(got)) {
    s->nonfinite++;
    return;
  }
  s->sum_yy += d.y * d.y;
  s->sum_w += d.w * d.w;
  s->sum_a += d.a * d.a;
  s->sum_wa += d.w * d.a;
  s->sum_both += both * both;
  double e = accum ? (got - d.y) - both : 0, all = accum ? got - d.y : both;
  s->sum_accum += e * e;
  s->sum_total += all * all;
}

static lowp_status block(work *v, size_t row0, size_t rows, lowp_gemm_error_stats *part, lowp_error *error) {
  lowpi_row x[BLOCK], w;
  float outer[BLOCK], outer_w = 1;
  for (size_t i = 0; i < rows; i++) {
    lowp_gemm_error_stats_init(&part[i]);
    lowp_status status = load_x(v, row0 + i, i, &x[i], &outer[i], error);
    if (status != LOWP_OK) return status;
  }
  lowp_accum a = {0};
  if (v->d->accum) {
    a = *v->d->accum;
    a.out = LOWP_F32;
  }
  for (size_t n = 0; n < v->n; n++) {
    lowp_status status = load_w(v, n, &w, &outer_w, error);
    if (status != LOWP_OK) return status;
    for (size_t i = 0; i < rows; i++) {
      float y = 0;
      if (v->d->accum) {
        y = lowpi_accum_dot(&a, v->k, &x[i], &w) * outer[i];
        y *= outer_w;
      }
      add(&part[i], dots_of(v, i), v->d->accum != NULL, y);
    }
  }
  return LOWP_OK;
}

lowp_status lowp_gemm_error_rows(const lowp_gemm_error_desc *desc, size_t row0, size_t row1,
                                 lowp_gemm_error_stats *stats, lowp_error *error) {
  if (stats == NULL || stats->struct_size != sizeof *stats)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "stats are not filled by lowp_gemm_error_stats_init");
  work v;
  lowp_status status = check(&v, desc, error);
  if (status != LOWP_OK) return status;
  if (row0 > row1 || row1 > v.m) return lowpi_fail(error, LOWP_E_RANGE, "rows %zu..%zu of %zu", row0, row1, v.m);
  status = prepare(&v, error);
  if (status == LOWP_OK && desc->accum) status = prepare_accum(&v, error);
  lowp_gemm_error_stats all = *stats;
  for (size_t r = row0; r < row1 && status == LOWP_OK;) {
    lowp_gemm_error_stats part[BLOCK];
    size_t rows = row1 - r < BLOCK ? row1 - r : BLOCK;
    status = block(&v, r, rows, part, error);
    for (size_t i = 0; i < rows && status == LOWP_OK; i++) lowp_gemm_error_stats_merge(&all, &part[i]);
    r += rows;
  }
  finish(&v);
  if (status == LOWP_OK) *stats = all;
  return status;
}
