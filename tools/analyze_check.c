/* SPDX-License-Identifier: Apache-2.0 */
/* --save-baseline and --check: has the error of any tensor in any format grown since it was written down? */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/analyze.h"
#include "tools/analyze_baseline.h"
#include "tools/table.h"

/* Larger files are not baselines. */
enum { SIZE_LIMIT = 1 << 28 };
/* Results have the same bits everywhere, so any change has a cause; below this it does not matter. */
static const double default_tolerance_db = 0.05;

/* --- tolerances of the command line ------------------------------------------------------------------------------- */

/* "DB" for all, or "PATTERN=DB". The last that matches counts. */
typedef struct tolerance {
  quant_pattern pattern; /* no text: all */
  double db;
  size_t hits;
} tolerance;

struct analyze_tolerances {
  size_t count;
  tolerance *list;
};

static int parse_tolerance(tolerance *t, const char *text) {
  const char *split = strrchr(text, '='), *number = split != NULL ? split + 1 : text;
  char *end;
  t->db = strtod(number, &end);
  if (end == number || *end != 0 || !(t->db >= 0 && t->db <= 200))
    return tool_fail(TOOL_USAGE, "--tolerance: '%s' is not DB or PATTERN=DB with DB between 0 and 200",
                     tool_safe(text));
  return split == NULL ? TOOL_OK : quant_pattern_compile(&t->pattern, text, (size_t)(split - text), "--tolerance");
}

static int parse_tolerances(const analyze_options *o, analyze_tolerances *t) {
  int code = TOOL_OK;
  t->list = tool_alloc(o->tolerance.count, sizeof *t->list);
  for (size_t i = 0; i < o->tolerance.count && code == TOOL_OK; i++)
    code = parse_tolerance(&t->list[t->count++], o->tolerance.items[i]);
  return code;
}

/* What the command line says of a tensor; `otherwise` where it says nothing. */
static double tolerance_of(const analyze_tolerances *t, const char *name, double otherwise) {
  double db = otherwise;
  for (size_t i = 0; i < t->count; i++) {
    if (t->list[i].pattern.text != NULL && quant_pattern_matches(&t->list[i].pattern, name) <= 0) continue;
    t->list[i].hits++;
    db = t->list[i].db;
  }
  return db;
}

static int check_hits(const analyze_tolerances *t, bool allowed) {
  for (size_t i = 0; i < t->count; i++) {
    if (t->list[i].hits != 0 || t->list[i].pattern.text == NULL) continue;
    if (!allowed) return tool_fail(TOOL_CONSTRAINT, "--tolerance: '%s' matches no tensor", t->list[i].pattern.text);
    tool_warn("--tolerance: '%s' matches no tensor", t->list[i].pattern.text);
  }
  return TOOL_OK;
}

static void free_tolerances(analyze_tolerances *t) {
  for (size_t i = 0; i < t->count; i++) quant_pattern_free(&t->list[i].pattern);
  free(t->list);
}

/* --- before the measurement --------------------------------------------------------------------------------------- */

static int read_file(const char *path, char **text, size_t *size) {
  FILE *stream = fopen(path, "rb");
  if (stream == NULL) return tool_fail(TOOL_IO, "--check %s: %s", tool_safe(path), strerror(errno));
  size_t room = 0, n = 0, got;
  *text = NULL;
  do {
    *text = tool_grow(*text, &room, n + 1, 1);
    got = fread(*text + n, 1, room - n, stream);
    n += got;
  } while (got != 0 && n < SIZE_LIMIT);
  int code = TOOL_OK;
  if (ferror(stream)) code = tool_fail(TOOL_IO, "--check %s: %s", tool_safe(path), strerror(errno));
  if (n >= SIZE_LIMIT) code = tool_fail(TOOL_INPUT, "--check %s: too large for a baseline", tool_safe(path));
  fclose(stream);
  *size = n;
  return code;
}

int analyze_check_begin(analyze_job *job) {
  const analyze_options *o = &job->options;
  job->tolerances = tool_alloc(1, sizeof *job->tolerances);
  int code = parse_tolerances(o, job->tolerances);
  if (code != TOOL_OK || o->check == NULL) return code;
  char *text = NULL, problem[256];
  size_t size = 0;
  code = read_file(o->check, &text, &size);
  job->baseline = tool_alloc(1, sizeof *job->baseline);
  if (code == TOOL_OK && !analyze_baseline_parse(text, size, job->baseline, problem, sizeof problem))
    code = tool_fail(TOOL_INPUT, "--check %s: %s", tool_safe(o->check), problem);
  free(text);
  return code;
}

size_t analyze_check_formats(const analyze_job *job) { return job->baseline != NULL ? job->baseline->format_count : 0; }

lowp_scheme analyze_check_format(const analyze_job *job, size_t i) { return job->baseline->formats[i].scheme; }

/* Index in the baseline of format f of the job; SIZE_MAX if it has none. */
static size_t format_in(const analyze_baseline *b, lowp_scheme scheme) {
  for (size_t i = 0; i < b->format_count; i++)
    if (b->formats[i].scheme == scheme) return i;
  return SIZE_MAX;
}

int analyze_check_rules(const analyze_job *job) {
  for (size_t f = 0; job->baseline != NULL && f < job->format_count; f++) {
    const analyze_format *format = &job->formats[f];
    size_t i = format_in(job->baseline, format->scheme);
    if (i == SIZE_MAX)
      return tool_fail(TOOL_CONSTRAINT, "--check %s: it has no figures of %s", tool_safe(job->options.check),
                       format->info->name);
    if (strcmp(job->baseline->formats[i].rules, format->rules) != 0)
      return tool_fail(TOOL_CONSTRAINT, "--check %s: %s was quantized with '%s' then, and would be with '%s' now",
                       tool_safe(job->options.check), format->info->name, tool_safe(job->baseline->formats[i].rules),
                       format->rules);
  }
  return TOOL_OK;
}

/* --- comparing ---------------------------------------------------------------------------------------------------- */

static void hash_of(const analyze_job *job, const analyze_tensor *t, char text[BASELINE_HASH]) {
  const lowp_file *file = job->sources[t->source].file;
  lowp_hash parts[LOWP_PARTS_MAX];
  for (size_t i = 0; i < t->tensor->count; i++) {
    const lowp_file_tensor *part = lowp_file_get(file, t->tensor->parts[i].file_index);
    parts[i] = lowp_hash_of(part->data, part->nbytes);
    lowp_file_release(file, t->tensor->parts[i].file_index);
  }
  lowp_hash_text(t->tensor->count == 1 ? parts[0] : lowp_hash_of(parts, t->tensor->count * sizeof parts[0]), text);
}

typedef struct sorted {
  const char *name;
  const baseline_tensor *tensor;
} sorted;

static int by_name(const void *a, const void *b) {
  return strcmp(((const sorted *)a)->name, ((const sorted *)b)->name);
}

static double decibel(double nmse) { return nmse == 0 ? INFINITY : -10 * log10(nmse); }

/* One tensor in one format, if it is worth a line. */
static void compare(analyze_check *check, const analyze_tensor *t, size_t f, double was, double db, bool other) {
  double is = analyze_baseline_round(lowp_error_nmse(&t->results[f].stats));
  check->compared++;
  if (is == was) return;
  double loss = decibel(was) - decibel(is);
  check->lines = tool_grow(check->lines, &check->room, check->count, sizeof *check->lines);
  analyze_change *c = &check->lines[check->count++];
  *c = (analyze_change){t, f, was, is, loss, db, ANALYZE_WITHIN, other};
  if (is > was && !(loss <= db)) c->verdict = ANALYZE_WORSE;
  if (is < was && !(-loss <= db)) c->verdict = ANALYZE_BETTER;
  check->worse += c->verdict == ANALYZE_WORSE;
  check->better += c->verdict == ANALYZE_BETTER;
}

static void note(analyze_check *check, const char *name, const char *what) {
  check->sets = tool_grow(check->sets, &check->set_room, check->set_count, sizeof *check->sets);
  check->sets[check->set_count++] = (analyze_difference){tool_format("%s", name), what};
}

static void compare_tensor(analyze_job *job, const analyze_tensor *t, const baseline_tensor *was) {
  analyze_check *check = &job->check;
  const lowp_model_tensor *m = t->tensor;
  char hash[BASELINE_HASH];
  bool shape = was->rank == m->rank;
  for (size_t i = 0; shape && i < m->rank; i++) shape = was->shape[i] == m->shape[i];
  if (!shape) {
    note(check, t->label, "another shape");
    return;
  }
  hash_of(job, t, hash);
  bool other = strcmp(hash, was->hash) != 0;
  check->other_weights += other;
  double db =
      tolerance_of(job->tolerances, m->name, was->tolerance_db >= 0 ? was->tolerance_db : job->baseline->tolerance_db);
  for (size_t f = 0; f < job->format_count; f++)
    compare(check, t, f, was->nmse[format_in(job->baseline, job->formats[f].scheme)], db, other);
}

static int by_loss(const void *left, const void *right) {
  const analyze_change *a = left, *b = right;
  if (a->verdict != b->verdict) return a->verdict > b->verdict ? -1 : 1;
  if (a->loss != b->loss) return a->loss > b->loss ? -1 : 1;
  int order = strcmp(a->tensor->label, b->tensor->label);
  return order != 0 ? order : (a->format > b->format) - (a->format < b->format);
}

/* Fills job->check. 0, TOOL_ACCURACY or TOOL_CONSTRAINT, the messages being in the report. */
static int compare_all(analyze_job *job) {
  const analyze_baseline *b = job->baseline;
  sorted *names = tool_alloc(b->count, sizeof *names);
  bool *seen = tool_alloc(b->count, sizeof *seen);
  for (size_t i = 0; i < b->count; i++) names[i] = (sorted){b->tensors[i].name, &b->tensors[i]};
  qsort(names, b->count, sizeof *names, by_name);
  for (size_t i = 0; i < job->count; i++) {
    const analyze_tensor *t = &job->tensors[i];
    if (t->kept != NULL) continue;
    sorted key = {t->label, NULL}, *found = bsearch(&key, names, b->count, sizeof *names, by_name);
    if (found == NULL) {
      note(&job->check, t->label, "not in the baseline");
      continue;
    }
    seen[found - names] = true;
    compare_tensor(job, t, found->tensor);
  }
  for (size_t i = 0; i < b->count; i++)
    if (!seen[i]) note(&job->check, names[i].name, "only in the baseline");
  free(seen);
  free(names);
  if (job->check.count > 0) qsort(job->check.lines, job->check.count, sizeof *job->check.lines, by_loss);
  return check_hits(job->tolerances, job->options.quant.allow_unmatched);
}

static int save(analyze_job *job) {
  analyze_baseline b = {.tolerance_db = default_tolerance_db, .format_count = job->format_count};
  for (size_t i = 0; i < job->tolerances->count; i++)
    if (job->tolerances->list[i].pattern.text == NULL) b.tolerance_db = job->tolerances->list[i].db;
  b.formats = tool_alloc(job->format_count, sizeof *b.formats);
  b.tensors = tool_alloc(job->count, sizeof *b.tensors);
  for (size_t f = 0; f < job->format_count; f++)
    b.formats[f] = (baseline_format){job->formats[f].scheme, tool_format("%s", job->formats[f].rules)};
  for (size_t i = 0; i < job->count; i++) {
    const analyze_tensor *t = &job->tensors[i];
    if (t->kept != NULL) continue;
    baseline_tensor *s = &b.tensors[b.count++];
    s->name = tool_format("%s", t->label);
    s->rank = t->tensor->rank;
    memcpy(s->shape, t->tensor->shape, s->rank * sizeof *s->shape);
    hash_of(job, t, s->hash);
    double db = tolerance_of(job->tolerances, t->tensor->name, b.tolerance_db);
    s->tolerance_db = db != b.tolerance_db ? db : -1;
    s->nmse = tool_alloc(job->format_count, sizeof *s->nmse);
    for (size_t f = 0; f < job->format_count; f++) s->nmse[f] = lowp_error_nmse(&t->results[f].stats);
  }
  int code = check_hits(job->tolerances, job->options.quant.allow_unmatched);
  char *text = analyze_baseline_text(&b);
  if (text == NULL) code = tool_fail(TOOL_INTERNAL, "--save-baseline: a name is not UTF-8");
  if (code == TOOL_OK) {
    char *line = tool_format("%s\n", text);
    code = analyze_write_text("--save-baseline", job->options.save_baseline, line, strlen(line));
    free(line);
  }
  free(text);
  analyze_baseline_free(&b);
  return code;
}

int analyze_check_run(analyze_job *job) {
  int code = TOOL_OK;
  if (job->options.check != NULL) code = compare_all(job);
  if (code == TOOL_OK && job->options.save_baseline != NULL) code = save(job);
  return code;
}

int analyze_check_verdict(const analyze_job *job) {
  const analyze_check *c = &job->check;
  const char *path = tool_safe(job->options.check);
  if (c->worse != 0)
    return tool_fail(TOOL_ACCURACY, "%s: %zu of %zu figures are worse than the baseline allows", path, c->worse,
                     c->compared);
  if (c->set_count != 0 && !job->options.allow_missing)
    return tool_fail(TOOL_CONSTRAINT,
                     "%s: the tensors are not those of the baseline: %zu differ (--allow-missing compares the rest)",
                     path, c->set_count);
  return TOOL_OK;
}

void analyze_check_free(analyze_job *job) {
  if (job->tolerances != NULL) free_tolerances(job->tolerances);
  free(job->tolerances);
  if (job->baseline != NULL) analyze_baseline_free(job->baseline);
  free(job->baseline);
  for (size_t i = 0; i < job->check.set_count; i++) free(job->check.sets[i].name);
  free(job->check.sets);
  free(job->check.lines);
}
