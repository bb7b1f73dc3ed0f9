/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tensor_scale.c: the f32 tensor scale of NVFP4. Some producers define the decode multiplier g, others the encode one
 * S.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "quant/quant_internal.h"

#include <float.h>

/*
 * amax = 0 has no scale to derive; lowp takes 1. Below, g stops at 2^-117: the smallest E4M3 is 2^-9, so that every
 * product of a block scale and g stays a normal number, which flushing subnormals cannot touch, and 1 / g is finite.
 */
static void decode_first(float range, float amax, float *dec, float *enc) {
  *dec = amax > 0.0f ? amax / range : 1.0f;
  if (*dec < 0x1p-117f) *dec = 0x1p-117f;
  *enc = 1.0f / *dec;
}

/* g = amax / range whatever comes out; S is not theirs, and kept finite. */
static void decode_only(float range, float amax, float *dec, float *enc) {
  *dec = amax / range;
  *enc = 1.0f / *dec < FLT_MAX ? 1.0f / *dec : FLT_MAX;
}

/* S = range / amax, at most FLT_MAX, 1 for amax = 0; g = 1 / S. */
static void encode_first(float range, float amax, float *dec, float *enc) {
  *enc = amax > 0.0f ? range / amax : 1.0f;
  if (!(*enc < FLT_MAX)) *enc = FLT_MAX;
  *dec = 1.0f / *enc;
}

/* Both from amax; S may be Inf, and then no block has a scale. */
static void both(float range, float amax, float *dec, float *enc) {
  *dec = amax / range;
  *enc = range / amax;
}

/* S as encode_first, but 1 wherever the quotient is not finite. */
static void encode_or_one(float range, float amax, float *dec, float *enc) {
  *enc = amax > 0.0f && range / amax <= FLT_MAX ? range / amax : 1.0f;
  *dec = 1.0f / *enc;
}

typedef void rule(float range, float amax, float *dec, float *enc);
static rule *const rules[LOWP_COMPAT_COUNT] = {
    [LOWP_COMPAT_LOWP] = decode_first,   [LOWP_COMPAT_TRANSFORMER_ENGINE] = encode_first,
    [LOWP_COMPAT_VLLM] = encode_first,   [LOWP_COMPAT_MODELOPT] = decode_only,
    [LOWP_COMPAT_TORCHAO] = decode_only, [LOWP_COMPAT_COMPRESSED_TENSORS] = encode_or_one,
    [LOWP_COMPAT_FOUROVERSIX] = both,
};

void lowpi_nvfp4_tensor_scale(const lowp_quant_opts *opts, float amax, float *dec, float *enc) {
  rule *r = (unsigned)opts->compat < LOWP_COMPAT_COUNT ? rules[opts->compat] : NULL;
  (r ? r : decode_first)(opts->nvfp4_scale_max * opts->nvfp4_target, amax, dec, enc);
}
