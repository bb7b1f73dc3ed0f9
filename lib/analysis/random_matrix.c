/* SPDX-License-Identifier: Apache-2.0 */
/* random_matrix.c: matrices with outliers, outlier channels and correlated columns. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/random_internal.h"
#include "analysis/vmath.h"
#include "internal.h"
#include <math.h>
#include <stdlib.h>

/* Keys of the streams beside the body's: they are XORed to the seed. */
enum { KEY_OUTLIER = 0x6f75746c, KEY_EVERY = 0x65766572, KEY_CHANNEL = 0x6368616e, KEY_SIGN = 0x7369676e };

void lowp_distribution_desc_init(lowp_distribution_desc *desc) {
  *desc = (lowp_distribution_desc){.struct_size = sizeof *desc, .nu = 4, .sigma = 1, .channel_factor = 1};
}

static bool makes_sense(const lowp_distribution_desc *d) {
  if (d->struct_size != sizeof *d || (unsigned)d->body > LOWP_DISTRIBUTION_STUDENT) return false;
  if (d->body == LOWP_DISTRIBUTION_STUDENT && !(d->nu >= 0.5 && d->nu <= 1e6)) return false;
  if (!isfinite(d->mean) || !isfinite(d->sigma) || !isfinite(d->channel_factor)) return false;
  if (!(d->outlier_fraction >= 0 && d->outlier_fraction <= 1) || !isfinite(d->outlier_k)) return false;
  if ((unsigned)d->outlier > LOWP_OUTLIER_SCALE || d->outlier_every > UINT32_MAX) return false;
  if (d->channels > d->cols || d->cols > UINT32_MAX) return false;
  switch (d->correlation) {
  case LOWP_CORRELATION_NONE:
    return true;
  case LOWP_CORRELATION_AR1:
    return d->cols > 0 && fabs(d->correlation_a) < 1;
  case LOWP_CORRELATION_POWER:
    return d->cols > 0 && d->correlation_a >= 0 && isfinite(d->correlation_a);
  }
  return false;
}

/* --- correlation -------------------------------------------------------------------------------------------------- */

/* Scratch of `size` columns: the row, and for POWER the square roots of the eigenvalues. */
typedef struct correlated {
  const lowp_distribution_desc *d;
  uint32_t seed;
  size_t size; /* P of a power law, else cols */
  double *w, *root;
  float *z;
} correlated;

static size_t next_power_of_two(size_t n) {
  size_t p = 1;
  while (p < n) p *= 2;
  return p;
}

/* Eigenvalues (1 + j)^-a, scaled to the mean 1. */
static void make_roots(correlated *k) {
  double sum = 0;
  for (size_t j = 0; j < k->size; j++) k->root[j] = (double)(j + 1);
  lowpi_vpow(k->size, k->root, -k->d->correlation_a, k->root);
  for (size_t j = 0; j < k->size; j++) sum += k->root[j];
  for (size_t j = 0; j < k->size; j++) k->root[j] = sqrt(k->root[j] * ((double)k->size / sum));
}

/* The Walsh-Hadamard transform in its natural order, not normalised. */
static void hadamard(size_t n, double *w) {
  for (size_t half = 1; half < n; half *= 2)
    for (size_t i = 0; i < n; i += 2 * half)
      for (size_t j = i; j < i + half; j++) {
        const double a = w[j], b = w[j + half];
        w[j] = a + b;
        w[j + half] = a - b;
      }
}

/* Columns c..c+n-1 of row r. */
static void correlated_row(const correlated *k, uint64_t r, size_t c, size_t n, float *x) {
  const lowp_distribution_desc *d = k->d;
  const size_t made = d->correlation == LOWP_CORRELATION_AR1 ? c + n : k->size;
  lowpi_random_body(d->body, d->nu, k->seed, r * k->size, made, k->z);
  if (d->correlation == LOWP_CORRELATION_AR1) {
    const double a = d->correlation_a, b = sqrt(1 - a * a);
    double v = 0;
    for (size_t i = 0; i < c + n; i++) {
      v = i == 0 ? (double)k->z[0] : a * v + b * (double)k->z[i];
      if (i >= c) x[i - c] = (float)v;
    }
    return;
  }
  for (size_t j = 0; j < k->size; j++) k->w[j] = (double)k->z[j] * k->root[j];
  hadamard(k->size, k->w);
  const double scale = 1 / sqrt((double)k->size);
  for (size_t i = 0; i < n; i++) {
    const double v = k->w[c + i] * scale;
    x[i] = (float)(lowp_philox(k->seed ^ KEY_SIGN, c + i) & 1 ? -v : v);
  }
}

static lowp_status fill_correlated(const lowp_distribution_desc *d, uint32_t seed, uint64_t first, size_t n, float *x) {
  correlated k = {.d = d, .seed = seed, .size = d->cols};
  if (d->correlation == LOWP_CORRELATION_POWER) k.size = next_power_of_two(d->cols);
  size_t bytes;
  if (!lowpi_mul(k.size, 2 * sizeof(double) + sizeof(float), &bytes)) return LOWP_E_NOMEM;
  k.w = malloc(bytes);
  if (!k.w) return LOWP_E_NOMEM;
  k.root = k.w + k.size;
  k.z = (float *)(void *)(k.root + k.size);
  if (d->correlation == LOWP_CORRELATION_POWER) make_roots(&k);
  for (size_t i = 0; i < n;) {
    const uint64_t at = first + i;
    const size_t c = (size_t)(at % d->cols), m = d->cols - c < n - i ? d->cols - c : n - i;
    correlated_row(&k, at / d->cols, c, m, x + i);
    i += m;
  }
  free(k.w);
  return LOWP_OK;
}

/* --- outliers ----------------------------------------------------------------------------------------------------- */

static float outlier(const lowp_distribution_desc *d, float x, bool negative) {
  if (d->outlier == LOWP_OUTLIER_SCALE) return (float)((double)x * d->outlier_k);
  return (float)(negative ? -d->outlier_k : d->outlier_k);
}

static void add_outliers(const lowp_distribution_desc *d, uint32_t seed, uint64_t first, size_t n, float *x) {
  for (size_t i = 0; i < n && d->outlier_fraction > 0; i++) {
    const uint64_t word = lowp_philox(seed ^ KEY_OUTLIER, first + i);
    if ((double)(uint32_t)word * 0x1p-32 < d->outlier_fraction) x[i] = outlier(d, x[i], word >> 63);
  }
  const uint64_t every = d->outlier_every;
  if (every == 0 || n == 0) return;
  for (uint64_t run = first / every; run <= (first + n - 1) / every; run++) {
    const uint64_t word = lowp_philox(seed ^ KEY_EVERY, run);
    const uint64_t at = run * every + ((uint64_t)(uint32_t)word * every >> 32);
    if (at >= first && at - first < n) x[at - first] = outlier(d, x[at - first], word >> 63);
  }
}

/* Is column c one of `channels` evenly spread ones, the first of which is at `offset`? */
static bool is_channel(const lowp_distribution_desc *d, uint64_t offset, uint64_t c) {
  const uint64_t cols = d->cols, count = d->channels, from = (c + cols - offset) % cols;
  const uint64_t j = lowpi_ceil_div((size_t)(from * count), (size_t)cols);
  return j < count && j * cols / count == from;
}

lowp_status lowp_random_matrix(const lowp_distribution_desc *d, uint32_t seed, uint64_t first, size_t n, float *x) {
  if (!d || !makes_sense(d) || (!x && n)) return LOWP_E_ARGUMENT;
  if (n == 0) return LOWP_OK;
  if (d->correlation == LOWP_CORRELATION_NONE) {
    lowpi_random_body(d->body, d->nu, seed, first, n, x);
  } else {
    lowp_status status = fill_correlated(d, seed, first, n, x);
    if (status != LOWP_OK) return status;
  }
  add_outliers(d, seed, first, n, x);
  if (d->channels > 0) {
    const uint64_t offset = lowp_philox(seed ^ KEY_CHANNEL, 0) % d->cols;
    for (size_t i = 0; i < n; i++)
      if (is_channel(d, offset, (first + i) % d->cols)) x[i] = (float)((double)x[i] * d->channel_factor);
  }
  if (d->sigma != 1 || d->mean != 0)
    for (size_t i = 0; i < n; i++) x[i] = (float)(d->mean + d->sigma * (double)x[i]);
  return LOWP_OK;
}
