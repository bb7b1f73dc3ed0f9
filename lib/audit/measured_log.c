/* SPDX-License-Identifier: Apache-2.0 */
/* measured_log.c: logs of measurements, as CSV and as JSON, by one table of columns. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "audit/measured_log.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"

enum { MOST_BYTES = 64 << 20, MOST_CELLS = 64 };
#define MOST_SIZE ((size_t)1 << 40)

typedef enum column_kind { SIZE, FORMAT, SECONDS, RATE, TEXT, SPARSITY, COMPUTE, ACCUMULATOR, CHECKSUM } column_kind;

typedef struct column {
  const char *name;
  column_kind kind;
  size_t offset;
  bool required;
} column;

#define AT(field) offsetof(lowp_measured_row, field)
static const column columns[] = {{"m", SIZE, AT(m), true},
                                 {"n", SIZE, AT(n), true},
                                 {"k", SIZE, AT(k), true},
                                 {"lhs", FORMAT, AT(lhs), true},
                                 {"rhs", FORMAT, AT(rhs), true},
                                 {"seconds", SECONDS, AT(seconds), true},
                                 {"name", TEXT, AT(name), false},
                                 {"device", TEXT, AT(device), false},
                                 {"x", TEXT, AT(x), false},
                                 {"w", TEXT, AT(w), false},
                                 {"output", TEXT, AT(output), false},
                                 {"checksum", CHECKSUM, AT(checksum), false},
                                 {"compute", COMPUTE, AT(compute), false},
                                 {"accumulator", ACCUMULATOR, AT(accumulator), false},
                                 {"sparsity", SPARSITY, AT(sparse), false},
                                 {"peak_tflops", RATE, AT(peak_tflops), false}};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

void lowpi_measured_place(const lowp_measured_log *log, const lowp_measured_row *row, char text[40]) {
  snprintf(text, 40, "%s %zu", log->json ? "result" : "line", row->line);
}

/* Where an error is: the cell's place in the file. */
typedef struct place {
  lowp_measured_log *log;
  const lowp_measured_row *row;
  const column *column;
  lowp_error *error;
} place;

/* A cell for a message: printable and short. */
static const char *shown(const char *cell, char text[48]) {
  size_t n = 0;
  for (; cell[n] && n < 40; n++) text[n] = cell[n] < 32 || cell[n] == 127 ? '?' : cell[n];
  strcpy(text + n, cell[n] ? "..." : "");
  return text;
}

static lowp_status bad(const place *p, const char *cell, const char *what) {
  char at[40], text[48];
  lowpi_measured_place(p->log, p->row, at);
  return lowpi_fail(p->error, LOWP_E_FORMAT, "%s: %s, column '%s': '%s' %s", lowpi_shown(p->log->path), at,
                    p->column->name, shown(cell, text), what);
}

static size_t digits(const char *s) { return strspn(s, "0123456789"); }

/* digits[.digits][e[+-]digits] and nothing else. */
static bool plain_number(const char *s) {
  size_t whole = digits(s), part = 0;
  s += whole;
  if (*s == '.') part = digits(s + 1), s += 1 + part;
  if (whole + part == 0) return false;
  if (*s == 'e' || *s == 'E') {
    s += 1 + (s[1] == '+' || s[1] == '-');
    if (digits(s) == 0) return false;
    s += digits(s);
  }
  return *s == 0;
}

static lowp_status take_size(const place *p, const char *cell, size_t *out) {
  char *end;
  if (digits(cell) == 0 || cell[digits(cell)] != 0) return bad(p, cell, "is not a whole number");
  errno = 0;
  const unsigned long long v = strtoull(cell, &end, 10);
  if (errno || v < 1 || v > MOST_SIZE) return bad(p, cell, "is not from 1 to 2^40");
  *out = (size_t)v;
  return LOWP_OK;
}

static lowp_status take_format(const place *p, const char *cell, lowp_scheme *out) {
  const lowp_scheme s = lowp_scheme_from_name(cell);
  const bool plain = strcmp(cell, "f32") == 0 || strcmp(cell, "F32") == 0;
  if (s == LOWP_SCHEME_NONE && !plain) return bad(p, cell, "is neither f32 nor the name of a scheme");
  *out = s;
  return LOWP_OK;
}

static lowp_status take_real(const place *p, const char *cell, double *out) {
  const bool time = p->column->kind == SECONDS;
  if (!plain_number(cell))
    return bad(p, cell,
               time ? "is not a plain number of seconds" : "is not a plain number of 10^12 operations per second");
  const double v = strtod(cell, NULL);
  if (!(v > 0) || !isfinite(v)) return bad(p, cell, "is not above 0 and finite");
  *out = v;
  return LOWP_OK;
}

static bool is_checksum(const char *cell) {
  const size_t prefix = strlen(LOWPI_CHECKSUM_PREFIX);
  return strncmp(cell, LOWPI_CHECKSUM_PREFIX, prefix) == 0 && strlen(cell) == prefix + 32 &&
         strspn(cell + prefix, "0123456789abcdef") == 32;
}

static bool is_one_of(const char *cell, const char *const *list) {
  for (; *list; list++)
    if (strcmp(cell, *list) == 0) return true;
  return false;
}

static lowp_status take(const place *p, const char *cell, lowp_measured_row *row) {
  static const char *const classes[] = {"reproducible", "bf16", "f32", NULL};
  static const char *const sparsities[] = {"dense", "2:4", NULL};
  void *out = (char *)row + p->column->offset;
  lowp_accum accum;
  for (const char *c = cell; *c; c++)
    if ((unsigned char)*c < 32 || *c == 127) return bad(p, cell, "has control characters");
  switch (p->column->kind) {
  case SIZE:
    return take_size(p, cell, out);
  case FORMAT:
    return take_format(p, cell, out);
  case SECONDS:
  case RATE:
    return take_real(p, cell, out);
  case SPARSITY:
    if (!is_one_of(cell, sparsities)) return bad(p, cell, "is neither dense nor 2:4");
    *(int *)out = strcmp(cell, "2:4") == 0;
    return LOWP_OK;
  case COMPUTE:
    if (!is_one_of(cell, classes)) return bad(p, cell, "is not reproducible, bf16 or f32");
    break;
  case ACCUMULATOR:
    if (lowp_accum_from_name(cell, &accum) != LOWP_OK) return bad(p, cell, "is no accumulator of accumulate.def");
    break;
  case CHECKSUM:
    if (!is_checksum(cell)) return bad(p, cell, "is not " LOWPI_CHECKSUM_PREFIX " and 32 small hexadecimal digits");
    break;
  case TEXT:
    break;
  }
  const char *copy = lowpi_arena_copy(&p->log->arena, cell, strlen(cell));
  if (!copy) return lowpi_no_memory(p->log->path, p->error);
  *(const char **)out = copy;
  return LOWP_OK;
}

static const column *find(const char *name) {
  for (size_t c = 0; c < COLUMNS; c++)
    if (strcmp(columns[c].name, name) == 0) return &columns[c];
  return NULL;
}

/* What to say of a name that is no column. */
static const char *hint(const char *name) {
  if (strstr(name, "time") || strstr(name, "sec") || strcmp(name, "ms") == 0 || strcmp(name, "us") == 0 ||
      strcmp(name, "ns") == 0)
    return "; time goes into 'seconds', as a plain number";
  if (strstr(name, "flops") || strstr(name, "peak")) return "; a claimed peak goes into 'peak_tflops'";
  return "; see 'Checking a measurement' in the documentation for those that there are";
}

static lowp_status finish(place *p, lowp_measured_row *row, const bool *given) {
  lowp_measured_log *log = p->log;
  char at[40];
  lowpi_measured_place(log, row, at);
  for (size_t c = 0; c < COLUMNS; c++)
    if (columns[c].required && !given[c])
      return lowpi_fail(p->error, LOWP_E_FORMAT, "%s: %s, column '%s': a value is required", lowpi_shown(log->path), at,
                        columns[c].name);
  const size_t pairs[][2] = {{row->m, row->k}, {row->n, row->k}, {row->m, row->n}};
  for (int i = 0; i < 3; i++) {
    size_t product;
    if (!lowpi_mul(pairs[i][0], pairs[i][1], &product) || !lowpi_mul(product, 16, &product))
      return lowpi_fail(p->error, LOWP_E_FORMAT, "%s: %s, column '%s': %zu x %zu overflows", lowpi_shown(log->path), at,
                        i == 2 ? "n" : "k", pairs[i][0], pairs[i][1]);
  }
  if (log->count == log->room) {
    size_t room = log->room ? 2 * log->room : 16, bytes;
    lowp_measured_row *rows = lowpi_mul(room, sizeof *rows, &bytes) ? realloc(log->rows, bytes) : NULL;
    if (!rows) return lowpi_no_memory(log->path, p->error);
    log->rows = rows;
    log->room = room;
  }
  log->rows[log->count++] = *row;
  return LOWP_OK;
}

/* --- CSV --- */

typedef struct scan {
  const char *p, *end;
  size_t line;
  char *cell; /* room for the longest line */
} scan;

/* The next cell of the line into s->cell; *more if a comma follows it. False if quotes are misplaced. */
static bool next_cell(scan *s, bool *more) {
  size_t n = 0;
  while (s->p < s->end && (*s->p == ' ' || *s->p == '\t')) s->p++;
  if (s->p < s->end && *s->p == '"') {
    for (s->p++;; s->p++) {
      if (s->p == s->end || *s->p == '\n') return false;
      if (*s->p == '"' && !(s->p + 1 < s->end && s->p[1] == '"')) break;
      if (*s->p == '"') s->p++;
      s->cell[n++] = *s->p;
    }
    s->p++;
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r')) s->p++;
  } else {
    for (; s->p < s->end && *s->p != ',' && *s->p != '\n'; s->p++) {
      if (*s->p == '"') return false;
      s->cell[n++] = *s->p;
    }
    while (n > 0 && (s->cell[n - 1] == ' ' || s->cell[n - 1] == '\t' || s->cell[n - 1] == '\r')) n--;
  }
  s->cell[n] = 0;
  if (memchr(s->cell, 0, n)) s->cell[0] = 1, s->cell[1] = 0; /* NUL in a text: a control character */
  *more = s->p < s->end && *s->p == ',';
  if (!*more && s->p < s->end && *s->p != '\n') return false;
  if (s->p < s->end) s->p++;
  return true;
}

/* Skips empty lines and comments; false at the end. */
static bool next_line(scan *s) {
  while (s->p < s->end) {
    const char *newline = memchr(s->p, '\n', (size_t)(s->end - s->p));
    const char *end = newline ? newline : s->end, *p = s->p;
    s->line++;
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r')) p++;
    if (p < end && *p != '#') return true;
    s->p = newline ? newline + 1 : s->end;
  }
  return false;
}

static lowp_status csv_error(const place *p, size_t line, const char *what) {
  return lowpi_fail(p->error, LOWP_E_FORMAT, "%s: line %zu: %s", lowpi_shown(p->log->path), line, what);
}

static lowp_status parse_header(place *p, scan *s, const column *order[MOST_CELLS], size_t *count) {
  bool more = true;
  char text[48];
  for (*count = 0; more; (*count)++) {
    if (*count == MOST_CELLS) return csv_error(p, s->line, "too many columns");
    if (!next_cell(s, &more)) return csv_error(p, s->line, "a quote is misplaced");
    const column *c = find(s->cell);
    if (!c)
      return lowpi_fail(p->error, LOWP_E_FORMAT, "%s: line %zu: unknown column '%s'%s", lowpi_shown(p->log->path),
                        s->line, shown(s->cell, text), hint(s->cell));
    for (size_t i = 0; i < *count; i++)
      if (order[i] == c)
        return lowpi_fail(p->error, LOWP_E_FORMAT, "%s: line %zu: column '%s' is there twice",
                          lowpi_shown(p->log->path), s->line, c->name);
    order[*count] = c;
  }
  for (size_t c = 0; c < COLUMNS; c++) {
    bool there = !columns[c].required;
    for (size_t i = 0; i < *count; i++) there = there || order[i] == &columns[c];
    if (!there)
      return lowpi_fail(p->error, LOWP_E_FORMAT, "%s: line %zu: there is no column '%s'", lowpi_shown(p->log->path),
                        s->line, columns[c].name);
  }
  return LOWP_OK;
}

static lowp_status parse_csv(place *p, const char *bytes, size_t size) {
  scan s = {.p = bytes, .end = bytes + size, .cell = malloc(size + 2)};
  const column *order[MOST_CELLS];
  size_t count = 0;
  lowp_status status = s.cell ? LOWP_OK : lowpi_no_memory(p->log->path, p->error);
  if (status == LOWP_OK)
    status = next_line(&s) ? parse_header(p, &s, order, &count) : csv_error(p, 1, "there is no line of column names");
  while (status == LOWP_OK && next_line(&s)) {
    lowp_measured_row row = {.struct_size = sizeof row, .line = s.line};
    bool given[COLUMNS] = {false}, more = true;
    size_t i = 0;
    p->row = &row;
    for (; more && status == LOWP_OK; i++) {
      if (!next_cell(&s, &more))
        status = csv_error(p, s.line, "a quote is misplaced");
      else if (i >= count)
        status = csv_error(p, s.line, "there are more cells than columns");
      else if (*s.cell) {
        p->column = order[i];
        given[order[i] - columns] = true;
        status = take(p, s.cell, &row);
      }
    }
    if (status == LOWP_OK && i < count) status = csv_error(p, s.line, "there are fewer cells than columns");
    if (status == LOWP_OK) status = finish(p, &row, given);
  }
  free(s.cell);
  return status;
}

/* --- JSON --- */

static lowp_status take_json(place *p, const json_t *value, lowp_measured_row *row) {
  char text[64];
  const bool number = p->column->kind == SIZE || p->column->kind == SECONDS || p->column->kind == RATE;
  if (number ? !json_is_number(value) : !json_is_string(value))
    return bad(p, json_is_string(value) ? json_string_value(value) : "value",
               number ? "is not a number" : "is not a text");
  if (json_is_integer(value)) {
    if (json_integer_value(value) < 0) return bad(p, "value", "is negative");
    snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
  } else if (json_is_real(value)) {
    if (json_real_value(value) < 0) return bad(p, "value", "is negative");
    snprintf(text, sizeof text, "%.17g", json_real_value(value));
  } else {
    return take(p, json_string_value(value), row);
  }
  return take(p, text, row);
}

static lowp_status parse_json(place *p, const char *bytes, size_t size) {
  json_t *root = NULL;
  lowp_measured_log *log = p->log;
  lowp_status status = lowpi_json_parse(log->path, "log", bytes, size, &root, p->error);
  if (status != LOWP_OK) return status;
  const json_t *list = json_object_get(root, "results");
  if (!json_is_object(root) || json_object_size(root) != 1 || !json_is_array(list))
    status = lowpi_fail(p->error, LOWP_E_FORMAT, "%s: a log is an object with the one key 'results', a list",
                        lowpi_shown(log->path));
  for (size_t i = 0; status == LOWP_OK && i < json_array_size(list); i++) {
    json_t *object = json_array_get(list, i), *value;
    lowp_measured_row row = {.struct_size = sizeof row, .line = i + 1};
    bool given[COLUMNS] = {false};
    const char *key;
    char text[48];
    p->row = &row;
    if (!json_is_object(object))
      status = lowpi_fail(p->error, LOWP_E_FORMAT, "%s: result %zu is not an object", lowpi_shown(log->path), i + 1);
    json_object_foreach(object, key, value) {
      if (status != LOWP_OK) break;
      p->column = find(key);
      if (!p->column) {
        status = lowpi_fail(p->error, LOWP_E_FORMAT, "%s: result %zu: unknown key '%s'%s", lowpi_shown(log->path),
                            i + 1, shown(key, text), hint(key));
        break;
      }
      given[p->column - columns] = true;
      status = take_json(p, value, &row);
    }
    if (status == LOWP_OK) status = finish(p, &row, given);
  }
  json_decref(root);
  return status;
}

lowp_status lowp_measured_log_parse(const char *path, const void *bytes, size_t size, lowp_measured_log **out,
                                    lowp_error *error) {
  if (!path || !bytes || !out) return lowpi_fail(error, LOWP_E_ARGUMENT, "a log needs a name, bytes and a place");
  if (size > MOST_BYTES)
    return lowpi_fail(error, LOWP_E_FORMAT, "%s: %zu bytes are more than a log has", lowpi_shown(path), size);
  lowp_measured_log *log = calloc(1, sizeof *log);
  if (!log) return lowpi_no_memory(path, error);
  place p = {.log = log, .error = error};
  const char *text = bytes;
  size_t first = 0;
  while (first < size && strchr(" \t\r\n", text[first]) && text[first]) first++;
  log->json = first < size && text[first] == '{';
  log->path = lowpi_arena_copy(&log->arena, path, strlen(path));
  log->directory = log->path ? lowpi_path_directory(&log->arena, path) : NULL;
  lowp_status status = log->directory ? LOWP_OK : lowpi_no_memory(path, error);
  if (status == LOWP_OK) status = log->json ? parse_json(&p, text, size) : parse_csv(&p, text, size);
  if (status == LOWP_OK)
    *out = log;
  else
    lowp_measured_log_free(log);
  return status;
}

lowp_status lowp_measured_log_load(const char *path, lowp_measured_log **log, lowp_error *error) {
  lowpi_map map;
  if (!path || !log) return lowpi_fail(error, LOWP_E_ARGUMENT, "a log needs a path and a place");
  lowp_status status = lowpi_map_open(path, &map, error);
  if (status != LOWP_OK) return status;
  status = lowp_measured_log_parse(path, map.bytes, map.size, log, error);
  lowpi_map_close(&map);
  return status;
}

void lowp_measured_log_free(lowp_measured_log *log) {
  if (!log) return;
  lowpi_arena_free(&log->arena);
  free(log->rows);
  free(log);
}

size_t lowp_measured_log_count(const lowp_measured_log *log) { return log ? log->count : 0; }

const lowp_measured_row *lowp_measured_log_get(const lowp_measured_log *log, size_t i) {
  return log && i < log->count ? &log->rows[i] : NULL;
}
