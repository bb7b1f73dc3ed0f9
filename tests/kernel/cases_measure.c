/* SPDX-License-Identifier: Apache-2.0 */
/* cases_measure.c: cases of measure: every sum to its last bit. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "kernel/checker.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 4100, CASES = (LOWPT_TAIL + 1 + 8) * LOWPT_PLACES, SPARE = 3, POISON = 0x5a };

static bool always(const char *op, int subject) { return op && subject == 0; }
static const char *name(int subject) { return subject == 0 ? "measure" : "?"; }

/* Results of one kernel. */
typedef struct result {
  lowpk_pair_sums sums;
  _Alignas(64) lowpk_bins bins;
  double xx[MOST + SPARE + 1], ee[MOST + SPARE + 1], top_ee[MOST + SPARE + 1];
  uint32_t amax[MOST + SPARE + 1];
  float crest[MOST + SPARE + 1], nmse[MOST + SPARE + 1];
} result;

static void clear(result *r) {
  memset(r, POISON, sizeof *r);
  r->sums.max_abs = r->sums.max_rel = 0;
  /* What was there is added to. */
  for (size_t i = 0; i < LOWP_MEASURE_BINS; i++)
    for (size_t l = 0; l < LOWPK_LANES; l++)
      for (size_t k = 0; k < 4; k++) r->bins.at[i][l][k] = (double)(i + l + k + 1);
}

static lowpk_blocks pointers(result *r, bool all) {
  return all ? (lowpk_blocks){r->xx, r->ee, r->top_ee, r->amax, r->crest, r->nmse} : (lowpk_blocks){.amax = r->amax};
}

/* Only so many entries may have been written: a byte for byte comparison of the rest with what was there. */
static bool same_array(const void *a, const void *b, size_t size, size_t count) {
  const uint8_t *bytes = b;
  if (memcmp(a, b, size * count) != 0) return false;
  for (size_t i = size * (count + SPARE); i < size * (MOST + SPARE + 1); i++)
    if (bytes[i] != POISON) return false;
  return true;
}

static bool same(const result *a, const result *b, size_t blocks) {
  const lowpk_pair_sums *s = &a->sums, *t = &b->sums;
  return s->xx == t->xx && s->yy == t->yy && s->xy == t->xy && s->e == t->e && s->ee == t->ee &&
         s->max_abs == t->max_abs && s->max_rel == t->max_rel && s->amax == t->amax && s->flushed == t->flushed &&
         memcmp(&a->bins, &b->bins, sizeof a->bins) == 0 && same_array(a->xx, b->xx, sizeof *a->xx, blocks) &&
         same_array(a->ee, b->ee, sizeof *a->ee, blocks) && same_array(a->top_ee, b->top_ee, sizeof *a->ee, blocks) &&
         same_array(a->amax, b->amax, sizeof *a->amax, blocks) &&
         same_array(a->crest, b->crest, sizeof *a->crest, blocks) &&
         same_array(a->nmse, b->nmse, sizeof *a->nmse, blocks);
}

/* y as a format would give it, all zero, or anything. */
static void make_y(lowpt_case *c, size_t n, const float *x, float *y) {
  const uint32_t kind = lowpt_below(&c->rng, 4);
  if (kind == 0) lowpt_case_floats(c, LOWP_E4M3FN, true, n, y);
  for (size_t i = 0; i < n && kind != 0; i++) {
    const uint32_t bits = lowp_f32_bits(x[i]);
    y[i] = kind == 1 ? 0 : lowp_f32_from_bits(bits & 0xffc00000u);
    if (kind == 3 && fabsf(x[i]) < 1) y[i] = x[i] < -0.5f ? -1.0f : x[i] > 0.5f ? 1.0f : 0;
  }
}

static bool run_measure(lowpt_case *c) {
  static float x[MOST], y[MOST];
  static result want, got;
  static const size_t lengths[] = {16, 32, 64, 128, 48, 256, 8, 1, 20, MOST};
  size_t n = lowpt_case_size(c);
  if (n == 0) n = 1 + lowpt_below(&c->rng, 3000);
  lowpt_case_floats(c, LOWP_E4M3FN, true, n, x);
  if (lowpt_below(&c->rng, 3) == 0) /* blocks without a signal, and two equal maxima */
    for (size_t i = 0; i < n; i++) x[i] = i % 96 < 48 ? 0 : copysignf(i % 7 < 2 ? 3 : 1, x[i]);
  make_y(c, n, x, y);
  size_t block = lengths[lowpt_below(&c->rng, sizeof lengths / sizeof lengths[0])], head = block;
  if (lowpt_below(&c->rng, 4) == 0) head = 1 + lowpt_below(&c->rng, (uint32_t)block);
  if (head > n) head = n;
  const bool with_bins = lowpt_below(&c->rng, 4) != 0, with_blocks = lowpt_below(&c->rng, 4) != 0;
  const size_t blocks = !with_blocks ? 0 : 1 + (n - head + block - 1) / block;
  clear(&want);
  clear(&got);
  if (lowpt_below(&c->rng, 2)) want.sums.max_abs = got.sums.max_abs = want.sums.max_rel = got.sums.max_rel = 1;
  const bool all = lowpt_below(&c->rng, 4) != 0;
  const lowpk_blocks to_want = pointers(&want, all), to_got = pointers(&got, all);
  ((lowpk_measure_fn *)c->reference)(n, x, y, &want.sums, with_bins ? &want.bins : NULL, head, block,
                                     with_blocks ? &to_want : NULL);
  lowpt_guard in = lowpt_case_buffer(c, x, n * sizeof *x, sizeof *x),
              other = lowpt_case_buffer(c, y, n * sizeof *y, sizeof *y);
  lowpt_guard_protect(&in, false);
  lowpt_guard_protect(&other, false);
  snprintf(c->text, sizeof c->text, "n %zu, x %% 64 = %zu, y %% 64 = %zu, head %zu, block %zu%s%s", n,
           (size_t)((uintptr_t)in.data % 64), (size_t)((uintptr_t)other.data % 64), head, block,
           with_bins ? ", bins" : "",
           !with_blocks ? ""
           : all        ? ", blocks"
                        : ", amax of blocks");
  ((lowpk_measure_fn *)c->candidate)(n, (const void *)in.data, (const void *)other.data, &got.sums,
                                     with_bins ? &got.bins : NULL, head, block, with_blocks ? &to_got : NULL);
  bool ok = same(&want, &got, blocks);
  lowpt_guard_free(&in);
  lowpt_guard_free(&other);
  return ok;
}

const lowpt_op lowpt_op_measure = {"measure", 1, always, name, 2 * CASES, run_measure};
