/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "api/docs_table.h"

#include "harness/suite.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

char *docs_load(const char *name) {
  const char *root = getenv("LOWP_SRCDIR");
  char path[4096];
  if (!root) root = getenv("srcdir");
  snprintf(path, sizeof path, "%s/docs/%s", root ? root : ".", name);
  FILE *file = fopen(path, "rb");
  if (!file) {
    print_error("cannot open %s\n", path);
    return NULL;
  }
  size_t size = 0, room = 1 << 20;
  char *text = malloc(room + 1);
  if (text) size = fread(text, 1, room, file);
  fclose(file);
  if (!text || size == room) {
    free(text);
    return NULL;
  }
  text[size] = '\0';
  return text;
}

void docs_fail(const docs_table *t, const char *format, ...) {
  char text[400];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  fail_msg("table `%s %s` at line %d: %s", t->kind, t->args, t->line, text);
}

/* Cuts the text in place at its ends of lines. */
static char *next_line(char **rest) {
  char *line = *rest, *end;
  if (!*line) return NULL;
  end = strchr(line, '\n');
  if (end) *end = '\0';
  *rest = end ? end + 1 : line + strlen(line);
  return line;
}

/* Drops marks and the targets of links, reads U+00D7 as *, trims; in place. */
static char *clean(char *cell) {
  char *out = cell, *in = cell;
  while (*in == ' ') in++;
  char *start = out = in;
  for (; *in; in++) {
    if (*in == '`' || *in == '*' || *in == '[') continue;
    if (*in == ']' && in[1] == '(') {
      in = strchr(in, ')') ? strchr(in, ')') : in;
      continue;
    }
    if ((unsigned char)in[0] == 0xc3 && (unsigned char)in[1] == 0x97) {
      *out++ = '*';
      in++;
      continue;
    }
    *out++ = *in;
  }
  while (out > start && out[-1] == ' ') out--;
  *out = '\0';
  return start;
}

static int split(char *line, char **cells) {
  int n = 0;
  char *cell = line + 1, *bar;
  for (; n < DOCS_COLS && (bar = strchr(cell, '|')); cell = bar + 1) {
    *bar = '\0';
    cells[n++] = clean(cell);
  }
  return n;
}

static void read_rows(docs_table *t, char **rest, int *number) {
  char *line = next_line(rest);
  ++*number;
  if (!line || *line != '|') docs_fail(t, "no table follows the marker");
  t->cols = split(line, t->head);
  next_line(rest); /* |---|---| */
  ++*number;
  while (**rest == '|') {
    if (t->rows == DOCS_ROWS) docs_fail(t, "too many rows");
    line = next_line(rest);
    ++*number;
    int n = split(line, t->cell[t->rows]);
    if (n != t->cols) docs_fail(t, "row %d has %d cells, the header %d", t->rows + 1, n, t->cols);
    t->rows++;
  }
}

void docs_each(const char *page, const char *kind, void (*visit)(const docs_table *)) {
  static const char mark[] = "<!-- table: ";
  static docs_table t; /* 25 kB of pointers */
  char *text = docs_load(page), *rest = text, *line;
  int number = 0, found = 0;
  assert_non_null(text);
  while ((line = next_line(&rest))) {
    number++;
    if (strncmp(line, mark, sizeof mark - 1) != 0) continue;
    char *name = line + sizeof mark - 1, *end = strstr(name, " -->");
    memset(&t, 0, sizeof t);
    t.line = number;
    t.kind = name;
    t.args = "";
    if (!end) docs_fail(&t, "the comment does not end");
    *end = '\0';
    char *space = strchr(name, ' ');
    if (space) {
      *space = '\0';
      t.args = space + 1;
    }
    if (strcmp(name, kind) != 0) continue;
    found++;
    read_rows(&t, &rest, &number);
    if (t.rows == 0) docs_fail(&t, "no rows");
    visit(&t);
  }
  free(text);
  LOWP_CHECK(found > 0, "no table `%s` in %s", kind, page);
}

int docs_unmarked(const char *page, int *line_number) {
  char *text = docs_load(page), *rest = text, *line;
  int number = 0, unmarked = 0;
  bool marked = false, inside = false;
  assert_non_null(text);
  while ((line = next_line(&rest))) {
    number++;
    if (*line == '|' && !inside && !marked && unmarked++ == 0) *line_number = number;
    inside = *line == '|';
    marked = strncmp(line, "<!-- table: ", 12) == 0;
  }
  free(text);
  return unmarked;
}

double docs_number(const docs_table *t, const char *s) {
  const char *p = s;
  double value = 1, sign = 1;
  if (*p == '-') {
    sign = -1;
    p++;
  }
  if (strcmp(p, "Inf") == 0) return sign * (double)INFINITY;
  if (strcmp(p, "NaN") == 0) return copysign((double)NAN, sign);
  for (bool divide = false;; p++) {
    char *end;
    double factor = strtod(p, &end);
    if (end == p || !(*p >= '0' && *p <= '9')) docs_fail(t, "`%s` is not a number", s);
    p = end;
    if (*p == '^') {
      long power = strtol(p + 1, &end, 10);
      if (end == p + 1) docs_fail(t, "`%s` has no exponent", s);
      factor = pow(factor, (double)power);
      p = end;
    }
    value = divide ? value / factor : value * factor;
    if (!*p) return sign * value;
    if (*p != '*' && *p != '/') docs_fail(t, "`%s` goes on after a number", s);
    divide = *p == '/';
  }
}

float docs_f32(const docs_table *t, const char *s) { return (float)docs_number(t, s); }

unsigned docs_hex(const docs_table *t, const char *s) {
  char *end;
  unsigned long value = strtoul(s, &end, 16);
  if (end == s || *end || strlen(s) > 8) docs_fail(t, "`%s` is not a code", s);
  return (unsigned)value;
}

lowp_element docs_element(const docs_table *t, const char *name) {
  lowp_element id = lowp_element_from_name(name);
  if (id == LOWP_ELEMENT_NONE) docs_fail(t, "unknown element `%s`", name);
  return id;
}

lowp_scheme docs_scheme(const docs_table *t, const char *name) {
  lowp_scheme id = lowp_scheme_from_name(name);
  if (id == LOWP_SCHEME_NONE) docs_fail(t, "unknown scheme `%s`", name);
  return id;
}

bool docs_same(float a, float b) {
  return isnan(a) || isnan(b) ? isnan(a) && isnan(b) : lowp_f32_bits(a) == lowp_f32_bits(b);
}

static int index_of(const docs_table *t, const char *value, const char *const *names, int count) {
  for (int i = 0; i < count; i++)
    if (strcmp(value, names[i]) == 0) return i;
  docs_fail(t, "unknown option value `%s`", value);
  return 0;
}
#define INDEX_OF(names) index_of(t, value, names, (int)(sizeof(names) / sizeof(names)[0]))

/* The next KEY=VALUE of *words, copied into buffer; false at the end. "default" is skipped. */
static bool next_word(const docs_table *t, const char **words, char *buffer, size_t size, char **value) {
  for (;;) {
    *words += strspn(*words, " ");
    size_t n = strcspn(*words, " ");
    if (n == 0) return false;
    if (n >= size) docs_fail(t, "option too long");
    memcpy(buffer, *words, n);
    buffer[n] = '\0';
    *words += n;
    if (strcmp(buffer, "default") == 0) continue;
    *value = strchr(buffer, '=');
    if (!*value) docs_fail(t, "`%s` is no option", buffer);
    *(*value)++ = '\0';
    return true;
  }
}

static const char *const rounds[] = {"rne", "half-away", "half-zero", "rtz", "up", "stochastic"};

lowp_encode_rules docs_rules(const docs_table *t, lowp_element id, const char *words) {
  static const char *const overflows[] = {"saturate", "nonfinite"}, *const infs[] = {"as-overflow", "nonfinite"};
  static const char *const nans[] = {"all-ones", "quiet"}, *const negatives[] = {"abs", "nan"};
  lowp_encode_rules r = lowp_encode_default(id);
  char key[64], *value;
  while (next_word(t, &words, key, sizeof key, &value)) {
    if (strcmp(key, "round") == 0)
      r.round = (uint8_t)INDEX_OF(rounds);
    else if (strcmp(key, "overflow") == 0)
      r.overflow = (uint8_t)INDEX_OF(overflows);
    else if (strcmp(key, "inf") == 0)
      r.inf = (uint8_t)INDEX_OF(infs);
    else if (strcmp(key, "nan") == 0)
      r.nan = (uint8_t)INDEX_OF(nans);
    else if (strcmp(key, "negative") == 0)
      r.negative = (uint8_t)INDEX_OF(negatives);
    else
      docs_fail(t, "unknown option `%s`", key);
  }
  return r;
}

lowp_quant_opts docs_opts(const docs_table *t, lowp_scheme scheme, const char *words) {
  static const char *const scale_rules[] = {"", "floor", "ceil", "rceil", "even", "amax", "mse", "four-over-six"};
  static const char *const metrics[] = {"mse", "mae", "max"}, *const ranges[] = {"127", "127.5"};
  lowp_quant_opts o;
  char key[64], *value;
  lowp_quant_opts_init(&o, scheme);
  while (next_word(t, &words, key, sizeof key, &value)) {
    if (strcmp(key, "compat") == 0) {
      lowp_compat compat = LOWP_COMPAT_LOWP;
      if (lowp_compat_from_name(value, &compat) != LOWP_OK || lowp_quant_opts_compat(&o, scheme, compat) != LOWP_OK)
        docs_fail(t, "no preset `%s` here", value);
    } else if (strcmp(key, "round") == 0) {
      o.round = (lowp_round)INDEX_OF(rounds);
    } else if (strcmp(key, "rule") == 0) {
      o.scale_rule = (lowp_scale_rule)INDEX_OF(scale_rules);
    } else if (strcmp(key, "metric") == 0) {
      o.metric = (lowp_search_metric)INDEX_OF(metrics);
    } else if (strcmp(key, "range") == 0) {
      o.int_range = (lowp_int_range)INDEX_OF(ranges);
    } else if (strcmp(key, "given") == 0) {
      o.tensor_scale_from = LOWP_TENSOR_SCALE_GIVEN;
      o.tensor_scale = docs_f32(t, value);
    } else if (strcmp(key, "scale_max") == 0) {
      o.nvfp4_scale_max = docs_f32(t, value);
    } else if (strcmp(key, "target") == 0) {
      o.hif8_target = docs_f32(t, value);
    } else {
      docs_fail(t, "unknown option `%s`", key);
    }
  }
  return o;
}
