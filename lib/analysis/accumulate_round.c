/* SPDX-License-Identifier: Apache-2.0 */
/* accumulate_round.c: rounding of exact integers. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "lib/analysis/accumulate_internal.h"

static int top_bit(lowpi_u128 m) {
  uint64_t high = (uint64_t)(m >> 64);
  return high ? 127 - __builtin_clzll(high) : 63 - __builtin_clzll((uint64_t)m);
}

lowpi_u128 lowpi_shift_round(bool negative, lowpi_u128 m, int shift, lowp_accum_round round) {
  lowpi_u128 kept = shift > 127 ? 0 : m >> shift;
  lowpi_u128 cut = shift > 127 ? m : m & (((lowpi_u128)1 << shift) - 1);
  if (cut == 0) return kept;
  switch (round) {
  case LOWP_ACCUM_NEAREST_EVEN: {
    if (shift > 128) return kept; /* less than half */
    lowpi_u128 half = (lowpi_u128)1 << (shift - 1);
    return kept + (cut > half || (cut == half && (kept & 1)));
  }
  case LOWP_ACCUM_DOWN:
    return kept + negative;
  case LOWP_ACCUM_TO_ODD:
    return kept | 1;
  default:
    return kept;
  }
}

static lowpi_term overflow(bool negative, const lowpi_format *f) {
  bool to_inf = f->round == LOWP_ACCUM_NEAREST_EVEN || (f->round == LOWP_ACCUM_DOWN && negative);
  return (lowpi_term){.m = ((uint64_t)2 << f->fraction) - 1,
                      .q = f->emax - f->fraction,
                      .e = f->emax,
                      .negative = negative,
                      .infinite = to_inf};
}

lowpi_term lowpi_round(bool negative, lowpi_u128 m, int q, const lowpi_format *f) {
  if (m == 0) return (lowpi_term){0};
  int e = top_bit(m) + q;
  /* With flush the exponent has no lower end until after rounding. */
  int last = (e < f->emin && !f->flush ? f->emin : e) - f->fraction;
  lowpi_u128 kept;
  if (last > q)
    kept = lowpi_shift_round(negative, m, last - q, f->round);
  else
    kept = m << (q - last);
  if (kept == 0) return (lowpi_term){0};
  if (kept >> (f->fraction + 1)) { /* a carry: the next power of two */
    kept >>= 1;
    last++;
  }
  e = top_bit(kept) + last;
  if (e > f->emax) return overflow(negative, f);
  if (e < f->emin && f->flush) return (lowpi_term){0};
  return (lowpi_term){.m = (uint64_t)kept, .q = last, .e = e < f->emin ? f->emin : e, .negative = negative};
}

float lowpi_term_to(lowp_element out, lowpi_term t) {
  if (t.infinite) return lowp_f32_from_bits((uint32_t)t.negative << 31 | 0x7f800000u);
  /* Rounding to odd in 24 bits and then to nearest in at most 22 is rounding to nearest. */
  lowpi_format f = {.fraction = 23, .emin = -126, .emax = 127, .round = LOWP_ACCUM_TO_ODD};
  if (out == LOWP_F32) f.round = LOWP_ACCUM_NEAREST_EVEN;
  t = lowpi_round(t.negative, t.m, t.q, &f);
  if (t.infinite) return lowpi_term_to(LOWP_F32, t);
  float y = lowp_detail_compose(t.negative, (uint32_t)t.m, t.q);
  if (out != LOWP_F32) y = lowp_decode(out, lowp_encode(out, y));
  return y == 0 ? 0.0f : y; /* not -0 */
}

lowpi_term lowpi_round_sum(lowpi_term a, lowpi_term b, const lowpi_format *f) {
  if (a.m == 0) return lowpi_round(b.negative, b.m, b.q, f);
  if (b.m == 0) return lowpi_round(a.negative, a.m, a.q, f);
  if (top_bit(a.m) + a.q < top_bit(b.m) + b.q) {
    lowpi_term t = a;
    a = b;
    b = t;
  }
  /*
   * a's leading bit goes to bit 120, and b's is not above it. If bits of b fall off the lower end, it is at least 57
   * binades smaller, so no more than one bit cancels, and the bit that stands for them lies far below any that a
   * format keeps.
   */
  int up = 120 - top_bit(a.m), q = a.q - up, shift = b.q - q;
  lowpi_u128 large = (lowpi_u128)a.m << up;
  lowpi_u128 small = shift >= 0 ? (lowpi_u128)b.m << shift : lowpi_shift_round(false, b.m, -shift, LOWP_ACCUM_TO_ODD);
  if (a.negative == b.negative) return lowpi_round(a.negative, large + small, q, f);
  bool flips = small > large;
  return lowpi_round(a.negative != flips, flips ? small - large : large - small, q, f);
}
