/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_kernels.c: every entry of kernels.def that this machine runs, against the generic kernel of its op. Those of
 * ISAs that it lacks, or that LOWP_ISA switches off, are reported as not run; those of Highway run on each target that
 * it has for this machine. LOWP_TEST_SEED=number chooses the seed; the long run takes one from the clock.
 * LOWP_TEST_FILTER='lowpk_*_avx2' names those to run.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "cpu/cpu.h"
#include "harness/suite.h"
#include "kernel/checker.h"
#if LOWP_HAVE_HWY
#include "kernels/hwy/shim.h"
#endif

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint32_t seed = 1;

/*
 * Kernels of the class MODEL have a test of their own, that compares them with a model of their instruction, guard pages
 * included. Here it is only made sure that none is without; the generic one is the definition.
 */
static const struct {
  const char *kernel, *test;
} models[] = {
    {"lowpk_gemm_bf16_generic", "tests/gemm/test_pairs"},
    {"lowpk_gemm_bf16_avx512bf16", "tests/gemm/test_bf16_dot"},
    {"lowpk_gemm_bf16_amx", "tests/gemm/test_bf16_model"},
    {"lowpk_gemm_bf16_armbf16", "tests/gemm/test_bf16_dot"},
    {"lowpk_gemm_bf16_svei8mm", "tests/gemm/test_bf16_dot"},
};

static void check_model(const lowpk_entry *e) {
  for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
    if (strcmp(models[i].kernel, e->name) == 0) {
      print_message("# %s: compared with its model by %s\n", e->name, models[i].test);
      return;
    }
  fail_msg("%s: no test compares it with a model", e->name);
}

static void check_function(const lowpk_entry *e, const char *target, size_t every) {
  lowpt_outcome outcome = lowpt_check_kernel_every(every, e->op, LOWPT_ALL, e->function, seed);
  print_message("# %s%s: %zu subjects, %zu cases, seed %u\n", e->name, target, outcome.subjects, outcome.cases, seed);
  LOWP_CHECK(outcome.failed == 0, "%s%s, seed %u: %zu subjects fail; %s", e->name, target, seed, outcome.failed,
             outcome.first);
  assert_true(outcome.subjects > 0 && outcome.cases > 0);
}

#if LOWP_HAVE_HWY
/* The best target has all cases, the others, which are the same source, every fifth; but in the long run. */
static void check_targets(const lowpk_entry *e) {
  const size_t count = lowpk_hwy_target_count();
  assert_true(count > 0);
  for (size_t i = 0; i < count; i++) {
    char target[32];
    lowpk_hwy_use_target(i);
    snprintf(target, sizeof target, " on %s", lowpk_hwy_target());
    check_function(e, target, i == 0 || lowpt_long() ? 1 : 5);
  }
  lowpk_hwy_use_target(count);
}
#else
static void check_targets(const lowpk_entry *e) { fail_msg("%s: a build without Highway", e->name); }
#endif

static void check(void **state) {
  const lowpk_entry *e = *state;
  assert_string_equal(lowp_cpu_isa_name(e->isa_index), e->isa);
  if (strcmp(e->numerics, "MODEL") == 0) {
    check_model(e);
    return;
  }
  assert_string_equal(e->numerics, "EXACT");
  if (!lowp_cpu_isa_available(e->isa_index)) LOWP_SKIP("this machine lacks the ISA");
  if (!lowp_cpu_isa_enabled(e->isa_index)) LOWP_SKIP("LOWP_ISA switches the ISA off");
  if (e->isa_index == LOWPI_ISA_HWY)
    check_targets(e);
  else
    check_function(e, "", 1);
}

int main(void) {
  const char *given = getenv("LOWP_TEST_SEED");
  if (given)
    seed = (uint32_t)strtoul(given, NULL, 0);
  else if (lowpt_long())
    seed = (uint32_t)time(NULL);
  const char *filter = getenv("LOWP_TEST_FILTER");
  size_t count, chosen = 0;
  const lowpk_entry *entries = lowpk_entries(&count);
  struct CMUnitTest *tests = calloc(count, sizeof *tests);
  if (!tests) abort();
  for (size_t i = 0; i < count; i++)
    if (!filter || fnmatch(filter, entries[i].name, FNM_EXTMATCH) == 0)
      tests[chosen++] = (struct CMUnitTest){.name = entries[i].name, .test_func = check,
                                            .initial_state = (void *)(uintptr_t)&entries[i]};
  int result = lowpt_suite_run("kernels", tests, chosen);
  free(tests);
  return result;
}
