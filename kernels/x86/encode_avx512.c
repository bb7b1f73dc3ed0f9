/* SPDX-License-Identifier: Apache-2.0 */
/* encode_avx512.c: encode.h on 16 lanes. */
#include "kernels/x86/blocks_avx512.h"
#include "kernels/simd/encode.h"
