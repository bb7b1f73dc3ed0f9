/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file tensor.h  Views of matrices somebody else owns, and the canonical quantized tensor.
 */
#ifndef LOWP_TENSOR_H
#define LOWP_TENSOR_H

#include <lowp/scheme.h>

LOWP_BEGIN_DECLS

/**
 * A matrix in memory that is borrowed: element (r, c) of type `element` lies at data + r * stride + c * size bytes,
 * size = lowp_element_size(element). Any alignment; the stride is signed and may be anything that does not make rows
 * that are written overlap. Host byte order (little-endian).
 */
typedef struct lowp_view {
  size_t struct_size;
  lowp_element element; /**< F32, BF16, FP16, F64, or any element of up to 8 bits in one byte each */
  size_t rows, cols;
  ptrdiff_t stride; /**< bytes from one row to the next */
  void *data;       /**< never written through by functions that take a const lowp_view * as input */
} lowp_view;

/** A dense row-major view. `data` is not written unless the view is used as an output. */
LOWP_API lowp_view lowp_view_of(lowp_element element, size_t rows, size_t cols, const void *data);

/**
 * x[c] = f32 value of row r, columns 0..cols-1. Exact, but F64 is rounded to f32 (RNE). Preconditions: a valid view,
 * r < rows, x holds cols floats.
 */
LOWP_API void lowp_view_load_row(const lowp_view *view, size_t r, float *x);

/** Stores f32 values into row r: RNE, overflow to Inf, for F32, BF16, FP16 and F64; other elements by their defaults. */
LOWP_API void lowp_view_store_row(const lowp_view *view, size_t r, const float *x);

/** LOWP_OK if the view can be read: known element, checked sizes, data not NULL unless empty. */
LOWP_API LOWP_CHECKED lowp_status lowp_view_check(const lowp_view *view);

/**
 * The canonical quantized tensor: planes as lowp_scheme_planes() describes, codes in element order. Every file layout
 * and every packed layout converts to or from this one form. The struct owns nothing unless lowp_qtensor_create made it.
 */
typedef struct lowp_qtensor {
  size_t struct_size;
  lowp_scheme scheme;
  size_t rows, cols;
  uint8_t *codes;      /**< [rows, codes_stride] */
  size_t codes_stride; /**< bytes, at least that of lowp_planes */
  uint8_t *scales;     /**< [scale_rows, scales_stride]; F32 and FP16 scales are host floats, unaligned allowed */
  size_t scales_stride;
  void *zeros;         /**< [scale_rows] int32_t or float, or NULL */
  float tensor_scale;  /**< decode multiplier; 1 where the scheme has none */
  /**
   * The encode multiplier that goes with tensor_scale. Some producers (TransformerEngine, vLLM, compressed-tensors)
   * define this one and derive the other; it is kept so that writing their files is exact. tensor_scale is what counts.
   */
  float tensor_scale_inv;
  /**
   * The largest magnitude from which tensor_scale was derived; 0 where that scale was given, or there is none. Producers
   * that store amax itself (Four Over Six) need it, and so do rules that compare errors in f32: two values of amax may
   * share one tensor_scale.
   */
  float tensor_amax;
} lowp_qtensor;

/**
 * Binds the caller's buffers, sized by lowp_scheme_planes(), at the minimal strides; tensor_scale = 1. `zeros` may be
 * NULL where the scheme has none. Contents are left alone.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_qtensor_bind(lowp_qtensor *q, lowp_scheme scheme, size_t rows, size_t cols,
                                                    void *codes, void *scales, void *zeros);

/** Allocates a qtensor with zeroed planes in one block. Free it with lowp_qtensor_destroy. */
LOWP_API LOWP_CHECKED lowp_status lowp_qtensor_create(lowp_qtensor **q, lowp_scheme scheme, size_t rows, size_t cols);
LOWP_API void lowp_qtensor_destroy(lowp_qtensor *q); /**< NULL is fine */

/** Code of element (r, c): 0..2^b - 1. Preconditions: a valid tensor, indices in range (padding columns included). */
LOWP_API uint32_t lowp_qtensor_code(const lowp_qtensor *q, size_t r, size_t c);

LOWP_END_DECLS
#endif
