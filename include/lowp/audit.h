/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file audit.h  Chip profiles, claims about chips, and verdicts computed from the two.
 *
 * This is part of liblowp-io (link with -llowp-io). A PROFILE says what is known of a chip or a model; each of its
 * figures has a source, a date and a grade. A CLAIM is what somebody says. A FINDING is a verdict with its calculation:
 * it is computed from the claim and the profiles by one rule for each quantity, and no file can contain a verdict.
 *
 * All figures are in base units: operations per second, bytes, bytes per second, watts, hertz, seconds, US dollars. A
 * multiply-accumulate is 2 operations. GB is 10^9 bytes. A figure that is not known has the grade LOWP_GRADE_NONE and
 * the value 0; it is never guessed.
 *
 * Files are JSON. What is in them, and the rules, are in docs/audit.md; unknown keys, wrong units, sizes out of range and
 * names given twice are LOWP_E_FORMAT with a message that names the file and the place in it ("$.chips[3].memory.unit").
 *
 * Threads: sets are not changed by any call but load, parse and destroy, and can be read from many threads in between.
 * The same inputs give the same findings, to the letter, on every machine: only + - * / and comparisons are used, and numbers
 * are printed by the C library (in its locale "C", which is what a program has that does not ask for another).
 */
#ifndef LOWP_AUDIT_H
#define LOWP_AUDIT_H

#include <lowp/scheme.h>

LOWP_BEGIN_DECLS

/* --- formats and their peaks -------------------------------------------------------------------------------------- */

/** Classes of multiplier for which peaks are quoted: the lines of <lowp/rate.def>. */
typedef enum lowp_rate {
#define LOWP_RATE(ID, name, text) LOWP_RATE_##ID,
#include <lowp/rate.def>
#undef LOWP_RATE
  LOWP_RATE_COUNT
} lowp_rate;

/** "fp4", "fp16" ...; "?" for an unknown id. Static storage. */
LOWP_API const char *lowp_rate_name(lowp_rate rate);

/** The rate with this name in any case, LOWP_RATE_COUNT if there is none. */
LOWP_API lowp_rate lowp_rate_from_name(const char *name);

/** Formats as data sheets name them: the lines of <lowp/number_format.def>; NONE where a claim names none. */
typedef enum lowp_number_format {
  LOWP_NUMBER_FORMAT_NONE = 0,
#define LOWP_NUMBER_FORMAT(ID, name, rate, bits, scheme) LOWP_NUMBER_FORMAT_##ID,
#include <lowp/number_format.def>
#undef LOWP_NUMBER_FORMAT
  LOWP_NUMBER_FORMAT_COUNT
} lowp_number_format;

/** "mxfp4", "bf16" ...; "?" for an unknown id. Static storage. */
LOWP_API const char *lowp_number_format_name(lowp_number_format format);

/** The format with this name in any case, NONE if there is none. */
LOWP_API lowp_number_format lowp_number_format_from_name(const char *name);

/** Whose peak applies to a product of operands in this format; LOWP_RATE_COUNT for NONE or an unknown id. */
LOWP_API lowp_rate lowp_number_format_rate(lowp_number_format format);

/** Bits of one element without scales: 4 for every 4-bit format; 0 for NONE or an unknown id. */
LOWP_API double lowp_number_format_bits(lowp_number_format format);

/**
 * Bits of one weight as stored, block scales counted (lowp_scheme_nominal_bits): MXFP4 4.25, NVFP4 and HIF4 4.5, FP8 8.
 * "fp4" alone counts as MXFP4, the smallest of the three. 0 for NONE or an unknown id.
 */
LOWP_API double lowp_number_format_stored_bits(lowp_number_format format);

/* --- figures ------------------------------------------------------------------------------------------------------ */

/** Where a figure comes from. Every table of the tools shows it. */
typedef enum lowp_grade {
  LOWP_GRADE_NONE = 0, /**< not known */
  LOWP_GRADE_VENDOR,   /**< "claimed": the maker says so */
  LOWP_GRADE_REPORTED, /**< "reported": somebody else says so, without having measured it */
  LOWP_GRADE_DERIVED,  /**< "derived": computed from other figures; the note says how */
  LOWP_GRADE_MEASURED, /**< "measured": by whom says the source */
  LOWP_GRADE_COUNT
} lowp_grade;

/** "claimed", "reported", "derived", "measured"; "unknown" for NONE. Static storage. */
LOWP_API const char *lowp_grade_name(lowp_grade grade);

/** One number of a profile. Texts live as long as the set; they are NULL where nothing is said. */
typedef struct lowp_figure {
  double value;       /**< in base units, > 0; 0 if not known */
  double low, high;   /**< what sources disagree about: low <= value <= high; both are value where they agree */
  lowp_grade grade;   /**< LOWP_GRADE_NONE: not known, and nothing else is set */
  const char *source; /**< title of what it was read from */
  const char *date;   /**< of the source: "2026", "2026-03" or "2026-03-20" */
  const char *note;
} lowp_figure;

/* --- profiles of chips -------------------------------------------------------------------------------------------- */

/** Peaks of one rate, in operations per second of the whole chip (package, card). */
typedef struct lowp_peak {
  lowp_figure dense;
  lowp_figure sparse;   /**< with structured sparsity, which counts products with zero that are not computed */
  lowp_figure measured; /**< the best dense product that somebody measured */
} lowp_peak;

/** Identical units: count x per_clock x clock is a peak. */
typedef struct lowp_units {
  lowp_figure count;
  lowp_figure per_clock[LOWP_RATE_COUNT]; /**< dense operations of one unit in one clock */
} lowp_units;

/** A chip, card or package as it is sold. Read only; everything lives as long as the set. */
typedef struct lowp_chip {
  const char *name; /**< unique in the set, aliases included, whatever the case */
  const char *vendor;
  const char *scope;  /**< what exactly is meant: form factor, one die or two, card or package */
  const char *status; /**< "shipping", "announced" ... */
  const char *note;   /**< or NULL */
  size_t alias_count, family_count, format_count;
  const char *const *aliases;  /**< other names of exactly this profile */
  const char *const *families; /**< names that this profile shares with others, as articles use them: "Ascend 950" */
  const lowp_number_format *formats; /**< formats whose products the chip computes natively; none: not known */
  lowp_figure formats_source;        /**< source, date and grade of that list; its value is format_count */
  lowp_peak peaks[LOWP_RATE_COUNT];
  lowp_figure memory;             /**< bytes that a program can use */
  lowp_figure memory_physical;    /**< bytes that are built in, where the two differ */
  lowp_figure bandwidth;          /**< bytes per second between memory and chip, as claimed */
  lowp_figure bandwidth_measured; /**< bytes per second that somebody reached */
  lowp_figure interconnect;       /**< bytes per second to other chips, both directions together */
  lowp_figure tdp;                /**< watts */
  lowp_figure clock;              /**< hertz of the matrix units under load */
  lowp_figure dies;               /**< that hold the memory among them; 2 that do not share it are 2 devices */
  lowp_figure pod;                /**< chips in the largest system that is sold as one */
  lowp_figure granularity;        /**< bytes of the smallest access to memory */
  lowp_units matrix, vector;
  const char *accumulator;      /**< how products are summed, as published, or NULL */
  lowp_figure accumulator_bits; /**< mantissa bits of that sum */
} lowp_chip;

/* --- profiles of models ------------------------------------------------------------------------------------------- */

/** What is known of a model without its config.json; shapes are in roofline.h. Read only. */
typedef struct lowp_audit_model {
  const char *name, *note;
  size_t alias_count, family_count, platform_count;
  const char *const *aliases, *const *families;
  const char *const *platforms; /**< chips, or families of chips, for which the maker offers it; none: not known */
  lowp_figure platforms_source;
  lowp_figure params;          /**< all parameters */
  lowp_figure active;          /**< parameters used for one token; those of a dense model are params */
  lowp_figure read;            /**< those that a token reads: without the embedding table, of which it reads one row */
  lowp_figure multiplied;      /**< those that each token of a prompt is multiplied with: also without the head */
  lowp_figure kept;            /**< those that checkpoints keep in 16 bits: embedding, head, norms; what is no expert */
  lowp_figure checkpoint;      /**< bytes of the weights as published */
  lowp_figure kv;              /**< bytes of the KV cache for one token at 16 bits */
  const char *released;        /**< date, or NULL */
  lowp_figure released_source; /**< source, date and grade of that; its value is 1 */
} lowp_audit_model;

/* --- sets of profiles --------------------------------------------------------------------------------------------- */

/** Chips and models from any number of files. */
typedef struct lowp_profiles lowp_profiles;

/** An empty set. LOWP_E_NOMEM, LOWP_E_ARGUMENT for NULL. Free it with lowp_profiles_destroy(). */
LOWP_API LOWP_CHECKED lowp_status lowp_profiles_create(lowp_profiles **out);
LOWP_API void lowp_profiles_destroy(lowp_profiles *set); /**< NULL is fine */

/**
 * Adds the profiles of a file (at most 4 MiB). After a failure the set is what it was. LOWP_E_IO if it cannot be read;
 * LOWP_E_FORMAT as described above, also for a name that the set has already: a profile is never silently replaced.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_profiles_load(lowp_profiles *set, const char *path, lowp_error *error);

/** The same for `n` bytes of JSON text; `name` stands in messages where the path would. */
LOWP_API LOWP_CHECKED lowp_status lowp_profiles_parse(lowp_profiles *set, const char *name, const void *bytes, size_t n,
                                                      lowp_error *error);

/** Chips in the order of the files. get() returns NULL from count on. */
LOWP_API size_t lowp_profiles_chip_count(const lowp_profiles *set);
LOWP_API const lowp_chip *lowp_profiles_chip(const lowp_profiles *set, size_t i);

/** The chip with this name or alias, in any case; NULL if there is none. A family is not a name. */
LOWP_API const lowp_chip *lowp_profiles_find_chip(const lowp_profiles *set, const char *name);

/** Models likewise. */
LOWP_API size_t lowp_profiles_model_count(const lowp_profiles *set);
LOWP_API const lowp_audit_model *lowp_profiles_model(const lowp_profiles *set, size_t i);
LOWP_API const lowp_audit_model *lowp_profiles_find_model(const lowp_profiles *set, const char *name);

/**
 * Profiles as JSON text that lowp_profiles_parse() reads back to the same profiles, with a final newline: for programs
 * that measure a chip. Figures with the same source and date share one entry of "sources"; numbers are in base units.
 * Names must be set; a figure that has a grade must have a source, a date and a positive value (LOWP_E_ARGUMENT). *text
 * is freed by the caller with free().
 */
LOWP_API LOWP_CHECKED lowp_status lowp_profiles_text(size_t chip_count, const lowp_chip *const *chips,
                                                     size_t model_count, const lowp_audit_model *const *models,
                                                     char **text, lowp_error *error);

/**
 * The JSON Schema (draft 2020-12) of files of profiles, with a final newline: keys, units of each, choices and ranges, with a
 * description of every key, for editors and for checks in other languages. It accepts what lowp_profiles_parse() accepts,
 * and refuses what that refuses but for what a schema cannot say, which docs/audit.md lists. *text is freed by the caller
 * with free(); it is the same in every call. LOWP_E_ARGUMENT for NULL, LOWP_E_NOMEM.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_profiles_schema(char **text, lowp_error *error);

/* --- what a peak consists of -------------------------------------------------------------------------------------- */

/** A peak taken apart. Values that cannot be computed are 0. */
typedef struct lowp_restated {
  double matrix; /**< matrix.count * matrix.per_clock[rate] * clock */
  double vector; /**< vector.count * the largest vector.per_clock * clock: what data sheets add, whatever the format */
  double total;  /**< matrix + vector; 0 if either is not known */
  /**
   * Which of these the claimed dense peak is, within half a percent: "matrix units alone", "matrix and vector units
   * together", "neither"; NULL if the matrix units or the dense peak are not known. Static storage.
   */
  const char *reading;
} lowp_restated;

/** Takes the peak of one rate apart. LOWP_E_ARGUMENT for NULL or an unknown rate. */
LOWP_API LOWP_CHECKED lowp_status lowp_chip_restate(const lowp_chip *chip, lowp_rate rate, lowp_restated *out);

LOWP_END_DECLS
#endif
