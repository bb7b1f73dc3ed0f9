/* SPDX-License-Identifier: Apache-2.0 */
/* keys_profile.c: the keys of files of profiles. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/keys.h"

/* The version of the schema, in every file of profiles. */
const char *const lowpi_profiles_schema[] = {"lowp-profiles-1", NULL};
/* The order of lowp_grade, from 1 on. */
const char *const lowpi_grades[] = {"vendor", "reported", "derived", "measured", NULL};

#define TEXT(type, key, need, about) \
  { .name = #key, .kind = LOWPI_KEY_TEXT, .required = need, .offset = offsetof(type, key), .text = about }
#define TEXTS(type, key, field, number, fewest, about) \
  { \
    .name = key, .kind = LOWPI_KEY_TEXTS, .required = fewest > 0, .offset = offsetof(type, field), \
    .count = offsetof(type, number), .least = fewest, .most = LOWPI_AUDIT_NAMES, .text = about \
  }
#define FIGURE(type, key, unit, about) \
  { \
    .name = #key, .kind = LOWPI_KEY_FIGURE, .offset = offsetof(type, key), .dimension = LOWPI_DIM_##unit, \
    .text = about \
  }

/* Where a statement comes from; `prefix` is a figure and a dot, or nothing in a table of lowp_figure itself. */
#define SOURCE(type, prefix, first) \
  {.name = "source", .kind = LOWPI_KEY_SOURCE, .required = true, .offset = first, .text = "a key of \"sources\""}, \
      {.name = "grade", \
       .kind = LOWPI_KEY_CHOICE, \
       .required = true, \
       .offset = offsetof(type, prefix grade), \
       .choices = lowpi_grades, \
       .text = "vendor: the maker says so; reported: somebody else says so, without having measured it; derived: " \
               "computed from other figures, the note says how; measured: the source says by whom"}, \
  { \
    .name = "note", .offset = offsetof(type, prefix note), .text = "a remark" \
  }

const lowpi_key lowpi_source_keys[] = {TEXT(lowp_article, title, true, "title of the data sheet, paper, article"),
                                       {.name = "date",
                                        .kind = LOWPI_KEY_DATE,
                                        .required = true,
                                        .offset = offsetof(lowp_article, date),
                                        .text = "2026, 2026-03 or 2026-03-20"},
                                       TEXT(lowp_article, url, false, "its address"),
                                       {.name = NULL}};

const lowpi_key lowpi_figure_keys[] = {
    {.name = "value", .kind = LOWPI_KEY_POSITIVE, .required = true, .text = "in the unit"},
    {.name = "unit", .kind = LOWPI_KEY_UNIT, .required = true, .text = "capitals count; GB is 10^9 bytes"},
    {.name = "range",
     .kind = LOWPI_KEY_RANGE,
     .text = "what sources disagree about, in the unit; the value lies in it"},
    SOURCE(lowp_figure, , 0),
    {.name = NULL}};

/* --- chips -------------------------------------------------------------------------------------------------------- */

static const lowpi_key chip_formats[] = {{.name = "names",
                                          .kind = LOWPI_KEY_FORMATS,
                                          .required = true,
                                          .offset = offsetof(lowp_chip, formats),
                                          .count = offsetof(lowp_chip, format_count),
                                          .least = 1,
                                          .most = LOWPI_AUDIT_NAMES,
                                          .text = "formats whose products the chip computes natively"},
                                         SOURCE(lowp_chip, formats_source., offsetof(lowp_chip, formats_source)),
                                         {.name = NULL}};

static const lowpi_key peak_keys[] = {
    FIGURE(lowp_peak, dense, OPS, "without structured sparsity"),
    FIGURE(lowp_peak, sparse, OPS, "with structured sparsity, which counts products with zero that are not computed"),
    FIGURE(lowp_peak, measured, OPS, "the best dense product that somebody measured"),
    {.name = NULL}};

static const lowpi_key unit_keys[] = {FIGURE(lowp_units, count, COUNT, "how many there are"),
                                      {.name = "per_clock",
                                       .kind = LOWPI_KEY_BY_RATE,
                                       .offset = offsetof(lowp_units, per_clock),
                                       .stride = sizeof(lowp_figure),
                                       .dimension = LOWPI_DIM_OPS_PER_CLOCK,
                                       .text = "dense operations of one unit in one clock, by rate"},
                                      {.name = NULL}};

const lowpi_key lowpi_chip_keys[] = {
    TEXT(lowp_chip, name, true, "the chip, as claims name it; no two chips share a name"),
    TEXT(lowp_chip, vendor, true, "its maker"),
    TEXT(lowp_chip, scope, true, "what exactly is meant: form factor, memory, one die or two, card or package"),
    TEXT(lowp_chip, status, true, "shipping, announced ..."),
    TEXTS(lowp_chip, "aliases", aliases, alias_count, 0, "other names of exactly this chip; no two chips share one"),
    TEXTS(lowp_chip, "families", families, family_count, 0, "names that it shares with others"),
    {.name = "formats", .kind = LOWPI_KEY_OBJECT, .keys = chip_formats, .text = "what it computes natively"},
    {.name = "peaks",
     .kind = LOWPI_KEY_BY_RATE,
     .offset = offsetof(lowp_chip, peaks),
     .stride = sizeof(lowp_peak),
     .keys = peak_keys,
     .text = "operations per second of the whole chip, by rate; a multiply-accumulate is two"},
    FIGURE(lowp_chip, memory, BYTES, "what programs can use"),
    FIGURE(lowp_chip, memory_physical, BYTES, "what is built in, where the two differ"),
    FIGURE(lowp_chip, bandwidth, BYTES_PER_S, "between memory and chip, as claimed"),
    FIGURE(lowp_chip, bandwidth_measured, BYTES_PER_S, "what somebody reached"),
    FIGURE(lowp_chip, interconnect, BYTES_PER_S, "to other chips, both directions together"),
    FIGURE(lowp_chip, tdp, WATT, "power"),
    FIGURE(lowp_chip, clock, HERTZ, "of the matrix units under load"),
    FIGURE(lowp_chip, dies, COUNT, "dies that hold the memory among them"),
    FIGURE(lowp_chip, pod, COUNT, "chips in the largest system that is sold as one"),
    FIGURE(lowp_chip, granularity, BYTES, "smallest access to memory"),
    {.name = "matrix_units",
     .kind = LOWPI_KEY_OBJECT,
     .offset = offsetof(lowp_chip, matrix),
     .keys = unit_keys,
     .text = "units that multiply matrices; count x per_clock x clock is a peak"},
    {.name = "vector_units",
     .kind = LOWPI_KEY_OBJECT,
     .offset = offsetof(lowp_chip, vector),
     .keys = unit_keys,
     .text = "units that data sheets add to a peak, although they multiply no matrices"},
    TEXT(lowp_chip, accumulator, false, "how products are summed, as published"),
    FIGURE(lowp_chip, accumulator_bits, BITS, "mantissa bits of that sum"),
    TEXT(lowp_chip, note, false, "a remark"),
    {.name = NULL}};

/* --- models ------------------------------------------------------------------------------------------------------- */

static const lowpi_key released_keys[] = {
    {.name = "date",
     .kind = LOWPI_KEY_DATE,
     .required = true,
     .offset = offsetof(lowp_audit_model, released),
     .text = "2026, 2026-03 or 2026-03-20"},
    SOURCE(lowp_audit_model, released_source., offsetof(lowp_audit_model, released_source)),
    {.name = NULL}};

static const lowpi_key platform_keys[] = {
    TEXTS(lowp_audit_model, "names", platforms, platform_count, 1, "chips, or families of chips"),
    SOURCE(lowp_audit_model, platforms_source., offsetof(lowp_audit_model, platforms_source)),
    {.name = NULL}};

const lowpi_key lowpi_model_keys[] = {
    TEXT(lowp_audit_model, name, true, "the model, as claims name it; no two models share a name"),
    TEXTS(lowp_audit_model, "aliases", aliases, alias_count, 0,
          "other names of exactly this model; no two models share one"),
    TEXTS(lowp_audit_model, "families", families, family_count, 0, "names that it shares with others"),
    FIGURE(lowp_audit_model, params, PARAMS, "all parameters"),
    FIGURE(lowp_audit_model, active, PARAMS, "parameters used for one token; those of a dense model are params"),
    FIGURE(lowp_audit_model, read, PARAMS, "of these, those that a token reads: without the embedding table"),
    FIGURE(lowp_audit_model, multiplied, PARAMS,
           "of these, those that each token of a prompt is multiplied with: also without the head"),
    FIGURE(lowp_audit_model, kept, PARAMS, "those that checkpoints keep in 16 bits"),
    FIGURE(lowp_audit_model, checkpoint, BYTES, "weights as published"),
    FIGURE(lowp_audit_model, kv, BYTES_PER_TOKEN, "cache of keys and values for one token at 16 bits"),
    {.name = "released", .kind = LOWPI_KEY_OBJECT, .keys = released_keys, .text = "since when the model is there"},
    {.name = "platforms",
     .kind = LOWPI_KEY_OBJECT,
     .keys = platform_keys,
     .text = "the chips for which the maker offers the model"},
    TEXT(lowp_audit_model, note, false, "a remark"),
    {.name = NULL}};

/* --- files -------------------------------------------------------------------------------------------------------- */

const lowpi_key lowpi_profiles_keys[] = {LOWPI_SCHEMA_KEYS(lowpi_profiles_schema),
                                         {.name = "sources",
                                          .kind = LOWPI_KEY_NAMED,
                                          .keys = lowpi_source_keys,
                                          .text = "what figures were read from, by the names that they use for it"},
                                         {.name = "chips",
                                          .kind = LOWPI_KEY_LIST,
                                          .most = LOWPI_AUDIT_PROFILES,
                                          .keys = lowpi_chip_keys,
                                          .text = "chips, cards and packages as they are sold"},
                                         {.name = "models",
                                          .kind = LOWPI_KEY_LIST,
                                          .most = LOWPI_AUDIT_PROFILES,
                                          .keys = lowpi_model_keys,
                                          .text = "what is known of models without their config.json"},
                                         TEXT(lowpi_head, note, false, "a remark"),
                                         {.name = NULL}};
