/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe.h: what a kernel of the op `describe` finds out about values alone. The order of every sum is part of the
 * definition, so that all of them give the same bits.
 */
#ifndef LOWPK_DESCRIBE_H
#define LOWPK_DESCRIBE_H

#include <stddef.h>

enum {
  LOWPK_DESCRIBE_MOST = 4096, /* values of a call */
  LOWPK_DESCRIBE_RUN = 16,    /* of a block of level 0 */
  LOWPK_DESCRIBE_LEVELS = 4,  /* lengths of blocks, each twice the one before */
  LOWPK_DESCRIBE_CRESTS =
      LOWPK_DESCRIBE_MOST / LOWPK_DESCRIBE_RUN + 4 /* a call may overwrite more than it has blocks */
};

typedef struct lowpk_description {
  double powers[4]; /* sums of x, x^2, x^2 x, x^2 x^2, each product rounded */
  /* Of block k of level j, 16 * 2^j values: amax sqrt(length / sum of x^2); 0 if the sum is 0 or not finite. */
  double crest[LOWPK_DESCRIBE_LEVELS][LOWPK_DESCRIBE_CRESTS];
} lowpk_description;

/*
 * n values, 0 < n <= LOWPK_DESCRIBE_MOST; powers are unspecified if some are not finite. The last block of a level may be
 * short.
 *
 * Powers: value i is in lane i % 8, and lanes are joined as ((0 + 4) + (1 + 5)) + ((2 + 6) + (3 + 7)). Squares of a block of
 * 16: a[l] = x[l]^2 + x[l + 8]^2, a missing one being 0, joined so. Those of a longer block: of its first half plus of its
 * second.
 */
typedef void lowpk_describe_fn(size_t n, const float *x, lowpk_description *description);

#endif
