/* SPDX-License-Identifier: Apache-2.0 */
/* probe_guess.c: which values of which fields are worth trying. Wrong guesses cost time, missing ones the verdict. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>

#include "lib/analysis/probe_internal.h"

static void guess(lowpi_guess *g, int64_t value) {
  if (value < 0 || value > UINT32_MAX || g->count == LOWPI_GUESSES) return;
  for (uint32_t i = 0; i < g->count; i++)
    if (g->value[i] == (uint32_t)value) return;
  g->value[g->count++] = (uint32_t)value;
}

/* The largest distance at which v left something, of probes with this t; -1 if none did. */
static int last_visible(const lowpi_probe_plan *plan, const float *results, lowp_probe_family family, bool wide,
                        uint32_t t) {
  int last = -1;
  for (size_t i = 0; i < plan->count; i++) {
    const lowpi_probe *p = &plan->probes[i];
    if (p->family != family || p->wide != wide || p->t != t) continue;
    if (isfinite(results[i]) && results[i] != 0 && (int)p->distance > last) last = (int)p->distance;
  }
  return last;
}

/*
 * The smallest thing that was left, as bits below L: the last place of whatever cut v. Rounding down or to odd leaves
 * one for the smallest v. -1 if nothing was left.
 */
static int last_place(const lowpi_probe_plan *plan, const float *results, lowp_probe_family family, bool wide,
                      uint32_t t) {
  float least = INFINITY;
  for (size_t i = 0; i < plan->count; i++) {
    const lowpi_probe *p = &plan->probes[i];
    if (p->family != family || p->wide != wide || p->t != t) continue;
    if (isfinite(results[i]) && results[i] != 0 && fabsf(results[i]) < least) least = fabsf(results[i]);
  }
  return isinf(least) ? -1 : (wide ? plan->wide : plan->narrow).high - ilogbf(least);
}

/*
 * The largest distance beyond which nothing changes any more, for v of one sign: also where what was cut leaves a
 * trace for ever.
 */
static int last_change(const lowpi_probe_plan *plan, const float *results, bool wide, bool negative) {
  int last = -1;
  float before = 0;
  for (size_t i = 0; i < plan->count; i++) {
    const lowpi_probe *p = &plan->probes[i];
    if (p->family != LOWP_PROBE_ALIGN || p->wide != wide || p->t != 1 || p->negative != negative) continue;
    if (p->distance > 0 && results[i] != before) last = (int)p->distance - 1;
    before = results[i];
  }
  return last;
}

static void around(lowpi_guess *g, int bits, int below, int above, int low, int high) {
  if (bits < 0) return;
  for (int f = bits - below; f <= bits + above; f++)
    if (f >= low && f <= high) guess(g, f);
}

/* Bits behind the leading one of the longest result. */
static int longest(const lowpi_probe_plan *plan, const float *results) {
  int most = 1;
  for (size_t i = 0; i < plan->count; i++) {
    if (!isfinite(results[i]) || results[i] == 0) continue;
    uint32_t fraction = lowp_f32_bits(results[i]) & 0x7fffff;
    int bits = fraction ? 23 - __builtin_ctz(fraction) : 0;
    if (bits > most) most = bits;
  }
  return most;
}

static bool all_are(const lowpi_probe_plan *plan, const float *results, lowp_element element) {
  for (size_t i = 0; i < plan->count; i++)
    if (!isnan(results[i]) && lowp_decode(element, lowp_encode(element, results[i])) != results[i]) return false;
  return true;
}

/*
 * Stairs. In units of s the result for -L at j is the number of s that survived. Where its minimum over the j so far
 * falls by more than one a chunk ends, or a promotion interval: `falls` receives those places, in ascending order.
 * Returns n minus the first count: what is swallowed by neighbours.
 */
static int64_t stairs(const lowpi_probe_plan *plan, const float *results, bool wide, lowpi_guess *falls,
                      lowpi_guess *ways) {
  const double unit = ldexp(1, (wide ? plan->wide : plan->narrow).low), n = (double)plan->opts.n;
  double least = n;
  int64_t first = -1;
  for (size_t i = 0; i < plan->count; i++) {
    const lowpi_probe *p = &plan->probes[i];
    if (p->family != LOWP_PROBE_STAIR || p->wide != wide) continue;
    if (!isfinite(results[i])) return -1;
    double survived = (double)results[i] / unit;
    if (p->t == 1) first = (int64_t)(n - survived);
    if (p->t > 1 && survived < least - 1.5) guess(falls, p->t);
    if (p->t > 1 && survived == n - 2) guess(ways, p->t); /* the next of the same chain */
    if (survived < least) least = survived;
  }
  return first;
}

static void guess_structure(const lowpi_probe_plan *plan, const float *results, lowpi_guesses *g) {
  const uint32_t n = (uint32_t)plan->opts.n;
  guess(&g->ways, 2);
  guess(&g->ways, 1);
  guess(&g->ways, 4);
  guess(&g->group, 16);
  for (int wide = plan->has_wide; wide >= 0; wide--) {
    lowpi_guess falls = {0}, ways = {0};
    int64_t first = stairs(plan, results, wide, &falls, &ways);
    if (first > 0) guess(&g->chunk, first >= n - 1 ? 0 : first);
    if (first > 2 && first < n) guess(&g->group, first);
    for (uint32_t i = 0; i < falls.count && i < 4; i++) guess(&g->chunk, falls.value[i]);
    if (ways.count) guess(&g->ways, ways.value[0]);
    for (uint32_t i = 0; i < falls.count && i < 6; i++) guess(&g->promote, falls.value[i]);
  }
  guess(&g->chunk, 1);
  guess(&g->chunk, 0);
  /* Where results are coarse, or pairs are swapped, stairs are not clear. */
  for (uint32_t interval = 4; interval <= n / 2; interval *= 2) guess(&g->promote, interval);
  for (uint32_t chunk = 2; chunk <= 64; chunk *= 2) guess(&g->chunk, chunk);
}

void lowpi_probe_guess(const lowpi_probe_plan *plan, const float *results, lowpi_guesses *g) {
  *g = (lowpi_guesses){.out = {LOWP_F32}, .outs = 1};
  if (all_are(plan, results, LOWP_BF16)) g->out[g->outs++] = LOWP_BF16;
  if (all_are(plan, results, LOWP_FP16)) g->out[g->outs++] = LOWP_FP16;
  guess(&g->acc_fraction, longest(plan, results));
  guess(&g->acc_fraction, 23);
  for (int wide = plan->has_wide; wide >= 0; wide--) {
    around(&g->fraction, last_place(plan, results, LOWP_PROBE_ALIGN, wide, 1), 1, 1, 1, 60);
    around(&g->fraction, last_visible(plan, results, LOWP_PROBE_ALIGN, wide, 1), 1, 1, 1, 60);
    for (int negative = 0; negative < 2; negative++)
      around(&g->fraction, last_change(plan, results, wide, negative), 0, 1, 1, 60);
    around(&g->acc_fraction, last_place(plan, results, LOWP_PROBE_CARRY, wide, 2), 1, 1, 1, 52);
    for (uint32_t t = 1; t <= plan->opts.n / 4 && t <= 64; t *= 2)
      around(&g->acc_fraction, last_place(plan, results, LOWP_PROBE_ALIGN, wide, t), 1, 0, 1, 52);
  }
  guess(&g->fraction, 60);
  guess(&g->acc_fraction, 52);
  guess_structure(plan, results, g);
}

void lowpi_probe_guess_groups(const lowpi_probe_plan *plan, const float *results, lowpi_guesses *g) {
  g->group_bits = g->fraction;
  g->fraction = (lowpi_guess){0};
  for (int wide = plan->has_wide; wide >= 0; wide--)
    for (uint32_t t = 4; t <= 32; t *= 2)
      around(&g->fraction, last_place(plan, results, LOWP_PROBE_ALIGN, wide, t), 1, 1, 1, 60);
}
