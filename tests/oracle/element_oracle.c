/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "oracle/element_oracle.h"

#include <math.h>
#include <stdlib.h>

/* A line of element.def in one shape for all kinds; bias, min and max mean what the kind says. */
typedef struct line {
  lowp_element id;
  const char *name;
  lowp_element_kind kind;
  int s, e, m, bias;
  lowp_specials specials;
  int bits, frac, min, max;
  lowp_encode_rules rules;
} line;

#define RULES(r, o) {LOWP_ROUND_##r, LOWP_OVERFLOW_##o, LOWP_INF_AS_OVERFLOW, LOWP_NAN_ALL_ONES, LOWP_NEGATIVE_ABS, 32}
static const line lines[] = {
#define LOWP_MINIFLOAT(ID, name, s, e, m, bias, specials, round, overflow, text)                                      \
  {LOWP_##ID, #name, LOWP_KIND_MINIFLOAT, s, e, m, bias, LOWP_SPECIALS_##specials, s + e + m, 0, 0, 0,                \
   RULES(round, overflow)},
#define LOWP_FIXED(ID, name, bits, frac, min, max, text)                                                              \
  {LOWP_##ID, #name, LOWP_KIND_FIXED, 1, 0, 0, 0, LOWP_SPECIALS_NONE, bits, frac, min, max, RULES(RNE, SATURATE)},
#define LOWP_TAPERED(ID, name, bits, round, overflow, text)                                                           \
  {LOWP_##ID, #name, LOWP_KIND_TAPERED, 1, 0, 0, 0, LOWP_SPECIALS_NONE, bits, 0, 0, 0, RULES(round, overflow)},
#define LOWP_NATIVE(ID, name, bits, text)
#include <lowp/element.def>
#undef LOWP_MINIFLOAT
#undef LOWP_FIXED
#undef LOWP_TAPERED
#undef LOWP_NATIVE
};
enum { FORMATS = sizeof lines / sizeof lines[0] };

/* The value of a magnitude code (sign bit taken off) of a minifloat, and the parity of its significand. */
static double minifloat_value(const line *l, uint32_t code, bool *even) {
  uint32_t top = (1u << (l->e + l->m)) - 1;
  int field = (int)(code >> l->m), mantissa = (int)(code & ((1u << l->m) - 1));
  *even = false;
  switch (l->specials) {
  case LOWP_SPECIALS_IEEE:
    if (field == (1 << l->e) - 1) return mantissa ? NAN : INFINITY;
    break;
  case LOWP_SPECIALS_FN:
  case LOWP_SPECIALS_SCALE:
    if (code == top) return NAN;
    break;
  case LOWP_SPECIALS_P3109:
    if (code == top) return INFINITY;
    break;
  default: break;
  }
  /* Without mantissa bits a power of two is 1 * 2^k, odd; zero is even. */
  *even = l->m ? mantissa % 2 == 0 : code == 0 && l->specials != LOWP_SPECIALS_SCALE;
  double fraction = ldexp(mantissa, -l->m);
  if (field == 0 && l->specials != LOWP_SPECIALS_SCALE) return ldexp(fraction, 1 - l->bias);
  return ldexp(1 + fraction, field - l->bias);
}

/* HiFloat8 from the table of arXiv 2409.16626: a prefix names the number of exponent and mantissa bits. */
static double hif8_value(uint32_t code) {
  static const struct {
    int prefix_bits, prefix, exponent_bits, mantissa_bits;
  } shapes[] = {{2, 3, 4, 1}, {2, 2, 3, 2}, {2, 1, 2, 3}, {3, 1, 1, 3}, {4, 1, 0, 3}};
  if (code == 0x6f) return INFINITY;
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
    if ((int)(code >> (7 - shapes[i].prefix_bits)) != shapes[i].prefix) continue;
    int mantissa = (int)(code & ((1u << shapes[i].mantissa_bits) - 1)), exponent = 0;
    int field = (int)(code >> shapes[i].mantissa_bits & ((1u << shapes[i].exponent_bits) - 1));
    if (shapes[i].exponent_bits) {
      int sign_bit = 1 << (shapes[i].exponent_bits - 1); /* its place is also that of the hidden leading one */
      exponent = field & sign_bit ? -field : field + sign_bit;
    }
    return ldexp(1 + ldexp(mantissa, -shapes[i].mantissa_bits), exponent);
  }
  return code ? ldexp(1, (int)code - 23) : 0;
}

static int by_value(const void *a, const void *b) {
  double x = ((const lowpt_point *)a)->value, y = ((const lowpt_point *)b)->value;
  return (x > y) - (x < y);
}

static void add(lowpt_side *side, double value, uint32_t code, bool even) {
  side->points[side->count++] = (lowpt_point){value, code, even};
}

static void build_fixed(const line *l, lowpt_format *f) {
  for (int v = l->min; v <= l->max; v++) {
    uint32_t code = (uint32_t)v & ((1u << l->bits) - 1);
    f->values[code] = ldexp(v, -l->frac);
    if (v >= 0) add(&f->side[0], ldexp(v, -l->frac), code, v % 2 == 0);
    if (v <= 0) add(&f->side[1], ldexp(-v, -l->frac), code, v % 2 == 0);
  }
  qsort(f->side[1].points, f->side[1].count, sizeof(lowpt_point), by_value);
  f->side[0].next = ldexp(l->max + 1, -l->frac);
  f->side[1].next = ldexp(1 - l->min, -l->frac);
}

static void build_signed_magnitude(const line *l, lowpt_format *f) {
  bool hif8 = l->kind == LOWP_KIND_TAPERED;
  uint32_t half = 1u << (l->bits - l->s), infinity = 0;
  bool has_infinity = false;
  for (uint32_t code = 0; code < 1u << l->bits; code++) {
    uint32_t magnitude = code & (half - 1), sign = code >> (l->bits - l->s) & (uint32_t)l->s;
    bool even = hif8 ? code % 2 == 0 : false;
    double value = hif8 ? hif8_value(magnitude) : minifloat_value(l, magnitude, &even);
    if (magnitude == 0 && sign && !f->negative_zero) value = NAN;
    f->values[code] = sign ? -value : value;
    if (isinf(value)) {
      has_infinity = true;
      infinity = magnitude;
    }
    if (isfinite(value)) add(&f->side[sign], value, code, even);
  }
  for (int sign = 0; sign <= l->s; sign++) {
    lowpt_side *side = &f->side[sign];
    /* -0 without a code: negative values that round to zero become the one zero. */
    if (sign && !f->negative_zero) add(side, 0, 0, true);
    qsort(side->points, side->count, sizeof *side->points, by_value);
    const lowpt_point *last = &side->points[side->count - 1];
    if (hif8) {
      side->next = 1.5 * last->value;
      side->next_even = false; /* its code would be that of infinity, 6F */
    } else {
      int exponent;
      frexp(last->value, &exponent); /* value = [0.5, 1) * 2^exponent */
      side->next = last->value + ldexp(1, exponent - 1 - l->m);
      side->next_even = l->m ? !last->even : false;
    }
    f->inf[sign] = has_infinity ? infinity | (sign ? half : 0) : 0;
  }
}

/* NaN and infinity codes, from the text of lowp_specials, lowp_overflow and lowp_nan. */
static void build_specials(const line *l, lowpt_format *f) {
  uint32_t half = 1u << (l->bits - l->s), sign_bit = l->s ? half : 0, ones = half - 1;
  uint32_t nan = 0; /* fixed point: NaN becomes 0 */
  if (l->kind == LOWP_KIND_TAPERED || l->specials == LOWP_SPECIALS_FNUZ || l->specials == LOWP_SPECIALS_P3109)
    nan = sign_bit;
  else if (l->kind == LOWP_KIND_MINIFLOAT)
    nan = ones; /* also the largest positive value where there is no NaN */
  f->nan_plain = f->nan_quiet[0] = f->nan_quiet[1] = nan;
  if (l->specials == LOWP_SPECIALS_IEEE) {
    uint32_t quiet = ((1u << l->e) - 1) << l->m | 1u << (l->m - 1);
    f->nan_quiet[0] = quiet;
    f->nan_quiet[1] = quiet | sign_bit;
  } else if (l->specials == LOWP_SPECIALS_FN) {
    f->nan_quiet[1] = ones | sign_bit;
  }
}

const lowpt_format *lowpt_formats(size_t *count) {
  static lowpt_format formats[FORMATS];
  *count = FORMATS;
  if (formats[0].values) return formats;
  for (size_t i = FORMATS; i-- > 0;) {
    const line *l = &lines[i];
    lowpt_format *f = &formats[i];
    size_t codes = (size_t)1 << l->bits;
    *f = (lowpt_format){.id = l->id, .name = l->name, .bits = (unsigned)l->bits, .kind = l->kind,
                        .specials = l->specials, .mbits = (unsigned)l->m, .rules = l->rules, .is_signed = l->s};
    f->negative_zero = l->kind == LOWP_KIND_MINIFLOAT && l->s && l->specials != LOWP_SPECIALS_FNUZ &&
                       l->specials != LOWP_SPECIALS_P3109;
    f->values = malloc(codes * sizeof *f->values);
    for (int sign = 0; sign < 2; sign++) f->side[sign].points = malloc((codes + 1) * sizeof(lowpt_point));
    if (!f->values || !f->side[0].points || !f->side[1].points) abort();
    if (l->kind == LOWP_KIND_FIXED)
      build_fixed(l, f);
    else
      build_signed_magnitude(l, f);
    build_specials(l, f);
  }
  return formats;
}

/* What stands for a magnitude beyond the largest. */
static uint32_t beyond(const lowpt_format *f, int sign, bool saturate) {
  const lowpt_side *side = &f->side[sign];
  uint32_t largest = side->points[side->count - 1].code;
  if (saturate || f->kind == LOWP_KIND_FIXED) return largest;
  if (f->inf[0]) return f->inf[sign];
  return f->specials == LOWP_SPECIALS_NONE ? largest : f->nan_quiet[sign];
}

/* Is a value the fraction t of the way from one neighbour to the other, 0 < t < 1, rounded up in magnitude? */
static bool goes_up(double t, bool low_even, bool high_even, int negative, lowp_encode_rules rules, uint32_t random) {
  switch ((lowp_round)rules.round) {
  case LOWP_ROUND_RNE: return t > 0.5 || (t == 0.5 && (high_even || !low_even));
  case LOWP_ROUND_HALF_AWAY: return t >= 0.5;
  case LOWP_ROUND_HALF_ZERO: return t > 0.5;
  case LOWP_ROUND_RTZ: return false;
  case LOWP_ROUND_UP: return !negative;
  case LOWP_ROUND_STOCHASTIC: break;
  }
  double steps = ldexp(1, rules.sr_bits);
  return floor(t * steps) + fmod(random, steps) >= steps;
}

uint32_t lowpt_oracle_encode(const lowpt_format *f, float x, lowp_encode_rules rules, uint32_t random) {
  int negative = signbit(x) != 0;
  bool scale = f->kind == LOWP_KIND_MINIFLOAT && f->specials == LOWP_SPECIALS_SCALE;
  if (isnan(x)) return rules.nan == LOWP_NAN_QUIET ? f->nan_quiet[negative] : f->nan_plain;
  if (!f->is_signed) {
    if (rules.negative == LOWP_NEGATIVE_NAN && (negative || x == 0)) return f->nan_plain;
    negative = 0;
  }
  bool saturate = rules.overflow == LOWP_OVERFLOW_SATURATE;
  if (isinf(x)) return beyond(f, negative, saturate && rules.inf == LOWP_INF_AS_OVERFLOW);
  const lowpt_side *side = &f->side[negative];
  double y = fabs((double)x);
  if (y <= side->points[0].value) return side->points[0].code; /* zero, or at most the smallest power of a scale */
  if (scale && rules.negative == LOWP_NEGATIVE_NAN && f->mbits == 0 && rules.round == LOWP_ROUND_RNE &&
      y < side->points[1].value)
    return side->points[1].code; /* see lowp_negative */
  size_t low = 0, high = side->count; /* points[low] <= y, and points[high], if there is one, above */
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (side->points[middle].value <= y)
      low = middle;
    else
      high = middle;
  }
  const lowpt_point *below = &side->points[low];
  if (below->value == y) return below->code;
  bool last = high == side->count;
  double above = last ? side->next : side->points[high].value;
  bool up = y >= above || goes_up((y - below->value) / (above - below->value), below->even,
                                  last ? side->next_even : side->points[high].even, negative, rules, random);
  if (!last) return side->points[up ? high : low].code;
  bool inward = rules.round == LOWP_ROUND_RTZ || (rules.round == LOWP_ROUND_UP && negative);
  return up ? beyond(f, negative, saturate || inward) : below->code;
}
