/* SPDX-License-Identifier: Apache-2.0 */
/* measure.c: one pass over a tensor and its quantized form. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "analysis/histogram_internal.h"
#include "analysis/measure_internal.h"
#include "kernels/generic/measure.h"
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

/* A block that began in an earlier part, or goes on in the next. */
typedef struct open_block {
  lowp_block_record record;
  double top_ee;
  bool dropped; /* NaN or Inf in it */
  bool nonzero; /* y is not zero throughout */
} open_block;

/* What goes on for all rows of one call. */
typedef struct walk {
  const lowp_measure_job *job;
  lowp_measurement m;    /* counts, and what was added up so far */
  lowp_measurement part; /* sums of this chunk alone */
  lowp_channel_stats channel;
  open_block open;
  lowpi_counts counts;
  const lowpi_block_arrays *blocks; /* of the part */
} walk;

static uint64_t count_flushed(size_t n, const float *x, const float *y) {
  uint64_t count = 0;
  for (size_t i = 0; i < n; i++) count += x[i] != 0 && y[i] == 0;
  return count;
}

static bool all_zero(size_t n, const float *y) {
  for (size_t i = 0; i < n; i++)
    if (y[i] != 0) return false;
  return true;
}

/* Fills in where a block lies and what its scale is: a block that begins at column `from` of a part. */
static void place(const walk *w, const lowpi_part *part, size_t from, lowp_block_record *record) {
  record->row = part->r;
  record->col = part->c + from;
  record->scale = 1;
  if (!w->counts.bytes) return;
  const size_t width = w->job->source.scheme->block_cols, i = width ? from / width : 0;
  record->scale = lowpi_source_scale(&w->job->source, part, i);
  record->scale_code = lowpi_scale_code(&w->counts, part, i);
}

/*
 * What a block needs to be among the worst: this sum_ee or this nmse. Equal ones are compared by their place. Kept beside the
 * lists, so that most blocks are told by two comparisons.
 */
typedef struct bar {
  double ee;
  float nmse;
} bar;

static bar bar_of(const lowp_measurement *m) {
  enum { LAST = LOWP_MEASURE_WORST - 1 };
  const lowp_worst_blocks *a = &m->worst_sse, *b = &m->worst_nmse;
  if (a->count <= LAST || b->count <= LAST) return (bar){0, 0};
  return (bar){a->at[LAST].sum_ee, (float)lowpi_ratio(b->at[LAST].sum_ee, b->at[LAST].sum_xx)};
}

static void enter(lowp_measurement *m, const lowp_block_record *record) {
  lowpi_worst_block_add(&m->worst_sse, record, false);
  lowpi_worst_block_add(&m->worst_nmse, record, true);
}

/* Sums of blocks that are finite and not all zero; by value in loops, where they would else wait for memory. */
typedef struct block_sums {
  double crest, top_xx, top_ee;
  float max_crest;
} block_sums;

static inline block_sums sums_of(const walk *w) {
  return (block_sums){w->part.sum_crest, w->part.sum_top_xx, w->part.sum_top_ee, w->m.max_crest};
}

static inline void keep_sums(walk *w, const block_sums *s) {
  w->part.sum_crest = s->crest, w->part.sum_top_xx = s->top_xx, w->part.sum_top_ee = s->top_ee;
  w->m.max_crest = s->max_crest;
}

static inline void add_block(walk *w, block_sums *s, double top_ee, uint32_t amax, float crest, float nmse) {
  const double top = (double)lowp_f32_from_bits(amax);
  s->crest += (double)crest;
  s->top_xx += top * top;
  s->top_ee += top_ee;
  if (crest > s->max_crest) s->max_crest = crest;
  lowpi_histogram_add(&w->m.crest, crest);
  lowpi_histogram_add(&w->m.block_nmse, nmse);
}

/* How many elements of block k of a part, which is finite, are clipped. one_scale: the block has one. */
static uint64_t finite_block_clipped(const lowpi_source *source, const lowpi_part *part, size_t k, size_t from,
                                     size_t length, uint32_t amax, bool one_scale) {
  if (!source->scheme) return 0;
  if (!one_scale) return lowpi_source_clipped(source, part, from, length);
  return lowpi_may_clip(source, part, source->scheme->block_cols ? k : 0, amax)
             ? lowpi_block_clipped(source, part, from, length, amax)
             : 0;
}

/* Counts what is clipped in all blocks of a part, of which there are `count`, all finite. */
static void count_clipped(walk *w, const lowpi_part *part, size_t count, bool one_scale) {
  const lowpi_source *source = &w->job->source;
  const size_t block = w->job->block;
  uint16_t candidates[LOWPI_PAIRS];
  size_t n = count;
  if (one_scale)
    n = lowpi_clip_candidates(source, part, count, w->blocks->amax, candidates);
  else
    for (size_t k = 0; k < count; k++) candidates[k] = (uint16_t)k;
  for (size_t i = 0; i < n; i++) {
    const size_t k = candidates[i], from = k * block, length = part->n - from < block ? part->n - from : block;
    const uint64_t clipped = finite_block_clipped(source, part, k, from, length, w->blocks->amax[k], one_scale);
    w->m.error.clipped += clipped;
    w->m.blocks_clipped += clipped > 0;
  }
}

/* All blocks of a part, none of which is open, and all of which are finite and end here. */
static void whole_blocks(walk *w, const lowpi_part *part, bool one_scale) {
  const lowpi_source *source = &w->job->source;
  const lowpi_block_arrays *b = w->blocks;
  const size_t block = w->job->block, count = lowpi_ceil_div(part->n, block);
  bar bar = bar_of(&w->m);
  block_sums sums = sums_of(w);
  if (source->scheme) count_clipped(w, part, count, one_scale);
  w->m.blocks += count;
  for (size_t from = 0, k = 0; k < count; from += block, k++) {
    const uint32_t amax = b->amax[k];
    const double xx = b->xx[k], ee = b->ee[k];
    if (amax == 0) {
      w->m.blocks_zero++;
      continue;
    }
    add_block(w, &sums, b->top_ee[k], amax, b->crest[k], b->nmse[k]);
    if (ee < xx && ee < bar.ee && b->nmse[k] < bar.nmse) continue;
    const size_t length = part->n - from < block ? part->n - from : block;
    /* y = 0 throughout makes every e = -x, and the same sums of the same squares. */
    if (ee == xx) w->m.blocks_flushed += all_zero(length, part->y + from);
    if (ee < bar.ee && b->nmse[k] < bar.nmse) continue;
    lowp_block_record record = {.length = length, .amax = lowp_f32_from_bits(amax), .crest = b->crest[k]};
    place(w, part, from, &record);
    record.sum_xx = xx;
    record.sum_ee = ee;
    record.clipped = finite_block_clipped(source, part, k, from, length, amax, one_scale);
    record.flushed = count_flushed(length, part->x + from, part->y + from);
    enter(&w->m, &record);
    bar = bar_of(&w->m);
  }
  keep_sums(w, &sums);
}

/*
 * Block k of the arrays is a part of the open block, or not finite; it ends here or goes on. all: sums of the part, if it is
 * finite, else NULL.
 */
static void piece_of_block(walk *w, const lowpi_part *part, size_t k, size_t from, size_t length, bool ends,
                           const lowpk_pair_sums *all, bool one_scale) {
  open_block *b = &w->open;
  lowp_block_record *record = &b->record;
  const float amax = lowp_f32_from_bits(w->blocks->amax[k]);
  if (record->length == 0) place(w, part, from, record);
  if (record->length == 0 || amax > record->amax) {
    record->amax = amax;
    b->top_ee = w->blocks->top_ee[k];
  }
  record->length += length;
  record->sum_xx += w->blocks->xx[k];
  record->sum_ee += w->blocks->ee[k];
  record->flushed += all && length == part->n ? all->flushed : count_flushed(length, part->x + from, part->y + from);
  const uint64_t clipped =
      all ? finite_block_clipped(&w->job->source, part, k, from, length, w->blocks->amax[k], one_scale)
          : lowpi_source_clipped(&w->job->source, part, from, length);
  record->clipped += clipped;
  w->m.error.clipped += clipped;
  b->dropped |= !all && (lowpi_any_nonfinite(length, part->x + from) || lowpi_any_nonfinite(length, part->y + from));
  b->nonzero |= !all_zero(length, part->y + from);
  if (!ends) return;
  w->m.blocks++;
  w->m.blocks_clipped += record->clipped > 0;
  if (b->dropped) {
    w->m.blocks_nonfinite++;
  } else if (record->amax == 0) {
    w->m.blocks_zero++;
  } else {
    const uint32_t bits = lowp_f32_bits(record->amax);
    record->crest = lowpk_measure_crest(bits, record->length, record->sum_xx);
    block_sums sums = sums_of(w);
    add_block(w, &sums, b->top_ee, bits, record->crest, lowpk_measure_nmse(record->sum_xx, record->sum_ee));
    keep_sums(w, &sums);
    w->m.blocks_flushed += !b->nonzero;
    enter(&w->m, record);
  }
  *b = (open_block){.dropped = false};
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

static void measure_part(walk *w, const lowpi_part *part, lowpi_scratch *t) {
  const lowp_measure_job *job = w->job;
  lowp_error_stats *stats = &w->part.error;
  const size_t n = part->n, block = job->block;
  const size_t head = block - w->open.record.length < n ? (size_t)(block - w->open.record.length) : n;
  const float *x = part->x, *y = part->y;
  size_t dropped = 0;
  if (lowpi_any_nonfinite(n, x) || lowpi_any_nonfinite(n, y)) {
    dropped = lowpi_pairs_clean(n, x, y, t->clean_x, t->clean_y, stats);
    x = t->clean_x, y = t->clean_y;
  }
  lowpk_pair_sums sums = lowpi_stats_begin(stats);
  const lowpk_blocks blocks = lowpi_blocks_of(&t->blocks);
  lowpk_ops_get()->measure(n, x, y, &sums, &t->bins, head, block, &blocks);
  /* Pairs that were dropped stand as (0, 0) in bin 0, and nowhere else. */
  w->m.bins[0].count -= dropped;
  lowpi_stats_add(stats, n, &sums);

  const float amax = lowp_f32_from_bits(sums.amax);
  w->channel.sum_e += sums.e;
  w->channel.sum_xx += sums.xx;
  w->channel.sum_ee += sums.ee;
  if (amax > w->channel.amax) w->channel.amax = amax;
  w->channel.dropped = UINT32_MAX - w->channel.dropped < dropped ? UINT32_MAX : w->channel.dropped + (uint32_t)dropped;

  const bool row_ends = part->c + n == job->source.x.cols;
  const bool one_scale =
      job->source.scheme && (block == job->source.scheme->block_cols || !job->source.scheme->block_cols);
  if (!dropped && w->open.record.length == 0 && (row_ends || n % block == 0)) {
    whole_blocks(w, part, one_scale);
  } else {
    for (size_t from = 0, length = head, k = 0; from < n; from += length, length = block, k++) {
      if (length > n - from) length = n - from;
      const bool ends = w->open.record.length + length == block || (row_ends && from + length == n);
      piece_of_block(w, part, k, from, length, ends, dropped ? NULL : &sums, one_scale);
    }
  }
  lowpi_count_codes(&w->counts, part, &w->m);
  lowpi_count_scales(&w->counts, &w->m, part);
}

static lowp_status measure_row(walk *w, size_t r, lowpi_scratch *t, lowp_error *error) {
  const size_t cols = w->job->source.x.cols;
  lowp_status status = LOWP_OK;
  w->channel = (lowp_channel_stats){.row = r};
  for (size_t c = 0; c < cols && status == LOWP_OK; c += LOWPI_PAIRS) {
    lowpi_part part;
    status = lowpi_source_part(&w->job->source, r, c, t, &part, error);
    if (status == LOWP_OK) measure_part(w, &part, t);
  }
  if (status != LOWP_OK) return status;
  lowpi_worst_channel_add(&w->m.channels_sse, &w->channel, false);
  lowpi_worst_channel_add(&w->m.channels_nmse, &w->channel, true);
  if (w->job->channels) w->job->channels[r] = w->channel;
  return LOWP_OK;
}

/* Sums of a chunk are added to the result as a whole; counts, which have no order, were counted there already. */
static void add_chunk(walk *w, const lowpk_bins *bins) {
  lowp_measure_bin joined[LOWP_MEASURE_BINS] = {{0}};
  lowp_error_stats_merge(&w->m.error, &w->part.error);
  lowpi_bins_join(bins, joined);
  for (size_t i = 0; i < LOWP_MEASURE_BINS; i++) {
    w->m.bins[i].count += joined[i].count;
    w->m.bins[i].sum_e += joined[i].sum_e;
    w->m.bins[i].sum_xx += joined[i].sum_xx;
    w->m.bins[i].sum_ee += joined[i].sum_ee;
  }
  w->m.sum_crest += w->part.sum_crest;
  w->m.sum_top_xx += w->part.sum_top_xx;
  w->m.sum_top_ee += w->part.sum_top_ee;
}

static walk *walk_begin(const lowp_measure_job *job, const lowp_measurement *result) {
  walk *w = calloc(1, sizeof *w);
  if (!w) return NULL;
  w->job = job;
  w->m = *result;
  lowpi_counts_begin(&w->counts, &job->source);
  if (w->m.error.count == 0) {
    w->m.scheme = job->source.scheme ? job->source.scheme->id : LOWP_SCHEME_NONE;
    w->m.block = job->block;
  }
  return w;
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
  walk *w = walk_begin(job, result);
  lowp_status status = LOWP_OK;
  if (t && w) w->blocks = &t->blocks;
  if (!t || !w) status = lowpi_fail(error, LOWP_E_NOMEM, "no memory to measure %zu columns", x->cols);
  const size_t chunk = lowp_error_chunk_rows(x->cols);
  for (size_t r = row0; r < row1 && status == LOWP_OK;) {
    /* Chunks are counted from row 0 of the tensor, so that a range cut at their borders gives the same sums. */
    const size_t end = row1 - r < chunk - r % chunk ? row1 : r + (chunk - r % chunk);
    lowp_measurement_init(&w->part);
    memset(&t->bins, 0, sizeof t->bins);
    for (; r < end && status == LOWP_OK; r++) status = measure_row(w, r, t, error);
    add_chunk(w, &t->bins);
  }
  if (status == LOWP_OK) {
    lowpi_counts_end(&w->counts, &w->m);
    *result = w->m;
  }
  free(w);
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
