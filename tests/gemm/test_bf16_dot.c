/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_bf16_dot.c: the kernels of bf16 dot products equal the models of their instructions bit for bit: ordinary, tiny,
 * huge and special numbers, tails in m and n, every type of y. All their memory ends at a page that cannot be touched.
 * LOWP_TEST_STRIDE=n takes every nth shape, and of its outputs one in five.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "harness/guard.h"
#include "harness/rng.h"
#include "harness/suite.h"
#include "kernels/kernel.h"
#include "oracle/arm_bf16_model.h"
#include "oracle/bf16_dot_model.h"
#include <lowp/cpu.h>
#include <math.h>

#include <stdlib.h>
#include <string.h>

/* A kernel, and the model of what its instruction does with a pair. */
typedef float dot_fn(float s, const uint16_t x[2], const uint16_t w[2]);
typedef struct subject {
  const char *name;
  dot_fn *dot;
  lowpk_gemm_fn *kernel;
} subject;
static subject subjects[] = {{"lowpk_gemm_bf16_avx512bf16", lowpt_bf16_dot, NULL},
                             {"lowpk_gemm_bf16_armbf16", lowpt_arm_bfdot, NULL},
                             {"lowpk_gemm_bf16_svei8mm", lowpt_arm_bfdot, NULL}};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

typedef enum kind { ORDINARY, TINY, HUGE_SUMS, ANYTHING, KINDS } kind;

/* A bf16 code. Exponents of TINY put products to both sides of 2^-126, those of HUGE_SUMS to both sides of 2^128. */
static uint16_t some_code(lowpt_rng *rng, kind kind) {
  static const uint32_t first[KINDS] = {120, 60, 186, 0}, count[KINDS] = {10, 8, 6, 256};
  uint32_t bits = lowpt_u32(rng), exponent = first[kind] + lowpt_below(rng, count[kind]);
  return (uint16_t)((bits & 0x807f) | exponent << 7);
}

/* One multiplication, every buffer between guard pages. */
typedef struct problem {
  size_t m, n, kp, panels;
  const lowp_scheme_info *scheme;
  lowpk_rhs rhs;
  lowpk_gemm gemm;
  lowpt_guard x, packed, lhs_outer, rhs_outer, bias, y, scratch;
} problem;

/* Read-only, right before the page behind or (`below`) after the one in front; sizes keep the alignment that is due. */
static lowpt_guard input(lowpt_rng *rng, bool below, size_t size, size_t item, kind kind) {
  lowpt_guard guard = lowpt_guard_new(size, below ? LOWPT_LOWER : LOWPT_UPPER, 0);
  for (size_t i = 0; i < size; i += item) {
    uint16_t code = some_code(rng, kind);
    uint8_t *p = guard.data + i;
    memset(p, 0, item);
    memcpy(p + item - sizeof code, &code, sizeof code); /* an f32 is a bf16 and zeros */
  }
  lowpt_guard_protect(&guard, false);
  return guard;
}

static problem problem_new(lowpt_rng *rng, lowp_scheme scheme, kind kind, size_t m, size_t n, size_t k,
                           lowp_element y) {
  const bool below = lowpt_below(rng, 2);
  problem p = {.m = m, .n = n, .scheme = lowp_scheme_info_of(scheme)};
  p.kp = (k + LOWPK_STEP - 1) / LOWPK_STEP * LOWPK_STEP;
  p.panels = (n + LOWPK_NR - 1) / LOWPK_NR;
  p.rhs = (lowpk_rhs){.scheme = p.scheme, .n = n, .k = k, .kp = p.kp, .irregular = kind == ANYTHING};
  p.rhs.step_scale_bytes = lowpk_step_scale_bytes(p.scheme);
  p.rhs.step_bytes = p.rhs.step_scale_bytes + lowpk_step_code_bytes(p.scheme);
  p.rhs.panel_bytes = p.kp / LOWPK_STEP * p.rhs.step_bytes;
  p.packed = input(rng, below, p.panels * p.rhs.panel_bytes, 2, kind);
  p.rhs.data = p.packed.data;
  p.x = input(rng, below, m * p.kp * 2, 2, kind);
  p.lhs_outer = input(rng, below, m * sizeof(float), sizeof(float), ORDINARY);
  p.rhs_outer = input(rng, below, p.panels * LOWPK_NR * sizeof(float), sizeof(float), ORDINARY);
  p.bias = input(rng, below, n * sizeof(float), sizeof(float), ORDINARY);
  size_t item = y == LOWP_F32 ? sizeof(float) : sizeof(uint16_t), stride = (n + lowpt_below(rng, 3)) * item;
  p.y = lowpt_guard_new((m - 1) * stride + n * item, below ? LOWPT_LOWER : LOWPT_UPPER, 0);
  p.scratch = lowpt_guard_new(lowpk_gemm_scratch(m), LOWPT_UPPER, 0);
  p.gemm = (lowpk_gemm){.m = m,
                        .lhs = p.x.data,
                        .lhs_outer = lowpt_below(rng, 2) ? (const float *)(const void *)p.lhs_outer.data : NULL,
                        .rhs_outer = lowpt_below(rng, 2) ? (const float *)(const void *)p.rhs_outer.data : NULL,
                        .bias = lowpt_below(rng, 2) ? (const float *)(const void *)p.bias.data : NULL,
                        .y = p.y.data,
                        .y_stride = (ptrdiff_t)stride,
                        .y_element = y,
                        .panel_bf16 = lowpk_ops_for(0)->panel_bf16};
  return p;
}

static void problem_free(problem *p) {
  lowpt_guard *all[] = {&p->x, &p->packed, &p->lhs_outer, &p->rhs_outer, &p->bias, &p->y, &p->scratch};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) lowpt_guard_free(all[i]);
}

/* The pair of x that begins at place 2 i of bf16 order, in row m. */
static const uint16_t *pair_of_x(const problem *p, size_t m, size_t i) {
  const size_t panel = m / 16, h = p->m - panel * 16 < 16 ? p->m - panel * 16 : 16;
  return (const uint16_t *)p->gemm.lhs + panel * 16 * p->kp + i / 16 * h * 32 + m % 16 * 32 + i % 16 * 2;
}

/* y[m, n] by the model, with w as decoded: w[i][lane][2]. */
static uint32_t expected(const problem *p, dot_fn *dot, const uint16_t *w, size_t m, size_t n) {
  const lowpk_gemm *g = &p->gemm;
  float s = 0;
  for (size_t i = 0; i < p->kp / 2; i++) s = dot(s, pair_of_x(p, m, i), w + (i * 16 + n % 16) * 2);
  if (g->lhs_outer) s = s * g->lhs_outer[m];
  if (g->rhs_outer) s = s * g->rhs_outer[n];
  if (g->bias) s = s + g->bias[n];
  return g->y_element == LOWP_F32 ? lowp_f32_bits(s) : lowp_encode(g->y_element, s);
}

static uint32_t actual(const problem *p, size_t m, size_t n) {
  const uint8_t *row = p->y.data + (ptrdiff_t)m * p->gemm.y_stride;
  uint32_t bits;
  uint16_t code;
  memcpy(&code, row + n * (p->gemm.y_element == LOWP_F32 ? sizeof bits : sizeof code), sizeof code);
  if (p->gemm.y_element != LOWP_F32) return code;
  memcpy(&bits, row + n * sizeof bits, sizeof bits);
  return bits;
}

static bool same(lowp_element y, uint32_t a, uint32_t b) {
  const uint32_t magnitude = 0x7fffffff, inf = 0x7f800000; /* any NaN is as good as any other in f32 */
  return a == b || (y == LOWP_F32 && (a & magnitude) > inf && (b & magnitude) > inf);
}

/* Where cases are strided, one output in five, along diagonals that meet every row, every lane and every part of a tile: the
 * models cost an emulator more than the kernels do. */
static bool chosen(size_t m, size_t n) { return lowpt_stride() == 1 || (m + 2 * n) % 5 == 0; }

/* e: what the model gives, computed unless it is `known` from another kernel of the same model. */
static void compare_one(problem *p, const subject *k, const char *text, uint32_t *e, bool known) {
  p->gemm.w = &p->rhs;
  k->kernel(&p->gemm, 0, p->panels, p->scratch.data);
  assert_true(lowpt_guard_intact(&p->y) && lowpt_guard_intact(&p->scratch));
  uint16_t *w = aligned_alloc(64, p->kp * 16 * sizeof *w);
  assert_non_null(w);
  for (size_t n = 0; n < p->n; n++) {
    if (n % 16 == 0 && !known) p->gemm.panel_bf16(&p->rhs, n / 16, 0, p->kp, w);
    for (size_t m = 0; m < p->m; m++) {
      if (!chosen(m, n)) continue;
      if (!known) e[m * p->n + n] = expected(p, k->dot, w, m, n);
      uint32_t want = e[m * p->n + n], a = actual(p, m, n);
      LOWP_CHECK(same(p->gemm.y_element, want, a), "%s, %s: m %zu n %zu k %zu: y[%zu, %zu] is %x, not %x", k->name,
                 text, p->m, p->n, p->kp, m, n, (unsigned)a, (unsigned)want);
    }
  }
  free(w);
}

static void compare(problem *p, const char *text) {
  uint32_t *e = malloc(p->m * p->n * sizeof *e);
  assert_non_null(e);
  dot_fn *known = NULL;
  for (const subject *k = subjects; k < subjects + SUBJECTS; k++) {
    if (!k->kernel) continue;
    compare_one(p, k, text, e, k->dot == known);
    known = k->dot;
  }
  free(e);
}

/* Finds the kernels of this build that the CPU can run; skips the test where there is none. */
static void need_kernels(void) {
  size_t count, found = 0;
  const lowpk_entry *entries = lowpk_entries(&count);
  for (size_t i = 0; i < count; i++)
    for (subject *k = subjects; k < subjects + SUBJECTS; k++)
      if (strcmp(entries[i].name, k->name) == 0 && lowp_cpu_isa_enabled(entries[i].isa_index)) {
        k->kernel = (lowpk_gemm_fn *)entries[i].function;
        found++;
      }
  if (!found) LOWP_SKIP("bf16 dot products: no kernel in this build that this CPU has, or switched off");
}

static void run(kind kind, const char *text) {
  need_kernels();
  static const lowp_element types[] = {LOWP_F32, LOWP_BF16, LOWP_FP16};
  lowpt_rng rng = {(uint64_t)kind};
  const size_t tails = 35; /* more than two panels of x, for every height of a tile */
  for (size_t i = lowpt_first(lowpt_stride()); i < 2 * tails; i += lowpt_stride()) {
    size_t m = 1 + i % tails, n = 1 + lowpt_below(&rng, i % 8 ? 100 : 600),
           k = 1 + lowpt_below(&rng, i % 4 ? 128 : 900);
    problem p = problem_new(&rng, LOWP_SCHEME_BF16_CAST, kind, m, n, k, types[i % 3]);
    compare(&p, text);
    problem_free(&p);
  }
}

static void ordinary(void **state) { (void)state, run(ORDINARY, "ordinary"); }
static void tiny(void **state) { (void)state, run(TINY, "tiny"); }
static void huge(void **state) { (void)state, run(HUGE_SUMS, "huge"); }
static void anything(void **state) { (void)state, run(ANYTHING, "anything"); }

/* Codes that must be decoded, with scales of their own; m as large as one call may have. */
static void decoded(void **state) {
  (void)state;
  need_kernels();
  static const lowp_scheme schemes[] = {LOWP_SCHEME_MXFP4, LOWP_SCHEME_NVFP4, LOWP_SCHEME_HIF4, LOWP_SCHEME_INT8_G32};
  lowpt_rng rng = {1};
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
    problem p = problem_new(&rng, schemes[i], ANYTHING, i ? 3 : LOWPK_GEMM_MC, 40, 300, LOWP_F32);
    compare(&p, p.scheme->name);
    problem_free(&p);
  }
}

/* Calls for a part of the panels write that part and nothing else. */
static void parts(void **state) {
  (void)state;
  need_kernels();
  lowpt_rng rng = {2};
  problem p = problem_new(&rng, LOWP_SCHEME_BF16_CAST, ORDINARY, 5, 70, 128, LOWP_F32);
  p.gemm.w = &p.rhs;
  for (const subject *k = subjects; k < subjects + SUBJECTS; k++) {
    if (!k->kernel) continue;
    memset(p.y.data, LOWPT_POISON, p.y.size);
    k->kernel(&p.gemm, 1, 3, p.scratch.data);
    for (size_t m = 0; m < p.m; m++)
      for (size_t n = 0; n < p.n; n++)
        assert_true((actual(&p, m, n) == LOWPT_POISON * 0x01010101u) == (n < 16 || n >= 48));
  }
  problem_free(&p);
}

/*
 * 2^-126 - 2^-j for j = 146 ... 155, which is the result of two products of one pair: whether it is flushed depends
 * on how it is rounded first.
 */
static void edge(void **state) {
  (void)state;
  need_kernels();
  lowpt_rng rng = {3};
  problem p = problem_new(&rng, LOWP_SCHEME_BF16_CAST, ORDINARY, 5, 32, 128, LOWP_F32);
  p.gemm.lhs_outer = p.gemm.rhs_outer = p.gemm.bias = NULL;
  lowpt_guard_protect(&p.x, true);
  lowpt_guard_protect(&p.packed, true);
  memset(p.x.data, 0, p.x.size);
  memset(p.packed.data, 0, p.packed.size);
  for (size_t m = 0; m < p.m; m++) {
    uint16_t pair[2] = {(uint16_t)((127 - 73 - m) << 7), (127 - 63) << 7};
    memcpy(p.x.data + ((const uint8_t *)pair_of_x(&p, m, 0) - p.x.data), pair, sizeof pair);
  }
  for (size_t n = 0; n < p.n; n++) {
    uint16_t pair[2] = {(uint16_t)(0x8000 | (127 - 73 - n % 6) << 7), (127 - 63) << 7};
    memcpy(p.packed.data + n / 16 * p.rhs.panel_bytes + n % 16 * sizeof pair, pair, sizeof pair);
  }
  compare(&p, "edge");
  problem_free(&p);
}

/* The model itself, on what was seen on hardware: order, both flushes, and that what rounds to 2^-126 is kept. */
static void model(void **state) {
  (void)state;
  const uint16_t one = 0x3f80, minus = 0xbf80, big = 0x7f00, zero = 0; /* 2^127 */
  const float smallest = 0x1p-126f, tiny_ulp = 0x1p-149f;
  assert_true(lowpt_bf16_dot(0x1p-60f, (uint16_t[]){one, big}, (uint16_t[]){one, zero}) == 1.0f);
  /* The high product comes first: 2^127 + 2^127 is Inf before the low one could take it back. */
  assert_true(lowpt_bf16_dot(0x1p127f, (uint16_t[]){big, big}, (uint16_t[]){minus, one}) > 0x1p127f);
  assert_true(lowpt_bf16_dot(0x1p127f, (uint16_t[]){big, big}, (uint16_t[]){one, minus}) == 0x1p127f);
  /* Subnormal inputs are zeros: as s, as x. */
  assert_true(lowpt_bf16_dot(smallest - tiny_ulp, (uint16_t[]){zero, zero}, (uint16_t[]){one, one}) == 0);
  assert_true(lowpt_bf16_dot(0, (uint16_t[]){0x0040, zero}, (uint16_t[]){big, one}) == 0);
  /* 2^-126 - 2^-150 has 24 bits and is too small; 2^-126 - 2^-152 is rounded to 2^-126. */
  assert_true(lowpt_bf16_dot(smallest, (uint16_t[]){0x3380, zero}, (uint16_t[]){0x8080, one}) == 0);        /* 2^-24 */
  assert_true(lowpt_bf16_dot(smallest, (uint16_t[]){0x3280, zero}, (uint16_t[]){0x8080, one}) == smallest); /* 2^-26 */
}

/* And of the Arm instructions, from their description. */
static void arm_model(void **state) {
  (void)state;
  const uint16_t one = 0x3f80, minus = 0xbf80, big = 0x7f00, huge = 0x7f80, zero = 0,
                 tiny = 0x3280; /* 2^127, Inf, 2^-26 */
  const float smallest = 0x1p-126f, last = 0x1p-23f;
  /* What does not fit sets the last bit that stays, whichever side it would round to; nothing that fits moves. */
  assert_true(lowpt_arm_bfdot(1.0f, (uint16_t[]){tiny, zero}, (uint16_t[]){one, one}) == 1.0f + last);
  assert_true(lowpt_arm_bfdot(1.0f, (uint16_t[]){tiny, zero}, (uint16_t[]){minus, one}) == 1.0f - last / 2);
  assert_true(lowpt_arm_bfdot(1.0f + last, (uint16_t[]){tiny, zero}, (uint16_t[]){one, one}) == 1.0f + last);
  assert_true(lowpt_arm_bfdot(1.0f, (uint16_t[]){one, one}, (uint16_t[]){one, one}) == 3.0f);
  /* The pair is added first: 2^127 - 2^127 leaves s alone; 2^127 + 2^127 is Inf, whatever s. */
  assert_true(lowpt_arm_bfdot(0x1p-60f, (uint16_t[]){big, big}, (uint16_t[]){one, minus}) == 0x1p-60f);
  assert_true(isinf(lowpt_arm_bfdot(-0x1p127f, (uint16_t[]){big, big}, (uint16_t[]){one, one})));
  /* Cut, not rounded: below 2^128 nothing becomes Inf; below 2^-126 all is zero: a product, a sum, s. */
  assert_true(lowpt_arm_bfdot(0x1.fffffep127f, (uint16_t[]){big, zero}, (uint16_t[]){0x3300, one}) == 0x1.fffffep127f);
  assert_true(lowpt_arm_bfdot(smallest, (uint16_t[]){0x3280, zero}, (uint16_t[]){0x8080, one}) == smallest);
  assert_true(lowpt_arm_bfdot(1.5f * smallest, (uint16_t[]){one, zero}, (uint16_t[]){0x8080, one}) == 0);
  assert_true(lowpt_arm_bfdot(smallest / 2, (uint16_t[]){zero, zero}, (uint16_t[]){one, one}) == 0);
  assert_true(lowpt_arm_bfdot(0, (uint16_t[]){0x0040, zero}, (uint16_t[]){big, one}) == 0);
  assert_true(isnan(lowpt_arm_bfdot(0, (uint16_t[]){huge, zero}, (uint16_t[]){zero, one})));
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(model),   cmocka_unit_test(arm_model), cmocka_unit_test(ordinary),
      cmocka_unit_test(tiny),    cmocka_unit_test(huge),      cmocka_unit_test(anything),
      cmocka_unit_test(decoded), cmocka_unit_test(parts),     cmocka_unit_test(edge),
  };
  return LOWP_SUITE_RUN("bf16 dot products", tests);
}
