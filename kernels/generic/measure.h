/* SPDX-License-Identifier: Apache-2.0 */
/* measure.h: the small definitions that every kernel of the op `measure`, and its caller, share. */
#ifndef LOWPK_GENERIC_MEASURE_H
#define LOWPK_GENERIC_MEASURE_H

#include "kernels/measure.h"
#include <math.h>

/* Of lowpk_bins. */
static inline size_t lowpk_measure_bin_of(float x) { return lowp_f32_bits(x) >> 23 & 0xff; }

/* amax: bits of the largest magnitude of n elements. */
static inline float lowpk_measure_crest(uint32_t amax, size_t n, double xx) {
  return xx == 0 ? 0 : (float)((double)lowp_f32_from_bits(amax) * sqrt((double)n / xx));
}
static inline float lowpk_measure_nmse(double xx, double ee) { return xx == 0 ? 0 : (float)(ee / xx); }

#endif
