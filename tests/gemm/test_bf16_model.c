/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_bf16_model.c: gemm_bf16_amx against the model of its file, bit for bit, from ordinary to any data, for all
 * shapes that its blocking tells apart; and within the bound of its roundings. Everything it gets lies between
 * inaccessible pages.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "cpu/cpu.h"
#include "harness/guard.h"
#include "harness/rng.h"
#include "harness/suite.h"
#include "kernels/generic/gemm_store.h"
#include "kernels/generic/panel.h"
#include "oracle/gemm_model.h"

#include <math.h>
#include <stdlib.h>

#if LOWP_HAVE_AMX

typedef enum mood { ORDINARY, TINY, HUGE_VALUES, ANY, MOODS } mood;

static uint16_t some_value(lowpt_rng *rng, mood how) {
  uint32_t r = lowpt_u32(rng);
  uint16_t sign_and_fraction = (uint16_t)(r & 0x807f);
  switch (how) {
  case ORDINARY:
    return (uint16_t)(sign_and_fraction | (120 + (r >> 16) % 12) << 7);
  case TINY: /* products about 2^-126 */
    return (uint16_t)(sign_and_fraction | (r >> 30 ? 58 + (r >> 16) % 12 : (r >> 16) % 3) << 7);
  case HUGE_VALUES: /* products about 2^127 */
    return (uint16_t)(sign_and_fraction | (184 + (r >> 16) % 8) << 7);
  default:
    return (uint16_t)(r >> 16);
  }
}

static bool granted(void) { return lowpi_cpu_granted() >> LOWPI_ISA_AMX & 1; }

typedef struct shape {
  size_t m, n, k;
} shape;

/* A tensor of 16-bit floats is its own core. Places behind n and k are zero, as packing leaves them. */
static void check(shape s, mood how, lowp_element y_element, bool factors, uint32_t seed) {
  lowpt_rng rng = {seed};
  const lowp_scheme_info *info = lowp_scheme_info_of(LOWP_SCHEME_BF16_CAST);
  lowpk_rhs w = {
      .scheme = info, .n = s.n, .k = s.k, .kp = (s.k + LOWPK_STEP - 1) / LOWPK_STEP * LOWPK_STEP, .irregular = 1};
  w.step_bytes = lowpk_step_code_bytes(info);
  w.panel_bytes = w.kp / LOWPK_STEP * w.step_bytes;
  const size_t panels = (s.n + LOWPK_NR - 1) / LOWPK_NR, padded = panels * LOWPK_NR,
               y_size = y_element == LOWP_F32 ? 4 : 2;
  const size_t scratch_bytes = lowpk_gemm_scratch(s.m), lhs_bytes = s.m * w.kp * 2, y_stride = (s.n + 3) * y_size;

  uint16_t *wt = calloc(padded * w.kp, 2), *xt = calloc(s.m * w.kp, 2); /* [n][k] and [m][k], in bf16 order */
  uint8_t *data = calloc(panels, w.panel_bytes);
  uint16_t *lhs = calloc(s.m * w.kp, 2);
  assert_true(wt && xt && data && lhs);
  for (size_t n = 0; n < s.n; n++)
    for (size_t k = 0; k < s.k; k++) {
      uint16_t v = some_value(&rng, how);
      uint8_t *p = data + n / LOWPK_NR * w.panel_bytes + k / 4 * 128 + (k & 1) * 64 + n % LOWPK_NR * 4 + (k & 2);
      memcpy(p, &v, sizeof v);
      wt[n * w.kp + lowpk_bf16_place(k)] = v;
    }
  for (size_t m = 0; m < s.m; m++) {
    size_t i = m / LOWPK_MR, h = s.m - i * LOWPK_MR < LOWPK_MR ? s.m - i * LOWPK_MR : LOWPK_MR;
    for (size_t k = 0; k < s.k; k++) xt[m * w.kp + lowpk_bf16_place(k)] = some_value(&rng, how);
    for (size_t k = 0; k < w.kp; k++)
      lhs[i * LOWPK_MR * w.kp + k / 32 * h * 32 + m % LOWPK_MR * 32 + k % 32] = xt[m * w.kp + k];
  }
  float *outer = calloc(padded + s.m + s.n, sizeof *outer);
  assert_non_null(outer);
  for (size_t i = 0; i < padded + s.m + s.n; i++)
    outer[i] = i >= s.n && i < padded ? 0.0f : (float)lowpt_normal(&rng) * (how == ANY ? 0x1p90f : 1.0f);

  lowpt_guard gl = lowpt_guard_copy(lhs, lhs_bytes, LOWPT_UPPER, 0),
              gw = lowpt_guard_copy(data, panels * w.panel_bytes, LOWPT_UPPER, 0);
  lowpt_guard go = lowpt_guard_copy(outer, padded * sizeof *outer, LOWPT_UPPER, 0);
  lowpt_guard gm = lowpt_guard_copy(outer + padded, s.m * sizeof *outer, LOWPT_UPPER, 0);
  lowpt_guard gb = lowpt_guard_copy(outer + padded + s.m, s.n * sizeof *outer, LOWPT_UPPER, 0);
  lowpt_guard gs = lowpt_guard_new(scratch_bytes, LOWPT_UPPER, 0);
  size_t y_bytes = (s.m - 1) * y_stride + s.n * y_size;
  lowpt_guard gy = lowpt_guard_new(y_bytes, LOWPT_UPPER, 0);
  lowpt_guard_protect(&gl, false);
  lowpt_guard_protect(&gw, false);
  w.data = gw.data;
  lowpk_gemm g = {
      .w = &w, .m = s.m, .lhs = gl.data, .y = gy.data, .y_stride = (ptrdiff_t)y_stride, .y_element = y_element};
  g.panel_bf16 = lowpk_panel_bf16_generic;
  if (factors) {
    g.rhs_outer = (const float *)(const void *)go.data;
    g.lhs_outer = (const float *)(const void *)gm.data;
    g.bias = (const float *)(const void *)gb.data;
  }
  uint8_t *expected = malloc(y_bytes), *got = gy.data;
  assert_non_null(expected);
  memset(expected, LOWPT_POISON, y_bytes);
  /* Two calls, as two threads would share the columns. */
  size_t middle = panels > 2 ? panels / 2 - 1 : panels;
  lowpk_gemm_bf16_amx(&g, 0, middle, gs.data);
  if (middle < panels) lowpk_gemm_bf16_amx(&g, middle, panels, gs.data);

  g.y = expected;
  for (size_t m = 0; m < s.m; m++)
    for (size_t n = 0; n < s.n; n++) {
      float sum = 0;
      for (size_t k = 0; k < w.kp; k += 32) sum = lowpt_tile_dot(sum, 32, xt + m * w.kp + k, wt + n * w.kp + k);
      lowpk_gemm_store(&g, m, n, sum);
      size_t at = m * y_stride + n * y_size;
      float a, b;
      uint32_t x = 0, y = 0;
      memcpy(&x, expected + at, y_size);
      memcpy(&y, got + at, y_size);
      memcpy(&a, &x, sizeof a);
      memcpy(&b, &y, sizeof b);
      bool same = x == y || (y_element == LOWP_F32 && isnan(a) && isnan(b));
      LOWP_CHECK(same, "m %zu of %zu, n %zu of %zu, k %zu, mood %d, seed %u: %08x, model %08x", m, s.m, n, s.n, s.k,
                 (int)how, seed, y, x);
      if (how == ORDINARY && y_element == LOWP_F32 && !factors) {
        double exact = 0, magnitude = 0;
        for (size_t k = 0; k < w.kp; k++) {
          double p =
              (double)lowp_decode(LOWP_BF16, xt[m * w.kp + k]) * (double)lowp_decode(LOWP_BF16, wt[n * w.kp + k]);
          exact += p;
          magnitude += fabs(p);
        }
        LOWP_CHECK(fabs((double)b - exact) <= 0x1p-24 * magnitude * (double)(w.kp / 32 + 17),
                   "m %zu n %zu: %g, exact %g", m, n, (double)b, exact);
      }
    }
  for (size_t m = 0; m + 1 < s.m; m++) /* between the rows */
    for (size_t i = m * y_stride + s.n * y_size; i < (m + 1) * y_stride; i++) assert_int_equal(got[i], LOWPT_POISON);
  assert_true(lowpt_guard_intact(&gy) && lowpt_guard_intact(&gs));
  lowpt_guard *all[] = {&gl, &gw, &go, &gm, &gb, &gs, &gy};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) lowpt_guard_free(all[i]);
  free(expected);
  free(outer);
  free(lhs);
  free(data);
  free(xt);
  free(wt);
}

static const lowp_element y_elements[] = {LOWP_F32, LOWP_BF16, LOWP_FP16};

/* Every number of rows up to three panels, then some; every tail of columns; one, two and more chunks of k. */
static void test_shapes(void **state) {
  (void)state;
  if (!granted()) LOWP_SKIP("no AMX");
  static const size_t ks[] = {1, 128, 200, 384, 400, 900};
  for (size_t m = 1; m <= 50; m++)
    check((shape){m, 1 + m * 7 % 90, ks[m % 6]}, ORDINARY, y_elements[m % 3], m % 2, (uint32_t)m);
  for (size_t n = 1; n <= 70; n++) check((shape){n % 40 + 1, n, ks[n % 5]}, ORDINARY, LOWP_F32, false, (uint32_t)n);
  check((shape){65, 33, 1500}, ORDINARY, LOWP_F32, false, 1);
  check((shape){96, 80, 700}, ORDINARY, LOWP_BF16, true, 2);
}

/* More activations than the kernel keeps in cache at once: blocks of k, with the sums of many panels in scratch. */
static void test_large(void **state) {
  (void)state;
  if (!granted()) LOWP_SKIP("no AMX");
  check((shape){261, 72, 2100}, ORDINARY, LOWP_F32, false, 3);
  check((shape){512, 35, 1100}, ORDINARY, LOWP_FP16, true, 4);
  check((shape){48, 1100, 11000}, ORDINARY, LOWP_F32, true, 5);
}

static void test_moods(void **state) {
  (void)state;
  if (!granted()) LOWP_SKIP("no AMX");
  for (int how = TINY; how < MOODS; how++)
    for (uint32_t i = 0; i < 24; i++)
      check((shape){1 + i * 5 % 37, 1 + i * 11 % 50, 40 + i * 31}, (mood)how, y_elements[i % 3], i % 2, 100 + i);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(test_shapes), cmocka_unit_test(test_large),
                                            cmocka_unit_test(test_moods)};
  return LOWP_SUITE_RUN("gemm_bf16_amx and its model", tests);
}

#else

static void test_none(void **state) {
  (void)state;
  LOWP_SKIP("no AMX kernels in this build");
}
int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(test_none)};
  return LOWP_SUITE_RUN("gemm_bf16_amx and its model", tests);
}

#endif
