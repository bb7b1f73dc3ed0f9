/* SPDX-License-Identifier: Apache-2.0 */
/* test_api.c: descriptions, names, array calls and their errors, and the constants of the per-format headers. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "element/edges.h"
#include "harness/rng.h"
#include "harness/suite.h"
#include <lowp/fp4.h>
#include <lowp/fp6.h>
#include <lowp/fp8.h>
#include <lowp/hifloat8.h>
#include <lowp/int8.h>

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Every field of every description follows from the decoded codes. */
static void descriptions_agree_with_the_codes(void **state) {
  (void)state;
  size_t formats;
  const lowpt_format *f = lowpt_formats(&formats);
  for (size_t i = 0; i < formats; i++, f++) {
    const lowp_element_info *info = lowp_element_info_of(f->id);
    const lowpt_side *side = &f->side[0];
    size_t first = side->points[0].value == 0, nans = 0, infinities = 0, negative_zeros = 0, negatives = 0;
    assert_non_null(info);
    assert_int_equal(info->struct_size, sizeof *info);
    assert_int_equal(info->id, f->id);
    assert_string_equal(info->name, f->name);
    assert_true(info->text[0] != '\0');
    assert_true(info->max == side->points[side->count - 1].value);
    assert_true(info->min_positive == side->points[first].value);
    for (size_t code = 0; code < (size_t)1 << f->bits; code++) {
      double v = f->values[code];
      nans += isnan(v) != 0;
      infinities += isinf(v) != 0;
      negative_zeros += v == 0 && signbit(v);
      negatives += v < 0;
    }
    assert_int_equal(info->has_nan, nans > 0);
    assert_int_equal(info->has_inf, infinities > 0);
    assert_int_equal(info->has_negative_zero, negative_zeros > 0);
    assert_int_equal(info->is_signed, negatives > 0);
    assert_int_equal(lowp_element_size(f->id), f->bits > 8 ? 2 : 1);
    /* Full precision: all 2^m steps of a power of two above min_normal, fewer below. For a scale, all of its range. */
    if (f->kind == LOWP_KIND_MINIFLOAT) {
      double step = info->min_normal / (1 << f->mbits);
      assert_true(f->specials == LOWP_SPECIALS_SCALE ? info->min_normal == info->min_positive
                                                     : step == info->min_positive);
    }
  }
}

static void names(void **state) {
  (void)state;
  for (int id = LOWP_ELEMENT_NONE + 1; id < LOWP_ELEMENT_COUNT; id++) {
    const lowp_element_info *info = lowp_element_info_of((lowp_element)id);
    char name[64];
    snprintf(name, sizeof name, "%s", info->name);
    assert_int_equal(lowp_element_from_name(name), id);
    for (char *c = name; *c; c++) *c = (char)toupper((unsigned char)*c);
    assert_int_equal(lowp_element_from_name(name), id);
    name[strlen(name) - 1] = '\0';
    assert_int_not_equal(lowp_element_from_name(name), id);
    snprintf(name, sizeof name, "%sx", info->name);
    assert_int_equal(lowp_element_from_name(name), LOWP_ELEMENT_NONE);
  }
  assert_int_equal(lowp_element_from_name(""), LOWP_ELEMENT_NONE);
  assert_int_equal(lowp_element_from_name("none"), LOWP_ELEMENT_NONE);
  assert_int_equal(lowp_element_from_name(NULL), LOWP_ELEMENT_NONE);
  const int bad[] = {LOWP_ELEMENT_NONE, LOWP_ELEMENT_COUNT, -1, 1 << 20};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_null(lowp_element_info_of((lowp_element)bad[i]));
    assert_int_equal(lowp_element_size((lowp_element)bad[i]), 0);
    assert_int_equal(lowp_element_row_of((lowp_element)bad[i]).bits, 0);
  }
  assert_int_equal(lowp_element_size(LOWP_F32), 4);
  assert_int_equal(lowp_element_size(LOWP_F64), 8);
}

static void array_errors_change_nothing(void **state) {
  (void)state;
  const float x[2] = {1, 2};
  uint8_t codes[16];
  float y[2] = {-7, -7};
  memset(codes, 0x5a, sizeof codes);
  lowp_encode_rules good = lowp_encode_default(LOWP_E4M3FN), bad;
  const int ids[] = {LOWP_ELEMENT_NONE, LOWP_ELEMENT_COUNT, -1};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(lowp_element_encode_n((lowp_element)ids[i], NULL, 0, 0, 2, x, codes), LOWP_E_ARGUMENT);
    assert_int_equal(lowp_element_decode_n((lowp_element)ids[i], 2, codes, y), LOWP_E_ARGUMENT);
  }
  assert_int_equal(lowp_element_encode_n(LOWP_E4M3FN, NULL, 0, 0, 2, NULL, codes), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_element_encode_n(LOWP_E4M3FN, NULL, 0, 0, 2, x, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_element_decode_n(LOWP_E4M3FN, 2, NULL, y), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_element_decode_n(LOWP_E4M3FN, 2, codes, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_element_encode_n(LOWP_F64, NULL, 0, 0, 2, x, codes), LOWP_E_UNSUPPORTED);
  /* Each field one beyond its enum; random bits outside 1..32, which matter to stochastic rounding alone. */
  for (int field = 0; field < 7; field++) {
    bad = good;
    if (field == 0) bad.round = LOWP_ROUND_STOCHASTIC + 1;
    if (field == 1) bad.overflow = LOWP_OVERFLOW_NONFINITE + 1;
    if (field == 2) bad.inf = LOWP_INF_NONFINITE + 1;
    if (field == 3) bad.nan = LOWP_NAN_QUIET + 1;
    if (field == 4) bad.negative = LOWP_NEGATIVE_NAN + 1;
    if (field >= 5) bad.round = LOWP_ROUND_STOCHASTIC, bad.sr_bits = field == 5 ? 0 : 33;
    assert_int_equal(lowp_element_encode_n(LOWP_E4M3FN, &bad, 0, 0, 2, x, codes), LOWP_E_ARGUMENT);
  }
  for (size_t i = 0; i < sizeof codes; i++) assert_int_equal(codes[i], 0x5a);
  assert_true(y[0] == -7 && y[1] == -7);
  good.sr_bits = 0;
  assert_int_equal(lowp_element_encode_n(LOWP_E4M3FN, &good, 0, 0, 2, x, codes), LOWP_OK);
  /* Nothing to do is legal, also without arrays. */
  assert_int_equal(lowp_element_encode_n(LOWP_E4M3FN, NULL, 0, 0, 0, NULL, NULL), LOWP_OK);
  assert_int_equal(lowp_element_decode_n(LOWP_F64, 0, NULL, NULL), LOWP_OK);
}

/* Arrays equal the scalar codec for every element and rule set, at odd addresses too, and write nothing beside. */
static void arrays_equal_the_scalar(void **state) {
  (void)state;
  enum { N = 257 };
  static unsigned char in[N * 4 + 8], out[N * 2 + 8];
  size_t formats;
  const lowpt_format *f = lowpt_formats(&formats);
  lowpt_rng rng = {1};
  for (size_t i = 0; i < formats; i++, f++) {
    size_t item = lowp_element_size(f->id);
    for (int trial = 0; trial < 24; trial++) {
      lowp_encode_rules rules = f->rules;
      if (trial) rules.round = (uint8_t)lowpt_below(&rng, 5), rules.overflow = (uint8_t)lowpt_below(&rng, 2);
      size_t shift = lowpt_below(&rng, 8), n = lowpt_below(&rng, N + 1);
      for (size_t k = 0; k < n; k++) {
        uint32_t bits = lowpt_u32(&rng);
        memcpy(in + shift + 4 * k, &bits, 4);
      }
      memset(out, 0x5a, sizeof out);
      const void *x = in + shift;
      void *codes = out + shift;
      assert_int_equal(lowp_element_encode_n(f->id, trial ? &rules : NULL, 0, 0, n, x, codes), LOWP_OK);
      for (size_t k = 0; k < n; k++) {
        uint32_t bits, code = out[shift + item * k];
        if (item == 2) code |= (uint32_t)out[shift + 2 * k + 1] << 8;
        memcpy(&bits, in + shift + 4 * k, 4);
        assert_int_equal(code, lowp_encode_with(f->id, lowp_f32_from_bits(bits), rules, 0));
      }
      for (size_t k = 0; k < sizeof out; k++)
        if (k < shift || k >= shift + item * n) assert_int_equal(out[k], 0x5a);
      void *y = in + 8 - shift;
      assert_int_equal(lowp_element_decode_n(f->id, n, codes, y), LOWP_OK);
      for (size_t k = 0; k < n; k++) {
        uint32_t code = out[shift + item * k], bits;
        if (item == 2) code |= (uint32_t)out[shift + 2 * k + 1] << 8;
        memcpy(&bits, in + 8 - shift + 4 * k, 4);
        assert_int_equal(bits, lowp_f32_bits(lowp_decode(f->id, code)));
      }
    }
  }
}

/* All 2^16 codes of bf16 and fp16 through arrays and back; a NaN stays one. */
static void sixteen_bits_round_trip(void **state) {
  (void)state;
  static uint16_t codes[1 << 16], back[1 << 16];
  static float x[1 << 16];
  const lowp_element ids[] = {LOWP_BF16, LOWP_FP16};
  for (size_t k = 0; k < 1 << 16; k++) codes[k] = (uint16_t)k;
  for (size_t i = 0; i < 2; i++) {
    size_t nans = 0;
    assert_int_equal(lowp_element_decode_n(ids[i], 1 << 16, codes, x), LOWP_OK);
    assert_int_equal(lowp_element_encode_n(ids[i], NULL, 0, 0, 1 << 16, x, back), LOWP_OK);
    for (size_t k = 0; k < 1 << 16; k++) {
      nans += isnan(x[k]) != 0;
      if (isnan(x[k]))
        assert_true(isnan(lowp_decode(ids[i], back[k])));
      else
        assert_int_equal(back[k], k);
      if (ids[i] == LOWP_BF16 && !isnan(x[k])) assert_int_equal(lowp_f32_bits(x[k]), (uint32_t)k << 16);
    }
    assert_int_equal(nans, ids[i] == LOWP_BF16 ? 2 * 127 : 2 * 1023);
  }
}

/* F32 copies bits, NaN payloads included; F64 rounds as the compiler's conversion does by default. */
static void native_types(void **state) {
  (void)state;
  lowpt_rng rng = {3};
  for (int i = 0; i < 200000; i++) {
    uint32_t bits = lowpt_u32(&rng), copy;
    float x = lowp_f32_from_bits(bits), y;
    const void *in = &bits;
    assert_int_equal(lowp_element_encode_n(LOWP_F32, NULL, 0, 0, 1, in, &copy), LOWP_OK);
    assert_int_equal(copy, bits);
    assert_int_equal(lowp_element_decode_n(LOWP_F32, 1, &bits, (float *)(void *)&copy), LOWP_OK);
    assert_int_equal(copy, bits);
    /* Near the f32 grid, so that ties, carries, subnormals and overflow are met; then any f64 at all. */
    double d = isfinite(x) ? (double)x * (1 + (double)((int)lowpt_below(&rng, 9) - 4) * 0x1p-25) : (double)x;
    uint64_t any = lowpt_u64(&rng);
    if (i % 4 == 0) memcpy(&d, &any, sizeof d);
    if (i % 4 == 1) d = ldexp(lowpt_unit(&rng) - 0.5, -127 - (int)lowpt_below(&rng, 26));
    assert_int_equal(lowp_element_decode_n(LOWP_F64, 1, &d, &y), LOWP_OK);
    float want = (float)d;
    if (isnan(d))
      assert_true(isnan(y));
    else
      LOWP_CHECK(lowp_f32_bits(y) == lowp_f32_bits(want), "%a: %a, not %a", d, (double)y, (double)want);
  }
  const double limits[] = {0x1.fffffefffffffp127, 0x1.ffffffp127, -0x1.ffffffp127, 0x1p-150, 0x1.0000000000001p-150,
                           -0x1.8p-149, 0x1p-149, 0x1.fffffcp-127, 0x1.fffffep-127, DBL_MAX, DBL_MIN, -0.0, INFINITY};
  for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
    float y;
    assert_int_equal(lowp_element_decode_n(LOWP_F64, 1, &limits[i], &y), LOWP_OK);
    assert_int_equal(lowp_f32_bits(y), lowp_f32_bits((float)limits[i]));
  }
}

#define CHECK_RANGE(ID)                                                                                               \
  assert_true(lowp_element_info_of(LOWP_##ID)->max == LOWP_##ID##_MAX);                                               \
  assert_true(lowp_element_info_of(LOWP_##ID)->min_normal == LOWP_##ID##_MIN_NORMAL);                                 \
  assert_true(lowp_element_info_of(LOWP_##ID)->min_positive == LOWP_##ID##_MIN_POSITIVE);                             \
  assert_true(lowp_decode(LOWP_##ID, LOWP_##ID##_CODE_MAX) == LOWP_##ID##_MAX)
#define CHECK_MINIFLOAT(ID)                                                                                           \
  CHECK_RANGE(ID);                                                                                                    \
  assert_int_equal(lowp_element_row_of(LOWP_##ID).minifloat.bias, LOWP_##ID##_BIAS)
#define CHECK_CODEC(ID, name)                                                                                         \
  for (unsigned code = 0; code < 1u << lowp_element_row_of(LOWP_##ID).bits; code++) {                                 \
    float value = lowp_##name##_decode((uint8_t)code);                                                                \
    assert_int_equal(lowp_f32_bits(value), lowp_f32_bits(lowp_decode(LOWP_##ID, code)));                              \
    assert_int_equal(lowp_##name##_encode(value * 1.03125f), lowp_encode(LOWP_##ID, value * 1.03125f));               \
  }

static void headers_of_the_formats(void **state) {
  (void)state;
  CHECK_MINIFLOAT(E4M3FN);
  CHECK_MINIFLOAT(E5M2);
  CHECK_MINIFLOAT(E4M3FNUZ);
  CHECK_MINIFLOAT(E5M2FNUZ);
  CHECK_MINIFLOAT(E8M0);
  CHECK_MINIFLOAT(E3M2);
  CHECK_MINIFLOAT(E2M3);
  CHECK_MINIFLOAT(E2M1);
  CHECK_MINIFLOAT(E1M2);
  CHECK_RANGE(HIF8);
  CHECK_CODEC(E4M3FN, e4m3fn)
  CHECK_CODEC(E5M2, e5m2)
  CHECK_CODEC(E4M3FNUZ, e4m3fnuz)
  CHECK_CODEC(E5M2FNUZ, e5m2fnuz)
  CHECK_CODEC(E8M0, e8m0)
  CHECK_CODEC(E3M4, e3m4)
  CHECK_CODEC(E4M3, e4m3)
  CHECK_CODEC(E4M3B11FNUZ, e4m3b11fnuz)
  CHECK_CODEC(BINARY8P3, binary8p3)
  CHECK_CODEC(BINARY8P4, binary8p4)
  CHECK_CODEC(E3M2, e3m2)
  CHECK_CODEC(E2M3, e2m3)
  CHECK_CODEC(E2M1, e2m1)
  CHECK_CODEC(E1M2, e1m2)
  CHECK_CODEC(HIF8, hif8)
  CHECK_CODEC(INT4, int4)
  assert_true(isnan(lowp_e4m3fn_decode(LOWP_E4M3FN_CODE_NAN)) && isnan(lowp_e5m2_decode(LOWP_E5M2_CODE_NAN)));
  assert_true(isnan(lowp_e4m3fnuz_decode(LOWP_E4M3FNUZ_CODE_NAN)));
  assert_true(isnan(lowp_e5m2fnuz_decode(LOWP_E5M2FNUZ_CODE_NAN)));
  assert_true(isnan(lowp_e8m0_decode(LOWP_E8M0_CODE_NAN)) && isnan(lowp_hif8_decode(LOWP_HIF8_CODE_NAN)));
  assert_true(isinf(lowp_e5m2_decode(LOWP_E5M2_CODE_INF)) && isinf(lowp_hif8_decode(LOWP_HIF8_CODE_INF)));
  assert_int_equal(lowp_hif8_encode(LOWP_HIF8_OVERFLOW), LOWP_HIF8_CODE_INF);
  assert_int_equal(lowp_hif8_encode(nextafterf(LOWP_HIF8_OVERFLOW, 0)), LOWP_HIF8_CODE_MAX);
  for (int v = LOWP_INT8_MIN; v <= LOWP_INT8_MAX; v++) {
    assert_int_equal(lowp_int8_encode((float)v), v);
    assert_true(lowp_int8_decode((int8_t)v) == (float)v);
  }
  assert_int_equal(lowp_int8_encode(1e9f), LOWP_INT8_MAX);
  assert_int_equal(lowp_int8_encode(-1e9f), LOWP_INT8_MIN);
  assert_true(lowp_int4_decode(lowp_int4_encode(99)) == LOWP_INT4_MAX);
  assert_true(lowp_int4_decode(lowp_int4_encode(-99)) == LOWP_INT4_MIN);
}

/* Code i of width b occupies bits [i*b, i*b + b) of a row. */
static void nibbles_and_six_bits(void **state) {
  (void)state;
  const uint8_t codes[4] = {0x3f, 0x01, 0x2a, 0x15};
  uint8_t bytes[3], back[4], row[6] = {0}, packed[4] = {0, 0, 0xff, 0xff};
  lowp_fp6_pack4(codes, bytes);
  for (size_t i = 0; i < 4; i++)
    for (size_t b = 0; b < 6; b++) assert_int_equal(bytes[(6 * i + b) / 8] >> ((6 * i + b) % 8) & 1, codes[i] >> b & 1);
  lowp_fp6_unpack4(bytes, back);
  assert_memory_equal(back, codes, 4);
  memcpy(row + 3, bytes, 3);
  for (size_t i = 0; i < 8; i++) assert_int_equal(lowp_fp6_get(row, i), i < 4 ? 0 : codes[i - 4]);
  assert_int_equal(lowp_fp4_pack2(0x2, 0xd), 0xd2);
  assert_int_equal(lowp_fp4_even(0xd2), 0x2);
  assert_int_equal(lowp_fp4_odd(0xd2), 0xd);
  for (size_t i = 0; i < 8; i++) lowp_fp4_set(packed, i, (uint8_t)(i + 8));
  for (size_t i = 0; i < 8; i++) assert_int_equal(lowp_fp4_get(packed, i), i + 8);
  lowp_fp4_set(packed, 3, 0);
  assert_int_equal(packed[1], 0x0a);
}

/* One row through the calls of int8.h: amax gets 127, each value lands within half a step, zeros and nothing are legal. */
static void rows_of_w8a8(void **state) {
  (void)state;
  enum { N = 101 };
  float x[N], y[N], scale = -1;
  int8_t codes[N];
  for (int i = 0; i < N; i++) x[i] = (float)(i - 60) * 0.37f;
  assert_int_equal(lowp_w8a8_quantize(N, x, codes, &scale, NULL), LOWP_OK);
  assert_true(scale == 60 * 0.37f / 127);
  assert_int_equal(codes[0], -LOWP_INT8_MAX);
  assert_int_equal(lowp_w8a8_dequantize(N, codes, scale, y), LOWP_OK);
  for (int i = 0; i < N; i++) {
    assert_int_equal(codes[i], lowp_int8_encode(x[i] / scale));
    assert_true(y[i] == (float)codes[i] * scale && fabsf(y[i] - x[i]) <= 0.5f * scale * (1 + 0x1p-20f));
  }
  memset(x, 0, sizeof x);
  assert_int_equal(lowp_w8a8_quantize(N, x, codes, &scale, NULL), LOWP_OK);
  assert_int_equal(lowp_w8a8_dequantize(N, codes, scale, y), LOWP_OK);
  for (int i = 0; i < N; i++) assert_true(codes[i] == 0 && y[i] == 0);
  assert_int_equal(lowp_w8a8_quantize(0, NULL, NULL, NULL, NULL), LOWP_OK);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(descriptions_agree_with_the_codes), cmocka_unit_test(names),
      cmocka_unit_test(array_errors_change_nothing),       cmocka_unit_test(arrays_equal_the_scalar),
      cmocka_unit_test(sixteen_bits_round_trip),           cmocka_unit_test(native_types),
      cmocka_unit_test(headers_of_the_formats),            cmocka_unit_test(nibbles_and_six_bits),
      cmocka_unit_test(rows_of_w8a8),
  };
  return LOWP_SUITE_RUN("element calls", tests);
}
