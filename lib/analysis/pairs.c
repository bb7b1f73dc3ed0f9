/* SPDX-License-Identifier: Apache-2.0 */
/* pairs.c: what surrounds the kernel that adds up pairs. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/pairs.h"
#include <math.h>
#include <stdbool.h>

void lowpi_bins_join(const lowpk_bins *bins, lowp_measure_bin *out) {
  enum { FIRST = 127 + LOWP_MEASURE_BIN_FIRST, LAST = LOWP_MEASURE_BINS - 1 };
  for (int exponent = 0; exponent < LOWPK_BINS; exponent++) {
    const double(*lanes)[4] = bins->at[exponent];
    double any = 0;
    for (size_t l = 0; l < LOWPK_LANES; l++) any += lanes[l][3];
    if (any == 0) continue;
    lowp_measure_bin *bin = &out[exponent < FIRST ? 0 : exponent - FIRST > LAST ? LAST : exponent - FIRST];
    for (size_t l = 0; l < LOWPK_LANES; l++) {
      bin->sum_xx += lanes[l][0];
      bin->sum_ee += lanes[l][1];
      bin->sum_e += lanes[l][2];
      bin->count += (uint64_t)lanes[l][3];
    }
  }
}

lowpk_pair_sums lowpi_stats_begin(const lowp_error_stats *stats) {
  return (lowpk_pair_sums){.max_abs = stats->max_abs, .max_rel = stats->max_rel};
}

void lowpi_stats_add(lowp_error_stats *stats, size_t n, const lowpk_pair_sums *sums) {
  const double amax = (double)lowp_f32_from_bits(sums->amax);
  stats->count += n;
  stats->flushed += sums->flushed;
  stats->sum_xx += sums->xx;
  stats->sum_yy += sums->yy;
  stats->sum_xy += sums->xy;
  stats->sum_e += sums->e;
  stats->sum_ee += sums->ee;
  stats->x_amax = amax > stats->x_amax ? amax : stats->x_amax;
  stats->max_abs = sums->max_abs;
  stats->max_rel = sums->max_rel;
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
