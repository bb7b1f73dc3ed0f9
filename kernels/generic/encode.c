/* SPDX-License-Identifier: Apache-2.0 */
/* encode.c: the scalar codec of element.h over an array, once per element so that its row folds into the code. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernels/kernel.h"

static inline float load(const float *x, size_t i) {
  float value;
  memcpy(&value, (const char *)x + i * sizeof value, sizeof value);
  return value;
}

static inline void store(void *codes, size_t i, uint32_t code, int wide) {
  if (wide) {
    uint16_t c = (uint16_t)code;
    memcpy((char *)codes + i * sizeof c, &c, sizeof c);
  } else {
    ((uint8_t *)codes)[i] = (uint8_t)code;
  }
}

static inline int same_rules(lowp_encode_rules a, lowp_encode_rules b) { return memcmp(&a, &b, sizeof a) == 0; }

/* The defaults are the most frequent rules and get a loop of their own. Stochastic rounding alone asks for words. */
#define EACH(ID)                                                                                                \
  static void encode_##ID(lowp_encode_rules rules, uint32_t seed, uint64_t counter, size_t n, const float *x,         \
                          void *codes) {                                                                              \
    const int wide = lowp_element_row_of(LOWP_##ID).bits > 8;                                                         \
    if (same_rules(rules, lowp_encode_default(LOWP_##ID))) {                                                          \
      for (size_t i = 0; i < n; i++) store(codes, i, lowp_encode(LOWP_##ID, load(x, i)), wide);                       \
    } else if (rules.round != LOWP_ROUND_STOCHASTIC) {                                                                \
      for (size_t i = 0; i < n; i++) store(codes, i, lowp_encode_with(LOWP_##ID, load(x, i), rules, 0), wide);        \
    } else {                                                                                                          \
      for (size_t i = 0; i < n; i++) {                                                                                \
        uint32_t random = (uint32_t)lowp_philox(seed, counter + i);                                                   \
        store(codes, i, lowp_encode_with(LOWP_##ID, load(x, i), rules, random), wide);                                \
      }                                                                                                               \
    }                                                                                                                 \
  }
#include "kernels/generic/each_element.h"

typedef void encode_fn(lowp_encode_rules, uint32_t, uint64_t, size_t, const float *, void *);

static encode_fn *const encoders[LOWP_ELEMENT_COUNT] = {
#define EACH(ID) [LOWP_##ID] = encode_##ID,
#include "kernels/generic/each_element.h"
};

void lowpk_encode_generic(lowp_element id, lowp_encode_rules rules, uint32_t seed, uint64_t counter, size_t n,
                          const float *x, void *codes) {
  encoders[id](rules, seed, counter, n, x, codes);
}
