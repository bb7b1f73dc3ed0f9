/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/version.h>
#include <stdlib.h>

#include "tools/json_out.h"
#include "tools/quant.h"

static void set_stats(json_t *o, const lowp_error_stats *s) {
  tool_set(o, "amax", tool_number(s->x_amax));
  tool_set(o, "nmse", tool_number(lowp_error_nmse(s)));
  tool_set(o, "qsnr_db", tool_number(lowp_error_qsnr_db(s)));
  tool_set(o, "mse", tool_number(lowp_error_mse(s)));
  tool_set(o, "cosine", tool_number(lowp_error_cosine(s)));
  tool_set(o, "bias", tool_number(lowp_error_bias(s)));
  tool_set(o, "max_abs", tool_number(s->max_abs));
  tool_set(o, "max_rel", tool_number(s->max_rel));
  tool_set(o, "count", tool_count(s->count));
  tool_set(o, "clipped", tool_count(s->clipped));
  tool_set(o, "flushed", tool_count(s->flushed));
  tool_set(o, "nan", tool_count(s->x_nan));
  tool_set(o, "inf", tool_count(s->x_inf));
  tool_set(o, "lost", tool_count(s->y_nonfinite));
}

/* NMSE of the output, not of the weights. */
static json_t *feedback(const quant_feedback *f) {
  json_t *o = json_object();
  tool_set(o, "used", json_boolean(f->used));
  tool_set(o, "tokens", tool_count(f->tokens));
  tool_set(o, "held_out_tokens", tool_count(f->held_tokens));
  tool_set(o, "plain_nmse", tool_number(f->plain_train));
  tool_set(o, "nmse", tool_number(f->train));
  tool_set(o, "plain_held_out_nmse", f->held_tokens != 0 ? tool_number(f->plain_held) : json_null());
  tool_set(o, "held_out_nmse", f->held_tokens != 0 ? tool_number(f->held) : json_null());
  return o;
}

static json_t *tensor(const quant_job *job, const quant_item *item) {
  const lowp_model_tensor *t = item->tensor;
  json_t *o = json_object(), *shape = json_array();
  tool_set(o, "name", json_string(t->name));
  for (size_t i = 0; i < t->rank; i++) json_array_append_new(shape, json_integer((json_int_t)t->shape[i]));
  tool_set(o, "shape", shape);
  tool_set(o, "dtype", json_string(lowp_dtype_name(t->dtype)));
  tool_set(o, "bytes_before", tool_count(t->nbytes));
  tool_set(o, "bytes_after", tool_count(item->stored));
  if (job->guard_by != NULL && item->sensitivity > 0) tool_set(o, "sensitivity", tool_number(item->sensitivity));
  if (item->scheme == LOWP_SCHEME_NONE) {
    tool_set(o, "format", json_null());
    tool_set(o, "kept_because", json_string(item->reason));
    return o;
  }
  tool_set(o, "format", json_string(lowp_scheme_info_of(item->scheme)->name));
  tool_set(o, "chosen_by", json_string(item->rule == NULL ? "--fmt" : item->rule->text));
  double weights = (double)t->rows * (double)t->cols;
  tool_set(o, "bits_per_weight", tool_number(8 * (double)item->stored / weights));
  if (item->fused != SIZE_MAX) tool_set(o, "fused_group", tool_count(item->fused));
  if (item->guarded) tool_set(o, "guard_rail", json_true());
  if (item->kept != 0) tool_set(o, "kept_columns", tool_count(item->kept));
  if (item->transform_key != NULL) tool_set(o, "transform", json_string(item->transform));
  if (job->options.dry_run) return o;
  if (lowp_scheme_info_of(item->scheme)->tensor_scale)
    tool_set(o, "tensor_scale", tool_number((double)item->tensor_scale));
  if (item->smooth != NULL && item->transform_key != NULL) tool_set(o, "smooth_alpha", tool_number(item->alpha));
  if (item->feedback.measured) tool_set(o, "gptq", feedback(&item->feedback));
  char hash[33];
  lowp_hash_text(item->hash, hash);
  tool_set(o, "hash", json_string(hash));
  set_stats(o, &item->stats);
  return o;
}

static json_t *totals_of(const quant_job *job) {
  quant_totals t = quant_total(job);
  json_t *o = json_object();
  tool_set(o, "quantized", tool_count(t.quantized));
  tool_set(o, "kept", tool_count(t.kept));
  tool_set(o, "weights", tool_count(t.weights));
  tool_set(o, "bytes_before", tool_count(t.bytes_before));
  tool_set(o, "bytes_after", tool_count(t.bytes_after));
  tool_set(o, "bits_per_weight", tool_number(t.weights != 0 ? 8 * (double)t.bytes_after / (double)t.weights : 0));
  tool_set(o, "all_weights", tool_count(t.all_weights));
  tool_set(o, "all_bytes_before", tool_count(t.all_before));
  tool_set(o, "all_bytes_after", tool_count(t.all_after));
  tool_set(o, "all_bits_per_weight",
           tool_number(t.all_weights != 0 ? 8 * (double)t.all_after / (double)t.all_weights : 0));
  if (job->options.target_bpw.given) {
    tool_set(o, "guard_rails", tool_count(job->guarded));
    if (job->guard_by != NULL) tool_set(o, "guard_by", json_string(job->guard_by));
    tool_set(o, "guarded_bits_per_weight", tool_number(job->guard_bpw));
  }
  if (job->options.dry_run) return o;
  set_stats(o, &t.stats);
  tool_set(o, "file_bytes", tool_count(job->bytes_out));
  tool_set(o, "seconds", tool_number(job->seconds));
  return o;
}

bool quant_report_json(const quant_job *job, FILE *stream) {
  json_t *root = json_object(), *formats = json_object(), *tensors = json_array();
  tool_set(root, "tool", json_string(tool_name));
  tool_set(root, "version", json_string(lowp_version_string()));
  tool_set(root, "input", json_string(job->options.input));
  tool_set(root, "output", json_string(job->output));
  tool_set(root, "dry_run", json_boolean(job->options.dry_run));
  tool_set(root, "layout", json_string(lowp_layout_info_of(job->layout)->name));
  tool_set(root, "options", json_string(job->summary));
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++)
    if (job->recipes[id].used)
      tool_set(formats, lowp_scheme_info_of((lowp_scheme)id)->name, json_string(job->recipes[id].text));
  tool_set(root, "formats", formats);
  size_t *order = quant_report_order(job);
  for (size_t i = 0; i < job->count; i++) json_array_append_new(tensors, tensor(job, &job->items[order[i]]));
  free(order);
  tool_set(root, "tensors", tensors);
  tool_set(root, "totals", totals_of(job));
  bool written = root != NULL && json_dumpf(root, stream, JSON_INDENT(1)) == 0 && fputc('\n', stream) != EOF;
  json_decref(root);
  return written;
}
