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

static void add_crests(lowp_crest_stats *c, size_t count, const double *crest) {
  double sum = c->sum; /* here, where it need not wait for memory */
  float max = c->max;
  for (size_t i = 0; i < count; i++) {
    if (crest[i] == 0) continue;
    c->blocks++;
    sum += crest[i];
    if ((float)crest[i] > max) max = (float)crest[i];
    lowpi_histogram_add(&c->histogram, (float)crest[i]);
  }
  c->sum = sum;
  c->max = max;
}

/*
 * Counts by the upper twelve bits of a magnitude: bins of the histogram are of these bits, 6 lies on the border of one, and
 * zeros are in the first. Two tables, so that neighbours do not wait for each other.
 */
enum { SHIFT = 19, COUNTS = 0x80000000u >> SHIFT };
typedef struct counts {
  uint64_t values; /* in the tables */
  uint32_t at[2][COUNTS];
} counts;

static uint64_t count_zeros(size_t n, const float *x) {
  uint64_t zeros = 0;
  for (size_t i = 0; i < n; i++) zeros += x[i] == 0;
  return zeros;
}

/* Finite values of a part. */
static void count_values(counts *k, size_t n, const float *x, uint64_t *zeros) {
  const uint32_t before = k->at[0][0] + k->at[1][0];
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    uint64_t a, b;
    memcpy(&a, x + i, sizeof a);
    memcpy(&b, x + i + 2, sizeof b);
    k->at[0][a >> SHIFT & (COUNTS - 1)]++;
    k->at[1][a >> (32 + SHIFT) & (COUNTS - 1)]++;
    k->at[0][b >> SHIFT & (COUNTS - 1)]++;
    k->at[1][b >> (32 + SHIFT) & (COUNTS - 1)]++;
  }
  for (; i < n; i++) k->at[0][lowp_f32_bits(x[i]) >> SHIFT & (COUNTS - 1)]++;
  if (k->at[0][0] + k->at[1][0] != before) *zeros += count_zeros(n, x);
}

/* Moves counts, of fewer than 2^32 values, to *d. */
static void move_counts(counts *k, lowp_description *d) {
  lowp_histogram *h = &d->magnitude;
  const uint32_t first = (uint32_t)(h->first + 127) << h->bits;
  for (uint32_t i = 0; i < COUNTS; i++) {
    const uint64_t count = (uint64_t)k->at[0][i] + k->at[1][i];
    if (i < first)
      h->below += count;
    else if (i - first < LOWP_HISTOGRAM_BINS)
      h->count[i - first] += count;
    else
      h->above += count;
    if (i >= 0x40c00000u >> SHIFT) d->large += count;
  }
  memset(k, 0, sizeof *k);
}

/* x[0] is in column c. */
static void add_to_columns(size_t n, const float *x, size_t c, const lowp_describe_channels *channels) {
  float *amax = channels->col_amax;
  uint32_t *large = channels->col_large;
  for (size_t i = 0; i < n && amax; i++) amax[c + i] = fabsf(x[i]) > amax[c + i] ? fabsf(x[i]) : amax[c + i];
  for (size_t i = 0; i < n && large; i++) large[c + i] += fabsf(x[i]) >= 6;
}

/*
 * x, or a copy with zeros in the place of what is not finite, which is counted; then *dropped zeros have to be uncounted.
 * *amax: bits of the largest finite magnitude.
 */
static const float *without_nonfinite(lowp_description *d, size_t n, const float *x, float *copy, uint32_t *amax,
                                      size_t *dropped) {
  *dropped = 0;
  *amax = lowpk_ops_get()->amax(n, x);
  if (*amax < 0x7f800000u) return x;
  for (size_t i = 0; i < n; i++) {
    const bool finite = isfinite(x[i]);
    d->nan += isnan(x[i]) != 0;
    d->inf += isinf(x[i]) != 0;
    *dropped += !finite;
    copy[i] = finite ? x[i] : 0;
  }
  *amax = lowpk_ops_get()->amax(n, copy);
  return copy;
}

/* Buffers of one call. */
typedef struct buffers {
  lowp_description sum; /* of a chunk */
  counts counts;
  lowpk_description found; /* of a part */
  float row[2 * LOWPI_PART];
} buffers;

static void describe_row(buffers *t, const lowp_view *x, size_t r, const lowp_describe_channels *channels) {
  lowp_description *d = &t->sum;
  float most = 0;
  for (size_t c = 0; c < x->cols; c += LOWPI_PART) {
    const size_t n = x->cols - c < LOWPI_PART ? x->cols - c : LOWPI_PART;
    lowp_status never = LOWP_OK;
    const float *part = lowpi_load_part(x, r, c, n, LOWP_NONFINITE_PROPAGATE, t->row, &never, NULL);
    size_t dropped;
    uint32_t bits;
    _Static_assert((int)LOWPI_PART <= (int)LOWPK_DESCRIBE_MOST &&
                       (int)LOWP_DESCRIBE_BLOCKS == (int)LOWPK_DESCRIBE_LEVELS,
                   "a part is one call");
    lowpk_ops_get()->describe(n, part, &t->found);
    for (size_t j = 0; j < LOWP_DESCRIBE_BLOCKS; j++)
      add_crests(&d->crest[j], lowpi_ceil_div(n, (size_t)LOWPK_DESCRIBE_RUN << j), t->found.crest[j]);
    part = without_nonfinite(d, n, part, t->row + LOWPI_PART, &bits, &dropped);
    if (dropped) lowpk_ops_get()->describe(n, part, &t->found);
    d->sum_x += t->found.powers[0];
    d->sum_xx += t->found.powers[1];
    d->sum_xxx += t->found.powers[2];
    d->sum_xxxx += t->found.powers[3];
    if ((t->counts.values += n) >= (uint64_t)1 << 31) move_counts(&t->counts, d);
    count_values(&t->counts, n, part, &d->zeros);
    if (channels) add_to_columns(n, part, c, channels);
    d->count += n;
    d->zeros -= dropped;
    d->magnitude.below -= dropped;
    const float amax = lowp_f32_from_bits(bits);
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
  buffers *t = malloc(sizeof *t);
  if (!t) return LOWP_E_NOMEM;
  memset(&t->counts, 0, sizeof t->counts);
  const size_t chunk = lowp_error_chunk_rows(x->cols);
  for (size_t r = row0; r < row1;) {
    const size_t end = row1 - r < chunk - r % chunk ? row1 : r + (chunk - r % chunk);
    lowp_description_init(&t->sum);
    for (; r < end; r++) describe_row(t, x, r, channels);
    move_counts(&t->counts, &t->sum);
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
