/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_exhaustive.c: all 2^32 inputs of every element under every rounding (`make check-long`; a few windows of them in
 * `make check`). The oracle is far too slow for that, but it need not be asked each time: for inputs of one sign in
 * ascending magnitude the code is a step function, so the oracle gives the steps, found by bisection over bit patterns,
 * and the codec is compared with the step function at every input.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
/* The tests of constants are moved out of the loops at this level only: half the time. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif
#include "harness/rng.h"
#include "harness/suite.h"
#include "oracle/element_oracle.h"

#include <math.h>
#include <time.h>

/* How many of the `count` inputs from `first` on have another code than `want`. Written out for each element and
 * rounding, so that both are constants: this loop runs some 10^12 times. */
#define LOOP(ID, ROUND)                                                                                               \
  case LOWP_ROUND_##ROUND:                                                                                            \
    rules.round = LOWP_ROUND_##ROUND;                                                                                 \
    for (uint32_t i = 0; i < count; i++)                                                                              \
      different += lowp_encode_with(LOWP_##ID, lowp_f32_from_bits(first + i), rules, random) != want;                 \
    break;
#define DIFFERENT(ID)                                                                                                 \
  __attribute__((flatten)) static uint32_t different_##ID(uint8_t round, uint8_t sr_bits, uint32_t random,            \
                                                          uint32_t first, uint32_t count, uint32_t want) {            \
    lowp_encode_rules rules = lowp_encode_default(LOWP_##ID);                                                         \
    uint32_t different = 0;                                                                                           \
    rules.sr_bits = sr_bits;                                                                                          \
    switch (round) {                                                                                                  \
      LOOP(ID, RNE)                                                                                                   \
      LOOP(ID, HALF_AWAY) LOOP(ID, HALF_ZERO) LOOP(ID, RTZ) LOOP(ID, UP) LOOP(ID, STOCHASTIC)                         \
    }                                                                                                                 \
    return different;                                                                                                 \
  }
#define LOWP_MINIFLOAT(ID, name, s, e, m, bias, specials, round, overflow, text) DIFFERENT(ID)
#define LOWP_FIXED(ID, name, bits, frac, min, max, text) DIFFERENT(ID)
#define LOWP_TAPERED(ID, name, bits, round, overflow, text) DIFFERENT(ID)
#define LOWP_NATIVE(ID, name, bits, text)
#include <lowp/element.def>
#undef LOWP_MINIFLOAT
#undef LOWP_FIXED
#undef LOWP_TAPERED

typedef uint32_t different_fn(uint8_t round, uint8_t sr_bits, uint32_t random, uint32_t first, uint32_t count,
                              uint32_t want);
static different_fn *const differents[LOWP_ELEMENT_COUNT] = {
#define LOWP_MINIFLOAT(ID, name, s, e, m, bias, specials, round, overflow, text) [LOWP_##ID] = different_##ID,
#define LOWP_FIXED(ID, name, bits, frac, min, max, text) [LOWP_##ID] = different_##ID,
#define LOWP_TAPERED(ID, name, bits, round, overflow, text) [LOWP_##ID] = different_##ID,
#include <lowp/element.def>
#undef LOWP_MINIFLOAT
#undef LOWP_FIXED
#undef LOWP_TAPERED
#undef LOWP_NATIVE
};

static const struct {
  const char *name;
  uint8_t round, sr_bits;
} modes[] = {
    {"nearest even", LOWP_ROUND_RNE, 32},        {"half away", LOWP_ROUND_HALF_AWAY, 32},
    {"half zero", LOWP_ROUND_HALF_ZERO, 32},     {"toward zero", LOWP_ROUND_RTZ, 32},
    {"up", LOWP_ROUND_UP, 32},                   {"stochastic 1", LOWP_ROUND_STOCHASTIC, 1},
    {"stochastic 8", LOWP_ROUND_STOCHASTIC, 8},  {"stochastic 24", LOWP_ROUND_STOCHASTIC, 24},
};
enum { MODES = sizeof modes / sizeof modes[0], CHUNK_BITS = 24, CHUNKS = 1 << (32 - CHUNK_BITS) };
static const uint32_t seed = 20240229;

typedef struct walk {
  const lowpt_format *format;
  size_t mode;
  uint64_t inputs, different, steps, disorder; /* disorder: places where the oracle is no step function */
} walk;

/* Inputs first..last, all of one sign and one class (finite, infinite, NaN). */
static void walk_range(walk *w, uint32_t random, uint32_t first, uint32_t last) {
  const lowpt_format *f = w->format;
  lowp_encode_rules rules = f->rules;
  rules.round = modes[w->mode].round;
  rules.sr_bits = modes[w->mode].sr_bits;
  lowpt_rng rng = {first};
  double before = -1;
  for (;;) {
    uint32_t want = lowpt_oracle_encode(f, lowp_f32_from_bits(first), rules, random);
    /* The last input with this code lies in low..high. */
    uint32_t low = first, high = last;
    while (low < high) {
      uint32_t middle = high - (high - low) / 2;
      if (lowpt_oracle_encode(f, lowp_f32_from_bits(middle), rules, random) == want)
        low = middle;
      else
        high = middle - 1;
    }
    uint32_t probe = first + lowpt_below(&rng, low - first + 1);
    double magnitude = fabs(f->values[want]);
    if (magnitude <= before || lowpt_oracle_encode(f, lowp_f32_from_bits(probe), rules, random) != want) w->disorder++;
    before = magnitude;
    uint32_t different = differents[f->id](rules.round, rules.sr_bits, random, first, low - first + 1, want);
    if (different && w->different < 4)
      print_error("%s, %s: %u inputs of %08x..%08x do not give %02x\n", f->name, modes[w->mode].name, different, first,
                  low, want);
    w->different += different;
    w->inputs += (uint64_t)low - first + 1;
    w->steps++;
    if (low == last) return;
    first = low + 1;
  }
}

/* One chunk has one random word. `window` inputs of it are walked, from a place that depends on the chunk. */
static void walk_chunk(walk *w, uint32_t chunk, uint32_t window) {
  static const uint32_t class_ends[] = {0x7f7fffff, 0x7f800000, 0x7fffffff};
  uint32_t random = (uint32_t)lowp_philox(seed, (uint64_t)w->format->id << 32 | chunk);
  uint32_t offset = (uint32_t)lowp_philox(seed + 1, chunk) & ((1u << CHUNK_BITS) - window);
  uint32_t first = (chunk << CHUNK_BITS) + offset, last = first + window - 1, sign = first & 0x80000000u;
  for (size_t i = 0; i < 3; i++) {
    uint32_t end = sign | class_ends[i];
    if (first > end) continue;
    walk_range(w, random, first, last < end ? last : end);
    if (last <= end) return;
    first = end + 1;
  }
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void all_elements_and_roundings(void **state) {
  (void)state;
  size_t formats;
  const lowpt_format *format = lowpt_formats(&formats);
  const uint32_t window = lowpt_long() ? 1u << CHUNK_BITS : 128;
  uint64_t inputs = 0, different = 0, disorder = 0;
  double start = now();
  print_message("# %-12s %-14s %12s %10s %8s %8s\n", "element", "rounding", "inputs", "different", "steps", "seconds");
  long walks = (long)(formats * MODES);
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic, 1) reduction(+ : inputs, different, disorder)
#endif
  for (long i = 0; i < walks; i++) {
    walk w = {&format[i / MODES], (size_t)i % MODES, 0, 0, 0, 0};
    double begin = now();
    for (uint32_t chunk = 0; chunk < CHUNKS; chunk++) walk_chunk(&w, chunk, window);
    print_message("# %-12s %-14s %12llu %10llu %8llu %8.2f\n", w.format->name, modes[w.mode].name,
                  (unsigned long long)w.inputs, (unsigned long long)w.different, (unsigned long long)w.steps,
                  now() - begin);
    inputs += w.inputs;
    different += w.different;
    disorder += w.disorder;
  }
  print_message("# %ld walks, %llu inputs, %llu different, %.1f seconds\n", walks, (unsigned long long)inputs,
                (unsigned long long)different, now() - start);
  assert_true(inputs == (uint64_t)walks * CHUNKS * window);
  assert_true(disorder == 0);
  assert_true(different == 0);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(all_elements_and_roundings)};
  return LOWP_SUITE_RUN("elements, exhaustively", tests);
}
