/* SPDX-License-Identifier: Apache-2.0 */
/* decode_avx2.c: decode and the row decoders on 8 lanes. */
#include "kernels/x86/expand_avx2.h"
#include "kernels/x86/values.h"
#include "kernels/x86/decode.h"
#include "kernels/x86/dequantize.h"
#include "kernels/x86/dequantize_scaled.h"
