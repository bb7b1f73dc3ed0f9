/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cases_gemm.c: cases of gemm_int8 and gemm_f32, for every scheme of weights. Weights are packed here from random codes
 * and scales, from sensible ones to any bytes; activations for gemm_int8 come from random rows of a scheme that goes
 * with them.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "cpu/cpu.h"
#include "kernel/checker.h"
#include "kernels/generic/panel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { FLOAT = sizeof(float), ALL_ROWS = 80, FULL_ROWS = 112, CASES = 136 };

static bool is_integer(const char *op, int id) {
  const lowp_scheme_info *info = lowp_scheme_info_of((lowp_scheme)id);
  return op && info && lowpk_is_integer_dot(info);
}
static bool is_scheme(const char *op, int id) { return op && lowp_scheme_info_of((lowp_scheme)id) != NULL; }
static const char *scheme_name(int id) { return lowp_scheme_info_of((lowp_scheme)id)->name; }

static void *room(size_t bytes) { /* 64-byte aligned, zero */
  void *p = aligned_alloc(64, (bytes + 64) / 64 * 64);
  if (!p) abort();
  memset(p, 0, (bytes + 64) / 64 * 64);
  return p;
}

/*
 * How wild the data are. FULL, which is not drawn: whole rows of one code, mostly the largest or the most negative, and sensible
 * scales, so that sums of integers are as large as they can be where decoders are fast.
 */
typedef enum mood { SENSIBLE, EXTREME, ANY, MOODS, FULL = MOODS } mood;

/*
 * A code: any at all; in an extreme block always the same one, which is often the largest, or the most negative, or
 * zero; a sensible one is finite, so that decoders which leave the others to generic are not left out.
 */
static uint32_t some_code(lowpt_case *c, lowp_element element, mood how, unsigned bits, uint32_t same) {
  uint32_t code = same;
  float v = 0;
  if (same != UINT32_MAX) return same;
  do {
    code = lowpt_u32(&c->rng) >> (32 - bits);
    v = how == SENSIBLE ? fabsf(lowp_decode(element, code)) : 0;
  } while (!(v == 0 || (v >= 0x1p-126f && v < 0x1.ffp127f)));
  return code;
}
static uint32_t some_sameness(lowpt_case *c, mood how, unsigned bits) {
  const uint32_t half = 1u << (bits - 1);
  if (how == SENSIBLE || (how != FULL && lowpt_below(&c->rng, 3) == 0)) return UINT32_MAX;
  switch (lowpt_below(&c->rng, how == FULL ? 3 : 4)) {
  case 0:
    return half;
  case 1:
    return half - 1;
  case 2:
    return 2 * half - 1;
  default:
    return 0;
  }
}

/* The bytes of a block scale. */
static void some_scale(lowpt_case *c, const lowp_scheme_info *s, mood how, uint8_t *to) {
  uint32_t any = lowpt_u32(&c->rng);
  for (unsigned i = 0; i < s->scale_bytes; i++) to[i] = (uint8_t)(any >> 8 * i);
  bool wild = how == ANY || (how == EXTREME && lowpt_below(&c->rng, 8) == 0);
  if (wild) {
    if (how == EXTREME && lowpt_below(&c->rng, 2)) memset(to, 0, s->scale_bytes); /* zero, or the smallest */
    return;
  }
  uint16_t half;
  float single;
  switch (s->scale) {
  case LOWP_E8M0:
    to[0] = (uint8_t)(115 + any % 20);
    break;
  case LOWP_E6M2:
    to[0] = (uint8_t)(any % 255);
    if (how == FULL) memset(to + 1, 0xff, s->scale_bytes - 1); /* all elements four times as large */
    break;
  case LOWP_E4M3FN:
    to[0] = (uint8_t)(any % 127);
    break;
  case LOWP_FP16:
    half = (uint16_t)(any % 0x7c00);
    memcpy(to, &half, sizeof half);
    break;
  case LOWP_F32: /* mostly below 2^8, above which kernels may not take them times 2^120 */
    single = ldexpf((float)(1 + lowpt_unit(&c->rng)), (int)(any % (c->number / 8 % 4 == 3 ? 40 : 28)) - 20);
    memcpy(to, &single, sizeof single);
    break;
  default:
    break;
  }
}

/* A zero point: of a byte, or of up to 32 bits. */
static int32_t some_zero(lowpt_case *c, bool far) {
  const uint32_t any = lowpt_u32(&c->rng);
  return (int32_t)any >> (far ? any % 9 : 24);
}

/* One code into the packed layout of gemm.h, in a step that is still zero there. */
static void put_code(uint8_t *codes, unsigned bits, size_t k, size_t lane, uint32_t code) {
  uint8_t *p = codes + 4 * lane;
  uint16_t half = (uint16_t)code;
  switch (bits) {
  case 4:
    p[k / 8 * 64 + k % 4] |= (uint8_t)(code << (k % 8 / 4 * 4));
    break;
  case 6:
    p += k / 16 * 192, k %= 16;
    p[k / 8 * 64 + k % 4] |= (uint8_t)((code & 15) << (k % 8 / 4 * 4));
    p[128 + k % 4] |= (uint8_t)(code >> 4 << (k / 4 * 2));
    break;
  case 8:
    p[k / 4 * 64 + k % 4] = (uint8_t)code;
    break;
  default:
    memcpy(p + k / 4 * 128 + (k & 1) * 64 + (k & 2), &half, sizeof half);
    break;
  }
}

/* Everything of one case; pointers to plain copies, which the candidate does not see. */
typedef struct problem {
  lowpk_rhs w;
  lowpk_gemm g;
  mood how;
  const lowp_scheme_info *lhs_scheme;
  uint8_t *data;
  void *lhs, *zeros, *row_sum, *lhs_scales, *lhs_zero, *lhs_sum, *lhs_outer, *rhs_outer, *bias;
  size_t panels, data_bytes, lhs_bytes, scales_bytes, y_bytes, y_size;
} problem;

static void some_weights(lowpt_case *c, problem *p) {
  lowpk_rhs *w = &p->w;
  const lowp_scheme_info *s = w->scheme;
  const unsigned bits = lowp_element_row_of(s->element).bits;
  size_t padded = p->panels * LOWPK_NR, cols = s->block_cols ? (w->k + s->block_cols - 1) / s->block_cols : 0;
  w->step_scale_bytes = lowpk_step_scale_bytes(s);
  w->step_bytes = w->step_scale_bytes + lowpk_step_code_bytes(s);
  w->panel_bytes = w->kp / LOWPK_STEP * w->step_bytes;
  p->data_bytes = p->panels * w->panel_bytes;
  w->data = p->data = room(p->data_bytes);
  int32_t *sums = p->row_sum = room(padded * sizeof *sums);
  for (size_t n = 0; n < w->n; n++) {
    uint8_t *panel = p->data + n / LOWPK_NR * w->panel_bytes;
    uint32_t same = some_sameness(c, p->how, bits);
    for (size_t k = 0; k < w->k; k++) {
      uint8_t *step = panel + k / LOWPK_STEP * w->step_bytes;
      if (k % 16 == 0 && p->how != FULL && lowpt_below(&c->rng, 4) == 0) same = some_sameness(c, p->how, bits);
      uint32_t code = some_code(c, s->element, p->how, bits, same);
      put_code(step + w->step_scale_bytes, bits, k % LOWPK_STEP, n % LOWPK_NR, code);
      if (s->element == LOWP_INT8) sums[n] += (int8_t)code;
    }
    for (size_t b = 0; b < cols; b++) {
      size_t k = b * s->block_cols;
      some_scale(c, s, p->how,
                 panel + k / LOWPK_STEP * w->step_bytes +
                     (k % LOWPK_STEP / s->block_cols * LOWPK_NR + n % LOWPK_NR) * s->scale_bytes);
    }
  }
  w->row_sum = s->element == LOWP_INT8 ? sums : NULL;
  bool far = false;
  if (s->zero != LOWP_ZERO_NONE) {
    w->zeros = p->zeros = room(padded * 4);
    far = p->how != SENSIBLE;
    for (size_t n = 0; n < w->n; n++) {
      int32_t z = some_zero(c, far);
      float f = (float)(lowpt_unit(&c->rng) * 255 - 128);
      memcpy((uint8_t *)p->zeros + 4 * n, s->zero == LOWP_ZERO_F32 ? (void *)&f : (void *)&z, 4);
    }
  }
  /* As lib/gemm has it: what is not finite, or not in the normal range of bf16. */
  float *cores = room(w->kp * LOWPK_NR * FLOAT);
  w->irregular = 1;
  bool irregular = far;
  for (size_t panel = 0; panel < p->panels; panel++) {
    lowpk_panel_f32_generic(w, panel, 0, w->kp, cores);
    for (size_t i = 0; i < w->kp * LOWPK_NR; i++) {
      float v = fabsf(cores[i]);
      irregular |= !(v == 0 || (v >= 0x1p-126f && v < 0x1.ffp127f));
    }
  }
  w->irregular = irregular;
  free(cores);
}

static bool go_together(const lowp_scheme_info *lhs, const lowp_scheme_info *rhs) {
  if (!lhs || !lowpk_is_integer_dot(lhs) || lhs->block_rows > 1) return false;
  return (lhs->zero == LOWP_ZERO_NONE && rhs->zero == LOWP_ZERO_NONE) || (!lhs->block_cols && !rhs->block_cols);
}

static void some_integers(lowpt_case *c, problem *p) {
  lowpk_gemm *g = &p->g;
  const lowp_scheme_info *s;
  do s = lowp_scheme_info_of((lowp_scheme)lowpt_below(&c->rng, LOWP_SCHEME_COUNT));
  while (!go_together(s, p->w.scheme));
  p->lhs_scheme = s;
  const unsigned bits = lowp_element_row_of(s->element).bits;
  size_t k = p->w.k, kp = p->w.kp, block = s->block_cols, padded = block ? (k + block - 1) / block * block : k;
  g->lhs_block = block ? block : kp;
  g->lhs_element = s->element;
  g->block = p->w.scheme->block_cols && p->w.scheme->block_cols < g->lhs_block ? p->w.scheme->block_cols : g->lhs_block;
  size_t blocks = kp / g->lhs_block;
  p->lhs_bytes = g->m * kp;
  p->lhs = room(p->lhs_bytes);
  p->scales_bytes = block ? g->m * blocks * FLOAT : 0;
  p->lhs_scales = block ? room(p->scales_bytes) : NULL;
  p->lhs_zero = s->zero == LOWP_ZERO_I32 ? room(g->m * 4) : NULL;
  int32_t *sum = p->lhs_sum = room(g->m * sizeof *sum);
  uint8_t *codes = room(kp), *scales = room(kp * 4);
  for (size_t m = 0; m < g->m; m++) {
    size_t i = m / LOWPK_MR, r = m % LOWPK_MR, h = g->m - i * LOWPK_MR < LOWPK_MR ? g->m - i * LOWPK_MR : LOWPK_MR;
    memset(codes, 0, kp);
    uint32_t same = some_sameness(c, p->how, bits);
    for (size_t j = 0; j < k; j++) {
      if (j % 16 == 0 && p->how != FULL && lowpt_below(&c->rng, 4) == 0) same = some_sameness(c, p->how, bits);
      uint32_t code = some_code(c, s->element, p->how, bits, same)
                      << j * bits % 8; /* a 6-bit code may lie in two bytes */
      codes[j * bits / 8] |= (uint8_t)code;
      if (code >> 8) codes[j * bits / 8 + 1] |= (uint8_t)(code >> 8);
    }
    for (size_t b = 0; block && b < padded / block; b++) some_scale(c, s, p->how, scales + b * s->scale_bytes);
    lowpk_lhs_int8_generic(s, padded, kp, codes, scales, (int8_t *)p->lhs + i * LOWPK_MR * kp + r * 64, h * 64,
                           block ? (float *)p->lhs_scales + i * LOWPK_MR * blocks + r : NULL, h, &sum[m]);
    int32_t z = some_zero(c, p->how != SENSIBLE);
    if (p->lhs_zero) memcpy((uint8_t *)p->lhs_zero + 4 * m, &z, 4);
  }
  free(codes);
  free(scales);
}

static void *some_floats(lowpt_case *c, problem *p, size_t n, size_t padded) {
  if (lowpt_below(&c->rng, 3) == 0) return NULL;
  float *x = room(padded * FLOAT);
  for (size_t i = 0; i < n; i++)
    x[i] = p->how == ANY ? lowpt_any_f32(&c->rng)
                         : (float)lowpt_normal(&c->rng) * ldexpf(1, (int)lowpt_below(&c->rng, 12) - 8);
  return x;
}

static void some_problem(lowpt_case *c, problem *p, bool integers) {
  static const uint16_t more[] = {47, 48, 63, 64, 65, 97};
  static const lowp_element types[] = {LOWP_F32, LOWP_BF16, LOWP_FP16};
  lowpk_gemm *g = &p->g;
  *p = (problem){.how = (mood)lowpt_below(&c->rng, MOODS)};
  p->w.scheme = lowp_scheme_info_of((lowp_scheme)c->subject);
  size_t number = c->number % 40; /* m = 1..33, then some */
  g->m = number < 33 ? number + 1 : more[lowpt_below(&c->rng, 6)];
  p->w.n = 1 + lowpt_below(&c->rng, lowpt_below(&c->rng, 4) ? 40 : 90);
  const bool few = c->number >= ALL_ROWS; /* rows, with panels enough for kernels that take several at once */
  if (few) p->how = SENSIBLE, g->m = 1 + number % 8, p->w.n = 64 + lowpt_below(&c->rng, 100);
  if (c->number >= FULL_ROWS) p->how = FULL, g->m = 1 + number % 12;
  p->w.k = 1 + lowpt_below(&c->rng, lowpt_below(&c->rng, 4) ? 400 : 1400); /* two chunks, or three, of most kernels */
  if (lowpt_below(&c->rng, 3) == 0) p->w.k = (p->w.k + 127) / 128 * 128;
  bool longest = integers && !p->w.scheme->block_cols && c->number == 3; /* sums at the end of int32_t */
  if (longest) {
    p->how = EXTREME;
    p->w.k = (size_t)1 << 17;
    p->w.n = 18;
  }
  p->w.kp = (p->w.k + LOWPK_STEP - 1) / LOWPK_STEP * LOWPK_STEP;
  p->panels = (p->w.n + LOWPK_NR - 1) / LOWPK_NR;
  some_weights(c, p);
  if (integers) {
    do { /* the longest row is for rows that are one block */
      free(p->lhs), free(p->lhs_scales), free(p->lhs_zero), free(p->lhs_sum);
      some_integers(c, p);
    } while (longest && p->lhs_scheme->block_cols);
  } else {
    p->lhs_bytes = g->m * p->w.kp * FLOAT;
    float *x = p->lhs = room(p->lhs_bytes);
    const bool far = few && lowpt_below(&c->rng, 2); /* else such that no kernel leaves them to others */
    for (size_t m = 0; m < g->m; m++) {
      float size = far && lowpt_below(&c->rng, 2) ? ldexpf(1, (int)lowpt_below(&c->rng, 180) - 140) : 1;
      for (size_t k = 0; k < p->w.k; k++)
        x[m * p->w.kp + k] = p->how == ANY ? lowpt_any_f32(&c->rng) : (float)lowpt_normal(&c->rng) * size;
    }
  }
  if (longest) { /* a few of the products are the largest */
    memset(p->data, 0x80, p->w.panel_bytes);
    memset(p->lhs, 0x80, p->lhs_bytes);
    int32_t *lhs_sum = p->lhs_sum, *row_sum = p->row_sum;
    for (size_t m = 0; m < g->m; m++) lhs_sum[m] = -128 * (1 << 17);
    for (size_t n = 0; n < LOWPK_NR; n++) row_sum[n] = -128 * (1 << 17);
    memset((uint8_t *)p->data + p->w.panel_bytes, 0x80, 64); /* and of others */
    for (size_t n = LOWPK_NR; n < 2 * LOWPK_NR; n++) row_sum[n] = 0;
    for (size_t k = 0; k < p->w.k; k++)
      for (size_t n = LOWPK_NR; n < 2 * LOWPK_NR; n++)
        row_sum[n] += (int8_t)lowpk_panel_code(&p->w, 1, k, n - LOWPK_NR);
  }
  p->lhs_outer = some_floats(c, p, g->m, g->m);
  p->rhs_outer = some_floats(c, p, p->w.n, p->panels * LOWPK_NR);
  p->bias = some_floats(c, p, p->w.n, p->w.n);
  g->y_element = types[lowpt_below(&c->rng, 3)];
  p->y_size = g->y_element == LOWP_F32 ? 4 : 2;
  g->y_stride = (ptrdiff_t)((p->w.n + (lowpt_below(&c->rng, 2) ? 0 : lowpt_below(&c->rng, 70))) * p->y_size);
  p->y_bytes = (g->m - 1) * (size_t)g->y_stride + p->w.n * p->y_size;
}

static void free_problem(problem *p) {
  void *all[] = {p->data,     p->lhs,     p->zeros,     p->row_sum,   p->lhs_scales,
                 p->lhs_zero, p->lhs_sum, p->lhs_outer, p->rhs_outer, p->bias};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
}

/* y as expected, its gaps included; NaN for NaN, which has one code in BF16 and FP16. */
static bool same_y(const problem *p, const uint8_t *got, const uint8_t *want) {
  const size_t stride = (size_t)p->g.y_stride, row = p->w.n * p->y_size;
  for (size_t m = 0; m < p->g.m; m++, got += stride, want += stride) {
    for (size_t i = 0; i < row; i += p->y_size) {
      float a = 0, b = 1;
      if (p->y_size == 4) memcpy(&a, got + i, 4), memcpy(&b, want + i, 4);
      if (memcmp(got + i, want + i, p->y_size) != 0 && !(isnan(a) && isnan(b))) return false;
    }
    if (m + 1 < p->g.m && memcmp(got + row, want + row, stride - row) != 0) return false;
  }
  return true;
}

static bool run(lowpt_case *c, bool integers) {
  enum { INPUTS = 10 };
  problem p;
  some_problem(c, &p, integers);
  lowpk_gemm *g = &p.g;
  size_t padded = p.panels * LOWPK_NR;
  struct {
    void *plain;
    size_t size, alignment;
    const void *field; /* what points to it */
  } in[INPUTS] = {{p.data, p.data_bytes, 64, &p.w.data},
                  {p.lhs, p.lhs_bytes, 64, &g->lhs},
                  {p.zeros, padded * 4, 4, &p.w.zeros},
                  {p.w.row_sum ? p.row_sum : NULL, padded * 4, 4, &p.w.row_sum},
                  {p.lhs_scales, p.scales_bytes, 4, &g->lhs_scales},
                  {p.lhs_zero, g->m * 4, 4, &g->lhs_zero},
                  {p.lhs_sum, g->m * 4, 4, &g->lhs_sum},
                  {p.lhs_outer, g->m * 4, 4, &g->lhs_outer},
                  {p.rhs_outer, padded * 4, 4, &g->rhs_outer},
                  {p.bias, p.w.n * 4, 4, &g->bias}};
  lowpt_guard guards[INPUTS] = {{0}};
  g->w = &p.w;
  for (int i = 0; i < INPUTS; i++) memcpy((void *)(uintptr_t)in[i].field, &in[i].plain, sizeof(void *));
  g->panel_f32 = lowpk_panel_f32_generic, g->panel_bf16 = lowpk_panel_bf16_generic;
  g->panel_int8 = lowpk_panel_int8_generic;
  uint8_t *want = room(p.y_bytes);
  void *scratch = room(lowpk_gemm_scratch(g->m));
  g->y = want;
  ((lowpk_gemm_fn *)c->reference)(g, 0, p.panels, scratch);
  free(scratch);

  for (int i = 0; i < INPUTS; i++) {
    if (!in[i].plain) continue;
    guards[i] = lowpt_case_buffer(c, in[i].plain, in[i].size, in[i].alignment);
    lowpt_guard_protect(&guards[i], false);
    void *data = guards[i].data;
    memcpy((void *)(uintptr_t)in[i].field, &data, sizeof data);
  }
  lowpt_guard y = lowpt_case_buffer(c, want, p.y_bytes, p.y_size);
  for (size_t m = 0; m < g->m; m++)
    for (size_t i = 0; i < p.w.n * p.y_size; i++) y.data[m * (size_t)g->y_stride + i] ^= 0xff;
  /* The size of a case is no multiple of 64 where rows are few: then scratch ends before the page, else at it. */
  lowpt_guard work = lowpt_guard_new(lowpk_gemm_scratch(g->m), LOWPT_UPPER, 0);
  g->y = y.data;
  if (lowpt_below(&c->rng, 2)) { /* decoders of the best set that is enabled, or the plain ones */
    const lowpk_ops *ops = lowpk_ops_get();
    g->panel_f32 = ops->panel_f32, g->panel_bf16 = ops->panel_bf16, g->panel_int8 = ops->panel_int8;
  }
  snprintf(c->text, sizeof c->text, "m %zu n %zu k %zu, lhs %s, mood %d, irregular %d, y %s stride %td", g->m, p.w.n,
           p.w.k, integers ? p.lhs_scheme->name : "f32", (int)p.how, p.w.irregular,
           lowp_element_info_of(g->y_element)->name, g->y_stride);
  (void)lowpi_cpu_granted();                                    /* tiles need permission */
  size_t middle = lowpt_below(&c->rng, (uint32_t)p.panels + 1); /* in two calls, as two threads would */
  if (middle) ((lowpk_gemm_fn *)c->candidate)(g, 0, middle, work.data);
  if (middle < p.panels) ((lowpk_gemm_fn *)c->candidate)(g, middle, p.panels, work.data);
  bool ok = same_y(&p, y.data, want) && lowpt_guard_intact(&y) && lowpt_guard_intact(&work);
  for (int i = 0; i < INPUTS; i++)
    if (in[i].plain) lowpt_guard_free(&guards[i]);
  lowpt_guard_free(&y);
  lowpt_guard_free(&work);
  free(want);
  free_problem(&p);
  return ok;
}

static bool run_int8(lowpt_case *c) { return run(c, true); }
static bool run_f32(lowpt_case *c) { return run(c, false); }

const lowpt_op lowpt_op_gemm_int8 = {"gemm_int8", LOWP_SCHEME_COUNT, is_integer, scheme_name, CASES, run_int8};
const lowpt_op lowpt_op_gemm_f32 = {"gemm_f32", LOWP_SCHEME_COUNT, is_scheme, scheme_name, CASES, run_f32};
