/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file model_shape.h  Shapes of transformer models: from a Hugging Face config.json, or by name from a table.
 *
 * This is liblowp-io. A shape has the sizes that decide how many parameters a model has, how many bytes its cache takes
 * and how many FLOP a token costs; lowp_model_shape_roofline() turns it into the counts that roofline.h calculates with.
 * Decoder-only models of these kinds (`model_type`):
 *
 *   llama mistral qwen2 qwen3          grouped heads, one gated FFN in each layer
 *   mixtral qwen3_moe gpt_oss          grouped heads, routed experts
 *   deepseek_v2 deepseek_v3            latent attention (MLA), routed and shared experts
 *
 * A config.json with another model_type is read as one of these if its "architectures" names the class of that kind
 * (DeepseekV3ForCausalLM), as some models do that differ in size alone.
 *
 * Formulas, per layer, d = hidden:
 *   grouped heads  d (heads + 2 kv_heads) head_dim + heads head_dim d; cache 2 kv_heads head_dim values for a token;
 *                  4 heads head_dim FLOP for a pair of query and cached token
 *   MLA            d q_lora + q_lora heads (nope + rope), or d heads (nope + rope) without q_lora; d (kv_lora + rope) +
 *                  kv_lora heads (nope + v) + heads v d; cache kv_lora + rope values; FLOP for a pair 2 heads (2 kv_lora +
 *                  rope) in decode, where queries meet the compressed cache, 2 heads (nope + rope + v) in prefill
 *   FFN            3 d ffn (gate, up, down); a routed expert 3 d expert_ffn, and d experts for the router
 *   small          two norms of d, norms of queries and keys, biases, attention sinks; and one norm behind the last layer
 * The embedding is vocab d, the head the same, once for both where they are tied. Biases of experts count with the expert.
 * Layers for multi-token prediction, which some checkpoints add, are left out.
 *
 * Thread safety: no state.
 *
 * @code
 * lowp_roofline r = {.struct_size = sizeof r, .bits = lowp_roofline_bits_of(8, 8)};
 * r.chip = (lowp_roofline_chip){.struct_size = sizeof r.chip, .peak = 1979e12, .bandwidth = 4.8e12, .memory = 141e9};
 * lowp_roofline_time t;
 * lowp_roofline_fit_result fit;
 * lowp_error error;
 * if (lowp_model_info_roofline(lowp_model_info_from_name("llama-3.3-70b"), &r.model) != LOWP_OK) return 1;
 * if (lowp_roofline_decode(&r, 32, 2048, &t, &error) != LOWP_OK) return 1;
 * if (lowp_roofline_fit(&r, 32, 2048, 0.1, &fit, &error) != LOWP_OK) return 1;
 * @endcode
 * Llama 3.3 70B in FP8 on a chip of 4.8 TB/s: t.tokens_per_second is 1889 for 32 sequences with 2048 tokens each, memory is
 * the limit, and 161 of them fit into 141 GB with a tenth of it free.
 */
#ifndef LOWP_MODEL_SHAPE_H
#define LOWP_MODEL_SHAPE_H

#include <lowp/roofline.h>

LOWP_BEGIN_DECLS

/** How a layer attends. */
typedef enum lowp_attention { LOWP_ATTENTION_GROUPED = 0, LOWP_ATTENTION_MLA } lowp_attention;

/** Sizes of a model. All are at most 2^24; 0 where the kind has none. */
typedef struct lowp_model_shape {
  size_t struct_size;
  lowp_attention attention;
  uint32_t layers, hidden, vocab;
  uint32_t heads;
  uint32_t kv_heads, head_dim;                         /**< grouped heads */
  uint32_t q_lora, kv_lora, nope_dim, rope_dim, v_dim; /**< MLA; q_lora = 0: queries are not compressed */
  uint32_t window;                                     /**< tokens that windowed layers attend to; 0: none */
  uint32_t window_layers;                              /**< how many have it */
  uint32_t ffn;                                        /**< width of a dense FFN */
  uint32_t dense_layers;                               /**< layers with a dense FFN; the others have experts */
  uint32_t experts, experts_active, expert_ffn;        /**< routed */
  uint32_t shared_ffn;                                 /**< width of all shared experts together */
  uint32_t tied;                                       /**< 1: the head is the embedding */
  uint32_t qk_norm;                                    /**< 1: norms of head_dim for queries and keys */
  uint32_t qkv_bias, o_bias, ffn_bias;                 /**< 1: biases; ffn_bias: of gate, up, down */
  uint32_t router_bias;                                /**< 1: one value for each expert */
  uint32_t sinks;                                      /**< 1: one value for each head */
} lowp_model_shape;

/**
 * LOWP_OK, or LOWP_E_RANGE with a text that names the field: a size of 0 that the kind needs or beyond 2^24, kv_heads that
 * do not divide heads, more active experts than experts, more windowed or dense layers than layers, experts without
 * layers for them and the reverse. LOWP_E_ARGUMENT for NULL and unknown enums.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_model_shape_check(const lowp_model_shape *shape, lowp_error *error);

/** The counts that roofline.h wants, by the formulas above. Errors as lowp_model_shape_check. */
LOWP_API LOWP_CHECKED lowp_status lowp_model_shape_roofline(const lowp_model_shape *shape, lowp_roofline_model *model,
                                                            lowp_error *error);

/**
 * Reads the text of a config.json. LOWP_E_FORMAT for text that is not JSON, a key that is missing or not of its type;
 * LOWP_E_RANGE for sizes out of range; LOWP_E_UNSUPPORTED for another model_type, or a feature of a known one whose sizes
 * are not known here. The text names `path` (or "config.json" for NULL), the key, and the model_type. Keys that sizes do
 * not depend on are not looked at. *shape is untouched on failure.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_model_shape_parse(const char *path, const void *bytes, size_t n,
                                                         lowp_model_shape *shape, lowp_error *error);

/** The same for a file, of at most 64 MiB. Also LOWP_E_IO. */
LOWP_API LOWP_CHECKED lowp_status lowp_model_shape_load(const char *path, lowp_model_shape *shape, lowp_error *error);

/** A model of the table. Read only, static storage. */
typedef struct lowp_model_info {
  size_t struct_size;
  const char *name;       /**< lower case: "llama-3.3-70b" */
  const char *source;     /**< where sizes and counts were published */
  double total, active;   /**< parameters as published, rounded as there; active = total for dense models */
  int counts_only;        /**< no shape was published in a form known here: total and active are all there is */
  lowp_model_shape shape; /**< zero where counts_only */
} lowp_model_info;

/** Line `index` of the table, or NULL behind the last. */
LOWP_API const lowp_model_info *lowp_model_info_of(size_t index);

/** The model with this name (any case), or NULL. */
LOWP_API const lowp_model_info *lowp_model_info_from_name(const char *name);

/** Counts of a line of the table: of its shape, or lowp_roofline_model_counts(total, active). */
LOWP_API LOWP_CHECKED lowp_status lowp_model_info_roofline(const lowp_model_info *info, lowp_roofline_model *model);

LOWP_END_DECLS
#endif
