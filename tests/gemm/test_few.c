/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_few.c: weights of every scheme, quantized as usual, are multiplied in registers with one to eight rows, none by way
 * of a panel in memory; and give the bits of the generic kernel. What is refused, and odd data: test_kernels.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "cpu/cpu.h"
#include "gemm/gemm_internal.h"
#include "harness/rng.h"
#include "harness/suite.h"
#include <stdlib.h>

#if LOWP_HAVE_AVX2 || LOWP_HAVE_AVX512
#include "kernels/x86/gemm_f32_few.h"

typedef struct tier {
  int isa;
  size_t (*panels)(const lowpk_gemm *g, float *room, const float **x);
  int (*group)(const lowpk_gemm *g, size_t panel, const float *x);
  lowpk_gemm_fn *gemm;
} tier;

enum { PANELS = 8, N = PANELS * LOWPK_NR, K = 320, KP = 384, MOST = 8 };

static float x[MOST * KP], smallest[MOST * KP], weights[N * K], room[MOST * KP];
static float got[MOST * N], want[MOST * N], want_smallest[MOST * N];

/* A plan, and blob, for the weights as the scheme has them. */
static lowp_gemm_plan *packed_weights(lowp_scheme scheme, uint8_t **packed) {
  lowp_qtensor *q;
  lowp_gemm_desc desc;
  lowp_gemm_plan *plan;
  size_t bytes;
  lowp_gemm_desc_init(&desc, scheme, N, K);
  const lowp_view view = lowp_view_of(LOWP_F32, N, K, weights);
  assert_int_equal(lowp_qtensor_create(&q, scheme, N, K), LOWP_OK);
  assert_int_equal(lowp_quantize(NULL, &view, q, NULL), LOWP_OK);
  assert_int_equal(lowp_gemm_plan_create(&plan, &desc, NULL), LOWP_OK);
  assert_int_equal(lowp_gemm_pack_size(plan, &bytes), LOWP_OK);
  *packed = aligned_alloc(64, (bytes + 63) / 64 * 64);
  assert_non_null(*packed);
  assert_int_equal(lowp_gemm_pack(plan, q, *packed, bytes, NULL), LOWP_OK);
  lowp_qtensor_destroy(q);
  return plan;
}

static void check(const tier *t, lowp_scheme scheme) {
  uint8_t *packed;
  lowp_gemm_plan *plan = packed_weights(scheme, &packed);
  const lowpk_rhs w = lowpi_blob_rhs(plan, packed);
  assert_int_equal(w.kp, KP);
  void *scratch = aligned_alloc(64, lowpk_gemm_scratch(MOST));
  assert_non_null(scratch);
  lowpk_gemm g = {.w = &w, .m = MOST, .y_stride = N * sizeof(float), .y_element = LOWP_F32};
  g.panel_f32 = lowpk_panel_f32_generic;
  g.lhs = x, g.y = want;
  lowpk_gemm_f32_generic(&g, 0, PANELS, scratch);
  g.lhs = smallest, g.y = want_smallest;
  lowpk_gemm_f32_generic(&g, 0, PANELS, scratch);
  g.y = got;
  for (size_t m = 1; m <= MOST; m++) { /* fewer rows are the first of more */
    const float *in = NULL;
    g.m = m;
    g.lhs = x;
    const size_t group = t->panels(&g, room, &in);
    LOWP_CHECK(group > 0, "%s, m %zu: not in registers", w.scheme->name, m);
    for (size_t panel = 0; group && panel < PANELS; panel += group)
      LOWP_CHECK(t->group(&g, panel, in), "%s, m %zu: panel %zu not in registers", w.scheme->name, m, panel);
    LOWP_CHECK(memcmp(got, want, m * N * sizeof *got) == 0, "%s, m %zu: other bits", w.scheme->name, m);
    g.lhs = smallest;
    t->gemm(&g, 0, PANELS, scratch);
    LOWP_CHECK(memcmp(got, want_smallest, m * N * sizeof *got) == 0, "%s, m %zu: other bits of the smallest x",
               w.scheme->name, m);
  }
  free(scratch);
  free(packed);
  lowp_gemm_plan_destroy(plan);
}

static void every_scheme(const tier *t) {
  if (!(lowpi_cpu_enabled() >> t->isa & 1)) LOWP_SKIP("not on this machine");
  lowpt_rng rng = {1};
  for (size_t i = 0; i < N * K; i++) weights[i] = (float)lowpt_normal(&rng) * 0.05f;
  for (size_t r = 0; r < MOST; r++)
    for (size_t k = 0; k < K; k++) {
      x[r * KP + k] = (float)lowpt_normal(&rng);
      smallest[r * KP + k] = -0x1p-149f; /* sums of -0, which whole blocks of zeros behind k make +0 */
    }
  for (int id = LOWP_SCHEME_NONE + 1; id < LOWP_SCHEME_COUNT; id++) check(t, (lowp_scheme)id);
}
#endif

static void avx2(void **state) {
  (void)state;
#if LOWP_HAVE_AVX2
  every_scheme(&(tier){LOWPI_ISA_AVX2, lowpk_few_panels_avx2, lowpk_few_group_avx2, lowpk_gemm_f32_avx2});
#else
  LOWP_SKIP("no AVX2 kernels in this build");
#endif
}

static void avx512(void **state) {
  (void)state;
#if LOWP_HAVE_AVX512
  every_scheme(&(tier){LOWPI_ISA_AVX512, lowpk_few_panels_avx512, lowpk_few_group_avx512, lowpk_gemm_f32_avx512});
#else
  LOWP_SKIP("no AVX-512 kernels in this build");
#endif
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(avx2), cmocka_unit_test(avx512)};
  return LOWP_SUITE_RUN("few rows in registers", tests);
}
