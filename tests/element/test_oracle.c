/* SPDX-License-Identifier: Apache-2.0 */
/* test_oracle.c: every line of element.def against the oracle: all codes, roundings and rules, edges and a sample. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "element/edges.h"
#include "harness/rng.h"
#include "harness/suite.h"

#include <math.h>
#include <stdlib.h>

enum { SAMPLE = 1 << 22, WORDS = 4 };

static const char *const round_names[] = {"rne", "half away", "half zero", "rtz", "up", "stochastic"};
enum { ROUNDS = sizeof round_names / sizeof round_names[0] };

static size_t compared;

/* Compares one input; prints the first differences and counts them all. */
static void compare(const lowpt_format *f, float x, lowp_encode_rules rules, uint32_t random, size_t *different) {
  uint32_t got = lowp_encode_with(f->id, x, rules, random), want = lowpt_oracle_encode(f, x, rules, random);
  compared++;
  if (got == want) return;
  if ((*different)++ < 5)
    print_error("%s: %a (%08x), %s, overflow %d inf %d nan %d negative %d, %d random bits of %08x: %02x, not %02x\n",
                f->name, (double)x, lowp_f32_bits(x), round_names[rules.round], rules.overflow, rules.inf, rules.nan,
                rules.negative, rules.sr_bits, random, got, want);
}

/* All six roundings of one input; the stochastic one with several words and widths. */
static void compare_rounds(const lowpt_format *f, float x, lowp_encode_rules rules, lowpt_rng *rng, size_t *different) {
  static const uint8_t widths[] = {1, 2, 7, 8, 13, 16, 23, 24, 31, 32};
  for (int round = 0; round < ROUNDS; round++) {
    rules.round = (uint8_t)round;
    for (int i = 0; i < (round == LOWP_ROUND_STOCHASTIC ? WORDS : 1); i++) {
      uint32_t random = i == 0 ? 0 : i == 1 ? UINT32_MAX : lowpt_u32(rng);
      rules.sr_bits = widths[lowpt_below(rng, sizeof widths)];
      compare(f, x, rules, random, different);
    }
  }
}

static void report(const lowpt_format *f, size_t different) {
  print_message("# %s: %zu compared, %zu different\n", f->name, compared, different);
  LOWP_CHECK(compared > 0 && different == 0, "%s: %zu of %zu differ", f->name, different, compared);
}

/* Each code's value is the formula's, bit for bit; bits above the width do not matter; and it encodes to itself. */
static void codes(void **state) {
  const lowpt_format *f = *state;
  for (uint32_t code = 0; code < 1u << f->bits; code++) {
    float value = lowp_decode(f->id, code);
    double want = f->values[code];
    if (isnan(want)) {
      LOWP_CHECK(isnan(value), "%s %02x: %a, not NaN", f->name, code, (double)value);
      continue;
    }
    LOWP_CHECK((double)value == want && !signbit(value) == !signbit(want), "%s %02x: %a, not %a", f->name, code,
               (double)value, want);
    float masked = lowp_decode(f->id, code | 0xa5u << f->bits);
    assert_memory_equal(&masked, &value, sizeof value);
    lowp_encode_rules rules = f->rules;
    rules.overflow = LOWP_OVERFLOW_NONFINITE; /* so that infinity finds its code */
    for (int round = 0; round < ROUNDS; round++) {
      rules.round = (uint8_t)round;
      uint32_t back = lowp_encode_with(f->id, value, rules, UINT32_MAX);
      LOWP_CHECK(back == code, "%s %02x: its value %a encodes to %02x", f->name, code, (double)value, back);
    }
  }
}

static void defaults(void **state) {
  const lowpt_format *f = *state;
  lowp_encode_rules rules = lowp_encode_default(f->id);
  assert_memory_equal(&rules, &f->rules, sizeof rules);
  for (int i = 0; i < 1000; i++) {
    lowpt_rng rng = {(uint64_t)i};
    float x = lowpt_any_f32(&rng);
    assert_int_equal(lowp_encode(f->id, x), lowp_encode_with(f->id, x, rules, 0));
  }
}

static void edges(void **state) {
  const lowpt_format *f = *state;
  lowpt_edges e = lowpt_edges_of(f, false);
  lowpt_rng rng = {f->id};
  size_t different = compared = 0;
  for (size_t i = 0; i < e.count; i++) compare_rounds(f, lowp_f32_from_bits(e.bits[i]), f->rules, &rng, &different);
  free(e.bits);
  report(f, different);
}

/* Every combination of the other rules, where they can matter. */
static void rules(void **state) {
  const lowpt_format *f = *state;
  lowpt_edges e = lowpt_edges_of(f, true);
  lowpt_rng rng = {f->id};
  size_t different = compared = 0;
  for (uint8_t combination = 0; combination < 16; combination++) {
    lowp_encode_rules r = {0, combination & 1, combination >> 1 & 1, combination >> 2 & 1, combination >> 3, 1};
    for (size_t i = 0; i < e.count; i++) compare_rounds(f, lowp_f32_from_bits(e.bits[i]), r, &rng, &different);
  }
  free(e.bits);
  report(f, different);
}

/* Bit patterns at a constant stride with a random start, so that exponents and signs are met evenly. */
static void sample(void **state) {
  const lowpt_format *f = *state;
  size_t formats;
  lowpt_formats(&formats);
  size_t inputs = SAMPLE / formats / (ROUNDS - 1 + WORDS);
  lowpt_rng rng = {f->id};
  uint32_t stride = (uint32_t)((UINT64_C(1) << 32) / inputs), bits = lowpt_below(&rng, stride);
  size_t different = compared = 0;
  for (size_t i = 0; i < inputs; i++, bits += stride)
    compare_rounds(f, lowp_f32_from_bits(bits), f->rules, &rng, &different);
  report(f, different);
}

int main(void) {
  static const struct {
    const char *name;
    CMUnitTestFunction function;
  } parts[] = {{"codes", codes}, {"defaults", defaults}, {"edges", edges}, {"rules", rules}, {"sample", sample}};
  enum { PARTS = sizeof parts / sizeof parts[0] };
  size_t formats;
  const lowpt_format *format = lowpt_formats(&formats);
  struct CMUnitTest *tests = calloc(formats * PARTS, sizeof *tests);
  char(*names)[64] = calloc(formats * PARTS, sizeof *names);
  if (!tests || !names) abort();
  for (size_t i = 0; i < formats * PARTS; i++) {
    snprintf(names[i], sizeof names[i], "%s: %s", format[i / PARTS].name, parts[i % PARTS].name);
    tests[i] = (struct CMUnitTest){.name = names[i], .test_func = parts[i % PARTS].function,
                                   .initial_state = (void *)(uintptr_t)&format[i / PARTS]};
  }
  int result = lowpt_suite_run("element oracle", tests, formats * PARTS);
  free(tests);
  free(names);
  return result;
}
