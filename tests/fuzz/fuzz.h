/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h: what fuzz targets and the two programs that drive them share. libFuzzer searches for inputs; replay.c runs
 * the collected ones in `make check`.
 */
#ifndef LOWPT_FUZZ_H
#define LOWPT_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Set by a target that accepted its input as valid; replay.c compares it with the name of the file. */
extern int lowpt_accepted;

/* What must hold whatever the input. */
#define LOWPT_ALWAYS(condition) \
  do { \
    if (!(condition)) { \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      abort(); \
    } \
  } while (0)

#endif
