/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <string.h>
#include <unistd.h>

#include "tools/quant.h"

const char *const quant_guards[] = {"tensors", "columns", NULL};
static const char *const endians[] = {"little", "big", NULL};

#define AT(field) offsetof(quant_options, field)

static const tool_option options[] = {
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "What to write:"},
    {TOOL_STRING, 0, "fmt", "FMT", AT(format), NULL, "format of the weights; see the list below"},
    {TOOL_STRING, 'o', "output", "OUT", AT(output), NULL,
     "file, or directory if IN is one (default: STEM.FMT.safetensors\nor NAME-FMT/ beside IN)"},
    {TOOL_STRING, 'l', "layout", "LAYOUT", AT(layout), NULL,
     "ct, gptoss, lowp or raw (default: ct if it has a form for\nevery format in use, else lowp)"},
    {TOOL_FLAG, 'f', "force", NULL, AT(force), NULL, "replace an output that is there"},
    {TOOL_FLAG, 'n', "dry-run", NULL, AT(dry_run), NULL, "print what would become of each tensor; write nothing"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "Which tensors:"},
    {TOOL_LIST, 0, "tensor", "PATTERN=FMT", AT(tensor), NULL,
     "format of the tensors that PATTERN matches, or `keep`;\nrepeatable, the first match wins"},
    {TOOL_LIST, 0, "rules", "FILE", AT(rules), NULL, "the same from a file, one PATTERN=FMT a line, # comments"},
    {TOOL_LIST, 0, "ignore", "PATTERN", AT(ignore), NULL, "keep the tensors that PATTERN matches; repeatable"},
    {TOOL_FLAG, 0, "no-default-ignore", NULL, AT(no_default_ignore), NULL,
     "drop the list of patterns kept by default (below)"},
    {TOOL_FLAG, 0, "allow-unmatched", NULL, AT(allow_unmatched), NULL,
     "a pattern that matches nothing is a warning, no error"},
    {TOOL_STRING, 0, "fuse", "auto|none|FILE", AT(fuse), NULL,
     "layers that share one NVFP4 tensor scale, as engines fuse them\n(auto: q/k/v, gate/up; FILE: one group of last "
     "names a line)"},
    {TOOL_CHOICE, 0, "on-misfit", NULL, AT(misfit), quant_misfits,
     "a row is no multiple of the block: stop (default), pad with\nzeros where the layout can hold them, or keep the "
     "tensor"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "How:"},
    QUANT_RULE_OPTIONS(quant_options, ),
    {TOOL_CHOICE, 0, "nan", NULL, AT(nan), quant_nans, "what to do about NaN and Inf in the weights (default: error)"},
    {TOOL_CHOICE, 0, "activations", NULL, AT(activations), quant_activations,
     "what config.json tells the engine to do with them"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "To lose less (docs/error-analysis.md, Mitigations):"},
    {TOOL_STRING, 0, "calib", "FILE", AT(calib), NULL,
     "calibration activations, safetensors or .npy: for each tensor\n[tokens, columns] under its name or its module's"},
    {TOOL_FLAG, 0, "gptq", NULL, AT(gptq), NULL,
     "error feedback, checked on a fifth of the tokens; where that\nfifth says that it is worse, the tensor is rounded "
     "plainly"},
    {TOOL_FLAG, 0, "allow-few-tokens", NULL, AT(few_tokens), NULL, "let --gptq run with fewer than four per column"},
    {TOOL_STRING, 0, "hadamard", "N[:SEED]", AT(hadamard), NULL,
     "rotate blocks of N columns, with random signs if SEED is given\n(layout lowp; activations need the same at run "
     "time)"},
    {TOOL_STRING, 0, "smooth", "ALPHA|awq", AT(smooth), NULL,
     "move the size of activations into the weights: SmoothQuant's\nALPHA, 0 to 1, or AWQ's search (layout lowp); "
     "fused layers\n"
     "share their factors"},
    {TOOL_DECIMAL, 0, "target-bpw", "X", AT(target_bpw), NULL,
     "keep the most sensitive tensors in 16 bits while those that\nwould be quantized take at most X bits per weight;\n"
     "--min-qsnr then says which have to be kept"},
    {TOOL_CHOICE, 0, "guard", NULL, AT(guard), quant_guards,
     "what --target-bpw keeps: whole tensors (default), or columns\n(layout lowp)"},
    {TOOL_CHOICE, 0, "guard-by", NULL, AT(guard_by), tool_guard_names,
     "what makes a tensor sensitive: damage to all but the largest\nof each block (default); with --calib hessian, the "
     "expected\nerror of the output (default), or output, the measured one;\nnmse of the weights"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "Raw and .npy input:"},
    TOOL_RAW_OPTIONS(quant_options),
    {TOOL_CHOICE, 0, "endian", NULL, AT(raw.big_endian), endians, "byte order of a raw file (default little)"},
    {TOOL_STRING, 0, "name", "NAME", AT(raw.name), NULL, "name of the tensor (default: STEM)"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "The run:"},
    {TOOL_UNSIGNED, 'j', "threads", "N", AT(threads), NULL, "default: all processors; the output never depends on it"},
    {TOOL_SIZE, 0, "mem-limit", "SIZE", AT(mem_limit), NULL,
     "refuse at the start what would need more memory than this"},
    {TOOL_FLAG, 0, "resume", NULL, AT(resume), NULL, "go on with the directory OUT.partial of an interrupted run"},
    {TOOL_FLAG, 0, "verify", NULL, AT(verify), NULL, "read the output back and compare it"},
    {TOOL_DECIMAL, 0, "min-qsnr", "DB", AT(min_qsnr), NULL,
     "fail, with exit code 5 and no output, if a tensor is worse"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "What to print:"},
    {TOOL_LIST, 0, "report", "FILE", AT(reports), NULL, "write the report to FILE.txt, .json or .tsv; repeatable"},
    {TOOL_FLAG, 0, "json", NULL, AT(json), NULL, "the report as JSON on standard output, instead of the table"},
    {TOOL_CHOICE, 0, "progress", NULL, AT(progress), tool_progress_modes,
     "on standard error (default auto: a bar on a terminal)"},
    {TOOL_FLAG, 'v', "verbose", NULL, AT(verbose), NULL, "one line per tensor as it is done"},
    {TOOL_FLAG, 'q', "quiet", NULL, AT(quiet), NULL, "errors and warnings only"},
    {TOOL_FLAG, 0, "no-color", NULL, AT(no_color), NULL, "no colour, as with NO_COLOR set"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, "Also:"},
    {0}};

static void more_help(void) {
  printf("\nFormats, with bits per weight:\n");
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++) {
    const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
    printf("  %-17s %6.4g  %s\n", info->name, lowp_scheme_nominal_bits(info->id), info->text);
  }
  printf("\nLayouts:\n");
  for (int id = 1; id < LOWP_LAYOUT_COUNT; id++) {
    const lowp_layout_info *info = lowp_layout_info_of((lowp_layout)id);
    if (info->writes) printf("  %-17s %s\n", info->name, info->text);
  }
  printf("\nImplementations for --compat:\n ");
  for (int id = 0; id < LOWP_COMPAT_COUNT; id++)
    printf("%s %s", id == 7 ? "\n " : "", lowp_compat_name((lowp_compat)id));
  printf("\n\nKept by default, unless a --tensor rule says otherwise:\n");
  for (const quant_ignored *d = quant_default_ignore; d->what != NULL; d++) printf("  %-24s%s\n", d->what, d->pattern);
  printf("\nA PATTERN is the name of a tensor or module, or re: and a regular expression that matches from the start.\n"
         "\nExit codes: 0 done, 1 usage, 2 bad input, 3 input/output or no space, 4 a constraint is not met,\n"
         "5 --min-qsnr failed, 6 interrupted, 70 internal error.\n"
         "\nExamples:\n"
         "  lowp-quant model.safetensors --fmt mxfp4\n"
         "  lowp-quant Qwen3-8B/ --fmt nvfp4 -o Qwen3-8B-NVFP4 --report nvfp4.json\n"
         "  lowp-quant Qwen3-8B/ --fmt mxfp4 --tensor 're:.*down_proj=mxfp8' --dry-run\n"
         "  lowp-quant model.safetensors --fmt nvfp4 --scale-rule mse --calib acts.safetensors --gptq\n"
         "  lowp-quant model.safetensors --fmt nvfp4 --target-bpw 5 --dry-run\n"
         "  lowp-quant weights.bin --fmt w8a8\n"
         "  lowp-quant weights.bin --dtype bf16 --shape 1024x4096 --fmt hif4 --layout raw\n");
}

static const tool_program program = {
    "IN --fmt FMT [-o OUT] [options]",
    "Quantizes the weights of a checkpoint and prints what each tensor lost. IN is a safetensors file, a directory or\n"
    "index of shards, a .npy file, or a raw .bin file.",
    options, more_help};

static int check(quant_options *o) {
  if (o->format == NULL) return tool_fail(TOOL_USAGE, "--fmt FMT is missing; --help lists the formats");
  if (o->quiet && o->verbose) return tool_fail(TOOL_USAGE, "--quiet and --verbose contradict each other");
  return quant_rule_check(o);
}

int quant_parse(int argc, char **argv, quant_options *o) {
  *o = (quant_options){.nan = LOWP_NONFINITE_ERROR, .guard_by = -1, .fuse = "auto"};
  quant_rule_defaults(o);
  int first, code = tool_parse(&program, argc, argv, o, &first);
  if (code >= 0) return code;
  if (argc - first != 1)
    return tool_fail(TOOL_USAGE,
                     argc == first ? "no input given; try '%s --help'" : "more than one input given; try '%s --help'",
                     tool_name);
  o->input = argv[first];
  tool_no_colour = o->no_color;
  tool_quiet = o->quiet;
  if (o->quiet) o->progress = TOOL_PROGRESS_NEVER;
  if (o->verbose && o->progress == TOOL_PROGRESS_AUTO) o->progress = TOOL_PROGRESS_PLAIN;
  return check(o);
}
