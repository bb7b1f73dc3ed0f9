/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_main.c: the options of `lowp-bench gemm` and `lowp-bench ceilings`. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "bench/gemm.h"
#include "bench/probe.h"
#include "tools/common.h"
#include <stdlib.h>

#define AT(field) offsetof(bench_gemm_options, field)
static const tool_option gemm_options[] = {
    {TOOL_LIST, 'w', "rhs", "SCHEME", AT(rhs), NULL,
     "of the weights; may be given several times, as all lists here\n(mxfp4, nvfp4, hif4, mxfp8, fp8, mxfp6, w8a8)"},
    {TOOL_LIST, 'a', "lhs", "TYPE", AT(lhs), NULL,
     "of the activations: f32, bf16, fp16, or a scheme that they are\nquantized to on the fly (bf16)"},
    {TOOL_FLAG, 'q', "quantized", NULL, AT(quantized), NULL,
     "activations of a scheme come quantized already: what quantizing them\non the fly costs is the difference"},
    {TOOL_LIST, 'c', "compute", "CLASS", AT(compute), NULL, "reproducible, bf16 or f32 (bf16)"},
    {TOOL_LIST, 's', "shape", "NxK", AT(shapes), NULL, "of the weights (4096x4096)"},
    {TOOL_LIST, 'm', "m", "N", AT(m), NULL, "rows of activations (1, 4, 8, 64, 256, 512)"},
    {TOOL_LIST, 't', "threads", "N", AT(threads), NULL, "(1, 2)"},
    {TOOL_FLAG, 0, "cold", NULL, AT(cold), NULL, "only with weights from memory, where that makes a difference"},
    {TOOL_FLAG, 0, "warm", NULL, AT(warm), NULL, "only with weights from the caches, as far as they fit"},
    {TOOL_SIZE, 0, "memory", "SIZE", AT(memory), NULL, "of copies that make weights cold (1.5 x the last-level cache)"},
    {TOOL_UNSIGNED, 'r', "repeats", "N", AT(repeats), NULL, "timed repetitions of each (15)"},
    {TOOL_FLAG, 0, "peers", NULL, AT(peers), NULL,
     "also OpenBLAS and BLIS if they are installed, oneDNN if configure\nfound it, ggml if LOWP_GGML names the folder "
     "of its libraries"},
    {TOOL_STRING, 0, "log", "FILE", AT(log), NULL,
     "also write a log that `lowp-audit measured` checks: inputs by their\nseeds, the fastest time, the hash of the "
     "output"},
    {TOOL_STRING, 0, "outputs", "DIR", AT(outputs), NULL, "with --log: outputs too, into this folder, as .npy"},
    {TOOL_STRING, 0, "device", "NAME", AT(device), NULL,
     "with --log: the profile of this machine, as ceilings --json names it"},
    {TOOL_FLAG, 0, "json", NULL, AT(json), NULL, "print JSON"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, NULL}};

static void gemm_notes(void) {
  printf("\nAll cases of a shape and scheme take turns, and in each turn the ceiling that bounds the case is measured "
         "too:\n"
         "up to 16 rows the speed at which as many threads read memory (cold) or the caches (warm), above that the "
         "peak of\n"
         "the unit that the kernel uses. 'of bound' compares the best of both, '(median)' the medians.\n"
         "\nExamples:\n"
         "  lowp-bench gemm -w mxfp4 -m 1 -m 512 -t 2\n"
         "  lowp-bench gemm -w mxfp4 -a mxfp4 -c reproducible -m 512\n"
         "  LOWP_ISA=avx2 lowp-bench gemm -w nvfp4 -a f32 -c f32 --peers\n"
         "  lowp-bench gemm -w mxfp4 -a mxfp4 -c reproducible -m 64 --log gemm.csv\n");
}
static const tool_program gemm_program = {"gemm [options]", "Measures matrix multiplication with quantized weights.",
                                          gemm_options, gemm_notes};

bool bench_shape(const char *text, size_t *n, size_t *k) {
  const size_t most = (size_t)1 << 24;
  int end = 0;
  return sscanf(text, "%9zux%9zu%n", n, k, &end) == 2 && text[end] == 0 && *n - 1 < most && *k - 1 < most;
}

int bench_gemm_main(int argc, char **argv) {
  bench_gemm_options o = {.repeats = 15};
  int rest, code = tool_parse(&gemm_program, argc, argv, &o, &rest);
  if (code >= 0) return code;
  if (rest < argc) return tool_fail(TOOL_USAGE, "what is '%s'? There are options only", argv[rest]);
  if ((o.outputs || o.device) && !o.log) return tool_fail(TOOL_USAGE, "--outputs and --device go with --log");
  if (o.repeats < 1 || o.repeats > 100000) return tool_fail(TOOL_USAGE, "--repeats must be 1..100000");
  code = bench_gemm(&o);
  tool_list *lists[] = {&o.rhs, &o.lhs, &o.compute, &o.shapes, &o.m, &o.threads};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) free(lists[i]->items);
  return code;
}

typedef struct ceiling_options {
  uint64_t threads, memory;
  const char *shape, *name;
  bool json;
} ceiling_options;

static const tool_option ceiling_rows[] = {
    {TOOL_UNSIGNED, 't', "threads", "N", offsetof(ceiling_options, threads), NULL, "(2)"},
    {TOOL_SIZE, 0, "memory", "SIZE", offsetof(ceiling_options, memory), NULL, "to read (1.5 x the last-level cache)"},
    {TOOL_STRING, 's', "shape", "NxK", offsetof(ceiling_options, shape), NULL,
     "of the weights in products (1024x1024)"},
    {TOOL_STRING, 0, "name", "NAME", offsetof(ceiling_options, name), NULL,
     "of the profile (what the system calls the CPU)"},
    {TOOL_FLAG, 0, "json", NULL, offsetof(ceiling_options, json), NULL,
     "print a profile as `lowp-audit --chips` reads it"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, NULL}};
static void ceiling_notes(void) {
  printf(
      "\nMultiplications on registers or tiles by instruction set, reading from caches and memory, the clock, and what "
      "products\nreach of that in each format, which costs so much accuracy.\n"
      "\nExamples:\n"
      "  lowp-bench ceilings -t 2\n"
      "  lowp-bench --ceilings --json --name cpu >cpu.json\n"
      "  lowp-audit chip --chips cpu.json cpu\n");
}
static const tool_program ceiling_program = {"ceilings [options]", "Measures what this machine can do at most.",
                                             ceiling_rows, ceiling_notes};

int bench_ceilings_main(int argc, char **argv) {
  ceiling_options o = {.threads = 2, .shape = "1024x1024"};
  size_t n, k;
  int rest, code = tool_parse(&ceiling_program, argc, argv, &o, &rest);
  if (code >= 0) return code;
  if (rest < argc) return tool_fail(TOOL_USAGE, "what is '%s'? There are options only", argv[rest]);
  if (o.threads < 1 || o.threads > 1024) return tool_fail(TOOL_USAGE, "--threads must be 1..1024");
  if (!bench_shape(o.shape, &n, &k)) return tool_fail(TOOL_USAGE, "--shape is NxK, not '%s'", o.shape);
  const size_t memory = o.memory ? (size_t)o.memory : bench_last_level() * 3 / 2;
  return bench_ceilings((size_t)o.threads, memory, n, k, o.name, o.json);
}
