/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quant_guard.c: --target-bpw: which tensors stay in 16 bits under a budget of bits per weight. The budget is over the
 * tensors that the rules would quantize; what an ignore list keeps does not count. A tensor's benefit is its sensitivity
 * (tools/guard.h), a ratio: the noise of every layer reaches the output of the model, however few weights the layer has.
 * Layers that engines fuse stay together; theirs is the sum.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/calib.h>
#include <math.h>
#include <stdlib.h>

#include "tools/quant.h"

/* Tensors that are decided about together. */
typedef struct unit {
  size_t first; /* of its items */
  double benefit, cost;
  bool must; /* --min-qsnr would fail */
} unit;

static tool_guard_by criterion(const quant_job *job) {
  if (job->options.guard_by >= 0) return (tool_guard_by)job->options.guard_by;
  return job->options.calib != NULL ? TOOL_GUARD_HESSIAN : TOOL_GUARD_DAMAGE;
}

static int sensitivity(quant_job *job, quant_item *item, const lowp_qtensor *q) {
  quant_matrix x = {0};
  lowp_error error = {0};
  const tool_guard_by by = criterion(job);
  int code = quant_prepare(job, item);
  if (code == TOOL_OK && tool_guard_needs_activations(by)) code = quant_activations_of(job, item, &x);
  if (code == TOOL_OK) {
    const lowp_view w = quant_view_of(job, item), v = lowp_view_of(LOWP_F32, x.rows, x.cols, x.data);
    const lowp_status status = tool_guard_measure(by, &w, q, &v, &item->sensitivity, &error);
    if (status != LOWP_OK)
      code = tool_fail(tool_exit_of(status), "tensor '%s': guard rails: %s", tool_safe(item->tensor->name),
                       error.text[0] != 0 ? error.text : lowp_status_text(status));
  }
  free(x.data);
  return code;
}

/* What quantizing it plainly, with the search and transforms that were asked for, costs: its sensitivity, and QSNR. */
static int measure(quant_job *job, quant_item *item, double *qsnr) {
  lowp_qtensor *q;
  const bool gptq = job->options.gptq;
  job->options.gptq = false;
  int code = quant_make(job, item, &q);
  job->options.gptq = gptq;
  if (code != TOOL_OK) return code;
  *qsnr = item->stats.y_nonfinite == 0 ? lowp_error_qsnr_db(&item->stats) : -INFINITY;
  code = sensitivity(job, item, q);
  quant_unprepare(item);
  lowp_model_release(job->model, item->index);
  lowp_qtensor_destroy(q);
  item->done = false;
  lowp_error_stats_init(&item->stats);
  return code;
}

static bool wide(const quant_item *item) { return lowp_dtype_bits(item->tensor->dtype) > 16; }

static bool takes_part(const quant_item *item) {
  return item->scheme != LOWP_SCHEME_NONE && lowp_scheme_info_of(item->scheme)->family != LOWP_FAMILY_CAST;
}

/* The unit an item belongs to: that of the first of its fused layers. */
static size_t first_of(const quant_job *job, size_t i) {
  const quant_item *item = &job->items[i];
  for (size_t k = 0; item->group != SIZE_MAX && k < i; k++)
    if (job->items[k].group == item->group && takes_part(&job->items[k])) return k;
  return i;
}

static int keep(quant_job *job, quant_item *item, const unit *u) {
  lowp_layout_plan_destroy(item->plan);
  item->plan = NULL;
  item->fused = SIZE_MAX;
  item->guarded = true;
  item->activations = SIZE_MAX;
  quant_name_extras(job); /* none for this one */
  if (!wide(item)) {
    item->scheme = LOWP_SCHEME_NONE;
    item->reason = tool_format("guard rail: %s", u->must ? "--min-qsnr" : "--target-bpw");
    item->stored = item->tensor->nbytes;
    return TOOL_OK;
  }
  item->scheme = LOWP_SCHEME_BF16_CAST;
  int code = quant_plan_item(job, item);
  if (item->plan != NULL) item->stored = item->plan->nbytes;
  return code;
}

static int no_room(const quant_job *job, const unit *units, size_t count, double need, double weights) {
  size_t must = 0;
  const char *name = "";
  for (size_t i = 0; i < count; i++) {
    if (units[i].must && must++ == 0) name = tool_safe(job->items[units[i].first].tensor->name);
  }
  return tool_fail(
      TOOL_ACCURACY,
      "--min-qsnr %g would keep '%s' and %zu more in 16 bits, which takes %.3f bits per weight; --target-bpw "
      "allows %g",
      job->options.min_qsnr.value, name, must - 1, need / weights, job->options.target_bpw.value);
}

static int select_units(quant_job *job, const unit *units, size_t count, double base, double weights, uint8_t *kept) {
  const double budget = job->options.target_bpw.value * weights - base;
  double *benefit = tool_alloc(count, sizeof *benefit), *cost = tool_alloc(count, sizeof *cost), must = 0;
  int code = TOOL_OK;
  for (size_t i = 0; i < count; i++) must += units[i].must ? units[i].cost : 0;
  if (budget < 0)
    code = tool_fail(TOOL_CONSTRAINT, "--target-bpw %g: the formats alone take %.3f bits per weight",
                     job->options.target_bpw.value, base / weights);
  else if (must > budget)
    code = no_room(job, units, count, base + must, weights);
  for (size_t i = 0; i < count; i++) {
    benefit[i] = units[i].must ? 0 : units[i].benefit;
    cost[i] = units[i].cost;
  }
  if (code == TOOL_OK && lowp_guard_select(count, benefit, cost, budget - must, kept) != LOWP_OK)
    code = tool_fail(TOOL_INTERNAL, "--target-bpw: no choice could be made");
  for (size_t i = 0; i < count; i++) kept[i] = (uint8_t)(kept[i] || units[i].must);
  free(benefit);
  free(cost);
  return code;
}

int quant_guard(quant_job *job) {
  if (!job->options.target_bpw.given) return TOOL_OK;
  if (job->options.guard == QUANT_GUARD_COLUMNS) return quant_guard_columns(job);
  unit *units = tool_alloc(job->count, sizeof *units);
  size_t *of = tool_alloc(job->count, sizeof *of), count = 0;
  double base = 0, weights = 0;
  int code = TOOL_OK;
  job->guard_by = tool_guard_names[criterion(job)];
  job->progress = tool_progress_start(job->options.progress, job->count, job->bytes_in);
  for (size_t i = 0; i < job->count && code == TOOL_OK; i++) {
    quant_item *item = &job->items[i];
    double qsnr = 0;
    if (!takes_part(item)) continue;
    const size_t first = first_of(job, i);
    if (first == i) {
      of[i] = count;
      units[count++] = (unit){.first = i};
    } else {
      of[i] = of[first];
    }
    unit *u = &units[of[i]];
    const double n = (double)item->tensor->rows * (double)item->tensor->cols, bits = 8 * (double)item->stored;
    tool_progress_begin(job->progress, item->tensor->name);
    code = quant_interrupted ? TOOL_INTERRUPTED : measure(job, item, &qsnr);
    u->benefit += item->sensitivity;
    u->cost += 16 * n - bits;
    u->must = u->must || (job->options.min_qsnr.given && !(qsnr >= job->options.min_qsnr.value));
    base += bits;
    weights += n;
  }
  tool_progress_end(job->progress);
  job->progress = NULL;
  /* Formats of 16 bits and more have nothing to gain. */
  for (size_t i = 0; i < count; i++)
    if (!(units[i].cost > 0)) units[i].cost = 1, units[i].benefit = 0;
  uint8_t *kept = tool_alloc(count + 1, 1);
  if (code == TOOL_OK && count != 0) code = select_units(job, units, count, base, weights, kept);
  double after = base;
  for (size_t i = 0; i < job->count && code == TOOL_OK && count != 0; i++) {
    quant_item *item = &job->items[i];
    if (!takes_part(item) || !kept[of[i]]) continue;
    const double n = (double)item->tensor->rows * (double)item->tensor->cols;
    after += 16 * n - 8 * (double)item->stored;
    code = keep(job, item, &units[of[i]]);
    job->guarded++;
  }
  job->recipes[LOWP_SCHEME_BF16_CAST].used = false; /* unless it is in the file */
  for (size_t i = 0; i < job->count; i++)
    if (job->items[i].scheme == LOWP_SCHEME_BF16_CAST) job->recipes[LOWP_SCHEME_BF16_CAST].used = true;
  if (weights > 0) job->guard_bpw = after / weights;
  free(kept);
  free(units);
  free(of);
  return code;
}
