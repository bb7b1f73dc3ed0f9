/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/quant.h"

volatile sig_atomic_t quant_interrupted;

/* Bytes that are exported or copied at a time. */
enum { SLICE = 4 << 20 };

lowp_view quant_view_of(const quant_job *job, const quant_item *item) {
  if (item->changed.data != NULL)
    return lowp_view_of(LOWP_F32, item->changed.rows, item->changed.cols, item->changed.data);
  const lowp_file_tensor *source = lowp_file_get(job->file, item->tensor->parts[0].file_index);
  return lowp_view_of(source->element, item->tensor->rows, item->tensor->cols, source->data);
}

static size_t chunks_of(const lowp_view *x, size_t *rows) {
  *rows = lowp_error_chunk_rows(x->cols);
  return (x->rows + *rows - 1) / *rows;
}

/* --- tensor scales ------------------------------------------------------------------------------------------------ */

/* Largest finite magnitude of a tensor. The maximum does not depend on the order. */
static float amax_of(const quant_job *job, const quant_item *item) {
  lowp_view x = quant_view_of(job, item);
  size_t rows;
  long count = (long)chunks_of(&x, &rows);
  float amax = 0;
  TOOL_OMP(omp parallel for schedule(dynamic) reduction(max : amax) num_threads((int)job->options.threads))
  for (long i = 0; i < count; i++) {
    size_t row0 = (size_t)i * rows, row1 = row0 + rows < x.rows ? row0 + rows : x.rows;
    float part = 0;
    if (quant_interrupted || lowp_measure_amax(&x, row0, row1, &part, NULL) != LOWP_OK) continue;
    if (part > amax) amax = part;
  }
  return amax;
}

/* The amax that decides about the tensor scale: of all fused tensors together. */
static float deciding_amax(quant_job *job, quant_item *item, int *code) {
  if (item->fused == SIZE_MAX) return amax_of(job, item);
  if (isnan(job->fused_amax[item->fused])) {
    float amax = 0;
    for (size_t i = 0; i < job->count; i++) {
      if (job->items[i].fused != item->fused) continue;
      if (*code == TOOL_OK) *code = quant_prepare(job, &job->items[i]);
      float one = amax_of(job, &job->items[i]);
      if (one > amax) amax = one;
      if (&job->items[i] != item) quant_unprepare(&job->items[i]);
      if (&job->items[i] != item) lowp_model_release(job->model, i);
    }
    job->fused_amax[item->fused] = amax;
  }
  return job->fused_amax[item->fused];
}

/* --- quantize ----------------------------------------------------------------------------------------------------- */

static int refuse(const quant_job *job, const quant_item *item, lowp_status status, const lowp_error *error) {
  const char *file = lowp_file_shard_path(job->file, item->shard), *name = tool_safe(item->tensor->name);
  const char *text = error->text[0] != 0 ? error->text : lowp_status_text(status);
  if (status == LOWP_E_NONFINITE)
    return tool_fail(TOOL_INPUT,
                     "%s: tensor '%s': %s; --nan zero reads such values as 0, --nan propagate passes them on, --tensor "
                     "'%s=keep' leaves the tensor as it is",
                     tool_safe(file), name, text, name);
  return tool_fail(tool_exit_of(status), "%s: tensor '%s': %s", tool_safe(file), name, text);
}

/* One chunk of rows. */
typedef struct piece {
  lowp_error_stats stats;
  lowp_status status;
} piece;

static int quantize(quant_job *job, quant_item *item, lowp_qtensor *q) {
  int code = quant_prepare(job, item);
  if (code != TOOL_OK) return code;
  lowp_view x = quant_view_of(job, item);
  lowp_quant_opts opts = job->recipes[item->scheme].opts;
  lowp_error error = {0};
  if (lowp_scheme_info_of(item->scheme)->tensor_scale && opts.tensor_scale_from == LOWP_TENSOR_SCALE_MEASURE) {
    opts.tensor_scale_from = LOWP_TENSOR_SCALE_AMAX;
    opts.tensor_amax = deciding_amax(job, item, &code);
  }
  if (quant_interrupted) return TOOL_INTERRUPTED;
  if (code != TOOL_OK) return code;
  lowp_status status = lowp_quantize_begin(&opts, &x, q, &error);
  if (status != LOWP_OK) return refuse(job, item, status, &error);
  const bool feedback = job->options.gptq && item->activations != SIZE_MAX;
  if (feedback) code = quant_gptq(job, item, &opts, &x, q);
  if (code != TOOL_OK) return code;

  size_t rows;
  long count = (long)chunks_of(&x, &rows), failed = count;
  piece *pieces = tool_alloc((size_t)count, sizeof *pieces);
  size_t row_bytes = item->tensor->nbytes / x.rows;
  TOOL_OMP(omp parallel for schedule(dynamic) num_threads((int)job->options.threads))
  for (long i = 0; i < count; i++) {
    if (quant_interrupted) continue;
    size_t row0 = (size_t)i * rows, row1 = row0 + rows < x.rows ? row0 + rows : x.rows;
    lowp_error reason = {0};
    lowp_error_stats_init(&pieces[i].stats);
    pieces[i].status = feedback ? LOWP_OK : lowp_quantize_rows(&opts, &x, q, row0, row1, &reason);
    if (pieces[i].status == LOWP_OK) pieces[i].status = lowp_error_stats_qtensor(&pieces[i].stats, &x, q, row0, row1);
    TOOL_OMP(omp critical(lowp_quant_progress)) {
      tool_progress_add(job->progress, (row1 - row0) * row_bytes);
      /* The first failure in the order of rows is reported, whichever thread was faster. */
      if (pieces[i].status != LOWP_OK && i < failed) {
        failed = i;
        error = reason;
      }
    }
  }
  if (failed < count) status = pieces[failed].status;
  for (long i = 0; i < count && status == LOWP_OK; i++) lowp_error_stats_merge(&item->stats, &pieces[i].stats);
  free(pieces);
  if (quant_interrupted) return TOOL_INTERRUPTED;
  return status == LOWP_OK ? TOOL_OK : refuse(job, item, status, &error);
}

/* --- write -------------------------------------------------------------------------------------------------------- */

int quant_export(const quant_item *item, size_t part, const lowp_qtensor *q, lowp_writer *writer, size_t at) {
  const lowp_part *p = &item->plan->parts[part];
  if (p->nbytes == 0) return TOOL_OK;
  size_t rows = p->row_bytes >= SLICE ? 1 : SLICE / p->row_bytes;
  if (rows > p->rows) rows = p->rows;
  void *slice = tool_alloc(rows, p->row_bytes);
  lowp_error error = {0};
  lowp_status status = LOWP_OK;
  for (size_t row = 0; row < p->rows && status == LOWP_OK; row += rows) {
    size_t end = p->rows - row < rows ? p->rows : row + rows;
    status = lowp_layout_export(item->plan, part, q, row, end, slice, &error);
    if (status == LOWP_OK)
      status = lowp_writer_write(writer, at, row * p->row_bytes, slice, (end - row) * p->row_bytes, &error);
  }
  free(slice);
  return status == LOWP_OK ? TOOL_OK : tool_fail_status(status, &error);
}

lowp_hash quant_hash(const lowp_qtensor *q) {
  lowp_planes planes;
  lowp_hash parts[3];
  if (lowp_scheme_planes(q->scheme, q->rows, q->cols, &planes) != LOWP_OK) return (lowp_hash){{0}};
  parts[0] = lowp_hash_of(q->codes, planes.codes_bytes);
  parts[1] = lowp_hash_of(q->scales, planes.scales_bytes);
  parts[2] = lowp_hash_of(q->zeros, planes.zeros_bytes);
  return lowp_hash_of(parts, sizeof parts);
}

int quant_make(quant_job *job, quant_item *item, lowp_qtensor **q) {
  lowp_status status = lowp_qtensor_create(q, item->scheme, item->tensor->rows, item->tensor->cols);
  if (status != LOWP_OK) {
    char need[TOOL_TEXT];
    return tool_fail(tool_exit_of(status), "tensor '%s': %s (%s for its planes)", tool_safe(item->tensor->name),
                     lowp_status_text(status), tool_bytes((double)item->plan->nbytes, need));
  }
  int code = quantize(job, item, *q);
  if (code == TOOL_OK) {
    item->hash = quant_hash(*q);
    item->tensor_scale = (*q)->tensor_scale;
    item->done = true;
  } else {
    lowp_qtensor_destroy(*q);
    *q = NULL;
  }
  if (code == TOOL_OK) quant_count_kept(job, item);
  quant_unprepare(item);
  lowp_model_release(job->model, item->index);
  return code;
}

int quant_copy_tensor(quant_job *job, size_t file_index, lowp_writer *writer, size_t at) {
  const lowp_file_tensor *t = lowp_file_get(job->file, file_index);
  lowp_error error = {0};
  for (size_t done = 0; done < t->nbytes;) {
    if (quant_interrupted) return TOOL_INTERRUPTED;
    size_t n = t->nbytes - done < SLICE ? t->nbytes - done : SLICE;
    lowp_status status = lowp_writer_write(writer, at, done, (const char *)t->data + done, n, &error);
    if (status != LOWP_OK) return tool_fail_status(status, &error);
    done += n;
    tool_progress_add(job->progress, n);
  }
  lowp_file_release(job->file, file_index);
  return TOOL_OK;
}
