/* SPDX-License-Identifier: Apache-2.0 */
/* test_mx_vectors.c: the MX family against what other implementations put out, block for block. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/quant.h>
#include "harness/suite.h"
#include "harness/vectors.h"
#include "quant/arrays.h"
#include <math.h>
#include <stdlib.h>

enum { N = 32 };

typedef struct variant {
  lowpt_source source;
  const char *name; /* of the arrays: NAME.scale.u8, NAME.codes.*, NAME.dec.u32 */
  lowp_scheme scheme;
  lowp_compat compat;
  lowp_scale_rule rule;
} variant;

typedef struct result {
  uint8_t scale, codes[N];
  float y[N];
} result;

/* Unpacked by the test's own shifts: 4-bit codes low nibble first, 6-bit codes four in 24 bits. */
static void unpack(unsigned bits, const uint8_t *packed, uint8_t *codes) {
  for (size_t i = 0; i < N; i++) {
    unsigned code = 0;
    for (unsigned b = 0; b < bits; b++) code |= (packed[(i * bits + b) / 8] >> ((i * bits + b) % 8) & 1u) << b;
    codes[i] = (uint8_t)code;
  }
}

static lowp_quant_opts options(const variant *v) {
  lowp_quant_opts opts;
  assert_int_equal(lowp_quant_opts_compat(&opts, v->scheme, v->compat), LOWP_OK);
  if (v->rule) opts.scale_rule = v->rule;
  return opts;
}

static result quantize(const variant *v, const lowp_quant_opts *opts, const uint32_t *bits) {
  float x[N];
  uint8_t packed[N];
  result r;
  memcpy(x, bits, sizeof x);
  assert_int_equal(lowp_quantize_planes(v->scheme, opts, N, x, packed, &r.scale, NULL), LOWP_OK);
  assert_int_equal(lowp_dequantize_planes(v->scheme, N, packed, &r.scale, 1, r.y), LOWP_OK);
  unpack(lowp_element_row_of(lowp_scheme_info_of(v->scheme)->element).bits, packed, r.codes);
  return r;
}

/* An integer element has no -0, which models in floating point leave behind. */
static bool same(const variant *v, float y, uint32_t bits) {
  uint32_t u = lowp_f32_bits(y);
  if (v->scheme == LOWP_SCHEME_MXINT8 && bits == 0x80000000u) bits = 0;
  return (bits & 0x7fffffffu) > 0x7f800000u ? y != y : u == bits;
}

/* A block whose scale is NaN has no codes worth comparing: every value must be NaN. */
static void test_codes(void **state) {
  const variant *v = *state;
  const lowpt_set set = {v->source, "mx", v->name};
  size_t items = 0, blocks, different = 0, nan_blocks = 0;
  uint32_t *in = lowpt_array(v->source, "mx", "in.u32", 4, &items), *dec = NULL;
  blocks = items / N;
  uint8_t *scale = lowpt_set_load(set, ".scale.u8", 1, &blocks);
  uint8_t *codes = lowpt_set_load(set, v->scheme == LOWP_SCHEME_MXINT8 ? ".codes.i8" : ".codes.u8", 1, &items);
  if (lowpt_set_exists(set, ".dec.u32")) dec = lowpt_set_load(set, ".dec.u32", 4, &items);
  lowp_quant_opts opts = options(v);
  for (size_t k = 0; k < blocks; k++) {
    result r = quantize(v, &opts, in + k * N);
    bool zero = true, bad = false;
    for (size_t i = 0; i < N; i++) zero &= (in[k * N + i] & 0x7fffffffu) == 0;
    /* the model behind the symmetric MXINT8 codes gives a zero block byte 00; microxcaling's own exponent is -126 */
    uint8_t expected = zero && v->compat == LOWP_COMPAT_MICROXCALING ? 1 : scale[k];
    bad = r.scale != expected;
    nan_blocks += scale[k] == 0xff;
    for (size_t i = 0; i < N; i++) {
      if (scale[k] == 0xff)
        bad |= r.y[i] == r.y[i] || r.codes[i] != 0;
      else
        bad |= r.codes[i] != codes[k * N + i];
      if (dec) bad |= !same(v, r.y[i], dec[k * N + i]);
    }
    different += bad;
  }
  print_message("# %zu of %zu blocks have a NaN scale\n", nan_blocks, blocks);
  lowpt_set_report(set, "blocks", blocks, different);
  free(in), free(dec), free(scale), free(codes);
}

/* Would floor(log2f(amax)) be too large? log2 in double is exact enough to tell what rounding to float does. */
static bool float_log2_rounds_up(float amax) {
  int exponent;
  if (!(amax > 0) || isinf(amax)) return false;
  frexpf(amax, &exponent); /* amax = f * 2^exponent, f in [0.5, 1) */
  return floorf((float)log2((double)amax)) > (float)(exponent - 1);
}

static float amax_of(const uint32_t *bits) {
  float amax = 0;
  for (size_t i = 0; i < N; i++) amax = fmaxf(amax, fabsf(lowp_f32_from_bits(bits[i])));
  return amax;
}

/* microxcaling: values alone, and its exponents come from log2 in float. */
static void test_values(void **state) {
  const variant *v = *state;
  const lowpt_set set = {v->source, "mx", v->name};
  size_t items = 0, compared = 0, different = 0, excluded = 0;
  uint32_t *in = lowpt_array(v->source, "mx", "in.u32", 4, &items);
  uint32_t *dec = lowpt_set_load(set, ".dec.u32", 4, &items);
  lowp_quant_opts opts = options(v);
  for (size_t k = 0; k < items / N; k++) {
    if (float_log2_rounds_up(amax_of(in + k * N))) {
      excluded++;
      continue;
    }
    result r = quantize(v, &opts, in + k * N);
    bool bad = false;
    for (size_t i = 0; i < N; i++) bad |= !same(v, r.y[i], dec[k * N + i]);
    different += bad;
    compared++;
  }
  print_message("# %zu of %zu blocks excluded: float log2 of amax rounds up to an integer\n", excluded, items / N);
  lowpt_set_report(set, "blocks", compared, different);
  free(in), free(dec);
}

/* ggml: 17 bytes, the scale and then code j in the low and code j + 16 in the high nibble of byte j. */
static void test_ggml(void **state) {
  const variant *v = *state;
  const lowpt_set set = {v->source, "mx", v->name};
  size_t items = 0, compared = 0, different = 0, log2_blocks = 0, garbage = 0;
  uint32_t *in = lowpt_array(v->source, "mx", "in.u32", 4, &items);
  uint32_t *dec = lowpt_set_load(set, ".dec.u32", 4, &items);
  size_t bytes = items / N * 17;
  uint8_t *blk = lowpt_set_load(set, ".blk17.u8", 1, &bytes);
  lowp_quant_opts opts = options(v);
  for (size_t k = 0; k < items / N; k++) {
    float amax = amax_of(in + k * N); /* fmaxf ignores NaN, as ggml does */
    if (float_log2_rounds_up(amax)) {
      log2_blocks++;
      continue;
    }
    /* the exponent byte is converted from a float outside 0..255: undefined */
    if (isinf(amax) || (amax > 0 && amax < 0x1p-125f)) {
      garbage++;
      continue;
    }
    result r = quantize(v, &opts, in + k * N);
    const uint8_t *b = blk + k * 17;
    bool bad = r.scale != b[0];
    for (size_t i = 0; i < N; i++) {
      uint8_t code = i < 16 ? b[1 + i] & 15 : b[1 + i - 16] >> 4;
      bad |= r.codes[i] != code || !same(v, r.y[i], dec[k * N + i]);
    }
    different += bad;
    compared++;
  }
  print_message("# excluded: %zu blocks with float log2 rounding up, %zu with amax infinite or below 2^-125\n",
                log2_blocks, garbage);
  lowpt_set_report(set, "blocks", compared, different);
  free(in), free(dec), free(blk);
}

typedef struct line {
  const char *name;
  lowp_scheme scheme;
  lowp_compat compat;
  lowp_scale_rule rule;
  void (*test)(void **);
} line;

#define AO(arrays, scheme) \
  {arrays "_floor", scheme, LOWP_COMPAT_TORCHAO, LOWP_SCALE_FLOOR, test_codes}, \
      {arrays "_ceil", scheme, LOWP_COMPAT_TORCHAO, LOWP_SCALE_CEIL, test_codes}, \
      {arrays "_rceil", scheme, LOWP_COMPAT_TORCHAO, LOWP_SCALE_RCEIL, test_codes}, { \
    arrays "_even", scheme, LOWP_COMPAT_TORCHAO, LOWP_SCALE_EVEN, test_codes \
  }
#define MXC(arrays, scheme) \
  { "microxcaling_" arrays "_even", scheme, LOWP_COMPAT_MICROXCALING, 0, test_values }

static const line lines[] = {
    AO("mxe4m3", LOWP_SCHEME_MXFP8_E4M3),
    AO("mxe5m2", LOWP_SCHEME_MXFP8_E5M2),
    AO("mxe2m3", LOWP_SCHEME_MXFP6_E2M3),
    AO("mxe3m2", LOWP_SCHEME_MXFP6_E3M2),
    AO("mxe2m1", LOWP_SCHEME_MXFP4),
    {"mxint8_floor_full", LOWP_SCHEME_MXINT8, LOWP_COMPAT_OCP, 0, test_codes},
    {"mxint8_floor_sym", LOWP_SCHEME_MXINT8, LOWP_COMPAT_MICROXCALING, 0, test_codes},
    MXC("e4m3", LOWP_SCHEME_MXFP8_E4M3),
    MXC("e5m2", LOWP_SCHEME_MXFP8_E5M2),
    MXC("e2m3", LOWP_SCHEME_MXFP6_E2M3),
    MXC("e3m2", LOWP_SCHEME_MXFP6_E3M2),
    MXC("e2m1", LOWP_SCHEME_MXFP4),
    MXC("int8", LOWP_SCHEME_MXINT8),
    {"ggml_mxfp4", LOWP_SCHEME_MXFP4, LOWP_COMPAT_GGML, 0, test_ggml},
};
enum { LINES = sizeof lines / sizeof lines[0] };

int main(void) {
  static variant variants[2 * LINES];
  static char names[2 * LINES][96];
  struct CMUnitTest tests[2 * LINES];
  for (size_t i = 0; i < 2 * LINES; i++) {
    const line *l = &lines[i % LINES];
    lowpt_source source = i < LINES ? LOWPT_GOLDEN : LOWPT_VECTORS;
    variants[i] = (variant){source, l->name, l->scheme, l->compat, l->rule};
    snprintf(names[i], sizeof names[i], "%s (%s)", l->name, i < LINES ? "golden rows" : "all vectors");
    tests[i] = (struct CMUnitTest){names[i], l->test, NULL, NULL, &variants[i]};
  }
  return lowpt_suite_run("MX family, other implementations", tests, 2 * LINES);
}
