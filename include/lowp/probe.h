/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file probe.h  Finding out how a black box adds: dot products to try on it, and what their results say.
 *
 * A plan is a list of dot products of one length, all of whose inputs are codes of two given elements. They are run
 * on the device, in any way: by a function (lowp_probe_run), or elsewhere, from a file. The results, in the order of
 * the plan, are then compared with models of lowp/accumulate.h: those that reproduce every result to the bit are what
 * the device may be.
 *
 * What is probed (L a large power of two, v a small one or 1.5 times one, s tiny):
 *
 *     ALIGN    L at 0, +-v at t, -L at 2 t, for every distance of exponents: how many bits survive, how the rest is
 *              cut; t = 1 within a chunk, larger t through the accumulator
 *     PRODUCT  the same with 1.5 * 1.5 for L: whether products are normalized before they are aligned
 *     CARRY    L at 0; L and v at t, t + 1; -L, -L at 2 t: the sum carries, and the accumulator is rounded
 *     SINGLE   one product 2^e: range and subnormals of accumulator and inputs
 *     RANDOM   uniform in magnitude, all positive or of both signs
 *     STAIR    L at 0, -L at j, s everywhere else: how many s are swallowed tells what is added together, in what order
 *
 * Thread safety: no hidden state. Sources: Fasi et al., PeerJ CS 7:e330; arXiv 2403.00232 (FTTN); arXiv 2411.00442
 * (FPRev, the STAIR probes); arXiv 2512.07004.
 */
#ifndef LOWP_PROBE_H
#define LOWP_PROBE_H

#include <lowp/accumulate.h>

LOWP_BEGIN_DECLS

/** What the device takes. Fill it with lowp_probe_init. */
typedef struct lowp_probe_opts {
  size_t struct_size;
  size_t n;            /**< length of every dot product, 16..1024; promotion is visible up to n / 2 products */
  lowp_element ex, ew; /**< of x and w: signed, and no F64 */
} lowp_probe_opts;

/** BF16, n = 512. */
LOWP_API void lowp_probe_init(lowp_probe_opts *opts);

typedef enum lowp_probe_family {
  LOWP_PROBE_ALIGN = 0,
  LOWP_PROBE_PRODUCT,
  LOWP_PROBE_CARRY,
  LOWP_PROBE_SINGLE,
  LOWP_PROBE_RANDOM,
  LOWP_PROBE_STAIR
} lowp_probe_family;

/** Number of dot products of the plan, a few thousand. LOWP_E_ARGUMENT, LOWP_E_RANGE, LOWP_E_UNSUPPORTED (elements). */
LOWP_API LOWP_CHECKED lowp_status lowp_probe_count(const lowp_probe_opts *opts, size_t *count);

/**
 * Dot product `index`: x[0..n-1] and w[0..n-1], and its family (NULL if not wanted). LOWP_E_RANGE behind the last;
 * LOWP_E_NOMEM.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_probe_make(const lowp_probe_opts *opts, size_t index, float *x, float *w,
                                                  lowp_probe_family *family);

/** "align" and so on; NULL if unknown. */
LOWP_API const char *lowp_probe_family_name(lowp_probe_family family);

/** Fields of lowp_accum, as bits of lowp_probe_verdict.undetermined. FRACTION is fraction_bits + extra_bits. */
enum {
  LOWP_PROBE_KIND = 1,
  LOWP_PROBE_ROUND = 2,
  LOWP_PROBE_ACC_ROUND = 4,
  LOWP_PROBE_FRACTION = 8,
  LOWP_PROBE_CHUNK = 16,
  LOWP_PROBE_WAYS = 32,
  LOWP_PROBE_GROUP = 64,
  LOWP_PROBE_GROUP_BITS = 128,
  LOWP_PROBE_PROMOTE = 256,
  LOWP_PROBE_ACC_FRACTION = 512,
  LOWP_PROBE_ACC_EXPONENT = 1024,
  LOWP_PROBE_ACC_IN_CHUNK = 2048,
  LOWP_PROBE_NORMALIZE = 4096,
  LOWP_PROBE_SWAP_PAIRS = 8192,
  LOWP_PROBE_FLUSH = 16384,
  LOWP_PROBE_OUT = 32768
};

/** What results say. */
typedef struct lowp_probe_verdict {
  size_t struct_size;
  size_t probes;  /**< dot products of the plan */
  size_t matched; /**< of those, reproduced by `accum` to the bit (zeros of either sign, and NaNs, count as equal) */
  /**
   * matched == probes: the model that reproduces everything; the first in accumulate.def if one does there. Otherwise
   * the line of that table that came nearest, and the device is none of the models that were tried. extra_bits is 0;
   * chunk 0 means n or more.
   */
  lowp_accum accum;
  const char *preset;    /**< name of that line, or NULL. Static storage */
  uint64_t presets;      /**< bit i: line i of accumulate.def reproduces everything */
  uint32_t undetermined; /**< fields of which another value that was tried, alone, reproduces everything too */
} lowp_probe_verdict;

/**
 * results[i] belongs to dot product i of the plan. Tries models with: F around what ALIGN shows, and 60; chunks,
 * ways, promotion that STAIR allows; all roundings; accumulators of the widths that results have, with 5 or 8 bits of
 * exponent; results as F32, BF16 or FP16. Two-level models are tried if no other fits. Milliseconds to some seconds.
 * LOWP_E_ARGUMENT, LOWP_E_RANGE, LOWP_E_SHAPE (count is not that of the plan), LOWP_E_NOMEM; *verdict is then
 * untouched.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_probe_judge(const lowp_probe_opts *opts, size_t count, const float *results,
                                                   lowp_probe_verdict *verdict);

/** A black box: the dot product of x and w. */
typedef float lowp_probe_dot(void *context, size_t n, const float *x, const float *w);

/** Runs the plan on `dot`, on the calling thread, and judges it. */
LOWP_API LOWP_CHECKED lowp_status lowp_probe_run(const lowp_probe_opts *opts, lowp_probe_dot *dot, void *context,
                                                 lowp_probe_verdict *verdict);

LOWP_END_DECLS
#endif
