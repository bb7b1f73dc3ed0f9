/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim.h: the C side of the Highway kernels. Highway compiles each of them for several targets (on x86-64 SSSE3, SSE4,
 * AVX2 and AVX-512, on aarch64 NEON and SVE) and chooses among them by itself when one is called.
 */
#ifndef LOWPK_HWY_SHIM_H
#define LOWPK_HWY_SHIM_H

#include <lowp/quant.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Does this CPU run a target that is SIMD? Otherwise the generic kernels are the better choice. */
int lowpk_hwy_available(void);

/* The target that is used now, "AVX2". */
const char *lowpk_hwy_target(void);

/*
 * For tests: how many targets this build and this CPU have, best first, and the restriction to the i-th of them. Asking
 * for the count lifts the restriction, as i >= count does. Not for use while kernels run in other threads.
 */
size_t lowpk_hwy_target_count(void);
void lowpk_hwy_use_target(size_t i);

/* The rest is for the kernels: their prototypes come from kernels.def. */
uint32_t lowpk_amax_hwy(size_t n, const float *x);

/* Does the processor round to nearest and leave subnormals as they are? */
int lowpk_hwy_default_mode(void);

/* Of n values; amax as bits are ordered, so that it is not finite if any value is not, and then min and max are void. */
typedef struct lowpk_hwy_stats {
  float amax, min, max;
} lowpk_hwy_stats;
void lowpk_hwy_measure(size_t n, const float *x, lowpk_hwy_stats *stats);

/*
 * Codes of n finite values under one scale: encode(x / factor), or x * factor; of integers
 * clamp(round(quotient + offset) + zero). factor > 0, or 0 to multiply with. n is a multiple of 16 below 8 bits.
 */
typedef struct lowpk_hwy_run {
  lowp_element element;
  lowp_round round; /* up to RTZ */
  float factor, offset;
  int multiply;
  int32_t zero, min_code;
} lowpk_hwy_run;
void lowpk_hwy_encode_run(const lowpk_hwy_run *run, size_t n, const float *x, uint8_t *codes);

#ifdef __cplusplus
}
#endif
#endif
