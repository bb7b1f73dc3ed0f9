/* SPDX-License-Identifier: Apache-2.0 */
/* decode_avx512.c: decode and the row decoders on 16 lanes. */
#include "kernels/x86/expand_avx512.h"
#include "kernels/x86/values.h"
#include "kernels/x86/decode.h"
#include "kernels/x86/dequantize.h"
#include "kernels/x86/dequantize_scaled.h"
