/* SPDX-License-Identifier: Apache-2.0 */
/* rule_cause.c: effects and what they are said to come from; facts of models; what no profile can decide. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/roofline.h>
#include <string.h>

#include "audit/rules.h"

/* --- memory ------------------------------------------------------------------------------------------------------- */

/*
 * A smaller smallest access saves what would have been read and not used: for a random access of r bytes, old and new being
 * the sizes, ceil(r / old) old over ceil(r / new) new. That is old / new for r <= new, and 1 for r that both divide.
 */
void lowpi_rule_access(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  lowpi_text a, b, d;
  if (claim->from_count != 2 || !(claim->from[1].value > 0)) {
    lowpi_missing(c, "the smallest access before and after");
    return;
  }
  const double most = claim->from[0].value / claim->from[1].value;
  const char *printed = lowpi_printed(claim->values, a);
  lowpi_say(
      c, "%s / %s = %.4g for random accesses up to the smaller size; 1 for data that are read in a row, as weights are",
      lowpi_printed(&claim->from[0], b), lowpi_printed(&claim->from[1], d), most);
  if (claim->values->value > most && !lowpi_agrees(claim, claim->values, most, LOWPI_SAME))
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, claim->values->value / most, "the gain is at most %.3g", most);
  else
    lowpi_conclude(
        c, LOWP_VERDICT_MISLABELLED, 0,
        "%s is between the least gain, 1, and the most, %.3g: it depends on the access, which the text does not state",
        printed, most);
}

/* Tokens in flight above which the peak bounds and not the bandwidth: 2 FLOP per weight and token against its bits. */
static double crossover(const lowp_chip *chip, lowp_number_format format) {
  const lowp_figure *peak = &chip->peaks[lowp_number_format_rate(format)].dense;
  if (!peak->grade || !chip->bandwidth.grade) return 0;
  return lowp_roofline_ridge(peak->value, chip->bandwidth.value) * lowp_number_format_stored_bits(format) / 16;
}

/* The crossover, said. 0 after lowpi_missing(). */
static double find_crossover(lowpi_case *c, const lowp_chip *chip) {
  const lowp_number_format format = c->claim->format;
  if (format == LOWP_NUMBER_FORMAT_NONE) {
    lowpi_missing(c, "the format");
    return 0;
  }
  const double tokens = crossover(chip, format);
  if (!(tokens > 0)) {
    lowpi_missing(c, "peak in %s and bandwidth of %s", lowp_number_format_name(format), chip->name);
    return 0;
  }
  const lowp_figure *peak = &chip->peaks[lowp_number_format_rate(format)].dense;
  lowpi_say(c,
            "%s: ridge %.4g / %.4g = %.4g FLOP/B; a weight of %.4g bits gives 2 FLOP for a token: the peak bounds "
            "above %.0f tokens in flight",
            chip->name, peak->value, chip->bandwidth.value, peak->value / chip->bandwidth.value,
            lowp_number_format_stored_bits(format), tokens);
  return tokens;
}

/* "Memory does not limit": right in prefill whatever the chip, wrong in decode below the crossover. */
void lowpi_rule_relief(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  const lowp_chip *chip = lowpi_find_one(c, claim->subject);
  if (!chip) return;
  if (claim->baseline && claim->cause == LOWP_CAUSE_BANDWIDTH) {
    const lowp_chip *base = lowpi_find_one(c, claim->baseline);
    if (!base) return;
    lowpi_say_figure(c, chip->name, "bandwidth", LOWPI_DIM_BYTES_PER_S, &chip->bandwidth);
    lowpi_say_figure(c, base->name, "bandwidth", LOWPI_DIM_BYTES_PER_S, &base->bandwidth);
    if (chip->bandwidth.grade && base->bandwidth.grade && chip->bandwidth.value < base->bandwidth.value) {
      lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, base->bandwidth.value / chip->bandwidth.value,
                     "the bandwidth is %.0f %% lower than that of %s: what bandwidth limits, it limits more",
                     100 * (1 - chip->bandwidth.value / base->bandwidth.value), base->name);
      return;
    }
  }
  if (claim->phase == LOWP_PHASE_UNSTATED) {
    lowpi_missing(c, "the phase");
    return;
  }
  const double tokens = find_crossover(c, chip);
  if (!(tokens > 0)) return;
  const double inflight = claim->phase == LOWP_PHASE_PREFILL ? claim->context : claim->batch;
  if (claim->phase == LOWP_PHASE_PREFILL && (inflight == 0 || inflight > tokens))
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, 0,
                   "prefill of more than %.0f tokens is bounded by the peak on this chip: a format helps there by its "
                   "rate, not by memory",
                   tokens);
  else if (inflight > tokens)
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "%.0f tokens are in flight: the peak bounds", inflight);
  else
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, tokens / (inflight > 0 ? inflight : 1),
                   "%.0f tokens in flight are bounded by bandwidth on this chip", inflight > 0 ? inflight : 1);
}

/* A gain in time that a resource is said to bring: none where that resource does not bound. */
void lowpi_rule_speedup(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  if (claim->phase == LOWP_PHASE_UNSTATED || claim->cause == LOWP_CAUSE_UNSTATED) {
    lowpi_missing(
        c, "%s%s%s", claim->phase == LOWP_PHASE_UNSTATED ? "the work that is timed" : "what the gain comes from",
        claim->baseline ? "" : ", and what it is compared with",
        claim->phase == LOWP_PHASE_UNSTATED && claim->cause == LOWP_CAUSE_UNSTATED ? ", and what it comes from" : "");
    return;
  }
  const lowp_chip *chip = lowpi_find_one(c, claim->subject);
  const double tokens = chip ? find_crossover(c, chip) : 0;
  if (!(tokens > 0)) return;
  lowpi_text a;
  const char *printed = lowpi_printed(claim->values, a);
  const double inflight = claim->phase == LOWP_PHASE_PREFILL ? claim->context : claim->batch;
  if (!(inflight > 0)) {
    lowpi_missing(c, "tokens in flight: the length of the prompt, or the batch");
    return;
  }
  const bool compute = inflight > tokens, by_compute = claim->cause == LOWP_CAUSE_COMPUTE;
  const bool by_memory = claim->cause == LOWP_CAUSE_BANDWIDTH;
  lowpi_say(c, "%.0f tokens in flight: the %s bounds", inflight, compute ? "peak" : "bandwidth");
  if ((compute && by_memory) || (!compute && by_compute)) {
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, 0, "the %s bounds there; more %s gains nothing, not %s",
                   compute ? "peak" : "bandwidth", by_memory ? "bandwidth" : "compute", printed);
    return;
  }
  const lowp_chip *base = claim->baseline ? lowpi_find_one(c, claim->baseline) : NULL;
  if (claim->baseline && !base) return;
  const lowp_rate rate = lowp_number_format_rate(claim->format);
  const lowp_figure *mine = by_compute ? &chip->peaks[rate].dense : &chip->bandwidth;
  const lowp_figure *other = !base ? NULL : by_compute ? &base->peaks[rate].dense : &base->bandwidth;
  if ((!by_compute && !by_memory) || !other || !mine->grade || !other->grade) {
    lowpi_missing(c, "a baseline whose figures are known");
    return;
  }
  const double gain = mine->value / other->value - 1;
  lowpi_say(c, "%.4g / %.4g - 1 = %.1f %%", mine->value, other->value, 100 * gain);
  if (claim->values->value > gain && !lowpi_agrees(claim, claim->values, gain, LOWPI_SAME))
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, gain > 0 ? claim->values->value / gain : 0,
                   "the gain is at most %.0f %%", 100 * gain);
  else
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "the resource allows up to %.0f %%", 100 * gain);
}

/* Fewer watts than the baseline, as the makers state them. */
void lowpi_rule_power(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  const lowp_chip *chip = lowpi_find_one(c, claim->subject);
  if (!chip) return;
  lowpi_say_figure(c, chip->name, "power", LOWPI_DIM_WATT, &chip->tdp);
  if (!claim->baseline) {
    lowpi_missing(c, "what the power is compared with, and for which work");
    return;
  }
  const lowp_chip *base = lowpi_find_one(c, claim->baseline);
  if (!base) return;
  lowpi_say_figure(c, base->name, "power", LOWPI_DIM_WATT, &base->tdp);
  if (!chip->tdp.grade || !base->tdp.grade) {
    lowpi_missing(c, "the power of both");
    return;
  }
  const double saving = 1 - chip->tdp.value / base->tdp.value;
  lowpi_say(c, "1 - %.4g / %.4g = %.0f %%", chip->tdp.value, base->tdp.value, 100 * saving);
  if (saving > 0 && lowpi_agrees(claim, claim->values, saving, LOWPI_SAME))
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "a card takes %.0f %% less", 100 * saving);
  else
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, 0, "a card takes %.0f %% %s than one of the baseline",
                   100 * (saving > 0 ? saving : -saving), saving > 0 ? "less" : "more");
}

/* --- software ----------------------------------------------------------------------------------------------------- */

/* Fusion, scheduling, bandwidth and compute change when operations happen, not which: a score cannot come from them. */
void lowpi_rule_accuracy(lowpi_case *c) {
  switch (c->claim->cause) {
  case LOWP_CAUSE_SOFTWARE:
  case LOWP_CAUSE_BANDWIDTH:
  case LOWP_CAUSE_COMPUTE:
    lowpi_say(c, "the same operations in another order or at another time give the same outputs but for rounding");
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, 0, "a benchmark score cannot be owed to what does not change outputs");
    break;
  default:
    lowpi_missing(c, "the outputs that were scored, with model, format and prompt");
  }
}

/*
 * Attention of n queries on n keys has n^2 scores. Kept, they are n^2 values; taken block by block, with a running maximum and
 * sum (Rabe and Staats 2021, Dao 2022), n. That holds on any chip.
 */
void lowpi_rule_attention(lowpi_case *c) {
  const double power = c->claim->values->value;
  lowpi_say(c, "scores of n queries and n keys: n^2 kept, n block by block with a running maximum and sum");
  if (power == 1)
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, 0, "right of the algorithm on any chip; it is no property of %s",
                   c->claim->subject);
  else if (power == 2)
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "attention that keeps its scores takes n^2");
  else
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, 0, "attention takes n or n^2");
}

/* --- models ------------------------------------------------------------------------------------------------------- */

#define MODELS 64

/* Models that a name means. */
static size_t find_models(lowpi_case *c, const char *name, const lowp_audit_model *models[MODELS]) {
  size_t n = 0;
  const lowp_audit_model *one = lowp_profiles_find_model(c->profiles, name);
  if (one) models[n++] = one;
  for (size_t i = 0; !one && i < lowp_profiles_model_count(c->profiles); i++) {
    const lowp_audit_model *m = lowp_profiles_model(c->profiles, i);
    if (!lowpi_has_name(m->family_count, m->families, name)) continue;
    if (n == MODELS) {
      lowpi_missing(c, "which of more than %d models of the name '%.120s' is meant", MODELS, name);
      return 0;
    }
    models[n++] = m;
  }
  if (!n) lowpi_missing(c, "a profile of the model '%.120s'", name);
  return n;
}

void lowpi_rule_params(lowpi_case *c) {
  const lowp_audit_model *models[MODELS];
  const bool active = c->claim->quantity == LOWP_QUANTITY_PARAMS_ACTIVE;
  const char *what = active ? "active parameters" : "parameters";
  const size_t n = find_models(c, c->claim->subject, models);
  size_t yes = 0, known = 0;
  double nearest = 0;
  lowpi_text a;
  const double value = c->claim->values->value;
  for (size_t i = 0; i < n; i++) {
    const lowp_figure *f = active ? &models[i]->active : &models[i]->params;
    lowpi_say_figure(c, models[i]->name, what, LOWPI_DIM_PARAMS, f);
    if (!f->grade) continue;
    known++;
    if (lowpi_agrees_figure(c->claim, c->claim->values, f) ||
        lowpi_agrees(c->claim, c->claim->values, f->value, LOWPI_NOMINAL))
      yes++;
    const double factor = value > f->value ? value / f->value : f->value / value;
    if (nearest == 0 || factor < nearest) nearest = factor;
  }
  if (!n) return;
  const char *printed = lowpi_printed(c->claim->values, a);
  if (!known)
    lowpi_missing(c, "the %s of %s", what, c->claim->subject);
  else if (!yes)
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, nearest, "no %s has %s %s", c->claim->subject, printed, what);
  else if (yes < n)
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, 0, "%s %s are those of one %s and not of others", printed, what,
                   c->claim->subject);
  else
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "%s has %s %s", c->claim->subject, printed, what);
}

/* Days compare as texts, as far as both go: 2026-04 and 2026-04-24 are the same month. */
void lowpi_rule_release(lowpi_case *c) {
  const lowp_audit_model *models[MODELS];
  const size_t n = find_models(c, c->claim->subject, models);
  if (!n) return;
  if (!c->claim->until) {
    lowpi_missing(c, "the day by which it is said to be there");
    return;
  }
  for (size_t i = 0; i < n; i++) {
    const lowp_audit_model *m = models[i];
    if (!m->released) {
      lowpi_missing(c, "when %s was released", m->name);
      return;
    }
    const size_t a = strlen(m->released), b = strlen(c->claim->until);
    lowpi_say(c, "%s: released %s (%s: %s)", m->name, m->released, lowp_grade_name(m->released_source.grade),
              m->released_source.source);
    if (strncmp(m->released, c->claim->until, a < b ? a : b) <= 0) continue;
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, 0, "%s was released on %s, after %s", m->name, m->released,
                   c->claim->until);
    return;
  }
  lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "it was released by %s", c->claim->until);
}

/* True if a platform's name means this chip, or a family that it belongs to. */
static bool means(lowpi_case *c, const char *platform, const lowp_chip *chip) {
  return lowp_profiles_find_chip(c->profiles, platform) == chip ||
         lowpi_has_name(chip->family_count, chip->families, platform);
}

/* "Runs on `baseline` alone." */
void lowpi_rule_exclusive(lowpi_case *c) {
  const lowp_audit_model *models[MODELS];
  const size_t n = find_models(c, c->claim->subject, models);
  const lowp_chip *chip = n ? lowpi_find_one(c, c->claim->baseline) : NULL;
  if (!chip) return;
  for (size_t i = 0; i < n; i++) {
    const lowp_audit_model *m = models[i];
    if (!m->platform_count) {
      lowpi_missing(c, "the chips for which %s is offered", m->name);
      return;
    }
    for (size_t k = 0; k < m->platform_count; k++) {
      lowpi_say(c, "%s is offered for %s (%s: %s, %s)", m->name, m->platforms[k],
                lowp_grade_name(m->platforms_source.grade), m->platforms_source.source, m->platforms_source.date);
      if (means(c, m->platforms[k], chip)) continue;
      lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, 0, "%s is offered for %s too", m->name, m->platforms[k]);
      return;
    }
  }
  lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "no other chip is known for %s", c->claim->subject);
}

/* --- outside ------------------------------------------------------------------------------------------------------ */

/* What no profile holds; the last column of the table of quantities says what would be needed. */
void lowpi_rule_outside(lowpi_case *c) {
  static const char *const needed[] = {
#define LOWP_QUANTITY(ID, name, dimension, rule, text) text,
#include <lowp/quantity.def>
#undef LOWP_QUANTITY
  };
  lowpi_missing(c, "%s", needed[c->claim->quantity]);
}
