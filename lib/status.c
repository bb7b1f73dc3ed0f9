/* SPDX-License-Identifier: Apache-2.0 */
/* status.c: names and sentences of the result codes. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/status.h>
#include <stdbool.h>

/* Indexed by minus the code. */
static const struct {
  const char *name, *text;
} status_info[] = {
    {"LOWP_OK", "no error"},
    {"LOWP_E_ARGUMENT", "an argument is missing or has a value that this version does not know"},
    {"LOWP_E_SHAPE", "sizes do not agree with each other or are too large"},
    {"LOWP_E_LAYOUT", "the data is stored in another layout than the call expects"},
    {"LOWP_E_UNSUPPORTED", "this build or version does not offer what was asked for"},
    {"LOWP_E_RANGE", "a number is outside its permitted range"},
    {"LOWP_E_NOMEM", "memory could not be allocated"},
    {"LOWP_E_IO", "the operating system refused a file operation"},
    {"LOWP_E_FORMAT", "the file breaks the rules of its format"},
    {"LOWP_E_NONFINITE", "the input holds NaN or infinity, which was to be refused"},
    {"LOWP_E_CONSTRAINT", "the request cannot be met by this tensor"},
};
enum { STATUS_COUNT = sizeof status_info / sizeof status_info[0] };

_Static_assert((int)STATUS_COUNT == 1 - LOWP_E_CONSTRAINT, "one line for each status code");

static bool known(lowp_status status) { return status <= 0 && status > -(int)STATUS_COUNT; }

const char *lowp_status_name(lowp_status status) { return known(status) ? status_info[-(int)status].name : "LOWP_E_?"; }

const char *lowp_status_text(lowp_status status) {
  return known(status) ? status_info[-(int)status].text : "unknown status code";
}
