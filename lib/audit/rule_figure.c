/* SPDX-License-Identifier: Apache-2.0 */
/* rule_figure.c: memory, bandwidth, power and the like against the profile, its sisters and its family. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/rules.h"

/* What a claimed figure is compared with. `more_is_better`: a claim above the profile promises what is not there. */
static const struct figure {
  lowp_quantity quantity;
  const char *what;
  size_t offset;    /* of the figure in lowp_chip */
  size_t confusion; /* of another figure that it is often taken for; 0: none */
  const char *confused_with;
  bool more_is_better;
} figures[] = {
    {LOWP_QUANTITY_MEMORY_CAPACITY, "memory", offsetof(lowp_chip, memory), offsetof(lowp_chip, memory_physical),
     "what is built in, not what a program can use", true},
    {LOWP_QUANTITY_MEMORY_BANDWIDTH, "bandwidth", offsetof(lowp_chip, bandwidth),
     offsetof(lowp_chip, bandwidth_measured), "what was measured, not the peak", true},
    {LOWP_QUANTITY_INTERCONNECT, "interconnect", offsetof(lowp_chip, interconnect), 0, NULL, true},
    {LOWP_QUANTITY_TDP, "power", offsetof(lowp_chip, tdp), 0, NULL, false},
    {LOWP_QUANTITY_CLOCK, "clock", offsetof(lowp_chip, clock), 0, NULL, true},
    {LOWP_QUANTITY_CHIP_COUNT, "chips in the largest system", offsetof(lowp_chip, pod), 0, NULL, true},
};

static const lowp_figure *at(const lowp_chip *chip, size_t offset) {
  return (const lowp_figure *)(const void *)((const char *)chip + offset);
}

static const struct figure *figure_of(lowp_quantity quantity) {
  const struct figure *f = figures;
  while (f->quantity != quantity) f++;
  return f;
}

/* A sister whose figure the claim is, or NULL. */
static const lowp_chip *sister_with(lowpi_case *c, const lowp_chip *chip, size_t offset) {
  for (size_t i = 0; i < lowp_profiles_chip_count(c->profiles); i++) {
    const lowp_chip *other = lowp_profiles_chip(c->profiles, i);
    if (other != chip && lowpi_siblings(chip, other) &&
        lowpi_agrees_figure(c->claim, c->claim->values, at(other, offset)))
      return other;
  }
  return NULL;
}

static void examine_one(lowpi_case *c, const lowp_chip *chip, const struct figure *f) {
  const lowp_amount *claimed = c->claim->values;
  const lowpi_dimension dimension = lowpi_quantity_dimension(f->quantity);
  const lowp_figure *own = at(chip, f->offset), *other = f->confusion ? at(chip, f->confusion) : NULL;
  lowpi_text a, b;
  lowpi_say_figure(c, chip->name, f->what, dimension, own);
  if (own->grade == LOWP_GRADE_NONE) {
    lowpi_missing(c, "the %s of %s", f->what, chip->name);
    return;
  }
  const char *printed = lowpi_printed(claimed, a), *known = lowpi_amount(dimension, own->value, b);
  const double factor = claimed->value / (claimed->value > own->high ? own->high : own->low);
  if (lowpi_agrees_figure(c->claim, claimed, own)) {
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "%s is the %s of %s (%s)", printed, f->what, chip->name,
                   lowp_grade_name(own->grade));
    return;
  }
  if (other && lowpi_agrees_figure(c->claim, claimed, other)) {
    lowpi_say_figure(c, chip->name, f->confused_with, dimension, other);
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, factor, "%s is %s: that is %s", printed, f->confused_with, known);
    return;
  }
  const lowp_chip *sister = sister_with(c, chip, f->offset);
  if (sister) lowpi_say_figure(c, sister->name, f->what, dimension, at(sister, f->offset));
  lowpi_say(c, "%s over %s = %.3g", printed, known, claimed->value / own->value);
  if (sister && !(f->more_is_better && claimed->value > own->high))
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, factor, "%s is the %s of %s; that of %s is %s", printed, f->what,
                   sister->name, chip->name, known);
  else
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, factor, "the %s of %s is %s, not %s%s%s", f->what, chip->name, known,
                   printed, sister ? ", which is that of " : "", sister ? sister->name : "");
}

/* The claim names a family: it must hold for every member, or the text should have said for which. */
static void examine_family(lowpi_case *c, const lowpi_bins *bins, const struct figure *f) {
  const lowp_amount *claimed = c->claim->values;
  const lowpi_dimension dimension = lowpi_quantity_dimension(f->quantity);
  const lowp_chip *holds = NULL;
  size_t yes = 0, no = 0, unknown = 0;
  double nearest = 0;
  lowpi_text a;
  for (size_t i = 0; i < bins->count; i++) {
    const lowp_figure *own = at(bins->chips[i], f->offset);
    lowpi_say_figure(c, bins->chips[i]->name, f->what, dimension, own);
    if (own->grade == LOWP_GRADE_NONE) {
      unknown++;
    } else if (lowpi_agrees_figure(c->claim, claimed, own)) {
      holds = bins->chips[i];
      yes++;
    } else {
      const double factor = claimed->value > own->value ? claimed->value / own->value : own->value / claimed->value;
      nearest = no++ && nearest < factor ? nearest : factor;
    }
  }
  const char *printed = lowpi_printed(claimed, a);
  if (yes == bins->count)
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "%s is the %s of every %s", printed, f->what, c->claim->subject);
  else if (yes)
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, 0, "%s is the %s of %s%s; of others of the name '%s' it is %s", printed,
                   f->what, holds->name, yes > 1 ? " and another" : "", c->claim->subject,
                   no ? "another" : "not known");
  else if (no)
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, nearest, "no %s has a %s of %s%s", c->claim->subject, f->what, printed,
                   unknown ? ", as far as known" : "");
  else
    lowpi_missing(c, "the %s of any %s", f->what, c->claim->subject);
}

static void examine(lowpi_case *c) {
  lowpi_bins bins;
  const struct figure *f = figure_of(c->claim->quantity);
  if (!lowpi_find_bins(c, c->claim->subject, &bins)) return;
  if (bins.family)
    examine_family(c, &bins, f);
  else
    examine_one(c, bins.chips[0], f);
}

void lowpi_rule_figure(lowpi_case *c) { examine(c); }

/* A system of `group`s has a whole number of them; and its size is that of the profile, where that is known. */
void lowpi_rule_count(lowpi_case *c) {
  const double count = c->claim->values->value, group = c->claim->group;
  if (group > 0) {
    const double groups = count / group;
    lowpi_say(c, "%.0f / %.0f = %.6g", count, group, groups);
    if (groups != lowpi_ceil(groups)) {
      lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, 0, "%.0f chips are no whole number of groups of %.0f", count, group);
      return;
    }
  }
  examine(c);
}

/* --- formats ------------------------------------------------------------------------------------------------------ */

static bool supports(const lowp_chip *chip, lowp_number_format format) {
  for (size_t i = 0; i < chip->format_count; i++)
    if (chip->formats[i] == format) return true;
  return false;
}

void lowpi_rule_formats(lowpi_case *c) {
  lowpi_bins bins;
  const lowp_claim *claim = c->claim;
  const char *lacks = NULL, *without = NULL;
  size_t unknown = 0;
  if (!lowpi_find_bins(c, claim->subject, &bins)) return;
  if (claim->format_count == 0) {
    lowpi_missing(c, "the formats: the claim names none");
    return;
  }
  for (size_t i = 0; i < bins.count; i++) {
    const lowp_chip *chip = bins.chips[i];
    if (chip->format_count == 0) {
      unknown++;
      lowpi_say(c, "%s: formats not known", chip->name);
      continue;
    }
    for (size_t k = 0; k < claim->format_count; k++) {
      const bool has = supports(chip, claim->formats[k]);
      lowpi_say(c, "%s: %s is %s the formats that it computes (%s: %s, %s)", chip->name,
                lowp_number_format_name(claim->formats[k]), has ? "among" : "not among",
                lowp_grade_name(chip->formats_source.grade), chip->formats_source.source, chip->formats_source.date);
      if (has) continue;
      lacks = lowp_number_format_name(claim->formats[k]);
      without = chip->name;
    }
  }
  if (lacks)
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, 0, "%s does not compute %s", without, lacks);
  else if (unknown)
    lowpi_missing(c, "the formats of %s", claim->subject);
  else
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "all formats named are among those of %s", claim->subject);
}

/* "Not public": refuted by one figure of a maker or a report. */
void lowpi_rule_unpublished(lowpi_case *c) {
  lowpi_bins bins;
  const struct figure *f = figures;
  while (f < figures + sizeof figures / sizeof figures[0] && f->quantity != c->claim->of) f++;
  if (f == figures + sizeof figures / sizeof figures[0]) {
    lowpi_missing(c, "which figure is said to be unpublished");
    return;
  }
  if (!lowpi_find_bins(c, c->claim->subject, &bins)) return;
  for (size_t i = 0; i < bins.count; i++) {
    const lowp_figure *own = at(bins.chips[i], f->offset);
    lowpi_say_figure(c, bins.chips[i]->name, f->what, lowpi_quantity_dimension(f->quantity), own);
    if (own->grade != LOWP_GRADE_VENDOR && own->grade != LOWP_GRADE_REPORTED) continue;
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, 0, "the %s of %s is published", f->what, bins.chips[i]->name);
    return;
  }
  lowpi_missing(c, "any source with the %s of %s; that there is none cannot be shown", f->what, c->claim->subject);
}
