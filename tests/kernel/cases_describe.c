/* SPDX-License-Identifier: Apache-2.0 */
/* cases_describe.c: cases of describe: every sum and crest factor to its last bit. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernel/checker.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = LOWPK_DESCRIBE_MOST, CASES = (LOWPT_TAIL + 1 + 8) * LOWPT_PLACES, POISON = 0x5a };

static bool always(const char *op, int subject) { return op && subject == 0; }
static const char *name(int subject) { return subject == 0 ? "describe" : "?"; }

static bool same(const lowpk_description *a, const lowpk_description *b, size_t n, bool finite) {
  if (finite && memcmp(a->powers, b->powers, sizeof a->powers) != 0) return false;
  for (size_t j = 0, length = LOWPK_DESCRIBE_RUN; j < LOWPK_DESCRIBE_LEVELS; j++, length *= 2)
    if (memcmp(a->crest[j], b->crest[j], (n + length - 1) / length * sizeof(double)) != 0) return false;
  return true;
}

static bool run_describe(lowpt_case *c) {
  static float x[MOST];
  static lowpk_description want, got;
  size_t n = lowpt_case_size(c);
  if (n == 0) n = 1 + lowpt_below(&c->rng, 3000);
  if (n > MOST || lowpt_below(&c->rng, 32) == 0) n = MOST;
  const bool finite = lowpt_below(&c->rng, 3) != 0;
  lowpt_case_floats(c, LOWP_E4M3FN, finite, n, x);
  if (lowpt_below(&c->rng, 3) == 0) /* blocks without a signal */
    for (size_t i = 0; i < n; i++) x[i] = i % 96 < 48 ? 0 : x[i];
  if (!finite && lowpt_below(&c->rng, 2))
    x[lowpt_below(&c->rng, (uint32_t)n)] = lowpt_below(&c->rng, 2) ? INFINITY : NAN;
  memset(&want, POISON, sizeof want);
  memset(&got, POISON, sizeof got);
  ((lowpk_describe_fn *)c->reference)(n, x, &want);
  lowpt_guard in = lowpt_case_buffer(c, x, n * sizeof *x, sizeof *x);
  lowpt_guard_protect(&in, false);
  snprintf(c->text, sizeof c->text, "n %zu, x %% 64 = %zu%s", n, (size_t)((uintptr_t)in.data % 64),
           finite ? "" : ", not all finite");
  ((lowpk_describe_fn *)c->candidate)(n, (const void *)in.data, &got);
  const bool ok = same(&want, &got, n, finite);
  lowpt_guard_free(&in);
  return ok;
}

const lowpt_op lowpt_op_describe = {"describe", 1, always, name, 2 * CASES, run_describe};
