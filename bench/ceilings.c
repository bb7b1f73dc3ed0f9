/* SPDX-License-Identifier: Apache-2.0 */
/* ceilings.c: what this machine can do at most, by the probes. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "bench/bench.h"
#include "bench/probe.h"
#include "bench/profile.h"
#include "tools/common.h"
#include "tools/table.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const bench_peak known[] = {
    {"f32 fma", "generic", bench_f32_generic},
#if LOWP_HAVE_AVX2
    {"f32 fma", "avx2", bench_f32_avx2},
    {"int8 dot", "avx2", bench_int8_avx2},
#endif
#if LOWP_HAVE_AVXVNNI
    {"int8 dot", "avxvnni", bench_int8_avxvnni},
#endif
#if LOWP_HAVE_AVX512
    {"f32 fma", "avx512", bench_f32_avx512},
#endif
#if LOWP_HAVE_AVX512VNNI
    {"int8 dot", "avx512vnni", bench_int8_avx512vnni},
#endif
#if LOWP_HAVE_AVX512BF16
    {"bf16 dot", "avx512bf16", bench_bf16_avx512bf16},
#endif
#if LOWP_HAVE_AMX
    {"bf16 tile, loads from L1", "amx", bench_bf16_amx_l1},
    {"bf16 tile", "amx", bench_bf16_amx},
    {"int8 tile", "amx", bench_int8_amx},
#endif
};

static bool enabled(const char *isa) {
  for (size_t i = 0; i < lowp_cpu_isa_count(); i++)
    if (strcmp(lowp_cpu_isa_name(i), isa) == 0) return lowp_cpu_isa_enabled(i);
  return false;
}

/* Tiles are granted by the system to who asks, which a plan does for the kernels that it chooses. */
static bool granted(const char *isa) {
  lowp_gemm_desc desc;
  lowp_gemm_plan *plan;
  lowp_gemm_desc_init(&desc, LOWP_SCHEME_MXFP4, 16, 128);
  if (lowp_gemm_plan_create(&plan, &desc, NULL) != LOWP_OK) return false;
  bool yes = strcmp(isa, "amx") != 0 || strstr(lowp_gemm_plan_kernel(plan), "_amx");
  lowp_gemm_plan_destroy(plan);
  return yes;
}

const bench_peak *bench_peaks(size_t *count) {
  static bench_peak usable[sizeof known / sizeof known[0]];
  *count = 0;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (enabled(known[i].isa) && granted(known[i].isa)) usable[(*count)++] = known[i];
  return usable;
}

const bench_peak *bench_peak_named(const char *name) {
  size_t count;
  const bench_peak *peaks = bench_peaks(&count), *found = NULL;
  for (size_t i = 0; i < count; i++)
    if (strcmp(peaks[i].name, name) == 0) found = &peaks[i];
  return found;
}

const bench_peak *bench_peak_of_kernel(const char *kernel) {
  const bool tile = strstr(kernel, "_amx") != NULL;
  if (strstr(kernel, "int8"))
    return bench_peak_named(tile ? "int8 tile" : bench_peak_named("int8 dot") ? "int8 dot" : "f32 fma");
  if (strstr(kernel, "bf16")) return bench_peak_named(tile ? "bf16 tile" : "bf16 dot");
  return bench_peak_named("f32 fma");
}

double bench_peak_rate(const bench_peak *peak, size_t threads, double seconds) {
  size_t rounds = 1000;
  double start = tool_clock(), once;
  peak->run(rounds);
  while ((once = tool_clock() - start) < 50e-6) {
    rounds *= 4;
    start = tool_clock();
    peak->run(rounds);
  }
  rounds = (size_t)((double)rounds * (seconds > once ? seconds / once : 1));
  double total = 0;
  start = tool_clock();
#pragma omp parallel for num_threads((int)threads) schedule(static, 1) reduction(+ : total)
  for (size_t t = 0; t < threads; t++) total += peak->run(rounds);
  return total / (tool_clock() - start);
}

static bench_read_fn *reader(void) {
#if LOWP_HAVE_AVX512
  if (enabled("avx512")) return bench_read_avx512;
#endif
#if LOWP_HAVE_AVX2
  if (enabled("avx2")) return bench_read_avx2;
#endif
  return bench_read_generic;
}

static double read_rate(const void *data, size_t bytes, size_t threads, size_t passes) {
  bench_read_fn *read = reader();
  size_t part = bytes / threads & ~(size_t)4095;
  uint64_t sum = 0;
  double start = tool_clock();
#pragma omp parallel for num_threads((int)threads) schedule(static, 1) reduction(^ : sum)
  for (size_t t = 0; t < threads; t++)
    for (size_t i = 0; i < passes; i++) sum ^= read((const char *)data + t * part, part);
  double seconds = tool_clock() - start;
  volatile uint64_t sink = sum;
  (void)sink;
  return (double)(part * threads * passes) / seconds;
}

double bench_read_rate(const void *data, size_t bytes, size_t threads) { return read_rate(data, bytes, threads, 1); }

double bench_read_cached(const void *data, size_t bytes, size_t threads, double seconds) {
  double once = (double)bytes / read_rate(data, bytes, threads, 1);
  return read_rate(data, bytes, threads, (size_t)(seconds / once) + 1);
}

size_t bench_last_level(void) {
  long size = sysconf(_SC_LEVEL3_CACHE_SIZE);
  return size > 0 ? (size_t)size : (size_t)64 << 20;
}

typedef struct level {
  const char *name;
  size_t bytes; /* for each thread */
} level;

/* Best of several, since anything else on the machine only takes away. */
enum { TRIES = 7 };

static int measure(bench_profile *p, size_t memory) {
  const size_t threads = p->threads;
  const level levels[] = {
      {"read 24 KiB", 24 << 10}, {"read 1 MiB", 1 << 20}, {"read 16 MiB", 16 << 20}, {"read memory", memory / threads}};
  enum { LEVELS = sizeof levels / sizeof levels[0] };
  size_t count, bytes = memory < threads * ((size_t)16 << 20) ? threads * ((size_t)16 << 20) : memory;
  const bench_peak *peaks = bench_peaks(&count);
  void *data = NULL;
  if (posix_memalign(&data, 4096, bytes)) return tool_fail(TOOL_IO, "no memory for %zu bytes", bytes);
  memset(data, 1, bytes);
  for (size_t i = 0; i < count + LEVELS; i++) {
    double best[2] = {0};
    const level *l = i < count ? NULL : &levels[i - count];
    for (int t = 0; t < 2 * TRIES; t++) {
      size_t with = t & 1 ? threads : 1;
      double rate = !l                             ? bench_peak_rate(&peaks[i], with, 2e-3)
                    : l->bytes * threads >= memory ? bench_read_rate(data, l->bytes * with & ~(size_t)4095, with)
                                                   : bench_read_cached(data, l->bytes * with, with, 2e-3);
      if (rate > best[t & 1]) best[t & 1] = rate;
    }
    p->ceilings[p->ceiling_count++] =
        (bench_ceiling){l ? l->name : peaks[i].name, l ? "" : peaks[i].isa, best[0], best[1]};
  }
  p->clock = bench_clock();
  free(data);
  return bench_profile_gemm(p);
}

static void print_ceilings(const bench_profile *p) {
  static const tool_column columns[] = {
      {"", TOOL_LEFT}, {"needs", TOOL_LEFT}, {"1 thread", TOOL_RIGHT}, {"all", TOOL_RIGHT}, {"", TOOL_LEFT}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < p->ceiling_count; i++) {
    const bench_ceiling *c = &p->ceilings[i];
    tool_table_cell(table, "%s", c->name);
    tool_table_cell(table, "%s", c->isa);
    tool_table_cell(table, "%.1f", c->one * 1e-9);
    tool_table_cell(table, "%.1f", c->all * 1e-9);
    tool_table_cell(table, "%s", *c->isa ? "Gop/s" : "GB/s");
    tool_table_end_row(table);
  }
  tool_table_print(table, stdout);
  tool_table_destroy(table);
  printf("\nclock: %.2f GHz, by additions that wait for each other\n\n", p->clock * 1e-9);
}

static void print_reached(const bench_profile *p) {
  static const tool_column columns[] = {{"product", TOOL_LEFT},  {"m", TOOL_RIGHT},   {"GFLOP/s", TOOL_RIGHT},
                                        {"of peak", TOOL_RIGHT}, {"peak", TOOL_LEFT}, {"QSNR dB", TOOL_RIGHT},
                                        {"kernel", TOOL_LEFT}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < p->reached_count; i++) {
    const bench_reached *r = &p->reached[i];
    const bench_ceiling *c = bench_ceiling_named(p, r->peak);
    tool_table_cell(table, "%s x %s", r->lhs ? lowp_scheme_info_of(r->lhs)->name : "bf16",
                    lowp_scheme_info_of(r->rhs)->name);
    tool_table_cell(table, "%zu", r->m);
    tool_table_cell(table, "%.1f", r->flops * 1e-9);
    tool_table_cell(table, "%.0f %%", c ? 100 * r->flops / bench_ceiling_best(c) : 0);
    tool_table_cell(table, "%s", r->peak);
    tool_table_cell(table, "%.2f", r->qsnr);
    tool_table_cell(table, "%s", r->kernel);
    tool_table_end_row(table);
  }
  tool_table_print(table, stdout);
  tool_table_destroy(table);
}

int bench_ceilings(size_t threads, size_t memory, size_t n, size_t k, const char *name, int json) {
  static bench_profile p;
  p = (bench_profile){.threads = threads, .n = n, .k = k, .name = name};
  const int code = measure(&p, memory);
  if (code != TOOL_OK) return code;
  if (json) return bench_profile_json(&p);
  print_ceilings(&p);
  print_reached(&p);
  return TOOL_OK;
}
