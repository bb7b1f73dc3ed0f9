/* SPDX-License-Identifier: Apache-2.0 */
/* The closed forms against published points, against sums over densities, and against one another. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"

#include <lowp/theory.h>
#include <math.h>

static lowp_theory_format format(lowp_element element) {
  lowp_theory_format f;
  assert_int_equal(lowp_theory_format_of(element, &f), LOWP_OK);
  return f;
}

/* arXiv 2510.25602: pairs of equal QSNR, at rho = 1.5 for E8M0 scales. */
static void published_crossings(void **state) {
  (void)state;
  static const struct {
    int bits;
    lowp_element fp;
    lowp_theory_scale scale;
    double kappa, db, tolerance;
  } points[] = {{8, LOWP_E4M3FN, LOWP_THEORY_E8M0, 7.55, 31.86, 0.02},
                {6, LOWP_E2M3, LOWP_THEORY_E8M0, 1.96, 31.54, 0.02},
                {4, LOWP_E2M1, LOWP_THEORY_E8M0, 2.04, 19.14, 0.02},
                {4, LOWP_E2M1, LOWP_THEORY_E4M3, 2.39, 21.14, 0.5}};
  for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
    lowp_theory_format integer = lowp_theory_int(points[i].bits), fp = format(points[i].fp);
    double a = lowp_theory_qsnr_db(&integer, points[i].scale, points[i].kappa, 1.5, 16);
    double b = lowp_theory_qsnr_db(&fp, points[i].scale, points[i].kappa, 1.5, 16);
    LOWP_CHECK(fabs(a - points[i].db) < points[i].tolerance, "INT%d: %.3f dB", points[i].bits, a);
    LOWP_CHECK(fabs(b - points[i].db) < points[i].tolerance, "FP of %d bits: %.3f dB", points[i].bits, b);
    double kappa;
    assert_true(lowp_theory_crossing(&integer, &fp, points[i].scale, 1.5, 16, &kappa));
    LOWP_CHECK(fabs(kappa - points[i].kappa) < (points[i].scale == LOWP_THEORY_E8M0 ? 0.02 : 0.15), "INT%d: kappa %.4f",
               points[i].bits, kappa);
    double at = lowp_theory_qsnr_db(&integer, points[i].scale, kappa, 1.5, 16) -
                lowp_theory_qsnr_db(&fp, points[i].scale, kappa, 1.5, 16);
    assert_true(fabs(at) < 1e-7);
  }
}

/* p and w by summing the density over the values that become subnormal: a midpoint rule, which knows no erf. */
static void shares_by_integration(void **state) {
  (void)state;
  static const lowp_element elements[] = {LOWP_E2M1, LOWP_E2M3, LOWP_E4M3FN, LOWP_E5M2};
  for (size_t i = 0; i < 4; i++) {
    lowp_theory_format f = format(elements[i]);
    for (double kappa = 1.25; kappa < 9; kappa *= 1.5) {
      enum { STEPS = 20000 };
      /* the smallest normal is 2^(1 - bias); the maximum kappa sits on max / rho */
      double top = ldexp(1, 1 - f.bias) * 1.5 * kappa / f.max, p = 0, energy = 0;
      for (int j = 0; j < STEPS; j++) {
        double x = (j + 0.5) * top / STEPS, density = 2 * exp(-x * x / 2) / sqrt(2 * acos(-1));
        p += density * top / STEPS;
        energy += density * x * x * top / STEPS;
      }
      assert_true(fabs(p - lowp_theory_subnormal_share(&f, kappa, 1.5)) < 1e-8);
      assert_true(fabs(1 - energy - lowp_theory_normal_energy(&f, kappa, 1.5)) < 1e-8);
    }
  }
}

static void limits(void **state) {
  (void)state;
  /* 13.80 + 6.02 M: E5M2 25.84, E4M3 31.86 dB */
  assert_true(fabs(lowp_theory_fp_ceiling_db(2) - 25.84) < 0.01 && fabs(lowp_theory_fp_ceiling_db(3) - 31.86) < 0.01);
  lowp_theory_format e4m3 = format(LOWP_E4M3FN), e2m1 = format(LOWP_E2M1), int4 = lowp_theory_int(4);
  assert_true(fabs(lowp_theory_qsnr_db(&e4m3, LOWP_THEORY_E8M0, 2, 1, 0) - lowp_theory_fp_ceiling_db(3)) < 0.01);
  /* one bit more: 6.02 dB; twice the crest factor: as much less */
  lowp_theory_format int5 = lowp_theory_int(5);
  double one = lowp_theory_qsnr_db(&int4, LOWP_THEORY_E8M0, 3, 1.5, 0);
  assert_true(fabs(lowp_theory_qsnr_db(&int5, LOWP_THEORY_E8M0, 3, 1.5, 0) - one - 6.0206) < 1e-4);
  assert_true(fabs(one - lowp_theory_qsnr_db(&int4, LOWP_THEORY_E8M0, 6, 1.5, 0) - 6.0206) < 1e-4);
  /* NVFP4 gets better with kappa up to about 4 (share of energy that is exact), then worse */
  double last = 0, best = 0;
  for (double kappa = 1.5; kappa <= 3.9; kappa += 0.1) {
    double db = lowp_theory_qsnr_db(&e2m1, LOWP_THEORY_E4M3, kappa, 1, 16);
    if (db > last) best = kappa;
    last = db > last ? db : last;
  }
  LOWP_CHECK(best > 2, "best at %.2f", best);
  assert_true(isnan(lowp_theory_qsnr_db(&e2m1, LOWP_THEORY_E8M0, 0, 1, 0)));
  assert_true(isnan(lowp_theory_qsnr_db(&e2m1, LOWP_THEORY_E8M0, 2, 0.5, 0)));
  assert_true(isnan(lowp_theory_qsnr_db(&e2m1, LOWP_THEORY_E4M3, 2, 1, 1)));
  double kappa = 7;
  assert_int_equal(lowp_theory_crossing(&e2m1, &e4m3, LOWP_THEORY_E8M0, 1.5, 0, &kappa), 0);
  assert_true(kappa == 7);
}

/* Stochastic rounding: the mean over all 2^d fractions f of floor(f 2^(r-d)) / 2^r, less the mean of f. */
static void sr_bias(void **state) {
  (void)state;
  for (int d = 1; d <= 16; d++)
    for (int r = 1; r <= 16; r++) {
      double up = 0, fraction = 0;
      for (long f = 0; f < 1L << d; f++) {
        up += r >= d ? ldexp((double)f, -d) : ldexp((double)(f >> (d - r)), -r);
        fraction += ldexp((double)f, -d);
      }
      assert_true(fabs(ldexp(up - fraction, -d) - lowp_theory_sr_bias_ulp(r, d)) < 1e-12);
    }
}

/* Moments by summing over the fractions themselves. */
static void moments(void **state) {
  (void)state;
  enum { STEPS = 100000 };
  for (int mode = LOWP_ROUND_RNE; mode <= LOWP_ROUND_STOCHASTIC; mode++) {
    double sum = 0, squares = 0, bias, rms;
    for (int i = 0; i < STEPS; i++) {
      double f = (i + 0.5) / STEPS, up = mode == LOWP_ROUND_RTZ ? 0 : mode == LOWP_ROUND_UP ? 1 : f > 0.5;
      if (mode == LOWP_ROUND_STOCHASTIC) up = f;
      sum += up * (1 - f) + (1 - up) * -f;
      squares += up * (1 - f) * (1 - f) + (1 - up) * f * f;
    }
    assert_int_equal(lowp_theory_rounding_moments((lowp_round)mode, &bias, &rms), LOWP_OK);
    assert_true(fabs(bias - sum / STEPS) < 1e-6 && fabs(rms - sqrt(squares / STEPS)) < 1e-6);
  }
  double bias, rms;
  assert_int_equal(lowp_theory_rounding_moments((lowp_round)99, &bias, &rms), LOWP_E_ARGUMENT);
}

static void outliers(void **state) {
  (void)state;
  lowp_theory_format e2m1 = format(LOWP_E2M1), int4 = format(LOWP_INT4), int8 = format(LOWP_INT8);
  for (double k = 4; k < 100; k *= 1.7) {
    assert_true(fabs(lowp_theory_outlier_flushed(&e2m1, k, 1) - erf(k / (24 * sqrt(2)))) < 1e-14);
    assert_true(fabs(lowp_theory_outlier_flushed(&int4, k, 1) - erf(k / (14 * sqrt(2)))) < 1e-14);
    assert_true(fabs(lowp_theory_outlier_error(&int8, k, 1) - k * k / (127.0 * 127 * 12)) < 1e-14);
  }
  assert_true(lowp_theory_outlier_ceiling(0.01) == 100);
  assert_true(lowp_theory_output_nmse(0.5, 0.25) == 0.875);
}

static void refusals(void **state) {
  (void)state;
  lowp_theory_format f;
  assert_int_equal(lowp_theory_format_of(LOWP_HIF8, &f), LOWP_E_UNSUPPORTED);
  assert_int_equal(lowp_theory_format_of(LOWP_E8M0, &f), LOWP_E_UNSUPPORTED);
  assert_int_equal(lowp_theory_format_of(LOWP_F32, &f), LOWP_E_UNSUPPORTED);
  assert_int_equal(lowp_theory_format_of((lowp_element)999, &f), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_theory_format_of(LOWP_E2M1, NULL), LOWP_E_ARGUMENT);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(published_crossings),
                                            cmocka_unit_test(shares_by_integration),
                                            cmocka_unit_test(limits),
                                            cmocka_unit_test(sr_bias),
                                            cmocka_unit_test(moments),
                                            cmocka_unit_test(outliers),
                                            cmocka_unit_test(refusals)};
  return LOWP_SUITE_RUN("closed forms", tests);
}
