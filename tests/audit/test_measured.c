/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planted cheats, and honest results that must not be taken for them. Products are made here, in an order of additions and
 * with roundings of this file's own; only quantizing is the library's.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"

#include <lowp/gemm.h>
#include <lowp/measured.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/rng.h"

typedef struct data {
  size_t m, n, k;
  float *x, *w, *y;
  lowp_view vx, vw, vy;
} data;

static data make(size_t m, size_t n, size_t k, uint64_t seed) {
  data d = {.m = m, .n = n, .k = k, .x = malloc(m * k * 4), .w = malloc(n * k * 4), .y = calloc(m * n, 4)};
  lowpt_rng rng = {seed};
  for (size_t i = 0; i < m * k; i++) d.x[i] = (float)lowpt_normal(&rng);
  for (size_t i = 0; i < n * k; i++) d.w[i] = (float)(lowpt_normal(&rng) * 0.05);
  d.vx = lowp_view_of(LOWP_F32, m, k, d.x);
  d.vw = lowp_view_of(LOWP_F32, n, k, d.w);
  d.vy = lowp_view_of(LOWP_F32, m, n, d.y);
  return d;
}
static void drop(data *d) { free(d->x), free(d->w), free(d->y); }

/* What a matrix becomes in a scheme; each row a tensor of its own if asked. */
static float *quantized(const lowp_view *v, lowp_scheme scheme, const lowp_quant_opts *opts, bool each_row) {
  float *out = malloc(v->rows * v->cols * 4);
  for (size_t r = 0; r < v->rows; r++) lowp_view_load_row(v, r, out + r * v->cols);
  if (scheme == LOWP_SCHEME_NONE) return out;
  for (size_t r = 0; r < (each_row ? v->rows : 1); r++) {
    lowp_qtensor *q;
    lowp_view part = lowp_view_of(LOWP_F32, each_row ? 1 : v->rows, v->cols, out + r * v->cols);
    assert_int_equal(lowp_qtensor_create(&q, scheme, part.rows, part.cols), LOWP_OK);
    assert_int_equal(lowp_quantize(opts, &part, q, NULL), LOWP_OK);
    assert_int_equal(lowp_dequantize(q, &part, NULL), LOWP_OK);
    lowp_qtensor_destroy(q);
  }
  return out;
}

static float to16(lowp_element e, float v) { return lowp_decode(e, lowp_encode(e, v)); }

/* Orders of f32 additions, and worse ones. */
typedef enum sum { FORWARD = 0, BACKWARD, CHUNKS, FUSED, LANES8, EXACT, HONEST, FP16, FP16_CHUNKS } sum;

static float dot(sum order, size_t k, const float *x, const float *w) {
  float s = 0, lane[8] = {0};
  double d = 0;
  switch (order) {
  case FORWARD:
    for (size_t i = 0; i < k; i++) s += x[i] * w[i];
    return s;
  case BACKWARD:
    for (size_t i = k; i-- > 0;) s += x[i] * w[i];
    return s;
  case CHUNKS: /* k in chunks of 64, one partial sum each: split along k */
    for (size_t c = 0; c < k; c += 64) {
      float part = 0;
      for (size_t i = c; i < k && i < c + 64; i++) part += x[i] * w[i];
      s += part;
    }
    return s;
  case FUSED:
    for (size_t i = 0; i < k; i++) s = fmaf(x[i], w[i], s);
    return s;
  case LANES8:
    for (size_t i = 0; i < k; i++) lane[i % 8] += x[i] * w[i];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
  case FP16: /* as hardware that adds into fp16 */
    for (size_t i = 0; i < k; i++) s = to16(LOWP_FP16, s + x[i] * w[i]);
    return s;
  case FP16_CHUNKS: /* 32 products in fp16, then added to an f32 register */
    for (size_t c = 0; c < k; c += 32) {
      float part = 0;
      for (size_t i = c; i < k && i < c + 32; i++) part = to16(LOWP_FP16, part + x[i] * w[i]);
      s += part;
    }
    return s;
  default:
    for (size_t i = 0; i < k; i++) d += (double)x[i] * (double)w[i];
    return (float)d;
  }
}

static void multiply(data *d, sum order, lowp_element out, const float *x, const float *w) {
  for (size_t i = 0; i < d->m; i++)
    for (size_t j = 0; j < d->n; j++) {
      const float s = dot(order, d->k, x + i * d->k, w + j * d->k);
      d->y[i * d->n + j] = out == LOWP_F32 ? s : to16(out, s);
    }
}

static lowp_measured_report check(const data *d, lowp_scheme lhs, lowp_scheme rhs) {
  lowp_measured_desc desc;
  lowp_measured_report r;
  lowp_error error = {.status = LOWP_OK};
  lowp_measured_desc_init(&desc);
  lowp_measured_report_init(&r);
  desc.x = &d->vx, desc.w = &d->vw, desc.y = &d->vy;
  desc.lhs = lhs, desc.rhs = rhs;
  LOWP_CHECK(lowp_measured_check_output(&desc, &r, &error) == LOWP_OK, "%s", error.text);
  return r;
}

static void expect(const char *what, const data *d, const lowp_measured_report *r, lowp_measured_kind kind,
                   lowp_verdict verdict) {
  LOWP_CHECK(r->count >= 1 && r->finding[0].kind == kind && r->verdict == verdict,
             "%s, %zu x %zu x %zu: expected %s, verdict %d, but %s, verdict %d: %s", what, d->m, d->n, d->k,
             lowp_measured_kind_name(kind), (int)verdict,
             r->count ? lowp_measured_kind_name(r->finding[0].kind) : "nothing", (int)r->verdict,
             r->count ? r->finding[0].text : "");
}

static const size_t shapes[][3] = {{12, 40, 256}, {17, 33, 500}, {8, 24, 2048}, {1, 120, 3072}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };
static const lowp_scheme narrow[] = {LOWP_SCHEME_MXFP4,        LOWP_SCHEME_NVFP4,           LOWP_SCHEME_HIF4,
                                     LOWP_SCHEME_MXFP8_E4M3,   LOWP_SCHEME_MXFP6_E2M3,      LOWP_SCHEME_FP8_CHANNEL,
                                     LOWP_SCHEME_INT8_CHANNEL, LOWP_SCHEME_MXINT8,          LOWP_SCHEME_HIF8_TENSOR,
                                     LOWP_SCHEME_FP8_TENSOR,   LOWP_SCHEME_INT8_CHANNEL_ZP, LOWP_SCHEME_INT4_G32};
enum { NARROW = sizeof narrow / sizeof narrow[0] };

/* One case in LOWP_TEST_STRIDE, over all lists. */
static bool taken(void) {
  static size_t number;
  const size_t stride = lowpt_stride();
  return number++ % stride == lowpt_first(stride);
}

static void honest(void **state) {
  (void)state;
  const lowp_element outs[] = {LOWP_F32, LOWP_BF16, LOWP_FP16};
  size_t turn = 0;
  for (size_t s = 0; s < SHAPES; s++)
    for (size_t f = 0; f < NARROW; f++, turn++) {
      if (!taken()) continue;
      data d = make(shapes[s][0], shapes[s][1], shapes[s][2], 1000 * s + f);
      const lowp_scheme rhs = narrow[f], lhs = turn % 3 == 0 ? LOWP_SCHEME_BF16_CAST : narrow[f];
      float *xq = quantized(&d.vx, lhs, NULL, false), *wq = quantized(&d.vw, rhs, NULL, false);
      for (int order = FORWARD; order <= LANES8; order++) {
        if ((turn + (size_t)order) % 2) continue;
        const lowp_element out = outs[(turn + (size_t)order) / 2 % 3];
        multiply(&d, (sum)order, out, xq, wq);
        lowp_measured_report r = check(&d, lhs, rhs);
        expect(lowp_scheme_info_of(rhs)->name, &d, &r, LOWP_MEASURED_FORMAT, LOWP_VERDICT_CONSISTENT);
        LOWP_CHECK(r.f32_ratio < 4, "f32 sums are %.3g of their allowance", r.f32_ratio);
        LOWP_CHECK(r.out == out, "output taken for type %d, not %d", (int)r.out, (int)out);
      }
      free(xq), free(wq);
      drop(&d);
    }
}

/* lowp's own kernels, every class; activations are quantized a row at a time. */
static void own_kernels(void **state) {
  (void)state;
  for (size_t f = 0; f < NARROW; f++)
    for (int c = LOWP_COMPUTE_REPRODUCIBLE; c <= LOWP_COMPUTE_F32; c++)
      for (int a = 0; a < 2; a++) {
        if (!taken()) continue;
        data d = make(17, 80, 640, 77 + f);
        lowp_gemm_desc desc;
        lowp_gemm_plan *plan;
        lowp_qtensor *q;
        lowp_gemm_args args;
        size_t bytes, work;
        void *packed = NULL;
        lowp_gemm_desc_init(&desc, narrow[f], d.n, d.k);
        desc.compute = (lowp_compute)c;
        desc.lhs = a ? narrow[f] : LOWP_SCHEME_BF16_CAST;
        assert_int_equal(lowp_gemm_plan_create(&plan, &desc, NULL), LOWP_OK);
        assert_int_equal(lowp_qtensor_create(&q, narrow[f], d.n, d.k), LOWP_OK);
        assert_int_equal(lowp_quantize(NULL, &d.vw, q, NULL), LOWP_OK);
        assert_int_equal(lowp_gemm_pack_size(plan, &bytes), LOWP_OK);
        assert_int_equal(posix_memalign(&packed, 64, bytes), 0);
        assert_int_equal(lowp_gemm_pack(plan, q, packed, bytes, NULL), LOWP_OK);
        lowp_gemm_args_init(&args, plan, packed, d.m, LOWP_F32, d.x, LOWP_F32, d.y);
        assert_int_equal(lowp_gemm_workspace(1, &args, NULL, &work), LOWP_OK);
        void *workspace = malloc(work + 1);
        assert_int_equal(lowp_gemm_run(&args, NULL, workspace, work, NULL), LOWP_OK);
        lowp_measured_report r = check(&d, desc.lhs, narrow[f]);
        LOWP_CHECK(r.verdict == LOWP_VERDICT_CONSISTENT && r.finding[0].kind <= LOWP_MEASURED_RULES,
                   "%s, class %d: %s: %s", lowp_scheme_info_of(narrow[f])->name, c,
                   lowp_measured_kind_name(r.finding[0].kind), r.finding[0].text);
        free(workspace), free(packed);
        lowp_gemm_plan_destroy(plan);
        lowp_qtensor_destroy(q);
        drop(&d);
      }
}

static void other_rules(void **state) {
  (void)state;
  const struct {
    lowp_scheme scheme;
    lowp_scale_rule rule;
  } rules[] = {{LOWP_SCHEME_MXFP4, LOWP_SCALE_RCEIL},
               {LOWP_SCHEME_MXFP4, LOWP_SCALE_EVEN},
               {LOWP_SCHEME_MXFP8_E4M3, LOWP_SCALE_RCEIL},
               {LOWP_SCHEME_NVFP4, LOWP_SCALE_FOUR_OVER_SIX},
               {LOWP_SCHEME_INT8_CHANNEL, LOWP_SCALE_MSE}};
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
    for (int sides = 1; sides <= 3; sides++) {
      if (!taken()) continue;
      data d = make(24, 56, 768, 5 + i);
      lowp_quant_opts opts;
      lowp_quant_opts_init(&opts, rules[i].scheme);
      opts.scale_rule = rules[i].rule;
      float *xq = quantized(&d.vx, rules[i].scheme, sides & 1 ? &opts : NULL, false);
      float *wq = quantized(&d.vw, rules[i].scheme, sides & 2 ? &opts : NULL, false);
      multiply(&d, CHUNKS, LOWP_BF16, xq, wq);
      lowp_measured_report r = check(&d, rules[i].scheme, rules[i].scheme);
      expect("another rule", &d, &r, LOWP_MEASURED_RULES, LOWP_VERDICT_CONSISTENT);
      free(xq), free(wq);
      drop(&d);
    }
}

static void bf16_sold_as_narrow(void **state) {
  (void)state;
  for (size_t s = 0; s < SHAPES; s++)
    for (size_t f = 0; f < NARROW; f++) {
      if (!taken()) continue;
      data d = make(shapes[s][0], shapes[s][1], shapes[s][2], 31 * s + f);
      const lowp_scheme path = f % 3 == 0 ? LOWP_SCHEME_FP16_CAST : LOWP_SCHEME_BF16_CAST;
      float *x = quantized(&d.vx, path, NULL, false), *w = quantized(&d.vw, path, NULL, false);
      float *wq = quantized(&d.vw, narrow[f], NULL, false);
      multiply(&d, LANES8, f % 2 ? LOWP_BF16 : LOWP_F32, x, w);
      lowp_measured_report r = check(&d, narrow[f], narrow[f]);
      expect("16 bits sold as narrow", &d, &r, LOWP_MEASURED_OTHER_FORMAT, LOWP_VERDICT_MISLABELLED);
      LOWP_CHECK(r.lhs == path && r.rhs == path, "named %d x %d", (int)r.lhs, (int)r.rhs);
      multiply(&d, LANES8, LOWP_F32, x, wq); /* weights alone are narrow */
      r = check(&d, narrow[f], narrow[f]);
      expect("activations in 16 bits", &d, &r, LOWP_MEASURED_OTHER_FORMAT, LOWP_VERDICT_MISLABELLED);
      LOWP_CHECK(r.lhs == path && r.rhs == narrow[f], "named %d x %d", (int)r.lhs, (int)r.rhs);
      free(x), free(w), free(wq);
      drop(&d);
    }
}

static void other_narrow_format(void **state) {
  (void)state;
  data d = make(20, 60, 512, 9);
  float *x = quantized(&d.vx, LOWP_SCHEME_MXFP4, NULL, false), *w = quantized(&d.vw, LOWP_SCHEME_MXFP4, NULL, false);
  multiply(&d, FORWARD, LOWP_BF16, x, w);
  lowp_measured_report r = check(&d, LOWP_SCHEME_MXFP8_E4M3, LOWP_SCHEME_MXFP8_E4M3);
  expect("FP4 sold as FP8", &d, &r, LOWP_MEASURED_OTHER_FORMAT, LOWP_VERDICT_MISLABELLED);
  assert_true(r.lhs == LOWP_SCHEME_MXFP4 && r.rhs == LOWP_SCHEME_MXFP4);
  free(x), free(w);
  drop(&d);
}

/* Columns begin..end-1 of every `period` of k are left out. */
static void skipped_blocks(void **state) {
  (void)state;
  const size_t skips[][3] = {{32, 64, 256}, {0, 128, 1024}, {128, 256, 512}, {16, 32, 64}};
  for (size_t s = 0; s < SHAPES; s++)
    for (size_t f = s % 2; f < NARROW; f += 3)
      for (size_t p = 0; p < sizeof skips / sizeof skips[0]; p++) {
        if (shapes[s][0] < 8 || !taken()) continue;
        data d = make(shapes[s][0], shapes[s][1], shapes[s][2], 100 * s + f);
        float *x = quantized(&d.vx, narrow[f], NULL, false), *w = quantized(&d.vw, narrow[f], NULL, false);
        for (size_t i = 0; i < d.m; i++)
          for (size_t l = 0; l < d.k; l++)
            if (l % skips[p][2] >= skips[p][0] && l % skips[p][2] < skips[p][1]) x[i * d.k + l] = 0;
        multiply(&d, CHUNKS, (p & 1) ? LOWP_BF16 : LOWP_F32, x, w);
        lowp_measured_report r = check(&d, narrow[f], narrow[f]);
        expect("skipped blocks", &d, &r, LOWP_MEASURED_SKIPPED_BLOCKS, LOWP_VERDICT_INCONSISTENT);
        free(x), free(w);
        drop(&d);
      }
}

/* A tile of outputs lacks a part of k, or was never written. */
static void skipped_tiles(void **state) {
  (void)state;
  for (int never = 0; never < 2; never++) {
    data d = make(64, 96, 1024, 3);
    float *x = quantized(&d.vx, LOWP_SCHEME_MXFP4, NULL, false), *w = quantized(&d.vw, LOWP_SCHEME_MXFP4, NULL, false);
    multiply(&d, FORWARD, LOWP_F32, x, w);
    for (size_t i = 32; i < 64; i++)
      for (size_t j = 64; j < 96; j++) d.y[i * d.n + j] = never ? 0 : dot(FORWARD, 896, x + i * d.k, w + j * d.k);
    lowp_measured_report r = check(&d, LOWP_SCHEME_MXFP4, LOWP_SCHEME_MXFP4);
    expect("skipped tile", &d, &r, LOWP_MEASURED_SKIPPED_BLOCKS, LOWP_VERDICT_INCONSISTENT);
    assert_non_null(strstr(r.finding[0].text, never ? "1024 of 6144 outputs looked at are 0" : "896..1023"));
    free(x), free(w);
    drop(&d);
  }
}

/* Wrong outputs where the sample does not look. */
static void outside_sample(void **state) {
  (void)state;
  data d = make(96, 128, 256, 12);
  float *x = quantized(&d.vx, LOWP_SCHEME_NVFP4, NULL, false), *w = quantized(&d.vw, LOWP_SCHEME_NVFP4, NULL, false);
  multiply(&d, FORWARD, LOWP_F32, x, w);
  lowp_measured_desc desc;
  lowp_measured_report r;
  for (int wrong = 0; wrong < 2; wrong++) {
    lowp_measured_desc_init(&desc);
    desc.x = &d.vx, desc.w = &d.vw, desc.y = &d.vy, desc.lhs = desc.rhs = LOWP_SCHEME_NVFP4;
    desc.products = 24 * 16 * 256;
    lowp_measured_report_init(&r);
    if (wrong) {
      size_t i = 0; /* one output of each row that changes nothing in the sample, found by trying */
      for (; i < d.n; i++) {
        const float keep = d.y[40 * d.n + i];
        d.y[40 * d.n + i] = 0;
        lowp_measured_report_init(&r);
        assert_int_equal(lowp_measured_check_output(&desc, &r, NULL), LOWP_OK);
        if (r.count == 2) break;
        d.y[40 * d.n + i] = keep;
      }
      assert_true(i < d.n);
      assert_true(r.finding[0].kind == LOWP_MEASURED_FORMAT && r.finding[1].kind == LOWP_MEASURED_OUTSIDE_SAMPLE);
      assert_true(r.verdict == LOWP_VERDICT_INCONSISTENT);
      assert_non_null(strstr(r.finding[1].text, "1 of 96 rows are wrong"));
    } else {
      assert_int_equal(lowp_measured_check_output(&desc, &r, NULL), LOWP_OK);
      assert_true(r.count == 1 && r.verdict == LOWP_VERDICT_CONSISTENT && r.sample_rows * r.sample_cols < d.m * d.n);
    }
  }
  free(x), free(w);
  drop(&d);
}

static void pruned_weights(void **state) {
  (void)state;
  for (size_t s = 0; s < SHAPES; s++)
    for (size_t f = 0; f < 6; f++) {
      if (!taken()) continue;
      data d = make(shapes[s][0], shapes[s][1], shapes[s][2], 7 * s + f);
      float *x = quantized(&d.vx, narrow[f], NULL, false), *keep = d.w;
      d.w = quantized(&d.vw, LOWP_SCHEME_NONE, NULL, false);
      for (size_t g = 0; g < d.n * d.k; g += 4)
        for (int drops = 0; drops < 2; drops++) { /* the smallest that is left, twice */
          size_t least = 4;
          for (size_t l = 0; l < 4; l++)
            if (d.w[g + l] != 0 && (least == 4 || fabsf(d.w[g + l]) < fabsf(d.w[g + least]))) least = l;
          d.w[g + least] = 0;
        }
      lowp_view pruned = lowp_view_of(LOWP_F32, d.n, d.k, d.w);
      float *w = quantized(&pruned, narrow[f], NULL, false);
      multiply(&d, LANES8, LOWP_BF16, x, w);
      lowp_measured_report r = check(&d, narrow[f], narrow[f]);
      expect("2:4", &d, &r, LOWP_MEASURED_PRUNED_WEIGHTS, LOWP_VERDICT_MISLABELLED);
      assert_true(lowp_measured_is_sparse(&pruned) && !lowp_measured_is_sparse(&d.vw));
      free(x), free(w), free(keep);
      drop(&d);
    }
}

/* Sums of a few products of 4-bit elements are exact in fp16: chunks are for the wider formats. */
static void fp16_sums(void **state) {
  (void)state;
  for (size_t s = 0; s < SHAPES; s++)
    for (size_t f = s % 2; f < 8; f += 2)
      for (int order = FP16; order <= (f >= 3 ? FP16_CHUNKS : FP16); order++) {
        if (!taken()) continue;
        data d = make(shapes[s][0], shapes[s][1], shapes[s][2], 13 * s + f);
        float *x = quantized(&d.vx, narrow[f], NULL, false), *w = quantized(&d.vw, narrow[f], NULL, false);
        multiply(&d, (sum)order, f % 2 && order == FP16 ? LOWP_BF16 : LOWP_F32, x, w);
        lowp_measured_report r = check(&d, narrow[f], narrow[f]);
        expect("fp16 sums", &d, &r, LOWP_MEASURED_ACCUMULATOR, LOWP_VERDICT_MISLABELLED);
        if (order == FP16) LOWP_CHECK(strstr(r.finding[0].text, "'fp16-fma'"), "%s", r.finding[0].text);
        free(x), free(w);
        drop(&d);
      }
}

/* Models of accumulate.def on FP8: those of 13 bits are told from f32, and are right where they are declared. */
static void declared_accumulator(void **state) {
  (void)state;
  data d = make(24, 40, 2048, 21);
  float *x = quantized(&d.vx, LOWP_SCHEME_FP8_CHANNEL, NULL, false);
  float *w = quantized(&d.vw, LOWP_SCHEME_FP8_CHANNEL, NULL, false);
  const struct {
    const char *name;
    bool like_f32;
  } models[] = {{"hopper-fp8", false}, {"hopper-fp8-promoted", false}, {"blackwell-fp8", true}, {"amx-tdpbf16ps", true},
                {"ampere-bf16", true}, {"volta-fp16", true},           {"f32", true},           {"fp16-fma", false}};
  for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
    lowp_accum accum;
    assert_int_equal(lowp_accum_from_name(models[i].name, &accum), LOWP_OK);
    for (size_t a = 0; a < d.m; a++)
      for (size_t b = 0; b < d.n; b++)
        assert_int_equal(lowp_accum_dot(&accum, d.k, x + a * d.k, w + b * d.k, &d.y[a * d.n + b]), LOWP_OK);
    lowp_measured_report r = check(&d, LOWP_SCHEME_FP8_CHANNEL, LOWP_SCHEME_FP8_CHANNEL);
    expect(models[i].name, &d, &r, models[i].like_f32 ? LOWP_MEASURED_FORMAT : LOWP_MEASURED_ACCUMULATOR,
           models[i].like_f32 ? LOWP_VERDICT_CONSISTENT : LOWP_VERDICT_MISLABELLED);
    char name[40];
    snprintf(name, sizeof name, "'%s'", models[i].name);
    if (!models[i].like_f32) assert_non_null(strstr(r.finding[0].text, name));
    lowp_measured_desc desc;
    lowp_measured_desc_init(&desc);
    lowp_measured_report_init(&r);
    desc.x = &d.vx, desc.w = &d.vw, desc.y = &d.vy, desc.lhs = desc.rhs = LOWP_SCHEME_FP8_CHANNEL, desc.accum = &accum;
    assert_int_equal(lowp_measured_check_output(&desc, &r, NULL), LOWP_OK);
    expect("declared", &d, &r, LOWP_MEASURED_FORMAT, LOWP_VERDICT_CONSISTENT);
  }
  free(x), free(w);
  drop(&d);
}

static void trivial_inputs(void **state) {
  (void)state;
  for (int kind = 0; kind < 5; kind++) {
    data d = make(16, 32, 256, 4);
    for (size_t i = 0; i < d.m * d.k && kind < 4; i++)
      d.x[i] = kind == 0 ? 0 : kind == 1 ? 1 : kind == 2 ? (float)((int)(i % 7) - 3) : d.x[i];
    for (size_t i = 0; i < d.n * d.k; i++)
      d.w[i] = kind == 3 ? 0 : kind == 4 ? 0.5f : kind >= 1 ? (i % 3 ? 1.0f : -2.0f) : d.w[i];
    float *x = quantized(&d.vx, LOWP_SCHEME_MXFP4, NULL, false), *w = quantized(&d.vw, LOWP_SCHEME_MXFP4, NULL, false);
    multiply(&d, FORWARD, LOWP_F32, x, w);
    lowp_measured_report r = check(&d, LOWP_SCHEME_MXFP4, LOWP_SCHEME_MXFP4);
    expect("trivial input", &d, &r, LOWP_MEASURED_TRIVIAL_INPUT, LOWP_VERDICT_UNVERIFIABLE);
    free(x), free(w);
    drop(&d);
  }
}

static void wrong_outputs(void **state) {
  (void)state;
  data d = make(24, 40, 512, 17);
  float *x = quantized(&d.vx, LOWP_SCHEME_NVFP4, NULL, false), *w = quantized(&d.vw, LOWP_SCHEME_NVFP4, NULL, false);
  multiply(&d, FORWARD, LOWP_F32, x, w);
  for (size_t i = 0; i < d.m * d.n; i++) d.y[i] *= 0.25f;
  lowp_measured_report r = check(&d, LOWP_SCHEME_NVFP4, LOWP_SCHEME_NVFP4);
  expect("scaled", &d, &r, LOWP_MEASURED_SCALED, LOWP_VERDICT_INCONSISTENT);
  assert_true(strncmp(r.finding[0].text, "0.25 times", 10) == 0);
  lowpt_rng rng = {99};
  for (size_t i = 0; i < d.m * d.n; i++) d.y[i] = (float)lowpt_normal(&rng);
  r = check(&d, LOWP_SCHEME_NVFP4, LOWP_SCHEME_NVFP4);
  expect("noise", &d, &r, LOWP_MEASURED_OTHER_OUTPUT, LOWP_VERDICT_INCONSISTENT);
  multiply(&d, FORWARD, LOWP_F32, x, w);
  d.y[5] = INFINITY;
  r = check(&d, LOWP_SCHEME_NVFP4, LOWP_SCHEME_NVFP4);
  expect("Inf", &d, &r, LOWP_MEASURED_NONFINITE, LOWP_VERDICT_INCONSISTENT);
  free(x), free(w);
  drop(&d);
}

static void rates(void **state) {
  (void)state;
  /* 2 * 1000^3 = 2e9 operations */
  const lowp_measured_peaks both = {9e15, 18e15}, dense = {9e15, 0}, sparse = {0, 18e15}, none = {0, 0};
  const struct {
    double seconds;
    int is_sparse;
    const lowp_measured_peaks *peaks;
    lowp_measured_kind kind;
    lowp_verdict verdict;
  } cases[] = {{2e9 / 8.9e15, 0, &both, LOWP_MEASURED_RATE, LOWP_VERDICT_CONSISTENT},
               {2e9 / 9.1e15, 0, &both, LOWP_MEASURED_SPARSE_RATE, LOWP_VERDICT_MISLABELLED},
               {2e9 / 17.9e15, 0, &both, LOWP_MEASURED_SPARSE_RATE, LOWP_VERDICT_MISLABELLED},
               {2e9 / 17.9e15, 1, &both, LOWP_MEASURED_RATE, LOWP_VERDICT_CONSISTENT},
               {2e9 / 18.1e15, 0, &both, LOWP_MEASURED_IMPOSSIBLE_RATE, LOWP_VERDICT_INCONSISTENT},
               {2e9 / 18.1e15, 1, &both, LOWP_MEASURED_IMPOSSIBLE_RATE, LOWP_VERDICT_INCONSISTENT},
               {2e9 / 9.1e15, 0, &dense, LOWP_MEASURED_IMPOSSIBLE_RATE, LOWP_VERDICT_INCONSISTENT},
               {2e9 / 9.1e15, 0, &sparse, LOWP_MEASURED_NO_PEAK, LOWP_VERDICT_UNVERIFIABLE},
               {2e9 / 19e15, 0, &sparse, LOWP_MEASURED_IMPOSSIBLE_RATE, LOWP_VERDICT_INCONSISTENT},
               {1, 0, &none, LOWP_MEASURED_NO_PEAK, LOWP_VERDICT_UNVERIFIABLE}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    lowp_measured_report r;
    lowp_measured_report_init(&r);
    assert_int_equal(
        lowp_measured_check_rate(1000, 1000, 1000, cases[i].seconds, cases[i].is_sparse, cases[i].peaks, &r), LOWP_OK);
    LOWP_CHECK(r.count == 1 && r.finding[0].kind == cases[i].kind && r.verdict == cases[i].verdict, "case %zu: %s", i,
               r.finding[0].text);
    assert_true(fabs(r.rate * cases[i].seconds / 2e9 - 1) < 1e-12);
  }
  lowp_measured_report r;
  lowp_measured_report_init(&r);
  assert_int_equal(lowp_measured_check_rate(1, 1, 1, 0, 0, &both, &r), LOWP_E_RANGE);
  assert_int_equal(lowp_measured_check_rate(1, 1, 1, (double)NAN, 0, &both, &r), LOWP_E_RANGE);
  assert_int_equal(r.count, 0);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(honest),
                                            cmocka_unit_test(own_kernels),
                                            cmocka_unit_test(other_rules),
                                            cmocka_unit_test(bf16_sold_as_narrow),
                                            cmocka_unit_test(other_narrow_format),
                                            cmocka_unit_test(skipped_blocks),
                                            cmocka_unit_test(skipped_tiles),
                                            cmocka_unit_test(outside_sample),
                                            cmocka_unit_test(pruned_weights),
                                            cmocka_unit_test(fp16_sums),
                                            cmocka_unit_test(declared_accumulator),
                                            cmocka_unit_test(trivial_inputs),
                                            cmocka_unit_test(wrong_outputs),
                                            cmocka_unit_test(rates)};
  return LOWP_SUITE_RUN("measured", tests);
}
