/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quant_guard_columns.c: --target-bpw with --guard columns: which columns stay in 16 bits. A column's benefit is what the
 * error of its tensor would lose without it, its blast radius included (lowp_measure_column_benefit), as a share of the
 * tensor's energy times its weights; with activations, columns count as their energy does, the diagonal of the Hessian.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>

#include "tools/quant.h"

/* Columns of all tensors, one after the other. */
typedef struct list {
  double *benefit, *cost;
  size_t count;
} list;

static int refuse(const quant_item *item, lowp_status status, const lowp_error *error) {
  return tool_fail(tool_exit_of(status), "tensor '%s': guard rails: %s", tool_safe(item->tensor->name),
                   error->text[0] != 0 ? error->text : lowp_status_text(status));
}

/* Energy of the columns of w, and of the activations that meet them: 1 without any. */
static int energies(quant_job *job, const quant_item *item, const lowp_view *w, double *of_w, double *of_x,
                    lowp_status *status, lowp_error *error) {
  quant_matrix x = {0};
  int code = TOOL_OK;
  *status = lowp_measure_channels(w, 0, w->rows, NULL, NULL, of_w, error);
  if (item->activations == SIZE_MAX) {
    for (size_t c = 0; c < w->cols; c++) of_x[c] = 1;
    return TOOL_OK;
  }
  code = quant_activations_of(job, item, &x);
  const lowp_view v = lowp_view_of(LOWP_F32, x.rows, x.cols, x.data);
  if (code == TOOL_OK && *status == LOWP_OK) *status = lowp_measure_channels(&v, 0, x.rows, NULL, NULL, of_x, error);
  free(x.data);
  return code;
}

static int measure(quant_job *job, quant_item *item, double *benefit) {
  const size_t k = item->tensor->cols;
  double *of_w = tool_alloc(2 * k, sizeof *of_w), *of_x = of_w + k, energy = 0;
  lowp_error error = {0};
  lowp_status status = LOWP_OK;
  int code = quant_prepare(job, item);
  if (code == TOOL_OK) {
    const lowp_view w = quant_view_of(job, item);
    code = energies(job, item, &w, of_w, of_x, &status, &error);
    if (code == TOOL_OK && status == LOWP_OK)
      status = lowp_measure_column_benefit(item->scheme, &job->recipes[item->scheme].opts, &w, of_x, 0, w.rows, benefit,
                                           &error);
    if (code == TOOL_OK && status != LOWP_OK) code = refuse(item, status, &error);
  }
  for (size_t c = 0; c < k; c++) energy += of_w[c] * of_x[c];
  for (size_t c = 0; c < k; c++) benefit[c] *= energy > 0 ? (double)item->tensor->rows * (double)k / energy : 0;
  quant_unprepare(item);
  lowp_model_release(job->model, item->index);
  free(of_w);
  return code;
}

/* Those of one item that were chosen. */
static void take(quant_item *item, const uint8_t *keep) {
  const size_t k = item->tensor->cols;
  for (size_t c = 0; c < k; c++) item->kept += keep[c];
  if (item->kept == 0) return;
  item->columns = tool_alloc(item->kept, sizeof *item->columns);
  for (size_t c = 0, n = 0; c < k; c++)
    if (keep[c]) item->columns[n++] = (int32_t)c;
}

static bool takes_part(const quant_item *item) {
  return item->scheme != LOWP_SCHEME_NONE && lowp_scheme_info_of(item->scheme)->family != LOWP_FAMILY_CAST &&
         item->tensor->cols <= INT32_MAX;
}

int quant_guard_columns(quant_job *job) {
  list all = {0};
  double bits = 0, weights = 0;
  int code = TOOL_OK;
  for (size_t i = 0; i < job->count; i++) all.count += takes_part(&job->items[i]) ? job->items[i].tensor->cols : 0;
  all.benefit = tool_alloc(all.count, sizeof *all.benefit);
  all.cost = tool_alloc(all.count, sizeof *all.cost);
  uint8_t *keep = tool_alloc(all.count, 1);
  for (size_t i = 0, at = 0; i < job->count && code == TOOL_OK; i++) {
    quant_item *item = &job->items[i];
    if (!takes_part(item)) continue;
    code = quant_interrupted ? TOOL_INTERRUPTED : measure(job, item, all.benefit + at);
    /* Codes of a kept column stay in the file, as zeros; its number takes 32 bits. */
    for (size_t c = 0; c < item->tensor->cols; c++) all.cost[at + c] = 16 * (double)item->tensor->rows + 32;
    at += item->tensor->cols;
    bits += 8 * (double)item->stored;
    weights += (double)item->tensor->rows * (double)item->tensor->cols;
  }
  const double budget = job->options.target_bpw.value * weights - bits;
  if (code == TOOL_OK && budget < 0)
    code = tool_fail(TOOL_CONSTRAINT, "--target-bpw %g: the formats alone take %.3f bits per weight",
                     job->options.target_bpw.value, bits / weights);
  if (code == TOOL_OK && lowp_guard_select(all.count, all.benefit, all.cost, budget, keep) != LOWP_OK)
    code = tool_fail(TOOL_INTERNAL, "--target-bpw: no choice could be made");
  for (size_t i = 0, at = 0; i < job->count && code == TOOL_OK; i++) {
    quant_item *item = &job->items[i];
    if (!takes_part(item)) continue;
    take(item, keep + at);
    at += item->tensor->cols;
    job->guarded += item->kept;
    bits += (double)item->kept * (16 * (double)item->tensor->rows + 32);
  }
  if (weights > 0) job->guard_bpw = bits / weights;
  if (code == TOOL_OK) quant_name_extras(job);
  free(all.benefit);
  free(all.cost);
  free(keep);
  return code;
}
