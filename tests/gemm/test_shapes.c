/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_shapes.c: tails in m, n and k. One scheme for each width of codes and size of block, on data whose sums are exact, so that
 * every class of arithmetic has one right answer; and integers with integers, which have one anyway.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/product.h"

static const size_t ks[] = {1, 31, 33, 127, 128, 129, 200};
static const size_t ns[] = {1, 15, 16, 17, 33};
static const size_t ms[] = {1, 2, 3, 7, 8, 15, 16, 17, 33};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* All k with one n and m, all n, all m: the three are handled apart from each other. */
static void check(lowp_scheme rhs, lowp_scheme lhs, lowp_compute compute, size_t m, size_t n, size_t k) {
  lowpt_spec spec = {.rhs = rhs, .lhs = lhs, .compute = compute, .m = m, .n = n, .k = k, .data = LOWPT_DATA_EXACT};
  if (lhs != LOWP_SCHEME_NONE) spec.data = LOWPT_DATA_NORMAL;
  lowpt_product p;
  lowpt_product_make(&p, &spec, m * 1000003 + n * 1009 + k);
  lowpt_product_run(&p, 1);
  lowpt_product_check(&p, "");
  lowpt_product_free(&p);
}

static void walk(lowp_scheme rhs, lowp_scheme lhs, lowp_compute compute) {
  for (size_t i = 0; i < COUNT(ks); i++) check(rhs, lhs, compute, 3, 18, ks[i]);
  for (size_t i = 0; i < COUNT(ns); i++) check(rhs, lhs, compute, 2, ns[i], 65);
  for (size_t i = 0; i < COUNT(ms); i++) check(rhs, lhs, compute, ms[i], 17, 130);
}

static void floats(void **state) {
  static const lowp_scheme schemes[] = {LOWP_SCHEME_MXFP4,           LOWP_SCHEME_NVFP4,      LOWP_SCHEME_HIF4,
                                        LOWP_SCHEME_MXFP6_E2M3,      LOWP_SCHEME_MXFP8_E4M3, LOWP_SCHEME_FP8_BLOCK128,
                                        LOWP_SCHEME_INT8_CHANNEL_ZP, LOWP_SCHEME_INT4_G128,  LOWP_SCHEME_BF16_CAST};
  const lowp_compute compute = *(const lowp_compute *)*state;
  for (size_t i = 0; i < COUNT(schemes); i++) walk(schemes[i], LOWP_SCHEME_NONE, compute);
}

static void integers(void **state) {
  static const struct {
    lowp_scheme rhs, lhs;
  } pairs[] = {
      {LOWP_SCHEME_NVFP4, LOWP_SCHEME_NVFP4},
      {LOWP_SCHEME_MXFP4, LOWP_SCHEME_MXINT8},
      {LOWP_SCHEME_HIF4, LOWP_SCHEME_HIF4},
      {LOWP_SCHEME_INT4_G128, LOWP_SCHEME_INT8_CHANNEL},
      {LOWP_SCHEME_INT4_G32, LOWP_SCHEME_INT8_CHANNEL},
      {LOWP_SCHEME_INT8_CHANNEL, LOWP_SCHEME_INT8_CHANNEL},
      {LOWP_SCHEME_INT8_CHANNEL_ZP, LOWP_SCHEME_INT8_CHANNEL_ZP},
      {LOWP_SCHEME_MXFP6_E2M3, LOWP_SCHEME_MXFP6_E2M3},
  };
  (void)state;
  for (size_t i = 0; i < COUNT(pairs); i++) walk(pairs[i].rhs, pairs[i].lhs, LOWP_COMPUTE_REPRODUCIBLE);
}

/*
 * Rows so long that what a kernel keeps for each of them, for every block, no longer fits the scratch for all rows.
 * m: as few and as many as kernels treat apart.
 */
static void long_rows(void **state) {
  static const struct {
    lowp_scheme rhs, lhs;
  } pairs[] = {{LOWP_SCHEME_NVFP4, LOWP_SCHEME_NVFP4},
               {LOWP_SCHEME_HIF4, LOWP_SCHEME_INT8_CHANNEL},
               {LOWP_SCHEME_MXFP4, LOWP_SCHEME_MXFP4}};
  static const size_t long_ks[] = {1 << 17, (1 << 18) - 200, 1 << 18}, few[] = {2, 5, 17};
  (void)state;
  for (size_t i = lowpt_first(lowpt_stride()); i < COUNT(pairs) * COUNT(long_ks) * COUNT(few); i += lowpt_stride()) {
    const size_t j = i / COUNT(few);
    check(pairs[j / COUNT(long_ks)].rhs, pairs[j / COUNT(long_ks)].lhs, LOWP_COMPUTE_REPRODUCIBLE, few[i % COUNT(few)],
          3, long_ks[j % COUNT(long_ks)]);
  }
}

int main(void) {
  static lowp_compute classes[] = {LOWP_COMPUTE_REPRODUCIBLE, LOWP_COMPUTE_BF16, LOWP_COMPUTE_F32};
  const struct CMUnitTest tests[] = {
      {"floats, reproducible", floats, NULL, NULL, &classes[0]},
      {"floats, bf16", floats, NULL, NULL, &classes[1]},
      {"floats, f32", floats, NULL, NULL, &classes[2]},
      cmocka_unit_test(integers),
      cmocka_unit_test(long_rows),
  };
  return LOWP_SUITE_RUN("shapes of products", tests);
}
