/* SPDX-License-Identifier: Apache-2.0 */
/* audit_accuracy.h: what number formats cost in accuracy, measured when it is asked for and not looked up. */
#ifndef LOWP_TOOLS_AUDIT_ACCURACY_H
#define LOWP_TOOLS_AUDIT_ACCURACY_H

#include <lowp/audit.h>
#include <stdbool.h>

/* What is quantized. */
typedef enum audit_law {
  AUDIT_NORMAL = 0, /* 256 x 4096 numbers */
  AUDIT_LAPLACE,
  AUDIT_TENSORS, /* the matrices of weights in a file */
  AUDIT_LAW_COUNT
} audit_law;
extern const char *const audit_law_names[AUDIT_LAW_COUNT];

/* NMSE of each format, by the default rules of its scheme; NaN where it was not measured. */
typedef struct audit_accuracy {
  double nmse[LOWP_NUMBER_FORMAT_COUNT][AUDIT_LAW_COUNT];
  size_t tensors; /* matrices in the file */
  double weights; /* values in them */
} audit_accuracy;

/* The scheme that a format means; LOWP_SCHEME_NONE for those of more than 16 bits. */
lowp_scheme audit_scheme(lowp_number_format format);

/* Measures both laws, and the file if `path` is not NULL. TOOL_OK or an exit code after a message. */
int audit_accuracy_measure(const char *path, audit_accuracy *accuracy);

/*
 * NMSE of products y = x w^T: of weights in `weights` as measured on `law`, and activations, taken for normal, in
 * `activations`: e_w + e_a + e_w e_a, errors being independent.
 */
double audit_output_nmse(const audit_accuracy *accuracy, audit_law law, lowp_number_format weights,
                         lowp_number_format activations);

/*
 * NMSE that an accumulator of so many mantissa bits adds to FP8 products of length 4096: fused sums of 32, aligned to
 * the largest and cut, as measured on Hopper (accumulate.def, hopper-fp8) with the bits of the profile. NaN out of range.
 */
double audit_accumulator_nmse(double bits);

#endif
