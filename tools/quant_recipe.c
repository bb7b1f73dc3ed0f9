/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "tools/quant.h"

/* In the order of the library's enums, so that the index of a choice is the value. */
const char *const quant_scale_rules[] = {"default", "floor", "ceil",          "rceil", "even",
                                         "amax",    "mse",   "four-over-six", NULL};
const char *const quant_rounds[] = {"rne", "half-away", "half-zero", "toward-zero", "up", "stochastic", NULL};
const char *const quant_nans[] = {"propagate", "error", "zero", NULL};
const char *const quant_ranges[] = {"127", "127.5", NULL};
const char *const quant_activations[] = {"default", "none", "same", NULL};
const char *const quant_misfits[] = {"error", "pad", "keep", NULL};

void quant_rule_defaults(quant_options *o) {
  o->scale_rule = o->round = o->int_range = -1;
  o->sr_bits = 32;
  o->threads = 1;
#ifdef _OPENMP
  o->threads = (uint64_t)omp_get_max_threads();
#endif
}

int quant_rule_check(quant_options *o) {
  if (o->sr_bits < 1 || o->sr_bits > 32) return tool_fail(TOOL_USAGE, "--sr-bits: not between 1 and 32");
  if (o->seed > UINT32_MAX) return tool_fail(TOOL_USAGE, "--seed: not below 2^32");
  if (o->threads == 0 || o->threads > 1024) return tool_fail(TOOL_USAGE, "-j: not between 1 and 1024");
#ifndef _OPENMP
  if (o->threads > 1)
    tool_warn("-j %llu: this build has no OpenMP; one thread is used", (unsigned long long)o->threads);
  o->threads = 1;
#endif
  return -1;
}

/*
 * An option such as --scale-rule ceil is meant for the formats that know it: with several formats in use it changes
 * those, and is an error only if none of them does.
 */
typedef struct override {
  const char *option, *value;
  int chosen; /* -1: not given */
  void (*set)(lowp_quant_opts *opts, int value);
  bool accepted;
  char *refusal;
} override;

static void set_scale_rule(lowp_quant_opts *o, int v) { o->scale_rule = (lowp_scale_rule)v; }
static void set_round(lowp_quant_opts *o, int v) { o->round = (lowp_round)v; }
static void set_range(lowp_quant_opts *o, int v) { o->int_range = (lowp_int_range)v; }

static void apply(override *rule, lowp_quant_opts *opts, lowp_scheme scheme) {
  if (rule->chosen < 0) return;
  lowp_quant_opts changed = *opts;
  rule->set(&changed, rule->chosen);
  lowp_error error = {0};
  if (lowp_quant_opts_check(&changed, scheme, &error) == LOWP_OK) {
    *opts = changed;
    rule->accepted = true;
  } else if (rule->refusal == NULL) {
    rule->refusal = tool_format("%s: %s", lowp_scheme_info_of(scheme)->name, error.text);
  }
}

/* What a reader of the file should know of the numbers in it. */
static char *describe(const lowp_quant_opts *o, const lowp_scheme_info *info) {
  char text[256];
  /* What the default is, so that every figure names its rule. */
  lowp_scale_rule rule = o->scale_rule != LOWP_SCALE_DEFAULT ? o->scale_rule
                         : info->family == LOWP_FAMILY_MX    ? LOWP_SCALE_FLOOR
                                                             : LOWP_SCALE_AMAX;
  const bool cast = info->family == LOWP_FAMILY_CAST;
  int used = cast ? snprintf(text, sizeof text, "round=%s", quant_rounds[o->round])
                  : snprintf(text, sizeof text, "scale=%s round=%s nan=%s", quant_scale_rules[rule],
                             quant_rounds[o->round], quant_nans[o->nan_policy]);
  if (info->element == LOWP_INT8 && used > 0)
    used += snprintf(text + used, sizeof text - (size_t)used, " range=%s", quant_ranges[o->int_range]);
  if (o->round == LOWP_ROUND_STOCHASTIC && used > 0)
    used += snprintf(text + used, sizeof text - (size_t)used, " seed=%u bits=%u", o->seed, o->sr_bits);
  if (o->compat != LOWP_COMPAT_LOWP && !cast && used > 0)
    snprintf(text + used, sizeof text - (size_t)used, " compat=%s", lowp_compat_name(o->compat));
  return tool_format("%s", text);
}

static int start(const quant_options *o, lowp_quant_opts *opts, lowp_scheme scheme) {
  lowp_quant_opts_init(opts, scheme);
  if (o->compat != NULL) {
    lowp_compat compat;
    if (lowp_compat_from_name(o->compat, &compat) != LOWP_OK)
      return tool_fail(TOOL_USAGE, "--compat: unknown implementation '%s'; --help lists them", tool_safe(o->compat));
    if (lowp_quant_opts_compat(opts, scheme, compat) != LOWP_OK)
      return tool_fail(TOOL_USAGE, "--compat %s: it has no %s", o->compat, lowp_scheme_info_of(scheme)->name);
  }
  opts->nan_policy = (lowp_nan_policy)o->nan;
  opts->seed = (uint32_t)o->seed;
  opts->sr_bits = (uint32_t)o->sr_bits;
  return TOOL_OK;
}

/* Adds " OPTION VALUE" unless value is NULL. */
static void append(char **text, const char *option, const char *value) {
  if (value == NULL) return;
  char *more = tool_format("%s %s%s%s", *text, option, *value != 0 ? " " : "", value);
  free(*text);
  *text = more;
}

/* The options that change the bytes of the output, as one line: two runs with the same line write the same files. */
static char *summarize(const quant_job *job) {
  const quant_options *o = &job->options;
  char *text = tool_format("--fmt %s --layout %s --fuse %s --on-misfit %s --activations %s%s", o->format,
                           lowp_layout_info_of(job->layout)->name, o->fuse, quant_misfits[o->misfit],
                           quant_activations[o->activations], o->no_default_ignore ? " --no-default-ignore" : "");
  for (size_t i = 0; i < job->rules.count + job->rules.user_ignore; i++) {
    bool ignore = i >= job->rules.count;
    const quant_rule *rule = ignore ? &job->rules.ignore[i - job->rules.count] : &job->rules.rules[i];
    const char *format = rule->keep ? "keep" : lowp_scheme_info_of(rule->scheme)->name;
    char *more = ignore ? tool_format("%s --ignore '%s'", text, rule->pattern.text)
                        : tool_format("%s --tensor '%s=%s'", text, rule->pattern.text, format);
    free(text);
    text = more;
  }
  append(&text, "--calib", o->calib);
  append(&text, "--gptq", o->gptq ? "" : NULL);
  append(&text, "--allow-few-tokens", o->few_tokens ? "" : NULL);
  append(&text, "--hadamard", o->hadamard);
  append(&text, "--smooth", o->smooth);
  char number[TOOL_TEXT];
  snprintf(number, sizeof number, "%.17g", o->target_bpw.value);
  append(&text, "--target-bpw", o->target_bpw.given ? number : NULL);
  append(&text, "--guard", o->guard == QUANT_GUARD_COLUMNS ? "columns" : NULL);
  append(&text, "--guard-by", o->guard_by < 0 ? NULL : tool_guard_names[o->guard_by]);
  snprintf(number, sizeof number, "%.17g", o->min_qsnr.value);
  append(&text, "--min-qsnr", o->target_bpw.given && o->min_qsnr.given ? number : NULL);
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++) {
    if (!job->recipes[id].used) continue;
    char *more = tool_format("%s; %s: %s", text, lowp_scheme_info_of((lowp_scheme)id)->name, job->recipes[id].text);
    free(text);
    text = more;
  }
  return text;
}

int quant_make_recipes(const quant_options *o, quant_recipe *recipes) {
  override overrides[] = {
      {"--scale-rule", o->scale_rule < 0 ? "" : quant_scale_rules[o->scale_rule], o->scale_rule, set_scale_rule, false,
       NULL},
      {"--round", o->round < 0 ? "" : quant_rounds[o->round], o->round, set_round, false, NULL},
      {"--int-range", o->int_range < 0 ? "" : quant_ranges[o->int_range], o->int_range, set_range, false, NULL}};
  size_t n = sizeof overrides / sizeof overrides[0];
  int code = TOOL_OK;
  size_t used = 0;
  for (int id = 1; id < LOWP_SCHEME_COUNT && code == TOOL_OK; id++) {
    quant_recipe *recipe = &recipes[id];
    if (!recipe->used) continue;
    used++;
    code = start(o, &recipe->opts, (lowp_scheme)id);
    for (size_t i = 0; i < n && code == TOOL_OK; i++) apply(&overrides[i], &recipe->opts, (lowp_scheme)id);
    recipe->text = describe(&recipe->opts, lowp_scheme_info_of((lowp_scheme)id));
  }
  for (size_t i = 0; i < n; i++) {
    if (code == TOOL_OK && used != 0 && overrides[i].chosen >= 0 && !overrides[i].accepted)
      code = tool_fail(TOOL_USAGE, "%s %s: %s", overrides[i].option, overrides[i].value, overrides[i].refusal);
    free(overrides[i].refusal);
  }
  return code;
}

int quant_plan_recipes(quant_job *job) {
  for (size_t i = 0; i < job->count; i++) job->recipes[job->items[i].scheme].used = true;
  job->recipes[LOWP_SCHEME_NONE].used = false;
  /* Guard rails keep tensors of 32 and 64 bits as bf16. */
  if (job->options.target_bpw.given && job->options.guard == QUANT_GUARD_TENSORS)
    job->recipes[LOWP_SCHEME_BF16_CAST].used = true;
  int code = quant_make_recipes(&job->options, job->recipes);
  if (code == TOOL_OK) job->summary = summarize(job);
  return code;
}
