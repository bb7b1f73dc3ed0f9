/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quant_rules.h: which tensors get which format. A pattern is the exact name of a tensor or of its module (the name
 * without ".weight"), or `re:` and a regular expression that matches from the start of either, as Python's re.match
 * does.
 */
#ifndef LOWP_TOOLS_QUANT_RULES_H
#define LOWP_TOOLS_QUANT_RULES_H

#include <lowp/model.h>
#include <stdbool.h>

#include "tools/options.h"

typedef struct quant_pattern {
  char *text;  /* as given */
  void *regex; /* pcre2_code, NULL for an exact name */
  size_t hits; /* tensors matched */
} quant_pattern;

/* `source` is for messages. 0 or TOOL_USAGE. */
int quant_pattern_compile(quant_pattern *pattern, const char *text, size_t length, const char *source);
/* 1 if it matches, 0 if not, -1 if it needs too much backtracking. */
int quant_pattern_matches(const quant_pattern *pattern, const char *name);
void quant_pattern_free(quant_pattern *pattern);

typedef struct quant_rule {
  quant_pattern pattern;
  bool keep;
  lowp_scheme scheme;
  char *text;   /* for the report: "rule 're:.*down_proj'" */
  char *source; /* for messages: "--tensor", "rules.txt:3" */
} quant_rule;

typedef struct quant_rules {
  size_t count, ignore_count;
  quant_rule *rules;  /* --tensor, then --rules, in the order given: the first match wins */
  quant_rule *ignore; /* --ignore, then the default list */
  size_t user_ignore; /* how many of them the user gave */
} quant_rules;

/* What is kept by default; ends with a row of NULL. */
typedef struct quant_ignored {
  const char *what; /* "embedding" */
  const char *pattern;
} quant_ignored;
extern const quant_ignored quant_default_ignore[];

/* Compiles everything. 0 or an exit code after a message. */
int quant_rules_create(quant_rules *rules, const tool_list *tensor, const tool_list *files, const tool_list *ignore,
                       bool with_default);
void quant_rules_free(quant_rules *rules);

/* The first rule or ignore pattern that matches, NULL if none does. All that match are counted. `code`: exit code if a
 * regular expression fails (too much backtracking), after a message; else untouched. */
const quant_rule *quant_rules_find(quant_rules *rules, const char *name, int *code);
const quant_rule *quant_rules_ignored(quant_rules *rules, const char *name, int *code);

/* Complains about rules and patterns of the user that matched nothing. 0 or TOOL_CONSTRAINT. */
int quant_rules_unmatched(const quant_rules *rules, bool allowed);

/* Why a tensor cannot be a matrix of weights, whatever the rules say: to be freed. NULL if it can. */
char *quant_never(const lowp_model_tensor *t);
/* Why it is no matrix by itself, although a rule may take it as one. A lone array is what the user asked for. */
char *quant_no_matrix(lowp_container container, const lowp_model_tensor *t);

/* Length of the module's name: `name` without a trailing ".weight". */
size_t quant_module_length(const char *name);

#endif
