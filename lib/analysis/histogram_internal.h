/* SPDX-License-Identifier: Apache-2.0 */
/* histogram_internal.h: lowp_histogram_add for inner loops. */
#ifndef LOWPI_HISTOGRAM_INTERNAL_H
#define LOWPI_HISTOGRAM_INTERNAL_H

#include <lowp/element.h>
#include <lowp/histogram.h>
#include <math.h>

static inline void lowpi_histogram_add(lowp_histogram *h, float value) {
  /* Bits of positive floats, the lower ones shifted out, count bins from 2^-127 on; negative ones are beyond all bins. */
  const uint32_t bits = lowp_f32_bits(value);
  const uint32_t bin = (bits >> (23 - h->bits)) - ((uint32_t)(h->first + 127) << h->bits);
  if (bin < LOWP_HISTOGRAM_BINS)
    h->count[bin]++;
  else if (value > 0 && bits > (uint32_t)(h->first + 127) << 23)
    h->above++;
  else
    h->below += !isnan(value);
}

#endif
