/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <string.h>

#include "tools/analyze.h"

/* 4-bit formats pass on well-behaved weights, and fail on others. */
static const double default_target = 20;

#define AT(field) offsetof(analyze_options, field)

static const tool_option options[] = {
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "What to measure:"},
    {TOOL_STRING, 0, "fmt", "A,B,...", AT(formats), NULL,
     "formats to try, or `all`; default:\nmxfp4,nvfp4,hif4,int4-g128,mxfp6,mxfp8,fp8,hif8,w8a8"},
    {TOOL_LIST, 0, "ignore", "PATTERN", AT(quant.ignore), NULL,
     "describe what PATTERN matches, do not quantize it; repeatable"},
    {TOOL_FLAG, 0, "no-default-ignore", NULL, AT(quant.no_default_ignore), NULL,
     "quantize also what lowp-quant keeps by default: embeddings,\noutput layers, norms ..."},
    {TOOL_FLAG, 0, "allow-unmatched", NULL, AT(quant.allow_unmatched), NULL,
     "a pattern that matches nothing is a warning, no error"},
    {TOOL_FLAG, 0, "any-rank", NULL, AT(any_rank), NULL,
     "take tensors of rank 3 and more as matrices of rows of their\nlast dimension, as a rule of lowp-quant does"},
    QUANT_RULE_OPTIONS(analyze_options, quant.),
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "What to recommend:"},
    {TOOL_DECIMAL, 0, "target-qsnr", "DB", AT(target), NULL,
     "the cheapest format of each tensor with at least this QSNR\n(default 20)"},
    {TOOL_STRING, 0, "write-rules", "FILE", AT(write_rules), NULL,
     "the recommendation as a file for lowp-quant --rules"},
    {TOOL_STRING, 0, "focus", "FMT", AT(focus), NULL,
     "the format that worst tensors and blocks are about (default:\nthe one recommended for most weights)"},
    {TOOL_UNSIGNED, 'n', "worst", "N", AT(worst), NULL, "how many worst tensors are explained (default 5)"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "Regression:"},
    {TOOL_STRING, 0, "save-baseline", "FILE", AT(save_baseline), NULL,
     "write down the error of every tensor and format"},
    {TOOL_STRING, 0, "check", "FILE", AT(check), NULL,
     "exit with 5 if one is worse than the baseline allows, with 4\nif the tensors are not the same"},
    {TOOL_LIST, 0, "tolerance", "[PATTERN=]DB", AT(tolerance), NULL,
     "loss of QSNR that is allowed, for all tensors or those that\nPATTERN matches; saved, or used instead of what was "
     "saved\n(default 0.05); repeatable, the last match counts"},
    {TOOL_FLAG, 0, "allow-missing", NULL, AT(allow_missing), NULL, "compare the tensors that both have"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "Proof:"},
    {TOOL_FLAG, 0, "reproduce", NULL, AT(reproduce), NULL,
     "no FILE: measure published numbers again on synthetic data and\nprint both; exit with 5 if one is out of "
     "tolerance"},
    {TOOL_FLAG, 0, "mitigations", NULL, AT(mitigations), NULL,
     "what searches, GPTQ, guard rails, SmoothQuant, AWQ and rotations\ngain on synthetic data, beside what is "
     "expected"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "How a device adds:"},
    {TOOL_STRING, 0, "probe-plan", "FILE", AT(probe_plan), NULL,
     "no FILE: write dot products to be tried on a device: x and w,\nF32 [products, length], safetensors"},
    {TOOL_STRING, 0, "probe-results", "FILE", AT(probe_results), NULL,
     "what the device made of them: one number for each, safetensors,\n.npy or raw F32; prints the accumulators that "
     "do the "
     "same"},
    {TOOL_STRING, 0, "probe-element", "X[,W]", AT(probe_element), NULL,
     "element of the device's inputs (default bf16): e4m3fn, e2m1 ..."},
    {TOOL_UNSIGNED, 0, "probe-length", "N", AT(probe_length), NULL, "of each dot product, 16 to 1024 (default 512)"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "Raw and .npy input:"},
    TOOL_RAW_OPTIONS(analyze_options),
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "What to print:"},
    {TOOL_STRING, 0, "html", "FILE", AT(html), NULL, "write a page with plots; it needs nothing from elsewhere"},
    {TOOL_FLAG, 'b', "brief", NULL, AT(brief), NULL, "leave out the tables of all tensors"},
    {TOOL_FLAG, 0, "json", NULL, AT(json), NULL, "JSON instead of tables"},
    {TOOL_FLAG, 0, "tsv", NULL, AT(tsv), NULL, "a line per tensor and format, separated by tabs"},
    {TOOL_CHOICE, 0, "progress", NULL, AT(progress), tool_progress_modes,
     "on standard error (default auto: a bar on a terminal)"},
    {TOOL_UNSIGNED, 'j', "threads", "N", AT(quant.threads), NULL, "default: all processors; no digit depends on it"},
    {TOOL_FLAG, 'q', "quiet", NULL, AT(quiet), NULL, "no tables: only files, gates and the exit code"},
    {TOOL_FLAG, 0, "no-color", NULL, AT(no_color), NULL, "plain text; NO_COLOR does the same"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "Also:"},
    {0}};

static void more_help(void) {
  printf("\nFILE is whatever lowp-quant reads: safetensors, a directory or index of shards, .npy, raw .bin. What "
         "lowp-quant\n"
         "would keep is described and not quantized.\n"
         "\nExit codes: 0 done, 1 usage, 2 bad input, 3 input/output, 4 a constraint is not met, 5 --check\n"
         "found a loss, --reproduce a number outside of its tolerance, or --mitigations a gain that is not\n"
         "as expected.\n"
         "\nExamples:\n"
         "  lowp-analyze model.safetensors\n"
         "  lowp-analyze model.safetensors --html report.html\n"
         "  lowp-analyze model.safetensors --target-qsnr 22 --write-rules rules.txt\n"
         "  lowp-analyze model.safetensors --fmt nvfp4 --save-baseline nvfp4.json --tolerance 0.1\n"
         "  lowp-analyze model.safetensors --check nvfp4.json\n"
         "  lowp-analyze weights.bin --shape 64x1024 --fmt all\n"
         "  lowp-analyze --reproduce\n"
         "  lowp-analyze --mitigations\n"
         "  lowp-analyze --probe-plan plan.safetensors --probe-element e4m3fn\n"
         "  lowp-analyze --probe-results y.npy --probe-element e4m3fn\n");
}

static const tool_program program = {
    "FILE... [options]",
    "Measures what low-precision formats cost on the tensors of a model, ranks them, says why the worst are bad, and\n"
    "recommends the cheapest format of each tensor for a target.",
    options, more_help};

static bool needs_input(const analyze_options *o) {
  for (const analyze_mode *mode = analyze_modes; mode->given != NULL; mode++)
    if (mode->given(o)) return false;
  return true;
}

static int check(analyze_options *o) {
  if (o->json && o->tsv) return tool_fail(TOOL_USAGE, "--json and --tsv contradict each other");
  if (o->input_count != 0 && o->reproduce) return tool_fail(TOOL_USAGE, "--reproduce takes no input");
  if (o->mitigations && o->input_count != 0)
    return tool_fail(TOOL_USAGE, "--mitigations makes its own data; no input is needed");
  if (o->mitigations && o->json) return tool_fail(TOOL_USAGE, "--mitigations: a table or --tsv, no JSON");
  if (!analyze_probe_given(o) && (o->probe_element != NULL || o->probe_length != 0))
    return tool_fail(TOOL_USAGE, "--probe-element and --probe-length are for --probe-plan and --probe-results");
  if (o->input_count == 0 && needs_input(o)) return tool_fail(TOOL_USAGE, "no input given; try '%s --help'", tool_name);
  if (o->tolerance.count != 0 && o->save_baseline == NULL && o->check == NULL)
    return tool_fail(TOOL_USAGE, "--tolerance is for --save-baseline and --check");
  if (o->allow_missing && o->check == NULL) return tool_fail(TOOL_USAGE, "--allow-missing is for --check");
  if (!(o->target.value >= 0 && o->target.value <= 200))
    return tool_fail(TOOL_USAGE, "--target-qsnr: not between 0 and 200 dB");
  if (o->write_rules != NULL && o->input_count > 1)
    return tool_fail(TOOL_USAGE, "--write-rules: rules are for one checkpoint, %zu inputs are given", o->input_count);
  return quant_rule_check(&o->quant);
}

int analyze_parse(int argc, char **argv, analyze_options *o) {
  *o = (analyze_options){.target = {default_target, 0}, .worst = 5, .quant = {.nan = LOWP_NONFINITE_ZERO}};
  quant_rule_defaults(&o->quant);
  int first, code = tool_parse(&program, argc, argv, o, &first);
  if (code >= 0) return code;
  o->inputs = (const char **)(uintptr_t)(argv + first);
  o->input_count = (size_t)(argc - first);
  tool_no_colour = o->no_color;
  tool_quiet = o->quiet;
  if (o->quiet) o->progress = TOOL_PROGRESS_NEVER;
  return check(o);
}
