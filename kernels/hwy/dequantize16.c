/* SPDX-License-Identifier: Apache-2.0 */
/* dequantize16.c: rows to bf16 or f16 by the decoders and the encoder of the tier. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/generic/dequantize16.h"

LOWPK_DEQUANTIZE16(hwy, hwy)
