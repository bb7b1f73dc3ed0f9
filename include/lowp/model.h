/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file model.h  Models: the logical tensors of an open file, quantized or not, whatever the layout.
 *
 * A lowp_file has file tensors; a lowp_model groups those that are planes of one quantized tensor, so that a program
 * sees `model.layers.0.mlp.up_proj.weight`, [4096, 14336], mxfp4, and not its packed bytes and scales.
 *
 * What a group is, is decided by these, in this order:
 *   1. the file's __metadata__ ("lowp.tensor." pairs, see <lowp/layout.h>);
 *   2. names, dtypes and shapes together: they must be exactly what a layout writes for some scheme. Scales that a
 *   layout
 *      writes as F32 may be F32, BF16 or F16 (all become F32 exactly), [N, 1] may be [N], [1] may be a scalar, and E8M0
 *      may be U8 or F8_E8M0;
 *   3. where several schemes fit, which happens only for one row, the strategy that quantization_config in config.json
 *   names,
 *      else the scale per row.
 * Nothing is taken for plain because it was not understood. These are errors that name the tensor: a scale, zero point
 * or packed tensor without the rest of its group; dtypes or shapes that do not fit; a quantized-looking tensor without
 * a scale where config.json declares the model quantized; a quant_method or a packing this library does not read.
 *
 * Threads: a model is immutable but for the cache of imported tensors. Calls for different tensors may run at the same
 * time; calls for the same tensor may not.
 */
#ifndef LOWP_MODEL_H
#define LOWP_MODEL_H

#include <lowp/layout.h>

LOWP_BEGIN_DECLS

/** The logical tensors of a file. */
typedef struct lowp_model lowp_model;

/** Options of lowp_model_open(). Zero, set struct_size, then what is needed; NULL means all zero. */
typedef struct lowp_model_options {
  size_t struct_size;
  const char *config; /**< path of config.json; NULL: that of the file's directory if there is one; "": none */
  int keep_problems;  /**< nonzero: groups that are wrong do not fail the call; they are listed with `problem` set */
} lowp_model_options;

/** A file tensor that belongs to a logical one. */
typedef struct lowp_model_part {
  lowp_part_role role;
  size_t file_index; /**< for lowp_file_get() */
} lowp_model_part;

/** One logical tensor. Pointers live until lowp_model_close(). */
typedef struct lowp_model_tensor {
  const char *name;   /**< `X.weight` also where the file says `X.weight_packed` or `X.weight_blocks` */
  lowp_scheme scheme; /**< LOWP_SCHEME_NONE for a plain tensor */
  lowp_layout layout; /**< LOWP_LAYOUT_NONE for a plain tensor */
  lowp_dtype dtype;   /**< of a plain tensor; of the codes of a quantized one */
  size_t rank;
  const size_t *shape; /**< logical: elements, not bytes */
  size_t rows, cols;   /**< cols = last dimension, rows = product of the others; rank 1: [1, n]; rank 0: [1, 1] */
  size_t count;        /**< parts; 1 for a plain tensor */
  lowp_model_part parts[LOWP_PARTS_MAX]; /**< parts[0] is the codes, or the plain tensor */
  size_t nbytes;          /**< stored, all parts */
  double bits_per_weight; /**< 8 * nbytes / (rows * cols), 0 for an empty tensor */
  const char *rules;      /**< what the metadata says of the rules used, or NULL */
  const char *problem;    /**< NULL, or why it cannot be used (keep_problems); scheme and layout are then NONE */
} lowp_model_tensor;

/** Groups the tensors of `file`, which is borrowed and must outlive the model. */
LOWP_API LOWP_CHECKED lowp_status lowp_model_open(const lowp_file *file, const lowp_model_options *options,
                                                  lowp_model **out, lowp_error *error);
LOWP_API void lowp_model_close(lowp_model *model); /**< NULL is fine. The file stays open. */

/** Number of logical tensors. */
LOWP_API size_t lowp_model_count(const lowp_model *model);

/** Tensor i in ascending byte order of names, or NULL if i is out of range. */
LOWP_API const lowp_model_tensor *lowp_model_get(const lowp_model *model, size_t i);

/** Index of the tensor with this name, or SIZE_MAX. Logarithmic. */
LOWP_API size_t lowp_model_find(const lowp_model *model, const char *name);

/**
 * The canonical form of tensor i, kept until lowp_model_release() or lowp_model_close(). Its codes lie in the mapped
 * file where the bytes are the same; read only. LOWP_E_ARGUMENT for a plain tensor or an index out of range.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_model_qtensor(lowp_model *model, size_t i, const lowp_qtensor **q,
                                                     lowp_error *error);

/**
 * dst[(r - row0) * cols + c] = value of element (r, c), r = row0..row1-1, as f32: exact for every format up to 16 bits;
 * integers of 32 and 64 bits and F64 are rounded to nearest even. Quantized tensors are dequantized (imported on first
 * use, as above). LOWP_E_UNSUPPORTED for C64, LOWP_E_RANGE for rows outside the tensor.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_model_load_rows(lowp_model *model, size_t i, size_t row0, size_t row1, float
*dst,
                                                       lowp_error *error);

/** Forgets what was imported of tensor i and lets its pages leave this process. A later call imports it again. */
LOWP_API void lowp_model_release(lowp_model *model, size_t i);

LOWP_END_DECLS
#endif
