/* SPDX-License-Identifier: Apache-2.0 */
/* profile.c: this CPU as a profile of lowp/audit.h: each figure with its grade, and nothing where the system is silent. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "bench/profile.h"

#include <lowp/audit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/common.h"

const bench_ceiling *bench_ceiling_named(const bench_profile *p, const char *name) {
  const bench_ceiling *best = NULL;
  for (size_t i = 0; i < p->ceiling_count; i++)
    if (strcmp(p->ceilings[i].name, name) == 0 && (!best || p->ceilings[i].all > best->all)) best = &p->ceilings[i];
  return best;
}

double bench_ceiling_best(const bench_ceiling *c) { return c->one > c->all ? c->one : c->all; }

/* An addition takes one clock on every CPU that lowp has kernels for, and each waits for the one before it. */
double bench_clock(void) {
  enum { ROUNDS = 20000, ADDS = 32, TRIES = 20 };
  double best = 1e9;
  unsigned long sum = 1, step = 3;
  for (int t = 0; t < TRIES; t++) {
    const double start = tool_clock();
    for (int r = 0; r < ROUNDS; r++) {
      BENCH_UNROLL
      for (int i = 0; i < ADDS; i++) {
        sum += step;
        __asm__ volatile("" : "+r"(sum)); /* additions are not merged */
      }
    }
    const double seconds = tool_clock() - start;
    if (seconds < best) best = seconds;
  }
  volatile unsigned long sink = sum;
  (void)sink;
  return (double)ROUNDS * ADDS / best;
}

/* The first number in a file of the system; 0 if there is none. */
static double system_number(const char *path) {
  FILE *f = fopen(path, "r");
  double v = 0;
  if (!f) return 0;
  if (fscanf(f, "%lf", &v) != 1 || !(v > 0) || !isfinite(v)) v = 0;
  fclose(f);
  return v;
}

/* What /proc/cpuinfo says behind a key; false, and `text` as it was, if it has no such key. */
static bool cpuinfo(const char *key, char *text, size_t room) {
  FILE *f = fopen("/proc/cpuinfo", "r");
  char line[256];
  bool found = false;
  while (f && !found && fgets(line, sizeof line, f)) {
    char *colon = strchr(line, ':');
    if (strncmp(line, key, strlen(key)) != 0 || !colon) continue;
    colon += strspn(colon, ": \t");
    colon[strcspn(colon, "\n")] = 0;
    if (*colon) snprintf(text, room, "%s", colon);
    found = *colon != 0;
  }
  if (f) fclose(f);
  return found;
}

/* Texts of the profile; they live as long as it does. */
typedef struct texts {
  char name[128], vendor[64], scope[160], date[16], source[160], note[4096];
  char peak_note[LOWP_RATE_COUNT][200], reached_note[LOWP_RATE_COUNT][200], read[160], clock[120];
} texts;

static lowp_figure figure(const texts *t, lowp_grade grade, double value, const char *note) {
  if (!(value > 0)) return (lowp_figure){.value = 0};
  return (lowp_figure){.value = value,
                       .low = value,
                       .high = value,
                       .grade = grade,
                       .source = t->source,
                       .date = t->date,
                       .note = note && *note ? note : NULL};
}

/* The units whose peak stands for a rate. */
static const struct unit {
  lowp_rate rate;
  lowp_number_format format;
  const char *names[2]; /* of ceilings */
} units[] = {{LOWP_RATE_FP32, LOWP_NUMBER_FORMAT_FP32, {"f32 fma", NULL}},
             {LOWP_RATE_FP16, LOWP_NUMBER_FORMAT_BF16, {"bf16 tile", "bf16 dot"}},
             {LOWP_RATE_INT8, LOWP_NUMBER_FORMAT_INT8, {"int8 tile", "int8 dot"}}};

static const char *lhs_name(const bench_reached *r) { return r->lhs ? lowp_scheme_info_of(r->lhs)->name : "bf16"; }

/* Operations per clock of a thread: whole multiples of 8 as far as the measurement allows, else what was measured. */
static double per_clock(double rate, double clock) {
  const double measured = rate / clock, near = 8 * round(measured / 8);
  return near > 0 && fabs(measured / near - 1) < 0.1 ? near : measured;
}

static void set_peak(lowp_chip *chip, texts *t, const bench_profile *p, const struct unit *u) {
  const bench_ceiling *c = bench_ceiling_named(p, u->names[0]);
  if (!c && u->names[1]) c = bench_ceiling_named(p, u->names[1]);
  const bench_reached *best = NULL;
  if (!c) return;
  for (size_t i = 0; i < p->reached_count; i++)
    if (strcmp(p->reached[i].peak, c->name) == 0 && (!best || p->reached[i].flops > best->flops)) best = &p->reached[i];
  const double ops = per_clock(c->one, p->clock), derived = (double)p->threads * ops * p->clock;
  /* A clock that rose between the two measurements, or a thread that lost its core, must not make a bound too low. */
  double dense = derived > bench_ceiling_best(c) ? derived : bench_ceiling_best(c);
  if (best && best->flops > dense) dense = best->flops;
  snprintf(t->peak_note[u->rate], sizeof t->peak_note[0],
           "%s (%s): %zu threads x %.4g operations per clock x %.3g GHz; measured %.4g GFLOP/s, one thread %.4g",
           c->name, c->isa, p->threads, ops, p->clock * 1e-9, c->all * 1e-9, c->one * 1e-9);
  chip->peaks[u->rate].dense =
      figure(t, dense > derived ? LOWP_GRADE_MEASURED : LOWP_GRADE_DERIVED, dense, t->peak_note[u->rate]);
  chip->matrix.per_clock[u->rate] = figure(t, LOWP_GRADE_MEASURED, ops, NULL);
  if (!best) return;
  snprintf(t->reached_note[u->rate], sizeof t->reached_note[0], "%s x %s, %zu x %zu x %zu, kernel %s", lhs_name(best),
           lowp_scheme_info_of(best->rhs)->name, best->m, best->n, best->k, best->kernel);
  chip->peaks[u->rate].measured = figure(t, LOWP_GRADE_MEASURED, best->flops, t->reached_note[u->rate]);
}

/* What products reach and what formats cost: the schema has no place for a list, a remark has. */
static void describe(texts *t, const bench_profile *p) {
  size_t used = (size_t)snprintf(t->note, sizeof t->note,
                                 "products reached, part of the peak of their units, QSNR of "
                                 "normal weights:");
  for (size_t i = 0; i < p->reached_count && used < sizeof t->note - 128; i++) {
    const bench_reached *r = &p->reached[i];
    const bench_ceiling *c = bench_ceiling_named(p, r->peak);
    used += (size_t)snprintf(t->note + used, sizeof t->note - used,
                             "%s %s x %s %zu x %zu x %zu %.4g GFLOP/s (%.0f %% of %s), %.2f dB", i ? ";" : "",
                             lhs_name(r), lowp_scheme_info_of(r->rhs)->name, r->m, r->n, r->k, r->flops * 1e-9,
                             c ? 100 * r->flops / bench_ceiling_best(c) : 0, r->peak, r->qsnr);
  }
}

int bench_profile_json(const bench_profile *p) {
  static texts t;
  static lowp_chip chip;
  lowp_number_format formats[sizeof units / sizeof units[0]];
  const time_t now = time(NULL);
  const double fastest = 1e3 * system_number("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq");
  const double watts = 1e-6 * system_number("/sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw");
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  const bench_ceiling *memory = bench_ceiling_named(p, "read memory");
  strftime(t.date, sizeof t.date, "%Y-%m-%d", gmtime(&now));
  snprintf(t.vendor, sizeof t.vendor, "unknown");
  if (!cpuinfo("vendor_id", t.vendor, sizeof t.vendor)) cpuinfo("CPU implementer", t.vendor, sizeof t.vendor);
  snprintf(t.name, sizeof t.name, "CPU");
  if (p->name)
    snprintf(t.name, sizeof t.name, "%s", p->name);
  else
    cpuinfo("model name", t.name, sizeof t.name);
  snprintf(t.scope, sizeof t.scope, "%zu thread%s of one machine", p->threads, p->threads == 1 ? "" : "s");
  snprintf(t.source, sizeof t.source, "lowp-bench ceilings of lowp %d.%d.%d, on the machine itself", LOWP_VERSION_MAJOR,
           LOWP_VERSION_MINOR, LOWP_VERSION_PATCH);
  if (fastest > 0) snprintf(t.clock, sizeof t.clock, "by additions; cpufreq says at most %.3g GHz", fastest * 1e-9);
  describe(&t, p);
  chip = (lowp_chip){
      .name = t.name, .vendor = t.vendor, .scope = t.scope, .status = "measured", .note = t.note, .formats = formats};
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    set_peak(&chip, &t, p, &units[i]);
    if (chip.peaks[units[i].rate].dense.value > 0) formats[chip.format_count++] = units[i].format;
  }
  chip.formats_source = figure(&t, LOWP_GRADE_DERIVED, (double)chip.format_count, "by instruction sets in use");
  chip.matrix.count = figure(&t, LOWP_GRADE_MEASURED, (double)p->threads, "threads");
  chip.clock = figure(&t, LOWP_GRADE_MEASURED, p->clock, *t.clock ? t.clock : "by additions that wait for each other");
  if (pages > 0 && page > 0)
    chip.memory = figure(&t, LOWP_GRADE_REPORTED, (double)pages * (double)page, "of the operating system");
  if (memory) {
    snprintf(t.read, sizeof t.read, "reads: %.4g GB/s by all threads, %.4g GB/s by one", memory->all * 1e-9,
             memory->one * 1e-9);
    chip.bandwidth = chip.bandwidth_measured = figure(&t, LOWP_GRADE_MEASURED, bench_ceiling_best(memory), t.read);
  }
  chip.tdp = figure(&t, LOWP_GRADE_REPORTED, watts, "limit that RAPL holds");
  const lowp_chip *chips[] = {&chip};
  lowp_error error = {.status = LOWP_OK};
  char *text = NULL;
  const lowp_status status = lowp_profiles_text(1, chips, 0, NULL, &text, &error);
  if (status != LOWP_OK) return tool_fail_status(status, &error);
  fputs(text, stdout);
  free(text);
  return TOOL_OK;
}
