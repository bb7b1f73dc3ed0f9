/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file claim.h  Claims about chips and models, and the verdicts that rules give on them.
 *
 * This is part of liblowp-io; profiles are in audit.h. A claim is one statement of a text: its subject, its quantity, the
 * value, and the conditions that the text states. It holds no verdict and no calculation. lowp_audit_claim() computes a
 * finding by the rule of the quantity (the column "rule" of <lowp/quantity.def>) from the claim and the profiles:
 *
 *   CONSISTENT    what follows from the profiles and from arithmetic is what is claimed
 *   MISLABELLED   the number is right for something else than what the text says it is, or holds only under a condition
 *                 that the text does not state
 *   INCONSISTENT  a bound or an identity is broken; the finding says which, and by which factor
 *   UNVERIFIABLE  something is missing; the finding says what
 *
 * Two numbers agree if they differ by at most half a unit of the last digit that the claim prints (5 % at most), or by half
 * a percent, or by 5 % if the text says "about", "~" or "estimated". Parameter counts are nominal, so that what is computed from one
 * agrees within 2 %.
 */
#ifndef LOWP_CLAIM_H
#define LOWP_CLAIM_H

#include <lowp/audit.h>
#include <lowp/verdict.h>

LOWP_BEGIN_DECLS

/** What a claim is about: the lines of <lowp/quantity.def>. */
typedef enum lowp_quantity {
#define LOWP_QUANTITY(ID, name, dimension, rule, text) LOWP_QUANTITY_##ID,
#include <lowp/quantity.def>
#undef LOWP_QUANTITY
  LOWP_QUANTITY_COUNT
} lowp_quantity;

/** "peak_flops" ...; "?" for an unknown id. Static storage. */
LOWP_API const char *lowp_quantity_name(lowp_quantity quantity);

/** Whether a text says that structured sparsity is counted. */
typedef enum lowp_sparsity { LOWP_SPARSITY_UNSTATED = 0, LOWP_SPARSITY_DENSE, LOWP_SPARSITY_SPARSE } lowp_sparsity;

/** Phase of inference that a text names. */
typedef enum lowp_phase { LOWP_PHASE_UNSTATED = 0, LOWP_PHASE_PREFILL, LOWP_PHASE_DECODE } lowp_phase;

/** Which figure of two chips a text compares. */
typedef enum lowp_basis {
  LOWP_BASIS_UNSTATED = 0,
  LOWP_BASIS_PEAK, /**< in `format` */
  LOWP_BASIS_BANDWIDTH,
  LOWP_BASIS_MEMORY,
  LOWP_BASIS_TDP
} lowp_basis;

/** What a text says is the reason of an effect. */
typedef enum lowp_cause {
  LOWP_CAUSE_UNSTATED = 0,
  LOWP_CAUSE_BANDWIDTH,
  LOWP_CAUSE_COMPUTE,
  LOWP_CAUSE_FORMAT,   /**< fewer bits */
  LOWP_CAUSE_SOFTWARE, /**< fusion, scheduling, another order of the same operations */
  LOWP_CAUSE_TRAINING
} lowp_cause;

/** A number as a text prints it. */
typedef struct lowp_amount {
  double value;     /**< in base units */
  double half;      /**< half a unit of its last printed digit, in base units */
  const char *unit; /**< as printed, NULL for no value */
} lowp_amount;

/** The text that claims come from. */
typedef struct lowp_article {
  const char *title, *kind, *date; /**< never NULL */
  const char *url;                 /**< or NULL */
} lowp_article;

/** A claim. Read only; everything lives as long as the set. What the text does not state is 0, NULL or UNSTATED. */
typedef struct lowp_claim {
  const char *id; /**< unique in the set */
  const lowp_article *article;
  const char *text;    /**< the statement in other words */
  const char *subject; /**< a chip, a family of chips, a model or a family of models */
  lowp_quantity quantity;
  size_t value_count; /**< 0 where the quantity has no value */
  const lowp_amount *values;
  int is_range;    /**< two values: from, to */
  int approximate; /**< "about", "~", "estimated" */
  /* Conditions. */
  lowp_number_format format; /**< of weights, or of the peak */
  size_t format_count;
  const lowp_number_format *formats; /**< format_support */
  lowp_sparsity sparsity;
  lowp_phase phase;
  lowp_basis basis;
  lowp_cause cause;
  const char *baseline; /**< a chip or a family */
  const char *model;
  lowp_amount params;                /**< parameters, where no model is named */
  lowp_amount weights;               /**< bytes of the weights, in weights_format */
  lowp_number_format weights_format; /**< NONE: format */
  double chips, batch, context;      /**< context: tokens of each sequence, of the prompt in prefill */
  double drafts;                     /**< tokens that a draft proposes for each pass of the model */
  lowp_amount prefix_cache_hit_rate; /**< share of prompt tokens that were cached, below 1; unit NULL: not stated */
  double group;                      /**< chips in a part of a system */
  size_t batch_count;
  const double *batches;
  size_t from_count;
  const lowp_amount *from; /**< numbers of the text from which this one is computed */
  lowp_quantity of;        /**< unpublished */
  const char *until;       /**< release_date: the day by which it is said to be there */
  size_t part_count;       /**< a claim of several parts has no quantity of its own */
  const struct lowp_claim *parts;
} lowp_claim;

/** Claims from any number of files. */
typedef struct lowp_claims lowp_claims;

/** An empty set. LOWP_E_NOMEM, LOWP_E_ARGUMENT for NULL. Free it with lowp_claims_destroy(). */
LOWP_API LOWP_CHECKED lowp_status lowp_claims_create(lowp_claims **out);
LOWP_API void lowp_claims_destroy(lowp_claims *set); /**< NULL is fine */

/** Adds the claims of a file, or of `n` bytes of JSON text; errors as lowp_profiles_load() and _parse(). */
LOWP_API LOWP_CHECKED lowp_status lowp_claims_load(lowp_claims *set, const char *path, lowp_error *error);
LOWP_API LOWP_CHECKED lowp_status lowp_claims_parse(lowp_claims *set, const char *name, const void *bytes, size_t n,
                                                    lowp_error *error);

/** The JSON Schema of files of claims, as lowp_profiles_schema(); units are bound to quantities. */
LOWP_API LOWP_CHECKED lowp_status lowp_claims_schema(char **text, lowp_error *error);

/** Claims in the order of the files. get() returns NULL from count on. */
LOWP_API size_t lowp_claims_count(const lowp_claims *set);
LOWP_API const lowp_claim *lowp_claims_get(const lowp_claims *set, size_t i);
LOWP_API const lowp_claim *lowp_claims_find(const lowp_claims *set, const char *id);

/** A verdict and how it came about. Freed with lowp_finding_destroy(). */
typedef struct lowp_finding {
  lowp_verdict verdict;
  /**
   * INCONSISTENT and some MISLABELLED: by how much, the claim over what holds or its inverse, whichever is above 1. 0 where
   * nothing is measured by a factor.
   */
  double factor;
  const char *reason; /**< one sentence without a full stop */
  size_t line_count;
  const char *const *lines; /**< the calculation with its numbers, and where each of them comes from */
} lowp_finding;

/**
 * Computes the finding. A claim with parts gets the worst verdict of its parts, and the lines of all. LOWP_E_NOMEM,
 * LOWP_E_ARGUMENT. The texts of the finding are its own; claim and profiles may be freed before it.
 */
LOWP_API LOWP_CHECKED lowp_status lowp_audit_claim(const lowp_profiles *profiles, const lowp_claim *claim,
                                                   lowp_finding **out, lowp_error *error);
LOWP_API void lowp_finding_destroy(lowp_finding *finding); /**< NULL is fine */

LOWP_END_DECLS
#endif
