/* SPDX-License-Identifier: Apache-2.0 */
/* rounding.c: elements: errors in ulp, random bits, and codes by two ways. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "lib/analysis/rounding_grid.h"

#include <math.h>
#include <stdlib.h>

void lowp_rounding_stats_init(lowp_rounding_stats *stats) {
  *stats = (lowp_rounding_stats){.struct_size = sizeof *stats};
}

void lowp_detour_stats_init(lowp_detour_stats *stats) { *stats = (lowp_detour_stats){.struct_size = sizeof *stats}; }

void lowp_rounding_stats_merge(lowp_rounding_stats *into, const lowp_rounding_stats *from) {
  into->count += from->count;
  into->nonfinite += from->nonfinite;
  into->saturated += from->saturated;
  into->exact += from->exact;
  into->ties += from->ties;
  into->flushed += from->flushed;
  into->wrong_side += from->wrong_side;
  into->sum_ulp += from->sum_ulp;
  into->sum_ulp2 += from->sum_ulp2;
  into->sum_signed += from->sum_signed;
  into->max_ulp = fmax(into->max_ulp, from->max_ulp);
  into->reach = fmax(into->reach, from->reach);
  into->runs += from->runs;
  into->runs_saturated += from->runs_saturated;
}

static double in_sums(const lowp_rounding_stats *s) { return (double)(s->count - s->saturated); }

double lowp_rounding_bias_ulp(const lowp_rounding_stats *s) { return in_sums(s) > 0 ? s->sum_ulp / in_sums(s) : 0; }

double lowp_rounding_rms_ulp(const lowp_rounding_stats *s) {
  return in_sums(s) > 0 ? sqrt(s->sum_ulp2 / in_sums(s)) : 0;
}

double lowp_rounding_tie_share(const lowp_rounding_stats *s) {
  return s->count != 0 ? (double)s->ties / (double)s->count : 0;
}

/* *out = *rules or the defaults, checked. */
static lowp_status rules_of(lowp_element id, const lowp_encode_rules *rules, lowp_encode_rules *out) {
  *out = rules != NULL ? *rules : lowp_encode_default(id);
  bool known = out->round <= LOWP_ROUND_STOCHASTIC && out->overflow <= LOWP_OVERFLOW_NONFINITE &&
               out->inf <= LOWP_INF_NONFINITE && out->nan <= LOWP_NAN_QUIET && out->negative <= LOWP_NEGATIVE_NAN;
  if (out->round == LOWP_ROUND_STOCHASTIC) known = known && out->sr_bits >= 1 && out->sr_bits <= 32;
  return known ? LOWP_OK : LOWP_E_ARGUMENT;
}

/* Rules, and the values of the element; what every measure below begins with. */
static lowp_status begin(lowp_element id, const lowp_encode_rules *rules, lowp_encode_rules *out, lowpi_grid *grid) {
  lowp_status status = lowpi_grid_create(id, grid);
  if (status != LOWP_OK) return status;
  status = rules_of(id, rules, out);
  if (status != LOWP_OK) lowpi_grid_destroy(grid);
  return status;
}

lowp_status lowp_measure_rounding(lowp_element id, const lowp_encode_rules *given, uint32_t seed, uint64_t counter,
                                  size_t n, const float *x, lowp_rounding_stats *stats) {
  if (stats == NULL || stats->struct_size != sizeof *stats || (x == NULL && n != 0)) return LOWP_E_ARGUMENT;
  lowp_encode_rules rules;
  lowpi_grid grid;
  lowp_status status = begin(id, given, &rules, &grid);
  if (status != LOWP_OK) return status;
  bool is_signed = grid.values[0] < 0;
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(x[i])) {
      stats->nonfinite++;
      continue;
    }
    uint32_t random = rules.round == LOWP_ROUND_STOCHASTIC ? (uint32_t)lowp_philox(seed, counter + i) : 0;
    float y = lowp_decode(id, lowp_encode_with(id, x[i], rules, random)), v = is_signed ? x[i] : fabsf(x[i]);
    lowpi_grid_add(&grid, (double)v, 1, 0, (double)y, stats);
  }
  lowpi_grid_destroy(&grid);
  return LOWP_OK;
}

lowp_status lowp_measure_stochastic(lowp_element id, int r, int d, double *bias, double *rms) {
  if (bias == NULL || rms == NULL) return LOWP_E_ARGUMENT;
  if (r < 1 || r > 24 || d < 1 || d > 24 || r + d > 30) return LOWP_E_RANGE;
  lowp_encode_rules rules = lowp_encode_default(id);
  lowpi_grid grid;
  lowp_status status = lowpi_grid_create(id, &grid);
  if (status != LOWP_OK) return status;
  rules.round = LOWP_ROUND_STOCHASTIC;
  rules.sr_bits = (uint8_t)r;
  /* An interval in the middle of the positive codes; the first is not 0, so that it is no subnormal of many binades. */
  size_t lower = grid.values[0] < 0 ? grid.count - grid.count / 4 : grid.count / 2;
  double lo = grid.values[lower], hi = grid.values[lower + 1];
  lowpi_grid_destroy(&grid);
  if ((double)(float)(lo + (hi - lo) * ldexp(1, -d)) != lo + (hi - lo) * ldexp(1, -d) ||
      (double)(float)(hi - (hi - lo) * ldexp(1, -d)) != hi - (hi - lo) * ldexp(1, -d))
    return LOWP_E_RANGE;
  double sum = 0, squares = 0;
  for (uint32_t f = 0; f < (uint32_t)1 << d; f++) {
    double part = ldexp((double)f, -d), x = lo + (hi - lo) * part;
    uint32_t up = 0;
    for (uint32_t random = 0; random < (uint32_t)1 << r; random++)
      up += (double)lowp_decode(id, lowp_encode_with(id, (float)x, rules, random)) > lo;
    double share = ldexp((double)up, -r);
    sum += share - part;
    squares += share * (1 - part) * (1 - part) + (1 - share) * part * part;
  }
  *bias = ldexp(sum, -d);
  *rms = sqrt(ldexp(squares, -d));
  return LOWP_OK;
}

/* Adds one value at v on the number line of the element, and the codes it got by two ways. */
static void add_detour(lowp_detour_stats *s, lowp_element id, double v, uint32_t direct, uint32_t detour) {
  double e = (double)lowp_decode(id, direct) - v, e2 = (double)lowp_decode(id, detour) - v;
  s->count++;
  s->changed += direct != detour;
  if (!isfinite(e) || !isfinite(e2)) return;
  s->sum_xx += v * v;
  s->ee_direct += e * e;
  s->ee_detour += e2 * e2;
}

static lowp_status begin_detour(lowp_element id, const lowp_encode_rules *given, const lowp_detour_stats *stats,
                                lowp_encode_rules *rules, lowpi_grid *grid) {
  if (stats == NULL || stats->struct_size != sizeof *stats) return LOWP_E_ARGUMENT;
  lowp_status status = begin(id, given, rules, grid);
  if (status == LOWP_OK && rules->round == LOWP_ROUND_STOCHASTIC) {
    lowpi_grid_destroy(grid);
    return LOWP_E_UNSUPPORTED;
  }
  return status;
}

lowp_status lowp_measure_double_rounding(lowp_element id, const lowp_encode_rules *given, lowp_element through,
                                         size_t n, const float *x, lowp_detour_stats *stats) {
  if (x == NULL && n != 0) return LOWP_E_ARGUMENT;
  if (through != LOWP_BF16 && through != LOWP_FP16) return LOWP_E_UNSUPPORTED;
  lowp_encode_rules rules;
  lowpi_grid grid;
  lowp_status status = begin_detour(id, given, stats, &rules, &grid);
  if (status != LOWP_OK) return status;
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(x[i])) continue;
    uint32_t direct = lowp_encode_with(id, x[i], rules, 0);
    uint32_t detour = lowp_encode_with(id, lowp_decode(through, lowp_encode(through, x[i])), rules, 0);
    add_detour(stats, id, (double)x[i], direct, detour);
    if (direct != detour) stats->on_tie += lowpi_grid_is_tie(&grid, (double)x[i], 1);
  }
  lowpi_grid_destroy(&grid);
  return LOWP_OK;
}

static void add_reciprocal(lowp_detour_stats *stats, lowp_element id, lowp_encode_rules rules, const lowpi_grid *grid,
                           float x, float s, float inverse) {
  uint32_t direct = lowp_encode_with(id, x / s, rules, 0), detour = lowp_encode_with(id, x * inverse, rules, 0);
  add_detour(stats, id, (double)x / (double)s, direct, detour);
  if (direct != detour) stats->on_tie += lowpi_grid_is_tie(grid, s < 0 ? -(double)x : (double)x, fabs((double)s));
}

lowp_status lowp_measure_reciprocal(lowp_element id, const lowp_encode_rules *given, float s, size_t n, const float *x,
                                    lowp_detour_stats *stats) {
  if (x == NULL && n != 0) return LOWP_E_ARGUMENT;
  if (!isfinite(s) || s == 0) return LOWP_E_RANGE;
  lowp_encode_rules rules;
  lowpi_grid grid;
  lowp_status status = begin_detour(id, given, stats, &rules, &grid);
  if (status != LOWP_OK) return status;
  for (size_t i = 0; i < n; i++)
    if (isfinite(x[i])) add_reciprocal(stats, id, rules, &grid, x[i], s, 1.0f / s);
  lowpi_grid_destroy(&grid);
  return LOWP_OK;
}

lowp_status lowp_measure_reciprocal_all(lowp_element id, const lowp_encode_rules *given, lowp_element scale,
                                        lowp_detour_stats *stats) {
  lowpi_grid scales, grid;
  lowp_encode_rules rules;
  if (lowp_element_row_of(scale).bits > 8) return LOWP_E_UNSUPPORTED;
  lowp_status status = lowpi_grid_create(scale, &scales);
  if (status != LOWP_OK) return status;
  status = begin_detour(id, given, stats, &rules, &grid);
  if (status == LOWP_OK) {
    size_t zero = 0;
    while (grid.values[zero] <= 0) zero++;
    double least = grid.values[zero] / 2, most = grid.values[grid.count - 1];
    for (size_t k = 0; k < scales.count; k++) {
      float s = (float)scales.values[k];
      if (!(s > 0)) continue;
      for (uint32_t code = 0; code < 0x10000; code++) {
        float x = lowp_decode(LOWP_BF16, code);
        double v = fabs((double)x) / (double)s;
        if (v >= least && v <= most) add_reciprocal(stats, id, rules, &grid, x, s, 1.0f / s);
      }
    }
    lowpi_grid_destroy(&grid);
  }
  lowpi_grid_destroy(&scales);
  return status;
}
