/* SPDX-License-Identifier: Apache-2.0 */
/* random_internal.h: numbers of a body distribution, for the matrices of random_matrix.c. */
#ifndef LOWPI_RANDOM_INTERNAL_H
#define LOWPI_RANDOM_INTERNAL_H

#include <lowp/random.h>

/* As lowp_random_fill, of any distribution; nu for STUDENT. */
void lowpi_random_body(lowp_distribution distribution, double nu, uint32_t seed, uint64_t first, size_t n, float *x);

#endif
