/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/quant_rules.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/common.h"

/* Backtracking steps allowed for one name: a pattern that needs more would take hours on a large checkpoint. */
enum { MATCH_LIMIT = 1000000 };

/* What engines expect in high precision. */
const quant_ignored quant_default_ignore[] = {
    {"output layer", "re:(.*\\.)?(lm_head|output_layer|embed_out)$"},
    {"embedding", "re:(.*\\.)?(embed_tokens|tok_embeddings|(word|position|token_type)_embeddings|wte|wpe)$"},
    {"norm", "re:(.*[._])?(layer_?norm|rms_?norm|norm)\\d*$"},
    {"router", "re:.*\\.(gate|router|shared_expert_gate|ffn_gate_inp)$"},
    {"convolution", "re:(.*\\.)?conv1d$"},
    {"vision tower", "re:(.*\\.)?(vision_tower|vision_model|vision_encoder|visual|multi_modal_projector)\\."},
    {"multi-token prediction", "re:(.*\\.)?mtp\\."},
    {NULL, NULL}};

size_t quant_module_length(const char *name) {
  static const char suffix[] = ".weight";
  size_t length = strlen(name), tail = sizeof suffix - 1;
  return length > tail && strcmp(name + length - tail, suffix) == 0 ? length - tail : length;
}

int quant_pattern_compile(quant_pattern *pattern, const char *text, size_t length, const char *source) {
  pattern->text = tool_format("%.*s", (int)length, text);
  if (strncmp(pattern->text, "re:", 3) != 0) return TOOL_OK;
  int number;
  PCRE2_SIZE at;
  pattern->regex = pcre2_compile((PCRE2_SPTR)(pattern->text + 3), PCRE2_ZERO_TERMINATED, PCRE2_ANCHORED | PCRE2_UTF,
                                 &number, &at, NULL);
  if (pattern->regex != NULL) return TOOL_OK;
  PCRE2_UCHAR reason[128];
  pcre2_get_error_message(number, reason, sizeof reason);
  return tool_fail(TOOL_USAGE, "%s: '%s': %s at character %zu", source, pattern->text + 3, (const char *)reason,
                   (size_t)at);
}

/* "PATTERN=FMT", or with white space between them, as files may say it. */
static int parse_rule(quant_rule *rule, const char *text, const char *source) {
  rule->source = tool_format("%s", source);
  const char *split = strrchr(text, '=');
  size_t length = split == NULL ? strcspn(text, " \t") : (size_t)(split - text);
  const char *format = text + length + (text[length] != 0);
  if (split == NULL) format += strspn(format, " \t");
  while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t')) length--;
  if (split != NULL) format += strspn(format, " \t");
  if (length == 0 || *format == 0) return tool_fail(TOOL_USAGE, "%s: '%s' is not PATTERN=FMT", source, tool_safe(text));
  rule->keep = strcasecmp(format, "keep") == 0;
  rule->scheme = rule->keep ? LOWP_SCHEME_NONE : lowp_scheme_from_name(format);
  if (!rule->keep && rule->scheme == LOWP_SCHEME_NONE)
    return tool_fail(TOOL_USAGE, "%s: unknown format '%s' (--help lists them; 'keep' leaves a tensor as it is)", source,
                     tool_safe(format));
  int code = quant_pattern_compile(&rule->pattern, text, length, source);
  rule->text = tool_format("rule %s", rule->pattern.text);
  return code;
}

static quant_rule *add(quant_rule **rules, size_t *count, size_t *room) {
  *rules = tool_grow(*rules, room, *count, sizeof **rules);
  quant_rule *rule = &(*rules)[(*count)++];
  *rule = (quant_rule){0};
  return rule;
}

static int read_file(quant_rules *rules, size_t *room, const char *path) {
  FILE *stream = fopen(path, "r");
  if (stream == NULL) return tool_fail(TOOL_IO, "--rules %s: %s", tool_safe(path), strerror(errno));
  char *line = NULL;
  size_t size = 0;
  int code = TOOL_OK;
  for (unsigned number = 1; code == TOOL_OK && getline(&line, &size, stream) >= 0; number++) {
    char *text = line + strspn(line, " \t"), *end = text + strlen(text);
    while (end > text && strchr(" \t\r\n", end[-1]) != NULL) end--;
    *end = 0;
    if (*text == 0 || *text == '#') continue;
    char *source = tool_format("%s:%u", tool_safe(path), number);
    code = parse_rule(add(&rules->rules, &rules->count, room), text, source);
    free(source);
  }
  if (code == TOOL_OK && ferror(stream)) code = tool_fail(TOOL_IO, "--rules %s: %s", tool_safe(path), strerror(errno));
  free(line);
  fclose(stream);
  return code;
}

static int add_ignore(quant_rules *rules, size_t *room, const char *text, const char *source, const char *label,
                      const char *why) {
  quant_rule *rule = add(&rules->ignore, &rules->ignore_count, room);
  rule->keep = true;
  rule->source = tool_format("%s", source);
  rule->text = tool_format("%s %s", label, why);
  return quant_pattern_compile(&rule->pattern, text, strlen(text), source);
}

int quant_rules_create(quant_rules *rules, const tool_list *tensor, const tool_list *files, const tool_list *ignore,
                       bool with_default) {
  *rules = (quant_rules){0};
  size_t room = 0, ignore_room = 0;
  int code = TOOL_OK;
  for (size_t i = 0; i < tensor->count && code == TOOL_OK; i++)
    code = parse_rule(add(&rules->rules, &rules->count, &room), tensor->items[i], "--tensor");
  for (size_t i = 0; i < files->count && code == TOOL_OK; i++) code = read_file(rules, &room, files->items[i]);
  for (size_t i = 0; i < ignore->count && code == TOOL_OK; i++)
    code = add_ignore(rules, &ignore_room, ignore->items[i], "--ignore", "--ignore", ignore->items[i]);
  rules->user_ignore = rules->ignore_count;
  for (const quant_ignored *d = quant_default_ignore; with_default && d->what != NULL && code == TOOL_OK; d++)
    code = add_ignore(rules, &ignore_room, d->pattern, "default ignore list", "default:", d->what);
  return code;
}

void quant_pattern_free(quant_pattern *pattern) {
  pcre2_code_free(pattern->regex);
  free(pattern->text);
}

static void free_rules(quant_rule *rules, size_t count) {
  for (size_t i = 0; i < count; i++) {
    quant_pattern_free(&rules[i].pattern);
    free(rules[i].text);
    free(rules[i].source);
  }
  free(rules);
}

void quant_rules_free(quant_rules *rules) {
  free_rules(rules->rules, rules->count);
  free_rules(rules->ignore, rules->ignore_count);
}

/* 1 if the pattern matches the first `length` bytes of name, 0 if not, -1 after an error. */
static int regex_matches(const quant_pattern *pattern, const char *name, size_t length) {
  pcre2_match_context *context = pcre2_match_context_create(NULL);
  pcre2_match_data *data = pcre2_match_data_create(1, NULL);
  int found = PCRE2_ERROR_NOMEMORY;
  if (context != NULL && data != NULL) {
    pcre2_set_match_limit(context, MATCH_LIMIT);
    found = pcre2_match(pattern->regex, (PCRE2_SPTR)name, length, 0, 0, data, context);
  }
  pcre2_match_data_free(data);
  pcre2_match_context_free(context);
  /* 0: matched, with more groups than room for them. */
  return found >= 0 ? 1 : found == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

int quant_pattern_matches(const quant_pattern *pattern, const char *name) {
  size_t whole = strlen(name), module = quant_module_length(name);
  if (pattern->regex == NULL) {
    size_t length = strlen(pattern->text);
    return (length == whole || length == module) && strncmp(pattern->text, name, length) == 0;
  }
  int found = regex_matches(pattern, name, module);
  return found != 0 || module == whole ? found : regex_matches(pattern, name, whole);
}

static const quant_rule *first_match(quant_rule *rules, size_t count, const char *name, int *code) {
  const quant_rule *first = NULL;
  for (size_t i = 0; i < count; i++) {
    int found = quant_pattern_matches(&rules[i].pattern, name);
    if (found < 0)
      *code = tool_fail(TOOL_USAGE, "%s: '%s' needs too much backtracking on %s", rules[i].source,
                        rules[i].pattern.text, tool_safe(name));
    if (found <= 0) continue;
    rules[i].pattern.hits++;
    if (first == NULL) first = &rules[i];
  }
  return first;
}

const quant_rule *quant_rules_find(quant_rules *rules, const char *name, int *code) {
  return first_match(rules->rules, rules->count, name, code);
}

const quant_rule *quant_rules_ignored(quant_rules *rules, const char *name, int *code) {
  return first_match(rules->ignore, rules->ignore_count, name, code);
}

int quant_rules_unmatched(const quant_rules *rules, bool allowed) {
  int code = TOOL_OK;
  for (size_t i = 0; i < rules->count + rules->user_ignore; i++) {
    const quant_rule *rule = i < rules->count ? &rules->rules[i] : &rules->ignore[i - rules->count];
    if (rule->pattern.hits != 0) continue;
    if (allowed) {
      tool_warn("%s: '%s' matches no tensor", rule->source, rule->pattern.text);
    } else {
      code = tool_fail(TOOL_CONSTRAINT,
                       "%s: '%s' matches no tensor; names are matched from their start (lowp-inspect lists them), "
                       "--allow-unmatched lets this pass",
                       rule->source, rule->pattern.text);
    }
  }
  return code;
}

static bool is_source(lowp_element element) {
  return element == LOWP_F32 || element == LOWP_BF16 || element == LOWP_FP16 || element == LOWP_F64;
}

char *quant_never(const lowp_model_tensor *t) {
  if (t->scheme != LOWP_SCHEME_NONE && t->layout != LOWP_LAYOUT_NONE)
    return tool_format("already %s", lowp_scheme_info_of(t->scheme)->name);
  if (!is_source(lowp_dtype_element(t->dtype))) {
    bool low = lowp_dtype_element(t->dtype) != LOWP_ELEMENT_NONE && t->dtype != LOWP_DTYPE_I8;
    return tool_format(low ? "already %s" : "%s is no floating-point type", lowp_dtype_name(t->dtype));
  }
  if (t->rank == 0) return tool_format("a scalar");
  if (t->rows == 0 || t->cols == 0) return tool_format("empty");
  if (t->rank > LOWP_LAYOUT_MAX_RANK) return tool_format("rank %zu", t->rank);
  return NULL;
}

char *quant_no_matrix(lowp_container container, const lowp_model_tensor *t) {
  if (t->rank == 2 || container == LOWP_CONTAINER_RAW || container == LOWP_CONTAINER_NPY) return NULL;
  if (t->rank == 1) return tool_format("a vector");
  return tool_format("rank %zu, no matrix (a rule would take it as %zux%zu)", t->rank, t->rows, t->cols);
}
