/* SPDX-License-Identifier: Apache-2.0 */
/* What programs read: JSON, TSV, and files that are there whole or not at all. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <jansson.h>
#include <lowp/version.h>
#include <math.h>
#include <stdlib.h>

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
  set(o, "cosine", number(lowp_error_cosine(s)));
  set_count(o, "clipped", s->clipped);
  set_count(o, "flushed", s->flushed);
  set(o, "misfit", json_boolean(r->misfit));
  return o;
}

static json_t *tensor(const analyze_job *job, const analyze_tensor *t) {
  json_t *o = json_object(), *shape = json_array();
  set(o, "name", json_string(t->label));
  for (size_t i = 0; i < t->tensor->rank; i++)
    json_array_append_new(shape, json_integer((json_int_t)t->tensor->shape[i]));
  set(o, "shape", shape);
  set(o, "dtype", json_string(tool_format_name(t->tensor)));
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
  if (job->baseline != NULL) set(root, "check", analyze_check_json(job));
  bool written = json_dumpf(root, stream, JSON_INDENT(1)) == 0 && fputc('\n', stream) != EOF;
  json_decref(root);
  return written;
}

bool analyze_report_tsv(const analyze_job *job, FILE *stream) {
  fputs("tensor\tshape\tdtype\tformat\tbits_per_weight\tnmse\tqsnr_db\teffective_bits\tmax_abs\tmax_"
        "rel\tcosine\tclipped\t"
        "flushed\tmisfit\trecommended\twhy\n",
        stream);
  for (size_t i = 0; i < job->count; i++) {
    const analyze_tensor *t = &job->tensors[i];
    char shape[TOOL_SHAPE_TEXT];
    tool_shape(t->tensor->rank, t->tensor->shape, shape);
    if (t->kept != NULL)
      fprintf(stream, "%s\t%s\t%s\t\t\t\t\t\t\t\t\t\t\t\t\t%s\n", tool_safe(t->label), shape,
              tool_format_name(t->tensor), tool_safe(t->kept));
    for (size_t f = 0; t->kept == NULL && f < job->format_count; f++) {
      const analyze_result *r = &t->results[f];
      const lowp_error_stats *s = &r->stats;
      fprintf(stream, "%s\t%s\t%s\t%s\t%.6g\t%.9g\t%.6f\t%.4f\t%.9g\t%.9g\t%.9f\t%llu\t%llu\t%d\t%d\t\n",
              tool_safe(t->label), shape, tool_format_name(t->tensor), job->formats[f].info->name,
              analyze_bits(r->bytes, t->weights), lowp_error_nmse(s), lowp_error_qsnr_db(s), analyze_effective_bits(s),
              s->max_abs, s->max_rel, lowp_error_cosine(s), (unsigned long long)s->clipped,
              (unsigned long long)s->flushed, r->misfit, t->chosen == f);
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
