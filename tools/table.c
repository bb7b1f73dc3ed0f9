/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

typedef struct line {
  char **cells;
  size_t filled;
  tool_style style;
  bool rule_before;
} line;

struct tool_table {
  const tool_column *columns;
  size_t columns_count;
  line *lines; /* lines[count] is the row being filled */
  size_t count, room;
};

static void begin_line(tool_table *table) {
  table->lines = tool_grow(table->lines, &table->room, table->count, sizeof *table->lines);
  table->lines[table->count] = (line){.cells = tool_alloc(table->columns_count, sizeof(char *))};
}

tool_table *tool_table_create(const tool_column *columns, size_t count) {
  tool_table *table = tool_alloc(1, sizeof *table);
  table->columns = columns;
  table->columns_count = count;
  begin_line(table);
  return table;
}

void tool_table_destroy(tool_table *table) {
  for (size_t i = 0; i <= table->count; i++) {
    for (size_t c = 0; c < table->columns_count; c++) free(table->lines[i].cells[c]);
    free(table->lines[i].cells);
  }
  free(table->lines);
  free(table);
}

void tool_table_cell(tool_table *table, const char *format, ...) {
  line *row = &table->lines[table->count];
  if (row->filled == table->columns_count) return;
  va_list args;
  va_start(args, format);
  char text[1024];
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  row->cells[row->filled++] = tool_format("%s", text);
}

void tool_table_end_row(tool_table *table) {
  table->count++;
  begin_line(table);
}

void tool_table_style(tool_table *table, tool_style style) { table->lines[table->count].style = style; }
void tool_table_rule(tool_table *table) { table->lines[table->count].rule_before = true; }

/* Columns on a terminal: the bytes of UTF-8 that do not continue a character. */
static size_t width_of(const char *text) {
  size_t width = 0;
  for (; text != NULL && *text != 0; text++) width += ((unsigned char)*text & 0xc0) != 0x80;
  return width;
}

static void print_spaces(FILE *stream, size_t n) { fprintf(stream, "%*s", (int)n, ""); }

/* Least width of a shrinking column. */
enum { LEAST = 16 };

size_t tool_table_room(FILE *stream) {
  struct winsize size;
  int file = fileno(stream);
  return file >= 0 && isatty(file) && ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : 0;
}

/* Narrows the widest shrinking columns until `total` fits the terminal behind the stream, if there is one. */
static size_t fit(const tool_table *table, size_t *widths, size_t total, FILE *stream) {
  size_t room = tool_table_room(stream);
  for (; room != 0 && total > room; total--) {
    size_t widest = table->columns_count;
    for (size_t c = 0; c < table->columns_count; c++)
      if (table->columns[c].align == TOOL_SHRINK && widths[c] > LEAST &&
          (widest == table->columns_count || widths[c] > widths[widest]))
        widest = c;
    if (widest == table->columns_count) break;
    widths[widest]--;
  }
  return total;
}

/* Names differ at their ends more than in the middle. Text that is not ASCII may be cut inside a character. */
static void print_shortened(FILE *stream, const char *text, size_t width) {
  size_t head = (width - 2) / 2, tail = width - 2 - head;
  fprintf(stream, "%.*s..%s", (int)head, text, text + strlen(text) - tail);
}

static void print_cell(FILE *stream, const tool_column *column, const char *text, size_t width, bool last) {
  size_t own = width_of(text), space = width > own ? width - own : 0;
  if (column->align == TOOL_RIGHT) print_spaces(stream, space);
  if (own > width)
    print_shortened(stream, text, width);
  else
    fputs(text != NULL ? text : "", stream);
  if (column->align != TOOL_RIGHT && !last) print_spaces(stream, space);
  if (!last) fputs("  ", stream);
}

void tool_table_print(const tool_table *table, FILE *stream) {
  size_t n = table->columns_count, total = 2 * (n - 1);
  size_t *widths = tool_alloc(n, sizeof *widths);
  for (size_t c = 0; c < n; c++) {
    widths[c] = width_of(table->columns[c].title);
    for (size_t i = 0; i < table->count; i++) {
      size_t width = width_of(table->lines[i].cells[c]);
      if (width > widths[c]) widths[c] = width;
    }
    total += widths[c];
  }
  total = fit(table, widths, total, stream);
  fputs(tool_escape(stream, TOOL_BOLD), stream);
  for (size_t c = 0; c < n; c++) print_cell(stream, &table->columns[c], table->columns[c].title, widths[c], c + 1 == n);
  fprintf(stream, "%s\n", tool_escape(stream, TOOL_PLAIN));
  for (size_t i = 0; i < table->count; i++) {
    const line *row = &table->lines[i];
    for (size_t c = 0; row->rule_before && c < total; c++) fputc('-', stream);
    if (row->rule_before) fputc('\n', stream);
    if (row->style != TOOL_PLAIN) fputs(tool_escape(stream, row->style), stream);
    for (size_t c = 0; c < n; c++) print_cell(stream, &table->columns[c], row->cells[c], widths[c], c + 1 == n);
    fprintf(stream, "%s\n", row->style != TOOL_PLAIN ? tool_escape(stream, TOOL_PLAIN) : "");
  }
  free(widths);
}
