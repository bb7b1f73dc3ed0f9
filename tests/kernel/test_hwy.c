/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_hwy.c: every target that Highway has on this CPU, not only the best one, which is all that the registry shows.
 * All lengths up to some vectors, all offsets from a page's edge, special values at each place. And elements under other
 * rounding modes of the processor, which codecs do not depend on. All other ops: test_kernels.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/guard.h"
#include "harness/rng.h"
#include "harness/suite.h"
#include "kernels/hwy/shim.h"
#include "kernels/kernel.h"

#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The oracle compares magnitudes as numbers; the patterns of NaN, which are no numbers, it looks at one by one. */
static uint32_t amax_oracle(size_t n, const uint8_t *bytes) {
  double largest = 0;
  uint32_t nan = 0;
  for (size_t i = 0; i < n; i++) {
    float x;
    uint32_t bits;
    memcpy(&x, bytes + 4 * i, 4);
    memcpy(&bits, &x, 4);
    bits &= INT32_MAX;
    if (isnan(x))
      nan = bits > nan ? bits : nan;
    else
      largest = fmax(largest, fabs((double)x));
  }
  float narrow = (float)largest;
  uint32_t bits;
  memcpy(&bits, &narrow, 4);
  return nan ? nan : bits;
}

static void check_target(void) {
  lowpt_rng rng = {20};
  for (size_t n = 0; n <= 150; n++) {
    for (size_t offset = 0; offset < 64; offset += n < 70 ? 1 : 7) {
      lowpt_guard guard = lowpt_guard_new(4 * n, n & 1 ? LOWPT_LOWER : LOWPT_UPPER, offset);
      for (size_t i = 0; i < n; i++) {
        uint32_t bits = lowpt_u32(&rng) & 0xbfffffffu; /* below 2: the special value that follows stands out */
        memcpy(guard.data + 4 * i, &bits, 4);
      }
      if (n > 0) {
        static const uint32_t special[] = {0x7f800000, 0xff800000, 0x7fffffff, 0xffc00001, 0x7f800001, 0x7f7fffff, 1};
        memcpy(guard.data + 4 * lowpt_below(&rng, (uint32_t)n), &special[(n + offset) % 7], 4);
      }
      lowpt_guard_protect(&guard, false);
      uint32_t expected = amax_oracle(n, guard.data);
      uint32_t found = lowpk_amax_hwy(n, (const float *)(const void *)guard.data);
      LOWP_CHECK(found == expected, "%s, n %zu, offset %zu: %08x, not %08x", lowpk_hwy_target(), n, offset, found,
                 expected);
      lowpt_guard_free(&guard);
    }
  }
}

static void every_target(void **state) {
  (void)state;
  size_t count = lowpk_hwy_target_count();
  if (count == 0) LOWP_SKIP("Highway has no SIMD target for this CPU");
  for (size_t i = 0; i < count; i++) {
    lowpk_hwy_use_target(i);
    print_message("# target: %s\n", lowpk_hwy_target());
    check_target();
  }
  lowpk_hwy_use_target(count);
}

/* Codes and values of every element, while the processor rounds in a mode of its own. */
static void check_rounding_mode(int mode) {
  enum { N = 500 };
  static float x[N], got_x[N], want_x[N];
  static uint8_t got[2 * N], want[2 * N];
  lowpt_rng rng = {21};
  for (int id = LOWP_ELEMENT_NONE + 1; id < LOWP_ELEMENT_COUNT; id++) {
    const lowp_element element = (lowp_element)id;
    const size_t size = lowp_element_size(element);
    if (lowp_element_row_of(element).kind == LOWP_KIND_NATIVE) continue;
    for (size_t i = 0; i < N; i++) x[i] = i % 2 ? lowpt_any_f32(&rng) : (float)lowpt_normal(&rng);
    lowp_encode_rules rules = lowp_encode_default(element);
    lowpk_encode_generic(element, rules, 0, 0, N, x, want);
    lowpk_decode_generic(element, N, want, want_x);
    assert_int_equal(fesetround(mode), 0);
    lowpk_encode_hwy(element, rules, 0, 0, N, x, got);
    lowpk_decode_hwy(element, N, want, got_x);
    assert_int_equal(fesetround(FE_TONEAREST), 0);
    LOWP_CHECK(memcmp(got, want, N * size) == 0, "%s, %s, rounding mode %d: codes differ", lowpk_hwy_target(),
               lowp_element_info_of(element)->name, mode);
    bool same = true;
    for (size_t i = 0; i < N; i++)
      same = same && (lowp_f32_bits(got_x[i]) == lowp_f32_bits(want_x[i]) || (isnan(got_x[i]) && isnan(want_x[i])));
    LOWP_CHECK(same, "%s, %s, rounding mode %d: values differ", lowpk_hwy_target(), lowp_element_info_of(element)->name,
               mode);
  }
}

static void other_rounding_modes(void **state) {
  static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  (void)state;
  size_t count = lowpk_hwy_target_count();
  if (count == 0) LOWP_SKIP("Highway has no SIMD target for this CPU");
  for (size_t i = 0; i < count; i++) {
    lowpk_hwy_use_target(i);
    for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++) check_rounding_mode(modes[m]);
  }
  lowpk_hwy_use_target(count);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(every_target), cmocka_unit_test(other_rounding_modes)};
  return LOWP_SUITE_RUN("highway", tests);
}
