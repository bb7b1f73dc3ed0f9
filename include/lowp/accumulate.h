/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file accumulate.h  Models of accumulators: what the adders of a matrix unit do to a sum of exact products.
 *
 * Products of low-precision elements are exact; a matrix unit loses accuracy where it adds them. How depends on the
 * chip, and is mostly undocumented. A lowp_accum describes one such unit, accumulate.def has those that were
 * published, and the functions here apply it to a dot product, a whole multiplication, or a sweep over lengths,
 * beside the exact result.
 *
 * SEQUENTIAL  acc = R(acc + p) for each product, a fused multiply-add; with swap_pairs in the order 1, 0, 3, 2, ...
 * CHAINS      for each chunk: product i goes to chain i mod ways, s = R(s + p) from +0; sum = chain 0 + chain 1 + ...,
 *             each addition rounded by R; then acc = R(acc + sum). chunk = ways = 1 is a rounded product, then added
 * FUSED       for each chunk: every product becomes an integer times 2^(emax - F), the bits below being cut by `round`.
 *             emax is the largest exponent in the chunk, F = fraction_bits + extra_bits. The integers are added
 *             exactly. With acc_in_chunk the accumulator is one of the terms, and R rounds the total into it; else
 *             acc = R(acc + R(sum))
 *
 * R rounds to the format of the accumulator: acc_fraction bits behind the leading one, acc_exponent bits of exponent,
 * by acc_round. The exponent of a product is the sum of those of its factors, so its significand lies in [1, 4);
 * subnormal factors count with the smallest normal exponent of their element. With `normalize` it is floor(log2 |p|).
 *
 * With `group`, FUSED has two levels: products of a group of that many are aligned among themselves with group_bits
 * fraction bits and added; the sums, multiplied with the scales of their block, are then the terms of the chunk. The
 * exponent of a sum is that of the scales where operands have scales, and else that of the largest product in the
 * group.
 *
 * With `promote`, acc is added to an f32 register (RNE) after that many products, and starts again from 0: the FP8
 * recipe of DeepSeek-V3. With `flush`, factors below 2^-126 count as zeros of their sign and so do results below the
 * smallest normal number. The result is converted to `out`, RNE.
 *
 * All arithmetic is on integers: results are the same bits on every machine. A zero is +0 whatever its terms. NaN in,
 * or Inf times 0, or Inf of both signs, gives NaN; else Inf gives Inf. Overflow of R gives Inf for NEAREST_EVEN and,
 * of negative sums, DOWN, and the largest finite number otherwise.
 *
 * Thread safety: no function here has hidden state.
 *
 * Sources: arXiv 2512.07004 (Khattak, Mikaitis), arXiv 2511.10909 (Xie et al.), arXiv 2412.19437 (DeepSeek-V3,
 * section 3.3.2), PeerJ CS 7:e330 (Fasi et al.), and the instruction manuals named in accumulate.def.
 */
#ifndef LOWP_ACCUMULATE_H
#define LOWP_ACCUMULATE_H

#include <lowp/quant.h>

LOWP_BEGIN_DECLS

typedef enum lowp_accum_kind { LOWP_ACCUM_SEQUENTIAL = 0, LOWP_ACCUM_CHAINS, LOWP_ACCUM_FUSED } lowp_accum_kind;

/** How bits are cut. */
typedef enum lowp_accum_round {
  LOWP_ACCUM_NEAREST_EVEN = 0,
  LOWP_ACCUM_TRUNCATE, /**< toward zero */
  LOWP_ACCUM_DOWN,     /**< toward -Inf: what dropping bits of two's complement does */
  LOWP_ACCUM_TO_ODD    /**< toward zero, and the last bit is set if anything was cut */
} lowp_accum_round;

/** An accumulator. Fill it with lowp_accum_init or lowp_accum_from_name, then change what you need. */
typedef struct lowp_accum {
  size_t struct_size;
  lowp_accum_kind kind;
  lowp_accum_round round;     /**< FUSED: of products and groups that are aligned */
  lowp_accum_round acc_round; /**< R */
  uint32_t fraction_bits;     /**< FUSED: F without extra_bits; F is 1..60 */
  uint32_t extra_bits;        /**< FUSED: alignment bits beyond those of the result; added to fraction_bits */
  uint32_t chunk;             /**< FUSED, CHAINS: products of a chunk; 0: all of them */
  uint32_t ways;              /**< CHAINS: 1..chunk */
  uint32_t group;             /**< FUSED: products of a group, divides chunk; 0: one level */
  uint32_t group_bits;        /**< FUSED: fraction bits in a group, 1..60 */
  uint32_t promote;           /**< products between promotions, a multiple of chunk; 0: none */
  uint32_t
      acc_fraction; /**< of the accumulator: 23 for f32, 10 for fp16, 13 for the FP8 path of Ada and Hopper; 1..52 */
  uint32_t acc_exponent; /**< 8 (f32), or 5 (fp16); 2..8 */
  uint8_t acc_in_chunk;  /**< FUSED: acc is aligned with the products */
  uint8_t normalize;     /**< FUSED: alignment by the exponent of the product itself */
  uint8_t swap_pairs;    /**< SEQUENTIAL */
  uint8_t flush;
  lowp_element out; /**< LOWP_F32, LOWP_BF16 or LOWP_FP16 */
} lowp_accum;

/** A chain of f32 FMAs, k ascending, RNE: what REPRODUCIBLE of gemm.h does for operands that are not integers. */
LOWP_API void lowp_accum_init(lowp_accum *accum);

/** LOWP_OK, or LOWP_E_ARGUMENT, LOWP_E_RANGE with a text that names the field. */
LOWP_API LOWP_CHECKED lowp_status lowp_accum_check(const lowp_accum *accum, lowp_error *error);

/** A line of accumulate.def. Read only, static storage. */
typedef struct lowp_accum_info {
  size_t struct_size;
  const char *name;   /**< lower case: "hopper-fp8" */
  const char *text;   /**< one line */
  const char *source; /**< where it was published */
  lowp_accum accum;
} lowp_accum_info;

/** Line `index` of accumulate.def, or NULL behind the last. */
LOWP_API const lowp_accum_info *lowp_accum_info_of(size_t index);

/** The accumulator with this name (any case); LOWP_E_ARGUMENT, *accum untouched, if there is none. */
LOWP_API LOWP_CHECKED lowp_status lowp_accum_from_name(const char *name, lowp_accum *accum);

/**
 * *y = the dot product of x and w under the model. Values are taken as f32, so that only f32 subnormals have a
 * clamped exponent. LOWP_E_ARGUMENT, LOWP_E_RANGE as lowp_accum_check; *y is then untouched. Some tens of
 * nanoseconds for a product.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_accum_dot(const lowp_accum *accum, size_t n, const float *x, const float *w,
                                                 float *y);

/**
 * The same of codes, one in lowp_element_size() bytes each, of any elements but F64. Subnormal codes are aligned with
 * the smallest normal exponent of their element, as matrix units do. HiF8 and integers have no subnormals.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_accum_dot_codes(const lowp_accum *accum, size_t n, lowp_element ex,
                                                       const void *x, lowp_element ew, const void *w, float *y);

/**
 * *y = the exact dot product, rounded once to f64 (RNE): sums of products of f32 in fixed point over their whole
 * range. NaN and Inf as above. LOWP_E_ARGUMENT for NULL with n > 0.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_exact_dot(size_t n, const float *x, const float *w, double *y);

/**
 * What a model does to many dot products. Each error y - exact is computed exactly and rounded once to f64; results
 * that are not finite are counted and left out. Zeroed by lowp_accum_stats_init.
 */
typedef struct lowp_accum_stats {
  size_t struct_size;
  uint64_t count;     /**< dot products */
  uint64_t nonfinite; /**< the exact value or the model's is not finite */
  uint64_t below;     /**< the result is smaller in magnitude than the exact value */
  uint64_t above;     /**< larger in magnitude, or of the other sign */
  double sum_yy;      /**< exact^2 */
  double sum_ee;      /**< (y - exact)^2 */
  double sum_rel;     /**< (y - exact) / exact, over exact != 0: signed */
  double sum_abs_rel; /**< |y - exact| / |exact| */
  double max_rel;     /**< the largest of those */
  uint64_t rel_count; /**< exact != 0 */
} lowp_accum_stats;

LOWP_API void lowp_accum_stats_init(lowp_accum_stats *stats);
/** Adds `from`, which covers what follows `into`. */
LOWP_API void lowp_accum_stats_merge(lowp_accum_stats *into, const lowp_accum_stats *from);
/** sum_ee / sum_yy; 0 without error, +Inf with error but no signal. NRMSE is its square root. */
LOWP_API double lowp_accum_nmse(const lowp_accum_stats *stats);
/** Mean signed relative error: negative where sums come out too small in magnitude. 0 without any. */
LOWP_API double lowp_accum_bias(const lowp_accum_stats *stats);
/**
 * Mean of |y - exact| / |exact|. 0 without any. Large on zero-mean data, where exact may be near zero: use NMSE
 * there.
 */
LOWP_API double lowp_accum_mean_rel(const lowp_accum_stats *stats);

/** One side of a multiplication: exactly one of the two is given. */
typedef struct lowp_accum_operand {
  size_t struct_size;
  const lowp_view *view; /**< [rows, k] of F32, BF16, FP16, or of element codes */
  const lowp_qtensor *q; /**< [rows, k] of any scheme */
} lowp_accum_operand;

LOWP_API lowp_accum_operand lowp_accum_of_view(const lowp_view *view);
LOWP_API lowp_accum_operand lowp_accum_of_qtensor(const lowp_qtensor *q);

/**
 * y = x w^T under a model: x [m, k], w [n, k] of any schemes. Rows row0..row1-1 of x.
 *
 * Elements and their block scales go through the model: MX, NVFP4 and HiF4 as elements with a scale for each block,
 * whose significands are multiplied exactly and whose exponents are added; FP16 and F32 scales for groups of columns
 * or 128 x 128 as dequantized values. A scale of a row and a tensor scale are applied afterwards, as in gemm.h: y =
 * f32(f32(S * outer_x) * outer_w). The exact value is that of S, so that stats tell of the accumulator alone.
 *
 * y: [row1 - row0, n] of F32, BF16 or FP16, or NULL. stats: added to, or NULL. A sum depends on its order: stats of
 * one row at a time, merged in ascending order, are the bits of one call for all rows.
 *
 * Errors: ARGUMENT, RANGE (the model, or rows outside), SHAPE, NOMEM; y and *stats are then untouched, but for NOMEM,
 * which leaves y unspecified. Takes about 16 k bytes of scratch. Thread safe for disjoint rows.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_accum_gemm_rows(const lowp_accum *accum, const lowp_accum_operand *x,
                                                       const lowp_accum_operand *w, size_t row0, size_t row1,
                                                       const lowp_view *y, lowp_accum_stats *stats, lowp_error *error);

/** Data of a sweep. */
typedef enum lowp_accum_data {
  LOWP_ACCUM_UNIFORM = 0, /**< uniform on [0, 1): all positive, where errors add up and grow with k */
  LOWP_ACCUM_NORMAL       /**< normal, variance 1: zero mean, where they hide */
} lowp_accum_data;

/** What lowp_accum_sweep runs. Fill it with lowp_accum_sweep_init. */
typedef struct lowp_accum_sweep_opts {
  size_t struct_size;
  lowp_element ex, ew; /**< values are rounded to these by their default rules; LOWP_F32: not rounded */
  lowp_accum_data data;
  uint32_t seed; /**< x is stream `seed`, w stream `seed + 1` */
  size_t trials; /**< dot products for each length */
} lowp_accum_sweep_opts;

/** E4M3 on both sides, uniform, 256 trials, seed 1. */
LOWP_API void lowp_accum_sweep_init(lowp_accum_sweep_opts *opts);

/**
 * stats[i] = the model on opts->trials dot products of length ks[i], for growth with K. Each entry is zeroed first
 * and depends on its own length alone. Trial t of length k uses numbers t k .. t k + k - 1 of both streams. The same
 * bits on every machine for UNIFORM; for NORMAL where lowp_random_portable() is nonzero. LOWP_E_ARGUMENT,
 * LOWP_E_RANGE, LOWP_E_SHAPE (k = 0 or too large), LOWP_E_NOMEM.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_accum_sweep(const lowp_accum *accum, const lowp_accum_sweep_opts *opts,
                                                   size_t count, const size_t *ks, lowp_accum_stats *stats);

LOWP_END_DECLS
#endif
