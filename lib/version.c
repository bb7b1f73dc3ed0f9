/* SPDX-License-Identifier: Apache-2.0 */
/* version.c: the version of the library itself, as opposed to that of the headers a program was compiled with. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/version.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

uint32_t lowp_version(void) { return LOWP_VERSION; }

const char *lowp_version_string(void) {
  return TEXT(LOWP_VERSION_MAJOR) "." TEXT(LOWP_VERSION_MINOR) "." TEXT(LOWP_VERSION_PATCH);
}
