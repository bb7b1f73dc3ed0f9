/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hessian.c: X^T X in f64 in a fixed order. H[i, j] for j <= i is a sum over tokens, ascending; four tokens at a time are
 * added to a row of H while it is in registers, one after the other, so that the order stays.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "calib/calib_internal.h"
#include <stdlib.h>

enum { TOKENS = 4 };

lowp_status lowp_hessian_create(lowp_hessian **out, size_t cols) {
  void *p = NULL;
  if (!out) return LOWP_E_ARGUMENT;
  if (cols == 0) return LOWP_E_SHAPE;
  lowp_status status = lowpi_square_alloc(sizeof(lowp_hessian), cols, &p);
  if (status != LOWP_OK) return status;
  lowp_hessian *h = p;
  h->k = cols;
  *out = h;
  return LOWP_OK;
}

void lowp_hessian_destroy(lowp_hessian *h) { free(h); }
size_t lowp_hessian_cols(const lowp_hessian *h) { return h->k; }
uint64_t lowp_hessian_tokens(const lowp_hessian *h) { return h->tokens; }
double lowp_hessian_at(const lowp_hessian *h, size_t i, size_t j) {
  return i >= j ? h->h[i * h->k + j] : h->h[j * h->k + i];
}

/* row[j] += a[t] * x[t][j], t ascending. */
static void add_tokens(size_t n, const double *a, const double *restrict x, size_t k, double *restrict row) {
  const double *x0 = x, *x1 = x + k, *x2 = x + 2 * k, *x3 = x + 3 * k;
  size_t j = 0;
  for (; j + 8 <= n; j += 8)
    for (size_t i = j; i < j + 8; i++)
      row[i] = (((row[i] + a[0] * x0[i]) + a[1] * x1[i]) + a[2] * x2[i]) + a[3] * x3[i];
  for (; j < n; j++) row[j] = (((row[j] + a[0] * x0[j]) + a[1] * x1[j]) + a[2] * x2[j]) + a[3] * x3[j];
}

static lowp_status check(const lowp_hessian *h, const lowp_view *x, size_t token0, size_t token1, lowp_error *error) {
  lowp_status status = lowp_view_check(x);
  if (!h) return lowpi_fail(error, LOWP_E_ARGUMENT, "no Hessian");
  if (status != LOWP_OK) return lowpi_fail(error, status, "the activations are not a readable matrix");
  if (x->cols != h->k)
    return lowpi_fail(error, LOWP_E_SHAPE, "activations of %zu columns for a Hessian of %zu", x->cols, h->k);
  return lowpi_rows_check(token0, token1, x->rows, error);
}

lowp_status lowp_hessian_add_rows(lowp_hessian *h, const lowp_view *x, size_t token0, size_t token1, size_t row0,
                                  size_t row1, lowp_error *error) {
  lowp_status status = check(h, x, token0, token1, error);
  if (status == LOWP_OK) status = lowpi_rows_check(row0, row1, h->k, error);
  if (status != LOWP_OK) return status;
  const size_t k = h->k;
  size_t bytes;
  if (!lowpi_mul(k, TOKENS * sizeof(double) + sizeof(float), &bytes))
    return lowpi_fail(error, LOWP_E_SHAPE, "%zu columns", k);
  double *tile = malloc(bytes);
  if (!tile) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for tokens of %zu columns", k);
  float *row = (float *)(tile + TOKENS * k);
  for (size_t t = token0; t < token1 && status == LOWP_OK; t++) status = lowpi_load_finite(x, t, row, error);
  for (size_t t = token0; t < token1 && status == LOWP_OK; t += TOKENS) {
    for (size_t u = 0; u < TOKENS; u++) { /* a token that is not there adds 0, which changes nothing */
      if (t + u < token1) lowp_view_load_row(x, t + u, row);
      for (size_t c = 0; c < k; c++) tile[u * k + c] = t + u < token1 ? (double)row[c] : 0;
    }
    for (size_t i = row0; i < row1; i++) {
      const double a[TOKENS] = {tile[i], tile[k + i], tile[2 * k + i], tile[3 * k + i]};
      add_tokens(i + 1, a, tile, k, h->h + i * k);
    }
  }
  free(tile);
  if (status == LOWP_OK && row0 == 0) h->tokens += token1 - token0;
  return status;
}

lowp_status lowp_hessian_add(lowp_hessian *h, const lowp_view *x, size_t token0, size_t token1, lowp_error *error) {
  return lowp_hessian_add_rows(h, x, token0, token1, 0, h ? h->k : 0, error);
}

/* v H v^T from the lower triangle: sum over i of v_i (H_ii v_i + 2 sum over j < i of H_ij v_j), four partial sums. */
static double quadratic(const lowp_hessian *h, const double *v) {
  double sum = 0;
  for (size_t i = 0; i < h->k; i++) {
    const double *row = h->h + i * h->k;
    double part[4] = {0};
    size_t j = 0;
    if (v[i] == 0) continue;
    for (; j + 4 <= i; j += 4)
      for (size_t p = 0; p < 4; p++) part[p] += row[j + p] * v[j + p];
    for (; j < i; j++) part[0] += row[j] * v[j];
    sum += v[i] * (row[i] * v[i] + 2 * ((part[0] + part[1]) + (part[2] + part[3])));
  }
  return sum;
}

lowp_status lowp_hessian_output_error(const lowp_hessian *h, const lowp_view *w, const lowp_view *y, size_t row0,
                                      size_t row1, double *error_sum, double *signal_sum) {
  if (!h || !error_sum || !signal_sum || lowp_view_check(w) != LOWP_OK || lowp_view_check(y) != LOWP_OK)
    return LOWP_E_ARGUMENT;
  if (w->cols != h->k || y->cols != h->k || w->rows != y->rows || row0 > row1 || row1 > w->rows) return LOWP_E_SHAPE;
  const size_t k = h->k;
  size_t bytes;
  if (!lowpi_mul(k, 2 * sizeof(double) + 2 * sizeof(float), &bytes)) return LOWP_E_SHAPE;
  double *v = malloc(bytes);
  if (!v) return LOWP_E_NOMEM;
  double *e = v + k;
  float *a = (float *)(e + k), *b = a + k;
  for (size_t r = row0; r < row1; r++) {
    lowp_view_load_row(w, r, a);
    lowp_view_load_row(y, r, b);
    for (size_t c = 0; c < k; c++) {
      v[c] = (double)a[c];
      e[c] = (double)a[c] - (double)b[c];
    }
    *error_sum += quadratic(h, e);
    *signal_sum += quadratic(h, v);
  }
  free(v);
  return LOWP_OK;
}
