/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_bf16.h: one step of a panel (gemm.h: 128 k of 16 rows) to bf16 or to f32, for AVX-512 BW; better where the flags of the
 * including file have VBMI. Everything is inline: a kernel that multiplies what it decodes includes this file and calls
 *
 *   lowpk_decode_bf16_step(LOWP_SCHEME_x, step, zeros, out)   out: 64 rows of 16 pairs, as lowpk_panel_bf16_fn has them
 *   lowpk_decode_f32_step(LOWP_SCHEME_x, step, zeros, out)    out: 128 rows of 16 f32, as lowpk_panel_f32_fn has them
 *
 * with a constant scheme, for weights that are not irregular; step = w->data + panel * w->panel_bytes + k / 128 * w->step_bytes,
 * zeros = 16 zero points of the panel (4 bytes each) or NULL, out at 64 bytes. lowpk_panel_walk() at the end does so for a range
 * of k. Schemes it does not know must go to the generic decoder: lowpk_has_bf16_step().
 *
 * What bounds this code is two vector ports: shifts run on one of them, permutations and tests on the other, additions on both.
 * So cores are made of bf16 bit patterns by integer additions: 2^e times a number that is not zero adds e << 7.
 */
#ifndef LOWPK_X86_DECODE_BF16_H
#define LOWPK_X86_DECODE_BF16_H

#include "kernels/x86/decode_fp4.h"
#include "kernels/x86/decode_fp6.h"
#include "kernels/x86/decode_fp8.h"
#include "kernels/x86/decode_hif4.h"
#include "kernels/x86/decode_int.h"

/* --- which scheme has which decoder --------------------------------------------------------------------------------- */

LOWPK_INLINE void lowpk_decode_step(lowp_scheme id, const uint8_t *step, const void *zeros, lowpk_sink to) {
  switch (id) {
  case LOWP_SCHEME_MXFP8_E4M3:
    lowpk_step_mxfp8(LOWP_E4M3FN, step, to);
    break;
  case LOWP_SCHEME_MXFP8_E5M2:
    lowpk_step_mxfp8(LOWP_E5M2, step, to);
    break;
  case LOWP_SCHEME_MXFP6_E2M3:
    lowpk_step_mxfp6(LOWP_E2M3, step, to);
    break;
  case LOWP_SCHEME_MXFP6_E3M2:
    lowpk_step_mxfp6(LOWP_E3M2, step, to);
    break;
  case LOWP_SCHEME_MXFP4:
    lowpk_step_mxfp4(step, to);
    break;
  case LOWP_SCHEME_MXINT8:
    lowpk_step_mxint8(step, to);
    break;
  case LOWP_SCHEME_NVFP4:
    lowpk_step_nvfp4(step, to);
    break;
  case LOWP_SCHEME_HIF4:
    lowpk_step_hif4(step, to);
    break;
  case LOWP_SCHEME_FP8_TENSOR:
  case LOWP_SCHEME_FP8_CHANNEL:
    lowpk_step_fp8(LOWP_E4M3FN, step, to);
    break;
  case LOWP_SCHEME_FP8_BLOCK128:
    lowpk_step_fp8_block(LOWP_E4M3FN, step, to);
    break;
  case LOWP_SCHEME_FP8_E5M2:
    lowpk_step_fp8(LOWP_E5M2, step, to);
    break;
  case LOWP_SCHEME_HIF8_TENSOR:
  case LOWP_SCHEME_HIF8_CHANNEL:
    lowpk_step_hif8(step, to);
    break;
  case LOWP_SCHEME_INT8_CHANNEL:
  case LOWP_SCHEME_INT8_TENSOR:
    lowpk_step_int8(step, NULL, to);
    break;
  case LOWP_SCHEME_INT8_CHANNEL_ZP:
  case LOWP_SCHEME_INT8_TENSOR_ZP:
    lowpk_step_int8(step, zeros, to);
    break;
  case LOWP_SCHEME_INT8_CHANNEL_OFFSET:
    lowpk_step_int8_offset(step, zeros, to);
    break;
  case LOWP_SCHEME_INT8_G32:
    lowpk_step_int8_g32(step, to);
    break;
  case LOWP_SCHEME_INT4_G32:
    lowpk_step_int4(step, 4, 128, to);
    break;
  case LOWP_SCHEME_INT4_G128:
    lowpk_step_int4(step, 16, 64, to);
    break;
  case LOWP_SCHEME_BF16_CAST:
    lowpk_step_bf16(step, to);
    break;
  case LOWP_SCHEME_FP16_CAST:
    lowpk_step_fp16(step, to);
    break;
  default:
    break;
  }
}

/* A scheme that is added to the table above must be added here too; until then it is decoded by the generic kernel. */
LOWPK_INLINE int lowpk_has_bf16_step(lowp_scheme id) { return id > LOWP_SCHEME_NONE && id <= LOWP_SCHEME_FP16_CAST; }
LOWPK_INLINE void lowpk_decode_bf16_step(lowp_scheme id, const uint8_t *step, const void *zeros, uint16_t *out) {
  lowpk_decode_step(id, step, zeros, (lowpk_sink){out, NULL, 0});
}
LOWPK_INLINE void lowpk_decode_f32_step(lowp_scheme id, const uint8_t *step, const void *zeros, float *out) {
  lowpk_decode_step(id, step, zeros, (lowpk_sink){NULL, out, 1});
}

/* k0..k1-1 of a panel; id: the scheme of w, a constant. */
LOWPK_INLINE void lowpk_panel_walk(lowp_scheme id, const lowpk_rhs *w, size_t panel, size_t k0, size_t k1,
                                   lowpk_sink to) {
  const uint8_t *step = w->data + panel * w->panel_bytes + k0 / LOWPK_STEP * w->step_bytes;
  const char *zeros = w->zeros ? (const char *)w->zeros + panel * LOWPK_NR * 4 : NULL;
  const size_t bytes = w->step_bytes;
  for (size_t k = k0; k < k1; k += LOWPK_STEP, step += bytes) {
    for (size_t i = 0; i < w->step_scale_bytes; i += 64) lowpk_ask(step + i); /* the codes: lowpk_load */
    lowpk_decode_step(id, step, zeros, to);
    if (!to.wide)
      to.bf16 += LOWPK_STEP * LOWPK_NR;
    else
      to.f32 += LOWPK_STEP * LOWPK_NR;
  }
}

#endif
