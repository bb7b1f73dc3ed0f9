/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_same_bits.c: one hash for each case, whatever computes it: quantized planes of every scheme, and REPRODUCIBLE
 * products of every pair of weights and activations. tests/golden/same_bits.csv has them, as the generic kernels gave
 * them; every tier has to give the same: each instruction set alone, Highway on each of its targets, all together with
 * one thread and three. The table of docs/numerics.md is made from that file.
 *
 *   LOWP_ISA=names          leaves out the others
 *   LOWP_TEST_STRIDE=n      every nth case, where a tier is slow, as under an emulator; LOWP_TEST_OFFSET=0 .. n - 1 make up all
 *   LOWP_HASHES=1           prints the file as the generic kernels make it now, and its table, for a new scheme
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/lowp.h>
#include <stdlib.h>
#include <string.h>
#include "api/docs_table.h"
#include "cpu/cpu.h"
#include "harness/suite.h"
#if LOWP_HAVE_HWY
#include "kernels/hwy/shim.h"
#endif

typedef struct shape {
  size_t m, n, k;
} shape;
static const shape shapes[] = {{1, 17, 64}, {5, 33, 200}, {18, 17, 256}, {33, 16, 129}};
enum { SHAPES = sizeof shapes / sizeof shapes[0], MOST_N = 33, MOST_M = 33, MOST_K = 256 };

/* FNV-1a, 64 bits. */
static uint64_t hash(uint64_t h, const void *data, size_t size) {
  for (size_t i = 0; i < size; i++) h = (h ^ ((const uint8_t *)data)[i]) * 0x100000001b3u;
  return h;
}
static const uint64_t start = 0xcbf29ce484222325u;

/* Values of many magnitudes by integer arithmetic alone: a sign, a fraction, an exponent of -6 .. 1; some zeros. */
static void fill(float *x, size_t n, uint32_t key) {
  for (size_t i = 0; i < n; i++) {
    uint64_t word = lowp_philox(key, i);
    uint32_t exponent = 121 + (uint32_t)(word >> 32 & 7);
    x[i] = (word >> 40 & 31) == 0 ? 0.0f : lowp_f32_from_bits((uint32_t)(word & 0x807fffffu) | exponent << 23);
  }
}

static float x[MOST_M * MOST_K], w[MOST_N * MOST_K], y[MOST_M * MOST_N];

/* The weights of a case, quantized with the defaults. */
static lowp_qtensor *weights(lowp_scheme scheme, shape s) {
  lowp_qtensor *q = NULL;
  lowp_view view = lowp_view_of(LOWP_F32, s.n, s.k, w);
  assert_int_equal(lowp_qtensor_create(&q, scheme, s.n, s.k), LOWP_OK);
  assert_int_equal(lowp_quantize(NULL, &view, q, NULL), LOWP_OK);
  return q;
}

static uint64_t planes_hash(lowp_scheme scheme, shape s) {
  lowp_qtensor *q = weights(scheme, s);
  lowp_planes p;
  assert_int_equal(lowp_scheme_planes(scheme, s.n, s.k, &p), LOWP_OK);
  uint64_t h = hash(start, q->codes, p.codes_bytes);
  h = hash(h, q->scales, p.scales_bytes);
  if (p.zeros_bytes) h = hash(h, q->zeros, p.zeros_bytes);
  h = hash(h, &q->tensor_scale, sizeof q->tensor_scale);
  lowp_qtensor_destroy(q);
  return h;
}

/* 0 where there is no such plan. */
static uint64_t product_hash(lowp_scheme rhs, lowp_scheme lhs, shape s, size_t threads) {
  lowp_gemm_desc desc;
  lowp_gemm_plan *plan = NULL;
  lowp_gemm_desc_init(&desc, rhs, s.n, s.k);
  desc.lhs = lhs;
  desc.compute = LOWP_COMPUTE_REPRODUCIBLE;
  if (lowp_gemm_plan_create(&plan, &desc, NULL) != LOWP_OK) return 0;
  lowp_qtensor *q = weights(rhs, s);
  size_t packed_bytes, bytes;
  assert_int_equal(lowp_gemm_pack_size(plan, &packed_bytes), LOWP_OK);
  void *packed = aligned_alloc(64, (packed_bytes + 63) / 64 * 64);
  assert_int_equal(lowp_gemm_pack(plan, q, packed, packed_bytes, NULL), LOWP_OK);
  lowp_gemm_args args;
  lowp_gemm_args_init(&args, plan, packed, s.m, LOWP_F32, x, LOWP_F32, y);
  lowp_threads t = {.struct_size = sizeof t, .count = threads};
  assert_int_equal(lowp_gemm_workspace(1, &args, &t, &bytes), LOWP_OK);
  void *workspace = malloc(bytes);
  memset(y, 0xff, sizeof y);
  assert_int_equal(lowp_gemm_run(&args, &t, workspace, bytes, NULL), LOWP_OK);
  uint64_t h = hash(start, y, s.m * s.n * sizeof *y);
  free(workspace);
  free(packed);
  lowp_qtensor_destroy(q);
  lowp_gemm_plan_destroy(plan);
  return h;
}

/* The hashes of all shapes of a pair in one; lhs == COUNT: of the quantized planes. */
static uint64_t case_hash(lowp_scheme rhs, lowp_scheme lhs, size_t threads) {
  uint64_t all = start;
  for (size_t i = 0; i < SHAPES; i++) {
    uint64_t h = lhs == LOWP_SCHEME_COUNT ? planes_hash(rhs, shapes[i]) : product_hash(rhs, lhs, shapes[i], threads);
    if (h == 0) return 0;
    all = hash(all, &h, sizeof h);
  }
  return all;
}

/* --- the golden file ---------------------------------------------------------------------------------------------- */

/* Columns: the planes, then x as it is and each scheme of activations: NONE is 0. */
enum { PLANES = LOWP_SCHEME_COUNT, COLUMNS = LOWP_SCHEME_COUNT + 1 };
static uint64_t golden[LOWP_SCHEME_COUNT][COLUMNS]; /* 0: no such product */

static const char *column_name(int column) {
  if (column == PLANES) return "planes";
  return column == LOWP_SCHEME_NONE ? "f32" : lowp_scheme_info_of((lowp_scheme)column)->name;
}
/* In the order of the file: planes first. */
static int column_at(int place) { return place == 0 ? PLANES : place - 1; }

static void print_golden(void) {
  printf("weights");
  for (int i = 0; i < COLUMNS; i++) printf(",%s", column_name(column_at(i)));
  for (int rhs = 1; rhs < LOWP_SCHEME_COUNT; rhs++) {
    printf("\n%s", lowp_scheme_info_of((lowp_scheme)rhs)->name);
    for (int i = 0; i < COLUMNS; i++) {
      uint64_t h = golden[rhs][column_at(i)];
      if (h)
        printf(",%016llx", (unsigned long long)h);
      else
        printf(",-");
    }
  }
  printf("\n");
}

/* The products with all quantized activations in one. */
static uint64_t quantized_hash(int rhs) {
  uint64_t all = start;
  for (int lhs = 1; lhs < LOWP_SCHEME_COUNT; lhs++)
    if (golden[rhs][lhs]) all = hash(all, &golden[rhs][lhs], sizeof golden[rhs][lhs]);
  return all;
}
static void print_table(void) {
  printf("| weights | planes | x as it is | x quantized |\n|---|---|---|---|\n");
  for (int rhs = 1; rhs < LOWP_SCHEME_COUNT; rhs++)
    printf("| %s | `%016llx` | `%016llx` | `%016llx` |\n", lowp_scheme_info_of((lowp_scheme)rhs)->name,
           (unsigned long long)golden[rhs][PLANES], (unsigned long long)golden[rhs][LOWP_SCHEME_NONE],
           (unsigned long long)quantized_hash(rhs));
}

/* The next cell of a line, or NULL. */
static char *cell(char **rest) {
  char *begin = *rest, *end = begin ? strpbrk(begin, ",\n") : NULL;
  if (!begin || !*begin || *begin == '\n') return NULL;
  *rest = end && *end == ',' ? end + 1 : NULL;
  if (end) *end = '\0';
  return begin;
}

static void load_golden(void) {
  char path[4096], line[2048];
  const char *folder = getenv("LOWP_SRCDIR");
  snprintf(path, sizeof path, "%s/tests/golden/same_bits.csv", folder ? folder : ".");
  FILE *file = fopen(path, "r");
  if (!file) fail_msg("%s cannot be read", path);
  int rhs = 0;
  while (fgets(line, sizeof line, file)) {
    if (*line == '#') continue;
    char *rest = line, *name = cell(&rest);
    assert_non_null(name);
    assert_string_equal(name, rhs ? lowp_scheme_info_of((lowp_scheme)rhs)->name : "weights");
    for (int i = 0; i < COLUMNS; i++) {
      const char *value = cell(&rest);
      if (!value) fail_msg("%s, %s: no column %s", path, name, column_name(column_at(i)));
      if (rhs == 0)
        assert_string_equal(value, column_name(column_at(i)));
      else
        golden[rhs][column_at(i)] = *value == '-' ? 0 : strtoull(value, NULL, 16);
    }
    rhs++;
  }
  fclose(file);
  assert_int_equal(rhs, LOWP_SCHEME_COUNT);
}

/* --- tiers -------------------------------------------------------------------------------------------------------- */

typedef struct tier {
  const char *isas; /* for lowp_cpu_limit */
  size_t threads;
  size_t target; /* of Highway, SIZE_MAX: that of its choice */
  char name[64];
} tier;
enum { MOST_TIERS = 64 };
static tier tiers[MOST_TIERS];
static size_t tier_count;

static void add_tier(const char *isas, size_t threads, size_t target, const char *name) {
  assert_true(tier_count < MOST_TIERS);
  tier *t = &tiers[tier_count++];
  *t = (tier){.isas = isas, .threads = threads, .target = target};
  snprintf(t->name, sizeof t->name, "%s", name);
}

static void use(const tier *t) {
#if LOWP_HAVE_HWY
  if (lowpi_cpu_hwy()) lowpk_hwy_use_target(t->target == SIZE_MAX ? lowpk_hwy_target_count() : t->target);
#endif
  if (lowp_cpu_limit(t->isas) != LOWP_OK) assert_int_equal(lowp_cpu_limit(NULL), LOWP_OK); /* a name that is none */
}

/* What LOWP_ISA left enabled. */
static void find_tiers(void) {
  char name[64];
  for (size_t i = 0; i < lowp_cpu_isa_count(); i++) {
    const char *isa = lowp_cpu_isa_name(i);
    if (!lowp_cpu_isa_enabled(i)) continue;
    add_tier(isa, 1, SIZE_MAX, isa);
#if LOWP_HAVE_HWY
    if (strcmp(isa, "hwy") != 0) continue;
    for (size_t j = 0, count = lowpk_hwy_target_count(); j < count; j++) {
      lowpk_hwy_use_target(j);
      snprintf(name, sizeof name, "hwy on %s", lowpk_hwy_target());
      add_tier(isa, 1, j, name);
    }
#endif
  }
  for (size_t threads = 1; threads <= 3; threads += 2) {
    snprintf(name, sizeof name, "all, %zu thread%s", threads, threads > 1 ? "s" : "");
    add_tier(getenv("LOWP_ISA"), threads, SIZE_MAX, name);
  }
}

static uint64_t hash_of(int rhs, int column, size_t threads) {
  return case_hash((lowp_scheme)rhs, column == PLANES ? LOWP_SCHEME_COUNT : (lowp_scheme)column, threads);
}

static int setup(void **state) {
  (void)state;
  fill(x, sizeof x / sizeof *x, 1);
  fill(w, sizeof w / sizeof *w, 2);
  return 0;
}

static void every_case(void **state) {
  (void)state;
  load_golden();
  find_tiers();
  size_t number = 0, compared = 0;
  for (int rhs = 1; rhs < LOWP_SCHEME_COUNT; rhs++)
    for (int i = 0; i < COLUMNS; i++) {
      const int column = column_at(i);
      number++;
      /* Five steps from line to line: other columns in each, whatever their number is. */
      if ((size_t)(5 * rhs + i) % lowpt_stride() != lowpt_first(lowpt_stride())) continue;
      compared++;
      for (const tier *t = tiers; t < tiers + tier_count; t++) {
        use(t);
        const uint64_t h = hash_of(rhs, column, t->threads);
        LOWP_CHECK(h == golden[rhs][column], "%s, %s: %s gives %016llx, not %016llx",
                   lowp_scheme_info_of((lowp_scheme)rhs)->name, column_name(column), t->name, (unsigned long long)h,
                   (unsigned long long)golden[rhs][column]);
      }
    }
  use(&(tier){.isas = getenv("LOWP_ISA"), .target = SIZE_MAX});
  printf("# hashes: %zu of %zu cases, one each, on", compared, number);
  for (const tier *t = tiers; t < tiers + tier_count; t++) printf("%s %s", t == tiers ? "" : ";", t->name);
  if (lowp_cpu_sve_bits()) printf("; vectors of SVE have %u bits", lowp_cpu_sve_bits());
  printf("\n");
  for (size_t i = 0; i < lowp_cpu_isa_count(); i++)
    if (!lowp_cpu_isa_available(i)) printf("# %s not run: not available here\n", lowp_cpu_isa_name(i));
}

/* The table of the documentation has a line for each scheme, with the hashes of the file. */
static void visit(const docs_table *t) {
  assert_int_equal(t->rows, LOWP_SCHEME_COUNT - 1);
  assert_int_equal(t->cols, 4);
  for (int rhs = 1; rhs < LOWP_SCHEME_COUNT; rhs++) {
    const uint64_t want[] = {golden[rhs][PLANES], golden[rhs][LOWP_SCHEME_NONE], quantized_hash(rhs)};
    assert_string_equal(t->cell[rhs - 1][0], lowp_scheme_info_of((lowp_scheme)rhs)->name);
    for (int i = 0; i < 3; i++)
      LOWP_CHECK(strtoull(t->cell[rhs - 1][i + 1], NULL, 16) == want[i], "docs/numerics.md, %s: %s, not %016llx",
                 t->cell[rhs - 1][0], t->cell[rhs - 1][i + 1], (unsigned long long)want[i]);
  }
}
static void documented(void **state) {
  (void)state;
  load_golden();
  docs_each("numerics.md", "same-bits", visit);
}

static int print_all(void) {
  setup(NULL);
  if (lowp_cpu_limit("generic") != LOWP_OK) return 1;
  for (int rhs = 1; rhs < LOWP_SCHEME_COUNT; rhs++)
    for (int column = 0; column < COLUMNS; column++) golden[rhs][column] = hash_of(rhs, column, 1);
  print_golden();
  print_table();
  return 0;
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test_setup(every_case, setup), cmocka_unit_test(documented)};
  return getenv("LOWP_HASHES") ? print_all() : LOWP_SUITE_RUN("the same bits", tests);
}
