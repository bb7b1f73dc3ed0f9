/* SPDX-License-Identifier: Apache-2.0 */
/* quant_gptq.c: error feedback for one tensor, and whether it helped on tokens that it has not seen. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <stdlib.h>

#include "tools/quant.h"

/* Rows of H and of weights per piece of work: whole blocks of every scheme. Rows of weights that errors are measured on. */
enum { H_ROWS = 32, W_ROWS = 128, SAMPLE = 256 };

static int refuse(const quant_item *item, lowp_status status, const lowp_error *error) {
  return tool_fail(tool_exit_of(status), "tensor '%s': error feedback: %s", tool_safe(item->tensor->name),
                   error->text[0] != 0 ? error->text : lowp_status_text(status));
}

/* X^T X of some tokens; rows of it in parallel. */
static lowp_status accumulate(const quant_job *job, const quant_matrix *x, size_t token0, size_t token1,
                              lowp_hessian **h) {
  const lowp_view v = lowp_view_of(LOWP_F32, x->rows, x->cols, x->data);
  lowp_status status = lowp_hessian_create(h, x->cols);
  if (status != LOWP_OK) return status;
  const long k = (long)x->cols;
  (void)job;
  TOOL_OMP(omp parallel for schedule(dynamic) num_threads((int)job->options.threads))
  for (long r = k - (k - 1) % H_ROWS - 1; r >= 0; r -= H_ROWS) { /* the longest rows first */
    const long end = r + H_ROWS < k ? r + H_ROWS : k;
    lowp_status one =
        quant_interrupted ? LOWP_OK : lowp_hessian_add_rows(*h, &v, token0, token1, (size_t)r, (size_t)end, NULL);
    TOOL_OMP(omp critical(lowp_quant_hessian))
    if (one != LOWP_OK) status = one;
  }
  return status;
}

/* All rows, with the factor or, where that is NULL, plainly. */
static lowp_status all_rows(const quant_job *job, const lowp_gptq *g, const lowp_quant_opts *opts, const lowp_view *w,
                            lowp_qtensor *q, lowp_error *error) {
  const long rows = (long)w->rows;
  lowp_status status = LOWP_OK;
  (void)job;
  TOOL_OMP(omp parallel for schedule(dynamic) num_threads((int)job->options.threads))
  for (long r = 0; r < rows; r += W_ROWS) {
    const size_t end = (size_t)(r + W_ROWS < rows ? r + W_ROWS : rows);
    lowp_error reason = {0};
    if (quant_interrupted) continue;
    lowp_status one = g != NULL ? lowp_gptq_rows(g, opts, w, q, (size_t)r, end, &reason)
                                : lowp_quantize_rows(opts, w, q, (size_t)r, end, &reason);
    TOOL_OMP(omp critical(lowp_quant_gptq))
    if (one != LOWP_OK) {
      status = one;
      *error = reason;
    }
  }
  return status;
}

/* Output NMSE over the tokens of h, on rows evenly spread. */
static lowp_status nmse(const quant_job *job, const lowp_hessian *h, const lowp_view *w, const lowp_qtensor *q,
                        double *result) {
  const size_t step = (w->rows + SAMPLE - 1) / SAMPLE;
  const long count = (long)((w->rows + step - 1) / step);
  double *sums = tool_alloc(2 * (size_t)count, sizeof *sums), error = 0, signal = 0;
  lowp_status status = LOWP_OK;
  (void)job;
  TOOL_OMP(omp parallel for schedule(dynamic) num_threads((int)job->options.threads))
  for (long i = 0; i < count; i++) {
    const size_t r = (size_t)i * step;
    float *y = tool_alloc(2 * w->cols, sizeof *y);
    const lowp_view vy = lowp_view_of(LOWP_F32, 1, w->cols, y), vx = lowp_view_of(LOWP_F32, 1, w->cols, y + w->cols);
    lowp_view_load_row(w, r, y + w->cols);
    lowp_status one = lowp_dequantize_rows(q, r, r + 1, &vy, NULL);
    if (one == LOWP_OK) one = lowp_hessian_output_error(h, &vx, &vy, 0, 1, &sums[2 * i], &sums[2 * i + 1]);
    free(y);
    TOOL_OMP(omp critical(lowp_quant_nmse))
    if (one != LOWP_OK) status = one;
  }
  for (long i = 0; i < count; i++) error += sums[2 * i], signal += sums[2 * i + 1];
  free(sums);
  *result = signal > 0 ? error / signal : 0;
  return status;
}

static lowp_status run(const quant_job *job, quant_item *item, const lowp_quant_opts *opts, const lowp_view *w,
                       lowp_qtensor *q, const lowp_gptq *g, const lowp_hessian *train, const lowp_hessian *held,
                       lowp_error *error) {
  quant_feedback *f = &item->feedback;
  lowp_status status = all_rows(job, NULL, opts, w, q, error);
  if (status == LOWP_OK) status = nmse(job, train, w, q, &f->plain_train);
  if (status == LOWP_OK) status = nmse(job, held, w, q, &f->plain_held);
  if (status == LOWP_OK) status = all_rows(job, g, opts, w, q, error);
  if (status == LOWP_OK) status = nmse(job, train, w, q, &f->train);
  if (status == LOWP_OK) status = nmse(job, held, w, q, &f->held);
  if (status != LOWP_OK) return status;
  f->measured = true;
  f->used = f->held_tokens == 0 || f->held <= f->plain_held;
  return f->used ? LOWP_OK : all_rows(job, NULL, opts, w, q, error);
}

int quant_gptq(quant_job *job, quant_item *item, const lowp_quant_opts *opts, const lowp_view *w, lowp_qtensor *q) {
  quant_matrix x = {0};
  lowp_hessian *train = NULL, *held = NULL;
  lowp_gptq *g = NULL;
  lowp_gptq_opts how;
  lowp_error error = {0};
  int code = quant_activations_of(job, item, &x);
  if (code != TOOL_OK) {
    free(x.data);
    return code;
  }
  lowp_gptq_opts_init(&how);
  if (job->options.few_tokens) how.tokens_per_column = 0;
  item->feedback = (quant_feedback){.held_tokens = quant_held_out(x.rows)};
  item->feedback.tokens = x.rows - item->feedback.held_tokens;
  lowp_status status = accumulate(job, &x, 0, item->feedback.tokens, &train);
  if (status == LOWP_OK) status = accumulate(job, &x, item->feedback.tokens, x.rows, &held);
  free(x.data);
  if (status == LOWP_OK && !quant_interrupted) status = lowp_gptq_create(&g, train, &how, &error);
  if (status == LOWP_OK && !quant_interrupted) status = run(job, item, opts, w, q, g, train, held, &error);
  lowp_gptq_destroy(g);
  lowp_hessian_destroy(train);
  lowp_hessian_destroy(held);
  if (quant_interrupted) return TOOL_INTERRUPTED;
  return status == LOWP_OK ? TOOL_OK : refuse(item, status, &error);
}
