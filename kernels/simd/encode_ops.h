/* SPDX-License-Identifier: Apache-2.0 */
/* encode_ops.h: the op `encode` from the encode_array of the file that includes it. */
#ifndef LOWPK_SIMD_ENCODE_OPS_H
#define LOWPK_SIMD_ENCODE_OPS_H

/* One function an element: what it is made of is constant, and its default rounding has a loop of its own. */
typedef int encode_fn(const encode_call *c, size_t n, const char *x, uint8_t *codes);

VEC_INLINE int encode_any(lowp_element id, const encode_call *c, size_t n, const char *x, uint8_t *codes) {
  const lowp_element_row row = lowp_element_row_of(id);
  const int only_default = row.kind == LOWP_KIND_TAPERED || row.minifloat.specials == LOWP_SPECIALS_SCALE;
  if (c->rules.round == row.rules.round)
    encode_array(id, (lowp_round)row.rules.round, c, n, x, codes);
  else if (only_default || id == LOWP_FP16)
    return 0;
  else if (c->rules.round == LOWP_ROUND_RNE)
    encode_array(id, LOWP_ROUND_RNE, c, n, x, codes);
  else if (c->rules.round == LOWP_ROUND_HALF_AWAY)
    encode_array(id, LOWP_ROUND_HALF_AWAY, c, n, x, codes);
  else if (c->rules.round == LOWP_ROUND_HALF_ZERO)
    encode_array(id, LOWP_ROUND_HALF_ZERO, c, n, x, codes);
  else if (c->rules.round == LOWP_ROUND_RTZ)
    encode_array(id, LOWP_ROUND_RTZ, c, n, x, codes);
  else
    return 0;
  return 1;
}

#define EACH(ID) \
  static int encode_##ID(const encode_call *c, size_t n, const char *x, uint8_t *codes) { \
    return encode_any(LOWP_##ID, c, n, x, codes); \
  }
#include "kernels/generic/each_element.h"

static encode_fn *const encoders[LOWP_ELEMENT_COUNT] = {
#define EACH(ID) [LOWP_##ID] = encode_##ID,
#include "kernels/generic/each_element.h"
};

void VEC_NAME(encode)(lowp_element id, lowp_encode_rules rules, uint32_t seed, uint64_t counter, size_t n,
                      const float *x, void *codes) {
  encode_call c = {id, rules, seed, counter};
  int is_unsigned = lowp_element_row_of(id).kind == LOWP_KIND_MINIFLOAT && !lowp_element_row_of(id).minifloat.s;
  if (!vec_default_mode() || (is_unsigned && rules.negative != LOWP_NEGATIVE_ABS) ||
      !encoders[id](&c, n, (const char *)x, codes))
    lowpk_encode_generic(id, rules, seed, counter, n, x, codes);
}

#endif
