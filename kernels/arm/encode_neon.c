/* SPDX-License-Identifier: Apache-2.0 */
/* encode_neon.c: encode.h on 4 lanes. */
#include "kernels/arm/blocks_neon.h"
#include "kernels/simd/encode.h"
