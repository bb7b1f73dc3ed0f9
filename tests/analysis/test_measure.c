/* SPDX-License-Identifier: Apache-2.0 */
/* Measurements against an oracle in long double that goes through the tensor in another order, and against themselves. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"

#include <lowp/analysis.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 300, COLS = 777 };

static float *random_floats(lowp_distribution body, size_t n, uint32_t seed) {
  float *x = malloc(n * sizeof *x);
  assert_non_null(x);
  assert_int_equal(lowp_random_fill(body, seed, 0, n, x), LOWP_OK);
  return x;
}

/* A tensor with what real ones have: zeros, whole blocks of them, tiny and huge values, NaN and Inf. */
static float *rough_floats(size_t n, uint32_t seed) {
  float *x = random_floats(LOWP_DISTRIBUTION_STUDENT4, n, seed);
  for (size_t i = 0; i < n; i++) {
    if (i % 97 == 3) x[i] = 0;
    if (i / 64 % 41 == 7) x[i] = 0;
    if (i % 1009 == 5) x[i] *= 1e-6f;
    if (i % 2003 == 9) x[i] *= 100;
  }
  x[1000] = NAN;
  x[20000] = INFINITY;
  x[n - 1] = -INFINITY;
  return x;
}

static lowp_measurement *measured(const lowp_measure_desc *desc) {
  lowp_measurement *m = malloc(sizeof *m);
  assert_non_null(m);
  lowp_error error = {0};
  lowp_status status = lowp_measure(desc, m, &error);
  LOWP_CHECK(status == LOWP_OK, "%s: %s", lowp_status_name(status), error.text);
  return m;
}

static bool close_to(double a, long double b, long double scale) {
  return fabsl((long double)a - b) <= 1e-12L * (scale > 0 ? scale : 1);
}

/* --- the oracle --------------------------------------------------------------------------------------------------- */

typedef struct oracle {
  long double xx, ee, e, ae, crest, top_xx, top_ee;
  long double bin_ee[LOWP_MEASURE_BINS], bin_xx[LOWP_MEASURE_BINS];
  uint64_t bin_count[LOWP_MEASURE_BINS];
  uint64_t blocks, zero, nonfinite, flushed_blocks, flushed, counted;
  double max_crest, worst_ee, worst_nmse;
} oracle;

static size_t oracle_bin(double x) {
  if (x == 0) return 0;
  int exponent;
  frexp(x, &exponent); /* |x| = f 2^exponent, 1/2 <= f < 1 */
  int bin = exponent - 1 + 40;
  return bin < 0 ? 0 : bin > 63 ? 63 : (size_t)bin;
}

static void oracle_block(oracle *o, const float *x, const float *y, size_t n) {
  long double xx = 0, ee = 0;
  size_t top = 0, bad = 0, zeros = 0;
  for (size_t i = n; i-- > 0;) {
    if (!isfinite(x[i]) || !isfinite(y[i])) {
      bad++;
      continue;
    }
    long double v = (long double)x[i], e = (long double)y[i] - v;
    xx += v * v;
    ee += e * e;
    o->e += e;
    o->ae += fabsl(e);
    o->flushed += x[i] != 0 && y[i] == 0;
    zeros += y[i] == 0;
    size_t bin = oracle_bin((double)x[i]);
    o->bin_count[bin]++;
    o->bin_xx[bin] += v * v;
    o->bin_ee[bin] += e * e;
    if (fabsf(x[i]) >= fabsf(x[top]) || !isfinite(x[top])) top = i;
    o->counted++;
  }
  o->xx += xx;
  o->ee += ee;
  o->blocks++;
  if (bad) {
    o->nonfinite++;
  } else if (xx == 0) {
    o->zero++;
  } else {
    long double amax = fabsl((long double)x[top]), crest = amax / sqrtl(xx / (long double)n),
                te = (long double)y[top] - x[top];
    o->crest += crest;
    o->top_xx += amax * amax;
    o->top_ee += te * te;
    o->flushed_blocks += zeros == n;
    o->max_crest = fmax(o->max_crest, (double)crest);
    o->worst_ee = fmax(o->worst_ee, (double)ee);
    o->worst_nmse = fmax(o->worst_nmse, (double)(ee / xx));
  }
}

static oracle *oracle_of(const float *x, const float *y, size_t rows, size_t cols, size_t block) {
  oracle *o = calloc(1, sizeof *o);
  assert_non_null(o);
  for (size_t r = rows; r-- > 0;)
    for (size_t c = 0; c < cols; c += block) {
      size_t n = cols - c < block ? cols - c : block;
      oracle_block(o, x + r * cols + c, y + r * cols + c, n);
    }
  return o;
}

static void compare(const char *what, const lowp_measurement *m, const oracle *o) {
  LOWP_CHECK(lowp_error_counted(&m->error) == o->counted, "%s: %llu pairs", what,
             (unsigned long long)lowp_error_counted(&m->error));
  LOWP_CHECK(m->error.flushed == o->flushed, "%s: flushed", what);
  LOWP_CHECK(close_to(m->error.sum_xx, o->xx, o->xx), "%s: sum of squares %a", what, m->error.sum_xx);
  LOWP_CHECK(close_to(m->error.sum_ee, o->ee, o->ee), "%s: squared error %a", what, m->error.sum_ee);
  LOWP_CHECK(close_to(m->error.sum_e, o->e, o->ae), "%s: error %a", what, m->error.sum_e);
  LOWP_CHECK(m->blocks == o->blocks && m->blocks_zero == o->zero && m->blocks_nonfinite == o->nonfinite,
             "%s: %llu blocks, %llu zero, %llu not finite", what, (unsigned long long)m->blocks,
             (unsigned long long)m->blocks_zero, (unsigned long long)m->blocks_nonfinite);
  LOWP_CHECK(m->blocks_flushed == o->flushed_blocks, "%s: %llu blocks flushed, not %llu", what,
             (unsigned long long)m->blocks_flushed, (unsigned long long)o->flushed_blocks);
  /* Crest factors are rounded to f32, each by half a unit in its last place at most. */
  LOWP_CHECK(fabsl((long double)m->sum_crest - o->crest) <= 0x1p-24L * o->crest, "%s: crest %.17g", what, m->sum_crest);
  LOWP_CHECK(fabs((double)m->max_crest - o->max_crest) <= 1e-6 * o->max_crest, "%s: max crest", what);
  LOWP_CHECK(close_to(m->sum_top_xx, o->top_xx, o->top_xx), "%s: top x", what);
  LOWP_CHECK(close_to(m->sum_top_ee, o->top_ee, o->top_ee), "%s: top e %.17g, not %.17g", what, m->sum_top_ee,
             (double)o->top_ee);
  for (size_t i = 0; i < LOWP_MEASURE_BINS; i++)
    LOWP_CHECK(m->bins[i].count == o->bin_count[i] && close_to(m->bins[i].sum_xx, o->bin_xx[i], o->bin_xx[i]) &&
                   close_to(m->bins[i].sum_ee, o->bin_ee[i], o->bin_ee[i]),
               "%s: bin %zu", what, i);
  LOWP_CHECK(close_to(m->worst_sse.at[0].sum_ee, (long double)o->worst_ee, (long double)o->worst_ee), "%s: worst error",
             what);
  double worst = m->worst_nmse.count > 0 && m->worst_nmse.at[0].sum_ee > 0
                     ? m->worst_nmse.at[0].sum_ee / m->worst_nmse.at[0].sum_xx
                     : 0;
  LOWP_CHECK(close_to(worst, (long double)o->worst_nmse, (long double)o->worst_nmse), "%s: worst NMSE %g, not %g", what,
             worst, o->worst_nmse);
  uint64_t bins = 0, crest = lowp_histogram_total(&m->crest), nmse = lowp_histogram_total(&m->block_nmse);
  for (size_t i = 0; i < LOWP_MEASURE_BINS; i++) bins += m->bins[i].count;
  LOWP_CHECK(bins == o->counted && crest == o->blocks - o->zero - o->nonfinite && crest == nmse, "%s: totals", what);
}

/* --- every scheme, three ways ------------------------------------------------------------------------------------- */

static void every_scheme(void **state) {
  (void)state;
  static const size_t blocks[] = {0, 16, 50};
  float *x = rough_floats(ROWS * COLS, 1), *y = malloc(sizeof(float) * ROWS * COLS);
  assert_non_null(y);
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x), back = lowp_view_of(LOWP_F32, ROWS, COLS, y);
  lowp_channel_stats *rows_a = calloc(ROWS, sizeof *rows_a), *rows_b = calloc(ROWS, sizeof *rows_b);
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++) {
    const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
    lowp_quant_opts opts;
    lowp_quant_opts_init(&opts, info->id);
    opts.nan_policy = id % 2 ? LOWP_NONFINITE_ZERO : LOWP_NONFINITE_PROPAGATE;
    lowp_qtensor *q;
    assert_int_equal(lowp_qtensor_create(&q, info->id, ROWS, COLS), LOWP_OK);
    assert_int_equal(lowp_quantize(&opts, &view, q, NULL), LOWP_OK);
    assert_int_equal(lowp_dequantize(q, &back, NULL), LOWP_OK);
    for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
      lowp_measure_desc desc;
      lowp_measure_desc_init(&desc, &view);
      desc.block = blocks[b];
      desc.scheme = info->id;
      desc.opts = &opts;
      desc.channels = rows_a;
      lowp_measurement *a = measured(&desc);
      size_t block = blocks[b] ? blocks[b] : info->block_cols ? info->block_cols : COLS;
      assert_true(a->scheme == info->id && a->block == block);
      oracle *o = oracle_of(x, y, ROWS, COLS, block);
      compare(info->name, a, o);
      free(o);

      /* From the planes: the same in every bit. */
      lowp_measure_desc_init(&desc, &view);
      desc.block = blocks[b];
      desc.q = q;
      desc.channels = rows_b;
      lowp_measurement *p = measured(&desc);
      LOWP_CHECK(memcmp(a, p, sizeof *a) == 0, "%s: planes and scheme differ", info->name);
      assert_memory_equal(rows_a, rows_b, ROWS * sizeof *rows_a);
      lowp_error_stats stats;
      lowp_error_stats_init(&stats);
      assert_int_equal(lowp_error_stats_qtensor(&stats, &view, q, 0, ROWS), LOWP_OK);
      LOWP_CHECK(memcmp(&stats, &a->error, sizeof stats) == 0, "%s: another error_stats", info->name);

      /* From a view: the same but for what codes and scales tell. */
      lowp_measure_desc_init(&desc, &view);
      desc.block = block;
      desc.y = &back;
      lowp_measurement *v = measured(&desc);
      assert_true(v->scheme == LOWP_SCHEME_NONE && v->error.clipped == 0 && v->scales == 0);
      v->error.clipped = a->error.clipped;
      assert_memory_equal(&v->error, &a->error, sizeof v->error);
      assert_memory_equal(&v->bins, &a->bins, sizeof v->bins);
      assert_memory_equal(&v->crest, &a->crest, sizeof v->crest);
      assert_memory_equal(&v->block_nmse, &a->block_nmse, sizeof v->block_nmse);
      free(v);
      free(p);
      free(a);
    }
    lowp_qtensor_destroy(q);
  }
  free(rows_a);
  free(rows_b);
  free(x);
  free(y);
}

/* --- cuts --------------------------------------------------------------------------------------------------------- */

static void any_cut(void **state) {
  (void)state;
  enum { TALL = 1000 };
  float *x = rough_floats(TALL * COLS, 2);
  lowp_view view = lowp_view_of(LOWP_F32, TALL, COLS, x);
  static const lowp_scheme schemes[] = {LOWP_SCHEME_NVFP4, LOWP_SCHEME_FP8_BLOCK128, LOWP_SCHEME_INT8_CHANNEL_ZP};
  size_t chunk = lowp_error_chunk_rows(COLS);
  assert_true(chunk > 1 && 5 * chunk < TALL);
  for (size_t s = 0; s < sizeof schemes / sizeof schemes[0]; s++) {
    lowp_measure_desc desc;
    lowp_measure_desc_init(&desc, &view);
    desc.scheme = schemes[s];
    lowp_measurement *whole = measured(&desc), *sum = malloc(sizeof *sum), *part = malloc(sizeof *part);
    assert_true(sum && part);
    lowp_measure_job *job;
    assert_int_equal(lowp_measure_begin(&job, &desc, NULL), LOWP_OK);
    for (size_t step = 1; step < 5; step++) {
      lowp_measurement_init(sum);
      for (size_t r = 0; r < TALL; r += chunk * step) {
        size_t end = TALL - r < chunk * step ? TALL : r + chunk * step;
        if (step == 1) { /* by parts, merged */
          lowp_measurement_init(part);
          assert_int_equal(lowp_measure_rows(job, r, end, part, NULL), LOWP_OK);
          lowp_measure_merge(sum, part);
        } else {
          assert_int_equal(lowp_measure_rows(job, r, end, sum, NULL), LOWP_OK);
        }
      }
      LOWP_CHECK(memcmp(whole, sum, sizeof *sum) == 0, "scheme %d in steps of %zu chunks", (int)schemes[s], step);
    }
    lowp_measure_end(job);
    free(whole);
    free(sum);
    free(part);
  }
  free(x);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(every_scheme), cmocka_unit_test(any_cut)};
  return LOWP_SUITE_RUN("measurements", tests);
}
