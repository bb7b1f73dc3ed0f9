/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds against figures worked out by hand, against closed forms, and against searches over all batches. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/suite.h"

#include <lowp/roofline.h>
#include <lowp/scheme.h>
#include <math.h>
#include <string.h>

/* Equal to a part in 1e12, or in `part`. */
static bool within(double a, double b, double part) { return fabs(a - b) <= part * fabs(b); }
static bool same(double a, double b) { return within(a, b, 1e-12); }

/* Figures that were published or worked out elsewhere, given with as many digits as here. */
static void worked_numbers(void **state) {
  (void)state;
  const double kv = lowp_roofline_kv_bytes(80, 8, 128, 2048, 8); /* Llama 70B, 2k tokens, FP8 */
  const double mxfp4 = lowp_scheme_nominal_bits(LOWP_SCHEME_MXFP4), nvfp4 = lowp_scheme_nominal_bits(LOWP_SCHEME_NVFP4);
  const struct {
    const char *what;
    double found, expected, digits; /* half a unit of the last digit */
  } rows[] = {
      {"70 GB at 1.4 TB/s", lowp_roofline_decode_bound(70e9, 0, 1, 1.4e12), 20, 1e-9},
      {"at 8 TB/s", lowp_roofline_decode_bound(70e9, 0, 1, 8e12), 114.3, 0.05},
      {"at 4.8 TB/s", lowp_roofline_decode_bound(70e9, 0, 1, 4.8e12), 68.6, 0.05},
      {"batch 8 at 4.8 TB/s", lowp_roofline_decode_bound(70e9, 0, 8, 4.8e12), 548.6, 0.05},
      {"batch 32 at 4.8 TB/s", lowp_roofline_decode_bound(70e9, 0, 32, 4.8e12), 2194, 0.5},
      {"with 2k FP8", lowp_roofline_decode_bound(70e9, kv, 32, 4.8e12), 1903, 1},
      {"B200", lowp_roofline_decode_bound(70e9, 0, 32, 8e12), 3657, 0.5},
      {"B200 with 2k FP8", lowp_roofline_decode_bound(70e9, kv, 32, 8e12), 3172, 3.172 /* of one part in 1000 */},
      {"284e9 values in 8 bits", lowp_roofline_bytes(284e9, 8), 284e9, 0},
      {"70e9 in MXFP4", lowp_roofline_bytes(70e9, mxfp4), 37.2e9, 0.05e9},
      {"70e9 in NVFP4", lowp_roofline_bytes(70e9, nvfp4), 39.4e9, 0.05e9},
      {"284e9 in MXFP4", lowp_roofline_bytes(284e9, mxfp4), 151e9, 0.5e9},
      {"ridge", lowp_roofline_ridge(1.56e15, 1.4e12), 1114, 0.5},
      {"3.31 an hour, 2500 tok/s", lowp_roofline_cost(3.31, 2500), 0.368, 0.0005},
      {"2.68 an hour, 3600 tok/s", lowp_roofline_cost(2.68, 3600), 0.207, 0.0005},
      {"3.29 an hour, 4200 tok/s", lowp_roofline_cost(3.29, 4200), 0.218, 0.0005},
      {"chips for 865 GB of 112 GB", (double)lowp_roofline_chips(865e9, 0, 112e9), 8, 0},
      {"of 180 GB", (double)lowp_roofline_chips(865e9, 0, 180e9), 5, 0},
      {"of 141 GB", (double)lowp_roofline_chips(865e9, 0, 141e9), 7, 0},
      {"140 GB of 96 GB", (double)lowp_roofline_chips(140e9, 0, 96e9), 2, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    LOWP_CHECK(fabs(rows[i].found - rows[i].expected) <= rows[i].digits, "%s: %.6g, expected %.6g", rows[i].what,
               rows[i].found, rows[i].expected);
}

static void plain_numbers(void **state) {
  (void)state;
  assert_true(lowp_roofline_seconds(6, 10, 2, 5) == 3 && lowp_roofline_seconds(6, 20, 2, 5) == 4);
  assert_true(lowp_roofline_seconds(6, 20, INFINITY, 5) == 4);
  assert_true(lowp_roofline_attainable(100, 10, 4) == 40 && lowp_roofline_attainable(100, 10, 11) == 100);
  /* both say the same: at the ridge and on both sides of it */
  const double ridge = lowp_roofline_ridge(100, 10);
  for (double i = ridge / 4; i <= ridge * 4; i *= 2)
    assert_true(same(lowp_roofline_attainable(100, 10, i), i / lowp_roofline_seconds(i, 1, 100, 10)));
  static const double bad[] = {-1, NAN, INFINITY};
  for (size_t i = 0; i < 3; i++) {
    assert_true(isnan(lowp_roofline_bytes(bad[i], 4)) && isnan(lowp_roofline_bytes(4, bad[i])));
    assert_true(isnan(lowp_roofline_decode_bound(1, 0, 1, bad[i])) &&
                isnan(lowp_roofline_decode_bound(bad[i], 0, 1, 1)));
    assert_true(isnan(lowp_roofline_cost(1, bad[i])) && isnan(lowp_roofline_ridge(1, bad[i])));
    assert_true(isnan(lowp_roofline_experts(bad[i], 1, 1)) && lowp_roofline_chips(bad[i], 0, 1) == 0);
    assert_true(isnan(lowp_roofline_kv_bytes(1, 1, bad[i], 1, 8)) && isnan(lowp_roofline_seconds(1, bad[i], 1, 1)));
  }
  assert_true(isnan(lowp_roofline_decode_bound(1, 1, 0, 1)) && isnan(lowp_roofline_decode_bound(0, 0, 1, 1)));
  assert_true(isnan(lowp_roofline_experts(4, 5, 1)) && isnan(lowp_roofline_cost(1, 0)));
}

/* Against the probability summed over outcomes: tokens are added one by one, E [new] = k (E - N) / E. */
static void experts_one_by_one(void **state) {
  (void)state;
  static const double shapes[][2] = {{8, 2}, {256, 8}, {128, 4}, {4, 4}, {1, 1}, {64, 0}};
  for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
    const double e = shapes[s][0], k = shapes[s][1];
    double n = 0;
    for (uint64_t b = 0; b <= 300; b++) {
      LOWP_CHECK(fabs(lowp_roofline_experts(e, k, b) - n) < 1e-9 * (1 + n), "%g of %g, %d tokens", k, e, (int)b);
      n += k * (e - n) / e;
    }
    assert_true(k == 0 || lowp_roofline_experts(e, k, UINT64_MAX) == e);
  }
  assert_true(lowp_roofline_experts(0, 0, 5) == 0);
}

static void capacity(void **state) {
  (void)state;
  for (int bytes = 0; bytes <= 200; bytes++)
    for (int memory = 1; memory <= 64; memory *= 2) {
      uint64_t n = 1;
      while ((double)n * memory * 0.75 < bytes) n++;
      assert_int_equal(lowp_roofline_chips(bytes, 0.25, memory), n);
      uint64_t b = 0;
      while (bytes + 3.0 * (double)(b + 1) <= memory * 0.75) b++;
      assert_int_equal(lowp_roofline_max_batch(bytes, 3, memory, 0.25), b);
    }
  assert_int_equal(lowp_roofline_chips(1, 1, 1), 0);
  assert_int_equal(lowp_roofline_chips(1, 0, 0), 0);
  assert_int_equal(lowp_roofline_chips(1e300, 0, 1e-300), UINT64_C(1) << 62);
  assert_int_equal(lowp_roofline_max_batch(1, 0, 2, 0), 0);
}

static void mixtures(void **state) {
  (void)state;
  double share = -1;
  /* 3/4 at error 0.04, 1/4 at 0: mean 0.03; times 1 and 2 give 1.25 */
  assert_true(same(lowp_roofline_mix(0.04, 1, 0, 2, 0.03, &share), 1.25) && same(share, 0.25));
  assert_true(lowp_roofline_mix(0.04, 1, 0, 2, 0.05, &share) == 1 && share == 0);
  assert_true(same(lowp_roofline_mix(0.04, 1, 0.01, 2, 0.01, &share), 2) && share == 1);
  share = 7;
  assert_true(isnan(lowp_roofline_mix(0.04, 1, 0.02, 2, 0.01, &share)) && share == 7);
  /* error and time of the mixture as defined */
  for (double target = 0.002; target <= 0.04; target += 0.002) {
    const double t = lowp_roofline_mix(0.04, 3, 0.001, 5, target, &share);
    assert_true(within((1 - share) * 0.04 + share * 0.001, target, 1e-9) && same(t, (1 - share) * 3 + share * 5));
  }
  assert_true(lowp_roofline_mix(0.02, 1, 0.02, 2, 0.02, NULL) == 1);
}

/* --- a model on a chip --- */

static lowp_roofline dense(void) {
  lowp_roofline r = {.struct_size = sizeof r};
  r.model = (lowp_roofline_model){.struct_size = sizeof r.model,
                                  .linear = 70e9,
                                  .kv = 2 * 80 * 8 * 128,
                                  .pair_decode = 4.0 * 80 * 64 * 128,
                                  .pair_prefill = 4.0 * 80 * 64 * 128};
  r.bits = lowp_roofline_bits_of(8, 8);
  r.chip = (lowp_roofline_chip){.struct_size = sizeof r.chip, .peak = 1979e12, .bandwidth = 4.8e12, .memory = 141e9};
  return r;
}

static lowp_roofline_time decode(const lowp_roofline *r, uint64_t batch, uint64_t context) {
  lowp_roofline_time t;
  assert_int_equal(lowp_roofline_decode(r, batch, context, &t, NULL), LOWP_OK);
  return t;
}

static void decode_of_a_dense_model(void **state) {
  (void)state;
  lowp_roofline r = dense();
  lowp_roofline_time t = decode(&r, 32, 2048);
  assert_true(!t.compute_bound &&
              same(t.tokens_per_second, lowp_roofline_decode_bound(70e9, 2048 * 163840.0, 32, 4.8e12)));
  assert_true(same(t.linear_flop, 2 * 32 * 70e9) && same(t.attention_flop, 32 * 2048.0 * 4 * 80 * 64 * 128));
  assert_true(same(t.compute_seconds, (t.linear_flop + t.attention_flop) / 1979e12));
  /* a chip with hardly any peak, attention in a slower format */
  r.chip.peak = 1e12;
  r.chip.attention_peak = 1e11;
  t = decode(&r, 32, 2048);
  assert_true(t.compute_bound && same(t.seconds, t.linear_flop / 1e12 + t.attention_flop / 1e11));
  /* head and embedding: the head is read and multiplied, of the table one row a token is read */
  r = dense();
  r.model.head = r.model.embedding = 1e9;
  r.model.hidden = 8192;
  r.model.small = 1e6;
  t = decode(&r, 4, 0);
  assert_true(same(t.bytes, 70e9 + 2e9 + 2e6 + 4 * 8192 * 2) && same(t.linear_flop, 8 * 71e9));
  assert_true(same(lowp_roofline_model_total(&r.model), 72.001e9));
  r.chip.head_peak = 1e12;
  assert_true(same(decode(&r, 4, 0).compute_seconds, 8 * 70e9 / 1979e12 + 8 * 1e9 / 1e12));
  /* twice as many chips taken for one: half the time */
  const double one = decode(&r, 8, 100).seconds;
  r.chip.peak *= 2, r.chip.head_peak *= 2, r.chip.bandwidth *= 2;
  assert_true(same(decode(&r, 8, 100).seconds, one / 2));
}

static void windows(void **state) {
  (void)state;
  lowp_roofline r = dense();
  r.model.kv_window = 1000;
  r.model.window = 128;
  r.model.pair_window = 50;
  lowp_roofline_time t = decode(&r, 2, 100), u = decode(&r, 2, 1000);
  assert_true(same(t.kv_bytes, 2 * 100 * (163840.0 + 1000)) && same(u.kv_bytes, 2 * (1000 * 163840.0 + 128 * 1000)));
  assert_true(same(u.attention_flop, 2 * (1000 * r.model.pair_decode + 128 * 50)));
  /* prefill: pairs counted one by one */
  for (uint64_t n = 1; n <= 400; n += 57) {
    double all = 0, windowed = 0;
    for (uint64_t i = 1; i <= n; i++) {
      all += (double)i;
      windowed += i < 128 ? (double)i : 128;
    }
    assert_int_equal(lowp_roofline_prefill(&r, 3, n, &t, NULL), LOWP_OK);
    assert_true(same(t.attention_flop, 3 * (r.model.pair_prefill * all + 50 * windowed)));
  }
}

static void prefill(void **state) {
  (void)state;
  lowp_roofline r = dense();
  r.model.head = 1e9;
  lowp_roofline_time t;
  assert_int_equal(lowp_roofline_prefill(&r, 2, 8192, &t, NULL), LOWP_OK);
  assert_true(same(t.linear_flop, 2 * 2 * 8192 * 70e9 + 2 * 2 * 1e9)); /* the head for the last position alone */
  assert_true(t.compute_bound && same(t.tokens_per_second, 2 * 8192 / t.seconds));
  /* 13e9 active, 8k prompts, 50 a second: 10.6 PFLOP/s */
  assert_int_equal(lowp_roofline_model_counts(284e9, 13e9, &r.model), LOWP_OK);
  assert_int_equal(lowp_roofline_prefill(&r, 50, 8192, &t, NULL), LOWP_OK);
  assert_true(within(t.linear_flop, 10.6e15, 0.005) && t.attention_flop == 0);
}

static void experts_in_a_model(void **state) {
  (void)state;
  lowp_roofline r = dense();
  r.model.linear = 1e9;
  r.model.expert = 5e9;
  r.model.experts = 8;
  r.model.experts_active = 2;
  r.bits.expert = 4.25;
  assert_true(same(lowp_roofline_model_total(&r.model), 41e9) && same(lowp_roofline_model_active(&r.model), 11e9));
  lowp_roofline_time t = decode(&r, 3, 0);
  const double n = 8 * (1 - 0.75 * 0.75 * 0.75);
  assert_true(same(t.experts, n) && same(t.weight_bytes, 1e9 + n * 5e9 * 4.25 / 8));
  assert_true(same(t.linear_flop, 2 * 3 * 11e9));
  r.routing = LOWP_ROUTING_SAME;
  assert_true(same(decode(&r, 1000, 0).weight_bytes, 1e9 + 2 * 5e9 * 4.25 / 8));
  /* the capacity is that of all experts, whatever is read */
  lowp_roofline_fit_result fit;
  assert_int_equal(lowp_roofline_fit(&r, 4, 1000, 0.1, &fit, NULL), LOWP_OK);
  assert_true(same(fit.weight_bytes, 1e9 + 8 * 5e9 * 4.25 / 8) && same(fit.kv_bytes, 163840e3));
  assert_int_equal(fit.max_batch, (uint64_t)((141e9 * 0.9 - fit.weight_bytes) / fit.kv_bytes));
  assert_int_equal(fit.chips, 1);
}

static void models_of_counts(void **state) {
  (void)state;
  lowp_roofline r = dense();
  assert_int_equal(lowp_roofline_model_counts(284e9, 13e9, &r.model), LOWP_OK);
  lowp_roofline_fit_result fit;
  assert_int_equal(lowp_roofline_fit(&r, 1, 0, 0, &fit, NULL), LOWP_OK);
  assert_true(same(fit.weight_bytes, 284e9) && fit.chips == 3 && fit.max_batch == 0);
  assert_true(same(decode(&r, 1, 0).tokens_per_second, 4.8e12 / 13e9));
  r.chip.memory = 300e9;
  assert_int_equal(lowp_roofline_fit(&r, 1, 0, 0, &fit, NULL), LOWP_OK);
  assert_true(fit.chips == 1 && fit.max_batch == UINT64_MAX);
  assert_int_equal(lowp_roofline_model_counts(1, 2, &r.model), LOWP_E_RANGE);
  assert_int_equal(lowp_roofline_model_counts(1, 0, &r.model), LOWP_E_RANGE);
  assert_int_equal(lowp_roofline_model_counts(1, 1, NULL), LOWP_E_ARGUMENT);
  assert_true(r.model.linear == 13e9);
}

static void crossover(void **state) {
  (void)state;
  lowp_roofline r = dense();
  uint64_t batch;
  /* without a cache: 2 b L / P = L / B, b = P / 2B */
  assert_int_equal(lowp_roofline_crossover(&r, 0, &batch, NULL), LOWP_OK);
  assert_int_equal(batch, (uint64_t)ceil(1979e12 / 4.8e12 / 2));
  /* with one, and with experts: no batch below is compute-bound, all above are */
  r.model.expert = 1e9;
  r.model.experts = 64;
  r.model.experts_active = 4;
  for (uint64_t context = 0; context <= 400; context += 200) {
    assert_int_equal(lowp_roofline_crossover(&r, context, &batch, NULL), LOWP_OK);
    assert_true(batch > 1 && batch < 100000);
    for (uint64_t b = 1; b < 2 * batch; b += 1 + batch / 1000)
      assert_int_equal(decode(&r, b, context).compute_bound, b >= batch);
    assert_true(!decode(&r, batch - 1, context).compute_bound);
  }
  /* a long context is read faster than it is made use of at no batch */
  assert_int_equal(lowp_roofline_crossover(&r, 1000000, &batch, NULL), LOWP_OK);
  assert_true(batch == UINT64_MAX && !decode(&r, 1 << 20, 1000000).compute_bound);
  r.chip.peak = INFINITY;
  assert_int_equal(lowp_roofline_crossover(&r, 0, &batch, NULL), LOWP_OK);
  assert_true(batch == UINT64_MAX);
}

static void refused(void **state) {
  (void)state;
  lowp_roofline_time t = {.seconds = 7};
  lowp_error error;
  static const size_t fields[] = {offsetof(lowp_roofline, model.linear),  offsetof(lowp_roofline, model.kv_window),
                                  offsetof(lowp_roofline, bits.kv),       offsetof(lowp_roofline, chip.bandwidth),
                                  offsetof(lowp_roofline, model.experts), offsetof(lowp_roofline, chip.head_peak)};
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    lowp_roofline r = dense();
    *(double *)(void *)((char *)&r + fields[i]) = i % 2 ? NAN : -1;
    assert_int_equal(lowp_roofline_decode(&r, 1, 1, &t, &error), LOWP_E_RANGE);
    assert_int_equal(lowp_roofline_prefill(&r, 1, 1, &t, &error), LOWP_E_RANGE);
    assert_true(t.seconds == 7);
  }
  lowp_roofline r = dense();
  r.chip.bandwidth = 0;
  assert_int_equal(lowp_roofline_decode(&r, 1, 1, &t, &error), LOWP_E_RANGE);
  assert_non_null(strstr(error.text, "chip.bandwidth"));
  r = dense();
  r.model.experts_active = 3;
  assert_int_equal(lowp_roofline_decode(&r, 1, 1, &t, &error), LOWP_E_RANGE);
  r = dense();
  r.model.linear = 0;
  assert_int_equal(lowp_roofline_decode(&r, 1, 1, &t, &error), LOWP_E_RANGE);
  r = dense();
  assert_int_equal(lowp_roofline_decode(&r, 0, 1, &t, NULL), LOWP_E_RANGE);
  assert_int_equal(lowp_roofline_prefill(&r, 1, 0, &t, NULL), LOWP_E_RANGE);
  assert_int_equal(lowp_roofline_prefill(&r, UINT64_MAX, 2, &t, NULL), LOWP_E_RANGE);
  assert_int_equal(lowp_roofline_decode(&r, 1, 1, NULL, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_roofline_decode(NULL, 1, 1, &t, NULL), LOWP_E_ARGUMENT);
  r.bits.struct_size = 0;
  assert_int_equal(lowp_roofline_decode(&r, 1, 1, &t, NULL), LOWP_E_ARGUMENT);
  r = dense();
  lowp_roofline_fit_result fit;
  assert_int_equal(lowp_roofline_fit(&r, 1, 1, 1, &fit, NULL), LOWP_E_RANGE);
  assert_true(t.seconds == 7);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(worked_numbers),   cmocka_unit_test(plain_numbers), cmocka_unit_test(experts_one_by_one),
      cmocka_unit_test(capacity),         cmocka_unit_test(mixtures),      cmocka_unit_test(decode_of_a_dense_model),
      cmocka_unit_test(windows),          cmocka_unit_test(prefill),       cmocka_unit_test(experts_in_a_model),
      cmocka_unit_test(models_of_counts), cmocka_unit_test(crossover),     cmocka_unit_test(refused)};
  return LOWP_SUITE_RUN("roofline", tests);
}
