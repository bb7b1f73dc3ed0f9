/* SPDX-License-Identifier: Apache-2.0 */
/* test_harness.c: the harness itself: guard pages fault, poison is noticed, the generator is the stated one. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/guard.h"
#include "harness/rng.h"
#include "harness/suite.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* The signal that ends a child which stores to (or loads from) address; 0 if it ends well. */
static int signal_of_access(volatile uint8_t *address, bool store) {
  pid_t child = fork();
  if (child == 0) {
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    uint8_t byte = store ? 1 : *address;
    if (store) *address = byte;
    _exit(0);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) != 0 ? -1 : 0;
}

static void guard_pages_fault(void **state) {
  (void)state;
  const size_t sizes[] = {0, 1, 63, 4096, 5000};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    lowpt_guard upper = lowpt_guard_new(sizes[i], LOWPT_UPPER, 0);
    lowpt_guard lower = lowpt_guard_new(sizes[i], LOWPT_LOWER, 0);
    assert_int_not_equal(signal_of_access(upper.data + sizes[i], false), 0);
    assert_int_not_equal(signal_of_access(upper.data + sizes[i], true), 0);
    assert_int_not_equal(signal_of_access(lower.data - 1, false), 0);
    if (sizes[i] > 0) {
      assert_int_equal(signal_of_access(upper.data + sizes[i] - 1, true), 0);
      lowpt_guard_protect(&upper, false);
      assert_int_not_equal(signal_of_access(upper.data, true), 0);
      assert_int_equal(signal_of_access(upper.data, false), 0);
    }
    lowpt_guard_free(&upper);
    lowpt_guard_free(&lower);
  }
}

static void guard_places_at_offsets(void **state) {
  (void)state;
  for (size_t offset = 0; offset < 64; offset++) {
    lowpt_guard upper = lowpt_guard_new(100, LOWPT_UPPER, offset);
    lowpt_guard lower = lowpt_guard_new(100, LOWPT_LOWER, offset);
    assert_ptr_equal(upper.data + 100 + offset, upper.map + upper.map_size);
    assert_ptr_equal(lower.data, lower.map + offset);
    lowpt_guard_free(&upper);
    lowpt_guard_free(&lower);
  }
}

static void stray_writes_are_noticed(void **state) {
  (void)state;
  lowpt_guard guard = lowpt_guard_copy("abcdef", 6, LOWPT_UPPER, 5);
  assert_memory_equal(guard.data, "abcdef", 6);
  assert_true(lowpt_guard_intact(&guard));
  guard.data[5] = 'x';
  assert_true(lowpt_guard_intact(&guard));
  guard.data[6] ^= 1;
  assert_false(lowpt_guard_intact(&guard));
  guard.data[6] ^= 1;
  guard.data[-1] ^= 1;
  assert_false(lowpt_guard_intact(&guard));
  lowpt_guard_free(&guard);
}

static void generator_is_fixed(void **state) {
  (void)state;
  /* The published first outputs of SplitMix64 with seed 1234567. */
  lowpt_rng rng = {1234567};
  assert_true(lowpt_u64(&rng) == 6457827717110365317u);
  assert_true(lowpt_u64(&rng) == 3203168211198807973u);
  double sum = 0, squares = 0;
  for (int i = 0; i < 100000; i++) {
    double x = lowpt_normal(&rng);
    sum += x;
    squares += x * x;
    assert_true(lowpt_below(&rng, 7) < 7);
  }
  assert_true(sum / 100000 > -0.02 && sum / 100000 < 0.02);
  assert_true(squares / 100000 > 0.98 && squares / 100000 < 1.02);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(guard_pages_fault),
      cmocka_unit_test(guard_places_at_offsets),
      cmocka_unit_test(stray_writes_are_noticed),
      cmocka_unit_test(generator_is_fixed),
  };
  return LOWP_SUITE_RUN("harness", tests);
}
