/* SPDX-License-Identifier: Apache-2.0 */
/* units.c: units, rates, formats, grades by name. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <stdio.h>
#include <string.h>

#include "audit/audit_internal.h"

static const lowpi_unit units[] = {
#define LOWPI_UNIT(name, dimension, factor) {name, LOWPI_DIM_##dimension, factor},
#include "audit/unit.def"
#undef LOWPI_UNIT
};
#define UNIT_COUNT (sizeof units / sizeof units[0])

const lowpi_unit *lowpi_unit_of(const char *name) {
  for (size_t i = 0; i < UNIT_COUNT; i++)
    if (strcmp(units[i].name, name) == 0) return &units[i];
  return NULL;
}

const lowpi_unit *lowpi_unit_at(size_t i) { return i < UNIT_COUNT ? &units[i] : NULL; }

const lowpi_unit *lowpi_unit_base(lowpi_dimension dimension) {
  for (size_t i = 0; i < UNIT_COUNT; i++)
    if (units[i].dimension == dimension) return &units[i];
  return NULL;
}

const char *lowpi_unit_list(lowpi_dimension dimension, char text[LOWPI_UNITS_TEXT]) {
  size_t used = 0;
  text[0] = 0;
  for (size_t i = 0; i < UNIT_COUNT; i++) {
    if (units[i].dimension != dimension || used >= LOWPI_UNITS_TEXT) continue;
    used += (size_t)snprintf(text + used, LOWPI_UNITS_TEXT - used, "%s%s", used ? ", " : "", units[i].name);
  }
  return text;
}

static unsigned char lower(char c) { return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

bool lowpi_same_name(const char *a, const char *b) {
  while (*a && lower(*a) == lower(*b)) a++, b++;
  return lower(*a) == lower(*b);
}

bool lowpi_has_name(size_t count, const char *const *names, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (lowpi_same_name(names[i], name)) return true;
  return false;
}

/* --- rates and formats -------------------------------------------------------------------------------------------- */

static const char *const rates[] = {
#define LOWP_RATE(ID, name, text) name,
#include <lowp/rate.def>
#undef LOWP_RATE
};

const char *lowp_rate_name(lowp_rate rate) { return (unsigned)rate < LOWP_RATE_COUNT ? rates[rate] : "?"; }

lowp_rate lowp_rate_from_name(const char *name) {
  int i = 0;
  while (i < LOWP_RATE_COUNT && (!name || !lowpi_same_name(rates[i], name))) i++;
  return (lowp_rate)i;
}

static const struct format {
  const char *name;
  lowp_rate rate;
  double bits;
  lowp_scheme scheme;
} formats[] = {
    {"?", LOWP_RATE_COUNT, 0, LOWP_SCHEME_NONE},
#define LOWP_NUMBER_FORMAT(ID, name, rate, bits, scheme) {name, LOWP_RATE_##rate, bits, LOWP_SCHEME_##scheme},
#include <lowp/number_format.def>
#undef LOWP_NUMBER_FORMAT
};

static const struct format *format_of(lowp_number_format format) {
  return &formats[(unsigned)format < LOWP_NUMBER_FORMAT_COUNT ? format : 0];
}

const char *lowp_number_format_name(lowp_number_format format) { return format_of(format)->name; }
lowp_rate lowp_number_format_rate(lowp_number_format format) { return format_of(format)->rate; }
double lowp_number_format_bits(lowp_number_format format) { return format_of(format)->bits; }

double lowp_number_format_stored_bits(lowp_number_format format) {
  const struct format *f = format_of(format);
  return f->scheme == LOWP_SCHEME_NONE ? f->bits : lowp_scheme_nominal_bits(f->scheme);
}

lowp_number_format lowp_number_format_from_name(const char *name) {
  for (int i = 1; name && i < LOWP_NUMBER_FORMAT_COUNT; i++)
    if (lowpi_same_name(formats[i].name, name)) return (lowp_number_format)i;
  return LOWP_NUMBER_FORMAT_NONE;
}

const char *lowp_grade_name(lowp_grade grade) {
  static const char *const names[] = {"unknown", "claimed", "reported", "derived", "measured"};
  return names[(unsigned)grade < LOWP_GRADE_COUNT ? grade : 0];
}
