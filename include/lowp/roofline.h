/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file roofline.h  Bounds on speed: what a chip cannot exceed with a model, from bytes and FLOPs alone.
 *
 * This is liblowp-io. Everything is a double of plain units: FLOP and FLOP/s, bytes and B/s, seconds, values (of a matrix
 * or a cache), bits per value as stored, scales included. Nothing here knows chips, formats or files; lowp/model_shape.h
 * makes a lowp_roofline_model from a config.json, lowp_scheme_nominal_bits() of scheme.h has the bits.
 *
 * A step moves D bytes through memory and computes F FLOP. With peak P and bandwidth B it takes at least
 *   t = max(D / B, F / P)
 * since neither part can be faster than its own limit; t assumes that both overlap completely and that caches hold
 * nothing from step to step. I = F / D is the intensity, P / B the ridge: I below it is memory-bound.
 *
 * DECODE, one step for `batch` sequences of which each reads `context` tokens of its cache, the new one included:
 *   D = b_l L + b_h H + b_s S + b_x X N(batch) + b_e batch h + b_kv batch K(context)         (bits as stored, over 8)
 *   F = 2 batch (L + H + k X) + batch A(context)
 * L, H, S, X: values of the linear layers that every token uses, of the head, of norms and biases, of one routed expert in
 * all layers; h: of one row of the embedding table. N: experts that are read at least once; k of E are chosen. K: values
 * of the cache; A: FLOP of the attention, 2 for each multiplication of a query with a key and a weight with a value.
 * A step makes `batch` tokens.
 *   N = E (1 - (1 - k / E)^batch)   LOWP_ROUTING_UNIFORM: the expected number if tokens choose independently and evenly
 *   N = k                           LOWP_ROUTING_SAME: all choose alike, the fewest bytes: a bound without assumption
 * Real routers lie between. With a window W, K and A of the layers that have it are those of min(context, W).
 *
 * PREFILL of `batch` prompts of `context` tokens each, T = batch context:
 *   D as above with N(T), T rows of the embedding, and the cache written once
 *   F = 2 T (L + k X) + 2 batch H + batch A',   A' over the context (context + 1) / 2 causal pairs (windows: fewer)
 * The last position alone needs the head. t is a lower bound on the time to the first token.
 *
 * These are bounds of one chip, or of n chips taken for one with n times peak, bandwidth and memory: what links between
 * chips cost, launch times, sampling, activations and what kernels do not reach come on top. A measured speed above the
 * bound is wrong, or was measured under other conditions (drafts, prefix caches, other formats, more chips).
 *
 * All functions are pure: no libm, the same digits everywhere. Thread safety: no state. NaN comes out of the functions of
 * plain numbers where an argument is NaN, negative, or infinite unless stated.
 * Source: Williams, Waterman, Patterson, Roofline, CACM 52(4), 2009; Pope et al., arXiv 2211.05102, for inference.
 */
#ifndef LOWP_ROOFLINE_H
#define LOWP_ROOFLINE_H

#include <lowp/status.h>

LOWP_BEGIN_DECLS

/* --- plain numbers ------------------------------------------------------------------------------------------------ */

/** values * bits / 8: 70e9 parameters at 4.25 bits are 37.2e9 bytes. */
LOWP_API double lowp_roofline_bytes(double values, double bits);

/** Bytes of a KV cache with grouped heads: 2 layers kv_heads head_dim tokens bits / 8. */
LOWP_API double lowp_roofline_kv_bytes(double layers, double kv_heads, double head_dim, double tokens, double bits);

/** Peak over bandwidth, FLOP/B: 1.56e15 / 1.4e12 = 1114. Bandwidth > 0. */
LOWP_API double lowp_roofline_ridge(double peak, double bandwidth);

/** min(peak, intensity * bandwidth) in FLOP/s. peak may be +Inf. */
LOWP_API double lowp_roofline_attainable(double peak, double bandwidth, double intensity);

/** max(bytes / bandwidth, flop / peak). peak may be +Inf: then the bound of memory alone. peak, bandwidth > 0. */
LOWP_API double lowp_roofline_seconds(double flop, double bytes, double peak, double bandwidth);

/**
 * Tokens per second that bandwidth allows: batch bandwidth / (weight_bytes + batch kv_bytes), kv_bytes being those of one
 * sequence. 70e9 B of weights at 1.4e12 B/s, no cache, batch 1: 20. Passes over the weights per second: batch 1,
 * kv_bytes 0. bandwidth and the sum of bytes > 0, batch > 0.
 */
LOWP_API double lowp_roofline_decode_bound(double weight_bytes, double kv_bytes, uint64_t batch, double bandwidth);

/** N above, LOWP_ROUTING_UNIFORM: E (1 - (1 - k / E)^tokens); 0 <= k <= E. The power by repeated squaring. */
LOWP_API double lowp_roofline_experts(double experts, double chosen, uint64_t tokens);

/** Dollars (any currency) for 1e6 tokens: per_hour / (3600 tokens_per_second / 1e6). tokens_per_second > 0. */
LOWP_API double lowp_roofline_cost(double per_hour, double tokens_per_second);

/**
 * Chips that hold `bytes` if `margin` (0 <= margin < 1) of each memory stays free; 0 if arguments are out of range;
 * at most 2^62, as the following.
 */
LOWP_API uint64_t lowp_roofline_chips(double bytes, double margin, double memory);

/**
 * The largest batch whose caches fit beside the weights: floor((memory (1 - margin) - weight_bytes) / kv_bytes). 0 if the
 * weights alone do not fit, or arguments are out of range (kv_bytes > 0).
 */
LOWP_API uint64_t lowp_roofline_max_batch(double weight_bytes, double kv_bytes, double memory, double margin);

/**
 * Seconds at a target error by mixing two formats, each doing all of the work in `seconds` with output NMSE `nmse`: the
 * share p = (fast_nmse - target) / (fast_nmse - fine_nmse) is done in the finer one, the rest in the faster one, so that
 * the mean NMSE is the target; t = (1 - p) fast_seconds + p fine_seconds. p = 0 if fast_nmse <= target. NaN if fine_nmse
 * > target: no mixture reaches it. *share = p unless NULL (untouched with NaN). This is what "normalised by QSNR" means
 * here: throughput at equal error, by something that can be done (keeping some layers in the finer format), under the
 * assumption that each part of the work contributes to the output error by its share.
 */
LOWP_API double lowp_roofline_mix(double fast_nmse, double fast_seconds, double fine_nmse, double fine_seconds,
                                  double target, double *share);

/* --- a model on a chip -------------------------------------------------------------------------------------------- */

/** Counts of a model. Zero it and set struct_size, or use lowp_roofline_model_counts or lowp_model_shape_roofline. */
typedef struct lowp_roofline_model {
  size_t struct_size;
  double linear;         /**< L: matrices that every token uses, without embedding, head and routed experts */
  double head;           /**< H: output projection; where it is tied to the embedding, it counts here */
  double embedding;      /**< table of which a token reads one row; 0 if it is tied to the head */
  double small;          /**< S: norms, biases: read, but of no matrix product */
  double expert;         /**< X: one routed expert, over all layers that have experts */
  double experts;        /**< E in a layer; 0: dense */
  double experts_active; /**< k, at most E */
  double idle;           /**< stored, but it is not known when they are read: they count for capacity alone */
  double hidden;         /**< h */
  double kv;             /**< cache values of a token in layers that attend to everything */
  double kv_window;      /**< in layers with a window */
  double window;         /**< W in tokens; counts where kv_window or pair_window does */
  double pair_decode;    /**< FLOP of a query with one cached token, over the layers that attend to everything */
  double pair_prefill;   /**< the same in prefill: of MLA, where the cache is decompressed, fewer */
  double pair_window;    /**< over the layers with a window */
} lowp_roofline_model;

/**
 * A model of which only the numbers of all and of active parameters are known, 0 < active <= total: linear = active,
 * idle = total - active, no cache, no attention. Bounds are then too high by what was left out, and remain bounds.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_roofline_model_counts(double total, double active, lowp_roofline_model *model);

/** L + H + embedding + S + E X + idle. */
LOWP_API double lowp_roofline_model_total(const lowp_roofline_model *model);
/**
 * L + H + S + k X: parameters that a token reads. Of the embedding table it reads one row, so that this leaves it out, as
 * OpenAI and DeepSeek do; others count all of it.
 */
LOWP_API double lowp_roofline_model_active(const lowp_roofline_model *model);

/** L + k X: matrices that each token of a prompt is multiplied with; the head is needed for the last one alone. */
LOWP_API double lowp_roofline_model_multiplied(const lowp_roofline_model *model);
/**
 * What checkpoints in few bits usually keep in 16: embedding, head and what is of no matrix; where there are experts, all
 * but those.
 */
LOWP_API double lowp_roofline_model_kept(const lowp_roofline_model *model);

/** Bits of a value as stored, scales included. */
typedef struct lowp_roofline_bits {
  size_t struct_size;
  double linear, expert, head, embedding, small, idle, kv;
} lowp_roofline_bits;

/** weights: linear, expert, idle; kv: the cache; head, embedding and small are 16, as most checkpoints have them. */
LOWP_API lowp_roofline_bits lowp_roofline_bits_of(double weights, double kv);

/** What a chip may do at most. Measured rates instead of claimed ones give what to expect instead of a bound. */
typedef struct lowp_roofline_chip {
  size_t struct_size;
  double peak;           /**< FLOP/s of the matrix units in the format of the linear layers; +Inf: unknown, no limit */
  double head_peak;      /**< in the format of the head; 0: peak */
  double attention_peak; /**< in the format of attention; 0: peak */
  double bandwidth;      /**< B/s, > 0 */
  double memory;         /**< bytes; counts for lowp_roofline_fit alone */
} lowp_roofline_chip;

typedef enum lowp_routing { LOWP_ROUTING_UNIFORM = 0, LOWP_ROUTING_SAME } lowp_routing;

/** A model in certain formats on a certain chip. */
typedef struct lowp_roofline {
  size_t struct_size;
  lowp_roofline_model model;
  lowp_roofline_bits bits;
  lowp_roofline_chip chip;
  lowp_routing routing;
} lowp_roofline;

/** A step, or a prefill. */
typedef struct lowp_roofline_time {
  size_t struct_size;
  double weight_bytes;      /**< D without embedding rows and cache */
  double experts;           /**< N; 0 for dense models */
  double kv_bytes;          /**< read in decode, written in prefill */
  double bytes;             /**< D */
  double linear_flop;       /**< of F: linear layers and head */
  double attention_flop;    /**< the rest */
  double memory_seconds;    /**< D / B */
  double compute_seconds;   /**< each part of F over its peak */
  double seconds;           /**< the larger */
  double tokens_per_second; /**< decode: batch / seconds; prefill: batch context / seconds */
  int compute_bound;        /**< compute_seconds >= memory_seconds */
} lowp_roofline_time;

/**
 * DECODE and PREFILL as above. LOWP_E_ARGUMENT for NULL, a struct_size or a routing that is unknown; LOWP_E_RANGE for
 * numbers that are negative, NaN or infinite (but a peak), a bandwidth or bits of 0, k > E, a model without active
 * parameters, batch = 0, or in prefill context = 0 or batch context beyond 2^64; the text names it.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_roofline_decode(const lowp_roofline *roofline, uint64_t batch, uint64_t context,
                                                       lowp_roofline_time *time, lowp_error *error);
LOWP_API LOWP_CHECKED lowp_status lowp_roofline_prefill(const lowp_roofline *roofline, uint64_t batch, uint64_t context,
                                                        lowp_roofline_time *time, lowp_error *error);

/**
 * The smallest batch at which decode is compute-bound; UINT64_MAX if there is none up to 2^40, since the cache grows with
 * the batch too. Found by bisection: bytes are concave in the batch and FLOP proportional to it, so that they cross once.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_roofline_crossover(const lowp_roofline *roofline, uint64_t context,
                                                          uint64_t *batch, lowp_error *error);

/** What has to be in memory. */
typedef struct lowp_roofline_fit_result {
  size_t struct_size;
  double weight_bytes; /**< all parameters, idle ones and all experts included */
  double kv_bytes;     /**< of one sequence of `context` tokens */
  uint64_t max_batch;  /**< sequences that fit beside the weights; UINT64_MAX if they need no cache */
  uint64_t chips;      /**< chips of this memory that hold weights and `batch` sequences; 0 without a memory */
} lowp_roofline_fit_result;

/** Capacity. margin: the part of the memory that stays free for activations and the runtime, 0 <= margin < 1. */
LOWP_API LOWP_CHECKED lowp_status lowp_roofline_fit(const lowp_roofline *roofline, uint64_t batch, uint64_t context,
                                                    double margin, lowp_roofline_fit_result *fit, lowp_error *error);

LOWP_END_DECLS
#endif
