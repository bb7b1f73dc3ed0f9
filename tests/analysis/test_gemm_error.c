/* SPDX-License-Identifier: Apache-2.0 */
/* Output errors against sums over whole matrices in long double, closed forms, a case by hand. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"

#include <lowp/gemm_error.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static lowp_gemm_error_stats none(void) {
  lowp_gemm_error_stats s;
  lowp_gemm_error_stats_init(&s);
  return s;
}

static float *numbers(const lowp_distribution_desc *from, uint32_t seed, size_t n) {
  float *x = malloc(n * sizeof *x);
  assert_non_null(x);
  assert_int_equal(lowp_random_matrix(from, seed, 0, n, x), LOWP_OK);
  return x;
}

static lowp_qtensor *quantized(lowp_scheme scheme, const lowp_view *x) {
  lowp_qtensor *q;
  assert_int_equal(lowp_qtensor_create(&q, scheme, x->rows, x->cols), LOWP_OK);
  assert_int_equal(lowp_quantize(NULL, x, q, NULL), LOWP_OK);
  return q;
}

static void by_hand(void **state) {
  (void)state;
  /* w = (1, 2.25), x = (1, 4.5), on a grid of integers with scale 1: dw = (0, -0.25), dx = (0, -0.5), ties to even.
   * y = 11.125, x dw = -1.125, dx w = -1.125, dx dw = 0.125. */
  const float w[] = {1, 2.25f}, x[] = {1, 4.5f};
  lowp_view vw = lowp_view_of(LOWP_F32, 1, 2, w), vx = lowp_view_of(LOWP_F32, 1, 2, x);
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_INT8_TENSOR);
  opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
  opts.tensor_scale = 1;
  lowp_qtensor *q;
  assert_int_equal(lowp_qtensor_create(&q, LOWP_SCHEME_INT8_TENSOR, 1, 2), LOWP_OK);
  assert_int_equal(lowp_quantize(&opts, &vw, q, NULL), LOWP_OK);
  lowp_gemm_error_desc d;
  lowp_gemm_error_init(&d);
  d.w = &vw, d.wq = q, d.x = &vx, d.x_scheme = LOWP_SCHEME_INT8_TENSOR, d.x_opts = &opts;
  lowp_accum accum;
  assert_int_equal(lowp_accum_from_name("hopper-fp8", &accum), LOWP_OK);
  accum.fraction_bits = 2; /* 1 + 8 becomes 0 + 8 */
  accum.acc_fraction = 2;
  d.accum = &accum;
  lowp_gemm_error_stats s = none();
  assert_int_equal(lowp_gemm_error_rows(&d, 0, 1, &s, NULL), LOWP_OK);
  assert_true(s.count == 1 && s.nonfinite == 0 && s.sum_yy == 11.125 * 11.125 && s.sum_w == 1.125 * 1.125);
  assert_true(s.sum_a == 1.125 * 1.125 && s.sum_wa == 1.125 * 1.125 && s.sum_both == 2.125 * 2.125);
  assert_true(s.sum_accum == 1 && s.sum_total == 3.125 * 3.125);
  lowp_gemm_error e = lowp_gemm_error_of(&s);
  assert_true(fabs(e.correlation - 1) < 1e-15 && e.e_w == e.e_a && fabs(e.e_w - 1.265625 / 123.765625) < 1e-16);
  assert_true(fabs(e.predicted - (2 * e.e_w + e.e_w * e.e_w)) < 1e-16);
  assert_true(fabs(e.deviation - (e.e_both / e.predicted - 1)) < 1e-15);
  lowp_qtensor_destroy(q);
  s = none();
  e = lowp_gemm_error_of(&s);
  assert_true(e.e_w == 0 && e.e_both == 0 && e.deviation == 0 && e.correlation == 0 && e.e_total == 0);
}

/* y = a b^T in long double. */
static void product(size_t m, size_t n, size_t k, const float *a, const float *b, long double *y) {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      long double s = 0;
      for (size_t l = 0; l < k; l++) s += (long double)a[i * k + l] * (long double)b[j * k + l];
      y[i * n + j] = s;
    }
}

static long double nmse(size_t count, const long double *y, const long double *z) {
  long double ee = 0, yy = 0;
  for (size_t i = 0; i < count; i++) ee += (z[i] - y[i]) * (z[i] - y[i]), yy += y[i] * y[i];
  return ee / yy;
}

enum { M = 37, N = 29 };

static void compare(lowp_scheme a, lowp_scheme b, bool given, size_t k, const lowp_accum *accum) {
  lowp_distribution_desc from;
  lowp_distribution_desc_init(&from);
  from.cols = k, from.channels = k > 20 ? 3 : 0, from.channel_factor = 20, from.mean = 0.1;
  float *x = numbers(&from, 5, M * k), *w = numbers(&from, 6, N * k), *xd = malloc(M * k * sizeof *xd),
        *wd = malloc(N * k * sizeof *wd);
  assert_true(xd != NULL && wd != NULL);
  lowp_view vx = lowp_view_of(LOWP_F32, M, k, x), vw = lowp_view_of(LOWP_F32, N, k, w),
            ox = lowp_view_of(LOWP_F32, M, k, xd), ow = lowp_view_of(LOWP_F32, N, k, wd);
  lowp_qtensor *wq = quantized(b, &vw), *xq = quantized(a, &vx);
  assert_int_equal(lowp_dequantize(wq, &ow, NULL), LOWP_OK);
  assert_int_equal(lowp_dequantize(xq, &ox, NULL), LOWP_OK);
  if (!given) /* a row is a tensor of its own */
    for (size_t r = 0; r < M; r++) {
      lowp_view row = lowp_view_of(LOWP_F32, 1, k, x + r * k), out = lowp_view_of(LOWP_F32, 1, k, xd + r * k);
      lowp_qtensor *q = quantized(a, &row);
      assert_int_equal(lowp_dequantize(q, &out, NULL), LOWP_OK);
      lowp_qtensor_destroy(q);
    }
  lowp_gemm_error_desc d;
  lowp_gemm_error_init(&d);
  d.w = &vw, d.wq = wq, d.accum = accum;
  if (given)
    d.x = &vx, d.xq = xq;
  else
    d.x_from = &from, d.x_seed = 5, d.m = M, d.x_scheme = a;
  lowp_gemm_error_stats s = none();
  assert_int_equal(lowp_gemm_error_rows(&d, 0, M, &s, NULL), LOWP_OK);
  lowp_gemm_error e = lowp_gemm_error_of(&s);
  static long double y[M * N], yw[M * N], ya[M * N], yb[M * N];
  product(M, N, k, x, w, y);
  product(M, N, k, x, wd, yw);
  product(M, N, k, xd, w, ya);
  product(M, N, k, xd, wd, yb);
  const double tolerance = 1e-11;
  double e_w = (double)nmse(M * N, y, yw), e_a = (double)nmse(M * N, y, ya), e_both = (double)nmse(M * N, y, yb);
  LOWP_CHECK(s.count == M * N && fabs(e.e_w / e_w - 1) < tolerance && fabs(e.e_a / e_a - 1) < tolerance &&
                 fabs(e.e_both / e_both - 1) < tolerance,
             "%s x %s, k %zu: %g %g %g, expected %g %g %g", lowp_scheme_info_of(a)->name, lowp_scheme_info_of(b)->name,
             k, e.e_w, e.e_a, e.e_both, e_w, e_a, e_both);
  if (accum && given) {
    float *acc = malloc(sizeof(float) * M * N);
    assert_non_null(acc);
    lowp_view out = lowp_view_of(LOWP_F32, M, N, acc);
    lowp_accum_operand px = lowp_accum_of_qtensor(xq), pw = lowp_accum_of_qtensor(wq);
    assert_int_equal(lowp_accum_gemm_rows(accum, &px, &pw, 0, M, &out, NULL, NULL), LOWP_OK);
    for (size_t i = 0; i < M * N; i++) ya[i] = (long double)acc[i];
    double e_total = (double)nmse(M * N, y, ya);
    long double ee = 0;
    for (size_t i = 0; i < M * N; i++) ee += (ya[i] - yb[i]) * (ya[i] - yb[i]);
    LOWP_CHECK(fabs(e.e_total / e_total - 1) < tolerance && fabs(s.sum_accum / (double)ee - 1) < 1e-6,
               "%g %g, expected %g %g", e.e_total, s.sum_accum, e_total, (double)ee);
    free(acc);
  } else if (!accum) {
    assert_true(e.e_total == e.e_both && e.e_accum == 0);
  }
  /* Any cut, merged row by row. */
  lowp_gemm_error_stats pieces = none();
  for (size_t r = 0; r < M; r++) {
    lowp_gemm_error_stats part = none();
    assert_int_equal(lowp_gemm_error_rows(&d, r, r + 1, &part, NULL), LOWP_OK);
    lowp_gemm_error_stats_merge(&pieces, &part);
  }
  assert_memory_equal(&s, &pieces, sizeof s);
  lowp_qtensor_destroy(wq);
  lowp_qtensor_destroy(xq);
  free(x);
  free(w);
  free(xd);
  free(wd);
}

static void against_long_double(void **state) {
  (void)state;
  lowp_accum hopper;
  assert_int_equal(lowp_accum_from_name("hopper-fp8", &hopper), LOWP_OK);
  compare(LOWP_SCHEME_NVFP4, LOWP_SCHEME_NVFP4, true, 130, NULL);
  compare(LOWP_SCHEME_NVFP4, LOWP_SCHEME_NVFP4, false, 130, NULL);
  compare(LOWP_SCHEME_INT8_CHANNEL, LOWP_SCHEME_INT4_G32, false, 97, NULL);
  compare(LOWP_SCHEME_FP8_CHANNEL, LOWP_SCHEME_FP8_BLOCK128, true, 300, &hopper);
  compare(LOWP_SCHEME_MXFP8_E4M3, LOWP_SCHEME_HIF4, true, 64, &hopper);
  compare(LOWP_SCHEME_MXFP4, LOWP_SCHEME_MXFP4, false, 1, &hopper);
}

/*
 * With white activations the output error of weights is the NMSE of the weights; independent errors add up as
 * predicted.
 */
static void independent(void **state) {
  (void)state;
  enum { R = 64, C = 128, K = 1024 };
  lowp_distribution_desc normal;
  lowp_distribution_desc_init(&normal);
  float *w = numbers(&normal, 8, C * K);
  lowp_view vw = lowp_view_of(LOWP_F32, C, K, w);
  lowp_qtensor *wq = quantized(LOWP_SCHEME_NVFP4, &vw);
  lowp_gemm_error_desc d;
  lowp_gemm_error_init(&d);
  d.w = &vw, d.wq = wq, d.x_from = &normal, d.x_seed = 9, d.m = R, d.x_scheme = LOWP_SCHEME_MXFP4;
  lowp_gemm_error_stats s = none();
  assert_int_equal(lowp_gemm_error_rows(&d, 0, R, &s, NULL), LOWP_OK);
  lowp_gemm_error e = lowp_gemm_error_of(&s);
  /* 8192 outputs: 2.2 % for one sigma of a ratio of two such sums */
  LOWP_CHECK(fabs(e.e_w / 9.04e-3 - 1) < 0.07 && fabs(e.e_a / 1.322e-2 - 1) < 0.07, "e_w %g, e_a %g", e.e_w, e.e_a);
  LOWP_CHECK(fabs(e.deviation) < 0.04 && fabs(e.correlation) < 0.04, "deviation %g, correlation %g", e.deviation,
             e.correlation);
  /* Nothing quantized: no error. */
  d.wq = NULL, d.x_scheme = LOWP_SCHEME_NONE;
  s = none();
  assert_int_equal(lowp_gemm_error_rows(&d, 0, R, &s, NULL), LOWP_OK);
  assert_true(s.sum_w == 0 && s.sum_a == 0 && s.sum_both == 0 && s.sum_yy > 0);
  /* The same, through f32: what the sums of f32 cost. */
  lowp_accum f32;
  lowp_accum_init(&f32);
  d.accum = &f32;
  s = none();
  assert_int_equal(lowp_gemm_error_rows(&d, 0, 2, &s, NULL), LOWP_OK);
  e = lowp_gemm_error_of(&s);
  LOWP_CHECK(e.e_accum > 1e-16 && e.e_accum < 1e-12 && e.e_total == e.e_accum, "%g", e.e_accum);
  lowp_qtensor_destroy(wq);
  free(w);
}

/* Activations and weights that are the same numbers have the same error: the prediction fails, and it shows. */
static void dependent(void **state) {
  (void)state;
  enum { R = 24, K = 256 };
  lowp_distribution_desc normal;
  lowp_distribution_desc_init(&normal);
  float *w = numbers(&normal, 10, R * K);
  for (size_t i = K; i < R * K; i++) w[i] = w[i % K] * (float)(1 + i / K); /* multiples of one row */
  lowp_view vw = lowp_view_of(LOWP_F32, R, K, w);
  lowp_qtensor *wq = quantized(LOWP_SCHEME_INT4_G128, &vw);
  lowp_gemm_error_desc d;
  lowp_gemm_error_init(&d);
  d.w = &vw, d.wq = wq, d.x = &vw, d.xq = wq;
  lowp_gemm_error_stats s = none();
  assert_int_equal(lowp_gemm_error_rows(&d, 0, R, &s, NULL), LOWP_OK);
  lowp_gemm_error e = lowp_gemm_error_of(&s);
  LOWP_CHECK(e.correlation > 0.5 && e.deviation > 0.2, "correlation %g, deviation %g", e.correlation, e.deviation);
  lowp_qtensor_destroy(wq);
  free(w);
}

static void special_and_refused(void **state) {
  (void)state;
  float x[8] = {1, 2, 3, NAN, 1, 1, 1, 1}, w[4] = {1, 1, 1, 1};
  lowp_view vx = lowp_view_of(LOWP_F32, 2, 4, x), vw = lowp_view_of(LOWP_F32, 1, 4, w),
            bad = lowp_view_of(LOWP_F32, 2, 3, x);
  lowp_gemm_error_desc d;
  lowp_gemm_error_init(&d);
  d.x = &vx, d.w = &vw;
  lowp_gemm_error_stats s = none();
  assert_int_equal(lowp_gemm_error_rows(&d, 0, 2, &s, NULL), LOWP_OK);
  assert_true(s.count == 2 && s.nonfinite == 1 && s.sum_yy == 16);
  lowp_gemm_error_stats before = s;
  assert_int_equal(lowp_gemm_error_rows(&d, 0, 3, &s, NULL), LOWP_E_RANGE);
  assert_int_equal(lowp_gemm_error_rows(&d, 2, 1, &s, NULL), LOWP_E_RANGE);
  d.x = &bad;
  assert_int_equal(lowp_gemm_error_rows(&d, 0, 1, &s, NULL), LOWP_E_SHAPE);
  d.x = NULL;
  assert_int_equal(lowp_gemm_error_rows(&d, 0, 0, &s, NULL), LOWP_E_ARGUMENT);
  lowp_qtensor *q = quantized(LOWP_SCHEME_MXFP4, &vw);
  d.x = &vx, d.xq = q;
  assert_int_equal(lowp_gemm_error_rows(&d, 0, 0, &s, NULL), LOWP_E_SHAPE);
  d.x_scheme = LOWP_SCHEME_MXFP4;
  assert_int_equal(lowp_gemm_error_rows(&d, 0, 0, &s, NULL), LOWP_E_ARGUMENT);
  d.xq = NULL, d.x_scheme = (lowp_scheme)999;
  assert_int_equal(lowp_gemm_error_rows(&d, 0, 0, &s, NULL), LOWP_E_ARGUMENT);
  d.x_scheme = LOWP_SCHEME_NONE, d.struct_size = 3;
  assert_int_equal(lowp_gemm_error_rows(&d, 0, 0, &s, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_gemm_error_rows(NULL, 0, 0, &s, NULL), LOWP_E_ARGUMENT);
  assert_memory_equal(&s, &before, sizeof s);
  lowp_accum a;
  lowp_accum_init(&a);
  a.acc_fraction = 0;
  d.struct_size = sizeof d, d.accum = &a;
  assert_int_equal(lowp_gemm_error_rows(&d, 0, 0, &s, NULL), LOWP_E_RANGE);
  lowp_qtensor_destroy(q);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(by_hand), cmocka_unit_test(against_long_double),
                                            cmocka_unit_test(independent), cmocka_unit_test(dependent),
                                            cmocka_unit_test(special_and_refused)};
  return LOWP_SUITE_RUN("output errors", tests);
}
