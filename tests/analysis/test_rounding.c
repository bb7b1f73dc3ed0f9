/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding measured against closed forms, and against nearest neighbours found by looking at all of them. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/rng.h"
#include "harness/suite.h"

#include <lowp/analysis.h>
#include <lowp/quant.h>
#include <lowp/rounding.h>
#include <lowp/theory.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static lowp_rounding_stats empty(void) {
  lowp_rounding_stats s;
  lowp_rounding_stats_init(&s);
  return s;
}

/* Values that fill every interval between codes evenly, of either sign: textbook moments, whatever the widths. */
static void moments(void **state) {
  (void)state;
  static const lowp_element elements[] = {LOWP_E2M1, LOWP_E4M3FN, LOWP_E2M3, LOWP_HIF8, LOWP_MXINT8, LOWP_INT4};
  enum { PER_INTERVAL = 1000 };
  float *x = malloc(sizeof(float) * 300 * PER_INTERVAL);
  assert_non_null(x);
  for (size_t e = 0; e < 6; e++) {
    lowp_element id = elements[e];
    double largest = (double)lowp_element_info_of(id)->max;
    size_t n = 0;
    for (unsigned a = 0; a < 256 && a < 1u << lowp_element_row_of(id).bits; a++) {
      double lo = (double)lowp_decode(id, a), hi = INFINITY;
      if (!isfinite(lo) || lo < 0 || lo >= largest || (lo == 0 && signbit(lo))) continue;
      for (unsigned b = 0; b < 256 && b < 1u << lowp_element_row_of(id).bits; b++) {
        double v = (double)lowp_decode(id, b);
        if (v > lo && v < hi) hi = v;
      }
      for (int i = 0; i < PER_INTERVAL; i++)
        x[n++] = (float)((i & 1 ? 1 : -1) * (lo + (hi - lo) * (i + 0.5) / PER_INTERVAL));
    }
    for (int mode = LOWP_ROUND_RNE; mode <= LOWP_ROUND_STOCHASTIC; mode++) {
      lowp_encode_rules rules = lowp_encode_default(id);
      rules.round = (uint8_t)mode;
      lowp_rounding_stats s = empty();
      double bias, rms;
      assert_int_equal(lowp_theory_rounding_moments((lowp_round)mode, &bias, &rms), LOWP_OK);
      assert_int_equal(lowp_measure_rounding(id, &rules, 3, 0, n, x, &s), LOWP_OK);
      assert_true(s.count == n && s.saturated == 0 && s.wrong_side == 0 && s.nonfinite == 0);
      /* toward +Inf: away from zero for half of the values, which are of either sign in turn */
      double measured = mode == LOWP_ROUND_UP ? s.sum_signed / (double)n : lowp_rounding_bias_ulp(&s);
      double within = mode == LOWP_ROUND_STOCHASTIC ? 4 * 0.41 / sqrt((double)n) : 1e-3;
      LOWP_CHECK(fabs(measured - bias) < within, "%s, mode %d: bias %g", lowp_element_info_of(id)->name, mode,
                 measured);
      LOWP_CHECK(fabs(lowp_rounding_rms_ulp(&s) - rms) < within, "%s, mode %d: rms %g", lowp_element_info_of(id)->name,
                 mode, lowp_rounding_rms_ulp(&s));
      assert_true(s.max_ulp <= (mode == LOWP_ROUND_RTZ || mode >= LOWP_ROUND_UP ? 1 : 0.5));
    }
  }
  free(x);
}

static void worked_example(void **state) {
  (void)state;
  /* E2M1: ties at 0.25, 5, -2.5; 6 and -1.5 are codes; 7 and -9 are beyond; 0.1 is flushed, 0.25 too */
  const float x[] = {0.25f, 5, -2.5f, 6, -1.5f, 7, -9, 0.1f, NAN, INFINITY, 0};
  lowp_rounding_stats s = empty();
  assert_int_equal(lowp_measure_rounding(LOWP_E2M1, NULL, 0, 0, 11, x, &s), LOWP_OK);
  assert_true(s.count == 9 && s.nonfinite == 2 && s.saturated == 2 && s.exact == 3 && s.ties == 3 && s.flushed == 2);
  /* 0.25 to 0: -0.5 of 0.5; 5 to 4: -0.5 of 2; -2.5 to -2: -0.5 of 1; 0.1 to 0: -0.2 of 0.5 */
  assert_true(fabs(s.sum_ulp + 1.7) < 1e-7 && fabs(s.sum_ulp2 - 0.79) < 1e-7 && fabs(s.sum_signed + 0.7) < 1e-7);
  assert_true(s.max_ulp == 0.5 && s.reach == 1.5);
  assert_true(fabs(lowp_rounding_bias_ulp(&s) + 1.7 / 7) < 1e-7 && lowp_rounding_tie_share(&s) == 3.0 / 9);
}

/* All fractions and all random words against -(2^-r - 2^-d) / 2. */
static void stochastic(void **state) {
  (void)state;
  static const lowp_element elements[] = {LOWP_E2M1, LOWP_E4M3FN, LOWP_E5M2, LOWP_HIF8, LOWP_INT8, LOWP_S1P2};
  for (size_t e = 0; e < 6; e++)
    for (int d = 1; d <= 12; d += e ? 3 : 1)
      for (int r = 1; r <= 8; r++) {
        double bias, rms;
        assert_int_equal(lowp_measure_stochastic(elements[e], r, d, &bias, &rms), LOWP_OK);
        LOWP_CHECK(bias == lowp_theory_sr_bias_ulp(r, d), "%s, r = %d, d = %d: %g",
                   lowp_element_info_of(elements[e])->name, r, d, bias);
        if (r >= 8 && d >= 10) assert_true(fabs(rms - sqrt(1.0 / 6)) < 2e-3);
      }
  double bias, rms;
  assert_int_equal(lowp_measure_stochastic(LOWP_E4M3FN, 2, 20, &bias, &rms), LOWP_OK);
  assert_true(bias == lowp_theory_sr_bias_ulp(2, 20));
  assert_int_equal(lowp_measure_stochastic(LOWP_E4M3FN, 2, 22, &bias, &rms), LOWP_E_RANGE);
  assert_int_equal(lowp_measure_stochastic(LOWP_E4M3FN, 0, 5, &bias, &rms), LOWP_E_RANGE);
  assert_int_equal(lowp_measure_stochastic(LOWP_E4M3FN, 20, 20, &bias, &rms), LOWP_E_RANGE);
  assert_int_equal(lowp_measure_stochastic(LOWP_F32, 2, 5, &bias, &rms), LOWP_E_UNSUPPORTED);
}

/*
 * A value is carried across a tie by bf16 if it lies within half a bf16 ulp of it, on the side away from the even
 * neighbour: one bf16 ulp in 2^(7 - M + 1), uniformly distributed values above the subnormals.
 */
static void double_rounding(void **state) {
  (void)state;
  enum { N = 1 << 18 };
  float *x = malloc(N * sizeof *x);
  assert_non_null(x);
  static const struct {
    lowp_element id;
    int mantissa;
  } rows[] = {{LOWP_E2M1, 1}, {LOWP_E2M3, 3}, {LOWP_E4M3FN, 3}, {LOWP_E5M2, 2}};
  for (size_t i = 0; i < N; i++) x[i] = 1 + (float)(2 * i + 1) / (2 * N);
  for (size_t e = 0; e < 4; e++) {
    lowp_detour_stats s;
    lowp_detour_stats_init(&s);
    assert_int_equal(lowp_measure_double_rounding(rows[e].id, NULL, LOWP_BF16, N, x, &s), LOWP_OK);
    double share = (double)s.changed / (double)s.count, expected = ldexp(0.5, rows[e].mantissa - 7);
    LOWP_CHECK(fabs(share - expected) < 1e-4 && s.on_tie == 0, "%s: %g, expected %g",
               lowp_element_info_of(rows[e].id)->name, share, expected);
    assert_true(s.ee_detour > s.ee_direct && s.count == N);
  }
  /* normal law: E4M3 3.1 % of codes, MSE +1.2 %; E2M1, whose tail saturates, about 0.5 % and less than 0.1 % */
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 2, 0, N, x), LOWP_OK);
  lowp_detour_stats s;
  lowp_detour_stats_init(&s);
  assert_int_equal(lowp_measure_double_rounding(LOWP_E4M3FN, NULL, LOWP_BF16, N, x, &s), LOWP_OK);
  assert_true(fabs((double)s.changed / N - 0.031) < 0.0015 && fabs(s.ee_detour / s.ee_direct - 1.012) < 0.001);
  lowp_detour_stats_init(&s);
  assert_int_equal(lowp_measure_double_rounding(LOWP_E2M1, NULL, LOWP_BF16, N, x, &s), LOWP_OK);
  /* the density at the seven ties, times half a bf16 ulp there */
  static const double ties[7] = {0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5};
  double expected = 0;
  for (int i = 0; i < 7; i++)
    expected += sqrt(2 / acos(-1)) * exp(-ties[i] * ties[i] / 2) * ldexp(1, (int)floor(log2(ties[i])) - 8);
  LOWP_CHECK(fabs((double)s.changed / N - expected) < 4 * sqrt(expected / N), "%g, expected %g", (double)s.changed / N,
             expected);
  free(x);
}

/* Nearest E2M1, ties to even, by the thresholds themselves. */
static int e2m1_index(float v) {
  static const float ties[7] = {0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5};
  int i = 0;
  for (v = fabsf(v); i < 7 && (v > ties[i] || (v == ties[i] && i % 2 == 1)); i++) {
  }
  return i;
}

static void reciprocal(void **state) {
  (void)state;
  lowp_detour_stats s;
  lowp_detour_stats_init(&s);
  assert_int_equal(lowp_measure_reciprocal_all(LOWP_E2M1, NULL, LOWP_E4M3FN, &s), LOWP_OK);
  uint64_t count = 0, changed = 0;
  for (uint32_t scale = 1; scale < 127; scale++)
    for (uint32_t code = 0; code < 0x10000; code++) {
      float k = lowp_decode(LOWP_E4M3FN, scale), x = lowp_decode(LOWP_BF16, code);
      double v = fabs((double)x) / (double)k;
      if (!isfinite(x) || v < 0.25 || v > 6) continue;
      count++;
      changed += e2m1_index(x / k) != e2m1_index(x * (1.0f / k));
    }
  assert_true(s.count == count && s.changed == changed && changed > 0 && s.on_tie == changed);
  double share = (double)changed / (double)count;
  LOWP_CHECK(fabs(share - 0.0006) < 0.00005, "%g", share); /* 0.06 %, all of them ties */

  /* random f32: a quotient is never within an ulp of a tie */
  enum { N = 100000 };
  float *x = malloc(N * sizeof *x);
  assert_non_null(x);
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 4, 0, N, x), LOWP_OK);
  lowp_detour_stats_init(&s);
  assert_int_equal(lowp_measure_reciprocal(LOWP_E2M1, NULL, 0.7f, N, x, &s), LOWP_OK);
  assert_true(s.count == N && s.changed <= 1);
  assert_int_equal(lowp_measure_reciprocal(LOWP_E2M1, NULL, 0, N, x, &s), LOWP_E_RANGE);
  assert_int_equal(lowp_measure_reciprocal(LOWP_F32, NULL, 1, N, x, &s), LOWP_E_UNSUPPORTED);
  free(x);
}

/* On bf16 inputs, where ties occur, half away leans away from zero: by half of the odd-even ties more than RNE. */
static void ties_away(void **state) {
  (void)state;
  enum { N = 1 << 20 };
  float *x = malloc(N * sizeof *x);
  assert_non_null(x);
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 5, 0, N, x), LOWP_OK);
  for (size_t i = 0; i < N; i++) x[i] = lowp_decode(LOWP_BF16, lowp_encode(LOWP_BF16, 2 * x[i]));
  lowp_encode_rules rules = lowp_encode_default(LOWP_E2M1);
  lowp_rounding_stats even = empty(), away = empty();
  assert_int_equal(lowp_measure_rounding(LOWP_E2M1, &rules, 0, 0, N, x, &even), LOWP_OK);
  rules.round = LOWP_ROUND_HALF_AWAY;
  assert_int_equal(lowp_measure_rounding(LOWP_E2M1, &rules, 0, 0, N, x, &away), LOWP_OK);
  double more = lowp_rounding_bias_ulp(&away) - lowp_rounding_bias_ulp(&even);
  LOWP_CHECK(fabs(more - 0.0067) < 0.0007, "%g ulp", more);
  assert_true(even.ties == away.ties && lowp_rounding_tie_share(&even) > 0.01);
  free(x);
}

/* The sums of a quantized tensor, by looking at every code for the nearest two and taking the scale from the output. */
static void against_all_codes(lowp_scheme scheme, size_t rows, size_t cols, const float *x) {
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  lowp_qtensor *q;
  lowp_view view = lowp_view_of(LOWP_F32, rows, cols, x);
  float *y = malloc(rows * cols * sizeof *y);
  assert_non_null(y);
  lowp_view out = lowp_view_of(LOWP_F32, rows, cols, y);
  assert_int_equal(lowp_qtensor_create(&q, scheme, rows, cols), LOWP_OK);
  assert_int_equal(lowp_quantize(NULL, &view, q, NULL), LOWP_OK);
  assert_int_equal(lowp_dequantize(q, &out, NULL), LOWP_OK);
  lowp_rounding_stats s = empty();
  assert_int_equal(lowp_measure_rounding_qtensor(&view, q, 0, rows, &s), LOWP_OK);
  unsigned codes = 1u << lowp_element_row_of(info->element).bits;
  double sum = 0, squares = 0;
  uint64_t in = 0, saturated = 0;
  size_t run = info->family == LOWP_FAMILY_HIF4 ? 4 : info->block_cols ? info->block_cols : cols;
  for (size_t i = 0; i < rows * cols; i++) {
    /* some element of the run that is not zero tells its scale */
    size_t c = i % cols / run * run, row = i - i % cols;
    double scale = 0;
    for (size_t j = c; j < c + run && j < cols; j++) {
      double value = (double)lowp_decode(info->element, lowp_qtensor_code(q, i / cols, j));
      if (value != 0) scale = (double)y[row + j] / value;
    }
    assert_true(scale > 0);
    double u = (double)x[i] / scale, lo = -INFINITY, hi = INFINITY;
    for (unsigned code = 0; code < codes; code++) {
      double v = (double)lowp_decode(info->element, code);
      if (v <= u && v > lo) lo = v;
      if (v > u && v < hi) hi = v;
    }
    if (isinf(lo) || isinf(hi)) {
      saturated++;
      continue;
    }
    in++;
    double e = (fabs((double)y[i] / scale) - fabs(u)) / (hi - lo);
    sum += e;
    squares += e * e;
  }
  LOWP_CHECK(s.count == rows * cols && s.nonfinite == 0, "%s", info->name);
  /* amax itself lands on the largest code, on either side of it by rounding: those few may be counted either way */
  LOWP_CHECK(llabs((long long)s.saturated - (long long)saturated) <= (long long)rows * 20,
             "%s: %zu saturated, found %zu", info->name, (size_t)s.saturated, (size_t)saturated);
  LOWP_CHECK(fabs(lowp_rounding_bias_ulp(&s) - sum / (double)in) < 2e-4, "%s: bias %g, expected %g", info->name,
             lowp_rounding_bias_ulp(&s), sum / (double)in);
  LOWP_CHECK(fabs(s.sum_ulp2 / (double)(s.count - s.saturated) / (squares / (double)in) - 1) < 2e-3, "%s: rms",
             info->name);
  lowp_qtensor_destroy(q);
  free(y);
}

static void quantized_tensors(void **state) {
  (void)state;
  enum { ROWS = 8, COLS = 256 };
  float *x = malloc(sizeof(float) * ROWS * COLS);
  assert_non_null(x);
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 6, 0, ROWS * COLS, x), LOWP_OK);
  for (size_t i = 0; i < ROWS * COLS; i += 4) x[i] = copysignf(fabsf(x[i]) + 0.7f, x[i]); /* no run is all zeros */
  static const lowp_scheme schemes[] = {LOWP_SCHEME_MXFP4,        LOWP_SCHEME_MXFP6_E2M3,  LOWP_SCHEME_MXINT8,
                                        LOWP_SCHEME_NVFP4,        LOWP_SCHEME_HIF4,        LOWP_SCHEME_FP8_CHANNEL,
                                        LOWP_SCHEME_INT8_CHANNEL, LOWP_SCHEME_INT4_G32,    LOWP_SCHEME_HIF8_TENSOR,
                                        LOWP_SCHEME_FP8_BLOCK128, LOWP_SCHEME_INT8_TENSOR, LOWP_SCHEME_MXFP8_E4M3};
  for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) against_all_codes(schemes[i], ROWS, COLS, x);
  free(x);
}

/* Every scheme rounds to the nearest code of its scale; HiF4, which multiplies by a bf16 reciprocal, nearly. */
static void every_scheme(void **state) {
  (void)state;
  enum { ROWS = 130, COLS = 200 };
  float *x = malloc(sizeof(float) * ROWS * COLS);
  assert_non_null(x);
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_LAPLACE, 7, 0, ROWS * COLS, x), LOWP_OK);
  x[5] = NAN;
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x);
  lowp_qtensor *q;
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++) {
    const char *name = lowp_scheme_info_of((lowp_scheme)id)->name;
    lowp_quant_opts opts;
    lowp_quant_opts_init(&opts, (lowp_scheme)id);
    opts.nan_policy = LOWP_NONFINITE_ZERO;
    assert_int_equal(lowp_qtensor_create(&q, (lowp_scheme)id, ROWS, COLS), LOWP_OK);
    assert_int_equal(lowp_quantize(&opts, &view, q, NULL), LOWP_OK);
    lowp_rounding_stats s = empty();
    assert_int_equal(lowp_measure_rounding_qtensor(&view, q, 0, ROWS, &s), LOWP_OK);
    assert_true(s.count == ROWS * COLS - 1 && s.nonfinite == 1);
    double within = id == LOWP_SCHEME_HIF4 ? 0.53 : 0.5 + 1e-4;
    LOWP_CHECK(s.max_ulp <= within && s.wrong_side == 0, "%s: %g ulp, %zu on a wrong side", name, s.max_ulp,
               (size_t)s.wrong_side);
    /* in pieces, the same bits */
    lowp_rounding_stats two = empty();
    size_t cut = lowp_error_chunk_rows(COLS) < ROWS ? lowp_error_chunk_rows(COLS) : ROWS;
    lowp_rounding_stats part = empty();
    assert_int_equal(lowp_measure_rounding_qtensor(&view, q, 0, cut, &two), LOWP_OK);
    assert_int_equal(lowp_measure_rounding_qtensor(&view, q, cut, ROWS, &part), LOWP_OK);
    lowp_rounding_stats_merge(&two, &part);
    assert_memory_equal(&s, &two, sizeof s);
    lowp_qtensor_destroy(q);
  }
  free(x);
}

/* A rounded scale may leave amax / scale above the largest element: never after a ceil, up to 4/3 after a floor. */
static void scale_saturation(void **state) {
  (void)state;
  static const struct {
    lowp_scheme scheme;
    lowp_scale_rule rule;
    double least, most; /* of reach */
  } rows[] = {{LOWP_SCHEME_MXFP4, LOWP_SCALE_RCEIL, 0.9, 1},
              {LOWP_SCHEME_MXFP8_E4M3, LOWP_SCALE_RCEIL, 0.9, 1},
              {LOWP_SCHEME_MXFP4, LOWP_SCALE_FLOOR, 1.3, 8.0 / 6},
              {LOWP_SCHEME_MXFP8_E4M3, LOWP_SCALE_FLOOR, 1.13, 512.0 / 448},
              {LOWP_SCHEME_NVFP4, LOWP_SCALE_AMAX, 1.05, 1.0625 + 1e-6}};
  enum { ROWS = 64, COLS = 4096 };
  float *x = malloc(sizeof(float) * ROWS * COLS);
  assert_non_null(x);
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 8, 0, ROWS * COLS, x), LOWP_OK);
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    lowp_quant_opts opts;
    lowp_qtensor *q;
    lowp_quant_opts_init(&opts, rows[i].scheme);
    opts.scale_rule = rows[i].rule;
    assert_int_equal(lowp_qtensor_create(&q, rows[i].scheme, ROWS, COLS), LOWP_OK);
    assert_int_equal(lowp_quantize(&opts, &view, q, NULL), LOWP_OK);
    lowp_rounding_stats s = empty();
    assert_int_equal(lowp_measure_rounding_qtensor(&view, q, 0, ROWS, &s), LOWP_OK);
    LOWP_CHECK(s.reach >= rows[i].least && s.reach <= rows[i].most, "row %zu: reach %g", i, s.reach);
    assert_true((s.runs_saturated == 0) == (rows[i].most <= 1) && (s.saturated == 0) == (rows[i].most <= 1));
    assert_int_equal(s.runs, (uint64_t)ROWS * COLS / lowp_scheme_info_of(rows[i].scheme)->block_cols);
    lowp_qtensor_destroy(q);
  }
  free(x);
}

static void refusals(void **state) {
  (void)state;
  float x[4] = {0};
  lowp_rounding_stats s = empty(), before = s;
  assert_int_equal(lowp_measure_rounding(LOWP_F32, NULL, 0, 0, 4, x, &s), LOWP_E_UNSUPPORTED);
  assert_int_equal(lowp_measure_rounding((lowp_element)99, NULL, 0, 0, 4, x, &s), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_measure_rounding(LOWP_E2M1, NULL, 0, 0, 4, NULL, &s), LOWP_E_ARGUMENT);
  lowp_encode_rules rules = lowp_encode_default(LOWP_E2M1);
  rules.round = 77;
  assert_int_equal(lowp_measure_rounding(LOWP_E2M1, &rules, 0, 0, 4, x, &s), LOWP_E_ARGUMENT);
  lowp_detour_stats d;
  lowp_detour_stats_init(&d);
  rules.round = LOWP_ROUND_STOCHASTIC;
  assert_int_equal(lowp_measure_double_rounding(LOWP_E2M1, &rules, LOWP_BF16, 4, x, &d), LOWP_E_UNSUPPORTED);
  assert_int_equal(lowp_measure_double_rounding(LOWP_E2M1, NULL, LOWP_E4M3FN, 4, x, &d), LOWP_E_UNSUPPORTED);
  lowp_qtensor *q;
  assert_int_equal(lowp_qtensor_create(&q, LOWP_SCHEME_MXFP4, 2, 2), LOWP_OK);
  lowp_view a = lowp_view_of(LOWP_F32, 2, 2, x), b = lowp_view_of(LOWP_F32, 1, 4, x);
  assert_int_equal(lowp_measure_rounding_qtensor(&b, q, 0, 1, &s), LOWP_E_SHAPE);
  assert_int_equal(lowp_measure_rounding_qtensor(&a, q, 0, 3, &s), LOWP_E_RANGE);
  assert_int_equal(lowp_measure_rounding_qtensor(&a, NULL, 0, 1, &s), LOWP_E_ARGUMENT);
  assert_memory_equal(&s, &before, sizeof s);
  lowp_qtensor_destroy(q);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(worked_example),    cmocka_unit_test(moments),
                                            cmocka_unit_test(stochastic),        cmocka_unit_test(double_rounding),
                                            cmocka_unit_test(reciprocal),        cmocka_unit_test(ties_away),
                                            cmocka_unit_test(quantized_tensors), cmocka_unit_test(every_scheme),
                                            cmocka_unit_test(scale_saturation),  cmocka_unit_test(refusals)};
  return LOWP_SUITE_RUN("rounding behaviour", tests);
}
