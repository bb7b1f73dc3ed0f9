/* SPDX-License-Identifier: Apache-2.0 */
/* reproduce_measure.c: errors of formats on synthetic data. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/reproduce.h"

static double decibel(double nmse) { return -10 * log10(nmse); }

double measure_nmse(const reproduce_data *d, const reproduce_row *row) {
  return reproduce_nmse(row->format, d->rows, d->cols, d->x[row->law]);
}

double measure_qsnr(const reproduce_data *d, const reproduce_row *row) { return decibel(measure_nmse(d, row)); }

/* {10, 20, 30, 40} in one NVFP4 block without a tensor scale; mean squared error of the four. */
double measure_worked(const reproduce_data *d, const reproduce_row *row) {
  (void)d;
  float x[16] = {10, 20, 30, 40}, y[16];
  uint8_t codes[8], scale[1];
  float g;
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
  opts.scale_rule = row->arg == 4 ? LOWP_SCALE_FOUR_OVER_SIX : LOWP_SCALE_AMAX;
  opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
  if (lowp_quantize_planes(LOWP_SCHEME_NVFP4, &opts, 16, x, codes, scale, &g) != LOWP_OK ||
      lowp_dequantize_planes(LOWP_SCHEME_NVFP4, 16, codes, scale, g, y) != LOWP_OK)
    return NAN;
  double sum = 0;
  for (int i = 0; i < 4; i++) sum += ((double)x[i] - (double)y[i]) * ((double)x[i] - (double)y[i]);
  return sum / 4;
}

/* --- closed forms ------------------------------------------------------------------------------------------------- */

double measure_theory_int(const reproduce_data *d, const reproduce_row *row) {
  (void)d;
  lowp_theory_format f = lowp_theory_int(row->arg);
  return lowp_theory_qsnr_db(&f, row->format ? LOWP_THEORY_E4M3 : LOWP_THEORY_E8M0, row->p, 1.5, 16);
}

double measure_theory_fp(const reproduce_data *d, const reproduce_row *row) {
  (void)d;
  lowp_theory_format f;
  if (lowp_theory_format_of((lowp_element)row->arg, &f) != LOWP_OK) return NAN;
  return lowp_theory_qsnr_db(&f, row->format ? LOWP_THEORY_E4M3 : LOWP_THEORY_E8M0, row->p, 1.5, 16);
}

/* --- the sweep over sigma ----------------------------------------------------------------------------------------- */

static const int swept[REPRODUCE_SWEPT] = {F_HIF4, F_NVFP4, F_MXFP4_FLOOR, F_NVFP4_BARE};

static const double *sweep_of(const reproduce_data *d, int format) {
  size_t i = 0;
  while (swept[i] != format) i++;
  return d->sweep[i];
}

/* Mean over i of the ratio of the format's error to that of HiF4; arg: the first i, and 100 times the last. */
double measure_sweep_mean(const reproduce_data *d, const reproduce_row *row) {
  const double *a = sweep_of(d, row->format), *hif4 = sweep_of(d, F_HIF4);
  int first = row->arg % 100, last = row->arg / 100;
  double sum = 0;
  for (int i = first; i <= last; i++) sum += a[i] / hif4[i];
  return sum / (last - first + 1);
}

double measure_sweep_at(const reproduce_data *d, const reproduce_row *row) {
  return sweep_of(d, row->format)[row->arg] / sweep_of(d, F_HIF4)[row->arg];
}

/* --- blocks ------------------------------------------------------------------------------------------------------- */

static double crest_of(size_t n, const float *x) {
  double amax = 0, sum = 0;
  for (size_t i = 0; i < n; i++) {
    amax = fmax(amax, fabs((double)x[i]));
    sum += (double)x[i] * (double)x[i];
  }
  return sum > 0 ? amax / sqrt(sum / (double)n) : 0;
}

/* Mean over blocks of `arg` elements. */
double measure_crest(const reproduce_data *d, const reproduce_row *row) {
  size_t block = (size_t)row->arg, count = d->rows * d->cols / block;
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += crest_of(block, d->x[row->law] + i * block);
  return sum / (double)count;
}

/* What a rotation, which makes Laplace into normal values, gains: difference of QSNR in dB. */
double measure_rotation(const reproduce_data *d, const reproduce_row *row) {
  return decibel(reproduce_nmse(row->format, d->rows, d->cols, d->x[REPRODUCE_NORMAL])) -
         decibel(reproduce_nmse(row->format, d->rows, d->cols, d->x[REPRODUCE_LAPLACE]));
}

/*
 * The sigma below which an unscaled E4M3 per 8 is worse than per 16: bisection of the logarithm, on the same numbers.
 */
double measure_block8_crossing(const reproduce_data *d, const reproduce_row *row) {
  (void)row;
  size_t rows = d->rows < 64 ? d->rows : 64, n = rows * d->cols;
  float *x = tool_alloc(n, sizeof *x);
  double lo = log(0.008), hi = log(0.05);
  for (int step = 0; step < 12; step++) {
    double mid = (lo + hi) / 2;
    for (size_t i = 0; i < n; i++) x[i] = d->x[REPRODUCE_NORMAL][i] * (float)exp(mid);
    if (reproduce_nmse(F_SIM_BARE8, rows, d->cols, x) > reproduce_nmse(F_SIM_BARE16, rows, d->cols, x))
      lo = mid;
    else
      hi = mid;
  }
  free(x);
  return exp((lo + hi) / 2);
}

/* ggml's test of quantizers: x = 0.1 + 2 cos i, sqrt(sum of squared errors) / n. */
double measure_ggml(const reproduce_data *d, const reproduce_row *row) {
  (void)d;
  enum { N = 4096 };
  float *x = tool_alloc(N, sizeof *x), *y = tool_alloc(N, sizeof *y);
  double sum = 0;
  for (int i = 0; i < N; i++) x[i] = (float)(0.1 + 2 * cos((double)i));
  reproduce_round_trip(row->format, 1, N, x, y);
  for (int i = 0; i < N; i++) sum += ((double)x[i] - (double)y[i]) * ((double)x[i] - (double)y[i]);
  free(x);
  free(y);
  return sqrt(sum) / N;
}

/* Share of blocks in which Four Over Six puts the maximum on 4: those whose scale is not that of the plain rule. */
double measure_chose_four(const reproduce_data *d, const reproduce_row *row) {
  lowp_view x = lowp_view_of(LOWP_F32, d->rows, d->cols, d->x[row->law]);
  lowp_qtensor *q[2];
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
  opts.nvfp4_scale_max = 256;
  for (int i = 0; i < 2; i++) {
    opts.scale_rule = i ? LOWP_SCALE_FOUR_OVER_SIX : LOWP_SCALE_AMAX;
    if (lowp_qtensor_create(&q[i], LOWP_SCHEME_NVFP4, d->rows, d->cols) != LOWP_OK ||
        lowp_quantize(&opts, &x, q[i], NULL) != LOWP_OK)
      exit(tool_fail(TOOL_INTERNAL, "--reproduce: Four Over Six"));
  }
  size_t count = d->rows * d->cols / 16, four = 0;
  for (size_t i = 0; i < count; i++) four += q[0]->scales[i] != q[1]->scales[i];
  lowp_qtensor_destroy(q[0]);
  lowp_qtensor_destroy(q[1]);
  return (double)four / (double)count;
}

/* --- NVINT4 and NVFP4 by the crest factor of a block -------------------------------------------------------------- */

enum { BINS = 40 }; /* of 0.1 */
typedef struct by_kappa {
  double xx[BINS], ee[2][BINS];
  size_t blocks, int_wins;
} by_kappa;

static void fill_by_kappa(const reproduce_data *d, by_kappa *b) {
  const float *x = d->x[REPRODUCE_NORMAL];
  size_t n = d->rows * d->cols;
  float *y[2] = {tool_alloc(n, sizeof(float)), tool_alloc(n, sizeof(float))};
  reproduce_round_trip(F_SIM_NVINT4, d->rows, d->cols, x, y[0]);
  reproduce_round_trip(F_NVFP4, d->rows, d->cols, x, y[1]);
  memset(b, 0, sizeof *b);
  b->blocks = n / 16;
  for (size_t i = 0; i < n; i += 16) {
    size_t bin = (size_t)(crest_of(16, x + i) * 10);
    double xx = 0, ee[2] = {0, 0};
    for (size_t j = i; j < i + 16; j++) {
      xx += (double)x[j] * (double)x[j];
      for (int k = 0; k < 2; k++) {
        double e = (double)x[j] - (double)y[k][j];
        ee[k] += e * e;
      }
    }
    b->xx[bin] += xx;
    for (int k = 0; k < 2; k++) b->ee[k][bin] += ee[k];
    b->int_wins += ee[0] < ee[1];
  }
  free(y[0]);
  free(y[1]);
}

double measure_int_wins(const reproduce_data *d, const reproduce_row *row) {
  (void)row;
  by_kappa b;
  fill_by_kappa(d, &b);
  return (double)b.int_wins / (double)b.blocks;
}

/* QSNR of NVFP4 over the blocks with kappa in arg / 10 .. + 0.1. */
double measure_at_kappa(const reproduce_data *d, const reproduce_row *row) {
  by_kappa b;
  fill_by_kappa(d, &b);
  return decibel(b.ee[1][row->arg] / b.xx[row->arg]);
}

/* Where the errors of the two are equal, between the centres of two bins. */
double measure_kappa_crossing(const reproduce_data *d, const reproduce_row *row) {
  (void)row;
  by_kappa b;
  fill_by_kappa(d, &b);
  for (int i = 16; i + 1 < BINS && b.xx[i + 1] > 0; i++) {
    double a = log(b.ee[0][i] / b.ee[1][i]), next = log(b.ee[0][i + 1] / b.ee[1][i + 1]);
    if (a < 0 && next >= 0) return 0.1 * i + 0.05 + 0.1 * a / (a - next);
  }
  return NAN;
}
