/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file rounding.h  How an element or a scheme rounds, measured: bias and spread in ulp, ties, saturation, random bits,
 * and what becomes of codes when a conversion takes a detour.
 *
 * Errors are in *ulp*: units of the distance between the two codes around a value, zero being a code. Positive is away
 * from zero. An ulp is a length on the number line of the element, so a scheme's errors are divided by scale and step.
 * Closed forms to compare with are lowp_theory_rounding_moments and lowp_theory_sr_bias_ulp of theory.h.
 *
 * Sums are f64 in the order of the elements; the digits depend on nothing else. Thread safety: no hidden state.
 */
#ifndef LOWP_ROUNDING_H
#define LOWP_ROUNDING_H

#include <lowp/tensor.h>

LOWP_BEGIN_DECLS

/** What roundings did. Zeroed by lowp_rounding_stats_init; may be copied. */
typedef struct lowp_rounding_stats {
  size_t struct_size;
  uint64_t count;     /**< finite values fed */
  uint64_t nonfinite; /**< NaN or Inf in the input or its scale: in nothing else */
  uint64_t saturated; /**< beyond the largest code (or, without a zero, below the smallest): not in the sums */
  uint64_t exact;     /**< were codes already */
  uint64_t ties;      /**< exactly half way between two codes */
  uint64_t flushed;   /**< not zero, but became zero */
  uint64_t wrong_side; /**< became neither of the two codes around the value: inexact arithmetic on the way */
  double sum_ulp, sum_ulp2;  /**< over count - saturated values */
  double sum_signed;         /**< the same with the sign of the error itself: positive is up */
  double max_ulp;            /**< largest |error| */
  double reach;              /**< largest |value| / scale as a multiple of the largest code: above 1 the scale was too
                                  small, by rounding or by rule */
  /** schemes: the parts of blocks that lie in one row, and those with saturated values */
  uint64_t runs, runs_saturated;
} lowp_rounding_stats;

LOWP_API void lowp_rounding_stats_init(lowp_rounding_stats *stats);
LOWP_API void lowp_rounding_stats_merge(lowp_rounding_stats *into, const lowp_rounding_stats *from);

/** Mean error, root mean square error in ulp, and the share of ties among all values fed; 0 without any. */
LOWP_API double lowp_rounding_bias_ulp(const lowp_rounding_stats *stats);
LOWP_API double lowp_rounding_rms_ulp(const lowp_rounding_stats *stats);
LOWP_API double lowp_rounding_tie_share(const lowp_rounding_stats *stats);

/**
 * Encodes n values in an element under `rules` (NULL: its defaults) and adds what that did. Random words: those of
 * lowp_element_encode_n with this seed and counter. Overflow to Inf counts as saturated.
 * LOWP_E_ARGUMENT (unknown id, NULL with n > 0, rules outside their enums), LOWP_E_UNSUPPORTED (F32, F64),
 * LOWP_E_NOMEM; *stats is then unchanged. About 30 ns for each value.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measure_rounding(lowp_element id, const lowp_encode_rules *rules, uint32_t seed,
                                                        uint64_t counter, size_t n, const float *x,
                                                        lowp_rounding_stats *stats);

/**
 * The same for rows row0..row1-1 of x and its quantized form: x / scale against the codes that are there, whatever
 * arithmetic led to them. Ties are found exactly, except with float offsets. `reach` and the runs tell how often, and
 * by how much at most, the rounding of scales left amax / scale above the largest element. LOWP_E_SHAPE, LOWP_E_RANGE,
 * LOWP_E_ARGUMENT, LOWP_E_NOMEM; *stats is then unchanged.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measure_rounding_qtensor(const lowp_view *x, const lowp_qtensor *q, size_t row0,
                                                                size_t row1, lowp_rounding_stats *stats);

/**
 * Stochastic rounding with r random bits of values with d bits below the ulp, exhaustively: all 2^d fractions of one
 * interval between codes, each with all 2^r random words. *bias and *rms in ulp. The closed form of the bias is
 * -(2^-r - 2^-d) / 2 for d > r, else 0.
 * LOWP_E_RANGE: r outside 1..24, d outside 1..24, r + d > 30, or d so large that f32 cannot hold the values.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measure_stochastic(lowp_element id, int r, int d, double *bias, double *rms);

/** Codes by two ways. Zeroed by lowp_detour_stats_init. */
typedef struct lowp_detour_stats {
  size_t struct_size;
  uint64_t count;   /**< finite values */
  uint64_t changed; /**< codes that differ */
  uint64_t on_tie;  /**< of those that differ: the value was exactly half way between two codes */
  double sum_xx;
  double ee_direct, ee_detour; /**< squared errors of the two, where both are finite */
} lowp_detour_stats;

LOWP_API void lowp_detour_stats_init(lowp_detour_stats *stats);

/**
 * Double rounding: x to the element at once, and x to `through` (BF16, FP16: RNE) and from there to the element. Adds
 * to *stats. Errors as lowp_measure_rounding; stochastic rounding is LOWP_E_UNSUPPORTED.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measure_double_rounding(lowp_element id, const lowp_encode_rules *rules,
                                                               lowp_element through, size_t n, const float *x,
                                                               lowp_detour_stats *stats);

/**
 * Reciprocals: the codes of f32(x / s) and of f32(x * f32(1 / s)). s finite and not 0 (LOWP_E_RANGE). Sums are in units
 * of the element: of x / s in f64.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measure_reciprocal(lowp_element id, const lowp_encode_rules *rules, float s,
                                                          size_t n, const float *x, lowp_detour_stats *stats);

/**
 * The same for every finite BF16 x with every positive finite value of a scale element of up to 8 bits (E4M3FN: 126),
 * in ascending order: 65,280 values with each. Values beyond the largest element saturate either way and are not
 * counted, nor are those below half of the smallest.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measure_reciprocal_all(lowp_element id, const lowp_encode_rules *rules,
                                                              lowp_element scale, lowp_detour_stats *stats);

LOWP_END_DECLS
#endif
