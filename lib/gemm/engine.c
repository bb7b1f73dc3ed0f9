/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c: which of the three multiplications serves a plan, and which kernel of it. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"
#include "cpu/cpu.h"

/* Are both sides integers times scales? Zero points go with a sum over the whole row alone. */
static bool is_integer(const lowp_gemm_plan *plan) {
  const lowp_scheme_info *w = plan->rhs, *x = plan->lhs;
  if (!x || !lowpk_is_integer_dot(w) || !lowpk_is_integer_dot(x)) return false;
  bool zeros = w->zero != LOWP_ZERO_NONE || x->zero != LOWP_ZERO_NONE;
  return !zeros || (w->block_cols == 0 && x->block_cols == 0);
}

static void choose_kernel(lowp_gemm_plan *plan, lowpi_engine engine, const lowpk_entry *entry) {
  plan->engine = engine;
  plan->kernel = (lowpk_gemm_fn *)entry->function;
  plan->kernel_name = entry->name;
}

/*
 * BF16 by dot instructions, where they pay: the plain C kernel would only be slower than f32, and so are the slow dots. f32 on x
 * rounded to bf16 then has the same products, each exact, and weights that are not even rounded.
 */
static void choose_bf16(lowp_gemm_plan *plan, uint32_t isas) {
  const lowpk_entry *dot = lowpk_entry_for(isas & ~lowpi_cpu_slow_bf16_isas(), offsetof(lowpk_ops, gemm_bf16));
  if (dot->isa_index != LOWPI_ISA_GENERIC) {
    choose_kernel(plan, LOWPI_ENGINE_BF16, dot);
  } else {
    choose_kernel(plan, LOWPI_ENGINE_F32, lowpk_entry_for(isas, offsetof(lowpk_ops, gemm_f32)));
    plan->round_x = true;
  }
}

void lowpi_gemm_choose(lowp_gemm_plan *plan) {
  const uint32_t isas = lowpi_cpu_granted();
  const size_t kp = plan->blob.kp, rhs_block = plan->rhs->block_cols ? plan->rhs->block_cols : kp;
  plan->ops = lowpk_ops_for(isas);
  plan->lhs_block = plan->lhs && plan->lhs->block_cols ? plan->lhs->block_cols : kp;
  plan->block = rhs_block < plan->lhs_block ? rhs_block : plan->lhs_block;
  if (plan->compute == LOWP_COMPUTE_REPRODUCIBLE && is_integer(plan))
    choose_kernel(plan, LOWPI_ENGINE_INT8, lowpk_entry_for(isas, offsetof(lowpk_ops, gemm_int8)));
  else if (plan->compute == LOWP_COMPUTE_BF16)
    choose_bf16(plan, isas);
  else
    choose_kernel(plan, LOWPI_ENGINE_F32, lowpk_entry_for(isas, offsetof(lowpk_ops, gemm_f32)));
}
