/* SPDX-License-Identifier: Apache-2.0 */
/* What programs read: JSON, TSV, and files that are there whole or not at all. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/version.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/analyze.h"
#include "tools/json_out.h"

static json_t *result(const analyze_result *r, double weights) {
  const lowp_error_stats *s = &r->stats;
  json_t *o = json_object();
  tool_set(o, "bits_per_weight", tool_number(analyze_bits(r->bytes, weights)));
  tool_set(o, "nmse", tool_number(lowp_error_nmse(s)));
  tool_set(o, "qsnr_db", tool_number(lowp_error_qsnr_db(s)));
  tool_set(o, "effective_bits", tool_number(analyze_effective_bits(s)));
  tool_set(o, "max_abs", tool_number(s->max_abs));
  tool_set(o, "max_rel", tool_number(s->max_rel));
  tool_set(o, "bias", tool_number(lowp_error_bias(s)));
  tool_set(o, "cosine", tool_number(lowp_error_cosine(s)));
  tool_set(o, "count", tool_count(s->count));
  tool_set(o, "clipped", tool_count(s->clipped));
  tool_set(o, "flushed", tool_count(s->flushed));
  tool_set(o, "crest", tool_number(r->crest));
  tool_set(o, "nmse_top", tool_number(r->nmse_top));
  tool_set(o, "code_entropy", tool_number(r->entropy));
  tool_set(o, "blocks", tool_count(r->blocks));
  tool_set(o, "blocks_flushed", tool_count(r->blocks_flushed));
  tool_set(o, "blocks_clipped", tool_count(r->blocks_clipped));
  tool_set(o, "scales", tool_count(r->scales));
  tool_set(o, "scales_saturated", tool_count(r->scales_saturated));
  tool_set(o, "scales_bottom", tool_count(r->scales_bottom));
  tool_set(o, "misfit", json_boolean(r->misfit));
  return o;
}

static json_t *description(const analyze_description *d) {
  json_t *o = json_object();
  tool_set(o, "amax", tool_number(d->amax));
  tool_set(o, "rms", tool_number(d->rms));
  tool_set(o, "excess_kurtosis", tool_number(d->kurtosis));
  tool_set(o, "max_over_median", tool_number(d->max_over_median));
  tool_set(o, "crest_16", tool_number(d->crest16));
  tool_set(o, "crest_32", tool_number(d->crest32));
  tool_set(o, "crest_64", tool_number(d->crest64));
  tool_set(o, "crest_128", tool_number(d->crest128));
  tool_set(o, "row_amax_ratio", tool_number(d->row_ratio));
  tool_set(o, "column_amax_ratio", tool_number(d->col_ratio));
  tool_set(o, "incoherence", tool_number(d->mu));
  tool_set(o, "zeros", tool_number(d->zeros));
  tool_set(o, "nonfinite", tool_count(d->nonfinite));
  tool_set(o, "massive", json_boolean(d->massive));
  tool_set(o, "llm_int8_columns", tool_count(d->int8_outliers));
  return o;
}

static json_t *tensor(const analyze_job *job, const analyze_tensor *t) {
  json_t *o = json_object(), *shape = json_array();
  tool_set(o, "name", json_string(t->label));
  for (size_t i = 0; i < t->tensor->rank; i++)
    json_array_append_new(shape, json_integer((json_int_t)t->tensor->shape[i]));
  tool_set(o, "shape", shape);
  tool_set(o, "dtype", json_string(tool_format_name(t->tensor)));
  tool_set(o, "description", t->description.known ? description(&t->description) : json_null());
  if (t->kept != NULL) {
    tool_set(o, "kept_because", json_string(t->kept));
    return o;
  }
  json_t *formats = json_object();
  for (size_t f = 0; f < job->format_count; f++)
    tool_set(formats, job->formats[f].info->name, result(&t->results[f], t->weights));
  tool_set(o, "recommended", t->chosen == SIZE_MAX ? json_null() : json_string(job->formats[t->chosen].info->name));
  tool_set(o, "formats", formats);
  return o;
}

static json_t *block(const lowp_block_record *b) {
  return json_pack("{s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:I}", "row", (json_int_t)b->row, "column",
                   (json_int_t)b->col, "length", (json_int_t)b->length, "sum_ee", tool_number(b->sum_ee), "sum_xx",
                   tool_number(b->sum_xx), "amax", tool_number((double)b->amax), "crest", tool_number((double)b->crest),
                   "flushed", (json_int_t)b->flushed, "clipped", (json_int_t)b->clipped);
}

static json_t *detail(const analyze_job *job, const analyze_detail *d) {
  json_t *o = json_object(), *findings = json_array(), *blocks = json_array();
  tool_set(o, "tensor", json_string(d->tensor->label));
  tool_set(o, "qsnr_db", tool_number(lowp_error_qsnr_db(&d->tensor->results[job->focus].stats)));
  for (size_t i = 0; i < d->finding_count; i++)
    json_array_append_new(findings, json_pack("{s:s, s:s}", "kind", d->findings[i].kind, "text", d->findings[i].text));
  tool_set(o, "findings", findings);
  if (d->has_outliers) {
    const lowp_outlier_summary *s = &d->outliers;
    tool_set(o, "outliers",
             json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "blocks", (json_int_t)s->blocks,
                       "with_outliers", (json_int_t)s->outlier_blocks, "a_mean", tool_number(s->a_mean), "a_p50",
                       tool_number(s->a_p50), "a_p99", tool_number(s->a_p99), "z", tool_number(s->z_mean), "z_without",
                       tool_number(s->z0_mean), "d", tool_number(s->d_mean), "error_share",
                       tool_number(s->error_share)));
  }
  for (size_t i = 0; i < d->measurement.worst_sse.count; i++)
    json_array_append_new(blocks, block(&d->measurement.worst_sse.at[i]));
  tool_set(o, "worst_blocks", blocks);
  return o;
}

bool analyze_report_json(const analyze_job *job, FILE *stream) {
  json_t *root = json_object(), *formats = json_object(), *total = json_object(), *tensors = json_array();
  json_t *ranking = json_array();
  size_t kept;
  tool_set(root, "tool", json_string(tool_name));
  tool_set(root, "version", json_string(lowp_version_string()));
  for (size_t f = 0; f < job->format_count; f++) {
    tool_set(formats, job->formats[f].info->name, json_string(job->formats[f].rules));
    tool_set(total, job->formats[f].info->name, result(&job->totals[f], job->weights));
    json_array_append_new(ranking, json_string(job->formats[job->ranking[f]].info->name));
  }
  tool_set(root, "formats", formats);
  tool_set(root, "ranking", ranking);
  tool_set(root, "total", total);
  tool_set(root, "target_qsnr_db", tool_number(job->options.target.value));
  tool_set(root, "recommended_bits_per_weight",
           tool_number(analyze_mixture_bits(job, job->options.target.value, &kept)));
  for (size_t i = 0; i < job->count; i++) json_array_append_new(tensors, tensor(job, &job->tensors[i]));
  tool_set(root, "tensors", tensors);
  json_t *worst = json_array();
  for (size_t i = 0; i < job->detail_count; i++) json_array_append_new(worst, detail(job, &job->details[i]));
  tool_set(root, "focus", job->focus == SIZE_MAX ? json_null() : json_string(job->formats[job->focus].info->name));
  tool_set(root, "worst", worst);
  if (job->baseline != NULL) tool_set(root, "check", analyze_check_json(job));
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
