/* SPDX-License-Identifier: Apache-2.0 */
/* test_status.c: result codes, the error text, the version. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"
#include "internal.h"

#include <errno.h>
#include <lowp/version.h>
#include <string.h>

static void names_are_distinct(void **state) {
  (void)state;
  assert_string_equal(lowp_status_name(LOWP_OK), "LOWP_OK");
  assert_string_equal(lowp_status_name(LOWP_E_CONSTRAINT), "LOWP_E_CONSTRAINT");
  for (int a = LOWP_E_CONSTRAINT; a <= LOWP_OK; a++) {
    assert_true(strlen(lowp_status_text((lowp_status)a)) > 5);
    for (int b = a + 1; b <= LOWP_OK; b++) {
      assert_string_not_equal(lowp_status_name((lowp_status)a), lowp_status_name((lowp_status)b));
      assert_string_not_equal(lowp_status_text((lowp_status)a), lowp_status_text((lowp_status)b));
    }
  }
}

static void unknown_codes_have_a_name(void **state) {
  (void)state;
  const int unknown[] = {1, 1000, LOWP_E_CONSTRAINT - 1, -1000, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
    assert_string_equal(lowp_status_name((lowp_status)unknown[i]), "LOWP_E_?");
    assert_non_null(lowp_status_text((lowp_status)unknown[i]));
  }
}

static void fail_fills_the_error(void **state) {
  (void)state;
  lowp_error error = {LOWP_OK, "before"};
  errno = 42;
  assert_int_equal(lowpi_fail(&error, LOWP_E_SHAPE, "row %d of \"%s\"", 3, "a\nb"), LOWP_E_SHAPE);
  assert_int_equal(errno, 42);
  assert_int_equal(error.status, LOWP_E_SHAPE);
  assert_string_equal(error.text, "row 3 of \"a b\"");
  assert_int_equal(lowpi_fail(NULL, LOWP_E_IO, "nobody reads %s", "this"), LOWP_E_IO);
}

static void long_text_is_cut(void **state) {
  (void)state;
  struct {
    lowp_error error;
    char after[8];
  } it = {.after = "untouch"};
  assert_int_equal(lowpi_fail(&it.error, LOWP_E_FORMAT, "%0600d", 7), LOWP_E_FORMAT);
  assert_int_equal(strlen(it.error.text), sizeof it.error.text - 1);
  assert_string_equal(it.after, "untouch");
}

static void version_agrees_with_the_build(void **state) {
  (void)state;
  assert_int_equal(lowp_version(), LOWP_VERSION);
  assert_string_equal(lowp_version_string(), PACKAGE_VERSION);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_distinct),
      cmocka_unit_test(unknown_codes_have_a_name),
      cmocka_unit_test(fail_fills_the_error),
      cmocka_unit_test(long_text_is_cut),
      cmocka_unit_test(version_agrees_with_the_build),
  };
  return LOWP_SUITE_RUN("status", tests);
}
