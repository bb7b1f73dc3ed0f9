/* SPDX-License-Identifier: Apache-2.0 */
/* pairs.c: sums over runs of pairs. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/pairs.h"
#include "kernels/kernel.h"
#include <math.h>
#include <stdbool.h>

enum { LANES = 8 };

static double join(const double *v) { return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7])); }

typedef struct lanes {
  double xx[LANES], yy[LANES], xy[LANES], e[LANES], ee[LANES], abs[LANES], rel[LANES];
  uint32_t flushed;
} lanes;

static void add_totals(lanes *s, size_t lane, double x, double y) {
  const double e = y - x, error = fabs(e), magnitude = fabs(x);
  s->xx[lane] += x * x;
  s->yy[lane] += y * y;
  s->xy[lane] += x * y;
  s->e[lane] += e;
  s->ee[lane] += e * e;
  s->abs[lane] = error > s->abs[lane] ? error : s->abs[lane];
  /* Larger than the largest quotient so far? Seldom, so that a product stands for most of the divisions. */
  if (error > s->rel[lane] * magnitude && magnitude > 0) s->rel[lane] = error / magnitude;
  s->flushed += magnitude > 0 && y == 0;
}

static size_t bin_of(float x) {
  const int32_t exponent = (int32_t)(lowp_f32_bits(x) >> 23 & 0xff) - 127 - LOWP_MEASURE_BIN_FIRST;
  return exponent < 0 ? 0 : exponent >= LOWP_MEASURE_BINS ? LOWP_MEASURE_BINS - 1 : (size_t)exponent;
}

static void add_to_bins(size_t n, const float *x, const float *y, lowpi_bins *bins) {
  for (size_t i = 0; i < n; i++) {
    const double v = (double)x[i], e = (double)y[i] - v;
    const size_t bin = bin_of(x[i]), copy = i % LOWPI_BIN_COPIES;
    bins->at[bin][copy].count++;
    bins->at[bin][copy].e += e;
    bins->at[bin][copy].xx += v * v;
    bins->at[bin][copy].ee += e * e;
  }
}

static lowpi_block_sums sum_block(size_t n, const float *x, const float *y) {
  double xx[LANES] = {0}, ee[LANES] = {0};
  uint32_t amax = 0;
  size_t top = 0;
  for (size_t i = 0; i < n; i++) {
    const double v = (double)x[i], e = (double)y[i] - v;
    xx[i % LANES] += v * v;
    ee[i % LANES] += e * e;
    const uint32_t bits = lowp_f32_bits(x[i]) & 0x7fffffffu;
    if (bits > amax) amax = bits, top = i;
  }
  const double e = n > 0 ? (double)y[top] - (double)x[top] : 0;
  return (lowpi_block_sums){join(xx), join(ee), e * e, amax};
}

void lowpi_pairs_add(size_t n, const float *x, const float *y, lowpi_pair_sums *sums, lowpi_bins *bins, size_t head,
                     size_t block, lowpi_block_sums *blocks) {
  lanes s = {0};
  uint32_t amax = 0;
  for (size_t i = 0; i < n; i++) {
    add_totals(&s, i % LANES, (double)x[i], (double)y[i]);
    const uint32_t bits = lowp_f32_bits(x[i]) & 0x7fffffffu;
    amax = bits > amax ? bits : amax;
  }
  *sums = (lowpi_pair_sums){join(s.xx), join(s.yy), join(s.xy), join(s.e), join(s.ee), 0, 0, amax, s.flushed};
  for (size_t l = 0; l < LANES; l++) {
    sums->max_abs = fmax(sums->max_abs, s.abs[l]);
    sums->max_rel = fmax(sums->max_rel, s.rel[l]);
  }
  if (bins != NULL) add_to_bins(n, x, y, bins);
  if (blocks == NULL) return;
  for (size_t i = 0, length = head; i < n; i += length, length = block) {
    if (length > n - i) length = n - i;
    *blocks++ = sum_block(length, x + i, y + i);
  }
}

void lowpi_bins_join(const lowpi_bins *bins, lowp_measure_bin *out) {
  for (size_t i = 0; i < LOWP_MEASURE_BINS; i++)
    for (size_t copy = 0; copy < LOWPI_BIN_COPIES; copy++) {
      out[i].count += bins->at[i][copy].count;
      out[i].sum_e += bins->at[i][copy].e;
      out[i].sum_xx += bins->at[i][copy].xx;
      out[i].sum_ee += bins->at[i][copy].ee;
    }
}

void lowpi_stats_add(lowp_error_stats *stats, size_t n, const lowpi_pair_sums *sums) {
  stats->count += n;
  stats->flushed += sums->flushed;
  stats->sum_xx += sums->xx;
  stats->sum_yy += sums->yy;
  stats->sum_xy += sums->xy;
  stats->sum_e += sums->e;
  stats->sum_ee += sums->ee;
  stats->x_amax = fmax(stats->x_amax, (double)lowp_f32_from_bits(sums->amax));
  stats->max_abs = fmax(stats->max_abs, sums->max_abs);
  stats->max_rel = fmax(stats->max_rel, sums->max_rel);
}

int lowpi_any_nonfinite(size_t n, const float *x) { return lowpk_ops_get()->amax(n, x) >= 0x7f800000u; }

size_t lowpi_pairs_clean(size_t n, const float *x, const float *y, float *cx, float *cy, lowp_error_stats *stats) {
  size_t dropped = 0;
  for (size_t i = 0; i < n; i++) {
    const bool finite = isfinite(x[i]) && isfinite(y[i]);
    cx[i] = finite ? x[i] : 0;
    cy[i] = finite ? y[i] : 0;
    dropped += !finite;
    stats->x_nan += isnan(x[i]) != 0;
    stats->x_inf += isinf(x[i]) != 0;
    stats->y_nonfinite += !finite && isfinite(x[i]);
  }
  return dropped;
}
