/* SPDX-License-Identifier: Apache-2.0 */
/* The error measures against sums in long double, worked examples, and one another. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"

#include <lowp/analysis.h>
#include <lowp/quant.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static lowp_error_stats empty(void) {
  lowp_error_stats s;
  lowp_error_stats_init(&s);
  return s;
}

static void worked_example(void **state) {
  (void)state;
  /* e = 0, 1, 0, -2, 0: sum x^2 = 1 + 4 + 0 + 16 + 25 = 46, sum e^2 = 5 */
  const float x[] = {1, -2, 0, 4, 5}, y[] = {1, -1, 0, 2, 5};
  lowp_error_stats s = empty();
  lowp_error_stats_add(&s, 5, x, y);
  assert_true(s.count == 5 && s.flushed == 0 && s.x_nan == 0 && s.y_nonfinite == 0);
  assert_true(s.sum_xx == 46 && s.sum_ee == 5 && s.sum_e == -1 && s.sum_yy == 31 && s.sum_xy == 1 + 2 + 8 + 25);
  assert_true(s.x_amax == 5 && s.max_abs == 2 && s.max_rel == 0.5);
  assert_true(lowp_error_nmse(&s) == 5.0 / 46.0);
  assert_true(fabs(lowp_error_qsnr_db(&s) - 9.6378782734) < 1e-9);
  assert_true(lowp_error_mse(&s) == 1 && lowp_error_bias(&s) == -0.2);
  assert_true(fabs(lowp_error_cosine(&s) - 36 / sqrt(46.0 * 31.0)) < 1e-15);
}

static void special_values(void **state) {
  (void)state;
  const float x[] = {NAN, INFINITY, -INFINITY, 1, 2, 3, 0, -4, 1e-40f, NAN, 5};
  const float y[] = {0, 1, -INFINITY, NAN, INFINITY, 0, 1, -4, 0, NAN, 5};
  lowp_error_stats s = empty();
  lowp_error_stats_add(&s, 11, x, y);
  assert_true(s.count == 11 && s.x_nan == 2 && s.x_inf == 2 && s.y_nonfinite == 2);
  assert_true(s.flushed == 2); /* 3 and the subnormal; 0 -> 1 is no flush */
  assert_true(s.max_abs == 3 && s.max_rel == 1 && s.x_amax == 5);
  assert_true(fabs(lowp_error_mse(&s) - 10.0 / 5) < 1e-12); /* (0, 1), (3, 0), (-4, -4), (1e-40, 0), (5, 5) */
}

static void limits(void **state) {
  (void)state;
  lowp_error_stats s = empty();
  assert_true(lowp_error_nmse(&s) == 0 && lowp_error_qsnr_db(&s) == INFINITY && lowp_error_cosine(&s) == 1);
  assert_true(lowp_error_mse(&s) == 0 && lowp_error_bias(&s) == 0);
  const float zero[] = {0, 0}, one[] = {1, 1};
  lowp_error_stats_add(&s, 2, zero, one);
  assert_true(lowp_error_nmse(&s) == INFINITY && lowp_error_qsnr_db(&s) == -INFINITY && lowp_error_cosine(&s) == 0);
}

static float *random_floats(size_t n, uint32_t seed) {
  float *x = malloc(n * sizeof *x);
  assert_non_null(x);
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, seed, 0, n, x), LOWP_OK);
  return x;
}

static void against_long_double(void **state) {
  (void)state;
  enum { N = 100003 };
  float *x = random_floats(N, 1), *y = random_floats(N, 2);
  long double xx = 0, ee = 0, xy = 0;
  for (size_t i = 0; i < N; i++) {
    y[i] = x[i] + y[i] * 0.125f;
    xx += (long double)x[i] * x[i];
    xy += (long double)x[i] * y[i];
    ee += ((long double)y[i] - x[i]) * ((long double)y[i] - x[i]);
  }
  lowp_error_stats s = empty();
  lowp_error_stats_add(&s, N, x, y);
  assert_true(fabsl(s.sum_xx - xx) < 1e-10L * xx && fabsl(s.sum_ee - ee) < 1e-10L * ee &&
              fabsl(s.sum_xy - xy) < 1e-9L * xx);
  free(x);
  free(y);
}

/* Cut at the borders of chunks and merged in order, in whatever pieces: the bits of one call. */
static void any_cut(void **state) {
  (void)state;
  enum { ROWS = 700, COLS = 777 };
  float *x = random_floats(ROWS * COLS, 3);
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x);
  lowp_qtensor *q;
  assert_int_equal(lowp_qtensor_create(&q, LOWP_SCHEME_MXFP4, ROWS, COLS), LOWP_OK);
  assert_int_equal(lowp_quantize(NULL, &view, q, NULL), LOWP_OK);
  lowp_error_stats whole = empty(), pieces = empty();
  assert_int_equal(lowp_error_stats_qtensor(&whole, &view, q, 0, ROWS), LOWP_OK);
  size_t chunk = lowp_error_chunk_rows(COLS);
  assert_true(chunk > 1 && chunk < ROWS);
  for (size_t r = 0; r < ROWS; r += chunk) {
    lowp_error_stats part = empty();
    assert_int_equal(lowp_error_stats_qtensor(&part, &view, q, r, r + chunk < ROWS ? r + chunk : ROWS), LOWP_OK);
    lowp_error_stats_merge(&pieces, &part);
  }
  assert_memory_equal(&whole, &pieces, sizeof whole);
  assert_true(whole.count == (uint64_t)ROWS * COLS);

  /* The same through a dequantized matrix: only what codes tell is missing. */
  float *back = malloc(sizeof(float) * ROWS * COLS);
  assert_non_null(back);
  lowp_view out = lowp_view_of(LOWP_F32, ROWS, COLS, back);
  assert_int_equal(lowp_dequantize(q, &out, NULL), LOWP_OK);
  lowp_error_stats views = empty();
  assert_int_equal(lowp_error_stats_rows(&views, &view, &out, 0, ROWS), LOWP_OK);
  assert_true(views.clipped == 0 && whole.clipped > 0);
  views.clipped = whole.clipped;
  assert_memory_equal(&whole, &views, sizeof whole);
  free(back);
  free(x);
  lowp_qtensor_destroy(q);
}

/* One block of MXFP4 whose scale is known: floor of 7.5 is 4, so the scale is 1 and the grid is E2M1's. */
static void clipped_mxfp4(void **state) {
  (void)state;
  float x[32] = {7.5f, 7.0f, 7.01f, -7.2f, 6.9f, 5.1f, 0.2f, -0.25f};
  lowp_view view = lowp_view_of(LOWP_F32, 1, 32, x);
  lowp_qtensor *q;
  assert_int_equal(lowp_qtensor_create(&q, LOWP_SCHEME_MXFP4, 1, 32), LOWP_OK);
  assert_int_equal(lowp_quantize(NULL, &view, q, NULL), LOWP_OK);
  lowp_error_stats s = empty();
  assert_int_equal(lowp_error_stats_qtensor(&s, &view, q, 0, 1), LOWP_OK);
  assert_true(s.clipped == 3); /* beyond 7 = 6 + half of the step from 4 to 6: 7.5, 7.01, -7.2; 7.0 is at the border */
  assert_true(s.flushed == 2); /* 0.2, and -0.25, which ties to even */
  lowp_qtensor_destroy(q);
}

/*
 * Codes of four bits, one by one: the magnitude 7 is the largest, 6 after 4 of E2M1 and 1.75 after 1.5 of S1P2. The original is
 * changed after quantizing, so that much is clipped, and has infinities and NaN.
 */
static void clipped_four_bits(void **state) {
  (void)state;
  static const lowp_scheme schemes[] = {LOWP_SCHEME_MXFP4, LOWP_SCHEME_NVFP4, LOWP_SCHEME_HIF4};
  enum { ROWS = 3, COLS = 2150 };
  float *x = random_floats(ROWS * COLS, 6), *y = malloc(ROWS * COLS * sizeof *y);
  assert_non_null(y);
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x), back = lowp_view_of(LOWP_F32, ROWS, COLS, y);
  for (size_t k = 0; k < sizeof schemes / sizeof schemes[0]; k++) {
    lowp_qtensor *q;
    assert_int_equal(lowp_qtensor_create(&q, schemes[k], ROWS, COLS), LOWP_OK);
    assert_int_equal(lowp_quantize(NULL, &view, q, NULL), LOWP_OK);
    assert_int_equal(lowp_dequantize(q, &back, NULL), LOWP_OK);
    float *changed = random_floats(ROWS * COLS, 7);
    uint64_t expected = 0;
    for (size_t i = 0; i < ROWS * COLS; i++) {
      const uint8_t byte = ((const uint8_t *)q->codes)[i / COLS * q->codes_stride + i % COLS / 2];
      const unsigned code = i % COLS % 2 ? byte >> 4 : byte & 15;
      changed[i] = i % 101 == 0 ? INFINITY : i % 103 == 0 ? NAN : x[i] * (1 + changed[i] / 8);
      if (!isfinite(changed[i]) || (code & 7) != 7) continue;
      const double half = schemes[k] == LOWP_SCHEME_HIF4 ? 1.0 / 14 : 1.0 / 6;
      expected += fabs((double)changed[i]) > fabs((double)y[i]) * (1 + half);
    }
    lowp_view other = lowp_view_of(LOWP_F32, ROWS, COLS, changed);
    lowp_error_stats s = empty();
    assert_int_equal(lowp_error_stats_qtensor(&s, &other, q, 0, ROWS), LOWP_OK);
    LOWP_CHECK(s.clipped == expected && expected > 5, "%s: %llu clipped, expected %llu",
               lowp_scheme_info_of(schemes[k])->name, (unsigned long long)s.clipped, (unsigned long long)expected);
    free(changed);
    lowp_qtensor_destroy(q);
  }
  free(x);
  free(y);
}

/* INT8 on a given scale of 1: codes end at -127 or -128 and 127. */
static void clipped_int8(void **state) {
  (void)state;
  const float x[] = {127, 127.4f, 128, 300, -127, -127.4f, -129, -300};
  lowp_view view = lowp_view_of(LOWP_F32, 1, 8, x);
  lowp_qtensor *q;
  assert_int_equal(lowp_qtensor_create(&q, LOWP_SCHEME_INT8_TENSOR, 1, 8), LOWP_OK);
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_INT8_TENSOR);
  opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
  opts.tensor_scale = 1;
  assert_int_equal(lowp_quantize(&opts, &view, q, NULL), LOWP_OK);
  lowp_error_stats s = empty();
  assert_int_equal(lowp_error_stats_qtensor(&s, &view, q, 0, 1), LOWP_OK);
  assert_true(s.clipped == 4); /* 128, 300, -129, -300 */
  lowp_qtensor_destroy(q);
}

/* amax decides about the scale: nothing is beyond the largest code, whatever the scheme, but for rules that say so. */
static void clipped_by_scheme(void **state) {
  (void)state;
  enum { ROWS = 16, COLS = 256 };
  float *x = random_floats(ROWS * COLS, 4);
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x);
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++) {
    const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
    lowp_qtensor *q;
    assert_int_equal(lowp_qtensor_create(&q, info->id, ROWS, COLS), LOWP_OK);
    assert_int_equal(lowp_quantize(NULL, &view, q, NULL), LOWP_OK);
    lowp_error_stats s = empty();
    assert_int_equal(lowp_error_stats_qtensor(&s, &view, q, 0, ROWS), LOWP_OK);
    double share = (double)s.clipped / (double)s.count;
    bool may = info->family == LOWP_FAMILY_MX || info->family == LOWP_FAMILY_HIF4;
    LOWP_CHECK(may ? share < 0.05 : s.clipped == 0, "%s: %llu clipped", info->name, (unsigned long long)s.clipped);
    LOWP_CHECK(lowp_error_qsnr_db(&s) > 15, "%s: QSNR %g dB", info->name, lowp_error_qsnr_db(&s));
    lowp_qtensor_destroy(q);
  }
  free(x);
}

/* NMSE on Gaussian data, known from an independent simulation: MXFP4 floor 1.322e-2, NVFP4 9.04e-3, HiF4 6.87e-3. */
static void anchors(void **state) {
  (void)state;
  static const struct {
    lowp_scheme scheme;
    double nmse;
  } known[] = {{LOWP_SCHEME_MXFP4, 1.322e-2},
               {LOWP_SCHEME_NVFP4, 9.04e-3},
               {LOWP_SCHEME_HIF4, 6.87e-3},
               {LOWP_SCHEME_INT4_G32, 9.40e-3},
               {LOWP_SCHEME_INT4_G128, 1.372e-2}};
  enum { ROWS = 1024, COLS = 1024 };
  float *x = random_floats(ROWS * COLS, 5);
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x);
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    lowp_qtensor *q;
    assert_int_equal(lowp_qtensor_create(&q, known[i].scheme, ROWS, COLS), LOWP_OK);
    assert_int_equal(lowp_quantize(NULL, &view, q, NULL), LOWP_OK);
    lowp_error_stats s = empty();
    assert_int_equal(lowp_error_stats_qtensor(&s, &view, q, 0, ROWS), LOWP_OK);
    double nmse = lowp_error_nmse(&s);
    LOWP_CHECK(fabs(nmse / known[i].nmse - 1) < 0.01, "%s: NMSE %g, expected %g",
               lowp_scheme_info_of(known[i].scheme)->name, nmse, known[i].nmse);
    lowp_qtensor_destroy(q);
  }
  free(x);
}

static void refusals(void **state) {
  (void)state;
  float x[4] = {0}, y[4] = {0};
  lowp_view a = lowp_view_of(LOWP_F32, 2, 2, x), b = lowp_view_of(LOWP_F32, 1, 4, y),
            c = lowp_view_of(LOWP_F32, 2, 2, y);
  lowp_error_stats s = empty(), before = s;
  assert_int_equal(lowp_error_stats_rows(&s, &a, &b, 0, 1), LOWP_E_SHAPE);
  assert_int_equal(lowp_error_stats_rows(&s, &a, &c, 1, 3), LOWP_E_RANGE);
  assert_int_equal(lowp_error_stats_rows(&s, &a, &c, 2, 1), LOWP_E_RANGE);
  assert_int_equal(lowp_error_stats_rows(&s, &a, NULL, 0, 1), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_error_stats_rows(NULL, &a, &c, 0, 1), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_error_stats_qtensor(&s, &a, NULL, 0, 1), LOWP_E_ARGUMENT);
  s.struct_size = 1;
  before.struct_size = 1;
  assert_int_equal(lowp_error_stats_rows(&s, &a, &c, 0, 1), LOWP_E_ARGUMENT);
  assert_memory_equal(&s, &before, sizeof s);
  assert_true(lowp_error_chunk_rows(0) == 1 && lowp_error_chunk_rows(SIZE_MAX) == 1);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(worked_example),
                                            cmocka_unit_test(special_values),
                                            cmocka_unit_test(limits),
                                            cmocka_unit_test(against_long_double),
                                            cmocka_unit_test(any_cut),
                                            cmocka_unit_test(clipped_mxfp4),
                                            cmocka_unit_test(clipped_four_bits),
                                            cmocka_unit_test(clipped_int8),
                                            cmocka_unit_test(clipped_by_scheme),
                                            cmocka_unit_test(anchors),
                                            cmocka_unit_test(refusals)};
  return LOWP_SUITE_RUN("error measures", tests);
}
