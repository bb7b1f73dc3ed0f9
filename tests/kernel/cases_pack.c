/* SPDX-License-Identifier: Apache-2.0 */
/* cases_pack.c: cases of pack_codes, for each width of codes: any bytes, rows as far apart as they like. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernel/checker.h"
#include <stdio.h>

enum { MOST = LOWPK_STEP * 2, APART = 80 };
static const unsigned widths[] = {4, 6, 8, 16};
static const char *const names[] = {"4 bits", "6 bits", "8 bits", "16 bits"};

static bool always(const char *op, int subject) { return op && subject >= 0; }
static const char *name_of(int subject) { return names[subject]; }

static bool run_pack_codes(lowpt_case *c) {
  static uint8_t rows[LOWPK_NR * (MOST + APART)], want[LOWPK_NR * MOST];
  const unsigned bits = widths[c->subject];
  const size_t bytes = (size_t)LOWPK_STEP / 8 * bits, stride = bytes + lowpt_below(&c->rng, APART);
  const size_t size = (LOWPK_NR - 1) * stride + bytes;
  for (size_t i = 0; i < size; i++) rows[i] = (uint8_t)lowpt_u32(&c->rng);
  ((lowpk_pack_codes_fn *)c->reference)(bits, rows, stride, want);
  lowpt_guard in = lowpt_case_buffer(c, rows, size, 1);
  lowpt_guard out = lowpt_case_output(c, want, LOWPK_NR * bytes, 64);
  lowpt_guard_protect(&in, false);
  snprintf(c->text, sizeof c->text, "%s, stride %zu", names[c->subject], stride);
  ((lowpk_pack_codes_fn *)c->candidate)(bits, in.data, stride, out.data);
  bool ok = lowpt_case_same(&out, want);
  lowpt_guard_free(&in);
  lowpt_guard_free(&out);
  return ok;
}

const lowpt_op lowpt_op_pack_codes = {"pack_codes", 4, always, name_of, 64, run_pack_codes};
