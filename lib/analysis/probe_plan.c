/* SPDX-License-Identifier: Apache-2.0 */
/* probe_plan.c: which dot products are tried, and their inputs. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "lib/analysis/probe_internal.h"

#include <math.h>
#include <stdlib.h>

#include "lib/analysis/accumulate_internal.h"
#include "lib/internal.h"

enum { RANDOMS = 64, MAX_PROBES = 8000, DENSE_STAIRS = 128 };

void lowp_probe_init(lowp_probe_opts *opts) {
  *opts = (lowp_probe_opts){.struct_size = sizeof *opts, .n = 512, .ex = LOWP_BF16, .ew = LOWP_BF16};
}

/* Exponents of the powers of two that are normal numbers of an element. */
static lowpi_probe_range powers(lowp_element element) {
  if (element == LOWP_F32 || element == LOWP_BF16) return (lowpi_probe_range){.low = -126, .high = 127};
  if (element == LOWP_FP16) return (lowpi_probe_range){.low = -14, .high = 15};
  const lowp_element_info *info = lowp_element_info_of(element);
  return (lowpi_probe_range){.low = ilogbf(info->min_normal), .high = ilogbf(info->max)};
}

static lowp_status check(const lowp_probe_opts *o) {
  if (o == NULL || o->struct_size != sizeof *o) return LOWP_E_ARGUMENT;
  if (o->n < 16 || o->n > 1024) return LOWP_E_RANGE;
  const lowp_element sides[] = {o->ex, o->ew};
  for (int i = 0; i < 2; i++) {
    if (lowp_element_size(sides[i]) == 0) return LOWP_E_ARGUMENT;
    if (sides[i] == LOWP_F32 || sides[i] == LOWP_BF16 || sides[i] == LOWP_FP16) continue;
    const lowp_element_info *info = lowp_element_info_of(sides[i]);
    if (sides[i] == LOWP_F64 || info == NULL || !info->is_signed) return LOWP_E_UNSUPPORTED;
  }
  return LOWP_OK;
}

static float rounded(lowp_element element, float x) {
  return element == LOWP_F32 ? x : lowp_decode(element, lowp_encode(element, x));
}

/* m 2^e = *x * *w, m = 1 or 1.5, in the middle of both ranges; 1.5 becomes 1 where neither element has it. */
static void split(const lowpi_probe_plan *plan, float m, int e, float *x, float *w) {
  lowpi_probe_range rx = powers(plan->opts.ex), rw = powers(plan->opts.ew);
  int low = e - rw.high > rx.low ? e - rw.high : rx.low, high = e - rw.low < rx.high ? e - rw.low : rx.high;
  int p = e / 2 + (rx.high + rx.low - rw.high - rw.low) / 4;
  p = p < low ? low : p > high ? high : p;
  *x = ldexpf(1, p);
  *w = ldexpf(1, e - p);
  if (rounded(plan->opts.ex, *x * m) == *x * m)
    *x *= m;
  else if (rounded(plan->opts.ew, *w * m) == *w * m)
    *w *= m;
}

/* --- the list ----------------------------------------------------------------------------------------------------- */

static void put(lowpi_probe_plan *plan, lowpi_probe probe) {
  if (plan->count < MAX_PROBES) plan->probes[plan->count++] = probe;
}

static const lowpi_probe_range *range_of(const lowpi_probe_plan *plan, bool wide) {
  return wide ? &plan->wide : &plan->narrow;
}

static void put_cuts(lowpi_probe_plan *plan, lowpi_probe probe) {
  int most = range_of(plan, probe.wide)->high - range_of(plan, probe.wide)->low;
  if (probe.family == LOWP_PROBE_CARRY) most--;
  for (int d = 0; d <= most && d <= 62; d++)
    for (int negative = 0; negative < 2; negative++) {
      probe.distance = (uint32_t)d;
      probe.negative = negative;
      put(plan, probe);
    }
}

static void put_level(lowpi_probe_plan *plan, bool wide) {
  const uint32_t n = (uint32_t)plan->opts.n;
  for (uint32_t t = 1; t <= n / 4; t *= 2)
    put_cuts(plan, (lowpi_probe){.family = LOWP_PROBE_ALIGN, .wide = wide, .t = t, .length = 2 * t + 1});
  put_cuts(plan, (lowpi_probe){.family = LOWP_PROBE_PRODUCT, .wide = wide, .t = 1, .length = 3});
  for (uint32_t t = 2; t <= n / 4; t *= 4)
    put_cuts(plan, (lowpi_probe){.family = LOWP_PROBE_CARRY, .wide = wide, .t = t, .length = 2 * t + 2});
}

static void put_stairs(lowpi_probe_plan *plan, bool wide) {
  const uint32_t n = (uint32_t)plan->opts.n;
  for (uint32_t j = 1; j < n; j++)
    if (j <= DENSE_STAIRS || j % 16 < 2)
      put(plan, (lowpi_probe){.family = LOWP_PROBE_STAIR, .wide = wide, .t = j, .length = n});
}

static int at_least(int a, int b) { return a > b ? a : b; }
static int at_most(int a, int b) { return a < b ? a : b; }

lowp_status lowpi_probe_plan_make(const lowp_probe_opts *opts, lowpi_probe_plan *plan) {
  lowp_status status = check(opts);
  if (status != LOWP_OK) return status;
  lowpi_probe_range rx = powers(opts->ex), rw = powers(opts->ew);
  const int low = rx.low + rw.low, high = rx.high + rw.high;
  *plan = (lowpi_probe_plan){.opts = *opts};
  plan->narrow = (lowpi_probe_range){.low = at_least(low, -14), .high = at_most(high, 14)};
  plan->wide = (lowpi_probe_range){.low = at_least(low, -60), .high = at_most(high, 60)};
  plan->has_wide = plan->wide.low != plan->narrow.low || plan->wide.high != plan->narrow.high;
  plan->probes = calloc(MAX_PROBES, sizeof *plan->probes);
  if (plan->probes == NULL) return LOWP_E_NOMEM;
  put_level(plan, false);
  if (plan->has_wide) put_level(plan, true);
  for (int e = at_least(low, -150); e <= at_most(high, 127); e++)
    put(plan, (lowpi_probe){.family = LOWP_PROBE_SINGLE, .e = e, .length = 1});
  /* A subnormal input, where accumulators have room for what it is multiplied with. */
  if (rx.low == -126 && rw.high > 20)
    for (int negative = 0; negative < 2; negative++)
      put(plan, (lowpi_probe){.family = LOWP_PROBE_SINGLE, .e = INT32_MAX, .negative = negative, .length = 1});
  for (uint32_t i = 0; i < 2 * RANDOMS; i++)
    put(plan, (lowpi_probe){.family = LOWP_PROBE_RANDOM, .t = i, .negative = i % 2, .length = (uint32_t)opts->n});
  put_stairs(plan, false);
  if (plan->has_wide) put_stairs(plan, true);
  return LOWP_OK;
}

/* --- inputs ------------------------------------------------------------------------------------------------------- */

/* 1 + u times a power of two of six, about the middle of the element's range. */
static float random_value(lowp_element element, uint32_t seed, uint64_t i, bool may_be_negative) {
  lowpi_probe_range r = powers(element);
  int middle = (r.low + r.high) / 2;
  uint64_t word = lowp_philox(seed, i);
  float m = 1 + (float)((uint32_t)word >> 9) * 0x1p-23f;
  int e = at_most(at_least(middle - 3 + (int)((word >> 32) % 6), r.low), r.high);
  float v = rounded(element, ldexpf(m, e));
  return may_be_negative && word >> 63 ? -v : v;
}

void lowpi_probe_inputs(const lowpi_probe_plan *plan, const lowpi_probe *p, float *x, float *w) {
  const size_t n = plan->opts.n;
  const lowpi_probe_range *r = range_of(plan, p->wide);
  for (size_t i = 0; i < n; i++) x[i] = w[i] = 0;
  const float sign = p->negative ? -1.0f : 1.0f;
  switch (p->family) {
  case LOWP_PROBE_ALIGN:
  case LOWP_PROBE_PRODUCT:
    split(plan, 1, r->high, &x[0], &w[0]);
    if (p->family == LOWP_PROBE_PRODUCT) {
      split(plan, 1, r->high - 1, &x[0], &w[0]);
      if (rounded(plan->opts.ex, x[0] * 1.5f) == x[0] * 1.5f) x[0] *= 1.5f;
      if (rounded(plan->opts.ew, w[0] * 1.5f) == w[0] * 1.5f) w[0] *= 1.5f;
    }
    split(plan, 1.5f, r->high - (int)p->distance, &x[p->t], &w[p->t]);
    x[p->t] *= sign;
    x[2 * p->t] = -x[0], w[2 * p->t] = w[0];
    break;
  case LOWP_PROBE_CARRY: {
    size_t at[] = {0, p->t, 2 * p->t, 2 * p->t + 1};
    for (int i = 0; i < 4; i++) {
      split(plan, 1, r->high - 1, &x[at[i]], &w[at[i]]);
      if (i >= 2) x[at[i]] = -x[at[i]];
    }
    split(plan, 1.5f, r->high - 1 - (int)p->distance, &x[p->t + 1], &w[p->t + 1]);
    x[p->t + 1] *= sign;
    break;
  }
  case LOWP_PROBE_SINGLE:
    if (p->e == INT32_MAX)
      x[0] = sign * 0x1p-130f, w[0] = 0x1p20f;
    else
      split(plan, 1, p->e, &x[0], &w[0]);
    break;
  case LOWP_PROBE_RANDOM:
    for (size_t i = 0; i < n; i++) {
      x[i] = random_value(plan->opts.ex, 0x70726f62u, p->t * n + i, p->negative);
      w[i] = random_value(plan->opts.ew, 0x70726f63u, p->t * n + i, p->negative);
    }
    break;
  case LOWP_PROBE_STAIR:
    for (size_t i = 1; i < n; i++) split(plan, 1, r->low, &x[i], &w[i]);
    split(plan, 1, r->high, &x[0], &w[0]);
    x[p->t] = -x[0], w[p->t] = w[0];
    break;
  }
}

lowp_status lowp_probe_count(const lowp_probe_opts *opts, size_t *count) {
  if (count == NULL) return LOWP_E_ARGUMENT;
  lowpi_probe_plan plan;
  lowp_status status = lowpi_probe_plan_make(opts, &plan);
  if (status != LOWP_OK) return status;
  *count = plan.count;
  free(plan.probes);
  return LOWP_OK;
}

lowp_status lowp_probe_make(const lowp_probe_opts *opts, size_t index, float *x, float *w, lowp_probe_family *family) {
  if (x == NULL || w == NULL) return LOWP_E_ARGUMENT;
  lowpi_probe_plan plan;
  lowp_status status = lowpi_probe_plan_make(opts, &plan);
  if (status != LOWP_OK) return status;
  if (index < plan.count) {
    lowpi_probe_inputs(&plan, &plan.probes[index], x, w);
    if (family) *family = plan.probes[index].family;
  } else {
    status = LOWP_E_RANGE;
  }
  free(plan.probes);
  return status;
}

const char *lowp_probe_family_name(lowp_probe_family family) {
  static const char *const names[] = {"align", "product", "carry", "single", "random", "stair"};
  return (unsigned)family <= LOWP_PROBE_STAIR ? names[family] : NULL;
}
