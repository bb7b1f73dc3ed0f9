/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file gemm.h  Matrix multiplication with quantized weights: y[m,n] = x[m,k] w[n,k]^T (+ bias).
 *
 * lhs are activations x [m, k], rhs are weights w [n, k], row-major as in checkpoints. A *plan* says what is multiplied with
 * what, and how; weights are *packed* once for it, for every m; *run* then needs neither memory nor locks.
 *
 * Arithmetic. Every weight is core * outer: core is the element times its block scale, outer the scale of its row times the
 * tensor scale (docs/numerics.md). The same for quantized activations. With S = sum over k of x core(w):
 *
 *     y[m,n] = convert(f32(f32(S * outer_x[m]) * outer_w[n]) + bias[n])       to F32, BF16 or FP16: RNE, overflow to Inf
 *
 * | compute      | S                                                                                   | promise |
 * | REPRODUCIBLE | lhs and rhs both of integer elements (MXFP4, NVFP4, MXFP6 E2M3, HiF4, MXINT8, INT8, INT4): for each
 * |              | block, ascending, an exact integer dot d, S = fma(f32(d), f32(scale_x * scale_w), S). Else, and with a float
 * |              | zero point, or where one side has a zero point and one has scales along k: one f32 FMA for
 * |              | each k, ascending, on exactly decoded values                    | same bits on every ISA, for any m, threads, tiling |
 * | BF16         | x rounded to bf16 (RNE), core as bf16 (exact but for FP16 and F32 block scales, FP16 weights, zero points that
 * |              | are floats or no bytes, and cores below 2^-126),
 * |              | products summed in f32                             | bound of docs/numerics.md; one CPU and m: same bits for any threads |
 * | F32          | f32 FMA on exactly decoded values, any order                    | bound of docs/numerics.md |
 *
 * Where S is one FMA for each k, k goes on with zeros to a multiple of 128: an S that was rounded to -0 becomes +0.
 * Integer zero points zx, zw are taken from dots modulo 2^64: exact while k |zx zw| is below 2^62.
 *
 * Results never depend on how many threads run, or on how they share the work: k is never divided between threads. What a caller
 * divides by rows keeps its bits in REPRODUCIBLE alone (lowp_gemm_run_rows): kernels for few rows may add in another order.
 * NaN and Inf follow IEEE arithmetic: a NaN block scale makes its outputs NaN. The floating-point environment must be the
 * default one (round to nearest, subnormals not flushed) for REPRODUCIBLE to hold.
 *
 * Thread safety: plans and packed weights are constant after creation and may be shared; each run needs its own workspace.
 */
#ifndef LOWP_GEMM_H
#define LOWP_GEMM_H

#include <lowp/quant.h>

LOWP_BEGIN_DECLS

/** Arithmetic classes; see above. */
typedef enum lowp_compute {
  LOWP_COMPUTE_REPRODUCIBLE = 0,
  LOWP_COMPUTE_BF16,
  LOWP_COMPUTE_F32
} lowp_compute;

/** What is to be multiplied. Fill it with lowp_gemm_desc_init, then change what you need. */
typedef struct lowp_gemm_desc {
  size_t struct_size;
  size_t n, k;             /**< of the weights, at least 1; k up to 2^17 where an integer dot spans a whole row */
  lowp_scheme rhs;         /**< scheme of the weights: any */
  /**
   * LOWP_SCHEME_NONE: x is used as it is. Otherwise it is quantized on the fly, every row as a tensor of its own (so that results
   * do not depend on m), or comes quantized already. Any scheme with blocks of one row: all but fp8-block.
   */
  lowp_scheme lhs;
  const lowp_quant_opts *lhs_opts; /**< rules for quantizing x; NULL: the defaults. Copied. */
  lowp_compute compute;
} lowp_gemm_desc;

/** rhs with n, k; lhs NONE, compute BF16. */
LOWP_API void lowp_gemm_desc_init(lowp_gemm_desc *desc, lowp_scheme rhs, size_t n, size_t k);

/** A plan: the checked description and the kernels chosen for it. Opaque. */
typedef struct lowp_gemm_plan lowp_gemm_plan;

/**
 * Creates a plan with the best kernels enabled at this moment (lowp_cpu_limit, LOWP_ISA); later limits do not change it. On
 * Linux the first plan that would use AMX asks the kernel for permission; if it is refused other kernels are taken.
 * ARGUMENT (an unknown scheme or class), SHAPE (n or k 0, or sizes that overflow), RANGE (k too long for an integer dot), UNSUPPORTED (an
 * lhs whose rows share scales), NOMEM, or what lowp_quant_opts_check says of lhs_opts.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_gemm_plan_create(lowp_gemm_plan **plan, const lowp_gemm_desc *desc,
                                                        lowp_error *error);
LOWP_API void lowp_gemm_plan_destroy(lowp_gemm_plan *plan); /**< NULL is fine */

/** Name of the multiplication kernel, for example "lowpk_gemm_bf16_amx". Static storage. */
LOWP_API const char *lowp_gemm_plan_kernel(const lowp_gemm_plan *plan);

/**
 * Packing. The blob depends on rhs, n and k only: not on the CPU, compute, or lhs. It may be stored and mapped again; it must
 * lie at a multiple of 64 bytes. It holds everything of the quantized tensor: unpack returns the canonical planes bit for bit.
 * ARGUMENT (planes are missing, packed is NULL or not at 64 bytes), LAYOUT (w is of another scheme), SHAPE (of other sizes), RANGE
 * (bytes are too few): then the blob has not been touched.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_gemm_pack_size(const lowp_gemm_plan *plan, size_t *bytes);
LOWP_API LOWP_CHECKED lowp_status lowp_gemm_pack(const lowp_gemm_plan *plan, const lowp_qtensor *w, void *packed,
                                                 size_t bytes, lowp_error *error);
/**
 * In steps, for weights that are not all in memory at once, and for threads: _begin writes the header and needs all of w but its
 * codes and block scales; _rows then packs rows row0..row1-1 (row0 a multiple of 16, row1 too or n) from w; _end seals the
 * blob, or returns CONSTRAINT if rows are missing. Rows may come in any order, from any thread. LAYOUT for _rows and _end of a blob
 * that was not begun with this plan, or is sealed already.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_gemm_pack_begin(const lowp_gemm_plan *plan, const lowp_qtensor *w, void *packed,
                                                       size_t bytes, lowp_error *error);
LOWP_API LOWP_CHECKED lowp_status lowp_gemm_pack_rows(const lowp_gemm_plan *plan, const lowp_qtensor *w, void *packed,
                                                      size_t row0, size_t row1, lowp_error *error);
LOWP_API LOWP_CHECKED lowp_status lowp_gemm_pack_end(const lowp_gemm_plan *plan, void *packed, lowp_error *error);
/** w: bound or created with the plan's scheme, n, k. LOWP_E_LAYOUT if the blob is not one of this plan. */
LOWP_API LOWP_CHECKED lowp_status lowp_gemm_unpack(const lowp_gemm_plan *plan, const void *packed, size_t bytes,
                                                   lowp_qtensor *w, lowp_error *error);
/** LOWP_OK if the blob belongs to the plan and its checksum, over all of it, is right. For blobs that come from a file. */
LOWP_API LOWP_CHECKED lowp_status lowp_gemm_verify(const lowp_gemm_plan *plan, const void *packed, size_t bytes,
                                                   lowp_error *error);

/** A piece of parallel work: called once for each index 0..tasks-1, on any thread, in any order. */
typedef void lowp_task(void *context, size_t index);

/** Threads for a run. */
typedef struct lowp_threads {
  size_t struct_size;
  size_t count; /**< tasks that run at the same time; 0: as many as OpenMP would start here (1 inside a parallel region) */
  /**
   * Runs all tasks and returns when the last has ended: the caller's own thread pool. NULL: OpenMP if the library has it, else
   * one thread.
   */
  void (*parallel_for)(void *pool, size_t tasks, lowp_task *task, void *context);
  void *pool; /**< first argument of parallel_for */
} lowp_threads;

/** One multiplication. Fill it with lowp_gemm_args_init. */
typedef struct lowp_gemm_args {
  size_t struct_size;
  const lowp_gemm_plan *plan;
  const void *packed;       /**< weights packed for the plan; only the header is checked here (see lowp_gemm_verify) */
  lowp_view x;              /**< [m, k] of F32, BF16 or FP16; rows, cols 0 if xq is given */
  const lowp_qtensor *xq;   /**< or [m, k] quantized in the plan's lhs scheme; NULL */
  lowp_view y;              /**< [m, n] of F32, BF16 or FP16; must not overlap any input */
  const float *bias;        /**< [n] or NULL */
  const float *lhs_scale;   /**< [m]: outer_x[m] is multiplied with it; NULL */
  const float *rhs_scale;   /**< [n]: outer_w[n] is multiplied with it; NULL */
} lowp_gemm_args;

/** Dense matrices x [m,k] of element ex and y [m,n] of element ey; everything else NULL. */
LOWP_API void lowp_gemm_args_init(lowp_gemm_args *args, const lowp_gemm_plan *plan, const void *packed, size_t m,
                                  lowp_element ex, const void *x, lowp_element ey, void *y);

/**
 * Bytes of workspace for lowp_gemm_run_list of these (only plan, x.rows or xq->rows are looked at) with that many threads. Does not
 * grow with m beyond 512 rows. threads NULL: { .count = 0 }. Where threads->count is 0, a run takes fewer threads if its workspace
 * has no room for all that there are by then. ARGUMENT, or SHAPE if the size overflows.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_gemm_workspace(size_t count, const lowp_gemm_args *args,
                                                      const lowp_threads *threads, size_t *bytes);

/**
 * Runs one multiplication. workspace: any alignment, of at least lowp_gemm_workspace() bytes. Nothing is allocated and nothing
 * locked. Errors are found before y is touched: ARGUMENT, SHAPE, LAYOUT (packed for something else), RANGE (workspace too
 * small), NONFINITE (quantization on the fly with that policy: y is then unspecified).
 */
LOWP_API LOWP_CHECKED lowp_status lowp_gemm_run(const lowp_gemm_args *args, const lowp_threads *threads,
                                                void *workspace, size_t bytes, lowp_error *error);

/**
 * Rows m0..m1-1 alone, on the calling thread: callers with threads of their own split m among them, each with its own workspace
 * (lowp_gemm_workspace with count 1). The bits are those of the whole run in REPRODUCIBLE; in BF16 and F32 the class's bound.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_gemm_run_rows(const lowp_gemm_args *args, size_t m0, size_t m1, void *workspace,
                                                     size_t bytes, lowp_error *error);

/**
 * Several multiplications in one parallel region: the experts of a layer, each with its own m and weights, or projections that
 * share x (q, k, v; where x, m and the plan's lhs are the same in consecutive entries, x is prepared once). Entries with m = 0 are
 * skipped. Outputs must not overlap. The bits are those of running each alone.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_gemm_run_list(size_t count, const lowp_gemm_args *args,
                                                     const lowp_threads *threads, void *workspace, size_t bytes,
                                                     lowp_error *error);

LOWP_END_DECLS
#endif
