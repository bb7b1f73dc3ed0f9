/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hessians, their factor, and error feedback. The oracle of the latter solves, for each column, the least-squares problem
 * that GPTQ's update is the closed form of: given the errors of the columns before, which errors of the rest are best?
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/rng.h"
#include "harness/suite.h"

#include <lowp/calib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Tokens whose columns are correlated: each is the one before, dampened, and something new. */
static float *correlated(uint64_t seed, size_t tokens, size_t k) {
  lowpt_rng rng = {seed};
  float *x = malloc(tokens * k * sizeof *x);
  for (size_t t = 0; t < tokens; t++)
    for (size_t c = 0; c < k; c++) {
      float fresh = (float)lowpt_normal(&rng);
      x[t * k + c] = c ? 0.9f * x[t * k + c - 1] + 0.45f * fresh : fresh;
    }
  return x;
}

static float *normal(uint64_t seed, size_t n) {
  lowpt_rng rng = {seed};
  float *x = malloc(n * sizeof *x);
  for (size_t i = 0; i < n; i++) x[i] = (float)lowpt_normal(&rng);
  return x;
}

static lowp_hessian *hessian_of(const float *x, size_t tokens, size_t k) {
  const lowp_view view = lowp_view_of(LOWP_F32, tokens, k, x);
  lowp_hessian *h = NULL;
  assert_int_equal(lowp_hessian_create(&h, k), LOWP_OK);
  assert_int_equal(lowp_hessian_add(h, &view, 0, tokens, NULL), LOWP_OK);
  return h;
}

/* The factor, or NULL after a note where there is no LAPACK. */
static lowp_gptq *factor_of(const lowp_hessian *h, double damping) {
  lowp_gptq_opts opts;
  lowp_gptq_opts_init(&opts);
  opts.damping = damping;
  opts.tokens_per_column = 0;
  lowp_gptq *g = NULL;
  lowp_error error = {0};
  lowp_status status = lowp_gptq_create(&g, h, &opts, &error);
  if (status == LOWP_E_UNSUPPORTED) LOWP_SKIP("no LAPACK");
  LOWP_CHECK(status == LOWP_OK, "%s", error.text);
  return g;
}

/* --- the Hessian -------------------------------------------------------------------------------------------------- */

static void sums(void **state) {
  (void)state;
  enum { T = 37, K = 21 };
  float *x = correlated(1, T, K);
  lowp_hessian *h = hessian_of(x, T, K);
  assert_int_equal(lowp_hessian_cols(h), K);
  assert_int_equal(lowp_hessian_tokens(h), T);
  for (size_t i = 0; i < K; i++)
    for (size_t j = 0; j < K; j++) {
      double sum = 0; /* products of two f32 are exact in f64, so the order is all that matters */
      for (size_t t = 0; t < T; t++) sum += (double)x[t * K + i] * (double)x[t * K + j];
      assert_true(sum == lowp_hessian_at(h, i, j));
    }
  lowp_hessian_destroy(h);
  free(x);
}

static void pieces(void **state) {
  (void)state;
  enum { T = 103, K = 45 };
  float *x = correlated(2, T, K);
  const lowp_view view = lowp_view_of(LOWP_F32, T, K, x);
  lowp_hessian *whole = hessian_of(x, T, K), *h = NULL;
  assert_int_equal(lowp_hessian_create(&h, K), LOWP_OK);
  static const size_t tokens[] = {0, 1, 7, 7, 64, T}, rows[] = {0, 5, 6, 40, K};
  for (size_t i = 0; i + 1 < 6; i++)
    for (size_t j = 4; j-- > 0;)
      assert_int_equal(lowp_hessian_add_rows(h, &view, tokens[i], tokens[i + 1], rows[j], rows[j + 1], NULL), LOWP_OK);
  assert_int_equal(lowp_hessian_tokens(h), T);
  for (size_t i = 0; i < K; i++)
    for (size_t j = 0; j < K; j++) assert_true(lowp_hessian_at(h, i, j) == lowp_hessian_at(whole, i, j));
  lowp_hessian_destroy(whole);
  lowp_hessian_destroy(h);
  free(x);
}

static void output_error(void **state) {
  (void)state;
  enum { T = 29, K = 18, N = 5 };
  float *x = correlated(3, T, K), *w = normal(4, N * K), *y = normal(5, N * K);
  lowp_hessian *h = hessian_of(x, T, K);
  const lowp_view vw = lowp_view_of(LOWP_F32, N, K, w), vy = lowp_view_of(LOWP_F32, N, K, y);
  double error = 0, signal = 0, want_error = 0, want_signal = 0;
  assert_int_equal(lowp_hessian_output_error(h, &vw, &vy, 0, 2, &error, &signal), LOWP_OK);
  assert_int_equal(lowp_hessian_output_error(h, &vw, &vy, 2, N, &error, &signal), LOWP_OK);
  for (size_t r = 0; r < N; r++)
    for (size_t t = 0; t < T; t++) {
      double a = 0, b = 0;
      for (size_t c = 0; c < K; c++) {
        a += (double)x[t * K + c] * (double)w[r * K + c];
        b += (double)x[t * K + c] * ((double)w[r * K + c] - (double)y[r * K + c]);
      }
      want_signal += a * a;
      want_error += b * b;
    }
  assert_true(fabs(error / want_error - 1) < 1e-12);
  assert_true(fabs(signal / want_signal - 1) < 1e-12);
  assert_int_equal(lowp_hessian_output_error(h, &vw, &vy, 2, N + 1, &error, &signal), LOWP_E_SHAPE);
  assert_int_equal(lowp_hessian_output_error(h, &vw, NULL, 0, 1, &error, &signal), LOWP_E_ARGUMENT);
  lowp_hessian_destroy(h);
  free(x);
  free(w);
  free(y);
}

/* --- the factor --------------------------------------------------------------------------------------------------- */

static void factor(void **state) {
  (void)state;
  enum { T = 200, K = 33 };
  float *x = correlated(6, T, K);
  lowp_hessian *h = hessian_of(x, T, K);
  lowp_gptq *g = factor_of(h, 0.01);
  double mean = 0;
  for (size_t i = 0; i < K; i++) mean += lowp_hessian_at(h, i, i) / K;
  for (size_t i = 0; i < K; i++)
    for (size_t j = 0; j < K; j++) {
      if (j < i) assert_true(lowp_gptq_factor_at(g, i, j) == 0);
      double sum = 0; /* (U^T U A)[i, j] */
      for (size_t a = 0; a < K; a++)
        for (size_t b = 0; b < K; b++)
          sum += lowp_gptq_factor_at(g, a, i) * lowp_gptq_factor_at(g, a, b) *
                 (lowp_hessian_at(h, b, j) + (b == j ? 0.01 * mean : 0));
      LOWP_CHECK(fabs(sum - (i == j)) < 1e-9, "(U^T U A)[%zu, %zu] = %g", i, j, sum);
    }
  lowp_gptq_destroy(g);
  lowp_hessian_destroy(h);
  free(x);
}

/* --- error feedback ----------------------------------------------------------------------------------------------- */

/* Solves a x = b in place by elimination with pivots, n <= 8. */
static void solve(size_t n, double a[8][8], double *b) {
  for (size_t c = 0; c < n; c++) {
    size_t p = c;
    for (size_t r = c; r < n; r++)
      if (fabs(a[r][c]) > fabs(a[p][c])) p = r;
    for (size_t k = 0; k < n; k++) {
      double t = a[c][k];
      a[c][k] = a[p][k], a[p][k] = t;
    }
    double t = b[c];
    b[c] = b[p], b[p] = t;
    for (size_t r = 0; r < n; r++) {
      if (r == c) continue;
      double f = a[r][c] / a[c][c];
      for (size_t k = 0; k < n; k++) a[r][k] -= f * a[c][k];
      b[r] -= f * b[c];
    }
  }
  for (size_t c = 0; c < n; c++) b[c] /= a[c][c];
}

/* What column j should aim at, given the errors e of the columns before: w_j minus the best e_j. */
static double target(const lowp_hessian *h, double d, size_t k, size_t j, const float *w, const double *e) {
  double a[8][8], b[8];
  for (size_t r = j; r < k; r++) {
    b[r - j] = 0;
    for (size_t c = 0; c < j; c++) b[r - j] -= lowp_hessian_at(h, r, c) * e[c];
    for (size_t c = j; c < k; c++) a[r - j][c - j] = lowp_hessian_at(h, r, c) + (r == c ? d : 0);
  }
  solve(k - j, a, b);
  return (double)w[j] - b[0];
}

static void is_least_squares(void **state) {
  (void)state;
  enum { T = 64, K = 7, N = 40 };
  static const lowp_scheme schemes[] = {LOWP_SCHEME_INT8_CHANNEL, LOWP_SCHEME_FP8_CHANNEL, LOWP_SCHEME_FP8_TENSOR,
                                        LOWP_SCHEME_INT8_CHANNEL_ZP, LOWP_SCHEME_HIF8_CHANNEL};
  float *x = correlated(8, T, K), *w = normal(9, N * K);
  lowp_hessian *h = hessian_of(x, T, K);
  lowp_gptq *g = factor_of(h, 0.02);
  const lowp_view view = lowp_view_of(LOWP_F32, N, K, w);
  double d = 0;
  for (size_t i = 0; i < K; i++) d += 0.02 * lowp_hessian_at(h, i, i) / K;
  for (size_t s = 0; s < sizeof schemes / sizeof *schemes; s++) {
    lowp_qtensor *q = NULL, *want = NULL;
    size_t moved = 0;
    assert_int_equal(lowp_qtensor_create(&q, schemes[s], N, K), LOWP_OK);
    assert_int_equal(lowp_qtensor_create(&want, schemes[s], N, K), LOWP_OK);
    assert_int_equal(lowp_gptq_quantize(g, NULL, &view, q, NULL), LOWP_OK);
    assert_int_equal(lowp_quantize(NULL, &view, want, NULL), LOWP_OK);
    for (size_t r = 0; r < N; r++) {
      double e[K];
      for (size_t c = 0; c < K; c++) {
        const uint32_t plain = lowp_qtensor_code(want, r, c);
        const float aim = (float)target(h, d, K, c, w + r * K, e);
        float y;
        assert_int_equal(lowp_quantize_column(NULL, want, r, r + 1, c, &aim, &y, NULL), LOWP_OK);
        e[c] = (double)w[r * K + c] - (double)y;
        const uint32_t code = lowp_qtensor_code(q, r, c);
        LOWP_CHECK(code == lowp_qtensor_code(want, r, c), "scheme %d: element (%zu, %zu) is %u, should be %u",
                   (int)schemes[s], r, c, code, lowp_qtensor_code(want, r, c));
        moved += code != plain;
      }
    }
    LOWP_CHECK(moved > N / 2, "feedback changed only %zu codes", moved);
    lowp_qtensor_destroy(q);
    lowp_qtensor_destroy(want);
  }
  lowp_gptq_destroy(g);
  lowp_hessian_destroy(h);
  free(x);
  free(w);
}

/* The update as it is written in the header, element by element, over more columns than feedback is collected for. */
static void is_the_formula(void **state) {
  (void)state;
  enum { T = 1200, K = 300, N = 6 };
  float *x = correlated(10, T, K), *w = normal(11, N * K);
  double v[K];
  lowp_hessian *h = hessian_of(x, T, K);
  lowp_gptq *g = factor_of(h, 0.01);
  const lowp_view view = lowp_view_of(LOWP_F32, N, K, w);
  lowp_qtensor *q = NULL, *want = NULL;
  assert_int_equal(lowp_qtensor_create(&q, LOWP_SCHEME_INT8_CHANNEL, N, K), LOWP_OK);
  assert_int_equal(lowp_qtensor_create(&want, LOWP_SCHEME_INT8_CHANNEL, N, K), LOWP_OK);
  assert_int_equal(lowp_gptq_quantize(g, NULL, &view, q, NULL), LOWP_OK);
  assert_int_equal(lowp_quantize(NULL, &view, want, NULL), LOWP_OK);
  for (size_t r = 0; r < N; r++) {
    for (size_t c = 0; c < K; c++) v[c] = (double)w[r * K + c];
    for (size_t c = 0; c < K; c++) {
      const float aim = (float)v[c];
      float y;
      assert_int_equal(lowp_quantize_column(NULL, want, r, r + 1, c, &aim, &y, NULL), LOWP_OK);
      assert_int_equal(lowp_qtensor_code(q, r, c), lowp_qtensor_code(want, r, c));
      const double e = (v[c] - (double)y) / lowp_gptq_factor_at(g, c, c);
      for (size_t t = c + 1; t < K; t++) v[t] -= e * lowp_gptq_factor_at(g, c, t);
    }
  }
  lowp_qtensor_destroy(q);
  lowp_qtensor_destroy(want);
  lowp_gptq_destroy(g);
  lowp_hessian_destroy(h);
  free(x);
  free(w);
}

/* Two columns: the second takes over A01 / A11 of the first one's error. */
static void closed_form_of_a_pair(void **state) {
  (void)state;
  const float x[] = {3, 1, -1, 2, 4, 4, 0.5f, -1}, w[] = {0.3f, 1.0f, -0.7f, 0.21f, 1.0f, 0.333f};
  lowp_hessian *h = hessian_of(x, 4, 2);
  lowp_gptq *g = factor_of(h, 0);
  const lowp_view view = lowp_view_of(LOWP_F32, 3, 2, w);
  lowp_qtensor *q = NULL, *plain = NULL;
  assert_int_equal(lowp_qtensor_create(&q, LOWP_SCHEME_MXFP4, 3, 2), LOWP_OK);
  assert_int_equal(lowp_qtensor_create(&plain, LOWP_SCHEME_MXFP4, 3, 2), LOWP_OK);
  assert_int_equal(lowp_gptq_quantize(g, NULL, &view, q, NULL), LOWP_OK);
  assert_int_equal(lowp_quantize(NULL, &view, plain, NULL), LOWP_OK);
  float y[6] = {0}, second[3];
  const lowp_view out = lowp_view_of(LOWP_F32, 3, 2, y);
  assert_int_equal(lowp_dequantize(plain, &out, NULL), LOWP_OK);
  /* H = [26.25 16.5; 16.5 22] by hand */
  assert_true(lowp_hessian_at(h, 0, 0) == 26.25 && lowp_hessian_at(h, 0, 1) == 16.5 && lowp_hessian_at(h, 1, 1) == 22);
  for (size_t r = 0; r < 3; r++) second[r] = (float)(w[2 * r + 1] + (w[2 * r] - y[2 * r]) * (16.5 / 22));
  assert_int_equal(lowp_quantize_column(NULL, plain, 0, 3, 1, second, NULL, NULL), LOWP_OK);
  for (size_t r = 0; r < 3; r++)
    for (size_t c = 0; c < 2; c++) assert_int_equal(lowp_qtensor_code(q, r, c), lowp_qtensor_code(plain, r, c));
  lowp_qtensor_destroy(q);
  lowp_qtensor_destroy(plain);
  lowp_gptq_destroy(g);
  lowp_hessian_destroy(h);
}

static bool same_planes(const lowp_qtensor *a, const lowp_qtensor *b) {
  lowp_planes p;
  assert_int_equal(lowp_scheme_planes(a->scheme, a->rows, a->cols, &p), LOWP_OK);
  return memcmp(a->codes, b->codes, p.codes_bytes) == 0 &&
         (p.scales_bytes == 0 || memcmp(a->scales, b->scales, p.scales_bytes) == 0) &&
         (p.zeros_bytes == 0 || memcmp(a->zeros, b->zeros, p.zeros_bytes) == 0) && a->tensor_scale == b->tensor_scale;
}

/* Where H is a multiple of the identity there is nothing to make up for: the bytes of lowp_quantize, for every scheme. */
static void white_is_plain(void **state) {
  (void)state;
  enum { K = 264, N = 150 };
  float *x = calloc(K * K, sizeof *x), *w = normal(12, N * K);
  for (size_t i = 0; i < K; i++) x[i * K + i] = 2;
  w[5] = 30;
  lowp_hessian *h = hessian_of(x, K, K);
  lowp_gptq *g = factor_of(h, 0);
  const lowp_view view = lowp_view_of(LOWP_F32, N, K, w);
  for (int s = 1; s < LOWP_SCHEME_COUNT; s++)
    for (int rule = 0; rule < 2; rule++) {
      lowp_quant_opts opts;
      lowp_quant_opts_init(&opts, (lowp_scheme)s);
      if (rule) opts.scale_rule = LOWP_SCALE_MSE;
      if (lowp_quant_opts_check(&opts, (lowp_scheme)s, NULL) != LOWP_OK) continue;
      lowp_qtensor *q = NULL, *plain = NULL;
      assert_int_equal(lowp_qtensor_create(&q, (lowp_scheme)s, N, K), LOWP_OK);
      assert_int_equal(lowp_qtensor_create(&plain, (lowp_scheme)s, N, K), LOWP_OK);
      assert_int_equal(lowp_gptq_quantize(g, &opts, &view, q, NULL), LOWP_OK);
      assert_int_equal(lowp_quantize(&opts, &view, plain, NULL), LOWP_OK);
      LOWP_CHECK(same_planes(q, plain), "%s, rule %d", lowp_scheme_info_of((lowp_scheme)s)->name, rule);
      lowp_qtensor_destroy(q);
      lowp_qtensor_destroy(plain);
    }
  lowp_gptq_destroy(g);
  lowp_hessian_destroy(h);
  free(x);
  free(w);
}

static double nmse(const lowp_hessian *h, const lowp_view *w, const lowp_qtensor *q) {
  float *y = calloc(w->rows * w->cols, sizeof *y);
  const lowp_view out = lowp_view_of(LOWP_F32, w->rows, w->cols, y);
  double error = 0, signal = 0;
  assert_int_equal(lowp_dequantize(q, &out, NULL), LOWP_OK);
  assert_int_equal(lowp_hessian_output_error(h, w, &out, 0, w->rows, &error, &signal), LOWP_OK);
  free(y);
  return error / signal;
}

/* On correlated activations it gains in every scheme with few bits, on tokens that it has not seen. */
static void gains(void **state) {
  (void)state;
  enum { K = 96, N = 64, T = 768 };
  float *x = correlated(20, T, K), *other = correlated(21, T, K), *w = normal(22, N * K);
  lowp_hessian *h = hessian_of(x, T, K), *held_out = hessian_of(other, T, K);
  lowp_gptq *g = factor_of(h, 0.01);
  const lowp_view view = lowp_view_of(LOWP_F32, N, K, w);
  for (int s = 1; s < LOWP_SCHEME_COUNT; s++) {
    const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)s);
    if (info->family == LOWP_FAMILY_CAST) continue;
    lowp_qtensor *q = NULL, *plain = NULL, *cut = NULL;
    assert_int_equal(lowp_qtensor_create(&q, info->id, N, K), LOWP_OK);
    assert_int_equal(lowp_qtensor_create(&plain, info->id, N, K), LOWP_OK);
    assert_int_equal(lowp_qtensor_create(&cut, info->id, N, K), LOWP_OK);
    assert_int_equal(lowp_gptq_quantize(g, NULL, &view, q, NULL), LOWP_OK);
    assert_int_equal(lowp_quantize(NULL, &view, plain, NULL), LOWP_OK);
    double gain = 10 * log10(nmse(held_out, &view, plain) / nmse(held_out, &view, q));
    LOWP_CHECK(gain > 2.5, "%s: held-out gain %.2f dB", info->name, gain);
    /* any cut into rows, in any order, gives the same bytes */
    assert_int_equal(lowp_quantize_begin(NULL, &view, cut, NULL), LOWP_OK);
    if (info->block_rows <= 1) assert_int_equal(lowp_gptq_rows(g, NULL, &view, cut, 33, N, NULL), LOWP_OK);
    assert_int_equal(lowp_gptq_rows(g, NULL, &view, cut, 0, info->block_rows <= 1 ? 33 : N, NULL), LOWP_OK);
    assert_true(same_planes(q, cut));
    lowp_qtensor_destroy(q);
    lowp_qtensor_destroy(plain);
    lowp_qtensor_destroy(cut);
  }
  lowp_gptq_destroy(g);
  lowp_hessian_destroy(h);
  lowp_hessian_destroy(held_out);
  free(x);
  free(other);
  free(w);
}

/* --- refusals ----------------------------------------------------------------------------------------------------- */

static void refuses_activations(void **state) {
  (void)state;
  float x[] = {1, 2, 3, NAN, 5, 6};
  const lowp_view view = lowp_view_of(LOWP_F32, 3, 2, x), wide = lowp_view_of(LOWP_F32, 2, 3, x);
  lowp_hessian *h = NULL;
  lowp_error error = {0};
  assert_int_equal(lowp_hessian_create(&h, 0), LOWP_E_SHAPE);
  assert_int_equal(lowp_hessian_create(&h, SIZE_MAX / 4), LOWP_E_SHAPE);
  assert_int_equal(lowp_hessian_create(NULL, 2), LOWP_E_ARGUMENT);
  assert_null(h);
  assert_int_equal(lowp_hessian_create(&h, 2), LOWP_OK);
  assert_int_equal(lowp_hessian_add(h, &view, 0, 3, &error), LOWP_E_NONFINITE);
  assert_non_null(strstr(error.text, "(1, 1)"));
  assert_int_equal(lowp_hessian_tokens(h), 0);
  assert_true(lowp_hessian_at(h, 0, 0) == 0);
  assert_int_equal(lowp_hessian_add(h, &wide, 0, 1, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_hessian_add(h, &view, 0, 4, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_hessian_add(h, &view, 1, 0, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_hessian_add_rows(h, &view, 0, 1, 0, 3, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_hessian_add(NULL, &view, 0, 1, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_hessian_add(h, &view, 2, 3, NULL), LOWP_OK);
  assert_true(lowp_hessian_at(h, 0, 1) == 30);
  lowp_hessian_destroy(h);
}

static void refuses_too_few_tokens(void **state) {
  (void)state;
  enum { K = 8 };
  float *x = correlated(30, 4 * K, K);
  lowp_gptq_opts opts;
  lowp_gptq *g = NULL;
  lowp_error error = {0};
  lowp_hessian *few = hessian_of(x, 4 * K - 1, K), *enough = hessian_of(x, 4 * K, K), *none = NULL;
  assert_int_equal(lowp_gptq_create(&g, few, NULL, &error), LOWP_E_CONSTRAINT);
  assert_non_null(strstr(error.text, "31 calibration tokens"));
  assert_non_null(strstr(error.text, "at least 32"));
  lowp_gptq_opts_init(&opts);
  opts.damping = -0.1;
  assert_int_equal(lowp_gptq_create(&g, enough, &opts, NULL), LOWP_E_RANGE);
  opts.damping = 2;
  assert_int_equal(lowp_gptq_create(&g, enough, &opts, NULL), LOWP_E_RANGE);
  lowp_gptq_opts_init(&opts);
  opts.tokens_per_column = NAN;
  assert_int_equal(lowp_gptq_create(&g, enough, &opts, NULL), LOWP_E_RANGE);
  opts.struct_size = 1;
  assert_int_equal(lowp_gptq_create(&g, enough, &opts, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_gptq_create(&g, NULL, NULL, NULL), LOWP_E_ARGUMENT);
  assert_null(g);
  assert_int_equal(lowp_hessian_create(&none, K), LOWP_OK);
  lowp_gptq_opts_init(&opts);
  opts.tokens_per_column = 0;
  lowp_status status = lowp_gptq_create(&g, none, &opts, &error);
  if (status != LOWP_E_UNSUPPORTED) {
    assert_int_equal(status, LOWP_E_RANGE); /* all activations zero: no damping helps */
    assert_int_equal(lowp_gptq_create(&g, enough, NULL, NULL), LOWP_OK);
    assert_non_null(g);
    lowp_gptq_destroy(g);
  } else {
    assert_non_null(strstr(error.text, "LAPACK"));
  }
  lowp_hessian_destroy(few);
  lowp_hessian_destroy(enough);
  lowp_hessian_destroy(none);
  lowp_gptq_destroy(NULL);
  lowp_hessian_destroy(NULL);
  free(x);
}

static void refuses_weights(void **state) {
  (void)state;
  enum { K = 64, N = 130 };
  float *x = correlated(31, 4 * K, K), *w = normal(32, N * K);
  lowp_hessian *h = hessian_of(x, 4 * K, K);
  lowp_gptq *g = factor_of(h, 0.01);
  const lowp_view view = lowp_view_of(LOWP_F32, N, K, w), narrow = lowp_view_of(LOWP_F32, N, K / 2, w);
  lowp_qtensor *q = NULL, *block = NULL;
  lowp_quant_opts opts;
  assert_int_equal(lowp_qtensor_create(&q, LOWP_SCHEME_NVFP4, N, K), LOWP_OK);
  assert_int_equal(lowp_qtensor_create(&block, LOWP_SCHEME_FP8_BLOCK128, N, K), LOWP_OK);
  assert_int_equal(lowp_gptq_quantize(g, NULL, &narrow, q, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_gptq_rows(g, NULL, &view, q, 0, N + 1, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_gptq_rows(g, NULL, &view, block, 0, 127, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_gptq_rows(NULL, NULL, &view, q, 0, N, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_quant_opts_compat(&opts, LOWP_SCHEME_NVFP4, LOWP_COMPAT_VLLM), LOWP_OK);
  assert_int_equal(lowp_gptq_quantize(g, &opts, &view, q, NULL), LOWP_E_UNSUPPORTED);
  w[K + 3] = INFINITY;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
  assert_int_equal(lowp_gptq_quantize(g, &opts, &view, q, NULL), LOWP_E_NONFINITE);
  opts.nan_policy = LOWP_NONFINITE_ZERO;
  assert_int_equal(lowp_gptq_quantize(g, &opts, &view, q, NULL), LOWP_OK);
  lowp_qtensor_destroy(q);
  lowp_qtensor_destroy(block);
  lowp_gptq_destroy(g);
  lowp_hessian_destroy(h);
  free(x);
  free(w);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums),
      cmocka_unit_test(pieces),
      cmocka_unit_test(output_error),
      cmocka_unit_test(factor),
      cmocka_unit_test(is_least_squares),
      cmocka_unit_test(is_the_formula),
      cmocka_unit_test(closed_form_of_a_pair),
      cmocka_unit_test(white_is_plain),
      cmocka_unit_test(gains),
      cmocka_unit_test(refuses_activations),
      cmocka_unit_test(refuses_too_few_tokens),
      cmocka_unit_test(refuses_weights),
  };
  return LOWP_SUITE_RUN("Hessians and error feedback", tests);
}
