/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every scheme in every layout that writes it: quantize, export, write, open, import; the same planes and values come
 * back.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/rng.h"
#include "io/files.h"

#include <lowp/model.h>
#include <lowp/quant.h>
#include <stdlib.h>

typedef struct shape {
  size_t rank, size[4];
} shape;

static const shape shapes[] = {
    {2, {5, 256}},     /* whole blocks of every scheme */
    {2, {200, 300}},   /* ragged 128x128; misfits for the others */
    {2, {1, 128}},     /* one row */
    {2, {7, 33}},      /* odd */
    {3, {3, 4, 64}},   /* experts */
    {3, {2, 128, 32}}, /* experts with whole blocks of rows */
    {1, {96}},         {4, {2, 3, 2, 32}}, {2, {0, 64}}, {2, {4, 0}}, {3, {0, 2, 0}},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static char case_text[160]; /* which case runs, for messages */

static void must(lowp_status status, const lowp_error *error) {
  LOWP_CHECK(status == LOWP_OK, "%s: %d %s", case_text, (int)status, error->text);
}

/* Values over a wide range of scales, with negative ones, zeros and an outlier. */
static float *values(size_t n, uint64_t seed) {
  lowpt_rng rng = {seed};
  float *x = malloc((n + 1) * sizeof *x);
  assert_non_null(x);
  for (size_t i = 0; i < n; i++) {
    x[i] = (float)(lowpt_normal(&rng) * 0.02);
    if (lowpt_below(&rng, 50) == 0) x[i] *= 100.0f;
    if (lowpt_below(&rng, 20) == 0) x[i] = 0.0f;
  }
  return x;
}

static lowp_qtensor *quantized(lowp_scheme scheme, size_t rows, size_t cols, const float *x) {
  lowp_error error = {0};
  lowp_qtensor *q;
  must(lowp_qtensor_create(&q, scheme, rows, cols), &error);
  const lowp_view view = lowp_view_of(LOWP_F32, rows, cols, x);
  must(lowp_quantize(NULL, &view, q, &error), &error);
  return q;
}

static void same_planes(const lowp_qtensor *a, const lowp_qtensor *b, bool encode_only) {
  lowp_planes p;
  assert_int_equal(lowp_scheme_planes(a->scheme, a->rows, a->cols, &p), LOWP_OK);
  LOWP_CHECK(a->scheme == b->scheme && a->rows == b->rows && a->cols == b->cols, "%s: other sizes", case_text);
  for (size_t r = 0; r < a->rows; r++)
    LOWP_CHECK(memcmp(a->codes + r * a->codes_stride, b->codes + r * b->codes_stride, p.codes_stride) == 0,
               "%s: codes of row %zu", case_text, r);
  for (size_t r = 0; r < p.scale_rows; r++)
    LOWP_CHECK(memcmp(a->scales + r * a->scales_stride, b->scales + r * b->scales_stride, p.scales_stride) == 0,
               "%s: scales of row %zu", case_text, r);
  LOWP_CHECK(!p.zeros_bytes || memcmp(a->zeros, b->zeros, p.zeros_bytes) == 0, "%s: zero points", case_text);
  LOWP_CHECK(a->tensor_scale_inv == b->tensor_scale_inv, "%s: encode multiplier", case_text);
  const float expected = encode_only ? 1.0f / a->tensor_scale_inv : a->tensor_scale;
  LOWP_CHECK(expected == b->tensor_scale, "%s: decode multiplier", case_text);
}

/* What q stands for, with the tensor scale that a reader of this layout has. */
static float *decoded(const lowp_qtensor *q, bool encode_only) {
  lowp_error error = {0};
  lowp_qtensor copy = *q;
  if (encode_only) copy.tensor_scale = 1.0f / q->tensor_scale_inv;
  float *y = malloc((q->rows * q->cols + 1) * sizeof *y);
  assert_non_null(y);
  const lowp_view view = lowp_view_of(LOWP_F32, q->rows, q->cols, y);
  must(lowp_dequantize(&copy, &view, &error), &error);
  return y;
}

/* All bytes of a part, exported some rows at a time. */
static uint8_t *exported(const lowp_layout_plan *plan, size_t part, const lowp_qtensor *q, lowpt_rng *rng) {
  const lowp_part *p = &plan->parts[part];
  lowp_error error = {0};
  size_t bytes;
  assert_int_equal(lowp_dtype_bytes(p->dtype, p->rank, p->shape, &bytes), LOWP_OK);
  assert_int_equal(bytes, p->nbytes);
  assert_int_equal(p->rows * p->row_bytes, p->nbytes);
  uint8_t *out = malloc(p->nbytes + 1);
  assert_non_null(out);
  out[p->nbytes] = 0xa5;
  for (size_t r = 0, end; r < p->rows; r = end) {
    end = r + 1 + lowpt_below(rng, (uint32_t)(p->rows - r));
    must(lowp_layout_export(plan, part, q, r, end, out + r * p->row_bytes, &error), &error);
  }
  assert_int_equal(out[p->nbytes], 0xa5);
  return out;
}

/* A tensor of one scheme and layout. */
typedef struct item {
  lowp_layout_plan *plan;
  lowp_qtensor *q;
} item;

/* One safetensors file with all of them and a plain neighbour. */
static const char *write_file(size_t count, const item *items, bool metadata, lowpt_rng *rng) {
  lowp_error error = {0};
  lowp_tensor_spec specs[SHAPES * LOWP_PARTS_MAX + 1];
  lowp_pair pairs[SHAPES + 1] = {{LOWP_FORMAT_KEY, LOWP_FORMAT_VERSION}};
  size_t n = 0, described = 1;
  for (size_t k = 0; k < count; k++) {
    const lowp_layout_plan *plan = items[k].plan;
    for (size_t i = 0; i < plan->count; i++) {
      const lowp_part *p = &plan->parts[i];
      specs[n++] = (lowp_tensor_spec){p->name, p->dtype, p->rank, p->shape};
    }
    if (plan->metadata_key) pairs[described++] = (lowp_pair){plan->metadata_key, plan->metadata_value};
  }
  const size_t one = 1;
  specs[n] = (lowp_tensor_spec){"model.norm.weight", LOWP_DTYPE_F32, 1, &one};
  const lowp_write_options options = {
      .struct_size = sizeof options, .replace = 1, .metadata_count = metadata ? described : 0, .metadata = pairs};
  const char *path = lowpt_path("roundtrip.safetensors");
  lowp_writer *writer;
  must(lowp_writer_create(path, &options, n + 1, specs, &writer, &error), &error);
  must(lowp_writer_write(writer, n, 0, &(float){2.5f}, 4, &error), &error);
  for (size_t k = count; k-- > 0;) {
    for (size_t i = items[k].plan->count; i-- > 0;) {
      uint8_t *bytes = exported(items[k].plan, i, items[k].q, rng);
      must(lowp_writer_write(writer, --n, 0, bytes, items[k].plan->parts[i].nbytes, &error), &error);
      free(bytes);
    }
  }
  must(lowp_writer_commit(writer, &error), &error);
  return path;
}

static void read_one(lowp_model *model, const lowp_layout_plan *plan, const lowp_qtensor *q, bool may_be_other) {
  lowp_error error = {0};
  const bool encode_only = plan->layout == LOWP_LAYOUT_CT && plan->scheme == LOWP_SCHEME_NVFP4;
  const size_t i = lowp_model_find(model, plan->name);
  const lowp_model_tensor *t = lowp_model_get(model, i);
  LOWP_CHECK(t != NULL, "%s: not found", case_text);
  assert_string_equal(t->name, plan->name);
  LOWP_CHECK(t->rank == plan->rank && memcmp(t->shape, plan->shape, t->rank * sizeof *t->shape) == 0, "%s: shape",
             case_text);
  assert_int_equal(t->rows, plan->rows);
  assert_int_equal(t->cols, plan->cols);
  assert_int_equal(t->nbytes, plan->nbytes);
  const size_t n = plan->rows * plan->cols;
  LOWP_CHECK(t->bits_per_weight == (n ? 8.0 * (double)plan->nbytes / (double)n : 0.0), "%s: bits", case_text);
  if (lowp_scheme_info_of(plan->scheme)->family == LOWP_FAMILY_CAST) {
    assert_int_equal(t->scheme, LOWP_SCHEME_NONE);
    assert_int_equal(t->layout, LOWP_LAYOUT_NONE);
  } else if (t->scheme != plan->scheme) {
    LOWP_CHECK(may_be_other, "%s: recognised as %s", case_text, lowp_scheme_info_of(t->scheme)->name);
  } else {
    assert_int_equal(t->layout, plan->layout);
    const lowp_qtensor *back, *again;
    must(lowp_model_qtensor(model, i, &back, &error), &error);
    same_planes(q, back, encode_only);
    must(lowp_model_qtensor(model, i, &again, &error), &error);
    assert_ptr_equal(back, again);
  }
  float *expected = decoded(q, encode_only), *got = malloc((n + 1) * sizeof *got);
  for (int pass = 0; pass < 2; pass++) { /* the second imports again */
    const size_t middle = plan->rows / 3;
    must(lowp_model_load_rows(model, i, 0, middle, got, &error), &error);
    must(lowp_model_load_rows(model, i, middle, plan->rows, got + middle * plan->cols, &error), &error);
    LOWP_CHECK(memcmp(expected, got, n * sizeof *got) == 0, "%s: values", case_text);
    lowp_model_release(model, i);
  }
  assert_int_equal(lowp_model_load_rows(model, i, 0, plan->rows + 1, got, &error), LOWP_E_RANGE);
  free(expected);
  free(got);
}

/* One row: a scale for the row, for the tensor and for a block are the same thing, and only metadata tells which. */
static bool ambiguous(const lowp_layout_plan *plan) {
  return lowp_scheme_info_of(plan->scheme)->family == LOWP_FAMILY_SCALED && (plan->rows <= 1 || plan->cols == 0);
}

static void file_round_trip(size_t count, const item *items, bool metadata, lowpt_rng *rng) {
  lowp_error error = {0};
  lowp_file *file;
  lowp_model *model;
  must(lowp_file_open(write_file(count, items, metadata, rng), NULL, &file, &error), &error);
  must(lowp_model_open(file, NULL, &model, &error), &error);
  assert_int_equal(lowp_model_count(model), count + 1);
  for (size_t k = 0; k < count; k++) read_one(model, items[k].plan, items[k].q, !metadata && ambiguous(items[k].plan));
  float norm = 0.0f;
  must(lowp_model_load_rows(model, lowp_model_find(model, "model.norm.weight"), 0, 1, &norm, &error), &error);
  LOWP_CHECK(norm == 2.5f, "%s: the neighbour", case_text);
  lowp_model_close(model);
  lowp_file_close(file);
}

static void raw_round_trip(const lowp_layout_plan *plan, const lowp_qtensor *q, lowpt_rng *rng) {
  lowp_error error = {0};
  const lowp_write_options options = {.struct_size = sizeof options, .container = LOWP_CONTAINER_RAW, .replace = 1};
  for (size_t i = 0; i < plan->count; i++) {
    const lowp_part *p = &plan->parts[i];
    const lowp_tensor_spec spec = {"plane", p->dtype, p->rank, p->shape};
    lowp_writer *writer;
    must(lowp_writer_create(p->name, &options, 1, &spec, &writer, &error), &error);
    uint8_t *bytes = exported(plan, i, q, rng);
    must(lowp_writer_write(writer, 0, 0, bytes, p->nbytes, &error), &error);
    free(bytes);
    must(lowp_writer_commit(writer, &error), &error);
  }
  must(lowp_raw_save_sidecar(plan, q, &options, &error), &error);
  lowp_layout_plan *loaded_plan;
  lowp_qtensor *loaded;
  must(lowp_raw_load(lowpt_path("raw.json"), &loaded_plan, &loaded, &error), &error);
  same_planes(q, loaded, false);
  assert_string_equal(loaded_plan->name, plan->name);
  lowp_layout_plan_destroy(loaded_plan);
  lowp_qtensor_destroy(loaded);
}

/* Import from the exported bytes, into buffers that were not clean. */
static void direct_round_trip(const lowp_layout_plan *plan, const lowp_qtensor *q, lowpt_rng *rng) {
  lowp_error error = {0};
  uint8_t *bytes[LOWP_PARTS_MAX];
  lowp_planes p;
  assert_int_equal(lowp_scheme_planes(plan->scheme, plan->rows, plan->cols, &p), LOWP_OK);
  for (size_t i = 0; i < plan->count; i++) bytes[i] = exported(plan, i, q, rng);
  lowp_qtensor *back;
  must(lowp_qtensor_create(&back, plan->scheme, plan->rows, plan->cols), &error);
  memset(back->codes, 0xee, p.codes_bytes);
  memset(back->scales, 0xee, p.scales_bytes);
  must(lowp_layout_import(plan, (const void *const *)bytes, back, &error), &error);
  if (plan->layout == LOWP_LAYOUT_RAW) { /* its tensor scale is in the file that describes the planes */
    back->tensor_scale = q->tensor_scale;
    back->tensor_scale_inv = q->tensor_scale_inv;
  }
  same_planes(q, back, plan->layout == LOWP_LAYOUT_CT && plan->scheme == LOWP_SCHEME_NVFP4);
  lowp_qtensor_destroy(back);
  for (size_t i = 0; i < plan->count; i++) free(bytes[i]);
}

static bool whole_blocks(const lowp_scheme_info *scheme, const shape *s) {
  if (scheme->block_rows > 1) return s->rank < 3 || s->size[s->rank - 2] % scheme->block_rows == 0;
  return !scheme->block_cols || s->size[s->rank - 1] % scheme->block_cols == 0;
}

/* The tensor of one shape; false if the layout refuses it, as it should. */
static bool make(lowp_layout layout, lowp_scheme scheme, const shape *s, item *out) {
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  const size_t index = (size_t)(s - shapes);
  char name[80];
  const char *const pattern = layout == LOWP_LAYOUT_GPTOSS ? "block.%zu.mlp.mlp1_weight" : "model.%zu.up_proj.weight";
  if (layout == LOWP_LAYOUT_RAW)
    snprintf(name, sizeof name, "%s", lowpt_path("raw"));
  else
    snprintf(name, sizeof name, pattern, index);
  snprintf(case_text, sizeof case_text, "%s %s rank %zu [.., %zu, %zu]", lowp_layout_info_of(layout)->name, info->name,
           s->rank, s->rank > 1 ? s->size[s->rank - 2] : 1, s->size[s->rank - 1]);
  lowp_error error = {0};
  out->plan = NULL;
  const lowp_status status =
      lowp_layout_plan_create(layout, scheme, name, s->rank, s->size, "rules=of the test", &out->plan, &error);
  const bool padded = layout == LOWP_LAYOUT_LOWP || layout == LOWP_LAYOUT_RAW || info->family == LOWP_FAMILY_CAST;
  if (!padded && !whole_blocks(info, s)) {
    lowpt_says(&error, LOWP_E_CONSTRAINT, "--layout lowp");
    lowpt_says(&error, LOWP_E_CONSTRAINT, name);
    assert_null(out->plan);
    return false;
  }
  must(status, &error);
  float *x = values(out->plan->rows * out->plan->cols, index);
  out->q = quantized(scheme, out->plan->rows, out->plan->cols, x);
  free(x);
  return true;
}

static void all_shapes(lowp_layout layout, lowp_scheme scheme) {
  item items[SHAPES];
  size_t count = 0;
  lowpt_rng rng = {scheme};
  for (int s = 0; s < SHAPES; s++) count += make(layout, scheme, &shapes[s], &items[count]);
  LOWP_CHECK(count >= 5, "%s: only %zu shapes", case_text, count);
  for (size_t k = 0; k < count; k++) direct_round_trip(items[k].plan, items[k].q, &rng);
  if (layout == LOWP_LAYOUT_RAW) {
    raw_round_trip(items[3].plan, items[3].q, &rng);
  } else {
    file_round_trip(count, items, true, &rng);
    if (layout != LOWP_LAYOUT_LOWP) file_round_trip(count, items, false, &rng);
  }
  for (size_t k = 0; k < count; k++) {
    lowp_qtensor_destroy(items[k].q);
    lowp_layout_plan_destroy(items[k].plan);
  }
}

static void test_layout(void **state) {
  const lowp_layout layout = (lowp_layout)(uintptr_t)*state;
  for (int scheme = LOWP_SCHEME_NONE + 1; scheme < LOWP_SCHEME_COUNT; scheme++) {
    if (lowp_layout_supports(layout, (lowp_scheme)scheme)) {
      all_shapes(layout, (lowp_scheme)scheme);
      continue;
    }
    lowp_error error = {0};
    lowp_layout_plan *plan = NULL;
    assert_int_equal(
        lowp_layout_plan_create(layout, (lowp_scheme)scheme, "some.weight", 2, shapes[0].size, NULL, &plan, &error),
        LOWP_E_UNSUPPORTED);
    assert_null(plan);
    lowpt_says(&error, LOWP_E_UNSUPPORTED, "some.weight");
    lowpt_says(&error, LOWP_E_UNSUPPORTED, "--layout lowp");
  }
}

/* Which layout writes what: a change here is a change of what users can do. */
static void test_support(void **state) {
  (void)state;
  static const lowp_scheme ct[] = {LOWP_SCHEME_MXFP8_E4M3,     LOWP_SCHEME_MXFP4,       LOWP_SCHEME_NVFP4,
                                   LOWP_SCHEME_FP8_TENSOR,     LOWP_SCHEME_FP8_CHANNEL, LOWP_SCHEME_FP8_BLOCK128,
                                   LOWP_SCHEME_INT8_CHANNEL,   LOWP_SCHEME_INT8_TENSOR, LOWP_SCHEME_INT8_CHANNEL_ZP,
                                   LOWP_SCHEME_INT8_TENSOR_ZP, LOWP_SCHEME_BF16_CAST,   LOWP_SCHEME_FP16_CAST};
  for (int id = LOWP_SCHEME_NONE + 1; id < LOWP_SCHEME_COUNT; id++) {
    const lowp_scheme scheme = (lowp_scheme)id;
    bool listed = false;
    for (size_t i = 0; i < sizeof ct / sizeof *ct; i++) listed |= ct[i] == scheme;
    const bool cast = lowp_scheme_info_of(scheme)->family == LOWP_FAMILY_CAST;
    assert_int_equal(lowp_layout_supports(LOWP_LAYOUT_CT, scheme), listed);
    assert_int_equal(lowp_layout_ct_format(scheme) != NULL, listed && !cast);
    assert_int_equal(lowp_layout_supports(LOWP_LAYOUT_GPTOSS, scheme), cast || scheme == LOWP_SCHEME_MXFP4);
    assert_true(lowp_layout_supports(LOWP_LAYOUT_LOWP, scheme));
    assert_true(lowp_layout_supports(LOWP_LAYOUT_RAW, scheme));
    assert_false(lowp_layout_supports(LOWP_LAYOUT_MODELOPT, scheme));
    assert_false(lowp_layout_supports(LOWP_LAYOUT_DEEPSEEK, scheme));
    assert_false(lowp_layout_supports(LOWP_LAYOUT_NONE, scheme));
  }
  assert_false(lowp_layout_supports(LOWP_LAYOUT_LOWP, LOWP_SCHEME_NONE));
}

static void test_names(void **state) {
  (void)state;
  for (int id = LOWP_LAYOUT_NONE + 1; id < LOWP_LAYOUT_COUNT; id++) {
    const lowp_layout_info *info = lowp_layout_info_of((lowp_layout)id);
    assert_int_equal(info->id, id);
    assert_int_equal(lowp_layout_from_name(info->name), id);
  }
  assert_int_equal(lowp_layout_from_name("CT"), LOWP_LAYOUT_CT);
  assert_int_equal(lowp_layout_from_name("none"), LOWP_LAYOUT_NONE);
  assert_int_equal(lowp_layout_from_name(""), LOWP_LAYOUT_NONE);
  assert_int_equal(lowp_layout_from_name(NULL), LOWP_LAYOUT_NONE);
  assert_null(lowp_layout_info_of(LOWP_LAYOUT_NONE));
  assert_null(lowp_layout_info_of(LOWP_LAYOUT_COUNT));
}

/* What a file cannot hold is refused when it is exported. */
static void test_contents(void **state) {
  (void)state;
  lowp_error error = {0};
  const size_t size[] = {2, 16};
  lowp_layout_plan *plan;
  lowp_qtensor *q;
  uint8_t bytes[64];
  snprintf(case_text, sizeof case_text, "contents");
  must(lowp_layout_plan_create(LOWP_LAYOUT_CT, LOWP_SCHEME_INT8_CHANNEL_ZP, "a.weight", 2, size, NULL, &plan, &error),
       &error);
  must(lowp_qtensor_create(&q, LOWP_SCHEME_INT8_CHANNEL_ZP, 2, 16), &error);
  memcpy(q->zeros, (int32_t[]){-128, 128}, 8);
  must(lowp_layout_export(plan, 2, q, 0, 1, bytes, &error), &error);
  assert_int_equal(bytes[0], 0x80);
  assert_int_equal(lowp_layout_export(plan, 2, q, 0, 2, bytes, &error), LOWP_E_CONSTRAINT);
  lowpt_says(&error, LOWP_E_CONSTRAINT, "a.weight: the zero point of row 1 is 128");
  assert_int_equal(lowp_layout_export(plan, 3, q, 0, 1, bytes, &error), LOWP_E_RANGE);
  assert_int_equal(lowp_layout_export(plan, 2, q, 1, 3, bytes, &error), LOWP_E_RANGE);
  assert_int_equal(lowp_layout_export(plan, 2, q, 2, 1, bytes, &error), LOWP_E_RANGE);
  assert_int_equal(lowp_layout_export(plan, 2, q, 0, 1, NULL, &error), LOWP_E_ARGUMENT);
  q->rows = 1;
  assert_int_equal(lowp_layout_export(plan, 0, q, 0, 1, bytes, &error), LOWP_E_SHAPE);
  lowp_qtensor_destroy(q);
  lowp_layout_plan_destroy(plan);

  must(lowp_layout_plan_create(LOWP_LAYOUT_CT, LOWP_SCHEME_NVFP4, "a.weight", 2, size, NULL, &plan, &error), &error);
  must(lowp_qtensor_create(&q, LOWP_SCHEME_NVFP4, 2, 16), &error);
  static const float bad[] = {0.0f, -1.0f};
  for (int i = 0; i < 4; i++) {
    q->tensor_scale_inv = i < 2 ? bad[i] : 1.0f;
    q->tensor_scale = i == 2 ? (float)(1e38 * 1e38) : i == 3 ? (float)(1e38 * 1e38 * 0.0) : 1.0f;
    assert_int_equal(lowp_layout_export(plan, 2, q, 0, 1, bytes, &error), LOWP_E_CONSTRAINT);
    lowpt_says(&error, LOWP_E_CONSTRAINT, "a.weight: the tensor scale");
  }
  /* And refused when it is read. */
  const void *parts[] = {bytes, bytes + 16, (const float[]){0.0f}};
  memset(bytes, 0, sizeof bytes);
  assert_int_equal(lowp_layout_import(plan, parts, q, &error), LOWP_E_FORMAT);
  lowpt_says(&error, LOWP_E_FORMAT, "a.weight: the tensor scale is 0");
  parts[2] = NULL;
  assert_int_equal(lowp_layout_import(plan, parts, q, &error), LOWP_E_ARGUMENT);
  lowpt_says(&error, LOWP_E_ARGUMENT, "a.weight_global_scale");
  lowp_qtensor_destroy(q);
  lowp_layout_plan_destroy(plan);
}

static void test_refusals(void **state) {
  (void)state;
  lowp_error error = {0};
  lowp_layout_plan *plan = NULL;
  const size_t size[] = {1, 1, 1, 1, 1, 1, 1, 1, 32}, huge[] = {SIZE_MAX / 2, 3, 32};
  static const struct {
    lowp_layout layout;
    lowp_scheme scheme;
    size_t rank;
    lowp_status status;
  } cases[] = {
      {LOWP_LAYOUT_NONE, LOWP_SCHEME_MXFP4, 2, LOWP_E_ARGUMENT},
      {LOWP_LAYOUT_COUNT, LOWP_SCHEME_MXFP4, 2, LOWP_E_ARGUMENT},
      {LOWP_LAYOUT_CT, LOWP_SCHEME_NONE, 2, LOWP_E_ARGUMENT},
      {LOWP_LAYOUT_LOWP, LOWP_SCHEME_COUNT, 2, LOWP_E_ARGUMENT},
      {LOWP_LAYOUT_LOWP, LOWP_SCHEME_MXFP4, 0, LOWP_E_UNSUPPORTED},
      {LOWP_LAYOUT_LOWP, LOWP_SCHEME_MXFP4, 9, LOWP_E_UNSUPPORTED},
      {LOWP_LAYOUT_MODELOPT, LOWP_SCHEME_NVFP4, 2, LOWP_E_UNSUPPORTED},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(
        lowp_layout_plan_create(cases[i].layout, cases[i].scheme, "w", cases[i].rank, size, NULL, &plan, &error),
        cases[i].status);
    lowpt_says(&error, cases[i].status, "w: ");
  }
  for (int layout = LOWP_LAYOUT_CT; layout <= LOWP_LAYOUT_RAW; layout++)
    assert_int_equal(lowp_layout_plan_create((lowp_layout)layout, LOWP_SCHEME_MXFP4, "w", 3, huge, NULL, &plan, &error),
                     LOWP_E_SHAPE);
  assert_int_equal(lowp_layout_plan_create(LOWP_LAYOUT_CT, LOWP_SCHEME_MXFP4, NULL, 2, size, NULL, &plan, &error),
                   LOWP_E_ARGUMENT);
  assert_int_equal(lowp_layout_plan_create(LOWP_LAYOUT_LOWP, LOWP_SCHEME_MXFP4, "w", 2, size, "a\nb", &plan, &error),
                   LOWP_E_ARGUMENT);
  assert_null(plan);
}

/* The exact parts and metadata of a few tensors, as docs/layouts.md has them. */
static void test_parts(void **state) {
  (void)state;
  static const struct {
    lowp_layout layout;
    lowp_scheme scheme;
    shape shape;
    const char *text;
  } cases[] = {
      {LOWP_LAYOUT_CT,
       LOWP_SCHEME_NVFP4,
       {2, {64, 96}},
       "X.weight_packed U8 64x48; X.weight_scale F8_E4M3 64x6; X.weight_global_scale F32 1; ct nvfp4 64x96 r"},
      {LOWP_LAYOUT_CT,
       LOWP_SCHEME_FP8_BLOCK128,
       {2, {130, 100}},
       "X.weight F8_E4M3 130x100; X.weight_scale F32 2x1; ct fp8-block 130x100 r"},
      {LOWP_LAYOUT_CT,
       LOWP_SCHEME_INT8_TENSOR_ZP,
       {2, {4, 8}},
       "X.weight I8 4x8; X.weight_scale F32 1; X.weight_zero_point I8 1; ct int8-tensor-asym 4x8 r"},
      {LOWP_LAYOUT_GPTOSS,
       LOWP_SCHEME_MXFP4,
       {3, {2, 6, 64}},
       "X.weight_blocks U8 2x6x2x16; X.weight_scales U8 2x6x2; gptoss mxfp4 2x6x64 r"},
      {LOWP_LAYOUT_LOWP, LOWP_SCHEME_HIF4, {2, {3, 70}}, "X.weight U8 3x64; X.weight_scale U8 3x2x4; lowp hif4 3x70 r"},
      {LOWP_LAYOUT_LOWP,
       LOWP_SCHEME_NVFP4,
       {2, {3, 70}},
       "X.weight U8 3x40; X.weight_scale F8_E4M3 3x5; X.weight_tensor_scale F32 2; lowp nvfp4 3x70 r"},
      {LOWP_LAYOUT_LOWP,
       LOWP_SCHEME_MXFP6_E2M3,
       {2, {3, 33}},
       "X.weight U8 3x48; X.weight_scale U8 3x2; lowp mxfp6 3x33 r"},
      {LOWP_LAYOUT_LOWP,
       LOWP_SCHEME_INT8_CHANNEL_OFFSET,
       {2, {3, 5}},
       "X.weight I8 3x5; X.weight_scale F32 3x1; X.weight_zero_point F32 3x1; lowp int8-offset 3x5 r"},
      {LOWP_LAYOUT_LOWP, LOWP_SCHEME_BF16_CAST, {2, {3, 5}}, "X.weight BF16 3x5"},
      {LOWP_LAYOUT_RAW,
       LOWP_SCHEME_INT4_G32,
       {2, {3, 32}},
       "X.weight.codes.bin U8 3x16; X.weight.scales.bin F16 3x1; raw int4-g32 3x32 r"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    lowp_error error = {0};
    lowp_layout_plan *plan;
    char text[300];
    size_t used = 0;
    snprintf(case_text, sizeof case_text, "%s", cases[i].text);
    must(lowp_layout_plan_create(cases[i].layout, cases[i].scheme, "X.weight", cases[i].shape.rank, cases[i].shape.size,
                                 "r", &plan, &error),
         &error);
    for (size_t k = 0; k < plan->count; k++) {
      const lowp_part *p = &plan->parts[k];
      used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s ", k ? "; " : "", p->name,
                               lowp_dtype_name(p->dtype));
      for (size_t d = 0; d < p->rank; d++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%zu", d ? "x" : "", p->shape[d]);
    }
    if (plan->metadata_key) {
      assert_string_equal(plan->metadata_key, "lowp.tensor.X.weight");
      snprintf(text + used, sizeof text - used, "; %s", plan->metadata_value);
    }
    assert_string_equal(text, cases[i].text);
    lowp_layout_plan_destroy(plan);
  }
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(test_layout, (void *)LOWP_LAYOUT_CT),
      cmocka_unit_test_prestate(test_layout, (void *)LOWP_LAYOUT_GPTOSS),
      cmocka_unit_test_prestate(test_layout, (void *)LOWP_LAYOUT_LOWP),
      cmocka_unit_test_prestate(test_layout, (void *)LOWP_LAYOUT_RAW),
      cmocka_unit_test(test_support),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_contents),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_parts),
  };
  return LOWP_SUITE_RUN("layouts: round trips", tests);
}
