/* SPDX-License-Identifier: Apache-2.0 */
/* decode_sve2.c: the kernels of decode_sve.h. */
#include "kernels/arm/vec_sve.h"
#undef VEC_NAME
#define VEC_NAME(op) lowpk_##op##_sve2
#include "kernels/arm/decode_sve.h"
#include "kernels/generic/dequantize16.h"

LOWPK_DEQUANTIZE16(sve2, sve)
