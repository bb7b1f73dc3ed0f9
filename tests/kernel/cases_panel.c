/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases_panel.c: cases of the decoders of multiplication: panel_ of packed weights, lhs_ of rows of activations. Packed data
 * are random bytes in the documented layout, from a few panels and steps, with no room behind them. Most tensors are regular,
 * as nearly all are; whether one is, is found from its cores, as gemm.h has it.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernel/checker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PANELS = 3, STEPS = 4, MOST_K = STEPS * LOWPK_STEP, FLOAT = sizeof(float), TRIES = 8 };
enum { MOST_BYTES = PANELS * LOWPK_NR * MOST_K * 2 + PANELS * STEPS * 512 };

static bool any_scheme(const char *op, int id) {
  const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
  return info && (strcmp(op + strlen(op) - 4, "int8") != 0 || lowpk_is_integer_dot(info));
}
static const char *scheme_name(int id) { return lowp_scheme_info_of((lowp_scheme)id)->name; }
static bool first(const char *op, int id) { return op && id == 0; }
static const char *no_name(int id) { return id == 0 ? "f32" : ""; }

/* --- packed weights --------------------------------------------------------------------------------------------------- */

typedef struct weights {
  lowpk_rhs w;
  uint8_t data[MOST_BYTES];
  uint32_t zeros[PANELS * LOWPK_NR];
  size_t bytes, zero_bytes;
  const char *kind;
} weights;

enum scales { MIDDLE, SPREAD, ZEROS, EDGES, ANYTHING, SCALES };
static const char *const scales_name[] = {"middle", "spread", "zeros", "edges", "anything"};

/* One block scale: an ordinary one, one of a wide range, sometimes zero, the smallest or largest; or any bits at all. */
static void some_scale(lowpt_rng *rng, const lowp_scheme_info *s, enum scales kind, uint8_t *p) {
  for (uint32_t i = 0; i < s->scale_bytes; i++) p[i] = (uint8_t)lowpt_u32(rng);
  if (kind == ANYTHING) return;
  uint32_t pick = lowpt_below(rng, 4);
  float x = (float)(lowpt_unit(rng) + 1) * ldexpf(lowpt_below(rng, 8) ? 1 : -1, (int)lowpt_below(rng, 12) - 10);
  if (kind == SPREAD) x = ldexpf(x, (int)lowpt_below(rng, 60) - 30);
  if (kind == ZEROS && pick == 0) x = lowpt_below(rng, 2) ? 0.0f : -0.0f;
  if (kind == EDGES && pick == 0) x = ldexpf(1, lowpt_below(rng, 2) ? -120 : 115);
  uint16_t half;
  switch (s->scale) {
  case LOWP_E8M0:
    *p = (uint8_t)(kind == MIDDLE ? 100 + *p % 40 : kind == SPREAD ? 20 + *p % 180 : *p % 255);
    if (kind == ZEROS || kind == EDGES)
      *p = (uint8_t)(pick == 0 ? 0 : pick == 1 && kind == EDGES ? 254 - *p % 4 : 1 + *p % 8);
    break;
  case LOWP_E4M3FN:
    if (kind == MIDDLE) *p = (uint8_t)(8 + *p % 0x77);
    if (kind == SPREAD) *p %= 0x7f;
    if (kind == ZEROS && pick == 0) *p &= 0x80;
    if ((*p & 0x7f) == 0x7f) *p = (uint8_t)(kind == EDGES ? 0x7e : 0x80);
    break;
  case LOWP_E6M2:
    if (*p == 0xff || (kind == EDGES && pick == 0)) *p = (uint8_t)(pick == 1 ? 0xfe : pick);
    break;
  case LOWP_FP16:
    half = (uint16_t)lowp_encode(LOWP_FP16, x);
    if (kind == SPREAD) half = (uint16_t)(lowpt_u32(rng) & 0xfbff); /* subnormal ones too */
    memcpy(p, &half, sizeof half);
    break;
  default:
    memcpy(p, &x, sizeof x);
    break;
  }
}

/* Random codes; mostly without NaN and Inf, and in half of the cases many zeros of both signs. */
static void some_codes(lowpt_rng *rng, lowp_element id, bool finite, uint8_t *p, size_t bytes) {
  const lowp_element_row row = lowp_element_row_of(id);
  uint32_t zeros = lowpt_below(rng, 2) * lowpt_below(rng, 8), same = lowpt_below(rng, 4) == 0 ? lowpt_u32(rng) : 0;
  for (size_t i = 0; i < bytes; i++) {
    p[i] = (uint8_t)lowpt_u32(rng);
    if (row.bits < 8) {
      if (lowpt_below(rng, 8) < zeros) p[i] &= 0xf0;
      if (lowpt_below(rng, 8) < zeros) p[i] &= 0x0f;
    } else if (row.bits == 8) {
      if (same) p[i] = (uint8_t)(same >> (8 * lowpt_below(rng, 4)));
      if (lowpt_below(rng, 8) < zeros) p[i] &= 0x80;
      if (finite && !isfinite(lowp_decode(id, p[i]))) p[i] = 1;
    } else if (i % 2) {
      uint16_t half = (uint16_t)(p[i] << 8 | p[i - 1]);
      float x = lowp_decode(id, half);
      if (lowpt_below(rng, 8) < zeros) half &= 0x8000;
      if (finite && (!isfinite(x) || fabsf(x) < 0x1p-126f)) half = 0x8000;
      p[i - 1] = (uint8_t)half;
      p[i] = (uint8_t)(half >> 8);
    }
  }
}

/* A core, or a zero point, that fast decoders need not know. */
static bool irregular(const weights *t) {
  static float cores[MOST_K * LOWPK_NR];
  lowpk_rhs copy = t->w;
  const lowpk_rhs *w = &copy;
  copy.irregular = 0; /* or what lies behind column k would be taken for zeros */
  for (size_t panel = 0; panel * LOWPK_NR < w->n; panel++) {
    lowpk_panel_f32_generic(w, panel, 0, w->kp, cores);
    for (size_t i = 0; i < w->kp * LOWPK_NR; i++) {
      float x = fabsf(cores[i]);
      if (!(x == 0 || (x >= 0x1p-126f && x <= 0x1.fep127f))) return true;
    }
  }
  for (size_t i = 0; w->zeros && w->scheme->zero == LOWP_ZERO_I32 && i < PANELS * LOWPK_NR; i++)
    if ((int32_t)t->zeros[i] < -128 || (int32_t)t->zeros[i] > 127) return true;
  return false;
}

static void some_weights(lowpt_case *c, weights *t) {
  lowpt_rng *rng = &c->rng;
  lowpk_rhs *w = &t->w;
  const lowp_scheme_info *s = lowp_scheme_info_of((lowp_scheme)c->subject);
  *w = (lowpk_rhs){.scheme = s};
  w->k = 1 + lowpt_below(rng, MOST_K);
  w->kp = (w->k + LOWPK_STEP - 1) / LOWPK_STEP * LOWPK_STEP;
  w->n = 1 + lowpt_below(rng, PANELS * LOWPK_NR);
  const size_t panels = (w->n + LOWPK_NR - 1) / LOWPK_NR, steps = w->kp / LOWPK_STEP;
  w->step_scale_bytes = lowpk_step_scale_bytes(s);
  w->step_bytes = w->step_scale_bytes + lowpk_step_code_bytes(s);
  w->panel_bytes = steps * w->step_bytes;
  t->bytes = panels * w->panel_bytes;
  t->zero_bytes = s->zero == LOWP_ZERO_NONE ? 0 : panels * LOWPK_NR * 4;
  w->zeros = t->zero_bytes ? t->zeros : NULL;
  w->data = t->data;
  /* Codes and scales that are not finite in one of eight; the others are tried until one is regular, if need be. */
  bool wild = lowpt_below(rng, 8) == 0;
  for (int tries = 0; tries < TRIES; tries++) {
    enum scales kind = wild ? ANYTHING : (enum scales)lowpt_below(rng, tries < TRIES / 2 ? ANYTHING : EDGES);
    if (tries == TRIES - 1) kind = MIDDLE;
    t->kind = s->scale_bytes && s->block_cols ? scales_name[kind] : wild ? "wild" : "finite";
    memset(t->data, 0, t->bytes);
    for (size_t p = 0; p < panels * steps; p++) {
      uint8_t *step = t->data + p * w->step_bytes;
      for (size_t i = 0; s->block_cols && i < LOWPK_STEP / s->block_cols * LOWPK_NR; i++)
        if (p / steps * LOWPK_NR + i % LOWPK_NR < w->n) /* the scales of rows that are padding are zero */
          some_scale(rng, s, kind, step + i * s->scale_bytes);
      some_codes(rng, s->element, !wild, step + w->step_scale_bytes, w->step_bytes - w->step_scale_bytes);
      /* and so are their codes: the last lanes of each word */
      for (size_t i = w->step_scale_bytes; i < w->step_bytes; i++)
        if (p / steps * LOWPK_NR + (i - w->step_scale_bytes) % 64 / 4 >= w->n) step[i] = 0;
    }
    for (size_t i = 0; i < t->zero_bytes / 4; i++) {
      float offset = (float)(lowpt_unit(rng) * 255 - 128);
      t->zeros[i] = lowpt_below(rng, 256) - 128;
      if (wild)
        t->zeros[i] = lowpt_u32(rng);
      else if (s->zero == LOWP_ZERO_F32)
        memcpy(&t->zeros[i], &offset, sizeof offset);
    }
    w->irregular = irregular(t);
    if (wild || !w->irregular) break;
  }
}

typedef struct range {
  size_t panel, k0, k1;
} range;

/* The weights in guarded memory, and which part of them is decoded: from any step to any other. */
static range place(lowpt_case *c, weights *t, lowpt_guard *data, lowpt_guard *zeros) {
  range r;
  r.panel = lowpt_below(&c->rng, (uint32_t)((t->w.n + LOWPK_NR - 1) / LOWPK_NR));
  uint32_t steps = (uint32_t)(t->w.kp / LOWPK_STEP), from = lowpt_below(&c->rng, steps);
  uint32_t count = lowpt_below(&c->rng, 16) ? 1 + lowpt_below(&c->rng, steps - from) : 0;
  r.k0 = from * LOWPK_STEP;
  r.k1 = r.k0 + count * LOWPK_STEP;
  *data = lowpt_case_buffer(c, t->data, t->bytes, 64);
  *zeros = lowpt_case_buffer(c, t->zeros, t->zero_bytes, 4);
  lowpt_guard_protect(data, false);
  lowpt_guard_protect(zeros, false);
  t->w.data = data->data;
  if (t->zero_bytes) t->w.zeros = zeros->data;
  snprintf(c->text, sizeof c->text, "n %zu, k %zu, scales %s, irregular %d, panel %zu, k %zu..%zu", t->w.n, t->w.k,
           t->kind, t->w.irregular, r.panel, r.k0, r.k1);
  return r;
}

static bool run_panel_f32(lowpt_case *c) {
  static weights t;
  static float want[MOST_K * LOWPK_NR];
  lowpt_guard data, zeros;
  some_weights(c, &t);
  range r = place(c, &t, &data, &zeros);
  ((lowpk_panel_f32_fn *)c->reference)(&t.w, r.panel, r.k0, r.k1, want);
  lowpt_guard out = lowpt_case_output(c, want, (r.k1 - r.k0) * LOWPK_NR * FLOAT, 64);
  ((lowpk_panel_f32_fn *)c->candidate)(&t.w, r.panel, r.k0, r.k1, (void *)out.data);
  bool ok = lowpt_case_same_floats(&out, want);
  lowpt_guard_free(&data);
  lowpt_guard_free(&zeros);
  lowpt_guard_free(&out);
  return ok;
}

static bool run_panel_bf16(lowpt_case *c) {
  static weights t;
  static uint16_t want[MOST_K * LOWPK_NR];
  lowpt_guard data, zeros;
  some_weights(c, &t);
  range r = place(c, &t, &data, &zeros);
  ((lowpk_panel_bf16_fn *)c->reference)(&t.w, r.panel, r.k0, r.k1, want);
  lowpt_guard out = lowpt_case_output(c, want, (r.k1 - r.k0) * LOWPK_NR * sizeof *want, 64);
  ((lowpk_panel_bf16_fn *)c->candidate)(&t.w, r.panel, r.k0, r.k1, (void *)out.data);
  bool ok = lowpt_case_same(&out, want);
  lowpt_guard_free(&data);
  lowpt_guard_free(&zeros);
  lowpt_guard_free(&out);
  return ok;
}

static bool run_panel_int8(lowpt_case *c) {
  static weights t;
  static int8_t want[MOST_K * LOWPK_NR];
  static float want_scales[MOST_K];
  lowpt_guard data, zeros;
  some_weights(c, &t);
  range r = place(c, &t, &data, &zeros);
  const size_t block = t.w.scheme->block_cols, blocks = block ? (r.k1 - r.k0) / block : 0;
  ((lowpk_panel_int8_fn *)c->reference)(&t.w, r.panel, r.k0, r.k1, want, want_scales);
  lowpt_guard out = lowpt_case_output(c, want, (r.k1 - r.k0) * LOWPK_NR, 64);
  lowpt_guard scales = lowpt_case_output(c, want_scales, blocks * LOWPK_NR * FLOAT, FLOAT);
  ((lowpk_panel_int8_fn *)c->candidate)(&t.w, r.panel, r.k0, r.k1, (void *)out.data, (void *)scales.data);
  bool ok = lowpt_case_same(&out, want) && lowpt_case_same_floats(&scales, want_scales);
  lowpt_guard_free(&data);
  lowpt_guard_free(&zeros);
  lowpt_guard_free(&out);
  lowpt_guard_free(&scales);
  return ok;
}

/* --- rows of activations ---------------------------------------------------------------------------------------------- */

/* Rows of `length` bytes, `stride` apart, are as expected, and what lies between them is still its complement. */
static bool same_rows(const lowpt_guard *got, const uint8_t *want, size_t length, size_t stride) {
  for (size_t i = 0; i < got->size; i++)
    if (got->data[i] != (i % stride < length ? want[i] : (uint8_t)~want[i])) return false;
  return lowpt_guard_intact(got);
}

static bool run_lhs_bf16(lowpt_case *c) {
  static float x[MOST_K];
  static uint16_t want[MOST_K * LOWPK_MR];
  const size_t steps = lowpt_below(&c->rng, STEPS + 1), kp = steps * LOWPK_STEP,
               rows = 1 + lowpt_below(&c->rng, LOWPK_MR);
  const size_t tiles = kp / 32, size = tiles ? ((tiles - 1) * rows + 1) * 64 : 0;
  lowpt_case_floats(c, LOWP_BF16, false, kp, x);
  memset(want, 0, sizeof want);
  ((lowpk_lhs_bf16_fn *)c->reference)(kp, x, want, rows * 32);
  lowpt_guard in = lowpt_case_buffer(c, x, kp * FLOAT, FLOAT);
  lowpt_guard out = lowpt_case_output(c, want, size, 64);
  lowpt_guard_protect(&in, false);
  snprintf(c->text, sizeof c->text, "kp %zu, %zu rows, x %% 64 = %zu", kp, rows, (size_t)((uintptr_t)in.data % 64));
  ((lowpk_lhs_bf16_fn *)c->candidate)(kp, (const void *)in.data, (void *)out.data, rows * 32);
  bool ok = same_rows(&out, (const uint8_t *)want, 64, rows * 64);
  lowpt_guard_free(&in);
  lowpt_guard_free(&out);
  return ok;
}

static bool run_lhs_int8(lowpt_case *c) {
  static uint8_t codes[MOST_K + 1], scales[MOST_K], want[MOST_K * LOWPK_MR];
  static float want_scales[MOST_K * LOWPK_MR];
  const lowp_scheme_info *s = lowp_scheme_info_of((lowp_scheme)c->subject);
  const size_t rows = 1 + lowpt_below(&c->rng, LOWPK_MR), block = s->block_cols;
  size_t cols = lowpt_below(&c->rng, MOST_K + 1), kp = (cols + LOWPK_STEP - 1) / LOWPK_STEP * LOWPK_STEP;
  if (block) cols = (cols + block - 1) / block * block;
  const size_t code_bytes = (cols * lowp_element_row_of(s->element).bits + 7) / 8;
  const size_t in_blocks = block ? cols / block : 0, blocks = block ? kp / block : 0;
  enum scales kind = (enum scales)lowpt_below(&c->rng, SCALES);
  some_codes(&c->rng, s->element, false, codes, code_bytes);
  if (s->element == LOWP_INT4 || cols % 2 == 0) codes[code_bytes] = 0xff;
  for (size_t i = 0; i < in_blocks; i++) some_scale(&c->rng, s, kind, scales + i * s->scale_bytes);
  memset(want, 0, sizeof want);
  memset(want_scales, 0, sizeof want_scales);
  int32_t want_sum = 0, sum = 0;
  const size_t tiles = kp / 64, size = tiles ? ((tiles - 1) * rows + 1) * 64 : 0;
  const size_t scales_size = blocks ? ((blocks - 1) * rows + 1) * FLOAT : 0;
  ((lowpk_lhs_int8_fn *)c->reference)(s, cols, kp, codes, scales, (int8_t *)want, rows * 64, block ? want_scales : NULL,
                                      rows, &want_sum);
  sum = ~want_sum;
  lowpt_guard in = lowpt_case_buffer(c, codes, code_bytes, 1);
  lowpt_guard in_scales = lowpt_case_buffer(c, scales, in_blocks * s->scale_bytes, 1);
  lowpt_guard out = lowpt_case_output(c, want, size, 64);
  lowpt_guard out_scales = lowpt_case_output(c, want_scales, scales_size, FLOAT);
  lowpt_guard_protect(&in, false);
  lowpt_guard_protect(&in_scales, false);
  snprintf(c->text, sizeof c->text, "cols %zu, kp %zu, %zu rows, scales %s", cols, kp, rows, scales_name[kind]);
  ((lowpk_lhs_int8_fn *)c->candidate)(s, cols, kp, in.data, in_scales.data, (int8_t *)out.data, rows * 64,
                                      block ? (void *)out_scales.data : NULL, rows, &sum);
  bool ok = sum == want_sum && same_rows(&out, want, 64, rows * 64);
  for (size_t i = 0; i < out_scales.size / FLOAT; i++) {
    float got, complement;
    uint32_t bits = ~lowp_f32_bits(want_scales[i]);
    memcpy(&got, out_scales.data + i * FLOAT, FLOAT);
    memcpy(&complement, &bits, FLOAT);
    if (i % rows != 0)
      ok = ok && lowp_f32_bits(got) == bits;
    else
      ok = ok && (lowp_f32_bits(got) == ~bits || (isnan(got) && isnan(want_scales[i])));
  }
  ok = ok && lowpt_guard_intact(&out_scales);
  lowpt_guard_free(&in);
  lowpt_guard_free(&in_scales);
  lowpt_guard_free(&out);
  lowpt_guard_free(&out_scales);
  return ok;
}

enum { CASES = 192 };
const lowpt_op lowpt_op_panel_f32 = {"panel_f32", LOWP_SCHEME_COUNT, any_scheme, scheme_name, CASES, run_panel_f32};
const lowpt_op lowpt_op_panel_bf16 = {"panel_bf16", LOWP_SCHEME_COUNT, any_scheme, scheme_name, CASES, run_panel_bf16};
const lowpt_op lowpt_op_panel_int8 = {"panel_int8", LOWP_SCHEME_COUNT, any_scheme, scheme_name, CASES, run_panel_int8};
const lowpt_op lowpt_op_lhs_bf16 = {"lhs_bf16", 1, first, no_name, 2 * CASES, run_lhs_bf16};
const lowpt_op lowpt_op_lhs_int8 = {"lhs_int8", LOWP_SCHEME_COUNT, any_scheme, scheme_name, CASES, run_lhs_int8};
