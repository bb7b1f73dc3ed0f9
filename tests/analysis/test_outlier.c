/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outlier amplification against the definition: the matrix and a copy with its outliers set to zero, both through
 * lowp_quantize as a whole, the median by sorting, sums in long double, block by block.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/rng.h"
#include "harness/suite.h"

#include <lowp/analysis.h>
#include <lowp/outlier.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static float *matrix(size_t rows, size_t cols, uint32_t seed) {
  float *x = malloc(rows * cols * sizeof *x);
  assert_non_null(x);
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_STUDENT4, seed, 0, rows * cols, x), LOWP_OK);
  lowpt_rng rng = {seed};
  for (size_t i = 0; i < rows * cols; i += 1 + lowpt_below(&rng, 60)) x[i] *= 30; /* outliers, some in one block */
  for (size_t i = 0; i < rows * cols; i += 1 + lowpt_below(&rng, 30)) x[i] = 0;
  return x;
}

static void there_and_back(lowp_scheme scheme, const lowp_quant_opts *opts, size_t rows, size_t cols, const float *x,
                           float *y) {
  lowp_qtensor *q;
  lowp_view in = lowp_view_of(LOWP_F32, rows, cols, x), out = lowp_view_of(LOWP_F32, rows, cols, y);
  assert_int_equal(lowp_qtensor_create(&q, scheme, rows, cols), LOWP_OK);
  assert_int_equal(lowp_quantize(opts, &in, q, NULL), LOWP_OK);
  assert_int_equal(lowp_dequantize(q, &out, NULL), LOWP_OK);
  lowp_qtensor_destroy(q);
}

static int by_value(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

typedef struct block_area {
  size_t row, col, height, width;
} block_area;

static size_t blocks_of(lowp_scheme scheme, size_t rows, size_t cols, block_area *area) {
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  size_t h = info->block_rows ? info->block_rows : rows, w = info->block_cols ? info->block_cols : cols, count = 0;
  for (size_t r = 0; r < rows; r += h)
    for (size_t c = 0; c < cols; c += w)
      area[count++] = (block_area){r, c, rows - r < h ? rows - r : h, cols - c < w ? cols - c : w};
  return count;
}

/* Sets the outliers of one block to zero in `without`; returns how many. */
static size_t remove_outliers(const block_area *a, size_t cols, lowp_outlier_rule rule, double limit, const float *x,
                              float *without) {
  size_t n = a->height * a->width, count = 0, at = 0;
  float *sorted = malloc(n * sizeof *sorted), amax = -1;
  assert_non_null(sorted);
  for (size_t i = 0; i < n; i++) {
    size_t k = (a->row + i / a->width) * cols + a->col + i % a->width;
    sorted[i] = fabsf(x[k]);
    if (sorted[i] > amax) {
      amax = sorted[i];
      at = k;
    }
    if (rule == LOWP_OUTLIER_RMS && (double)sorted[i] > limit) {
      without[k] = 0;
      count++;
    }
  }
  qsort(sorted, n, sizeof *sorted, by_value);
  bool is_one = rule == LOWP_OUTLIER_ARGMAX ? amax > 0 : (double)amax > limit * (double)sorted[(n + 1) / 2 - 1];
  free(sorted);
  if (rule == LOWP_OUTLIER_RMS) return count;
  if (is_one) without[at] = 0;
  return is_one;
}

typedef struct found {
  size_t count;
  lowp_outlier_block blocks[20000];
} found;

static void collect(void *context, const lowp_outlier_block *block) {
  found *f = context;
  assert_true(f->count < sizeof f->blocks / sizeof f->blocks[0]);
  f->blocks[f->count++] = *block;
}

static bool near(double a, long double b) {
  return (isinf(a) && isinf((double)b)) || fabsl((long double)a - b) <= 1e-12L * (fabsl(b) + 1e-30L);
}

static void check_block(const char *name, const lowp_outlier_block *got, const block_area *a, size_t cols,
                        const float *x, const float *without, const float *y, const float *y0) {
  long double xx = 0, ee = 0, ee0 = 0;
  uint64_t n = 0, z = 0, z0 = 0;
  for (size_t i = 0; i < a->height * a->width; i++) {
    size_t k = (a->row + i / a->width) * cols + a->col + i % a->width;
    if (x[k] != 0 && without[k] == 0) continue;
    long double v = (long double)x[k], e = v - (long double)y[k], e0 = v - (long double)y0[k];
    n++, xx += v * v, ee += e * e, ee0 += e0 * e0;
    z += x[k] != 0 && y[k] == 0, z0 += x[k] != 0 && y0[k] == 0;
  }
  LOWP_CHECK(got->row == a->row && got->col == a->col && got->rows == a->height && got->cols == a->width &&
                 got->rest == n && got->outliers == a->height * a->width - n,
             "%s: block at (%zu, %zu)", name, got->row, got->col);
  LOWP_CHECK(near(got->rest_xx, xx) && near(got->rest_ee, ee) && near(got->rest_ee0, ee0), "%s: sums", name);
  long double want_a = ee0 > 0 ? ee / ee0 : ee > 0 ? (long double)INFINITY : 1;
  LOWP_CHECK(near(got->a, want_a), "%s: A %g, expected %Lg", name, got->a, want_a);
  LOWP_CHECK(near(got->z, (long double)z / n) && near(got->z0, (long double)z0 / n), "%s: z", name);
  long double want_d = xx > 0 ? (ee - ee0) / (xx / n) : 0;
  LOWP_CHECK(fabsl((long double)got->d - want_d) <= 1e-11L * (1 + ee / (xx / n + 1e-30L)), "%s: D %g, expected %Lg",
             name, got->d, want_d);
}

static void compare(lowp_scheme scheme, const lowp_quant_opts *quant, lowp_outlier_rule rule, double threshold,
                    size_t rows, size_t cols) {
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  float *x = matrix(rows, cols, 7), *without = malloc(rows * cols * sizeof *x), *y = malloc(rows * cols * sizeof *x),
        *y0 = malloc(rows * cols * sizeof *x);
  block_area *areas = malloc(rows * cols * sizeof *areas);
  found *f = calloc(1, sizeof *f);
  assert_true(without && y && y0 && areas && f);
  memcpy(without, x, rows * cols * sizeof *x);
  size_t count = blocks_of(scheme, rows, cols, areas), with = 0, elements = 0;
  double limit = threshold;
  if (rule == LOWP_OUTLIER_RMS) {
    long double xx = 0;
    for (size_t i = 0; i < rows * cols; i++) xx += (long double)x[i] * (long double)x[i];
    limit = threshold * (double)sqrtl(xx / (long double)(rows * cols));
  }
  float amax = 0;
  for (size_t i = 0; i < rows * cols; i++) amax = fabsf(x[i]) > amax ? fabsf(x[i]) : amax;
  bool *is_one = calloc(count, sizeof *is_one);
  assert_non_null(is_one);
  for (size_t i = 0; i < count; i++) {
    size_t k = remove_outliers(&areas[i], cols, rule, limit, x, without);
    is_one[i] = k != 0;
    elements += k;
    with += is_one[i] && areas[i].height * areas[i].width > k;
    if (areas[i].height * areas[i].width == k) elements -= k;
  }
  lowp_quant_opts fixed;
  if (quant)
    fixed = *quant;
  else
    lowp_quant_opts_init(&fixed, scheme);
  there_and_back(scheme, &fixed, rows, cols, x, y);
  if (info->tensor_scale && fixed.tensor_scale_from == LOWP_TENSOR_SCALE_MEASURE) { /* the tensor scale stays */
    fixed.tensor_scale_from = LOWP_TENSOR_SCALE_AMAX;
    fixed.tensor_amax = amax;
  }
  there_and_back(scheme, &fixed, rows, cols, without, y0);

  lowp_outlier_opts opts;
  lowp_outlier_opts_init(&opts);
  opts.rule = rule;
  opts.threshold = threshold;
  opts.visit = collect;
  opts.context = f;
  lowp_view view = lowp_view_of(LOWP_F32, rows, cols, x);
  lowp_outlier_summary s;
  lowp_error error = {0};
  LOWP_CHECK(lowp_measure_outliers(scheme, quant, &opts, &view, &s, &error) == LOWP_OK, "%s: %s", info->name,
             error.text);
  LOWP_CHECK(s.blocks == count && s.outlier_blocks == with && s.outliers == elements && s.nonfinite_blocks == 0,
             "%s: %zu of %zu blocks, got %zu of %zu", info->name, with, count, (size_t)s.outlier_blocks,
             (size_t)s.blocks);
  if (info->block_rows == 0) {
    assert_int_equal(f->count, 0); /* one block, in the summary alone */
    if (with) memcpy(f->blocks, s.worst, sizeof s.worst[0]);
  } else {
    assert_int_equal(f->count, with);
  }
  size_t at = 0;
  double all = 0, rest_ee = 0, rest_ee0 = 0, z = 0, d = 0;
  for (size_t i = 0; i < rows * cols; i++) all += ((double)x[i] - (double)y[i]) * ((double)x[i] - (double)y[i]);
  for (size_t i = 0; i < count && at < with; i++) {
    const lowp_outlier_block *b = &f->blocks[at];
    if (!is_one[i] || areas[i].row != b->row || areas[i].col != b->col) continue;
    check_block(info->name, b, &areas[i], cols, x, without, y, y0);
    rest_ee += b->rest_ee, rest_ee0 += b->rest_ee0, z += b->z, d += b->d;
    at++;
  }
  assert_int_equal(at, with);
  if (with) {
    LOWP_CHECK(near(s.z_mean, z / (double)with) && fabs(s.d_sum - d) <= 1e-9 * (fabs(d) + 1), "%s: means", info->name);
    LOWP_CHECK(rest_ee0 == 0 || fabs(s.a_ratio / (rest_ee / rest_ee0) - 1) < 1e-12, "%s: A ratio", info->name);
    LOWP_CHECK(all == 0 || fabs(s.error_share - (rest_ee - rest_ee0) / all) < 1e-9, "%s: share %g", info->name,
               s.error_share);
    /* the worst blocks are those of the largest D */
    for (size_t i = 0; i < s.worst_count; i++) {
      size_t larger = 0;
      for (size_t j = 0; j < with; j++) larger += f->blocks[j].d > s.worst[i].d;
      assert_true(larger <= i);
    }
  }
  free(is_one);
  free(f);
  free(areas);
  free(x);
  free(without);
  free(y);
  free(y0);
}

static void every_scheme(void **state) {
  (void)state;
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++)
    for (int rule = LOWP_OUTLIER_MEDIAN; rule <= LOWP_OUTLIER_ARGMAX; rule++) {
      compare((lowp_scheme)id, NULL, (lowp_outlier_rule)rule, rule == LOWP_OUTLIER_RMS ? 5 : 4, 140, 300);
      compare((lowp_scheme)id, NULL, (lowp_outlier_rule)rule, 3, 3, 129);
    }
}

static void other_rules(void **state) {
  (void)state;
  lowp_quant_opts opts;
  for (int rule = LOWP_SCALE_FLOOR; rule <= LOWP_SCALE_FOUR_OVER_SIX; rule++)
    for (int id = 1; id < LOWP_SCHEME_COUNT; id++) {
      lowp_quant_opts_init(&opts, (lowp_scheme)id);
      opts.scale_rule = (lowp_scale_rule)rule;
      if (lowp_quant_opts_check(&opts, (lowp_scheme)id, NULL) != LOWP_OK) continue;
      compare((lowp_scheme)id, &opts, LOWP_OUTLIER_MEDIAN, 4, 130, 70);
    }
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++) { /* the random numbers are those of lowp_quantize */
    lowp_quant_opts_init(&opts, (lowp_scheme)id);
    opts.round = LOWP_ROUND_STOCHASTIC;
    opts.seed = 5;
    if (lowp_quant_opts_check(&opts, (lowp_scheme)id, NULL) == LOWP_OK)
      compare((lowp_scheme)id, &opts, LOWP_OUTLIER_MEDIAN, 4, 260, 70);
  }
}

/* Cut at chunks and merged in order: the bits of one call. */
static void any_cut(void **state) {
  (void)state;
  static const lowp_scheme schemes[] = {LOWP_SCHEME_NVFP4, LOWP_SCHEME_INT8_CHANNEL, LOWP_SCHEME_FP8_BLOCK128,
                                        LOWP_SCHEME_INT8_TENSOR};
  enum { ROWS = 700, COLS = 530 };
  float *x = matrix(ROWS, COLS, 3);
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x);
  lowp_outlier_stats *whole = malloc(3 * sizeof *whole), *pieces = whole + 1, *part = whole + 2;
  assert_non_null(whole);
  for (size_t i = 0; i < 4; i++) {
    lowp_outlier_plan *plan;
    assert_int_equal(lowp_outlier_plan_create(&plan, schemes[i], NULL, NULL, &view, NULL), LOWP_OK);
    memset(whole, 0, 3 * sizeof *whole);
    lowp_outlier_stats_init(whole);
    lowp_outlier_stats_init(pieces);
    assert_int_equal(lowp_outlier_measure_rows(plan, 0, ROWS, whole, NULL), LOWP_OK);
    size_t chunk = lowp_outlier_chunk_rows(plan);
    assert_true(chunk > 1 && chunk < ROWS);
    for (size_t r = 0; r < ROWS; r += chunk) {
      lowp_outlier_stats_init(part);
      assert_int_equal(lowp_outlier_measure_rows(plan, r, r + chunk < ROWS ? r + chunk : ROWS, part, NULL), LOWP_OK);
      lowp_outlier_stats_merge(pieces, part);
    }
    assert_memory_equal(whole, pieces, sizeof *whole);
    lowp_outlier_plan_destroy(plan);
  }
  free(whole);
  free(x);
}

static void worked_example(void **state) {
  (void)state;
  /* INT8 on a row: 127 makes the scale 1, so 0.25 goes to 0 and 1.25 to 1; without it the scale is 1.25 / 127. */
  const float x[4] = {0.25f, 127, -1.25f, 0};
  lowp_view view = lowp_view_of(LOWP_F32, 1, 4, x);
  lowp_outlier_summary s;
  assert_int_equal(lowp_measure_outliers(LOWP_SCHEME_INT8_CHANNEL, NULL, NULL, &view, &s, NULL), LOWP_OK);
  assert_true(s.blocks == 1 && s.outlier_blocks == 1 && s.outliers == 1 && s.worst_count == 1);
  const lowp_outlier_block *b = &s.worst[0];
  assert_true(b->amax == 127 && b->amax_col == 1 && b->rest == 3 && b->rest_xx == 1.625 && b->rest_ee == 0.125);
  double e0 = 0.25 - 25 * (1.25 / 127); /* 25.4 steps */
  assert_true(fabs(b->rest_ee0 - e0 * e0) < 1e-8 && b->z == 1.0 / 3 && b->z0 == 0);
  assert_true(fabs(b->d - (0.125 - b->rest_ee0) / (1.625 / 3)) < 1e-12);
  assert_true(s.a_p50 <= s.a_ratio && s.a_p50 > s.a_ratio / 1.02 && s.a_p99 == s.a_p50);
}

static void special_values(void **state) {
  (void)state;
  enum { ROWS = 4, COLS = 64 };
  float x[ROWS * COLS];
  assert_int_equal(lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, 1, 0, ROWS * COLS, x), LOWP_OK);
  for (int i = 0; i < ROWS * COLS; i += 16) x[i] = 50;
  x[70] = NAN;
  x[200] = INFINITY;
  for (int i = 0; i < 16; i++) x[i] = 0;
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x);
  lowp_outlier_summary s;
  assert_int_equal(lowp_measure_outliers(LOWP_SCHEME_NVFP4, NULL, NULL, &view, &s, NULL), LOWP_OK);
  assert_true(s.blocks == 16 && s.nonfinite_blocks == 2 && s.outlier_blocks == 13);
  assert_int_equal(lowp_measure_outliers(LOWP_SCHEME_INT8_TENSOR, NULL, NULL, &view, &s, NULL), LOWP_OK);
  assert_true(s.blocks == 1 && s.nonfinite_blocks == 1 && s.outlier_blocks == 0);
  lowp_quant_opts q;
  lowp_quant_opts_init(&q, LOWP_SCHEME_NVFP4);
  q.nan_policy = LOWP_NONFINITE_ERROR;
  lowp_error error;
  assert_int_equal(lowp_measure_outliers(LOWP_SCHEME_NVFP4, &q, NULL, &view, &s, &error), LOWP_E_NONFINITE);
  q.nan_policy = LOWP_NONFINITE_ZERO;
  assert_int_equal(lowp_measure_outliers(LOWP_SCHEME_NVFP4, &q, NULL, &view, &s, NULL), LOWP_OK);
  assert_true(s.nonfinite_blocks == 0 && s.outlier_blocks == 15);
  for (int i = 0; i < ROWS * COLS; i++) x[i] = 0;
  assert_int_equal(lowp_measure_outliers(LOWP_SCHEME_MXFP4, NULL, NULL, &view, &s, NULL), LOWP_OK);
  assert_true(s.outlier_blocks == 0 && s.a_mean == 1 && s.a_p50 == 1 && s.d_mean == 0 && s.error_share == 0);
  view.rows = 0;
  assert_int_equal(lowp_measure_outliers(LOWP_SCHEME_MXFP4, NULL, NULL, &view, &s, NULL), LOWP_OK);
  assert_true(s.blocks == 0);
}

static void refusals(void **state) {
  (void)state;
  float x[256 * 2] = {0};
  lowp_view view = lowp_view_of(LOWP_F32, 256, 2, x);
  lowp_outlier_summary s;
  lowp_outlier_opts o;
  lowp_outlier_plan *plan = NULL;
  lowp_outlier_opts_init(&o);
  assert_int_equal(lowp_measure_outliers(LOWP_SCHEME_NONE, NULL, NULL, &view, &s, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_measure_outliers(LOWP_SCHEME_MXFP4, NULL, NULL, &view, NULL, NULL), LOWP_E_ARGUMENT);
  o.threshold = -1;
  assert_int_equal(lowp_outlier_plan_create(&plan, LOWP_SCHEME_MXFP4, NULL, &o, &view, NULL), LOWP_E_RANGE);
  o.threshold = 1, o.rule = (lowp_outlier_rule)9;
  assert_int_equal(lowp_outlier_plan_create(&plan, LOWP_SCHEME_MXFP4, NULL, &o, &view, NULL), LOWP_E_ARGUMENT);
  assert_null(plan);
  assert_int_equal(lowp_outlier_plan_create(&plan, LOWP_SCHEME_FP8_BLOCK128, NULL, NULL, &view, NULL), LOWP_OK);
  lowp_outlier_stats *stats = malloc(sizeof *stats);
  assert_non_null(stats);
  lowp_outlier_stats_init(stats);
  assert_int_equal(lowp_outlier_measure_rows(plan, 0, 100, stats, NULL), LOWP_E_RANGE);
  assert_int_equal(lowp_outlier_measure_rows(plan, 0, 257, stats, NULL), LOWP_E_RANGE);
  assert_int_equal(lowp_outlier_measure_rows(plan, 128, 256, stats, NULL), LOWP_OK);
  assert_int_equal(stats->blocks, 1);
  stats->struct_size = 0;
  assert_int_equal(lowp_outlier_measure_rows(plan, 0, 128, stats, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_outlier_summarize(stats, &s), LOWP_E_ARGUMENT);
  free(stats);
  lowp_outlier_plan_destroy(plan);
  lowp_outlier_plan_destroy(NULL);
  assert_int_equal(lowp_outlier_plant(LOWP_SCHEME_MXFP4, 0, 1, 256, 2, x), LOWP_E_RANGE);
  assert_int_equal(lowp_outlier_plant(LOWP_SCHEME_NONE, 1, 1, 256, 2, x), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_outlier_plant(LOWP_SCHEME_MXFP4, 1, 1, SIZE_MAX, 2, x), LOWP_E_SHAPE);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(worked_example), cmocka_unit_test(every_scheme),
                                            cmocka_unit_test(other_rules),    cmocka_unit_test(any_cut),
                                            cmocka_unit_test(special_values), cmocka_unit_test(refusals)};
  return LOWP_SUITE_RUN("outlier amplification", tests);
}
