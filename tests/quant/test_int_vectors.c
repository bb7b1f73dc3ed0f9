/* SPDX-License-Identifier: Apache-2.0 */
/* test_int_vectors.c: INT8 and INT4 against what other implementations, or their formulas in float32, put out. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/quant.h>
#include "harness/suite.h"
#include "harness/vectors.h"
#include "quant/arrays.h"
#include <math.h>
#include <stdlib.h>

enum { K = 128, BLOCK = 32 };

typedef struct variant {
  lowpt_source source;
  const char *name; /* of the arrays */
  lowp_scheme scheme;
  lowp_compat compat;
  const char *zero; /* suffix of the array of zero points, or NULL */
  bool given;       /* the scale is an input: static quantization */
} variant;

static lowp_quant_opts options(const variant *v) {
  lowp_quant_opts opts;
  assert_int_equal(lowp_quant_opts_compat(&opts, v->scheme, v->compat), LOWP_OK);
  return opts;
}

/* Rows of 128: scale bits, zero point bits, codes. Rows that `valid` rules out have no meaning in the original. */
static void test_rows(void **state) {
  const variant *v = *state;
  const lowpt_set set = {v->source, "int", v->name};
  size_t items = 0, rows, compared = 0, different = 0;
  uint32_t *in = lowpt_array(v->source, "int", "int8_rows_in.u32", 4, &items), *zero = NULL;
  rows = items / K;
  uint32_t *scale = lowpt_set_load(set, ".scale.u32", 4, &rows);
  int8_t *q = lowpt_set_load(set, ".q.i8", 1, &items);
  uint8_t *valid = lowpt_set_exists(set, ".valid.u8") ? lowpt_set_load(set, ".valid.u8", 1, &rows) : NULL;
  if (v->zero) zero = lowpt_set_load(set, v->zero, 4, &rows);
  for (size_t r = 0; r < rows; r++) {
    if (valid && !valid[r]) continue;
    lowp_quant_opts opts = options(v);
    if (v->given) {
      opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
      opts.tensor_scale = lowp_f32_from_bits(scale[r]);
    }
    int8_t codes[K];
    uint32_t s, z = 0;
    lowp_qtensor t;
    lowp_view x = lowp_view_of(LOWP_F32, 1, K, in + r * K);
    assert_int_equal(lowp_qtensor_bind(&t, v->scheme, 1, K, codes, &s, &z), LOWP_OK);
    assert_int_equal(lowp_quantize(&opts, &x, &t, NULL), LOWP_OK);
    bool bad = s != scale[r] || memcmp(codes, q + r * K, K) != 0 || (zero && z != zero[r]);
    different += bad;
    compared++;
  }
  lowpt_set_report(set, "rows", compared, different);
  free(in), free(scale), free(q), free(valid), free(zero);
}

static bool same(float y, uint32_t bits) {
  return (bits & 0x7fffffffu) > 0x7f800000u ? y != y : lowp_f32_bits(y) == bits;
}

/* ggml blocks of 32 of mx/in.u32: an FP16 scale, then bytes (Q8_0), or nibbles j and j + 16 offset by 8 (Q4_0). */
static void test_ggml(void **state) {
  const variant *v = *state;
  const lowpt_set set = {v->source, "int", v->name};
  bool q4 = v->scheme == LOWP_SCHEME_INT4_G32;
  size_t items = 0, block_bytes = q4 ? 18 : 34, bytes, compared = 0, different = 0, excluded = 0;
  uint32_t *in = lowpt_array(v->source, "mx", "in.u32", 4, &items);
  uint32_t *dec = lowpt_set_load(set, ".dec.u32", 4, &items);
  bytes = items / BLOCK * block_bytes;
  uint8_t *blk = lowpt_set_load(set, q4 ? ".blk18.u8" : ".blk34.u8", 1, &bytes);
  lowp_quant_opts opts = options(v);
  for (size_t k = 0; k < items / BLOCK; k++) {
    const uint8_t *b = blk + k * block_bytes;
    float x[BLOCK], y[BLOCK];
    uint8_t codes[BLOCK], scale[2];
    bool finite = true, bad;
    float amax = 0;
    memcpy(x, in + k * BLOCK, sizeof x);
    for (int i = 0; i < BLOCK; i++) finite &= isfinite(x[i]) != 0, amax = fmaxf(amax, fabsf(x[i]));
    /* x * (1 / d) is converted to an integer: undefined for Inf and NaN, also where 1 / d overflows */
    if (!finite || (amax > 0 && isinf(1.0f / (amax / (q4 ? 8.0f : 127.0f))))) {
      excluded++;
      continue;
    }
    assert_int_equal(lowp_quantize_planes(v->scheme, &opts, BLOCK, x, codes, scale, NULL), LOWP_OK);
    assert_int_equal(lowp_dequantize_planes(v->scheme, BLOCK, codes, scale, 1, y), LOWP_OK);
    bad = memcmp(scale, b, 2) != 0;
    for (int i = 0; i < BLOCK; i++) {
      unsigned q = q4 ? (codes[i / 2] >> (i % 2 * 4)) & 15 : codes[i];
      unsigned want = q4 ? ((i < 16 ? b[2 + i] : b[2 + i - 16] >> 4) & 15) ^ 8 : b[2 + i];
      bad |= q != want || !same(y[i], dec[k * BLOCK + i]);
    }
    different += bad;
    compared++;
  }
  print_message("# %zu blocks excluded: not finite, or 1 / d overflows\n", excluded);
  lowpt_set_report(set, "blocks", compared, different);
  free(in), free(dec), free(blk);
}

typedef struct line {
  variant v;
  void (*test)(void **);
} line;

#define V(name, scheme, compat, zero, given) \
  { 0, name, LOWP_SCHEME_##scheme, LOWP_COMPAT_##compat, zero, given }
static const line lines[] = {
    {V("vllm_dyn_sym", INT8_CHANNEL, VLLM, NULL, false), test_rows},
    {V("vllm_static_sym", INT8_TENSOR, VLLM, NULL, true), test_rows},
    {V("vllm_dyn_azp", INT8_CHANNEL_ZP, VLLM, ".azp.i32", false), test_rows},
    {V("ascend_dyn_sym", INT8_CHANNEL, CANN, NULL, false), test_rows},
    {V("ascend_dyn_asym", INT8_CHANNEL_OFFSET, CANN, ".offset.u32", false), test_rows},
    {V("smoothquant_w", INT8_CHANNEL, SMOOTHQUANT, NULL, false), test_rows},
    {V("compressed_tensors_w", INT8_CHANNEL, COMPRESSED_TENSORS, NULL, false), test_rows},
    {V("ggml_q8_0", INT8_G32, GGML, NULL, false), test_ggml},
    {V("ggml_q4_0", INT4_G32, GGML, NULL, false), test_ggml},
};
enum { LINES = sizeof lines / sizeof lines[0] };

int main(void) {
  static variant variants[2 * LINES];
  static char names[2 * LINES][96];
  struct CMUnitTest tests[2 * LINES];
  for (size_t i = 0; i < 2 * LINES; i++) {
    const line *l = &lines[i % LINES];
    variants[i] = l->v;
    variants[i].source = i < LINES ? LOWPT_GOLDEN : LOWPT_VECTORS;
    snprintf(names[i], sizeof names[i], "%s (%s)", l->v.name, i < LINES ? "golden rows" : "all vectors");
    tests[i] = (struct CMUnitTest){names[i], l->test, NULL, NULL, &variants[i]};
  }
  return lowpt_suite_run("INT8 and INT4, other implementations", tests, 2 * LINES);
}
