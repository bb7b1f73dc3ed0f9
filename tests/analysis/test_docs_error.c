/* SPDX-License-Identifier: Apache-2.0 */
/* test_docs_error.c: the measured figures of docs/error-analysis.md on accumulators and products, measured again. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/lowp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/docs_table.h"
#include "harness/suite.h"

#define PAGE "error-analysis.md"

/* What is shown is what was measured, to its last digit: "-1.34e-2", "0.3 %". */
static void expect(const docs_table *t, const char *what, const char *shown, double measured) {
  char *end;
  const double value = strtod(shown, &end);
  int decimals = 0, exponent = 0;
  const char *e = strpbrk(shown, "eE"), *dot = strchr(shown, '.');
  if (e) exponent = atoi(e + 1);
  if (dot)
    for (const char *c = dot + 1; *c >= '0' && *c <= '9'; c++) decimals++;
  if (strcmp(end, " %") == 0)
    measured *= 100;
  else if (*end)
    docs_fail(t, "%s: '%s' is no number", what, shown);
  /* A hair more than half a digit, since the page may have rounded a number that was printed with more. */
  if (!(fabs(value - measured) <= 0.51 * pow(10, exponent - decimals)))
    docs_fail(t, "%s: %s, measured %.4g", what, shown, measured);
}

static lowp_accum accumulator(const docs_table *t, const char *name) {
  lowp_accum a;
  if (lowp_accum_from_name(name, &a) != LOWP_OK) docs_fail(t, "no accumulator is called %s", name);
  return a;
}

/* A row takes a second or two: of each table one in three, all of them in the long run, a single one where machines are slow. */
static bool taken(int row, int rows) {
  const size_t stride = lowpt_stride();
  if (stride > 1) return (size_t)row == lowpt_first(stride) % (size_t)rows;
  return lowpt_long() || row % 3 == 0;
}

static void visit_accumulators(const docs_table *t) {
  static const size_t ks[] = {1024, 4096, 16384};
  for (int r = 0; r < t->rows; r++) {
    char *const *cell = t->cell[r];
    if (!taken(r, t->rows)) continue;
    const lowp_accum a = accumulator(t, cell[0]);
    lowp_accum_sweep_opts opts;
    lowp_accum_stats stats[3];
    lowp_accum_sweep_init(&opts);
    assert_int_equal(lowp_accum_sweep(&a, &opts, 3, ks, stats), LOWP_OK);
    for (int k = 0; k < 3; k++) expect(t, cell[0], cell[1 + k], lowp_accum_bias(&stats[k]));
    opts.data = LOWP_ACCUM_NORMAL;
    opts.trials = 2000;
    assert_int_equal(lowp_accum_sweep(&a, &opts, 1, ks + 1, stats), LOWP_OK);
    expect(t, cell[0], cell[4], lowp_accum_nmse(stats));
  }
}

enum { ROWS = 64, COLS = 4096 };

static void visit_products(const docs_table *t) {
  float *w = malloc(sizeof *w * ROWS * COLS);
  assert_non_null(w);
  for (int r = 0; r < t->rows; r++) {
    char *const *cell = t->cell[r];
    if (!taken(r, t->rows)) continue;
    const lowp_accum a = accumulator(t, cell[2]);
    const lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, w);
    lowp_distribution_desc law;
    lowp_gemm_error_desc desc;
    lowp_gemm_error_stats stats;
    lowp_qtensor *q = NULL;
    lowp_distribution_desc_init(&law);
    if (strcmp(cell[0], "mean 1") == 0) law.mean = 1, law.sigma = 0.5;
    assert_int_equal(lowp_random_matrix(&law, 1, 0, (size_t)ROWS * COLS, w), LOWP_OK);
    assert_int_equal(lowp_qtensor_create(&q, docs_scheme(t, cell[1]), ROWS, COLS), LOWP_OK);
    assert_int_equal(lowp_quantize(NULL, &view, q, NULL), LOWP_OK);
    lowp_gemm_error_init(&desc);
    lowp_gemm_error_stats_init(&stats);
    desc.w = &view;
    desc.wq = q;
    desc.m = ROWS;
    desc.x_from = &law;
    desc.x_seed = 2;
    desc.x_scheme = docs_scheme(t, cell[1]);
    desc.accum = &a;
    assert_int_equal(lowp_gemm_error_rows(&desc, 0, ROWS, &stats, NULL), LOWP_OK);
    const lowp_gemm_error e = lowp_gemm_error_of(&stats);
    const double values[] = {e.e_w, e.e_a, e.e_both, e.deviation, e.correlation, e.e_accum};
    for (int k = 0; k < 6; k++) expect(t, t->head[3 + k], cell[3 + k], values[k]);
    lowp_qtensor_destroy(q);
  }
  free(w);
}

static void accumulators(void **state) {
  (void)state;
  if (!lowp_random_portable()) LOWP_SKIP("built without SLEEF: the last digits of random numbers may differ");
  docs_each(PAGE, "accumulators", visit_accumulators);
}

static void products(void **state) {
  (void)state;
  if (!lowp_random_portable()) LOWP_SKIP("built without SLEEF: the last digits of random numbers may differ");
  docs_each(PAGE, "products", visit_products);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(accumulators), cmocka_unit_test(products)};
  return LOWP_SUITE_RUN("error-analysis.md", tests);
}
