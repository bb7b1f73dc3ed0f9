/* SPDX-License-Identifier: Apache-2.0 */
/* claim_read.c: one claim from JSON: what tables of keys cannot say. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/read.h"
#include "audit/rules.h"

/* A number, a list of them, or {"low": 15, "high": 25}, in the unit beside it. */
static bool read_value(lowpi_reader *r, const lowpi_place *at, json_t *object, lowpi_dimension dimension,
                       lowp_claim *claim) {
  const lowpi_place here = {at, "value", 0};
  json_t *value = lowpi_value_of(object, "value");
  const lowpi_unit *unit;
  if (dimension == LOWPI_DIM_NONE) {
    if (value || lowpi_value_of(object, "unit"))
      return lowpi_refuse(r, &here, "'%s' has no value and no unit", lowp_quantity_name(claim->quantity));
    return true;
  }
  if (!value) return lowpi_refuse(r, at, "'value' is missing");
  if (!lowpi_read_unit(r, at, object, dimension, &unit)) return false;
  claim->is_range = json_is_object(value);
  const size_t n = claim->is_range ? 2 : json_is_array(value) ? json_array_size(value) : 1;
  if (n == 0 || n > LOWPI_AUDIT_PARTS)
    return lowpi_refuse(r, &here, "a list of 1 to %u numbers is expected", LOWPI_AUDIT_PARTS);
  lowp_amount *values = lowpi_arena_alloc(r->arena, n, sizeof *values);
  if (!values) return lowpi_out_of_memory(r);
  if (claim->is_range && !lowpi_read_keys(r, &here, value, lowpi_bound_keys, NULL, values)) return false;
  for (size_t i = 0; i < n; i++) {
    const char *bound = claim->is_range ? lowpi_bound_keys[i].name : NULL;
    const lowpi_place item = {&here, bound, i};
    json_t *number = bound ? json_object_get(value, bound) : json_is_array(value) ? json_array_get(value, i) : value;
    if (!lowpi_read_amount(r, number == value ? &here : &item, number, unit, &values[i])) return false;
  }
  if (claim->is_range && values[0].value > values[1].value) return lowpi_refuse(r, &here, "'low' is above 'high'");
  claim->values = values;
  claim->value_count = n;
  return true;
}

/* What a part of a claim has, and a claim without parts, which has keys of its own besides. */
static bool read_statement(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowpi_key *more,
                           lowp_claim *claim) {
  return lowpi_read_keys(r, at, value, lowpi_statement_keys, more, claim) &&
         read_value(r, at, value, lowpi_quantity_dimension(claim->quantity), claim);
}

static bool read_parts(lowpi_reader *r, const lowpi_place *at, json_t *list, size_t n, lowp_claim *claim) {
  const lowpi_place here = {at, "parts", 0};
  lowp_claim *parts = lowpi_arena_alloc(r->arena, n, sizeof *parts);
  if (!parts) return lowpi_out_of_memory(r);
  for (size_t i = 0; i < n; i++) {
    const lowpi_place item = {&here, NULL, i};
    parts[i] = (lowp_claim){.id = claim->id, .article = claim->article, .text = claim->text, .of = LOWP_QUANTITY_COUNT};
    if (!read_statement(r, &item, json_array_get(list, i), NULL, &parts[i])) return false;
  }
  claim->parts = parts;
  claim->part_count = n;
  claim->quantity = LOWP_QUANTITY_COUNT;
  return true;
}

bool lowpi_read_claim(lowpi_reader *r, const lowpi_place *at, json_t *value, const lowp_article *article,
                      lowp_claim *out) {
  lowp_claim claim = {.article = article, .of = LOWP_QUANTITY_COUNT};
  const bool whole = lowpi_value_of(value, "parts") == NULL;
  json_t *parts;
  size_t n;
  if (!lowpi_read_keys(r, at, value, lowpi_claim_keys, whole ? lowpi_statement_keys : NULL, &claim) ||
      !lowpi_read_list(r, at, value, lowpi_claim_keys, "parts", &parts, &n))
    return false;
  if (!(whole ? read_statement(r, at, value, lowpi_claim_keys, &claim) : read_parts(r, at, parts, n, &claim)))
    return false;
  *out = claim;
  return true;
}
