/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of docs/layouts.md against the library. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "api/docs_table.h"
#include "harness/suite.h"

#include <jansson.h>
#include <lowp/layout.h>
#include <stdlib.h>
#include <string.h>

#define PAGE "layouts.md"

static void expect(const docs_table *t, const char *what, const char *written, const char *true_text) {
  if (strcmp(written, true_text) != 0) docs_fail(t, "%s is `%s`, but the page says `%s`", what, true_text, written);
}

static lowp_scheme scheme_of(const docs_table *t, const char *name) {
  const lowp_scheme scheme = lowp_scheme_from_name(name);
  if (!scheme) docs_fail(t, "unknown scheme `%s`", name);
  return scheme;
}

static void visit_layouts(const docs_table *t) {
  if (t->rows != LOWP_LAYOUT_COUNT - 1) docs_fail(t, "%d rows", t->rows);
  for (int r = 0; r < t->rows; r++) {
    const lowp_layout_info *info = lowp_layout_info_of((lowp_layout)(r + 1));
    expect(t, "layout", t->cell[r][0], info->name);
    expect(t, info->name, t->cell[r][1], info->writes ? "yes" : "no");
    expect(t, info->name, t->cell[r][2], info->text);
  }
}

/* "ct 3x256x64" */
static lowp_layout parse_args(const docs_table *t, size_t *rank, size_t shape[8]) {
  char name[20];
  int used = 0;
  if (sscanf(t->args, "%19s %n", name, &used) != 1) docs_fail(t, "no layout");
  *rank = 0;
  for (char *end, *at = (char *)(uintptr_t)t->args + used; *at && *rank < 8; at = *end ? end + 1 : end)
    shape[(*rank)++] = strtoull(at, &end, 10);
  return lowp_layout_from_name(name);
}

/* Returns the schemes that the table has. */
static void visit_parts(const docs_table *t, bool seen[LOWP_SCHEME_COUNT]) {
  size_t rank, shape[8];
  const lowp_layout layout = parse_args(t, &rank, shape);
  for (int r = 0; r < t->rows; r++) {
    const lowp_scheme scheme = scheme_of(t, t->cell[r][0]);
    seen[scheme] = true;
    const char *format = layout == LOWP_LAYOUT_CT ? lowp_layout_ct_format(scheme) : "-";
    expect(t, t->cell[r][0], t->cell[r][1], format ? format : "-");
    lowp_layout_plan *plan;
    lowp_error error = {0};
    if (lowp_layout_plan_create(layout, scheme, "X.weight", rank, shape, NULL, &plan, &error))
      docs_fail(t, "%s", error.text);
    char text[400];
    size_t used = 0;
    for (size_t i = 0; i < plan->count; i++) {
      const lowp_part *p = &plan->parts[i];
      used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s ", i ? "; " : "", p->name,
                               lowp_dtype_name(p->dtype));
      for (size_t d = 0; d < p->rank; d++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%zu", d ? "x" : "", p->shape[d]);
    }
    expect(t, t->cell[r][0], t->cell[r][2], text);
    lowp_layout_plan_destroy(plan);
  }
}

/* A table `parts` has every scheme of the layout, apart from the plain ones; `parts-some` has examples. */
static void visit_all_parts(const docs_table *t) {
  bool seen[LOWP_SCHEME_COUNT] = {false};
  size_t rank, shape[8];
  const lowp_layout layout = parse_args(t, &rank, shape);
  visit_parts(t, seen);
  for (int id = LOWP_SCHEME_NONE + 1; id < LOWP_SCHEME_COUNT; id++) {
    const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
    const bool wanted = info->family != LOWP_FAMILY_CAST && lowp_layout_supports(layout, info->id);
    if (wanted != seen[id]) docs_fail(t, "%s is %s", info->name, wanted ? "missing" : "not written by this layout");
  }
}

static void visit_some_parts(const docs_table *t) {
  bool seen[LOWP_SCHEME_COUNT] = {false};
  visit_parts(t, seen);
}

static void visit_gptoss_names(const docs_table *t) {
  for (int r = 0; r < t->rows; r++) {
    lowp_layout_plan *plan;
    char text[300];
    if (lowp_layout_plan_create(LOWP_LAYOUT_GPTOSS, LOWP_SCHEME_MXFP4, t->cell[r][0], 3, (const size_t[]){2, 4, 32},
                                NULL, &plan, NULL))
      docs_fail(t, "%s is refused", t->cell[r][0]);
    snprintf(text, sizeof text, "%s; %s", plan->parts[0].name, plan->parts[1].name);
    expect(t, t->cell[r][0], t->cell[r][1], text);
    lowp_layout_plan_destroy(plan);
  }
}

/* "float 8 block 128x128", "int 8 token dynamic", "none" */
static void arguments_text(const json_t *args, char *text, size_t room) {
  if (json_is_null(args)) {
    snprintf(text, room, "none");
    return;
  }
  size_t used = (size_t)snprintf(text, room, "%s %d %s", json_string_value(json_object_get(args, "type")),
                                 (int)json_integer_value(json_object_get(args, "num_bits")),
                                 json_string_value(json_object_get(args, "strategy")));
  const json_t *group = json_object_get(args, "group_size"), *block = json_object_get(args, "block_structure");
  if (group) used += (size_t)snprintf(text + used, room - used, " %d", (int)json_integer_value(group));
  if (block)
    used += (size_t)snprintf(text + used, room - used, " %dx%d", (int)json_integer_value(json_array_get(block, 0)),
                             (int)json_integer_value(json_array_get(block, 1)));
  if (json_is_false(json_object_get(args, "symmetric")))
    used += (size_t)snprintf(text + used, room - used, " asymmetric");
  if (json_is_true(json_object_get(args, "dynamic"))) snprintf(text + used, room - used, " dynamic");
}

static void activations(const docs_table *t, int r, lowp_activations choice, int column) {
  const lowp_config_module module = {"X.weight", scheme_of(t, t->cell[r][0])};
  const lowp_config_options options = {.struct_size = sizeof options, .activations = choice};
  char *json, text[100];
  if (lowp_config_text(LOWP_LAYOUT_CT, 1, &module, &options, &json, NULL)) {
    expect(t, t->cell[r][0], t->cell[r][column], "refused");
    return;
  }
  json_t *root = json_loads(json, 0, NULL);
  const json_t *group = json_object_get(json_object_get(root, "config_groups"), "group_0");
  arguments_text(json_object_get(group, "weights"), text, sizeof text);
  expect(t, t->cell[r][0], t->cell[r][1], text);
  arguments_text(json_object_get(group, "input_activations"), text, sizeof text);
  expect(t, t->cell[r][0], t->cell[r][column], text);
  json_decref(root);
  free(json);
}

static void visit_activations(const docs_table *t) {
  int formats = 0;
  for (int id = 1; id < LOWP_SCHEME_COUNT; id++) formats += lowp_layout_ct_format((lowp_scheme)id) != NULL;
  if (t->rows != formats) docs_fail(t, "%d rows, but %d formats", t->rows, formats);
  for (int r = 0; r < t->rows; r++) {
    activations(t, r, LOWP_ACTIVATIONS_DEFAULT, 2);
    activations(t, r, LOWP_ACTIVATIONS_SAME, 3);
  }
}

static void test_tables(void **state) {
  (void)state;
  int line = 0;
  LOWP_CHECK(docs_unmarked(PAGE, &line) == 0, PAGE ":%d: a table without `<!-- table: ... -->`", line);
  docs_each(PAGE, "layouts", visit_layouts);
  docs_each(PAGE, "gptoss-names", visit_gptoss_names);
  docs_each(PAGE, "activations", visit_activations);
}

static void test_parts(void **state) {
  (void)state;
  docs_each(PAGE, "parts", visit_all_parts);
  docs_each(PAGE, "parts-some", visit_some_parts);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(test_tables), cmocka_unit_test(test_parts)};
  return LOWP_SUITE_RUN("layouts: docs/layouts.md", tests);
}
