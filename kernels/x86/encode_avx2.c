/* SPDX-License-Identifier: Apache-2.0 */
/* encode_avx2.c: encode.h on 8 lanes. */
#include "kernels/x86/blocks_avx2.h"
#include "kernels/simd/encode.h"
