/* SPDX-License-Identifier: Apache-2.0 */
/* dtype.h: the rows of <lowp/dtype.def>. */
#ifndef LOWPI_IO_DTYPE_H
#define LOWPI_IO_DTYPE_H

#include <lowp/io.h>

typedef struct lowpi_dtype_row {
  const char *name;
  uint8_t bits;
  lowp_element element;
  const char *npy;
} lowpi_dtype_row;

/* Indexed by lowp_dtype; entry 0 belongs to LOWP_DTYPE_NONE. */
extern const lowpi_dtype_row lowpi_dtypes[LOWP_DTYPE_COUNT];

#endif
