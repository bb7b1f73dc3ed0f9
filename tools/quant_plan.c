/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/quant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- the input ---------------------------------------------------------------------------------------------------- */

static int open_input(quant_job *job) {
  const quant_options *o = &job->options;
  int code = tool_source_open(&job->source, o->input, &o->raw, false);
  if (code != TOOL_OK) return code;
  job->file = job->source.file;
  job->model = job->source.model;
  job->container = lowp_file_container(job->file);
  if (job->container != LOWP_CONTAINER_RAW && (o->raw.shape != NULL || o->raw.offset != 0 || o->raw.big_endian != 0))
    return tool_fail(TOOL_USAGE, "%s: --shape, --offset and --endian are for raw files; a %s file says these itself",
                     tool_safe(o->input), lowp_container_name(job->container));
  return TOOL_OK;
}

/* --- what becomes of a tensor ------------------------------------------------------------------------------------- */

static int decide(quant_job *job, quant_item *item, lowp_scheme format) {
  const lowp_model_tensor *t = item->tensor;
  int code = TOOL_OK;
  const quant_rule *rule = quant_rules_find(&job->rules, t->name, &code);
  const quant_rule *ignored = quant_rules_ignored(&job->rules, t->name, &code);
  if ((item->reason = quant_never(t)) != NULL) return code;
  if (rule != NULL) {
    item->rule = rule;
    if (rule->keep)
      item->reason = tool_format("%s", rule->text);
    else
      item->scheme = rule->scheme;
  } else if ((item->reason = quant_no_matrix(job->container, t)) == NULL && ignored != NULL) {
    item->rule = ignored;
    item->reason = tool_format("%s", ignored->text);
  } else if (item->reason == NULL) {
    item->scheme = format;
    if (format == LOWP_SCHEME_NONE) item->reason = tool_format("no rule");
  }
  return code;
}

static int decide_all(quant_job *job) {
  const char *name = job->options.format;
  lowp_scheme format = lowp_scheme_from_name(name);
  if (format == LOWP_SCHEME_NONE && strcmp(name, "keep") != 0)
    return tool_fail(TOOL_USAGE, "--fmt: unknown format '%s'; --help lists them", tool_safe(name));
  const quant_options *o = &job->options;
  int code = quant_rules_create(&job->rules, &o->tensor, &o->rules, &o->ignore, !o->no_default_ignore);
  job->count = lowp_model_count(job->model);
  job->items = tool_alloc(job->count, sizeof *job->items);
  for (size_t i = 0; i < job->count && code == TOOL_OK; i++) {
    quant_item *item = &job->items[i];
    item->index = i;
    item->tensor = lowp_model_get(job->model, i);
    item->shard = lowp_file_get(job->file, item->tensor->parts[0].file_index)->shard;
    item->fused = item->group = item->activations = SIZE_MAX;
    lowp_error_stats_init(&item->stats);
    code = decide(job, item, format);
  }
  return code == TOOL_OK ? quant_rules_unmatched(&job->rules, o->allow_unmatched) : code;
}

/* --- the layout --------------------------------------------------------------------------------------------------- */

/* compressed-tensors if it has a form for all formats in use, else lowp's own. */
static int choose_layout(quant_job *job) {
  const char *name = job->options.layout;
  if (name != NULL) {
    job->layout = lowp_layout_from_name(name);
    const lowp_layout_info *info = lowp_layout_info_of(job->layout);
    if (info == NULL) return tool_fail(TOOL_USAGE, "--layout: unknown layout '%s'; --help lists them", tool_safe(name));
    if (!info->writes) return tool_fail(TOOL_USAGE, "--layout %s can be read but not written", info->name);
    if (quant_changes(job) && job->layout != LOWP_LAYOUT_LOWP)
      return tool_fail(
          TOOL_CONSTRAINT,
          "--layout %s: engines that read it know nothing of --hadamard, --smooth and --guard columns, and would "
          "multiply with changed weights; --layout lowp says in the file what was done",
          info->name);
    size_t arrays = 0;
    for (size_t i = 0; i < job->count; i++) arrays += job->items[i].scheme != LOWP_SCHEME_NONE;
    if (job->layout == LOWP_LAYOUT_RAW && (arrays != 1 || job->count != 1))
      return tool_fail(TOOL_USAGE, "--layout raw is for one array (.bin, .npy); %s has %zu tensors",
                       tool_safe(job->options.input), job->count);
    return TOOL_OK;
  }
  job->layout_chosen = true;
  job->layout = quant_changes(job) ? LOWP_LAYOUT_LOWP : LOWP_LAYOUT_CT;
  for (size_t i = 0; i < job->count; i++) {
    lowp_scheme scheme = job->items[i].scheme;
    if (scheme != LOWP_SCHEME_NONE && !lowp_layout_supports(LOWP_LAYOUT_CT, scheme)) job->layout = LOWP_LAYOUT_LOWP;
  }
  return TOOL_OK;
}

static bool misfits(const quant_item *item, size_t *block) {
  *block = lowp_scheme_info_of(item->scheme)->block_cols;
  return *block > 1 && item->tensor->cols % *block != 0;
}

int quant_plan_item(quant_job *job, quant_item *item) {
  size_t block;
  const lowp_model_tensor *t = item->tensor;
  const char *format = lowp_scheme_info_of(item->scheme)->name;
  if (misfits(item, &block) && job->options.misfit != QUANT_MISFIT_PAD) {
    if (job->options.misfit == QUANT_MISFIT_ERROR)
      return tool_fail(
          TOOL_CONSTRAINT,
          "%s: tensor '%s': its rows of %zu are no multiple of %s's block of %zu; --on-misfit keep leaves such "
          "tensors as they are, --on-misfit pad fills with zeros (layouts lowp and raw; ct for fp8-block)",
          tool_safe(job->options.input), tool_safe(t->name), t->cols, format, block);
    item->scheme = LOWP_SCHEME_NONE;
    item->reason = tool_format("rows of %zu, no multiple of %zu", t->cols, block);
    return TOOL_OK;
  }
  /* Raw planes are named after the output path, file tensors after the tensor. */
  char *base = job->layout == LOWP_LAYOUT_RAW ? tool_format("%s", job->output) : NULL;
  lowp_error error = {0};
  lowp_status status = lowp_layout_plan_create(job->layout, item->scheme, base != NULL ? base : t->name, t->rank,
                                               t->shape, job->recipes[item->scheme].text, &item->plan, &error);
  free(base);
  int code = TOOL_OK;
  for (size_t i = 0; status == LOWP_OK && job->layout == LOWP_LAYOUT_RAW && i < item->plan->count && code == TOOL_OK;
       i++)
    code = quant_refuse_input(job, item->plan->parts[i].name);
  if (status == LOWP_OK) return code;
  if (status == LOWP_E_CONSTRAINT || status == LOWP_E_UNSUPPORTED)
    return tool_fail(TOOL_CONSTRAINT, "%s: %s", tool_safe(job->options.input), error.text);
  return tool_fail_status(status, &error);
}

/* One config.json cannot describe tensors in two layouts. */
static int check_mixture(const quant_job *job) {
  for (size_t i = 0; i < job->count && quant_has_config(job); i++) {
    const lowp_model_tensor *t = job->items[i].tensor;
    if (t->layout == LOWP_LAYOUT_NONE || t->layout == job->layout) continue;
    return tool_fail(TOOL_CONSTRAINT,
                     "%s: tensor '%s' is already %s in layout %s, which cannot be mixed with layout %s; --layout lowp "
                     "can, or dequantize it first (lowp-dequant)",
                     tool_safe(job->options.input), tool_safe(t->name), lowp_scheme_info_of(t->scheme)->name,
                     lowp_layout_info_of(t->layout)->name, lowp_layout_info_of(job->layout)->name);
  }
  return TOOL_OK;
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

/* Bytes needed for one item: its pages of the input, its planes, and what each thread uses for a row. */
static double need_of(const quant_job *job, const quant_item *item) {
  const lowp_model_tensor *t = item->tensor;
  lowp_planes planes;
  if (item->scheme == LOWP_SCHEME_NONE || lowp_scheme_planes(item->scheme, t->rows, t->cols, &planes) != LOWP_OK)
    return 0;
  double per_thread = 13.0 * (double)planes.cols_padded, more = 0;
  const double weights = (double)t->rows * (double)t->cols, k = (double)t->cols;
  if (item->activations != SIZE_MAX) more += 4 * (double)lowp_model_get(job->calib.model, item->activations)->rows * k;
  if (item->activations != SIZE_MAX && job->options.gptq)
    more += 8 * 4 * k * k; /* two Hessians, a factor, its scratch */
  if (quant_changes(job)) more += 4 * weights;
  /* AWQ has all weights of a group, and in its search once more. */
  for (size_t i = 0; i < job->count && job->smooth == QUANT_SMOOTH_AWQ; i++)
    if (quant_share_factors(item, &job->items[i])) more += 2 * 4 * (double)job->items[i].tensor->rows * k;
  return (double)t->nbytes + (double)planes.codes_bytes + (double)planes.scales_bytes + (double)planes.zeros_bytes +
         per_thread * (double)job->options.threads + more + 0x1p23;
}

static int check_memory(const quant_job *job) {
  if (job->options.mem_limit == 0) return TOOL_OK;
  for (size_t i = 0; i < job->count; i++) {
    double need = need_of(job, &job->items[i]);
    if (need <= (double)job->options.mem_limit) continue;
    char a[TOOL_TEXT], b[TOOL_TEXT];
    return tool_fail(
        TOOL_CONSTRAINT,
        "%s: tensor '%s' needs about %s, --mem-limit allows %s; a tensor is quantized as a whole, so raise the "
        "limit or keep it with --tensor '%s=keep'",
        tool_safe(job->options.input), tool_safe(job->items[i].tensor->name), tool_bytes(need, a),
        tool_bytes((double)job->options.mem_limit, b), tool_safe(job->items[i].tensor->name));
  }
  return TOOL_OK;
}

int quant_plan(quant_job *job) {
  int code = quant_calib_parse(job);
  if (code == TOOL_OK) code = open_input(job);
  if (code == TOOL_OK) code = decide_all(job);
  if (code == TOOL_OK) code = choose_layout(job);
  if (code == TOOL_OK) code = quant_plan_recipes(job);
  if (code == TOOL_OK) code = quant_plan_output(job);
  size_t quantized = 0;
  for (size_t i = 0; i < job->count && code == TOOL_OK; i++) {
    if (job->items[i].scheme != LOWP_SCHEME_NONE) code = quant_plan_item(job, &job->items[i]);
    quantized += job->items[i].scheme != LOWP_SCHEME_NONE;
    job->bytes_in += job->items[i].tensor->nbytes;
    job->items[i].stored = job->items[i].plan != NULL ? job->items[i].plan->nbytes : job->items[i].tensor->nbytes;
  }
  if (code == TOOL_OK) code = check_mixture(job);
  if (code == TOOL_OK) code = quant_calib_plan(job);
  if (code == TOOL_OK) code = quant_plan_fuse(job);
  if (code == TOOL_OK) quant_name_extras(job);
  if (code == TOOL_OK) code = check_memory(job);
  if (code == TOOL_OK) code = quant_guard(job);
  if (code == TOOL_OK && quantized == 0)
    tool_warn("%s: nothing to quantize: every tensor is kept", tool_safe(job->options.input));
  return code;
}

void quant_job_free(quant_job *job) {
  for (size_t i = 0; i < job->count && job->items != NULL; i++) {
    lowp_layout_plan_destroy(job->items[i].plan);
    free(job->items[i].reason);
  }
  quant_calib_free(job);
  free(job->items);
  for (int i = 0; i < LOWP_SCHEME_COUNT; i++) free(job->recipes[i].text);
  free(job->fused_amax);
  free(job->summary);
  free(job->output);
  quant_rules_free(&job->rules);
  tool_source_close(&job->source);
  free(job->options.tensor.items);
  free(job->options.rules.items);
  free(job->options.ignore.items);
  free(job->options.reports.items);
}
