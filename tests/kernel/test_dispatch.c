/* SPDX-License-Identifier: Apache-2.0 */
/* test_dispatch.c: the list of ISAs, the ways to limit it, what the registry makes of it, and all that from threads. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "cpu/cpu.h"
#include "harness/suite.h"
#include "kernels/kernel.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static uint32_t enabled_mask(void) {
  uint32_t mask = 0;
  for (size_t i = 0; i < lowp_cpu_isa_count(); i++) mask |= (uint32_t)lowp_cpu_isa_enabled(i) << i;
  return mask;
}

static uint32_t available_mask(void) {
  uint32_t mask = 0;
  for (size_t i = 0; i < lowp_cpu_isa_count(); i++) mask |= (uint32_t)lowp_cpu_isa_available(i) << i;
  return mask;
}

/* The environment is read at the first call; each value needs a process in which there was none: this test is first. */
static void environment(void **state) {
  (void)state;
  const struct {
    const char *value;
    bool all; /* or generic alone */
  } cases[] = {{"generic", false}, {"", true}, {"no-such-isa", false}, {"no-such-isa,generic,", false}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
      setenv("LOWP_ISA", cases[i].value, 1);
      uint32_t want = cases[i].all ? available_mask() : 1;
      bool before = enabled_mask() == want;
      bool lifted = lowp_cpu_limit(NULL) == LOWP_OK && enabled_mask() == available_mask();
      _exit(before && lifted ? 0 : 1);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    LOWP_CHECK(status == 0, "LOWP_ISA=%s", cases[i].value);
  }
}

static void list(void **state) {
  (void)state;
  size_t count = lowp_cpu_isa_count();
  assert_true(count >= 1);
  assert_string_equal(lowp_cpu_isa_name(0), "generic");
  assert_true(lowp_cpu_isa_available(0) && lowp_cpu_isa_enabled(0));
  for (size_t i = 0; i < count; i++) {
    assert_true(lowp_cpu_isa_name(i)[0] != '\0' && lowp_cpu_isa_text(i)[0] != '\0');
    assert_null(strchr(lowp_cpu_isa_name(i), ','));
    if (lowp_cpu_isa_enabled(i)) assert_true(lowp_cpu_isa_available(i));
  }
  assert_null(lowp_cpu_isa_name(count));
  assert_null(lowp_cpu_isa_text(count));
  assert_false(lowp_cpu_isa_available(count));
  assert_false(lowp_cpu_isa_enabled(SIZE_MAX));
}

static void limit(void **state) {
  (void)state;
  assert_int_equal(lowp_cpu_limit(NULL), LOWP_OK);
  uint32_t all = enabled_mask();
  assert_int_equal(all, available_mask());
  assert_int_equal(lowp_cpu_limit("generic,no-such-isa"), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_cpu_limit("Generic"), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_cpu_limit("gener"), LOWP_E_ARGUMENT);
  assert_int_equal(enabled_mask(), all);
  const char *const none[] = {"", ",", "generic", "generic,generic,"};
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
    assert_int_equal(lowp_cpu_limit(none[i]), LOWP_OK);
    assert_int_equal(enabled_mask(), 1);
  }
  for (size_t i = 0; i < lowp_cpu_isa_count(); i++) {
    assert_int_equal(lowp_cpu_limit(lowp_cpu_isa_name(i)), LOWP_OK);
    assert_int_equal(enabled_mask(), (1 | 1u << i) & available_mask());
  }
  assert_int_equal(lowp_cpu_limit(NULL), LOWP_OK);
}

/* Where an op of a set points: the entry whose function is in its slot. */
static const lowpk_entry *chosen(const lowpk_ops *ops, size_t slot) {
  void (*function)(void);
  size_t count;
  memcpy(&function, (const char *)ops + slot, sizeof function);
  const lowpk_entry *e = lowpk_entries(&count);
  while (count--) {
    if (e->slot == slot && e->function == function) return e;
    e++;
  }
  return NULL;
}

/* In every set of ISAs each slot holds the entry of the highest ISA in the set that has one. */
static void registry(void **state) {
  (void)state;
  size_t count;
  const lowpk_entry *entries = lowpk_entries(&count);
  uint32_t built = 0;
  for (size_t i = 0; i < count; i++) built |= 1u << entries[i].isa_index;
  for (uint32_t mask = 1; mask < 1u << lowp_cpu_isa_count(); mask += 2) {
    if (mask & ~built) continue; /* the other architecture's */
    const lowpk_ops *ops = lowpk_ops_for(mask);
    assert_ptr_equal(ops, lowpk_ops_for(mask));
    for (size_t slot = 0; slot < sizeof *ops; slot += sizeof(void (*)(void))) {
      const lowpk_entry *e = chosen(ops, slot), *best = NULL;
      for (size_t i = 0; i < count; i++)
        if (entries[i].slot == slot && (mask >> entries[i].isa_index & 1) &&
            (!best || entries[i].isa_index >= best->isa_index))
          best = &entries[i];
      assert_non_null(best);
      assert_ptr_equal(e, best);
    }
  }
  for (size_t i = 0; i < count; i++) {
    char name[96];
    snprintf(name, sizeof name, "lowpk_%s_%s", entries[i].op, entries[i].isa);
    assert_string_equal(entries[i].name, name);
    assert_string_equal(entries[i].isa, lowp_cpu_isa_name(entries[i].isa_index));
  }
  assert_ptr_equal(lowpk_ops_get(), lowpk_ops_for(lowpi_cpu_enabled()));
}

/* Limits change, sets are built and arrays encoded at the same time; the results do not change. Fit for TSan. */
enum { THREADS = 4, ROUNDS = 200, N = 100 };

static void *worker(void *wrong) {
  float x[N];
  uint8_t codes[N];
  for (int i = 0; i < N; i++) x[i] = (float)i * 0.37f;
  for (int round = 0; round < ROUNDS; round++) {
    if (lowp_cpu_limit(round % 3 ? "generic" : NULL) != LOWP_OK) return wrong;
    if (lowp_element_encode_n(LOWP_E4M3FN, NULL, 0, 0, N, x, codes) != LOWP_OK) return wrong;
    for (int i = 0; i < N; i++)
      if (codes[i] != lowp_encode(LOWP_E4M3FN, x[i])) return wrong;
    /* Bits beyond isa.def: sets that nobody else has asked for. */
    if (!lowpk_ops_for(1 | (uint32_t)round % 16 << 16)->encode) return wrong;
  }
  return NULL;
}

static void threads(void **state) {
  (void)state;
  pthread_t thread[THREADS];
  void *wrong = NULL;
  for (size_t i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&thread[i], NULL, worker, thread), 0);
  for (size_t i = 0; i < THREADS; i++) {
    void *result;
    assert_int_equal(pthread_join(thread[i], &result), 0);
    if (result) wrong = result;
  }
  assert_null(wrong);
  assert_int_equal(lowp_cpu_limit(NULL), LOWP_OK);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(environment), cmocka_unit_test(list),    cmocka_unit_test(limit),
      cmocka_unit_test(registry),    cmocka_unit_test(threads),
  };
  return LOWP_SUITE_RUN("dispatch", tests);
}
