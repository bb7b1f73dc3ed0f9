/* SPDX-License-Identifier: Apache-2.0 */
/** @file verdict.h  What the checks of claims (claim.h) and of measurements (measured.h) end with. Part of liblowp-io. */
#ifndef LOWP_VERDICT_H
#define LOWP_VERDICT_H

#include <lowp/status.h>

LOWP_BEGIN_DECLS

/** In ascending gravity: of several parts of a claim, or findings on a measurement, the last of these is the verdict. */
typedef enum lowp_verdict {
  LOWP_VERDICT_CONSISTENT = 0,
  LOWP_VERDICT_UNVERIFIABLE, /**< something is missing; the text says what */
  LOWP_VERDICT_MISLABELLED,  /**< right for something else than what it says it is */
  LOWP_VERDICT_INCONSISTENT, /**< a bound or an identity is broken; the text says which, and by how much */
  LOWP_VERDICT_COUNT
} lowp_verdict;

/** "consistent", "unverifiable", "mislabelled", "inconsistent"; "?" for an unknown id. Static storage. */
LOWP_API const char *lowp_verdict_name(lowp_verdict verdict);

LOWP_END_DECLS
#endif
