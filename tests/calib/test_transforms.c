/* SPDX-License-Identifier: Apache-2.0 */
/* Rotations and scale migration: against their definitions as dense matrices in f64, and products that do not change. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/rng.h"
#include "harness/suite.h"

#include <lowp/calib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static float *normal(uint64_t seed, size_t n) {
  lowpt_rng rng = {seed};
  float *x = malloc(n * sizeof *x);
  for (size_t i = 0; i < n; i++) x[i] = (float)lowpt_normal(&rng);
  return x;
}

static lowp_rotation rotation_of(uint32_t size, uint32_t signs, uint32_t seed) {
  return (lowp_rotation){sizeof(lowp_rotation), size, signs, seed};
}

static double dot(size_t k, const float *a, const float *b) {
  double sum = 0;
  for (size_t i = 0; i < k; i++) sum += (double)a[i] * (double)b[i];
  return sum;
}

/* --- rotation ----------------------------------------------------------------------------------------------------- */

static int parity(uint32_t v) {
  int p = 0;
  for (; v; v &= v - 1) p ^= 1;
  return p;
}

static void is_the_matrix(void **state) {
  (void)state;
  enum { ROWS = 3 };
  static const uint32_t sizes[] = {2, 4, 8, 16, 32, 128, 1024};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
    for (uint32_t signs = 0; signs < 2; signs++) {
      const uint32_t n = sizes[s];
      const size_t k = 2 * n;
      const lowp_rotation r = rotation_of(n, signs, 77);
      float *x = normal(s + 1, ROWS * k), *y = malloc(ROWS * k * sizeof *y), *back = malloc(ROWS * k * sizeof *back);
      const lowp_view vx = lowp_view_of(LOWP_F32, ROWS, k, x), vy = lowp_view_of(LOWP_F32, ROWS, k, y),
                      vb = lowp_view_of(LOWP_F32, ROWS, k, back);
      assert_int_equal(lowp_rotate(&r, &vx, &vy, 0, ROWS, 0, NULL), LOWP_OK);
      for (size_t i = 0; i < ROWS; i++)
        for (size_t c = 0; c < k; c++) {
          double sum = 0;
          for (size_t d = c / n * n; d < c / n * n + n; d++) {
            const int minus = parity((uint32_t)(d % n) & (uint32_t)(c % n)) ^ (signs && (lowp_philox(77, d) & 1));
            sum += minus ? -(double)x[i * k + d] : (double)x[i * k + d];
          }
          sum /= sqrt(n);
          LOWP_CHECK(fabs(sum - (double)y[i * k + c]) <= 0x1p-24 * fabs(sum) + 1e-12,
                     "size %u: (%zu, %zu) is %g, not %g", n, i, c, (double)y[i * k + c], sum);
        }
      assert_int_equal(lowp_rotate(&r, &vy, &vb, 0, ROWS, 1, NULL), LOWP_OK);
      for (size_t i = 0; i < ROWS * k; i++) {
        float most = 0;
        for (size_t d = i / n * n; d < i / n * n + n; d++) most = fabsf(x[d]) > most ? fabsf(x[d]) : most;
        assert_true(fabsf(back[i] - x[i]) <= 0x1p-22f * most);
      }
      /* in place, row by row */
      for (size_t i = 0; i < ROWS; i++) assert_int_equal(lowp_rotate(&r, &vx, &vx, i, i + 1, 0, NULL), LOWP_OK);
      assert_memory_equal(x, y, ROWS * k * sizeof *x);
      free(x);
      free(y);
      free(back);
    }
}

/* Small integers and sizes of 4^m: nothing is rounded, so the inverse is exact and so is the product. */
static void exact_on_integers(void **state) {
  (void)state;
  enum { K = 64 };
  float x[K], w[K], x0[K];
  lowpt_rng rng = {5};
  for (size_t i = 0; i < K; i++) {
    x0[i] = x[i] = (float)lowpt_below(&rng, 2000) - 1000;
    w[i] = (float)lowpt_below(&rng, 2000) - 1000;
  }
  const double before = dot(K, x, w);
  const lowp_rotation r = rotation_of(16, 1, 3);
  const lowp_view vx = lowp_view_of(LOWP_F32, 1, K, x), vw = lowp_view_of(LOWP_F32, 1, K, w);
  assert_int_equal(lowp_rotate(&r, &vx, &vx, 0, 1, 0, NULL), LOWP_OK);
  assert_int_equal(lowp_rotate(&r, &vw, &vw, 0, 1, 0, NULL), LOWP_OK);
  assert_memory_not_equal(x, x0, sizeof x);
  assert_true(dot(K, x, w) == before);
  assert_int_equal(lowp_rotate(&r, &vx, &vx, 0, 1, 1, NULL), LOWP_OK);
  assert_memory_equal(x, x0, sizeof x);
}

static void refuses_rotation(void **state) {
  (void)state;
  float x[24] = {1}, y[24] = {0};
  const lowp_view vx = lowp_view_of(LOWP_F32, 2, 12, x), vy = lowp_view_of(LOWP_F32, 2, 12, y),
                  other = lowp_view_of(LOWP_F32, 3, 8, y);
  static const uint32_t bad[] = {0, 1, 3, 12, 131072};
  for (size_t i = 0; i < 5; i++) {
    const lowp_rotation r = rotation_of(bad[i], 0, 0);
    assert_int_equal(lowp_rotate(&r, &vx, &vy, 0, 2, 0, NULL), LOWP_E_RANGE);
  }
  lowp_rotation r = rotation_of(8, 0, 0);
  assert_int_equal(lowp_rotate(&r, &vx, &vy, 0, 2, 0, NULL), LOWP_E_SHAPE);
  r.size = 4;
  assert_int_equal(lowp_rotate(&r, &vx, &other, 0, 2, 0, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_rotate(&r, &vx, &vy, 0, 3, 0, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_rotate(&r, &vx, NULL, 0, 2, 0, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_rotate(NULL, &vx, &vy, 0, 2, 0, NULL), LOWP_E_ARGUMENT);
  for (size_t i = 0; i < 24; i++) assert_true(y[i] == 0);
}

/* --- channels ----------------------------------------------------------------------------------------------------- */

static void channels(void **state) {
  (void)state;
  const float x[] = {1, -2, 0, -4, 0.5f, 0, 2, 2, 0};
  const lowp_view view = lowp_view_of(LOWP_F32, 3, 3, x);
  float amax[3] = {0};
  double abs_sum[3] = {0}, squares[3] = {0};
  assert_int_equal(lowp_measure_channels(&view, 0, 1, amax, abs_sum, squares, NULL), LOWP_OK);
  assert_int_equal(lowp_measure_channels(&view, 1, 3, amax, abs_sum, squares, NULL), LOWP_OK);
  assert_true(amax[0] == 4 && amax[1] == 2 && amax[2] == 0);
  assert_true(abs_sum[0] == 7 && abs_sum[1] == 4.5 && abs_sum[2] == 0);
  assert_true(squares[0] == 21 && squares[1] == 8.25 && squares[2] == 0);
  const float bad[] = {9, 9, 9, NAN};
  const lowp_view nan = lowp_view_of(LOWP_F32, 2, 2, bad);
  assert_int_equal(lowp_measure_channels(&nan, 0, 2, amax, abs_sum, squares, NULL), LOWP_E_NONFINITE);
  assert_int_equal(lowp_measure_channels(&nan, 0, 3, amax, abs_sum, squares, NULL), LOWP_E_SHAPE);
  assert_true(amax[0] == 4 && abs_sum[0] == 7);
}

/* --- migration ---------------------------------------------------------------------------------------------------- */

static void smooth_factors(void **state) {
  (void)state;
  const float x[] = {16, 1, 0, 5, 100}, w[] = {4, 0.25f, 3, 0, 0.01f};
  float s[5];
  assert_int_equal(lowp_smooth_factors(5, x, w, 0.5, s), LOWP_OK);
  assert_true(s[0] == 2 && s[1] == 2 && s[2] == 1 && s[3] == 1 && fabsf(s[4] - 100) < 1e-4f);
  assert_int_equal(lowp_smooth_factors(5, x, w, 1, s), LOWP_OK);
  assert_true(s[0] == 16 && s[1] == 1 && s[4] == 100);
  assert_int_equal(lowp_smooth_factors(5, x, w, 0, s), LOWP_OK);
  assert_true(s[0] == 0.25f && s[1] == 4);
  assert_int_equal(lowp_smooth_factors(5, x, w, 0.75, s), LOWP_OK);
  assert_true(fabs((double)s[0] - 8 / sqrt(2)) < 1e-6);
  s[0] = 9;
  assert_int_equal(lowp_smooth_factors(5, x, w, 1.01, s), LOWP_E_RANGE);
  assert_int_equal(lowp_smooth_factors(5, x, w, NAN, s), LOWP_E_RANGE);
  const float bad[] = {1, 1, -1, 1, 1};
  assert_int_equal(lowp_smooth_factors(5, x, bad, 0.5, s), LOWP_E_RANGE);
  assert_int_equal(lowp_smooth_factors(5, x, NULL, 0.5, s), LOWP_E_ARGUMENT);
  assert_true(s[0] == 9);
}

/* (x / s) (w s)^T = x w^T: exactly where factors are powers of two, else up to the rounding of each factor to f32. */
static void product_stays(void **state) {
  (void)state;
  enum { K = 200 };
  float *x = normal(8, K), *w = normal(9, K), s[K], y[K] = {0}, v[K] = {0};
  for (int exact = 0; exact < 2; exact++) {
    lowpt_rng rng = {4};
    double bound = 0;
    for (size_t i = 0; i < K; i++) {
      s[i] = exact ? ldexpf(1, (int)lowpt_below(&rng, 9) - 4) : 0.1f + (float)lowpt_unit(&rng);
      bound += fabs((double)x[i] * (double)w[i]) * 0x1p-23;
    }
    const lowp_view vx = lowp_view_of(LOWP_F32, 1, K, x), vw = lowp_view_of(LOWP_F32, 1, K, w),
                    vy = lowp_view_of(LOWP_F32, 1, K, y), vv = lowp_view_of(LOWP_F32, 1, K, v);
    assert_int_equal(lowp_smooth_columns(s, &vx, &vy, 0, 1, 1), LOWP_OK);
    assert_int_equal(lowp_smooth_columns(s, &vw, &vv, 0, 1, 0), LOWP_OK);
    assert_true(fabs(dot(K, y, v) - dot(K, x, w)) <= (exact ? 0 : bound));
    assert_memory_not_equal(y, x, sizeof y);
    assert_int_equal(lowp_smooth_columns(s, &vx, &vy, 0, 2, 1), LOWP_E_SHAPE);
    assert_int_equal(lowp_smooth_columns(NULL, &vx, &vy, 0, 1, 1), LOWP_E_ARGUMENT);
  }
  free(x);
  free(w);
}

/* Output NMSE of w quantized after multiplication by s, over the tokens, term by term. */
static double output_nmse(lowp_scheme scheme, size_t n, size_t k, size_t tokens, const float *w, const float *x,
                          const float *s) {
  float *ws = malloc(n * k * sizeof *ws);
  for (size_t i = 0; i < n * k; i++) ws[i] = w[i] * s[i % k];
  const lowp_view view = lowp_view_of(LOWP_F32, n, k, ws);
  lowp_qtensor *q = NULL;
  assert_int_equal(lowp_qtensor_create(&q, scheme, n, k), LOWP_OK);
  assert_int_equal(lowp_quantize(NULL, &view, q, NULL), LOWP_OK);
  assert_int_equal(lowp_dequantize(q, &view, NULL), LOWP_OK);
  double error = 0, signal = 0;
  for (size_t t = 0; t < tokens; t++)
    for (size_t r = 0; r < n; r++) {
      double a = 0, b = 0;
      for (size_t c = 0; c < k; c++) {
        a += (double)x[t * k + c] * (double)w[r * k + c];
        b += (double)x[t * k + c] * (double)ws[r * k + c] / (double)s[c];
      }
      signal += a * a;
      error += (a - b) * (a - b);
    }
  lowp_qtensor_destroy(q);
  free(ws);
  return error / signal;
}

static void awq(void **state) {
  (void)state;
  enum { K = 128, N = 24, T = 40, STEPS = 8 };
  float *x = normal(40, T * K), *w = normal(41, N * K), s[K], ones[K], mine[K];
  for (size_t t = 0; t < T; t++)
    for (size_t c = 5; c < K; c += 50) x[t * K + c] *= 25;
  double mean[K] = {0};
  for (size_t c = 0; c < K; c++) {
    ones[c] = 1;
    for (size_t t = 0; t < T; t++) mean[c] += fabs((double)x[t * K + c]) / T;
  }
  const lowp_view vw = lowp_view_of(LOWP_F32, N, K, w), vx = lowp_view_of(LOWP_F32, T, K, x);
  lowp_awq_result r = {0};
  assert_int_equal(lowp_awq_search(LOWP_SCHEME_INT4_G32, NULL, &vw, &vx, STEPS, s, &r, NULL), LOWP_OK);
  assert_true(fabs(r.error_plain / output_nmse(LOWP_SCHEME_INT4_G32, N, K, T, w, x, ones) - 1) < 1e-5);
  assert_true(fabs(r.error_best / output_nmse(LOWP_SCHEME_INT4_G32, N, K, T, w, x, s) - 1) < 1e-5);
  assert_true(r.alpha > 0 && r.error_best < 0.7 * r.error_plain);
  /* no other step of the grid is better, and the factors are those of the formula */
  for (int i = 0; i <= STEPS; i++) {
    double least = INFINITY, most = 0;
    for (size_t c = 0; c < K; c++) {
      const double v = pow(mean[c], (double)i / STEPS);
      least = v < least ? v : least;
      most = v > most ? v : most;
    }
    for (size_t c = 0; c < K; c++) mine[c] = (float)(pow(mean[c], (double)i / STEPS) / sqrt(least * most));
    assert_true(output_nmse(LOWP_SCHEME_INT4_G32, N, K, T, w, x, mine) > r.error_best * (1 - 1e-5));
    if ((double)i / STEPS == r.alpha)
      for (size_t c = 0; c < K; c++) assert_true(fabsf(mine[c] / s[c] - 1) < 1e-6f);
  }
  assert_int_equal(lowp_awq_search(LOWP_SCHEME_INT4_G32, NULL, &vw, &vx, 0, s, &r, NULL), LOWP_E_RANGE);
  assert_int_equal(lowp_awq_search(LOWP_SCHEME_NONE, NULL, &vw, &vx, 4, s, &r, NULL), LOWP_E_ARGUMENT);
  x[7] = NAN;
  assert_int_equal(lowp_awq_search(LOWP_SCHEME_INT4_G32, NULL, &vw, &vx, 4, s, &r, NULL), LOWP_E_NONFINITE);
  free(x);
  free(w);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_the_matrix), cmocka_unit_test(exact_on_integers), cmocka_unit_test(refuses_rotation),
      cmocka_unit_test(channels),      cmocka_unit_test(smooth_factors),    cmocka_unit_test(product_stays),
      cmocka_unit_test(awq),
  };
  return LOWP_SUITE_RUN("rotation and scale migration", tests);
}
