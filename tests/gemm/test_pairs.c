/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_pairs.c: every scheme of weights with every kind of activations in every class of arithmetic: against f64 with a bound, and
 * where bits are promised, or no rounding can happen, to the bit.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/product.h"

static bool as_lhs(lowp_scheme id) { return id == LOWP_SCHEME_NONE || lowp_scheme_info_of(id)->block_rows <= 1; }

static void check_one(const lowpt_spec *spec, uint64_t seed) {
  lowpt_product p;
  lowpt_product_make(&p, spec, seed);
  lowpt_product_run(&p, 1);
  lowpt_product_check(&p, "");
  lowpt_product_free(&p);
}

/* One scheme of weights: all activations and classes; the numbers change from one to the next. */
static void pairs(void **state) {
  const lowp_scheme rhs = (lowp_scheme) * (const uintptr_t *)*state;
  static const lowpt_data data[] = {LOWPT_DATA_NORMAL, LOWPT_DATA_CODES, LOWPT_DATA_EXACT};
  size_t count = 0;
  for (int lhs = LOWP_SCHEME_NONE; lhs < LOWP_SCHEME_COUNT; lhs++) {
    if (!as_lhs((lowp_scheme)lhs)) continue;
    for (int compute = LOWP_COMPUTE_REPRODUCIBLE; compute <= LOWP_COMPUTE_F32; compute++) {
      lowpt_spec spec = {
          .rhs = rhs, .lhs = (lowp_scheme)lhs, .compute = (lowp_compute)compute, .n = 17, .m = 3, .k = 161};
      spec.data = data[count % 3];
      if (spec.data == LOWPT_DATA_EXACT && lhs != LOWP_SCHEME_NONE) spec.data = LOWPT_DATA_CODES;
      spec.quantized = lhs != LOWP_SCHEME_NONE && count % 2;
      spec.bias = count % 5 == 0;
      check_one(&spec, count++);
    }
  }
}

int main(void) {
  static struct CMUnitTest tests[LOWP_SCHEME_COUNT];
  static uintptr_t ids[LOWP_SCHEME_COUNT];
  size_t count = 0;
  for (int id = LOWP_SCHEME_NONE + 1; id < LOWP_SCHEME_COUNT; id++) {
    ids[count] = (uintptr_t)id;
    tests[count] = (struct CMUnitTest){
        .name = lowp_scheme_info_of((lowp_scheme)id)->name, .test_func = pairs, .initial_state = &ids[count]};
    count++;
  }
  return lowpt_suite_run("pairs of schemes", tests, count);
}
