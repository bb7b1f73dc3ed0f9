/* SPDX-License-Identifier: Apache-2.0 */
/* test_harness.c: the harness itself: guard pages fault, poison is noticed, suites are counted rightly, the generator is the
 * stated one. */
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

/* A buffer has nothing of the one that was freed before it, whose pages it may have. */
static void guards_are_fresh(void **state) {
  (void)state;
  for (size_t i = 0; i < 100; i++) {
    lowpt_guard guard = lowpt_guard_new(1 + i % 7 * 4096, LOWPT_UPPER, i % 64);
    for (size_t j = 0; j < guard.map_size; j++) assert_int_equal(guard.map[j], LOWPT_POISON);
    assert_true(lowpt_guard_intact(&guard));
    assert_int_not_equal(signal_of_access(guard.map + guard.map_size, false), 0);
    assert_int_not_equal(signal_of_access(guard.map - 1, false), 0);
    for (size_t j = 0; j < guard.map_size; j++) guard.map[j] = (uint8_t)i;
    if (i % 3 == 0) lowpt_guard_protect(&guard, false);
    lowpt_guard_free(&guard);
  }
}

static void passes(void **state) { (void)state; }
static void fails(void **state) {
  (void)state;
  assert_int_equal(1, 2);
}
static void skips(void **state) {
  (void)state;
  LOWP_SKIP("on purpose");
}
static void crashes(void **state) {
  (void)state;
  raise(SIGSEGV);
}

/* Runs a suite in a child; returns its result, and its last line of output in `line`. */
static int result_of_suite(const struct CMUnitTest *tests, size_t count, char *line, size_t size) {
  FILE *output = tmpfile();
  assert_non_null(output);
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    dup2(fileno(output), STDOUT_FILENO);
    dup2(fileno(output), STDERR_FILENO);
    _exit(lowpt_suite_run("inner", tests, count));
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  rewind(output);
  line[0] = '\0';
  while (fgets(line, (int)size, output)) {
  }
  fclose(output);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void suites_are_counted(void **state) {
  (void)state;
  const struct CMUnitTest all[] = {cmocka_unit_test(passes), cmocka_unit_test(skips), cmocka_unit_test(passes),
                                   cmocka_unit_test(fails), cmocka_unit_test(crashes)};
  static const struct {
    size_t first, count;
    int result;
    const char *line;
  } cases[] = {
      {0, 1, 0, "# checks: 1 passed, 0 failed, 0 skipped\n"},  {0, 3, 0, "# checks: 2 passed, 0 failed, 1 skipped\n"},
      {1, 1, 77, "# checks: 0 passed, 0 failed, 1 skipped\n"}, {0, 4, 1, "# checks: 2 passed, 1 failed, 1 skipped\n"},
      {4, 1, 1, "# checks: 0 passed, 1 failed, 0 skipped\n"},  {0, 5, 1, "# checks: 2 passed, 2 failed, 1 skipped\n"},
      {0, 0, 1, "# checks: 0 passed, 1 failed, 0 skipped\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char line[256];
    assert_int_equal(result_of_suite(all + cases[i].first, cases[i].count, line, sizeof line), cases[i].result);
    assert_string_equal(line, cases[i].line);
  }
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
      cmocka_unit_test(guard_pages_fault),        cmocka_unit_test(guard_places_at_offsets),
      cmocka_unit_test(stray_writes_are_noticed), cmocka_unit_test(guards_are_fresh),
      cmocka_unit_test(suites_are_counted),       cmocka_unit_test(generator_is_fixed),
  };
  return LOWP_SUITE_RUN("harness", tests);
}
