/* SPDX-License-Identifier: Apache-2.0 */
/* docs/formats.md against the library: schemes, scale rules, presets, packing; worked examples are executed. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "api/docs_table.h"

#include "harness/suite.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAGE "formats.md"

enum { CELLS_MAX = 128 };

static void expect(const docs_table *t, const char *what, const char *cell, const char *want) {
  if (strcmp(cell, want) != 0) docs_fail(t, "%s is `%s`, the page says `%s`", what, want, cell);
}

static void expect_number(const docs_table *t, const char *what, const char *cell, double want) {
  if (docs_number(t, cell) != want) docs_fail(t, "%s is %.17g, the page says `%s`", what, want, cell);
}

/* --- one-page tables ---------------------------------------------------------------------------------------------- */

static const char *element_name(lowp_element id) {
  return id == LOWP_ELEMENT_NONE ? "-" : lowp_element_info_of(id)->name;
}

static void visit_schemes(const docs_table *t) {
  static const char *const zeros[] = {"-", "i32", "f32"};
  if (t->rows != LOWP_SCHEME_COUNT - 1) docs_fail(t, "%d rows for %d schemes", t->rows, LOWP_SCHEME_COUNT - 1);
  for (int r = 0; r < t->rows; r++) {
    const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)(r + 1));
    char *const *c = t->cell[r], block[64], rows[16] = "all", cols[16] = "all", full[32];
    if (info->block_rows) snprintf(rows, sizeof rows, "%u", info->block_rows);
    if (info->block_cols) snprintf(cols, sizeof cols, "%u", info->block_cols);
    snprintf(block, sizeof block, "%s x %s", rows, cols);
    expect(t, "scheme", c[0], info->name);
    if (fabs(docs_number(t, c[1]) - lowp_scheme_nominal_bits(info->id)) > 5e-7)
      docs_fail(t, "%s has %.9g bits", info->name, lowp_scheme_nominal_bits(info->id));
    double bits = lowp_scheme_bits_per_weight(info->id, 4096, 4096);
    snprintf(full, sizeof full, "%.6f", bits);
    if (fabs(docs_number(t, c[2]) - strtod(full, NULL)) > 1e-9) docs_fail(t, "%s at 4096 x 4096: %s", info->name, full);
    expect(t, "element", c[3], element_name(info->element));
    expect(t, "block", c[4], block);
    expect(t, "scale", c[5], element_name(info->scale));
    expect_number(t, "bytes per scale", c[6], info->scale_bytes);
    expect(t, "tensor scale", c[7], info->tensor_scale ? "f32" : "-");
    expect(t, "zero point", c[8], zeros[info->zero]);
  }
}

static void schemes_on_one_page(void **state) {
  (void)state;
  docs_each(PAGE, "schemes", visit_schemes);
}

static void visit_emax(const docs_table *t) {
  int found = 0;
  for (int r = 0; r < t->rows; r++) {
    const lowp_scheme_info *info = lowp_scheme_info_of(docs_scheme(t, t->cell[r][0]));
    float max = lowp_element_info_of(info->element)->max;
    expect(t, "element", t->cell[r][1], element_name(info->element));
    expect_number(t, "emax", t->cell[r][2], ilogbf(max));
    expect_number(t, "largest element", t->cell[r][3], (double)max);
    expect_number(t, "largest value", t->cell[r][4], (double)max * 0x1p127);
    expect_number(t, "smallest value", t->cell[r][5],
                  (double)lowp_element_info_of(info->element)->min_positive * 0x1p-127);
    found += info->family == LOWP_FAMILY_MX;
  }
  for (unsigned id = 1; id < LOWP_SCHEME_COUNT; id++)
    found -= lowp_scheme_info_of((lowp_scheme)id)->family == LOWP_FAMILY_MX;
  if (found != 0) docs_fail(t, "a scheme of the family is missing");
}

static void emax_table(void **state) {
  (void)state;
  docs_each(PAGE, "emax", visit_emax);
}

/* --- quantizing one row ------------------------------------------------------------------------------------------- */

typedef struct run {
  lowp_qtensor *q;
  float y[CELLS_MAX];
} run;

static run quantize_row(const docs_table *t, lowp_scheme scheme, const lowp_quant_opts *o, size_t n, const float *x) {
  run r = {0};
  lowp_view in = lowp_view_of(LOWP_F32, 1, n, x), out = lowp_view_of(LOWP_F32, 1, n, r.y);
  lowp_error error = {LOWP_OK, ""};
  if (lowp_qtensor_create(&r.q, scheme, 1, n) != LOWP_OK || lowp_quantize(o, &in, r.q, &error) != LOWP_OK ||
      lowp_dequantize(r.q, &out, &error) != LOWP_OK)
    docs_fail(t, "the library refuses: %s", error.text);
  return r;
}

/* The row of bytes of a scales plane as text, or its only number. */
static void scale_text(const run *r, char *out, size_t size) {
  const lowp_scheme_info *info = lowp_scheme_info_of(r->q->scheme);
  if (info->scale == LOWP_F32) {
    float v;
    memcpy(&v, r->q->scales, sizeof v);
    snprintf(out, size, "%.9g", (double)v);
  } else if (info->scale == LOWP_FP16) {
    uint16_t v;
    memcpy(&v, r->q->scales, sizeof v);
    snprintf(out, size, "%.9g", (double)lowp_decode(LOWP_FP16, v));
  } else {
    int n = 0;
    for (size_t i = 0; i < r->q->scales_stride; i++)
      n += snprintf(out + n, size - (size_t)n, i ? " %02X" : "%02X", (unsigned)r->q->scales[i]);
  }
}

static float zero_of(const run *r) {
  if (lowp_scheme_info_of(r->q->scheme)->zero == LOWP_ZERO_I32) return (float)*(int32_t *)r->q->zeros;
  return *(float *)r->q->zeros;
}

/* "7 (1.75)", or the code alone; codes of integers are decimal. Both parts are compared. */
static void check_cell(const docs_table *t, const run *r, size_t i, const char *x, const char *cell) {
  lowp_element_row row = lowp_element_row_of(lowp_scheme_info_of(r->q->scheme)->element);
  unsigned code = lowp_qtensor_code(r->q, 0, i);
  char want[64], head[64];
  size_t n = strcspn(cell, " ");
  if (n >= sizeof head) docs_fail(t, "`%s` is too long", cell);
  memcpy(head, cell, n);
  head[n] = '\0';
  if (row.kind == LOWP_KIND_FIXED) {
    int sign = 1 << (row.bits - 1);
    snprintf(want, sizeof want, "%d", ((int)code ^ sign) - sign);
  } else {
    snprintf(want, sizeof want, "%0*X", row.bits > 8 ? 4 : row.bits > 4 ? 2 : 1, code);
  }
  if (strcmp(want, head) != 0) docs_fail(t, "%s becomes %s (%.9g), the page says `%s`", x, want, (double)r->y[i], cell);
  if (!cell[n]) return;
  char value[64];
  snprintf(value, sizeof value, "%s", cell + n + 2);
  value[strcspn(value, ")")] = '\0';
  if (!docs_same(docs_f32(t, value), r->y[i])) docs_fail(t, "%s decodes to %.9g, not `%s`", x, (double)r->y[i], value);
}

/* "64 times 2", "-0.5"; 0 for rows that are not values. */
static size_t repeat_of(const docs_table *t, const char *cell, float *x) {
  const char *times = strstr(cell, " times ");
  if (!((*cell >= '0' && *cell <= '9') || *cell == '-' || strcmp(cell, "Inf") == 0 || strcmp(cell, "NaN") == 0))
    return 0;
  *x = docs_f32(t, times ? times + 7 : cell);
  return times ? strtoul(cell, NULL, 10) : 1;
}

static void check_example_column(const docs_table *t, lowp_scheme scheme, const char *common, int column) {
  char words[200], text[256];
  float x[CELLS_MAX], v;
  size_t n = 0;
  for (int r = 0; r < t->rows; r++)
    for (size_t k = repeat_of(t, t->cell[r][0], &v); k > 0 && n < CELLS_MAX; k--) x[n++] = v;
  snprintf(words, sizeof words, "%s %s", t->head[column], common);
  lowp_quant_opts o = docs_opts(t, scheme, words);
  run result = quantize_row(t, scheme, &o, n, x);
  size_t i = 0;
  for (int r = 0; r < t->rows; r++) {
    const char *name = t->cell[r][0], *cell = t->cell[r][column];
    size_t k = repeat_of(t, name, &v);
    if (strcmp(name, "scale") == 0) {
      scale_text(&result, text, sizeof text);
      expect(t, "scale", cell, text);
    } else if (strcmp(name, "tensor scale") == 0) {
      snprintf(text, sizeof text, "%.9g", (double)result.q->tensor_scale);
      expect(t, "tensor scale", cell, text);
    } else if (strcmp(name, "zero") == 0) {
      if (docs_f32(t, cell) != zero_of(&result)) docs_fail(t, "zero point is %.9g", (double)zero_of(&result));
    } else if (k == 0) {
      docs_fail(t, "unknown row `%s`", name);
    }
    for (; k > 0; k--) check_cell(t, &result, i++, name, cell);
  }
  lowp_qtensor_destroy(result.q);
}

static uint8_t exemplified[LOWP_SCHEME_COUNT];

static void visit_example(const docs_table *t) {
  char name[32];
  size_t n = strcspn(t->args, " ");
  snprintf(name, sizeof name, "%.*s", (int)n, t->args);
  lowp_scheme scheme = docs_scheme(t, name);
  exemplified[lowp_scheme_info_of(scheme)->family] = 1;
  for (int c = 1; c < t->cols; c++) check_example_column(t, scheme, t->args + n, c);
}

static void worked_examples(void **state) {
  (void)state;
  docs_each(PAGE, "example", visit_example);
  for (int family = 0; family < LOWP_FAMILY_COUNT; family++)
    LOWP_CHECK(exemplified[family], "no worked example of family %d", family);
}

/* One block per row whose largest value is given: its scale under several rules. */
static void visit_scales(const docs_table *t) {
  lowp_scheme scheme = docs_scheme(t, t->args);
  for (int c = 1; c < t->cols; c++) {
    lowp_quant_opts o = docs_opts(t, scheme, t->head[c]);
    for (int r = 0; r < t->rows; r++) {
      float x[32] = {docs_f32(t, t->cell[r][0])};
      char text[64];
      run result = quantize_row(t, scheme, &o, 32, x);
      scale_text(&result, text, sizeof text);
      if (strcmp(text, t->cell[r][c]) != 0) docs_fail(t, "%s, %s: %s", t->cell[r][0], t->head[c], text);
      lowp_qtensor_destroy(result.q);
    }
  }
}

static void scale_rules(void **state) {
  (void)state;
  docs_each(PAGE, "scales", visit_scales);
}

/*
 * "4 to 8, 41.5 %": the range of amax / scale over a binade of amax, and the share above the largest element. Steps of
 * 2^(1/1024) resolve 0.07 % of the ends and 0.1 % of the share.
 */
static void check_clip(const docs_table *t, lowp_scheme scheme, const lowp_quant_opts *o, const char *cell) {
  enum { STEPS = 1024 };
  double low, high, percent, least = INFINITY, most = 0;
  float max = lowp_element_info_of(lowp_scheme_info_of(scheme)->element)->max;
  int clipped = 0;
  if (sscanf(cell, "%lf to %lf, %lf %%", &low, &high, &percent) != 3) docs_fail(t, "`%s` is no range", cell);
  for (int i = 0; i < STEPS; i++) {
    float x[32] = {exp2f(((float)i + 0.5f) / STEPS)};
    run result = quantize_row(t, scheme, o, 32, x);
    double ratio = (double)(x[0] / lowp_decode(LOWP_E8M0, result.q->scales[0]));
    least = fmin(least, ratio);
    most = fmax(most, ratio);
    clipped += ratio > (double)max;
    lowp_qtensor_destroy(result.q);
  }
  double share = 100.0 * clipped / STEPS;
  if (fabs(least / low - 1) > 1e-3 || fabs(most / high - 1) > 1e-3 || fabs(share - percent) > 0.15)
    docs_fail(t, "%g to %g, %g %%, not `%s`", least, most, share, cell);
}

static void visit_clip(const docs_table *t) {
  for (int r = 0; r < t->rows; r++) {
    lowp_scheme scheme = strcmp(t->cell[r][0], "e2m1") == 0 ? LOWP_SCHEME_MXFP4 : LOWP_SCHEME_MXFP8_E4M3;
    expect(t, "element", t->cell[r][0], element_name(lowp_scheme_info_of(scheme)->element));
    for (int c = 1; c < t->cols; c++) {
      lowp_quant_opts o = docs_opts(t, scheme, t->head[c]);
      check_clip(t, scheme, &o, t->cell[r][c]);
    }
  }
}

static void clipped_maxima(void **state) {
  (void)state;
  docs_each(PAGE, "clip", visit_clip);
}

/* A tensor of three blocks: the maximum 2688, zeros, and one small value. */
static void visit_nvfp4_blocks(const docs_table *t) {
  for (int r = 0; r < t->rows; r++) {
    char *const *c = t->cell[r], words[64], text[64];
    float x[48] = {2688.0f};
    x[32] = 0.001f;
    snprintf(words, sizeof words, "compat=%s", c[0]);
    lowp_quant_opts o = docs_opts(t, LOWP_SCHEME_NVFP4, words);
    run result = quantize_row(t, LOWP_SCHEME_NVFP4, &o, 48, x);
    scale_text(&result, text, sizeof text);
    if (strncmp(text + 3, c[1], 2) != 0 || strcmp(text + 6, c[3]) != 0) docs_fail(t, "%s: scales %s", c[0], text);
    if (docs_hex(t, c[2]) != lowp_qtensor_code(result.q, 0, 16)) docs_fail(t, "%s: code of zero", c[0]);
    check_cell(t, &result, 32, "0.001", c[4]);
    if (docs_f32(t, c[5]) != result.y[32]) docs_fail(t, "%s: 0.001 decodes to %.9g", c[0], (double)result.y[32]);
    lowp_qtensor_destroy(result.q);
  }
}

static void nvfp4_small_blocks(void **state) {
  (void)state;
  docs_each(PAGE, "nvfp4-blocks", visit_nvfp4_blocks);
}

/* A row of 1 and something not finite, decoded; the scale is a code, "NaN" and "finite" of numbers, or "-". */
static void check_nonfinite(const docs_table *t, lowp_scheme scheme, float bad, char *const *c, const char *cell) {
  const lowp_scheme_info *info = lowp_scheme_info_of(scheme);
  const float x[2] = {1.0f, bad};
  char text[64] = "-";
  lowp_quant_opts o = docs_opts(t, scheme, "default");
  run result = quantize_row(t, scheme, &o, 2, x);
  if (info->scale == LOWP_F32 || info->scale == LOWP_FP16) {
    scale_text(&result, text, sizeof text);
    strcpy(text, isnan(strtod(text, NULL)) ? "NaN" : "finite");
  } else if (info->scale != LOWP_ELEMENT_NONE) {
    scale_text(&result, text, sizeof text);
    text[2] = '\0'; /* of HiF4 the level-1 scale */
  }
  expect(t, "scale", c[1], text);
  if (!docs_same(docs_f32(t, cell), result.y[1]) || !docs_same(docs_f32(t, c[4]), result.y[0]))
    docs_fail(t, "%s: %g and %g", c[0], (double)result.y[1], (double)result.y[0]);
  lowp_qtensor_destroy(result.q);
}

static void visit_nonfinite(const docs_table *t) {
  if (t->rows != LOWP_SCHEME_COUNT - 1) docs_fail(t, "%d rows", t->rows);
  for (int r = 0; r < t->rows; r++) {
    char *const *c = t->cell[r];
    lowp_scheme scheme = docs_scheme(t, c[0]);
    if ((int)scheme != r + 1) docs_fail(t, "row %d is %s", r + 1, c[0]);
    check_nonfinite(t, scheme, NAN, c, c[2]);
    check_nonfinite(t, scheme, INFINITY, c, c[3]);
  }
}

static void nan_and_inf(void **state) {
  (void)state;
  docs_each(PAGE, "nonfinite", visit_nonfinite);
}

static void visit_hif8_target(const docs_table *t) {
  for (int r = 0; r < t->rows; r++)
    expect_number(t, "hif8_target", t->cell[r][1],
                  (double)docs_opts(t, LOWP_SCHEME_HIF8_TENSOR, t->cell[r][0]).hif8_target);
}

static void hif8_targets(void **state) {
  (void)state;
  docs_each(PAGE, "hif8-target", visit_hif8_target);
}

/* --- packing ------------------------------------------------------------------------------------------------------ */

static size_t hex_list(const docs_table *t, const char *text, unsigned *out) {
  size_t n = 0;
  for (char *end; *text && n < CELLS_MAX; text = end + strspn(end, " ")) {
    out[n++] = (unsigned)strtoul(text, &end, 16);
    if (end == text) docs_fail(t, "`%s` is no list of codes", text);
  }
  return n;
}

static void visit_pack(const docs_table *t) {
  for (int r = 0; r < t->rows; r++) {
    lowp_scheme scheme = docs_scheme(t, t->cell[r][0]);
    unsigned codes[CELLS_MAX], bytes[CELLS_MAX];
    size_t n = hex_list(t, t->cell[r][1], codes), size = hex_list(t, t->cell[r][2], bytes);
    lowp_qtensor *q;
    assert_int_equal(lowp_qtensor_create(&q, scheme, 1, n), LOWP_OK);
    if (size != (n * lowp_element_row_of(lowp_scheme_info_of(scheme)->element).bits + 7) / 8)
      docs_fail(t, "%zu bytes", size);
    for (size_t i = 0; i < size; i++) q->codes[i] = (uint8_t)bytes[i];
    for (size_t i = 0; i < n; i++)
      if (lowp_qtensor_code(q, 0, i) != codes[i]) docs_fail(t, "code %zu is %X", i, lowp_qtensor_code(q, 0, i));
    lowp_qtensor_destroy(q);
  }
}

static void visit_planes(const docs_table *t) {
  for (int r = 0; r < t->rows; r++) {
    char *const *c = t->cell[r];
    lowp_planes p;
    assert_int_equal(lowp_scheme_planes(docs_scheme(t, c[0]), strtoul(c[1], NULL, 10), strtoul(c[2], NULL, 10), &p),
                     LOWP_OK);
    const size_t want[] = {p.cols_padded, p.codes_stride, p.codes_bytes, p.scales_bytes, p.zeros_bytes};
    for (int k = 0; k < 5; k++) expect_number(t, t->head[3 + k], c[3 + k], (double)want[k]);
  }
}

static void packing(void **state) {
  (void)state;
  docs_each(PAGE, "pack", visit_pack);
  docs_each(PAGE, "planes", visit_planes);
}

static const struct {
  const char *name;
  int writes;
} layouts[] = {
#define LOWP_LAYOUT(ID, name, writes, text) {#name, writes},
#include <lowp/layout.def>
#undef LOWP_LAYOUT
};

static void visit_layouts(const docs_table *t) {
  if (t->rows != (int)(sizeof layouts / sizeof layouts[0])) docs_fail(t, "%d rows", t->rows);
  for (int r = 0; r < t->rows; r++) {
    expect(t, "layout", t->cell[r][0], layouts[r].name);
    expect(t, "written", t->cell[r][1], layouts[r].writes ? "yes" : "no");
  }
}

static void layout_table(void **state) {
  (void)state;
  docs_each(PAGE, "layouts", visit_layouts);
}

/* --- presets ------------------------------------------------------------------------------------------------------ */

static const struct {
  lowp_compat compat;
  lowp_scheme scheme;
  const char *mark;
} graded[] = {
#define RUN "V"
#define READ "R"
#define LOWP_COMPAT_ROW(compat, scheme, round, rule, range, tensor, max, target, hif8, grade, text) \
  {LOWP_COMPAT_##compat, LOWP_SCHEME_##scheme, grade},
#include "quant/compat.def"
#undef LOWP_COMPAT_ROW
};

static const char *mark_of(lowp_scheme scheme, lowp_compat compat) {
  for (size_t i = 0; i < sizeof graded / sizeof graded[0]; i++)
    if (graded[i].compat == compat && graded[i].scheme == scheme) return graded[i].mark;
  return "-";
}

/* Rows are schemes, columns presets other than lowp's own; what is said to be there is, and nothing else. */
static void visit_presets(const docs_table *t) {
  if (t->rows != LOWP_SCHEME_COUNT - 1 || t->cols != LOWP_COMPAT_COUNT) docs_fail(t, "%d x %d cells", t->rows, t->cols);
  for (int c = 1; c < t->cols; c++) {
    expect(t, "preset", t->head[c], lowp_compat_name((lowp_compat)c));
    for (int r = 0; r < t->rows; r++) {
      lowp_scheme scheme = docs_scheme(t, t->cell[r][0]);
      lowp_quant_opts o;
      bool there = lowp_quant_opts_compat(&o, scheme, (lowp_compat)c) == LOWP_OK;
      if ((int)scheme != r + 1) docs_fail(t, "row %d is %s", r + 1, t->cell[r][0]);
      expect(t, t->cell[r][0], t->cell[r][c], mark_of(scheme, (lowp_compat)c));
      if (there != (strcmp(t->cell[r][c], "-") != 0)) docs_fail(t, "%s, %s", t->cell[r][0], t->head[c]);
      if (there) assert_int_equal(lowp_quant_opts_check(&o, scheme, NULL), LOWP_OK);
    }
  }
}

static void preset_table(void **state) {
  (void)state;
  docs_each(PAGE, "presets", visit_presets);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(schemes_on_one_page), cmocka_unit_test(emax_table),     cmocka_unit_test(worked_examples),
      cmocka_unit_test(scale_rules),         cmocka_unit_test(clipped_maxima), cmocka_unit_test(nvfp4_small_blocks),
      cmocka_unit_test(nan_and_inf),         cmocka_unit_test(hif8_targets),   cmocka_unit_test(packing),
      cmocka_unit_test(layout_table),        cmocka_unit_test(preset_table),
  };
  return LOWP_SUITE_RUN("docs/formats.md: schemes", tests);
}
