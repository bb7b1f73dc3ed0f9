/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_baseline.c: a baseline that is read comes back the same when it is written and read again. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "tools/analyze_baseline.h"

int lowpt_accepted;

static int same(const analyze_baseline *a, const analyze_baseline *b) {
  if (a->count != b->count || a->format_count != b->format_count || a->tolerance_db != b->tolerance_db) return 0;
  for (size_t i = 0; i < a->format_count; i++)
    if (a->formats[i].scheme != b->formats[i].scheme || strcmp(a->formats[i].rules, b->formats[i].rules) != 0) return 0;
  for (size_t i = 0; i < a->count; i++) {
    const baseline_tensor *x = &a->tensors[i], *y = &b->tensors[i];
    if (strcmp(x->name, y->name) != 0 || strcmp(x->hash, y->hash) != 0 || x->rank != y->rank) return 0;
    if (memcmp(x->shape, y->shape, x->rank * sizeof *x->shape) != 0 || x->tolerance_db != y->tolerance_db) return 0;
    if (memcmp(x->nmse, y->nmse, a->format_count * sizeof *x->nmse) != 0) return 0;
  }
  return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  analyze_baseline first, again;
  char problem[256] = "";
  lowpt_accepted = 0;
  if (!analyze_baseline_parse((const char *)data, size, &first, problem, sizeof problem)) {
    LOWPT_ALWAYS(problem[0] != 0 && first.formats == NULL && first.tensors == NULL);
    return 0;
  }
  lowpt_accepted = 1;
  /* Tolerances are kept in as many digits as errors. */
  first.tolerance_db = analyze_baseline_round(first.tolerance_db);
  for (size_t i = 0; i < first.count; i++)
    if (first.tensors[i].tolerance_db >= 0)
      first.tensors[i].tolerance_db = analyze_baseline_round(first.tensors[i].tolerance_db);
  char *text = analyze_baseline_text(&first);
  LOWPT_ALWAYS(text != NULL);
  LOWPT_ALWAYS(analyze_baseline_parse(text, strlen(text), &again, problem, sizeof problem));
  LOWPT_ALWAYS(same(&first, &again));
  free(text);
  analyze_baseline_free(&again);
  analyze_baseline_free(&first);
  return 0;
}
