/* SPDX-License-Identifier: Apache-2.0 */
/* dequantize16.c: rows to bf16 or f16: the values in f32, rounded by the codec. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/dequantize16.h"

LOWPK_DEQUANTIZE16(generic, generic)
