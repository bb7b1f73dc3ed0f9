/* SPDX-License-Identifier: Apache-2.0 */
/* accumulate.c: descriptions of accumulators, and what they do to a dot product. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "lib/analysis/accumulate_internal.h"

#include <ctype.h>
#include <math.h>

#include "lib/internal.h"

/* --- descriptions ------------------------------------------------------------------------------------------------- */

static const lowp_accum_info rows[] = {
#define LOWP_ACCUM(name_, kind_, round_, f, extra, chunk_, ways_, group_, group_bits_, promote_, acc_fraction_, \
                   acc_exponent_, acc_round_, in, swap, flush_, text_, source_) \
  {.struct_size = sizeof(lowp_accum_info), \
   .name = name_, \
   .text = text_, \
   .source = source_, \
   .accum = {.struct_size = sizeof(lowp_accum), \
             .kind = LOWP_ACCUM_##kind_, \
             .round = LOWP_ACCUM_##round_, \
             .acc_round = LOWP_ACCUM_##acc_round_, \
             .fraction_bits = f, \
             .extra_bits = extra, \
             .chunk = chunk_, \
             .ways = ways_, \
             .group = group_, \
             .group_bits = group_bits_, \
             .promote = promote_, \
             .acc_fraction = acc_fraction_, \
             .acc_exponent = acc_exponent_, \
             .acc_in_chunk = in, \
             .swap_pairs = swap, \
             .flush = flush_, \
             .out = LOWP_F32}},
#include <lowp/accumulate.def>
#undef LOWP_ACCUM
};
enum { ROWS = sizeof rows / sizeof rows[0] };

void lowp_accum_init(lowp_accum *accum) {
  *accum = (lowp_accum){.struct_size = sizeof *accum, .acc_fraction = 23, .acc_exponent = 8, .out = LOWP_F32};
}

const lowp_accum_info *lowp_accum_info_of(size_t index) { return index < ROWS ? &rows[index] : NULL; }

static bool same_name(const char *a, const char *b) {
  for (; *a && *b; a++, b++)
    if (tolower((unsigned char)*a) != tolower((unsigned char)*b)) return false;
  return *a == *b;
}

lowp_status lowp_accum_from_name(const char *name, lowp_accum *accum) {
  if (name == NULL || accum == NULL) return LOWP_E_ARGUMENT;
  for (size_t i = 0; i < ROWS; i++)
    if (same_name(name, rows[i].name)) {
      *accum = rows[i].accum;
      return LOWP_OK;
    }
  return LOWP_E_ARGUMENT;
}

static lowp_status range(lowp_error *error, const char *field, uint32_t value, uint32_t low, uint32_t high) {
  if (value >= low && value <= high) return LOWP_OK;
  return lowpi_fail(error, LOWP_E_RANGE, "accumulator: %s is %u, not %u..%u", field, value, low, high);
}

static lowp_status check_fused(const lowp_accum *a, lowp_error *error) {
  lowp_status status = range(error, "fraction_bits", a->fraction_bits, 0, 60);
  if (status == LOWP_OK) status = range(error, "extra_bits", a->extra_bits, 0, 60);
  if (status == LOWP_OK) status = range(error, "fraction_bits + extra_bits", a->fraction_bits + a->extra_bits, 1, 60);
  if (status != LOWP_OK || a->group == 0) return status;
  if (a->chunk % a->group != 0)
    return lowpi_fail(error, LOWP_E_RANGE, "accumulator: a chunk of %u is no multiple of a group of %u", a->chunk,
                      a->group);
  return range(error, "group_bits", a->group_bits, 1, 60);
}

lowp_status lowp_accum_check(const lowp_accum *a, lowp_error *error) {
  if (a == NULL || a->struct_size != sizeof *a)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "accumulator: not filled by lowp_accum_init");
  if ((unsigned)a->kind > LOWP_ACCUM_FUSED || (unsigned)a->round > LOWP_ACCUM_TO_ODD ||
      (unsigned)a->acc_round > LOWP_ACCUM_TO_ODD)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "accumulator: an unknown kind or rounding");
  if (a->out != LOWP_F32 && a->out != LOWP_BF16 && a->out != LOWP_FP16)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "accumulator: out is none of f32, bf16, fp16");
  lowp_status status = range(error, "acc_fraction", a->acc_fraction, 1, 52);
  if (status == LOWP_OK) status = range(error, "acc_exponent", a->acc_exponent, 2, 8);
  if (status == LOWP_OK && a->kind == LOWP_ACCUM_FUSED) status = check_fused(a, error);
  if (status == LOWP_OK && a->kind == LOWP_ACCUM_CHAINS)
    status = range(error, "ways", a->ways, 1, a->chunk ? a->chunk : UINT32_MAX);
  uint32_t unit = a->kind == LOWP_ACCUM_SEQUENTIAL ? (a->swap_pairs ? 2 : 1) : a->chunk;
  if (status == LOWP_OK && a->promote != 0 && (unit == 0 || a->promote % unit != 0))
    status = lowpi_fail(error, LOWP_E_RANGE, "accumulator: promotion every %u products cuts a chunk", a->promote);
  return status;
}

/* --- terms -------------------------------------------------------------------------------------------------------- */

int lowpi_element_emin(lowp_element element) {
  lowp_element_row row = lowp_element_row_of(element);
  return row.kind == LOWP_KIND_MINIFLOAT ? 1 - row.minifloat.bias : -126;
}

lowpi_term lowpi_term_of(float x, int emin, bool strip) {
  uint32_t bits = lowp_f32_bits(x), fraction = bits & 0x7fffffu, field = bits >> 23 & 0xff;
  lowpi_term t = {.m = field ? fraction | 0x800000u : fraction, .negative = bits >> 31};
  t.q = (int)(field ? field : 1) - 150;
  if (t.m == 0) return t;
  t.e = t.q + 63 - __builtin_clzll(t.m);
  if (t.e < emin) t.e = emin;
  if (strip) {
    int zeros = __builtin_ctzll(t.m);
    t.m >>= zeros;
    t.q += zeros;
  }
  return t;
}

enum { NO_EMIN = -1000 }; /* of scales: no power of two is subnormal there */

static lowpi_term times(lowpi_term a, lowpi_term b) {
  return (lowpi_term){.m = a.m * b.m, .q = a.q + b.q, .e = a.e + b.e, .negative = a.negative != b.negative};
}

static lowpi_term scale_of(const lowpi_row *x, const lowpi_row *w, size_t i) {
  lowpi_term t = {.m = 1};
  if (x->scale) t = times(t, lowpi_term_of(x->scale[i / x->block], NO_EMIN, true));
  if (w->scale) t = times(t, lowpi_term_of(w->scale[i / w->block], NO_EMIN, true));
  return t;
}

static lowpi_term element_product(const lowpi_row *x, const lowpi_row *w, size_t i) {
  return times(lowpi_term_of(x->value[i], x->emin, false), lowpi_term_of(w->value[i], w->emin, false));
}

lowpi_term lowpi_product(const lowpi_row *x, const lowpi_row *w, size_t i) {
  lowpi_term t = element_product(x, w, i);
  return x->scale || w->scale ? times(t, scale_of(x, w, i)) : t;
}

static bool any_special(size_t n, const float *x) {
  uint32_t any = 0;
  for (size_t i = 0; i < n; i++) any |= (lowp_f32_bits(x[i]) & 0x7f800000u) == 0x7f800000u;
  return any;
}

static bool row_has_special(const lowpi_row *x, size_t n) {
  return any_special(n, x->value) || (x->scale && any_special(lowpi_ceil_div(n, x->block), x->scale));
}

bool lowpi_row_special(const lowpi_row *x, const lowpi_row *w, size_t n, float *y) {
  if (!row_has_special(x, n) && !row_has_special(w, n)) return false;
  bool positive = false, negative = false, any = false;
  for (size_t i = 0; i < n; i++) {
    float sx = x->scale ? x->scale[i / x->block] : 1, sw = w->scale ? w->scale[i / w->block] : 1;
    if (isfinite(x->value[i]) && isfinite(w->value[i]) && isfinite(sx) && isfinite(sw)) continue;
    any = true;
    /* In f64 no product of finite factors overflows, and none that is not zero vanishes: 2^-552. */
    double p = (double)x->value[i] * (double)w->value[i] * ((double)sx * (double)sw);
    positive = positive || isnan(p) || p > 0;
    negative = negative || isnan(p) || p < 0;
  }
  if (any) *y = positive && negative ? NAN : positive ? INFINITY : -INFINITY;
  return any;
}

/* --- the three kinds ---------------------------------------------------------------------------------------------- */

typedef struct machine {
  const lowp_accum *a;
  lowpi_format acc; /* R */
  const lowpi_row *x, *w;
  size_t n;
} machine;

static lowpi_format format_of(int fraction, int exponent, lowp_accum_round round, bool flush) {
  int emax = (1 << (exponent - 1)) - 1;
  return (lowpi_format){.fraction = fraction, .emin = 1 - emax, .emax = emax, .round = round, .flush = flush};
}

static bool flushed(const machine *v, size_t i) {
  return v->a->flush && (fabsf(v->x->value[i]) < 0x1p-126f || fabsf(v->w->value[i]) < 0x1p-126f);
}

static lowpi_term product(const machine *v, size_t i) {
  return flushed(v, i) ? (lowpi_term){0} : lowpi_product(v->x, v->w, i);
}

static lowpi_term element(const machine *v, size_t i) {
  return flushed(v, i) ? (lowpi_term){0} : element_product(v->x, v->w, i);
}

static lowpi_term sequential(const machine *v, lowpi_term acc, size_t from, size_t to) {
  for (size_t i = from; i < to && !acc.infinite; i++) {
    size_t k = v->a->swap_pairs ? i ^ 1 : i;
    /* The partner of a last, single product is padding. */
    if (k < v->n) acc = lowpi_round_sum(acc, product(v, k), &v->acc);
    if (k == v->n) acc = lowpi_round_sum(acc, product(v, i), &v->acc);
  }
  return acc;
}

static lowpi_term add(lowpi_term a, lowpi_term b, const lowpi_format *format) {
  if (a.infinite && b.infinite && a.negative != b.negative) a.nan = true;
  return a.infinite ? a : b.infinite ? b : lowpi_round_sum(a, b, format);
}

static lowpi_term chains(const machine *v, lowpi_term acc, size_t from, size_t to) {
  lowpi_term sum = {0};
  for (size_t way = 0; way < v->a->ways && from + way < to; way++) {
    lowpi_term s = {0};
    for (size_t i = from + way; i < to && !s.infinite; i += v->a->ways) s = lowpi_round_sum(s, product(v, i), &v->acc);
    sum = way == 0 ? s : add(sum, s, &v->acc);
  }
  return add(acc, sum, &v->acc);
}

/* Sums of aligned terms: the largest exponent in a first pass, the integers in a second. */
typedef struct aligned {
  int emax;
  bool any;
  lowpi_i128 sum; /* in units of 2^(emax - bits) */
} aligned;

static void see(aligned *s, const machine *v, lowpi_term t) {
  if (t.m == 0) return;
  int e = v->a->normalize ? t.q + 63 - __builtin_clzll(t.m) : t.e;
  if (!s->any || e > s->emax) s->emax = e;
  s->any = true;
}

static void align(aligned *s, const machine *v, bool negative, lowpi_u128 m, int q, int bits) {
  if (m == 0) return;
  int shift = s->emax - bits - q;
  /* m 2^q < 2^(emax + 4), or + 14 for groups of scaled elements, so that it fits below 2^(bits + 14) */
  lowpi_u128 t = shift > 0 ? lowpi_shift_round(negative, m, shift, v->a->round) : m << -shift;
  s->sum += negative ? -(lowpi_i128)t : (lowpi_i128)t;
}

static lowpi_u128 magnitude(lowpi_i128 sum) { return sum < 0 ? -(lowpi_u128)sum : (lowpi_u128)sum; }

/*
 * A group: the sum of its products, without scales, as an integer times 2^q, and e. Scaled ones count with the
 * exponents of scales.
 */
static aligned group_sum(const machine *v, size_t from, size_t to) {
  aligned s = {0};
  for (size_t i = from; i < to; i++) see(&s, v, element(v, i));
  for (size_t i = from; i < to; i++) {
    lowpi_term t = element(v, i);
    align(&s, v, t.negative, t.m, t.q, (int)v->a->group_bits);
  }
  return s;
}

static int group_exponent(const machine *v, const aligned *group, size_t from) {
  return v->x->scale || v->w->scale ? scale_of(v->x, v->w, from).e : group->emax;
}

/* Products of a chunk of up to this many are kept between the two passes. */
enum { KEPT = 64 };

static lowpi_term fused(const machine *v, lowpi_term acc, size_t from, size_t to) {
  lowpi_term kept[KEPT];
  const bool keep = to - from <= KEPT;
  const lowp_accum *a = v->a;
  const int bits = (int)(a->fraction_bits + a->extra_bits);
  const size_t step = a->group ? a->group : 1;
  aligned s = {0};
  if (a->acc_in_chunk) see(&s, v, acc);
  for (size_t i = from; i < to; i += step) {
    if (a->group) {
      aligned group = group_sum(v, i, i + step < to ? i + step : to);
      int e = group_exponent(v, &group, i);
      if (group.sum != 0 && (!s.any || e > s.emax)) s.emax = e, s.any = true;
    } else {
      lowpi_term t = product(v, i);
      if (keep) kept[i - from] = t;
      see(&s, v, t);
    }
  }
  if (!s.any) return acc;
  for (size_t i = from; i < to; i += step) {
    if (a->group) {
      aligned group = group_sum(v, i, i + step < to ? i + step : to);
      lowpi_term scale = scale_of(v->x, v->w, i);
      align(&s, v, (group.sum < 0) != scale.negative, magnitude(group.sum) * scale.m,
            group.emax - (int)a->group_bits + scale.q, bits);
    } else {
      lowpi_term t = keep ? kept[i - from] : product(v, i);
      align(&s, v, t.negative, t.m, t.q, bits);
    }
  }
  if (a->acc_in_chunk) align(&s, v, acc.negative, acc.m, acc.q, bits);
  lowpi_term sum = lowpi_round(s.sum < 0, magnitude(s.sum), s.emax - bits, &v->acc);
  return a->acc_in_chunk ? sum : add(acc, sum, &v->acc);
}

static lowpi_term run(const machine *v, lowpi_term acc, size_t from, size_t to) {
  if (acc.infinite) return acc;
  switch (v->a->kind) {
  case LOWP_ACCUM_SEQUENTIAL:
    return sequential(v, acc, from, to);
  case LOWP_ACCUM_CHAINS:
    return chains(v, acc, from, to);
  default:
    return fused(v, acc, from, to);
  }
}

float lowpi_accum_dot(const lowp_accum *a, size_t n, const lowpi_row *x, const lowpi_row *w) {
  float special;
  if (lowpi_row_special(x, w, n, &special)) return special;
  machine v = {.a = a, .x = x, .w = w, .n = n};
  v.acc = format_of((int)a->acc_fraction, (int)a->acc_exponent, a->acc_round, a->flush);
  const size_t chunk = a->kind == LOWP_ACCUM_SEQUENTIAL || a->chunk == 0 ? n : a->chunk;
  const size_t segment = a->promote ? a->promote : n;
  const lowpi_format f32 = format_of(23, 8, LOWP_ACCUM_NEAREST_EVEN, a->flush);
  lowpi_term total = {0};
  for (size_t s = 0; s < n; s += segment) {
    size_t end = n - s < segment ? n : s + segment;
    lowpi_term acc = {0};
    for (size_t k = s; k < end; k += chunk) acc = run(&v, acc, k, end - k < chunk ? end : k + chunk);
    total = a->promote ? add(total, acc, &f32) : acc;
    if (n - s <= segment) break; /* s + segment might wrap */
  }
  return total.nan ? NAN : lowpi_term_to(a->out, total);
}

lowp_status lowp_accum_dot(const lowp_accum *accum, size_t n, const float *x, const float *w, float *y) {
  lowp_status status = lowp_accum_check(accum, NULL);
  if (status != LOWP_OK) return status;
  if (y == NULL || (n != 0 && (x == NULL || w == NULL))) return LOWP_E_ARGUMENT;
  lowpi_row rx = {.value = x, .emin = -126}, rw = {.value = w, .emin = -126};
  *y = lowpi_accum_dot(accum, n, &rx, &rw);
  return LOWP_OK;
}
