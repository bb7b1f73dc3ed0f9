/* SPDX-License-Identifier: Apache-2.0 */
/* test_rules.c: worked examples: what each rule and preset does where it differs from the others. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/schemes.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { K = 32 };

/* One block or row of 32: codes one per byte, f32 or E8M0 or FP16 scale as a value. */
typedef struct one {
  uint32_t codes[K];
  float scale, y[K];
  uint8_t scale_byte;
  int32_t zero;
} one;

static one quantize(lowp_scheme scheme, const lowp_quant_opts *opts, const float *x) {
  one r = {0};
  lowpt_result a = lowpt_quantize(scheme, opts, 1, K, x);
  for (size_t i = 0; i < K; i++) r.codes[i] = lowp_qtensor_code(a.q, 0, i);
  memcpy(r.y, a.y, sizeof r.y);
  r.scale = (float)lowpt_scale(a.q, 0, 0);
  r.scale_byte = a.q->scales[0];
  if (a.q->zeros) memcpy(&r.zero, a.q->zeros, 4);
  lowpt_done(&a);
  return r;
}

static lowp_quant_opts preset(lowp_scheme scheme, lowp_compat compat) {
  lowp_quant_opts opts;
  assert_int_equal(lowp_quant_opts_compat(&opts, scheme, compat), LOWP_OK);
  return opts;
}

static int8_t s8(uint32_t code) { return (int8_t)code; }

/* amax 7: floor(log2 7) - 2 = 0, 7 is clipped to 6; round up: 2^1. */
static void test_mx_rules(void **state) {
  (void)state;
  const float x[K] = {7, -2.5f, 0.25f, 1.75f, -0.75f};
  lowp_quant_opts opts = preset(LOWP_SCHEME_MXFP4, LOWP_COMPAT_LOWP);
  one r = quantize(LOWP_SCHEME_MXFP4, NULL, x);
  assert_int_equal(r.scale_byte, 127);
  const uint32_t floor_codes[] = {7, 8 | 4, 0, 4, 8 | 2}; /* ties: 2.5 to 2, 0.25 to 0, 1.75 to 2, 0.75 to 1 */
  for (size_t i = 0; i < 5; i++) assert_int_equal(r.codes[i], floor_codes[i]);
  opts.scale_rule = LOWP_SCALE_RCEIL;
  r = quantize(LOWP_SCHEME_MXFP4, &opts, x);
  assert_int_equal(r.scale_byte, 128);
  const uint32_t rceil_codes[] = {6, 8 | 2, 0, 2,
                                  8 | 1}; /* 3.5 to 4, 1.25 to 1, 0.125 to 0, 0.875 to 1, 0.375 to 0.5 */
  for (size_t i = 0; i < 5; i++) assert_int_equal(r.codes[i], rceil_codes[i]);
  /* ceil looks at the power alone: 4 keeps its exponent, 4 + ulp takes the next */
  opts.scale_rule = LOWP_SCALE_CEIL;
  float y[K] = {4};
  assert_int_equal(quantize(LOWP_SCHEME_MXFP4, &opts, y).scale_byte, 127);
  y[0] = nextafterf(4, 5);
  assert_int_equal(quantize(LOWP_SCHEME_MXFP4, &opts, y).scale_byte, 128);
  opts.scale_rule = LOWP_SCALE_RCEIL;
  y[0] = 6;
  assert_int_equal(quantize(LOWP_SCHEME_MXFP4, &opts, y).scale_byte, 127);
  y[0] = nextafterf(6, 7);
  assert_int_equal(quantize(LOWP_SCHEME_MXFP4, &opts, y).scale_byte, 128);
  /* even: 7 is the tie between 6 and 8 with one mantissa bit, and goes up */
  opts.scale_rule = LOWP_SCALE_EVEN;
  y[0] = 7;
  assert_int_equal(quantize(LOWP_SCHEME_MXFP4, &opts, y).scale_byte, 128);
  y[0] = nextafterf(7, 6);
  assert_int_equal(quantize(LOWP_SCHEME_MXFP4, &opts, y).scale_byte, 127);
}

/* All of floor, floor + 1 and floor + 2 hold 2 and 1 exactly: the first is taken, floor - 1 would clip. */
static void test_first_of_equals(void **state) {
  (void)state;
  const float x[K] = {2, -1};
  lowp_quant_opts opts = preset(LOWP_SCHEME_MXFP4, LOWP_COMPAT_LOWP);
  opts.scale_rule = LOWP_SCALE_MSE;
  one r = quantize(LOWP_SCHEME_MXFP4, &opts, x);
  assert_int_equal(r.scale_byte, 126);
  assert_true(r.codes[0] == 6 && r.codes[1] == (8 | 4));
}

/*
 * One scale for a tensor: the search finds the first best of amax / target * (1 - i / 128), each tried here as a given
 * scale.
 */
static void test_search_of_one_scale(void **state) {
  (void)state;
  static const lowp_scheme schemes[] = {LOWP_SCHEME_FP8_TENSOR, LOWP_SCHEME_HIF8_TENSOR, LOWP_SCHEME_INT8_TENSOR};
  enum { ROWS = 4, N = ROWS * K };
  size_t moved = 0;
  for (size_t k = 0; k < 3; k++) {
    float *x = lowpt_matrix(17 + k, ROWS, K);
    lowp_quant_opts opts = preset(schemes[k], LOWP_COMPAT_LOWP);
    lowpt_result amax = lowpt_quantize(schemes[k], &opts, ROWS, K, x);
    float base = (float)lowpt_scale(amax.q, 0, 0), best = 0;
    double least = HUGE_VAL;
    opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
    for (int i = 0; i <= 64; i++) {
      opts.tensor_scale = base * (float)(1 - i / 128.0);
      lowpt_result given = lowpt_quantize(schemes[k], &opts, ROWS, K, x);
      double error = lowpt_error(N, x, given.y);
      if (error < least) least = error, best = opts.tensor_scale;
      lowpt_done(&given);
    }
    opts = preset(schemes[k], LOWP_COMPAT_LOWP);
    opts.scale_rule = LOWP_SCALE_MSE;
    lowpt_result found = lowpt_quantize(schemes[k], &opts, ROWS, K, x);
    assert_true(lowpt_scale(found.q, 0, 0) == best);
    moved += best < base;
    lowpt_done(&amax), lowpt_done(&found), free(x);
  }
  assert_true(moved > 0);
}

/* A NaN among FP8 values has no error: the search finds the scale that it finds with 0 in its place. */
static void test_search_beside_nan(void **state) {
  (void)state;
  static const lowp_scheme schemes[] = {LOWP_SCHEME_FP8_CHANNEL, LOWP_SCHEME_FP8_TENSOR};
  for (size_t i = 0; i < 2; i++) {
    float *x = lowpt_matrix(12, 1, K);
    lowp_quant_opts opts = preset(schemes[i], LOWP_COMPAT_LOWP);
    x[3] = 0;
    one amax = quantize(schemes[i], &opts, x);
    opts.scale_rule = LOWP_SCALE_MSE;
    one zero = quantize(schemes[i], &opts, x);
    x[3] = NAN;
    one nan = quantize(schemes[i], &opts, x);
    assert_true(zero.scale != amax.scale && nan.scale == zero.scale && isnan(nan.y[3]));
    free(x);
  }
}

/* FLT_MAX rounds to 2^128: torchao's f32 is Inf then, and its scale NaN; an exact exponent is 128 - 2. */
static void test_even_at_the_end(void **state) {
  (void)state;
  const float x[K] = {FLT_MAX, 1};
  lowp_quant_opts opts = preset(LOWP_SCHEME_MXFP4, LOWP_COMPAT_TORCHAO);
  opts.scale_rule = LOWP_SCALE_EVEN;
  assert_int_equal(quantize(LOWP_SCHEME_MXFP4, &opts, x).scale_byte, 0xff);
  opts.compat = LOWP_COMPAT_LOWP;
  one r = quantize(LOWP_SCHEME_MXFP4, &opts, x);
  assert_int_equal(r.scale_byte, 127 + 126);
  assert_int_equal(r.codes[0], 6); /* just below 4 */
}

/* Exponents below -127 are clamped there, and elements of subnormal blocks are still rounded exactly. */
static void test_mx_subnormals(void **state) {
  (void)state;
  float x[K] = {0x1p-149f, -0x1p-128f, 0x1.8p-127f, 0x1p-130f};
  one r = quantize(LOWP_SCHEME_MXFP4, NULL, x);
  const uint32_t codes[] = {0, 8 | 1, 3, 0}; /* in units of 2^-127: 2^-22, -0.5, 1.5, 0.125 */
  assert_int_equal(r.scale_byte, 0);
  for (size_t i = 0; i < 4; i++) assert_int_equal(r.codes[i], codes[i]);
  assert_true(r.y[1] == -0x1p-128f && r.y[2] == 0x1.8p-127f);
  /* an f32 scale does not underflow to 0: the smallest subnormal is itself */
  const float tiny[K] = {0x1p-149f, 0, -0x1p-149f};
  static const lowp_scheme plain[] = {LOWP_SCHEME_FP8_CHANNEL, LOWP_SCHEME_INT8_CHANNEL, LOWP_SCHEME_INT8_CHANNEL_ZP};
  for (size_t i = 0; i < 3; i++) {
    one s = quantize(plain[i], NULL, tiny);
    assert_true(s.scale == 0x1p-149f && s.y[0] == tiny[0] && s.y[1] == 0 && s.y[2] == tiny[2]);
  }
  /* rounding away from zero sees the smallest subnormal beside FLT_MAX, though the quotient is below f32 */
  lowp_quant_opts opts = preset(LOWP_SCHEME_MXFP4, LOWP_COMPAT_LOWP);
  opts.round = LOWP_ROUND_UP;
  x[1] = FLT_MAX;
  assert_int_equal(quantize(LOWP_SCHEME_MXFP4, &opts, x).codes[0], 1);
}

static void test_modelopt(void **state) {
  (void)state;
  /* all ties go toward zero, and a zero input is code 8; 0.1 rounds to +0 */
  const float x[K] = {6, 5, -3.5f, 2.5f, 1.75f, -1.25f, 0.75f, 0.25f, 0.1f, 0, -0.0f, -0.1f};
  const uint32_t codes[] = {7, 6, 8 | 5, 4, 3, 8 | 2, 1, 0, 0, 8, 8, 8};
  lowp_quant_opts opts = preset(LOWP_SCHEME_MXFP4, LOWP_COMPAT_MODELOPT);
  one r = quantize(LOWP_SCHEME_MXFP4, &opts, x);
  assert_int_equal(r.scale_byte, 127);
  for (size_t i = 0; i < 12; i++) LOWP_CHECK(r.codes[i] == codes[i], "element %zu: %u", i, r.codes[i]);
}

static void test_transformer_engine(void **state) {
  (void)state;
  float x[K] = {448, NAN, 3};
  lowp_quant_opts opts = preset(LOWP_SCHEME_MXFP8_E4M3, LOWP_COMPAT_TRANSFORMER_ENGINE);
  one r = quantize(LOWP_SCHEME_MXFP8_E4M3, &opts, x);
  assert_int_equal(r.scale_byte, 127); /* round up: 448 is the largest */
  assert_true(r.y[0] == 448 && isnan(r.y[1]) && r.y[2] == 3);
  x[1] = INFINITY;
  r = quantize(LOWP_SCHEME_MXFP8_E4M3, &opts, x);
  assert_int_equal(r.scale_byte, 0xfe);
  assert_int_equal(r.codes[1], 0x7e); /* 448, saturated */
}

/* 480 = 1.875 * 2^8: with E4M3's three mantissa bits it stays, with one bit it becomes 2^9. */
static void test_compressed_tensors_even(void **state) {
  (void)state;
  const float x[K] = {480};
  lowp_quant_opts opts = preset(LOWP_SCHEME_MXFP8_E4M3, LOWP_COMPAT_COMPRESSED_TENSORS);
  assert_int_equal(quantize(LOWP_SCHEME_MXFP8_E4M3, &opts, x).scale_byte, 128);
  opts.compat = LOWP_COMPAT_LOWP;
  assert_int_equal(quantize(LOWP_SCHEME_MXFP8_E4M3, &opts, x).scale_byte, 127);
}

/* microxcaling: a zero block takes the exponent of 2^-126; lowp and OCP store byte 00. */
static void test_zero_blocks(void **state) {
  (void)state;
  const float x[K] = {0};
  static const struct {
    lowp_scheme scheme;
    uint8_t byte;
  } lines[] = {{LOWP_SCHEME_MXINT8, 1}, {LOWP_SCHEME_MXFP4, 0}, {LOWP_SCHEME_MXFP8_E5M2, 0}};
  for (size_t i = 0; i < 3; i++) {
    lowp_quant_opts opts = preset(lines[i].scheme, LOWP_COMPAT_MICROXCALING);
    assert_int_equal(quantize(lines[i].scheme, &opts, x).scale_byte, lines[i].byte);
    assert_int_equal(quantize(lines[i].scheme, NULL, x).scale_byte, 0);
  }
}

static void test_int8_ranges(void **state) {
  (void)state;
  const float x[K] = {127.5f, -127.5f, 1, -0.5f};
  lowp_quant_opts opts = preset(LOWP_SCHEME_INT8_TENSOR, LOWP_COMPAT_LOWP);
  one r = quantize(LOWP_SCHEME_INT8_TENSOR, &opts, x);
  assert_true(r.scale == 127.5f / 127.0f);
  assert_true(s8(r.codes[0]) == 127 && s8(r.codes[1]) == -127 && s8(r.codes[2]) == 1 && s8(r.codes[3]) == 0);
  opts.int_range = LOWP_INT_RANGE_127_5;
  r = quantize(LOWP_SCHEME_INT8_TENSOR, &opts, x);
  assert_true(r.scale == 1);
  assert_true(s8(r.codes[0]) == 127 && s8(r.codes[1]) == -128 && s8(r.codes[3]) == 0);
  /* a given scale clips: lowp's range of 127 stays symmetric, vLLM's is that of int8 */
  opts = preset(LOWP_SCHEME_INT8_TENSOR, LOWP_COMPAT_LOWP);
  opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
  opts.tensor_scale = 0.5f;
  r = quantize(LOWP_SCHEME_INT8_TENSOR, &opts, x);
  assert_true(r.scale == 0.5f && s8(r.codes[0]) == 127 && s8(r.codes[1]) == -127 && s8(r.codes[2]) == 2 &&
              s8(r.codes[3]) == -1);
  opts.compat = LOWP_COMPAT_VLLM;
  assert_int_equal(s8(quantize(LOWP_SCHEME_INT8_TENSOR, &opts, x).codes[1]), -128);
  /* a NaN makes an integer tensor NaN whatever scale was given */
  float nan[K] = {1, NAN};
  r = quantize(LOWP_SCHEME_INT8_TENSOR, &opts, nan);
  assert_true(isnan(r.scale) && r.codes[0] == 0 && r.codes[1] == 0);
  /* AMAX: the scale of a larger tensor */
  opts = preset(LOWP_SCHEME_INT8_TENSOR, LOWP_COMPAT_LOWP);
  opts.tensor_scale_from = LOWP_TENSOR_SCALE_AMAX;
  opts.tensor_amax = 254;
  r = quantize(LOWP_SCHEME_INT8_TENSOR, &opts, x);
  assert_true(r.scale == 2 && s8(r.codes[0]) == 64 && s8(r.codes[1]) == -64);
}

static void test_zero_points(void **state) {
  (void)state;
  /* widened to 0..255: scale 1, zero -128 */
  float x[K] = {255, 100, 1, 0.4f};
  for (size_t i = 4; i < K; i++) x[i] = 3;
  one r = quantize(LOWP_SCHEME_INT8_CHANNEL_ZP, NULL, x);
  assert_true(r.scale == 1 && r.zero == -128 && s8(r.codes[0]) == 127 && s8(r.codes[1]) == -28 && r.y[3] == 0);
  /* a constant row is exact */
  for (size_t i = 0; i < K; i++) x[i] = -5.1f;
  r = quantize(LOWP_SCHEME_INT8_CHANNEL_ZP, NULL, x);
  assert_true(r.zero == 127 && s8(r.codes[0]) == -128 && r.y[0] == -255 * r.scale);
  lowp_quant_opts opts = preset(LOWP_SCHEME_INT8_CHANNEL_ZP, LOWP_COMPAT_VLLM);
  one v = quantize(LOWP_SCHEME_INT8_CHANNEL_ZP, &opts, x);
  assert_true(v.scale == r.scale && v.zero == r.zero); /* vLLM divides by 0 here */
  /* vLLM does not widen: 1000..1255 has scale 1 and a zero point outside int8 */
  for (size_t i = 0; i < K; i++) x[i] = 1000 + (float)i;
  x[0] = 1255;
  x[1] = 1000;
  v = quantize(LOWP_SCHEME_INT8_CHANNEL_ZP, &opts, x);
  assert_true(v.scale == 1 && v.zero == -1128 && s8(v.codes[0]) == 127 && v.y[0] == 1255 && v.y[5] == 1005);
  /* static: scale and zero are given */
  lowp_quant_opts fixed = preset(LOWP_SCHEME_INT8_TENSOR_ZP, LOWP_COMPAT_VLLM);
  fixed.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
  fixed.tensor_scale = 2;
  fixed.tensor_zero = -600;
  v = quantize(LOWP_SCHEME_INT8_TENSOR_ZP, &fixed, x);
  assert_true(v.scale == 2 && v.zero == -600 && s8(v.codes[0]) == 28 && s8(v.codes[1]) == -100); /* 627.5 to 628 */
  /* vLLM multiplies by f32(1 / 7), lowp divides: 45.5 / 7 is a tie, and goes to 6 */
  fixed.tensor_scale = 7, fixed.tensor_zero = 0;
  float tie[K] = {45.5f};
  assert_int_equal(s8(quantize(LOWP_SCHEME_INT8_TENSOR_ZP, &fixed, tie).codes[0]), 7);
  fixed.compat = LOWP_COMPAT_LOWP;
  assert_int_equal(s8(quantize(LOWP_SCHEME_INT8_TENSOR_ZP, &fixed, tie).codes[0]), 6);
  /* amax given: from -amax to amax */
  fixed = preset(LOWP_SCHEME_INT8_TENSOR_ZP, LOWP_COMPAT_LOWP);
  fixed.tensor_scale_from = LOWP_TENSOR_SCALE_AMAX;
  fixed.tensor_amax = 1275;
  v = quantize(LOWP_SCHEME_INT8_TENSOR_ZP, &fixed, x);
  assert_true(v.scale == 10 && v.zero == 0 && s8(v.codes[1]) == 100); /* -128 + 127.5 = -0.5 to even */
}

/* FP16 group scales: never 0 in a block that is not zero, never Inf; the range is symmetric. */
static void test_fp16_scales(void **state) {
  (void)state;
  float x[K] = {1e-9f, -1e-9f};
  one r = quantize(LOWP_SCHEME_INT4_G32, NULL, x);
  assert_true(r.scale == 0x1p-24f && r.codes[0] == 0);
  x[0] = -0x1p-22f;
  r = quantize(LOWP_SCHEME_INT4_G32, NULL, x); /* 2^-22 / 7 rounds to 2^-24, and 4 steps of that are exact */
  assert_true(r.scale == 0x1p-24f && r.codes[0] == 12 && r.y[0] == -0x1p-22f);
  x[0] = -1e6f, x[1] = 1e6f;
  r = quantize(LOWP_SCHEME_INT4_G32, NULL, x);
  assert_true(r.scale == 65504 && r.codes[0] == 9 && r.codes[1] == 7);
  x[0] = 7, x[1] = -3.5f;
  r = quantize(LOWP_SCHEME_INT4_G32, NULL, x);
  assert_true(r.scale == 1 && r.codes[0] == 7 && r.codes[1] == 12);
  /* ggml's Q4_0: -8 for the value of largest magnitude, whatever its sign */
  lowp_quant_opts opts = preset(LOWP_SCHEME_INT4_G32, LOWP_COMPAT_GGML);
  x[0] = 8, x[1] = -3.5f;
  r = quantize(LOWP_SCHEME_INT4_G32, &opts, x);
  assert_true(r.scale == -1 && r.codes[0] == 8 && r.codes[1] == 4 && r.y[0] == 8); /* 3.5 goes up */
  x[2] = NAN;
  r = quantize(LOWP_SCHEME_INT4_G32, &opts, x);
  assert_true(isnan(r.scale) && r.codes[0] == 0 && r.codes[2] == 0);
}

static void test_fp8_and_hif8(void **state) {
  (void)state;
  const float x[K] = {-448, 17, 0x1p-20f};
  one r = quantize(LOWP_SCHEME_FP8_CHANNEL, NULL, x);
  assert_true(r.scale == 1 && r.codes[0] == 0xfe && r.y[1] == 16);
  lowp_quant_opts opts = preset(LOWP_SCHEME_HIF8_TENSOR, LOWP_COMPAT_LOWP);
  r = quantize(LOWP_SCHEME_HIF8_TENSOR, &opts, x);
  assert_true(r.scale == 28 && r.y[0] == -448); /* amax on 16 */
  opts = preset(LOWP_SCHEME_HIF8_TENSOR, LOWP_COMPAT_CANN);
  r = quantize(LOWP_SCHEME_HIF8_TENSOR, &opts, x);
  assert_true(r.scale == 448.0f / 32768 && r.codes[0] == 0xee);
  /* a given scale that is too small saturates, in HiF8 too, though f32 overflows on the way */
  opts = preset(LOWP_SCHEME_HIF8_TENSOR, LOWP_COMPAT_LOWP);
  opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
  opts.tensor_scale = 0x1p-140f;
  r = quantize(LOWP_SCHEME_HIF8_TENSOR, &opts, x);
  assert_true(r.codes[0] == 0xee && r.codes[1] == 0x6e);
}

/* The random word of element (row, col) is the low half of philox(seed, row * cols_padded + col). */
static void test_stochastic_counter(void **state) {
  (void)state;
  enum { ROWS = 3, COLS = 77, PADDED = 96 };
  float *x = lowpt_matrix(11, ROWS, COLS);
  lowp_quant_opts opts = preset(LOWP_SCHEME_MXFP6_E2M3, LOWP_COMPAT_LOWP);
  opts.round = LOWP_ROUND_STOCHASTIC;
  opts.seed = 12345;
  opts.sr_bits = 9;
  lowpt_result a = lowpt_quantize(LOWP_SCHEME_MXFP6_E2M3, &opts, ROWS, COLS, x);
  lowp_encode_rules rules = lowp_encode_default(LOWP_E2M3);
  rules.round = LOWP_ROUND_STOCHASTIC;
  rules.sr_bits = 9;
  for (size_t r = 0; r < ROWS; r++)
    for (size_t c = 0; c < COLS; c++) {
      float v = (float)(x[r * COLS + c] / lowpt_scale(a.q, r, c));
      uint32_t random = (uint32_t)lowp_philox(12345, r * PADDED + c);
      assert_int_equal(lowp_qtensor_code(a.q, r, c), lowp_encode_with(LOWP_E2M3, v, rules, random));
    }
  lowpt_done(&a), free(x);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_mx_rules),
      cmocka_unit_test(test_first_of_equals),
      cmocka_unit_test(test_search_of_one_scale),
      cmocka_unit_test(test_search_beside_nan),
      cmocka_unit_test(test_even_at_the_end),
      cmocka_unit_test(test_mx_subnormals),
      cmocka_unit_test(test_modelopt),
      cmocka_unit_test(test_transformer_engine),
      cmocka_unit_test(test_compressed_tensors_even),
      cmocka_unit_test(test_zero_blocks),
      cmocka_unit_test(test_int8_ranges),
      cmocka_unit_test(test_zero_points),
      cmocka_unit_test(test_fp16_scales),
      cmocka_unit_test(test_fp8_and_hif8),
      cmocka_unit_test(test_stochastic_counter),
  };
  return LOWP_SUITE_RUN("rules and presets, by example", tests);
}
