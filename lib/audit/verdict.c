/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.c: from a claim to a finding: which rule, and what rules say with. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/rules.h"

/* --- the table of rules ------------------------------------------------------------------------------------------- */

static const struct row {
  const char *name;
  lowpi_dimension dimension;
  lowpi_rule *rule;
} rows[] = {
#define LOWP_QUANTITY(ID, name, dimension, rule, text) {name, LOWPI_DIM_##dimension, lowpi_rule_##rule},
#include <lowp/quantity.def>
#undef LOWP_QUANTITY
};

const char *lowp_quantity_name(lowp_quantity quantity) {
  return (unsigned)quantity < LOWP_QUANTITY_COUNT ? rows[quantity].name : "?";
}

lowpi_dimension lowpi_quantity_dimension(lowp_quantity quantity) {
  return (unsigned)quantity < LOWP_QUANTITY_COUNT ? rows[quantity].dimension : LOWPI_DIM_NONE;
}

const char *lowp_verdict_name(lowp_verdict verdict) {
  static const char *const names[] = {"consistent", "unverifiable", "mislabelled", "inconsistent"};
  return (unsigned)verdict < LOWP_VERDICT_COUNT ? names[verdict] : "?";
}

/* --- saying ------------------------------------------------------------------------------------------------------- */

static const char *print(lowpi_case *c, const char *format, va_list args) {
  char text[1024];
  const int n = vsnprintf(text, sizeof text, format, args);
  const size_t length = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
  char *copy = lowpi_arena_copy(&c->arena, text, length);
  if (!copy) c->no_memory = true;
  return copy;
}

void lowpi_say(lowpi_case *c, const char *format, ...) {
  if (c->line_count == c->line_room) {
    const size_t room = c->line_room ? 2 * c->line_room : 16;
    const char **grown = realloc(c->lines, room * sizeof *grown);
    if (!grown) {
      c->no_memory = true;
      return;
    }
    c->lines = grown;
    c->line_room = room;
  }
  va_list args;
  va_start(args, format);
  const char *line = print(c, format, args);
  va_end(args);
  if (line) c->lines[c->line_count++] = line;
}

void lowpi_conclude(lowpi_case *c, lowp_verdict verdict, double factor, const char *format, ...) {
  va_list args;
  va_start(args, format);
  c->verdict = verdict;
  if (factor > 0 && factor < 1) factor = 1 / factor;
  c->factor = factor < 1e300 ? factor : 0; /* of a claim of 0 there is no factor */
  c->reason = print(c, format, args);
  va_end(args);
}

void lowpi_missing(lowpi_case *c, const char *format, ...) {
  va_list args;
  va_start(args, format);
  const char *what = print(c, format, args);
  va_end(args);
  lowpi_conclude(c, LOWP_VERDICT_UNVERIFIABLE, 0, "missing: %s", what ? what : "");
}

/* --- findings ----------------------------------------------------------------------------------------------------- */

/* What a finding is allocated with. */
typedef struct holder {
  lowp_finding finding;
  lowpi_arena arena;
} holder;

/* The parts one after the other; the worst verdict with its factor and reason is that of the claim. */
static void examine_parts(lowpi_case *c) {
  const lowp_claim *whole = c->claim;
  lowp_verdict worst = LOWP_VERDICT_CONSISTENT;
  double factor = 0;
  const char *reason = NULL;
  for (size_t i = 0; i < whole->part_count; i++) {
    c->claim = &whole->parts[i];
    lowpi_say(c, "part %zu, %s of %s:", i + 1, lowp_quantity_name(c->claim->quantity), c->claim->subject);
    rows[c->claim->quantity].rule(c);
    lowpi_say(c, "%s: %s", lowp_verdict_name(c->verdict), c->reason ? c->reason : "");
    if (!reason || c->verdict > worst) {
      worst = c->verdict;
      factor = c->factor;
      reason = c->reason;
    }
  }
  c->claim = whole;
  c->verdict = worst;
  c->factor = factor;
  c->reason = reason;
}

lowp_status lowp_audit_claim(const lowp_profiles *profiles, const lowp_claim *claim, lowp_finding **out,
                             lowp_error *error) {
  if (!profiles || !claim || !out) return lowpi_fail(error, LOWP_E_ARGUMENT, "no profiles, claim or place given");
  if (!claim->part_count && (unsigned)claim->quantity >= LOWP_QUANTITY_COUNT)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "the claim has an unknown quantity");
  lowpi_case c = {.profiles = profiles, .claim = claim};
  if (claim->part_count)
    examine_parts(&c);
  else
    rows[claim->quantity].rule(&c);
  holder *h = c.no_memory ? NULL : calloc(1, sizeof *h);
  if (!h) {
    lowpi_arena_free(&c.arena);
    free(c.lines);
    return lowpi_fail(error, LOWP_E_NOMEM, "not enough memory for a finding");
  }
  h->finding = (lowp_finding){c.verdict, c.factor, c.reason, c.line_count, c.lines};
  h->arena = c.arena;
  *out = &h->finding;
  return LOWP_OK;
}

void lowp_finding_destroy(lowp_finding *finding) {
  if (!finding) return;
  holder *h = (holder *)finding;
  lowpi_arena_free(&h->arena);
  free((void *)finding->lines);
  free(h);
}
