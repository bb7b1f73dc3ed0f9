/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outliers of k sigma in Gaussian blocks: the values of an independent simulation, closed forms, and the ceiling.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"

#include <lowp/analysis.h>
#include <lowp/outlier.h>
#include <lowp/theory.h>
#include <math.h>
#include <stdlib.h>

enum { ROWS = 256, COLS = 4096 };
static float *body;

static lowp_outlier_summary sweep(lowp_scheme scheme, lowp_scale_rule rule, double k) {
  float *x = malloc(sizeof(float) * ROWS * COLS);
  assert_non_null(x);
  for (size_t i = 0; i < (size_t)ROWS * COLS; i++) x[i] = body[i];
  assert_int_equal(lowp_outlier_plant(scheme, k, 11, ROWS, COLS, x), LOWP_OK);
  lowp_quant_opts quant;
  lowp_quant_opts_init(&quant, scheme);
  quant.scale_rule = rule;
  lowp_outlier_opts opts;
  lowp_outlier_opts_init(&opts);
  opts.rule = LOWP_OUTLIER_ARGMAX;
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x);
  lowp_outlier_summary s;
  assert_int_equal(lowp_measure_outliers(scheme, &quant, &opts, &view, &s, NULL), LOWP_OK);
  free(x);
  return s;
}

static const double ks[4] = {8, 12, 16, 32};

/* The simulation gives A to three digits, z to two, D to one decimal; 3 % more for its own sampling and ours. */
static void table(void **state) {
  (void)state;
  static const struct {
    lowp_scheme scheme;
    lowp_scale_rule rule;
    double a[4], z[4], d[4]; /* 0: not given */
  } rows[] = {
      {LOWP_SCHEME_MXFP4, LOWP_SCALE_RCEIL, {6.3, 6.3, 24.9, 65}, {.38, .38, .68, .95}, {2.2, 0, 9.8, 26.4}},
      {LOWP_SCHEME_NVFP4, LOWP_SCALE_DEFAULT, {4.2, 9.2, 16.4, 60.5}, {.26, .38, .50, .82}, {0.4, 0, 2.1, 8.1}},
      {LOWP_SCHEME_HIF4, LOWP_SCALE_DEFAULT, {2.4, 4.4, 8.8, 28}, {.15, .21, .29, .51}, {0.6, 0, 3.4, 11.7}},
      {LOWP_SCHEME_INT4_G32, LOWP_SCALE_DEFAULT, {11.6, 26, 44.9, 98.8}, {.43, .61, .75, .98}, {3.1, 0, 12.8, 28.5}},
      {LOWP_SCHEME_INT4_G128, LOWP_SCALE_DEFAULT, {7.9, 17.8, 30.7, 67.6}, {0}, {12, 0, 52, 116}},
      {LOWP_SCHEME_INT8_CHANNEL, LOWP_SCALE_DEFAULT, {4.4, 9.9, 17.5, 70}, {0}, {0}},
      {LOWP_SCHEME_MXINT8, LOWP_SCALE_RCEIL, {18.8, 18.8, 75, 301}, {0}, {0}},
      {LOWP_SCHEME_MXFP8_E4M3, LOWP_SCALE_RCEIL, {1, 1, 1, 1}, {0}, {0}},
      {LOWP_SCHEME_FP8_CHANNEL, LOWP_SCALE_DEFAULT, {1, 1, 1, 1}, {0}, {0}},
      {LOWP_SCHEME_HIF8_CHANNEL, LOWP_SCALE_DEFAULT, {1, 1, 1, 1}, {0}, {0}},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    for (int j = 0; j < 4; j++) {
      const char *name = lowp_scheme_info_of(rows[i].scheme)->name;
      lowp_outlier_summary s = sweep(rows[i].scheme, rows[i].rule, ks[j]);
      double a = rows[i].a[j], z = rows[i].z[j], d = rows[i].d[j];
      LOWP_CHECK(fabs(s.a_ratio - a) < 0.05 + 0.03 * a, "%s, k = %g: A %.4g, expected %g", name, ks[j], s.a_ratio, a);
      LOWP_CHECK(z == 0 || fabs(s.z_mean - z) < 0.011, "%s, k = %g: z %.4g, expected %g", name, ks[j], s.z_mean, z);
      LOWP_CHECK(d == 0 || fabs(s.d_pooled - d) < 0.06 + 0.03 * d, "%s, k = %g: D %.4g, expected %g", name, ks[j],
                 s.d_pooled, d);
    }
}

/*
 * Flushed share: the scale maps k to the largest element, MX times rho, so that erf of half the smallest step is known.
 */
static void flushed(void **state) {
  (void)state;
  static const struct {
    lowp_scheme scheme;
    lowp_element element;
    bool power_of_two;
  } rows[] = {{LOWP_SCHEME_MXFP4, LOWP_E2M1, true},
              {LOWP_SCHEME_MXFP6_E2M3, LOWP_E2M3, true},
              {LOWP_SCHEME_INT4_G32, LOWP_INT4, false},
              {LOWP_SCHEME_INT4_G128, LOWP_INT4, false},
              {LOWP_SCHEME_INT8_CHANNEL, LOWP_INT8, false}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    for (int j = 0; j < 4; j++) {
      lowp_theory_format f;
      assert_int_equal(lowp_theory_format_of(rows[i].element, &f), LOWP_OK);
      double reach = f.max; /* of the smallest power of two that holds k */
      while (rows[i].power_of_two && reach < ks[j]) reach *= 2;
      double rho = rows[i].power_of_two ? reach / ks[j] : 1;
      lowp_outlier_summary s =
          sweep(rows[i].scheme, rows[i].power_of_two ? LOWP_SCALE_RCEIL : LOWP_SCALE_DEFAULT, ks[j]);
      double z = lowp_theory_outlier_flushed(&f, ks[j], rho);
      LOWP_CHECK(fabs(s.z_mean - z) < 2e-3, "%s, k = %g: z %.5f, expected %.5f",
                 lowp_scheme_info_of(rows[i].scheme)->name, ks[j], s.z_mean, z);
    }
}

/* INT8 rows while the step is below sigma: the added error is step^2 / 12 less what was there. k = 100: A = 685. */
static void integer_error(void **state) {
  (void)state;
  lowp_theory_format f = lowp_theory_int(8);
  for (double k = 8; k <= 100; k *= 1.5) {
    lowp_outlier_summary s = sweep(LOWP_SCHEME_INT8_CHANNEL, LOWP_SCALE_DEFAULT, k);
    double e0 = s.worst[0].rest_ee0 / (COLS - 1), e = lowp_theory_outlier_error(&f, k, 1);
    double measured = s.worst[0].rest_ee / (COLS - 1);
    LOWP_CHECK(fabs(measured / e - 1) < 0.08 && e0 < e, "k = %g: error %g, expected %g", k, measured, e);
    LOWP_CHECK(fabs(s.d_pooled / (COLS - 1) / (e - 7.47e-5) - 1) < 0.02, "k = %g: D / n %g", k,
               s.d_pooled / (COLS - 1));
  }
  lowp_outlier_summary s = sweep(LOWP_SCHEME_INT8_CHANNEL, LOWP_SCALE_DEFAULT, 100);
  LOWP_CHECK(fabs(s.a_ratio / 685 - 1) < 0.02, "k = 100: A %g", s.a_ratio);
}

/* A far outlier flushes everything: A is 1 / NMSE without it, z is 1, D is n less what was lost before. */
static void ceiling(void **state) {
  (void)state;
  static const lowp_scheme schemes[] = {LOWP_SCHEME_MXFP4, LOWP_SCHEME_NVFP4, LOWP_SCHEME_HIF4, LOWP_SCHEME_INT4_G32,
                                        LOWP_SCHEME_INT8_CHANNEL};
  for (size_t i = 0; i < 5; i++) {
    lowp_outlier_summary s = sweep(schemes[i], LOWP_SCALE_DEFAULT, 1e5);
    const lowp_outlier_block *b = &s.worst[0];
    assert_true(s.z_mean == 1);
    double nmse0 = b->rest_ee0 / b->rest_xx;
    LOWP_CHECK(fabs(b->a * nmse0 - 1) < 1e-12 && fabs(b->a / lowp_theory_outlier_ceiling(nmse0) - 1) < 1e-12, "%g",
               b->a);
    LOWP_CHECK(fabs(b->d / ((double)b->rest * (1 - nmse0)) - 1) < 1e-12, "D %g of %zu", b->d, (size_t)b->rest);
  }
}

/* Every scheme: larger outliers never cost less, but for schemes that have exponents enough, which do not notice. */
static void every_scheme(void **state) {
  (void)state;
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++) {
    const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
    double last = 0;
    for (int j = 0; j < 4; j++) {
      lowp_outlier_summary s = sweep(info->id, LOWP_SCALE_DEFAULT, ks[j]);
      printf("%-16s k=%2.0f  A %7.4g  p50 %7.4g  p99 %7.4g  z %.3f (%.3f)  D %8.4g\n", info->name, ks[j], s.a_ratio,
             s.a_p50, s.a_p99, s.z_mean, s.z0_mean, s.d_pooled);
      unsigned exponents = lowp_element_row_of(info->element).minifloat.e;
      if (exponents >= 4 || info->element == LOWP_HIF8 || info->family == LOWP_FAMILY_CAST)
        LOWP_CHECK(fabs(s.a_ratio - 1) < 0.2 && s.z_mean < 0.01, "%s, k = %g: A %g", info->name, ks[j], s.a_ratio);
      else
        LOWP_CHECK(s.a_ratio >= last, "%s, k = %g: A %g after %g", info->name, ks[j], s.a_ratio, last);
      last = s.a_ratio;
    }
  }
}

int main(void) {
  body = malloc(sizeof(float) * ROWS * COLS);
  if (body == NULL || lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 21, 0, (size_t)ROWS * COLS, body) != LOWP_OK) return 1;
  static const struct CMUnitTest tests[] = {cmocka_unit_test(table), cmocka_unit_test(flushed),
                                            cmocka_unit_test(integer_error), cmocka_unit_test(ceiling),
                                            cmocka_unit_test(every_scheme)};
  int result = LOWP_SUITE_RUN("outlier table", tests);
  free(body);
  return result;
}
