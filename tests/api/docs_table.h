/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docs_table.h: tables of the Markdown pages in docs/, for tests that compare them with the library. A table to be
 * checked follows a line `<!-- table: KIND ARGS -->`. Cells come without backticks, asterisks and links.
 */
#ifndef LOWPT_DOCS_TABLE_H
#define LOWPT_DOCS_TABLE_H

#include <lowp/quant.h>
#include <stdbool.h>

enum { DOCS_ROWS = 160, DOCS_COLS = 20 };

typedef struct docs_table {
  const char *kind, *args; /* "codes", "e2m1"; args is "" where there are none */
  int line;                /* of the marker, from 1 */
  int rows, cols;          /* without the header */
  char *head[DOCS_COLS];
  char *cell[DOCS_ROWS][DOCS_COLS];
} docs_table;

/* The text of a page below docs/, or NULL with a message. The caller frees it. */
char *docs_load(const char *name);

/* Calls visit for every table of that kind, and fails the running test if there is none. */
void docs_each(const char *page, const char *kind, void (*visit)(const docs_table *));

/* How many tables of the page have no marker in front; *line is that of the first of them. */
int docs_unmarked(const char *page, int *line);

/*
 * Products, quotients and powers of decimal numbers: "-1.25*2^-9", "3/16", "0.5", also Inf, NaN with a sign; and f32 of
 * it. All of *s must be used up. Fails the running test on anything else.
 */
double docs_number(const docs_table *t, const char *s);
float docs_f32(const docs_table *t, const char *s);
unsigned docs_hex(const docs_table *t, const char *s);

/* Fails the running test for an unknown name. */
lowp_element docs_element(const docs_table *t, const char *name);
lowp_scheme docs_scheme(const docs_table *t, const char *name);

/* Same value, -0 and 0 told apart, any NaN equal to any. */
bool docs_same(float a, float b);

/* Fails the running test, naming the table. */
void docs_fail(const docs_table *t, const char *format, ...) LOWP_PRINTF(2, 3);

/* Options of a column heading, words KEY=VALUE; "default" stands for none. */
lowp_encode_rules docs_rules(const docs_table *t, lowp_element id, const char *words);
lowp_quant_opts docs_opts(const docs_table *t, lowp_scheme scheme, const char *words);

#endif
