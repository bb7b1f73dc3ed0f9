/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file scheme.h  Schemes: which element, how many of them share a scale, and what that scale is.
 *
 * A scheme turns a matrix [rows, cols] into planes: codes, block scales, zero points, and for NVFP4 one tensor scale.
 * Blocks run along cols, the reduction dimension k of y = x w^T, weights being [n, k] as in checkpoints. How a *file*
 * holds the planes is a layout, and belongs to liblowp-io.
 */
#ifndef LOWP_SCHEME_H
#define LOWP_SCHEME_H

#include <lowp/element.h>

LOWP_BEGIN_DECLS

/** Schemes. LOWP_SCHEME_NONE (0) names none; ids never change once released. */
typedef enum lowp_scheme {
  LOWP_SCHEME_NONE = 0,
#define LOWP_SCHEME(ID, name, family, element, rows, cols, scale, bytes, ts, zero, text) LOWP_SCHEME_##ID,
#include <lowp/scheme.def>
#undef LOWP_SCHEME
  LOWP_SCHEME_COUNT
} lowp_scheme;

/** Schemes of one family share their arithmetic and differ in the columns of scheme.def. */
typedef enum lowp_family {
  LOWP_FAMILY_MX = 0, /**< E8M0 scale per 32: x = 2^(scale - 127) * element */
  LOWP_FAMILY_NVFP4,  /**< E4M3 scale per 16: x = f32(element * f32(scale * tensor_scale)) */
  LOWP_FAMILY_HIF4,   /**< E6M2 scale and 1-bit exponents: x = E6M2 * 2^(e1_8[i/8] + e1_16[i/4]) * element, 64 elements */
  LOWP_FAMILY_SCALED, /**< x = f32(f32(element - zero) * scale), zero = 0 without a zero point */
  LOWP_FAMILY_CAST,   /**< x = element */
  LOWP_FAMILY_COUNT
} lowp_family;

/** Type of the zero point plane. */
typedef enum lowp_zero {
  LOWP_ZERO_NONE = 0,
  LOWP_ZERO_I32, /**< integer zero point (vLLM azp) */
  LOWP_ZERO_F32  /**< offset added before rounding and not itself rounded (Ascend) */
} lowp_zero;

/** The line of scheme.def. Read only, static storage. */
typedef struct lowp_scheme_info {
  size_t struct_size;
  lowp_scheme id;
  lowp_family family;
  lowp_element element;
  lowp_element scale;  /**< LOWP_ELEMENT_NONE for a plain cast */
  lowp_zero zero;
  uint32_t block_rows; /**< rows that share a scale; 0: all of them */
  uint32_t block_cols; /**< columns that share a scale; 0: all of them */
  uint32_t scale_bytes; /**< bytes of one block scale in the scales plane */
  uint32_t tensor_scale; /**< 1 when the scheme has one */
  const char *name; /**< as in `--fmt`, lower case */
  const char *text; /**< one line */
} lowp_scheme_info;

/** The description of a scheme, or NULL for an unknown id. */
LOWP_API const lowp_scheme_info *lowp_scheme_info_of(lowp_scheme id);

/** The scheme with this name (any case), or LOWP_SCHEME_NONE. */
LOWP_API lowp_scheme lowp_scheme_from_name(const char *name);

/**
 * Sizes of the canonical planes of a [rows, cols] tensor. Code i of a row occupies bits [i*b, i*b + b) of the row,
 * little-endian, b = width of the element: the even element of a pair in the low nibble, four 6-bit codes in 24 bits.
 * Every row of codes starts on a byte.
 *
 * Where cols is no multiple of the block, each row is padded to whole blocks with zeros before quantization, and the
 * padding's codes are in the plane (they decode to zero).
 */
typedef struct lowp_planes {
  size_t cols_padded;  /**< cols rounded up to block_cols (cols itself where a block is a whole row) */
  size_t codes_stride; /**< bytes of one row of codes: ceil(cols_padded * b / 8) */
  size_t codes_bytes;  /**< rows * codes_stride */
  size_t scale_rows;   /**< ceil(rows / block_rows) */
  size_t scale_cols;   /**< ceil(cols / block_cols) */
  size_t scales_stride; /**< scale_cols * scale_bytes */
  size_t scales_bytes; /**< scale_rows * scales_stride */
  size_t zeros_bytes;  /**< 4 * scale_rows with a zero point, else 0 */
} lowp_planes;

/** Fills *planes. LOWP_E_ARGUMENT for an unknown scheme, LOWP_E_SHAPE when a size overflows. Empty tensors are legal. */
LOWP_API LOWP_CHECKED lowp_status lowp_scheme_planes(lowp_scheme id, size_t rows, size_t cols, lowp_planes *planes);

/** Stored bits per weight of a [rows, cols] tensor, all planes and the tensor scale counted; 0 for an empty tensor. */
LOWP_API double lowp_scheme_bits_per_weight(lowp_scheme id, size_t rows, size_t cols);

/** Nominal bits per weight: the limit of the above for large aligned tensors (MXFP4 4.25, NVFP4 4.5, w8a8 8). */
LOWP_API double lowp_scheme_nominal_bits(lowp_scheme id);

LOWP_END_DECLS
#endif
