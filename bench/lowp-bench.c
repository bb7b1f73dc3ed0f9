/* SPDX-License-Identifier: Apache-2.0 */
/* lowp-bench: how fast elements are encoded and decoded and schemes quantized and dequantized, beside a plain copy. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "bench/bench.h"
#include "bench/gemm.h"
#include "tools/common.h"
#include "tools/options.h"
#include "tools/table.h"
#include <stdlib.h>
#include <string.h>

typedef struct settings {
  tool_list filters;
  uint64_t size, repeats, threads;
  const char *from, *to;
  bool each_isa, json;
} settings;

static const tool_option options[] = {
    {TOOL_LIST, 'f', "filter", "TEXT", offsetof(settings, filters), NULL,
     "only what has TEXT in its name, for example 'quantize mxfp4';\nmay be given several times"},
    {TOOL_UNSIGNED, 'n', "size", "N", offsetof(settings, size), NULL, "values in the matrix (1048576)"},
    {TOOL_UNSIGNED, 't', "threads", "N", offsetof(settings, threads), NULL, "that share each job and each copy (1)"},
    {TOOL_STRING, 0, "from", "TYPE", offsetof(settings, from), NULL, "what is quantized: f32, bf16 or fp16 (f32)"},
    {TOOL_STRING, 0, "to", "TYPE", offsetof(settings, to), NULL, "what is dequantized to, likewise (f32)"},
    {TOOL_UNSIGNED, 'r', "repeats", "N", offsetof(settings, repeats), NULL, "timed repetitions of each (15)"},
    {TOOL_FLAG, 'i', "each-isa", NULL, offsetof(settings, each_isa), NULL,
     "each also by every instruction set alone, in turns"},
    {TOOL_FLAG, 0, "json", NULL, offsetof(settings, json), NULL, "print JSON"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, NULL}};

static void notes(void) {
  printf("\nAll take turns, one repetition of each at a time, and right after it memcpy on as many threads reads and\n"
         "writes as many bytes. GB/s counts bytes read and written once, at the median; copy is the part of the speed\n"
         "of that memcpy, at the medians and at the fastest. A size beyond the caches, as -n 67108864, measures from "
         "memory.\n"
         "A scale of the whole tensor takes a second pass over it, which is not counted. LOWP_ISA limits the\n"
         "instruction sets, as in every program that uses lowp.\n"
         "\nExamples:\n"
         "  lowp-bench -n 67108864 -t 2 -f quantize --from bf16 --to bf16\n"
         "  LOWP_ISA=avx2 lowp-bench -f 'dequantize mxfp4'\n"
         "  lowp-bench --each-isa -f mxfp4\n");
}

static const tool_program program = {
    "[options] | gemm [options] | analysis [options] | ceilings [options]",
    "Measures the speed of lowp's conversions; with gemm, of matrix multiplication; with analysis, of the error "
    "analysis;\n"
    "with ceilings, of this machine. lowp-bench gemm --help and so on show the options of these.",
    options, notes};

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(const bench_job *job, size_t repeats) { return job->seconds[repeats / 2]; }
static double speed(const bench_job *job, double seconds) { return (double)job->bytes / seconds * 1e-9; }

/* Each job but the copy once more for every instruction set that is enabled; NULL if memory runs out. Takes `jobs`. */
static bench_job *for_each_isa(bench_job *jobs, size_t *count) {
  static char names[512];
  char *isas = names, *const end = names + sizeof names;
  bench_job *all = malloc(*count * (lowp_cpu_isa_count() + 1) * sizeof *all);
  size_t n = 0;
  for (size_t j = 0; j < lowp_cpu_isa_count(); j++)
    if (lowp_cpu_isa_enabled(j)) isas += (size_t)snprintf(isas, (size_t)(end - isas), "%s,", lowp_cpu_isa_name(j));
  for (size_t i = 0; all && i < *count; i++) {
    all[n] = jobs[i];
    all[n++].isa = names;
    for (size_t j = 0; i > 0 && j < lowp_cpu_isa_count(); j++) {
      if (!lowp_cpu_isa_enabled(j)) continue;
      bench_job *job = &all[n++];
      *job = jobs[i];
      job->isa = lowp_cpu_isa_name(j);
      const size_t length = strlen(job->name);
      snprintf(job->name + length, sizeof job->name - length, ", %s", job->isa);
    }
  }
  free(jobs);
  *count = n;
  return all;
}

/* Times all jobs, in turns; one untimed round first for page faults and caches. Afterwards seconds are sorted. */
static lowp_status measure(bench_job *jobs, size_t count, bench_data *data, size_t repeats) {
  for (size_t r = 0; r <= repeats; r++) {
    for (size_t i = 0; i < count; i++) {
      lowp_status status = jobs[i].isa ? lowp_cpu_limit(jobs[i].isa) : LOWP_OK;
      if (status == LOWP_OK) status = bench_prepare(&jobs[i], data);
      double start = tool_clock();
      if (status == LOWP_OK) status = jobs[i].run(&jobs[i], data);
      double end = tool_clock();
      if (status != LOWP_OK) return status;
      bench_copy(data, jobs[i].bytes);
      double copied = tool_clock();
      if (r == 0) continue;
      jobs[i].seconds[r - 1] = end > start ? end - start : 1e-9;
      jobs[i].copy[r - 1] = copied > end ? copied - end : 1e-9;
    }
  }
  for (size_t i = 0; i < count; i++) {
    qsort(jobs[i].seconds, repeats, sizeof *jobs[i].seconds, ascending);
    qsort(jobs[i].copy, repeats, sizeof *jobs[i].copy, ascending);
  }
  return jobs[0].isa ? lowp_cpu_limit(jobs[0].isa) : LOWP_OK;
}

static void print_isas(const char *separator, const char *quote) {
  const char *between = "";
  for (size_t i = 0; i < lowp_cpu_isa_count(); i++) {
    if (!lowp_cpu_isa_enabled(i)) continue;
    printf("%s%s%s%s", between, quote, lowp_cpu_isa_name(i), quote);
    between = separator;
  }
}

static const char *type_name(lowp_element type) { return lowp_element_info_of(type)->name; }

static void print_table(const bench_job *jobs, size_t count, const bench_data *data, size_t repeats) {
  static const tool_column columns[] = {{"", TOOL_LEFT},          {"median us", TOOL_RIGHT}, {"min us", TOOL_RIGHT},
                                        {"ns/value", TOOL_RIGHT}, {"GB/s", TOOL_RIGHT},      {"copy", TOOL_RIGHT},
                                        {"(best)", TOOL_RIGHT}};
  printf("%zu x %zu values, quantized from %s and dequantized to %s, %zu thread%s, %zu repetitions, instruction sets: ",
         data->rows, data->cols, type_name(data->from), type_name(data->to), data->threads,
         data->threads == 1 ? "" : "s", repeats);
  print_isas(", ", "");
  printf("\n\n");
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < count; i++) {
    double m = median(&jobs[i], repeats);
    tool_table_cell(table, "%s", jobs[i].name);
    tool_table_cell(table, "%.1f", m * 1e6);
    tool_table_cell(table, "%.1f", jobs[i].seconds[0] * 1e6);
    tool_table_cell(table, "%.3f", m * 1e9 / (double)data->n);
    tool_table_cell(table, "%.3f", speed(&jobs[i], m));
    tool_table_cell(table, "%.3f", jobs[i].copy[repeats / 2] / m);
    tool_table_cell(table, "%.3f", jobs[i].copy[0] / jobs[i].seconds[0]);
    tool_table_end_row(table);
  }
  tool_table_print(table, stdout);
  tool_table_destroy(table);
}

/* Names are of the library's own tables: nothing in them needs an escape. */
static void print_json(const bench_job *jobs, size_t count, const bench_data *data, size_t repeats) {
  printf("{\n  \"rows\": %zu,\n  \"cols\": %zu,\n  \"repeats\": %zu,\n  \"threads\": %zu,\n", data->rows, data->cols,
         repeats, data->threads);
  printf("  \"from\": \"%s\",\n  \"to\": \"%s\",\n  \"isas\": [", type_name(data->from), type_name(data->to));
  print_isas(", ", "\"");
  printf("],\n  \"results\": [\n");
  for (size_t i = 0; i < count; i++) {
    double m = median(&jobs[i], repeats);
    printf("    {\"name\": \"%s\", \"bytes\": %zu, ", jobs[i].name, jobs[i].bytes);
    printf("\"median_s\": %.9f, \"min_s\": %.9f, ", m, jobs[i].seconds[0]);
    printf("\"gb_per_s\": %.6g, \"copy\": %.6g, \"copy_best\": %.6g}%s\n", speed(&jobs[i], m),
           jobs[i].copy[repeats / 2] / m, jobs[i].copy[0] / jobs[i].seconds[0], i + 1 < count ? "," : "");
  }
  printf("  ]\n}\n");
}

/* The type that an option names; F32 where it was not given, NONE if tensors do not have it. */
static lowp_element type_of(const char *name) {
  lowp_element type = name ? lowp_element_from_name(name) : LOWP_F32;
  return type == LOWP_F32 || type == LOWP_BF16 || type == LOWP_FP16 ? type : LOWP_ELEMENT_NONE;
}

static int run(const settings *s) {
  bench_data data = {.threads = (size_t)s->threads, .from = type_of(s->from), .to = type_of(s->to)};
  size_t count = 0;
  if (!data.from || !data.to) return tool_fail(TOOL_USAGE, "--from and --to take f32, bf16 or fp16");
  bool enough = bench_data_create(&data, (size_t)s->size);
  bench_job *jobs = enough ? bench_jobs(&data, s->filters.items, s->filters.count, &count) : NULL;
  const bool nothing = count == 1 && s->filters.count > 0 && !strstr("copy", s->filters.items[0]);
  if (jobs && s->each_isa) jobs = for_each_isa(jobs, &count);
  double *seconds = tool_alloc(2 * count * (size_t)s->repeats, sizeof *seconds);
  int code = TOOL_OK;
  if (!jobs) {
    code = tool_fail(TOOL_IO, "no memory for %llu values", (unsigned long long)s->size);
  } else if (nothing) {
    code = tool_fail(TOOL_USAGE, "no name contains '%s'", s->filters.items[0]);
  } else {
    for (size_t i = 0; i < count; i++) {
      jobs[i].seconds = seconds + 2 * i * s->repeats;
      jobs[i].copy = jobs[i].seconds + s->repeats;
    }
    lowp_status status = measure(jobs, count, &data, (size_t)s->repeats);
    if (status != LOWP_OK)
      code = tool_fail_status(status, NULL);
    else
      (s->json ? print_json : print_table)(jobs, count, &data, (size_t)s->repeats);
  }
  free(seconds);
  free(jobs);
  bench_data_destroy(&data);
  return code;
}

int main(int argc, char **argv) {
  settings s = {.size = 1 << 20, .repeats = 15, .threads = 1};
  int rest;
  tool_begin("lowp-bench");
  if (argc > 1 && strcmp(argv[1], "gemm") == 0) return tool_end(bench_gemm_main(argc - 1, argv + 1));
  if (argc > 1 && (strcmp(argv[1], "ceilings") == 0 || strcmp(argv[1], "--ceilings") == 0))
    return tool_end(bench_ceilings_main(argc - 1, argv + 1));
  if (argc > 1 && strcmp(argv[1], "analysis") == 0) return tool_end(bench_analysis_main(argc - 1, argv + 1));
  int code = tool_parse(&program, argc, argv, &s, &rest);
  if (code >= 0) return tool_end(code);
  if (rest < argc) return tool_end(tool_fail(TOOL_USAGE, "what is '%s'? There are options only", argv[rest]));
  if (s.size < 1 || s.size > (uint64_t)1 << 32) return tool_end(tool_fail(TOOL_USAGE, "--size must be 1..2^32"));
  if (s.repeats < 1 || s.repeats > 100000) return tool_end(tool_fail(TOOL_USAGE, "--repeats must be 1..100000"));
  if (s.threads < 1 || s.threads > 1024) return tool_end(tool_fail(TOOL_USAGE, "--threads must be 1..1024"));
  code = run(&s);
  free(s.filters.items);
  return tool_end(code);
}
