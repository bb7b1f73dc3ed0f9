/* SPDX-License-Identifier: Apache-2.0 */
/* docs/audit.md against the library: quantities, units, the counts of the five articles, and its two examples of files. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "api/docs_table.h"
#include "audit/data.h"
#include "audit/keys.h"
#include "audit/rules.h"
#include "harness/suite.h"

#define PAGE "audit.md"

static void expect(const docs_table *t, const char *what, const char *cell, const char *want) {
  if (strcmp(cell, want) != 0) docs_fail(t, "%s is `%s`, the page says `%s`", what, want, cell);
}

static void visit_quantities(const docs_table *t) {
  static const char *const rules[] = {
#define LOWP_QUANTITY(ID, name, dimension, rule, text) #rule,
#include <lowp/quantity.def>
#undef LOWP_QUANTITY
  };
  if (t->rows != LOWP_QUANTITY_COUNT) docs_fail(t, "%d rows for %d quantities", t->rows, LOWP_QUANTITY_COUNT);
  for (int i = 0; i < t->rows; i++) {
    const lowpi_dimension dimension = lowpi_quantity_dimension((lowp_quantity)i);
    expect(t, "quantity", t->cell[i][0], lowp_quantity_name((lowp_quantity)i));
    expect(t, "unit", t->cell[i][1],
           dimension == LOWPI_DIM_NONE  ? "-"
           : dimension == LOWPI_DIM_ANY ? "any"
                                        : lowpi_unit_base(dimension)->name);
    if ((strcmp(rules[i], "outside") == 0) != (strcmp(t->cell[i][2], "unverifiable") == 0))
      docs_fail(t, "%s: '%s'", t->cell[i][0], t->cell[i][2]);
  }
}

static void visit_units(const docs_table *t) {
  int found = 0;
  for (int r = 0; r < t->rows; r++) {
    const lowpi_unit *base = lowpi_unit_of(t->cell[r][0]);
    if (!base || lowpi_unit_base(base->dimension) != base) docs_fail(t, "'%s' is no base unit", t->cell[r][0]);
    char list[LOWPI_UNITS_TEXT], want[LOWPI_UNITS_TEXT];
    size_t n = 0;
    lowpi_unit_list(base->dimension, list);
    for (const char *c = list; *c; c++)
      if (*c != ',') want[n++] = *c;
    want[n] = 0;
    expect(t, "units", t->cell[r][1], want);
    found++;
  }
  /* Dimensions from COUNT to BITS, one row each. */
  if (found != LOWPI_DIM_BITS - LOWPI_DIM_COUNT + 1) docs_fail(t, "%d rows", found);
}

static void visit_articles(const docs_table *t) {
  lowp_profiles *profiles = lowpt_profiles();
  if (t->rows != 5) docs_fail(t, "%d rows", t->rows);
  for (int r = 0; r < t->rows; r++) {
    char name[64], want[32];
    lowp_claims *claims = NULL;
    size_t counts[LOWP_VERDICT_COUNT] = {0};
    snprintf(name, sizeof name, "data/claims/%.8s.json", t->cell[r][0]);
    assert_int_equal(lowp_claims_create(&claims), LOWP_OK);
    assert_int_equal(lowp_claims_load(claims, lowpt_source_path(name), NULL), LOWP_OK);
    for (size_t i = 0; i < lowp_claims_count(claims); i++) {
      lowp_finding *finding = NULL;
      assert_int_equal(lowp_audit_claim(profiles, lowp_claims_get(claims, i), &finding, NULL), LOWP_OK);
      counts[finding->verdict]++;
      lowp_finding_destroy(finding);
    }
    snprintf(want, sizeof want, "%zu", lowp_claims_count(claims));
    expect(t, "claims", t->cell[r][1], want);
    for (int v = 0; v < LOWP_VERDICT_COUNT; v++) {
      snprintf(want, sizeof want, "%zu", counts[v]);
      expect(t, "verdict", t->head[2 + v], lowp_verdict_name((lowp_verdict)v));
      expect(t, t->cell[r][0], t->cell[r][2 + v], want);
    }
    lowp_claims_destroy(claims);
  }
  lowp_profiles_destroy(profiles);
}

static void quantities(void **state) {
  (void)state;
  docs_each(PAGE, "quantities", visit_quantities);
}

static void units(void **state) {
  (void)state;
  docs_each(PAGE, "units", visit_units);
}

static void articles(void **state) {
  (void)state;
  docs_each(PAGE, "articles", visit_articles);
}

/* The examples can be read, and their two claims are wrong: 500 TFLOPS, and 2 TB/s over 70 GB. */
static void examples(void **state) {
  (void)state;
  char *page = docs_load(PAGE);
  assert_non_null(page);
  char *first = strstr(page, "```json\n"), *first_end = first ? strstr(first + 8, "```") : NULL;
  char *second = first_end ? strstr(first_end, "```json\n") : NULL,
       *second_end = second ? strstr(second + 8, "```") : NULL;
  assert_non_null(second_end);
  lowp_profiles *profiles = NULL;
  lowp_claims *claims = NULL;
  lowp_error error = {LOWP_OK, ""};
  assert_int_equal(lowp_profiles_create(&profiles), LOWP_OK);
  assert_int_equal(lowp_claims_create(&claims), LOWP_OK);
  lowp_status status = lowp_profiles_parse(profiles, "example", first + 8, (size_t)(first_end - first - 8), &error);
  LOWP_CHECK(status == LOWP_OK, "%s", error.text);
  status = lowp_claims_parse(claims, "example", second + 8, (size_t)(second_end - second - 8), &error);
  LOWP_CHECK(status == LOWP_OK, "%s", error.text);
  assert_int_equal(lowp_claims_count(claims), 2);
  for (size_t i = 0; i < 2; i++) {
    lowp_finding *finding = NULL;
    assert_int_equal(lowp_audit_claim(profiles, lowp_claims_get(claims, i), &finding, NULL), LOWP_OK);
    assert_int_equal(finding->verdict, LOWP_VERDICT_INCONSISTENT);
    lowp_finding_destroy(finding);
  }
  lowp_claims_destroy(claims);
  lowp_profiles_destroy(profiles);
  free(page);
}

/* `name` as a word of its own on the page. */
static bool on_page(const char *page, const char *name) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
  const size_t n = strlen(name);
  for (const char *at = page; (at = strstr(at, name)) != NULL; at += n)
    if (at > page && !strchr(letters, at[-1]) && !strchr(letters, at[n])) return true;
  return false;
}

static size_t find_keys(const char *page, const lowpi_key *keys) {
  size_t found = 0;
  for (; keys && keys->name; keys++) {
    LOWP_CHECK(on_page(page, keys->name), "the page does not say what `%s` is", keys->name);
    LOWP_CHECK(keys->text && *keys->text, "the schema does not say what `%s` is", keys->name);
    for (const char *const *choice = keys->choices; choice && *choice; choice++)
      LOWP_CHECK(on_page(page, *choice), "the page does not name `%s` of `%s`", *choice, keys->name);
    found += 1 + find_keys(page, keys->keys) + find_keys(page, keys->more);
  }
  return found;
}

/* Every key of every table is on the page, and every choice. */
static void keys_of_files(void **state) {
  (void)state;
  char *page = docs_load(PAGE);
  assert_non_null(page);
  assert_false(on_page(page, "memor"));
  assert_true(find_keys(page, lowpi_profiles_keys) + find_keys(page, lowpi_claims_keys) > 100);
  free(page);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(quantities), cmocka_unit_test(units),
                                            cmocka_unit_test(articles), cmocka_unit_test(examples),
                                            cmocka_unit_test(keys_of_files)};
  return LOWP_SUITE_RUN("audit.md", tests);
}
