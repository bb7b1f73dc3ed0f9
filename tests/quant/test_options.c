/* SPDX-License-Identifier: Apache-2.0 */
/* test_options.c: names, sizes, which options go together, presets, and every way a call can be refused. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/schemes.h"
#include "quant/quant_internal.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>

static void test_names(void **state) {
  (void)state;
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++) {
    const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
    char upper[64];
    assert_non_null(info);
    assert_int_equal(info->id, id);
    assert_int_equal(info->struct_size, sizeof *info);
    assert_int_equal(lowp_scheme_from_name(info->name), id);
    for (size_t i = 0; (upper[i] = (char)toupper((unsigned char)info->name[i])) != '\0';) i++;
    assert_int_equal(lowp_scheme_from_name(upper), id);
  }
  static const char *const unknown[] = {"", "mx", "mxfp4x", "none"};
  for (size_t i = 0; i < 4; i++) assert_int_equal(lowp_scheme_from_name(unknown[i]), LOWP_SCHEME_NONE);
  assert_int_equal(lowp_scheme_from_name(NULL), LOWP_SCHEME_NONE);
  assert_null(lowp_scheme_info_of(LOWP_SCHEME_NONE));
  assert_null(lowp_scheme_info_of(LOWP_SCHEME_COUNT));
  for (int c = 0; c < LOWP_COMPAT_COUNT; c++) {
    lowp_compat back = LOWP_COMPAT_COUNT;
    assert_int_equal(lowp_compat_from_name(lowp_compat_name((lowp_compat)c), &back), LOWP_OK);
    assert_int_equal(back, c);
  }
  lowp_compat unchanged = LOWP_COMPAT_CANN;
  assert_int_equal(lowp_compat_from_name("cuda", &unchanged), LOWP_E_ARGUMENT);
  assert_int_equal(unchanged, LOWP_COMPAT_CANN);
  assert_null(lowp_compat_name(LOWP_COMPAT_COUNT));
}

/* Worked out by hand from the definitions of the formats. */
typedef struct size_line {
  lowp_scheme scheme;
  size_t rows, cols, padded, stride, codes, scale_rows, scale_cols, scales, zeros;
  double nominal;
} size_line;

static void test_sizes(void **state) {
  (void)state;
  static const size_line lines[] = {
      {LOWP_SCHEME_MXFP4, 3, 77, 96, 48, 144, 3, 3, 9, 0, 4.25},
      {LOWP_SCHEME_MXFP6_E2M3, 2, 33, 64, 48, 96, 2, 2, 4, 0, 6.25},
      {LOWP_SCHEME_MXFP8_E4M3, 2, 32, 32, 32, 64, 2, 1, 2, 0, 8.25},
      {LOWP_SCHEME_MXINT8, 1, 1, 32, 32, 32, 1, 1, 1, 0, 8.25},
      {LOWP_SCHEME_NVFP4, 5, 20, 32, 16, 80, 5, 2, 10, 0, 4.5},
      {LOWP_SCHEME_HIF4, 2, 65, 128, 64, 128, 2, 2, 16, 0, 4.5},
      {LOWP_SCHEME_FP8_TENSOR, 3, 7, 7, 7, 21, 1, 1, 4, 0, 8},
      {LOWP_SCHEME_FP8_CHANNEL, 3, 7, 7, 7, 21, 3, 1, 12, 0, 8},
      {LOWP_SCHEME_FP8_BLOCK128, 129, 200, 256, 256, 33024, 2, 2, 16, 0, 8 + 32.0 / 16384},
      {LOWP_SCHEME_INT8_CHANNEL_ZP, 3, 7, 7, 7, 21, 3, 1, 12, 12, 8},
      {LOWP_SCHEME_INT8_TENSOR_ZP, 3, 7, 7, 7, 21, 1, 1, 4, 4, 8},
      {LOWP_SCHEME_INT8_G32, 2, 40, 64, 64, 128, 2, 2, 8, 0, 8.5},
      {LOWP_SCHEME_INT4_G128, 2, 130, 256, 128, 256, 2, 2, 8, 0, 4.125},
      {LOWP_SCHEME_BF16_CAST, 2, 5, 5, 10, 20, 1, 1, 0, 0, 16},
      {LOWP_SCHEME_MXFP4, 4, 0, 0, 0, 0, 4, 0, 0, 0, 4.25},
      {LOWP_SCHEME_FP8_TENSOR, 0, 9, 9, 9, 0, 0, 1, 0, 0, 8},
  };
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    const size_line *l = &lines[i];
    lowp_planes p;
    assert_int_equal(lowp_scheme_planes(l->scheme, l->rows, l->cols, &p), LOWP_OK);
    assert_int_equal(p.cols_padded, l->padded);
    assert_int_equal(p.codes_stride, l->stride);
    assert_int_equal(p.codes_bytes, l->codes);
    assert_int_equal(p.scale_rows, l->scale_rows);
    assert_int_equal(p.scale_cols, l->scale_cols);
    assert_int_equal(p.scales_bytes, l->scales);
    assert_int_equal(p.zeros_bytes, l->zeros);
    assert_true(lowp_scheme_nominal_bits(l->scheme) == l->nominal);
    if (l->rows && l->cols) {
      double bytes = (double)(l->codes + l->scales + l->zeros + (l->scheme == LOWP_SCHEME_NVFP4 ? 4 : 0));
      assert_true(fabs(lowp_scheme_bits_per_weight(l->scheme, l->rows, l->cols) -
                       8 * bytes / (double)(l->rows * l->cols)) < 1e-12);
    }
  }
  assert_true(lowp_scheme_nominal_bits(LOWP_SCHEME_COUNT) == 0);
  assert_true(lowp_scheme_bits_per_weight(LOWP_SCHEME_COUNT, 1, 1) == 0);
}

static void test_size_overflow(void **state) {
  (void)state;
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++) {
    lowp_planes p;
    lowp_qtensor *q = NULL;
    assert_int_equal(lowp_scheme_planes((lowp_scheme)id, SIZE_MAX / 2, 32, &p), LOWP_E_SHAPE);
    assert_int_equal(lowp_scheme_planes((lowp_scheme)id, 32, SIZE_MAX - 5, &p), LOWP_E_SHAPE);
    assert_int_equal(lowp_qtensor_create(&q, (lowp_scheme)id, SIZE_MAX / 2, 32), LOWP_E_SHAPE);
    assert_null(q);
    assert_int_equal(lowp_scheme_planes((lowp_scheme)id, 1, 1, NULL), LOWP_E_ARGUMENT);
  }
  lowp_planes p;
  assert_int_equal(lowp_scheme_planes(LOWP_SCHEME_NONE, 1, 1, &p), LOWP_E_ARGUMENT);
}

/* A pair of compat.def gives checked options; any other pair is refused and leaves the options alone. */
static void test_presets(void **state) {
  (void)state;
  size_t count, found = 0;
  const lowpi_compat_row *rows = lowpi_compat_rows(&count);
  float *x = lowpt_matrix(1, 2, 64);
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < i; j++) assert_false(rows[i].compat == rows[j].compat && rows[i].scheme == rows[j].scheme);
  for (int c = 0; c < LOWP_COMPAT_COUNT; c++)
    for (int id = 1; id < LOWP_SCHEME_COUNT; id++) {
      lowp_quant_opts opts, untouched;
      memset(&opts, 0x11, sizeof opts);
      untouched = opts;
      lowp_error error;
      lowp_status status = lowp_quant_opts_compat(&opts, (lowp_scheme)id, (lowp_compat)c);
      if (c != LOWP_COMPAT_LOWP && !lowpi_compat_row_of((lowp_compat)c, (lowp_scheme)id)) {
        assert_int_equal(status, LOWP_E_UNSUPPORTED);
        assert_memory_equal(&opts, &untouched, sizeof opts);
        lowp_quant_opts_init(&opts, (lowp_scheme)id);
        opts.compat = (lowp_compat)c;
        assert_int_equal(lowp_quant_opts_check(&opts, (lowp_scheme)id, &error), LOWP_E_UNSUPPORTED);
        continue;
      }
      found++;
      assert_int_equal(status, LOWP_OK);
      assert_int_equal(opts.compat, c);
      assert_int_equal(lowp_quant_opts_check(&opts, (lowp_scheme)id, &error), LOWP_OK);
      lowpt_result r = lowpt_quantize((lowp_scheme)id, &opts, 2, 64, x);
      double part = lowp_element_row_of(lowp_scheme_info_of((lowp_scheme)id)->element).bits < 4 ? 0.3 : 0.05;
      assert_true(lowpt_error(128, x, r.y) < part * lowpt_error(128, x, (float[128]){0}));
      lowpt_done(&r);
    }
  assert_int_equal(found, count + LOWP_SCHEME_COUNT - 1);
  free(x);
}

/* Each line spoils one field. */
typedef struct refusal {
  lowp_scheme scheme;
  lowp_status status;
  const char *text; /* a part of the message */
  void (*spoil)(lowp_quant_opts *o);
} refusal;

static void no_size(lowp_quant_opts *o) { o->struct_size = 0; }
static void no_round(lowp_quant_opts *o) { o->round = (lowp_round)77; }
static void negative_rule(lowp_quant_opts *o) { o->scale_rule = (lowp_scale_rule)-1; }
static void amax_rule(lowp_quant_opts *o) { o->scale_rule = LOWP_SCALE_AMAX; }
static void floor_rule(lowp_quant_opts *o) { o->scale_rule = LOWP_SCALE_FLOOR; }
static void mse_rule(lowp_quant_opts *o) { o->scale_rule = LOWP_SCALE_MSE; }
static void four_over_six(lowp_quant_opts *o) { o->scale_rule = LOWP_SCALE_FOUR_OVER_SIX; }
static void range_127_5(lowp_quant_opts *o) { o->int_range = LOWP_INT_RANGE_127_5; }
static void given(lowp_quant_opts *o) { o->tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN; }
static void given_zero(lowp_quant_opts *o) { given(o), o->tensor_scale = 0; }
static void given_nan(lowp_quant_opts *o) { given(o), o->tensor_scale = NAN; }
static void given_inf(lowp_quant_opts *o) { given(o), o->tensor_scale = INFINITY; }
static void amax_negative(lowp_quant_opts *o) { o->tensor_scale_from = LOWP_TENSOR_SCALE_AMAX, o->tensor_amax = -1; }
static void amax_inf(lowp_quant_opts *o) { o->tensor_scale_from = LOWP_TENSOR_SCALE_AMAX, o->tensor_amax = INFINITY; }
static void scale_max_0(lowp_quant_opts *o) { o->nvfp4_scale_max = 0; }
static void scale_max_449(lowp_quant_opts *o) { o->nvfp4_scale_max = 449; }
static void target_7(lowp_quant_opts *o) { o->nvfp4_target = 7; }
static void hif8_nan(lowp_quant_opts *o) { o->hif8_target = NAN; }
static void bits_0(lowp_quant_opts *o) { o->sr_bits = 0; }
static void bits_33(lowp_quant_opts *o) { o->sr_bits = 33; }
static void vllm_mse(lowp_quant_opts *o) { o->compat = LOWP_COMPAT_VLLM, o->scale_rule = LOWP_SCALE_MSE; }

static void test_refused_options(void **state) {
  (void)state;
  static const refusal lines[] = {
      {LOWP_SCHEME_MXFP4, LOWP_E_ARGUMENT, "struct_size", no_size},
      {LOWP_SCHEME_MXFP4, LOWP_E_ARGUMENT, "enumeration", no_round},
      {LOWP_SCHEME_MXFP4, LOWP_E_ARGUMENT, "enumeration", negative_rule},
      {LOWP_SCHEME_MXFP4, LOWP_E_UNSUPPORTED, "scale_rule", amax_rule},
      {LOWP_SCHEME_MXFP4, LOWP_E_UNSUPPORTED, "scale_rule", four_over_six},
      {LOWP_SCHEME_NVFP4, LOWP_E_UNSUPPORTED, "scale_rule", floor_rule},
      {LOWP_SCHEME_HIF4, LOWP_E_UNSUPPORTED, "scale_rule", floor_rule},
      {LOWP_SCHEME_FP8_CHANNEL, LOWP_E_UNSUPPORTED, "scale_rule", floor_rule},
      {LOWP_SCHEME_BF16_CAST, LOWP_E_UNSUPPORTED, "scale_rule", mse_rule},
      {LOWP_SCHEME_INT8_CHANNEL, LOWP_E_UNSUPPORTED, "scale_rule", vllm_mse},
      {LOWP_SCHEME_INT4_G32, LOWP_E_UNSUPPORTED, "int_range", range_127_5},
      {LOWP_SCHEME_INT8_CHANNEL_ZP, LOWP_E_UNSUPPORTED, "int_range", range_127_5},
      {LOWP_SCHEME_MXINT8, LOWP_E_UNSUPPORTED, "int_range", range_127_5},
      {LOWP_SCHEME_FP8_CHANNEL, LOWP_E_UNSUPPORTED, "tensor_scale_from", given},
      {LOWP_SCHEME_BF16_CAST, LOWP_E_UNSUPPORTED, "tensor_scale_from", given},
      {LOWP_SCHEME_FP8_TENSOR, LOWP_E_RANGE, "tensor_scale", given_zero},
      {LOWP_SCHEME_NVFP4, LOWP_E_RANGE, "tensor_scale", given_nan},
      {LOWP_SCHEME_NVFP4, LOWP_E_RANGE, "tensor_scale", given_inf},
      {LOWP_SCHEME_NVFP4, LOWP_E_RANGE, "tensor_amax", amax_negative},
      {LOWP_SCHEME_INT8_TENSOR, LOWP_E_RANGE, "tensor_amax", amax_inf},
      {LOWP_SCHEME_NVFP4, LOWP_E_RANGE, "nvfp4_scale_max", scale_max_0},
      {LOWP_SCHEME_NVFP4, LOWP_E_RANGE, "nvfp4_scale_max", scale_max_449},
      {LOWP_SCHEME_NVFP4, LOWP_E_RANGE, "nvfp4_target", target_7},
      {LOWP_SCHEME_HIF8_TENSOR, LOWP_E_RANGE, "hif8_target", hif8_nan},
      {LOWP_SCHEME_MXFP4, LOWP_E_RANGE, "sr_bits", bits_0},
      {LOWP_SCHEME_MXFP4, LOWP_E_RANGE, "sr_bits", bits_33},
  };
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    lowp_quant_opts opts;
    lowp_error error = {0};
    lowp_quant_opts_init(&opts, lines[i].scheme);
    assert_int_equal(lowp_quant_opts_check(&opts, lines[i].scheme, &error), LOWP_OK);
    lines[i].spoil(&opts);
    assert_int_equal(lowp_quant_opts_check(&opts, lines[i].scheme, &error), lines[i].status);
    assert_int_equal(error.status, lines[i].status);
    LOWP_CHECK(strstr(error.text, lines[i].text), "line %zu: \"%s\" without \"%s\"", i, error.text, lines[i].text);
    /* and the calls refuse what the check refuses */
    float x[64] = {0};
    lowp_view view = lowp_view_of(LOWP_F32, 1, 64, x);
    lowp_qtensor *q;
    assert_int_equal(lowp_qtensor_create(&q, lines[i].scheme, 1, 64), LOWP_OK);
    assert_int_equal(lowp_quantize(&opts, &view, q, NULL), lines[i].status);
    assert_int_equal(lowp_quantize_rows(&opts, &view, q, 0, 1, NULL), lines[i].status);
    lowp_qtensor_destroy(q);
  }
  lowp_quant_opts opts;
  assert_int_equal(lowp_quant_opts_check(NULL, LOWP_SCHEME_MXFP4, NULL), LOWP_E_ARGUMENT);
  lowp_quant_opts_init(&opts, LOWP_SCHEME_NONE);
  assert_int_equal(lowp_quant_opts_check(&opts, LOWP_SCHEME_NONE, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_quant_opts_compat(&opts, LOWP_SCHEME_MXFP4, LOWP_COMPAT_COUNT), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_quant_opts_compat(NULL, LOWP_SCHEME_MXFP4, LOWP_COMPAT_LOWP), LOWP_E_ARGUMENT);
}

/* Tensors and views that do not fit together. */
static void test_refused_tensors(void **state) {
  (void)state;
  float x[4 * 64] = {0};
  lowp_qtensor *q, copy;
  lowp_view view = lowp_view_of(LOWP_F32, 4, 64, x), v;
  assert_int_equal(lowp_qtensor_create(&q, LOWP_SCHEME_NVFP4, 4, 64), LOWP_OK);
  assert_int_equal(lowp_quantize(NULL, NULL, q, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_quantize(NULL, &view, NULL, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_dequantize(NULL, &view, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_dequantize(q, NULL, NULL), LOWP_E_ARGUMENT);
  v = view, v.rows = 3;
  assert_int_equal(lowp_quantize(NULL, &v, q, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_dequantize(q, &v, NULL), LOWP_E_SHAPE);
  v = view, v.cols = 63;
  assert_int_equal(lowp_quantize(NULL, &v, q, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_dequantize(q, &v, NULL), LOWP_E_SHAPE);
  v = view, v.struct_size = 1;
  assert_int_equal(lowp_quantize(NULL, &v, q, NULL), LOWP_E_ARGUMENT);
  v = view, v.element = LOWP_ELEMENT_COUNT;
  assert_int_equal(lowp_quantize(NULL, &v, q, NULL), LOWP_E_ARGUMENT);
  v = view, v.data = NULL;
  assert_int_equal(lowp_quantize(NULL, &v, q, NULL), LOWP_E_ARGUMENT);
  v = view, v.stride = PTRDIFF_MAX;
  assert_int_equal(lowp_quantize(NULL, &v, q, NULL), LOWP_E_SHAPE);
  v = view, v.stride = PTRDIFF_MIN;
  assert_int_equal(lowp_quantize(NULL, &v, q, NULL), LOWP_E_SHAPE);
  v = lowp_view_of(LOWP_F32, 1, SIZE_MAX / 2, x);
  assert_int_equal(lowp_view_check(&v), LOWP_E_SHAPE);
  copy = *q, copy.struct_size = 0;
  assert_int_equal(lowp_quantize(NULL, &view, &copy, NULL), LOWP_E_ARGUMENT);
  copy = *q, copy.scheme = LOWP_SCHEME_NONE;
  assert_int_equal(lowp_quantize(NULL, &view, &copy, NULL), LOWP_E_ARGUMENT);
  copy = *q, copy.codes = NULL;
  assert_int_equal(lowp_quantize(NULL, &view, &copy, NULL), LOWP_E_ARGUMENT);
  copy = *q, copy.scales = NULL;
  assert_int_equal(lowp_dequantize(&copy, &view, NULL), LOWP_E_ARGUMENT);
  copy = *q, copy.codes_stride--;
  assert_int_equal(lowp_quantize(NULL, &view, &copy, NULL), LOWP_E_SHAPE);
  copy = *q, copy.scales_stride--;
  assert_int_equal(lowp_dequantize(&copy, &view, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_quantize_rows(NULL, &view, q, 2, 1, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_quantize_rows(NULL, &view, q, 2, 5, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_dequantize_rows(q, 1, 5, &view, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_qtensor_bind(&copy, LOWP_SCHEME_MXFP4, 1, 32, NULL, x, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_qtensor_bind(&copy, LOWP_SCHEME_INT8_CHANNEL_ZP, 1, 32, x, x, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_qtensor_create(NULL, LOWP_SCHEME_MXFP4, 1, 32), LOWP_E_ARGUMENT);
  lowp_qtensor_destroy(q);
  lowp_qtensor_destroy(NULL);
}

static void test_amax(void **state) {
  (void)state;
  float x[3][4] = {{1, -2, 0, 0}, {NAN, -7, INFINITY, 3}, {-0.5f, 0, 0, 0}}, amax;
  uint64_t nonfinite;
  lowp_view view = lowp_view_of(LOWP_F32, 3, 4, x);
  assert_int_equal(lowp_measure_amax(&view, 0, 3, &amax, &nonfinite), LOWP_OK);
  assert_true(amax == 7 && nonfinite == 2);
  assert_int_equal(lowp_measure_amax(&view, 2, 3, &amax, &nonfinite), LOWP_OK);
  assert_true(amax == 0.5f && nonfinite == 0);
  assert_int_equal(lowp_measure_amax(&view, 1, 1, &amax, NULL), LOWP_OK);
  assert_true(amax == 0);
  assert_int_equal(lowp_measure_amax(&view, 0, 4, &amax, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_measure_amax(&view, 2, 1, &amax, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_measure_amax(&view, 0, 3, NULL, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_measure_amax(NULL, 0, 0, &amax, NULL), LOWP_E_ARGUMENT);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names),   cmocka_unit_test(test_sizes),           cmocka_unit_test(test_size_overflow),
      cmocka_unit_test(test_presets), cmocka_unit_test(test_refused_options), cmocka_unit_test(test_refused_tensors),
      cmocka_unit_test(test_amax),
  };
  return LOWP_SUITE_RUN("options, sizes and refusals", tests);
}
