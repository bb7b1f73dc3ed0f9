/* SPDX-License-Identifier: Apache-2.0 */
/* The error table of docs/formats.md, measured again. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "api/docs_table.h"

#include "harness/suite.h"
#include <lowp/analysis.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MEASURED_ROWS = 256, MEASURED_COLS = 4096, MEASURED_SEED = 1, QUICK_ROWS = 16 };

static lowp_error_stats measure(const docs_table *t, lowp_scheme scheme, lowp_quant_opts o, const float *x,
                                size_t rows) {
  lowp_view view = lowp_view_of(LOWP_F32, rows, MEASURED_COLS, x);
  lowp_error_stats stats;
  lowp_qtensor *q;
  lowp_error_stats_init(&stats);
  if (lowp_qtensor_create(&q, scheme, rows, MEASURED_COLS) != LOWP_OK || lowp_quantize(&o, &view, q, NULL) != LOWP_OK ||
      lowp_error_stats_qtensor(&stats, &view, q, 0, rows) != LOWP_OK)
    docs_fail(t, "%s cannot be measured", lowp_scheme_info_of(scheme)->name);
  lowp_qtensor_destroy(q);
  return stats;
}

/* check-long: all 2^20 values, every printed digit. */
static void check_digits(const docs_table *t, char *const *c, int column, lowp_scheme scheme, const lowp_quant_opts *o,
                         const float *x) {
  lowp_error_stats stats = measure(t, scheme, *o, x, MEASURED_ROWS);
  char nmse[32], qsnr[32];
  snprintf(nmse, sizeof nmse, "%.3e", lowp_error_nmse(&stats));
  snprintf(qsnr, sizeof qsnr, "%.2f", lowp_error_qsnr_db(&stats));
  if (strcmp(nmse, c[column]) != 0 || strcmp(qsnr, c[column + 1]) != 0)
    docs_fail(t, "%s %s: %s %s", c[0], c[1], nmse, qsnr);
}

/*
 * Quick check: the first rows, with the amax of the whole where one scale serves the tensor. A maximum over a row of
 * Laplace numbers scatters by 15 %, 1.3 dB of a QSNR that follows it, over sixteen rows 0.3 dB; 0.5 dB are allowed.
 */
static void check_sample(const docs_table *t, char *const *c, int column, lowp_scheme scheme, lowp_quant_opts o,
                         const float *x, float amax) {
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  double printed = docs_number(t, c[column + 1]);
  if (fabs(-10 * log10(docs_number(t, c[column])) - printed) > 0.01)
    docs_fail(t, "%s %s: NMSE and dB disagree", c[0], c[1]);
  if (info->family == LOWP_FAMILY_SCALED && !info->block_rows) {
    if (o.scale_rule == LOWP_SCALE_MSE || info->zero != LOWP_ZERO_NONE) return; /* takes more than amax */
    o.tensor_scale_from = LOWP_TENSOR_SCALE_AMAX;
    o.tensor_amax = amax;
  }
  lowp_error_stats stats = measure(t, scheme, o, x, QUICK_ROWS);
  double have = lowp_error_qsnr_db(&stats);
  if (fabs(have - printed) > 0.5) docs_fail(t, "%s %s: %.2f dB of the first rows", c[0], c[1], have);
}

static void visit_measured(const docs_table *t) {
  static const lowp_distribution distributions[] = {LOWP_DISTRIBUTION_NORMAL, LOWP_DISTRIBUTION_LAPLACE};
  static uint8_t seen[LOWP_SCHEME_COUNT];
  size_t n = (size_t)MEASURED_ROWS * MEASURED_COLS;
  float *x = malloc(n * sizeof *x), amax;
  assert_non_null(x);
  for (int d = 0; d < 2; d++) {
    lowp_view view = lowp_view_of(LOWP_F32, MEASURED_ROWS, MEASURED_COLS, x);
    assert_int_equal(lowp_random_fill(distributions[d], MEASURED_SEED, 0, n, x), LOWP_OK);
    assert_int_equal(lowp_measure_amax(&view, 0, MEASURED_ROWS, &amax, NULL), LOWP_OK);
    for (int r = 0; r < t->rows; r++) {
      char *const *c = t->cell[r];
      lowp_scheme scheme = docs_scheme(t, c[0]);
      lowp_quant_opts o = docs_opts(t, scheme, c[1]);
      seen[scheme] = 1;
      if (fabs(docs_number(t, c[2]) - lowp_scheme_nominal_bits(scheme)) > 5e-7) docs_fail(t, "bits of %s", c[0]);
      check_sample(t, c, 3 + 2 * d, scheme, o, x, amax);
      if (lowpt_long()) check_digits(t, c, 3 + 2 * d, scheme, &o, x);
    }
  }
  free(x);
  for (unsigned id = 1; id < LOWP_SCHEME_COUNT; id++)
    if (!seen[id]) docs_fail(t, "%s is not measured", lowp_scheme_info_of((lowp_scheme)id)->name);
}

static void measured_errors(void **state) {
  (void)state;
  if (!lowp_random_portable()) LOWP_SKIP("the samples are those of the C library's logarithm");
  docs_each("formats.md", "measured", visit_measured);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(measured_errors)};
  return LOWP_SUITE_RUN("docs/formats.md: measured error", tests);
}
