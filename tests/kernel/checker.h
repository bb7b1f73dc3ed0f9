/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checker.h: compares a kernel with the generic one of its op. Every buffer of the kernel under test lies between two
 * inaccessible pages, right behind one or right before the other; inputs cannot be written; the bytes beside outputs
 * are poisoned, and outputs are filled beforehand with the complement of what they should become. Each subject of an op
 * (an element, a scheme) runs in a process of its own, so a crash is one failure, reported with the case it came from.
 */
#ifndef LOWPT_CHECKER_H
#define LOWPT_CHECKER_H

#include "harness/guard.h"
#include "harness/rng.h"
#include "kernels/kernel.h"
#include <stdbool.h>

typedef void lowpt_function(void);

/* One case: what is compared, the source of everything random in it, and its description once that is known. */
typedef struct lowpt_case {
  lowpt_function *reference, *candidate;
  int subject;
  size_t number; /* 0, 1, ...: walks through sizes, offsets and sides */
  lowpt_rng rng;
  char text[256];
} lowpt_case;

/* An op: how many subjects it has (ids that are none are left out by `applies`), and how to run one case. */
typedef struct lowpt_op {
  const char *name; /* of the slot, or its beginning if it ends in '_' */
  int subjects;
  bool (*applies)(const char *op, int subject);
  const char *(*subject_name)(int subject);
  size_t cases;
  bool (*run)(lowpt_case *c); /* fills c->text before it calls the candidate; true if all is well */
} lowpt_op;

extern const lowpt_op lowpt_op_panel_f32, lowpt_op_panel_bf16, lowpt_op_panel_int8;
extern const lowpt_op lowpt_op_lhs_bf16, lowpt_op_lhs_int8;
extern const lowpt_op lowpt_op_encode, lowpt_op_decode, lowpt_op_amax, lowpt_op_amax16, lowpt_op_stream,
    lowpt_op_quantize, lowpt_op_quantize16, lowpt_op_dequantize, lowpt_op_dequantize16;
extern const lowpt_op lowpt_op_measure;
extern const lowpt_op lowpt_op_describe;
extern const lowpt_op lowpt_op_gemm_int8, lowpt_op_gemm_f32, lowpt_op_pack_codes, lowpt_op_unpack_codes;

typedef struct lowpt_outcome {
  size_t subjects, cases, failed; /* failed subjects */
  char first[512];                /* what failed first */
} lowpt_outcome;

/* Checks a function of the slot `op` against the generic kernel, for one subject or for LOWPT_ALL. */
enum { LOWPT_ALL = -1 };
lowpt_outcome lowpt_check_kernel(const char *op, int subject, lowpt_function *candidate, uint32_t seed);
/* Every nth case of those alone; an odd number. */
lowpt_outcome lowpt_check_kernel_every(size_t n, const char *op, int subject, lowpt_function *candidate, uint32_t seed);

/* Sizes from 0 to twice the widest vector and one, then a few large ones; each at several places, on both sides. */
enum { LOWPT_TAIL = 2 * 64 + 1, LOWPT_PLACES = 8 };
size_t lowpt_case_size(lowpt_case *c);
lowpt_guard lowpt_case_buffer(lowpt_case *c, const void *source, size_t size, size_t alignment);

/* n floats that are meant to be difficult for a format whose largest value is max; `finite` leaves out NaN and Inf. */
void lowpt_case_floats(lowpt_case *c, lowp_element id, bool finite, size_t n, float *x);

/* An output buffer filled with the complement of the bytes that are expected in it. */
lowpt_guard lowpt_case_output(lowpt_case *c, const void *expected, size_t size, size_t alignment);

/* Is the output as expected (floats: NaN for NaN), with nothing beside it touched? */
bool lowpt_case_same(const lowpt_guard *output, const void *expected);
bool lowpt_case_same_floats(const lowpt_guard *output, const void *expected);

#endif
