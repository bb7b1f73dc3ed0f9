/* SPDX-License-Identifier: Apache-2.0 */
/* A closer look at the worst tensors: their blocks, what outliers cost them, where in the matrix the error is, and why. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/theory.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tools/analyze.h"

/* --- what to look at ---------------------------------------------------------------------------------------------- */

/* The format recommended for most weights; where none is, the one that makes most of its bits. */
static size_t default_focus(const analyze_job *job) {
  size_t best = SIZE_MAX;
  double most = 0;
  for (size_t f = 0; f < job->format_count; f++) {
    double weights = 0;
    for (size_t i = 0; i < job->count; i++)
      if (job->tensors[i].kept == NULL && job->tensors[i].chosen == f) weights += job->tensors[i].weights;
    if (weights > most) most = weights, best = f;
  }
  for (size_t f = 0; best == SIZE_MAX && f < job->format_count; f++) {
    double value = analyze_effective_bits(&job->totals[f].stats) / analyze_bits(job->totals[f].bytes, job->weights);
    if (value > most) most = value, best = f;
  }
  return best == SIZE_MAX ? 0 : best;
}

static int choose_focus(analyze_job *job) {
  const char *name = job->options.focus;
  job->focus = job->measured == 0 ? SIZE_MAX : default_focus(job);
  if (name == NULL) return TOOL_OK;
  for (size_t f = 0; f < job->format_count; f++)
    if (job->formats[f].scheme == lowp_scheme_from_name(name)) {
      if (job->measured != 0) job->focus = f;
      return TOOL_OK;
    }
  return tool_fail(TOOL_USAGE, "--focus: '%s' is not one of the formats that are measured", tool_safe(name));
}

static const analyze_job *sorting;

static int by_nmse(const void *left, const void *right) {
  size_t a = *(const size_t *)left, b = *(const size_t *)right;
  double x = lowp_error_nmse(&sorting->tensors[a].results[sorting->focus].stats);
  double y = lowp_error_nmse(&sorting->tensors[b].results[sorting->focus].stats);
  return x > y ? -1 : x < y ? 1 : a < b ? -1 : 1;
}

/* --- the second pass ---------------------------------------------------------------------------------------------- */

static lowp_status measure_blocks(const analyze_job *job, const lowp_measure_job *measure, const lowp_view *x,
                                  analyze_detail *detail, lowp_error *error) {
  (void)job; /* of a build without OpenMP */
  size_t rows = lowp_error_chunk_rows(x->cols);
  long count = (long)((x->rows + rows - 1) / rows);
  lowp_status status = LOWP_OK;
  lowp_measurement_init(&detail->measurement);
  TOOL_OMP(omp parallel num_threads((int)job->options.quant.threads)) {
    lowp_measurement *part = tool_alloc(1, sizeof *part);
    TOOL_OMP(omp for ordered schedule(dynamic))
    for (long i = 0; i < count; i++) {
      size_t row0 = (size_t)i * rows, row1 = row0 + rows < x->rows ? row0 + rows : x->rows;
      lowp_error reason = {0};
      lowp_measurement_init(part);
      lowp_status one = lowp_measure_rows(measure, row0, row1, part, &reason);
      TOOL_OMP(omp ordered) {
        if (status == LOWP_OK && one != LOWP_OK) {
          status = one;
          *error = reason;
        }
        if (status == LOWP_OK) lowp_measure_merge(&detail->measurement, part);
      }
    }
    free(part);
  }
  return status;
}

enum { LEAST_COLS = 16 };

static lowp_status measure_grid(const analyze_job *job, const lowp_measure_job *measure, const lowp_view *x,
                                analyze_detail *detail, lowp_error *error) {
  size_t block = job->formats[job->focus].info->block_cols;
  size_t blocks = block > 1 ? (x->cols + block - 1) / block : x->cols;
  detail->grid_rows = x->rows < ANALYZE_GRID_ROWS ? x->rows : ANALYZE_GRID_ROWS;
  /* Fewer blocks than make a picture are shown in parts. */
  if (blocks < LEAST_COLS) blocks = x->cols;
  detail->grid_cols = blocks < ANALYZE_GRID_COLS ? blocks : ANALYZE_GRID_COLS;
  long count = (long)detail->grid_rows;
  lowp_status status = LOWP_OK;
  TOOL_OMP(omp parallel for schedule(dynamic) num_threads((int)job->options.quant.threads))
  for (long i = 0; i < count; i++) {
    lowp_error reason = {0};
    lowp_status one = lowp_measure_grid(measure, detail->grid_rows, detail->grid_cols, (size_t)i, (size_t)i + 1,
                                        detail->grid + (size_t)i * detail->grid_cols, &reason);
    TOOL_OMP(omp critical(lowp_analyze_grid))
    if (one != LOWP_OK) {
      status = one;
      *error = reason;
    }
  }
  return status;
}

static lowp_status measure_outliers(const analyze_job *job, const lowp_quant_opts *opts, const lowp_view *x,
                                    analyze_detail *detail, lowp_error *error) {
  const analyze_format *format = &job->formats[job->focus];
  if (format->info->block_rows == 0) return LOWP_OK;
  lowp_outlier_plan *plan = NULL;
  lowp_status status = lowp_outlier_plan_create(&plan, format->scheme, opts, NULL, x, error);
  if (status != LOWP_OK) return status;
  size_t rows = lowp_outlier_chunk_rows(plan);
  long count = (long)((x->rows + rows - 1) / rows);
  lowp_outlier_stats *total = tool_alloc(1, sizeof *total);
  lowp_outlier_stats_init(total);
  TOOL_OMP(omp parallel num_threads((int)job->options.quant.threads)) {
    lowp_outlier_stats *part = tool_alloc(1, sizeof *part);
    TOOL_OMP(omp for ordered schedule(dynamic))
    for (long i = 0; i < count; i++) {
      size_t row0 = (size_t)i * rows, row1 = row0 + rows < x->rows ? row0 + rows : x->rows;
      lowp_error reason = {0};
      lowp_outlier_stats_init(part);
      lowp_status one = lowp_outlier_measure_rows(plan, row0, row1, part, &reason);
      TOOL_OMP(omp ordered) {
        if (status == LOWP_OK && one != LOWP_OK) {
          status = one;
          *error = reason;
        }
        if (status == LOWP_OK) lowp_outlier_stats_merge(total, part);
      }
    }
    free(part);
  }
  if (status == LOWP_OK) status = lowp_outlier_summarize(total, &detail->outliers);
  detail->has_outliers = status == LOWP_OK;
  free(total);
  lowp_outlier_plan_destroy(plan);
  return status;
}

static int look_at(analyze_job *job, analyze_detail *detail) {
  const analyze_tensor *t = detail->tensor;
  lowp_view x = analyze_view(job, t);
  lowp_quant_opts opts = analyze_quant_opts(&job->formats[job->focus], t);
  lowp_measure_desc desc;
  lowp_measure_job *measure = NULL;
  lowp_error error = {0};
  lowp_measure_desc_init(&desc, &x);
  desc.scheme = job->formats[job->focus].scheme;
  desc.opts = &opts;
  lowp_status status = lowp_measure_begin(&measure, &desc, &error);
  if (status == LOWP_OK) status = measure_blocks(job, measure, &x, detail, &error);
  if (status == LOWP_OK) status = measure_grid(job, measure, &x, detail, &error);
  if (status == LOWP_OK) status = measure_outliers(job, &opts, &x, detail, &error);
  lowp_measure_end(measure);
  lowp_model_release(job->sources[t->source].model, t->index);
  if (status != LOWP_OK) return tool_fail_status(status, &error);
  analyze_explain(job, detail);
  return TOOL_OK;
}

int analyze_look_closer(analyze_job *job) {
  int code = choose_focus(job);
  if (code != TOOL_OK || job->measured == 0) return code;
  size_t *order = tool_alloc(job->count, sizeof *order), n = 0;
  for (size_t i = 0; i < job->count; i++)
    if (job->tensors[i].kept == NULL) order[n++] = i;
  sorting = job;
  qsort(order, n, sizeof *order, by_nmse);
  /* What is exact needs no reason. */
  while (n > 0 && lowp_error_nmse(&job->tensors[order[n - 1]].results[job->focus].stats) == 0) n--;
  if (n > job->options.worst) n = (size_t)job->options.worst;
  job->details = tool_alloc(n, sizeof *job->details);
  for (size_t i = 0; i < n && code == TOOL_OK; i++) {
    job->details[i].tensor = &job->tensors[order[i]];
    code = look_at(job, &job->details[i]);
    job->detail_count += code == TOOL_OK;
  }
  free(order);
  return code;
}

/* --- why ---------------------------------------------------------------------------------------------------------- */

/* Outliers explain a tensor where removing them would remove this share of its error. */
static const double outlier_share = 0.1;
/* The range is too small where this many times more weights are flushed than a Gaussian of the same crest factor has. */
static const double flush_excess = 1.5;
/* And where this share of the weights becomes zero: fewer small ones have no energy to lose. */
static const double flush_share = 0.05;
/* Scales and clipping: where more than this share of them is concerned. */
static const double worth_saying = 0.01;

static void find(analyze_detail *d, const char *kind, const char *format, ...) LOWP_PRINTF(3, 4);
static void find(analyze_detail *d, const char *kind, const char *format, ...) {
  if (d->finding_count == ANALYZE_FINDINGS) return;
  analyze_finding *f = &d->findings[d->finding_count++];
  va_list args;
  va_start(args, format);
  f->kind = kind;
  vsnprintf(f->text, sizeof f->text, format, args);
  va_end(args);
}

static double share(uint64_t part, uint64_t whole) { return whole != 0 ? (double)part / (double)whole : 0; }

void analyze_explain(const analyze_job *job, analyze_detail *d) {
  const analyze_format *format = &job->formats[job->focus];
  const lowp_measurement *m = &d->measurement;
  const lowp_outlier_summary *o = &d->outliers;
  double crest = lowp_measurement_crest(m), flushed = share(m->error.flushed, m->error.count);
  double clipped = share(m->error.clipped, m->error.count), saturated = share(m->scales_saturated, m->scales);
  double bottom = share(m->scales_bottom, m->scales);
  double lost = share(m->blocks_flushed, lowp_measurement_blocks_counted(m));
  lowp_theory_format theory;
  bool known = lowp_theory_format_of(format->info->element, &theory) == LOWP_OK;
  double expected = known ? lowp_theory_outlier_flushed(&theory, crest, 1) : NAN;
  if (d->has_outliers && o->error_share >= outlier_share)
    find(d, "outlier",
         "%.3g %% of blocks hold a value above 8 medians; without these the error would be %.3g %% less (A %.3g, D "
         "%.3g)",
         100 * share(o->outlier_blocks, o->blocks), 100 * o->error_share, o->a_mean, o->d_mean);
  if (saturated >= worth_saying)
    find(d, "scale", "%.3g %% of block scales are the largest there is, and clip", 100 * saturated);
  if (clipped >= worth_saying)
    find(d, "scale", "%.3g %% of weights lie beyond the largest code of their block, which --scale-rule changes",
         100 * clipped);
  if (bottom >= worth_saying)
    find(d, "range", "%.3g %% of block scales are the smallest there is: the tensor's amax leaves them no room",
         100 * bottom);
  if (lost >= worth_saying)
    find(d, "range", "%.3g %% of blocks become zero: they are too small beside the tensor's amax", 100 * lost);
  if (flushed >= flush_share && known && flushed > flush_excess * expected)
    find(d, "range", "%.3g %% of weights become zero; a Gaussian with this crest factor would lose %.2g %%",
         100 * flushed, 100 * expected);
  if (d->finding_count == 0)
    find(d, "even",
         "nothing stands out: crest factor %.3g, %.3g %% of weights become zero; the format has no more bits", crest,
         100 * flushed);
}
