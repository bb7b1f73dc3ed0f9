/* SPDX-License-Identifier: Apache-2.0 */
/* rule_arithmetic.c: numbers that follow from other numbers of the same text. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/roofline.h>

#include "audit/rules.h"

/* values[i] = from[2i] / from[2i + 1]. */
void lowpi_rule_quotient(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  double worst = 0;
  if (claim->from_count != 2 * claim->value_count) {
    lowpi_missing(c, "two numbers for each quotient");
    return;
  }
  for (size_t i = 0; i < claim->value_count; i++) {
    const lowp_amount *over = &claim->from[2 * i], *under = over + 1;
    lowpi_text a, b, d;
    if (!(under->value > 0)) {
      lowpi_missing(c, "a divisor above 0");
      return;
    }
    const double value = over->value / under->value;
    lowpi_say(c, "%s / %s = %.4g; claimed: %s", lowpi_printed(over, a), lowpi_printed(under, b), value,
              lowpi_printed(&claim->values[i], d));
    if (!lowpi_agrees(claim, &claim->values[i], value, LOWPI_SAME))
      worst = value > 0 ? claim->values[i].value / value : claim->values[i].value;
  }
  if (worst > 0)
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, worst, "the quotient is another");
  else
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "the quotients are right");
}

/* from[2i + 1] lies below from[2i] by 1 - from[2i + 1] / from[2i], which the range holds. */
void lowpi_rule_shortfall(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  const lowp_amount *low = claim->values, *high = claim->values + claim->value_count - 1;
  bool good = true;
  if (claim->from_count == 0 || claim->from_count % 2) {
    lowpi_missing(c, "the numbers that are compared");
    return;
  }
  for (size_t i = 0; i < claim->from_count; i += 2) {
    const lowp_amount *more = &claim->from[i], *less = more + 1;
    lowpi_text a, b;
    if (!(more->value > 0)) {
      lowpi_missing(c, "numbers above 0");
      return;
    }
    const double value = 1 - less->value / more->value;
    lowpi_say(c, "1 - %s / %s = %.1f %%", lowpi_printed(less, a), lowpi_printed(more, b), 100 * value);
    const bool inside = claim->is_range && value >= low->value - low->half && value <= high->value + high->half;
    if (!inside && !lowpi_agrees(claim, low, value, LOWPI_SAME) && !lowpi_agrees(claim, high, value, LOWPI_SAME))
      good = false;
  }
  if (good)
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "all lie in the range");
  else
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, 0, "not all lie in the range");
}

/* A number of the same text with fewer digits. Half a digit is all that rounding can move. */
void lowpi_rule_rounding(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  const lowp_amount *value = claim->values;
  lowpi_text a, b;
  if (claim->from_count != 1) {
    lowpi_missing(c, "the number that was rounded");
    return;
  }
  const double moved =
      claim->from->value > value->value ? claim->from->value - value->value : value->value - claim->from->value;
  const char *printed = lowpi_printed(value, a), *from = lowpi_printed(claim->from, b);
  lowpi_say(c, "%s to %s moves it by %.4g; half a digit is %.4g", from, printed, moved, value->half);
  if (moved <= value->half * (1 + 1e-9))
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "%s rounds to %s", from, printed);
  else
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, value->value / claim->from->value, "%s does not round to %s", from,
                   printed);
}

/* The first number of the text with a unit of this dimension. */
static const lowp_amount *find(const lowp_claim *claim, lowpi_dimension dimension) {
  for (size_t i = 0; i < claim->from_count; i++)
    if (lowpi_unit_of(claim->from[i].unit)->dimension == dimension) return &claim->from[i];
  return NULL;
}

/* Dollars per hour over tokens per hour. Beside it, where the text says enough: the same at the bound of the bandwidth. */
void lowpi_rule_cost(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  const lowp_amount *price = find(claim, LOWPI_DIM_USD_PER_HOUR), *rate = find(claim, LOWPI_DIM_TOKENS_PER_S);
  lowpi_text a, b, d;
  if (!price || !rate || !(rate->value > 0)) {
    lowpi_missing(c, "the price of an hour and the tokens per second");
    return;
  }
  const double cost = lowp_roofline_cost(price->value, rate->value);
  lowpi_say(c, "%s / (%s x 3600 / 1e6) = %.4g USD/Mtok; claimed: %s", lowpi_printed(price, a), lowpi_printed(rate, b),
            cost, lowpi_printed(claim->values, d));
  if (lowpi_agrees(claim, claim->values, cost, LOWPI_SAME))
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0,
                   "the cost follows from price and speed; both are claims of their own");
  else
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, claim->values->value / cost, "price and speed give %.3g USD/Mtok",
                   cost);
  const lowp_chip *chip = lowp_profiles_find_chip(c->profiles, claim->subject);
  lowpi_load load;
  if (!chip || !chip->bandwidth.grade || !claim->model || !claim->format || !(claim->batch >= 1)) return;
  const lowp_verdict verdict = c->verdict;
  const double factor = c->factor;
  const char *reason = c->reason;
  if (lowpi_find_load(c, &load)) {
    const double bound = lowp_roofline_decode_bound(load.read_bytes, 0, (uint64_t)claim->batch, chip->bandwidth.high) *
                         (1 + claim->drafts);
    lowpi_say(c, "bound of the bandwidth at batch %.0f: %.4g tok/s, at which a million tokens cost %.3g USD or more",
              claim->batch, bound, lowp_roofline_cost(price->value, bound));
  }
  c->verdict = verdict;
  c->factor = factor;
  c->reason = reason;
}
