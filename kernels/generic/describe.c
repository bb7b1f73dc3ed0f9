/* SPDX-License-Identifier: Apache-2.0 */
/* describe.c: powers and crest factors of values. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/kernel.h"
#include <math.h>

enum { LANES = 8, RUN = LOWPK_DESCRIBE_RUN };

static double join(const double *v) { return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7])); }

static void add_powers(size_t n, const float *x, double *powers) {
  double s[4][LANES] = {{0}};
  for (size_t i = 0; i < n; i++) {
    const double v = (double)x[i], v2 = v * v;
    s[0][i % LANES] += v;
    s[1][i % LANES] += v2;
    s[2][i % LANES] += v2 * v;
    s[3][i % LANES] += v2 * v2;
  }
  for (size_t k = 0; k < 4; k++) powers[k] = join(s[k]);
}

/* Energy and amax of a block. */
typedef struct block {
  double xx;
  float amax;
} block;

static block block_of(size_t n, const float *x) {
  double xx[LANES] = {0};
  uint32_t most = 0;
  for (size_t i = 0; i < n; i++) {
    const uint32_t bits = lowp_f32_bits(x[i]) & 0x7fffffffu;
    xx[i % LANES] += (double)x[i] * (double)x[i];
    most = bits > most ? bits : most;
  }
  return (block){join(xx), lowp_f32_from_bits(most)};
}

void lowpk_describe_generic(size_t n, const float *x, lowpk_description *description) {
  block blocks[LOWPK_DESCRIBE_MOST / RUN];
  size_t count = 0, length = RUN;
  add_powers(n, x, description->powers);
  for (size_t i = 0; i < n; i += RUN) blocks[count++] = block_of(n - i < RUN ? n - i : RUN, x + i);
  for (size_t j = 0; j < LOWPK_DESCRIBE_LEVELS; j++, length *= 2) {
    for (size_t i = 0; i < count; i++) {
      const double m = (double)(i + 1 < count ? length : n - i * length), xx = blocks[i].xx;
      description->crest[j][i] = xx > 0 && isfinite(xx) ? (double)blocks[i].amax * sqrt(m / xx) : 0;
    }
    for (size_t i = 0; 2 * i < count; i++) {
      const block a = blocks[2 * i], b = 2 * i + 1 < count ? blocks[2 * i + 1] : (block){0, 0};
      blocks[i] = (block){a.xx + b.xx, b.amax > a.amax ? b.amax : a.amax};
    }
    count = (count + 1) / 2;
  }
}
