/* SPDX-License-Identifier: Apache-2.0 */
/* accum_oracle.c: definitions, one after the other. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "oracle/accum_oracle.h"

#include <math.h>
#include <mpfr.h>
#include <stdbool.h>
#include <stdlib.h>

/* Between the smallest product with scales, 2^-552, and 2^576. */
enum { BITS = 1400 };

typedef struct state {
  const lowp_accum *a;
  const lowpt_row *x, *w;
  int emin, emax;
  bool overflowed;
} state;

/* v to an integer multiple of 2^last. */
static void to_multiple(mpfr_t v, int last, lowp_accum_round round) {
  mpfr_t before;
  mpfr_init2(before, BITS);
  mpfr_mul_2si(v, v, -last, MPFR_RNDN);
  mpfr_set(before, v, MPFR_RNDN);
  switch (round) {
  case LOWP_ACCUM_NEAREST_EVEN:
    mpfr_rint(v, v, MPFR_RNDN);
    break;
  case LOWP_ACCUM_TRUNCATE:
    mpfr_rint(v, v, MPFR_RNDZ);
    break;
  case LOWP_ACCUM_DOWN:
    mpfr_rint(v, v, MPFR_RNDD);
    break;
  default: { /* of the two neighbours, the odd one */
    mpfr_t half;
    mpfr_init2(half, BITS);
    mpfr_rint(v, v, MPFR_RNDD);
    mpfr_div_2ui(half, v, 1, MPFR_RNDN);
    if (!mpfr_equal_p(before, v) && mpfr_integer_p(half)) mpfr_add_ui(v, v, 1, MPFR_RNDN);
    mpfr_clear(half);
  }
  }
  mpfr_mul_2si(v, v, last, MPFR_RNDN);
  mpfr_clear(before);
}

/* floor(log2 |v|), v != 0 */
static int exponent(const mpfr_t v) { return (int)mpfr_get_exp(v) - 1; }

static void R(state *s, mpfr_t v) {
  if (mpfr_zero_p(v)) return;
  bool tiny = exponent(v) < s->emin;
  int last = (tiny && !s->a->flush ? s->emin : exponent(v)) - (int)s->a->acc_fraction;
  to_multiple(v, last, s->a->acc_round);
  if (mpfr_zero_p(v)) return;
  if (s->a->flush && exponent(v) < s->emin) mpfr_set_zero(v, 1);
  if (!mpfr_zero_p(v) && exponent(v) > s->emax) s->overflowed = true;
}

static float factor(const state *s, const lowpt_row *row, size_t i) {
  return s->a->flush && fabsf(row->value[i]) < 0x1p-126f ? 0 : row->value[i];
}

static void element(const state *s, size_t i, mpfr_t p) {
  mpfr_set_flt(p, factor(s, s->x, i), MPFR_RNDN);
  mpfr_t w;
  mpfr_init2(w, 30);
  mpfr_set_flt(w, factor(s, s->w, i), MPFR_RNDN);
  mpfr_mul(p, p, w, MPFR_RNDN);
  mpfr_clear(w);
}

static void apply_scales(const state *s, size_t i, mpfr_t p) {
  mpfr_t f;
  mpfr_init2(f, 30);
  const lowpt_row *sides[] = {s->x, s->w};
  for (int k = 0; k < 2; k++)
    if (sides[k]->scale) {
      mpfr_set_flt(f, sides[k]->scale[i / sides[k]->block], MPFR_RNDN);
      mpfr_mul(p, p, f, MPFR_RNDN);
    }
  mpfr_clear(f);
}

static int scale_exponent(const state *s, size_t i) {
  int e = 0;
  if (s->x->scale) e += ilogbf(s->x->scale[i / s->x->block]);
  if (s->w->scale) e += ilogbf(s->w->scale[i / s->w->block]);
  return e;
}

static int factor_exponent(const lowpt_row *row, size_t i) {
  int e = ilogbf(row->value[i]);
  return e < row->emin ? row->emin : e;
}

/* Exponent of product i of elements, which is p. */
static int product_exponent(const state *s, size_t i, const mpfr_t p) {
  return s->a->normalize ? exponent(p) : factor_exponent(s->x, i) + factor_exponent(s->w, i);
}

/* One chunk of FUSED, as a list of at most count + 1 terms with their exponents. */
static void fused(state *s, size_t from, size_t to, mpfr_t acc) {
  const lowp_accum *a = s->a;
  size_t step = a->group ? a->group : 1, terms = 0, room = (to - from) / step + 3;
  mpfr_t *term = malloc(room * sizeof *term), p;
  int *e = malloc(room * sizeof *e), largest = -100000, bits = (int)(a->fraction_bits + a->extra_bits);
  mpfr_init2(p, BITS);
  for (size_t i = from; i < to; i += step) {
    mpfr_init2(term[terms], BITS);
    mpfr_set_zero(term[terms], 1);
    int inner = -100000;
    for (size_t j = i; j < i + step && j < to; j++) {
      element(s, j, p);
      if (!mpfr_zero_p(p) && product_exponent(s, j, p) > inner) inner = product_exponent(s, j, p);
    }
    for (size_t j = i; j < i + step && j < to; j++) {
      element(s, j, p);
      if (a->group) to_multiple(p, inner - (int)a->group_bits, a->round);
      mpfr_add(term[terms], term[terms], p, MPFR_RNDN);
    }
    bool scaled = s->x->scale || s->w->scale;
    e[terms] = a->group && scaled ? scale_exponent(s, i) : inner + scale_exponent(s, i);
    apply_scales(s, i, term[terms]);
    if (!a->group && a->normalize && !mpfr_zero_p(term[terms])) e[terms] = exponent(term[terms]);
    terms++;
  }
  if (a->acc_in_chunk) {
    mpfr_init2(term[terms], BITS);
    mpfr_set(term[terms], acc, MPFR_RNDN);
    e[terms] = mpfr_zero_p(acc) ? 0 : exponent(acc);
    if (!a->normalize && e[terms] < s->emin) e[terms] = s->emin;
    terms++;
  }
  for (size_t t = 0; t < terms; t++)
    if (!mpfr_zero_p(term[t]) && e[t] > largest) largest = e[t];
  mpfr_set_zero(p, 1);
  for (size_t t = 0; t < terms; t++) {
    if (!mpfr_zero_p(term[t])) to_multiple(term[t], largest - bits, a->round);
    mpfr_add(p, p, term[t], MPFR_RNDN);
    mpfr_clear(term[t]);
  }
  R(s, p);
  if (a->acc_in_chunk) {
    mpfr_set(acc, p, MPFR_RNDN);
  } else {
    mpfr_add(acc, acc, p, MPFR_RNDN);
    R(s, acc);
  }
  mpfr_clear(p);
  free(term);
  free(e);
}

static void product(const state *s, size_t i, mpfr_t p) {
  element(s, i, p);
  apply_scales(s, i, p);
}

static void chains(state *s, size_t from, size_t to, mpfr_t acc) {
  mpfr_t sum, chain, p;
  mpfr_inits2(BITS, sum, chain, p, (mpfr_ptr)0);
  mpfr_set_zero(sum, 1);
  for (size_t way = 0; way < s->a->ways; way++) {
    mpfr_set_zero(chain, 1);
    for (size_t i = from; i < to; i++) {
      if ((i - from) % s->a->ways != way) continue;
      product(s, i, p);
      mpfr_add(chain, chain, p, MPFR_RNDN);
      R(s, chain);
    }
    mpfr_add(sum, sum, chain, MPFR_RNDN);
    R(s, sum);
  }
  mpfr_add(acc, acc, sum, MPFR_RNDN);
  R(s, acc);
  mpfr_clears(sum, chain, p, (mpfr_ptr)0);
}

static void sequential(state *s, size_t from, size_t to, mpfr_t acc) {
  mpfr_t p;
  mpfr_init2(p, BITS);
  for (size_t i = from; i < to; i++) {
    size_t k = i;
    if (s->a->swap_pairs && ((i & 1) || i + 1 < to)) k = i ^ 1;
    product(s, k, p);
    mpfr_add(acc, acc, p, MPFR_RNDN);
    R(s, acc);
  }
  mpfr_clear(p);
}

float lowpt_accum_dot(const lowp_accum *a, size_t n, const lowpt_row *x, const lowpt_row *w) {
  state s = {.a = a, .x = x, .w = w, .emax = (1 << (a->acc_exponent - 1)) - 1};
  s.emin = 1 - s.emax;
  const lowp_accum f32 = {.acc_fraction = 23, .flush = a->flush};
  state wide = {.a = &f32, .emin = -126, .emax = 127};
  mpfr_t acc, total;
  mpfr_inits2(BITS, acc, total, (mpfr_ptr)0);
  mpfr_set_zero(total, 1);
  size_t segment = a->promote ? a->promote
                   : n        ? n
                              : 1,
         chunk = a->kind == LOWP_ACCUM_SEQUENTIAL || !a->chunk ? segment : a->chunk;
  for (size_t from = 0; from < n; from += segment) {
    size_t end = from + segment < n ? from + segment : n;
    mpfr_set_zero(acc, 1);
    for (size_t c = from; c < end; c += chunk) {
      size_t to = c + chunk < end ? c + chunk : end;
      if (a->kind == LOWP_ACCUM_FUSED) fused(&s, c, to, acc);
      if (a->kind == LOWP_ACCUM_CHAINS) chains(&s, c, to, acc);
      if (a->kind == LOWP_ACCUM_SEQUENTIAL) sequential(&s, c, to, acc);
    }
    mpfr_add(total, total, acc, MPFR_RNDN);
    if (a->promote) R(&wide, total);
  }
  mpfr_t out;
  mpfr_init2(out, a->out == LOWP_F32 ? 24 : a->out == LOWP_BF16 ? 8 : 11);
  /* Subnormals of the output: multiples of its smallest step. */
  int emin = a->out == LOWP_FP16 ? -14 : -126, fraction = (int)mpfr_get_prec(out) - 1;
  if (!mpfr_zero_p(total)) {
    int last = (exponent(total) < emin ? emin : exponent(total)) - fraction;
    to_multiple(total, last, LOWP_ACCUM_NEAREST_EVEN);
  }
  mpfr_set(out, total, MPFR_RNDN);
  float y = mpfr_get_flt(out, MPFR_RNDN);
  if (a->out == LOWP_FP16 && fabsf(y) >= 65536) y = copysignf(INFINITY, y);
  if (y == 0) y = 0.0f; /* not -0 */
  mpfr_clears(acc, total, out, (mpfr_ptr)0);
  return s.overflowed || wide.overflowed ? NAN : y; /* the caller keeps away from overflow */
}

static void exact(size_t n, const lowpt_row *x, const lowpt_row *w, mpfr_t sum) {
  const lowp_accum none = {.flush = 0};
  state s = {.a = &none, .x = x, .w = w};
  mpfr_t p;
  mpfr_init2(p, BITS);
  mpfr_set_zero(sum, 1);
  for (size_t i = 0; i < n; i++) {
    product(&s, i, p);
    mpfr_add(sum, sum, p, MPFR_RNDN);
  }
  mpfr_clear(p);
}

double lowpt_exact_error(size_t n, const lowpt_row *x, const lowpt_row *w, float y) {
  mpfr_t sum, v;
  mpfr_inits2(BITS, sum, v, (mpfr_ptr)0);
  exact(n, x, w, sum);
  mpfr_set_flt(v, y, MPFR_RNDN);
  mpfr_sub(v, v, sum, MPFR_RNDN);
  double d = mpfr_get_d(v, MPFR_RNDN);
  mpfr_clears(sum, v, (mpfr_ptr)0);
  return d;
}

double lowpt_exact_dot(size_t n, const lowpt_row *x, const lowpt_row *w) {
  return -lowpt_exact_error(n, x, w, 0.0f) + 0.0;
}
