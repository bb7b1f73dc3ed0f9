/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_hwy.c: every target that Highway has on this CPU, not only the best one, which is all that the registry shows.
 * All lengths up to some vectors, all offsets from a page's edge, special values at each place.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/guard.h"
#include "harness/rng.h"
#include "harness/suite.h"
#include "kernels/hwy/shim.h"

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

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(every_target)};
  return LOWP_SUITE_RUN("highway", tests);
}
