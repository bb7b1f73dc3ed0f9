/* SPDX-License-Identifier: Apache-2.0 */
/* What keeping a column would gain, by hand and by taking it away; and the choice, against all choices. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/rng.h"
#include "harness/suite.h"

#include <lowp/calib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 96 takes the scale to 2^4, under which ones are zeros; without it they are exact. */
static void outlier_by_hand(void **state) {
  (void)state;
  float x[64];
  double benefit[64] = {0}, weight[64];
  for (size_t i = 0; i < 64; i++) x[i] = 1, weight[i] = i == 40 ? 3 : 1;
  x[7] = -96;
  const lowp_view view = lowp_view_of(LOWP_F32, 1, 64, x);
  assert_int_equal(lowp_measure_column_benefit(LOWP_SCHEME_MXFP4, NULL, &view, NULL, 0, 1, benefit, NULL), LOWP_OK);
  for (size_t i = 0; i < 64; i++) assert_true(benefit[i] == (i == 7 ? 31 : i < 32 ? 1 : 0));
  x[40] = 96;
  assert_int_equal(lowp_measure_column_benefit(LOWP_SCHEME_MXFP4, NULL, &view, weight, 0, 1, benefit, NULL), LOWP_OK);
  assert_true(benefit[7] == 62 && benefit[0] == 2 && benefit[40] == 31 && benefit[63] == 1);
}

/* Squared error of the columns but `without`, which is zeroed first; NVFP4's tensor scale stays that of the whole. */
static double rest_error(lowp_scheme scheme, const lowp_quant_opts *given, size_t k, const float *row, size_t without) {
  float x[256] = {0}, y[256] = {0};
  memcpy(x, row, k * sizeof *x);
  if (without < k) x[without] = 0;
  const lowp_view vx = lowp_view_of(LOWP_F32, 1, k, x), vy = lowp_view_of(LOWP_F32, 1, k, y);
  lowp_qtensor *q = NULL;
  assert_int_equal(lowp_qtensor_create(&q, scheme, 1, k), LOWP_OK);
  assert_int_equal(lowp_quantize(given, &vx, q, NULL), LOWP_OK);
  assert_int_equal(lowp_dequantize(q, &vy, NULL), LOWP_OK);
  lowp_qtensor_destroy(q);
  double sum = 0;
  for (size_t c = 0; c < k; c++)
    if (c != without) sum += ((double)x[c] - (double)y[c]) * ((double)x[c] - (double)y[c]);
  return sum;
}

/* The column with the outlier of every row gains what its absence gains; the sum over rows is that of the rows. */
static void by_taking_away(void **state) {
  (void)state;
  enum { ROWS = 9, K = 128 };
  float x[ROWS * K] = {0};
  lowpt_rng rng = {3};
  for (size_t i = 0; i < ROWS * K; i++) x[i] = (float)lowpt_normal(&rng);
  for (size_t r = 0; r < ROWS; r++) x[r * K + 35] = r % 2 ? 20 : -18;
  const lowp_view view = lowp_view_of(LOWP_F32, ROWS, K, x);
  for (int s = 1; s < LOWP_SCHEME_COUNT; s++) {
    const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)s);
    if (info->block_rows != 1) continue;
    double benefit[K] = {0}, pieces[K] = {0}, want = 0, sum = 0, whole = 0;
    lowp_quant_opts given;
    lowp_quant_opts_init(&given, info->id);
    if (info->tensor_scale) {
      given.tensor_scale_from = LOWP_TENSOR_SCALE_AMAX;
      given.tensor_amax = 20;
    }
    assert_int_equal(lowp_measure_column_benefit(info->id, NULL, &view, NULL, 0, ROWS, benefit, NULL), LOWP_OK);
    for (size_t r = 0; r < ROWS; r++) {
      whole += rest_error(info->id, &given, K, x + r * K, K);
      want += rest_error(info->id, &given, K, x + r * K, K) - rest_error(info->id, &given, K, x + r * K, 35);
    }
    LOWP_CHECK(fabs(benefit[35] - want) <= 1e-9 * whole, "%s: %g, taking away gives %g", info->name, benefit[35], want);
    assert_int_equal(lowp_measure_column_benefit(info->id, NULL, &view, NULL, 0, 4, pieces, NULL), LOWP_OK);
    assert_int_equal(lowp_measure_column_benefit(info->id, NULL, &view, NULL, 4, ROWS, pieces, NULL), LOWP_OK);
    for (size_t c = 0; c < K; c++) {
      sum += benefit[c];
      assert_true(fabs(pieces[c] - benefit[c]) <= 1e-12 * whole);
    }
    assert_true(sum > 0);
  }
}

/* Under scales of whole tensors a column counts with its own error. */
static void own_error(void **state) {
  (void)state;
  enum { ROWS = 5, K = 130 };
  float x[ROWS * K], y[ROWS * K] = {0};
  lowpt_rng rng = {4};
  for (size_t i = 0; i < ROWS * K; i++) x[i] = (float)lowpt_normal(&rng);
  const lowp_view vx = lowp_view_of(LOWP_F32, ROWS, K, x), vy = lowp_view_of(LOWP_F32, ROWS, K, y);
  static const lowp_scheme schemes[] = {LOWP_SCHEME_FP8_TENSOR, LOWP_SCHEME_FP8_BLOCK128, LOWP_SCHEME_INT8_TENSOR};
  for (size_t s = 0; s < 3; s++) {
    double benefit[K] = {0};
    lowp_qtensor *q = NULL;
    assert_int_equal(lowp_qtensor_create(&q, schemes[s], ROWS, K), LOWP_OK);
    assert_int_equal(lowp_quantize(NULL, &vx, q, NULL), LOWP_OK);
    assert_int_equal(lowp_dequantize(q, &vy, NULL), LOWP_OK);
    assert_int_equal(lowp_measure_column_benefit(schemes[s], NULL, &vx, NULL, 0, ROWS, benefit, NULL), LOWP_OK);
    for (size_t c = 0; c < K; c++) {
      double want = 0;
      for (size_t r = 0; r < ROWS; r++) {
        const double e = (double)x[r * K + c] - (double)y[r * K + c];
        want += e * e;
      }
      assert_true(fabs(benefit[c] - want) <= 1e-12 * want);
    }
    lowp_qtensor_destroy(q);
  }
  double benefit[K] = {0};
  x[3] = NAN;
  assert_int_equal(lowp_measure_column_benefit(LOWP_SCHEME_MXFP4, NULL, &vx, NULL, 0, ROWS, benefit, NULL),
                   LOWP_E_NONFINITE);
  assert_int_equal(lowp_measure_column_benefit(LOWP_SCHEME_NONE, NULL, &vx, NULL, 0, ROWS, benefit, NULL),
                   LOWP_E_ARGUMENT);
  assert_int_equal(lowp_measure_column_benefit(LOWP_SCHEME_MXFP4, NULL, &vx, NULL, 0, ROWS + 1, benefit, NULL),
                   LOWP_E_SHAPE);
  for (size_t c = 0; c < K; c++) assert_true(benefit[c] == 0);
}

/* --- the choice --------------------------------------------------------------------------------------------------- */

/* Best total benefit by dynamic programming over whole costs. */
static double optimum(size_t count, const double *benefit, const double *cost, int budget) {
  double best[400] = {0};
  for (size_t i = 0; i < count; i++)
    for (int b = budget; b >= (int)cost[i]; b--) {
      const double with = best[b - (int)cost[i]] + benefit[i];
      if (with > best[b]) best[b] = with;
    }
  return best[budget];
}

static void choice(void **state) {
  (void)state;
  enum { MOST = 40 };
  lowpt_rng rng = {6};
  for (int trial = 0; trial < 300; trial++) {
    const size_t count = 1 + lowpt_below(&rng, trial < 150 ? 12 : MOST);
    double benefit[MOST], cost[MOST], gain = 0, price = 0;
    uint8_t keep[MOST + 1];
    for (size_t i = 0; i < count; i++) {
      benefit[i] = (double)lowpt_below(&rng, 100) - 10;
      cost[i] = 1 + lowpt_below(&rng, 40);
    }
    const int budget = (int)lowpt_below(&rng, 200);
    keep[count] = 0xee;
    assert_int_equal(lowp_guard_select(count, benefit, cost, budget, keep), LOWP_OK);
    assert_int_equal(keep[count], 0xee);
    for (size_t i = 0; i < count; i++) {
      assert_true(keep[i] <= 1);
      if (!keep[i]) continue;
      assert_true(benefit[i] > 0);
      gain += benefit[i];
      price += cost[i];
    }
    assert_true(price <= budget);
    const double best = optimum(count, benefit, cost, budget);
    LOWP_CHECK(count <= 16 ? gain == best : gain >= best / 2, "%zu items: %g of %g", count, gain, best);
  }
}

static void ties_and_refusals(void **state) {
  (void)state;
  enum { N = 20 };
  double benefit[N], cost[N];
  uint8_t keep[N];
  for (size_t i = 0; i < N; i++) benefit[i] = 2, cost[i] = 3;
  assert_int_equal(lowp_guard_select(N, benefit, cost, 10, keep), LOWP_OK);
  for (size_t i = 0; i < N; i++) assert_int_equal(keep[i], i < 3); /* the first of equals */
  assert_int_equal(lowp_guard_select(4, benefit, cost, 6, keep), LOWP_OK);
  assert_true(keep[0] && keep[1] && !keep[2] && !keep[3]);
  assert_int_equal(lowp_guard_select(N, benefit, cost, -1, keep), LOWP_OK);
  for (size_t i = 0; i < N; i++) assert_int_equal(keep[i], 0);
  /* greedy by density would fill up with small ones */
  for (size_t i = 0; i < N; i++) benefit[i] = 1, cost[i] = 1;
  benefit[11] = 90, cost[11] = 100;
  assert_int_equal(lowp_guard_select(N, benefit, cost, 100, keep), LOWP_OK);
  for (size_t i = 0; i < N; i++) assert_int_equal(keep[i], i == 11);
  keep[0] = 7;
  cost[1] = 0;
  assert_int_equal(lowp_guard_select(N, benefit, cost, 100, keep), LOWP_E_RANGE);
  cost[1] = INFINITY;
  assert_int_equal(lowp_guard_select(N, benefit, cost, 100, keep), LOWP_E_RANGE);
  cost[1] = 1;
  assert_int_equal(lowp_guard_select(N, benefit, cost, NAN, keep), LOWP_E_RANGE);
  benefit[2] = NAN;
  assert_int_equal(lowp_guard_select(N, benefit, cost, 100, keep), LOWP_E_RANGE);
  assert_int_equal(lowp_guard_select(N, NULL, cost, 100, keep), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_guard_select(0, NULL, NULL, 100, NULL), LOWP_OK);
  assert_int_equal(keep[0], 7);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(outlier_by_hand), cmocka_unit_test(by_taking_away),    cmocka_unit_test(own_error),
      cmocka_unit_test(choice),          cmocka_unit_test(ties_and_refusals),
  };
  return LOWP_SUITE_RUN("guard rails", tests);
}
