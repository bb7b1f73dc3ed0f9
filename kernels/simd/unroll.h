/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unroll.h: VEC_UNROLL before a loop over the vectors of an array: written out, they are registers; in a loop, memory.
 * Neither compiler does so by itself at -O2 for loops of this size.
 */
#ifndef LOWPK_SIMD_UNROLL_H
#define LOWPK_SIMD_UNROLL_H

#include <stddef.h>

#if defined(__clang__)
#define VEC_UNROLL _Pragma("clang loop unroll(full)")
#else
#define VEC_UNROLL _Pragma("GCC unroll 64")
#endif

/*
 * The hardware's own prefetch reads one stream at two thirds of what memory can do. n floats that lie PREFETCH_AHEAD
 * bytes behind p are asked for; behind the end of a tensor the request is void.
 */
enum { PREFETCH_AHEAD = 4096 };
static inline __attribute__((always_inline, unused)) void vec_prefetch(const void *p, size_t n) {
  const char *line = (const char *)p + PREFETCH_AHEAD;
  for (size_t i = 0; i < n * sizeof(float); i += 64) __builtin_prefetch(line + i);
}

#endif
