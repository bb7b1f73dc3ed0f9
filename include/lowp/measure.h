/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file measure.h  Everything that one pass over a tensor and its quantized form tells.
 *
 * x is the original, y what came back, e = y - x. y is one of: a second view; a quantized tensor, decoded on the way; a
 * scheme with options, quantized and decoded on the way without the planes ever being stored. docs/error-analysis.md has
 * the formulas, their sources and how to read them.
 *
 * BLOCKS. Crest factor, block NMSE and MSE_top are of runs of `block` columns within a row, the last of a row possibly
 * shorter. By default a run is what shares a scale: block_cols of the scheme, or a whole row where the scale is of a
 * row or tensor. (Of a 128x128 block it is the 1x128 part in one row.) Any other length may be asked for, so that
 * formats are compared on the same blocks. A block in which x or y has NaN or Inf, and one of zeros alone, is counted
 * and left out of the block statistics.
 *
 * DIGITS. Sums are in f64, over chunks of lowp_error_chunk_rows(cols) rows counted from row 0, added in ascending order.
 * lowp_measure_rows() over all rows, and one call for each chunk with the results merged in ascending order, give the
 * same bits; so do all thread counts and all instruction sets.
 *
 * Thread safety: a job may be used by any number of threads, each with a result of its own.
 *
 * @code
 * float x[64];
 * for (int i = 0; i < 64; i++) x[i] = i % 32 == 0 ? 7.0f : 1.0f;
 * lowp_view view = lowp_view_of(LOWP_F32, 2, 32, x);
 * lowp_measure_desc desc;
 * lowp_measure_desc_init(&desc, &view);
 * desc.scheme = LOWP_SCHEME_MXFP4;
 * lowp_measurement m;
 * if (lowp_measure(&desc, &m, NULL) != LOWP_OK) return 1;
 * double nmse = lowp_error_nmse(&m.error), top = lowp_measurement_mse_top(&m);
 * @endcode
 * The scale of both blocks is 1, the largest value of E2M1 is 6: 7 comes back as 6 and everything else as it was. nmse is
 * 2 / (2 * (49 + 31)) = 0.0125, and top, the mean squared error of what is largest in its block, is 1.
 */
#ifndef LOWP_MEASURE_H
#define LOWP_MEASURE_H

#include <lowp/error_stats.h>
#include <lowp/histogram.h>
#include <lowp/quant.h>

LOWP_BEGIN_DECLS

enum {
  LOWP_MEASURE_BINS = 64,       /**< of magnitude */
  LOWP_MEASURE_BIN_FIRST = -40, /**< exponent of bin 0 */
  LOWP_MEASURE_WORST = 16       /**< length of each list of the worst */
};

/**
 * Errors by magnitude: bin i has the pairs with floor(log2 |x|) = i - 40; bin 0 also all that is smaller, zero included,
 * bin 63 all that is larger. Weights and activations lie between, and the bins of two tensors can be compared and added.
 */
typedef struct lowp_measure_bin {
  uint64_t count;
  double sum_e, sum_xx, sum_ee;
} lowp_measure_bin;

/** One channel: a row of the tensor. */
typedef struct lowp_channel_stats {
  uint64_t row;
  float amax;       /**< largest finite |x| */
  uint32_t dropped; /**< pairs with NaN or Inf in x or y, not in the sums; 2^32-1 if there are more */
  double sum_e, sum_xx, sum_ee;
} lowp_channel_stats;

/** One block, as the lists of the worst keep it. NMSE = sum_ee / sum_xx. */
typedef struct lowp_block_record {
  uint64_t row, col; /**< of its first element */
  uint64_t length;   /**< elements */
  uint64_t flushed;  /**< elements with x != 0, y = 0 */
  uint64_t clipped;  /**< as in lowp_error_stats; 0 for a pair of views */
  float amax, crest;
  /** What codes are multiplied with: block scale times tensor scale (HiF4: without its one-bit exponents); 1 without */
  float scale;
  uint32_t scale_code; /**< as counted in scale_codes */
  double sum_xx, sum_ee;
} lowp_block_record;

/** Ranked, the worst first; equals by row and column, so that a list does not depend on the order of merges. */
typedef struct lowp_worst_blocks {
  uint64_t count; /**< records that are there */
  lowp_block_record at[LOWP_MEASURE_WORST];
} lowp_worst_blocks;
typedef struct lowp_worst_channels {
  uint64_t count;
  lowp_channel_stats at[LOWP_MEASURE_WORST];
} lowp_worst_channels;

/** The result. A plain value: it may be copied and stored. About 30 KiB, best not put on a small stack in numbers. */
typedef struct lowp_measurement {
  size_t struct_size;
  lowp_scheme scheme; /**< LOWP_SCHEME_NONE for a pair of views, or before anything was measured */
  uint32_t reserved;
  uint64_t block;         /**< columns of a block of statistics; 0 after results of different blocks were merged */
  lowp_error_stats error; /**< the same digits as lowp_error_stats_rows or _qtensor give */
  lowp_measure_bin bins[LOWP_MEASURE_BINS];

  uint64_t blocks;           /**< all of them */
  uint64_t blocks_zero;      /**< x = 0 throughout */
  uint64_t blocks_nonfinite; /**< with NaN or Inf in x or y */
  uint64_t blocks_flushed;   /**< not zero, but y = 0 throughout */
  uint64_t blocks_clipped;   /**< in which at least one element was clipped */
  double sum_crest;          /**< of max |x| / RMS over the other blocks, arXiv 2510.25602 eq. 11 */
  float max_crest;
  uint32_t reserved2;
  double sum_top_xx, sum_top_ee;           /**< of the first largest |x| in each block */
  lowp_histogram crest;                    /**< from 1, 64 bins an octave */
  lowp_histogram block_nmse;               /**< from 2^-30, 32 bins an octave; blocks without error count as below */
  lowp_worst_blocks worst_sse, worst_nmse; /**< by sum_ee; by sum_ee / sum_xx */

  lowp_worst_channels channels_sse, channels_nmse;

  /** Code histogram: by code, of elements of up to 8 bits, padding left out. All 0 for 16-bit casts and pairs of views. */
  uint64_t codes[256];
  /**
   * Scale histogram. Scales of one byte (E8M0, E4M3, E6M2): by code. F32 and FP16: by the biased exponent of the scale
   * as f32, 127 for [1, 2).
   */
  uint64_t scale_codes[256];
  uint64_t scales;            /**< how many block scales there are */
  uint64_t scales_nan;        /**< NaN or Inf */
  uint64_t scales_top;        /**< one-byte scales: the largest finite code */
  uint64_t scales_saturated;  /**< those of scales_top under which an element was clipped: the scale should be larger */
  uint64_t scales_bottom;     /**< the smallest positive code, or the value zero, over a block that is not all zero */
  float scale_min, scale_max; /**< of finite scales, times the tensor scale; 0 without scales */
} lowp_measurement;

/** What to measure. x and exactly one of y, q and scheme. The structs are copied by _begin, the data they point to not. */
typedef struct lowp_measure_desc {
  size_t struct_size;
  const lowp_view *x;
  const lowp_view *y;
  const lowp_qtensor *q;
  lowp_scheme scheme;
  const lowp_quant_opts *opts;  /**< with a scheme: its rules, NULL for the defaults */
  size_t block;                 /**< columns of a block of statistics; 0: as described above */
  lowp_channel_stats *channels; /**< [rows], written for each row that is measured; or NULL */
} lowp_measure_desc;

/** Zero, but for x. */
LOWP_API void lowp_measure_desc_init(lowp_measure_desc *desc, const lowp_view *x);

/**
 * Measures all rows. LOWP_E_ARGUMENT, LOWP_E_SHAPE for a description that makes no sense; LOWP_E_NONFINITE if the options
 * refuse NaN and Inf; LOWP_E_NOMEM. *result is untouched on failure, desc->channels unspecified.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measure(const lowp_measure_desc *desc, lowp_measurement *result,
                                               lowp_error *error);

/** A measurement in steps, for callers with threads of their own. */
typedef struct lowp_measure_job lowp_measure_job;

/**
 * Checks the description and, for a scheme, does what needs the whole tensor: the tensor scale, the scales that span
 * rows. That reads the tensor once on one thread; opts with LOWP_TENSOR_SCALE_AMAX spares it for NVFP4.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measure_begin(lowp_measure_job **job, const lowp_measure_desc *desc,
                                                     lowp_error *error);

/**
 * Adds rows row0..row1-1 to *result, which is empty (lowp_measurement_init) or covers what comes before. Same digits for
 * every cut if the cuts lie at multiples of lowp_error_chunk_rows(cols) and results are merged in ascending order.
 * LOWP_E_RANGE for rows outside, LOWP_E_NONFINITE, LOWP_E_NOMEM; *result is then unchanged. Scratch: some KiB, and for
 * scales of a row 5 * cols bytes.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measure_rows(const lowp_measure_job *job, size_t row0, size_t row1,
                                                    lowp_measurement *result, lowp_error *error);

/** Frees the job. NULL is fine. */
LOWP_API void lowp_measure_end(lowp_measure_job *job);

/** An empty result. */
LOWP_API void lowp_measurement_init(lowp_measurement *m);

/**
 * Adds `from`, which covers what follows `into`. Results of several tensors may be merged too; then the lists of the
 * worst mix their rows, and `block` and `scheme` become 0 where they differ.
 */
LOWP_API void lowp_measure_merge(lowp_measurement *into, const lowp_measurement *from);

/** A cell of a heat map. */
typedef struct lowp_grid_cell {
  double sum_xx, sum_ee;
} lowp_grid_cell;

/**
 * A heat map of the tensor in grid_rows x grid_cols cells: cell (i, j) has rows [i R / grid_rows, (i + 1) R / grid_rows)
 * and likewise columns, both rounded down. Fills cells [(i - i0) * grid_cols + j] for i0 <= i < i1: each row of cells by
 * itself, so that threads may share the work and get the same digits. Needs another pass over those rows of the tensor.
 * Pairs with NaN or Inf are left out. LOWP_E_RANGE for rows outside, or no or more than 65536
 * rows or columns; LOWP_E_NONFINITE, LOWP_E_NOMEM; the cells are then unspecified.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_measure_grid(const lowp_measure_job *job, size_t grid_rows, size_t grid_cols,
                                                    size_t i0, size_t i1, lowp_grid_cell *cells, lowp_error *error);

/** Blocks that are in the block statistics: blocks less blocks_zero and blocks_nonfinite. */
LOWP_API uint64_t lowp_measurement_blocks_counted(const lowp_measurement *m);

/** Mean crest factor of the blocks; 0 without any. Median and others: lowp_histogram_quantile(&m->crest, 0.5). */
LOWP_API double lowp_measurement_crest(const lowp_measurement *m);

/** MSE_top (arXiv 2509.23202): sum_top_ee / counted blocks: the mean squared error of what is largest in its block. */
LOWP_API double lowp_measurement_mse_top(const lowp_measurement *m);

/** sum_top_ee / sum_top_xx; 0 without error. */
LOWP_API double lowp_measurement_nmse_top(const lowp_measurement *m);

/** Entropy of the codes in bits, -sum p log2 p; 0 without codes. The last digits follow the C library's log2. */
LOWP_API double lowp_measurement_code_entropy(const lowp_measurement *m);
LOWP_API double lowp_measurement_scale_entropy(const lowp_measurement *m); /**< the same of scale_codes */

LOWP_END_DECLS
#endif
