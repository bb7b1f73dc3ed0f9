/* SPDX-License-Identifier: Apache-2.0 */
/* accumulate_stats.c: what models do to many dot products: errors, codes, growth with the length. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "lib/analysis/accumulate_internal.h"

#include <lowp/random.h>
#include <math.h>
#include <stdlib.h>

#include "lib/internal.h"

void lowp_accum_stats_init(lowp_accum_stats *stats) { *stats = (lowp_accum_stats){.struct_size = sizeof *stats}; }

void lowp_accum_stats_merge(lowp_accum_stats *into, const lowp_accum_stats *from) {
  into->count += from->count;
  into->nonfinite += from->nonfinite;
  into->below += from->below;
  into->above += from->above;
  into->sum_yy += from->sum_yy;
  into->sum_ee += from->sum_ee;
  into->sum_rel += from->sum_rel;
  into->sum_abs_rel += from->sum_abs_rel;
  into->max_rel = from->max_rel > into->max_rel ? from->max_rel : into->max_rel;
  into->rel_count += from->rel_count;
}

void lowpi_accum_stats_add(lowp_accum_stats *stats, bool finite, float y, const lowpi_exact *exact) {
  stats->count++;
  if (!finite || !isfinite(y)) {
    stats->nonfinite++;
    return;
  }
  double value = lowpi_exact_round(exact);
  lowpi_exact difference = *exact;
  lowpi_term t = lowpi_term_of(y, -126, false);
  t.negative = !t.negative;
  lowpi_exact_add(&difference, t);
  double e = -lowpi_exact_round(&difference);
  stats->sum_yy += value * value;
  stats->sum_ee += e * e;
  if (value == 0) return;
  double rel = e / value;
  stats->below += rel < 0 && rel >= -1;
  stats->above += rel > 0 || rel < -1;
  stats->sum_rel += rel;
  stats->sum_abs_rel += fabs(rel);
  if (fabs(rel) > stats->max_rel) stats->max_rel = fabs(rel);
  stats->rel_count++;
}

double lowp_accum_nmse(const lowp_accum_stats *stats) { return stats->sum_ee == 0 ? 0 : stats->sum_ee / stats->sum_yy; }

double lowp_accum_bias(const lowp_accum_stats *stats) {
  return stats->rel_count ? stats->sum_rel / (double)stats->rel_count : 0;
}

double lowp_accum_mean_rel(const lowp_accum_stats *stats) {
  return stats->rel_count ? stats->sum_abs_rel / (double)stats->rel_count : 0;
}

lowp_status lowp_accum_dot_codes(const lowp_accum *accum, size_t n, lowp_element ex, const void *x, lowp_element ew,
                                 const void *w, float *y) {
  lowp_status status = lowp_accum_check(accum, NULL);
  if (status != LOWP_OK) return status;
  if (y == NULL || lowp_element_size(ex) == 0 || lowp_element_size(ew) == 0) return LOWP_E_ARGUMENT;
  if (ex == LOWP_F64 || ew == LOWP_F64) return LOWP_E_UNSUPPORTED;
  size_t bytes;
  if (!lowpi_mul(n, 2 * sizeof(float), &bytes)) return LOWP_E_SHAPE;
  float *values = malloc(bytes + sizeof(float));
  if (values == NULL) return LOWP_E_NOMEM;
  status = lowp_element_decode_n(ex, n, x, values);
  if (status == LOWP_OK) status = lowp_element_decode_n(ew, n, w, values + n);
  if (status == LOWP_OK) {
    lowpi_row rx = {.value = values, .emin = lowpi_element_emin(ex)},
              rw = {.value = values + n, .emin = lowpi_element_emin(ew)};
    *y = lowpi_accum_dot(accum, n, &rx, &rw);
  }
  free(values);
  return status;
}

/* --- sweep -------------------------------------------------------------------------------------------------------- */

void lowp_accum_sweep_init(lowp_accum_sweep_opts *opts) {
  *opts = (lowp_accum_sweep_opts){
      .struct_size = sizeof *opts, .ex = LOWP_E4M3FN, .ew = LOWP_E4M3FN, .seed = 1, .trials = 256};
}

static lowp_status check_sweep(const lowp_accum_sweep_opts *o) {
  if (o == NULL || o->struct_size != sizeof *o || (unsigned)o->data > LOWP_ACCUM_NORMAL) return LOWP_E_ARGUMENT;
  if (lowp_element_size(o->ex) == 0 || lowp_element_size(o->ew) == 0) return LOWP_E_ARGUMENT;
  return o->ex == LOWP_F64 || o->ew == LOWP_F64 ? LOWP_E_UNSUPPORTED : LOWP_OK;
}

/*
 * Numbers first.. of stream `seed`, rounded to the element. Uniform: 24 bits, so that every number is exact and below
 * 1.
 */
static lowp_status numbers(const lowp_accum_sweep_opts *o, lowp_element element, uint32_t seed, uint64_t first,
                           size_t n, float *x, void *codes) {
  if (o->data == LOWP_ACCUM_UNIFORM) {
    for (size_t i = 0; i < n; i++) x[i] = (float)((uint32_t)lowp_philox(seed, first + i) >> 8) * 0x1p-24f;
  } else {
    lowp_status status = lowp_random_fill(LOWP_DISTRIBUTION_NORMAL, seed, first, n, x);
    if (status != LOWP_OK) return status;
  }
  lowp_status status = lowp_element_encode_n(element, NULL, 0, 0, n, x, codes);
  return status == LOWP_OK ? lowp_element_decode_n(element, n, codes, x) : status;
}

static lowp_status sweep_one(const lowp_accum *accum, const lowp_accum_sweep_opts *o, size_t k, lowp_accum_stats *out) {
  size_t floats, product;
  if (k == 0 || !lowpi_mul(k, 3 * sizeof(float), &floats) || !lowpi_mul(k, o->trials, &product)) return LOWP_E_SHAPE;
  float *x = malloc(floats);
  if (x == NULL) return LOWP_E_NOMEM;
  float *w = x + k;
  lowpi_row rx = {.value = x, .emin = lowpi_element_emin(o->ex)}, rw = {.value = w, .emin = lowpi_element_emin(o->ew)};
  lowp_accum_stats stats;
  lowp_accum_stats_init(&stats);
  lowp_status status = LOWP_OK;
  for (size_t t = 0; t < o->trials && status == LOWP_OK; t++) {
    status = numbers(o, o->ex, o->seed, (uint64_t)t * k, k, x, w + k);
    if (status == LOWP_OK) status = numbers(o, o->ew, o->seed + 1, (uint64_t)t * k, k, w, w + k);
    if (status != LOWP_OK) break;
    lowpi_exact exact;
    float y = lowpi_accum_dot(accum, k, &rx, &rw), special;
    bool finite = !lowpi_row_special(&rx, &rw, k, &special);
    if (finite) lowpi_exact_dot(k, &rx, &rw, &exact);
    lowpi_accum_stats_add(&stats, finite, y, &exact);
  }
  free(x);
  if (status == LOWP_OK) *out = stats;
  return status;
}

lowp_status lowp_accum_sweep(const lowp_accum *accum, const lowp_accum_sweep_opts *opts, size_t count, const size_t *ks,
                             lowp_accum_stats *stats) {
  lowp_status status = lowp_accum_check(accum, NULL);
  if (status == LOWP_OK) status = check_sweep(opts);
  if (status == LOWP_OK && count != 0 && (ks == NULL || stats == NULL)) status = LOWP_E_ARGUMENT;
  for (size_t i = 0; i < count && status == LOWP_OK; i++) status = sweep_one(accum, opts, ks[i], &stats[i]);
  return status;
}
