/* SPDX-License-Identifier: Apache-2.0 */
/* bf16_dot_model.h: what the x86 instruction VDPBF16PS does to one lane, in plain C. */
#ifndef LOWPT_BF16_DOT_MODEL_H
#define LOWPT_BF16_DOT_MODEL_H

#include <stdint.h>

/*
 * s + x[1] w[1], then + x[0] w[0], each a fused multiply-add rounded to nearest even. x[1], w[1] are the high halves
 * of the 32-bit lanes. Inputs that are subnormal count as zeros of their sign; a result below 2^-126, rounded as if
 * there were no smallest exponent, becomes a zero of its sign. MXCSR plays no part.
 */
float lowpt_bf16_dot(float s, const uint16_t x[2], const uint16_t w[2]);

#endif
