/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/theory.h>

#include <math.h>
#include <stdbool.h>

#define SQRT_HALF 0.70710678118654752440
#define SQRT_2_OVER_PI 0.79788456080286535588

lowp_theory_format lowp_theory_int(int bits) {
  return (lowp_theory_format){.integer = 1, .bits = bits, .max = ldexp(1, bits - 1) - 1, .step = 1};
}

lowp_status lowp_theory_format_of(lowp_element element, lowp_theory_format *format) {
  const lowp_element_info *info = lowp_element_info_of(element);
  if (info == NULL || format == NULL) return LOWP_E_ARGUMENT;
  if (info->row.kind == LOWP_KIND_FIXED) {
    *format = lowp_theory_int(info->row.bits);
    return LOWP_OK;
  }
  lowp_minifloat f = info->row.minifloat;
  if (info->row.kind != LOWP_KIND_MINIFLOAT || !f.s) return LOWP_E_UNSUPPORTED;
  *format = (lowp_theory_format){.bits = info->row.bits,
                                 .mantissa = f.m,
                                 .bias = f.bias,
                                 .max = (double)info->max,
                                 .step = ldexp(1, 1 - f.bias - f.m)};
  return LOWP_OK;
}

/* The smallest normal in units of sigma, for a block whose maximum kappa sigma lies on max / rho. */
static double normals_from(const lowp_theory_format *f, double kappa, double rho) {
  return ldexp(1, 1 - f->bias) * rho * kappa / f->max;
}

double lowp_theory_subnormal_share(const lowp_theory_format *f, double kappa, double rho) {
  return f->integer ? 0 : erf(normals_from(f, kappa, rho) * SQRT_HALF);
}

double lowp_theory_normal_energy(const lowp_theory_format *f, double kappa, double rho) {
  if (f->integer) return 1;
  double t = normals_from(f, kappa, rho);
  return 1 - (erf(t * SQRT_HALF) - t * SQRT_2_OVER_PI * exp(-0.5 * t * t));
}

/* Mean squared error of a normal code in units of its value's square. */
static double relative_error(int mantissa) { return ldexp(1.0 / 24, -2 * mantissa); }

double lowp_theory_fp_ceiling_db(int mantissa) { return -10 * log10(relative_error(mantissa)); }

double lowp_theory_qsnr_db(const lowp_theory_format *f, lowp_theory_scale scale, double kappa, double rho, double g) {
  bool fine = scale == LOWP_THEORY_E4M3;
  if (fine) rho = 1;
  if (!(kappa > 0) || !(rho >= 1) || (fine && !(g > 1))) return NAN;
  if (f->integer) {
    double step = 2 * rho * kappa / ldexp(1, f->bits); /* in units of sigma */
    double nmse = step * step / 12;
    return -10 * log10(fine ? nmse * (g - 1) / g : nmse);
  }
  double w = lowp_theory_normal_energy(f, kappa, rho), p = lowp_theory_subnormal_share(f, kappa, rho);
  if (fine) w -= kappa * kappa / g;
  double step = f->step * rho * kappa / f->max, nmse = relative_error(f->mantissa) * w + step * step / 12 * p;
  return nmse > 0 ? -10 * log10(nmse) : NAN;
}

int lowp_theory_crossing(const lowp_theory_format *a, const lowp_theory_format *b, lowp_theory_scale scale, double rho,
                         double g, double *kappa) {
  enum { STEPS = 6300 };
  double lo = 1, hi = 1;
  for (int i = 0; i <= STEPS; i++) {
    hi = 1 + i * 0.01;
    double d = lowp_theory_qsnr_db(a, scale, hi, rho, g) - lowp_theory_qsnr_db(b, scale, hi, rho, g);
    if (isnan(d)) return 0;
    if (d < 0) break;
    if (i == STEPS) return 0;
    lo = hi;
  }
  if (lo == hi) return 0; /* b leads from the start */
  while (hi - lo > 1e-9) {
    double mid = lo + (hi - lo) / 2;
    double d = lowp_theory_qsnr_db(a, scale, mid, rho, g) - lowp_theory_qsnr_db(b, scale, mid, rho, g);
    if (d < 0)
      hi = mid;
    else
      lo = mid;
  }
  *kappa = lo + (hi - lo) / 2;
  return 1;
}

double lowp_theory_sr_bias_ulp(int r, int d) { return d > r ? -(ldexp(1, -r) - ldexp(1, -d)) / 2 : 0; }

lowp_status lowp_theory_rounding_moments(lowp_round round, double *bias, double *rms) {
  if (bias == NULL || rms == NULL) return LOWP_E_ARGUMENT;
  switch (round) {
  case LOWP_ROUND_RNE:
  case LOWP_ROUND_HALF_AWAY:
  case LOWP_ROUND_HALF_ZERO:
    *bias = 0;
    *rms = sqrt(1.0 / 12);
    return LOWP_OK;
  case LOWP_ROUND_RTZ:
  case LOWP_ROUND_UP:
    *bias = round == LOWP_ROUND_UP ? 0.5 : -0.5;
    *rms = sqrt(1.0 / 3);
    return LOWP_OK;
  case LOWP_ROUND_STOCHASTIC:
    *bias = 0;
    *rms = sqrt(1.0 / 6);
    return LOWP_OK;
  default:
    return LOWP_E_ARGUMENT;
  }
}

double lowp_theory_outlier_flushed(const lowp_theory_format *f, double k, double rho) {
  return erf(k * rho * f->step / (2 * f->max) * SQRT_HALF);
}

double lowp_theory_outlier_error(const lowp_theory_format *f, double k, double rho) {
  double step = k * rho * f->step / f->max;
  return step * step / 12;
}

double lowp_theory_outlier_ceiling(double nmse0) { return 1 / nmse0; }

double lowp_theory_output_nmse(double weights, double activations) {
  return weights + activations + weights * activations;
}
