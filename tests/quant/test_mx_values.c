/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_mx_values.c: every code of MX under every scale, dequantized to f32, bf16 and f16, against products and
 * roundings in f64 of this file: those at the ends of the exponents too, which random codes and scales hardly meet
 * together. And blocks of bf16 with every mantissa of amax and what lies up to 16 exponents below it: they have the
 * codes and scales of the same values in f32.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"
#include <lowp/lowp.h>
#include <math.h>
#include <stdlib.h>

enum { SCALES = 256, BLOCK = 32 };

/* v as a format with m bits of mantissa and exponents from `least` on has it, to nearest even. */
static double rounded(double v, int m, int least, double most, bool saturates) {
  if (v == 0 || isnan(v) || isinf(v)) return v;
  int e = ilogb(v) < least ? least : ilogb(v);
  double r = ldexp(nearbyint(ldexp(v, m - e)), e - m);
  return fabs(r) <= most ? r : copysign(saturates ? most : (double)INFINITY, v);
}

static double expected(lowp_element to, double v) {
  const bool saturates = to != LOWP_F32 && lowp_encode_default(to).overflow == LOWP_OVERFLOW_SATURATE;
  if (to == LOWP_BF16) return rounded(v, 7, -126, 0x1.fep127, saturates);
  if (to == LOWP_FP16) return rounded(v, 10, -14, 65504, saturates);
  return rounded(v, 23, -126, 0x1.fffffep127, false);
}

static bool same(double a, double b) { return (isnan(a) && isnan(b)) || (a == b && !signbit(a) == !signbit(b)); }

/* Element i of block j has the code j, or j + i. */
static void fill(lowp_qtensor *q, unsigned bits, size_t cols, bool mixed) {
  const size_t mask = ((size_t)1 << bits) - 1;
  for (size_t r = 0; r < SCALES; r++) {
    uint8_t *row = q->codes + r * q->codes_stride;
    memset(row, 0, cols * bits / 8);
    memset(q->scales + r * q->scales_stride, (int)r, cols / BLOCK);
    for (size_t i = 0; i < cols; i++) {
      size_t code = (i / BLOCK + (mixed ? i % BLOCK : 0)) & mask, at = i * bits;
      row[at / 8] |= (uint8_t)(code << at % 8);
      if (at % 8 + bits > 8) row[at / 8 + 1] |= (uint8_t)(code >> (8 - at % 8));
    }
  }
}

static void check(const lowp_scheme_info *info, lowp_qtensor *q, lowp_element to, bool mixed) {
  const unsigned bits = lowp_element_row_of(info->element).bits;
  const size_t codes = (size_t)1 << bits, cols = q->cols;
  void *y = malloc(SCALES * cols * lowp_element_size(to));
  float *values = malloc(SCALES * cols * sizeof *values);
  assert_true(y && values);
  lowp_view view = lowp_view_of(to, SCALES, cols, y);
  assert_int_equal(lowp_dequantize(q, &view, NULL), LOWP_OK);
  assert_int_equal(lowp_element_decode_n(to, SCALES * cols, y, values), LOWP_OK);
  for (size_t r = 0; r < SCALES; r++) {
    double want[256];
    for (size_t c = 0; c < codes; c++) {
      const uint8_t code = (uint8_t)c;
      float v;
      assert_int_equal(lowp_element_decode_n(info->element, 1, &code, &v), LOWP_OK);
      want[c] = r == 255 ? (double)NAN : expected(to, ldexp((double)v, (int)r - 127));
    }
    for (size_t i = 0; i < cols; i++) {
      size_t c = (i / BLOCK + (mixed ? i % BLOCK : 0)) % codes;
      double v = (double)values[r * cols + i];
      LOWP_CHECK(same(v, want[c]), "%s to %s: code %zu, scale %zu: %a, expected %a", info->name,
                 lowp_element_info_of(to)->name, c, r, v, want[c]);
    }
  }
  free(y), free(values);
}

static void test_every_code_and_scale(void **state) {
  (void)state;
  static const lowp_element types[] = {LOWP_F32, LOWP_BF16, LOWP_FP16};
  size_t schemes = 0;
  for (int id = LOWP_SCHEME_NONE + 1; id < LOWP_SCHEME_COUNT; id++) {
    const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
    if (info->family != LOWP_FAMILY_MX) continue;
    const unsigned bits = lowp_element_row_of(info->element).bits;
    const size_t cols = BLOCK << bits; /* a block for each code */
    lowp_planes planes;
    lowp_qtensor q;
    assert_int_equal(lowp_scheme_planes(info->id, SCALES, cols, &planes), LOWP_OK);
    void *codes = malloc(planes.codes_bytes), *scales = malloc(planes.scales_bytes);
    assert_true(codes && scales);
    assert_int_equal(lowp_qtensor_bind(&q, info->id, SCALES, cols, codes, scales, NULL), LOWP_OK);
    for (int mixed = 0; mixed < 2; mixed++) {
      fill(&q, bits, cols, mixed);
      for (size_t t = 0; t < sizeof types / sizeof *types; t++) check(info, &q, types[t], mixed);
    }
    free(codes), free(scales);
    schemes++;
  }
  assert_true(schemes >= 6);
}

enum { MANTISSAS = 128, BELOW = 16 * MANTISSAS, COLS = (BELOW / (BLOCK - 1) + 2) / 8 * 8 * BLOCK + BLOCK };

/* Row r: amax has mantissa r and this exponent field and stands once in each block; the others count down from it. */
static void fill_bf16(uint16_t *x, unsigned field) {
  for (size_t r = 0; r < MANTISSAS; r++) {
    const unsigned amax = field << 7 | (unsigned)r;
    for (size_t i = 0, below = 0; i < COLS; i++) {
      unsigned v = amax;
      if (i % BLOCK != r % BLOCK) v = below > amax || i % 97 == 0 ? 0 : amax - (unsigned)below, below++;
      x[r * COLS + i] = (uint16_t)(v | (i * 2654435761u >> 13 & 1) << 15);
    }
  }
}

static void test_from_bf16(void **state) {
  (void)state;
  static const unsigned fields[] = {0, 1, 2, 5, 9, 12, 17, 18, 30, 127, 200, 253, 254, 255};
  uint16_t *x = malloc(MANTISSAS * COLS * sizeof *x);
  float *values = malloc(MANTISSAS * COLS * sizeof *values);
  assert_true(x && values);
  for (int id = LOWP_SCHEME_NONE + 1; id < LOWP_SCHEME_COUNT; id++) {
    const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
    if (info->family != LOWP_FAMILY_MX) continue;
    lowp_planes planes;
    assert_int_equal(lowp_scheme_planes(info->id, MANTISSAS, COLS, &planes), LOWP_OK);
    const size_t bytes = planes.codes_bytes + planes.scales_bytes;
    uint8_t *both[2] = {calloc(bytes, 1), calloc(bytes, 1)};
    assert_true(both[0] && both[1]);
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
      fill_bf16(x, fields[f]);
      assert_int_equal(lowp_element_decode_n(LOWP_BF16, MANTISSAS * COLS, x, values), LOWP_OK);
      for (int from = 0; from < 2; from++) {
        lowp_qtensor q;
        lowp_view view = lowp_view_of(from ? LOWP_BF16 : LOWP_F32, MANTISSAS, COLS, from ? (const void *)x : values);
        uint8_t *codes = both[from], *scales = codes + planes.codes_bytes;
        assert_int_equal(lowp_qtensor_bind(&q, info->id, MANTISSAS, COLS, codes, scales, NULL), LOWP_OK);
        assert_int_equal(lowp_quantize(NULL, &view, &q, NULL), LOWP_OK);
      }
      for (size_t i = 0; i < bytes; i++)
        LOWP_CHECK(both[0][i] == both[1][i], "%s, amax with field %u: byte %zu is %02x, from f32 %02x", info->name,
                   fields[f], i, both[1][i], both[0][i]);
    }
    free(both[0]), free(both[1]);
  }
  free(x), free(values);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_code_and_scale),
                                            cmocka_unit_test(test_from_bf16)};
  return LOWP_SUITE_RUN("values of MX", tests);
}
