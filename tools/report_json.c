/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <jansson.h>
#include <lowp/version.h>
#include <math.h>
#include <stdlib.h>

#include "tools/quant.h"

/* JSON has no infinities: an exact tensor has "qsnr_db": null and "nmse": 0. */
static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static void set(json_t *object, const char *key, json_t *value) { json_object_set_new(object, key, value); }

static void set_count(json_t *object, const char *key, uint64_t value) {
  set(object, key, json_integer((json_int_t)value));
}

static void set_stats(json_t *o, const lowp_error_stats *s) {
  set(o, "amax", number(s->x_amax));
  set(o, "nmse", number(lowp_error_nmse(s)));
  set(o, "qsnr_db", number(lowp_error_qsnr_db(s)));
  set(o, "mse", number(lowp_error_mse(s)));
  set(o, "cosine", number(lowp_error_cosine(s)));
  set(o, "bias", number(lowp_error_bias(s)));
  set(o, "max_abs", number(s->max_abs));
  set(o, "max_rel", number(s->max_rel));
  set_count(o, "count", s->count);
  set_count(o, "clipped", s->clipped);
  set_count(o, "flushed", s->flushed);
  set_count(o, "nan", s->x_nan);
  set_count(o, "inf", s->x_inf);
  set_count(o, "lost", s->y_nonfinite);
}

/* NMSE of the output, not of the weights. */
static json_t *feedback(const quant_feedback *f) {
  json_t *o = json_object();
  set(o, "used", json_boolean(f->used));
  set_count(o, "tokens", f->tokens);
  set_count(o, "held_out_tokens", f->held_tokens);
  set(o, "plain_nmse", number(f->plain_train));
  set(o, "nmse", number(f->train));
  set(o, "plain_held_out_nmse", f->held_tokens != 0 ? number(f->plain_held) : json_null());
  set(o, "held_out_nmse", f->held_tokens != 0 ? number(f->held) : json_null());
  return o;
}

static json_t *tensor(const quant_job *job, const quant_item *item) {
  const lowp_model_tensor *t = item->tensor;
  json_t *o = json_object(), *shape = json_array();
  set(o, "name", json_string(t->name));
  for (size_t i = 0; i < t->rank; i++) json_array_append_new(shape, json_integer((json_int_t)t->shape[i]));
  set(o, "shape", shape);
  set(o, "dtype", json_string(lowp_dtype_name(t->dtype)));
  set_count(o, "bytes_before", t->nbytes);
  set_count(o, "bytes_after", item->stored);
  if (job->guard_by != NULL && item->sensitivity > 0) set(o, "sensitivity", number(item->sensitivity));
  if (item->scheme == LOWP_SCHEME_NONE) {
    set(o, "format", json_null());
    set(o, "kept_because", json_string(item->reason));
    return o;
  }
  set(o, "format", json_string(lowp_scheme_info_of(item->scheme)->name));
  set(o, "chosen_by", json_string(item->rule == NULL ? "--fmt" : item->rule->text));
  double weights = (double)t->rows * (double)t->cols;
  set(o, "bits_per_weight", number(8 * (double)item->stored / weights));
  if (item->fused != SIZE_MAX) set_count(o, "fused_group", item->fused);
  if (item->guarded) set(o, "guard_rail", json_true());
  if (item->kept != 0) set_count(o, "kept_columns", item->kept);
  if (item->transform_key != NULL) set(o, "transform", json_string(item->transform));
  if (job->options.dry_run) return o;
  if (lowp_scheme_info_of(item->scheme)->tensor_scale) set(o, "tensor_scale", number((double)item->tensor_scale));
  if (item->smooth != NULL && item->transform_key != NULL) set(o, "smooth_alpha", number(item->alpha));
  if (item->feedback.measured) set(o, "gptq", feedback(&item->feedback));
  char hash[33];
  lowp_hash_text(item->hash, hash);
  set(o, "hash", json_string(hash));
  set_stats(o, &item->stats);
  return o;
}

static json_t *totals_of(const quant_job *job) {
  quant_totals t = quant_total(job);
  json_t *o = json_object();
  set_count(o, "quantized", t.quantized);
  set_count(o, "kept", t.kept);
  set_count(o, "weights", t.weights);
  set_count(o, "bytes_before", t.bytes_before);
  set_count(o, "bytes_after", t.bytes_after);
  set(o, "bits_per_weight", number(t.weights != 0 ? 8 * (double)t.bytes_after / (double)t.weights : 0));
  set_count(o, "all_weights", t.all_weights);
  set_count(o, "all_bytes_before", t.all_before);
  set_count(o, "all_bytes_after", t.all_after);
  set(o, "all_bits_per_weight", number(t.all_weights != 0 ? 8 * (double)t.all_after / (double)t.all_weights : 0));
  if (job->options.target_bpw.given) {
    set_count(o, "guard_rails", job->guarded);
    if (job->guard_by != NULL) set(o, "guard_by", json_string(job->guard_by));
    set(o, "guarded_bits_per_weight", number(job->guard_bpw));
  }
  if (job->options.dry_run) return o;
  set_stats(o, &t.stats);
  set_count(o, "file_bytes", job->bytes_out);
  set(o, "seconds", number(job->seconds));
  return o;
}

bool quant_report_json(const quant_job *job, FILE *stream) {
  json_t *root = json_object(), *formats = json_object(), *tensors = json_array();
  set(root, "tool", json_string(tool_name));
  set(root, "version", json_string(lowp_version_string()));
  set(root, "input", json_string(job->options.input));
  set(root, "output", json_string(job->output));
  set(root, "dry_run", json_boolean(job->options.dry_run));
  set(root, "layout", json_string(lowp_layout_info_of(job->layout)->name));
  set(root, "options", json_string(job->summary));
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++)
    if (job->recipes[id].used)
      set(formats, lowp_scheme_info_of((lowp_scheme)id)->name, json_string(job->recipes[id].text));
  set(root, "formats", formats);
  size_t *order = quant_report_order(job);
  for (size_t i = 0; i < job->count; i++) json_array_append_new(tensors, tensor(job, &job->items[order[i]]));
  free(order);
  set(root, "tensors", tensors);
  set(root, "totals", totals_of(job));
  bool written = root != NULL && json_dumpf(root, stream, JSON_INDENT(1)) == 0 && fputc('\n', stream) != EOF;
  json_decref(root);
  return written;
}
