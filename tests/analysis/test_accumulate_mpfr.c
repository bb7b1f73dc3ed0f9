/* SPDX-License-Identifier: Apache-2.0 */
/* Models of accumulators, exact sums and multiplications against their definitions in MPFR, bit for bit. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/rng.h"
#include "harness/suite.h"
#include "oracle/accum_oracle.h"

#include <lowp/accumulate.h>
#include <math.h>
#include <stdlib.h>

enum { MAX = 200 };

static uint32_t pick(lowpt_rng *rng, const uint32_t *from, uint32_t count) { return from[lowpt_below(rng, count)]; }

static lowp_accum some_accum(lowpt_rng *rng) {
  static const uint32_t chunks[] = {0, 1, 2, 3, 4, 8, 16, 32, 64}, fractions[] = {1, 3, 7, 10, 13, 23, 25, 35, 52},
                        bits[] = {1, 4, 8, 10, 13, 23, 24, 25, 35, 60};
  lowp_accum a;
  lowp_accum_init(&a);
  a.kind = (lowp_accum_kind)lowpt_below(rng, 3);
  a.round = (lowp_accum_round)lowpt_below(rng, 4);
  a.acc_round = (lowp_accum_round)lowpt_below(rng, 4);
  a.fraction_bits = pick(rng, bits, 10);
  if (a.fraction_bits < 50) a.extra_bits = lowpt_below(rng, 4);
  a.chunk = pick(rng, chunks, 9);
  a.ways = 1 + lowpt_below(rng, a.chunk ? a.chunk : 5);
  if (a.chunk % 4 == 0 && lowpt_below(rng, 3) == 0) {
    a.group = a.chunk % 16 == 0 && a.chunk ? 16 : a.chunk ? 4 : 8;
    a.group_bits = pick(rng, bits, 10);
  }
  a.acc_fraction = pick(rng, fractions, 9);
  a.acc_exponent = 8;
  a.acc_in_chunk = (uint8_t)lowpt_below(rng, 2);
  a.normalize = (uint8_t)lowpt_below(rng, 2);
  a.swap_pairs = (uint8_t)lowpt_below(rng, 2);
  a.flush = (uint8_t)(lowpt_below(rng, 4) == 0);
  if (a.chunk && lowpt_below(rng, 3) == 0) a.promote = a.chunk * 2 * (1 + lowpt_below(rng, 3));
  static const lowp_element outs[] = {LOWP_F32, LOWP_F32, LOWP_BF16, LOWP_FP16};
  a.out = outs[lowpt_below(rng, 4)];
  return a;
}

/* Factors of many sizes, so that terms vanish, cancel and carry. None is large enough for a sum to overflow. */
static float some_value(lowpt_rng *rng, uint32_t mood) {
  static const uint32_t first[] = {124, 110, 60, 1, 127}, count[] = {5, 30, 12, 70, 1};
  uint32_t bits = lowpt_u32(rng), r = lowpt_u32(rng) & 15;
  uint32_t mantissa = r < 4 ? 0 : r < 8 ? bits & 0x700000 : r < 12 ? bits & 0x7f0000 : bits & 0x7fffff;
  if (r == 15 && mood == 3) return lowp_f32_from_bits(bits & 0x807fffff); /* a subnormal */
  if (r == 14) return 0;
  return lowp_f32_from_bits((bits & 0x80000000) | (first[mood] + lowpt_below(rng, count[mood])) << 23 | mantissa);
}

static const char *text_of(const lowp_accum *a) {
  static char text[300];
  snprintf(text, sizeof text,
           "kind %d round %d R %d F %u+%u chunk %u ways %u group %u/%u promote %u acc %u.%u in %d norm %d swap %d "
           "flush %d out %d",
           (int)a->kind, (int)a->round, (int)a->acc_round, a->fraction_bits, a->extra_bits, a->chunk, a->ways, a->group,
           a->group_bits, a->promote, a->acc_fraction, a->acc_exponent, a->acc_in_chunk, a->normalize, a->swap_pairs,
           a->flush, (int)a->out);
  return text;
}

static void compare(const lowp_accum *a, size_t n, const float *x, const float *w) {
  lowpt_row rx = {.value = x, .emin = -126}, rw = {.value = w, .emin = -126};
  float expected = lowpt_accum_dot(a, n, &rx, &rw), got;
  assert_int_equal(lowp_accum_check(a, NULL), LOWP_OK);
  assert_int_equal(lowp_accum_dot(a, n, x, w, &got), LOWP_OK);
  LOWP_CHECK(lowp_f32_bits(got) == lowp_f32_bits(expected), "n %zu, %s: %a, expected %a", n, text_of(a), (double)got,
             (double)expected);
}

static void random_models(void **state) {
  (void)state;
  lowpt_rng rng = {1};
  float x[MAX], w[MAX];
  for (int i = 0; i < (lowpt_long() ? 200000 : 6000); i++) {
    lowp_accum a = some_accum(&rng);
    size_t n = lowpt_below(&rng, i % 4 ? 40 : MAX);
    uint32_t mood = lowpt_below(&rng, 5);
    for (size_t k = 0; k < n; k++) {
      x[k] = some_value(&rng, mood);
      w[k] = some_value(&rng, mood);
      if (k > 0 && lowpt_below(&rng, 3) == 0) x[k] = -x[k - 1], w[k] = w[k - 1] * (lowpt_below(&rng, 2) ? 1.0f : 1.5f);
    }
    compare(&a, n, x, w);
  }
}

static void presets(void **state) {
  (void)state;
  lowpt_rng rng = {2};
  float x[MAX], w[MAX];
  for (size_t p = 0; lowp_accum_info_of(p) != NULL; p++)
    for (int i = 0; i < 150; i++) {
      lowp_accum a = lowp_accum_info_of(p)->accum;
      size_t n = lowpt_below(&rng, MAX);
      bool narrow = a.acc_exponent < 8;
      uint32_t mood = narrow ? 4 : lowpt_below(&rng, 5);
      for (size_t k = 0; k < n; k++) x[k] = some_value(&rng, mood), w[k] = some_value(&rng, mood);
      compare(&a, n, x, w);
    }
}

/* Codes: what is subnormal in the element is aligned by the element's own smallest exponent. */
static void codes(void **state) {
  (void)state;
  static const lowp_element elements[] = {LOWP_E4M3FN, LOWP_E5M2, LOWP_E2M1, LOWP_E2M3, LOWP_INT8, LOWP_HIF8};
  static const int emin[] = {-6, -14, 0, 0, -126, -126};
  lowpt_rng rng = {3};
  uint8_t xc[MAX], wc[MAX];
  float x[MAX], w[MAX];
  bool mattered = false;
  for (int i = 0; i < 4000; i++) {
    lowp_accum a = some_accum(&rng);
    uint32_t ex = lowpt_below(&rng, 6), ew = lowpt_below(&rng, 6);
    size_t n = lowpt_below(&rng, MAX);
    /* small codes are subnormal more often */
    uint32_t mask = lowpt_below(&rng, 2) ? 0x83 : 0xff;
    for (size_t k = 0; k < n; k++) {
      do xc[k] = (uint8_t)(lowpt_u32(&rng) & mask), x[k] = lowp_decode(elements[ex], xc[k]);
      while (!isfinite(x[k]));
      do wc[k] = (uint8_t)(lowpt_u32(&rng) & mask), w[k] = lowp_decode(elements[ew], wc[k]);
      while (!isfinite(w[k]));
    }
    lowpt_row rx = {.value = x, .emin = emin[ex]}, rw = {.value = w, .emin = emin[ew]};
    float expected = lowpt_accum_dot(&a, n, &rx, &rw), got, plain;
    assert_int_equal(lowp_accum_dot_codes(&a, n, elements[ex], xc, elements[ew], wc, &got), LOWP_OK);
    LOWP_CHECK(lowp_f32_bits(got) == lowp_f32_bits(expected), "%s: %a, expected %a", text_of(&a), (double)got,
               (double)expected);
    assert_int_equal(lowp_accum_dot(&a, n, x, w, &plain), LOWP_OK);
    mattered = mattered || plain != got;
  }
  assert_true(mattered);
}

static void exact_sums(void **state) {
  (void)state;
  lowpt_rng rng = {4};
  float x[MAX], w[MAX];
  for (int i = 0; i < 4000; i++) {
    size_t n = lowpt_below(&rng, MAX);
    for (size_t k = 0; k < n; k++) {
      do x[k] = lowpt_any_f32(&rng);
      while (!isfinite(x[k]));
      do w[k] = i % 2 ? some_value(&rng, 1) : lowpt_any_f32(&rng);
      while (!isfinite(w[k]));
      if (k > 0 && i % 3 == 0 && k % 2) x[k] = -x[k - 1], w[k] = w[k - 1];
    }
    lowpt_row rx = {.value = x, .emin = -126}, rw = {.value = w, .emin = -126};
    double expected = lowpt_exact_dot(n, &rx, &rw), got;
    assert_int_equal(lowp_exact_dot(n, x, w, &got), LOWP_OK);
    LOWP_CHECK(got == expected, "n %zu: %a, expected %a", n, got, expected);
  }
}

/* --- multiplications: the planes of every scheme taken apart once more ------------------------------------------- */

typedef struct side {
  float value[MAX], scale[MAX], outer;
  size_t block;
  int emin;
} side;

static void take_apart(const lowp_qtensor *q, size_t r, side *s) {
  const lowp_scheme_info *info = lowp_scheme_info_of(q->scheme);
  lowp_element_row row = lowp_element_row_of(info->element);
  *s = (side){.outer = 1, .emin = row.kind == LOWP_KIND_MINIFLOAT ? 1 - row.minifloat.bias : -126};
  const uint8_t *scales = q->scales + (info->block_rows ? r / info->block_rows : 0) * q->scales_stride;
  for (size_t c = 0; c < q->cols; c++) {
    s->value[c] = lowp_decode(info->element, lowp_qtensor_code(q, r, c));
    if (info->family == LOWP_FAMILY_MX || info->family == LOWP_FAMILY_NVFP4 || info->family == LOWP_FAMILY_HIF4) {
      const uint8_t *scale = scales + c / info->block_cols * info->scale_bytes;
      s->block = info->block_cols;
      s->scale[c / s->block] = lowp_decode(info->scale, scale[0]);
      s->outer = q->tensor_scale;
      if (info->family == LOWP_FAMILY_HIF4) {
        uint32_t word =
            (uint32_t)scale[0] | (uint32_t)scale[1] << 8 | (uint32_t)scale[2] << 16 | (uint32_t)scale[3] << 24;
        size_t i = c % 64;
        uint32_t e8 = word >> (8 + i / 8) & 1, e16 = word >> (16 + i / 4) & 1;
        s->value[c] *= (float)(1u << (e8 + e16));
      }
    } else if (info->family == LOWP_FAMILY_SCALED && info->block_cols == 0) {
      memcpy(&s->outer, scales, sizeof s->outer);
      if (info->zero == LOWP_ZERO_I32) s->value[c] -= (float)((const int32_t *)q->zeros)[info->block_rows ? r : 0];
      if (info->zero == LOWP_ZERO_F32) s->value[c] -= ((const float *)q->zeros)[r];
    } else if (info->family == LOWP_FAMILY_SCALED) {
      float scale;
      if (info->scale_bytes == 4) {
        memcpy(&scale, scales + c / info->block_cols * 4, 4);
      } else {
        uint16_t half;
        memcpy(&half, scales + c / info->block_cols * 2, 2);
        scale = lowp_decode(LOWP_FP16, half);
      }
      s->value[c] *= scale;
      s->emin = -126;
    }
  }
}

static lowpt_row row_of(const side *s) {
  return (lowpt_row){.value = s->value, .scale = s->block ? s->scale : NULL, .block = s->block, .emin = s->emin};
}

static lowp_qtensor *quantized(lowpt_rng *rng, lowp_scheme scheme, size_t rows, size_t k) {
  float *x = malloc(rows * k * sizeof *x);
  assert_non_null(x);
  for (size_t i = 0; i < rows * k; i++) x[i] = (float)(lowpt_normal(rng) * (i % 37 ? 1 : 30) + 0.25);
  lowp_view view = lowp_view_of(LOWP_F32, rows, k, x);
  lowp_qtensor *q;
  assert_int_equal(lowp_qtensor_create(&q, scheme, rows, k), LOWP_OK);
  assert_int_equal(lowp_quantize(NULL, &view, q, NULL), LOWP_OK);
  free(x);
  return q;
}

/* Every scheme against some others, models by name: y, and the sums of errors. */
static void multiplications(void **state) {
  (void)state;
  static const char *names[] = {"hopper-fp8", "hopper-fp8-promoted", "blackwell-fp8", "blackwell-fp4",
                                "f32-fma",    "f10-aligned"};
  enum { M = 3, N = 3 };
  lowpt_rng rng = {5};
  static side sx, sw;
  for (int a = 1; a < LOWP_SCHEME_COUNT; a++)
    for (int b = 1; b < LOWP_SCHEME_COUNT; b += a == b % 5 + 1 ? 1 : 3) {
      size_t k = 1 + lowpt_below(&rng, MAX);
      lowp_qtensor *x = quantized(&rng, (lowp_scheme)a, M, k), *w = quantized(&rng, (lowp_scheme)b, N, k);
      lowp_accum accum;
      const char *name = names[lowpt_below(&rng, 6)];
      assert_int_equal(lowp_accum_from_name(name, &accum), LOWP_OK);
      lowp_accum_operand ox = lowp_accum_of_qtensor(x), ow = lowp_accum_of_qtensor(w);
      float y[M * N];
      lowp_view view = lowp_view_of(LOWP_F32, M, N, y);
      lowp_accum_stats stats;
      lowp_accum_stats_init(&stats);
      assert_int_equal(lowp_accum_gemm_rows(&accum, &ox, &ow, 0, M, &view, &stats, NULL), LOWP_OK);
      double yy = 0, ee = 0;
      for (size_t m = 0; m < M; m++)
        for (size_t n = 0; n < N; n++) {
          take_apart(x, m, &sx);
          take_apart(w, n, &sw);
          lowpt_row rx = row_of(&sx), rw = row_of(&sw);
          float s = lowpt_accum_dot(&accum, k, &rx, &rw), expected = s * sx.outer * sw.outer;
          LOWP_CHECK(lowp_f32_bits(y[m * N + n]) == lowp_f32_bits(expected), "%s x %s, k %zu, %s: %a, expected %a",
                     lowp_scheme_info_of((lowp_scheme)a)->name, lowp_scheme_info_of((lowp_scheme)b)->name, k, name,
                     (double)y[m * N + n], (double)expected);
          double value = lowpt_exact_dot(k, &rx, &rw), error = lowpt_exact_error(k, &rx, &rw, s);
          yy += value * value;
          ee += error * error;
        }
      assert_true(stats.count == M * N && stats.nonfinite == 0);
      LOWP_CHECK(fabs(stats.sum_yy - yy) <= 1e-14 * yy && fabs(stats.sum_ee - ee) <= 1e-14 * ee,
                 "%g %g, expected %g %g", stats.sum_yy, stats.sum_ee, yy, ee);
      lowp_qtensor_destroy(x);
      lowp_qtensor_destroy(w);
    }
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(random_models), cmocka_unit_test(presets),
                                            cmocka_unit_test(codes), cmocka_unit_test(exact_sums),
                                            cmocka_unit_test(multiplications)};
  return LOWP_SUITE_RUN("accumulators against MPFR", tests);
}
