/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_same_bits.c: one hash for each case, whatever computes it: quantized planes of every scheme, and REPRODUCIBLE products of
 * every pair of weights and activations, on each instruction set alone, and on all of them together with one thread and three. With
 * LOWP_HASHES set the table is printed, so that the runs of different machines and compilers can be compared.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/lowp.h>
#include <stdlib.h>
#include <string.h>
#include "harness/suite.h"

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

static const char *lhs_name(lowp_scheme lhs) {
  return lhs == LOWP_SCHEME_COUNT ? "planes" : lhs == LOWP_SCHEME_NONE ? "f32" : lowp_scheme_info_of(lhs)->name;
}

/* One pair on every instruction set that this machine runs. */
static void compare(lowp_scheme rhs, lowp_scheme lhs, bool print) {
  assert_int_equal(lowp_cpu_limit("generic"), LOWP_OK);
  uint64_t expected = case_hash(rhs, lhs, 1);
  if (expected == 0) return;
  if (print)
    printf("%-18s %-18s %016llx\n", lowp_scheme_info_of(rhs)->name, lhs_name(lhs), (unsigned long long)expected);
  for (size_t i = 1; i <= lowp_cpu_isa_count(); i++) {
    const char *name = lowp_cpu_isa_name(i); /* behind the last: all of them */
    if (name && !lowp_cpu_isa_available(i)) continue;
    assert_int_equal(lowp_cpu_limit(name), LOWP_OK);
    for (size_t threads = 1; threads <= (name || lhs == LOWP_SCHEME_COUNT ? 1 : 3); threads += 2)
      LOWP_CHECK(case_hash(rhs, lhs, threads) == expected, "%s x %s: %s, %zu threads, differs from generic",
                 lowp_scheme_info_of(rhs)->name, lhs_name(lhs), name ? name : "all", threads);
  }
  assert_int_equal(lowp_cpu_limit(NULL), LOWP_OK);
}

static int setup(void **state) {
  (void)state;
  fill(x, sizeof x / sizeof *x, 1);
  fill(w, sizeof w / sizeof *w, 2);
  return 0;
}

static void planes(void **state) {
  (void)state;
  for (int rhs = 1; rhs < LOWP_SCHEME_COUNT; rhs++) compare((lowp_scheme)rhs, LOWP_SCHEME_COUNT, getenv("LOWP_HASHES"));
}

static void products(void **state) {
  (void)state;
  for (int rhs = 1; rhs < LOWP_SCHEME_COUNT; rhs++)
    for (int lhs = 0; lhs < LOWP_SCHEME_COUNT; lhs++)
      compare((lowp_scheme)rhs, (lowp_scheme)lhs, getenv("LOWP_HASHES"));
}

static void which_ran(void **state) {
  (void)state;
  for (size_t i = 0; i < lowp_cpu_isa_count(); i++)
    printf("# %-10s %s\n", lowp_cpu_isa_name(i),
           lowp_cpu_isa_available(i) ? "compared" : "not run: not available here");
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test_setup(planes, setup),
                                            cmocka_unit_test_setup(products, setup), cmocka_unit_test(which_ran)};
  return LOWP_SUITE_RUN("the same bits", tests);
}
