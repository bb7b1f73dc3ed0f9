/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docs/formats.md against the library: its structure, and every table of elements. Whoever adds a line to element.def
 * or scheme.def without describing it there is stopped here.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "api/docs_table.h"

#include "harness/suite.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAGE "formats.md"

static const char *const round_names[] = {"rne", "half-away", "half-zero", "rtz", "up", "stochastic"};

/* --- structure ---------------------------------------------------------------------------------------------------- */

static void every_table_is_marked(void **state) {
  static const char *const pages[] = {"formats.md", "numerics.md"};
  (void)state;
  for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
    int line = 0;
    LOWP_CHECK(docs_unmarked(pages[i], &line) == 0, "%s:%d: a table without `<!-- table: ... -->`", pages[i], line);
  }
}

/* Is there a heading of third level under `## part` that lists this name? Names are separated by commas. */
static bool has_section(const char *text, const char *part, const char *name) {
  char heading[64];
  snprintf(heading, sizeof heading, "\n## %s\n", part);
  const char *p = strstr(text, heading);
  if (!p) return false;
  const char *end = strstr(p + 4, "\n## ");
  size_t n = strlen(name);
  while ((p = strstr(p, "\n### ")) && (!end || p < end)) {
    p += 5;
    for (const char *word = p; *word && *word != '\n';) {
      size_t length = strcspn(word, ", (\n");
      if (length == n && strncmp(word, name, n) == 0) return true;
      if (word[length] == '(') break;
      word += length + strspn(word + length, ", ");
    }
  }
  return false;
}

static void every_name_has_a_section(void **state) {
  char *text = docs_load(PAGE);
  (void)state;
  assert_non_null(text);
  for (unsigned id = 1; id < LOWP_ELEMENT_COUNT; id++) {
    const char *name = lowp_element_info_of((lowp_element)id)->name;
    LOWP_CHECK(has_section(text, "Elements", name), "element %s has no section", name);
  }
  for (unsigned id = 1; id < LOWP_SCHEME_COUNT; id++) {
    const char *name = lowp_scheme_info_of((lowp_scheme)id)->name;
    LOWP_CHECK(has_section(text, "Schemes", name), "scheme %s has no section", name);
  }
  assert_false(has_section(text, "Elements", "e9m9"));
  free(text);
}

/* The anchor that Markdown renderers give a heading: lower case, blanks to hyphens, punctuation dropped. */
static void slug(const char *heading, char *out) {
  for (; *heading && *heading != '\n'; heading++) {
    unsigned char c = (unsigned char)*heading;
    if (isalnum(c) || c == '-' || c == '_')
      *out++ = (char)tolower(c);
    else if (c == ' ')
      *out++ = '-';
  }
  *out = '\0';
}

static bool has_anchor(const char *text, const char *anchor, size_t n) {
  for (const char *p = text; (p = strstr(p, "\n#"));) {
    char s[512];
    p += 1 + strspn(p + 1, "#");
    if (strcspn(p, "\n") < sizeof s) {
      slug(p + strspn(p, " "), s);
      if (strlen(s) == n && strncmp(s, anchor, n) == 0) return true;
    }
  }
  return false;
}

static void links_point_somewhere(void **state) {
  char *text = docs_load(PAGE), *other = docs_load("numerics.md");
  int links = 0;
  (void)state;
  assert_non_null(text);
  assert_non_null(other);
  for (const char *p = text; (p = strstr(p, "](")); links++) {
    p += 2;
    if (strncmp(p, "http", 4) == 0) continue;
    size_t n = strcspn(p, ")"), file = strcspn(p, "#)");
    bool here = file == 0, there = file == 11 && strncmp(p, "numerics.md", 11) == 0;
    LOWP_CHECK(here || there, "link to `%.*s`", (int)n, p);
    if (file < n)
      LOWP_CHECK(has_anchor(here ? text : other, p + file + 1, n - file - 1), "no heading for `%.*s`", (int)n, p);
  }
  assert_true(links > 50);
  free(text);
  free(other);
}

/* --- elements ----------------------------------------------------------------------------------------------------- */

/* Exactly, not only to the precision of f32. */
static void check_code(const docs_table *t, lowp_element id, unsigned code, const char *value) {
  double want = docs_number(t, value);
  float have = lowp_decode(id, code);
  if (!docs_same((float)want, have) || (!isnan(have) && want != (double)have))
    docs_fail(t, "code %02X is %.9g, not `%s`", code, (double)have, value);
}

/* "448 (7E)": the code has this value, and so has the description. */
static void check_extreme(const docs_table *t, lowp_element id, const char *cell, float described) {
  char value[64];
  const char *open = strstr(cell, " (");
  if (!open || (size_t)(open - cell) >= sizeof value) docs_fail(t, "`%s` is not VALUE (CODE)", cell);
  memcpy(value, cell, (size_t)(open - cell));
  value[open - cell] = '\0';
  check_code(t, id, (unsigned)strtoul(open + 2, NULL, 16), value);
  if (docs_f32(t, value) != described) docs_fail(t, "`%s`: the library says %.9g", cell, (double)described);
}

static bool code_is_inf(lowp_element id, unsigned c) { return isinf(lowp_decode(id, c)); }
static bool code_is_nan(lowp_element id, unsigned c) { return isnan(lowp_decode(id, c)); }
static bool code_is_negative_zero(lowp_element id, unsigned c) {
  return lowp_f32_bits(lowp_decode(id, c)) == 0x80000000u;
}

/* "7D..7F FD..FF", or "-": exactly these codes have the property. Returns whether there are any. */
static bool check_set(const docs_table *t, lowp_element id, const char *cell,
                      bool (*property)(lowp_element, unsigned)) {
  unsigned codes = 1u << lowp_element_row_of(id).bits, listed = 0, real = 0;
  for (unsigned c = 0; c < codes; c++) real += property(id, c);
  for (const char *p = cell; *p && strcmp(cell, "-") != 0; p += strspn(p, " ")) {
    char *end;
    unsigned first = (unsigned)strtoul(p, &end, 16), last = first;
    if (strncmp(end, "..", 2) == 0) last = (unsigned)strtoul(end + 2, &end, 16);
    if (end == p || last >= codes) docs_fail(t, "`%s` is not a list of codes", cell);
    for (unsigned c = first; c <= last; c++, listed++)
      if (!property(id, c)) docs_fail(t, "%s: code %02X is not one of `%s`", lowp_element_info_of(id)->name, c, cell);
    p = end;
  }
  if (listed != real)
    docs_fail(t, "%s: %u codes listed in `%s`, %u there", lowp_element_info_of(id)->name, listed, cell, real);
  return listed > 0;
}

static void check_shape(const docs_table *t, const lowp_element_info *info, const char *shape, const char *bias) {
  char want[32], want_bias[16] = "-";
  if (info->row.kind == LOWP_KIND_MINIFLOAT) {
    lowp_minifloat f = info->row.minifloat;
    snprintf(want, sizeof want, "%u.%u.%u", f.s, f.e, f.m);
    snprintf(want_bias, sizeof want_bias, "%d", f.bias);
  } else if (info->row.kind == LOWP_KIND_TAPERED) {
    snprintf(want, sizeof want, "tapered");
  } else {
    snprintf(want, sizeof want, info->row.fixed.frac ? "integer / %u" : "integer", 1u << info->row.fixed.frac);
  }
  if (strcmp(want, shape) != 0) docs_fail(t, "%s: shape %s, not %s", info->name, want, shape);
  if (strcmp(want_bias, bias) != 0) docs_fail(t, "%s: bias %s, not %s", info->name, want_bias, bias);
}

static void visit_elements(const docs_table *t) {
  int row = 0;
  for (unsigned id = 1; id < LOWP_ELEMENT_COUNT; id++) {
    const lowp_element_info *info = lowp_element_info_of((lowp_element)id);
    if (info->row.kind == LOWP_KIND_NATIVE) continue;
    char *const *c = t->cell[row++];
    if (row > t->rows || strcmp(c[0], info->name) != 0) docs_fail(t, "row %d should be %s", row, info->name);
    if (docs_number(t, c[1]) != info->row.bits) docs_fail(t, "%s has %u bits", info->name, info->row.bits);
    check_shape(t, info, c[2], c[3]);
    check_extreme(t, info->id, c[4], info->max);
    check_extreme(t, info->id, c[5], info->min_normal);
    check_extreme(t, info->id, c[6], info->min_positive);
    bool inf = check_set(t, info->id, c[7], code_is_inf), nan = check_set(t, info->id, c[8], code_is_nan);
    bool zero = check_set(t, info->id, c[9], code_is_negative_zero);
    if (inf != info->has_inf || nan != info->has_nan || zero != info->has_negative_zero)
      docs_fail(t, "%s: the library describes other special values", info->name);
    lowp_encode_rules rules = lowp_encode_default(info->id);
    if (strcmp(c[10], round_names[rules.round]) != 0)
      docs_fail(t, "%s rounds %s", info->name, round_names[rules.round]);
    if (strcmp(c[11], rules.overflow == LOWP_OVERFLOW_SATURATE ? "saturate" : "nonfinite") != 0)
      docs_fail(t, "%s: overflow is not %s", info->name, c[11]);
  }
  if (row != t->rows) docs_fail(t, "%d rows for %d elements", t->rows, row);
}

static void elements_on_one_page(void **state) {
  (void)state;
  docs_each(PAGE, "elements", visit_elements);
}

static void visit_specials(const docs_table *t) {
  static const char *const kinds[] = {"none", "ieee", "fn", "fnuz", "p3109", "scale"};
  int listed = 0, minifloats = 0;
  for (unsigned id = 1; id < LOWP_ELEMENT_COUNT; id++)
    minifloats += lowp_element_row_of((lowp_element)id).kind == LOWP_KIND_MINIFLOAT;
  for (int r = 0; r < t->rows; r++) {
    for (const char *p = t->cell[r][1]; *p; p += strspn(p, " "), listed++) {
      char name[32];
      snprintf(name, sizeof name, "%.*s", (int)strcspn(p, " "), p);
      const char *kind = kinds[lowp_element_row_of(docs_element(t, name)).minifloat.specials];
      if (strcmp(kind, t->cell[r][0]) != 0) docs_fail(t, "%s is of the kind %s", name, kind);
      p += strlen(name);
    }
  }
  if (listed != minifloats) docs_fail(t, "%d elements of %d", listed, minifloats);
}

static void kinds_of_specials(void **state) {
  (void)state;
  docs_each(PAGE, "specials", visit_specials);
}

static void visit_natives(const docs_table *t) {
  for (int r = 0; r < t->rows; r++) {
    lowp_element id = docs_element(t, t->cell[r][0]);
    if (docs_number(t, t->cell[r][1]) != lowp_element_row_of(id).bits ||
        docs_number(t, t->cell[r][2]) != (double)lowp_element_size(id))
      docs_fail(t, "%s is described wrongly", t->cell[r][0]);
  }
}

static void natives(void **state) {
  (void)state;
  docs_each(PAGE, "natives", visit_natives);
}

/* Every code that is not negative, each in its place. */
static void visit_codes(const docs_table *t) {
  lowp_element id = docs_element(t, t->args);
  lowp_element_row row = lowp_element_row_of(id);
  unsigned expected = 0;
  for (int r = 0; r < t->rows; r++) {
    unsigned base = docs_hex(t, t->cell[r][0]);
    for (int c = 1; c < t->cols; c++, expected++) {
      unsigned code = base + (unsigned)docs_number(t, t->head[c] + 1);
      if (code != expected) docs_fail(t, "code %02X is out of order", code);
      check_code(t, id, code, t->cell[r][c]);
    }
  }
  bool is_signed = row.kind != LOWP_KIND_FIXED;
  if (expected != 1u << (row.bits - is_signed)) docs_fail(t, "%u codes", expected);
}

static void code_tables(void **state) {
  (void)state;
  docs_each(PAGE, "codes", visit_codes);
}

static void visit_anchors(const docs_table *t) {
  lowp_element id = docs_element(t, t->args);
  for (int r = 0; r < t->rows; r++) check_code(t, id, docs_hex(t, t->cell[r][0]), t->cell[r][1]);
}

static void anchors(void **state) {
  (void)state;
  docs_each(PAGE, "anchors", visit_anchors);
}

/* Each element has its codes tabulated, or at least its landmarks. */
static uint8_t tabulated[LOWP_ELEMENT_COUNT];
static void visit_note(const docs_table *t) { tabulated[docs_element(t, t->args)] = 1; }

static void every_element_has_codes(void **state) {
  (void)state;
  docs_each(PAGE, "codes", visit_note);
  docs_each(PAGE, "anchors", visit_note);
  for (unsigned id = 1; id < LOWP_ELEMENT_COUNT; id++) {
    const lowp_element_info *info = lowp_element_info_of((lowp_element)id);
    LOWP_CHECK(tabulated[id] || info->row.kind == LOWP_KIND_NATIVE, "no codes of %s", info->name);
  }
}

static void visit_encode(const docs_table *t) {
  lowp_element id = docs_element(t, t->args);
  for (int c = 1; c < t->cols; c++) {
    lowp_encode_rules rules = docs_rules(t, id, t->head[c]);
    for (int r = 0; r < t->rows; r++) {
      unsigned want = docs_hex(t, t->cell[r][c]), have = lowp_encode_with(id, docs_f32(t, t->cell[r][0]), rules, 0);
      if (want != have) docs_fail(t, "%s with %s is %02X, not %02X", t->cell[r][0], t->head[c], have, want);
    }
  }
}

static void encode_tables(void **state) {
  (void)state;
  docs_each(PAGE, "encode", visit_encode);
}

static void visit_reciprocals(const docs_table *t) {
  for (int c = 1; c < t->cols; c++) {
    float have = lowp_decode(LOWP_BF16, lowp_encode(LOWP_BF16, 1.0f / docs_f32(t, t->head[c])));
    if (have != docs_f32(t, t->cell[0][c])) docs_fail(t, "bf16(1/%s) is %.9g", t->head[c], (double)have);
  }
}

static void hif4_reciprocals(void **state) {
  (void)state;
  docs_each(PAGE, "hif4-reciprocals", visit_reciprocals);
}

static void visit_philox(const docs_table *t) {
  for (int r = 0; r < t->rows; r++) {
    uint64_t counter = strtoull(t->cell[r][1], NULL, 16), have = lowp_philox(docs_hex(t, t->cell[r][0]), counter);
    if (have != strtoull(t->cell[r][2], NULL, 16)) docs_fail(t, "row %d: %016llx", r + 1, (unsigned long long)have);
  }
}

static void philox_answers(void **state) {
  (void)state;
  docs_each("numerics.md", "philox", visit_philox);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_table_is_marked),
      cmocka_unit_test(every_name_has_a_section),
      cmocka_unit_test(links_point_somewhere),
      cmocka_unit_test(elements_on_one_page),
      cmocka_unit_test(kinds_of_specials),
      cmocka_unit_test(natives),
      cmocka_unit_test(code_tables),
      cmocka_unit_test(anchors),
      cmocka_unit_test(every_element_has_codes),
      cmocka_unit_test(encode_tables),
      cmocka_unit_test(hif4_reciprocals),
      cmocka_unit_test(philox_answers),
  };
  return LOWP_SUITE_RUN("docs/formats.md: elements", tests);
}
