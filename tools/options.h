/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h: the options of a program as a table, from which getopt_long's arrays and the text of --help are made.
 * Every program also has --help (-h) and --version, which need no row.
 */
#ifndef LOWP_TOOLS_OPTIONS_H
#define LOWP_TOOLS_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

/* What an option stores at `offset` of the program's struct. */
typedef enum tool_kind {
  TOOL_HEADING = 0, /* no option: a line of --help between options */
  TOOL_FLAG,        /* bool, set to true */
  TOOL_STRING,      /* const char * */
  TOOL_LIST,        /* tool_list, appended to */
  TOOL_UNSIGNED,    /* uint64_t, decimal */
  TOOL_SIZE,        /* uint64_t bytes, tool_parse_bytes */
  TOOL_DECIMAL,     /* tool_decimal */
  TOOL_CHOICE       /* int: index into `choices` */
} tool_kind;

typedef struct tool_list {
  const char **items;
  size_t count, room;
} tool_list;

typedef struct tool_decimal {
  double value;
  int given;
} tool_decimal;

typedef struct tool_option {
  tool_kind kind;
  char letter; /* 0: long form only */
  const char *name;
  const char *argument; /* shown in --help; for a choice NULL shows the choices */
  size_t offset;
  const char *const *choices; /* NULL-terminated */
  const char *text;           /* of --help; '\n' starts a new line */
} tool_option;

typedef struct tool_program {
  const char *usage;          /* after the program's name: "IN [-o OUT] --fmt FMT [options]" */
  const char *purpose;        /* one or two sentences */
  const tool_option *options; /* ends with a row whose text is NULL */
  void (*more_help)(void);    /* printed after the options; may be NULL */
} tool_program;

/*
 * Parses argv into *values. Returns -1 to go on, with *rest the index of the first operand (operands are moved to the
 * end), else the exit code: 0 after --help or --version, TOOL_USAGE after a message.
 */
int tool_parse(const tool_program *program, int argc, char **argv, void *values, int *rest);

/* The options as --help shows them, for a program whose subcommands have tables of their own. */
void tool_print_options(const tool_option *options);

#endif
