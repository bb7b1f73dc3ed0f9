/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_run.c: how a multiplication is run does not show: threads, the caller's pool, ranges of rows, lists, more rows than a round
 * has; factors, bias, types of x and y; and what is refused.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/product.h"
#include <math.h>
#include <stdlib.h>
#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#endif

#define OK(call) assert_int_equal((call), LOWP_OK)

static void *copy_of(const lowpt_product *p) {
  size_t bytes = p->spec.m * p->spec.n * lowp_element_size(p->args.y.element);
  void *y = malloc(bytes);
  assert_non_null(y);
  memcpy(y, p->y, bytes);
  return y;
}

static void assert_y(const lowpt_product *p, const void *expected, const char *what) {
  size_t bytes = p->spec.m * p->spec.n * lowp_element_size(p->args.y.element);
  LOWP_CHECK(memcmp(p->y, expected, bytes) == 0, "%s: %s differs", lowpt_spec_text(&p->spec), what);
}

/* Runs the tasks backwards, and counts. */
static size_t pool_tasks;
static void backwards(void *pool, size_t tasks, lowp_task *task, void *context) {
  assert_ptr_equal(pool, &pool_tasks);
  if (tasks > pool_tasks) pool_tasks = tasks;
  while (tasks) task(context, --tasks);
}

static const lowpt_spec typical[] = {
    {.rhs = LOWP_SCHEME_MXFP4, .m = 5, .n = 2000, .k = 700, .compute = LOWP_COMPUTE_BF16},
    {.rhs = LOWP_SCHEME_FP8_CHANNEL, .m = 40, .n = 700, .k = 700, .compute = LOWP_COMPUTE_F32},
    {.rhs = LOWP_SCHEME_NVFP4, .lhs = LOWP_SCHEME_NVFP4, .m = 20, .n = 700, .k = 700},
    {.rhs = LOWP_SCHEME_INT8_CHANNEL, .lhs = LOWP_SCHEME_INT8_CHANNEL, .m = 37, .n = 700, .k = 700, .quantized = true},
    {.rhs = LOWP_SCHEME_HIF4, .m = 3, .n = 1200, .k = 900},
};
enum { TYPICAL = sizeof typical / sizeof typical[0] };

static void threads(void **state) {
  (void)state;
  static const size_t counts[] = {2, 3, 5, 64};
  for (size_t i = 0; i < TYPICAL; i++) {
    lowpt_product p;
    lowpt_product_make(&p, &typical[i], i);
    lowpt_product_run(&p, 1);
    void *one = copy_of(&p);
    for (size_t t = 0; t < 4; t++) {
      lowpt_product_run(&p, counts[t]);
      assert_y(&p, one, "another number of threads");
    }
    lowp_threads pool = {sizeof pool, 7, backwards, &pool_tasks};
    size_t bytes;
    pool_tasks = 0;
    OK(lowp_gemm_workspace(1, &p.args, &pool, &bytes));
    char *workspace = malloc(bytes + 1);
    memset(p.y, 0, p.spec.m * p.spec.n * 4);
    OK(lowp_gemm_run(&p.args, &pool, workspace + 1, bytes, NULL));
    assert_y(&p, one, "the caller's pool");
    assert_true(pool_tasks > 1 && pool_tasks <= 7);
    free(workspace);
    /* threads left open: what OpenMP has, or less if the workspace has no room for so many */
    lowp_threads alone = {.struct_size = sizeof alone, .count = 1};
    OK(lowp_gemm_workspace(1, &p.args, &alone, &bytes));
    workspace = malloc(bytes);
    memset(p.y, 0, p.spec.m * p.spec.n * 4);
    OK(lowp_gemm_run(&p.args, NULL, workspace, bytes, NULL));
    assert_y(&p, one, "a small workspace");
    assert_int_equal(lowp_gemm_run(&p.args, &pool, workspace, bytes, NULL), LOWP_E_RANGE);
    free(workspace);
    free(one);
    lowpt_product_free(&p);
  }
}

/* Ranges of rows; and fewer rows in all, which are the first rows of more. */
static void rows(void **state) {
  (void)state;
  for (size_t i = 0; i < TYPICAL; i++) {
    if (typical[i].compute != LOWP_COMPUTE_REPRODUCIBLE) continue;
    lowpt_product p;
    lowpt_product_make(&p, &typical[i], i);
    lowpt_product_run(&p, 1);
    void *whole = copy_of(&p);
    lowp_threads alone = {.struct_size = sizeof alone, .count = 1};
    size_t bytes, m = p.spec.m;
    OK(lowp_gemm_workspace(1, &p.args, &alone, &bytes));
    void *workspace = malloc(bytes);
    memset(p.y, 0, p.spec.m * p.spec.n * 4);
    static const size_t cut[] = {0, 1, 2, 1000};
    for (size_t c = 3; c-- > 0;) {
      size_t to = cut[c + 1] < m ? cut[c + 1] : m;
      OK(lowp_gemm_run_rows(&p.args, cut[c], to, workspace, bytes, NULL));
    }
    assert_y(&p, whole, "in ranges of rows");
    OK(lowp_gemm_run_rows(&p.args, 1, 1, workspace, bytes, NULL));
    assert_int_equal(lowp_gemm_run_rows(&p.args, 2, 1, workspace, bytes, NULL), LOWP_E_SHAPE);
    assert_int_equal(lowp_gemm_run_rows(&p.args, 0, m + 1, workspace, bytes, NULL), LOWP_E_SHAPE);
    free(workspace);
    lowpt_product_free(&p);
    lowpt_spec fewer = typical[i];
    fewer.m = 2;
    lowpt_product_make(&p, &fewer, i);
    lowpt_product_run(&p, 1);
    if (!fewer.quantized) assert_y(&p, whole, "with fewer rows");
    free(whole);
    lowpt_product_free(&p);
  }
}

/* More rows than are prepared at once. */
static void many_rows(void **state) {
  (void)state;
  static const lowpt_spec specs[] = {
      {.rhs = LOWP_SCHEME_MXFP8_E4M3, .lhs = LOWP_SCHEME_MXFP8_E5M2, .m = 1030, .n = 19, .k = 40},
      {.rhs = LOWP_SCHEME_MXFP4, .lhs = LOWP_SCHEME_MXINT8, .m = 513, .n = 19, .k = 40, .lhs_scale = true},
      {.rhs = LOWP_SCHEME_MXFP4, .m = 700, .n = 19, .k = 40, .compute = LOWP_COMPUTE_BF16, .data = LOWPT_DATA_EXACT},
  };
  for (size_t i = 0; i < 3; i++) {
    lowpt_product p;
    lowpt_product_make(&p, &specs[i], i);
    lowpt_product_run(&p, 2);
    lowpt_product_check(&p, "");
    lowpt_product_free(&p);
  }
}

/* A list gives the bits of its entries alone: shared x, other shapes, other classes, empty ones, more rows than a round. */
static void lists(void **state) {
  (void)state;
  enum { COUNT = 8 };
  static const lowpt_spec specs[COUNT] = {
      {.rhs = LOWP_SCHEME_MXFP4, .m = 300, .n = 40, .k = 64, .compute = LOWP_COMPUTE_BF16},
      {.rhs = LOWP_SCHEME_MXFP4, .m = 300, .n = 40, .k = 64, .compute = LOWP_COMPUTE_BF16},
      {.rhs = LOWP_SCHEME_NVFP4, .lhs = LOWP_SCHEME_NVFP4, .m = 1, .n = 100, .k = 200},
      {.rhs = LOWP_SCHEME_NVFP4, .lhs = LOWP_SCHEME_NVFP4, .m = 0, .n = 100, .k = 200},
      {.rhs = LOWP_SCHEME_FP8_CHANNEL, .m = 520, .n = 20, .k = 33, .rhs_scale = true},
      {.rhs = LOWP_SCHEME_INT8_CHANNEL, .m = 20, .n = 20, .k = 33, .compute = LOWP_COMPUTE_F32, .bias = true},
      {.rhs = LOWP_SCHEME_HIF4, .lhs = LOWP_SCHEME_HIF4, .m = 17, .n = 50, .k = 65, .rhs_scale = true},
      {.rhs = LOWP_SCHEME_MXFP4, .m = 3, .n = 4, .k = 64, .compute = LOWP_COMPUTE_BF16},
  };
  lowpt_product p[COUNT];
  lowp_gemm_args args[COUNT];
  void *alone[COUNT];
  for (size_t i = 0; i < COUNT; i++) {
    lowpt_product_make(&p[i], &specs[i], i);
    if (i == 1) p[1].args.x = p[0].args.x; /* shared */
    lowpt_product_run(&p[i], 1);
    alone[i] = copy_of(&p[i]);
    args[i] = p[i].args;
    memset(p[i].y, 0, specs[i].m * specs[i].n * 4);
  }
  for (size_t count = 1; count <= 3; count++) {
    lowp_threads t = {.struct_size = sizeof t, .count = count};
    size_t bytes;
    OK(lowp_gemm_workspace(COUNT, args, &t, &bytes));
    void *workspace = malloc(bytes);
    OK(lowp_gemm_run_list(COUNT, args, &t, workspace, bytes, NULL));
    for (size_t i = 0; i < COUNT; i++) {
      assert_y(&p[i], alone[i], "in a list");
      memset(p[i].y, 0, specs[i].m * specs[i].n * 4);
    }
    assert_int_equal(lowp_gemm_run_list(COUNT, args, &t, workspace, bytes - 1, NULL), LOWP_E_RANGE);
    free(workspace);
  }
  size_t bytes;
  OK(lowp_gemm_workspace(0, NULL, NULL, &bytes));
  void *workspace = malloc(bytes);
  OK(lowp_gemm_run_list(0, NULL, NULL, workspace, bytes, NULL));
  free(workspace);
  for (size_t i = 0; i < COUNT; i++) {
    free(alone[i]);
    lowpt_product_free(&p[i]);
  }
}

/* Factors, bias, types of x and y: in one class that has bits, and with sums that are exact in all. */
static void variants(void **state) {
  (void)state;
  static const lowp_element elements[] = {LOWP_F32, LOWP_BF16, LOWP_FP16};
  static const lowp_scheme lhs[] = {LOWP_SCHEME_NONE, LOWP_SCHEME_INT8_CHANNEL, LOWP_SCHEME_NVFP4};
  static const lowp_scheme rhs[] = {LOWP_SCHEME_MXFP4, LOWP_SCHEME_NVFP4, LOWP_SCHEME_INT8_CHANNEL};
  for (unsigned v = 0; v < 3 * 3 * 8 * 3; v++) {
    lowpt_spec spec = {.m = 4, .n = 37, .k = 70, .ex = elements[v % 3], .ey = elements[v / 3 % 3]};
    spec.bias = v / 9 & 1;
    spec.lhs_scale = v / 18 & 1;
    spec.rhs_scale = v / 36 & 1;
    spec.rhs = rhs[v / 72];
    spec.lhs = lhs[(v + v / 3) % 3];
    if (spec.lhs == LOWP_SCHEME_NONE) spec.data = LOWPT_DATA_EXACT, spec.compute = (lowp_compute)(v / 9 % 3);
    lowpt_product p;
    lowpt_product_make(&p, &spec, v);
    lowpt_product_run(&p, 1);
    lowpt_product_check(&p, "variant, ");
    lowpt_product_free(&p);
  }
}

/* Views with strides of their own, backwards too; nothing beside y is written. */
static void strides(void **state) {
  (void)state;
  enum { M = 5, N = 19, K = 40, WIDE = 64 };
  const lowpt_spec spec = {.rhs = LOWP_SCHEME_MXFP4, .m = M, .n = N, .k = K};
  lowpt_product p;
  lowpt_product_make(&p, &spec, 3);
  lowpt_product_run(&p, 1);
  float x[M * WIDE], y[M * WIDE];
  for (size_t i = 0; i < M * WIDE; i++) x[i] = NAN, y[i] = 42;
  for (size_t r = 0; r < M; r++) memcpy(x + (M - 1 - r) * WIDE, p.xf + r * K, K * sizeof *x);
  lowp_gemm_args args = p.args;
  args.x.data = x + (M - 1) * WIDE;
  args.x.stride = -(ptrdiff_t)(WIDE * sizeof *x);
  args.y.data = y + 3;
  args.y.stride = WIDE * sizeof *y;
  size_t bytes;
  OK(lowp_gemm_workspace(1, &args, NULL, &bytes));
  void *workspace = malloc(bytes);
  OK(lowp_gemm_run(&args, NULL, workspace, bytes, NULL));
  for (size_t r = 0; r < M; r++)
    for (size_t c = 0; c < WIDE; c++) {
      bool inside = c >= 3 && c < 3 + N;
      float expected = inside ? lowpt_product_y(&p, r, c - 3) : 42;
      assert_true(y[r * WIDE + c] == expected);
    }
  free(workspace);
  lowpt_product_free(&p);
}

/* NaN and Inf in x and in scales come out where they belong; refused where the policy says so, before anything is written. */
static void nonfinite(void **state) {
  (void)state;
  lowpt_spec spec = {.rhs = LOWP_SCHEME_MXFP4, .m = 3, .n = 18, .k = 70};
  for (int compute = LOWP_COMPUTE_REPRODUCIBLE; compute <= LOWP_COMPUTE_F32; compute++) {
    spec.compute = (lowp_compute)compute;
    lowpt_product p;
    lowpt_product_make(&p, &spec, 4);
    p.w->scales[17 * p.w->scales_stride + 1] = 0xff;
    OK(lowp_gemm_pack(p.plan, p.w, p.packed, p.packed_bytes, NULL));
    ((float *)p.x)[70 + 69] = INFINITY;
    ((float *)p.x)[2 * 70 + 3] = NAN;
    lowpt_product_run(&p, 1);
    for (size_t i = 0; i < 3; i++)
      for (size_t j = 0; j < 18; j++) {
        float y = lowpt_product_y(&p, i, j);
        if (i == 2 || j == 17)
          assert_true(y != y);
        else
          assert_true(i == 1 ? !(fabsf(y) <= 1e30f) : fabsf(y) <= 1e30f);
      }
    lowpt_product_free(&p);
  }
  lowp_gemm_desc desc;
  lowp_gemm_desc_init(&desc, LOWP_SCHEME_MXFP4, 4, 40);
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, LOWP_SCHEME_MXFP8_E4M3);
  opts.nan_policy = LOWP_NONFINITE_ERROR;
  desc.lhs = LOWP_SCHEME_MXFP8_E4M3;
  desc.lhs_opts = &opts;
  spec = (lowpt_spec){.rhs = LOWP_SCHEME_MXFP4, .lhs = LOWP_SCHEME_MXFP8_E4M3, .m = 600, .n = 4, .k = 40};
  lowpt_product p;
  lowpt_product_make(&p, &spec, 4);
  lowp_gemm_plan_destroy(p.plan);
  OK(lowp_gemm_plan_create(&p.plan, &desc, NULL));
  opts.nan_policy = LOWP_NONFINITE_PROPAGATE; /* the plan has its own copy */
  p.args.plan = p.plan;
  ((float *)p.x)[550 * 40 + 7] = NAN;
  lowp_error error;
  size_t bytes;
  OK(lowp_gemm_workspace(1, &p.args, NULL, &bytes));
  void *workspace = malloc(bytes);
  assert_int_equal(lowp_gemm_run(&p.args, NULL, workspace, bytes, &error), LOWP_E_NONFINITE);
  assert_non_null(strstr(error.text, "(550, 7)"));
  free(workspace);
  lowpt_product_free(&p);
}

static lowp_status create(lowp_scheme rhs, lowp_scheme lhs, lowp_compute compute, size_t n, size_t k) {
  lowp_gemm_desc desc;
  lowp_gemm_plan *plan = NULL;
  lowp_error error = {LOWP_OK, ""};
  lowp_gemm_desc_init(&desc, rhs, n, k);
  desc.lhs = lhs;
  desc.compute = compute;
  lowp_status status = lowp_gemm_plan_create(&plan, &desc, &error);
  assert_true(status == LOWP_OK ? plan != NULL : plan == NULL && error.status == status && error.text[0]);
  lowp_gemm_plan_destroy(plan);
  return status;
}

/* Engines like to flush subnormals, of which weights of 8 and 16 bits have some that are none in f32. */
static void flushed(void **state) {
  (void)state;
#if defined(__x86_64__) || defined(__i386__)
  static const lowp_scheme schemes[] = {LOWP_SCHEME_FP8_CHANNEL, LOWP_SCHEME_FP8_E5M2,     LOWP_SCHEME_MXFP8_E4M3,
                                        LOWP_SCHEME_MXFP8_E5M2,  LOWP_SCHEME_FP8_BLOCK128, LOWP_SCHEME_HIF8_CHANNEL,
                                        LOWP_SCHEME_FP16_CAST};
  enum { M = 8, N = 64, K = 256 };
  float x[M * K], y[M * N];
  for (size_t i = 0; i < M * K; i++) x[i] = 1;
  for (size_t s = 0; s < sizeof schemes / sizeof *schemes; s++)
    for (size_t m = 1; m <= M; m++) {
      const lowp_scheme_info *info = lowp_scheme_info_of(schemes[s]);
      lowp_qtensor *q;
      lowp_planes planes;
      lowp_gemm_desc desc;
      lowp_gemm_plan *plan;
      lowp_gemm_args args;
      size_t bytes;
      OK(lowp_scheme_planes(schemes[s], N, K, &planes));
      OK(lowp_qtensor_create(&q, schemes[s], N, K));
      memset(q->codes, 1, N * q->codes_stride); /* the smallest number */
      if (info->family == LOWP_FAMILY_MX)
        memset(q->scales, 127, N * q->scales_stride);
      else
        for (size_t r = 0; r < planes.scales_bytes / sizeof(float); r++) ((float *)(void *)q->scales)[r] = 1;
      lowp_gemm_desc_init(&desc, schemes[s], N, K);
      desc.compute = LOWP_COMPUTE_F32;
      OK(lowp_gemm_plan_create(&plan, &desc, NULL));
      OK(lowp_gemm_pack_size(plan, &bytes));
      void *packed = aligned_alloc(64, (bytes + 63) / 64 * 64);
      OK(lowp_gemm_pack(plan, q, packed, bytes, NULL));
      lowp_gemm_args_init(&args, plan, packed, m, LOWP_F32, x, LOWP_F32, y);
      lowp_threads one = {.struct_size = sizeof one, .count = 1};
      OK(lowp_gemm_workspace(1, &args, &one, &bytes));
      void *workspace = malloc(bytes + 1);
      const unsigned mode = _mm_getcsr();
      _mm_setcsr(mode | 0x8040);
      const lowp_status status = lowp_gemm_run(&args, &one, workspace, bytes, NULL);
      _mm_setcsr(mode);
      assert_int_equal(status, LOWP_OK);
      const float expected = K * lowp_decode(info->element, lowp_element_size(info->element) == 2 ? 0x0101 : 1);
      for (size_t i = 0; i < m * N; i++)
        LOWP_CHECK(y[i] == expected, "%s, m %zu: y[%zu] is %g, not %g", info->name, m, i, (double)y[i],
                   (double)expected);
      free(workspace);
      free(packed);
      lowp_gemm_plan_destroy(plan);
      lowp_qtensor_destroy(q);
    }
#else
  LOWP_SKIP("the floating-point mode is set on x86 alone");
#endif
}

/* The code of the negative number nearest to zero, and that of -0; false if the element lacks the latter. */
static bool negative_codes(lowp_element element, uint32_t *least, uint32_t *zero) {
  const uint32_t count = (uint32_t)1 << lowp_element_row_of(element).bits;
  float nearest = -INFINITY;
  bool found = false;
  for (uint32_t code = 0; code < count; code++) {
    const float v = lowp_decode(element, code);
    if (v == 0 && signbit(v)) *zero = code, found = true;
    if (v < 0 && v > nearest) *least = code, nearest = v;
  }
  return found;
}

/* A small block scale of which all bytes are the same. */
static int small_scale(lowp_element scale) {
  return scale == LOWP_E8M0 ? 100 : scale == LOWP_E4M3FN ? 1 : scale == LOWP_FP16 ? 4 : scale == LOWP_E6M2 ? 0 : 0x30;
}

/* A first product that is rounded to -0, zeros of both signs behind it: what sign is left is defined too. */
static void negative_zero(void **state) {
  static const size_t ks[] = {256, 300};
  (void)state;
  for (int id = LOWP_SCHEME_NONE + 1; id < LOWP_SCHEME_COUNT; id++)
    for (size_t m = 1; m <= 9; m++) {
      const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
      const unsigned bits = lowp_element_row_of(info->element).bits;
      uint32_t least = 0, zero = 0;
      if (!negative_codes(info->element, &least, &zero)) continue;
      const lowpt_spec spec = {.rhs = info->id, .m = m, .n = 130, .k = ks[m % 2]};
      lowpt_product p;
      lowpt_product_make(&p, &spec, m);
      lowp_planes planes;
      OK(lowp_scheme_planes(info->id, spec.n, spec.k, &planes));
      memset(p.w->codes, 0, planes.codes_bytes);
      memset(p.w->scales, small_scale(info->scale), planes.scales_bytes);
      for (size_t r = 0; r < spec.n; r++)
        for (size_t c = 0; c < spec.k; c++)
          for (unsigned b = 0; b < bits; b++) {
            const size_t bit = c * bits + b;
            uint8_t *byte = p.w->codes + r * p.w->codes_stride + bit / 8;
            *byte = (uint8_t)(*byte | ((c ? zero : least) >> b & 1) << bit % 8);
          }
      for (size_t i = 0; i < m * spec.k; i++) p.xf[i] = ((float *)p.x)[i] = 0x1p-149f;
      OK(lowp_gemm_pack(p.plan, p.w, p.packed, p.packed_bytes, NULL));
      lowpt_product_run(&p, 1);
      lowpt_product_check(&p, "-0, ");
      lowpt_product_free(&p);
    }
}

static void refused_plans(void **state) {
  (void)state;
  const lowp_scheme w8 = LOWP_SCHEME_INT8_CHANNEL;
  const lowp_compute exact = LOWP_COMPUTE_REPRODUCIBLE;
  assert_int_equal(create(LOWP_SCHEME_NONE, LOWP_SCHEME_NONE, exact, 1, 1), LOWP_E_ARGUMENT);
  assert_int_equal(create(LOWP_SCHEME_COUNT, LOWP_SCHEME_NONE, exact, 1, 1), LOWP_E_ARGUMENT);
  assert_int_equal(create(w8, LOWP_SCHEME_COUNT, exact, 1, 1), LOWP_E_ARGUMENT);
  assert_int_equal(create(w8, w8, (lowp_compute)3, 1, 1), LOWP_E_ARGUMENT);
  assert_int_equal(create(w8, LOWP_SCHEME_FP8_BLOCK128, exact, 1, 1), LOWP_E_UNSUPPORTED);
  assert_int_equal(create(w8, w8, exact, 0, 1), LOWP_E_SHAPE);
  assert_int_equal(create(w8, w8, exact, 1, 0), LOWP_E_SHAPE);
  assert_int_equal(create(w8, w8, LOWP_COMPUTE_F32, SIZE_MAX, 128), LOWP_E_SHAPE);
  assert_int_equal(create(w8, w8, LOWP_COMPUTE_F32, 128, SIZE_MAX), LOWP_E_SHAPE);
  assert_int_equal(create(w8, w8, LOWP_COMPUTE_F32, 1, SIZE_MAX / 4), LOWP_E_SHAPE);
  /* an integer dot over a whole row, and what needs none */
  const size_t limit = (size_t)1 << 17;
  OK(create(w8, w8, exact, 1, limit));
  assert_int_equal(create(w8, w8, exact, 1, limit + 1), LOWP_E_RANGE);
  OK(create(LOWP_SCHEME_INT8_G32, w8, exact, 1, limit + 1));
  OK(create(w8, w8, LOWP_COMPUTE_F32, 1, limit + 1));
  lowp_gemm_plan *plan;
  lowp_gemm_desc desc = {0};
  assert_int_equal(lowp_gemm_plan_create(&plan, &desc, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_gemm_plan_create(&plan, NULL, NULL), LOWP_E_ARGUMENT);
}

/* The largest dot of a whole row: all codes -128, without zero points, with zeros for them, and at the far end. */
static void largest_dot(void **state) {
  (void)state;
  const size_t k = (size_t)1 << 17;
  for (int zeros = 0; zeros < 3; zeros++) {
    const lowp_scheme scheme = zeros ? LOWP_SCHEME_INT8_CHANNEL_ZP : LOWP_SCHEME_INT8_CHANNEL;
    const lowpt_spec spec = {.rhs = scheme, .lhs = scheme, .m = 1, .n = 1, .k = k, .quantized = true};
    lowpt_product p;
    lowpt_product_make(&p, &spec, 1);
    memset(p.w->codes, 0x80, k);
    memset(p.xq->codes, 0x80, k);
    if (zeros) {
      *(int32_t *)p.w->zeros = zeros > 1 ? 127 : 0;
      *(int32_t *)p.xq->zeros = zeros > 1 ? 127 : 0;
    }
    OK(lowp_gemm_pack(p.plan, p.w, p.packed, p.packed_bytes, NULL));
    lowpt_product_run(&p, 1);
    lowpt_product_check(&p, "");
    lowpt_product_free(&p);
  }
}

static void refused_args(void **state) {
  (void)state;
  const lowpt_spec spec = {
      .rhs = LOWP_SCHEME_MXFP4, .lhs = LOWP_SCHEME_MXFP8_E4M3, .m = 3, .n = 18, .k = 70, .quantized = true};
  lowpt_product p;
  lowpt_product_make(&p, &spec, 4);
  size_t bytes;
  OK(lowp_gemm_workspace(1, &p.args, NULL, &bytes));
  void *workspace = malloc(bytes);
  float y[3 * 18], x[3 * 70] = {0};
  y[0] = 42;
  p.args.y = lowp_view_of(LOWP_F32, 3, 18, y);
  const lowp_view good = lowp_view_of(LOWP_F32, 3, 70, x);
#define REFUSED(code, change) \
  do { \
    lowp_gemm_args a = p.args; \
    lowp_error error = {LOWP_OK, ""}; \
    change; \
    assert_int_equal(lowp_gemm_run(&a, NULL, workspace, bytes, &error), code); \
    assert_true(error.status == code && error.text[0] && y[0] == 42); \
  } while (0)
  REFUSED(LOWP_E_ARGUMENT, a.struct_size = 0);
  REFUSED(LOWP_E_ARGUMENT, a.plan = NULL);
  REFUSED(LOWP_E_ARGUMENT, a.packed = NULL);
  REFUSED(LOWP_E_ARGUMENT, a.x = good); /* both x and xq */
  REFUSED(LOWP_E_SHAPE, (a.xq = NULL, a.x = good, a.x.cols = 69));
  REFUSED(LOWP_E_SHAPE, (a.xq = NULL, a.x = good, a.x.rows = 2));
  REFUSED(LOWP_E_ARGUMENT, (a.xq = NULL, a.x = good, a.x.element = LOWP_F64));
  REFUSED(LOWP_E_ARGUMENT, (a.xq = NULL, a.x = good, a.x.data = NULL));
  REFUSED(LOWP_E_ARGUMENT, a.xq = p.w); /* another scheme */
  REFUSED(LOWP_E_SHAPE, a.y.cols = 17);
  REFUSED(LOWP_E_SHAPE, a.y.rows = 2);
  REFUSED(LOWP_E_SHAPE, a.y.stride = 4);
  REFUSED(LOWP_E_ARGUMENT, a.y.element = LOWP_E4M3FN);
  assert_int_equal(lowp_gemm_run(&p.args, NULL, workspace, 100, NULL), LOWP_E_RANGE);
  assert_int_equal(lowp_gemm_run(&p.args, NULL, NULL, bytes, NULL), LOWP_E_ARGUMENT);
  lowp_threads t = {0};
  assert_int_equal(lowp_gemm_run(&p.args, &t, workspace, bytes, NULL), LOWP_E_ARGUMENT);
  assert_true(y[0] == 42);
  OK(lowp_gemm_run(&p.args, NULL, workspace, bytes, NULL));
  assert_true(y[0] != 42);
  /* no rows: nothing to do */
  lowp_gemm_args empty;
  lowp_gemm_args_init(&empty, p.plan, p.packed, 0, LOWP_F32, NULL, LOWP_F32, NULL);
  OK(lowp_gemm_workspace(1, &empty, NULL, &bytes));
  OK(lowp_gemm_run(&empty, NULL, workspace, bytes, NULL));
  free(workspace);
  lowpt_product_free(&p);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(threads),      cmocka_unit_test(rows),          cmocka_unit_test(many_rows),
      cmocka_unit_test(lists),        cmocka_unit_test(variants),      cmocka_unit_test(strides),
      cmocka_unit_test(nonfinite),    cmocka_unit_test(refused_plans), cmocka_unit_test(largest_dot),
      cmocka_unit_test(refused_args), cmocka_unit_test(flushed),       cmocka_unit_test(negative_zero),
  };
  return LOWP_SUITE_RUN("runs of products", tests);
}
