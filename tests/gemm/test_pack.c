/* SPDX-License-Identifier: Apache-2.0 */
/* test_pack.c: packing loses nothing, comes out the same in pieces, and refuses what is not the plan's. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"
#include "gemm/product.h"
#include <math.h>
#include <stdlib.h>

#define OK(call) assert_int_equal((call), LOWP_OK)

/* A tensor of random bytes in every plane, padding of rows included only where codes are. */
static lowp_qtensor *random_tensor(lowp_scheme scheme, size_t n, size_t k, uint64_t seed) {
  lowpt_rng rng = {seed};
  lowp_qtensor *q;
  lowp_planes p;
  OK(lowp_qtensor_create(&q, scheme, n, k));
  OK(lowp_scheme_planes(scheme, n, k, &p));
  for (size_t i = 0; i < p.codes_bytes; i++) q->codes[i] = (uint8_t)lowpt_u32(&rng);
  for (size_t i = 0; i < p.scales_bytes; i++) q->scales[i] = (uint8_t)lowpt_u32(&rng);
  for (size_t i = 0; i < p.zeros_bytes; i++) ((uint8_t *)q->zeros)[i] = (uint8_t)lowpt_u32(&rng);
  q->tensor_scale = 0.125f;
  q->tensor_scale_inv = 7.5f;
  q->tensor_amax = 3.0f;
  return q;
}

static lowp_gemm_plan *plan_of(lowp_scheme rhs, size_t n, size_t k) {
  lowp_gemm_desc desc;
  lowp_gemm_plan *plan;
  lowp_gemm_desc_init(&desc, rhs, n, k);
  OK(lowp_gemm_plan_create(&plan, &desc, NULL));
  return plan;
}

static void assert_same_planes(const lowp_qtensor *a, const lowp_qtensor *b) {
  lowp_planes p;
  OK(lowp_scheme_planes(a->scheme, a->rows, a->cols, &p));
  assert_memory_equal(a->codes, b->codes, p.codes_bytes);
  if (p.scales_bytes) assert_memory_equal(a->scales, b->scales, p.scales_bytes);
  if (p.zeros_bytes) assert_memory_equal(a->zeros, b->zeros, p.zeros_bytes);
  assert_memory_equal(&a->tensor_scale, &b->tensor_scale, 4);
  assert_memory_equal(&a->tensor_scale_inv, &b->tensor_scale_inv, 4);
  assert_memory_equal(&a->tensor_amax, &b->tensor_amax, 4);
}

/* Bytes of any kind, in every scheme: back as they were. */
static void there_and_back(void **state) {
  static const struct {
    size_t n, k;
  } shapes[] = {{1, 1}, {16, 128}, {17, 129}, {33, 200}, {130, 31}, {15, 384}, {40, 1000}, {16, 2300}};
  (void)state;
  for (int id = LOWP_SCHEME_NONE + 1; id < LOWP_SCHEME_COUNT; id++)
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
      const size_t n = shapes[i].n, k = shapes[i].k;
      lowp_gemm_plan *plan = plan_of((lowp_scheme)id, n, k);
      lowp_qtensor *w = random_tensor((lowp_scheme)id, n, k, (uint64_t)id * 100 + i), *back;
      size_t bytes;
      OK(lowp_gemm_pack_size(plan, &bytes));
      uint8_t *packed = lowpt_aligned(bytes + 64);
      OK(lowp_gemm_pack(plan, w, packed, bytes, NULL));
      for (size_t b = bytes; b < bytes + 64; b++) assert_int_equal(packed[b], 0x5a);
      OK(lowp_gemm_verify(plan, packed, bytes, NULL));
      OK(lowp_qtensor_create(&back, (lowp_scheme)id, n, k));
      OK(lowp_gemm_unpack(plan, packed, bytes, back, NULL));
      assert_same_planes(w, back);
      lowp_qtensor_destroy(back);
      lowp_qtensor_destroy(w);
      free(packed);
      lowp_gemm_plan_destroy(plan);
    }
}

/* Row ranges in any order give the bytes of the whole; what has not been packed is missed. */
static void in_steps(void **state) {
  (void)state;
  for (int id = LOWP_SCHEME_NONE + 1; id < LOWP_SCHEME_COUNT; id++) {
    const size_t n = 71, k = 130;
    lowp_gemm_plan *plan = plan_of((lowp_scheme)id, n, k);
    lowp_qtensor *w = random_tensor((lowp_scheme)id, n, k, (uint64_t)id);
    size_t bytes;
    OK(lowp_gemm_pack_size(plan, &bytes));
    uint8_t *whole = lowpt_aligned(bytes), *steps = lowpt_aligned(bytes);
    OK(lowp_gemm_pack(plan, w, whole, bytes, NULL));
    assert_int_equal(lowp_gemm_pack_rows(plan, w, steps, 0, 16, NULL), LOWP_E_LAYOUT); /* not begun */
    lowp_qtensor only = *w;
    only.codes = only.scales = NULL; /* not needed yet */
    OK(lowp_gemm_pack_begin(plan, &only, steps, bytes, NULL));
    OK(lowp_gemm_pack_rows(plan, w, steps, 48, n, NULL));
    OK(lowp_gemm_pack_rows(plan, w, steps, 0, 16, NULL));
    assert_int_equal(lowp_gemm_pack_end(plan, steps, NULL), LOWP_E_CONSTRAINT); /* 16..47 are missing */
    assert_int_equal(lowp_gemm_verify(plan, steps, bytes, NULL), LOWP_E_LAYOUT);
    assert_int_equal(lowp_gemm_pack_rows(plan, w, steps, 8, 16, NULL), LOWP_E_SHAPE);
    assert_int_equal(lowp_gemm_pack_rows(plan, w, steps, 16, 40, NULL), LOWP_E_SHAPE);
    assert_int_equal(lowp_gemm_pack_rows(plan, w, steps, 64, 80, NULL), LOWP_E_SHAPE);
    OK(lowp_gemm_pack_rows(plan, w, steps, 16, 48, NULL));
    OK(lowp_gemm_pack_rows(plan, w, steps, 16, 32, NULL)); /* twice does no harm */
    OK(lowp_gemm_pack_end(plan, steps, NULL));
    assert_memory_equal(whole, steps, bytes);
    assert_int_equal(lowp_gemm_pack_rows(plan, w, steps, 0, 16, NULL), LOWP_E_LAYOUT); /* sealed */
    free(whole);
    free(steps);
    lowp_qtensor_destroy(w);
    lowp_gemm_plan_destroy(plan);
  }
}

static uint64_t word_at(const uint8_t *p, size_t i) {
  uint64_t v = 0;
  for (size_t b = 0; b < 8; b++) v |= (uint64_t)p[8 * i + b] << 8 * b;
  return v;
}

/* The checksum of files that exist: of eight lanes, 64 bytes after 64 bytes. */
static uint64_t checksum_of(const uint8_t *p, size_t bytes) {
  uint64_t sum = bytes * 0xbf58476d1ce4e5b9u;
  for (size_t lane = 0; lane < 8; lane++) {
    uint64_t state = (lane + 1) * 0x9e3779b97f4a7c15u;
    for (size_t i = 0; 64 * i < bytes; i++) {
      const uint64_t v = word_at(p, 8 * i + lane), product = (state ^ v) * 0x9e3779b97f4a7c15u;
      state = i % 2 ? state + v : product << 29 | product >> 35;
    }
    sum = (sum ^ state) * 0xbf58476d1ce4e5b9u;
    sum ^= sum >> 31;
  }
  return sum;
}

/* Of panels of any number of 64 bytes, odd ones too. */
static void checksums(void **state) {
  (void)state;
  for (int id = LOWP_SCHEME_NONE + 1; id < LOWP_SCHEME_COUNT; id++)
    for (size_t k = 1; k < 700; k += 128) {
      lowp_gemm_plan *plan = plan_of((lowp_scheme)id, 33, k);
      lowp_qtensor *w = random_tensor((lowp_scheme)id, 33, k, (uint64_t)id);
      const lowpi_blob *b = &plan->blob;
      uint8_t *packed = lowpt_aligned(b->bytes);
      OK(lowp_gemm_pack(plan, w, packed, b->bytes, NULL));
      for (size_t panel = 0; panel < b->panels; panel++) {
        lowpi_record r;
        memcpy(&r, packed + b->records + panel * sizeof r, sizeof r);
        assert_true(r.checksum == checksum_of(packed + b->data + panel * b->panel_bytes, b->panel_bytes));
      }
      free(packed);
      lowp_qtensor_destroy(w);
      lowp_gemm_plan_destroy(plan);
    }
}

/* A changed bit anywhere is found. */
static void damage(void **state) {
  (void)state;
  static const lowp_scheme schemes[] = {LOWP_SCHEME_NVFP4, LOWP_SCHEME_INT8_CHANNEL_ZP};
  for (size_t i = 0; i < 2; i++) {
    lowp_gemm_plan *plan = plan_of(schemes[i], 18, 40);
    lowp_qtensor *w = random_tensor(schemes[i], 18, 40, 5);
    lowp_error error;
    size_t bytes;
    OK(lowp_gemm_pack_size(plan, &bytes));
    uint8_t *packed = lowpt_aligned(bytes);
    OK(lowp_gemm_pack(plan, w, packed, bytes, NULL));
    for (size_t b = 0; b < bytes; b++) {
      uint8_t bit = (uint8_t)(1u << b % 8);
      packed[b] ^= bit;
      error.text[0] = 0;
      lowp_status status = lowp_gemm_verify(plan, packed, bytes, &error);
      LOWP_CHECK(status == LOWP_E_LAYOUT && error.text[0], "a change in byte %zu of %zu: status %d", b, bytes, status);
      packed[b] ^= bit;
    }
    assert_int_equal(lowp_gemm_verify(plan, packed, bytes - 1, NULL), LOWP_E_LAYOUT);
    OK(lowp_gemm_verify(plan, packed, bytes, NULL));
    free(packed);
    lowp_qtensor_destroy(w);
    lowp_gemm_plan_destroy(plan);
  }
}

/* The blob of one plan under others: of another scheme, n, k; but compute and lhs do not matter. */
static void other_plans(void **state) {
  (void)state;
  enum { N = 32, K = 256 };
  lowp_gemm_plan *plan = plan_of(LOWP_SCHEME_MXFP4, N, K), *same;
  lowp_gemm_plan *others[] = {plan_of(LOWP_SCHEME_MXFP8_E4M3, N, K), plan_of(LOWP_SCHEME_MXFP4, N - 1, K),
                              plan_of(LOWP_SCHEME_MXFP4, N, K - 1), plan_of(LOWP_SCHEME_INT4_G32, N, K)};
  lowp_qtensor *w = random_tensor(LOWP_SCHEME_MXFP4, N, K, 1), *back;
  static float x[K], y[N];
  static uint64_t workspace[1 << 18];
  size_t bytes;
  OK(lowp_gemm_pack_size(plan, &bytes));
  uint8_t *packed = lowpt_aligned(bytes + 64);
  OK(lowp_gemm_pack(plan, w, packed, bytes, NULL));
  OK(lowp_qtensor_create(&back, LOWP_SCHEME_MXFP4, N, K));
  for (size_t i = 0; i < 4; i++) {
    lowp_gemm_args args;
    lowp_error error = {LOWP_OK, ""};
    lowp_gemm_args_init(&args, others[i], packed, 1, LOWP_F32, x, LOWP_F32, y);
    y[0] = 42;
    assert_int_equal(lowp_gemm_run(&args, NULL, workspace, sizeof workspace, &error), LOWP_E_LAYOUT);
    assert_true(error.text[0] && y[0] == 42);
    assert_int_equal(lowp_gemm_verify(others[i], packed, SIZE_MAX, NULL), LOWP_E_LAYOUT);
    assert_int_equal(lowp_gemm_unpack(others[i], packed, SIZE_MAX, back, NULL), LOWP_E_LAYOUT);
    assert_true(lowp_gemm_pack(others[i], w, packed, SIZE_MAX, NULL) != LOWP_OK);
    lowp_gemm_plan_destroy(others[i]);
  }
  lowp_gemm_desc desc;
  lowp_gemm_desc_init(&desc, LOWP_SCHEME_MXFP4, N, K);
  desc.lhs = LOWP_SCHEME_MXFP8_E4M3;
  desc.compute = LOWP_COMPUTE_REPRODUCIBLE;
  OK(lowp_gemm_plan_create(&same, &desc, NULL));
  OK(lowp_gemm_verify(same, packed, bytes, NULL));
  lowp_gemm_plan_destroy(same);
  /* not at a multiple of 64; too small; another tensor to unpack into */
  memmove(packed + 8, packed, bytes);
  assert_int_equal(lowp_gemm_verify(plan, packed + 8, bytes, NULL), LOWP_E_LAYOUT);
  assert_int_equal(lowp_gemm_pack(plan, w, packed + 8, bytes, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_gemm_pack(plan, w, packed, bytes - 1, NULL), LOWP_E_RANGE);
  OK(lowp_gemm_pack(plan, w, packed, bytes, NULL));
  lowp_qtensor bad = *w; /* refused before the blob is touched, which is still good */
  bad.codes = NULL;
  assert_int_equal(lowp_gemm_pack(plan, &bad, packed, bytes, NULL), LOWP_E_ARGUMENT);
  bad = *w, bad.scales_stride--;
  assert_int_equal(lowp_gemm_pack(plan, &bad, packed, bytes, NULL), LOWP_E_SHAPE);
  assert_int_equal(lowp_gemm_pack(NULL, w, packed, bytes, NULL), LOWP_E_ARGUMENT);
  assert_int_equal(lowp_gemm_pack(plan, NULL, packed, bytes, NULL), LOWP_E_ARGUMENT);
  OK(lowp_gemm_verify(plan, packed, bytes, NULL));
  assert_int_equal(lowp_gemm_unpack(plan, packed, bytes - 1, back, NULL), LOWP_E_LAYOUT);
  back->cols--;
  assert_int_equal(lowp_gemm_unpack(plan, packed, bytes, back, NULL), LOWP_E_SHAPE);
  lowp_qtensor_destroy(back);
  lowp_qtensor_destroy(w);
  free(packed);
  lowp_gemm_plan_destroy(plan);
}

/* What the packed weights of w say of themselves. */
static bool is_irregular(const lowp_gemm_plan *plan, const lowp_qtensor *w, uint8_t *packed, size_t bytes) {
  lowpi_header h;
  OK(lowp_gemm_pack(plan, w, packed, bytes, NULL));
  memcpy(&h, packed, sizeof h);
  return h.irregular != 0;
}

/* A value that a normal number of bf16 cannot be near. */
static bool is_special(lowp_element id, uint32_t code) {
  float v = fabsf(lowp_decode(id, code));
  return v != 0 && !(v >= 0x1p-126f && v <= 0x1.fep127f);
}

/* Among zeros under a scale of 1, or scales of 1, one code: of every kind at some place, and a NaN at every place. */
static void one_special(void **state) {
  static const struct {
    lowp_scheme scheme;
    bool of_scales;
    uint32_t one, nan;
  } cases[] = {
      {LOWP_SCHEME_MXFP8_E4M3, false, 127, 0x7f}, {LOWP_SCHEME_FP8_E5M2, false, 0, 0x7e},
      {LOWP_SCHEME_HIF8_CHANNEL, false, 0, 0x80}, {LOWP_SCHEME_BF16_CAST, false, 0, 0x7fff},
      {LOWP_SCHEME_FP16_CAST, false, 0, 0x7e00},  {LOWP_SCHEME_NVFP4, true, 0x38, 0xff},
      {LOWP_SCHEME_MXFP4, true, 127, 0xff},       {LOWP_SCHEME_INT8_G32, true, 0x3c00, 0xfe00},
  };
  enum { N = 17, K = 200 };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const lowp_scheme_info *s = lowp_scheme_info_of(cases[i].scheme);
    const lowp_element id = cases[i].of_scales ? s->scale : s->element;
    const size_t size = lowp_element_size(id), codes = (size_t)1 << 8 * size;
    lowp_gemm_plan *plan = plan_of(cases[i].scheme, N, K);
    lowp_qtensor *w = random_tensor(cases[i].scheme, N, K, 1);
    lowp_planes p;
    size_t bytes;
    OK(lowp_scheme_planes(cases[i].scheme, N, K, &p));
    OK(lowp_gemm_pack_size(plan, &bytes));
    uint8_t *packed = lowpt_aligned(bytes), *plane = cases[i].of_scales ? w->scales : w->codes;
    const size_t places = (cases[i].of_scales ? p.scales_bytes : p.codes_bytes) / size;
    memset(w->codes, 0, p.codes_bytes);
    for (size_t at = 0; s->scale_bytes && at < p.scales_bytes; at += s->scale_bytes) {
      const float f32 = 1;
      memcpy(w->scales + at, s->scale == LOWP_F32 ? (const void *)&f32 : (const void *)&cases[i].one, s->scale_bytes);
    }
    assert_false(is_irregular(plan, w, packed, bytes));
    for (size_t c = 0; c < codes + places; c++) { /* all codes, or those of 16 bits at the ends of their halves */
      const size_t at = c < codes ? c * 77 % places : c - codes;
      const uint32_t code = c < codes ? (uint32_t)c : cases[i].nan;
      if (c < codes && size == 2 && (c & 0x7f) > 1 && (c & 0x7f) < 0x7e) continue;
      if (c < codes && cases[i].of_scales && (s->scale == LOWP_E8M0 || s->scale == LOWP_FP16) && c % 256 != 255)
        continue;
      uint8_t before[2];
      memcpy(before, plane + at * size, size);
      memcpy(plane + at * size, &code, size);
      bool found = is_irregular(plan, w, packed, bytes);
      LOWP_CHECK(found == is_special(id, code), "%s: code %x at %zu: %d", s->name, (unsigned)code, at, (int)found);
      memcpy(plane + at * size, before, size);
    }
    lowp_qtensor_destroy(w);
    free(packed);
    lowp_gemm_plan_destroy(plan);
  }
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(there_and_back), cmocka_unit_test(in_steps),    cmocka_unit_test(checksums),
      cmocka_unit_test(damage),         cmocka_unit_test(other_plans), cmocka_unit_test(one_special),
  };
  return LOWP_SUITE_RUN("packed weights", tests);
}
