/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyze_guard.c: lowp-analyze --mitigations, guard rails by tensors: a network of residual layers in which some are more
 * sensitive than others, and what each criterion gains at its output when it chooses those that stay in 16 bits.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/calib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/analyze.h"
#include "tools/guard.h"

/*
 * x += B relu(A g norm(x)), twelve times; hidden layers are as wide as the stream and twice as wide by turns. Formats
 * with blocks of 128 columns fit.
 */
enum { STREAM = 256, HIDDEN = 2 * STREAM, TENSORS = 24, TOKENS = 64, PLANTED = 4, BUDGETS = 3 };

static const double column_factor = 12, norm_factor = 20, scattered = 1. / 64, scattered_k = 12;

typedef struct layer {
  size_t n, k;
  float *w, *q;    /* [n, k]: weights, and what quantization makes of them */
  float g[HIDDEN]; /* the norm before it; ones where there is none */
  float *x;        /* [TOKENS, k]: what it got in the run that calibrates */
} layer;

static void must(lowp_status status) {
  if (status != LOWP_OK) exit(tool_end(tool_fail(tool_exit_of(status), "%s", lowp_status_text(status))));
}

/* 0..n-1 */
static size_t below(size_t n, uint32_t seed, uint64_t index) { return (lowp_philox(seed, index) & 0xffff) % n; }

/* --- the network -------------------------------------------------------------------------------------------------- */

/* Half of the tensors have nothing special. What the others have: */
typedef enum kind {
  COLUMNS = 0, /* four large columns */
  SCATTERED,   /* an outlier in 64 values */
  TAILS,       /* Student's t of three degrees */
  NORM,        /* four large channels of the norm before it */
  HARMLESS,    /* four large columns, and a norm that makes up for them */
  KINDS,
  PLAIN
} kind;

static kind kind_of(size_t i, uint32_t seed) {
  if (below(2, seed, 2 * i) == 0) return PLAIN;
  return (kind)below(i % 2 == 0 ? KINDS : NORM, seed, 2 * i + 1); /* every second one has no norm before it */
}

static double mean_abs(const layer *l, size_t c) {
  double sum = 0;
  for (size_t r = 0; r < l->n; r++) sum += fabs((double)l->w[r * l->k + c]);
  return sum / (double)l->n;
}

static void make_weights(layer *l, kind what, size_t i, uint32_t seed) {
  lowp_distribution_desc d;
  lowp_distribution_desc_init(&d);
  d.body = what == TAILS ? LOWP_DISTRIBUTION_STUDENT : LOWP_DISTRIBUTION_LAPLACE;
  d.nu = 3;
  d.cols = l->k;
  if (what == SCATTERED) d.outlier_fraction = scattered, d.outlier_k = scattered_k;
  if (what == COLUMNS || what == HARMLESS) d.channels = PLANTED, d.channel_factor = column_factor;
  must(lowp_random_matrix(&d, 1000 * seed + (uint32_t)i, 0, l->n * l->k, l->w));
  for (size_t c = 0; c < l->k; c++)
    l->g[c] = what == HARMLESS && mean_abs(l, c) > column_factor / 2 ? (float)(1 / column_factor) : 1;
  for (size_t j = 0; j < PLANTED && what == NORM; j++)
    l->g[below(l->k, seed + 1, PLANTED * i + j)] = (float)norm_factor;
}

/* So that outputs have the size of a normalized input, whatever was planted. */
static void scale_weights(layer *l) {
  double energy = 0;
  for (size_t j = 0; j < l->n * l->k; j++) {
    const double v = (double)l->w[j] * (double)l->g[j % l->k];
    energy += v * v;
  }
  const float s = (float)sqrt((double)l->n / energy);
  for (size_t j = 0; j < l->n * l->k; j++) l->w[j] *= s;
}

static void make_network(layer *layers, uint32_t seed) {
  for (size_t i = 0; i < TENSORS; i++) {
    layer *l = &layers[i];
    const bool wide = i / 2 % 2 != 0;
    l->n = wide && i % 2 == 0 ? HIDDEN : STREAM;
    l->k = wide && i % 2 != 0 ? HIDDEN : STREAM;
    l->w = tool_alloc(2 * l->n * l->k, sizeof *l->w);
    l->q = l->w + l->n * l->k;
    l->x = tool_alloc(TOKENS * l->k, sizeof *l->x);
    make_weights(l, kind_of(i, seed), i, seed);
    scale_weights(l);
  }
}

static void multiply(const layer *l, bool kept, const float *x, float *y) {
  enum { LANES = 8 };
  for (size_t r = 0; r < l->n; r++) {
    const float *w = (kept ? l->w : l->q) + r * l->k;
    float part[LANES] = {0};
    for (size_t c = 0; c < l->k; c += LANES)
      for (size_t p = 0; p < LANES; p++) part[p] += w[c + p] * x[c + p];
    y[r] = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
  }
}

/* One token through all layers; those not kept are quantized. */
static void run_token(layer *layers, const uint8_t *keep, size_t token, bool calibrate, float *x) {
  float a[HIDDEN], b[HIDDEN];
  for (size_t i = 0; i < TENSORS; i += 2) {
    layer *first = &layers[i], *second = &layers[i + 1];
    double energy = 0;
    for (size_t c = 0; c < STREAM; c++) energy += (double)x[c] * (double)x[c];
    const float r = (float)(1 / sqrt(energy / STREAM));
    for (size_t c = 0; c < STREAM; c++) a[c] = x[c] * r * first->g[c];
    multiply(first, keep[i], a, b);
    for (size_t c = 0; c < first->n; c++) b[c] = b[c] > 0 ? b[c] : 0;
    if (calibrate) memcpy(first->x + token * first->k, a, first->k * sizeof *a);
    if (calibrate) memcpy(second->x + token * second->k, b, second->k * sizeof *b);
    multiply(second, keep[i + 1], b, a);
    for (size_t c = 0; c < STREAM; c++) x[c] += a[c];
  }
}

/* Output for tokens first..first+TOKENS-1 of correlated inputs. */
static float *run(layer *layers, const uint8_t *keep, size_t first, bool calibrate, uint32_t seed) {
  float *x = tool_alloc(TOKENS * STREAM, sizeof *x);
  lowp_distribution_desc d;
  lowp_distribution_desc_init(&d);
  d.cols = STREAM;
  d.correlation = LOWP_CORRELATION_POWER;
  d.correlation_a = 0.8;
  must(lowp_random_matrix(&d, seed + 500, first * STREAM, TOKENS * STREAM, x));
  TOOL_OMP(omp parallel for schedule(dynamic))
  for (long t = 0; t < TOKENS; t++) run_token(layers, keep, (size_t)t, calibrate, x + t * STREAM);
  return x;
}

/* Takes y. */
static double error_of(const float *want, float *y) {
  double e = 0, s = 0;
  for (size_t i = 0; i < TOKENS * STREAM; i++) {
    const double d = (double)want[i] - (double)y[i];
    e += d * d;
    s += (double)want[i] * (double)want[i];
  }
  free(y);
  return e / s;
}

/* --- the choice --------------------------------------------------------------------------------------------------- */

/* D of the largest value of every block, for each value of the tensor. */
static double mean_d(lowp_scheme scheme, const lowp_view *w) {
  lowp_outlier_opts opts;
  lowp_outlier_summary s;
  lowp_outlier_opts_init(&opts);
  opts.rule = LOWP_OUTLIER_ARGMAX;
  must(lowp_measure_outliers(scheme, NULL, &opts, w, &s, NULL));
  return s.d_pooled * (double)s.outlier_blocks / ((double)w->rows * (double)w->cols);
}

static double quantize(layer *l, lowp_scheme scheme, analyze_guard_by by) {
  const lowp_view w = lowp_view_of(LOWP_F32, l->n, l->k, l->w), y = lowp_view_of(LOWP_F32, l->n, l->k, l->q),
                  x = lowp_view_of(LOWP_F32, TOKENS, l->k, l->x);
  lowp_qtensor *q;
  double sensitivity = 0;
  must(lowp_qtensor_create(&q, scheme, l->n, l->k));
  must(lowp_quantize(NULL, &w, q, NULL));
  must(lowp_dequantize(q, &y, NULL));
  if (by.d)
    sensitivity = mean_d(scheme, &w);
  else
    must(tool_guard_measure(by.by, &w, q, &x, &sensitivity, NULL));
  lowp_qtensor_destroy(q);
  return sensitivity * (by.times_weights ? (double)(l->n * l->k) : 1);
}

double analyze_guard_gain(lowp_scheme scheme, analyze_guard_by by, uint32_t seed) {
  layer *layers = tool_alloc(TENSORS, sizeof *layers);
  double benefit[TENSORS], cost[TENSORS], weights = 0, gain = 0;
  uint8_t keep[TENSORS];
  make_network(layers, seed);
  memset(keep, 1, sizeof keep);
  free(run(layers, keep, TOKENS, true, seed));
  float *want = run(layers, keep, 0, false, seed);
  for (size_t i = 0; i < TENSORS; i++) {
    const double n = (double)(layers[i].n * layers[i].k);
    benefit[i] = quantize(&layers[i], scheme, by);
    cost[i] = (16 - lowp_scheme_nominal_bits(scheme)) * n;
    weights += n;
  }
  memset(keep, 0, sizeof keep);
  const double before = error_of(want, run(layers, keep, 0, false, seed));
  for (int bits = 1; bits <= BUDGETS; bits++) {
    must(lowp_guard_select(TENSORS, benefit, cost, bits * weights, keep));
    gain += 10 * log10(before / error_of(want, run(layers, keep, 0, false, seed))) / BUDGETS;
  }
  for (size_t i = 0; i < TENSORS; i++) free(layers[i].w), free(layers[i].x);
  free(layers);
  free(want);
  return gain;
}
