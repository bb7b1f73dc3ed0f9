/* SPDX-License-Identifier: Apache-2.0 */
/* reproduce_rounding.c: rounding behaviour, and outliers planted in normal blocks. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/reproduce.h"

/* format: the element, arg: random bits, p: discarded bits. */
double measure_stochastic(const reproduce_data *d, const reproduce_row *row) {
  (void)d;
  double bias, rms;
  if (lowp_measure_stochastic((lowp_element)row->format, row->arg, (int)row->p, &bias, &rms) != LOWP_OK) return NAN;
  return bias;
}

/* Uniform values up to the largest of the element `format`, rounded in mode `arg`. */
static lowp_rounding_stats uniform_rounding(const reproduce_row *row) {
  enum { N = 1 << 16, PIECES = 16 };
  float *x = tool_alloc(N, sizeof *x), max = lowp_element_info_of((lowp_element)row->format)->max;
  lowp_encode_rules rules = lowp_encode_default((lowp_element)row->format);
  rules.round = (uint8_t)row->arg;
  lowp_rounding_stats stats;
  lowp_rounding_stats_init(&stats);
  for (uint64_t piece = 0; piece < PIECES; piece++) {
    for (size_t i = 0; i < N; i++)
      x[i] = max * ((float)(lowp_philox(1005, piece * N + i) >> 41) * 0x1p-23f); /* 23 bits, below 1 */
    if (lowp_measure_rounding((lowp_element)row->format, &rules, 5, piece * N, N, x, &stats) != LOWP_OK)
      exit(tool_fail(TOOL_INTERNAL, "--reproduce: rounding"));
  }
  free(x);
  return stats;
}

double measure_moment_bias(const reproduce_data *d, const reproduce_row *row) {
  (void)d;
  lowp_rounding_stats stats = uniform_rounding(row);
  return lowp_rounding_bias_ulp(&stats);
}

double measure_moment_rms(const reproduce_data *d, const reproduce_row *row) {
  (void)d;
  lowp_rounding_stats stats = uniform_rounding(row);
  return lowp_rounding_rms_ulp(&stats);
}

/* `count` normal values times p, or as many as there are. */
static size_t scaled(const reproduce_data *d, double p, float **x) {
  size_t n = d->rows * d->cols < (1 << 20) ? d->rows * d->cols : 1 << 20;
  *x = tool_alloc(n, sizeof **x);
  for (size_t i = 0; i < n; i++) (*x)[i] = d->x[REPRODUCE_NORMAL][i] * (float)p;
  return n;
}

static lowp_detour_stats double_rounding(const reproduce_data *d, const reproduce_row *row) {
  float *x;
  size_t n = scaled(d, row->p, &x);
  lowp_detour_stats stats;
  lowp_detour_stats_init(&stats);
  if (lowp_measure_double_rounding((lowp_element)row->format, NULL, LOWP_BF16, n, x, &stats) != LOWP_OK)
    exit(tool_fail(TOOL_INTERNAL, "--reproduce: double rounding"));
  free(x);
  return stats;
}

double measure_double_rounding(const reproduce_data *d, const reproduce_row *row) {
  lowp_detour_stats stats = double_rounding(d, row);
  return 100 * (double)stats.changed / (double)stats.count;
}

double measure_double_rounding_mse(const reproduce_data *d, const reproduce_row *row) {
  lowp_detour_stats stats = double_rounding(d, row);
  return 100 * (stats.ee_detour / stats.ee_direct - 1);
}

double measure_reciprocal(const reproduce_data *d, const reproduce_row *row) {
  (void)d;
  lowp_detour_stats stats;
  lowp_detour_stats_init(&stats);
  if (lowp_measure_reciprocal_all((lowp_element)row->format, NULL, LOWP_E4M3FN, &stats) != LOWP_OK) return NAN;
  return 100 * (double)stats.changed / (double)stats.count;
}

/* Bias of half away less that of RNE on BF16 inputs. */
double measure_half_away(const reproduce_data *d, const reproduce_row *row) {
  float *x;
  size_t n = scaled(d, row->p, &x);
  double bias[2];
  for (size_t i = 0; i < n; i++) x[i] = lowp_decode(LOWP_BF16, lowp_encode(LOWP_BF16, x[i]));
  for (int away = 0; away < 2; away++) {
    lowp_encode_rules rules = lowp_encode_default(LOWP_E2M1);
    lowp_rounding_stats stats;
    lowp_rounding_stats_init(&stats);
    rules.round = away ? LOWP_ROUND_HALF_AWAY : LOWP_ROUND_RNE;
    if (lowp_measure_rounding(LOWP_E2M1, &rules, 0, 0, n, x, &stats) != LOWP_OK) return NAN;
    bias[away] = lowp_rounding_bias_ulp(&stats);
  }
  free(x);
  return bias[1] - bias[0];
}

/* --- outliers of k sigma in normal blocks ------------------------------------------------------------------------- */

const double reproduce_ks[REPRODUCE_KS] = {8, 12, 16, 32};

void reproduce_plant(reproduce_data *d, lowp_scheme scheme, int k) {
  size_t rows = d->rows < 256 ? d->rows : 256;
  float *x = tool_alloc(rows * d->cols, sizeof *x);
  memcpy(x, d->x[REPRODUCE_NORMAL], rows * d->cols * sizeof *x);
  lowp_quant_opts quant;
  lowp_quant_opts_init(&quant, scheme);
  if (lowp_scheme_info_of(scheme)->family == LOWP_FAMILY_MX) quant.scale_rule = LOWP_SCALE_RCEIL;
  lowp_outlier_opts opts;
  lowp_outlier_opts_init(&opts);
  opts.rule = LOWP_OUTLIER_ARGMAX;
  lowp_view view = lowp_view_of(LOWP_F32, rows, d->cols, x);
  if (lowp_outlier_plant(scheme, reproduce_ks[k], 1011, rows, d->cols, x) != LOWP_OK ||
      lowp_measure_outliers(scheme, &quant, &opts, &view, &d->outliers[scheme][k], NULL) != LOWP_OK)
    exit(tool_fail(TOOL_INTERNAL, "--reproduce: outliers"));
  free(x);
}

/* arg: which of reproduce_ks. */
static const lowp_outlier_summary *planted(const reproduce_data *d, const reproduce_row *row) {
  return &d->outliers[reproduce_formats[row->format].scheme][row->arg];
}

double measure_outlier_a(const reproduce_data *d, const reproduce_row *row) { return planted(d, row)->a_ratio; }
double measure_outlier_z(const reproduce_data *d, const reproduce_row *row) { return planted(d, row)->z_mean; }
double measure_outlier_d(const reproduce_data *d, const reproduce_row *row) { return planted(d, row)->d_pooled; }
