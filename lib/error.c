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
  /* The text is one line, whatever a file name or a tensor name in it holds. */
  for (char *c = error->text; *c; c++)
    if (*c == '\n' || *c == '\r') *c = ' ';
  error->status = status;
  return status;
}
