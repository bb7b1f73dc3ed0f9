/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.h: what the rules share. A rule is a function that looks at one claim, says its calculation line by line and
 * concludes. Rules know chips and claims by their numbers only: no name, no value of a profile and no id occurs in them.
 */
#ifndef LOWPI_AUDIT_RULES_H
#define LOWPI_AUDIT_RULES_H

#include <lowp/claim.h>

#include "audit/audit_internal.h"

/* A claim under examination. */
typedef struct lowpi_case {
  const lowp_profiles *profiles;
  const lowp_claim *claim;
  lowpi_arena arena;
  size_t line_count, line_room;
  const char **lines;
  lowp_verdict verdict;
  double factor;
  const char *reason;
  bool no_memory;
} lowpi_case;

typedef void lowpi_rule(lowpi_case *c);

/* One line of the calculation. */
void lowpi_say(lowpi_case *c, const char *format, ...) LOWP_PRINTF(2, 3);
/* The verdict; the last call counts. `factor` below 1 is inverted; 0 for none. */
void lowpi_conclude(lowpi_case *c, lowp_verdict verdict, double factor, const char *format, ...) LOWP_PRINTF(4, 5);
/* Unverifiable: "missing: ..." */
void lowpi_missing(lowpi_case *c, const char *format, ...) LOWP_PRINTF(2, 3);

lowpi_dimension lowpi_quantity_dimension(lowp_quantity quantity);

/* --- numbers ------------------------------------------------------------------------------------------------------ */

/* Parameter counts are nominal ("70B" has 70.6e9), so that what follows from one is good to this. */
#define LOWPI_NOMINAL 0.02
/* "About", "~", "estimated". */
#define LOWPI_ABOUT 0.05
/*
 * The part of its peak that a memory can sustain: DRAM spends some percent of the time on refresh alone and more on
 * turning its bus around. The best that was measured on a chip with HBM and published is 92 %.
 */
#define LOWPI_SUSTAINED 0.95
/* Of a value of a cache: the fewest that inference software offers. */
#define LOWPI_CACHE_BITS 4

/* True if a claimed number is `value`: within half its last digit, or `tolerance`, or LOWPI_ABOUT; see claim.h. */
bool lowpi_agrees(const lowp_claim *claim, const lowp_amount *amount, double value, double tolerance);
/* The same for a figure about which sources disagree: anything from low to high. */
bool lowpi_agrees_figure(const lowp_claim *claim, const lowp_amount *amount, const lowp_figure *figure);

/* "1.514 PFLOPS": four digits, in a unit for people; in `text`, which is returned. */
#define LOWPI_AMOUNT_TEXT 48
typedef char lowpi_text[LOWPI_AMOUNT_TEXT];
const char *lowpi_amount(lowpi_dimension dimension, double value, lowpi_text text);
/* A number of the claim in its own unit. */
const char *lowpi_printed(const lowp_amount *amount, lowpi_text text);

/* --- subjects ----------------------------------------------------------------------------------------------------- */

/* Chips that a name means: one, or the members of a family. */
#define LOWPI_BINS 64
typedef struct lowpi_bins {
  size_t count;
  bool family; /* the name is that of a family, whatever the count */
  const lowp_chip *chips[LOWPI_BINS];
} lowpi_bins;

/* Fills *bins; false, after lowpi_missing(), if there is no profile of that name. */
bool lowpi_find_bins(lowpi_case *c, const char *name, lowpi_bins *bins);
/* The same where a family makes no sense: its name is not enough. */
const lowp_chip *lowpi_find_one(lowpi_case *c, const char *name);
/* True if the two chips share a family. */
bool lowpi_siblings(const lowp_chip *a, const lowp_chip *b);

/* What a model weighs, by the name of a model or by numbers of the claim. */
typedef struct lowpi_load {
  const lowp_audit_model *model; /* or NULL */
  double params, active;         /* active == params where nothing else is known: dense */
  double read, multiplied;       /* what a token reads; what one of a prompt is multiplied with */
  double kept;                   /* what checkpoints keep in 16 bits; 0: not known */
  double bits, stored_bits;      /* of one weight, without and with scales */
  double weight_bytes;           /* params * bits / 8: the least that the format can take */
  double active_bytes;           /* active * bits / 8 */
  double read_bytes;             /* read * bits / 8 */
  double slack; /* 1, or 1 + LOWPI_NOMINAL where `read` is a nominal count, of which some may not be read */
} lowpi_load;

/* Says the calculation. False, after lowpi_missing(), if the model or the format is not known. */
bool lowpi_find_load(lowpi_case *c, lowpi_load *load);

/* "title, date (grade)" of a figure. */
void lowpi_say_figure(lowpi_case *c, const char *chip, const char *what, lowpi_dimension dimension,
                      const lowp_figure *f);

/* --- the rules ---------------------------------------------------------------------------------------------------- */

lowpi_rule lowpi_rule_peak, lowpi_rule_figure, lowpi_rule_count, lowpi_rule_formats, lowpi_rule_unpublished,
    lowpi_rule_aggregate, lowpi_rule_ratio, lowpi_rule_difference, lowpi_rule_scaled, lowpi_rule_quotient,
    lowpi_rule_shortfall, lowpi_rule_rounding, lowpi_rule_cost, lowpi_rule_weights, lowpi_rule_fit, lowpi_rule_context,
    lowpi_rule_replaces, lowpi_rule_passes, lowpi_rule_decode, lowpi_rule_batches, lowpi_rule_prefill,
    lowpi_rule_access, lowpi_rule_relief, lowpi_rule_speedup, lowpi_rule_params, lowpi_rule_release,
    lowpi_rule_exclusive, lowpi_rule_accuracy, lowpi_rule_attention, lowpi_rule_outside, lowpi_rule_power;

#endif
