/* SPDX-License-Identifier: Apache-2.0 */
/* Matrices of known distribution: any piece by itself, outliers and channels where they belong, correlations as stated. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"

#include <lowp/random.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static lowp_distribution_desc plain(void) {
  lowp_distribution_desc d;
  lowp_distribution_desc_init(&d);
  return d;
}

static float *made(const lowp_distribution_desc *d, uint32_t seed, size_t n) {
  float *x = malloc(n * sizeof *x);
  assert_non_null(x);
  assert_int_equal(lowp_random_matrix(d, seed, 0, n, x), LOWP_OK);
  return x;
}

/* Without more, the streams of lowp_random_fill. */
static void bodies(void **state) {
  (void)state;
  enum { N = 3000 };
  static float x[N], y[N];
  for (int body = 0; body < LOWP_DISTRIBUTION_STUDENT; body++) {
    lowp_distribution_desc d = plain();
    d.body = (lowp_distribution)body;
    assert_int_equal(lowp_random_matrix(&d, 5, 7, N, x), LOWP_OK);
    assert_int_equal(lowp_random_fill((lowp_distribution)body, 5, 7, N, y), LOWP_OK);
    assert_memory_equal(x, y, sizeof x);
    d.sigma = 0.5;
    d.mean = 2;
    assert_int_equal(lowp_random_matrix(&d, 5, 7, N, x), LOWP_OK);
    for (size_t i = 0; i < N; i++) assert_true(x[i] == (float)(2 + 0.5 * (double)y[i]));
  }
}

static int ascending(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

/* Student's t: 4 degrees as the special case has them; 1 is Cauchy's distribution; 1000 are nearly normal. */
static void student(void **state) {
  (void)state;
  enum { N = 100000 };
  lowp_distribution_desc d = plain();
  d.body = LOWP_DISTRIBUTION_STUDENT;
  float *x = made(&d, 3, N), *y = malloc(N * sizeof *y);
  assert_non_null(y);
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_STUDENT4, 3, 0, N, y), LOWP_OK);
  for (size_t i = 0; i < N; i++)
    LOWP_CHECK(fabsf(x[i] - y[i]) <= 2e-6f * fabsf(y[i]) + 2e-4f, "%g, %g", (double)x[i], (double)y[i]);
  free(x);
  free(y);
  for (int pass = 0; pass < 2; pass++) {
    d.nu = pass ? 1000 : 1;
    x = made(&d, 4, N);
    qsort(x, N, sizeof *x, ascending);
    double distance = 0;
    for (size_t i = 0; i < N; i++) {
      double v = (double)x[i], f = pass ? 0.5 * erfc(-v / sqrt(2)) : 0.5 + atan(v) / 3.14159265358979;
      assert_true(isfinite(v));
      distance = fmax(distance, fabs(f - ((double)i + 0.5) / N));
    }
    LOWP_CHECK(distance < 1.95 / sqrt(N), "nu %g: distance %g", d.nu, distance);
    free(x);
  }
}

/* Everything at once, made in pieces of many sizes. */
static void pieces(void **state) {
  (void)state;
  enum { COLS = 37, N = 40 * COLS };
  static float whole[N], part[N];
  for (int correlation = 0; correlation <= LOWP_CORRELATION_POWER; correlation++) {
    lowp_distribution_desc d = plain();
    d.body = LOWP_DISTRIBUTION_LAPLACE;
    d.correlation = (lowp_correlation)correlation;
    d.correlation_a = 0.75;
    d.cols = COLS;
    d.outlier_fraction = 0.02;
    d.outlier_every = 50;
    d.outlier_k = 12;
    d.channels = 3;
    d.channel_factor = 30;
    d.mean = 0.25;
    assert_int_equal(lowp_random_matrix(&d, 9, 1000, N, whole), LOWP_OK);
    for (size_t at = 0, step = 1; at < N; at += step, step = step * 2 % 61 + 1) {
      if (step > N - at) step = N - at;
      assert_int_equal(lowp_random_matrix(&d, 9, 1000 + at, step, part + at), LOWP_OK);
    }
    assert_memory_equal(whole, part, sizeof whole);
    assert_int_equal(lowp_random_matrix(&d, 10, 1000, N, part), LOWP_OK);
    assert_memory_not_equal(whole, part, sizeof whole);
  }
}

static void outliers(void **state) {
  (void)state;
  enum { N = 200000 };
  lowp_distribution_desc d = plain();
  d.body = LOWP_DISTRIBUTION_UNIFORM; /* ends at sqrt 3: what is larger is an outlier */
  d.outlier_fraction = 0.01;
  d.outlier_k = 8;
  d.sigma = 0.5;
  float *x = made(&d, 6, N);
  size_t count = 0, positive = 0;
  for (size_t i = 0; i < N; i++) {
    count += fabsf(x[i]) == 4;
    positive += x[i] == 4;
    assert_true(fabsf(x[i]) == 4 || fabsf(x[i]) < 0.87f);
  }
  /* 2000 are expected, give or take 44 for one deviation. */
  LOWP_CHECK(count > 1800 && count < 2200 && positive > count / 2 - 100 && positive < count / 2 + 100,
             "%zu outliers, %zu positive", count, positive);
  free(x);

  /* One in each run of 32, at every place about as often. */
  d.outlier_fraction = 0;
  d.outlier_every = 32;
  x = made(&d, 6, N);
  size_t places[32] = {0};
  for (size_t i = 0; i < N; i += 32) {
    size_t found = 0;
    for (size_t k = 0; k < 32; k++)
      if (fabsf(x[i + k]) == 4) found++, places[k]++;
    assert_int_equal(found, 1);
  }
  for (size_t k = 0; k < 32; k++) LOWP_CHECK(places[k] > 130 && places[k] < 265, "place %zu: %zu", k, places[k]);
  free(x);

  /* Scaled ones keep what stood there. */
  float *body = NULL;
  d.outlier_every = 0;
  body = made(&d, 6, 1000);
  d.outlier_every = 10;
  d.outlier = LOWP_OUTLIER_SCALE;
  x = made(&d, 6, 1000);
  for (size_t i = 0; i < 1000; i += 10) {
    size_t changed = 0;
    for (size_t k = 0; k < 10; k++) {
      float ratio = x[i + k] / body[i + k];
      changed += fabsf(ratio - 8) < 1e-5f;
      assert_true(fabsf(ratio - 8) < 1e-5f || ratio == 1);
    }
    assert_int_equal(changed, 1);
  }
  free(x);
  free(body);
}

static void channels(void **state) {
  (void)state;
  static const size_t shapes[][2] = {{1024, 8}, {100, 7}, {7, 7}, {13, 1}, {5, 0}};
  for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
    lowp_distribution_desc d = plain();
    d.cols = shapes[s][0];
    float *body = made(&d, 2, 3 * d.cols);
    d.channels = shapes[s][1];
    d.channel_factor = 32; /* exact */
    float *x = made(&d, 2, 3 * d.cols);
    size_t found = 0, last = SIZE_MAX;
    for (size_t c = 0; c < d.cols; c++) {
      bool scaled = x[c] == 32 * body[c];
      assert_true(scaled || x[c] == body[c]);
      for (size_t r = 1; r < 3; r++) assert_true(x[r * d.cols + c] == (scaled ? 32 : 1) * body[r * d.cols + c]);
      if (!scaled) continue;
      found++;
      size_t gap = d.cols / d.channels;
      LOWP_CHECK(last == SIZE_MAX || c - last == gap || c - last == gap + 1, "columns %zu and %zu", last, c);
      last = c;
    }
    LOWP_CHECK(found == d.channels, "%zu of %zu channels", found, d.channels);
    free(x);
    free(body);
  }
}

/* Sample covariance of neighbours and others under AR(1). */
static void autoregressive(void **state) {
  (void)state;
  enum { ROWS = 4000, COLS = 50 };
  lowp_distribution_desc d = plain();
  d.correlation = LOWP_CORRELATION_AR1;
  d.correlation_a = 0.8;
  d.cols = COLS;
  float *x = made(&d, 12, ROWS * COLS);
  for (size_t lag = 0; lag < 6; lag++)
    for (size_t c = 0; c + lag < COLS; c += 11) {
      double sum = 0;
      for (size_t r = 0; r < ROWS; r++) sum += (double)x[r * COLS + c] * (double)x[r * COLS + c + lag];
      LOWP_CHECK(fabs(sum / ROWS - pow(0.8, (double)lag)) < 0.08, "columns %zu and %zu: %g", c, c + lag, sum / ROWS);
    }
  free(x);
}

/*
 * Under the power law the covariance C has trace P and sum of squares sum lambda^2; rows of columns alone, where P is no
 * power of two, keep variance 1.
 */
static void power_law(void **state) {
  (void)state;
  enum { ROWS = 20000, P = 16 };
  lowp_distribution_desc d = plain();
  d.correlation = LOWP_CORRELATION_POWER;
  for (size_t cols = 10; cols <= P; cols += 6) {
    for (int pass = 0; pass < 2; pass++) {
      d.correlation_a = pass ? 1 : 0;
      d.cols = cols;
      float *x = made(&d, 13, ROWS * cols);
      double squares = 0, lambda = 0, sum = 0;
      for (size_t j = 0; j < P; j++) sum += pow((double)(j + 1), -d.correlation_a);
      for (size_t j = 0; j < P; j++) lambda += pow(pow((double)(j + 1), -d.correlation_a) * P / sum, 2);
      for (size_t a = 0; a < cols; a++)
        for (size_t b = 0; b < cols; b++) {
          double c = 0;
          for (size_t r = 0; r < ROWS; r++) c += (double)x[r * cols + a] * (double)x[r * cols + b];
          c /= ROWS;
          squares += c * c;
          if (a == b) LOWP_CHECK(fabs(c - 1) < 0.05, "column %zu: variance %g", a, c);
          if (a != b && pass == 0) LOWP_CHECK(fabs(c) < 0.04, "columns %zu, %zu: %g", a, b, c);
        }
      if (cols == P)
        LOWP_CHECK(fabs(squares / lambda - 1) < 0.06, "exponent %g: %g, not %g", d.correlation_a, squares, lambda);
      free(x);
    }
  }
}

static void refusals(void **state) {
  (void)state;
  float x[8] = {3};
  lowp_distribution_desc d = plain(), good = d;
  good.cols = 4;
  assert_int_equal(lowp_random_matrix(NULL, 0, 0, 8, x), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_random_matrix(&good, 0, 0, 8, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_random_matrix(&good, 0, 0, 0, NULL), LOWP_OK);
#define REFUSED(field, value) \
  do { \
    d = good; \
    d.field = value; \
    LOWP_CHECK(lowp_random_matrix(&d, 0, 0, 8, x) == LOWP_E_ARGUMENT, #field " = " #value); \
  } while (0)
  REFUSED(struct_size, 1);
  REFUSED(body, (lowp_distribution)5);
  REFUSED(sigma, INFINITY);
  REFUSED(mean, NAN);
  REFUSED(outlier_fraction, 1.5);
  REFUSED(outlier_fraction, -0.5);
  REFUSED(outlier_k, INFINITY);
  REFUSED(outlier, (lowp_outlier)2);
  REFUSED(channels, 5);
  REFUSED(channel_factor, NAN);
  REFUSED(correlation, (lowp_correlation)3);
  good.correlation = LOWP_CORRELATION_AR1;
  REFUSED(correlation_a, 1);
  REFUSED(cols, 0);
  good.correlation = LOWP_CORRELATION_POWER;
  REFUSED(correlation_a, -1);
  good.body = LOWP_DISTRIBUTION_STUDENT;
  REFUSED(nu, 0);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(bodies),    cmocka_unit_test(student),
                                            cmocka_unit_test(pieces),    cmocka_unit_test(outliers),
                                            cmocka_unit_test(channels),  cmocka_unit_test(autoregressive),
                                            cmocka_unit_test(power_law), cmocka_unit_test(refusals)};
  return LOWP_SUITE_RUN("matrices of random numbers", tests);
}
