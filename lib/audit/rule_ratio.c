/* SPDX-License-Identifier: Apache-2.0 */
/* rule_ratio.c: "n times": which two figures it compares. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdio.h>
#include <string.h>

#include "audit/rules.h"

/* One way to compare two chips. */
typedef struct way {
  char name[64];
  double subject, baseline;
  lowpi_dimension dimension;
} way;

enum { WAYS = 4 * LOWP_RATE_COUNT + 4 };

static void add(way *ways, size_t *count, lowpi_dimension dimension, double subject, double baseline,
                const char *name) {
  if (!(subject > 0) || !(baseline > 0)) return;
  way *w = &ways[(*count)++];
  *w = (way){.subject = subject, .baseline = baseline, .dimension = dimension};
  snprintf(w->name, sizeof w->name, "%s", name);
}

/* Rates that inference uses: a ratio of a 4-bit peak to a 64-bit one says nothing about a chip. */
static bool for_inference(lowp_rate rate) {
  return rate != LOWP_RATE_FP64 && rate != LOWP_RATE_FP32 && rate != LOWP_RATE_TF32;
}

static double largest_peak(const lowp_chip *chip) {
  double largest = 0;
  for (int i = 0; i < LOWP_RATE_COUNT; i++)
    if (for_inference((lowp_rate)i) && chip->peaks[i].dense.value > largest) largest = chip->peaks[i].dense.value;
  return largest;
}

static double smallest_peak(const lowp_chip *chip) {
  double smallest = 0;
  for (int i = 0; i < LOWP_RATE_COUNT; i++) {
    const double value = for_inference((lowp_rate)i) ? chip->peaks[i].dense.value : 0;
    if (value > 0 && (smallest == 0 || value < smallest)) smallest = value;
  }
  return smallest;
}

static size_t ways_of(const lowp_chip *s, const lowp_chip *b, way ways[WAYS]) {
  size_t n = 0;
  char name[64];
  for (int i = 0; i < LOWP_RATE_COUNT; i++) {
    lowp_restated parts;
    snprintf(name, sizeof name, "%s dense peaks", lowp_rate_name((lowp_rate)i));
    add(ways, &n, LOWPI_DIM_OPS, s->peaks[i].dense.value, b->peaks[i].dense.value, name);
    if (lowp_chip_restate(s, (lowp_rate)i, &parts)) continue;
    snprintf(name, sizeof name, "%s peaks, matrix units alone", lowp_rate_name((lowp_rate)i));
    add(ways, &n, LOWPI_DIM_OPS, parts.matrix, b->peaks[i].dense.value, name);
    snprintf(name, sizeof name, "%s peaks, with vector units", lowp_rate_name((lowp_rate)i));
    add(ways, &n, LOWPI_DIM_OPS, parts.total, b->peaks[i].dense.value, name);
  }
  add(ways, &n, LOWPI_DIM_BYTES_PER_S, s->bandwidth.value, b->bandwidth.value, "bandwidths, which bound decode");
  add(ways, &n, LOWPI_DIM_BYTES, s->memory.value, b->memory.value, "memories");
  add(ways, &n, LOWPI_DIM_OPS, largest_peak(s), largest_peak(b), "the largest peak of each, in different formats");
  add(ways, &n, LOWPI_DIM_OPS, largest_peak(s), smallest_peak(b), "the largest peak over the smallest of the other");
  return n;
}

static void say_way(lowpi_case *c, const lowp_chip *s, const lowp_chip *b, const way *w) {
  lowpi_text x, y;
  lowpi_say(c, "%s over %s, %s: %s / %s = %.4g", s->name, b->name, w->name, lowpi_amount(w->dimension, w->subject, x),
            lowpi_amount(w->dimension, w->baseline, y), w->subject / w->baseline);
}

/* The figures of a stated basis. */
static bool stated(const lowp_claim *claim, const lowp_chip *chip, double *value, lowpi_dimension *dimension) {
  const lowp_rate rate = lowp_number_format_rate(claim->format);
  switch (claim->basis) {
  case LOWP_BASIS_BANDWIDTH:
    *value = chip->bandwidth.value;
    *dimension = LOWPI_DIM_BYTES_PER_S;
    break;
  case LOWP_BASIS_MEMORY:
    *value = chip->memory.value;
    *dimension = LOWPI_DIM_BYTES;
    break;
  case LOWP_BASIS_TDP:
    *value = chip->tdp.value;
    *dimension = LOWPI_DIM_WATT;
    break;
  default:
    *value = rate < LOWP_RATE_COUNT ? chip->peaks[rate].dense.value : 0;
    *dimension = LOWPI_DIM_OPS;
  }
  return *value > 0;
}

/* Both figures of the stated basis, said; false after lowpi_missing(). */
static bool stated_pair(lowpi_case *c, double *subject, double *baseline, lowpi_dimension *dimension) {
  static const char *const names[] = {"", "peak", "bandwidth", "memory", "power"};
  const lowp_claim *claim = c->claim;
  const lowp_chip *s = lowpi_find_one(c, claim->subject), *b = s ? lowpi_find_one(c, claim->baseline) : NULL;
  if (!b) return false;
  if (claim->basis == LOWP_BASIS_PEAK && claim->format == LOWP_NUMBER_FORMAT_NONE) {
    lowpi_missing(c, "the format of the peaks");
    return false;
  }
  if (!stated(claim, s, subject, dimension) || !stated(claim, b, baseline, dimension)) {
    lowpi_missing(c, "the %s of %s", names[claim->basis], *subject > 0 ? b->name : s->name);
    return false;
  }
  lowpi_text x, y;
  lowpi_say(c, "%s: %s of %s, %s of %s", names[claim->basis], lowpi_amount(*dimension, *subject, x), s->name,
            lowpi_amount(*dimension, *baseline, y), b->name);
  return true;
}

static void examine_stated(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  double subject, baseline;
  lowpi_dimension dimension;
  lowpi_text a;
  if (!stated_pair(c, &subject, &baseline, &dimension)) return;
  const double ratio = subject / baseline;
  lowpi_say(c, "ratio: %.4g", ratio);
  /* The text may have other numbers for the two. */
  if (claim->from_count == 2) {
    lowpi_text x, y;
    lowpi_say(c, "from the text's own numbers: %s / %s = %.4g", lowpi_printed(&claim->from[0], x),
              lowpi_printed(&claim->from[1], y), claim->from[0].value / claim->from[1].value);
  }
  if (lowpi_agrees(claim, claim->values, ratio, LOWPI_SAME)) {
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "the ratio is %.4g", ratio);
    return;
  }
  way ways[WAYS];
  const lowp_chip *s = lowpi_find_one(c, claim->subject), *b = lowpi_find_one(c, claim->baseline);
  const size_t n = ways_of(s, b, ways);
  for (size_t i = 0; i < n; i++) say_way(c, s, b, &ways[i]);
  lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, claim->values->value / ratio, "the ratio is %.4g, not %s", ratio,
                 lowpi_printed(claim->values, a));
}

/* No basis: whichever reproduces the number was meant; the largest of all bounds it. */
static void examine_unstated(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  lowpi_bins subjects, baselines;
  way found = {.subject = 0}, largest = {.subject = 0};
  const char *found_name = NULL, *largest_name = NULL;
  double decode = 0;
  lowpi_text a;
  if (!lowpi_find_bins(c, claim->subject, &subjects)) return;
  if (!claim->baseline) {
    lowpi_missing(c, "what the ratio compares with");
    return;
  }
  if (!lowpi_find_bins(c, claim->baseline, &baselines)) return;
  for (size_t i = 0; i < subjects.count; i++)
    for (size_t k = 0; k < baselines.count; k++) {
      const lowp_chip *s = subjects.chips[i], *b = baselines.chips[k];
      way ways[WAYS];
      const size_t n = ways_of(s, b, ways);
      for (size_t j = 0; j < n; j++) {
        const double ratio = ways[j].subject / ways[j].baseline;
        if (subjects.count * baselines.count == 1) say_way(c, s, b, &ways[j]);
        if (ways[j].dimension == LOWPI_DIM_BYTES_PER_S) decode = ratio;
        if (!found_name && lowpi_agrees(claim, claim->values, ratio, LOWPI_SAME)) {
          found = ways[j];
          found_name = b->name;
        }
        if (!largest_name || ratio > largest.subject / largest.baseline) {
          largest = ways[j];
          largest_name = b->name;
        }
      }
    }
  if (!largest_name) {
    lowpi_missing(c, "figures that both chips have");
    return;
  }
  const double bound = largest.subject / largest.baseline;
  lowpi_say(c, "largest of all: %.4g, over %s, %s", bound, largest_name, largest.name);
  const char *printed = lowpi_printed(claim->values, a);
  if (found_name)
    lowpi_conclude(c, LOWP_VERDICT_MISLABELLED, 0,
                   "%s is the ratio of %s (%.4g), which the text does not say; decode is bounded by %.2f", printed,
                   found.name, found.subject / found.baseline, decode);
  else if (claim->values->value > bound && !lowpi_agrees(claim, claim->values, bound, LOWPI_SAME))
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, claim->values->value / bound,
                   "no figures of the chips have a ratio above %.3g (%s)", bound, largest.name);
  else
    lowpi_missing(c, "which figures are compared: none that is known gives %s", printed);
}

void lowpi_rule_ratio(lowpi_case *c) {
  if (c->claim->basis == LOWP_BASIS_UNSTATED)
    examine_unstated(c);
  else
    examine_stated(c);
}

void lowpi_rule_difference(lowpi_case *c) {
  double subject, baseline;
  lowpi_dimension dimension;
  lowpi_text a, b;
  if (c->claim->basis == LOWP_BASIS_UNSTATED) {
    lowpi_missing(c, "which figures are compared");
    return;
  }
  if (!stated_pair(c, &subject, &baseline, &dimension)) return;
  const char *printed = lowpi_printed(c->claim->values, a);
  lowpi_amount(dimension, subject - baseline, b);
  lowpi_say(c, "difference: %s", b);
  if (lowpi_agrees(c->claim, c->claim->values, subject - baseline, LOWPI_SAME))
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0, "the difference is %s", b);
  else
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, 0, "the difference is %s, not %s", b, printed);
}

/* values = from x subject / baseline: is the projection calculated as it is said to be? */
void lowpi_rule_scaled(lowpi_case *c) {
  const lowp_claim *claim = c->claim;
  double subject, baseline, worst = 1;
  lowpi_dimension dimension;
  if (claim->basis == LOWP_BASIS_UNSTATED || claim->from_count != claim->value_count) {
    lowpi_missing(c, "the numbers that are scaled, and by which figures");
    return;
  }
  if (!stated_pair(c, &subject, &baseline, &dimension)) return;
  bool good = true;
  for (size_t i = 0; i < claim->value_count; i++) {
    lowpi_text a, b;
    const double value = claim->from[i].value * subject / baseline, factor = claim->values[i].value / value;
    lowpi_say(c, "%s x %.4g = %.4g; claimed: %s", lowpi_printed(&claim->from[i], a), subject / baseline, value,
              lowpi_printed(&claim->values[i], b));
    if (lowpi_agrees(claim, &claim->values[i], value, LOWPI_SAME)) continue;
    good = false;
    worst = factor;
  }
  if (good)
    lowpi_conclude(c, LOWP_VERDICT_CONSISTENT, 0,
                   "calculated as described; whether the numbers that are scaled are right is another claim");
  else
    lowpi_conclude(c, LOWP_VERDICT_INCONSISTENT, worst, "the numbers do not follow from the ratio %.4g",
                   subject / baseline);
}
