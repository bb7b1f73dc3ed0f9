/* SPDX-License-Identifier: Apache-2.0 */
/* decode_avx2.c: decode and the row decoders on 8 lanes. */
#include "kernels/x86/expand_avx2.h"
#include "kernels/simd/values.h"
#include "kernels/x86/expand16_avx2.h"
#include "kernels/simd/decode.h"
#include "kernels/simd/dequantize.h"
#include "kernels/simd/dequantize_scaled.h"
#include "kernels/simd/dequantize16.h"
