/* SPDX-License-Identifier: Apache-2.0 */
/* profile_read.c: one chip or model from JSON: what tables of keys cannot say. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/read.h"

/* The value of a source of something that is no number: how much there is of it. */
static void count_source(lowp_figure *source, size_t count) {
  if (source->grade) source->value = source->low = source->high = (double)count;
}

static bool above(const lowp_figure *a, const lowp_figure *b) { return a->grade && b->grade && a->value > b->value; }

bool lowpi_read_chip(lowpi_reader *r, const lowpi_place *at, json_t *value, lowp_chip *out) {
  const lowpi_place peaks = {at, "peaks", 0};
  lowp_chip chip = {0};
  if (!lowpi_read_keys(r, at, value, lowpi_chip_keys, NULL, &chip)) return false;
  count_source(&chip.formats_source, chip.format_count);
  for (int i = 0; i < LOWP_RATE_COUNT; i++) {
    const lowpi_place rate = {&peaks, lowp_rate_name((lowp_rate)i), 0};
    if (above(&chip.peaks[i].dense, &chip.peaks[i].sparse))
      return lowpi_refuse(r, &rate, "the sparse peak is below the dense one");
  }
  if (above(&chip.memory, &chip.memory_physical)) return lowpi_refuse(r, at, "'memory_physical' is below 'memory'");
  *out = chip;
  return true;
}

bool lowpi_read_model(lowpi_reader *r, const lowpi_place *at, json_t *value, lowp_audit_model *out) {
  lowp_audit_model model = {0};
  if (!lowpi_read_keys(r, at, value, lowpi_model_keys, NULL, &model)) return false;
  count_source(&model.released_source, 1);
  count_source(&model.platforms_source, model.platform_count);
  const struct {
    const char *key;
    const lowp_figure *figure;
  } parts[] = {
      {"active", &model.active}, {"read", &model.read}, {"multiplied", &model.multiplied}, {"kept", &model.kept}};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    if (above(parts[i].figure, &model.params)) return lowpi_refuse(r, at, "'%s' is above 'params'", parts[i].key);
  *out = model;
  return true;
}
