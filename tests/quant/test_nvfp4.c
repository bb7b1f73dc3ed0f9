/* SPDX-License-Identifier: Apache-2.0 */
/* test_nvfp4.c: lowp's own rules for NVFP4 against the model, edges, properties, accuracy. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/rng.h"
#include "quant/nvfp4_model.h"
#include <stdlib.h>

/* --- lowp's own rules --------------------------------------------------------------------------------------------- */

/*
 * Rows of many kinds: Gaussian of any size, heavy tails, zero blocks, ties, tiny and huge tensors, -0, blocks with few
 * elements of which one makes most of the error, and small integers under a tensor scale of 1, where errors are equal.
 */
static void make_row(lowpt_rng *rng, float *x) {
  int kind = (int)lowpt_below(rng, 8);
  double size = ldexp(1, (int)lowpt_below(rng, kind == 4 ? 240 : 20) - (kind == 4 ? 120 : 10));
  for (int i = 0; i < K; i++) {
    double n = lowpt_normal(rng) * size;
    if (kind == 1) n *= ldexp(1, (int)lowpt_below(rng, 30) - 25);
    if (kind == 2 && i / B % 3 == 0) n = 0;
    if (kind == 3) n = (double)((int)lowpt_below(rng, 25) - 12) * 0.25;
    if (kind == 5 && lowpt_below(rng, 8) == 0) n = -0.0;
    if (kind == 6 && lowpt_below(rng, 8) != 0) n = 0;
    if (kind == 7) n = lowpt_below(rng, 5) ? 0 : (double)((int)lowpt_below(rng, 201) - 100) * 0.25;
    x[i] = (float)n;
  }
  if (kind == 7) x[0] = 2688;
}

static float model_amax(const float *x, int n) {
  float amax = 0;
  for (int i = 0; i < n; i++) amax = fmaxf(amax, fabsf(x[i]));
  return amax;
}

static float model_tensor_scale(const float *x) {
  float amax = model_amax(x, K);
  return amax > 0 ? fmaxf(amax / 2688.0f, 0x1p-117f) : 1.0f;
}

static unsigned model_scale(float base) {
  unsigned scale = nearest((double)base, 127, e4m3);
  return scale ? scale : 1;
}

static double model_encode(const float *x, unsigned scale, float g, lowp_search_metric metric, uint8_t *codes) {
  float d = (float)(e4m3(scale) * (double)g);
  double sum = 0, largest = 0;
  for (int i = 0; i < B; i++) {
    codes[i] = model_code(x[i] / d);
    double e = fabs((double)model_value(codes[i], scale, g) - (double)x[i]);
    sum += metric == LOWP_METRIC_MSE ? e * e : e;
    largest = fmax(largest, e);
  }
  return metric == LOWP_METRIC_MAX ? largest : sum;
}

/* What a rule of lowp makes of one block; returns the scale. */
static unsigned model_block(const lowp_quant_opts *opts, const float *x, float g, uint8_t *codes) {
  float amax = model_amax(x, B);
  memset(codes, 0, B);
  if (amax == 0) return 0;
  float base = amax / (6.0f * g);
  unsigned best = model_scale(base);
  uint8_t tried[B];
  if (opts->scale_rule == LOWP_SCALE_FOUR_OVER_SIX) {
    double error = model_encode(x, best, g, opts->metric, codes);
    unsigned scale4 = model_scale(1.5f * base);
    if (model_encode(x, scale4, g, opts->metric, tried) < error) {
      memcpy(codes, tried, B);
      best = scale4;
    }
  } else if (opts->scale_rule == LOWP_SCALE_MSE) {
    double error = INFINITY;
    for (unsigned scale = 1; scale < 127; scale++) {
      double e = model_encode(x, scale, g, LOWP_METRIC_MSE, tried);
      if (e >= error) continue;
      error = e;
      best = scale;
      memcpy(codes, tried, B);
    }
  } else {
    model_encode(x, best, g, LOWP_METRIC_MSE, codes);
  }
  return best;
}

static void check_model(lowp_scale_rule rule, lowp_search_metric metric, int rows) {
  lowpt_rng rng = {.counter = 1000u * (unsigned)rule + (unsigned)metric};
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
  opts.scale_rule = rule;
  opts.metric = metric;
  for (int r = 0; r < rows; r++) {
    float x[K];
    result it;
    make_row(&rng, x);
    quantize(&opts, x, &it);
    float g = model_tensor_scale(x);
    LOWP_CHECK(it.q.tensor_scale == g && it.q.tensor_scale_inv == 1.0f / g, "row %d: tensor scale %g, not %g", r,
               (double)it.q.tensor_scale, (double)g);
    for (int b = 0; b < BLOCKS; b++) {
      uint8_t codes[B];
      unsigned scale = model_block(&opts, x + b * B, g, codes);
      LOWP_CHECK(it.scales[b] == scale, "row %d, block %d: scale %02x, not %02x", r, b, it.scales[b], scale);
      for (int i = 0; i < B; i++) {
        LOWP_CHECK(it.codes[b * B + i] == codes[i], "row %d, block %d: code %x of element %d, not %x", r, b,
                   it.codes[b * B + i], i, codes[i]);
        LOWP_CHECK(same(it.y[b * B + i], model_value(codes[i], scale, g)), "row %d, block %d: value %d", r, b, i);
      }
    }
  }
}

static void default_rule_equals_its_model(void **state) {
  (void)state;
  check_model(LOWP_SCALE_AMAX, LOWP_METRIC_MSE, 1000);
}

static void four_over_six_equals_its_model(void **state) {
  (void)state;
  check_model(LOWP_SCALE_FOUR_OVER_SIX, LOWP_METRIC_MSE, 500);
  check_model(LOWP_SCALE_FOUR_OVER_SIX, LOWP_METRIC_MAE, 500);
  check_model(LOWP_SCALE_FOUR_OVER_SIX, LOWP_METRIC_MAX, 500);
}

static void search_finds_the_first_best_of_all_scales(void **state) {
  (void)state;
  check_model(LOWP_SCALE_MSE, LOWP_METRIC_MSE, 100);
}

/*
 * compressed-tensors, of which there are no vectors, and the fold of TransformerEngine, which the vectors do not tell
 * from its neighbours: scales and codes by the formulas of docs/formats.md.
 */
static void presets_by_their_formulas(void **state) {
  (void)state;
  static const lowp_compat presets[] = {LOWP_COMPAT_COMPRESSED_TENSORS, LOWP_COMPAT_TRANSFORMER_ENGINE,
                                        LOWP_COMPAT_VLLM};
  lowpt_rng rng = {.counter = 31};
  size_t told_apart = 0;
  for (int r = 0; r < 3000; r++) {
    float x[K];
    result it;
    make_row(&rng, x);
    float amax = model_amax(x, K), s = amax > 0 ? fminf(2688.0f / amax, 0x1.fffffep127f) : 1.0f;
    int p = r % 3;
    if (p == 0 && !(2688.0f / amax < INFINITY)) s = 1;
    lowp_quant_opts opts;
    assert_int_equal(lowp_quant_opts_compat(&opts, LOWP_SCHEME_NVFP4, presets[p]), LOWP_OK);
    quantize(&opts, x, &it);
    assert_true(it.q.tensor_scale_inv == s && it.q.tensor_scale == 1.0f / s && it.q.tensor_amax == amax);
    for (int b = 0; b < BLOCKS; b++) {
      float a = model_amax(x + b * B, B), sixth = 1.0f / 6.0f, folded = s * sixth, scaled = a * sixth, base;
      if (p == 0)
        base = s * (a / 6.0f);
      else
        base = p == 1 ? a * folded : s * scaled;
      unsigned scale = nearest((double)base, 127, e4m3);
      told_apart += p != 0 && scale != nearest((double)(p == 1 ? s * scaled : a * folded), 127, e4m3);
      if (p == 0 && scale == 0) scale = 0x20;
      LOWP_CHECK(it.scales[b] == scale, "preset %d, row %d, block %d: scale %02x, not %02x", p, r, b, it.scales[b],
                 scale);
      float d = (float)e4m3(scale) / s;
      for (int i = b * B; p == 0 && i < (b + 1) * B; i++) assert_int_equal(it.codes[i], model_code(x[i] / d));
    }
  }
  print_message("# the order of operations decides %zu scales\n", told_apart);
  assert_true(told_apart > 0);
}

/* The example of arXiv 2512.02010: 40/6 is 6.5 in E4M3 and costs 4.33 per value, 40/4 is exact. */
static void worked_example(void **state) {
  (void)state;
  const float x[B] = {10, 20, 30, 40};
  uint8_t codes[B / 2], scale;
  float g, y[B];
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
  opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
  for (int six = 0; six < 2; six++) {
    opts.scale_rule = six ? LOWP_SCALE_AMAX : LOWP_SCALE_FOUR_OVER_SIX;
    assert_int_equal(lowp_nvfp4_quantize(B, x, codes, &scale, &g, &opts), LOWP_OK);
    assert_int_equal(lowp_nvfp4_dequantize(B, codes, &scale, g, y), LOWP_OK);
    double sum = 0;
    for (int i = 0; i < B; i++) sum += ((double)y[i] - (double)x[i]) * ((double)y[i] - (double)x[i]);
    assert_true(lowp_e4m3fn_decode(scale) == (six ? 6.5f : 10.0f));
    assert_true(sum / 4 == (six ? 4.328125 : 0.0));
  }
}

static void every_scale_and_code_decodes(void **state) {
  (void)state;
  uint8_t codes[B / 2];
  for (int i = 0; i < B; i++) lowp_fp4_set(codes, (size_t)i, (uint8_t)i);
  for (unsigned scale = 0; scale < 256; scale++)
    for (int e = -120; e <= 120; e += 8) {
      float g = 1.3f * ldexpf(1, e), y[B];
      uint8_t s = (uint8_t)scale;
      assert_int_equal(lowp_nvfp4_dequantize(B, codes, &s, g, y), LOWP_OK);
      for (unsigned c = 0; c < B; c++) {
        float want = model_value(c, scale & 0x7f, g);
        if (scale & 0x80) want = -want;
        LOWP_CHECK(same(y[c], want) && same(lowp_nvfp4_decode((uint8_t)c, s, g), want), "scale %02x, code %x", scale,
                   c);
      }
    }
}

/* --- edges -------------------------------------------------------------------------------------------------------- */

static void nonfinite_blocks(void **state) {
  (void)state;
  const float bad[3] = {NAN, INFINITY, -INFINITY};
  for (int rule = LOWP_SCALE_AMAX; rule <= LOWP_SCALE_FOUR_OVER_SIX; rule++)
    for (int b = 0; b < 3; b++) {
      float x[K], clean[K];
      result it, other;
      lowpt_rng rng = {.counter = 5};
      for (int i = 0; i < K; i++) x[i] = clean[i] = (float)lowpt_normal(&rng);
      x[37] = bad[b];
      clean[37] = 0;
      lowp_quant_opts opts;
      lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
      opts.scale_rule = (lowp_scale_rule)rule;
      quantize(&opts, x, &it);
      quantize(&opts, clean, &other);
      for (int i = 0; i < K; i++)
        if (i / B == 37 / B)
          assert_true(isnan(it.y[i]) && it.codes[i] == 0 && it.scales[i / B] == LOWP_NVFP4_SCALE_NAN);
        else
          assert_true(same(it.y[i], other.y[i]));
      opts.nan_policy = LOWP_NONFINITE_ZERO;
      quantize(&opts, x, &it);
      assert_memory_equal(it.packed, other.packed, sizeof it.packed);
      assert_memory_equal(it.scales, other.scales, sizeof it.scales);
      opts.nan_policy = LOWP_NONFINITE_ERROR;
      assert_int_equal(lowp_nvfp4_quantize(K, x, it.packed, it.scales, &it.y[0], &opts), LOWP_E_NONFINITE);
    }
}

static void zero_and_short_tensors(void **state) {
  (void)state;
  float x[40] = {0}, y[40], g = -1;
  uint8_t codes[LOWP_NVFP4_CODES_BYTES(40)], scales[LOWP_NVFP4_SCALES_BYTES(40)];
  memset(codes, 0xff, sizeof codes), memset(scales, 0xff, sizeof scales);
  x[3] = -0.0f;
  assert_int_equal(lowp_nvfp4_quantize(40, x, codes, scales, &g, NULL), LOWP_OK);
  assert_true(g == 1.0f);
  for (size_t i = 0; i < sizeof codes; i++) assert_int_equal(codes[i], 0);
  for (size_t i = 0; i < sizeof scales; i++) assert_int_equal(scales[i], 0);
  for (int i = 0; i < 40; i++) x[i] = (float)(i - 20);
  assert_int_equal(lowp_nvfp4_quantize(40, x, codes, scales, &g, NULL), LOWP_OK);
  assert_int_equal(lowp_nvfp4_dequantize(40, codes, scales, g, y), LOWP_OK);
  for (size_t i = 40; i < 48; i++) assert_int_equal(lowp_fp4_get(codes, i), 0);
  for (size_t i = 0; i < 40; i++) assert_true(y[i] == lowp_nvfp4_decode(lowp_fp4_get(codes, i), scales[i / B], g));
  assert_int_equal(lowp_nvfp4_quantize(0, NULL, NULL, NULL, &g, NULL), LOWP_OK);
  /* scale times tensor scale underflows to 0, and 0 / 0 is a NaN whose sign depends on the machine */
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
  opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
  opts.tensor_scale = 0x1p-149f;
  memset(x, 0, sizeof x);
  x[0] = 0x1p-149f;
  assert_int_equal(lowp_nvfp4_quantize(40, x, codes, scales, &g, &opts), LOWP_OK);
  assert_int_equal(lowp_fp4_get(codes, 0), 7);
  for (size_t i = 1; i < 16; i++) assert_int_equal(lowp_fp4_get(codes, i), 0);
}

/*
 * Quantizing what was decoded changes no value, except where the scale has lost its precision: a maximum that falls on
 * 4 asks for another scale next time. The sign of x is a bit of the code; powers of two pass through; blocks do not see
 * each other.
 */
static void properties(void **state) {
  (void)state;
  lowpt_rng rng = {.counter = 77};
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
  for (int rule = LOWP_SCALE_AMAX; rule <= LOWP_SCALE_FOUR_OVER_SIX; rule++)
    for (int r = 0; r < 100; r++) {
      float x[K], negative[K], twice[K];
      result a, b;
      opts.scale_rule = (lowp_scale_rule)rule;
      make_row(&rng, x);
      opts.tensor_scale_from = LOWP_TENSOR_SCALE_MEASURE;
      quantize(&opts, x, &a);
      opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
      opts.tensor_scale = a.q.tensor_scale;
      quantize(&opts, a.y, &b);
      for (int i = 0; i < K; i++)
        if (rule == LOWP_SCALE_MSE || a.scales[i / B] >= 8) assert_true(a.y[i] == b.y[i]);
      for (int i = 0; i < K; i++) negative[i] = -x[i];
      quantize(&opts, negative, &b);
      assert_memory_equal(a.scales, b.scales, sizeof a.scales);
      for (int i = 0; i < K; i++) assert_int_equal(a.codes[i] ^ b.codes[i], model_amax(x + i / B * B, B) > 0 ? 8 : 0);
      for (int i = 0; i < K; i++) twice[i] = 2 * x[i];
      opts.tensor_scale *= 2;
      quantize(&opts, twice, &b);
      assert_memory_equal(a.scales, b.scales, sizeof a.scales);
      assert_memory_equal(a.packed, b.packed, sizeof a.packed);
      opts.tensor_scale /= 2;
      memset(x + B, 0, (K - B) * sizeof *x);
      quantize(&opts, x, &b);
      assert_int_equal(a.scales[0], b.scales[0]);
      assert_memory_equal(a.packed, b.packed, B / 2);
    }
}

/*
 * Codes of other roundings bracket the nearest one, and stochastic rounding depends on the place of an element alone.
 */
static void roundings(void **state) {
  (void)state;
  lowpt_rng rng = {.counter = 99};
  enum { ROWS = 4 };
  float x[ROWS * K];
  for (int i = 0; i < ROWS * K; i++) x[i] = (float)lowpt_normal(&rng);
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
  opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
  opts.tensor_scale = 0.002f;
  for (int round = LOWP_ROUND_RNE; round <= LOWP_ROUND_STOCHASTIC; round++) {
    result it;
    opts.round = (lowp_round)round;
    quantize(&opts, x, &it);
    for (int i = 0; i < K; i++) {
      float d = (float)(e4m3(it.scales[i / B]) * 0.002f), magnitude = fabsf(x[i] / d);
      double v = e2m1[it.codes[i] & 7];
      unsigned c = it.codes[i] & 7;
      LOWP_CHECK((c == 0 || (double)magnitude >= e2m1[c - 1]) && (c == 7 || (double)magnitude <= e2m1[c + 1]), "%d", i);
      if (round == LOWP_ROUND_RTZ) assert_true(v <= (double)magnitude);
      if (round == LOWP_ROUND_UP && c < 7) assert_true(x[i] < 0 ? v <= (double)magnitude : v >= (double)magnitude);
    }
  }
  lowp_qtensor *whole, *parts;
  lowp_view view = lowp_view_of(LOWP_F32, ROWS, K, x);
  assert_int_equal(lowp_qtensor_create(&whole, LOWP_SCHEME_NVFP4, ROWS, K), LOWP_OK);
  assert_int_equal(lowp_qtensor_create(&parts, LOWP_SCHEME_NVFP4, ROWS, K), LOWP_OK);
  assert_int_equal(lowp_quantize(&opts, &view, whole, NULL), LOWP_OK);
  assert_int_equal(lowp_quantize_begin(&opts, &view, parts, NULL), LOWP_OK);
  for (size_t r = ROWS; r-- > 0;) assert_int_equal(lowp_quantize_rows(&opts, &view, parts, r, r + 1, NULL), LOWP_OK);
  assert_memory_equal(whole->codes, parts->codes, ROWS * K / 2);
  assert_memory_equal(whole->scales, parts->scales, ROWS * BLOCKS);
  opts.seed = 1;
  assert_int_equal(lowp_quantize(&opts, &view, parts, NULL), LOWP_OK);
  assert_memory_not_equal(whole->codes, parts->codes, ROWS * K / 2);
  lowp_qtensor_destroy(whole), lowp_qtensor_destroy(parts);
}

/* --- accuracy on iid Gaussian data, 1 % --------------------------------------------------------------------------- */

static void gaussian_error(void **state) {
  (void)state;
  static const struct {
    const char *name;
    lowp_scale_rule rule;
    float scale_max;
    double nmse;
  } anchors[] = {{"amax", LOWP_SCALE_AMAX, 448, 9.04e-3},
                 {"four over six, 256", LOWP_SCALE_FOUR_OVER_SIX, 256, 7.56e-3},
                 {"search", LOWP_SCALE_MSE, 448, 6.60e-3}};
  enum { TOTAL = 1 << 20 };
  float *x = malloc(TOTAL * sizeof *x), *y = malloc(TOTAL * sizeof *y), g;
  uint8_t *codes = malloc(TOTAL / 2), *scales = malloc(TOTAL / B);
  lowpt_rng rng = {.counter = 2026};
  for (int i = 0; i < TOTAL; i += 2) { /* Box and Muller */
    double radius = sqrt(-2 * log(1 - lowpt_unit(&rng))), angle = 6.283185307179586 * lowpt_unit(&rng);
    x[i] = (float)(radius * cos(angle));
    x[i + 1] = (float)(radius * sin(angle));
  }
  for (size_t a = 0; a < sizeof anchors / sizeof anchors[0]; a++) {
    lowp_quant_opts opts;
    lowp_quant_opts_init(&opts, LOWP_SCHEME_NVFP4);
    opts.scale_rule = anchors[a].rule;
    opts.nvfp4_scale_max = anchors[a].scale_max;
    assert_int_equal(lowp_nvfp4_quantize(TOTAL, x, codes, scales, &g, &opts), LOWP_OK);
    assert_int_equal(lowp_nvfp4_dequantize(TOTAL, codes, scales, g, y), LOWP_OK);
    double error = 0, power = 0;
    for (int i = 0; i < TOTAL; i++) {
      error += ((double)y[i] - (double)x[i]) * ((double)y[i] - (double)x[i]);
      power += (double)x[i] * (double)x[i];
    }
    print_message("# NMSE, Gaussian, nvfp4 %s: %.4e, expected %.3e\n", anchors[a].name, error / power, anchors[a].nmse);
    LOWP_CHECK(fabs(error / power / anchors[a].nmse - 1) < 0.01, "%s: %g", anchors[a].name, error / power);
  }
  free(x), free(y), free(codes), free(scales);
}

/*
 * From bf16, which kernels round without a quotient: elements on ties of E2M1 times a scale and one unit of the quotient's last
 * place beside them. The tensor scale is a bf16 over the significand of a tie and its neighbours, the block scale a power of two; elements
 * count down from amax. They have the codes of the same values in f32, whose quotients are compared with the model above.
 */
static void bf16_near_ties(void **state) {
  (void)state;
  enum { COLS = 1024, BELOW = 900 };
  static const float ties[] = {1.0f, 1.5f, 1.25f, 1.75f};
  static const lowp_compat presets[] = {LOWP_COMPAT_LOWP, LOWP_COMPAT_COMPRESSED_TENSORS};
  for (unsigned i = 0; i < 2 * 4 * 128 * 7; i++) {
    const unsigned preset = i / (4 * 128 * 7), tie = i / (128 * 7) % 4, mantissa = i / 7 % 128;
    const uint32_t bits = lowp_f32_bits((1 + (float)mantissa / 128) / ties[tie]);
    lowp_quant_opts opts;
    assert_int_equal(lowp_quant_opts_compat(&opts, LOWP_SCHEME_NVFP4, presets[preset]), LOWP_OK);
    opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
    opts.tensor_scale = lowp_f32_from_bits(bits + i % 7 - 3);
    static uint16_t x[COLS];
    static float values[COLS];
    uint8_t codes[2][COLS / 2], scales[2][COLS / B];
    const unsigned amax = lowp_f32_bits(6 * 8 * opts.tensor_scale) >> 16;
    for (unsigned k = 0; k < COLS; k++)
      x[k] = (uint16_t)((k % B == 0 ? amax : amax - (k - k / B) % BELOW) | (k & 1) << 15);
    assert_int_equal(lowp_element_decode_n(LOWP_BF16, COLS, x, values), LOWP_OK);
    for (int from = 0; from < 2; from++) {
      lowp_view view = lowp_view_of(from ? LOWP_BF16 : LOWP_F32, 1, COLS, from ? (const void *)x : values);
      lowp_qtensor q;
      assert_int_equal(lowp_qtensor_bind(&q, LOWP_SCHEME_NVFP4, 1, COLS, codes[from], scales[from], NULL), LOWP_OK);
      assert_int_equal(lowp_quantize(&opts, &view, &q, NULL), LOWP_OK);
    }
    LOWP_CHECK(memcmp(scales[0], scales[1], sizeof scales[0]) == 0, "scales, tensor scale %a",
               (double)opts.tensor_scale);
    LOWP_CHECK(memcmp(codes[0], codes[1], sizeof codes[0]) == 0, "codes, tensor scale %a", (double)opts.tensor_scale);
  }
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(default_rule_equals_its_model),
      cmocka_unit_test(four_over_six_equals_its_model),
      cmocka_unit_test(search_finds_the_first_best_of_all_scales),
      cmocka_unit_test(presets_by_their_formulas),
      cmocka_unit_test(worked_example),
      cmocka_unit_test(every_scale_and_code_decodes),
      cmocka_unit_test(nonfinite_blocks),
      cmocka_unit_test(zero_and_short_tensors),
      cmocka_unit_test(properties),
      cmocka_unit_test(roundings),
      cmocka_unit_test(gaussian_error),
      cmocka_unit_test(bf16_near_ties),
  };
  return LOWP_SUITE_RUN("NVFP4", tests);
}
