/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard.h: how sensitive a tensor of weights is to its quantization: what lowp-quant --target-bpw chooses tensors by, and
 * lowp-analyze --mitigations compares. docs/error-analysis.md, Guard rails, has the formulas and what they are worth.
 */
#ifndef LOWP_TOOLS_GUARD_H
#define LOWP_TOOLS_GUARD_H

#include <lowp/analysis.h>
#include <stdbool.h>

typedef enum tool_guard_by {
  TOOL_GUARD_DAMAGE = 0, /* squared error over the energy of N, all but the largest of each block */
  TOOL_GUARD_HESSIAN,    /* expected output NMSE: columns count as the diagonal of the Hessian says */
  TOOL_GUARD_OUTPUT,     /* output NMSE on a sample of tokens and rows */
  TOOL_GUARD_NMSE        /* of the weights */
} tool_guard_by;

/* In this order. */
extern const char *const tool_guard_names[];
/* Whether it takes activations. */
bool tool_guard_needs_activations(tool_guard_by by);

/* *result of weights w that are quantized as q; x: activations, [tokens, columns of w], for those that need them. */
lowp_status tool_guard_measure(tool_guard_by by, const lowp_view *w, const lowp_qtensor *q, const lowp_view *x,
                               double *result, lowp_error *error);

#endif
