/* SPDX-License-Identifier: Apache-2.0 */
/* measured_accum.c: sums that are worse than f32: which accumulator makes such errors. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/measured_internal.h"

#include <math.h>
#include <stdio.h>

enum { MOST_PRODUCTS = 1 << 17, LEAST_OUTPUTS = 64 };

/* Every `step`-th output of the sample: what models run on. */
static size_t step_of(const lowpi_sample *s) {
  size_t wanted = MOST_PRODUCTS / s->k;
  if (wanted < LEAST_OUTPUTS) wanted = LEAST_OUTPUTS;
  const size_t step = s->count <= wanted ? 1 : s->count / wanted;
  return step > 1 && s->cols % step == 0 ? step + 1 : step; /* not always the same columns */
}

/* rms of the excess of y, and of a model's results, whose bits are compared with y's. accum NULL: of y alone. */
static lowp_status excess(const lowpi_check *check, const lowp_accum *accum, double *rms, double *same) {
  const lowpi_sample *s = &check->sample;
  double sum = 0;
  size_t count = 0, equal = 0;
  for (size_t at = 0; at < s->count; at += step_of(s)) {
    double y = s->y[at];
    if (accum) {
      lowp_accum a = *accum;
      float value;
      a.out = s->out;
      const lowp_status status =
          lowp_accum_dot(&a, s->k, check->p.x + at / s->cols * s->k, check->p.w + at % s->cols * s->k, &value);
      if (status != LOWP_OK) return status;
      y = (double)value;
      equal += y == s->y[at];
    }
    const double e = fabs(y - check->p.c[at]) - lowpi_half_ulp(y, s->out);
    if (!isfinite(e)) continue;
    sum += e > 0 ? e * e : 0;
    count++;
  }
  *rms = count ? sqrt(sum / (double)count) : 0;
  *same = count ? (double)equal / (double)count : 0;
  return LOWP_OK;
}

/* The model whose errors are most like those of y: the one with all bits, or with an excess within a factor of 4. */
typedef struct likeness {
  const lowp_accum_info *model;
  double rms, same, distance,
      largest; /* its excess, equal outputs, |log2| of the ratio; the largest excess of any model */
} likeness;

static lowp_status most_alike(const lowpi_check *check, double observed, likeness *best) {
  *best = (likeness){.distance = INFINITY};
  for (size_t i = 0; lowp_accum_info_of(i); i++) {
    const lowp_accum_info *info = lowp_accum_info_of(i);
    double rms, same;
    const lowp_status status = excess(check, &info->accum, &rms, &same);
    if (status != LOWP_OK) return status;
    if (rms > best->largest) best->largest = rms;
    if (rms <= 8 * check->p.noise) continue; /* as good as f32 */
    const double distance = observed > 0 ? fabs(log2(observed / rms)) : INFINITY;
    if (same == 1 ? best->same == 1 && distance >= best->distance : best->same == 1 || distance >= best->distance)
      continue;
    best->model = info, best->rms = rms, best->same = same, best->distance = distance;
  }
  return LOWP_OK;
}

lowp_status lowpi_find_accumulator(lowpi_check *check, const lowpi_candidate *candidate, bool *found) {
  const lowp_accum *declared = check->desc->accum;
  const char *lhs = lowpi_format_name(candidate->lhs.scheme), *rhs = lowpi_format_name(candidate->rhs.scheme);
  double observed, of_declared = 0, same;
  likeness best;
  *found = false;
  lowp_status status = excess(check, NULL, &observed, &same);
  if (status == LOWP_OK && declared) status = excess(check, declared, &of_declared, &same);
  if (status != LOWP_OK) return status;
  if (declared && candidate->fit.excess <= 2 * of_declared) {
    *found = true;
    lowpi_report_add(check->report, LOWP_MEASURED_FORMAT, LOWP_VERDICT_CONSISTENT,
                     "the product in %s x %s; beyond its rounding the output is off by %.3g (rms), the declared "
                     "accumulator by %.3g",
                     lhs, rhs, candidate->fit.excess, of_declared);
    return LOWP_OK;
  }
  status = most_alike(check, observed, &best);
  if (status != LOWP_OK || candidate->fit.excess > 4 * best.largest) return status;
  char name[160] = "no model of accumulate.def is like it";
  if (best.model && (best.distance <= 2 || best.same == 1))
    snprintf(name, sizeof name, "accumulator '%.40s' is off by %.3g on the same data%s", best.model->name, best.rms,
             best.same == 1 ? ", and gives the same bits" : "");
  *found = true;
  lowpi_report_add(check->report, LOWP_MEASURED_ACCUMULATOR, LOWP_VERDICT_MISLABELLED,
                   "the product in %s x %s, but sums are not %s: beyond its rounding the output is off by %.3g (rms), "
                   "%.3g times what f32 sums allow; %s",
                   lhs, rhs, declared ? "those of the declared accumulator" : "f32", candidate->fit.excess,
                   check->p.noise > 0 ? candidate->fit.excess / (8 * check->p.noise) : INFINITY, name);
  return LOWP_OK;
}
