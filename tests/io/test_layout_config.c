/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quantization_config that is written, against files that state every byte of it, and how it gets into config.json.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "io/files.h"

#include <jansson.h>
#include <lowp/layout.h>
#include <stdlib.h>

#define LAYER(i) "model.layers." #i

static const lowp_config_module w8a8[] = {{LAYER(0) ".self_attn.q_proj.weight", LOWP_SCHEME_INT8_CHANNEL},
                                          {LAYER(0) ".mlp.up_proj.weight", LOWP_SCHEME_INT8_CHANNEL},
                                          {"lm_head.weight", LOWP_SCHEME_NONE},
                                          {LAYER(0) ".mlp.gate.weight", LOWP_SCHEME_BF16_CAST}};
static const lowp_config_module int8_asym[] = {{"a", LOWP_SCHEME_INT8_TENSOR_ZP}};
static const lowp_config_module fp8[] = {{"a.weight", LOWP_SCHEME_FP8_CHANNEL}, {"b.weight", LOWP_SCHEME_NONE}};
static const lowp_config_module fp8_tensor[] = {{"a.weight", LOWP_SCHEME_FP8_TENSOR}};
static const lowp_config_module fp8_block[] = {{"a.weight", LOWP_SCHEME_FP8_BLOCK128}};
static const lowp_config_module mxfp4[] = {{"a.weight", LOWP_SCHEME_MXFP4}};
static const lowp_config_module mxfp8[] = {{"a.weight", LOWP_SCHEME_MXFP8_E4M3}};
static const lowp_config_module nvfp4[] = {{"a.weight", LOWP_SCHEME_NVFP4}};
static const lowp_config_module mixed[] = {{LAYER(0) ".mlp.up_proj.weight", LOWP_SCHEME_NVFP4},
                                           {LAYER(0) ".self_attn.q_proj.weight", LOWP_SCHEME_FP8_BLOCK128},
                                           {"lm_head.weight", LOWP_SCHEME_NONE},
                                           {LAYER(1) ".mlp.up_proj.weight", LOWP_SCHEME_NVFP4},
                                           {LAYER(1) ".self_attn.q_proj.weight", LOWP_SCHEME_INT8_CHANNEL}};
static const lowp_config_module gptoss[] = {{LAYER(0) ".mlp.experts.gate_up_proj", LOWP_SCHEME_MXFP4},
                                            {LAYER(0) ".self_attn.q_proj.weight", LOWP_SCHEME_NONE},
                                            {LAYER(0) ".mlp.router.weight", LOWP_SCHEME_NONE},
                                            {LAYER(10) ".self_attn.q_proj.weight", LOWP_SCHEME_NONE},
                                            {LAYER(10) ".mlp.router.weight", LOWP_SCHEME_NONE},
                                            {LAYER(10) ".mlp.experts.gate_up_proj", LOWP_SCHEME_NONE},
                                            {"model.embed_tokens.weight", LOWP_SCHEME_NONE},
                                            {"lm_head.weight", LOWP_SCHEME_NONE}};

#define MODULES(list) sizeof list / sizeof *list, list
static const struct {
  const char *golden;
  lowp_layout layout;
  size_t count;
  const lowp_config_module *modules;
  lowp_config_options options;
} goldens[] = {
    {"w8a8", LOWP_LAYOUT_CT, MODULES(w8a8), {0}},
    {"int8-tensor-asym", LOWP_LAYOUT_CT, MODULES(int8_asym), {0}},
    {"fp8", LOWP_LAYOUT_CT, MODULES(fp8), {0}},
    {"fp8-a16", LOWP_LAYOUT_CT, MODULES(fp8), {.activations = LOWP_ACTIVATIONS_NONE}},
    {"fp8-tensor", LOWP_LAYOUT_CT, MODULES(fp8_tensor), {0}},
    {"fp8-block", LOWP_LAYOUT_CT, MODULES(fp8_block), {0}},
    {"fp8-block-text", LOWP_LAYOUT_CT, MODULES(fp8_block), {.block_structure_text = 1}},
    {"mxfp4", LOWP_LAYOUT_CT, MODULES(mxfp4), {0}},
    {"mxfp4-a4", LOWP_LAYOUT_CT, MODULES(mxfp4), {.activations = LOWP_ACTIVATIONS_SAME}},
    {"mxfp8", LOWP_LAYOUT_CT, MODULES(mxfp8), {0}},
    {"nvfp4", LOWP_LAYOUT_CT, MODULES(nvfp4), {0}},
    {"mixed", LOWP_LAYOUT_CT, MODULES(mixed), {0}},
    {"gptoss", LOWP_LAYOUT_GPTOSS, MODULES(gptoss), {0}},
};
enum { GOLDENS = sizeof goldens / sizeof *goldens };

static char *golden(const char *name, size_t *n) {
  const char *source = getenv("LOWP_SRCDIR");
  char path[1000];
  snprintf(path, sizeof path, "%s/tests/golden/layout/%s.json", source ? source : ".", name);
  char *text = (char *)lowpt_get(path, n);
  text = realloc(text, *n + 1);
  text[*n] = '\0';
  return text;
}

static void test_goldens(void **state) {
  (void)state;
  for (size_t i = 0; i < GOLDENS; i++) {
    lowp_error error = {0};
    lowp_config_options options = goldens[i].options;
    options.struct_size = sizeof options;
    char *text = NULL;
    const lowp_status status =
        lowp_config_text(goldens[i].layout, goldens[i].count, goldens[i].modules, &options, &text, &error);
    LOWP_CHECK(status == LOWP_OK, "%s: %s", goldens[i].golden, error.text);
    size_t n;
    char *expected = golden(goldens[i].golden, &n);
    LOWP_CHECK(strcmp(expected, text) == 0, "%s differs:\n%s", goldens[i].golden, text);
    free(expected);
    free(text);
  }
}

/* Keys that published readers know; any other would be refused by one of them. */
static void check_keys(const json_t *object, const char *const *known) {
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)object, key, value) {
    bool found = false;
    for (int i = 0; known[i]; i++) found |= strcmp(known[i], key) == 0;
    LOWP_CHECK(found, "key %s", key);
  }
}

static void test_smallest_keys(void **state) {
  (void)state;
  static const char *const top[] = {"quant_method", "format", "quantization_status", "config_groups", "kv_cache_scheme",
                                    "ignore",       NULL};
  static const char *const group[] = {"targets", "weights", "input_activations", "format", NULL};
  static const char *const args[] = {"num_bits",        "type",        "symmetric", "strategy", "group_size", "dynamic",
                                     "block_structure", "scale_dtype", NULL};
  for (size_t i = 0; i < GOLDENS; i++) {
    if (goldens[i].layout != LOWP_LAYOUT_CT) continue;
    size_t n;
    char *text = golden(goldens[i].golden, &n);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    check_keys(root, top);
    const bool mixed_format = strcmp(json_string_value(json_object_get(root, "format")), "mixed-precision") == 0;
    const char *key;
    json_t *g;
    json_object_foreach(json_object_get(root, "config_groups"), key, g) {
      check_keys(g, group);
      assert_int_equal(json_object_get(g, "format") != NULL, mixed_format);
      json_t *weights = json_object_get(g, "weights"), *inputs = json_object_get(g, "input_activations");
      check_keys(weights, args);
      if (!json_is_null(inputs)) check_keys(inputs, args);
      const char *format = json_string_value(json_object_get(mixed_format ? g : root, "format"));
      assert_int_equal(json_object_get(weights, "scale_dtype") != NULL, strncmp(format, "mxfp", 4) == 0);
    }
    json_decref(root);
    free(text);
  }
}

static void refused(lowp_layout layout, size_t count, const lowp_config_module *modules,
                    const lowp_config_options *options, lowp_status status, const char *words) {
  lowp_error error = {0};
  char *text = NULL;
  assert_int_equal(lowp_config_text(layout, count, modules, options, &text, &error), status);
  assert_null(text);
  lowpt_says(&error, status, words);
}

static void test_refusals(void **state) {
  (void)state;
  static const lowp_config_module hif4 = {"x.weight", LOWP_SCHEME_HIF4}, unknown = {"x", LOWP_SCHEME_COUNT},
                                  nameless = {NULL, LOWP_SCHEME_MXFP4}, kept = {"x", LOWP_SCHEME_NONE};
  static const lowp_config_options same = {.struct_size = sizeof same, .activations = LOWP_ACTIVATIONS_SAME},
                                   odd = {.struct_size = sizeof odd, .activations = (lowp_activations)9},
                                   small = {.struct_size = 3};
  refused(LOWP_LAYOUT_CT, 1, &hif4, NULL, LOWP_E_UNSUPPORTED, "x.weight: layout ct has no form for hif4");
  refused(LOWP_LAYOUT_GPTOSS, MODULES(nvfp4), NULL, LOWP_E_UNSUPPORTED, "a.weight: layout gptoss has no form");
  refused(LOWP_LAYOUT_LOWP, MODULES(nvfp4), NULL, LOWP_E_UNSUPPORTED, "layout lowp has no quantization_config");
  refused(LOWP_LAYOUT_NONE, MODULES(nvfp4), NULL, LOWP_E_UNSUPPORTED, "no quantization_config");
  refused(LOWP_LAYOUT_CT, MODULES(nvfp4), &same, LOWP_E_CONSTRAINT, "a.weight: nvfp4 activations need a calibrated");
  refused(LOWP_LAYOUT_CT, 1, &kept, NULL, LOWP_E_CONSTRAINT, "no module is quantized");
  refused(LOWP_LAYOUT_CT, 0, NULL, NULL, LOWP_E_CONSTRAINT, "no module is quantized");
  refused(LOWP_LAYOUT_CT, 1, &unknown, NULL, LOWP_E_ARGUMENT, "module 0 has an unknown scheme");
  refused(LOWP_LAYOUT_CT, 1, &nameless, NULL, LOWP_E_ARGUMENT, "module 0 has no name");
  refused(LOWP_LAYOUT_CT, 1, NULL, NULL, LOWP_E_ARGUMENT, "no modules");
  refused(LOWP_LAYOUT_CT, MODULES(nvfp4), &odd, LOWP_E_ARGUMENT, "unknown options");
  refused(LOWP_LAYOUT_CT, MODULES(nvfp4), &small, LOWP_E_ARGUMENT, "unknown options");
}

/* --- into config.json --- */

static lowp_status patch(const char *from, const char *to, int replace_key, int replace_file, lowp_error *error) {
  const lowp_config_options options = {.struct_size = sizeof options, .replace = replace_key};
  const lowp_write_options write = {.struct_size = sizeof write, .replace = replace_file};
  *error = (lowp_error){0};
  return lowp_config_patch(from, to, LOWP_LAYOUT_CT, MODULES(nvfp4), &options, &write, error);
}

/* `before`, the key and its value indented by two spaces, `after`. */
static void expect_patched(const char *text, int replace, const char *before, const char *after) {
  lowp_error error;
  const char *from = lowpt_put_text("from.json", text), *to = lowpt_path("to.json");
  const lowp_status status = patch(from, to, replace, 1, &error);
  LOWP_CHECK(status == LOWP_OK, "%s: %s", text, error.text);
  size_t n, got_n;
  char *value = golden("nvfp4", &n), *got = (char *)lowpt_get(to, &got_n), expected[3000];
  size_t used = (size_t)snprintf(expected, sizeof expected, "%s", before);
  value[n - 1] = '\0'; /* the final newline */
  for (const char *c = value; *c; c++) used += (size_t)snprintf(expected + used, 8, *c == '\n' ? "\n  " : "%c", *c);
  used += (size_t)snprintf(expected + used, sizeof expected - used, "%s", after);
  LOWP_CHECK(got_n == used && memcmp(got, expected, used) == 0, "%s became\n%.*s", text, (int)got_n, got);
  /* And it is JSON, with what was there and one key more. */
  json_t *was = json_loads(text, 0, NULL), *is = json_loadb(got, got_n, JSON_REJECT_DUPLICATES, NULL);
  json_t *config = json_loads(value, 0, NULL);
  assert_true(was && is && config);
  assert_true(json_equal(json_object_get(is, "quantization_config"), config));
  json_object_del(is, "quantization_config");
  json_object_del(was, "quantization_config");
  assert_true(json_equal(was, is));
  json_decref(was);
  json_decref(is);
  json_decref(config);
  free(value);
  free(got);
}

#define KEY "\n  \"quantization_config\": "

static void test_patch(void **state) {
  (void)state;
  expect_patched("{\n  \"b\": 1e-05,\n  \"a\": [1, {\"}\": \"]\\\"\"}],\n  \"z\": null\n}\n", 0,
                 "{\n  \"b\": 1e-05,\n  \"a\": [1, {\"}\": \"]\\\"\"}],\n  \"z\": null," KEY, "\n}\n");
  expect_patched("{}", 0, "{" KEY, "\n}");
  expect_patched(" { } ", 0, " {" KEY, "\n } ");
  expect_patched("{\"a\":-1.50}", 0, "{\"a\":-1.50," KEY, "}");
  expect_patched("{\"a\":{}}", 0, "{\"a\":{}," KEY, "}");
  expect_patched("{\"a\" : \"x\" }", 0, "{\"a\" : \"x\"," KEY, " }");
  /* In place, whatever it was, and only at the top. */
  expect_patched("{\"a\":1,\"quantization_config\" : {\"x\":[\"}\"]} ,\"b\":2}", 1,
                 "{\"a\":1,\"quantization_config\" : ", " ,\"b\":2}");
  expect_patched("{\"quantization_config\":null}", 1, "{\"quantization_config\":", "}");
  expect_patched("{\"text_config\":{\"quantization_config\":{}}}", 0,
                 "{\"text_config\":{\"quantization_config\":{}}," KEY, "}");
}

static void test_patch_refusals(void **state) {
  (void)state;
  lowp_error error;
  static const struct {
    const char *text, *words;
    lowp_status status;
    int replace;
  } cases[] = {
      {"{\"quantization_config\":{}}", "has a quantization_config already", LOWP_E_CONSTRAINT, 0},
      {"{\"quantization\\u005fconfig\":{}}", "written with escapes", LOWP_E_FORMAT, 1},
      {"[1]", "not a JSON object", LOWP_E_FORMAT, 0},
      {"{\"a\":1,\"a\":2}", "not valid JSON", LOWP_E_FORMAT, 0},
      {"{\"a\":1", "not valid JSON", LOWP_E_FORMAT, 0},
      {"", "not valid JSON", LOWP_E_FORMAT, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const char *from = lowpt_put_text("bad.json", cases[i].text);
    assert_int_equal(patch(from, lowpt_path("none.json"), cases[i].replace, 0, &error), cases[i].status);
    lowpt_says(&error, cases[i].status, cases[i].words);
    lowpt_says(&error, cases[i].status, "bad.json");
    assert_false(lowpt_exists("none.json"));
  }
  assert_int_equal(patch(lowpt_path("absent.json"), lowpt_path("none.json"), 0, 0, &error), LOWP_E_IO);
  lowpt_says(&error, LOWP_E_IO, "absent.json");
  lowpt_put_text("there.json", "kept");
  assert_int_equal(patch(lowpt_put_text("good.json", "{}"), lowpt_path("there.json"), 0, 0, &error), LOWP_E_CONSTRAINT);
  size_t n;
  char *kept = (char *)lowpt_get(lowpt_path("there.json"), &n);
  assert_int_equal(n, 4);
  assert_memory_equal(kept, "kept", 4);
  free(kept);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_goldens), cmocka_unit_test(test_smallest_keys),  cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_patch),   cmocka_unit_test(test_patch_refusals),
  };
  return LOWP_SUITE_RUN("layouts: config.json", tests);
}
