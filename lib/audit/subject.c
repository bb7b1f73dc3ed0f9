/* SPDX-License-Identifier: Apache-2.0 */
/* subject.c: which chips and models a claim means, when numbers agree, and how they are printed. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <lowp/model_shape.h>
#include <stdio.h>
#include <string.h>

#include "audit/rules.h"

/* --- numbers ------------------------------------------------------------------------------------------------------ */

static double distance(double a, double b) { return a > b ? a - b : b - a; }

bool lowpi_agrees(const lowp_claim *claim, const lowp_amount *amount, double value, double tolerance) {
  if (claim->approximate && tolerance < LOWPI_ABOUT) tolerance = LOWPI_ABOUT;
  /*
   * A hair more than half a digit: 0.285 / 0.1 is not the decimal that it looks like. But no more than "about" allows: half a
   * digit of "1 PFLOPS" would be half of it.
   */
  const double off = distance(amount->value, value);
  return (off <= amount->half * (1 + 1e-9) && off <= LOWPI_ABOUT * amount->value) ||
         lowpi_near(amount->value, value, tolerance);
}

bool lowpi_agrees_figure(const lowp_claim *claim, const lowp_amount *amount, const lowp_figure *figure) {
  if (figure->grade == LOWP_GRADE_NONE) return false;
  return (amount->value >= figure->low && amount->value <= figure->high) ||
         lowpi_agrees(claim, amount, figure->value, LOWPI_SAME) ||
         lowpi_agrees(claim, amount, figure->low, LOWPI_SAME) || lowpi_agrees(claim, amount, figure->high, LOWPI_SAME);
}

const char *lowpi_amount(lowpi_dimension dimension, double value, lowpi_text text) {
  /* The units that people read, the largest first. */
  static const struct {
    lowpi_dimension dimension;
    double factor;
    const char *unit;
  } steps[] = {{LOWPI_DIM_OPS, 1e18, " EFLOPS"},
               {LOWPI_DIM_OPS, 1e15, " PFLOPS"},
               {LOWPI_DIM_OPS, 1e12, " TFLOPS"},
               {LOWPI_DIM_BYTES, 1e15, " PB"},
               {LOWPI_DIM_BYTES, 1e12, " TB"},
               {LOWPI_DIM_BYTES, 1e9, " GB"},
               {LOWPI_DIM_BYTES, 1, " B"},
               {LOWPI_DIM_BYTES_PER_S, 1e12, " TB/s"},
               {LOWPI_DIM_BYTES_PER_S, 1e9, " GB/s"},
               {LOWPI_DIM_HERTZ, 1e9, " GHz"},
               {LOWPI_DIM_HERTZ, 1e6, " MHz"},
               {LOWPI_DIM_PARAMS, 1e12, "e12 parameters"},
               {LOWPI_DIM_PARAMS, 1e9, "e9 parameters"},
               {LOWPI_DIM_WATT, 1, " W"},
               {LOWPI_DIM_COUNT, 1, ""},
               {LOWPI_DIM_RATIO, 1, "x"}};
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    const bool last = i + 1 == sizeof steps / sizeof steps[0] || steps[i + 1].dimension != dimension;
    if (steps[i].dimension != dimension || (value < steps[i].factor && !last)) continue;
    snprintf(text, LOWPI_AMOUNT_TEXT, "%.4g%s", value / steps[i].factor, steps[i].unit);
    return text;
  }
  const lowpi_unit *base = lowpi_unit_base(dimension);
  snprintf(text, LOWPI_AMOUNT_TEXT, "%.4g %s", value, base ? base->name : "");
  return text;
}

const char *lowpi_printed(const lowp_amount *amount, lowpi_text text) {
  const lowpi_unit *unit = amount->unit ? lowpi_unit_of(amount->unit) : NULL;
  const double value = unit ? amount->value / unit->factor : amount->value;
  const bool plain = !unit || strcmp(unit->name, "1") == 0;
  snprintf(text, LOWPI_AMOUNT_TEXT, "%.10g%s%s", value,
           plain || unit->name[0] == 'x' || unit->name[0] == '%' ? "" : " ", plain ? "" : unit->name);
  return text;
}

void lowpi_say_figure(lowpi_case *c, const char *chip, const char *what, lowpi_dimension dimension,
                      const lowp_figure *f) {
  lowpi_text value, low, high;
  if (f->grade == LOWP_GRADE_NONE)
    lowpi_say(c, "%s, %s: not known", chip, what);
  else if (f->low < f->high)
    lowpi_say(c, "%s, %s: %s, sources from %s to %s (%s: %s%s%s)", chip, what, lowpi_amount(dimension, f->value, value),
              lowpi_amount(dimension, f->low, low), lowpi_amount(dimension, f->high, high), lowp_grade_name(f->grade),
              f->source, f->date ? ", " : "", f->date ? f->date : "");
  else
    lowpi_say(c, "%s, %s: %s (%s: %s%s%s)", chip, what, lowpi_amount(dimension, f->value, value),
              lowp_grade_name(f->grade), f->source, f->date ? ", " : "", f->date ? f->date : "");
}

/* --- chips -------------------------------------------------------------------------------------------------------- */

bool lowpi_find_bins(lowpi_case *c, const char *name, lowpi_bins *bins) {
  *bins = (lowpi_bins){0};
  if (!name) {
    lowpi_missing(c, "which chip is meant");
    return false;
  }
  const lowp_chip *one = lowp_profiles_find_chip(c->profiles, name);
  if (one) {
    bins->chips[bins->count++] = one;
    return true;
  }
  bins->family = true;
  for (size_t i = 0; i < lowp_profiles_chip_count(c->profiles); i++) {
    const lowp_chip *chip = lowp_profiles_chip(c->profiles, i);
    if (!lowpi_has_name(chip->family_count, chip->families, name)) continue;
    if (bins->count == LOWPI_BINS) {
      lowpi_missing(c, "which of more than %d chips of the name '%.120s' is meant", LOWPI_BINS, name);
      return false;
    }
    bins->chips[bins->count++] = chip;
  }
  if (!bins->count) lowpi_missing(c, "a profile of '%.120s'", name);
  return bins->count > 0;
}

const lowp_chip *lowpi_find_one(lowpi_case *c, const char *name) {
  lowpi_bins bins;
  if (!lowpi_find_bins(c, name, &bins)) return NULL;
  if (bins.count == 1) return bins.chips[0];
  lowpi_missing(c, "which chip of the family '%.120s' is meant", name);
  return NULL;
}

bool lowpi_siblings(const lowp_chip *a, const lowp_chip *b) {
  for (size_t i = 0; i < a->family_count; i++)
    if (lowpi_has_name(b->family_count, b->families, a->families[i])) return true;
  return false;
}

/* --- models ------------------------------------------------------------------------------------------------------- */

static lowp_figure counted(const lowp_model_info *info, double value) {
  return (lowp_figure){value, value, value, LOWP_GRADE_DERIVED, info->source, NULL, NULL};
}

/* A profile made of a line of the table of models, so that claims can name those too; NULL if there is none. */
static const lowp_audit_model *from_table(lowpi_case *c, const char *name) {
  const lowp_model_info *info = lowp_model_info_from_name(name);
  lowp_audit_model *model = info ? lowpi_arena_alloc(&c->arena, 1, sizeof *model) : NULL;
  if (!model) return NULL;
  lowp_roofline_model counts = {.struct_size = sizeof counts};
  const lowp_figure total = {info->total, info->total, info->total, LOWP_GRADE_VENDOR, info->source, NULL, NULL};
  *model = (lowp_audit_model){.name = info->name, .params = total, .active = total};
  model->active.value = model->active.low = model->active.high = info->active;
  /* Windows make the cache of a long context smaller; that of every token then is no constant. */
  if (info->counts_only || lowp_model_info_roofline(info, &counts) != LOWP_OK) return model;
  model->read = counted(info, lowp_roofline_model_active(&counts));
  model->multiplied = counted(info, lowp_roofline_model_multiplied(&counts));
  model->kept = counted(info, lowp_roofline_model_kept(&counts));
  if (counts.kv > 0 && !(counts.kv_window > 0)) model->kv = counted(info, 2 * counts.kv);
  return model;
}

bool lowpi_find_load(lowpi_case *c, lowpi_load *load) {
  const lowp_claim *claim = c->claim;
  lowpi_text a, b, d;
  *load = (lowpi_load){0};
  if (claim->format == LOWP_NUMBER_FORMAT_NONE) {
    lowpi_missing(c, "the format of the weights");
    return false;
  }
  load->bits = lowp_number_format_bits(claim->format);
  load->stored_bits = lowp_number_format_stored_bits(claim->format);
  if (claim->model) {
    load->model = lowp_profiles_find_model(c->profiles, claim->model);
    if (!load->model) load->model = from_table(c, claim->model);
    if (!load->model || !load->model->params.grade) {
      lowpi_missing(c, "the number of parameters of '%.120s'", claim->model);
      return false;
    }
    load->params = load->model->params.value;
    load->active = load->model->active.grade ? load->model->active.value : load->params;
    const lowp_figure *f = &load->model->params;
    const bool dense = load->active == load->params;
    lowpi_say(c, "%s: %s%s%s (%s: %s%s%s)", load->model->name, lowpi_amount(LOWPI_DIM_PARAMS, load->params, a),
              dense ? "" : ", of which a token uses ", dense ? "" : lowpi_amount(LOWPI_DIM_PARAMS, load->active, b),
              lowp_grade_name(f->grade), f->source, f->date ? ", " : "", f->date ? f->date : "");
  } else if (claim->params.unit) {
    load->params = load->active = claim->params.value;
  } else if (claim->weights.unit) {
    const lowp_number_format from = claim->weights_format ? claim->weights_format : claim->format;
    load->params = load->active = claim->weights.value * 8 / lowp_number_format_bits(from);
    lowpi_say(c, "%s in %s are %s", lowpi_printed(&claim->weights, a), lowp_number_format_name(from),
              lowpi_amount(LOWPI_DIM_PARAMS, load->params, b));
  } else {
    lowpi_missing(c, "the model: its parameters are not stated");
    return false;
  }
  if (!(load->params > 0)) {
    lowpi_missing(c, "a number of parameters above 0");
    return false;
  }
  const bool known = load->model && load->model->read.grade;
  load->slack = known ? 1 : 1 + LOWPI_NOMINAL;
  load->read = known ? load->model->read.value : load->active;
  load->multiplied = load->model && load->model->multiplied.grade ? load->model->multiplied.value : load->read;
  load->kept = load->model ? load->model->kept.value : 0;
  load->weight_bytes = load->params * load->bits / 8;
  load->active_bytes = load->active * load->bits / 8;
  load->read_bytes = load->read * load->bits / 8;
  lowpi_say(c, "weights: %s x %g bits / 8 = %s without scales", lowpi_amount(LOWPI_DIM_PARAMS, load->params, a),
            load->bits, lowpi_amount(LOWPI_DIM_BYTES, load->weight_bytes, d));
  return true;
}
