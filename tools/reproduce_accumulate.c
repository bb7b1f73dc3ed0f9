/* SPDX-License-Identifier: Apache-2.0 */
/* reproduce_accumulate.c: a published accumulator on dot products of E4M3 numbers. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/accumulate.h>
#include <math.h>

#include "tools/reproduce.h"

/* arg: 0 uniform on [0, 1), mean relative error; 1 normal, NMSE. p: K. */
double measure_accumulator(const reproduce_data *d, const reproduce_row *row) {
  (void)d;
  lowp_accum accum;
  lowp_accum_sweep_opts opts;
  lowp_accum_stats stats;
  size_t k = (size_t)row->p;
  lowp_accum_sweep_init(&opts);
  opts.trials = 64;
  opts.data = row->arg ? LOWP_ACCUM_NORMAL : LOWP_ACCUM_UNIFORM;
  if (lowp_accum_from_name(row->accum, &accum) != LOWP_OK) return NAN;
  if (lowp_accum_sweep(&accum, &opts, 1, &k, &stats) != LOWP_OK) return NAN;
  return row->arg ? lowp_accum_nmse(&stats) : lowp_accum_mean_rel(&stats);
}
