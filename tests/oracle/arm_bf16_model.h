/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arm_bf16_model.h: what the Arm instruction BFDOT does to one lane, in plain C; BFMMLA does it twice to each of its
 * sums.
 */
#ifndef LOWPT_ARM_BF16_MODEL_H
#define LOWPT_ARM_BF16_MODEL_H

#include <stdint.h>

/*
 * odd(s + odd(odd(x[0] w[0]) + odd(x[1] w[1]))), odd(): rounded to odd as if there were no smallest exponent (what is
 * not exact is cut to 24 bits, and the last of them set), then to a zero of its sign below 2^-126, to Inf from 2^128
 * on. Operands that are subnormal count as zeros of their sign. x[0], w[0] are the low halves of the 32-bit lanes. FPCR
 * plays no part, unless FPCR.EBF is set on a CPU that has it. Source: Arm Architecture Reference Manual, DDI 0487,
 * BFDotAdd, BFMatMulAdd and BFRound.
 */
float lowpt_arm_bfdot(float s, const uint16_t x[2], const uint16_t w[2]);

#endif
