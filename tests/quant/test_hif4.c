/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_hif4.c: HiFloat4 against what other implementations put out, and lowp's own rules against a model of this file.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/hifloat4.h>
#include "harness/rng.h"
#include "harness/suite.h"
#include "harness/vectors.h"
#include "quant/arrays.h"
#include <math.h>
#include <stdlib.h>

enum { G = 64 };

typedef struct variant {
  const char *name, *input;
  lowp_compat compat;
  lowpt_source source;
} variant;

typedef struct result {
  uint8_t packed[G / 2], bytes[4], codes[G];
  uint32_t word;
  float y[G];
} result;

static bool same(float a, float b) { return isnan(a) ? isnan(b) : lowp_f32_bits(a) == lowp_f32_bits(b); }

static lowp_quant_opts options(lowp_compat compat, lowp_scale_rule rule) {
  lowp_quant_opts opts;
  assert_int_equal(lowp_quant_opts_compat(&opts, LOWP_SCHEME_HIF4, compat), LOWP_OK);
  opts.scale_rule = rule;
  return opts;
}

static void quantize(const lowp_quant_opts *opts, const float *x, result *r) {
  assert_int_equal(lowp_hif4_quantize(G, x, r->packed, r->bytes, opts), LOWP_OK);
  assert_int_equal(lowp_hif4_dequantize(G, r->packed, r->bytes, r->y), LOWP_OK);
  for (size_t i = 0; i < G; i++) r->codes[i] = r->packed[i / 2] >> (i % 2 ? 4 : 0) & 15;
  r->word = r->bytes[0] | (uint32_t)r->bytes[1] << 8 | (uint32_t)r->bytes[2] << 16 | (uint32_t)r->bytes[3] << 24;
}

/* --- vectors ------------------------------------------------------------------------------------------------------ */

static void test_vectors(void **state) {
  const variant *v = *state;
  const lowpt_set set = {v->source, "hif4", v->name};
  size_t items = 0, compared = 0, packed_bytes;
  size_t bad_e6m2 = 0, bad_e8 = 0, bad_e16 = 0, bad_codes = 0, bad_values = 0, bad_packed = 0;
  float *in = lowpt_array(v->source, "hif4", v->input, 4, &items), *dec = NULL;
  size_t groups = items / G;
  uint8_t *e6m2 = lowpt_set_load(set, ".e6m2.u8", 1, &groups), *e8 = lowpt_set_load(set, ".e1_8.u8", 1, &groups);
  uint16_t *e16 = lowpt_set_load(set, ".e1_16.u16", 2, &groups);
  uint8_t *codes = lowpt_set_load(set, ".codes.u8", 1, &items), *valid = NULL, *packed = NULL;
  packed_bytes = 4 * groups;
  if (lowpt_set_exists(set, ".dec.u32")) dec = lowpt_set_load(set, ".dec.u32", 4, &items);
  if (lowpt_set_exists(set, ".valid.u8")) valid = lowpt_set_load(set, ".valid.u8", 1, &groups);
  if (lowpt_set_exists(set, ".packed_scale4.u8")) packed = lowpt_set_load(set, ".packed_scale4.u8", 1, &packed_bytes);
  lowp_quant_opts opts = options(v->compat, LOWP_SCALE_AMAX);
  for (size_t g = 0; g < groups; g++) {
    result it;
    if (valid && !valid[g]) continue;
    compared++;
    quantize(&opts, in + g * G, &it);
    bad_e6m2 += lowp_hif4_word_e6m2(it.word) != e6m2[g];
    bad_e8 += lowp_hif4_word_e1_8(it.word) != e8[g];
    bad_e16 += lowp_hif4_word_e1_16(it.word) != e16[g];
    for (size_t i = 0; i < G; i++) {
      bad_codes += it.codes[i] != codes[g * G + i];
      if (dec) bad_values += !same(it.y[i], dec[g * G + i]);
    }
    if (packed) {
      uint8_t amct[4];
      lowp_hif4_word_to_amct(it.word, amct);
      bad_packed += memcmp(amct, packed + 4 * g, 4) != 0 || lowp_hif4_word_from_amct(packed + 4 * g) != it.word;
    }
  }
  print_message("# %zu of %zu groups are not marked valid\n", groups - compared, groups);
  lowpt_set_report(set, "e6m2", compared, bad_e6m2);
  lowpt_set_report(set, "e1_8", compared, bad_e8);
  lowpt_set_report(set, "e1_16", compared, bad_e16);
  lowpt_set_report(set, "codes", compared * G, bad_codes);
  if (dec) lowpt_set_report(set, "values", compared * G, bad_values);
  if (packed) lowpt_set_report(set, "AMCT scale bytes", compared, bad_packed);
  free(in), free(dec), free(e6m2), free(e8), free(e16), free(codes), free(valid), free(packed);
}

/* The default is AMCT's arithmetic; only groups that are not finite have no codes and no bits here. */
static void default_is_amct(void **state) {
  const lowpt_source *source = *state;
  size_t items = 0, different = 0;
  float *in = lowpt_array(*source, "hif4", "in_f32.u32", 4, &items);
  lowp_quant_opts lowp = options(LOWP_COMPAT_LOWP, LOWP_SCALE_AMAX), amct = options(LOWP_COMPAT_AMCT, LOWP_SCALE_AMAX);
  for (size_t g = 0; g < items / G; g++) {
    result a, b;
    bool finite = true;
    for (size_t i = 0; i < G; i++) finite &= isfinite(in[g * G + i]) != 0;
    quantize(&lowp, in + g * G, &a);
    quantize(&amct, in + g * G, &b);
    if (!finite) {
      b.word = LOWP_HIF4_E6M2_NAN;
      memset(b.packed, 0, sizeof b.packed);
      for (int i = 0; i < G; i++) different += !isnan(a.y[i]) || !isnan(b.y[i]);
    }
    different += a.word != b.word || memcmp(a.packed, b.packed, sizeof a.packed) != 0;
  }
  lowpt_vectors_report("hif4: default against preset amct, groups", items / G, different);
  free(in);
}

/* --- a model of the default, and of exact products ---------------------------------------------------------------- */

/* v rounded to `bits` significant bits, ties to even (rint, in the default rounding mode of tests). */
static double rounded(double v, int bits) {
  int e;
  if (v == 0) return 0;
  frexp(v, &e);
  return ldexp(rint(ldexp(v, bits - e)), e - bits);
}
static double bf16(double v) { return rounded(v, 8); }

/* A product as this preset has it; `y` is the one that becomes a code. */
static double product(bool exact, double v) { return exact ? v : (double)(float)v; }
static double y_of(bool exact, double v) { return exact ? v : bf16(v); }

/* Not fmax: gcc 12 for aarch64 ends with an internal error where it vectorizes that as a reduction over f32. */
static double larger(double a, double b) { return b > a ? b : a; }

static double e6m2_value(int code) { return ldexp(1 + (code & 3) / 4.0, (code >> 2) - 48); }

/* Codes and word under one E6M2, and the error. */
static double model_group(bool exact, const float *x, int e6m2, uint32_t *word, uint8_t *codes) {
  double r = bf16(1 / e6m2_value(e6m2)), sum = 0;
  *word = (uint32_t)e6m2;
  for (int k = 0; k < 8; k++) {
    double max8 = 0;
    for (int i = 8 * k; i < 8 * k + 8; i++) max8 = larger(max8, fabs((double)x[i]));
    int e8 = product(exact, max8 * r) >= 4;
    *word |= (uint32_t)e8 << (8 + k);
    for (int j = 2 * k; j < 2 * k + 2; j++) {
      double max4 = 0;
      for (int i = 4 * j; i < 4 * j + 4; i++) max4 = larger(max4, fabs((double)x[i]));
      int e16 = ldexp(product(exact, max4 * r), -e8) >= 2;
      *word |= (uint32_t)e16 << (16 + j);
      for (int i = 4 * j; i < 4 * j + 4; i++) {
        double y = y_of(exact, ldexp(product(exact, fabs((double)x[i]) * r), -e8 - e16));
        double m = fmin(floor(4 * y + 0.5), 7);
        double value = copysign(ldexp(e6m2_value(e6m2) * m / 4, e8 + e16), (double)x[i]);
        codes[i] = (uint8_t)((uint8_t)m | (x[i] < 0 ? 8 : 0));
        sum += (value - (double)x[i]) * (value - (double)x[i]);
      }
    }
  }
  return sum;
}

static int model_e6m2(bool exact, const float *x) {
  double amax = 0, sf;
  int best = 0;
  for (int i = 0; i < G; i++) amax = larger(amax, fabs((double)x[i]));
  sf = bf16(product(exact, amax * 0.142578125));
  for (int c = 1; c < 255; c++) {
    double d = fabs(e6m2_value(c) - sf), d_best = fabs(e6m2_value(best) - sf);
    if (d < d_best || (d == d_best && c % 2 == 0)) best = c;
  }
  return best;
}

/* f32 next to v, at most two steps away: where a product lies depends on how it is rounded. */
static float near(lowpt_rng *rng, double v) {
  float x = (float)v;
  for (int steps = (int)lowpt_below(rng, 5) - 2; steps != 0; steps += steps < 0 ? 1 : -1)
    x = nextafterf(x, steps < 0 ? 0 : INFINITY);
  return lowpt_below(rng, 2) ? x : -x;
}

/* Gaussian of any size, heavy tails, zeros, ties; products around the thresholds, and around the ties of E6M2. */
static void make_group(lowpt_rng *rng, float *x) {
  int kind = (int)lowpt_below(rng, 7);
  double size = ldexp(1, (int)lowpt_below(rng, kind == 4 ? 80 : 16) - (kind == 4 ? 56 : 8));
  double scale = size * (1 + lowpt_below(rng, 4) / 4.0), r = bf16(1 / scale);
  for (int i = 0; i < G; i++) {
    double n = lowpt_normal(rng) * size;
    if (kind == 1) n *= ldexp(1, (int)lowpt_below(rng, 12) - 8);
    if (kind == 2 && i / 8 % 2 == 0) n = 0;
    if (kind == 3) n = (double)((int)lowpt_below(rng, 29) - 14) * 0.125;
    x[i] = (float)n;
    /* the maximum of a half on its threshold, then 4 y on a tie */
    if (kind == 5 && i % 4 == 0) x[i] = near(rng, (i % 8 ? 2 : 4) / r);
    if (kind == 5 && i % 4 != 0) x[i] = near(rng, (lowpt_below(rng, 4) + 0.5) / (i % 8 < 4 ? 1 : 2) / r);
  }
  if (kind == 5) x[63] = (float)(7 * scale);
  /* just above a tie between two E6M2, or just below: bf16 has the tie itself and the value after it */
  if (kind == 6) x[63] = near(rng, (scale + size * (1.0 / 8 + 1.0 / 256)) / 0.142578125);
}

static void check_model(lowp_compat compat, lowp_scale_rule rule, int groups) {
  lowpt_rng rng = {.counter = 400u + (unsigned)rule};
  lowp_quant_opts opts = options(compat, rule);
  bool exact = compat == LOWP_COMPAT_HIF4_AUTHORS;
  for (int g = 0; g < groups; g++) {
    float x[G];
    uint8_t codes[G], tried[G];
    uint32_t word = 0, w;
    result it;
    make_group(&rng, x);
    int start = model_e6m2(exact, x), steps = rule == LOWP_SCALE_MSE ? 3 : 0;
    double error = INFINITY;
    for (int c = start - steps; c <= start + steps; c++) {
      if (c < 0 || c > 0xfe) continue;
      double e = model_group(exact, x, c, &w, tried);
      if (e >= error) continue;
      error = e;
      word = w;
      memcpy(codes, tried, G);
    }
    quantize(&opts, x, &it);
    LOWP_CHECK(it.word == word, "group %d: word %08x, not %08x", g, (unsigned)it.word, (unsigned)word);
    assert_memory_equal(it.codes, codes, G);
  }
}

static void default_rule_equals_its_model(void **state) {
  (void)state;
  check_model(LOWP_COMPAT_LOWP, LOWP_SCALE_AMAX, 5000);
  check_model(LOWP_COMPAT_AMCT, LOWP_SCALE_AMAX, 5000);
}

static void exact_products_equal_their_model(void **state) {
  (void)state;
  check_model(LOWP_COMPAT_HIF4_AUTHORS, LOWP_SCALE_AMAX, 5000);
}

static void search_equals_its_model(void **state) {
  (void)state;
  check_model(LOWP_COMPAT_LOWP, LOWP_SCALE_MSE, 2000);
}

/* --- decode, edges, properties ------------------------------------------------------------------------------------ */

static void every_scale_and_code_decodes(void **state) {
  (void)state;
  for (unsigned e6m2 = 0; e6m2 < 256; e6m2++) {
    lowp_hif4_group group;
    float y[G];
    /* elements 16 e .. 16 e + 15 hold all codes under the exponent e: 0, 1 of four, 1 of eight, 2 */
    lowp_hif4_word_store(lowp_hif4_word_make((uint8_t)e6m2, 0xf0, 0xf0f0), group.word);
    for (int i = 0; i < G; i++) lowp_fp4_set(group.codes, (size_t)i, (uint8_t)(i & 15));
    assert_int_equal(lowp_hif4_dequantize(G, group.codes, group.word, y), LOWP_OK);
    for (int i = 0; i < G; i++) {
      int exponent = (i >= 32) + (i / 16 % 2);
      float want = (float)ldexp(e6m2_value((int)e6m2) * (i & 7) / 4, exponent);
      if (i & 8) want = -want;
      if (e6m2 == LOWP_HIF4_E6M2_NAN) want = NAN;
      LOWP_CHECK(same(y[i], want) && same(lowp_hif4_group_get(&group, (size_t)i), want), "E6M2 %02x, element %d", e6m2,
                 i);
    }
  }
}

static void amct_order_is_reversed_per_byte(void **state) {
  (void)state;
  lowpt_rng rng = {.counter = 3};
  for (int k = 0; k < 1000; k++) {
    uint32_t word = lowpt_u32(&rng);
    uint8_t amct[4];
    lowp_hif4_word_to_amct(word, amct);
    assert_int_equal(amct[0], word & 0xff);
    for (int j = 0; j < 24; j++) assert_int_equal(amct[1 + j / 8] >> (7 - j % 8) & 1, word >> (8 + j) & 1);
    assert_true(lowp_hif4_word_from_amct(amct) == word);
    assert_true(lowp_hif4_word_make(lowp_hif4_word_e6m2(word), lowp_hif4_word_e1_8(word), lowp_hif4_word_e1_16(word)) ==
                word);
  }
}

static void edges(void **state) {
  (void)state;
  static const lowp_compat presets[] = {LOWP_COMPAT_LOWP, LOWP_COMPAT_AMCT, LOWP_COMPAT_HIF4_AUTHORS, LOWP_COMPAT_CANN};
  for (int p = 0; p < 4; p++)
    for (int rule = LOWP_SCALE_AMAX; rule <= LOWP_SCALE_MSE; rule++) {
      lowp_quant_opts opts = options(presets[p], (lowp_scale_rule)rule);
      float x[G] = {0};
      result it;
      quantize(&opts, x, &it);
      assert_true(it.word == 0);
      for (int i = 0; i < G; i++) assert_true(it.codes[i] == 0);
      x[5] = -0.0f, x[6] = -0x1p-100f; /* below the range: zero, with the sign of what was below zero */
      quantize(&opts, x, &it);
      assert_true(it.word == 0 && it.codes[5] == 0 && it.codes[6] == 8);
      x[9] = 1e6f; /* beyond the range: the largest value */
      quantize(&opts, x, &it);
      assert_true(it.y[9] == LOWP_HIF4_MAX && lowp_hif4_word_e6m2(it.word) == 0xfe);
      const float bad[3] = {NAN, INFINITY, -INFINITY};
      for (int b = 0; b < 3; b++) {
        x[9] = bad[b];
        opts.nan_policy = LOWP_NONFINITE_PROPAGATE;
        quantize(&opts, x, &it);
        for (int i = 0; i < G; i++) assert_true(isnan(it.y[i]));
        opts.nan_policy = LOWP_NONFINITE_ZERO;
        quantize(&opts, x, &it);
        assert_true(it.word == 0);
        opts.nan_policy = LOWP_NONFINITE_ERROR;
        assert_int_equal(lowp_hif4_quantize(G, x, it.packed, it.bytes, &opts), LOWP_E_NONFINITE);
      }
    }
}

/*
 * Negation flips the sign of all that is not zero; powers of two move E6M2 alone; a short group is filled up with
 * zeros.
 */
static void properties(void **state) {
  (void)state;
  lowpt_rng rng = {.counter = 8};
  for (int rule = LOWP_SCALE_AMAX; rule <= LOWP_SCALE_MSE; rule++) {
    lowp_quant_opts opts = options(LOWP_COMPAT_LOWP, (lowp_scale_rule)rule);
    for (int g = 0; g < 300; g++) {
      float x[2 * G], other[2 * G];
      uint8_t codes[G], words[8];
      result a, b;
      for (int i = 0; i < 2 * G; i++) x[i] = (float)lowpt_normal(&rng);
      quantize(&opts, x, &a);
      for (int i = 0; i < G; i++) other[i] = -x[i];
      quantize(&opts, other, &b);
      assert_true(a.word == b.word);
      for (int i = 0; i < G; i++) assert_int_equal(a.codes[i] ^ b.codes[i], x[i] != 0 ? 8 : 0);
      for (int i = 0; i < G; i++) other[i] = x[i] * 8;
      quantize(&opts, other, &b);
      assert_true(b.word == a.word + 3 * 4);
      assert_memory_equal(a.codes, b.codes, G);
      assert_int_equal(lowp_hif4_quantize(G + 7, x, codes, words, &opts), LOWP_OK);
      assert_memory_equal(codes, a.packed, G / 2);
      memset(x + G + 7, 0, (G - 7) * sizeof *x);
      quantize(&opts, x + G, &b);
      assert_memory_equal(codes + G / 2, b.packed, G / 2);
      assert_memory_equal(words + 4, b.bytes, 4);
    }
  }
}

/* The other roundings bracket the value; stochastic rounding depends on the seed. */
static void roundings(void **state) {
  (void)state;
  lowpt_rng rng = {.counter = 9};
  float x[G];
  result it, other;
  for (int i = 0; i < G; i++) x[i] = (float)lowpt_normal(&rng);
  for (int round = LOWP_ROUND_RNE; round <= LOWP_ROUND_STOCHASTIC; round++) {
    lowp_quant_opts opts = options(LOWP_COMPAT_LOWP, LOWP_SCALE_AMAX);
    opts.round = (lowp_round)round;
    quantize(&opts, x, &it);
    for (int i = 0; i < G; i++) {
      double scale = (double)lowp_hif4_scale(it.word, (size_t)i), step = scale / 4;
      double y = fabs((double)it.y[i]), v = fabs((double)x[i]);
      /* R is bf16(1 / E6M2), so that y / scale is off by 2^-8 of itself, and clipping is on top of that */
      bool clipped = (it.codes[i] & 7) == 7;
      LOWP_CHECK(clipped || fabs(y - v) <= step * (round <= LOWP_ROUND_HALF_ZERO ? 0.5 : 1) + 0x1p-7 * v, "%d: %d",
                 round, i);
      if (round == LOWP_ROUND_RTZ) assert_true(y <= v * (1 + 0x1p-7));
    }
    if (round == LOWP_ROUND_STOCHASTIC) {
      opts.seed = 1;
      quantize(&opts, x, &other);
      assert_memory_not_equal(it.codes, other.codes, G);
    }
  }
}

/* --- accuracy on iid Gaussian data, 1 %; the scale has so much range that sigma does not matter ------------------- */

static void gaussian_error(void **state) {
  (void)state;
  enum { TOTAL = 1 << 19 };
  static const struct {
    lowp_compat compat;
    lowp_scale_rule rule;
    double nmse;
  } anchors[] = {{LOWP_COMPAT_LOWP, LOWP_SCALE_AMAX, 6.87e-3},
                 {LOWP_COMPAT_HIF4_AUTHORS, LOWP_SCALE_AMAX, 6.87e-3},
                 {LOWP_COMPAT_CANN, LOWP_SCALE_AMAX, 6.87e-3},
                 {LOWP_COMPAT_LOWP, LOWP_SCALE_MSE, 6.20e-3}};
  float *x = malloc(TOTAL * sizeof *x), *y = malloc(TOTAL * sizeof *y);
  uint8_t *codes = malloc(TOTAL / 2), *words = malloc(TOTAL / G * 4);
  for (int sigma = -6; sigma <= 12; sigma += 6) {
    lowpt_rng rng = {.counter = 2602};
    for (int i = 0; i < TOTAL; i += 2) { /* Box and Muller */
      double radius = pow(1.7, sigma) * sqrt(-2 * log(1 - lowpt_unit(&rng))),
             angle = 6.283185307179586 * lowpt_unit(&rng);
      x[i] = (float)(radius * cos(angle));
      x[i + 1] = (float)(radius * sin(angle));
    }
    for (size_t a = 0; a < sizeof anchors / sizeof anchors[0]; a++) {
      lowp_quant_opts opts = options(anchors[a].compat, anchors[a].rule);
      double error = 0, power = 0;
      assert_int_equal(lowp_hif4_quantize(TOTAL, x, codes, words, &opts), LOWP_OK);
      assert_int_equal(lowp_hif4_dequantize(TOTAL, codes, words, y), LOWP_OK);
      for (int i = 0; i < TOTAL; i++) {
        error += ((double)y[i] - (double)x[i]) * ((double)y[i] - (double)x[i]);
        power += (double)x[i] * (double)x[i];
      }
      print_message("# NMSE, Gaussian, sigma 1.7^%d, hif4 %s %s: %.4e, expected %.3e\n", sigma,
                    lowp_compat_name(anchors[a].compat), anchors[a].rule == LOWP_SCALE_MSE ? "search" : "amax",
                    error / power, anchors[a].nmse);
      LOWP_CHECK(fabs(error / power / anchors[a].nmse - 1) < 0.01, "anchor %zu: %g", a, error / power);
    }
  }
  free(x), free(y), free(codes), free(words);
}

int main(void) {
  static lowpt_source sources[2] = {LOWPT_GOLDEN, LOWPT_VECTORS};
  static const struct CMUnitTest own[] = {
      cmocka_unit_test(default_rule_equals_its_model),
      cmocka_unit_test(exact_products_equal_their_model),
      cmocka_unit_test(search_equals_its_model),
      cmocka_unit_test(every_scale_and_code_decodes),
      cmocka_unit_test(amct_order_is_reversed_per_byte),
      cmocka_unit_test(edges),
      cmocka_unit_test(properties),
      cmocka_unit_test(roundings),
      cmocka_unit_test(gaussian_error),
      cmocka_unit_test_prestate(default_is_amct, &sources[0]),
      cmocka_unit_test_prestate(default_is_amct, &sources[1]),
  };
  static const variant lines[] = {
      {"amct_f32", "in_f32.u32", LOWP_COMPAT_AMCT, 0},        {"amct_bf16", "in_bf16.u32", LOWP_COMPAT_AMCT, 0},
      {"gcc_f32", "in_f32.u32", LOWP_COMPAT_HIF4_AUTHORS, 0}, {"gcc_bf16", "in_bf16.u32", LOWP_COMPAT_HIF4_AUTHORS, 0},
      {"a6_bf16", "in_bf16.u32", LOWP_COMPAT_CANN, 0},
  };
  enum { OWN = sizeof own / sizeof own[0], LINES = sizeof lines / sizeof lines[0] };
  static variant variants[2 * LINES];
  static char names[2 * LINES][96];
  struct CMUnitTest tests[OWN + 2 * LINES];
  memcpy(tests, own, sizeof own);
  for (size_t i = 0; i < 2 * LINES; i++) {
    variants[i] = lines[i % LINES];
    variants[i].source = sources[i / LINES];
    snprintf(names[i], sizeof names[i], "%s (%s)", variants[i].name, i < LINES ? "golden rows" : "all vectors");
    tests[OWN + i] = (struct CMUnitTest){names[i], test_vectors, NULL, NULL, &variants[i]};
  }
  return lowpt_suite_run("HiFloat4", tests, OWN + 2 * LINES);
}
