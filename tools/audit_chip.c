/* SPDX-License-Identifier: Apache-2.0 */
/* audit_chip.c: `lowp-audit chip`: what is known of a chip, from where, and what its peaks consist of. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/audit.h"

typedef struct settings {
  tool_list chips;
  bool json, no_colour;
} settings;

static const tool_option options[] = {AUDIT_COMMON_OPTIONS(settings), {TOOL_HEADING, 0, NULL, NULL, 0, NULL, NULL}};

static void examples(void) {
  printf("\nExamples:\n"
         "  lowp-audit chip\n"
         "  lowp-audit chip \"Ascend 950PR\"\n"
         "  lowp-audit chip --json B200 >b200.json\n");
}

const tool_program audit_chip_program = {"chip [options] [NAME...]",
                                         "Prints what is known of a chip, each figure with its grade and source, and "
                                         "takes its peaks apart. Lists the chips\n"
                                         "without a NAME.",
                                         options, examples};

/* The figures of a profile that are no peaks, in the order in which they are printed. */
static const struct field {
  const char *title;
  size_t offset;
  audit_kind kind;
} fields[] = {
    {"memory", offsetof(lowp_chip, memory), AUDIT_BYTES},
    {"memory, physical", offsetof(lowp_chip, memory_physical), AUDIT_BYTES},
    {"bandwidth", offsetof(lowp_chip, bandwidth), AUDIT_BYTES_PER_S},
    {"bandwidth, reached", offsetof(lowp_chip, bandwidth_measured), AUDIT_BYTES_PER_S},
    {"interconnect", offsetof(lowp_chip, interconnect), AUDIT_BYTES_PER_S},
    {"smallest access", offsetof(lowp_chip, granularity), AUDIT_BYTES},
    {"power", offsetof(lowp_chip, tdp), AUDIT_WATT},
    {"clock", offsetof(lowp_chip, clock), AUDIT_HERTZ},
    {"dies", offsetof(lowp_chip, dies), AUDIT_PLAIN},
    {"largest system", offsetof(lowp_chip, pod), AUDIT_PLAIN},
    {"matrix units", offsetof(lowp_chip, matrix.count), AUDIT_PLAIN},
    {"vector units", offsetof(lowp_chip, vector.count), AUDIT_PLAIN},
    {"accumulator bits", offsetof(lowp_chip, accumulator_bits), AUDIT_PLAIN},
};

static const lowp_figure *figure_at(const lowp_chip *chip, size_t offset) {
  return (const lowp_figure *)(const void *)((const char *)chip + offset);
}

static void add_row(tool_table *table, const char *title, audit_kind kind, const lowp_figure *f) {
  char text[TOOL_TEXT], low[TOOL_TEXT], high[TOOL_TEXT];
  if (f->grade == LOWP_GRADE_NONE) return;
  tool_table_cell(table, "%s", title);
  tool_table_cell(table, "%s", audit_amount(kind, f->value, text));
  tool_table_cell(table, "%s", lowp_grade_name(f->grade));
  tool_table_cell(table, "%s", f->date);
  if (f->low < f->high)
    tool_table_cell(table, "%s; %s to %s%s%s", tool_safe(f->source), audit_amount(kind, f->low, low),
                    audit_amount(kind, f->high, high), f->note != NULL ? "; " : "", f->note != NULL ? f->note : "");
  else
    tool_table_cell(table, "%s%s%s", tool_safe(f->source), f->note != NULL ? "; " : "", f->note != NULL ? f->note : "");
  tool_table_end_row(table);
}

static void print_figures(const lowp_chip *chip) {
  static const tool_column columns[] = {
      {"figure", TOOL_LEFT}, {"value", TOOL_RIGHT}, {"grade", TOOL_LEFT}, {"date", TOOL_LEFT}, {"source", TOOL_SHRINK}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  for (int i = LOWP_RATE_COUNT - 1; i >= 0; i--) {
    const char *name = lowp_rate_name((lowp_rate)i);
    const struct {
      const char *what;
      const lowp_figure *figure;
    } rows[] = {
        {"dense", &chip->peaks[i].dense}, {"sparse", &chip->peaks[i].sparse}, {"reached", &chip->peaks[i].measured}};
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
      char title[64];
      snprintf(title, sizeof title, "%s peak, %s", name, rows[k].what);
      add_row(table, title, AUDIT_OPS, rows[k].figure);
    }
  }
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
    add_row(table, fields[i].title, fields[i].kind, figure_at(chip, fields[i].offset));
  tool_table_print(table, stdout);
  tool_table_destroy(table);
}

/* "28 x 32768 x 1.65 GHz = 1.514 PFLOPS" and what the claimed peak is of it. */
static void print_restated(const lowp_chip *chip) {
  bool first = true;
  for (int i = LOWP_RATE_COUNT - 1; i >= 0; i--) {
    lowp_restated r;
    char clock[TOOL_TEXT], matrix[TOOL_TEXT], vector[TOOL_TEXT], total[TOOL_TEXT], dense[TOOL_TEXT];
    if (lowp_chip_restate(chip, (lowp_rate)i, &r) != LOWP_OK || r.matrix <= 0) continue;
    if (first) printf("\nPeaks taken apart (units x operations per clock x clock; derived):\n");
    first = false;
    printf("  %s: %.0f matrix units x %.0f x %s = %s", lowp_rate_name((lowp_rate)i), chip->matrix.count.value,
           chip->matrix.per_clock[i].value, audit_amount(AUDIT_HERTZ, chip->clock.value, clock),
           audit_amount(AUDIT_OPS, r.matrix, matrix));
    if (r.total > 0)
      printf("; with %s of %.0f vector units %s", audit_amount(AUDIT_OPS, r.vector, vector), chip->vector.count.value,
             audit_amount(AUDIT_OPS, r.total, total));
    if (r.reading != NULL)
      printf("; the peak of %s is %s", audit_amount(AUDIT_OPS, chip->peaks[i].dense.value, dense), r.reading);
    printf("\n");
  }
}

static void print_chip(const lowp_chip *chip) {
  printf("%s%s%s (%s; %s; %s)\n", tool_escape(stdout, TOOL_BOLD), tool_safe(chip->name),
         tool_escape(stdout, TOOL_PLAIN), tool_safe(chip->vendor), tool_safe(chip->scope), tool_safe(chip->status));
  if (chip->format_count > 0) {
    printf("formats:");
    for (size_t i = 0; i < chip->format_count; i++) printf(" %s", lowp_number_format_name(chip->formats[i]));
    printf(" (%s)\n", lowp_grade_name(chip->formats_source.grade));
  }
  if (chip->accumulator != NULL) printf("accumulator: %s\n", tool_safe(chip->accumulator));
  if (chip->note != NULL) printf("note: %s\n", tool_safe(chip->note));
  print_figures(chip);
  print_restated(chip);
}

static void print_list(const lowp_profiles *set) {
  static const tool_column columns[] = {{"chip", TOOL_LEFT},    {"fp4 dense", TOOL_RIGHT}, {"fp8 dense", TOOL_RIGHT},
                                        {"16-bit", TOOL_RIGHT}, {"memory", TOOL_RIGHT},    {"bandwidth", TOOL_RIGHT},
                                        {"power", TOOL_RIGHT},  {"status", TOOL_LEFT}};
  tool_table *table = tool_table_create(columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < lowp_profiles_chip_count(set); i++) {
    const lowp_chip *c = lowp_profiles_chip(set, i);
    static const lowp_rate rates[] = {LOWP_RATE_FP4, LOWP_RATE_FP8, LOWP_RATE_FP16};
    char text[TOOL_TEXT];
    tool_table_cell(table, "%s", tool_safe(c->name));
    for (size_t k = 0; k < 3; k++)
      tool_table_cell(table, "%s", audit_amount(AUDIT_OPS, c->peaks[rates[k]].dense.value, text));
    tool_table_cell(table, "%s", audit_amount(AUDIT_BYTES, c->memory.value, text));
    tool_table_cell(table, "%s", audit_amount(AUDIT_BYTES_PER_S, c->bandwidth.value, text));
    tool_table_cell(table, "%s", audit_amount(AUDIT_WATT, c->tdp.value, text));
    tool_table_cell(table, "%s", tool_safe(c->status));
    tool_table_end_row(table);
  }
  tool_table_print(table, stdout);
  tool_table_destroy(table);
  printf("\nAs claimed or derived; `lowp-audit chip NAME` says where each figure comes from.\n");
}

static int print_json(size_t count, const lowp_chip *const *chips) {
  lowp_error error;
  char *text = NULL;
  lowp_status status = lowp_profiles_text(count, chips, 0, NULL, &text, &error);
  if (status != LOWP_OK) return tool_fail_status(status, &error);
  fputs(text, stdout);
  free(text);
  return TOOL_OK;
}

typedef struct selection {
  const lowp_chip **chips;
  size_t count, room;
} selection;

static void add(selection *chosen, const lowp_chip *chip) {
  chosen->chips = tool_grow(chosen->chips, &chosen->room, chosen->count, sizeof *chosen->chips);
  chosen->chips[chosen->count++] = chip;
}

/* The chip of this name, or all that share it as the name of a family. */
static int choose(selection *chosen, const lowp_profiles *set, const char *name) {
  const size_t before = chosen->count;
  for (size_t i = 0; i < lowp_profiles_chip_count(set); i++) {
    const lowp_chip *chip = lowp_profiles_chip(set, i);
    for (size_t k = 0; k < chip->family_count; k++)
      if (strcasecmp(chip->families[k], name) == 0) add(chosen, chip);
  }
  if (chosen->count > before) return TOOL_OK;
  const lowp_chip *chip = audit_find_chip(set, name);
  if (chip == NULL) return TOOL_USAGE;
  add(chosen, chip);
  return TOOL_OK;
}

static int run(const settings *s, const lowp_profiles *set, int count, char **names) {
  selection chosen = {0};
  int code = TOOL_OK;
  for (int i = 0; i < count && code == TOOL_OK; i++) code = choose(&chosen, set, names[i]);
  for (size_t i = 0; count == 0 && i < lowp_profiles_chip_count(set); i++) add(&chosen, lowp_profiles_chip(set, i));
  if (code == TOOL_OK && s->json)
    code = print_json(chosen.count, chosen.chips);
  else if (code == TOOL_OK && count == 0)
    print_list(set);
  else
    for (size_t i = 0; i < chosen.count && code == TOOL_OK; i++) {
      if (i > 0) printf("\n");
      print_chip(chosen.chips[i]);
    }
  free(chosen.chips);
  return code;
}

int audit_chip_main(int argc, char **argv) {
  settings s = {0};
  int rest;
  int code = tool_parse(&audit_chip_program, argc, argv, &s, &rest);
  if (code < 0) {
    lowp_profiles *set = NULL;
    tool_no_colour = s.no_colour;
    code = audit_load_profiles(&s.chips, &set);
    if (code == TOOL_OK) code = run(&s, set, argc - rest, argv + rest);
    lowp_profiles_destroy(set);
  }
  free(s.chips.items);
  return code;
}
