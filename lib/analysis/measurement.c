/* SPDX-License-Identifier: Apache-2.0 */
/* measurement.c: results of measuring: empty ones, their union, what follows from them. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/measure_internal.h"
#include <math.h>

void lowp_measurement_init(lowp_measurement *m) {
  *m = (lowp_measurement){.struct_size = sizeof *m};
  lowp_error_stats_init(&m->error);
  lowp_histogram_init(&m->crest, 0, 6);
  lowp_histogram_init(&m->block_nmse, -30, 5);
}

/* --- the worst ---------------------------------------------------------------------------------------------------- */

double lowpi_ratio(double ee, double xx) { return ee == 0 ? 0 : ee / xx; }

/* Is a before b? By the first key, then the second, then place. */
static bool before(double a1, double a2, uint64_t arow, uint64_t acol, double b1, double b2, uint64_t brow,
                   uint64_t bcol) {
  if (a1 != b1) return a1 > b1;
  if (a2 != b2) return a2 > b2;
  return arow != brow ? arow < brow : acol < bcol;
}

static bool block_before(const lowp_block_record *a, const lowp_block_record *b, bool by_nmse) {
  const double na = lowpi_ratio(a->sum_ee, a->sum_xx), nb = lowpi_ratio(b->sum_ee, b->sum_xx);
  return by_nmse ? before(na, a->sum_ee, a->row, a->col, nb, b->sum_ee, b->row, b->col)
                 : before(a->sum_ee, na, a->row, a->col, b->sum_ee, nb, b->row, b->col);
}

bool lowpi_worst_block_enters(const lowp_worst_blocks *list, const lowp_block_record *record, bool by_nmse) {
  return list->count < LOWP_MEASURE_WORST || block_before(record, &list->at[LOWP_MEASURE_WORST - 1], by_nmse);
}

void lowpi_worst_block_add(lowp_worst_blocks *list, const lowp_block_record *record, bool by_nmse) {
  if (!lowpi_worst_block_enters(list, record, by_nmse)) return;
  size_t i = list->count < LOWP_MEASURE_WORST ? list->count++ : LOWP_MEASURE_WORST - 1;
  for (; i > 0 && block_before(record, &list->at[i - 1], by_nmse); i--) list->at[i] = list->at[i - 1];
  list->at[i] = *record;
}

static bool channel_before(const lowp_channel_stats *a, const lowp_channel_stats *b, bool by_nmse) {
  const double na = lowpi_ratio(a->sum_ee, a->sum_xx), nb = lowpi_ratio(b->sum_ee, b->sum_xx);
  return by_nmse ? before(na, a->sum_ee, a->row, 0, nb, b->sum_ee, b->row, 0)
                 : before(a->sum_ee, na, a->row, 0, b->sum_ee, nb, b->row, 0);
}

void lowpi_worst_channel_add(lowp_worst_channels *list, const lowp_channel_stats *record, bool by_nmse) {
  if (list->count == LOWP_MEASURE_WORST && !channel_before(record, &list->at[LOWP_MEASURE_WORST - 1], by_nmse)) return;
  size_t i = list->count < LOWP_MEASURE_WORST ? list->count++ : LOWP_MEASURE_WORST - 1;
  for (; i > 0 && channel_before(record, &list->at[i - 1], by_nmse); i--) list->at[i] = list->at[i - 1];
  list->at[i] = *record;
}

/* --- union -------------------------------------------------------------------------------------------------------- */

void lowpi_merge_scales(lowp_measurement *into, uint64_t scales, float min, float max) {
  if (scales == 0) return;
  const bool first = into->scales == into->scales_nan;
  into->scale_min = first || min < into->scale_min ? min : into->scale_min;
  into->scale_max = first || max > into->scale_max ? max : into->scale_max;
}

void lowp_measure_merge(lowp_measurement *into, const lowp_measurement *from) {
  if (from->error.count == 0) return;
  if (into->error.count == 0) {
    into->scheme = from->scheme;
    into->block = from->block;
  }
  if (into->scheme != from->scheme) into->scheme = LOWP_SCHEME_NONE;
  if (into->block != from->block) into->block = 0;
  lowp_error_stats_merge(&into->error, &from->error);
  for (size_t i = 0; i < LOWP_MEASURE_BINS; i++) {
    into->bins[i].count += from->bins[i].count;
    into->bins[i].sum_e += from->bins[i].sum_e;
    into->bins[i].sum_xx += from->bins[i].sum_xx;
    into->bins[i].sum_ee += from->bins[i].sum_ee;
  }
  into->blocks += from->blocks;
  into->blocks_zero += from->blocks_zero;
  into->blocks_nonfinite += from->blocks_nonfinite;
  into->blocks_flushed += from->blocks_flushed;
  into->blocks_clipped += from->blocks_clipped;
  into->sum_crest += from->sum_crest;
  if (from->max_crest > into->max_crest) into->max_crest = from->max_crest;
  into->sum_top_xx += from->sum_top_xx;
  into->sum_top_ee += from->sum_top_ee;
  lowp_histogram_merge(&into->crest, &from->crest);
  lowp_histogram_merge(&into->block_nmse, &from->block_nmse);
  for (size_t i = 0; i < from->worst_sse.count; i++)
    lowpi_worst_block_add(&into->worst_sse, &from->worst_sse.at[i], false);
  for (size_t i = 0; i < from->worst_nmse.count; i++)
    lowpi_worst_block_add(&into->worst_nmse, &from->worst_nmse.at[i], true);
  for (size_t i = 0; i < from->channels_sse.count; i++)
    lowpi_worst_channel_add(&into->channels_sse, &from->channels_sse.at[i], false);
  for (size_t i = 0; i < from->channels_nmse.count; i++)
    lowpi_worst_channel_add(&into->channels_nmse, &from->channels_nmse.at[i], true);
  for (size_t i = 0; i < 256; i++) {
    into->codes[i] += from->codes[i];
    into->scale_codes[i] += from->scale_codes[i];
  }
  lowpi_merge_scales(into, from->scales - from->scales_nan, from->scale_min, from->scale_max);
  into->scales += from->scales;
  into->scales_nan += from->scales_nan;
  into->scales_top += from->scales_top;
  into->scales_saturated += from->scales_saturated;
  into->scales_bottom += from->scales_bottom;
}

/* --- what follows ------------------------------------------------------------------------------------------------- */

uint64_t lowp_measurement_blocks_counted(const lowp_measurement *m) {
  return m->blocks - m->blocks_zero - m->blocks_nonfinite;
}

static double per_block(const lowp_measurement *m, double sum) {
  const uint64_t n = lowp_measurement_blocks_counted(m);
  return n > 0 ? sum / (double)n : 0;
}

double lowp_measurement_crest(const lowp_measurement *m) { return per_block(m, m->sum_crest); }

double lowp_measurement_mse_top(const lowp_measurement *m) { return per_block(m, m->sum_top_ee); }

double lowp_measurement_nmse_top(const lowp_measurement *m) { return lowpi_ratio(m->sum_top_ee, m->sum_top_xx); }

static double entropy(const uint64_t *counts) {
  double total = 0, sum = 0;
  for (size_t i = 0; i < 256; i++) total += (double)counts[i];
  for (size_t i = 0; i < 256; i++) {
    const double p = (double)counts[i] / total;
    if (counts[i] > 0) sum -= p * log2(p);
  }
  return sum;
}

double lowp_measurement_code_entropy(const lowp_measurement *m) { return entropy(m->codes); }

double lowp_measurement_scale_entropy(const lowp_measurement *m) { return entropy(m->scale_codes); }
