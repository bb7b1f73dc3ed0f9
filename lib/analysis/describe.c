/* SPDX-License-Identifier: Apache-2.0 */
/* describe.c: what a tensor is like before any format. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/histogram_internal.h"
#include "quant/quant_internal.h"
#include <lowp/describe.h>
#include <math.h>
#include <stdlib.h>

void lowp_description_init(lowp_description *d) {
  *d = (lowp_description){.struct_size = sizeof *d};
  lowp_histogram_init(&d->magnitude, -40, 4);
  for (size_t i = 0; i < LOWP_DESCRIBE_BLOCKS; i++) {
    d->crest[i].block = (uint64_t)16 << i;
    lowp_histogram_init(&d->crest[i].histogram, 0, 6);
  }
}

void lowp_describe_merge(lowp_description *into, const lowp_description *from) {
  into->rows += from->rows;
  into->count += from->count;
  into->nan += from->nan;
  into->inf += from->inf;
  into->zeros += from->zeros;
  into->large += from->large;
  into->sum_x += from->sum_x;
  into->sum_xx += from->sum_xx;
  into->sum_xxx += from->sum_xxx;
  into->sum_xxxx += from->sum_xxxx;
  if (from->amax > into->amax) into->amax = from->amax;
  lowp_histogram_merge(&into->magnitude, &from->magnitude);
  for (size_t i = 0; i < LOWP_DESCRIBE_BLOCKS; i++) {
    into->crest[i].blocks += from->crest[i].blocks;
    into->crest[i].sum += from->crest[i].sum;
    if (from->crest[i].max > into->crest[i].max) into->crest[i].max = from->crest[i].max;
    lowp_histogram_merge(&into->crest[i].histogram, &from->crest[i].histogram);
  }
}

enum { LANES = 8, STEP = 16, PER_PART = LOWPI_PART / STEP };

static double join(const double *v) { return ((v[0] + v[4]) + (v[1] + v[5])) + ((v[2] + v[6]) + (v[3] + v[7])); }

/* Sums of powers in eight lanes, of finite values. */
static void add_powers(lowp_description *d, size_t n, const float *x) {
  double s1[LANES] = {0}, s2[LANES] = {0}, s3[LANES] = {0}, s4[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t l = 0; l < LANES; l++) {
      const double v = (double)x[i + l], v2 = v * v;
      s1[l] += v;
      s2[l] += v2;
      s3[l] += v2 * v;
      s4[l] += v2 * v2;
    }
  for (size_t l = 0; i + l < n; l++) {
    const double v = (double)x[i + l], v2 = v * v;
    s1[l] += v;
    s2[l] += v2;
    s3[l] += v2 * v;
    s4[l] += v2 * v2;
  }
  d->sum_x += join(s1);
  d->sum_xx += join(s2);
  d->sum_xxx += join(s3);
  d->sum_xxxx += join(s4);
}

/* Energy and amax of runs of 16, of which the longer blocks are made; a NaN stands for a run that is not finite. */
typedef struct run {
  double xx;
  float amax;
} run;

static run run_of(size_t n, const float *x) {
  double xx[LANES] = {0};
  uint32_t most = 0;
  if (n == STEP) {
    for (size_t l = 0; l < LANES; l++)
      xx[l] = (double)x[l] * (double)x[l] + (double)x[l + LANES] * (double)x[l + LANES];
  } else {
    for (size_t i = 0; i < n; i++) xx[i % LANES] += (double)x[i] * (double)x[i];
  }
  for (size_t i = 0; i < n; i++) {
    const uint32_t bits = lowp_f32_bits(x[i]) & 0x7fffffffu;
    most = bits > most ? bits : most;
  }
  const double sum = join(xx);
  return (run){isfinite(sum) ? sum : NAN, lowp_f32_from_bits(most)};
}

static void add_crest(lowp_crest_stats *c, run block, size_t n) {
  if (!(block.xx > 0)) return;
  const double crest = (double)block.amax * sqrt((double)n / block.xx);
  c->blocks++;
  c->sum += crest;
  if ((float)crest > c->max) c->max = (float)crest;
  lowpi_histogram_add(&c->histogram, (float)crest);
}

/* A part begins at a multiple of all block lengths. */
static void add_blocks(lowp_description *d, size_t n, const float *x) {
  run runs[PER_PART];
  size_t count = 0;
  for (size_t i = 0; i < n; i += STEP) runs[count++] = run_of(n - i < STEP ? n - i : STEP, x + i);
  for (size_t k = 0, length = STEP; k < LOWP_DESCRIBE_BLOCKS; k++, length *= 2) {
    for (size_t i = 0; i < count; i++)
      add_crest(&d->crest[k], runs[i], n - i * length < length ? n - i * length : length);
    for (size_t i = 0; 2 * i < count; i++) {
      run a = runs[2 * i];
      if (2 * i + 1 < count) {
        a.xx += runs[2 * i + 1].xx;
        if (runs[2 * i + 1].amax > a.amax) a.amax = runs[2 * i + 1].amax;
      }
      runs[i] = a;
    }
    count = lowpi_ceil_div(count, 2);
  }
}

/* Counts of finite values; the largest magnitude is returned. `c` is the column of x[0]. */
static float add_counts(lowp_description *d, size_t n, const float *x, size_t c,
                        const lowp_describe_channels *channels) {
  float *amax = channels ? channels->col_amax : NULL, most = 0;
  uint32_t *large = channels ? channels->col_large : NULL;
  for (size_t i = 0; i < n; i++) {
    const float magnitude = fabsf(x[i]);
    d->zeros += magnitude == 0;
    d->large += magnitude >= 6;
    lowpi_histogram_add(&d->magnitude, magnitude);
    most = magnitude > most ? magnitude : most;
  }
  for (size_t i = 0; i < n && amax; i++) amax[c + i] = fabsf(x[i]) > amax[c + i] ? fabsf(x[i]) : amax[c + i];
  for (size_t i = 0; i < n && large; i++) large[c + i] += fabsf(x[i]) >= 6;
  return most;
}

/* A copy with zeros in the place of what is not finite, which is counted; then *dropped zeros have to be uncounted. */
static const float *without_nonfinite(lowp_description *d, size_t n, const float *x, float *copy, size_t *dropped) {
  *dropped = 0;
  if (lowpk_ops_get()->amax(n, x) < 0x7f800000u) return x;
  for (size_t i = 0; i < n; i++) {
    const bool finite = isfinite(x[i]);
    d->nan += isnan(x[i]) != 0;
    d->inf += isinf(x[i]) != 0;
    *dropped += !finite;
    copy[i] = finite ? x[i] : 0;
  }
  return copy;
}

static void describe_row(lowp_description *d, const lowp_view *x, size_t r, float *scratch,
                         const lowp_describe_channels *channels) {
  float most = 0;
  for (size_t c = 0; c < x->cols; c += LOWPI_PART) {
    const size_t n = x->cols - c < LOWPI_PART ? x->cols - c : LOWPI_PART;
    lowp_status never = LOWP_OK;
    const float *part = lowpi_load_part(x, r, c, n, LOWP_NONFINITE_PROPAGATE, scratch, &never, NULL);
    size_t dropped;
    add_blocks(d, n, part);
    part = without_nonfinite(d, n, part, scratch + LOWPI_PART, &dropped);
    add_powers(d, n, part);
    const float amax = add_counts(d, n, part, c, channels);
    d->count += n;
    d->zeros -= dropped;
    d->magnitude.below -= dropped;
    if (amax > most) most = amax;
  }
  if (most > d->amax) d->amax = most;
  if (channels && channels->row_amax) channels->row_amax[r] = most;
  d->rows++;
}

lowp_status lowp_describe_rows(lowp_description *d, const lowp_view *x, size_t row0, size_t row1,
                               const lowp_describe_channels *channels) {
  if (!d || d->struct_size != sizeof *d || !x) return LOWP_E_ARGUMENT;
  if (channels && channels->struct_size != sizeof *channels) return LOWP_E_ARGUMENT;
  lowp_status status = lowp_view_check(x);
  if (status != LOWP_OK) return status;
  if (row0 > row1 || row1 > x->rows) return LOWP_E_RANGE;
  struct {
    lowp_description sum;
    float row[2 * LOWPI_PART];
  } *t = malloc(sizeof *t);
  if (!t) return LOWP_E_NOMEM;
  const size_t chunk = lowp_error_chunk_rows(x->cols);
  for (size_t r = row0; r < row1;) {
    const size_t end = row1 - r < chunk - r % chunk ? row1 : r + (chunk - r % chunk);
    lowp_description_init(&t->sum);
    for (; r < end; r++) describe_row(&t->sum, x, r, t->row, channels);
    lowp_describe_merge(d, &t->sum);
  }
  free(t);
  return LOWP_OK;
}

/* --- what follows ------------------------------------------------------------------------------------------------- */

static double counted(const lowp_description *d) { return (double)(d->count - d->nan - d->inf); }

double lowp_description_mean_square(const lowp_description *d) { return counted(d) > 0 ? d->sum_xx / counted(d) : 0; }

double lowp_description_kurtosis(const lowp_description *d) {
  const double n = counted(d), m = d->sum_x / n, m2 = d->sum_xx / n, m3 = d->sum_xxx / n, m4 = d->sum_xxxx / n;
  const double variance = m2 - m * m;
  if (!(n > 0) || !(variance > 0)) return NAN;
  return (m4 - 4 * m * m3 + 6 * m * m * m2 - 3 * m * m * m * m) / (variance * variance) - 3;
}

double lowp_description_median(const lowp_description *d) {
  return counted(d) > 0 ? lowp_histogram_quantile(&d->magnitude, 0.5) : 0;
}

double lowp_description_max_over_median(const lowp_description *d) {
  if (d->amax == 0) return 0;
  const double median = lowp_description_median(d);
  return median > 0 ? (double)d->amax / median : INFINITY;
}

double lowp_description_incoherence(const lowp_description *d) {
  return d->sum_xx > 0 ? (double)d->amax * sqrt(counted(d) / d->sum_xx) : 0;
}

double lowp_description_massive_threshold(const lowp_description *d) {
  const double median = lowp_description_median(d);
  return median > 0.1 ? 1000 * median : 100;
}

int lowp_description_is_massive(const lowp_description *d) {
  return (double)d->amax > lowp_description_massive_threshold(d);
}

static int ascending(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

lowp_status lowp_channel_amax_ratio(size_t n, const float *amax, double *ratio) {
  if (!ratio || (!amax && n)) return LOWP_E_ARGUMENT;
  size_t bytes;
  if (!lowpi_mul(n, sizeof *amax, &bytes)) return LOWP_E_NOMEM;
  if (n == 0) {
    *ratio = 0;
    return LOWP_OK;
  }
  float *sorted = malloc(bytes);
  if (!sorted) return LOWP_E_NOMEM;
  memcpy(sorted, amax, bytes);
  qsort(sorted, n, sizeof *sorted, ascending);
  const double most = (double)sorted[n - 1], median = ((double)sorted[(n - 1) / 2] + (double)sorted[n / 2]) / 2;
  *ratio = most == 0 ? 0 : median > 0 ? most / median : INFINITY;
  free(sorted);
  return LOWP_OK;
}

size_t lowp_outlier_features(size_t rows, size_t cols, const uint32_t *col_large, uint32_t *layers) {
  size_t features = 0;
  for (size_t c = 0; c < cols; c++) {
    const bool is = rows > 0 && 100.0 * (double)col_large[c] >= 6.0 * (double)rows;
    features += is;
    if (layers) layers[c] += is;
  }
  return features;
}

size_t lowp_outlier_features_of_model(size_t cols, const uint32_t *layers, size_t total) {
  size_t features = 0;
  for (size_t c = 0; c < cols; c++) features += 4.0 * (double)layers[c] >= (double)total;
  return features;
}
