/* SPDX-License-Identifier: Apache-2.0 */
/* table.h: tables for a terminal: cells are collected, columns get the width that their widest cell needs. */
#ifndef LOWP_TOOLS_TABLE_H
#define LOWP_TOOLS_TABLE_H

#include "tools/common.h"

typedef enum tool_align {
  TOOL_LEFT = 0,
  TOOL_RIGHT,
  TOOL_SHRINK /* left; loses its middle where the terminal is too narrow. Files always get all of it. */
} tool_align;

typedef struct tool_column {
  const char *title;
  tool_align align;
} tool_column;

typedef struct tool_table tool_table;

/* `columns` is borrowed until the table is destroyed. */
tool_table *tool_table_create(const tool_column *columns, size_t count);
void tool_table_destroy(tool_table *table);

/* The next cell of the current row; then the end of the row, whose missing cells are empty. */
void tool_table_cell(tool_table *table, const char *format, ...) LOWP_PRINTF(2, 3);
void tool_table_end_row(tool_table *table);

/* Style of the current row; a line across between the last row and the next. */
void tool_table_style(tool_table *table, tool_style style);
void tool_table_rule(tool_table *table);

/* Width of the terminal behind a stream, 0 if there is none. */
size_t tool_table_room(FILE *stream);

/* Prints the titles and all rows. Two spaces stand between columns, none at the end of a line. */
void tool_table_print(const tool_table *table, FILE *stream);

#endif
