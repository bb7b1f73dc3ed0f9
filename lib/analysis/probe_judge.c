/* SPDX-License-Identifier: Apache-2.0 */
/* probe_judge.c: models that reproduce results, by trying them; nearly all fail on one of the first short probes. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "lib/analysis/accumulate_internal.h"
#include "lib/analysis/probe_internal.h"
#include "lib/internal.h"

typedef struct judge {
  lowpi_probe_plan plan;
  const float *results;
  size_t *at; /* where the inputs of a probe begin */
  float *x, *w;
  lowpi_guesses guesses;
  lowp_probe_verdict verdict;
  bool found;
  size_t *order; /* in which probes are tried: what told models apart lately comes first */
} judge;

static bool load(judge *j) {
  const size_t n = j->plan.opts.n;
  size_t total = 0, bytes;
  for (size_t i = 0; i < j->plan.count; i++)
    if (!lowpi_add(total, j->plan.probes[i].length, &total)) return false;
  if (!lowpi_add(total, n, &total) || !lowpi_mul(total, sizeof(float), &bytes)) return false;
  j->at = malloc(j->plan.count * sizeof *j->at);
  j->order = malloc(j->plan.count * sizeof *j->order);
  j->x = malloc(bytes);
  j->w = malloc(bytes);
  if (j->at == NULL || j->order == NULL || j->x == NULL || j->w == NULL) return false;
  for (size_t i = 0, at = 0; i < j->plan.count; at += j->plan.probes[i++].length) {
    lowpi_probe_inputs(&j->plan, &j->plan.probes[i], j->x + at, j->w + at); /* the next one overwrites the rest */
    j->at[i] = at;
    j->order[i] = i;
  }
  return true;
}

static bool matches(const judge *j, const lowp_accum *a, size_t i) {
  lowpi_row x = {.value = j->x + j->at[i], .emin = lowpi_element_emin(j->plan.opts.ex)},
            w = {.value = j->w + j->at[i], .emin = lowpi_element_emin(j->plan.opts.ew)};
  float y = lowpi_accum_dot(a, j->plan.probes[i].length, &x, &w), r = j->results[i];
  return y == r || (isnan(y) && isnan(r));
}

/* Probes longer than this stay where they are: they cost more than they tell. */
enum { SHORT = 72 };

static bool reproduces_all(judge *j, const lowp_accum *a) {
  for (size_t i = 0; i < j->plan.count; i++) {
    size_t probe = j->order[i];
    if (matches(j, a, probe)) continue;
    if (j->plan.probes[probe].length <= SHORT) {
      memmove(j->order + 1, j->order, i * sizeof *j->order);
      j->order[0] = probe;
    }
    return false;
  }
  return true;
}

/* F is one number, and what a kind has no use for is 0. */
static lowp_accum canonical(lowp_accum a) {
  a.fraction_bits += a.extra_bits;
  a.extra_bits = 0;
  if (a.kind != LOWP_ACCUM_FUSED)
    a.round = 0, a.fraction_bits = 0, a.group = a.group_bits = 0, a.acc_in_chunk = a.normalize = 0;
  if (a.kind != LOWP_ACCUM_CHAINS) a.ways = 0;
  if (a.kind == LOWP_ACCUM_SEQUENTIAL)
    a.chunk = 0;
  else
    a.swap_pairs = 0;
  if (a.group == 0) a.group_bits = 0;
  return a;
}

static uint32_t differences(const lowp_accum *a, const lowp_accum *b) {
  uint32_t d = 0;
  if (a->kind != b->kind) d |= LOWP_PROBE_KIND;
  if (a->round != b->round) d |= LOWP_PROBE_ROUND;
  if (a->acc_round != b->acc_round) d |= LOWP_PROBE_ACC_ROUND;
  if (a->fraction_bits != b->fraction_bits) d |= LOWP_PROBE_FRACTION;
  if (a->chunk != b->chunk) d |= LOWP_PROBE_CHUNK;
  if (a->ways != b->ways) d |= LOWP_PROBE_WAYS;
  if (a->group != b->group) d |= LOWP_PROBE_GROUP;
  if (a->group_bits != b->group_bits) d |= LOWP_PROBE_GROUP_BITS;
  if (a->promote != b->promote) d |= LOWP_PROBE_PROMOTE;
  if (a->acc_fraction != b->acc_fraction) d |= LOWP_PROBE_ACC_FRACTION;
  if (a->acc_exponent != b->acc_exponent) d |= LOWP_PROBE_ACC_EXPONENT;
  if (a->acc_in_chunk != b->acc_in_chunk) d |= LOWP_PROBE_ACC_IN_CHUNK;
  if (a->normalize != b->normalize) d |= LOWP_PROBE_NORMALIZE;
  if (a->swap_pairs != b->swap_pairs) d |= LOWP_PROBE_SWAP_PAIRS;
  if (a->flush != b->flush) d |= LOWP_PROBE_FLUSH;
  if (a->out != b->out) d |= LOWP_PROBE_OUT;
  return d;
}

/* One model, until one reproduces everything. */
static void try(judge *j, const lowp_accum *model) {
  if (j->found || lowp_accum_check(model, NULL) != LOWP_OK || !reproduces_all(j, model)) return;
  j->found = true;
  j->verdict.accum = canonical(*model);
  j->verdict.matched = j->plan.count;
}

static void try_presets(judge *j) {
  const lowp_accum_info *info;
  for (size_t i = 0; (info = lowp_accum_info_of(i)) != NULL && i < 64; i++) {
    if (!reproduces_all(j, &info->accum)) continue;
    j->verdict.presets |= (uint64_t)1 << i;
    if (j->verdict.preset == NULL) j->verdict.preset = info->name;
    try(j, &info->accum);
  }
}

/* The accumulator, and what is done with its results. */
static void try_formats(judge *j, lowp_accum a) {
  const lowpi_guesses *g = &j->guesses;
  for (uint32_t f = 0; f < g->acc_fraction.count; f++)
    for (int round = 0; round <= LOWP_ACCUM_TO_ODD; round++)
      for (int exponent = 8; exponent >= (a.group ? 8 : 5); exponent -= 3)
        for (uint32_t out = 0; out < g->outs; out++)
          for (int flush = 0; flush < 2; flush++) {
            a.acc_fraction = g->acc_fraction.value[f];
            a.acc_round = (lowp_accum_round)round;
            a.acc_exponent = (uint32_t)exponent;
            a.out = g->out[out];
            a.flush = (uint8_t)flush;
            try(j, &a);
          }
}

static void try_alignments(judge *j, lowp_accum a) {
  const lowpi_guess *f = &j->guesses.fraction;
  for (uint32_t i = 0; i < f->count; i++)
    for (int round = 0; round <= LOWP_ACCUM_TO_ODD; round++)
      for (int in = 1; in >= 0; in--)
        for (int normalize = 0; normalize < (a.group ? 1 : 2); normalize++) {
          a.fraction_bits = f->value[i];
          a.round = (lowp_accum_round)round;
          a.acc_in_chunk = (uint8_t)in;
          a.normalize = (uint8_t)normalize;
          if (!j->found) try_formats(j, a);
        }
}

static bool promotes(uint32_t interval, uint32_t unit) { return interval == 0 || (unit != 0 && interval % unit == 0); }

/* All promotion intervals for models whose chunk is `unit`. */
static void try_promotions(judge *j, lowp_accum a, uint32_t unit, void (*inner)(judge *, lowp_accum)) {
  const lowpi_guess *p = &j->guesses.promote;
  a.promote = 0;
  inner(j, a);
  for (uint32_t i = 0; i < p->count; i++)
    if (p->value[i] != 0 && promotes(p->value[i], unit)) {
      a.promote = p->value[i];
      inner(j, a);
    }
}

static void try_one_level(judge *j) {
  const lowpi_guesses *g = &j->guesses;
  lowp_accum a;
  lowp_accum_init(&a);
  for (int swap = 0; swap < 2; swap++) {
    a.swap_pairs = (uint8_t)swap;
    try_promotions(j, a, swap ? 2 : 1, try_formats);
  }
  lowp_accum_init(&a);
  a.kind = LOWP_ACCUM_FUSED;
  for (uint32_t c = 0; c < g->chunk.count; c++) {
    a.chunk = g->chunk.value[c];
    try_promotions(j, a, a.chunk, try_alignments);
  }
  a.kind = LOWP_ACCUM_CHAINS;
  for (uint32_t c = 0; c < g->chunk.count; c++)
    for (uint32_t w = 0; w < g->ways.count; w++) {
      a.chunk = g->chunk.value[c];
      a.ways = g->ways.value[w];
      try_promotions(j, a, a.chunk, try_formats);
    }
}

/*
 * Groups as the narrow stairs show them, chunks as the wide ones do; group_bits as ALIGN within a group, F as through
 * chunks.
 */
static void try_two_levels(judge *j) {
  const lowpi_guesses *g = &j->guesses;
  lowp_accum a;
  lowp_accum_init(&a);
  a.kind = LOWP_ACCUM_FUSED;
  for (uint32_t c = 0; c < g->chunk.count; c++)
    for (uint32_t i = 0; i < g->group.count; i++) {
      a.chunk = g->chunk.value[c];
      a.group = g->group.value[i];
      if (a.chunk <= a.group || a.chunk % a.group != 0) continue;
      for (uint32_t b = 0; b < g->group_bits.count; b++) {
        a.group_bits = g->group_bits.value[b];
        try_alignments(j, a);
      }
    }
}

/* The verdict with one field changed. */
static void vary(judge *j, uint32_t field, const lowp_accum *a) {
  if (differences(a, &j->verdict.accum) == 0 || lowp_accum_check(a, NULL) != LOWP_OK) return;
  if (reproduces_all(j, a)) j->verdict.undetermined |= field;
}

/* A number that guesses were made of: each of them, and those beside the verdict's own. */
static void vary_number(judge *j, uint32_t field, const lowpi_guess *guess, size_t offset) {
  lowp_accum a = j->verdict.accum;
  uint32_t own;
  memcpy(&own, (char *)&a + offset, sizeof own);
  for (uint32_t i = 0; i < guess->count + 2; i++) {
    uint32_t value = i < guess->count ? guess->value[i] : i == guess->count ? own + 1 : own - 1;
    memcpy((char *)&a + offset, &value, sizeof value);
    vary(j, field, &a);
  }
}

static void vary_rounding(judge *j, uint32_t field, bool of_acc) {
  for (int r = 0; r <= LOWP_ACCUM_TO_ODD; r++) {
    lowp_accum a = j->verdict.accum;
    if (of_acc)
      a.acc_round = (lowp_accum_round)r;
    else
      a.round = (lowp_accum_round)r;
    vary(j, field, &a);
  }
}

static void vary_flag(judge *j, uint32_t field, size_t offset) {
  lowp_accum a = j->verdict.accum;
  uint8_t *flag = (uint8_t *)&a + offset;
  *flag = !*flag;
  vary(j, field, &a);
}

static void vary_all(judge *j) {
  const lowpi_guesses *g = &j->guesses;
  const lowp_accum *a = &j->verdict.accum;
  vary_number(j, LOWP_PROBE_ACC_FRACTION, &g->acc_fraction, offsetof(lowp_accum, acc_fraction));
  vary_number(j, LOWP_PROBE_ACC_EXPONENT, &(lowpi_guess){.value = {5, 8}, .count = 2},
              offsetof(lowp_accum, acc_exponent));
  vary_rounding(j, LOWP_PROBE_ACC_ROUND, true);
  vary_flag(j, LOWP_PROBE_FLUSH, offsetof(lowp_accum, flush));
  for (uint32_t i = 0; i < g->outs; i++) {
    lowp_accum other = *a;
    other.out = g->out[i];
    vary(j, LOWP_PROBE_OUT, &other);
  }
  vary_number(j, LOWP_PROBE_PROMOTE, &g->promote, offsetof(lowp_accum, promote));
  if (a->kind == LOWP_ACCUM_SEQUENTIAL) vary_flag(j, LOWP_PROBE_SWAP_PAIRS, offsetof(lowp_accum, swap_pairs));
  if (a->kind != LOWP_ACCUM_SEQUENTIAL) vary_number(j, LOWP_PROBE_CHUNK, &g->chunk, offsetof(lowp_accum, chunk));
  if (a->kind == LOWP_ACCUM_CHAINS) vary_number(j, LOWP_PROBE_WAYS, &g->ways, offsetof(lowp_accum, ways));
  if (a->kind != LOWP_ACCUM_FUSED) return;
  vary_rounding(j, LOWP_PROBE_ROUND, false);
  vary_number(j, LOWP_PROBE_FRACTION, &g->fraction, offsetof(lowp_accum, fraction_bits));
  vary_flag(j, LOWP_PROBE_ACC_IN_CHUNK, offsetof(lowp_accum, acc_in_chunk));
  vary_flag(j, LOWP_PROBE_NORMALIZE, offsetof(lowp_accum, normalize));
  if (a->group == 0) return;
  vary_number(j, LOWP_PROBE_GROUP, &g->group, offsetof(lowp_accum, group));
  vary_number(j, LOWP_PROBE_GROUP_BITS, &g->group_bits, offsetof(lowp_accum, group_bits));
}

static void nearest_preset(judge *j) {
  const lowp_accum_info *info;
  for (size_t p = 0; (info = lowp_accum_info_of(p)) != NULL; p++) {
    size_t matched = 0;
    for (size_t i = 0; i < j->plan.count; i++) matched += matches(j, &info->accum, i);
    if (p != 0 && matched <= j->verdict.matched) continue;
    j->verdict.matched = matched;
    j->verdict.accum = canonical(info->accum);
    j->verdict.preset = info->name;
  }
}

static void judge_all(judge *j) {
  lowpi_probe_guess(&j->plan, j->results, &j->guesses);
  try_presets(j);
  if (!j->found) try_one_level(j);
  if (!j->found) {
    lowpi_probe_guess_groups(&j->plan, j->results, &j->guesses);
    try_two_levels(j);
  }
  if (j->found)
    vary_all(j);
  else
    nearest_preset(j);
}

lowp_status lowp_probe_judge(const lowp_probe_opts *opts, size_t count, const float *results,
                             lowp_probe_verdict *verdict) {
  if (results == NULL || verdict == NULL) return LOWP_E_ARGUMENT;
  judge j = {.results = results, .verdict = {.struct_size = sizeof j.verdict}};
  lowp_status status = lowpi_probe_plan_make(opts, &j.plan);
  if (status != LOWP_OK) return status;
  j.verdict.probes = j.plan.count;
  if (count != j.plan.count)
    status = LOWP_E_SHAPE;
  else if (!load(&j))
    status = LOWP_E_NOMEM;
  else
    judge_all(&j);
  free(j.plan.probes);
  free(j.at);
  free(j.order);
  free(j.x);
  free(j.w);
  if (status == LOWP_OK) *verdict = j.verdict;
  return status;
}

lowp_status lowp_probe_run(const lowp_probe_opts *opts, lowp_probe_dot *dot, void *context,
                           lowp_probe_verdict *verdict) {
  if (dot == NULL || verdict == NULL) return LOWP_E_ARGUMENT;
  lowpi_probe_plan plan;
  lowp_status status = lowpi_probe_plan_make(opts, &plan);
  if (status != LOWP_OK) return status;
  const size_t n = opts->n;
  float *x = malloc(2 * n * sizeof *x), *results = malloc(plan.count * sizeof *results);
  if (x == NULL || results == NULL) status = LOWP_E_NOMEM;
  for (size_t i = 0; i < plan.count && status == LOWP_OK; i++) {
    lowpi_probe_inputs(&plan, &plan.probes[i], x, x + n);
    results[i] = dot(context, n, x, x + n);
  }
  if (status == LOWP_OK) status = lowp_probe_judge(opts, plan.count, results, verdict);
  free(plan.probes);
  free(x);
  free(results);
  return status;
}
