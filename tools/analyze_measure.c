/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>

#include "tools/analyze.h"

/*
 * A tensor is cut into chunks of rows by its shape alone. One chunk in one format is a unit of work for a thread; partial
 * results are merged in the order of the chunks, so that no digit depends on the number of threads.
 */

lowp_quant_opts analyze_quant_opts(const analyze_format *format, const analyze_tensor *t) {
  lowp_quant_opts opts = format->opts;
  if (format->info->tensor_scale) {
    opts.tensor_scale_from = LOWP_TENSOR_SCALE_AMAX;
    opts.tensor_amax = t->amax;
  }
  return opts;
}

static lowp_status begin(const analyze_format *format, const analyze_tensor *t, const lowp_view *x,
                         lowp_measure_job **job, lowp_error *error) {
  lowp_quant_opts opts = analyze_quant_opts(format, t);
  lowp_measure_desc desc;
  lowp_measure_desc_init(&desc, x);
  desc.scheme = format->scheme;
  desc.opts = &opts;
  return lowp_measure_begin(job, &desc, error);
}

/* What is kept of a measurement of 30 KiB. */
static void keep(analyze_result *r, const lowp_measurement *m) {
  r->stats = m->error;
  r->crest = lowp_measurement_crest(m);
  r->nmse_top = lowp_measurement_nmse_top(m);
  r->entropy = lowp_measurement_code_entropy(m);
  r->blocks = lowp_measurement_blocks_counted(m);
  r->blocks_flushed = m->blocks_flushed;
  r->blocks_clipped = m->blocks_clipped;
  r->scales = m->scales;
  r->scales_saturated = m->scales_saturated;
  r->scales_bottom = m->scales_bottom;
}

static lowp_status measure_units(analyze_job *job, analyze_tensor *t, const lowp_view *x, lowp_measure_job **jobs,
                                 lowp_measurement *sums, lowp_error *error) {
  size_t rows = lowp_error_chunk_rows(x->cols), formats = job->format_count, row_bytes = t->tensor->nbytes / x->rows;
  long units = (long)((x->rows + rows - 1) / rows * formats);
  lowp_status status = LOWP_OK;
  TOOL_OMP(omp parallel num_threads((int)job->options.quant.threads)) {
    lowp_measurement *part = tool_alloc(1, sizeof *part);
    TOOL_OMP(omp for ordered schedule(dynamic))
    for (long i = 0; i < units; i++) {
      size_t f = (size_t)i % formats, row0 = (size_t)i / formats * rows;
      size_t row1 = row0 + rows < x->rows ? row0 + rows : x->rows;
      lowp_error reason = {0};
      lowp_measurement_init(part);
      lowp_status one = lowp_measure_rows(jobs[f], row0, row1, part, &reason);
      TOOL_OMP(omp ordered) {
        tool_progress_add(job->progress, (row1 - row0) * row_bytes);
        if (status == LOWP_OK && one != LOWP_OK) {
          status = one;
          *error = reason;
        }
        if (status == LOWP_OK) lowp_measure_merge(&sums[f], part);
      }
    }
    free(part);
  }
  return status;
}

static lowp_status measure_formats(analyze_job *job, analyze_tensor *t, lowp_error *error) {
  lowp_view x = analyze_view(job, t);
  long formats = (long)job->format_count;
  lowp_measure_job **jobs = tool_alloc(job->format_count, sizeof(lowp_measure_job *));
  lowp_measurement *sums = tool_alloc(job->format_count, sizeof *sums);
  lowp_status status = LOWP_OK;
  /* Formats of one scale read the whole tensor here, each by one thread. */
  TOOL_OMP(omp parallel for schedule(dynamic) num_threads((int)job->options.quant.threads))
  for (long f = 0; f < formats; f++) {
    lowp_error reason = {0};
    lowp_measurement_init(&sums[f]);
    lowp_status one = begin(&job->formats[f], t, &x, &jobs[f], &reason);
    TOOL_OMP(omp critical(lowp_analyze_begin))
    if (one != LOWP_OK) {
      status = one;
      *error = reason;
    }
  }
  if (status == LOWP_OK) status = measure_units(job, t, &x, jobs, sums, error);
  for (long f = 0; f < formats; f++) {
    lowp_measure_end(jobs[f]);
    if (status != LOWP_OK) continue;
    keep(&t->results[f], &sums[f]);
    lowp_measure_merge(&job->sums[f], &sums[f]);
  }
  free(sums);
  free(jobs);
  return status;
}

static int measure_tensor(analyze_job *job, analyze_tensor *t) {
  lowp_error error = {0};
  tool_progress_begin(job->progress, t->label);
  lowp_status status = analyze_describe(job, t, &error);
  tool_progress_add(job->progress, t->tensor->nbytes);
  if (status == LOWP_OK && t->kept == NULL) status = measure_formats(job, t, &error);
  lowp_model_release(job->sources[t->source].model, t->index);
  if (status != LOWP_OK)
    return tool_fail(tool_exit_of(status), "tensor '%s': %s", tool_safe(t->label),
                     error.text[0] != 0 ? error.text : lowp_status_text(status));
  tool_progress_done(job->progress, t->kept == NULL ? "measured" : "described");
  return TOOL_OK;
}

static void add_totals(analyze_job *job) {
  for (size_t f = 0; f < job->format_count; f++) {
    analyze_result *total = &job->totals[f];
    keep(total, &job->sums[f]);
    for (size_t i = 0; i < job->count; i++) {
      if (job->tensors[i].kept != NULL) continue;
      total->bytes += job->tensors[i].results[f].bytes;
      total->misfit = total->misfit || job->tensors[i].results[f].misfit;
    }
  }
}

/* The errors are those of the other weights, which nobody would guess from a table of them. */
static void warn_nonfinite(const analyze_job *job) {
  const analyze_tensor *first = NULL;
  size_t count = 0;
  for (size_t i = 0; i < job->count; i++)
    if (job->tensors[i].kept == NULL && job->tensors[i].description.nonfinite > 0) {
      if (first == NULL) first = &job->tensors[i];
      count++;
    }
  if (count > 0)
    tool_warn("%zu tensor%s NaN or infinite weights, '%s' %llu of them: taken for zero, and left out of the errors",
              count, count == 1 ? " has" : "s have", tool_safe(first->label),
              (unsigned long long)first->description.nonfinite);
}

int analyze_measure(analyze_job *job) {
  uint64_t bytes = 0;
  int code = TOOL_OK;
  double start = tool_clock();
  for (size_t i = 0; i < job->count; i++)
    bytes += job->tensors[i].tensor->nbytes * (job->tensors[i].kept == NULL ? job->format_count + 1 : 1);
  job->totals = tool_alloc(job->format_count, sizeof *job->totals);
  job->sums = tool_alloc(job->format_count, sizeof *job->sums);
  for (size_t f = 0; f < job->format_count; f++) lowp_measurement_init(&job->sums[f]);
  job->progress = tool_progress_start(job->options.progress, job->count, bytes);
  for (size_t i = 0; i < job->count && code == TOOL_OK; i++) code = measure_tensor(job, &job->tensors[i]);
  tool_progress_end(job->progress);
  job->progress = NULL;
  job->seconds = tool_clock() - start;
  if (code == TOOL_OK) {
    add_totals(job);
    warn_nonfinite(job);
  }
  return code;
}
