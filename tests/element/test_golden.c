/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_golden.c: decode tables and encode columns of independent implementations: all of them under LOWP_VECTORS, and
 * the part in tests/golden always. NaN decodes are compared as "is NaN".
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"
#include "harness/vectors.h"
#include <lowp/element.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  lowp_element id;
} tables[] = {
    {"e4m3fn", LOWP_E4M3FN}, {"e5m2", LOWP_E5M2}, {"e8m0", LOWP_E8M0},     {"e3m2", LOWP_E3M2},
    {"e2m3", LOWP_E2M3},     {"e2m1", LOWP_E2M1}, {"e6m2", LOWP_E6M2},     {"e4m3fnuz", LOWP_E4M3FNUZ},
    {"hif8", LOWP_HIF8},     {"mxint8", LOWP_MXINT8}, {"e1m2_s1p2", LOWP_E1M2}, {"e5m2fnuz", LOWP_E5M2FNUZ},
    {"e1m2_s1p2", LOWP_S1P2}, {"int4_twos_complement", LOWP_INT4},
};
enum { TABLES = sizeof tables / sizeof tables[0] };

/* A column is an element and the rules that differ from those of all: RNE, saturate, Inf as overflow, all ones, |x|. */
#define R(round, overflow, inf, nan, negative)                                                                        \
  {LOWP_ROUND_##round, LOWP_OVERFLOW_##overflow, LOWP_INF_##inf, LOWP_NAN_##nan, LOWP_NEGATIVE_##negative, 32}
static const struct {
  const char *name;
  lowp_element id;
  lowp_encode_rules rules;
} columns[] = {
    {"bf16_rne", LOWP_BF16, R(RNE, NONFINITE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e1m2_rne_sat", LOWP_E1M2, R(RNE, SATURATE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e2m1_sat", LOWP_E2M1, R(RNE, SATURATE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e2m3_sat", LOWP_E2M3, R(RNE, SATURATE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e3m2_sat", LOWP_E3M2, R(RNE, SATURATE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e4m3fn_nosat", LOWP_E4M3FN, R(RNE, NONFINITE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e4m3fn_nosat_mldtypes", LOWP_E4M3FN, R(RNE, NONFINITE, AS_OVERFLOW, QUIET, ABS)},
    {"e4m3fn_sat", LOWP_E4M3FN, R(RNE, SATURATE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e4m3fnuz_nosat", LOWP_E4M3FNUZ, R(RNE, NONFINITE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e4m3fnuz_sat_infnan", LOWP_E4M3FNUZ, R(RNE, SATURATE, NONFINITE, ALL_ONES, ABS)},
    {"e5m2_nosat", LOWP_E5M2, R(RNE, NONFINITE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e5m2_nosat_mldtypes", LOWP_E5M2, R(RNE, NONFINITE, AS_OVERFLOW, QUIET, ABS)},
    {"e5m2_sat", LOWP_E5M2, R(RNE, SATURATE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e5m2fnuz_nosat", LOWP_E5M2FNUZ, R(RNE, NONFINITE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e5m2fnuz_sat_infnan", LOWP_E5M2FNUZ, R(RNE, SATURATE, NONFINITE, ALL_ONES, ABS)},
    {"e6m2_rne_clamp", LOWP_E6M2, R(RNE, SATURATE, NONFINITE, ALL_ONES, ABS)},
    {"e8m0_ceil_nosat", LOWP_E8M0, R(UP, NONFINITE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e8m0_ceil_sat", LOWP_E8M0, R(UP, SATURATE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e8m0_floor_nosat", LOWP_E8M0, R(RTZ, NONFINITE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e8m0_floor_sat", LOWP_E8M0, R(RTZ, SATURATE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"e8m0_rne_mldtypes", LOWP_E8M0, R(RNE, NONFINITE, AS_OVERFLOW, ALL_ONES, NAN)},
    {"fp16_rne", LOWP_FP16, R(RNE, NONFINITE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"hif8_ta", LOWP_HIF8, R(HALF_AWAY, NONFINITE, AS_OVERFLOW, ALL_ONES, ABS)},
    {"s1p2_halfaway_sat", LOWP_S1P2, R(HALF_AWAY, SATURATE, AS_OVERFLOW, ALL_ONES, ABS)},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* What the README of the vectors calls informational: not the format's own rounding, or not its values. */
static const char *const excluded[] = {"e1m2_opbase", "ggml_ue4m3", "inputs"};

static size_t column_of(const char *name, size_t length) {
  size_t i = 0;
  while (i < COLUMNS && (strlen(columns[i].name) != length || memcmp(columns[i].name, name, length) != 0)) i++;
  return i;
}

static size_t encode_differs(size_t column, uint32_t bits, uint32_t want) {
  uint32_t got = lowp_encode_with(columns[column].id, lowp_f32_from_bits(bits), columns[column].rules, 0);
  if (got != want) print_error("%s: %08x gives %02x, not %02x\n", columns[column].name, bits, got, want);
  return got != want;
}

static size_t decode_differs(size_t table, uint32_t code, uint32_t want) {
  float got = lowp_decode(tables[table].id, code), value = lowp_f32_from_bits(want);
  if (isnan(value) ? isnan(got) : lowp_f32_bits(got) == want) return 0;
  print_error("%s: code %02x is %08x, not %08x\n", tables[table].name, code, lowp_f32_bits(got), want);
  return 1;
}

/* Rows "code,bits,..." behind a line of headings. */
static void whole_tables(void **state) {
  (void)state;
  for (size_t t = 0; t < TABLES; t++) {
    char path[64];
    size_t size, compared = 0, different = 0;
    snprintf(path, sizeof path, "decode/%s.csv", tables[t].name);
    char *text = lowpt_vectors_text(path, &size);
    unsigned code, bits;
    for (char *line = strchr(text, '\n'); line && sscanf(line, "\n%x,%x", &code, &bits) == 2;
         line = strchr(line + 1, '\n')) {
      different += decode_differs(t, code, bits);
      compared++;
    }
    free(text);
    char group[64];
    snprintf(group, sizeof group, "decode %s", lowp_element_info_of(tables[t].id)->name);
    lowpt_vectors_report(group, compared, different);
    assert_int_equal(compared, (size_t)1 << lowp_element_row_of(tables[t].id).bits);
  }
}

static void whole_columns(void **state) {
  (void)state;
  size_t count = 0;
  uint32_t *inputs = lowpt_vectors_load("encode/inputs.u32", sizeof *inputs, &count);
  for (size_t c = 0; c < COLUMNS; c++) {
    char path[64];
    size_t item = lowp_element_size(columns[c].id), different = 0;
    snprintf(path, sizeof path, "encode/%s.u%zu", columns[c].name, 8 * item);
    uint8_t *codes = lowpt_vectors_load(path, item, &count);
    for (size_t i = 0; i < count; i++) {
      uint32_t want = codes[item * i];
      if (item == 2) want |= (uint32_t)codes[2 * i + 1] << 8;
      different += encode_differs(c, inputs[i], want);
    }
    free(codes);
    snprintf(path, sizeof path, "encode %s", columns[c].name);
    lowpt_vectors_report(path, count, different);
  }
  free(inputs);
}

/* No column of the vectors is forgotten: each is in the list above or excluded by name. */
static void whole_list(void **state) {
  (void)state;
  size_t size, seen = 0;
  char *text = lowpt_vectors_text("MANIFEST.csv", &size);
  for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
    bool encode = strncmp(line, "encode/", 7) == 0, decode = strncmp(line, "decode/", 7) == 0, known = false;
    if (!encode && !decode) continue;
    char *name = line + 7;
    size_t length = strcspn(name, ".");
    if (encode) known = column_of(name, length) < COLUMNS;
    for (size_t t = 0; decode && t < TABLES; t++) known |= strncmp(tables[t].name, name, length) == 0;
    for (size_t e = 0; e < sizeof excluded / sizeof excluded[0]; e++)
      known |= strlen(excluded[e]) == length && memcmp(excluded[e], name, length) == 0;
    LOWP_CHECK(known, "%.*s is neither tested nor excluded", (int)length, name);
    seen++;
  }
  free(text);
  assert_true(seen > COLUMNS);
}

static void golden_tables(void **state) {
  (void)state;
  size_t size, compared = 0, different = 0;
  char *text = lowpt_golden_text("element_decode.csv", &size), name[32];
  unsigned code, bits;
  bool met[TABLES] = {false};
  for (char *line = strchr(text, '\n'); line && sscanf(line, "\n%31[^,],%x,%x", name, &code, &bits) == 3;
       line = strchr(line + 1, '\n')) {
    for (size_t t = 0; t < TABLES; t++) {
      if (strcmp(tables[t].name, name) != 0) continue;
      met[t] = true;
      different += decode_differs(t, code, bits);
      compared++;
    }
  }
  free(text);
  for (size_t t = 0; t < TABLES; t++) LOWP_CHECK(met[t], "element_decode.csv lacks %s", tables[t].name);
  lowpt_vectors_report("golden decode", compared, different);
}

/* A line of headings names the columns; then input bits and one code per column. */
static void golden_columns(void **state) {
  (void)state;
  size_t size, compared = 0, different = 0, order[COLUMNS], count = 0;
  char *text = lowpt_golden_text("element_encode.csv", &size), *p = text + strcspn(text, ",\n");
  while (*p == ',') {
    size_t length = strcspn(++p, ",\n");
    size_t column = column_of(p, length);
    LOWP_CHECK(column < COLUMNS && count < COLUMNS, "element_encode.csv: unknown column %.*s", (int)length, p);
    order[count++] = column;
    p += length;
  }
  assert_int_equal(count, COLUMNS);
  while (*p && p[1]) {
    uint32_t bits = (uint32_t)strtoul(p, &p, 16);
    for (size_t c = 0; c < count; c++) {
      LOWP_CHECK(*p == ',', "element_encode.csv: a row is short");
      different += encode_differs(order[c], bits, (uint32_t)strtoul(p + 1, &p, 16));
      compared++;
    }
  }
  free(text);
  lowpt_vectors_report("golden encode", compared, different);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(golden_tables), cmocka_unit_test(golden_columns), cmocka_unit_test(whole_list),
      cmocka_unit_test(whole_tables),  cmocka_unit_test(whole_columns),
  };
  return LOWP_SUITE_RUN("element golden vectors", tests);
}
