/* SPDX-License-Identifier: Apache-2.0 */
/* outlier.c: sums over blocks, what is reported of them, and planted outliers. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "lib/analysis/outlier_internal.h"

#include <math.h>
#include <string.h>

void lowp_outlier_opts_init(lowp_outlier_opts *opts) {
  *opts = (lowp_outlier_opts){.struct_size = sizeof *opts, .rule = LOWP_OUTLIER_MEDIAN};
}

void lowp_outlier_stats_init(lowp_outlier_stats *stats) { *stats = (lowp_outlier_stats){.struct_size = sizeof *stats}; }

/* --- bins: exponent and six bits of the significand --------------------------------------------------------------- */

enum { BIN_SHIFT = 52 - 6 };
#define BIN_FIRST ((uint64_t)(1023 - 8) << 6)

static size_t bin_of(double a) {
  uint64_t bits;
  memcpy(&bits, &a, sizeof bits); /* a >= 0: bit patterns are ordered as values, +Inf last */
  bits >>= BIN_SHIFT;
  if (bits < BIN_FIRST) return 0;
  return bits - BIN_FIRST < LOWP_OUTLIER_BINS ? (size_t)(bits - BIN_FIRST) : LOWP_OUTLIER_BINS - 1;
}

static double bin_floor(size_t bin) {
  uint64_t bits = (BIN_FIRST + bin) << BIN_SHIFT;
  double a;
  memcpy(&a, &bits, sizeof a);
  return bin == 0 ? 0 : a;
}

/* The smallest A such that at least `part` of 100 of the blocks do not exceed it. */
static double percentile(const lowp_outlier_stats *s, uint64_t part) {
  uint64_t wanted = (s->outlier_blocks / 100) * part + (s->outlier_blocks % 100 * part + 99) / 100, seen = 0;
  if (s->outlier_blocks == 0) return 1;
  if (wanted == 0) wanted = 1;
  for (size_t bin = 0; bin < LOWP_OUTLIER_BINS; bin++) {
    seen += s->histogram[bin];
    if (seen >= wanted) return bin_floor(bin);
  }
  return bin_floor(LOWP_OUTLIER_BINS - 1);
}

/* --- sums --------------------------------------------------------------------------------------------------------- */

static bool before(const lowp_outlier_block *a, const lowp_outlier_block *b) {
  if (a->d != b->d) return a->d > b->d;
  return a->row != b->row ? a->row < b->row : a->col < b->col;
}

static void keep_worst(lowp_outlier_stats *s, const lowp_outlier_block *block) {
  size_t i = (size_t)s->worst_count;
  if (i == LOWP_OUTLIER_WORST) {
    if (!before(block, &s->worst[i - 1])) return;
    i--;
  } else {
    s->worst_count++;
  }
  for (; i > 0 && before(block, &s->worst[i - 1]); i--) s->worst[i] = s->worst[i - 1];
  s->worst[i] = *block;
}

void lowpi_outlier_add_block(lowp_outlier_stats *s, lowp_outlier_block *b, const lowp_outlier_opts *opts) {
  if (b->outliers == 0 || b->rest == 0) return;
  double n = (double)b->rest;
  b->a = b->rest_ee0 > 0 ? b->rest_ee / b->rest_ee0 : b->rest_ee > 0 ? INFINITY : 1;
  b->z /= n;
  b->z0 /= n;
  b->d = b->rest_xx > 0 ? (b->rest_ee - b->rest_ee0) / (b->rest_xx / n) : 0;
  s->outlier_blocks++;
  s->outliers += b->outliers;
  s->rest += b->rest;
  s->rest_xx += b->rest_xx;
  s->rest_ee += b->rest_ee;
  s->rest_ee0 += b->rest_ee0;
  if (isinf(b->a)) {
    s->unbounded++;
  } else {
    s->weight += b->rest_xx;
    s->weighted_a += b->rest_xx * b->a;
  }
  s->sum_z += b->z;
  s->sum_z0 += b->z0;
  s->sum_d += b->d;
  s->histogram[bin_of(b->a)]++;
  keep_worst(s, b);
  if (opts != NULL && opts->visit != NULL) opts->visit(opts->context, b);
}

void lowpi_outlier_add_open(lowp_outlier_stats *into, const lowp_outlier_block *from) {
  lowp_outlier_block sum = *from, *o = &into->open;
  sum.outliers += o->outliers;
  sum.rest += o->rest;
  sum.rest_xx = o->rest_xx + sum.rest_xx;
  sum.rest_ee = o->rest_ee + sum.rest_ee;
  sum.rest_ee0 = o->rest_ee0 + sum.rest_ee0;
  sum.z += o->z;
  sum.z0 += o->z0;
  *o = sum;
}

void lowp_outlier_stats_merge(lowp_outlier_stats *into, const lowp_outlier_stats *from) {
  into->blocks += from->blocks;
  into->outlier_blocks += from->outlier_blocks;
  into->nonfinite_blocks += from->nonfinite_blocks;
  into->outliers += from->outliers;
  into->unbounded += from->unbounded;
  into->all_xx += from->all_xx;
  into->all_ee += from->all_ee;
  into->rest += from->rest;
  into->rest_xx += from->rest_xx;
  into->rest_ee += from->rest_ee;
  into->rest_ee0 += from->rest_ee0;
  into->weight += from->weight;
  into->weighted_a += from->weighted_a;
  into->sum_z += from->sum_z;
  into->sum_z0 += from->sum_z0;
  into->sum_d += from->sum_d;
  for (size_t i = 0; i < LOWP_OUTLIER_BINS; i++) into->histogram[i] += from->histogram[i];
  for (size_t i = 0; i < from->worst_count; i++) keep_worst(into, &from->worst[i]);
  if (from->open.cols != 0) lowpi_outlier_add_open(into, &from->open);
  into->open_nonfinite += from->open_nonfinite;
}

lowp_status lowp_outlier_summarize(const lowp_outlier_stats *stats, lowp_outlier_summary *out) {
  if (stats == NULL || out == NULL || stats->struct_size != sizeof *stats) return LOWP_E_ARGUMENT;
  lowp_outlier_stats s = *stats;
  if (s.open.cols != 0) { /* the tensor was the block */
    s.blocks = 1;
    if (s.open_nonfinite != 0) {
      s.nonfinite_blocks = 1;
      s.all_xx = s.all_ee = 0;
    } else {
      lowpi_outlier_add_block(&s, &s.open, NULL);
    }
  }
  double n = (double)s.outlier_blocks, any = s.outlier_blocks != 0;
  *out = (lowp_outlier_summary){
      .struct_size = sizeof *out,
      .blocks = s.blocks,
      .outlier_blocks = s.outlier_blocks,
      .nonfinite_blocks = s.nonfinite_blocks,
      .outliers = s.outliers,
      .unbounded = s.unbounded,
      .a_mean = s.weight > 0  ? s.weighted_a / s.weight
                : s.unbounded ? INFINITY
                              : 1,
      .a_ratio = s.rest_ee0 > 0  ? s.rest_ee / s.rest_ee0
                 : s.rest_ee > 0 ? INFINITY
                                 : 1,
      .a_p50 = percentile(&s, 50),
      .a_p99 = percentile(&s, 99),
      .z_mean = any ? s.sum_z / n : 0,
      .z0_mean = any ? s.sum_z0 / n : 0,
      .d_mean = any ? s.sum_d / n : 0,
      .d_sum = s.sum_d,
      .d_pooled = s.rest_xx > 0 ? (s.rest_ee - s.rest_ee0) / n * ((double)s.rest / s.rest_xx) : 0,
      .error_share = s.all_ee > 0 ? (s.rest_ee - s.rest_ee0) / s.all_ee : 0,
      .worst_count = s.worst_count,
  };
  memcpy(out->worst, s.worst, sizeof out->worst);
  return LOWP_OK;
}

/* --- planted outliers --------------------------------------------------------------------------------------------- */

lowp_status lowp_outlier_plant(lowp_scheme scheme, double k, uint32_t seed, size_t rows, size_t cols, float *x) {
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  size_t count;
  if (info == NULL || (x == NULL && rows != 0 && cols != 0)) return LOWP_E_ARGUMENT;
  if (!lowpi_mul(rows, cols, &count)) return LOWP_E_SHAPE;
  if (!(k > 0) || !isfinite((float)k)) return LOWP_E_RANGE;
  size_t height = info->block_rows ? info->block_rows : rows, width = info->block_cols ? info->block_cols : cols;
  uint64_t block = 0;
  if (count == 0) return LOWP_OK;
  for (size_t r = 0; r < rows; r += height) {
    size_t h = rows - r < height ? rows - r : height;
    for (size_t c = 0; c < cols; c += width) {
      size_t w = cols - c < width ? cols - c : width;
      uint64_t random = lowp_philox(seed, block++), size = (uint64_t)h * w, at = (random >> 1) % size;
      x[(r + (size_t)(at / w)) * cols + c + (size_t)(at % w)] = random & 1 ? (float)-k : (float)k;
      if (w == cols - c) break;
    }
    if (h == rows - r) break;
  }
  return LOWP_OK;
}
