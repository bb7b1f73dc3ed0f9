/* SPDX-License-Identifier: Apache-2.0 */
/* What a model makes of names, dtypes and shapes: groups, plain tensors, and everything that is neither. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "io/files.h"

#include <lowp/model.h>
#include <stdlib.h>

/*
 * A safetensors file from a line such as "X.weight I8 2x4; X.weight_scale F32 2x1", a scalar having the shape "-".
 * `metadata` is the inside of the __metadata__ object.
 */
static const char *put(const char *file, const char *tensors, const char *metadata) {
  char json[4000], line[1000];
  size_t used = (size_t)snprintf(json, sizeof json, "{\"__metadata__\":{%s}", metadata ? metadata : ""), payload = 0;
  snprintf(line, sizeof line, "%s", tensors);
  for (char *next, *item = strtok_r(line, ";", &next); item; item = strtok_r(NULL, ";", &next)) {
    char name[120], dtype[20], shape[60];
    size_t sizes[10], rank = 0, bytes;
    assert_int_equal(sscanf(item, " %119s %19s %59s", name, dtype, shape), 3);
    used += (size_t)snprintf(json + used, sizeof json - used, ",\"%s\":{\"dtype\":\"%s\",\"shape\":[", name, dtype);
    for (char *end, *at = shape; *at && *at != '-'; at = *end ? end + 1 : end) {
      sizes[rank++] = strtoull(at, &end, 10);
      used += (size_t)snprintf(json + used, sizeof json - used, "%s%zu", rank > 1 ? "," : "", sizes[rank - 1]);
    }
    assert_int_equal(lowp_dtype_bytes(lowp_dtype_from_name(dtype), rank, sizes, &bytes), LOWP_OK);
    used +=
        (size_t)snprintf(json + used, sizeof json - used, "],\"data_offsets\":[%zu,%zu]}", payload, payload + bytes);
    payload += bytes;
  }
  snprintf(json + used, sizeof json - used, "}");
  return lowpt_put_safetensors(file, json, payload);
}

static lowp_status open_model(lowp_file *file, const char *config, int keep, lowp_model **model, lowp_error *error) {
  const lowp_model_options options = {.struct_size = sizeof options, .config = config, .keep_problems = keep};
  *error = (lowp_error){0};
  *model = NULL;
  return lowp_model_open(file, &options, model, error);
}

/* "X.weight=ct/mxfp4 [2,64] U8 X.weight_packed X.weight_scale; ..." */
static void describe(const lowp_file *file, const lowp_model *model, char *text, size_t room) {
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; i < lowp_model_count(model); i++) {
    const lowp_model_tensor *t = lowp_model_get(model, i);
    used += (size_t)snprintf(text + used, room - used, "%s%s=", i ? "; " : "", t->name);
    if (t->problem) {
      used += (size_t)snprintf(text + used, room - used, "PROBLEM");
      continue;
    }
    if (t->scheme) {
      used += (size_t)snprintf(text + used, room - used, "%s/%s ", lowp_layout_info_of(t->layout)->name,
                               lowp_scheme_info_of(t->scheme)->name);
    }
    for (size_t d = 0; d < t->rank; d++)
      used += (size_t)snprintf(text + used, room - used, "%s%zu", d ? "x" : "", t->shape[d]);
    used += (size_t)snprintf(text + used, room - used, "%s%s", t->rank ? " " : "", lowp_dtype_name(t->dtype));
    for (size_t p = 1; p < t->count; p++)
      used += (size_t)snprintf(text + used, room - used, " +%s", lowp_file_get(file, t->parts[p].file_index)->name);
  }
}

/* The model of these tensors is described so. */
static void reads(const char *tensors, const char *metadata, const char *config, const char *expected) {
  lowp_error error;
  lowp_model *model;
  lowp_file *file = lowpt_open(put("reads.safetensors", tensors, metadata), NULL);
  const lowp_status status = open_model(file, config, 0, &model, &error);
  LOWP_CHECK(status == LOWP_OK, "%s: %s", tensors, error.text);
  char text[1000];
  describe(file, model, text, sizeof text);
  assert_string_equal(text, expected);
  lowp_model_close(model);
  lowp_file_close(file);
}

/* Opening fails, and with keep_problems the tensor that it names is listed as one. */
static void fails(const char *tensors, const char *metadata, const char *config, lowp_status status, const char *name,
                  const char *words) {
  lowp_error error;
  lowp_model *model;
  lowp_file *file = lowpt_open(put("fails.safetensors", tensors, metadata), NULL);
  const lowp_status got = open_model(file, config, 0, &model, &error);
  LOWP_CHECK(got == status, "%s: status %d, %s", tensors, (int)got, error.text);
  assert_null(model);
  lowpt_says(&error, status, words);
  if (*name) {
    lowpt_says(&error, status, name);
    assert_int_equal(open_model(file, config, 1, &model, &error), LOWP_OK);
    const size_t i = lowp_model_find(model, name);
    const lowp_model_tensor *t = lowp_model_get(model, i);
    LOWP_CHECK(t && t->problem, "%s: %s is no problem", tensors, name);
    LOWP_CHECK(strstr(t->problem, words) != NULL, "%s: %s", metadata ? metadata : tensors, t->problem);
    assert_int_equal(t->scheme, LOWP_SCHEME_NONE);
    const lowp_qtensor *q = NULL;
    float x;
    assert_int_equal(lowp_model_qtensor(model, i, &q, &error), LOWP_E_FORMAT);
    assert_int_equal(lowp_model_load_rows(model, i, 0, 1, &x, &error), LOWP_E_FORMAT);
    lowpt_says(&error, LOWP_E_FORMAT, name);
    lowp_model_release(model, i);
    /* Every file tensor is in one logical tensor at most. */
    size_t parts = 0;
    for (size_t k = 0; k < lowp_model_count(model); k++) parts += lowp_model_get(model, k)->count;
    assert_true(parts <= lowp_file_count(file));
    lowp_model_close(model);
  }
  lowp_file_close(file);
}

static void test_groups(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"X.weight_packed U8 2x32; X.weight_scale U8 2x2; X.bias BF16 2",
       "X.bias=2 BF16; X.weight=ct/mxfp4 2x64 U8 +X.weight_scale"},
      {"X.weight_packed U8 2x32; X.weight_scale F8_E4M3 2x4; X.weight_global_scale F32 1; X.input_global_scale F32 1",
       "X.input_global_scale=1 F32; X.weight=ct/nvfp4 2x64 U8 +X.weight_scale +X.weight_global_scale"},
      {"X.weight I8 3x5; X.weight_scale F32 3x1", "X.weight=ct/w8a8 3x5 I8 +X.weight_scale"},
      {"X.weight I8 3x5; X.weight_scale F16 1", "X.weight=ct/int8-tensor 3x5 I8 +X.weight_scale"},
      {"X.weight I8 3x5; X.weight_scale BF16 3x1; X.weight_zero_point I8 3x1",
       "X.weight=ct/int8-asym 3x5 I8 +X.weight_scale +X.weight_zero_point"},
      {"X.weight F8_E4M3 3x5; X.weight_scale F32 1", "X.weight=ct/fp8-tensor 3x5 F8_E4M3 +X.weight_scale"},
      {"X.weight F8_E4M3 3x5; X.weight_scale F32 3", "X.weight=ct/fp8 3x5 F8_E4M3 +X.weight_scale"},
      {"X.weight F8_E4M3 130x5; X.weight_scale F32 2x1", "X.weight=ct/fp8-block 130x5 F8_E4M3 +X.weight_scale"},
      {"X.weight F8_E4M3 3x64; X.weight_scale U8 3x2", "X.weight=ct/mxfp8 3x64 F8_E4M3 +X.weight_scale"},
      {"X.weight F8_E4M3 2x256x4; X.weight_scale F32 2x2x1", "X.weight=ct/fp8-block 2x256x4 F8_E4M3 +X.weight_scale"},
      {"e.up_blocks U8 4x8x3x16; e.up_scales U8 4x8x3; e.up_bias BF16 4x8",
       "e.up=gptoss/mxfp4 4x8x96 U8 +e.up_scales; e.up_bias=4x8 BF16"},
      {"b.mlp1_weight.blocks U8 8x3x16; b.mlp1_weight.scales U8 8x3; b.mlp1_bias BF16 8",
       "b.mlp1_bias=8 BF16; b.mlp1_weight=gptoss/mxfp4 8x96 U8 +b.mlp1_weight.scales"},
      {"X.weight U8 2x16; X.weight_scale F8_E4M3 2x2; X.weight_scale_2 F32 -",
       "X.weight=modelopt/nvfp4 2x32 U8 +X.weight_scale +X.weight_scale_2"},
      {"X.weight F8_E4M3 3x5; X.weight_scale_inv F32 1x1",
       "X.weight=deepseek/fp8-block 3x5 F8_E4M3 +X.weight_scale_inv"},
      /* One row: by default the scale belongs to it. */
      {"X.weight F8_E4M3 1x5; X.weight_scale F32 1x1", "X.weight=ct/fp8 1x5 F8_E4M3 +X.weight_scale"},
      /* Names that only sound like parts. */
      {"logit_scale F32 -; layer.scales F32 4; pos_scale F32 2; num_blocks I64 -; conv_packed F32 2x2; a_shape I64 2",
       "a_shape=2 I64; conv_packed=2x2 F32; layer.scales=4 F32; logit_scale=F32; num_blocks=I64; pos_scale=2 F32"},
      {"emb F32 2x2; emb_scale F32 2x1; ids I8 4; mask BOOL 4; X.weight F8_E4M3 2x2; Y.weight U8 4x4",
       "X.weight=2x2 F8_E4M3; Y.weight=4x4 U8; emb=2x2 F32; emb_scale=2x1 F32; ids=4 I8; mask=4 BOOL"},
      {"X.weight_packed U8 0x32; X.weight_scale U8 0x2", "X.weight=ct/mxfp4 0x64 U8 +X.weight_scale"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) reads(cases[i][0], NULL, "", cases[i][1]);
}

static void test_broken_groups(void **state) {
  (void)state;
  static const struct {
    const char *tensors;
    lowp_status status;
    const char *name, *words;
  } cases[] = {
      {"X.weight_packed U8 2x16", LOWP_E_FORMAT, "X.weight", "without its scale"},
      {"X.weight_packed U8 2x16; X.weight_scale U8 2x2", LOWP_E_FORMAT, "X.weight", "fit no known layout"},
      {"X.weight_packed U8 2x16; X.weight_scale F8_E4M3 2x2", LOWP_E_FORMAT, "X.weight", "_scale F8_E4M3 [2, 2]"},
      {"X.weight_packed U8 2x16; X.weight_scale U8 2x1; X.weight_global_scale F32 1", LOWP_E_FORMAT, "X.weight",
       "_global_scale F32 [1]"},
      {"X.weight_packed U8 2x8; X.weight_scale F8_E4M3 2x1; X.weight_global_scale F64 1", LOWP_E_FORMAT, "X.weight",
       "fit no known layout"},
      {"X.weight_packed U8 2x8; X.weight_scale F8_E4M3 2x1; X.weight_global_scale F32 2", LOWP_E_FORMAT, "X.weight",
       "fit no known layout"},
      {"X.weight_packed I8 2x16; X.weight_scale U8 2x1", LOWP_E_FORMAT, "X.weight", "_packed I8 [2, 16]"},
      {"X.weight_packed U8 -; X.weight_scale U8 2x1", LOWP_E_FORMAT, "X.weight", "fit no known layout"},
      {"X.weight_packed I32 2x4; X.weight_scale BF16 2x1; X.weight_shape I64 2", LOWP_E_UNSUPPORTED, "X.weight",
       "32-bit words"},
      {"X.weight_scale F32 2x1", LOWP_E_FORMAT, "X.weight_scale", "without the quantized tensor"},
      {"X.weight_scale_inv F32 2x1", LOWP_E_FORMAT, "X.weight_scale_inv", "without the quantized tensor"},
      {"X.weight_zero_point I8 2x1; Y.weight BF16 2x2", LOWP_E_FORMAT, "X.weight_zero_point", "without"},
      {"X.weight BF16 2x4; X.weight_scale F32 2x1", LOWP_E_FORMAT, "X.weight", "BF16 [2, 4]"},
      {"X.weight I8 2x4; X.weight_scale F32 3x1", LOWP_E_FORMAT, "X.weight", "fit no known layout"},
      {"X.weight I8 2x4; X.weight_scale I32 2x1", LOWP_E_FORMAT, "X.weight", "fit no known layout"},
      {"X.weight I8 2x4; X.weight_scale F32 2x2", LOWP_E_FORMAT, "X.weight", "fit no known layout"},
      {"X.weight I8 2x4; X.weight_zero_point I8 2x1", LOWP_E_FORMAT, "X.weight", "fit no known layout"},
      {"X.weight F8_E5M2 2x4; X.weight_scale F32 2x1", LOWP_E_FORMAT, "X.weight", "fit no known layout"},
      {"X.weight F8_E4M3 200x4; X.weight_scale F32 1x1", LOWP_E_FORMAT, "X.weight", "fit no known layout"},
      {"X.weight F8_E4M3 2x200x4; X.weight_scale F32 4x1", LOWP_E_FORMAT, "X.weight", "fit no known layout"},
      {"X.weight U8 2x16; X.weight_scale F8_E4M3 2x2", LOWP_E_FORMAT, "X.weight", "fit no known layout"},
      {"X.weight I8 2x16; X.scale F8_E8M0 2x1", LOWP_E_UNSUPPORTED, "X.weight", "DeepSeek V4"},
      {"e.up_blocks U8 2x1x16", LOWP_E_FORMAT, "e.up", "without its scale"},
      {"e.up_blocks U8 2x1x16; e.up_scales U8 2x2", LOWP_E_FORMAT, "e.up", "fit no known layout"},
      {"e.up_blocks U8 2x1x8; e.up_scales U8 2x1", LOWP_E_FORMAT, "e.up", "fit no known layout"},
      {"e.up_scales U8 2x1", LOWP_E_FORMAT, "e.up_scales", "without the quantized tensor"},
      {"X.qweight I32 4x4; X.scales F16 1x4", LOWP_E_UNSUPPORTED, "X.qweight", "GPTQ"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fails(cases[i].tensors, NULL, "", cases[i].status, cases[i].name, cases[i].words);
    /* It does not matter what else is in the file. */
    char more[400];
    snprintf(more, sizeof more, "A.weight I8 2x2; A.weight_scale F32 2x1; %s; z BF16 2", cases[i].tensors);
    fails(more, NULL, "", cases[i].status, cases[i].name, cases[i].words);
  }
}

#define FORMAT "\"lowp.format\":\"1\","

static void test_metadata(void **state) {
  (void)state;
  reads("a U8 2x32; a_scale U8 2x1x4", FORMAT "\"lowp.tensor.a\":\"lowp hif4 2x60 round=rne any words\"", "",
        "a=lowp/hif4 2x60 U8 +a_scale");
  reads("a.weight F8_E4M3 1x5; a.weight_scale F32 1x1", FORMAT "\"lowp.tensor.a.weight\":\"ct fp8-block 1x5\"", "",
        "a.weight=ct/fp8-block 1x5 F8_E4M3 +a.weight_scale");
  reads("X.weight U8 2x32; X.weight_scale U8 2x1x4; b F32 1", FORMAT "\"lowp.tensor.X.weight\":\"LOWP HIF4 2x60\"", "",
        "X.weight=lowp/hif4 2x60 U8 +X.weight_scale; b=1 F32");
  reads("a BF16 2x3", FORMAT "\"lowp.tensor.a\":\"lowp bf16 2x3\"", "", "a=lowp/bf16 2x3 BF16");
  static const struct {
    const char *tensors, *metadata, *name, *words;
  } cases[] = {
      {"a U8 2x32; a_scale U8 2x1x4", FORMAT "\"lowp.tensor.a\":\"lowp hif4\"", "a", "is no layout, scheme and shape"},
      {"a U8 2x32; a_scale U8 2x1x4", FORMAT "\"lowp.tensor.a\":\"\"", "a", "is no layout, scheme and shape"},
      {"a U8 2x32; a_scale U8 2x1x4", FORMAT "\"lowp.tensor.a\":\"lowp hif5 2x60\"", "a", "is no layout"},
      {"a U8 2x32; a_scale U8 2x1x4", FORMAT "\"lowp.tensor.a\":\"raw hif4 2x60\"", "a", "is no layout"},
      {"a U8 2x32; a_scale U8 2x1x4", FORMAT "\"lowp.tensor.a\":\"lowp hif4 2x\"", "a", "is no layout"},
      {"a U8 2x32; a_scale U8 2x1x4", FORMAT "\"lowp.tensor.a\":\"lowp hif4 2x-60\"", "a", "is no layout"},
      {"a U8 2x32; a_scale U8 2x1x4", FORMAT "\"lowp.tensor.a\":\"lowp hif4 1x1x1x1x1x1x1x2x60\"", "a", "is no layout"},
      {"a U8 2x32", FORMAT "\"lowp.tensor.a\":\"lowp hif4 99999999999999999999x60\"", "a", "is no layout"},
      {"a U8 2x32", FORMAT "\"lowp.tensor.a\":\"lowp hif4 9999999999x9999999999x64\"", "a", "overflows"},
      {"a U8 2x32", FORMAT "\"lowp.tensor.a\":\"lowp hif4 18446744073709551615\"", "a", "overflows"},
      {"a U8 2x32", FORMAT "\"lowp.tensor.a\":\"ct hif4 2x64\"", "a", "has no form for hif4"},
      {"a U8 2x32", FORMAT "\"lowp.tensor.a\":\"lowp hif4 2x60\"", "a", "there is no tensor a_scale"},
      {"a_scale U8 2x1x4", FORMAT "\"lowp.tensor.a\":\"lowp hif4 2x60\"", "a", "there is no tensor a"},
      {"b F32 1", FORMAT "\"lowp.tensor.a\":\"lowp hif4 2x60\"", "a", "there is no tensor a"},
      {"b F32 1", FORMAT "\"lowp.tensor.\":\"lowp hif4 2x60\"", "", "there is no tensor"},
      {"a U8 2x32; a_scale U8 2x1x4", FORMAT "\"lowp.tensor.a\":\"lowp hif4 2x70\"", "a",
       "U8 [2, 32] instead of U8 [2, 64]"},
      {"a U8 2x32; a_scale I8 2x1x4", FORMAT "\"lowp.tensor.a\":\"lowp hif4 2x60\"", "a", "I8 [2, 1, 4] instead of U8"},
      {"a U8 2x32; a_scale U8 2x1x4",
       FORMAT "\"lowp.tensor.a\":\"lowp hif4 2x60\",\"lowp.tensor.a_scale\":\"lowp hif4 2x60\"", "a_scale",
       "belongs to two tensors"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    fails(cases[i].tensors, cases[i].metadata, "", LOWP_E_FORMAT, cases[i].name, cases[i].words);
  fails("a U8 1", "\"lowp.format\":\"2\"", "", LOWP_E_UNSUPPORTED, "", "lowp.format is \"2\"");
  fails("a U8 1", "\"lowp.tensor.a\":\"lowp hif4 2x60\"", "", LOWP_E_FORMAT, "", "without lowp.format");
  /* What one tensor has taken is not there for another. */
  fails("X.weight I8 3x5; X.weight_scale BF16 3x1; X.weight_zero_point I8 3x1",
        FORMAT "\"lowp.tensor.X.weight_scale\":\"lowp bf16 3x1\"", "", LOWP_E_FORMAT, "X.weight",
        "fit no known layout");
  /* A name that two kinds of tensor claim. */
  fails("a F32 1; a_packed U8 2x16; a_scale U8 2x1", FORMAT "\"lowp.tensor.a\":\"ct mxfp4 2x32\"", "", LOWP_E_FORMAT,
        "", "a: stored twice");
}

/* The sizes, the rules, and finding. */
static void test_fields(void **state) {
  (void)state;
  lowp_error error;
  lowp_model *model;
  lowp_file *file =
      lowpt_open(put("fields.safetensors", "a U8 2x3x32; a_scale U8 2x3x1x4; b F32 -; c I16 4; d F32 2x0x3",
                     FORMAT "\"lowp.tensor.a\":\"lowp hif4 2x3x60 round=rne any words\""),
                 NULL);
  assert_int_equal(open_model(file, NULL, 0, &model, &error), LOWP_OK);
  const lowp_model_tensor *a = lowp_model_get(model, 0), *b = lowp_model_get(model, 1), *d = lowp_model_get(model, 3);
  assert_string_equal(a->rules, "round=rne any words");
  assert_int_equal(a->rows, 6);
  assert_int_equal(a->cols, 60);
  assert_int_equal(a->count, 2);
  assert_int_equal(a->parts[0].role, LOWP_PART_CODES);
  assert_int_equal(a->parts[1].role, LOWP_PART_SCALES);
  assert_int_equal(a->nbytes, 6 * 36);
  assert_true(a->bits_per_weight == 8.0 * 36 / 60);
  assert_null(b->rules);
  assert_int_equal(b->rows * b->cols, 1);
  assert_int_equal(d->rows, 0);
  assert_int_equal(d->cols, 3);
  assert_true(d->bits_per_weight == 0.0);
  assert_int_equal(lowp_model_find(model, "c"), 2);
  assert_int_equal(lowp_model_find(model, "a_scale"), SIZE_MAX);
  assert_int_equal(lowp_model_find(model, NULL), SIZE_MAX);
  assert_null(lowp_model_get(model, 4));
  const lowp_qtensor *q;
  float x[4];
  assert_int_equal(lowp_model_qtensor(model, 1, &q, &error), LOWP_E_ARGUMENT);
  lowpt_says(&error, LOWP_E_ARGUMENT, "b: a plain tensor");
  assert_int_equal(lowp_model_qtensor(model, 9, &q, &error), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_model_qtensor(model, 0, NULL, &error), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_model_load_rows(model, 2, 1, 0, x, &error), LOWP_E_RANGE);
  assert_int_equal(lowp_model_load_rows(model, 2, 0, 2, x, &error), LOWP_E_RANGE);
  assert_int_equal(lowp_model_load_rows(model, 2, 0, 1, NULL, &error), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_model_load_rows(model, 3, 0, 0, NULL, &error), LOWP_OK);
  assert_int_equal(lowp_model_load_rows(model, 2, 0, 1, x, &error), LOWP_OK);
  lowp_model_release(model, 99);
  lowp_model_close(model);
  lowp_file_close(file);
  file = lowpt_open(put("c64.safetensors", "a C64 2", NULL), NULL);
  assert_int_equal(open_model(file, NULL, 0, &model, &error), LOWP_OK);
  assert_int_equal(lowp_model_load_rows(model, 0, 0, 1, x, &error), LOWP_E_UNSUPPORTED);
  lowpt_says(&error, LOWP_E_UNSUPPORTED, "a: values of type C64");
  lowp_model_close(model);
  lowp_file_close(file);
  lowp_model_close(NULL);
  assert_int_equal(lowp_model_count(NULL), 0);
  assert_int_equal(lowp_model_open(NULL, NULL, &model, &error), LOWP_E_ARGUMENT);
}

/* What is stored may be of the right type and yet not be a scale. */
static void test_contents(void **state) {
  (void)state;
  lowp_error error;
  lowp_model *model;
  /* The payload counts up from 0, so the eight codes of one row, the scale 08 and the global scale 0c0b0a09 follow. */
  lowp_file *file =
      lowpt_open(put("contents.safetensors",
                     "X.weight_packed U8 1x8; X.weight_scale F8_E4M3 1x1; X.weight_global_scale F32 1", NULL),
                 NULL);
  assert_int_equal(open_model(file, NULL, 0, &model, &error), LOWP_OK);
  const lowp_qtensor *q;
  assert_int_equal(lowp_model_qtensor(model, 0, &q, &error), LOWP_OK);
  const uint32_t bits = 0x0c0b0a09;
  assert_memory_equal(&q->tensor_scale_inv, &bits, 4);
  assert_int_equal(q->scales[0], 8);
  assert_ptr_equal(q->codes, lowp_file_get(file, lowp_file_find(file, "X.weight_packed"))->data); /* borrowed */
  lowp_model_close(model);
  lowp_file_close(file);
}

static void test_config(void **state) {
  (void)state;
  lowpt_mkdir("model");
  const char *const ct = lowpt_put_text(
      "model/config.json", "{\"quantization_config\":{\"quant_method\":\"compressed-tensors\","
                           "\"config_groups\":{\"group_0\":{\"targets\":[\"Linear\"],\"weights\":{\"num_bits\":8,"
                           "\"type\":\"float\",\"strategy\":\"block\",\"block_structure\":[128,128]}}}}}");
  reads("X.weight F8_E4M3 1x5; X.weight_scale F32 1x1", NULL, ct, "X.weight=ct/fp8-block 1x5 F8_E4M3 +X.weight_scale");
  /* Exact patterns are not overruled. */
  reads("X.weight I8 3x5; X.weight_scale F32 3x1; Y.weight BF16 2x2", NULL, ct,
        "X.weight=ct/w8a8 3x5 I8 +X.weight_scale; Y.weight=2x2 BF16");
  fails("X.weight F8_E4M3 2x5", NULL, ct, LOWP_E_FORMAT, "X.weight", "without a scale");
  fails("X.weight I8 2x5; Y.weight BF16 2x2", NULL, ct, LOWP_E_FORMAT, "X.weight", "compressed-tensors");
  reads("norm.weight I8 5", NULL, ct, "norm.weight=5 I8");
  const char *const gptq = lowpt_put_text("gptq.json", "{\"quantization_config\":{\"quant_method\":\"gptq\"}}");
  fails("X.weight BF16 2x5", NULL, gptq, LOWP_E_UNSUPPORTED, "", "quant_method \"gptq\"");
  fails("X.weight BF16 2x5", NULL, lowpt_put_text("bad.json", "{\"a\":}"), LOWP_E_FORMAT, "", "not valid JSON");
  fails("X.weight BF16 2x5", NULL, lowpt_path("absent.json"), LOWP_E_IO, "", "absent.json");
  static const char *const odd[] = {"[]", "{}", "{\"quantization_config\":null}", "{\"quantization_config\":[1]}"};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
    reads("X.weight I8 2x5", NULL, lowpt_put_text("odd.json", odd[i]), "X.weight=2x5 I8");
  /* The directory's own config.json is found, and may be left aside. */
  lowp_error error;
  lowp_model *model;
  lowp_file *file = lowpt_open(put("model/model.safetensors", "X.weight F8_E4M3 2x5", NULL), NULL);
  assert_int_equal(open_model(file, NULL, 0, &model, &error), LOWP_E_FORMAT);
  assert_int_equal(open_model(file, "", 0, &model, &error), LOWP_OK);
  lowp_model_close(model);
  lowp_file_close(file);
}

/* A raw plane's description that is wrong. */
static void test_raw_errors(void **state) {
  (void)state;
  lowpt_put("p.codes.bin", "\x10\x32\x54\x76\x10\x32\x54\x76\x10\x32\x54\x76\x10\x32\x54\x76", 16);
  lowpt_put("p.scales.bin", "\x7f", 1);
#define PLANES \
  "\"planes\":{\"codes\":{\"file\":\"p.codes.bin\",\"dtype\":\"U8\"},\"scales\":{\"file\":\"p.scales.bin\",\"dtype\":" \
  "\"U8\"}}"
#define HEAD "{\"kind\":\"lowp-planes\",\"version\":\"1\","
  static const struct {
    const char *json, *words;
    lowp_status status;
  } cases[] = {
      {HEAD "\"scheme\":\"mxfp4\",\"shape\":[1,32]," PLANES "}", NULL, LOWP_OK},
      {"{}", "not a description of raw planes", LOWP_E_FORMAT},
      {"[]", "not a description of raw planes", LOWP_E_FORMAT},
      {"{\"kind\":\"x\",\"version\":\"1\",\"scheme\":\"mxfp4\",\"shape\":[1,32]," PLANES "}", "kind \"x\"",
       LOWP_E_FORMAT},
      {"{\"kind\":\"lowp-planes\",\"version\":\"2\",\"scheme\":\"mxfp4\",\"shape\":[1,32]," PLANES "}", "version \"2\"",
       LOWP_E_FORMAT},
      {HEAD "\"scheme\":\"mxfp5\",\"shape\":[1,32]," PLANES "}", "unknown scheme", LOWP_E_FORMAT},
      {HEAD "\"scheme\":\"mxfp4\",\"shape\":[1,64]," PLANES "}", "p.codes.bin", LOWP_E_SHAPE},
      {HEAD "\"scheme\":\"mxfp4\",\"shape\":[1,-32]," PLANES "}", "\"shape\" is no array", LOWP_E_FORMAT},
      {HEAD "\"scheme\":\"mxfp4\",\"shape\":[]," PLANES "}", "\"shape\" is no array", LOWP_E_FORMAT},
      {HEAD "\"scheme\":\"mxfp4\",\"shape\":\"x\"," PLANES "}", "\"shape\" is no array", LOWP_E_FORMAT},
      {HEAD "\"scheme\":\"mxfp4\",\"shape\":[4611686018427387904,32]," PLANES "}", "overflows", LOWP_E_SHAPE},
      {HEAD "\"scheme\":\"w8a8\",\"shape\":[1,16]," PLANES "}", "plane \"codes\" is U8", LOWP_E_FORMAT},
      {HEAD "\"scheme\":\"mxfp4\",\"shape\":[1,32],\"planes\":{}}", "plane \"codes\"", LOWP_E_FORMAT},
      {HEAD "\"scheme\":\"mxfp4\",\"shape\":[1,32],\"planes\":{\"codes\":{\"file\":\"../p\",\"dtype\":\"U8\"}}}",
       "no plain file name", LOWP_E_FORMAT},
      {HEAD "\"scheme\":\"mxfp4\",\"shape\":[1,32],\"planes\":{\"codes\":{\"file\":\"absent\",\"dtype\":\"U8\"}}}",
       "absent", LOWP_E_IO},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    lowp_error error = {0};
    lowp_qtensor *q = NULL;
    const lowp_status status = lowp_raw_load(lowpt_put_text("p.json", cases[i].json), NULL, &q, &error);
    LOWP_CHECK(status == cases[i].status, "%s: %d %s", cases[i].json, (int)status, error.text);
    if (cases[i].words) lowpt_says(&error, status, cases[i].words);
    lowp_qtensor_destroy(q);
  }
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_groups),     cmocka_unit_test(test_broken_groups), cmocka_unit_test(test_metadata),
      cmocka_unit_test(test_fields),     cmocka_unit_test(test_contents),      cmocka_unit_test(test_config),
      cmocka_unit_test(test_raw_errors),
  };
  return LOWP_SUITE_RUN("layouts: models", tests);
}
