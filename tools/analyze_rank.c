/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from the measurements: ranking and recommendation. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <stdlib.h>

#include "tools/analyze.h"

double analyze_bits(double bytes, double weights) { return weights > 0 ? 8 * bytes / weights : 0; }

double analyze_effective_bits(const lowp_error_stats *stats) { return lowp_error_qsnr_db(stats) / 6.02; }

size_t analyze_worst(const analyze_job *job, size_t f) {
  size_t worst = SIZE_MAX;
  for (size_t i = 0; i < job->count; i++) {
    if (job->tensors[i].kept != NULL) continue;
    if (worst == SIZE_MAX ||
        lowp_error_nmse(&job->tensors[i].results[f].stats) > lowp_error_nmse(&job->tensors[worst].results[f].stats))
      worst = i;
  }
  return worst;
}

/* Sizes that differ by less, such as by a tensor scale, are the same size. */
static const double same_size = 1.001;

static bool meets(const analyze_result *r, double db) {
  return !r->misfit && r->stats.y_nonfinite == 0 && lowp_error_qsnr_db(&r->stats) >= db;
}

size_t analyze_cheapest(const analyze_job *job, const analyze_tensor *t, double db) {
  double least = INFINITY;
  size_t best = SIZE_MAX;
  for (size_t f = 0; f < job->format_count; f++)
    if (meets(&t->results[f], db)) least = fmin(least, t->results[f].bytes);
  for (size_t f = 0; f < job->format_count; f++) {
    const analyze_result *r = &t->results[f];
    if (!meets(r, db) || r->bytes > least * same_size) continue;
    if (best == SIZE_MAX || lowp_error_nmse(&r->stats) < lowp_error_nmse(&t->results[best].stats)) best = f;
  }
  return best;
}

double analyze_mixture_bits(const analyze_job *job, double db, size_t *kept) {
  double bytes = 0;
  *kept = 0;
  for (size_t i = 0; i < job->count; i++) {
    const analyze_tensor *t = &job->tensors[i];
    if (t->kept != NULL) continue;
    size_t f = analyze_cheapest(job, t, db);
    *kept += f == SIZE_MAX;
    bytes += f != SIZE_MAX ? t->results[f].bytes : (double)t->tensor->nbytes;
  }
  return analyze_bits(bytes, job->weights);
}

static const analyze_job *sorting;

static int by_nmse(const void *left, const void *right) {
  size_t a = *(const size_t *)left, b = *(const size_t *)right;
  double x = lowp_error_nmse(&sorting->totals[a].stats), y = lowp_error_nmse(&sorting->totals[b].stats);
  return x < y ? -1 : x > y ? 1 : a < b ? -1 : 1;
}

void analyze_recommend(analyze_job *job) {
  job->ranking = tool_alloc(job->format_count, sizeof *job->ranking);
  for (size_t f = 0; f < job->format_count; f++) job->ranking[f] = f;
  sorting = job;
  qsort(job->ranking, job->format_count, sizeof *job->ranking, by_nmse);
  for (size_t i = 0; i < job->count; i++)
    if (job->tensors[i].kept == NULL)
      job->tensors[i].chosen = analyze_cheapest(job, &job->tensors[i], job->options.target.value);
}
