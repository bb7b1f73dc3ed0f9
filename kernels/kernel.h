/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel.h: what a kernel is. A kernel computes; it has no policy, allocation, threads or errors. The caller has checked
 * every precondition. Each function type below is one *op*; kernels.def lists which ISA has an implementation of which op,
 * and generic/ has all of them: that is the specification, and every other kernel gives the same bits (EXACT).
 *
 * No kernel touches a byte outside the ranges stated here. Pointers need no alignment, except where it is said.
 */
#ifndef LOWPK_KERNEL_H
#define LOWPK_KERNEL_H

#include <lowp/quant.h>
#include "kernels/describe.h"
#include "kernels/gemm.h"
#include "kernels/measure.h"

/* codes[i] = code of x[i], lowp_element_size(id) bytes each; random word of element i: low half of philox(seed, counter + i). */
typedef void lowpk_encode_fn(lowp_element id, lowp_encode_rules rules, uint32_t seed, uint64_t counter, size_t n,
                             const float *x, void *codes);

/* x[i] = value of codes[i]; no F32, F64. */
typedef void lowpk_decode_fn(lowp_element id, size_t n, const void *codes, float *x);

/*
 * The largest bit pattern of |x[i]|, i < n, as an integer; 0 for n = 0. Bit patterns of magnitudes are ordered as their
 * values, then Inf (0x7f800000), then NaNs: one pass gives amax and tells whether anything is not finite.
 */
typedef uint32_t lowpk_amax_fn(size_t n, const float *x);

/* The same of bf16 or f16, whose bit patterns are ordered likewise: the largest of the low 15 bits. x needs no alignment. */
typedef uint32_t lowpk_amax16_fn(size_t n, const void *x);

/*
 * Copies bytes that nobody will read soon: past the caches where the CPU can. The two ranges do not overlap. Before such
 * bytes are shown to another thread there has to be a call with bytes = 0, which orders all of them before later stores;
 * a fence in each call would keep the next computation from overlapping with these stores.
 */
typedef void lowpk_stream_fn(size_t bytes, const void *from, void *to);

/* What a row quantizer needs to know. Filled once per tensor by lib/quant; constant while rows run. */
typedef struct lowpk_job {
  const lowp_scheme_info *scheme;
  const lowp_quant_opts *opts; /* checked, no field left at a value that means "default" */
  size_t cols;                 /* as the caller gave it */
  size_t cols_padded;          /* of x, codes; a multiple of the block */
  float tensor_scale;          /* decode multiplier, 1 without one */
  float tensor_scale_inv;      /* encode multiplier, 1 without one */
  float tensor_amax;           /* from the qtensor: amax behind tensor_scale, 0 if that was given */
  int scales_ready; /* 1: scales and zeros of this row are already chosen (2-D blocks, per tensor), only encode */
  int past_caches;  /* of what is dequantized: see below */
} lowpk_job;

/*
 * Quantizes one row. x: cols_padded floats, zeros behind cols, NaN and Inf already handled where the policy is ERROR or
 * ZERO. codes: the row's packed codes (all bytes written). scales: the row's block scales (of the block row that it
 * belongs to). zero: the row's zero point or NULL. `row` numbers the row for the random counter.
 */
typedef void lowpk_quantize_fn(const lowpk_job *job, size_t row, const float *x, uint8_t *codes, uint8_t *scales,
                               void *zero);

/*
 * The same for a row of bf16 or f16 (`from`), of any family: what lowpk_quantize_fn does with its values. x: cols_padded elements of
 * any alignment. A row may be divided on the way, so a scale of the row has to be ready, and no rule counts columns (stochastic
 * rounding).
 */
typedef void lowpk_quantize16_fn(const lowpk_job *job, lowp_element from, size_t row, const void *x, uint8_t *codes,
                                 uint8_t *scales, void *zero);

/*
 * The reverse: x receives cols_padded floats. x is aligned as a float, here and in lowpk_quantize_fn; with job->past_caches
 * at a multiple of 64 bytes, and then stores may go past the caches as those of lowpk_stream_fn, with the same fence after.
 */
typedef void lowpk_dequantize_fn(const lowpk_job *job, const uint8_t *codes, const uint8_t *scales, const void *zero,
                                 float *x);

/*
 * The same for rows of bf16 or f16 (`to`), of any family: what encoding the values of its lowpk_dequantize_fn gives under the
 * default rules of the element. y receives cols_padded elements, of any alignment but where job->past_caches asks for one.
 */
typedef void lowpk_dequantize16_fn(const lowpk_job *job, lowp_element to, const uint8_t *codes, const uint8_t *scales,
                                   const void *zero, void *y);

/* One slot per op, filled by the registry with the best enabled kernel. */
typedef struct lowpk_ops {
  lowpk_encode_fn *encode;
  lowpk_decode_fn *decode;
  lowpk_amax_fn *amax;
  lowpk_amax16_fn *amax16;
  lowpk_stream_fn *stream;
  lowpk_quantize_fn *quantize_mx, *quantize_nvfp4, *quantize_hif4, *quantize_scaled, *quantize_cast;
  lowpk_quantize16_fn *quantize16;
  lowpk_dequantize_fn *dequantize_mx, *dequantize_nvfp4, *dequantize_hif4, *dequantize_scaled, *dequantize_cast;
  lowpk_dequantize16_fn *dequantize16;
  lowpk_measure_fn *measure;   /* measure.h */
  lowpk_describe_fn *describe; /* describe.h */
  /* Matrix multiplication: gemm.h. */
  lowpk_pack_codes_fn *pack_codes;
  lowpk_unpack_codes_fn *unpack_codes;
  lowpk_panel_f32_fn *panel_f32;
  lowpk_panel_bf16_fn *panel_bf16;
  lowpk_panel_int8_fn *panel_int8;
  lowpk_lhs_bf16_fn *lhs_bf16;
  lowpk_lhs_int8_fn *lhs_int8;
  lowpk_gemm_fn *gemm_f32, *gemm_bf16, *gemm_int8;
} lowpk_ops;

/* The ops in use; changes only after lowp_cpu_limit. Never NULL, every slot filled; valid for ever. Any thread. */
const lowpk_ops *lowpk_ops_get(void);

/* The ops for a set of ISAs, bit i for line i of isa.def: those of generic where no other has the op. */
const lowpk_ops *lowpk_ops_for(uint32_t isas);

/* One line of kernels.def, for tests, benches and documentation. */
typedef struct lowpk_entry {
  const char *op;       /* slot name in lowpk_ops */
  const char *isa;      /* name in isa.def */
  const char *name;     /* the function's */
  const char *numerics; /* "EXACT", "MODEL" or "BOUND" */
  size_t isa_index;
  size_t slot;            /* byte offset of the slot in lowpk_ops */
  void (*function)(void); /* cast back to the slot's type before calling */
} lowpk_entry;

/* All entries of this build, generic first for each op; *count receives how many. */
const lowpk_entry *lowpk_entries(size_t *count);

/* The entry that fills a slot (its byte offset) in lowpk_ops_for(isas). Never NULL. */
const lowpk_entry *lowpk_entry_for(uint32_t isas, size_t slot);

/* The prototype of every kernel, so that a definition is checked against the type of its slot. */
#define LOWP_KERNEL(op, ISA, isa, numerics) __typeof__(*((lowpk_ops *)0)->op) lowpk_##op##_##isa;
#include "kernels/kernels.def"
#undef LOWP_KERNEL

#endif
