/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors against closed forms, published anchors and sums in another order; histograms and their quantiles. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"

#include <lowp/analysis.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static float *random_floats(lowp_distribution body, size_t n, uint32_t seed) {
  float *x = malloc(n * sizeof *x);
  assert_non_null(x);
  assert_int_equal(lowp_random_fill(body, seed, 0, n, x), LOWP_OK);
  return x;
}

static lowp_description *described(const lowp_view *x, const lowp_describe_channels *channels) {
  lowp_description *d = malloc(sizeof *d);
  assert_non_null(d);
  lowp_description_init(d);
  assert_int_equal(lowp_describe_rows(d, x, 0, x->rows, channels), LOWP_OK);
  return d;
}

/* Kurtosis, median of |x|, and mean crest factors of blocks of 32 and 16: closed forms, and an independent simulation. */
static void anchors(void **state) {
  (void)state;
  enum { ROWS = 1024, COLS = 1024 };
  static const struct {
    lowp_distribution body;
    double kurtosis, within, median, crest32, crest16;
  } known[] = {{LOWP_DISTRIBUTION_NORMAL, 0, 0.03, 0.674490, 2.364, 2.109},
               {LOWP_DISTRIBUTION_LAPLACE, 3, 0.15, 0.490129, 2.892, 2.443}, /* ln 2 / sqrt 2 */
               {LOWP_DISTRIBUTION_UNIFORM, -1.2, 0.01, 0.866025, 0, 0}};     /* sqrt 3 / 2 */
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    float *x = random_floats(known[i].body, ROWS * COLS, 11);
    lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x);
    lowp_description *d = described(&view, NULL);
    double kurtosis = lowp_description_kurtosis(d), median = lowp_description_median(d);
    LOWP_CHECK(fabs(kurtosis - known[i].kurtosis) < known[i].within, "distribution %zu: kurtosis %g", i, kurtosis);
    LOWP_CHECK(fabs(median / known[i].median - 1) < 0.004, "distribution %zu: median %g", i, median);
    LOWP_CHECK(fabs(lowp_description_mean_square(d) - 1) < 0.01, "distribution %zu: variance", i);
    assert_true(d->crest[0].block == 16 && d->crest[1].block == 32 && d->crest[3].block == 128);
    assert_true(d->crest[1].blocks == ROWS * COLS / 32 && d->rows == ROWS && d->count == ROWS * COLS);
    double c16 = d->crest[0].sum / (double)d->crest[0].blocks, c32 = d->crest[1].sum / (double)d->crest[1].blocks;
    if (known[i].crest32 > 0)
      LOWP_CHECK(fabs(c32 - known[i].crest32) < 0.01 && fabs(c16 - known[i].crest16) < 0.01,
                 "distribution %zu: crest factors %g and %g", i, c32, c16);
    /* The median of a Gaussian block: the maximum m has (2 Phi(m) - 1)^32 = 1/2, so m = 2.30, over an RMS of 1 - 1/128. */
    double middle = lowp_histogram_quantile(&d->crest[1].histogram, 0.5);
    if (i == 0) LOWP_CHECK(fabs(middle - 2.32) < 0.01, "median crest factor %g", middle);
    free(d);
    free(x);
  }
}

/* Constant magnitude, and a single value: the two ends of every measure of peaks. */
static void ends(void **state) {
  (void)state;
  float x[8 * 100] = {0};
  lowp_view view = lowp_view_of(LOWP_F32, 8, 100, x);
  for (size_t i = 0; i < 800; i++) x[i] = i % 2 ? -0.75f : 0.75f;
  lowp_description *d = described(&view, NULL);
  assert_true(lowp_description_incoherence(d) == 1 && lowp_description_kurtosis(d) == -2);
  assert_true(fabs(lowp_description_max_over_median(d) - 1) < 1.0 / 16 && !lowp_description_is_massive(d));
  /* 100 = 3 * 32 + 4: four blocks of 32 in a row, the last of four values, all of crest factor 1. */
  assert_true(d->crest[1].blocks == 32 && d->crest[1].sum == 32 && d->crest[1].max == 1);
  assert_true(d->crest[0].blocks == 56 && d->crest[2].blocks == 16 && d->crest[3].blocks == 8);
  free(d);

  memset(x, 0, sizeof x);
  d = described(&view, NULL);
  assert_true(d->zeros == 800 && lowp_description_incoherence(d) == 0 && isnan(lowp_description_kurtosis(d)));
  assert_true(lowp_description_max_over_median(d) == 0 && lowp_description_median(d) == 0);
  assert_true(d->crest[0].blocks == 0);
  free(d);

  x[777] = -200; /* row 7, column 77: alone in its block of 16, of 32 and so on */
  d = described(&view, NULL);
  assert_true(lowp_description_incoherence(d) == sqrt(800) && lowp_description_max_over_median(d) == INFINITY);
  for (size_t k = 0; k < LOWP_DESCRIBE_BLOCKS; k++) assert_int_equal(d->crest[k].blocks, 1);
  assert_true(d->crest[0].max == 4 && d->crest[1].sum == sqrt(32) && d->crest[2].max == sqrtf(36) &&
              d->crest[3].max == 10);
  assert_true(lowp_description_is_massive(d) && lowp_description_massive_threshold(d) == 100);
  free(d);
}

/* |x| > 100 and > 1000 times the median: each condition alone is not enough. */
static void massive(void **state) {
  (void)state;
  float x[1000] = {0};
  lowp_view view = lowp_view_of(LOWP_F32, 1, 1000, x);
  static const struct {
    float body, largest;
    int is;
  } cases[] = {{0.05f, 101, 1}, {0.05f, 100, 0}, {0.05f, 99, 0}, {1, 999, 0}, {1, 1200, 1}, {2, 1500, 0}};
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
    for (size_t i = 0; i < 1000; i++) x[i] = cases[c].body;
    x[500] = -cases[c].largest;
    lowp_description *d = described(&view, NULL);
    LOWP_CHECK(lowp_description_is_massive(d) == cases[c].is, "case %zu: threshold %g", c,
               lowp_description_massive_threshold(d));
    free(d);
  }
}

static void channels(void **state) {
  (void)state;
  enum { ROWS = 100, COLS = 5000 };
  float *x = random_floats(LOWP_DISTRIBUTION_NORMAL, ROWS * COLS, 3), rows[ROWS];
  static float cols[COLS];
  static uint32_t large[COLS], layers[COLS];
  memset(large, 0, sizeof large);
  for (size_t i = 0; i < ROWS * COLS; i++) x[i] = fmaxf(-4, fminf(4, x[i]));
  for (size_t r = 0; r < 6; r++) x[r * COLS + 4999] = -6; /* 6 % of the positions */
  for (size_t r = 0; r < 5; r++) x[r * COLS + 17] = 6.5f; /* 5 % */
  for (size_t r = 0; r < 50; r++) x[r * COLS + 18] = 5.9f;
  x[99 * COLS + 300] = 40;
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x);
  lowp_describe_channels c = {sizeof c, rows, cols, large};
  lowp_description *d = described(&view, &c);
  assert_true(d->large == 12 && d->amax == 40 && rows[99] == 40 && cols[300] == 40 && cols[17] == 6.5f);
  assert_true(large[4999] == 6 && large[17] == 5 && large[18] == 0 && large[300] == 1);
  for (size_t r = 0; r < ROWS; r++) {
    float most = 0;
    for (size_t i = COLS; i-- > 0;) most = fmaxf(most, fabsf(x[r * COLS + i]));
    assert_true(rows[r] == most);
  }
  assert_int_equal(lowp_outlier_features(ROWS, COLS, large, layers), 1);
  assert_true(layers[4999] == 1 && layers[17] == 0);
  large[17] = 6;
  large[4999] = 0;
  assert_int_equal(lowp_outlier_features(ROWS, COLS, large, layers), 1);
  assert_int_equal(lowp_outlier_features(ROWS, COLS, large, NULL), 1);
  /* Column 17 and 4999 in one layer each: of four layers that is 25 %, of five it is not. */
  assert_int_equal(lowp_outlier_features_of_model(COLS, layers, 4), 2);
  assert_int_equal(lowp_outlier_features_of_model(COLS, layers, 5), 0);
  free(d);
  free(x);

  double ratio;
  assert_int_equal(lowp_channel_amax_ratio(5, (const float[]){3, 1, 8, 2, 4}, &ratio), LOWP_OK);
  assert_true(ratio == 8.0 / 3);
  assert_int_equal(lowp_channel_amax_ratio(4, (const float[]){3, 1, 8, 2}, &ratio), LOWP_OK);
  assert_true(ratio == 8.0 / 2.5);
  assert_int_equal(lowp_channel_amax_ratio(4, (const float[]){0, 0, 8, 0}, &ratio), LOWP_OK);
  assert_true(ratio == INFINITY);
  assert_int_equal(lowp_channel_amax_ratio(2, (const float[]){0, 0}, &ratio), LOWP_OK);
  assert_true(ratio == 0);
  assert_int_equal(lowp_channel_amax_ratio(0, NULL, &ratio), LOWP_OK);
  assert_true(ratio == 0);
  assert_int_equal(lowp_channel_amax_ratio(1, NULL, &ratio), LOWP_E_ARGUMENT);
}

/* Powers and crest factors against long double, in descending order; rows longer than what is read at a time. */
static void against_long_double(void **state) {
  (void)state;
  enum { ROWS = 40, COLS = 4999 };
  float *x = random_floats(LOWP_DISTRIBUTION_STUDENT4, ROWS * COLS, 5);
  x[123] = NAN;
  x[4998] = INFINITY;
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x);
  lowp_description *d = described(&view, NULL);
  long double s[5] = {0}, crest[LOWP_DESCRIBE_BLOCKS] = {0};
  uint64_t blocks[LOWP_DESCRIBE_BLOCKS] = {0};
  for (size_t i = ROWS * COLS; i-- > 0;) {
    long double v = (long double)x[i], p = 1;
    if (!isfinite(x[i])) continue;
    for (size_t k = 0; k < 5; k++, p *= v) s[k] += p;
  }
  for (size_t k = 0; k < LOWP_DESCRIBE_BLOCKS; k++)
    for (size_t r = ROWS; r-- > 0;)
      for (size_t c = 0, length = (size_t)16 << k; c < COLS; c += length) {
        size_t n = COLS - c < length ? COLS - c : length;
        long double xx = 0, most = 0;
        for (size_t i = n; i-- > 0;) {
          long double v = fabsl((long double)x[r * COLS + c + i]);
          xx += v * v;
          most = v > most ? v : most;
        }
        if (!isfinite(xx)) continue;
        crest[k] += most / sqrtl(xx / (long double)n);
        blocks[k]++;
      }
  assert_true(d->nan == 1 && d->inf == 1 && d->count - 2 == (uint64_t)s[0]);
  assert_true(fabsl((long double)d->sum_xx - s[2]) < 1e-12L * s[2]);
  assert_true(fabsl((long double)d->sum_xxxx - s[4]) < 1e-12L * s[4]);
  assert_true(fabsl((long double)d->sum_x - s[1]) < 1e-11L * s[2]);
  assert_true(fabsl((long double)d->sum_xxx - s[3]) < 1e-11L * s[4]);
  for (size_t k = 0; k < LOWP_DESCRIBE_BLOCKS; k++)
    LOWP_CHECK(d->crest[k].blocks == blocks[k] && fabsl((long double)d->crest[k].sum - crest[k]) < 1e-7L * crest[k],
               "blocks of %d: %llu of mean crest %g", 16 << k, (unsigned long long)d->crest[k].blocks,
               d->crest[k].sum / (double)d->crest[k].blocks);
  assert_int_equal(lowp_histogram_total(&d->magnitude), d->count - 2);
  free(d);
  free(x);
}

static void any_cut(void **state) {
  (void)state;
  enum { ROWS = 900, COLS = 777 };
  float *x = random_floats(LOWP_DISTRIBUTION_LAPLACE, ROWS * COLS, 6);
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x);
  size_t chunk = lowp_error_chunk_rows(COLS);
  lowp_description *whole = described(&view, NULL), *sum = malloc(sizeof *sum), *part = malloc(sizeof *part);
  assert_true(sum && part && chunk < ROWS / 2);
  lowp_description_init(sum);
  for (size_t r = 0; r < ROWS; r += chunk) {
    lowp_description_init(part);
    assert_int_equal(lowp_describe_rows(part, &view, r, r + chunk < ROWS ? r + chunk : ROWS, NULL), LOWP_OK);
    lowp_describe_merge(sum, part);
  }
  assert_memory_equal(whole, sum, sizeof *sum);
  lowp_description_init(sum);
  assert_int_equal(lowp_describe_rows(sum, &view, 0, 3 * chunk, NULL), LOWP_OK);
  assert_int_equal(lowp_describe_rows(sum, &view, 3 * chunk, ROWS, NULL), LOWP_OK);
  assert_memory_equal(whole, sum, sizeof *sum);

  assert_int_equal(lowp_describe_rows(sum, &view, 1, ROWS + 1, NULL), LOWP_E_RANGE);
  assert_int_equal(lowp_describe_rows(sum, &view, 2, 1, NULL), LOWP_E_RANGE);
  assert_int_equal(lowp_describe_rows(sum, NULL, 0, 1, NULL), LOWP_E_ARGUMENT);
  lowp_describe_channels bad = {0};
  assert_int_equal(lowp_describe_rows(sum, &view, 0, 1, &bad), LOWP_E_ARGUMENT);
  assert_memory_equal(whole, sum, sizeof *sum);
  free(whole);
  free(sum);
  free(part);
  free(x);
}

/* Counts, edges and quantiles of a histogram whose contents are known. */
static void histogram(void **state) {
  (void)state;
  lowp_histogram h, g;
  lowp_histogram_init(&h, 0, 6);
  assert_true(isnan(lowp_histogram_quantile(&h, 0.5)) && lowp_histogram_total(&h) == 0);
  assert_true(lowp_histogram_edge(&h, 0) == 1 && lowp_histogram_edge(&h, 64) == 2 && lowp_histogram_edge(&h, 96) == 3);
  assert_true(lowp_histogram_edge(&h, LOWP_HISTOGRAM_BINS) == 65536);
  for (int i = 0; i < 1000; i++) lowp_histogram_add(&h, 2.0f + (float)i * 0.002f); /* 2 .. 4, evenly */
  for (int p = 0; p <= 10; p++)
    LOWP_CHECK(fabs(lowp_histogram_quantile(&h, p / 10.0) - (2 + p * 0.2)) < 0.004, "quantile %d/10: %g", p,
               lowp_histogram_quantile(&h, p / 10.0));
  static const float outside[] = {0, -1, 0.999f, 1e-40f, 65536, 1e30f, INFINITY, NAN};
  for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) lowp_histogram_add(&h, outside[i]);
  assert_true(h.below == 4 && h.above == 3 && lowp_histogram_total(&h) == 1007);
  assert_true(lowp_histogram_quantile(&h, 0) == 0 && lowp_histogram_quantile(&h, 1) == INFINITY);
  lowp_histogram_init(&g, 0, 6);
  lowp_histogram_add(&g, 65535.9f);
  lowp_histogram_add(&g, 1);
  assert_true(g.count[0] == 1 && g.count[LOWP_HISTOGRAM_BINS - 1] == 1);
  lowp_histogram_merge(&h, &g);
  assert_true(lowp_histogram_total(&h) == 1009 && h.count[0] == 1);
  /* Every float lies in the bin whose edges enclose it. */
  lowp_histogram_init(&g, -40, 4);
  for (uint32_t bits = lowp_f32_bits(0x1p-40f); bits < lowp_f32_bits(0x1p24f); bits += 0x12345) {
    memset(g.count, 0, sizeof g.count);
    float v = lowp_f32_from_bits(bits);
    lowp_histogram_add(&g, v);
    size_t i = 0;
    while (i < LOWP_HISTOGRAM_BINS && g.count[i] == 0) i++;
    LOWP_CHECK(i < LOWP_HISTOGRAM_BINS && lowp_histogram_edge(&g, i) <= (double)v &&
                   (double)v < lowp_histogram_edge(&g, i + 1),
               "%g in bin %zu", (double)v, i);
  }
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(anchors),  cmocka_unit_test(ends),
                                            cmocka_unit_test(massive),  cmocka_unit_test(channels),
                                            cmocka_unit_test(any_cut),  cmocka_unit_test(against_long_double),
                                            cmocka_unit_test(histogram)};
  return LOWP_SUITE_RUN("descriptors", tests);
}
