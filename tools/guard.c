/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/guard.h"

#include <lowp/calib.h>
#include <math.h>
#include <stdlib.h>

#include "tools/common.h"

const char *const tool_guard_names[] = {"damage", "hessian", "output", "nmse", NULL};

bool tool_guard_needs_activations(tool_guard_by by) { return by == TOOL_GUARD_HESSIAN || by == TOOL_GUARD_OUTPUT; }

/* Tokens and rows, evenly spread, that output errors are measured on. */
enum { TOKENS = 256, ROWS = 256 };

/* Squared errors and what they are compared with. */
typedef struct sums {
  double error, signal;
} sums;

/* One row of weights a and what they became, b. */
static void add_output(const lowp_view *x, size_t step, const float *a, const float *b, float *token, sums *s) {
  for (size_t t = 0; t < x->rows; t += step) {
    double y = 0, e = 0;
    lowp_view_load_row(x, t, token);
    for (size_t c = 0; c < x->cols; c++) {
      y += (double)token[c] * (double)a[c];
      e += (double)token[c] * ((double)a[c] - (double)b[c]);
    }
    s->signal += y * y;
    s->error += e * e;
  }
}

static void add_weighted(size_t cols, const double *weight, const float *a, const float *b, sums *s) {
  for (size_t c = 0; c < cols; c++) {
    const double e = (double)a[c] - (double)b[c];
    s->signal += weight[c] * (double)a[c] * (double)a[c];
    s->error += weight[c] * e * e;
  }
}

static lowp_status with_activations(tool_guard_by by, const lowp_view *w, const lowp_qtensor *q, const lowp_view *x,
                                    sums *s, lowp_error *error) {
  const bool sampled = by == TOOL_GUARD_OUTPUT;
  const size_t k = w->cols, tokens = (x->rows + TOKENS - 1) / TOKENS, rows = sampled ? (w->rows + ROWS - 1) / ROWS : 1;
  float *a = tool_alloc(3 * k, sizeof *a), *b = a + k, *token = b + k;
  double *diagonal = tool_alloc(k, sizeof *diagonal);
  const lowp_view out = lowp_view_of(LOWP_F32, 1, k, b);
  lowp_status status = sampled ? LOWP_OK : lowp_measure_channels(x, 0, x->rows, NULL, NULL, diagonal, error);
  for (size_t r = 0; r < w->rows && status == LOWP_OK; r += rows) {
    lowp_view_load_row(w, r, a);
    status = lowp_dequantize_rows(q, r, r + 1, &out, error);
    if (status != LOWP_OK) break;
    for (size_t c = 0; c < k; c++)
      if (!isfinite(a[c]) || !isfinite(b[c])) a[c] = b[c] = 0; /* as the other error measures do */
    if (sampled)
      add_output(x, tokens, a, b, token, s);
    else
      add_weighted(k, diagonal, a, b, s);
  }
  free(diagonal);
  free(a);
  return status;
}

static lowp_status alone(tool_guard_by by, const lowp_view *w, const lowp_qtensor *q, sums *s, lowp_error *error) {
  lowp_measure_desc desc;
  lowp_measurement *m = tool_alloc(1, sizeof *m);
  lowp_measure_desc_init(&desc, w);
  desc.q = q;
  const lowp_status status = lowp_measure(&desc, m, error);
  s->error = m->error.sum_ee;
  s->signal = m->error.sum_xx - (by == TOOL_GUARD_DAMAGE ? m->sum_top_xx : 0);
  free(m);
  return status;
}

lowp_status tool_guard_measure(tool_guard_by by, const lowp_view *w, const lowp_qtensor *q, const lowp_view *x,
                               double *result, lowp_error *error) {
  sums s = {0, 0};
  const lowp_status status =
      tool_guard_needs_activations(by) ? with_activations(by, w, q, x, &s, error) : alone(by, w, q, &s, error);
  *result = s.signal > 0 ? s.error / s.signal : 0;
  return status;
}
