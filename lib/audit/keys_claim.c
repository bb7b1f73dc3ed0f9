/* SPDX-License-Identifier: Apache-2.0 */
/* keys_claim.c: the keys of files of claims. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/keys.h"

/* The version of the schema, in every file of claims. */
const char *const lowpi_claims_schema[] = {"lowp-claims-1", NULL};

/* The order of the enums of claim.h, from 1 on. */
static const char *const sparsities[] = {"dense", "sparse", NULL};
static const char *const phases[] = {"prefill", "decode", NULL};
static const char *const bases[] = {"peak", "bandwidth", "memory", "tdp", NULL};
static const char *const causes[] = {"bandwidth", "compute", "format", "software", "training", NULL};

#define KEY(type, key, what, need, about) \
  { .name = #key, .kind = LOWPI_KEY_##what, .required = need, .offset = offsetof(type, key), .text = about }
#define CLAIM(key, what, about) KEY(lowp_claim, key, what, false, about)
#define CHOICE(key, names, about) \
  { .name = #key, .kind = LOWPI_KEY_CHOICE, .offset = offsetof(lowp_claim, key), .choices = names, .text = about }
#define AMOUNT(key, unit, about) \
  { \
    .name = #key, .kind = LOWPI_KEY_AMOUNT, .offset = offsetof(lowp_claim, key), .dimension = LOWPI_DIM_##unit, \
    .text = about \
  }

const lowpi_key lowpi_article_keys[] = {KEY(lowp_article, title, TEXT, true, "title of the text that claims something"),
                                        KEY(lowp_article, kind, TEXT, true, "blog, press release, paper ..."),
                                        KEY(lowp_article, date, DATE, true, "2026, 2026-03 or 2026-03-20"),
                                        KEY(lowp_article, url, TEXT, false, "its address"),
                                        {.name = NULL}};

const lowpi_key lowpi_amount_keys[] = {
    {.name = "value", .kind = LOWPI_KEY_NUMBER, .required = true, .text = "as printed, in the unit"},
    {.name = "unit", .kind = LOWPI_KEY_UNIT, .required = true, .text = "capitals count; GB is 10^9 bytes"},
    {.name = NULL}};

const lowpi_key lowpi_bound_keys[] = {
    {.name = "low", .kind = LOWPI_KEY_NUMBER, .required = true, .text = "where the range begins"},
    {.name = "high", .kind = LOWPI_KEY_NUMBER, .required = true, .text = "where it ends"},
    {.name = NULL}};

static const lowpi_key condition_keys[] = {
    CLAIM(format, FORMAT, "of the peak, of the weights"),
    {.name = "formats",
     .kind = LOWPI_KEY_FORMATS,
     .offset = offsetof(lowp_claim, formats),
     .count = offsetof(lowp_claim, format_count),
     .most = LOWPI_AUDIT_NAMES,
     .text = "a list of them, of format_support"},
    CHOICE(sparsity, sparsities, "whether the text says that structured sparsity is counted"),
    CHOICE(phase, phases, "the phase of inference that the text names"),
    CHOICE(basis, bases, "the figure of two chips that the text compares; the peak is in `format`"),
    CHOICE(cause, causes, "what the text says is the reason"),
    CLAIM(baseline, TEXT, "a chip or a family of chips that the subject is compared with"),
    CLAIM(model, TEXT, "a model of the profiles, of the table of lowp/model_shape.h, or of --model"),
    AMOUNT(params, PARAMS, "parameters, where no model is named"),
    AMOUNT(weights, BYTES, "size of the weights in weights_format, where no model is named"),
    CLAIM(weights_format, FORMAT, "the format in which the weights have that size"),
    CLAIM(chips, COUNT, "how many chips there are"),
    CLAIM(batch, COUNT, "sequences at a time"),
    CLAIM(context, COUNT, "tokens of each sequence; of the prompt in prefill"),
    CLAIM(drafts, COUNT, "tokens that a draft proposes for each pass; one more is made at most"),
    {.name = "prefix_cache_hit_rate",
     .kind = LOWPI_KEY_SHARE,
     .offset = offsetof(lowp_claim, prefix_cache_hit_rate),
     .dimension = LOWPI_DIM_RATIO,
     .text = "share of the tokens of prompts that a prefix cache held, so that they were not computed"},
    CLAIM(group, COUNT, "chips in a part of a system"),
    {.name = "batches",
     .kind = LOWPI_KEY_COUNTS,
     .offset = offsetof(lowp_claim, batches),
     .count = offsetof(lowp_claim, batch_count),
     .most = LOWPI_AUDIT_PARTS,
     .text = "a batch for each value, ascending"},
    {.name = "from",
     .kind = LOWPI_KEY_AMOUNTS,
     .offset = offsetof(lowp_claim, from),
     .count = offsetof(lowp_claim, from_count),
     .most = LOWPI_AUDIT_PARTS,
     .dimension = LOWPI_DIM_ANY,
     .text = "numbers of the text from which the value is said to follow"},
    CLAIM(of, QUANTITY, "of unpublished: the quantity"),
    CLAIM(until, DATE, "of release_date: the day by which it is said to be there"),
    {.name = NULL}};

const lowpi_key lowpi_statement_keys[] = {
    KEY(lowp_claim, subject, TEXT, true, "a chip, a family of chips, a model or a family of models"),
    KEY(lowp_claim, quantity, QUANTITY, true, "what the statement is about"),
    {.name = "value",
     .kind = LOWPI_KEY_VALUE,
     .keys = lowpi_bound_keys,
     .text = "as printed, in the unit: a number, a list, or {\"low\": 15, \"high\": 25}"},
    {.name = "unit", .kind = LOWPI_KEY_UNIT, .text = "of the quantity; capitals count"},
    {.name = "approximate",
     .kind = LOWPI_KEY_FLAG,
     .offset = offsetof(lowp_claim, approximate),
     .text = "true where the text says about, ~ or estimated: 5 % more or less agree"},
    {.name = "conditions",
     .kind = LOWPI_KEY_OBJECT,
     .keys = condition_keys,
     .text = "what the text states, and nothing else"},
    {.name = NULL}};

const lowpi_key lowpi_claim_keys[] = {
    KEY(lowp_claim, id, TEXT, true, "no two claims share one"),
    KEY(lowp_claim, text, TEXT, true, "the statement in words"),
    KEY(lowp_claim, subject, TEXT, true, "a chip, a family of chips, a model or a family of models"),
    {.name = "parts",
     .kind = LOWPI_KEY_LIST,
     .least = 1,
     .most = LOWPI_AUDIT_PARTS,
     .keys = lowpi_statement_keys,
     .text = "of a statement of several figures, instead of a quantity; the worst verdict is that of the claim"},
    {.name = NULL}};

const lowpi_key lowpi_claims_keys[] = {LOWPI_SCHEMA_KEYS(lowpi_claims_schema),
                                       {.name = "article",
                                        .kind = LOWPI_KEY_OBJECT,
                                        .required = true,
                                        .offset = offsetof(lowpi_head, article),
                                        .keys = lowpi_article_keys,
                                        .text = "the text that claims it"},
                                       {.name = "claims",
                                        .kind = LOWPI_KEY_LIST,
                                        .most = LOWPI_AUDIT_LIST,
                                        .keys = lowpi_claim_keys,
                                        .more = lowpi_statement_keys,
                                        .text = "its statements"},
                                       KEY(lowpi_head, note, TEXT, false, "a remark"),
                                       {.name = NULL}};
