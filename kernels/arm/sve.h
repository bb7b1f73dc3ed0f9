/* SPDX-License-Identifier: Apache-2.0 */
/* sve.h: what the SVE kernels of multiplication share. */
#ifndef LOWPK_ARM_SVE_H
#define LOWPK_ARM_SVE_H

#include <arm_sve.h>

/*
 * An instruction that takes a lane by index wants that operand in z0 .. z7. gcc 12 keeps it elsewhere and copies it for
 * each of them; told so where it is loaded, it does not: 60 instructions instead of 94 for 8 rows of SDOT.
 */
#define LOWPK_SVE_INDEXED(v) __asm__("" : "+y"(v))

#endif
