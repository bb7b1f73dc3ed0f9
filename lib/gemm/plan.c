/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c: what is multiplied with what, checked once, with the kernels that this CPU has for it. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"
#include <stdlib.h>

/*
 * Largest k of an integer dot over a whole row: codes of -128 everywhere give 2^31 there, one more than int32 holds, but only
 * there, and kernels add the last products in 64 bits or as unsigned.
 */
#define MAX_WHOLE_ROW_K ((size_t)1 << 17)

/* So that no size of the workspace for 512 rows of it can overflow. */
#define MAX_KP (SIZE_MAX / 16 / LOWPK_GEMM_MC)

void lowp_gemm_desc_init(lowp_gemm_desc *desc, lowp_scheme rhs, size_t n, size_t k) {
  *desc = (lowp_gemm_desc){.struct_size = sizeof *desc, .n = n, .k = k, .rhs = rhs, .compute = LOWP_COMPUTE_BF16};
}

static lowp_status check(const lowp_gemm_desc *desc, lowp_error *error) {
  if (!desc || desc->struct_size != sizeof *desc)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "the description is not initialised (struct_size)");
  if (!lowp_scheme_info_of(desc->rhs))
    return lowpi_fail(error, LOWP_E_ARGUMENT, "unknown scheme %d of the weights", (int)desc->rhs);
  if (desc->lhs != LOWP_SCHEME_NONE && !lowp_scheme_info_of(desc->lhs))
    return lowpi_fail(error, LOWP_E_ARGUMENT, "unknown scheme %d of the activations", (int)desc->lhs);
  if ((unsigned)desc->compute > LOWP_COMPUTE_F32)
    return lowpi_fail(error, LOWP_E_ARGUMENT, "unknown compute %d", (int)desc->compute);
  if (desc->n == 0 || desc->k == 0) return lowpi_fail(error, LOWP_E_SHAPE, "weights of %zu x %zu", desc->n, desc->k);
  if (desc->lhs != LOWP_SCHEME_NONE && lowp_scheme_info_of(desc->lhs)->block_rows > 1)
    return lowpi_fail(error, LOWP_E_UNSUPPORTED, "activations in %s: rows share scales",
                      lowp_scheme_info_of(desc->lhs)->name);
  return LOWP_OK;
}

static lowp_status fill(lowp_gemm_plan *plan, const lowp_gemm_desc *desc, lowp_error *error) {
  lowp_status status = LOWP_OK;
  plan->n = desc->n;
  plan->k = desc->k;
  plan->compute = desc->compute;
  plan->rhs = lowp_scheme_info_of(desc->rhs);
  if (desc->lhs != LOWP_SCHEME_NONE) {
    plan->lhs = lowp_scheme_info_of(desc->lhs);
    status = lowpi_quant_opts_resolve(desc->lhs_opts, desc->lhs, &plan->lhs_opts, error);
    if (status != LOWP_OK) return status;
    status = lowp_scheme_planes(desc->lhs, 1, desc->k, &plan->lhs_row);
  }
  if (status == LOWP_OK) status = lowpi_blob_of(plan->rhs, plan->n, plan->k, &plan->blob);
  if (status == LOWP_OK && plan->blob.kp > MAX_KP) status = LOWP_E_SHAPE;
  if (status != LOWP_OK) return lowpi_fail(error, status, "weights of %zu x %zu are too large", plan->n, plan->k);
  lowpi_gemm_choose(plan);
  if (plan->engine == LOWPI_ENGINE_INT8 && plan->block == plan->blob.kp && plan->k > MAX_WHOLE_ROW_K)
    return lowpi_fail(error, LOWP_E_RANGE, "k = %zu: an integer dot over a whole row has at most %zu products", plan->k,
                      MAX_WHOLE_ROW_K);
  return LOWP_OK;
}

lowp_status lowp_gemm_plan_create(lowp_gemm_plan **out, const lowp_gemm_desc *desc, lowp_error *error) {
  if (!out) return lowpi_fail(error, LOWP_E_ARGUMENT, "no place for the plan");
  lowp_status status = check(desc, error);
  if (status != LOWP_OK) return status;
  lowp_gemm_plan *plan = calloc(1, sizeof *plan);
  if (!plan) return lowpi_fail(error, LOWP_E_NOMEM, "no memory for a plan");
  status = fill(plan, desc, error);
  if (status != LOWP_OK) {
    free(plan);
    return status;
  }
  *out = plan;
  return LOWP_OK;
}

void lowp_gemm_plan_destroy(lowp_gemm_plan *plan) { free(plan); }

const char *lowp_gemm_plan_kernel(const lowp_gemm_plan *plan) { return plan->kernel_name; }
