/* SPDX-License-Identifier: Apache-2.0 */
/* What programs read: JSON, TSV, and files that are there whole or not at all. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <jansson.h>
#include <lowp/version.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/analyze.h"

/* JSON has no infinities: an exact tensor has "qsnr_db": null and "nmse": 0. */
static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }
static void set(json_t *object, const char *key, json_t *value) { json_object_set_new(object, key, value); }
static void set_count(json_t *object, const char *key, uint64_t value) {
  set(object, key, json_integer((json_int_t)value));
}

static json_t *result(const analyze_result *r, double weights) {
  const lowp_error_stats *s = &r->stats;
  json_t *o = json_object();
  set(o, "bits_per_weight", number(analyze_bits(r->bytes, weights)));
  set(o, "nmse", number(lowp_error_nmse(s)));
  set(o, "qsnr_db", number(lowp_error_qsnr_db(s)));
  set(o, "effective_bits", number(analyze_effective_bits(s)));
  set(o, "max_abs", number(s->max_abs));
  set(o, "max_rel", number(s->max_rel));
  set(o, "bias", number(lowp_error_bias(s)));
  set(o, "cosine", number(lowp_error_cosine(s)));
  set_count(o, "count", s->count);
  set_count(o, "clipped", s->clipped);
  set_count(o, "flushed", s->flushed);
  set(o, "crest", number(r->crest));
  set(o, "nmse_top", number(r->nmse_top));
  set(o, "code_entropy", number(r->entropy));
  set_count(o, "blocks", r->blocks);
  set_count(o, "blocks_flushed", r->blocks_flushed);
  set_count(o, "blocks_clipped", r->blocks_clipped);
  set_count(o, "scales", r->scales);
  set_count(o, "scales_saturated", r->scales_saturated);
  set_count(o, "scales_bottom", r->scales_bottom);
  set(o, "misfit", json_boolean(r->misfit));
  return o;
}

static json_t *description(const analyze_description *d) {
  json_t *o = json_object();
  set(o, "amax", number(d->amax));
  set(o, "rms", number(d->rms));
  set(o, "excess_kurtosis", number(d->kurtosis));
  set(o, "max_over_median", number(d->max_over_median));
  set(o, "crest_16", number(d->crest16));
  set(o, "crest_32", number(d->crest32));
  set(o, "crest_64", number(d->crest64));
  set(o, "crest_128", number(d->crest128));
  set(o, "row_amax_ratio", number(d->row_ratio));
  set(o, "column_amax_ratio", number(d->col_ratio));
  set(o, "incoherence", number(d->mu));
  set(o, "zeros", number(d->zeros));
  set_count(o, "nonfinite", d->nonfinite);
  set(o, "massive", json_boolean(d->massive));
  set_count(o, "llm_int8_columns", d->int8_outliers);
  return o;
}

static json_t *tensor(const analyze_job *job, const analyze_tensor *t) {
  json_t *o = json_object(), *shape = json_array();
  set(o, "name", json_string(t->label));
  for (size_t i = 0; i < t->tensor->rank; i++)
    json_array_append_new(shape, json_integer((json_int_t)t->tensor->shape[i]));
  set(o, "shape", shape);
  set(o, "dtype", json_string(tool_format_name(t->tensor)));
  set(o, "description", t->description.known ? description(&t->description) : json_null());
  if (t->kept != NULL) {
    set(o, "kept_because", json_string(t->kept));
    return o;
  }
  json_t *formats = json_object();
  for (size_t f = 0; f < job->format_count; f++)
    set(formats, job->formats[f].info->name, result(&t->results[f], t->weights));
  set(o, "recommended", t->chosen == SIZE_MAX ? json_null() : json_string(job->formats[t->chosen].info->name));
  set(o, "formats", formats);
  return o;
}

static json_t *block(const lowp_block_record *b) {
  return json_pack("{s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:I}", "row", (json_int_t)b->row, "column",
                   (json_int_t)b->col, "length", (json_int_t)b->length, "sum_ee", number(b->sum_ee), "sum_xx",
                   number(b->sum_xx), "amax", number((double)b->amax), "crest", number((double)b->crest), "flushed",
                   (json_int_t)b->flushed, "clipped", (json_int_t)b->clipped);
}

static json_t *detail(const analyze_job *job, const analyze_detail *d) {
  json_t *o = json_object(), *findings = json_array(), *blocks = json_array();
  set(o, "tensor", json_string(d->tensor->label));
  set(o, "qsnr_db", number(lowp_error_qsnr_db(&d->tensor->results[job->focus].stats)));
  for (size_t i = 0; i < d->finding_count; i++)
    json_array_append_new(findings, json_pack("{s:s, s:s}", "kind", d->findings[i].kind, "text", d->findings[i].text));
  set(o, "findings", findings);
  if (d->has_outliers) {
    const lowp_outlier_summary *s = &d->outliers;
    set(o, "outliers",
        json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "blocks", (json_int_t)s->blocks, "with_outliers",
                  (json_int_t)s->outlier_blocks, "a_mean", number(s->a_mean), "a_p50", number(s->a_p50), "a_p99",
                  number(s->a_p99), "z", number(s->z_mean), "z_without", number(s->z0_mean), "d", number(s->d_mean),
                  "error_share", number(s->error_share)));
  }
  for (size_t i = 0; i < d->measurement.worst_sse.count; i++)
    json_array_append_new(blocks, block(&d->measurement.worst_sse.at[i]));
  set(o, "worst_blocks", blocks);
  return o;
}

bool analyze_report_json(const analyze_job *job, FILE *stream) {
  json_t *root = json_object(), *formats = json_object(), *total = json_object(), *tensors = json_array();
  json_t *ranking = json_array();
  size_t kept;
  set(root, "tool", json_string(tool_name));
  set(root, "version", json_string(lowp_version_string()));
  for (size_t f = 0; f < job->format_count; f++) {
    set(formats, job->formats[f].info->name, json_string(job->formats[f].rules));
    set(total, job->formats[f].info->name, result(&job->totals[f], job->weights));
    json_array_append_new(ranking, json_string(job->formats[job->ranking[f]].info->name));
  }
  set(root, "formats", formats);
  set(root, "ranking", ranking);
  set(root, "total", total);
  set(root, "target_qsnr_db", number(job->options.target.value));
  set(root, "recommended_bits_per_weight", number(analyze_mixture_bits(job, job->options.target.value, &kept)));
  for (size_t i = 0; i < job->count; i++) json_array_append_new(tensors, tensor(job, &job->tensors[i]));
  set(root, "tensors", tensors);
  json_t *worst = json_array();
  for (size_t i = 0; i < job->detail_count; i++) json_array_append_new(worst, detail(job, &job->details[i]));
  set(root, "focus", job->focus == SIZE_MAX ? json_null() : json_string(job->formats[job->focus].info->name));
  set(root, "worst", worst);
  if (job->baseline != NULL) set(root, "check", analyze_check_json(job));
  bool written = json_dumpf(root, stream, JSON_INDENT(1)) == 0 && fputc('\n', stream) != EOF;
  json_decref(root);
  return written;
}

/* Columns of a tensor, of a format on it, and why it was not quantized. Absent values are empty. */
static const char tsv_title[] =
    "tensor\tshape\tdtype\tamax\trms\texcess_kurtosis\tmax_over_median\tcrest_16\tcrest_32\tcrest_64\tcrest_128\t"
    "row_amax_ratio\tcolumn_amax_ratio\tincoherence\tzeros\tnonfinite\tmassive\tllm_int8_columns\tformat\t"
    "bits_per_weight\tnmse\tqsnr_db\teffective_bits\tmax_abs\tmax_rel\tbias\tcosine\tclipped\tflushed\tcrest\tnmse_"
    "top\t"
    "code_entropy\tscales_saturated\tscales_bottom\tmisfit\trecommended\tkept_because\n";

static void tsv_tensor(const analyze_tensor *t, FILE *stream) {
  const analyze_description *d = &t->description;
  const double values[] = {d->amax,    d->rms,      d->kurtosis,  d->max_over_median, d->crest16, d->crest32,
                           d->crest64, d->crest128, d->row_ratio, d->col_ratio,       d->mu,      d->zeros};
  char shape[TOOL_SHAPE_TEXT];
  fprintf(stream, "%s\t%s\t%s", tool_safe(t->label), tool_shape(t->tensor->rank, t->tensor->shape, shape),
          tool_format_name(t->tensor));
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
    fprintf(stream, d->known && isfinite(values[i]) ? "\t%.9g" : "\t", values[i]);
  if (d->known)
    fprintf(stream, "\t%llu\t%d\t%zu", (unsigned long long)d->nonfinite, d->massive, d->int8_outliers);
  else
    fputs("\t\t\t", stream);
}

static void tsv_result(const analyze_format *format, const analyze_tensor *t, const analyze_result *r, bool chosen,
                       FILE *stream) {
  const lowp_error_stats *s = &r->stats;
  fprintf(stream, "\t%s\t%.6g\t%.9g\t%.6f\t%.4f\t%.9g\t%.9g\t%.9g\t%.9f\t%llu\t%llu", format->info->name,
          analyze_bits(r->bytes, t->weights), lowp_error_nmse(s), lowp_error_qsnr_db(s), analyze_effective_bits(s),
          s->max_abs, s->max_rel, lowp_error_bias(s), lowp_error_cosine(s), (unsigned long long)s->clipped,
          (unsigned long long)s->flushed);
  fprintf(stream, "\t%.9g\t%.9g\t%.6f\t%llu\t%llu\t%d\t%d\t\n", r->crest, r->nmse_top, r->entropy,
          (unsigned long long)r->scales_saturated, (unsigned long long)r->scales_bottom, r->misfit, chosen);
}

bool analyze_report_tsv(const analyze_job *job, FILE *stream) {
  fputs(tsv_title, stream);
  for (size_t i = 0; i < job->count; i++) {
    const analyze_tensor *t = &job->tensors[i];
    if (t->kept != NULL) {
      tsv_tensor(t, stream);
      for (const char *c = strstr(tsv_title, "\tformat"); c != NULL && *c != 0; c++)
        if (*c == '\t') fputc('\t', stream);
      fprintf(stream, "%s\n", tool_safe(t->kept));
    }
    for (size_t f = 0; t->kept == NULL && f < job->format_count; f++) {
      tsv_tensor(t, stream);
      tsv_result(&job->formats[f], t, &t->results[f], t->chosen == f, stream);
    }
  }
  return !ferror(stream);
}

int analyze_write_text(const char *option, const char *path, const char *text, size_t size) {
  lowp_error error = {0};
  lowp_write_options write = {.struct_size = sizeof write, .replace = 1};
  lowp_status status = lowp_write_file(path, &write, text, size, &error);
  return status == LOWP_OK ? TOOL_OK : tool_fail(tool_exit_of(status), "%s: %s", option, error.text);
}

int analyze_write(const analyze_job *job, const char *option, const char *path,
                  bool (*print)(const analyze_job *job, FILE *stream)) {
  char *bytes = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&bytes, &size);
  bool made = stream != NULL && print(job, stream);
  if (stream == NULL || fclose(stream) != 0 || !made) {
    free(bytes);
    return tool_fail(TOOL_IO, "%s %s: out of memory", option, tool_safe(path));
  }
  int code = analyze_write_text(option, path, bytes, size);
  free(bytes);
  return code;
}
