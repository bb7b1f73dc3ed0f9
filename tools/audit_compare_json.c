/* SPDX-License-Identifier: Apache-2.0 */
/* audit_compare_json.c: the comparison for programs. Numbers are in base units; null: not known, or does not fit. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <jansson.h>
#include <math.h>

#include "tools/audit_compare.h"

static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }
static void set(json_t *object, const char *key, json_t *value) { json_object_set_new(object, key, value); }
static json_t *whole(uint64_t value) { return value <= INT64_MAX ? json_integer((json_int_t)value) : json_null(); }

static json_t *figure(const lowp_figure *f) {
  if (f == NULL || f->grade == LOWP_GRADE_NONE) return json_null();
  return json_pack("{s:f, s:s, s:s?, s:s?, s:s?}", "value", f->value, "grade", lowp_grade_name(f->grade), "source",
                   f->source, "date", f->date, "note", f->note);
}

static json_t *chip(const compare_job *job, size_t c) {
  json_t *o = json_pack("{s:s}", "name", job->chips[c]->name), *peaks = json_object(), *matrix = json_object();
  for (int i = 0; i < LOWP_RATE_COUNT; i++)
    if (compare_peak(job, c, (lowp_rate)i) != NULL)
      set(peaks, lowp_rate_name((lowp_rate)i), figure(compare_peak(job, c, (lowp_rate)i)));
  set(o, "dense_peaks", peaks);
  for (int i = 0; i < LOWP_RATE_COUNT; i++)
    if (compare_matrix_peak(job, c, (lowp_rate)i) > 0)
      set(matrix, lowp_rate_name((lowp_rate)i), number(compare_matrix_peak(job, c, (lowp_rate)i)));
  set(o, "peaks_of_matrix_units", matrix);
  set(o, "bandwidth", figure(compare_bandwidth(job, c)));
  set(o, "memory", figure(&job->chips[c]->memory));
  set(o, "power", figure(&job->chips[c]->tdp));
  if (job->price[c] > 0) set(o, "price_per_hour", number(job->price[c]));
  set(o, "accumulator_bits", figure(&job->chips[c]->accumulator_bits));
  set(o, "accumulator_nmse", number(job->accumulator[c]));
  return o;
}

static json_t *way(const compare_way *w) {
  return json_pack("{s:s, s:b, s:s, s:o}", "format", lowp_number_format_name(w->format), "native", w->native,
                   "products", lowp_rate_name(w->rate), "nmse", number(w->nmse));
}

static json_t *point(const compare_job *job, size_t c, const compare_point *p) {
  json_t *o = json_object();
  const lowp_roofline_time *t = &p->time;
  set(o, "chip", json_integer((json_int_t)c));
  set(o, "way", way(&p->way));
  set(o, "batch", whole(p->batch));
  set(o, "fits", json_boolean(p->fits));
  set(o, "bounded", json_boolean(p->bounded));
  set(o, "chips_needed", whole(p->chips));
  set(o, "seconds", number(t->seconds));
  set(o, "tokens_per_second", number(t->tokens_per_second));
  set(o, "limit", json_string(t->compute_bound ? "compute" : "memory"));
  set(o, "limit_grade", json_string(compare_basis(job, c, p)));
  set(o, "bytes", number(t->bytes));
  set(o, "kv_bytes", number(t->kv_bytes));
  set(o, "flop", number(t->linear_flop + t->attention_flop));
  set(o, "experts_read", number(t->experts));
  if (job->price[c] > 0) set(o, "cost_per_million_tokens", number(compare_cost(job, c, p)));
  return o;
}

static json_t *points(const compare_job *job, bool prefill) {
  json_t *list = json_array();
  compare_row ways;
  for (size_t f = 0; compare_row_of(job, f, &ways); f++)
    for (size_t i = 0; i < (prefill ? 1 : job->batch_count); i++) {
      json_t *row = json_array();
      double speed[COMPARE_CHIPS];
      for (size_t c = 0; c < COMPARE_CHIPS; c++) {
        const compare_point p =
            prefill ? compare_prefill(job, c, ways.ways[c]) : compare_decode(job, c, ways.ways[c], job->batches[i]);
        speed[c] = p.bounded ? p.time.tokens_per_second : NAN;
        json_array_append_new(row, point(job, c, &p));
      }
      json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o}", "format", ways.name, "batch",
                                            prefill ? json_integer(1) : whole(job->batches[i]), "chips", row, "ratio",
                                            number(speed[0] / speed[1])));
    }
  return list;
}

static json_t *capacity(const compare_job *job) {
  json_t *list = json_array();
  for (size_t f = 0; f < job->format_count; f++)
    for (size_t c = 0; c < COMPARE_CHIPS; c++) {
      const compare_way w = compare_way_of(job, c, job->formats[f], compare_native(job->chips[c], job->formats[f]));
      const lowp_roofline_fit_result fit = compare_fit(job, c, w, 1);
      json_t *o = json_object();
      set(o, "chip", json_integer((json_int_t)c));
      set(o, "way", way(&w));
      set(o, "weight_bytes", number(fit.weight_bytes));
      set(o, "kv_bytes", number(fit.kv_bytes));
      set(o, "largest_batch", whole(fit.max_batch));
      set(o, "chips_needed", whole(fit.chips));
      set(o, "compute_bound_from_batch", whole(compare_crossover(job, c, w)));
      json_array_append_new(list, o);
    }
  return list;
}

static json_t *accuracy(const compare_job *job) {
  json_t *list = json_array();
  for (int f = 1; f < LOWP_NUMBER_FORMAT_COUNT; f++) {
    const lowp_number_format format = (lowp_number_format)f;
    const double *nmse = job->accuracy.nmse[f];
    if (audit_scheme(format) == LOWP_SCHEME_NONE) continue;
    json_t *o = json_object();
    set(o, "format", json_string(lowp_number_format_name(format)));
    set(o, "scheme", json_string(lowp_scheme_info_of(audit_scheme(format))->name));
    set(o, "bits", number(lowp_number_format_stored_bits(format)));
    set(o, "nmse_gaussian", number(nmse[AUDIT_NORMAL]));
    set(o, "nmse_laplace", number(nmse[AUDIT_LAPLACE]));
    set(o, "nmse_tensors", number(nmse[AUDIT_TENSORS]));
    set(o, "product_nmse_weights_alone",
        number(audit_output_nmse(&job->accuracy, job->law, format, LOWP_NUMBER_FORMAT_BF16)));
    set(o, "product_nmse", number(audit_output_nmse(&job->accuracy, job->law, format, format)));
    json_array_append_new(list, o);
  }
  return list;
}

static json_t *best(const compare_job *job) {
  json_t *list = json_array();
  for (size_t i = 0; i <= job->batch_count; i++) {
    const uint64_t batch = i == job->batch_count ? 0 : job->batches[i];
    json_t *row = json_array();
    double speed[COMPARE_CHIPS];
    for (size_t c = 0; c < COMPARE_CHIPS; c++) {
      const compare_best b = compare_best_of(job, c, batch);
      speed[c] = b.found ? b.tokens_per_second : NAN;
      json_array_append_new(row, !b.found ? json_null()
                                          : json_pack("{s:o, s:o, s:f, s:f, s:f}", "fast", way(&b.fast), "fine",
                                                      way(&b.fine), "share_in_fine", b.share, "seconds", b.seconds,
                                                      "tokens_per_second", b.tokens_per_second));
    }
    json_array_append_new(list,
                          json_pack("{s:s, s:o, s:o, s:o}", "phase", batch == 0 ? "prefill" : "decode", "batch",
                                    whole(batch == 0 ? 1 : batch), "chips", row, "ratio", number(speed[0] / speed[1])));
  }
  return list;
}

bool compare_json(const compare_job *job, FILE *out) {
  json_t *o = json_object(), *model = json_object();
  set(model, "name", json_string(job->model_name));
  set(model, "source", json_string(job->model_source));
  set(model, "parameters", number(lowp_roofline_model_total(&job->model)));
  set(model, "active", number(lowp_roofline_model_active(&job->model)));
  set(model, "counts_only", json_boolean(job->counts_only));
  set(o, "chips", json_pack("[o, o]", chip(job, 0), chip(job, 1)));
  set(o, "count", whole(job->options.count));
  set(o, "model", model);
  set(o, "context", whole(job->options.context));
  set(o, "margin_percent", number(job->options.margin.value));
  set(o, "experts", json_string(job->options.same_experts ? "the same for all tokens" : "chosen evenly"));
  set(o, "cache", json_string(lowp_number_format_name(job->kv)));
  set(o, "rates", json_string(job->options.achieved ? "measured where known" : "claimed"));
  set(o, "decode", points(job, false));
  set(o, "prefill", points(job, true));
  set(o, "capacity", capacity(job));
  set(o, "accuracy", accuracy(job));
  set(o, "accuracy_decided_by", json_string(audit_law_names[job->law]));
  if (job->options.weights != NULL)
    set(o, "weights",
        json_pack("{s:s, s:I, s:f}", "file", job->options.weights, "matrices", (json_int_t)job->accuracy.tensors,
                  "count", job->accuracy.weights));
  set(o, "target_nmse", number(job->target));
  set(o, "equal_accuracy", best(job));
  const bool printed = json_dumpf(o, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
  json_decref(o);
  return printed;
}
