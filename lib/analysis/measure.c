/* SPDX-License-Identifier: Apache-2.0 */
/* measure.c: one pass over a tensor and its quantized form. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/measure_internal.h"
#include <math.h>
#include <stdlib.h>

void lowp_measure_desc_init(lowp_measure_desc *desc, const lowp_view *x) {
  *desc = (lowp_measure_desc){.struct_size = sizeof *desc, .x = x};
}

lowp_status lowp_measure_begin(lowp_measure_job **out, const lowp_measure_desc *desc, lowp_error *error) {
  if (!out || !desc || desc->struct_size != sizeof *desc)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "the description is not initialised (struct_size)");
  lowp_measure_job *job = calloc(1, sizeof *job);
  if (!job) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for a measurement");
  lowp_status status = lowpi_source_begin(&job->source, desc->x, desc->y, desc->q, desc->scheme, desc->opts, error);
  if (status != LOWP_OK) {
    lowp_measure_end(job);
    return status;
  }
  const size_t cols = job->source.x.cols;
  job->channels = desc->channels;
  job->block = desc->block ? desc->block : job->source.scheme ? job->source.scheme->block_cols : 0;
  if (job->block == 0 || job->block > cols) job->block = cols;
  *out = job;
  return LOWP_OK;
}

void lowp_measure_end(lowp_measure_job *job) {
  if (!job) return;
  lowpi_source_end(&job->source);
  free(job);
}

/* --- blocks ------------------------------------------------------------------------------------------------------- */

/* The block that a walk through a row is in. */
typedef struct open_block {
  lowpi_block_sums sums;
  lowp_block_record record;
  bool dropped;   /* NaN or Inf in it */
  bool straddles; /* it began in an earlier part, of which only sums are left */
} open_block;

/* What goes on for all rows of one call. */
typedef struct walk {
  const lowp_measure_job *job;
  lowpi_scratch *t;
  lowp_measurement *m;    /* counts, and what was added up so far */
  lowp_measurement *part; /* sums of this chunk alone */
  lowpi_scale_rule scales;
  lowp_channel_stats channel;
} walk;

static uint64_t count_flushed(size_t n, const float *x, const float *y) {
  uint64_t count = 0;
  for (size_t i = 0; i < n; i++) count += x[i] != 0 && y[i] == 0;
  return count;
}

/* The block from part->c + from on is complete; `length` columns of it lie in this part. */
static void finish_block(walk *w, const lowpi_part *part, open_block *b, size_t from, size_t length) {
  lowp_measurement *m = w->m;
  lowp_block_record *record = &b->record;
  const lowpi_block_sums *s = &b->sums;
  m->blocks++;
  m->blocks_clipped += record->clipped > 0;
  if (b->dropped) {
    m->blocks_nonfinite++;
    return;
  }
  if (s->amax == 0) {
    m->blocks_zero++;
    return;
  }
  const double amax = (double)lowp_f32_from_bits(s->amax), crest = amax * sqrt((double)record->length / s->xx);
  const double nmse = lowpi_ratio(s->ee, s->xx);
  record->amax = (float)amax;
  record->crest = (float)crest;
  record->sum_xx = s->xx;
  record->sum_ee = s->ee;
  w->part->sum_crest += crest;
  w->part->sum_top_xx += amax * amax;
  w->part->sum_top_ee += s->top_ee;
  if (record->crest > m->max_crest) m->max_crest = record->crest;
  lowp_histogram_add(&m->crest, record->crest);
  lowp_histogram_add(&m->block_nmse, (float)nmse);
  /* y = 0 throughout makes every e = -x, and the same sums of the same squares. */
  const bool maybe_flushed = s->ee == s->xx;
  const bool sse = lowpi_worst_block_enters(&m->worst_sse, record, false);
  const bool relative = lowpi_worst_block_enters(&m->worst_nmse, record, true);
  if (!maybe_flushed && !sse && !relative) return;
  if (!b->straddles) record->flushed = count_flushed(length, part->x + from, part->y + from);
  if (maybe_flushed && b->straddles) m->blocks_flushed += record->flushed == record->length;
  if (maybe_flushed && !b->straddles) {
    bool all = true;
    for (size_t i = 0; i < length && all; i++) all = part->y[from + i] == 0;
    m->blocks_flushed += all;
  }
  if (sse) lowpi_worst_block_add(&m->worst_sse, record, false);
  if (relative) lowpi_worst_block_add(&m->worst_nmse, record, true);
}

/* Adds `length` columns of the part from `from` on to the open block. */
static void extend_block(walk *w, const lowpi_part *part, open_block *b, const lowpi_block_sums *s, size_t from,
                         size_t length, bool dropped, bool whole) {
  if (b->record.length == 0) {
    b->record.row = part->r;
    b->record.col = part->c + from;
    if (w->scales.bytes && part->scales) {
      const size_t width = w->job->source.scheme->block_cols;
      const uint8_t *scale = part->scales + (width ? from / width * w->scales.bytes : 0);
      b->record.scale_code = lowpi_scale_code(&w->scales, scale);
      b->record.scale = lowpi_scale_value(&w->scales, scale);
    } else {
      b->record.scale = 1;
    }
  }
  if (s->amax > b->sums.amax || b->record.length == 0) {
    b->sums.amax = s->amax;
    b->sums.top_ee = s->top_ee;
  }
  b->sums.xx += s->xx;
  b->sums.ee += s->ee;
  b->record.length += length;
  b->dropped |= dropped;
  const uint64_t clipped = lowpi_source_clipped(&w->job->source, part, from, length);
  b->record.clipped += clipped;
  w->m->error.clipped += clipped;
  /* Sums alone cross the border of a part, so what it takes elements to know is counted now. */
  if (!whole) b->straddles = true;
  if (b->straddles) b->record.flushed += count_flushed(length, part->x + from, part->y + from);
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

static void measure_part(walk *w, const lowpi_part *part, open_block *b) {
  lowpi_scratch *t = w->t;
  lowp_error_stats *stats = &w->part->error;
  const size_t n = part->n, block = w->job->block, head = block - b->record.length < n ? block - b->record.length : n;
  const float *x = part->x, *y = part->y;
  size_t dropped = 0;
  if (lowpi_any_nonfinite(n, x) || lowpi_any_nonfinite(n, y)) {
    dropped = lowpi_pairs_clean(n, x, y, t->clean_x, t->clean_y, stats);
    x = t->clean_x, y = t->clean_y;
  }
  lowpi_pair_sums sums;
  lowpi_pairs_add(n, x, y, &sums, &t->bins, head, block, t->blocks);
  /* Pairs that were dropped stand as (0, 0) in bin 0, and nowhere else. */
  w->m->bins[0].count -= dropped;
  lowpi_stats_add(stats, n, &sums);

  w->channel.sum_e += sums.e;
  w->channel.sum_xx += sums.xx;
  w->channel.sum_ee += sums.ee;
  const float amax = lowp_f32_from_bits(sums.amax);
  if (amax > w->channel.amax) w->channel.amax = amax;
  w->channel.dropped = UINT32_MAX - w->channel.dropped < dropped ? UINT32_MAX : w->channel.dropped + (uint32_t)dropped;

  const bool row_ends = part->c + n == w->job->source.x.cols;
  const lowpi_block_sums *s = t->blocks;
  for (size_t from = 0, length = head; from < n; from += length, length = block, s++) {
    if (length > n - from) length = n - from;
    const bool ends = b->record.length + length == block || (row_ends && from + length == n);
    bool bad = false;
    for (size_t i = 0; dropped && i < length && !bad; i++)
      bad = !isfinite(part->x[from + i]) || !isfinite(part->y[from + i]);
    extend_block(w, part, b, s, from, length, bad, ends && b->record.length == 0);
    if (ends) {
      finish_block(w, part, b, from, length);
      *b = (open_block){.dropped = false};
    }
  }
  lowpi_count_codes(w->m, &w->job->source, part);
  lowpi_count_scales(w->m, &w->job->source, &w->scales, part);
}

static lowp_status measure_row(walk *w, size_t r, lowp_error *error) {
  const size_t cols = w->job->source.x.cols;
  lowp_status status = LOWP_OK;
  open_block block = {.dropped = false};
  w->channel = (lowp_channel_stats){.row = r};
  for (size_t c = 0; c < cols && status == LOWP_OK; c += LOWPI_PART) {
    lowpi_part part;
    status = lowpi_source_part(&w->job->source, r, c, w->t, &part, error);
    if (status == LOWP_OK) measure_part(w, &part, &block);
  }
  if (status != LOWP_OK || cols == 0) return status;
  lowpi_worst_channel_add(&w->m->channels_sse, &w->channel, false);
  lowpi_worst_channel_add(&w->m->channels_nmse, &w->channel, true);
  if (w->job->channels) w->job->channels[r] = w->channel;
  return LOWP_OK;
}

/* Sums of a chunk are added to the result as a whole; counts, which have no order, were counted there already. */
static void add_chunk(lowp_measurement *m, const lowp_measurement *part, const lowpi_bins *bins) {
  lowp_measure_bin joined[LOWP_MEASURE_BINS] = {{0}};
  lowp_error_stats_merge(&m->error, &part->error);
  lowpi_bins_join(bins, joined);
  for (size_t i = 0; i < LOWP_MEASURE_BINS; i++) {
    m->bins[i].count += joined[i].count;
    m->bins[i].sum_e += joined[i].sum_e;
    m->bins[i].sum_xx += joined[i].sum_xx;
    m->bins[i].sum_ee += joined[i].sum_ee;
  }
  m->sum_crest += part->sum_crest;
  m->sum_top_xx += part->sum_top_xx;
  m->sum_top_ee += part->sum_top_ee;
}

lowp_status lowp_measure_rows(const lowp_measure_job *job, size_t row0, size_t row1, lowp_measurement *result,
                              lowp_error *error) {
  if (!job || !result || result->struct_size != sizeof *result)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "the result is not initialised (struct_size)");
  const lowp_view *x = &job->source.x;
  if (row0 > row1 || row1 > x->rows)
    return lowpi_fail(error, LOWP_E_RANGE, "rows %zu..%zu of %zu", row0, row1, x->rows);
  if (row0 == row1 || x->cols == 0) return LOWP_OK;
  lowpi_scratch *t = lowpi_scratch_create(&job->source);
  lowp_measurement *results = malloc(2 * sizeof *results);
  lowp_status status = LOWP_OK;
  if (!t || !results) status = lowpi_fail(error, LOWP_E_NOMEM, "no memory to measure %zu columns", x->cols);
  if (status == LOWP_OK) {
    walk w = {.job = job, .t = t, .m = &results[0], .part = &results[1], .scales = lowpi_scale_rule_of(&job->source)};
    *w.m = *result;
    if (w.m->error.count == 0) {
      w.m->scheme = job->source.scheme ? job->source.scheme->id : LOWP_SCHEME_NONE;
      w.m->block = job->block;
    }
    const size_t chunk = lowp_error_chunk_rows(x->cols);
    for (size_t r = row0; r < row1 && status == LOWP_OK;) {
      /* Chunks are counted from row 0 of the tensor, so that a range cut at their borders gives the same sums. */
      const size_t end = row1 - r < chunk - r % chunk ? row1 : r + (chunk - r % chunk);
      lowp_measurement_init(w.part);
      memset(&t->bins, 0, sizeof t->bins);
      for (; r < end && status == LOWP_OK; r++) status = measure_row(&w, r, error);
      add_chunk(w.m, w.part, &t->bins);
    }
    if (status == LOWP_OK) *result = *w.m;
  }
  free(results);
  free(t);
  return status;
}

lowp_status lowp_measure(const lowp_measure_desc *desc, lowp_measurement *result, lowp_error *error) {
  if (!result) return lowpi_fail(error, LOWP_E_ARGUMENT, "no place for the result");
  lowp_measure_job *job;
  lowp_status status = lowp_measure_begin(&job, desc, error);
  if (status != LOWP_OK) return status;
  lowp_measurement *m = malloc(sizeof *m);
  if (m) {
    lowp_measurement_init(m);
    status = lowp_measure_rows(job, 0, job->source.x.rows, m, error);
  } else {
    status = lowpi_fail(error, LOWP_E_NOMEM, "no memory for a measurement");
  }
  if (status == LOWP_OK) *result = *m;
  free(m);
  lowp_measure_end(job);
  return status;
}
