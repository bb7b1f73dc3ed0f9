/* SPDX-License-Identifier: Apache-2.0 */
/* Probes: every published accumulator, random ones, loops in C and this machine's own multiplication are recognised. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/rng.h"
#include "harness/suite.h"

#include <lowp/gemm.h>
#include <lowp/probe.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static lowp_probe_opts options(lowp_element element, size_t n) {
  lowp_probe_opts o;
  lowp_probe_init(&o);
  o.ex = o.ew = element;
  o.n = n;
  return o;
}

static float model(void *context, size_t n, const float *x, const float *w) {
  float y;
  assert_int_equal(lowp_accum_dot(context, n, x, w, &y), LOWP_OK);
  return y;
}

static lowp_probe_verdict judged(const lowp_probe_opts *o, lowp_probe_dot *dot, void *context) {
  lowp_probe_verdict v;
  assert_int_equal(lowp_probe_run(o, dot, context, &v), LOWP_OK);
  return v;
}

static bool has_preset(const lowp_probe_verdict *v, const char *name) {
  const lowp_accum_info *info;
  for (size_t i = 0; (info = lowp_accum_info_of(i)) != NULL; i++)
    if (strcmp(info->name, name) == 0) return v->presets >> i & 1;
  fail_msg("no accumulator %s", name);
  return false;
}

/* Each line alone, but for those that are the same arithmetic. */
static void published(void **state) {
  (void)state;
  static const struct {
    const char *name, *same[3];
  } lines[] = {{"f32-fma", {"f32"}}, /* bf16 products are exact in f32 */
               {"fp16-fma", {0}},
               {"volta-fp16", {0}},
               {"turing-fp16", {"ampere-bf16", "ada-bf16"}},
               {"ada-fp8", {0}},
               {"hopper-bf16", {"blackwell-bf16"}},
               {"hopper-fp8", {0}},
               {"hopper-fp8-promoted", {0}},
               {"blackwell-fp8", {0}},
               {"blackwell-fp4", {0}},
               {"f10-aligned", {0}},
               {"f25-aligned", {0}},
               {"avx512-vdpbf16ps", {0}},
               {"amx-tdpbf16ps", {0}},
               {"arm-bfdot", {"arm-bfmmla"}}};
  lowp_probe_opts o = options(LOWP_BF16, 256);
  uint64_t seen = 0;
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    lowp_accum a;
    assert_int_equal(lowp_accum_from_name(lines[i].name, &a), LOWP_OK);
    lowp_probe_verdict v = judged(&o, model, &a);
    unsigned expected = 1;
    for (int k = 0; k < 3 && lines[i].same[k]; k++) {
      expected++;
      LOWP_CHECK(has_preset(&v, lines[i].same[k]), "%s is not taken for %s", lines[i].name, lines[i].same[k]);
    }
    LOWP_CHECK(v.matched == v.probes && has_preset(&v, lines[i].name) &&
                   (unsigned)__builtin_popcountll(v.presets) == expected,
               "%s: %zu of %zu, lines %llx", lines[i].name, v.matched, v.probes, (unsigned long long)v.presets);
    assert_string_equal(v.preset, lines[i].name);
    seen |= v.presets;
  }
  size_t count = 0;
  while (lowp_accum_info_of(count)) count++;
  assert_true(seen == ((uint64_t)1 << count) - 1);
}

/* With FP8 inputs the widths of FP8 units show; with FP4 inputs f32 accumulators cannot be told apart at all. */
static void narrow_inputs(void **state) {
  (void)state;
  lowp_probe_opts o = options(LOWP_E4M3FN, 256);
  static const char *const names[] = {"ada-fp8", "hopper-fp8", "hopper-fp8-promoted", "blackwell-fp8"};
  for (int i = 0; i < 4; i++) {
    lowp_accum a;
    assert_int_equal(lowp_accum_from_name(names[i], &a), LOWP_OK);
    lowp_probe_verdict v = judged(&o, model, &a);
    LOWP_CHECK(v.matched == v.probes && strcmp(v.preset, names[i]) == 0 && __builtin_popcountll(v.presets) == 1,
               "%s: %s", names[i], v.preset);
    assert_false(v.undetermined & (LOWP_PROBE_FRACTION | LOWP_PROBE_CHUNK | LOWP_PROBE_PROMOTE | LOWP_PROBE_ROUND));
  }
  o = options(LOWP_E2M1, 64);
  lowp_accum a;
  assert_int_equal(lowp_accum_from_name("blackwell-fp4", &a), LOWP_OK);
  lowp_probe_verdict v = judged(&o, model, &a);
  assert_true(v.matched == v.probes && has_preset(&v, "blackwell-fp4") && has_preset(&v, "f32-fma") &&
              has_preset(&v, "hopper-fp8"));
  assert_true(v.undetermined & LOWP_PROBE_ACC_ROUND);
}

static lowp_accum some_accum(lowpt_rng *rng, uint32_t kind, size_t n) {
  static const uint32_t chunks[] = {4, 8, 16, 32}, fractions[] = {8, 12, 13, 17, 23, 25, 29, 35},
                        widths[] = {7, 10, 13, 18, 23, 25};
  static const lowp_element outs[] = {LOWP_F32, LOWP_F32, LOWP_BF16, LOWP_FP16};
  lowp_accum a;
  lowp_accum_init(&a);
  a.kind = (lowp_accum_kind)kind;
  a.acc_round = (lowp_accum_round)lowpt_below(rng, 4);
  a.acc_fraction = widths[lowpt_below(rng, 6)];
  a.flush = lowpt_below(rng, 3) == 0;
  a.out = outs[lowpt_below(rng, 4)];
  if (kind != LOWP_ACCUM_SEQUENTIAL) a.chunk = chunks[lowpt_below(rng, 4)];
  if (kind == LOWP_ACCUM_CHAINS) a.ways = 2u << lowpt_below(rng, 2);
  if (kind == LOWP_ACCUM_SEQUENTIAL) a.swap_pairs = (uint8_t)lowpt_below(rng, 2);
  if (kind == LOWP_ACCUM_FUSED) {
    a.round = (lowp_accum_round)lowpt_below(rng, 4);
    a.fraction_bits = fractions[lowpt_below(rng, 8)];
    a.acc_in_chunk = (uint8_t)lowpt_below(rng, 2);
    a.normalize = lowpt_below(rng, 4) == 0;
  }
  if (lowpt_below(rng, 3) == 0) {
    uint32_t unit = a.chunk ? 2 * a.chunk : 16;
    if (unit <= n / 2) a.promote = unit;
  }
  return a;
}

/* The model that was found, on data that was no part of the plan. */
static void check_elsewhere(lowpt_rng *rng, lowp_accum *a, lowp_accum *found, size_t n) {
  float x[256], w[256];
  for (int i = 0; i < 100; i++) {
    for (size_t k = 0; k < n; k++) {
      uint32_t b = lowpt_u32(rng), c = lowpt_u32(rng);
      x[k] = lowp_f32_from_bits((b & 0x807f0000) | (122 + (b & 7)) << 23);
      w[k] = lowp_f32_from_bits((c & (i % 2 ? 0x807f0000 : 0x7f0000)) | (122 + (c & 7)) << 23);
    }
    assert_true(model(a, n, x, w) == model(found, n, x, w));
  }
}

static void random_ones(void **state) {
  (void)state;
  lowpt_rng rng = {11};
  lowp_probe_opts o = options(LOWP_BF16, 128);
  for (uint32_t i = 0; i < (lowpt_long() ? 300 : 12); i++) {
    lowp_accum a = some_accum(&rng, i % 3, o.n);
    lowp_probe_verdict v = judged(&o, model, &a);
    const lowp_accum *f = &v.accum;
    uint32_t u = v.undetermined;
    LOWP_CHECK(v.matched == v.probes, "case %u: %zu of %zu", i, v.matched, v.probes);
    LOWP_CHECK(f->kind == a.kind && f->chunk == a.chunk && f->ways == a.ways && f->promote == a.promote &&
                   f->swap_pairs == a.swap_pairs,
               "case %u: kind %d chunk %u ways %u promote %u swap %d, expected %d %u %u %u %d", i, (int)f->kind,
               f->chunk, f->ways, f->promote, f->swap_pairs, (int)a.kind, a.chunk, a.ways, a.promote, a.swap_pairs);
    LOWP_CHECK((u & LOWP_PROBE_FRACTION || f->fraction_bits == a.fraction_bits) &&
                   (u & LOWP_PROBE_ACC_FRACTION || f->acc_fraction == a.acc_fraction) &&
                   (u & LOWP_PROBE_ROUND || f->round == a.round) &&
                   (u & LOWP_PROBE_ACC_ROUND || f->acc_round == a.acc_round),
               "case %u: F %u acc %u round %d R %d, expected %u %u %d %d", i, f->fraction_bits, f->acc_fraction,
               (int)f->round, (int)f->acc_round, a.fraction_bits, a.acc_fraction, (int)a.round, (int)a.acc_round);
    check_elsewhere(&rng, &a, &v.accum, o.n);
  }
}

static void two_levels(void **state) {
  (void)state;
  lowpt_rng rng = {12};
  lowp_probe_opts o = options(LOWP_BF16, 128);
  lowp_accum a;
  assert_int_equal(lowp_accum_from_name("blackwell-fp4", &a), LOWP_OK);
  a.group_bits = 8, a.fraction_bits = 30;
  lowp_probe_verdict v = judged(&o, model, &a);
  assert_true(v.matched == v.probes && v.preset == NULL && v.presets == 0);
  assert_true(v.accum.group == 16 && v.accum.group_bits == 8 && v.accum.fraction_bits == 30 && v.accum.chunk == 64);
  check_elsewhere(&rng, &a, &v.accum, o.n);
}

/* --- black boxes that know nothing of models ---------------------------------------------------------------------- */

static float fused(void *context, size_t n, const float *x, const float *w) {
  (void)context;
  float s = 0;
  for (size_t i = 0; i < n; i++) s = fmaf(x[i], w[i], s);
  return s;
}

static float plain(void *context, size_t n, const float *x, const float *w) {
  (void)context;
  float s = 0;
  for (size_t i = 0; i < n; i++) {
    volatile float p = x[i] * w[i];
    s += p;
  }
  return s;
}

static float in_double(void *context, size_t n, const float *x, const float *w) {
  (void)context;
  double s = 0;
  for (size_t i = 0; i < n; i++) s += (double)x[i] * (double)w[i];
  return (float)s;
}

/* Sixteen partial sums over the whole length, added in order: what a vector loop does. */
static float lanes(void *context, size_t n, const float *x, const float *w) {
  size_t ways = *(size_t *)context;
  float sum = 0;
  for (size_t l = 0; l < ways; l++) {
    float s = 0;
    for (size_t i = l; i < n; i += ways) s = fmaf(x[i], w[i], s);
    sum = l == 0 ? s : sum + s;
  }
  return sum;
}

/* A tree of halves: no model here. */
static float tree(void *context, size_t n, const float *x, const float *w) {
  if (n == 1) return x[0] * w[0];
  return tree(context, n / 2, x, w) + tree(context, n - n / 2, x + n / 2, w + n / 2);
}

static void loops(void **state) {
  (void)state;
  lowp_probe_opts o = options(LOWP_F32, 128);
  lowp_probe_verdict v = judged(&o, fused, NULL);
  assert_true(v.matched == v.probes && strcmp(v.preset, "f32-fma") == 0 && !has_preset(&v, "f32"));
  v = judged(&o, plain, NULL);
  assert_true(v.matched == v.probes && strcmp(v.preset, "f32") == 0 && !has_preset(&v, "f32-fma"));
  v = judged(&o, in_double, NULL);
  assert_true(v.matched == v.probes && v.preset == NULL && v.accum.kind == LOWP_ACCUM_SEQUENTIAL);
  assert_true(v.accum.acc_fraction == 52 && v.accum.acc_round == LOWP_ACCUM_NEAREST_EVEN);
  size_t ways = 8;
  v = judged(&o, lanes, &ways);
  LOWP_CHECK(v.matched == v.probes && v.accum.kind == LOWP_ACCUM_CHAINS && v.accum.ways == 8 && v.accum.chunk == 0,
             "kind %d, ways %u, chunk %u", (int)v.accum.kind, v.accum.ways, v.accum.chunk);
  o.n = 64;
  v = judged(&o, tree, NULL);
  assert_true(v.matched < v.probes && v.matched > 0 && v.presets == 0 && v.preset != NULL);
}

/* --- this machine's own multiplication --------------------------------------------------------------------------- */

typedef struct own {
  lowp_gemm_plan *plan;
  void *packed, *workspace;
  size_t packed_bytes, workspace_bytes;
  bool pairs; /* the kernel takes (k, k + 2) and (k + 1, k + 3) as pairs */
} own;

static float own_product(void *context, size_t n, const float *x, const float *w) {
  own *m = context;
  uint16_t xc[256], wc[256];
  float y[1];
  for (size_t i = 0; i < n; i++) {
    size_t at = m->pairs ? (i & ~(size_t)3) + (i % 4 == 1 ? 2 : i % 4 == 2 ? 1 : i % 4) : i;
    xc[at] = (uint16_t)lowp_encode(LOWP_BF16, x[i]);
    wc[at] = (uint16_t)lowp_encode(LOWP_BF16, w[i]);
  }
  lowp_qtensor q;
  assert_int_equal(lowp_qtensor_bind(&q, LOWP_SCHEME_BF16_CAST, 1, n, wc, NULL, NULL), LOWP_OK);
  assert_int_equal(lowp_gemm_pack(m->plan, &q, m->packed, m->packed_bytes, NULL), LOWP_OK);
  lowp_gemm_args args;
  lowp_gemm_args_init(&args, m->plan, m->packed, 1, LOWP_BF16, xc, LOWP_F32, y);
  assert_int_equal(lowp_gemm_run(&args, NULL, m->workspace, m->workspace_bytes, NULL), LOWP_OK);
  return y[0];
}

static void own_multiplication(void **state) {
  (void)state;
  enum { N = 128 };
  own m = {0};
  lowp_gemm_desc desc;
  lowp_gemm_desc_init(&desc, LOWP_SCHEME_BF16_CAST, 1, N);
  assert_int_equal(lowp_gemm_plan_create(&m.plan, &desc, NULL), LOWP_OK);
  assert_int_equal(lowp_gemm_pack_size(m.plan, &m.packed_bytes), LOWP_OK);
  m.packed = aligned_alloc(64, (m.packed_bytes + 63) / 64 * 64);
  lowp_gemm_args args = {.struct_size = sizeof args, .plan = m.plan};
  float none = 0;
  lowp_gemm_args_init(&args, m.plan, m.packed, 1, LOWP_BF16, &none, LOWP_F32, &none);
  assert_int_equal(lowp_gemm_workspace(1, &args, NULL, &m.workspace_bytes), LOWP_OK);
  m.workspace = malloc(m.workspace_bytes);
  assert_true(m.packed != NULL && m.workspace != NULL);
  const char *kernel = lowp_gemm_plan_kernel(m.plan);
  bool tiles = strstr(kernel, "amx") != NULL,
       dots = strstr(kernel, "gemm_bf16") != NULL && !tiles && !strstr(kernel, "generic");
  m.pairs = tiles || dots;
  lowp_probe_opts o = options(LOWP_BF16, N);
  lowp_probe_verdict v = judged(&o, own_product, &m);
  const char *expected = tiles ? "amx-tdpbf16ps" : dots ? "avx512-vdpbf16ps" : "f32-fma";
  printf("%s: %s, %zu of %zu\n", kernel, v.preset ? v.preset : "no preset", v.matched, v.probes);
  bool same = v.matched == v.probes && has_preset(&v, expected);
  LOWP_CHECK(same, "%s is not %s", kernel, expected);
  free(m.packed);
  free(m.workspace);
  lowp_gemm_plan_destroy(m.plan);
}

static void own_bf16_instructions(void **state) {
  (void)state;
  lowp_gemm_desc desc;
  lowp_gemm_desc_init(&desc, LOWP_SCHEME_BF16_CAST, 1, 128);
  lowp_gemm_plan *plan;
  assert_int_equal(lowp_gemm_plan_create(&plan, &desc, NULL), LOWP_OK);
  bool has =
      strstr(lowp_gemm_plan_kernel(plan), "gemm_bf16") != NULL && !strstr(lowp_gemm_plan_kernel(plan), "generic");
  lowp_gemm_plan_destroy(plan);
  if (!has) LOWP_SKIP("no bf16 dot instructions on this machine: the test of its own multiplication saw f32");
}

/* --- the plan ----------------------------------------------------------------------------------------------------- */

static void plans(void **state) {
  (void)state;
  static const lowp_element elements[] = {LOWP_F32,  LOWP_BF16, LOWP_FP16, LOWP_E4M3FN, LOWP_E5M2, LOWP_E2M1,
                                          LOWP_E2M3, LOWP_E3M2, LOWP_INT8, LOWP_INT4,   LOWP_HIF8};
  for (size_t a = 0; a < sizeof elements / sizeof elements[0]; a++) {
    lowp_probe_opts o = options(elements[a], 64);
    o.ew = elements[(a * 5 + 3) % (sizeof elements / sizeof elements[0])];
    size_t count;
    assert_int_equal(lowp_probe_count(&o, &count), LOWP_OK);
    assert_true(count > 100 && count < 8000);
    int families = 0;
    for (size_t i = 0; i < count; i++) {
      float x[64], w[64];
      lowp_probe_family family;
      assert_int_equal(lowp_probe_make(&o, i, x, w, &family), LOWP_OK);
      families |= 1 << family;
      for (int k = 0; k < 64; k++) {
        float cx = o.ex == LOWP_F32 ? x[k] : lowp_decode(o.ex, lowp_encode(o.ex, x[k])),
              cw = o.ew == LOWP_F32 ? w[k] : lowp_decode(o.ew, lowp_encode(o.ew, w[k]));
        LOWP_CHECK(cx == x[k] && cw == w[k], "element %d, probe %zu (%s), %d: %g %g are no codes", (int)o.ex, i,
                   lowp_probe_family_name(family), k, (double)x[k], (double)w[k]);
      }
    }
    assert_int_equal(families, 63);
    float x[64], w[64];
    assert_int_equal(lowp_probe_make(&o, count, x, w, NULL), LOWP_E_RANGE);
  }
}

static void refusals(void **state) {
  (void)state;
  lowp_probe_opts o = options(LOWP_BF16, 64);
  size_t count;
  float one = 1;
  lowp_probe_verdict v = {.probes = 7};
  assert_int_equal(lowp_probe_judge(&o, 1, &one, &v), LOWP_E_SHAPE);
  assert_int_equal(lowp_probe_judge(&o, 1, NULL, &v), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_probe_run(&o, NULL, NULL, &v), LOWP_E_ARGUMENT);
  o.n = 15;
  assert_int_equal(lowp_probe_count(&o, &count), LOWP_E_RANGE);
  o.n = 1025;
  assert_int_equal(lowp_probe_judge(&o, 1, &one, &v), LOWP_E_RANGE);
  o = options(LOWP_F64, 64);
  assert_int_equal(lowp_probe_count(&o, &count), LOWP_E_UNSUPPORTED);
  o = options(LOWP_E8M0, 64);
  assert_int_equal(lowp_probe_count(&o, &count), LOWP_E_UNSUPPORTED);
  o = options((lowp_element)99, 64);
  assert_int_equal(lowp_probe_count(&o, &count), LOWP_E_ARGUMENT);
  o.struct_size = 0;
  assert_int_equal(lowp_probe_count(&o, &count), LOWP_E_ARGUMENT);
  assert_true(v.probes == 7 && lowp_probe_family_name((lowp_probe_family)6) == NULL);
  /* Results of any kind are judged, not trusted. */
  o = options(LOWP_BF16, 16);
  assert_int_equal(lowp_probe_count(&o, &count), LOWP_OK);
  float *r = malloc(count * sizeof *r);
  assert_non_null(r);
  lowpt_rng rng = {5};
  for (size_t i = 0; i < count; i++) r[i] = lowpt_any_f32(&rng);
  assert_int_equal(lowp_probe_judge(&o, count, r, &v), LOWP_OK);
  assert_true(v.matched < v.probes);
  for (size_t i = 0; i < count; i++) r[i] = NAN;
  assert_int_equal(lowp_probe_judge(&o, count, r, &v), LOWP_OK);
  assert_true(v.matched < v.probes);
  free(r);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(published),   cmocka_unit_test(narrow_inputs),
                                            cmocka_unit_test(random_ones), cmocka_unit_test(two_levels),
                                            cmocka_unit_test(loops),       cmocka_unit_test(own_multiplication),
                                            cmocka_unit_test(plans),       cmocka_unit_test(own_bf16_instructions),
                                            cmocka_unit_test(refusals)};
  return LOWP_SUITE_RUN("probes", tests);
}
