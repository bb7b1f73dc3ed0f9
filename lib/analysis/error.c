/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <math.h>
#include <stdlib.h>

#include "analysis/source.h"

/* About this many elements make one partial sum: enough to spread over threads, few enough to keep the partials small. */
#define CHUNK_ELEMENTS ((size_t)1 << 17)

void lowp_error_stats_init(lowp_error_stats *stats) { *stats = (lowp_error_stats){.struct_size = sizeof *stats}; }

void lowp_error_stats_add(lowp_error_stats *stats, size_t n, const float *x, const float *y) {
  float clean_x[LOWPI_PAIRS], clean_y[LOWPI_PAIRS];
  for (size_t i = 0; i < n; i += LOWPI_PAIRS) {
    const size_t m = n - i < LOWPI_PAIRS ? n - i : LOWPI_PAIRS;
    const float *px = x + i, *py = y + i;
    if (lowpi_any_nonfinite(m, px) || lowpi_any_nonfinite(m, py)) {
      lowpi_pairs_clean(m, px, py, clean_x, clean_y, stats);
      px = clean_x, py = clean_y;
    }
    lowpk_pair_sums sums = lowpi_stats_begin(stats);
    lowpk_ops_get()->measure(m, px, py, &sums, NULL, m, m, NULL);
    lowpi_stats_add(stats, m, &sums);
  }
}

void lowp_error_stats_merge(lowp_error_stats *into, const lowp_error_stats *from) {
  into->count += from->count;
  into->x_nan += from->x_nan;
  into->x_inf += from->x_inf;
  into->y_nonfinite += from->y_nonfinite;
  into->flushed += from->flushed;
  into->clipped += from->clipped;
  into->sum_xx += from->sum_xx;
  into->sum_yy += from->sum_yy;
  into->sum_xy += from->sum_xy;
  into->sum_e += from->sum_e;
  into->sum_ee += from->sum_ee;
  into->x_amax = fmax(into->x_amax, from->x_amax);
  into->max_abs = fmax(into->max_abs, from->max_abs);
  into->max_rel = fmax(into->max_rel, from->max_rel);
}

size_t lowp_error_chunk_rows(size_t cols) { return cols == 0 || cols >= CHUNK_ELEMENTS ? 1 : CHUNK_ELEMENTS / cols; }

/* --- matrices ----------------------------------------------------------------------------------------------------- */

/* How many of a finite part's elements are clipped; amax: of its blocks that have a scale each, or of the part. */
static uint64_t finite_part_clipped(const lowpi_source *s, const lowpi_part *part, size_t block, const uint32_t *amax) {
  uint16_t candidates[LOWPI_PAIRS];
  uint64_t clipped = 0;
  const size_t n = lowpi_clip_candidates(s, part, lowpi_ceil_div(part->n, block), amax, candidates);
  for (size_t i = 0; i < n; i++) {
    const size_t k = candidates[i], from = k * block, length = part->n - from < block ? part->n - from : block;
    clipped += lowpi_block_clipped(s, part, from, length, amax[k]);
  }
  return clipped;
}

static void add_part(lowp_error_stats *sum, const lowpi_source *s, const lowpi_part *part, lowpi_scratch *t) {
  if (!s->scheme || lowpi_any_nonfinite(part->n, part->x) || lowpi_any_nonfinite(part->n, part->y)) {
    sum->clipped += lowpi_source_clipped(s, part, 0, part->n);
    lowp_error_stats_add(sum, part->n, part->x, part->y);
    return;
  }
  const size_t width = s->scheme->block_cols, block = width && width < part->n ? width : part->n;
  const lowpk_blocks blocks = {.amax = t->blocks.amax};
  const bool by_block = s->clip.any && !s->clip.by_step && s->scheme->family != LOWP_FAMILY_HIF4 && block < part->n;
  lowpk_pair_sums sums = lowpi_stats_begin(sum);
  lowpk_ops_get()->measure(part->n, part->x, part->y, &sums, NULL, block, block, by_block ? &blocks : NULL);
  lowpi_stats_add(sum, part->n, &sums);
  if (!by_block) t->blocks.amax[0] = sums.amax;
  if (!s->clip.any) return;
  if (s->scheme->family == LOWP_FAMILY_HIF4) /* codes tell, not magnitudes */
    sum->clipped += lowpi_block_clipped(s, part, 0, part->n, 0);
  else if (!by_block && block < part->n)
    sum->clipped += lowpi_source_clipped(s, part, 0, part->n);
  else
    sum->clipped += finite_part_clipped(s, part, block, t->blocks.amax);
}

/* Exactly one of y and q is given. */
static lowp_status measure(lowp_error_stats *stats, const lowp_view *x, const lowp_view *y, const lowp_qtensor *q,
                           size_t row0, size_t row1) {
  if (stats == NULL || stats->struct_size != sizeof *stats) return LOWP_E_ARGUMENT;
  lowpi_source source;
  lowp_status status = lowpi_source_begin(&source, x, y, q, LOWP_SCHEME_NONE, NULL, NULL);
  if (status != LOWP_OK) return status;
  if (row0 > row1 || row1 > x->rows) return LOWP_E_RANGE;
  lowpi_scratch *scratch = lowpi_scratch_create(&source);
  if (scratch == NULL) return LOWP_E_NOMEM;
  lowp_error_stats all = *stats;
  const size_t chunk = lowp_error_chunk_rows(x->cols);
  for (size_t r = row0; r < row1 && status == LOWP_OK;) {
    lowp_error_stats sum;
    lowp_error_stats_init(&sum);
    /* Chunks are counted from row 0 of the tensor, so that a range cut at their borders gives the same partials. */
    const size_t end = row1 - r < chunk - r % chunk ? row1 : r + (chunk - r % chunk);
    for (; r < end && status == LOWP_OK; r++)
      for (size_t c = 0; c < x->cols && status == LOWP_OK; c += LOWPI_PAIRS) {
        lowpi_part part;
        status = lowpi_source_part(&source, r, c, scratch, &part, NULL);
        if (status == LOWP_OK) add_part(&sum, &source, &part, scratch);
      }
    lowp_error_stats_merge(&all, &sum);
  }
  free(scratch);
  lowpi_source_end(&source);
  if (status == LOWP_OK) *stats = all;
  return status;
}

lowp_status lowp_error_stats_rows(lowp_error_stats *stats, const lowp_view *x, const lowp_view *y, size_t row0,
                                  size_t row1) {
  return y == NULL ? LOWP_E_ARGUMENT : measure(stats, x, y, NULL, row0, row1);
}

lowp_status lowp_error_stats_qtensor(lowp_error_stats *stats, const lowp_view *x, const lowp_qtensor *y, size_t row0,
                                     size_t row1) {
  return y == NULL ? LOWP_E_ARGUMENT : measure(stats, x, NULL, y, row0, row1);
}

/* --- measures ----------------------------------------------------------------------------------------------------- */

uint64_t lowp_error_counted(const lowp_error_stats *s) { return s->count - s->x_nan - s->x_inf - s->y_nonfinite; }

double lowp_error_nmse(const lowp_error_stats *stats) { return stats->sum_ee == 0 ? 0 : stats->sum_ee / stats->sum_xx; }

double lowp_error_qsnr_db(const lowp_error_stats *stats) {
  double nmse = lowp_error_nmse(stats);
  return nmse == 0 ? INFINITY : -10 * log10(nmse);
}

double lowp_error_mse(const lowp_error_stats *stats) {
  double n = (double)lowp_error_counted(stats);
  return n > 0 ? stats->sum_ee / n : 0;
}

double lowp_error_bias(const lowp_error_stats *stats) {
  double n = (double)lowp_error_counted(stats);
  return n > 0 ? stats->sum_e / n : 0;
}

double lowp_error_cosine(const lowp_error_stats *stats) {
  if (stats->sum_xx == 0 && stats->sum_yy == 0) return 1;
  if (stats->sum_xx == 0 || stats->sum_yy == 0) return 0;
  double cosine = stats->sum_xy / (sqrt(stats->sum_xx) * sqrt(stats->sum_yy));
  return cosine > 1 ? 1 : cosine;
}

double lowp_error_effective_bits(const lowp_error_stats *stats) { return lowp_error_qsnr_db(stats) / 6.02; }
