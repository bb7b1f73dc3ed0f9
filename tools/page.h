/* SPDX-License-Identifier: Apache-2.0 */
/* page.h: what the pages that --html writes share: one file without scripts, fonts or anything from elsewhere. */
#ifndef LOWP_TOOLS_PAGE_H
#define LOWP_TOOLS_PAGE_H

#include <stdbool.h>
#include <stdio.h>

/* Begins a page whose title is "SUBJECT: TITLE"; `subject` may come from anywhere. */
void html_page(FILE *out, const char *subject, const char *title);
void html_page_end(FILE *out);

/*
 * Writes what `print` makes of `data` to a file, which is there whole or not at all. TOOL_OK, or an exit code after a
 * message: TOOL_IO, also if print returns false.
 */
int html_write(const char *path, bool (*print)(const void *data, FILE *out), const void *data);

/* One of a row of cards, in a <div class="cards">: a value in large letters, and what it is. */
void html_card(FILE *out, const char *value, const char *text);

/* A figure: heading and explanation, then a plot, then its numbers as a table for those who read those. */
void html_figure(FILE *out, const char *heading, const char *text);
void html_figure_table(FILE *out);
void html_figure_end(FILE *out, bool with_table);

/* A cell with a number of four digits, whole ones up to 10^7 written out. */
void html_number(FILE *out, double value);

/* A cell with a number of decibels, "exact" or a dash. */
void html_decibel(FILE *out, double db);

#endif
