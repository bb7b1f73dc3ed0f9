/* SPDX-License-Identifier: Apache-2.0 */
/* test_properties.c: what holds of the numbers of every scheme of scheme.def, against f64 arithmetic of this file. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/schemes.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { ROWS = 6, COLS = 256, N = ROWS * COLS };

static const lowp_scheme_info *info_of(void **state) { return lowp_scheme_info_of(*(lowp_scheme *)*state); }

static bool integer(const lowp_scheme_info *info) { return lowp_element_row_of(info->element).kind == LOWP_KIND_FIXED; }

/* One nonzero value of a block, -2 of MXINT8, has no counterpart +2: -128 / 64. */
static bool unpaired(const lowp_scheme_info *info, const lowp_qtensor *q, size_t i) {
  return info->element == LOWP_MXINT8 && lowp_qtensor_code(q, i / COLS, i % COLS) == 0x80;
}

/*
 * How far the values may move when they are quantized again. A scale that is a power of two, or FP16, or amax / 16,
 * comes back exactly. An f32 scale is a rounded quotient: amax comes back within an ulp, and so do scale and values.
 * HiF4 multiplies amax by 1/7 in bf16, and an integer zero point is rounded: their second scale may differ.
 */
static double again(const lowp_scheme_info *info) {
  if (info->family == LOWP_FAMILY_HIF4 || info->zero == LOWP_ZERO_I32) return -1;
  if (info->family == LOWP_FAMILY_MX || info->family == LOWP_FAMILY_CAST) return 0;
  if (info->scale == LOWP_FP16 || info->element == LOWP_HIF8) return 0;
  return 0x1p-21;
}

static void test_idempotent(void **state) {
  const lowp_scheme_info *info = info_of(state);
  double tolerance = again(info);
  size_t compared = 0;
  float *x = lowpt_matrix(1, ROWS, COLS);
  lowpt_result a = lowpt_quantize(info->id, NULL, ROWS, COLS, x), b = lowpt_quantize(info->id, NULL, ROWS, COLS, a.y);
  for (size_t i = 0; i < N; i++) {
    bool skip_block = false;
    for (size_t j = 0; j < N && info->element == LOWP_MXINT8; j++)
      skip_block |= lowpt_same_block(info, i / COLS, i % COLS, j / COLS, j % COLS) && unpaired(info, a.q, j);
    if (skip_block) continue;
    compared++;
    double moved = fabs((double)a.y[i] - b.y[i]), allowed = tolerance * fabs(a.y[i]);
    /* an offset adds an error of its own size: ulps of offset * scale */
    if (info->zero == LOWP_ZERO_F32) allowed += 0x1p-14 * lowpt_scale(a.q, i / COLS, 0);
    LOWP_CHECK(moved <= allowed, "element %zu: %a became %a", i, a.y[i], b.y[i]);
  }
  assert_true(compared > N / 2);
  lowpt_done(&a), lowpt_done(&b), free(x);
}

/* Values times 2^k give values times 2^k: no exponent is near a limit here. */
static void test_powers_of_two(void **state) {
  static const int powers[] = {-3, 1, 5};
  const lowp_scheme_info *info = info_of(state);
  float *x = lowpt_matrix(2, ROWS, COLS), *scaled = malloc(N * sizeof *scaled);
  lowpt_result a = lowpt_quantize(info->id, NULL, ROWS, COLS, x);
  for (size_t p = 0; p < 3; p++) {
    for (size_t i = 0; i < N; i++) scaled[i] = ldexpf(x[i], powers[p]);
    lowpt_result b = lowpt_quantize(info->id, NULL, ROWS, COLS, scaled);
    if (info->family != LOWP_FAMILY_CAST) assert_memory_equal(a.q->codes, b.q->codes, a.planes.codes_bytes);
    for (size_t i = 0; i < N; i++)
      LOWP_CHECK(b.y[i] == ldexpf(a.y[i], powers[p]), "element %zu: %a, and %a times 2^%d", i, b.y[i], a.y[i],
                 powers[p]);
    lowpt_done(&b);
  }
  lowpt_done(&a), free(x), free(scaled);
}

static void test_signs(void **state) {
  const lowp_scheme_info *info = info_of(state);
  size_t compared = 0;
  float *x = lowpt_matrix(3, ROWS, COLS), *minus = malloc(N * sizeof *minus);
  for (size_t i = 0; i < N; i++) minus[i] = -x[i];
  lowpt_result a = lowpt_quantize(info->id, NULL, ROWS, COLS, x), b = lowpt_quantize(info->id, NULL, ROWS, COLS, minus);
  if (a.planes.scales_bytes) assert_memory_equal(a.q->scales, b.q->scales, a.planes.scales_bytes);
  for (size_t i = 0; i < N; i++) {
    if (unpaired(info, a.q, i) || unpaired(info, b.q, i)) continue;
    compared++;
    LOWP_CHECK(a.y[i] == -b.y[i], "element %zu: %a and %a", i, a.y[i], b.y[i]);
  }
  assert_true(compared > N - 16);
  lowpt_done(&a), lowpt_done(&b), free(x), free(minus);
}

/* A change inside one block leaves all others alone. 2-D blocks need more rows than one block has. */
static void test_independent_blocks(void **state) {
  const lowp_scheme_info *info = info_of(state);
  enum { R = 130, C = 260 };
  const size_t row = 129, col = 70;
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, info->id);
  if (info->tensor_scale) {
    opts.tensor_scale_from = LOWP_TENSOR_SCALE_AMAX;
    opts.tensor_amax = 200;
  }
  float *x = lowpt_matrix(4, R, C);
  lowpt_result a = lowpt_quantize(info->id, &opts, R, C, x);
  for (size_t i = 0; i < R * C; i++)
    if (lowpt_same_block(info, i / C, i % C, row, col)) x[i] = 3 * x[i] + 1;
  lowpt_result b = lowpt_quantize(info->id, &opts, R, C, x);
  size_t changed = 0;
  for (size_t i = 0; i < R * C; i++) {
    bool inside = lowpt_same_block(info, i / C, i % C, row, col);
    bool same = lowp_qtensor_code(a.q, i / C, i % C) == lowp_qtensor_code(b.q, i / C, i % C) && a.y[i] == b.y[i];
    LOWP_CHECK(inside || same, "element (%zu, %zu) changed", i / C, i % C);
    changed += inside && !same;
  }
  assert_true(changed > 0);
  lowpt_done(&a), lowpt_done(&b), free(x);
}

/* Distance from v to the nearest value of the element, walking through all of its codes. */
static double nearest(const lowp_scheme_info *info, double v) {
  double best = HUGE_VAL;
  for (uint32_t code = 0; code < (uint32_t)1 << lowp_element_row_of(info->element).bits; code++) {
    double d = fabs(v - (double)lowp_decode(info->element, code));
    if (d < best) best = d; /* false for NaN, and Inf is never nearest */
  }
  return best;
}

/*
 * Every value is a nearest one of its element under its scale, or the largest. f32 rounds the quotient and the product:
 * 2^-22 of the value on top. A zero point's offset is as large as 255 steps.
 */
static void test_nearest(void **state) {
  const lowp_scheme_info *info = info_of(state);
  float *x = lowpt_matrix(5, ROWS, COLS);
  lowpt_result a = lowpt_quantize(info->id, NULL, ROWS, COLS, x);
  for (size_t i = 0; i < N; i++) {
    double scale = lowpt_scale(a.q, i / COLS, i % COLS), zero = 0, slack = 0x1p-22 * fabs(x[i]);
    size_t block_row = info->block_rows ? i / COLS / info->block_rows : 0;
    if (info->zero == LOWP_ZERO_I32) zero = ((int32_t *)a.q->zeros)[block_row];
    if (info->zero == LOWP_ZERO_F32) zero = ((float *)a.q->zeros)[block_row];
    if (info->zero != LOWP_ZERO_NONE) slack += 0x1p-14 * scale;
    double best = nearest(info, x[i] / scale + zero) * scale, got = fabs((double)x[i] - a.y[i]);
    LOWP_CHECK(got <= best * (1 + 0x1p-20) + slack, "element %zu: %a became %a, scale %a, %g is possible", i, x[i],
               a.y[i], scale, best);
  }
  lowpt_done(&a), free(x);
}

/* Largest magnitude, and the range widened to 0, of the block of element i. */
typedef struct range {
  double amax, lo, hi;
} range;
static range block_range(const lowp_scheme_info *info, const float *x, size_t i) {
  range b = {0, 0, 0};
  for (size_t j = 0; j < N; j++) {
    if (!lowpt_same_block(info, i / COLS, i % COLS, j / COLS, j % COLS)) continue;
    b.amax = fmax(b.amax, fabs(x[j]));
    b.lo = fmin(b.lo, x[j]);
    b.hi = fmax(b.hi, x[j]);
  }
  return b;
}

/* The scale by its definition, in f64 and with the C library's exponents. */
static double defined_scale(const lowp_scheme_info *info, lowp_scale_rule rule, range block) {
  double amax = block.amax;
  lowp_element_row row = lowp_element_row_of(info->element);
  double max = info->element == LOWP_HIF8 ? 16 : (double)lowp_element_info_of(info->element)->max;
  int e, emax = ilogb(max), width = row.kind == LOWP_KIND_FIXED ? row.fixed.frac : row.minifloat.m;
  if (info->zero != LOWP_ZERO_NONE) return (block.hi - block.lo) / 255;
  if (info->family == LOWP_FAMILY_SCALED) return amax / max;
  switch (rule) {
  case LOWP_SCALE_CEIL:
    e = ilogb(amax) + (amax > ldexp(1, ilogb(amax))) - emax;
    break;
  case LOWP_SCALE_RCEIL:
    for (e = -127; ldexp(max, e) < amax;) e++;
    break;
  case LOWP_SCALE_EVEN:
    e = ilogb(amax + ldexp(0.5, ilogb(amax) - width)) - emax;
    break;
  default:
    e = ilogb(amax) - emax;
    break;
  }
  return ldexp(1, e);
}

static void test_scale(void **state) {
  static const lowp_scale_rule rules[] = {LOWP_SCALE_FLOOR, LOWP_SCALE_CEIL, LOWP_SCALE_RCEIL, LOWP_SCALE_EVEN};
  const lowp_scheme_info *info = info_of(state);
  bool mx = info->family == LOWP_FAMILY_MX;
  float *x = lowpt_matrix(6, ROWS, COLS);
  for (size_t k = 0; k < (mx ? 4 : 1); k++) {
    lowp_quant_opts opts;
    lowp_quant_opts_init(&opts, info->id);
    if (mx) opts.scale_rule = rules[k];
    lowpt_result a = lowpt_quantize(info->id, &opts, ROWS, COLS, x);
    for (size_t i = 0; i < N; i += 16) { /* no block is narrower */
      range block = block_range(info, x, i);
      double scale = lowpt_scale(a.q, i / COLS, i % COLS), want = defined_scale(info, opts.scale_rule, block);
      double slack = mx ? 0 : info->scale == LOWP_FP16 ? 0x1p-11 * want : 0x1p-23 * want;
      LOWP_CHECK(fabs(scale - want) <= slack, "element %zu: scale %a, not %a", i, scale, want);
      size_t block_row = info->block_rows ? i / COLS / info->block_rows : 0;
      if (info->zero == LOWP_ZERO_I32)
        assert_true(fabs(((int32_t *)a.q->zeros)[block_row] - (-128 - block.lo / scale)) <= 0.5 + 0x1p-14);
      if (info->zero == LOWP_ZERO_F32)
        assert_true(fabs(((float *)a.q->zeros)[block_row] - (127 - block.hi / scale)) <= 0x1p-14);
    }
    lowpt_done(&a);
  }
  free(x);
}

/* The search is never worse than the rules that it refines, and better on this matrix for formats of few codes. */
static void test_search(void **state) {
  const lowp_scheme_info *info = info_of(state);
  float *x = lowpt_matrix(7, ROWS, COLS);
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, info->id);
  opts.scale_rule = LOWP_SCALE_MSE;
  lowpt_result best = lowpt_quantize(info->id, &opts, ROWS, COLS, x);
  double least = lowpt_error(N, x, best.y);
  for (int rule = LOWP_SCALE_DEFAULT; rule <= LOWP_SCALE_FOUR_OVER_SIX; rule++) {
    opts.scale_rule = (lowp_scale_rule)rule;
    if (rule == LOWP_SCALE_MSE || lowp_quant_opts_check(&opts, info->id, NULL) != LOWP_OK) continue;
    lowpt_result a = lowpt_quantize(info->id, &opts, ROWS, COLS, x);
    double error = lowpt_error(N, x, a.y);
    LOWP_CHECK(least <= error, "rule %d: %g, search %g", rule, error, least);
    if (lowp_element_row_of(info->element).bits == 4)
      LOWP_CHECK(least < error, "rule %d: the search found nothing", rule);
    lowpt_done(&a);
  }
  lowpt_done(&best), free(x);
}

/*
 * Blocks at the ends of f32: subnormals, values near FLT_MAX, zeros. Errors stay below one step of the smallest scale,
 * or the value is clipped; nothing becomes NaN.
 */
static void test_extremes(void **state) {
  const lowp_scheme_info *info = info_of(state);
  float *x = lowpt_matrix(8, ROWS, COLS);
  for (size_t c = 0; c < COLS; c++) {
    x[c] = 0;
    x[COLS + c] = -0.0f;
    x[2 * COLS + c] = ldexpf((float)(1 + c), -149) * (c % 2 ? -1 : 1);
    x[3 * COLS + c] = (c % 3 ? FLT_MAX : -FLT_MAX) / (float)(1 + c % 5);
  }
  for (size_t r = 0; r < ROWS; r++) {
    lowpt_result a = lowpt_quantize(info->id, NULL, 1, COLS, x + r * COLS);
    for (size_t c = 0; c < COLS; c++) {
      float v = x[r * COLS + c];
      LOWP_CHECK(a.y[c] == a.y[c], "(%zu, %zu): %a became NaN", r, c, v);
      double zero =
          info->zero == LOWP_ZERO_F32 && r > 1 ? 0.5 * lowpt_scale(a.q, 0, 0) : 0; /* an offset is not on the grid */
      LOWP_CHECK(v != 0 || fabsf(a.y[c]) <= zero, "(%zu, %zu): zero became %a", r, c, a.y[c]);
      LOWP_CHECK(v * a.y[c] >= 0 || info->zero != LOWP_ZERO_NONE, "(%zu, %zu): %a became %a", r, c, v, a.y[c]);
    }
    if (r < 2 && info->family == LOWP_FAMILY_SCALED && info->scale == LOWP_F32)
      assert_true(lowpt_scale(a.q, 0, 0) == 1);
    lowpt_done(&a);
  }
  if (integer(info) && info->scale == LOWP_F32) {
    lowpt_result a = lowpt_quantize(info->id, NULL, 1, COLS, x + 2 * COLS);
    for (size_t c = 0; c < COLS; c++)
      LOWP_CHECK(fabs((double)a.y[c] - x[2 * COLS + c]) <= lowpt_scale(a.q, 0, c), "subnormal %a became %a",
                 x[2 * COLS + c], a.y[c]);
    lowpt_done(&a);
  }
  free(x);
}

/* Stochastic rounding: the value or its other neighbour, and right on average. */
static void test_stochastic(void **state) {
  const lowp_scheme_info *info = info_of(state);
  enum { SEEDS = 200 };
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, info->id);
  float *x = lowpt_matrix(9, ROWS, COLS);
  double *mean = calloc(N, sizeof *mean), bias = 0, noise = 0;
  opts.round = LOWP_ROUND_STOCHASTIC;
  for (uint32_t seed = 1; seed <= SEEDS; seed++) {
    opts.seed = seed;
    lowpt_result a = lowpt_quantize(info->id, &opts, ROWS, COLS, x);
    for (size_t i = 0; i < N; i++) mean[i] += (double)a.y[i] / SEEDS;
    noise += lowpt_error(N, x, a.y) / SEEDS;
    lowpt_done(&a);
  }
  for (size_t i = 0; i < N; i++) bias += (mean[i] - x[i]) * (mean[i] - x[i]);
  /*
   * An unbiased mean of 200 has a 200th of the noise. Clipping adds what is clipped: floor scales and S1P2 clip amax, a
   * rounded zero point up to half a step at one end.
   */
  bool clips = info->family == LOWP_FAMILY_MX || info->family == LOWP_FAMILY_HIF4 || info->family == LOWP_FAMILY_NVFP4;
  double part = clips ? 0.25 : info->zero == LOWP_ZERO_I32 ? 0.02 : 1.3 / SEEDS;
  LOWP_CHECK(noise > 0 && bias < noise * part, "bias %g of noise %g", bias, noise);
  opts.seed = 1;
  lowpt_result a = lowpt_quantize(info->id, &opts, ROWS, COLS, x), b = lowpt_quantize(info->id, &opts, ROWS, COLS, x);
  assert_true(lowpt_same_planes(&a, &b));
  lowpt_done(&a), lowpt_done(&b), free(x), free(mean);
}

/* The second scale of HiF4, or of an integer zero point, may differ; see `again`. */
static bool repeatable(const lowp_scheme_info *info) { return again(info) >= 0; }
static bool symmetric(const lowp_scheme_info *info) { return info->zero == LOWP_ZERO_NONE; }
static bool several_blocks(const lowp_scheme_info *info) {
  return info->family != LOWP_FAMILY_SCALED || info->block_rows || info->block_cols;
}
/* The values of a HiF4 group depend on its one-bit exponents: it and NVFP4 have tests of their own. */
static bool one_step(const lowp_scheme_info *info) { return info->family != LOWP_FAMILY_HIF4; }
static bool simple_scale(const lowp_scheme_info *info) {
  return info->family == LOWP_FAMILY_MX || info->family == LOWP_FAMILY_SCALED;
}
static bool scaled(const lowp_scheme_info *info) { return info->family != LOWP_FAMILY_CAST; }

int main(void) {
  static const lowpt_scheme_test tests[] = {
      LOWP_SCHEME_TEST(test_idempotent, repeatable), LOWP_SCHEME_TEST(test_powers_of_two, NULL),
      LOWP_SCHEME_TEST(test_signs, symmetric),       LOWP_SCHEME_TEST(test_independent_blocks, several_blocks),
      LOWP_SCHEME_TEST(test_nearest, one_step),      LOWP_SCHEME_TEST(test_scale, simple_scale),
      LOWP_SCHEME_TEST(test_search, scaled),         LOWP_SCHEME_TEST(test_extremes, NULL),
      LOWP_SCHEME_TEST(test_stochastic, NULL),
  };
  return LOWP_EACH_SCHEME("properties of every scheme", tests);
}
