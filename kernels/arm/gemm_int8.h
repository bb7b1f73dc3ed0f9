/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_int8.h: gemm_int8 for all Arm instruction sets. A file defines LOWPK_GEMM_INT8, its name, and TILE_ROWS, and
 *
 *   int8_tile(rows, t)   the product of a chunk of one panel and `rows` rows of x, see int8_work
 *
 * then includes this file for the loops around it. Up to four panels at a time, in chunks of k: activations that were
 * read once meet all of them. Up to FEW rows multiply codes of 8 and 4 bits as they are packed, decoded in registers;
 * for more rows a chunk becomes integers in scratch first, which stay in L1. Sums of all rows wait in scratch between
 * the chunks.
 */
#ifndef LOWPK_ARM_GEMM_INT8_H
#define LOWPK_ARM_GEMM_INT8_H

#include "kernels/arm/decode_int8.h"
#include "kernels/arm/gemm_store.h"
#include <stdbool.h>

enum { PANELS = 4, CHUNK = 256, FEW = 4 };

/* What a tile multiplies: steps of a panel from `w` on, `w_stride` apart; their scales, decoded. */
typedef struct int8_work {
  const int8_t *x;             /* row 0 of the first tile of 64 k */
  size_t x_tile;               /* bytes from tile to tile */
  const uint8_t *w;            /* words of the first step: integers, or nibbles of `table` */
  size_t w_stride;             /* bytes from step to step */
  const int8_t *table;         /* NULL: integers */
  bool arranged;               /* integers as gemm_int8_arrange.h has them */
  bool wide;                   /* integers of 8 bits: the sum of two products with 8 bits does not fit 16 */
  size_t steps;                /* of 128 k */
  size_t block;                /* k of a block, at most 128; LOWPK_STEP where a row is one */
  bool rows;                   /* a row is one block: sums are integers */
  const float *sx, *sw;        /* scale of row 0, of lane 0 in the first block; NULL: ones */
  size_t sx_stride;            /* from block to block of the lhs */
  unsigned sx_shift, sw_shift; /* block >> shift: block of that side */
  float *sums;                 /* [rows][16]; integers where a row is a block */
} int8_work;

#endif
