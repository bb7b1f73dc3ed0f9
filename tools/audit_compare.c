/* SPDX-License-Identifier: Apache-2.0 */
/* audit_compare.c: `lowp-audit compare`: options, and what they name. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/audit_compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/page.h"

#define AT(field) offsetof(compare_options, field)

static const tool_option options[] = {
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "What is run:"},
    {TOOL_STRING, 'm', "model", "MODEL", AT(model), NULL,
     "a name of the table below, a config.json, or a model of the\nprofiles (default llama-3.3-70b)"},
    {TOOL_STRING, 'f', "fmt", "A,B,...", AT(formats), NULL, "formats of the weights (default mxfp4,fp8,bf16)"},
    {TOOL_STRING, 'b', "batch", "N,N,...", AT(batches), NULL, "sequences in a step (default 1,8,32,256)"},
    {TOOL_UNSIGNED, 0, "context", "N", AT(context), NULL,
     "tokens in the cache of each sequence, and of the prompt (default\n2048)"},
    {TOOL_STRING, 0, "kv", "FMT", AT(kv), NULL, "format of the cache (default fp8)"},
    {TOOL_FLAG, 0, "same-experts", NULL, AT(same_experts), NULL,
     "all tokens of a step choose the same experts: the bound without\nan assumption; default: each chooses evenly and "
     "by itself"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "On what:"},
    {TOOL_UNSIGNED, 'n', "count", "N", AT(count), NULL,
     "chips of each kind, taken for one N times as large (default 1)"},
    {TOOL_DECIMAL, 0, "margin", "PERCENT", AT(margin), NULL, "of the memory that stays free (default 10)"},
    {TOOL_FLAG, 0, "achieved", NULL, AT(achieved), NULL,
     "peaks and bandwidths that were measured, where one is known,\ninstead of what is claimed"},
    {TOOL_STRING, 0, "price", "A,B", AT(price), NULL, "of one chip for an hour: adds the cost of a million tokens"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "How accurate:"},
    {TOOL_STRING, 'w', "weights", "FILE", AT(weights), NULL,
     "measure the formats on the matrices of weights in FILE, and let\nthese decide; default: Gaussian numbers"},
    {TOOL_DECIMAL, 0, "target-qsnr", "DB", AT(target), NULL,
     "of products, for the comparison at equal accuracy (default 25)"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "Profiles and output:"},
    {TOOL_STRING, 0, "html", "FILE", AT(html), NULL, "write a page with plots; it needs nothing from elsewhere"},
    AUDIT_COMMON_OPTIONS(compare_options),
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "Also:"},
    {0}};

static void more_help(void) {
  printf("\nModels with a shape, or with counts of parameters alone (*):\n ");
  for (size_t i = 0; lowp_model_info_of(i) != NULL; i++) {
    const lowp_model_info *info = lowp_model_info_of(i);
    printf("%s %s%s", i != 0 && i % 5 == 0 ? "\n " : "", info->name, info->counts_only ? "*" : "");
  }
  printf(
      "\n\nFigures are bounds, which no software exceeds; what software reaches lies below. A format that a chip does\n"
      "not compute in is stored in it and multiplied in 16 bits.\n"
      "\nExit codes: 0 done, 1 usage, 2 bad input, 3 input/output, 4 nothing to measure in --weights,\n"
      "or a profile lacks what a bound needs.\n"
      "\nExamples:\n"
      "  lowp-audit compare \"Ascend 950PR\" H20 --model llama-3.3-70b --fmt mxfp4,fp8 --batch 1,8,32,256\n"
      "  lowp-audit compare B200 MI355X --fmt mxfp4 --context 8192 --achieved\n"
      "  lowp-audit compare H200 H20 --price 3.31,1.60 --target-qsnr 20\n"
      "  lowp-audit compare B200 H200 --model deepseek-v3 --count 8 --html report.html\n");
}

const tool_program audit_compare_program = {
    "compare CHIP CHIP [options]",
    "Compares two chips on one model, by phase, batch and format, at equal format and at equal accuracy: what\n"
    "arithmetic allows, beside the ratio of peaks that data sheets print.",
    options, more_help};

/* --- lists -------------------------------------------------------------------------------------------------------- */

/* Calls `add` for each part of a list; stops at the first exit code. */
static int each(const char *list, compare_job *job, int (*add)(compare_job *job, const char *part)) {
  char *copy = tool_format("%s", list), *rest = copy;
  int code = TOOL_OK;
  for (char *part; code == TOOL_OK && (part = strsep(&rest, ",")) != NULL;) code = add(job, part);
  free(copy);
  return code;
}

static int format_named(const char *option, const char *name, lowp_number_format *format) {
  *format = lowp_number_format_from_name(name);
  if (audit_scheme(*format) != LOWP_SCHEME_NONE) return TOOL_OK;
  char known[256] = "";
  for (int f = 1; f < LOWP_NUMBER_FORMAT_COUNT; f++)
    if (audit_scheme((lowp_number_format)f) != LOWP_SCHEME_NONE) {
      const size_t used = strlen(known);
      snprintf(known + used, sizeof known - used, " %s", lowp_number_format_name((lowp_number_format)f));
    }
  return tool_fail(TOOL_USAGE, "%s: '%s' is not one of%s", option, tool_safe(name), known);
}

static int add_format(compare_job *job, const char *name) {
  lowp_number_format format;
  int code = format_named("--fmt", name, &format);
  for (size_t i = 0; i < job->format_count && code == TOOL_OK; i++)
    if (job->formats[i] == format) return TOOL_OK;
  if (code == TOOL_OK) job->formats[job->format_count++] = format;
  return code;
}

static int add_batch(compare_job *job, const char *text) {
  char *end;
  errno = 0;
  const unsigned long long batch = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != 0 || errno != 0 || batch == 0 || batch > 1000000)
    return tool_fail(TOOL_USAGE, "--batch: '%s' is not a number from 1 to 1000000", tool_safe(text));
  if (job->batch_count == COMPARE_BATCHES)
    return tool_fail(TOOL_USAGE, "--batch: more than %d numbers", COMPARE_BATCHES);
  job->batches[job->batch_count++] = batch;
  return TOOL_OK;
}

static int parse_price(compare_job *job) {
  const char *text = job->options.price;
  if (text == NULL) return TOOL_OK;
  for (size_t i = 0; i < COMPARE_CHIPS; i++) {
    char *end;
    job->price[i] = strtod(text, &end);
    if (end == text || !(job->price[i] > 0 && job->price[i] < 1e9) || *end != (i + 1 < COMPARE_CHIPS ? ',' : 0))
      return tool_fail(TOOL_USAGE, "--price: two numbers, as in 3.31,2.68");
    text = end + 1;
  }
  return TOOL_OK;
}

/* --- the model ---------------------------------------------------------------------------------------------------- */

static int model_of_config(compare_job *job, const char *path) {
  lowp_model_shape shape;
  lowp_error error;
  lowp_status status = lowp_model_shape_load(path, &shape, &error);
  if (status == LOWP_OK) status = lowp_model_shape_roofline(&shape, &job->model, &error);
  job->model_source = "its config.json";
  return status == LOWP_OK ? TOOL_OK : tool_fail_status(status, &error);
}

static int find_model(compare_job *job) {
  const char *name = job->options.model;
  const lowp_model_info *info = lowp_model_info_from_name(name);
  const lowp_audit_model *profile = lowp_profiles_find_model(job->profiles, name);
  job->model_name = tool_format("%s", info != NULL ? info->name : name);
  if (info != NULL) {
    job->model_source = info->source;
    job->counts_only = info->counts_only;
    const lowp_status status = lowp_model_info_roofline(info, &job->model);
    return status == LOWP_OK ? TOOL_OK : tool_fail_status(status, NULL);
  }
  if (profile != NULL && profile->params.grade != LOWP_GRADE_NONE && profile->active.grade != LOWP_GRADE_NONE) {
    job->model_source = profile->params.source;
    job->counts_only = true;
    const lowp_status status = lowp_roofline_model_counts(profile->params.value, profile->active.value, &job->model);
    return status == LOWP_OK ? TOOL_OK : tool_fail_status(status, NULL);
  }
  if (access(name, F_OK) == 0) return model_of_config(job, name);
  return tool_fail(TOOL_USAGE,
                   "--model: '%s' is neither a model that is known (`lowp-audit compare --help` lists them) nor a file",
                   tool_safe(name));
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static int check(const compare_job *job, int operands) {
  const compare_options *o = &job->options;
  if (operands != COMPARE_CHIPS) return tool_fail(TOOL_USAGE, "two chips are compared, %d given", operands);
  if (o->context == 0 || o->context > 100000000) return tool_fail(TOOL_USAGE, "--context: not between 1 and 100000000");
  if (o->count == 0 || o->count > 100000) return tool_fail(TOOL_USAGE, "--count: not between 1 and 100000");
  if (!(o->margin.value >= 0 && o->margin.value < 100))
    return tool_fail(TOOL_USAGE, "--margin: not between 0 and 100 percent");
  if (!(o->target.value >= 0 && o->target.value <= 100))
    return tool_fail(TOOL_USAGE, "--target-qsnr: not between 0 and 100 dB");
  return TOOL_OK;
}

static int plan(compare_job *job, char **names) {
  const compare_options *o = &job->options;
  int code = each(o->formats, job, add_format);
  if (code == TOOL_OK) code = each(o->batches, job, add_batch);
  if (code == TOOL_OK) code = format_named("--kv", o->kv, &job->kv);
  if (code == TOOL_OK) code = parse_price(job);
  if (code == TOOL_OK) code = audit_load_profiles(&o->chips, &job->profiles);
  for (size_t i = 0; i < COMPARE_CHIPS && code == TOOL_OK; i++) {
    job->labels[i] = names[i];
    job->chips[i] = audit_find_chip(job->profiles, names[i]);
    if (job->chips[i] == NULL) return TOOL_USAGE;
    if (job->chips[i]->bandwidth.grade == LOWP_GRADE_NONE || job->chips[i]->memory.grade == LOWP_GRADE_NONE)
      code =
          tool_fail(TOOL_CONSTRAINT, "%s: no bound without a bandwidth and a size of memory, which its profile lacks",
                    tool_safe(names[i]));
  }
  return code == TOOL_OK ? find_model(job) : code;
}

static int measure(compare_job *job) {
  int code = audit_accuracy_measure(job->options.weights, &job->accuracy);
  job->law = job->options.weights != NULL ? AUDIT_TENSORS : AUDIT_NORMAL;
  job->target = pow(10, -job->options.target.value / 10);
  for (size_t i = 0; i < COMPARE_CHIPS && code == TOOL_OK; i++) {
    const lowp_figure *bits = &job->chips[i]->accumulator_bits;
    job->accumulator[i] = bits->grade != LOWP_GRADE_NONE ? audit_accumulator_nmse(bits->value) : NAN;
  }
  return code;
}

int audit_compare_main(int argc, char **argv) {
  compare_job *job = tool_alloc(1, sizeof *job);
  int rest;
  *job = (compare_job){.options = {.model = "llama-3.3-70b",
                                   .formats = "mxfp4,fp8,bf16",
                                   .batches = "1,8,32,256",
                                   .kv = "fp8",
                                   .context = 2048,
                                   .count = 1,
                                   .margin = {10, 0},
                                   .target = {25, 0}}};
  int code = tool_parse(&audit_compare_program, argc, argv, &job->options, &rest);
  if (code < 0) {
    tool_no_colour = job->options.no_colour;
    code = check(job, argc - rest);
    if (code == TOOL_OK) code = plan(job, argv + rest);
    if (code == TOOL_OK) code = measure(job);
    if (code == TOOL_OK && job->options.html != NULL) code = html_write(job->options.html, compare_html, job);
    if (code == TOOL_OK && job->options.json)
      code = compare_json(job, stdout) ? TOOL_OK : tool_fail(TOOL_IO, "the report could not be written");
    else if (code == TOOL_OK)
      compare_text(job, stdout);
  }
  lowp_profiles_destroy(job->profiles);
  free(job->options.chips.items);
  free(job->model_name);
  free(job);
  return code;
}
