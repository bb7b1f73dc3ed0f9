/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "tools/common.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

const char *tool_name = "lowp";
bool tool_no_colour;
bool tool_quiet;

void tool_begin(const char *name) {
  tool_name = name;
#ifdef SIGXFSZ
  signal(SIGXFSZ, SIG_IGN);
#endif
}

int tool_end(int code) {
  if ((fflush(stdout) != 0 || ferror(stdout)) && code == TOOL_OK)
    return tool_fail(TOOL_IO, "standard output: %s", strerror(errno));
  return code;
}

const char *tool_escape(FILE *stream, tool_style style) {
  static const char *const codes[] = {"\033[0m", "\033[1m", "\033[2m", "\033[31m", "\033[33m", "\033[32m"};
  const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
  if (tool_no_colour || (no_color != NULL && *no_color != 0) || term == NULL || strcmp(term, "dumb") == 0) return "";
  return isatty(fileno(stream)) ? codes[style] : "";
}

static void message(const char *kind, tool_style style, const char *format, va_list args) {
  fflush(stdout);
  fprintf(stderr, "%s: %s%s%s", tool_name, tool_escape(stderr, style), kind, tool_escape(stderr, TOOL_PLAIN));
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
}

int tool_fail(int code, const char *format, ...) {
  va_list args;
  va_start(args, format);
  message("error: ", TOOL_RED, format, args);
  va_end(args);
  return code;
}

void tool_warn(const char *format, ...) {
  va_list args;
  va_start(args, format);
  message("warning: ", TOOL_YELLOW, format, args);
  va_end(args);
}

void tool_note(const char *format, ...) {
  if (tool_quiet) return;
  va_list args;
  va_start(args, format);
  message("", TOOL_PLAIN, format, args);
  va_end(args);
}

int tool_exit_of(lowp_status status) {
  static const struct {
    lowp_status status;
    int code;
  } map[] = {
      {LOWP_OK, TOOL_OK},
      {LOWP_E_SHAPE, TOOL_INPUT},
      {LOWP_E_FORMAT, TOOL_INPUT},
      {LOWP_E_NONFINITE, TOOL_INPUT},
      {LOWP_E_LAYOUT, TOOL_INPUT},
      {LOWP_E_IO, TOOL_IO},
      {LOWP_E_NOMEM, TOOL_IO},
      {LOWP_E_CONSTRAINT, TOOL_CONSTRAINT},
      {LOWP_E_UNSUPPORTED, TOOL_CONSTRAINT},
      {LOWP_E_RANGE, TOOL_CONSTRAINT},
  };
  for (size_t i = 0; i < sizeof map / sizeof map[0]; i++)
    if (map[i].status == status) return map[i].code;
  return TOOL_INTERNAL;
}

int tool_fail_status(lowp_status status, const lowp_error *error) {
  bool detail = error != NULL && error->status == status && error->text[0] != 0;
  return tool_fail(tool_exit_of(status), "%s", detail ? error->text : lowp_status_text(status));
}

static void *need(void *memory) {
  if (memory == NULL) exit(tool_fail(TOOL_IO, "out of memory"));
  return memory;
}

void *tool_alloc(size_t count, size_t size) { return need(calloc(count + (count == 0), size + (size == 0))); }

void *tool_grow(void *array, size_t *room, size_t count, size_t size) {
  if (count < *room) return array;
  *room = *room < 8 ? 8 : *room + *room / 2;
  return need(reallocarray(array, *room, size));
}

char *tool_format(const char *format, ...) {
  va_list args;
  char *text;
  va_start(args, format);
  int length = vasprintf(&text, format, args);
  va_end(args);
  return need(length < 0 ? NULL : text);
}

bool tool_parse_bytes(const char *text, uint64_t *bytes) {
  static const struct {
    const char *suffix;
    double unit;
  } units[] = {{"", 1},       {"b", 1},        {"k", 1024.0},   {"kib", 1024.0}, {"kb", 1e3},
               {"m", 0x1p20}, {"mib", 0x1p20}, {"mb", 1e6},     {"g", 0x1p30},   {"gib", 0x1p30},
               {"gb", 1e9},   {"t", 0x1p40},   {"tib", 0x1p40}, {"tb", 1e12}};
  if (!(*text >= '0' && *text <= '9')) return false;
  char *end;
  double value = strtod(text, &end);
  while (*end == ' ') end++;
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    if (strcasecmp(end, units[i].suffix) != 0) continue;
    value *= units[i].unit;
    if (!(value < 0x1p63)) return false;
    *bytes = (uint64_t)value;
    return true;
  }
  return false;
}

const char *tool_bytes(double bytes, char text[TOOL_TEXT]) {
  static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
    bytes /= 1024;
    unit++;
  }
  snprintf(text, TOOL_TEXT, unit == 0 ? "%.0f %s" : "%.2f %s", bytes, units[unit]);
  return text;
}

const char *tool_seconds(double seconds, char text[TOOL_TEXT]) {
  if (seconds < 100)
    snprintf(text, TOOL_TEXT, "%.2f s", seconds);
  else
    snprintf(text, TOOL_TEXT, "%.0f min %02.0f s", floor(seconds / 60), floor(fmod(seconds, 60)));
  return text;
}

const char *tool_percent(double part, double whole, char text[TOOL_TEXT]) {
  double percent = whole > 0 ? 100 * part / whole : 0;
  if (part == 0)
    snprintf(text, TOOL_TEXT, "0");
  else if (percent < 0.001)
    snprintf(text, TOOL_TEXT, "<0.001");
  else
    snprintf(text, TOOL_TEXT, percent < 1 ? "%.3f" : "%.2f", percent);
  return text;
}

const char *tool_decibel(double db, char text[TOOL_TEXT]) {
  if (isnan(db))
    snprintf(text, TOOL_TEXT, "-");
  else if (isinf(db))
    snprintf(text, TOOL_TEXT, "%s", db > 0 ? "exact" : "-inf");
  else
    snprintf(text, TOOL_TEXT, "%.2f", db);
  return text;
}

const char *tool_significant(double value, char text[TOOL_TEXT]) {
  snprintf(text, TOOL_TEXT, "%.4g", value);
  return text;
}

const char *tool_safe(const char *name) {
  static char buffers[4][512];
  static unsigned next;
  char *text = buffers[next++ % 4];
  size_t i = 0;
  for (; name[i] != 0 && i < sizeof buffers[0] - 1; i++) {
    unsigned char c = (unsigned char)name[i];
    text[i] = c < 0x20 || c == 0x7f ? '?' : name[i];
  }
  text[i] = 0;
  return text;
}

int tool_natural(const char *a, const char *b) {
  while (*a != 0 && *b != 0) {
    if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
      char *enda, *endb;
      unsigned long long x = strtoull(a, &enda, 10), y = strtoull(b, &endb, 10);
      if (x != y) return x < y ? -1 : 1;
      a = enda;
      b = endb;
    } else {
      if (*a != *b) return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
      a++;
      b++;
    }
  }
  return (*a != 0) - (*b != 0);
}

double tool_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
