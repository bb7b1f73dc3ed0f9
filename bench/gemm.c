/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm.c: y = x w^T through the public API. Time is the fastest and the median repetition; beside it the part of the ceiling that
 * bounds the case: packed bytes per second of the speed at which the same threads read memory (or the caches) in the same
 * turns, operations per second of the peak of the unit that the chosen kernel uses.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "bench/gemm.h"
#include "bench/gemm_log.h"
#include "bench/probe.h"
#include "tools/common.h"
#include "tools/table.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_CASES = 256, PROBE_BYTES = 64 << 20 };

/* The weights of a shape in one scheme, packed, with as many copies as it takes to leave the caches. */
typedef struct weights {
  lowp_scheme scheme;
  size_t n, k, bytes, stride, copies;
  char *packed;
  double pack_seconds, unpack_seconds, copy_seconds; /* best of some; a copy of as many bytes as are packed */
} weights;

typedef struct bench_case {
  char name[96];
  weights *w;
  lowp_gemm_plan *plan;
  size_t m, threads, next; /* next: the copy to use */
  bool cold;
  const char *lhs;
  lowp_compute compute;
  lowp_element x_element;
  lowp_qtensor *xq;
  void *workspace;
  size_t workspace_bytes;
  const bench_peer *peer;
  void *peer_state;
  const bench_peak *peak;
  double *seconds, *ceiling; /* of each repetition: ours, and the bound's rate measured beside it */
} bench_case;

typedef struct bench_run {
  const bench_gemm_options *o;
  bench_case cases[MOST_CASES];
  size_t count;
  void *x[LOWP_ELEMENT_COUNT]; /* activations of each element used */
  float *y;
  char *pool; /* memory for the read probe */
  size_t pool_bytes;
  bench_log log;
} bench_run;

static void *aligned(size_t bytes) {
  void *p = NULL;
  return posix_memalign(&p, 4096, bytes ? bytes : 1) ? NULL : p;
}

static lowp_status quantize_normal(lowp_qtensor *q) {
  const size_t rows = q->rows, cols = q->cols;
  float *x = malloc(rows * cols * sizeof *x);
  if (!x) return LOWP_E_NOMEM;
  lowp_status status = lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, BENCH_SEED_W, 0, rows * cols, x);
  for (size_t i = 0; i < rows * cols; i++) x[i] *= (float)BENCH_SIGMA;
  lowp_view view = lowp_view_of(LOWP_F32, rows, cols, x);
  if (status == LOWP_OK) status = lowp_quantize(NULL, &view, q, NULL);
  free(x);
  return status;
}

static lowp_status make_weights(weights *w, size_t cold_bytes, lowp_error *error) {
  lowp_qtensor *q = NULL, *back = NULL;
  lowp_gemm_plan *plan = NULL;
  lowp_gemm_desc desc;
  lowp_gemm_desc_init(&desc, w->scheme, w->n, w->k);
  lowp_status status = lowp_qtensor_create(&q, w->scheme, w->n, w->k);
  if (status == LOWP_OK) status = lowp_qtensor_create(&back, w->scheme, w->n, w->k);
  if (status == LOWP_OK) status = quantize_normal(q);
  if (status == LOWP_OK) status = lowp_gemm_plan_create(&plan, &desc, error);
  if (status == LOWP_OK) status = lowp_gemm_pack_size(plan, &w->bytes);
  w->stride = (w->bytes + 4095) / 4096 * 4096;
  w->copies = status == LOWP_OK ? cold_bytes / w->stride + 1 : 0;
  if (status == LOWP_OK && !(w->packed = aligned(w->stride * w->copies))) status = LOWP_E_NOMEM;
  enum { TRIES = 5 };
  char *copy = malloc(w->bytes + 1);
  w->pack_seconds = w->unpack_seconds = w->copy_seconds = 1e9;
  for (int t = 0; t < TRIES && status == LOWP_OK; t++) {
    double start = tool_clock();
    status = lowp_gemm_pack(plan, q, w->packed, w->bytes, error);
    double packed = tool_clock();
    if (copy) memcpy(copy, w->packed, w->bytes);
    __asm__ volatile("" : : "r"(copy) : "memory"); /* a copy that nobody reads is no copy */
    double copied = tool_clock();
    if (packed - start < w->pack_seconds) w->pack_seconds = packed - start;
    if (copied - packed < w->copy_seconds) w->copy_seconds = copied - packed;
  }
  free(copy);
  /* Apart: a third buffer would drive the others out of the caches. */
  for (int t = 0; t < TRIES && status == LOWP_OK; t++) {
    double start = tool_clock();
    status = lowp_gemm_unpack(plan, w->packed, w->bytes, back, error);
    double unpacked = tool_clock();
    if (unpacked - start < w->unpack_seconds) w->unpack_seconds = unpacked - start;
  }
  for (size_t c = 1; status == LOWP_OK && c < w->copies; c++) memcpy(w->packed + c * w->stride, w->packed, w->bytes);
  lowp_gemm_plan_destroy(plan);
  lowp_qtensor_destroy(back);
  lowp_qtensor_destroy(q);
  return status;
}

/* One repetition. */
static lowp_status run_case(bench_run *r, bench_case *c) {
  if (c->peer) {
    c->peer->run(c->peer_state);
    return LOWP_OK;
  }
  lowp_gemm_args a;
  lowp_gemm_args_init(&a, c->plan, c->w->packed + c->next * c->w->stride, c->m, c->x_element, r->x[c->x_element],
                      LOWP_F32, r->y);
  if (c->xq) {
    a.x.rows = a.x.cols = 0;
    a.xq = c->xq;
  }
  if (c->cold) c->next = (c->next + 1) % c->w->copies;
  lowp_threads threads = {.struct_size = sizeof threads, .count = c->threads};
  return lowp_gemm_run(&a, &threads, c->workspace, c->workspace_bytes, NULL);
}

/* m up to 16 is judged by the bytes of the weights, more by operations. */
static bool by_bytes(const bench_case *c) { return c->m <= 16 && !c->peer; }

static double ceiling_of(bench_run *r, const bench_case *c) {
  if (!by_bytes(c)) return c->peak ? bench_peak_rate(c->peak, c->threads, 1e-3) : 0;
  if (c->cold) {
    static size_t at; /* another part of the pool each time, so that none of it is cached */
    size_t parts = r->pool_bytes / PROBE_BYTES;
    at = (at + 1) % parts;
    return bench_read_rate(r->pool + at * PROBE_BYTES, PROBE_BYTES, c->threads);
  }
  size_t bytes = (c->w->bytes / 4096 + c->threads) / c->threads * c->threads * 4096; /* at least a page for each */
  return bench_read_cached(r->pool, bytes < r->pool_bytes ? bytes : r->pool_bytes, c->threads, 1e-3);
}

/* Threads of other libraries go on spinning for a while when their work is done; OpenBLAS's for some 20 ms. */
static void let_them_sleep(void) { nanosleep(&(struct timespec){.tv_nsec = 40000000}, NULL); }

static lowp_status measure(bench_run *r) {
  for (uint64_t t = 0; t <= r->o->repeats; t++)
    for (size_t i = 0; i < r->count; i++) {
      bench_case *c = &r->cases[i];
      if (r->o->peers) let_them_sleep();
      double ceiling = ceiling_of(r, c), start = tool_clock();
      lowp_status status = run_case(r, c);
      double seconds = tool_clock() - start;
      if (status != LOWP_OK) return status;
      if (t == 0) continue; /* page faults */
      c->seconds[t - 1] = seconds;
      c->ceiling[t - 1] = ceiling;
    }
  return LOWP_OK;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void print_case(const bench_run *r, bench_case *c, tool_table *table, bool last) {
  const size_t repeats = (size_t)r->o->repeats;
  qsort(c->seconds, repeats, sizeof *c->seconds, ascending);
  qsort(c->ceiling, repeats, sizeof *c->ceiling, ascending);
  double best = c->seconds[0], median = c->seconds[repeats / 2], late = c->seconds[repeats * 9 / 10];
  double flop = 2.0 * (double)c->m * (double)c->w->n * (double)c->w->k, bytes = c->peer ? 0 : (double)c->w->bytes;
  /* Best against best, and median against median. */
  double top = c->ceiling[repeats - 1], middle = c->ceiling[repeats / 2], work = by_bytes(c) ? bytes : flop;
  double of_best = top > 0 ? work / best / top : 0, of_median = middle > 0 ? work / median / middle : 0;
  const char *bound = by_bytes(c) ? "read" : c->peak ? c->peak->name : "";
  if (r->o->json) {
    printf(
        "    {\"name\": \"%s\", \"rhs\": \"%s\", \"n\": %zu, \"k\": %zu, \"m\": %zu, \"threads\": %zu, \"cold\": %s, ",
        c->name, c->peer ? "" : lowp_scheme_info_of(c->w->scheme)->name, c->w->n, c->w->k, c->m, c->threads,
        c->cold ? "true" : "false");
    printf("\"kernel\": \"%s\", \"min_s\": %.9f, \"median_s\": %.9f, \"p90_s\": %.9f, ",
           c->peer ? c->peer->name : lowp_gemm_plan_kernel(c->plan), best, median, late);
    printf("\"packed_bytes\": %.0f, \"flop\": %.0f, \"bound\": \"%s\", \"bound_rate\": %.6g, ", bytes, flop, bound,
           top);
    printf("\"of_bound_min\": %.4f, \"of_bound_median\": %.4f}%s\n", of_best, of_median, last ? "" : ",");
    return;
  }
  tool_table_cell(table, "%s", c->name);
  tool_table_cell(table, "%zu", c->threads);
  tool_table_cell(table, "%.1f", best * 1e6);
  tool_table_cell(table, "%.1f", median * 1e6);
  tool_table_cell(table, "%.2f", late / best);
  tool_table_cell(table, "%.1f", bytes / best * 1e-9);
  tool_table_cell(table, "%.1f", flop / best * 1e-9);
  tool_table_cell(table, "%.0f %%", 100 * of_best);
  tool_table_cell(table, "%.0f %%", 100 * of_median);
  tool_table_cell(table, "%s", bound);
  tool_table_cell(table, "%s", c->peer ? c->peer->operands : lowp_gemm_plan_kernel(c->plan) + strlen("lowpk_"));
  tool_table_end_row(table);
}

static void print_cases(bench_run *r) {
  static const tool_column columns[] = {{"", TOOL_LEFT},           {"threads", TOOL_RIGHT},  {"min us", TOOL_RIGHT},
                                        {"median us", TOOL_RIGHT}, {"p90/min", TOOL_RIGHT},  {"GB/s", TOOL_RIGHT},
                                        {"GFLOP/s", TOOL_RIGHT},   {"of bound", TOOL_RIGHT}, {"(median)", TOOL_RIGHT},
                                        {"bound", TOOL_LEFT},      {"kernel", TOOL_LEFT}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < r->count; i++) print_case(r, &r->cases[i], table, i + 1 == r->count);
  if (!r->o->json) tool_table_print(table, stdout);
  tool_table_destroy(table);
}

static const char *const compute_names[] = {"reproducible", "bf16", "f32", NULL};

/* Once more, for its output. What BF16 makes of fp16 activations is rounded twice, and no format of a log. */
static int log_case(bench_run *r, bench_case *c) {
  const char *lhs = c->lhs;
  if (c->peer) return TOOL_OK;
  if (c->compute == LOWP_COMPUTE_BF16 && strcmp(lhs, "fp16") == 0) {
    tool_warn("not in the log: %s", c->name);
    return TOOL_OK;
  }
  if (c->compute == LOWP_COMPUTE_BF16 && strcmp(lhs, "f32") == 0) lhs = "bf16";
  const lowp_status status = run_case(r, c);
  if (status != LOWP_OK) return tool_fail_status(status, NULL);
  return bench_log_add(&r->log, c->m, c->w->n, c->w->k, lhs, lowp_scheme_info_of(c->w->scheme)->name,
                       compute_names[c->compute], c->seconds[0], r->y);
}

/* A list of an option, or its defaults. */
typedef struct choices {
  const char *const *items;
  size_t count;
} choices;
#define CHOICES(list, ...) \
  ((list).count \
       ? (choices){(list).items, (list).count} \
       : (choices){(const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)})

static bench_case *add(bench_run *r, weights *w, size_t m, size_t threads, bool cold) {
  if (r->count == MOST_CASES) return NULL;
  bench_case *c = &r->cases[r->count++];
  *c = (bench_case){.w = w, .m = m, .threads = threads, .cold = cold};
  c->seconds = tool_alloc((size_t)r->o->repeats, sizeof *c->seconds);
  c->ceiling = tool_alloc((size_t)r->o->repeats, sizeof *c->ceiling);
  return c;
}

/* f32, bf16 and fp16 are used as they are; else the name of a scheme. */
static bool is_plain(const char *lhs) {
  const lowp_element element = lowp_element_from_name(lhs);
  return element == LOWP_F32 || element == LOWP_BF16 || element == LOWP_FP16;
}

static int compute_of(const char *name) {
  int which = 0;
  while (compute_names[which] && strcmp(compute_names[which], name) != 0) which++;
  return which;
}

/* Names that nothing is known of, before anything is measured or written. */
static int check_names(choices rhs, choices lhs, choices compute) {
  for (size_t i = 0; i < rhs.count; i++)
    if (lowp_scheme_from_name(rhs.items[i]) == LOWP_SCHEME_NONE)
      return tool_fail(TOOL_USAGE, "--rhs '%s' is no scheme", rhs.items[i]);
  for (size_t i = 0; i < lhs.count; i++)
    if (!is_plain(lhs.items[i]) && lowp_scheme_from_name(lhs.items[i]) == LOWP_SCHEME_NONE)
      return tool_fail(TOOL_USAGE, "--lhs is f32, bf16, fp16 or a scheme, not '%s'", lhs.items[i]);
  for (size_t i = 0; i < compute.count; i++)
    if (!compute_names[compute_of(compute.items[i])])
      return tool_fail(TOOL_USAGE, "--compute is reproducible, bf16 or f32, not '%s'", compute.items[i]);
  return TOOL_OK;
}

static lowp_status add_ours(bench_run *r, weights *w, const char *lhs, int compute, size_t m, size_t threads, bool cold,
                            lowp_error *error) {
  const lowp_element element = lowp_element_from_name(lhs);
  const bool plain = is_plain(lhs);
  lowp_gemm_desc desc;
  lowp_gemm_desc_init(&desc, w->scheme, w->n, w->k);
  desc.lhs = plain ? LOWP_SCHEME_NONE : lowp_scheme_from_name(lhs);
  desc.compute = (lowp_compute)compute;
  bench_case *c = add(r, w, m, threads, cold);
  if (!c) {
    *error = (lowp_error){.status = LOWP_E_RANGE};
    snprintf(error->text, sizeof error->text, "more than %d cases of a shape and scheme: ask for fewer",
             (int)MOST_CASES);
    return LOWP_E_RANGE;
  }
  c->x_element = plain ? element : LOWP_F32;
  c->lhs = lhs;
  c->compute = desc.compute;
  lowp_status status = lowp_gemm_plan_create(&c->plan, &desc, error);
  if (status != LOWP_OK) return status;
  snprintf(c->name, sizeof c->name, "%s x %s, %s, m=%zu, %s", lowp_scheme_info_of(w->scheme)->name, lhs,
           compute_names[compute], m, cold ? "cold" : "warm");
  c->peak = bench_peak_of_kernel(lowp_gemm_plan_kernel(c->plan));
  lowp_gemm_args a;
  lowp_gemm_args_init(&a, c->plan, w->packed, m, c->x_element, r->x[c->x_element], LOWP_F32, r->y);
  lowp_threads t = {.struct_size = sizeof t, .count = threads};
  if (r->o->quantized && !plain) {
    lowp_view view = lowp_view_of(LOWP_F32, m, w->k, r->x[LOWP_F32]);
    status = lowp_qtensor_create(&c->xq, desc.lhs, m, w->k);
    if (status == LOWP_OK) status = lowp_quantize(NULL, &view, c->xq, error);
    if (status != LOWP_OK) return status;
  }
  status = lowp_gemm_workspace(1, &a, &t, &c->workspace_bytes);
  if (status == LOWP_OK && !(c->workspace = aligned(c->workspace_bytes))) status = LOWP_E_NOMEM;
  return status;
}

static void add_peers(bench_run *r, weights *w, const bench_peer *peers, size_t count, size_t m, size_t threads) {
  for (size_t i = 0; i < count; i++) {
    void *state = peers[i].create(m, w->n, w->k, threads);
    bench_case *c = state ? add(r, w, m, threads, false) : NULL;
    if (!c) continue;
    c->peer = &peers[i];
    c->peer_state = state;
    c->peak = bench_peak_named(strstr(peers[i].operands, "s8")     ? "int8 tile"
                               : strstr(peers[i].operands, "bf16") ? "bf16 tile"
                                                                   : "f32 fma");
    snprintf(c->name, sizeof c->name, "%s, m=%zu", peers[i].name, m);
  }
}

static void clear(bench_run *r) {
  for (size_t i = 0; i < r->count; i++) {
    bench_case *c = &r->cases[i];
    if (c->peer) c->peer->destroy(c->peer_state);
    lowp_gemm_plan_destroy(c->plan);
    lowp_qtensor_destroy(c->xq);
    free(c->workspace);
    free(c->seconds);
    free(c->ceiling);
  }
  r->count = 0;
}

/* All cases of one shape and scheme. */
static int run_weights(bench_run *r, weights *w, bool with_peers) {
  const bench_gemm_options *o = r->o;
  choices lhs = CHOICES(o->lhs, "bf16"), compute = CHOICES(o->compute, "bf16"),
          ms = CHOICES(o->m, "1", "4", "8", "64", "256", "512");
  choices threads = CHOICES(o->threads, "1", "2");
  lowp_error error = {.status = LOWP_OK};
  bool cold = o->cold || !o->warm, warm = o->warm || !o->cold;
  lowp_status status = make_weights(w, cold ? r->pool_bytes : 0, &error);
  for (size_t a = 0; a < lhs.count && status == LOWP_OK; a++)
    for (size_t c = 0; c < compute.count && status == LOWP_OK; c++)
      for (size_t i = 0; i < ms.count && status == LOWP_OK; i++)
        for (size_t t = 0; t < threads.count && status == LOWP_OK; t++)
          for (int temperature = 0; temperature < 2 && status == LOWP_OK; temperature++) {
            size_t m = strtoul(ms.items[i], NULL, 10), count = strtoul(threads.items[t], NULL, 10);
            /* More than 16 rows reuse the weights: cold is no case of its own. */
            if (temperature == 0 ? !cold || m > 16 : !warm && m <= 16) continue;
            status = add_ours(r, w, lhs.items[a], compute_of(compute.items[c]), m, count, temperature == 0, &error);
          }
  const bench_peer *(*const libraries[])(size_t *) = {bench_peers, bench_peers_ggml};
  for (size_t l = 0; with_peers && l < sizeof libraries / sizeof *libraries; l++) {
    size_t count;
    const bench_peer *peers = libraries[l](&count);
    for (size_t i = 0; i < ms.count; i++)
      for (size_t t = 0; t < threads.count; t++)
        add_peers(r, w, peers, count, strtoul(ms.items[i], NULL, 10), strtoul(threads.items[t], NULL, 10));
  }
  if (status == LOWP_OK) status = measure(r);
  if (status == LOWP_OK) {
    if (o->json)
      printf("  {\"shape\": \"%zux%zu\", \"rhs\": \"%s\", \"pack_s\": %.9f, \"unpack_s\": %.9f, \"copy_s\": %.9f, "
             "\"results\": [\n",
             w->n, w->k, lowp_scheme_info_of(w->scheme)->name, w->pack_seconds, w->unpack_seconds, w->copy_seconds);
    else
      printf(
          "\n%s %zu x %zu, %.1f MB packed in %.0f us, %.2f of the speed of a copy; unpacked in %.0f us, %.2f of it\n\n",
          lowp_scheme_info_of(w->scheme)->name, w->n, w->k, (double)w->bytes * 1e-6, w->pack_seconds * 1e6,
          w->copy_seconds / w->pack_seconds, w->unpack_seconds * 1e6, w->copy_seconds / w->unpack_seconds);
    print_cases(r);
    if (o->json) printf("  ]},\n");
  }
  int logged = TOOL_OK;
  for (size_t i = 0; i < r->count && status == LOWP_OK && logged == TOOL_OK && r->log.stream; i++)
    logged = log_case(r, &r->cases[i]);
  clear(r);
  free(w->packed);
  return status == LOWP_OK ? logged : tool_fail_status(status, error.status ? &error : NULL);
}

static bool fill_activations(bench_run *r, size_t most_m, size_t most_k) {
  float *x = malloc(most_m * most_k * sizeof *x);
  if (!x) return false;
  if (lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, BENCH_SEED_X, 0, most_m * most_k, x) != LOWP_OK) return false;
  const lowp_element elements[] = {LOWP_BF16, LOWP_FP16};
  r->x[LOWP_F32] = x;
  for (int i = 0; i < 2; i++) {
    r->x[elements[i]] = malloc(most_m * most_k * 2);
    if (!r->x[elements[i]] ||
        lowp_element_encode_n(elements[i], NULL, 0, 0, most_m * most_k, x, r->x[elements[i]]) != LOWP_OK)
      return false;
  }
  return true;
}

/* Every item a number from 1 to `most`. */
static bool numbers(const tool_list *list, unsigned long most) {
  for (size_t i = 0; i < list->count; i++) {
    char *end;
    unsigned long v = strtoul(list->items[i], &end, 10);
    if (*end || v < 1 || v > most) return false;
  }
  return true;
}

int bench_gemm(const bench_gemm_options *o) {
  static bench_run r;
  choices shapes = CHOICES(o->shapes, "4096x4096"), ms = CHOICES(o->m, "512");
  choices rhs = CHOICES(o->rhs, "mxfp4", "nvfp4", "hif4", "mxfp8", "fp8", "mxfp6", "w8a8");
  if (!numbers(&o->m, 1u << 20)) return tool_fail(TOOL_USAGE, "--m is a number from 1 to %u", 1u << 20);
  if (!numbers(&o->threads, 1024)) return tool_fail(TOOL_USAGE, "--threads is a number from 1 to 1024");
  int code = check_names(rhs, CHOICES(o->lhs, "bf16"), CHOICES(o->compute, "bf16"));
  if (code != TOOL_OK) return code;
  r = (bench_run){.o = o};
  size_t most_m = 1, most_n = 1, most_k = 1;
  for (size_t i = 0; i < ms.count; i++)
    most_m = strtoul(ms.items[i], NULL, 10) > most_m ? strtoul(ms.items[i], NULL, 10) : most_m;
  for (size_t i = 0; i < shapes.count; i++) {
    size_t n, k;
    if (!bench_shape(shapes.items[i], &n, &k))
      return tool_fail(TOOL_USAGE, "--shape is NxK, not '%s'", shapes.items[i]);
    most_n = n > most_n ? n : most_n;
    most_k = k > most_k ? k : most_k;
  }
  r.pool_bytes = (o->memory ? (size_t)o->memory : bench_last_level() * 3 / 2) / PROBE_BYTES * PROBE_BYTES + PROBE_BYTES;
  r.pool = aligned(r.pool_bytes);
  r.y = malloc(most_m * most_n * sizeof *r.y);
  if (!r.pool || !r.y || !fill_activations(&r, most_m, most_k))
    return tool_fail(TOOL_IO, "no memory for %zu x %zu x %zu", most_m, most_n, most_k);
  memset(r.pool, 1, r.pool_bytes);
  r.log = (bench_log){.path = o->log, .outputs = o->outputs, .device = o->device};
  code = bench_log_open(&r.log);
  if (o->json) printf("[\n");
  for (size_t s = 0; s < shapes.count && code == TOOL_OK; s++)
    for (size_t f = 0; f < rhs.count && code == TOOL_OK; f++) {
      weights w = {.scheme = lowp_scheme_from_name(rhs.items[f])};
      if (!bench_shape(shapes.items[s], &w.n, &w.k)) return TOOL_INTERNAL;
      code = run_weights(&r, &w, o->peers && f == 0);
    }
  if (o->json) printf("  {}\n]\n");
  code = bench_log_close(&r.log, code);
  for (int i = 0; i < LOWP_ELEMENT_COUNT; i++) free(r.x[i]);
  free(r.y);
  free(r.pool);
  return code;
}
