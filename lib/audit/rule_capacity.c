/* SPDX-License-Identifier: Apache-2.0 */
/* rule_capacity.c: how large weights are, and what holds them. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/roofline.h>

#include "audit/rules.h"

/* Embeddings and head of small models are a tenth of their parameters and more. */
#define KEPT_AT_MOST 0.15

void lowpi_rule_weights(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  lowpi_load load;
  lowpi_text a, b, d, e;
  if (!lowpi_find_load(c, &load)) return;
  const double stored = load.params * load.stored_bits / 8;
  const char *printed = lowpi_printed(claim->values, a), *bare = lowpi_amount(LOWPI_DIM_BYTES, load.weight_bytes, b);
  const char *whole = lowpi_amount(LOWPI_DIM_BYTES, stored, d);
  const double value = claim->values->value, sixteen = load.params * 2;
  const double mixed = load.kept > 0 && load.stored_bits < 16 ? stored + load.kept * (16 - load.stored_bits) / 8 : 0;
  if (stored > load.weight_bytes) lowpi_say(c, "with scales: x %g bits / 8 = %s", load.stored_bits, whole);
  if (mixed > 0)
    lowpi_say(c, "with %s in 16 bits, as checkpoints keep embeddings, head and what is no expert: %s",
              lowpi_amount(LOWPI_DIM_PARAMS, load.kept, e), lowpi_amount(LOWPI_DIM_BYTES, mixed, (lowpi_text){0}));
  const lowp_figure *checkpoint = load.model ? &load.model->checkpoint : NULL;
  if (checkpoint && checkpoint->grade)
    lowpi_say_figure(c, load.model->name, "weights as published", LOWPI_DIM_BYTES, checkpoint);
  if (lowpi_agrees(claim, claim->values, stored, LOWPI_NOMINAL))
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "the weights take %s", whole);
  else if (lowpi_agrees(claim, claim->values, load.weight_bytes, LOWPI_NOMINAL))
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, stored / load.weight_bytes,
                   "%s is the elements alone; with the scales of the format it is %s or more", printed, whole);
  else if (value > stored && value <= mixed * (1 + LOWPI_NOMINAL))
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "between %s and %s, with what checkpoints keep in 16 bits", whole,
                   lowpi_amount(LOWPI_DIM_BYTES, mixed, e));
  else if (checkpoint && lowpi_agrees_figure(claim, claim->values, checkpoint))
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, 0, "%s is the size as published, in mixed formats; in %s it is %s",
                   printed, lowp_number_format_name(claim->format), whole);
  else if (mixed == 0 && value > stored && (value - stored) / (sixteen - stored) <= KEPT_AT_MOST)
    lowpi_missing(c, "which weights stay in 16 bits: %.2g %% of them explain %s; in %s all take %s",
                  100 * (value - stored) / (sixteen - stored), printed, lowp_number_format_name(claim->format), whole);
  else
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, claim->values->value / stored, "the weights take %s, not %s",
                   stored > load.weight_bytes ? whole : bare, printed);
}

/* Chips of this memory for so many bytes. */
static double chips_for(double bytes, const lowp_chip *chip) {
  return (double)lowp_roofline_chips(bytes, 0, chip->memory.value);
}

void lowpi_rule_fit(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  const double chips = claim->values->value;
  lowpi_load load;
  lowpi_text a, b, d;
  const lowp_chip *chip = lowpi_find_one(c, claim->subject);
  if (!chip || !lowpi_find_load(c, &load)) return;
  if (!chip->memory.grade) {
    lowpi_missing(c, "the memory of %s", chip->name);
    return;
  }
  const double memory = chips * chip->memory.value, need = chips_for(load.weight_bytes, chip);
  const char *weights = lowpi_amount(LOWPI_DIM_BYTES, load.weight_bytes, a),
             *have = lowpi_amount(LOWPI_DIM_BYTES, memory, b);
  lowpi_say_figure(c, chip->name, "memory", LOWPI_DIM_BYTES, &chip->memory);
  lowpi_say(c, "%.0f x %s = %s; the weights alone need %.0f", chips,
            lowpi_amount(LOWPI_DIM_BYTES, chip->memory.value, d), have, need);
  if (load.model && load.model->checkpoint.grade) {
    lowpi_say_figure(c, load.model->name, "weights as published", LOWPI_DIM_BYTES, &load.model->checkpoint);
    lowpi_say(c, "as published they need %.0f", chips_for(load.model->checkpoint.low, chip));
  }
  if (load.weight_bytes > memory)
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, load.weight_bytes / memory, "%s of weights do not fit %s", weights,
                   have);
  else
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "%s of weights fit %s; %s are left for the cache and the rest",
                   weights, have, lowpi_amount(LOWPI_DIM_BYTES, memory - load.weight_bytes, d));
}

/* Weights and the cache of one sequence on the chips of the text. */
void lowpi_rule_context(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  lowpi_load load;
  lowpi_text a, b, d;
  const lowp_chip *chip = lowpi_find_one(c, claim->subject);
  if (!chip || !lowpi_find_load(c, &load)) return;
  if (!chip->memory.grade || !(claim->chips > 0)) {
    lowpi_missing(c, "the number of chips, or their memory");
    return;
  }
  const double memory = claim->chips * chip->memory.value, left = memory - load.weight_bytes,
               tokens = claim->values->value;
  const char *have = lowpi_amount(LOWPI_DIM_BYTES, memory, a);
  lowpi_say(c, "%.0f %s hold %s", claim->chips, chip->name, have);
  if (left < 0) {
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, load.weight_bytes / memory, "not even the weights fit %s", have);
    return;
  }
  lowpi_say(c, "%s are left: %.6g B for each of %.0f tokens", lowpi_amount(LOWPI_DIM_BYTES, left, b), left / tokens,
            tokens);
  if (!load.model || !load.model->kv.grade) {
    lowpi_missing(c, "bytes of cache for a token; it fits if they are below %.6g", left / tokens);
    return;
  }
  lowpi_say_figure(c, load.model->name, "cache for a token at 16 bits", LOWPI_DIM_BYTES_PER_TOKEN, &load.model->kv);
  const double cache = load.model->kv.value * tokens;
  lowpi_amount(LOWPI_DIM_BYTES, cache, d);
  if (cache <= left)
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "a cache of %s fits in 16 bits", d);
  else if (cache * LOWPI_CACHE_BITS / 16 <= left)
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, cache / left, "the cache of %s fits only in %d bits or less", d,
                   cache / 2 <= left ? 8 : LOWPI_CACHE_BITS);
  else
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, cache / left, "a cache of %s does not fit, nor in %d bits", d,
                   LOWPI_CACHE_BITS);
}

/* One chip instead of n of another: n is what the baseline needs for the same weights. */
void lowpi_rule_replaces(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  lowpi_load load;
  lowpi_text a, b;
  const lowp_chip *chip = lowpi_find_one(c, claim->subject), *base = chip ? lowpi_find_one(c, claim->baseline) : NULL;
  if (!base || !lowpi_find_load(c, &load)) return;
  if (!chip->memory.grade || !base->memory.grade) {
    lowpi_missing(c, "the memory of both chips");
    return;
  }
  const lowp_number_format from = claim->weights_format ? claim->weights_format : claim->format;
  const double bytes = load.params * lowp_number_format_bits(from) / 8, need = chips_for(bytes, base);
  lowpi_say_figure(c, base->name, "memory", LOWPI_DIM_BYTES, &base->memory);
  lowpi_say(c, "%s of weights in %s need %.0f %s", lowpi_amount(LOWPI_DIM_BYTES, bytes, a),
            lowp_number_format_name(from), need, base->name);
  for (size_t i = 0; i < base->format_count; i++) {
    const double bits = lowp_number_format_bits(base->formats[i]), fewer = load.params * bits / 8;
    if (bits < lowp_number_format_bits(from))
      lowpi_say(c, "in %s, which the %s computes too: %s need %.0f", lowp_number_format_name(base->formats[i]),
                base->name, lowpi_amount(LOWPI_DIM_BYTES, fewer, a), chips_for(fewer, base));
  }
  if (load.weight_bytes > chip->memory.value)
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, load.weight_bytes / chip->memory.value, "%s do not fit one %s",
                   lowpi_amount(LOWPI_DIM_BYTES, load.weight_bytes, b), chip->name);
  else if (lowpi_agrees(claim, claim->values, need, 0))
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "%.0f %s are needed in %s", need, base->name,
                   lowp_number_format_name(from));
  else
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, claim->values->value / need, "%.0f %s are needed in %s, not %.0f",
                   need, base->name, lowp_number_format_name(from), claim->values->value);
}
