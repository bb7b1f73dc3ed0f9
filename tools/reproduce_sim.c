/* SPDX-License-Identifier: Apache-2.0 */
/* reproduce_sim.c: formats that lowp does not have, in f64 by their definitions; and round trips of those it has. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/reproduce.h"

#define LOWP(scheme, rule) \
  LOWP_SCHEME_##scheme, LOWP_SCALE_##rule, 0, 0, { 0, 0, 0, SIM_EXACT }
#define SIM(bits, mantissa, block, scale) \
  LOWP_SCHEME_NONE, LOWP_SCALE_DEFAULT, 0, 0, { bits, mantissa, block, SIM_##scale }
/* clang-format off */
const reproduce_format reproduce_formats[F_COUNT] = {
    [F_MXFP8_E4M3] = {"MXFP8 E4M3, rceil", LOWP(MXFP8_E4M3, RCEIL)},
    [F_MXFP8_E5M2] = {"MXFP8 E5M2, rceil", LOWP(MXFP8_E5M2, RCEIL)},
    [F_MXFP6] = {"MXFP6 E2M3, rceil", LOWP(MXFP6_E2M3, RCEIL)},
    [F_MXFP4] = {"MXFP4, rceil", LOWP(MXFP4, RCEIL)},
    [F_MXFP4_FLOOR] = {"MXFP4, floor", LOWP(MXFP4, FLOOR)},
    [F_MXFP4_SEARCH] = {"MXFP4, exponent search", LOWP(MXFP4, MSE)},
    [F_MXINT8] = {"MXINT8, rceil", LOWP(MXINT8, RCEIL)},
    [F_NVFP4] = {"NVFP4 with tensor scale", LOWP(NVFP4, AMAX)},
    [F_NVFP4_BARE] = {"NVFP4 without tensor scale", LOWP_SCHEME_NVFP4, LOWP_SCALE_AMAX, 1, 0, {0, 0, 0, SIM_EXACT}},
    [F_NVFP4_46] = {"NVFP4, Four Over Six", LOWP_SCHEME_NVFP4, LOWP_SCALE_FOUR_OVER_SIX, 0, 256, {0, 0, 0, SIM_EXACT}},
    [F_NVFP4_SEARCH] = {"NVFP4, all E4M3 scales", LOWP(NVFP4, MSE)},
    [F_HIF4] = {"HiF4", LOWP(HIF4, AMAX)},
    [F_HIF4_SEARCH] = {"HiF4, E6M2 search", LOWP(HIF4, MSE)},
    [F_INT4_G32] = {"INT4 per 32", LOWP(INT4_G32, AMAX)},
    [F_INT4_G128] = {"INT4 per 128", LOWP(INT4_G128, AMAX)},
    [F_INT8_ROW] = {"INT8 per row of 4096", LOWP(INT8_CHANNEL, AMAX)},
    [F_HIF8] = {"HiF8 per row", LOWP(HIF8_CHANNEL, AMAX)},
    [F_SIM_MXINT6] = {"MXINT6, rceil", SIM(6, 0, 32, POWER_CEIL)},
    [F_SIM_MXINT4] = {"MXINT4, rceil", SIM(4, 0, 32, POWER_CEIL)},
    [F_SIM_NVINT4] = {"NVINT4", SIM(4, 0, 16, E4M3_TENSOR)},
    [F_SIM_NVFP4_EXACT] = {"NVFP4, scales not rounded", SIM(0, 0, 16, EXACT)},
    [F_SIM_BARE8] = {"E2M1, UE4M3 per 8", SIM(0, 0, 8, E4M3_BARE)},
    [F_SIM_BARE16] = {"E2M1, UE4M3 per 16", SIM(0, 0, 16, E4M3_BARE)},
    [F_SIM_MX9] = {"MX9", SIM(0, 7, 16, SHARED)},
    [F_SIM_MX6] = {"MX6", SIM(0, 4, 16, SHARED)},
    [F_SIM_MX4] = {"MX4", SIM(0, 2, 16, SHARED)},
};
/* clang-format on */

/* v to a multiple of step, ties to even; the rounding mode of the process is the default one. */
static double to_multiple(double v, double step) { return rint(v / step) * step; }

static int exponent(double v) {
  int e;
  frexp(v, &e);
  return e - 1;
}

/* A minifloat of m mantissa bits with smallest normal exponent e_min, saturating. */
static double to_float(double v, int m, int e_min, double max) {
  double a = fabs(v);
  if (a == 0) return v;
  int e = exponent(a) > e_min ? exponent(a) : e_min;
  a = to_multiple(a, ldexp(1, e - m));
  return copysign(a < max ? a : max, v);
}

static double to_e4m3(double v) { return to_float(v, 3, -6, 448); }

static double to_element(const reproduce_sim *sim, double v) {
  if (sim->bits == 0) return to_float(v, 1, 0, 6);
  double max = ldexp(1, sim->bits - 1) - 1, q = rint(v);
  return q > max ? max : q < -max ? -max : q;
}

static double amax_of(size_t n, const float *x) {
  double amax = 0;
  for (size_t i = 0; i < n; i++) amax = fmax(amax, fabs((double)x[i]));
  return amax;
}

/* MX9, MX6, MX4: an exponent per 16, one bit less of it for pairs that are small, m bits of magnitude. */
static void shared_block(const reproduce_sim *sim, size_t n, const float *x, float *y) {
  double amax = amax_of(n, x);
  for (size_t i = 0; i < n; i += 2) {
    size_t w = n - i < 2 ? n - i : 2;
    double pair = amax_of(w, x + i), most = ldexp(1, sim->mantissa) - 1;
    if (amax == 0) {
      memset(y + i, 0, w * sizeof *y);
      continue;
    }
    int e = exponent(amax), lower = pair == 0 || exponent(pair) < e;
    double step = ldexp(1, e - lower - (sim->mantissa - 1));
    for (size_t j = i; j < i + w; j++) {
      double q = fmin(rint(fabs((double)x[j]) / step), most);
      y[j] = (float)copysign(q * step, (double)x[j]);
    }
  }
}

static double scale_of(const reproduce_sim *sim, double amax, double g) {
  double max = sim->bits == 0 ? 6 : ldexp(1, sim->bits - 1) - 1, s = amax / max;
  if (sim->scale == SIM_E4M3_TENSOR) return to_e4m3(s / g) * g;
  if (sim->scale == SIM_E4M3_BARE) return to_e4m3(s);
  if (sim->scale == SIM_EXACT || s == 0) return s;
  return ldexp(1, exponent(s) + (s > ldexp(1, exponent(s))));
}

void sim_round_trip(const reproduce_sim *sim, size_t n, const float *x, float *y) {
  double max = sim->bits == 0 ? 6 : ldexp(1, sim->bits - 1) - 1;
  double g = sim->scale == SIM_E4M3_TENSOR ? amax_of(n, x) / (max * 448) : 1;
  for (size_t i = 0; i < n; i += sim->block) {
    size_t w = n - i < sim->block ? n - i : sim->block;
    if (sim->scale == SIM_SHARED) {
      shared_block(sim, w, x + i, y + i);
      continue;
    }
    double s = scale_of(sim, amax_of(w, x + i), g);
    for (size_t j = i; j < i + w; j++) y[j] = s > 0 ? (float)(to_element(sim, (double)x[j] / s) * s) : 0;
  }
}

/* --- lowp's own --------------------------------------------------------------------------------------------------- */

static void stop(lowp_status status) {
  if (status != LOWP_OK) exit(tool_fail(TOOL_INTERNAL, "--reproduce: %s", lowp_status_text(status)));
}

bool reproduce_round_trip(int format, size_t rows, size_t cols, const float *x, float *y) {
  const reproduce_format *f = &reproduce_formats[format];
  if (f->scheme == LOWP_SCHEME_NONE) {
    sim_round_trip(&f->sim, rows * cols, x, y);
    return false;
  }
  lowp_quant_opts opts;
  lowp_quant_opts_init(&opts, f->scheme);
  opts.scale_rule = f->rule;
  if (f->tensor_scale > 0) {
    opts.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
    opts.tensor_scale = f->tensor_scale;
  }
  if (f->scale_max > 0) opts.nvfp4_scale_max = f->scale_max;
  lowp_view in = lowp_view_of(LOWP_F32, rows, cols, x), out = lowp_view_of(LOWP_F32, rows, cols, y);
  lowp_qtensor *q;
  stop(lowp_qtensor_create(&q, f->scheme, rows, cols));
  stop(lowp_quantize(&opts, &in, q, NULL));
  stop(lowp_dequantize(q, &out, NULL));
  lowp_qtensor_destroy(q);
  return true;
}

double reproduce_nmse(int format, size_t rows, size_t cols, const float *x) {
  float *y = tool_alloc(rows * cols, sizeof *y);
  reproduce_round_trip(format, rows, cols, x, y);
  lowp_error_stats stats;
  lowp_error_stats_init(&stats);
  lowp_view in = lowp_view_of(LOWP_F32, rows, cols, x), out = lowp_view_of(LOWP_F32, rows, cols, y);
  stop(lowp_error_stats_rows(&stats, &in, &out, 0, rows));
  free(y);
  return lowp_error_nmse(&stats);
}
