/* SPDX-License-Identifier: Apache-2.0 */
/* few_kinds.h: the kinds of few.def, and which of them a scheme is. */
#ifndef LOWPK_X86_FEW_KINDS_H
#define LOWPK_X86_FEW_KINDS_H

#include "kernels/gemm_f32.h"
#include "kernels/x86/hif8.h"

typedef enum few_kind {
  FEW_NONE, /* not for these kernels */
#define KIND(kind, ...) FEW_##kind,
#include "kernels/x86/few.def"
#undef KIND
  FEW_KINDS
} few_kind;

typedef enum few_scaling { FEW_OUTER, FEW_DIVIDE, FEW_MULTIPLY, FEW_SUBTRACT } few_scaling;
typedef enum few_form { FEW_INTEGERS, FEW_UPPER, FEW_BINARY16 } few_form;

typedef struct few_traits {
  few_scaling scaling;
  few_form form;
  int unit, shift, right;
  unsigned quads, words, block;
} few_traits;

VEC_INLINE few_traits few_traits_of(few_kind kind) {
  switch (kind) {
#define KIND(kind, scaling, form, ...) \
  case FEW_##kind: \
    return (few_traits){FEW_##scaling, FEW_##form, __VA_ARGS__};
#include "kernels/x86/few.def"
#undef KIND
  default:
    return (few_traits){.quads = 1, .words = 1, .block = LOWPK_STEP};
  }
}

/* Of elements under MX scales, other block scales, a scale for whole rows, that and a zero point. */
static inline few_kind few_kind_of(const lowp_scheme_info *s) {
  static const struct {
    uint8_t mx, blocks, rows, zero;
  } kinds[LOWP_ELEMENT_COUNT] = {
      [LOWP_E2M1] = {.mx = FEW_MX_E2M1, .blocks = FEW_NVFP4},
      [LOWP_E2M3] = {.mx = FEW_MX_E2M3},
      [LOWP_E3M2] = {.mx = FEW_MX_E3M2},
      [LOWP_MXINT8] = {.mx = FEW_MX_INT8},
      [LOWP_E4M3FN] = {FEW_MX_E4M3, FEW_E4M3_BLOCK, FEW_E4M3, FEW_NONE},
      [LOWP_E5M2] = {.mx = FEW_MX_E5M2, .rows = FEW_E5M2},
      [LOWP_S1P2] = {.blocks = FEW_HIF4},
      [LOWP_INT4] = {.blocks = FEW_INT4},
      [LOWP_INT8] = {FEW_NONE, FEW_INT8_G, FEW_INT8, FEW_INT8_ZERO},
      [LOWP_HIF8] = {.rows = FEW_HIF8},
      [LOWP_BF16] = {.rows = FEW_BF16},
      [LOWP_FP16] = {.rows = FEW_FP16},
  };
  if (s->family == LOWP_FAMILY_MX) return (few_kind)kinds[s->element].mx;
  if (s->zero != LOWP_ZERO_NONE) return (few_kind)kinds[s->element].zero;
  return (few_kind)(s->block_cols ? kinds[s->element].blocks : kinds[s->element].rows);
}

#endif
