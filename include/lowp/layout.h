/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file layout.h  Layouts: how a file holds a quantized tensor, and what config.json says of it.
 *
 * A *layout* gives the planes of the canonical lowp_qtensor names, dtypes and shapes in a file, and settles what files
 * disagree about: padding, the direction of the tensor scale, the type of zero points. Nothing else depends on it. The
 * layouts are the lines of <lowp/layout.def>; docs/layouts.md shows each of them byte by byte. Reading whole files is
 * <lowp/model.h>.
 *
 * To write a quantized tensor:
 *
 *   lowp_layout_plan_create(layout, scheme, name, rank, shape, NULL, &plan, &error);   which file tensors it becomes
 *   lowp_writer_create(path, ... plan->parts[i].name, .dtype, .rank, .shape ...);      <lowp/io.h>
 *   lowp_quantize(...);
 *   lowp_layout_export(plan, i, q, 0, plan->parts[i].rows, bytes, &error);             whole, or some rows at a time
 *   lowp_writer_write(writer, ..., bytes, plan->parts[i].nbytes, &error);
 *
 * Shapes: a tensor of rank 2 or more is the matrix [rows, cols] of lowp_qtensor with cols = its last dimension and rows
 * = the product of the others; rank 1 is one row.
 *
 * Messages name the tensor. Status: LOWP_E_UNSUPPORTED the layout has no form for this scheme; LOWP_E_CONSTRAINT it
 * has, but not for this shape or these contents; LOWP_E_FORMAT bytes that are not what the layout says;
 * LOWP_E_ARGUMENT, LOWP_E_SHAPE, LOWP_E_NOMEM as everywhere. Plans are immutable: any number of threads may use one.
 */
#ifndef LOWP_LAYOUT_H
#define LOWP_LAYOUT_H

#include <lowp/io.h>
#include <lowp/tensor.h>

LOWP_BEGIN_DECLS

/** Layouts. LOWP_LAYOUT_NONE (0): a plain tensor. Ids never change once released. */
typedef enum lowp_layout {
  LOWP_LAYOUT_NONE = 0,
#define LOWP_LAYOUT(ID, name, writes, text) LOWP_LAYOUT_##ID,
#include <lowp/layout.def>
#undef LOWP_LAYOUT
  LOWP_LAYOUT_COUNT
} lowp_layout;

/** The line of layout.def. Read only, static storage. */
typedef struct lowp_layout_info {
  size_t struct_size;
  lowp_layout id;
  const char *name; /**< as in `--layout`, lower case */
  const char *text; /**< one line */
  int writes;       /**< 0: read only, lowp_layout_plan_create() refuses it */
} lowp_layout_info;

/** The description of a layout, or NULL for an unknown id and for LOWP_LAYOUT_NONE. */
LOWP_API const lowp_layout_info *lowp_layout_info_of(lowp_layout id);

/** The layout with this name (any case), or LOWP_LAYOUT_NONE. */
LOWP_API lowp_layout lowp_layout_from_name(const char *name);

/** Nonzero if the layout writes this scheme at all; a particular shape may still be refused. */
LOWP_API int lowp_layout_supports(lowp_layout layout, lowp_scheme scheme);

/** The compressed-tensors format of a scheme ("int-quantized", "nvfp4-pack-quantized"), NULL if it has none. */
LOWP_API const char *lowp_layout_ct_format(lowp_scheme scheme);

/* --- one tensor as parts ------------------------------------------------------------------------------------------ */

/** What a part of a quantized tensor holds. */
typedef enum lowp_part_role {
  LOWP_PART_CODES = 0,
  LOWP_PART_SCALES,
  LOWP_PART_ZEROS,
  LOWP_PART_TENSOR_SCALE
} lowp_part_role;

/** Most parts a tensor can have: one of each role. */
#define LOWP_PARTS_MAX 4

/** One file tensor. Belongs to its plan. */
typedef struct lowp_part {
  lowp_part_role role;
  const char *name; /**< in the file; layout `raw`: the path of the plane */
  lowp_dtype dtype;
  size_t rank;
  const size_t *shape;
  size_t rows;      /**< rows that lowp_layout_export() counts: rows of the plane, 1 for a scalar */
  size_t row_bytes; /**< bytes of one of them in the file */
  size_t nbytes;    /**< rows * row_bytes, which is what dtype and shape say */
} lowp_part;

/** Which file tensors a tensor becomes. parts[0] is the codes. */
typedef struct lowp_layout_plan {
  size_t struct_size;
  lowp_layout layout;
  lowp_scheme scheme;
  const char *name; /**< of the logical tensor */
  size_t rank;
  const size_t *shape;
  size_t rows, cols; /**< of the lowp_qtensor */
  size_t count;
  const lowp_part *parts;
  size_t nbytes; /**< of all parts */
  /**
   * A pair for the file's __metadata__ that says what the parts are: "lowp.tensor.NAME" and "LAYOUT SCHEME SHAPE
   * [RULES]", for example "lowp hif4 4096x14336". Files of layout `lowp` need it together with lowp.format =
   * LOWP_FORMAT_VERSION; in the others it is not needed and does no harm. NULL for bf16 and fp16, which are plain
   * tensors in every layout.
   */
  const char *metadata_key, *metadata_value;
} lowp_layout_plan;

/** Key and value that mark a file whose __metadata__ has "lowp.tensor." pairs. */
#define LOWP_FORMAT_KEY "lowp.format"
#define LOWP_FORMAT_VERSION "1"
#define LOWP_TENSOR_KEY "lowp.tensor."

/** Largest rank a plan accepts. */
#define LOWP_LAYOUT_MAX_RANK 8

/**
 * Plans the parts of the tensor `name` (`model.layers.0.mlp.up_proj.weight`; for `raw` the output path without
 * extension) of the logical shape shape[0..rank), rank 1 or more. `rules`: free text for the metadata, or NULL; one
 * line. Needs no data, so all headers can be written before the first tensor is quantized. Everything is copied; free
 * it with lowp_layout_plan_destroy().
 */
LOWP_API LOWP_CHECKED lowp_status lowp_layout_plan_create(lowp_layout layout, lowp_scheme scheme, const char *name,
                                                          size_t rank, const size_t *shape, const char *rules,
                                                          lowp_layout_plan **out, lowp_error *error);
LOWP_API void lowp_layout_plan_destroy(lowp_layout_plan *plan); /**< NULL is fine */

/**
 * Writes rows row0..row1-1 of part `part` to dst: (row1 - row0) * row_bytes bytes as they go into the file. q must have
 * the plan's scheme and sizes. LOWP_E_CONSTRAINT where the contents have no form in the file: a zero point outside I8
 * in `ct`, a tensor scale that is not finite.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_layout_export(const lowp_layout_plan *plan, size_t part, const lowp_qtensor *q,
                                                     size_t row0, size_t row1, void *dst, lowp_error *error);

/**
 * The reverse: fills the planes of q (of the plan's scheme and sizes, from lowp_qtensor_create or _bind) and its scalars
 * from bytes[i], the plan->parts[i].nbytes bytes of part i. Padding that the file does not hold becomes zero codes. Equal
 * to what was exported, but for two things: `ct` stores only the encode multiplier of NVFP4, so that tensor_scale =
 * f32(1 / tensor_scale_inv); `raw` has both in its JSON file, and q's are left alone. On failure q's contents are
 * unspecified.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_layout_import(const lowp_layout_plan *plan, const void *const *bytes,
                                                     lowp_qtensor *q, lowp_error *error);

/* --- layout raw --------------------------------------------------------------------------------------------------- */

/**
 * Writes NAME.json, NAME the plan's name, which describes the planes of a `raw` plan: scheme, shape, file, dtype and
 * shape of each plane, tensor scale. `options` as for lowp_write_file().
 */
LOWP_API LOWP_CHECKED lowp_status lowp_raw_save_sidecar(const lowp_layout_plan *plan, const lowp_qtensor *q,
                                                        const lowp_write_options *options, lowp_error *error);

/**
 * Reads the JSON file `path` and the planes it names (plain names, beside it). *plan (destroy) and *q
 * (lowp_qtensor_destroy) are the caller's; plan may be NULL.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_raw_load(const char *path, lowp_layout_plan **plan, lowp_qtensor **q,
                                                lowp_error *error);

/* --- config.json -------------------------------------------------------------------------------------------------- */

/** A module of the model, or its weight: a trailing ".weight" is dropped. NONE, BF16_CAST and FP16_CAST: left alone. */
typedef struct lowp_config_module {
  const char *name;
  lowp_scheme scheme;
} lowp_config_module;

/** What the file tells the engine to do with activations. */
typedef enum lowp_activations {
  /**
   * w8a8: dynamic INT8 per token. fp8: dynamic FP8 per token; 128x128 blocks: dynamic groups of 128. The 4-bit and MX
   * schemes: none (weights only, A16).
   */
  LOWP_ACTIVATIONS_DEFAULT = 0,
  LOWP_ACTIVATIONS_NONE, /**< weights only, whatever the scheme; vLLM has no kernel for INT8 stored so */
  /**
   * The type of the weights, quantized as the model runs: MXFP4 and MXFP8 in groups of 32. NVFP4 is LOWP_E_CONSTRAINT:
   * it needs a calibrated input scale per module, which this library does not make.
   */
  LOWP_ACTIVATIONS_SAME
} lowp_activations;

/** Options. Zero, set struct_size, then what is needed; NULL means all zero. */
typedef struct lowp_config_options {
  size_t struct_size;
  lowp_activations activations;
  int block_structure_text; /**< nonzero: block_structure as "128x128" (vLLM 0.10), not [128, 128] */
  int replace;              /**< lowp_config_patch: nonzero replaces a quantization_config that is there */
} lowp_config_options;

/**
 * The JSON object `quantization_config` for a checkpoint in this layout, with the modules in the order given. CT: one
 * scheme gives one group that targets "Linear", with an `ignore` list of the modules left alone; several schemes give
 * "mixed-precision", a group per scheme, and exact targets. GPTOSS: quant_method mxfp4 with modules_to_not_convert.
 * Other layouts are LOWP_E_UNSUPPORTED: no engine reads them by config. *text ends with a newline and is the caller's:
 * free().
 */
LOWP_API LOWP_CHECKED lowp_status lowp_config_text(lowp_layout layout, size_t count, const lowp_config_module *modules,
                                                   const lowp_config_options *options, char **text, lowp_error *error);

/**
 * Writes a copy of the JSON file `from` to `to` with that object as the last key "quantization_config". Every other
 * byte stays as it was. LOWP_E_CONSTRAINT if `from` has one already and options->replace is 0 (else it is replaced
 * where it stands), or if `to` exists and write->replace is 0.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_config_patch(const char *from, const char *to, lowp_layout layout, size_t count,
                                                    const lowp_config_module *modules,
                                                    const lowp_config_options *options, const lowp_write_options *write,
                                                    lowp_error *error);

LOWP_END_DECLS
#endif
