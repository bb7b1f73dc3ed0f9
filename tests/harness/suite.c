/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"

#include <stdlib.h>
#include <string.h>

static size_t skipped;

void lowpt_skip(const char *file, int line, const char *reason) {
  skipped++;
  print_message("# not run: %s\n", reason);
  _skip(file, line);
}

bool lowpt_long(void) {
  const char *value = getenv("LOWP_LONG");
  return value && *value && strcmp(value, "0") != 0;
}

static size_t number_in(const char *variable, size_t otherwise) {
  const char *text = getenv(variable);
  return text && *text ? strtoul(text, NULL, 10) : otherwise;
}

size_t lowpt_stride(void) {
  size_t n = number_in("LOWP_TEST_STRIDE", 1);
  return n ? n : 1;
}

size_t lowpt_first(size_t stride) { return number_in("LOWP_TEST_OFFSET", 0) % stride; }

int lowpt_suite_run(const char *name, const struct CMUnitTest *tests, size_t count) {
  skipped = 0;
  int result = _cmocka_run_group_tests(name, tests, count, NULL, NULL);
  /* An error outside the tests themselves is negative; a suite without tests cannot have shown anything. */
  size_t failed = result < 0 || count == 0 ? 1 : (size_t)result;
  size_t passed = count > failed + skipped ? count - failed - skipped : 0;
  fflush(stderr);
  printf("# checks: %zu passed, %zu failed, %zu skipped\n", passed, failed, skipped);
  fflush(stdout);
  return failed ? 1 : passed ? 0 : 77;
}
