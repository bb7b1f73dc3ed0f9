/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suite.h: cmocka as this project uses it. A test program ends with
 *
 *   int main(void) {
 *     static const struct CMUnitTest tests[] = {cmocka_unit_test(name), ...};
 *     return LOWP_SUITE_RUN("name of the suite", tests);
 *   }
 *
 * which prints `# checks: P passed, F failed, S skipped` as its last line and returns what automake's plain driver
 * expects: 0, 1, or 77 if every test was skipped. Tables of tests made at run time go to lowpt_suite_run.
 */
#ifndef LOWPT_SUITE_H
#define LOWPT_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>

/* cmocka does not tell how many tests were skipped, so skip() counts here on its way. Give a reason where you can. */
#undef skip
#define skip() lowpt_skip(__FILE__, __LINE__, "no reason given")
#define LOWP_SKIP(reason) lowpt_skip(__FILE__, __LINE__, reason)
#define LOWP_SUITE_RUN(name, tests) lowpt_suite_run(name, tests, sizeof(tests) / sizeof((tests)[0]))

void lowpt_skip(const char *file, int line, const char *reason);
int lowpt_suite_run(const char *name, const struct CMUnitTest *tests, size_t count);

/* True if the program runs for `make check-long`. */
bool lowpt_long(void);

/* LOWP_TEST_STRIDE=n: the long lists of cases are run from the one with the number lowpt_first(n) on, every nth, where a build
 * or a machine is slow, or only another compiler is in question; 1 if unset. LOWP_TEST_OFFSET=r is the rest of that number. */
size_t lowpt_stride(void);
size_t lowpt_first(size_t stride);

/* assert_true with a message of one's own. */
#define LOWP_CHECK(condition, ...) \
  do { \
    if (!(condition)) fail_msg(__VA_ARGS__); \
  } while (0)

#endif
