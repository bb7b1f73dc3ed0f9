/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Models of accumulators: cases worked by hand, instructions with models of their own, special values, refusals, and
 * what the published chips do to long sums.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/rng.h"
#include "harness/suite.h"
#include "oracle/bf16_dot_model.h"
#include "oracle/gemm_model.h"

#include <lowp/accumulate.h>
#include <lowp/analysis.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static lowp_accum named(const char *name) {
  lowp_accum a;
  assert_int_equal(lowp_accum_from_name(name, &a), LOWP_OK);
  return a;
}

static float dot(const lowp_accum *a, size_t n, const float *x, const float *w) {
  float y;
  assert_int_equal(lowp_accum_dot(a, n, x, w, &y), LOWP_OK);
  return y;
}

/* One factor is 1. */
static float sum(const lowp_accum *a, size_t n, const float *x) {
  float ones[64];
  for (size_t i = 0; i < n; i++) ones[i] = 1;
  return dot(a, n, x, ones);
}

static void by_hand(void **state) {
  (void)state;
  lowp_accum hopper = named("hopper-fp8");
  /* 2^13 - 2^13 leaves what was cut to a multiple of 2^(13 - 13) = 1. */
  assert_true(sum(&hopper, 3, (float[]){8192, 1.75f, -8192}) == 1);
  assert_true(sum(&hopper, 3, (float[]){8192, -1.75f, -8192}) == -1);
  assert_true(sum(&hopper, 3, (float[]){8192, 0.75f, -8192}) == 0);
  hopper.round = LOWP_ACCUM_DOWN;
  assert_true(sum(&hopper, 3, (float[]){8192, -1.75f, -8192}) == -2);
  hopper.round = LOWP_ACCUM_NEAREST_EVEN;
  assert_true(sum(&hopper, 3, (float[]){8192, 1.75f, -8192}) == 2);
  assert_true(sum(&hopper, 3, (float[]){8192, 1.5f, -8192}) == 2);
  assert_true(sum(&hopper, 3, (float[]){8192, 2.5f, -8192}) == 2);
  hopper.round = LOWP_ACCUM_TO_ODD;
  assert_true(sum(&hopper, 3, (float[]){8192, 2.25f, -8192}) == 3 &&
              sum(&hopper, 3, (float[]){8192, 3.75f, -8192}) == 3);

  /* The significand of a product lies in [1, 4): 1.5 * 1.5 = 2.25 has exponent 0, and exponent 1 if normalized. */
  lowp_accum a = named("hopper-fp8");
  a.fraction_bits = 2;
  assert_true(dot(&a, 2, (float[]){1.5f, 0.25f}, (float[]){1.5f, 1}) == 2.5f);
  a.normalize = 1;
  assert_true(dot(&a, 2, (float[]){1.5f, 0.25f}, (float[]){1.5f, 1}) == 2);

  /* A sum that carries is cut again, to 13 bits: 16384 + 1 = 16385 needs 14. */
  hopper = named("hopper-fp8");
  float x[33] = {8192, 8192, 1};
  assert_true(sum(&hopper, 3, x) == 16384);
  /* In the next chunk the 1 meets 16384, and is gone before it is added. */
  x[2] = 0, x[32] = 1;
  assert_true(sum(&hopper, 33, x) == 16384);
  /* Promoted to f32 it stays. */
  hopper.promote = 32;
  assert_true(sum(&hopper, 33, x) == 16385);

  /* The last place of fp16 at 2048 is 2; 65519 rounds to 65504, the largest, and 65520 to Inf. */
  lowp_accum half = named("fp16-fma");
  assert_true(sum(&half, 2, (float[]){2048, 1}) == 2048 && sum(&half, 2, (float[]){2048, 3}) == 2052);
  assert_true(sum(&half, 1, (float[]){65519}) == 65504 && isinf(sum(&half, 1, (float[]){65520})));
  half.acc_round = LOWP_ACCUM_TRUNCATE;
  assert_true(sum(&half, 2, (float[]){65504, 65504}) == 65504);
  half.acc_round = LOWP_ACCUM_DOWN;
  assert_true(sum(&half, 2, (float[]){65504, 65504}) == 65504 && sum(&half, 2, (float[]){-65504, -65504}) == -INFINITY);

  /* FP4: groups of 16 are exact, 6 * 6 * 16 = 576, and 2^-30 in another group of 64 survives beside 1 until f32. */
  lowp_accum fp4 = named("blackwell-fp4");
  float big[64] = {1}, small[64] = {0};
  big[16] = 0x1p-30f, big[32] = -1;
  for (int i = 0; i < 64; i++) small[i] = 1;
  assert_true(dot(&fp4, 64, big, small) == 0x1p-30f);
  big[1] = 0x1p-7f; /* below the six bits of its group */
  assert_true(dot(&fp4, 64, big, small) == 0x1p-30f);
  big[1] = 0x1p-6f;
  assert_true(dot(&fp4, 64, big, small) == 0x1p-6f); /* 2^-30 would be a 25th bit */
  big[16] = 0x1p-29f;
  assert_true(dot(&fp4, 64, big, small) == 0x1p-6f + 0x1p-29f);

  /* 2^-8 is half of bf16's last place at 1. */
  lowp_accum out = named("f32-fma");
  out.out = LOWP_BF16;
  assert_true(sum(&out, 2, (float[]){1, 0x1p-8f}) == 1 && sum(&out, 2, (float[]){1, 0x1.01p-8f}) == 1 + 0x1p-7f);
  assert_true(sum(&out, 0, NULL) == 0);
}

/* f32: fmaf, and products and sums as C has them. */
static void f32_chains(void **state) {
  (void)state;
  lowpt_rng rng = {1};
  lowp_accum fma = named("f32-fma"), plain = named("f32");
  for (int i = 0; i < 20000; i++) {
    float x[20], w[20], s = 0, t = 0;
    size_t n = lowpt_below(&rng, 20);
    for (size_t k = 0; k < n; k++) {
      do x[k] = lowpt_any_f32(&rng), w[k] = i % 2 ? lowpt_any_f32(&rng) : 0x1p-60f / x[k];
      while (!isfinite(x[k]) || !isfinite(w[k]) || !isfinite(fmaf(x[k], w[k], s)) || !isfinite(t + x[k] * w[k]));
      s = fmaf(x[k], w[k], s);
      volatile float p = x[k] * w[k];
      t += p;
    }
    float a = dot(&fma, n, x, w), b = dot(&plain, n, x, w);
    LOWP_CHECK(a == s && b == t, "n %zu: %a %a, expected %a %a", n, (double)a, (double)b, (double)s, (double)t);
  }
}

/* The models by which the bf16 kernels are tested, which agreed with the instructions. */
static void bf16_instructions(void **state) {
  (void)state;
  lowpt_rng rng = {2};
  lowp_accum pairs = named("avx512-vdpbf16ps"), tile = named("amx-tdpbf16ps");
  for (int i = 0; i < 20000; i++) {
    uint16_t x[96], w[96];
    float xf[96], wf[96], s = 0, t = 0;
    uint32_t first = i % 3 == 0 ? 58 : 110, count = i % 3 == 0 ? 12 : 20;
    for (int k = 0; k < 96; k++) {
      x[k] = (uint16_t)((lowpt_u32(&rng) & 0x807f) | (first + lowpt_below(&rng, count)) << 7);
      w[k] = (uint16_t)((lowpt_u32(&rng) & 0x807f) | (first + lowpt_below(&rng, count)) << 7);
      if (lowpt_below(&rng, 50) == 0) w[k] &= 0x807f;
      xf[k] = lowp_decode(LOWP_BF16, x[k]), wf[k] = lowp_decode(LOWP_BF16, w[k]);
    }
    for (int k = 0; k < 96; k += 2) s = lowpt_bf16_dot(s, x + k, w + k);
    for (int k = 0; k < 96; k += 32) t = lowpt_tile_dot(t, 32, x + k, w + k);
    float a = dot(&pairs, 96, xf, wf), b = dot(&tile, 96, xf, wf);
    LOWP_CHECK(a == s, "pairs, case %d: %a, expected %a", i, (double)a, (double)s);
    LOWP_CHECK(b == t, "tile, case %d: %a, expected %a", i, (double)b, (double)t);
  }
}

/* BFDOT by hand, in f64: bf16 products and sums of two are exact there unless they are far apart. */
static float to_odd(double v) {
  float near = (float)v;
  if ((double)near == v) return near;
  uint32_t bits = lowp_f32_bits(near);
  if (fabs((double)near) > fabs(v)) bits--; /* truncated */
  return lowp_f32_from_bits(bits | 1);
}

static void bfdot(void **state) {
  (void)state;
  lowpt_rng rng = {3};
  lowp_accum a = named("arm-bfdot");
  for (int i = 0; i < 20000; i++) {
    float x[8], w[8], s = 0;
    for (int k = 0; k < 8; k++) {
      uint32_t bits = lowpt_u32(&rng);
      x[k] = lowp_f32_from_bits((bits & 0x807f0000) | (120 + lowpt_below(&rng, 10)) << 23);
      w[k] = lowp_f32_from_bits((bits << 8 & 0x007f0000) | (120 + lowpt_below(&rng, 10)) << 23);
    }
    for (int k = 0; k < 8; k += 2)
      s = to_odd((double)s + (double)to_odd((double)x[k] * (double)w[k] + (double)x[k + 1] * (double)w[k + 1]));
    float y = dot(&a, 8, x, w);
    LOWP_CHECK(y == s, "case %d: %a, expected %a", i, (double)y, (double)s);
  }
}

static void special_values(void **state) {
  (void)state;
  for (size_t p = 0; lowp_accum_info_of(p) != NULL; p++) {
    lowp_accum a = lowp_accum_info_of(p)->accum;
    const float one[] = {1, 1, 1};
    assert_true(isnan(dot(&a, 3, (float[]){1, NAN, 2}, one)));
    assert_true(dot(&a, 3, (float[]){1, INFINITY, 2}, one) == INFINITY);
    assert_true(dot(&a, 3, (float[]){1, INFINITY, 2}, (float[]){1, -1, 1}) == -INFINITY);
    assert_true(isnan(dot(&a, 3, (float[]){INFINITY, 1, -INFINITY}, one)));
    assert_true(isnan(dot(&a, 3, (float[]){INFINITY, 1, 1}, (float[]){0, 1, 1})));
    assert_true(lowp_f32_bits(dot(&a, 3, (float[]){1, -1, -0.0f}, one)) == 0);
    assert_true(lowp_f32_bits(dot(&a, 1, (float[]){-0.0f}, one)) == 0);
  }
  lowp_accum a = named("f32-fma");
  const float big[] = {0x1.8p127f, 0x1.8p127f, -0x1.8p127f};
  assert_true(sum(&a, 3, big) == INFINITY);
  double y;
  assert_int_equal(lowp_exact_dot(3, big, (float[]){1, 1, 1}, &y), LOWP_OK);
  assert_true(y == 0x1.8p127);
  assert_int_equal(lowp_exact_dot(3, big, (float[]){1, NAN, 1}, &y), LOWP_OK);
  assert_true(isnan(y));
  /* Chains that overflow in both directions meet. */
  lowp_accum c = named("amx-tdpbf16ps");
  const float both[] = {0x1p127f, -0x1p127f, 0x1p127f, -0x1p127f};
  assert_true(isnan(sum(&c, 4, both)));
  lowp_accum_sweep_opts opts;
  lowp_accum_sweep_init(&opts);
  assert_int_equal(lowp_exact_dot(0, NULL, NULL, &y), LOWP_OK);
  assert_true(y == 0);
}

/* Ties of the exact sum in f64, and what lies far below them. */
static void exact_ties(void **state) {
  (void)state;
  const float one[] = {1, 1, 1};
  static const struct {
    float x[3];
    double y;
  } cases[] = {{{1, 0x1p-53f, 0}, 1},
               {{1, 0x1p-53f, 0x1p-140f}, 0x1.0000000000001p0},
               {{1, 0x1p-53f, -0x1p-140f}, 1},
               {{-1, -0x1p-53f, -0x1p-140f}, -0x1.0000000000001p0},
               {{0x1.000002p0f, -1, 0x1p-149f}, 0x1p-23},
               {{0x1p127f, -0x1p127f, -0x1p-149f}, -0x1p-149}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    double y;
    assert_int_equal(lowp_exact_dot(3, cases[i].x, one, &y), LOWP_OK);
    LOWP_CHECK(y == cases[i].y, "case %zu: %a, expected %a", i, y, cases[i].y);
  }
}

static void refusals(void **state) {
  (void)state;
  lowp_accum good = named("hopper-fp8"), a = good;
  lowp_error error;
  float y = 42;
#define REFUSED(change, code) \
  do { \
    a = good; \
    change; \
    assert_int_equal(lowp_accum_check(&a, &error), code); \
    assert_int_equal(lowp_accum_dot(&a, 1, &y, &y, &y), code); \
    assert_true(y == 42); \
  } while (0)
  REFUSED(a.struct_size = 0, LOWP_E_ARGUMENT);
  REFUSED(a.kind = (lowp_accum_kind)3, LOWP_E_ARGUMENT);
  REFUSED(a.round = (lowp_accum_round)4, LOWP_E_ARGUMENT);
  REFUSED(a.acc_round = (lowp_accum_round)4, LOWP_E_ARGUMENT);
  REFUSED(a.out = LOWP_E4M3FN, LOWP_E_ARGUMENT);
  REFUSED(a.fraction_bits = 0, LOWP_E_RANGE);
  REFUSED(a.extra_bits = 48, LOWP_E_RANGE);
  REFUSED(a.fraction_bits = UINT32_MAX, LOWP_E_RANGE);
  REFUSED(a.acc_fraction = 0, LOWP_E_RANGE);
  REFUSED(a.acc_fraction = 53, LOWP_E_RANGE);
  REFUSED(a.acc_exponent = 9, LOWP_E_RANGE);
  REFUSED(a.promote = 40, LOWP_E_RANGE);
  REFUSED((a.chunk = 0, a.promote = 32), LOWP_E_RANGE);
  REFUSED((a.group = 24, a.group_bits = 4), LOWP_E_RANGE);
  REFUSED((a.group = 16, a.group_bits = 0), LOWP_E_RANGE);
  REFUSED((a.kind = LOWP_ACCUM_CHAINS, a.ways = 0), LOWP_E_RANGE);
  REFUSED((a.kind = LOWP_ACCUM_CHAINS, a.ways = 33), LOWP_E_RANGE);
  REFUSED((a.kind = LOWP_ACCUM_SEQUENTIAL, a.swap_pairs = 1, a.promote = 3), LOWP_E_RANGE);
  assert_int_equal(lowp_accum_dot(&good, 1, NULL, &y, &y), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_accum_dot(&good, 1, &y, &y, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_accum_dot_codes(&good, 1, LOWP_ELEMENT_NONE, &y, LOWP_F32, &y, &y), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_accum_dot_codes(&good, 1, LOWP_F64, &y, LOWP_F32, &y, &y), LOWP_E_UNSUPPORTED);
  assert_int_equal(lowp_accum_from_name("hopper", &a), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_accum_from_name("HOPPER-FP8", &a), LOWP_OK);

  float data[12] = {0};
  lowp_view x = lowp_view_of(LOWP_F32, 2, 4, data), w = lowp_view_of(LOWP_F32, 3, 4, data),
            bad = lowp_view_of(LOWP_F32, 2, 3, data);
  lowp_accum_operand ox = lowp_accum_of_view(&x), ow = lowp_accum_of_view(&w), ob = lowp_accum_of_view(&bad),
                     none = lowp_accum_of_view(NULL);
  assert_int_equal(lowp_accum_gemm_rows(&good, &ox, &ow, 0, 2, NULL, NULL, NULL), LOWP_OK);
  assert_int_equal(lowp_accum_gemm_rows(&good, &ox, &ob, 0, 2, NULL, NULL, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_accum_gemm_rows(&good, &ox, &ow, 1, 3, NULL, NULL, NULL), LOWP_E_RANGE);
  assert_int_equal(lowp_accum_gemm_rows(&good, &none, &ow, 0, 0, NULL, NULL, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_accum_gemm_rows(&good, &ox, &ow, 0, 2, &x, NULL, NULL), LOWP_E_SHAPE);
  lowp_accum_sweep_opts opts;
  lowp_accum_sweep_init(&opts);
  lowp_accum_stats stats = {0};
  size_t k = 0;
  assert_int_equal(lowp_accum_sweep(&good, &opts, 1, &k, &stats), LOWP_E_SHAPE);
  k = SIZE_MAX / 2;
  assert_int_equal(lowp_accum_sweep(&good, &opts, 1, &k, &stats), LOWP_E_SHAPE);
  opts.ex = LOWP_F64;
  assert_int_equal(lowp_accum_sweep(&good, &opts, 1, &k, &stats), LOWP_E_UNSUPPORTED);
}

/* Rows one at a time, merged, are the bits of all at once; a matrix of codes gives what its dot products give. */
static void rows_and_merging(void **state) {
  (void)state;
  enum { M = 5, N = 4, K = 70 };
  uint8_t xc[M * K], wc[N * K];
  lowpt_rng rng = {4};
  for (int i = 0; i < M * K; i++) xc[i] = (uint8_t)(lowpt_u32(&rng) & 0xf7);
  for (int i = 0; i < N * K; i++) wc[i] = (uint8_t)(lowpt_u32(&rng) & 0xf7);
  lowp_accum a = named("ada-fp8");
  lowp_view x = lowp_view_of(LOWP_E4M3FN, M, K, xc), w = lowp_view_of(LOWP_E4M3FN, N, K, wc);
  lowp_accum_operand ox = lowp_accum_of_view(&x), ow = lowp_accum_of_view(&w);
  float y[M * N], line[N];
  lowp_view all = lowp_view_of(LOWP_F32, M, N, y), one = lowp_view_of(LOWP_F32, 1, N, line);
  lowp_accum_stats whole, pieces;
  lowp_accum_stats_init(&whole);
  lowp_accum_stats_init(&pieces);
  assert_int_equal(lowp_accum_gemm_rows(&a, &ox, &ow, 0, M, &all, &whole, NULL), LOWP_OK);
  for (size_t m = 0; m < M; m++) {
    lowp_accum_stats part;
    lowp_accum_stats_init(&part);
    assert_int_equal(lowp_accum_gemm_rows(&a, &ox, &ow, m, m + 1, &one, &part, NULL), LOWP_OK);
    lowp_accum_stats_merge(&pieces, &part);
    assert_memory_equal(line, y + m * N, sizeof line);
    for (size_t n = 0; n < N; n++) {
      float s;
      assert_int_equal(lowp_accum_dot_codes(&a, K, LOWP_E4M3FN, xc + m * K, LOWP_E4M3FN, wc + n * K, &s), LOWP_OK);
      assert_true(s == line[n]);
    }
  }
  assert_memory_equal(&whole, &pieces, sizeof whole);
  assert_true(whole.count == M * N && whole.below + whole.above > 0);
}

/*
 * The table of docs/error-analysis.md: E4M3 inputs, uniform on [0, 1), K = 1024, 4096, 16384, mean relative error.
 * The figures are those of independent simulations; the tolerance covers their sampling.
 */
static void growth(void **state) {
  (void)state;
  static const struct {
    const char *name;
    double rel[3], tolerance;
  } known[] = {{"hopper-fp8", {1.3e-2, 6.6e-2, 2.5e-1}, 0.05},
               {"hopper-fp8-promoted", {5.0e-4, 5.0e-4, 5.0e-4}, 0.05},
               {"f10-aligned", {0.13, 0.41, 0.75}, 0.04},
               {"blackwell-fp8", {4.3e-8, 4.5e-7, 6.0e-6}, 0.35}};
  static const size_t ks[] = {1024, 4096, 16384};
  lowp_accum_sweep_opts opts;
  lowp_accum_sweep_init(&opts);
  opts.trials = 24;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    lowp_accum a = named(known[i].name);
    lowp_accum_stats stats[3];
    assert_int_equal(lowp_accum_sweep(&a, &opts, 3, ks, stats), LOWP_OK);
    for (int k = 0; k < 3; k++) {
      double bias = lowp_accum_bias(&stats[k]);
      LOWP_CHECK(fabs(-bias / known[i].rel[k] - 1) < known[i].tolerance, "%s, K %zu: %g, expected %g", known[i].name,
                 ks[k], bias, -known[i].rel[k]);
      assert_true(stats[k].count == 24 && stats[k].above == 0 && stats[k].nonfinite == 0);
      if (i < 3) assert_true(stats[k].below == 24 && lowp_accum_mean_rel(&stats[k]) == -bias);
    }
  }
}

/* Zero-mean data at K = 4096: NMSE. 200 dot products are off by some tens of percent. */
static void hidden(void **state) {
  (void)state;
  static const struct {
    const char *name;
    double nmse;
  } known[] = {
      {"hopper-fp8", 1.8e-6}, {"hopper-fp8-promoted", 1.6e-8}, {"blackwell-fp8", 3.6e-15}, {"f10-aligned", 2.6e-4}};
  const size_t k = 4096;
  lowp_accum_sweep_opts opts;
  lowp_accum_sweep_init(&opts);
  opts.data = LOWP_ACCUM_NORMAL;
  opts.trials = 200;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    lowp_accum a = named(known[i].name);
    lowp_accum_stats stats;
    assert_int_equal(lowp_accum_sweep(&a, &opts, 1, &k, &stats), LOWP_OK);
    double nmse = lowp_accum_nmse(&stats);
    LOWP_CHECK(nmse > known[i].nmse * 0.7 && nmse < known[i].nmse * 1.4, "%s: %g, expected %g", known[i].name, nmse,
               known[i].nmse);
  }
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(by_hand),   cmocka_unit_test(f32_chains),       cmocka_unit_test(bf16_instructions),
      cmocka_unit_test(bfdot),     cmocka_unit_test(special_values),   cmocka_unit_test(refusals),
      cmocka_unit_test(growth),    cmocka_unit_test(rows_and_merging), cmocka_unit_test(hidden),
      cmocka_unit_test(exact_ties)};
  return LOWP_SUITE_RUN("accumulators", tests);
}
