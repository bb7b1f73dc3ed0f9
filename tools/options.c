/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/options.h"

#include <errno.h>
#include <getopt.h>
#include <lowp/version.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/common.h"

/* Column in which the descriptions of --help begin. */
enum { HELP_COLUMN = 30 };
/* Values of getopt_long beyond any letter: the row's index is added. */
enum { OPT_HELP = 'h', OPT_ROW = 1000, OPT_VERSION = 999 };

static int print_choices(const char *const *choices, const char *separator) {
  int width = 0;
  for (size_t i = 0; choices[i] != NULL; i++) width += printf("%s%s", i == 0 ? "" : separator, choices[i]);
  return width;
}

static void print_text(int used, const char *text) {
  if (used >= HELP_COLUMN - 1) {
    printf("\n");
    used = 0;
  }
  for (; *text != 0; text++) {
    printf("%*s", HELP_COLUMN - used, "");
    size_t line = strcspn(text, "\n");
    printf("%.*s\n", (int)line, text);
    text += line;
    used = 0;
    if (*text == 0) break;
  }
}

static void print_option(const tool_option *o) {
  int used = 0;
  if (o->letter != 0)
    used += printf("  -%c, --%s", o->letter, o->name);
  else
    used += printf("      --%s", o->name);
  if (o->kind == TOOL_CHOICE && o->argument == NULL) {
    used += printf(" ") + print_choices(o->choices, "|");
  } else if (o->kind != TOOL_FLAG) {
    used += printf(" %s", o->argument);
  }
  print_text(used, o->text);
}

void tool_print_options(const tool_option *o) {
  for (; o->text != NULL; o++) {
    if (o->kind == TOOL_HEADING)
      printf("\n%s\n", o->text);
    else
      print_option(o);
  }
}

static void print_help(const tool_program *program) {
  printf("Usage: %s %s\n\n%s\n", tool_name, program->usage, program->purpose);
  tool_print_options(program->options);
  print_text(printf("  -h, --help"), "print this and exit");
  print_text(printf("      --version"), "print the version and exit");
  if (program->more_help != NULL) program->more_help();
}

static int bad_value(const tool_option *o, const char *value, const char *what) {
  return tool_fail(TOOL_USAGE, "--%s: '%s' is not %s", o->name, tool_safe(value), what);
}

static int store_choice(const tool_option *o, void *at, const char *value) {
  for (int i = 0; o->choices[i] != NULL; i++) {
    if (strcasecmp(o->choices[i], value) != 0) continue;
    *(int *)at = i;
    return TOOL_OK;
  }
  char known[256] = "";
  for (int i = 0; o->choices[i] != NULL; i++) {
    size_t used = strlen(known);
    snprintf(known + used, sizeof known - used, "%s%s", i == 0 ? "" : ", ", o->choices[i]);
  }
  return tool_fail(TOOL_USAGE, "--%s: '%s' is not one of: %s", o->name, tool_safe(value), known);
}

static int store(const tool_option *o, void *values, const char *value) {
  void *at = (char *)values + o->offset;
  char *end;
  errno = 0;
  switch (o->kind) {
  case TOOL_FLAG:
    *(bool *)at = true;
    return TOOL_OK;
  case TOOL_STRING:
    *(const char **)at = value;
    return TOOL_OK;
  case TOOL_LIST: {
    tool_list *list = at;
    list->items = tool_grow(list->items, &list->room, list->count, sizeof *list->items);
    list->items[list->count++] = value;
    return TOOL_OK;
  }
  case TOOL_UNSIGNED:
    *(uint64_t *)at = strtoull(value, &end, 10);
    if (*value >= '0' && *value <= '9' && *end == 0 && errno == 0) return TOOL_OK;
    return bad_value(o, value, "a whole number");
  case TOOL_SIZE:
    return tool_parse_bytes(value, at) ? TOOL_OK : bad_value(o, value, "a size such as 512M or 8GiB");
  case TOOL_DECIMAL: {
    tool_decimal number = {strtod(value, &end), 1};
    if (end == value || *end != 0 || !isfinite(number.value)) return bad_value(o, value, "a number");
    *(tool_decimal *)at = number;
    return TOOL_OK;
  }
  default:
    return store_choice(o, at, value);
  }
}

int tool_parse(const tool_program *program, int argc, char **argv, void *values, int *rest) {
  size_t rows = 0, longs = 0, letters = 0;
  while (program->options[rows].text != NULL) rows++;
  struct option *table = tool_alloc(rows + 3, sizeof *table);
  char *short_options = tool_alloc(2 * rows + 3, 1);
  short_options[letters++] = 'h';
  for (size_t i = 0; i < rows; i++) {
    const tool_option *o = &program->options[i];
    if (o->kind == TOOL_HEADING) continue;
    table[longs++] =
        (struct option){o->name, o->kind == TOOL_FLAG ? no_argument : required_argument, NULL, OPT_ROW + (int)i};
    if (o->letter == 0) continue;
    short_options[letters++] = o->letter;
    if (o->kind != TOOL_FLAG) short_options[letters++] = ':';
  }
  table[longs++] = (struct option){"help", no_argument, NULL, OPT_HELP};
  table[longs++] = (struct option){"version", no_argument, NULL, OPT_VERSION};

  argv[0] = (char *)(uintptr_t)tool_name; /* getopt's own messages begin with it */
  int code = -1, c;
  while (code < 0 && (c = getopt_long(argc, argv, short_options, table, NULL)) != -1) {
    if (c == OPT_HELP) {
      print_help(program);
      code = TOOL_OK;
    } else if (c == OPT_VERSION) {
      printf("%s (lowp) %s\n", tool_name, lowp_version_string());
      code = TOOL_OK;
    } else if (c == '?') {
      fprintf(stderr, "Try '%s --help'.\n", tool_name);
      code = TOOL_USAGE;
    } else {
      const tool_option *o = program->options;
      if (c >= OPT_ROW)
        o += c - OPT_ROW;
      else
        while (o->letter != c) o++;
      int stored = store(o, values, optarg);
      if (stored != TOOL_OK) code = stored;
    }
  }
  free(table);
  free(short_options);
  *rest = optind;
  return code;
}
