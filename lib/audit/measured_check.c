/* SPDX-License-Identifier: Apache-2.0 */
/* measured_check.c: the verdict on an output, by candidates in the order that measured.h gives. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/measured_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

const char *lowp_measured_kind_name(lowp_measured_kind kind) {
  static const char *const names[LOWP_MEASURED_KINDS] = {
      "format",    "rules",        "other-format",   "accumulator",     "pruned-weights", "skipped-blocks",
      "scaled",    "other-output", "outside-sample", "nonfinite",       "trivial-input",  "checksum",
      "no-output", "rate",         "sparse-rate",    "impossible-rate", "no-peak"};
  return (unsigned)kind < LOWP_MEASURED_KINDS ? names[kind] : "?";
}

void lowp_measured_report_init(lowp_measured_report *report) {
  *report = (lowp_measured_report){.struct_size = sizeof *report};
}

void lowp_measured_desc_init(lowp_measured_desc *desc) { *desc = (lowp_measured_desc){.struct_size = sizeof *desc}; }

static int about_speed(lowp_measured_kind kind) { return kind >= LOWP_MEASURED_RATE; }

void lowpi_report_add(lowp_measured_report *report, lowp_measured_kind kind, lowp_verdict verdict, const char *format,
                      ...) {
  if (report->count == LOWP_MEASURED_FINDINGS) return;
  lowp_measured_finding *f = &report->finding[report->count++];
  va_list list;
  f->kind = kind;
  f->verdict = verdict;
  va_start(list, format);
  vsnprintf(f->text, sizeof f->text, format, list);
  va_end(list);
  bool judged = false;
  for (size_t i = 0; i < report->count; i++) judged = judged || !about_speed(report->finding[i].kind);
  report->verdict = LOWP_VERDICT_CONSISTENT;
  for (size_t i = 0; i < report->count; i++) {
    const bool counts = report->finding[i].kind != LOWP_MEASURED_NO_PEAK || !judged;
    if (counts && report->finding[i].verdict > report->verdict) report->verdict = report->finding[i].verdict;
  }
}

static lowp_status check_view(const lowp_view *v, const char *name, lowp_error *error) {
  if (!v || v->struct_size != sizeof *v) return lowpi_fail(error, LOWP_E_ARGUMENT, "%s is missing", name);
  const lowp_status status = lowp_view_check(v);
  if (status != LOWP_OK) return lowpi_fail(error, status, "%s is not a readable matrix", name);
  if (v->rows == 0 || v->cols == 0) return lowpi_fail(error, LOWP_E_SHAPE, "%s is empty", name);
  return LOWP_OK;
}

static lowp_status check_desc(const lowp_measured_desc *d, lowp_error *error) {
  if (!d || d->struct_size != sizeof *d) return lowpi_fail(error, LOWP_E_ARGUMENT, "unknown description");
  const lowp_view *views[] = {d->x, d->w, d->y};
  static const char *const names[] = {"x", "w", "y"};
  for (int i = 0; i < 3; i++) {
    const lowp_status status = check_view(views[i], names[i], error);
    if (status != LOWP_OK) return status;
  }
  size_t bytes;
  if (d->w->cols != d->x->cols || d->y->rows != d->x->rows || d->y->cols != d->w->rows)
    return lowpi_fail(error, LOWP_E_SHAPE, "x [%zu, %zu], w [%zu, %zu] and y [%zu, %zu] do not go together", d->x->rows,
                      d->x->cols, d->w->rows, d->w->cols, d->y->rows, d->y->cols);
  if (!lowpi_mul(d->x->cols, 2 * sizeof(double) * 4096, &bytes))
    return lowpi_fail(error, LOWP_E_SHAPE, "k = %zu is too large", d->x->cols);
  const lowp_scheme schemes[] = {d->lhs, d->rhs};
  const lowp_quant_opts *opts[] = {d->lhs_opts, d->rhs_opts};
  for (int i = 0; i < 2; i++) {
    if (schemes[i] != LOWP_SCHEME_NONE && !lowp_scheme_info_of(schemes[i]))
      return lowpi_fail(error, LOWP_E_ARGUMENT, "unknown scheme %d", (int)schemes[i]);
    const lowp_status status =
        opts[i] && schemes[i] != LOWP_SCHEME_NONE ? lowp_quant_opts_check(opts[i], schemes[i], error) : LOWP_OK;
    if (status != LOWP_OK) return status;
  }
  if (d->lhs == LOWP_SCHEME_FP8_BLOCK128)
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, "activations in blocks of 128 x 128 are not a format of lhs");
  for (int i = 0; i < 2; i++) {
    float amax;
    uint64_t nonfinite = 0;
    const lowp_status status = lowp_measure_amax(views[i], 0, views[i]->rows, &amax, &nonfinite);
    if (status != LOWP_OK) return lowpi_fail(error, status, "%s cannot be read", names[i]);
    if (nonfinite) return lowpi_fail(error, LOWP_E_NONFINITE, "%s has NaN or Inf: nothing is proven by it", names[i]);
  }
  return d->accum ? lowp_accum_check(d->accum, error) : LOWP_OK;
}

static bool same_formats(const lowp_measured_desc *d, const lowpi_candidate *c) {
  return c->lhs.scheme == d->lhs && c->rhs.scheme == d->rhs && c->rhs.prune == LOWPI_PRUNE_NONE;
}

static const char *type_name(lowp_element e) { return e == LOWP_BF16 ? "bf16" : e == LOWP_FP16 ? "fp16" : "f32"; }

/* "mxfp4 x mxfp4 (scale rule ceil)" */
static const char *pair_text(const lowpi_candidate *c, char text[256]) {
  char lhs[96], rhs[96];
  snprintf(text, 256, "%s%s x %s%s", lowpi_format_name(c->lhs.scheme), lowpi_spec_text(&c->lhs, lhs),
           lowpi_format_name(c->rhs.scheme), lowpi_spec_text(&c->rhs, rhs));
  return text;
}

static const char *numbers_text(const lowpi_check *check, const lowpi_fit *fit, char text[200]) {
  snprintf(text, 200,
           "%zu outputs, taken for %s: largest error %.2g of its bound, rms beyond rounding %.2g of that of f32 sums",
           fit->count, type_name(check->sample.out), fit->bound_ratio,
           check->p.noise > 0 ? fit->excess / check->p.noise
           : fit->excess > 0  ? INFINITY
                              : 0.0);
  return text;
}

/* What was found fits. */
static lowp_status report_pass(lowpi_check *check, const lowpi_candidate *best, lowp_measured_kind kind) {
  char pair[256], numbers[200], twin[96];
  lowpi_fit again;
  bool outside;
  lowp_status status;
  numbers_text(check, &best->fit, numbers);
  pair_text(best, pair);
  if (kind == LOWP_MEASURED_FORMAT || kind == LOWP_MEASURED_RULES) {
    if ((status = lowpi_search_twins(check, best, twin)) != LOWP_OK) return status;
    if (*twin) {
      lowpi_report_add(check->report, LOWP_MEASURED_TRIVIAL_INPUT, LOWP_VERDICT_UNVERIFIABLE,
                       "the output is the product in %s, but that in %s fits as well: on these inputs the formats give "
                       "the same, and nothing is proven. Take inputs that formats round, as normal numbers",
                       pair, twin);
      return LOWP_OK;
    }
  }
  if ((status = lowpi_try(check, &best->lhs, &best->rhs, &again)) != LOWP_OK) return status;
  if (kind == LOWP_MEASURED_FORMAT || kind == LOWP_MEASURED_RULES)
    lowpi_report_add(check->report, kind, LOWP_VERDICT_CONSISTENT, "the product in %s; %s", pair, numbers);
  else if (kind == LOWP_MEASURED_PRUNED_WEIGHTS)
    lowpi_report_add(check->report, kind, check->desc->sparse ? LOWP_VERDICT_CONSISTENT : LOWP_VERDICT_MISLABELLED,
                     "the product in %s with the two smallest of every four weights along k left out: half of the "
                     "multiplications; %s",
                     pair, numbers);
  else
    lowpi_report_add(check->report, kind, LOWP_VERDICT_MISLABELLED,
                     "the product in %s, not in %s x %s, from which it differs by NMSE %.3g; %s", pair,
                     lowpi_format_name(check->desc->lhs), lowpi_format_name(check->desc->rhs),
                     check->report->nmse_declared, numbers);
  return lowpi_find_outside(check, best, &outside);
}

/* The product in check->p times a number. */
static bool find_scaled(lowpi_check *check, const lowpi_candidate *candidate) {
  const lowpi_sample *s = &check->sample;
  double yc = 0, cc = 0, yy = 0;
  char pair[256];
  for (size_t i = 0; i < s->count; i++) {
    if (!isfinite(s->y[i]) || !isfinite(check->p.c[i])) continue;
    yc += s->y[i] * check->p.c[i];
    cc += check->p.c[i] * check->p.c[i];
    yy += s->y[i] * s->y[i];
  }
  if (!(cc > 0) || !(yy > 0)) return false;
  const double a = yc / cc, left = 1 - yc * yc / cc / yy; /* of the energy, after scaling */
  if (left > 1e-4 || fabs(a - 1) < 0.01) return false;
  lowpi_report_add(check->report, LOWP_MEASURED_SCALED, LOWP_VERDICT_INCONSISTENT,
                   "%.5g times the product in %s; what is left differs by NMSE %.2g", a, pair_text(candidate, pair),
                   left > 0 ? left : 0);
  return true;
}

static void report_other(lowpi_check *check, const lowpi_candidate *nearest) {
  char pair[256];
  lowpi_report_add(check->report, LOWP_MEASURED_OTHER_OUTPUT, LOWP_VERDICT_INCONSISTENT,
                   "not the product in %s x %s (NMSE %.3g, largest error %.3g times its bound), nor any other that is "
                   "known: nearest is %s, NMSE %.3g",
                   lowpi_format_name(check->desc->lhs), lowpi_format_name(check->desc->rhs),
                   check->report->nmse_declared, check->report->bound_ratio, pair_text(nearest, pair),
                   nearest->fit.nmse);
}

/* No candidate fits: blocks, then accumulators, on the nearest candidates. */
static lowp_status explain(lowpi_check *check, const lowpi_candidate *declared, const lowpi_candidate *nearest) {
  const lowpi_spec bf16 = lowpi_spec_of(LOWP_SCHEME_BF16_CAST, false);
  lowpi_candidate bases[] = {*declared, *nearest, {.lhs = bf16, .rhs = bf16}};
  bool found = false;
  lowp_status status = LOWP_OK;
  for (size_t i = 0; i < 3 && status == LOWP_OK && !found; i++) {
    status = lowpi_try(check, &bases[i].lhs, &bases[i].rhs, &bases[i].fit);
    if (status == LOWP_OK) found = find_scaled(check, &bases[i]);
    if (status == LOWP_OK && !found) status = lowpi_find_blocks(check, &bases[i], &found);
  }
  if (status != LOWP_OK || found) return status;
  lowpi_fit fit;
  status = lowpi_try(check, &nearest->lhs, &nearest->rhs, &fit);
  if (status == LOWP_OK) status = lowpi_find_accumulator(check, nearest, &found);
  if (status != LOWP_OK) return status;
  if (!found) {
    report_other(check, nearest);
  } else {
    char pair[256];
    if (!same_formats(check->desc, nearest))
      lowpi_report_add(check->report, LOWP_MEASURED_OTHER_FORMAT, LOWP_VERDICT_MISLABELLED,
                       "nearer to the product in %s (NMSE %.3g) than to that in %s x %s (%.3g)",
                       pair_text(nearest, pair), nearest->fit.nmse, lowpi_format_name(check->desc->lhs),
                       lowpi_format_name(check->desc->rhs), check->report->nmse_declared);
    status = lowpi_find_outside(check, nearest, &found);
  }
  return status;
}

static lowp_status judge(lowpi_check *check) {
  const lowp_measured_desc *d = check->desc;
  lowpi_candidate best = {.lhs = lowpi_spec_of(d->lhs, false), .rhs = lowpi_spec_of(d->rhs, false)};
  if (d->lhs_opts && d->lhs != LOWP_SCHEME_NONE) best.lhs.opts = *d->lhs_opts;
  if (d->rhs_opts && d->rhs != LOWP_SCHEME_NONE) best.rhs.opts = *d->rhs_opts;
  lowp_measured_report *r = check->report;
  lowp_status status = lowpi_try(check, &best.lhs, &best.rhs, &best.fit);
  if (status != LOWP_OK) return status;
  const lowpi_fit first = best.fit;
  r->nmse_declared = first.nmse;
  r->bound_ratio = first.bound_ratio;
  lowp_measured_kind kind = LOWP_MEASURED_FORMAT;
  const lowpi_candidate declared = best;
  if (first.nonfinite > 0) {
    lowpi_report_add(r, LOWP_MEASURED_NONFINITE, LOWP_VERDICT_INCONSISTENT,
                     "%zu of %zu outputs looked at are NaN or Inf where the product is finite: an overflow, or never "
                     "computed",
                     first.nonfinite, check->sample.count);
  } else if (!best.fit.pass) {
    kind = LOWP_MEASURED_RULES;
    status = lowpi_search_rules(check, &best);
    lowpi_candidate other = declared;
    if (status == LOWP_OK && !best.fit.pass) status = lowpi_search_formats(check, &other);
    if (status == LOWP_OK && !best.fit.pass && !other.fit.pass && !same_formats(d, &other))
      status = lowpi_search_rules(check, &other);
    if (!best.fit.pass && (other.fit.pass || other.fit.nmse < best.fit.nmse)) best = other;
    if (!same_formats(d, &best)) kind = LOWP_MEASURED_OTHER_FORMAT;
    if (best.rhs.prune) kind = LOWP_MEASURED_PRUNED_WEIGHTS;
  }
  if (status != LOWP_OK) return status;
  r->lhs = best.lhs.scheme;
  r->rhs = best.rhs.scheme;
  r->nmse_nearest = best.fit.nmse;
  if (best.fit.pass) r->bound_ratio = best.fit.bound_ratio;
  if (first.nonfinite == 0) status = best.fit.pass ? report_pass(check, &best, kind) : explain(check, &declared, &best);
  r->f32_ratio = best.fit.excess > 0 ? best.fit.excess / check->p.noise : 0;
  return status;
}

lowp_status lowp_measured_check_output(const lowp_measured_desc *desc, lowp_measured_report *report,
                                       lowp_error *error) {
  if (!report || report->struct_size != sizeof *report)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "the report was not initialised");
  lowp_status status = check_desc(desc, error);
  if (status != LOWP_OK) return status;
  lowp_measured_report result = *report;
  lowp_error local = {.status = LOWP_OK};
  lowpi_check check = {.desc = desc, .report = &result, .error = &local};
  status = lowpi_sample_make(&check.sample, desc);
  result.sample_rows = check.sample.rows;
  result.sample_cols = check.sample.cols;
  result.out = check.sample.out;
  if (status == LOWP_OK) status = judge(&check);
  lowpi_product_free(&check.p);
  lowpi_sample_free(&check.sample);
  if (status != LOWP_OK)
    return lowpi_fail(error, status, "%s", local.status ? local.text : "no memory for the check of an output");
  *report = result;
  return LOWP_OK;
}
