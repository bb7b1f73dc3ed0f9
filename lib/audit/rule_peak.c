/* SPDX-License-Identifier: Apache-2.0 */
/* rule_peak.c: which figure a claimed peak is: dense or sparse, matrix units or all, of this chip or of a sister. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdio.h>

#include "audit/rules.h"

/* What a number was found to be. In the order of preference. */
typedef enum kind { DENSE = 0, WITH_VECTOR, SPARSE, SISTER, OTHER_RATE, NOTHING, UNKNOWN } kind;

typedef struct reading {
  kind kind;
  const lowp_chip *chip; /* SISTER: whose it is */
  lowp_rate rate;        /* OTHER_RATE: of which */
  bool sparse;           /* SISTER, OTHER_RATE: its sparse figure */
  double own;            /* what the chip has, in the sense of the claim; 0 if not known */
  double matrix;         /* of the matrix units alone; 0 if not known */
  double dense;
} reading;

static bool same(const lowpi_case *c, double value) {
  return value > 0 && lowpi_agrees(c->claim, c->claim->values, value, LOWPI_SAME);
}

static bool is_figure(const lowpi_case *c, const lowp_figure *f) {
  return lowpi_agrees_figure(c->claim, c->claim->values, f);
}

/* A dense or sparse figure of another chip or rate that the claim is. */
static bool is_peak(const lowpi_case *c, const lowp_peak *peak, bool *sparse) {
  const bool want_sparse = c->claim->sparsity == LOWP_SPARSITY_SPARSE;
  const lowp_figure *first = want_sparse ? &peak->sparse : &peak->dense,
                    *second = want_sparse ? &peak->dense : &peak->sparse;
  *sparse = is_figure(c, first) ? want_sparse : !want_sparse;
  return is_figure(c, first) || is_figure(c, second);
}

static void elsewhere(const lowpi_case *c, const lowp_chip *chip, lowp_rate rate, reading *r) {
  for (size_t i = 0; i < lowp_profiles_chip_count(c->profiles); i++) {
    const lowp_chip *other = lowp_profiles_chip(c->profiles, i);
    if (other == chip || !lowpi_siblings(chip, other) || !is_peak(c, &other->peaks[rate], &r->sparse)) continue;
    r->kind = SISTER;
    r->chip = other;
    return;
  }
  for (int k = 0; k < LOWP_RATE_COUNT; k++) {
    if ((lowp_rate)k == rate || !is_peak(c, &chip->peaks[k], &r->sparse)) continue;
    r->kind = OTHER_RATE;
    r->rate = (lowp_rate)k;
    return;
  }
  r->kind = NOTHING;
}

static reading read_peak(const lowpi_case *c, const lowp_chip *chip, lowp_rate rate) {
  reading r = {.kind = UNKNOWN};
  const lowp_peak *peak = &chip->peaks[rate];
  const lowp_sparsity sparsity = c->claim->sparsity;
  lowp_restated parts;
  if (lowp_chip_restate(chip, rate, &parts)) return r;
  r.matrix = parts.matrix;
  r.dense = peak->dense.grade ? peak->dense.value : parts.matrix;
  r.own = peak->sparse.grade && sparsity != LOWP_SPARSITY_DENSE ? peak->sparse.high
          : peak->dense.grade                                   ? peak->dense.high
                                                                : parts.matrix;
  if (!(r.own > 0)) return r;
  const bool vector_apart = parts.total > 0 && !lowpi_near(parts.total, parts.matrix, LOWPI_SAME);
  if (sparsity != LOWP_SPARSITY_SPARSE && same(c, parts.matrix))
    r.kind = DENSE;
  else if (sparsity != LOWP_SPARSITY_SPARSE && vector_apart && same(c, parts.total))
    r.kind = WITH_VECTOR;
  else if (sparsity != LOWP_SPARSITY_SPARSE && is_figure(c, &peak->dense))
    /* The claimed dense peak may itself be more than the matrix units do. */
    r.kind = vector_apart && lowpi_near(peak->dense.value, parts.total, LOWPI_SAME) ? WITH_VECTOR : DENSE;
  else if (is_figure(c, &peak->sparse))
    r.kind = SPARSE;
  else if (sparsity == LOWP_SPARSITY_SPARSE && is_figure(c, &peak->dense))
    r.kind = DENSE;
  else if (sparsity == LOWP_SPARSITY_SPARSE && !peak->sparse.grade)
    r.kind = UNKNOWN;
  else
    elsewhere(c, chip, rate, &r);
  return r;
}

static void say_peak(lowpi_case *c, const lowp_chip *chip, lowp_rate rate) {
  lowp_restated parts;
  lowpi_text a, b, d;
  const lowp_peak *peak = &chip->peaks[rate];
  char what[40];
  snprintf(what, sizeof what, "%s dense", lowp_rate_name(rate));
  lowpi_say_figure(c, chip->name, what, LOWPI_DIM_OPS, &peak->dense);
  snprintf(what, sizeof what, "%s sparse", lowp_rate_name(rate));
  if (peak->sparse.grade) lowpi_say_figure(c, chip->name, what, LOWPI_DIM_OPS, &peak->sparse);
  if (peak->sparse.grade && peak->dense.grade)
    lowpi_say(c, "sparse over dense: %.3g", peak->sparse.value / peak->dense.value);
  if (lowp_chip_restate(chip, rate, &parts) || !(parts.matrix > 0)) return;
  lowpi_say(c, "%.0f matrix units x %.0f operations per clock x %s = %s (derived)", chip->matrix.count.value,
            chip->matrix.per_clock[rate].value, lowpi_amount(LOWPI_DIM_HERTZ, chip->clock.value, a),
            lowpi_amount(LOWPI_DIM_OPS, parts.matrix, b));
  if (parts.total > 0)
    lowpi_say(c, "%.0f vector units add %s: %s (derived)", chip->vector.count.value,
              lowpi_amount(LOWPI_DIM_OPS, parts.vector, a), lowpi_amount(LOWPI_DIM_OPS, parts.total, d));
}

static void conclude_one(lowpi_case *c, const lowp_chip *chip, lowp_rate rate, const reading *r) {
  lowpi_text a, b;
  const double value = c->claim->values->value, factor = r->own > 0 ? value / r->own : 0;
  const char *printed = lowpi_printed(c->claim->values, a), *name = lowp_rate_name(rate);
  const char *own = lowpi_amount(LOWPI_DIM_OPS, r->own, b);
  const bool over = value > r->own, says_sparse = c->claim->sparsity == LOWP_SPARSITY_SPARSE;
  lowpi_text dense;
  lowpi_amount(LOWPI_DIM_OPS, r->dense, dense);
  switch (r->kind) {
  case DENSE:
    if (says_sparse)
      lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, 0, "%s is the dense peak, not the sparse one", printed);
    else
      lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "%s is the dense %s peak of %s", printed, name, chip->name);
    break;
  case WITH_VECTOR:
    lowpi_amount(LOWPI_DIM_OPS, r->matrix, dense);
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, value / r->matrix,
                   "%s counts the vector units, which multiply no %s matrices; matrix units alone: %s", printed, name,
                   dense);
    break;
  case SPARSE:
    if (says_sparse)
      lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "%s is the sparse %s peak of %s, and is called so", printed, name,
                     chip->name);
    else
      lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, r->dense > 0 ? value / r->dense : 0,
                     "%s is the sparse %s peak, which the text does not say; dense: %s", printed, name, dense);
    break;
  case SISTER:
    lowpi_conclude(c, over ? LOWP_VERDICT_INCONSISTENT : LOWP_VERDICT_MISLABELLED, factor,
                   "%s is the %s %s peak of %s; %s has %s", printed, r->sparse ? "sparse" : "dense", name,
                   r->chip->name, chip->name, own);
    break;
  case OTHER_RATE:
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, r->dense > 0 && !over ? value / r->dense : factor,
                   "%s is the %s %s peak of %s; in %s it has %s", printed, r->sparse ? "sparse" : "dense",
                   lowp_rate_name(r->rate), chip->name, name, over ? own : dense);
    break;
  case NOTHING:
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, over ? factor : value / r->dense,
                   "%s is no %s peak of %s, which has %s%s", printed, name, chip->name, over ? own : dense,
                   over ? " at most" : "");
    break;
  default:
    lowpi_missing(c, "the %s %s peak of %s", says_sparse ? "sparse" : "dense", name, chip->name);
  }
}

/* Of a family: true of all, of some, of none that is known. */
static void conclude_family(lowpi_case *c, const lowpi_bins *bins, lowp_rate rate) {
  size_t yes = 0, known = 0;
  const lowp_chip *holds = NULL;
  double nearest = 0;
  lowpi_text a;
  reading r = {.kind = UNKNOWN};
  for (size_t i = 0; i < bins->count; i++) {
    say_peak(c, bins->chips[i], rate);
    const reading one = read_peak(c, bins->chips[i], rate);
    if (one.kind == UNKNOWN) continue;
    known++;
    if (one.kind < SISTER) {
      r = one;
      holds = bins->chips[i];
      yes++;
    }
    const double value = c->claim->values->value, factor = value > one.own ? value / one.own : one.own / value;
    if (nearest == 0 || factor < nearest) nearest = factor;
  }
  const char *printed = lowpi_printed(c->claim->values, a);
  if (!known)
    lowpi_missing(c, "the %s peak of any %s", lowp_rate_name(rate), c->claim->subject);
  else if (!yes)
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, nearest, "no %s has a %s peak of %s", c->claim->subject,
                   lowp_rate_name(rate), printed);
  else if (yes == bins->count)
    conclude_one(c, holds, rate, &r);
  else
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, 0,
                   "%s is a %s peak of %s; others of the name '%s' have another or none", printed, lowp_rate_name(rate),
                   holds->name, c->claim->subject);
}

void lowpi_rule_peak(lowpi_case *c) {
  lowpi_bins bins;
  const lowp_rate rate = lowp_number_format_rate(c->claim->format);
  if (rate == LOWP_RATE_COUNT) {
    lowpi_missing(c, "the format of the peak");
    return;
  }
  if (!lowpi_find_bins(c, c->claim->subject, &bins)) return;
  if (bins.family) {
    conclude_family(c, &bins, rate);
    return;
  }
  say_peak(c, bins.chips[0], rate);
  const reading r = read_peak(c, bins.chips[0], rate);
  conclude_one(c, bins.chips[0], rate, &r);
}

/* --- many chips --------------------------------------------------------------------------------------------------- */

/* count x per chip. */
void lowpi_rule_aggregate(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  const bool peak = claim->quantity == LOWP_QUANTITY_AGGREGATE_PEAK;
  const lowpi_dimension dimension = peak ? LOWPI_DIM_OPS : LOWPI_DIM_BYTES;
  const lowp_rate rate = lowp_number_format_rate(claim->format);
  lowpi_text a, b, d;
  const lowp_chip *chip = lowpi_find_one(c, claim->subject);
  if (!chip) return;
  if (!(claim->chips > 0)) {
    lowpi_missing(c, "the number of chips");
    return;
  }
  if (peak && rate == LOWP_RATE_COUNT) {
    lowpi_missing(c, "the format of the peak");
    return;
  }
  const bool sparse = peak && claim->sparsity == LOWP_SPARSITY_SPARSE;
  const lowp_figure *f = !peak ? &chip->memory : sparse ? &chip->peaks[rate].sparse : &chip->peaks[rate].dense;
  lowpi_say_figure(c, chip->name, peak ? lowp_rate_name(rate) : "memory", dimension, f);
  if (!f->grade) {
    lowpi_missing(c, "the figure of one %s", chip->name);
    return;
  }
  const double total = claim->chips * f->value, each = claim->values->value / claim->chips;
  lowpi_say(c, "%.0f x %s = %s; claimed: %s, or %s each", claim->chips, lowpi_amount(dimension, f->value, a),
            lowpi_amount(dimension, total, b), lowpi_printed(claim->values, d),
            lowpi_amount(dimension, each, (lowpi_text){0}));
  if (lowpi_agrees(claim, claim->values, total, LOWPI_SAME)) {
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "%.0f %s make %s", claim->chips, chip->name, b);
    return;
  }
  if (!peak && chip->memory_physical.grade &&
      lowpi_agrees(claim, claim->values, claim->chips * chip->memory_physical.value, LOWPI_SAME)) {
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, claim->values->value / total,
                   "%s is what is built in; programs can use %s", d, b);
    return;
  }
  lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, claim->values->value / total, "%.0f %s make %s, not %s", claim->chips,
                 chip->name, b, d);
}
