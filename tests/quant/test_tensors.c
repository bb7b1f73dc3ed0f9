/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tensors.c: shapes, strides, sources, what is not finite, and the order of rows, for every scheme of scheme.def.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/schemes.h"
#include "harness/guard.h"
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

enum { ROWS = 5, COLS = 256, N = ROWS * COLS };

static const lowp_scheme_info *info_of(void **state) { return lowp_scheme_info_of(*(lowp_scheme *)*state); }

static uint32_t bits_of(float x) { return lowp_f32_bits(x); }

/* Columns that do not fill the last block: the same as the matrix with zeros written behind each row. */
static void test_misfit(void **state) {
  const lowp_scheme_info *info = info_of(state);
  static const size_t widths[] = {1, 15, 17, 31, 33, 77, 129, 200};
  enum { R = 131 };
  for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++) {
    size_t cols = widths[w];
    float *x = lowpt_matrix(20 + w, R, cols);
    lowpt_result a = lowpt_quantize(info->id, NULL, R, cols, x);
    size_t padded = a.planes.cols_padded;
    float *z = calloc(R * padded, sizeof *z);
    for (size_t r = 0; r < R; r++) memcpy(z + r * padded, x + r * cols, cols * sizeof *x);
    lowpt_result b = lowpt_quantize(info->id, NULL, R, padded, z);
    assert_int_equal(a.planes.codes_bytes, b.planes.codes_bytes);
    assert_int_equal(a.planes.scales_bytes, b.planes.scales_bytes);
    assert_memory_equal(a.q->codes, b.q->codes, a.planes.codes_bytes);
    if (a.planes.scales_bytes) assert_memory_equal(a.q->scales, b.q->scales, a.planes.scales_bytes);
    for (size_t i = 0; i < R * padded; i++) {
      size_t r = i / padded, c = i % padded;
      if (c < cols)
        assert_int_equal(bits_of(a.y[r * cols + c]), bits_of(b.y[i]));
      else
        assert_true(b.y[i] == 0);
    }
    lowpt_done(&a), lowpt_done(&b), free(x), free(z);
  }
}

/* Results that no cache holds are stored another way: the same values, wherever rows begin. */
static void test_large(void **state) {
  (void)state;
  enum { WIDE = 4096, FEW = 4, MOST = (8 << 20) / WIDE * 2 + FEW };
  static const lowp_scheme schemes[] = {LOWP_SCHEME_MXFP4, LOWP_SCHEME_NVFP4, LOWP_SCHEME_HIF4, LOWP_SCHEME_MXFP8_E5M2,
                                        LOWP_SCHEME_FP8_CHANNEL};
  static const lowp_element types[] = {LOWP_F32, LOWP_BF16, LOWP_FP16};
  float *x = lowpt_matrix(60, FEW, WIDE);
  char *y = malloc((size_t)(MOST + FEW) * (WIDE + 1) * sizeof(uint16_t) + 64);
  for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
    lowpt_result small = lowpt_quantize(schemes[i], NULL, FEW, WIDE, x);
    for (size_t t = 0; t < 3; t++) {
      const size_t size = lowp_element_size(types[t]), tall = (MOST - FEW) * sizeof(uint16_t) / size + FEW;
      lowp_qtensor *q;
      assert_int_equal(lowp_qtensor_create(&q, schemes[i], tall, WIDE), LOWP_OK);
      q->tensor_scale = small.q->tensor_scale, q->tensor_scale_inv = small.q->tensor_scale_inv;
      for (size_t r = 0; r < tall; r++) {
        memcpy(q->codes + r * q->codes_stride, small.q->codes + r % FEW * q->codes_stride, q->codes_stride);
        memcpy(q->scales + r * q->scales_stride, small.q->scales + r % FEW * q->scales_stride, q->scales_stride);
      }
      uint8_t want[FEW][WIDE * sizeof(float)];
      lowp_view few = lowp_view_of(types[t], FEW, WIDE, want);
      few.stride = sizeof want[0];
      assert_int_equal(lowp_dequantize(small.q, &few, NULL), LOWP_OK);
      for (size_t extra = 0; extra < 2; extra++) { /* rows at multiples of 64 bytes, and not */
        lowp_view all = lowp_view_of(types[t], tall, WIDE, y + (64 - (uintptr_t)y % 64) % 64);
        all.stride += (ptrdiff_t)(extra * size);
        memset(y, 0xa5, tall * (WIDE + 1) * size);
        assert_int_equal(lowp_dequantize(q, &all, NULL), LOWP_OK);
        for (size_t r = 0; r < tall; r++)
          assert_memory_equal((char *)all.data + r * (size_t)all.stride, want[r % FEW], WIDE * size);
      }
      lowp_qtensor_destroy(q);
    }
    lowpt_done(&small);
  }
  free(x), free(y);
}

static lowp_qtensor *quantize_view(lowp_scheme scheme, const lowp_view *view) {
  lowp_qtensor *q;
  assert_int_equal(lowp_qtensor_create(&q, scheme, view->rows, view->cols), LOWP_OK);
  assert_int_equal(lowp_quantize(NULL, view, q, NULL), LOWP_OK);
  return q;
}

/* Wide rows, rows from the last to the first, every odd address: the same as dense; and back into such rows. */
static void test_strides(void **state) {
  const lowp_scheme_info *info = info_of(state);
  float *x = lowpt_matrix(30, ROWS, COLS);
  lowpt_result dense = lowpt_quantize(info->id, NULL, ROWS, COLS, x);
  enum { STRIDE = COLS * 4 + 13 };
  unsigned char *wide = malloc(ROWS * STRIDE + 8);
  for (int backwards = 0; backwards < 2; backwards++) {
    unsigned char *first = wide + 1 + (backwards ? (ROWS - 1) * STRIDE : 0);
    lowp_view view = {sizeof view, LOWP_F32, ROWS, COLS, backwards ? -STRIDE : STRIDE, first};
    memset(wide, 0x5a, ROWS * STRIDE + 8);
    for (size_t r = 0; r < ROWS; r++) memcpy(first + (ptrdiff_t)r * view.stride, x + r * COLS, COLS * 4);
    lowp_qtensor *q = quantize_view(info->id, &view);
    assert_true(lowpt_same_qtensor(q, dense.q));
    memset(wide, 0x5a, ROWS * STRIDE + 8);
    assert_int_equal(lowp_dequantize(q, &view, NULL), LOWP_OK);
    for (size_t r = 0; r < ROWS; r++) {
      assert_memory_equal(first + (ptrdiff_t)r * view.stride, dense.y + r * COLS, COLS * 4);
      for (size_t b = COLS * 4; b < STRIDE; b++) assert_int_equal((first + (ptrdiff_t)r * view.stride)[b], 0x5a);
    }
    assert_int_equal(wide[0], 0x5a);
    lowp_qtensor_destroy(q);
  }
  lowp_view overlapping = {sizeof overlapping, LOWP_F32, ROWS, COLS, COLS * 4 - 1, wide};
  assert_int_equal(lowp_dequantize(dense.q, &overlapping, NULL), LOWP_E_SHAPE);
  lowpt_done(&dense), free(x), free(wide);
}

/* Planes of exactly their size between guard pages, at odd addresses and at wider strides; input read-only. */
static void test_planes(void **state) {
  const lowp_scheme_info *info = info_of(state);
  static const size_t widths[] = {256, 77};
  for (int k = 0; k < 8; k++) {
    size_t cols = widths[k & 1], wider = k & 2 ? 3 : 0;
    lowpt_edge edge = k & 4 ? LOWPT_LOWER : LOWPT_UPPER;
    float *x = lowpt_matrix(40, ROWS, cols);
    lowpt_result dense = lowpt_quantize(info->id, NULL, ROWS, cols, x);
    lowp_planes p = dense.planes;
    size_t codes_bytes = p.codes_bytes + (ROWS - 1) * wider, scales_bytes = p.scales_bytes;
    if (p.scales_bytes) scales_bytes += (p.scale_rows - 1) * wider;
    lowpt_guard in = lowpt_guard_copy(x, ROWS * cols * 4, edge, 0), out = lowpt_guard_new(ROWS * cols * 4, edge, 0);
    lowpt_guard codes = lowpt_guard_new(codes_bytes, edge, 0), scales = lowpt_guard_new(scales_bytes, edge, 0);
    lowpt_guard zeros = lowpt_guard_new(p.zeros_bytes, edge, 1);
    lowpt_guard_protect(&in, false);
    lowp_qtensor q;
    assert_int_equal(lowp_qtensor_bind(&q, info->id, ROWS, cols, codes.data, scales.data, zeros.data), LOWP_OK);
    q.codes_stride += wider;
    q.scales_stride += p.scales_bytes ? wider : 0;
    lowp_view source = lowp_view_of(LOWP_F32, ROWS, cols, in.data),
              target = lowp_view_of(LOWP_F32, ROWS, cols, out.data);
    assert_int_equal(lowp_quantize(NULL, &source, &q, NULL), LOWP_OK);
    lowpt_guard_protect(&codes, false), lowpt_guard_protect(&scales, false);
    assert_int_equal(lowp_dequantize(&q, &target, NULL), LOWP_OK);
    assert_true(lowpt_same_qtensor(&q, dense.q));
    assert_memory_equal(out.data, dense.y, ROWS * cols * 4);
    lowpt_guard_protect(&in, true), lowpt_guard_protect(&codes, true), lowpt_guard_protect(&scales, true);
    assert_true(lowpt_guard_intact(&in) && lowpt_guard_intact(&codes) && lowpt_guard_intact(&scales));
    assert_true(lowpt_guard_intact(&zeros) && lowpt_guard_intact(&out));
    for (size_t r = 0; r + 1 < ROWS; r++)
      for (size_t b = 0; b < wider; b++)
        assert_int_equal(q.codes[r * q.codes_stride + p.codes_stride + b], LOWPT_POISON);
    lowpt_guard_free(&in), lowpt_guard_free(&out), lowpt_guard_free(&codes), lowpt_guard_free(&scales);
    lowpt_guard_free(&zeros), lowpt_done(&dense), free(x);
  }
}

static void test_empty(void **state) {
  const lowp_scheme_info *info = info_of(state);
  static const size_t shapes[][2] = {{0, 0}, {0, 64}, {7, 0}};
  for (size_t k = 0; k < 3; k++) {
    lowp_qtensor *q;
    float amax = 7;
    lowp_view none = lowp_view_of(LOWP_F32, shapes[k][0], shapes[k][1], NULL);
    assert_int_equal(lowp_qtensor_create(&q, info->id, shapes[k][0], shapes[k][1]), LOWP_OK);
    assert_int_equal(lowp_quantize(NULL, &none, q, NULL), LOWP_OK);
    assert_int_equal(lowp_dequantize(q, &none, NULL), LOWP_OK);
    assert_int_equal(lowp_measure_amax(&none, 0, shapes[k][0], &amax, NULL), LOWP_OK);
    assert_true(amax == 0);
    assert_true(isfinite(q->tensor_scale) && q->tensor_scale > 0);
    assert_true(lowp_scheme_bits_per_weight(info->id, shapes[k][0], shapes[k][1]) == 0);
    lowp_qtensor_destroy(q);
  }
}

/* BF16, FP16 and F64 sources are read as their f32 values; F64 is rounded to f32 first. */
static void test_sources(void **state) {
  const lowp_scheme_info *info = info_of(state);
  static const lowp_element sources[] = {LOWP_BF16, LOWP_FP16, LOWP_E4M3FN};
  float *x = lowpt_matrix(50, ROWS, COLS), *rounded = malloc(N * sizeof *rounded);
  double *wide = malloc(N * sizeof *wide);
  for (size_t k = 0; k < 3; k++) {
    unsigned char *narrow = malloc(N * 2 + 1);
    assert_int_equal(lowp_element_encode_n(sources[k], NULL, 0, 0, N, x, narrow + 1), LOWP_OK);
    assert_int_equal(lowp_element_decode_n(sources[k], N, narrow + 1, rounded), LOWP_OK);
    lowpt_result want = lowpt_quantize(info->id, NULL, ROWS, COLS, rounded);
    lowp_view view = lowp_view_of(sources[k], ROWS, COLS, narrow + 1);
    lowp_qtensor *q = quantize_view(info->id, &view);
    assert_true(lowpt_same_qtensor(q, want.q));
    if (k < 2) { /* and back: one rounding more */
      assert_int_equal(lowp_dequantize(q, &view, NULL), LOWP_OK);
      assert_int_equal(lowp_element_decode_n(sources[k], N, narrow + 1, rounded), LOWP_OK);
      for (size_t i = 0; i < N; i++)
        assert_true(rounded[i] == lowp_decode(sources[k], lowp_encode(sources[k], want.y[i])));
    }
    lowp_qtensor_destroy(q), lowpt_done(&want), free(narrow);
  }
  for (size_t i = 0; i < N; i++) wide[i] = x[i] * (1 + 0x1p-30);
  for (size_t i = 0; i < N; i++) rounded[i] = (float)wide[i];
  lowpt_result want = lowpt_quantize(info->id, NULL, ROWS, COLS, rounded);
  lowp_view view = lowp_view_of(LOWP_F64, ROWS, COLS, wide);
  lowp_qtensor *q = quantize_view(info->id, &view);
  assert_true(lowpt_same_qtensor(q, want.q));
  assert_int_equal(lowp_dequantize(q, &view, NULL), LOWP_OK);
  for (size_t i = 0; i < N; i++) assert_true(wide[i] == want.y[i]);
  lowp_qtensor_destroy(q), lowpt_done(&want), free(x), free(rounded), free(wide);
}

typedef struct worker {
  const lowp_quant_opts *opts;
  const lowp_view *x;
  lowp_qtensor *q;
  size_t first;
  lowp_status status;
} worker;

/* Every second row, from the last on. */
static void *odd_rows(void *argument) {
  worker *w = argument;
  for (size_t r = w->x->rows; r-- > 0 && w->status == LOWP_OK;)
    if (r % 2 == w->first) w->status = lowp_quantize_rows(w->opts, w->x, w->q, r, r + 1, NULL);
  return NULL;
}

/* Rows one by one, backwards, from two threads, rounded stochastically or not: the bytes of the whole call. */
static void test_rows(void **state) {
  const lowp_scheme_info *info = info_of(state);
  enum { R = 140, C = 130 };
  float *x = lowpt_matrix(60, R, C);
  for (int stochastic = 0; stochastic < 2; stochastic++) {
    lowp_quant_opts opts;
    lowp_quant_opts_init(&opts, info->id);
    if (stochastic) opts.round = LOWP_ROUND_STOCHASTIC;
    lowpt_result whole = lowpt_quantize(info->id, &opts, R, C, x);
    lowp_view view = lowp_view_of(LOWP_F32, R, C, x);
    lowp_qtensor *q;
    assert_int_equal(lowp_qtensor_create(&q, info->id, R, C), LOWP_OK);
    assert_int_equal(lowp_quantize_begin(&opts, &view, q, NULL), LOWP_OK);
    worker w[2] = {{&opts, &view, q, 0, LOWP_OK}, {&opts, &view, q, 1, LOWP_OK}};
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, odd_rows, &w[1]), 0);
    odd_rows(&w[0]);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_equal(w[0].status, LOWP_OK);
    assert_int_equal(w[1].status, LOWP_OK);
    assert_true(lowpt_same_qtensor(q, whole.q));
    float y[7 * C];
    lowp_view seven = lowp_view_of(LOWP_F32, 7, C, y);
    assert_int_equal(lowp_dequantize_rows(q, 126, 133, &seven, NULL), LOWP_OK);
    assert_memory_equal(y, whole.y + 126 * C, sizeof y);
    lowp_qtensor_destroy(q), lowpt_done(&whole);
  }
  free(x);
}

/* What a value that is not finite takes with it under PROPAGATE. */
typedef enum reach { REACH_ELEMENT, REACH_BLOCK } reach;
static reach reach_of(const lowp_scheme_info *info) {
  if (info->family == LOWP_FAMILY_CAST) return REACH_ELEMENT;
  return info->scale == LOWP_F32 && lowp_element_info_of(info->element)->has_nan ? REACH_ELEMENT : REACH_BLOCK;
}

static void test_nonfinite(void **state) {
  const lowp_scheme_info *info = info_of(state);
  const float bad[] = {NAN, INFINITY, -INFINITY};
  const size_t at = 3 * COLS + 70;
  for (size_t k = 0; k < 3; k++) {
    float *x = lowpt_matrix(70, ROWS, COLS);
    lowp_quant_opts opts;
    lowp_error error = {0};
    lowp_view view = lowp_view_of(LOWP_F32, ROWS, COLS, x);
    lowp_quant_opts_init(&opts, info->id);
    x[at] = 0;
    lowpt_result zero = lowpt_quantize(info->id, &opts, ROWS, COLS, x);
    x[at] = bad[k];

    opts.nan_policy = LOWP_NONFINITE_ZERO;
    lowpt_result replaced = lowpt_quantize(info->id, &opts, ROWS, COLS, x);
    if (!info->tensor_scale) assert_true(lowpt_same_planes(&zero, &replaced));
    assert_memory_equal(zero.y, replaced.y, N * sizeof(float));

    opts.nan_policy = LOWP_NONFINITE_ERROR;
    replaced.q->tensor_scale = 42; /* no scale that this matrix would give */
    lowp_qtensor before = *replaced.q;
    assert_int_equal(lowp_quantize(&opts, &view, replaced.q, &error), LOWP_E_NONFINITE);
    assert_non_null(strstr(error.text, "(3, 70)"));
    assert_memory_equal(&before, replaced.q, sizeof before);

    /* The same where bf16 is read as it lies. */
    uint16_t *halves = malloc(N * sizeof *halves);
    float *rounded = malloc(N * sizeof *rounded);
    lowp_view narrow = lowp_view_of(LOWP_BF16, ROWS, COLS, halves);
    assert_int_equal(lowp_element_encode_n(LOWP_BF16, NULL, 0, 0, N, x, halves), LOWP_OK);
    assert_int_equal(lowp_element_decode_n(LOWP_BF16, N, halves, rounded), LOWP_OK);
    error = (lowp_error){0};
    assert_int_equal(lowp_quantize(&opts, &narrow, replaced.q, &error), LOWP_E_NONFINITE);
    assert_non_null(strstr(error.text, "(3, 70)"));
    opts.nan_policy = LOWP_NONFINITE_ZERO;
    lowpt_result from_floats = lowpt_quantize(info->id, &opts, ROWS, COLS, rounded);
    assert_int_equal(lowp_quantize(&opts, &narrow, replaced.q, NULL), LOWP_OK);
    assert_true(lowpt_same_planes(&from_floats, &replaced));
    lowpt_done(&from_floats), free(halves), free(rounded);

    opts.nan_policy = LOWP_NONFINITE_PROPAGATE;
    lowpt_result a = lowpt_quantize(info->id, &opts, ROWS, COLS, x);
    bool inf = k > 0 && reach_of(info) == REACH_ELEMENT && lowp_element_info_of(info->element)->has_inf;
    for (size_t i = 0; i < N; i++) {
      bool hit =
          reach_of(info) == REACH_BLOCK ? lowpt_same_block(info, i / COLS, i % COLS, at / COLS, at % COLS) : i == at;
      if (!hit)
        assert_int_equal(bits_of(a.y[i]), bits_of(zero.y[i]));
      else if (inf)
        assert_true(a.y[i] == bad[k]);
      else
        assert_true(isnan(a.y[i]));
      if (hit && reach_of(info) == REACH_BLOCK) assert_int_equal(lowp_qtensor_code(a.q, i / COLS, i % COLS), 0);
    }
    lowpt_done(&a), lowpt_done(&zero), lowpt_done(&replaced), free(x);
  }
}

/* Nothing finite at all. */
static void test_all_nan(void **state) {
  const lowp_scheme_info *info = info_of(state);
  float x[2 * 64];
  for (size_t i = 0; i < 128; i++) x[i] = NAN;
  lowpt_result a = lowpt_quantize(info->id, NULL, 2, 64, x);
  for (size_t i = 0; i < 128; i++) assert_true(isnan(a.y[i]));
  lowpt_done(&a);
}

/* The calls for one run of floats are those for a matrix of one row. */
static void test_planes_calls(void **state) {
  const lowp_scheme_info *info = info_of(state);
  float *x = lowpt_matrix(80, 1, COLS), y[COLS], g = 0;
  lowpt_result a = lowpt_quantize(info->id, NULL, 1, COLS, x);
  uint8_t *codes = calloc(1, a.planes.codes_bytes), *scales = calloc(1, a.planes.scales_bytes + 1);
  lowp_status status = lowp_quantize_planes(info->id, NULL, COLS, x, codes, scales, &g);
  if (info->zero != LOWP_ZERO_NONE) {
    assert_int_equal(status, LOWP_E_UNSUPPORTED);
    assert_int_equal(lowp_dequantize_planes(info->id, COLS, codes, scales, 1, y), LOWP_E_UNSUPPORTED);
  } else {
    assert_int_equal(status, LOWP_OK);
    assert_memory_equal(codes, a.q->codes, a.planes.codes_bytes);
    if (a.planes.scales_bytes) assert_memory_equal(scales, a.q->scales, a.planes.scales_bytes);
    assert_true(g == a.q->tensor_scale);
    assert_int_equal(lowp_dequantize_planes(info->id, COLS, codes, scales, g, y), LOWP_OK);
    assert_memory_equal(y, a.y, sizeof y);
    assert_int_equal(lowp_quantize_planes(info->id, NULL, COLS, x, codes, scales, NULL),
                     info->tensor_scale ? LOWP_E_ARGUMENT : LOWP_OK);
    assert_int_equal(lowp_quantize_planes(info->id, NULL, 0, NULL, NULL, NULL, &g), LOWP_OK);
  }
  lowpt_done(&a), free(x), free(codes), free(scales);
}

int main(void) {
  static const lowpt_scheme_test tests[] = {
      LOWP_SCHEME_TEST(test_misfit, NULL),       LOWP_SCHEME_TEST(test_strides, NULL),
      LOWP_SCHEME_TEST(test_planes, NULL),       LOWP_SCHEME_TEST(test_empty, NULL),
      LOWP_SCHEME_TEST(test_sources, NULL),      LOWP_SCHEME_TEST(test_rows, NULL),
      LOWP_SCHEME_TEST(test_nonfinite, NULL),    LOWP_SCHEME_TEST(test_all_nan, NULL),
      LOWP_SCHEME_TEST(test_planes_calls, NULL),
  };
  static const struct CMUnitTest large[] = {cmocka_unit_test(test_large)};
  int failed = LOWP_EACH_SCHEME("tensors of every scheme", tests);
  return failed + cmocka_run_group_tests_name("large tensors", large, NULL, NULL);
}
