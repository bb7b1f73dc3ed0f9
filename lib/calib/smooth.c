/* SPDX-License-Identifier: Apache-2.0 */
/* smooth.c: factors that move the size of activations into the weights, after SmoothQuant and after AWQ. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "calib/calib_internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* v^a, v > 0: the powers that matter most by operations that are correctly rounded everywhere. */
static double power(double v, double a) { return a == 0 ? 1 : a == 1 ? v : a == 0.5 ? sqrt(v) : pow(v, a); }

static float usable(double s) { return s >= 0x1p-126 && s <= 0x1.fffffep127 ? (float)s : 1.0f; }

static bool is_amax(float v) { return v >= 0 && v <= 0x1.fffffep127f; }

lowp_status lowp_smooth_factors(size_t cols, const float *amax_x, const float *amax_w, double alpha, float *s) {
  if (!amax_x || !amax_w || !s) return LOWP_E_ARGUMENT;
  if (!(alpha >= 0 && alpha <= 1)) return LOWP_E_RANGE;
  for (size_t j = 0; j < cols; j++)
    if (!is_amax(amax_x[j]) || !is_amax(amax_w[j])) return LOWP_E_RANGE;
  for (size_t j = 0; j < cols; j++) {
    const bool both = amax_x[j] > 0 && amax_w[j] > 0;
    s[j] = both ? usable(power((double)amax_x[j], alpha) / power((double)amax_w[j], 1 - alpha)) : 1.0f;
  }
  return LOWP_OK;
}

lowp_status lowp_smooth_columns(const float *s, const lowp_view *x, const lowp_view *y, size_t row0, size_t row1,
                                int divide) {
  lowp_status status = lowp_view_check(x);
  if (status == LOWP_OK) status = lowp_view_check(y);
  if (status != LOWP_OK || !s) return status != LOWP_OK ? status : LOWP_E_ARGUMENT;
  if (x->rows != y->rows || x->cols != y->cols || row0 > row1 || row1 > x->rows) return LOWP_E_SHAPE;
  float *row = malloc((x->cols ? x->cols : 1) * sizeof *row);
  if (!row) return LOWP_E_NOMEM;
  for (size_t r = row0; r < row1 && x->cols; r++) {
    lowp_view_load_row(x, r, row);
    for (size_t c = 0; c < x->cols; c++) row[c] = divide ? row[c] / s[c] : row[c] * s[c];
    lowp_view_store_row(y, r, row);
  }
  free(row);
  return LOWP_OK;
}

/* --- AWQ ---------------------------------------------------------------------------------------------------------- */

/* What one trial of alpha needs. */
typedef struct trial {
  lowp_scheme scheme;
  const lowp_quant_opts *opts;
  const lowp_view *w;
  size_t tokens, k;
  const double *x; /* [tokens, k] */
  float *scaled;   /* [n, k]: w s */
  float *row;      /* [k] */
  double *e;       /* [k] */
  lowp_qtensor *q;
} trial;

/* dst = v . x_t over k, four partial sums. */
static double dot(size_t k, const double *a, const double *b) {
  double part[4] = {0};
  size_t i = 0;
  for (; i + 4 <= k; i += 4)
    for (size_t p = 0; p < 4; p++) part[p] += a[i + p] * b[i + p];
  for (; i < k; i++) part[0] += a[i] * b[i];
  return (part[0] + part[1]) + (part[2] + part[3]);
}

/* Sum of squares of x (w - Q(w s) / s)^T; with q = NULL that of x w^T. */
static lowp_status squares(const trial *t, const float *s, double *sum, lowp_error *error) {
  const size_t n = t->w->rows, k = t->k;
  lowp_view scaled = lowp_view_of(LOWP_F32, n, k, t->scaled), one = lowp_view_of(LOWP_F32, 1, k, t->row);
  lowp_status status = LOWP_OK;
  *sum = 0;
  if (s) status = lowp_smooth_columns(s, t->w, &scaled, 0, n, 0);
  if (s && status == LOWP_OK) status = lowp_quantize(t->opts, &scaled, t->q, error);
  for (size_t r = 0; r < n && status == LOWP_OK; r++) {
    lowp_view_load_row(t->w, r, t->row);
    for (size_t c = 0; c < k; c++) t->e[c] = (double)t->row[c];
    if (s) {
      status = lowp_dequantize_rows(t->q, r, r + 1, &one, error);
      for (size_t c = 0; c < k; c++) t->e[c] -= (double)t->row[c] / (double)s[c];
    }
    for (size_t i = 0; i < t->tokens && status == LOWP_OK; i++) {
      const double d = dot(k, t->e, t->x + i * k);
      *sum += d * d;
    }
  }
  return status;
}

/* m^alpha over the geometric middle of its range. */
static void awq_factors(size_t k, const double *mean, double alpha, float *s) {
  double least = INFINITY, most = 0;
  for (size_t j = 0; j < k; j++) {
    const double v = power(mean[j], alpha);
    least = v < least ? v : least;
    most = v > most ? v : most;
  }
  const double middle = sqrt(least) * sqrt(most);
  for (size_t j = 0; j < k; j++) s[j] = alpha == 0 ? 1.0f : usable(power(mean[j], alpha) / middle);
}

static lowp_status search(const trial *t, const double *mean, unsigned steps, float *tried, float *s,
                          lowp_awq_result *result, lowp_error *error) {
  double signal, sum, best = INFINITY;
  lowp_status status = squares(t, NULL, &signal, error);
  for (unsigned i = 0; i <= steps && status == LOWP_OK; i++) {
    const double alpha = (double)i / steps;
    awq_factors(t->k, mean, alpha, tried);
    status = squares(t, tried, &sum, error);
    const double nmse = signal > 0 ? sum / signal : sum > 0 ? INFINITY : 0;
    if (i == 0) result->error_plain = nmse;
    if (status != LOWP_OK || !(i == 0 || nmse < best)) continue;
    best = result->error_best = nmse;
    result->alpha = alpha;
    memcpy(s, tried, t->k * sizeof *s);
  }
  return status;
}

lowp_status lowp_awq_search(lowp_scheme scheme, const lowp_quant_opts *opts, const lowp_view *w, const lowp_view *x,
                            unsigned steps, float *s, lowp_awq_result *result, lowp_error *error) {
  lowp_status status = lowp_view_check(w);
  if (status == LOWP_OK) status = lowp_view_check(x);
  if (status != LOWP_OK || !s || !result) return lowpi_fail(error, LOWP_E_ARGUMENT, "a matrix or a result is missing");
  if (steps < 1 || steps > 1000) return lowpi_fail(error, LOWP_E_RANGE, "%u steps: not in 1..1000", steps);
  if (w->cols != x->cols || !w->cols || !w->rows || !x->rows)
    return lowpi_fail(error, LOWP_E_SHAPE, "weights of %zu columns, activations of %zu", w->cols, x->cols);
  const size_t n = w->rows, k = w->cols, tokens = x->rows;
  size_t square, activations;
  if (!lowpi_mul(n, k, &square) || !lowpi_mul(square, sizeof(float), &square) || !lowpi_mul(tokens, k, &activations) ||
      !lowpi_mul(activations, sizeof(double), &activations))
    return lowpi_fail(error, LOWP_E_SHAPE, "%zu x %zu weights, %zu tokens", n, k, tokens);
  trial t = {.scheme = scheme, .opts = opts, .w = w, .tokens = tokens, .k = k};
  double *values = malloc(activations), *mean = calloc(k, 2 * sizeof *mean);
  t.scaled = malloc(square);
  t.row = malloc(3 * k * sizeof *t.row);
  lowp_awq_result found = {.struct_size = sizeof found};
  if (!values || !mean || !t.scaled || !t.row) status = lowpi_fail(error, LOWP_E_NOMEM, "no memory for the trials");
  if (status == LOWP_OK) status = lowp_qtensor_create(&t.q, scheme, n, k);
  if (status == LOWP_OK) status = lowp_measure_channels(x, 0, tokens, NULL, mean, NULL, error);
  for (size_t r = 0; r < n && status == LOWP_OK; r++) status = lowpi_load_finite(w, r, t.row, error);
  if (status == LOWP_OK) {
    for (size_t j = 0; j < k; j++) mean[j] = mean[j] > 0 ? mean[j] / (double)tokens : 1;
    for (size_t i = 0; i < tokens; i++) {
      lowp_view_load_row(x, i, t.row);
      for (size_t c = 0; c < k; c++) values[i * k + c] = (double)t.row[c];
    }
    t.x = values;
    t.e = mean + k;
    status = search(&t, mean, steps, t.row + k, t.row + 2 * k, &found, error);
  }
  if (status == LOWP_OK) {
    memcpy(s, t.row + 2 * k, k * sizeof *s);
    *result = found;
  }
  lowp_qtensor_destroy(t.q);
  free(values);
  free(mean);
  free(t.scaled);
  free(t.row);
  return status;
}
