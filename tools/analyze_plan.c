/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "tools/analyze.h"

/* --- formats ------------------------------------------------------------------------------------------------------ */

/* What engines run today, at 4 to 8 bits: few enough for a table. */
const char analyze_default_formats[] = "mxfp4,nvfp4,hif4,int4-g128,mxfp6,mxfp8,fp8,hif8,w8a8";

static int add_format(analyze_job *job, lowp_scheme scheme) {
  for (size_t i = 0; i < job->format_count; i++)
    if (job->formats[i].scheme == scheme) return TOOL_OK;
  job->formats[job->format_count++] = (analyze_format){.scheme = scheme, .info = lowp_scheme_info_of(scheme)};
  return TOOL_OK;
}

static int add_named(analyze_job *job, const char *name) {
  lowp_scheme scheme = lowp_scheme_from_name(name);
  if (scheme == LOWP_SCHEME_NONE)
    return tool_fail(TOOL_USAGE, "--fmt: unknown format '%s'; lowp-quant --help lists them", tool_safe(name));
  return add_format(job, scheme);
}

static int by_bits(const void *left, const void *right) {
  lowp_scheme a = ((const analyze_format *)left)->scheme, b = ((const analyze_format *)right)->scheme;
  double x = lowp_scheme_nominal_bits(a), y = lowp_scheme_nominal_bits(b);
  return x < y ? -1 : x > y ? 1 : (a > b) - (a < b);
}

static int plan_formats(analyze_job *job) {
  int code = TOOL_OK;
  job->formats = tool_alloc(LOWP_SCHEME_COUNT, sizeof *job->formats);
  const char *names = job->options.formats != NULL ? job->options.formats : analyze_default_formats;
  if (job->options.formats == NULL && job->baseline != NULL) {
    for (size_t i = 0; i < analyze_check_formats(job); i++) code = add_format(job, analyze_check_format(job, i));
  } else if (strcmp(names, "all") == 0) {
    for (int id = 1; id < LOWP_SCHEME_COUNT; id++) code = add_format(job, (lowp_scheme)id);
  } else {
    char *list = tool_format("%s", names), *rest = list;
    for (char *name; code == TOOL_OK && (name = strsep(&rest, ",")) != NULL;) code = add_named(job, name);
    free(list);
  }
  qsort(job->formats, job->format_count, sizeof *job->formats, by_bits);
  quant_recipe recipes[LOWP_SCHEME_COUNT] = {{0}};
  for (size_t i = 0; i < job->format_count; i++) recipes[job->formats[i].scheme].used = true;
  if (code == TOOL_OK) code = quant_make_recipes(&job->options.quant, recipes);
  for (size_t i = 0; i < job->format_count; i++) {
    job->formats[i].opts = recipes[job->formats[i].scheme].opts;
    job->formats[i].rules = recipes[job->formats[i].scheme].text;
  }
  return code;
}

/* --- tensors ------------------------------------------------------------------------------------------------------ */

static int open_sources(analyze_job *job) {
  const analyze_options *o = &job->options;
  job->sources = tool_alloc(o->input_count, sizeof *job->sources);
  for (size_t i = 0; i < o->input_count; i++) {
    int code = tool_source_open(&job->sources[i], o->inputs[i], &o->raw, false);
    if (code != TOOL_OK) return code;
    job->source_count++;
    job->count += lowp_model_count(job->sources[i].model);
  }
  return TOOL_OK;
}

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash != NULL && slash[1] != 0 ? slash + 1 : path;
}

static char *why_kept(const analyze_job *job, quant_rules *rules, const analyze_tensor *t, int *code) {
  const quant_rule *ignored = quant_rules_ignored(rules, t->tensor->name, code);
  char *reason = quant_never(t->tensor);
  if (reason == NULL && !(job->options.any_rank && t->tensor->rank > 2))
    reason = quant_no_matrix(lowp_file_container(job->sources[t->source].file), t->tensor);
  return reason == NULL && ignored != NULL ? tool_format("%s", ignored->text) : reason;
}

static int by_label(const void *left, const void *right) {
  const char *a = ((const analyze_tensor *)left)->label, *b = ((const analyze_tensor *)right)->label;
  int order = tool_natural(a, b);
  return order != 0 ? order : strcmp(a, b);
}

static void plan_results(analyze_job *job, analyze_tensor *t) {
  size_t rows = t->tensor->rows, cols = t->tensor->cols;
  t->results = tool_alloc(job->format_count, sizeof *t->results);
  for (size_t f = 0; f < job->format_count; f++) {
    size_t block = job->formats[f].info->block_cols;
    t->results[f].misfit = block > 1 && cols % block != 0;
    t->results[f].bytes = lowp_scheme_bits_per_weight(job->formats[f].scheme, rows, cols) * t->weights / 8;
  }
  job->measured++;
  job->weights += t->weights;
}

static int plan_tensors(analyze_job *job) {
  quant_rules rules;
  static const tool_list none;
  const quant_options *o = &job->options.quant;
  int code = quant_rules_create(&rules, &none, &none, &o->ignore, !o->no_default_ignore);
  job->tensors = tool_alloc(job->count, sizeof *job->tensors);
  size_t at = 0;
  for (size_t s = 0; s < job->source_count; s++)
    for (size_t i = 0; i < lowp_model_count(job->sources[s].model) && code == TOOL_OK; i++) {
      analyze_tensor *t = &job->tensors[at++];
      t->tensor = lowp_model_get(job->sources[s].model, i);
      t->source = s;
      t->index = i;
      t->weights = (double)t->tensor->rows * (double)t->tensor->cols;
      t->chosen = SIZE_MAX;
      t->label = job->source_count == 1 ? tool_format("%s", t->tensor->name)
                                        : tool_format("%s:%s", base_name(job->sources[s].path), t->tensor->name);
      t->kept = why_kept(job, &rules, t, &code);
      if (t->kept == NULL) plan_results(job, t);
    }
  job->count = at;
  if (code == TOOL_OK) code = quant_rules_unmatched(&rules, o->allow_unmatched);
  quant_rules_free(&rules);
  qsort(job->tensors, job->count, sizeof *job->tensors, by_label);
  for (size_t i = 1; i < job->count && code == TOOL_OK; i++)
    if (strcmp(job->tensors[i - 1].label, job->tensors[i].label) == 0)
      code = tool_fail(TOOL_USAGE, "two inputs have the name %s; give one of them another",
                       tool_safe(base_name(job->sources[job->tensors[i].source].path)));
  return code;
}

int analyze_plan(analyze_job *job) {
  int code = analyze_check_begin(job);
  if (code == TOOL_OK) code = plan_formats(job);
  if (code == TOOL_OK) code = analyze_check_rules(job);
  if (code == TOOL_OK) code = open_sources(job);
  if (code == TOOL_OK) code = plan_tensors(job);
  if (code == TOOL_OK && job->measured == 0)
    tool_warn("%s: no matrix of weights: every tensor is only described (--no-default-ignore, --any-rank)",
              tool_safe(job->options.inputs[0]));
  return code;
}

void analyze_job_free(analyze_job *job) {
  for (size_t i = 0; i < job->count && job->tensors != NULL; i++) {
    free(job->tensors[i].label);
    free(job->tensors[i].kept);
    free(job->tensors[i].results);
  }
  free(job->tensors);
  for (size_t i = 0; i < job->format_count; i++) free(job->formats[i].rules);
  free(job->formats);
  analyze_check_free(job);
  free(job->totals);
  free(job->sums);
  free(job->details);
  free(job->ranking);
  for (size_t i = 0; i < job->source_count; i++) tool_source_close(&job->sources[i]);
  free(job->sources);
  free(job->options.quant.ignore.items);
  free(job->options.tolerance.items);
}
