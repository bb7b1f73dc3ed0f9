/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analysis.c: how fast tensors are measured, as GB/s of f32 input, beside what the same threads read from memory in the
 * same turn. Three ways: the error sums of a quantized tensor alone; all that lowp_measure gives of it; the same of a
 * scheme, quantized on the way. And what lowp_describe_rows takes, which knows no scheme.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "bench/bench.h"
#include "bench/gemm.h"
#include "bench/probe.h"
#include "tools/common.h"
#include "tools/options.h"
#include "tools/table.h"
#include <stdlib.h>
#include <string.h>

typedef struct settings {
  tool_list formats;
  uint64_t size, repeats, threads;
  bool json;
} settings;

static const tool_option options[] = {
    {TOOL_LIST, 'f', "fmt", "FMT", offsetof(settings, formats), NULL,
     "scheme that is measured (mxfp4, nvfp4, hif4, fp8, w8a8);\nmay be given several times"},
    {TOOL_UNSIGNED, 'n', "size", "N", offsetof(settings, size), NULL, "values in the matrix (67108864)"},
    {TOOL_UNSIGNED, 't', "threads", "N", offsetof(settings, threads), NULL, "in the second half of the table (2)"},
    {TOOL_UNSIGNED, 'r', "repeats", "N", offsetof(settings, repeats), NULL, "timed repetitions of each (7)"},
    {TOOL_FLAG, 0, "json", NULL, offsetof(settings, json), NULL, "print JSON"},
    {TOOL_HEADING, 0, NULL, NULL, 0, NULL, NULL}};

static void notes(void) {
  printf(
      "\nThe matrix has normal values and rows of 4096. All take turns; each figure is of the fastest repetition, and\n"
      "beside it stands its part of the fastest plain read of the matrix by as many threads in this run.\n"
      "\nExample:\n  lowp-bench analysis -t 2 -f nvfp4\n");
}

static const tool_program program = {
    "analysis [options]", "Measures the speed of the error analysis: GB/s of float32 input for all figures at once.",
    options, notes};

typedef enum what { READ, DESCRIBE, ERRORS, MEASURE, QUANTIZE, WAYS } what;
static const char *const verbs[WAYS] = {"read", "describe", "error sums", "measure", "quantize and measure"};

typedef struct job {
  what what;
  lowp_scheme scheme;
  lowp_qtensor *q;
  double best[2]; /* seconds with one thread and with all */
} job;

/* One chunk of rows for each turn of the loop, merged in ascending order afterwards, as a program would. */
typedef union piece {
  lowp_error_stats stats;
  lowp_measurement measurement;
  lowp_description description;
} piece;

static lowp_status run_chunks(const job *j, const lowp_view *x, const lowp_measure_job *m, size_t threads) {
  enum { WINDOW = 32 };
  static piece all, pieces[WINDOW];
  lowp_status worst = LOWP_OK;
  const size_t rows = lowp_error_chunk_rows(x->cols);
  lowp_measurement_init(&all.measurement);
  if (j->what == DESCRIBE) lowp_description_init(&all.description);
  if (j->what == ERRORS) lowp_error_stats_init(&all.stats);
  for (size_t row = 0; row < x->rows; row += WINDOW * rows) {
    const size_t left = (x->rows - row + rows - 1) / rows, count = left < WINDOW ? left : WINDOW;
#ifdef _OPENMP
#pragma omp parallel for num_threads((int)threads) schedule(dynamic)
#endif
    for (size_t i = 0; i < count; i++) {
      const size_t r0 = row + i * rows;
      const size_t r1 = x->rows - r0 < rows ? x->rows : r0 + rows;
      lowp_status status;
      if (j->what == DESCRIBE) {
        lowp_description_init(&pieces[i].description);
        status = lowp_describe_rows(&pieces[i].description, x, r0, r1, NULL);
      } else if (j->what == ERRORS) {
        lowp_error_stats_init(&pieces[i].stats);
        status = lowp_error_stats_qtensor(&pieces[i].stats, x, j->q, r0, r1);
      } else {
        lowp_measurement_init(&pieces[i].measurement);
        status = lowp_measure_rows(m, r0, r1, &pieces[i].measurement, NULL);
      }
      if (status == LOWP_OK) continue;
#ifdef _OPENMP
#pragma omp critical
#endif
      worst = status;
    }
    for (size_t i = 0; i < count; i++) {
      if (j->what == DESCRIBE)
        lowp_describe_merge(&all.description, &pieces[i].description);
      else if (j->what == ERRORS)
        lowp_error_stats_merge(&all.stats, &pieces[i].stats);
      else
        lowp_measure_merge(&all.measurement, &pieces[i].measurement);
    }
  }
  (void)threads;
  return worst;
}

/* Seconds of one repetition; negative after a failure. The tensor scale is given: it takes a pass that is not measured. */
static double run(const job *j, const lowp_view *x, float amax, size_t threads) {
  if (j->what == READ) {
    /* The probe reads whole pages; time is scaled to the bytes of the matrix. */
    const size_t bytes = x->rows * x->cols * sizeof(float), skip = (4096 - (uintptr_t)x->data % 4096) % 4096;
    return (double)bytes / bench_read_rate((const char *)x->data + skip, bytes - skip, threads);
  }
  lowp_measure_desc desc;
  lowp_quant_opts opts;
  lowp_measure_job *m = NULL;
  lowp_measure_desc_init(&desc, x);
  desc.q = j->what == MEASURE ? j->q : NULL;
  if (j->what == QUANTIZE) {
    lowp_quant_opts_init(&opts, j->scheme);
    if (lowp_scheme_info_of(j->scheme)->tensor_scale) {
      opts.tensor_scale_from = LOWP_TENSOR_SCALE_AMAX;
      opts.tensor_amax = amax;
    }
    desc.scheme = j->scheme;
    desc.opts = &opts;
  }
  const double start = tool_clock();
  lowp_status status = LOWP_OK;
  if (j->what >= MEASURE) status = lowp_measure_begin(&m, &desc, NULL);
  if (status == LOWP_OK) status = run_chunks(j, x, m, threads);
  lowp_measure_end(m);
  return status == LOWP_OK ? tool_clock() - start : -1;
}

static int time_all(job *jobs, size_t count, const lowp_view *x, float amax, const settings *s) {
  for (size_t r = 0; r <= s->repeats; r++)
    for (size_t i = 0; i < count; i++)
      for (int t = 0; t < 2; t++) {
        const double seconds = run(&jobs[i], x, amax, t ? (size_t)s->threads : 1);
        if (seconds < 0) return tool_fail(TOOL_INTERNAL, "%s failed", verbs[jobs[i].what]);
        if (r > 0 && (jobs[i].best[t] == 0 || seconds < jobs[i].best[t])) jobs[i].best[t] = seconds;
      }
  return TOOL_OK;
}

static void job_name(const job *j, char *name, size_t size) {
  snprintf(name, size, "%s%s%s", verbs[j->what], j->scheme ? " " : "",
           j->scheme ? lowp_scheme_info_of(j->scheme)->name : "");
}

static void print_table(const job *jobs, size_t count, double bytes, const settings *s) {
  static const tool_column columns[] = {
      {"", TOOL_LEFT}, {"1 thread", TOOL_RIGHT}, {"of read", TOOL_RIGHT}, {"all", TOOL_RIGHT}, {"of read", TOOL_RIGHT}};
  printf("GB/s of float32 input, 1 thread and %llu\n\n", (unsigned long long)s->threads);
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < count; i++) {
    char name[64];
    job_name(&jobs[i], name, sizeof name);
    tool_table_cell(table, "%s", name);
    for (int t = 0; t < 2; t++) {
      tool_table_cell(table, "%.2f", bytes / jobs[i].best[t] * 1e-9);
      tool_table_cell(table, "%.3f", jobs[0].best[t] / jobs[i].best[t]);
    }
    tool_table_end_row(table);
  }
  tool_table_print(table, stdout);
  tool_table_destroy(table);
}

static void print_json(const job *jobs, size_t count, double bytes, const settings *s) {
  printf("{\n  \"bytes\": %.0f,\n  \"threads\": %llu,\n  \"results\": [\n", bytes, (unsigned long long)s->threads);
  for (size_t i = 0; i < count; i++) {
    char name[64];
    job_name(&jobs[i], name, sizeof name);
    printf("    {\"name\": \"%s\", \"gb_per_s\": [%.6g, %.6g]}%s\n", name, bytes / jobs[i].best[0] * 1e-9,
           bytes / jobs[i].best[1] * 1e-9, i + 1 < count ? "," : "");
  }
  printf("  ]\n}\n");
}

static int add_scheme(job *jobs, size_t *count, const char *name, const lowp_view *x) {
  const lowp_scheme scheme = lowp_scheme_from_name(name);
  lowp_qtensor *q;
  if (scheme == LOWP_SCHEME_NONE) return tool_fail(TOOL_USAGE, "no format has the name '%s'", name);
  if (lowp_qtensor_create(&q, scheme, x->rows, x->cols) != LOWP_OK) return tool_fail(TOOL_IO, "no memory for %s", name);
  for (what w = ERRORS; w < WAYS; w++) jobs[(*count)++] = (job){.what = w, .scheme = scheme, .q = q};
  if (lowp_quantize(NULL, x, q, NULL) != LOWP_OK) return tool_fail(TOOL_INTERNAL, "quantizing to %s failed", name);
  return TOOL_OK;
}

int bench_analysis_main(int argc, char **argv) {
  static const char *const usual[] = {"mxfp4", "nvfp4", "hif4", "fp8", "w8a8"};
  settings s = {.size = 1 << 26, .repeats = 7, .threads = 2};
  int rest, code = tool_parse(&program, argc, argv, &s, &rest);
  if (code >= 0) return code;
  if (rest < argc) return tool_fail(TOOL_USAGE, "what is '%s'? There are options only", argv[rest]);
  if (s.repeats < 1 || s.repeats > 100000) return tool_fail(TOOL_USAGE, "--repeats must be 1..100000");
  if (s.threads < 1 || s.threads > 1024) return tool_fail(TOOL_USAGE, "--threads must be 1..1024");
  if (s.size < 4096 * s.threads || s.size > (uint64_t)1 << 32)
    return tool_fail(TOOL_USAGE, "--size must be 4096..2^32 for each thread");
  const char *const *names = s.formats.count ? s.formats.items : usual;
  const size_t formats = s.formats.count ? s.formats.count : sizeof usual / sizeof usual[0];
  bench_data data = {.threads = 1, .from = LOWP_F32, .to = LOWP_F32};
  if (!bench_data_create(&data, (size_t)s.size)) {
    bench_data_destroy(&data);
    return tool_fail(TOOL_IO, "no memory for %llu values", (unsigned long long)s.size);
  }
  const lowp_view x = lowp_view_of(LOWP_F32, data.rows, data.cols, data.x);
  job *jobs = tool_alloc(2 + 3 * formats, sizeof *jobs);
  size_t count = 0;
  float amax;
  jobs[count++] = (job){.what = READ};
  jobs[count++] = (job){.what = DESCRIBE};
  code = lowp_measure_amax(&x, 0, x.rows, &amax, NULL) == LOWP_OK ? TOOL_OK : TOOL_INTERNAL;
  for (size_t i = 0; i < formats && code == TOOL_OK; i++) code = add_scheme(jobs, &count, names[i], &x);
  if (code == TOOL_OK) code = time_all(jobs, count, &x, amax, &s);
  const double bytes = (double)data.n * sizeof(float);
  if (code == TOOL_OK && s.json) print_json(jobs, count, bytes, &s);
  if (code == TOOL_OK && !s.json) print_table(jobs, count, bytes, &s);
  for (size_t i = 2; i < count; i += 3) lowp_qtensor_destroy(jobs[i].q);
  free(jobs);
  free(s.formats.items);
  bench_data_destroy(&data);
  return code;
}
