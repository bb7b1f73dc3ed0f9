/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "tools/analyze.h"

/*
 * A tensor is cut into pieces of whole rows, by its shape alone. One piece in one format is a unit of work for a thread:
 * quantized by itself, with the scale that belongs to the whole tensor, measured, and forgotten. Partial results are
 * merged in the order of the pieces, so that no digit depends on the number of threads.
 */

/* --- pieces ------------------------------------------------------------------------------------------------------- */

static size_t common_multiple(size_t a, size_t b) {
  size_t x = a, y = b;
  while (y != 0) {
    size_t rest = x % y;
    x = y;
    y = rest;
  }
  return a / x * b;
}

/* Whole partial sums of the error measures, and whole blocks of every format. */
static size_t piece_rows(const analyze_job *job, const lowp_model_tensor *t) {
  size_t rows = lowp_error_chunk_rows(t->cols);
  for (size_t f = 0; f < job->format_count; f++)
    if (job->formats[f].info->block_rows > 1) rows = common_multiple(rows, job->formats[f].info->block_rows);
  return rows < t->rows ? rows : t->rows;
}

static lowp_view view_of(const analyze_job *job, const analyze_tensor *t) {
  const lowp_file_tensor *source = lowp_file_get(job->sources[t->source].file, t->tensor->parts[0].file_index);
  return lowp_view_of(source->element, t->tensor->rows, t->tensor->cols, source->data);
}

static lowp_view rows_of(const lowp_view *x, size_t row0, size_t row1) {
  lowp_view part = *x;
  part.data = (char *)x->data + x->stride * (ptrdiff_t)row0;
  part.rows = row1 - row0;
  return part;
}

/* --- scales that belong to the whole tensor ------------------------------------------------------------------------ */

static lowp_status measure_amax(analyze_job *job, analyze_tensor *t, const lowp_view *x) {
  size_t rows = lowp_error_chunk_rows(x->cols);
  long count = (long)((x->rows + rows - 1) / rows);
  float amax = 0;
  TOOL_OMP(omp parallel for schedule(dynamic) reduction(max : amax) num_threads((int)job->options.quant.threads))
  for (long i = 0; i < count; i++) {
    size_t row0 = (size_t)i * rows, row1 = row0 + rows < x->rows ? row0 + rows : x->rows;
    float part = 0;
    if (lowp_measure_amax(x, row0, row1, &part, NULL) == LOWP_OK && part > amax) amax = part;
  }
  (void)job;
  t->amax = amax;
  return LOWP_OK;
}

/*
 * Options with which a piece is quantized as a part of its tensor. Schemes of a single scale: the library finds it from
 * all of x. The codes of that qtensor are never touched, so their pages are never there.
 */
static lowp_status options_of(const analyze_format *format, const analyze_tensor *t, const lowp_view *x,
                              lowp_quant_opts *opts, lowp_error *error) {
  *opts = format->opts;
  if (format->info->tensor_scale) {
    opts->tensor_scale_from = LOWP_TENSOR_SCALE_AMAX;
    opts->tensor_amax = t->amax;
  }
  if (format->info->family != LOWP_FAMILY_SCALED || format->info->block_rows != 0) return LOWP_OK;
  lowp_qtensor *whole = NULL;
  lowp_status status = lowp_qtensor_create(&whole, format->scheme, x->rows, x->cols);
  if (status == LOWP_OK) status = lowp_quantize_begin(opts, x, whole, error);
  if (status == LOWP_OK) {
    opts->tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
    memcpy(&opts->tensor_scale, whole->scales, sizeof opts->tensor_scale);
    if (format->info->zero == LOWP_ZERO_I32) memcpy(&opts->tensor_zero, whole->zeros, sizeof opts->tensor_zero);
  }
  lowp_qtensor_destroy(whole);
  return status;
}

/* --- measuring ---------------------------------------------------------------------------------------------------- */

/* One piece in one format. */
static lowp_status measure_piece(const analyze_format *format, const lowp_quant_opts *opts, const lowp_view *x,
                                 lowp_error_stats *stats, lowp_error *error) {
  lowp_qtensor *q = NULL;
  lowp_error_stats_init(stats);
  lowp_status status = lowp_qtensor_create(&q, format->scheme, x->rows, x->cols);
  if (status == LOWP_OK) status = lowp_quantize(opts, x, q, error);
  if (status == LOWP_OK) status = lowp_error_stats_qtensor(stats, x, q, 0, x->rows);
  lowp_qtensor_destroy(q);
  return status;
}

static lowp_status measure_formats(analyze_job *job, analyze_tensor *t, const lowp_view *x, lowp_error *error) {
  size_t rows = piece_rows(job, t->tensor), formats = job->format_count, row_bytes = t->tensor->nbytes / x->rows;
  long units = (long)((x->rows + rows - 1) / rows * formats);
  lowp_quant_opts *opts = tool_alloc(formats, sizeof *opts);
  lowp_status status = LOWP_OK;
  for (size_t f = 0; f < formats && status == LOWP_OK; f++)
    status = options_of(&job->formats[f], t, x, &opts[f], error);
  TOOL_OMP(omp parallel for ordered schedule(dynamic) num_threads((int)job->options.quant.threads))
  for (long i = 0; i < units; i++) {
    size_t f = (size_t)i % formats, row0 = (size_t)i / formats * rows;
    size_t row1 = row0 + rows < x->rows ? row0 + rows : x->rows;
    lowp_view piece = rows_of(x, row0, row1);
    lowp_error_stats stats;
    lowp_error reason = {0};
    lowp_status one = status == LOWP_OK ? measure_piece(&job->formats[f], &opts[f], &piece, &stats, &reason) : status;
    TOOL_OMP(omp ordered) {
      tool_progress_add(job->progress, (row1 - row0) * row_bytes);
      if (status == LOWP_OK && one != LOWP_OK) {
        status = one;
        *error = reason;
      }
      if (status == LOWP_OK) lowp_error_stats_merge(&t->results[f].stats, &stats);
    }
  }
  free(opts);
  return status;
}

static int measure_tensor(analyze_job *job, analyze_tensor *t) {
  lowp_view x = view_of(job, t);
  lowp_error error = {0};
  tool_progress_begin(job->progress, t->label);
  lowp_status status = measure_amax(job, t, &x);
  if (status == LOWP_OK) status = measure_formats(job, t, &x, &error);
  lowp_model_release(job->sources[t->source].model, t->index);
  if (status != LOWP_OK)
    return tool_fail(tool_exit_of(status), "tensor '%s': %s", tool_safe(t->label),
                     error.text[0] != 0 ? error.text : lowp_status_text(status));
  tool_progress_done(job->progress, "measured");
  return TOOL_OK;
}

static void add_totals(analyze_job *job) {
  job->totals = tool_alloc(job->format_count, sizeof *job->totals);
  for (size_t f = 0; f < job->format_count; f++) {
    analyze_result *total = &job->totals[f];
    lowp_error_stats_init(&total->stats);
    for (size_t i = 0; i < job->count; i++) {
      if (job->tensors[i].kept != NULL) continue;
      lowp_error_stats_merge(&total->stats, &job->tensors[i].results[f].stats);
      total->bytes += job->tensors[i].results[f].bytes;
      total->misfit = total->misfit || job->tensors[i].results[f].misfit;
    }
  }
}

int analyze_measure(analyze_job *job) {
  uint64_t bytes = 0;
  int code = TOOL_OK;
  double start = tool_clock();
  for (size_t i = 0; i < job->count; i++)
    if (job->tensors[i].kept == NULL) bytes += job->tensors[i].tensor->nbytes * job->format_count;
  job->progress = tool_progress_start(job->options.progress, job->measured, bytes);
  for (size_t i = 0; i < job->count && code == TOOL_OK; i++)
    if (job->tensors[i].kept == NULL) code = measure_tensor(job, &job->tensors[i]);
  tool_progress_end(job->progress);
  job->progress = NULL;
  job->seconds = tool_clock() - start;
  if (code == TOOL_OK) add_totals(job);
  return code;
}
