/* SPDX-License-Identifier: Apache-2.0 */
/* error.c: fills the caller's lowp_error. Both libraries contain their own copy. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

lowp_status lowpi_fail(lowp_error *error, lowp_status status, const char *format, ...) {
  if (!error) return status;
  int saved = errno; /* vsnprintf may set it, and the library promises not to */
  va_list args;
  va_start(args, format);
  int n = vsnprintf(error->text, sizeof error->text, format, args);
  va_end(args);
  errno = saved;
  if (n < 0) error->text[0] = '\0';
  /* The text is one line without control characters (those of UTF-8's U+0080..9F too), whatever names from a file it holds. */
  for (unsigned char *c = (unsigned char *)error->text; *c; c++) {
    bool wide = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0;
    if (*c < 0x20 || *c == 0x7f || wide) *c = ' ';
    if (wide) c[1] = ' ';
  }
  error->status = status;
  return status;
}
