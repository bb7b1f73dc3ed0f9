/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files as others define them. The decoders here are written from the descriptions of the formats and share no code
 * with the library; they read what the library wrote, and the library reads what they would have been given by others.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/rng.h"
#include "io/files.h"

#include <lowp/model.h>
#include <lowp/quant.h>
#include <math.h>
#include <stdlib.h>

static void must(lowp_status status, const lowp_error *error) {
  LOWP_CHECK(status == LOWP_OK, "%d %s", (int)status, error->text);
}

/* --- the formats, once more --- */

static float e2m1(unsigned code) {
  static const float magnitudes[8] = {0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f, 6.0f};
  return code & 8 ? -magnitudes[code & 7] : magnitudes[code & 7];
}

static float e4m3(unsigned code) {
  const int exponent = code >> 3 & 15, mantissa = code & 7;
  if (exponent == 15 && mantissa == 7) return NAN;
  const float m = exponent ? ldexpf((float)(8 + mantissa), exponent - 10) : ldexpf((float)mantissa, -9);
  return code & 0x80 ? -m : m;
}

static float e8m0(unsigned code) { return code == 255 ? NAN : ldexpf(1.0f, (int)code - 127); }

static float f32_at(const void *bytes, size_t i) {
  float x;
  memcpy(&x, (const uint8_t *)bytes + 4 * i, 4);
  return x;
}

static float bf16_at(const void *bytes, size_t i) {
  uint16_t half;
  memcpy(&half, (const uint8_t *)bytes + 2 * i, 2);
  const uint32_t bits = (uint32_t)half << 16;
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

/* Low nibble first. */
static unsigned nibble(const void *bytes, size_t i) {
  const uint8_t byte = ((const uint8_t *)bytes)[i / 2];
  return i % 2 ? byte >> 4 : byte & 15;
}

/* --- files written by the library --- */

typedef struct fixture {
  lowp_file *file;
  lowp_model *model;
  size_t rows, cols;
  float *values; /* as the library reads them */
} fixture;

static const void *bytes_of(const fixture *f, const char *name, const char *dtype, size_t nbytes) {
  const lowp_file_tensor *t = lowp_file_get(f->file, lowp_file_find(f->file, name));
  LOWP_CHECK(t != NULL, "no tensor %s", name);
  assert_string_equal(t->dtype_name, dtype);
  assert_int_equal(t->nbytes, nbytes);
  return t->data;
}

static fixture written(lowp_layout layout, lowp_scheme scheme, const char *name, size_t rank, const size_t *shape,
                       lowp_compat compat) {
  lowp_error error = {0};
  fixture f = {0};
  lowp_layout_plan *plan;
  must(lowp_layout_plan_create(layout, scheme, name, rank, shape, NULL, &plan, &error), &error);
  f.rows = plan->rows;
  f.cols = plan->cols;
  const size_t n = f.rows * f.cols;
  float *x = malloc(n * sizeof *x);
  lowpt_rng rng = {(uint64_t)scheme};
  for (size_t i = 0; i < n; i++)
    x[i] = ldexpf((float)lowpt_normal(&rng), (int)lowpt_below(&rng, 12) - (int)(8 * (i / 512 % 3)));
  lowp_quant_opts opts;
  must(lowp_quant_opts_compat(&opts, scheme, compat), &error);
  lowp_qtensor *q;
  must(lowp_qtensor_create(&q, scheme, f.rows, f.cols), &error);
  const lowp_view view = lowp_view_of(LOWP_F32, f.rows, f.cols, x);
  must(lowp_quantize(&opts, &view, q, &error), &error);
  lowp_tensor_spec specs[LOWP_PARTS_MAX];
  for (size_t i = 0; i < plan->count; i++) {
    const lowp_part *p = &plan->parts[i];
    specs[i] = (lowp_tensor_spec){p->name, p->dtype, p->rank, p->shape};
  }
  const lowp_write_options options = {.struct_size = sizeof options, .replace = 1};
  lowp_writer *writer;
  const char *path = lowpt_path("bytes.safetensors");
  must(lowp_writer_create(path, &options, plan->count, specs, &writer, &error), &error);
  for (size_t i = 0; i < plan->count; i++) {
    uint8_t *bytes = malloc(plan->parts[i].nbytes);
    must(lowp_layout_export(plan, i, q, 0, plan->parts[i].rows, bytes, &error), &error);
    must(lowp_writer_write(writer, i, 0, bytes, plan->parts[i].nbytes, &error), &error);
    free(bytes);
  }
  must(lowp_writer_commit(writer, &error), &error);
  must(lowp_file_open(path, NULL, &f.file, &error), &error);
  must(lowp_model_open(f.file, NULL, &f.model, &error), &error);
  assert_int_equal(lowp_model_count(f.model), 1);
  assert_int_equal(lowp_model_get(f.model, 0)->scheme, scheme);
  f.values = malloc(n * sizeof *f.values);
  must(lowp_model_load_rows(f.model, 0, 0, f.rows, f.values, &error), &error);
  /* A guard against a test that compares nothing with nothing: the values resemble the input. */
  double error2 = 0, power = 0;
  for (size_t i = 0; i < n; i++) {
    error2 += ((double)x[i] - f.values[i]) * ((double)x[i] - f.values[i]);
    power += (double)x[i] * x[i];
  }
  LOWP_CHECK(error2 < 0.05 * power, "relative error %g", error2 / power);
  free(x);
  lowp_qtensor_destroy(q);
  lowp_layout_plan_destroy(plan);
  return f;
}

static void done(fixture *f) {
  free(f->values);
  lowp_model_close(f->model);
  lowp_file_close(f->file);
}

static void expect(const fixture *f, size_t r, size_t c, float value) {
  const float got = f->values[r * f->cols + c];
  LOWP_CHECK(memcmp(&got, &value, 4) == 0 || (got == 0.0f && value == 0.0f), "[%zu, %zu]: %a, expected %a", r, c,
             (double)got, (double)value);
}

static void test_ct_mxfp4(void **state) {
  (void)state;
  fixture f = written(LOWP_LAYOUT_CT, LOWP_SCHEME_MXFP4, "m.weight", 2, (const size_t[]){24, 128}, LOWP_COMPAT_OCP);
  const uint8_t *packed = bytes_of(&f, "m.weight_packed", "U8", 24 * 64);
  const uint8_t *scale = bytes_of(&f, "m.weight_scale", "U8", 24 * 4);
  for (size_t r = 0; r < f.rows; r++)
    for (size_t c = 0; c < f.cols; c++)
      expect(&f, r, c, e2m1(nibble(packed + r * 64, c)) * e8m0(scale[r * 4 + c / 32]));
  done(&f);
}

static void test_gptoss(void **state) {
  (void)state;
  fixture f = written(LOWP_LAYOUT_GPTOSS, LOWP_SCHEME_MXFP4, "model.layers.0.mlp.experts.gate_up_proj", 3,
                      (const size_t[]){3, 8, 96}, LOWP_COMPAT_OCP);
  const uint8_t *blocks = bytes_of(&f, "model.layers.0.mlp.experts.gate_up_proj_blocks", "U8", 3 * 8 * 3 * 16);
  const uint8_t *scales = bytes_of(&f, "model.layers.0.mlp.experts.gate_up_proj_scales", "U8", 3 * 8 * 3);
  for (size_t e = 0; e < 3; e++)
    for (size_t r = 0; r < 8; r++)
      for (size_t g = 0; g < 3; g++)
        for (size_t b = 0; b < 16; b++) {
          const size_t at = (e * 8 + r) * 3 + g;
          const uint8_t byte = blocks[at * 16 + b];
          expect(&f, e * 8 + r, g * 32 + 2 * b, e2m1(byte & 15) * e8m0(scales[at]));
          expect(&f, e * 8 + r, g * 32 + 2 * b + 1, e2m1(byte >> 4) * e8m0(scales[at]));
        }
  done(&f);
}

/* The stored tensor scale multiplies before encoding: decoding multiplies by its reciprocal. */
static void test_ct_nvfp4(void **state) {
  (void)state;
  fixture f = written(LOWP_LAYOUT_CT, LOWP_SCHEME_NVFP4, "m.weight", 2, (const size_t[]){24, 64},
                      LOWP_COMPAT_COMPRESSED_TENSORS);
  const uint8_t *packed = bytes_of(&f, "m.weight_packed", "U8", 24 * 32);
  const uint8_t *scale = bytes_of(&f, "m.weight_scale", "F8_E4M3", 24 * 4);
  const float global = f32_at(bytes_of(&f, "m.weight_global_scale", "F32", 4), 0);
  float largest = 0;
  for (size_t r = 0; r < f.rows; r++)
    for (size_t c = 0; c < f.cols; c++) {
      const float block = e4m3(scale[r * 4 + c / 16]);
      if (block > largest) largest = block;
      expect(&f, r, c, e2m1(nibble(packed + r * 32, c)) * (block * (1.0f / global)));
    }
  assert_true(largest == 448.0f); /* the block that holds the largest value has the largest scale */
  done(&f);
}

static void test_ct_fp8(void **state) {
  (void)state;
  static const lowp_scheme schemes[] = {LOWP_SCHEME_FP8_TENSOR, LOWP_SCHEME_FP8_CHANNEL, LOWP_SCHEME_FP8_BLOCK128};
  const size_t rows = 150, cols = 200; /* ragged blocks, whose padding is not in the file */
  for (size_t s = 0; s < 3; s++) {
    fixture f = written(LOWP_LAYOUT_CT, schemes[s], "m.weight", 2, (const size_t[]){rows, cols}, LOWP_COMPAT_LOWP);
    const size_t scales = s == 0 ? 1 : s == 1 ? rows : 4;
    const uint8_t *weight = bytes_of(&f, "m.weight", "F8_E4M3", rows * cols);
    const void *scale = bytes_of(&f, "m.weight_scale", "F32", 4 * scales);
    for (size_t r = 0; r < rows; r++)
      for (size_t c = 0; c < cols; c++)
        expect(&f, r, c, e4m3(weight[r * cols + c]) * f32_at(scale, s == 0 ? 0 : s == 1 ? r : r / 128 * 2 + c / 128));
    done(&f);
  }
}

static void test_ct_mxfp8(void **state) {
  (void)state;
  fixture f = written(LOWP_LAYOUT_CT, LOWP_SCHEME_MXFP8_E4M3, "m.weight", 2, (const size_t[]){10, 64}, LOWP_COMPAT_OCP);
  const uint8_t *weight = bytes_of(&f, "m.weight", "F8_E4M3", 10 * 64);
  const uint8_t *scale = bytes_of(&f, "m.weight_scale", "U8", 10 * 2);
  for (size_t r = 0; r < f.rows; r++)
    for (size_t c = 0; c < f.cols; c++) expect(&f, r, c, e4m3(weight[r * 64 + c]) * e8m0(scale[r * 2 + c / 32]));
  done(&f);
}

static void test_ct_int8(void **state) {
  (void)state;
  static const lowp_scheme schemes[] = {LOWP_SCHEME_INT8_CHANNEL, LOWP_SCHEME_INT8_TENSOR, LOWP_SCHEME_INT8_CHANNEL_ZP};
  for (size_t s = 0; s < 3; s++) {
    fixture f = written(LOWP_LAYOUT_CT, schemes[s], "m.weight", 2, (const size_t[]){9, 300}, LOWP_COMPAT_LOWP);
    const int8_t *weight = bytes_of(&f, "m.weight", "I8", 9 * 300);
    const void *scale = bytes_of(&f, "m.weight_scale", "F32", s == 1 ? 4 : 36);
    const int8_t *zero = s == 2 ? bytes_of(&f, "m.weight_zero_point", "I8", 9) : NULL;
    for (size_t r = 0; r < f.rows; r++)
      for (size_t c = 0; c < f.cols; c++)
        expect(&f, r, c, (float)(weight[r * 300 + c] - (zero ? zero[r] : 0)) * f32_at(scale, s == 1 ? 0 : r));
    done(&f);
  }
}

/* --- files written by others --- */

/* A safetensors file of tensors given as {name, dtype, shape text, bytes}. */
typedef struct given {
  const char *name, *dtype, *shape;
  const void *bytes;
  size_t nbytes;
} given;

static fixture foreign(size_t count, const given *tensors, const char *name) {
  char json[1500], *image = malloc(4096);
  size_t used = (size_t)snprintf(json, sizeof json, "{"), offset = 0;
  for (size_t i = 0; i < count; i++, offset += tensors[i - 1].nbytes)
    used += (size_t)snprintf(json + used, sizeof json - used,
                             "%s\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}", i ? "," : "",
                             tensors[i].name, tensors[i].dtype, tensors[i].shape, offset, offset + tensors[i].nbytes);
  used += (size_t)snprintf(json + used, sizeof json - used, "}");
  const uint64_t length = used;
  memcpy(image, &length, 8);
  memcpy(image + 8, json, used);
  offset = 8 + used;
  for (size_t i = 0; i < count; i++, offset += tensors[i - 1].nbytes)
    memcpy(image + offset, tensors[i].bytes, tensors[i].nbytes);
  fixture f = {0};
  lowp_error error = {0};
  must(lowp_file_open(lowpt_put("foreign.safetensors", image, offset), NULL, &f.file, &error), &error);
  must(lowp_model_open(f.file, NULL, &f.model, &error), &error);
  free(image);
  const size_t i = lowp_model_find(f.model, name);
  const lowp_model_tensor *t = lowp_model_get(f.model, i);
  LOWP_CHECK(t != NULL, "no tensor %s", name);
  f.rows = t->rows;
  f.cols = t->cols;
  f.values = malloc(f.rows * f.cols * sizeof *f.values);
  must(lowp_model_load_rows(f.model, i, 0, f.rows, f.values, &error), &error);
  return f;
}

static lowp_scheme scheme_of(const fixture *f, const char *name, lowp_layout layout) {
  const lowp_model_tensor *t = lowp_model_get(f->model, lowp_model_find(f->model, name));
  assert_int_equal(t->layout, layout);
  return t->scheme;
}

/* Bytes 0, 7, 14 ... without the codes that are NaN in E4M3. */
static void fill(uint8_t *bytes, size_t n) {
  for (size_t i = 0; i < n; i++) {
    bytes[i] = (uint8_t)(7 * i + 3);
    if ((bytes[i] & 0x7f) == 0x7f) bytes[i] = 0x21;
  }
}

/* Model-Optimizer stores the decode multiplier, as a scalar, and calls the codes "weight". */
static void test_modelopt(void **state) {
  (void)state;
  uint8_t codes[2 * 16], scale[4];
  fill(codes, sizeof codes);
  memcpy(scale, (const uint8_t[]){0x38, 0x40, 0x31, 0x7e}, 4);
  const float scale_2 = 0.0123f, input = 1.0f;
  const given nvfp4[] = {{"l.weight", "U8", "[2,16]", codes, 32},
                         {"l.weight_scale", "F8_E4M3", "[2,2]", scale, 4},
                         {"l.weight_scale_2", "F32", "[]", &scale_2, 4},
                         {"l.input_scale", "F32", "[]", &input, 4}};
  fixture f = foreign(4, nvfp4, "l.weight");
  assert_int_equal(scheme_of(&f, "l.weight", LOWP_LAYOUT_MODELOPT), LOWP_SCHEME_NVFP4);
  assert_int_equal(scheme_of(&f, "l.input_scale", LOWP_LAYOUT_NONE), LOWP_SCHEME_NONE);
  for (size_t r = 0; r < 2; r++)
    for (size_t c = 0; c < 32; c++)
      expect(&f, r, c, e2m1(nibble(codes + r * 16, c)) * (e4m3(scale[r * 2 + c / 16]) * scale_2));
  done(&f);
  const given mxfp4[] = {{"l.weight", "U8", "[2,16]", codes, 32}, {"l.weight_scale", "U8", "[2,1]", "\x7f\x80", 2}};
  f = foreign(2, mxfp4, "l.weight");
  assert_int_equal(scheme_of(&f, "l.weight", LOWP_LAYOUT_MODELOPT), LOWP_SCHEME_MXFP4);
  for (size_t c = 0; c < 32; c++) expect(&f, 1, c, 2.0f * e2m1(nibble(codes + 16, c)));
  done(&f);
  const given fp8[] = {{"l.weight", "F8_E4M3", "[4,8]", codes, 32}, {"l.weight_scale", "F32", "[]", &scale_2, 4}};
  f = foreign(2, fp8, "l.weight");
  assert_int_equal(scheme_of(&f, "l.weight", LOWP_LAYOUT_CT), LOWP_SCHEME_FP8_TENSOR);
  for (size_t i = 0; i < 32; i++) expect(&f, i / 8, i % 8, e4m3(codes[i]) * scale_2);
  done(&f);
}

/* weight_scale_inv is what to multiply by. */
static void test_deepseek(void **state) {
  (void)state;
  uint8_t codes[130 * 2];
  fill(codes, sizeof codes);
  const float scale[] = {3.0f, 0.7f};
  const given tensors[] = {{"l.weight", "F8_E4M3", "[130,2]", codes, 260},
                           {"l.weight_scale_inv", "F32", "[2,1]", scale, 8}};
  fixture f = foreign(2, tensors, "l.weight");
  assert_int_equal(scheme_of(&f, "l.weight", LOWP_LAYOUT_DEEPSEEK), LOWP_SCHEME_FP8_BLOCK128);
  for (size_t i = 0; i < 260; i++) expect(&f, i / 2, i % 2, e4m3(codes[i]) * scale[i / 256]);
  done(&f);
}

/* Scales in BF16, without a second dimension, and in F8_E8M0. */
static void test_variants(void **state) {
  (void)state;
  uint8_t codes[64];
  fill(codes, sizeof codes);
  const uint16_t scale[] = {0x3f80, 0x3e91, 0x4049};
  const given channel[] = {{"l.weight", "I8", "[3,5]", codes, 15}, {"l.weight_scale", "BF16", "[3]", scale, 6}};
  fixture f = foreign(2, channel, "l.weight");
  assert_int_equal(scheme_of(&f, "l.weight", LOWP_LAYOUT_CT), LOWP_SCHEME_INT8_CHANNEL);
  for (size_t i = 0; i < 15; i++) expect(&f, i / 5, i % 5, (float)(int8_t)codes[i] * bf16_at(scale, i / 5));
  done(&f);
  const given mx[] = {{"l.weight_packed", "U8", "[1,32]", codes, 32},
                      {"l.weight_scale", "F8_E8M0", "[1,2]", "\x70\x90", 2}};
  f = foreign(2, mx, "l.weight");
  assert_int_equal(scheme_of(&f, "l.weight", LOWP_LAYOUT_CT), LOWP_SCHEME_MXFP4);
  for (size_t c = 0; c < 64; c++) expect(&f, 0, c, e2m1(nibble(codes, c)) * e8m0(c < 32 ? 0x70 : 0x90));
  done(&f);
}

/* Plain tensors of every type that has values, the low bits of packed types first. */
static void test_plain(void **state) {
  (void)state;
  static const struct {
    given tensor;
    size_t n;
    float values[4];
  } cases[] = {
      {{"a", "F64", "[2]", "\0\0\0\0\0\0\xf8\x3f\x01\0\0\0\0\0\xf0\x3f", 16}, 2, {1.5f, 1.0f}},
      {{"b", "I64", "[]", "\x01\0\0\x01\0\0\0\0", 8}, 1, {16777216.0f}}, /* a tie, to even */
      {{"c", "U64", "[1,1]", "\0\0\0\0\0\0\0\x80", 8}, 1, {0x1p63f}},
      {{"d", "F32", "[1]", "\0\0\xc0\xbf", 4}, 1, {-1.5f}},
      {{"e", "I32", "[1]", "\xfe\xff\xff\xff", 4}, 1, {-2.0f}},
      {{"f", "U32", "[1]", "\xfe\xff\xff\xff", 4}, 1, {0x1p32f}},
      {{"g", "BF16", "[2]", "\x80\x3f\x40\xc0", 4}, 2, {1.0f, -3.0f}},
      {{"h", "F16", "[1]", "\x40\xc0", 2}, 1, {-2.125f}},
      {{"i", "I16", "[1]", "\0\x80", 2}, 1, {-32768.0f}},
      {{"j", "U16", "[1]", "\0\x80", 2}, 1, {32768.0f}},
      {{"k", "U8", "[1]", "\xf1", 1}, 1, {241.0f}},
      {{"l", "I8", "[1]", "\xf1", 1}, 1, {-15.0f}},
      {{"m", "BOOL", "[2]", "\x01\0", 2}, 2, {1.0f, 0.0f}},
      {{"n", "F8_E5M2", "[1]", "\x40", 1}, 1, {2.0f}},
      {{"o", "F8_E4M3", "[1]", "\x40", 1}, 1, {2.0f}},
      {{"p", "F8_E8M0", "[1]", "\x80", 1}, 1, {2.0f}},
      {{"q", "F4", "[2,2]", "\x71\xfa", 2}, 4, {0.5f, 6.0f, -1.0f, -6.0f}},
      {{"r", "F6_E2M3", "[4]", "\x08\xf7\x83", 3}, 4, {1.0f, 6.0f, -7.5f, -0.0f}},  /* codes 08 1c 3f 20 */
      {{"s", "F6_E3M2", "[1,4]", "\x0c\x04\x80", 3}, 4, {1.0f, 2.0f, 0.0f, -0.0f}}, /* codes 0c 10 00 20 */
  };
  enum { CASES = sizeof cases / sizeof *cases };
  given tensors[CASES];
  for (size_t i = 0; i < CASES; i++) tensors[i] = cases[i].tensor;
  for (size_t i = 0; i < CASES; i++) {
    fixture f = foreign(CASES, tensors, tensors[i].name);
    assert_int_equal(scheme_of(&f, tensors[i].name, LOWP_LAYOUT_NONE), LOWP_SCHEME_NONE);
    assert_int_equal(f.rows * f.cols, cases[i].n);
    for (size_t k = 0; k < cases[i].n; k++)
      LOWP_CHECK(memcmp(&f.values[k], &cases[i].values[k], 4) == 0, "%s: value %zu is %a", tensors[i].dtype, k,
                 (double)f.values[k]);
    done(&f);
  }
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ct_mxfp4), cmocka_unit_test(test_gptoss),   cmocka_unit_test(test_ct_nvfp4),
      cmocka_unit_test(test_ct_fp8),   cmocka_unit_test(test_ct_mxfp8), cmocka_unit_test(test_ct_int8),
      cmocka_unit_test(test_modelopt), cmocka_unit_test(test_deepseek), cmocka_unit_test(test_variants),
      cmocka_unit_test(test_plain),
  };
  return LOWP_SUITE_RUN("layouts: bytes", tests);
}
