/* SPDX-License-Identifier: Apache-2.0 */
/* threads.c: parallel work on the caller's pool, on OpenMP, or on one thread. The one file of the library that knows OpenMP. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "gemm/gemm_internal.h"
#include <limits.h>
#ifdef _OPENMP
#include <omp.h>
#endif

/* A caller who is already in a parallel region has its threads busy. */
static size_t available(void) {
#ifdef _OPENMP
  int n = omp_in_parallel() ? 1 : omp_get_max_threads();
  return n > 1 ? (size_t)n : 1;
#else
  return 1;
#endif
}

size_t lowpi_threads_count(const lowp_threads *threads) {
  size_t count = threads && threads->count ? threads->count : available();
  return count < INT_MAX ? count : INT_MAX;
}

void lowpi_threads_run(const lowp_threads *threads, size_t tasks, lowp_task *task, void *context) {
  if (tasks <= 1) {
    for (size_t i = 0; i < tasks; i++) task(context, i);
    return;
  }
  if (threads && threads->parallel_for) {
    threads->parallel_for(threads->pool, tasks, task, context);
    return;
  }
  const int count = (int)tasks; /* at most lowpi_threads_count */
#ifdef _OPENMP
#pragma omp parallel for num_threads(count) schedule(static, 1)
#endif
  for (int i = 0; i < count; i++) task(context, (size_t)i);
}
