/* SPDX-License-Identifier: Apache-2.0 */
/* run.c: the three ways to run multiplications. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"

lowp_status lowp_gemm_run_list(size_t count, const lowp_gemm_args *args, const lowp_threads *threads, void *workspace,
                               size_t bytes, lowp_error *error) {
  return lowpi_gemm_run(count, args, 0, SIZE_MAX, threads, workspace, bytes, error);
}

lowp_status lowp_gemm_run(const lowp_gemm_args *args, const lowp_threads *threads, void *workspace, size_t bytes,
                          lowp_error *error) {
  return lowpi_gemm_run(1, args, 0, SIZE_MAX, threads, workspace, bytes, error);
}

lowp_status lowp_gemm_run_rows(const lowp_gemm_args *args, size_t m0, size_t m1, void *workspace, size_t bytes,
                               lowp_error *error) {
  static const lowp_threads alone = {.struct_size = sizeof alone, .count = 1};
  if (args && args->struct_size == sizeof *args && (m0 > m1 || m1 > lowpi_args_m(args)))
    return lowpi_fail(error, LOWP_E_SHAPE, "rows %zu..%zu of %zu", m0, m1, lowpi_args_m(args));
  return lowpi_gemm_run(1, args, m0, m1, &alone, workspace, bytes, error);
}
