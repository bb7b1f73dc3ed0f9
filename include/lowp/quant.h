/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file quant.h  Quantize and dequantize tensors. Every result is the same bits on every CPU, thread count and compiler.
 *
 * The rules of a quantization are explicit: lowp_quant_opts names the element rounding, the scale rule, what becomes of
 * NaN and Inf, the integer range. lowp_quant_opts_init() gives the documented defaults; lowp_quant_opts_compat() gives
 * those that reproduce a named implementation bit for bit, its order of f32 operations included.
 *
 * Thread safety: no function here has hidden state. Rows may be quantized from several threads after one _begin.
 */
#ifndef LOWP_QUANT_H
#define LOWP_QUANT_H

#include <lowp/tensor.h>

LOWP_BEGIN_DECLS

/**
 * How a block scale is chosen from amax = max |x| of the block.
 * MX (emax: exponent of the element's largest value; max: that value):
 *   FLOOR 2^(floor(log2 amax) - emax)   CEIL 2^(ceil(log2 amax) - emax)   RCEIL 2^ceil(log2(amax / max))
 *   EVEN  amax rounded to the element's mantissa width (add 2^(22 - m) to its bits), then FLOOR
 * NVFP4, HiF4, SCALED: AMAX, the formula of the scheme (docs/formats.md).
 * Search rules take the candidate of least error in f64, the first of equals:
 *   MSE           MX: floor exponent -1, 0, +1, +2; NVFP4: all 126 E4M3 scales; HiF4: all E6M2 neighbours within three
 *                 steps, the 1-bit exponents of each by its own thresholds; SCALED: the AMAX scale times 1 - i/128, i = 0..64
 *   FOUR_OVER_SIX NVFP4 only (arXiv 2512.02010): block maximum on 6, or on 4 if that has strictly less error
 */
typedef enum lowp_scale_rule {
  LOWP_SCALE_DEFAULT = 0, /**< FLOOR for MX (OCP MX 1.0 section 6.3), AMAX for the others */
  LOWP_SCALE_FLOOR,
  LOWP_SCALE_CEIL,
  LOWP_SCALE_RCEIL,
  LOWP_SCALE_EVEN,
  LOWP_SCALE_AMAX,
  LOWP_SCALE_MSE,
  LOWP_SCALE_FOUR_OVER_SIX
} lowp_scale_rule;

/** Error that FOUR_OVER_SIX minimises. MSE rule searches always use the sum of squares. */
typedef enum lowp_search_metric { LOWP_METRIC_MSE = 0, LOWP_METRIC_MAE, LOWP_METRIC_MAX } lowp_search_metric;

/** What becomes of NaN and Inf in the input. */
typedef enum lowp_nan_policy {
  /**
   * The block's scale becomes NaN, its codes 0. Where neither a block scale nor a lone row is at stake (FP8 and HiF8
   * with F32 scales) amax is taken over the finite values and only the element becomes NaN (Inf where it has one).
   * Integers with F32 scales: the scale of that row, or of the tensor, becomes NaN.
   */
  LOWP_NONFINITE_PROPAGATE = 0,
  LOWP_NONFINITE_ERROR, /**< LOWP_E_NONFINITE, naming the first element; the planes' contents are then unspecified */
  LOWP_NONFINITE_ZERO   /**< read as 0 */
} lowp_nan_policy;

/** Largest code that amax maps to in symmetric INT8: q in -127..127 (127), or q = clamp(x / (amax / 127.5), -128, 127). */
typedef enum lowp_int_range { LOWP_INT_RANGE_127 = 0, LOWP_INT_RANGE_127_5 } lowp_int_range;

/** Where the tensor scale of NVFP4, or the one scale of a per-tensor scheme, comes from. */
typedef enum lowp_tensor_scale_from {
  LOWP_TENSOR_SCALE_MEASURE = 0, /**< from amax of the tensor */
  LOWP_TENSOR_SCALE_AMAX,  /**< from opts.tensor_amax: fused layers (q/k/v, gate/up) share the largest of theirs */
  LOWP_TENSOR_SCALE_GIVEN  /**< opts.tensor_scale itself: static activation scales; 1 for NVFP4 without a tensor scale */
} lowp_tensor_scale_from;

/** Implementations whose bits can be reproduced. Which schemes each covers is tabulated in docs/formats.md. */
typedef enum lowp_compat {
  LOWP_COMPAT_LOWP = 0,          /**< lowp's own defaults */
  LOWP_COMPAT_OCP,               /**< OCP MX 1.0: floor, RNE */
  LOWP_COMPAT_TORCHAO,
  LOWP_COMPAT_MICROXCALING,      /**< Microsoft's emulator with round=even; exact log2 */
  LOWP_COMPAT_MODELOPT,          /**< NVIDIA Model-Optimizer, TensorRT-LLM export */
  LOWP_COMPAT_TRANSFORMER_ENGINE,
  LOWP_COMPAT_VLLM,
  LOWP_COMPAT_COMPRESSED_TENSORS,
  LOWP_COMPAT_GGML,
  LOWP_COMPAT_FOUROVERSIX,       /**< the reference of arXiv 2512.02010 */
  LOWP_COMPAT_AMCT,              /**< Huawei AMCT (HiF4) */
  LOWP_COMPAT_HIF4_AUTHORS,      /**< reference code of arXiv 2602.11287 */
  LOWP_COMPAT_CANN,              /**< PTO-ISA A6 / ops-nn: HiF4 all in bf16; INT8 dynamic quantization */
  LOWP_COMPAT_SMOOTHQUANT,
  LOWP_COMPAT_COUNT
} lowp_compat;

/** Lower-case name ("torchao", "transformer-engine"), or NULL; and the reverse, LOWP_E_ARGUMENT if unknown. */
LOWP_API const char *lowp_compat_name(lowp_compat compat);
LOWP_API LOWP_CHECKED lowp_status lowp_compat_from_name(const char *name, lowp_compat *compat);

/** The rules of a quantization. Fill it with lowp_quant_opts_init or lowp_quant_opts_compat, then change what you need. */
typedef struct lowp_quant_opts {
  size_t struct_size;
  lowp_compat compat;      /**< order of operations; the fields below still choose the rules */
  lowp_round round;        /**< of elements */
  lowp_scale_rule scale_rule;
  lowp_search_metric metric;
  lowp_nan_policy nan_policy;
  lowp_int_range int_range;
  lowp_tensor_scale_from tensor_scale_from;
  float tensor_amax;       /**< finite, >= 0; used with LOWP_TENSOR_SCALE_AMAX; with a zero point: the range -amax..amax */
  float tensor_scale;      /**< finite, > 0, decode multiplier; used with LOWP_TENSOR_SCALE_GIVEN */
  int32_t tensor_zero;     /**< zero point that goes with tensor_scale in LOWP_SCHEME_INT8_TENSOR_ZP */
  float nvfp4_scale_max;   /**< E4M3 value given to the largest block: 448, or 256 (Four Over Six) */
  float nvfp4_target;      /**< E2M1 value given to a block's amax: 6, or 4 */
  float hif8_target;       /**< HiF8 value given to amax; see docs/formats.md for the choice of default */
  uint32_t seed;           /**< stochastic rounding: key of lowp_philox; its counter is row * cols_padded + column */
  uint32_t sr_bits;        /**< 1..32 random bits */
} lowp_quant_opts;

/** The defaults for a scheme: documented per scheme in docs/formats.md. */
LOWP_API void lowp_quant_opts_init(lowp_quant_opts *opts, lowp_scheme scheme);

/** The rules of a named implementation for this scheme; LOWP_E_UNSUPPORTED, *opts untouched, where it has no such scheme. */
LOWP_API LOWP_CHECKED lowp_status lowp_quant_opts_compat(lowp_quant_opts *opts, lowp_scheme scheme, lowp_compat compat);

/** LOWP_OK if these options make sense for the scheme; otherwise a code and a text that names the field. */
LOWP_API LOWP_CHECKED lowp_status lowp_quant_opts_check(const lowp_quant_opts *opts, lowp_scheme scheme, lowp_error *error);

/**
 * Quantizes the matrix x into *q, whose scheme and sizes must agree with x (lowp_qtensor_bind or _create). opts NULL
 * means the defaults. Needs cols_padded * 4 bytes of scratch, allocated and freed inside (LOWP_E_NOMEM).
 * On failure the planes' contents are unspecified and the struct's scalars unchanged.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_quantize(const lowp_quant_opts *opts, const lowp_view *x, lowp_qtensor *q,
                                                lowp_error *error);

/**
 * The same in steps, for callers with threads of their own: _begin does what needs the whole tensor (tensor scale; all
 * scales of 2-D blocks and of per-tensor schemes), then _rows may be called for disjoint row ranges in any order, from
 * any thread. The bytes equal those of lowp_quantize.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_quantize_begin(const lowp_quant_opts *opts, const lowp_view *x, lowp_qtensor *q,
                                                      lowp_error *error);
LOWP_API LOWP_CHECKED lowp_status lowp_quantize_rows(const lowp_quant_opts *opts, const lowp_view *x, lowp_qtensor *q,
                                                     size_t row0, size_t row1, lowp_error *error);

/**
 * Codes of one column under scales that q already has: x[i] becomes the code of element (row0 + i, col), i < row1 - row0,
 * and y[i], unless y is NULL, what that code decodes to. The same bits as lowp_quantize gives where it arrives at these
 * scales; stochastic rounding takes the random words of these elements. Methods that change the weights between columns
 * (error feedback, lowp/calib.h) are made of lowp_quantize on one block of columns and this.
 *
 * Only opts of compat LOWP (LOWP_E_UNSUPPORTED: presets keep more than the stored scale). x must be finite
 * (LOWP_E_NONFINITE). LOWP_E_SHAPE for a row or column outside of q. On failure q and y are unchanged. Disjoint row
 * ranges may be encoded by several threads.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_quantize_column(const lowp_quant_opts *opts, lowp_qtensor *q, size_t row0,
                                                       size_t row1, size_t col, const float *x, float *y,
                                                       lowp_error *error);

/** y = the values of q, [rows, cols] without padding, rounded once more only if y is narrower than f32. */
LOWP_API LOWP_CHECKED lowp_status lowp_dequantize(const lowp_qtensor *q, const lowp_view *y, lowp_error *error);

/** Rows row0..row1-1 of q into rows 0..row1-row0-1 of y. */
LOWP_API LOWP_CHECKED lowp_status lowp_dequantize_rows(const lowp_qtensor *q, size_t row0, size_t row1,
                                                       const lowp_view *y, lowp_error *error);

/** Largest |x| over the finite elements of rows row0..row1-1, and how many are not finite (NULL if not wanted). */
LOWP_API LOWP_CHECKED lowp_status lowp_measure_amax(const lowp_view *x, size_t row0, size_t row1, float *amax,
                                                    uint64_t *nonfinite);

/**
 * One run of n contiguous floats, a tensor [1, n]: what the per-format headers wrap (lowp_mxfp4_quantize ...).
 * codes and scales are sized by lowp_scheme_planes(scheme, 1, n). tensor_scale receives the decode multiplier; it may be
 * NULL where the scheme has none.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_quantize_planes(lowp_scheme scheme, const lowp_quant_opts *opts, size_t n,
                                                       const float *x, void *codes, void *scales, float *tensor_scale);
LOWP_API LOWP_CHECKED lowp_status lowp_dequantize_planes(lowp_scheme scheme, size_t n, const void *codes,
                                                         const void *scales, float tensor_scale, float *x);

LOWP_END_DECLS
#endif
