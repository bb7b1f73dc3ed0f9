/* SPDX-License-Identifier: Apache-2.0 */
/* cases_element.c: cases of encode, decode, amax and stream. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernel/checker.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 4100, CASES = (LOWPT_TAIL + 1 + 8) * LOWPT_PLACES };

static bool has_codes(const char *op, int id) {
  (void)op;
  return id != LOWP_ELEMENT_NONE && lowp_element_row_of((lowp_element)id).kind != LOWP_KIND_NATIVE;
}
static const char *element_name(int id) { return lowp_element_info_of((lowp_element)id)->name; }
static bool always(const char *op, int subject) { return op && subject == 0; }
static const char *amax_name(int subject) { return subject == 0 ? "amax" : "?"; }
static const char *amax16_name(int subject) { return subject == 0 ? "amax16" : "?"; }
static const char *stream_name(int subject) { return subject == 0 ? "stream" : "?"; }

/* Half of the cases use the defaults, for which kernels have paths of their own. */
static lowp_encode_rules some_rules(lowpt_case *c, lowp_element id) {
  lowp_encode_rules r = lowp_encode_default(id);
  if (lowpt_below(&c->rng, 2)) return r;
  r.round = (uint8_t)lowpt_below(&c->rng, LOWP_ROUND_STOCHASTIC + 1);
  r.overflow = (uint8_t)lowpt_below(&c->rng, 2);
  r.inf = (uint8_t)lowpt_below(&c->rng, 2);
  r.nan = (uint8_t)lowpt_below(&c->rng, 2);
  r.negative = (uint8_t)lowpt_below(&c->rng, 2);
  r.sr_bits = (uint8_t)(1 + lowpt_below(&c->rng, 32));
  return r;
}

static bool run_encode(lowpt_case *c) {
  static float x[MOST];
  static uint8_t want[2 * MOST];
  lowp_element id = (lowp_element)c->subject;
  size_t n = lowpt_case_size(c), size = n * lowp_element_size(id);
  lowp_encode_rules rules = some_rules(c, id);
  uint32_t seed = lowpt_u32(&c->rng);
  uint64_t counter = lowpt_u64(&c->rng);
  lowpt_case_floats(c, id, false, n, x);
  ((lowpk_encode_fn *)c->reference)(id, rules, seed, counter, n, x, want);
  lowpt_guard in = lowpt_case_buffer(c, x, n * sizeof *x, 1), out = lowpt_case_output(c, want, size, 1);
  lowpt_guard_protect(&in, false);
  snprintf(c->text, sizeof c->text,
           "n %zu, x %% 64 = %zu, codes %% 64 = %zu, round %d overflow %d inf %d nan %d negative %d bits %d", n,
           (size_t)((uintptr_t)in.data % 64), (size_t)((uintptr_t)out.data % 64), rules.round, rules.overflow, rules.inf,
           rules.nan, rules.negative, rules.sr_bits);
  ((lowpk_encode_fn *)c->candidate)(id, rules, seed, counter, n, (const void *)in.data, out.data);
  bool ok = lowpt_case_same(&out, want);
  lowpt_guard_free(&in);
  lowpt_guard_free(&out);
  return ok;
}

static bool run_decode(lowpt_case *c) {
  static float want[MOST];
  static uint8_t codes[2 * MOST];
  lowp_element id = (lowp_element)c->subject;
  size_t n = lowpt_case_size(c), size = n * lowp_element_size(id);
  for (size_t i = 0; i < size; i++) codes[i] = (uint8_t)lowpt_u32(&c->rng); /* bits above the width are ignored */
  ((lowpk_decode_fn *)c->reference)(id, n, codes, want);
  lowpt_guard in = lowpt_case_buffer(c, codes, size, 1), out = lowpt_case_output(c, want, n * sizeof *want, 1);
  lowpt_guard_protect(&in, false);
  snprintf(c->text, sizeof c->text, "n %zu, codes %% 64 = %zu, x %% 64 = %zu", n, (size_t)((uintptr_t)in.data % 64),
           (size_t)((uintptr_t)out.data % 64));
  ((lowpk_decode_fn *)c->candidate)(id, n, in.data, (void *)out.data);
  bool ok = lowpt_case_same_floats(&out, want);
  lowpt_guard_free(&in);
  lowpt_guard_free(&out);
  return ok;
}

static bool run_amax(lowpt_case *c) {
  static float x[MOST];
  size_t n = lowpt_case_size(c);
  lowpt_case_floats(c, LOWP_E4M3FN, lowpt_below(&c->rng, 2), n, x);
  /* The largest value at each place in turn, the last one included. */
  if (n) x[lowpt_below(&c->rng, 3) ? lowpt_below(&c->rng, (uint32_t)n) : n - 1] *= 2;
  uint32_t want = ((lowpk_amax_fn *)c->reference)(n, x);
  lowpt_guard in = lowpt_case_buffer(c, x, n * sizeof *x, 1);
  lowpt_guard_protect(&in, false);
  snprintf(c->text, sizeof c->text, "n %zu, x %% 64 = %zu", n, (size_t)((uintptr_t)in.data % 64));
  bool ok = ((lowpk_amax_fn *)c->candidate)(n, (const void *)in.data) == want;
  lowpt_guard_free(&in);
  return ok;
}

static bool run_amax16(lowpt_case *c) {
  static uint16_t x[MOST];
  size_t n = lowpt_case_size(c);
  const uint16_t below = lowpt_below(&c->rng, 2) ? 0xffff : 0x83ff; /* any bits, or one value above the others */
  for (size_t i = 0; i < n; i++) x[i] = (uint16_t)lowpt_u32(&c->rng) & below;
  if (n) x[lowpt_below(&c->rng, 3) ? lowpt_below(&c->rng, (uint32_t)n) : n - 1] |= 0x7c00;
  uint32_t want = ((lowpk_amax16_fn *)c->reference)(n, x);
  lowpt_guard in = lowpt_case_buffer(c, x, n * sizeof *x, 1);
  lowpt_guard_protect(&in, false);
  snprintf(c->text, sizeof c->text, "n %zu, x %% 64 = %zu", n, (size_t)((uintptr_t)in.data % 64));
  bool ok = ((lowpk_amax16_fn *)c->candidate)(n, in.data) == want;
  lowpt_guard_free(&in);
  return ok;
}

static bool run_stream(lowpt_case *c) {
  static uint8_t bytes[MOST], want[MOST];
  size_t n = lowpt_case_size(c);
  for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)lowpt_u32(&c->rng);
  ((lowpk_stream_fn *)c->reference)(n, bytes, want);
  lowpt_guard in = lowpt_case_buffer(c, bytes, n, 1), out = lowpt_case_output(c, want, n, 1);
  lowpt_guard_protect(&in, false);
  snprintf(c->text, sizeof c->text, "%zu bytes, from %% 64 = %zu, to %% 64 = %zu", n, (size_t)((uintptr_t)in.data % 64),
           (size_t)((uintptr_t)out.data % 64));
  ((lowpk_stream_fn *)c->candidate)(n, in.data, out.data);
  bool ok = lowpt_case_same(&out, want);
  lowpt_guard_free(&in);
  lowpt_guard_free(&out);
  return ok;
}

const lowpt_op lowpt_op_encode = {"encode", LOWP_ELEMENT_COUNT, has_codes, element_name, CASES, run_encode};
const lowpt_op lowpt_op_decode = {"decode", LOWP_ELEMENT_COUNT, has_codes, element_name, CASES, run_decode};
const lowpt_op lowpt_op_amax = {"amax", 1, always, amax_name, 2 * CASES, run_amax};
const lowpt_op lowpt_op_stream = {"stream", 1, always, stream_name, CASES, run_stream};
const lowpt_op lowpt_op_amax16 = {"amax16", 1, always, amax16_name, 2 * CASES, run_amax16};
