/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_bf16_one.c: the kernel for one row and 4-bit weights against the model of its file, bit for bit: for every run of k that
 * shares a scale P = fma(x, element, P) from +0, then S = fma(P, scale, S). Elements and scales are read with the scalar decoders
 * of the public headers. Everything the kernel gets lies between inaccessible pages.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "cpu/cpu.h"
#include "harness/guard.h"
#include "harness/rng.h"
#include "harness/suite.h"
#include "kernels/generic/panel.h"
#include <math.h>
#include <stdlib.h>

#if LOWP_HAVE_AVX512
int lowpk_gemm_bf16_one_avx512(const lowpk_gemm *g, size_t panel0, size_t panel1, void *scratch);

static const lowp_scheme schemes[] = {LOWP_SCHEME_MXFP4, LOWP_SCHEME_NVFP4, LOWP_SCHEME_HIF4, LOWP_SCHEME_INT4_G32,
                                      LOWP_SCHEME_INT4_G128};

/* Random codes, and scales that leave the tensor regular; some blocks of zeros under the smallest scale. */
static void fill(lowpt_rng *rng, lowp_scheme scheme, const lowpk_rhs *w, uint8_t *data, size_t panels) {
  for (size_t p = 0; p < panels; p++)
    for (size_t s = 0; s < w->kp / LOWPK_STEP; s++) {
      uint8_t *step = data + p * w->panel_bytes + s * w->step_bytes;
      for (size_t i = w->step_scale_bytes; i < w->step_bytes; i++) step[i] = (uint8_t)lowpt_u32(rng);
      for (size_t i = 0; i < w->step_scale_bytes; i++) {
        uint32_t r = lowpt_u32(rng);
        if (scheme == LOWP_SCHEME_MXFP4)
          step[i] = (uint8_t)(60 + r % 100);
        else if (scheme == LOWP_SCHEME_NVFP4)
          step[i] = (uint8_t)(r % 0x7f);
        else if (scheme == LOWP_SCHEME_HIF4)
          step[i] = (uint8_t)(i % 4 == 0 ? r % 0xff : r);
        else
          step[i] = (uint8_t)(i % 2 ? 0x10 + r % 0x60 : r); /* FP16, normal and finite */
      }
      if (scheme == LOWP_SCHEME_MXFP4 && lowpt_below(rng, 4) == 0) { /* a column of zeros, scale 2^-127 */
        size_t lane = lowpt_below(rng, LOWPK_NR);
        for (size_t b = 0; b < 4; b++) step[b * LOWPK_NR + lane] = 0;
        for (size_t word = 0; word < 16; word++) memset(step + w->step_scale_bytes + word * 64 + lane * 4, 0, 4);
      }
    }
}

/* The value of the element and of what multiplies it, and how many k share that. */
static size_t parts(const lowpk_rhs *w, size_t n, size_t k, float *element, float *scale) {
  const lowp_scheme_info *info = w->scheme;
  const uint8_t *s = lowpk_panel_scale(w, n / LOWPK_NR, k, n % LOWPK_NR);
  uint16_t half;
  uint32_t word;
  *element = lowp_decode(info->element, lowpk_panel_code(w, n / LOWPK_NR, k, n % LOWPK_NR));
  switch (info->family) {
  case LOWP_FAMILY_MX:
    *scale = ldexpf(1.0f, (int)s[0] - 127);
    return 32;
  case LOWP_FAMILY_NVFP4:
    *scale = lowp_decode(LOWP_E4M3FN, s[0]);
    return 16;
  case LOWP_FAMILY_HIF4:
    memcpy(&word, s, sizeof word);
    *scale = ldexpf(lowp_decode(LOWP_E6M2, word & 0xff),
                    (int)(word >> (8 + k % 64 / 8) & 1) + (int)(word >> (16 + k % 64 / 4) & 1));
    return 4;
  default:
    memcpy(&half, s, sizeof half);
    *scale = lowp_decode(LOWP_FP16, half);
    return 32;
  }
}

static void check(lowp_scheme scheme, size_t n, size_t k, uint32_t seed) {
  lowpt_rng rng = {seed};
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  lowpk_rhs w = {.scheme = info, .n = n, .k = k, .kp = (k + LOWPK_STEP - 1) / LOWPK_STEP * LOWPK_STEP};
  w.step_scale_bytes = lowpk_step_scale_bytes(info);
  w.step_bytes = w.step_scale_bytes + lowpk_step_code_bytes(info);
  w.panel_bytes = w.kp / LOWPK_STEP * w.step_bytes;
  const size_t panels = (n + LOWPK_NR - 1) / LOWPK_NR;
  uint8_t *data = malloc(panels * w.panel_bytes);
  uint16_t *x = calloc(w.kp, sizeof *x);
  assert_true(data && x);
  fill(&rng, scheme, &w, data, panels);
  float *values = calloc(w.kp, sizeof *values);
  for (size_t i = 0; i < k; i++) {
    uint16_t code = (uint16_t)(lowpt_u32(&rng) & 0x807f) | (uint16_t)((100 + lowpt_below(&rng, 40)) << 7);
    x[lowpk_bf16_place(i)] = code;
    values[i] = lowp_decode(LOWP_BF16, code);
  }
  lowpt_guard gx = lowpt_guard_copy(x, w.kp * sizeof *x, seed & 1 ? LOWPT_UPPER : LOWPT_LOWER, 0);
  lowpt_guard gw = lowpt_guard_copy(data, panels * w.panel_bytes, seed & 2 ? LOWPT_UPPER : LOWPT_LOWER, 0);
  lowpt_guard gs = lowpt_guard_new(lowpk_gemm_scratch(1), LOWPT_UPPER, 0);
  lowpt_guard gy = lowpt_guard_new(n * sizeof(float), LOWPT_UPPER, 0);
  lowpt_guard_protect(&gx, false);
  lowpt_guard_protect(&gw, false);
  w.data = gw.data;
  lowpk_gemm g = {
      .w = &w, .m = 1, .lhs = gx.data, .y = gy.data, .y_stride = (ptrdiff_t)(n * sizeof(float)), .y_element = LOWP_F32};
  assert_int_equal(lowpk_gemm_bf16_one_avx512(&g, 0, panels, gs.data), 1);
  for (size_t i = 0; i < n; i++) {
    float sum = 0, part = 0, element, scale, y;
    double exact = 0, magnitude = 0;
    for (size_t j = 0; j < w.kp; j++) {
      size_t run = parts(&w, i, j, &element, &scale);
      part = fmaf(values[j], element, part);
      exact += (double)values[j] * (double)element * (double)scale;
      magnitude += fabs((double)values[j] * (double)element * (double)scale);
      if ((j + 1) % run) continue;
      sum = fmaf(part, scale, sum);
      part = 0;
    }
    memcpy(&y, gy.data + i * sizeof y, sizeof y);
    LOWP_CHECK(lowp_f32_bits(y) == lowp_f32_bits(sum), "%s, n %zu of %zu, k %zu, seed %u: %.9g, model %.9g", info->name,
               i, n, k, seed, (double)y, (double)sum);
    LOWP_CHECK(fabs((double)y - exact) <= 0x1p-24 * 1.001 * magnitude * (double)(w.kp / 4 * 5), "%s: %g, exact %g",
               info->name, (double)y, exact);
  }
  assert_true(lowpt_guard_intact(&gy) && lowpt_guard_intact(&gs));
  lowpt_guard *all[] = {&gx, &gw, &gs, &gy};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) lowpt_guard_free(all[i]);
  free(values);
  free(x);
  free(data);
}

static void model(void **state) {
  (void)state;
  if (!(lowpi_cpu_enabled() >> LOWPI_ISA_AVX512 & 1)) LOWP_SKIP("no AVX-512");
  for (size_t s = 0; s < sizeof schemes / sizeof *schemes; s++)
    for (uint32_t i = 0; i < 40; i++) check(schemes[s], 1 + i * 13 % 290, 1 + i * 97 % 1300, i);
}

/* What it leaves to the tiles: more rows, other elements, irregular tensors. */
static void refused(void **state) {
  (void)state;
  if (!(lowpi_cpu_enabled() >> LOWPI_ISA_AVX512 & 1)) LOWP_SKIP("no AVX-512");
  lowpk_rhs w = {.scheme = lowp_scheme_info_of(LOWP_SCHEME_MXFP4), .irregular = 1};
  lowpk_gemm g = {.w = &w, .m = 1};
  assert_int_equal(lowpk_gemm_bf16_one_avx512(&g, 0, 1, NULL), 0);
  w.irregular = 0;
  g.m = 2;
  assert_int_equal(lowpk_gemm_bf16_one_avx512(&g, 0, 1, NULL), 0);
  g.m = 1;
  w.scheme = lowp_scheme_info_of(LOWP_SCHEME_MXFP8_E4M3);
  assert_int_equal(lowpk_gemm_bf16_one_avx512(&g, 0, 1, NULL), 0);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(model), cmocka_unit_test(refused)};
  return LOWP_SUITE_RUN("one row of bf16 and its model", tests);
}
#else
static void none(void **state) {
  (void)state;
  LOWP_SKIP("no AVX-512 kernels in this build");
}
int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(none)};
  return LOWP_SUITE_RUN("one row of bf16 and its model", tests);
}
#endif
