/* SPDX-License-Identifier: Apache-2.0 */
/* test_stochastic.c: the generator, and what stochastic rounding does on average, exactly. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"
#include <lowp/element.h>

#include <stdlib.h>

/* The answers that Random123 publishes for philox2x32 with 10 rounds: counter words 0 and 1, key, result words. */
static void philox_known_answers(void **state) {
  (void)state;
  static const uint32_t answers[][5] = {
      {0x00000000, 0x00000000, 0x00000000, 0xff1dae59, 0x6cd10df2},
      {0xffffffff, 0xffffffff, 0xffffffff, 0x2c3f628b, 0xab4fd7ad},
      {0x243f6a88, 0x85a308d3, 0x13198a2e, 0xdd7ce038, 0xf62a4c12},
  };
  for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
    const uint32_t *a = answers[i];
    uint64_t got = lowp_philox(a[2], (uint64_t)a[1] << 32 | a[0]);
    assert_int_equal((uint32_t)got, a[3]);
    assert_int_equal((uint32_t)(got >> 32), a[4]);
  }
}

/*
 * Inputs that lie f / 2^d of a step above a code, all f, with all words of r bits. The error of one rounding in units
 * of 2^-d of a step is up * 2^d - f. Over all f and all words its mean is -(2^(d-r) - 1) / 2 for r < d, 0 otherwise, so
 * the sum over the 2^(d+r) cases is -(2^(2d) - 2^(d+r)) / 2: compared as integers.
 */
static void check_bias(lowp_element id, uint32_t code, unsigned step_bits, unsigned d, unsigned r) {
  lowp_encode_rules rules = lowp_encode_default(id);
  rules.round = LOWP_ROUND_STOCHASTIC;
  rules.sr_bits = (uint8_t)r;
  uint32_t base = lowp_f32_bits(lowp_decode(id, code));
  int64_t sum = 0;
  for (uint32_t f = 0; f < 1u << d; f++) {
    float x = lowp_f32_from_bits(base + (f << (step_bits - d)));
    for (uint32_t word = 0; word < 1u << r; word++) {
      /* Bits above r must not matter. */
      uint32_t got = lowp_encode_with(id, x, rules, word | 0xdeadbeefu << r);
      LOWP_CHECK(got == code || got == code + 1, "%02x encodes to %02x", code, got);
      sum += got == code ? -(int64_t)f : (int64_t)(1u << d) - f;
    }
  }
  int64_t want = r < d ? -((INT64_C(1) << 2 * d) - (INT64_C(1) << (d + r))) / 2 : 0;
  LOWP_CHECK(sum == want, "%u discarded and %u random bits: sum %lld, not %lld", d, r, (long long)sum, (long long)want);
}

static void bias_is_as_stated(void **state) {
  (void)state;
  for (unsigned d = 1; d <= 9; d++) {
    for (unsigned r = 1; r <= 9; r++) {
      /* An f32 has 23 mantissa bits. Normal codes of four formats; code 04 of E4M3FN is subnormal, 4 * 2^-9 = 1 * 2^-7,
       * so that its neighbour 5 lies 2^-9 or 2^21 units of the f32 away. */
      check_bias(LOWP_E4M3FN, 0x3a, 23 - 3, d, r);
      check_bias(LOWP_E4M3FN, 0x04, 21, d, r);
      check_bias(LOWP_E2M1, 0x5, 23 - 1, d, r);
      check_bias(LOWP_HIF8, 0x0b, 23 - 3, d, r);
      check_bias(LOWP_INT8, 0x05, 23 - 2, d, r); /* 5 = 1.25 * 2^2 */
    }
  }
}

/* The whole range of r on both sides of the threshold: up if and only if floor(t * 2^r) + word >= 2^r. */
static void thresholds_for_every_width(void **state) {
  (void)state;
  lowp_encode_rules rules = lowp_encode_default(LOWP_E4M3FN);
  rules.round = LOWP_ROUND_STOCHASTIC;
  for (unsigned r = 1; r <= 32; r++) {
    rules.sr_bits = (uint8_t)r;
    for (unsigned bit = 0; bit < 20; bit++) { /* t = 2^(bit - 20) of the step from 1 to 1.125 */
      float x = lowp_f32_from_bits(0x3f800000u + (1u << bit));
      uint64_t top = bit + r >= 20 ? UINT64_C(1) << (bit + r - 20) : 0, all = (UINT64_C(1) << r) - 1;
      for (uint64_t back = 0; back <= 1; back++) {
        if (back > all) continue;
        uint64_t least = all + 1 - top; /* the smallest word that rounds up; none if top is 0 */
        uint64_t word = least - back;
        if (word > all) continue;
        uint32_t got = lowp_encode_with(LOWP_E4M3FN, x, rules, (uint32_t)word);
        assert_int_equal(got, 0x38u + (word >= least));
      }
    }
  }
}

/* Element i of an array uses the low half of philox(seed, counter + i), wherever the array is cut. */
static void arrays_use_the_stated_words(void **state) {
  (void)state;
  enum { N = 1000 };
  const uint32_t seed = 7;
  const uint64_t counter = UINT64_C(0xfffffffe); /* the low word of the counter overflows on the way */
  static float x[N];
  static uint8_t whole[N], parts[N];
  lowp_encode_rules rules = lowp_encode_default(LOWP_E2M1);
  rules.round = LOWP_ROUND_STOCHASTIC;
  rules.sr_bits = 16;
  for (int i = 0; i < N; i++) x[i] = (float)i * 0.00613f;
  assert_int_equal(lowp_element_encode_n(LOWP_E2M1, &rules, seed, counter, N, x, whole), LOWP_OK);
  for (size_t i = 0, n = 1; i < N; i += n, n = n % 7 + 1) {
    n = n < N - i ? n : N - i;
    assert_int_equal(lowp_element_encode_n(LOWP_E2M1, &rules, seed, counter + i, n, x + i, parts + i), LOWP_OK);
  }
  assert_memory_equal(whole, parts, N);
  size_t up = 0;
  for (size_t i = 0; i < N; i++) {
    assert_int_equal(whole[i], lowp_encode_with(LOWP_E2M1, x[i], rules, (uint32_t)lowp_philox(seed, counter + i)));
    up += whole[i] != lowp_encode(LOWP_E2M1, x[i]);
  }
  assert_in_range(up, N / 10, N / 2); /* not the same as to nearest */
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(philox_known_answers),
      cmocka_unit_test(bias_is_as_stated),
      cmocka_unit_test(thresholds_for_every_width),
      cmocka_unit_test(arrays_use_the_stated_words),
  };
  return LOWP_SUITE_RUN("stochastic rounding", tests);
}
