/* SPDX-License-Identifier: Apache-2.0 */
/* restate.c: what a peak consists of: units x operations per clock x clock. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/audit_internal.h"

/* Product of three figures, 0 if one is not known. */
static double product(const lowp_figure *a, const lowp_figure *b, const lowp_figure *c) {
  return a->grade && b->grade && c->grade ? a->value * b->value * c->value : 0;
}

lowp_status lowp_chip_restate(const lowp_chip *chip, lowp_rate rate, lowp_restated *out) {
  if (!chip || !out || (unsigned)rate >= LOWP_RATE_COUNT) return LOWP_E_ARGUMENT;
  lowp_restated r = {0};
  r.matrix = product(&chip->matrix.count, &chip->matrix.per_clock[rate], &chip->clock);
  for (int i = 0; i < LOWP_RATE_COUNT; i++) {
    const double vector = product(&chip->vector.count, &chip->vector.per_clock[i], &chip->clock);
    if (vector > r.vector) r.vector = vector;
  }
  if (r.matrix > 0 && r.vector > 0) r.total = r.matrix + r.vector;
  const lowp_figure *dense = &chip->peaks[rate].dense;
  if (r.matrix > 0 && dense->grade)
    r.reading = lowpi_near(dense->value, r.matrix, LOWPI_SAME)  ? "matrix units alone"
                : lowpi_near(dense->value, r.total, LOWPI_SAME) ? "matrix and vector units together"
                                                                : "neither";
  *out = r;
  return LOWP_OK;
}
