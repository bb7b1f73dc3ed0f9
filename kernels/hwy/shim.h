/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim.h: the C side of the Highway kernels. Highway compiles each of them for several targets (on x86-64 SSSE3, SSE4,
 * AVX2 and AVX-512, on aarch64 NEON and SVE) and chooses among them by itself when one is called.
 */
#ifndef LOWPK_HWY_SHIM_H
#define LOWPK_HWY_SHIM_H

#include <stddef.h>
#include <stdint.h>

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

/* kernel.h: lowpk_amax_fn */
uint32_t lowpk_amax_hwy(size_t n, const float *x);

#ifdef __cplusplus
}
#endif
#endif
