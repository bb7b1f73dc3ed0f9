/* SPDX-License-Identifier: Apache-2.0 */
/* test_profiles.c: profiles are read strictly, kept in base units, and written back the same. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/claim.h>
#include <lowp/model_shape.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/data.h"
#include "harness/suite.h"

/* --- formats ------------------------------------------------------------------------------------------------------ */

static void test_formats(void **state) {
  (void)state;
  /* Bits per weight by hand: 4 + 8/32, 4 + 8/16, 4 + 32/64, 8 + 8/32, 6 + 8/32, 4 + 16/128. */
  static const struct {
    const char *name;
    lowp_rate rate;
    double bits, stored;
  } rows[] = {{"fp64", LOWP_RATE_FP64, 64, 64},   {"bf16", LOWP_RATE_FP16, 16, 16},  {"fp8", LOWP_RATE_FP8, 8, 8},
              {"mxfp8", LOWP_RATE_FP8, 8, 8.25},  {"int8", LOWP_RATE_INT8, 8, 8},    {"mxfp6", LOWP_RATE_FP6, 6, 6.25},
              {"int4", LOWP_RATE_INT4, 4, 4.125}, {"mxfp4", LOWP_RATE_FP4, 4, 4.25}, {"NVFP4", LOWP_RATE_FP4, 4, 4.5},
              {"HiF4", LOWP_RATE_FP4, 4, 4.5},    {"fp4", LOWP_RATE_FP4, 4, 4.25},   {"hif8", LOWP_RATE_FP8, 8, 8}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const lowp_number_format f = lowp_number_format_from_name(rows[i].name);
    LOWP_CHECK(f != LOWP_NUMBER_FORMAT_NONE, "%s", rows[i].name);
    assert_int_equal(lowp_number_format_rate(f), rows[i].rate);
    assert_true(lowp_number_format_bits(f) == rows[i].bits);
    LOWP_CHECK(lowp_number_format_stored_bits(f) == rows[i].stored, "%s: %g", rows[i].name,
               lowp_number_format_stored_bits(f));
  }
  assert_int_equal(lowp_number_format_from_name("fp5"), LOWP_NUMBER_FORMAT_NONE);
  assert_int_equal(lowp_number_format_from_name(NULL), LOWP_NUMBER_FORMAT_NONE);
  assert_int_equal(lowp_number_format_rate(LOWP_NUMBER_FORMAT_NONE), LOWP_RATE_COUNT);
  assert_int_equal(lowp_rate_from_name("FP4"), LOWP_RATE_FP4);
  assert_int_equal(lowp_rate_from_name("fp"), LOWP_RATE_COUNT);
  assert_string_equal(lowp_rate_name(LOWP_RATE_COUNT), "?");
  assert_string_equal(lowp_number_format_name((lowp_number_format)99), "?");
}

/* --- the shipped profiles ----------------------------------------------------------------------------------------- */

static void check_figure(const lowp_figure *f, const char *chip) {
  if (f->grade == LOWP_GRADE_NONE) {
    assert_true(f->value == 0 && f->source == NULL);
    return;
  }
  LOWP_CHECK(f->value > 0 && f->low <= f->value && f->value <= f->high && f->source && f->date, "%s", chip);
}

static void test_shipped(void **state) {
  (void)state;
  lowp_profiles *set = lowpt_profiles();
  assert_int_equal(lowp_profiles_chip_count(set), 17);
  for (size_t i = 0; i < 17; i++) {
    const lowp_chip *c = lowp_profiles_chip(set, i);
    for (int k = 0; k < LOWP_RATE_COUNT; k++) {
      check_figure(&c->peaks[k].dense, c->name);
      check_figure(&c->peaks[k].sparse, c->name);
      check_figure(&c->peaks[k].measured, c->name);
      /* Nobody has measured more than the peak; more means that a number is wrong. */
      if (c->peaks[k].measured.grade) LOWP_CHECK(c->peaks[k].measured.value < c->peaks[k].dense.value, "%s", c->name);
    }
    LOWP_CHECK(c->memory.grade && c->bandwidth.grade && c->format_count > 0, "%s", c->name);
    if (c->bandwidth_measured.grade) assert_true(c->bandwidth_measured.value <= c->bandwidth.high);
  }
  assert_null(lowp_profiles_chip(set, 17));
  /* Numbers of data sheets, by hand in base units. */
  const lowp_chip *c = lowp_profiles_find_chip(set, "ascend 950pr");
  assert_non_null(c);
  assert_string_equal(c->name, "Ascend 950PR (Atlas 350)");
  assert_true(c->peaks[LOWP_RATE_FP4].dense.value == 1560e12 && c->memory.value == 112e9);
  assert_true(c->bandwidth.value == 1.4e12 && c->tdp.value == 600 && c->clock.value == 1650e6);
  assert_int_equal(c->peaks[LOWP_RATE_FP4].dense.grade, LOWP_GRADE_VENDOR);
  assert_int_equal(c->peaks[LOWP_RATE_FP8].dense.grade, LOWP_GRADE_DERIVED);
  assert_null(lowp_profiles_find_chip(set, "Ascend 950"));
  assert_null(lowp_profiles_find_chip(set, NULL));
  c = lowp_profiles_find_chip(set, "B200");
  assert_non_null(c);
  assert_true(c->memory.value == 180e9 && c->memory_physical.value == 192e9);
  assert_true(c->bandwidth.low == 7.7e12 && c->bandwidth.high == 8e12);
  /* Models that the table of model_shape.h has too: it has the sizes for rooflines, the profile what claims are about. */
  for (size_t i = 0; i < lowp_profiles_model_count(set); i++) {
    const lowp_audit_model *model = lowp_profiles_model(set, i);
    const lowp_model_info *info = lowp_model_info_from_name(model->name);
    if (info) LOWP_CHECK(info->total == model->params.value && info->active == model->active.value, "%s", model->name);
  }
  const lowp_audit_model *m = lowp_profiles_find_model(set, "deepseek-v4-pro");
  assert_non_null(m);
  assert_true(m->params.value == 1.6e12 && m->active.value == 49e9);
  assert_string_equal(m->released, "2026-04-24");
  lowp_profiles_destroy(set);
}

/* A chip whose matrix units, with or without vector units, give the claimed peak. */
static void test_restate(void **state) {
  (void)state;
  static const struct {
    const char *chip;
    lowp_rate rate;
    double matrix, total;
    const char *reading;
  } rows[] = {
      /* 28 x 32768 x 1.65e9, + 56 x 512 x 1.65e9 */
      {"Ascend 950PR", LOWP_RATE_FP4, 1513.8816e12, 1561.1904e12, "matrix and vector units together"},
      {"Ascend 950PR", LOWP_RATE_FP8, 756.9408e12, 804.2496e12, "matrix and vector units together"},
      {"Ascend 950PR", LOWP_RATE_FP16, 378.4704e12, 425.7792e12, "matrix and vector units together"},
      {"Ascend 950DT (Atlas 950)", LOWP_RATE_FP4, 1730.1504e12, 1784.2176e12, "matrix and vector units together"},
      {"H100", LOWP_RATE_FP16, 989.429760e12, 0, "matrix units alone"},
      {"MI355X", LOWP_RATE_FP4, 10066.3296e12, 0, "matrix units alone"},
      {"H100", LOWP_RATE_FP64, 0, 0, NULL},
      {"B200", LOWP_RATE_FP4, 0, 0, NULL}};
  lowp_profiles *set = lowpt_profiles();
  lowp_restated r;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    assert_int_equal(lowp_chip_restate(lowp_profiles_find_chip(set, rows[i].chip), rows[i].rate, &r), LOWP_OK);
    LOWP_CHECK(fabs(r.matrix - rows[i].matrix) <= 1e-9 * rows[i].matrix, "%s: %g", rows[i].chip, r.matrix);
    LOWP_CHECK(fabs(r.total - rows[i].total) <= 1e-9 * rows[i].total, "%s: %g", rows[i].chip, r.total);
    if (rows[i].reading)
      assert_string_equal(r.reading, rows[i].reading);
    else
      assert_null(r.reading);
  }
  assert_int_equal(lowp_chip_restate(NULL, LOWP_RATE_FP4, &r), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_chip_restate(lowp_profiles_chip(set, 0), LOWP_RATE_COUNT, &r), LOWP_E_ARGUMENT);
  lowp_profiles_destroy(set);
}

/* --- strictness --------------------------------------------------------------------------------------------------- */

#define SOURCES "\"schema\":\"lowp-profiles-1\",\"sources\":{\"s\":{\"title\":\"t\",\"date\":\"2026-03\"}}"
#define CHIP(body) \
  "{" SOURCES ",\"chips\":[{\"name\":\"A\",\"vendor\":\"v\",\"scope\":\"s\",\"status\":\"x\"" body "}]}"
#define FIGURE(unit) "{\"value\":1,\"unit\":\"" unit "\",\"grade\":\"vendor\",\"source\":\"s\"}"

static void test_refusals(void **state) {
  (void)state;
  static const struct {
    const char *text, *message; /* NULL: accepted */
  } rows[] = {
      {CHIP(""), NULL},
      {CHIP(",\"memory\":null"), NULL},
      {CHIP(",\"memory\":" FIGURE("GB")), NULL},
      {"[]", "x: $: an object is expected here"},
      {"{}", "x: $: 'schema' is missing"},
      {"{\"schema\":\"lowp-profiles-2\"}", "x: $.schema: 'lowp-profiles-2' is none of: lowp-profiles-1"},
      {CHIP(",\"colour\":1"), "x: $.chips[0]: unknown key 'colour'"},
      {CHIP(",\"memory\":" FIGURE("TFLOPS")),
       "x: $.chips[0].memory.unit: 'TFLOPS' is no unit for this; use B, KB, MB, GB"},
      {CHIP(",\"memory\":" FIGURE("gb")), "x: $.chips[0].memory.unit: 'gb' is no unit for this"},
      {CHIP(",\"memory\":{\"value\":-1,\"unit\":\"GB\",\"grade\":\"vendor\",\"source\":\"s\"}"),
       "x: $.chips[0].memory.value: -1 is not above 0"},
      {CHIP(",\"memory\":{\"value\":0,\"unit\":\"GB\",\"grade\":\"vendor\",\"source\":\"s\"}"), "is not above 0"},
      {CHIP(",\"memory\":{\"unit\":\"GB\",\"grade\":\"vendor\",\"source\":\"s\"}"),
       "x: $.chips[0].memory: 'value' is missing"},
      {CHIP(",\"memory\":{\"value\":\"1\",\"unit\":\"GB\",\"grade\":\"vendor\",\"source\":\"s\"}"),
       "x: $.chips[0].memory.value: a number is expected here"},
      {CHIP(",\"peaks\":{\"FP4\":{}}"), "x: $.chips[0].peaks: unknown key 'FP4'"},
      {CHIP(",\"formats\":{\"names\":[],\"grade\":\"vendor\",\"source\":\"s\"}"),
       "x: $.chips[0].formats.names: a list of 1 to 32 entries is expected"},
      {CHIP(",\"formats\":{\"grade\":\"vendor\",\"source\":\"s\"}"), "x: $.chips[0].formats: 'names' is missing"},
      {CHIP(",\"peaks\":null,\"matrix_units\":{\"count\":null,\"per_clock\":{\"fp4\":null}},\"note\":null"), NULL},
      {"{\"$schema\":\"profiles.schema.json\",\"schema\":\"lowp-profiles-1\"}", NULL},
      {CHIP(",\"memory\":{\"value\":1,\"unit\":\"GB\",\"grade\":\"good\",\"source\":\"s\"}"),
       "x: $.chips[0].memory.grade: 'good' is none of: vendor, reported, derived, measured"},
      {CHIP(",\"memory\":{\"value\":1,\"unit\":\"GB\",\"grade\":\"vendor\"}"),
       "x: $.chips[0].memory: 'source' is missing"},
      {CHIP(",\"memory\":{\"value\":1,\"unit\":\"GB\",\"grade\":\"vendor\",\"source\":\"q\"}"),
       "x: $.chips[0].memory.source: 'q' is not in \"sources\""},
      {CHIP(",\"memory\":{\"value\":1,\"unit\":\"GB\",\"grade\":\"vendor\",\"source\":\"s\",\"range\":[2,3]}"),
       "x: $.chips[0].memory.range: the value does not lie in it"},
      {CHIP(",\"memory\":{\"value\":1,\"unit\":\"GB\",\"grade\":\"vendor\",\"source\":\"s\",\"range\":[1]}"),
       "two numbers"},
      {CHIP(",\"peaks\":{\"fp5\":{}}"), "x: $.chips[0].peaks: unknown key 'fp5'"},
      {CHIP(",\"peaks\":{\"fp4\":{\"dense\":" FIGURE("PFLOPS") ",\"sparse\":" FIGURE("TFLOPS") "}}"),
       "x: $.chips[0].peaks.fp4: the sparse peak is below the dense one"},
      {CHIP(",\"formats\":{\"names\":[\"fp4\",\"FP4\"],\"grade\":\"vendor\",\"source\":\"s\"}"),
       "x: $.chips[0].formats.names[1]: 'FP4' is there twice"},
      {CHIP(",\"formats\":{\"names\":[\"fp5\"],\"grade\":\"vendor\",\"source\":\"s\"}"), "'fp5' is no known format"},
      {CHIP(",\"aliases\":\"B\""), "x: $.chips[0].aliases: a list is expected here"},
      {CHIP(",\"note\":\"a\\u0007b\""), "x: $.chips[0].note: the text has a control character"},
      {CHIP(",\"note\":\"\""), "a text of 1 to 4096 bytes is expected"},
      {CHIP(",\"matrix_units\":{\"per_clock\":{\"fp4\":" FIGURE("FLOPS") "}}"),
       "x: $.chips[0].matrix_units.per_clock.fp4.unit: 'FLOPS' is no unit for this; use FLOP/clk"},
      {CHIP(",\"memory\":" FIGURE("GB") ",\"memory\":null"), "duplicate object key"},
      {"{" SOURCES ",\"chips\":[{\"name\":\"A\",\"vendor\":\"v\",\"scope\":\"s\"}]}",
       "x: $.chips[0]: 'status' is missing"},
      {"{\"schema\":\"lowp-profiles-1\",\"sources\":{\"s\":{\"title\":\"t\",\"date\":\"March\"}}}",
       "x: $.sources.s.date: 'March' is no date of the form"},
      {"{\"schema\":\"lowp-profiles-1\",\"sources\":{\"s\":{\"title\":\"t\",\"date\":\"2026-13\"}}}", "is no date"},
      {"{" SOURCES ",\"chips\":[{\"name\":\"A\",\"vendor\":\"v\",\"scope\":\"s\",\"status\":\"x\"},"
       "{\"name\":\"B\",\"aliases\":[\"a\"],\"vendor\":\"v\",\"scope\":\"s\",\"status\":\"x\"}]}",
       "x: $.chips[1]: there is already a chip 'a'"},
      {"{" SOURCES ",\"chips\":[{\"name\":\"A\",\"vendor\":\"v\",\"scope\":\"s\",\"status\":\"x\"},"
       "{\"name\":\"B\",\"families\":[\"a\"],\"vendor\":\"v\",\"scope\":\"s\",\"status\":\"x\"}]}",
       "x: $.chips[1]: the family 'a' is already the name of a chip"},
      {"{" SOURCES ",\"models\":[{\"name\":\"M\",\"params\":" FIGURE("param") ",\"active\":" FIGURE("Gparam") "}]}",
       "x: $.models[0]: 'active' is above 'params'"},
      {"{" SOURCES ",\"models\":[{\"name\":\"M\"},{\"name\":\"m\"}]}", "x: $.models[1]: there is already a model 'm'"},
      {"{", "x: the text is not valid JSON"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    lowp_profiles *set = NULL;
    lowp_error error = {LOWP_OK, ""};
    assert_int_equal(lowp_profiles_create(&set), LOWP_OK);
    const lowp_status status = lowp_profiles_parse(set, "x", rows[i].text, strlen(rows[i].text), &error);
    if (rows[i].message) {
      LOWP_CHECK(status == LOWP_E_FORMAT && strstr(error.text, rows[i].message), "row %zu: %d %s", i, status,
                 error.text);
      assert_int_equal(lowp_profiles_chip_count(set), 0);
      assert_int_equal(lowp_profiles_model_count(set), 0);
    } else {
      LOWP_CHECK(status == LOWP_OK, "row %zu: %s", i, error.text);
    }
    lowp_profiles_destroy(set);
  }
}

/* A second file cannot replace what the first has said, and leaves the set as it was. */
static void test_twice(void **state) {
  (void)state;
  lowp_profiles *set = lowpt_profiles();
  lowp_error error = {LOWP_OK, ""};
  assert_int_equal(lowp_profiles_load(set, lowpt_source_path("data/chips.json"), &error), LOWP_E_FORMAT);
  assert_non_null(strstr(error.text, "$.chips[0]: there is already a chip 'Ascend 910B'"));
  assert_int_equal(lowp_profiles_chip_count(set), 17);
  assert_int_equal(lowp_profiles_load(set, "/no/such/file.json", &error), LOWP_E_IO);
  assert_int_equal(lowp_profiles_load(NULL, "x", &error), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_profiles_parse(set, "x", NULL, 1, &error), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_profiles_create(NULL), LOWP_E_ARGUMENT);
  lowp_profiles_destroy(set);
  lowp_profiles_destroy(NULL);
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static char *text_of(const lowp_profiles *set) {
  const lowp_chip *chips[32];
  const lowp_audit_model *models[32];
  const size_t n = lowp_profiles_chip_count(set), m = lowp_profiles_model_count(set);
  assert_true(n <= 32 && m <= 32);
  for (size_t i = 0; i < n; i++) chips[i] = lowp_profiles_chip(set, i);
  for (size_t i = 0; i < m; i++) models[i] = lowp_profiles_model(set, i);
  char *text = NULL;
  lowp_error error = {LOWP_OK, ""};
  lowp_status status = lowp_profiles_text(n, chips, m, models, &text, &error);
  LOWP_CHECK(status == LOWP_OK, "%s", error.text);
  return text;
}

static void test_text(void **state) {
  (void)state;
  lowp_profiles *set = lowpt_profiles(), *again = NULL;
  lowp_error error = {LOWP_OK, ""};
  char *first = text_of(set);
  assert_int_equal(lowp_profiles_create(&again), LOWP_OK);
  lowp_status status = lowp_profiles_parse(again, "x", first, strlen(first), &error);
  LOWP_CHECK(status == LOWP_OK, "%s", error.text);
  char *second = text_of(again);
  assert_string_equal(first, second);
  const lowp_chip *a = lowp_profiles_find_chip(set, "B200"), *b = lowp_profiles_find_chip(again, "B200 SXM");
  assert_true(a->bandwidth.low == b->bandwidth.low && a->tdp.value == b->tdp.value);
  assert_string_equal(a->peaks[LOWP_RATE_FP4].measured.note, b->peaks[LOWP_RATE_FP4].measured.note);
  assert_string_equal(a->memory_physical.source, b->memory_physical.source);
  free(first);
  free(second);
  lowp_profiles_destroy(set);
  lowp_profiles_destroy(again);
}

/* What a program that measures writes: a chip on its stack. */
static void test_text_of_struct(void **state) {
  (void)state;
  lowp_chip chip = {.name = "this CPU", .vendor = "v", .scope = "socket", .status = "here"};
  chip.peaks[LOWP_RATE_FP32].measured = (lowp_figure){
      .value = 1e11, .low = 1e11, .high = 1e11, .grade = LOWP_GRADE_MEASURED, .source = "s", .date = "2026"};
  const lowp_chip *chips[] = {&chip};
  char *text = NULL;
  lowp_profiles *set = NULL;
  assert_int_equal(lowp_profiles_text(1, chips, 0, NULL, &text, NULL), LOWP_OK);
  assert_int_equal(lowp_profiles_create(&set), LOWP_OK);
  assert_int_equal(lowp_profiles_parse(set, "x", text, strlen(text), NULL), LOWP_OK);
  assert_true(lowp_profiles_chip(set, 0)->peaks[LOWP_RATE_FP32].measured.value == 1e11);
  free(text);
  lowp_profiles_destroy(set);
  text = NULL;
  chip.peaks[LOWP_RATE_FP32].measured.source = NULL;
  assert_int_equal(lowp_profiles_text(1, chips, 0, NULL, &text, NULL), LOWP_E_ARGUMENT);
  chip.peaks[LOWP_RATE_FP32].measured.source = "s";
  chip.name = NULL;
  assert_int_equal(lowp_profiles_text(1, chips, 0, NULL, &text, NULL), LOWP_E_ARGUMENT);
  assert_null(text);
}

/* That they are schemas, and accept what is read here, is tested by tests/cli/audit_schema.sh. */
static void test_schema(void **state) {
  (void)state;
  char *first = NULL, *second = NULL;
  assert_int_equal(lowp_profiles_schema(&first, NULL), LOWP_OK);
  assert_int_equal(lowp_profiles_schema(&second, NULL), LOWP_OK);
  assert_string_equal(first, second);
  free(second);
  assert_int_equal(lowp_claims_schema(&second, NULL), LOWP_OK);
  assert_true(strcmp(first, second) != 0);
  assert_int_equal(lowp_profiles_schema(NULL, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_claims_schema(NULL, NULL), LOWP_E_ARGUMENT);
  free(first);
  free(second);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(test_formats),        cmocka_unit_test(test_shipped),
                                            cmocka_unit_test(test_restate),        cmocka_unit_test(test_refusals),
                                            cmocka_unit_test(test_twice),          cmocka_unit_test(test_text),
                                            cmocka_unit_test(test_text_of_struct), cmocka_unit_test(test_schema)};
  return LOWP_SUITE_RUN("profiles", tests);
}
