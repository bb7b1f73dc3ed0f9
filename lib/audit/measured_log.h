/* SPDX-License-Identifier: Apache-2.0 */
/* measured_log.h: the columns of a log, for both of its forms. */
#ifndef LOWPI_MEASURED_LOG_H
#define LOWPI_MEASURED_LOG_H

#include <lowp/measured.h>

#include "io/io_internal.h"

struct lowp_measured_log {
  lowpi_arena arena;
  const char *path, *directory;
  bool json;
  size_t count, room;
  lowp_measured_row *rows;
};

#define LOWPI_CHECKSUM_PREFIX "xxh3-128:"

/* "line 3" or "result 3", for messages. */
void lowpi_measured_place(const lowp_measured_log *log, const lowp_measured_row *row, char text[40]);

#endif
