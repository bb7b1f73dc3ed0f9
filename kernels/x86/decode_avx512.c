/* SPDX-License-Identifier: Apache-2.0 */
/* decode_avx512.c: decode and the row decoders on 16 lanes. */
#include "kernels/x86/expand_avx512.h"
#include "kernels/simd/values.h"
#include "kernels/x86/expand16_avx512.h"
#include "kernels/simd/decode.h"
#include "kernels/simd/dequantize.h"
#include "kernels/simd/dequantize_scaled.h"
#include "kernels/simd/dequantize16.h"
