/* SPDX-License-Identifier: Apache-2.0 */
/* audit_compare_json.c: the comparison for programs. Numbers are in base units; null: not known, or does not fit. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>

#include "tools/audit_compare.h"
#include "tools/json_out.h"

static json_t *figure(const lowp_figure *f) {
  if (f == NULL || f->grade == LOWP_GRADE_NONE) return json_null();
  return json_pack("{s:f, s:s, s:s?, s:s?, s:s?}", "value", f->value, "grade", lowp_grade_name(f->grade), "source",
                   f->source, "date", f->date, "note", f->note);
}

static json_t *chip(const compare_job *job, size_t c) {
  json_t *o = json_pack("{s:s}", "name", job->chips[c]->name), *peaks = json_object(), *matrix = json_object();
  for (int i = 0; i < LOWP_RATE_COUNT; i++)
    if (compare_peak(job, c, (lowp_rate)i) != NULL)
      tool_set(peaks, lowp_rate_name((lowp_rate)i), figure(compare_peak(job, c, (lowp_rate)i)));
  tool_set(o, "dense_peaks", peaks);
  for (int i = 0; i < LOWP_RATE_COUNT; i++)
    if (compare_matrix_peak(job, c, (lowp_rate)i) > 0)
      tool_set(matrix, lowp_rate_name((lowp_rate)i), tool_number(compare_matrix_peak(job, c, (lowp_rate)i)));
  tool_set(o, "peaks_of_matrix_units", matrix);
  tool_set(o, "bandwidth", figure(compare_bandwidth(job, c)));
  tool_set(o, "memory", figure(&job->chips[c]->memory));
  tool_set(o, "power", figure(&job->chips[c]->tdp));
  if (job->price[c] > 0) tool_set(o, "price_per_hour", tool_number(job->price[c]));
  tool_set(o, "accumulator_bits", figure(&job->chips[c]->accumulator_bits));
  tool_set(o, "accumulator_nmse", tool_number(job->accumulator[c]));
  return o;
}

static json_t *way(const compare_way *w) {
  return json_pack("{s:s, s:b, s:s, s:o}", "format", lowp_number_format_name(w->format), "native", w->native,
                   "products", lowp_rate_name(w->rate), "nmse", tool_number(w->nmse));
}

static json_t *point(const compare_job *job, size_t c, const compare_point *p) {
  json_t *o = json_object();
  const lowp_roofline_time *t = &p->time;
  tool_set(o, "chip", json_integer((json_int_t)c));
  tool_set(o, "way", way(&p->way));
  tool_set(o, "batch", tool_count(p->batch));
  tool_set(o, "fits", json_boolean(p->fits));
  tool_set(o, "bounded", json_boolean(p->bounded));
  tool_set(o, "chips_needed", tool_count(p->chips));
  tool_set(o, "seconds", tool_number(t->seconds));
  tool_set(o, "tokens_per_second", tool_number(t->tokens_per_second));
  tool_set(o, "limit", json_string(t->compute_bound ? "compute" : "memory"));
  tool_set(o, "limit_grade", json_string(compare_basis(job, c, p)));
  tool_set(o, "bytes", tool_number(t->bytes));
  tool_set(o, "kv_bytes", tool_number(t->kv_bytes));
  tool_set(o, "flop", tool_number(t->linear_flop + t->attention_flop));
  tool_set(o, "experts_read", tool_number(t->experts));
  if (job->price[c] > 0) tool_set(o, "cost_per_million_tokens", tool_number(compare_cost(job, c, p)));
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
                                            prefill ? json_integer(1) : tool_count(job->batches[i]), "chips", row,
                                            "ratio", tool_number(speed[0] / speed[1])));
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
      tool_set(o, "chip", json_integer((json_int_t)c));
      tool_set(o, "way", way(&w));
      tool_set(o, "weight_bytes", tool_number(fit.weight_bytes));
      tool_set(o, "kv_bytes", tool_number(fit.kv_bytes));
      tool_set(o, "largest_batch", tool_count(fit.max_batch));
      tool_set(o, "chips_needed", tool_count(fit.chips));
      tool_set(o, "compute_bound_from_batch", tool_count(compare_crossover(job, c, w)));
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
    tool_set(o, "format", json_string(lowp_number_format_name(format)));
    tool_set(o, "scheme", json_string(lowp_scheme_info_of(audit_scheme(format))->name));
    tool_set(o, "bits", tool_number(lowp_number_format_stored_bits(format)));
    tool_set(o, "nmse_gaussian", tool_number(nmse[AUDIT_NORMAL]));
    tool_set(o, "nmse_laplace", tool_number(nmse[AUDIT_LAPLACE]));
    tool_set(o, "nmse_tensors", tool_number(nmse[AUDIT_TENSORS]));
    tool_set(o, "product_nmse_weights_alone",
             tool_number(audit_output_nmse(&job->accuracy, job->law, format, LOWP_NUMBER_FORMAT_BF16)));
    tool_set(o, "product_nmse", tool_number(audit_output_nmse(&job->accuracy, job->law, format, format)));
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
    json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o}", "phase", batch == 0 ? "prefill" : "decode", "batch",
                                          tool_count(batch == 0 ? 1 : batch), "chips", row, "ratio",
                                          tool_number(speed[0] / speed[1])));
  }
  return list;
}

bool compare_json(const compare_job *job, FILE *out) {
  json_t *o = json_object(), *model = json_object();
  tool_set(model, "name", json_string(job->model_name));
  tool_set(model, "source", json_string(job->model_source));
  tool_set(model, "parameters", tool_number(lowp_roofline_model_total(&job->model)));
  tool_set(model, "active", tool_number(lowp_roofline_model_active(&job->model)));
  tool_set(model, "counts_only", json_boolean(job->counts_only));
  tool_set(o, "chips", json_pack("[o, o]", chip(job, 0), chip(job, 1)));
  tool_set(o, "count", tool_count(job->options.count));
  tool_set(o, "model", model);
  tool_set(o, "context", tool_count(job->options.context));
  tool_set(o, "margin_percent", tool_number(job->options.margin.value));
  tool_set(o, "experts", json_string(job->options.same_experts ? "the same for all tokens" : "chosen evenly"));
  tool_set(o, "cache", json_string(lowp_number_format_name(job->kv)));
  tool_set(o, "rates", json_string(job->options.achieved ? "measured where known" : "claimed"));
  tool_set(o, "decode", points(job, false));
  tool_set(o, "prefill", points(job, true));
  tool_set(o, "capacity", capacity(job));
  tool_set(o, "accuracy", accuracy(job));
  tool_set(o, "accuracy_decided_by", json_string(audit_law_names[job->law]));
  if (job->options.weights != NULL)
    tool_set(o, "weights",
             json_pack("{s:s, s:I, s:f}", "file", job->options.weights, "matrices", (json_int_t)job->accuracy.tensors,
                       "count", job->accuracy.weights));
  tool_set(o, "target_nmse", tool_number(job->target));
  tool_set(o, "equal_accuracy", best(job));
  const bool printed = json_dumpf(o, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
  json_decref(o);
  return printed;
}
