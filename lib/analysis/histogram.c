/* SPDX-License-Identifier: Apache-2.0 */
/* histogram.c: counts on a logarithmic scale. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/histogram_internal.h"
#include <math.h>

void lowp_histogram_init(lowp_histogram *h, int32_t first, uint32_t bits) {
  *h = (lowp_histogram){.first = first, .bits = bits};
}

void lowp_histogram_add(lowp_histogram *h, float value) { lowpi_histogram_add(h, value); }

void lowp_histogram_merge(lowp_histogram *into, const lowp_histogram *from) {
  into->below += from->below;
  into->above += from->above;
  for (size_t i = 0; i < LOWP_HISTOGRAM_BINS; i++) into->count[i] += from->count[i];
}

uint64_t lowp_histogram_total(const lowp_histogram *h) {
  uint64_t total = h->below + h->above;
  for (size_t i = 0; i < LOWP_HISTOGRAM_BINS; i++) total += h->count[i];
  return total;
}

double lowp_histogram_edge(const lowp_histogram *h, size_t i) {
  size_t per_octave = (size_t)1 << h->bits;
  return ldexp(1 + (double)(i & (per_octave - 1)) / (double)per_octave, h->first + (int)(i >> h->bits));
}

double lowp_histogram_quantile(const lowp_histogram *h, double p) {
  uint64_t total = lowp_histogram_total(h);
  if (total == 0) return NAN;
  double rank = p * (double)total, so_far = (double)h->below;
  if (rank <= so_far && h->below > 0) return 0;
  for (size_t i = 0; i < LOWP_HISTOGRAM_BINS; i++) {
    double count = (double)h->count[i];
    if (count > 0 && rank <= so_far + count) {
      double low = lowp_histogram_edge(h, i), high = lowp_histogram_edge(h, i + 1);
      return low + (high - low) * (rank > so_far ? (rank - so_far) / count : 0);
    }
    so_far += count;
  }
  return INFINITY;
}
