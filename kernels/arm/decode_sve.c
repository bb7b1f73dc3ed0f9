/* SPDX-License-Identifier: Apache-2.0 */
/* decode_sve.c: the kernels of decode_sve.h. */
#include "kernels/arm/vec_sve.h"
#include "kernels/arm/decode_sve.h"
#include "kernels/generic/dequantize16.h"

LOWPK_DEQUANTIZE16(sve, sve)
