/* SPDX-License-Identifier: Apache-2.0 */
/* measured_rate.c: operations per second against peaks; 2:4 sparse weights. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/measured_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int lowp_measured_is_sparse(const lowp_view *w) {
  if (!w || lowp_view_check(w) != LOWP_OK || w->cols < 4) return 0;
  float *row = malloc(w->cols * sizeof *row);
  bool sparse = row != NULL, any = false;
  for (size_t r = 0; sparse && r < w->rows; r++) {
    lowp_view_load_row(w, r, row);
    for (size_t i = 0; sparse && i + 4 <= w->cols; i += 4) {
      const int used = (row[i] != 0) + (row[i + 1] != 0) + (row[i + 2] != 0) + (row[i + 3] != 0);
      any = any || used > 0;
      sparse = used <= 2;
    }
  }
  free(row);
  return sparse && any;
}

/* "9.000 PFLOP/s" */
static const char *rate_text(double rate, char text[32]) {
  static const char *const units[] = {"FLOP/s", "kFLOP/s", "MFLOP/s", "GFLOP/s", "TFLOP/s", "PFLOP/s", "EFLOP/s"};
  size_t unit = 0;
  while (rate >= 1000 && unit + 1 < sizeof units / sizeof units[0]) rate /= 1000, unit++;
  snprintf(text, 32, "%.4g %s", rate, units[unit]);
  return text;
}

lowp_status lowp_measured_check_rate(size_t m, size_t n, size_t k, double seconds, int sparse,
                                     const lowp_measured_peaks *peaks, lowp_measured_report *report) {
  static const double rounding = 1.001;
  const lowp_measured_peaks none = {0, 0};
  if (!report || report->struct_size != sizeof *report) return LOWP_E_ARGUMENT;
  if (!peaks) peaks = &none;
  if (!(seconds > 0) || !isfinite(seconds) || !(peaks->dense >= 0) || !isfinite(peaks->dense) ||
      !(peaks->sparse >= 0) || !isfinite(peaks->sparse))
    return LOWP_E_RANGE;
  const double rate = 2.0 * (double)m * (double)n * (double)k / seconds;
  if (!isfinite(rate)) return LOWP_E_RANGE;
  char text[32], dense[32], most[32], head[160];
  report->rate = rate;
  snprintf(head, sizeof head, "2 x %zu x %zu x %zu / %.4g s = %s", m, n, k, seconds, rate_text(rate, text));
  rate_text(peaks->dense, dense);
  rate_text(peaks->sparse, most);
  const double peak = sparse ? peaks->sparse : peaks->dense;
  if (peaks->dense == 0 && peaks->sparse == 0)
    lowpi_report_add(report, LOWP_MEASURED_NO_PEAK, LOWP_VERDICT_UNVERIFIABLE,
                     "%s; no peak for these formats to compare with", head);
  else if (rate > rounding * peaks->dense && rate > rounding * peaks->sparse)
    lowpi_report_add(report, LOWP_MEASURED_IMPOSSIBLE_RATE, LOWP_VERDICT_INCONSISTENT,
                     "%s, %.3g times the %s peak of %s: not possible", head,
                     rate / (peaks->sparse > peaks->dense ? peaks->sparse : peaks->dense),
                     peaks->sparse > peaks->dense ? "sparse" : "dense", peaks->sparse > peaks->dense ? most : dense);
  else if (peak > 0 && rate <= rounding * peak)
    lowpi_report_add(report, LOWP_MEASURED_RATE, LOWP_VERDICT_CONSISTENT, "%s, %.1f %% of the %s peak of %s", head,
                     100 * rate / peak, sparse ? "sparse" : "dense", sparse ? most : dense);
  else if (!sparse && peaks->dense > 0)
    lowpi_report_add(report, LOWP_MEASURED_SPARSE_RATE, LOWP_VERDICT_MISLABELLED,
                     "%s, %.3g times the dense peak of %s but %.1f %% of the sparse peak of %s: possible only with 2:4 "
                     "sparse weights, in which half of the multiplications are not made",
                     head, rate / peaks->dense, dense, 100 * rate / peaks->sparse, most);
  else
    lowpi_report_add(report, LOWP_MEASURED_NO_PEAK, LOWP_VERDICT_UNVERIFIABLE, "%s; the %s peak is not known", head,
                     sparse ? "sparse" : "dense");
  return LOWP_OK;
}
