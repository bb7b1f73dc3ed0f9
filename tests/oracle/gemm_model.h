/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gemm_model.h: what one bf16 tile instruction does to one of its sums, in plain C, from the vendor's description of
 * it.
 */
#ifndef LOWPT_GEMM_MODEL_H
#define LOWPT_GEMM_MODEL_H

#include <stddef.h>
#include <stdint.h>

/*
 * s + (E + O): E the sum of x[i] w[i] over the even i < n, O over the odd ones, each a chain of f32 FMAs from +0, i
 * ascending. Everything RNE; subnormal inputs count as zero, subnormal results become it.
 */
float lowpt_tile_dot(float s, size_t n, const uint16_t *x, const uint16_t *w);

#endif
