/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file theory.h  Closed forms: what a format is expected to cost, from its crest factor alone.
 *
 * kappa = max |x| / RMS of a scaling block. rho = (scale as stored) / (scale that maps the block's maximum to the
 * largest element exactly): for a power of two chosen by the ceil rule it lies in [1, 2), 1.5 being the usual stand-in
 * for its distribution; 1 where the scale is not rounded.
 *
 * Integers of b bits (arXiv 2510.25602): the error is uniform in a step of 2 rho max / 2^b, hence
 *   QSNR = 10 log10(3) + 20 log10(2) b - 20 log10(rho) - 20 log10(kappa)
 * Floating point of M mantissa bits: above the subnormals the error grows with the value, below it is uniform, hence
 *   QSNR = -10 log10(a w + B (rho kappa)^2 p),  a = 1 / (24 * 4^M),  B = 4^(1 - bias - M) / (12 max^2)
 * where w is the share of energy in values that become normal codes and p the share of values that do not; for a normal
 * law, with t = 2^(1 - bias) rho kappa / max,
 *   p = erf(t / sqrt 2),  w = 1 - (erf(t / sqrt 2) - t sqrt(2 / pi) exp(-t^2 / 2)).
 * E4M3 scales in blocks of g: rho = 1 (E4M3 is fine enough), and the block's maximum is taken for exact: INT gains
 * 10 log10(g / (g - 1)), FP loses kappa^2 / g of w. The paper's published values use 4.78 for 10 log10(3) = 4.771.
 *
 * These are models: the error of a normal is taken for uniform whatever the density, scale rounding is one number, and
 * clipping does not occur. They agree with measurement to about 0.4 dB on Gaussian data (docs/error-analysis.md).
 *
 * All functions are pure. Digits follow the C library's log10, erf and exp. Thread safety: no state.
 */
#ifndef LOWP_THEORY_H
#define LOWP_THEORY_H

#include <lowp/element.h>

LOWP_BEGIN_DECLS

/** What the formulas need to know of an element. Filled by lowp_theory_format_of or lowp_theory_int. */
typedef struct lowp_theory_format {
  int integer;  /**< nonzero: b bits, two's complement; else M mantissa bits, bias, max */
  int bits;     /**< b */
  int mantissa; /**< M */
  int bias;
  double max;   /**< largest finite value */
  double step;  /**< the smallest positive value: 1 for integers, 2^(1 - bias - M) */
} lowp_theory_format;

/** How the scale of a block is stored. */
typedef enum lowp_theory_scale {
  LOWP_THEORY_E8M0 = 0, /**< a power of two: rho counts, g does not */
  LOWP_THEORY_E4M3      /**< E4M3, or any scale of some precision: g counts, rho is taken for 1 */
} lowp_theory_scale;

/** Signed minifloats and fixed point; LOWP_E_UNSUPPORTED for others (HiF8, unsigned scales, native types). */
LOWP_API LOWP_CHECKED lowp_status lowp_theory_format_of(lowp_element element, lowp_theory_format *format);

/** An integer of `bits` bits, for those that are no element of lowp (MXINT6): max = 2^(bits - 1) - 1. */
LOWP_API lowp_theory_format lowp_theory_int(int bits);

/** Share of a normal law's values that become subnormal codes (p); 0 for integers. */
LOWP_API double lowp_theory_subnormal_share(const lowp_theory_format *format, double kappa, double rho);

/** Share of a normal law's energy in values that become normal codes (w); 1 for integers. */
LOWP_API double lowp_theory_normal_energy(const lowp_theory_format *format, double kappa, double rho);

/**
 * Expected QSNR in dB of normally distributed blocks of crest factor kappa > 0. g: elements that share a scale, > 1
 * (E4M3 alone). NaN where an argument is out of range.
 */
LOWP_API double lowp_theory_qsnr_db(const lowp_theory_format *format, lowp_theory_scale scale, double kappa, double rho,
                                    double g);

/**
 * The crest factor below which `a` has the higher QSNR and above which `b` has, in (1, 64): the first change of sign of
 * a - b, to 1e-9. Returns 0 and leaves *kappa alone if there is none. rho, g as above.
 */
LOWP_API int lowp_theory_crossing(const lowp_theory_format *a, const lowp_theory_format *b, lowp_theory_scale scale,
                                  double rho, double g, double *kappa);

/**
 * Limit of QSNR at fine steps, -10 log10 a = 13.80 + 6.02 M dB, which no floating-point format exceeds in this model.
 */
LOWP_API double lowp_theory_fp_ceiling_db(int mantissa);

/**
 * Bias in ulp of stochastic rounding with r random bits when d bits are discarded and the comparison truncates:
 * -(2^-r - 2^-d) / 2 for d > r, else 0. Negative is toward zero.
 */
LOWP_API double lowp_theory_sr_bias_ulp(int r, int d);

/**
 * Mean and root mean square, in ulp, of the rounding error of values that are uniform between two codes, positive being
 * away from zero: RNE and both half rules 0 and 12^-1/2; toward zero -1/2 and 3^-1/2; stochastic 0 and 6^-1/2. UP is
 * that of positive values: +1/2, 3^-1/2. LOWP_E_ARGUMENT for an unknown mode.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_theory_rounding_moments(lowp_round round, double *bias, double *rms);

/**
 * A block with body N(0, 1), one outlier of k sigma, and a scale that maps it to the largest element times rho: the
 * share of the body that is flushed to zero, erf(k rho step / (2 max) / sqrt 2). E2M1: erf(k / (24 sqrt 2)) at rho = 1.
 */
LOWP_API double lowp_theory_outlier_flushed(const lowp_theory_format *format, double k, double rho);

/** The same for the mean squared error of the body: step^2 / 12 with step = k rho / max; integers, step below sigma. */
LOWP_API double lowp_theory_outlier_error(const lowp_theory_format *format, double k, double rho);

/**
 * Upper limit of the amplification A: all of the body is flushed, so that its error is its energy, against nmse0
 * without the outlier: 1 / nmse0.
 */
LOWP_API double lowp_theory_outlier_ceiling(double nmse0);

/** Output NMSE of a product whose factors have independent errors: e_w + e_a + e_w e_a. */
LOWP_API double lowp_theory_output_nmse(double weights, double activations);

LOWP_END_DECLS
#endif
