/* SPDX-License-Identifier: Apache-2.0 */
/* quantize16.c: rows of bf16 or f16: the values in f32, quantized by the kernel of the family. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/quantize16.h"

LOWPK_QUANTIZE16(generic, generic)
