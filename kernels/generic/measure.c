/* SPDX-License-Identifier: Apache-2.0 */
/* measure.c: sums over a run of pairs. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/kernel.h"
#include "kernels/generic/measure.h"

enum { LANES = LOWPK_LANES, RUN = 2 * LANES, RUN_LANES = 4 };

static double join(const double *v) { return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7])); }

static double squared(size_t n, const float *x, size_t i) { return i < n ? (double)x[i] * (double)x[i] : 0; }
static double error_squared(size_t n, const float *x, const float *y, size_t i) {
  const double e = i < n ? (double)y[i] - (double)x[i] : 0;
  return e * e;
}

/* Sums of squares of x and e. */
static void add_squares(size_t n, const float *x, const float *y, double *xx, double *ee) {
  double vx[RUN_LANES] = {0}, ve[RUN_LANES] = {0};
  for (size_t i = 0; i < n; i += RUN) {
    double ax[LANES], ae[LANES];
    for (size_t l = 0; l < LANES; l++) {
      ax[l] = squared(n, x, i + l) + squared(n, x, i + l + LANES);
      ae[l] = error_squared(n, x, y, i + l) + error_squared(n, x, y, i + l + LANES);
    }
    vx[i / RUN % RUN_LANES] += join(ax);
    ve[i / RUN % RUN_LANES] += join(ae);
  }
  *xx = (vx[0] + vx[1]) + (vx[2] + vx[3]);
  *ee = (ve[0] + ve[1]) + (ve[2] + ve[3]);
}

static void add_rest(size_t n, const float *x, const float *y, lowpk_pair_sums *sums) {
  double yy[LANES] = {0}, xy[LANES] = {0}, e[LANES] = {0};
  for (size_t i = 0; i < n; i++) {
    const double v = (double)x[i], w = (double)y[i], d = w - v, magnitude = v < 0 ? -v : v, error = d < 0 ? -d : d;
    yy[i % LANES] += w * w;
    xy[i % LANES] += v * w;
    e[i % LANES] += d;
    if (error > sums->max_abs) sums->max_abs = error;
    if (magnitude > 0 && error / magnitude > sums->max_rel) sums->max_rel = error / magnitude;
    const uint32_t bits = lowp_f32_bits(x[i]) & 0x7fffffffu;
    if (bits > sums->amax) sums->amax = bits;
    sums->flushed += v != 0 && w == 0;
  }
  sums->yy = join(yy);
  sums->xy = join(xy);
  sums->e = join(e);
}

static void add_to_bins(size_t n, const float *x, const float *y, lowpk_bins *bins) {
  for (size_t i = 0; i < n; i++) {
    const double v = (double)x[i], e = (double)y[i] - v;
    double *bin = bins->at[lowpk_measure_bin_of(x[i])][i % LANES];
    bin[0] += v * v;
    bin[1] += e * e;
    bin[2] += e;
    bin[3] += 1;
  }
}

static void measure_block(size_t n, const float *x, const float *y, const lowpk_blocks *blocks, size_t k) {
  uint32_t amax = 0;
  size_t top = 0;
  for (size_t i = 0; i < n; i++) {
    const uint32_t bits = lowp_f32_bits(x[i]) & 0x7fffffffu;
    if (bits > amax) amax = bits, top = i;
  }
  blocks->amax[k] = amax;
  if (blocks->top_ee == NULL) return;
  const double e = (double)y[top] - (double)x[top];
  add_squares(n, x, y, &blocks->xx[k], &blocks->ee[k]);
  blocks->top_ee[k] = e * e;
  blocks->crest[k] = lowpk_measure_crest(amax, n, blocks->xx[k]);
  blocks->nmse[k] = lowpk_measure_nmse(blocks->xx[k], blocks->ee[k]);
}

void lowpk_measure_generic(size_t n, const float *x, const float *y, lowpk_pair_sums *sums, lowpk_bins *bins,
                           size_t head, size_t block, const lowpk_blocks *blocks) {
  sums->amax = sums->flushed = 0;
  add_squares(n, x, y, &sums->xx, &sums->ee);
  add_rest(n, x, y, sums);
  if (bins != NULL) add_to_bins(n, x, y, bins);
  if (blocks == NULL) return;
  for (size_t i = 0, k = 0, length = head; i < n; i += length, length = block, k++) {
    if (length > n - i) length = n - i;
    measure_block(length, x + i, y + i, blocks, k);
  }
}
