/* SPDX-License-Identifier: Apache-2.0 */
/* array.c: arrays of elements: the checks, and the two native types; the work is done by a kernel. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/element.h>
#include "kernels/kernel.h"
#include <stdbool.h>

/* Largest legal value of each enum in lowp_encode_rules. */
static bool rules_valid(const lowp_encode_rules *r) {
  return r->round <= LOWP_ROUND_STOCHASTIC && r->overflow <= LOWP_OVERFLOW_NONFINITE && r->inf <= LOWP_INF_NONFINITE &&
         r->nan <= LOWP_NAN_QUIET && r->negative <= LOWP_NEGATIVE_NAN &&
         (r->round != LOWP_ROUND_STOCHASTIC || (r->sr_bits >= 1 && r->sr_bits <= 32));
}

lowp_status lowp_element_encode_n(lowp_element id, const lowp_encode_rules *rules, uint32_t seed, uint64_t counter,
                                  size_t n, const float *x, void *codes) {
  if (!lowp_element_info_of(id) || (n > 0 && (!x || !codes)) || (rules && !rules_valid(rules))) return LOWP_E_ARGUMENT;
  if (id == LOWP_F64) return LOWP_E_UNSUPPORTED;
  if (n == 0) return LOWP_OK;
  if (id == LOWP_F32)
    memcpy(codes, x, n * sizeof *x);
  else
    lowpk_ops_get()->encode(id, rules ? *rules : lowp_encode_default(id), seed, counter, n, x, codes);
  return LOWP_OK;
}

/* RNE by integers, because a conversion by the compiler follows the rounding and flushing modes of the moment. */
static uint32_t f32_bits_of_f64(uint64_t bits) {
  uint32_t sign = (uint32_t)(bits >> 32) & 0x80000000u;
  int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
  uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
  if (exponent > 127) return sign | 0x7f800000u | (exponent == 1024 && fraction ? 0x400000u : 0);
  if (exponent < -150) return sign; /* at most half of the smallest subnormal, 2^-149, and f64 subnormals */
  /* Normal: drop 29 of the 52 bits; below 2^-126 the hidden one moves in and more bits are dropped. */
  int shift = exponent >= -126 ? 29 : 29 + (-126 - exponent);
  uint64_t m = fraction | (uint64_t)1 << 52, half = (uint64_t)1 << (shift - 1);
  uint64_t q = m >> shift, rest = m & (2 * half - 1);
  q += rest > half || (rest == half && (q & 1));
  uint32_t field = exponent >= -126 ? (uint32_t)(exponent + 126) : 0; /* q's hidden one adds the last step */
  return sign | ((field << 23) + (uint32_t)q); /* a carry out of FLT_MAX makes Inf */
}

lowp_status lowp_element_decode_n(lowp_element id, size_t n, const void *codes, float *x) {
  if (!lowp_element_info_of(id) || (n > 0 && (!x || !codes))) return LOWP_E_ARGUMENT;
  if (n == 0) return LOWP_OK;
  if (id == LOWP_F32) {
    memcpy(x, codes, n * sizeof *x);
  } else if (id == LOWP_F64) {
    for (size_t i = 0; i < n; i++) {
      uint64_t bits;
      memcpy(&bits, (const char *)codes + i * sizeof bits, sizeof bits);
      uint32_t rounded = f32_bits_of_f64(bits);
      memcpy((char *)x + i * sizeof rounded, &rounded, sizeof rounded);
    }
  } else {
    lowpk_ops_get()->decode(id, n, codes, x);
  }
  return LOWP_OK;
}
