/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common.h: what every program of lowp needs: exit codes, messages, colour, numbers for people. Options are in
 * options.h, tables in table.h.
 */
#ifndef LOWP_TOOLS_COMMON_H
#define LOWP_TOOLS_COMMON_H

#include <lowp/status.h>
#include <stdbool.h>
#include <stdio.h>

/* Exit codes of all programs; the man pages list them. */
enum tool_exit {
  TOOL_OK = 0,
  TOOL_USAGE = 1,       /* options that make no sense */
  TOOL_INPUT = 2,       /* the input breaks the rules of its format, or is not what was said of it */
  TOOL_IO = 3,          /* the operating system refused: no such file, no space */
  TOOL_CONSTRAINT = 4,  /* a request cannot be met: misfit, unmatched rule, existing output */
  TOOL_ACCURACY = 5,    /* an accuracy gate failed, or a claim is inconsistent */
  TOOL_INTERRUPTED = 6, /* stopped by a signal; what is kept can be resumed */
  TOOL_INTERNAL = 70    /* a defect of lowp itself */
};

/* First call of main(): `name` stands before every message; SIGXFSZ becomes a write error. */
void tool_begin(const char *name);
extern const char *tool_name;

/* Last call: flushes stdout; a report that could not be printed turns success into TOOL_IO. */
int tool_end(int code);

/* Colour is used on terminals, unless NO_COLOR is set, TERM is dumb, or tool_no_colour was set by an option. */
extern bool tool_no_colour;
typedef enum tool_style { TOOL_PLAIN = 0, TOOL_BOLD, TOOL_DIM, TOOL_RED, TOOL_YELLOW, TOOL_GREEN } tool_style;
/* Escape sequence for `style` on this stream, "" where there is no colour. */
const char *tool_escape(FILE *stream, tool_style style);

/* "NAME: error: ..." on stderr; returns `code`, so that `return tool_fail(...)` works. */
int tool_fail(int code, const char *format, ...) LOWP_PRINTF(2, 3);
/* The exit code of a library status, and the message in `error`, or that of the status if it has none. */
int tool_exit_of(lowp_status status);
int tool_fail_status(lowp_status status, const lowp_error *error);
void tool_warn(const char *format, ...) LOWP_PRINTF(1, 2);
/* "NAME: ..." on stderr unless tool_quiet. */
extern bool tool_quiet;
void tool_note(const char *format, ...) LOWP_PRINTF(1, 2);

/* malloc, calloc and realloc that end the program with TOOL_INTERNAL's message "out of memory" and status TOOL_IO. */
void *tool_alloc(size_t count, size_t size);
void *tool_grow(void *array, size_t *room, size_t count, size_t size);
char *tool_format(const char *format, ...) LOWP_PRINTF(1, 2);

/* "4096", "512K", "8GiB", "1.5g": bytes, powers of 1024; GB and MB are powers of 1000. False if it is none of these. */
bool tool_parse_bytes(const char *text, uint64_t *bytes);

/* Text for people, in `text`, which is returned. */
#define TOOL_TEXT 32
const char *tool_bytes(double bytes, char text[TOOL_TEXT]);                /* "1.18 MiB" */
const char *tool_seconds(double seconds, char text[TOOL_TEXT]);            /* "0.42 s", "3 min 20 s" */
const char *tool_percent(double part, double whole, char text[TOOL_TEXT]); /* "0", "<0.001", "12.3" */
const char *tool_decibel(double db, char text[TOOL_TEXT]);                 /* "31.54", "exact", "-" for NaN */
const char *tool_significant(double value, char text[TOOL_TEXT]);          /* 4 digits: "0.03125", "1.2e-05" */

/* A name from a file, with control characters replaced, in a static buffer of its own for each of the last 4 calls. */
const char *tool_safe(const char *name);

/* Order of names in which numbers compare as numbers: layer 2 before layer 10. As strcmp. */
int tool_natural(const char *a, const char *b);

/* An OpenMP pragma, where the build has OpenMP: others warn of pragmas they do not know. */
#ifdef _OPENMP
#define TOOL_PRAGMA(text) _Pragma(#text)
#define TOOL_OMP(...) TOOL_PRAGMA(__VA_ARGS__)
#else
#define TOOL_OMP(...)
#endif

/* Seconds of a clock that only moves forward. */
double tool_clock(void);

#endif
