/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_mpfr.c: every minifloat of element.def against MPFR, on a stratified sample of f32 inputs. MPFR rounds to the
 * precision of the format and handles subnormals itself; only half away, which it lacks, is done on integer multiples
 * of the spacing. Overflow, and formats that begin above zero, are judged by value.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "element/edges.h"
#include "harness/rng.h"
#include "harness/suite.h"

#include <math.h>
#include <mpfr.h>
#include <stdlib.h>

typedef struct shape {
  lowp_element id;
  const char *name;
  int s, e, m, bias;
  lowp_specials specials;
} shape;

static const shape shapes[] = {
#define LOWP_MINIFLOAT(ID, name, s, e, m, bias, specials, round, overflow, text)                                      \
  {LOWP_##ID, #name, s, e, m, bias, LOWP_SPECIALS_##specials},
#define LOWP_FIXED(ID, name, bits, frac, min, max, text)
#define LOWP_TAPERED(ID, name, bits, round, overflow, text)
#define LOWP_NATIVE(ID, name, bits, text)
#include <lowp/element.def>
#undef LOWP_MINIFLOAT
#undef LOWP_FIXED
#undef LOWP_TAPERED
#undef LOWP_NATIVE
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static const struct {
  lowp_round round;
  mpfr_rnd_t mpfr;
} modes[] = {{LOWP_ROUND_RNE, MPFR_RNDN}, {LOWP_ROUND_HALF_AWAY, MPFR_RNDNA}, {LOWP_ROUND_RTZ, MPFR_RNDZ},
             {LOWP_ROUND_UP, MPFR_RNDU}};
enum { MODES = sizeof modes / sizeof modes[0] };

/* x rounded to the precision and the spacing of the format, its exponent not bounded above. */
static double round_by_mpfr(const shape *f, float x, mpfr_rnd_t rounding) {
  int least = (f->specials == LOWP_SPECIALS_SCALE ? 0 : 1) - f->bias; /* exponent of the smallest normal */
  mpfr_t exact, rounded;
  mpfr_init2(exact, 24);
  mpfr_set_flt(exact, x, MPFR_RNDN);
  mpfr_init2(rounded, f->m + 1);
  if (rounding == MPFR_RNDNA) {
    mpfr_exp_t exponent = mpfr_get_exp(exact) - 1;
    long spacing = (long)(exponent < least ? least : exponent) - f->m;
    mpfr_mul_2si(exact, exact, -spacing, MPFR_RNDN);
    mpfr_round(exact, exact); /* halfway cases away from zero; at most m + 2 bits: exact */
    mpfr_mul_2si(exact, exact, spacing, MPFR_RNDN);
    mpfr_set_prec(rounded, 24);
    mpfr_set(rounded, exact, MPFR_RNDN);
  } else if (f->specials == LOWP_SPECIALS_SCALE) {
    mpfr_set(rounded, exact, rounding);
  } else {
    /* MPFR's exponent belongs to a significand in [1/2, 1): one more than ours. */
    mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    mpfr_set_emin(least + 1 - f->m);
    mpfr_set_emax(1000);
    int ternary = mpfr_set(rounded, exact, rounding);
    ternary = mpfr_check_range(rounded, ternary, rounding);
    mpfr_subnormalize(rounded, ternary, rounding);
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);
  }
  double value = mpfr_get_d(rounded, MPFR_RNDN);
  mpfr_clears(exact, rounded, (mpfr_ptr)0);
  return value;
}

static size_t compared, different;

static void compare(const shape *f, const lowp_element_info *info, uint32_t bits) {
  float x = lowp_f32_from_bits(f->s ? bits : bits & 0x7fffffffu);
  if (!isfinite(x) || x == 0) return; /* nothing to round */
  for (size_t i = 0; i < MODES; i++) {
    lowp_encode_rules rules = lowp_encode_default(f->id);
    rules.round = (uint8_t)modes[i].round;
    rules.overflow = LOWP_OVERFLOW_SATURATE;
    double want = round_by_mpfr(f, x, modes[i].mpfr), got = lowp_decode(f->id, lowp_encode_with(f->id, x, rules, 0));
    if (fabs(want) > info->max) want = copysign(info->max, want);
    if (!f->s && want < info->min_positive) want = info->min_positive;
    if (want == 0 && !info->has_negative_zero) want = 0;
    compared++;
    if (got == want && !signbit(got) == !signbit(want)) continue;
    if (different++ < 10) print_error("%s: %a, rounding %d: %a, not %a\n", f->name, (double)x, rules.round, got, want);
  }
}

/* Every sign and exponent of f32 with mantissas at both ends and in between; then all edges of the format. */
static void against_mpfr(void **state) {
  const shape *f = *state;
  const lowp_element_info *info = lowp_element_info_of(f->id);
  uint32_t per_exponent = lowpt_long() ? 4096 : 8;
  size_t formats;
  lowpt_rng rng = {f->id};
  compared = different = 0;
  for (uint32_t exponent = 0; exponent < 512; exponent++) {
    compare(f, info, exponent << 23);
    compare(f, info, exponent << 23 | 1);
    compare(f, info, exponent << 23 | 0x7fffff);
    for (uint32_t i = 0; i < per_exponent; i++) compare(f, info, exponent << 23 | lowpt_u32(&rng) >> 9);
  }
  const lowpt_format *format = lowpt_formats(&formats);
  while (format->id != f->id) format++;
  lowpt_edges edges = lowpt_edges_of(format, false);
  /* 16-bit formats have very many; a prime stride meets every kind of them. */
  size_t stride = !lowpt_long() && edges.count > 20000 ? 101 : 1;
  for (size_t i = 0; i < edges.count; i += stride) compare(f, info, edges.bits[i]);
  free(edges.bits);
  print_message("# %s: %zu compared with MPFR %s, %zu different\n", f->name, compared, mpfr_get_version(), different);
  assert_true(compared > 1000);
  assert_true(different == 0);
}

int main(void) {
  struct CMUnitTest tests[SHAPES];
  for (size_t i = 0; i < SHAPES; i++)
    tests[i] = (struct CMUnitTest){.name = shapes[i].name, .test_func = against_mpfr,
                                   .initial_state = (void *)(uintptr_t)&shapes[i]};
  int result = LOWP_SUITE_RUN("elements against MPFR", tests);
  mpfr_free_cache();
  return result;
}
